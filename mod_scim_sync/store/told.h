/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was told, as the planner asks for it: about one person or group at one site, over all IdPs
 * that feed that site.
 */
#ifndef SCIM_SYNC_STORE_TOLD_H
#define SCIM_SYNC_STORE_TOLD_H

#include <apr_tables.h>

#include "store/db.h"

typedef struct {
    const char *id;
    const char *idp;
    const char *name;  /* userName or displayName, as told */
    const char *email; /* folded, or NULL (users) */
    int active;
} scim_sync_told_t;

/* One resource, if it is there and its IdP feeds the site; else *told is NULL. */
apr_status_t scim_sync_told_load(scim_sync_db_t *db, scim_sync_told_t **told, const char *site,
                                 const char *id, apr_pool_t *p);

/*
 * All users that are one person: those linked to the account, and those of the same e-mail address
 * that are linked to no other account. email and account_id may each be NULL. scim_sync_told_t *.
 */
apr_status_t scim_sync_told_person(scim_sync_db_t *db, apr_array_header_t **users, const char *site,
                                   const char *email, const char *account_id, apr_pool_t *p);

/*
 * Another user of the same IdP for whom the account stands, and whose address is another one: the
 * address was given to somebody new, and the account is still the other's. *name NULL: none.
 */
apr_status_t scim_sync_told_rival(scim_sync_db_t *db, const char **name, const char *site,
                                  const char *account_id, const char *idp, const char *email,
                                  apr_pool_t *p);

/*
 * The Jira groups that the told groups of a user stand for: group ids (const char *) are added to
 * groups, none twice.
 */
apr_status_t scim_sync_told_groups(scim_sync_db_t *db, apr_array_header_t *groups, const char *site,
                                   const char *user, apr_pool_t *p);

#endif

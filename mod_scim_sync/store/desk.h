/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of portals before they are filled (store/portal.h says what these are): whether it
 * is on record who was in one before us, and which organizations a desk had; and which organizations
 * the module has put on which desks. A resource that stands for desks and for organizations asks for
 * each of these on each of those.
 *
 * All functions run in the caller's transaction, the provisioner's turn.
 */
#ifndef SCIM_SYNC_STORE_DESK_H
#define SCIM_SYNC_STORE_DESK_H

#include <apr_tables.h>

#include "store/db.h"

/* ---- what was there before us ---- */

/*
 * Whether it is on record who is in a portal that is held, and which organizations are on it; 0 of
 * one that isn't held. And: it is from now on, or must be read anew. These outlive
 * scim_sync_held_put_group().
 */
apr_status_t scim_sync_desk_members_read(scim_sync_db_t *db, int *read, const char *site,
                                         const char *portal, apr_pool_t *p);
apr_status_t scim_sync_desk_put_members_read(scim_sync_db_t *db, const char *site,
                                             const char *portal, apr_pool_t *p);
apr_status_t scim_sync_desk_put_organizations_read(scim_sync_db_t *db, const char *site,
                                                   const char *desk, int read, apr_pool_t *p);

/*
 * These are in a portal, or on a desk (portals' ids): who is not on record yet is theirs.
 * account_ids, organizations   const char *
 */
apr_status_t scim_sync_desk_note_members(scim_sync_db_t *db, const char *site, const char *portal,
                                         const apr_array_header_t *account_ids, apr_pool_t *p);
apr_status_t scim_sync_desk_note_organizations(scim_sync_db_t *db, const char *site,
                                               const char *desk,
                                               const apr_array_header_t *organizations,
                                               apr_pool_t *p);

/* ---- organizations on desks ---- */

typedef struct {
    const char *desk;         /* ids of portals: "desk:4", */
    const char *organization; /* "organization:17" */
    const char *state;        /* SCIM_SYNC_HELD_ADDING, _OURS, _REMOVING, _THEIRS; NULL: none */
    int wanted;
    int read; /* it is on record what was on the desk before us */
} scim_sync_desk_pair_t;

/* All that a resource asks for, by desk and organization: scim_sync_desk_pair_t in p. */
apr_status_t scim_sync_desk_wanted(scim_sync_db_t *db, apr_array_header_t **pairs, const char *site,
                                   const char *resource, apr_pool_t *p);

/*
 * What is ours and nothing asks for any more, max at most: scim_sync_desk_pair_t in p. Without what
 * an IdP in dry run has ended, but for
 * ended_by   a resource: only what that one has ended; NULL: all of the others
 */
apr_status_t scim_sync_desk_unwanted(scim_sync_db_t *db, apr_array_header_t **pairs,
                                     const char *site, const char *ended_by, int max,
                                     apr_pool_t *p);

/* What is on a desk, as far as is held: ids of organizations (const char *) in p. */
apr_status_t scim_sync_desk_holds(scim_sync_db_t *db, apr_array_header_t **organizations,
                                  const char *site, const char *desk, apr_pool_t *p);
/*
 * One of these is not there any more: it goes, unless it is on its way. *gone is 0 when it was not
 * held.
 */
apr_status_t scim_sync_desk_lose(scim_sync_db_t *db, int *gone, const char *site, const char *desk,
                                 const char *organization, apr_pool_t *p);

/* state NULL: it is there no more. */
apr_status_t scim_sync_desk_put(scim_sync_db_t *db, const char *site,
                                const scim_sync_desk_pair_t *pair, const char *state,
                                apr_pool_t *p);

/*
 * A resource of an IdP in dry run no longer stands for a portal: what nothing else asks for stays as
 * long as that one is in dry run.
 */
apr_status_t scim_sync_desk_end_dry(scim_sync_db_t *db, const char *site, const char *portal,
                                    const char *idp, const char *resource, apr_pool_t *p);

/*
 * An IdP has ended, and Jira stays as it is: what nothing asks for any more, now that its links are
 * gone, is theirs.
 */
apr_status_t scim_sync_desk_give_away(scim_sync_db_t *db, const char *site, const char *idp,
                                      apr_pool_t *p);

#endif

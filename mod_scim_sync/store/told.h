/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was told, as the planner asks for it: about one person or group at one site, over all IdPs
 * that feed that site.
 */
#ifndef SCIM_SYNC_STORE_TOLD_H
#define SCIM_SYNC_STORE_TOLD_H

#include <apr_tables.h>
#include <jansson.h>

#include "store/db.h"

typedef struct {
    const char *id;
    const char *idp;
    const char *name;  /* userName or displayName, as told */
    const char *email; /* folded, or NULL (users) */
    int active;
    /* of users that are one person: */
    const char *object;   /* the account that it stands for; or NULL */
    const char *known_as; /* as scim_sync_told_mark() wrote it last */
    apr_int64_t left;     /* ms: since when it is wanted no more; 0: it is, as far as was known */
    int gone;             /* the IdP told that it is deleted, or feeds the site no more: then name
                             and email are NULL, active is 0 */
    int fed;              /* the IdP feeds the site */
} scim_sync_told_t;

/* One resource, if it is there and its IdP feeds the site; else *told is NULL. */
apr_status_t scim_sync_told_load(scim_sync_db_t *db, scim_sync_told_t **told, const char *site,
                                 const char *id, apr_pool_t *p);

/*
 * All users that may be one person: those linked to the account, and those that were told with the
 * e-mail address, or are known by it, or have this id, and are linked to no other account. Whose
 * address it is by the rules of their IdPs is for the caller to ask. email, account_id and id may
 * each be NULL. scim_sync_told_t *.
 */
apr_status_t scim_sync_told_person(scim_sync_db_t *db, apr_array_header_t **users, const char *site,
                                   const char *email, const char *account_id, const char *id,
                                   apr_pool_t *p);

/*
 * The users who stood for the account, or the one of this id, if they were deleted or their IdP
 * feeds the site no more; as long as there is a task of them.
 */
apr_status_t scim_sync_told_gone(scim_sync_db_t *db, apr_array_header_t **users, const char *site,
                                 const char *account_id, const char *id, apr_pool_t *p);

/*
 * Write down of a user by which address it is known (NULL: as told), and since when it is wanted no
 * more, if that is news. Of one that has no link as yet, only an address is worth a row.
 */
apr_status_t scim_sync_told_mark(scim_sync_db_t *db, const char *site, const scim_sync_told_t *user,
                                 const char *known_as, apr_int64_t left, apr_pool_t *p);

/*
 * A page of what IdPs that feed the site tell, by id, and that may not be on record as it is told
 * now: active users who stand for no account, who were wanted no more when they were looked at last,
 * or of whom there is a task; groups that stand for nothing, or of which there is a task.
 * scim_sync_told_t * in p.
 * after   the last id of the page before; "": from the first
 */
apr_status_t scim_sync_told_unseen_users(scim_sync_db_t *db, apr_array_header_t **users,
                                         const char *site, const char *after, int max,
                                         apr_pool_t *p);
apr_status_t scim_sync_told_unseen_groups(scim_sync_db_t *db, apr_array_header_t **groups,
                                          const char *site, const char *after, int max,
                                          apr_pool_t *p);

/* The document of a resource (scim/resource.h), owned by p; *doc NULL: there is none. */
apr_status_t scim_sync_told_doc(scim_sync_db_t *db, json_t **doc, const char *id, apr_pool_t *p);

/* Whether an IdP feeds a site; and whether a resource is told of at all, at whatever site. */
apr_status_t scim_sync_told_feeds(scim_sync_db_t *db, int *feeds, const char *site, const char *idp,
                                  apr_pool_t *p);
apr_status_t scim_sync_told_exists(scim_sync_db_t *db, int *exists, const char *id, apr_pool_t *p);

/*
 * The Jira groups that the told groups of a user stand for, those included that these are in, and
 * the default groups of the user's IdP: group ids (const char *) are added to groups, none twice.
 */
apr_status_t scim_sync_told_groups(scim_sync_db_t *db, apr_array_header_t *groups, const char *site,
                                   const char *user, apr_pool_t *p);

/* A told group that a user is in, over however many others. */
typedef struct {
    const char *id;
    const char *idp;
    const char *name; /* displayName */
} scim_sync_told_above_t;
apr_status_t scim_sync_told_above(scim_sync_db_t *db, apr_array_header_t **groups, const char *user,
                                  apr_pool_t *p);

/*
 * The active people in a told group and in the groups that are in it; of an IdP's default groups
 * (store/link.h) everybody: by userName, at most max. Of several IdPs none.
 */
typedef struct {
    const char *name;       /* userName */
    const char *email;      /* folded, or NULL */
    const char *account_id; /* that stands for this person at the site, or NULL */
} scim_sync_told_below_t;
apr_status_t scim_sync_told_below(scim_sync_db_t *db, apr_array_header_t **people, const char *site,
                                  const char *idp, const char *group, int max, apr_pool_t *p);

/* A told group of an IdP by its id or its displayName: its id and name; *id NULL: there is none. */
apr_status_t scim_sync_told_group(scim_sync_db_t *db, const char **id, const char **name,
                                  const char *idp, const char *group, apr_pool_t *p);

/*
 * What IdPs that feed the site tell, and that stands for an account or a group of it: users or
 * groups, active ones first. scim_sync_told_t * in p.
 */
apr_status_t scim_sync_told_linked(scim_sync_db_t *db, apr_array_header_t **told, const char *site,
                                   const char *object, apr_pool_t *p);

/*
 * Active users whom IdPs put into a group of the site, and of whom it is not known yet which
 * account is theirs, for their tasks wait or have failed: scim_sync_told_unknown_t in p, at most
 * max.
 */
typedef struct {
    const scim_sync_told_t *told;
    int waits; /* its task goes on by itself; else a person must do something first */
} scim_sync_told_unknown_t;
apr_status_t scim_sync_told_unknown_members(scim_sync_db_t *db, apr_array_header_t **users,
                                            const char *site, const char *group_id, int max,
                                            apr_pool_t *p);

#endif

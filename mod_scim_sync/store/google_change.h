/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run of a pull would change, one by one: kept of the newest preview, or run that was
 * refused, of each IdP. Written and read in the database alone, so that memory does not grow with
 * the directory. All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_GOOGLE_CHANGE_H
#define SCIM_SYNC_STORE_GOOGLE_CHANGE_H

#include <apr_tables.h>

#include "store/db.h"

/* Of each type and kind so many are kept, by their names: the counts of the run tell of all. */
#define SCIM_SYNC_CHANGES_KEPT 100000

/* What it is. */
#define SCIM_SYNC_CHANGE_NEW     "new"
#define SCIM_SYNC_CHANGE_CHANGED "changed" /* of users and groups alone */
#define SCIM_SYNC_CHANGE_GONE    "gone"
#define SCIM_SYNC_CHANGE_FAULTY  "faulty" /* likewise */

/* Of what: a user, a group, a membership. */
#define SCIM_SYNC_CHANGE_USER   "User"
#define SCIM_SYNC_CHANGE_GROUP  "Group"
#define SCIM_SYNC_CHANGE_MEMBER "Member"

typedef struct {
    apr_int64_t id;
    const char *type;    /* SCIM_SYNC_CHANGE_... */
    const char *what;    /* SCIM_SYNC_CHANGE_... */
    const char *subject; /* Google's id, of a membership the member's */
    const char *name;    /* a user's address, a group's name, a member's; or NULL */
    const char *group;   /* of a membership: the group's name; else NULL */
    const char *detail;  /* in words; or NULL */
} scim_sync_google_change_t;

/*
 * Keep what differs between the stage, once it is settled (store/stage.h), and what is told, in the
 * place of what is kept of other runs of the IdP.
 */
apr_status_t scim_sync_google_change_keep(scim_sync_db_t *db, const char *idp, apr_int64_t run,
                                          apr_pool_t *p);

/*
 * A page of it, by id: scim_sync_google_change_t in p.
 * type, what   those alone; NULL: all
 * after        the last id of the page before; 0: from the first
 */
apr_status_t scim_sync_google_change_list(scim_sync_db_t *db, apr_array_header_t **changes,
                                          apr_int64_t run, const char *type, const char *what,
                                          apr_int64_t after, int max, apr_pool_t *p);

#endif

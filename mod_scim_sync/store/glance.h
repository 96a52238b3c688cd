/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IdPs at a glance: how much each has told, how much of it is left to do, and when it was heard
 * last. What is more than SCIM_SYNC_TALLY_MOST is of the last minute (store/tally.h).
 *
 * All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_GLANCE_H
#define SCIM_SYNC_STORE_GLANCE_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "store/db.h"

typedef enum {
    SCIM_SYNC_GLANCE_USERS,
    SCIM_SYNC_GLANCE_GROUPS,
    SCIM_SYNC_GLANCE_WAITING, /* tasks that this IdP said last, by their state (store/task.h); */
    SCIM_SYNC_GLANCE_FAILED,
    SCIM_SYNC_GLANCE_HELD, /* also those of which a part is held while the rest waits, or failed */
    SCIM_SYNC_GLANCE_COUNTS
} scim_sync_glance_count_t;

typedef struct {
    const char *idp;
    apr_int64_t counts[SCIM_SYNC_GLANCE_COUNTS];
    apr_int64_t counted; /* 0: all of now; else when the larger ones were counted */
    apr_int64_t contact; /* when it was heard, or its directory read, last (ms); 0: never */
} scim_sync_glance_t;

/* Of one IdP, or (NULL) of all: name -> scim_sync_glance_t, in p. */
apr_status_t scim_sync_glance_load(scim_sync_db_t *db, apr_hash_t **glances, const char *idp,
                                   apr_pool_t *p);

/* It was heard at this time. No change of the configuration. */
apr_status_t scim_sync_glance_heard(scim_sync_db_t *db, const char *idp, apr_int64_t at,
                                    apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was tried and is not done, put together by the kind of reason: the same state, IdP, site,
 * kind, class and status, which is what a retry of many can name (store/task.h). Each kind is found
 * by one step in an index over all tasks of the one before, and is counted up to
 * SCIM_SYNC_REASON_MOST: so this costs the same however many tasks there are.
 */
#ifndef SCIM_SYNC_STORE_TASK_REASON_H
#define SCIM_SYNC_STORE_TASK_REASON_H

#include "store/task.h"

#define SCIM_SYNC_REASON_MOST 1000

typedef struct {
    scim_sync_task_t *first; /* the oldest one: it has what all of them have in common */
    apr_int64_t count;       /* up to one more than SCIM_SYNC_REASON_MOST */
} scim_sync_task_reason_t;

/*
 * At most max of them, by state, IdP, site and so on: scim_sync_task_reason_t in p. What was not
 * tried yet has no reason, and is not among them.
 * state, idp   NULL: any
 */
apr_status_t scim_sync_task_reasons(scim_sync_db_t *db, apr_array_header_t **reasons,
                                    const char *state, const char *idp, int max, apr_pool_t *p);

#endif

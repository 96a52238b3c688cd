/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What other tasks of an IdP will ask the guard for: an estimate, made of what was told, the rules,
 * and what is held, without asking the planner for each. Reads only.
 *
 * An IdP whose rules keep nobody out has only the tasks looked at of those whom it tells inactive
 * or no more; of others each waiting task of somebody with an account.
 */
#ifndef SCIM_SYNC_SYNC_GUARD_WAITING_H
#define SCIM_SYNC_SYNC_GUARD_WAITING_H

#include "store/guard_count.h"
#include "sync/guard.h"
#include "sync/worker.h"

typedef struct {
    scim_sync_db_t *db;
    const scim_sync_worker_t *worker; /* of the site */
    const scim_sync_guard_count_t *count;
    scim_sync_guard_kind_t kind; /* of the count */
    const char *beside;          /* the subject of the task that asks: it is not meant */
} scim_sync_guard_waiting_for_t;

/*
 * How many people will, under deactivations or deletions. *known of them are still among those whom
 * scim_sync_guard_all() counts.
 */
apr_status_t scim_sync_guard_count_leavers(const scim_sync_guard_waiting_for_t *what,
                                           apr_int64_t *number, apr_int64_t *known, apr_pool_t *p);

/* How many memberships people who stay will lose. */
apr_status_t scim_sync_guard_count_losers(const scim_sync_guard_waiting_for_t *what,
                                          apr_int64_t *number, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the provisioner writes down once a minute for people to look at: what its host has done
 * since (store/health.h), that this host is there, and large numbers of IdPs (store/glance.h).
 * Belongs to its thread.
 */
#ifndef SCIM_SYNC_SYNC_MINUTE_KEEPER_H
#define SCIM_SYNC_SYNC_MINUTE_KEEPER_H

#include "sync/runtime.h"

typedef struct scim_sync_minute_keeper_t scim_sync_minute_keeper_t;

/* One per reign, in p. */
scim_sync_minute_keeper_t *scim_sync_minute_keeper_make(scim_sync_runtime_t *runtime,
                                                        apr_pool_t *p);

/*
 * Do what is due.
 * *wait   made shorter when something is due sooner (ms)
 * Fails when the database does; then what was to be written is written the next time.
 */
apr_status_t scim_sync_minute_keeper_pass(scim_sync_minute_keeper_t *keeper, apr_int64_t *wait,
                                          apr_pool_t *p);

/* The reign ends in peace: what was counted since is written now. */
void scim_sync_minute_keeper_end(scim_sync_minute_keeper_t *keeper, apr_pool_t *p);

#endif

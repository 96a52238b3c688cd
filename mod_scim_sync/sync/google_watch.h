/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has Google tell us when users change: makes channels for the IdPs whose schedule has a push
 * (sync/google_schedule.h), replaces them in time, and stops those that nobody needs any more, one
 * call after the other (sync/google_channel.h). Of all hosts the one that claims an IdP's row does
 * the next thing; who dies over it leaves a claim that ends. That Google can't be asked ends no
 * pull: it is written down, said once, and tried again ever more rarely, hourly at last.
 *
 * Belongs to the provisioner's thread, as does the transport.
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_WATCH_H
#define SCIM_SYNC_SYNC_GOOGLE_WATCH_H

#include "sync/pull.h"

typedef struct scim_sync_watcher_t scim_sync_watcher_t;

/* One per reign, in p. */
scim_sync_watcher_t *scim_sync_watcher_make(const scim_sync_pull_means_t *means, apr_pool_t *p);

/*
 * Do what is due.
 * *wait   made shorter when there is more to do sooner (ms)
 * Fails when the database does.
 */
apr_status_t scim_sync_watcher_pass(scim_sync_watcher_t *watcher, apr_int64_t *wait, apr_pool_t *p);

/*
 * The reign ends in peace, and no call is under way any more: write down what was answered, give
 * back what was not done.
 */
void scim_sync_watcher_end(scim_sync_watcher_t *watcher, apr_pool_t *p);

#endif

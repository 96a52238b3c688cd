/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pulls that the provisioner does beside its work for Jira: it finds runs that were asked for
 * (store/google_run.h) or are due (sync/google_due.h), takes the lease of each, and lets it go on
 * (sync/pull.h). A run whose host has died begins anew, or is told to its end, on the host that takes
 * its lease. Belongs to the provisioner's thread.
 */
#ifndef SCIM_SYNC_SYNC_PULLER_H
#define SCIM_SYNC_SYNC_PULLER_H

#include "sync/pull.h"

typedef struct scim_sync_puller_t scim_sync_puller_t;

/*
 * One per reign, in p.
 * owner   of leases: "<host>/<process id>"
 */
scim_sync_puller_t *scim_sync_puller_make(const scim_sync_pull_means_t *means, const char *owner,
                                          apr_pool_t *p);

/*
 * Do what is due.
 * *wait   made shorter when there is more to do sooner (ms)
 * Fails when the database does.
 */
apr_status_t scim_sync_puller_pass(scim_sync_puller_t *puller, apr_int64_t *wait, apr_pool_t *p);

/* The reign ends in peace, and no call is under way any more: give the leases back. */
void scim_sync_puller_end(scim_sync_puller_t *puller, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a pull: all users, groups and members of a Google directory are read into the stage
 * (store/stage.h), page by page and many members' listings at once, and told when all of it is
 * there and can be true (sync/planner_pull.h). A run that fails changes nothing.
 *
 * It is believed in one transaction, from which on it can't fail any more, and told in short ones:
 * nobody who writes meanwhile waits longer for a large directory than for a small one. A run that is
 * broken off before is begun anew; after that, it is finished from what was read, and nothing is
 * asked of Google again.
 *
 * It belongs to the thread that calls scim_sync_pull_go_on(), as does the transport. What it holds
 * in memory is a few pages, however large the directory is: each slot reads into a pool of its own.
 * Who holds the lease "google:<idp>" runs it; each of its transactions keeps that lease first.
 */
#ifndef SCIM_SYNC_SYNC_PULL_H
#define SCIM_SYNC_SYNC_PULL_H

#include "store/google_run.h"
#include "store/lease.h"
#include "sync/google_token.h"
#include "sync/runtime.h"

/* What a run needs of the world; another one in tests. */
typedef struct {
    scim_sync_runtime_t *runtime;
    void *net; /* scim_sync_transport_t */
    /* scim_sync_transport_start() */
    apr_status_t (*start)(void *net, const scim_sync_call_t *call, scim_sync_answered_t *done,
                          void *baton, apr_pool_t *p);
    /* scim_sync_google_token_want() */
    void (*want)(scim_sync_google_token_t *token, scim_sync_runtime_t *runtime, const char *idp,
                 apr_int64_t refused, apr_pool_t *p);
    apr_time_t (*now)(void); /* scim_sync_clock() */
} scim_sync_pull_means_t;

typedef struct scim_sync_pull_t scim_sync_pull_t;

/*
 * A run that was started (store/google_run.h), whose stage is empty; or that tells, whose stage is
 * as it was. In p, which must not go before
 * it is over: calls may be under way.
 */
scim_sync_pull_t *scim_sync_pull_make(const scim_sync_pull_means_t *means,
                                      const scim_sync_google_run_t *run,
                                      const scim_sync_lease_t *lease, apr_pool_t *p);

/*
 * Do what can be done now: write the pages that have come, ask for others.
 * *wait   ms: made shorter when there is something to do sooner than an answer comes
 * *over   1: it has ended, and nothing of it is under way
 * p       scratch
 * Fails when the database does; what was read is not lost by that, and the same may be tried again.
 */
apr_status_t scim_sync_pull_go_on(scim_sync_pull_t *pull, apr_int64_t *wait, int *over,
                                  apr_pool_t *p);

/* How long a lease of a run lasts (ms). */
#define SCIM_SYNC_PULL_LEASE_MS 30000

#endif

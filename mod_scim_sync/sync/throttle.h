/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker's call between being started and being sent: it waits until the site may be called and
 * its limiter lets it pass, and its answer is told to the limiter. Calls that Jira refused since
 * they came too fast (429) are sent again from here, so that the job need not begin anew; but for a
 * portal's, which looks again at what is queued.
 */
#ifndef SCIM_SYNC_SYNC_THROTTLE_H
#define SCIM_SYNC_SYNC_THROTTLE_H

#include "sync/worker.h"

/* Lives as long as the call. Zeroed, but for worker, probe and behind, before the first start. */
typedef struct {
    scim_sync_worker_t *worker;
    int probe;  /* it finds out whether the site may be called, and need not wait for that */
    int behind; /* it is sent only while no call of a job waits to be sent */
    const char *endpoint;
    int refusals;           /* times that it was answered 429 */
    apr_time_t not_before;  /* by scim_sync_clock(): its own wait after the last of them */
    apr_time_t sent;        /* when it was let pass */
    int stalled;            /* it is one of the worker's stalled ones */
    apr_int64_t stopped_ms; /* it was dropped, for it must not be sent for so long */
    const char *stopped;    /* what must not be: the endpoint, or all calls; */
    const char *why;        /* and the reason */
} scim_sync_throttle_t;

/* Let a call that was prepared wait for its turn. */
void scim_sync_throttle(scim_sync_call_t *call, scim_sync_throttle_t *throttle);

/*
 * Whether the answer is only that it came too fast, and the wait is short enough for the job to
 * wait here: then the call is to be started once more.
 */
int scim_sync_throttle_again(scim_sync_throttle_t *throttle, const scim_sync_answer_t *answer);

#endif

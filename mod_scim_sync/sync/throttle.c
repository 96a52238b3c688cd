/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/throttle.h"

#include <stdlib.h>

#include "base/backoff.h"
#include "base/text.h"

/* Jobs wait in memory for so long (us); what takes longer waits in the table of tasks. */
#define HOLD apr_time_from_sec(5)
/* A call that waits longer (us) than this does not wait for its turn, but for its endpoint. */
#define STALL (APR_USEC_PER_SEC / 4)
/* Times that a call is sent again before its task is put off. */
#define REFUSALS_MAX 4

/* What stops the call for longer than it can be held; us, else 0. */
static apr_interval_time_t stopped(scim_sync_throttle_t *throttle, apr_time_t now)
{
    scim_sync_limiter_t *limiter = throttle->worker->limits->limiter;
    int quota = 0;
    apr_interval_time_t pause = scim_sync_limiter_pause(limiter, &quota, now);
    apr_interval_time_t shut = scim_sync_limiter_shut(limiter, throttle->endpoint, now);
    apr_interval_time_t wait = pause > shut ? pause : shut;

    throttle->stopped = pause > 0 ? "calls" : throttle->endpoint;
    throttle->why = quota ? "the quota of calls is used up" : "too many were sent";
    return wait > HOLD ? wait : 0;
}

/* As may_send; more than that, why a call is dropped. */
static apr_interval_time_t wait_of(scim_sync_throttle_t *throttle, apr_time_t now)
{
    apr_interval_time_t wait;

    if (!throttle->probe) {
        if (throttle->worker->state != SCIM_SYNC_SITE_READY) {
            return -1;
        }
        if ((wait = stopped(throttle, now)) > 0) {
            throttle->stopped_ms = apr_time_as_msec(wait);
            return -1;
        }
        if (throttle->worker->in_flight >= throttle->worker->share ||
            (throttle->behind && scim_sync_worker_has_calls(throttle->worker))) {
            return SCIM_SYNC_LIMITER_LATER;
        }
    }
    return throttle->not_before > now
               ? throttle->not_before - now
               : scim_sync_limiter_ask(throttle->worker->limits->limiter, throttle->endpoint, now);
}

static apr_interval_time_t may_send(void *baton)
{
    scim_sync_throttle_t *throttle = baton;
    apr_time_t now = scim_sync_clock();
    apr_interval_time_t wait = wait_of(throttle, now);
    int stalled = wait > STALL && wait != SCIM_SYNC_LIMITER_LATER;

    if (!throttle->behind) {
        throttle->worker->stalled += stalled - throttle->stalled;
        throttle->stalled = stalled;
    }
    if (wait == 0) {
        throttle->sent = now;
    }
    if (wait <= 0 && !throttle->probe) {
        throttle->worker->queued -= !throttle->behind;
        throttle->worker->in_flight += wait == 0;
    }
    return wait;
}

static void landed(void *baton, const scim_sync_answer_t *answer)
{
    const scim_sync_throttle_t *throttle = baton;

    scim_sync_limiter_heard(throttle->worker->limits->limiter, throttle->endpoint, answer->status,
                            &answer->rate, throttle->sent, (apr_uint32_t)random(),
                            scim_sync_clock());
    if (answer->status == 429) {
        scim_sync_shared_count(throttle->worker->shared, SCIM_SYNC_COUNT_LIMITED);
    }
    if (!throttle->probe) {
        throttle->worker->in_flight--;
    }
}

void scim_sync_throttle(scim_sync_call_t *call, scim_sync_throttle_t *throttle)
{
    throttle->endpoint = call->endpoint;
    call->passage = (scim_sync_passage_t) { may_send, landed, throttle };
    if (!throttle->probe && !throttle->behind) {
        throttle->worker->queued++;
    }
}

int scim_sync_throttle_again(scim_sync_throttle_t *throttle, const scim_sync_answer_t *answer)
{
    apr_time_t now = scim_sync_clock();

    if (answer->status != 429 || throttle->refusals >= REFUSALS_MAX || stopped(throttle, now)) {
        return 0;
    }
    throttle->not_before = now + apr_time_from_msec(scim_sync_backoff(++throttle->refusals, 0,
                                                                      (apr_uint32_t)random()));
    return 1;
}

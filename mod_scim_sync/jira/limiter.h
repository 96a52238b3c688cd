/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a call may be sent to a Jira site: as fast as Jira allows, and no faster. Pure: time is
 * passed in, as that of scim_sync_clock().
 *
 * Jira limits the calls a second to each endpoint (a method and a path), by a token bucket; the
 * documented sizes are what we begin with, and answers tell others. Beside these there may be a
 * limit for all calls of a site, which is learnt from refusals that no endpoint explains, and
 * there are quotas, over which the whole site waits. How many calls are in flight adapts itself:
 * one more for each round of answers while all is well, fewer when Jira refuses, fails, or takes
 * ever longer.
 * https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
 *
 * One limiter is for one site, and belongs to one thread at a time.
 */
#ifndef SCIM_SYNC_JIRA_LIMITER_H
#define SCIM_SYNC_JIRA_LIMITER_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "net/rate.h"

typedef struct scim_sync_limiter_t scim_sync_limiter_t;

/* What scim_sync_limiter_ask() says when no time will help, but an answer may. */
#define SCIM_SYNC_LIMITER_LATER APR_INT64_MAX

/* A limiter that knows nothing but what is documented. most: calls in flight, at most. */
scim_sync_limiter_t *scim_sync_limiter_make(int most, apr_time_t now, apr_pool_t *p);

/*
 * Whether a call may be sent: 0, and it counts as sent; else how long (us) it has to wait.
 * endpoint   as in scim_sync_call_t
 */
apr_interval_time_t scim_sync_limiter_ask(scim_sync_limiter_t *limiter, const char *endpoint,
                                          apr_time_t now);

/*
 * What became of a call that might be sent: once for each.
 * status   HTTP status, 0 = no answer
 * sent     when it was let pass
 * random   any number: it alone makes the jitter
 */
void scim_sync_limiter_heard(scim_sync_limiter_t *limiter, const char *endpoint, int status,
                             const scim_sync_rate_t *rate, apr_time_t sent, apr_uint32_t random,
                             apr_time_t now);

/*
 * How long (us) nothing at all may be sent; 0: it may. *quota (if not NULL) is 1 when a quota is
 * used up, 0 when Jira just said so.
 */
apr_interval_time_t scim_sync_limiter_pause(const scim_sync_limiter_t *limiter, int *quota,
                                            apr_time_t now);

/* How long (us) nothing may be sent to an endpoint because Jira has refused; 0: it may. */
apr_interval_time_t scim_sync_limiter_shut(scim_sync_limiter_t *limiter, const char *endpoint,
                                           apr_time_t now);

/*
 * What is worth keeping, as JSON, in p. Short: of endpoints only those that are not as documented,
 * or not full.
 */
const char *scim_sync_limiter_save(scim_sync_limiter_t *limiter, apr_time_t now, apr_pool_t *p);

/*
 * Go on with what was kept.
 * age   how long ago (us) that was; less than nothing counts as nothing
 * APR_EINVAL when it makes no sense: the limiter is then as it was.
 */
apr_status_t scim_sync_limiter_load(scim_sync_limiter_t *limiter, const char *state,
                                    apr_interval_time_t age, apr_time_t now, apr_pool_t *p);

/* An endpoint that Jira allows less than is documented, or nothing, now. */
typedef struct {
    const char *endpoint;
    double rate;              /* calls a second, */
    double documented;        /* and how many there should be */
    apr_interval_time_t shut; /* nothing is sent for so long (us); 0: something is */
} scim_sync_limiter_slow_t;

/* How a limiter stands, for people. */
typedef struct {
    int window;               /* calls that may be in flight */
    double rate;              /* calls a second of all endpoints together; 0: no limit is known */
    apr_array_header_t *slow; /* scim_sync_limiter_slow_t, by name */
} scim_sync_limiter_view_t;

/* In p; names are the limiter's own. */
void scim_sync_limiter_look(scim_sync_limiter_view_t *view, scim_sync_limiter_t *limiter,
                            apr_time_t now, apr_pool_t *p);

#endif

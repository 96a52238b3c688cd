/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between limiter.c and limiter_state.c, which keeps it.
 */
#ifndef SCIM_SYNC_JIRA_LIMITER_INT_H
#define SCIM_SYNC_JIRA_LIMITER_INT_H

#include <apr_hash.h>

#include "jira/bucket.h"
#include "jira/limiter.h"

/* A limit that is said to be larger is that of a quota an hour, not of calls a second. */
#define SCIM_SYNC_LIMIT_MOST 1000

typedef struct {
    const char *name;
    double documented; /* calls a second */
    scim_sync_bucket_t bucket;
    double usual;  /* us that an answer takes when nothing is in its way; 0 = not known */
    double lately; /* us that answers took lately, on average */
} scim_sync_endpoint_t;

struct scim_sync_limiter_t {
    apr_pool_t *pool;
    int most;
    double window;           /* calls that may be in flight */
    apr_time_t full;         /* when so many were, last */
    apr_time_t shrunk;       /* when that was made smaller last */
    apr_time_t paused;       /* nothing is sent before */
    int quota;               /* that is since a quota is used up */
    scim_sync_bucket_t site; /* all calls; without a limit until one is learnt */
    apr_hash_t *endpoints;   /* name -> scim_sync_endpoint_t */
};

/* Made when it is asked for first; NULL never. */
scim_sync_endpoint_t *scim_sync_limiter_endpoint(scim_sync_limiter_t *limiter, const char *name,
                                                 apr_time_t now);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of something that somebody will ask about: a call to Jira, a task, a test of
 * credentials.
 */
#ifndef SCIM_SYNC_BASE_OUTCOME_H
#define SCIM_SYNC_BASE_OUTCOME_H

#include <apr.h>

typedef enum {
    SCIM_SYNC_DONE,    /* it is so */
    SCIM_SYNC_ABSENT,  /* looked, and there is no such thing */
    SCIM_SYNC_RETRY,   /* not now: try again, not before retry_ms */
    SCIM_SYNC_REFUSED, /* never by itself: a person must change something */
    SCIM_SYNC_DENIED,  /* these credentials are not accepted: nothing of this site will work */
    SCIM_SYNC_GUARDED  /* it would take too much: an administrator must release it (sync/guard.h) */
} scim_sync_verdict_t;

typedef struct {
    scim_sync_verdict_t verdict;
    int status;           /* HTTP status of the answer, 0 when there was none */
    apr_int64_t retry_ms; /* RETRY: at least so long from now; 0 = the caller's own backoff */
    const char *detail;   /* the other side's own words, bounded, no secret; NULL when
                           * DONE, but for what is left as it is (sync/planner.h) */
} scim_sync_outcome_t;

#endif

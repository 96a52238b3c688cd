/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the headers of an answer say about limits. Pure.
 * https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
 *
 * The Beta-RateLimit headers are informational, and not read.
 */
#ifndef SCIM_SYNC_NET_RATE_H
#define SCIM_SYNC_NET_RATE_H

#include <apr_tables.h>

/* RateLimit-Reason: which of Jira's limits refused the call. */
typedef enum {
    SCIM_SYNC_REASON_UNSAID, /* none, or one that is not known */
    SCIM_SYNC_REASON_BURST,  /* jira-burst-based: the endpoint's calls a second */
    SCIM_SYNC_REASON_WRITES, /* jira-per-issue-on-write: writes to one thing */
    SCIM_SYNC_REASON_QUOTA   /* jira-quota-...: all calls of a site, until the reset */
} scim_sync_reason_t;

typedef struct {
    apr_int64_t retry_after_ms; /* Retry-After (seconds or date) from now; -1 = not said */
    apr_int64_t reset_ms;       /* X-RateLimit-Reset from now; -1 = not said */
    double limit;               /* X-RateLimit-Limit, calls; 0 = not said */
    double fill;                /* calls that are added to it a second; 0 = not said */
    double remaining;           /* X-RateLimit-Remaining, calls; -1 = not said */
    int near;                   /* X-RateLimit-NearLimit: less than a fifth of a quota is left */
    scim_sync_reason_t reason;
} scim_sync_rate_t;

#define SCIM_SYNC_RATE_UNSAID                                                                      \
    {                                                                                              \
        .retry_after_ms = -1, .reset_ms = -1, .remaining = -1                                      \
    }

/*
 * Keep a header line (its end may be missing or "\r\n") if it is one that is read here; a status
 * line forgets those of the answer before it (100 Continue). Names and values are copied into the
 * table's pool, a value that is longer than any of these headers' is not kept.
 */
void scim_sync_rate_keep(apr_table_t *headers, const char *line, apr_size_t len);

/*
 * now   milliseconds since 1970. Times are taken by the answer's own Date, where it has one, so
 *       that no clock of ours need be right.
 */
scim_sync_rate_t scim_sync_rate_read(const apr_table_t *headers, apr_int64_t now);

#endif

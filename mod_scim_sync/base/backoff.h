/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long to wait before a call is tried again: doubling with jitter, as Atlassian asks
 * (https://developer.atlassian.com/cloud/jira/platform/rate-limiting/).
 */
#ifndef SCIM_SYNC_BASE_BACKOFF_H
#define SCIM_SYNC_BASE_BACKOFF_H

#include <apr.h>

/*
 * Milliseconds to wait after the n-th failure (n from 1): 2 s doubled each time, at most 30 s,
 * times 0.7 to 1.3.
 * at_least   what the other side asked for (Retry-After): never less than that
 * random     any number: it alone makes the jitter
 */
apr_int64_t scim_sync_backoff(int n, apr_int64_t at_least, apr_uint32_t random);

#endif

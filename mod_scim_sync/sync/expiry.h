/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When tokens end, and who is warned of it. A Jira API token lives for a year at most, and nothing
 * can ask when it ends: an administrator tells us. SCIM tokens of IdPs end when we were told to let
 * them end, and connections to Google when Google says so.
 */
#ifndef SCIM_SYNC_SYNC_EXPIRY_H
#define SCIM_SYNC_SYNC_EXPIRY_H

#include "sync/runtime.h"

/* How urgent it is to replace a token. Stored as numbers, which never change. */
typedef enum {
    SCIM_SYNC_EXPIRY_NONE = 0,  /* there is time, or no end was told */
    SCIM_SYNC_EXPIRY_MONTH = 1, /* 30 days or less */
    SCIM_SYNC_EXPIRY_WEEK = 2,  /* 7 days or less */
    SCIM_SYNC_EXPIRY_OVER = 3   /* it has ended */
} scim_sync_expiry_t;

/*
 * expires   ms; 0 = no end was told
 * *next     when it becomes more urgent (ms); left alone when it never does
 */
scim_sync_expiry_t scim_sync_expiry_of(apr_int64_t expires, apr_int64_t now, apr_int64_t *next);

/* The rest of a token's life as people say it: "12 days", "1 day", "5 hours", "3 minutes". */
const char *scim_sync_expiry_rest(apr_int64_t expires, apr_int64_t now, apr_pool_t *p);

/*
 * Look at all tokens, and warn of those that end: by an event, once for each urgency and all hosts;
 * and in this host's error log, then and once a day.
 * *next   when to look again (ms), at latest within an hour
 * p       scratch memory
 */
apr_status_t scim_sync_expiry_look(scim_sync_runtime_t *runtime, apr_int64_t *next, apr_pool_t *p);

#endif

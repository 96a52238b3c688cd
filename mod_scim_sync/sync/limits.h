/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site's limiter through the life of a provisioner: what it knows comes from the one before, and
 * goes to the one behind.
 */
#ifndef SCIM_SYNC_SYNC_LIMITS_H
#define SCIM_SYNC_SYNC_LIMITS_H

#include "jira/limiter.h"
#include "store/db.h"

typedef struct {
    scim_sync_limiter_t *limiter;
    apr_int64_t kept;      /* ms: when its state was stored last */
    apr_time_t pause_told; /* until when people know that the site is paused; scim_sync_clock() */
    apr_time_t telling;    /* the same, once what tells them is committed */
} scim_sync_limits_t;

/* most: calls in flight, at most. */
scim_sync_limits_t *scim_sync_limits_make(int most, apr_pool_t *p);

/* Go on with what the site's last worker knew, on whichever host it was. */
apr_status_t scim_sync_limits_restore(scim_sync_db_t *db, scim_sync_limits_t *limits,
                                      const char *site, apr_pool_t *p);

/*
 * Store what is known, but not so often that it costs anything, unless there is news for people or
 * it is the last time.
 */
apr_status_t scim_sync_limits_keep(scim_sync_db_t *db, scim_sync_limits_t *limits, const char *site,
                                   int last, apr_pool_t *p);

/*
 * Why nothing is sent, and until when, in p, if that is long and nobody was told of it; else NULL.
 * After that was committed: scim_sync_limits_told().
 */
const char *scim_sync_limits_news(scim_sync_limits_t *limits, apr_pool_t *p);
void scim_sync_limits_told(scim_sync_limits_t *limits);

/* Milliseconds until the site may be called; 0: it may. */
apr_int64_t scim_sync_limits_pause(const scim_sync_limits_t *limits);

#endif

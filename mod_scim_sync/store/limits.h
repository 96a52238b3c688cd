/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of a site's limits, kept for whoever works on it next: the state of its limiter
 * (jira/limiter.h), one row a site. Times are the database's clock.
 */
#ifndef SCIM_SYNC_STORE_LIMITS_H
#define SCIM_SYNC_STORE_LIMITS_H

#include <apr_tables.h>

#include "store/db.h"

/* A site at which nothing is sent. */
typedef struct {
    const char *site;
    apr_int64_t until; /* ms since 1970 */
    const char *why;
} scim_sync_paused_t;

/* *state is NULL when nothing is kept; else *age is how long ago (ms) it was. */
apr_status_t scim_sync_limits_load(scim_sync_db_t *db, const char **state, apr_int64_t *age,
                                   const char *site, apr_pool_t *p);

/*
 * pause   how long (ms) nothing is sent to the site, 0 = it is; why says why
 * A site that is not there any more is passed over, and what is as it was is not written.
 */
apr_status_t scim_sync_limits_save(scim_sync_db_t *db, const char *site, const char *state,
                                   apr_int64_t pause, const char *why, apr_pool_t *p);

/* What is kept of a site's limiter, for people. */
typedef struct {
    const char *site;
    const char *state;   /* jira/limiter.h */
    apr_int64_t changed; /* when that was, */
    apr_int64_t age;     /* and how long ago (ms) */
    apr_int64_t paused;  /* nothing is sent before; 0: something is; */
    const char *why;     /* why not, or NULL */
} scim_sync_limits_row_t;

/* Of all sites of which something is kept, by name: scim_sync_limits_row_t in p. */
apr_status_t scim_sync_limits_list(scim_sync_db_t *db, apr_array_header_t **limits, apr_pool_t *p);

/* The sites that are paused now: scim_sync_paused_t in p, by name. */
apr_status_t scim_sync_limits_paused(scim_sync_db_t *db, apr_array_header_t **paused,
                                     apr_pool_t *p);

#endif

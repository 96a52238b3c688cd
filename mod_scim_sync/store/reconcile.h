/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a site's Jira was last compared with what is held, who asked for it anew, and what was
 * found: one row a site. By it any host or process asks, and the one that works on the site hears
 * of it. Times are milliseconds of the database's clock.
 */
#ifndef SCIM_SYNC_STORE_RECONCILE_H
#define SCIM_SYNC_STORE_RECONCILE_H

#include "store/db.h"

/* How one ended. */
#define SCIM_SYNC_RECONCILE_DONE "done"
#define SCIM_SYNC_RECONCILE_DOUBTFUL                                                               \
    "doubtful"                              /* too much seemed to be gone: nothing was believed */
#define SCIM_SYNC_RECONCILE_FAILED "failed" /* Jira could not be read to the end */

typedef struct {
    apr_int64_t site_created; /* when the site was made */
    apr_int64_t now;          /* when this was read */
    apr_int64_t asked;        /* when somebody asked for one that has not begun since; 0: nobody */
    int trust;                /* who asked says that what is gone is gone */
    int running;              /* one has begun, and has not ended; who began it may be dead */
    apr_int64_t started;      /* the last one; 0: never */
    apr_int64_t ended;        /* the last one that came to an end; 0: never */
    const char *outcome;      /* of that one: SCIM_SYNC_RECONCILE_...; NULL: there was none */
    const char *detail;       /* why, when it is not "done" */
    const char *report;       /* of that one: what was found, JSON; NULL: there was none */
} scim_sync_reconcile_row_t;

/* *row is NULL when there is no such site; one that was never compared has zeroes. */
apr_status_t scim_sync_reconcile_load(scim_sync_db_t *db, scim_sync_reconcile_row_t **row,
                                      const char *site, apr_pool_t *p);

/* Somebody asks for one, now. *found is 0 when there is no such site. */
apr_status_t scim_sync_reconcile_ask(scim_sync_db_t *db, const char *site, int trust, int *found,
                                     apr_pool_t *p);

/* One begins. */
apr_status_t scim_sync_reconcile_start(scim_sync_db_t *db, const char *site, apr_pool_t *p);

/* It has ended. Whoever asked since it began is still to be served. */
apr_status_t scim_sync_reconcile_end(scim_sync_db_t *db, const char *site, const char *outcome,
                                     const char *detail, const char *report, apr_pool_t *p);

/*
 * When the next one is due: ms, in the past if it is; 0: never, unless somebody asks.
 * period   from the beginning of one to that of the next (ms); 0: only when asked
 * Sites that were made at once are spread over the period by their names. One that failed is due
 * again after an hour at most.
 */
apr_int64_t scim_sync_reconcile_due(const scim_sync_reconcile_row_t *row, const char *site,
                                    apr_int64_t period);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an IdP of the kind google is pulled: what was set, and the rows that decide when the next
 * pull is due (sync/google_schedule.h). Whoever decides does so from these alone, so that it makes
 * no difference which host does, or how long none did.
 *
 * All functions run in the caller's transaction. Times are milliseconds of the database's clock.
 */
#ifndef SCIM_SYNC_STORE_GOOGLE_SCHEDULE_H
#define SCIM_SYNC_STORE_GOOGLE_SCHEDULE_H

#include <apr_tables.h>

#include "store/db.h"

typedef struct {
    const char *idp;
    const char *connection; /* SCIM_SYNC_GOOGLE_... (store/google.h) */
    const char *reason;     /* why it must be connected anew, or NULL */
    apr_int64_t since;      /* in that state of the connection */
    const char *schedule;   /* JSON; NULL: nobody has put one */
    apr_int64_t scheduled;  /* when it was put; 0: not yet */
    apr_int64_t hinted;     /* when Google said last that something has changed; 0: never */
    apr_int64_t now;

    apr_int64_t last; /* the newest run, whoever asked for it; 0: there was none. No preview */
    const char *last_state;
    const char *last_detail;
    apr_int64_t last_asked;
    apr_int64_t last_ended; /* 0: it waits or runs */

    apr_int64_t done; /* the newest that was done; 0: there was none */
    apr_int64_t done_started;
    apr_int64_t done_ended;
    int missed; /* the runs since then that have ended */
} scim_sync_google_when_t;

/* Of one IdP, or (NULL) of all of that kind, by name: scim_sync_google_when_t * in p. */
apr_status_t scim_sync_google_when(scim_sync_db_t *db, apr_array_header_t **whens, const char *idp,
                                   apr_pool_t *p);

/* Nobody else decides about this IdP before the transaction ends. */
apr_status_t scim_sync_google_when_hold(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/* In the place of what was set. *stored 0: there is no such IdP. */
apr_status_t scim_sync_google_schedule_put(scim_sync_db_t *db, const char *idp,
                                           const char *schedule, int *stored, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the guard's counts (sync/guard.h, store/guard_count.h) are tripped, and what is held by
 * them. Once a count has tripped it stays so until an administrator releases or discards what is
 * held, or nothing is held by it any more; each task stays held by it until then, or until it takes
 * nothing any more (store/task.h).
 *
 * All functions run in the caller's transaction. Times are the database's clock.
 */
#ifndef SCIM_SYNC_STORE_GUARD_H
#define SCIM_SYNC_STORE_GUARD_H

#include <apr_tables.h>

#include "store/guard_count.h"

/* What a count holds is counted so far: for who looks, more is many. */
#define SCIM_SYNC_GUARD_HELD_MOST 1000

typedef struct {
    const char *idp;
    const char *site;
    const char *kind;
    apr_int64_t counted; /* so many it would have been, */
    apr_int64_t most;    /* where so many are the most, */
    apr_int64_t window;  /* within so many ms */
    const char *detail;  /* the same in a sentence */
    apr_int64_t at;      /* set by scim_sync_guard_trip() */
    apr_int64_t held;    /* tasks that are held by it, or looked at anew, up to one more than
                          * SCIM_SYNC_GUARD_HELD_MOST; lists only */
} scim_sync_guard_trip_t;

/* *first is 0 when it has tripped before. */
apr_status_t scim_sync_guard_trip(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                  int *first, apr_pool_t *p);

/* Why it has tripped; *detail is NULL when it has not. */
apr_status_t scim_sync_guard_tripped(scim_sync_db_t *db, const char **detail,
                                     const scim_sync_guard_count_t *count, apr_pool_t *p);

/*
 * The tasks of other users who stand for the same account: what is told of the person besides, and
 * not done, what was discarded apart. scim_sync_guard_beside_t in p.
 */
typedef struct {
    const char *subject;
    const char *idp;
    int ended; /* an administrator has ended what that IdP gave: SCIM_SYNC_PASSES_ALL */
} scim_sync_guard_beside_t;
apr_status_t scim_sync_guard_beside(scim_sync_db_t *db, apr_array_header_t **tasks,
                                    const char *site, const char *account_id, const char *subject,
                                    apr_pool_t *p);

/*
 * Which IdPs may have put people into a group in Jira: those that have something that stands for
 * it, or had it within the last week: const char * in p, some more than once. *unknown is 1 when
 * nobody can say of something whose it was.
 */
apr_status_t scim_sync_guard_givers(scim_sync_db_t *db, apr_array_header_t **idps, int *unknown,
                                    const char *site, const char *group_id, apr_pool_t *p);

/* Something of an IdP stands for the group no more: that is remembered for a week. */
apr_status_t scim_sync_guard_gave(scim_sync_db_t *db, const char *idp, const char *site,
                                  const char *group_id, apr_pool_t *p);

/* What is tripped: scim_sync_guard_trip_t * in p. idp, site, kind may be NULL: any. */
apr_status_t scim_sync_guard_list(scim_sync_db_t *db, apr_array_header_t **trips, const char *idp,
                                  const char *site, const char *kind, apr_pool_t *p);

/*
 * Which tasks a count holds, in a text that is another one as soon as it holds others, or more of
 * them; of more than SCIM_SYNC_GUARD_HELD_MOST those that were made last.
 */
apr_status_t scim_sync_guard_holds(scim_sync_db_t *db, const char **text,
                                   const scim_sync_guard_trip_t *trip, apr_pool_t *p);

/*
 * Let pass what is held by it, or discard it with these words (store/task.h); it is tripped no more.
 * *tasks of them. After a release it counts from 0. Hold the site's lease first (store/lease.h).
 */
apr_status_t scim_sync_guard_release(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                     int *tasks, apr_pool_t *p);
apr_status_t scim_sync_guard_discard(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                     const char *words, int *tasks, apr_pool_t *p);

/*
 * Tasks of a site are held no more: what holds none any more is tripped no more, either. What was
 * taken within the window still counts.
 * actor   of the event that says so
 */
apr_status_t scim_sync_guard_settle(scim_sync_db_t *db, const char *site, const char *actor,
                                    apr_pool_t *p);

/*
 * An administrator ends what an IdP gives at a site: nothing of that is held. keep 0: all tasks
 * about what it told, made before, pass the guard with what only it gave, also what was discarded,
 * but for what is held or was discarded of other IdPs' tasks; 1: what is held or discarded goes.
 */
apr_status_t scim_sync_guard_end(scim_sync_db_t *db, const char *idp, const char *site, int keep,
                                 apr_pool_t *p);

/*
 * The rules of an IdP turn its guard off: nothing is tripped any more at any site, and what was
 * held is looked at anew.
 */
apr_status_t scim_sync_guard_off(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guard (sync/guard.h) knows: what was taken away lately, what waits to be, how much there
 * is in all; and which of its counts are tripped.
 *
 * A count is of one IdP at one site and of one kind, by its name in the rules. Once it has tripped
 * it stays so until an administrator releases or discards what is held; so does each task that is
 * held by it (store/task.h).
 *
 * All functions run in the caller's transaction. Times are the database's clock.
 */
#ifndef SCIM_SYNC_STORE_GUARD_H
#define SCIM_SYNC_STORE_GUARD_H

#include <apr_tables.h>

#include "store/db.h"

typedef struct {
    const char *idp;
    const char *site;
    const char *kind;
    apr_int64_t window; /* ms */
} scim_sync_guard_count_t;

/* ---- what was taken ---- */

/*
 * Something is taken now: object is the group of a membership, else "". What is older than the
 * window is forgotten.
 */
apr_status_t scim_sync_guard_add(scim_sync_db_t *db, const scim_sync_guard_count_t *count,
                                 const char *subject, const char *object, apr_pool_t *p);

/* Whether it is among what was taken within the window. */
apr_status_t scim_sync_guard_has(scim_sync_db_t *db, int *has, const scim_sync_guard_count_t *count,
                                 const char *subject, const char *object, apr_pool_t *p);

/* How much was. */
apr_status_t scim_sync_guard_taken(scim_sync_db_t *db, apr_int64_t *number,
                                   const scim_sync_guard_count_t *count, apr_pool_t *p);

/* ---- what waits to be taken, of tasks that are due soon, beside that of a subject ---- */

/* People who are told inactive or no more by anybody, and have something there that we gave. */
apr_status_t scim_sync_guard_leavers(scim_sync_db_t *db, apr_int64_t *number,
                                     const scim_sync_guard_count_t *count, const char *beside,
                                     apr_pool_t *p);

/* Active people whom we put into the group, and whom no group that stands for it has any more. */
apr_status_t scim_sync_guard_losers(scim_sync_db_t *db, apr_int64_t *number,
                                    const scim_sync_guard_count_t *count, const char *group_id,
                                    const char *beside, apr_pool_t *p);

/* Groups that are told no more, and stand for one there. */
apr_status_t scim_sync_guard_gone_groups(scim_sync_db_t *db, apr_int64_t *number,
                                         const scim_sync_guard_count_t *count, const char *beside,
                                         apr_pool_t *p);

/* ---- how much there is in all ---- */

/* Active people of the IdP, or its groups, that stand for one there. type: "User", "Group" */
apr_status_t scim_sync_guard_linked(scim_sync_db_t *db, apr_int64_t *number,
                                    const scim_sync_guard_count_t *count, const char *type,
                                    apr_pool_t *p);

/* Memberships of the IdP's people that we gave. */
apr_status_t scim_sync_guard_memberships(scim_sync_db_t *db, apr_int64_t *number,
                                         const scim_sync_guard_count_t *count, apr_pool_t *p);

/* ---- tripped ---- */

typedef struct {
    const char *idp;
    const char *site;
    const char *kind;
    apr_int64_t counted; /* so many it would have been, */
    apr_int64_t most;    /* where so many are the most, */
    apr_int64_t window;  /* within so many ms */
    const char *detail;  /* the same in a sentence */
    apr_int64_t at;      /* set by scim_sync_guard_trip() */
    apr_int64_t held;    /* tasks that are held by it; lists only */
} scim_sync_guard_trip_t;

/* *first is 0 when it has tripped before. */
apr_status_t scim_sync_guard_trip(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                  int *first, apr_pool_t *p);

/* Why it has tripped; *detail is NULL when it has not. */
apr_status_t scim_sync_guard_tripped(scim_sync_db_t *db, const char **detail,
                                     const scim_sync_guard_count_t *count, apr_pool_t *p);

/*
 * What another IdP tells of the person who has the account may be held as well, and none may take
 * then what that one holds: whose guard it is, and which of its counts; *idp NULL when there is
 * none.
 */
apr_status_t scim_sync_guard_beside(scim_sync_db_t *db, const char **idp, const char **kind,
                                    const char *site, const char *account_id, const char *subject,
                                    apr_pool_t *p);

/* What is tripped: scim_sync_guard_trip_t * in p. idp, site, kind may be NULL: any. */
apr_status_t scim_sync_guard_list(scim_sync_db_t *db, apr_array_header_t **trips, const char *idp,
                                  const char *site, const char *kind, apr_pool_t *p);

/*
 * Let pass what is held by it, or drop it; it is tripped no more. *tasks of them. After a release
 * it counts from 0. Hold the site's lease first (store/lease.h).
 */
apr_status_t scim_sync_guard_release(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                     int *tasks, apr_pool_t *p);
apr_status_t scim_sync_guard_discard(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                     int *tasks, apr_pool_t *p);

/*
 * An administrator ends what an IdP gives at a site: nothing of that is held. keep 0: all tasks
 * about what it told, made before, pass the guard; 1: what is held goes.
 */
apr_status_t scim_sync_guard_end(scim_sync_db_t *db, const char *idp, const char *site, int keep,
                                 apr_pool_t *p);

/*
 * The rules of an IdP turn its guard off: nothing is tripped any more at any site, and what was
 * held is looked at anew.
 */
apr_status_t scim_sync_guard_off(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

#endif

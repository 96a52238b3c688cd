/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guard (sync/guard.h) counts: what was taken away lately, what waits to be, and how much
 * there is in all. A count is of one IdP at one site and of one kind, by its name in the rules.
 *
 * All functions run in the caller's transaction. Times are the database's clock.
 */
#ifndef SCIM_SYNC_STORE_GUARD_COUNT_H
#define SCIM_SYNC_STORE_GUARD_COUNT_H

#include <apr_tables.h>

#include "store/told.h"

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

/* When it was taken, if it is among what was within the window; 0: it is not. */
apr_status_t scim_sync_guard_has(scim_sync_db_t *db, apr_int64_t *at,
                                 const scim_sync_guard_count_t *count, const char *subject,
                                 const char *object, apr_pool_t *p);

/* How much was; and from whom: ids (const char *) in p. */
apr_status_t scim_sync_guard_taken(scim_sync_db_t *db, apr_int64_t *number,
                                   const scim_sync_guard_count_t *count, apr_pool_t *p);
apr_status_t scim_sync_guard_taken_from(scim_sync_db_t *db, apr_array_header_t **subjects,
                                        const scim_sync_guard_count_t *count, apr_pool_t *p);

/* ---- what waits to be taken ---- */

/* Tasks that are put off longer than that (ms), by a grace period, are not of the same push. */
#define SCIM_SYNC_GUARD_SOON 60000

/*
 * One who may be about to lose something, by a task of the IdP that is due soon, was not released,
 * or had news since, and takes nothing yet that is counted as taken.
 */
typedef struct {
    scim_sync_told_t told; /* as scim_sync_told_person() and scim_sync_told_gone() have it */
    int others;            /* so many other users stand for the same account */
    /* of a leaver: */
    const char *state; /* of the account: store/held.h */
    int given;         /* it has something that we gave; an account that we made, and whose groups
                          were never read, came with access to products */
    int theirs;        /* it is in groups into which others put it */
    /* of a loser: */
    const char *group_id; /* we put the account into it */
} scim_sync_guard_waiting_t;

/* Some thousand tasks, one page after the other; zeroed for the first one. */
typedef struct {
    apr_int64_t last_at; /* behind the task of this time and id */
    apr_int64_t last_id;
    apr_int64_t next_at; /* up to this one, where the next page begins */
    apr_int64_t next_id;
    int over; /* it was the last page */
} scim_sync_guard_page_t;

/*
 * People with an account, whom the IdP tells inactive or no more; with active 1 all of them, for
 * its rules may keep out whom it tells active. Whether another IdP wants them is not asked.
 * scim_sync_guard_waiting_t in p.
 * beside   the subject of a task that is not meant
 */
apr_status_t scim_sync_guard_leavers(scim_sync_db_t *db, apr_array_header_t **waiting,
                                     scim_sync_guard_page_t *page,
                                     const scim_sync_guard_count_t *count, const char *beside,
                                     int active, apr_pool_t *p);

/*
 * Memberships that we gave, and which none of the user's own groups gives any more: of active users
 * who alone stand for their account. Groups in groups are not asked. Of accounts for which others
 * stand, too, all memberships that we gave.
 */
apr_status_t scim_sync_guard_losers(scim_sync_db_t *db, apr_array_header_t **waiting,
                                    scim_sync_guard_page_t *page,
                                    const scim_sync_guard_count_t *count, const char *beside,
                                    apr_pool_t *p);

/*
 * Who is in a Jira group by a group that is in a group: ids of resources (const char *) in p.
 */
apr_status_t scim_sync_guard_below(scim_sync_db_t *db, apr_array_header_t **ids, const char *site,
                                   const char *group_id, apr_pool_t *p);

/* Groups that are told no more, and stand for one there. */
apr_status_t scim_sync_guard_gone_groups(scim_sync_db_t *db, apr_int64_t *number,
                                         const scim_sync_guard_count_t *count, const char *beside,
                                         apr_pool_t *p);

/* ---- what ends with the IdP ---- */

/*
 * People, leavers included, who would lose what we gave if the IdP ended there now: whom no other
 * IdP wants, as far as that is on record, and who are not among what was taken. *known of them are
 * among those whom scim_sync_guard_all() counts.
 */
apr_status_t scim_sync_guard_ending(scim_sync_db_t *db, apr_int64_t *number, apr_int64_t *known,
                                    const scim_sync_guard_count_t *count, apr_pool_t *p);

/* ---- how much there is in all ---- */

/*
 * People of the IdP, or its groups, that stand for one there, and are wanted as far as that was
 * looked at; and those besides who are among what was taken. type: "User", "Group"
 */
apr_status_t scim_sync_guard_all(scim_sync_db_t *db, apr_int64_t *number,
                                 const scim_sync_guard_count_t *count, const char *type,
                                 apr_pool_t *p);

/* Memberships of the IdP's people that we gave. */
apr_status_t scim_sync_guard_memberships(scim_sync_db_t *db, apr_int64_t *number,
                                         const scim_sync_guard_count_t *count, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the answers of a directory mean for the run of a pull: what is done next, how fast, and
 * whether the whole of it can be true. Pure: no network, no database, no clock.
 *
 * A listing is one of users, of groups, or of a group's members. All of them together are a run,
 * which is believed as a whole or not at all: so what can't be read to its end ends the run.
 */
#ifndef SCIM_SYNC_SYNC_PLANNER_PULL_H
#define SCIM_SYNC_SYNC_PLANNER_PULL_H

#include <apr_time.h>

#include "google/directory.h"
#include "store/stage.h"
#include "sync/rules.h"

/* In bytes, their ends included. */
#define SCIM_SYNC_PULL_ID    129
#define SCIM_SYNC_PULL_TOKEN 4097

typedef enum {
    SCIM_SYNC_PULL_USERS,
    SCIM_SYNC_PULL_GROUPS,
    SCIM_SYNC_PULL_MEMBERS,
    SCIM_SYNC_PULL_CHECK /* groups once more: are those gone of which Google says so? */
} scim_sync_pull_kind_t;

typedef struct {
    scim_sync_pull_kind_t kind;
    int part;                        /* number of the query whose finds it lists; -1: of none */
    const char *query;               /* that one, or NULL */
    char group[SCIM_SYNC_PULL_ID];   /* MEMBERS: whose */
    char page[SCIM_SYNC_PULL_TOKEN]; /* the token of the page that is asked for; "": the first */
    int pages;                       /* that were taken, since it was begun */
    int failures;                    /* of this page, one after the other */
    int refusals;                    /* likewise: of access tokens */
    int begun;                       /* how often it was begun anew */
    int nothing;                     /* the first page was empty: so often */
    int stale;                       /* pages, one after the other, that had nothing new */
} scim_sync_pull_listing_t;

/* group: of MEMBERS, else NULL. A part is set by the caller, who keeps the query. */
void scim_sync_pull_listing_begin(scim_sync_pull_listing_t *listing, scim_sync_pull_kind_t kind,
                                  const char *group);

typedef enum {
    SCIM_SYNC_PULL_TAKE,   /* the page goes into the stage */
    SCIM_SYNC_PULL_AGAIN,  /* ask for the same page, after wait_ms */
    SCIM_SYNC_PULL_RENEW,  /* the same with another access token */
    SCIM_SYNC_PULL_ANEW,   /* forget what was found, and begin with the first page, after wait_ms */
    SCIM_SYNC_PULL_ABSENT, /* there is no such group */
    SCIM_SYNC_PULL_FAIL    /* the run has failed: why */
} scim_sync_pull_next_t;

typedef struct {
    scim_sync_pull_next_t next;
    apr_int64_t wait_ms;
    int too_fast;    /* Google says that there are too many calls */
    const char *why; /* of AGAIN, ANEW and FAIL, for people */
} scim_sync_pull_step_t;

/*
 * What an answer means; listing counts it.
 * page         as it was read; only looked at when result is DONE
 * retry_ms     what the answer asks for (scim_sync_google_retry_ms())
 * random       any number, for the jitter of waits
 */
scim_sync_pull_step_t scim_sync_pull_judge(scim_sync_pull_listing_t *listing,
                                           const scim_sync_google_result_t *result,
                                           const scim_sync_google_page_t *page,
                                           apr_int64_t retry_ms, apr_uint32_t random,
                                           apr_pool_t *p);

/*
 * The page is in the stage; fresh of its entries were not there before. *over is 1 when it was the
 * last one. The result is TAKE (go on), or ANEW or FAIL: the listing goes round.
 */
scim_sync_pull_step_t scim_sync_pull_turn(scim_sync_pull_listing_t *listing,
                                          const scim_sync_google_page_t *page, int fresh, int *over,
                                          apr_pool_t *p);

/* ---- how fast ---- */

/* Google's default for a user of a project: 2,400 calls a minute. */
#define SCIM_SYNC_PULL_RATE 40.0

/* Times are those of scim_sync_clock(). */
typedef struct {
    double rate;       /* calls a second */
    apr_time_t next;   /* no call before */
    apr_time_t slowed; /* when it was made slower last */
} scim_sync_pull_pace_t;

/* How long (us) a call has to wait; 0: it goes now, and counts. */
apr_interval_time_t scim_sync_pull_pace(scim_sync_pull_pace_t *pace, apr_time_t now);

/* Google says that this was too fast: half of it, once a second; it grows again by itself. */
void scim_sync_pull_slow(scim_sync_pull_pace_t *pace, apr_time_t now);

/* ---- can it be true? ---- */

/*
 * Why not, for people: everybody or every group is gone, or more than the guard's limits of the
 * rules allow; NULL: it can.
 */
const char *scim_sync_pull_doubt(const scim_sync_stage_counts_t *counts,
                                 const scim_sync_rules_guard_t *guard, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of a run: pull.c (what is asked for, and when), pull_stage.c (what becomes of a
 * page, by the choice), pull_write.c (transactions), pull_tell.c (those in which it is told).
 */
#ifndef SCIM_SYNC_SYNC_PULL_INT_H
#define SCIM_SYNC_SYNC_PULL_INT_H

#include "store/stage.h"
#include "sync/google_choice.h"
#include "sync/planner_pull.h"
#include "sync/pull.h"

/*
 * Listings at once: at 40 calls a second they fit answers that take 200 ms, and leave connections
 * to Jira.
 */
#define SCIM_SYNC_PULL_SLOTS 8
/* Groups whose members are to be listed, in memory. */
#define SCIM_SYNC_PULL_QUEUE 200
/* Groups that were listed and then were not there; more than these are no accident. */
#define SCIM_SYNC_PULL_LOST 100
/* What a run names of those with a fault. */
#define SCIM_SYNC_PULL_FAULTS 20

typedef enum {
    SCIM_SYNC_SLOT_IDLE,
    SCIM_SYNC_SLOT_DUE,     /* its page is to be asked for */
    SCIM_SYNC_SLOT_CALLING, /* it was */
    SCIM_SYNC_SLOT_FULL,    /* it is there, and is to be written */
    SCIM_SYNC_SLOT_ANEW     /* what was found of the listing is to be forgotten */
} scim_sync_slot_state_t;

typedef struct {
    scim_sync_pull_t *pull;
    scim_sync_pull_listing_t listing;
    scim_sync_slot_state_t state;
    apr_time_t due;         /* DUE: not before */
    apr_int64_t generation; /* of the access token that the call has */
    apr_pool_t *pool;       /* of the call, and of the page */
    scim_sync_google_page_t page;
    const apr_array_header_t *entries; /* of the page, as the stage has them */
    apr_array_header_t *others;        /* const char *: ids of those that are not chosen */
    int fresh;                         /* of these */
} scim_sync_slot_t;

typedef enum {
    SCIM_SYNC_PULL_TOKEN_NEEDED,
    SCIM_SYNC_PULL_TOKEN_ASKED, /* the call for one is under way */
    SCIM_SYNC_PULL_TOKEN_TOLD,  /* it was answered */
    SCIM_SYNC_PULL_TOKEN_HERE
} scim_sync_pull_token_t;

struct scim_sync_pull_t {
    scim_sync_pull_means_t means;
    apr_pool_t *pool;
    scim_sync_lease_t lease;
    apr_time_t keep_at;         /* the lease is to be prolonged */
    scim_sync_google_run_t run; /* calls, doing and detail are kept here */
    scim_sync_pull_pace_t pace;

    scim_sync_pull_token_t token_state;
    scim_sync_google_token_t token;
    apr_pool_t *token_pool;
    apr_time_t token_due;
    apr_int64_t refused; /* the generation of a token that was not taken; 0: none */
    const scim_sync_answer_t *token_answer;

    scim_sync_slot_t slots[SCIM_SYNC_PULL_SLOTS];
    int in_flight;                    /* calls */
    const scim_sync_choice_t *choice; /* NULL: it was not read yet */
    apr_int64_t choice_version;
    int begun;                 /* so many listings of users and groups were begun */
    int groups_listed;         /* so many of groups have come to their end */
    int queue_done;            /* no more groups are chosen than were queued */
    int inner_done;            /* nor are there inner ones (store/stage_choice.h) */
    int checked;               /* the groups that were lost were looked for */
    apr_array_header_t *queue; /* const char *: groups whose members are to be listed, */
    int queue_at;              /* from here on */
    char queue_last[SCIM_SYNC_PULL_ID];
    apr_pool_t *queue_pool;
    apr_array_header_t *lost; /* const char *: groups that were not there */
    json_t *errors;           /* scim_sync_pull_note() */
    apr_pool_t *errors_pool;  /* of run.errors, its text */

    int telling;                   /* all was read and believed: it is told, */
    scim_sync_stage_place_t place; /* and so far it has come */

    const char *failure; /* why the run has failed; NULL: it hasn't */
    int ended;           /* that is written down, or it is somebody else's by now */
};

/*
 * Read the choice, which holds for the whole run. *why is set when it can't be used, which ends the
 * run.
 */
apr_status_t scim_sync_pull_read_choice(scim_sync_pull_t *pull, const char **why, apr_pool_t *p);

/* The listings of users and groups that are needed, by number; 0 when there are no more. */
int scim_sync_pull_first(const scim_sync_pull_t *pull, int number,
                         scim_sync_pull_listing_t *listing);

/* All groups are in the stage, those of a query as well. */
int scim_sync_pull_has_groups(const scim_sync_pull_t *pull);

/* They are, and the queue needs more of them. */
int scim_sync_pull_wants_groups(const scim_sync_pull_t *pull);

/* What a slot has goes into the stage; slot->fresh is set. */
apr_status_t scim_sync_pull_put(scim_sync_db_t *db, scim_sync_slot_t *slot, apr_pool_t *p);

/* A slot's listing is begun anew. */
apr_status_t scim_sync_pull_forget(scim_sync_db_t *db, const scim_sync_slot_t *slot, apr_pool_t *p);

/* Groups of which the members are to be listed next. */
apr_status_t scim_sync_pull_more_groups(scim_sync_db_t *db, const scim_sync_pull_t *pull,
                                        apr_array_header_t **groups, apr_pool_t *p);

/*
 * Write what the slots have, fill the queue if it is empty, keep the lease. What a slot's page had
 * that is fresh is set. Sets pull->ended when the run is ours no more.
 */
apr_status_t scim_sync_pull_write(scim_sync_pull_t *pull, apr_pool_t *p);

/* All is there: settle it, compare, judge. Sets pull->telling, or pull->ended. */
apr_status_t scim_sync_pull_conclude(scim_sync_pull_t *pull, apr_pool_t *p);

/* Tell some of it. Sets pull->ended when that was the rest, or pull->failure. */
apr_status_t scim_sync_pull_tell(scim_sync_pull_t *pull, apr_pool_t *p);

/* It has failed. Sets pull->ended. */
apr_status_t scim_sync_pull_fail(scim_sync_pull_t *pull, apr_pool_t *p);

/* An answer that is none is counted under its name, for the run's history. */
void scim_sync_pull_note(scim_sync_pull_t *pull, const scim_sync_google_result_t *result,
                         apr_pool_t *p);

/* ---- within a transaction ---- */

/* First of all. *ours is 0 when another host has taken the run, or its IdP is not there. */
apr_status_t scim_sync_pull_hold(scim_sync_db_t *db, scim_sync_pull_t *pull, int *ours,
                                 apr_pool_t *p);

/* The run has ended as pull->run says, and nothing was found any more. */
apr_status_t scim_sync_pull_finish(scim_sync_db_t *db, const scim_sync_pull_t *pull, apr_pool_t *p);

apr_status_t scim_sync_pull_event(scim_sync_db_t *db, const scim_sync_pull_t *pull,
                                  const char *kind, const char *detail, apr_pool_t *p);

#endif

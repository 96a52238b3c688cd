/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A portal's part of the planner: what is queued for it -> calls. Pure, as sync/planner.h.
 *
 * Jira takes and gives access in batches, and of a batch with an account that it does not know it
 * says neither which one that is nor, of an organization, what became of the others. So a batch
 * that was refused is looked at: those whom Jira does not show (suspects) are sent alone, after all
 * others; if these are refused still, smaller and smaller batches are sent until the one is alone.
 * Nobody is given up but by an answer to a call that was about nobody else.
 *
 * A desk that is open to all refuses every removal, with the same status: that is believed when two
 * accounts that Jira shows were refused one by one, or the only one that there is to remove.
 */
#ifndef SCIM_SYNC_SYNC_PLANNER_PORTAL_H
#define SCIM_SYNC_SYNC_PLANNER_PORTAL_H

#include "store/portal.h"
#include "sync/planner.h"

/*
 * How long (ms) what is queued waits for more of it, while more is to come. A leaver does not wait
 * for long.
 */
#define SCIM_SYNC_PORTAL_ADD_WAIT_MS    15000
#define SCIM_SYNC_PORTAL_REMOVE_WAIT_MS 2000
/* How often (ms) it is looked meanwhile whether there is a whole batch. */
#define SCIM_SYNC_PORTAL_LOOK_MS 2000
/* How often (ms) it is looked whether what IdPs tell keeps something in the queue still. */
#define SCIM_SYNC_PORTAL_STILL_MS 5000
/* How often (ms) it is looked whether what stands for it is known again. */
#define SCIM_SYNC_PORTAL_RELINK_MS 300
/* After so long (ms) a person is looked for anew whose account Jira does not know any more. */
#define SCIM_SYNC_PORTAL_ANEW_MS 5000

/* What this run has learnt of the additions, or of the removals. Zeroed at its start. */
typedef struct {
    int limit;    /* accounts in a batch; 0: as many as a call takes */
    int read;     /* it is known whom Jira shows of the batch refused last */
    int accepted; /* Jira has done one */
    const apr_array_header_t
        *doubted; /* const char *: a batch that was refused, and is to be looked
                                        * at; NULL: none */
    const apr_array_header_t *suspects; /* const char *: whom Jira does not show; NULL: none */
    const apr_array_header_t *alone;    /* const char *: of a desk, refused one by one, which may
                                         * be due to the desk; NULL: none */
    const apr_array_header_t *answered; /* const char *: whom this run has sent first, and Jira has
                                         * refused, in each call that was about them; NULL: none */
    scim_sync_outcome_t words;          /* the last refusal */
    scim_sync_outcome_t stopped;        /* why none of them is tried again in this run; else DONE */
} scim_sync_portal_half_t;

typedef struct {
    int looked;  /* at the organization: */
    int managed; /* another directory keeps it */
    scim_sync_portal_half_t add;
    scim_sync_portal_half_t remove;
} scim_sync_portal_learnt_t;

typedef struct {
    const char *name; /* for people */
    int desk;         /* else it is an organization */
    const char *open; /* these two: scim_sync_portal_state_t */
    int told;
    scim_sync_portal_line_t adding;
    scim_sync_portal_line_t removing;
    int more_come; /* more may be queued soon */
    int relinked;  /* what stands for it is to be looked at first */
} scim_sync_portal_t;

/* A call of its plan. */
typedef struct {
    scim_sync_step_kind_t kind;         /* READ_PORTAL, ADD_BATCH, REMOVE_BATCH or READ_ACCOUNTS */
    int removes;                        /* of READ_ACCOUNTS: it is about removals */
    const apr_array_header_t *accounts; /* const char *, from the line; NULL of READ_PORTAL */
} scim_sync_portal_step_t;

/* How many of a line the planner has to see: a batch, beside those that it leaves out. */
int scim_sync_portal_most(const scim_sync_portal_half_t *half);

/* Whether the desk must be open to all, by what is queued and was learnt. */
int scim_sync_portal_shows_open(const scim_sync_portal_t *portal,
                                const scim_sync_portal_learnt_t *learnt);

/*
 * steps     scim_sync_portal_step_t in p; at most one of each kind, but for READ_ACCOUNTS
 * returns   with steps: anything. Without: DONE when nothing is queued; RETRY when what is queued
 *           waits, or after what the calls have met; REFUSED when a person must look.
 */
scim_sync_outcome_t scim_sync_plan_portal(apr_array_header_t **steps,
                                          const scim_sync_portal_t *portal,
                                          const scim_sync_portal_learnt_t *learnt, apr_pool_t *p);

/* What an answer is for those whom the call was about. */
typedef enum {
    SCIM_SYNC_PORTAL_QUEUED,  /* nothing: they are queued still */
    SCIM_SYNC_PORTAL_SETTLED, /* it is done */
    SCIM_SYNC_PORTAL_UNKNOWN, /* Jira does not know the account */
    SCIM_SYNC_PORTAL_REFUSED  /* Jira shows it, and will not have it all the same */
} scim_sync_portal_fate_t;

/*
 * A batch was answered: by ABSENT, or with open set, that some of it can't be done. What is learnt
 * lives in p, which outlives the round. UNKNOWN and REFUSED are said of one account only.
 * first   those of the accounts that were sent for the first time
 */
scim_sync_portal_fate_t scim_sync_portal_answered(scim_sync_portal_half_t *half, int desk_removal,
                                                  const apr_array_header_t *accounts,
                                                  const apr_array_header_t *first,
                                                  const scim_sync_outcome_t *outcome, int open,
                                                  apr_pool_t *p);
/*
 * Whether a call that was about the account before may have been carried out, though nobody knows:
 * what has become of those of earlier runs is not known, and what has no answer ends a run.
 */
int scim_sync_portal_doubts(const scim_sync_portal_half_t *half, const char *account);

/*
 * It is known whom Jira shows of the doubted batch (const char *; NULL: it can't be known). What
 * that is for half->doubted, of which there is none afterwards.
 */
scim_sync_portal_fate_t scim_sync_portal_shown(scim_sync_portal_half_t *half, int desk_removal,
                                               const apr_array_header_t *shown, apr_pool_t *p);

#endif

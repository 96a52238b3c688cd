/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A run as a whole (reconcile.c), what it asks Jira (reconcile_ask.c), what it loads
 * (reconcile_load.c), the accounts that are new (reconcile_listing.c), the portals of a customers'
 * side (reconcile_portal.c) and the keys of their projects (reconcile_key.c), and what it writes
 * (reconcile_write.c).
 */
#ifndef SCIM_SYNC_SYNC_RECONCILE_INT_H
#define SCIM_SYNC_SYNC_RECONCILE_INT_H

#include "jira/servicedesk.h"
#include "store/portal_key.h"
#include "sync/drift.h"
#include "sync/reconcile.h"
#include "sync/throttle.h"
#include "sync/worker.h"

/* Differences that one run keeps in mind; it ends its reading with more. */
#define SCIM_SYNC_RECONCILE_DRIFTS 20000
/* Differences that its report names. */
#define SCIM_SYNC_RECONCILE_FINDINGS 100

typedef enum {
    SCIM_SYNC_RECONCILE_REST,
    SCIM_SYNC_RECONCILE_BEGIN,           /* turn: which groups there are */
    SCIM_SYNC_RECONCILE_GROUPS,          /* calls: whether they are in Jira, by pages */
    SCIM_SYNC_RECONCILE_DESKS,           /* calls: the same of portals, which are listed: desks, */
    SCIM_SYNC_RECONCILE_ORGANIZATIONS,   /* and organizations */
    SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS,   /* turn: the next accounts */
    SCIM_SYNC_RECONCILE_ACCOUNTS,        /* call: whether they are in Jira */
    SCIM_SYNC_RECONCILE_LISTING,         /* call: the next of all accounts, if anybody lacks one */
    SCIM_SYNC_RECONCILE_NEWCOMERS,       /* turn: who they are of whom nothing is held */
    SCIM_SYNC_RECONCILE_LOAD_MEMBERS,    /* turn: whom we hold in the next group */
    SCIM_SYNC_RECONCILE_MEMBERS,         /* calls: who is in it, by pages */
    SCIM_SYNC_RECONCILE_STRANGERS,       /* turn: who they are of whom nothing is held in it */
    SCIM_SYNC_RECONCILE_ON_DESK,         /* calls: which organizations are on the desk */
    SCIM_SYNC_RECONCILE_CONFIRM_GROUPS,  /* call: whether groups are gone indeed, and we see any */
    SCIM_SYNC_RECONCILE_CONFIRM_PORTAL,  /* calls: the same of portals, one by one */
    SCIM_SYNC_RECONCILE_CONFIRM_ACCOUNT, /* calls: whether accounts are */
    SCIM_SYNC_RECONCILE_WRITE,           /* turns */
    SCIM_SYNC_RECONCILE_END              /* turn: the report */
} scim_sync_reconcile_stage_t;

/* What people are told of a difference. */
typedef struct {
    const char *kind;
    const char *group;
    const char *group_id;
    const char *account_id;
    const char *name; /* of the user or account; NULL for a group */
    const char *detail;
} scim_sync_finding_t;

/* What a step has made; counts once its transaction is committed. Lives in the scratch pool. */
typedef struct {
    int done;                     /* a step was made */
    int gone;                     /* there is no such site any more */
    apr_array_header_t *accounts; /* LOAD_ACCOUNTS: scim_sync_kept_account_t */
    int lacking;                  /* LOAD_ACCOUNTS: all are compared, and somebody has none; */
    apr_array_header_t *products; /* and groups to be read for leavers: scim_sync_kept_group_t */
    apr_array_header_t *members;  /* LOAD_MEMBERS: scim_sync_kept_member_t */
    apr_array_header_t *on_desk;  /* LOAD_MEMBERS: const char *: the desk's organizations */
    int strict;                   /* LOAD_MEMBERS: the IdPs of the group alone decide about it */
    apr_array_header_t *drifts;   /* STRANGERS, NEWCOMERS: scim_sync_drift_t */
    int unknown;                  /* STRANGERS: nobody of ours, and left alone */
    int written;                  /* WRITE: up to here; */
    int left;                     /* so many of them had changed meanwhile, */
    int told;                     /* so many events, */
    int renamed;                  /* and groups have other names */
    int counts[SCIM_SYNC_DRIFT_KINDS];
    apr_array_header_t *findings; /* WRITE: scim_sync_finding_t */
} scim_sync_reconcile_step_t;

/* A key by which rules name a project, and what Jira says of it. */
typedef struct {
    scim_sync_portal_key_t held;
    const char *meant; /* the project that is meant, for people; NULL: Jira has not shown it */
    const char *taken; /* another one that has the key; NULL: none was shown */
} scim_sync_reconcile_key_t;

struct scim_sync_reconcile_t {
    apr_int64_t period; /* ms */
    scim_sync_reconcile_stage_t stage;
    int number;             /* of what is asked: an answer to another number is of no use */
    int in_flight;          /* a call is under way */
    apr_int64_t not_before; /* ms: no call before */
    int failures;           /* of calls, in a row */
    scim_sync_reconcile_step_t step;
    apr_pool_t *scratch; /* of the step; cleared when one is made */
    apr_pool_t *part;    /* of the group, or the accounts, being read */
    apr_pool_t *pool;    /* of the run; all below lives in it, or in part */

    int customers;                 /* the groups are portals */
    int trust;                     /* what is gone is gone, however much it is */
    apr_array_header_t *groups;    /* scim_sync_kept_group_t */
    int at;                        /* the group, or the page of groups, being read, */
    int to;                        /* and the one behind it */
    apr_hash_t *portals;           /* id -> scim_sync_kept_group_t */
    apr_array_header_t *keys;      /* scim_sync_reconcile_key_t: by which projects are mapped */
    int start;                     /* so many of the list of portals are read */
    int shown;                     /* and so many were on it */
    const char *witness;           /* id of a group that is there for sure; NULL: none is known */
    const char *behind;            /* account id: those up to it are compared */
    int at_once;                   /* accounts in one call */
    apr_array_header_t *accounts;  /* scim_sync_kept_account_t: being read */
    apr_hash_t *gone;              /* ids of accounts that seem to be missing; of customers also
                                    * inactive ones, whom portals need not show */
    int listed;                    /* so many of all accounts are read */
    const char *unlisted;          /* why they can't be read to the end; or NULL */
    scim_sync_drift_roll_t roll;   /* the group being read */
    apr_array_header_t *on_desk;   /* const char *: its organizations that Jira did not show yet */
    int tries;                     /* to read it */
    int mark;                      /* drifts before it */
    int unknown_before;            /* unknown before it */
    int last;                      /* its last page has come */
    apr_array_header_t *strangers; /* scim_sync_jira_account_t: of the page */
    apr_array_header_t *drifts;    /* scim_sync_drift_t */
    int confirmed;                 /* up to here they have been asked for once more */
    int written;                   /* and these are written */
    scim_sync_drift_sums_t sums;
    int unknown; /* members of our groups that are nobody of ours */
    int unread;  /* groups that changed while they were read, again and again, or can't be read */
    int skipped; /* portals of these whose members Jira refuses to show */
    const char *unreadable; /* which is one of them, and why; or NULL */
    int left;
    int told; /* events */
    int counts[SCIM_SYNC_DRIFT_KINDS];
    apr_array_header_t *findings; /* scim_sync_finding_t: the first ones */
    apr_hash_t *touched;          /* account ids: jobs were at work on them meanwhile */
    const char *outcome;          /* store/reconcile.h */
    const char *detail;
};

/* A call of the run, and its answer. */
typedef struct {
    scim_sync_worker_t *worker;
    scim_sync_transport_t *transport;
    apr_pool_t *pool;
    int number; /* the run's, when it was asked */
    scim_sync_throttle_t throttle;
} scim_sync_question_t;

typedef struct {
    void (*ask)(scim_sync_question_t *q, scim_sync_call_t *call);
    /* An outcome that is neither DONE nor ABSENT has left the run as it was. */
    scim_sync_outcome_t (*hear)(scim_sync_question_t *q, const scim_sync_answer_t *answer);
} scim_sync_reconcile_call_t;

/* By stage; a stage without is one for a turn. */
extern const scim_sync_reconcile_call_t scim_sync_reconcile_calls[SCIM_SYNC_RECONCILE_END + 1];

/* ---- from stage to stage ---- */

void scim_sync_reconcile_set(scim_sync_reconcile_t *run, scim_sync_reconcile_stage_t stage);

/* It comes to its end: nothing is read any more, and the report is written. */
void scim_sync_reconcile_conclude(scim_sync_reconcile_t *run, const char *outcome,
                                  const char *detail);

/* The next group whose members matter, from `at` on; behind the last one all is judged. */
void scim_sync_reconcile_next_group(scim_sync_reconcile_t *run);

/* The outcome of a page that was read: one that is empty, and not the last, ends nowhere. */
scim_sync_outcome_t scim_sync_reconcile_check_page(scim_sync_outcome_t outcome, int count,
                                                   int last);

/* All of the group is read. */
void scim_sync_reconcile_end_group(scim_sync_reconcile_t *run);

/* The next page of the group's members; behind the last one it is compared. */
void scim_sync_reconcile_next_page(scim_sync_reconcile_t *run);

/* Its members are not shown: the run goes on without. */
scim_sync_outcome_t scim_sync_reconcile_skip_portal(scim_sync_reconcile_t *run,
                                                    scim_sync_outcome_t outcome);

/* The next portal, or account, that is to be asked for once more; NULL: there is none. */
scim_sync_drift_t *scim_sync_reconcile_next_gone(scim_sync_reconcile_t *run,
                                                 scim_sync_drift_kind_t kind);

/* What seems to be gone is asked for once more: all of one kind, then of the other. */
void scim_sync_reconcile_confirm(scim_sync_reconcile_t *run, scim_sync_reconcile_stage_t stage);

/* All accounts can't be read: the run goes on without. */
void scim_sync_reconcile_skip_listing(scim_sync_reconcile_t *run, const char *why);

/* Differences from this one on have texts that will go: copy them. */
void scim_sync_reconcile_keep(scim_sync_reconcile_t *run, int from);

/* ---- the portals of a customers' side ---- */

/* Begin with what there is. */
void scim_sync_reconcile_list_portals(scim_sync_reconcile_t *run);
void scim_sync_reconcile_ask_desks(scim_sync_question_t *q, scim_sync_call_t *call);
scim_sync_outcome_t scim_sync_reconcile_hear_desks(scim_sync_question_t *q,
                                                   const scim_sync_answer_t *answer);
void scim_sync_reconcile_ask_organizations(scim_sync_question_t *q, scim_sync_call_t *call);
scim_sync_outcome_t scim_sync_reconcile_hear_organizations(scim_sync_question_t *q,
                                                           const scim_sync_answer_t *answer);
/*
 * The keys by which rules name projects: what is on record, one more desk of the list, and the end of
 * the list: those that are ambiguous from now on, or no more, are differences.
 */
apr_status_t scim_sync_reconcile_load_keys(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                           apr_pool_t *p);
void scim_sync_reconcile_meet_key(scim_sync_reconcile_t *run, const char *portal, const char *name,
                                  const scim_sync_jira_desk_t *desk);
void scim_sync_reconcile_end_keys(scim_sync_reconcile_t *run);
/* A page of members; its answer is read as those of groups are. */
void scim_sync_reconcile_ask_portal_members(scim_sync_question_t *q, scim_sync_call_t *call);
/* Which organizations are on the desk that was read; 0: none that is held. Then: the answer. */
int scim_sync_reconcile_read_desk(scim_sync_reconcile_t *run);
void scim_sync_reconcile_ask_on_desk(scim_sync_question_t *q, scim_sync_call_t *call);
scim_sync_outcome_t scim_sync_reconcile_hear_on_desk(scim_sync_question_t *q,
                                                     const scim_sync_answer_t *answer);
/* Whether one is gone indeed. */
void scim_sync_reconcile_ask_portal(scim_sync_question_t *q, scim_sync_call_t *call);
scim_sync_outcome_t scim_sync_reconcile_hear_portal(scim_sync_question_t *q,
                                                    const scim_sync_answer_t *answer);

/* ---- the accounts that are new ---- */

void scim_sync_reconcile_ask_listing(scim_sync_question_t *q, scim_sync_call_t *call);
scim_sync_outcome_t scim_sync_reconcile_hear_listing(scim_sync_question_t *q,
                                                     const scim_sync_answer_t *answer);
apr_status_t scim_sync_reconcile_know_newcomers(scim_sync_db_t *db, scim_sync_worker_t *worker);
void scim_sync_reconcile_take_newcomers(scim_sync_reconcile_t *run);

/*
 * The users (scim_sync_told_t *, in p) who are without an account, and whose this one is by the
 * rules: none, if it is held already. email is folded.
 */
apr_status_t scim_sync_reconcile_newcomers(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                           const char *account_id, const char *email,
                                           apr_array_header_t **users, apr_pool_t *p);

/* ---- in a turn ---- */

/* Each sets run->step; they may run more than once. */
apr_status_t scim_sync_reconcile_begin(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                       apr_pool_t *p);
apr_status_t scim_sync_reconcile_load_accounts(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                               apr_pool_t *p);
/* Whether somebody active is without an account who might have one: sync/reconcile_listing.c. */
apr_status_t scim_sync_reconcile_lacking(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                         int *lacking, apr_pool_t *p);
apr_status_t scim_sync_reconcile_load_members(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                              apr_pool_t *p);
apr_status_t scim_sync_reconcile_know_strangers(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                                apr_pool_t *p);
apr_status_t scim_sync_reconcile_write(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                       apr_pool_t *p);
apr_status_t scim_sync_reconcile_report(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                        apr_pool_t *p);

/* Whether jobs have changed what is held of an account since the run began. */
int scim_sync_reconcile_is_touched(const scim_sync_reconcile_t *run, const char *account_id);

#endif

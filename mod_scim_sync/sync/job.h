/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A job is a task in work: one person, one group or one portal at one site. It lives in memory only, on the
 * provisioner's thread; when the process dies its task is still there.
 *
 * A job goes in rounds. In a round, within the turn's transaction, the answers of the last one are
 * written into held, what was told is read anew, the planner is asked, and what is about to be
 * sent is written down first (an intent), so that after a crash it is known whose it was. After the
 * commit the calls are sent. The functions here may run more than once for one round (a
 * transaction that is repeated), so they set, and never add up.
 */
#ifndef SCIM_SYNC_SYNC_JOB_H
#define SCIM_SYNC_SYNC_JOB_H

#include "jira/servicedesk.h"
#include "store/task.h"
#include "sync/authority.h"
#include "sync/chain.h"
#include "sync/planner_portal.h"
#include "sync/worker.h"

/* A call of a job: planned, sent, answered. Lives in the job's round pool. */
typedef struct scim_sync_errand_t scim_sync_errand_t;
typedef struct scim_sync_job_t scim_sync_job_t;

/* What a group's job knows of one of its names in Jira. Lives in the job's pool. */
typedef struct {
    const char *name;
    int intended; /* the creation was begun by an earlier run: what is found is ours */
    scim_sync_learnt_t learnt;
    scim_sync_search_t search;      /* who of its members leaves: as of the round, in its pool; */
    scim_sync_search_t next_search; /* and of the one being planned */
} scim_sync_job_name_t;

struct scim_sync_errand_t {
    scim_sync_job_t *job;
    scim_sync_step_kind_t kind;
    scim_sync_job_name_t *name; /* of FIND_GROUP, FIND_TWIN, CREATE_GROUP and READ_MEMBERS */
    const char *link;           /* of these: the link's name, another one after a renaming */
    const char *group_id;       /* of a membership, or of DELETE_GROUP */
    const char *account_id;     /* of a membership, of READ_GROUPS, and of what is done to it */
    const char *was;            /* state of the membership, or of the account, before the intent */
    const char *profile;        /* UPDATE_PROFILE: JSON */
    const apr_array_header_t *products; /* CREATE_ACCOUNT: const char * */
    int returns;                        /* READ_STANDING: of one who is wanted */
    int passing; /* READ_GROUPS: of an account of ours that stays; read again when it leaves */
    apr_array_header_t *seats; /* scim_sync_reservation_t *, or NULL */
    int answered;
    scim_sync_outcome_t outcome;
    int already;                       /* ADD_MEMBER: it was a member before */
    scim_sync_jira_account_t account;  /* FIND_ACCOUNT, CREATE_ACCOUNT */
    scim_sync_jira_group_t group;      /* FIND_GROUP, FIND_TWIN, CREATE_GROUP */
    apr_array_header_t *groups;        /* READ_GROUPS: scim_sync_jira_group_t */
    apr_array_header_t *account_ids;   /* const char *: of a batch, and of READ_ACCOUNTS */
    apr_array_header_t *sent_first;    /* those of a batch that were never sent before */
    const char *organization_id;       /* of JOIN_ and PART_ORGANIZATION */
    int start;                         /* of a page that is read: behind so many */
    scim_sync_jira_page_t page;        /* READ_MEMBERS, READ_ACCOUNTS */
    apr_array_header_t *organizations; /* READ_ORGANIZATIONS: scim_sync_jira_organization_t, */
    int last;                          /* and it was the last page */
    scim_sync_jira_owners_t owners;    /* FIND_ACCOUNT and FIND_CUSTOMER of a customer */
    int open;              /* REMOVE_BATCH: refused for everybody, since the desk is open to all */
    int removes;           /* of a portal: it is, or is about, a REMOVE_BATCH */
    int managed;           /* READ_PORTAL: another directory keeps it */
    const char *directory; /* FIND_DIRECTORY; and of what is done there */
    int unmanaged;         /* READ_STANDING */
    int suspended;
};

struct scim_sync_job_t {
    apr_pool_t *pool;
    scim_sync_worker_t *worker;
    scim_sync_task_t task;
    apr_int64_t idp_made;           /* when the task's IdP was made: scim_sync_rulebook_made() */
    const apr_array_header_t *keys; /* const char *: two jobs that share one never run at once; each
                                       is of the site, and an e-mail address or a group's name */
    const char *name;               /* what people call the subject; for events */
    const char *told_as;            /* of a group: its displayName; NULL: default groups, or gone */
    apr_array_header_t *names;      /* of a group: scim_sync_job_name_t * */
    int relinked;                   /* of a group: its people may belong elsewhere now */
    int goes_on;                    /* of a group: the next round needs no answer to be planned */
    const char *email;              /* under which the account is looked for */
    const char *known_by;           /* address of somebody who is gone from told; for events */
    int missing;                    /* there is no account, as far as is known */
    int intended; /* the creation was begun by an earlier run: what is found is ours */
    scim_sync_learnt_t learnt;
    scim_sync_portal_learnt_t portal;      /* of a portal; as of now, which is what it was */
    scim_sync_portal_learnt_t portal_then; /* when the errands in flight were planned, and they */
    const char *said;            /* why it failed, as was told already, perhaps of a portal */
    scim_sync_desks_t desks;     /* of a group on a customers' side */
    const char *guard_idp;       /* of a plan that is GUARDED: whose guard that is, */
    const char *guard_kind;      /* which of its counts, */
    const char *takes;           /* what it would take, for people, */
    const char *spared;          /* and by ids (store/task.h); NULL: none of it is held; */
    const char *keeps;           /* what is discarded of it, for people, */
    const char *kept;            /* and by which words; NULL: nothing is */
    scim_sync_outcome_t trouble; /* RETRY or DENIED met in this run; else DONE */
    apr_pool_t *round;           /* of the errands in flight, and of their answers */
    apr_array_header_t *errands; /* scim_sync_errand_t *, in flight or answered */
    apr_pool_t *next_round;      /* of the errands being planned; cleared at each planning */
    apr_array_header_t *next;    /* scim_sync_errand_t *, planned */
    int in_flight;
    const scim_sync_chain_t *chain; /* of a dry run: what would be done; NULL: it isn't one, or
                                     * something must be looked up first */
};

/*
 * Prepare a job for a task: read what it is about and under which key it runs.
 * *job is made in a pool of its own under parent.
 */
apr_status_t scim_sync_job_make(scim_sync_db_t *db, scim_sync_job_t **job,
                                scim_sync_worker_t *worker, const scim_sync_task_t *task,
                                apr_pool_t *parent);

/*
 * Which keys are in use: busy is key -> job. Two jobs may share one; a job's may be among those in
 * use; it takes its own, and gives them back (1: they were its own).
 */
int scim_sync_job_shares(const scim_sync_job_t *job, const scim_sync_job_t *other);
int scim_sync_job_collides(const scim_sync_job_t *job, apr_hash_t *busy);
void scim_sync_job_occupy(scim_sync_job_t *job, apr_hash_t *busy);
int scim_sync_job_vacate(const scim_sync_job_t *job, apr_hash_t *busy);

/*
 * Whether the IdP that said the task was deleted since; there may be another one of its name, which
 * has nothing to do with it.
 */
int scim_sync_job_is_orphan(const scim_sync_job_t *job);

/* Write the answers of the round into held, and what happened into event. */
apr_status_t scim_sync_job_apply(scim_sync_db_t *db, scim_sync_job_t *job, apr_pool_t *p);

/*
 * Plan the next round, beside the one that was answered. *settled is 1 when there is none: then the
 * task is finished in this transaction (done, delayed or parked). A round without calls is one that
 * has looked at a part of what there is: the next one is to be planned in the next turn.
 */
apr_status_t scim_sync_job_plan(scim_sync_db_t *db, scim_sync_job_t *job, int *settled,
                                apr_pool_t *p);

/*
 * The transaction is committed: the planned round becomes the current one and is sent. Answers are
 * read as they come; heard is called after each, with the baton, on the same thread.
 */
void scim_sync_job_send(scim_sync_job_t *job, scim_sync_transport_t *transport,
                        void (*heard)(void *baton, scim_sync_job_t *job), void *baton);

/* The turn is committed: what the guard has to say of the worker's site goes into the log. */
void scim_sync_job_guard_told(scim_sync_worker_t *worker);

#endif

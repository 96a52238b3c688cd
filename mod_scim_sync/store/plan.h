/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would be done for the tasks of an IdP that is in dry run: each task's plan, as JSON that
 * sync/chain.h writes, and how many of what is in it, so that all of an IdP's add up without
 * reading them.
 *
 * A plan counts as long as its task is `planned`: whatever makes it due does not look for its counts. All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_PLAN_H
#define SCIM_SYNC_STORE_PLAN_H

#include "store/task.h"

/*
 * What is counted: one of these, and the name of a call or the kind of a reason behind it; in sums
 * also the state of tasks.
 */
#define SCIM_SYNC_PLAN_CALL     "call:"
#define SCIM_SYNC_PLAN_WITHHELD "withheld:"
#define SCIM_SYNC_PLAN_STATE    "state:"

typedef struct {
    const char *what;
    apr_int64_t count;
} scim_sync_plan_count_t;

/*
 * The task is planned, or still discarded, until its subject is told of again or the task is made
 * due; unless that happened meanwhile. A release outlives it.
 * counts   scim_sync_plan_count_t
 */
apr_status_t scim_sync_plan_put(scim_sync_db_t *db, const scim_sync_task_t *task, const char *plan,
                                const apr_array_header_t *counts, apr_pool_t *p);

/*
 * How many tasks an IdP has in each state, and the sums over all that is planned for it:
 * scim_sync_plan_count_t in p. All of them are of one moment. *at is 0: that is now; else, when
 * there are more than SCIM_SYNC_TALLY_MOST in a state, it is when they were counted
 * (store/tally.h).
 */
apr_status_t scim_sync_plan_sums(scim_sync_db_t *db, apr_array_header_t **counts, apr_int64_t *at,
                                 const char *idp, apr_pool_t *p);

/* The task of a subject at a site; *task NULL: none. *plan is what was planned last, or NULL. */
apr_status_t scim_sync_plan_task(scim_sync_db_t *db, scim_sync_task_t **task, const char **plan,
                                 const char *site, const char *subject, apr_pool_t *p);

/*
 * What IdPs in dry run, but for this one, have planned for the users who stand for an account: the
 * plans (const char *). *pending is 1 when one of them is not planned yet.
 */
apr_status_t scim_sync_plan_others(scim_sync_db_t *db, apr_array_header_t **plans, int *pending,
                                   const char *site, const char *account_id, const char *idp,
                                   apr_pool_t *p);

/* Whether a task of a paused IdP, but for this one, waits for a user who stands for an account. */
apr_status_t scim_sync_plan_paused(scim_sync_db_t *db, int *waits, const char *site,
                                   const char *account_id, const char *idp, apr_pool_t *p);

/*
 * Whether users who stand for an account have tasks that wait, of IdPs that are not in dry run:
 * what is to be taken away may be those one's end.
 */
apr_status_t scim_sync_plan_disputed(scim_sync_db_t *db, int *disputed, const char *site,
                                     const char *account_id, apr_pool_t *p);

/* Whether groups of IdPs in dry run stand for a Jira group, and no other ones. */
apr_status_t scim_sync_plan_dry_group(scim_sync_db_t *db, int *dry, const char *site,
                                      const char *group_id, apr_pool_t *p);

/*
 * Something has changed for an account, or a group is there now: what was planned for users who
 * stand for the account or have its address, or for other groups of which one would be made, is
 * planned anew.
 */
apr_status_t scim_sync_plan_renew_person(scim_sync_db_t *db, const char *site,
                                         const char *account_id, const char *email, apr_pool_t *p);
apr_status_t scim_sync_plan_renew_groups(scim_sync_db_t *db, const char *site, const char *subject,
                                         apr_pool_t *p);

/* What an IdP told, or told once. */
typedef struct {
    const char *id;
    const char *kind; /* SCIM_SYNC_TASK_USER, SCIM_SYNC_TASK_GROUP */
} scim_sync_plan_subject_t;

/* Which ones a page has. */
typedef struct {
    int all;           /* those that the IdP tells of, too; 0: those alone that have a task */
    const char *what;  /* or those alone of whose plans this is counted (scim_sync_plan_count_t):
                          NULL: whatever it is */
    const char *after; /* the *next of the page before; "": from the first */
    int max;
} scim_sync_plan_ask_t;

/*
 * A page of the subjects of an IdP, by id: scim_sync_plan_subject_t in p. *next is NULL when it is
 * the last one. What it costs does not grow with the number of tasks: with `what` a page may have
 * fewer than max, even none, and not be the last one.
 */
apr_status_t scim_sync_plan_page(scim_sync_db_t *db, apr_array_header_t **subjects,
                                 const char **next, const char *idp,
                                 const scim_sync_plan_ask_t *ask, apr_pool_t *p);

/*
 * The subjects of an IdP of this id, or of this name (folded: userName, displayName) or e-mail
 * address: scim_sync_plan_subject_t in p; those who have the name, else those who have the address.
 */
apr_status_t scim_sync_plan_find(scim_sync_db_t *db, apr_array_header_t **subjects, const char *idp,
                                 const char *kind, const char *id, const char *name, apr_pool_t *p);

#endif

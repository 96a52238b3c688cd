/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks: "subject X of site S may differ". A task carries no instruction; it can be repeated and
 * merged with its twin. Its state is `waiting` (also while it is worked on: who works on a site
 * is the lease's matter), `failed` (parked for a person, with Jira's words), `held` (by the guard,
 * until an administrator decides: store/guard.h) or `planned` (its IdP is in dry run: it is known
 * what would be done, store/plan.h).
 *
 * All functions run in the caller's transaction. Times are the database's clock.
 */
#ifndef SCIM_SYNC_STORE_TASK_H
#define SCIM_SYNC_STORE_TASK_H

#include <apr_tables.h>

#include "base/outcome.h"
#include "scim/schema.h"
#include "store/db.h"

/* Kinds of subjects, as they stand in the table. The order is that of work: groups first. */
#define SCIM_SYNC_TASK_GROUP "group"
#define SCIM_SYNC_TASK_USER  "user"

#define SCIM_SYNC_TASK_WAITING "waiting"
#define SCIM_SYNC_TASK_FAILED  "failed"
#define SCIM_SYNC_TASK_HELD    "held"
#define SCIM_SYNC_TASK_PLANNED "planned"

/* What kind of failure the last one was, and so what has to happen before it ends. */
#define SCIM_SYNC_TASK_CLASS_WAIT   "wait" /* it is known when to try again: Jira said so, a seat */
#define SCIM_SYNC_TASK_CLASS_RETRY  "retry"  /* no answer, or not a useful one: it is tried again */
#define SCIM_SYNC_TASK_CLASS_PERSON "person" /* a person must change something: it is parked */
#define SCIM_SYNC_TASK_CLASS_SITE   "site"   /* nothing of this site works: its credentials */
#define SCIM_SYNC_TASK_CLASS_GUARD  "guard"  /* the guard holds it */

typedef struct {
    apr_int64_t id;
    const char *site;
    const char *kind;
    const char *subject; /* id of the resource; of a group also that of store/link.h */
    const char *state;
    apr_int64_t seq; /* one more whenever somebody says again that the subject may differ */
    int attempts;    /* that failed, since it was said last */
    apr_int64_t next_at;
    const char *class;        /* of the last failure; NULL: none since it was said last */
    apr_int64_t failed_since; /* the first failure since then; 0: none */
    int status;               /* HTTP status of the last answer, 0 = none */
    const char *detail;       /* Jira's words about the last failure, or NULL */
    apr_int64_t created;
    apr_int64_t changed;
    int released;     /* by an administrator: it passes the guard */
    const char *idp;  /* who said it last; or what that one left: SCIM_SYNC_IDP_DELETED */
    const char *name; /* of the resource, for people; NULL when it is gone (lists only) */
} scim_sync_task_t;

/* The subject may differ, at every site that its IdP feeds. */
apr_status_t scim_sync_task_add(scim_sync_db_t *db, const char *idp, const char *kind,
                                const char *subject, apr_pool_t *p);

/*
 * The same for a member of a group, if its value is a user of this IdP; if it is a group, for all
 * people in that, and in the groups that are in it.
 */
apr_status_t scim_sync_task_add_member(scim_sync_db_t *db, const char *idp, const char *value,
                                       apr_pool_t *p);

/*
 * The same for all people in a group, and in the groups that are in it; of an IdP's default groups
 * (store/link.h) for everybody. site NULL: at every site that the IdP feeds.
 */
apr_status_t scim_sync_task_add_members(scim_sync_db_t *db, const char *idp, const char *group,
                                        const char *site, apr_pool_t *p);

/* The same for everything that an IdP told, and its default groups; site as above. */
apr_status_t scim_sync_task_add_all(scim_sync_db_t *db, const char *idp, const char *site,
                                    apr_pool_t *p);

/* The same for the told users or groups that stand for an account or a group of a site. */
apr_status_t scim_sync_task_add_linked(scim_sync_db_t *db, const char *site, const char *object,
                                       apr_pool_t *p);

/*
 * Tasks of a site that are due, in the order of work: at most max. scim_sync_task_t * in p. What a
 * paused IdP said last waits until it is live again, and costs nothing meanwhile; what was said by
 * one that is deleted does not wait.
 */
apr_status_t scim_sync_task_due(scim_sync_db_t *db, apr_array_header_t **tasks, const char *site,
                                int max, apr_pool_t *p);

/* Milliseconds until the next such task is due; 0: one is; -1: none waits. */
apr_status_t scim_sync_task_next(scim_sync_db_t *db, apr_int64_t *ms, const char *site,
                                 apr_pool_t *p);

/*
 * The task is done: it goes, unless it was said again since seq; then *again is 1 and it waits.
 */
apr_status_t scim_sync_task_done(scim_sync_db_t *db, const scim_sync_task_t *task, int *again,
                                 apr_pool_t *p);

/*
 * What a failure is for a task: site for DENIED, person for REFUSED, guard for GUARDED; for RETRY
 * wait when the status is 429 or retry_ms says how long, else retry; NULL for what is none.
 */
const char *scim_sync_task_class(const scim_sync_outcome_t *outcome);

/* Try again in delay ms; unless it was said again meanwhile, which makes it due now. */
apr_status_t scim_sync_task_delay(scim_sync_db_t *db, const scim_sync_task_t *task,
                                  apr_int64_t delay, const scim_sync_outcome_t *outcome,
                                  apr_pool_t *p);

/*
 * The guard holds it, until it is released or discarded or the IdP says something new of its
 * subject.
 * idp, kind   whose guard that is, and which of its counts
 */
apr_status_t scim_sync_task_hold(scim_sync_db_t *db, const scim_sync_task_t *task, const char *idp,
                                 const char *kind, const scim_sync_outcome_t *outcome,
                                 apr_pool_t *p);

/* Park it until a person retries it or the IdP says something new of its subject. */
apr_status_t scim_sync_task_park(scim_sync_db_t *db, const scim_sync_task_t *task,
                                 const scim_sync_outcome_t *outcome, apr_pool_t *p);

/*
 * Make all tasks of a site due now, the parked ones too, but not the held ones: its credentials
 * have changed.
 */
apr_status_t scim_sync_task_retry_site(scim_sync_db_t *db, const char *site, apr_pool_t *p);

/* The same for all tasks that an IdP said last: its rules have changed. */
apr_status_t scim_sync_task_retry_idp(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/* Write down why nothing of a site goes on, in those of its waiting tasks that don't say so yet. */
apr_status_t scim_sync_task_explain_site(scim_sync_db_t *db, const char *site, int status,
                                         const char *detail, apr_pool_t *p);

/* Make those due now that wait for another try: the site answers again. */
apr_status_t scim_sync_task_hurry_site(scim_sync_db_t *db, const char *site, apr_pool_t *p);

/* The same for the users who stand, or stood, for an account: it is not as they left it. */
apr_status_t scim_sync_task_hurry_account(scim_sync_db_t *db, const char *site,
                                          const char *account_id, apr_pool_t *p);

/* ---- for people ---- */

/* Which tasks; each condition that is NULL or -1 is none. */
typedef struct {
    const char *state;
    const char *kind;
    const char *site;
    const char *idp;
    const char *subject;
    const char *class;
    int status; /* -1: any */
} scim_sync_task_filter_t;

/* A page, oldest first. after: the last id of the page before; 0: from the first. */
apr_status_t scim_sync_task_list(scim_sync_db_t *db, apr_array_header_t **tasks,
                                 const scim_sync_task_filter_t *filter, apr_int64_t after, int max,
                                 apr_pool_t *p);

/* One by its id; *task is NULL when there is none. */
apr_status_t scim_sync_task_load(scim_sync_db_t *db, scim_sync_task_t **task, apr_int64_t id,
                                 apr_pool_t *p);

/* Make one task due now; *found is 0 when there is none with that id. */
apr_status_t scim_sync_task_retry(scim_sync_db_t *db, apr_int64_t id, int *found, apr_pool_t *p);

/*
 * Make all that match due now, *count of them. Hold the leases of their sites first
 * (scim_sync_lease_hold).
 */
apr_status_t scim_sync_task_retry_all(scim_sync_db_t *db, const scim_sync_task_filter_t *filter,
                                      int *count, apr_pool_t *p);

/* A held one passes the guard; *found is 0 when there is none with that id, or it isn't held. */
apr_status_t scim_sync_task_release(scim_sync_db_t *db, apr_int64_t id, int *found, apr_pool_t *p);

/* Whatever its state is: it is due now, and passes the guard. */
apr_status_t scim_sync_task_pass(scim_sync_db_t *db, apr_int64_t id, apr_pool_t *p);

/* Drop a parked or held task; *found is 0 when there is none with that id, or it is neither. */
apr_status_t scim_sync_task_discard(scim_sync_db_t *db, apr_int64_t id, int *found, apr_pool_t *p);

#endif

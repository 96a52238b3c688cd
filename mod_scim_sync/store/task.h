/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks: "subject X of site S may differ". A task carries no instruction; it can be repeated and
 * merged with its twin. Its state is `waiting` (also while it is worked on: who works on a site
 * is the lease's matter), `failed` (parked for a person, with Jira's words), `held` (by the guard,
 * until an administrator decides: store/guard.h), `discarded` (that is what was decided: what was
 * held is not taken) or `planned` (its IdP is in dry run: it is known what would be done,
 * store/plan.h; what is discarded says so there, too).
 *
 * What is held or discarded is looked at anew when something has changed that may end it: it waits
 * then for a moment, and is held or discarded again, or done. A hold is `guard` all the while, a
 * discard `discarded`; the latter ends with a retry, and when the IdP says something new. Both are
 * that also while the rest of such a task waits, or has failed: then its state says that.
 *
 * All functions run in the caller's transaction. Times are the database's clock.
 */
#ifndef SCIM_SYNC_STORE_TASK_H
#define SCIM_SYNC_STORE_TASK_H

#include <apr_tables.h>

#include "base/outcome.h"
#include "scim/schema.h"
#include "store/db.h"

/*
 * Kinds of subjects, as they stand in the table. The order is that of work: groups first. Portals
 * have a share of their own before all, since users may be more than can be done soon.
 */
#define SCIM_SYNC_TASK_GROUP "group"
#define SCIM_SYNC_TASK_USER  "user"
/* On a site's customers' side: what is queued for a portal, which is the subject (store/portal.h). */
#define SCIM_SYNC_TASK_PORTAL "portal"

#define SCIM_SYNC_TASK_WAITING   "waiting"
#define SCIM_SYNC_TASK_FAILED    "failed"
#define SCIM_SYNC_TASK_HELD      "held"
#define SCIM_SYNC_TASK_DISCARDED "discarded"
#define SCIM_SYNC_TASK_PLANNED   "planned"

/* What kind of failure the last one was, and so what has to happen before it ends. */
#define SCIM_SYNC_TASK_CLASS_WAIT   "wait" /* it is known when to try again: Jira said so, a seat */
#define SCIM_SYNC_TASK_CLASS_RETRY  "retry"  /* no answer, or not a useful one: it is tried again */
#define SCIM_SYNC_TASK_CLASS_PERSON "person" /* a person must change something: it is parked */
#define SCIM_SYNC_TASK_CLASS_SITE   "site"   /* nothing of this site works: its credentials */
#define SCIM_SYNC_TASK_CLASS_GUARD  "guard"  /* the guard holds it */

/* What of a task an administrator lets pass the guard. The numbers stand in the table. */
typedef enum {
    SCIM_SYNC_PASSES_NOTHING = 0,
    SCIM_SYNC_PASSES_ALL = 1,      /* what only the IdP gave, which ends with its access, and what
                                    * was released besides */
    SCIM_SYNC_PASSES_RELEASED = 2, /* what was held, or discarded, when it was released */
    SCIM_SYNC_PASSES_BEFORE = 3    /* the same; the IdP has said something new since */
} scim_sync_passes_t;

typedef struct {
    apr_int64_t id;
    const char *site;
    const char *kind;
    const char *subject; /* id of the resource; of a group also that of store/link.h; a portal's */
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
    int released;          /* by an administrator: it passes the guard; scim_sync_passes_t */
    const char *guard;     /* which count of a guard holds it, also while it is looked at anew; */
    const char *guard_idp; /* and whose guard that is; NULL: none */
    const char *takes;     /* what a guard held last, for people; or NULL */
    const char *spared;    /* the same by ids, while it is held: scim_sync_task_covers() */
    const char *discarded; /* "discarded by jane on ..."; NULL: it isn't */
    const char *idp;       /* who said it last; or what that one left: SCIM_SYNC_IDP_DELETED; "" of
                            * a portal */
    const char *name;      /* of the resource, or what it was when it went; of a portal; or NULL */
} scim_sync_task_t;

/* The subject may differ, at every site that its IdP feeds. */
apr_status_t scim_sync_task_add(scim_sync_db_t *db, const char *idp, const char *kind,
                                const char *subject, apr_pool_t *p);

/* The same of many resources, each named once (const char *), in one statement. */
apr_status_t scim_sync_task_add_each(scim_sync_db_t *db, const char *idp, const char *kind,
                                     const apr_array_header_t *subjects, apr_pool_t *p);

/*
 * The same for a member of a group, if its value is a user of this IdP; if it is a group, for all
 * people in that, and in the groups that are in it.
 */
apr_status_t scim_sync_task_add_member(scim_sync_db_t *db, const char *idp, const char *value,
                                       apr_pool_t *p);

/*
 * The same for all people in a group, and in the groups that are in it; of an IdP's default groups
 * (store/link.h) for everybody. site NULL: at every site that the IdP feeds, and the IdP has said
 * something new of the group; else only what it stands for has changed, which ends no discard.
 */
apr_status_t scim_sync_task_add_members(scim_sync_db_t *db, const char *idp, const char *group,
                                        const char *site, apr_pool_t *p);

/*
 * The same for a portal: something is queued for it. It is nobody's: of the IdP "". One that waits
 * for its time goes on waiting, and one that had failed says why until it was tried again, soon: so
 * a stream of people does not make a stream of calls that are refused.
 */
apr_status_t scim_sync_task_add_portal(scim_sync_db_t *db, const char *site, const char *portal,
                                       apr_pool_t *p);

/* For everything that an IdP told, and its default groups; site NULL: at every site. No news. */
apr_status_t scim_sync_task_add_all(scim_sync_db_t *db, const char *idp, const char *site,
                                    apr_pool_t *p);

/*
 * For the told users or groups that stand for an account or a group of a site; what is held or
 * discarded of others that did is looked at anew. No news.
 */
apr_status_t scim_sync_task_add_linked(scim_sync_db_t *db, const char *site, const char *object,
                                       apr_pool_t *p);

/*
 * The same for the told users who stand for an account, and why: of RETRY not before retry_ms; of
 * REFUSED they are parked, but for those of an IdP that is not live.
 */
apr_status_t scim_sync_task_tell_people(scim_sync_db_t *db, const char *site,
                                        const char *account_id, const scim_sync_outcome_t *outcome,
                                        apr_pool_t *p);

/*
 * The same for one user or group at one site, if its IdP feeds that. The first one leaves a task
 * alone that waits already, the second one any that there is; *added is 0 when there is no news.
 */
apr_status_t scim_sync_task_renew(scim_sync_db_t *db, const char *site, const char *subject,
                                  int *added, apr_pool_t *p);
apr_status_t scim_sync_task_add_missing(scim_sync_db_t *db, const char *site, const char *subject,
                                        int *added, apr_pool_t *p);

/*
 * Tasks of a site that are due, in the order of work: at most max. scim_sync_task_t * in p. What a
 * paused IdP said last waits until it is live again, and costs nothing meanwhile; what was said by
 * one that is deleted does not wait.
 */
apr_status_t scim_sync_task_due(scim_sync_db_t *db, apr_array_header_t **tasks, const char *site,
                                int max, apr_pool_t *p);

/* Whether such tasks of users or groups are due, or in work. */
apr_status_t scim_sync_task_more_come(scim_sync_db_t *db, int *come, const char *site,
                                      apr_pool_t *p);

/* Milliseconds until the next such task is due; 0: one is; -1: none waits. */
apr_status_t scim_sync_task_next(scim_sync_db_t *db, apr_int64_t *ms, const char *site,
                                 apr_pool_t *p);

/*
 * The task is done: it goes, unless it was said again since seq; then *again is 1, and what waits
 * counts as made now.
 */
apr_status_t scim_sync_task_done(scim_sync_db_t *db, const scim_sync_task_t *task, int *again,
                                 apr_pool_t *p);

/*
 * What a failure is for a task: site for DENIED, person for REFUSED, guard for GUARDED; for RETRY
 * wait when the status is 429 or retry_ms says how long, else retry; NULL for what is none.
 */
const char *scim_sync_task_class(const scim_sync_outcome_t *outcome);

/*
 * Try again in delay ms; unless it was said again meanwhile, which makes it due now. What was held
 * or discarded of it stays so.
 */
apr_status_t scim_sync_task_delay(scim_sync_db_t *db, const scim_sync_task_t *task,
                                  apr_int64_t delay, const scim_sync_outcome_t *outcome,
                                  apr_pool_t *p);

/*
 * The guard holds it, until it is released or discarded or the IdP says something new of its
 * subject.
 * idp, kind   whose guard that is, and which of its counts
 * takes       what it would take, for people
 * spared      the same by ids, each between blanks: of the groups that a person leaves or that are
 *             deleted, "group/account" of a member who is taken out; of what is done to an account
 *             SCIM_SYNC_TASK_SPARES_ALL
 */
apr_status_t scim_sync_task_hold(scim_sync_db_t *db, const scim_sync_task_t *task, const char *idp,
                                 const char *kind, const char *takes, const char *spared,
                                 const scim_sync_outcome_t *outcome, apr_pool_t *p);

/* In the place of an id: all that there is. */
#define SCIM_SYNC_TASK_SPARES_ALL " * "

/*
 * What an administrator has decided of it by now, and what is left to the decision about other
 * tasks of the same person, or of the same group in Jira. Ids as scim_sync_task_hold() has them:
 * scim_sync_task_covers().
 */
typedef struct {
    scim_sync_passes_t released;
    const char *passes;   /* ids of what was released */
    const char *words;    /* "discarded by jane on ..."; NULL: nothing is; */
    int own;              /* this task is, perhaps besides others; else it is others alone: */
    apr_int64_t beside;   /* the first of these, by its id, */
    const char *kept;     /* and ids of what was */
    const char *held;     /* ids of what is held of others, */
    const char *held_idp; /* by whose guard, and which of its counts; NULL: nothing is */
    const char *held_by;
} scim_sync_decision_t;

/*
 * object    the person's account, or the group in Jira: its id; or NULL
 * leaving   it ends all that the person has: one whose IdP has ended that since the other task was
 *           discarded is not kept by it
 */
apr_status_t scim_sync_task_decision(scim_sync_db_t *db, const scim_sync_task_t *task,
                                     scim_sync_decision_t *decision, const char *object,
                                     int leaving, apr_pool_t *p);

/* Whether something is among these; id NULL: what is done to the account itself. */
int scim_sync_task_covers(const char *ids, const char *id, apr_pool_t *p);

/*
 * It, or the other one that words name, is still discarded; takes is what that keeps. The sentence
 * that says so, in p, is its detail.
 */
const char *scim_sync_task_keeps(const scim_sync_task_t *task, const char *words, const char *takes,
                                 apr_pool_t *p);
apr_status_t scim_sync_task_keep(scim_sync_db_t *db, const scim_sync_task_t *task,
                                 const char *takes, const char *detail, apr_pool_t *p);

/*
 * What is held or discarded of users or groups that stand for an account or a group, but for one
 * subject (""), is looked at anew: there may be nothing to take any more. The same for all of a
 * site. What a paused IdP said stays as it is.
 */
apr_status_t scim_sync_task_look_anew(scim_sync_db_t *db, const char *site, const char *object,
                                      const char *beside, apr_pool_t *p);
apr_status_t scim_sync_task_look_anew_site(scim_sync_db_t *db, const char *site, apr_pool_t *p);

/*
 * Park it until a person retries it or the IdP says something new of its subject. What was held or
 * discarded of it is so no more; by the second one it stays so.
 */
apr_status_t scim_sync_task_park(scim_sync_db_t *db, const scim_sync_task_t *task,
                                 const scim_sync_outcome_t *outcome, apr_pool_t *p);
apr_status_t scim_sync_task_fail(scim_sync_db_t *db, const scim_sync_task_t *task,
                                 const scim_sync_outcome_t *outcome, apr_pool_t *p);

/*
 * Make all tasks of a site due now, the parked ones too, but not the held and discarded ones: its
 * credentials have changed.
 * count   how many there are; may be NULL
 */
apr_status_t scim_sync_task_retry_site(scim_sync_db_t *db, const char *site, int *count,
                                       apr_pool_t *p);

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

/*
 * The groups that a user is in are due within two seconds, if they wait for something: whose account
 * is whose, since this one's is known now.
 */
apr_status_t scim_sync_task_hurry_groups(scim_sync_db_t *db, const char *site, const char *user,
                                         apr_pool_t *p);

/* Make due now those who are to be taken out of a portal: there is news of why they are not. */
apr_status_t scim_sync_task_hurry_line(scim_sync_db_t *db, const char *site, const char *portal,
                                       apr_pool_t *p);

/*
 * Make those due now that are parked, and of nothing else: of one subject, at every site; and of the
 * told users or groups that stand for an account or a group of a site. What was in their way may be
 * gone.
 */
apr_status_t scim_sync_task_unpark(scim_sync_db_t *db, const char *kind, const char *subject,
                                   apr_pool_t *p);
apr_status_t scim_sync_task_unpark_linked(scim_sync_db_t *db, const char *site, const char *kind,
                                          const char *object, apr_pool_t *p);

/* ---- for people ---- */

/* Which tasks; each condition that is NULL or -1 is none. */
typedef struct {
    const char *state; /* held and discarded: also those of which something else waits or failed */
    const char *kind;
    const char *site;
    const char *idp;
    const char *subject;
    const char *class;
    int status;            /* -1: any */
    const char *guard_idp; /* whose guard holds it, */
    const char *guard;     /* and by which of its counts: with the site this is found at once */
} scim_sync_task_filter_t;

/* A page, oldest first. after: the last id of the page before; 0: from the first. */
apr_status_t scim_sync_task_list(scim_sync_db_t *db, apr_array_header_t **tasks,
                                 const scim_sync_task_filter_t *filter, apr_int64_t after, int max,
                                 apr_pool_t *p);

/* One by its id; *task is NULL when there is none. */
apr_status_t scim_sync_task_load(scim_sync_db_t *db, scim_sync_task_t **task, apr_int64_t id,
                                 apr_pool_t *p);

/*
 * Make one task due now; *found is 0 when there is none with that id. What was discarded is so no
 * more.
 */
apr_status_t scim_sync_task_retry(scim_sync_db_t *db, apr_int64_t id, int *found, apr_pool_t *p);

/*
 * The same for all that match, *count of them; if the state that was asked for is discarded, also of
 * those that are held or have failed besides. Hold the leases of their sites first
 * (scim_sync_lease_hold).
 */
apr_status_t scim_sync_task_retry_all(scim_sync_db_t *db, const scim_sync_task_filter_t *filter,
                                      int *count, apr_pool_t *p);

/*
 * The same for all tasks of one subject at a site, but what was discarded stays so: who retries a
 * person by name need not know of that decision.
 */
apr_status_t scim_sync_task_retry_subject(scim_sync_db_t *db, const char *site, const char *subject,
                                          int *count, apr_pool_t *p);

/*
 * What is held, or discarded, of it passes the guard; *found is 0 when there is none with that id, or
 * it is neither.
 */
apr_status_t scim_sync_task_release(scim_sync_db_t *db, apr_int64_t id, int *found, apr_pool_t *p);

/* Whatever its state is: it is due now, and all that it takes passes the guard. */
apr_status_t scim_sync_task_pass(scim_sync_db_t *db, apr_int64_t id, apr_pool_t *p);

/*
 * Drop a parked task; what a guard holds is not taken, and the task stays, discarded. *found is 0
 * when there is none with that id, or it is neither.
 * words   "discarded by jane on ..."
 */
apr_status_t scim_sync_task_discard(scim_sync_db_t *db, apr_int64_t id, const char *words,
                                    int *found, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between job.c and its kinds, job_person.c, job_team.c and job_portal.c.
 */
#ifndef SCIM_SYNC_SYNC_JOB_INT_H
#define SCIM_SYNC_SYNC_JOB_INT_H

#include "store/event.h"
#include "store/told.h"
#include "sync/claims.h"
#include "sync/job.h"
#include "sync/target.h"

/* The HTTP status of a call that came too fast: nothing was done (RFC 6585 section 4). */
#define SCIM_SYNC_TOO_MANY 429

/* Whether it is about a person, or about what is queued for a portal; else it is about a group. */
int scim_sync_job_is_person(const scim_sync_job_t *job);
/*
 * Of a portal's line, those of whom the person's own plan would say so now, in p. What was never
 * sent of the others is as before it was queued, and who they are is looked at anew.
 */
apr_status_t scim_sync_job_portal_sift(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       scim_sync_portal_line_t *line, int removes, apr_pool_t *p);

int scim_sync_job_is_portal(const scim_sync_job_t *job);

/* One answered errand into held. */
apr_status_t scim_sync_job_person_apply(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                        apr_pool_t *p);
apr_status_t scim_sync_job_team_apply(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                      apr_pool_t *p);
apr_status_t scim_sync_job_queue_apply(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                       apr_pool_t *p);

/* A member whom others had put into a group is taken out, as the group's plan said. */
apr_status_t scim_sync_job_stranger_apply(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                          apr_pool_t *p);

/*
 * Those whom others had put into an authoritative group, and who are to leave it: into what the
 * planner asks about the group. A page at a time: as long as there are more, *goes_on is 1, and the
 * group is not to be planned yet. all: up to the end at once, for one who asks what would be done.
 */
apr_status_t scim_sync_job_team_strangers(scim_sync_db_t *db, const scim_sync_job_t *job,
                                          scim_sync_team_t *team, int all, int *goes_on,
                                          apr_pool_t *p);

/* What is known of a group, or an IdP's default groups, at the job's site. */
typedef struct {
    int told;                    /* the IdP tells of it, and feeds the site */
    int deletes;                 /* it doesn't any more, and Jira's groups that are ours go, too */
    const char *idp;             /* whose it is, or was */
    const char *name;            /* for people */
    const char *told_as;         /* its displayName; NULL of default groups, and when it is gone */
    const char *wait;            /* why nothing is done about it now; NULL: something is */
    apr_array_header_t *targets; /* scim_sync_target_t; empty while nothing is done about it */
    /* That Jira can't have its name: nothing is done before a person mends that; NULL: it can. */
    const scim_sync_withheld_t *unfit;
    apr_array_header_t *keys; /* const char *: under which its job runs */
} scim_sync_standing_t;

/* A group as it is now. Reads only. */
apr_status_t scim_sync_job_team_load(scim_sync_db_t *db, const scim_sync_job_t *job,
                                     scim_sync_standing_t *standing, apr_pool_t *p);

/* One of the names that the job knows; or NULL. */
scim_sync_job_name_t *scim_sync_job_team_name(const scim_sync_job_t *job, const char *name);

/*
 * One of its names in Jira, as the planner asks about it, but for the strangers. Reads only. *news
 * is 1 when there is no link yet, and it stands for the group of that name which another IdP's group
 * stands for.
 */
apr_status_t scim_sync_job_team_target(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       const scim_sync_standing_t *standing,
                                       const scim_sync_target_t *target, scim_sync_team_t *team,
                                       int *news, apr_pool_t *p);

/*
 * What would be done with organizations on desks, on a customers' side: added to the chain, behind
 * those of the group's names. Reads only.
 */
apr_status_t scim_sync_job_desk_chain(scim_sync_db_t *db, const scim_sync_job_t *job,
                                      const scim_sync_standing_t *standing,
                                      scim_sync_chain_t *chain, apr_pool_t *p);

/* What the job has learnt of one of its names; nothing of one that it doesn't know. */
const scim_sync_learnt_t *scim_sync_job_team_learnt(const scim_sync_job_t *job, const char *name);

/* The group's part of scim_sync_job_make(). */
apr_status_t scim_sync_job_team_make(scim_sync_db_t *db, scim_sync_job_t *job, apr_pool_t *p);

/* Its people may belong elsewhere since it is linked otherwise: tasks for them, if that is so. */
apr_status_t scim_sync_job_team_tell(scim_sync_db_t *db, const scim_sync_job_t *job, apr_pool_t *p);

/* A key of jobs of this kind at the job's site, in p. */
const char *scim_sync_job_key(const scim_sync_job_t *job, const char *text, apr_pool_t *p);

/* What a job's subject stands for, and for what reasons. */
typedef struct {
    int gone; /* the IdP doesn't tell of it any more */
    int news; /* it has no link yet, and stands for the person's account from now on */
    apr_array_header_t *claims;      /* scim_sync_claim_t: of IdPs on the person */
    apr_array_header_t *kept_claims; /* the same of other IdPs, in dry run: nothing is given */
    int pending; /* one of these has news of the person that was not planned yet */
    /*
     * const char *: ids of authoritative groups into which others had put the person, and where
     * IdPs decide about that now: the person's memberships there are loaded as ours.
     */
    apr_array_header_t *decided;
} scim_sync_stands_t;

/* A group in Jira that some IdP wants a person in, and why. */
typedef struct {
    const char *name;     /* in Jira */
    const char *group_id; /* NULL: it is not known there yet */
    const char *idp;
    const char *told;            /* the IdP's group; NULL: the default groups */
    scim_sync_rule_reason_t why; /* by which rule that one stands for this one */
} scim_sync_grant_t;

/* All of these, by claims (scim_sync_claim_t): scim_sync_grant_t in p. Reads only. */
apr_status_t scim_sync_job_grants(scim_sync_db_t *db, const scim_sync_job_t *job,
                                  const apr_array_header_t *claims, apr_array_header_t **grants,
                                  apr_pool_t *p);

/* By which address Jira knows a user, folded, by the rules of its IdP; NULL: by none. */
const char *scim_sync_job_person_email(const scim_sync_job_t *job, const scim_sync_told_t *told,
                                       apr_pool_t *p);

/*
 * What IdPs in dry run want, and what they have ended: the other IdPs' jobs leave that alone. What
 * has no plan yet may have been ended, too. Reads only.
 * groups   const char *: ids of the groups in which they want the person; those that they have
 *          ended, and those that stand for none yet, are added
 */
apr_status_t scim_sync_job_person_kept(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       scim_sync_person_t *person, apr_array_header_t *groups,
                                       scim_sync_stands_t *stands, apr_pool_t *p);

/*
 * What the memberships of a person in authoritative groups are taken for: stands->decided, and
 * person->strange. Reads only. And: write down that these are ours.
 */
apr_status_t scim_sync_job_person_decided(scim_sync_db_t *db, const scim_sync_job_t *job,
                                          scim_sync_person_t *person, scim_sync_stands_t *stands,
                                          apr_pool_t *p);
apr_status_t scim_sync_job_person_decide(scim_sync_db_t *db, const scim_sync_job_t *job,
                                         const scim_sync_person_t *person,
                                         const scim_sync_stands_t *stands, apr_pool_t *p);

/*
 * The person's account has just become known: tasks of authoritative groups that were parked, for
 * nobody could tell who is who in them, are tried again.
 */
apr_status_t scim_sync_job_person_known(scim_sync_db_t *db, const scim_sync_job_t *job,
                                        const scim_sync_person_t *person, apr_pool_t *p);

/* Whether the job's IdP is in dry run: nothing is written to Jira then. */
int scim_sync_job_is_dry(const scim_sync_job_t *job);

/* The job has worked out its chain: what would be done is kept with the task, in its place. */
apr_status_t scim_sync_job_keep_plan(scim_sync_db_t *db, const scim_sync_job_t *job, apr_pool_t *p);

/* All that would be done for a person who was loaded. Reads only. */
apr_status_t scim_sync_job_person_chain(scim_sync_db_t *db, const scim_sync_job_t *job,
                                        scim_sync_chain_t *chain, const scim_sync_person_t *person,
                                        const scim_sync_stands_t *stands, apr_pool_t *p);

/* The job's person, told and held as they are now. Reads only. */
apr_status_t scim_sync_job_person_load(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       scim_sync_person_t *person, scim_sync_stands_t *stands,
                                       apr_pool_t *p);

/*
 * What is done to the account itself: the intent, and the answer into held. hinders: the answer is
 * no trouble that ends the run, but a reason to do something else.
 */
apr_status_t scim_sync_job_account_intend(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                          apr_pool_t *p);
apr_status_t scim_sync_job_account_apply(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                         apr_pool_t *p);
int scim_sync_job_account_hinders(const scim_sync_errand_t *errand);

/* Say once of a profile that there is nothing to write it with, or of a name that it can't be. */
apr_status_t scim_sync_job_account_say(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       const scim_sync_person_t *person, apr_pool_t *p);

/*
 * A person on the customers' side (sync/job_customer.c). exists: a creation that Jira refused, for
 * there is such an account already, or it can't be; is_ours: the one that was found is ours;
 * is_closed: it was found, and is no good yet; absent: it is not among a desk's customers.
 */
int scim_sync_job_customer_exists(const scim_sync_errand_t *errand);
int scim_sync_job_customer_is_ours(const scim_sync_errand_t *errand);
int scim_sync_job_customer_is_closed(const scim_sync_errand_t *errand);
void scim_sync_job_customer_absent(const scim_sync_errand_t *errand);

/*
 * On a customers' side: what is known now of the errand's account goes into held, what Jira calls it
 * and whether it is active.
 */
apr_status_t scim_sync_job_customer_met(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                        apr_pool_t *p);

/* What the planner needs beyond what a user has; person->account is loaded. Reads only. */
apr_status_t scim_sync_job_customer_load(scim_sync_db_t *db, const scim_sync_job_t *job,
                                         const scim_sync_claims_t *sum, scim_sync_person_t *person,
                                         apr_pool_t *p);

/*
 * What was queued, never sent, and is not wanted any more is forgotten, whatever the guard says.
 * Memberships that the guard has let pass are queued, and go from the steps; with them goes the
 * end of the account's access, while there are any: then *outcome says that it comes later, as it
 * does of an account with an invitation, for which the portal is not known yet, and of the end of
 * all when a portal is still to let go.
 */
apr_status_t scim_sync_job_customer_queue(scim_sync_db_t *db, scim_sync_job_t *job,
                                          const scim_sync_person_t *person,
                                          const scim_sync_stands_t *stands,
                                          apr_array_header_t *steps, scim_sync_outcome_t *outcome,
                                          apr_pool_t *p);

/* Whether a call goes to the organization's API, which is another one than the site's. */
int scim_sync_job_asks_organization(scim_sync_step_kind_t kind);

/* A user who may stand for an account by an address. */
typedef struct {
    const char *idp;
    const char *id;
    const char *email; /* as of the rules, folded; or NULL */
} scim_sync_claimant_t;

/*
 * Another user of the same IdP for whom the account stands, though the address is the claimant's
 * now: *rival is its name, NULL: there is none. The job says which site and whose rules.
 */
apr_status_t scim_sync_job_person_rival(scim_sync_db_t *db, const char **rival,
                                        const scim_sync_job_t *job,
                                        const scim_sync_claimant_t *claimant,
                                        const char *account_id, apr_pool_t *p);

/*
 * Which of the chain's removals are this IdP's own ends, so that no live IdP's job makes them: all
 * that there are while no live one has news of the person; else those that were before, and those
 * of groups that only IdPs in dry run have. Reads only.
 */
apr_status_t scim_sync_job_person_claim(scim_sync_db_t *db, const scim_sync_job_t *job,
                                        const scim_sync_chain_t *chain,
                                        const scim_sync_person_t *person, apr_pool_t *p);

/*
 * The next round: errands are added with scim_sync_job_errand(), intents are written. *outcome is
 * the planner's.
 */
apr_status_t scim_sync_job_person_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                       scim_sync_outcome_t *outcome, apr_pool_t *p);
apr_status_t scim_sync_job_team_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                     scim_sync_outcome_t *outcome, apr_pool_t *p);
apr_status_t scim_sync_job_queue_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                      scim_sync_outcome_t *outcome, apr_pool_t *p);

scim_sync_errand_t *scim_sync_job_errand(scim_sync_job_t *job, scim_sync_step_kind_t kind);

/* The call that an errand is, made in its job's round; and its answer, read into the errand. */
void scim_sync_job_prepare(scim_sync_call_t *call, const scim_sync_errand_t *errand);
void scim_sync_job_read(scim_sync_errand_t *errand, const scim_sync_answer_t *answer);

/* The same on a customers' side, if it is another call there; else 0. */
int scim_sync_job_prepare_customers(scim_sync_call_t *call, const scim_sync_errand_t *errand);
int scim_sync_job_read_customers(scim_sync_errand_t *errand, const scim_sync_answer_t *answer);

/* Reserve the seats that the errand may take, until it is answered: scim_sync_product_t *. */
void scim_sync_job_reserve(scim_sync_errand_t *errand, const apr_array_header_t *products);

/* Record what the provisioner did to the job's subject. */
apr_status_t scim_sync_job_event(scim_sync_db_t *db, const scim_sync_job_t *job, const char *kind,
                                 const char *detail, apr_pool_t *p);

/* The same of a person's membership in a group, by the group's name in Jira. */
apr_status_t scim_sync_job_member_event(scim_sync_db_t *db, const scim_sync_job_t *job,
                                        const char *kind, const char *group, apr_pool_t *p);

/*
 * A creation that Jira did not confirm: one that it may have made all the same is looked for once
 * more, by the planner, which learns of it; of one that it refused outright the intent goes (1).
 * intended   by an earlier run: that one stays
 */
int scim_sync_job_not_created(const scim_sync_errand_t *errand, scim_sync_learnt_t *learnt,
                              int intended);

/*
 * A creation that failed for good, and was looked for, was not ours: what a person makes by hand
 * before the retry must not be taken for it (1: its intent goes). An intent of an earlier run
 * stays.
 */
int scim_sync_job_failed(const scim_sync_learnt_t *learnt, int intended,
                         const scim_sync_outcome_t *outcome);

/*
 * Ask the guard (sync/guard.h) whether the steps may be taken that take something away; before any
 * of them is intended. What may not goes from the steps, and *outcome says why; it is GUARDED,
 * unless something else waits or has failed: then it is that still.
 * person, stands   as loaded; NULL: the job is about a group
 */
apr_status_t scim_sync_job_guard(scim_sync_db_t *db, scim_sync_job_t *job,
                                 const scim_sync_person_t *person, const scim_sync_stands_t *stands,
                                 apr_array_header_t *steps, scim_sync_outcome_t *outcome,
                                 apr_pool_t *p);

/* Whether a step takes something that is among the ids (store/task.h), or, with among 0, is not. */
int scim_sync_job_takes(const scim_sync_step_t *step, int leaving, const char *ids, int among,
                        apr_pool_t *p);

/* Such steps go from the plan, for they are held: job->takes says to people what that is. */
apr_status_t scim_sync_job_hold(scim_sync_db_t *db, scim_sync_job_t *job, apr_array_header_t *steps,
                                int leaving, const char *ids, int among, apr_pool_t *p);

/* What was discarded goes from the plan; if there is such, *outcome is not DONE, but GUARDED. */
apr_status_t scim_sync_job_keep(scim_sync_db_t *db, scim_sync_job_t *job, apr_array_header_t *steps,
                                int leaving, const scim_sync_decision_t *decision,
                                scim_sync_outcome_t *outcome, apr_pool_t *p);

/* Nothing is left to do: the task goes; an event, if it was held or discarded. */
apr_status_t scim_sync_job_done(scim_sync_db_t *db, const scim_sync_job_t *job, apr_pool_t *p);

/* The task has met its end in this run, with that outcome. */
apr_status_t scim_sync_job_finish(scim_sync_db_t *db, const scim_sync_job_t *job,
                                  const scim_sync_outcome_t *outcome, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between planner.c, planner_customer.c (customers of Jira Service Management), planner_leaver.c
 * (who is wanted no more, and who comes back) and planner_withhold.c: changes of memberships that
 * are wanted and must not be made, or not now, and the words for that.
 */
#ifndef SCIM_SYNC_SYNC_PLANNER_INT_H
#define SCIM_SYNC_SYNC_PLANNER_INT_H

#include "sync/planner.h"

/* One person's plan in the making. */
typedef struct {
    const scim_sync_person_t *person;
    const scim_sync_learnt_t *learnt;
    apr_array_header_t *steps;    /* scim_sync_step_t */
    apr_array_header_t *withheld; /* scim_sync_withheld_t: what is wanted and not done */
    apr_array_header_t *reasons;  /* const char *: those of these that somebody must hear of */
    apr_array_header_t *taken;    /* scim_sync_product_t *: the steps take a seat of each */
    int look;                     /* before that is believed, the account's groups are read */
    int waits;                    /* one of the reasons may go by itself: a seat is wanted */
    int tries_again;              /* another one is that something did not answer */
    const char *left;             /* why something is left as it is, for good; or NULL */
    apr_pool_t *pool;
} scim_sync_plan_t;

/* A membership is wanted, or no longer wanted: the step, or a reason why there is none. */
void scim_sync_plan_add(scim_sync_plan_t *plan, const char *group_id);
void scim_sync_plan_remove(scim_sync_plan_t *plan, const char *group_id);

void scim_sync_plan_step(scim_sync_plan_t *plan, scim_sync_step_kind_t kind);
void scim_sync_plan_step_at(scim_sync_plan_t *plan, scim_sync_step_kind_t kind,
                            const char *group_id);

/* Why something wanted is not done; kind: SCIM_SYNC_WITHHELD_... */
void scim_sync_plan_reason(scim_sync_plan_t *plan, const char *kind, scim_sync_step_kind_t step,
                           const char *text);
void scim_sync_plan_give_reason(scim_sync_plan_t *plan, const scim_sync_withheld_t *withheld);

/* Whether the account can be looked for by the address; else *outcome says why not. */
int scim_sync_plan_has_address(const scim_sync_plan_t *plan, scim_sync_outcome_t *outcome);

/* There is no account, and none may be made. */
scim_sync_outcome_t scim_sync_plan_leave_out(const scim_sync_plan_t *plan);

/* A customer whom somebody wants, or nobody any more: the memberships, and the account itself. */
scim_sync_outcome_t scim_sync_plan_customer(scim_sync_plan_t *plan);
void scim_sync_plan_customer_leaves(scim_sync_plan_t *plan);

/* Nobody wants this person here. */
scim_sync_outcome_t scim_sync_plan_leaver(scim_sync_plan_t *plan);

/* Somebody wants a person whose account was suspended by us; or may have been. */
scim_sync_outcome_t scim_sync_plan_restore(scim_sync_plan_t *plan);

/* Whether the account is (or may be) in one of these states. */
int scim_sync_plan_is_suspended(const scim_sync_held_account_t *account);
int scim_sync_plan_is_deleted(const scim_sync_held_account_t *account);

/* The person is wanted, and the account is deactivated: only a person can mend that. */
void scim_sync_plan_inactive(scim_sync_plan_t *plan);

/* A change that is wanted is not made; that alone is no reason for the task to fail. */
void scim_sync_plan_withhold(const scim_sync_plan_t *plan, const scim_sync_withheld_t *withheld);

/* A new account, with its products. */
void scim_sync_plan_create(scim_sync_plan_t *plan);

/* What becomes of the person, now that all steps are there. */
scim_sync_outcome_t scim_sync_plan_end(scim_sync_plan_t *plan);

/* Jira refused the account for want of a seat: of which product, as far as is known. */
scim_sync_outcome_t scim_sync_plan_no_seat(const scim_sync_plan_t *plan);

/*
 * A creation that was not confirmed: Jira says 400 or 500 for what exists, and sometimes for what
 * it has just made. Only when it is still not there, is it a failure.
 */
scim_sync_outcome_t scim_sync_plan_creation_failed(apr_array_header_t *withheld,
                                                   scim_sync_step_kind_t step,
                                                   const scim_sync_learnt_t *learnt, apr_pool_t *p);

/* Who is in the group that a team stands for by other hands, and is to leave. */
scim_sync_outcome_t scim_sync_plan_strangers(apr_array_header_t *steps,
                                             apr_array_header_t *withheld,
                                             const scim_sync_team_t *team,
                                             const scim_sync_learnt_t *learnt, apr_pool_t *p);

/* The team is a portal, by a name that is wanted. */
scim_sync_outcome_t scim_sync_plan_portal_team(apr_array_header_t *steps,
                                               apr_array_header_t *withheld,
                                               const scim_sync_team_t *team,
                                               const scim_sync_learnt_t *learnt, apr_pool_t *p);

/* ---- what is withheld, without a plan: scim_sync_withheld_t ---- */

apr_array_header_t *scim_sync_plan_no_withheld(apr_pool_t *p);
void scim_sync_plan_note(apr_array_header_t *withheld, const char *kind, scim_sync_step_kind_t step,
                         const char *text);

/* The same, and the outcome for it: a person must look, and nothing else is done. */
scim_sync_outcome_t scim_sync_plan_refuse(apr_array_header_t *withheld, const char *kind,
                                          scim_sync_step_kind_t step, const char *text,
                                          const char *mend, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guard: before anything is taken from people it is counted how much an IdP has had taken at a
 * site within a sliding window, and how much more it asks for. Over the limits of its rules nothing
 * of that is taken before an administrator says so; docs/rules.md is the manual.
 *
 * Pure: numbers in, a decision and its words out. sync/job_guard.c gets the numbers.
 */
#ifndef SCIM_SYNC_SYNC_GUARD_H
#define SCIM_SYNC_SYNC_GUARD_H

#include "sync/claims.h"
#include "sync/planner.h"
#include "sync/rules.h"

/* No share of anything is too much, for as few as these. */
#define SCIM_SYNC_GUARD_FEW 10

/* A step that takes nothing away. */
#define SCIM_SYNC_GUARD_NONE SCIM_SYNC_GUARD_KINDS

/*
 * Which count a step falls under. leaving: it is of somebody whom nobody wants any more: then all
 * that is taken from this person is one deactivation.
 */
scim_sync_guard_kind_t scim_sync_guard_kind(scim_sync_step_kind_t step, int leaving);

/* What is known of an account beside what IdPs claim: could anything be taken? */
typedef struct {
    const char *state; /* SCIM_SYNC_HELD_..., or NULL */
    int given;         /* it has something that we gave */
    int access;        /* others put it into a group that grants a product */
    int portal_only;   /* it is a customer's, and none of Atlassian's */
} scim_sync_guard_account_t;

/*
 * Whether a person will be asked for under this count, as far as is known before anybody has looked
 * in Jira: who is wanted no more, soon, and has something to lose by the rules. An account that is
 * to be deleted may turn out to be one that can't be: it is among the deactivations, too.
 * claims   of all IdPs
 * soon     ms: what is put off beyond that, by a grace period, does not count
 */
int scim_sync_guard_leaves(scim_sync_guard_kind_t kind, const scim_sync_claims_t *claims,
                           const scim_sync_guard_account_t *account, apr_int64_t soon);

typedef struct {
    apr_int64_t taken;   /* within the window */
    apr_int64_t waiting; /* that other tasks will ask for, as far as is known */
    apr_int64_t asked;   /* by this plan, beyond what is among the taken */
    apr_int64_t all;     /* that there is or was within the window; only if asked for: see below */
} scim_sync_guard_numbers_t;

/* Whether it takes the number of all to decide: it is the costly one. */
int scim_sync_guard_needs_all(const scim_sync_rules_limit_t *limit,
                              const scim_sync_guard_numbers_t *numbers);

/* So many are the most that may be taken within the window. */
apr_int64_t scim_sync_guard_most(const scim_sync_rules_limit_t *limit,
                                 const scim_sync_guard_numbers_t *numbers);

/* Whether the plan would take, together with what was taken and what waits, more than that. */
int scim_sync_guard_trips(const scim_sync_rules_limit_t *limit,
                          const scim_sync_guard_numbers_t *numbers);

/* Why, for people: what, how many, and which limit; no full stop. */
const char *scim_sync_guard_why(scim_sync_guard_kind_t kind, const char *idp,
                                const scim_sync_rules_guard_t *guard,
                                const scim_sync_guard_numbers_t *numbers, apr_pool_t *p);

#endif

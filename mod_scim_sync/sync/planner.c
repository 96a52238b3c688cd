/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/planner_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static const scim_sync_outcome_t done = { .verdict = SCIM_SYNC_DONE };

static scim_sync_outcome_t refuse(int status, const char *detail)
{
    return (
        scim_sync_outcome_t) { .verdict = SCIM_SYNC_REFUSED, .status = status, .detail = detail };
}

static void add_step(apr_array_header_t *steps, scim_sync_step_kind_t kind)
{
    APR_ARRAY_PUSH(steps, scim_sync_step_t) = (scim_sync_step_t) { .kind = kind };
}

scim_sync_outcome_t scim_sync_plan_creation_failed(const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    scim_sync_outcome_t outcome = learnt->answer;

    outcome.verdict =
        outcome.status >= 500 || outcome.status == 0 ? SCIM_SYNC_RETRY : SCIM_SYNC_REFUSED;
    if (learnt->beside) {
        outcome.detail = apr_psprintf(p, "%s (%s)", outcome.detail, learnt->beside);
    }
    return outcome;
}

static void plan_memberships(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    int i;

    for (i = 0; i < person->groups->nelts; i++) {
        const char *group_id = APR_ARRAY_IDX(person->groups, i, const char *);
        const char *state = scim_sync_held_state(person->members, group_id);

        if (!state || !strcmp(state, SCIM_SYNC_HELD_ADDING)) {
            scim_sync_plan_add(plan, group_id);
        }
    }
    for (i = 0; i < person->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);

        if (!strcmp(m->state, SCIM_SYNC_HELD_WITHDRAWN) ||
            !strcmp(m->state, SCIM_SYNC_HELD_DOUBTFUL)) {
            scim_sync_plan_add(plan, m->group_id);
        }
        else if ((!strcmp(m->state, SCIM_SYNC_HELD_OURS) ||
                  !strcmp(m->state, SCIM_SYNC_HELD_ADDING)) &&
                 !scim_sync_list_holds(person->groups, m->group_id)) {
            scim_sync_plan_remove(plan, m->group_id);
        }
    }
}

static scim_sync_outcome_t leave_out(const scim_sync_person_t *person, apr_pool_t *p)
{
    scim_sync_outcome_t outcome = done;

    outcome.detail = apr_psprintf(p,
                                  "Jira has no account of %s, and by the rules (users.import) none "
                                  "is created",
                                  person->email);
    return outcome;
}

static scim_sync_outcome_t doubt(const scim_sync_person_t *person)
{
    return (scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY,
                                   .retry_ms = SCIM_SYNC_RULES_WAIT_MS,
                                   .detail = person->doubt };
}

/* The owner of the API token is looked at, and nothing else: so nothing is written, either. */
static void plan_profile(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    const char *owner = person->protection->owner;

    if (person->profile && person->organization &&
        !(owner && !strcmp(owner, person->account->account_id))) {
        scim_sync_plan_step(plan, SCIM_SYNC_UPDATE_PROFILE);
    }
}

static scim_sync_outcome_t plan_account(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    const scim_sync_learnt_t *learnt = plan->learnt;
    apr_pool_t *p = plan->pool;

    if (!person->email) {
        return refuse(0, apr_psprintf(p,
                                      "%s has no e-mail address, by which Jira knows people: map "
                                      "one to emails or userName in the identity provider",
                                      person->name));
    }
    if (learnt->rival) {
        return refuse(0,
                      apr_psprintf(p,
                                   "the Jira account of %s stands for %s, whose address this was: "
                                   "change the address of that account in Jira, then retry",
                                   person->email, learnt->rival));
    }
    if (!learnt->absent) {
        add_step(plan->steps, SCIM_SYNC_FIND_ACCOUNT);
        return done;
    }
    if (learnt->created) {
        return learnt->no_seat ? scim_sync_plan_no_seat(plan)
                               : scim_sync_plan_creation_failed(learnt, p);
    }
    if (!person->import) {
        return leave_out(person, p);
    }
    scim_sync_plan_create(plan);
    return scim_sync_plan_end(plan);
}

scim_sync_outcome_t scim_sync_plan_person(apr_array_header_t **steps,
                                          const scim_sync_person_t *person,
                                          const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    scim_sync_plan_t plan = { .person = person, .learnt = learnt, .pool = p };

    *steps = plan.steps = apr_array_make(p, 4, sizeof(scim_sync_step_t));
    plan.reasons = apr_array_make(p, 1, sizeof(const char *));
    plan.taken = apr_array_make(p, 2, sizeof(scim_sync_product_t *));
    if (person->doubt) {
        return doubt(person);
    }
    if (!person->wanted) {
        return scim_sync_plan_leaver(&plan);
    }
    if (!person->account || scim_sync_plan_is_deleted(person->account)) {
        return plan_account(&plan);
    }
    if (scim_sync_plan_is_suspended(person->account)) {
        return scim_sync_plan_restore(&plan);
    }
    if (!person->account->ours && !person->account->groups_read) {
        add_step(plan.steps, SCIM_SYNC_READ_GROUPS);
    }
    else {
        plan_memberships(&plan);
        plan_profile(&plan);
    }
    if (person->wanted && person->account && person->account->inactive) {
        scim_sync_plan_inactive(&plan);
    }
    return scim_sync_plan_end(&plan);
}

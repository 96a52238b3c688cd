/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/planner_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static const scim_sync_outcome_t done = { .verdict = SCIM_SYNC_DONE };

apr_array_header_t *scim_sync_plan_no_withheld(apr_pool_t *p)
{
    return apr_array_make(p, 1, sizeof(scim_sync_withheld_t));
}

void scim_sync_plan_note(apr_array_header_t *withheld, const char *kind, scim_sync_step_kind_t step,
                         const char *text)
{
    APR_ARRAY_PUSH(withheld, scim_sync_withheld_t) =
        (scim_sync_withheld_t) { .kind = kind, .step = step, .text = text };
}

scim_sync_outcome_t scim_sync_plan_refuse(apr_array_header_t *withheld, const char *kind,
                                          scim_sync_step_kind_t step, const char *text,
                                          const char *mend, apr_pool_t *p)
{
    APR_ARRAY_PUSH(withheld, scim_sync_withheld_t) =
        (scim_sync_withheld_t) { .kind = kind, .step = step, .text = text, .mend = mend };
    return (scim_sync_outcome_t) { .verdict = SCIM_SYNC_REFUSED,
                                   .detail = apr_pstrcat(p, text, ": ", mend, NULL) };
}

static void add_step(apr_array_header_t *steps, scim_sync_step_kind_t kind)
{
    APR_ARRAY_PUSH(steps, scim_sync_step_t) = (scim_sync_step_t) { .kind = kind };
}

scim_sync_outcome_t scim_sync_plan_creation_failed(apr_array_header_t *withheld,
                                                   scim_sync_step_kind_t step,
                                                   const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    scim_sync_outcome_t outcome = learnt->answer;

    outcome.verdict =
        outcome.status >= 500 || outcome.status == 0 ? SCIM_SYNC_RETRY : SCIM_SYNC_REFUSED;
    if (learnt->beside) {
        outcome.detail = apr_psprintf(p, "%s (%s)", outcome.detail, learnt->beside);
    }
    APR_ARRAY_PUSH(withheld, scim_sync_withheld_t) = (scim_sync_withheld_t) {
        .kind = SCIM_SYNC_WITHHELD_REFUSED, .step = step, .text = outcome.detail
    };
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

        if (scim_sync_held_is_taken(m->state) || !strcmp(m->state, SCIM_SYNC_HELD_DOUBTFUL) ||
            !strcmp(m->state, SCIM_SYNC_HELD_DISPUTED)) {
            scim_sync_plan_add(plan, m->group_id);
        }
        else if ((!strcmp(m->state, SCIM_SYNC_HELD_OURS) ||
                  !strcmp(m->state, SCIM_SYNC_HELD_ADDING)) &&
                 !scim_sync_list_holds(person->groups, m->group_id)) {
            scim_sync_plan_remove(plan, m->group_id);
        }
    }
}

scim_sync_outcome_t scim_sync_plan_leave_out(const scim_sync_plan_t *plan)
{
    scim_sync_outcome_t outcome = done;

    outcome.detail = apr_psprintf(plan->pool,
                                  "Jira has no account of %s, and by the rules (users.import) none "
                                  "is created",
                                  plan->person->email);
    scim_sync_plan_note(plan->withheld, SCIM_SYNC_WITHHELD_RULE, SCIM_SYNC_CREATE_ACCOUNT,
                        outcome.detail);
    return outcome;
}

static scim_sync_outcome_t doubt(const scim_sync_plan_t *plan)
{
    const char *text = plan->person->doubt;

    scim_sync_plan_note(plan->withheld, SCIM_SYNC_WITHHELD_RULE, SCIM_SYNC_FIND_ACCOUNT, text);
    return (scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY,
                                   .retry_ms = SCIM_SYNC_RULES_WAIT_MS,
                                   .detail = text };
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

int scim_sync_plan_has_address(const scim_sync_plan_t *plan, scim_sync_outcome_t *outcome)
{
    const scim_sync_person_t *person = plan->person;
    const scim_sync_learnt_t *learnt = plan->learnt;
    apr_pool_t *p = plan->pool;

    if (!person->email) {
        *outcome = scim_sync_plan_refuse(
            plan->withheld, SCIM_SYNC_WITHHELD_ADDRESS, SCIM_SYNC_FIND_ACCOUNT,
            apr_psprintf(p, "%s has no e-mail address, by which Jira knows people", person->name),
            "map one to emails or userName in the identity provider", p);
    }
    else if (learnt->rival) {
        *outcome = scim_sync_plan_refuse(
            plan->withheld, SCIM_SYNC_WITHHELD_ADDRESS, SCIM_SYNC_CREATE_ACCOUNT,
            apr_psprintf(p, "the Jira account of %s stands for %s, whose address this was",
                         person->email, learnt->rival),
            "change the address of that account in Jira, then retry", p);
    }
    return person->email && !learnt->rival;
}

static scim_sync_outcome_t plan_account(scim_sync_plan_t *plan)
{
    const scim_sync_learnt_t *learnt = plan->learnt;
    scim_sync_outcome_t outcome;

    if (!scim_sync_plan_has_address(plan, &outcome)) {
        return outcome;
    }
    if (!learnt->absent) {
        add_step(plan->steps, SCIM_SYNC_FIND_ACCOUNT);
        return done;
    }
    if (learnt->created) {
        return learnt->no_seat
                   ? scim_sync_plan_no_seat(plan)
                   : scim_sync_plan_creation_failed(plan->withheld, SCIM_SYNC_CREATE_ACCOUNT,
                                                    learnt, plan->pool);
    }
    if (!plan->person->import) {
        return scim_sync_plan_leave_out(plan);
    }
    scim_sync_plan_create(plan);
    return scim_sync_plan_end(plan);
}

scim_sync_outcome_t scim_sync_explain_person(apr_array_header_t **steps,
                                             apr_array_header_t *withheld,
                                             const scim_sync_person_t *person,
                                             const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    scim_sync_plan_t plan = { .person = person, .learnt = learnt, .withheld = withheld, .pool = p };

    *steps = plan.steps = apr_array_make(p, 4, sizeof(scim_sync_step_t));
    plan.reasons = apr_array_make(p, 1, sizeof(const char *));
    plan.taken = apr_array_make(p, 2, sizeof(scim_sync_product_t *));
    if (person->doubt) {
        return doubt(&plan);
    }
    if (!person->wanted) {
        return scim_sync_plan_leaver(&plan);
    }
    if (person->customers) {
        return scim_sync_plan_customer(&plan);
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

scim_sync_outcome_t scim_sync_plan_person(apr_array_header_t **steps,
                                          const scim_sync_person_t *person,
                                          const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    return scim_sync_explain_person(steps, scim_sync_plan_no_withheld(p), person, learnt, p);
}

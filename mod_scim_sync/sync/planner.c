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

/*
 * A creation that was not confirmed: Jira says 400 or 500 for what exists, and sometimes for what
 * it has just made. Only when it is still not there, is it a failure.
 */
static scim_sync_outcome_t creation_failed(const scim_sync_learnt_t *learnt, apr_pool_t *p)
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
        return learnt->no_seat ? scim_sync_plan_no_seat(plan) : creation_failed(learnt, p);
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

/*
 * Jira can't rename a group through its platform API, and making a new one would lose the grants
 * of the old one: a person renames it in Jira, we go on filling it under its id.
 */
static scim_sync_outcome_t plan_rename(apr_array_header_t *steps, const scim_sync_team_t *team,
                                       const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    if (!learnt->absent && !learnt->foreign) {
        add_step(steps, SCIM_SYNC_FIND_GROUP);
        return done;
    }
    if (learnt->foreign) {
        return refuse(0, apr_psprintf(p,
                                      "the group is called %s now, and Jira has another group of "
                                      "that name beside %s, which it stood for: rename one of them "
                                      "in Jira's administration, then retry",
                                      team->name, team->linked->name));
    }
    return refuse(0, apr_psprintf(p,
                                  "Jira can't rename a group by its API: rename %s to %s in Jira's "
                                  "administration, then retry. Its members go on being kept",
                                  team->linked->name, team->name));
}

/*
 * By which rule a group must be left alone. The group in Jira decides about its members; the name in
 * the identity provider decides which group is taken, so that one is as good as the other here.
 */
static scim_sync_outcome_t leave_team(const scim_sync_team_t *team,
                                      const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    const scim_sync_held_group_t *linked = team->linked;
    const char *rule = NULL;

    if (linked) {
        rule = scim_sync_protection_rule(team->protection, linked->group_id, linked->name, p);
    }
    if (rule) {
        return refuse(0, apr_psprintf(p,
                                      "%s: nobody is put into it or taken out of it, and who is in "
                                      "it stays. Give the group another name in the identity "
                                      "provider, or push it no more; or end what protects it in "
                                      "Jira, then retry",
                                      rule));
    }
    rule = learnt->guarded ? learnt->guarded
                           : scim_sync_protection_rule(team->protection, NULL, team->name, p);
    if (rule) {
        return refuse(0,
                      apr_psprintf(p,
                                   "%s: it is not taken over from the identity provider, and "
                                   "nobody is put into it. Give the group another name there, or "
                                   "push it no more; or end what protects it, then retry",
                                   rule));
    }
    return done;
}

/*
 * Who is in the group by other hands and is to leave. As long as it isn't known which account is
 * whose, one of them may be somebody who is wanted.
 */
static scim_sync_outcome_t plan_strangers(apr_array_header_t *steps, const scim_sync_team_t *team,
                                          const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    int i;

    for (i = 0; team->strangers && i < team->strangers->nelts; i++) {
        const char *account_id = APR_ARRAY_IDX(team->strangers, i, const char *);

        if (team->unknown) {
            return (scim_sync_outcome_t) {
                .verdict = SCIM_SYNC_RETRY,
                .retry_ms = SCIM_SYNC_UNKNOWN_WAIT_MS,
                .detail = apr_psprintf(p,
                                       "others have put people into %s, and nobody is taken out "
                                       "before the Jira accounts of all are known who should be in "
                                       "it: that of %s is not",
                                       team->linked->name, team->unknown)
            };
        }
        if (!scim_sync_list_holds(learnt->refused, account_id)) {
            APR_ARRAY_PUSH(steps, scim_sync_step_t) =
                (scim_sync_step_t) { .kind = SCIM_SYNC_REMOVE_MEMBER,
                                     .group_id = team->linked->group_id,
                                     .account_id = account_id };
        }
    }
    return steps->nelts == 0 && learnt->refused && learnt->refused->nelts > 0 ? learnt->refusal
                                                                              : done;
}

scim_sync_outcome_t scim_sync_plan_team(apr_array_header_t **steps, const scim_sync_team_t *team,
                                        const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    scim_sync_outcome_t left;

    *steps = apr_array_make(p, 2, sizeof(scim_sync_step_t));
    if (!team->name) {
        return done;
    }
    left = leave_team(team, learnt, p);
    if (left.verdict != SCIM_SYNC_DONE) {
        return left;
    }
    if (!team->linked && team->protection->unread) {
        left.verdict = SCIM_SYNC_RETRY;
        left.detail = apr_psprintf(p,
                                   "no group is taken over or made before it is known which ones "
                                   "are of Jira's administrators: %s",
                                   team->protection->unread);
        return left;
    }
    if (team->linked && strcmp(team->linked->name, team->name)) {
        return plan_rename(*steps, team, learnt, p);
    }
    if (team->linked) {
        return plan_strangers(*steps, team, learnt, p);
    }
    if (!learnt->absent) {
        add_step(*steps, SCIM_SYNC_FIND_GROUP);
        return done;
    }
    if (learnt->created) {
        return creation_failed(learnt, p);
    }
    add_step(*steps, SCIM_SYNC_CREATE_GROUP);
    return done;
}

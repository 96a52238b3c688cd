/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/planner.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static const scim_sync_outcome_t done = { .verdict = SCIM_SYNC_DONE };

static scim_sync_outcome_t refuse(int status, const char *detail)
{
    return (
        scim_sync_outcome_t) { .verdict = SCIM_SYNC_REFUSED, .status = status, .detail = detail };
}

static void add_step(apr_array_header_t *steps, scim_sync_step_kind_t kind, const char *group_id)
{
    APR_ARRAY_PUSH(steps, scim_sync_step_t) =
        (scim_sync_step_t) { .kind = kind, .group_id = group_id };
}

/*
 * A creation that was not confirmed: Jira says 400 or 500 for what exists, and sometimes for what
 * it has just made. Only when it is still not there, is it a failure.
 */
static scim_sync_outcome_t creation_failed(const scim_sync_learnt_t *learnt)
{
    scim_sync_outcome_t outcome = learnt->answer;

    outcome.verdict =
        outcome.status >= 500 || outcome.status == 0 ? SCIM_SYNC_RETRY : SCIM_SYNC_REFUSED;
    return outcome;
}

/* Nobody wants this person here: what we gave is taken back, what others gave stays. */
static void plan_leaver(apr_array_header_t *steps, const scim_sync_person_t *person,
                        const scim_sync_learnt_t *learnt)
{
    int i;

    if (!person->account) {
        /* It may have been made all the same, and then it came with product access. */
        if (person->begun && person->email && !learnt->absent) {
            add_step(steps, SCIM_SYNC_FIND_ACCOUNT, NULL);
        }
        return;
    }
    /* An account that we made came with product access: which groups that was, must be read. */
    if (person->account->ours && !person->account->groups_read) {
        add_step(steps, SCIM_SYNC_READ_GROUPS, NULL);
        return;
    }
    for (i = 0; i < person->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);

        if (strcmp(m->state, SCIM_SYNC_HELD_THEIRS) && strcmp(m->state, SCIM_SYNC_HELD_WITHDRAWN) &&
            !scim_sync_list_holds(learnt->refused, m->group_id)) {
            add_step(steps, SCIM_SYNC_REMOVE_MEMBER, m->group_id);
        }
    }
}

static void plan_memberships(apr_array_header_t *steps, const scim_sync_person_t *person,
                             const scim_sync_learnt_t *learnt)
{
    int i;

    for (i = 0; i < person->groups->nelts; i++) {
        const char *group_id = APR_ARRAY_IDX(person->groups, i, const char *);
        const char *state = scim_sync_held_state(person->members, group_id);

        if ((!state || !strcmp(state, SCIM_SYNC_HELD_ADDING)) &&
            !scim_sync_list_holds(learnt->refused, group_id)) {
            add_step(steps, SCIM_SYNC_ADD_MEMBER, group_id);
        }
    }
    for (i = 0; i < person->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);

        if (scim_sync_list_holds(learnt->refused, m->group_id)) {
            continue;
        }
        if (!strcmp(m->state, SCIM_SYNC_HELD_WITHDRAWN) ||
            !strcmp(m->state, SCIM_SYNC_HELD_DOUBTFUL)) {
            add_step(steps, SCIM_SYNC_ADD_MEMBER, m->group_id);
        }
        else if ((!strcmp(m->state, SCIM_SYNC_HELD_OURS) ||
                  !strcmp(m->state, SCIM_SYNC_HELD_ADDING)) &&
                 !scim_sync_list_holds(person->groups, m->group_id)) {
            add_step(steps, SCIM_SYNC_REMOVE_MEMBER, m->group_id);
        }
    }
}

static scim_sync_outcome_t plan_account(apr_array_header_t *steps, const scim_sync_person_t *person,
                                        const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
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
        add_step(steps, SCIM_SYNC_FIND_ACCOUNT, NULL);
        return done;
    }
    if (learnt->created) {
        return creation_failed(learnt);
    }
    add_step(steps, SCIM_SYNC_CREATE_ACCOUNT, NULL);
    return done;
}

scim_sync_outcome_t scim_sync_plan_person(apr_array_header_t **steps,
                                          const scim_sync_person_t *person,
                                          const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    *steps = apr_array_make(p, 4, sizeof(scim_sync_step_t));
    if (!person->wanted) {
        plan_leaver(*steps, person, learnt);
    }
    else if (!person->account) {
        return plan_account(*steps, person, learnt, p);
    }
    else if (!person->account->ours && !person->account->groups_read) {
        add_step(*steps, SCIM_SYNC_READ_GROUPS, NULL);
    }
    else {
        plan_memberships(*steps, person, learnt);
    }
    return learnt->refused && learnt->refused->nelts > 0 ? learnt->refusal : done;
}

/*
 * Jira can't rename a group through its platform API, and making a new one would lose the grants
 * of the old one: a person renames it in Jira, we go on filling it under its id.
 */
static scim_sync_outcome_t plan_rename(apr_array_header_t *steps, const scim_sync_team_t *team,
                                       const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    if (!learnt->absent && !learnt->foreign) {
        add_step(steps, SCIM_SYNC_FIND_GROUP, NULL);
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

scim_sync_outcome_t scim_sync_plan_team(apr_array_header_t **steps, const scim_sync_team_t *team,
                                        const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    *steps = apr_array_make(p, 2, sizeof(scim_sync_step_t));
    if (!team->name) {
        return done;
    }
    if (team->linked) {
        return strcmp(team->linked->name, team->name) ? plan_rename(*steps, team, learnt, p) : done;
    }
    if (!learnt->absent) {
        add_step(*steps, SCIM_SYNC_FIND_GROUP, NULL);
        return done;
    }
    if (learnt->created) {
        return creation_failed(learnt);
    }
    add_step(*steps, SCIM_SYNC_CREATE_GROUP, NULL);
    return done;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One portal that a group stands for, on the customers' side: found or made, and read before it is
 * filled; and the organizations on desks. A project's desk is found by the project's key and never
 * made; an organization is made by its name, and Jira answers with the one that has it already.
 * Neither is ever deleted, or called another name: whoever renames it in Jira changes no id.
 */
#include "sync/planner_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/portal.h"

/* In one round: more than these are found by the next one. */
#define AT_ONCE 50

static const scim_sync_outcome_t done = { .verdict = SCIM_SYNC_DONE };

/* The site's protectedGroups hold for what a portal is called, too. */
static const char *rule_of(const scim_sync_team_t *team, const scim_sync_learnt_t *learnt,
                           apr_pool_t *p)
{
    const scim_sync_held_group_t *linked = team->linked;
    const char *rule = learnt->guarded;

    if (!rule && linked) {
        rule = scim_sync_protection_rule(team->protection, linked->group_id, linked->name, p);
    }
    return rule ? rule : scim_sync_protection_rule(team->protection, NULL, team->name, p);
}

static scim_sync_outcome_t refuse_absent(apr_array_header_t *withheld, const scim_sync_team_t *team,
                                         apr_pool_t *p)
{
    return scim_sync_plan_refuse(
        withheld, SCIM_SYNC_WITHHELD_REFUSED, SCIM_SYNC_FIND_GROUP,
        apr_psprintf(p,
                     "Jira has no service project with the key %s, or the owner of the API token "
                     "is neither its administrator nor one of its agents",
                     scim_sync_portal_told(team->name)),
        "make that project, or give the token's owner that role in it, or map the group to another "
        "project, then retry; the module makes no project",
        p);
}

/* Jira has said no, in its own words, or an organization is another directory's. */
static scim_sync_outcome_t refuse_answered(apr_array_header_t *withheld,
                                           const scim_sync_team_t *team,
                                           const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    int project = scim_sync_portal_is_project(team->name);
    scim_sync_outcome_t outcome = scim_sync_plan_refuse(
        withheld, SCIM_SYNC_WITHHELD_REFUSED,
        project ? SCIM_SYNC_FIND_GROUP : SCIM_SYNC_CREATE_GROUP,
        apr_psprintf(p, "%s %s: %s", project ? "project" : "organization",
                     scim_sync_portal_told(team->name), learnt->answer.detail),
        project ? "put right what it says, or map the group to another project, then retry"
                : "put right what it says, or map the group to another organization, then retry",
        p);

    outcome.status = learnt->answer.status;
    return outcome;
}

scim_sync_outcome_t scim_sync_plan_portal_team(apr_array_header_t *steps,
                                               apr_array_header_t *withheld,
                                               const scim_sync_team_t *team,
                                               const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    int project = scim_sync_portal_is_project(team->name);
    const char *rule = rule_of(team, learnt, p);

    if (rule) {
        return scim_sync_plan_refuse(
            withheld, SCIM_SYNC_WITHHELD_PROTECTED, SCIM_SYNC_FIND_GROUP, rule,
            "nobody is put into it or taken out of it by the module, and who is in it stays. Map "
            "the group to something else, or end what protects it, then retry",
            p);
    }
    if (team->linked) {
        return scim_sync_plan_strangers(steps, withheld, team, learnt, p);
    }
    if (learnt->answer.verdict == SCIM_SYNC_REFUSED) {
        return refuse_answered(withheld, team, learnt, p);
    }
    if (learnt->portal) {
        APR_ARRAY_PUSH(steps, scim_sync_step_t) = (scim_sync_step_t) {
            .kind = SCIM_SYNC_READ_MEMBERS, .group_id = learnt->portal, .start = learnt->start
        };
        return done;
    }
    if (project && learnt->absent) {
        return refuse_absent(withheld, team, p);
    }
    APR_ARRAY_PUSH(steps, scim_sync_step_t) =
        (scim_sync_step_t) { .kind = project ? SCIM_SYNC_FIND_GROUP : SCIM_SYNC_CREATE_GROUP,
                             .name = team->name };
    return done;
}

/* ---- organizations on desks ---- */

static int is_refused(const scim_sync_desks_t *learnt, const scim_sync_desk_pair_t *pair)
{
    int i;

    for (i = 0; i < learnt->refused->nelts; i++) {
        const scim_sync_desk_pair_t *one =
            &APR_ARRAY_IDX(learnt->refused, i, scim_sync_desk_pair_t);

        if (!strcmp(one->desk, pair->desk) &&
            (!*one->organization || !strcmp(one->organization, pair->organization))) {
            return 1;
        }
    }
    return 0;
}

/* Once for each desk. */
static void plan_reading(apr_array_header_t *steps, const scim_sync_desks_t *learnt,
                         const char *desk)
{
    scim_sync_step_t step = { .kind = SCIM_SYNC_READ_ORGANIZATIONS, .group_id = desk };
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const scim_sync_step_t *other = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (other->kind == step.kind && !strcmp(other->group_id, desk)) {
            return;
        }
    }
    for (i = 0; i < learnt->pages->nelts; i++) {
        const scim_sync_desk_page_t *page = &APR_ARRAY_IDX(learnt->pages, i, scim_sync_desk_page_t);

        if (!strcmp(page->desk, desk)) {
            step.start = page->start;
        }
    }
    APR_ARRAY_PUSH(steps, scim_sync_step_t) = step;
}

/* Ours by now, or from before us: nothing is left to be done. */
static int is_there(const scim_sync_desk_pair_t *pair)
{
    return pair->state && (!strcmp(pair->state, SCIM_SYNC_HELD_OURS) ||
                           !strcmp(pair->state, SCIM_SYNC_HELD_THEIRS));
}

static void plan_pair(apr_array_header_t *steps, const scim_sync_desk_pair_t *pair,
                      const scim_sync_desks_t *learnt)
{
    scim_sync_step_t step = { .group_id = pair->desk, .organization_id = pair->organization };

    if (pair->wanted && !pair->read) {
        plan_reading(steps, learnt, pair->desk);
        return;
    }
    step.kind = pair->wanted ? SCIM_SYNC_JOIN_ORGANIZATION : SCIM_SYNC_PART_ORGANIZATION;
    APR_ARRAY_PUSH(steps, scim_sync_step_t) = step;
}

scim_sync_outcome_t scim_sync_plan_desks(apr_array_header_t **steps,
                                         const apr_array_header_t *pairs,
                                         const scim_sync_desks_t *learnt, apr_pool_t *p)
{
    int refused = 0;
    int i;

    *steps = apr_array_make(p, 2, sizeof(scim_sync_step_t));
    for (i = 0; i < pairs->nelts && (*steps)->nelts < AT_ONCE; i++) {
        const scim_sync_desk_pair_t *pair = &APR_ARRAY_IDX(pairs, i, scim_sync_desk_pair_t);

        if (pair->wanted && is_there(pair)) {
            continue;
        }
        if (is_refused(learnt, pair)) {
            refused = 1;
            continue;
        }
        plan_pair(*steps, pair, learnt);
    }
    return refused && (*steps)->nelts == 0 ? learnt->refusal : done;
}

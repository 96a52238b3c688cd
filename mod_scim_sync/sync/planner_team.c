/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group at one site: found, made, and perhaps deleted.
 */
#include "sync/planner_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static const scim_sync_outcome_t done = { .verdict = SCIM_SYNC_DONE };

static void add_step(apr_array_header_t *steps, scim_sync_step_kind_t kind, const char *name)
{
    APR_ARRAY_PUSH(steps, scim_sync_step_t) = (scim_sync_step_t) { .kind = kind, .name = name };
}

/*
 * Jira can't rename a group through its platform API, and making a new one would lose the grants
 * of the old one: a person renames it in Jira, we go on filling it under its id.
 */
static scim_sync_outcome_t plan_rename(apr_array_header_t *steps, apr_array_header_t *withheld,
                                       const scim_sync_team_t *team,
                                       const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    if (!learnt->absent && !learnt->foreign) {
        add_step(steps, SCIM_SYNC_FIND_GROUP, team->name);
        return done;
    }
    if (learnt->foreign) {
        return scim_sync_plan_refuse(
            withheld, SCIM_SYNC_WITHHELD_RENAME, SCIM_SYNC_FIND_GROUP,
            apr_psprintf(p,
                         "the group is called %s now, and Jira has another group of "
                         "that name beside %s, which it stood for",
                         team->name, team->linked->name),
            "rename one of them in Jira's administration, then retry", p);
    }
    return scim_sync_plan_refuse(
        withheld, SCIM_SYNC_WITHHELD_RENAME, SCIM_SYNC_FIND_GROUP,
        "Jira can't rename a group by its API",
        apr_psprintf(p,
                     "rename %s to %s in Jira's administration, then retry. Its members "
                     "go on being kept",
                     team->linked->name, team->name),
        p);
}

/*
 * By which rule a group must be left alone. The group in Jira decides about its members; the name
 * in the identity provider decides which group is taken, so that one is as good as the other here.
 */
static scim_sync_outcome_t leave_team(apr_array_header_t *withheld, const scim_sync_team_t *team,
                                      const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    const scim_sync_held_group_t *linked = team->linked;
    const char *rule = NULL;

    if (linked) {
        rule = scim_sync_protection_rule(team->protection, linked->group_id, linked->name, p);
    }
    if (rule) {
        return scim_sync_plan_refuse(
            withheld, SCIM_SYNC_WITHHELD_PROTECTED, SCIM_SYNC_FIND_GROUP, rule,
            "nobody is put into it or taken out of it, and who is in it stays. Give the "
            "group another name in the identity provider, or push it no more; or end "
            "what protects it in Jira, then retry",
            p);
    }
    rule = learnt->guarded ? learnt->guarded
                           : scim_sync_protection_rule(team->protection, NULL, team->name, p);
    if (rule) {
        return scim_sync_plan_refuse(
            withheld, SCIM_SYNC_WITHHELD_PROTECTED, SCIM_SYNC_FIND_GROUP, rule,
            "it is not taken over from the identity provider, and nobody is put into "
            "it. Give the group another name there, or push it no more; or end what "
            "protects it, then retry",
            p);
    }
    return done;
}

/*
 * What Jira's group was given (roles, permissions) goes with it for good, so that it stays unless
 * it is certain to be ours alone.
 */
static scim_sync_outcome_t plan_deletion(apr_array_header_t *steps, apr_array_header_t *withheld,
                                         const scim_sync_team_t *team, apr_pool_t *p)
{
    const scim_sync_held_group_t *linked = team->linked;
    scim_sync_outcome_t outcome = done;
    const char *rule;

    if (!linked || !linked->ours) {
        return done;
    }
    rule = scim_sync_protection_rule(team->protection, linked->group_id, linked->name, p);
    if (rule || team->product) {
        outcome.detail = apr_psprintf(p, "%s is not deleted in Jira: %s", linked->name,
                                      rule ? rule : "being in it grants a product");
        scim_sync_plan_note(withheld, SCIM_SYNC_WITHHELD_PROTECTED, SCIM_SYNC_DELETE_GROUP,
                            outcome.detail);
        return outcome;
    }
    if (team->protection->unread) {
        outcome.verdict = SCIM_SYNC_RETRY;
        outcome.detail = apr_psprintf(p,
                                      "no group is deleted before it is known which ones are of "
                                      "Jira's administrators: %s",
                                      team->protection->unread);
        scim_sync_plan_note(withheld, SCIM_SYNC_WITHHELD_UNREAD, SCIM_SYNC_DELETE_GROUP,
                            outcome.detail);
        return outcome;
    }
    /* Each of them is taken out by a task of their own: the guard counts people, not groups. */
    if (team->filled > 0) {
        outcome.verdict = SCIM_SYNC_RETRY;
        outcome.retry_ms = SCIM_SYNC_FILLED_WAIT_MS;
        outcome.detail =
            apr_psprintf(p,
                         "%s is deleted in Jira when the %s whom the module put into "
                         "it %s left it; whose task is held or discarded stays",
                         linked->name, scim_sync_count_text(team->filled, "person", "people", p),
                         team->filled == 1 ? "has" : "have");
        return outcome;
    }
    APR_ARRAY_PUSH(steps, scim_sync_step_t) =
        (scim_sync_step_t) { .kind = SCIM_SYNC_DELETE_GROUP, .group_id = linked->group_id };
    return done;
}

/*
 * Somebody who is in it may be one who is wanted there, as long as it isn't known which account is
 * whose.
 */
static scim_sync_outcome_t await_known(apr_array_header_t *withheld, const scim_sync_team_t *team,
                                       apr_pool_t *p)
{
    const char *text =
        apr_psprintf(p,
                     "others have put people into %s, and nobody is taken out who may be one of "
                     "those who should be in it: the Jira account of %s is not known",
                     team->linked->name, team->unknown);

    if (team->stuck) {
        return scim_sync_plan_refuse(withheld, SCIM_SYNC_WITHHELD_UNREAD, SCIM_SYNC_REMOVE_MEMBER,
                                     text,
                                     "see the task of each of these, or take them out of the group "
                                     "in the identity provider",
                                     p);
    }
    scim_sync_plan_note(withheld, SCIM_SYNC_WITHHELD_UNREAD, SCIM_SYNC_REMOVE_MEMBER, text);
    return (scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY,
                                   .retry_ms = SCIM_SYNC_UNKNOWN_WAIT_MS,
                                   .detail = text };
}

scim_sync_outcome_t scim_sync_plan_strangers(apr_array_header_t *steps,
                                             apr_array_header_t *withheld,
                                             const scim_sync_team_t *team,
                                             const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    int i;

    for (i = 0; team->strangers && i < team->strangers->nelts; i++) {
        const char *account_id = APR_ARRAY_IDX(team->strangers, i, const char *);

        if (!scim_sync_list_holds(learnt->refused, account_id)) {
            APR_ARRAY_PUSH(steps, scim_sync_step_t) =
                (scim_sync_step_t) { .kind = SCIM_SYNC_REMOVE_MEMBER,
                                     .group_id = team->linked->group_id,
                                     .account_id = account_id };
        }
    }
    if (team->unknown) {
        return await_known(withheld, team, p);
    }
    return steps->nelts == 0 && learnt->refused && learnt->refused->nelts > 0 ? learnt->refusal
                                                                              : done;
}

/*
 * Jira looks names up letter by letter, and takes no second one that differs in upper and lower
 * case only: then it says that the name is in use, and not by which group.
 */
static scim_sync_outcome_t plan_refused(apr_array_header_t *steps, apr_array_header_t *withheld,
                                        const scim_sync_team_t *team,
                                        const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    scim_sync_outcome_t outcome;

    if (learnt->answer.status == 400 && !learnt->compared) {
        add_step(steps, SCIM_SYNC_FIND_TWIN, team->name);
        return done;
    }
    if (!learnt->twin) {
        return scim_sync_plan_creation_failed(withheld, SCIM_SYNC_CREATE_GROUP, learnt, p);
    }
    outcome = scim_sync_plan_refuse(
        withheld, SCIM_SYNC_WITHHELD_REFUSED, SCIM_SYNC_CREATE_GROUP,
        apr_psprintf(p,
                     "Jira has a group %s, and takes no group %s beside it, whose name differs in "
                     "upper and lower case only",
                     learnt->twin, team->name),
        apr_psprintf(p,
                     "if it is the same, have the rules call it %s (groups.mappings, "
                     "users.defaultGroups); else give one of the two another name, then retry",
                     learnt->twin),
        p);
    outcome.status = learnt->answer.status;
    return outcome;
}

scim_sync_outcome_t scim_sync_explain_team(apr_array_header_t **steps, apr_array_header_t *withheld,
                                           const scim_sync_team_t *team,
                                           const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    scim_sync_outcome_t left;

    *steps = apr_array_make(p, 2, sizeof(scim_sync_step_t));
    if (!team->name) {
        return team->doomed ? plan_deletion(*steps, withheld, team, p) : done;
    }
    if (team->portal) {
        return scim_sync_plan_portal_team(*steps, withheld, team, learnt, p);
    }
    left = leave_team(withheld, team, learnt, p);
    if (left.verdict != SCIM_SYNC_DONE) {
        return left;
    }
    if (!team->linked && team->protection->unread) {
        left.verdict = SCIM_SYNC_RETRY;
        left.detail = apr_psprintf(p,
                                   "no group is taken over or made before it is known which ones "
                                   "are of Jira's administrators: %s",
                                   team->protection->unread);
        scim_sync_plan_note(withheld, SCIM_SYNC_WITHHELD_UNREAD, SCIM_SYNC_FIND_GROUP, left.detail);
        return left;
    }
    if (team->linked && strcmp(team->linked->name, team->name)) {
        return plan_rename(*steps, withheld, team, learnt, p);
    }
    if (team->linked) {
        return scim_sync_plan_strangers(*steps, withheld, team, learnt, p);
    }
    if (!learnt->absent) {
        add_step(*steps, SCIM_SYNC_FIND_GROUP, team->name);
        return done;
    }
    if (learnt->created) {
        return plan_refused(*steps, withheld, team, learnt, p);
    }
    add_step(*steps, SCIM_SYNC_CREATE_GROUP, team->name);
    return done;
}

scim_sync_outcome_t scim_sync_plan_team(apr_array_header_t **steps, const scim_sync_team_t *team,
                                        const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    return scim_sync_explain_team(steps, scim_sync_plan_no_withheld(p), team, learnt, p);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The next round of a group's job: what is to be done for each of its names.
 */
#include "sync/job_team.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/desk.h"
#include "store/guard.h"

/*
 * What is asked anew by itself when the rules, or what was told, change: no sooner than in an hour.
 */
#define WAIT_MS 3600000

/*
 * Another group of the IdPs may stand for a portal of this name already: then this one does too;
 * unless that is protected, or it is not on record yet who was in it before us.
 */
static apr_status_t load_known_portal(scim_sync_db_t *db, const scim_sync_job_t *job,
                                      scim_sync_team_t *team, int *news, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    scim_sync_held_group_t *group;
    int read = 0;
    apr_status_t rv = scim_sync_held_group(db, &group, site, NULL, team->name, p);

    if (rv == APR_SUCCESS && group) {
        rv = scim_sync_desk_members_read(db, &read, site, group->group_id, p);
    }
    if (rv == APR_SUCCESS && read) {
        team->linked = group;
        *news = !scim_sync_job_team_rule(job, group->group_id, group->name, p);
    }
    return rv;
}

/*
 * Another group of the IdPs may stand for a Jira group of this name already: then this one does
 * too; unless that is protected, or not known not to be, or may be deleted: then Jira is asked.
 */
static apr_status_t load_known(scim_sync_db_t *db, const scim_sync_job_t *job,
                               scim_sync_team_t *team, int *news, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    scim_sync_held_group_t *group;
    int fading = 0;
    apr_status_t rv;

    rv = scim_sync_held_group(db, &group, site, NULL, team->name, p);
    if (rv == APR_SUCCESS && group) {
        rv = scim_sync_link_fading(db, &fading, site, group->group_id, p);
    }
    if (rv != APR_SUCCESS || !group || fading || team->protection->unread) {
        return rv;
    }
    team->linked = group;
    *news = !scim_sync_job_team_rule(job, group->group_id, group->name, p);
    return APR_SUCCESS;
}

apr_status_t scim_sync_job_team_target(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       const scim_sync_standing_t *standing,
                                       const scim_sync_target_t *target, scim_sync_team_t *team,
                                       int *news, apr_pool_t *p)
{
    const scim_sync_link_t *link = target->link;
    const char *site = job->worker->jira.name;
    scim_sync_held_group_t *group = NULL;
    apr_status_t rv = APR_SUCCESS;
    int shared = 0;

    *news = 0;
    *team = (scim_sync_team_t) { .name = target->name,
                                 .portal = job->worker->customers,
                                 .protection = &job->worker->protection };
    if (link && link->group_id) {
        rv = scim_sync_held_group(db, &group, site, link->group_id, NULL, p);
        team->linked = group;
        team->product =
            apr_hash_get(job->worker->product_groups, link->group_id, APR_HASH_KEY_STRING) != NULL;
    }
    if (rv == APR_SUCCESS && team->linked && !team->name && standing->deletes && !team->portal) {
        rv = scim_sync_link_shared(db, &shared, site, link->group_id, job->task.subject, p);
        team->doomed = !shared;
    }
    /* In dry run nobody leaves it: as if they had. */
    if (rv == APR_SUCCESS && team->doomed && !scim_sync_job_is_dry(job)) {
        rv = scim_sync_held_filled(db, &team->filled, site, link->group_id, p);
    }
    if (rv == APR_SUCCESS && team->name && !team->linked) {
        rv = team->portal ? load_known_portal(db, job, team, news, p)
                          : load_known(db, job, team, news, p);
    }
    return rv;
}

/* A name under which the group was told when the link was made may be another one now. */
static apr_status_t refresh(scim_sync_db_t *db, const scim_sync_job_t *job,
                            const scim_sync_target_t *target, apr_pool_t *p)
{
    scim_sync_link_t link;

    if (!target->name || !target->link || !job->told_as ||
        strcmp(target->name, target->link->name) ||
        (target->link->told_as && !strcmp(target->link->told_as, job->told_as))) {
        return APR_SUCCESS;
    }
    link = *target->link;
    link.told_as = job->told_as;
    return scim_sync_link_put(db, job->worker->jira.name, job->task.subject, &link, p);
}

/* It stands for this group no more: what we gave by it is taken back by its people's own tasks. */
static apr_status_t leave(scim_sync_db_t *db, scim_sync_job_t *job,
                          const scim_sync_standing_t *standing, const scim_sync_link_t *link,
                          apr_pool_t *p)
{
    apr_status_t rv = scim_sync_job_team_drop_link(db, job, link->name, p);

    if (rv != APR_SUCCESS || !link->group_id ||
        (rv = scim_sync_guard_gave(db, job->task.idp, job->worker->jira.name, link->group_id, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    job->relinked = 1;
    return standing->told
               ? scim_sync_job_team_event(db, job, "jira.group.left", link->group_id, link->name, p)
               : APR_SUCCESS;
}

/* What is about to be sent for one of its names; a creation is written down first. */
static apr_status_t add_errands(scim_sync_db_t *db, scim_sync_job_t *job,
                                const scim_sync_target_t *target, const apr_array_header_t *steps,
                                apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);
        scim_sync_errand_t *e = scim_sync_job_errand(job, step->kind);

        e->group_id = apr_pstrdup(job->next_round, step->group_id);
        e->account_id = apr_pstrdup(job->next_round, step->account_id);
        e->start = step->start;
        e->name = target->name ? scim_sync_job_team_name(job, target->name) : NULL;
        if (e->name) {
            e->link =
                target->link ? apr_pstrdup(job->next_round, target->link->name) : e->name->name;
        }
        /* Whose an organization is does not depend on who made it. */
        if (step->kind == SCIM_SYNC_CREATE_GROUP && !job->worker->customers) {
            rv = scim_sync_job_team_put_link(db, job, step->name, NULL, p);
        }
    }
    return rv;
}

/*
 * What the task comes to, when its names come to different ends: the one that may still change.
 * What is held or discarded is on record besides.
 */
static int rank(scim_sync_verdict_t verdict)
{
    return verdict == SCIM_SYNC_DONE      ? 0
           : verdict == SCIM_SYNC_GUARDED ? 1
           : verdict == SCIM_SYNC_REFUSED ? 2
                                          : 3;
}

/*
 * One name after the other: what each of them can't have is said, and the others are not held up.
 */
static void join(scim_sync_outcome_t *all, const scim_sync_outcome_t *one, apr_pool_t *p)
{
    const char *before = all->detail;

    if (rank(one->verdict) > rank(all->verdict)) {
        *all = *one;
    }
    if (one->detail) {
        all->detail = before ? apr_pstrcat(p, before, "; ", one->detail, NULL) : one->detail;
    }
    else {
        all->detail = before;
    }
}

/* What was given by it stays as it is; its plan says what would be taken. */
static apr_status_t leave_dry(scim_sync_db_t *db, const scim_sync_job_t *job,
                              const scim_sync_link_t *link, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_job_team_drop_link(db, job, link->name, p);

    return rv == APR_SUCCESS && link->group_id && job->worker->customers
               ? scim_sync_desk_end_dry(db, job->worker->jira.name, link->group_id, job->task.idp,
                                        job->task.subject, p)
               : rv;
}

/*
 * In dry run Jira is asked, and nothing else; when all is known that way, there is the plan. The
 * members of a group that would be made are planned as if it were there.
 */
static apr_status_t plan_dry(scim_sync_db_t *db, scim_sync_job_t *job,
                             const scim_sync_target_t *target, const scim_sync_team_t *team,
                             apr_array_header_t *steps, const scim_sync_outcome_t *one,
                             scim_sync_chain_t *chain, scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    int kept = 0;
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const scim_sync_step_t step = APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (scim_sync_step_reads(step.kind)) {
            APR_ARRAY_IDX(steps, kept++, scim_sync_step_t) = step;
        }
    }
    steps->nelts = kept;
    job->relinked |= team->name && !team->linked;
    scim_sync_chain_team(chain, team, scim_sync_job_team_learnt(job, target->name), p);
    if (!team->name && !team->doomed) {
        return leave_dry(db, job, target->link, p);
    }
    /* What is not known of the site's administrators is known soon: nothing is planned before. */
    if (one->verdict == SCIM_SYNC_RETRY) {
        join(outcome, one, p);
    }
    return add_errands(db, job, target, steps, p);
}

/* chain   of a dry run: what would be done is added to it; NULL: it isn't one */
static apr_status_t plan_target(scim_sync_db_t *db, scim_sync_job_t *job,
                                const scim_sync_standing_t *standing,
                                const scim_sync_target_t *target, scim_sync_chain_t *chain,
                                scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    const scim_sync_job_name_t *name =
        target->name ? scim_sync_job_team_name(job, target->name) : NULL;
    const scim_sync_learnt_t *learnt = scim_sync_job_team_learnt(job, target->name);
    apr_array_header_t *steps;
    scim_sync_outcome_t one;
    scim_sync_team_t team;
    apr_status_t rv;
    int goes_on;
    int news;

    rv = scim_sync_job_team_target(db, job, standing, target, &team, &news, p);
    if (rv == APR_SUCCESS && news) {
        rv = scim_sync_job_team_put_link(db, job, team.name, team.linked->group_id, p);
    }
    if (rv != APR_SUCCESS || (rv = refresh(db, job, target, p)) != APR_SUCCESS ||
        (rv = scim_sync_job_team_strangers(db, job, &team, 0, &goes_on, p)) != APR_SUCCESS) {
        return rv;
    }
    if (goes_on) {
        job->goes_on = 1;
        return APR_SUCCESS;
    }
    one = scim_sync_plan_team(&steps, &team, learnt, p);
    if (chain) {
        return plan_dry(db, job, target, &team, steps, &one, chain, outcome, p);
    }
    if ((rv = scim_sync_job_guard(db, job, NULL, NULL, steps, &one, p)) != APR_SUCCESS) {
        return rv;
    }
    join(outcome, &one, p);
    if (team.portal && (rv = scim_sync_job_team_empty(db, job, steps, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = add_errands(db, job, target, steps, p);
    if (rv == APR_SUCCESS && name && scim_sync_job_failed(&name->learnt, name->intended, &one)) {
        rv = scim_sync_job_team_drop_link(db, job, name->name, p);
    }
    if (rv == APR_SUCCESS && !target->name && steps->nelts == 0 && one.verdict == SCIM_SYNC_DONE) {
        rv = leave(db, job, standing, target->link, p);
    }
    return rv;
}

/*
 * Names that were not known when the job was made: what changed them has said since that the group
 * may differ, and the job of that will have them among its keys.
 */
static int is_overtaken(const scim_sync_job_t *job, const scim_sync_standing_t *standing)
{
    int i;

    for (i = 0; i < standing->keys->nelts; i++) {
        if (!scim_sync_list_holds(job->keys, APR_ARRAY_IDX(standing->keys, i, const char *))) {
            return 1;
        }
    }
    for (i = 0; i < standing->targets->nelts; i++) {
        const char *name = APR_ARRAY_IDX(standing->targets, i, scim_sync_target_t).name;

        if (name && !scim_sync_job_team_name(job, name)) {
            return 1;
        }
    }
    return 0;
}

/* Without a name that Jira can have. */
static void plan_unfit(scim_sync_job_t *job, const scim_sync_withheld_t *unfit,
                       scim_sync_chain_t *chain, scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    if (chain) {
        APR_ARRAY_PUSH(chain->withheld, scim_sync_withheld_t) = *unfit;
        job->chain = chain;
        return;
    }
    outcome->verdict = SCIM_SYNC_REFUSED;
    outcome->detail = apr_pstrcat(p, unfit->text, ": ", unfit->mend, NULL);
}

/* What is held of others that stand for the same groups may have nothing to take any more. */
static apr_status_t look_anew(scim_sync_db_t *db, const scim_sync_job_t *job,
                              const scim_sync_standing_t *standing, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < standing->targets->nelts; i++) {
        const scim_sync_link_t *link = APR_ARRAY_IDX(standing->targets, i, scim_sync_target_t).link;

        if (link && link->group_id) {
            rv = scim_sync_task_look_anew(db, job->worker->jira.name, link->group_id,
                                          job->task.subject, p);
        }
    }
    return rv;
}

static apr_status_t plan_desks(scim_sync_db_t *db, scim_sync_job_t *job,
                               const scim_sync_standing_t *standing, scim_sync_chain_t *chain,
                               scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    scim_sync_outcome_t one;
    apr_status_t rv;

    if (chain) {
        return scim_sync_job_desk_chain(db, job, standing, chain, p);
    }
    if ((rv = scim_sync_job_desk_plan(db, job, &one, p)) == APR_SUCCESS) {
        join(outcome, &one, p);
    }
    return rv;
}

apr_status_t scim_sync_job_team_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                     scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    scim_sync_chain_t *chain = NULL;
    scim_sync_standing_t standing;
    apr_status_t rv = scim_sync_job_team_load(db, job, &standing, p);
    int i;

    *outcome = (scim_sync_outcome_t) { .verdict = SCIM_SYNC_DONE };
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (scim_sync_job_is_dry(job)) {
        chain = apr_palloc(p, sizeof(*chain));
        scim_sync_chain_begin(chain, p);
    }
    if (standing.unfit) {
        plan_unfit(job, standing.unfit, chain, outcome, p);
        return APR_SUCCESS;
    }
    if (standing.wait || is_overtaken(job, &standing)) {
        outcome->verdict = SCIM_SYNC_RETRY;
        outcome->retry_ms = standing.wait ? WAIT_MS : 1;
        outcome->detail =
            standing.wait ? standing.wait : "the names of this group have just changed";
        return APR_SUCCESS;
    }
    job->relinked = 0;
    for (i = 0; rv == APR_SUCCESS && i < standing.targets->nelts; i++) {
        rv =
            plan_target(db, job, &standing, &APR_ARRAY_IDX(standing.targets, i, scim_sync_target_t),
                        chain, outcome, p);
    }
    if (rv == APR_SUCCESS && job->worker->customers) {
        rv = plan_desks(db, job, &standing, chain, outcome, p);
    }
    if (job->next->nelts == 0 && !job->goes_on && outcome->verdict == SCIM_SYNC_DONE) {
        job->chain = chain;
        rv = rv == APR_SUCCESS && !chain ? look_anew(db, job, &standing, p) : rv;
    }
    return rv == APR_SUCCESS ? scim_sync_job_team_tell(db, job, p) : rv;
}

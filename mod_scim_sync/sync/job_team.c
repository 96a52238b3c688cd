/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group at one site, by each of the names in Jira that it stands for: that the groups exist,
 * and which ones they are. Who is in them is the matter of each person's own task.
 */
#include "sync/job_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/drift.h"
#include "store/plan.h"
#include "store/told.h"
#include "sync/target.h"

/*
 * What is asked anew by itself when the rules, or what was told, change: no sooner than in an hour.
 */
#define WAIT_MS 3600000

static const char *rule_of(const scim_sync_job_t *job, const char *group_id, const char *name,
                           apr_pool_t *p)
{
    return scim_sync_protection_rule(&job->worker->protection, group_id, name, p);
}

/* ---- the job ---- */

scim_sync_job_name_t *scim_sync_job_team_name(const scim_sync_job_t *job, const char *name)
{
    int i;

    for (i = 0; i < job->names->nelts; i++) {
        scim_sync_job_name_t *known = APR_ARRAY_IDX(job->names, i, scim_sync_job_name_t *);

        if (!strcmp(known->name, name)) {
            return known;
        }
    }
    return NULL;
}

static void know_name(scim_sync_job_t *job, const scim_sync_target_t *target)
{
    scim_sync_job_name_t *name = apr_pcalloc(job->pool, sizeof(*name));

    name->name = target->name;
    name->intended = target->link && !target->link->group_id;
    name->learnt.refused = apr_array_make(job->pool, 1, sizeof(const char *));
    APR_ARRAY_PUSH(job->names, scim_sync_job_name_t *) = name;
}

/* All of it in the job's pool: the rules may be others when it goes on. */
apr_status_t scim_sync_job_team_make(scim_sync_db_t *db, scim_sync_job_t *job, apr_pool_t *p)
{
    scim_sync_standing_t standing;
    apr_status_t rv = scim_sync_job_team_load(db, job, &standing, p);
    int i;

    job->names = apr_array_make(job->pool, 1, sizeof(scim_sync_job_name_t *));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    job->name = apr_pstrdup(job->pool, standing.name);
    job->told_as = apr_pstrdup(job->pool, standing.told_as);
    job->keys = standing.keys;
    for (i = 0; i < standing.targets->nelts; i++) {
        scim_sync_target_t target = APR_ARRAY_IDX(standing.targets, i, scim_sync_target_t);

        if (target.name) {
            target.name = apr_pstrdup(job->pool, target.name);
            know_name(job, &target);
        }
    }
    return APR_SUCCESS;
}

const scim_sync_learnt_t *scim_sync_job_team_learnt(const scim_sync_job_t *job, const char *name)
{
    static const scim_sync_learnt_t nothing;
    const scim_sync_job_name_t *known = name ? scim_sync_job_team_name(job, name) : NULL;

    return known ? &known->learnt : &nothing;
}

apr_status_t scim_sync_job_team_tell(scim_sync_db_t *db, const scim_sync_job_t *job, apr_pool_t *p)
{
    return job->relinked ? scim_sync_task_add_members(db, job->task.idp, job->task.subject,
                                                      job->worker->jira.name, p)
                         : APR_SUCCESS;
}

/* ---- answers into held ---- */

/* Its name may be news: then by that it may be protected now, or not any more. */
static apr_status_t put_group(scim_sync_db_t *db, const scim_sync_job_t *job,
                              const scim_sync_jira_group_t *found, int ours, apr_pool_t *p)
{
    scim_sync_protection_t *protection = &job->worker->protection;
    scim_sync_held_group_t group = { .group_id = found->group_id,
                                     .name = found->name,
                                     .ours = ours };

    scim_sync_protection_hold(protection, group.group_id, NULL);
    group.protection = rule_of(job, group.group_id, group.name, p);
    scim_sync_protection_hold(protection, group.group_id, group.protection);
    return scim_sync_held_put_group(db, job->worker->jira.name, &group, p);
}

static apr_status_t put_link(scim_sync_db_t *db, scim_sync_job_t *job, const char *name,
                             const char *group_id, apr_pool_t *p)
{
    const scim_sync_link_t link = { .name = name, .group_id = group_id, .told_as = job->told_as };

    job->relinked |= group_id != NULL;
    return scim_sync_link_put(db, job->worker->jira.name, job->task.subject, &link, p);
}

static apr_status_t drop_link(scim_sync_db_t *db, const scim_sync_job_t *job, const char *name,
                              apr_pool_t *p)
{
    return scim_sync_link_drop(db, job->worker->jira.name, job->task.subject, name, p);
}

/*
 * What happened to one of its groups in Jira: people know it by its name there, if it has another.
 */
static apr_status_t tell(scim_sync_db_t *db, const scim_sync_job_t *job, const char *kind,
                         const char *group_id, const char *name, apr_pool_t *p)
{
    const char *detail =
        strcmp(name, job->name) ? apr_psprintf(p, "%s, called %s", group_id, name) : group_id;

    return scim_sync_job_event(db, job, kind, detail, p);
}

/* What IdPs in dry run have planned for a group of this name was planned without it. */
static apr_status_t renew_plans(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const scim_sync_worker_t *worker = e->job->worker;

    return scim_sync_rulebook_any_dry(worker->rulebook)
               ? scim_sync_plan_renew_groups(db, worker->jira.name, e->job->task.subject, p)
               : APR_SUCCESS;
}

/* The group is there: all of its members may differ now. */
static apr_status_t link_group(scim_sync_db_t *db, const scim_sync_errand_t *e, int ours,
                               apr_pool_t *p)
{
    apr_status_t rv;

    if ((rv = put_group(db, e->job, &e->group, ours, p)) != APR_SUCCESS ||
        (rv = put_link(db, e->job, e->name->name, e->group.group_id, p)) != APR_SUCCESS ||
        (rv = renew_plans(db, e, p)) != APR_SUCCESS) {
        return rv;
    }
    return tell(db, e->job, ours ? "jira.group.created" : "jira.group.found", e->group.group_id,
                e->group.name, p);
}

/* The group that a link stands for; *group_id NULL: none yet. */
static apr_status_t linked_to(scim_sync_db_t *db, const scim_sync_errand_t *e,
                              const char **group_id, apr_pool_t *p)
{
    const scim_sync_job_t *job = e->job;
    apr_array_header_t *links;
    apr_status_t rv;
    int i;

    *group_id = NULL;
    rv = scim_sync_link_list(db, &links, job->worker->jira.name, job->task.subject, p);
    for (i = 0; rv == APR_SUCCESS && i < links->nelts; i++) {
        const scim_sync_link_t *link = &APR_ARRAY_IDX(links, i, scim_sync_link_t);

        if (!strcmp(link->name, e->link)) {
            *group_id = link->group_id;
        }
    }
    return rv;
}

/* It is what the link stands for already: a person has renamed it in Jira, as the IdP did. */
static apr_status_t follow(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    apr_status_t rv = put_group(db, e->job, &e->group, 0, p);

    if (rv == APR_SUCCESS && strcmp(e->link, e->name->name) &&
        (rv = drop_link(db, e->job, e->link, p)) == APR_SUCCESS) {
        rv = put_link(db, e->job, e->name->name, e->group.group_id, p);
    }
    return rv;
}

static apr_status_t apply_found(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_learnt_t *learnt = &e->name->learnt;
    const char *group_id;
    const char *rule;
    apr_status_t rv;

    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        learnt->absent |= e->outcome.verdict == SCIM_SYNC_ABSENT;
        return APR_SUCCESS;
    }
    if ((rv = linked_to(db, e, &group_id, p)) != APR_SUCCESS) {
        return rv;
    }
    if (group_id && strcmp(group_id, e->group.group_id)) {
        learnt->foreign = 1;
        return APR_SUCCESS;
    }
    if (group_id) {
        return follow(db, e, p);
    }
    if ((rule = rule_of(e->job, e->group.group_id, e->group.name, p))) {
        learnt->guarded = apr_pstrdup(e->job->pool, rule);
        return APR_SUCCESS;
    }
    return link_group(db, e, e->name->intended || learnt->created, p);
}

/*
 * It was looked for after the creation was refused, and is not ours: so nothing is begun any more,
 * also when there is no answer to this.
 */
static apr_status_t apply_twin(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_learnt_t *learnt = &e->name->learnt;
    apr_pool_t *pool = e->job->pool;

    if (e->outcome.verdict == SCIM_SYNC_DONE) {
        learnt->twin = apr_pstrdup(pool, e->group.name);
    }
    else if (e->outcome.verdict == SCIM_SYNC_ABSENT) {
        learnt->beside = apr_pstrdup(pool, e->outcome.detail);
    }
    learnt->compared = 1;
    return e->name->intended ? APR_SUCCESS : drop_link(db, e->job, e->name->name, p);
}

static apr_status_t apply_created(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    if (e->outcome.verdict == SCIM_SYNC_DONE) {
        return link_group(db, e, 1, p);
    }
    return scim_sync_job_not_created(e, &e->name->learnt, e->name->intended)
               ? drop_link(db, e->job, e->name->name, p)
               : APR_SUCCESS;
}

static apr_status_t apply_deleted(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    scim_sync_held_group_t *group;
    apr_status_t rv;

    if (e->outcome.verdict != SCIM_SYNC_DONE ||
        (rv = scim_sync_held_group(db, &group, site, e->group_id, NULL, p)) != APR_SUCCESS ||
        (rv = scim_sync_held_forget_group(db, site, e->group_id, p)) != APR_SUCCESS) {
        return e->outcome.verdict != SCIM_SYNC_DONE ? APR_SUCCESS : rv;
    }
    return tell(db, e->job, "jira.group.deleted", e->group_id, group ? group->name : e->job->name,
                p);
}

apr_status_t scim_sync_job_team_apply(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                      apr_pool_t *p)
{
    switch (e->kind) {
    case SCIM_SYNC_FIND_GROUP:
        return apply_found(db, e, p);
    case SCIM_SYNC_FIND_TWIN:
        return apply_twin(db, e, p);
    case SCIM_SYNC_DELETE_GROUP:
        return apply_deleted(db, e, p);
    case SCIM_SYNC_REMOVE_MEMBER:
        return scim_sync_job_stranger_apply(db, e, p);
    default:
        return apply_created(db, e, p);
    }
}

/* ---- the next round ---- */

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
    *news = !rule_of(job, group->group_id, group->name, p);
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
    *team = (scim_sync_team_t) { .name = target->name, .protection = &job->worker->protection };
    if (link && link->group_id) {
        rv = scim_sync_held_group(db, &group, site, link->group_id, NULL, p);
        team->linked = group;
        team->product =
            apr_hash_get(job->worker->product_groups, link->group_id, APR_HASH_KEY_STRING) != NULL;
    }
    if (rv == APR_SUCCESS && team->linked && !team->name && standing->deletes) {
        rv = scim_sync_link_shared(db, &shared, site, link->group_id, job->task.subject, p);
        team->doomed = !shared;
    }
    /* In dry run nobody leaves it: as if they had. */
    if (rv == APR_SUCCESS && team->doomed && !scim_sync_job_is_dry(job)) {
        rv = scim_sync_held_filled(db, &team->filled, site, link->group_id, p);
    }
    return rv == APR_SUCCESS && team->name && !team->linked ? load_known(db, job, team, news, p)
                                                            : rv;
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
    apr_status_t rv = drop_link(db, job, link->name, p);

    if (rv != APR_SUCCESS || !link->group_id) {
        return rv;
    }
    job->relinked = 1;
    return standing->told ? tell(db, job, "jira.group.left", link->group_id, link->name, p)
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
        e->name = target->name ? scim_sync_job_team_name(job, target->name) : NULL;
        if (e->name) {
            e->link =
                target->link ? apr_pstrdup(job->next_round, target->link->name) : e->name->name;
        }
        if (step->kind == SCIM_SYNC_CREATE_GROUP) {
            rv = put_link(db, job, step->name, NULL, p);
        }
    }
    return rv;
}

/* What the task comes to, when its names come to different ends: the one that may still change. */
static int rank(scim_sync_verdict_t verdict)
{
    return verdict == SCIM_SYNC_DONE      ? 0
           : verdict == SCIM_SYNC_REFUSED ? 1
           : verdict == SCIM_SYNC_RETRY   ? 2
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
        return drop_link(db, job, target->link->name, p);
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
        rv = put_link(db, job, team.name, team.linked->group_id, p);
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
    rv = add_errands(db, job, target, steps, p);
    if (rv == APR_SUCCESS && name && scim_sync_job_failed(&name->learnt, name->intended, &one)) {
        rv = drop_link(db, job, name->name, p);
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
    if (job->next->nelts == 0 && !job->goes_on && outcome->verdict == SCIM_SYNC_DONE) {
        job->chain = chain;
        rv = rv == APR_SUCCESS && !chain ? look_anew(db, job, &standing, p) : rv;
    }
    return rv == APR_SUCCESS ? scim_sync_job_team_tell(db, job, p) : rv;
}

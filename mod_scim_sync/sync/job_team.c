/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group at one site: that it exists, and which one it is. Who is in it is the matter of each
 * person's own task.
 */
#include "sync/job_int.h"

#include <string.h>

#include <apr_strings.h>

#include "store/told.h"
#include "sync/authority.h"

static const char *rule_of(const scim_sync_job_t *job, const char *group_id, const char *name,
                           apr_pool_t *p)
{
    return scim_sync_protection_rule(&job->worker->protection, group_id, name, p);
}

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

/* The group is there: all of its members may differ now. */
static apr_status_t link_group(scim_sync_db_t *db, const scim_sync_errand_t *e, int ours,
                               apr_pool_t *p)
{
    const scim_sync_job_t *job = e->job;
    const char *site = job->worker->jira.name;
    apr_status_t rv;

    if ((rv = put_group(db, job, &e->group, ours, p)) != APR_SUCCESS ||
        (rv = scim_sync_held_put_link(db, site, job->task.subject, SCIM_SYNC_TASK_GROUP,
                                      e->group.group_id, p)) != APR_SUCCESS ||
        (rv = scim_sync_task_add_members(db, job->task.idp, job->task.subject, site, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    return scim_sync_job_event(db, job, ours ? "jira.group.created" : "jira.group.found",
                               e->group.group_id, p);
}

static apr_status_t apply_found(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_job_t *job = e->job;
    const char *site = job->worker->jira.name;
    const char *object;
    const char *rule;
    apr_status_t rv;
    int linked;

    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        job->learnt.absent |= e->outcome.verdict == SCIM_SYNC_ABSENT;
        return APR_SUCCESS;
    }
    if ((rv = scim_sync_held_link(db, &linked, &object, site, job->task.subject, p)) !=
        APR_SUCCESS) {
        return rv;
    }
    if (object && strcmp(object, e->group.group_id)) {
        job->learnt.foreign = 1;
        return APR_SUCCESS;
    }
    if (object) {
        return put_group(db, job, &e->group, 0, p);
    }
    if ((rule = rule_of(job, e->group.group_id, e->group.name, p))) {
        job->learnt.guarded = apr_pstrdup(job->pool, rule);
        return APR_SUCCESS;
    }
    return link_group(db, e, job->intended || job->learnt.created, p);
}

apr_status_t scim_sync_job_team_apply(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                      apr_pool_t *p)
{
    if (e->kind == SCIM_SYNC_FIND_GROUP) {
        return apply_found(db, e, p);
    }
    if (e->kind == SCIM_SYNC_REMOVE_MEMBER) {
        return scim_sync_job_stranger_apply(db, e, p);
    }
    if (e->outcome.verdict == SCIM_SYNC_DONE) {
        return link_group(db, e, 1, p);
    }
    return scim_sync_job_not_created(db, e, p);
}

/*
 * Another IdP's group of this name may stand for a Jira group already: then this one does too;
 * unless it is protected, or not known not to be.
 */
static apr_status_t load(scim_sync_db_t *db, const scim_sync_job_t *job, scim_sync_team_t *team,
                         apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    scim_sync_held_group_t *group = NULL;
    scim_sync_told_t *told;
    const char *object;
    apr_status_t rv;
    int linked;

    if ((rv = scim_sync_told_load(db, &told, site, job->task.subject, p)) != APR_SUCCESS ||
        (rv = scim_sync_held_link(db, &linked, &object, site, job->task.subject, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    team->protection = &job->worker->protection;
    team->name = told ? told->name : NULL;
    if (object || told) {
        rv = scim_sync_held_group(db, &group, site, object, team->name, p);
    }
    if (group && !object && team->protection->unread) {
        group = NULL;
    }
    if (rv == APR_SUCCESS && group && !object && !rule_of(job, group->group_id, group->name, p)) {
        rv = scim_sync_held_put_link(db, site, job->task.subject, SCIM_SYNC_TASK_GROUP,
                                     group->group_id, p);
        if (rv == APR_SUCCESS) {
            rv = scim_sync_task_add_members(db, job->task.idp, job->task.subject, site, p);
        }
    }
    team->linked = group;
    return rv;
}

apr_status_t scim_sync_job_team_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                     scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    scim_sync_team_t team;
    apr_array_header_t *steps;
    apr_status_t rv;
    int i;

    memset(&team, 0, sizeof(team));
    rv = load(db, job, &team, p);
    if (rv == APR_SUCCESS && team.linked) {
        rv = scim_sync_authority_strangers(db, job->worker, team.linked->group_id, &team.strangers,
                                           &team.unknown, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *outcome = scim_sync_plan_team(&steps, &team, &job->learnt, p);
    rv = scim_sync_job_guard(db, job, NULL, steps, outcome, p);
    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);
        scim_sync_errand_t *e = scim_sync_job_errand(job, step->kind);

        e->group_id = apr_pstrdup(job->next_round, step->group_id);
        e->account_id = apr_pstrdup(job->next_round, step->account_id);
        if (e->kind == SCIM_SYNC_CREATE_GROUP) {
            rv = scim_sync_held_intend(db, job->worker->jira.name, job->task.subject,
                                       SCIM_SYNC_TASK_GROUP, job->name, p);
        }
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_job_drop_intent(db, job, outcome, p);
    }
    if (rv == APR_SUCCESS && !team.name) {
        rv = scim_sync_held_drop_link(db, job->worker->jira.name, job->task.subject, p);
    }
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One group at one site, by each of the names in Jira that it stands for: that the groups exist,
 * and which ones they are. Who is in them is the matter of each person's own task.
 */
#include "sync/job_team.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/drift.h"
#include "store/plan.h"
#include "store/told.h"

const char *scim_sync_job_team_rule(const scim_sync_job_t *job, const char *group_id,
                                    const char *name, apr_pool_t *p)
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
    if (job->worker->customers &&
        (rv = scim_sync_job_desk_keys(db, job, standing.keys, p)) != APR_SUCCESS) {
        return rv;
    }
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
apr_status_t scim_sync_job_team_put_group(scim_sync_db_t *db, const scim_sync_job_t *job,
                                          const scim_sync_jira_group_t *found, int ours,
                                          apr_pool_t *p)
{
    scim_sync_protection_t *protection = &job->worker->protection;
    scim_sync_held_group_t group = { .group_id = found->group_id,
                                     .name = found->name,
                                     .ours = ours };

    scim_sync_protection_hold(protection, group.group_id, NULL);
    group.protection = scim_sync_job_team_rule(job, group.group_id, group.name, p);
    scim_sync_protection_hold(protection, group.group_id, group.protection);
    return scim_sync_held_put_group(db, job->worker->jira.name, &group, p);
}

apr_status_t scim_sync_job_team_put_link(scim_sync_db_t *db, scim_sync_job_t *job, const char *name,
                                         const char *group_id, apr_pool_t *p)
{
    const scim_sync_link_t link = { .name = name, .group_id = group_id, .told_as = job->told_as };

    job->relinked |= group_id != NULL;
    return scim_sync_link_put(db, job->worker->jira.name, job->task.subject, &link, p);
}

apr_status_t scim_sync_job_team_drop_link(scim_sync_db_t *db, const scim_sync_job_t *job,
                                          const char *name, apr_pool_t *p)
{
    return scim_sync_link_drop(db, job->worker->jira.name, job->task.subject, name, p);
}

/*
 * What happened to one of its groups in Jira: people know it by its name there, if it has another.
 */
apr_status_t scim_sync_job_team_event(scim_sync_db_t *db, const scim_sync_job_t *job,
                                      const char *kind, const char *group_id, const char *name,
                                      apr_pool_t *p)
{
    const char *detail =
        strcmp(name, job->name) ? apr_psprintf(p, "%s, called %s", group_id, name) : group_id;

    return scim_sync_job_event(db, job, kind, detail, p);
}

/* What IdPs in dry run have planned for a group of this name was planned without it. */
static apr_status_t renew_plans(scim_sync_db_t *db, const scim_sync_job_t *job, apr_pool_t *p)
{
    const scim_sync_worker_t *worker = job->worker;

    return scim_sync_rulebook_any_dry(worker->rulebook)
               ? scim_sync_plan_renew_groups(db, worker->jira.name, job->task.subject, p)
               : APR_SUCCESS;
}

apr_status_t scim_sync_job_team_stand(scim_sync_db_t *db, scim_sync_job_t *job,
                                      const scim_sync_job_name_t *name,
                                      const scim_sync_jira_group_t *group, int ours, apr_pool_t *p)
{
    apr_status_t rv;

    if ((rv = scim_sync_job_team_put_link(db, job, name->name, group->group_id, p)) !=
            APR_SUCCESS ||
        (rv = renew_plans(db, job, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_job_team_event(db, job, ours ? "jira.group.created" : "jira.group.found",
                                    group->group_id, group->name, p);
}

static apr_status_t link_group(scim_sync_db_t *db, const scim_sync_errand_t *e, int ours,
                               apr_pool_t *p)
{
    apr_status_t rv = scim_sync_job_team_put_group(db, e->job, &e->group, ours, p);

    return rv == APR_SUCCESS ? scim_sync_job_team_stand(db, e->job, e->name, &e->group, ours, p)
                             : rv;
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
    apr_status_t rv = scim_sync_job_team_put_group(db, e->job, &e->group, 0, p);

    if (rv == APR_SUCCESS && strcmp(e->link, e->name->name) &&
        (rv = scim_sync_job_team_drop_link(db, e->job, e->link, p)) == APR_SUCCESS) {
        rv = scim_sync_job_team_put_link(db, e->job, e->name->name, e->group.group_id, p);
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
    if ((rule = scim_sync_job_team_rule(e->job, e->group.group_id, e->group.name, p))) {
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
    return e->name->intended ? APR_SUCCESS
                             : scim_sync_job_team_drop_link(db, e->job, e->name->name, p);
}

static apr_status_t apply_created(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    if (e->outcome.verdict == SCIM_SYNC_DONE) {
        return link_group(db, e, 1, p);
    }
    return scim_sync_job_not_created(e, &e->name->learnt, e->name->intended)
               ? scim_sync_job_team_drop_link(db, e->job, e->name->name, p)
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
    return scim_sync_job_team_event(db, e->job, "jira.group.deleted", e->group_id,
                                    group ? group->name : e->job->name, p);
}

apr_status_t scim_sync_job_team_apply(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                      apr_pool_t *p)
{
    if (e->job->worker->customers) {
        return scim_sync_job_team_portal(db, e, p);
    }
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

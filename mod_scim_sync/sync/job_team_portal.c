/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Jira says of the portals that a group stands for. Who is in a portal when something stands
 * for it first is theirs, so that this is read before the link is made: page by page, each written
 * down in its turn. When it is broken off it begins again; what is on record stays as it is.
 */
#include "sync/job_team.h"

#include <string.h>

#include <apr_strings.h>

#include "store/desk.h"
#include "store/drift.h"
#include "store/portal.h"
#include "sync/authority.h"
#include "sync/portal_call.h"

static apr_status_t link_portal(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                const scim_sync_jira_group_t *group, apr_pool_t *p)
{
    scim_sync_learnt_t *learnt = &e->name->learnt;

    learnt->portal = NULL;
    learnt->start = 0;
    return scim_sync_job_team_stand(db, e->job, e->name, group, 0, p);
}

static void note_refusal(const scim_sync_errand_t *e)
{
    scim_sync_learnt_t *learnt = &e->name->learnt;

    learnt->answer = e->outcome;
    learnt->answer.detail = apr_pstrdup(e->job->pool, e->outcome.detail);
}

/* Jira names it, and says that there is none: asking again and again would not end. */
static void give_up(scim_sync_job_t *job, const char *name)
{
    job->trouble =
        (scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY,
                                .detail = apr_psprintf(job->pool,
                                                       "Jira shows %s, and says that it has no "
                                                       "such thing when its members are asked for",
                                                       name) };
}

/* Found by a project's key, or by an organization's name, which made it if there was none. */
static apr_status_t apply_found(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_learnt_t *learnt = &e->name->learnt;
    scim_sync_job_t *job = e->job;
    const char *rule;
    apr_status_t rv;
    int read;

    learnt->absent = e->outcome.verdict == SCIM_SYNC_ABSENT;
    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        return APR_SUCCESS;
    }
    if ((rule = scim_sync_job_team_rule(job, e->group.group_id, e->group.name, p))) {
        learnt->guarded = apr_pstrdup(job->pool, rule);
        return APR_SUCCESS;
    }
    if (learnt->lost && !strcmp(learnt->lost, e->group.group_id)) {
        give_up(job, e->group.name);
        return APR_SUCCESS;
    }
    if ((rv = scim_sync_job_team_put_group(db, job, &e->group, 0, p)) != APR_SUCCESS ||
        (rv = scim_sync_desk_members_read(db, &read, job->worker->jira.name, e->group.group_id,
                                          p)) != APR_SUCCESS) {
        return rv;
    }
    if (read) {
        return link_portal(db, e, &e->group, p);
    }
    learnt->portal = apr_pstrdup(job->pool, e->group.group_id);
    learnt->start = 0;
    return APR_SUCCESS;
}

/* ---- who is in it ---- */

/*
 * Others who stand for it may have read it to its end meanwhile, and filled it: then who is in it
 * without being on record is nobody's of before us.
 */
static apr_status_t keep_page(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    int read;
    apr_status_t rv = scim_sync_desk_members_read(db, &read, site, e->group_id, p);

    return rv == APR_SUCCESS && !read
               ? scim_sync_desk_note_members(db, site, e->group_id,
                                             scim_sync_portal_ids(e->page.accounts, 0, p), p)
               : rv;
}

static apr_status_t end_reading(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    scim_sync_held_group_t *held;
    apr_status_t rv = scim_sync_held_group(db, &held, site, e->group_id, NULL, p);

    if (rv == APR_SUCCESS) {
        rv = scim_sync_desk_put_members_read(db, site, e->group_id, p);
    }
    if (rv != APR_SUCCESS || !held) {
        e->name->learnt.portal = NULL;
        return rv;
    }
    return link_portal(db, e,
                       &(scim_sync_jira_group_t) { .group_id = held->group_id, .name = held->name },
                       p);
}

static apr_status_t lose(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_learnt_t *learnt = &e->name->learnt;

    learnt->lost = apr_pstrdup(e->job->pool, e->group_id);
    learnt->portal = NULL;
    learnt->start = 0;
    return scim_sync_job_team_gone(db, e->job, e->group_id, p);
}

static apr_status_t apply_members(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    apr_status_t rv;

    if (e->outcome.verdict == SCIM_SYNC_ABSENT) {
        return lose(db, e, p);
    }
    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        return APR_SUCCESS;
    }
    if (e->page.count == 0 && !e->page.last) {
        scim_sync_job_team_stuck(e->job, e->group_id);
        return APR_SUCCESS;
    }
    e->name->learnt.start = e->start + e->page.count;
    rv = keep_page(db, e, p);
    return rv == APR_SUCCESS && e->page.last ? end_reading(db, e, p) : rv;
}

apr_status_t scim_sync_job_team_portal(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                       apr_pool_t *p)
{
    if (e->kind != SCIM_SYNC_FIND_GROUP && e->kind != SCIM_SYNC_CREATE_GROUP &&
        e->kind != SCIM_SYNC_READ_MEMBERS) {
        return scim_sync_job_desk_apply(db, e, p);
    }
    if (e->outcome.verdict == SCIM_SYNC_REFUSED) {
        note_refusal(e);
        return APR_SUCCESS;
    }
    return e->kind == SCIM_SYNC_READ_MEMBERS ? apply_members(db, e, p) : apply_found(db, e, p);
}

/* ---- a portal that is no more, or says nothing ---- */

apr_status_t scim_sync_job_team_gone(scim_sync_db_t *db, const scim_sync_job_t *job,
                                     const char *portal, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    scim_sync_held_group_t *held;
    apr_status_t rv = scim_sync_held_group(db, &held, site, portal, NULL, p);

    if (rv != APR_SUCCESS || !held ||
        (rv = scim_sync_task_add_linked(db, site, portal, p)) != APR_SUCCESS ||
        (rv = scim_sync_held_forget_group(db, site, portal, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_job_team_event(db, job, "jira.group.gone", portal, held->name, p);
}

void scim_sync_job_team_stuck(scim_sync_job_t *job, const char *portal)
{
    job->trouble =
        (scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY,
                                .detail = apr_psprintf(job->pool,
                                                       "Jira shows an empty page of %s, and says "
                                                       "that there are more",
                                                       portal) };
}

/* ---- who leaves it by the rules ---- */

apr_status_t scim_sync_job_team_empty(scim_sync_db_t *db, scim_sync_job_t *job,
                                      apr_array_header_t *steps, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    const char *portal = NULL;
    apr_status_t rv = APR_SUCCESS;
    int queued = 0;
    int kept = 0;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        const scim_sync_step_t step = APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (step.kind != SCIM_SYNC_REMOVE_MEMBER) {
            APR_ARRAY_IDX(steps, kept++, scim_sync_step_t) = step;
            continue;
        }
        portal = step.group_id;
        queued++;
        rv = scim_sync_portal_part(db, site, portal, step.account_id, SCIM_SYNC_HELD_THEIRS, p);
    }
    steps->nelts = kept;
    /* There may be more than were looked at. */
    return rv == APR_SUCCESS && queued >= SCIM_SYNC_STRANGERS_AT_ONCE
               ? scim_sync_task_add_linked(db, site, portal, p)
               : rv;
}

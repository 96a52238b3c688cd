/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Organizations on desks: a group that stands for both has each of the organizations put on each of
 * the desks, so that members of these get into the portals; when nothing asks for that any more,
 * what we put there is taken off. What a desk had before is read first, and is theirs.
 */
#include "sync/job_team.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/desk.h"
#include "store/portal.h"

/* Taken off by one job at most; others find the rest. */
#define OFF_MAX 50

/* ---- what is to be done ---- */

static const char *key_of(const scim_sync_job_t *job, const scim_sync_held_group_t *group,
                          apr_pool_t *p)
{
    return scim_sync_job_key(job, scim_sync_fold(group->name, p), p);
}

/* Both portals of a pair; one is NULL if it isn't held. */
static apr_status_t ends_of(scim_sync_db_t *db, const scim_sync_job_t *job,
                            const scim_sync_desk_pair_t *pair, scim_sync_held_group_t **desk,
                            scim_sync_held_group_t **organization, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    apr_status_t rv = scim_sync_held_group(db, desk, site, pair->desk, NULL, p);

    return rv == APR_SUCCESS
               ? scim_sync_held_group(db, organization, site, pair->organization, NULL, p)
               : rv;
}

apr_status_t scim_sync_job_desk_keys(scim_sync_db_t *db, const scim_sync_job_t *job,
                                     apr_array_header_t *keys, apr_pool_t *p)
{
    scim_sync_held_group_t *desk;
    scim_sync_held_group_t *organization;
    apr_array_header_t *off;
    apr_status_t rv;
    int i;

    if (scim_sync_job_is_dry(job)) {
        return APR_SUCCESS;
    }
    rv = scim_sync_desk_unwanted(db, &off, job->worker->jira.name, NULL, OFF_MAX, p);
    for (i = 0; rv == APR_SUCCESS && i < off->nelts; i++) {
        const scim_sync_desk_pair_t *pair = &APR_ARRAY_IDX(off, i, scim_sync_desk_pair_t);

        rv = ends_of(db, job, pair, &desk, &organization, p);
        if (rv == APR_SUCCESS && desk && organization) {
            APR_ARRAY_PUSH(keys, const char *) = key_of(job, desk, p);
            APR_ARRAY_PUSH(keys, const char *) = key_of(job, organization, p);
        }
    }
    return rv;
}

/*
 * Only if no job that may put it there runs beside: such a one has one of the keys, by the names of
 * what it stands for.
 */
static apr_status_t may_take_off(scim_sync_db_t *db, const scim_sync_job_t *job,
                                 const scim_sync_desk_pair_t *pair, int *may, apr_pool_t *p)
{
    scim_sync_held_group_t *desk;
    scim_sync_held_group_t *organization;
    apr_status_t rv = ends_of(db, job, pair, &desk, &organization, p);

    *may = rv == APR_SUCCESS && desk && organization &&
           scim_sync_list_holds(job->keys, key_of(job, desk, p)) &&
           scim_sync_list_holds(job->keys, key_of(job, organization, p));
    return rv;
}

apr_status_t scim_sync_job_desk_pairs(scim_sync_db_t *db, const scim_sync_job_t *job,
                                      apr_array_header_t **pairs, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    const char *subject = job->task.subject;
    int dry = scim_sync_job_is_dry(job);
    apr_array_header_t *off;
    apr_status_t rv;
    int may = 1;
    int i;

    if ((rv = scim_sync_desk_wanted(db, pairs, site, subject, p)) != APR_SUCCESS ||
        (rv = scim_sync_desk_unwanted(db, &off, site, dry ? subject : NULL, OFF_MAX, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < off->nelts; i++) {
        const scim_sync_desk_pair_t *pair = &APR_ARRAY_IDX(off, i, scim_sync_desk_pair_t);

        rv = dry ? APR_SUCCESS : may_take_off(db, job, pair, &may, p);
        if (rv == APR_SUCCESS && may) {
            APR_ARRAY_PUSH(*pairs, scim_sync_desk_pair_t) = *pair;
        }
    }
    return rv;
}

/* ---- the next round ---- */

static const scim_sync_desk_pair_t *pair_of(const apr_array_header_t *pairs, const char *desk,
                                            const char *organization)
{
    int i;

    for (i = 0; desk && organization && i < pairs->nelts; i++) {
        const scim_sync_desk_pair_t *pair = &APR_ARRAY_IDX(pairs, i, scim_sync_desk_pair_t);

        if (!strcmp(pair->desk, desk) && !strcmp(pair->organization, organization)) {
            return pair;
        }
    }
    return NULL;
}

static apr_status_t add_errand(scim_sync_db_t *db, scim_sync_job_t *job,
                               const scim_sync_step_t *step, const char *was, apr_pool_t *p)
{
    const scim_sync_desk_pair_t pair = { .desk = step->group_id,
                                         .organization = step->organization_id };
    scim_sync_errand_t *e = scim_sync_job_errand(job, step->kind);

    e->group_id = apr_pstrdup(job->next_round, step->group_id);
    e->start = step->start;
    if (step->kind == SCIM_SYNC_READ_ORGANIZATIONS) {
        return APR_SUCCESS;
    }
    e->organization_id =
        apr_pstrdup(job->next_round, scim_sync_portal_object(step->organization_id));
    e->was = apr_pstrdup(job->next_round, was);
    return scim_sync_desk_put(db, job->worker->jira.name, &pair,
                              step->kind == SCIM_SYNC_JOIN_ORGANIZATION ? SCIM_SYNC_HELD_ADDING
                                                                        : SCIM_SYNC_HELD_REMOVING,
                              p);
}

apr_status_t scim_sync_job_desk_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                     scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    apr_array_header_t *pairs;
    apr_array_header_t *steps;
    apr_status_t rv = scim_sync_job_desk_pairs(db, job, &pairs, p);
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *outcome = scim_sync_plan_desks(&steps, pairs, &job->desks, p);
    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);
        const scim_sync_desk_pair_t *pair = pair_of(pairs, step->group_id, step->organization_id);

        rv = add_errand(db, job, step, pair ? pair->state : NULL, p);
    }
    return rv;
}

/* ---- what would be done ---- */

/* Something is in the way of that name. */
static int is_withheld(const scim_sync_chain_t *chain, const char *name)
{
    int i;

    for (i = 0; i < chain->withheld->nelts; i++) {
        const char *one = scim_sync_chain_unmade(
            APR_ARRAY_IDX(chain->withheld, i, scim_sync_withheld_t).group_id);

        if (one && !strcmp(one, name)) {
            return 1;
        }
    }
    return 0;
}

static const char *portal_of(const scim_sync_target_t *target)
{
    return target->link ? target->link->group_id : NULL;
}

/* One that it wants, whether the two are linked yet or not. */
static void add_joining(scim_sync_chain_t *chain, const apr_array_header_t *pairs,
                        const scim_sync_target_t *desk, const scim_sync_target_t *organization)
{
    const scim_sync_desk_pair_t *pair = pair_of(pairs, portal_of(desk), portal_of(organization));

    if ((pair && pair->state &&
         (!strcmp(pair->state, SCIM_SYNC_HELD_OURS) ||
          !strcmp(pair->state, SCIM_SYNC_HELD_THEIRS))) ||
        is_withheld(chain, desk->name) || is_withheld(chain, organization->name)) {
        return;
    }
    APR_ARRAY_PUSH(chain->steps, scim_sync_chain_step_t) = (scim_sync_chain_step_t) {
        .kind = SCIM_SYNC_JOIN_ORGANIZATION,
        .group_id = portal_of(desk),
        .group = desk->name,
        .organization = organization->name,
        .unless = pair && pair->read ? NULL : "it is there already",
    };
}

static apr_status_t add_parting(scim_sync_db_t *db, const scim_sync_job_t *job,
                                scim_sync_chain_t *chain, const scim_sync_desk_pair_t *pair,
                                apr_pool_t *p)
{
    scim_sync_held_group_t *desk;
    scim_sync_held_group_t *organization;
    apr_status_t rv = ends_of(db, job, pair, &desk, &organization, p);

    if (rv == APR_SUCCESS && desk && organization) {
        APR_ARRAY_PUSH(chain->steps, scim_sync_chain_step_t) =
            (scim_sync_chain_step_t) { .kind = SCIM_SYNC_PART_ORGANIZATION,
                                       .group_id = desk->group_id,
                                       .group = desk->name,
                                       .organization = organization->name };
    }
    return rv;
}

apr_status_t scim_sync_job_desk_chain(scim_sync_db_t *db, const scim_sync_job_t *job,
                                      const scim_sync_standing_t *standing,
                                      scim_sync_chain_t *chain, apr_pool_t *p)
{
    const apr_array_header_t *targets = standing->targets;
    apr_array_header_t *pairs;
    apr_status_t rv = scim_sync_job_desk_pairs(db, job, &pairs, p);
    int i;
    int j;

    for (i = 0; rv == APR_SUCCESS && i < targets->nelts; i++) {
        const scim_sync_target_t *desk = &APR_ARRAY_IDX(targets, i, scim_sync_target_t);

        for (j = 0; desk->name && scim_sync_portal_is_project(desk->name) && j < targets->nelts;
             j++) {
            const scim_sync_target_t *other = &APR_ARRAY_IDX(targets, j, scim_sync_target_t);

            if (other->name && !scim_sync_portal_is_project(other->name)) {
                add_joining(chain, pairs, desk, other);
            }
        }
    }
    for (i = 0; rv == APR_SUCCESS && i < pairs->nelts; i++) {
        const scim_sync_desk_pair_t *pair = &APR_ARRAY_IDX(pairs, i, scim_sync_desk_pair_t);

        rv = pair->wanted ? APR_SUCCESS : add_parting(db, job, chain, pair, p);
    }
    return rv;
}

/* ---- answers ---- */

/* organization "": of the desk as a whole. */
static void note_refusal(const scim_sync_errand_t *e, const char *organization)
{
    scim_sync_desks_t *desks = &e->job->desks;
    apr_pool_t *p = e->job->pool;

    APR_ARRAY_PUSH(desks->refused, scim_sync_desk_pair_t) =
        (scim_sync_desk_pair_t) { .desk = apr_pstrdup(p, e->group_id),
                                  .organization = apr_pstrdup(p, organization) };
    desks->refusal = e->outcome;
    desks->refusal.detail = apr_pstrdup(p, e->outcome.detail);
}

static scim_sync_desk_page_t *page_of(const scim_sync_desks_t *desks, const char *desk)
{
    int i;

    for (i = 0; i < desks->pages->nelts; i++) {
        scim_sync_desk_page_t *page = &APR_ARRAY_IDX(desks->pages, i, scim_sync_desk_page_t);

        if (!strcmp(page->desk, desk)) {
            return page;
        }
    }
    return NULL;
}

static void note_page(const scim_sync_errand_t *e)
{
    scim_sync_desks_t *desks = &e->job->desks;
    scim_sync_desk_page_t *page = page_of(desks, e->group_id);

    if (!page) {
        page = apr_array_push(desks->pages);
        page->desk = apr_pstrdup(e->job->pool, e->group_id);
    }
    page->start = e->last ? 0 : e->start + e->organizations->nelts;
}

static apr_status_t apply_organizations(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                        apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    apr_array_header_t *ids = apr_array_make(p, 8, sizeof(const char *));
    apr_status_t rv;
    int i;

    if (e->outcome.verdict == SCIM_SYNC_ABSENT) {
        return scim_sync_job_team_gone(db, e->job, e->group_id, p);
    }
    if (e->outcome.verdict == SCIM_SYNC_REFUSED) {
        note_refusal(e, "");
    }
    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        return APR_SUCCESS;
    }
    if (e->organizations->nelts == 0 && !e->last) {
        scim_sync_job_team_stuck(e->job, e->group_id);
        return APR_SUCCESS;
    }
    for (i = 0; i < e->organizations->nelts; i++) {
        APR_ARRAY_PUSH(ids, const char *) = apr_pstrcat(
            p, SCIM_SYNC_PORTAL_ORGANIZATION,
            APR_ARRAY_IDX(e->organizations, i, scim_sync_jira_organization_t).organization_id,
            NULL);
    }
    note_page(e);
    rv = scim_sync_desk_note_organizations(db, site, e->group_id, ids, p);
    return rv == APR_SUCCESS && e->last
               ? scim_sync_desk_put_organizations_read(db, site, e->group_id, 1, p)
               : rv;
}

static apr_status_t tell(scim_sync_db_t *db, const scim_sync_errand_t *e,
                         const scim_sync_desk_pair_t *pair, apr_pool_t *p)
{
    int join = e->kind == SCIM_SYNC_JOIN_ORGANIZATION;
    scim_sync_held_group_t *desk;
    scim_sync_held_group_t *organization;
    apr_status_t rv = ends_of(db, e->job, pair, &desk, &organization, p);

    return rv == APR_SUCCESS
               ? scim_sync_job_event(
                     db, e->job, join ? "jira.organization.added" : "jira.organization.removed",
                     apr_psprintf(p, "%s %s %s",
                                  organization ? organization->name : pair->organization,
                                  join ? "to" : "from", desk ? desk->name : pair->desk),
                     p)
               : rv;
}

/*
 * Jira does not say which of the two it has no more: the desk is read anew, and if it is there it is
 * the organization.
 */
static apr_status_t lose(scim_sync_db_t *db, const scim_sync_errand_t *e,
                         const scim_sync_desk_pair_t *pair, apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;

    if (!page_of(&e->job->desks, e->group_id)) {
        return scim_sync_desk_put_organizations_read(db, site, e->group_id, 0, p);
    }
    note_refusal(e, pair->organization);
    return scim_sync_job_team_gone(db, e->job, pair->organization, p);
}

static apr_status_t apply_pair(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    const scim_sync_desk_pair_t pair = {
        .desk = e->group_id,
        .organization = apr_pstrcat(p, SCIM_SYNC_PORTAL_ORGANIZATION, e->organization_id, NULL)
    };
    int join = e->kind == SCIM_SYNC_JOIN_ORGANIZATION;
    apr_status_t rv;

    if (e->outcome.verdict == SCIM_SYNC_DONE) {
        rv = scim_sync_desk_put(db, site, &pair, join ? SCIM_SYNC_HELD_OURS : NULL, p);
        return rv == APR_SUCCESS ? tell(db, e, &pair, p) : rv;
    }
    if (e->outcome.verdict != SCIM_SYNC_REFUSED) {
        return APR_SUCCESS;
    }
    rv = scim_sync_desk_put(db, site, &pair, e->was, p);
    if (rv != APR_SUCCESS || (join && e->outcome.status == 404)) {
        return rv == APR_SUCCESS ? lose(db, e, &pair, p) : rv;
    }
    note_refusal(e, pair.organization);
    return APR_SUCCESS;
}

apr_status_t scim_sync_job_desk_apply(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                      apr_pool_t *p)
{
    return e->kind == SCIM_SYNC_READ_ORGANIZATIONS ? apply_organizations(db, e, p)
                                                   : apply_pair(db, e, p);
}

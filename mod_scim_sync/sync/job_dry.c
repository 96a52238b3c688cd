/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dry runs: what a person's job would do, and which of its ends are its own IdP's; and what a job
 * leaves alone beside another IdP that is in dry run, or paused.
 */
#include "sync/job_int.h"

#include <string.h>

#include "base/text.h"
#include "store/link.h"
#include "store/plan.h"
#include "sync/guard.h"

int scim_sync_job_is_dry(const scim_sync_job_t *job)
{
    return scim_sync_rulebook_is_dry(job->worker->rulebook, job->task.idp);
}

/* What the job has learnt by looking: of a person, or of each of a group's names. */
static apr_array_header_t *known_by(const scim_sync_job_t *job, apr_pool_t *p)
{
    apr_array_header_t *known = apr_array_make(p, 1, sizeof(scim_sync_chain_known_t));
    int i;

    if (!job->names) {
        APR_ARRAY_PUSH(known, scim_sync_chain_known_t) =
            (scim_sync_chain_known_t) { "", &job->learnt };
    }
    for (i = 0; job->names && i < job->names->nelts; i++) {
        const scim_sync_job_name_t *name = APR_ARRAY_IDX(job->names, i, scim_sync_job_name_t *);

        APR_ARRAY_PUSH(known, scim_sync_chain_known_t) =
            (scim_sync_chain_known_t) { name->name, &name->learnt };
    }
    return known;
}

apr_status_t scim_sync_job_keep_plan(scim_sync_db_t *db, const scim_sync_job_t *job, apr_pool_t *p)
{
    const scim_sync_chain_t *chain = job->chain;

    if (chain->steps->nelts == 0 && chain->withheld->nelts == 0) {
        return scim_sync_job_done(db, job, p);
    }
    return scim_sync_plan_put(db, &job->task, scim_sync_chain_text(chain, known_by(job, p), p),
                              scim_sync_chain_counts(chain, p), p);
}

/* ---- why a person is wanted in groups ---- */

/* One of the names in Jira that a told group stands for. */
static apr_status_t add_grant(scim_sync_db_t *db, const scim_sync_job_t *job,
                              apr_array_header_t *grants, scim_sync_grant_t grant,
                              const apr_array_header_t *links, apr_pool_t *p)
{
    scim_sync_held_group_t *group = NULL;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < links->nelts && !grant.group_id; i++) {
        const scim_sync_link_t *link = &APR_ARRAY_IDX(links, i, scim_sync_link_t);

        grant.group_id = !strcmp(link->name, grant.name) ? link->group_id : NULL;
    }
    /* Another group may stand for it already. */
    if (!grant.group_id) {
        rv = scim_sync_held_group(db, &group, job->worker->jira.name, NULL, grant.name, p);
        grant.group_id = group ? group->group_id : NULL;
    }
    APR_ARRAY_PUSH(grants, scim_sync_grant_t) = grant;
    return rv;
}

static apr_status_t add_grants(scim_sync_db_t *db, const scim_sync_job_t *job,
                               apr_array_header_t *grants, const scim_sync_grant_t *like,
                               const apr_array_header_t *names, const char *resource, apr_pool_t *p)
{
    apr_array_header_t *links;
    apr_status_t rv = scim_sync_link_list(db, &links, job->worker->jira.name, resource, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < names->nelts; i++) {
        scim_sync_grant_t grant = *like;

        grant.name = APR_ARRAY_IDX(names, i, const char *);
        rv = add_grant(db, job, grants, grant, links, p);
    }
    return rv;
}

static apr_status_t add_claimed(scim_sync_db_t *db, const scim_sync_job_t *job,
                                apr_array_header_t *grants, const scim_sync_claim_t *claim,
                                apr_pool_t *p)
{
    const scim_sync_rules_t *rules = claim->rules;
    scim_sync_grant_t like = { .idp = claim->told->idp };
    apr_array_header_t *above;
    apr_status_t rv = scim_sync_told_above(db, &above, claim->told->id, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < above->nelts; i++) {
        const scim_sync_told_above_t *told = &APR_ARRAY_IDX(above, i, scim_sync_told_above_t);
        scim_sync_rules_group_t group = scim_sync_rules_group(rules, told->name, p);

        like.told = told->name;
        like.why = group.reason;
        rv = add_grants(db, job, grants, &like, group.names, told->id, p);
    }
    like.told = NULL;
    like.why =
        (scim_sync_rule_reason_t) { .rule = "users.defaultGroups",
                                    .why = "everybody of this identity provider is in them" };
    return rv == APR_SUCCESS ? add_grants(db, job, grants, &like, rules->users.default_groups,
                                          scim_sync_link_default(like.idp, p), p)
                             : rv;
}

apr_status_t scim_sync_job_grants(scim_sync_db_t *db, const scim_sync_job_t *job,
                                  const apr_array_header_t *claims, apr_array_header_t **grants,
                                  apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    *grants = apr_array_make(p, 4, sizeof(scim_sync_grant_t));
    for (i = 0; rv == APR_SUCCESS && i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);

        if (claim->wants) {
            rv = add_claimed(db, job, *grants, claim, p);
        }
    }
    return rv;
}

/* The ids of those that are known, none twice; the names of the others, unless unmade is NULL. */
static void split_grants(const apr_array_header_t *grants, apr_array_header_t *ids,
                         apr_array_header_t *unmade)
{
    int i;

    for (i = 0; i < grants->nelts; i++) {
        const scim_sync_grant_t *grant = &APR_ARRAY_IDX(grants, i, scim_sync_grant_t);
        apr_array_header_t *list = grant->group_id ? ids : unmade;
        const char *text = grant->group_id ? grant->group_id : grant->name;

        if (list && !scim_sync_list_holds(list, text)) {
            APR_ARRAY_PUSH(list, const char *) = text;
        }
    }
}

/* ---- beside an IdP that is paused, or in dry run ---- */

/*
 * What a paused one has ended is not known before its task is worked on: nothing is taken till
 * then.
 */
static apr_status_t keep_all(scim_sync_db_t *db, const scim_sync_job_t *job,
                             scim_sync_person_t *person, apr_array_header_t *groups, apr_pool_t *p)
{
    apr_status_t rv;
    int waits;
    int i;

    rv = scim_sync_plan_paused(db, &waits, job->worker->jira.name, person->account->account_id,
                               job->task.idp, p);
    for (i = 0; rv == APR_SUCCESS && waits && i < person->members->nelts; i++) {
        const char *id = APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t).group_id;

        if (!scim_sync_list_holds(groups, id)) {
            APR_ARRAY_PUSH(groups, const char *) = id;
        }
    }
    person->kept |= rv == APR_SUCCESS && waits && !person->wanted;
    return rv;
}

apr_status_t scim_sync_job_person_kept(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       scim_sync_person_t *person, apr_array_header_t *groups,
                                       scim_sync_stands_t *stands, apr_pool_t *p)
{
    apr_array_header_t *grants;
    apr_array_header_t *plans;
    apr_status_t rv;
    int i;

    stands->pending = 0;
    if (person->account && scim_sync_rulebook_any_paused(job->worker->rulebook) &&
        (rv = keep_all(db, job, person, groups, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!scim_sync_rulebook_any_dry(job->worker->rulebook) || !person->account) {
        return APR_SUCCESS;
    }
    if ((rv = scim_sync_job_grants(db, job, stands->kept_claims, &grants, p)) != APR_SUCCESS ||
        (rv = scim_sync_plan_others(db, &plans, &stands->pending, job->worker->jira.name,
                                    person->account->account_id, job->task.idp, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    split_grants(grants, groups, NULL);
    for (i = 0; i < plans->nelts; i++) {
        const char *plan = APR_ARRAY_IDX(plans, i, const char *);

        person->kept |= scim_sync_chain_removals(groups, plan, p) && !person->wanted;
    }
    return APR_SUCCESS;
}

/* ---- the plan ---- */

apr_status_t scim_sync_job_person_chain(scim_sync_db_t *db, const scim_sync_job_t *job,
                                        scim_sync_chain_t *chain, const scim_sync_person_t *person,
                                        const scim_sync_stands_t *stands, apr_pool_t *p)
{
    apr_array_header_t *theirs = apr_array_make(p, 1, sizeof(const char *));
    apr_array_header_t *unmade = apr_array_make(p, 2, sizeof(const char *));
    apr_array_header_t *groups = apr_array_copy(p, person->groups);
    apr_array_header_t *grants;
    scim_sync_person_t whole = *person;
    apr_status_t rv = scim_sync_job_grants(db, job, stands->claims, &grants, p);

    if (rv == APR_SUCCESS && person->account) {
        rv = scim_sync_held_theirs(db, &theirs, job->worker->jira.name, person->account->account_id,
                                   p);
    }
    if (rv == APR_SUCCESS) {
        split_grants(grants, groups, unmade);
        whole.groups = groups;
        scim_sync_chain_person(chain, &whole, &job->learnt, unmade, theirs, p);
    }
    return rv;
}

apr_status_t scim_sync_job_person_claim(scim_sync_db_t *db, const scim_sync_job_t *job,
                                        const scim_sync_chain_t *chain,
                                        const scim_sync_person_t *person, apr_pool_t *p)
{
    apr_array_header_t *before = apr_array_make(p, 2, sizeof(const char *));
    const char *site = job->worker->jira.name;
    scim_sync_task_t *task;
    apr_status_t rv;
    const char *plan;
    int disputed;
    int i;

    if (!person->account) {
        return APR_SUCCESS;
    }
    if ((rv = scim_sync_plan_disputed(db, &disputed, site, person->account->account_id, p)) ||
        (rv = scim_sync_plan_task(db, &task, &plan, site, job->task.subject, p))) {
        return rv;
    }
    if (plan) {
        scim_sync_chain_removals(before, plan, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < chain->steps->nelts; i++) {
        scim_sync_chain_step_t *step = &APR_ARRAY_IDX(chain->steps, i, scim_sync_chain_step_t);

        if (scim_sync_guard_kind(step->kind, 0) == SCIM_SYNC_GUARD_NONE) {
            continue;
        }
        step->claimed =
            !disputed || (step->group_id && scim_sync_list_holds(before, step->group_id));
        if (!step->claimed && step->group_id) {
            rv = scim_sync_plan_dry_group(db, &step->claimed, site, step->group_id, p);
        }
    }
    return rv;
}

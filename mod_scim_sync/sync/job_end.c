/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a job's run ends, and what becomes of its task; with what the guard holds of it.
 */
#include "sync/job_int.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/backoff.h"
#include "store/guard.h"
#include "sync/guard.h"

/* ---- what is held, for people ---- */

/* So many of what a plan would take are named. */
#define NAMED 10

/* A group that came with an account may be known by its product alone. */
static apr_status_t name_group(scim_sync_db_t *db, const scim_sync_job_t *job, const char *group_id,
                               const char **name, apr_pool_t *p)
{
    const scim_sync_worker_t *worker = job->worker;
    scim_sync_held_group_t *group = NULL;
    apr_status_t rv = scim_sync_held_group(db, &group, worker->jira.name, group_id, NULL, p);

    *name =
        group ? group->name : apr_hash_get(worker->product_groups, group_id, APR_HASH_KEY_STRING);
    *name = *name && **name ? *name : group_id;
    return rv;
}

static apr_status_t name_member(scim_sync_db_t *db, const scim_sync_job_t *job,
                                const scim_sync_step_t *step, const char **text, apr_pool_t *p)
{
    const char *group;
    const char *who;
    apr_status_t rv;

    if ((rv = name_group(db, job, step->group_id, &group, p)) != APR_SUCCESS ||
        (rv = scim_sync_held_who(db, &who, job->worker->jira.name, step->group_id, step->account_id,
                                 p)) != APR_SUCCESS) {
        return rv;
    }
    *text = apr_psprintf(p, "%s in %s", who, group);
    return APR_SUCCESS;
}

static apr_status_t name_taken(scim_sync_db_t *db, const scim_sync_job_t *job,
                               const scim_sync_step_t *step, const char **text, apr_pool_t *p)
{
    switch (step->kind) {
    case SCIM_SYNC_REMOVE_MEMBER:
        return step->account_id ? name_member(db, job, step, text, p)
                                : name_group(db, job, step->group_id, text, p);
    case SCIM_SYNC_DELETE_ACCOUNT:
        *text = "the account itself";
        return APR_SUCCESS;
    case SCIM_SYNC_DELETE_GROUP:
        *text = "the group itself";
        return APR_SUCCESS;
    case SCIM_SYNC_REVOKE_ACCOUNT:
        *text = "the access of the account to all portals";
        return APR_SUCCESS;
    default:
        *text = "the account, which would be suspended";
        return APR_SUCCESS;
    }
}

/* Added to a list of texts; number is how many there are. */
static apr_status_t name_more(scim_sync_db_t *db, scim_sync_job_t *job, const char **list,
                              const scim_sync_step_t *step, int number, apr_pool_t *p)
{
    const char *text = "more";
    apr_status_t rv = APR_SUCCESS;

    if (number < NAMED) {
        rv = name_taken(db, job, step, &text, p);
    }
    if (rv == APR_SUCCESS && number <= NAMED) {
        *list = *list ? apr_pstrcat(job->next_round, *list, ", ", text, NULL)
                      : apr_pstrdup(job->next_round, text);
    }
    return rv;
}

/* What a step takes, as decisions have it; NULL: the account itself. */
static const char *id_of(const scim_sync_step_t *step, apr_pool_t *p)
{
    return step->kind == SCIM_SYNC_REMOVE_MEMBER && step->account_id
               ? apr_pstrcat(p, step->group_id, "/", step->account_id, NULL)
               : step->group_id;
}

int scim_sync_job_takes(const scim_sync_step_t *step, int leaving, const char *ids, int among,
                        apr_pool_t *p)
{
    return scim_sync_guard_kind(step->kind, leaving) != SCIM_SYNC_GUARD_NONE &&
           scim_sync_task_covers(ids, id_of(step, p), p) == among;
}

/* Out of the steps, and into the list of texts: what is among the ids, or is not. */
static apr_status_t take_out(scim_sync_db_t *db, scim_sync_job_t *job, apr_array_header_t *steps,
                             int leaving, const char *ids, int among, const char **list,
                             apr_array_header_t *out, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int kept = 0;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        const scim_sync_step_t step = APR_ARRAY_IDX(steps, i, scim_sync_step_t);
        const char *id;

        if (!scim_sync_job_takes(&step, leaving, ids, among, p)) {
            APR_ARRAY_IDX(steps, kept++, scim_sync_step_t) = step;
            continue;
        }
        rv = name_more(db, job, list, &step, out->nelts, p);
        id = id_of(&step, p);
        APR_ARRAY_PUSH(out, const char *) =
            id ? apr_pstrcat(p, " ", id, " ", NULL) : SCIM_SYNC_TASK_SPARES_ALL;
    }
    steps->nelts = kept;
    return rv;
}

apr_status_t scim_sync_job_hold(scim_sync_db_t *db, scim_sync_job_t *job, apr_array_header_t *steps,
                                int leaving, const char *ids, int among, apr_pool_t *p)
{
    apr_array_header_t *out = apr_array_make(p, 8, sizeof(const char *));
    apr_status_t rv = take_out(db, job, steps, leaving, ids, among, &job->takes, out, p);

    if (rv == APR_SUCCESS && out->nelts > 0) {
        job->spared = apr_pstrcat(job->next_round, job->spared ? job->spared : "",
                                  apr_array_pstrcat(p, out, 0), NULL);
    }
    return rv;
}

apr_status_t scim_sync_job_keep(scim_sync_db_t *db, scim_sync_job_t *job, apr_array_header_t *steps,
                                int leaving, const scim_sync_decision_t *decision,
                                scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    apr_array_header_t *out = apr_array_make(p, 8, sizeof(const char *));
    apr_status_t rv = take_out(db, job, steps, leaving, decision->kept, 1, &job->keeps, out, p);

    if (rv == APR_SUCCESS && out->nelts > 0) {
        job->kept =
            decision->own
                ? apr_pstrdup(job->next_round, decision->words)
                : apr_psprintf(job->next_round, "task %" APR_INT64_T_FMT " of the same %s is %s",
                               decision->beside,
                               scim_sync_job_is_person(job) ? "person" : "group in Jira",
                               decision->words);
        if (outcome->verdict == SCIM_SYNC_DONE) {
            outcome->verdict = SCIM_SYNC_GUARDED;
        }
    }
    return rv;
}

/* ---- the end ---- */

/* A grace period ends at its time; what waits for Jira does not all come at once. */
static apr_int64_t delay_of(const scim_sync_job_t *job, const scim_sync_outcome_t *outcome)
{
    return outcome->status == 0 && outcome->retry_ms > 0
               ? outcome->retry_ms
               : scim_sync_backoff(job->task.attempts + 1, outcome->retry_ms,
                                   (apr_uint32_t)random());
}

/* The count that held it holds it no more. */
static apr_status_t let_go(scim_sync_db_t *db, const scim_sync_job_t *job, apr_pool_t *p)
{
    return job->task.guard ? scim_sync_guard_settle(db, job->worker->jira.name, "provisioner", p)
                           : APR_SUCCESS;
}

apr_status_t scim_sync_job_done(scim_sync_db_t *db, const scim_sync_job_t *job, apr_pool_t *p)
{
    const scim_sync_task_t *task = &job->task;
    apr_status_t rv;
    int again;

    rv = scim_sync_task_done(db, task, &again, p);
    if (rv != APR_SUCCESS || again || (!task->guard && !task->discarded)) {
        return rv;
    }
    rv = scim_sync_job_event(db, job, "task.ended",
                             task->discarded
                                 ? apr_pstrcat(p,
                                               "there is nothing to take away any more of what "
                                               "was ",
                                               task->discarded, NULL)
                                 : "there is nothing to take away any more of what the guard held",
                             p);
    return rv == APR_SUCCESS ? let_go(db, job, p) : rv;
}

static int differ(const char *a, const char *b)
{
    return !a || !b || strcmp(a, b) != 0;
}

static apr_status_t park(scim_sync_db_t *db, const scim_sync_job_t *job,
                         const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    apr_status_t rv;

    /* A call that failed says nothing about what was held or discarded before. */
    if (job->trouble.verdict != SCIM_SYNC_DONE) {
        rv = scim_sync_task_fail(db, &job->task, outcome, p);
    }
    else if ((rv = scim_sync_task_park(db, &job->task, outcome, p)) == APR_SUCCESS) {
        rv = let_go(db, job, p);
    }
    return rv == APR_SUCCESS && differ(job->said, outcome->detail)
               ? scim_sync_job_event(db, job, "task.failed", outcome->detail, p)
               : rv;
}

/*
 * A part of it is held or discarded, and so it was written down: what else there is to do waits, or
 * has failed, which is said once.
 */
static apr_status_t end_rest(scim_sync_db_t *db, const scim_sync_job_t *job,
                             const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    apr_status_t rv;

    switch (outcome->verdict) {
    case SCIM_SYNC_RETRY:
    case SCIM_SYNC_DENIED:
        return scim_sync_task_delay(db, &job->task, delay_of(job, outcome), outcome, p);
    case SCIM_SYNC_REFUSED:
        rv = scim_sync_task_fail(db, &job->task, outcome, p);
        return rv == APR_SUCCESS && differ(job->task.detail, outcome->detail)
                   ? scim_sync_job_event(db, job, "task.failed", outcome->detail, p)
                   : rv;
    default:
        return APR_SUCCESS;
    }
}

/* What it is about was discarded. Of another's task that is news, once. */
static apr_status_t keep(scim_sync_db_t *db, const scim_sync_job_t *job,
                         const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    const scim_sync_task_t *task = &job->task;
    const char *keeps = scim_sync_task_keeps(task, job->kept, job->keeps, p);
    int news = !task->discarded && (!task->detail || strncmp(task->detail, keeps, strlen(keeps)));
    scim_sync_outcome_t rest = *outcome;
    apr_status_t rv;

    rest.detail = outcome->detail ? apr_pstrcat(p, keeps, "; and: ", outcome->detail, NULL) : keeps;
    if ((rv = scim_sync_task_keep(db, task, job->keeps, rest.detail, p)) != APR_SUCCESS ||
        (rv = end_rest(db, job, &rest, p)) != APR_SUCCESS ||
        (rv = let_go(db, job, p)) != APR_SUCCESS) {
        return rv;
    }
    return news ? scim_sync_job_event(db, job, "task.held", keeps, p) : APR_SUCCESS;
}

/* Said once, not each time that it is looked at anew. */
static apr_status_t hold(scim_sync_db_t *db, const scim_sync_job_t *job,
                         const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    const scim_sync_task_t *task = &job->task;
    int news = differ(task->guard, job->guard_kind) || differ(task->guard_idp, job->guard_idp);
    apr_status_t rv;

    if ((rv = scim_sync_task_hold(db, task, job->guard_idp, job->guard_kind, job->takes,
                                  job->spared, outcome, p)) != APR_SUCCESS ||
        (rv = end_rest(db, job, outcome, p)) != APR_SUCCESS || !news ||
        (rv = let_go(db, job, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_job_event(db, job, "task.held", outcome->detail, p);
}

static apr_status_t end_well(scim_sync_db_t *db, const scim_sync_job_t *job,
                             const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    const char *kind = !scim_sync_job_is_person(job) ? "jira.group.kept"
                       : job->missing                ? "jira.account.skipped"
                                                     : "jira.account.protected";
    apr_status_t rv = scim_sync_job_done(db, job, p);

    return rv == APR_SUCCESS && outcome->detail
               ? scim_sync_job_event(db, job, kind, outcome->detail, p)
               : rv;
}

apr_status_t scim_sync_job_finish(scim_sync_db_t *db, const scim_sync_job_t *job,
                                  const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    if (job->spared || job->kept) {
        return job->spared ? hold(db, job, outcome, p) : keep(db, job, outcome, p);
    }
    switch (outcome->verdict) {
    case SCIM_SYNC_RETRY:
    case SCIM_SYNC_DENIED:
        return scim_sync_task_delay(db, &job->task, delay_of(job, outcome), outcome, p);
    case SCIM_SYNC_REFUSED:
        return park(db, job, outcome, p);
    default:
        return end_well(db, job, outcome, p);
    }
}

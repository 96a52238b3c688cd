/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is queued for one portal: answers into held, and the next round. What an answer has taught
 * is written beside what was learnt before it, which a transaction that is repeated begins from.
 */
#include "store/portal.h"
#include "sync/job_int.h"
#include "sync/portal_call.h"

#include <string.h>

#include <apr_strings.h>

#define BAD_REQUEST           400
#define NOT_FOUND             404
#define INTERNAL_SERVER_ERROR 500

int scim_sync_job_is_portal(const scim_sync_job_t *job)
{
    return !strcmp(job->task.kind, SCIM_SYNC_TASK_PORTAL);
}

static scim_sync_portal_half_t *half_of(const scim_sync_errand_t *e)
{
    return e->removes ? &e->job->portal.remove : &e->job->portal.add;
}

static int is_desk_removal(const scim_sync_errand_t *e)
{
    return e->removes && scim_sync_portal_is_desk(e->group_id);
}

/* ---- people ---- */

/* An event of each user who stands for the account. */
static apr_status_t tell_of(scim_sync_db_t *db, const scim_sync_errand_t *e, const char *account_id,
                            const char *kind, const char *detail, apr_pool_t *p)
{
    const scim_sync_job_t *job = e->job;
    apr_array_header_t *people;
    apr_status_t rv;
    int i;

    rv = scim_sync_portal_people(db, &people, job->worker->jira.name, account_id, p);
    for (i = 0; rv == APR_SUCCESS && i < people->nelts; i++) {
        const scim_sync_portal_person_t *person =
            &APR_ARRAY_IDX(people, i, scim_sync_portal_person_t);
        const scim_sync_event_t event = {
            .kind = kind,
            .actor = "provisioner",
            .idp = person->idp,
            .site = job->worker->jira.name,
            .subject = person->resource,
            .name = person->name,
            .detail = detail,
            .about = SCIM_SYNC_EVENT_PERSON,
            .email = person->email,
            .group = job->name,
        };

        rv = scim_sync_event_add(db, &event, p);
    }
    return rv;
}

/* The tasks of whoever was taken out have waited for that (sync/job_customer.c). */
static apr_status_t let_end(scim_sync_db_t *db, const char *site, const char *account_id,
                            apr_pool_t *p)
{
    apr_status_t rv = scim_sync_task_hurry_account(db, site, account_id, p);

    return rv == APR_SUCCESS
               ? scim_sync_task_unpark_linked(db, site, SCIM_SYNC_TASK_USER, account_id, p)
               : rv;
}

static apr_status_t settle(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const scim_sync_job_t *job = e->job;
    apr_status_t rv = APR_SUCCESS;
    int settled;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < e->account_ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(e->account_ids, i, const char *);

        rv = scim_sync_portal_settle(db, job->worker->jira.name, e->group_id, id, e->removes,
                                     &settled, p);
        if (rv == APR_SUCCESS && settled) {
            rv = tell_of(db, e, id, e->removes ? "jira.member.removed" : "jira.member.added",
                         job->name, p);
        }
        if (rv == APR_SUCCESS && e->removes) {
            rv = let_end(db, job->worker->jira.name, id, p);
        }
    }
    return rv;
}

/* Whoever stands for it is looked for anew; who is not found, or not taken, says so alone. */
static apr_status_t lose(scim_sync_db_t *db, const scim_sync_errand_t *e, const char *account_id,
                         apr_pool_t *p)
{
    const scim_sync_outcome_t *words = &half_of(e)->words;
    const char *site = e->job->worker->jira.name;
    const scim_sync_outcome_t anew = {
        .verdict = SCIM_SYNC_RETRY,
        .status = words->status,
        .retry_ms = SCIM_SYNC_PORTAL_ANEW_MS,
        .detail = apr_pstrcat(p, "Jira does not know the account ", account_id,
                              " any more, so that it is looked for anew: ", words->detail, NULL)
    };
    apr_status_t rv = scim_sync_task_tell_people(db, site, account_id, &anew, p);

    return rv == APR_SUCCESS ? scim_sync_held_forget_account(db, site, account_id, p) : rv;
}

/* That a repetition is refused says nothing of what it repeats. */
#define DOUBT                                                                                      \
    "; whether the person is in it is not known, since a call before this one was not answered: "  \
    "compare Jira (sites/.../reconcile), which shows it"

static apr_status_t give_up(scim_sync_db_t *db, const scim_sync_errand_t *e, const char *account_id,
                            apr_pool_t *p)
{
    const scim_sync_outcome_t *words = &half_of(e)->words;
    const scim_sync_job_t *job = e->job;
    const char *site = job->worker->jira.name;
    int doubted = scim_sync_portal_doubts(half_of(e), account_id);
    const scim_sync_outcome_t refused = {
        .verdict = SCIM_SYNC_REFUSED,
        .status = words->status,
        .detail =
            apr_pstrcat(p, "Jira refuses to ", e->removes ? "remove" : "add",
                        " this person alone, of all who were to be, ", e->removes ? "from " : "to ",
                        job->name, ": ", words->detail, doubted ? DOUBT : "", NULL)
    };
    apr_status_t rv;
    int given_up;

    rv = scim_sync_portal_give_up(db, site, e->group_id, account_id, e->removes, doubted, &given_up,
                                  p);
    if (rv != APR_SUCCESS || !given_up ||
        (rv = scim_sync_task_tell_people(db, site, account_id, &refused, p))) {
        return rv;
    }
    return tell_of(db, e, account_id, "task.failed", refused.detail, p);
}

/* ---- answers into held ---- */

/* A desk that lets somebody go is not open any more. */
static apr_status_t settle_all(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    apr_status_t rv = settle(db, e, p);

    return rv == APR_SUCCESS && is_desk_removal(e)
               ? scim_sync_portal_put_open(db, e->job->worker->jira.name, e->group_id, NULL, p)
               : rv;
}

/* fate is of one account, but for SETTLED. */
static apr_status_t conclude(scim_sync_db_t *db, const scim_sync_errand_t *e,
                             scim_sync_portal_fate_t fate, const char *account_id, apr_pool_t *p)
{
    switch (fate) {
    case SCIM_SYNC_PORTAL_SETTLED:
        return settle_all(db, e, p);
    case SCIM_SYNC_PORTAL_UNKNOWN:
        return lose(db, e, account_id, p);
    case SCIM_SYNC_PORTAL_REFUSED:
        return give_up(db, e, account_id, p);
    case SCIM_SYNC_PORTAL_QUEUED:
        break;
    }
    return APR_SUCCESS;
}

/*
 * Jira has turned the call away, and done nothing of it. Of a bad one it may have done a part; and
 * what is tried again otherwise than for haste is no word of Jira's, or no last one.
 */
static int was_turned_away(const scim_sync_outcome_t *answer)
{
    return answer->status == SCIM_SYNC_TOO_MANY ||
           (answer->verdict != SCIM_SYNC_RETRY && answer->status > BAD_REQUEST &&
            answer->status < INTERNAL_SERVER_ERROR);
}

/* Meanwhile a guard may have held somebody for what turns out to be nothing. */
static apr_status_t unsend(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < e->sent_first->nelts; i++) {
        const char *id = APR_ARRAY_IDX(e->sent_first, i, const char *);

        rv = scim_sync_portal_unsend(db, site, e->group_id, id, e->removes, p);
        if (rv == APR_SUCCESS && !e->removes) {
            rv = scim_sync_task_look_anew(db, site, id, "", p);
        }
    }
    return rv;
}

/* What stands for a portal that is gone is looked at anew: there may be another one. */
static apr_status_t apply_batch(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_job_t *job = e->job;
    scim_sync_portal_fate_t fate =
        scim_sync_portal_answered(half_of(e), is_desk_removal(e), e->account_ids, e->sent_first,
                                  &e->outcome, e->open, job->pool);
    apr_status_t rv = conclude(db, e, fate, APR_ARRAY_IDX(e->account_ids, 0, const char *), p);

    if (rv == APR_SUCCESS && was_turned_away(&e->outcome)) {
        rv = unsend(db, e, p);
    }
    if (rv == APR_SUCCESS && e->outcome.verdict == SCIM_SYNC_REFUSED &&
        e->outcome.status == NOT_FOUND) {
        rv = scim_sync_task_add_linked(db, job->worker->jira.name, e->group_id, p);
    }
    return rv;
}

/*
 * A token whose owner may not see people still finds out, by smaller and smaller batches. Who
 * is to be added and was deactivated, or removed from the site, is looked for anew as if unknown:
 * the person's own job has better words for that.
 */
static apr_status_t apply_shown(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_portal_half_t *half = half_of(e);
    scim_sync_verdict_t verdict = e->outcome.verdict;
    const apr_array_header_t *shown = NULL;
    scim_sync_portal_fate_t fate;

    if (verdict == SCIM_SYNC_RETRY || verdict == SCIM_SYNC_DENIED) {
        half->stopped = e->outcome;
        half->stopped.detail = apr_pstrdup(e->job->pool, e->outcome.detail);
        return APR_SUCCESS;
    }
    if (verdict == SCIM_SYNC_DONE) {
        shown = scim_sync_portal_ids(e->page.accounts, !e->removes, p);
    }
    fate = scim_sync_portal_shown(half, is_desk_removal(e), shown, e->job->pool);
    return conclude(db, e, fate, APR_ARRAY_IDX(e->account_ids, 0, const char *), p);
}

/* Nobody has to be taken out of what is gone; Jira says so to the call that would do it. */
static apr_status_t apply_portal(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_job_t *job = e->job;
    scim_sync_outcome_t outcome = e->outcome;

    outcome.detail = apr_pstrdup(job->pool, e->outcome.detail);
    job->portal.looked = 1;
    if (outcome.verdict == SCIM_SYNC_DONE) {
        job->portal.managed = e->managed;
        return APR_SUCCESS;
    }
    if (outcome.verdict == SCIM_SYNC_ABSENT) {
        outcome.verdict = SCIM_SYNC_REFUSED;
        job->portal.add.stopped = outcome;
        return scim_sync_task_add_linked(db, job->worker->jira.name, e->group_id, p);
    }
    job->portal.add.stopped = job->portal.remove.stopped = outcome;
    return APR_SUCCESS;
}

apr_status_t scim_sync_job_queue_apply(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                       apr_pool_t *p)
{
    switch (e->kind) {
    case SCIM_SYNC_READ_PORTAL:
        return apply_portal(db, e, p);
    case SCIM_SYNC_READ_ACCOUNTS:
        return apply_shown(db, e, p);
    default:
        return apply_batch(db, e, p);
    }
}

/* ---- the next round ---- */

static apr_status_t load(scim_sync_db_t *db, const scim_sync_job_t *job, scim_sync_portal_t *portal,
                         apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    const char *id = job->task.subject;
    scim_sync_portal_state_t state;
    apr_status_t rv;

    if ((rv = scim_sync_portal_load(db, &state, site, id, p)) != APR_SUCCESS ||
        (rv = scim_sync_portal_line(db, &portal->adding, site, id, 0,
                                    scim_sync_portal_most(&job->portal.add), p)) != APR_SUCCESS ||
        (rv = scim_sync_portal_line(db, &portal->removing, site, id, 1,
                                    scim_sync_portal_most(&job->portal.remove), p)) !=
            APR_SUCCESS ||
        (rv = scim_sync_portal_relinked(db, &portal->relinked, site, id, p)) != APR_SUCCESS) {
        return rv;
    }
    /* What has met a failure is told of first; that may be why they are looked at. */
    portal->relinked &= job->portal.add.stopped.verdict == SCIM_SYNC_DONE &&
                        job->portal.remove.stopped.verdict == SCIM_SYNC_DONE;
    if (!portal->relinked &&
        ((rv = scim_sync_job_portal_sift(db, job, &portal->adding, 0, p)) != APR_SUCCESS ||
         (rv = scim_sync_job_portal_sift(db, job, &portal->removing, 1, p)) != APR_SUCCESS)) {
        return rv;
    }
    portal->name = job->name;
    portal->desk = scim_sync_portal_is_desk(id);
    portal->open = state.open;
    portal->told = state.told;
    return scim_sync_task_more_come(db, &portal->more_come, site, p);
}

/* Said once, until Jira has removed somebody: what waits for it since says nothing new. */
static apr_status_t note_open(scim_sync_db_t *db, const scim_sync_job_t *job,
                              scim_sync_portal_t *portal, apr_pool_t *p)
{
    apr_status_t rv;

    if (portal->open || !scim_sync_portal_shows_open(portal, &job->portal)) {
        return APR_SUCCESS;
    }
    portal->open = job->portal.remove.words.detail;
    rv = scim_sync_portal_put_open(db, job->worker->jira.name, job->task.subject, portal->open, p);
    return rv == APR_SUCCESS && !portal->told
               ? scim_sync_job_event(db, job, "portal.open", portal->open, p)
               : rv;
}

/* From now on it is not known whether Jira has it, until that says so. */
static apr_status_t mark_sent(scim_sync_db_t *db, scim_sync_errand_t *e, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int first;
    int i;

    e->sent_first = apr_array_make(e->job->next_round, e->account_ids->nelts, sizeof(const char *));
    for (i = 0; rv == APR_SUCCESS && i < e->account_ids->nelts; i++) {
        const char *id = APR_ARRAY_IDX(e->account_ids, i, const char *);

        rv = scim_sync_portal_send(db, e->job->worker->jira.name, e->group_id, id, e->removes,
                                   &first, p);
        if (rv == APR_SUCCESS && first) {
            APR_ARRAY_PUSH(e->sent_first, const char *) = id;
        }
    }
    return rv;
}

static apr_status_t add_errand(scim_sync_db_t *db, scim_sync_job_t *job,
                               const scim_sync_portal_step_t *step, apr_pool_t *p)
{
    scim_sync_errand_t *e = scim_sync_job_errand(job, step->kind);
    apr_array_header_t *ids;
    int i;

    e->group_id = job->task.subject;
    e->removes = step->removes;
    if (!step->accounts) {
        return APR_SUCCESS;
    }
    ids = apr_array_make(job->next_round, step->accounts->nelts, sizeof(const char *));
    for (i = 0; i < step->accounts->nelts; i++) {
        APR_ARRAY_PUSH(ids, const char *) =
            apr_pstrdup(job->next_round, APR_ARRAY_IDX(step->accounts, i, const char *));
    }
    e->account_ids = ids;
    return step->kind == SCIM_SYNC_READ_ACCOUNTS ? APR_SUCCESS : mark_sent(db, e, p);
}

apr_status_t scim_sync_job_queue_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                      scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    scim_sync_portal_t portal;
    apr_array_header_t *steps;
    apr_status_t rv;
    int i;

    if ((rv = load(db, job, &portal, p)) != APR_SUCCESS ||
        (rv = note_open(db, job, &portal, p)) != APR_SUCCESS) {
        return rv;
    }
    *outcome = scim_sync_plan_portal(&steps, &portal, &job->portal, p);
    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        rv = add_errand(db, job, &APR_ARRAY_IDX(steps, i, scim_sync_portal_step_t), p);
    }
    job->said = portal.open              ? apr_pstrdup(job->next_round, portal.open)
                : job->task.attempts > 0 ? job->task.detail
                                         : NULL;
    return rv == APR_SUCCESS && steps->nelts == 0 && outcome->verdict == SCIM_SYNC_REFUSED
               ? scim_sync_task_hurry_line(db, job->worker->jira.name, job->task.subject, p)
               : rv;
}

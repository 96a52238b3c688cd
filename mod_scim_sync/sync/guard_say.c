/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/guard_say.h"

#include <string.h>

#include "base/text.h"
#include "store/guard.h"
#include "sync/team_claims.h"

typedef struct {
    scim_sync_db_t *db;
    const scim_sync_job_t *job;
    apr_array_header_t *says;
    apr_array_header_t *reasons; /* scim_sync_guard_beside_t: other IdPs' news */
    apr_pool_t *p;
} hearing_t;

/* Its guard; NULL: none, for it says nothing here: it is no more, or has stopped. */
static const scim_sync_rules_guard_t *guard_of(const hearing_t *h, const char *idp)
{
    const scim_sync_rulebook_t *book = h->job->worker->rulebook;

    return scim_sync_rulebook_is_still(book, idp) ? NULL : scim_sync_rulebook_guard(book, idp);
}

static scim_sync_guard_say_t *say_of(const hearing_t *h, const char *idp)
{
    int i;

    for (i = 0; i < h->says->nelts; i++) {
        scim_sync_guard_say_t *say = &APR_ARRAY_IDX(h->says, i, scim_sync_guard_say_t);

        if (!strcmp(say->idp, idp)) {
            return say;
        }
    }
    return NULL;
}

/* group_id   NULL: a say in all */
static void add_say(const hearing_t *h, const char *idp, const char *subject, const char *group_id)
{
    scim_sync_guard_say_t *say = say_of(h, idp);

    if (!say) {
        say = &APR_ARRAY_PUSH(h->says, scim_sync_guard_say_t);
        *say = (scim_sync_guard_say_t) { .idp = idp, .subject = subject };
        say->groups = group_id ? apr_array_make(h->p, 2, sizeof(const char *)) : NULL;
    }
    if (!group_id) {
        say->groups = NULL;
    }
    else if (say->groups && !scim_sync_list_holds(say->groups, group_id)) {
        APR_ARRAY_PUSH(say->groups, const char *) = group_id;
    }
}

/* An IdP whose news of the person may be why something is taken. */
static void add_reason(hearing_t *h, const char *idp, const char *subject, int ended)
{
    APR_ARRAY_PUSH(h->reasons, scim_sync_guard_beside_t) =
        (scim_sync_guard_beside_t) { .idp = idp, .subject = subject, .ended = ended };
}

/* What is told besides and not done may be the reason. */
static apr_status_t hear_tasks(hearing_t *h, const char *account_id)
{
    const scim_sync_job_t *job = h->job;
    apr_array_header_t *tasks;
    apr_status_t rv;

    rv = scim_sync_guard_beside(h->db, &tasks, job->worker->jira.name, account_id,
                                job->task.subject, h->p);
    if (rv == APR_SUCCESS) {
        apr_array_cat(h->reasons, tasks);
    }
    return rv;
}

int scim_sync_guard_ended(const scim_sync_claim_t *claim, apr_int64_t last, apr_int64_t now,
                          apr_int64_t window)
{
    return !claim->wants && claim->left > 0 && (claim->left == last || claim->left > now - window);
}

static int holds(const scim_sync_job_t *job, const scim_sync_claim_t *claim)
{
    return job->task.guard_idp && !claim->wants && !strcmp(job->task.guard_idp, claim->told->idp);
}

/*
 * Nobody wants the person any more: because of whom? Whoever holds the task goes on to do so, however
 * long it takes until that is decided.
 */
static void hear_ends(hearing_t *h, const apr_array_header_t *claims)
{
    apr_int64_t now = scim_sync_now();
    apr_int64_t last = 0;
    int i;

    for (i = 0; i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);

        last = claim->left > last ? claim->left : last;
    }
    for (i = 0; i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);
        const scim_sync_rules_guard_t *guard =
            claim->told->fed ? guard_of(h, claim->told->idp) : NULL;

        if (guard &&
            (scim_sync_guard_ended(claim, last, now,
                                   apr_time_as_msec(apr_time_from_sec(60)) * guard->window) ||
             holds(h->job, claim))) {
            add_reason(h, claim->told->idp, claim->told->id, 0);
        }
    }
}

/* An IdP that tells of the person has a group that stands for this one, and gives it no more. */
static apr_status_t hear_group(const hearing_t *h, const apr_array_header_t *claims,
                               const char *group_id)
{
    apr_array_header_t *groups;
    apr_status_t rv;
    int i;
    int k;

    rv = scim_sync_link_claims(h->db, &groups, h->job->worker->jira.name, group_id, h->p);
    for (i = 0; rv == APR_SUCCESS && i < claims->nelts; i++) {
        const scim_sync_told_t *told = APR_ARRAY_IDX(claims, i, scim_sync_claim_t).told;

        for (k = 0; told->fed && k < groups->nelts; k++) {
            if (!strcmp(APR_ARRAY_IDX(groups, k, scim_sync_link_claim_t).idp, told->idp) &&
                guard_of(h, told->idp)) {
                add_say(h, told->idp, told->id, group_id);
                break;
            }
        }
    }
    return rv;
}

/* Whoever fills the group carries out the rules of the one that keeps others out of it. */
static apr_status_t hear_authority(const hearing_t *h, const char *group_id)
{
    const scim_sync_job_t *job = h->job;
    const scim_sync_team_claim_t *claim;
    apr_status_t rv = scim_sync_team_authority(h->db, &claim, job->worker->rulebook, job->task.idp,
                                               job->worker->jira.name, group_id, h->p);

    if (rv == APR_SUCCESS && claim && guard_of(h, claim->idp)) {
        add_say(h, claim->idp, claim->resource, group_id);
    }
    return rv;
}

/* All that a group's plan takes in one go is of one group. */
static apr_status_t hear_of_members(const hearing_t *h, const apr_array_header_t *steps)
{
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (step->kind == SCIM_SYNC_REMOVE_MEMBER) {
            return hear_authority(h, step->group_id);
        }
    }
    return APR_SUCCESS;
}

/* Whoever has said that what it gave goes is not asked again. */
static void add_reason_say(const hearing_t *h, const scim_sync_guard_beside_t *reason,
                           const char *group_id)
{
    if (!reason->ended && guard_of(h, reason->idp)) {
        add_say(h, reason->idp, reason->subject, group_id);
    }
}

/*
 * Of those with news, who has a say in a membership: those that may have given it, if one of them
 * has; else nobody knows, and it is all of them.
 */
static apr_status_t hear_giver(const hearing_t *h, const char *group_id)
{
    const scim_sync_job_t *job = h->job;
    apr_array_header_t *givers;
    apr_status_t rv;
    int unknown;
    int known;
    int i;

    rv = scim_sync_guard_givers(h->db, &givers, &unknown, job->worker->jira.name, group_id, h->p);
    known = rv == APR_SUCCESS && !unknown && scim_sync_list_holds(givers, job->task.idp);
    for (i = 0; rv == APR_SUCCESS && !unknown && i < h->reasons->nelts; i++) {
        known |= scim_sync_list_holds(givers,
                                      APR_ARRAY_IDX(h->reasons, i, scim_sync_guard_beside_t).idp);
    }
    if (rv == APR_SUCCESS && (!known || scim_sync_list_holds(givers, job->task.idp))) {
        add_say(h, job->task.idp, job->task.subject, group_id);
    }
    for (i = 0; rv == APR_SUCCESS && i < h->reasons->nelts; i++) {
        const scim_sync_guard_beside_t *reason =
            &APR_ARRAY_IDX(h->reasons, i, scim_sync_guard_beside_t);

        if (!known || scim_sync_list_holds(givers, reason->idp)) {
            add_reason_say(h, reason, group_id);
        }
    }
    return rv;
}

/* In all that it takes: whatever is taken from somebody who leaves is one loss. */
static void hear_all(const hearing_t *h)
{
    int i;

    add_say(h, h->job->task.idp, h->job->task.subject, NULL);
    for (i = 0; i < h->reasons->nelts; i++) {
        add_reason_say(h, &APR_ARRAY_IDX(h->reasons, i, scim_sync_guard_beside_t), NULL);
    }
}

/* One membership after the other. */
static apr_status_t hear_each(const hearing_t *h, const scim_sync_stands_t *stands,
                              const apr_array_header_t *steps, int ended)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (step->kind != SCIM_SYNC_REMOVE_MEMBER) {
            hear_all(h);
            continue;
        }
        rv = hear_giver(h, step->group_id);
        if (rv == APR_SUCCESS && !ended) {
            rv = hear_group(h, stands->claims, step->group_id);
        }
    }
    return rv;
}

int scim_sync_guard_concerns(const scim_sync_guard_say_t *say, const scim_sync_step_t *step)
{
    return !say->groups || (step->group_id && scim_sync_list_holds(say->groups, step->group_id));
}

/* Most people are told of by one IdP: nothing is asked then. */
apr_status_t scim_sync_guard_says(scim_sync_db_t *db, const scim_sync_job_t *job,
                                  const scim_sync_person_t *person,
                                  const scim_sync_stands_t *stands, const apr_array_header_t *steps,
                                  int ended, apr_array_header_t **says, apr_pool_t *p)
{
    hearing_t h = { .db = db, .job = job, .p = p };
    apr_status_t rv;

    *says = h.says = apr_array_make(p, 2, sizeof(scim_sync_guard_say_t));
    h.reasons = apr_array_make(p, 2, sizeof(scim_sync_guard_beside_t));
    if (!person || !person->account || stands->claims->nelts + stands->kept_claims->nelts < 2) {
        hear_all(&h);
        return person ? APR_SUCCESS : hear_of_members(&h, steps);
    }
    /* The first, if in nothing else than what it will be found to have a say in. */
    APR_ARRAY_PUSH(h.says, scim_sync_guard_say_t) =
        (scim_sync_guard_say_t) { .idp = job->task.idp,
                                  .subject = job->task.subject,
                                  .groups = apr_array_make(p, 2, sizeof(const char *)) };
    if ((rv = hear_tasks(&h, person->account->account_id)) != APR_SUCCESS) {
        return rv;
    }
    /* Who had let go before an administrator ended the last one gave nothing then. */
    if (!person->wanted && !ended) {
        hear_ends(&h, stands->claims);
        hear_all(&h);
        return APR_SUCCESS;
    }
    return hear_each(&h, stands, steps, ended);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One person at one site: answers into held, and the next round.
 */
#include "sync/job_int.h"

#include <string.h>

#include <apr_strings.h>

#include "store/plan.h"
#include "store/told.h"
#include "sync/sides.h"

/* ---- answers into held ---- */

static apr_status_t apply_account(scim_sync_db_t *db, const scim_sync_errand_t *e, int ours,
                                  apr_pool_t *p)
{
    const scim_sync_job_t *job = e->job;
    const char *site = job->worker->jira.name;
    scim_sync_held_account_t account = {
        .account_id = e->account.account_id,
        .email = job->email,
        .ours = ours,
        .groups_read = job->worker->customers,
    };
    apr_status_t rv;

    if ((rv = scim_sync_held_put_account(db, site, &account, p)) != APR_SUCCESS ||
        (rv = scim_sync_sides_tell(db, job->worker, account.account_id, NULL, p)) != APR_SUCCESS ||
        (rv = scim_sync_job_customer_met(db, e, p)) != APR_SUCCESS ||
        (rv = scim_sync_held_put_link(db, site, job->task.subject, SCIM_SYNC_TASK_USER,
                                      account.account_id, p)) != APR_SUCCESS ||
        (rv = scim_sync_task_hurry_groups(db, site, job->task.subject, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_job_event(db, job, ours ? "jira.account.created" : "jira.account.found",
                               account.account_id, p);
}

/* A membership of a protected group ends by a person's hand; that it did, is seen here only. */
static apr_status_t forget_protected(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                     const apr_array_header_t *members, apr_pool_t *p)
{
    const scim_sync_worker_t *worker = e->job->worker;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < members->nelts; i++) {
        const char *id = APR_ARRAY_IDX(members, i, scim_sync_held_member_t).group_id;

        if (scim_sync_protection_rule(&worker->protection, id, NULL, p) &&
            !scim_sync_jira_lists_group(e->groups, id)) {
            rv = scim_sync_held_put_member(db, worker->jira.name, id, e->account_id, NULL, p);
        }
    }
    return rv;
}

/* What the account is in already: its owner's, or what came with it when we made it. */
static apr_status_t apply_groups(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const scim_sync_worker_t *worker = e->job->worker;
    const char *site = worker->jira.name;
    scim_sync_held_account_t *account;
    apr_array_header_t *members;
    apr_status_t rv;
    int i;

    if ((rv = scim_sync_held_account(db, &account, site, e->account_id, NULL, p)) != APR_SUCCESS ||
        !account ||
        (rv = scim_sync_held_members(db, &members, site, e->account_id, p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < e->groups->nelts; i++) {
        const char *id = APR_ARRAY_IDX(e->groups, i, scim_sync_jira_group_t).group_id;
        int granted =
            account->ours && apr_hash_get(worker->product_groups, id, APR_HASH_KEY_STRING);

        if (!scim_sync_held_state(members, id)) {
            rv = scim_sync_held_put_member(db, site, id, e->account_id,
                                           granted ? SCIM_SYNC_HELD_GRANTED : SCIM_SYNC_HELD_THEIRS,
                                           p);
        }
    }
    if (rv == APR_SUCCESS) {
        rv = forget_protected(db, e, members, p);
    }
    e->job->learnt.looked = 1;
    if (rv == APR_SUCCESS && !e->passing) {
        account->groups_read = 1;
        rv = scim_sync_held_put_account(db, site, account, p);
    }
    return rv;
}

/*
 * What Jira refused will not be tried again in this run; what for want of a seat, when there is
 * one.
 */
static void note_refusal(const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_learnt_t *learnt = &e->job->learnt;

    if (e->kind == SCIM_SYNC_ADD_MEMBER && scim_sync_jira_lacks_seat(&e->outcome, p)) {
        APR_ARRAY_PUSH(learnt->no_seat_in, const char *) = apr_pstrdup(e->job->pool, e->group_id);
        learnt->no_seat_words = e->outcome;
        learnt->no_seat_words.detail = apr_pstrdup(e->job->pool, e->outcome.detail);
        return;
    }
    APR_ARRAY_PUSH(learnt->refused, const char *) = apr_pstrdup(e->job->pool, e->group_id);
    learnt->refusal = e->outcome;
    learnt->refusal.detail = apr_pstrdup(e->job->pool, e->outcome.detail);
}

/* People know a group by its name; one that is known by its id only is told by that. */
static apr_status_t tell_of_group(scim_sync_db_t *db, const scim_sync_errand_t *e, const char *kind,
                                  apr_pool_t *p)
{
    scim_sync_held_group_t *group;
    apr_status_t rv;

    rv = scim_sync_held_group(db, &group, e->job->worker->jira.name, e->group_id, NULL, p);
    return rv == APR_SUCCESS
               ? scim_sync_job_member_event(db, e->job, kind, group ? group->name : e->group_id, p)
               : rv;
}

/* Jira has not done it: what was held before the intent is true. */
static apr_status_t put_back(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    return scim_sync_held_put_member(db, e->job->worker->jira.name, e->group_id, e->account_id,
                                     e->was, p);
}

/*
 * "Already a member" is ours too: the account's groups were read before, so it is our own call
 * that was sent before a crash, or a second time by libcurl on a connection that had died.
 */
static apr_status_t apply_added(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    apr_status_t rv;

    if (e->outcome.verdict == SCIM_SYNC_REFUSED) {
        note_refusal(e, p);
        return put_back(db, e, p);
    }
    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        return e->outcome.status == SCIM_SYNC_TOO_MANY ? put_back(db, e, p) : APR_SUCCESS;
    }
    rv = scim_sync_held_put_member(db, site, e->group_id, e->account_id,
                                   scim_sync_held_added(e->was), p);
    return rv == APR_SUCCESS ? tell_of_group(db, e, "jira.member.added", p) : rv;
}

static apr_status_t apply_removed(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const char *site = e->job->worker->jira.name;
    apr_status_t rv;

    if (e->outcome.verdict == SCIM_SYNC_REFUSED) {
        note_refusal(e, p);
        return put_back(db, e, p);
    }
    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        return e->outcome.status == SCIM_SYNC_TOO_MANY ? put_back(db, e, p) : APR_SUCCESS;
    }
    rv = scim_sync_held_put_member(db, site, e->group_id, e->account_id,
                                   scim_sync_held_removed(e->was), p);
    return rv == APR_SUCCESS ? tell_of_group(db, e, "jira.member.removed", p) : rv;
}

/* What Jira has under the address is the subject's, unless it is another user's still. */
static apr_status_t take_account(scim_sync_db_t *db, const scim_sync_errand_t *e, int ours,
                                 apr_pool_t *p)
{
    scim_sync_job_t *job = e->job;
    const scim_sync_claimant_t subject = { job->task.idp, job->task.subject, job->email };
    const char *rival;
    apr_status_t rv =
        scim_sync_job_person_rival(db, &rival, job, &subject, e->account.account_id, p);

    if (rv == APR_SUCCESS && rival) {
        job->learnt.rival = apr_pstrdup(job->pool, rival);
        return APR_SUCCESS;
    }
    return rv == APR_SUCCESS ? apply_account(db, e, ours, p) : rv;
}

static apr_status_t apply_found(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    scim_sync_job_t *job = e->job;

    if (e->outcome.verdict == SCIM_SYNC_DONE && !scim_sync_job_customer_is_closed(e)) {
        return take_account(db, e,
                            job->worker->customers ? scim_sync_job_customer_is_ours(e)
                                                   : job->intended || job->learnt.created,
                            p);
    }
    if (e->kind == SCIM_SYNC_FIND_CUSTOMER && e->outcome.verdict == SCIM_SYNC_ABSENT) {
        scim_sync_job_customer_absent(e);
    }
    else if (e->outcome.verdict == SCIM_SYNC_ABSENT || e->outcome.verdict == SCIM_SYNC_DONE) {
        job->learnt.absent = 1;
        job->learnt.beside =
            e->account.account_type ? apr_pstrdup(job->pool, e->outcome.detail) : NULL;
    }
    return APR_SUCCESS;
}

static apr_status_t apply_created(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    if (e->outcome.verdict != SCIM_SYNC_DONE) {
        return scim_sync_job_not_created(e, &e->job->learnt, e->job->intended)
                   ? scim_sync_held_drop_link(db, e->job->worker->jira.name, e->job->task.subject,
                                              p)
                   : APR_SUCCESS;
    }
    if (e->was) {
        /* It was deleted from the site, and comes back in no group. */
        rv = scim_sync_held_put_state(db, e->job->worker->jira.name, e->account_id,
                                      SCIM_SYNC_HELD_DELETED, p);
    }
    return rv == APR_SUCCESS ? take_account(db, e, 1, p) : rv;
}

apr_status_t scim_sync_job_person_apply(scim_sync_db_t *db, const scim_sync_errand_t *e,
                                        apr_pool_t *p)
{
    switch (e->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
    case SCIM_SYNC_FIND_CUSTOMER:
        return apply_found(db, e, p);
    case SCIM_SYNC_CREATE_ACCOUNT:
        return apply_created(db, e, p);
    case SCIM_SYNC_READ_GROUPS:
        if (e->outcome.verdict == SCIM_SYNC_ABSENT) {
            return scim_sync_held_forget_account(db, e->job->worker->jira.name, e->account_id, p);
        }
        return e->outcome.verdict == SCIM_SYNC_DONE ? apply_groups(db, e, p) : APR_SUCCESS;
    case SCIM_SYNC_ADD_MEMBER:
        return apply_added(db, e, p);
    case SCIM_SYNC_REMOVE_MEMBER:
        return apply_removed(db, e, p);
    default:
        return scim_sync_job_account_apply(db, e, p);
    }
}

/* ---- the next round ---- */

/* What we are about to send is written down first, so that after a crash we know whose it is. */
static apr_status_t intend(scim_sync_db_t *db, const scim_sync_errand_t *e, apr_pool_t *p)
{
    const scim_sync_job_t *job = e->job;
    const char *site = job->worker->jira.name;

    if (e->kind == SCIM_SYNC_ADD_MEMBER || e->kind == SCIM_SYNC_REMOVE_MEMBER) {
        return scim_sync_held_put_member(db, site, e->group_id, e->account_id,
                                         scim_sync_held_changing(e->was), p);
    }
    if (e->kind == SCIM_SYNC_CREATE_ACCOUNT) {
        return scim_sync_held_intend(db, site, job->task.subject, SCIM_SYNC_TASK_USER, job->email,
                                     p);
    }
    return scim_sync_job_account_intend(db, e, p);
}

static apr_array_header_t *copy_list(const apr_array_header_t *list, apr_pool_t *p)
{
    apr_array_header_t *copy = apr_array_make(p, list->nelts, sizeof(const char *));
    int i;

    for (i = 0; i < list->nelts; i++) {
        APR_ARRAY_PUSH(copy, const char *) = apr_pstrdup(p, APR_ARRAY_IDX(list, i, const char *));
    }
    return copy;
}

/* Since when its IdPs want a person no more, and by which address they know him. */
static apr_status_t mark(scim_sync_db_t *db, const scim_sync_job_t *job,
                         const apr_array_header_t *claims, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);

        rv = scim_sync_told_mark(db, job->worker->jira.name, claim->told, claim->known_as,
                                 claim->left, p);
    }
    return rv;
}

/* Others wait for the end of a grace period: that somebody wants the person ends it now. */
static apr_status_t end_waiting(scim_sync_db_t *db, const scim_sync_job_t *job,
                                const scim_sync_person_t *person, const apr_array_header_t *claims,
                                apr_pool_t *p)
{
    int i;

    for (i = 0; person->wanted && person->account && i < claims->nelts; i++) {
        const scim_sync_told_t *told = APR_ARRAY_IDX(claims, i, scim_sync_claim_t).told;

        if (told->left && strcmp(told->id, job->task.subject)) {
            return scim_sync_task_hurry_account(db, job->worker->jira.name,
                                                person->account->account_id, p);
        }
    }
    return APR_SUCCESS;
}

/* As its own job would be: unless the account is that of another of its IdP's users. */
static apr_status_t put_link(scim_sync_db_t *db, const scim_sync_job_t *job,
                             const scim_sync_claim_t *claim, const char *account_id, apr_pool_t *p)
{
    const scim_sync_claimant_t user = { claim->told->idp, claim->told->id, claim->says.email };
    const char *rival;
    apr_status_t rv = scim_sync_job_person_rival(db, &rival, job, &user, account_id, p);

    return rv == APR_SUCCESS && !rival
               ? scim_sync_held_put_link(db, job->worker->jira.name, user.id, SCIM_SYNC_TASK_USER,
                                         account_id, p)
               : rv;
}

/*
 * Whom another IdP wants keeps the account, and from now on it is that one's to take back: it may
 * delete its user before it has ever looked for the account.
 * email   only whoever has this address; NULL: whatever it is
 */
static apr_status_t hand_over(scim_sync_db_t *db, const scim_sync_job_t *job,
                              const scim_sync_held_account_t *account,
                              const apr_array_header_t *claims, const char *email, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);

        if (claim->wants && !claim->told->object && strcmp(claim->told->id, job->task.subject) &&
            (!email || (claim->says.email && !strcmp(claim->says.email, email)))) {
            rv = put_link(db, job, claim, account->account_id, p);
        }
    }
    return rv;
}

static scim_sync_errand_t *make_errand(scim_sync_job_t *job, const scim_sync_step_t *step,
                                       const scim_sync_person_t *person)
{
    scim_sync_errand_t *e = scim_sync_job_errand(job, step->kind);

    if (person->account) {
        e->account_id = apr_pstrdup(job->next_round, person->account->account_id);
        e->passing = person->wanted && person->account->ours;
        e->was = apr_pstrdup(job->next_round, person->account->state);
    }
    e->directory = job->learnt.directory;
    e->returns = person->wanted;
    if (step->kind == SCIM_SYNC_CREATE_ACCOUNT) {
        e->products = copy_list(person->products, job->next_round);
        e->profile = apr_pstrdup(job->next_round, person->display);
    }
    if (step->kind == SCIM_SYNC_UPDATE_PROFILE) {
        e->profile = apr_pstrdup(job->next_round, person->profile);
    }
    if (step->seats) {
        scim_sync_job_reserve(e, step->seats);
    }
    if (step->group_id) {
        e->group_id = apr_pstrdup(job->next_round, step->group_id);
        e->was =
            apr_pstrdup(job->next_round, scim_sync_held_state(person->members, step->group_id));
    }
    return e;
}

/* So soon (ms) it is looked again what an IdP in dry run has planned. */
#define PENDING_MS 1000

static void keep_steps(apr_array_header_t *steps, int (*which)(scim_sync_step_kind_t kind))
{
    int kept = 0;
    int i;

    for (i = 0; i < steps->nelts; i++) {
        const scim_sync_step_t step = APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        if (which(step.kind)) {
            APR_ARRAY_IDX(steps, kept++, scim_sync_step_t) = step;
        }
    }
    steps->nelts = kept;
}

static int takes_nothing(scim_sync_step_kind_t kind)
{
    return kind != SCIM_SYNC_REMOVE_MEMBER && kind != SCIM_SYNC_SUSPEND_ACCOUNT &&
           kind != SCIM_SYNC_DELETE_ACCOUNT && kind != SCIM_SYNC_REVOKE_ACCOUNT;
}

/*
 * What an IdP in dry run has just ended is not taken away for another one: its plan, which says
 * whose end it is, comes first.
 */
static void await_plan(apr_array_header_t *steps, scim_sync_outcome_t *outcome)
{
    int all = steps->nelts;

    keep_steps(steps, takes_nothing);
    if (steps->nelts < all) {
        *outcome = (scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY,
                                           .retry_ms = PENDING_MS,
                                           .detail = "an identity provider in dry run has news of "
                                                     "this person, which is planned first" };
    }
}

/* In dry run Jira is asked, and nothing else; when all is known that way, there is the plan. */
static apr_status_t plan_dry(scim_sync_db_t *db, scim_sync_job_t *job, apr_array_header_t *steps,
                             const scim_sync_person_t *person, const scim_sync_stands_t *stands,
                             apr_pool_t *p)
{
    scim_sync_chain_t *chain;
    apr_status_t rv;
    int i;

    keep_steps(steps, scim_sync_step_reads);
    for (i = 0; i < steps->nelts; i++) {
        make_errand(job, &APR_ARRAY_IDX(steps, i, scim_sync_step_t), person);
    }
    if (steps->nelts > 0) {
        return APR_SUCCESS;
    }
    chain = apr_palloc(p, sizeof(*chain));
    rv = scim_sync_job_person_chain(db, job, chain, person, stands, p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_job_person_claim(db, job, chain, person, p);
    }
    job->chain = chain;
    return rv == APR_SUCCESS && stands->gone && chain->steps->nelts == 0
               ? scim_sync_held_drop_link(db, job->worker->jira.name, job->task.subject, p)
               : rv;
}

/* Another guard holds it than before, or none: others may have been held for its sake. */
static int is_held_otherwise(const scim_sync_job_t *job)
{
    const char *before = job->task.guard_idp;

    return before && (!job->spared || strcmp(before, job->guard_idp));
}

/* For now; others who are the same person may have less to take than before. */
static int has_ended(const scim_sync_job_t *job, const scim_sync_outcome_t *outcome)
{
    return job->spared || job->kept
               ? is_held_otherwise(job)
               : outcome->verdict == SCIM_SYNC_DONE || outcome->verdict == SCIM_SYNC_REFUSED;
}

/* What is news of the person by itself, whatever is planned. */
static apr_status_t note(scim_sync_db_t *db, const scim_sync_job_t *job,
                         const scim_sync_person_t *person, const scim_sync_stands_t *stands,
                         apr_pool_t *p)
{
    int dry = scim_sync_job_is_dry(job);
    apr_status_t rv = APR_SUCCESS;

    if (stands->news) {
        rv = scim_sync_held_put_link(db, job->worker->jira.name, job->task.subject,
                                     SCIM_SYNC_TASK_USER, person->account->account_id, p);
    }
    if (rv == APR_SUCCESS) {
        rv = mark(db, job, stands->claims, p);
    }
    if (rv == APR_SUCCESS && !dry) {
        rv = end_waiting(db, job, person, stands->claims, p);
    }
    /* Under another address than the account's one that is live may find another account. */
    if (rv == APR_SUCCESS && person->account) {
        rv = hand_over(db, job, person->account, stands->claims, person->account->email, p);
    }
    if (rv == APR_SUCCESS && person->account && person->kept && !dry) {
        rv = hand_over(db, job, person->account, stands->kept_claims, NULL, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_job_person_decide(db, job, person, stands, p);
    }
    if (rv == APR_SUCCESS && person->account && (job->missing || stands->news)) {
        rv = scim_sync_job_person_known(db, job, person, p);
    }
    return rv;
}

apr_status_t scim_sync_job_person_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                       scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    scim_sync_person_t person;
    scim_sync_stands_t stands;
    apr_array_header_t *steps;
    apr_status_t rv;
    int i;

    if ((rv = scim_sync_job_person_load(db, job, &person, &stands, p)) != APR_SUCCESS ||
        (rv = note(db, job, &person, &stands, p)) != APR_SUCCESS) {
        return rv;
    }
    job->missing = person.account == NULL;
    *outcome = scim_sync_plan_person(&steps, &person, &job->learnt, p);
    if (scim_sync_job_is_dry(job)) {
        return plan_dry(db, job, steps, &person, &stands, p);
    }
    if (stands.pending) {
        await_plan(steps, outcome);
    }
    if ((rv = scim_sync_job_guard(db, job, &person, &stands, steps, outcome, p)) != APR_SUCCESS) {
        return rv;
    }
    if (job->worker->customers &&
        (rv = scim_sync_job_customer_queue(db, job, &person, &stands, steps, outcome, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    if (outcome->verdict == SCIM_SYNC_RETRY && person.wanted) {
        scim_sync_survey_await(job->worker);
    }
    for (i = 0; rv == APR_SUCCESS && i < steps->nelts; i++) {
        rv = intend(db, make_errand(job, &APR_ARRAY_IDX(steps, i, scim_sync_step_t), &person), p);
    }
    if (rv == APR_SUCCESS && !person.account &&
        scim_sync_job_failed(&job->learnt, job->intended, outcome)) {
        rv = scim_sync_held_drop_link(db, job->worker->jira.name, job->task.subject, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_job_account_say(db, job, &person, p);
    }
    if (rv == APR_SUCCESS && steps->nelts == 0 && person.account && !stands.pending &&
        scim_sync_rulebook_any_dry(job->worker->rulebook)) {
        rv = scim_sync_plan_renew_person(db, job->worker->jira.name, person.account->account_id,
                                         person.account->email, p);
    }
    if (rv == APR_SUCCESS && steps->nelts == 0 && person.account && has_ended(job, outcome)) {
        rv = scim_sync_task_look_anew(db, job->worker->jira.name, person.account->account_id,
                                      job->task.subject, p);
    }
    if (rv == APR_SUCCESS && stands.gone && steps->nelts == 0 &&
        outcome->verdict == SCIM_SYNC_DONE) {
        rv = scim_sync_held_drop_link(db, job->worker->jira.name, job->task.subject, p);
    }
    return rv;
}

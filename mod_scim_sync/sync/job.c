/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/job_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/log.h"
#include "base/text.h"
#include "store/told.h"
#include "sync/throttle.h"

int scim_sync_job_is_person(const scim_sync_job_t *job)
{
    return !strcmp(job->task.kind, SCIM_SYNC_TASK_USER);
}

static void copy_task(scim_sync_task_t *to, const scim_sync_task_t *from, apr_pool_t *p)
{
    *to = *from;
    to->site = apr_pstrdup(p, from->site);
    to->idp = apr_pstrdup(p, from->idp);
    to->kind = apr_pstrdup(p, from->kind);
    to->subject = apr_pstrdup(p, from->subject);
    to->state = NULL;
    to->detail = apr_pstrdup(p, from->detail);
    to->name = apr_pstrdup(p, from->name);
    to->guard = apr_pstrdup(p, from->guard);
    to->guard_idp = apr_pstrdup(p, from->guard_idp);
    to->takes = to->spared = NULL;
    to->discarded = apr_pstrdup(p, from->discarded);
}

/* Of one site: what a person is about at another one has its own pace. */
const char *scim_sync_job_key(const scim_sync_job_t *job, const char *text, apr_pool_t *p)
{
    return apr_pstrcat(p, job->worker->jira.name, ":", job->task.kind, ":", text, NULL);
}

static void set_key(scim_sync_job_t *job, const char *name, const char *key)
{
    apr_array_header_t *keys = apr_array_make(job->pool, 1, sizeof(const char *));

    job->name = apr_pstrdup(job->pool, name);
    APR_ARRAY_PUSH(keys, const char *) = scim_sync_job_key(job, key, job->pool);
    job->keys = keys;
}

/*
 * A person who is gone from told: what it is about is the account that they stood for, or the one
 * whose creation was begun, by the address under which that was. People know them by the name that
 * they had.
 */
static apr_status_t know_gone(scim_sync_db_t *db, scim_sync_job_t *job, const char *object,
                              apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    scim_sync_held_account_t *account = NULL;
    const char *told_as = NULL;
    apr_status_t rv;

    if (!object) {
        rv = scim_sync_held_intent(db, &told_as, site, job->task.subject, p);
    }
    else {
        rv = scim_sync_held_account(db, &account, site, object, NULL, p);
    }
    if (account) {
        job->known_by = apr_pstrdup(p, account->email);
        set_key(job, job->task.name ? job->task.name : account->email, account->email);
    }
    else if (told_as) {
        job->email = apr_pstrdup(p, told_as);
        set_key(job, told_as, scim_sync_fold(told_as, p));
    }
    return rv;
}

static apr_status_t know_person(scim_sync_db_t *db, scim_sync_job_t *job, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    scim_sync_told_t *told;
    const char *object;
    const char *told_as = NULL;
    apr_status_t rv;
    int linked;

    if ((rv = scim_sync_told_load(db, &told, site, job->task.subject, p)) ||
        (rv = scim_sync_held_link(db, &linked, &object, site, job->task.subject, p))) {
        return rv;
    }
    if (linked && !object &&
        (rv = scim_sync_held_intent(db, &told_as, site, job->task.subject, p))) {
        return rv;
    }
    job->intended = told_as != NULL;
    if (!told) {
        return know_gone(db, job, object, p);
    }
    job->email = apr_pstrdup(p, scim_sync_job_person_email(job, told, p));
    set_key(job, told->name, job->email ? job->email : scim_sync_fold(told->name, p));
    return APR_SUCCESS;
}

apr_status_t scim_sync_job_make(scim_sync_db_t *db, scim_sync_job_t **out,
                                scim_sync_worker_t *worker, const scim_sync_task_t *task,
                                apr_pool_t *parent)
{
    scim_sync_job_t *job;
    apr_pool_t *p;

    apr_pool_create(&p, parent);
    apr_pool_tag(p, "scim_sync_job");
    job = apr_pcalloc(p, sizeof(*job));
    job->pool = p;
    job->worker = worker;
    copy_task(&job->task, task, p);
    job->idp_made = scim_sync_rulebook_made(worker->rulebook, task->idp);
    set_key(job, task->name ? task->name : task->subject, task->subject);
    job->learnt.refused = apr_array_make(p, 1, sizeof(const char *));
    job->learnt.no_seat_in = apr_array_make(p, 1, sizeof(const char *));
    job->desks.pages = apr_array_make(p, 1, sizeof(scim_sync_desk_page_t));
    job->desks.refused = apr_array_make(p, 1, sizeof(scim_sync_desk_pair_t));
    apr_pool_create(&job->round, p);
    apr_pool_create(&job->next_round, p);
    job->errands = apr_array_make(p, 2, sizeof(scim_sync_errand_t *));
    job->next = apr_array_make(p, 2, sizeof(scim_sync_errand_t *));
    *out = job;
    if (scim_sync_job_is_portal(job)) {
        return APR_SUCCESS;
    }
    return scim_sync_job_is_person(job) ? know_person(db, job, p)
                                        : scim_sync_job_team_make(db, job, p);
}

int scim_sync_job_is_orphan(const scim_sync_job_t *job)
{
    return job->idp_made != scim_sync_rulebook_made(job->worker->rulebook, job->task.idp);
}

scim_sync_errand_t *scim_sync_job_errand(scim_sync_job_t *job, scim_sync_step_kind_t kind)
{
    scim_sync_errand_t *errand = apr_pcalloc(job->next_round, sizeof(*errand));

    errand->job = job;
    errand->kind = kind;
    APR_ARRAY_PUSH(job->next, scim_sync_errand_t *) = errand;
    return errand;
}

static scim_sync_event_t describe(const scim_sync_job_t *job, const char *kind, const char *detail)
{
    return (scim_sync_event_t) {
        .kind = kind,
        .actor = "provisioner",
        .idp = *job->task.idp ? job->task.idp : NULL,
        .site = job->worker->jira.name,
        .subject = job->task.subject,
        .name = job->name,
        .detail = detail,
        .about = job->task.kind,
        .email = job->email ? job->email : job->known_by,
    };
}

apr_status_t scim_sync_job_event(scim_sync_db_t *db, const scim_sync_job_t *job, const char *kind,
                                 const char *detail, apr_pool_t *p)
{
    scim_sync_event_t event = describe(job, kind, detail);

    return scim_sync_event_add(db, &event, p);
}

apr_status_t scim_sync_job_member_event(scim_sync_db_t *db, const scim_sync_job_t *job,
                                        const char *kind, const char *group, apr_pool_t *p)
{
    scim_sync_event_t event = describe(job, kind, group);

    event.group = group;
    return scim_sync_event_add(db, &event, p);
}

int scim_sync_job_failed(const scim_sync_learnt_t *learnt, int intended,
                         const scim_sync_outcome_t *outcome)
{
    return !intended && learnt->created &&
           (outcome->verdict == SCIM_SYNC_REFUSED || learnt->no_seat);
}

int scim_sync_job_not_created(const scim_sync_errand_t *errand, scim_sync_learnt_t *learnt,
                              int intended)
{
    const scim_sync_outcome_t *outcome = &errand->outcome;
    apr_pool_t *p = errand->job->pool;

    if (outcome->verdict == SCIM_SYNC_ABSENT) {
        learnt->created = 1;
        learnt->absent = 0;
        learnt->answer = *outcome;
        learnt->answer.detail = apr_pstrdup(p, outcome->detail);
        learnt->no_seat =
            errand->kind == SCIM_SYNC_CREATE_ACCOUNT && scim_sync_jira_lacks_seat(outcome, p);
        return !intended && scim_sync_job_customer_exists(errand);
    }
    return !intended &&
           (outcome->verdict == SCIM_SYNC_REFUSED || outcome->verdict == SCIM_SYNC_DENIED ||
            outcome->status == SCIM_SYNC_TOO_MANY);
}

/* Another of a group's portals can be had all the same. */
static int is_of_portal(const scim_sync_errand_t *errand)
{
    return errand->job->worker->customers &&
           (errand->kind == SCIM_SYNC_FIND_GROUP || errand->kind == SCIM_SYNC_CREATE_GROUP ||
            errand->kind == SCIM_SYNC_READ_MEMBERS ||
            errand->kind == SCIM_SYNC_READ_ORGANIZATIONS ||
            errand->kind == SCIM_SYNC_JOIN_ORGANIZATION ||
            errand->kind == SCIM_SYNC_PART_ORGANIZATION);
}

/*
 * What ends this run. A membership that is refused does not: the others are still made, and the
 * planner says the refusal at the end; nor does what the planner finds another way for, or what
 * would only have given it better words. Of a portal's two halves each ends alone.
 */
static void meet_trouble(scim_sync_job_t *job, const scim_sync_errand_t *errand)
{
    scim_sync_verdict_t verdict = errand->outcome.verdict;
    int hinders = scim_sync_job_account_hinders(errand) ||
                  (scim_sync_job_is_portal(job) && verdict != SCIM_SYNC_DENIED);
    int goes_on = errand->kind == SCIM_SYNC_ADD_MEMBER || errand->kind == SCIM_SYNC_REMOVE_MEMBER ||
                  errand->kind == SCIM_SYNC_FIND_TWIN || is_of_portal(errand);

    if (!hinders && (verdict == SCIM_SYNC_RETRY || verdict == SCIM_SYNC_DENIED ||
                     (verdict == SCIM_SYNC_REFUSED && !goes_on))) {
        job->trouble = errand->outcome;
        job->trouble.detail = apr_pstrdup(job->pool, errand->outcome.detail);
    }
}

/* What jobs of a kind do with an answer, and for their next round. */
typedef struct {
    apr_status_t (*apply)(scim_sync_db_t *db, const scim_sync_errand_t *errand, apr_pool_t *p);
    apr_status_t (*plan)(scim_sync_db_t *db, scim_sync_job_t *job, scim_sync_outcome_t *outcome,
                         apr_pool_t *p);
} kind_t;

static const kind_t *kind_of(const scim_sync_job_t *job)
{
    static const kind_t person = { scim_sync_job_person_apply, scim_sync_job_person_plan };
    static const kind_t portal = { scim_sync_job_queue_apply, scim_sync_job_queue_plan };
    static const kind_t team = { scim_sync_job_team_apply, scim_sync_job_team_plan };

    return scim_sync_job_is_person(job) ? &person : scim_sync_job_is_portal(job) ? &portal : &team;
}

/* Whom an errand is about is left alone by a comparison that is under way. */
static void touch(const scim_sync_errand_t *errand)
{
    scim_sync_worker_t *worker = errand->job->worker;
    int i;

    if (errand->account_id) {
        scim_sync_reconcile_touch(worker, errand->account_id);
    }
    for (i = 0; errand->account_ids && i < errand->account_ids->nelts; i++) {
        scim_sync_reconcile_touch(worker, APR_ARRAY_IDX(errand->account_ids, i, const char *));
    }
}

apr_status_t scim_sync_job_apply(scim_sync_db_t *db, scim_sync_job_t *job, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    job->relinked = 0;
    job->portal = job->portal_then;
    for (i = 0; rv == APR_SUCCESS && i < job->errands->nelts; i++) {
        const scim_sync_errand_t *errand = APR_ARRAY_IDX(job->errands, i, scim_sync_errand_t *);

        if (!errand->answered) {
            continue;
        }
        meet_trouble(job, errand);
        touch(errand);
        rv = kind_of(job)->apply(db, errand, p);
    }
    return rv == APR_SUCCESS ? scim_sync_job_team_tell(db, job, p) : rv;
}

apr_status_t scim_sync_job_plan(scim_sync_db_t *db, scim_sync_job_t *job, int *settled,
                                apr_pool_t *p)
{
    scim_sync_outcome_t outcome = job->trouble;
    apr_status_t rv = APR_SUCCESS;

    apr_pool_clear(job->next_round);
    apr_array_clear(job->next);
    job->chain = NULL;
    job->goes_on = 0;
    job->takes = job->spared = job->keeps = job->kept = NULL;
    if (job->trouble.verdict == SCIM_SYNC_DONE) {
        rv = kind_of(job)->plan(db, job, &outcome, p);
    }
    *settled = job->next->nelts == 0 && !job->goes_on;
    if (rv == APR_SUCCESS && *settled) {
        rv = job->chain ? scim_sync_job_keep_plan(db, job, p)
                        : scim_sync_job_finish(db, job, &outcome, p);
    }
    return rv;
}

/* ---- sending ---- */

typedef struct {
    scim_sync_errand_t *errand;
    scim_sync_transport_t *transport;
    scim_sync_throttle_t throttle;
    int reads;  /* it changes nothing */
    int resent; /* one of its sendings was, by libcurl */
    void (*heard)(void *baton, scim_sync_job_t *job);
    void *baton;
} sent_t;

/* The errand could not be done: the products of which a seat may be lacking, as far as is known. */
static void note_no_seat(const scim_sync_errand_t *errand)
{
    const scim_sync_worker_t *worker = errand->job->worker;
    int i;

    for (i = 0; i < worker->seats.products->nelts; i++) {
        scim_sync_product_t *product =
            APR_ARRAY_IDX(worker->seats.products, i, scim_sync_product_t *);

        if (errand->group_id ? scim_sync_seats_grants(product, errand->group_id)
                             : scim_sync_list_holds(errand->products, product->key)) {
            scim_sync_seats_full(product, scim_sync_now());
        }
    }
}

static int frees_seat(const scim_sync_errand_t *errand)
{
    switch (errand->kind) {
    case SCIM_SYNC_SUSPEND_ACCOUNT:
    case SCIM_SYNC_DELETE_ACCOUNT:
        return 1;
    case SCIM_SYNC_REMOVE_MEMBER:
        return apr_hash_get(errand->job->worker->product_groups, errand->group_id,
                            APR_HASH_KEY_STRING) != NULL;
    default:
        return 0;
    }
}

/* What an answer, or that there is none, says about the site's seats and protected groups. */
static void tell_survey(const scim_sync_errand_t *errand)
{
    scim_sync_worker_t *worker = errand->job->worker;
    const scim_sync_outcome_t *outcome = &errand->outcome;
    int done = errand->answered && outcome->verdict == SCIM_SYNC_DONE;
    int i;

    for (i = 0; errand->seats && i < errand->seats->nelts; i++) {
        scim_sync_seats_settle(APR_ARRAY_IDX(errand->seats, i, scim_sync_reservation_t *),
                               done && !errand->already);
    }
    if (done && frees_seat(errand) && scim_sync_seats_awaited(&worker->seats)) {
        scim_sync_survey_hasten(worker);
    }
    if (scim_sync_job_asks_organization(errand->kind)) {
        return;
    }
    if (outcome->verdict == SCIM_SYNC_REFUSED ||
        (errand->kind == SCIM_SYNC_CREATE_ACCOUNT && outcome->verdict == SCIM_SYNC_ABSENT)) {
        if (scim_sync_jira_lacks_seat(outcome, errand->job->round)) {
            note_no_seat(errand);
        }
        scim_sync_survey_hasten(worker);
    }
}

void scim_sync_job_reserve(scim_sync_errand_t *errand, const apr_array_header_t *products)
{
    apr_pool_t *p = errand->job->next_round;
    int i;

    errand->seats = apr_array_make(p, products->nelts, sizeof(scim_sync_reservation_t *));
    for (i = 0; i < products->nelts; i++) {
        APR_ARRAY_PUSH(errand->seats, scim_sync_reservation_t *) =
            scim_sync_seats_reserve(APR_ARRAY_IDX(products, i, scim_sync_product_t *), p);
    }
}

/* What was never sent has no answer: the job looks again, or leaves its task as it is. */
static void drop(sent_t *sent)
{
    scim_sync_errand_t *errand = sent->errand;
    const scim_sync_throttle_t *throttle = &sent->throttle;

    if (throttle->stopped_ms > 0) {
        errand->outcome = (scim_sync_outcome_t) {
            .verdict = SCIM_SYNC_RETRY,
            .status = SCIM_SYNC_TOO_MANY,
            .retry_ms = throttle->stopped_ms,
            .detail = apr_psprintf(errand->job->round,
                                   "not sent: Jira takes no %s for the next %s, for %s",
                                   throttle->stopped,
                                   scim_sync_count_text((throttle->stopped_ms + 999) / 1000,
                                                        "second", "seconds", errand->job->round),
                                   throttle->why)
        };
        errand->answered = 1;
    }
}

static void heard_answer(void *baton, const scim_sync_answer_t *answer);

static void start(sent_t *sent)
{
    scim_sync_call_t call = { .method = NULL };
    apr_pool_t *p = sent->errand->job->round;

    scim_sync_job_prepare(&call, sent->errand);
    sent->reads = !strcmp(call.method, "GET");
    scim_sync_throttle(&call, &sent->throttle);
    if (scim_sync_transport_start(sent->transport, &call, heard_answer, sent, p)) {
        heard_answer(sent, &(scim_sync_answer_t) { .body = "",
                                                   .rate = SCIM_SYNC_RATE_UNSAID,
                                                   .failure = "the call can't be started" });
    }
}

/*
 * Jira may have done what it was asked for the first time, whatever else it says to the second: but
 * for "done" that is as good as no answer.
 */
static void doubt(sent_t *sent)
{
    scim_sync_outcome_t *outcome = &sent->errand->outcome;

    if (sent->resent && !sent->reads && sent->errand->answered &&
        outcome->verdict != SCIM_SYNC_DONE) {
        *outcome = (scim_sync_outcome_t) {
            .verdict = SCIM_SYNC_RETRY,
            .detail = apr_pstrcat(sent->errand->job->round,
                                  "sent twice, since the connection ended without an answer: ",
                                  outcome->detail, NULL)
        };
        sent->errand->open = 0;
    }
}

/* Of a batch, what is sent is decided anew: some of it may not be wanted any more. */
static void heard_answer(void *baton, const scim_sync_answer_t *answer)
{
    sent_t *sent = baton;
    scim_sync_job_t *job = sent->errand->job;

    sent->resent |= answer->resent;
    if (!scim_sync_job_is_portal(job) && scim_sync_throttle_again(&sent->throttle, answer)) {
        start(sent);
        return;
    }
    if (answer->dropped) {
        drop(sent);
    }
    else {
        scim_sync_job_read(sent->errand, answer);
        if (!scim_sync_job_asks_organization(sent->errand->kind)) {
            scim_sync_worker_heard(job->worker, &sent->errand->outcome);
        }
    }
    doubt(sent);
    tell_survey(sent->errand);
    job->in_flight--;
    sent->heard(sent->baton, job);
}

static void begin_round(scim_sync_job_t *job)
{
    apr_array_header_t *answered = job->errands;
    apr_pool_t *over = job->round;
    int i;

    for (i = 0; job->names && i < job->names->nelts; i++) {
        scim_sync_job_name_t *name = APR_ARRAY_IDX(job->names, i, scim_sync_job_name_t *);

        name->search = name->next_search;
        name->next_search = (scim_sync_search_t) { .behind = NULL };
    }

    job->errands = job->next;
    job->round = job->next_round;
    job->next = answered;
    job->next_round = over;
    job->portal_then = job->portal;
    apr_array_clear(answered);
    apr_pool_clear(over);
}

void scim_sync_job_send(scim_sync_job_t *job, scim_sync_transport_t *transport,
                        void (*heard)(void *baton, scim_sync_job_t *job), void *baton)
{
    int i;

    begin_round(job);
    /* Counted before the first is sent: an answer must not find the round complete too early. */
    job->in_flight = job->errands->nelts;
    for (i = 0; i < job->errands->nelts; i++) {
        sent_t *sent = apr_pcalloc(job->round, sizeof(*sent));

        sent->errand = APR_ARRAY_IDX(job->errands, i, scim_sync_errand_t *);
        sent->transport = transport;
        sent->throttle.worker = job->worker;
        sent->heard = heard;
        sent->baton = baton;
        start(sent);
    }
}

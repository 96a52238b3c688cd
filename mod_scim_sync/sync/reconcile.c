/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/reconcile_int.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/text.h"
#include "store/reconcile.h"
#include "sync/throttle.h"

/* Calls in a row that fail, and the run is given up. */
#define FAILURES_MAX 5

scim_sync_reconcile_t *scim_sync_reconcile_make(apr_int64_t period, apr_pool_t *p)
{
    scim_sync_reconcile_t *run = apr_pcalloc(p, sizeof(*run));

    run->period = period;
    apr_pool_create(&run->pool, p);
    apr_pool_create(&run->part, p);
    apr_pool_create(&run->scratch, p);
    return run;
}

void scim_sync_reconcile_set(scim_sync_reconcile_t *run, scim_sync_reconcile_stage_t stage)
{
    run->stage = stage;
    run->failures = 0;
    run->not_before = 0;
}

/* What is under way is of no use any more. */
static void set_anew(scim_sync_reconcile_t *run, scim_sync_reconcile_stage_t stage)
{
    run->number++;
    run->in_flight = 0;
    scim_sync_reconcile_set(run, stage);
}

void scim_sync_reconcile_restart(scim_sync_reconcile_t *run)
{
    if (run->stage != SCIM_SYNC_RECONCILE_REST) {
        set_anew(run, SCIM_SYNC_RECONCILE_BEGIN);
    }
}

apr_status_t scim_sync_reconcile_look(scim_sync_db_t *db, scim_sync_worker_t *worker, int *due,
                                      apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    scim_sync_reconcile_row_t *row;
    apr_int64_t at;
    apr_status_t rv;

    *due = 0;
    if (run->stage != SCIM_SYNC_RECONCILE_REST) {
        return APR_SUCCESS;
    }
    rv = scim_sync_reconcile_load(db, &row, worker->jira.name, p);
    if (rv == APR_SUCCESS && row) {
        at = scim_sync_reconcile_due(row, worker->jira.name, run->period);
        *due = at > 0 && at <= row->now;
    }
    if (*due) {
        set_anew(run, SCIM_SYNC_RECONCILE_BEGIN);
    }
    return rv;
}

void scim_sync_reconcile_touch(scim_sync_worker_t *worker, const char *account_id)
{
    scim_sync_reconcile_t *run = worker->reconcile;

    if (run->stage > SCIM_SYNC_RECONCILE_BEGIN &&
        !scim_sync_reconcile_is_touched(run, account_id)) {
        apr_hash_set(run->touched, apr_pstrdup(run->pool, account_id), APR_HASH_KEY_STRING, "");
    }
}

int scim_sync_reconcile_is_touched(const scim_sync_reconcile_t *run, const char *account_id)
{
    return apr_hash_get(run->touched, account_id, APR_HASH_KEY_STRING) != NULL;
}

/* ---- calls ---- */

/* What an answer that is of no use does to the run. */
static void meet(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    scim_sync_reconcile_t *run = worker->reconcile;

    switch (outcome->verdict) {
    case SCIM_SYNC_DONE:
    case SCIM_SYNC_ABSENT:
        return;
    case SCIM_SYNC_DENIED:
        /* With other rights there may be other things to see. */
        scim_sync_worker_heard(worker, outcome);
        set_anew(run, SCIM_SYNC_RECONCILE_BEGIN);
        return;
    case SCIM_SYNC_RETRY:
        run->failures += outcome->status != 429;
        if (run->failures <= FAILURES_MAX) {
            run->not_before = scim_sync_now() + scim_sync_backoff(run->failures, outcome->retry_ms,
                                                                  (apr_uint32_t)random());
            return;
        }
        break;
    default:
        break;
    }
    if (run->stage == SCIM_SYNC_RECONCILE_LISTING) {
        scim_sync_reconcile_skip_listing(run, outcome->detail);
        return;
    }
    scim_sync_reconcile_conclude(run, SCIM_SYNC_RECONCILE_FAILED, outcome->detail);
}

static void start(scim_sync_question_t *q);

static void heard(void *baton, const scim_sync_answer_t *answer)
{
    scim_sync_question_t *q = baton;
    scim_sync_reconcile_t *run = q->worker->reconcile;
    scim_sync_outcome_t outcome;

    if (q->number != run->number) {
        apr_pool_destroy(q->pool);
        return;
    }
    if (scim_sync_throttle_again(&q->throttle, answer)) {
        start(q);
        return;
    }
    run->in_flight = 0;
    if (answer->dropped) {
        run->not_before = scim_sync_now() + q->throttle.stopped_ms;
    }
    else {
        outcome = scim_sync_reconcile_calls[run->stage].hear(q, answer);
        meet(q->worker, &outcome);
    }
    apr_pool_destroy(q->pool);
}

static void start(scim_sync_question_t *q)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    scim_sync_call_t call;

    scim_sync_reconcile_calls[run->stage].ask(q, &call);
    scim_sync_throttle(&call, &q->throttle);
    run->in_flight = 1;
    if (scim_sync_transport_start(q->transport, &call, heard, q, q->pool) != APR_SUCCESS) {
        heard(q, &(scim_sync_answer_t) { .body = "",
                                         .rate = SCIM_SYNC_RATE_UNSAID,
                                         .failure = "the call can't be started" });
    }
}

void scim_sync_reconcile_go_on(scim_sync_worker_t *worker, scim_sync_transport_t *transport)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    apr_int64_t now = scim_sync_now();
    apr_pool_t *p;
    scim_sync_question_t *q;

    if (!scim_sync_reconcile_calls[run->stage].ask || run->in_flight || now < run->not_before ||
        !scim_sync_worker_is_open(worker, now)) {
        return;
    }
    if (run->stage == SCIM_SYNC_RECONCILE_CONFIRM_PORTAL &&
        !scim_sync_reconcile_next_gone(run, SCIM_SYNC_DRIFT_GROUP_MISSING)) {
        scim_sync_reconcile_confirm(run, SCIM_SYNC_RECONCILE_CONFIRM_ACCOUNT);
    }
    if (run->stage == SCIM_SYNC_RECONCILE_CONFIRM_ACCOUNT &&
        !scim_sync_reconcile_next_gone(run, SCIM_SYNC_DRIFT_ACCOUNT_MISSING)) {
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_WRITE);
        return;
    }
    apr_pool_create(&p, worker->pool);
    q = apr_pcalloc(p, sizeof(*q));
    q->worker = worker;
    q->transport = transport;
    q->pool = p;
    q->number = run->number;
    q->throttle = (scim_sync_throttle_t) { .worker = worker, .behind = 1 };
    start(q);
}

/* ---- turns ---- */

int scim_sync_reconcile_wants_turn(scim_sync_worker_t *worker)
{
    scim_sync_reconcile_t *run = worker->reconcile;

    if (!worker->lease.fence && run->stage != SCIM_SYNC_RECONCILE_REST) {
        set_anew(run, SCIM_SYNC_RECONCILE_REST);
    }
    return run->stage != SCIM_SYNC_RECONCILE_REST && !scim_sync_reconcile_calls[run->stage].ask &&
           scim_sync_worker_is_open(worker, scim_sync_now());
}

apr_status_t scim_sync_reconcile_record(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                        apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    apr_status_t rv = APR_SUCCESS;

    run->step.done = 0;
    if (!scim_sync_reconcile_wants_turn(worker)) {
        return APR_SUCCESS;
    }
    apr_pool_clear(run->scratch);
    memset(&run->step, 0, sizeof(run->step));
    switch (run->stage) {
    case SCIM_SYNC_RECONCILE_BEGIN:
        rv = scim_sync_reconcile_begin(db, worker, p);
        break;
    case SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS:
        rv = scim_sync_reconcile_load_accounts(db, worker, p);
        break;
    case SCIM_SYNC_RECONCILE_NEWCOMERS:
        rv = scim_sync_reconcile_know_newcomers(db, worker);
        break;
    case SCIM_SYNC_RECONCILE_LOAD_MEMBERS:
        rv = scim_sync_reconcile_load_members(db, worker, p);
        break;
    case SCIM_SYNC_RECONCILE_STRANGERS:
        rv = scim_sync_reconcile_know_strangers(db, worker, p);
        break;
    case SCIM_SYNC_RECONCILE_WRITE:
        rv = scim_sync_reconcile_write(db, worker, p);
        break;
    default:
        rv = scim_sync_reconcile_report(db, worker, p);
        break;
    }
    run->step.done = rv == APR_SUCCESS;
    return rv;
}

/* ---- what the committed step means ---- */

static void take_begin(scim_sync_reconcile_t *run)
{
    run->at = 0;
    if (run->customers && !run->step.gone) {
        scim_sync_reconcile_list_portals(run);
        return;
    }
    scim_sync_reconcile_set(run, run->step.gone           ? SCIM_SYNC_RECONCILE_REST
                                 : run->groups->nelts > 0 ? SCIM_SYNC_RECONCILE_GROUPS
                                                          : SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS);
}

/* They are read behind those that IdPs fill. */
static void take_products(scim_sync_reconcile_t *run)
{
    int i;

    for (i = 0; i < run->step.products->nelts; i++) {
        scim_sync_kept_group_t group = APR_ARRAY_IDX(run->step.products, i, scim_sync_kept_group_t);

        group.group_id = apr_pstrdup(run->pool, group.group_id);
        group.name = apr_pstrdup(run->pool, group.name);
        APR_ARRAY_PUSH(run->groups, scim_sync_kept_group_t) = group;
    }
}

static void take_accounts(scim_sync_reconcile_t *run)
{
    run->accounts = run->step.accounts;
    if (run->accounts->nelts > 0) {
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_ACCOUNTS);
        return;
    }
    take_products(run);
    if (run->step.lacking) {
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_LISTING);
        return;
    }
    run->at = 0;
    scim_sync_reconcile_next_group(run);
}

static void take_members(scim_sync_reconcile_t *run)
{
    const scim_sync_kept_group_t *group =
        &APR_ARRAY_IDX(run->groups, run->at, scim_sync_kept_group_t);

    scim_sync_drift_roll(&run->roll, group->group_id, group->name, run->step.members, run->part);
    run->roll.strict = run->step.strict;
    run->roll.taken = group->taken;
    run->on_desk = run->step.on_desk;
    run->strangers = apr_array_make(run->part, 50, sizeof(scim_sync_jira_account_t));
    scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_MEMBERS);
}

static void take_strangers(scim_sync_reconcile_t *run)
{
    int from = run->drifts->nelts;

    apr_array_cat(run->drifts, run->step.drifts);
    scim_sync_reconcile_keep(run, from);
    run->unknown += run->step.unknown;
    scim_sync_reconcile_next_page(run);
}

static void take_written(scim_sync_worker_t *worker)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    apr_pool_t *p = run->pool;
    int i;

    run->written = run->step.written;
    run->left += run->step.left;
    run->told += run->step.told;
    worker->survey.fresh |= run->step.renamed;
    for (i = 0; i < SCIM_SYNC_DRIFT_KINDS; i++) {
        run->counts[i] += run->step.counts[i];
    }
    for (i = 0; i < run->step.findings->nelts; i++) {
        scim_sync_finding_t finding = APR_ARRAY_IDX(run->step.findings, i, scim_sync_finding_t);

        finding.group = apr_pstrdup(p, finding.group);
        finding.group_id = apr_pstrdup(p, finding.group_id);
        finding.account_id = apr_pstrdup(p, finding.account_id);
        finding.name = apr_pstrdup(p, finding.name);
        finding.detail = apr_pstrdup(p, finding.detail);
        APR_ARRAY_PUSH(run->findings, scim_sync_finding_t) = finding;
    }
    if (run->written == run->drifts->nelts) {
        scim_sync_reconcile_conclude(run, SCIM_SYNC_RECONCILE_DONE, NULL);
    }
}

static void say_end(const scim_sync_worker_t *worker)
{
    const scim_sync_reconcile_t *run = worker->reconcile;

    if (!strcmp(run->outcome, SCIM_SYNC_RECONCILE_DONE)) {
        scim_sync_log(SCIM_LOG_INFO, APR_SUCCESS,
                      SCIM_LOGNO(0170) "site %s: Jira was compared with what is held: "
                                       "%s",
                      worker->jira.name,
                      scim_sync_count_text(run->written - run->left, "difference", "differences",
                                           run->pool));
    }
    else if (!strcmp(run->outcome, SCIM_SYNC_RECONCILE_DOUBTFUL)) {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0171) "site %s: %s: nothing of it is believed", worker->jira.name,
                      run->detail);
    }
    else {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0172) "site %s: Jira can't be compared with what is held: %s",
                      worker->jira.name, run->detail);
    }
}

void scim_sync_reconcile_recorded(scim_sync_worker_t *worker)
{
    scim_sync_reconcile_t *run = worker->reconcile;

    if (!run->step.done) {
        return;
    }
    run->step.done = 0;
    switch (run->stage) {
    case SCIM_SYNC_RECONCILE_BEGIN:
        take_begin(run);
        return;
    case SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS:
        take_accounts(run);
        return;
    case SCIM_SYNC_RECONCILE_NEWCOMERS:
        scim_sync_reconcile_take_newcomers(run);
        return;
    case SCIM_SYNC_RECONCILE_LOAD_MEMBERS:
        take_members(run);
        return;
    case SCIM_SYNC_RECONCILE_STRANGERS:
        take_strangers(run);
        return;
    case SCIM_SYNC_RECONCILE_WRITE:
        take_written(worker);
        return;
    default:
        say_end(worker);
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_REST);
    }
}

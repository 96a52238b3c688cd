/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run asks Jira in each stage, what the answers mean, and which stage comes then.
 */
#include "sync/reconcile_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "jira/servicedesk.h"
#include "store/reconcile.h"

/* Times that a group is read whose pages do not fit together. */
#define TRIES_MAX 3
/*
 * Accounts, and portals, that are asked for once more before they are taken for gone; the others
 * the next time.
 */
#define CONFIRM_MAX 50
/* The page of accounts that Jira gives when it does not like ours. */
#define LEAST_AT_ONCE 10

/* ---- from stage to stage ---- */

void scim_sync_reconcile_conclude(scim_sync_reconcile_t *run, const char *outcome,
                                  const char *detail)
{
    run->outcome = outcome;
    run->detail = apr_pstrdup(run->pool, detail);
    scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_END);
}

/* What was found lives in the answer still. */
void scim_sync_reconcile_keep(scim_sync_reconcile_t *run, int from)
{
    apr_pool_t *p = run->pool;
    int i;

    for (i = from; i < run->drifts->nelts; i++) {
        scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, i, scim_sync_drift_t);

        drift->group_id = apr_pstrdup(p, drift->group_id);
        drift->group = apr_pstrdup(p, drift->group);
        drift->account_id = apr_pstrdup(p, drift->account_id);
        drift->name = apr_pstrdup(p, drift->name);
        drift->was = apr_pstrdup(p, drift->was);
    }
}

static int is_missing(const scim_sync_drift_t *drift)
{
    return drift->kind == SCIM_SYNC_DRIFT_GROUP_MISSING ||
           drift->kind == SCIM_SYNC_DRIFT_ACCOUNT_MISSING ||
           drift->kind == SCIM_SYNC_DRIFT_MEMBER_MISSING;
}

/* Of several portals one may be closed to us, all of them are not. */
static int shows_nobody(const scim_sync_reconcile_t *run)
{
    int filled = 0;
    int i;

    for (i = 0; i < run->groups->nelts; i++) {
        filled += APR_ARRAY_IDX(run->groups, i, scim_sync_kept_group_t).filled != 0;
    }
    return run->skipped > 0 && run->skipped == filled;
}

void scim_sync_reconcile_confirm(scim_sync_reconcile_t *run, scim_sync_reconcile_stage_t stage)
{
    run->confirmed = 0;
    run->tries = 0;
    scim_sync_reconcile_set(run, stage);
}

/* All is read: can it be true? */
static void judge(scim_sync_reconcile_t *run)
{
    const char *doubt = scim_sync_drift_doubt(&run->sums, run->pool);
    int i;

    if (shows_nobody(run)) {
        scim_sync_reconcile_conclude(run, SCIM_SYNC_RECONCILE_FAILED, run->unreadable);
        return;
    }
    if (doubt && !run->trust) {
        scim_sync_reconcile_conclude(run, SCIM_SYNC_RECONCILE_DOUBTFUL, doubt);
        return;
    }
    for (i = 0; i < run->drifts->nelts; i++) {
        if (is_missing(&APR_ARRAY_IDX(run->drifts, i, scim_sync_drift_t))) {
            scim_sync_reconcile_confirm(run, run->customers ? SCIM_SYNC_RECONCILE_CONFIRM_PORTAL
                                                            : SCIM_SYNC_RECONCILE_CONFIRM_GROUPS);
            return;
        }
    }
    scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_WRITE);
}

static int matters(const scim_sync_kept_group_t *group)
{
    return group->filled || group->taken;
}

/* The next group whose members matter, from `at` on. */
void scim_sync_reconcile_next_group(scim_sync_reconcile_t *run)
{
    run->tries = 0;
    while (run->at < run->groups->nelts &&
           !matters(&APR_ARRAY_IDX(run->groups, run->at, scim_sync_kept_group_t))) {
        run->at++;
    }
    if (run->at == run->groups->nelts || run->drifts->nelts >= SCIM_SYNC_RECONCILE_DRIFTS) {
        judge(run);
        return;
    }
    run->mark = run->drifts->nelts;
    run->unknown_before = run->unknown;
    scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_LOAD_MEMBERS);
}

/* Its pages don't fit together: somebody came or went between them. */
static void read_group_again(scim_sync_reconcile_t *run)
{
    run->drifts->nelts = run->mark;
    run->unknown = run->unknown_before;
    if (++run->tries < TRIES_MAX) {
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_LOAD_MEMBERS);
        return;
    }
    run->unread++;
    run->at++;
    scim_sync_reconcile_next_group(run);
}

void scim_sync_reconcile_end_group(scim_sync_reconcile_t *run)
{
    run->at++;
    scim_sync_reconcile_next_group(run);
}

void scim_sync_reconcile_next_page(scim_sync_reconcile_t *run)
{
    int from = run->drifts->nelts;

    if (!run->last || scim_sync_drift_reads_again(&run->roll, run->gone)) {
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_MEMBERS);
        return;
    }
    /* Of a group that is read for leavers nobody is missing; it may be large: it is read once. */
    if (run->roll.taken) {
        run->unread += run->roll.shifted;
    }
    else {
        scim_sync_drift_missing(run->drifts, &run->sums, &run->roll, run->gone, run->part);
    }
    scim_sync_reconcile_keep(run, from);
    if (!scim_sync_reconcile_read_desk(run)) {
        scim_sync_reconcile_end_group(run);
    }
}

/* Groups that are gone have no members to read; the others are called by their names of today. */
static void mark_groups(scim_sync_reconcile_t *run, int drifts)
{
    int i;
    int n;

    for (n = drifts; n < run->drifts->nelts; n++) {
        const scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, n, scim_sync_drift_t);

        for (i = run->at; i < run->to; i++) {
            scim_sync_kept_group_t *group = &APR_ARRAY_IDX(run->groups, i, scim_sync_kept_group_t);

            if (!strcmp(group->group_id, drift->group_id)) {
                group->filled &= drift->kind != SCIM_SYNC_DRIFT_GROUP_MISSING;
                group->name = drift->group;
            }
        }
    }
}

static void doubt_sight(scim_sync_worker_t *worker, const char *what)
{
    scim_sync_reconcile_conclude(worker->reconcile, SCIM_SYNC_RECONCILE_DOUBTFUL,
                                 apr_psprintf(worker->reconcile->pool,
                                              "Jira does not show %s, which is there", what));
    scim_sync_survey_hasten(worker);
}

/* ---- what each call asks, and what its answer means ---- */

/* A group that is there in any case: an answer that does not show it shows nothing. */
static const char *find_witness(const scim_sync_worker_t *worker, apr_pool_t *p)
{
    apr_hash_index_t *i = apr_hash_first(p, worker->protection.admin_ids);

    i = i ? i : apr_hash_first(p, worker->product_groups);
    return i ? apr_pstrdup(p, apr_hash_this_key(i)) : NULL;
}

static void add_id(apr_array_header_t *ids, const char *id)
{
    if (id && !scim_sync_list_holds(ids, id)) {
        APR_ARRAY_PUSH(ids, const char *) = id;
    }
}

static void ask_groups(scim_sync_question_t *q, scim_sync_call_t *call)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    apr_array_header_t *ids = apr_array_make(q->pool, 50, sizeof(const char *));

    run->witness = run->witness ? run->witness : find_witness(q->worker, run->pool);
    add_id(ids, run->witness);
    for (run->to = run->at;
         run->to < run->groups->nelts && ids->nelts < SCIM_SYNC_JIRA_GROUPS_AT_ONCE; run->to++) {
        add_id(ids, APR_ARRAY_IDX(run->groups, run->to, scim_sync_kept_group_t).group_id);
    }
    scim_sync_jira_groups(call, &q->worker->jira, ids, q->pool);
}

static scim_sync_outcome_t hear_groups(scim_sync_question_t *q, const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    int from = run->drifts->nelts;
    apr_array_header_t *groups;
    scim_sync_outcome_t outcome = scim_sync_jira_read_groups(answer, &groups, q->pool);

    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    if (run->witness && !scim_sync_jira_lists_group(groups, run->witness)) {
        doubt_sight(q->worker, apr_psprintf(q->pool, "the group of the id %s", run->witness));
        return outcome;
    }
    scim_sync_drift_groups(run->drifts, &run->sums, run->groups, run->at, run->to, groups);
    scim_sync_reconcile_keep(run, from);
    mark_groups(run, from);
    if (!run->witness && groups->nelts > 0) {
        run->witness =
            apr_pstrdup(run->pool, APR_ARRAY_IDX(groups, 0, scim_sync_jira_group_t).group_id);
    }
    run->at = run->to;
    scim_sync_reconcile_set(run, run->at < run->groups->nelts ? SCIM_SYNC_RECONCILE_GROUPS
                                                              : SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS);
    return outcome;
}

static void ask_accounts(scim_sync_question_t *q, scim_sync_call_t *call)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    apr_array_header_t *ids = apr_array_make(q->pool, run->at_once, sizeof(const char *));
    int i;

    add_id(ids, q->worker->protection.owner);
    for (i = 0; i < run->accounts->nelts; i++) {
        add_id(ids, APR_ARRAY_IDX(run->accounts, i, scim_sync_kept_account_t).account_id);
    }
    scim_sync_jira_accounts(call, &q->worker->jira, ids, q->pool);
}

static int holds_account(const apr_array_header_t *accounts, const char *id)
{
    int i;

    for (i = 0; i < accounts->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(accounts, i, scim_sync_jira_account_t).account_id, id)) {
            return 1;
        }
    }
    return 0;
}

/* Whether portals show customers who are inactive is not documented: their absence says nothing. */
static void expect_active(scim_sync_reconcile_t *run, const apr_array_header_t *accounts)
{
    int i;

    for (i = 0; i < accounts->nelts; i++) {
        const scim_sync_jira_account_t *account =
            &APR_ARRAY_IDX(accounts, i, scim_sync_jira_account_t);

        if (!account->active) {
            apr_hash_set(run->gone, apr_pstrdup(run->pool, account->account_id),
                         APR_HASH_KEY_STRING, "");
        }
    }
}

static void compare_accounts(scim_sync_reconcile_t *run, const apr_array_header_t *accounts)
{
    int from = run->drifts->nelts;
    int i;

    scim_sync_drift_accounts(run->drifts, &run->sums, run->accounts, accounts);
    scim_sync_reconcile_keep(run, from);
    for (i = from; i < run->drifts->nelts; i++) {
        const scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, i, scim_sync_drift_t);

        if (drift->kind == SCIM_SYNC_DRIFT_ACCOUNT_MISSING) {
            apr_hash_set(run->gone, drift->account_id, APR_HASH_KEY_STRING, "");
        }
    }
    if (run->customers) {
        expect_active(run, accounts);
    }
    run->behind = apr_pstrdup(run->pool, APR_ARRAY_IDX(run->accounts, run->accounts->nelts - 1,
                                                       scim_sync_kept_account_t)
                                             .account_id);
}

static scim_sync_outcome_t hear_accounts(scim_sync_question_t *q, const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    const char *owner = q->worker->protection.owner;
    scim_sync_jira_page_t page;
    scim_sync_outcome_t outcome = scim_sync_jira_read_accounts(answer, &page, q->pool);

    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    if (!page.last) {
        /* Its pages are smaller than documented. */
        if (run->at_once > LEAST_AT_ONCE) {
            run->at_once = page.count > LEAST_AT_ONCE && page.count < run->at_once ? page.count
                                                                                   : LEAST_AT_ONCE;
            scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS);
            return outcome;
        }
        outcome.verdict = SCIM_SYNC_REFUSED;
        outcome.detail = "Jira does not show accounts that are asked for by their ids";
        return outcome;
    }
    if (owner && !holds_account(page.accounts, owner)) {
        doubt_sight(q->worker, "the account of its own API token");
        return outcome;
    }
    compare_accounts(run, page.accounts);
    scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_LOAD_ACCOUNTS);
    return outcome;
}

static void ask_members(scim_sync_question_t *q, scim_sync_call_t *call)
{
    const scim_sync_reconcile_t *run = q->worker->reconcile;

    if (run->customers) {
        scim_sync_reconcile_ask_portal_members(q, call);
    }
    else {
        scim_sync_jira_members(call, &q->worker->jira, run->roll.group_id, run->roll.count,
                               q->pool);
    }
}

/* It was there a moment ago. One that only grants a product is none of ours. */
static void lose_group(scim_sync_reconcile_t *run)
{
    int from = run->drifts->nelts = run->mark;

    run->unknown = run->unknown_before;
    if (!run->roll.taken) {
        run->sums.groups_missing++;
        APR_ARRAY_PUSH(run->drifts, scim_sync_drift_t) =
            (scim_sync_drift_t) { .kind = SCIM_SYNC_DRIFT_GROUP_MISSING,
                                  .group_id = run->roll.group_id,
                                  .group = run->roll.group,
                                  .was = run->roll.group };
        scim_sync_reconcile_keep(run, from);
    }
    run->at++;
    scim_sync_reconcile_next_group(run);
}

static void keep_strangers(scim_sync_reconcile_t *run)
{
    apr_pool_t *p = run->part;
    int i;

    for (i = 0; i < run->strangers->nelts; i++) {
        scim_sync_jira_account_t *account =
            &APR_ARRAY_IDX(run->strangers, i, scim_sync_jira_account_t);

        account->account_id = apr_pstrdup(p, account->account_id);
        account->email = apr_pstrdup(p, account->email);
        account->display_name = apr_pstrdup(p, account->display_name);
        account->account_type = apr_pstrdup(p, account->account_type);
    }
}

scim_sync_outcome_t scim_sync_reconcile_check_page(scim_sync_outcome_t outcome, int count, int last)
{
    if (outcome.verdict == SCIM_SYNC_DONE && count == 0 && !last) {
        outcome.verdict = SCIM_SYNC_RETRY;
        outcome.detail = "Jira shows an empty page, and says that there are more";
    }
    return outcome;
}

static scim_sync_outcome_t hear_members(scim_sync_question_t *q, const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    scim_sync_jira_page_t page = { .count = 0 };
    scim_sync_outcome_t outcome = run->customers
                                      ? scim_sync_jira_read_customers(answer, &page, q->pool)
                                      : scim_sync_jira_read_accounts(answer, &page, q->pool);

    if (outcome.verdict == SCIM_SYNC_ABSENT) {
        lose_group(run);
        return outcome;
    }
    if (outcome.verdict == SCIM_SYNC_REFUSED && run->customers) {
        return scim_sync_reconcile_skip_portal(run, outcome);
    }
    outcome = scim_sync_reconcile_check_page(outcome, page.count, page.last);
    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    apr_array_clear(run->strangers);
    scim_sync_drift_page(&run->roll, &page, run->strangers);
    run->last = page.last;
    if (run->roll.shifted && !run->roll.taken) {
        read_group_again(run);
    }
    else if (run->strangers->nelts > 0) {
        keep_strangers(run);
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_STRANGERS);
    }
    else {
        scim_sync_reconcile_next_page(run);
    }
    return outcome;
}

/*
 * Groups that seem to be gone, once more; with the witness, which shows that we see groups still.
 * Those that do not fit into one call are left for the next time.
 */
static void ask_groups_again(scim_sync_question_t *q, scim_sync_call_t *call)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    apr_array_header_t *ids = apr_array_make(q->pool, 50, sizeof(const char *));
    int i;

    add_id(ids, run->witness);
    for (i = 0; i < run->drifts->nelts; i++) {
        scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, i, scim_sync_drift_t);

        if (drift->kind == SCIM_SYNC_DRIFT_GROUP_MISSING) {
            drift->withdrawn = ids->nelts == SCIM_SYNC_JIRA_GROUPS_AT_ONCE;
            add_id(ids, drift->withdrawn ? NULL : drift->group_id);
        }
    }
    if (ids->nelts > 0) {
        scim_sync_jira_groups(call, &q->worker->jira, ids, q->pool);
    }
    else {
        scim_sync_jira_myself(call, &q->worker->jira, q->pool);
    }
}

static scim_sync_outcome_t hear_groups_again(scim_sync_question_t *q,
                                             const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    scim_sync_jira_account_t myself;
    apr_array_header_t *groups = NULL;
    scim_sync_outcome_t outcome;
    int i;

    /* Without a group to ask for it was /myself. */
    outcome = strstr(q->throttle.endpoint, "myself")
                  ? scim_sync_jira_read_myself(answer, &myself, q->pool)
                  : scim_sync_jira_read_groups(answer, &groups, q->pool);
    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    if (run->witness && !scim_sync_jira_lists_group(groups, run->witness)) {
        doubt_sight(q->worker, apr_psprintf(q->pool, "the group of the id %s", run->witness));
        return outcome;
    }
    for (i = 0; groups && i < run->drifts->nelts; i++) {
        scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, i, scim_sync_drift_t);

        if (drift->kind == SCIM_SYNC_DRIFT_GROUP_MISSING) {
            drift->withdrawn |= scim_sync_jira_lists_group(groups, drift->group_id);
        }
    }
    scim_sync_reconcile_confirm(run, SCIM_SYNC_RECONCILE_CONFIRM_ACCOUNT);
    return outcome;
}

scim_sync_drift_t *scim_sync_reconcile_next_gone(scim_sync_reconcile_t *run,
                                                 scim_sync_drift_kind_t kind)
{
    for (; run->confirmed < run->drifts->nelts; run->confirmed++) {
        scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, run->confirmed, scim_sync_drift_t);

        if (drift->kind == kind) {
            if (run->tries < CONFIRM_MAX) {
                return drift;
            }
            drift->withdrawn = 1;
        }
    }
    return NULL;
}

static void ask_account(scim_sync_question_t *q, scim_sync_call_t *call)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;

    scim_sync_jira_account_groups(
        call, &q->worker->jira,
        APR_ARRAY_IDX(run->drifts, run->confirmed, scim_sync_drift_t).account_id, q->pool);
}

static scim_sync_outcome_t hear_account(scim_sync_question_t *q, const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    scim_sync_drift_t *drift = &APR_ARRAY_IDX(run->drifts, run->confirmed, scim_sync_drift_t);
    apr_array_header_t *groups;
    scim_sync_outcome_t outcome = scim_sync_jira_read_account_groups(answer, &groups, q->pool);

    if (outcome.verdict == SCIM_SYNC_DONE || outcome.verdict == SCIM_SYNC_ABSENT) {
        drift->withdrawn = outcome.verdict == SCIM_SYNC_DONE;
        run->tries++;
        run->confirmed++;
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_CONFIRM_ACCOUNT);
    }
    return outcome;
}

/* The stages that are calls; the others have none. */
const scim_sync_reconcile_call_t scim_sync_reconcile_calls[SCIM_SYNC_RECONCILE_END + 1] = {
    [SCIM_SYNC_RECONCILE_GROUPS] = { ask_groups, hear_groups },
    [SCIM_SYNC_RECONCILE_DESKS] = { scim_sync_reconcile_ask_desks, scim_sync_reconcile_hear_desks },
    [SCIM_SYNC_RECONCILE_ORGANIZATIONS] = { scim_sync_reconcile_ask_organizations,
                                            scim_sync_reconcile_hear_organizations },
    [SCIM_SYNC_RECONCILE_ACCOUNTS] = { ask_accounts, hear_accounts },
    [SCIM_SYNC_RECONCILE_LISTING] = { scim_sync_reconcile_ask_listing,
                                      scim_sync_reconcile_hear_listing },
    [SCIM_SYNC_RECONCILE_MEMBERS] = { ask_members, hear_members },
    [SCIM_SYNC_RECONCILE_ON_DESK] = { scim_sync_reconcile_ask_on_desk,
                                      scim_sync_reconcile_hear_on_desk },
    [SCIM_SYNC_RECONCILE_CONFIRM_GROUPS] = { ask_groups_again, hear_groups_again },
    [SCIM_SYNC_RECONCILE_CONFIRM_PORTAL] = { scim_sync_reconcile_ask_portal,
                                             scim_sync_reconcile_hear_portal },
    [SCIM_SYNC_RECONCILE_CONFIRM_ACCOUNT] = { ask_account, hear_account },
};

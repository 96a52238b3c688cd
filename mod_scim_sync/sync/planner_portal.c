/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/planner_portal.h"

#include <apr_strings.h>

#include "base/text.h"
#include "jira/servicedesk.h"

static int count(const apr_array_header_t *list)
{
    return list ? list->nelts : 0;
}

static int holds(const apr_array_header_t *list, const char *account)
{
    return list && scim_sync_list_holds(list, account);
}

static const char *account_at(const apr_array_header_t *list, int i)
{
    return APR_ARRAY_IDX(list, i, const char *);
}

/* A new list, so that what was learnt before an answer stays as it is (sync/job.h says why). */
static apr_array_header_t *copy(const apr_array_header_t *list, apr_pool_t *p)
{
    apr_array_header_t *copied = apr_array_make(p, count(list) + 1, sizeof(const char *));
    int i;

    for (i = 0; i < count(list); i++) {
        APR_ARRAY_PUSH(copied, const char *) = apr_pstrdup(p, account_at(list, i));
    }
    return copied;
}

/* ---- what answers are ---- */

/* There is an account among them that can't be done; half of them may be without. */
static void lessen(scim_sync_portal_half_t *half, int desk_removal, int accounts)
{
    half->limit = desk_removal && !half->accepted ? 1 : accounts / 2;
}

/* It was refused alone. */
static scim_sync_portal_fate_t isolate(scim_sync_portal_half_t *half, int desk_removal,
                                       const char *account, apr_pool_t *p)
{
    apr_array_header_t *alone;

    if (holds(half->suspects, account)) {
        return SCIM_SYNC_PORTAL_UNKNOWN;
    }
    if (desk_removal && !half->accepted) {
        alone = copy(half->alone, p);
        APR_ARRAY_PUSH(alone, const char *) = apr_pstrdup(p, account);
        half->alone = alone;
        half->limit = 1;
        return SCIM_SYNC_PORTAL_QUEUED;
    }
    half->limit = 0;
    half->read = 0;
    return SCIM_SYNC_PORTAL_REFUSED;
}

/* Those that were refused before one was done are as good as all others. */
static void note_done(scim_sync_portal_half_t *half)
{
    if (!half->accepted && half->limit == 1) {
        half->limit = SCIM_SYNC_JIRA_BATCH / 2;
    }
    half->accepted = 1;
    half->alone = NULL;
    half->read = half->limit != 0;
}

/* A list of what is in it, but for those who are done; and of those who are refused, too. */
static void note_answer(scim_sync_portal_half_t *half, const apr_array_header_t *done,
                        const apr_array_header_t *refused, apr_pool_t *p)
{
    apr_array_header_t *answered;
    int i;

    if (count(half->answered) + count(refused) == 0) {
        return;
    }
    answered = apr_array_make(p, count(half->answered) + count(refused), sizeof(const char *));
    for (i = 0; i < count(half->answered); i++) {
        if (!holds(done, account_at(half->answered, i))) {
            APR_ARRAY_PUSH(answered, const char *) = account_at(half->answered, i);
        }
    }
    for (i = 0; i < count(refused); i++) {
        APR_ARRAY_PUSH(answered, const char *) = apr_pstrdup(p, account_at(refused, i));
    }
    half->answered = answered;
}

int scim_sync_portal_doubts(const scim_sync_portal_half_t *half, const char *account)
{
    return !holds(half->answered, account);
}

static scim_sync_outcome_t keep(const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    scim_sync_outcome_t kept = *outcome;

    kept.detail = apr_pstrdup(p, outcome->detail);
    return kept;
}

scim_sync_portal_fate_t scim_sync_portal_answered(scim_sync_portal_half_t *half, int desk_removal,
                                                  const apr_array_header_t *accounts,
                                                  const apr_array_header_t *first,
                                                  const scim_sync_outcome_t *outcome, int open,
                                                  apr_pool_t *p)
{
    if (outcome->verdict == SCIM_SYNC_DONE) {
        note_done(half);
        note_answer(half, accounts, NULL, p);
        return SCIM_SYNC_PORTAL_SETTLED;
    }
    if (outcome->verdict != SCIM_SYNC_ABSENT && !open) {
        half->stopped = keep(outcome, p);
        return SCIM_SYNC_PORTAL_QUEUED;
    }
    half->words = keep(outcome, p);
    note_answer(half, NULL, first, p);
    if (accounts->nelts == 1 && (half->read || holds(half->suspects, account_at(accounts, 0)))) {
        return isolate(half, desk_removal, account_at(accounts, 0), p);
    }
    if (half->read) {
        lessen(half, desk_removal, accounts->nelts);
    }
    else {
        half->doubted = copy(accounts, p);
    }
    return SCIM_SYNC_PORTAL_QUEUED;
}

scim_sync_portal_fate_t scim_sync_portal_shown(scim_sync_portal_half_t *half, int desk_removal,
                                               const apr_array_header_t *shown, apr_pool_t *p)
{
    const apr_array_header_t *doubted = half->doubted;
    apr_array_header_t *suspects = copy(half->suspects, p);
    int before = suspects->nelts;
    int i;

    for (i = 0; shown && i < doubted->nelts; i++) {
        if (!holds(shown, account_at(doubted, i)) && !holds(suspects, account_at(doubted, i))) {
            APR_ARRAY_PUSH(suspects, const char *) = account_at(doubted, i);
        }
    }
    half->doubted = NULL;
    half->suspects = suspects;
    half->read = 1;
    if (doubted->nelts == 1) {
        return isolate(half, desk_removal, account_at(doubted, 0), p);
    }
    if (suspects->nelts == before) {
        lessen(half, desk_removal, doubted->nelts);
    }
    return SCIM_SYNC_PORTAL_QUEUED;
}

/* ---- the plan ---- */

int scim_sync_portal_most(const scim_sync_portal_half_t *half)
{
    return SCIM_SYNC_JIRA_BATCH + count(half->suspects) + count(half->alone);
}

/* The next batch of a line; empty when there is nobody who may be sent. */
static apr_array_header_t *next_batch(const scim_sync_portal_line_t *line,
                                      const scim_sync_portal_half_t *half, apr_pool_t *p)
{
    apr_array_header_t *batch = apr_array_make(p, 8, sizeof(const char *));
    int limit = half->limit ? half->limit : SCIM_SYNC_JIRA_BATCH;
    const char *suspect = NULL;
    int i;

    for (i = 0; i < line->accounts->nelts && batch->nelts < limit; i++) {
        const char *account = account_at(line->accounts, i);

        if (holds(half->suspects, account)) {
            suspect = suspect ? suspect : account;
        }
        else if (!holds(half->alone, account)) {
            APR_ARRAY_PUSH(batch, const char *) = account;
        }
    }
    if (batch->nelts == 0 && suspect) {
        APR_ARRAY_PUSH(batch, const char *) = suspect;
    }
    return batch;
}

int scim_sync_portal_shows_open(const scim_sync_portal_t *portal,
                                const scim_sync_portal_learnt_t *learnt)
{
    const scim_sync_portal_half_t *half = &learnt->remove;
    int i;

    if (!portal->desk || half->accepted || count(half->alone) == 0) {
        return 0;
    }
    for (i = 0; count(half->alone) < 2 && i < portal->removing.accounts->nelts; i++) {
        const char *account = account_at(portal->removing.accounts, i);

        if (!holds(half->alone, account) && !holds(half->suspects, account)) {
            return 0;
        }
    }
    return 1;
}

/*
 * How long what is queued waits for more; 0: it does not. What has met a refusal, or goes on beside
 * something that has, does not.
 */
static apr_int64_t waits(const scim_sync_portal_t *portal, const scim_sync_portal_line_t *line,
                         const scim_sync_portal_half_t *half, const scim_sync_portal_half_t *other,
                         apr_int64_t most)
{
    apr_int64_t left = most - line->age;

    if (!portal->more_come || half->limit || half->read || count(half->suspects) > 0 ||
        other->stopped.verdict != SCIM_SYNC_DONE || line->accounts->nelts >= SCIM_SYNC_JIRA_BATCH ||
        left <= 0) {
        return 0;
    }
    return left < SCIM_SYNC_PORTAL_LOOK_MS ? left : SCIM_SYNC_PORTAL_LOOK_MS;
}

static void push(apr_array_header_t *steps, scim_sync_step_kind_t kind, int removes,
                 const apr_array_header_t *accounts)
{
    APR_ARRAY_PUSH(steps, scim_sync_portal_step_t) =
        (scim_sync_portal_step_t) { .kind = kind, .removes = removes, .accounts = accounts };
}

/* One half of the plan: its step, or how long it waits (0: it doesn't). */
static apr_int64_t plan_half(apr_array_header_t *steps, const scim_sync_portal_t *portal,
                             const scim_sync_portal_learnt_t *learnt, int removes, apr_pool_t *p)
{
    const scim_sync_portal_half_t *half = removes ? &learnt->remove : &learnt->add;
    const scim_sync_portal_half_t *other = removes ? &learnt->add : &learnt->remove;
    const scim_sync_portal_line_t *line = removes ? &portal->removing : &portal->adding;
    apr_array_header_t *batch;
    apr_int64_t wait;

    if (half->stopped.verdict != SCIM_SYNC_DONE || line->accounts->nelts == 0) {
        return 0;
    }
    if (half->doubted) {
        push(steps, SCIM_SYNC_READ_ACCOUNTS, removes, half->doubted);
        return 0;
    }
    wait = waits(portal, line, half, other,
                 removes ? SCIM_SYNC_PORTAL_REMOVE_WAIT_MS : SCIM_SYNC_PORTAL_ADD_WAIT_MS);
    if (wait > 0) {
        return wait;
    }
    batch = next_batch(line, half, p);
    if (batch->nelts > 0) {
        push(steps, removes ? SCIM_SYNC_REMOVE_BATCH : SCIM_SYNC_ADD_BATCH, removes, batch);
    }
    return 0;
}

/* Both halves come to one end: what may still change by itself is tried again. */
static void join(scim_sync_outcome_t *all, const scim_sync_outcome_t *one, apr_pool_t *p)
{
    const char *before = all->detail;

    if (one->verdict == SCIM_SYNC_DONE) {
        return;
    }
    if (all->verdict == SCIM_SYNC_DONE || one->verdict == SCIM_SYNC_RETRY) {
        *all = *one;
    }
    if (before) {
        all->detail = apr_pstrcat(p, before, "; ", one->detail, NULL);
    }
}

static scim_sync_outcome_t wait_for_more(const scim_sync_portal_t *portal, apr_int64_t ms,
                                         apr_pool_t *p)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_RETRY, .retry_ms = ms };

    outcome.detail =
        apr_psprintf(p,
                     "%d to add and %d to remove so far: waits a moment for more of those whose "
                     "tasks are in work, to send them at once",
                     portal->adding.accounts->nelts, portal->removing.accounts->nelts);
    return outcome;
}

/* What stays in the queue for now is looked at again soon. */
static void join_still(scim_sync_outcome_t *outcome, const scim_sync_portal_t *portal,
                       apr_pool_t *p)
{
    scim_sync_outcome_t still = { .verdict = SCIM_SYNC_RETRY,
                                  .retry_ms = SCIM_SYNC_PORTAL_STILL_MS };

    if (portal->adding.still) {
        still.detail = "who is still to be added waits: the identity provider that wants that is "
                       "paused or in dry run, or does not want it any more";
        join(outcome, &still, p);
    }
    if (portal->removing.still) {
        still.detail = "who is still to be removed waits: an identity provider that is paused or "
                       "in dry run has a say in it";
        join(outcome, &still, p);
    }
}

static scim_sync_outcome_t managed(const scim_sync_portal_t *portal, apr_pool_t *p)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_REFUSED };

    outcome.detail = apr_pstrcat(p, portal->name,
                                 " is kept by another directory now, and is never touched: map its "
                                 "groups to another one; who is to leave it is taken out where it "
                                 "is kept",
                                 NULL);
    return outcome;
}

scim_sync_outcome_t scim_sync_plan_portal(apr_array_header_t **steps,
                                          const scim_sync_portal_t *portal,
                                          const scim_sync_portal_learnt_t *learnt, apr_pool_t *p)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    apr_int64_t add_wait = 0;
    apr_int64_t remove_wait = 0;

    *steps = apr_array_make(p, 2, sizeof(scim_sync_portal_step_t));
    if (portal->relinked) {
        return (scim_sync_outcome_t) { .verdict = SCIM_SYNC_RETRY,
                                       .retry_ms = SCIM_SYNC_PORTAL_RELINK_MS,
                                       .detail = "which groups stand for it is looked at first" };
    }
    if (portal->adding.accounts->nelts == 0 && portal->removing.accounts->nelts == 0) {
        join_still(&outcome, portal, p);
        return outcome;
    }
    if (learnt->managed) {
        return managed(portal, p);
    }
    add_wait = plan_half(*steps, portal, learnt, 0, p);
    if (!portal->open) {
        remove_wait = plan_half(*steps, portal, learnt, 1, p);
    }
    if (!portal->desk && !learnt->looked && (*steps)->nelts > 0) {
        apr_array_clear(*steps);
        push(*steps, SCIM_SYNC_READ_PORTAL, 0, NULL);
        return outcome;
    }
    if ((*steps)->nelts > 0) {
        return outcome;
    }
    if (portal->open && portal->removing.accounts->nelts > 0) {
        join(&outcome,
             &(scim_sync_outcome_t) { .verdict = SCIM_SYNC_REFUSED, .detail = portal->open }, p);
    }
    join(&outcome, &learnt->remove.stopped, p);
    join(&outcome, &learnt->add.stopped, p);
    if (add_wait || remove_wait) {
        apr_int64_t ms =
            !remove_wait || (add_wait && add_wait < remove_wait) ? add_wait : remove_wait;
        scim_sync_outcome_t wait = wait_for_more(portal, ms, p);

        join(&outcome, &wait, p);
    }
    join_still(&outcome, portal, p);
    return outcome;
}

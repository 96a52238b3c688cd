/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/pull_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/secret.h"
#include "mod_scim_sync_version.h"
#include "sync/pull_entry.h"

/* The lease is prolonged, and how far it is told, so often. */
#define KEEP apr_time_from_sec(5)

/* In the place of the transport's own, which does not say that it understands gzip. */
static const char agent[] =
    "User-Agent: " SCIM_SYNC_GOOGLE_AGENT("mod_scim_sync/" SCIM_SYNC_VERSION);

scim_sync_pull_t *scim_sync_pull_make(const scim_sync_pull_means_t *means,
                                      const scim_sync_google_run_t *run,
                                      const scim_sync_lease_t *lease, apr_pool_t *p)
{
    scim_sync_pull_t *pull = apr_pcalloc(p, sizeof(*pull));
    int i;

    pull->means = *means;
    pull->pool = p;
    pull->lease = *lease;
    pull->lease.name = apr_pstrdup(p, lease->name);
    pull->run.id = run->id;
    pull->run.idp = apr_pstrdup(p, run->idp);
    pull->run.cause = apr_pstrdup(p, run->cause);
    if (!strcmp(run->state, SCIM_SYNC_RUN_TELLING)) {
        pull->telling = 1;
        pull->run.calls = run->calls;
        pull->run.counts = apr_pstrdup(p, run->counts);
        pull->run.errors = apr_pstrdup(p, run->errors);
    }
    pull->keep_at = means->now() + KEEP;
    pull->pace.rate = SCIM_SYNC_PULL_RATE;
    pull->lost = apr_array_make(p, 4, sizeof(const char *));
    pull->errors = scim_sync_json_own(json_object(), p);
    apr_pool_create(&pull->errors_pool, p);
    apr_pool_create(&pull->token_pool, p);
    apr_pool_create(&pull->queue_pool, p);
    pull->queue = apr_array_make(pull->queue_pool, 1, sizeof(const char *));
    for (i = 0; i < SCIM_SYNC_PULL_SLOTS; i++) {
        pull->slots[i].pull = pull;
        apr_pool_create(&pull->slots[i].pool, p);
    }
    return pull;
}

static void give_up(scim_sync_pull_t *pull, const char *why)
{
    if (!pull->failure) {
        pull->failure = apr_pstrdup(pull->pool, why);
    }
}

/* ---- the access token ---- */

static void token_answered(void *baton, const scim_sync_answer_t *answer)
{
    scim_sync_pull_t *pull = baton;

    pull->in_flight--;
    pull->token_answer = answer;
    pull->token_state = SCIM_SYNC_PULL_TOKEN_TOLD;
}

static void use_token(scim_sync_pull_t *pull)
{
    scim_sync_google_token_t *token = &pull->token;

    switch (token->step) {
    case SCIM_SYNC_GOOGLE_TOKEN_HERE:
        pull->token_state = SCIM_SYNC_PULL_TOKEN_HERE;
        pull->refused = 0;
        break;
    case SCIM_SYNC_GOOGLE_TOKEN_ASK:
        pull->token_state = SCIM_SYNC_PULL_TOKEN_ASKED;
        pull->in_flight++;
        if (pull->means.start(pull->means.net, &token->call, token_answered, pull,
                              pull->token_pool) != APR_SUCCESS) {
            pull->in_flight--;
            give_up(pull, "no call for an access token can be made");
        }
        break;
    case SCIM_SYNC_GOOGLE_TOKEN_WAIT:
        pull->token_state = SCIM_SYNC_PULL_TOKEN_NEEDED;
        pull->token_due = pull->means.now() + apr_time_from_msec(token->wait_ms);
        break;
    case SCIM_SYNC_GOOGLE_TOKEN_NONE:
        give_up(pull, token->detail ? token->detail : "it is not connected to Google");
        break;
    }
}

static void get_token(scim_sync_pull_t *pull)
{
    if (pull->token_state == SCIM_SYNC_PULL_TOKEN_TOLD) {
        scim_sync_google_token_told(&pull->token, pull->token_answer);
        use_token(pull);
    }
    else if (pull->token_state == SCIM_SYNC_PULL_TOKEN_NEEDED &&
             pull->means.now() >= pull->token_due) {
        apr_pool_clear(pull->token_pool);
        pull->means.want(&pull->token, pull->means.runtime, pull->run.idp, pull->refused,
                         pull->token_pool);
        use_token(pull);
    }
}

/* The Directory does not take it; many calls may have had the same one. */
static void token_refused(scim_sync_pull_t *pull, apr_int64_t generation)
{
    if (pull->token_state == SCIM_SYNC_PULL_TOKEN_HERE && pull->token.generation == generation) {
        pull->refused = generation;
        pull->token_state = SCIM_SYNC_PULL_TOKEN_NEEDED;
        pull->token_due = 0;
    }
}

/* ---- answers ---- */

static scim_sync_google_result_t read_page(scim_sync_slot_t *slot, const scim_sync_answer_t *answer)
{
    const char *asked = slot->listing.page[0] ? slot->listing.page : NULL;

    switch (slot->listing.kind) {
    case SCIM_SYNC_PULL_USERS:
        return slot->listing.query || scim_sync_choice_unit(slot->pull->choice)
                   ? scim_sync_google_read_found(answer, asked, &slot->page, slot->pool)
                   : scim_sync_google_read_users(answer, asked, &slot->page, slot->pool);
    case SCIM_SYNC_PULL_MEMBERS:
        return scim_sync_google_read_members(answer, asked, &slot->page, slot->pool);
    case SCIM_SYNC_PULL_GROUPS:
    case SCIM_SYNC_PULL_CHECK:
        break;
    }
    return scim_sync_google_read_groups(answer, asked, &slot->page, slot->pool);
}

/* A group whose members are not there is listed among the groups still. */
static void check_lost(scim_sync_slot_t *slot)
{
    scim_sync_pull_t *pull = slot->pull;
    int i;

    for (i = 0; i < slot->page.entries->nelts; i++) {
        const char *id = APR_ARRAY_IDX(slot->page.entries, i, scim_sync_google_group_t).id;
        int n;

        for (n = 0; n < pull->lost->nelts; n++) {
            if (!strcmp(APR_ARRAY_IDX(pull->lost, n, const char *), id)) {
                give_up(pull, apr_pstrcat(slot->pool, "Google lists the group ", id,
                                          ", and says that there is none", NULL));
            }
        }
    }
}

static void take_page(scim_sync_slot_t *slot)
{
    const scim_sync_choice_t *choice = slot->pull->choice;

    slot->state = SCIM_SYNC_SLOT_FULL;
    slot->others = apr_array_make(slot->pool, 1, sizeof(const char *));
    switch (slot->listing.kind) {
    case SCIM_SYNC_PULL_USERS:
        slot->entries = scim_sync_pull_user_entries(&slot->page, choice, slot->others, slot->pool);
        break;
    case SCIM_SYNC_PULL_GROUPS:
        slot->entries = scim_sync_pull_group_entries(&slot->page, choice, slot->others, slot->pool);
        break;
    case SCIM_SYNC_PULL_MEMBERS:
        slot->entries = scim_sync_pull_member_entries(&slot->page, slot->pool);
        break;
    case SCIM_SYNC_PULL_CHECK:
        check_lost(slot);
        break;
    }
}

static void lose_group(scim_sync_pull_t *pull, const char *group)
{
    APR_ARRAY_PUSH(pull->lost, const char *) = apr_pstrdup(pull->pool, group);
    if (pull->lost->nelts > SCIM_SYNC_PULL_LOST) {
        give_up(pull, "Google says of too many groups that it lists that there are none");
    }
}

static apr_uint32_t random_number(void)
{
    apr_uint32_t number;

    scim_sync_random(&number, sizeof(number));
    return number;
}

static void follow(scim_sync_slot_t *slot, const scim_sync_pull_step_t *step)
{
    scim_sync_pull_t *pull = slot->pull;

    slot->due = pull->means.now() + apr_time_from_msec(step->wait_ms);
    if (step->too_fast) {
        scim_sync_pull_slow(&pull->pace, pull->means.now());
    }
    switch (step->next) {
    case SCIM_SYNC_PULL_TAKE:
        take_page(slot);
        break;
    case SCIM_SYNC_PULL_RENEW:
        token_refused(pull, slot->generation);
        slot->state = SCIM_SYNC_SLOT_DUE;
        break;
    case SCIM_SYNC_PULL_AGAIN:
        slot->state = SCIM_SYNC_SLOT_DUE;
        break;
    case SCIM_SYNC_PULL_ANEW:
        slot->state = SCIM_SYNC_SLOT_ANEW;
        break;
    case SCIM_SYNC_PULL_ABSENT:
        lose_group(pull, slot->listing.group);
        slot->state = SCIM_SYNC_SLOT_IDLE;
        break;
    case SCIM_SYNC_PULL_FAIL:
        give_up(pull, step->why);
        slot->state = SCIM_SYNC_SLOT_IDLE;
        break;
    }
}

static void answered(void *baton, const scim_sync_answer_t *answer)
{
    scim_sync_slot_t *slot = baton;
    scim_sync_pull_t *pull = slot->pull;
    scim_sync_google_result_t result;
    scim_sync_pull_step_t step;

    pull->in_flight--;
    slot->state = SCIM_SYNC_SLOT_IDLE;
    if (pull->ended || pull->failure || answer->dropped) {
        return;
    }
    pull->run.calls++;
    result = read_page(slot, answer);
    scim_sync_pull_note(pull, &result, slot->pool);
    step = scim_sync_pull_judge(&slot->listing, &result, &slot->page,
                                scim_sync_google_retry_ms(answer), random_number(), slot->pool);
    follow(slot, &step);
}

/* ---- calls ---- */

static apr_interval_time_t may_send(void *baton)
{
    scim_sync_slot_t *slot = baton;
    scim_sync_pull_t *pull = slot->pull;

    if (pull->ended || pull->failure) {
        return -1;
    }
    return scim_sync_pull_pace(&pull->pace, pull->means.now());
}

static void make_call(const scim_sync_slot_t *slot, scim_sync_call_t *call)
{
    const scim_sync_choice_t *choice = slot->pull->choice;
    const scim_sync_google_choice_t users = { .query = slot->listing.query,
                                              .org_unit = scim_sync_choice_unit(choice) };
    const scim_sync_google_choice_t groups = { .query = slot->listing.query };
    const scim_sync_google_settings_t *settings = &slot->pull->token.party.settings;
    const scim_sync_google_t google = { .base_url = settings->directory,
                                        .token = slot->pull->token.token,
                                        .domain = choice->domain };
    const char *page = slot->listing.page[0] ? slot->listing.page : NULL;

    memset(call, 0, sizeof(*call));
    switch (slot->listing.kind) {
    case SCIM_SYNC_PULL_USERS:
        scim_sync_google_users(call, &google, &users, page, slot->pool);
        break;
    case SCIM_SYNC_PULL_MEMBERS:
        scim_sync_google_members(call, &google, slot->listing.group, page, slot->pool);
        break;
    case SCIM_SYNC_PULL_GROUPS:
    case SCIM_SYNC_PULL_CHECK:
        scim_sync_google_groups(call, &google, &groups, page, slot->pool);
        break;
    }
    call->header = agent;
}

static void start_call(scim_sync_slot_t *slot)
{
    scim_sync_pull_t *pull = slot->pull;
    scim_sync_call_t call;

    apr_pool_clear(slot->pool);
    make_call(slot, &call);
    call.passage = (scim_sync_passage_t) { .may_send = may_send, .baton = slot };
    slot->state = SCIM_SYNC_SLOT_CALLING;
    slot->generation = pull->token.generation;
    pull->in_flight++;
    if (pull->means.start(pull->means.net, &call, answered, slot, slot->pool) != APR_SUCCESS) {
        pull->in_flight--;
        slot->state = SCIM_SYNC_SLOT_IDLE;
        give_up(pull, "no call to the directory can be made");
    }
}

/* ---- listings ---- */

/* The next listing that can be begun, if there is one. */
static void begin_next(scim_sync_slot_t *slot)
{
    scim_sync_pull_t *pull = slot->pull;

    if (scim_sync_pull_first(pull, pull->begun, &slot->listing)) {
        pull->begun++;
    }
    else if (pull->queue_at < pull->queue->nelts) {
        scim_sync_pull_listing_begin(&slot->listing, SCIM_SYNC_PULL_MEMBERS,
                                     APR_ARRAY_IDX(pull->queue, pull->queue_at++, const char *));
    }
    else {
        return;
    }
    slot->state = SCIM_SYNC_SLOT_DUE;
    slot->due = 0;
}

static int any_in(const scim_sync_pull_t *pull, scim_sync_slot_state_t state)
{
    int i;

    for (i = 0; i < SCIM_SYNC_PULL_SLOTS; i++) {
        if (pull->slots[i].state == state) {
            return 1;
        }
    }
    return 0;
}

static int all_idle(const scim_sync_pull_t *pull)
{
    int i;

    for (i = 0; i < SCIM_SYNC_PULL_SLOTS; i++) {
        if (pull->slots[i].state != SCIM_SYNC_SLOT_IDLE) {
            return 0;
        }
    }
    return scim_sync_pull_has_groups(pull) && pull->queue_done && pull->inner_done &&
           pull->queue_at == pull->queue->nelts;
}

/* What a slot had is written: its listing goes on. */
static void go_on(scim_sync_slot_t *slot, apr_pool_t *p)
{
    scim_sync_pull_t *pull = slot->pull;
    scim_sync_pull_step_t step;
    int over;

    if (slot->state == SCIM_SYNC_SLOT_ANEW) {
        slot->state = SCIM_SYNC_SLOT_DUE;
        return;
    }
    step = scim_sync_pull_turn(&slot->listing, &slot->page, slot->fresh, &over, p);
    if (step.next != SCIM_SYNC_PULL_TAKE) {
        follow(slot, &step);
    }
    else if (over) {
        pull->groups_listed += slot->listing.kind == SCIM_SYNC_PULL_GROUPS;
        slot->state = SCIM_SYNC_SLOT_IDLE;
    }
    else {
        slot->state = SCIM_SYNC_SLOT_DUE;
        slot->due = 0;
    }
}

static apr_status_t write_what_came(scim_sync_pull_t *pull, apr_pool_t *p)
{
    apr_status_t rv;
    int i;

    if (!any_in(pull, SCIM_SYNC_SLOT_FULL) && !any_in(pull, SCIM_SYNC_SLOT_ANEW) &&
        !scim_sync_pull_wants_groups(pull) && pull->means.now() < pull->keep_at) {
        return APR_SUCCESS;
    }
    pull->keep_at = pull->means.now() + KEEP;
    pull->run.doing = scim_sync_pull_has_groups(pull) ? "members" : "users and groups";
    if ((rv = scim_sync_pull_write(pull, p)) != APR_SUCCESS || pull->ended) {
        return rv;
    }
    for (i = 0; i < SCIM_SYNC_PULL_SLOTS; i++) {
        if (pull->slots[i].state == SCIM_SYNC_SLOT_FULL ||
            pull->slots[i].state == SCIM_SYNC_SLOT_ANEW) {
            go_on(&pull->slots[i], p);
        }
    }
    return APR_SUCCESS;
}

static void ask_for_more(scim_sync_pull_t *pull)
{
    apr_time_t now = pull->means.now();
    int i;

    for (i = 0; i < SCIM_SYNC_PULL_SLOTS; i++) {
        scim_sync_slot_t *slot = &pull->slots[i];

        if (slot->state == SCIM_SYNC_SLOT_IDLE) {
            begin_next(slot);
        }
        if (slot->state == SCIM_SYNC_SLOT_DUE && slot->due <= now && !pull->failure &&
            pull->token_state == SCIM_SYNC_PULL_TOKEN_HERE) {
            start_call(slot);
        }
    }
}

static apr_status_t prepare(scim_sync_pull_t *pull, apr_pool_t *p)
{
    const char *why = NULL;
    apr_status_t rv = pull->choice ? APR_SUCCESS : scim_sync_pull_read_choice(pull, &why, p);

    if (why) {
        give_up(pull, why);
    }
    return rv;
}

static apr_status_t conclude(scim_sync_pull_t *pull, apr_pool_t *p)
{
    if (pull->lost->nelts > 0 && !pull->checked) {
        pull->checked = 1;
        scim_sync_pull_listing_begin(&pull->slots[0].listing, SCIM_SYNC_PULL_CHECK, NULL);
        pull->slots[0].state = SCIM_SYNC_SLOT_DUE;
        pull->slots[0].due = 0;
        return APR_SUCCESS;
    }
    return scim_sync_pull_conclude(pull, p);
}

/* When there is something to do that no answer tells of. */
static void shorten(const scim_sync_pull_t *pull, apr_int64_t *wait)
{
    apr_time_t now = pull->means.now();
    apr_time_t next = pull->keep_at;
    int i;

    if (pull->token_state == SCIM_SYNC_PULL_TOKEN_TOLD || any_in(pull, SCIM_SYNC_SLOT_FULL) ||
        any_in(pull, SCIM_SYNC_SLOT_ANEW) || scim_sync_pull_wants_groups(pull) || pull->failure) {
        next = now;
    }
    else if (pull->token_state == SCIM_SYNC_PULL_TOKEN_NEEDED && pull->token_due < next) {
        next = pull->token_due;
    }
    for (i = 0; pull->token_state == SCIM_SYNC_PULL_TOKEN_HERE && i < SCIM_SYNC_PULL_SLOTS; i++) {
        if (pull->slots[i].state == SCIM_SYNC_SLOT_DUE && pull->slots[i].due < next) {
            next = pull->slots[i].due;
        }
    }
    if (next <= now) {
        *wait = 0;
    }
    else if (apr_time_as_msec(next - now) + 1 < *wait) {
        *wait = apr_time_as_msec(next - now) + 1;
    }
}

apr_status_t scim_sync_pull_go_on(scim_sync_pull_t *pull, apr_int64_t *wait, int *over,
                                  apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    if (pull->telling && !pull->ended) {
        rv = scim_sync_pull_tell(pull, p);
        *wait = 0;
    }
    else if (!pull->ended && !pull->failure && (rv = prepare(pull, p)) == APR_SUCCESS &&
             !pull->failure) {
        rv = write_what_came(pull, p);
    }
    if (rv == APR_SUCCESS && !pull->ended && !pull->failure && !pull->telling) {
        get_token(pull);
        ask_for_more(pull);
        if (all_idle(pull) && !pull->failure) {
            rv = conclude(pull, p);
            *wait = 0;
        }
    }
    if (rv == APR_SUCCESS && !pull->ended && pull->failure) {
        rv = scim_sync_pull_fail(pull, p);
    }
    *over = rv == APR_SUCCESS && pull->ended && pull->in_flight == 0;
    if (!pull->ended) {
        shorten(pull, wait);
    }
    return rv;
}

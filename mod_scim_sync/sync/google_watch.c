/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_watch.h"

#include <string.h>

#include <apr_strings.h>

#include "base/log.h"
#include "base/text.h"
#include "google/directory.h"
#include "store/event.h"
#include "sync/google_channel.h"
#include "sync/google_schedule.h"

/* Whether something is due is looked at so often. */
#define LOOK apr_time_from_msec(1000)
/* Nobody waits longer for an access token. */
#define TOKEN_MAX apr_time_from_sec(20)
/* Besides what a call may take, and the one before that gets an access token (ms). */
#define CLAIM          30000
#define FAILURES_FIRST 60000
#define FAILURES_MOST  3600000

typedef enum {
    IDLE,
    TOKEN_NEEDED,
    TOKEN_ASKED,
    TOKEN_TOLD,
    CALLING, /* what is to be done */
    ANSWERED
} state_t;

struct scim_sync_watcher_t {
    scim_sync_pull_means_t means;
    apr_time_t look_at;
    state_t state;
    apr_pool_t *pool; /* of what is being done */
    const char *idp;
    scim_sync_channel_act_t act;
    scim_sync_channel_t channel; /* that is made or stopped */
    const char *secret;          /* OPEN: its token */
    scim_sync_google_token_t token;
    apr_time_t token_due;
    apr_time_t token_end; /* for one that is not there by then nobody waits */
    apr_int64_t refused;  /* the generation of an access token that was not taken; 0: none */
    const scim_sync_answer_t *answer;
};

scim_sync_watcher_t *scim_sync_watcher_make(const scim_sync_pull_means_t *means, apr_pool_t *p)
{
    scim_sync_watcher_t *watcher = apr_pcalloc(p, sizeof(*watcher));

    watcher->means = *means;
    apr_pool_create(&watcher->pool, p);
    return watcher;
}

static apr_int64_t claim_ms(const scim_sync_watcher_t *watcher)
{
    return 2 * apr_time_as_msec(watcher->means.runtime->transport.timeout) + CLAIM;
}

/* ---- what is due ---- */

static apr_status_t look_all(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    return scim_sync_google_when(db, baton, NULL, p);
}

typedef struct {
    const scim_sync_watcher_t *watcher;
    const scim_sync_google_when_t *when;
    scim_sync_channel_step_t step;
    scim_sync_channel_t made; /* of OPEN */
    const char *secret;
} choice_t;

static apr_status_t choose(scim_sync_db_t *db, choice_t *c, apr_pool_t *p)
{
    const scim_sync_google_when_t *when = c->when;
    int is_connected = !strcmp(when->connection, SCIM_SYNC_GOOGLE_CONNECTED);
    scim_sync_google_schedule_t schedule;
    apr_array_header_t *channels;
    scim_sync_push_t *push;
    apr_status_t rv;

    memset(&c->step, 0, sizeof(c->step));
    if ((rv = scim_sync_push_load(db, &push, when->idp, p)) != APR_SUCCESS || !push ||
        push->ask_at > push->now ||
        (rv = scim_sync_channel_list(db, &channels, when->idp, p)) != APR_SUCCESS) {
        return rv;
    }
    scim_sync_google_schedule_parse(&schedule, when->schedule, p);
    scim_sync_google_channel_next(&c->step, channels, schedule.push, is_connected ? when->since : 0,
                                  push->now);
    if (c->step.act == SCIM_SYNC_CHANNEL_OPEN) {
        c->made = (scim_sync_channel_t) { .id = scim_sync_new_id(p),
                                          .idp = when->idp,
                                          .event = c->step.event,
                                          .address = schedule.push };
        c->secret = scim_sync_token_new(p);
        c->made.hash = scim_sync_sha256(c->secret, p);
    }
    return APR_SUCCESS;
}

static apr_status_t look_one(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    return choose(db, baton, p);
}

/* Nobody else does it, from here on; Google's first message may come before its answer does. */
static apr_status_t claim(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    choice_t *c = baton;
    apr_array_header_t *whens;
    apr_status_t rv;
    int mine;

    if ((rv = scim_sync_google_when_hold(db, c->when->idp, p)) != APR_SUCCESS ||
        (rv = scim_sync_google_when(db, &whens, c->when->idp, p)) != APR_SUCCESS) {
        return rv;
    }
    c->step.act = SCIM_SYNC_CHANNEL_REST;
    if (whens->nelts == 0) {
        return APR_SUCCESS;
    }
    c->when = APR_ARRAY_IDX(whens, 0, scim_sync_google_when_t *);
    if ((rv = choose(db, c, p)) != APR_SUCCESS || c->step.act == SCIM_SYNC_CHANNEL_REST) {
        return rv;
    }
    if (c->step.act == SCIM_SYNC_CHANNEL_FORGET) {
        return scim_sync_channel_drop(db, c->step.channel->id, p);
    }
    rv = scim_sync_push_claim(db, c->when->idp, claim_ms(c->watcher), &mine, p);
    if (rv == APR_SUCCESS && !mine) {
        c->step.act = SCIM_SYNC_CHANNEL_REST;
    }
    return rv == APR_SUCCESS && c->step.act == SCIM_SYNC_CHANNEL_OPEN
               ? scim_sync_channel_add(db, &c->made, p)
               : rv;
}

static void begin(scim_sync_watcher_t *watcher, const choice_t *c)
{
    const scim_sync_channel_t *channel =
        c->step.act == SCIM_SYNC_CHANNEL_OPEN ? &c->made : c->step.channel;
    apr_pool_t *p = watcher->pool;

    apr_pool_clear(p);
    watcher->idp = apr_pstrdup(p, channel->idp);
    watcher->act = c->step.act;
    watcher->channel =
        (scim_sync_channel_t) { .id = apr_pstrdup(p, channel->id),
                                .event = apr_pstrdup(p, channel->event),
                                .address = apr_pstrdup(p, channel->address),
                                .resource_id = apr_pstrdup(p, channel->resource_id) };
    watcher->secret = apr_pstrdup(p, c->secret);
    watcher->refused = 0;
    watcher->token_due = 0;
    watcher->token_end = watcher->means.now() + TOKEN_MAX;
    watcher->state = TOKEN_NEEDED;
}

/* Find one IdP of which there is something to do. */
static apr_status_t look(scim_sync_watcher_t *watcher, apr_pool_t *p)
{
    scim_sync_writer_t *writer = watcher->means.runtime->writer;
    apr_array_header_t *whens;
    apr_status_t rv = scim_sync_read(writer, look_all, &whens, p);
    int i;

    watcher->look_at = watcher->means.now() + LOOK;
    for (i = 0; rv == APR_SUCCESS && i < whens->nelts && watcher->state == IDLE; i++) {
        choice_t c = { .watcher = watcher,
                       .when = APR_ARRAY_IDX(whens, i, scim_sync_google_when_t *) };

        rv = scim_sync_read(writer, look_one, &c, p);
        if (rv == APR_SUCCESS && c.step.act != SCIM_SYNC_CHANNEL_REST) {
            rv = scim_sync_write(writer, claim, &c, p);
            watcher->look_at = 0;
        }
        if (rv == APR_SUCCESS &&
            (c.step.act == SCIM_SYNC_CHANNEL_OPEN || c.step.act == SCIM_SYNC_CHANNEL_STOP)) {
            begin(watcher, &c);
        }
    }
    return rv;
}

/* ---- what became of it ---- */

typedef struct {
    const scim_sync_watcher_t *watcher;
    const char *failure; /* or NULL */
    apr_int64_t expires; /* OPEN */
    const char *resource_id;
    int first;
} outcome_t;

static apr_int64_t back_off(int failures)
{
    apr_int64_t wait = FAILURES_FIRST;

    for (; failures > 0 && wait < FAILURES_MOST; failures--) {
        wait *= 2;
    }
    return wait < FAILURES_MOST ? wait : FAILURES_MOST;
}

static apr_status_t write_failure(scim_sync_db_t *db, outcome_t *o, apr_pool_t *p)
{
    const scim_sync_watcher_t *watcher = o->watcher;
    const scim_sync_event_t event = { .kind = "google.push.failed",
                                      .actor = "provisioner",
                                      .idp = watcher->idp,
                                      .detail = o->failure };
    scim_sync_push_t *push;
    apr_status_t rv;

    if ((rv = scim_sync_channel_drop(db, watcher->channel.id, p)) != APR_SUCCESS ||
        (rv = scim_sync_push_load(db, &push, watcher->idp, p)) != APR_SUCCESS || !push) {
        return rv;
    }
    rv = scim_sync_push_tell(db, watcher->idp, o->failure, back_off(push->failures), &o->first, p);
    return rv == APR_SUCCESS && o->first ? scim_sync_event_add(db, &event, p) : rv;
}

/* Of one that Google does not stop nothing is kept either: it ends by itself, within hours. */
static apr_status_t write_down(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    outcome_t *o = baton;
    const scim_sync_watcher_t *watcher = o->watcher;
    apr_status_t rv;

    o->first = 0;
    if (watcher->act == SCIM_SYNC_CHANNEL_OPEN && o->failure) {
        return write_failure(db, o, p);
    }
    if (watcher->act == SCIM_SYNC_CHANNEL_OPEN) {
        rv = scim_sync_channel_open(db, watcher->channel.id, o->resource_id, o->expires, p);
        return rv == APR_SUCCESS ? scim_sync_push_tell(db, watcher->idp, NULL, 0, &o->first, p)
                                 : rv;
    }
    rv = scim_sync_channel_drop(db, watcher->channel.id, p);
    return rv == APR_SUCCESS ? scim_sync_push_tell(db, watcher->idp, NULL, 0, &o->first, p) : rv;
}

static apr_status_t end(scim_sync_watcher_t *watcher, outcome_t *o, apr_pool_t *p)
{
    apr_status_t rv;

    o->watcher = watcher;
    rv = scim_sync_write(watcher->means.runtime->writer, write_down, o, p);
    if (rv == APR_SUCCESS && watcher->act == SCIM_SYNC_CHANNEL_OPEN && o->failure && o->first) {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0183) "identity provider %s: Google was asked to tell of changes, "
                                       "and does not: %s",
                      watcher->idp, o->failure);
    }
    watcher->state = IDLE;
    watcher->look_at = 0;
    return rv;
}

static apr_status_t fail(scim_sync_watcher_t *watcher, const char *why, apr_pool_t *p)
{
    outcome_t o = { .failure = why ? why : "it is not connected to Google" };

    return end(watcher, &o, p);
}

/* ---- asking Google ---- */

static void token_answered(void *baton, const scim_sync_answer_t *answer)
{
    scim_sync_watcher_t *watcher = baton;

    watcher->answer = answer;
    watcher->state = TOKEN_TOLD;
}

static void answered(void *baton, const scim_sync_answer_t *answer)
{
    scim_sync_watcher_t *watcher = baton;

    watcher->answer = answer;
    watcher->state = ANSWERED;
}

static apr_status_t start(scim_sync_watcher_t *watcher, const scim_sync_call_t *call, state_t state,
                          scim_sync_answered_t *done, apr_pool_t *p)
{
    watcher->state = state;
    return watcher->means.start(watcher->means.net, call, done, watcher, watcher->pool) ==
                   APR_SUCCESS
               ? APR_SUCCESS
               : fail(watcher, "no call can be made", p);
}

static apr_status_t call_google(scim_sync_watcher_t *watcher, apr_pool_t *p)
{
    const scim_sync_google_t google = { .base_url = watcher->token.party.settings.directory,
                                        .token = watcher->token.token };
    const scim_sync_google_channel_t channel = { .id = watcher->channel.id,
                                                 .address = watcher->channel.address,
                                                 .token = watcher->secret,
                                                 .ttl = SCIM_SYNC_GOOGLE_CHANNEL_TTL,
                                                 .resource_id = watcher->channel.resource_id };
    scim_sync_call_t call;

    if (watcher->act == SCIM_SYNC_CHANNEL_OPEN) {
        scim_sync_google_watch(&call, &google, watcher->channel.event, &channel, watcher->pool);
    }
    else {
        scim_sync_google_stop(&call, &google, &channel, watcher->pool);
    }
    return start(watcher, &call, CALLING, answered, p);
}

static apr_status_t use_token(scim_sync_watcher_t *watcher, apr_pool_t *p)
{
    scim_sync_google_token_t *token = &watcher->token;

    switch (token->step) {
    case SCIM_SYNC_GOOGLE_TOKEN_HERE:
        return call_google(watcher, p);
    case SCIM_SYNC_GOOGLE_TOKEN_ASK:
        return start(watcher, &token->call, TOKEN_ASKED, token_answered, p);
    case SCIM_SYNC_GOOGLE_TOKEN_WAIT:
        watcher->state = TOKEN_NEEDED;
        watcher->token_due = watcher->means.now() + apr_time_from_msec(token->wait_ms);
        if (watcher->token_due < watcher->token_end) {
            return APR_SUCCESS;
        }
        break;
    case SCIM_SYNC_GOOGLE_TOKEN_NONE:
        break;
    }
    return fail(watcher, token->detail, p);
}

/* An access token that is not taken is replaced, once. */
static apr_status_t read_answer(scim_sync_watcher_t *watcher, apr_pool_t *p)
{
    scim_sync_google_channel_t channel = { .id = watcher->channel.id };
    scim_sync_google_result_t result =
        watcher->act == SCIM_SYNC_CHANNEL_OPEN
            ? scim_sync_google_read_watch(watcher->answer, &channel, p)
            : scim_sync_google_read_stop(watcher->answer, p);
    apr_int64_t now = scim_sync_now();
    outcome_t o = { .resource_id = channel.resource_id };

    if (result.matter == SCIM_SYNC_GOOGLE_TOKEN && !watcher->refused) {
        watcher->refused = watcher->token.generation;
        watcher->state = TOKEN_NEEDED;
        return APR_SUCCESS;
    }
    o.expires =
        channel.expires ? channel.expires : now + SCIM_SYNC_GOOGLE_CHANNEL_TTL * APR_INT64_C(1000);
    if (result.matter != SCIM_SYNC_GOOGLE_FINE) {
        o.failure = result.outcome.detail;
    }
    else if (o.expires <= now) {
        o.failure = "Google's channel ends before it begins: compare the clock of this server";
    }
    return end(watcher, &o, p);
}

static apr_status_t go_on(scim_sync_watcher_t *watcher, apr_pool_t *p)
{
    switch (watcher->state) {
    case IDLE:
        return watcher->means.now() >= watcher->look_at ? look(watcher, p) : APR_SUCCESS;
    case TOKEN_NEEDED:
        if (watcher->means.now() < watcher->token_due) {
            return APR_SUCCESS;
        }
        watcher->means.want(&watcher->token, watcher->means.runtime, watcher->idp, watcher->refused,
                            watcher->pool);
        return use_token(watcher, p);
    case TOKEN_TOLD:
        scim_sync_google_token_told(&watcher->token, watcher->answer);
        return use_token(watcher, p);
    case ANSWERED:
        return read_answer(watcher, p);
    case TOKEN_ASKED:
    case CALLING:
        break;
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_watcher_pass(scim_sync_watcher_t *watcher, apr_int64_t *wait, apr_pool_t *p)
{
    apr_status_t rv = go_on(watcher, p);
    apr_time_t now = watcher->means.now();
    apr_time_t next = watcher->state == IDLE ? watcher->look_at : watcher->token_due;

    if (watcher->state == TOKEN_ASKED || watcher->state == CALLING) {
        return rv;
    }
    if (next <= now) {
        *wait = 0;
    }
    else if (apr_time_as_msec(next - now) + 1 < *wait) {
        *wait = apr_time_as_msec(next - now) + 1;
    }
    return rv;
}

/* Of a channel that Google may have made, unheard, the row stays: its messages are known by it. */
static apr_status_t give_back(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const scim_sync_watcher_t *watcher = baton;
    apr_status_t rv = APR_SUCCESS;

    if (watcher->act == SCIM_SYNC_CHANNEL_OPEN && watcher->state != CALLING) {
        rv = scim_sync_channel_drop(db, watcher->channel.id, p);
    }
    return rv == APR_SUCCESS ? scim_sync_push_give_back(db, watcher->idp, p) : rv;
}

/* Should the database not take it, the claim ends by itself. */
void scim_sync_watcher_end(scim_sync_watcher_t *watcher, apr_pool_t *p)
{
    if (watcher->state == ANSWERED) {
        read_answer(watcher, p);
    }
    if (watcher->state != IDLE) {
        scim_sync_write(watcher->means.runtime->writer, give_back, watcher, p);
        watcher->state = IDLE;
    }
}

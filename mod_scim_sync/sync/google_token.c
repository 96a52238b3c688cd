/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_token.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "store/event.h"

/* In milliseconds. A call to Google ends within ten seconds (MAX_WAIT, sync/google_client.c). */
#define LEFT_ENOUGH APR_INT64_C(60000)
#define CLAIM       APR_INT64_C(15000)
#define PUT_OFF     APR_INT64_C(1000) /* at least */
#define LOOK_AGAIN  APR_INT64_C(100)

static void wait_for(scim_sync_google_token_t *token, apr_int64_t ms, const char *detail)
{
    token->step = SCIM_SYNC_GOOGLE_TOKEN_WAIT;
    token->wait_ms = ms;
    token->detail = detail;
}

static void give_up(scim_sync_google_token_t *token, const char *detail)
{
    token->step = SCIM_SYNC_GOOGLE_TOKEN_NONE;
    token->detail = detail;
}

static void hand_over(scim_sync_google_token_t *token, const char *plain, apr_int64_t generation)
{
    token->step = SCIM_SYNC_GOOGLE_TOKEN_HERE;
    token->token = plain;
    token->generation = generation;
}

/* What came of asking. */
typedef struct {
    scim_sync_google_token_t *token;
    const char *access;  /* sealed */
    const char *refresh; /* sealed, or NULL */
    apr_int64_t ms;      /* good for so long, or not to be asked for so long */
    const char *detail;
    int stored;
} outcome_t;

static apr_status_t put_off(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const outcome_t *o = baton;

    return scim_sync_google_put_off(db, o->token->idp, o->token->generation, o->ms, o->detail, p);
}

/* ---- wanting one ---- */

typedef struct {
    scim_sync_google_token_t *token;
    apr_int64_t refused;
    scim_sync_google_idp_t *google;
    int mine; /* we are to ask */
} look_t;

static int is_good(const scim_sync_google_idp_t *google, apr_int64_t refused)
{
    return google->access_token && google->access_left > LEFT_ENOUGH &&
           google->generation != refused;
}

static int is_connected(const scim_sync_google_idp_t *google)
{
    return google && !strcmp(google->state, SCIM_SYNC_GOOGLE_CONNECTED);
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    look_t *look = baton;

    return scim_sync_google_load(db, &look->google, look->token->idp, p);
}

static apr_status_t claim(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    look_t *look = baton;

    return scim_sync_google_claim(db, look->token->idp, look->google->generation, CLAIM,
                                  &look->mine, p);
}

static void say_why_not(scim_sync_google_token_t *token, const scim_sync_google_idp_t *google)
{
    if (google && google->reason) {
        give_up(token, google->reason);
    }
    else {
        give_up(token, "it is not connected to Google");
    }
}

/* The call that gets another one; it is our turn. */
static void make_call(scim_sync_google_token_t *token)
{
    const scim_sync_google_idp_t *google = token->party.google;
    int is_service = !strcmp(google->way, SCIM_SYNC_GOOGLE_SERVICE);
    const char *refresh = NULL;
    const char *why = "there is no refresh token: connect again";
    apr_status_t rv = APR_EINVAL;

    token->step = SCIM_SYNC_GOOGLE_TOKEN_ASK;
    token->grant = is_service ? SCIM_SYNC_GOOGLE_BY_ASSERTION : SCIM_SYNC_GOOGLE_BY_REFRESH;
    if (is_service) {
        rv = scim_sync_google_service_call(&token->call, &why, &token->party, scim_sync_now(),
                                           token->p);
    }
    else if (google->refresh_token) {
        rv = scim_sync_google_open(&refresh, &why, &token->party, google->refresh_token,
                                   SCIM_SYNC_GOOGLE_REFRESH_TOKEN, token->p);
    }
    if (rv != APR_SUCCESS) {
        outcome_t o = { .token = token, .ms = PUT_OFF, .detail = why };

        scim_sync_write(token->runtime->writer, put_off, &o, token->p);
        give_up(token, why);
    }
    else if (!is_service) {
        scim_sync_google_refresh(&token->call, &token->party.client, refresh, token->p);
    }
}

static void use_or_ask(scim_sync_google_token_t *token, look_t *look)
{
    const scim_sync_google_idp_t *google = look->google;
    const char *plain;
    const char *why;

    if (scim_sync_google_party(&token->party, &why, google, token->runtime->keys, token->p)) {
        give_up(token, why);
        return;
    }
    if (is_good(google, look->refused)) {
        if (scim_sync_google_open(&plain, &why, &token->party, google->access_token,
                                  SCIM_SYNC_GOOGLE_ACCESS_TOKEN, token->p)) {
            give_up(token, why);
            return;
        }
        hand_over(token, plain, google->generation);
        return;
    }
    if (google->ask_in == 0 &&
        scim_sync_write(token->runtime->writer, claim, look, token->p) == APR_SUCCESS &&
        look->mine) {
        token->generation = google->generation;
        make_call(token);
        return;
    }
    if (google->reason) {
        wait_for(token, google->ask_in > PUT_OFF ? PUT_OFF : LOOK_AGAIN, google->reason);
    }
    else {
        wait_for(token, LOOK_AGAIN, "Google is being asked for an access token");
    }
}

void scim_sync_google_token_want(scim_sync_google_token_t *token, scim_sync_runtime_t *runtime,
                                 const char *idp, apr_int64_t refused, apr_pool_t *p)
{
    look_t look = { .token = token, .refused = refused };

    memset(token, 0, sizeof(*token));
    token->runtime = runtime;
    token->idp = idp;
    token->p = p;
    if (scim_sync_read(runtime->writer, load, &look, p) != APR_SUCCESS) {
        wait_for(token, PUT_OFF, "the database can't be reached");
    }
    else if (!is_connected(look.google)) {
        say_why_not(token, look.google);
    }
    else {
        use_or_ask(token, &look);
    }
}

/* ---- what Google said ---- */

static apr_status_t keep(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    outcome_t *o = baton;

    return scim_sync_google_refreshed(db, o->token->idp, o->token->generation, o->access, o->ms,
                                      o->refresh, &o->stored, p);
}

static apr_status_t lose(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    outcome_t *o = baton;
    const scim_sync_event_t event = { .kind = "google.reconnect",
                                      .actor = "provisioner",
                                      .idp = o->token->idp,
                                      .detail = o->detail };
    apr_status_t rv =
        scim_sync_google_lose(db, o->token->idp, o->token->generation, o->detail, &o->stored, p);

    return rv == APR_SUCCESS && o->stored ? scim_sync_event_add(db, &event, p) : rv;
}

static void take(outcome_t *o, const scim_sync_google_tokens_t *tokens)
{
    scim_sync_google_token_t *token = o->token;

    o->ms = tokens->lifetime_ms;
    if (scim_sync_google_seal(&o->access, &token->party, tokens->access_token,
                              SCIM_SYNC_GOOGLE_ACCESS_TOKEN, token->p) ||
        scim_sync_google_seal(&o->refresh, &token->party, tokens->refresh_token,
                              SCIM_SYNC_GOOGLE_REFRESH_TOKEN, token->p)) {
        give_up(token, "the token could not be encrypted");
    }
    else if (scim_sync_write(token->runtime->writer, keep, o, token->p) != APR_SUCCESS) {
        wait_for(token, PUT_OFF, "the database can't be reached");
    }
    else if (o->stored) {
        hand_over(token, tokens->access_token, token->generation + 1);
    }
    else {
        /* Somebody has connected or disconnected meanwhile: that is what holds. */
        wait_for(token, 0, "the connection was changed meanwhile");
    }
}

static void end(outcome_t *o)
{
    scim_sync_google_token_t *token = o->token;

    if (scim_sync_write(token->runtime->writer, lose, o, token->p) != APR_SUCCESS) {
        wait_for(token, PUT_OFF, "the database can't be reached");
        return;
    }
    if (o->stored) {
        scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS,
                      SCIM_LOGNO(0180) "identity provider %s must be connected to Google anew: %s",
                      token->idp, o->detail);
    }
    give_up(token, o->detail);
}

void scim_sync_google_token_told(scim_sync_google_token_t *token, const scim_sync_answer_t *answer)
{
    scim_sync_google_tokens_t tokens;
    scim_sync_google_result_t result =
        scim_sync_google_read_tokens(answer, token->grant, &tokens, token->p);
    outcome_t o = { .token = token, .detail = result.outcome.detail };

    if (result.matter == SCIM_SYNC_GOOGLE_FINE) {
        take(&o, &tokens);
    }
    else if (result.matter == SCIM_SYNC_GOOGLE_CONNECTION ||
             result.matter == SCIM_SYNC_GOOGLE_PERMISSION) {
        end(&o);
    }
    else {
        o.ms = scim_sync_google_retry_ms(answer);
        o.ms = o.ms > PUT_OFF ? o.ms : PUT_OFF;
        /* Should this fail, the claim ends by itself. */
        scim_sync_write(token->runtime->writer, put_off, &o, token->p);
        wait_for(token, o.ms, o.detail);
    }
}

void scim_sync_google_token_get(scim_sync_google_token_t *token, scim_sync_runtime_t *runtime,
                                const char *idp, apr_int64_t refused, apr_interval_time_t patience,
                                apr_pool_t *p)
{
    apr_time_t end_at = scim_sync_clock() + patience;

    for (;;) {
        scim_sync_google_token_want(token, runtime, idp, refused, p);
        if (token->step == SCIM_SYNC_GOOGLE_TOKEN_ASK) {
            scim_sync_google_token_told(token,
                                        scim_sync_google_ask(&runtime->transport, &token->call, p));
        }
        if (token->step != SCIM_SYNC_GOOGLE_TOKEN_WAIT ||
            scim_sync_clock() + token->wait_ms * 1000 > end_at) {
            return;
        }
        apr_sleep(token->wait_ms * 1000);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_connect.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/event.h"

#define NO_DATABASE "the database can't be reached: begin again in a moment"

/* One attempt, from the browser's coming back to what is stored. */
typedef struct {
    scim_sync_runtime_t *runtime;
    scim_sync_google_connected_t *result;
    scim_sync_google_attempt_t attempt; /* of a service account: idp and actor alone */
    scim_sync_google_idp_t *google;
    scim_sync_google_party_t party;
    scim_sync_google_tokens_t tokens;
    int stored;
    apr_pool_t *p;
} way_t;

/* For `return` where the attempt ends: nobody goes on after that. */
static int stop(way_t *w, const char *detail)
{
    w->result->detail = detail;
    return 0;
}

static apr_status_t take_up(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    way_t *w = baton;
    apr_status_t rv = scim_sync_google_use_attempt(db, scim_sync_sha256(w->attempt.state, p),
                                                   w->attempt.until, &w->stored, p);

    return rv == APR_SUCCESS ? scim_sync_google_load(db, &w->google, w->attempt.idp, p) : rv;
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    way_t *w = baton;

    return scim_sync_google_load(db, &w->google, w->attempt.idp, p);
}

static int open_party(way_t *w)
{
    const char *why;

    if (!w->google) {
        return stop(w, "there is no such identity provider any more");
    }
    if (scim_sync_google_party(&w->party, &why, w->google, w->runtime->keys, w->p)) {
        return stop(w, why);
    }
    return 1;
}

/* The browser's attempt, once. */
static int begin(way_t *w, const char *cookie, const char *state)
{
    const char *why;

    if (!w->runtime->keys) {
        return stop(w, "secrets are stored encrypted: set ScimSyncKeyFile first");
    }
    if (scim_sync_google_attempt_open(&w->attempt, &why, w->runtime->keys, cookie, state,
                                      scim_sync_now(), w->p)) {
        return stop(w, why);
    }
    w->result->idp = w->attempt.idp;
    if (scim_sync_write(w->runtime->writer, take_up, w, w->p) != APR_SUCCESS) {
        return stop(w, NO_DATABASE);
    }
    if (!w->stored) {
        return stop(w, "this answer of Google's was used already: begin again");
    }
    return open_party(w);
}

static int exchange(way_t *w, const apr_table_t *parameters)
{
    scim_sync_google_result_t result;
    scim_sync_call_t call;
    const char *code;

    if (!w->party.client.id || !w->party.client.secret) {
        return stop(w, "client id and client secret were taken away meanwhile");
    }
    result = scim_sync_google_read_callback(parameters, &w->party.client, &code, w->p);
    if (result.matter != SCIM_SYNC_GOOGLE_FINE) {
        return stop(w, result.outcome.detail);
    }
    scim_sync_google_exchange(&call, &w->party.client, code, w->attempt.verifier, w->p);
    result = scim_sync_google_read_tokens(scim_sync_google_ask(&w->runtime->transport, &call, w->p),
                                          SCIM_SYNC_GOOGLE_BY_CODE, &w->tokens, w->p);
    if (result.matter != SCIM_SYNC_GOOGLE_FINE) {
        /* What was granted in part is not revoked: that would end what works, too. */
        return stop(w, result.outcome.detail);
    }
    if (!w->tokens.refresh_token) {
        return stop(w, "Google sent no refresh token: take this app away at "
                       "https://myaccount.google.com/permissions, and connect again");
    }
    return 1;
}

/* Whoever connects another directory by mistake makes everybody of the first one a leaver. */
static int check_domain(way_t *w)
{
    const char *is = w->result->domain;
    const char *set = w->party.settings.domain;
    const char *was = set ? set : w->google->domain;

    if (!is) {
        return stop(w, apr_pstrcat(w->p, w->result->who ? w->result->who : "that account",
                                   " is no account of a Google Workspace", NULL));
    }
    if (!was || !strcmp(is, was)) {
        return 1;
    }
    return stop(w, apr_psprintf(w->p,
                                "that account belongs to %s, and this identity provider to %s. "
                                "Another directory is another identity provider; if the Workspace "
                                "was renamed, set domain to %s first",
                                is, was, is));
}

static int identify(way_t *w)
{
    scim_sync_google_identity_t identity;
    const char *why;

    if (scim_sync_google_read_identity(&identity, &why, w->tokens.id_token, &w->party.client,
                                       w->attempt.nonce, scim_sync_now(), w->p)) {
        return stop(w, why);
    }
    w->result->who = identity.email;
    w->result->domain = identity.domain;
    return check_domain(w);
}

/* ---- what is stored ---- */

static apr_status_t add_event(scim_sync_db_t *db, const way_t *w, const char *kind,
                              const char *detail, apr_pool_t *p)
{
    const scim_sync_event_t event = {
        .kind = kind, .actor = w->attempt.actor, .idp = w->attempt.idp, .detail = detail
    };

    return scim_sync_event_add(db, &event, p);
}

static apr_status_t write_down(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    way_t *w = baton;
    apr_status_t rv = scim_sync_google_connect(db, w->google, &w->stored, p);

    return rv == APR_SUCCESS && w->stored
               ? add_event(db, w, "google.connected",
                           apr_pstrcat(p, "as ", w->google->who ? w->google->who : "somebody",
                                       w->google->domain ? " of " : "",
                                       w->google->domain ? w->google->domain : "", NULL),
                           p)
               : rv;
}

static int store(way_t *w, const char *by)
{
    scim_sync_google_idp_t *google = w->google;
    const scim_sync_google_tokens_t *tokens = &w->tokens;

    google->way = by;
    google->who = w->result->who;
    google->domain = w->result->domain;
    google->scopes = tokens->scope ? tokens->scope : SCIM_SYNC_GOOGLE_SCOPES;
    google->access_left = tokens->lifetime_ms;
    google->refresh_until =
        tokens->refresh_lifetime_ms ? scim_sync_now() + tokens->refresh_lifetime_ms : 0;
    if (scim_sync_google_seal(&google->access_token, &w->party, tokens->access_token,
                              SCIM_SYNC_GOOGLE_ACCESS_TOKEN, w->p) ||
        scim_sync_google_seal(&google->refresh_token, &w->party, tokens->refresh_token,
                              SCIM_SYNC_GOOGLE_REFRESH_TOKEN, w->p)) {
        return stop(w, "the tokens could not be encrypted");
    }
    if (scim_sync_write(w->runtime->writer, write_down, w, w->p) != APR_SUCCESS) {
        return stop(w, NO_DATABASE);
    }
    /* Should this fail, the provisioner's poll makes good for it within seconds. */
    scim_sync_runtime_reload(w->runtime, w->p);
    scim_sync_runtime_wake(w->runtime);
    w->result->ends = google->refresh_until;
    return w->stored ? 1
                     : stop(w, "its settings or its connection were changed meanwhile: begin "
                               "again");
}

static apr_status_t tell_failure(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const way_t *w = baton;

    return add_event(db, w, "google.failed", w->result->detail, p);
}

/* Whoever asks later why it is not connected finds it. */
static void record_failure(way_t *w)
{
    if (w->google) {
        scim_sync_write(w->runtime->writer, tell_failure, w, w->p);
    }
}

void scim_sync_google_arrive(scim_sync_google_connected_t *result, scim_sync_runtime_t *runtime,
                             const char *cookie, const apr_table_t *parameters,
                             const char *redirect_uri, apr_pool_t *p)
{
    way_t w = { .runtime = runtime, .result = result, .p = p };

    memset(result, 0, sizeof(*result));
    if (!begin(&w, cookie, apr_table_get(parameters, "state"))) {
        return;
    }
    w.party.client.redirect_uri = redirect_uri;
    if (!exchange(&w, parameters) || !identify(&w) || !store(&w, SCIM_SYNC_GOOGLE_BROWSER)) {
        record_failure(&w);
    }
}

/* ---- by a service account ---- */

static int present_key(way_t *w)
{
    scim_sync_google_result_t result;
    scim_sync_call_t call;
    const char *why;

    if (scim_sync_google_service_call(&call, &why, &w->party, scim_sync_now(), w->p)) {
        return stop(w, why);
    }
    result = scim_sync_google_read_tokens(scim_sync_google_ask(&w->runtime->transport, &call, w->p),
                                          SCIM_SYNC_GOOGLE_BY_ASSERTION, &w->tokens, w->p);
    if (result.matter != SCIM_SYNC_GOOGLE_FINE) {
        return stop(w, result.outcome.detail);
    }
    w->tokens.refresh_token = NULL;
    w->result->who = w->party.settings.administrator;
    /* Google does not say it here; the address may be of a secondary domain. */
    w->result->domain = w->party.settings.domain ? w->party.settings.domain : w->google->domain;
    return 1;
}

void scim_sync_google_connect_service(scim_sync_google_connected_t *result,
                                      scim_sync_runtime_t *runtime, const char *idp,
                                      const char *actor, apr_pool_t *p)
{
    way_t w = {
        .runtime = runtime, .result = result, .attempt = { .idp = idp, .actor = actor }, .p = p
    };

    memset(result, 0, sizeof(*result));
    result->idp = idp;
    if (scim_sync_read(runtime->writer, load, &w, p) != APR_SUCCESS) {
        result->detail = NO_DATABASE;
        return;
    }
    if (!open_party(&w) || !present_key(&w) || !store(&w, SCIM_SYNC_GOOGLE_SERVICE)) {
        record_failure(&w);
    }
}

/* ---- the end ---- */

static apr_status_t disconnect(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const way_t *w = baton;
    apr_status_t rv = scim_sync_google_disconnect(db, w->attempt.idp, p);

    return rv == APR_SUCCESS
               ? add_event(db, w, "google.disconnected", w->stored ? "revoked" : "not revoked", p)
               : rv;
}

/* NULL, or why not. Of a connection that Google has ended there is nothing to be revoked. */
static const char *take_back(way_t *w)
{
    scim_sync_google_result_t result;
    scim_sync_call_t call;
    const char *token;
    const char *why;

    if (scim_sync_google_party(&w->party, &why, w->google, w->runtime->keys, w->p) ||
        scim_sync_google_open(&token, &why, &w->party, w->google->refresh_token,
                              SCIM_SYNC_GOOGLE_REFRESH_TOKEN, w->p)) {
        return why;
    }
    scim_sync_google_revoke(&call, &w->party.client.endpoints, token, w->p);
    result = scim_sync_google_read_revoke(scim_sync_google_ask(&w->runtime->transport, &call, w->p),
                                          w->p);
    return result.matter == SCIM_SYNC_GOOGLE_FINE ? NULL : result.outcome.detail;
}

const char *scim_sync_google_end(scim_sync_runtime_t *runtime, const scim_sync_google_idp_t *google,
                                 int revoke, const char *actor, apr_pool_t *p)
{
    scim_sync_google_idp_t copy = *google;
    way_t w = { .runtime = runtime,
                .google = &copy,
                .attempt = { .idp = google->idp, .actor = actor },
                .stored = revoke && google->refresh_token != NULL,
                .p = p };
    const char *why = w.stored ? take_back(&w) : NULL;

    if (!why && scim_sync_write(runtime->writer, disconnect, &w, p) != APR_SUCCESS) {
        why = NO_DATABASE;
    }
    return why;
}

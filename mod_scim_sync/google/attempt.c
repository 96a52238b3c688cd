/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attempts to connect, sealed into a cookie.
 */
#include "google/attempt.h"

#include <string.h>

#include "base/json.h"

/* Nothing that was sealed for another purpose opens as an attempt. */
#define CONTEXT   "google/attempt"
#define MAX_DEPTH 1

void scim_sync_google_attempt_make(scim_sync_google_attempt_t *attempt, const char *idp,
                                   const char *actor, apr_int64_t now, apr_pool_t *p)
{
    attempt->idp = idp;
    attempt->actor = actor;
    attempt->state = scim_sync_token_new(p);
    attempt->verifier = scim_sync_token_new(p);
    attempt->nonce = scim_sync_token_new(p);
    attempt->until = now + SCIM_SYNC_GOOGLE_ATTEMPT_MS;
}

apr_status_t scim_sync_google_attempt_seal(const char **cookie,
                                           const scim_sync_google_attempt_t *attempt,
                                           const scim_sync_keyring_t *ring, apr_pool_t *p)
{
    json_t *json = scim_sync_json_own(json_object(), p);

    scim_sync_json_put(json, "idp", attempt->idp);
    scim_sync_json_put(json, "actor", attempt->actor);
    scim_sync_json_put(json, "state", attempt->state);
    scim_sync_json_put(json, "verifier", attempt->verifier);
    scim_sync_json_put(json, "nonce", attempt->nonce);
    json_object_set_new(json, "until", json_integer(attempt->until));
    return scim_sync_secret_seal(cookie, ring, scim_sync_json_text(json, NULL, p), CONTEXT, p);
}

static int read_attempt(scim_sync_google_attempt_t *attempt, const scim_sync_keyring_t *ring,
                        const char *cookie, apr_pool_t *p)
{
    const char *text;
    const char *why;
    json_t *json;

    if (scim_sync_secret_open(&text, ring, cookie, CONTEXT, p) != APR_SUCCESS ||
        scim_sync_json_parse(&json, text, strlen(text), MAX_DEPTH, &why, p) != APR_SUCCESS) {
        return 0;
    }
    attempt->idp = scim_sync_json_nonempty(json, "idp");
    attempt->actor = scim_sync_json_nonempty(json, "actor");
    attempt->state = scim_sync_json_nonempty(json, "state");
    attempt->verifier = scim_sync_json_nonempty(json, "verifier");
    attempt->nonce = scim_sync_json_nonempty(json, "nonce");
    attempt->until = scim_sync_json_int(json, "until", 0);
    return attempt->idp != NULL && attempt->actor != NULL && attempt->state != NULL &&
           attempt->verifier != NULL && attempt->nonce != NULL;
}

apr_status_t scim_sync_google_attempt_open(scim_sync_google_attempt_t *attempt, const char **why,
                                           const scim_sync_keyring_t *ring, const char *cookie,
                                           const char *state, apr_int64_t now, apr_pool_t *p)
{
    if (cookie == NULL) {
        *why = "this browser has not begun to connect, or keeps no cookies: begin again, in one "
               "browser and under one address of this server";
        return APR_EINVAL;
    }
    if (!read_attempt(attempt, ring, cookie, p) || !scim_sync_same_secret(attempt->state, state)) {
        *why = "this answer belongs to another attempt to connect: begin again";
        return APR_EINVAL;
    }
    if (now >= attempt->until) {
        *why = "it took more than ten minutes: begin again";
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

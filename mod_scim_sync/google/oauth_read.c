/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes back from Google's authorization and token endpoints. Its errors are keys without an
 * explanation; what an administrator can do about each is said here.
 */
#include "google/oauth.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_encode.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "net/words.h"

#define MAX_DEPTH 16
/* In bytes. Google says 256, 2048 and 512 of them, and that they may grow. */
#define MAX_CODE     2048
#define MAX_TOKEN    8192
#define MAX_ID_TOKEN 16384
#define MAX_SECONDS  APR_INT64_C(31536000)
/* How far clocks may differ, in seconds. */
#define SKEW 300

#define CODE_DEAD                                                                                  \
    "the sign-in took too long or was used before: connect again; if that happens again, this "    \
    "server's address differs from the one that is registered"
#define REFRESH_DEAD                                                                               \
    "the connection was revoked or has ended by itself: connect again. It ends after 7 days "      \
    "while "                                                                                       \
    "the consent screen is External and in Testing (make it Internal, or publish it), after 6 "    \
    "months without use, and when the same account connects this client more than 100 times"
#define ASSERTION_DEAD                                                                             \
    "the administrator to act for is no user of this Workspace, or is suspended, this server's "   \
    "clock is wrong, or the key was deleted in the Google Cloud console"
#define NOT_DELEGATED                                                                              \
    "with a service account: delegate both scopes, " SCIM_SYNC_GOOGLE_SCOPE_USERS                  \
    " and " SCIM_SYNC_GOOGLE_SCOPE_GROUPS                                                          \
    ", to its numeric client id in the Admin console (Security, Access and data control, API "     \
    "controls, Domain-wide delegation); that may take a day. With an OAuth client: it must be of " \
    "the type Web application"

/* By their keys (RFC 6749 sections 4.1.2.1 and 5.2, and Google's own). */
static const struct {
    const char *error;
    scim_sync_google_matter_t matter;
    const char *advice; /* NULL: it follows from the grant, or there is none */
} errors[] = {
    { "invalid_grant", SCIM_SYNC_GOOGLE_CONNECTION, NULL },
    { "invalid_client", SCIM_SYNC_GOOGLE_CONNECTION,
      "client id and secret don't belong together, or the client was deleted: compare them with "
      "the Google Cloud console" },
    { "unauthorized_client", SCIM_SYNC_GOOGLE_CONNECTION, NOT_DELEGATED },
    { "admin_policy_enforced", SCIM_SYNC_GOOGLE_CONNECTION,
      "a policy of the Workspace blocks this client: trust it in the Admin console (Security, "
      "Access and data control, API controls)" },
    { "deleted_client", SCIM_SYNC_GOOGLE_CONNECTION,
      "the client was deleted in the Google Cloud console, where it can be restored for 30 days" },
    { "disabled_client", SCIM_SYNC_GOOGLE_CONNECTION,
      "the client or service account was disabled in the Google Cloud console" },
    { "org_internal", SCIM_SYNC_GOOGLE_CONNECTION,
      "the consent screen is Internal, and the account belongs to another organization" },
    { "access_denied", SCIM_SYNC_GOOGLE_CONNECTION,
      "access was not granted; while the consent screen is in Testing, the account must be among "
      "its test users" },
    { "invalid_scope", SCIM_SYNC_GOOGLE_CONNECTION,
      "the scopes must be delegated exactly as they are written in the documentation" },
    { "redirect_uri_mismatch", SCIM_SYNC_GOOGLE_CONNECTION,
      "register this server's callback address with the OAuth client, letter by letter" },
    { "temporarily_unavailable", SCIM_SYNC_GOOGLE_BUSY, NULL },
    { "server_error", SCIM_SYNC_GOOGLE_BUSY, NULL },
    { "internal_failure", SCIM_SYNC_GOOGLE_BUSY, NULL },
    { "rate_limit_exceeded", SCIM_SYNC_GOOGLE_QUOTA, NULL },
};

static const char *const grants[] = { [SCIM_SYNC_GOOGLE_BY_CODE] = CODE_DEAD,
                                      [SCIM_SYNC_GOOGLE_BY_REFRESH] = REFRESH_DEAD,
                                      [SCIM_SYNC_GOOGLE_BY_ASSERTION] = ASSERTION_DEAD };

/* Visible ASCII, and not too much of it: what may stand in a header or be stored. */
static int is_token(const char *text, apr_size_t most)
{
    apr_size_t len = 0;

    while (text != NULL && text[len] > ' ' && text[len] < 0x7f && len < most) {
        len++;
    }
    return len > 0 && text[len] == '\0';
}

/* An error by its key; words: Google's own, or NULL. */
static void explain(scim_sync_google_result_t *result, const char *error, const char *words,
                    const char *dead, apr_pool_t *p)
{
    const char *advice = NULL;
    const char *said = words != NULL ? apr_pstrcat(p, error, ": ", words, NULL) : error;

    result->reason = scim_sync_words_line(error, strlen(error), 100, p);
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (strcmp(error, errors[i].error) == 0) {
            scim_sync_google_is(result, errors[i].matter);
            advice = strcmp(error, "invalid_grant") == 0 ? dead : errors[i].advice;
        }
    }
    said = scim_sync_words_line(said, strlen(said), SCIM_SYNC_GOOGLE_WORDS, p);
    result->outcome.detail = advice != NULL ? apr_pstrcat(p, said, " (", advice, ")", NULL) : said;
}

static scim_sync_google_result_t refused(const char *error, const char *words, apr_pool_t *p)
{
    scim_sync_google_result_t result = { { 0 } };

    scim_sync_google_is(&result, SCIM_SYNC_GOOGLE_REQUEST);
    explain(&result, error, words, NULL, p);
    scim_sync_google_is(&result, SCIM_SYNC_GOOGLE_REQUEST);
    return result;
}

scim_sync_google_result_t scim_sync_google_read_callback(const apr_table_t *parameters,
                                                         const scim_sync_google_client_t *client,
                                                         const char **code, apr_pool_t *p)
{
    const char *issuer = client->endpoints.issuer;
    const char *iss = apr_table_get(parameters, "iss");
    const char *error = apr_table_get(parameters, "error");
    scim_sync_google_result_t result = { { 0 } };

    *code = apr_table_get(parameters, "code");
    if (iss != NULL && strcmp(iss, issuer != NULL ? issuer : SCIM_SYNC_GOOGLE_ISSUER) != 0) {
        return refused("issuer", "this answer is not from Google (RFC 9207)", p);
    }
    if (error != NULL) {
        return refused(error, apr_table_get(parameters, "error_description"), p);
    }
    if (!is_token(*code, MAX_CODE)) {
        return refused("code", "Google sent neither a code nor an error", p);
    }
    scim_sync_google_is(&result, SCIM_SYNC_GOOGLE_FINE);
    return result;
}

const char *scim_sync_google_missing_scopes(const char *scope, apr_pool_t *p)
{
    static const char *const needed[] = { SCIM_SYNC_GOOGLE_SCOPE_USERS,
                                          SCIM_SYNC_GOOGLE_SCOPE_GROUPS };
    const char *missing = NULL;

    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        apr_size_t len = strlen(needed[i]);
        const char *at = scope;

        while (*at != '\0' && !(strcspn(at, " ") == len && strncmp(at, needed[i], len) == 0)) {
            at += strcspn(at, " ");
            at += strspn(at, " ");
        }
        if (*at == '\0') {
            missing =
                missing != NULL ? apr_pstrcat(p, missing, " and ", needed[i], NULL) : needed[i];
        }
    }
    return missing;
}

/* 0 when it is not said, less when it is no length of time. */
static apr_int64_t milliseconds(const json_t *json, const char *name)
{
    const json_t *value = json_object_get(json, name);
    json_int_t seconds = json_integer_value(value);

    if (value == NULL) {
        return 0;
    }
    if (!json_is_integer(value) || seconds <= 0) {
        return -1;
    }
    return 1000 * (seconds < MAX_SECONDS ? seconds : MAX_SECONDS);
}

/* What is wrong with an answer that says 200; NULL: nothing. */
static const char *take_tokens(scim_sync_google_tokens_t *tokens, const json_t *json)
{
    const char *type = scim_sync_json_str(json, "token_type");

    tokens->access_token = scim_sync_json_str(json, "access_token");
    tokens->lifetime_ms = milliseconds(json, "expires_in");
    tokens->refresh_token = scim_sync_json_str(json, "refresh_token");
    tokens->refresh_lifetime_ms = milliseconds(json, "refresh_token_expires_in");
    tokens->scope = scim_sync_json_str(json, "scope");
    tokens->id_token = scim_sync_json_str(json, "id_token");
    if (!is_token(tokens->access_token, MAX_TOKEN)) {
        return "it has no access token";
    }
    if (type == NULL || apr_cstr_casecmp(type, "Bearer") != 0) {
        return "its token is none of the type Bearer";
    }
    if (tokens->lifetime_ms <= 0 || tokens->refresh_lifetime_ms < 0) {
        return "it does not say how long its token is good";
    }
    if (json_object_get(json, "refresh_token") != NULL &&
        !is_token(tokens->refresh_token, MAX_TOKEN)) {
        return "its refresh token is none";
    }
    return NULL;
}

/* An error of the token endpoint, or of something before it, whose words are not shown. */
static scim_sync_google_result_t read_failure(const scim_sync_google_reading_t *reading,
                                              scim_sync_google_grant_t grant, apr_pool_t *p)
{
    scim_sync_google_result_t result = reading->result;
    const char *error = scim_sync_json_nonempty(reading->json, "error");
    const char *subtype = scim_sync_json_str(reading->json, "error_subtype");
    const char *dead = grants[grant];
    int status = reading->answer->status;

    if (status == 0 || json_is_object(json_object_get(reading->json, "error"))) {
        return result;
    }
    if (error == NULL || status < 400) {
        if (result.matter == SCIM_SYNC_GOOGLE_TOKEN) {
            scim_sync_google_is(&result, SCIM_SYNC_GOOGLE_STRANGE);
        }
        result.outcome.detail = apr_psprintf(p, "HTTP status %d without an explanation", status);
        return result;
    }
    if (status != 429 && status < 500) {
        scim_sync_google_is(&result, SCIM_SYNC_GOOGLE_REQUEST);
    }
    if (subtype != NULL && strcmp(subtype, "invalid_rapt") == 0) {
        dead = "the Workspace's session control ends this connection again and again: exempt this "
               "client in the Admin console (Security, Google Cloud session control)";
    }
    explain(&result, error, scim_sync_json_nonempty(reading->json, "error_description"), dead, p);
    if (status == 429 || status >= 500) {
        scim_sync_google_is(&result, reading->result.matter);
    }
    return result;
}

scim_sync_google_result_t scim_sync_google_read_tokens(const scim_sync_answer_t *answer,
                                                       scim_sync_google_grant_t grant,
                                                       scim_sync_google_tokens_t *tokens,
                                                       apr_pool_t *p)
{
    scim_sync_google_reading_t reading;
    const char *wrong;

    memset(tokens, 0, sizeof *tokens);
    scim_sync_google_answer_read(&reading, answer, p);
    if (reading.result.matter != SCIM_SYNC_GOOGLE_FINE) {
        return read_failure(&reading, grant, p);
    }
    wrong = take_tokens(tokens, reading.json);
    if (wrong != NULL) {
        memset(tokens, 0, sizeof *tokens);
        return scim_sync_google_strange(answer, wrong, p);
    }
    wrong = tokens->scope != NULL ? scim_sync_google_missing_scopes(tokens->scope, p) : NULL;
    if (wrong != NULL) {
        scim_sync_google_is(&reading.result, SCIM_SYNC_GOOGLE_PERMISSION);
        reading.result.outcome.detail = apr_pstrcat(p, "access was granted without ", wrong,
                                                    ": connect again, with all boxes ticked", NULL);
    }
    return reading.result;
}

scim_sync_google_result_t scim_sync_google_read_revoke(const scim_sync_answer_t *answer,
                                                       apr_pool_t *p)
{
    scim_sync_google_reading_t reading;
    scim_sync_google_result_t result;

    scim_sync_google_answer_read(&reading, answer, p);
    if (reading.result.matter == SCIM_SYNC_GOOGLE_FINE) {
        return reading.result;
    }
    result = read_failure(&reading, SCIM_SYNC_GOOGLE_BY_REFRESH, p);
    if (result.reason != NULL && strcmp(result.reason, "invalid_token") == 0 &&
        result.matter == SCIM_SYNC_GOOGLE_REQUEST) {
        scim_sync_google_is(&result, SCIM_SYNC_GOOGLE_FINE);
        result.outcome.detail = NULL;
    }
    return result;
}

/* The middle one of the three parts of a JWT (RFC 7519 section 3), or NULL. */
static json_t *claims_of(const char *jwt, apr_pool_t *p)
{
    const char *begin = jwt != NULL && strlen(jwt) <= MAX_ID_TOKEN ? strchr(jwt, '.') : NULL;
    const char *end = begin != NULL ? strchr(begin + 1, '.') : NULL;
    const unsigned char *text;
    const char *why;
    json_t *claims = NULL;
    apr_size_t len;

    if (end == NULL) {
        return NULL;
    }
    text = apr_pdecode_base64_binary(p, begin + 1, end - begin - 1, APR_ENCODE_NONE, &len);
    if (text != NULL) {
        scim_sync_json_parse(&claims, (const char *)text, len, MAX_DEPTH, &why, p);
    }
    return claims;
}

static int is_issuer(const char *iss, const char *issuer)
{
    if (issuer != NULL) {
        return iss != NULL && strcmp(iss, issuer) == 0;
    }
    /* Google leaves the scheme out, sometimes. */
    return iss != NULL &&
           (strcmp(iss, SCIM_SYNC_GOOGLE_ISSUER) == 0 || strcmp(iss, "accounts.google.com") == 0);
}

apr_status_t scim_sync_google_read_identity(scim_sync_google_identity_t *identity, const char **why,
                                            const char *id_token,
                                            const scim_sync_google_client_t *client,
                                            const char *nonce, apr_int64_t now, apr_pool_t *p)
{
    const json_t *claims = claims_of(id_token, p);
    const char *audience = scim_sync_json_str(claims, "aud");
    const char *email = scim_sync_json_str(claims, "email");

    *why = NULL;
    if (claims == NULL) {
        *why = "Google does not say who connected";
    }
    else if (!is_issuer(scim_sync_json_str(claims, "iss"), client->endpoints.issuer)) {
        *why = "the ID token is not Google's";
    }
    else if (audience == NULL || strcmp(audience, client->id) != 0) {
        *why = "the ID token is for another client";
    }
    else if (scim_sync_json_int(claims, "exp", 0) + SKEW <= now / 1000) {
        *why = "the ID token has ended: is this server's clock right?";
    }
    else if (!scim_sync_same_secret(scim_sync_json_str(claims, "nonce"), nonce)) {
        *why = "the ID token belongs to another attempt to connect";
    }
    identity->subject = scim_sync_json_nonempty(claims, "sub");
    identity->email = scim_sync_is_email(email) ? email : NULL;
    identity->domain = scim_sync_json_nonempty(claims, "hd");
    if (*why == NULL && identity->subject == NULL) {
        *why = "the ID token names nobody";
    }
    return *why == NULL ? APR_SUCCESS : APR_EINVAL;
}

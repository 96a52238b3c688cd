/* SPDX-License-Identifier: Apache-2.0 */
/* google/oauth: what the token and revocation endpoints answer. To add an answer, add a row. */
#include "unit.h"

#include <string.h>

#include "google/oauth.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define CODE      SCIM_SYNC_GOOGLE_BY_CODE
#define REFRESH   SCIM_SYNC_GOOGLE_BY_REFRESH
#define ASSERTION SCIM_SYNC_GOOGLE_BY_ASSERTION

#define ERROR(error, words) "{\"error\":\"" error "\",\"error_description\":\"" words "\"}"
#define TOKENS(rest)                                                                               \
    "{\"access_token\":\"ya29.demo\",\"expires_in\":3599,\"token_type\":\"Bearer\"" rest "}"
#define SCOPE(rest) ",\"scope\":\"" SCIM_SYNC_GOOGLE_SCOPE_USERS " openid" rest "\""

static scim_sync_answer_t answered(int status, const char *body)
{
    scim_sync_answer_t answer = { status, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };

    answer.failure = status == 0 ? "Could not resolve host" : NULL;
    return answer;
}

static void reads_tokens(void **state)
{
    scim_sync_answer_t answer =
        answered(200, TOKENS(",\"refresh_token\":\"1//demo\",\"refresh_token_expires_in\":604799,"
                             "\"id_token\":\"a.b.c\"" SCOPE(" " SCIM_SYNC_GOOGLE_SCOPE_GROUPS)));
    scim_sync_google_tokens_t tokens;

    assert_int_equal(scim_sync_google_read_tokens(&answer, CODE, &tokens, *state).matter,
                     SCIM_SYNC_GOOGLE_FINE);
    assert_string_equal(tokens.access_token, "ya29.demo");
    assert_int_equal(tokens.lifetime_ms, 3599000);
    assert_string_equal(tokens.refresh_token, "1//demo");
    assert_int_equal(tokens.refresh_lifetime_ms, 604799000);
    assert_string_equal(tokens.id_token, "a.b.c");
    answer = answered(200, TOKENS(""));
    assert_int_equal(scim_sync_google_read_tokens(&answer, ASSERTION, &tokens, *state).matter,
                     SCIM_SYNC_GOOGLE_FINE);
    assert_null(tokens.refresh_token);
    assert_int_equal(tokens.refresh_lifetime_ms, 0);
}

/* An administrator may untick a box; what was given is known, so that it can be given back. */
static void a_scope_that_is_missing_is_named(void **state)
{
    scim_sync_answer_t answer = answered(200, TOKENS(",\"refresh_token\":\"1//demo\"" SCOPE("")));
    scim_sync_google_tokens_t tokens;
    scim_sync_google_result_t result = scim_sync_google_read_tokens(&answer, CODE, &tokens, *state);

    assert_int_equal(result.matter, SCIM_SYNC_GOOGLE_PERMISSION);
    assert_int_equal(result.outcome.verdict, SCIM_SYNC_REFUSED);
    assert_non_null(strstr(result.outcome.detail, SCIM_SYNC_GOOGLE_SCOPE_GROUPS));
    assert_null(strstr(result.outcome.detail, SCIM_SYNC_GOOGLE_SCOPE_USERS));
    assert_string_equal(tokens.refresh_token, "1//demo");
}

static void scopes_are_compared_whole(void **state)
{
    static const struct {
        const char *scope, *missing;
    } cases[] = {
        { SCIM_SYNC_GOOGLE_SCOPES, NULL },
        { SCIM_SYNC_GOOGLE_SCOPE_GROUPS "  " SCIM_SYNC_GOOGLE_SCOPE_USERS " email", NULL },
        { SCIM_SYNC_GOOGLE_SCOPE_GROUPS ".x " SCIM_SYNC_GOOGLE_SCOPE_USERS,
          SCIM_SYNC_GOOGLE_SCOPE_GROUPS },
        { "", SCIM_SYNC_GOOGLE_SCOPE_USERS " and " SCIM_SYNC_GOOGLE_SCOPE_GROUPS },
        { " ", SCIM_SYNC_GOOGLE_SCOPE_USERS " and " SCIM_SYNC_GOOGLE_SCOPE_GROUPS },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *missing = scim_sync_google_missing_scopes(cases[i].scope, *state);

        if (cases[i].missing == NULL) {
            assert_null(missing);
        }
        else {
            assert_string_equal(missing, cases[i].missing);
        }
    }
}

static const struct {
    scim_sync_google_grant_t grant;
    int status;
    const char *body;
    scim_sync_google_matter_t matter;
    scim_sync_verdict_t verdict;
    const char *detail;
} rows[] = {
    /* for good: an administrator must do something, and is told what */
    { REFRESH, 400, ERROR("invalid_grant", "Token has been expired or revoked."),
      SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_DENIED, "expired or revoked. (the connection was" },
    { REFRESH, 400, ERROR("invalid_grant", "Token has been expired or revoked."),
      SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_DENIED, "7 days" },
    { REFRESH, 400, "{\"error\":\"invalid_grant\",\"error_subtype\":\"invalid_rapt\"}",
      SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_DENIED, "session control" },
    { CODE, 400, ERROR("invalid_grant", "Malformed auth code."), SCIM_SYNC_GOOGLE_CONNECTION,
      SCIM_SYNC_DENIED, "took too long" },
    { ASSERTION, 400, ERROR("invalid_grant", "Invalid JWT Signature."), SCIM_SYNC_GOOGLE_CONNECTION,
      SCIM_SYNC_DENIED, "clock is wrong" },
    { ASSERTION, 401, ERROR("unauthorized_client", "Client is unauthorized"),
      SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_DENIED, "Domain-wide delegation" },
    { REFRESH, 401, ERROR("invalid_client", "Unauthorized"), SCIM_SYNC_GOOGLE_CONNECTION,
      SCIM_SYNC_DENIED, "id and secret" },
    { REFRESH, 400, ERROR("admin_policy_enforced", "x"), SCIM_SYNC_GOOGLE_CONNECTION,
      SCIM_SYNC_DENIED, "trust it" },
    { REFRESH, 401, ERROR("deleted_client", "x"), SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_DENIED,
      "30 days" },
    { ASSERTION, 401, ERROR("disabled_client", "x"), SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_DENIED,
      "was disabled" },
    { CODE, 403, ERROR("org_internal", "x"), SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_DENIED,
      "is Internal" },
    { ASSERTION, 400, ERROR("invalid_scope", "x"), SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_DENIED,
      "delegated exactly" },
    { CODE, 400, ERROR("redirect_uri_mismatch", "Bad Request"), SCIM_SYNC_GOOGLE_CONNECTION,
      SCIM_SYNC_DENIED, "letter by letter" },
    { REFRESH, 400, ERROR("something_new", "words"), SCIM_SYNC_GOOGLE_REQUEST, SCIM_SYNC_REFUSED,
      "something_new: words" },
    /* not now */
    { REFRESH, 429, ERROR("rate_limit_exceeded", "x"), SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_RETRY,
      "rate_limit" },
    { REFRESH, 429, ERROR("invalid_grant", "x"), SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_RETRY, "x" },
    { REFRESH, 500, ERROR("invalid_grant", "x"), SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY, "x" },
    { REFRESH, 503, "", SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY, "HTTP status 503" },
    { REFRESH, 400, ERROR("temporarily_unavailable", "x"), SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY,
      "temporarily" },
    { REFRESH, 0, "", SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY, "resolve host" },
    /* not from the token endpoint, whose tokens nothing quotes */
    { REFRESH, 400, "<p>ya29.secret</p>", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY,
      "HTTP status 400 without" },
    { REFRESH, 401, "ya29.secret", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY,
      "HTTP status 401 without" },
    { REFRESH, 302, "ya29.secret", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY,
      "HTTP status 302 without" },
    { REFRESH, 200, "ya29.secret", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "no access token" },
    { REFRESH, 200, "{\"access_token\":\"ya29.secret\",\"token_type\":\"Bearer\"}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "how long" },
    { REFRESH, 200, "{\"access_token\":\"ya29.secret\",\"token_type\":\"mac\",\"expires_in\":9}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "Bearer" },
    { REFRESH, 200,
      "{\"access_token\":\"ya29.secret\\r\\nX: y\",\"token_type\":\"Bearer\",\"expires_in\":9}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "no access token" },
    { REFRESH, 200, "{\"access_token\":\"ya29.secret\",\"token_type\":\"Bearer\",\"expires_in\":0}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "how long" },
    { CODE, 200, TOKENS(",\"refresh_token\":null"), SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY,
      "refresh token" },
};

static void each_failure_is_explained(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        scim_sync_answer_t answer = answered(rows[i].status, rows[i].body);
        scim_sync_google_tokens_t tokens;
        scim_sync_google_result_t result =
            scim_sync_google_read_tokens(&answer, rows[i].grant, &tokens, *state);

        if (result.matter != rows[i].matter || result.outcome.verdict != rows[i].verdict ||
            strstr(result.outcome.detail, rows[i].detail) == NULL) {
            fail_msg("row %d: matter %d: %s", (int)i, result.matter, result.outcome.detail);
        }
        assert_null(strstr(result.outcome.detail, "secret\""));
        assert_null(strstr(result.outcome.detail, "ya29"));
        assert_null(tokens.access_token);
    }
}

static void what_was_revoked_before_is_revoked(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_google_matter_t matter;
    } cases[] = {
        { 200, "", SCIM_SYNC_GOOGLE_FINE },
        { 200, "{}", SCIM_SYNC_GOOGLE_FINE },
        { 400, ERROR("invalid_token", "Token expired or revoked"), SCIM_SYNC_GOOGLE_FINE },
        { 400, ERROR("invalid_request", "x"), SCIM_SYNC_GOOGLE_REQUEST },
        { 503, ERROR("invalid_token", "x"), SCIM_SYNC_GOOGLE_BUSY },
        { 400, "<p>no</p>", SCIM_SYNC_GOOGLE_STRANGE },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);

        assert_int_equal(scim_sync_google_read_revoke(&answer, *state).matter, cases[i].matter);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(reads_tokens),
        UNIT_TEST(a_scope_that_is_missing_is_named),
        UNIT_TEST(scopes_are_compared_whole),
        UNIT_TEST(each_failure_is_explained),
        UNIT_TEST(what_was_revoked_before_is_revoked),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

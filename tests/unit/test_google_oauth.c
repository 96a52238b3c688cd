/* SPDX-License-Identifier: Apache-2.0 */
/*
 * google/oauth: the way to Google and back, and every request letter by letter. What the token
 * endpoint answers stands in test_google_oauth_tokens.c.
 */
#include "unit.h"

#include <string.h>

#include <apr_encode.h>
#include <apr_strings.h>

#include "google/oauth.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW          APR_INT64_C(1795000000000)

static const scim_sync_google_client_t client = {
    .id = "demo.apps.googleusercontent.com",
    .secret = "demo/secret",
    .redirect_uri = "https://jira.example.com/plugins/servlet/usersync/callback"
};

static const scim_sync_google_client_t local = {
    .endpoints = { .authorize = "http://127.0.0.1:8080/auth",
                   .token = "http://127.0.0.1:8080/token",
                   .revoke = "http://127.0.0.1:8080/revoke",
                   .issuer = "http://127.0.0.1:8080" },
    .id = "demo",
    .secret = "demo",
    .redirect_uri = "http://127.0.0.1/back"
};

/* The verifier and its challenge of RFC 7636 appendix B. */
static const scim_sync_google_attempt_t attempt = {
    .idp = "google",
    .state = "demo-state",
    .verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    .nonce = "demo-nonce"
};

static void sends_the_browser_to_google(void **state)
{
    const char *url = scim_sync_google_authorize_url(&client, &attempt, NULL, NULL, *state);

    assert_string_equal(
        url,
        "https://accounts.google.com/o/oauth2/v2/auth?client_id=demo.apps.googleusercontent.com"
        "&redirect_uri=https%3A%2F%2Fjira.example.com%2Fplugins%2Fservlet%2Fusersync%2Fcallback"
        "&response_type=code&scope=openid%20email%20"
        "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fadmin.directory.user.readonly%20"
        "https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fadmin.directory.group.readonly"
        "&access_type=offline&prompt=consent&state=demo-state&nonce=demo-nonce"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
    url =
        scim_sync_google_authorize_url(&local, &attempt, "ann@example.com", "example.com", *state);
    assert_int_equal(strncmp(url, "http://127.0.0.1:8080/auth?client_id=demo&", 42), 0);
    assert_non_null(strstr(url, "&login_hint=ann%40example.com&hd=example.com"));
    assert_null(strstr(url, attempt.verifier));
}

static void is_call(const scim_sync_call_t *call, const char *url, const char *form)
{
    assert_string_equal(call->method, "POST");
    assert_string_equal(call->url, url);
    assert_string_equal(call->form, form);
    assert_null(call->body);
    assert_null(call->bearer);
    assert_null(call->user);
}

static void builds_calls(void **state)
{
    scim_sync_call_t call;

    scim_sync_google_exchange(&call, &client, "4/0A", attempt.verifier, *state);
    is_call(&call, "https://oauth2.googleapis.com/token",
            "grant_type=authorization_code&code=4%2F0A"
            "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
            "&redirect_uri=https%3A%2F%2Fjira.example.com%2Fplugins%2Fservlet%2Fusersync%2Fcallback"
            "&client_id=demo.apps.googleusercontent.com&client_secret=demo%2Fsecret");
    scim_sync_google_refresh(&call, &local, "1//demo", *state);
    is_call(&call, "http://127.0.0.1:8080/token",
            "grant_type=refresh_token&refresh_token=1%2F%2Fdemo&client_id=demo&client_secret=demo");
    scim_sync_google_present(&call, &client.endpoints, "a.b.c", *state);
    is_call(&call, "https://oauth2.googleapis.com/token",
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=a.b.c");
    scim_sync_google_revoke(&call, &client.endpoints, "1//demo", *state);
    is_call(&call, "https://oauth2.googleapis.com/revoke", "token=1%2F%2Fdemo");
    scim_sync_google_revoke(&call, &local.endpoints, "1//demo", *state);
    is_call(&call, "http://127.0.0.1:8080/revoke", "token=1%2F%2Fdemo");
}

/* --- the way back --- */

static scim_sync_google_result_t came_back(const char *const *pairs, const char **code,
                                           apr_pool_t *p)
{
    apr_table_t *parameters = apr_table_make(p, 8);

    for (; *pairs != NULL; pairs += 2) {
        apr_table_set(parameters, pairs[0], pairs[1]);
    }
    return scim_sync_google_read_callback(parameters, &client, code, p);
}

static void takes_the_code(void **state)
{
    static const char *const cases[][13] = {
        { "code", "4/0Ademo", NULL },
        { "code", "4/0Ademo", "iss", "https://accounts.google.com", "scope", "email", "authuser",
          "0", "hd", "example.com", NULL },
    };
    const char *code;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(came_back(cases[i], &code, *state).matter, SCIM_SYNC_GOOGLE_FINE);
        assert_string_equal(code, "4/0Ademo");
    }
}

static void explains_what_is_no_code(void **state)
{
    static const struct {
        const char *pairs[7];
        const char *detail;
    } cases[] = {
        { { "error", "access_denied", NULL }, "test users" },
        { { "error", "admin_policy_enforced", NULL }, "trust it in the Admin console" },
        { { "error", "new\nline", "error_description", "words", NULL }, "new line: words" },
        { { "error", "access_denied", "code", "4/0A", NULL }, "access_denied" },
        { { "code", "4/0A", "iss", "https://evil.example.com", NULL }, "not from Google" },
        { { "code", "", NULL }, "neither a code" },
        { { "code", "4/0A b", NULL }, "neither a code" },
        { { "scope", "email", NULL }, "neither a code" },
    };
    const char *code;

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_google_result_t result = came_back(cases[i].pairs, &code, *state);

        assert_int_equal(result.outcome.verdict, SCIM_SYNC_REFUSED);
        assert_non_null(strstr(result.outcome.detail, cases[i].detail));
    }
}

/* --- who connected --- */

static const char *jwt(const char *claims, apr_pool_t *p)
{
    return apr_pstrcat(p, "eyJhbGciOiJSUzI1NiJ9.",
                       apr_pencode_base64_binary(p, (const unsigned char *)claims,
                                                 (apr_ssize_t)strlen(claims), APR_ENCODE_BASE64URL,
                                                 NULL),
                       ".c2ln", NULL);
}

#define CLAIMS(iss, aud, exp, nonce, rest)                                                         \
    "{\"iss\":\"" iss "\",\"aud\":\"" aud "\",\"exp\":" exp ",\"nonce\":\"" nonce "\"" rest "}"
#define ISS "https://accounts.google.com"
#define AUD "demo.apps.googleusercontent.com"
#define SUB ",\"sub\":\"108\""

static void reads_who_connected(void **state)
{
    scim_sync_google_identity_t identity;
    const char *why;
    const char *token = jwt(CLAIMS(ISS, AUD, "1795003600", "demo-nonce",
                                   SUB ",\"email\":\"admin@example.com\",\"hd\":\"example.com\""),
                            *state);

    assert_int_equal(scim_sync_google_read_identity(&identity, &why, token, &client, "demo-nonce",
                                                    NOW, *state),
                     APR_SUCCESS);
    assert_string_equal(identity.subject, "108");
    assert_string_equal(identity.email, "admin@example.com");
    assert_string_equal(identity.domain, "example.com");
    token = jwt(CLAIMS("accounts.google.com", AUD, "1794999800", "demo-nonce", SUB), *state);
    assert_int_equal(scim_sync_google_read_identity(&identity, &why, token, &client, "demo-nonce",
                                                    NOW, *state),
                     APR_SUCCESS);
    assert_null(identity.email);
    assert_null(identity.domain);
}

static void believes_no_other_id_token(void **state)
{
    static const struct {
        const char *claims, *why;
    } cases[] = {
        { CLAIMS("https://evil.example.com", AUD, "1795003600", "demo-nonce", SUB),
          "not Google's" },
        { CLAIMS("http://127.0.0.1:8080", AUD, "1795003600", "demo-nonce", SUB), "not Google's" },
        { CLAIMS(ISS, "other", "1795003600", "demo-nonce", SUB), "another client" },
        { CLAIMS(ISS, AUD, "1794999700", "demo-nonce", SUB), "has ended" },
        { CLAIMS(ISS, AUD, "\"1795003600\"", "demo-nonce", SUB), "has ended" },
        { CLAIMS(ISS, AUD, "1795003600", "other", SUB), "another attempt" },
        { CLAIMS(ISS, AUD, "1795003600", "demo-nonce", ""), "names nobody" },
        { "{}", "not Google's" },
        { "[]", "not Google's" },
        { "{", "does not say who" },
    };
    static const char *const damaged[] = { NULL, "", "a", "a.b", "a..c", "a.%%%.c" };
    scim_sync_google_identity_t identity;
    const char *why;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(scim_sync_google_read_identity(&identity, &why,
                                                        jwt(cases[i].claims, *state), &client,
                                                        "demo-nonce", NOW, *state),
                         APR_EINVAL);
        assert_non_null(strstr(why, cases[i].why));
    }
    for (size_t i = 0; i < COUNT(damaged); i++) {
        assert_int_equal(scim_sync_google_read_identity(&identity, &why, damaged[i], &client,
                                                        "demo-nonce", NOW, *state),
                         APR_EINVAL);
        assert_non_null(strstr(why, "does not say who"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(sends_the_browser_to_google),
        UNIT_TEST(builds_calls),
        UNIT_TEST(takes_the_code),
        UNIT_TEST(explains_what_is_no_code),
        UNIT_TEST(reads_who_connected),
        UNIT_TEST(believes_no_other_id_token),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* jira/answer: what is kept of the other side's words, whatever it sends. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/answer.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define HTML                                                                                       \
    "<!DOCTYPE html><html><head><title>Oops</title><style>p { color: red }</style>"                \
    "<script>var oh = '<p>';</script></head><body class=\"x\"><p>Log in\n first</p></body>"

static const char *words(const char *body, apr_size_t length, apr_pool_t *p)
{
    scim_sync_answer_t answer = { 400, body, length, SCIM_SYNC_RATE_UNSAID, NULL, 1 };
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, &answer, p);
    assert_ptr_equal(reading.say, reading.outcome.detail);
    return reading.say;
}

static void joins_jiras_words(void **state)
{
    const char *body = "{\"errorMessages\":[\"one\",\"\",7,\"two\"],"
                       "\"errors\":{\"name\":\"three\",\"x\":null}}";

    assert_string_equal(words(body, strlen(body), *state), "one; two; three");
}

/* Gateways say "errorMessage", too. */
static void only_jiras_own_forms_explain(void **state)
{
    static const struct {
        const char *body;
        int explained;
        const char *words;
    } cases[] = {
        { "{\"errorMessages\":[\"gone\"],\"errors\":{}}", 1, "gone" },
        { "{\"errorMessage\":\"gone\",\"i18nErrorMessage\":{\"i18nKey\":\"x\"}}", 1, "gone" },
        { "{\"errorMessage\":\"\",\"i18nErrorMessage\":{}}", 0, "HTTP status 404 and" },
        { "{\"errorMessage\":\"gone\",\"i18nErrorMessage\":\"x\"}", 0, "gone" },
        { "{\"errorMessage\":\"gone\"}", 0, "gone" },
        { "{\"message\":\"gone\"}", 0, "gone" },
        { "<p>gone</p>", 0, "gone" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer = {
            404, cases[i].body, strlen(cases[i].body), SCIM_SYNC_RATE_UNSAID, NULL, 1
        };
        scim_sync_reading_t reading;

        scim_sync_answer_read(&reading, &answer, *state);
        assert_int_equal(reading.explained, cases[i].explained);
        assert_int_equal(scim_sync_answer_is_known(&reading, 404), cases[i].explained);
        assert_false(scim_sync_answer_is_known(&reading, 400));
        assert_int_equal(reading.outcome.verdict,
                         cases[i].explained ? SCIM_SYNC_REFUSED : SCIM_SYNC_RETRY);
        assert_non_null(strstr(reading.say, cases[i].words));
    }
}

static void words_are_one_line_of_bounded_length(void **state)
{
    char *body = apr_palloc(*state, 100001);
    const char *forged = "{\"errorMessages\":[\"a\\r\\n[error] b\\u001b[31m\\u202ec\"]}";

    memset(body, 'x', 100000);
    body[100000] = '\0';
    assert_int_equal(strlen(words(body, 100000, *state)), 200);
    assert_int_equal(strlen(words(body, 200, *state)), 200);
    body = apr_pstrcat(*state, "{\"errorMessages\":[\"", body, "\"]}", NULL);
    assert_int_equal(strlen(words(body, strlen(body), *state)), 1000);
    assert_string_equal(words(forged, strlen(forged), *state), "a [error] b [31m c");
}

static void words_are_utf8_without_markup(void **state)
{
    static const struct {
        const char *body;
        apr_size_t length;
        const char *words;
    } cases[] = {
        { HTML, sizeof HTML - 1, "Oops Log in first" },
        { "a\0b", 3, "a b" },
        { "K\xf6ln", 4, "K\xef\xbf\xbdln" },
        { "  a < b\t\n & c > d ", 18, "a < b & c > d" },
        { "<p", 2, "HTTP status 400 and nothing else" },
        { "<", 1, "<" },
        { "before<script>never closed", 26, "before" },
        { "<!-- x --><STYLE>y</Style>z", 27, "z" },
        { "<p>\xe2\x82\xac</p>", 10, "\xe2\x82\xac" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_string_equal(words(cases[i].body, cases[i].length, *state), cases[i].words);
    }
}

/* The time of its reset is that of a quota; a burst is over sooner. */
static void a_quota_waits_for_its_reset(void **state)
{
    static const struct {
        scim_sync_reason_t reason;
        apr_int64_t retry, reset, waits;
    } cases[] = { { SCIM_SYNC_REASON_BURST, 1000, 5000, 1000 },
                  { SCIM_SYNC_REASON_BURST, -1, 5000, 0 },
                  { SCIM_SYNC_REASON_QUOTA, 1000, 5000, 5000 },
                  { SCIM_SYNC_REASON_QUOTA, 9000, 5000, 9000 },
                  { SCIM_SYNC_REASON_QUOTA, -1, 5000, 5000 } };

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer = { 429, "", 0, SCIM_SYNC_RATE_UNSAID, NULL, 1 };
        scim_sync_reading_t reading;

        answer.rate.reason = cases[i].reason;
        answer.rate.retry_after_ms = cases[i].retry;
        answer.rate.reset_ms = cases[i].reset;
        scim_sync_answer_read(&reading, &answer, *state);
        assert_int_equal(reading.outcome.retry_ms, cases[i].waits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_quota_waits_for_its_reset),   UNIT_TEST(joins_jiras_words),
        UNIT_TEST(only_jiras_own_forms_explain),  UNIT_TEST(words_are_one_line_of_bounded_length),
        UNIT_TEST(words_are_utf8_without_markup),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

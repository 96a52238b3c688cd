/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The organization API: calls letter by letter, and what answers mean.
 */
#include "unit.h"

#include <string.h>

#include "jira/organization.h"

static const scim_sync_organization_t organization = { "https://api.example.com", "o-1",
                                                       "demo-key" };

static void expect(const scim_sync_call_t *call, const char *method, const char *path,
                   const char *endpoint)
{
    assert_string_equal(call->method, method);
    assert_string_equal(call->url + strlen(organization.base_url), path);
    assert_memory_equal(call->url, organization.base_url, strlen(organization.base_url));
    assert_string_equal(call->endpoint, endpoint);
    assert_string_equal(call->bearer, "demo-key");
    assert_null(call->user);
}

static void test_calls(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_call_t call;

    scim_sync_organization_directories(&call, &organization, NULL, p);
    expect(&call, "GET", "/admin/v2/orgs/o-1/directories", "GET admin/v2/orgs/{}/directories");
    scim_sync_organization_directories(&call, &organization, "a:1", p);
    expect(&call, "GET", "/admin/v2/orgs/o-1/directories?accountId=a%3A1",
           "GET admin/v2/orgs/{}/directories");
    scim_sync_organization_account(&call, &organization, "d/1", "a:1", p);
    expect(&call, "GET", "/admin/v2/orgs/o-1/directories/d%2F1/users/a%3A1",
           "GET admin/v2/orgs/{}/directories/{}/users/{}");
    scim_sync_organization_suspend(&call, &organization, "d1", "a1", p);
    expect(&call, "POST", "/admin/v2/orgs/o-1/directories/d1/users/a1/suspend",
           "POST admin/v2/orgs/{}/directories/{}/users/{}/suspend");
    assert_null(call.body);
    scim_sync_organization_restore(&call, &organization, "d1", "a1", p);
    expect(&call, "POST", "/admin/v2/orgs/o-1/directories/d1/users/a1/restore",
           "POST admin/v2/orgs/{}/directories/{}/users/{}/restore");
    scim_sync_organization_profile(&call, &organization, "a1", "{}", p);
    expect(&call, "PATCH", "/users/a1/manage/profile", "PATCH users/{}/manage/profile");
    assert_string_equal(call.body, "{}");
}

static void test_where_it_is(void **state)
{
    apr_pool_t *p = *state;

    assert_string_equal(scim_sync_organization_url("https://x.example.com", NULL, p),
                        "https://api.atlassian.com");
    assert_string_equal(scim_sync_organization_url("http://127.0.0.1:1", NULL, p),
                        "http://127.0.0.1:1");
    assert_string_equal(scim_sync_organization_url("http://127.0.0.1:1", "http://[::1]:2", p),
                        "http://[::1]:2");
    assert_true(scim_sync_organization_is_id("2c1f-A9"));
    assert_false(scim_sync_organization_is_id(""));
    assert_false(scim_sync_organization_is_id("a/b"));
    assert_false(scim_sync_organization_is_id(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static scim_sync_answer_t answer_of(int status, const char *body)
{
    return (scim_sync_answer_t) { .status = status,
                                  .body = body,
                                  .length = strlen(body),
                                  .rate = SCIM_SYNC_RATE_UNSAID,
                                  .failure = status ? NULL : "cut" };
}

typedef struct {
    int status;
    const char *body;
    scim_sync_verdict_t verdict;
    const char *detail;
} change_case_t;

static const change_case_t changes[] = {
    { 204, "", SCIM_SYNC_DONE, NULL },
    { 200, "{\"account\": {}}", SCIM_SYNC_DONE, NULL },
    { 200, "<html>", SCIM_SYNC_RETRY, NULL },
    /* another credential than the site's: what is refused here must not stop the site */
    { 401, "Unauthorized", SCIM_SYNC_REFUSED, "not accepted (Unauthorized)" },
    { 401, "{\"key\": \"unauthorized\"}", SCIM_SYNC_REFUSED, "not accepted (unauthorized)" },
    { 403, "{\"key\": \"forbidden\"}", SCIM_SYNC_REFUSED, "(403): forbidden" },
    { 400, "{\"errors\": [{\"title\": \"t\", \"detail\": \"malformed\"}]}", SCIM_SYNC_REFUSED,
      "malformed" },
    { 404, "{\"errors\": [{\"title\": \"not here\"}]}", SCIM_SYNC_REFUSED, "not here" },
    { 404, "<html>a proxy</html>", SCIM_SYNC_RETRY, "a proxy" },
    { 429, "", SCIM_SYNC_RETRY, NULL },
    { 503, "{}", SCIM_SYNC_RETRY, NULL },
    { 0, "", SCIM_SYNC_RETRY, "cut" },
};

static void test_answers_to_changes(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        const scim_sync_answer_t answer = answer_of(changes[i].status, changes[i].body);
        scim_sync_outcome_t outcome = scim_sync_organization_read_change(&answer, p);

        if (outcome.verdict != changes[i].verdict) {
            fail_msg("case %d: %d (%s)", (int)i, outcome.verdict, outcome.detail);
        }
        if (changes[i].detail) {
            assert_non_null(strstr(outcome.detail, changes[i].detail));
        }
    }
}

static void test_directories(void **state)
{
    apr_pool_t *p = *state;
    const char *directory;
    scim_sync_answer_t answer = answer_of(200, "{\"data\": [{\"directoryId\": \"d1\"}]}");

    assert_int_equal(scim_sync_organization_read_directories(&answer, &directory, p).verdict,
                     SCIM_SYNC_DONE);
    assert_string_equal(directory, "d1");
    answer = answer_of(200, "{\"data\": []}");
    assert_int_equal(scim_sync_organization_read_directories(&answer, &directory, p).verdict,
                     SCIM_SYNC_DONE);
    assert_string_equal(directory, "");
    answer = answer_of(200, "{}");
    assert_int_equal(scim_sync_organization_read_directories(&answer, &directory, p).verdict,
                     SCIM_SYNC_RETRY);
    answer = answer_of(200, "{\"data\": [{}]}");
    assert_int_equal(scim_sync_organization_read_directories(&answer, &directory, p).verdict,
                     SCIM_SYNC_RETRY);
}

static void test_accounts(void **state)
{
    static const struct {
        const char *body;
        int unmanaged;
        int suspended;
    } cases[] = {
        { "{\"data\": {\"claimStatus\": \"managed\", \"membershipStatus\": \"active\"}}", 0, 0 },
        { "{\"data\": {\"claimStatus\": \"managed\", \"membershipStatus\": \"suspended\"}}", 0, 1 },
        { "{\"data\": {\"claimStatus\": \"unmanaged\"}}", 1, 0 },
        { "{\"data\": {}}", 1, 0 },
    };
    apr_pool_t *p = *state;
    scim_sync_answer_t answer;
    int unmanaged;
    int suspended;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        answer = answer_of(200, cases[i].body);
        assert_int_equal(
            scim_sync_organization_read_account(&answer, &unmanaged, &suspended, p).verdict,
            SCIM_SYNC_DONE);
        assert_int_equal(unmanaged, cases[i].unmanaged);
        assert_int_equal(suspended, cases[i].suspended);
    }
    answer = answer_of(200, "[]");
    assert_int_equal(
        scim_sync_organization_read_account(&answer, &unmanaged, &suspended, p).verdict,
        SCIM_SYNC_RETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_calls),
        UNIT_TEST(test_where_it_is),
        UNIT_TEST(test_answers_to_changes),
        UNIT_TEST(test_directories),
        UNIT_TEST(test_accounts),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* API tokens with scopes: where they are used, the cloud id, and what the gateway refuses. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/platform.h"

#define CLOUD "11223344-a1b2-3b33-c444-def123456789"

static scim_sync_answer_t answer(int status, const char *body)
{
    return (scim_sync_answer_t) { .status = status,
                                  .body = body,
                                  .length = strlen(body),
                                  .rate = SCIM_SYNC_RATE_UNSAID,
                                  .sent = 1 };
}

static void test_where_the_api_is(void **state)
{
    static const struct {
        const char *site;
        const char *gateway;
        const char *cloud_id;
        const char *api;
    } cases[] = {
        { "https://x.example.com", NULL, NULL, "https://x.example.com" },
        { "https://x.example.com", "https://gw.example.com", NULL, "https://x.example.com" },
        { "https://x.example.com", NULL, CLOUD, "https://api.atlassian.com/ex/jira/" CLOUD },
        { "https://x.example.com", "https://gw.example.com", CLOUD,
          "https://gw.example.com/ex/jira/" CLOUD },
        { "http://127.0.0.1:8000", NULL, CLOUD, "http://127.0.0.1:8000/ex/jira/" CLOUD },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(scim_sync_jira_api_url(cases[i].site, cases[i].gateway,
                                                   cases[i].cloud_id, *state),
                            cases[i].api);
    }
}

static void test_the_cloud_id_is_asked_for_without_credentials(void **state)
{
    scim_sync_call_t call;

    memset(&call, 0xff, sizeof(call));
    scim_sync_jira_tenant_info(&call, "https://x.example.com", *state);
    assert_string_equal(call.method, "GET");
    assert_string_equal(call.url, "https://x.example.com/_edge/tenant_info");
    assert_null(call.user);
    assert_null(call.password);
    assert_null(call.body);
}

static void test_a_cloud_id_is_read(void **state)
{
    scim_sync_answer_t good = answer(200, "{\"cloudId\":\"" CLOUD "\",\"other\":1}");
    const char *cloud_id = NULL;

    assert_int_equal(scim_sync_jira_read_tenant_info(&good, &cloud_id, *state).verdict,
                     SCIM_SYNC_DONE);
    assert_string_equal(cloud_id, CLOUD);
}

/* It becomes part of an URL to which credentials are sent. */
static void test_what_is_no_cloud_id_is_not_believed(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "[]",
        "<html>",
        "{\"cloudId\":7}",
        "{\"cloudId\":\"\"}",
        "{\"cloudId\":\"a/../b\"}",
        "{\"cloudId\":\"a?b\"}",
        "{\"cloudId\":\"@example.com\"}",
        "{\"cloudId\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}",
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        scim_sync_answer_t bad = answer(200, bodies[i]);
        const char *cloud_id;

        assert_int_equal(scim_sync_jira_read_tenant_info(&bad, &cloud_id, *state).verdict,
                         SCIM_SYNC_RETRY);
    }
}

static void test_a_scope_that_is_missing(void **state)
{
    scim_sync_answer_t lacking =
        answer(401, "{\"code\":401,\"message\":\"Unauthorized; scope does not match\"}");
    scim_sync_answer_t wrong = answer(401, "{\"code\":401,\"message\":\"Unauthorized\"}");
    scim_sync_jira_account_t account;
    scim_sync_outcome_t outcome = scim_sync_jira_read_myself(&lacking, &account, *state);

    assert_int_equal(outcome.verdict, SCIM_SYNC_DENIED);
    assert_true(scim_sync_jira_lacks_scope(&outcome));
    assert_non_null(strstr(outcome.detail, "scope does not match"));
    assert_non_null(strstr(outcome.detail, "read:jira-user"));
    assert_non_null(strstr(outcome.detail, "manage:jira-configuration"));
    outcome = scim_sync_jira_read_myself(&wrong, &account, *state);
    assert_int_equal(outcome.verdict, SCIM_SYNC_DENIED);
    assert_false(scim_sync_jira_lacks_scope(&outcome));
    assert_string_equal(outcome.detail, "Unauthorized");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_where_the_api_is),
        UNIT_TEST(test_the_cloud_id_is_asked_for_without_credentials),
        UNIT_TEST(test_a_cloud_id_is_read),
        UNIT_TEST(test_what_is_no_cloud_id_is_not_believed),
        UNIT_TEST(test_a_scope_that_is_missing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

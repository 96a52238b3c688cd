/* SPDX-License-Identifier: Apache-2.0 */
/* jira/servicedesk: every request letter by letter, and whose limits hold for it. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "jira/limiter.h"
#include "jira/servicedesk.h"

#define BASE "https://demo.example.net/rest/servicedeskapi/"

static const scim_sync_jira_t site = { "demo", "https://demo.example.net", "admin@example.com",
                                       "demo-api-token" };

/* endpoint begins with the method. */
static void is_call(const scim_sync_call_t *call, const char *endpoint, const char *path,
                    const char *body, int experimental)
{
    assert_string_equal(call->endpoint, endpoint);
    assert_int_equal(strncmp(endpoint, call->method, strlen(call->method)), 0);
    assert_int_equal(endpoint[strlen(call->method)], ' ');
    assert_int_equal(strncmp(call->url, BASE, strlen(BASE)), 0);
    assert_string_equal(call->url + strlen(BASE), path);
    assert_string_equal(call->user, "admin@example.com");
    assert_string_equal(call->password, "demo-api-token");
    assert_string_equal(call->body != NULL ? call->body : "none", body != NULL ? body : "none");
    assert_string_equal(call->header != NULL ? call->header : "none",
                        experimental ? "X-ExperimentalApi: opt-in" : "none");
}

static apr_array_header_t *ids(int count, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, count, sizeof(const char *));

    for (int i = 0; i < count; i++) {
        APR_ARRAY_PUSH(list, const char *) = apr_psprintf(p, "qm:%d", i);
    }
    return list;
}

static void builds_calls_about_customers(void **state)
{
    scim_sync_call_t call;

    scim_sync_jira_create_customer(&call, &site, "ann@example.com", "Ann \"A\" K\xc3\xb6ln",
                                   *state);
    is_call(&call, "POST customer", "customer?strictConflictStatusCode=true",
            "{\"email\":\"ann@example.com\",\"displayName\":\"Ann \\\"A\\\" K\xc3\xb6ln\"}", 0);
    scim_sync_jira_invite_customer(&call, &site, "7", "ann@example.com", "Ann", *state);
    is_call(&call, "POST servicedesk/{}/customer/invite",
            "servicedesk/7/customer/invite?strictConflictStatusCode=true",
            "{\"email\":\"ann@example.com\",\"displayName\":\"Ann\"}", 1);
    scim_sync_jira_revoke_customer(&call, &site, "qm:a/b", *state);
    is_call(&call, "PUT customer/user/{}/revoke-portal-only-access",
            "customer/user/qm%3Aa%2Fb/revoke-portal-only-access", NULL, 0);
}

static void builds_calls_about_desks(void **state)
{
    apr_array_header_t *two = ids(2, *state);
    scim_sync_call_t call;

    scim_sync_jira_desks(&call, &site, 100, *state);
    is_call(&call, "GET servicedesk", "servicedesk?start=100&limit=50", NULL, 0);
    scim_sync_jira_desk(&call, &site, "DEMO", *state);
    is_call(&call, "GET servicedesk/{}", "servicedesk/DEMO", NULL, 0);
    scim_sync_jira_desk_customers(&call, &site, "7", NULL, 50, *state);
    is_call(&call, "GET servicedesk/{}/customer", "servicedesk/7/customer?start=50&limit=50", NULL,
            1);
    scim_sync_jira_desk_customers(&call, &site, "7", "a+b@example.com", 0, *state);
    is_call(&call, "GET servicedesk/{}/customer",
            "servicedesk/7/customer?start=0&limit=50&query=a%2Bb%40example.com", NULL, 1);
    scim_sync_jira_add_customers(&call, &site, "7", two, 0, *state);
    is_call(&call, "POST servicedesk/{}/customer", "servicedesk/7/customer",
            "{\"accountIds\":[\"qm:0\",\"qm:1\"]}", 0);
    scim_sync_jira_remove_customers(&call, &site, "7", two, 1, *state);
    is_call(&call, "DELETE servicedesk/{}/customer", "servicedesk/7/customer",
            "{\"accountIds\":[\"qm:1\"]}", 1);
}

static void builds_calls_about_organizations(void **state)
{
    apr_array_header_t *one = ids(1, *state);
    scim_sync_call_t call;

    scim_sync_jira_organizations(&call, &site, 0, *state);
    is_call(&call, "GET organization", "organization?start=0&limit=50", NULL, 0);
    scim_sync_jira_organization(&call, &site, "12", *state);
    is_call(&call, "GET organization/{}", "organization/12", NULL, 0);
    scim_sync_jira_create_organization(&call, &site, "R&D", *state);
    is_call(&call, "POST organization", "organization", "{\"name\":\"R&D\"}", 0);
    scim_sync_jira_organization_members(&call, &site, "12", 50, *state);
    is_call(&call, "GET organization/{}/user", "organization/12/user?start=50&limit=50", NULL, 0);
    scim_sync_jira_add_organization_members(&call, &site, "12", one, 0, *state);
    is_call(&call, "POST organization/{}/user", "organization/12/user",
            "{\"accountIds\":[\"qm:0\"]}", 0);
    scim_sync_jira_remove_organization_members(&call, &site, "12", one, 0, *state);
    is_call(&call, "DELETE organization/{}/user", "organization/12/user",
            "{\"accountIds\":[\"qm:0\"]}", 0);
    scim_sync_jira_desk_organizations(&call, &site, "7", 0, *state);
    is_call(&call, "GET servicedesk/{}/organization", "servicedesk/7/organization?start=0&limit=50",
            NULL, 0);
    scim_sync_jira_add_organization(&call, &site, "7", "2147483647", *state);
    is_call(&call, "POST servicedesk/{}/organization", "servicedesk/7/organization",
            "{\"organizationId\":2147483647}", 0);
    scim_sync_jira_remove_organization(&call, &site, "7", "12", *state);
    is_call(&call, "DELETE servicedesk/{}/organization", "servicedesk/7/organization",
            "{\"organizationId\":12}", 0);
}

static int count_of(const char *text, const char *part)
{
    int count = 0;

    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        count++;
    }
    return count;
}

static void a_batch_has_its_bound(void **state)
{
    apr_array_header_t *many = ids(120, *state);
    scim_sync_call_t call;

    scim_sync_jira_add_customers(&call, &site, "7", many, 0, *state);
    assert_int_equal(count_of(call.body, "qm:"), 50);
    assert_non_null(strstr(call.body, "\"qm:49\"]"));
    scim_sync_jira_remove_customers(&call, &site, "7", many, 50, *state);
    assert_int_equal(count_of(call.body, "qm:"), 50);
    assert_non_null(strstr(call.body, "[\"qm:50\""));
    scim_sync_jira_add_organization_members(&call, &site, "7", many, 100, *state);
    assert_int_equal(count_of(call.body, "qm:"), 20);
}

/* 5 calls a second are documented: the sixth has to wait. */
static void the_list_of_customers_has_its_own_limit(void **state)
{
    apr_time_t now = scim_sync_clock();
    scim_sync_limiter_t *limiter = scim_sync_limiter_make(64, now, *state);
    scim_sync_rate_t rate = SCIM_SYNC_RATE_UNSAID;
    scim_sync_call_t list, desk;

    scim_sync_jira_desk_customers(&list, &site, "7", NULL, 0, *state);
    scim_sync_jira_desk(&desk, &site, "7", *state);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(scim_sync_limiter_ask(limiter, list.endpoint, now), 0);
        scim_sync_limiter_heard(limiter, list.endpoint, 200, &rate, now, 0, now);
    }
    assert_true(scim_sync_limiter_ask(limiter, list.endpoint, now) > 0);
    assert_int_equal(scim_sync_limiter_ask(limiter, desk.endpoint, now), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(builds_calls_about_customers),
        UNIT_TEST(builds_calls_about_desks),
        UNIT_TEST(builds_calls_about_organizations),
        UNIT_TEST(a_batch_has_its_bound),
        UNIT_TEST(the_list_of_customers_has_its_own_limit),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

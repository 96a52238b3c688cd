/* SPDX-License-Identifier: Apache-2.0 */
/* jira/platform: what is asked for in pages and by ids, and what is believed of the answers. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/platform.h"

#define API "https://demo.example.net/rest/api/3/"

static const scim_sync_jira_t site = { "main", "https://demo.example.net", "admin@example.com",
                                       "demo-token" };

static scim_sync_answer_t answered(int status, const char *body)
{
    return (scim_sync_answer_t) { status, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };
}

static apr_array_header_t *ids(const char *a, const char *b, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 2, sizeof(const char *));

    APR_ARRAY_PUSH(list, const char *) = a;
    if (b) {
        APR_ARRAY_PUSH(list, const char *) = b;
    }
    return list;
}

static void builds_the_calls(void **state)
{
    scim_sync_call_t call;

    scim_sync_jira_groups(&call, &site, ids("g1", "g 2&", *state), *state);
    assert_string_equal(call.url, API "group/bulk?groupId=g1&groupId=g%202%26&maxResults=2");
    assert_string_equal(call.endpoint, "GET group/bulk");
    scim_sync_jira_accounts(&call, &site, ids("712020:a1", NULL, *state), *state);
    assert_string_equal(call.url, API "user/bulk?accountId=712020%3Aa1&maxResults=1");
    assert_string_equal(call.endpoint, "GET user/bulk");
    scim_sync_jira_all_accounts(&call, &site, 200, *state);
    assert_string_equal(call.url, API "users/search?startAt=200&maxResults=100");
    assert_string_equal(call.endpoint, "GET users/search");
    scim_sync_jira_members(&call, &site, "g 1", 150, *state);
    assert_string_equal(call.url, API "group/member?groupId=g%201&includeInactiveUsers=true"
                                      "&startAt=150&maxResults=50");
    assert_string_equal(call.method, "GET");
    assert_null(call.body);
}

/* All that were asked for fit on the page: what is not on it is not there. */
static void reads_groups_whole_or_not_at_all(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_verdict_t verdict;
        int groups;
    } cases[] = {
        { 200, "{\"isLast\":true,\"values\":[{\"groupId\":\"g1\",\"name\":\"a\"}]}", SCIM_SYNC_DONE,
          1 },
        { 200, "{\"isLast\":true,\"values\":[]}", SCIM_SYNC_DONE, 0 },
        { 200, "{\"isLast\":false,\"values\":[{\"groupId\":\"g1\",\"name\":\"a\"}]}",
          SCIM_SYNC_RETRY, 0 },
        { 200, "{\"isLast\":true,\"values\":[{\"name\":\"a\"}]}", SCIM_SYNC_RETRY, 0 },
        { 200, "{\"values\":[]}", SCIM_SYNC_RETRY, 0 },
        { 200, "{\"isLast\":true}", SCIM_SYNC_RETRY, 0 },
        { 200, "[]", SCIM_SYNC_RETRY, 0 },
        { 200, "<html>", SCIM_SYNC_RETRY, 0 },
        { 403, "{\"errorMessages\":[\"no\"],\"errors\":{}}", SCIM_SYNC_REFUSED, 0 },
        { 401, "no", SCIM_SYNC_DENIED, 0 },
        { 500, "{}", SCIM_SYNC_RETRY, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        apr_array_header_t *groups;
        scim_sync_outcome_t outcome = scim_sync_jira_read_groups(&answer, &groups, *state);

        if (outcome.verdict != cases[i].verdict) {
            fail_msg("%s: %d", cases[i].body, outcome.verdict);
        }
        if (outcome.verdict == SCIM_SYNC_DONE) {
            assert_int_equal(groups->nelts, cases[i].groups);
        }
    }
}

#define MIA "{\"accountId\":\"a1\",\"accountType\":\"atlassian\",\"active\":false}"

static void reads_a_page_of_accounts(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_verdict_t verdict;
        int accounts;
        int count;
        int total;
        int last;
    } cases[] = {
        { 200, "{\"isLast\":true,\"total\":1,\"values\":[" MIA "]}", SCIM_SYNC_DONE, 1, 1, 1, 1 },
        { 200, "{\"isLast\":false,\"total\":70,\"values\":[" MIA "]}", SCIM_SYNC_DONE, 1, 1, 70,
          0 },
        { 200, "{\"isLast\":true,\"total\":0,\"values\":[]}", SCIM_SYNC_DONE, 0, 0, 0, 1 },
        { 200, "{\"isLast\":true,\"values\":[]}", SCIM_SYNC_DONE, 0, 0, -1, 1 },
        /* corrupted records */
        { 200, "{\"isLast\":true,\"total\":3,\"values\":[{\"accountId\":\"unknown\"}," MIA ",{}]}",
          SCIM_SYNC_DONE, 1, 3, 3, 1 },
        { 200, "{\"isLast\":true,\"total\":2,\"values\":[" MIA ",7]}", SCIM_SYNC_RETRY, 0, 0, 0,
          0 },
        { 200, "{\"isLast\":true,\"total\":1,\"values\":{}}", SCIM_SYNC_RETRY, 0, 0, 0, 0 },
        { 200, "{\"isLast\":false,\"total\":9,\"values\":[]}", SCIM_SYNC_RETRY, 0, 0, 0, 0 },
        { 200, "{\"total\":1,\"values\":[" MIA "]}", SCIM_SYNC_RETRY, 0, 0, 0, 0 },
        { 200, "{\"isLast\":true,\"total\":1}", SCIM_SYNC_RETRY, 0, 0, 0, 0 },
        { 200, "[" MIA "]", SCIM_SYNC_RETRY, 0, 0, 0, 0 },
        { 404, "{\"errorMessages\":[\"The group does not exist\"],\"errors\":{}}", SCIM_SYNC_ABSENT,
          0, 0, 0, 0 },
        { 404, "<html>Not found", SCIM_SYNC_RETRY, 0, 0, 0, 0 },
        { 403, "{\"errorMessages\":[\"no\"],\"errors\":{}}", SCIM_SYNC_REFUSED, 0, 0, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        scim_sync_jira_page_t page;
        scim_sync_outcome_t outcome = scim_sync_jira_read_accounts(&answer, &page, *state);

        if (outcome.verdict != cases[i].verdict) {
            fail_msg("%s: %d", cases[i].body, outcome.verdict);
        }
        if (outcome.verdict == SCIM_SYNC_DONE) {
            assert_int_equal(page.accounts->nelts, cases[i].accounts);
            assert_int_equal(page.count, cases[i].count);
            assert_int_equal(page.total, cases[i].total);
            assert_int_equal(page.last, cases[i].last);
        }
        if (outcome.verdict == SCIM_SYNC_DONE && page.accounts->nelts > 0) {
            assert_false(APR_ARRAY_IDX(page.accounts, 0, scim_sync_jira_account_t).active);
        }
    }
}

/* Only an empty page is the last one: who is not shown is left out of a page. */
static void reads_a_page_of_all_accounts(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_verdict_t verdict;
        int accounts;
        int count;
    } cases[] = {
        { 200, "[" MIA "]", SCIM_SYNC_DONE, 1, 1 },
        { 200, "[{\"accountId\":\"unknown\"}," MIA ",{}]", SCIM_SYNC_DONE, 1, 3 },
        { 200, "[{}]", SCIM_SYNC_DONE, 0, 1 },
        { 200, "[]", SCIM_SYNC_DONE, 0, 0 },
        { 200, "{\"values\":[" MIA "]}", SCIM_SYNC_RETRY, 0, 0 },
        { 200, "<html>", SCIM_SYNC_RETRY, 0, 0 },
        { 403, "{\"errorMessages\":[\"no\"],\"errors\":{}}", SCIM_SYNC_REFUSED, 0, 0 },
        { 409, "{\"errorMessages\":[\"too long\"],\"errors\":{}}", SCIM_SYNC_REFUSED, 0, 0 },
        { 503, "{}", SCIM_SYNC_RETRY, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        scim_sync_jira_page_t page;
        scim_sync_outcome_t outcome = scim_sync_jira_read_all_accounts(&answer, &page, *state);

        if (outcome.verdict != cases[i].verdict) {
            fail_msg("%s: %d", cases[i].body, outcome.verdict);
        }
        if (outcome.verdict == SCIM_SYNC_DONE) {
            assert_int_equal(page.accounts->nelts, cases[i].accounts);
            assert_int_equal(page.count, cases[i].count);
            assert_int_equal(page.last, cases[i].count == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(builds_the_calls),
        UNIT_TEST(reads_groups_whole_or_not_at_all),
        UNIT_TEST(reads_a_page_of_accounts),
        UNIT_TEST(reads_a_page_of_all_accounts),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

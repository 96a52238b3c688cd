/* SPDX-License-Identifier: Apache-2.0 */
/* Jira's groups: who is in one, page by page; and that one is deleted, or wasn't there. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/platform.h"

static const scim_sync_jira_t site = { "main", "https://demo.example.net", "admin@example.com",
                                       "demo-token" };

static scim_sync_answer_t answered(int status, const char *body)
{
    return (scim_sync_answer_t) { status, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };
}

static void builds_calls(void **state)
{
    scim_sync_call_t call;

    scim_sync_jira_delete_group(&call, &site, "g 1&x=y", *state);
    assert_string_equal(call.method, "DELETE");
    assert_string_equal(call.url,
                        "https://demo.example.net/rest/api/3/group?groupId=g%201%26x%3Dy");
    assert_null(call.body);
    scim_sync_jira_find_twin(&call, &site, "R&D all", *state);
    assert_string_equal(call.method, "GET");
    assert_string_equal(call.url, "https://demo.example.net/rest/api/3/groups/picker?query="
                                  "R%26D%20all&caseInsensitive=true");
    scim_sync_jira_search_groups(&call, &site, "R&D", 20, *state);
    assert_string_equal(call.method, "GET");
    assert_string_equal(call.url, "https://demo.example.net/rest/api/3/groups/picker?query=R%26D"
                                  "&caseInsensitive=true&maxResults=20");
    scim_sync_jira_members(&call, &site, "g-1", 100, *state);
    assert_string_equal(call.method, "GET");
    assert_string_equal(call.url, "https://demo.example.net/rest/api/3/group/member?groupId=g-1"
                                  "&includeInactiveUsers=true&startAt=100&maxResults=50");
}

#define ERROR(text) "{\"errorMessages\":[\"" text "\"],\"errors\":{}}"

#define PICKED(total, groups) "{\"header\":\"\",\"total\":" total ",\"groups\":[" groups "]}"
#define NAMED(name)           "{\"name\":\"" name "\",\"groupId\":\"g1\",\"html\":\"\"}"

/* Of "devs"; twin: its name, NULL: there is none. */
static void reads_twins(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_verdict_t verdict;
        const char *twin;
        const char *detail;
    } cases[] = {
        { 200, PICKED("2", NAMED("devs-2") "," NAMED("Devs")), SCIM_SYNC_DONE, "Devs", NULL },
        { 200, PICKED("25", NAMED("DEVS")), SCIM_SYNC_DONE, "DEVS", NULL },
        { 200, PICKED("1", NAMED("devs")), SCIM_SYNC_ABSENT, NULL, NULL }, /* this very one */
        { 200, PICKED("0", ""), SCIM_SYNC_ABSENT, NULL, NULL },
        { 200, PICKED("25", NAMED("devs-2")), SCIM_SYNC_ABSENT, NULL, "does not show all" },
        { 200, "{\"groups\":[7,{\"name\":7},{\"name\":\"Devs\"}]}", SCIM_SYNC_ABSENT, NULL, NULL },
        { 200, "{}", SCIM_SYNC_RETRY, NULL, "not the answer" },
        { 200, "", SCIM_SYNC_RETRY, NULL, "not the answer" },
        { 401, "", SCIM_SYNC_DENIED, NULL, NULL },
        { 403, ERROR("Not you."), SCIM_SYNC_REFUSED, NULL, "Not you." },
        { 503, "", SCIM_SYNC_RETRY, NULL, "503" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        scim_sync_jira_group_t group = { .name = NULL };
        scim_sync_outcome_t outcome =
            scim_sync_jira_read_find_twin(&answer, "devs", &group, *state);

        if (outcome.verdict != cases[i].verdict ||
            (cases[i].detail && !strstr(outcome.detail, cases[i].detail))) {
            fail_msg("case %d: verdict %d, %s", (int)i, outcome.verdict, outcome.detail);
        }
        if (cases[i].twin) {
            assert_string_equal(group.name, cases[i].twin);
        }
    }
}

/* How many can be chosen, and whether Jira has no others. */
static void reads_searches(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_verdict_t verdict;
        int found;
        int all;
    } cases[] = {
        { 200, PICKED("2", NAMED("devs") "," NAMED("devs-2")), SCIM_SYNC_DONE, 2, 1 },
        { 200, PICKED("25", NAMED("devs")), SCIM_SYNC_DONE, 1, 0 },
        { 200, PICKED("2", "{\"name\":\"devs\",\"groupId\":null}," NAMED("devs-2")), SCIM_SYNC_DONE,
          1, 1 }, /* it has no id: nothing could be done to it */
        { 200, PICKED("0", ""), SCIM_SYNC_DONE, 0, 1 },
        { 200, "{\"groups\":[]}", SCIM_SYNC_DONE, 0, 0 }, /* it does not say how many there are */
        { 200, PICKED("1", "7"), SCIM_SYNC_RETRY, 0, 0 },
        { 200, "{}", SCIM_SYNC_RETRY, 0, 0 },
        { 200, "<h1>Log in</h1>", SCIM_SYNC_RETRY, 0, 0 },
        { 401, "", SCIM_SYNC_DENIED, 0, 0 },
        { 403, ERROR("Not you."), SCIM_SYNC_REFUSED, 0, 0 },
        { 503, "", SCIM_SYNC_RETRY, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        apr_array_header_t *groups;
        int all;
        scim_sync_outcome_t outcome =
            scim_sync_jira_read_search_groups(&answer, &groups, &all, *state);

        if (outcome.verdict != cases[i].verdict) {
            fail_msg("case %d: verdict %d", (int)i, outcome.verdict);
        }
        if (outcome.verdict == SCIM_SYNC_DONE &&
            (groups->nelts != cases[i].found || all != cases[i].all)) {
            fail_msg("case %d: %d groups, all: %d", (int)i, groups->nelts, all);
        }
    }
}

static void reads_deletions(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_verdict_t verdict;
    } cases[] = {
        { 200, "", SCIM_SYNC_DONE },
        { 204, "", SCIM_SYNC_DONE },
        { 404, ERROR("The group with id 'g1' does not exist."), SCIM_SYNC_DONE },
        { 404, "<h1>Not found</h1>", SCIM_SYNC_RETRY }, /* a gateway's: Jira said nothing */
        { 404, "{}", SCIM_SYNC_RETRY },
        { 200, "<h1>Log in</h1>", SCIM_SYNC_RETRY },
        { 400, ERROR("The group of the site admins can't be deleted."), SCIM_SYNC_REFUSED },
        { 400, ERROR("You are not a member of devs"), SCIM_SYNC_REFUSED },
        { 401, "", SCIM_SYNC_DENIED },
        { 403, ERROR("Not you."), SCIM_SYNC_REFUSED },
        { 429, "", SCIM_SYNC_RETRY },
        { 500, "", SCIM_SYNC_RETRY },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        scim_sync_outcome_t outcome = scim_sync_jira_read_delete_group(&answer, *state);

        if (outcome.verdict != cases[i].verdict) {
            fail_msg("case %d: verdict %d", (int)i, outcome.verdict);
        }
    }
}

#define ANN "{\"accountId\":\"a1\",\"accountType\":\"atlassian\",\"active\":false}"

static void reads_members(void **state)
{
    static const struct {
        int status;
        const char *body;
        scim_sync_verdict_t verdict;
        int named;
        int count;
        int last;
    } cases[] = {
        { 200, "{\"isLast\":true,\"total\":0,\"values\":[]}", SCIM_SYNC_DONE, 0, 0, 1 },
        { 200, "{\"isLast\":false,\"values\":[" ANN "]}", SCIM_SYNC_DONE, 1, 1, 0 },
        { 200, "{\"isLast\":true,\"values\":[" ANN ",{\"accountId\":\"unknown\"}]}", SCIM_SYNC_DONE,
          1, 2, 1 },
        { 200, "{\"isLast\":false,\"values\":[]}", SCIM_SYNC_RETRY, 0, 0, 0 }, /* without end */
        { 200, "{\"values\":[" ANN "]}", SCIM_SYNC_RETRY, 0, 0, 0 },
        { 200, "[]", SCIM_SYNC_RETRY, 0, 0, 0 },
        { 200, "<h1>Log in</h1>", SCIM_SYNC_RETRY, 0, 0, 0 },
        { 404, ERROR("The group with id 'g1' does not exist."), SCIM_SYNC_ABSENT, 0, 0, 0 },
        { 404, "<h1>Not found</h1>", SCIM_SYNC_RETRY, 0, 0, 0 },
        { 403, ERROR("Browse users and groups"), SCIM_SYNC_REFUSED, 0, 0, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        scim_sync_jira_page_t page = { .last = 0 };
        scim_sync_outcome_t outcome = scim_sync_jira_read_accounts(&answer, &page, *state);

        if (outcome.verdict != cases[i].verdict) {
            fail_msg("case %d: verdict %d", (int)i, outcome.verdict);
        }
        if (outcome.verdict == SCIM_SYNC_DONE) {
            assert_int_equal(page.accounts->nelts, cases[i].named);
            assert_int_equal(page.count, cases[i].count);
            assert_int_equal(page.last, cases[i].last);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(builds_calls),    UNIT_TEST(reads_twins),   UNIT_TEST(reads_searches),
        UNIT_TEST(reads_deletions), UNIT_TEST(reads_members),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

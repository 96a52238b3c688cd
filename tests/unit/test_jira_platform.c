/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jira/platform: every request letter by letter, and what becomes of every answer that is
 * documented or that others have seen. An answer is a row in a table: to add one, add a row.
 */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "jira/platform.h"

#define HOUR_MS      APR_INT64_C(3600000)
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const scim_sync_jira_t site = { "demo", "https://demo.example.net", "admin@example.com",
                                       "demo-api-token" };

/* --- requests --- */

static void is_call(const scim_sync_call_t *call, const char *method, const char *url,
                    const char *body)
{
    assert_string_equal(call->method, method);
    assert_string_equal(call->url, url);
    assert_non_null(strstr(url, strchr(call->endpoint, ' ') + 1));
    assert_string_equal(call->user, "admin@example.com");
    assert_string_equal(call->password, "demo-api-token");
    if (body == NULL) {
        assert_null(call->body);
    }
    else {
        assert_string_equal(call->body, body);
    }
}

static void builds_reading_calls(void **state)
{
    scim_sync_call_t call;

    scim_sync_jira_myself(&call, &site, *state);
    is_call(&call, "GET", "https://demo.example.net/rest/api/3/myself", NULL);
    scim_sync_jira_find_account(&call, &site, "ann+x&y@example.com", *state);
    is_call(&call, "GET",
            "https://demo.example.net/rest/api/3/user/search"
            "?query=ann%2Bx%26y%40example.com&maxResults=50",
            NULL);
    scim_sync_jira_products(&call, &site, *state);
    is_call(&call, "GET", "https://demo.example.net/rest/api/3/applicationrole", NULL);
    scim_sync_jira_admin_groups(&call, &site, "site-admin", 50, *state);
    is_call(&call, "GET",
            "https://demo.example.net/rest/api/3/group/bulk"
            "?accessType=site-admin&startAt=50&maxResults=50",
            NULL);
    scim_sync_jira_account_groups(&call, &site, "712020:a1 b", *state);
    is_call(&call, "GET",
            "https://demo.example.net/rest/api/3/user/groups?accountId=712020%3Aa1%20b", NULL);
    scim_sync_jira_find_group(&call, &site, "R&D / Köln #1", *state);
    is_call(&call, "GET",
            "https://demo.example.net/rest/api/3/group/bulk"
            "?groupName=R%26D%20%2F%20K%C3%B6ln%20%231",
            NULL);
}

static void builds_writing_calls(void **state)
{
    apr_array_header_t *products = apr_array_make(*state, 2, sizeof(const char *));
    scim_sync_call_t call;

    scim_sync_jira_create_account(&call, &site, "ann@example.com", products, *state);
    is_call(&call, "POST", "https://demo.example.net/rest/api/3/user",
            "{\"emailAddress\":\"ann@example.com\",\"products\":[]}");
    APR_ARRAY_PUSH(products, const char *) = "jira-software";
    APR_ARRAY_PUSH(products, const char *) = "jira-servicedesk";
    scim_sync_jira_create_account(&call, &site, "ann@example.com", products, *state);
    is_call(&call, "POST", "https://demo.example.net/rest/api/3/user",
            "{\"emailAddress\":\"ann@example.com\","
            "\"products\":[\"jira-software\",\"jira-servicedesk\"]}");
    scim_sync_jira_create_group(&call, &site, "the \"best\"", *state);
    is_call(&call, "POST", "https://demo.example.net/rest/api/3/group",
            "{\"name\":\"the \\\"best\\\"\"}");
    scim_sync_jira_add_member(&call, &site, "g-1", "a:1", *state);
    is_call(&call, "POST", "https://demo.example.net/rest/api/3/group/user?groupId=g-1",
            "{\"accountId\":\"a:1\"}");
    scim_sync_jira_remove_member(&call, &site, "g-1", "a:1", *state);
    is_call(&call, "DELETE",
            "https://demo.example.net/rest/api/3/group/user?groupId=g-1&accountId=a%3A1", NULL);
}

static void keeps_the_path_of_a_base_url(void **state)
{
    scim_sync_jira_t gateway = site;
    scim_sync_call_t call;

    gateway.base_url = "https://api.example.net/ex/jira/cloud-1";
    scim_sync_jira_myself(&call, &gateway, *state);
    assert_string_equal(call.url, "https://api.example.net/ex/jira/cloud-1/rest/api/3/myself");
}

/* --- answers --- */

#define ANN                                                                                        \
    "{\"accountId\":\"a1\",\"accountType\":\"atlassian\",\"active\":true,"                         \
    "\"emailAddress\":\"ann@example.com\",\"displayName\":\"Ann\"}"
#define GROUP       "{\"name\":\"devs\",\"groupId\":\"g1\",\"self\":\"https://demo.example.net/x\"}"
#define ERROR(text) "{\"errorMessages\":[\"" text "\"],\"errors\":{}}"
#define HTML                                                                                       \
    "<!DOCTYPE html><html><head><title>Oops</title><style>p { color: red }</style>"                \
    "<script>var oh = '<p>';</script></head><body class=\"x\"><p>Log in\n first</p></body>"
#define GATEWAY "{\"timestamp\":\"2026-11-22\",\"status\":404,\"message\":\"No message available\"}"

typedef enum {
    ME,
    FIND,
    CREATE,
    GROUPS,
    PRODUCTS,
    ADMINS,
    FIND_GROUP,
    CREATE_GROUP,
    ADD,
    REMOVE,
    OPERATIONS
} op_t;

static const char *const op_names[OPERATIONS] = {
    "myself",       "find_account", "create_account", "account_groups", "products",
    "admin_groups", "find_group",   "create_group",   "add_member",     "remove_member"
};

/* What reading gave beside the outcome. */
typedef struct {
    scim_sync_jira_account_t account;
    scim_sync_jira_group_t group;
    apr_array_header_t *groups;
    int already;
    int last;
} found_t;

static scim_sync_answer_t answered(int status, const char *body)
{
    scim_sync_answer_t answer = { status, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };

    return answer;
}

static scim_sync_outcome_t read_as(op_t op, const scim_sync_answer_t *answer, found_t *found,
                                   apr_pool_t *p)
{
    memset(found, 0, sizeof *found);
    switch (op) {
    case ME:
        return scim_sync_jira_read_myself(answer, &found->account, p);
    case FIND:
        return scim_sync_jira_read_find_account(answer, "ann@example.com", &found->account, p);
    case CREATE:
        return scim_sync_jira_read_create_account(answer, &found->account, p);
    case GROUPS:
        return scim_sync_jira_read_account_groups(answer, &found->groups, p);
    case PRODUCTS:
        return scim_sync_jira_read_products(answer, &found->groups, p);
    case ADMINS:
        return scim_sync_jira_read_admin_groups(answer, &found->groups, &found->last, p);
    case FIND_GROUP:
        return scim_sync_jira_read_find_group(answer, "devs", &found->group, p);
    case CREATE_GROUP:
        return scim_sync_jira_read_create_group(answer, &found->group, p);
    case ADD:
        return scim_sync_jira_read_add_member(answer, &found->already, p);
    default:
        return scim_sync_jira_read_remove_member(answer, p);
    }
}

typedef struct {
    op_t op;
    int status;
    const char *body;
    scim_sync_verdict_t verdict;
    const char *detail; /* part of the outcome's; NULL: there is none */
} row_t;

#define PAGE(values)                                                                               \
    "{\"maxResults\":50,\"startAt\":0,\"total\":1,\"isLast\":true,\"values\":" values "}"

static const row_t rows[] = {
    { ME, 200, ANN, SCIM_SYNC_DONE, NULL },
    { ME, 200, "{}", SCIM_SYNC_RETRY, "not the answer" },

    { FIND, 200, "[" ANN "]", SCIM_SYNC_DONE, NULL },
    { FIND, 200, "[]", SCIM_SYNC_ABSENT, "no account has this address" },
    { FIND, 200, "{\"users\":[]}", SCIM_SYNC_RETRY, "not the answer" },
    { FIND, 400, ERROR("Exactly one of query and accountId"), SCIM_SYNC_REFUSED, "Exactly one" },

    { CREATE, 201, ANN, SCIM_SYNC_DONE, NULL },
    { CREATE, 201, "{\"accountId\":\"unknown\"}", SCIM_SYNC_RETRY, "not the answer" },
    { CREATE, 201, "{\"accountId\":\"a1\",\"acc", SCIM_SYNC_RETRY, "not the answer" },
    { CREATE, 400,
      ERROR("User could not be created: Failed to add user HttpErrorCode 404 - User not found"),
      SCIM_SYNC_ABSENT, "404 - User not found" },
    { CREATE, 400, ERROR("number of licensed users is exceeded"), SCIM_SYNC_ABSENT, "licensed" },
    { CREATE, 500, ERROR("Internal server error"), SCIM_SYNC_ABSENT, "Internal server error" },
    { CREATE, 500, HTML, SCIM_SYNC_ABSENT, "Log in first" },
    { CREATE, 503, "", SCIM_SYNC_ABSENT, "HTTP status 503" },
    { CREATE, 404, ERROR("gone"), SCIM_SYNC_REFUSED, "gone" },
    { CREATE, 201, "{\"accountId\":\"a1\",\"accountType\":\"app\"}", SCIM_SYNC_REFUSED, "never" },
    { CREATE, 201, "{\"accountId\":\"a1\",\"accountType\":\"customer\"}", SCIM_SYNC_REFUSED,
      "never touched" },

    { GROUPS, 200, "[]", SCIM_SYNC_DONE, NULL },
    { GROUPS, 200, "[" GROUP "]", SCIM_SYNC_DONE, NULL },
    { GROUPS, 200, GROUP, SCIM_SYNC_RETRY, "not the answer" },
    { GROUPS, 200, "[" GROUP ",{\"name\":\"x\",\"groupId\":null}]", SCIM_SYNC_RETRY, "not the" },
    { GROUPS, 200, "[7]", SCIM_SYNC_RETRY, "not the answer" },
    { GROUPS, 404, ERROR("Specified user does not exist"), SCIM_SYNC_ABSENT, "does not exist" },

    { PRODUCTS, 200, "[]", SCIM_SYNC_DONE, NULL },
    { PRODUCTS, 200, "[{\"key\":\"jira-software\",\"groupDetails\":[" GROUP "]}]", SCIM_SYNC_DONE,
      NULL },
    { PRODUCTS, 200, "[{\"groupDetails\":[{\"name\":\"devs\",\"groupId\":null}]}]", SCIM_SYNC_RETRY,
      "not the answer" },
    { PRODUCTS, 200, "[7]", SCIM_SYNC_RETRY, "not the answer" },
    { PRODUCTS, 200, "{}", SCIM_SYNC_RETRY, "not the answer" },
    { PRODUCTS, 403, ERROR("Only an administrator may"), SCIM_SYNC_REFUSED, "administrator" },

    { FIND_GROUP, 200, PAGE("[" GROUP "]"), SCIM_SYNC_DONE, NULL },
    { FIND_GROUP, 200, PAGE("[{\"name\":\"Devs\",\"groupId\":\"g2\"}," GROUP "]"), SCIM_SYNC_DONE,
      NULL },
    { FIND_GROUP, 200, PAGE("[]"), SCIM_SYNC_ABSENT, "no group has this name" },
    { FIND_GROUP, 200, PAGE("[{\"name\":\"devs-2\",\"groupId\":\"g2\"}]"), SCIM_SYNC_ABSENT,
      "no group has this name" },
    { FIND_GROUP, 200, PAGE("[{\"name\":\"devs\",\"groupId\":null}]"), SCIM_SYNC_RETRY, "not the" },
    { FIND_GROUP, 200, PAGE("null"), SCIM_SYNC_RETRY, "not the answer" },
    { FIND_GROUP, 200, "{\"isLast\":false,\"values\":[{\"name\":\"a\",\"groupId\":\"g2\"}]}",
      SCIM_SYNC_RETRY, "not the answer" },
    { FIND_GROUP, 403, ERROR("Browse users and groups permission is required to view groups."),
      SCIM_SYNC_REFUSED, "Browse users and groups permission" },
    { FIND_GROUP, 500, ERROR("Couldn't retrieve groups"), SCIM_SYNC_RETRY, "Couldn't retrieve" },

    { CREATE_GROUP, 201, GROUP, SCIM_SYNC_DONE, NULL },
    { CREATE_GROUP, 201, "{\"name\":\"devs\"}", SCIM_SYNC_RETRY, "not the answer" },
    { CREATE_GROUP, 400, ERROR("Group with name 'devs' already exists"), SCIM_SYNC_ABSENT,
      "already exists" },
    { CREATE_GROUP, 400, "{\"errorMessages\":[],\"errors\":{\"name\":\"The name is empty\"}}",
      SCIM_SYNC_ABSENT, "The name is empty" },
    { CREATE_GROUP, 400, HTML, SCIM_SYNC_ABSENT, "Log in first" },

    { ADD, 201, GROUP, SCIM_SYNC_DONE, NULL },
    { ADD, 400, ERROR("Cannot add user. User is already a member of 'devs'"), SCIM_SYNC_DONE,
      NULL },
    { ADD, 400, ERROR("USER IS ALREADY A MEMBER OF 'devs'"), SCIM_SYNC_DONE, NULL },
    { ADD, 400, ERROR("The number of licensed users is exceeded."), SCIM_SYNC_REFUSED,
      "licensed users" },
    { ADD, 400, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { ADD, 400, "already a member of", SCIM_SYNC_RETRY, "already a member of" },
    { ADD, 403, ERROR("You are already a member of too few groups"), SCIM_SYNC_REFUSED, "too few" },
    { ADD, 403,
      "{\"errorMessages\":[\"Cannot edit group memberships, as external user management "
      "is enabled, please contact your JIRA administrators.\"],\"errors\":{}}",
      SCIM_SYNC_REFUSED, "external user management" },
    { ADD, 404, ERROR("Specified user does not exist or you do not have required permissions"),
      SCIM_SYNC_REFUSED, "Specified user does not exist" },
    { ADD, 400, "{\"message\":\"already a member of\"}", SCIM_SYNC_REFUSED, "already a member of" },
    { ADD, 409, ERROR("No seats are left"), SCIM_SYNC_REFUSED, "No seats" },
    { ADD, 500, ERROR("already a member of"), SCIM_SYNC_RETRY, "already a member of" },

    { REMOVE, 200, "", SCIM_SYNC_DONE, NULL },
    { REMOVE, 204, "", SCIM_SYNC_DONE, NULL },
    { REMOVE, 200, "{}", SCIM_SYNC_DONE, NULL },
    { REMOVE, 400, ERROR("Cannot remove user. User is not a member of 'devs'"), SCIM_SYNC_DONE,
      NULL },
    { REMOVE, 404, ERROR("Cannot remove user. User is not a member of 'devs'"), SCIM_SYNC_DONE,
      NULL },
    { REMOVE, 404, ERROR("The group does not exist"), SCIM_SYNC_DONE, NULL },
    { REMOVE, 400, ERROR("You can't remove your own organization admin role."), SCIM_SYNC_REFUSED,
      "organization admin" },
    { REMOVE, 403, ERROR("You are not a member of the site-admins"), SCIM_SYNC_REFUSED, "site" },
};

static void check(const row_t *row, const scim_sync_outcome_t *outcome)
{
    if (outcome->verdict != row->verdict || outcome->status != row->status ||
        (row->detail == NULL) != (outcome->detail == NULL) ||
        (row->detail != NULL && strstr(outcome->detail, row->detail) == NULL)) {
        fail_msg("%s %d %s: verdict %d, status %d, detail %s", op_names[row->op], row->status,
                 row->body, outcome->verdict, outcome->status,
                 outcome->detail != NULL ? outcome->detail : "none");
    }
}

static void reads_every_answer(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        scim_sync_answer_t answer = answered(rows[i].status, rows[i].body);
        found_t found;
        scim_sync_outcome_t outcome = read_as(rows[i].op, &answer, &found, *state);

        check(&rows[i], &outcome);
    }
}

/* Answers that mean the same whatever was asked; .op is set to each operation in turn. */
static const row_t anywhere[] = {
    { 0, 401, "Client must be authenticated to access this resource.", SCIM_SYNC_DENIED,
      "Client must be authenticated" },
    { 0, 401, "{\"code\":401,\"message\":\"Unauthorized; scope does not match\"}", SCIM_SYNC_DENIED,
      "scope does not match" },
    { 0, 401, "", SCIM_SYNC_DENIED, "HTTP status 401 and nothing else" },
    { 0, 403, ERROR("You are not permitted"), SCIM_SYNC_REFUSED, "You are not permitted" },
    { 0, 403, HTML, SCIM_SYNC_REFUSED, "Log in first" },
    { 0, 403, "{\"key\":\"forbidden.action\",\"context\":{\"allowed\":false}}", SCIM_SYNC_REFUSED,
      "forbidden.action" },
    { 0, 408, "", SCIM_SYNC_RETRY, "408" },
    { 0, 425, "", SCIM_SYNC_RETRY, "425" },
    { 0, 429, ERROR("The request has been rate-limited. Please try again later."), SCIM_SYNC_RETRY,
      "rate-limited" },
    { 0, 429, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { 0, 404, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { 0, 404, "", SCIM_SYNC_RETRY, "404" },
    { 0, 404, GATEWAY, SCIM_SYNC_RETRY, "No message available" },
    { 0, 404, "{\"errorMessage\":\"Site temporarily unavailable\"}", SCIM_SYNC_RETRY,
      "Site temporarily unavailable" },
    { 0, 404, "{\"errorMessages\":[],\"errors\":{}}", SCIM_SYNC_RETRY, "errorMessages" },
    { 0, 404, "{\"errorMessages\":\"x\",\"errors\":7}", SCIM_SYNC_RETRY, "errorMessages" },
    { 0, 302, "", SCIM_SYNC_RETRY, "redirect (HTTP status 302)" },
    { 0, 200, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { 0, 200, "OK", SCIM_SYNC_RETRY, "OK" },
    { 0, 200, "[{\"name\":", SCIM_SYNC_RETRY, "not the answer" },
};

static void reads_what_means_the_same_anywhere(void **state)
{
    for (size_t i = 0; i < COUNT(anywhere); i++) {
        for (op_t op = 0; op < OPERATIONS; op++) {
            scim_sync_answer_t answer = answered(anywhere[i].status, anywhere[i].body);
            row_t row = anywhere[i];
            found_t found;
            scim_sync_outcome_t outcome = read_as(op, &answer, &found, *state);

            row.op = op;
            check(&row, &outcome);
            assert_int_equal(outcome.retry_ms, 0);
        }
    }
}

static void an_empty_200_is_no_answer_but_to_a_removal(void **state)
{
    for (op_t op = 0; op < REMOVE; op++) {
        scim_sync_answer_t answer = answered(200, "");
        found_t found;
        scim_sync_outcome_t outcome = read_as(op, &answer, &found, *state);
        row_t row = { op, 200, "", SCIM_SYNC_RETRY, "not the answer" };

        check(&row, &outcome);
    }
}

static void no_answer_is_retried_with_the_reason(void **state)
{
    for (op_t op = 0; op < OPERATIONS; op++) {
        scim_sync_answer_t answer = { 0, "", 0, SCIM_SYNC_RATE_UNSAID, "Operation timed out", 1 };
        found_t found;
        scim_sync_outcome_t outcome = read_as(op, &answer, &found, *state);
        row_t row = { op, 0, "", SCIM_SYNC_RETRY, "Operation timed out" };

        check(&row, &outcome);
    }
}

static void server_errors_are_retried_but_for_creating_accounts(void **state)
{
    static const int codes[] = { 500, 502, 503, 504, 599 };

    for (size_t i = 0; i < COUNT(codes); i++) {
        for (op_t op = 0; op < OPERATIONS; op++) {
            scim_sync_answer_t answer = answered(codes[i], HTML);
            found_t found;
            scim_sync_outcome_t outcome = read_as(op, &answer, &found, *state);
            row_t row = { op, codes[i], HTML, op == CREATE ? SCIM_SYNC_ABSENT : SCIM_SYNC_RETRY,
                          "Oops Log in first" };

            check(&row, &outcome);
        }
    }
}

static void waits_as_long_as_asked_but_an_hour_at_most(void **state)
{
    static const struct {
        apr_int64_t asked, waits;
    } cases[] = { { -1, 0 },
                  { 0, 0 },
                  { 2000, 2000 },
                  { HOUR_MS, HOUR_MS },
                  { HOUR_MS + 1, HOUR_MS },
                  { APR_INT64_MAX, HOUR_MS } };
    static const int codes[] = { 429, 503 };

    for (size_t i = 0; i < COUNT(cases) * COUNT(codes); i++) {
        scim_sync_answer_t answer = answered(codes[i % 2], "");
        found_t found;

        answer.rate.retry_after_ms = cases[i / 2].asked;
        assert_int_equal(read_as(ADD, &answer, &found, *state).retry_ms, cases[i / 2].waits);
    }
}

/* --- results --- */

static void gives_the_account(void **state)
{
    static const struct {
        op_t op;
        const char *body;
    } cases[] = { { ME, ANN }, { CREATE, ANN }, { FIND, "[" ANN "]" } };

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer = answered(200, cases[i].body);
        found_t found;

        assert_int_equal(read_as(cases[i].op, &answer, &found, *state).verdict, SCIM_SYNC_DONE);
        assert_string_equal(found.account.account_id, "a1");
        assert_string_equal(found.account.email, "ann@example.com");
        assert_string_equal(found.account.display_name, "Ann");
        assert_string_equal(found.account.account_type, "atlassian");
        assert_int_equal(found.account.active, 1);
    }
}

static void only_an_explicit_false_makes_an_account_inactive(void **state)
{
    static const struct {
        const char *body;
        int active;
    } cases[] = { { "{\"accountId\":\"a1\",\"active\":false}", 0 },
                  { "{\"accountId\":\"a1\",\"active\":true}", 1 },
                  { "{\"accountId\":\"a1\",\"active\":null}", 1 },
                  { "{\"accountId\":\"a1\"}", 1 } };

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer = answered(201, cases[i].body);
        found_t found;

        assert_int_equal(read_as(CREATE, &answer, &found, *state).verdict, SCIM_SYNC_DONE);
        assert_int_equal(found.account.active, cases[i].active);
        assert_null(found.account.email);
    }
}

static void gives_the_groups(void **state)
{
    scim_sync_answer_t answer = answered(200, "[" GROUP ",{\"name\":\"ops\",\"groupId\":\"g2\"}]");
    found_t found;
    const scim_sync_jira_group_t *groups;

    read_as(GROUPS, &answer, &found, *state);
    assert_int_equal(found.groups->nelts, 2);
    groups = (const scim_sync_jira_group_t *)found.groups->elts;
    assert_string_equal(groups[0].group_id, "g1");
    assert_string_equal(groups[1].name, "ops");
}

static void gives_the_group(void **state)
{
    static const struct {
        op_t op;
        const char *body;
    } cases[] = {
        { CREATE_GROUP, GROUP },
        { FIND_GROUP, PAGE("[{\"name\":\"DEVS\",\"groupId\":\"g2\"}," GROUP "]") },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer = answered(200, cases[i].body);
        found_t found;

        assert_int_equal(read_as(cases[i].op, &answer, &found, *state).verdict, SCIM_SYNC_DONE);
        assert_string_equal(found.group.group_id, "g1");
        assert_string_equal(found.group.name, "devs");
    }
}

static void says_whether_the_member_was_there_already(void **state)
{
    scim_sync_answer_t added = answered(201, GROUP);
    scim_sync_answer_t again = answered(400, ERROR("User is already a member of 'devs'"));
    found_t found;

    read_as(ADD, &added, &found, *state);
    assert_int_equal(found.already, 0);
    read_as(ADD, &again, &found, *state);
    assert_int_equal(found.already, 1);
}

/* --- who is meant by an address --- */

#define HIT(id, type, address, name)                                                               \
    "{\"accountId\":\"" id "\",\"accountType\":\"" type "\",\"emailAddress\":" address             \
    ",\"displayName\":\"" name "\",\"active\":true}"
#define EXACT(id)  HIT(id, "atlassian", "\"ann@example.com\"", "Ann")
#define HIDDEN(id) HIT(id, "atlassian", "null", "Ann")
#define PREFIX     HIT("a9", "atlassian", "\"ann@example.com.au\"", "Ann of Australia")

static const struct {
    const char *hits;
    scim_sync_verdict_t verdict;
    const char *account_id; /* or a part of the detail, unless DONE */
} searches[] = {
    { EXACT("a1"), SCIM_SYNC_DONE, "a1" },
    { HIT("a1", "atlassian", "\"ANN@Example.COM\"", "Ann"), SCIM_SYNC_DONE, "a1" },
    { PREFIX "," EXACT("a1"), SCIM_SYNC_DONE, "a1" },
    { PREFIX, SCIM_SYNC_ABSENT, "no account" },
    { EXACT("a1") "," EXACT("a2"), SCIM_SYNC_REFUSED, "several accounts have" },
    /* Hidden addresses. */
    { HIDDEN("a2"), SCIM_SYNC_DONE, "a2" },
    { HIT("a2", "atlassian", "\"\"", "Ann"), SCIM_SYNC_DONE, "a2" },
    { HIDDEN("a2") "," EXACT("a1"), SCIM_SYNC_DONE, "a1" },
    { EXACT("a1") "," HIDDEN("a2"), SCIM_SYNC_DONE, "a1" },
    { HIDDEN("a2") "," HIDDEN("a3"), SCIM_SYNC_REFUSED, "several accounts may have" },
    { HIDDEN("a2") "," PREFIX, SCIM_SYNC_REFUSED, "several accounts may have" },
    { HIT("a2", "atlassian", "null", "Ann@Example.com"), SCIM_SYNC_REFUSED, "in its name" },
    { HIT("a2", "atlassian", "null", "x ann@example.com"), SCIM_SYNC_REFUSED, "in its name" },
    /* Other kinds of account. */
    { HIT("qm:1", "customer", "\"ann@example.com\"", "Ann"), SCIM_SYNC_ABSENT, "portal customer" },
    { HIT("qm:1", "customer", "null", "Ann"), SCIM_SYNC_ABSENT, "no account" },
    { HIT("b1", "app", "null", "ann@example.com"), SCIM_SYNC_ABSENT, "no account" },
    { HIT("b1", "app", "\"ANN@example.com\"", "Bot"), SCIM_SYNC_REFUSED, "an app's" },
    { HIT("b1", "app", "\"bot@example.com\"", "Bot"), SCIM_SYNC_ABSENT, "no account" },
    { HIT("b1", "app", "\"ann@example.com\"", "Bot") "," EXACT("a1"), SCIM_SYNC_DONE, "a1" },
    { HIT("b1", "app", "\"ann@example.com\"", "Bot") "," HIDDEN("a2"), SCIM_SYNC_DONE, "a2" },
    { HIT("qm:1", "customer", "\"ann@example.com\"", "Ann") "," EXACT("a1"), SCIM_SYNC_DONE, "a1" },
    { HIT("qm:1", "customer", "null", "Ann") "," HIDDEN("a2"), SCIM_SYNC_DONE, "a2" },
    /* Records without their data. */
    { HIT("a1", "unknown", "null", ""), SCIM_SYNC_RETRY, "did not say which" },
    { HIT("unknown", "atlassian", "null", "Former user"), SCIM_SYNC_RETRY, "did not say which" },
    { "{}", SCIM_SYNC_RETRY, "did not say which" },
    { "null", SCIM_SYNC_RETRY, "did not say which" },
    { "{}," EXACT("a1"), SCIM_SYNC_DONE, "a1" },
    { HIDDEN("a2") ",{}", SCIM_SYNC_RETRY, "did not say which" },
};

static void finds_who_is_meant(void **state)
{
    for (size_t i = 0; i < COUNT(searches); i++) {
        scim_sync_answer_t answer =
            answered(200, apr_pstrcat(*state, "[", searches[i].hits, "]", NULL));
        found_t found;
        scim_sync_outcome_t outcome = read_as(FIND, &answer, &found, *state);
        const char *said =
            outcome.verdict == SCIM_SYNC_DONE ? found.account.account_id : outcome.detail;

        if (outcome.verdict != searches[i].verdict || said == NULL ||
            strstr(said, searches[i].account_id) == NULL) {
            fail_msg("%s: verdict %d, %s", searches[i].hits, outcome.verdict, said);
        }
    }
}

static void a_full_page_may_hide_the_one_that_is_meant(void **state)
{
    const char *hits = PREFIX;
    scim_sync_answer_t answer;
    found_t found;

    for (int i = 1; i < 50; i++) {
        hits = apr_pstrcat(*state, hits, ",", PREFIX, NULL);
    }
    answer = answered(200, apr_pstrcat(*state, "[", hits, "]", NULL));
    assert_int_equal(read_as(FIND, &answer, &found, *state).verdict, SCIM_SYNC_REFUSED);
    answer = answered(200, apr_pstrcat(*state, "[", hits, ",", EXACT("a1"), "]", NULL));
    assert_int_equal(read_as(FIND, &answer, &found, *state).verdict, SCIM_SYNC_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(builds_reading_calls),
        UNIT_TEST(builds_writing_calls),
        UNIT_TEST(keeps_the_path_of_a_base_url),
        UNIT_TEST(reads_every_answer),
        UNIT_TEST(reads_what_means_the_same_anywhere),
        UNIT_TEST(an_empty_200_is_no_answer_but_to_a_removal),
        UNIT_TEST(no_answer_is_retried_with_the_reason),
        UNIT_TEST(server_errors_are_retried_but_for_creating_accounts),
        UNIT_TEST(waits_as_long_as_asked_but_an_hour_at_most),
        UNIT_TEST(gives_the_account),
        UNIT_TEST(only_an_explicit_false_makes_an_account_inactive),
        UNIT_TEST(gives_the_groups),
        UNIT_TEST(gives_the_group),
        UNIT_TEST(says_whether_the_member_was_there_already),
        UNIT_TEST(finds_who_is_meant),
        UNIT_TEST(a_full_page_may_hide_the_one_that_is_meant),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

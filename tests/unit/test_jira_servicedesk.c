/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jira/servicedesk: what becomes of every answer that is documented. An answer is a row in a table:
 * to add one, add a row.
 */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/servicedesk.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MIA                                                                                        \
    "{\"accountId\":\"qm:1\",\"active\":true,\"emailAddress\":\"mia@example.com\","                \
    "\"displayName\":\"Mia\"}"
#define SAM                                                                                        \
    "{\"accountId\":\"712020:2\",\"active\":false,\"emailAddress\":null,\"displayName\":\"Sam\"}"
#define CORRUPTED "{\"accountId\":\"unknown\",\"displayName\":\"Former user\"}"
#define DESK                                                                                       \
    "{\"id\":\"7\",\"projectId\":\"10001\",\"projectKey\":\"DEMO\",\"projectName\":\"Demo\"}"
#define ACME "{\"id\":\"12\",\"name\":\"Acme\",\"scimManaged\":false}"
#define PAGE(values)                                                                               \
    "{\"isLastPage\":true,\"size\":1,\"start\":0,\"limit\":50,\"values\":" values "}"
#define MORE(values)         "{\"isLastPage\":false,\"values\":" values "}"
#define ERROR(text)          "{\"errorMessage\":\"" text "\",\"i18nErrorMessage\":{}}"
#define PLATFORM_ERROR(text) "{\"errorMessages\":[\"" text "\"],\"errors\":{}}"
#define HTML                 "<html><body><p>Log in\n first</p></body></html>"

typedef enum {
    OWNERS,
    DESK_OWNERS,
    CREATE,
    REVOKE,
    DESKS,
    ONE_DESK,
    CUSTOMERS,
    ADD,
    REMOVE,
    REMOVE_MEMBERS,
    ORGANIZATIONS,
    ONE_ORGANIZATION,
    CREATE_ORGANIZATION,
    ADD_ORGANIZATION,
    REMOVE_ORGANIZATION,
    OPERATIONS
} op_t;

static const char *const op_names[OPERATIONS] = {
    "owners",
    "desk_owners",
    "create_customer",
    "revoke_customer",
    "desks",
    "desk",
    "customers",
    "add_customers",
    "remove_customers",
    "remove_members",
    "organizations",
    "organization",
    "create_organization",
    "add_organization",
    "remove_organization",
};

/* What reading gave beside the outcome. */
typedef struct {
    scim_sync_jira_account_t account;
    scim_sync_jira_owners_t owners;
    scim_sync_jira_desk_t desk;
    scim_sync_jira_organization_t organization;
    scim_sync_jira_page_t page;
    apr_array_header_t *list;
    int last;
    int open;
} found_t;

static scim_sync_answer_t answered(int status, const char *body)
{
    scim_sync_answer_t answer = { status, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };

    return answer;
}

static scim_sync_outcome_t read_list_as(op_t op, const scim_sync_answer_t *answer, found_t *found,
                                        apr_pool_t *p)
{
    switch (op) {
    case DESKS:
        return scim_sync_jira_read_desks(answer, &found->list, &found->last, p);
    case CUSTOMERS:
        return scim_sync_jira_read_customers(answer, &found->page, p);
    default:
        return scim_sync_jira_read_organizations(answer, &found->list, &found->last, p);
    }
}

static scim_sync_outcome_t read_as(op_t op, const scim_sync_answer_t *answer, found_t *found,
                                   apr_pool_t *p)
{
    memset(found, 0, sizeof *found);
    switch (op) {
    case OWNERS:
        return scim_sync_jira_read_owners(answer, "Mia@example.com", &found->owners, p);
    case DESK_OWNERS:
        return scim_sync_jira_read_desk_owners(answer, "Mia@example.com", &found->owners, p);
    case CREATE:
        return scim_sync_jira_read_create_customer(answer, &found->account, p);
    case REVOKE:
        return scim_sync_jira_read_revoke_customer(answer, p);
    case ONE_DESK:
        return scim_sync_jira_read_desk(answer, &found->desk, p);
    case ADD:
        return scim_sync_jira_read_add_customers(answer, p);
    case REMOVE:
        return scim_sync_jira_read_remove_customers(answer, &found->open, p);
    case REMOVE_MEMBERS:
        return scim_sync_jira_read_remove_organization_members(answer, p);
    case ONE_ORGANIZATION:
        return scim_sync_jira_read_organization(answer, &found->organization, p);
    case CREATE_ORGANIZATION:
        return scim_sync_jira_read_create_organization(answer, &found->organization, p);
    case ADD_ORGANIZATION:
        return scim_sync_jira_read_add_organization(answer, p);
    case REMOVE_ORGANIZATION:
        return scim_sync_jira_read_remove_organization(answer, p);
    default:
        return read_list_as(op, answer, found, p);
    }
}

typedef struct {
    op_t op;
    int status;
    const char *body;
    scim_sync_verdict_t verdict;
    const char *detail; /* part of the outcome's; NULL: there is none */
} row_t;

static const row_t rows[] = {
    { CREATE, 201, MIA, SCIM_SYNC_DONE, NULL },
    { CREATE, 201, "{}", SCIM_SYNC_RETRY, "not the answer" },
    { CREATE, 201, "{\"accountId\":\"unknown\"}", SCIM_SYNC_RETRY, "not the answer" },
    { CREATE, 409, ERROR("exists already"), SCIM_SYNC_ABSENT, "exists already" },
    { CREATE, 400, ERROR("exists or malformed"), SCIM_SYNC_ABSENT, "exists or malformed" },
    { CREATE, 404, ERROR("no such desk"), SCIM_SYNC_REFUSED, "no such desk" },

    { REVOKE, 204, "", SCIM_SYNC_DONE, NULL },
    { REVOKE, 404, ERROR("The account ID is invalid"), SCIM_SYNC_ABSENT, "invalid" },
    { REVOKE, 403, ERROR("site administration"), SCIM_SYNC_REFUSED, "site administration" },

    { DESKS, 200, PAGE("[]"), SCIM_SYNC_DONE, NULL },
    { DESKS, 200, PAGE("[" DESK "]"), SCIM_SYNC_DONE, NULL },
    { DESKS, 200, MORE("[" DESK "]"), SCIM_SYNC_DONE, NULL },
    { DESKS, 200, MORE("[]"), SCIM_SYNC_RETRY, "not the answer" },
    { DESKS, 200, PAGE("[" DESK ",{\"id\":\"8\"}]"), SCIM_SYNC_RETRY, "not the answer" },
    { DESKS, 200, PAGE("[{\"id\":8,\"projectKey\":\"X\"}]"), SCIM_SYNC_RETRY, "not the answer" },
    { DESKS, 200, PAGE("null"), SCIM_SYNC_RETRY, "not the answer" },
    { DESKS, 200, "{\"values\":[" DESK "]}", SCIM_SYNC_RETRY, "not the answer" },
    { DESKS, 200, "{\"isLastPage\":\"true\",\"values\":[]}", SCIM_SYNC_RETRY, "not the answer" },

    { ONE_DESK, 200, DESK, SCIM_SYNC_DONE, NULL },
    { ONE_DESK, 200, "{\"id\":\"\",\"projectKey\":\"X\"}", SCIM_SYNC_RETRY, "not the answer" },
    { ONE_DESK, 404, ERROR("does not exist"), SCIM_SYNC_ABSENT, "does not exist" },
    { ONE_DESK, 403, ERROR("no permission"), SCIM_SYNC_REFUSED, "no permission" },

    { CUSTOMERS, 200, PAGE("[" MIA "," SAM "]"), SCIM_SYNC_DONE, NULL },
    { CUSTOMERS, 200, PAGE("[" MIA ",{\"displayName\":\"?\"}]"), SCIM_SYNC_DONE, NULL },
    { CUSTOMERS, 200, MORE("[]"), SCIM_SYNC_RETRY, "not the answer" },
    { CUSTOMERS, 200, "{\"values\":[" MIA "]}", SCIM_SYNC_RETRY, "not the answer" },
    { CUSTOMERS, 200, PAGE("[7]"), SCIM_SYNC_RETRY, "not the answer" },
    { CUSTOMERS, 200, "[]", SCIM_SYNC_RETRY, "not the answer" },
    { CUSTOMERS, 404, ERROR("does not exist"), SCIM_SYNC_ABSENT, "does not exist" },

    { ADD, 204, "", SCIM_SYNC_DONE, NULL },
    { ADD, 400, ERROR("some do not exist"), SCIM_SYNC_ABSENT, "some do not exist" },
    { ADD, 400, PLATFORM_ERROR("some do not exist"), SCIM_SYNC_ABSENT, "some do not exist" },
    { ADD, 400, "{\"message\":\"proxy\"}", SCIM_SYNC_REFUSED, "proxy" },
    { ADD, 400, "{\"errorMessage\":\"proxy\"}", SCIM_SYNC_REFUSED, "proxy" },
    { ADD, 400, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { ADD, 404, ERROR("no such desk"), SCIM_SYNC_REFUSED, "no such desk" },
    { ADD, 200, "{}", SCIM_SYNC_RETRY, "not the answer" },

    { REMOVE, 204, "", SCIM_SYNC_DONE, NULL },
    { REMOVE, 400, ERROR("public signup or open access"), SCIM_SYNC_REFUSED,
      "customer permissions: public signup" },
    { REMOVE, 400, "{\"message\":\"proxy\"}", SCIM_SYNC_REFUSED, "proxy" },
    { REMOVE, 400, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { REMOVE, 404, ERROR("no such desk"), SCIM_SYNC_DONE, NULL },
    { REMOVE, 200, "{}", SCIM_SYNC_RETRY, "not the answer" },

    { REMOVE_MEMBERS, 204, "", SCIM_SYNC_DONE, NULL },
    { REMOVE_MEMBERS, 400, ERROR("invalid names"), SCIM_SYNC_ABSENT, "invalid names" },
    { REMOVE_MEMBERS, 400, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { REMOVE_MEMBERS, 404, ERROR("no such organization"), SCIM_SYNC_DONE, NULL },
    { REMOVE_MEMBERS, 403, ERROR("managed by SCIM"), SCIM_SYNC_REFUSED, "managed by SCIM" },

    { ORGANIZATIONS, 200, PAGE("[]"), SCIM_SYNC_DONE, NULL },
    { ORGANIZATIONS, 200, PAGE("[" ACME ",{\"id\":\"13\",\"name\":\"Old\"}]"), SCIM_SYNC_DONE,
      NULL },
    { ORGANIZATIONS, 200, PAGE("[{\"id\":\"x\",\"name\":\"A\"}]"), SCIM_SYNC_RETRY, "not the" },
    { ORGANIZATIONS, 200, PAGE("[{\"id\":\"0\",\"name\":\"A\"}]"), SCIM_SYNC_RETRY, "not the" },
    { ORGANIZATIONS, 200, PAGE("[{\"id\":\"2147483648\",\"name\":\"A\"}]"), SCIM_SYNC_RETRY,
      "not the answer" },
    { ORGANIZATIONS, 200, PAGE("[{\"id\":\"12345678901\",\"name\":\"A\"}]"), SCIM_SYNC_RETRY,
      "not the answer" },
    { ORGANIZATIONS, 200, PAGE("[{\"id\":\"12\"}]"), SCIM_SYNC_RETRY, "not the answer" },
    { ORGANIZATIONS, 200, MORE("[]"), SCIM_SYNC_RETRY, "not the answer" },
    { ORGANIZATIONS, 404, ERROR("no such desk"), SCIM_SYNC_ABSENT, "no such desk" },

    { ONE_ORGANIZATION, 200, ACME, SCIM_SYNC_DONE, NULL },
    { ONE_ORGANIZATION, 200, "{\"id\":\"12\"}", SCIM_SYNC_RETRY, "not the answer" },
    { ONE_ORGANIZATION, 404, ERROR("does not exist"), SCIM_SYNC_ABSENT, "does not exist" },
    { ONE_ORGANIZATION, 403, ERROR("no permission"), SCIM_SYNC_REFUSED, "no permission" },

    { CREATE_ORGANIZATION, 201, ACME, SCIM_SYNC_DONE, NULL },
    { CREATE_ORGANIZATION, 201, "{\"id\":\"12\",\"name\":\"Acme\",\"scimManaged\":true}",
      SCIM_SYNC_REFUSED, "never touched" },
    { CREATE_ORGANIZATION, 201, "{\"name\":\"Acme\"}", SCIM_SYNC_RETRY, "not the answer" },
    { CREATE_ORGANIZATION, 400, ERROR("1 to 200 characters"), SCIM_SYNC_REFUSED, "1 to 200" },

    { ADD_ORGANIZATION, 204, "", SCIM_SYNC_DONE, NULL },
    { ADD_ORGANIZATION, 404, ERROR("no such organization"), SCIM_SYNC_REFUSED, "no such" },
    { ADD_ORGANIZATION, 200, "{}", SCIM_SYNC_RETRY, "not the answer" },
    { REMOVE_ORGANIZATION, 204, "", SCIM_SYNC_DONE, NULL },
    { REMOVE_ORGANIZATION, 404, ERROR("no such organization"), SCIM_SYNC_DONE, NULL },
    { REMOVE_ORGANIZATION, 200, "{}", SCIM_SYNC_RETRY, "not the answer" },
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
    { 0, 401, ERROR("not logged in"), SCIM_SYNC_DENIED, "not logged in" },
    { 0, 401, "", SCIM_SYNC_DENIED, "HTTP status 401 and nothing else" },
    { 0, 403, ERROR("You are not permitted"), SCIM_SYNC_REFUSED, "You are not permitted" },
    { 0, 403, HTML, SCIM_SYNC_REFUSED, "Log in first" },
    { 0, 408, "", SCIM_SYNC_RETRY, "408" },
    { 0, 429, PLATFORM_ERROR("rate-limited"), SCIM_SYNC_RETRY, "rate-limited" },
    { 0, 429, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { 0, 404, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { 0, 404, "", SCIM_SYNC_RETRY, "404" },
    { 0, 404, "{\"message\":\"null for uri\"}", SCIM_SYNC_RETRY, "null for uri" },
    { 0, 404, "{\"errorMessage\":\"Site temporarily unavailable\"}", SCIM_SYNC_RETRY,
      "Site temporarily unavailable" },
    { 0, 404, "{\"errorMessage\":\"gone\",\"i18nErrorMessage\":7}", SCIM_SYNC_RETRY, "gone" },
    { 0, 404, "{\"errorMessage\":\"\",\"i18nErrorMessage\":{}}", SCIM_SYNC_RETRY, "404" },
    { 0, 302, "", SCIM_SYNC_RETRY, "redirect (HTTP status 302)" },
    { 0, 200, HTML, SCIM_SYNC_RETRY, "Log in first" },
    { 0, 200, "OK", SCIM_SYNC_RETRY, "OK" },
    { 0, 200, "{\"values\":", SCIM_SYNC_RETRY, "not the answer" },
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
        }
    }
}

static int has_body(op_t op)
{
    return op <= CREATE || (op >= DESKS && op <= CUSTOMERS) ||
           (op >= ORGANIZATIONS && op <= CREATE_ORGANIZATION);
}

static void an_empty_200_is_success_only_without_a_result(void **state)
{
    for (op_t op = 0; op < OPERATIONS; op++) {
        scim_sync_answer_t answer = answered(200, "");
        found_t found;
        scim_sync_outcome_t outcome = read_as(op, &answer, &found, *state);

        assert_int_equal(outcome.verdict, has_body(op) ? SCIM_SYNC_RETRY : SCIM_SYNC_DONE);
    }
}

/* A creation may have been made, and is looked for; a search is the platform's own. */
static void failures_are_retried_but_for_creating_customers(void **state)
{
    static const int codes[] = { 0, 500, 502, 503, 504 };

    for (size_t i = 0; i < COUNT(codes); i++) {
        for (op_t op = 0; op < OPERATIONS; op++) {
            scim_sync_answer_t answer = answered(codes[i], codes[i] > 0 ? HTML : "");
            row_t row = { op, codes[i], "", SCIM_SYNC_RETRY,
                          codes[i] > 0 ? "Log in" : "timed out" };
            scim_sync_outcome_t outcome;
            found_t found;

            answer.failure = codes[i] > 0 ? NULL : "Operation timed out";
            answer.rate.retry_after_ms = 2000;
            outcome = read_as(op, &answer, &found, *state);
            row.verdict = op == CREATE && codes[i] > 0 ? SCIM_SYNC_ABSENT : SCIM_SYNC_RETRY;
            check(&row, &outcome);
            assert_int_equal(outcome.retry_ms, 2000);
        }
    }
}

/* Users and groups go on with a token that only lacks the scopes of Service Management. */
static void a_token_without_the_scopes_is_refused_and_not_denied(void **state)
{
    scim_sync_answer_t answer =
        answered(401, "{\"code\":401,\"message\":\"Unauthorized; scope does not match\"}");

    for (op_t op = DESK_OWNERS; op < OPERATIONS; op++) {
        found_t found;
        scim_sync_outcome_t outcome = read_as(op, &answer, &found, *state);

        assert_int_equal(outcome.verdict, SCIM_SYNC_REFUSED);
        assert_non_null(strstr(outcome.detail, "read:servicedesk-request"));
        assert_non_null(strstr(outcome.detail, "manage:servicedesk-customer"));
    }
}

static void what_is_no_longer_experimental_as_we_know_it_is_refused(void **state)
{
    static const char *const bodies[] = { ERROR("opt in"), "opt in", "<p>opt in</p>" };

    for (size_t i = 0; i < COUNT(bodies); i++) {
        scim_sync_answer_t answer = answered(412, bodies[i]);
        found_t found;
        scim_sync_outcome_t outcome = read_as(REMOVE, &answer, &found, *state);
        row_t row = { REMOVE, 412, bodies[i], SCIM_SYNC_REFUSED, "opt in" };

        check(&row, &outcome);
        assert_int_equal(found.open, 0);
    }
}

/* --- results --- */

static void gives_the_customers(void **state)
{
    scim_sync_answer_t answer = answered(200, MORE("[" MIA "," CORRUPTED "," SAM "]"));
    const scim_sync_jira_account_t *accounts;
    found_t found;

    read_as(CUSTOMERS, &answer, &found, *state);
    assert_int_equal(found.page.accounts->nelts, 2);
    assert_int_equal(found.page.count, 3);
    assert_int_equal(found.page.total, -1);
    assert_int_equal(found.page.last, 0);
    accounts = (const scim_sync_jira_account_t *)found.page.accounts->elts;
    assert_string_equal(accounts[0].account_id, "qm:1");
    assert_string_equal(accounts[0].account_type, "customer");
    assert_string_equal(accounts[0].email, "mia@example.com");
    assert_string_equal(accounts[0].display_name, "Mia");
    assert_int_equal(accounts[0].active, 1);
    assert_string_equal(accounts[1].account_type, "atlassian");
    assert_null(accounts[1].email);
    assert_int_equal(accounts[1].active, 0);
}

static void gives_the_created_customer(void **state)
{
    scim_sync_answer_t answer = answered(201, MIA);
    found_t found;

    read_as(CREATE, &answer, &found, *state);
    assert_string_equal(found.account.account_id, "qm:1");
    assert_string_equal(found.account.account_type, "customer");
}

static void gives_the_desks(void **state)
{
    scim_sync_answer_t page = answered(200, PAGE("[" DESK "]"));
    scim_sync_answer_t one = answered(200, DESK);
    const scim_sync_jira_desk_t *desk;
    found_t found;

    read_as(DESKS, &page, &found, *state);
    assert_int_equal(found.last, 1);
    assert_int_equal(found.list->nelts, 1);
    desk = (const scim_sync_jira_desk_t *)found.list->elts;
    assert_string_equal(desk->desk_id, "7");
    assert_string_equal(desk->project_id, "10001");
    assert_string_equal(desk->project_key, "DEMO");
    assert_string_equal(desk->project_name, "Demo");
    read_as(ONE_DESK, &one, &found, *state);
    assert_string_equal(found.desk.desk_id, "7");
}

/* What another directory keeps is told by scimManaged, or could be. */
static void gives_the_organizations(void **state)
{
    static const struct {
        const char *managed;
        int scim_managed;
    } cases[] = { { "", 0 },
                  { ",\"scimManaged\":false", 0 },
                  { ",\"scimManaged\":null", 0 },
                  { ",\"scimManaged\":true", 1 },
                  { ",\"scimManaged\":\"false\"", 1 } };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *one =
            apr_pstrcat(*state, "{\"id\":\"12\",\"name\":\"Acme\"", cases[i].managed, "}", NULL);
        scim_sync_answer_t page =
            answered(200,
                     apr_pstrcat(*state, "{\"isLastPage\":true,\"values\":[", one, "]}", NULL));
        scim_sync_answer_t created = answered(201, one);
        const scim_sync_jira_organization_t *organization;
        found_t found;

        read_as(ORGANIZATIONS, &page, &found, *state);
        assert_int_equal(found.list->nelts, 1);
        organization = (const scim_sync_jira_organization_t *)found.list->elts;
        assert_string_equal(organization->organization_id, "12");
        assert_string_equal(organization->name, "Acme");
        assert_int_equal(organization->scim_managed, cases[i].scim_managed);
        read_as(ONE_ORGANIZATION, &created, &found, *state);
        assert_int_equal(found.organization.scim_managed, cases[i].scim_managed);
        read_as(CREATE_ORGANIZATION, &created, &found, *state);
        assert_string_equal(found.organization.organization_id, "12");
        assert_int_equal(found.organization.scim_managed, cases[i].scim_managed);
    }
}

static void says_whether_it_is_the_desk_that_is_open(void **state)
{
    static const struct {
        int status;
        const char *body;
        int open;
    } cases[] = {
        { 204, "", 0 },           { 400, ERROR("x"), 1 }, { 400, "{\"message\":\"x\"}", 0 },
        { 400, HTML, 0 },         { 403, ERROR("x"), 0 }, { 404, ERROR("x"), 0 },
        { 500, ERROR("open"), 0 }
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        scim_sync_answer_t answer = answered(cases[i].status, cases[i].body);
        found_t found;

        read_as(REMOVE, &answer, &found, *state);
        assert_int_equal(found.open, cases[i].open);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(reads_every_answer),
        UNIT_TEST(reads_what_means_the_same_anywhere),
        UNIT_TEST(an_empty_200_is_success_only_without_a_result),
        UNIT_TEST(failures_are_retried_but_for_creating_customers),
        UNIT_TEST(a_token_without_the_scopes_is_refused_and_not_denied),
        UNIT_TEST(what_is_no_longer_experimental_as_we_know_it_is_refused),
        UNIT_TEST(gives_the_customers),
        UNIT_TEST(gives_the_created_customer),
        UNIT_TEST(gives_the_desks),
        UNIT_TEST(gives_the_organizations),
        UNIT_TEST(says_whether_it_is_the_desk_that_is_open),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

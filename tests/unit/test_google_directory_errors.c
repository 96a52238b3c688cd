/* SPDX-License-Identifier: Apache-2.0 */
/*
 * google/directory: what each way to fail means. An answer is a row: to add one, add a row. No row
 * but the last ones may ever say that nobody is left.
 */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "google/directory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define ERROR(code, domain, reason, text)                                                          \
    "{\"error\":{\"code\":" code ",\"message\":\"" text "\",\"errors\":[{\"domain\":\"" domain     \
    "\",\"reason\":\"" reason "\",\"message\":\"" text "\"}]}}"
#define DETAILS(code, status, reason)                                                              \
    "{\"error\":{\"code\":" code ",\"message\":\"words\",\"status\":\"" status                     \
    "\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\",\"reason\":\"" reason \
    "\"}]}}"
#define HTML "<html><head><title>Error</title></head><body>That's an error.</body></html>"

#define U SCIM_SYNC_GOOGLE_USERS_ON_PAGE

typedef enum { USERS, GROUPS, MEMBERS, STOP } op_t;

typedef struct {
    op_t op;
    int status;
    const char *asked;
    const char *body;
    scim_sync_google_matter_t matter;
    scim_sync_verdict_t verdict;
    const char *detail; /* a part of it */
} row_t;

static const row_t rows[] = {
    /* what was asked for is wrong */
    { USERS, 400, NULL, ERROR("400", "global", "invalid", "Invalid Input: query"),
      SCIM_SYNC_GOOGLE_REQUEST, SCIM_SYNC_REFUSED, "Invalid Input: query" },
    { GROUPS, 400, NULL, ERROR("400", "global", "badRequest", "Bad Request"),
      SCIM_SYNC_GOOGLE_REQUEST, SCIM_SYNC_REFUSED, "Bad Request" },
    { USERS, 412, NULL, ERROR("412", "global", "conditionNotMet", "Precondition Failed"),
      SCIM_SYNC_GOOGLE_REQUEST, SCIM_SYNC_REFUSED, "Precondition" },
    { USERS, 404, NULL, ERROR("404", "global", "notFound", "Domain not found."),
      SCIM_SYNC_GOOGLE_REQUEST, SCIM_SYNC_REFUSED, "Domain not found" },
    { GROUPS, 404, NULL, ERROR("404", "global", "notFound", "Domain not found."),
      SCIM_SYNC_GOOGLE_REQUEST, SCIM_SYNC_REFUSED, "Domain not found" },
    /* the page's token died */
    { USERS, 400, "t1", ERROR("400", "global", "invalid", "Invalid Input"),
      SCIM_SYNC_GOOGLE_PAGE_LOST, SCIM_SYNC_RETRY, "Invalid Input" },
    /* the access token */
    { USERS, 401, NULL, ERROR("401", "global", "authError", "Invalid Credentials"),
      SCIM_SYNC_GOOGLE_TOKEN, SCIM_SYNC_DENIED, "Invalid Credentials" },
    { USERS, 401, "t1", "", SCIM_SYNC_GOOGLE_TOKEN, SCIM_SYNC_DENIED, "HTTP status 401" },
    /* too many calls */
    { MEMBERS, 403, NULL, ERROR("403", "usageLimits", "userRateLimitExceeded", "User Rate Limit"),
      SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_RETRY, "User Rate Limit" },
    { MEMBERS, 403, "t1",
      ERROR("403", "usageLimits", "quotaExceeded", "Request rate higher than configured."),
      SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_RETRY, "higher than configured" },
    { USERS, 403, NULL, ERROR("403", "usageLimits", "somethingNew", "Too fast"),
      SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_RETRY, "Too fast" },
    { USERS, 403, NULL, DETAILS("403", "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
      SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_RETRY, "words" },
    { USERS, 429, NULL, ERROR("429", "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
      SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_RETRY, "Rate Limit" },
    { USERS, 429, NULL, HTML, SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_RETRY, "That's an error" },
    /* rights; the API that is not enabled comes among the limits */
    { GROUPS, 403, NULL,
      ERROR("403", "global", "forbidden", "Not Authorized to access this resource/api"),
      SCIM_SYNC_GOOGLE_PERMISSION, SCIM_SYNC_REFUSED, "needs an administrator's role" },
    { USERS, 403, NULL, ERROR("403", "global", "insufficientPermissions", "Insufficient"),
      SCIM_SYNC_GOOGLE_PERMISSION, SCIM_SYNC_REFUSED, "all boxes ticked" },
    { USERS, 403, NULL, DETAILS("403", "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
      SCIM_SYNC_GOOGLE_PERMISSION, SCIM_SYNC_REFUSED, "all boxes ticked" },
    { USERS, 403, NULL, ERROR("403", "usageLimits", "accessNotConfigured", "Not used before"),
      SCIM_SYNC_GOOGLE_PERMISSION, SCIM_SYNC_REFUSED, "enable the Admin SDK API" },
    { USERS, 403, NULL, DETAILS("403", "PERMISSION_DENIED", "SERVICE_DISABLED"),
      SCIM_SYNC_GOOGLE_PERMISSION, SCIM_SYNC_REFUSED, "enable the Admin SDK API" },
    { USERS, 403, NULL, ERROR("403", "global", "domainCannotUseApis", "Can't use apis"),
      SCIM_SYNC_GOOGLE_PERMISSION, SCIM_SYNC_REFUSED, "API controls" },
    { USERS, 403, NULL, ERROR("403", "global", "somethingNew", "No"), SCIM_SYNC_GOOGLE_PERMISSION,
      SCIM_SYNC_REFUSED, "No" },
    /* not now */
    { USERS, 500, NULL, ERROR("500", "global", "backendError", "Backend Error"),
      SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY, "Backend Error" },
    { MEMBERS, 503, "t1",
      ERROR("503", "global", "backendError", "Service unavailable. Please try again"),
      SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY, "try again" },
    { USERS, 502, NULL, HTML, SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY, "That's an error" },
    { GROUPS, 504, NULL, "", SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY, "HTTP status 504" },
    { USERS, 0, NULL, "", SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_RETRY, "timed out" },
    /* somebody else's words */
    { MEMBERS, 404, NULL, HTML, SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "That's an error" },
    { USERS, 403, NULL, HTML, SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "That's an error" },
    { USERS, 302, NULL, "", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "redirect" },
    /* 200, and not the page */
    { USERS, 200, NULL, "", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY,
      "no JSON object: the text ends" },
    { USERS, 200, NULL, HTML, SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "no JSON object: " },
    { USERS, 200, NULL, "{\"kind\":\"admin#directory#us", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY,
      "the text ends too early" },
    { USERS, 200, NULL, "{\"kind\":\"\xff\"}", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY,
      "not UTF-8" },
    { USERS, 200, NULL, "{\"kind\":\"admin#directory#users\",\"users\":[],\"users\":[]}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "the same attribute twice" },
    { USERS, 200, NULL, "[]", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "another value" },
    { USERS, 200, NULL, "{}", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "no list" },
    { USERS, 200, NULL, "{\"users\":[]}", SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "no list" },
    { USERS, 200, NULL, "{\"kind\":\"admin#directory#users\"}", SCIM_SYNC_GOOGLE_STRANGE,
      SCIM_SYNC_RETRY, "no \"users\"" },
    { USERS, 200, NULL, "{\"kind\":\"admin#directory#groups\",\"users\":[]}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "no list of the kind" },
    { USERS, 200, NULL, "{\"kind\":\"admin#directory#users\",\"users\":null}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "no list, or too long" },
    { USERS, 200, NULL, "{\"kind\":\"admin#directory#users\",\"users\":[{\"id\":\"\"}]}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "entry 1 of its \"users\" has no id" },
    { USERS, 200, NULL, "{\"kind\":\"admin#directory#users\",\"users\":[7]}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "has no id" },
    { USERS, 200, NULL, "{\"kind\":\"admin#directory#users\",\"users\":[],\"nextPageToken\":7}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "token of the next page" },
    { USERS, 200, "t1",
      "{\"kind\":\"admin#directory#users\",\"users\":[],\"nextPageToken\":\"t1\"}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "the page itself" },
    { MEMBERS, 200, "t1", "{\"kind\":\"admin#directory#members\"}", SCIM_SYNC_GOOGLE_STRANGE,
      SCIM_SYNC_RETRY, "no \"members\"" },
    { GROUPS, 200, NULL, "{\"kind\":\"admin#directory#groups\",\"nextPageToken\":\"t2\"}",
      SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "no \"groups\"" },
    /* there is no such group, or channel */
    { MEMBERS, 404, NULL, ERROR("404", "global", "notFound", "Resource Not Found: groupKey"),
      SCIM_SYNC_GOOGLE_GONE, SCIM_SYNC_ABSENT, "Resource Not Found" },
    { STOP, 404, NULL, ERROR("404", "global", "notFound", "Channel not found"),
      SCIM_SYNC_GOOGLE_FINE, SCIM_SYNC_DONE, NULL },
    { STOP, 404, NULL, HTML, SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_RETRY, "That's an error" },
};

static scim_sync_google_result_t read_as(const row_t *row, const scim_sync_answer_t *answer,
                                         apr_pool_t *p)
{
    scim_sync_google_page_t page;

    switch (row->op) {
    case USERS:
        return scim_sync_google_read_users(answer, row->asked, &page, p);
    case GROUPS:
        return scim_sync_google_read_groups(answer, row->asked, &page, p);
    case MEMBERS:
        return scim_sync_google_read_members(answer, row->asked, &page, p);
    default:
        return scim_sync_google_read_stop(answer, p);
    }
}

static void each_answer_means_what_it_should(void **state)
{
    for (size_t i = 0; i < COUNT(rows); i++) {
        const row_t *row = &rows[i];
        scim_sync_answer_t answer = { row->status,           row->body, strlen(row->body),
                                      SCIM_SYNC_RATE_UNSAID, NULL,      1 };
        scim_sync_google_result_t result;

        answer.failure = row->status == 0 ? "Operation timed out" : NULL;
        result = read_as(row, &answer, *state);
        if (result.matter != row->matter || result.outcome.verdict != row->verdict) {
            fail_msg("row %d: %d %s: %s", (int)i, row->status, row->body, result.outcome.detail);
        }
        assert_int_equal(result.outcome.status, row->status);
        if (row->detail == NULL) {
            assert_null(result.outcome.detail);
        }
        else {
            assert_non_null(strstr(result.outcome.detail, row->detail));
        }
    }
}

/* As Google leaves them out: nobody should believe it at once. */
static void a_list_that_is_left_out_is_noticed(void **state)
{
    const char *body = "{\"kind\":\"admin#directory#members\"}";
    scim_sync_answer_t answer = { 200, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };
    scim_sync_google_page_t page;

    assert_int_equal(scim_sync_google_read_members(&answer, NULL, &page, *state).matter,
                     SCIM_SYNC_GOOGLE_FINE);
    assert_int_equal(page.entries->nelts, 0);
    assert_true(page.unsaid);
    answer.body = "{\"kind\":\"admin#directory#members\",\"members\":[]}";
    answer.length = strlen(answer.body);
    assert_int_equal(scim_sync_google_read_members(&answer, NULL, &page, *state).matter,
                     SCIM_SYNC_GOOGLE_FINE);
    assert_false(page.unsaid);
}

/* One page of n users. */
static scim_sync_google_matter_t page_of(int n, apr_pool_t *p)
{
    apr_array_header_t *parts = apr_array_make(p, n, sizeof(const char *));
    scim_sync_answer_t answer = { 200, NULL, 0, SCIM_SYNC_RATE_UNSAID, NULL, 1 };
    scim_sync_google_page_t page;

    for (int i = 0; i < n; i++) {
        APR_ARRAY_PUSH(parts, const char *) = "{\"id\":\"1\"}";
    }
    answer.body = apr_pstrcat(p, "{\"kind\":\"admin#directory#users\",\"users\":[",
                              apr_array_pstrcat(p, parts, ','), "]}", NULL);
    answer.length = strlen(answer.body);
    return scim_sync_google_read_users(&answer, NULL, &page, p).matter;
}

static void a_page_is_no_longer_than_was_asked_for(void **state)
{
    assert_int_equal(page_of(U, *state), SCIM_SYNC_GOOGLE_FINE);
    assert_int_equal(page_of(U + 1, *state), SCIM_SYNC_GOOGLE_STRANGE);
}

static void a_wait_is_kept_within_an_hour(void **state)
{
    scim_sync_answer_t answer = { 429, "", 0, SCIM_SYNC_RATE_UNSAID, NULL, 1 };
    row_t users = { .op = USERS };

    assert_int_equal(read_as(&users, &answer, *state).outcome.retry_ms, 0);
    answer.rate.retry_after_ms = 7000;
    assert_int_equal(read_as(&users, &answer, *state).outcome.retry_ms, 7000);
    answer.rate.retry_after_ms = 7200000;
    assert_int_equal(read_as(&users, &answer, *state).outcome.retry_ms, 3600000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(each_answer_means_what_it_should),
        UNIT_TEST(a_list_that_is_left_out_is_noticed),
        UNIT_TEST(a_page_is_no_longer_than_was_asked_for),
        UNIT_TEST(a_wait_is_kept_within_an_hour),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* net/rate: what headers say about limits. */
#include "unit.h"

#include <string.h>

#include "net/rate.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
/* 22 November 2026, 06:30:00, by our own clock. */
#define NOW APR_INT64_C(1795329000000)

/* Lines of a head as libcurl gives them, each ended by a newline here. */
static scim_sync_rate_t read_head(const char *lines, apr_pool_t *p)
{
    apr_table_t *headers = apr_table_make(p, 4);

    for (const char *end; (end = strchr(lines, '\n')) != NULL; lines = end + 1) {
        scim_sync_rate_keep(headers, lines, (apr_size_t)(end + 1 - lines));
    }
    return scim_sync_rate_read(headers, NOW);
}

static void says_nothing_unless_told(void **state)
{
    static const char *const heads[] = {
        "",
        "HTTP/1.1 200 OK\nContent-Type: application/json\n",
        "Beta-Retry-After: 5\nBeta-RateLimit: limit=5\n",
        "X-RateLimit-Limit:\nX-RateLimit-Remaining: \nRetry-After:\n",
        "X-RateLimit-Limit: many\nX-RateLimit-Remaining: none\nX-RateLimit-Reset: soon\n",
        "X-RateLimit-Limit: -5\nX-RateLimit-Remaining: -1\nRetry-After: -5\n",
        "X-RateLimit-Limit: 0\nX-RateLimit-NearLimit: false\nRateLimit-Reason: because\n",
        "X-RateLimit-Limits: 5\nX-RateLimit-Limit 5\nX-RateLimit-Limit\n",
    };

    for (apr_size_t i = 0; i < COUNT(heads); i++) {
        scim_sync_rate_t rate = read_head(heads[i], *state);

        assert_int_equal(rate.retry_after_ms, -1);
        assert_int_equal(rate.reset_ms, -1);
        assert_true(rate.limit == 0 && rate.fill == 0 && rate.remaining == -1);
        assert_false(rate.near);
        assert_int_equal(rate.reason, SCIM_SYNC_REASON_UNSAID);
    }
}

static void reads_retry_after(void **state)
{
    static const struct {
        const char *head;
        apr_int64_t ms;
    } cases[] = {
        { "Retry-After: 7\n", 7000 },
        { "retry-after:7\r\n", 7000 },
        { "Retry-After: 0.5\n", 500 },
        { "Retry-After: 0\n", -1 },
        { "Retry-After: soon\n", -1 },
        { "Retry-After: 1e3\n", -1 },
        { "Retry-After: Sun, 22 Nov 2026 06:31:30 GMT\n", 90000 },
        { "Retry-After: Sun, 22 Nov 2026 06:29:59 GMT\n", -1 },
        { "Retry-After: Thu, 01 Jan 2015 00:00:00 GMT\n", -1 },
        /* By the answer's own clock, wherever that stands in the head. */
        { "Date: Sun, 22 Nov 2026 08:00:00 GMT\nRetry-After: Sun, 22 Nov 2026 08:00:03 GMT\n",
          3000 },
        { "Retry-After: Sun, 22 Nov 2026 08:00:03 GMT\nDate: Sun, 22 Nov 2026 08:00:00 GMT\n",
          3000 },
        { "Date: today\nRetry-After: Sun, 22 Nov 2026 06:30:03 GMT\n", 3000 },
        { "Retry-After: 99999999999\n", APR_INT64_C(366) * 24 * 3600 * 1000 },
        { "Retry-After: 99999999999999999999999999999999\n", APR_INT64_C(366) * 24 * 3600 * 1000 },
    };

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(read_head(cases[i].head, *state).retry_after_ms, cases[i].ms);
    }
}

static void reads_what_is_left_of_which_bucket(void **state)
{
    scim_sync_rate_t rate = read_head("X-RateLimit-Limit: 20\nX-RateLimit-Remaining: 7\n"
                                      "X-RateLimit-FillRate: 20\nX-RateLimit-Interval-Seconds: 2\n"
                                      "X-RateLimit-NearLimit: True\n"
                                      "X-RateLimit-Reset: 2026-11-22T06:30:45.5Z\n",
                                      *state);

    assert_true(rate.limit == 20 && rate.remaining == 7 && rate.fill == 10);
    assert_true(rate.near);
    assert_int_equal(rate.reset_ms, 45500);
    rate = read_head("X-RateLimit-Remaining: 0\nX-RateLimit-FillRate: 5\n", *state);
    assert_true(rate.remaining == 0 && rate.fill == 5);
}

static void reads_the_reason(void **state)
{
    static const struct {
        const char *head;
        scim_sync_reason_t reason;
    } cases[] = {
        { "RateLimit-Reason: jira-burst-based\n", SCIM_SYNC_REASON_BURST },
        { "RateLimit-Reason: jira-per-issue-on-write\n", SCIM_SYNC_REASON_WRITES },
        { "RateLimit-Reason: jira-quota-global-based\n", SCIM_SYNC_REASON_QUOTA },
        { "ratelimit-reason: jira-quota-tenant-based\r\n", SCIM_SYNC_REASON_QUOTA },
        { "RateLimit-Reason: jira-burst-based-too\n", SCIM_SYNC_REASON_UNSAID },
    };

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(read_head(cases[i].head, *state).reason, cases[i].reason);
    }
}

static void forgets_the_answer_before(void **state)
{
    assert_int_equal(read_head("HTTP/1.1 100 Continue\nRetry-After: 5\n\nHTTP/1.1 200 OK\n", *state)
                         .retry_after_ms,
                     -1);
}

static void long_values_are_not_kept(void **state)
{
    char line[300] = "Retry-After: ";

    memset(line + 13, '1', 200);
    strcpy(line + 213, "\n");
    assert_int_equal(read_head(line, *state).retry_after_ms, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(says_nothing_unless_told),           UNIT_TEST(reads_retry_after),
        UNIT_TEST(reads_what_is_left_of_which_bucket), UNIT_TEST(reads_the_reason),
        UNIT_TEST(forgets_the_answer_before),          UNIT_TEST(long_values_are_not_kept),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

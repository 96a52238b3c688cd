/* SPDX-License-Identifier: Apache-2.0 */
#include "net/rate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_date.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "base/text.h"

#define LONGEST_VALUE 128
/* Seconds that are waited for at most; what reads answers believes far less. */
#define LONGEST_MS (366.0 * 24 * 3600 * 1000)

static const char *const names[] = {
    "Date",
    "RateLimit-Reason",
    "Retry-After",
    "X-RateLimit-FillRate",
    "X-RateLimit-Interval-Seconds",
    "X-RateLimit-Limit",
    "X-RateLimit-NearLimit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
};

static const char *trimmed(const char *text, apr_size_t len, apr_pool_t *p)
{
    while (len > 0 && apr_isspace(*text)) {
        text++;
        len--;
    }
    while (len > 0 && apr_isspace(text[len - 1])) {
        len--;
    }
    return apr_pstrmemdup(p, text, len);
}

void scim_sync_rate_keep(apr_table_t *headers, const char *line, apr_size_t len)
{
    if (len > 5 && strncmp(line, "HTTP/", 5) == 0) {
        apr_table_clear(headers);
        return;
    }
    for (apr_size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        apr_size_t n = strlen(names[i]) + 1;

        if (len >= n && len - n <= LONGEST_VALUE && line[n - 1] == ':' &&
            apr_cstr_casecmpn(line, names[i], n - 1) == 0) {
            apr_table_setn(headers, names[i],
                           trimmed(line + n, len - n, apr_table_elts(headers)->pool));
            return;
        }
    }
}

/* A number over nothing; otherwise when there is none. */
static double number(const apr_table_t *headers, const char *name, double otherwise)
{
    const char *text = apr_table_get(headers, name);
    double value;

    if (text == NULL || *text == '\0' || text[strspn(text, "0123456789.")] != '\0') {
        return otherwise;
    }
    value = strtod(text, NULL);
    return isfinite(value) && value > 0 ? value : otherwise;
}

static apr_int64_t until(apr_int64_t at, apr_int64_t now)
{
    return at > now ? at - now : -1;
}

/* RFC 9110 section 10.2.3. "Now", and a date that is over, ask for nothing. */
static apr_int64_t retry_after(const apr_table_t *headers, apr_int64_t now)
{
    const char *text = apr_table_get(headers, "Retry-After");
    apr_time_t date = text != NULL ? apr_date_parse_http(text) : APR_DATE_BAD;
    double seconds = number(headers, "Retry-After", 0);

    if (date != APR_DATE_BAD) {
        return until(apr_time_as_msec(date), now);
    }
    return seconds > 0 ? (apr_int64_t)ceil(fmin(1000 * seconds, LONGEST_MS)) : -1;
}

static apr_int64_t reset(const apr_table_t *headers, apr_int64_t now)
{
    const char *text = apr_table_get(headers, "X-RateLimit-Reset");
    apr_int64_t at;

    return text != NULL && scim_sync_time_parse(&at, text) == APR_SUCCESS ? until(at, now) : -1;
}

static scim_sync_reason_t reason(const apr_table_t *headers)
{
    const char *text = apr_table_get(headers, "RateLimit-Reason");

    if (text == NULL) {
        return SCIM_SYNC_REASON_UNSAID;
    }
    if (strncmp(text, "jira-quota-", 11) == 0) {
        return SCIM_SYNC_REASON_QUOTA;
    }
    if (strcmp(text, "jira-per-issue-on-write") == 0) {
        return SCIM_SYNC_REASON_WRITES;
    }
    return strcmp(text, "jira-burst-based") == 0 ? SCIM_SYNC_REASON_BURST : SCIM_SYNC_REASON_UNSAID;
}

scim_sync_rate_t scim_sync_rate_read(const apr_table_t *headers, apr_int64_t now)
{
    const char *date = apr_table_get(headers, "Date");
    const char *remaining = apr_table_get(headers, "X-RateLimit-Remaining");
    const char *near = apr_table_get(headers, "X-RateLimit-NearLimit");
    apr_time_t theirs = date != NULL ? apr_date_parse_http(date) : APR_DATE_BAD;

    if (theirs != APR_DATE_BAD) {
        now = apr_time_as_msec(theirs);
    }
    return (scim_sync_rate_t) {
        .retry_after_ms = retry_after(headers, now),
        .reset_ms = reset(headers, now),
        .limit = number(headers, "X-RateLimit-Limit", 0),
        .fill = number(headers, "X-RateLimit-FillRate", 0) /
                number(headers, "X-RateLimit-Interval-Seconds", 1),
        .remaining = number(headers, "X-RateLimit-Remaining",
                            remaining != NULL && strcmp(remaining, "0") == 0 ? 0 : -1),
        .near = near != NULL && apr_cstr_casecmp(near, "true") == 0,
        .reason = reason(headers),
    };
}

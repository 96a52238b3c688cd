/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors of Google's APIs, told apart by their reasons, and by their status only where none is
 * given: limits come as 403 and as 429, and a 403 may as well be for good.
 */
#include "google/answer.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "net/words.h"

#define MAX_DEPTH 32
/* The longest wait that is believed. */
#define MAX_RETRY_MS APR_INT64_C(3600000)

#define ENABLE_THE_API                                                                             \
    "enable the Admin SDK API in the Google Cloud project of this client; that takes a few "       \
    "minutes"
#define CONNECT_WITH_ALL                                                                           \
    "connect again, and leave all boxes ticked; with a service account, delegate both scopes to "  \
    "it"

/*
 * Reasons by which 403s and 400s are known, from errors[] and from details[]. What the first row
 * that fits says, is so: accessNotConfigured comes in the domain of limits, "usageLimits", and is
 * none.
 */
static const struct {
    const char *reason;
    scim_sync_google_matter_t matter;
    const char *advice;
} reasons[] = {
    { "accessNotConfigured", SCIM_SYNC_GOOGLE_PERMISSION, ENABLE_THE_API },
    { "SERVICE_DISABLED", SCIM_SYNC_GOOGLE_PERMISSION, ENABLE_THE_API },
    { "insufficientPermissions", SCIM_SYNC_GOOGLE_PERMISSION, CONNECT_WITH_ALL },
    { "ACCESS_TOKEN_SCOPE_INSUFFICIENT", SCIM_SYNC_GOOGLE_PERMISSION, CONNECT_WITH_ALL },
    { "domainCannotUseApis", SCIM_SYNC_GOOGLE_PERMISSION,
      "the Google Workspace edition or its API controls keep the Directory API off: see API "
      "controls in the Admin console" },
    { "forbidden", SCIM_SYNC_GOOGLE_PERMISSION,
      "the account that was connected needs an administrator's role that may read users, groups "
      "and organizational units" },
    { "userRateLimitExceeded", SCIM_SYNC_GOOGLE_QUOTA, NULL },
    { "rateLimitExceeded", SCIM_SYNC_GOOGLE_QUOTA, NULL },
    { "quotaExceeded", SCIM_SYNC_GOOGLE_QUOTA, NULL },
    { "dailyLimitExceeded", SCIM_SYNC_GOOGLE_QUOTA, NULL },
    { "RATE_LIMIT_EXCEEDED", SCIM_SYNC_GOOGLE_QUOTA, NULL },
};

/* What to do when waiting, and another access token, have not helped: where no reason says it. */
static const char *const by_matter[SCIM_SYNC_GOOGLE_REQUEST + 1] = {
    [SCIM_SYNC_GOOGLE_QUOTA] =
        "if that stays so: give this server a Google Cloud project of its own, or raise the quota "
        "of the Admin SDK API there",
    [SCIM_SYNC_GOOGLE_TOKEN] =
        "Google does not take the access token that it gave out: if that stays so, look whether "
        "the administrator's account is active, and connect again",
    [SCIM_SYNC_GOOGLE_REQUEST] =
        "this does not pass by itself: if users or groups were chosen by a query, an "
        "organizational unit or a domain, look whether Google knows these",
};

static const scim_sync_verdict_t verdicts[] = {
    [SCIM_SYNC_GOOGLE_FINE] = SCIM_SYNC_DONE,
    [SCIM_SYNC_GOOGLE_QUOTA] = SCIM_SYNC_RETRY,
    [SCIM_SYNC_GOOGLE_BUSY] = SCIM_SYNC_RETRY,
    [SCIM_SYNC_GOOGLE_STRANGE] = SCIM_SYNC_RETRY,
    [SCIM_SYNC_GOOGLE_TOKEN] = SCIM_SYNC_DENIED,
    [SCIM_SYNC_GOOGLE_CONNECTION] = SCIM_SYNC_DENIED,
    [SCIM_SYNC_GOOGLE_PERMISSION] = SCIM_SYNC_REFUSED,
    [SCIM_SYNC_GOOGLE_GONE] = SCIM_SYNC_ABSENT,
    [SCIM_SYNC_GOOGLE_PAGE_LOST] = SCIM_SYNC_RETRY,
    [SCIM_SYNC_GOOGLE_REQUEST] = SCIM_SYNC_REFUSED,
};

void scim_sync_google_is(scim_sync_google_result_t *result, scim_sync_google_matter_t matter)
{
    result->matter = matter;
    result->outcome.verdict = verdicts[matter];
}

apr_int64_t scim_sync_google_retry_ms(const scim_sync_answer_t *answer)
{
    apr_int64_t ms = answer->rate.retry_after_ms;

    return ms < 0 ? 0 : ms > MAX_RETRY_MS ? MAX_RETRY_MS : ms;
}

scim_sync_google_result_t scim_sync_google_strange(const scim_sync_answer_t *answer,
                                                   const char *what, apr_pool_t *p)
{
    scim_sync_google_result_t result = { { .status = answer->status } };

    scim_sync_google_is(&result, SCIM_SYNC_GOOGLE_STRANGE);
    result.outcome.retry_ms = scim_sync_google_retry_ms(answer);
    result.outcome.detail = apr_psprintf(p, "not the answer that was asked for: %s", what);
    return result;
}

/* Whether errors[] or details[] has this reason. */
static int gives(const json_t *list, const char *reason)
{
    json_t *one;
    size_t i;

    json_array_foreach(list, i, one)
    {
        const char *text = scim_sync_json_str(one, "reason");

        if (text != NULL && strcmp(text, reason) == 0) {
            return 1;
        }
    }
    return 0;
}

/* What the status means when no reason is known. */
static scim_sync_google_matter_t by_status(int status, const json_t *error)
{
    const json_t *first = json_array_get(json_object_get(error, "errors"), 0);
    const char *domain = scim_sync_json_str(first, "domain");

    switch (status) {
    case 401:
        return SCIM_SYNC_GOOGLE_TOKEN;
    case 403:
        return domain != NULL && strcmp(domain, "usageLimits") == 0 ? SCIM_SYNC_GOOGLE_QUOTA
                                                                    : SCIM_SYNC_GOOGLE_PERMISSION;
    case 404:
        return SCIM_SYNC_GOOGLE_GONE;
    case 429:
        return SCIM_SYNC_GOOGLE_QUOTA;
    case 408:
    case 425:
        return SCIM_SYNC_GOOGLE_BUSY;
    default:
        return status >= 400 && status < 500 ? SCIM_SYNC_GOOGLE_REQUEST : SCIM_SYNC_GOOGLE_BUSY;
    }
}

/* An error in Google's own form. */
static void read_error(scim_sync_google_reading_t *reading, const json_t *error, apr_pool_t *p)
{
    scim_sync_google_result_t *result = &reading->result;
    const json_t *list = json_object_get(error, "errors");
    const json_t *details = json_object_get(error, "details");
    const char *words = scim_sync_json_nonempty(error, "message");
    const char *advice = NULL;
    int status = reading->answer->status;
    int by_reason = status < 500 && status != 401;

    scim_sync_google_is(result, by_status(status, error));
    result->reason = scim_sync_json_nonempty(json_array_get(list, 0), "reason");
    for (size_t i = 0; by_reason && i < sizeof reasons / sizeof *reasons; i++) {
        if (gives(list, reasons[i].reason) || gives(details, reasons[i].reason)) {
            scim_sync_google_is(result, reasons[i].matter);
            result->reason = reasons[i].reason;
            advice = reasons[i].advice;
            break;
        }
    }
    if (advice == NULL) {
        advice = by_matter[result->matter];
    }
    if (words == NULL) {
        words = result->reason != NULL ? result->reason : "an error without words";
    }
    words = scim_sync_words_line(words, strlen(words), SCIM_SYNC_GOOGLE_WORDS, p);
    result->outcome.detail =
        advice != NULL ? apr_pstrcat(p, words, " (", advice, ")", NULL) : words;
}

/* One that somebody else may have made: no 4xx of theirs is for good. */
static void read_unknown(scim_sync_google_reading_t *reading, apr_pool_t *p)
{
    const scim_sync_answer_t *answer = reading->answer;
    scim_sync_google_result_t *result = &reading->result;
    const char *words;
    int status = answer->status;

    if (status == 0) {
        scim_sync_google_is(result, SCIM_SYNC_GOOGLE_BUSY);
        result->outcome.detail = answer->failure;
        return;
    }
    if (status >= 300 && status < 400) {
        *result = scim_sync_google_strange(answer, "a redirect, which is not followed", p);
        return;
    }
    scim_sync_google_is(result, status == 401   ? SCIM_SYNC_GOOGLE_TOKEN
                                : status == 429 ? SCIM_SYNC_GOOGLE_QUOTA
                                : status >= 500 ? SCIM_SYNC_GOOGLE_BUSY
                                                : SCIM_SYNC_GOOGLE_STRANGE);
    words = scim_sync_words_plain(answer->body, answer->length, SCIM_SYNC_GOOGLE_WORDS / 3, p);
    result->outcome.detail =
        *words != '\0' ? words : apr_psprintf(p, "HTTP status %d and nothing else", status);
}

/*
 * One NUL in somebody's name must not hide all others of its page, as it would: our texts end
 * there, and PostgreSQL has none. It becomes a control character of another kind, which names lose.
 */
static const char *without_nul(const scim_sync_answer_t *answer, apr_pool_t *p)
{
    static const char nul[] = "\\u0000";
    char *text;

    if (answer->body == NULL || strstr(answer->body, nul) == NULL) {
        return answer->body;
    }
    text = apr_pstrmemdup(p, answer->body, answer->length);
    for (char *at = text; (at = strchr(at, '\\')) != NULL && at[1] != '\0'; at += 2) {
        if (strncmp(at, nul, sizeof nul - 1) == 0) {
            at[sizeof nul - 2] = '1';
        }
    }
    return text;
}

void scim_sync_google_answer_read(scim_sync_google_reading_t *reading,
                                  const scim_sync_answer_t *answer, apr_pool_t *p)
{
    const json_t *error;

    memset(reading, 0, sizeof *reading);
    reading->answer = answer;
    reading->result.outcome.status = answer->status;
    scim_sync_json_parse(&reading->json, without_nul(answer, p), answer->length, MAX_DEPTH,
                         &reading->wrong, p);
    if (!json_is_object(reading->json)) {
        reading->wrong = reading->wrong != NULL ? reading->wrong : "another value";
        reading->json = NULL;
    }
    if (answer->status >= 200 && answer->status < 300) {
        scim_sync_google_is(&reading->result, SCIM_SYNC_GOOGLE_FINE);
        return;
    }
    error = json_object_get(reading->json, "error");
    if (answer->status >= 400 && json_is_object(error)) {
        read_error(reading, error, p);
    }
    else {
        read_unknown(reading, p);
    }
    reading->result.outcome.retry_ms = scim_sync_google_retry_ms(answer);
}

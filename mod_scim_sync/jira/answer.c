/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading answers as such: JSON or not, Jira's words, and what the status alone means.
 */
#include "jira/answer.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_strmatch.h>

#include "base/json.h"
#include "jira/platform.h"
#include "net/words.h"

#define MAX_DEPTH 32
/* Characters that are kept of Jira's own error messages, and of any other body. */
#define MAX_WORDS 1000
#define MAX_TEXT  200
/* The longest wait that is believed. */
#define MAX_RETRY_MS APR_INT64_C(3600000)

static const char *contains(const char *text, apr_size_t len, const char *part, apr_pool_t *p)
{
    return apr_strmatch(apr_strmatch_precompile(p, part, 0), text, len);
}

static void add_words(apr_array_header_t *words, const json_t *text)
{
    if (json_string_length(text) > 0) {
        if (words->nelts > 0) {
            APR_ARRAY_PUSH(words, const char *) = "; ";
        }
        APR_ARRAY_PUSH(words, const char *) = json_string_value(text);
    }
}

/* errorMessages and the values of errors, joined; NULL when the body is no error of Jira's. */
static const char *jira_words(json_t *json, apr_pool_t *p)
{
    apr_array_header_t *words = apr_array_make(p, 4, sizeof(const char *));
    json_t *errors = json_object_get(json, "errors");
    const char *name;
    const char *joined;
    json_t *text;
    size_t i;

    json_array_foreach(json_object_get(json, "errorMessages"), i, text)
    {
        add_words(words, text);
    }
    json_object_foreach(errors, name, text)
    {
        add_words(words, text);
    }
    if (words->nelts == 0) {
        return NULL;
    }
    joined = apr_array_pstrcat(p, words, '\0');
    return scim_sync_words_line(joined, strlen(joined), MAX_WORDS, p);
}

/* How gateways, and Jira Service Management, put theirs. */
static const char *other_words(const json_t *json)
{
    const char *words = scim_sync_json_str(json, "errorMessage");

    return words != NULL ? words : scim_sync_json_str(json, "message");
}

/* Gateways say "errorMessage", too; both names together are Service Management's. */
static int is_service_error(const json_t *json)
{
    return scim_sync_json_nonempty(json, "errorMessage") != NULL &&
           json_is_object(json_object_get(json, "i18nErrorMessage"));
}

static void find_words(scim_sync_reading_t *reading, apr_pool_t *p)
{
    const scim_sync_answer_t *answer = reading->answer;
    const char *words = jira_words(reading->json, p);

    reading->explained = words != NULL || is_service_error(reading->json);
    if (words == NULL && (words = other_words(reading->json)) != NULL) {
        words = scim_sync_words_line(words, strlen(words), MAX_WORDS, p);
    }
    if (words == NULL) {
        words = scim_sync_words_plain(answer->body, answer->length, MAX_TEXT, p);
    }
    if (answer->status >= 300 && answer->status < 400) {
        words =
            apr_psprintf(p, "a redirect (HTTP status %d), which is not followed", answer->status);
    }
    else if (answer->status == 401 && strstr(words, SCIM_SYNC_SCOPE_MISMATCH) != NULL) {
        words = apr_pstrcat(p, words,
                            " (the API token needs the scopes " SCIM_SYNC_JIRA_SCOPE_READ
                            " and " SCIM_SYNC_JIRA_SCOPE_MANAGE ")",
                            NULL);
    }
    else if (*words == '\0') {
        words = apr_psprintf(p, "HTTP status %d and nothing else", answer->status);
    }
    reading->say = words;
}

static apr_int64_t retry_ms(const scim_sync_answer_t *answer)
{
    const scim_sync_rate_t *rate = &answer->rate;
    apr_int64_t ms = rate->retry_after_ms;

    if (rate->reason == SCIM_SYNC_REASON_QUOTA && rate->reset_ms > ms) {
        ms = rate->reset_ms;
    }
    return ms < 0 ? 0 : ms > MAX_RETRY_MS ? MAX_RETRY_MS : ms;
}

static scim_sync_verdict_t verdict(const scim_sync_reading_t *reading)
{
    int status = reading->answer->status;

    switch (status) {
    case 401:
        return SCIM_SYNC_DENIED;
    case 403:
        return SCIM_SYNC_REFUSED;
    case 404:
        return reading->explained ? SCIM_SYNC_REFUSED : SCIM_SYNC_RETRY;
    case 408:
    case 425:
    case 429:
        return SCIM_SYNC_RETRY;
    default:
        if (reading->ok) {
            return SCIM_SYNC_DONE;
        }
        return status >= 400 && status < 500 && reading->json != NULL ? SCIM_SYNC_REFUSED
                                                                      : SCIM_SYNC_RETRY;
    }
}

void scim_sync_answer_read(scim_sync_reading_t *reading, const scim_sync_answer_t *answer,
                           apr_pool_t *p)
{
    scim_sync_outcome_t *outcome = &reading->outcome;
    const char *why;

    memset(reading, 0, sizeof *reading);
    reading->answer = answer;
    reading->ok = answer->status >= 200 && answer->status < 300;
    scim_sync_json_parse(&reading->json, answer->body, answer->length, MAX_DEPTH, &why, p);
    if (answer->status == 0) {
        reading->say = answer->failure;
    }
    else {
        find_words(reading, p);
    }
    outcome->verdict = verdict(reading);
    outcome->status = answer->status;
    if (!reading->ok) {
        outcome->detail = reading->say;
        outcome->retry_ms = retry_ms(answer);
    }
}

int scim_sync_answer_says(const scim_sync_reading_t *reading, const char *words, apr_pool_t *p)
{
    scim_sync_verdict_t verdict = reading->outcome.verdict;
    int about_request = verdict == SCIM_SYNC_REFUSED && reading->answer->status != 403;

    return about_request && reading->explained &&
           contains(reading->say, strlen(reading->say), words, p) != NULL;
}

scim_sync_outcome_t scim_sync_answer_garbled(const scim_sync_reading_t *reading, apr_pool_t *p)
{
    scim_sync_outcome_t outcome = { SCIM_SYNC_RETRY, reading->answer->status, 0, NULL };

    outcome.detail = apr_psprintf(p, "not the answer that was asked for: %s", reading->say);
    return outcome;
}

int scim_sync_answer_is_known(const scim_sync_reading_t *reading, int status)
{
    return reading->answer->status == status && reading->explained;
}

scim_sync_outcome_t scim_sync_answer_done(const scim_sync_reading_t *reading)
{
    scim_sync_outcome_t outcome = { SCIM_SYNC_DONE, reading->answer->status, 0, NULL };

    return outcome;
}

scim_sync_outcome_t scim_sync_answer_as(const scim_sync_reading_t *reading,
                                        scim_sync_verdict_t verdict)
{
    scim_sync_outcome_t outcome = reading->outcome;

    outcome.verdict = verdict;
    return outcome;
}

scim_sync_outcome_t scim_sync_answer_bare(const scim_sync_reading_t *reading, apr_pool_t *p)
{
    return reading->ok && reading->json == NULL && reading->answer->length > 0
               ? scim_sync_answer_garbled(reading, p)
               : reading->outcome;
}

apr_array_header_t *scim_sync_answer_list(const json_t *values, int size,
                                          scim_sync_answer_take_t *take, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, (int)json_array_size(values) + 1, size);
    json_t *value;
    size_t i;

    json_array_foreach(values, i, value)
    {
        int taken = take(apr_array_push(list), value);

        if (taken < 0) {
            return NULL;
        }
        if (!taken) {
            apr_array_pop(list);
        }
    }
    return json_is_array(values) ? list : NULL;
}

apr_array_header_t *scim_sync_answer_page(const json_t *page, const char *is_last, int *last,
                                          int size, scim_sync_answer_take_t *take, apr_pool_t *p)
{
    const json_t *values = json_object_get(page, "values");
    const json_t *said = json_object_get(page, is_last);

    *last = json_is_true(said);
    if (!json_is_boolean(said) || (!*last && json_array_size(values) == 0)) {
        return NULL;
    }
    return scim_sync_answer_list(values, size, take, p);
}

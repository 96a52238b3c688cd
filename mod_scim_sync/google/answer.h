/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an answer of Google's says before anybody asks what it means for one call. Pure.
 *
 * Errors of Google's APIs are {"error":{"code","message","errors":[{"domain","reason","message"}],
 * "status","details":[{"reason"}]}}; those of its token endpoint {"error","error_description"}
 * (RFC 6749 section 5.2), which google/oauth.h reads. Proxies and front ends answer with HTML or
 * with nothing under any status. Only what has the expected form is believed: neither "not found"
 * nor "forbidden" from somebody else says anything about a directory.
 *
 * https://developers.google.com/workspace/admin/directory/v1/limits
 * https://developers.google.com/workspace/admin/directory/v1/guides/troubleshoot-error-codes
 */
#ifndef SCIM_SYNC_GOOGLE_ANSWER_H
#define SCIM_SYNC_GOOGLE_ANSWER_H

#include <apr_pools.h>
#include <jansson.h>

#include "base/outcome.h"
#include "net/transport.h"

/* What is the matter: what the caller does about it follows from that alone. */
typedef enum {
    SCIM_SYNC_GOOGLE_FINE,
    SCIM_SYNC_GOOGLE_QUOTA,      /* too many calls: slow down and ask again, the same page */
    SCIM_SYNC_GOOGLE_BUSY,       /* 5xx, no whole answer: ask again; it says nothing of anybody */
    SCIM_SYNC_GOOGLE_STRANGE,    /* not the answer that was asked for, or not Google's: likewise */
    SCIM_SYNC_GOOGLE_TOKEN,      /* 401: get another access token, and ask once more */
    SCIM_SYNC_GOOGLE_CONNECTION, /* the connection itself is dead: an administrator connects anew */
    SCIM_SYNC_GOOGLE_PERMISSION, /* 403: a right, a scope, or the API is missing */
    SCIM_SYNC_GOOGLE_GONE,       /* 404: there is no such group, channel, domain */
    SCIM_SYNC_GOOGLE_PAGE_LOST,  /* the page's token isn't taken any more: begin the listing anew */
    SCIM_SYNC_GOOGLE_REQUEST     /* 400, 412, other 4xx: what was asked for is wrong */
} scim_sync_google_matter_t;

/*
 * outcome.verdict   DONE for FINE; RETRY for QUOTA, BUSY, STRANGE and PAGE_LOST; DENIED for TOKEN
 *                   and CONNECTION; REFUSED for PERMISSION and REQUEST; ABSENT for GONE
 * outcome.detail    Google's words in one bounded line and, where an administrator can do
 *                   something about it, what; NULL when FINE
 */
typedef struct {
    scim_sync_outcome_t outcome;
    scim_sync_google_matter_t matter;
    const char *reason; /* Google's own key for it ("quotaExceeded", "invalid_grant"), or NULL */
} scim_sync_google_result_t;

typedef struct {
    const scim_sync_answer_t *answer;
    json_t *json;      /* the body, an object; NULL when it is none: */
    const char *wrong; /* why, in words that quote nothing of it; NULL: it is one */
    scim_sync_google_result_t result;
} scim_sync_google_reading_t;

/* How much of Google's words is kept, in characters. */
#define SCIM_SYNC_GOOGLE_WORDS 600

/*
 * Reads what the Directory API answered: what the status and Google's own reason mean for any call.
 * A 403 whose reason is about a quota is none about rights, whatever its status says. Everything is
 * allocated in p; answer must live as long.
 */
void scim_sync_google_answer_read(scim_sync_google_reading_t *reading,
                                  const scim_sync_answer_t *answer, apr_pool_t *p);

/* Sets matter, and the verdict that belongs to it. */
void scim_sync_google_is(scim_sync_google_result_t *result, scim_sync_google_matter_t matter);

/*
 * It promised something and does not hold it: STRANGE. what: in words, of ours alone; the body is
 * not quoted, since it may hold tokens, or people.
 */
scim_sync_google_result_t scim_sync_google_strange(const scim_sync_answer_t *answer,
                                                   const char *what, apr_pool_t *p);

/* When to come back at the earliest (Retry-After), bounded to an hour; 0: not said. */
apr_int64_t scim_sync_google_retry_ms(const scim_sync_answer_t *answer);

#endif

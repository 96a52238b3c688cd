/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal to jira/: what an answer says before anybody asks what it means for one operation.
 *
 * Atlassian's errors are {"errorMessages":[...],"errors":{...}}, those of Jira Service Management
 * {"errorMessage","i18nErrorMessage":{...}}; gateways and proxies in front of Jira answer with
 * other JSON, HTML or plain text under any status, 200 and 404 included. Only what has the expected
 * form is believed: a page that says "not found" is no proof that an account is gone.
 */
#ifndef SCIM_SYNC_JIRA_ANSWER_H
#define SCIM_SYNC_JIRA_ANSWER_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

#include "base/outcome.h"
#include "net/transport.h"

/*
 * How many accounts a search by address asks for: its default. As many hits or more may hide the
 * one that is looked for.
 */
#define SCIM_SYNC_JIRA_HITS 50

/* How the gateway says, with a 401, that a token has not the scope for a call. */
#define SCIM_SYNC_SCOPE_MISMATCH "scope does not match"

typedef struct {
    const scim_sync_answer_t *answer;
    json_t *json;    /* the body, an object or an array; NULL when it is neither */
    int ok;          /* status 2xx */
    int explained;   /* an error in Jira's own form: it was Jira that said so */
    const char *say; /* the other side's words in one bounded line; never NULL */
    /*
     * What the status means for any operation. DONE for 2xx; DENIED for 401; REFUSED for 403 and
     * for other 4xx that repeating can't change; RETRY for 408, 425, 429, 3xx, 5xx, no answer, and
     * for 4xx that can't have come from Jira (no JSON; 404 without its explanation).
     */
    scim_sync_outcome_t outcome;
} scim_sync_reading_t;

/* Fills *reading. answer must live as long as p; everything else is allocated in p. */
void scim_sync_answer_read(scim_sync_reading_t *reading, const scim_sync_answer_t *answer,
                           apr_pool_t *p);

/*
 * Whether Jira itself refused the request (a 4xx other than 401 and 403) and said words, in any
 * case. The transport asks for English.
 */
int scim_sync_answer_says(const scim_sync_reading_t *reading, const char *words, apr_pool_t *p);

/* Whether it has this status, and Jira itself explains it. */
int scim_sync_answer_is_known(const scim_sync_reading_t *reading, int status);

/* The status promised something and the body does not hold it: RETRY, with the body's beginning. */
scim_sync_outcome_t scim_sync_answer_garbled(const scim_sync_reading_t *reading, apr_pool_t *p);

/* DONE, whatever the status says in general. */
scim_sync_outcome_t scim_sync_answer_done(const scim_sync_reading_t *reading);

/* What the status means, with another verdict, and the same words. */
scim_sync_outcome_t scim_sync_answer_as(const scim_sync_reading_t *reading,
                                        scim_sync_verdict_t verdict);

/*
 * What the status means where success need not have a body: one that is no JSON comes from somebody
 * else, and is garbled.
 */
scim_sync_outcome_t scim_sync_answer_bare(const scim_sync_reading_t *reading, apr_pool_t *p);

/* Reads a value of a list into an element: 1, it is taken; 0, it is left out; -1, it is garbled. */
typedef int scim_sync_answer_take_t(void *element, const json_t *value);

/*
 * A list, of elements of size bytes, in p. NULL when it is none, or when a value is garbled: a
 * shorter list would hide something.
 */
apr_array_header_t *scim_sync_answer_list(const json_t *values, int size,
                                          scim_sync_answer_take_t *take, apr_pool_t *p);

/*
 * The list of a page, {"values":[...],is_last:true}, as above; *last: there is no further page. An
 * empty page that is not the last is none, either: it would be asked for again and again.
 */
apr_array_header_t *scim_sync_answer_page(const json_t *page, const char *is_last, int *last,
                                          int size, scim_sync_answer_take_t *take, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one writer of answers. It sets r->status, writes JSON and returns OK, so that no
 * ErrorDocument replaces it: identity providers can't parse HTML. What httpd's core answers before
 * our handlers run (401 and 403 of other modules, 404, 413, a bad request) is turned into the same
 * form for our locations, but for the console's pages (http/console.h).
 */
#ifndef SCIM_SYNC_HTTP_ANSWER_H
#define SCIM_SYNC_HTTP_ANSWER_H

#include <httpd.h>

#include "scim/error.h"

#define SCIM_SYNC_TYPE_SCIM    "application/scim+json"
#define SCIM_SYNC_TYPE_JSON    "application/json"
#define SCIM_SYNC_TYPE_PROBLEM "application/problem+json"

/*
 * Answer with a body (NULL: none). type: one of the above. Returns OK. Where SCIM 1.1 is spoken, a
 * body of type SCIM is translated (scim/v1.h) and called JSON.
 */
int scim_sync_answer(request_rec *r, int status, const char *type, const json_t *body);

/* Begin an answer: status, type (NULL: there is no body) and the headers that all answers have. */
void scim_sync_answer_begin(request_rec *r, int status, const char *type);

/* Answer with an error: as SCIM where the SCIM handler is in charge, else as RFC 9457 problem. */
int scim_sync_answer_error(request_rec *r, const scim_sync_error_t *error);

/* The database can't be reached, and nothing was stored: 503, answered with Retry-After. */
const scim_sync_error_t *scim_sync_unavailable(apr_pool_t *p);
int scim_sync_answer_unavailable(request_rec *r);

/* 503: nothing works here, ScimSync is off or this child could not be set up. */
int scim_sync_answer_off(request_rec *r);

/* 405 with Allow. */
int scim_sync_answer_method(request_rec *r, const char *allowed);

/* Register what turns core's own answers into ours. */
void scim_sync_answer_register(apr_pool_t *p);

#endif

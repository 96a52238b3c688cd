/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/requests: the record of the last SCIM requests of an identity provider
 * (store/record.h).
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "http/admin.h"
#include "http/settings.h"
#include "store/record.h"
#include "sync/recorder.h"

typedef struct {
    scim_sync_admin_t *q;
    apr_int64_t id;                 /* of one */
    scim_sync_record_query_t query; /* of a page */
    apr_array_header_t *page;
    scim_sync_record_t *record;
} ask_t;

static apr_status_t find_idp(scim_sync_db_t *db, const ask_t *a, apr_pool_t *p)
{
    scim_sync_idp_t *idp;
    apr_status_t rv = scim_sync_idp_load(db, &idp, a->q->name, p);

    return rv == APR_SUCCESS && !idp
               ? scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "There is no identity provider %s.",
                                          a->q->name)
               : rv;
}

static json_t *record_json(const scim_sync_record_t *r, apr_pool_t *p)
{
    return json_pack("{s:I, s:o, s:s, s:s, s:s?, s:s?, s:i, s:s?, s:f, s:I, s:I}", "id",
                     (json_int_t)r->id, "at", scim_sync_admin_time(r->at, p), "method", r->method,
                     "uri", r->uri, "address", r->address, "token", r->token, "status", r->status,
                     "why", r->why, "milliseconds", (double)r->took / 1000, "bodyBytes",
                     (json_int_t)r->body_length, "answerBytes", (json_int_t)r->answer_length);
}

static json_t *headers_json(const char *lines, apr_pool_t *p)
{
    json_t *headers = json_object();
    char *line;
    char *last;
    char *value;

    for (line = apr_strtok(apr_pstrdup(p, lines ? lines : ""), "\n", &last); line;
         line = apr_strtok(NULL, "\n", &last)) {
        if ((value = strstr(line, ": "))) {
            *value = '\0';
            json_object_set_new(headers, line, json_string(value + 2));
        }
    }
    return headers;
}

/* ---- one, and all ---- */

static apr_status_t load_one(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv;

    if ((rv = find_idp(db, a, p)) != APR_SUCCESS ||
        (rv = scim_sync_record_load(db, &a->record, a->q->name, a->id, p)) != APR_SUCCESS) {
        return rv;
    }
    return a->record ? APR_SUCCESS
                     : scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND,
                                                "No request %s of %s is on record (any more).",
                                                a->q->item, a->q->name);
}

static int answer_one(ask_t *a)
{
    scim_sync_admin_t *q = a->q;
    json_t *body;
    char *end;

    a->id = apr_strtoi64(q->item, &end, 10);
    if (a->id <= 0 || *end) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "The id of a request is a number.");
    }
    if (scim_sync_admin_read(q, load_one, a)) {
        return OK;
    }
    body = scim_sync_json_own(record_json(a->record, q->p), q->p);
    json_object_set_new(body, "headers", headers_json(a->record->headers, q->p));
    json_object_set_new(body, "body", json_pack("s?", a->record->body));
    json_object_set_new(body, "answer", json_pack("s?", a->record->answer));
    json_object_set_new(body, "host", json_pack("s?", a->record->host));
    return scim_sync_admin_answer(q, HTTP_OK, body);
}

static apr_status_t load_page(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv = find_idp(db, a, p);

    return rv == APR_SUCCESS ? scim_sync_record_list(db, &a->page, &a->query, p) : rv;
}

static const scim_sync_error_t *read_refused(scim_sync_admin_t *q, int *refused)
{
    const char *text = scim_sync_admin_asked(q, "refused");

    *refused = text && !strcmp(text, "true");
    return !text || *refused || !strcmp(text, "false")
               ? NULL
               : scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "refused must be true or false.");
}

static const scim_sync_error_t *read_query(ask_t *a)
{
    scim_sync_record_query_t *query = &a->query;
    scim_sync_admin_t *q = a->q;
    const scim_sync_error_t *error;

    query->idp = q->name;
    query->method = scim_sync_admin_asked(q, "method");
    query->path = scim_sync_admin_asked(q, "path");
    query->address = scim_sync_admin_asked(q, "address");
    if ((error = scim_sync_admin_limit(q, &query->max)) ||
        (error = read_refused(q, &query->refused))) {
        return error;
    }
    return scim_sync_query_number(&query->before, q->query, "before", 1, APR_INT64_MAX, 0, q->p);
}

static int answer_page(ask_t *a)
{
    scim_sync_admin_t *q = a->q;
    const scim_sync_error_t *error = read_query(a);
    json_t *requests;
    int i;

    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load_page, a)) {
        return OK;
    }
    requests = json_array();
    for (i = 0; i < a->page->nelts; i++) {
        json_array_append_new(requests,
                              record_json(APR_ARRAY_IDX(a->page, i, scim_sync_record_t *), q->p));
    }
    return scim_sync_admin_answer(
        q, HTTP_OK,
        scim_sync_json_own(json_pack("{s:o, s:o}", "requests", requests, "notRecorded",
                                     scim_sync_json_list(scim_sync_unrecorded(q->r))),
                           q->p));
}

int scim_sync_admin_requests(scim_sync_admin_t *q)
{
    ask_t a = { .q = q };

    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    /* What was answered here before is in the answer. */
    if (scim_sync_recorder_save(q->runtime, q->p) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(q->r);
    }
    return q->item ? answer_one(&a) : answer_page(&a);
}

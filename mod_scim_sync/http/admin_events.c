/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/events: what happened.
 */
#include "base/json.h"
#include "base/text.h"
#include "http/admin.h"

typedef struct {
    scim_sync_event_query_t query;
    apr_array_header_t *page;
} ask_t;

static const scim_sync_error_t *read_time(scim_sync_admin_t *q, const char *name, apr_int64_t *ms)
{
    const char *text = scim_sync_admin_asked(q, name);

    if (text && scim_sync_time_parse(ms, text) != APR_SUCCESS) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "%s must be a time, such as 2026-11-22T06:30:00Z (a + in it is "
                               "written %%2B).",
                               name);
    }
    return NULL;
}

static const scim_sync_error_t *read_query(scim_sync_admin_t *q, scim_sync_event_query_t *query)
{
    const scim_sync_error_t *error;

    query->person = scim_sync_admin_asked(q, "person");
    query->group = scim_sync_admin_asked(q, "group");
    query->subject = scim_sync_admin_asked(q, "subject");
    query->idp = scim_sync_admin_asked(q, "idp");
    query->site = scim_sync_admin_asked(q, "site");
    query->kind = scim_sync_admin_asked(q, "kind");
    query->actor = scim_sync_admin_asked(q, "actor");
    if ((error = read_time(q, "from", &query->from)) || (error = read_time(q, "to", &query->to)) ||
        (error = scim_sync_admin_limit(q, &query->max))) {
        return error;
    }
    return scim_sync_query_number(&query->before, q->query, "before", 1, APR_INT64_MAX, 0, q->p);
}

static apr_status_t search(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;

    return scim_sync_event_search(db, &a->page, &a->query, p);
}

int scim_sync_admin_events(scim_sync_admin_t *q)
{
    ask_t a = { .page = NULL };
    const scim_sync_error_t *error;
    json_t *events;
    int i;

    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if ((error = read_query(q, &a.query))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, search, &a)) {
        return OK;
    }
    events = json_array();
    for (i = 0; i < a.page->nelts; i++) {
        json_array_append_new(
            events, scim_sync_event_json(APR_ARRAY_IDX(a.page, i, scim_sync_event_t *), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "events", events), q->p));
}

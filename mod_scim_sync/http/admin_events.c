/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/events: what happened.
 */
#include "base/json.h"
#include "base/text.h"
#include "http/admin_events.h"

#define WORDS_MAX 200

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

static const scim_sync_error_t *read_words(scim_sync_admin_t *q, const char **words)
{
    *words = scim_sync_admin_asked(q, "q");
    return *words && strlen(*words) > WORDS_MAX
               ? scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "q has %d bytes at most.", WORDS_MAX)
               : NULL;
}

static const scim_sync_error_t *read_query(scim_sync_admin_t *q, scim_sync_admin_events_t *a)
{
    scim_sync_event_query_t *query = &a->query;
    const scim_sync_error_t *error;

    query->person = scim_sync_admin_asked(q, "person");
    query->group = scim_sync_admin_asked(q, "group");
    query->subject = scim_sync_admin_asked(q, "subject");
    query->idp = scim_sync_admin_asked(q, "idp");
    query->site = scim_sync_admin_asked(q, "site");
    query->kind = scim_sync_admin_asked(q, "kind");
    query->actor = scim_sync_admin_asked(q, "actor");
    if ((error = read_time(q, "from", &query->from)) || (error = read_time(q, "to", &query->to)) ||
        (error = scim_sync_admin_limit(q, &query->max)) || (error = read_words(q, &a->words))) {
        return error;
    }
    return scim_sync_query_number(&query->before, q->query, "before", 1, APR_INT64_MAX, 0, q->p);
}

/* NULL: a page. */
static const scim_sync_error_t *read_format(scim_sync_admin_t *q, const char **format)
{
    *format = scim_sync_admin_asked(q, "format");
    if (*format && strcmp(*format, "csv") && strcmp(*format, "json")) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "format must be csv or json.");
    }
    return *format && scim_sync_admin_asked(q, "limit")
               ? scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                 "limit is of pages: with format all are given.")
               : NULL;
}

apr_status_t scim_sync_admin_events_load(scim_sync_db_t *db, void *events, apr_pool_t *p)
{
    scim_sync_admin_events_t *a = events;

    return scim_sync_event_page(db, &a->page, &a->query, a->words, p);
}

static int answer_page(scim_sync_admin_t *q, scim_sync_admin_events_t *a)
{
    json_t *events;
    int i;

    if (scim_sync_admin_read(q, scim_sync_admin_events_load, a)) {
        return OK;
    }
    events = json_array();
    for (i = 0; i < a->page.events->nelts; i++) {
        json_array_append_new(
            events,
            scim_sync_event_json(APR_ARRAY_IDX(a->page.events, i, scim_sync_event_t *), q->p));
    }
    return scim_sync_admin_answer(
        q, HTTP_OK,
        scim_sync_json_own(json_pack("{s:o, s:o}", "events", events, "next",
                                     a->page.next ? json_integer((json_int_t)a->page.next)
                                                  : json_null()),
                           q->p));
}

int scim_sync_admin_events(scim_sync_admin_t *q)
{
    scim_sync_admin_events_t a = { .words = NULL };
    const scim_sync_error_t *error;
    const char *format;

    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if ((error = read_query(q, &a)) || (error = read_format(q, &format))) {
        return scim_sync_answer_error(q->r, error);
    }
    return format ? scim_sync_admin_events_export(q, &a, !strcmp(format, "csv"))
                  : answer_page(q, &a);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/pull: ask for a run of the pull; api/idps/{name}/pulls: the runs there were, and
 * what became of each (store/google_run.h).
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "http/admin_google.h"
#include "store/google_run.h"

typedef struct {
    scim_sync_admin_t *q;
    int trust;
    int preview;
    int limit;
    apr_int64_t id; /* of one run, or where a page ends: the newest is before it */
    int first;      /* there was none that is open */
    scim_sync_google_run_t *run;
    apr_array_header_t *page;
} ask_t;

/* Refuses for an IdP that is not pulled. */
static apr_status_t check(scim_sync_db_t *db, ask_t *a, scim_sync_google_idp_t **google,
                          apr_pool_t *p)
{
    return scim_sync_admin_google_load(db, a->q, google, p);
}

static json_t *run_json(const scim_sync_google_run_t *run, apr_pool_t *p)
{
    json_t *j = json_pack("{s:I, s:s, s:s, s:s?, s:b, s:s, s:s?, s:s?}", "id", (json_int_t)run->id,
                          "idp", run->idp, "cause", run->cause, "by", run->who, "trust", run->trust,
                          "state", run->state, "doing", run->doing, "detail", run->detail);

    json_object_set_new(j, "askedAt", scim_sync_admin_time(run->asked, p));
    json_object_set_new(j, "startedAt", scim_sync_admin_time(run->started, p));
    json_object_set_new(j, "endedAt", scim_sync_admin_time(run->ended, p));
    json_object_set_new(j, "seconds",
                        run->ended && run->started
                            ? json_real((double)(run->ended - run->started) / 1000)
                            : json_null());
    json_object_set_new(j, "calls", json_integer(run->calls));
    json_object_set_new(j, "errors",
                        run->errors ? json_loads(run->errors, 0, NULL) : json_object());
    json_object_set_new(j, "tries", json_integer(run->tries));
    json_object_set_new(j, "changes", json_boolean(run->changes));
    json_object_set_new(j, "found", run->counts ? json_loads(run->counts, 0, NULL) : json_null());
    return j;
}

/* ---- one, and all ---- */

static apr_status_t load_one(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_google_idp_t *google;
    apr_status_t rv;

    if ((rv = check(db, a, &google, p)) != APR_SUCCESS ||
        (rv = scim_sync_google_run_load(db, &a->run, a->q->name, a->id, p)) != APR_SUCCESS) {
        return rv;
    }
    return a->run ? APR_SUCCESS
                  : scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND,
                                             "%s has no pull %" APR_INT64_T_FMT ".", a->q->name,
                                             a->id);
}

static int answer_one(ask_t *a, int status)
{
    scim_sync_admin_t *q = a->q;

    return scim_sync_admin_read(q, load_one, a)
               ? OK
               : scim_sync_admin_answer(q, status,
                                        scim_sync_json_own(run_json(a->run, q->p), q->p));
}

static apr_status_t load_page(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_google_idp_t *google;
    apr_status_t rv = check(db, a, &google, p);

    return rv == APR_SUCCESS
               ? scim_sync_google_run_list(db, &a->page, a->q->name, a->id, a->limit, p)
               : rv;
}

static int answer_page(ask_t *a)
{
    scim_sync_admin_t *q = a->q;
    const scim_sync_error_t *error;
    json_t *pulls;
    int i;

    if ((error = scim_sync_admin_limit(q, &a->limit)) ||
        (error = scim_sync_query_number(&a->id, q->query, "before", 1, APR_INT64_MAX, 0, q->p))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load_page, a)) {
        return OK;
    }
    pulls = json_array();
    for (i = 0; i < a->page->nelts; i++) {
        json_array_append_new(pulls,
                              run_json(APR_ARRAY_IDX(a->page, i, scim_sync_google_run_t *), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "pulls", pulls), q->p));
}

static int get(ask_t *a)
{
    scim_sync_admin_t *q = a->q;
    char *end;

    if (!q->item) {
        return answer_page(a);
    }
    a->id = apr_strtoi64(q->item, &end, 10);
    if (a->id <= 0 || *end) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "The id of a pull is a number.");
    }
    if (q->rest) {
        return strcmp(q->rest, "changes")
                   ? scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.")
                   : scim_sync_admin_pull_changes(q, a->id);
    }
    return answer_one(a, HTTP_OK);
}

/* ---- asking ---- */

static const char *asked_for(const ask_t *a)
{
    return a->preview ? "a preview"
           : a->trust ? "what is gone is believed, however much it is"
                      : NULL;
}

static apr_status_t ask(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_google_idp_t *google;
    apr_status_t rv = check(db, a, &google, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (strcmp(google->state, SCIM_SYNC_GOOGLE_CONNECTED)) {
        return scim_sync_admin_rollback(a->q, HTTP_CONFLICT, "%s is not connected to Google%s%s.",
                                        a->q->name, google->reason ? ": " : "",
                                        google->reason ? google->reason : "");
    }
    rv = scim_sync_google_run_ask(db, a->q->name,
                                  a->preview ? SCIM_SYNC_RUN_PREVIEW : SCIM_SYNC_RUN_DEMAND,
                                  a->q->actor, a->trust, &a->id, &a->first, p);
    if (rv != APR_SUCCESS || (!a->first && !a->trust)) {
        return rv;
    }
    return scim_sync_admin_event(db, a->q, "google.asked", a->q->name, NULL, asked_for(a), p);
}

static const scim_sync_error_t *read_flag(scim_sync_admin_t *q, const char *field, int *flag)
{
    const json_t *value = json_object_get(q->body, field);

    *flag = json_is_true(value);
    return value && !json_is_boolean(value)
               ? scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s must be true or false.", field)
               : NULL;
}

static int post(ask_t *a)
{
    static const char *const fields[] = { "trust", "preview", NULL };
    scim_sync_admin_t *q = a->q;
    const scim_sync_error_t *error = scim_sync_admin_only(q, fields);

    if (!error) {
        error = read_flag(q, "trust", &a->trust);
    }
    if (!error) {
        error = read_flag(q, "preview", &a->preview);
    }
    if (!error && a->trust && a->preview) {
        error = scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                "A preview takes nothing over: there is nothing to trust.");
    }
    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    return scim_sync_admin_changed(q, ask, a) ? OK : answer_one(a, HTTP_ACCEPTED);
}

int scim_sync_admin_pulls(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);
    ask_t a = { .q = q };

    if (!strcmp(q->part, "pulls")) {
        return strcmp(method, "GET") ? scim_sync_answer_method(q->r, "GET, HEAD") : get(&a);
    }
    if (q->item) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "POST") : post(&a);
}

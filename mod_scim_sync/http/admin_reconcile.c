/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/sites/{name}/reconcile: Jira compared with what is held, when somebody asks, and what was
 * found.
 */
#include "base/json.h"
#include "http/admin.h"
#include "store/reconcile.h"

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_reconcile_row_t *row;
    int trust;
} ask_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv = scim_sync_reconcile_load(db, &a->row, a->q->name, p);

    return rv == APR_SUCCESS && !a->row
               ? scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "There is no site %s.", a->q->name)
               : rv;
}

static const char *state_of(const scim_sync_reconcile_row_t *row)
{
    if (row->running) {
        return "running";
    }
    if (row->asked) {
        return "waiting";
    }
    return row->outcome ? row->outcome : "never";
}

static int answer(scim_sync_admin_t *q, int status)
{
    ask_t a = { .q = q };
    apr_int64_t next;
    json_t *body;

    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    next =
        scim_sync_reconcile_due(a.row, q->name, q->runtime->reconcile_hours * APR_INT64_C(3600000));
    body = json_pack("{s:s, s:s, s:o, s:o, s:o, s:s?}", "site", q->name, "state", state_of(a.row),
                     "startedAt", scim_sync_admin_time(a.row->started, q->p), "endedAt",
                     scim_sync_admin_time(a.row->ended, q->p), "nextAt",
                     scim_sync_admin_time(next, q->p), "detail", a.row->detail);
    json_object_set_new(body, "found",
                        a.row->report ? json_loads(a.row->report, 0, NULL) : json_null());
    return scim_sync_admin_answer(q, status, scim_sync_json_own(body, q->p));
}

static apr_status_t ask(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv;
    int found;

    if ((rv = scim_sync_reconcile_ask(db, a->q->name, a->trust, &found, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!found) {
        return scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "There is no site %s.", a->q->name);
    }
    return scim_sync_admin_event(db, a->q, "reconcile.asked", NULL, a->q->name,
                                 a->trust ? "what is gone is believed, however much it is" : NULL,
                                 p);
}

static int post(scim_sync_admin_t *q)
{
    static const char *const fields[] = { "trust", NULL };
    const json_t *trust = json_object_get(q->body, "trust");
    ask_t a = { .q = q, .trust = json_is_true(trust) };
    const scim_sync_error_t *error = scim_sync_admin_only(q, fields);

    if (!error && trust && !json_is_boolean(trust)) {
        error = scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "trust must be true or false.");
    }
    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    return scim_sync_admin_changed(q, ask, &a) ? OK : answer(q, HTTP_ACCEPTED);
}

int scim_sync_admin_reconcile(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);

    if (!strcmp(method, "GET")) {
        return answer(q, HTTP_OK);
    }
    return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "GET, HEAD, POST") : post(q);
}

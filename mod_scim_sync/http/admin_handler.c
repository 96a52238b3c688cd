/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SetHandler scim-sync-admin: /api/... below any <Location> that authenticates its users, and the
 * console everywhere else (http/console.h).
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin_query.h"
#include "http/console.h"
#include "http/gate.h"

typedef struct {
    const char *collection;
    int (*serve)(scim_sync_admin_t *q);
    int depth; /* so many segments it has at most, "api" among them */
} route_t;

static int is_plan(const scim_sync_admin_t *q)
{
    return q->part &&
           (!strcmp(q->part, "plan") || !strcmp(q->part, "users") || !strcmp(q->part, "groups"));
}

static int is_members(const scim_sync_admin_t *q)
{
    return q->part && !strcmp(q->part, "groups") && q->rest && !strcmp(q->rest, "members");
}

static int serve_idps(scim_sync_admin_t *q)
{
    if (is_members(q)) {
        return scim_sync_admin_members(q);
    }
    if (is_plan(q)) {
        return scim_sync_admin_plan(q);
    }
    if (q->part && (!strcmp(q->part, "pull") || !strcmp(q->part, "pulls"))) {
        return scim_sync_admin_pulls(q);
    }
    if (q->rest) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (!q->part) {
        return scim_sync_admin_idps(q);
    }
    if (!strcmp(q->part, "guard")) {
        return scim_sync_admin_guard_decide(q);
    }
    if (!strcmp(q->part, "google")) {
        return scim_sync_admin_google(q);
    }
    if (!strcmp(q->part, "requests")) {
        return scim_sync_admin_requests(q);
    }
    return strcmp(q->part, "rules") ? scim_sync_admin_tokens(q) : scim_sync_admin_rules(q);
}

static const route_t routes[] = {
    { "whoami", scim_sync_admin_whoami, 5 }, { "openapi.json", scim_sync_admin_openapi, 5 },
    { "sites", scim_sync_admin_sites, 5 },   { "idps", serve_idps, 6 },
    { "tasks", scim_sync_admin_tasks, 5 },   { "events", scim_sync_admin_events, 5 },
    { "status", scim_sync_admin_status, 5 }, { "guard", scim_sync_admin_guard, 5 },
    { "people", scim_sync_admin_people, 5 }, { "groups", scim_sync_admin_groups, 5 },
    { "health", scim_sync_admin_health, 5 },
};

/* ---- for the collections ---- */

int scim_sync_admin_answer(scim_sync_admin_t *q, int status, const json_t *body)
{
    return scim_sync_answer(q->r, status, SCIM_SYNC_TYPE_JSON, body);
}

int scim_sync_admin_refuse(scim_sync_admin_t *q, int status, const char *format, ...)
{
    const char *detail;
    va_list args;

    va_start(args, format);
    detail = apr_pvsprintf(q->p, format, args);
    va_end(args);
    return scim_sync_answer_error(q->r, scim_sync_error(q->p, status, NULL, "%s", detail));
}

apr_status_t scim_sync_admin_rollback(scim_sync_admin_t *q, int status, const char *format, ...)
{
    const char *detail;
    va_list args;

    va_start(args, format);
    detail = apr_pvsprintf(q->p, format, args);
    va_end(args);
    q->error = scim_sync_error(q->p, status, NULL, "%s", detail);
    return SCIM_SYNC_ROLLBACK;
}

static int failed(scim_sync_admin_t *q, apr_status_t rv)
{
    if (rv == APR_SUCCESS) {
        return 0;
    }
    if (rv == SCIM_SYNC_ROLLBACK && q->error) {
        scim_sync_answer_error(q->r, q->error);
    }
    else {
        scim_sync_answer_unavailable(q->r);
    }
    return 1;
}

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_unit_t *unit;
    void *baton;
} change_t;

/* What can't be published must not be stored either: a request would never see it. */
static apr_status_t change(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    json_t *snapshot;
    apr_status_t rv = c->unit(db, c->baton, p);

    if (rv == APR_SUCCESS && (rv = scim_sync_config_snapshot(db, &snapshot, p)) == APR_SUCCESS &&
        !scim_sync_shared_fits(c->q->runtime->shared, snapshot, p)) {
        return scim_sync_admin_rollback(
            c->q, HTTP_INSUFFICIENT_STORAGE,
            "The configuration would not fit into shared memory: raise "
            "ScimSyncSharedSize, run apachectl graceful, and try again.");
    }
    return rv;
}

int scim_sync_admin_changed(scim_sync_admin_t *q, scim_sync_unit_t *unit, void *baton)
{
    change_t c = { q, unit, baton };
    apr_status_t rv = scim_sync_write(q->runtime->writer, change, &c, q->p);

    if (rv == APR_SUCCESS) {
        /* Should this fail, the provisioner's poll makes good for it within seconds. */
        scim_sync_runtime_reload(q->runtime, q->p);
        scim_sync_runtime_wake(q->runtime);
    }
    return failed(q, rv);
}

int scim_sync_admin_read(scim_sync_admin_t *q, scim_sync_unit_t *unit, void *baton)
{
    return failed(q, scim_sync_read(q->runtime->writer, unit, baton, q->p));
}

const scim_sync_error_t *scim_sync_admin_text(scim_sync_admin_t *q, const char *field,
                                              const char **text)
{
    const json_t *value = json_object_get(q->body, field);

    if (!value || json_is_null(value)) {
        return NULL;
    }
    if (!json_is_string(value) || json_string_length(value) > 2048) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "%s must be a text of 2048 bytes at most.", field);
    }
    *text = json_string_value(value);
    return NULL;
}

const scim_sync_error_t *scim_sync_admin_only(scim_sync_admin_t *q, const char *const *fields)
{
    const char *key;
    json_t *value;
    int i;

    json_object_foreach(q->body, key, value)
    {
        for (i = 0; fields[i] && strcmp(fields[i], key); i++) {
        }
        if (!fields[i]) {
            return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "There is no field %.64s here.",
                                   key);
        }
    }
    return NULL;
}

const char *scim_sync_admin_asked(scim_sync_admin_t *q, const char *name)
{
    const char *text = apr_table_get(q->query, name);

    return text && *text ? text : NULL;
}

apr_status_t scim_sync_admin_tell(scim_sync_db_t *db, const scim_sync_admin_t *q,
                                  scim_sync_event_t event, apr_pool_t *p)
{
    event.actor = q->actor;
    return scim_sync_event_add(db, &event, p);
}

apr_status_t scim_sync_admin_event(scim_sync_db_t *db, const scim_sync_admin_t *q, const char *kind,
                                   const char *idp, const char *site, const char *detail,
                                   apr_pool_t *p)
{
    const scim_sync_event_t event = { .kind = kind, .idp = idp, .site = site, .detail = detail };

    return scim_sync_admin_tell(db, q, event, p);
}

json_t *scim_sync_admin_time(apr_int64_t ms, apr_pool_t *p)
{
    return ms ? json_string(scim_sync_time_text(ms, p)) : json_null();
}

const scim_sync_error_t *scim_sync_admin_limit(scim_sync_admin_t *q, int *limit)
{
    const scim_sync_error_t *error;
    apr_int64_t number;

    error = scim_sync_query_number(&number, q->query, "limit", 1, 1000, 100, q->p);
    *limit = (int)number;
    return error;
}

const scim_sync_error_t *scim_sync_admin_word(scim_sync_admin_t *q, const char *name,
                                              const char *const *words, const char **word)
{
    const char *text = scim_sync_admin_asked(q, name);
    const char *choice = "";
    int i;

    for (i = 0; text && words[i] && strcmp(words[i], text); i++) {
        choice = apr_pstrcat(q->p, choice, words[i], words[i + 1] ? ", " : "", NULL);
    }
    if (text && !words[i]) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s must be one of %s.", name, choice);
    }
    *word = text ? text : *word;
    return NULL;
}

static const char *url_below(scim_sync_admin_t *q, const scim_sync_mount_t *mount, const char *idp)
{
    return mount ? scim_sync_url(q->r, apr_pstrcat(q->p, mount->path, "/", idp, NULL)) : NULL;
}

const char *scim_sync_admin_scim_url(scim_sync_admin_t *q, const char *idp)
{
    return url_below(q, scim_sync_mount_of(q->r, SCIM_SYNC_HANDLER_SCIM, NULL), idp);
}

const char *scim_sync_admin_scim_url_v1(scim_sync_admin_t *q, const char *idp)
{
    return url_below(q, scim_sync_mount_v1(q->r), idp);
}

/* ---- the request ---- */

static int has_body(const request_rec *r)
{
    return apr_table_get(r->headers_in, "Transfer-Encoding") ||
           apr_atoi64(apr_table_get(r->headers_in, "Content-Length")
                          ? apr_table_get(r->headers_in, "Content-Length")
                          : "0") > 0;
}

static const scim_sync_error_t *read_body(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;

    q->body = scim_sync_json_own(json_object(), q->p);
    q->no_body = q->r->method_number == M_GET || !has_body(q->r);
    if (q->no_body) {
        return NULL;
    }
    if ((error = scim_sync_body(&q->body, q->r, &q->settings))) {
        return error;
    }
    return json_is_object(q->body)
               ? NULL
               : scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "The body must be a JSON object.");
}

/* A parameter that is misspelt must not answer, or change, more than was asked for. */
static const scim_sync_error_t *admit(const scim_sync_admin_t *q,
                                      const scim_sync_segments_t *segments)
{
    if (q->role != SCIM_SYNC_ROLE_ADMINISTRATOR && !scim_sync_admin_only_reads(q, segments)) {
        return scim_sync_gate_forbid(q->r, apr_psprintf(q->p,
                                                        "%s is a reader here, and changes nothing: "
                                                        "ScimSyncAdministrator says who may.",
                                                        q->r->user));
    }
    return scim_sync_admin_query(q, segments);
}

static int dispatch(scim_sync_admin_t *q, const scim_sync_segments_t *segments)
{
    const scim_sync_error_t *error;
    apr_size_t i;

    for (i = 0; segments->count > 1 && i < sizeof(routes) / sizeof(*routes); i++) {
        if (!strcmp(segments->at[0], "api") && !strcmp(segments->at[1], routes[i].collection) &&
            segments->count <= routes[i].depth) {
            q->name = segments->at[2];
            q->part = segments->at[3];
            q->item = segments->at[4];
            q->rest = segments->at[5];
            error = admit(q, segments);
            return error ? scim_sync_answer_error(q->r, error) : routes[i].serve(q);
        }
    }
    return scim_sync_admin_refuse(q, HTTP_NOT_FOUND,
                                  "There is nothing at this address; api/openapi.json says what "
                                  "there is.");
}

static const scim_sync_error_t *read_query(scim_sync_admin_t *q)
{
    const char *twice;
    const scim_sync_error_t *error = scim_sync_query(&q->query, &twice, q->r);

    return error || !twice
               ? error
               : scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                 "The query parameter %.64s comes twice: send it once.", twice);
}

int scim_sync_admin_handler(request_rec *r)
{
    scim_sync_admin_t q = { .r = r, .p = r->pool, .runtime = scim_sync_runtime() };
    const scim_sync_mount_t *mount;
    const scim_sync_error_t *error;
    scim_sync_segments_t segments;

    if (!r->handler || strcmp(r->handler, SCIM_SYNC_HANDLER_ADMIN)) {
        return DECLINED;
    }
    scim_sync_hold_signals(r);
    mount = scim_sync_mount_of(r, SCIM_SYNC_HANDLER_ADMIN, r->uri);
    if (!mount) {
        return scim_sync_admin_refuse(&q, HTTP_INTERNAL_SERVER_ERROR,
                                      "SetHandler scim-sync-admin must stand in a <Location> of "
                                      "this virtual host.");
    }
    if (scim_sync_console_is_page(r)) {
        return scim_sync_console_serve(r, mount);
    }
    if ((error = scim_sync_gate_admin(r)) || (error = scim_sync_role_find(&q.role, r))) {
        return scim_sync_answer_error(r, error);
    }
    if (!q.runtime) {
        return scim_sync_answer_off(r);
    }
    if (scim_sync_runtime_ready(q.runtime, q.p) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(r);
    }
    scim_sync_dir_settings(&q.settings, r);
    q.actor = apr_pstrcat(q.p, "admin:", r->user, NULL);
    if ((error = scim_sync_path_as_sent(r)) || (error = scim_sync_segments(&segments, r, mount)) ||
        (error = read_query(&q)) || (error = read_body(&q))) {
        return scim_sync_answer_error(r, error);
    }
    return dispatch(&q, &segments);
}

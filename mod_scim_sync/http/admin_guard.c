/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/guard: what the guard holds (sync/guard.h); and api/idps/{name}/guard/release and
 * .../discard: what an administrator decides about it.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin.h"
#include "http/admin_version.h"
#include "store/guard.h"
#include "store/lease.h"
#include "sync/rules.h"

/* A decision about many has an event for each of so many; so many are named in its own. */
#define TOLD_EACH 200
#define NAMED     10

typedef struct {
    scim_sync_admin_t *q;
    const char *site; /* NULL: all */
    const char *kind; /* NULL: all */
    int release;      /* else discard */
    int tasks;
    apr_array_header_t *trips; /* scim_sync_guard_trip_t * */
    apr_array_header_t *tags;  /* of each of these, const char *; lists only */
} ask_t;

/* What a decision about it is about. */
static apr_status_t version_of(scim_sync_db_t *db, scim_sync_admin_version_t *version,
                               const scim_sync_guard_trip_t *trip, apr_pool_t *p)
{
    const char *holds;
    apr_status_t rv = scim_sync_guard_holds(db, &holds, trip, p);

    if (rv == APR_SUCCESS) {
        *version = scim_sync_admin_version_of_text(trip->at, holds, p);
    }
    return rv;
}

/* ---- GET ---- */

static apr_status_t list(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv = scim_sync_guard_list(db, &a->trips, NULL, NULL, NULL, p);
    int i;

    a->tags = apr_array_make(p, 4, sizeof(const char *));
    for (i = 0; rv == APR_SUCCESS && i < a->trips->nelts; i++) {
        scim_sync_admin_version_t version;

        rv = version_of(db, &version, APR_ARRAY_IDX(a->trips, i, scim_sync_guard_trip_t *), p);
        if (rv == APR_SUCCESS) {
            APR_ARRAY_PUSH(a->tags, const char *) = scim_sync_admin_etag(version, p);
        }
    }
    return rv;
}

static json_t *trip_json(const scim_sync_guard_trip_t *trip, const char *tag, apr_pool_t *p)
{
    int more = trip->held > SCIM_SYNC_GUARD_HELD_MOST;

    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:I, s:b, s:o, s:s}", "idp", trip->idp,
                     "site", trip->site, "kind", trip->kind, "count", (json_int_t)trip->counted,
                     "limit", (json_int_t)trip->most, "window", (json_int_t)(trip->window / 60000),
                     "detail", trip->detail, "held",
                     more ? (json_int_t)SCIM_SYNC_GUARD_HELD_MOST : (json_int_t)trip->held, "more",
                     more, "since", scim_sync_admin_time(trip->at, p), "etag", tag);
}

int scim_sync_admin_guard(scim_sync_admin_t *q)
{
    ask_t a = { .q = q };
    json_t *trips;
    int i;

    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if (scim_sync_admin_read(q, list, &a)) {
        return OK;
    }
    trips = json_array();
    for (i = 0; i < a.trips->nelts; i++) {
        json_array_append_new(trips, trip_json(APR_ARRAY_IDX(a.trips, i, scim_sync_guard_trip_t *),
                                               APR_ARRAY_IDX(a.tags, i, const char *), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "guard", trips), q->p));
}

/* ---- decide ---- */

/* Whom it concerns, each by an event of its own. */
static apr_status_t tell_each(scim_sync_db_t *db, const ask_t *a, const apr_array_header_t *tasks,
                              apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < tasks->nelts; i++) {
        const scim_sync_task_t *task = APR_ARRAY_IDX(tasks, i, scim_sync_task_t *);

        rv = scim_sync_admin_tell_task(db, a->q, a->release ? "task.released" : "task.discarded",
                                       task, task->takes ? task->takes : task->detail, p);
    }
    return rv;
}

static const char *list_names(const apr_array_header_t *tasks, int all, apr_pool_t *p)
{
    apr_array_header_t *names = apr_array_make(p, NAMED, sizeof(const char *));
    int i;

    for (i = 0; i < tasks->nelts && i < NAMED; i++) {
        const scim_sync_task_t *task = APR_ARRAY_IDX(tasks, i, scim_sync_task_t *);

        APR_ARRAY_PUSH(names, const char *) = task->name ? task->name : task->subject;
    }
    return scim_sync_list_text(names, NAMED, all, p);
}

static apr_status_t decide_one(scim_sync_db_t *db, ask_t *a, const scim_sync_guard_trip_t *trip,
                               apr_pool_t *p)
{
    const scim_sync_task_filter_t filter = {
        .site = trip->site, .status = -1, .guard_idp = trip->idp, .guard = trip->kind
    };
    scim_sync_admin_version_t version;
    apr_array_header_t *held;
    apr_status_t rv;
    int tasks;

    if ((rv = scim_sync_lease_hold(db, trip->site, p)) != APR_SUCCESS ||
        (rv = version_of(db, &version, trip, p)) != APR_SUCCESS ||
        (rv = scim_sync_admin_expect(a->q, &version)) != APR_SUCCESS ||
        (rv = scim_sync_task_list(db, &held, &filter, 0, TOLD_EACH, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = a->release
             ? scim_sync_guard_release(db, trip, &tasks, p)
             : scim_sync_guard_discard(db, trip, scim_sync_admin_discarded(a->q, p), &tasks, p);
    if (rv != APR_SUCCESS || (rv = tell_each(db, a, held, p)) != APR_SUCCESS) {
        return rv;
    }
    a->tasks += tasks;
    return scim_sync_admin_event(db, a->q, a->release ? "guard.released" : "guard.discarded",
                                 trip->idp, trip->site,
                                 apr_psprintf(p, "%s; %s: %s",
                                              scim_sync_count_text(tasks, "task", "tasks", p),
                                              trip->detail, list_names(held, tasks, p)),
                                 p);
}

static apr_status_t decide(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_idp_t *idp;
    apr_status_t rv;
    int i;

    a->tasks = 0;
    if ((rv = scim_sync_idp_load(db, &idp, a->q->name, p)) != APR_SUCCESS || !idp) {
        return rv == APR_SUCCESS
                   ? scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND,
                                              "There is no identity provider %s.", a->q->name)
                   : rv;
    }
    rv = scim_sync_guard_list(db, &a->trips, a->q->name, a->site, a->kind, p);
    if (rv == APR_SUCCESS && a->trips->nelts == 0 && scim_sync_admin_is_conditional(a->q)) {
        return scim_sync_admin_rollback(a->q, HTTP_PRECONDITION_FAILED,
                                        "The guard holds nothing of it any more.");
    }
    for (i = 0; rv == APR_SUCCESS && i < a->trips->nelts; i++) {
        rv = decide_one(db, a, APR_ARRAY_IDX(a->trips, i, scim_sync_guard_trip_t *), p);
    }
    return rv;
}

const scim_sync_error_t *scim_sync_admin_guard_kind(scim_sync_admin_t *q, const char *name,
                                                    const char **kind)
{
    const char *kinds[SCIM_SYNC_GUARD_KINDS + 1] = { NULL };
    int i;

    for (i = 0; i < SCIM_SYNC_GUARD_KINDS; i++) {
        kinds[i] = scim_sync_guard_name((scim_sync_guard_kind_t)i);
    }
    return scim_sync_admin_word(q, name, kinds, kind);
}

int scim_sync_admin_guard_decide(scim_sync_admin_t *q)
{
    static const char *const nothing[] = { NULL };
    const scim_sync_error_t *error;
    ask_t a = { .q = q };

    a.release = q->item && !strcmp(q->item, "release");
    if (!a.release && (!q->item || strcmp(q->item, "discard"))) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "POST")) {
        return scim_sync_answer_method(q->r, "POST");
    }
    if ((error = scim_sync_admin_only(q, nothing)) ||
        (error = scim_sync_admin_guard_kind(q, "kind", &a.kind))) {
        return scim_sync_answer_error(q->r, error);
    }
    a.site = scim_sync_admin_asked(q, "site");
    if (scim_sync_admin_is_conditional(q) && (!a.site || !a.kind)) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST,
                                      "If-Match is about one count: say its site and kind.");
    }
    if (scim_sync_admin_changed(q, decide, &a)) {
        return OK;
    }
    return scim_sync_admin_answer(
        q, HTTP_OK,
        scim_sync_json_own(json_pack("{s:i}", a.release ? "released" : "discarded", a.tasks),
                           q->p));
}

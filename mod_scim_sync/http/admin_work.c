/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/tasks, api/events, api/status: what is left to do, what happened, and where we stand.
 */
#include <apr_strings.h>

#include "mod_scim_sync_version.h"

#include "base/json.h"
#include "http/admin.h"
#include "store/event.h"
#include "store/status.h"
#include "store/task.h"

typedef struct {
    scim_sync_admin_t *q;
    apr_int64_t id;     /* of a task; or where a page begins */
    const char *filter; /* state of tasks, subject of events, or NULL */
    int limit;
    apr_array_header_t *page;
    scim_sync_status_t status;
} ask_t;

/* ---- tasks ---- */

static json_t *task_json(const scim_sync_task_t *t, apr_pool_t *p)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s?, s:s, s:i, s:i, s:s?, s:o, s:o, s:o}", "id",
                     (json_int_t)t->id, "site", t->site, "idp", t->idp, "kind", t->kind, "subject",
                     t->subject, "name", t->name, "state", t->state, "attempts", t->attempts,
                     "status", t->status, "detail", t->detail, "nextAt",
                     strcmp(t->state, "waiting") ? json_null()
                                                 : scim_sync_admin_time(t->next_at, p),
                     "createdAt", scim_sync_admin_time(t->created, p), "changedAt",
                     scim_sync_admin_time(t->changed, p));
}

static apr_status_t list_tasks(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;

    return scim_sync_task_list(db, &a->page, a->filter, a->id, a->limit, p);
}

static int answer_tasks(scim_sync_admin_t *q)
{
    ask_t a = { .q = q, .filter = apr_table_get(q->query, "state") };
    const scim_sync_error_t *error;
    json_t *tasks;
    int i;

    if ((error = scim_sync_admin_limit(q, &a.limit)) ||
        (error = scim_sync_query_number(&a.id, q->query, "after", 0, q->p))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (a.filter && strcmp(a.filter, "waiting") && strcmp(a.filter, "failed")) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST, "state must be waiting or failed.");
    }
    if (scim_sync_admin_read(q, list_tasks, &a)) {
        return OK;
    }
    tasks = json_array();
    for (i = 0; i < a.page->nelts; i++) {
        json_array_append_new(tasks, task_json(APR_ARRAY_IDX(a.page, i, scim_sync_task_t *), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "tasks", tasks), q->p));
}

static apr_status_t tell_of_retry(scim_sync_db_t *db, const ask_t *a, apr_pool_t *p)
{
    scim_sync_event_t event = { .kind = "task.retried", .actor = a->q->actor };
    apr_array_header_t *tasks;
    const scim_sync_task_t *task;
    apr_status_t rv = scim_sync_task_list(db, &tasks, NULL, a->id - 1, 1, p);

    if (rv != APR_SUCCESS || tasks->nelts == 0) {
        return rv;
    }
    task = APR_ARRAY_IDX(tasks, 0, scim_sync_task_t *);
    event.idp = task->idp;
    event.site = task->site;
    event.subject = task->subject;
    event.name = task->name;
    return scim_sync_event_add(db, &event, p);
}

static apr_status_t retry(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    int found;
    apr_status_t rv = scim_sync_task_retry(db, a->id, &found, p);

    if (rv == APR_SUCCESS && !found) {
        return scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "There is no task %s.", a->q->name);
    }
    return rv == APR_SUCCESS ? tell_of_retry(db, a, p) : rv;
}

int scim_sync_admin_tasks(scim_sync_admin_t *q)
{
    ask_t a = { .q = q };
    char *end;

    if (!q->name) {
        return strcmp(scim_sync_method(q->r), "GET") ? scim_sync_answer_method(q->r, "GET, HEAD")
                                                     : answer_tasks(q);
    }
    a.id = apr_strtoi64(q->name, &end, 10);
    if (*end || !q->part || strcmp(q->part, "retry") || q->item) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(q->r->method, "POST")) {
        return scim_sync_answer_method(q->r, "POST");
    }
    return scim_sync_admin_changed(q, retry, &a)
               ? OK
               : scim_sync_answer(q->r, HTTP_NO_CONTENT, NULL, NULL);
}

/* ---- events ---- */

static json_t *event_json(const scim_sync_event_t *e, apr_pool_t *p)
{
    return json_pack("{s:I, s:o, s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:s?}", "id", (json_int_t)e->id,
                     "at", scim_sync_admin_time(e->at, p), "kind", e->kind, "actor", e->actor,
                     "idp", e->idp, "site", e->site, "subject", e->subject, "name", e->name,
                     "detail", e->detail);
}

static apr_status_t list_events(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;

    return scim_sync_event_list(db, &a->page, a->id, a->filter, a->limit, p);
}

int scim_sync_admin_events(scim_sync_admin_t *q)
{
    ask_t a = { .q = q, .filter = apr_table_get(q->query, "subject") };
    const scim_sync_error_t *error;
    json_t *events;
    int i;

    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if ((error = scim_sync_admin_limit(q, &a.limit)) ||
        (error = scim_sync_query_number(&a.id, q->query, "before", 0, q->p))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, list_events, &a)) {
        return OK;
    }
    events = json_array();
    for (i = 0; i < a.page->nelts; i++) {
        json_array_append_new(events,
                              event_json(APR_ARRAY_IDX(a.page, i, scim_sync_event_t *), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "events", events), q->p));
}

/* ---- status ---- */

static apr_status_t load_status(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;

    return scim_sync_status_load(db, &a->status, p);
}

static json_t *counts(apr_int64_t first, const char *first_name, apr_int64_t groups,
                      apr_int64_t members)
{
    return json_pack("{s:I, s:I, s:I}", first_name, (json_int_t)first, "groups", (json_int_t)groups,
                     "members", (json_int_t)members);
}

static json_t *counter(const scim_sync_shared_t *shared, scim_sync_counter_t which)
{
    return json_integer((json_int_t)scim_sync_shared_counter(shared, which));
}

static json_t *status_json(const scim_sync_status_t *s, const scim_sync_shared_t *shared)
{
    json_int_t pid = scim_sync_shared_provisioner(shared);

    return json_pack(
        "{s:s, s:o, s:o, s:o, s:{s:I, s:I, s:I}, s:{s:o}, s:{s:o, s:o, s:o, s:o, s:o}}", "version",
        SCIM_SYNC_VERSION, "told", counts(s->told_users, "users", s->told_groups, s->told_members),
        "wanted", counts(s->wanted_accounts, "accounts", s->wanted_groups, s->wanted_members),
        "held", counts(s->held_accounts, "accounts", s->held_groups, s->held_members), "tasks",
        "waiting", (json_int_t)s->tasks_waiting, "failed", (json_int_t)s->tasks_failed,
        "oldestAgeSeconds", (json_int_t)(s->oldest_ms / 1000), "provisioner", "pid",
        pid ? json_integer(pid) : json_null(), "counters", "requests",
        counter(shared, SCIM_SYNC_COUNT_REQUESTS), "requestsRefused",
        counter(shared, SCIM_SYNC_COUNT_REFUSED), "requestsFailed",
        counter(shared, SCIM_SYNC_COUNT_FAILED), "jiraCalls",
        counter(shared, SCIM_SYNC_COUNT_CALLS), "tasksWorked",
        counter(shared, SCIM_SYNC_COUNT_TASKS));
}

int scim_sync_admin_status(scim_sync_admin_t *q)
{
    ask_t a = { .q = q };

    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if (scim_sync_admin_read(q, load_status, &a)) {
        return OK;
    }
    return scim_sync_admin_answer(
        q, HTTP_OK, scim_sync_json_own(status_json(&a.status, q->runtime->shared), q->p));
}

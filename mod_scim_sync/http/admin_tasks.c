/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/tasks: what is left to do, and what an administrator can do about what failed.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin.h"
#include "http/admin_queue.h"
#include "http/admin_version.h"
#include "store/guard.h"
#include "store/lease.h"
#include "store/portal.h"
#include "store/task.h"

/* So much of an administrator's name stands in what he has discarded. */
#define WHO_BYTES 255

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_task_filter_t filter;
    apr_int64_t id; /* of a task; or the last one of the page before */
    int limit;
    apr_array_header_t *page;
    scim_sync_task_t *found;
    json_t *whole;               /* as it is shown by itself */
    int count;                   /* retry */
    apr_array_header_t *retried; /* of one subject: its tasks (scim_sync_task_t *) as they were */
} ask_t;

static json_t *guard_json(const scim_sync_task_t *t)
{
    return t->guard && t->guard_idp ? json_pack("{s:s, s:s}", "idp", t->guard_idp, "kind", t->guard)
                                    : json_null();
}

json_t *scim_sync_admin_task(const scim_sync_task_t *t, apr_pool_t *p)
{
    int waits = !strcmp(t->state, SCIM_SYNC_TASK_WAITING);
    int spared = t->guard || t->discarded || !strcmp(t->state, SCIM_SYNC_TASK_DISCARDED);

    return json_pack("{s:I, s:s, s:s?, s:s, s:s, s:s?, s:s, s:s?, s:i, s:i, s:s?, s:s?, s:o, s:o, "
                     "s:o, s:o, s:o}",
                     "id", (json_int_t)t->id, "site", t->site, "idp", *t->idp ? t->idp : NULL,
                     "kind", t->kind, "subject", t->subject, "name", t->name, "state", t->state,
                     "class", t->class, "attempts", t->attempts, "status", t->status, "detail",
                     t->detail, "takes", spared ? t->takes : NULL, "guard", guard_json(t),
                     "failedSince", scim_sync_admin_time(t->failed_since, p), "nextAt",
                     waits ? scim_sync_admin_time(t->next_at, p) : json_null(), "createdAt",
                     scim_sync_admin_time(t->created, p), "changedAt",
                     scim_sync_admin_time(t->changed, p));
}

/* ---- which ones ---- */

const scim_sync_error_t *scim_sync_admin_task_state(scim_sync_admin_t *q, const char **state)
{
    static const char *const states[] = { SCIM_SYNC_TASK_WAITING, SCIM_SYNC_TASK_FAILED,
                                          SCIM_SYNC_TASK_HELD,    SCIM_SYNC_TASK_DISCARDED,
                                          SCIM_SYNC_TASK_PLANNED, NULL };

    return scim_sync_admin_word(q, "state", states, state);
}

static const scim_sync_error_t *read_filter(scim_sync_admin_t *q, scim_sync_task_filter_t *filter)
{
    static const char *const kinds[] = { SCIM_SYNC_TASK_USER, SCIM_SYNC_TASK_GROUP,
                                         SCIM_SYNC_TASK_PORTAL, NULL };
    static const char *const classes[] = { SCIM_SYNC_TASK_CLASS_WAIT,   SCIM_SYNC_TASK_CLASS_RETRY,
                                           SCIM_SYNC_TASK_CLASS_PERSON, SCIM_SYNC_TASK_CLASS_SITE,
                                           SCIM_SYNC_TASK_CLASS_GUARD,  NULL };
    const scim_sync_error_t *error;
    apr_int64_t status;

    filter->site = scim_sync_admin_asked(q, "site");
    filter->idp = scim_sync_admin_asked(q, "idp");
    filter->subject = scim_sync_admin_asked(q, "subject");
    if ((error = scim_sync_admin_task_state(q, &filter->state)) ||
        (error = scim_sync_admin_word(q, "kind", kinds, &filter->kind)) ||
        (error = scim_sync_admin_word(q, "class", classes, &filter->class)) ||
        (error = scim_sync_query_number(&status, q->query, "status", 0, 999, -1, q->p))) {
        return error;
    }
    filter->status = (int)status;
    return NULL;
}

/* By whose guard, and which of its counts: all of it, since it is found by all of it. */
static const scim_sync_error_t *read_guard(scim_sync_admin_t *q, scim_sync_task_filter_t *filter)
{
    const scim_sync_error_t *error = scim_sync_admin_guard_kind(q, "guard", &filter->guard);

    filter->guard_idp = scim_sync_admin_asked(q, "guardIdp");
    if (!error && (!filter->guard != !filter->guard_idp || (filter->guard && !filter->site))) {
        error = scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                "guard, guardIdp and site go together: say all of them.");
    }
    return error;
}

/* ---- GET ---- */

static apr_status_t list_tasks(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;

    return scim_sync_task_list(db, &a->page, &a->filter, a->id, a->limit, p);
}

static int answer_list(scim_sync_admin_t *q)
{
    ask_t a = { .q = q };
    const scim_sync_error_t *error;
    json_t *tasks;
    int i;

    if ((error = read_filter(q, &a.filter)) || (error = read_guard(q, &a.filter)) ||
        (error = scim_sync_admin_limit(q, &a.limit)) ||
        (error = scim_sync_query_number(&a.id, q->query, "after", 0, APR_INT64_MAX, 0, q->p))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, list_tasks, &a)) {
        return OK;
    }
    tasks = json_array();
    for (i = 0; i < a.page->nelts; i++) {
        json_array_append_new(
            tasks, scim_sync_admin_task(APR_ARRAY_IDX(a.page, i, scim_sync_task_t *), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "tasks", tasks), q->p));
}

/* ---- one ---- */

static apr_status_t absent(const ask_t *a)
{
    return scim_sync_admin_rollback(a->q, HTTP_NOT_FOUND, "There is no task %s.", a->q->name);
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv = scim_sync_task_load(db, &a->found, a->id, p);

    return rv == APR_SUCCESS && !a->found ? absent(a) : rv;
}

/*
 * What a decision about it is about: what is held or was discarded, by ids; or why it has failed.
 * That it is looked at anew, or tried again, is not.
 */
static scim_sync_admin_version_t version_of(const scim_sync_task_t *t, apr_pool_t *p)
{
    const char *parts[] = { t->guard, t->guard_idp, t->spared,
                            t->takes, t->discarded, t->guard || t->discarded ? NULL : t->detail };
    const char *text = "";
    apr_size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        text = apr_pstrcat(p, text, parts[i] ? parts[i] : "", "\n", NULL);
    }
    return scim_sync_admin_version_of_text(t->created, text, p);
}

/*
 * The same, for a change that may say which version it is about: then no turn of its site changes
 * it any more.
 */
static apr_status_t load_meant(scim_sync_db_t *db, ask_t *a, apr_pool_t *p)
{
    apr_status_t rv = load(db, a, p);
    scim_sync_admin_version_t version;

    if (rv != APR_SUCCESS || !scim_sync_admin_is_conditional(a->q)) {
        return rv;
    }
    if ((rv = scim_sync_lease_hold(db, a->found->site, p)) != APR_SUCCESS ||
        (rv = load(db, a, p)) != APR_SUCCESS) {
        return rv;
    }
    version = version_of(a->found, p);
    return scim_sync_admin_expect(a->q, &version);
}

/* One task; of a portal's with who is in its queue. */
static apr_status_t load_whole(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv = load(db, a, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    a->whole = scim_sync_json_own(scim_sync_admin_task(a->found, p), p);
    return strcmp(a->found->kind, SCIM_SYNC_TASK_PORTAL)
               ? APR_SUCCESS
               : scim_sync_admin_queue(db, a->whole, a->found, p);
}

static int answer_one(scim_sync_admin_t *q, apr_int64_t id)
{
    ask_t a = { .q = q, .id = id };

    if (scim_sync_admin_read(q, load_whole, &a)) {
        return OK;
    }
    scim_sync_admin_tag(q, version_of(a.found, q->p));
    return scim_sync_admin_answer(q, HTTP_OK, a.whole);
}

apr_status_t scim_sync_admin_tell_task(scim_sync_db_t *db, const scim_sync_admin_t *q,
                                       const char *kind, const scim_sync_task_t *task,
                                       const char *detail, apr_pool_t *p)
{
    const scim_sync_event_t event = {
        .kind = kind,
        .idp = *task->idp ? task->idp : NULL,
        .site = task->site,
        .subject = task->subject,
        .name = task->name,
        .detail = detail,
        .about = task->kind,
    };

    return scim_sync_admin_tell(db, q, event, p);
}

const char *scim_sync_admin_discarded(const scim_sync_admin_t *q, apr_pool_t *p)
{
    return apr_psprintf(p, "discarded by %s on %s",
                        scim_sync_excerpt(strchr(q->actor, ':') + 1, WHO_BYTES, p),
                        scim_sync_time_text(scim_sync_now(), p));
}

/* With the words that the task had before. */
static apr_status_t tell(scim_sync_db_t *db, const ask_t *a, const char *kind, apr_pool_t *p)
{
    return scim_sync_admin_tell_task(db, a->q, kind, a->found, a->found->detail, p);
}

/* Decided: the guard may hold nothing any more. */
static apr_status_t settle(scim_sync_db_t *db, const ask_t *a, apr_pool_t *p)
{
    return scim_sync_guard_settle(db, a->found->site, a->q->actor, p);
}

/* Also of one whose task was discarded. */
static apr_status_t retry_portal(scim_sync_db_t *db, const char *site, const char *portal,
                                 apr_pool_t *p)
{
    apr_status_t rv = scim_sync_task_add_portal(db, site, portal, p);
    int count;

    return rv == APR_SUCCESS ? scim_sync_task_retry_subject(db, site, portal, &count, p) : rv;
}

/*
 * Of portals in whose queue a customer is, or whose answer about the customer is not known: the
 * person's own task can do nothing about it.
 */
static apr_status_t retry_portals(scim_sync_db_t *db, const scim_sync_task_t *task, apr_pool_t *p)
{
    apr_array_header_t *portals;
    apr_status_t rv = scim_sync_portal_awaited_by(db, &portals, task->site, task->subject, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < portals->nelts; i++) {
        rv = retry_portal(db, task->site, APR_ARRAY_IDX(portals, i, const char *), p);
    }
    return rv;
}

static apr_status_t retry(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv;
    int found;

    if ((rv = load_meant(db, a, p)) != APR_SUCCESS ||
        (rv = scim_sync_task_retry(db, a->id, &found, p)) != APR_SUCCESS ||
        (rv = retry_portals(db, a->found, p)) != APR_SUCCESS) {
        return rv;
    }
    return found ? tell(db, a, "task.retried", p) : absent(a);
}

static apr_status_t discard(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv;
    int found;

    if ((rv = load_meant(db, a, p)) != APR_SUCCESS ||
        (rv = scim_sync_task_discard(db, a->id, scim_sync_admin_discarded(a->q, p), &found, p)) !=
            APR_SUCCESS) {
        return rv;
    }
    if (!found) {
        return scim_sync_admin_rollback(a->q, HTTP_CONFLICT,
                                        "Task %s is neither failed nor held: only what waits for a "
                                        "person can be discarded.",
                                        a->q->name);
    }
    rv = tell(db, a, "task.discarded", p);
    return rv == APR_SUCCESS ? settle(db, a, p) : rv;
}

static apr_status_t release(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_status_t rv;
    int found;

    if ((rv = load_meant(db, a, p)) != APR_SUCCESS ||
        (rv = scim_sync_task_release(db, a->id, &found, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!found) {
        return scim_sync_admin_rollback(a->q, HTTP_CONFLICT,
                                        "Task %s is neither held nor discarded: there is nothing "
                                        "to release.",
                                        a->q->name);
    }
    rv = tell(db, a, "task.released", p);
    return rv == APR_SUCCESS ? settle(db, a, p) : rv;
}

static int change_one(scim_sync_admin_t *q, scim_sync_unit_t *unit, apr_int64_t id)
{
    static const char *const nothing[] = { NULL };
    const scim_sync_error_t *error = scim_sync_admin_only(q, nothing);
    ask_t a = { .q = q, .id = id };

    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    return scim_sync_admin_changed(q, unit, &a)
               ? OK
               : scim_sync_answer(q->r, HTTP_NO_CONTENT, NULL, NULL);
}

/* ---- many ---- */

static apr_status_t tell_retried(scim_sync_db_t *db, const ask_t *a, const char *site, int count,
                                 apr_pool_t *p)
{
    return scim_sync_admin_event(db, a->q, "task.retried", a->filter.idp, site,
                                 scim_sync_count_text(count, "task", "tasks", p), p);
}

/* Of one subject; *count is how many tasks there were: one at most. */
static apr_status_t retry_own(scim_sync_db_t *db, ask_t *a, const char *site, const char *subject,
                              int *count, apr_pool_t *p)
{
    const scim_sync_task_filter_t filter = { .site = site, .subject = subject, .status = -1 };
    apr_array_header_t *tasks;
    apr_status_t rv;
    int i;

    if ((rv = scim_sync_task_list(db, &tasks, &filter, 0, 1, p)) != APR_SUCCESS ||
        (rv = scim_sync_task_retry_subject(db, site, subject, count, p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && *count > 0 && i < tasks->nelts; i++) {
        const scim_sync_task_t *task = APR_ARRAY_IDX(tasks, i, scim_sync_task_t *);

        rv = scim_sync_admin_tell_task(db, a->q, "task.retried", task, task->detail, p);
    }
    apr_array_cat(a->retried, tasks);
    return rv;
}

/*
 * Of somebody who is left alone there is no task: who asks for this one by name is given one. What
 * is in portals' queues for a customer is retried with the portals.
 */
static apr_status_t retry_subject(scim_sync_db_t *db, ask_t *a, const char *site, int *count,
                                  apr_pool_t *p)
{
    const char *subject = a->filter.subject;
    apr_status_t rv = retry_own(db, a, site, subject, count, p);
    apr_array_header_t *portals;
    int more;
    int i;

    if (rv == APR_SUCCESS && *count == 0) {
        rv = scim_sync_task_add_missing(db, site, subject, count, p);
        if (rv == APR_SUCCESS && *count > 0) {
            rv = tell_retried(db, a, site, *count, p);
        }
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_portal_awaited_by(db, &portals, site, subject, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < portals->nelts; i++) {
        const char *portal = APR_ARRAY_IDX(portals, i, const char *);

        rv = retry_own(db, a, site, portal, &more, p);
        if (rv == APR_SUCCESS && more == 0) {
            rv = retry_portal(db, site, portal, p);
        }
        *count += rv == APR_SUCCESS;
    }
    return rv;
}

/* By site: so it is found there, and no turn of that site changes these tasks meanwhile. */
static apr_status_t retry_at(scim_sync_db_t *db, ask_t *a, const char *site, apr_pool_t *p)
{
    scim_sync_task_filter_t filter = a->filter;
    apr_status_t rv;
    int count = 0;

    filter.site = site;
    if ((rv = scim_sync_lease_hold(db, site, p)) != APR_SUCCESS) {
        return rv;
    }
    if (a->retried) {
        rv = retry_subject(db, a, site, &count, p);
    }
    else if ((rv = scim_sync_task_retry_all(db, &filter, &count, p)) == APR_SUCCESS && count > 0) {
        rv = tell_retried(db, a, site, count, p);
    }
    a->count += count;
    return rv;
}

static apr_status_t retry_many(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_array_header_t *sites;
    apr_status_t rv = scim_sync_site_list(db, &sites, p);
    int i;

    a->count = 0;
    if (a->retried) {
        apr_array_clear(a->retried);
    }
    for (i = 0; rv == APR_SUCCESS && i < sites->nelts; i++) {
        const char *site = APR_ARRAY_IDX(sites, i, scim_sync_site_t *)->name;

        if (!a->filter.site || !strcmp(a->filter.site, site)) {
            rv = retry_at(db, a, site, p);
        }
    }
    return rv;
}

/* What a retry of one subject does to its task. */
static const char *effect_of(const scim_sync_task_t *task, apr_pool_t *p)
{
    if (!strcmp(task->state, SCIM_SYNC_TASK_DISCARDED)) {
        return apr_psprintf(p,
                            "it is looked at anew, and what was discarded stays as it is: only "
                            "POST tasks/%" APR_INT64_T_FMT "/retry takes it after all",
                            task->id);
    }
    if (!strcmp(task->state, SCIM_SYNC_TASK_HELD)) {
        return "it is looked at anew, and held as long as the guard holds it: release or discard "
               "it";
    }
    if (!strcmp(task->state, SCIM_SYNC_TASK_PLANNED)) {
        return "it is planned anew: nothing is done before its identity provider is live";
    }
    if (!strcmp(task->kind, SCIM_SYNC_TASK_PORTAL)) {
        return "what is queued for this portal, of all people, is tried now";
    }
    return task->class && !strcmp(task->class, SCIM_SYNC_TASK_CLASS_WAIT)
               ? "it is tried now, and waits again if its reason lasts: a grace period does not "
                 "end sooner"
               : "it is tried now, or when its identity provider is paused no longer";
}

static json_t *retried_json(const ask_t *a)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < a->retried->nelts; i++) {
        const scim_sync_task_t *task = APR_ARRAY_IDX(a->retried, i, scim_sync_task_t *);

        json_array_append_new(list,
                              json_pack("{s:I, s:s, s:s, s:s?, s:s}", "id", (json_int_t)task->id,
                                        "site", task->site, "was", task->state, "detail",
                                        task->detail, "effect", effect_of(task, a->q->p)));
    }
    return list;
}

static int post_retry(scim_sync_admin_t *q)
{
    static const char *const nothing[] = { NULL };
    ask_t a = { .q = q, .filter = { .state = SCIM_SYNC_TASK_FAILED } };
    const scim_sync_error_t *error;
    json_t *answer;

    if ((error = scim_sync_admin_only(q, nothing)) || (error = read_filter(q, &a.filter))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (a.filter.subject && !a.filter.idp && !a.filter.kind && !a.filter.class &&
        a.filter.status < 0 && !scim_sync_admin_asked(q, "state")) {
        a.retried = apr_array_make(q->p, 1, sizeof(scim_sync_task_t *));
    }
    if (scim_sync_admin_changed(q, retry_many, &a)) {
        return OK;
    }
    answer = scim_sync_json_own(json_pack("{s:i}", "retried", a.count), q->p);
    if (a.retried && a.retried->nelts > 0) {
        json_object_set_new(answer, "tasks", retried_json(&a));
    }
    return scim_sync_admin_answer(q, HTTP_OK, answer);
}

/* ---- the address ---- */

static int serve_one(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);
    char *end;
    apr_int64_t id = apr_strtoi64(q->name, &end, 10);

    int releases = q->part && !strcmp(q->part, "release");

    if (*end || q->item || (q->part && !releases && strcmp(q->part, "retry"))) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (q->part) {
        return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "POST")
                                      : change_one(q, releases ? release : retry, id);
    }
    if (!strcmp(method, "GET")) {
        return answer_one(q, id);
    }
    return strcmp(method, "DELETE") ? scim_sync_answer_method(q->r, "GET, HEAD, DELETE")
                                    : change_one(q, discard, id);
}

int scim_sync_admin_tasks(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);

    if (!q->name) {
        return strcmp(method, "GET") ? scim_sync_answer_method(q->r, "GET, HEAD") : answer_list(q);
    }
    if (!strcmp(q->name, "retry") && !q->part) {
        return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "POST") : post_retry(q);
    }
    if (!strcmp(q->name, "reasons") && !q->part) {
        return strcmp(method, "GET") ? scim_sync_answer_method(q->r, "GET, HEAD")
                                     : scim_sync_admin_reasons(q);
    }
    return serve_one(q);
}

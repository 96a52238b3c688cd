/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/status: where we stand.
 */
#include "mod_scim_sync_version.h"

#include "base/json.h"
#include "http/admin.h"
#include "http/admin_expiry.h"
#include "store/google.h"
#include "store/google_schedule.h"
#include "store/limits.h"
#include "store/status.h"
#include "sync/google_schedule.h"

typedef struct {
    int counted; /* status was asked for */
    scim_sync_status_t status;
    json_t *expiries;
    apr_array_header_t *paused; /* scim_sync_paused_t */
    apr_array_header_t *lost;   /* scim_sync_google_idp_t * */
    apr_array_header_t *whens;  /* scim_sync_google_when_t * */
} found_t;

static apr_status_t load_status(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    found_t *found = baton;
    apr_status_t rv = found->counted ? scim_sync_status_load(db, &found->status, p) : APR_SUCCESS;

    if (rv == APR_SUCCESS) {
        rv = scim_sync_admin_load_expiries(db, &found->expiries, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_limits_paused(db, &found->paused, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_google_list_lost(db, &found->lost, p);
    }
    return rv == APR_SUCCESS ? scim_sync_google_when(db, &found->whens, NULL, p) : rv;
}

static json_t *lost_json(const apr_array_header_t *lost, apr_pool_t *p)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < lost->nelts; i++) {
        const scim_sync_google_idp_t *one = APR_ARRAY_IDX(lost, i, scim_sync_google_idp_t *);

        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:s?}", "idp", one->idp, "since",
                                        scim_sync_admin_time(one->since, p), "why", one->reason));
    }
    return list;
}

static json_t *pull_json(const scim_sync_google_when_t *when, apr_pool_t *p)
{
    scim_sync_google_next_t next;

    scim_sync_google_schedule_next(&next, when, p);
    return json_pack(
        "{s:s, s:o, s:i, s:s?, s:o, s:s?, s:o, s:s?}", "idp", when->idp, "doneAt",
        scim_sync_admin_time(when->done_ended, p), "missed", when->missed, "last", when->last_state,
        "lastAt", scim_sync_admin_time(when->last_ended ? when->last_ended : when->last_asked, p),
        "detail", when->last_detail, "next", scim_sync_admin_time(next.at, p), "why", next.why);
}

static json_t *pulls_json(const apr_array_header_t *whens, apr_pool_t *p)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < whens->nelts; i++) {
        json_array_append_new(list,
                              pull_json(APR_ARRAY_IDX(whens, i, scim_sync_google_when_t *), p));
    }
    return list;
}

static json_t *paused_json(const apr_array_header_t *paused, apr_pool_t *p)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < paused->nelts; i++) {
        const scim_sync_paused_t *one = &APR_ARRAY_IDX(paused, i, scim_sync_paused_t);

        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:s?}", "site", one->site, "until",
                                        scim_sync_admin_time(one->until, p), "why", one->why));
    }
    return list;
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
        "{s:s, s:o, s:o, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:{s:o}, s:{s:o, s:o, s:o, s:o, "
        "s:o}}",
        "version", SCIM_SYNC_VERSION, "told",
        counts(s->told_users, "users", s->told_groups, s->told_members), "wanted",
        counts(s->wanted_accounts, "accounts", s->wanted_groups, s->wanted_members), "held",
        counts(s->held_accounts, "accounts", s->held_groups, s->held_members), "tasks", "waiting",
        (json_int_t)s->tasks_waiting, "failed", (json_int_t)s->tasks_failed, "held",
        (json_int_t)s->tasks_held, "discarded", (json_int_t)s->tasks_discarded, "planned",
        (json_int_t)s->tasks_planned, "oldestAgeSeconds", (json_int_t)(s->oldest_ms / 1000),
        "provisioner", "pid", pid ? json_integer(pid) : json_null(), "counters", "requests",
        counter(shared, SCIM_SYNC_COUNT_REQUESTS), "requestsRefused",
        counter(shared, SCIM_SYNC_COUNT_REFUSED), "requestsFailed",
        counter(shared, SCIM_SYNC_COUNT_FAILED), "jiraCalls",
        counter(shared, SCIM_SYNC_COUNT_CALLS), "tasksWorked",
        counter(shared, SCIM_SYNC_COUNT_TASKS));
}

/* What is counted takes the longer the more there is. */
static void take_counts_out(json_t *status)
{
    static const char *const names[] = { "told", "wanted", "held", "tasks" };
    apr_size_t i;

    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        json_object_set_new(status, names[i], json_null());
    }
}

int scim_sync_admin_status(scim_sync_admin_t *q)
{
    const char *counts = scim_sync_admin_asked(q, "counts");
    found_t found = { .counted = !counts || strcmp(counts, "false") };
    json_t *status;

    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if (counts && found.counted && strcmp(counts, "true")) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST, "counts must be true or false.");
    }
    if (scim_sync_admin_read(q, load_status, &found)) {
        return OK;
    }
    status = scim_sync_json_own(status_json(&found.status, q->runtime->shared), q->p);
    if (!found.counted) {
        take_counts_out(status);
    }
    json_object_set(status, "tokens", found.expiries);
    json_object_set_new(status, "paused", paused_json(found.paused, q->p));
    json_object_set_new(status, "reconnect", lost_json(found.lost, q->p));
    json_object_set_new(status, "pulls", pulls_json(found.whens, q->p));
    return scim_sync_admin_answer(q, HTTP_OK, status);
}

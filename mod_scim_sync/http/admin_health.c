/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/health: the database and the hosts; api/health/series: what they did lately.
 */
#include "base/json.h"
#include "base/text.h"
#include "http/admin.h"
#include "jira/limiter.h"
#include "store/health.h"
#include "store/lease.h"
#include "store/limits.h"

#define HOURS 24
/* What the lease of a site is called before its name. */
#define SITE "site:"
/* Calls in flight that a limiter which is only looked at may have: any number. */
#define ANY_WINDOW 1000

typedef struct {
    apr_array_header_t *nodes;  /* scim_sync_node_t */
    apr_array_header_t *leases; /* scim_sync_lease_t */
    apr_array_header_t *limits; /* scim_sync_limits_row_t */
    apr_array_header_t *steps;
    apr_int64_t hours;
    const char *kind;   /* of the database */
    apr_time_t latency; /* of a question to it (microseconds) */
} ask_t;

static json_t *milliseconds(apr_int64_t us)
{
    return json_real((double)us / 1000);
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    apr_time_t begun = scim_sync_clock();
    apr_status_t rv = scim_sync_node_list(db, &a->nodes, p);

    a->latency = scim_sync_clock() - begun;
    a->kind = scim_sync_db_dialect(db);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_lease_list(db, &a->leases, p);
    }
    return rv == APR_SUCCESS ? scim_sync_limits_list(db, &a->limits, p) : rv;
}

/* The sites that a node works on, by its leases. */
static json_t *works_on(const scim_sync_node_t *node, const apr_array_header_t *leases)
{
    apr_size_t length = strlen(node->host);
    json_t *sites = json_array();
    int i;

    for (i = 0; i < leases->nelts; i++) {
        const scim_sync_lease_t *lease = &APR_ARRAY_IDX(leases, i, scim_sync_lease_t);

        if (!strncmp(lease->name, SITE, strlen(SITE)) &&
            !strncmp(lease->owner, node->host, length) && lease->owner[length] == '/') {
            json_array_append_new(sites, json_string(lease->name + strlen(SITE)));
        }
    }
    return sites;
}

static json_t *node_json(const scim_sync_admin_t *q, const scim_sync_node_t *node,
                         const apr_array_header_t *leases)
{
    return json_pack("{s:s, s:s, s:b, s:s, s:o, s:o, s:o, s:o}", "id", node->host, "host",
                     node->name, "this", !strcmp(node->host, q->runtime->host), "version",
                     node->version, "firstSeenAt", scim_sync_admin_time(node->begun, q->p),
                     "lastSeenAt", scim_sync_admin_time(node->seen, q->p), "writeMs",
                     node->wrote ? milliseconds(node->wrote) : json_null(), "sites",
                     works_on(node, leases));
}

static json_t *slow_json(const scim_sync_limiter_view_t *view, apr_pool_t *p)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < view->slow->nelts; i++) {
        const scim_sync_limiter_slow_t *slow =
            &APR_ARRAY_IDX(view->slow, i, scim_sync_limiter_slow_t);

        json_array_append_new(
            list,
            json_pack("{s:s, s:f, s:f, s:o}", "call", slow->endpoint, "perSecond", slow->rate,
                      "documented", slow->documented, "until",
                      slow->shut
                          ? scim_sync_admin_time(scim_sync_now() + apr_time_as_msec(slow->shut), p)
                          : json_null()));
    }
    return list;
}

/* What can't be read is as good as nothing, as it is to who works on the site. */
static json_t *limits_json(const scim_sync_limits_row_t *row, apr_pool_t *p)
{
    apr_time_t now = scim_sync_clock();
    scim_sync_limiter_t *limiter = scim_sync_limiter_make(ANY_WINDOW, now, p);
    scim_sync_limiter_view_t view;

    scim_sync_limiter_load(limiter, row->state, apr_time_from_msec(row->age), now, p);
    scim_sync_limiter_look(&view, limiter, now, p);
    return json_pack("{s:s, s:i, s:o, s:o, s:o, s:s?, s:o}", "site", row->site, "parallel",
                     view.window, "perSecond", view.rate > 0 ? json_real(view.rate) : json_null(),
                     "slowed", slow_json(&view, p), "until", scim_sync_admin_time(row->paused, p),
                     "why", row->paused ? row->why : NULL, "asOf",
                     scim_sync_admin_time(row->changed, p));
}

static int answer_now(scim_sync_admin_t *q)
{
    ask_t a = { .nodes = NULL };
    json_t *nodes;
    json_t *limits;
    int i;

    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    nodes = json_array();
    for (i = 0; i < a.nodes->nelts; i++) {
        json_array_append_new(nodes,
                              node_json(q, &APR_ARRAY_IDX(a.nodes, i, scim_sync_node_t), a.leases));
    }
    limits = json_array();
    for (i = 0; i < a.limits->nelts; i++) {
        json_array_append_new(
            limits, limits_json(&APR_ARRAY_IDX(a.limits, i, scim_sync_limits_row_t), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:{s:s, s:o}, s:o, s:o}",
                                                               "database", "kind", a.kind,
                                                               "latencyMs", milliseconds(a.latency),
                                                               "nodes", nodes, "limits", limits),
                                                     q->p));
}

static apr_status_t load_series(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;

    return scim_sync_health_series(db, &a->steps, (int)a->hours, p);
}

static json_t *step_json(const scim_sync_admin_t *q, const scim_sync_health_t *step)
{
    json_t *mean = step->requests ? milliseconds(step->busy / step->requests) : json_null();
    json_t *longest = step->requests ? milliseconds(step->longest) : json_null();

    return json_pack("{s:o, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:I}", "at",
                     scim_sync_admin_time(step->at, q->p), "requests", (json_int_t)step->requests,
                     "requestsRefused", (json_int_t)step->refused, "requestsFailed",
                     (json_int_t)step->failed, "meanMs", mean, "longestMs", longest, "tasksWorked",
                     (json_int_t)step->tasks, "jiraCalls", (json_int_t)step->calls, "jiraLimited",
                     (json_int_t)step->limited);
}

static int answer_series(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;
    ask_t a = { .steps = NULL };
    json_t *steps;
    int i;

    if ((error = scim_sync_query_number(&a.hours, q->query, "hours", 1, SCIM_SYNC_HEALTH_HOURS,
                                        HOURS, q->p))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load_series, &a)) {
        return OK;
    }
    steps = json_array();
    for (i = 0; i < a.steps->nelts; i++) {
        json_array_append_new(steps, step_json(q, &APR_ARRAY_IDX(a.steps, i, scim_sync_health_t)));
    }
    return scim_sync_admin_answer(
        q, HTTP_OK,
        scim_sync_json_own(json_pack("{s:I, s:o}", "stepSeconds",
                                     (json_int_t)(SCIM_SYNC_HEALTH_STEP_MS / 1000), "series",
                                     steps),
                           q->p));
}

int scim_sync_admin_health(scim_sync_admin_t *q)
{
    if (q->part || (q->name && strcmp(q->name, "series"))) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    return q->name ? answer_series(q) : answer_now(q);
}

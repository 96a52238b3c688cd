/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SetHandler scim-sync: /{idp}/Users, /{idp}/Groups and discovery, below any <Location>.
 */
#include <apr_strings.h>
#include <http_protocol.h>
#include <http_request.h>

#include "base/text.h"
#include "http/gate.h"
#include "http/record.h"
#include "http/scim.h"
#include "http/scim_v1.h"
#include "scim/discovery.h"
#include "scim/v1.h"

#define SEARCH ".search"

typedef struct {
    const char *endpoint;
    int (*serve)(scim_sync_scim_t *q, const char *rest);
} route_t;

static scim_sync_limits_t limits(const scim_sync_scim_t *q)
{
    return (scim_sync_limits_t) { .max_results = (int)q->settings.page_size,
                                  .max_operations = (int)q->settings.max_operations,
                                  .max_body = q->settings.max_body,
                                  .cursor_timeout = (int)q->settings.cursor_timeout };
}

static int answer_discovery(scim_sync_scim_t *q, json_t *body)
{
    if (!body) {
        return scim_sync_answer_error(q->r, scim_sync_error(q->p, HTTP_NOT_FOUND, NULL,
                                                            "There is nothing of that name."));
    }
    return scim_sync_answer(q->r, HTTP_OK, SCIM_SYNC_TYPE_SCIM, body);
}

static int serve_config(scim_sync_scim_t *q, const char *rest)
{
    scim_sync_limits_t l = limits(q);

    return answer_discovery(q, rest ? NULL : scim_sync_discovery_config(&l, q->base, q->p));
}

static int serve_resource_types(scim_sync_scim_t *q, const char *rest)
{
    return answer_discovery(q, scim_sync_discovery_resource_types(rest, q->base, q->p));
}

static int serve_schemas(scim_sync_scim_t *q, const char *rest)
{
    return answer_discovery(q, scim_sync_discovery_schemas(rest, q->base, q->p));
}

static int serve_v1_schemas(scim_sync_scim_t *q, const char *rest)
{
    return answer_discovery(q, scim_sync_v1_schemas(rest, q->base, q->p));
}

static int not_implemented(scim_sync_scim_t *q, const char *rest)
{
    (void)rest;
    return scim_sync_answer_error(q->r, scim_sync_error(q->p, HTTP_NOT_IMPLEMENTED, NULL,
                                                        "This server does not support it."));
}

static int serve_root(scim_sync_scim_t *q, const char *rest)
{
    (void)rest;
    return !strcmp(scim_sync_method(q->r), "GET") ? scim_sync_scim_list(q, NULL)
                                                  : scim_sync_answer_method(q->r, "GET, HEAD");
}

/* What the query says is no matter of a search: it has its words in the body. */
static int serve_search(scim_sync_scim_t *q, const scim_sync_type_t *type)
{
    return !strcmp(q->r->method, "POST") ? scim_sync_scim_search(q, type)
                                         : scim_sync_answer_method(q->r, "POST");
}

static int serve_search_of_all(scim_sync_scim_t *q, const char *rest)
{
    return rest ? answer_discovery(q, NULL) : serve_search(q, NULL);
}

static int serve_one(scim_sync_scim_t *q)
{
    if (!strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_scim_get(q);
    }
    if (!strcmp(q->r->method, "PUT")) {
        return scim_sync_scim_put(q);
    }
    if (!strcmp(q->r->method, "PATCH")) {
        return scim_sync_scim_patch(q);
    }
    if (!strcmp(q->r->method, "DELETE")) {
        return scim_sync_scim_delete(q);
    }
    return scim_sync_answer_method(q->r, "GET, HEAD, PUT, PATCH, DELETE");
}

static int serve_resources(scim_sync_scim_t *q, scim_sync_type_t type, const char *rest)
{
    const scim_sync_error_t *error;

    if (rest && !strcasecmp(rest, SEARCH) && !q->settings.is_v1) {
        return serve_search(q, &type);
    }
    q->type = type;
    q->id = rest;
    error = scim_sync_projection_read(&q->projection, type, apr_table_get(q->query, "attributes"),
                                      apr_table_get(q->query, "excludedAttributes"), q->p);
    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    if (rest) {
        return serve_one(q);
    }
    if (!strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_scim_list(q, &type);
    }
    if (!strcmp(q->r->method, "POST")) {
        return scim_sync_scim_post(q);
    }
    return scim_sync_answer_method(q->r, "GET, HEAD, POST");
}

static int serve_users(scim_sync_scim_t *q, const char *rest)
{
    return serve_resources(q, SCIM_SYNC_USER, rest);
}

static int serve_groups(scim_sync_scim_t *q, const char *rest)
{
    return serve_resources(q, SCIM_SYNC_GROUP, rest);
}

static int serve_bulk(scim_sync_scim_t *q, const char *rest)
{
    if (rest) {
        return answer_discovery(q, NULL);
    }
    return !strcmp(q->r->method, "POST") ? scim_sync_scim_bulk(q)
                                         : scim_sync_answer_method(q->r, "POST");
}

static const route_t routes[] = {
    { "", serve_root },
    { "Users", serve_users },
    { "Groups", serve_groups },
    { "ServiceProviderConfig", serve_config },
    { "ResourceTypes", serve_resource_types },
    { "Schemas", serve_schemas },
    { "Me", not_implemented },
    { "Bulk", serve_bulk },
    { SEARCH, serve_search_of_all },
    { NULL },
};

/* OneLogin tries a connection by a GET of the base URL. */
static const route_t v1_routes[] = {
    { "", serve_config },
    { "Users", serve_users },
    { "Groups", serve_groups },
    { "ServiceProviderConfigs", serve_config },
    { "Schemas", serve_v1_schemas },
    { "Bulk", not_implemented },
    { NULL },
};

static const route_t *route_of(const scim_sync_scim_t *q, const char *endpoint)
{
    const route_t *route = q->settings.is_v1 ? v1_routes : routes;

    while (route->endpoint && strcasecmp(route->endpoint, endpoint)) {
        route++;
    }
    return route->endpoint ? route : NULL;
}

static int is_discovery(const route_t *route)
{
    return route->serve == serve_config || route->serve == serve_resource_types ||
           route->serve == serve_schemas || route->serve == serve_v1_schemas;
}

static const scim_sync_error_t *no_endpoint(const scim_sync_scim_t *q)
{
    const char *which = q->settings.is_v1
                            ? "/Users, /Groups, /ServiceProviderConfigs and /Schemas are"
                            : "/Users, /Groups, /Bulk, /.search, /ServiceProviderConfig, "
                              "/ResourceTypes and /Schemas are";

    return scim_sync_error(q->p, HTTP_NOT_FOUND, NULL, "There is no such endpoint; %s.", which);
}

static int serve(scim_sync_scim_t *q, scim_sync_segments_t *segments)
{
    const scim_sync_error_t *error;
    const route_t *route;

    if (q->settings.is_v1 && (error = scim_sync_scim_v1_request(q->r, segments))) {
        return scim_sync_answer_error(q->r, error);
    }
    route = route_of(q, segments->count > 1 ? segments->at[1] : "");
    if (!route || segments->count > 3) {
        return scim_sync_answer_error(q->r, no_endpoint(q));
    }
    if (is_discovery(route) && strcmp(scim_sync_method(q->r), "GET")) {
        return scim_sync_answer_method(q->r, "GET, HEAD");
    }
    if ((error = scim_sync_query(&q->query, NULL, q->r))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (is_discovery(route) && apr_table_get(q->query, "filter")) {
        return scim_sync_answer_error(
            q->r, scim_sync_error(q->p, HTTP_FORBIDDEN, NULL,
                                  "What this server is can't be filtered (RFC 7644 section 4)."));
    }
    return route->serve(q, segments->at[2]);
}

static const scim_sync_error_t *find_mount(const scim_sync_mount_t **mount, request_rec *r)
{
    *mount = scim_sync_mount_of(r, SCIM_SYNC_HANDLER_SCIM, r->uri);
    return *mount ? NULL
                  : scim_sync_error(r->pool, HTTP_INTERNAL_SERVER_ERROR, NULL,
                                    "SetHandler scim-sync must stand in a <Location> of this "
                                    "virtual host.");
}

static void count(const scim_sync_scim_t *q, apr_time_t took)
{
    scim_sync_shared_t *shared = q->runtime->shared;

    scim_sync_shared_count(shared, SCIM_SYNC_COUNT_REQUESTS);
    scim_sync_shared_took(shared, (apr_uint64_t)took);
    if (q->r->status >= 500) {
        scim_sync_shared_count(shared, SCIM_SYNC_COUNT_FAILED);
    }
    else if (q->r->status >= 400) {
        scim_sync_shared_count(shared, SCIM_SYNC_COUNT_REFUSED);
    }
}

int scim_sync_scim_handler(request_rec *r)
{
    scim_sync_scim_t q = { .r = r,
                           .p = r->pool,
                           .runtime = scim_sync_runtime(),
                           .if_match = apr_table_get(r->headers_in, "If-Match"),
                           .if_none_match = apr_table_get(r->headers_in, "If-None-Match") };
    const scim_sync_mount_t *mount;
    scim_sync_segments_t segments;
    const scim_sync_error_t *error;
    apr_time_t begun = scim_sync_clock();
    scim_sync_visit_t visit = { 0 };

    if (!r->handler || strcmp(r->handler, SCIM_SYNC_HANDLER_SCIM)) {
        return DECLINED;
    }
    scim_sync_hold_signals(r);
    if (!q.runtime) {
        return scim_sync_answer_off(r);
    }
    if (scim_sync_runtime_ready(q.runtime, q.p) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(r);
    }
    scim_sync_dir_settings(&q.settings, r);
    if (q.settings.is_recorded) {
        scim_sync_record_begin(r);
    }
    if ((error = find_mount(&mount, r)) || (error = scim_sync_segments(&segments, r, mount)) ||
        (error = scim_sync_gate_idp(&visit, q.runtime, r, segments.count ? segments.at[0] : ""))) {
        scim_sync_answer_error(r, error);
    }
    else {
        q.idp = visit.idp;
        q.base = scim_sync_url(r, apr_pstrcat(q.p, mount->path, "/", q.idp->name, NULL));
        serve(&q, &segments);
    }
    count(&q, scim_sync_clock() - begun);
    scim_sync_record_end(r, q.runtime, &visit);
    return OK;
}

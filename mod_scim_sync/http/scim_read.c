/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET of one resource, lists and searches (RFC 7644 sections 3.4.1 to 3.4.3, RFC 9865).
 */
#include "base/json.h"
#include "base/text.h"
#include "http/etag.h"
#include "http/scim.h"
#include "scim/discovery.h"
#include "store/member.h"

const scim_sync_error_t *scim_sync_scim_absent(const scim_sync_scim_t *q)
{
    return scim_sync_error(q->p, HTTP_NOT_FOUND, NULL, "There is no %s of this id.",
                           scim_sync_type_name(q->type));
}

static json_t *render(const scim_sync_scim_t *q, const scim_sync_resource_t *r,
                      const scim_sync_projection_t *projection)
{
    json_t *json = scim_sync_resource_render(r, q->base, q->p);

    scim_sync_projection_apply(projection, json);
    return json;
}

json_t *scim_sync_scim_render(scim_sync_scim_t *q, const scim_sync_resource_t *r)
{
    return render(q, r, q->projection);
}

/* The headers of an answer about one resource, also of one that leaves the resource out. */
static void set_headers(scim_sync_scim_t *q, const scim_sync_resource_t *r)
{
    const char *location = scim_sync_resource_location(r, q->base, q->p);

    apr_table_setn(q->r->headers_out, "Location", location);
    apr_table_setn(q->r->headers_out, "Content-Location", location);
    apr_table_setn(q->r->headers_out, "ETag", scim_sync_resource_version(r, q->p));
}

int scim_sync_scim_answer(scim_sync_scim_t *q, int status, const scim_sync_resource_t *r)
{
    set_headers(q, r);
    return scim_sync_answer(q->r, status, SCIM_SYNC_TYPE_SCIM, scim_sync_scim_render(q, r));
}

apr_status_t scim_sync_scim_load_groups(scim_sync_db_t *db, const scim_sync_scim_t *q,
                                        scim_sync_resource_t *r, apr_pool_t *p)
{
    apr_array_header_t *one = apr_array_make(p, 1, sizeof(scim_sync_resource_t *));

    APR_ARRAY_PUSH(one, scim_sync_resource_t *) = r;
    return scim_sync_resource_groups(db, q->idp->name, one, p);
}

/* Members, where the answer will hold them: they are not even read when it won't. */
static apr_status_t load_members(scim_sync_db_t *db, scim_sync_resource_t *r,
                                 const scim_sync_projection_t *projection, apr_pool_t *p)
{
    if (r->type != SCIM_SYNC_GROUP || !scim_sync_projection_wants(projection, "members")) {
        return APR_SUCCESS;
    }
    return scim_sync_member_list(db, &r->members, r->id, p);
}

/* ---- GET of one ---- */

typedef struct {
    scim_sync_scim_t *q;
    scim_sync_resource_t *found;
    const scim_sync_error_t *error; /* If-Match says no */
    int is_known;                   /* so says If-None-Match: the client has this version */
} get_t;

static apr_status_t get(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    get_t *g = baton;
    const scim_sync_scim_t *q = g->q;
    const char *known = apr_table_get(q->r->headers_in, "If-None-Match");
    const char *version;
    apr_status_t rv;

    rv = scim_sync_resource_load(db, &g->found, q->idp->name, q->type, q->id, 0, p);
    if (rv == APR_SUCCESS && g->found) {
        rv = scim_sync_scim_load_groups(db, q, g->found, p);
    }
    if (rv != APR_SUCCESS || !g->found) {
        return rv;
    }
    version = scim_sync_resource_version(g->found, p);
    g->error = scim_sync_etag_check(q->if_match, NULL, version, q->p);
    g->is_known = scim_sync_etag_matches(known, version, p);
    return g->error || g->is_known ? APR_SUCCESS : load_members(db, g->found, q->projection, p);
}

int scim_sync_scim_get(scim_sync_scim_t *q)
{
    get_t g = { .q = q };

    if (scim_sync_read(q->runtime->writer, get, &g, q->p) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(q->r);
    }
    if (!g.found) {
        return scim_sync_answer_error(q->r, scim_sync_scim_absent(q));
    }
    if (g.error) {
        return scim_sync_answer_error(q->r, g.error);
    }
    if (g.is_known) {
        set_headers(q, g.found);
        return scim_sync_answer(q->r, HTTP_NOT_MODIFIED, NULL, NULL);
    }
    return scim_sync_scim_answer(q, HTTP_OK, g.found);
}

/* ---- lists ---- */

typedef struct {
    scim_sync_scim_t *q;
    const scim_sync_listing_t *listing;
    scim_sync_select_t *select;
    scim_sync_page_t *page;
} list_t;

static const scim_sync_projection_t *projection_of(const list_t *l, scim_sync_type_t type)
{
    int i;

    for (i = 0; i < l->listing->count_parts; i++) {
        if (l->listing->parts[i].type == type) {
            return l->listing->parts[i].projection;
        }
    }
    return NULL;
}

static int wants_groups(const list_t *l)
{
    const scim_sync_projection_t *projection = projection_of(l, SCIM_SYNC_USER);

    return scim_sync_projection_wants(projection, "groups") ||
           scim_sync_projection_wants(projection, "meta");
}

static apr_status_t list(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    list_t *l = baton;
    const char *idp = l->q->idp->name;
    apr_status_t rv;
    int i;

    rv = scim_sync_resource_list(db, &l->page, idp, l->select, p);
    if (rv == APR_SUCCESS && wants_groups(l)) {
        rv = scim_sync_resource_groups(db, idp, l->page->resources, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < l->page->resources->nelts; i++) {
        scim_sync_resource_t *r = APR_ARRAY_IDX(l->page->resources, i, scim_sync_resource_t *);

        rv = load_members(db, r, projection_of(l, r->type), p);
    }
    return rv;
}

static const char *next_cursor(const list_t *l)
{
    apr_int64_t until = scim_sync_now() + l->q->settings.cursor_timeout * APR_INT64_C(1000);

    return l->page->next ? scim_sync_cursor_print(l->page->next, l->listing->digest,
                                                  l->listing->asked, until, l->q->p)
                         : NULL;
}

static int answer_list(const list_t *l)
{
    scim_sync_scim_t *q = l->q;
    json_t *resources = json_array();
    json_t *body;
    int i;

    for (i = 0; i < l->page->resources->nelts; i++) {
        const scim_sync_resource_t *r =
            APR_ARRAY_IDX(l->page->resources, i, scim_sync_resource_t *);

        json_array_append(resources, render(q, r, projection_of(l, r->type)));
    }
    body = scim_sync_list_response(resources, l->page->total,
                                   l->listing->by_cursor ? 0 : l->listing->start, q->p);
    scim_sync_json_put(body, "nextCursor", next_cursor(l));
    return scim_sync_answer(q->r, HTTP_OK, SCIM_SYNC_TYPE_SCIM, body);
}

static int serve_list(scim_sync_scim_t *q, const scim_sync_listing_t *listing)
{
    list_t l = { .q = q, .listing = listing };
    const scim_sync_error_t *error = scim_sync_select_make(&l.select, listing, q->base, q->p);

    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_read(q->runtime->writer, list, &l, q->p) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(q->r);
    }
    return answer_list(&l);
}

static scim_sync_listing_limits_t limits(const scim_sync_scim_t *q)
{
    return (scim_sync_listing_limits_t) { .page_size = (int)q->settings.page_size,
                                          .filter = (int)q->settings.max_filter,
                                          .filter_depth = (int)q->settings.max_filter_depth,
                                          .filter_looks = (int)q->settings.max_filter_looks };
}

int scim_sync_scim_list(scim_sync_scim_t *q, const scim_sync_type_t *type)
{
    const scim_sync_listing_limits_t l = limits(q);
    const scim_sync_listing_t *listing;
    const scim_sync_error_t *error = scim_sync_listing_of_query(&listing, type, q->query, &l, q->p);

    return error ? scim_sync_answer_error(q->r, error) : serve_list(q, listing);
}

int scim_sync_scim_search(scim_sync_scim_t *q, const scim_sync_type_t *type)
{
    const scim_sync_listing_limits_t l = limits(q);
    const scim_sync_listing_t *listing;
    const scim_sync_error_t *error;
    json_t *body;

    if ((error = scim_sync_body(&body, q->r, &q->settings)) ||
        (error = scim_sync_listing_of_search(&listing, type, body, &l, q->p))) {
        return scim_sync_answer_error(q->r, error);
    }
    return serve_list(q, listing);
}

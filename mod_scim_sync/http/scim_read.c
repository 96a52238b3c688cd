/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET of one resource and of lists (RFC 7644 sections 3.4.1 and 3.4.2).
 */
#include <apr_strings.h>

#include "base/json.h"
#include "http/scim.h"
#include "scim/discovery.h"
#include "store/member.h"

#define MAX_FILTER_DEPTH 32

const scim_sync_error_t *scim_sync_scim_absent(const scim_sync_scim_t *q)
{
    return scim_sync_error(q->p, HTTP_NOT_FOUND, NULL, "There is no %s of this id.",
                           scim_sync_type_name(q->type));
}

json_t *scim_sync_scim_render(scim_sync_scim_t *q, const scim_sync_resource_t *r)
{
    json_t *json = scim_sync_resource_render(r, q->base, q->p);

    scim_sync_projection_apply(q->projection, json);
    return json;
}

int scim_sync_scim_answer(scim_sync_scim_t *q, int status, const scim_sync_resource_t *r)
{
    const char *location = scim_sync_resource_location(r, q->base, q->p);

    apr_table_setn(q->r->headers_out, "Location", location);
    apr_table_setn(q->r->headers_out, "Content-Location", location);
    return scim_sync_answer(q->r, status, SCIM_SYNC_TYPE_SCIM, scim_sync_scim_render(q, r));
}

/* Members, where the answer will hold them: they are not even read when it won't. */
static apr_status_t load_members(scim_sync_db_t *db, const scim_sync_scim_t *q,
                                 scim_sync_resource_t *r, apr_pool_t *p)
{
    if (r->type != SCIM_SYNC_GROUP || !scim_sync_projection_wants(q->projection, "members")) {
        return APR_SUCCESS;
    }
    return scim_sync_member_list(db, &r->members, r->id, p);
}

typedef struct {
    scim_sync_scim_t *q;
    scim_sync_resource_t *found;
} get_t;

static apr_status_t get(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    get_t *g = baton;
    apr_status_t rv;

    rv = scim_sync_resource_load(db, &g->found, g->q->idp->name, g->q->type, g->q->id, 0, p);
    return rv == APR_SUCCESS && g->found ? load_members(db, g->q, g->found, p) : rv;
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
    return scim_sync_scim_answer(q, HTTP_OK, g.found);
}

typedef struct {
    scim_sync_scim_t *q;
    scim_sync_listing_t listing;
    scim_sync_select_t *select;
    scim_sync_page_t *page;
} list_t;

static apr_status_t list(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    list_t *l = baton;
    apr_status_t rv;
    int i;

    rv = scim_sync_resource_list(db, &l->page, l->q->idp->name, l->select, p);
    for (i = 0; rv == APR_SUCCESS && i < l->page->resources->nelts; i++) {
        rv =
            load_members(db, l->q, APR_ARRAY_IDX(l->page->resources, i, scim_sync_resource_t *), p);
    }
    return rv;
}

/* What the query asks for; out of range is brought into range, as section 3.4.2.4 has it. */
static const scim_sync_error_t *read_query(list_t *l, scim_sync_scim_t *q)
{
    const char *filter = apr_table_get(q->query, "filter");
    scim_sync_listing_t *listing = &l->listing;
    const scim_sync_error_t *error = NULL;
    apr_int64_t most = q->settings.page_size;

    listing->parts[0].type = q->type;
    listing->count_parts = 1;
    if ((error = scim_sync_query_number(&listing->start, q->query, "startIndex", 1, q->p)) ||
        (error = scim_sync_query_number(&listing->count, q->query, "count", most, q->p))) {
        return error;
    }
    listing->start = listing->start < 1 ? 1 : listing->start;
    listing->count = listing->count < 0 ? 0 : listing->count > most ? most : listing->count;
    if (filter && *filter) {
        error = scim_sync_filter_parse(&listing->parts[0].filter, q->type, filter,
                                       (int)q->settings.max_filter, MAX_FILTER_DEPTH, q->p);
    }
    return error ? error : scim_sync_select_make(&l->select, listing, q->base, q->p);
}

int scim_sync_scim_list(scim_sync_scim_t *q)
{
    const scim_sync_error_t *error;
    list_t l = { .q = q };
    json_t *resources;
    int i;

    if ((error = read_query(&l, q))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_read(q->runtime->writer, list, &l, q->p) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(q->r);
    }
    resources = json_array();
    for (i = 0; i < l.page->resources->nelts; i++) {
        json_array_append(resources,
                          scim_sync_scim_render(q, APR_ARRAY_IDX(l.page->resources, i,
                                                                 scim_sync_resource_t *)));
    }
    return scim_sync_answer(q->r, HTTP_OK, SCIM_SYNC_TYPE_SCIM,
                            scim_sync_list_response(resources, l.page->total, l.listing.start,
                                                    q->p));
}

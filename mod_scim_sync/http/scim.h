/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SCIM endpoint (RFC 7644): one request on its way. Internal to the files http/scim_*.c.
 */
#ifndef SCIM_SYNC_HTTP_SCIM_H
#define SCIM_SYNC_HTTP_SCIM_H

#include "http/answer.h"
#include "http/request.h"
#include "scim/projection.h"
#include "store/resource.h"
#include "store/shared.h"

typedef struct {
    request_rec *r;
    apr_pool_t *p; /* r->pool */
    scim_sync_runtime_t *runtime;
    scim_sync_dir_config_t settings;
    const scim_sync_view_idp_t *idp;
    const char *base; /* the IdP's SCIM base URL, without a slash at its end */
    apr_table_t *query;
    scim_sync_type_t type;                    /* of the endpoint */
    const char *id;                           /* of the resource, or NULL */
    const scim_sync_projection_t *projection; /* or NULL */
    const char *if_match;                     /* versions that it may have; NULL: any */
    const char *if_none_match;                /* versions that it must not have; NULL: none */
    const char *new_id;                       /* the id for a POST; NULL: a random one */
    scim_sync_db_t *db; /* the transaction that a change belongs to; NULL: one of its own */
} scim_sync_scim_t;

/* The handler's hook. */
int scim_sync_scim_handler(request_rec *r);

/*
 * GET of a list, POST of a search; type is NULL at the root, where both are listed. Each answers.
 */
int scim_sync_scim_list(scim_sync_scim_t *q, const scim_sync_type_t *type);
int scim_sync_scim_search(scim_sync_scim_t *q, const scim_sync_type_t *type);

/* /Users and /Groups: GET of one; the rest in scim_write.c. Each answers. */
int scim_sync_scim_get(scim_sync_scim_t *q);
int scim_sync_scim_post(scim_sync_scim_t *q);
int scim_sync_scim_put(scim_sync_scim_t *q);
int scim_sync_scim_patch(scim_sync_scim_t *q);
int scim_sync_scim_delete(scim_sync_scim_t *q);

/* POST of a Bulk request; answers. */
int scim_sync_scim_bulk(scim_sync_scim_t *q);

/*
 * Load the groups of a user, which every answer about it needs: its version tells of them. A group
 * is passed over.
 */
apr_status_t scim_sync_scim_load_groups(scim_sync_db_t *db, const scim_sync_scim_t *q,
                                        scim_sync_resource_t *r, apr_pool_t *p);

/* A resource as this request wants it: rendered and projected. Owned by q->p. */
json_t *scim_sync_scim_render(scim_sync_scim_t *q, const scim_sync_resource_t *r);

/* Answer with one resource, its Location, Content-Location and ETag. A user's groups are loaded. */
int scim_sync_scim_answer(scim_sync_scim_t *q, int status, const scim_sync_resource_t *r);

/* 404 for the resource that the request names. */
const scim_sync_error_t *scim_sync_scim_absent(const scim_sync_scim_t *q);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /Bulk (RFC 7644 section 3.7): each operation is a unit of work of its own, so that what is
 * answered as done is durable, whatever becomes of the others; POSTs that refer to each other are
 * one.
 */
#include "http/scim.h"
#include "http/scim_change.h"
#include "scim/bulk.h"
#include "store/lease.h"
#include "store/writer.h"

typedef struct {
    scim_sync_scim_t *q;
    /* By type: the answer holds no resource, so that a group's members need not be read. */
    const scim_sync_projection_t *projections[2];
    scim_sync_db_t *db; /* while operations are one unit */
    apr_status_t rv;    /* what the database failed with meanwhile */
} work_t;

static void make(scim_sync_bulk_outcome_t *out, const scim_sync_bulk_change_t *change, void *baton,
                 apr_pool_t *p)
{
    work_t *work = baton;
    scim_sync_scim_t q = *work->q;
    scim_sync_result_t result;

    q.p = p;
    q.type = change->type;
    q.id = change->id;
    q.new_id = change->new_id;
    q.if_match = change->version;
    q.if_none_match = NULL;
    q.db = work->db;
    q.projection = work->projections[change->type];
    switch (change->method) {
    case SCIM_SYNC_BULK_POST:
        scim_sync_change_post(&result, &q, change->data);
        break;
    case SCIM_SYNC_BULK_PUT:
        scim_sync_change_put(&result, &q, change->data);
        break;
    case SCIM_SYNC_BULK_PATCH:
        scim_sync_change_patch(&result, &q, change->data);
        break;
    default:
        scim_sync_change_delete(&result, &q);
    }
    *out = (scim_sync_bulk_outcome_t) { .status = result.status, .error = result.error };
    if (result.resource) {
        out->id = result.resource->id;
        out->version = scim_sync_resource_version(result.resource, p);
    }
    work->rv = result.rv;
}

typedef struct {
    work_t *work;
    scim_sync_bulk_part_t *part;
    void *baton;
} together_t;

static apr_status_t all_or_none(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const together_t *t = baton;
    int is_kept;

    /* Its resources are of several people, in the request's order. */
    t->work->rv = scim_sync_lease_hold_fed(db, t->work->q->idp->name, p);
    if (t->work->rv != APR_SUCCESS) {
        return t->work->rv;
    }
    t->work->db = db;
    is_kept = t->part(t->baton);
    t->work->db = NULL;
    if (t->work->rv != APR_SUCCESS) {
        return t->work->rv;
    }
    return is_kept ? APR_SUCCESS : SCIM_SYNC_ROLLBACK;
}

static const scim_sync_error_t *together(scim_sync_bulk_part_t *part, void *part_baton, void *baton)
{
    together_t t = { .work = baton, .part = part, .baton = part_baton };
    const scim_sync_scim_t *q = t.work->q;
    apr_status_t rv = scim_sync_write(q->runtime->writer, all_or_none, &t, q->p);

    if (rv == APR_SUCCESS) {
        scim_sync_runtime_wake(q->runtime);
    }
    return rv == APR_SUCCESS || rv == SCIM_SYNC_ROLLBACK ? NULL : scim_sync_unavailable(q->p);
}

int scim_sync_scim_bulk(scim_sync_scim_t *q)
{
    work_t work = { .q = q };
    const scim_sync_error_t *error;
    scim_sync_bulk_t *bulk;
    const json_t *answer;
    json_t *body;

    if ((error = scim_sync_projection_read(&work.projections[SCIM_SYNC_GROUP], SCIM_SYNC_GROUP,
                                           NULL, "members", q->p)) ||
        (error = scim_sync_body(&body, q->r, &q->settings)) ||
        (error =
             scim_sync_bulk_parse(&bulk, body, q->base, (int)q->settings.max_operations, q->p))) {
        return scim_sync_answer_error(q->r, error);
    }
    answer = scim_sync_bulk_run(bulk, make, together, &work);
    return answer ? scim_sync_answer(q->r, HTTP_OK, SCIM_SYNC_TYPE_SCIM, answer)
                  : scim_sync_answer_unavailable(q->r);
}

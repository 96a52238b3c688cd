/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes over SCIM (RFC 7644 sections 3.3, 3.5, 3.6): each is one unit of work, whose effect, the
 * tasks that follow from it and the events are durable when the function returns; or, with q->db,
 * part of one, whose owner keeps it all or undoes it all. What comes out is
 * a value; whether it becomes the answer to a request (scim_write.c) or one entry of a Bulk answer
 * (scim_bulk.c) is the caller's matter.
 */
#ifndef SCIM_SYNC_HTTP_SCIM_CHANGE_H
#define SCIM_SYNC_HTTP_SCIM_CHANGE_H

#include "http/scim.h"

typedef struct {
    int status;                     /* of the answer: 200, 201, 204, or that of the error */
    const scim_sync_error_t *error; /* NULL when it went well; status 503: nothing was stored */
    /* The resource as it is now, for the body; NULL: the answer has none. */
    const scim_sync_resource_t *resource;
    apr_status_t rv; /* with q->db: what the database failed with, which its owner must return */
} scim_sync_result_t;

/*
 * One change. All in q->p.
 * q      type, id (but for POST), projection, if_match, if_none_match, new_id and db say what
 *        and how
 * body   of the request, as it was parsed
 */
void scim_sync_change_post(scim_sync_result_t *out, scim_sync_scim_t *q, const json_t *body);
void scim_sync_change_put(scim_sync_result_t *out, scim_sync_scim_t *q, const json_t *body);
void scim_sync_change_patch(scim_sync_result_t *out, scim_sync_scim_t *q, const json_t *body);
void scim_sync_change_delete(scim_sync_result_t *out, scim_sync_scim_t *q);

#endif

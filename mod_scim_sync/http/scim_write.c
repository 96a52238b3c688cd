/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST, PUT, PATCH and DELETE of one resource: a change (http/scim_change.h) and its answer.
 */
#include "http/scim_change.h"

static int answer(scim_sync_scim_t *q, const scim_sync_result_t *result)
{
    if (result->status == HTTP_SERVICE_UNAVAILABLE) {
        return scim_sync_answer_unavailable(q->r);
    }
    if (result->error) {
        return scim_sync_answer_error(q->r, result->error);
    }
    return result->resource ? scim_sync_scim_answer(q, result->status, result->resource)
                            : scim_sync_answer(q->r, result->status, NULL, NULL);
}

typedef void change_t(scim_sync_result_t *out, scim_sync_scim_t *q, const json_t *body);

static int change(scim_sync_scim_t *q, change_t *apply)
{
    const scim_sync_error_t *error;
    scim_sync_result_t result;
    json_t *body;

    if ((error = scim_sync_body(&body, q->r, &q->settings))) {
        return scim_sync_answer_error(q->r, error);
    }
    apply(&result, q, body);
    return answer(q, &result);
}

int scim_sync_scim_post(scim_sync_scim_t *q)
{
    return change(q, scim_sync_change_post);
}

int scim_sync_scim_put(scim_sync_scim_t *q)
{
    return change(q, scim_sync_change_put);
}

int scim_sync_scim_patch(scim_sync_scim_t *q)
{
    return change(q, scim_sync_change_patch);
}

int scim_sync_scim_delete(scim_sync_scim_t *q)
{
    scim_sync_result_t result;

    scim_sync_change_delete(&result, q);
    return answer(q, &result);
}

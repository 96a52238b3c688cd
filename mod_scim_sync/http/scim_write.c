/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST, PUT, PATCH and DELETE of one resource: a change (http/scim_change.h) and its answer.
 */
#include "http/scim_change.h"

#include "scim/v1.h"

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

static void patch_v1(scim_sync_result_t *out, scim_sync_scim_t *q, const json_t *body)
{
    const json_t *meant;
    const scim_sync_error_t *error =
        scim_sync_v1_patch(&meant, q->type, body, (int)q->settings.max_filter, q->p);

    if (error) {
        *out = (scim_sync_result_t) { .status = error->status, .error = error };
    }
    else {
        scim_sync_change_patch(out, q, meant);
    }
}

int scim_sync_scim_patch(scim_sync_scim_t *q)
{
    return change(q, q->settings.is_v1 ? patch_v1 : scim_sync_change_patch);
}

int scim_sync_scim_delete(scim_sync_scim_t *q)
{
    scim_sync_result_t result;

    scim_sync_change_delete(&result, q);
    /* Clients of 1.1 (OneLogin's harness, Ping's SDK) take only what its protocol shows. */
    if (q->settings.is_v1 && result.status == HTTP_NO_CONTENT) {
        result.status = HTTP_OK;
    }
    return answer(q, &result);
}

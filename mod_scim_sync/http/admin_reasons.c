/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/tasks/reasons: what is not done, by the kind of reason.
 */
#include "base/json.h"
#include "http/admin.h"
#include "store/task_reason.h"

/* So many are shown at once. There are as many as there are ways to fail at each site. */
#define MOST 100

typedef struct {
    const char *state; /* or NULL */
    const char *idp;   /* or NULL */
    apr_array_header_t *reasons;
} ask_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;

    return scim_sync_task_reasons(db, &a->reasons, a->state, a->idp, MOST + 1, p);
}

static json_t *reason_json(const scim_sync_task_reason_t *reason, apr_pool_t *p)
{
    const scim_sync_task_t *t = reason->first;
    int more = reason->count > SCIM_SYNC_REASON_MOST;

    return json_pack("{s:s, s:s?, s:s, s:s, s:s, s:i, s:I, s:b, s:o}", "state", t->state, "idp",
                     *t->idp ? t->idp : NULL, "site", t->site, "kind", t->kind, "class", t->class,
                     "status", t->status, "count",
                     more ? (json_int_t)SCIM_SYNC_REASON_MOST : (json_int_t)reason->count, "more",
                     more, "first", scim_sync_admin_task(t, p));
}

int scim_sync_admin_reasons(scim_sync_admin_t *q)
{
    ask_t a = { .idp = scim_sync_admin_asked(q, "idp") };
    const scim_sync_error_t *error = scim_sync_admin_task_state(q, &a.state);
    json_t *list;
    int i;

    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load, &a)) {
        return OK;
    }
    list = json_array();
    for (i = 0; i < a.reasons->nelts && i < MOST; i++) {
        json_array_append_new(
            list, reason_json(&APR_ARRAY_IDX(a.reasons, i, scim_sync_task_reason_t), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o, s:b}", "reasons", list,
                                                               "more", a.reasons->nelts > MOST),
                                                     q->p));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/health.h"

#include "base/json.h"
#include "http/answer.h"
#include "http/request.h"
#include "http/settings.h"
#include "store/config.h"

static apr_status_t ask(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    apr_int64_t generation;
    const char *instance;

    (void)baton;
    return scim_sync_generation(db, &instance, &generation, p);
}

int scim_sync_health_handler(request_rec *r)
{
    scim_sync_runtime_t *runtime = scim_sync_runtime();

    if (!r->handler || strcmp(r->handler, SCIM_SYNC_HANDLER_HEALTH)) {
        return DECLINED;
    }
    scim_sync_hold_signals(r);
    if (strcmp(scim_sync_method(r), "GET")) {
        return scim_sync_answer_method(r, "GET, HEAD");
    }
    if (!runtime) {
        return scim_sync_answer_off(r);
    }
    if (scim_sync_runtime_ready(runtime, r->pool) != APR_SUCCESS ||
        scim_sync_read(runtime->writer, ask, NULL, r->pool) != APR_SUCCESS) {
        return scim_sync_answer_unavailable(r);
    }
    return scim_sync_answer(r, HTTP_OK, SCIM_SYNC_TYPE_JSON,
                            scim_sync_json_own(json_pack("{s:s}", "status", "ok"), r->pool));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/runtime.h"

#include <stdint.h>
#include <unistd.h>

#include <apr_atomic.h>
#include <apr_strings.h>

#include "base/log.h"
#include "base/text.h"
#include "store/config.h"
#include "store/event.h"
#include "store/glance.h"
#include "store/migrate.h"
#include "store/token_end.h"

/* After a failure the database is left alone for so long (ms): a start-up must not hammer it. */
#define RETRY_AFTER 1000

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    return scim_sync_config_snapshot(db, baton, p);
}

apr_status_t scim_sync_runtime_reload(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    json_t *snapshot;
    apr_status_t rv;

    if ((rv = scim_sync_read(runtime->writer, load, &snapshot, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = scim_sync_shared_publish(runtime->shared, snapshot, p);
    if (rv == APR_ENOSPC) {
        scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS,
                      SCIM_LOGNO(0141) "the configuration does not fit into shared memory: raise "
                                       "ScimSyncSharedSize, then run apachectl graceful");
    }
    return rv;
}

typedef struct {
    const char *instance;
    apr_int64_t generation;
} stamp_t;

static apr_status_t load_stamp(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    stamp_t *stamp = baton;

    return scim_sync_generation(db, &stamp->instance, &stamp->generation, p);
}

apr_status_t scim_sync_runtime_refresh(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    stamp_t stamp;
    apr_status_t rv;

    if ((rv = scim_sync_read(runtime->writer, load_stamp, &stamp, p)) != APR_SUCCESS) {
        return rv;
    }
    if (scim_sync_shared_is_current(runtime->shared, stamp.instance, stamp.generation)) {
        return APR_SUCCESS;
    }
    rv = scim_sync_runtime_reload(runtime, p);
    /* Provisioning goes on with the configuration that all children have. */
    return rv == APR_ENOSPC ? APR_SUCCESS : rv;
}

static apr_status_t migrate(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const char *why = NULL;
    apr_status_t rv = scim_sync_migrate(db, &why, p);

    (void)baton;
    if (rv != APR_SUCCESS) {
        scim_sync_log(SCIM_LOG_CRIT, APR_SUCCESS, SCIM_LOGNO(0142) "%s", why);
        return SCIM_SYNC_ROLLBACK;
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_runtime_ready(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    apr_int64_t now;
    apr_status_t rv;

    if (apr_atomic_read32(&runtime->checked)) {
        return APR_SUCCESS;
    }
    now = scim_sync_now();
    if (now < scim_sync_shared_next_try(runtime->shared)) {
        return APR_EGENERAL;
    }
    rv = scim_sync_write_alone(runtime->writer, migrate, NULL, p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_runtime_refresh(runtime, p);
    }
    if (rv == APR_SUCCESS && !scim_sync_shared_edition(runtime->shared)) {
        rv = APR_ENOSPC;
    }
    if (rv == APR_SUCCESS) {
        apr_atomic_set32(&runtime->checked, 1);
    }
    else {
        scim_sync_shared_set_next_try(runtime->shared, now + RETRY_AFTER);
    }
    return rv;
}

/* "used last on ...": an IdP that used it to its end has not got the new one. */
static apr_status_t tell_end(scim_sync_db_t *db, const scim_sync_token_end_t *token, apr_pool_t *p)
{
    const scim_sync_event_t event = {
        .kind = "token.ended",
        .actor = "provisioner",
        .idp = token->idp,
        .subject = token->id,
        .detail =
            apr_psprintf(p, "%s put another one in its place; it was used last: %s", token->who,
                         token->last_used ? scim_sync_time_text(token->last_used, p) : "never"),
    };

    return scim_sync_event_add(db, &event, p);
}

static apr_status_t end_replaced(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    apr_array_header_t *ended;
    apr_status_t rv = scim_sync_token_end_replaced(db, &ended, idp, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < ended->nelts; i++) {
        rv = tell_end(db, APR_ARRAY_IDX(ended, i, scim_sync_token_end_t *), p);
    }
    return rv;
}

apr_status_t scim_sync_runtime_end_tokens(const scim_sync_runtime_t *runtime, scim_sync_db_t *db,
                                          const char *idp, apr_pool_t *p)
{
    apr_array_header_t *tokens;
    apr_status_t rv = scim_sync_token_list(db, &tokens, idp, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < tokens->nelts; i++) {
        const scim_sync_token_t *token = APR_ARRAY_IDX(tokens, i, scim_sync_token_t *);
        apr_int64_t used = scim_sync_shared_token_last_used(runtime->shared, token->id);

        if (used > token->last_used) {
            rv = scim_sync_token_used(db, token->id, used, p);
        }
        if (rv == APR_SUCCESS && used > token->last_used) {
            rv = scim_sync_glance_heard(db, token->idp, used, p);
        }
    }
    return rv == APR_SUCCESS ? end_replaced(db, idp, p) : rv;
}

static apr_status_t save_uses(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    return scim_sync_runtime_end_tokens(baton, db, NULL, p);
}

apr_status_t scim_sync_runtime_save_uses(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    return scim_sync_write(runtime->writer, save_uses, runtime, p);
}

void scim_sync_runtime_wake(const scim_sync_runtime_t *runtime)
{
    const uint64_t one = 1;

    /* It can only fail when it is woken already more often than can be counted. */
    if (write(runtime->wake_fd, &one, sizeof(one)) < 0) {
        scim_sync_log(SCIM_LOG_DEBUG, APR_SUCCESS,
                      SCIM_LOGNO(0143) "the provisioner is awake already");
    }
}

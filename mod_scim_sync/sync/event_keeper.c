/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/event_keeper.h"

#include "base/log.h"
#include "base/text.h"
#include "store/event.h"
#include "sync/event_log.h"

#define DAY_MS APR_INT64_C(86400000)
/* Deleted at a time: everybody else has a turn between two of these. */
#define BATCH 200
/* How long until the next batch: while there are more, and when there are none. */
#define SOON_MS  250
#define LATER_MS 3600000

struct scim_sync_event_keeper_t {
    scim_sync_runtime_t *runtime;
    scim_sync_event_log_t *log; /* or NULL */
    apr_int64_t prune_at;       /* ms */
    int deleted;                /* by the last batch */
};

scim_sync_event_keeper_t *scim_sync_event_keeper_make(scim_sync_runtime_t *runtime,
                                                      const char *owner, apr_pool_t *p)
{
    scim_sync_event_keeper_t *keeper = apr_pcalloc(p, sizeof(*keeper));
    apr_status_t rv = APR_SUCCESS;

    keeper->runtime = runtime;
    if (runtime->event_log >= 0) {
        rv = scim_sync_event_log_make(&keeper->log, runtime->event_log, runtime->writer,
                                      runtime->host, owner, p);
    }
    if (rv != APR_SUCCESS) {
        keeper->log = NULL;
        scim_sync_log(SCIM_LOG_ERR, rv,
                      SCIM_LOGNO(0163) "the log of events can't be used: events wait in the "
                                       "database for apachectl graceful");
    }
    return keeper;
}

static apr_status_t prune(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    scim_sync_event_keeper_t *keeper = baton;

    return scim_sync_event_prune(db, keeper->runtime->event_days * DAY_MS, BATCH, &keeper->deleted,
                                 p);
}

apr_status_t scim_sync_event_keeper_pass(scim_sync_event_keeper_t *keeper, apr_int64_t *wait,
                                         apr_pool_t *p)
{
    apr_int64_t now = scim_sync_now();
    apr_status_t rv = APR_SUCCESS;

    if (keeper->runtime->event_days > 0 && now >= keeper->prune_at) {
        rv = scim_sync_write(keeper->runtime->writer, prune, keeper, p);
        keeper->prune_at = now + (keeper->deleted == BATCH ? SOON_MS : LATER_MS);
    }
    if (keeper->prune_at > now && keeper->prune_at - now < *wait) {
        *wait = keeper->prune_at - now;
    }
    return rv == APR_SUCCESS && keeper->log ? scim_sync_event_log_pass(keeper->log, now, wait, p)
                                            : rv;
}

void scim_sync_event_keeper_end(scim_sync_event_keeper_t *keeper, apr_pool_t *p)
{
    if (keeper->log) {
        scim_sync_event_log_end(keeper->log, p);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/minute_keeper.h"

#include <apr_network_io.h>

#include "mod_scim_sync_version.h"

#include "base/text.h"
#include "store/health.h"
#include "store/tally.h"

#define MINUTE_MS APR_INT64_C(60000)

struct scim_sync_minute_keeper_t {
    scim_sync_runtime_t *runtime;
    scim_sync_node_t node;
    scim_sync_health_t health;
    apr_array_header_t *tally; /* to be written; NULL: nothing */
    apr_int64_t due;           /* ms */
};

scim_sync_minute_keeper_t *scim_sync_minute_keeper_make(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    scim_sync_minute_keeper_t *keeper = apr_pcalloc(p, sizeof(*keeper));
    char *name = apr_pcalloc(p, APRMAXHOSTLEN + 1);

    keeper->runtime = runtime;
    keeper->node.host = runtime->host;
    keeper->node.version = SCIM_SYNC_VERSION;
    keeper->node.name =
        apr_gethostname(name, APRMAXHOSTLEN + 1, p) == APR_SUCCESS ? name : runtime->host;
    return keeper;
}

static apr_status_t count(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    scim_sync_minute_keeper_t *keeper = baton;

    return scim_sync_tally_take(db, &keeper->tally, p);
}

static apr_status_t write_down(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    scim_sync_minute_keeper_t *keeper = baton;
    apr_status_t rv;

    if ((rv = scim_sync_health_add(db, keeper->node.host, &keeper->health, p)) != APR_SUCCESS ||
        (rv = scim_sync_node_seen(db, &keeper->node, p)) != APR_SUCCESS) {
        return rv;
    }
    return keeper->tally ? scim_sync_tally_keep(db, keeper->tally, p) : APR_SUCCESS;
}

static scim_sync_health_t health_of(const scim_sync_shared_news_t *news)
{
    return (scim_sync_health_t) {
        .requests = (apr_int64_t)news->counts[SCIM_SYNC_COUNT_REQUESTS],
        .refused = (apr_int64_t)news->counts[SCIM_SYNC_COUNT_REFUSED],
        .failed = (apr_int64_t)news->counts[SCIM_SYNC_COUNT_FAILED],
        .busy = (apr_int64_t)news->counts[SCIM_SYNC_COUNT_BUSY],
        .longest = (apr_int64_t)news->longest,
        .tasks = (apr_int64_t)news->counts[SCIM_SYNC_COUNT_TASKS],
        .calls = (apr_int64_t)news->counts[SCIM_SYNC_COUNT_CALLS],
        .limited = (apr_int64_t)news->counts[SCIM_SYNC_COUNT_LIMITED],
    };
}

static apr_status_t keep(scim_sync_minute_keeper_t *keeper, apr_pool_t *p)
{
    scim_sync_shared_t *shared = keeper->runtime->shared;
    scim_sync_shared_news_t news;
    apr_time_t begun = scim_sync_clock();
    apr_status_t rv;

    scim_sync_shared_news(shared, &news);
    keeper->health = health_of(&news);
    rv = scim_sync_write(keeper->runtime->writer, write_down, keeper, p);
    if (rv == APR_SUCCESS) {
        scim_sync_shared_note(shared, &news);
        keeper->node.wrote = scim_sync_clock() - begun;
    }
    return rv;
}

apr_status_t scim_sync_minute_keeper_pass(scim_sync_minute_keeper_t *keeper, apr_int64_t *wait,
                                          apr_pool_t *p)
{
    apr_int64_t now = scim_sync_now();
    apr_status_t rv = APR_SUCCESS;

    if (now >= keeper->due) {
        if ((rv = scim_sync_read(keeper->runtime->writer, count, keeper, p)) == APR_SUCCESS) {
            rv = keep(keeper, p);
        }
        keeper->due = now + MINUTE_MS;
    }
    if (keeper->due - now < *wait) {
        *wait = keeper->due - now;
    }
    return rv;
}

void scim_sync_minute_keeper_end(scim_sync_minute_keeper_t *keeper, apr_pool_t *p)
{
    keeper->tally = NULL;
    keep(keeper, p);
}

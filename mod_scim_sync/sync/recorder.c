/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/recorder.h"

#include "base/text.h"
#include "store/record.h"

/* From one save to the next: what a busy second has displaced by then is never written. */
#define SAVE_MS  1000
#define PRUNE_MS 3600000

struct scim_sync_recorder_t {
    scim_sync_runtime_t *runtime;
    apr_int64_t save_at;
    apr_int64_t prune_at;
};

typedef struct {
    const apr_array_header_t *records;
    const char *host;
} save_t;

static apr_status_t save(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const save_t *s = baton;

    return scim_sync_record_save(db, s->records, s->host, p);
}

apr_status_t scim_sync_recorder_save(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    save_t s = { .host = runtime->host };
    apr_status_t rv;

    if (!scim_sync_traffic_has_records(runtime->traffic)) {
        return APR_SUCCESS;
    }
    s.records = scim_sync_traffic_records(runtime->traffic, p);
    if (s.records->nelts == 0) {
        return APR_SUCCESS;
    }
    if ((rv = scim_sync_write(runtime->writer, save, &s, p)) == APR_SUCCESS) {
        scim_sync_traffic_saved(
            runtime->traffic,
            APR_ARRAY_IDX(s.records, s.records->nelts - 1, const scim_sync_record_t *)->id);
    }
    return rv;
}

scim_sync_recorder_t *scim_sync_recorder_make(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    scim_sync_recorder_t *recorder = apr_pcalloc(p, sizeof(*recorder));

    recorder->runtime = runtime;
    return recorder;
}

static apr_status_t prune(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    (void)baton;
    return scim_sync_record_prune(db, p);
}

apr_status_t scim_sync_recorder_pass(scim_sync_recorder_t *recorder, apr_int64_t *wait,
                                     apr_pool_t *p)
{
    scim_sync_runtime_t *runtime = recorder->runtime;
    apr_int64_t now = scim_sync_now();
    apr_status_t rv = APR_SUCCESS;

    if (scim_sync_traffic_has_records(runtime->traffic)) {
        if (now >= recorder->save_at) {
            recorder->save_at = now + SAVE_MS;
            rv = scim_sync_recorder_save(runtime, p);
        }
        else if (recorder->save_at - now < *wait) {
            *wait = recorder->save_at - now;
        }
    }
    if (rv == APR_SUCCESS && now >= recorder->prune_at) {
        recorder->prune_at = now + PRUNE_MS;
        rv = scim_sync_write(runtime->writer, prune, NULL, p);
    }
    return rv;
}

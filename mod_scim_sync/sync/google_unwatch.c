/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_unwatch.h"

#include "google/directory.h"
#include "store/google_channel.h"
#include "sync/google_token.h"

/* How long an administrator waits for an access token. */
#define PATIENCE apr_time_from_sec(5)

struct scim_sync_unwatch_t {
    scim_sync_runtime_t *runtime;
    const char *idp;
    apr_array_header_t *channels; /* scim_sync_channel_t * */
    scim_sync_google_token_t token;
};

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    scim_sync_unwatch_t *un = baton;

    return scim_sync_channel_list(db, &un->channels, un->idp, p);
}

scim_sync_unwatch_t *scim_sync_unwatch_prepare(scim_sync_runtime_t *runtime, const char *idp,
                                               apr_pool_t *p)
{
    scim_sync_unwatch_t *un = apr_pcalloc(p, sizeof(*un));

    un->runtime = runtime;
    un->idp = idp;
    if (scim_sync_read(runtime->writer, load, un, p) != APR_SUCCESS || un->channels->nelts == 0) {
        return NULL;
    }
    scim_sync_google_token_get(&un->token, runtime, idp, 0, PATIENCE, p);
    return un->token.step == SCIM_SYNC_GOOGLE_TOKEN_HERE ? un : NULL;
}

void scim_sync_unwatch(const scim_sync_unwatch_t *un, apr_pool_t *p)
{
    int i;

    for (i = 0; un && i < un->channels->nelts; i++) {
        const scim_sync_channel_t *kept = APR_ARRAY_IDX(un->channels, i, scim_sync_channel_t *);
        const scim_sync_google_channel_t channel = { .id = kept->id,
                                                     .resource_id = kept->resource_id };
        const scim_sync_google_t google = { .base_url = un->token.party.settings.directory,
                                            .token = un->token.token };
        scim_sync_call_t call;

        if (!kept->resource_id) {
            continue;
        }
        scim_sync_google_stop(&call, &google, &channel, p);
        if (scim_sync_google_ask(&un->runtime->transport, &call, p)->status == 0) {
            return;
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_due.h"

#include <apr_strings.h>

#include "store/google_run.h"
#include "sync/google_schedule.h"

static apr_status_t look(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    return scim_sync_google_when(db, baton, NULL, p);
}

/* The cause of one that is due now, or NULL. */
static const char *due(const scim_sync_google_when_t *when, apr_pool_t *p)
{
    scim_sync_google_next_t next;

    scim_sync_google_schedule_next(&next, when, p);
    return next.at && next.at <= when->now ? next.cause : NULL;
}

/* Another host may have asked since we looked, and that one may even have ended. */
static apr_status_t ask(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const char *idp = baton;
    apr_array_header_t *whens;
    const char *cause = NULL;
    apr_int64_t id;
    apr_status_t rv;
    int first;

    if ((rv = scim_sync_google_when_hold(db, idp, p)) != APR_SUCCESS ||
        (rv = scim_sync_google_when(db, &whens, idp, p)) != APR_SUCCESS) {
        return rv;
    }
    if (whens->nelts > 0) {
        cause = due(APR_ARRAY_IDX(whens, 0, scim_sync_google_when_t *), p);
    }
    return cause ? scim_sync_google_run_ask(db, idp, cause, NULL, 0, &id, &first, p) : APR_SUCCESS;
}

apr_status_t scim_sync_google_due(scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    apr_array_header_t *whens;
    apr_status_t rv = scim_sync_read(runtime->writer, look, &whens, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < whens->nelts; i++) {
        const scim_sync_google_when_t *when = APR_ARRAY_IDX(whens, i, scim_sync_google_when_t *);

        if (due(when, p)) {
            rv = scim_sync_write(runtime->writer, ask, apr_pstrdup(p, when->idp), p);
        }
    }
    return rv;
}

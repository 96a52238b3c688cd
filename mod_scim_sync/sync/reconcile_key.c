/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which project a key in the rules means, and which one has it in Jira today (store/portal_key.h).
 * That these are two is said, and nothing else is done: who is in which portal goes by what was
 * meant when the rules were put.
 */
#include "sync/reconcile_int.h"

#include <string.h>

#include <apr_strings.h>

#include "store/portal.h"

apr_status_t scim_sync_reconcile_load_keys(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                           apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    apr_array_header_t *keys;
    apr_status_t rv = scim_sync_portal_keys(db, &keys, worker->jira.name, p);
    int i;

    run->keys = apr_array_make(run->pool, 4, sizeof(scim_sync_reconcile_key_t));
    for (i = 0; rv == APR_SUCCESS && i < keys->nelts; i++) {
        const scim_sync_portal_key_t *key = &APR_ARRAY_IDX(keys, i, scim_sync_portal_key_t);

        APR_ARRAY_PUSH(run->keys, scim_sync_reconcile_key_t) =
            (scim_sync_reconcile_key_t) { .held = { .name = apr_pstrdup(run->pool, key->name),
                                                    .portal = apr_pstrdup(run->pool, key->portal),
                                                    .said = apr_pstrdup(run->pool, key->said) } };
    }
    return rv;
}

/* A project, for people who look for it in Jira. */
static const char *describe(const char *portal, const scim_sync_jira_desk_t *desk, apr_pool_t *p)
{
    const char *id = scim_sync_portal_object(portal);

    return desk->project_name ? apr_psprintf(p, "\"%s\" (service desk %s)", desk->project_name, id)
                              : apr_psprintf(p, "of the service desk %s", id);
}

void scim_sync_reconcile_meet_key(scim_sync_reconcile_t *run, const char *portal, const char *name,
                                  const scim_sync_jira_desk_t *desk)
{
    int i;

    for (i = 0; i < run->keys->nelts; i++) {
        scim_sync_reconcile_key_t *key = &APR_ARRAY_IDX(run->keys, i, scim_sync_reconcile_key_t);

        if (!strcmp(key->held.portal, portal)) {
            key->meant = apr_psprintf(run->pool, "%s, whose key is %s now",
                                      describe(portal, desk, run->pool), desk->project_key);
        }
        else if (!strcmp(key->held.name, name)) {
            key->taken = describe(portal, desk, run->pool);
        }
    }
}

static int differ(const char *a, const char *b)
{
    return !a != !b || (a && strcmp(a, b));
}

/* What Jira does not show is perhaps gone: then the key is looked for anew. */
void scim_sync_reconcile_end_keys(scim_sync_reconcile_t *run)
{
    int i;

    for (i = 0; i < run->keys->nelts; i++) {
        const scim_sync_reconcile_key_t *key =
            &APR_ARRAY_IDX(run->keys, i, scim_sync_reconcile_key_t);
        const char *text =
            key->taken
                ? apr_psprintf(run->pool,
                               "another project has the key %s now, %s: what the rules map to that "
                               "key goes on meaning the project %s",
                               scim_sync_portal_told(key->held.name), key->taken, key->meant)
                : NULL;

        if (key->meant && differ(text, key->held.said)) {
            APR_ARRAY_PUSH(run->drifts, scim_sync_drift_t) =
                (scim_sync_drift_t) { .kind = SCIM_SYNC_DRIFT_GROUP_AMBIGUOUS,
                                      .group_id = key->held.portal,
                                      .group = key->held.name,
                                      .text = text };
        }
    }
}

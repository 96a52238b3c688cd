/* SPDX-License-Identifier: Apache-2.0 */
#include "store/portal_key.h"

#include "store/portal.h"

apr_status_t scim_sync_portal_keys(scim_sync_db_t *db, apr_array_header_t **keys, const char *site,
                                   apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv =
        scim_sync_db_select(db, &rows,
                            "SELECT name, object, MAX(ambiguous) FROM jira_link WHERE site = %s"
                            " AND kind = 'group' AND substr(object, 1, 5) = '" SCIM_SYNC_PORTAL_DESK
                            "' GROUP BY name, object ORDER BY name, object",
                            DB_ARGS(DB_TEXT(site)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *keys = apr_array_make(p, rows->count + 1, sizeof(scim_sync_portal_key_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*keys, scim_sync_portal_key_t) = (scim_sync_portal_key_t) {
            .name = scim_sync_db_text(rows, i, 0),
            .portal = scim_sync_db_text(rows, i, 1),
            .said = scim_sync_db_text(rows, i, 2),
        };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_portal_put_key(scim_sync_db_t *db, int *news, const char *site,
                                      const char *name, const char *portal, const char *text,
                                      apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, news,
        "UPDATE jira_link SET ambiguous = %s WHERE site = %s AND name = %s"
        " AND object = %s AND COALESCE(ambiguous, '') <> COALESCE(%s, '')",
        DB_ARGS(DB_TEXT(text), DB_TEXT(site), DB_TEXT(name), DB_TEXT(portal), DB_TEXT(text)), p);
}

apr_status_t scim_sync_portal_ambiguous(scim_sync_db_t *db, const char **text, const char *site,
                                        const char *name, const char *portal, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT MAX(ambiguous) FROM jira_link WHERE site = %s AND object = %s AND name = %s",
        DB_ARGS(DB_TEXT(site), DB_TEXT(portal), DB_TEXT(name)), p);
    *text = rv == APR_SUCCESS && rows->count > 0 ? scim_sync_db_text(rows, 0, 0) : NULL;
    return rv;
}

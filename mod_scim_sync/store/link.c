/* SPDX-License-Identifier: Apache-2.0 */
#include "store/link.h"

#include <string.h>

#include <apr_strings.h>

const char *scim_sync_link_default(const char *idp, apr_pool_t *p)
{
    return apr_pstrcat(p, SCIM_SYNC_DEFAULT, idp, NULL);
}

const char *scim_sync_link_idp(const char *resource)
{
    apr_size_t length = strlen(SCIM_SYNC_DEFAULT);

    return strncmp(resource, SCIM_SYNC_DEFAULT, length) ? NULL : resource + length;
}

apr_status_t scim_sync_link_list(scim_sync_db_t *db, apr_array_header_t **links, const char *site,
                                 const char *resource, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT name, object, told_as FROM jira_link"
                             " WHERE site = %s AND resource = %s ORDER BY name{bytes}",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(resource)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *links = apr_array_make(p, rows->count, sizeof(scim_sync_link_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*links, scim_sync_link_t) =
            (scim_sync_link_t) { .name = scim_sync_db_text(rows, i, 0),
                                 .group_id = scim_sync_db_text(rows, i, 1),
                                 .told_as = scim_sync_db_text(rows, i, 2) };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_link_put(scim_sync_db_t *db, const char *site, const char *resource,
                                const scim_sync_link_t *link, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO jira_link (site, resource, name, kind, object, told_as)"
        " VALUES (%s, %s, %s, 'group', %s, %s) ON CONFLICT (site, resource, name) DO UPDATE SET"
        " object = COALESCE(excluded.object, jira_link.object), told_as = excluded.told_as",
        DB_ARGS(DB_TEXT(site), DB_TEXT(resource), DB_TEXT(link->name), DB_TEXT(link->group_id),
                DB_TEXT(link->told_as)),
        p);
}

apr_status_t scim_sync_link_drop(scim_sync_db_t *db, const char *site, const char *resource,
                                 const char *name, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL, "DELETE FROM jira_link WHERE site = %s AND resource = %s AND name = %s",
        DB_ARGS(DB_TEXT(site), DB_TEXT(resource), DB_TEXT(name)), p);
}

apr_status_t scim_sync_link_shared(scim_sync_db_t *db, int *shared, const char *site,
                                   const char *group_id, const char *resource, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT 1 FROM jira_link WHERE site = %s AND object = %s"
                             " AND resource <> %s LIMIT 1",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(group_id), DB_TEXT(resource)), p);
    *shared = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

/* Of a link l and the resource r that it belongs to, if there is one. */
#define IDP_OF                                                                                     \
    "COALESCE(r.idp, CASE WHEN substr(l.resource, 1, 8) = '" SCIM_SYNC_DEFAULT                     \
    "' THEN substr(l.resource, 9) END)"

apr_status_t scim_sync_link_fading(scim_sync_db_t *db, int *fading, const char *site,
                                   const char *group_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT 1 FROM jira_link l LEFT JOIN resource r ON r.id = l.resource"
                             " WHERE l.site = %s AND l.object = %s AND " IDP_OF " IS NULL LIMIT 1",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)), p);
    *fading = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

/* ---- who claims a group ---- */

apr_status_t scim_sync_link_claims(scim_sync_db_t *db, apr_array_header_t **claims,
                                   const char *site, const char *group_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT l.resource, " IDP_OF ", r.name, l.name FROM jira_link l"
                             " LEFT JOIN resource r ON r.id = l.resource WHERE l.site = %s"
                             " AND l.object = %s AND l.kind = 'group' AND " IDP_OF " IS NOT NULL",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *claims = apr_array_make(p, rows->count, sizeof(scim_sync_link_claim_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*claims, scim_sync_link_claim_t) =
            (scim_sync_link_claim_t) { .resource = scim_sync_db_text(rows, i, 0),
                                       .idp = scim_sync_db_text(rows, i, 1),
                                       .told = scim_sync_db_text(rows, i, 2),
                                       .name = scim_sync_db_text(rows, i, 3) };
    }
    return APR_SUCCESS;
}

/* Rows of object, name and IdP, by object: one conflict for each object. */
static apr_array_header_t *gather(const scim_sync_rows_t *rows, apr_pool_t *p)
{
    apr_array_header_t *conflicts = apr_array_make(p, 8, sizeof(scim_sync_link_conflict_t));
    int i;

    for (i = 0; i < rows->count; i++) {
        const char *object = scim_sync_db_text(rows, i, 0);
        scim_sync_link_conflict_t *last =
            conflicts->nelts > 0
                ? &APR_ARRAY_IDX(conflicts, conflicts->nelts - 1, scim_sync_link_conflict_t)
                : NULL;

        if (!last || strcmp(last->object, object)) {
            last = apr_array_push(conflicts);
            last->object = object;
            last->name = scim_sync_db_text(rows, i, 1);
            last->idps = apr_array_make(p, 2, sizeof(const char *));
        }
        APR_ARRAY_PUSH(last->idps, const char *) = scim_sync_db_text(rows, i, 2);
    }
    return conflicts;
}

apr_status_t scim_sync_link_conflicts(scim_sync_db_t *db, apr_array_header_t **conflicts,
                                      const char *site, const char *kind, const char *after,
                                      int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT DISTINCT c.object{bytes}, COALESCE((SELECT g.name FROM jira_group g WHERE g.site = "
        "l.site"
        " AND g.group_id = c.object), (SELECT a.email FROM jira_account a WHERE a.site = l.site"
        " AND a.account_id = c.object)), " IDP_OF " FROM (SELECT l.object"
        " FROM jira_link l LEFT JOIN resource r ON r.id = l.resource WHERE l.site = %s"
        " AND l.kind = %s AND l.object{bytes} > %s GROUP BY l.object HAVING COUNT(DISTINCT " IDP_OF
        ") > 1 ORDER BY l.object{bytes} LIMIT %lld) c JOIN jira_link l ON l.site = %s AND l.object "
        "= c.object"
        " LEFT JOIN resource r ON r.id = l.resource WHERE " IDP_OF " IS NOT NULL ORDER BY 1, 3",
        DB_ARGS(DB_TEXT(site), DB_TEXT(kind), DB_TEXT(after), DB_INT(max), DB_TEXT(site)), p);
    if (rv == APR_SUCCESS) {
        *conflicts = gather(rows, p);
    }
    return rv;
}

apr_status_t scim_sync_link_index(scim_sync_db_t *db, apr_pool_t *p)
{
    /* SQLite goes from site to site in the key of the table. */
    return strcmp(scim_sync_db_dialect(db), "sqlite3")
               ? scim_sync_db_run(db, "CREATE INDEX jira_link_resource ON jira_link (resource)", p)
               : APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/config.h"

#include "store/lease.h"
#include "store/task.h"

#define SELECT                                                                                     \
    "SELECT i.name, i.provider, i.mode, i.state, s.site, i.version, i.created, i.changed"          \
    " FROM idp i LEFT JOIN idp_site s ON s.idp = i.name"

static scim_sync_idp_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_idp_t *idp = apr_pcalloc(p, sizeof(*idp));

    idp->name = scim_sync_db_text(rows, i, 0);
    idp->provider = scim_sync_db_text(rows, i, 1);
    idp->mode = scim_sync_db_text(rows, i, 2);
    idp->state = scim_sync_db_text(rows, i, 3);
    idp->site = scim_sync_db_text(rows, i, 4);
    idp->version = scim_sync_db_number(rows, i, 5);
    idp->created = scim_sync_db_number(rows, i, 6);
    idp->changed = scim_sync_db_number(rows, i, 7);
    return idp;
}

apr_status_t scim_sync_idp_load(scim_sync_db_t *db, scim_sync_idp_t **idp, const char *name,
                                apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, SELECT " WHERE i.name = %s", DB_ARGS(DB_TEXT(name)), p);
    if (rv == APR_SUCCESS) {
        *idp = rows->count > 0 ? from_row(rows, 0, p) : NULL;
    }
    return rv;
}

apr_status_t scim_sync_idp_list(scim_sync_db_t *db, apr_array_header_t **idps, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows, SELECT " ORDER BY i.name", DB_NO_ARGS, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *idps = apr_array_make(p, rows->count, sizeof(scim_sync_idp_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*idps, scim_sync_idp_t *) = from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_idp_insert(scim_sync_db_t *db, const scim_sync_idp_t *idp, int *stored,
                                  apr_pool_t *p)
{
    apr_status_t rv;

    rv =
        scim_sync_db_exec(db, stored,
                          "INSERT INTO idp (name, provider, mode, state, version, created, changed)"
                          " VALUES (%s, %s, %s, %s, 1, {now}, {now}) ON CONFLICT (name) DO NOTHING",
                          DB_ARGS(DB_TEXT(idp->name), DB_TEXT(idp->provider), DB_TEXT(idp->mode),
                                  DB_TEXT(idp->state)),
                          p);
    if (rv == APR_SUCCESS && *stored) {
        rv = scim_sync_db_exec(db, NULL, "INSERT INTO idp_site (idp, site) VALUES (%s, %s)",
                               DB_ARGS(DB_TEXT(idp->name), DB_TEXT(idp->site)), p);
        if (rv == APR_SUCCESS) {
            rv = scim_sync_generation_raise(db, p);
        }
    }
    return rv;
}

apr_status_t scim_sync_idp_update(scim_sync_db_t *db, const scim_sync_idp_t *idp, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, NULL,
        "UPDATE idp SET provider = %s, state = %s, version = version + 1, changed = {now}"
        " WHERE name = %s",
        DB_ARGS(DB_TEXT(idp->provider), DB_TEXT(idp->state), DB_TEXT(idp->name)), p);
    return rv == APR_SUCCESS ? scim_sync_generation_raise(db, p) : rv;
}

apr_status_t scim_sync_idp_resources(scim_sync_db_t *db, apr_int64_t *count, const char *name,
                                     apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, "SELECT COUNT(*) FROM resource WHERE idp = %s",
                             DB_ARGS(DB_TEXT(name)), p);
    if (rv == APR_SUCCESS) {
        *count = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

/* What Jira holds stays, and is nobody's of ours any more unless another IdP wants it too. */
static apr_status_t forget(scim_sync_db_t *db, const char *name, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, NULL,
        "UPDATE jira_member SET state = 'theirs' WHERE state <> 'withdrawn' AND EXISTS (SELECT 1 "
        "FROM jira_link l"
        " JOIN resource r ON r.id = l.resource WHERE r.idp = %s AND l.site = jira_member.site"
        " AND l.object = jira_member.account_id) AND NOT EXISTS (SELECT 1 FROM jira_link l"
        " JOIN resource r ON r.id = l.resource WHERE r.idp <> %s AND l.site = jira_member.site"
        " AND l.object = jira_member.account_id)",
        DB_ARGS(DB_TEXT(name), DB_TEXT(name)), p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(
            db, NULL,
            "UPDATE jira_account SET ours = 0 WHERE EXISTS (SELECT 1 FROM jira_link l"
            " JOIN resource r ON r.id = l.resource WHERE r.idp = %s AND l.site = jira_account.site"
            " AND l.object = jira_account.account_id) AND NOT EXISTS (SELECT 1 FROM jira_link l"
            " JOIN resource r ON r.id = l.resource WHERE r.idp <> %s AND l.site = jira_account.site"
            " AND l.object = jira_account.account_id)",
            DB_ARGS(DB_TEXT(name), DB_TEXT(name)), p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(
            db, NULL, "DELETE FROM task WHERE subject IN (SELECT id FROM resource WHERE idp = %s)",
            DB_ARGS(DB_TEXT(name)), p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(
            db, NULL,
            "DELETE FROM jira_link WHERE resource IN (SELECT id FROM resource WHERE idp = %s)",
            DB_ARGS(DB_TEXT(name)), p);
    }
    return rv;
}

apr_status_t scim_sync_idp_delete(scim_sync_db_t *db, const char *name, int keep, apr_pool_t *p)
{
    scim_sync_idp_t *idp;
    apr_status_t rv = scim_sync_idp_load(db, &idp, name, p);

    if (rv == APR_SUCCESS && idp && idp->site) {
        rv = scim_sync_lease_hold(db, idp->site, p);
    }
    if (rv == APR_SUCCESS) {
        rv = keep ? forget(db, name, p) : scim_sync_task_add_all(db, name, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM resource WHERE idp = %s",
                               DB_ARGS(DB_TEXT(name)), p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM idp WHERE name = %s", DB_ARGS(DB_TEXT(name)),
                               p);
    }
    return rv == APR_SUCCESS ? scim_sync_generation_raise(db, p) : rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/drift.h"

#include "store/link.h"
#include "store/portal.h"

apr_status_t scim_sync_kept_groups(scim_sync_db_t *db, apr_array_header_t **groups,
                                   const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT g.group_id, g.name,"
        " CASE WHEN EXISTS (SELECT 1 FROM jira_link l WHERE l.site = g.site"
        "  AND l.object = g.group_id)"
        " OR EXISTS (SELECT 1 FROM jira_member m WHERE m.site = g.site"
        "  AND m.group_id = g.group_id AND m.state <> 'theirs') THEN 1 ELSE 0 END, g.protection"
        " FROM jira_group g WHERE g.site = %s ORDER BY g.name, g.group_id",
        DB_ARGS(DB_TEXT(site)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *groups = apr_array_make(p, rows->count + 1, sizeof(scim_sync_kept_group_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*groups, scim_sync_kept_group_t) = (scim_sync_kept_group_t) {
            .group_id = scim_sync_db_text(rows, i, 0),
            .name = scim_sync_db_text(rows, i, 1),
            .filled = (int)scim_sync_db_number(rows, i, 2),
            .managed = scim_sync_portal_is_managed(scim_sync_db_text(rows, i, 3)),
        };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_kept_accounts(scim_sync_db_t *db, apr_array_header_t **accounts,
                                     const char *site, const char *behind, int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT a.account_id, a.email, a.active,"
        " (SELECT COUNT(*) FROM jira_link l JOIN resource r ON r.id = l.resource"
        "  JOIN idp_site s ON s.idp = r.idp AND s.site = l.site"
        "  WHERE l.site = a.site AND l.object = a.account_id AND r.active = 1), a.state"
        " FROM jira_account a WHERE a.site = %s AND a.account_id > %s"
        " AND COALESCE(a.state, '') NOT IN ('" SCIM_SYNC_HELD_SUSPENDING
        "', '" SCIM_SYNC_HELD_DELETING "', '" SCIM_SYNC_HELD_REVOKING
        "') ORDER BY a.account_id LIMIT %lld",
        DB_ARGS(DB_TEXT(site), DB_TEXT(behind), DB_INT(max)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *accounts = apr_array_make(p, rows->count + 1, sizeof(scim_sync_kept_account_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*accounts, scim_sync_kept_account_t) = (scim_sync_kept_account_t) {
            .account_id = scim_sync_db_text(rows, i, 0),
            .email = scim_sync_db_text(rows, i, 1),
            .inactive = !scim_sync_db_number(rows, i, 2),
            .wanted = scim_sync_db_number(rows, i, 3) > 0,
            .ended = scim_sync_db_text(rows, i, 4),
        };
    }
    return APR_SUCCESS;
}

/* By keys, for each person: store/told.c says why. */
apr_status_t scim_sync_kept_lacking(scim_sync_db_t *db, apr_array_header_t **users,
                                    const char *site, const char *idp,
                                    const scim_sync_kept_lacking_t *behind, int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT r.id, r.name, r.email, r.created FROM resource r WHERE r.idp = %s"
        " AND r.type = 'User' AND r.active = 1 AND (r.created, r.id) > (%lld, %s)"
        " AND (SELECT COUNT(l.object) FROM jira_link l WHERE l.site = %s"
        " AND l.resource = r.id AND l.name = '') = 0"
        " AND (SELECT COUNT(*) FROM task t WHERE t.site = %s AND t.kind = 'user'"
        " AND t.subject = r.id AND t.state = 'waiting') = 0"
        " ORDER BY r.created, r.id LIMIT %lld",
        DB_ARGS(DB_TEXT(idp), DB_INT(behind->created), DB_TEXT(behind->id), DB_TEXT(site),
                DB_TEXT(site), DB_INT(max)),
        p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *users = apr_array_make(p, rows->count, sizeof(scim_sync_kept_lacking_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*users, scim_sync_kept_lacking_t) = (scim_sync_kept_lacking_t) {
            .id = scim_sync_db_text(rows, i, 0),
            .name = scim_sync_db_text(rows, i, 1),
            .email = scim_sync_db_text(rows, i, 2),
            .created = scim_sync_db_number(rows, i, 3),
        };
    }
    return APR_SUCCESS;
}

#define MEMBERS                                                                                    \
    " FROM jira_member m LEFT JOIN jira_account a ON a.site = m.site"                              \
    " AND a.account_id = m.account_id WHERE m.site = %s AND m.group_id = %s AND a.state IS NULL"
#define TAKEN " AND m.state IN " SCIM_SYNC_HELD_TAKEN

static apr_status_t select_members(scim_sync_db_t *db, apr_array_header_t **members,
                                   const char *sql, const char *site, const char *group_id,
                                   apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows, sql, DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)), p);
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *members = apr_array_make(p, rows->count + 1, sizeof(scim_sync_kept_member_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*members, scim_sync_kept_member_t) = (scim_sync_kept_member_t) {
            .account_id = scim_sync_db_text(rows, i, 0),
            .state = scim_sync_db_text(rows, i, 1),
        };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_kept_members(scim_sync_db_t *db, apr_array_header_t **members,
                                    const char *site, const char *group_id, apr_pool_t *p)
{
    return select_members(db, members, "SELECT m.account_id, m.state" MEMBERS, site, group_id, p);
}

apr_status_t scim_sync_kept_taken(scim_sync_db_t *db, apr_array_header_t **members,
                                  const char *site, const char *group_id, apr_pool_t *p)
{
    return select_members(db, members, "SELECT m.account_id, m.state" MEMBERS TAKEN, site, group_id,
                          p);
}

apr_status_t scim_sync_kept_any_taken(scim_sync_db_t *db, int *any, const char *site,
                                      const char *group_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, "SELECT 1" MEMBERS TAKEN " LIMIT 1",
                                          DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)), p);

    *any = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

apr_status_t scim_sync_kept_strangers(scim_sync_db_t *db, apr_array_header_t **accounts,
                                      const char *site, const char *group_id, const char *behind,
                                      int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT account_id FROM jira_member WHERE site = %s AND group_id = %s"
        " AND account_id > %s AND state = 'theirs' ORDER BY account_id LIMIT %lld",
        DB_ARGS(DB_TEXT(site), DB_TEXT(group_id), DB_TEXT(behind), DB_INT(max)), p);
    if (rv == APR_SUCCESS) {
        *accounts = scim_sync_db_texts(rows, 0, p);
    }
    return rv;
}

apr_status_t scim_sync_kept_theirs(scim_sync_db_t *db, apr_array_header_t **groups,
                                   const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT g.group_id, g.name, COUNT(*) FROM jira_group g JOIN jira_member m"
        " ON m.site = g.site AND m.group_id = g.group_id AND m.state = 'theirs'"
        " WHERE g.site = %s AND g.protection IS NULL AND EXISTS (SELECT 1 FROM jira_link l"
        "  WHERE l.site = g.site AND l.object = g.group_id)"
        " GROUP BY g.group_id, g.name ORDER BY g.name, g.group_id",
        DB_ARGS(DB_TEXT(site)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *groups = apr_array_make(p, rows->count, sizeof(scim_sync_kept_theirs_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*groups, scim_sync_kept_theirs_t) = (scim_sync_kept_theirs_t) {
            .group_id = scim_sync_db_text(rows, i, 0),
            .group = scim_sync_db_text(rows, i, 1),
            .members = (int)scim_sync_db_number(rows, i, 2),
        };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_kept_state(scim_sync_db_t *db, const char **state, const char *site,
                                  const char *group_id, const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT state FROM jira_member WHERE site = %s AND account_id = %s"
                             " AND group_id = %s",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(group_id)), p);
    *state = rv == APR_SUCCESS ? scim_sync_db_text(rows, 0, 0) : NULL;
    return rv;
}

apr_status_t scim_sync_kept_by_organization(scim_sync_db_t *db, int *is, const char *site,
                                            const char *desk, const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT 1 FROM jira_member m JOIN jira_link o ON o.site = m.site AND o.object = m.group_id"
        " JOIN jira_link d ON d.site = o.site AND d.resource = o.resource AND d.object = %s"
        " WHERE m.site = %s AND m.account_id = %s"
        " AND substr(m.group_id, 1, 13) = '" SCIM_SYNC_PORTAL_ORGANIZATION "' LIMIT 1",
        DB_ARGS(DB_TEXT(desk), DB_TEXT(site), DB_TEXT(account_id)), p);
    *is = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

apr_status_t scim_sync_held_forget_group(scim_sync_db_t *db, const char *site, const char *group_id,
                                         apr_pool_t *p)
{
    static const char *const statements[] = {
        "DELETE FROM jira_member WHERE site = %s AND group_id = %s",
        "DELETE FROM jira_link WHERE site = %s AND object = %s",
        "DELETE FROM jira_group WHERE site = %s AND group_id = %s",
        "DELETE FROM portal_organization WHERE site = %s AND %s IN (desk, organization)",
    };
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(statements) / sizeof(*statements); i++) {
        rv = scim_sync_db_exec(db, NULL, statements[i], DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)),
                               p);
    }
    return rv;
}

apr_status_t scim_sync_held_set_active(scim_sync_db_t *db, const char *site, const char *account_id,
                                       int active, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL, "UPDATE jira_account SET active = %lld WHERE site = %s AND account_id = %s",
        DB_ARGS(DB_INT(active), DB_TEXT(site), DB_TEXT(account_id)), p);
}

apr_status_t scim_sync_held_unread_groups(scim_sync_db_t *db, const char *site,
                                          const char *account_id, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL, "UPDATE jira_account SET groups_read = 0 WHERE site = %s AND account_id = %s",
        DB_ARGS(DB_TEXT(site), DB_TEXT(account_id)), p);
}

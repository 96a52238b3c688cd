/* SPDX-License-Identifier: Apache-2.0 */
#include "store/desk.h"

#include "store/config.h"
#include "store/held.h"
#include "store/portal.h"

/* ---- what was there before us ---- */

apr_status_t scim_sync_desk_members_read(scim_sync_db_t *db, int *read, const char *site,
                                         const char *portal, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv =
        scim_sync_db_select(db, &rows,
                            "SELECT members_read FROM jira_group WHERE site = %s AND group_id = %s",
                            DB_ARGS(DB_TEXT(site), DB_TEXT(portal)), p);
    *read = rv == APR_SUCCESS && rows->count > 0 && scim_sync_db_number(rows, 0, 0);
    return rv;
}

apr_status_t scim_sync_desk_put_members_read(scim_sync_db_t *db, const char *site,
                                             const char *portal, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL, "UPDATE jira_group SET members_read = 1 WHERE site = %s AND group_id = %s",
        DB_ARGS(DB_TEXT(site), DB_TEXT(portal)), p);
}

apr_status_t scim_sync_desk_put_organizations_read(scim_sync_db_t *db, const char *site,
                                                   const char *desk, int read, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE jira_group SET organizations_read = %lld WHERE site = %s AND group_id = %s",
        DB_ARGS(DB_INT(read), DB_TEXT(site), DB_TEXT(desk)), p);
}

/* For each id of a list; the values are the site, what contains them, the id. */
static apr_status_t note(scim_sync_db_t *db, const char *statement, const char *site,
                         const char *portal, const apr_array_header_t *ids, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < ids->nelts; i++) {
        rv = scim_sync_db_exec(db, NULL, statement,
                               DB_ARGS(DB_TEXT(site), DB_TEXT(portal),
                                       DB_TEXT(APR_ARRAY_IDX(ids, i, const char *))),
                               p);
    }
    return rv;
}

apr_status_t scim_sync_desk_note_members(scim_sync_db_t *db, const char *site, const char *portal,
                                         const apr_array_header_t *account_ids, apr_pool_t *p)
{
    return note(db,
                "INSERT INTO jira_member (site, group_id, account_id, state, seen)"
                " VALUES (%s, %s, %s, 'theirs', {now})"
                " ON CONFLICT (site, account_id, group_id) DO NOTHING",
                site, portal, account_ids, p);
}

apr_status_t scim_sync_desk_note_organizations(scim_sync_db_t *db, const char *site,
                                               const char *desk,
                                               const apr_array_header_t *organizations,
                                               apr_pool_t *p)
{
    return note(db,
                "INSERT INTO portal_organization (site, desk, organization, state)"
                " VALUES (%s, %s, %s, 'theirs') ON CONFLICT (site, desk, organization) DO NOTHING",
                site, desk, organizations, p);
}

/* ---- organizations on desks ---- */

static apr_array_header_t *pairs_of(const scim_sync_rows_t *rows, int wanted, apr_pool_t *p)
{
    apr_array_header_t *pairs = apr_array_make(p, rows->count, sizeof(scim_sync_desk_pair_t));
    int i;

    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(pairs, scim_sync_desk_pair_t) =
            (scim_sync_desk_pair_t) { .desk = scim_sync_db_text(rows, i, 0),
                                      .organization = scim_sync_db_text(rows, i, 1),
                                      .state = scim_sync_db_text(rows, i, 2),
                                      .read = (int)scim_sync_db_number(rows, i, 3),
                                      .wanted = wanted };
    }
    return pairs;
}

apr_status_t scim_sync_desk_wanted(scim_sync_db_t *db, apr_array_header_t **pairs, const char *site,
                                   const char *resource, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT DISTINCT d.object, o.object, po.state, COALESCE(g.organizations_read, 0)"
        " FROM jira_link d JOIN jira_link o ON o.site = d.site AND o.resource = d.resource"
        " LEFT JOIN jira_group g ON g.site = d.site AND g.group_id = d.object"
        " LEFT JOIN portal_organization po ON po.site = d.site AND po.desk = d.object"
        " AND po.organization = o.object WHERE d.site = %s AND d.resource = %s"
        " AND substr(d.object, 1, 5) = '" SCIM_SYNC_PORTAL_DESK "'"
        " AND substr(o.object, 1, 13) = '" SCIM_SYNC_PORTAL_ORGANIZATION "' ORDER BY 1, 2",
        DB_ARGS(DB_TEXT(site), DB_TEXT(resource)), p);
    if (rv == APR_SUCCESS) {
        *pairs = pairs_of(rows, 1, p);
    }
    return rv;
}

/* Nothing stands for both portals of a row of portal_organization. */
#define UNASKED                                                                                    \
    " NOT EXISTS (SELECT 1 FROM jira_link d JOIN jira_link o ON o.site = d.site"                   \
    " AND o.resource = d.resource WHERE d.site = portal_organization.site"                         \
    " AND d.object = portal_organization.desk AND o.object = portal_organization.organization)"

#define UNWANTED                                                                                   \
    "SELECT desk, organization, state, 1 FROM portal_organization WHERE site = %s"                 \
    " AND state <> 'theirs' AND" UNASKED

apr_status_t scim_sync_desk_unwanted(scim_sync_db_t *db, apr_array_header_t **pairs,
                                     const char *site, const char *ended_by, int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = ended_by ? scim_sync_db_select(db, &rows,
                                        UNWANTED " AND ended_by = %s ORDER BY 1, 2 LIMIT %lld",
                                        DB_ARGS(DB_TEXT(site), DB_TEXT(ended_by), DB_INT(max)), p)
                  : scim_sync_db_select(db, &rows,
                                        UNWANTED " AND NOT EXISTS (SELECT 1 FROM idp"
                                                 " WHERE name = portal_organization.ended_idp"
                                                 " AND state = '" SCIM_SYNC_IDP_DRY_RUN "')"
                                                 " ORDER BY 1, 2 LIMIT %lld",
                                        DB_ARGS(DB_TEXT(site), DB_INT(max)), p);
    if (rv == APR_SUCCESS) {
        *pairs = pairs_of(rows, 0, p);
    }
    return rv;
}

apr_status_t scim_sync_desk_put(scim_sync_db_t *db, const char *site,
                                const scim_sync_desk_pair_t *pair, const char *state, apr_pool_t *p)
{
    if (!state) {
        return scim_sync_db_exec(
            db, NULL,
            "DELETE FROM portal_organization WHERE site = %s AND desk = %s AND organization = %s",
            DB_ARGS(DB_TEXT(site), DB_TEXT(pair->desk), DB_TEXT(pair->organization)), p);
    }
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO portal_organization (site, desk, organization, state) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT (site, desk, organization) DO UPDATE SET state = excluded.state,"
        " ended_by = NULL, ended_idp = NULL",
        DB_ARGS(DB_TEXT(site), DB_TEXT(pair->desk), DB_TEXT(pair->organization), DB_TEXT(state)),
        p);
}

apr_status_t scim_sync_desk_holds(scim_sync_db_t *db, apr_array_header_t **organizations,
                                  const char *site, const char *desk, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT organization FROM portal_organization WHERE site = %s"
                             " AND desk = %s AND state IN ('ours', 'theirs') ORDER BY organization",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(desk)), p);
    if (rv == APR_SUCCESS) {
        *organizations = scim_sync_db_texts(rows, 0, p);
    }
    return rv;
}

apr_status_t scim_sync_desk_lose(scim_sync_db_t *db, int *gone, const char *site, const char *desk,
                                 const char *organization, apr_pool_t *p)
{
    return scim_sync_db_exec(db, gone,
                             "DELETE FROM portal_organization WHERE site = %s AND desk = %s"
                             " AND organization = %s AND state IN ('ours', 'theirs')",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(desk), DB_TEXT(organization)), p);
}

apr_status_t scim_sync_desk_end_dry(scim_sync_db_t *db, const char *site, const char *portal,
                                    const char *idp, const char *resource, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE portal_organization SET ended_idp = %s, ended_by = %s WHERE site = %s"
        " AND %s IN (desk, organization) AND state <> 'theirs' AND" UNASKED,
        DB_ARGS(DB_TEXT(idp), DB_TEXT(resource), DB_TEXT(site), DB_TEXT(portal)), p);
}

apr_status_t scim_sync_desk_give_away(scim_sync_db_t *db, const char *site, const char *idp,
                                      apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE portal_organization SET state = 'theirs' WHERE site = %s"
        " AND state <> 'removing' AND COALESCE(ended_idp, %s) = %s AND" UNASKED,
        DB_ARGS(DB_TEXT(site), DB_TEXT(idp), DB_TEXT(idp)), p);
}

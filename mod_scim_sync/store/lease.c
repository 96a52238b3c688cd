/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lease.h"

#include <apr_strings.h>

apr_status_t scim_sync_lease_take(scim_sync_db_t *db, scim_sync_lease_t *lease, const char *host,
                                  apr_int64_t ms, int *taken, apr_pool_t *p)
{
    const char *prefix = apr_pstrcat(p, host, "/", NULL);
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *taken = 0;
    rv = scim_sync_db_exec(db, taken,
                           "INSERT INTO lease (name, owner, until, fence)"
                           " VALUES (%s, %s, {now} + %lld, 1)"
                           " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner,"
                           " until = excluded.until, fence = lease.fence + 1"
                           " WHERE lease.until < {now}"
                           " OR substr(lease.owner, 1, length(CAST(%s AS TEXT))) = %s",
                           DB_ARGS(DB_TEXT(lease->name), DB_TEXT(lease->owner), DB_INT(ms),
                                   DB_TEXT(prefix), DB_TEXT(prefix)),
                           p);
    if (rv == APR_SUCCESS && *taken) {
        rv = scim_sync_db_select(db, &rows, "SELECT fence FROM lease WHERE name = %s",
                                 DB_ARGS(DB_TEXT(lease->name)), p);
        if (rv == APR_SUCCESS) {
            lease->fence = scim_sync_db_number(rows, 0, 0);
        }
    }
    return rv;
}

apr_status_t scim_sync_lease_keep(scim_sync_db_t *db, const scim_sync_lease_t *lease,
                                  apr_int64_t ms, int *kept, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, kept,
        "UPDATE lease SET until = {now} + %lld"
        " WHERE name = %s AND owner = %s AND fence = %lld",
        DB_ARGS(DB_INT(ms), DB_TEXT(lease->name), DB_TEXT(lease->owner), DB_INT(lease->fence)), p);
}

apr_status_t scim_sync_lease_hold(scim_sync_db_t *db, const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;

    return scim_sync_db_select(db, &rows, "SELECT fence FROM lease WHERE name = %s{for_update}",
                               DB_ARGS(DB_TEXT(apr_pstrcat(p, "site:", site, NULL))), p);
}

apr_status_t scim_sync_lease_hold_fed(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;

    /* In one order, so that two who hold several wait for each other, not both for ever. */
    return scim_sync_db_select(db, &rows,
                               "SELECT fence FROM lease WHERE name IN (SELECT 'site:' || s.site"
                               " FROM idp_site s WHERE s.idp = %s) ORDER BY name{for_update}",
                               DB_ARGS(DB_TEXT(idp)), p);
}

apr_status_t scim_sync_lease_hold_each(scim_sync_db_t *db, const apr_array_header_t *sites,
                                       apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < sites->nelts; i++) {
        rv = scim_sync_lease_hold(db, APR_ARRAY_IDX(sites, i, const char *), p);
    }
    return rv;
}

apr_status_t scim_sync_lease_drop(scim_sync_db_t *db, const scim_sync_lease_t *lease, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE lease SET until = 0 WHERE name = %s AND owner = %s"
        " AND fence = %lld",
        DB_ARGS(DB_TEXT(lease->name), DB_TEXT(lease->owner), DB_INT(lease->fence)), p);
}

apr_status_t scim_sync_lease_list(scim_sync_db_t *db, apr_array_header_t **leases, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT name, owner, fence FROM lease WHERE until >= {now}"
                             " ORDER BY name",
                             DB_NO_ARGS, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *leases = apr_array_make(p, rows->count, sizeof(scim_sync_lease_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*leases, scim_sync_lease_t) =
            (scim_sync_lease_t) { .name = scim_sync_db_text(rows, i, 0),
                                  .owner = scim_sync_db_text(rows, i, 1),
                                  .fence = scim_sync_db_number(rows, i, 2) };
    }
    return APR_SUCCESS;
}

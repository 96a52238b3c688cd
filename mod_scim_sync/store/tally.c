/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tally_private.h"

/* What is counted by the provisioners is counted again when it is so old (ms). */
#define AGE_MS 50000

void scim_sync_tally_add(apr_array_header_t *tally, const char *idp, const char *what,
                         apr_int64_t count)
{
    APR_ARRAY_PUSH(tally, scim_sync_tally_t) =
        (scim_sync_tally_t) { .idp = idp, .what = what, .count = count };
}

static apr_status_t is_fresh(scim_sync_db_t *db, int *fresh, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows, "SELECT {now} - MAX(at) FROM idp_tally", DB_NO_ARGS, p);

    *fresh = rv == APR_SUCCESS && scim_sync_db_text(rows, 0, 0) &&
             scim_sync_db_number(rows, 0, 0) < AGE_MS;
    return rv;
}

apr_status_t scim_sync_tally_take(scim_sync_db_t *db, apr_array_header_t **tally, apr_pool_t *p)
{
    apr_status_t rv;
    int fresh;

    *tally = NULL;
    if ((rv = is_fresh(db, &fresh, p)) != APR_SUCCESS || fresh) {
        return rv;
    }
    *tally = apr_array_make(p, 16, sizeof(scim_sync_tally_t));
    if ((rv = scim_sync_glance_tally(db, *tally, p)) == APR_SUCCESS) {
        rv = scim_sync_plan_tally(db, *tally, p);
    }
    return rv;
}

apr_status_t scim_sync_tally_keep(scim_sync_db_t *db, const apr_array_header_t *tally,
                                  apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(db, NULL, "DELETE FROM idp_tally", DB_NO_ARGS, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < tally->nelts; i++) {
        const scim_sync_tally_t *one = &APR_ARRAY_IDX(tally, i, scim_sync_tally_t);

        rv = scim_sync_db_exec(db, NULL,
                               "INSERT INTO idp_tally (idp, what, count, at)"
                               " SELECT i.name, CAST(%s AS TEXT), CAST(%lld AS BIGINT), {now}"
                               " FROM idp i WHERE i.name = %s"
                               " ON CONFLICT (idp, what) DO UPDATE SET count = excluded.count,"
                               " at = excluded.at",
                               DB_ARGS(DB_TEXT(one->what), DB_INT(one->count), DB_TEXT(one->idp)),
                               p);
    }
    return rv;
}

apr_status_t scim_sync_tally_load(scim_sync_db_t *db, apr_array_header_t **tally, apr_int64_t *at,
                                  const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    *tally = apr_array_make(p, 16, sizeof(scim_sync_tally_t));
    *at = 0;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT what, count, at FROM idp_tally WHERE idp = %s ORDER BY what",
                             DB_ARGS(DB_TEXT(idp)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        scim_sync_tally_add(*tally, idp, scim_sync_db_text(rows, i, 0),
                            scim_sync_db_number(rows, i, 1));
        *at = scim_sync_db_number(rows, i, 2);
    }
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/limits.h"

apr_status_t scim_sync_limits_load(scim_sync_db_t *db, const char **state, apr_int64_t *age,
                                   const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *state = NULL;
    rv =
        scim_sync_db_select(db, &rows, "SELECT state, {now} - changed FROM limiter WHERE site = %s",
                            DB_ARGS(DB_TEXT(site)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        *state = scim_sync_db_text(rows, 0, 0);
        *age = scim_sync_db_number(rows, 0, 1);
    }
    return rv;
}

apr_status_t scim_sync_limits_save(scim_sync_db_t *db, const char *site, const char *state,
                                   apr_int64_t pause, const char *why, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO limiter (site, state, paused, why, changed)"
        " SELECT name, CAST(%s AS TEXT), CASE WHEN %lld > 0 THEN {now} + %lld ELSE 0 END,"
        " CAST(%s AS TEXT), {now} FROM site WHERE name = %s"
        " ON CONFLICT (site) DO UPDATE SET state = excluded.state, paused = excluded.paused,"
        " why = excluded.why, changed = excluded.changed WHERE limiter.state <> excluded.state",
        DB_ARGS(DB_TEXT(state), DB_INT(pause), DB_INT(pause), DB_TEXT(why), DB_TEXT(site)), p);
}

apr_status_t scim_sync_limits_paused(scim_sync_db_t *db, apr_array_header_t **paused, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT site, paused, why FROM limiter WHERE paused > {now}"
                             " ORDER BY site",
                             DB_NO_ARGS, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *paused = apr_array_make(p, rows->count + 1, sizeof(scim_sync_paused_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*paused, scim_sync_paused_t) =
            (scim_sync_paused_t) { .site = scim_sync_db_text(rows, i, 0),
                                   .until = scim_sync_db_number(rows, i, 1),
                                   .why = scim_sync_db_text(rows, i, 2) };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_limits_list(scim_sync_db_t *db, apr_array_header_t **limits, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT site, state, changed, {now} - changed,"
                             " CASE WHEN paused > {now} THEN paused ELSE 0 END, why"
                             " FROM limiter ORDER BY site",
                             DB_NO_ARGS, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *limits = apr_array_make(p, rows->count, sizeof(scim_sync_limits_row_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*limits, scim_sync_limits_row_t) =
            (scim_sync_limits_row_t) { .site = scim_sync_db_text(rows, i, 0),
                                       .state = scim_sync_db_text(rows, i, 1),
                                       .changed = scim_sync_db_number(rows, i, 2),
                                       .age = scim_sync_db_number(rows, i, 3),
                                       .paused = scim_sync_db_number(rows, i, 4),
                                       .why = scim_sync_db_text(rows, i, 5) };
    }
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/health.h"

#define MINUTE_MS APR_INT64_C(60000)
#define WEEK_MS   (SCIM_SYNC_HEALTH_HOURS * 60 * MINUTE_MS)
#define GONE_MS   (3 * MINUTE_MS)

/* clang-format off */

#define MORE(column) column " = health." column " + excluded." column

/* Its values: the length of a step twice, and the columns from host on. */
#define ADD \
    "INSERT INTO health (at, host, requests, refused, failed, busy, longest, tasks, calls," \
    " limited) VALUES ({now} / %lld * %lld, %s, %lld, %lld, %lld, %lld, %lld, %lld, %lld, %lld)" \
    " ON CONFLICT (at, host) DO UPDATE SET " \
    MORE("requests") ", " MORE("refused") ", " MORE("failed") ", " MORE("busy") ", " \
    "longest = CASE WHEN excluded.longest > health.longest" \
    " THEN excluded.longest ELSE health.longest END, " \
    MORE("tasks") ", " MORE("calls") ", " MORE("limited")

/* clang-format on */

apr_status_t scim_sync_health_add(scim_sync_db_t *db, const char *host,
                                  const scim_sync_health_t *counted, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, NULL, ADD,
        DB_ARGS(DB_INT(SCIM_SYNC_HEALTH_STEP_MS), DB_INT(SCIM_SYNC_HEALTH_STEP_MS), DB_TEXT(host),
                DB_INT(counted->requests), DB_INT(counted->refused), DB_INT(counted->failed),
                DB_INT(counted->busy), DB_INT(counted->longest), DB_INT(counted->tasks),
                DB_INT(counted->calls), DB_INT(counted->limited)),
        p);
    return rv == APR_SUCCESS
               ? scim_sync_db_exec(db, NULL, "DELETE FROM health WHERE at < {now} - %lld",
                                   DB_ARGS(DB_INT(WEEK_MS)), p)
               : rv;
}

/* As PostgreSQL has it, a sum of numbers is none of their type. It has both ends, as a plan for any
 * values takes what has but one for a third of the table, and then rather reads it all. */
static const char series[] =
    "SELECT at, CAST(SUM(requests) AS BIGINT), CAST(SUM(refused) AS BIGINT),"
    " CAST(SUM(failed) AS BIGINT), CAST(SUM(busy) AS BIGINT), MAX(longest),"
    " CAST(SUM(tasks) AS BIGINT), CAST(SUM(calls) AS BIGINT), CAST(SUM(limited) AS BIGINT)"
    " FROM health WHERE at > {now} - %lld AND at <= {now} GROUP BY at ORDER BY at";

apr_status_t scim_sync_health_series(scim_sync_db_t *db, apr_array_header_t **steps, int hours,
                                     apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows, series, DB_ARGS(DB_INT(hours * 60 * MINUTE_MS)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *steps = apr_array_make(p, rows->count, sizeof(scim_sync_health_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*steps, scim_sync_health_t) =
            (scim_sync_health_t) { .at = scim_sync_db_number(rows, i, 0),
                                   .requests = scim_sync_db_number(rows, i, 1),
                                   .refused = scim_sync_db_number(rows, i, 2),
                                   .failed = scim_sync_db_number(rows, i, 3),
                                   .busy = scim_sync_db_number(rows, i, 4),
                                   .longest = scim_sync_db_number(rows, i, 5),
                                   .tasks = scim_sync_db_number(rows, i, 6),
                                   .calls = scim_sync_db_number(rows, i, 7),
                                   .limited = scim_sync_db_number(rows, i, 8) };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_node_seen(scim_sync_db_t *db, const scim_sync_node_t *node, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL,
                           "INSERT INTO node (host, name, version, begun, seen, wrote)"
                           " VALUES (%s, %s, %s, {now}, {now}, %lld) ON CONFLICT (host)"
                           " DO UPDATE SET name = excluded.name, version = excluded.version,"
                           " seen = excluded.seen, wrote = excluded.wrote",
                           DB_ARGS(DB_TEXT(node->host), DB_TEXT(node->name), DB_TEXT(node->version),
                                   DB_INT(node->wrote)),
                           p);
    return rv == APR_SUCCESS
               ? scim_sync_db_exec(db, NULL,
                                   "DELETE FROM node WHERE seen < {now} - %lld"
                                   " OR (name = %s AND host <> %s AND seen < {now} - %lld)",
                                   DB_ARGS(DB_INT(WEEK_MS), DB_TEXT(node->name),
                                           DB_TEXT(node->host), DB_INT(GONE_MS)),
                                   p)
               : rv;
}

apr_status_t scim_sync_node_list(scim_sync_db_t *db, apr_array_header_t **nodes, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT host, name, version, begun, seen, wrote FROM node"
                             " ORDER BY name, begun, host",
                             DB_NO_ARGS, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *nodes = apr_array_make(p, rows->count, sizeof(scim_sync_node_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*nodes, scim_sync_node_t) =
            (scim_sync_node_t) { .host = scim_sync_db_text(rows, i, 0),
                                 .name = scim_sync_db_text(rows, i, 1),
                                 .version = scim_sync_db_text(rows, i, 2),
                                 .begun = scim_sync_db_number(rows, i, 3),
                                 .seen = scim_sync_db_number(rows, i, 4),
                                 .wrote = scim_sync_db_number(rows, i, 5) };
    }
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/reconcile.h"

#include <string.h>

#include <apr_hash.h>

/* One that failed is tried again after so long (ms), or after the period if that is less. */
#define FAILED_AGAIN_MS 3600000

apr_status_t scim_sync_reconcile_load(scim_sync_db_t *db, scim_sync_reconcile_row_t **row,
                                      const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *row = NULL;
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT s.created, {now}, r.asked, r.trust, r.running, r.started, r.ended, r.outcome,"
        " r.detail, r.report FROM site s LEFT JOIN reconcile r ON r.site = s.name"
        " WHERE s.name = %s",
        DB_ARGS(DB_TEXT(site)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        scim_sync_reconcile_row_t *r = apr_pcalloc(p, sizeof(*r));

        r->site_created = scim_sync_db_number(rows, 0, 0);
        r->now = scim_sync_db_number(rows, 0, 1);
        r->asked = scim_sync_db_number(rows, 0, 2);
        r->trust = (int)scim_sync_db_number(rows, 0, 3);
        r->running = (int)scim_sync_db_number(rows, 0, 4);
        r->started = scim_sync_db_number(rows, 0, 5);
        r->ended = scim_sync_db_number(rows, 0, 6);
        r->outcome = scim_sync_db_text(rows, 0, 7);
        r->detail = scim_sync_db_text(rows, 0, 8);
        r->report = scim_sync_db_text(rows, 0, 9);
        *row = r;
    }
    return rv;
}

apr_status_t scim_sync_reconcile_ask(scim_sync_db_t *db, const char *site, int trust, int *found,
                                     apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, found,
        "INSERT INTO reconcile (site, asked, trust, running, started, ended)"
        " SELECT name, {now}, %lld, 0, 0, 0 FROM site WHERE name = %s"
        " ON CONFLICT (site) DO UPDATE SET asked = excluded.asked, trust = excluded.trust",
        DB_ARGS(DB_INT(trust), DB_TEXT(site)), p);
}

apr_status_t scim_sync_reconcile_start(scim_sync_db_t *db, const char *site, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO reconcile (site, asked, trust, running, started, ended)"
        " SELECT name, 0, 0, 1, {now}, 0 FROM site WHERE name = %s"
        " ON CONFLICT (site) DO UPDATE SET running = 1, started = excluded.started",
        DB_ARGS(DB_TEXT(site)), p);
}

apr_status_t scim_sync_reconcile_end(scim_sync_db_t *db, const char *site, const char *outcome,
                                     const char *detail, const char *report, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE reconcile SET running = 0, ended = {now}, outcome = %s, detail = %s, report = %s,"
        " trust = CASE WHEN asked > started THEN trust ELSE 0 END,"
        " asked = CASE WHEN asked > started THEN asked ELSE 0 END WHERE site = %s",
        DB_ARGS(DB_TEXT(outcome), DB_TEXT(detail), DB_TEXT(report), DB_TEXT(site)), p);
}

/* Somewhere in the period; names that are nearly alike are far from each other. */
static apr_int64_t spread(const char *site, apr_int64_t period)
{
    apr_ssize_t length = (apr_ssize_t)strlen(site);
    apr_uint32_t hash = apr_hashfunc_default(site, &length) * 2654435761u; /* 2^32 / golden ratio */

    return (apr_int64_t)((double)hash / 4294967296.0 * (double)period);
}

apr_int64_t scim_sync_reconcile_due(const scim_sync_reconcile_row_t *row, const char *site,
                                    apr_int64_t period)
{
    if (row->asked || row->running) {
        return row->asked ? row->asked : row->started;
    }
    if (period <= 0) {
        return 0;
    }
    if (!row->ended) {
        return row->site_created + spread(site, period);
    }
    if (strcmp(row->outcome, SCIM_SYNC_RECONCILE_FAILED)) {
        return row->started + period;
    }
    return row->ended + (period < FAILED_AGAIN_MS ? period : FAILED_AGAIN_MS);
}

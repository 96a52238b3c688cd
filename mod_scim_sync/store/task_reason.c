/* SPDX-License-Identifier: Apache-2.0 */
#include "store/task_reason.h"

#include <string.h>

#include "store/task_private.h"

#define ALIKE(a)                                                                                   \
    DB_TEXT((a)->idp), DB_TEXT((a)->site), DB_TEXT((a)->kind), DB_TEXT((a)->class),                \
        DB_INT((a)->status)

/*
 * From the next status on, rather than behind this one: SQLite begins with what is equal to a row,
 * also where more is asked for, and would go past each task of the kind before.
 */
scim_sync_sql_t *scim_sync_task_reason_next(const scim_sync_task_alike_t *alike, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      "SELECT t.idp, t.site, t.kind, t.class, t.status FROM task t"
                      " WHERE t.class IS NOT NULL AND t.state = %s"
                      " AND (t.idp, t.site, t.kind, t.class, t.status) >= (%s, %s, %s, %s, %lld)"
                      " ORDER BY t.idp, t.site, t.kind, t.class, t.status LIMIT 1",
                      DB_ARGS(DB_TEXT(alike->state), DB_TEXT(alike->idp), DB_TEXT(alike->site),
                              DB_TEXT(alike->kind), DB_TEXT(alike->class),
                              DB_INT(alike->status + 1)));
    return sql;
}

scim_sync_sql_t *scim_sync_task_reason_count(const scim_sync_task_alike_t *alike, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      "SELECT COUNT(*) FROM (SELECT 1 FROM task t WHERE t.state = %s"
                      " AND t.idp = %s AND t.site = %s AND t.kind = %s AND t.class = %s"
                      " AND t.status = %lld ORDER BY t.id LIMIT %lld) c",
                      DB_ARGS(DB_TEXT(alike->state), ALIKE(alike),
                              DB_INT(SCIM_SYNC_REASON_MOST + 1)));
    return sql;
}

/* The next kind behind one; *found is 0 when that was the last one of its state. */
static apr_status_t step(scim_sync_db_t *db, scim_sync_task_alike_t *at, int *found, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_sql_select(db, &rows, scim_sync_task_reason_next(at, p), p);

    *found = rv == APR_SUCCESS && rows->count > 0;
    if (*found) {
        at->idp = scim_sync_db_text(rows, 0, 0);
        at->site = scim_sync_db_text(rows, 0, 1);
        at->kind = scim_sync_db_text(rows, 0, 2);
        at->class = scim_sync_db_text(rows, 0, 3);
        at->status = (int)scim_sync_db_number(rows, 0, 4);
    }
    return rv;
}

static apr_status_t append(scim_sync_db_t *db, apr_array_header_t *reasons,
                           const scim_sync_task_alike_t *at, apr_pool_t *p)
{
    const scim_sync_task_filter_t filter = {
        .site = at->site, .kind = at->kind, .class = at->class, .status = at->status
    };
    scim_sync_rows_t *first;
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_sql_select(
        db, &first,
        scim_sync_task_walk(SCIM_SYNC_TASK_BY_STATE, at->state, at->idp, &filter, 0, 1, p), p);
    if (rv != APR_SUCCESS ||
        (rv = scim_sync_sql_select(db, &rows, scim_sync_task_reason_count(at, p), p)) !=
            APR_SUCCESS) {
        return rv;
    }
    /* Between the statements they may have been done. */
    if (first->count > 0) {
        APR_ARRAY_PUSH(reasons, scim_sync_task_reason_t) =
            (scim_sync_task_reason_t) { .first = APR_ARRAY_IDX(scim_sync_task_rows(first, p), 0,
                                                               scim_sync_task_t *),
                                        .count = scim_sync_db_number(rows, 0, 0) };
    }
    return rv;
}

static apr_status_t walk(scim_sync_db_t *db, apr_array_header_t *reasons, const char *state,
                         const char *idp, int max, apr_pool_t *p)
{
    scim_sync_task_alike_t at = {
        .state = state, .idp = idp ? idp : "", .site = "", .kind = "", .class = "", .status = -1
    };
    apr_status_t rv = APR_SUCCESS;
    int found;

    while (reasons->nelts < max && (rv = step(db, &at, &found, p)) == APR_SUCCESS && found &&
           (!idp || !strcmp(at.idp, idp)) && (rv = append(db, reasons, &at, p)) == APR_SUCCESS) {
    }
    return rv;
}

apr_status_t scim_sync_task_reasons(scim_sync_db_t *db, apr_array_header_t **reasons,
                                    const char *state, const char *idp, int max, apr_pool_t *p)
{
    static const char *const states[] = { SCIM_SYNC_TASK_FAILED, SCIM_SYNC_TASK_HELD,
                                          SCIM_SYNC_TASK_WAITING, SCIM_SYNC_TASK_DISCARDED,
                                          SCIM_SYNC_TASK_PLANNED };
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    *reasons = apr_array_make(p, 8, sizeof(scim_sync_task_reason_t));
    for (i = 0; rv == APR_SUCCESS && i < sizeof(states) / sizeof(*states); i++) {
        if (!state || !strcmp(states[i], state)) {
            rv = walk(db, *reasons, states[i], idp, max, p);
        }
    }
    return rv;
}

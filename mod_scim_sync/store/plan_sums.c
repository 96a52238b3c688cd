/* SPDX-License-Identifier: Apache-2.0 */
/* How much there is to do for an IdP, all in all: few tasks are counted, of many it is on record. */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "store/plan_private.h"
#include "store/tally_private.h"

#define PLANNED SCIM_SYNC_PLAN_STATE "planned"

/* As they stand in SCIM_SYNC_PLAN_LOOK. */
static const char *const states[] = { SCIM_SYNC_PLAN_STATE "waiting", PLANNED,
                                      SCIM_SYNC_PLAN_STATE "failed", SCIM_SYNC_PLAN_STATE "held",
                                      SCIM_SYNC_PLAN_STATE "discarded" };
#define STATES ((int)(sizeof(states) / sizeof(*states)))

static void add(apr_array_header_t *counts, const char *what, apr_int64_t count)
{
    APR_ARRAY_PUSH(counts, scim_sync_plan_count_t) =
        (scim_sync_plan_count_t) { .what = what, .count = count };
}

static apr_status_t add_rows(scim_sync_db_t *db, apr_array_header_t *counts, const char *sql,
                             const char *value, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, sql, DB_ARGS(DB_TEXT(value)), p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        add(counts, scim_sync_db_text(rows, i, 0), scim_sync_db_number(rows, i, 1));
    }
    return rv;
}

/* All of one IdP, however many that are. */
static apr_status_t count_whole(scim_sync_db_t *db, apr_array_header_t *counts, const char *idp,
                                apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < STATES; i++) {
        const char *state = states[i] + strlen(SCIM_SYNC_PLAN_STATE);

        rv = scim_sync_db_select(db, &rows,
                                 "SELECT COUNT(*) FROM task WHERE state = %s AND idp = %s",
                                 DB_ARGS(DB_TEXT(state), DB_TEXT(idp)), p);
        if (rv == APR_SUCCESS) {
            add(counts, states[i], scim_sync_db_number(rows, 0, 0));
        }
    }
    return rv == APR_SUCCESS ? add_rows(db, counts, SCIM_SYNC_PLAN_SUMS, idp, p) : rv;
}

/* Task by task, as few as they are: a planner that joins might read all that are planned. */
static apr_status_t add_few(scim_sync_db_t *db, apr_array_header_t *counts, const char *idp,
                            apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_make(p, 64, sizeof(const char *));
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows, SCIM_SYNC_PLAN_FEW,
                             DB_ARGS(DB_TEXT(idp), DB_INT(SCIM_SYNC_TALLY_MOST)), p);
    if (rv != APR_SUCCESS || rows->count == 0) {
        return rv;
    }
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(ids, const char *) = scim_sync_db_text(rows, i, 0);
    }
    return add_rows(db, counts, SCIM_SYNC_PLAN_SUMS_OF,
                    scim_sync_json_text(scim_sync_json_own(scim_sync_json_list(ids), p), NULL, p),
                    p);
}

/* The states as the last minute's count has them, and all else; *counts is empty when it has none. */
static apr_status_t recall(scim_sync_db_t *db, apr_array_header_t *counts, apr_int64_t *at,
                           const char *idp, apr_pool_t *p)
{
    apr_array_header_t *tally;
    apr_status_t rv = scim_sync_tally_load(db, &tally, at, idp, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < tally->nelts; i++) {
        const scim_sync_tally_t *one = &APR_ARRAY_IDX(tally, i, scim_sync_tally_t);

        if (strchr(one->what, ':')) {
            add(counts, one->what, one->count);
        }
    }
    *at = counts->nelts > 0 ? *at : 0;
    return rv;
}

/* Each state up to one more than is counted at a look; *large: one of them is so much. */
static void look(const scim_sync_rows_t *rows, int row, apr_array_header_t *counts, int *large)
{
    int i;

    *large = 0;
    for (i = 0; i < STATES; i++) {
        add(counts, states[i], scim_sync_db_number(rows, row, 1 + i));
        *large |= scim_sync_db_number(rows, row, 1 + i) > SCIM_SYNC_TALLY_MOST;
    }
}

apr_status_t scim_sync_plan_sums(scim_sync_db_t *db, apr_array_header_t **counts, apr_int64_t *at,
                                 const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, SCIM_SYNC_PLAN_LOOK, DB_ARGS(DB_TEXT(idp)), p);
    int large = 0;

    *counts = apr_array_make(p, 16, sizeof(scim_sync_plan_count_t));
    *at = 0;
    if (rv != APR_SUCCESS || rows->count == 0) {
        return rv;
    }
    look(rows, 0, *counts, &large);
    if (!large) {
        return add_few(db, *counts, idp, p);
    }
    apr_array_clear(*counts);
    rv = recall(db, *counts, at, idp, p);
    /* It has become so much within the last minute: that is counted now. */
    return rv == APR_SUCCESS && !*at ? count_whole(db, *counts, idp, p) : rv;
}

apr_status_t scim_sync_plan_tally(scim_sync_db_t *db, apr_array_header_t *tally, apr_pool_t *p)
{
    apr_array_header_t *counts = apr_array_make(p, 16, sizeof(scim_sync_plan_count_t));
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows, SCIM_SYNC_PLAN_LOOK, DB_ARGS(DB_TEXT(NULL)), p);
    int large;
    int row;
    int i;

    for (row = 0; rv == APR_SUCCESS && row < rows->count; row++) {
        const char *idp = scim_sync_db_text(rows, row, 0);

        apr_array_clear(counts);
        look(rows, row, counts, &large);
        if (large) {
            apr_array_clear(counts);
            rv = count_whole(db, counts, idp, p);
        }
        for (i = 0; rv == APR_SUCCESS && large && i < counts->nelts; i++) {
            const scim_sync_plan_count_t *one = &APR_ARRAY_IDX(counts, i, scim_sync_plan_count_t);

            scim_sync_tally_add(tally, idp, one->what, one->count);
        }
    }
    return rv;
}

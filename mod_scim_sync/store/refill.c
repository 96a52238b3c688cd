/* SPDX-License-Identifier: Apache-2.0 */
#include "store/refill.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "store/resource_private.h"

#define BATCH 200

/* Behind which row the next batch begins. */
typedef struct {
    const char *resource;
    const char *member;
} place_t;

/* Fill the rows behind *place, BATCH at most: *count of them; *place is then the last one, in p. */
typedef apr_status_t batch_t(scim_sync_db_t *db, place_t *place, int *count, apr_pool_t *p);

static apr_status_t fill_resources(scim_sync_db_t *db, place_t *place, int *count, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows, "SELECT id, type, doc FROM resource WHERE id > %s ORDER BY id LIMIT %lld",
        DB_ARGS(DB_TEXT(place->resource), DB_INT(BATCH)), p);
    *count = rv == APR_SUCCESS ? rows->count : 0;
    for (i = 0; rv == APR_SUCCESS && i < *count; i++) {
        scim_sync_type_t type = scim_sync_resource_type(scim_sync_db_text(rows, i, 1));
        json_t *doc = scim_sync_json_own(json_loads(scim_sync_db_text(rows, i, 2), 0, NULL), p);

        place->resource = scim_sync_db_text(rows, i, 0);
        if (doc) {
            rv = scim_sync_db_exec(
                db, NULL,
                "UPDATE resource SET search = CAST(%s AS {json}), display_key = %s WHERE id = %s",
                DB_ARGS(DB_TEXT(scim_sync_resource_search(type, doc, p)),
                        DB_TEXT(scim_sync_resource_display_key(doc, p)), DB_TEXT(place->resource)),
                p);
        }
    }
    return rv;
}

static apr_status_t fill_members(scim_sync_db_t *db, place_t *place, int *count, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT resource, value, display FROM member"
        " WHERE (resource, value) > (%s, %s) AND display IS NOT NULL"
        " ORDER BY resource, value LIMIT %lld",
        DB_ARGS(DB_TEXT(place->resource), DB_TEXT(place->member), DB_INT(BATCH)), p);
    *count = rv == APR_SUCCESS ? rows->count : 0;
    for (i = 0; rv == APR_SUCCESS && i < *count; i++) {
        place->resource = scim_sync_db_text(rows, i, 0);
        place->member = scim_sync_db_text(rows, i, 1);
        rv = scim_sync_db_exec(
            db, NULL, "UPDATE member SET display_key = %s WHERE resource = %s AND value = %s",
            DB_ARGS(DB_TEXT(scim_sync_fold(scim_sync_db_text(rows, i, 2), p)),
                    DB_TEXT(place->resource), DB_TEXT(place->member)),
            p);
    }
    return rv;
}

/* Memory for two batches at most: where one begins is told by the one before. */
static apr_status_t fill(scim_sync_db_t *db, batch_t *batch, apr_pool_t *p)
{
    place_t place = { "", "" };
    apr_pool_t *before = NULL;
    apr_pool_t *now;
    apr_status_t rv;
    int count = BATCH;

    rv = apr_pool_create(&before, p);
    while (rv == APR_SUCCESS && count == BATCH && (rv = apr_pool_create(&now, p)) == APR_SUCCESS) {
        rv = batch(db, &place, &count, now);
        apr_pool_destroy(before);
        before = now;
    }
    if (before) {
        apr_pool_destroy(before);
    }
    return rv;
}

apr_status_t scim_sync_refill(scim_sync_db_t *db, apr_pool_t *p)
{
    apr_status_t rv = fill(db, fill_resources, p);

    return rv == APR_SUCCESS ? fill(db, fill_members, p) : rv;
}

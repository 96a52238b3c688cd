/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of SQL in the making: a text with placeholders (store/db.h), and the values that belong
 * to them, in their order. Values never become part of the text.
 */
#ifndef SCIM_SYNC_STORE_SQL_H
#define SCIM_SYNC_STORE_SQL_H

#include <apr_tables.h>

#include "store/db.h"

typedef struct {
    apr_array_header_t *pieces; /* const char * */
    apr_array_header_t *values; /* scim_sync_value_t */
} scim_sync_sql_t;

/* An empty one, in p. */
scim_sync_sql_t *scim_sync_sql_make(apr_pool_t *p);

/*
 * Append a text that outlives the piece, and its values: scim_sync_sql_put(sql, "a = %s",
 * DB_ARGS(...)).
 */
void scim_sync_sql_put(scim_sync_sql_t *sql, const char *text, int nvalues,
                       const scim_sync_value_t *values);

/* Append a text without values. */
void scim_sync_sql_puts(scim_sync_sql_t *sql, const char *text);

/* Append another piece. */
void scim_sync_sql_append(scim_sync_sql_t *sql, const scim_sync_sql_t *more);

/* Run it: scim_sync_db_select_made. */
apr_status_t scim_sync_sql_select(scim_sync_db_t *db, scim_sync_rows_t **rows,
                                  const scim_sync_sql_t *sql, apr_pool_t *p);

#endif

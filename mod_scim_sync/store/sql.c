/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sql.h"

#include <apr_strings.h>

scim_sync_sql_t *scim_sync_sql_make(apr_pool_t *p)
{
    scim_sync_sql_t *sql = apr_palloc(p, sizeof(*sql));

    sql->pieces = apr_array_make(p, 16, sizeof(const char *));
    sql->values = apr_array_make(p, 8, sizeof(scim_sync_value_t));
    return sql;
}

void scim_sync_sql_puts(scim_sync_sql_t *sql, const char *text)
{
    APR_ARRAY_PUSH(sql->pieces, const char *) = text;
}

void scim_sync_sql_put(scim_sync_sql_t *sql, const char *text, int nvalues,
                       const scim_sync_value_t *values)
{
    int i;

    scim_sync_sql_puts(sql, text);
    for (i = 0; i < nvalues; i++) {
        APR_ARRAY_PUSH(sql->values, scim_sync_value_t) = values[i];
    }
}

void scim_sync_sql_append(scim_sync_sql_t *sql, const scim_sync_sql_t *more)
{
    apr_array_cat(sql->pieces, more->pieces);
    apr_array_cat(sql->values, more->values);
}

apr_status_t scim_sync_sql_select(scim_sync_db_t *db, scim_sync_rows_t **rows,
                                  const scim_sync_sql_t *sql, apr_pool_t *p)
{
    return scim_sync_db_select_made(db, rows, apr_array_pstrcat(p, sql->pieces, '\0'),
                                    sql->values->nelts,
                                    (const scim_sync_value_t *)sql->values->elts, p);
}

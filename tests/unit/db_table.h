/* SPDX-License-Identifier: Apache-2.0 */
/* The table on which the tests of store/db.h work. */
#ifndef SCIM_SYNC_TESTS_DB_TABLE_H
#define SCIM_SYNC_TESTS_DB_TABLE_H

#include "database.h"

static const char insert_row[] = "INSERT INTO t (id, v) VALUES (%lld, %s)";

static inline void make_table(scim_sync_db_t *db, apr_pool_t *p)
{
    database_run(db, "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT, n BIGINT)", p);
}

static inline apr_status_t insert(scim_sync_db_t *db, apr_int64_t id, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, insert_row, DB_ARGS(DB_INT(id), DB_TEXT("x")), p);
}

static inline apr_int64_t rows_in(scim_sync_db_t *db, apr_pool_t *p)
{
    return database_number(db, "SELECT COUNT(*) FROM t", p);
}

/* After a failure: the table has that many rows, and another transaction goes through. */
static inline void check_usable(scim_sync_db_t *db, apr_int64_t rows, apr_pool_t *p)
{
    assert_false(scim_sync_db_lost(db));
    assert_int_equal(rows_in(db, p), rows);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 100 + rows, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
    assert_int_equal(rows_in(db, p), rows + 1);
}

#endif

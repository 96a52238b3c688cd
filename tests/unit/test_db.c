/* SPDX-License-Identifier: Apache-2.0 */
/* Values in, rows out, transactions: what a caller of store/db.h sees when nothing breaks. */
#include <string.h>

#include <apr_strings.h>

#include "database.h"

static const char hostile[] =
    "it's \"q\" \\' \\\\ \\x41 100%s %lld %% $1 ? {now} --\n; \xe2\x82\xac"
    " \xf0\x9f\x90\x98 '); DROP TABLE t; --";

static void make_table(scim_sync_db_t *db, apr_pool_t *p)
{
    database_run(db, "CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT, n BIGINT)", p);
}

static void insert(scim_sync_db_t *db, apr_int64_t id, const char *text, apr_pool_t *p)
{
    int affected = 0;

    assert_int_equal(scim_sync_db_exec(db, &affected, "INSERT INTO t (id, v) VALUES (%lld, %s)",
                                       DB_ARGS(DB_INT(id), DB_TEXT(text)), p),
                     APR_SUCCESS);
    assert_int_equal(affected, 1);
}

static const char *text_of(scim_sync_db_t *db, apr_int64_t id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;

    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT v FROM t WHERE id = %lld",
                                         DB_ARGS(DB_INT(id)), p),
                     APR_SUCCESS);
    assert_int_equal(rows->count, 1);
    return scim_sync_db_text(rows, 0, 0);
}

static void test_null_is_not_the_empty_text(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    insert(db, 1, NULL, p);
    insert(db, 2, "", p);
    assert_null(text_of(db, 1, p));
    assert_string_equal(text_of(db, 2, p), "");
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM t WHERE v IS NULL", p), 1);
}

static void test_null_fits_a_number(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    make_table(db, p);
    assert_int_equal(scim_sync_db_exec(db, NULL, "INSERT INTO t (id, n) VALUES (1, %lld)",
                                       DB_ARGS(DB_TEXT(NULL)), p),
                     APR_SUCCESS);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT n FROM t", DB_NO_ARGS, p), APR_SUCCESS);
    assert_null(scim_sync_db_text(rows, 0, 0));
    assert_int_equal(scim_sync_db_number(rows, 0, 0), 0);
}

static void test_cells_that_are_not_there(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    make_table(database->db, p);
    assert_int_equal(scim_sync_db_select(database->db, &rows, "SELECT id, v FROM t", DB_NO_ARGS, p),
                     APR_SUCCESS);
    assert_int_equal(rows->count, 0);
    assert_int_equal(rows->columns, 2);
    assert_null(scim_sync_db_text(rows, 0, 0));
    assert_int_equal(scim_sync_db_number(rows, 0, 1), 0);
    insert(database->db, 1, "x", p);
    assert_int_equal(scim_sync_db_select(database->db, &rows, "SELECT v FROM t", DB_NO_ARGS, p),
                     APR_SUCCESS);
    assert_string_equal(scim_sync_db_text(rows, 0, 0), "x");
    assert_null(scim_sync_db_text(rows, 0, 1));
    assert_null(scim_sync_db_text(rows, 1, 0));
    assert_null(scim_sync_db_text(rows, -1, 0));
}

static void test_numbers_are_bound_as_numbers(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    make_table(db, p);
    for (int i = 1; i <= 3; i++) {
        insert(db, i, "x", p);
    }
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT COUNT(*) FROM t WHERE id + 0 > %lld",
                                         DB_ARGS(DB_INT(0)), p),
                     APR_SUCCESS);
    assert_int_equal(scim_sync_db_number(rows, 0, 0), 3);
}

static void test_numbers_of_64_bits(void **state)
{
    static const apr_int64_t numbers[] = { 0, -1, INT64_C(1) << 40, INT64_MAX, INT64_MIN };
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    make_table(db, p);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        assert_int_equal(scim_sync_db_exec(db, NULL, "INSERT INTO t (id, n) VALUES (%lld, %lld)",
                                           DB_ARGS(DB_INT(i), DB_INT(numbers[i])), p),
                         APR_SUCCESS);
        assert_int_equal(scim_sync_db_select(db, &rows, "SELECT n FROM t WHERE id = %lld",
                                             DB_ARGS(DB_INT(i)), p),
                         APR_SUCCESS);
        assert_true(scim_sync_db_number(rows, 0, 0) == numbers[i]);
    }
}

static void test_limit_and_offset_as_values(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    make_table(db, p);
    for (int i = 1; i <= 5; i++) {
        insert(db, i, "x", p);
    }
    assert_int_equal(scim_sync_db_select(db, &rows,
                                         "SELECT id FROM t ORDER BY id LIMIT %lld OFFSET %lld",
                                         DB_ARGS(DB_INT(2), DB_INT(1)), p),
                     APR_SUCCESS);
    assert_int_equal(rows->count, 2);
    assert_int_equal(scim_sync_db_number(rows, 0, 0), 2);
    assert_int_equal(scim_sync_db_number(rows, 1, 0), 3);
}

static void test_text_comes_back_as_it_went(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_size_t size = 1024 * 1024;
    char *big = apr_palloc(p, size + 1);

    for (apr_size_t i = 0; i < size; i++) {
        big[i] = "ab'\\%\"\n"[i % 7];
    }
    big[size] = '\0';
    make_table(db, p);
    insert(db, 1, hostile, p);
    insert(db, 2, big, p);
    assert_string_equal(text_of(db, 1, p), hostile);
    assert_true(strcmp(text_of(db, 2, p), big) == 0);
}

static void test_literal_per_cent_sign(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT 1 WHERE 'abc' LIKE 'a%%' AND %s = 'x'",
                                         DB_ARGS(DB_TEXT("x")), p),
                     APR_SUCCESS);
    assert_int_equal(rows->count, 1);
}

/* A wrong kind would be read as an address, a missing one from beyond the values. */
static void test_values_that_do_not_fit_are_refused(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT %s", DB_ARGS(DB_INT(1)), p),
                     APR_EINVAL);
    assert_null(rows);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT %lld", DB_ARGS(DB_TEXT("1")), p),
                     APR_EINVAL);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT %s", DB_NO_ARGS, p), APR_EINVAL);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT %s",
                                         DB_ARGS(DB_TEXT("a"), DB_TEXT("b")), p),
                     APR_EINVAL);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT %d", DB_ARGS(DB_INT(1)), p),
                     APR_EINVAL);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT %s", DB_ARGS(DB_TEXT("a")), p),
                     APR_SUCCESS);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT %s", DB_ARGS(DB_INT(1)), p),
                     APR_EINVAL);
}

static void test_rows_outlive_the_connection(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    apr_pool_t *own;
    scim_sync_db_t *db;
    scim_sync_rows_t *rows;

    make_table(database->db, p);
    for (int i = 0; i < 10; i++) {
        insert(database->db, i, apr_psprintf(p, "text %d", i), p);
    }
    apr_pool_create(&own, p);
    db = database_connect(database, own);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT v FROM t ORDER BY id", DB_NO_ARGS, p),
                     APR_SUCCESS);
    apr_pool_destroy(own);
    assert_int_equal(rows->count, 10);
    for (int i = 0; i < 10; i++) {
        assert_string_equal(scim_sync_db_text(rows, i, 0), apr_psprintf(p, "text %d", i));
    }
}

/* Two times that one statement writes are compared with each other later. */
static void test_one_time_in_a_statement(void **state)
{
    database_t *database = database_of(state);

    assert_int_equal(database_number(database->db,
                                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
                                     " SELECT i + 1 FROM n WHERE i < 100000),"
                                     " t(at) AS (SELECT {now} + 0 * i FROM n)"
                                     " SELECT MAX(at) - MIN(at) FROM t",
                                     database->pool),
                     0);
}

static void test_affected_rows(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    int affected = -1;

    static const char insert_once[] = "INSERT INTO t (id) VALUES (%lld) ON CONFLICT DO NOTHING";

    make_table(db, p);
    assert_int_equal(scim_sync_db_exec(db, &affected, insert_once, DB_ARGS(DB_INT(1)), p), 0);
    assert_int_equal(affected, 1);
    assert_int_equal(scim_sync_db_exec(db, &affected, insert_once, DB_ARGS(DB_INT(1)), p), 0);
    assert_int_equal(affected, 0);
    insert(db, 2, "x", p);
    assert_int_equal(scim_sync_db_exec(db, &affected, "UPDATE t SET n = 1", DB_NO_ARGS, p), 0);
    assert_int_equal(affected, 2);
    assert_int_equal(scim_sync_db_exec(db, &affected, "DELETE FROM t WHERE id = 9", DB_NO_ARGS, p),
                     0);
    assert_int_equal(affected, 0);
    assert_int_equal(scim_sync_db_exec(db, &affected, "DELETE FROM nothing", DB_NO_ARGS, p),
                     APR_EGENERAL);
    assert_int_equal(affected, 0);
}

static void test_returning(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    make_table(db, p);
    insert(db, 1, "x", p);
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(scim_sync_db_select(db, &rows,
                                             "UPDATE t SET n = COALESCE(n, 0) + 1 WHERE id = %lld"
                                             " RETURNING n, v",
                                             DB_ARGS(DB_INT(1)), p),
                         APR_SUCCESS);
        assert_int_equal(rows->count, 1);
        assert_int_equal(scim_sync_db_number(rows, 0, 0), i);
        assert_string_equal(scim_sync_db_text(rows, 0, 1), "x");
    }
    assert_int_equal(database_number(db, "SELECT n FROM t", p), 2);
}

/* More statements than are kept: the rest go with their values in the text. */
static void test_many_statements_with_hostile_values(void **state)
{
    static const char *const texts[] = {
        hostile, "'", "''", "\\", "\\'", "';", "", "%", "%%s", NULL
    };
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    for (int i = 0; i < 300; i++) {
        const char *text = texts[i % (sizeof(texts) / sizeof(texts[0]))];
        const char *sql = apr_psprintf(p,
                                       "INSERT INTO t (id, v, n) VALUES (%%lld, %%s, 5 -%%lld) ON "
                                       "CONFLICT DO NOTHING /* %d */",
                                       i);
        int affected = 0;

        assert_int_equal(scim_sync_db_exec(db, &affected, sql,
                                           DB_ARGS(DB_INT(i), DB_TEXT(text), DB_INT(-i)), p),
                         APR_SUCCESS);
        assert_int_equal(affected, 1);
    }
    for (int i = 0; i < 300; i++) {
        const char *text = texts[i % (sizeof(texts) / sizeof(texts[0]))];
        const char *sql = apr_psprintf(p,
                                       "SELECT v, n, '100%%%%', %%lld + 0 FROM t WHERE id = %%lld"
                                       " AND (v = %%s OR v IS NULL) /* %d */",
                                       i);
        scim_sync_rows_t *rows;

        assert_int_equal(scim_sync_db_select(db, &rows, sql,
                                             DB_ARGS(DB_INT(INT64_MIN), DB_INT(i), DB_TEXT(text)),
                                             p),
                         APR_SUCCESS);
        assert_int_equal(rows->count, 1);
        if (text == NULL) {
            assert_null(scim_sync_db_text(rows, 0, 0));
        }
        else {
            assert_string_equal(scim_sync_db_text(rows, 0, 0), text);
        }
        assert_int_equal(scim_sync_db_number(rows, 0, 1), 5 + i);
        assert_string_equal(scim_sync_db_text(rows, 0, 2), "100%");
        assert_true(scim_sync_db_number(rows, 0, 3) == INT64_MIN);
    }
    if (!database_is_sqlite(database)) {
        assert_int_equal(database_number(db, "SELECT COUNT(*) FROM pg_prepared_statements", p),
                         256);
    }
}

/* However many a client makes, ours are prepared. */
static void test_made_statements_leave_room(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    for (int i = 0; i < 300; i++) {
        const char *sql = apr_psprintf(p, "SELECT %d + %%lld", i);

        assert_int_equal(scim_sync_db_select_made(database->db, &rows, sql, DB_ARGS(DB_INT(1)), p),
                         APR_SUCCESS);
        assert_int_equal(scim_sync_db_number(rows, 0, 0), i + 1);
    }
    if (!database_is_sqlite(database)) {
        /* And the one that asks. */
        assert_int_equal(
            database_number(database->db, "SELECT COUNT(*) FROM pg_prepared_statements", p), 65);
    }
}

static void test_one_statement_too_many_is_not_lost(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    for (int i = 0; i < 300; i++) {
        assert_int_equal(database_number(database->db, apr_psprintf(p, "SELECT %d", i), p), i);
    }
    assert_int_equal(scim_sync_db_select(database->db, &rows, "SELECT 1, %s", DB_ARGS(DB_INT(1)),
                                         p),
                     APR_EINVAL);
}

static void test_commit_and_rollback(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    insert(db, 1, "x", p);
    assert_int_equal(database_number(database_connect(database, p), "SELECT COUNT(*) FROM t", p),
                     0);
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
    assert_int_equal(database_number(database_connect(database, p), "SELECT COUNT(*) FROM t", p),
                     1);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    insert(db, 2, "x", p);
    scim_sync_db_rollback(db, p);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM t", p), 1);
}

static void test_misuse_is_refused(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    assert_int_equal(scim_sync_db_commit(db, p), APR_EINVAL);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_EINVAL);
    assert_int_equal(scim_sync_db_release(db, 1, p), APR_EINVAL);
    scim_sync_db_rollback(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_begin(db, p), APR_EINVAL);
    assert_int_equal(scim_sync_db_release(db, 0, p), APR_EINVAL);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_EINVAL);
    assert_int_equal(scim_sync_db_release(db, 1, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
}

static void test_savepoint_undoes_its_part_only(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    insert(db, 1, "before", p);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_SUCCESS);
    insert(db, 2, "undone", p);
    assert_int_equal(scim_sync_db_release(db, 0, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_SUCCESS);
    insert(db, 4, "kept", p);
    assert_int_equal(scim_sync_db_release(db, 1, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
    assert_int_equal(database_number(db, "SELECT SUM(id) FROM t", p), 1 + 4);
}

static void test_savepoint_undoes_a_failure(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    for (int keep = 0; keep <= 1; keep++) {
        assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
        insert(db, 1, "before", p);
        assert_int_equal(scim_sync_db_savepoint(db, p), APR_SUCCESS);
        insert(db, 2, "undone", p);
        assert_int_equal(scim_sync_db_run(db, "INSERT INTO t (id) VALUES (1)", p), APR_EGENERAL);
        assert_int_equal(scim_sync_db_release(db, keep, p), keep ? APR_EGENERAL : APR_SUCCESS);
        insert(db, 4, "after", p);
        assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
        assert_int_equal(database_number(db, "SELECT SUM(id) FROM t", p), 1 + 4);
        database_run(db, "DELETE FROM t", p);
    }
}

static void test_attach_finds_the_connection_again(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    const apr_dbd_driver_t *driver;
    apr_dbd_t *first;
    apr_dbd_t *second;
    scim_sync_db_t *db;
    scim_sync_db_t *again;

    assert_int_equal(apr_dbd_get_driver(p, database->driver, &driver), APR_SUCCESS);
    assert_int_equal(apr_dbd_open(driver, p, database->params, &first), APR_SUCCESS);
    assert_int_equal(apr_dbd_open(driver, p, database->params, &second), APR_SUCCESS);
    assert_int_equal(scim_sync_db_attach(&db, driver, first, p), APR_SUCCESS);
    assert_string_equal(scim_sync_db_dialect(db), database->driver);
    assert_int_equal(scim_sync_db_one_writer(db), database_is_sqlite(database));
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_attach(&again, driver, first, p), APR_SUCCESS);
    assert_ptr_equal(again, db);
    assert_int_equal(scim_sync_db_commit(again, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_attach(&again, driver, second, p), APR_SUCCESS);
    assert_ptr_not_equal(again, db);
    apr_dbd_close(driver, first);
    apr_dbd_close(driver, second);
}

static void test_open_failures(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_db_t *db = database->db;
    const char *params = database_is_sqlite(database) ? "/nonexistent/directory/file"
                                                      : "host=127.0.0.1 port=1 connect_timeout=3";

    assert_int_equal(scim_sync_db_open(&db, database->driver, params, p), APR_EGENERAL);
    assert_null(db);
    assert_int_not_equal(scim_sync_db_open(&db, "nosuchdriver", params, p), APR_SUCCESS);
    assert_null(db);
}

static void test_a_file_that_is_no_database(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_db_t *db;

    assert_int_equal(scim_sync_db_open(&db, "sqlite3", "/proc/self/exe", p), APR_EGENERAL);
    assert_null(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_null_is_not_the_empty_text),
        DATABASE_TESTS(test_null_fits_a_number),
        DATABASE_TESTS(test_cells_that_are_not_there),
        DATABASE_TESTS(test_numbers_are_bound_as_numbers),
        DATABASE_TESTS(test_numbers_of_64_bits),
        DATABASE_TESTS(test_limit_and_offset_as_values),
        DATABASE_TESTS(test_text_comes_back_as_it_went),
        DATABASE_TESTS(test_literal_per_cent_sign),
        DATABASE_TESTS(test_values_that_do_not_fit_are_refused),
        DATABASE_TESTS(test_rows_outlive_the_connection),
        DATABASE_TESTS(test_one_time_in_a_statement),
        DATABASE_TESTS(test_affected_rows),
        DATABASE_TESTS(test_returning),
        DATABASE_TESTS(test_many_statements_with_hostile_values),
        DATABASE_TESTS(test_made_statements_leave_room),
        DATABASE_TESTS(test_one_statement_too_many_is_not_lost),
        DATABASE_TESTS(test_commit_and_rollback),
        DATABASE_TESTS(test_misuse_is_refused),
        DATABASE_TESTS(test_savepoint_undoes_its_part_only),
        DATABASE_TESTS(test_savepoint_undoes_a_failure),
        DATABASE_TESTS(test_attach_finds_the_connection_again),
        DATABASE_TESTS(test_open_failures),
        DATABASE_TEST(test_a_file_that_is_no_database, "sqlite3"),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

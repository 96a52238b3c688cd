/* SPDX-License-Identifier: Apache-2.0 */
/* The {words} of our SQL, in the dialect of each database. */
#include <apr_strings.h>
#include <apr_time.h>

#include "database.h"
#include "store/dialect.h"

static void test_dialects_are_found_by_the_drivers_name(void **state)
{
    (void)state;
    assert_ptr_equal(scim_sync_dialect_find("sqlite3"), &scim_sync_dialect_sqlite3);
    assert_ptr_equal(scim_sync_dialect_find("pgsql"), &scim_sync_dialect_pgsql);
    assert_null(scim_sync_dialect_find("mysql"));
    assert_null(scim_sync_dialect_find(""));
}

static void test_words_are_replaced(void **state)
{
    static const scim_sync_dialect_t made_up = { .now = "NOW",
                                                 .serial = "KEY",
                                                 .for_update = " L",
                                                 .json = "J",
                                                 .each = "rows_of",
                                                 .texts = "texts_of",
                                                 .pairs = "pairs_of",
                                                 .position = "where",
                                                 .bytes = " B" };
    static const struct {
        const char *in;
        const char *out;
    } cases[] = {
        { "SELECT 1", "SELECT 1" },
        { "", "" },
        { "{now}", "NOW" },
        { "{now}{now}", "NOWNOW" },
        { "a {serial}, b BIGINT DEFAULT ({now})", "a KEY, b BIGINT DEFAULT (NOW)" },
        { "SELECT x FROM t{for_update}", "SELECT x FROM t L" },
        { "CAST(a AS {json})", "CAST(a AS J)" },
        { "{each}(a) {texts}(t) {pairs}(b)", "rows_of(a) texts_of(t) pairs_of(b)" },
        { "{position}(a{bytes}, %s)", "where(a B, %s)" },
        { "'{}' '{\"a\":{now}}' {", "'{}' '{\"a\":NOW}' {" },
        { "{Now} {nows} {{now}", "{Now} {nows} {NOW" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(scim_sync_dialect_adapt(&made_up, cases[i].in, *state), cases[i].out);
    }
}

static void test_now_is_in_milliseconds(void **state)
{
    database_t *database = database_of(state);
    apr_int64_t before = apr_time_as_msec(apr_time_now());
    apr_int64_t now = database_number(database->db, "SELECT {now}", database->pool);
    apr_int64_t after = apr_time_as_msec(apr_time_now());

    assert_in_range(now, before, after + 1); /* + 1: both databases round to the nearest */
}

static void test_now_moves_on_within_a_transaction(void **state)
{
    database_t *database = database_of(state);
    apr_int64_t first;

    assert_int_equal(scim_sync_db_begin(database->db, database->pool), APR_SUCCESS);
    first = database_number(database->db, "SELECT {now}", database->pool);
    while (apr_time_as_msec(apr_time_now()) < first + 3) {
        continue;
    }
    assert_true(database_number(database->db, "SELECT {now}", database->pool) > first);
    assert_int_equal(scim_sync_db_commit(database->db, database->pool), APR_SUCCESS);
}

static void test_serial_does_not_give_a_number_twice(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_int64_t first;

    database_run(db, "CREATE TABLE t (id {serial}, made BIGINT NOT NULL DEFAULT ({now}))", p);
    first = database_number(db, "INSERT INTO t (made) VALUES (1) RETURNING id", p);
    database_run(db, "DELETE FROM t", p);
    assert_true(database_number(db, "INSERT INTO t (made) VALUES (2) RETURNING id", p) > first);
    database_run(db, "INSERT INTO t (id) VALUES (100)", p);
    assert_int_equal(scim_sync_db_exec(db, NULL, "INSERT INTO t (id) VALUES (100)", DB_NO_ARGS, p),
                     APR_EGENERAL);
}

static void test_for_update_locks_the_row(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_db_t *other;

    database_run(database->db, "CREATE TABLE t (id BIGINT PRIMARY KEY)", p);
    database_run(database->db, "INSERT INTO t VALUES (7)", p);
    assert_int_equal(scim_sync_db_begin(database->db, p), APR_SUCCESS);
    assert_int_equal(database_number(database->db, "SELECT id FROM t WHERE id = 7{for_update}", p),
                     7);
    if (!database_is_sqlite(database)) { /* SQLite's one writer holds every row */
        other = database_connect(database, p);
        assert_int_equal(scim_sync_db_run(other, "SELECT id FROM t WHERE id = 7 FOR UPDATE NOWAIT",
                                          p),
                         APR_EGENERAL);
    }
    assert_int_equal(scim_sync_db_commit(database->db, p), APR_SUCCESS);
}

/* Also where the administrator's database has an order of its own, in which b follows a and B. */
static void test_bytes_are_an_order(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    database_run(db,
                 database_is_sqlite(database) ? "CREATE TABLE t (a TEXT COLLATE BINARY)"
                                              : "CREATE TABLE t (a TEXT COLLATE \"und-x-icu\")",
                 p);
    database_run(db, "INSERT INTO t VALUES ('a'), ('B'), ('\xc3\xa4'), ('b')", p);
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM t WHERE a{bytes} > 'B'", p), 3);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT a FROM t ORDER BY a{bytes}", DB_NO_ARGS,
                                         p),
                     APR_SUCCESS);
    assert_string_equal(scim_sync_db_text(rows, 0, 0), "B");
    assert_string_equal(scim_sync_db_text(rows, 3, 0), "\xc3\xa4");
}

static void test_the_session_is_set_up(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    if (database_is_sqlite(database)) {
        assert_int_equal(database_number(db, "PRAGMA synchronous", p), 2); /* FULL */
        assert_int_equal(database_number(db, "PRAGMA foreign_keys", p), 1);
        assert_int_equal(database_number(db, "PRAGMA busy_timeout", p), 0);
        assert_int_equal(scim_sync_db_select(db, &rows, "PRAGMA journal_mode", DB_NO_ARGS, p),
                         APR_SUCCESS);
        assert_string_equal(scim_sync_db_text(rows, 0, 0), "wal");
        return;
    }
    assert_int_equal(scim_sync_db_select(db, &rows,
                                         "SELECT current_setting('client_encoding'),"
                                         " current_setting('standard_conforming_strings'),"
                                         " current_setting('application_name'),"
                                         " current_setting('synchronous_commit')",
                                         DB_NO_ARGS, p),
                     APR_SUCCESS);
    assert_string_equal(scim_sync_db_text(rows, 0, 0), "UTF8");
    assert_string_equal(scim_sync_db_text(rows, 0, 1), "on");
    assert_string_equal(scim_sync_db_text(rows, 0, 2), "mod_scim_sync");
    assert_string_equal(scim_sync_db_text(rows, 0, 3), "on");
}

static void test_what_the_administrator_set_stays(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    database_t other = *database;
    scim_sync_rows_t *rows;

    other.params =
        apr_pstrcat(p, database->params,
                    " application_name=mine options='-c synchronous_commit=remote_write'", NULL);
    assert_int_equal(scim_sync_db_select(database_connect(&other, p), &rows,
                                         "SELECT current_setting('application_name'),"
                                         " current_setting('synchronous_commit')",
                                         DB_NO_ARGS, p),
                     APR_SUCCESS);
    assert_string_equal(scim_sync_db_text(rows, 0, 0), "mine");
    assert_string_equal(scim_sync_db_text(rows, 0, 1), "remote_write");

    other.params = apr_pstrcat(p, database->params, " options='-c synchronous_commit=off'", NULL);
    assert_int_equal(scim_sync_db_select(database_connect(&other, p), &rows,
                                         "SELECT current_setting('synchronous_commit')", DB_NO_ARGS,
                                         p),
                     APR_SUCCESS);
    assert_string_equal(scim_sync_db_text(rows, 0, 0), "on"); /* off would lose what we confirmed */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_dialects_are_found_by_the_drivers_name),
        UNIT_TEST(test_words_are_replaced),
        DATABASE_TESTS(test_now_is_in_milliseconds),
        DATABASE_TESTS(test_now_moves_on_within_a_transaction),
        DATABASE_TESTS(test_serial_does_not_give_a_number_twice),
        DATABASE_TESTS(test_for_update_locks_the_row),
        DATABASE_TESTS(test_bytes_are_an_order),
        DATABASE_TESTS(test_the_session_is_set_up),
        DATABASE_TEST(test_what_the_administrator_set_stays, "pgsql"),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

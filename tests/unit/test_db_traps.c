/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong with apr_dbd, and must not reach a caller of store/db.h: schemas that change
 * under prepared statements, transactions that fail half-way, and words of the database that would
 * tell what they must not. Sessions that die are in test_db_lost.c.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/log.h"
#include "db_table.h"

/* ---- schemas that change ---- */

/* All of what makes SQLite forget, and what makes PostgreSQL refuse a plan. */
static void change_schema(const database_t *database, int round)
{
    static const char *const sqlite[] = { "ALTER TABLE t ADD COLUMN more TEXT", "VACUUM",
                                          "CREATE INDEX i ON t (v)", "DROP INDEX i",
                                          "CREATE TABLE u (id BIGINT)" };
    static const char *const types[] = { "INTEGER", "NUMERIC", "BIGINT", "SMALLINT", "NUMERIC" };
    scim_sync_db_t *other = database_connect(database, database->pool);

    database_run(other,
                 database_is_sqlite(database)
                     ? sqlite[round]
                     : apr_pstrcat(database->pool, "ALTER TABLE t ALTER COLUMN n TYPE ",
                                   types[round], NULL),
                 database->pool);
}

static apr_status_t select_n(scim_sync_db_t *db, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv =
        scim_sync_db_select(db, &rows, "SELECT n FROM t WHERE id = %lld", DB_ARGS(DB_INT(1)), p);

    if (rv == APR_SUCCESS) {
        assert_int_equal(scim_sync_db_number(rows, 0, 0), 7);
    }
    return rv;
}

static void make_known_row(scim_sync_db_t *db, apr_pool_t *p)
{
    make_table(db, p);
    database_run(db, "INSERT INTO t (id, n) VALUES (1, 7)", p);
    assert_int_equal(select_n(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 2, p), APR_SUCCESS);
}

static void test_schema_change_between_statements(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_known_row(db, p);
    for (int round = 0; round < 5; round++) {
        change_schema(database, round);
        assert_int_equal(select_n(db, p), APR_SUCCESS);
        assert_int_equal(insert(db, 10 + round, p), APR_SUCCESS);
    }
    assert_int_equal(rows_in(db, p), 7);
}

static void test_schema_change_before_each_kind_of_statement(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_known_row(db, p);
    change_schema(database, 0);
    assert_int_equal(insert(db, 3, p), APR_SUCCESS);
    change_schema(database, 1);
    assert_int_equal(database_number(db, "SELECT MAX(id) FROM t /* never seen */", p), 3);
    change_schema(database, 2);
    database_run(db, "DELETE FROM t WHERE id = 3", p);
    assert_int_equal(rows_in(db, p), 2);
}

static void test_schema_change_before_a_transaction(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_known_row(db, p);
    change_schema(database, 0);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(select_n(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 3, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
    assert_int_equal(rows_in(db, p), 3);
}

/* SQLite's transaction goes on; PostgreSQL's fails, once, and the next one finds all in order. */
static void test_stale_statement_within_a_transaction(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_status_t expected = database_is_sqlite(database) ? APR_SUCCESS : APR_EGENERAL;

    make_known_row(db, p);
    change_schema(database, 0);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_run(db, "DELETE FROM t WHERE id = 2", p), APR_SUCCESS);
    assert_int_equal(select_n(db, p), expected);
    assert_int_equal(scim_sync_db_commit(db, p), expected);
    assert_int_equal(rows_in(db, p), database_is_sqlite(database) ? 1 : 2);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_run(db, "DELETE FROM t WHERE id = 2", p), APR_SUCCESS);
    assert_int_equal(select_n(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
}

/* The savepoint ends the failure, and with it what made it. */
static void test_stale_statement_within_a_savepoint(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_known_row(db, p);
    change_schema(database, 0);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_run(db, "DELETE FROM t WHERE id = 2", p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_SUCCESS);
    assert_int_equal(select_n(db, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_release(db, 0, p), APR_SUCCESS);
    assert_int_equal(select_n(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
    assert_int_equal(rows_in(db, p), 1);
}

static void test_own_schema_change_within_a_transaction(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_known_row(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    database_run(db, "ALTER TABLE t ADD COLUMN more TEXT", p);
    assert_int_equal(select_n(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 3, p), APR_SUCCESS);
    scim_sync_db_rollback(db, p);
    assert_int_equal(insert(db, 3, p), APR_SUCCESS);
    assert_int_equal(rows_in(db, p), 3);
}

static void test_table_that_comes_later(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    assert_int_equal(insert(db, 1, p), APR_EGENERAL);
    assert_int_equal(insert(db, 1, p), APR_EGENERAL);
    make_table(database_connect(database, p), p);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    assert_int_equal(rows_in(db, p), 1);
}

/* With SQLite it is refused, but has been done; what was done must not be done again. */
static void test_statement_that_returns_rows_unasked_runs_once(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_known_row(db, p);
    scim_sync_db_exec(db, NULL, "UPDATE t SET n = n + 1 WHERE id = 1 RETURNING n", DB_NO_ARGS, p);
    assert_int_equal(database_number(db, "SELECT n FROM t WHERE id = 1", p), 8);
}

/* ---- transactions that fail half-way ---- */

static void test_commit_of_a_failed_transaction_fails(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    check_usable(db, 0, p);
}

static void test_nothing_runs_after_a_failure(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;
    const char *error;
    int affected = -1;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_EGENERAL);
    error = apr_pstrdup(p, scim_sync_db_error(db));
    assert_int_equal(scim_sync_db_exec(db, &affected, insert_row, DB_ARGS(DB_INT(2), DB_TEXT("x")),
                                       p),
                     APR_EGENERAL);
    assert_int_equal(affected, 0);
    assert_int_equal(scim_sync_db_select(db, &rows, "SELECT COUNT(*) FROM t", DB_NO_ARGS, p),
                     APR_EGENERAL);
    assert_null(rows);
    assert_int_equal(scim_sync_db_run(db, "DELETE FROM t", p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    assert_string_equal(scim_sync_db_error(db), error);
    check_usable(db, 0, p);
}

static void test_wrong_values_fail_the_transaction(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_exec(db, NULL, insert_row, DB_ARGS(DB_INT(2)), p), APR_EINVAL);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EINVAL);
    check_usable(db, 0, p);
}

/* PostgreSQL checks at the COMMIT only, which is then what fails. */
static void test_commit_that_is_refused(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    database_run(db, "CREATE TABLE c (id BIGINT REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)",
                 p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    database_run(db, "INSERT INTO c VALUES (5)", p);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    assert_string_not_equal(scim_sync_db_error(db), "");
    check_usable(db, 0, p);
}

/* With a rollback journal a reader makes the COMMIT fail, and SQLite keeps the transaction open. */
static void test_busy_commit_ends_the_transaction(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_db_t *reader;

    database_run(db, "PRAGMA journal_mode=DELETE", p);
    make_table(db, p);
    reader = database_connect(database, p);
    database_run(reader, "BEGIN", p);
    assert_int_equal(rows_in(reader, p), 0);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    assert_string_equal(scim_sync_db_error(db), "database is locked");
    database_run(reader, "COMMIT", p);
    check_usable(db, 0, p);
}

/* If it read first and then could not write, only starting over would help. */
static void test_begin_takes_the_write_lock(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_db_t *other = database_connect(database, p);

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(other, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_begin(db, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_commit(other, p), APR_SUCCESS);
    check_usable(db, 0, p);
}

/* ---- words that would tell too much ---- */

static void check_error_hides(scim_sync_db_t *db, const char *secret)
{
    const char *error = scim_sync_db_error(db);

    assert_string_not_equal(error, "");
    assert_null(strstr(error, secret));
    assert_null(strpbrk(error, "\r\n"));
    assert_in_range(strlen(error), 1, 200);
}

static void test_error_hides_keys(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    assert_string_equal(scim_sync_db_error(db), "");
    database_run(db, "CREATE TABLE s (name TEXT PRIMARY KEY)", p);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(scim_sync_db_exec(db, NULL, "INSERT INTO s VALUES (%s)",
                                           DB_ARGS(DB_TEXT("demo-secret")), p),
                         i == 0 ? APR_SUCCESS : APR_EGENERAL);
    }
    check_error_hides(db, "demo-secret");
}

static void test_error_hides_values(void **state)
{
    static const char *const secrets[] = { "demo-secret", "demo\nsecret", "xq" };
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        assert_int_equal(scim_sync_db_select(db, &rows, "SELECT CAST(%s AS BIGINT)",
                                             DB_ARGS(DB_TEXT(secrets[i])), p),
                         APR_EGENERAL);
        check_error_hides(db, apr_pstrmemdup(p, secrets[i], strcspn(secrets[i], "\n")));
        assert_non_null(strstr(scim_sync_db_error(db), "ERROR"));
    }
}

/* "schema" is a word of the message by which SQLite's stale statements are known. */
static void test_value_that_looks_like_the_error(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_known_row(db, p);
    change_schema(database, 0);
    assert_int_equal(scim_sync_db_exec(db, NULL, insert_row,
                                       DB_ARGS(DB_INT(9), DB_TEXT("schema has")), p),
                     APR_SUCCESS);
}

static void test_long_error_ends_at_a_character(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    for (int shift = 0; shift < 2; shift++) {
        char *name = apr_pstrcat(p, shift ? "x" : "", NULL);
        const char *error;

        for (int i = 0; i < 150; i++) {
            name = apr_pstrcat(p, name, "\xc3\xa9", NULL);
        }
        assert_int_equal(scim_sync_db_run(db,
                                          database_is_sqlite(database)
                                              ? apr_pstrcat(p, "SELECT ", name, NULL)
                                              : apr_pstrcat(p, "DO $$BEGIN RAISE '", name,
                                                            "'; END$$", NULL),
                                          p),
                         APR_EGENERAL);
        error = scim_sync_db_error(db);
        assert_in_range(strlen(error), 198, 200);
        assert_memory_equal(error + strlen(error) - 2, "\xc3\xa9", 2);
    }
}

static void keep_message(void *baton, const char *file, int line, scim_log_level_t level,
                         apr_status_t rv, const char *message)
{
    char *kept = baton;

    assert_non_null(file);
    assert_true(line > 0 && level == SCIM_LOG_ERR && rv == APR_SUCCESS);
    apr_cpystrn(kept, message, 500);
}

static void test_open_does_not_log_the_password(void **state)
{
    static const char *const wrong[] = {
        "host=127.0.0.1 port=1 password=demo-secret",
        "host=127.0.0.1 password=demo demo-secret",
        "host=127.0.0.1 password=demo \"demo-secret",
        "host=127.0.0.1 demo-secret=1",
        "postgresql://user:demo-secret@127.0.0.1:x/db",
        "postgresql://user:x@demo-secret.invalid/db",
    };
    database_t *database = database_of(state);
    scim_sync_db_t *db;
    char message[500];

    scim_sync_log_set_sink(keep_message, message);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        message[0] = '\0';
        assert_int_equal(scim_sync_db_open(&db, "pgsql", wrong[i], database->pool), APR_EGENERAL);
        assert_non_null(strstr(message, "SCIM0112: "));
        assert_null(strstr(message, "demo-secret"));
        if (i == 0) {
            assert_non_null(strstr(message, "Connection refused"));
        }
    }
    scim_sync_log_set_sink(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_schema_change_between_statements),
        DATABASE_TESTS(test_schema_change_before_each_kind_of_statement),
        DATABASE_TESTS(test_schema_change_before_a_transaction),
        DATABASE_TESTS(test_stale_statement_within_a_transaction),
        DATABASE_TEST(test_stale_statement_within_a_savepoint, "pgsql"),
        DATABASE_TESTS(test_own_schema_change_within_a_transaction),
        DATABASE_TESTS(test_table_that_comes_later),
        DATABASE_TESTS(test_statement_that_returns_rows_unasked_runs_once),
        DATABASE_TESTS(test_commit_of_a_failed_transaction_fails),
        DATABASE_TESTS(test_nothing_runs_after_a_failure),
        DATABASE_TESTS(test_wrong_values_fail_the_transaction),
        DATABASE_TESTS(test_commit_that_is_refused),
        DATABASE_TEST(test_busy_commit_ends_the_transaction, "sqlite3"),
        DATABASE_TEST(test_begin_takes_the_write_lock, "sqlite3"),
        DATABASE_TESTS(test_error_hides_keys),
        DATABASE_TEST(test_error_hides_values, "pgsql"),
        DATABASE_TEST(test_value_that_looks_like_the_error, "sqlite3"),
        DATABASE_TESTS(test_long_error_ends_at_a_character),
        DATABASE_TEST(test_open_does_not_log_the_password, "pgsql"),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

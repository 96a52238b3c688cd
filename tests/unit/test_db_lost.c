/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions that die: PostgreSQL is restarted, or an administrator ends them. What can be healed is
 * healed unnoticed; a transaction in which something was done fails, and the next one works.
 */
#include <apr_strings.h>
#include <apr_time.h>

#include "db_table.h"

/* End the session of db, as a restart of PostgreSQL would, and wait until it is gone. */
static void end_session(const database_t *database, scim_sync_db_t *db)
{
    apr_pool_t *p = database->pool;
    scim_sync_db_t *other = database_connect(database, p);
    apr_int64_t pid = database_number(db, "SELECT pg_backend_pid()", p);
    apr_time_t deadline = apr_time_now() + apr_time_from_sec(10);
    const char *sql =
        apr_psprintf(p, "SELECT COUNT(*) FROM pg_stat_activity WHERE pid = %" APR_INT64_T_FMT, pid);

    database_run(other, apr_psprintf(p, "SELECT pg_terminate_backend(%" APR_INT64_T_FMT ")", pid),
                 p);
    while (database_number(other, sql, p) > 0) {
        assert_true(apr_time_now() < deadline);
    }
}

static void test_ended_session_heals(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    assert_int_equal(rows_in(db, p), 1);
    end_session(database, db);
    assert_int_equal(insert(db, 2, p), APR_SUCCESS);
    end_session(database, db);
    assert_int_equal(rows_in(db, p), 2);
    end_session(database, db);
    database_run(db, "DELETE FROM t WHERE id = 1", p);
    assert_int_equal(rows_in(db, p), 1);
    assert_false(scim_sync_db_lost(db));
}

static void test_healed_session_is_set_up(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_rows_t *rows;

    database_run(database->db, "SET application_name TO 'forgotten'", p);
    end_session(database, database->db);
    assert_int_equal(scim_sync_db_select(database->db, &rows,
                                         "SELECT current_setting('application_name')", DB_NO_ARGS,
                                         p),
                     APR_SUCCESS);
    assert_string_equal(scim_sync_db_text(rows, 0, 0), "mod_scim_sync");
}

static void test_begin_heals(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    end_session(database, db);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 2, p), APR_SUCCESS);
    assert_int_equal(rows_in(db, p), 2);
    scim_sync_db_rollback(db, p);
    assert_int_equal(rows_in(db, p), 1);
}

/* As when another user of the connection made apr_dbd reconnect without our knowing. */
static void test_unnoticed_reconnect_heals_in_a_transaction(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    database_run(db, "DEALLOCATE ALL", p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 2, p), APR_SUCCESS);
    scim_sync_db_rollback(db, p);
    assert_int_equal(rows_in(db, p), 1);

    database_run(db, "DEALLOCATE ALL", p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 3, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_release(db, 0, p), APR_SUCCESS);
    assert_int_equal(insert(db, 4, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
    assert_int_equal(database_number(db, "SELECT SUM(id) FROM t", p), 1 + 4);
}

static void test_session_ends_in_a_transaction(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *error;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    end_session(database, db);
    assert_int_equal(insert(db, 2, p), APR_EGENERAL);
    error = apr_pstrdup(p, scim_sync_db_error(db));
    assert_string_not_equal(error, "");
    assert_int_equal(insert(db, 3, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    assert_string_equal(scim_sync_db_error(db),
                        error); /* the cause, not that ROLLBACK failed too */
    check_usable(db, 0, p);
}

static void test_session_ends_before_the_commit(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    end_session(database, db);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    check_usable(db, 0, p);
}

static void test_session_ends_before_the_rollback(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    end_session(database, db);
    scim_sync_db_rollback(db, p);
    check_usable(db, 0, p);
}

static void test_session_ends_in_a_savepoint(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_int_equal(insert(db, 1, p), APR_SUCCESS);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_SUCCESS);
    end_session(database, db);
    assert_int_equal(insert(db, 2, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_release(db, 0, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_savepoint(db, p), APR_EGENERAL);
    assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    check_usable(db, 0, p);
}

/* A role that may no longer log in stands for a server that is away. */
static void test_lost_until_the_server_is_back(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    database_t as_role = *database;
    scim_sync_db_t *db;
    const char *role = apr_psprintf(p, "scim_sync_role_%" APR_TIME_T_FMT, apr_time_now());

    database_run(database->db,
                 apr_pstrcat(p, "CREATE ROLE ", role, " LOGIN PASSWORD 'demo-password'", NULL), p);
    as_role.params =
        apr_pstrcat(p, database->params, " user=", role, " password=demo-password", NULL);
    db = database_connect(&as_role, p);
    assert_false(scim_sync_db_lost(db));
    database_run(database->db, apr_pstrcat(p, "ALTER ROLE ", role, " NOLOGIN", NULL), p);
    end_session(database, db);
    assert_int_equal(scim_sync_db_run(db, "SELECT 1", p), APR_EGENERAL);
    assert_true(scim_sync_db_lost(db));
    assert_int_equal(scim_sync_db_begin(db, p), APR_EGENERAL);
    assert_true(scim_sync_db_lost(db));
    assert_string_not_equal(scim_sync_db_error(db), "");
    database_run(database->db, apr_pstrcat(p, "ALTER ROLE ", role, " LOGIN", NULL), p);
    assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
    assert_false(scim_sync_db_lost(db));
    assert_int_equal(scim_sync_db_commit(db, p), APR_SUCCESS);
    database_run(database->db, apr_pstrcat(p, "DROP ROLE ", role, NULL), p);
}

static void test_attach_heals_a_dead_session(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    apr_dbd_results_t *results = NULL;
    apr_dbd_row_t *row = NULL;
    scim_sync_db_t *db;

    assert_int_equal(apr_dbd_get_driver(p, "pgsql", &driver), APR_SUCCESS);
    assert_int_equal(apr_dbd_open(driver, p, database->params, &handle), APR_SUCCESS);
    assert_int_equal(apr_dbd_select(driver, p, handle, &results, "SELECT pg_backend_pid()", 1), 0);
    assert_int_equal(apr_dbd_get_row(driver, p, results, &row, -1), 0);
    database_run(database->db,
                 apr_psprintf(p, "SELECT pg_terminate_backend(%s, 10000)",
                              apr_dbd_get_entry(driver, row, 0)),
                 p);
    assert_int_equal(scim_sync_db_attach(&db, driver, handle, p), APR_SUCCESS);
    assert_int_equal(database_number(db, "SELECT 5", p), 5);
    apr_dbd_close(driver, handle);
}

/* ---- what healing must not do ---- */

static void test_statements_of_others_survive(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    database_run(db, "PREPARE of_another_module AS SELECT 1", p);
    assert_int_equal(scim_sync_db_run(db, "SELECT 1 FROM nothing", p), APR_EGENERAL);
    database_run(db, "EXECUTE of_another_module", p);
}

static void test_failures_leave_nothing_on_the_server(void **state)
{
    database_t *database = database_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    make_table(db, p);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(scim_sync_db_begin(db, p), APR_SUCCESS);
        assert_int_equal(insert(db, 1, p), APR_SUCCESS);
        assert_int_equal(insert(db, 1, p), APR_EGENERAL);
        assert_int_equal(scim_sync_db_commit(db, p), APR_EGENERAL);
    }
    assert_in_range(database_number(db, "SELECT COUNT(*) FROM pg_prepared_statements", p), 0, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TEST(test_ended_session_heals, "pgsql"),
        DATABASE_TEST(test_healed_session_is_set_up, "pgsql"),
        DATABASE_TEST(test_begin_heals, "pgsql"),
        DATABASE_TEST(test_unnoticed_reconnect_heals_in_a_transaction, "pgsql"),
        DATABASE_TEST(test_session_ends_in_a_transaction, "pgsql"),
        DATABASE_TEST(test_session_ends_before_the_commit, "pgsql"),
        DATABASE_TEST(test_session_ends_before_the_rollback, "pgsql"),
        DATABASE_TEST(test_session_ends_in_a_savepoint, "pgsql"),
        DATABASE_TEST(test_lost_until_the_server_is_back, "pgsql"),
        DATABASE_TEST(test_attach_heals_a_dead_session, "pgsql"),
        DATABASE_TEST(test_statements_of_others_survive, "pgsql"),
        DATABASE_TEST(test_failures_leave_nothing_on_the_server, "pgsql"),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

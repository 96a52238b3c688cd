/* SPDX-License-Identifier: Apache-2.0 */
/* What is due: of many IdPs in one order, and what a paused one said is not even read. */
#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "store.h"
#include "store/config.h"
#include "store/task_private.h"

/* IdPs in the order of their names, which is that in which they are looked at. */
static database_t *three(void **state)
{
    database_t *database = store_of(state);

    store_site(database->db, "second", database->pool);
    store_idp(database->db, "a", "main", database->pool);
    store_idp(database->db, "b", "main second", database->pool);
    store_idp(database->db, "c", "main", database->pool);
    return database;
}

static void add(const database_t *database, const char *idp, const char *kind, const char *subject,
                int next_at)
{
    apr_pool_t *p = database->pool;

    OK(scim_sync_task_add(database->db, idp, kind, subject, p));
    database_run(
        database->db,
        apr_psprintf(p, "UPDATE task SET next_at = %d WHERE subject = '%s'", next_at, subject), p);
}

static void set_state(const database_t *database, const char *idp, const char *state)
{
    database_run(database->db,
                 apr_psprintf(database->pool, "UPDATE idp SET state = '%s' WHERE name = '%s'",
                              state, idp),
                 database->pool);
}

/* Subjects of what is due at a site. */
static const char *due(const database_t *database, const char *site, int max)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *tasks;
    const char *text = "";

    OK(scim_sync_task_due(database->db, &tasks, site, max, p));
    for (int i = 0; i < tasks->nelts; i++) {
        text = apr_pstrcat(p, text, i > 0 ? " " : "",
                           APR_ARRAY_IDX(tasks, i, scim_sync_task_t *)->subject, NULL);
    }
    return text;
}

static apr_int64_t next(const database_t *database)
{
    apr_int64_t ms;

    OK(scim_sync_task_next(database->db, &ms, "main", database->pool));
    return ms;
}

static void test_there_is_one_order_over_all_idps(void **state)
{
    database_t *database = three(state);

    add(database, "b", "user", "u5", 5);
    add(database, "a", "user", "u4", 4);
    add(database, "c", "user", "u3", 3);
    add(database, "a", "user", "u6", 5); /* at the same time as u5, and said after it */
    add(database, "c", "group", "g9", 9);
    add(database, "b", "group", "g8", 8);
    assert_string_equal(due(database, "main", 100), "g8 g9 u3 u4 u5 u6");
    assert_string_equal(due(database, "main", 4), "g8 g9 u3 u4");
    assert_string_equal(due(database, "main", 1), "g8");
    assert_string_equal(due(database, "second", 100), "g8 u5");
}

static void test_what_is_delayed_hides_nothing(void **state)
{
    database_t *database = three(state);
    apr_pool_t *p = database->pool;

    add(database, "a", "group", "g1", 1);
    add(database, "b", "user", "u2", 2);
    database_run(database->db, "UPDATE task SET next_at = {now} + 60000 WHERE subject = 'g1'", p);
    assert_string_equal(due(database, "main", 100), "u2");
    assert_int_equal(next(database), 0);
    database_run(database->db, "UPDATE task SET next_at = {now} + 30000 WHERE subject = 'u2'", p);
    assert_string_equal(due(database, "main", 100), "");
    assert_in_range(next(database), 10000, 30000);
}

static void test_a_paused_idp_is_left_out_wherever_it_stands(void **state)
{
    static const char *const names[] = { "a", "b", "c" };
    static const char *const others[] = { "u2 u3", "u1 u3", "u1 u2" };
    database_t *database = three(state);

    add(database, "a", "user", "u1", 1);
    add(database, "b", "user", "u2", 2);
    add(database, "c", "user", "u3", 3);
    for (int i = 0; i < 3; i++) {
        set_state(database, names[i], "paused");
        assert_string_equal(due(database, "main", 100), others[i]);
        set_state(database, names[i], "live");
        assert_string_equal(due(database, "main", 100), "u1 u2 u3");
    }
    set_state(database, "b", "paused");
    assert_string_equal(due(database, "second", 100), "");
}

static void test_a_paused_idp_waits_at_a_further_site_too(void **state)
{
    database_t *database = three(state);
    apr_pool_t *p = database->pool;

    store_user(database->db, "a", "u1", "ann@example.com", 1, p);
    set_state(database, "a", "paused");
    OK(scim_sync_idp_feed(database->db, "a", "second", p));
    add(database, "b", "user", "u2", 2);
    assert_string_equal(due(database, "second", 100), "u2");
    set_state(database, "a", "live");
    assert_string_equal(due(database, "second", 100), "u2 u1");
}

static void test_what_a_live_idp_said_last_is_due(void **state)
{
    database_t *database = three(state);

    add(database, "a", "user", "u1", 1);
    set_state(database, "a", "paused");
    assert_string_equal(due(database, "main", 100), "");
    add(database, "b", "user", "u1", 1);
    assert_string_equal(due(database, "main", 100), "u1");
}

static void test_what_a_deleted_idp_said_is_due(void **state)
{
    database_t *database = three(state);
    apr_pool_t *p = database->pool;

    set_state(database, "b", "paused");
    store_user(database->db, "b", "u1", "ann@example.com", 1, p);
    OK(scim_sync_task_add(database->db, "b", "user", "u1", p));
    assert_string_equal(due(database, "main", 100), "");
    OK(scim_sync_idp_delete(database->db, "b", 0, p));
    assert_string_equal(due(database, "main", 100), "u1");
}

/* ---- what it costs ---- */

#define CROWD 20000

/* Many tasks of a paused IdP; between those of two others, in the index's order. */
static void add_crowd(const database_t *database)
{
    set_state(database, "b", "paused");
    database_run(database->db,
                 apr_psprintf(database->pool,
                              "WITH RECURSIVE n (i) AS"
                              " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                              " INSERT INTO task (site, idp, kind, subject, state, seq, attempts,"
                              " next_at, status, created, changed) SELECT 'main', 'b',"
                              " CASE WHEN i %% 50 = 0 THEN 'group' ELSE 'user' END, 's' || i,"
                              " 'waiting', 1, 0, 1, 0, 1, 1 FROM n",
                              CROWD),
                 database->pool);
    if (!database_is_sqlite(database)) { /* which knows enough: store/dialect_sqlite3.c */
        database_run(database->db, "ANALYZE task", database->pool);
    }
}

/* Each look at the table of tasks is a step in the index, and nothing is sorted. */
static void expect_steps(const database_t *database, const scim_sync_sql_t *sql)
{
    static const char *const wrong[] = {
        "Seq Scan on task", "SCAN t", "autoindex_task", "task_pkey",
        "task_site",        "B-TREE", "Sort",           "Aggregate"
    };
    const char *plan = database_plan(database, sql);

    assert_non_null(strstr(plan, "task_due"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (strstr(plan, wrong[i]) != NULL) {
            fail_msg("%s", plan);
        }
    }
}

static void test_it_is_found_by_the_index(void **state)
{
    database_t *database = three(state);
    scim_sync_sql_t *fronts = scim_sync_sql_make(database->pool);
    scim_sync_sql_t *behind = scim_sync_sql_make(database->pool);
    const scim_sync_value_t site = DB_TEXT("main");

    scim_sync_sql_put(fronts, SCIM_SYNC_TASK_FRONTS, DB_ARGS(site, site, site, site, site));
    scim_sync_sql_put(behind, SCIM_SYNC_TASK_DUE,
                      DB_ARGS(site, DB_TEXT("a"), DB_TEXT("user"), DB_INT(10)));
    expect_steps(database, fronts);
    expect_steps(database, behind);
    add_crowd(database);
    expect_steps(database, fronts);
    expect_steps(database, behind);
}

/* The shortest time (us) of some runs: others use the machine, too. */
static apr_time_t shortest(const database_t *database)
{
    apr_time_t least = APR_INT64_MAX;
    apr_pool_t *p;

    apr_pool_create(&p, database->pool);
    for (int i = 0; i < 50; i++) {
        apr_time_t began = apr_time_now();
        apr_array_header_t *tasks;
        apr_int64_t ms;
        apr_time_t took;

        OK(scim_sync_task_next(database->db, &ms, "main", p));
        OK(scim_sync_task_due(database->db, &tasks, "main", 10, p));
        assert_int_equal(tasks->nelts, 2);
        took = apr_time_now() - began;
        least = took < least ? took : least;
        apr_pool_clear(p);
    }
    apr_pool_destroy(p);
    return least;
}

static void test_what_waits_for_a_paused_idp_costs_nothing(void **state)
{
    database_t *database = three(state);
    apr_time_t without;
    apr_time_t with;

    add(database, "a", "user", "u1", 1);
    add(database, "c", "user", "u2", 2);
    without = shortest(database);
    add_crowd(database);
    with = shortest(database);
    print_message("# %" APR_TIME_T_FMT " us, and %" APR_TIME_T_FMT " us beside %d\n", without, with,
                  CROWD);
    assert_true(with < 10 * without);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_there_is_one_order_over_all_idps),
        DATABASE_TESTS(test_what_is_delayed_hides_nothing),
        DATABASE_TESTS(test_a_paused_idp_is_left_out_wherever_it_stands),
        DATABASE_TESTS(test_a_paused_idp_waits_at_a_further_site_too),
        DATABASE_TESTS(test_what_a_live_idp_said_last_is_due),
        DATABASE_TESTS(test_what_a_deleted_idp_said_is_due),
        DATABASE_TESTS(test_it_is_found_by_the_index),
        DATABASE_TESTS(test_what_waits_for_a_paused_idp_costs_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

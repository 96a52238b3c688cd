/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of who is asked about: in any number of tasks each costs the same. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/plan_private.h"

#define CROWD 12000 /* more than are looked into for ten pages */

/* Everybody has a task at each of two sites, which is planned; one in 5,000 leaves a group. */
static database_t *crowd(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_site(db, "second", p);
    store_idp(db, "okta", "main second", p);
    store_idp(db, "entra", "main", p);
    database_run(
        db,
        apr_psprintf(p,
                     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                     " WHERE i < %d) INSERT INTO task (site, idp, kind, subject, state,"
                     " seq, attempts, next_at, status, created, changed) SELECT s.name,"
                     " CASE WHEN s.name = 'main' AND n.i %% 3 = 0 THEN 'entra' ELSE"
                     " 'okta' END, 'user', 'u' || (100000 + n.i), 'planned', 1, 0, i, 0, 0,"
                     " 0 FROM n, site s",
                     CROWD),
        p);
    database_run(db,
                 "INSERT INTO plan_count (task, what, count, idp, kind, subject)"
                 " SELECT id, 'call:addMember', 1, idp, kind, subject FROM task",
                 p);
    database_run(db,
                 "INSERT INTO plan_count (task, what, count, idp, kind, subject)"
                 " SELECT id, 'call:removeMember', 2, idp, kind, subject"
                 " FROM task WHERE next_at % 5000 = 1 AND site = 'second'",
                 p);
    if (!database_is_sqlite(database)) { /* which does so by itself, in the background */
        database_run(db, "ANALYZE task", p);
        database_run(db, "ANALYZE plan_count", p);
    }
    return database;
}

static const char *ids(const apr_array_header_t *subjects, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < subjects->nelts; i++) {
        const scim_sync_plan_subject_t *one = &APR_ARRAY_IDX(subjects, i, scim_sync_plan_subject_t);

        text = apr_pstrcat(p, text, i ? " " : "", one->id, NULL);
    }
    return text;
}

/* Page by page, to the last one. */
static const char *walk(const database_t *database, scim_sync_plan_ask_t ask, int *pages)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *subjects;
    const char *text = "";
    const char *next = "";

    for (*pages = 0; next; (*pages)++) {
        ask.after = next;
        OK(scim_sync_plan_page(database->db, &subjects, &next, "okta", &ask, p));
        assert_true(subjects->nelts <= ask.max);
        text = apr_pstrcat(p, text, *text && subjects->nelts ? " " : "", ids(subjects, p), NULL);
    }
    return text;
}

static void test_a_rare_call_is_found_behind_many_others(void **state)
{
    database_t *database = crowd(state);
    int pages;

    assert_string_equal(
        walk(database, (scim_sync_plan_ask_t) { .what = "call:removeMember", .max = 100 }, &pages),
        "u100001 u105001 u110001");
    assert_int_equal(pages, 1);
    assert_string_equal(
        walk(database, (scim_sync_plan_ask_t) { .what = "call:removeMember", .max = 1 }, &pages),
        "u100001 u105001 u110001");
    assert_string_equal(
        walk(database, (scim_sync_plan_ask_t) { .what = "call:createGroup", .max = 1 }, &pages),
        "");
}

/* Their counts are still there: a page ends among these, and is not the last one. */
static void test_what_is_due_again_is_passed_over(void **state)
{
    database_t *database = crowd(state);
    apr_pool_t *p = database->pool;
    int pages;

    database_run(database->db, "UPDATE task SET state = 'waiting' WHERE subject < 'u109999'", p);
    assert_int_equal(strlen(walk(database,
                                 (scim_sync_plan_ask_t) { .what = "call:addMember", .max = 500 },
                                 &pages)),
                     2002 * sizeof("u100001") - 1);
    assert_true(pages > 10);
    assert_string_equal(
        walk(database, (scim_sync_plan_ask_t) { .what = "call:removeMember", .max = 100 }, &pages),
        "u110001");
}

static void test_each_stands_there_once(void **state)
{
    database_t *database = crowd(state);
    const scim_sync_plan_ask_t asks[] = { { .max = 1000 },
                                          { .max = 1000, .all = 1 },
                                          { .max = 1000, .what = "call:addMember" } };

    for (int i = 0; i < 3; i++) {
        int pages;
        const char *found = walk(database, asks[i], &pages);

        assert_int_equal(strlen(found), CROWD * sizeof("u100001") - 1);
    }
}

static void test_who_is_told_of_is_among_all(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    int pages;

    store_idp(database->db, "okta", "main", p);
    store_idp(database->db, "entra", "main", p);
    for (int i = 0; i < 5; i++) {
        store_user(database->db, i % 2 ? "entra" : "okta", apr_psprintf(p, "u%d", i), NULL, 1, p);
    }
    OK(scim_sync_task_add(database->db, "okta", "user", "u2", p));
    OK(scim_sync_task_add(database->db, "okta", "user", "u3", p));
    assert_string_equal(walk(database, (scim_sync_plan_ask_t) { .max = 2 }, &pages), "u2 u3");
    assert_string_equal(walk(database, (scim_sync_plan_ask_t) { .max = 2, .all = 1 }, &pages),
                        "u0 u2 u3 u4");
}

static void expect_index(const database_t *database, const char *text, const char *index, int count,
                         const scim_sync_value_t *values)
{
    static const char *const wrong[] = { "Seq Scan", "SCAN t", "SCAN c", "FOR ORDER BY", "Sort  " };
    scim_sync_sql_t *sql = scim_sync_sql_make(database->pool);
    const char *plan;

    scim_sync_sql_put(sql, text, count, values);
    plan = database_plan(database, sql);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (strstr(plan, wrong[i]) || !strstr(plan, index)) {
            fail_msg("%s:\n%s", wrong[i], plan);
        }
    }
}

static void test_pages_go_along_an_index(void **state)
{
    database_t *database = crowd(state);

    for (int i = 0; i < 2; i++) {
        const scim_sync_value_t after = DB_TEXT(i ? "u103000" : "");

        expect_index(database, SCIM_SYNC_PLAN_TASKS, "task_subject",
                     DB_ARGS(DB_TEXT("okta"), after, DB_INT(50)));
        expect_index(database, SCIM_SYNC_PLAN_END, "plan_count_subject",
                     DB_ARGS(DB_TEXT("okta"), DB_TEXT("call:addMember"), after, DB_INT(999)));
        expect_index(database, SCIM_SYNC_PLAN_COUNTED(" AND c.subject <= %s"), "plan_count_subject",
                     DB_ARGS(DB_TEXT("okta"), DB_TEXT("call:addMember"), after, DB_TEXT("u108000"),
                             DB_INT(50)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_rare_call_is_found_behind_many_others),
        DATABASE_TESTS(test_what_is_due_again_is_passed_over),
        DATABASE_TESTS(test_each_stands_there_once),
        DATABASE_TESTS(test_who_is_told_of_is_among_all),
        DATABASE_TESTS(test_pages_go_along_an_index),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What there is to do all in all: exact of few, of one moment of many, and at the same cost. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/plan_private.h"
#include "store/tally.h"

static int by_words(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All but what is 0: "call:addMember=3 state:planned=2". */
static const char *sums_at(const database_t *database, const char *idp, apr_int64_t *at)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *counts;
    const char *words[32];
    const char *text = "";
    size_t n = 0;

    OK(scim_sync_plan_sums(database->db, &counts, at, idp, p));
    for (int i = 0; i < counts->nelts; i++) {
        const scim_sync_plan_count_t *one = &APR_ARRAY_IDX(counts, i, scim_sync_plan_count_t);

        if (one->count) {
            words[n++] = apr_psprintf(p, "%s=%d", one->what, (int)one->count);
        }
    }
    qsort(words, n, sizeof(words[0]), by_words);
    for (size_t i = 0; i < n; i++) {
        text = apr_pstrcat(p, text, i ? " " : "", words[i], NULL);
    }
    return text;
}

/* Of now. */
static const char *sums(const database_t *database, const char *idp)
{
    apr_int64_t at;
    const char *text = sums_at(database, idp, &at);

    assert_int_equal(at, 0);
    return text;
}

static database_t *two_idps(void **state)
{
    database_t *database = store_of(state);

    store_site(database->db, "second", database->pool);
    store_idp(database->db, "okta", "main second", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return database;
}

static scim_sync_task_t *task_of(const database_t *database, const char *site, const char *subject)
{
    scim_sync_task_t *task;
    const char *plan;

    OK(scim_sync_plan_task(database->db, &task, &plan, site, subject, database->pool));
    assert_non_null(task);
    return task;
}

static void plan(const database_t *database, const char *subject, const char *what, int count)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *counts = apr_array_make(p, 2, sizeof(scim_sync_plan_count_t));

    APR_ARRAY_PUSH(counts, scim_sync_plan_count_t) =
        (scim_sync_plan_count_t) { .what = what, .count = count };
    APR_ARRAY_PUSH(counts, scim_sync_plan_count_t) =
        (scim_sync_plan_count_t) { .what = "withheld:seat", .count = 1 };
    OK(scim_sync_plan_put(database->db, task_of(database, "main", subject), "{}", counts, p));
}

static void test_the_sums_of_few_are_those_of_now(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    int again;

    assert_string_equal(sums(database, "okta"), "");
    assert_string_equal(sums(database, "nobody"), "");
    for (int i = 0; i < 3; i++) {
        const char *id = apr_psprintf(p, "u%d", i);

        store_user(database->db, "okta", id, NULL, 1, p);
        OK(scim_sync_task_add(database->db, "okta", "user", id, p));
    }
    assert_string_equal(sums(database, "okta"), "state:waiting=6"); /* at two sites */
    plan(database, "u0", "call:addMember", 3);
    plan(database, "u1", "call:addMember", 4);
    plan(database, "u2", "call:removeMember", 1);
    assert_string_equal(sums(database, "okta"),
                        "call:addMember=7 call:removeMember=1 state:planned=3 state:waiting=3"
                        " withheld:seat=3");
    assert_string_equal(sums(database, "entra"), "");

    OK(scim_sync_task_add(database->db, "okta", "user", "u1", p)); /* it is told of anew */
    assert_string_equal(sums(database, "okta"),
                        "call:addMember=3 call:removeMember=1 state:planned=2 state:waiting=4"
                        " withheld:seat=2");
    plan(database, "u1", "call:addMember", 1);
    plan(database, "u2", "call:removeMember", 2);
    assert_string_equal(sums(database, "okta"),
                        "call:addMember=4 call:removeMember=2 state:planned=3 state:waiting=3"
                        " withheld:seat=3");
    OK(scim_sync_task_done(database->db, task_of(database, "main", "u0"), &again, p));
    assert_string_equal(sums(database, "okta"),
                        "call:addMember=1 call:removeMember=2 state:planned=2 state:waiting=3"
                        " withheld:seat=2");
    database_run(database->db,
                 "UPDATE task SET discarded = 'by jane' WHERE subject = 'u2' AND site = 'main'", p);
    plan(database, "u2", "call:removeMember", 2);
    assert_string_equal(sums(database, "okta"),
                        "call:addMember=1 state:discarded=1 state:planned=1 state:waiting=3"
                        " withheld:seat=1");
    OK(scim_sync_task_retry_idp(database->db, "okta", p));
    assert_string_equal(sums(database, "okta"), "state:waiting=5");
}

/* Everybody is planned; and waits at a second site, as far as that is asked for. */
static void add_crowd(const database_t *database, int count, int waiting)
{
    static const char *const tables[] = { "task", "plan_count" };
    apr_pool_t *p = database->pool;

    database_run(database->db,
                 apr_psprintf(p,
                              "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                              " WHERE i < %d) INSERT INTO task (site, idp, kind, subject, state,"
                              " seq, attempts, next_at, status, created, changed) SELECT 'main',"
                              " CASE WHEN i %% 10 = 0 THEN 'entra' ELSE 'okta' END, 'user',"
                              " 'u' || (100000 + i), 'planned', 1, 0, i, 0, 0, 0 FROM n",
                              count),
                 p);
    database_run(database->db,
                 "INSERT INTO plan_count (task, what, count, idp, kind, subject)"
                 " SELECT id, 'call:addMember', 2, idp, kind, subject FROM task",
                 p);
    database_run(database->db,
                 apr_psprintf(p,
                              "INSERT INTO task (site, idp, kind, subject, state, seq, attempts,"
                              " next_at, status, created, changed) SELECT 'second', idp, kind,"
                              " subject, 'waiting', 1, 0, 0, 0, 0, 0 FROM task"
                              " WHERE idp = 'okta' AND next_at <= %d",
                              waiting),
                 p);
    for (int i = 0; i < 2 && !database_is_sqlite(database); i++) {
        database_run(database->db, apr_pstrcat(p, "ANALYZE ", tables[i], NULL), p);
    }
}

static void tally(const database_t *database)
{
    apr_array_header_t *found;

    OK(scim_sync_tally_take(database->db, &found, database->pool));
    assert_non_null(found);
    OK(scim_sync_tally_keep(database->db, found, database->pool));
}

static void test_the_sums_of_many_are_of_one_moment(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    apr_int64_t at;

    add_crowd(database, 2000, 5);
    assert_string_equal(sums(database, "okta"),
                        "call:addMember=3600 state:planned=1800 state:waiting=5");
    tally(database);
    database_run(database->db, "UPDATE task SET state = 'planned' WHERE state = 'waiting'", p);
    database_run(database->db, "UPDATE task SET state = 'failed' WHERE next_at = 1 OR next_at = 10",
                 p);
    assert_string_equal(sums_at(database, "okta", &at),
                        "call:addMember=3600 state:planned=1800 state:waiting=5");
    assert_true(at > 0);
    assert_string_equal(sums(database, "entra"),
                        "call:addMember=398 state:failed=1 state:planned=199");

    database_run(database->db, "UPDATE idp_tally SET at = at - 60000", p);
    tally(database);
    assert_string_equal(sums_at(database, "okta", &at),
                        "call:addMember=3598 state:failed=1 state:planned=1804");
    database_run(database->db, "UPDATE task SET state = 'held' WHERE next_at BETWEEN 1 AND 1000",
                 p);
    assert_string_equal(sums(database, "okta"),
                        "call:addMember=1800 state:held=900 state:planned=905");
}

/* Nothing is read but what a look is for: no table as a whole, and no more than 1,000 plans. */
static void expect_index(const database_t *database, const char *text, int count,
                         const scim_sync_value_t *values)
{
    static const char *const wrong[] = { "Seq Scan on task", "Seq Scan on plan_count",
                                         "SCAN t",           "SCAN c ",
                                         "Hash Join",        "Merge Join" };
    scim_sync_sql_t *sql = scim_sync_sql_make(database->pool);
    const char *found;

    scim_sync_sql_put(sql, text, count, values);
    found = database_plan(database, sql);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (strstr(found, wrong[i])) {
            fail_msg("%s:\n%s", wrong[i], found);
        }
    }
}

static void test_a_look_goes_along_indexes(void **state)
{
    database_t *database = two_idps(state);

    add_crowd(database, 20000, 5000);
    database_run(database->db,
                 "INSERT INTO plan_count (task, what, count, idp, kind, subject)"
                 " SELECT c.task, w.what, 1, c.idp, c.kind, c.subject FROM plan_count c,"
                 " (SELECT 'call:createAccount' AS what UNION ALL SELECT 'withheld:seat') w",
                 database->pool);
    if (!database_is_sqlite(database)) {
        database_run(database->db, "ANALYZE plan_count", database->pool);
    }
    for (int i = 0; i < 2; i++) {
        expect_index(database, SCIM_SYNC_PLAN_LOOK, DB_ARGS(DB_TEXT(i ? "okta" : NULL)));
        expect_index(database, SCIM_SYNC_PLAN_FEW,
                     DB_ARGS(DB_TEXT(i ? "okta" : "entra"), DB_INT(1000)));
    }
    expect_index(database, SCIM_SYNC_PLAN_SUMS_OF, DB_ARGS(DB_TEXT("[\"1\", \"2\"]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_the_sums_of_few_are_those_of_now),
        DATABASE_TESTS(test_the_sums_of_many_are_of_one_moment),
        DATABASE_TESTS(test_a_look_goes_along_indexes),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

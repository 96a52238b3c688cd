/* SPDX-License-Identifier: Apache-2.0 */
/* IdPs at a glance: what is counted, and that a look costs the same however much there is. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/glance_private.h"

static const scim_sync_glance_t *glance(const database_t *database, const char *idp)
{
    apr_hash_t *all;
    scim_sync_glance_t *found;

    OK(scim_sync_glance_load(database->db, &all, NULL, database->pool));
    assert_int_equal(apr_hash_count(all), 2);
    OK(scim_sync_glance_load(database->db, &all, idp, database->pool));
    assert_int_equal(apr_hash_count(all), 1);
    found = apr_hash_get(all, idp, APR_HASH_KEY_STRING);
    assert_non_null(found);
    return found;
}

/* "users groups waiting failed held" */
static const char *counts(const database_t *database, const char *idp)
{
    const scim_sync_glance_t *g = glance(database, idp);
    const char *text = "";

    for (int i = 0; i < SCIM_SYNC_GLANCE_COUNTS; i++) {
        text = apr_psprintf(database->pool, "%s%s%d", text, i ? " " : "", (int)g->counts[i]);
    }
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

static void test_each_has_its_own_counts(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;

    assert_string_equal(counts(database, "okta"), "0 0 0 0 0");
    for (int i = 0; i < 3; i++) {
        const char *id = apr_psprintf(p, "u%d", i);

        store_user(database->db, "okta", id, NULL, 1, p);
        OK(scim_sync_task_add(database->db, "okta", "user", id, p));
    }
    store_group(database->db, "entra", "g", "staff", p);
    OK(scim_sync_task_add(database->db, "entra", "group", "g", p));
    assert_string_equal(counts(database, "okta"), "3 0 6 0 0"); /* at two sites */
    assert_string_equal(counts(database, "entra"), "0 1 1 0 0");
    database_run(database->db, "UPDATE task SET state = 'failed' WHERE subject = 'u0'", p);
    database_run(database->db,
                 "UPDATE task SET guard = 'memberships' WHERE subject = 'u1' AND site = 'main'", p);
    database_run(database->db,
                 "UPDATE task SET guard = 'memberships', state = 'held' WHERE subject = 'u2'", p);
    assert_string_equal(counts(database, "okta"), "3 0 2 2 3");
    assert_int_equal(glance(database, "okta")->counted, 0);
}

static void add_crowd(const database_t *database, int count)
{
    static const char *const tables[] = { "resource", "task" };
    apr_pool_t *p = database->pool;

    database_run(database->db,
                 apr_psprintf(p,
                              "WITH RECURSIVE n (i) AS"
                              " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                              " INSERT INTO resource (id, idp, type, name, name_key, active, doc,"
                              " version, created, modified) SELECT 'id' || i,"
                              " CASE WHEN i %% 4 = 0 THEN 'entra' ELSE 'okta' END, 'User',"
                              " 'u' || i, 'u' || i, 1, '{}', 1, i, i FROM n",
                              count),
                 p);
    database_run(
        database->db,
        "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status,"
        " created, changed) SELECT 'main', r.idp, 'user', r.id, 'waiting',"
        " 1, 0, r.created, 0, 1, 1 FROM resource r",
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

static void test_large_numbers_are_of_the_last_minute(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    apr_array_header_t *found;

    add_crowd(database, 2000);
    assert_string_equal(counts(database, "okta"), "1500 0 1500 0 0");
    assert_string_equal(counts(database, "entra"), "500 0 500 0 0");
    tally(database);
    store_user(database->db, "okta", "new", NULL, 1, p);
    store_user(database->db, "entra", "new-too", NULL, 1, p);
    database_run(database->db, "UPDATE task SET state = 'failed' WHERE subject = 'id1'", p);
    assert_string_equal(counts(database, "okta"), "1500 0 1500 1 0");
    assert_string_equal(counts(database, "entra"), "501 0 500 0 0");
    assert_true(glance(database, "okta")->counted > 0);
    assert_int_equal(glance(database, "entra")->counted, 0);

    OK(scim_sync_tally_take(database->db, &found, p)); /* somebody has done it just now */
    assert_null(found);
    database_run(database->db, "UPDATE idp_tally SET at = at - 60000", p);
    tally(database);
    assert_string_equal(counts(database, "okta"), "1501 0 1499 1 0");

    database_run(database->db, "DELETE FROM task WHERE next_at > 100", p);
    assert_string_equal(counts(database, "okta"), "1501 0 74 1 0");
    OK(scim_sync_idp_delete(database->db, "okta", 1, p));
    assert_int_equal(database_number(database->db, "SELECT COUNT(*) FROM idp_tally", p), 0);
}

static void test_who_was_heard_when(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;

    assert_int_equal(glance(database, "okta")->contact, 0);
    OK(scim_sync_glance_heard(database->db, "okta", 5000, p));
    OK(scim_sync_glance_heard(database->db, "okta", 4000, p));
    assert_int_equal(glance(database, "okta")->contact, 5000);
    assert_int_equal(glance(database, "entra")->contact, 0);
    database_run(database->db,
                 "INSERT INTO google_run (idp, cause, trust, state, asked, started, ended, calls,"
                 " tries) VALUES ('entra', 'demand', 0, 'done', 1, 2, 3000, 1, 1),"
                 " ('entra', 'demand', 0, 'failed', 1, 2, 9000, 1, 1)",
                 p);
    assert_int_equal(glance(database, "entra")->contact, 3000);
}

/* No table but the short ones is read through, and no answer depends on more than 1001 rows. */
static void test_a_look_goes_along_indexes(void **state)
{
    static const char *const wrong[] = {
        "Seq Scan on resource", "Seq Scan on task", "SCAN r", "SCAN t", "B-TREE", "Sort"
    };
    database_t *database = two_idps(state);

    add_crowd(database, 20000);
    database_run(database->db,
                 "UPDATE task SET guard = 'memberships', guard_idp = idp WHERE next_at % 3 < 2",
                 database->pool);
    if (!database_is_sqlite(database)) {
        database_run(database->db, "ANALYZE task", database->pool);
    }
    for (int i = 0; i < 2; i++) {
        scim_sync_sql_t *sql = scim_sync_sql_make(database->pool);
        const char *plan;

        scim_sync_sql_put(sql, SCIM_SYNC_GLANCE, DB_ARGS(DB_TEXT(i ? "okta" : NULL)));
        plan = database_plan(database, sql);
        for (size_t w = 0; w < sizeof(wrong) / sizeof(wrong[0]); w++) {
            if (strstr(plan, wrong[w])) {
                fail_msg("%s:\n%s", wrong[w], plan);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_each_has_its_own_counts),
        DATABASE_TESTS(test_large_numbers_are_of_the_last_minute),
        DATABASE_TESTS(test_who_was_heard_when),
        DATABASE_TESTS(test_a_look_goes_along_indexes),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

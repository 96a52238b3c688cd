/* SPDX-License-Identifier: Apache-2.0 */
/* What people look at: the three truths in numbers. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/status.h"

static void test_an_empty_database(void **state)
{
    static const scim_sync_status_t nothing;
    database_t *database = store_of(state);
    scim_sync_status_t status;

    memset(&status, 0xff, sizeof(status));
    OK(scim_sync_status_load(database->db, &status, database->pool));
    assert_memory_equal(&status, &nothing, sizeof(status));
}

static void tell(const database_t *database)
{
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    store_user(db, "okta", "o1", "ann@example.com", 1, p);
    store_user(db, "entra", "e1", "Ann@Example.com", 1, p); /* the same person */
    store_user(db, "okta", "o2", "bob@example.com", 0, p);  /* a leaver */
    store_user(db, "okta", "o3", NULL, 1, p);               /* nobody in Jira */
    store_user(db, "okta", "o4", "dan@example.com", 1, p);
    store_group(db, "okta", "og", "staff", p);
    store_group(db, "entra", "eg", "staff", p); /* the same group */
    store_group(db, "okta", "og2", "admins", p);
    store_add_member(db, "og", "o1", p);
    store_add_member(db, "og", "o2", p);
    store_add_member(db, "og", "o3", p);
    store_add_member(db, "og2", "unknown", p);
    store_add_member(db, "eg", "e1", p);
}

static void test_told_and_wanted(void **state)
{
    database_t *database = store_of(state);
    scim_sync_status_t status;

    tell(database);
    OK(scim_sync_status_load(database->db, &status, database->pool));
    assert_int_equal(status.told_users, 5);
    assert_int_equal(status.told_groups, 3);
    assert_int_equal(status.told_members, 5);
    assert_int_equal(status.wanted_accounts, 2);
    assert_int_equal(status.wanted_groups, 2);
    assert_int_equal(status.wanted_members, 1);
    assert_int_equal(status.held_accounts + status.held_groups + status.held_members, 0);
}

static void test_held(void **state)
{
    static const char *const states[] = { SCIM_SYNC_HELD_OURS, SCIM_SYNC_HELD_THEIRS,
                                          SCIM_SYNC_HELD_WITHDRAWN, SCIM_SYNC_HELD_REVOKED,
                                          SCIM_SYNC_HELD_DISPUTED };
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_status_t status;

    OK(scim_sync_held_put_link(db, "main", "o1", "user", "a1", p));
    OK(scim_sync_held_put_link(db, "main", "e1", "user", "a1", p));
    OK(scim_sync_held_put_link(db, "main", "o4", "user", NULL, p));
    OK(scim_sync_held_put_link(db, "main", "og", "group", "g1", p));
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        OK(scim_sync_held_put_member(db, "main", apr_psprintf(p, "g%d", (int)i), "a1", states[i],
                                     p));
    }
    OK(scim_sync_status_load(db, &status, p));
    assert_int_equal(status.held_accounts, 1);
    assert_int_equal(status.held_groups, 1);
    assert_int_equal(status.held_members, 1); /* what was taken is not there */
}

static void test_work(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_status_t status;
    apr_array_header_t *tasks;

    store_idp(db, "okta", "main", p);
    for (int i = 0; i < 3; i++) {
        OK(scim_sync_task_add(db, "okta", "user", apr_psprintf(p, "u%d", i), p));
    }
    database_run(db, "UPDATE task SET created = {now} - 60000 WHERE subject = 'u1'", p);
    database_run(db, "UPDATE task SET created = {now} - 90000 WHERE subject = 'u0'", p);
    OK(scim_sync_task_list(db, &tasks, &store_any_task, 0, 1, p));
    OK(scim_sync_task_park(db, APR_ARRAY_IDX(tasks, 0, scim_sync_task_t *), &store_refusal, p));
    OK(scim_sync_status_load(db, &status, p));
    assert_int_equal(status.tasks_waiting, 2);
    assert_int_equal(status.tasks_failed, 1);
    assert_in_range(status.oldest_ms, 60000, 85000); /* the parked one waits for nobody */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_an_empty_database),
        DATABASE_TESTS(test_told_and_wanted),
        DATABASE_TESTS(test_held),
        DATABASE_TESTS(test_work),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

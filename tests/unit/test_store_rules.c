/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of an IdP: what is stored of them, and what they make due. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/resource.h"

static apr_int64_t generation(const database_t *database)
{
    const char *instance;
    apr_int64_t number;

    OK(scim_sync_generation(database->db, &instance, &number, database->pool));
    return number;
}

static void test_rules_are_none_until_they_are_put(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    apr_array_header_t *idps;
    scim_sync_idp_t *idp;

    store_idp(database->db, "okta", "main", p);
    OK(scim_sync_idp_load(database->db, &idp, "okta", p));
    assert_string_equal(idp->rules, "{}");
    OK(scim_sync_idp_list(database->db, &idps, p));
    assert_string_equal(APR_ARRAY_IDX(idps, 0, scim_sync_idp_t *)->rules, "{}");
}

/* Ann was told, Bob was deleted and waits still, Eve is another IdP's. */
static void test_new_rules_make_tasks_for_everything_told(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_int64_t before;
    scim_sync_idp_t *idp;
    int stored;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    store_group(db, "okta", "staff", "staff", p);
    store_user(db, "entra", "eve", "eve@example.com", 1, p);
    OK(scim_sync_task_add(db, "okta", "user", "bob", p));
    OK(scim_sync_task_add(db, "entra", "user", "dan", p));
    database_run(db, "UPDATE task SET next_at = next_at + 90000, attempts = 3", p);
    OK(scim_sync_idp_load(db, &idp, "okta", p));
    before = generation(database);
    OK(scim_sync_idp_put_rules(db, idp, "{\"precedence\":1}", &stored, p));
    assert_true(stored);
    assert_true(generation(database) > before);
    assert_string_equal(store_column(db,
                                     "SELECT subject FROM task WHERE attempts = 0"
                                     " AND next_at <= {now} ORDER BY subject",
                                     p),
                        "ann bob default:okta staff");
    assert_string_equal(store_column(db, "SELECT subject FROM task WHERE attempts = 3", p), "dan");
    OK(scim_sync_idp_load(db, &idp, "okta", p));
    assert_string_equal(idp->rules, "{\"precedence\":1}");
    assert_int_equal(idp->version, 2);
}

static void test_rules_of_another_version_are_not_replaced(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_idp_t *one;
    scim_sync_idp_t *other;
    int stored;

    store_idp(db, "okta", "main", p);
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    OK(scim_sync_idp_load(db, &one, "okta", p));
    OK(scim_sync_idp_load(db, &other, "okta", p));
    OK(scim_sync_idp_put_rules(db, one, "{\"precedence\":1}", &stored, p));
    assert_true(stored);
    database_run(db, "DELETE FROM task", p);
    OK(scim_sync_idp_put_rules(db, other, "{\"precedence\":2}", &stored, p));
    assert_false(stored);
    OK(scim_sync_idp_load(db, &one, "okta", p));
    assert_string_equal(one->rules, "{\"precedence\":1}");
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM task", p), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_rules_are_none_until_they_are_put),
        DATABASE_TESTS(test_new_rules_make_tasks_for_everything_told),
        DATABASE_TESTS(test_rules_of_another_version_are_not_replaced),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

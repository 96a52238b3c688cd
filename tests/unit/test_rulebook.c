/* SPDX-License-Identifier: Apache-2.0 */
/* The rulebook: rules are those that are stored, from the next opening on. */
#include <string.h>

#include "store.h"
#include "store/config.h"
#include "sync/rulebook.h"

static void put(const database_t *database, const char *idp, const char *rules)
{
    scim_sync_idp_t *found;
    int stored;

    OK(scim_sync_idp_load(database->db, &found, idp, database->pool));
    OK(scim_sync_idp_put_rules(database->db, found, rules, &stored, database->pool));
    assert_true(stored);
}

static int precedence(const scim_sync_rulebook_t *book, const char *idp)
{
    const char *why;
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(book, idp, &why);

    assert_non_null(rules);
    assert_null(why);
    return rules->precedence;
}

static void test_rules_are_news_at_the_next_opening(void **state)
{
    database_t *database = store_of(state);
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(database->pool);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_int_equal(precedence(book, "okta"), 100);
    put(database, "okta", "{\"precedence\": 7}");
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_int_equal(precedence(book, "okta"), 7);
    assert_int_equal(precedence(book, "entra"), 100);
}

static void test_whether_any_group_is_authoritative(void **state)
{
    static const struct {
        const char *rules;
        int any;
    } cases[] = {
        { "{}", 0 },
        { "{\"groups\": {\"authoritative\": true}}", 1 },
        { "{\"groups\": {\"mappings\": [{\"group\": \"a\", \"jiraGroups\": [\"a\"]}]}}", 0 },
        { "{\"groups\": {\"mappings\": [{\"group\": \"a\", \"jiraGroups\": [\"a\"],"
          " \"authoritative\": false}]}}",
          0 },
        { "{\"groups\": {\"mappings\": [{\"group\": \"a\", \"jiraGroups\": [\"a\"]},"
          " {\"group\": \"b\", \"jiraGroups\": [\"b\"], \"authoritative\": true}]}}",
          1 },
    };
    database_t *database = store_of(state);
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(database->pool);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        put(database, i % 2 ? "okta" : "entra", cases[i].rules);
        put(database, i % 2 ? "entra" : "okta", "{}");
        OK(scim_sync_rulebook_open(database->db, book, database->pool));
        assert_int_equal(scim_sync_rulebook_any_authoritative(book), cases[i].any);
    }
    OK(scim_sync_idp_delete(database->db, "entra", 1, database->pool));
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_int_equal(scim_sync_rulebook_any_authoritative(book), 0);
}

static void test_an_idp_that_is_no_more_has_the_defaults(void **state)
{
    database_t *database = store_of(state);
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(database->pool);

    store_idp(database->db, "okta", "main", database->pool);
    put(database, "okta", "{\"precedence\": 7}");
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_int_equal(precedence(book, "okta"), 100);
    store_idp(database->db, "okta", "main", database->pool);
    put(database, "okta", "{\"precedence\": 8}");
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_int_equal(precedence(book, "okta"), 8);
}

static void test_which_of_a_name_it_is(void **state)
{
    database_t *database = store_of(state);
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(database->pool);

    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_int_equal(scim_sync_rulebook_made(book, "okta"), 0);
    store_idp(database->db, "okta", "main", database->pool);
    database_run(database->db, "UPDATE idp SET created = 7", database->pool);
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_int_equal(scim_sync_rulebook_made(book, "okta"), 7);
    OK(scim_sync_idp_delete(database->db, "okta", 0, database->pool));
    store_idp(database->db, "okta", "main", database->pool);
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_true(scim_sync_rulebook_made(book, "okta") > 7);
}

static void test_rules_that_cant_be_read_are_none(void **state)
{
    database_t *database = store_of(state);
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(database->pool);
    const char *why;

    store_idp(database->db, "okta", "main", database->pool);
    put(database, "okta", "{\"precedence\": \"first\"}");
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_null(scim_sync_rulebook_of(book, "okta", &why));
    assert_non_null(strstr(why, "precedence"));
    put(database, "okta", "{}");
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_int_equal(precedence(book, "okta"), 100);
}

static void test_the_guard(void **state)
{
    database_t *database = store_of(state);
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(database->pool);

    store_idp(database->db, "okta", "main", database->pool);
    put(database, "okta", "{\"guard\": {\"enabled\": false}}");
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_false(scim_sync_rulebook_guard(book, "okta")->enabled);
    assert_null(scim_sync_rulebook_guard(book, "gone"));
    /* What can't be read lifts no limit. */
    put(database, "okta", "{\"guard\": {\"enabled\": false}, \"precedence\": \"first\"}");
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_true(scim_sync_rulebook_guard(book, "okta")->enabled);
    assert_int_equal(
        scim_sync_rulebook_guard(book, "okta")->limits[SCIM_SYNC_GUARD_DEACTIVATIONS].number, 500);
}

static void test_who_is_in_dry_run(void **state)
{
    database_t *database = store_of(state);
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(database->pool);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_false(scim_sync_rulebook_any_dry(book));
    store_set_state(database->db, "okta", SCIM_SYNC_IDP_DRY_RUN, database->pool);
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_true(scim_sync_rulebook_any_dry(book));
    assert_true(scim_sync_rulebook_is_dry(book, "okta"));
    assert_false(scim_sync_rulebook_is_dry(book, "entra"));
    assert_false(scim_sync_rulebook_is_dry(book, "nobody"));
    store_set_state(database->db, "okta", SCIM_SYNC_IDP_LIVE, database->pool);
    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    assert_false(scim_sync_rulebook_any_dry(book));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_rules_are_news_at_the_next_opening),
        DATABASE_TESTS(test_whether_any_group_is_authoritative),
        DATABASE_TESTS(test_an_idp_that_is_no_more_has_the_defaults),
        DATABASE_TESTS(test_which_of_a_name_it_is),
        DATABASE_TESTS(test_rules_that_cant_be_read_are_none),
        DATABASE_TESTS(test_the_guard),
        DATABASE_TESTS(test_who_is_in_dry_run),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

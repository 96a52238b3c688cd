/* SPDX-License-Identifier: Apache-2.0 */
/* What tasks that have not run yet would find on record: accounts, groups, and who is wanted. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/link.h"
#include "sync/ahead.h"

#define LINKS                                                                                      \
    "SELECT resource || CASE name WHEN '' THEN '' ELSE '/' || name END || '='"                     \
    " || COALESCE(object, '-') || CASE WHEN known_as IS NULL THEN '' ELSE '/' || known_as END"     \
    " || CASE WHEN left_at > 0 THEN '/left' ELSE '' END"                                           \
    " FROM jira_link WHERE resource NOT IN ('old', 'r-old') ORDER BY 1"

static const char *column(const database_t *database, const char *sql)
{
    return store_column(database->db, sql, database->pool);
}

/* What entra tells of the account a-old and the group g1, which okta, that ends, had made. */
static void okta_ends(const database_t *database, const char *rules)
{
    const scim_sync_held_account_t account = { .account_id = "a-old",
                                               .email = "jo@example.com",
                                               .groups_read = 1 };
    const scim_sync_held_group_t group = { .group_id = "g1", .name = "devs" };

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    store_put_rules(database->db, "entra", rules, database->pool);
    store_user(database->db, "okta", "old", "jo@example.com", 1, database->pool);
    OK(scim_sync_held_put_account(database->db, "main", &account, database->pool));
    OK(scim_sync_held_put_link(database->db, "main", "old", "user", "a-old", database->pool));
    OK(scim_sync_held_put_group(database->db, "main", &group, database->pool));
}

static const char *look(const database_t *database)
{
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(database->pool);
    const char *unread;

    OK(scim_sync_rulebook_open(database->db, book, database->pool));
    OK(scim_sync_ahead(database->db, book, "main", "okta", &unread, database->pool));
    return unread;
}

static void test_users(void **state)
{
    static const struct {
        const char *rules;
        const char *email;
        int active;
        const char *links;
    } cases[] = {
        { "{}", "jo@example.com", 1, "new=a-old" },
        { "{}", "jo@example.com", 0, "" },
        { "{}", "other@example.com", 1, "" },
        { "{}", NULL, 1, "" },
        { "{\"users\": {\"patterns\": [{\"pattern\": \"^new$\","
          " \"replacement\": \"jo@example.com\"}]}}",
          "jo@corp.example", 1, "new=a-old/jo@example.com" },
        { "{\"users\": {\"filter\": {\"exclude\": [{\"attribute\": \"email\","
          " \"pattern\": \"^jo\"}]}}}",
          "jo@example.com", 1, "" },
    };
    database_t *database = store_of(state);
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        okta_ends(database, cases[i].rules);
        store_user(database->db, "entra", "new", cases[i].email, cases[i].active, database->pool);
        assert_null(look(database));
        assert_string_equal(column(database, LINKS), cases[i].links);
        store_wipe(database->db, database->pool);
        OK(scim_sync_idp_delete(database->db, "okta", 0, database->pool));
        OK(scim_sync_idp_delete(database->db, "entra", 0, database->pool));
    }
}

static void test_an_account_that_another_user_has_still_is_left_to_jira(void **state)
{
    database_t *database = store_of(state);

    okta_ends(database, "{}");
    store_user(database->db, "entra", "r-old", "renamed@example.com", 1, database->pool);
    OK(scim_sync_held_put_link(database->db, "main", "r-old", "user", "a-old", database->pool));
    store_user(database->db, "entra", "new", "jo@example.com", 1, database->pool);
    assert_null(look(database));
    assert_string_equal(column(database, LINKS), "");
}

static void test_who_is_wanted(void **state)
{
    database_t *database = store_of(state);

    okta_ends(database, "{}");
    store_user(database->db, "entra", "back", "jo@example.com", 1, database->pool);
    OK(scim_sync_held_put_link(database->db, "main", "back", "user", "a-old", database->pool));
    database_run(database->db, "UPDATE jira_link SET left_at = 7", database->pool);
    assert_null(look(database));
    assert_string_equal(column(database, LINKS), "back=a-old");
    /* Of the one that ends, too. */
    assert_string_equal(column(database, "SELECT left_at FROM jira_link WHERE resource = 'old'"),
                        "0");
    store_put_rules(database->db, "entra",
                    "{\"users\": {\"filter\": {\"include\": [{\"attribute\": \"userName\","
                    " \"pattern\": \"^x\"}]}}}",
                    database->pool);
    assert_null(look(database));
    assert_string_equal(column(database, LINKS), "back=a-old/left");
}

static void test_groups(void **state)
{
    static const struct {
        const char *rules;
        const char *name;
        const char *before; /* SQL; or NULL */
        const char *links;
    } cases[] = {
        { "{}", "devs", NULL, "new/devs=g1" },
        { "{}", "others", NULL, "" },
        { "{\"groups\": {\"import\": false}}", "devs", NULL, "" },
        { "{\"groups\": {\"mappings\": [{\"group\": \"All\", \"jiraGroups\": [\"devs\","
          " \"more\"]}]}}",
          "All", NULL, "new/devs=g1" },
        { "{\"users\": {\"defaultGroups\": [\"devs\"]}}", "others", NULL, "default:entra/devs=g1" },
        { "{}", "devs", "UPDATE jira_group SET protection = 'a rule'", "" },
        /* It may be about to be deleted in Jira. */
        { "{}", "devs",
          "INSERT INTO jira_link (site, resource, name, kind, object)"
          " VALUES ('main', 'r-old', 'devs', 'group', 'g1')",
          "" },
        /* The IdP gave it another name, which is for a person to see. */
        { "{}", "devs",
          "INSERT INTO jira_link (site, resource, name, kind, object, told_as)"
          " VALUES ('main', 'new', 'was', 'group', 'g2', 'was')",
          "new/was=g2" },
    };
    database_t *database = store_of(state);
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        okta_ends(database, cases[i].rules);
        store_group(database->db, "okta", "ending", "devs", database->pool);
        store_group(database->db, "entra", "new", cases[i].name, database->pool);
        if (cases[i].before) {
            database_run(database->db, cases[i].before, database->pool);
        }
        assert_null(look(database));
        assert_string_equal(column(database, LINKS), cases[i].links);
        store_wipe(database->db, database->pool);
        OK(scim_sync_idp_delete(database->db, "okta", 0, database->pool));
        OK(scim_sync_idp_delete(database->db, "entra", 0, database->pool));
    }
}

static void test_people_of_a_group_that_stands_for_one_now_have_tasks(void **state)
{
    database_t *database = store_of(state);

    okta_ends(database, "{}");
    store_user(database->db, "entra", "new", "jo@example.com", 1, database->pool);
    store_group(database->db, "entra", "team", "devs", database->pool);
    store_add_member(database->db, "team", "new", database->pool);
    database_run(database->db, "DELETE FROM task", database->pool);
    assert_null(look(database));
    assert_string_equal(column(database, "SELECT subject FROM task"), "new");
}

static void test_rules_of_another_one_that_cant_be_read(void **state)
{
    database_t *database = store_of(state);

    okta_ends(database, "{}");
    store_user(database->db, "entra", "new", "jo@example.com", 1, database->pool);
    database_run(database->db,
                 "UPDATE idp SET rules = '{', version = version + 1"
                 " WHERE name = 'okta'",
                 database->pool);
    assert_null(look(database));
    database_run(database->db,
                 "UPDATE idp SET rules = '{', version = version + 1"
                 " WHERE name = 'entra'",
                 database->pool);
    database_run(database->db, "DELETE FROM jira_link WHERE resource = 'new'", database->pool);
    assert_non_null(strstr(look(database), "the rules of entra can't be read"));
    assert_string_equal(column(database, LINKS), "");
}

static void test_more_than_a_page(void **state)
{
    database_t *database = store_of(state);
    int i;

    okta_ends(database, "{}");
    for (i = 0; i < 1001; i++) {
        const char *id = apr_psprintf(database->pool, "u%04d", i);

        store_user(database->db, "entra", id, i == 1000 ? "jo@example.com" : NULL, 1,
                   database->pool);
    }
    assert_null(look(database));
    assert_string_equal(column(database, LINKS), "u1000=a-old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_users),
        DATABASE_TESTS(test_an_account_that_another_user_has_still_is_left_to_jira),
        DATABASE_TESTS(test_who_is_wanted),
        DATABASE_TESTS(test_groups),
        DATABASE_TESTS(test_people_of_a_group_that_stands_for_one_now_have_tasks),
        DATABASE_TESTS(test_rules_of_another_one_that_cant_be_read),
        DATABASE_TESTS(test_more_than_a_page),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

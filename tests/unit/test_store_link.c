/* SPDX-License-Identifier: Apache-2.0 */
/* Which groups in Jira the groups of an IdP stand for, and whom that puts where. */
#include "store.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/config.h"
#include "store/drift.h"
#include "store/link.h"
#include "store/told.h"

static void link_to(database_t *database, const char *resource, const char *name,
                    const char *group_id)
{
    OK(scim_sync_link_put(database->db, "main", resource,
                          &(scim_sync_link_t) {
                              .name = name, .group_id = group_id, .told_as = resource },
                          database->pool));
}

static const char *links_of(database_t *database, const char *resource)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *links;
    const char *text = "";

    OK(scim_sync_link_list(database->db, &links, "main", resource, p));
    for (int i = 0; i < links->nelts; i++) {
        const scim_sync_link_t *l = &APR_ARRAY_IDX(links, i, scim_sync_link_t);

        text = apr_pstrcat(p, text, *text ? " " : "", l->name, "=", l->group_id ? l->group_id : "-",
                           "/", l->told_as ? l->told_as : "-", NULL);
    }
    return text;
}

static void test_a_link_for_each_name(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    int shared;

    assert_string_equal(links_of(database, "g1"), "");
    link_to(database, "g1", "ops", NULL);
    link_to(database, "g1", "dev", "j1");
    link_to(database, "g2", "dev", "j1");
    assert_string_equal(links_of(database, "g1"), "dev=j1/g1 ops=-/g1");
    link_to(database, "g1", "ops", "j2");
    link_to(database, "g1", "dev", NULL); /* what it stands for is not forgotten */
    assert_string_equal(links_of(database, "g1"), "dev=j1/g1 ops=j2/g1");
    OK(scim_sync_link_shared(database->db, &shared, "main", "j1", "g1", p));
    assert_true(shared);
    OK(scim_sync_link_shared(database->db, &shared, "main", "j2", "g1", p));
    assert_false(shared);
    OK(scim_sync_link_shared(database->db, &shared, "other", "j1", "g1", p));
    assert_false(shared);
    OK(scim_sync_link_drop(database->db, "main", "g1", "dev", p));
    OK(scim_sync_link_drop(database->db, "main", "g1", "no such name", p));
    assert_string_equal(links_of(database, "g1"), "ops=j2/g1");
    assert_string_equal(links_of(database, "g2"), "dev=j1/g2");
}

static void test_a_forgotten_group_leaves_nothing(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    for (int i = 1; i <= 2; i++) {
        const char *id = apr_psprintf(p, "j%d", i);

        OK(scim_sync_held_put_group(
            db, "main", &(scim_sync_held_group_t) { .group_id = id, .name = id, .ours = 1 }, p));
        OK(scim_sync_held_put_member(db, "main", id, "a1", SCIM_SYNC_HELD_OURS, p));
        link_to(database, "g", id, id);
    }
    OK(scim_sync_held_forget_group(db, "main", "j1", p));
    assert_string_equal(links_of(database, "g"), "j2=j2/g");
    assert_string_equal(store_members(db, "a1", p), "j2=ours");
    assert_string_equal(store_column(db, "SELECT name FROM jira_group", p), "j2");
}

/* ---- who is where ---- */

static const char *groups_of(database_t *database, const char *user)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *groups = apr_array_make(p, 4, sizeof(const char *));
    static const char *const all[] = { "j0", "j1", "j2", "j3", "j4", "j5", "j9" };
    const char *text = "";
    int n = 0;

    OK(scim_sync_told_groups(database->db, groups, "main", user, p));
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (scim_sync_list_holds(groups, all[i])) {
            text = apr_pstrcat(p, text, n++ > 0 ? " " : "", all[i], NULL);
        }
    }
    assert_int_equal(groups->nelts, n);
    return text;
}

/* Groups g1 to g5 of okta, each linked to j1 to j5; f of entra, linked to j9. */
static database_t *groups(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    store_user(db, "entra", "eve", "eve@example.com", 1, p);
    for (int i = 1; i <= 5; i++) {
        store_group(db, "okta", apr_psprintf(p, "g%d", i), apr_psprintf(p, "group %d", i), p);
        link_to(database, apr_psprintf(p, "g%d", i), "x", apr_psprintf(p, "j%d", i));
    }
    store_group(db, "entra", "f", "foreign", p);
    link_to(database, "f", "x", "j9");
    return database;
}

static void test_members_of_groups_in_groups(void **state)
{
    database_t *database = groups(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    assert_string_equal(groups_of(database, "ann"), "");
    store_add_member(db, "g1", "ann", p);
    assert_string_equal(groups_of(database, "ann"), "j1");
    store_add_member(db, "g2", "g1", p);
    store_add_member(db, "g3", "g2", p);
    assert_string_equal(groups_of(database, "ann"), "j1 j2 j3");
    store_add_member(db, "g4", "g1", p); /* a diamond */
    store_add_member(db, "g3", "g4", p);
    assert_string_equal(groups_of(database, "ann"), "j1 j2 j3 j4");
    store_add_member(db, "g1", "g3", p); /* a circle */
    store_add_member(db, "g5", "g5", p);
    assert_string_equal(groups_of(database, "ann"), "j1 j2 j3 j4");
    store_add_member(db, "f", "g1", p); /* of another IdP: that is something else there */
    store_add_member(db, "f", "ann", p);
    assert_string_equal(groups_of(database, "ann"), "j1 j2 j3 j4");
    store_remove_member(db, "g2", "g1", p);
    store_remove_member(db, "g4", "g1", p);
    assert_string_equal(groups_of(database, "ann"), "j1");
}

static void test_a_group_between_that_stands_for_nothing_is_passed_through(void **state)
{
    database_t *database = groups(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    OK(scim_sync_link_drop(db, "main", "g1", "x", p));
    OK(scim_sync_link_drop(db, "main", "g2", "x", p));
    link_to(database, "g2", "begun", NULL);
    store_add_member(db, "g1", "ann", p);
    store_add_member(db, "g2", "g1", p);
    store_add_member(db, "g3", "g2", p);
    assert_string_equal(groups_of(database, "ann"), "j3");
}

static void test_a_group_may_stand_for_several(void **state)
{
    database_t *database = groups(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    link_to(database, "g1", "y", "j4");
    link_to(database, "g1", "z", "j5");
    link_to(database, "g1", "again", "j5");
    store_add_member(db, "g1", "ann", p);
    assert_string_equal(groups_of(database, "ann"), "j1 j4 j5");
}

static void test_default_groups(void **state)
{
    database_t *database = groups(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    link_to(database, "default:okta", "staff", "j0");
    link_to(database, "default:okta", "begun", NULL);
    assert_string_equal(groups_of(database, "ann"), "j0");
    assert_string_equal(groups_of(database, "eve"), "");
    store_add_member(db, "g1", "ann", p);
    link_to(database, "default:okta", "also mapped", "j1");
    assert_string_equal(groups_of(database, "ann"), "j0 j1");
    OK(scim_sync_idp_delete(db, "okta", 1, p));
    assert_string_equal(store_column(db, "SELECT resource FROM jira_link ORDER BY 1", p), "f");
    assert_string_equal(scim_sync_link_idp("default:okta"), "okta");
    assert_null(scim_sync_link_idp("okta"));
}

/* ---- conflicts ---- */

static const char *conflicts(database_t *database, const char *kind, const char *after, int max)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *list;
    const char *text = "";

    OK(scim_sync_link_conflicts(database->db, &list, "main", kind, after, max, p));
    for (int i = 0; i < list->nelts; i++) {
        const scim_sync_link_conflict_t *c = &APR_ARRAY_IDX(list, i, scim_sync_link_conflict_t);

        text = apr_psprintf(p, "%s%s%s(%s)%d", text, *text ? " " : "", c->object,
                            c->name ? c->name : "-", c->idps->nelts);
    }
    return text;
}

static void test_what_several_idps_claim(void **state)
{
    database_t *database = groups(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *claims;

    assert_string_equal(conflicts(database, "group", "", 10), "");
    link_to(database, "g2", "y", "j1"); /* the same IdP twice */
    assert_string_equal(conflicts(database, "group", "", 10), "");
    link_to(database, "f", "j1", "j1");
    link_to(database, "default:entra", "j3", "j3");
    link_to(database, "default:entra", "j2", "j2");
    link_to(database, "gone", "j4", "j4"); /* nobody's any more */
    OK(scim_sync_held_put_group(db, "main",
                                &(scim_sync_held_group_t) { .group_id = "j2", .name = "two" }, p));
    assert_string_equal(conflicts(database, "group", "", 10), "j1(-)2 j2(two)2 j3(-)2");
    assert_string_equal(conflicts(database, "group", "", 2), "j1(-)2 j2(two)2");
    assert_string_equal(conflicts(database, "group", "j2", 2), "j3(-)2");
    OK(scim_sync_link_claims(db, &claims, "main", "j1", p));
    assert_int_equal(claims->nelts, 3);
    OK(scim_sync_link_claims(db, &claims, "main", "j4", p));
    assert_int_equal(claims->nelts, 1);
    OK(scim_sync_held_put_link(db, "main", "ann", "user", "a1", p));
    assert_string_equal(conflicts(database, "user", "", 10), "");
    OK(scim_sync_held_put_link(db, "main", "eve", "user", "a1", p));
    OK(scim_sync_held_put_account(
        db, "main", &(scim_sync_held_account_t) { .account_id = "a1", .email = "ann@example.com" },
        p));
    assert_string_equal(conflicts(database, "user", "", 10), "a1(ann@example.com)2");
    assert_string_equal(conflicts(database, "user", "a1", 10), "");
}

static const char *below(const database_t *database, const char *group, int max)
{
    apr_array_header_t *people;
    const char *text = "";

    OK(scim_sync_told_below(database->db, &people, "main", "okta", group, max, database->pool));
    for (int i = 0; i < people->nelts; i++) {
        text = apr_pstrcat(database->pool, text, i > 0 ? " " : "",
                           APR_ARRAY_IDX(people, i, scim_sync_told_below_t).name, NULL);
    }
    return text;
}

static void test_people_of_groups_that_are_in_each_other(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    store_group(db, "okta", "g1", "Outer", p);
    store_group(db, "okta", "g2", "Inner", p);
    store_group(db, "entra", "g3", "Another's", p);
    store_user(db, "okta", "bob", "bob@example.com", 1, p);
    store_user(db, "okta", "ann", "ann@example.com", 1, p);
    store_user(db, "okta", "gone", "gone@example.com", 0, p);
    store_user(db, "okta", "eve", "eve@example.com", 1, p);
    store_add_member(db, "g1", "bob", p);
    store_add_member(db, "g1", "g2", p);
    store_add_member(db, "g1", "g3", p);
    store_add_member(db, "g2", "g1", p);
    store_add_member(db, "g2", "ann", p);
    store_add_member(db, "g2", "bob", p);
    store_add_member(db, "g2", "gone", p);
    store_add_member(db, "g3", "eve", p);
    assert_string_equal(below(database, "g1", 100), "ann bob");
    assert_string_equal(below(database, "g2", 100), "ann bob");
    assert_string_equal(below(database, "g1", 1), "ann");
    assert_string_equal(below(database, "nowhere", 100), "");
    assert_string_equal(below(database, "default:okta", 100), "ann bob eve");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_link_for_each_name),
        DATABASE_TESTS(test_a_forgotten_group_leaves_nothing),
        DATABASE_TESTS(test_members_of_groups_in_groups),
        DATABASE_TESTS(test_a_group_between_that_stands_for_nothing_is_passed_through),
        DATABASE_TESTS(test_a_group_may_stand_for_several),
        DATABASE_TESTS(test_default_groups),
        DATABASE_TESTS(test_what_several_idps_claim),
        DATABASE_TESTS(test_people_of_groups_that_are_in_each_other),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

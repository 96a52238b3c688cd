/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups as they were told: one IdP's are not another's. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "base/json.h"
#include "store/config.h"
#include "store/member.h"
#include "store/resource.h"

static database_t *two_idps(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return database;
}

static scim_sync_resource_t *load(const database_t *database, const char *idp,
                                  scim_sync_type_t type, const char *id)
{
    scim_sync_resource_t *r;

    OK(scim_sync_resource_load(database->db, &r, idp, type, id, 0, database->pool));
    return r;
}

static void test_it_comes_back_as_it_went(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *r = store_make_user("u1", "Ann@Example.com", 0, p);
    scim_sync_resource_t *back;
    int stored;

    json_object_set_new(r->doc, "externalId", json_string("it's \"00u1\" \xc3\xa9 100%"));
    assert_null(scim_sync_resource_index(r, p));
    r->version = 7;
    r->created = 1700000000123;
    r->modified = 1700000000456;
    OK(scim_sync_resource_insert(database->db, "okta", r, &stored, p));
    assert_int_equal(stored, 1);
    back = load(database, "okta", SCIM_SYNC_USER, "u1");
    assert_non_null(back);
    assert_true(scim_sync_resource_same(r, back));
    assert_string_equal(back->id, "u1");
    assert_string_equal(back->name, "u1");
    assert_string_equal(back->external_id, r->external_id);
    assert_int_equal(back->active, 0);
    assert_int_equal(back->version, 7);
    assert_true(back->created == r->created && back->modified == r->modified);
    assert_string_equal(store_column(database->db, "SELECT email FROM resource", p),
                        "ann@example.com");
}

static void test_another_idp_or_type_does_not_see_it(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;

    store_user(database->db, "okta", "u1", "ann@example.com", 1, p);
    assert_null(load(database, "entra", SCIM_SYNC_USER, "u1"));
    assert_null(load(database, "okta", SCIM_SYNC_GROUP, "u1"));
    assert_null(load(database, "okta", SCIM_SYNC_USER, "u2"));
}

static void test_a_name_is_unique_per_idp_and_type(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *twin = store_make_user("STRASSE", NULL, 1, p);
    int stored;

    store_user(database->db, "okta",
               "stra\xc3\x9f"
               "e",
               "ann@example.com", 1, p);
    twin->id = "u2";
    OK(scim_sync_resource_insert(database->db, "okta", twin, &stored, p));
    assert_int_equal(stored, 0);
    OK(scim_sync_resource_insert(database->db, "entra", twin, &stored, p));
    assert_int_equal(stored, 1);
    store_group(database->db, "okta", "g1", "STRASSE", p);
    assert_int_equal(database_number(database->db, "SELECT COUNT(*) FROM resource", p), 3);
    assert_int_equal(database_number(database->db, "SELECT COUNT(*) FROM resource_email", p), 1);
}

static void test_an_update_replaces_all_but_its_birth(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *before;
    scim_sync_resource_t *after;
    scim_sync_resource_t *r;
    int stored;

    store_user(database->db, "okta", "u1", "ann@example.com", 1, p);
    before = load(database, "okta", SCIM_SYNC_USER, "u1");
    r = store_make_user("U1.new", "ann.new@example.com", 0, p);
    r->id = "u1";
    r->version = 2;
    r->created = 1;
    r->modified = before->modified + 5;
    OK(scim_sync_resource_update(database->db, "okta", r, &stored, p));
    assert_int_equal(stored, 1);
    after = load(database, "okta", SCIM_SYNC_USER, "u1");
    assert_string_equal(after->name, "U1.new");
    assert_int_equal(after->active, 0);
    assert_int_equal(after->version, 2);
    assert_true(after->created == before->created);
    assert_true(after->modified == r->modified);
    assert_string_equal(store_column(database->db, "SELECT email FROM resource_email", p),
                        "ann.new@example.com");
}

static void test_an_update_cannot_take_another_ones_name(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *r = store_make_user("BOB", "ann@example.com", 1, p);
    int stored;

    store_user(database->db, "okta", "ann", "ann@example.com", 1, p);
    store_user(database->db, "okta", "bob", "bob@example.com", 1, p);
    store_user(database->db, "entra", "carol", "carol@example.com", 1, p);
    r->id = "ann";
    OK(scim_sync_resource_update(database->db, "okta", r, &stored, p));
    assert_int_equal(stored, 0);
    assert_string_equal(load(database, "okta", SCIM_SYNC_USER, "ann")->name, "ann");
    r = store_make_user("Ann", "ann@example.com", 1, p); /* its own, in other letters */
    r->id = "ann";
    OK(scim_sync_resource_update(database->db, "okta", r, &stored, p));
    assert_int_equal(stored, 1);
    r = store_make_user("carol", "ann@example.com", 1, p); /* another IdP's */
    r->id = "ann";
    OK(scim_sync_resource_update(database->db, "okta", r, &stored, p));
    assert_int_equal(stored, 1);
}

static void test_delete_takes_all_of_it(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_user(db, "okta", "u1", "ann@example.com", 1, p);
    store_user(db, "okta", "u2", "bob@example.com", 1, p);
    store_group(db, "okta", "g1", "staff", p);
    store_group(db, "okta", "g2", "admins", p);
    store_add_member(db, "g1", "u1", p);
    store_add_member(db, "g1", "u2", p);
    store_add_member(db, "g2", "u1", p);
    store_group(db, "entra", "e1", "staff", p);
    store_add_member(db, "e1", "u1", p); /* another thing of that name */
    OK(scim_sync_resource_delete(db, "u1", p));
    assert_null(load(database, "okta", SCIM_SYNC_USER, "u1"));
    assert_string_equal(store_column(db, "SELECT resource || value FROM member ORDER BY 1", p),
                        "e1u1 g1u2");
    assert_string_equal(store_column(db, "SELECT email FROM resource_email", p), "bob@example.com");
    OK(scim_sync_resource_delete(db, "g1", p));
    assert_string_equal(store_column(db, "SELECT resource || value FROM member", p), "e1u1");
    assert_non_null(load(database, "okta", SCIM_SYNC_USER, "u2"));
    OK(scim_sync_resource_delete(db, "g1", p));
}

/*
 * Groups that lose a member are others than before, and so is what their members are told of them.
 */
static void test_delete_changes_the_groups_that_it_was_in(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_user(db, "okta", "u1", "ann@example.com", 1, p);
    store_group(db, "okta", "g1", "staff", p);
    store_group(db, "okta", "g2", "admins", p);
    store_group(db, "entra", "e1", "staff", p);
    store_add_member(db, "g1", "u1", p);
    store_add_member(db, "e1", "u1", p);
    database_run(db, "UPDATE resource SET modified = 5, version = 3 WHERE id <> 'u1'", p);
    OK(scim_sync_resource_delete(db, "u1", p));
    assert_int_equal(load(database, "okta", SCIM_SYNC_GROUP, "g1")->version, 4);
    assert_true(load(database, "okta", SCIM_SYNC_GROUP, "g1")->modified > 1700000000000);
    assert_string_equal(store_column(db,
                                     "SELECT id FROM resource WHERE version = 3"
                                     " AND modified = 5 ORDER BY id",
                                     p),
                        "e1 g2");
}

static void test_it_is_found_by_its_name(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *r;

    store_user(db, "okta", "Ann", "ann@example.com", 1, p);
    store_group(db, "okta", "g1", "Ann", p);
    for (int lock = 0; lock < 2; lock++) {
        OK(scim_sync_resource_load_named(db, &r, "okta", SCIM_SYNC_USER, "ann", lock, p));
        assert_string_equal(r->id, "Ann");
        assert_int_equal(r->type, SCIM_SYNC_USER);
        OK(scim_sync_resource_load_named(db, &r, "okta", SCIM_SYNC_GROUP, "ann", lock, p));
        assert_string_equal(r->id, "g1");
        assert_int_equal(r->type, SCIM_SYNC_GROUP);
        OK(scim_sync_resource_load_named(db, &r, "entra", SCIM_SYNC_USER, "ann", lock, p));
        assert_null(r);
    }
}

static void test_what_is_searched_follows_the_document(void **state)
{
    static const char sql[] = "SELECT COALESCE(display_key, '-') || ' ' ||"
                              " (search -> 'username' -> 0 ->> 'value') FROM resource";
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *r = store_make_user("u1", NULL, 1, p);
    int stored;

    json_object_set_new(r->doc, "name", json_pack("{s:s}", "formatted", "Ann Example"));
    OK(scim_sync_resource_insert(database->db, "okta", r, &stored, p));
    assert_string_equal(store_column(database->db, sql, p), "- u1");
    json_object_set_new(r->doc, "displayName", json_string("ANN"));
    json_object_set_new(r->doc, "userName", json_string("New"));
    OK(scim_sync_resource_update(database->db, "okta", r, &stored, p));
    assert_string_equal(store_column(database->db, sql, p), "ann new");
}

/* ---- the groups of users ---- */

/* "+staff" for a direct one, "-staff" for one that it is in through others. */
static const char *groups_of(const scim_sync_resource_t *user, apr_pool_t *p)
{
    const char *text = "";

    assert_non_null(user->groups);
    for (int i = 0; i < user->groups->nelts; i++) {
        const scim_sync_group_t *group = &APR_ARRAY_IDX(user->groups, i, scim_sync_group_t);

        text =
            apr_pstrcat(p, text, group->direct ? "+" : "-", group->id, "=", group->name, " ", NULL);
    }
    return text;
}

static void test_groups_of_users(void **state)
{
    static const struct {
        const char *group;
        const char *value;
    } members[] = { { "g1", "u1" }, { "g2", "g1" }, { "g3", "g2" }, { "g1", "g3" }, /* a ring */
                    { "g3", "u1" }, { "g4", "u2" }, { "g4", "g4" },                 /* itself */
                    { "g5", "x1" }, { "e1", "u1" }, { "e1", "g1" } };
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *all = apr_array_make(p, 4, sizeof(scim_sync_resource_t *));
    scim_sync_resource_t *group;

    for (int i = 1; i <= 3; i++) {
        store_user(db, "okta", apr_psprintf(p, "u%d", i), NULL, 1, p);
    }
    for (int i = 1; i <= 5; i++) {
        store_group(db, "okta", apr_psprintf(p, "g%d", i), apr_psprintf(p, "Group %d", i), p);
    }
    store_group(db, "entra", "e1", "Group 1", p);
    for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
        store_add_member(db, members[i].group, members[i].value, p);
    }
    for (int i = 1; i <= 3; i++) {
        APR_ARRAY_PUSH(all, scim_sync_resource_t *) =
            load(database, "okta", SCIM_SYNC_USER, apr_psprintf(p, "u%d", i));
    }
    APR_ARRAY_PUSH(all, scim_sync_resource_t *) = group =
        load(database, "okta", SCIM_SYNC_GROUP, "g1");
    OK(scim_sync_resource_groups(db, "okta", all, p));
    assert_string_equal(groups_of(APR_ARRAY_IDX(all, 0, scim_sync_resource_t *), p),
                        "+g1=Group 1 -g2=Group 2 +g3=Group 3 ");
    assert_string_equal(groups_of(APR_ARRAY_IDX(all, 1, scim_sync_resource_t *), p),
                        "+g4=Group 4 ");
    assert_string_equal(groups_of(APR_ARRAY_IDX(all, 2, scim_sync_resource_t *), p), "");
    assert_null(group->groups);
    apr_array_clear(all);
    OK(scim_sync_resource_groups(db, "okta", all, p));
}

/* Pages of all lengths around those that statements are made for. */
static void test_groups_of_a_page_of_users(void **state)
{
    static const int lengths[] = { 1, 2, 10, 11, 99, 100, 101, 205 };
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_group(db, "okta", "g0", "all", p);
    for (int i = 0; i < 205; i++) {
        const char *id = apr_psprintf(p, "u%d", i);

        store_user(db, "okta", id, NULL, 1, p);
        store_add_member(db, "g0", id, p);
    }
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        apr_array_header_t *page = apr_array_make(p, 8, sizeof(scim_sync_resource_t *));

        for (int j = 0; j < lengths[i]; j++) {
            scim_sync_resource_t *r = apr_pcalloc(p, sizeof(*r));

            r->id = apr_psprintf(p, "u%d", j);
            APR_ARRAY_PUSH(page, scim_sync_resource_t *) = r;
        }
        OK(scim_sync_resource_groups(db, "okta", page, p));
        for (int j = 0; j < lengths[i]; j++) {
            assert_string_equal(groups_of(APR_ARRAY_IDX(page, j, scim_sync_resource_t *), p),
                                "+g0=all ");
        }
    }
}

/* While one transaction has loaded it locked, another one waits, or is refused. */
static void test_lock_keeps_others_out(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_db_t *other = database_connect(database, p);
    scim_sync_resource_t *r;

    store_user(database->db, "okta", "u1", "ann@example.com", 1, p);
    OK(scim_sync_db_begin(database->db, p));
    OK(scim_sync_resource_load(database->db, &r, "okta", SCIM_SYNC_USER, "u1", 1, p));
    assert_non_null(r);
    if (!database_is_sqlite(database)) {
        database_run(other, "SET lock_timeout TO 100", p);
    }
    assert_int_equal(scim_sync_db_run(other, "UPDATE resource SET version = 9 WHERE id = 'u1'", p),
                     APR_EGENERAL);
    OK(scim_sync_db_commit(database->db, p));
    database_run(other, "UPDATE resource SET version = 9 WHERE id = 'u1'", p);
}

static void test_a_spoilt_document_is_an_error(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *r;

    store_user(database->db, "okta", "u1", "ann@example.com", 1, p);
    database_run(database->db, "UPDATE resource SET doc = '{\"userName\"'", p);
    assert_int_equal(scim_sync_resource_load(database->db, &r, "okta", SCIM_SYNC_USER, "u1", 0, p),
                     APR_EGENERAL);
    assert_null(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_it_comes_back_as_it_went),
        DATABASE_TESTS(test_another_idp_or_type_does_not_see_it),
        DATABASE_TESTS(test_a_name_is_unique_per_idp_and_type),
        DATABASE_TESTS(test_an_update_replaces_all_but_its_birth),
        DATABASE_TESTS(test_an_update_cannot_take_another_ones_name),
        DATABASE_TESTS(test_delete_takes_all_of_it),
        DATABASE_TESTS(test_delete_changes_the_groups_that_it_was_in),
        DATABASE_TESTS(test_it_is_found_by_its_name),
        DATABASE_TESTS(test_what_is_searched_follows_the_document),
        DATABASE_TESTS(test_groups_of_users),
        DATABASE_TESTS(test_groups_of_a_page_of_users),
        DATABASE_TESTS(test_lock_keeps_others_out),
        DATABASE_TESTS(test_a_spoilt_document_is_an_error),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

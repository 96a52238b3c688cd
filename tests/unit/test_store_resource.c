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
    apr_array_header_t *page;
    apr_int64_t total;

    store_user(database->db, "okta", "u1", "ann@example.com", 1, p);
    assert_null(load(database, "entra", SCIM_SYNC_USER, "u1"));
    assert_null(load(database, "okta", SCIM_SYNC_GROUP, "u1"));
    assert_null(load(database, "okta", SCIM_SYNC_USER, "u2"));
    OK(scim_sync_resource_list(database->db, &page, &total, "entra", SCIM_SYNC_USER, NULL, 0, 10,
                               p));
    assert_int_equal(total, 0);
    assert_int_equal(page->nelts, 0);
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

static const char *ids(const apr_array_header_t *page, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < page->nelts; i++) {
        text = apr_pstrcat(p, text, i > 0 ? " " : "",
                           APR_ARRAY_IDX(page, i, scim_sync_resource_t *)->id, NULL);
    }
    return text;
}

static void test_pages_are_whole_and_in_order(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    const char *seen = "";
    apr_array_header_t *page;
    apr_int64_t total;
    int stored;

    for (int i = 0; i < 7; i++) { /* born in the reverse order of their ids, two at a time */
        scim_sync_resource_t *r = store_make_user(apr_psprintf(p, "u%d", i), NULL, 1, p);

        r->created = 1000 - i / 2;
        OK(scim_sync_resource_insert(database->db, "okta", r, &stored, p));
    }
    for (int skip = 0; skip < 9; skip += 3) {
        OK(scim_sync_resource_list(database->db, &page, &total, "okta", SCIM_SYNC_USER, NULL, skip,
                                   3, p));
        assert_int_equal(total, 7);
        seen = apr_pstrcat(p, seen, ids(page, p), ";", NULL);
    }
    assert_string_equal(seen, "u6 u4 u5;u2 u3 u0;u1;");
    OK(scim_sync_resource_list(database->db, &page, &total, "okta", SCIM_SYNC_USER, NULL, 0, 0, p));
    assert_int_equal(total, 7);
    assert_int_equal(page->nelts, 0);
    OK(scim_sync_resource_list(database->db, &page, &total, "okta", SCIM_SYNC_USER, NULL, 100, 5,
                               p));
    assert_int_equal(page->nelts, 0);
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
        DATABASE_TESTS(test_pages_are_whole_and_in_order),
        DATABASE_TESTS(test_lock_keeps_others_out),
        DATABASE_TESTS(test_a_spoilt_document_is_an_error),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

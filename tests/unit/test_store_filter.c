/* SPDX-License-Identifier: Apache-2.0 */
/* Filters that the database answers, and those that are refused and never just find nothing. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/resource.h"

static const scim_sync_error_t *translate(scim_sync_condition_t **condition, const char *text,
                                          scim_sync_type_t type, apr_pool_t *p)
{
    const scim_sync_filter_t *filter;
    const scim_sync_error_t *error = scim_sync_filter_parse(&filter, type, text, 1000, 10, p);

    if (error != NULL) {
        fail_msg("%s: %s", text, error->detail);
    }
    return scim_sync_filter_sql(condition, filter, type, p);
}

/* The ids that the filter finds, by id. */
static const char *found(const database_t *database, const char *text, scim_sync_type_t type)
{
    apr_pool_t *p = database->pool;
    scim_sync_condition_t *condition;
    const scim_sync_error_t *error = translate(&condition, text, type, p);
    apr_array_header_t *page;
    const char *list = "";
    apr_int64_t total;

    if (error != NULL) {
        fail_msg("%s: %s", text, error->detail);
    }
    OK(scim_sync_resource_list(database->db, &page, &total, "okta", type, condition, 0, 100, p));
    assert_int_equal(total, page->nelts);
    for (int i = 0; i < page->nelts; i++) {
        list = apr_pstrcat(p, list, i > 0 ? " " : "",
                           APR_ARRAY_IDX(page, i, scim_sync_resource_t *)->id, NULL);
    }
    return list;
}

static void insert(const database_t *database, const char *idp, scim_sync_resource_t *r,
                   apr_int64_t created)
{
    int stored;

    assert_null(scim_sync_resource_index(r, database->pool));
    r->created = created;
    OK(scim_sync_resource_insert(database->db, idp, r, &stored, database->pool));
    assert_int_equal(stored, 1);
}

static database_t *people(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *ann = store_make_user("ann", "ann@example.com", 1, p);
    scim_sync_resource_t *bob = store_make_user("bob", "bob@example.com", 0, p);
    scim_sync_resource_t *twin = store_make_user("ann", "ann@example.com", 1, p);
    scim_sync_resource_t *staff = store_make_group("staff", "It's 100% \"Staff\"", p);

    store_idp(database->db, "okta", "main", p);
    store_idp(database->db, "entra", "main", p);
    json_object_set_new(ann->doc, "externalId", json_string("E-1"));
    json_object_set_new(ann->doc, "displayName", json_string("Ann Example"));
    json_array_append_new(json_object_get(ann->doc, "emails"),
                          json_pack("{s:s, s:s}", "value", "second@example.com", "type", "home"));
    json_object_set_new(bob->doc, "externalId", json_string("E-1"));
    json_object_set_new(staff->doc, "externalId", json_string("5"));
    twin->id = "twin";
    insert(database, "okta", ann, 1);
    insert(database, "okta", bob, 2);
    insert(database, "entra", twin, 3);
    insert(database, "okta", staff, 4);
    return database;
}

static void test_users_are_found(void **state)
{
    static const struct {
        const char *filter;
        const char *ids;
    } cases[] = {
        { "userName eq \"ANN\"", "ann" },
        { "userName eq \"twin\"", "" },
        { "id eq \"ann\"", "ann" },
        { "id eq \"ANN\"", "" },
        { "id eq \"twin\"", "" },
        { "externalId eq \"E-1\"", "ann bob" },
        { "externalId eq \"e-1\"", "" },
        { "displayName eq \"ann EXAMPLE\"", "ann" },
        { "active eq true", "ann" },
        { "active eq \"False\"", "bob" },
        { "emails.value eq \"Second@Example.com\"", "ann" },
        { "emails eq \"bob@example.com\"", "bob" },
        { "emails[type eq \"work\" and value eq \"ann@example.com\"]", "ann" },
        { "emails[type eq \"work\"].value eq \"second@example.com\"", "ann" },
        { "externalId eq \"E-1\" and active eq false", "bob" },
        { "externalId eq \"E-1\" and active eq true and userName eq \"ann\"", "ann" },
        { "externalId eq \"E-1\" and userName eq \"carol\"", "" },
        { "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"ann\"", "ann" },
        { "userName eq \"' OR 1=1 --\"", "" },
        { "userName eq \"%s%lld\"", "" },
    };
    database_t *database = people(state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *ids = found(database, cases[i].filter, SCIM_SYNC_USER);

        if (strcmp(ids, cases[i].ids) != 0) {
            fail_msg("%s: found \"%s\", not \"%s\"", cases[i].filter, ids, cases[i].ids);
        }
    }
}

static void test_groups_are_found(void **state)
{
    database_t *database = people(state);

    assert_string_equal(
        found(database, "displayName eq \"it's 100% \\\"STAFF\\\"\"", SCIM_SYNC_GROUP), "staff");
    assert_string_equal(found(database, "displayName eq \"ann\"", SCIM_SYNC_GROUP), "");
    assert_string_equal(found(database, "externalId eq \"5\" and id eq \"staff\"", SCIM_SYNC_GROUP),
                        "staff");
}

static void test_what_cannot_be_answered_is_refused(void **state)
{
    static const struct {
        scim_sync_type_t type;
        const char *filter;
        int position; /* that the message names */
    } cases[] = {
        { SCIM_SYNC_USER, "userName ne \"ann\"", 0 },
        { SCIM_SYNC_USER, "userName sw \"a\"", 0 },
        { SCIM_SYNC_USER, "userName pr", 0 },
        { SCIM_SYNC_USER, "nickName eq \"a\"", 0 },
        { SCIM_SYNC_USER, "name.familyName eq \"a\"", 0 },
        { SCIM_SYNC_USER, "emails.type eq \"work\"", 0 },
        { SCIM_SYNC_USER, "externalId eq null", 0 },
        { SCIM_SYNC_USER, "userName eq \"a\" or userName eq \"b\"", 0 },
        { SCIM_SYNC_USER, "not (userName eq \"a\")", 0 },
        { SCIM_SYNC_USER, "userName eq \"a\" and nickName eq \"b\"", 20 },
        { SCIM_SYNC_USER, "emails[type eq \"work\"]", 0 },
        { SCIM_SYNC_USER, "emails[value sw \"a\"]", 7 },
        { SCIM_SYNC_USER, "emails[value eq null]", 7 },
        { SCIM_SYNC_USER, "emails[value eq \"a@example.com\" and value eq \"b@example.com\"]", 0 },
        { SCIM_SYNC_USER, "emails[value eq \"a\" and primary eq true]", 24 },
        { SCIM_SYNC_USER, "phoneNumbers[value eq \"1\"]", 0 },
        { SCIM_SYNC_USER,
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"
          "employeeNumber eq \"1\"",
          0 },
        { SCIM_SYNC_GROUP, "members.value eq \"u1\"", 0 },
        { SCIM_SYNC_GROUP, "members[value eq \"u1\"]", 0 },
    };
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scim_sync_condition_t *condition;
        const scim_sync_error_t *error = translate(&condition, cases[i].filter, cases[i].type, p);

        if (error == NULL) {
            fail_msg("%s is not refused", cases[i].filter);
        }
        assert_int_equal(error->status, 400);
        assert_string_equal(error->type, SCIM_SYNC_INVALID_FILTER);
        if (strncmp(cases[i].filter, "emails[value eq \"a@", 19) != 0 &&
            strstr(error->detail, apr_psprintf(p, "position %d ", cases[i].position)) == NULL) {
            fail_msg("%s: %s", cases[i].filter, error->detail);
        }
    }
}

static void test_values_never_become_sql(void **state)
{
    scim_sync_condition_t *condition;
    apr_pool_t *p = *state;

    assert_null(
        translate(&condition, "userName eq \"x' OR 1=1\" and active eq true", SCIM_SYNC_USER, p));
    assert_string_equal(condition->sql, "(r.name_key = %s AND r.active = %lld)");
    assert_int_equal(condition->values->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(condition->values, 0, scim_sync_value_t).text, "x' or 1=1");
    assert_int_equal(APR_ARRAY_IDX(condition->values, 1, scim_sync_value_t).number, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_users_are_found),
        DATABASE_TESTS(test_groups_are_found),
        UNIT_TEST(test_what_cannot_be_answered_is_refused),
        UNIT_TEST(test_values_never_become_sql),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

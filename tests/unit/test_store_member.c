/* SPDX-License-Identifier: Apache-2.0 */
/* Who is in a group: changes in their order, and only what has really changed is said. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/member.h"

#define BASE "https://sp.example.com/scim/v2/okta"

typedef struct {
    scim_sync_member_verb_t verb;
    const char *values; /* joined by blanks */
    const char *filter; /* or NULL */
} change_t;

static database_t *a_group(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    store_group(database->db, "okta", "g1", "staff", database->pool);
    store_group(database->db, "okta", "g2", "others", database->pool);
    store_add_member(database->db, "g2", "u1", database->pool);
    return database;
}

static apr_array_header_t *members_of(const char *values, apr_pool_t *p)
{
    apr_array_header_t *members = apr_array_make(p, 4, sizeof(scim_sync_member_t));
    char *text = apr_pstrdup(p, values);
    char *last;

    for (char *one = apr_strtok(text, " ", &last); one != NULL;
         one = apr_strtok(NULL, " ", &last)) {
        APR_ARRAY_PUSH(members, scim_sync_member_t) =
            (scim_sync_member_t) { .value = one, .display = "D", .type = "User" };
    }
    return members;
}

static const scim_sync_filter_t *filter_of(const char *text, apr_pool_t *p)
{
    const scim_sync_attr_t *members =
        scim_sync_attr_find(scim_sync_schema_of(SCIM_SYNC_GROUP)->attrs, "members");
    const scim_sync_filter_t *filter = NULL;

    if (text != NULL) {
        assert_null(
            scim_sync_filter_parse_values(&filter, members, text, strlen(text), 1000, 10, p));
    }
    return filter;
}

/* Apply n changes at once and say what changed, as "+u1 +u2 -u3". */
static const char *apply(const database_t *database, const change_t *changes, int n)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *list = apr_array_make(p, n, sizeof(scim_sync_member_change_t));
    apr_array_header_t *added = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *removed = apr_array_make(p, 4, sizeof(const char *));
    const char *text = "";

    for (int i = 0; i < n; i++) {
        APR_ARRAY_PUSH(list, scim_sync_member_change_t) =
            (scim_sync_member_change_t) { .verb = changes[i].verb,
                                          .members = members_of(changes[i].values, p),
                                          .filter = filter_of(changes[i].filter, p) };
    }
    OK(scim_sync_member_apply(database->db, "g1", BASE, list, added, removed, p));
    for (int i = 0; i < added->nelts; i++) {
        text = apr_pstrcat(p, text, " +", APR_ARRAY_IDX(added, i, const char *), NULL);
    }
    for (int i = 0; i < removed->nelts; i++) {
        text = apr_pstrcat(p, text, " -", APR_ARRAY_IDX(removed, i, const char *), NULL);
    }
    return text;
}

static const char *now_in(const database_t *database)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *members;
    const char *text = "";
    apr_int64_t count;

    OK(scim_sync_member_list(database->db, &members, "g1", p));
    OK(scim_sync_member_count(database->db, &count, "g1", 100, p));
    assert_int_equal(count, members->nelts);
    OK(scim_sync_member_count(database->db, &count, "g1", 1, p));
    assert_int_equal(count, members->nelts > 0);
    for (int i = 0; i < members->nelts; i++) {
        text = apr_pstrcat(p, text, i > 0 ? " " : "",
                           APR_ARRAY_IDX(members, i, scim_sync_member_t).value, NULL);
    }
    return text;
}

static void test_each_verb_changes_what_it_says(void **state)
{
    static const struct {
        change_t change;
        const char *said;
        const char *then;
    } cases[] = {
        { { SCIM_SYNC_MEMBERS_ADD, "u2 u1" }, " +u2 +u1", "u1 u2" },
        { { SCIM_SYNC_MEMBERS_ADD, "u1 u3" }, " +u3", "u1 u2 u3" },
        { { SCIM_SYNC_MEMBERS_REMOVE, "u9 u2" }, " -u2", "u1 u3" },
        { { SCIM_SYNC_MEMBERS_SET, "u3 u4" }, " +u4 -u1", "u3 u4" },
        { { SCIM_SYNC_MEMBERS_SET, "u3 u4" }, "", "u3 u4" },
        { { SCIM_SYNC_MEMBERS_ADD, "" }, "", "u3 u4" },
        { { SCIM_SYNC_MEMBERS_REMOVE, "" }, "", "u3 u4" },
        { { SCIM_SYNC_MEMBERS_SET, "" }, " -u3 -u4", "" },
    };
    database_t *database = a_group(state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(apply(database, &cases[i].change, 1), cases[i].said);
        assert_string_equal(now_in(database), cases[i].then);
    }
    assert_string_equal(
        store_column(database->db, "SELECT resource || value FROM member", database->pool), "g2u1");
}

static void test_changes_are_applied_in_their_order(void **state)
{
    static const change_t set_then_add[] = { { SCIM_SYNC_MEMBERS_SET, "u1" },
                                             { SCIM_SYNC_MEMBERS_ADD, "u2" },
                                             { SCIM_SYNC_MEMBERS_REMOVE, "u1" } };
    static const change_t add_then_set[] = { { SCIM_SYNC_MEMBERS_ADD, "u3" },
                                             { SCIM_SYNC_MEMBERS_SET, "u1" } };
    database_t *database = a_group(state);

    assert_string_equal(apply(database, set_then_add, 3), " +u1 +u2 -u1");
    assert_string_equal(now_in(database), "u2");
    assert_string_equal(apply(database, add_then_set, 2), " +u3 +u1 -u2 -u3");
    assert_string_equal(now_in(database), "u1");
}

static void test_a_filter_takes_out_whoever_matches(void **state)
{
    static const struct {
        const char *filter;
        const char *left;
    } cases[] = {
        { "type eq \"Robot\"", "g2 u1 u2 v1" },
        { "type pr", "" },
        { "type eq \"user\"", "g2" },
        { "display eq \"d\"", "g2" },
        { "value sw \"u\"", "g2 v1" },
        { "value sw \"U\"", "g2 u1 u2 v1" },
        { "not (value sw \"u\") and type eq \"User\"", "g2 u1 u2" },
        { "value eq \"u2\" or display eq null", "u1 v1" },
        { "$ref eq \"" BASE "/Groups/g2\"", "u1 u2 v1" },
        { "value ew \"1\" and $ref co \"/Users/v\"", "g2 u1 u2" },
    };
    database_t *database = a_group(state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const change_t fill = { SCIM_SYNC_MEMBERS_SET, "u1 u2 v1", NULL };
        const change_t take = { SCIM_SYNC_MEMBERS_REMOVE, "", cases[i].filter };

        apply(database, &fill, 1);
        store_add_member(database->db, "g1", "g2", database->pool); /* a group, without a display */
        apply(database, &take, 1);
        if (strcmp(now_in(database), cases[i].left) != 0) {
            fail_msg("%s: left \"%s\"", cases[i].filter, now_in(database));
        }
        assert_string_equal(apply(database, &take, 1), ""); /* an IdP that repeats itself */
    }
}

/* The filter sees what the operations before it have made. */
static void test_a_filter_stands_in_the_order_of_changes(void **state)
{
    static const change_t changes[] = { { SCIM_SYNC_MEMBERS_SET, "u1 u2", NULL },
                                        { SCIM_SYNC_MEMBERS_REMOVE, "", "value ne \"u2\"" },
                                        { SCIM_SYNC_MEMBERS_ADD, "u3", NULL } };
    database_t *database = a_group(state);

    assert_string_equal(apply(database, changes, 3), " +u1 +u2 +u3 -u1");
    assert_string_equal(now_in(database), "u2 u3");
}

static void test_what_was_told_of_a_member_is_kept(void **state)
{
    static const change_t add[] = { { SCIM_SYNC_MEMBERS_ADD, "it's-unknown" } };
    database_t *database = a_group(state);
    apr_array_header_t *members;
    const scim_sync_member_t *m;

    apply(database, add, 1);
    OK(scim_sync_member_list(database->db, &members, "g1", database->pool));
    m = &APR_ARRAY_IDX(members, 0, scim_sync_member_t);
    assert_string_equal(m->value, "it's-unknown");
    assert_string_equal(m->display, "D");
    assert_string_equal(m->type, "User");
    OK(scim_sync_member_list(database->db, &members, "g2", database->pool));
    assert_null(APR_ARRAY_IDX(members, 0, scim_sync_member_t).display);
    assert_null(APR_ARRAY_IDX(members, 0, scim_sync_member_t).type);
}

/* "value=type>$ref": what an answer says of each. */
static const char *types_in(const database_t *database, const char *group)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *members;
    const char *text = "";

    OK(scim_sync_member_list(database->db, &members, group, p));
    for (int i = 0; i < members->nelts; i++) {
        const scim_sync_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_member_t);

        text = apr_pstrcat(p, text, i > 0 ? " " : "", m->value, "=", m->type ? m->type : "-", ">",
                           m->ref ? m->ref : "-", NULL);
    }
    return text;
}

static void test_a_type_that_was_not_told_is_known_by_the_id(void **state)
{
    static const change_t told[] = { { SCIM_SYNC_MEMBERS_ADD, "g2" } };
    database_t *database = a_group(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_idp(db, "entra", "main", p);
    store_user(db, "okta", "u1", NULL, 1, p);
    store_user(db, "entra", "e1", NULL, 1, p);
    store_group(db, "okta", "g3", "third", p);
    store_add_member(db, "g1", "e1", p); /* another IdP's: unknown here */
    store_add_member(db, "g1", "g3", p);
    store_add_member(db, "g1", "later", p);
    store_add_member(db, "g1", "u1", p);
    apply(database, told, 1); /* "User", which is not so, but was told */
    assert_string_equal(types_in(database, "g1"),
                        "e1=->- g2=User>Group g3=Group>Group later=->- u1=User>User");
    store_user(db, "okta", "later", NULL, 1, p); /* known before it was there: Bulk */
    assert_string_equal(types_in(database, "g1"),
                        "e1=->- g2=User>Group g3=Group>Group later=User>User u1=User>User");
}

/* A $ref that leads nowhere is worse than none, whoever told it. */
static void test_a_ref_points_at_what_the_id_is(void **state)
{
    static const scim_sync_member_t told[] = {
        { .value = "a-group", .type = "Group", .ref = "Group" },
        { .value = "b-user", .type = "Foo" },
        { .value = "c-user", .ref = "Group" },
        { .value = "d-none", .type = "Foo" },
        { .value = "e-none", .type = "User", .ref = "Group" },
        { .value = "f-none", .ref = "User" },
        { .value = "g-none", .type = "group" },
    };
    database_t *database = a_group(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *members = apr_array_make(p, 8, sizeof(scim_sync_member_t));
    apr_array_header_t *changes = apr_array_make(p, 1, sizeof(scim_sync_member_change_t));
    apr_array_header_t *ignored = apr_array_make(p, 8, sizeof(const char *));

    store_user(db, "okta", "a-group", NULL, 1, p); /* whatever it is called */
    store_user(db, "okta", "b-user", NULL, 1, p);
    store_user(db, "okta", "c-user", NULL, 1, p);
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        APR_ARRAY_PUSH(members, scim_sync_member_t) = told[i];
    }
    APR_ARRAY_PUSH(changes, scim_sync_member_change_t) =
        (scim_sync_member_change_t) { .verb = SCIM_SYNC_MEMBERS_ADD, .members = members };
    OK(scim_sync_member_apply(db, "g1", BASE, changes, ignored, ignored, p));
    assert_string_equal(types_in(database, "g1"),
                        "a-group=Group>User b-user=Foo>User c-user=User>User d-none=Foo>Foo"
                        " e-none=User>Group f-none=User>User g-none=group>group");
    store_group(db, "okta", "f-none", "new", p);
    store_user(db, "okta", "e-none", NULL, 1, p);
    assert_string_equal(types_in(database, "g1"),
                        "a-group=Group>User b-user=Foo>User c-user=User>User d-none=Foo>Foo"
                        " e-none=User>User f-none=Group>Group g-none=group>group");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_each_verb_changes_what_it_says),
        DATABASE_TESTS(test_changes_are_applied_in_their_order),
        DATABASE_TESTS(test_a_filter_takes_out_whoever_matches),
        DATABASE_TESTS(test_a_filter_stands_in_the_order_of_changes),
        DATABASE_TESTS(test_what_was_told_of_a_member_is_kept),
        DATABASE_TESTS(test_a_type_that_was_not_told_is_known_by_the_id),
        DATABASE_TESTS(test_a_ref_points_at_what_the_id_is),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

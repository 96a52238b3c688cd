/* SPDX-License-Identifier: Apache-2.0 */
/* What Jira was last seen to hold, and what was told of one person over all IdPs. */
#include <apr_strings.h>

#include "store.h"
#include "store/told.h"

static void put_account(scim_sync_db_t *db, const char *id, const char *email, int ours, int read,
                        apr_pool_t *p)
{
    const scim_sync_held_account_t account = {
        .account_id = id, .email = email, .ours = ours, .groups_read = read
    };

    OK(scim_sync_held_put_account(db, "main", &account, p));
}

static scim_sync_held_account_t *account(scim_sync_db_t *db, const char *id, const char *email,
                                         apr_pool_t *p)
{
    scim_sync_held_account_t *a;

    OK(scim_sync_held_account(db, &a, "main", id, email, p));
    return a;
}

static void test_accounts(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_held_account_t *a;

    assert_null(account(db, "a1", NULL, p));
    put_account(db, "a1", "ann@example.com", 0, 0, p);
    put_account(db, "a2", "bob@example.com", 1, 1, p);
    a = account(db, NULL, "ann@example.com", p);
    assert_string_equal(a->account_id, "a1");
    assert_int_equal(a->ours + a->groups_read, 0);
    assert_int_equal(account(db, "a2", "ann@example.com", p)->ours, 1); /* the id is stronger */
    assert_null(account(db, NULL, NULL, p));
    OK(scim_sync_held_account(db, &a, "other", "a1", NULL, p));
    assert_null(a);
}

static void test_once_ours_always_ours(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_held_group_t group = { .group_id = "g1", .name = "staff", .ours = 1 };
    scim_sync_held_group_t *g;

    put_account(db, "a1", "ann@example.com", 0, 0, p);
    put_account(db, "a1", "ann@example.com", 1, 0, p);
    put_account(db, "a1", "ann.new@example.com", 0, 1, p);
    assert_int_equal(account(db, "a1", NULL, p)->ours, 1);
    assert_int_equal(account(db, "a1", NULL, p)->groups_read, 1);
    assert_string_equal(account(db, "a1", NULL, p)->email, "ann.new@example.com");
    OK(scim_sync_held_put_group(db, "main", &group, p));
    group.ours = 0;
    group.name = "crew";
    OK(scim_sync_held_put_group(db, "main", &group, p));
    OK(scim_sync_held_group(db, &g, "main", "g1", NULL, p));
    assert_int_equal(g->ours, 1);
    OK(scim_sync_held_group(db, &g, "main", NULL, "crew", p));
    assert_string_equal(g->group_id, "g1");
    OK(scim_sync_held_group(db, &g, "main", NULL, "staff", p));
    assert_null(g);
    OK(scim_sync_held_group(db, &g, "main", NULL, "CREW", p)); /* Jira's names have a case */
    assert_null(g);
}

static void test_memberships(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *members;

    OK(scim_sync_held_put_member(db, "main", "g1", "a1", SCIM_SYNC_HELD_ADDING, p));
    OK(scim_sync_held_put_member(db, "main", "g1", "a1", SCIM_SYNC_HELD_OURS, p));
    OK(scim_sync_held_put_member(db, "main", "g2", "a1", SCIM_SYNC_HELD_THEIRS, p));
    OK(scim_sync_held_put_member(db, "main", "g1", "a2", SCIM_SYNC_HELD_GRANTED, p));
    OK(scim_sync_held_members(db, &members, "main", "a1", p));
    assert_int_equal(members->nelts, 2);
    assert_string_equal(scim_sync_held_state(members, "g1"), SCIM_SYNC_HELD_OURS);
    assert_string_equal(scim_sync_held_state(members, "g2"), SCIM_SYNC_HELD_THEIRS);
    assert_null(scim_sync_held_state(members, "g3"));
    OK(scim_sync_held_put_member(db, "main", "g1", "a1", NULL, p));
    OK(scim_sync_held_put_member(db, "main", "g9", "a1", NULL, p));
    assert_string_equal(store_members(db, "a1", p), "g2=theirs");
    assert_string_equal(store_members(db, "a2", p), "g1=granted");
    OK(scim_sync_held_members(db, &members, "other", "a1", p));
    assert_int_equal(members->nelts, 0);
}

static const char *who(database_t *database, const char *group_id, const char *account_id)
{
    const char *text;

    OK(scim_sync_held_who(database->db, &text, "main", group_id, account_id, database->pool));
    return text;
}

static void test_who_is_in_a_group(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    OK(scim_sync_held_put_member(db, "main", "g1", "a1", SCIM_SYNC_HELD_THEIRS, p));
    OK(scim_sync_held_put_member(db, "main", "g2", "a1", SCIM_SYNC_HELD_THEIRS, p));
    assert_string_equal(who(database, "g1", "a1"), "account a1");
    OK(scim_sync_held_name_member(db, "main", "g1", "a1", "Ann", p));
    OK(scim_sync_held_name_member(db, "main", "g1", "a1", NULL, p));
    OK(scim_sync_held_put_member(db, "main", "g1", "a1", SCIM_SYNC_HELD_THEIRS, p));
    assert_string_equal(who(database, "g1", "a1"), "Ann");
    assert_string_equal(who(database, "g2", "a1"), "account a1");
    put_account(db, "a1", "ann@example.com", 0, 0, p);
    assert_string_equal(who(database, "g1", "a1"), "ann@example.com");
}

/* Whose a membership is stays the same, however often it is taken and given back. */
static void test_the_life_of_a_membership(void **state)
{
    static const struct {
        const char *was;
        const char *changing;
        const char *added;
        const char *removed;
    } cases[] = {
        { NULL, "adding", "ours", NULL },
        { "adding", "adding", "ours", NULL },
        { "ours", "adding", "ours", NULL },
        { "theirs", "disputed", "theirs", "revoked" },
        { "disputed", "disputed", "theirs", "revoked" },
        { "revoked", "disputed", "theirs", "revoked" },
        { "granted", "doubtful", "granted", "withdrawn" },
        { "doubtful", "doubtful", "granted", "withdrawn" },
        { "withdrawn", "doubtful", "granted", "withdrawn" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *removed = scim_sync_held_removed(cases[i].was);

        assert_string_equal(scim_sync_held_changing(cases[i].was), cases[i].changing);
        assert_string_equal(scim_sync_held_added(cases[i].was), cases[i].added);
        assert_string_equal(removed ? removed : "", cases[i].removed ? cases[i].removed : "");
        assert_int_equal(removed && scim_sync_held_is_taken(removed), removed != NULL);
    }
}

static void check_link(scim_sync_db_t *db, const char *resource, int linked, const char *object,
                       apr_pool_t *p)
{
    const char *is;
    int is_linked;

    OK(scim_sync_held_link(db, &is_linked, &is, "main", resource, p));
    assert_int_equal(is_linked, linked);
    assert_true((is == NULL) == (object == NULL));
    if (object != NULL) {
        assert_string_equal(is, object);
    }
}

static void test_links(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    check_link(db, "u1", 0, NULL, p);
    OK(scim_sync_held_put_link(db, "main", "u1", "user", NULL, p));
    check_link(db, "u1", 1, NULL, p);
    OK(scim_sync_held_put_link(db, "main", "u1", "user", "a1", p));
    check_link(db, "u1", 1, "a1", p);
    OK(scim_sync_held_drop_link(db, "other", "u1", p));
    check_link(db, "u1", 1, "a1", p);
    OK(scim_sync_held_drop_link(db, "main", "u1", p));
    check_link(db, "u1", 0, NULL, p);
}

static void test_intents(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *told_as;

    OK(scim_sync_held_intent(db, &told_as, "main", "u1", p));
    assert_null(told_as);
    OK(scim_sync_held_intend(db, "main", "u1", "user", "ann@example.com", p));
    check_link(db, "u1", 1, NULL, p);
    OK(scim_sync_held_intend(db, "main", "u1", "user", "ann.new@example.com", p));
    OK(scim_sync_held_intent(db, &told_as, "main", "u1", p));
    assert_string_equal(told_as, "ann.new@example.com");
    OK(scim_sync_held_intent(db, &told_as, "other", "u1", p));
    assert_null(told_as);
    OK(scim_sync_held_put_link(db, "main", "u1", "user", "a1", p));
    OK(scim_sync_held_intend(db, "main", "u1", "user", "x@example.com", p));
    check_link(db, "u1", 1, "a1", p); /* what it stands for is not forgotten */
}

static void test_a_forgotten_account_leaves_nothing(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    for (int i = 1; i <= 2; i++) {
        const char *a = apr_psprintf(p, "a%d", i);

        put_account(db, a, "ann@example.com", 1, 1, p);
        OK(scim_sync_held_put_link(db, "main", apr_psprintf(p, "u%d", i), "user", a, p));
        OK(scim_sync_held_put_member(db, "main", "g1", a, SCIM_SYNC_HELD_OURS, p));
    }
    OK(scim_sync_held_forget_account(db, "main", "a1", p));
    assert_null(account(db, "a1", NULL, p));
    check_link(db, "u1", 0, NULL, p);
    assert_string_equal(store_members(db, "a1", p), "");
    assert_non_null(account(db, "a2", NULL, p));
    check_link(db, "u2", 1, "a2", p);
    assert_string_equal(store_members(db, "a2", p), "g1=ours");
}

/* ---- told ---- */

static database_t *two_idps(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_site(db, "other", p);
    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    store_idp(db, "elsewhere", "other", p);
    store_user(db, "okta", "o1", "Ann@Example.com", 1, p);
    store_user(db, "entra", "e1", "ann@example.com", 0, p);
    store_user(db, "entra", "e2", "bob@example.com", 1, p);
    store_user(db, "elsewhere", "x1", "ann@example.com", 1, p);
    return database;
}

static const char *person(scim_sync_db_t *db, const char *email, const char *account_id,
                          apr_pool_t *p)
{
    static const char *const all[] = { "o1", "e1", "e2", "x1" };
    apr_array_header_t *users;
    const char *text = "";
    int n = 0;

    OK(scim_sync_told_person(db, &users, "main", email, account_id, NULL, p));
    for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
        for (int i = 0; i < users->nelts; i++) {
            if (!apr_strnatcmp(APR_ARRAY_IDX(users, i, scim_sync_told_t *)->id, all[k])) {
                text = apr_pstrcat(p, text, n++ > 0 ? " " : "", all[k], NULL);
            }
        }
    }
    assert_int_equal(n, users->nelts);
    return text;
}

static void test_one_resource_at_a_site(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_told_t *told;

    OK(scim_sync_told_load(database->db, &told, "main", "o1", p));
    assert_string_equal(told->email, "ann@example.com");
    assert_string_equal(told->idp, "okta");
    assert_string_equal(told->name, "o1");
    assert_int_equal(told->active, 1);
    OK(scim_sync_told_load(database->db, &told, "main", "x1", p));
    assert_null(told);
    OK(scim_sync_told_load(database->db, &told, "main", "gone", p));
    assert_null(told);
}

static void test_one_person_over_all_idps(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    assert_string_equal(person(db, "ann@example.com", NULL, p), "o1 e1");
    assert_string_equal(person(db, "nobody@example.com", NULL, p), "");
    assert_string_equal(person(db, NULL, NULL, p), "");
    OK(scim_sync_held_put_link(db, "main", "o1", "user", "a1", p));
    assert_string_equal(person(db, "ann@example.com", "a1", p), "o1 e1");
    assert_string_equal(person(db, NULL, "a1", p), "o1");
    /* e1 is somebody else now: linked to another account */
    OK(scim_sync_held_put_link(db, "main", "e1", "user", "a9", p));
    assert_string_equal(person(db, "ann@example.com", "a1", p), "o1");
    /* the creation of its account was begun: not linked yet */
    OK(scim_sync_held_put_link(db, "main", "e1", "user", NULL, p));
    assert_string_equal(person(db, "ann@example.com", "a1", p), "o1 e1");
    /* the address has changed, the account is the same */
    store_change_user(db, "entra", "e2", "robert@example.com", 1, p);
    OK(scim_sync_held_put_link(db, "main", "e2", "user", "a1", p));
    assert_string_equal(person(db, "ann@example.com", "a1", p), "o1 e1 e2");
}

/* By an address that only the rules of its IdP know, a user is found when that was marked. */
static void test_a_person_known_by_another_address(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_told_t bob = { .id = "e2" };

    OK(scim_sync_told_mark(db, "main", &bob, NULL, 0, p));
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM jira_link", p), 0);
    OK(scim_sync_told_mark(db, "main", &bob, "ann@example.com", 0, p));
    assert_string_equal(person(db, "ann@example.com", NULL, p), "o1 e1 e2");
    assert_string_equal(person(db, "bob@example.com", NULL, p), "e2");
    OK(scim_sync_held_put_link(db, "main", "e2", "user", "a1", p));
    assert_string_equal(person(db, "ann@example.com", "a9", p), "o1 e1");
    bob.known_as = "ann@example.com";
    OK(scim_sync_told_mark(db, "main", &bob, NULL, 5000, p));
    assert_string_equal(store_column(db, "SELECT left_at FROM jira_link WHERE known_as IS NULL", p),
                        "5000");
    assert_string_equal(person(db, "ann@example.com", NULL, p), "o1 e1");
}

static void test_who_is_gone_is_known_by_the_task(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *users;
    const scim_sync_told_t *gone;

    OK(scim_sync_held_put_link(db, "main", "o1", "user", "a1", p));
    OK(scim_sync_task_add(db, "okta", "user", "o1", p));
    OK(scim_sync_told_gone(db, &users, "main", "a1", NULL, p));
    assert_int_equal(users->nelts, 0);
    database_run(db, "DELETE FROM resource WHERE id = 'o1'", p);
    for (int by_id = 0; by_id < 2; by_id++) {
        OK(scim_sync_told_gone(db, &users, "main", by_id ? NULL : "a1", by_id ? "o1" : NULL, p));
        assert_int_equal(users->nelts, 1);
        gone = APR_ARRAY_IDX(users, 0, scim_sync_told_t *);
        assert_string_equal(gone->idp, "okta");
        assert_true(gone->gone && gone->fed);
    }
    database_run(db, "DELETE FROM idp_site WHERE idp = 'okta'", p);
    OK(scim_sync_told_gone(db, &users, "main", "a1", NULL, p));
    assert_false(APR_ARRAY_IDX(users, 0, scim_sync_told_t *)->fed);
    database_run(db, "DELETE FROM task", p);
    OK(scim_sync_told_gone(db, &users, "main", "a1", NULL, p));
    assert_int_equal(users->nelts, 0);
}

static void test_states_of_an_account(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_held_account_t account = { .account_id = "a1", .email = "ann@example.com" };
    scim_sync_held_account_t *a;

    OK(scim_sync_held_put_account(db, "main", &account, p));
    OK(scim_sync_held_put_member(db, "main", "g1", "a1", SCIM_SYNC_HELD_OURS, p));
    OK(scim_sync_held_put_state(db, "main", "a1", SCIM_SYNC_HELD_SUSPENDED, p));
    OK(scim_sync_held_put_profile(db, "main", "a1", "{}", p));
    OK(scim_sync_held_account(db, &a, "main", "a1", NULL, p));
    assert_string_equal(a->state, SCIM_SYNC_HELD_SUSPENDED);
    assert_string_equal(a->profile, "{}");
    assert_string_equal(store_members(db, "a1", p), "g1=ours");
    OK(scim_sync_held_put_state(db, "main", "a1", SCIM_SYNC_HELD_DELETED, p));
    assert_string_equal(store_members(db, "a1", p), "");
    OK(scim_sync_held_put_account(db, "main", &account, p)); /* found again */
    OK(scim_sync_held_account(db, &a, "main", "a1", NULL, p));
    assert_null(a->state);
    assert_string_equal(a->profile, "{}");
}

static void test_groups_of_a_user(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *groups = apr_array_make(p, 4, sizeof(const char *));

    store_group(db, "okta", "og1", "staff", p);
    store_group(db, "okta", "og2", "new", p);
    store_group(db, "entra", "eg1", "staff", p);
    OK(scim_sync_held_put_link(db, "main", "og1", "group", "j1", p));
    OK(scim_sync_held_put_link(db, "main", "og2", "group", NULL, p));
    OK(scim_sync_held_put_link(db, "main", "eg1", "group", "j2", p));
    store_add_member(db, "og1", "o1", p);
    store_add_member(db, "og2", "o1", p);
    store_add_member(db, "eg1", "o1", p); /* an id of another IdP means nothing there */
    OK(scim_sync_told_groups(db, groups, "main", "o1", p));
    assert_int_equal(groups->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(groups, 0, const char *), "j1");
    OK(scim_sync_held_put_link(db, "main", "og2", "group", "j1", p)); /* the same Jira group */
    OK(scim_sync_told_groups(db, groups, "main", "o1", p));
    assert_int_equal(groups->nelts, 1);
    store_add_member(db, "eg1", "e2", p);
    OK(scim_sync_told_groups(db, groups, "main", "e2", p));
    assert_int_equal(groups->nelts, 2);
    OK(scim_sync_told_groups(db, groups, "other", "e2", p));
    assert_int_equal(groups->nelts, 2);
}

static void test_what_others_gave(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *groups;

    OK(scim_sync_held_put_link(db, "main", "og1", "group", "j1", p));
    OK(scim_sync_held_put_link(db, "main", "og2", "group", "j2", p));
    OK(scim_sync_held_put_member(db, "main", "j1", "a1", SCIM_SYNC_HELD_THEIRS, p));
    OK(scim_sync_held_put_member(db, "main", "j2", "a1", SCIM_SYNC_HELD_OURS, p));
    OK(scim_sync_held_put_member(db, "main", "j3", "a1", SCIM_SYNC_HELD_THEIRS, p));
    OK(scim_sync_held_theirs(db, &groups, "main", "a1", p));
    assert_int_equal(groups->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(groups, 0, const char *), "j1");
}

static void test_groups_above_a_user(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *groups;
    const char *text = "";

    store_group(db, "okta", "og1", "inner", p);
    store_group(db, "okta", "og2", "outer", p);
    store_group(db, "entra", "eg1", "theirs", p);
    store_add_member(db, "og1", "o1", p);
    store_add_member(db, "og2", "og1", p);
    store_add_member(db, "og1", "og2", p); /* a circle */
    store_add_member(db, "eg1", "o1", p);  /* an id of another IdP means nothing there */
    OK(scim_sync_told_above(db, &groups, "o1", p));
    for (int n = 0; n < groups->nelts; n++) {
        const scim_sync_told_above_t *g = &APR_ARRAY_IDX(groups, n, scim_sync_told_above_t);

        text = apr_psprintf(p, "%s %s:%s=%s", text, g->idp, g->id, g->name);
    }
    assert_string_equal(text, " okta:og1=inner okta:og2=outer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_accounts),
        DATABASE_TESTS(test_once_ours_always_ours),
        DATABASE_TESTS(test_memberships),
        DATABASE_TESTS(test_who_is_in_a_group),
        UNIT_TEST(test_the_life_of_a_membership),
        DATABASE_TESTS(test_links),
        DATABASE_TESTS(test_intents),
        DATABASE_TESTS(test_a_forgotten_account_leaves_nothing),
        DATABASE_TESTS(test_one_resource_at_a_site),
        DATABASE_TESTS(test_one_person_over_all_idps),
        DATABASE_TESTS(test_a_person_known_by_another_address),
        DATABASE_TESTS(test_who_is_gone_is_known_by_the_task),
        DATABASE_TESTS(test_states_of_an_account),
        DATABASE_TESTS(test_groups_of_a_user),
        DATABASE_TESTS(test_what_others_gave),
        DATABASE_TESTS(test_groups_above_a_user),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard counts: what was taken, what waits, and how much there is. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/guard_count.h"
#include "store/resource.h"

#define HOUR          3600000
#define DEACTIVATIONS (&(scim_sync_guard_count_t) { "okta", "main", "deactivations", HOUR })
#define MEMBERSHIPS   (&(scim_sync_guard_count_t) { "okta", "main", "memberships", HOUR })
#define DELETIONS     (&(scim_sync_guard_count_t) { "okta", "main", "deletions", HOUR })

static database_t *idps(void **state)
{
    database_t *database = store_of(state);

    store_site(database->db, "other", database->pool);
    store_idp(database->db, "okta", "main other", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return database;
}

/* ---- what was taken ---- */

static void age(const database_t *database, const char *subject, int minutes)
{
    database_run(database->db,
                 apr_psprintf(database->pool,
                              "UPDATE guard_count SET at = {now} - %d WHERE subject = '%s'",
                              minutes * 60000, subject),
                 database->pool);
}

static void test_the_window_slides(void **state)
{
    database_t *database = idps(state);
    apr_array_header_t *subjects;
    apr_int64_t at;

    store_take(database, DEACTIVATIONS, "u1", "");
    store_take(database, DEACTIVATIONS, "u2", "");
    assert_int_equal(store_taken(database, DEACTIVATIONS), 2);
    age(database, "u1", 59);
    assert_int_equal(store_taken(database, DEACTIVATIONS), 2);
    age(database, "u1", 61);
    assert_int_equal(store_taken(database, DEACTIVATIONS), 1);
    OK(scim_sync_guard_has(database->db, &at, DEACTIVATIONS, "u1", "", database->pool));
    assert_int_equal(at, 0);
    OK(scim_sync_guard_has(database->db, &at, DEACTIVATIONS, "u2", "", database->pool));
    assert_true(at > 0);
    store_take(database, DEACTIVATIONS, "u3", "");
    assert_string_equal(store_column(database->db, "SELECT subject FROM guard_count ORDER BY 1",
                                     database->pool),
                        "u2 u3");
    age(database, "u2", 61);
    OK(scim_sync_guard_taken_from(database->db, &subjects, DEACTIVATIONS, database->pool));
    assert_int_equal(subjects->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(subjects, 0, const char *), "u3");
}

/* A call that is repeated, or a round that is, takes nothing more. */
static void test_nothing_counts_twice(void **state)
{
    database_t *database = idps(state);

    store_take(database, MEMBERSHIPS, "u1", "g1");
    store_take(database, MEMBERSHIPS, "u1", "g1");
    store_take(database, MEMBERSHIPS, "u1", "g2");
    assert_int_equal(store_taken(database, MEMBERSHIPS), 2);
}

static void test_each_idp_site_and_kind_for_itself(void **state)
{
    const scim_sync_guard_count_t elsewhere = { "okta", "other", "deactivations", HOUR };
    const scim_sync_guard_count_t another = { "entra", "main", "deactivations", HOUR };
    database_t *database = idps(state);

    store_take(database, DEACTIVATIONS, "u1", "");
    assert_int_equal(store_taken(database, &elsewhere) + store_taken(database, &another), 0);
    assert_int_equal(store_taken(database, MEMBERSHIPS) + store_taken(database, DELETIONS), 0);
}

/* ---- what waits ---- */

/* All pages. */
static apr_array_header_t *leavers_of(const database_t *database, const char *beside, int active)
{
    scim_sync_guard_page_t page = { .over = 0 };
    apr_array_header_t *all = apr_array_make(database->pool, 8, sizeof(scim_sync_guard_waiting_t));
    apr_array_header_t *some;

    while (!page.over) {
        OK(scim_sync_guard_leavers(database->db, &some, &page, DEACTIVATIONS, beside, active,
                                   database->pool));
        apr_array_cat(all, some);
    }
    return all;
}

static int leavers(const database_t *database, const char *beside)
{
    return leavers_of(database, beside, 0)->nelts;
}

static const scim_sync_guard_waiting_t *leaver(const database_t *database, const char *id)
{
    const apr_array_header_t *all = leavers_of(database, "nobody", 1);

    for (int i = 0; i < all->nelts; i++) {
        const scim_sync_guard_waiting_t *one = &APR_ARRAY_IDX(all, i, scim_sync_guard_waiting_t);

        if (!strcmp(one->told.id, id)) {
            return one;
        }
    }
    fail_msg("%s does not wait", id);
    return NULL;
}

static int losers(const database_t *database, const char *beside)
{
    scim_sync_guard_page_t page = { .over = 0 };
    apr_array_header_t *some;
    int number = 0;

    while (!page.over) {
        OK(scim_sync_guard_losers(database->db, &some, &page, MEMBERSHIPS, beside, database->pool));
        number += some->nelts;
    }
    return number;
}

static void test_who_is_about_to_leave(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_person(database, "okta", "stays", 1);
    store_person(database, "okta", "u1", 0);
    store_person(database, "okta", "u2", 0);
    store_person(database, "entra", "others", 0);
    assert_int_equal(leavers(database, "u1"), 1);
    assert_int_equal(leavers(database, "nobody"), 2);
    assert_int_equal(leavers_of(database, "nobody", 1)->nelts, 3);
    OK(scim_sync_resource_delete(db, "stays", p));
    assert_int_equal(leavers(database, "nobody"), 3);
    store_take(database, DEACTIVATIONS, "u1", "");
    assert_int_equal(leavers(database, "nobody"), 2);
    age(database, "u1", 61);
    assert_int_equal(leavers(database, "nobody"), 3);
    database_run(db, "UPDATE task SET released = 1 WHERE subject = 'u1'", p);
    assert_int_equal(leavers(database, "nobody"), 2);
    /* What was discarded is looked at anew now and then, and takes nothing. */
    database_run(db, "UPDATE task SET released = 0, discarded = 'discarded' WHERE subject = 'u1'",
                 p);
    assert_int_equal(leavers(database, "nobody"), 2);
    /* A grace period is no push. */
    database_run(db, "UPDATE task SET next_at = next_at + 120000 WHERE subject = 'u2'", p);
    assert_int_equal(leavers(database, "nobody"), 1);
    /* Who has no account has nothing to lose. */
    OK(scim_sync_held_drop_link(db, "main", "stays", p));
    assert_int_equal(leavers(database, "nobody"), 0);
}

static void test_what_a_leaver_has(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_held_account_t account = { .account_id = "a-u1", .email = "u1" };

    store_person(database, "okta", "u1", 0);
    assert_true(leaver(database, "u1")->given);
    assert_false(leaver(database, "u1")->theirs);
    OK(scim_sync_held_put_member(db, "main", "g", "a-u1", SCIM_SYNC_HELD_WITHDRAWN, p));
    assert_false(leaver(database, "u1")->given || leaver(database, "u1")->theirs);
    OK(scim_sync_held_put_member(db, "main", "g", "a-u1", SCIM_SYNC_HELD_THEIRS, p));
    assert_false(leaver(database, "u1")->given);
    assert_true(leaver(database, "u1")->theirs);
    /* An account that we made has access until its groups are read. */
    account.ours = 1;
    OK(scim_sync_held_put_account(db, "main", &account, p));
    assert_true(leaver(database, "u1")->given);
    account.groups_read = 1;
    account.state = SCIM_SYNC_HELD_SUSPENDED;
    OK(scim_sync_held_put_account(db, "main", &account, p));
    assert_false(leaver(database, "u1")->given);
    assert_string_equal(leaver(database, "u1")->state, SCIM_SYNC_HELD_SUSPENDED);
}

static void test_what_is_told_of_a_leaver(void **state)
{
    database_t *database = idps(state);
    const scim_sync_guard_waiting_t *one;

    store_person(database, "okta", "u1", 1);
    one = leaver(database, "u1");
    assert_string_equal(one->told.idp, "okta");
    assert_string_equal(one->told.name, "u1");
    assert_string_equal(one->told.email, "u1@example.com");
    assert_string_equal(one->told.object, "a-u1");
    assert_true(one->told.active && one->told.fed && !one->told.gone && one->others == 0);
    OK(scim_sync_told_mark(database->db, "main", &one->told, NULL, 77, database->pool));
    store_user(database->db, "entra", "twin", "u1@example.com", 1, database->pool);
    OK(scim_sync_held_put_link(database->db, "main", "twin", "user", "a-u1", database->pool));
    OK(scim_sync_resource_delete(database->db, "u1", database->pool));
    one = leaver(database, "u1");
    assert_true(one->told.gone && !one->told.active && !one->told.name);
    assert_int_equal(one->told.left, 77);
    assert_int_equal(one->others, 1);
}

/* More than fit into one page are all found, each once. */
static void test_many(void **state)
{
    enum { MANY = 2101 };
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    for (int i = 0; i < MANY; i++) {
        store_person(database, "okta", apr_psprintf(p, "u%d", i), i % 2);
    }
    database_run(db, "UPDATE task SET next_at = next_at - id % 3", p);
    assert_int_equal(leavers_of(database, "nobody", 1)->nelts, MANY);
    assert_int_equal(leavers(database, "nobody"), MANY / 2 + 1);
    assert_int_equal(losers(database, "nobody"), MANY / 2);
    for (int i = 0; i < MANY; i++) {
        OK(scim_sync_held_put_member(db, "main", "h", apr_psprintf(p, "a-u%d", i),
                                     SCIM_SYNC_HELD_OURS, p));
    }
    assert_int_equal(losers(database, "nobody"), MANY / 2 * 2);
}

static void test_who_is_about_to_lose_a_membership(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_person(database, "okta", "u1", 1);
    store_person(database, "okta", "u2", 1);
    store_person(database, "okta", "leaver", 0);
    store_person(database, "entra", "others", 1);
    store_group(db, "okta", "devs", "devs", p);
    store_add_member(db, "devs", "u1", p);
    store_add_member(db, "devs", "u2", p);
    OK(scim_sync_held_put_link(db, "main", "devs", "group", "g", p));
    assert_int_equal(losers(database, "nobody"), 0);
    store_remove_member(db, "devs", "u1", p);
    assert_int_equal(losers(database, "nobody"), 1);
    assert_int_equal(losers(database, "u1"), 0);
    store_take(database, MEMBERSHIPS, "u1", "other");
    assert_int_equal(losers(database, "nobody"), 1);
    store_take(database, MEMBERSHIPS, "u1", "g");
    assert_int_equal(losers(database, "nobody"), 0);
    OK(scim_sync_resource_delete(db, "devs", p));
    assert_int_equal(losers(database, "nobody"), 1);
    OK(scim_sync_held_put_member(db, "main", "g", "a-u2", SCIM_SYNC_HELD_UNCERTAIN, p));
    assert_int_equal(losers(database, "nobody"), 1);
    OK(scim_sync_held_put_member(db, "main", "g", "a-u2", SCIM_SYNC_HELD_THEIRS, p));
    assert_int_equal(losers(database, "nobody"), 0);
}

/* What another IdP gives, and wants, is asked for each of them: sync/guard_waiting.h. */
static void test_who_has_an_account_with_others(void **state)
{
    database_t *database = idps(state);

    store_person(database, "okta", "u1", 0);
    assert_int_equal(losers(database, "nobody"), 0);
    store_user(database->db, "entra", "twin", "u1@example.com", 1, database->pool);
    OK(scim_sync_held_put_link(database->db, "main", "twin", "user", "a-u1", database->pool));
    assert_int_equal(losers(database, "nobody"), 1);
}

static void test_who_is_below_a_group(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *ids;

    store_person(database, "okta", "u1", 1);
    store_person(database, "okta", "u2", 1);
    store_group(db, "okta", "outer", "outer", p);
    store_group(db, "okta", "inner", "inner", p);
    store_add_member(db, "outer", "inner", p);
    store_add_member(db, "outer", "u2", p);
    store_add_member(db, "inner", "u1", p);
    OK(scim_sync_held_put_link(db, "main", "outer", "group", "g", p));
    OK(scim_sync_guard_below(db, &ids, "main", "g", p));
    assert_int_equal(ids->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(ids, 0, const char *), "u1");
}

static void test_which_groups_are_gone(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_int64_t number;

    for (int i = 1; i <= 3; i++) {
        const char *id = apr_psprintf(p, "g%d", i);

        store_group(db, "okta", id, id, p);
        OK(scim_sync_held_put_link(db, "main", id, "group", i < 3 ? id : NULL, p));
        OK(scim_sync_task_add(db, "okta", "group", id, p));
        if (i > 1) {
            OK(scim_sync_resource_delete(db, id, p));
        }
    }
    OK(scim_sync_guard_gone_groups(db, &number, DELETIONS, "nobody", p));
    assert_int_equal(number, 1);
    OK(scim_sync_guard_gone_groups(db, &number, DELETIONS, "g2", p));
    assert_int_equal(number, 0);
}

static void expect_ending(const database_t *database, int number, int known)
{
    apr_int64_t n = -1;
    apr_int64_t k = -1;

    OK(scim_sync_guard_ending(database->db, &n, &k, DEACTIVATIONS, database->pool));
    assert_int_equal(n, number);
    assert_int_equal(k, known);
}

static void test_who_would_lose_by_the_end_of_the_idp(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_held_account_t account = { .account_id = "a-u3", .email = "u3" };

    expect_ending(database, 0, 0);
    store_person(database, "okta", "u1", 1);
    store_person(database, "okta", "u2", 1);
    store_person(database, "okta", "u3", 0);
    store_person(database, "okta", "gone", 1);
    store_person(database, "entra", "e1", 1);
    store_user(db, "okta", "new", "new@example.com", 1, p);
    expect_ending(database, 4, 3);
    OK(scim_sync_resource_delete(db, "gone", p));
    expect_ending(database, 4, 2);
    store_take(database, DEACTIVATIONS, "gone", "");
    expect_ending(database, 3, 2);
    /* Another IdP wants one of them: it tells him active, has let him in, and feeds the site. */
    store_user(db, "entra", "twin", "u1@example.com", 1, p);
    OK(scim_sync_held_put_link(db, "main", "twin", "user", "a-u1", p));
    expect_ending(database, 2, 1);
    database_run(db, "UPDATE jira_link SET left_at = 77 WHERE resource = 'twin'", p);
    expect_ending(database, 3, 2);
    database_run(db, "UPDATE jira_link SET left_at = 0 WHERE resource = 'twin'", p);
    store_change_user(db, "entra", "twin", "u1@example.com", 0, p);
    expect_ending(database, 3, 2);
    store_change_user(db, "entra", "twin", "u1@example.com", 1, p);
    database_run(db, "DELETE FROM idp_site WHERE idp = 'entra'", p);
    expect_ending(database, 3, 2);
    /* Of its own two who have one account both go. */
    OK(scim_sync_held_put_link(db, "main", "u2", "user", "a-u1", p));
    expect_ending(database, 3, 2);
    /* What others gave stays; an account that we made has access until its groups are read. */
    OK(scim_sync_held_put_member(db, "main", "g", "a-u3", SCIM_SYNC_HELD_THEIRS, p));
    expect_ending(database, 2, 2);
    account.ours = 1;
    OK(scim_sync_held_put_account(db, "main", &account, p));
    expect_ending(database, 3, 2);
    /* What was decided is on its way, and what was never sent is nothing. */
    OK(scim_sync_held_put_member(db, "main", "g", "a-u1", SCIM_SYNC_HELD_QUEUED, p));
    expect_ending(database, 1, 0);
    OK(scim_sync_held_put_member(db, "main", "g", "a-u1", SCIM_SYNC_HELD_ENDING, p));
    expect_ending(database, 1, 0);
}

static void test_who_would_lose_at_one_site(void **state)
{
    const scim_sync_guard_count_t elsewhere = { "okta", "other", "deactivations", HOUR };
    database_t *database = idps(state);
    apr_int64_t number;
    apr_int64_t known;

    store_person(database, "okta", "u1", 1);
    store_person(database, "okta", "gone", 1);
    OK(scim_sync_resource_delete(database->db, "gone", database->pool));
    store_take(database, &elsewhere, "u1", "");
    expect_ending(database, 2, 1);
    OK(scim_sync_guard_ending(database->db, &number, &known, &elsewhere, database->pool));
    assert_int_equal(number + known, 0);
    OK(scim_sync_held_put_link(database->db, "other", "u1", "user", "a-u1", database->pool));
    OK(scim_sync_held_put_member(database->db, "other", "g", "a-u1", SCIM_SYNC_HELD_OURS,
                                 database->pool));
    database_run(database->db, "DELETE FROM guard_count", database->pool);
    OK(scim_sync_guard_ending(database->db, &number, &known, &elsewhere, database->pool));
    assert_int_equal(number, 1);
    expect_ending(database, 2, 1);
}

static int all(const database_t *database, const scim_sync_guard_count_t *count, const char *type)
{
    apr_int64_t number = -1;

    OK(scim_sync_guard_all(database->db, &number, count, type, database->pool));
    return (int)number;
}

static void test_how_much_there_is(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_int64_t number;

    store_person(database, "okta", "u1", 1);
    store_person(database, "okta", "u2", 1);
    store_person(database, "okta", "u3", 0);
    store_person(database, "entra", "e1", 1);
    store_user(db, "okta", "new", "new@example.com", 1, p);
    OK(scim_sync_held_put_member(db, "main", "h", "a-u1", SCIM_SYNC_HELD_GRANTED, p));
    OK(scim_sync_held_put_member(db, "main", "i", "a-u1", SCIM_SYNC_HELD_THEIRS, p));
    assert_int_equal(all(database, DEACTIVATIONS, "User"), 2);
    OK(scim_sync_guard_memberships(db, &number, MEMBERSHIPS, p));
    assert_int_equal(number, 4);
    store_group(db, "okta", "devs", "devs", p);
    assert_int_equal(all(database, DELETIONS, "Group"), 0);
    OK(scim_sync_held_put_link(db, "main", "devs", "group", "g", p));
    assert_int_equal(all(database, DELETIONS, "Group"), 1);
}

/* Who was taken belongs to all, and is counted once, whether told inactive or kept out by rules. */
static void test_all_are_there_before_and_after(void **state)
{
    database_t *database = idps(state);

    store_person(database, "okta", "u1", 1);
    store_person(database, "okta", "u2", 1);
    store_take(database, DEACTIVATIONS, "u1", "");
    assert_int_equal(all(database, DEACTIVATIONS, "User"), 2);
    OK(scim_sync_told_mark(database->db, "main", &leaver(database, "u2")->told, NULL, 77,
                           database->pool));
    assert_int_equal(all(database, DEACTIVATIONS, "User"), 1);
    store_take(database, DEACTIVATIONS, "u2", "");
    assert_int_equal(all(database, DEACTIVATIONS, "User"), 2);
    store_change_user(database->db, "okta", "u1", "u1@example.com", 0, database->pool);
    assert_int_equal(all(database, DEACTIVATIONS, "User"), 2);
    age(database, "u1", 61);
    assert_int_equal(all(database, DEACTIVATIONS, "User"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_the_window_slides),
        DATABASE_TESTS(test_nothing_counts_twice),
        DATABASE_TESTS(test_each_idp_site_and_kind_for_itself),
        DATABASE_TESTS(test_who_is_about_to_leave),
        DATABASE_TESTS(test_what_a_leaver_has),
        DATABASE_TESTS(test_what_is_told_of_a_leaver),
        DATABASE_TESTS(test_many),
        DATABASE_TESTS(test_who_is_about_to_lose_a_membership),
        DATABASE_TESTS(test_who_has_an_account_with_others),
        DATABASE_TESTS(test_who_is_below_a_group),
        DATABASE_TESTS(test_which_groups_are_gone),
        DATABASE_TESTS(test_who_would_lose_by_the_end_of_the_idp),
        DATABASE_TESTS(test_who_would_lose_at_one_site),
        DATABASE_TESTS(test_how_much_there_is),
        DATABASE_TESTS(test_all_are_there_before_and_after),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

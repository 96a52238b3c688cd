/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People who come, leave and come back, while the provisioner dies at every point at which it can.
 */
#include "crash_story.h"
#include "store/resource.h"

#define ANN "ann@example.com"
#define A   "a-" ANN

static void say(fake_t *fake, const char *kind, const char *subject)
{
    OK(scim_sync_task_add(fake->db, "okta", kind, subject, fake->p));
}

static void join(fake_t *fake)
{
    store_user(fake->db, "okta", "ann", ANN, 1, fake->p);
    store_group(fake->db, "okta", "g", "staff", fake->p);
    store_add_member(fake->db, "g", "ann", fake->p);
    say(fake, "group", "g");
    say(fake, "user", "ann");
}

static void leave(fake_t *fake)
{
    store_change_user(fake->db, "okta", "ann", ANN, 0, fake->p);
    say(fake, "user", "ann");
}

static void leave_group(fake_t *fake)
{
    store_remove_member(fake->db, "g", "ann", fake->p);
    say(fake, "user", "ann");
}

static void come_back(fake_t *fake)
{
    store_change_user(fake->db, "okta", "ann", ANN, 1, fake->p);
    say(fake, "user", "ann");
}

static void vanish(fake_t *fake)
{
    say(fake, "user", "ann");
    OK(scim_sync_resource_delete(fake->db, "ann", fake->p));
}

static void be_there(fake_t *fake)
{
    fake_account(fake, ANN);
    fake_group(fake, "gift");
    fake_member(fake, "j-gift", A);
}

static void have_joined(fake_t *fake)
{
    join(fake);
    assert_true(fake_work(fake));
    fake_member(fake, "j-gift", A); /* by a person, later */
}

static void have_left(fake_t *fake)
{
    have_joined(fake);
    leave(fake);
    assert_true(fake_work(fake));
}

/* Nobody is in between, and nobody was made more than the once that was lost. */
static void check(fake_t *fake)
{
    assert_string_equal(store_column(fake->db,
                                     "SELECT group_id FROM jira_member WHERE state IN"
                                     " ('adding', 'doubtful', 'disputed')",
                                     fake->p),
                        "");
    assert_true(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT) <= 2);
}

static void run(void **state, void (*before)(fake_t *), void (*during)(fake_t *),
                void (*after)(fake_t *), const char *members, int points)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    crash_story(database, &(crash_story_t) { .before = before,
                                             .during = during,
                                             .after = after,
                                             .members = members,
                                             .check = check,
                                             .points = points });
}

static void test_a_new_person(void **state)
{
    run(state, NULL, join, NULL, "j-product/" A " j-staff/" A, 10);
}

static void test_a_person_who_was_there(void **state)
{
    run(state, be_there, join, NULL, "j-gift/" A " j-staff/" A, 10);
}

static void test_a_leaver(void **state)
{
    run(state, have_joined, leave, NULL, "j-gift/" A, 4);
}

static void test_a_deleted_user(void **state)
{
    run(state, have_joined, vanish, NULL, "j-gift/" A, 4);
}

static void test_one_who_comes_back(void **state)
{
    run(state, have_left, come_back, NULL, "j-gift/" A " j-product/" A " j-staff/" A, 2);
}

static void test_one_who_changes_groups(void **state)
{
    run(state, have_joined, leave_group, NULL, "j-gift/" A " j-product/" A, 2);
}

/* The IdP changes its mind before somebody takes over. */
static void test_joined_and_left(void **state)
{
    run(state, NULL, join, leave, "", 10);
}

static void test_joined_and_deleted(void **state)
{
    run(state, NULL, join, vanish, "", 10);
}

static void test_joined_and_left_but_there_before(void **state)
{
    run(state, be_there, join, leave, "j-gift/" A, 10);
}

static void test_there_before_and_deleted(void **state)
{
    run(state, be_there, join, vanish, "j-gift/" A, 10);
}

static void test_joined_and_taken_out_again(void **state)
{
    run(state, NULL, join, leave_group, "j-product/" A, 10);
}

static void test_left_and_came_back(void **state)
{
    run(state, have_joined, leave, come_back, "j-gift/" A " j-product/" A " j-staff/" A, 4);
}

static void test_came_back_and_left(void **state)
{
    run(state, have_left, come_back, leave, "j-gift/" A, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_new_person),
        DATABASE_TESTS(test_a_person_who_was_there),
        DATABASE_TESTS(test_a_leaver),
        DATABASE_TESTS(test_a_deleted_user),
        DATABASE_TESTS(test_one_who_comes_back),
        DATABASE_TESTS(test_one_who_changes_groups),
        DATABASE_TESTS(test_joined_and_left),
        DATABASE_TESTS(test_joined_and_deleted),
        DATABASE_TESTS(test_joined_and_left_but_there_before),
        DATABASE_TESTS(test_there_before_and_deleted),
        DATABASE_TESTS(test_joined_and_taken_out_again),
        DATABASE_TESTS(test_left_and_came_back),
        DATABASE_TESTS(test_came_back_and_left),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

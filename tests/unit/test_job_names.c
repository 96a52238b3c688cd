/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of groups by the rules: rules that change, and a provisioner that dies at every point at
 * which it can while they do. Whoever takes over ends where it would have ended.
 */
#include <string.h>

#include <apr_strings.h>

#include "crash_story.h"
#include "store/link.h"
#include "store/resource.h"

#define ANN "ann@example.com"
#define A   "a-" ANN

static void put_rules(fake_t *fake, const char *rules)
{
    store_put_rules(fake->db, "okta", rules, fake->p);
}

static void say(fake_t *fake, const char *kind, const char *subject)
{
    OK(scim_sync_task_add(fake->db, "okta", kind, subject, fake->p));
}

/* Ann is in "inner", which is in "outer". */
static void tell(fake_t *fake)
{
    store_user(fake->db, "okta", "ann", ANN, 1, fake->p);
    store_group(fake->db, "okta", "g", "inner", fake->p);
    store_group(fake->db, "okta", "h", "outer", fake->p);
    store_add_member(fake->db, "g", "ann", fake->p);
    store_add_member(fake->db, "h", "g", fake->p);
    say(fake, "user", "ann");
    say(fake, "group", "g");
    say(fake, "group", "h");
}

static void have_told(fake_t *fake)
{
    tell(fake);
    assert_true(fake_work(fake));
}

#define MAPPED                                                                                     \
    "{\"users\": {\"defaultGroups\": [\"all\"]}, \"groups\": {\"delete\": true, \"mappings\":"     \
    " [{\"group\": \"inner\", \"jiraGroups\": [\"a\", \"b\"]}]}}"

static void map(fake_t *fake)
{
    put_rules(fake, MAPPED);
}

static void ignore_all(fake_t *fake)
{
    put_rules(fake, "{\"groups\": {\"import\": false}}");
}

static void tell_and_map(fake_t *fake)
{
    tell(fake);
    map(fake);
}

static void have_mapped(fake_t *fake)
{
    tell_and_map(fake);
    assert_true(fake_work(fake));
}

static void delete_inner(fake_t *fake)
{
    OK(scim_sync_task_add_members(fake->db, "okta", "g", NULL, fake->p));
    say(fake, "group", "g");
    OK(scim_sync_resource_delete(fake->db, "g", fake->p));
}

static void tell_inner_again(fake_t *fake)
{
    store_group(fake->db, "okta", "g2", "inner", fake->p);
    store_add_member(fake->db, "g2", "ann", fake->p);
    say(fake, "group", "g2");
}

/* All that is held was put there by us. */
static void check_ours(fake_t *fake)
{
    assert_string_equal(
        store_column(fake->db, "SELECT group_id FROM jira_member WHERE state <> 'ours'", fake->p),
        "");
}

static const char *links_of(fake_t *fake)
{
    return store_column(fake->db,
                        "SELECT name || '=' || COALESCE(object, '-')"
                        " FROM jira_link WHERE kind = 'group' ORDER BY 1",
                        fake->p);
}

static void check_mapped(fake_t *fake)
{
    assert_string_equal(links_of(fake), "a=j-a all=j-all b=j-b outer=j-outer");
    check_ours(fake);
}

static void check_none(fake_t *fake)
{
    assert_string_equal(links_of(fake), "");
    check_ours(fake);
}

static void check_without_inner(fake_t *fake)
{
    assert_string_equal(links_of(fake), "all=j-all outer=j-outer");
    check_ours(fake);
}

static void run(void **state, void (*before)(fake_t *), void (*during)(fake_t *),
                void (*after)(fake_t *), const char *members, void (*check)(fake_t *), int points)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    crash_story(database, &(crash_story_t) { .rules = "{\"precedence\": 1}",
                                             .before = before,
                                             .during = during,
                                             .after = after,
                                             .members = members,
                                             .check = check,
                                             .points = points });
}

static void test_told_with_rules(void **state)
{
    run(state, NULL, tell_and_map, NULL,
        "j-a/" A " j-all/" A " j-b/" A " j-outer/" A " j-product/" A, check_mapped, 10);
}

static void test_rules_that_come_later(void **state)
{
    run(state, have_told, map, NULL, "j-a/" A " j-all/" A " j-b/" A " j-outer/" A " j-product/" A,
        check_mapped, 8);
}

static void test_rules_that_end_everything(void **state)
{
    run(state, have_mapped, ignore_all, NULL, "j-product/" A, check_none, 2);
}

static void test_rules_that_change_again_in_between(void **state)
{
    run(state, have_told, map, ignore_all, "j-product/" A, check_none, 8);
}

static void test_a_deleted_group(void **state)
{
    run(state, have_mapped, delete_inner, NULL, "j-all/" A " j-product/" A, check_without_inner, 2);
}

/* Deleted, and told anew before it is known whether Jira has done it. */
static void test_a_deleted_group_that_comes_back(void **state)
{
    run(state, have_mapped, delete_inner, tell_inner_again,
        "j-a/" A " j-all/" A " j-b/" A " j-product/" A, check_mapped, 2);
}

/* ---- one at a time ---- */

static fake_t *a_site(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return fake_of(database);
}

static const char *keys_of(fake_t *fake, const char *subject)
{
    scim_sync_task_t task = { .site = "main", .idp = "okta", .kind = "group", .subject = subject };
    scim_sync_job_t *job;

    OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
    OK(scim_sync_job_make(fake->db, &job, &fake->worker, &task, fake->p));
    return apr_array_pstrcat(fake->p, job->keys, ' ');
}

/* Two groups that stand, or stood, for one of the same name are not worked on at once. */
static void test_keys(void **state)
{
    fake_t *fake = a_site(state);

    tell(fake);
    assert_string_equal(keys_of(fake, "g"), "main:group:inner");
    map(fake);
    assert_string_equal(keys_of(fake, "g"), "main:group:a main:group:b");
    assert_string_equal(keys_of(fake, "default:okta"), "main:group:all");
    assert_true(fake_work(fake));
    put_rules(fake, "{\"groups\": {\"import\": false}}");
    assert_string_equal(keys_of(fake, "g"), "main:group:a main:group:b");
    assert_string_equal(keys_of(fake, "unknown"), "main:group:unknown");
    /* one that has another name in Jira today */
    database_run(fake->db, "UPDATE jira_group SET name = 'New' WHERE group_id = 'j-a'", fake->p);
    assert_string_equal(keys_of(fake, "g"), "main:group:a main:group:new main:group:b");
}

/* Rules that change while a call is under way: its job does nothing more, the next one does it. */
static void test_rules_that_change_during_a_call(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    store_group(fake->db, "okta", "g", "inner", fake->p);
    say(fake, "group", "g");
    job = fake_take(fake);
    assert_false(fake_turn(fake, job)); /* looks for "inner" */
    map(fake);
    fake_answer(fake, job);
    assert_true(fake_turn(fake, job));
    assert_string_equal(store_column(fake->db, "SELECT subject FROM task ORDER BY 1", fake->p),
                        "default:okta g");
    assert_true(fake_work(fake));
    assert_null(apr_hash_get(fake->groups, "inner", APR_HASH_KEY_STRING));
    assert_non_null(apr_hash_get(fake->groups, "a", APR_HASH_KEY_STRING));
}

/* All that is due, and nothing that waits. */
static void work_due(fake_t *fake)
{
    scim_sync_job_t *job;
    int rounds = 0;

    while ((job = fake_take(fake)) != NULL) {
        while (!fake_turn(fake, job)) {
            fake_answer(fake, job);
        }
        apr_pool_destroy(job->pool);
        assert_true(++rounds < 50);
    }
}

/* Their own tasks, which new rules make, may be done before the group's. */
static void test_people_follow_their_group(void **state)
{
    fake_t *fake = a_site(state);

    have_told(fake);
    map(fake);
    database_run(fake->db, "DELETE FROM task WHERE kind = 'user'", fake->p);
    assert_true(fake_work(fake));
    assert_string_equal(fake_members(fake),
                        "j-a/" A " j-all/" A " j-b/" A " j-outer/" A " j-product/" A);
    ignore_all(fake);
    database_run(fake->db, "DELETE FROM task WHERE kind = 'user'", fake->p);
    assert_true(fake_work(fake));
    assert_string_equal(fake_members(fake), "j-product/" A);
}

/*
 * Jira has deleted it, nobody knows, and the IdP tells of it again: it is not taken for the old
 * one.
 */
static void test_a_group_told_again_while_its_deletion_is_not_confirmed(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    have_mapped(fake);
    delete_inner(fake);
    work_due(fake); /* its people leave it first */
    OK(scim_sync_task_hurry_site(fake->db, "main", fake->p));
    job = fake_take(fake);
    assert_string_equal(job->task.subject, "g");
    assert_false(fake_turn(fake, job));
    fake_answer(fake, job);
    apr_pool_destroy(job->pool);
    assert_null(apr_hash_get(fake->groups, "a", APR_HASH_KEY_STRING));
    database_run(fake->db, "UPDATE task SET next_at = next_at + 1000000 WHERE subject = 'g'",
                 fake->p);
    tell_inner_again(fake);
    work_due(fake);
    assert_non_null(apr_hash_get(fake->groups, "a", APR_HASH_KEY_STRING));
    assert_true(fake_work(fake));
    assert_non_null(apr_hash_get(fake->groups, "a", APR_HASH_KEY_STRING));
    assert_string_equal(
        store_column(fake->db, "SELECT resource FROM jira_link WHERE name = 'a'", fake->p), "g2");
}

/* What another IdP's group, or default groups, stand for is not deleted. */
static void test_a_shared_group_is_not_deleted(void **state)
{
    fake_t *fake = a_site(state);

    have_mapped(fake);
    store_group(fake->db, "entra", "e", "a", fake->p);
    OK(scim_sync_task_add(fake->db, "entra", "group", "e", fake->p));
    put_rules(fake, "{\"users\": {\"defaultGroups\": [\"b\"]}, \"groups\": {\"delete\": true,"
                    " \"mappings\": [{\"group\": \"inner\", \"jiraGroups\":"
                    " [\"a\", \"b\", \"c\"]}]}}");
    assert_true(fake_work(fake));
    delete_inner(fake);
    assert_true(fake_work(fake));
    assert_int_equal(fake_called(fake, SCIM_SYNC_DELETE_GROUP), 1);
    assert_null(apr_hash_get(fake->groups, "c", APR_HASH_KEY_STRING));
    assert_string_equal(fake_members(fake), "j-b/" A " j-product/" A);
}

static void test_rules_that_cannot_be_read_hold_everything(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    tell(fake);
    database_run(fake->db,
                 "UPDATE idp SET rules = '{\"nonsense\": 1}', version = 9"
                 " WHERE name = 'okta'",
                 fake->p);
    job = fake_take(fake);
    assert_true(fake_turn(fake, job));
    assert_true(
        strstr(store_column(fake->db, "SELECT detail FROM task WHERE subject = 'g'", fake->p),
               "the rules of okta can't be read") != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_told_with_rules),
        DATABASE_TESTS(test_rules_that_come_later),
        DATABASE_TESTS(test_rules_that_end_everything),
        DATABASE_TESTS(test_rules_that_change_again_in_between),
        DATABASE_TESTS(test_a_deleted_group),
        DATABASE_TESTS(test_a_deleted_group_that_comes_back),
        DATABASE_TESTS(test_keys),
        DATABASE_TESTS(test_rules_that_change_during_a_call),
        DATABASE_TESTS(test_people_follow_their_group),
        DATABASE_TESTS(test_a_group_told_again_while_its_deletion_is_not_confirmed),
        DATABASE_TESTS(test_a_shared_group_is_not_deleted),
        DATABASE_TESTS(test_rules_that_cannot_be_read_hold_everything),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups whose IdP alone decides who is in them: whom others put there leaves, whoever dies in
 * between; nobody does who is wanted, or may be.
 */
#include <string.h>

#include <apr_strings.h>

#include "jira_fake.h"
#include "store/config.h"
#include "sync/authority.h"

#define ANN "ann@example.com"
#define A   "a-" ANN

static fake_t *a_site(void **state)
{
    database_t *database = store_of(state);
    fake_t *fake = fake_of(database);

    store_idp(fake->db, "okta", "main", fake->p);
    store_user(fake->db, "okta", "ann", ANN, 1, fake->p);
    store_group(fake->db, "okta", "g", "devs", fake->p);
    store_add_member(fake->db, "g", "ann", fake->p);
    OK(scim_sync_task_add_all(fake->db, "okta", NULL, fake->p));
    assert_true(fake_work(fake));
    assert_string_equal(fake_members(fake), "j-devs/" A " j-product/" A);
    return fake;
}

static void put_rules(fake_t *fake, const char *idp, const char *rules)
{
    scim_sync_idp_t *stored;
    int put;

    OK(scim_sync_idp_load(fake->db, &stored, idp, fake->p));
    OK(scim_sync_idp_put_rules(fake->db, stored, rules, &put, fake->p));
    assert_true(put);
}

/* Somebody else's work in Jira, as the reconciler writes it down. */
static void slip_in(fake_t *fake, const char *account_id)
{
    fake_member(fake, "j-devs", account_id);
    OK(scim_sync_held_put_member(fake->db, "main", "j-devs", account_id, SCIM_SYNC_HELD_THEIRS,
                                 fake->p));
    OK(scim_sync_task_add_linked(fake->db, "main", "j-devs", fake->p));
}

static const char *in_devs(fake_t *fake)
{
    assert_true(fake_work(fake));
    return fake_members(fake);
}

#define STRICT "{\"groups\":{\"authoritative\":true}}"

static void test_a_stranger_leaves(void **state)
{
    fake_t *fake = a_site(state);

    slip_in(fake, "a-eve@example.com");
    assert_string_equal(in_devs(fake), "j-devs/a-ann@example.com j-devs/a-eve@example.com"
                                       " j-product/a-ann@example.com");
    put_rules(fake, "okta", STRICT);
    assert_string_equal(in_devs(fake), "j-devs/" A " j-product/" A);
    assert_string_equal(store_members(fake->db, "a-eve@example.com", fake->p), "");
    assert_string_equal(store_column(fake->db,
                                     "SELECT subject FROM event WHERE kind = 'jira.member.removed'",
                                     fake->p),
                        "a-eve@example.com");
    assert_string_equal(store_column(fake->db, "SELECT subject FROM task", fake->p), "");
}

static void test_who_is_told_of_and_not_in_it_leaves_too(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    store_user(fake->db, "okta", "bob", "bob@example.com", 1, fake->p);
    OK(scim_sync_task_add(fake->db, "okta", "user", "bob", fake->p));
    assert_true(fake_work(fake));
    slip_in(fake, "a-bob@example.com");
    assert_null(strstr(in_devs(fake), "j-devs/a-bob"));
    /* and is taken for a member when the IdP says so */
    slip_in(fake, "a-bob@example.com");
    store_add_member(fake->db, "g", "bob", fake->p);
    assert_non_null(strstr(in_devs(fake), "j-devs/a-bob"));
    assert_string_equal(store_members(fake->db, "a-bob@example.com", fake->p), "j-devs=theirs");
}

static void test_wherever_it_dies_it_is_done_in_the_end(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    for (int crash = 1; crash <= 2; crash++) {
        slip_in(fake, "a-eve@example.com");
        fake->points = 0;
        fake->crash_at = crash;
        assert_false(fake_work(fake));
        fake->crash_at = 0;
        assert_string_equal(in_devs(fake), "j-devs/" A " j-product/" A);
        assert_string_equal(store_members(fake->db, "a-eve@example.com", fake->p), "");
    }
}

static void test_a_refusal_is_told_and_stops_no_other(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    slip_in(fake, "a-eve@example.com");
    fake->refused = "j-devs";
    assert_true(fake_work(fake));
    assert_string_equal(store_column(fake->db, "SELECT state || ' ' || detail FROM task", fake->p),
                        "failed not this group");
    assert_string_equal(store_members(fake->db, "a-eve@example.com", fake->p), "j-devs=theirs");
}

static void test_the_owner_and_protected_groups(void **state)
{
    fake_t *fake = a_site(state);
    const scim_sync_admin_group_t devs = { .group_id = "j-devs",
                                           .name = "devs",
                                           .access = "admin" };
    apr_array_header_t *admins = apr_array_make(fake->p, 1, sizeof(devs));

    put_rules(fake, "okta", STRICT);
    fake->worker.protection.owner = "a-admin@example.com";
    slip_in(fake, "a-admin@example.com");
    assert_non_null(strstr(in_devs(fake), "j-devs/a-admin"));
    APR_ARRAY_PUSH(admins, scim_sync_admin_group_t) = devs;
    scim_sync_protection_know(&fake->worker.protection, admins);
    slip_in(fake, "a-eve@example.com");
    assert_non_null(strstr(in_devs(fake), "j-devs/a-eve"));
}

static void test_nobody_leaves_before_all_are_known(void **state)
{
    fake_t *fake = a_site(state);
    apr_array_header_t *tasks;

    put_rules(fake, "okta", STRICT);
    store_user(fake->db, "okta", "zoe", NULL, 1, fake->p);
    store_add_member(fake->db, "g", "zoe", fake->p);
    OK(scim_sync_task_add(fake->db, "okta", "user", "zoe", fake->p));
    slip_in(fake, "a-eve@example.com");
    OK(scim_sync_task_due(fake->db, &tasks, "main", 10, fake->p));
    for (scim_sync_job_t *job = fake_take(fake); job; job = fake_take(fake)) {
        while (!fake_turn(fake, job)) {
            fake_answer(fake, job);
        }
    }
    assert_non_null(strstr(fake_members(fake), "j-devs/a-eve"));
    assert_non_null(
        strstr(store_column(fake->db, "SELECT class || ' ' || detail FROM task WHERE subject = 'g'",
                            fake->p),
               "wait others have put people into devs"));
    /* whom the rules keep out is nobody in it */
    put_rules(fake, "okta",
              "{\"groups\":{\"authoritative\":true},\"users\":{\"filter\":{\"exclude\":"
              "[{\"attribute\":\"userName\",\"pattern\":\"^zoe$\"}]}}}");
    assert_null(strstr(in_devs(fake), "j-devs/a-eve"));
}

static void test_of_several_idps_the_first_decides(void **state)
{
    static const struct {
        const char *okta;
        const char *entra;
        int authoritative;
    } cases[] = {
        { "{\"precedence\":5,\"groups\":{\"authoritative\":true}}", "{\"precedence\":6}", 1 },
        { "{\"precedence\":7,\"groups\":{\"authoritative\":true}}", "{\"precedence\":1}", 0 },
        { "{\"precedence\":2}", "{\"precedence\":3,\"groups\":{\"authoritative\":true}}", 0 },
        /* equals: by their names */
        { "{\"precedence\":4}", "{\"precedence\":4,\"groups\":{\"authoritative\":true}}", 1 },
        { "{\"precedence\":8,\"groups\":{\"mappings\":[{\"group\":\"devs\",\"jiraGroups\":["
          "\"devs\"],"
          "\"authoritative\":true}]}}",
          "{\"precedence\":9}", 1 },
    };
    fake_t *fake = a_site(state);
    int authoritative;

    store_idp(fake->db, "entra", "main", fake->p);
    store_group(fake->db, "entra", "h", "devs", fake->p);
    OK(scim_sync_held_put_link(fake->db, "main", "h", "group", "j-devs", fake->p));
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        put_rules(fake, "okta", cases[i].okta);
        put_rules(fake, "entra", cases[i].entra);
        OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
        OK(scim_sync_authority_is_theirs(fake->db, &fake->worker, NULL, "j-devs", &authoritative,
                                         fake->p));
        assert_int_equal(authoritative, cases[i].authoritative);
    }
    OK(scim_sync_authority_is_theirs(fake->db, &fake->worker, NULL, "j-none", &authoritative,
                                     fake->p));
    assert_int_equal(authoritative, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_stranger_leaves),
        DATABASE_TESTS(test_who_is_told_of_and_not_in_it_leaves_too),
        DATABASE_TESTS(test_wherever_it_dies_it_is_done_in_the_end),
        DATABASE_TESTS(test_a_refusal_is_told_and_stops_no_other),
        DATABASE_TESTS(test_the_owner_and_protected_groups),
        DATABASE_TESTS(test_nobody_leaves_before_all_are_known),
        DATABASE_TESTS(test_of_several_idps_the_first_decides),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of an IdP in dry run: Jira is asked and never told; what was planned is done when the IdP is
 * live. "okta" is in dry run at the beginning of each test, "entra" is live.
 */
#include <string.h>

#include <apr_strings.h>

#include "jira_fake.h"
#include "store/config.h"
#include "store/resource.h"
#include "store/plan.h"

#define ANN "ann@example.com"
#define A   "a-" ANN

static fake_t *a_site(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    store_set_state(database->db, "okta", SCIM_SYNC_IDP_DRY_RUN, database->pool);
    return fake_of(database);
}

static void say(fake_t *fake, const char *idp, const char *kind, const char *subject)
{
    OK(scim_sync_task_add(fake->db, idp, kind, subject, fake->p));
}

static void join(fake_t *fake, const char *idp, const char *id)
{
    store_user(fake->db, idp, id, ANN, 1, fake->p);
    say(fake, idp, "user", id);
}

static void leave(fake_t *fake, const char *idp, const char *id)
{
    store_change_user(fake->db, idp, id, ANN, 0, fake->p);
    say(fake, idp, "user", id);
}

static void tell_group(fake_t *fake, const char *idp, const char *id, const char *name)
{
    store_group(fake->db, idp, id, name, fake->p);
    say(fake, idp, "group", id);
}

static void join_again(fake_t *fake, const char *idp, const char *id)
{
    store_change_user(fake->db, idp, id, ANN, 1, fake->p);
    say(fake, idp, "user", id);
}

static void put_in(fake_t *fake, const char *idp, const char *group, const char *user)
{
    store_add_member(fake->db, group, user, fake->p);
    say(fake, idp, "user", user);
}

static void take_out(fake_t *fake, const char *idp, const char *group, const char *user)
{
    store_remove_member(fake->db, group, user, fake->p);
    say(fake, idp, "user", user);
}

static void work(fake_t *fake)
{
    assert_true(fake_work(fake));
}

static void set_state(fake_t *fake, const char *idp, const char *state)
{
    store_set_state(fake->db, idp, state, fake->p);
    OK(scim_sync_task_retry_idp(fake->db, idp, fake->p));
}

/* Whatever is not known to read writes. */
static int writes(const fake_t *fake)
{
    static const scim_sync_step_kind_t reads[] = {
        SCIM_SYNC_FIND_ACCOUNT,   SCIM_SYNC_READ_GROUPS,   SCIM_SYNC_FIND_GROUP,
        SCIM_SYNC_FIND_DIRECTORY, SCIM_SYNC_READ_STANDING, SCIM_SYNC_FIND_TWIN
    };
    int all = 0;

    for (int kind = 0; kind <= SCIM_SYNC_DELETE_GROUP; kind++) {
        all += fake_called(fake, (scim_sync_step_kind_t)kind);
    }
    for (size_t i = 0; i < sizeof(reads) / sizeof(*reads); i++) {
        all -= fake_called(fake, reads[i]);
    }
    return all;
}

static void put_rules(fake_t *fake, const char *idp, const char *rules)
{
    scim_sync_idp_t *found;
    int stored;

    OK(scim_sync_idp_load(fake->db, &found, idp, fake->p));
    OK(scim_sync_idp_put_rules(fake->db, found, rules, &stored, fake->p));
    assert_true(stored);
}

static const char *column(fake_t *fake, const char *sql)
{
    return store_column(fake->db, sql, fake->p);
}

#define COUNTS "SELECT what || '=' || CAST(count AS TEXT) FROM plan_count ORDER BY 1"
#define STATES "SELECT subject || '=' || state FROM task ORDER BY 1"

static void test_nothing_is_written_before_it_is_live(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    work(fake);
    assert_int_equal(writes(fake), 0);
    assert_string_equal(column(fake, STATES), "ann=planned g=planned");
    assert_string_equal(column(fake, COUNTS),
                        "call:addMember=1 call:createAccount=1 call:createGroup=1");
    assert_string_equal(column(fake, "SELECT resource FROM jira_link"), "");
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    assert_string_equal(column(fake, STATES), "");
    assert_string_equal(column(fake, COUNTS), "");
}

/* There was nothing to do for her any more; then comes a group that is not there. */
static void test_members_of_a_group_to_be_are_planned(void **state)
{
    fake_t *fake = a_site(state);

    fake_account(fake, ANN);
    join(fake, "okta", "ann");
    work(fake);
    assert_string_equal(column(fake, STATES), "");
    store_group(fake->db, "okta", "g", "staff", fake->p);
    store_add_member(fake->db, "g", "ann", fake->p);
    say(fake, "okta", "group", "g");
    work(fake);
    assert_string_equal(column(fake, STATES), "ann=planned g=planned");
    assert_string_equal(column(fake, COUNTS), "call:addMember=1 call:createGroup=1");
}

static void test_what_is_there_is_known(void **state)
{
    fake_t *fake = a_site(state);

    fake_account(fake, ANN);
    fake_group(fake, "staff");
    fake_group(fake, "crew");
    fake_member(fake, "j-staff", A);
    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "staff");
    tell_group(fake, "okta", "h", "crew");
    put_in(fake, "okta", "g", "ann");
    put_in(fake, "okta", "h", "ann");
    work(fake);
    assert_string_equal(column(fake, STATES), "ann=planned");
    assert_string_equal(column(fake, COUNTS), "call:addMember=1");
    take_out(fake, "okta", "g", "ann");
    work(fake);
    assert_string_equal(column(fake, COUNTS), "call:addMember=1 withheld:notOurs=1");
    take_out(fake, "okta", "h", "ann");
    put_in(fake, "okta", "g", "ann");
    work(fake);
    assert_string_equal(column(fake, STATES), "");
    assert_int_equal(writes(fake), 0);
}

static void test_a_leaver_stays_until_it_is_live(void **state)
{
    fake_t *fake = a_site(state);

    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    work(fake);
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    leave(fake, "okta", "ann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    assert_string_equal(column(fake, COUNTS), "call:removeMember=2");
    OK(scim_sync_resource_delete(fake->db, "ann", fake->p));
    say(fake, "okta", "user", "ann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_string_equal(fake_members(fake), "");
    assert_string_equal(column(fake, "SELECT resource FROM jira_link"), "g");
}

static void test_a_plan_goes_with_its_idp(void **state)
{
    fake_t *fake = a_site(state);

    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    join(fake, "okta", "ann");
    work(fake);
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    OK(scim_sync_resource_delete(fake->db, "ann", fake->p));
    say(fake, "okta", "user", "ann");
    work(fake);
    assert_string_equal(column(fake, STATES), "ann=planned");
    OK(scim_sync_idp_delete(fake->db, "okta", 0, fake->p));
    work(fake);
    assert_string_equal(fake_members(fake), "");
    assert_string_equal(column(fake, STATES), "");
}

static void test_trouble_is_trouble(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann");
    fake->odd_kind = SCIM_SYNC_FIND_ACCOUNT;
    fake->odd =
        (scim_sync_outcome_t) { .verdict = SCIM_SYNC_REFUSED, .status = 403, .detail = "no" };
    work(fake);
    assert_string_equal(column(fake, "SELECT state || detail FROM task"), "failedno");
    OK(scim_sync_task_retry_idp(fake->db, "okta", fake->p));
    work(fake);
    assert_string_equal(column(fake, STATES), "ann=planned");
    assert_string_equal(
        column(fake, "SELECT COALESCE(detail, '') || COALESCE(class, '') FROM task"), "");
}

/* ---- beside a live one ---- */

static void test_a_live_idp_gives_nothing_for_it(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    fake_group(fake, "staff"); /* so that it is known, and could be filled */
    join(fake, "entra", "ann-e");
    tell_group(fake, "entra", "h", "crew");
    put_in(fake, "entra", "h", "ann-e");
    work(fake);
    assert_string_equal(fake_members(fake), "j-crew/" A " j-product/" A);
    /* Once nobody but the IdP in dry run wants her, what that one wants stays. */
    leave(fake, "entra", "ann-e");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
}

static void test_a_live_idp_takes_nothing_that_it_wants(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    join(fake, "entra", "ann-e");
    tell_group(fake, "entra", "h", "staff");
    put_in(fake, "entra", "h", "ann-e");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    take_out(fake, "entra", "h", "ann-e");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    assert_string_equal(column(fake, STATES), "");
    take_out(fake, "okta", "g", "ann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    assert_string_equal(column(fake, COUNTS), "call:removeMember=1");
    /* Wanted by the live one once more, it is that one's to end. */
    put_in(fake, "entra", "h", "ann-e");
    work(fake);
    assert_string_equal(column(fake, STATES), "");
    take_out(fake, "entra", "h", "ann-e");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
}

static void test_what_it_has_ended_is_not_ended_by_another(void **state)
{
    fake_t *fake = a_site(state);

    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    join(fake, "entra", "ann-e");
    tell_group(fake, "entra", "h", "crew");
    put_in(fake, "entra", "h", "ann-e");
    work(fake);
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    take_out(fake, "okta", "g", "ann");
    work(fake);
    say(fake, "entra", "user", "ann-e"); /* news of her that have nothing to do with it */
    work(fake);
    assert_string_equal(fake_members(fake), "j-crew/" A " j-product/" A " j-staff/" A);
    take_out(fake, "entra", "h", "ann-e");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
}

/* The live one's task is taken first, before it is planned whose end it is. */
static void test_what_it_is_about_to_end_is_planned_first(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    join(fake, "entra", "ann-e");
    work(fake);
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    say(fake, "entra", "user", "ann-e");
    take_out(fake, "okta", "g", "ann");
    database_run(fake->db, "UPDATE task SET next_at = 1 WHERE subject = 'ann-e'", fake->p);
    job = fake_take(fake);
    assert_string_equal(job->task.subject, "ann-e");
    assert_true(fake_turn(fake, job));
    apr_pool_destroy(job->pool);
    assert_non_null(
        strstr(column(fake, "SELECT detail FROM task WHERE subject = 'ann-e'"), "planned first"));
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    assert_string_equal(column(fake, STATES), "ann=planned");
}

/* Both have ended something, and the one in dry run is planned first: each end is its own IdP's. */
static void test_ends_at_the_same_time_are_told_apart(void **state)
{
    fake_t *fake = a_site(state);

    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    join(fake, "entra", "ann-e");
    tell_group(fake, "entra", "h", "crew");
    put_in(fake, "entra", "h", "ann-e");
    work(fake);
    assert_string_equal(fake_members(fake), "j-crew/" A " j-product/" A " j-staff/" A);
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    take_out(fake, "okta", "g", "ann");
    take_out(fake, "entra", "h", "ann-e");
    database_run(fake->db, "UPDATE task SET next_at = 1 WHERE subject = 'ann'", fake->p);
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    assert_string_equal(column(fake, COUNTS), "call:removeMember=1");
    /* It stays so, whatever the live one says next. */
    say(fake, "entra", "user", "ann-e");
    say(fake, "okta", "user", "ann");
    database_run(fake->db, "UPDATE task SET next_at = 1 WHERE subject = 'ann'", fake->p);
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
}

/* ---- what the rules say ---- */

static void test_nobody_is_suspended_before_it_is_live(void **state)
{
    fake_t *fake = a_site(state);
    int before;

    fake->worker.organization.key = "demo-key";
    put_rules(fake, "okta", "{\"users\": {\"onDeactivate\": \"suspend\", \"update\": true}}");
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    join(fake, "okta", "ann");
    work(fake);
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    work(fake);
    before = writes(fake);
    leave(fake, "okta", "ann");
    work(fake);
    assert_int_equal(writes(fake), before);
    assert_string_equal(column(fake, COUNTS), "call:suspendAccount=1");
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_SUSPEND_ACCOUNT), 1);
    /* And back. */
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    join_again(fake, "okta", "ann");
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_RESTORE_ACCOUNT), 0);
    assert_non_null(strstr(column(fake, COUNTS), "call:restoreAccount=1"));
}

/* The one in dry run has ended it; the live one, which ended it long before, does not do it. */
static void test_a_live_idp_suspends_nobody_for_it(void **state)
{
    fake_t *fake = a_site(state);

    fake->worker.organization.key = "demo-key";
    put_rules(fake, "okta", "{\"users\": {\"onDeactivate\": \"suspend\"}}");
    put_rules(fake, "entra", "{\"users\": {\"onDeactivate\": \"suspend\"}}");
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    join(fake, "okta", "ann");
    join(fake, "entra", "ann-e");
    work(fake);
    leave(fake, "entra", "ann-e");
    work(fake);
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    leave(fake, "okta", "ann");
    work(fake);
    say(fake, "entra", "user", "ann-e");
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_SUSPEND_ACCOUNT), 0);
    assert_string_equal(fake_members(fake), "j-product/" A);
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_SUSPEND_ACCOUNT), 1);
}

/* By the rules of the one in dry run strangers go; nobody else takes them out for it. */
static void test_strangers_stay_until_it_is_live(void **state)
{
    fake_t *fake = a_site(state);

    fake_account(fake, ANN);
    fake_group(fake, "staff");
    fake_member(fake, "j-staff", A);
    join(fake, "entra", "ann-e");
    tell_group(fake, "okta", "g", "staff");
    tell_group(fake, "entra", "h", "staff");
    put_in(fake, "entra", "h", "ann-e");
    work(fake);
    take_out(fake, "entra", "h", "ann-e");
    put_rules(fake, "okta", "{\"precedence\": 1, \"groups\": {\"authoritative\": true}}");
    say(fake, "entra", "group", "h");
    work(fake);
    assert_string_equal(fake_members(fake), "j-staff/" A);
    assert_string_equal(column(fake, COUNTS), "call:removeMember=1");
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_string_equal(fake_members(fake), "");
}

/* Mapped, nested and default groups are planned as they will be; deletions wait, too. */
static void test_groups_by_the_rules(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta",
              "{\"users\": {\"defaultGroups\": [\"all\"]}, \"groups\": {\"delete\": true,"
              " \"mappings\": [{\"group\": \"inner\", \"jiraGroups\": [\"j1\", \"j2\"]}]}}");
    join(fake, "okta", "ann");
    tell_group(fake, "okta", "g", "inner");
    tell_group(fake, "okta", "h", "outer");
    put_in(fake, "okta", "g", "ann");
    store_add_member(fake->db, "h", "g", fake->p);
    say(fake, "okta", "group", "default:okta");
    work(fake);
    assert_int_equal(writes(fake), 0);
    assert_string_equal(column(fake, "SELECT what || '=' || CAST(SUM(count) AS TEXT)"
                                     " FROM plan_count GROUP BY what ORDER BY 1"),
                        "call:addMember=4 call:createAccount=1 call:createGroup=4");
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_string_equal(fake_members(fake),
                        "j-all/" A " j-j1/" A " j-j2/" A " j-outer/" A " j-product/" A);
    assert_int_equal(writes(fake), 9);
    set_state(fake, "okta", SCIM_SYNC_IDP_DRY_RUN);
    OK(scim_sync_resource_delete(fake->db, "g", fake->p));
    say(fake, "okta", "group", "g");
    say(fake, "okta", "user", "ann");
    work(fake);
    assert_int_equal(writes(fake), 9);
    assert_string_equal(column(fake, "SELECT what || '=' || CAST(SUM(count) AS TEXT)"
                                     " FROM plan_count GROUP BY what ORDER BY 1"),
                        "call:deleteGroup=2 call:removeMember=3");
    set_state(fake, "okta", SCIM_SYNC_IDP_LIVE);
    work(fake);
    assert_string_equal(fake_members(fake), "j-all/" A " j-product/" A);
    assert_int_equal(fake_called(fake, SCIM_SYNC_DELETE_GROUP), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_nothing_is_written_before_it_is_live),
        DATABASE_TESTS(test_members_of_a_group_to_be_are_planned),
        DATABASE_TESTS(test_what_is_there_is_known),
        DATABASE_TESTS(test_a_leaver_stays_until_it_is_live),
        DATABASE_TESTS(test_a_plan_goes_with_its_idp),
        DATABASE_TESTS(test_trouble_is_trouble),
        DATABASE_TESTS(test_a_live_idp_gives_nothing_for_it),
        DATABASE_TESTS(test_a_live_idp_takes_nothing_that_it_wants),
        DATABASE_TESTS(test_what_it_has_ended_is_not_ended_by_another),
        DATABASE_TESTS(test_what_it_is_about_to_end_is_planned_first),
        DATABASE_TESTS(test_ends_at_the_same_time_are_told_apart),
        DATABASE_TESTS(test_nobody_is_suspended_before_it_is_live),
        DATABASE_TESTS(test_a_live_idp_suspends_nobody_for_it),
        DATABASE_TESTS(test_strangers_stay_until_it_is_live),
        DATABASE_TESTS(test_groups_by_the_rules),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

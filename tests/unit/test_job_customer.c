/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of people on the customers' side of a site: who the account is, what it is called, what is
 * queued. Every transaction here runs twice, with a rollback in between.
 */
#include <string.h>

#include <apr_strings.h>

#include "customer_fake.h"
#include "store/config.h"
#include "store/link.h"

/* ---- the account ---- */

static void test_a_new_customer_is_made_and_queued(void **state)
{
    fake_t *fake = customer_fake_side(state);

    customer_fake_join(fake, "okta", "ann", "g h");
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=queued organization:7=queued");
    assert_string_equal(customer_fake_task(fake, "ann"), "");
    assert_string_equal(fake->profile, "ann");
    assert_null(fake->invited);
    assert_string_equal(customer_fake_events(fake), "jira.account.created");
    assert_int_equal(fake_called(fake, SCIM_SYNC_READ_GROUPS), 0);
    assert_int_equal(fake_called(fake, SCIM_SYNC_ADD_MEMBER), 0);
    assert_string_equal(customer_fake_column(fake, "SELECT ours FROM jira_account"), "1");
    assert_string_equal(customer_fake_column(fake, "SELECT profile FROM jira_account"), "ann");
}

static void test_the_portal_has_a_task(void **state)
{
    fake_t *fake = customer_fake_side(state);
    scim_sync_job_t *job;

    customer_fake_join(fake, "okta", "ann", "g");
    job = fake_take(fake);
    while (!fake_turn(fake, job)) {
        fake_answer(fake, job);
    }
    assert_string_equal(customer_fake_column(fake, "SELECT kind || subject FROM task"),
                        "portal" DESK);
}

static void test_an_invitation_by_rule(void **state)
{
    fake_t *fake = customer_fake_side(state);

    store_put_rules(fake->db, "okta", "{\"users\": {\"invite\": true}}", fake->p);
    customer_fake_join(fake, "okta", "ann", "h g");
    customer_fake_work(fake);
    assert_string_equal(fake->invited, DESK);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=queued organization:7=queued");
}

/* Of another group's task Jira has shown the portal, and this one does not stand for it yet. */
static void test_an_invitation_waits_for_the_group_to_stand_for_its_portal(void **state)
{
    static const char name[] = "project/DEMO";
    const scim_sync_link_t link = { .name = name, .group_id = DESK, .told_as = "g" };
    fake_t *fake = customer_fake_side(state);

    store_put_rules(fake->db, "okta",
                    "{\"users\": {\"invite\": true}, \"groups\": {\"mappings\":"
                    " [{\"group\": \"g\", \"projects\": [\"DEMO\"]}]}}",
                    fake->p);
    assert_int_equal(scim_sync_link_drop(fake->db, "main", "g", name, fake->p), APR_SUCCESS);
    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    assert_null(fake->profile);
    assert_non_null(strstr(customer_fake_task(fake, "ann"), "is to be invited to the portal"));
    assert_int_equal(scim_sync_link_put(fake->db, "main", "g", &link, fake->p), APR_SUCCESS);
    customer_fake_retry(fake);
    assert_string_equal(fake->invited, DESK);
}

static void test_who_is_there_is_adopted(void **state)
{
    static const struct {
        const char *how; /* a portal-only account is seen; NULL: there is none */
        int atlassian;   /* there is one of that kind */
        int at_desk;
        const char *account; /* that is used; NULL: none */
        int creations;
    } cases[] = {
        { CUSTOMER_OPEN, 0, 0, Q, 0 },       { NULL, 1, 0, A, 0 },
        { CUSTOMER_OPEN, 1, 0, A, 0 },       { CUSTOMER_HIDDEN, 1, 0, A, 0 },
        { CUSTOMER_HIDDEN, 0, 1, Q, 1 },     { CUSTOMER_HIDDEN, 0, 0, NULL, 1 },
        { CUSTOMER_REVOKED, 0, 1, NULL, 1 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fake_t *fake = customer_fake_side(state);

        if (cases[i].how) {
            customer_fake_put(fake, ANN, cases[i].how);
        }
        if (cases[i].atlassian) {
            fake_account(fake, ANN);
        }
        if (cases[i].at_desk) {
            fake_member(fake, DESK, Q);
        }
        customer_fake_join(fake, "okta", "ann", "g");
        customer_fake_work(fake);
        assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), cases[i].creations);
        if (cases[i].account) {
            assert_string_equal(customer_fake_held(fake, cases[i].account), "desk:4=queued");
            assert_string_equal(customer_fake_column(fake, "SELECT ours FROM jira_account"), "0");
            assert_string_equal(customer_fake_task(fake, "ann"), "");
        }
        else {
            assert_non_null(strstr(customer_fake_task(fake, "ann"),
                                   "failed Jira says that there is an account"));
            assert_non_null(strstr(customer_fake_task(fake, "ann"), "portal-only customers"));
            assert_string_equal(
                customer_fake_column(fake, "SELECT told_as FROM jira_link WHERE kind = 'user'"),
                "");
            /* A person has let the customer in, who is not taken for one that we made. */
            customer_fake_put(fake, ANN, CUSTOMER_OPEN);
            customer_fake_retry(fake);
            assert_string_equal(customer_fake_held(fake, Q), "desk:4=queued");
            assert_string_equal(customer_fake_column(fake, "SELECT ours FROM jira_account"), "0");
        }
        store_wipe(fake->db, fake->p);
        database_run(fake->db, "DELETE FROM idp_site", fake->p);
        database_run(fake->db, "DELETE FROM idp", fake->p);
        database_run(fake->db, "DELETE FROM site", fake->p);
    }
}

/* Jira has made it and the answer was an error, or never came: it is looked for, and is ours. */
static void test_made_but_not_confirmed(void **state)
{
    fake_t *fake = customer_fake_side(state);

    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_next_call(fake, SCIM_SYNC_CREATE_ACCOUNT, SCIM_SYNC_ABSENT, 500, 1);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_column(fake, "SELECT ours FROM jira_account"), "1");
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=queued");
}

static void test_made_and_never_answered(void **state)
{
    fake_t *fake = customer_fake_side(state);

    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_next_call(fake, SCIM_SYNC_CREATE_ACCOUNT, SCIM_SYNC_RETRY, 0, 1);
    customer_fake_work(fake);
    assert_non_null(strstr(customer_fake_task(fake, "ann"), "waiting"));
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_column(fake, "SELECT ours FROM jira_account"), "1");
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 1);
}

/* The desk can't be asked after a 409: the intent is gone, so that what is found is not ours. */
static void test_a_desk_that_does_not_answer(void **state)
{
    fake_t *fake = customer_fake_side(state);

    customer_fake_put(fake, ANN, CUSTOMER_HIDDEN);
    fake_member(fake, DESK, Q);
    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_next_call(fake, SCIM_SYNC_FIND_CUSTOMER, SCIM_SYNC_RETRY, 503, 0);
    customer_fake_work(fake);
    assert_non_null(strstr(customer_fake_task(fake, "ann"), "waiting odd"));
    customer_fake_put(fake, ANN, CUSTOMER_OPEN);
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_column(fake, "SELECT ours FROM jira_account"), "0");
}

/* ---- the name ---- */

static void test_a_name_is_said_once(void **state)
{
    fake_t *fake = customer_fake_side(state);

    store_put_rules(fake->db, "okta", "{\"users\": {\"update\": true}}", fake->p);
    customer_fake_put(fake, ANN, CUSTOMER_OPEN);
    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    assert_string_equal(customer_fake_events(fake), "jira.account.found jira.profile.kept");
    customer_fake_say(fake, "okta", "ann");
    customer_fake_work(fake);
    assert_string_equal(customer_fake_events(fake), "jira.account.found jira.profile.kept");
    assert_non_null(strstr(
        customer_fake_column(fake, "SELECT detail FROM event WHERE kind = 'jira.profile.kept'"),
        "the name \"ann\" is not written"));
    store_put_rules(fake->db, "okta", "{\"users\": {\"update\": false}}", fake->p);
    database_run(fake->db, "UPDATE jira_account SET profile = 'Somebody'", fake->p);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_events(fake), "jira.account.found jira.profile.kept");
}

static void test_staff_have_their_own_names(void **state)
{
    fake_t *fake = customer_fake_side(state);

    store_put_rules(fake->db, "okta", "{\"users\": {\"update\": true}}", fake->p);
    fake_account(fake, ANN);
    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    assert_string_equal(customer_fake_events(fake), "jira.account.found");
}

/* ---- portals ---- */

static void set_members(fake_t *fake, const char *state)
{
    database_run(fake->db, apr_psprintf(fake->p, "UPDATE jira_member SET state = '%s'", state),
                 fake->p);
}

/* What was never sent is as it was before; what was is taken back, or given again, for sure. */
static void test_what_is_queued_can_be_turned(void **state)
{
    static const struct {
        const char *state;
        const char *out;
        const char *in;
    } cases[] = {
        { "queued", "", "desk:4=queued" },
        { "adding", "desk:4=removing", "desk:4=adding" },
        { "ours", "desk:4=ending", "desk:4=ours" },
    };
    fake_t *fake = customer_fake_side(state);

    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        set_members(fake, cases[i].state);
        customer_fake_take_out(fake, "okta", "g", "ann");
        customer_fake_work(fake);
        assert_string_equal(customer_fake_held(fake, Q), cases[i].out);
        customer_fake_put_in(fake, "okta", "g", "ann");
        customer_fake_work(fake);
        assert_string_equal(customer_fake_held(fake, Q), cases[i].in);
    }
}

/* The guard is about what somebody has: nobody gets in because it holds what was never sent. */
static void test_no_guard_holds_what_was_never_sent(void **state)
{
    fake_t *fake = customer_fake_side(state);

    store_put_rules(fake->db, "okta",
                    "{\"guard\": {\"deactivations\": {\"number\": 0, \"percent\": 100},"
                    " \"memberships\": {\"number\": 0, \"percent\": 100}}}",
                    fake->p);
    for (int leaves = 0; leaves <= 1; leaves++) {
        customer_fake_join(fake, "okta", leaves ? "bob" : "ann", "g");
        customer_fake_work(fake);
        if (leaves) {
            customer_fake_change(fake, "okta", "bob", 0);
        }
        else {
            customer_fake_take_out(fake, "okta", "g", "ann");
        }
        customer_fake_work(fake);
        assert_string_equal(customer_fake_column(fake, "SELECT state FROM jira_member"), "");
        assert_string_equal(customer_fake_column(fake, "SELECT subject FROM task"), "");
        assert_string_equal(customer_fake_column(fake, "SELECT kind FROM guard_trip"), "");
        customer_fake_change(fake, "okta", leaves ? "bob" : "ann", 0);
        customer_fake_work(fake);
    }
}

static void test_what_another_idp_gives_stays(void **state)
{
    fake_t *fake = customer_fake_side(state);

    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_join(fake, "entra", "anne", "e");
    customer_fake_work(fake);
    customer_fake_sent(fake);
    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours");
    customer_fake_change(fake, "entra", "anne", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ending");
}

/* ---- dry run ---- */

static void test_a_dry_run_queues_nothing(void **state)
{
    fake_t *fake = customer_fake_side(state);

    store_set_state(fake->db, "okta", SCIM_SYNC_IDP_DRY_RUN, fake->p);
    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 0);
    assert_string_equal(customer_fake_column(fake, "SELECT account_id FROM jira_member"), "");
    assert_non_null(
        strstr(customer_fake_column(fake, "SELECT plan FROM task WHERE subject = 'ann'"),
               "\"call\":\"createAccount\""));
    store_set_state(fake->db, "okta", SCIM_SYNC_IDP_LIVE, fake->p);
    database_run(fake->db, "UPDATE task SET state = 'waiting', next_at = 0", fake->p);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=queued");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_new_customer_is_made_and_queued),
        DATABASE_TESTS(test_the_portal_has_a_task),
        DATABASE_TESTS(test_an_invitation_by_rule),
        DATABASE_TESTS(test_an_invitation_waits_for_the_group_to_stand_for_its_portal),
        DATABASE_TESTS(test_who_is_there_is_adopted),
        DATABASE_TESTS(test_made_but_not_confirmed),
        DATABASE_TESTS(test_made_and_never_answered),
        DATABASE_TESTS(test_a_desk_that_does_not_answer),
        DATABASE_TESTS(test_a_name_is_said_once),
        DATABASE_TESTS(test_staff_have_their_own_names),
        DATABASE_TESTS(test_what_is_queued_can_be_turned),
        DATABASE_TESTS(test_no_guard_holds_what_was_never_sent),
        DATABASE_TESTS(test_what_another_idp_gives_stays),
        DATABASE_TESTS(test_a_dry_run_queues_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of people who leave the customers' side of a site, and come back: by every rule, whatever Jira
 * answers, and with the guard. Every transaction here runs twice, with a rollback in between.
 */
#include <string.h>

#include <apr_strings.h>

#include "customer_fake.h"
#include "store/portal.h"
#include "store/resource.h"

static fake_t *a_leaver(void **state, const char *rules)
{
    fake_t *fake = customer_fake_side(state);

    store_put_rules(fake->db, "okta", rules, fake->p);
    customer_fake_join(fake, "okta", "ann", "g h");
    customer_fake_work(fake);
    customer_fake_sent(fake);
    return fake;
}

#define SOON  "what is queued for this portal is sent at once"
#define NEVER "what was queued for this portal was discarded with its task; a retry queues it anew"

static void test_a_leaver(void **state)
{
    fake_t *fake = a_leaver(state, "{}");

    OK(scim_sync_held_put_member(fake->db, "main", "desk:9", Q, SCIM_SYNC_HELD_THEIRS, fake->p));
    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q),
                        "desk:4=ending desk:9=theirs organization:7=ending");
    assert_string_equal(customer_fake_task(fake, "ann"),
                        "waiting still in organization/Example Ltd: " SOON
                        "; still in project/DEMO: " SOON);
    /* Here the portals' tasks go unseen, as if they were discarded: a person must look. */
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_task(fake, "ann"),
                        "failed still in organization/Example Ltd: " NEVER
                        "; still in project/DEMO: " NEVER);
    assert_string_equal(customer_fake_events(fake), "jira.account.created");
    customer_fake_sent(fake);
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_task(fake, "ann"), "");
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 0);
}

static void test_nothing_by_rule(void **state)
{
    fake_t *fake = a_leaver(state, "{\"users\": {\"onDeactivate\": \"nothing\"}}");

    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours organization:7=ours");
}

#define REVOKES "{\"users\": {\"onDeactivate\": \"revoke\", \"onDelete\": \"revoke\"}}"

static void test_access_is_revoked_behind_the_portals(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ending organization:7=ending");
    assert_non_null(
        strstr(customer_fake_task(fake, "ann"), "waiting the person leaves the portals first"));
    customer_fake_retry(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 0);
    customer_fake_sent(fake);
    customer_fake_retry(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
    assert_string_equal(customer_fake_column(fake, "SELECT state FROM jira_account"), "revoked");
    assert_string_equal(customer_fake_events(fake), "jira.account.created jira.account.revoked");
    assert_string_equal(customer_fake_task(fake, "ann"), "");
    customer_fake_say(fake, "okta", "ann");
    customer_fake_work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
}

/* An open desk lets nobody go, and its task has failed: that keeps no leaver's access. */
static void test_a_portal_that_does_not_let_go(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);
    int left;

    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    database_run(fake->db, "DELETE FROM jira_member WHERE group_id = '" ORG "'", fake->p);
    OK(scim_sync_portal_leaving(fake->db, &left, "main", Q, fake->p));
    assert_int_equal(left, 1);
    OK(scim_sync_task_add_portal(fake->db, "main", DESK, fake->p));
    database_run(fake->db, "UPDATE task SET state = 'failed' WHERE kind = 'portal'", fake->p);
    OK(scim_sync_portal_leaving(fake->db, &left, "main", Q, fake->p));
    assert_int_equal(left, 0);
}

/* Nor does one that takes its time. */
static void test_a_portal_that_takes_its_time(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    customer_fake_change(fake, "okta", "ann", 0);
    for (int i = 0; i < 10 && fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT) == 0; i++) {
        customer_fake_work(fake);
        database_run(fake->db, "UPDATE task SET next_at = 0", fake->p);
    }
    customer_fake_work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ending organization:7=ending");
    customer_fake_sent(fake);
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_task(fake, "ann"), "");
}

static void test_a_deleted_leaver_is_revoked_too(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    customer_fake_say(fake, "okta", "ann");
    OK(scim_sync_resource_delete(fake->db, "ann", fake->p));
    customer_fake_work(fake);
    customer_fake_sent(fake);
    customer_fake_retry(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
    assert_string_equal(
        customer_fake_column(fake, "SELECT resource FROM jira_link WHERE kind = 'user'"), "");
}

/* The answer to the revocation is not known: it is sent again. */
static void test_a_revocation_that_is_not_answered(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    database_run(fake->db, "DELETE FROM jira_member", fake->p);
    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_next_call(fake, SCIM_SYNC_REVOKE_ACCOUNT, SCIM_SYNC_RETRY, 0, 1);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_column(fake, "SELECT state FROM jira_account"), "revoking");
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_column(fake, "SELECT state FROM jira_account"), "revoked");
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 2);
}

static void test_a_revocation_that_is_refused(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    database_run(fake->db, "DELETE FROM jira_member", fake->p);
    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_next_call(fake, SCIM_SYNC_REVOKE_ACCOUNT, SCIM_SYNC_REFUSED, 403, 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_task(fake, "ann"), "failed odd");
    assert_string_equal(customer_fake_column(fake, "SELECT state FROM jira_account"), "-");
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_column(fake, "SELECT state FROM jira_account"), "revoked");
}

/* Jira does not know it any more: there is nothing to revoke, and who comes back is new. */
static void test_a_revocation_of_an_account_that_is_gone(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    database_run(fake->db, "DELETE FROM jira_member", fake->p);
    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_next_call(fake, SCIM_SYNC_REVOKE_ACCOUNT, SCIM_SYNC_ABSENT, 404, 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_task(fake, "ann"), "");
    assert_string_equal(customer_fake_column(fake, "SELECT account_id FROM jira_account"), "");
}

static void test_staff_are_never_revoked(void **state)
{
    fake_t *fake = customer_fake_side(state);

    store_put_rules(fake->db, "okta", REVOKES, fake->p);
    fake_account(fake, ANN);
    customer_fake_join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    customer_fake_sent(fake);
    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, A), "desk:4=ending");
    assert_string_equal(customer_fake_task(fake, "ann"), "waiting still in project/DEMO: " SOON);
    customer_fake_sent(fake);
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_task(fake, "ann"), "");
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 0);
    assert_non_null(
        strstr(customer_fake_column(
                   fake, "SELECT detail FROM event WHERE kind = 'jira.account.protected'"),
               "it is an Atlassian account"));
}

static void test_who_comes_back_after_that(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    database_run(fake->db, "DELETE FROM jira_member", fake->p);
    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    customer_fake_change(fake, "okta", "ann", 1);
    customer_fake_work(fake);
    assert_non_null(
        strstr(customer_fake_task(fake, "ann"), "failed the access of ann to portals was revoked"));
    assert_string_equal(customer_fake_held(fake, Q), "");
    customer_fake_put(fake, ANN, CUSTOMER_OPEN); /* a person has given it back */
    customer_fake_retry(fake);
    assert_string_equal(customer_fake_task(fake, "ann"), "");
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=queued organization:7=queued");
    assert_string_equal(customer_fake_column(fake, "SELECT state FROM jira_account"), "-");
    assert_string_equal(customer_fake_column(fake, "SELECT ours FROM jira_account"), "1");
}

static void test_grace(void **state)
{
    fake_t *fake =
        a_leaver(state, "{\"users\": {\"onDeactivate\": \"revoke\", \"gracePeriod\": 3600}}");

    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours organization:7=ours");
    assert_non_null(
        strstr(customer_fake_task(fake, "ann"), "keeps access until the grace period is over"));
    customer_fake_change(fake, "okta", "ann", 1);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_task(fake, "ann"), "");
}

/* ---- the guard ---- */

#define GUARDED                                                                                    \
    "{\"users\": {\"onDeactivate\": \"revoke\"},"                                                  \
    " \"guard\": {\"deactivations\": {\"number\": 0, \"percent\": 100}}}"

static void test_the_guard_holds_all_of_it(void **state)
{
    fake_t *fake = a_leaver(state, GUARDED);

    customer_fake_change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours organization:7=ours");
    assert_non_null(strstr(customer_fake_task(fake, "ann"), "held held by the guard"));
    assert_non_null(strstr(customer_fake_column(fake, "SELECT takes FROM task"),
                           "the access of the account to all portals"));
    /* One decision is about all of it: the revocation, which comes later, is not held again. */
    database_run(fake->db, "UPDATE task SET state = 'waiting', released = 1, next_at = 0", fake->p);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ending organization:7=ending");
    customer_fake_sent(fake);
    database_run(fake->db, "UPDATE task SET next_at = 0", fake->p);
    customer_fake_work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
    assert_string_equal(customer_fake_task(fake, "ann"), "");
}

/* What is queued was counted when it was decided: it is not among what waits. */
static void test_what_is_queued_does_not_wait(void **state)
{
    fake_t *fake = customer_fake_side(state);
    const scim_sync_guard_count_t count = {
        .idp = "okta", .site = "main", .kind = "memberships", .window = 60000
    };
    scim_sync_guard_page_t page = { 0 };
    apr_array_header_t *waiting;
    apr_int64_t number;

    customer_fake_join(fake, "okta", "ann", "g h");
    customer_fake_work(fake);
    customer_fake_sent(fake);
    customer_fake_take_out(fake, "okta", "g", "ann");
    OK(scim_sync_guard_losers(fake->db, &waiting, &page, &count, "", fake->p));
    assert_int_equal(waiting->nelts, 1);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ending organization:7=ours");
    OK(scim_sync_guard_taken(fake->db, &number, &count, fake->p));
    assert_int_equal(number, 1);
    OK(scim_sync_guard_memberships(fake->db, &number, &count, fake->p));
    assert_int_equal(number, 1);
    database_run(fake->db, "DELETE FROM guard_count", fake->p);
    customer_fake_say(fake, "okta", "ann");
    page = (scim_sync_guard_page_t) { 0 };
    OK(scim_sync_guard_losers(fake->db, &waiting, &page, &count, "", fake->p));
    assert_int_equal(waiting->nelts, 0);
    customer_fake_change(fake, "okta", "ann", 0);
    database_run(fake->db, "UPDATE jira_member SET state = 'removing'", fake->p);
    page = (scim_sync_guard_page_t) { 0 };
    OK(scim_sync_guard_leavers(fake->db, &waiting, &page, &count, "", 0, fake->p));
    assert_int_equal(waiting->nelts, 1);
    assert_false(APR_ARRAY_IDX(waiting, 0, scim_sync_guard_waiting_t).given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_leaver),
        DATABASE_TESTS(test_nothing_by_rule),
        DATABASE_TESTS(test_access_is_revoked_behind_the_portals),
        DATABASE_TESTS(test_a_portal_that_does_not_let_go),
        DATABASE_TESTS(test_a_portal_that_takes_its_time),
        DATABASE_TESTS(test_a_deleted_leaver_is_revoked_too),
        DATABASE_TESTS(test_a_revocation_that_is_not_answered),
        DATABASE_TESTS(test_a_revocation_that_is_refused),
        DATABASE_TESTS(test_a_revocation_of_an_account_that_is_gone),
        DATABASE_TESTS(test_staff_are_never_revoked),
        DATABASE_TESTS(test_who_comes_back_after_that),
        DATABASE_TESTS(test_grace),
        DATABASE_TESTS(test_the_guard_holds_all_of_it),
        DATABASE_TESTS(test_what_is_queued_does_not_wait),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

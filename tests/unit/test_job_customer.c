/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of people on the customers' side of a site: who the account is, what is queued, and what
 * becomes of a leaver. Every transaction here runs twice, with a rollback in between.
 */
#include <string.h>

#include <apr_strings.h>

#include "customer_fake.h"
#include "store/config.h"
#include "store/link.h"
#include "store/portal.h"
#include "store/resource.h"

#define ANN  "ann@example.com"
#define A    "a-" ANN
#define Q    "qm:" ANN
#define DESK "desk:4"
#define ORG  "organization:7"

static void add_idp(const database_t *database, const char *name)
{
    const scim_sync_idp_t idp = { .name = name,
                                  .provider = "other",
                                  .mode = SCIM_SYNC_MODE_CUSTOMERS,
                                  .state = SCIM_SYNC_IDP_LIVE,
                                  .sites = store_sites("main", database->pool) };
    int stored;

    OK(scim_sync_idp_insert(database->db, &idp, &stored, database->pool));
    assert_true(stored);
}

/* A group of that IdP stands for a portal, as its job has found out. */
static void add_portal(fake_t *fake, const char *idp, const char *group, const char *id,
                       const char *name)
{
    const scim_sync_held_group_t portal = { .group_id = id, .name = name };
    const scim_sync_link_t link = { .name = name, .group_id = id, .told_as = group };

    store_group(fake->db, idp, group, group, fake->p);
    OK(scim_sync_held_put_group(fake->db, "main", &portal, fake->p));
    OK(scim_sync_link_put(fake->db, "main", group, &link, fake->p));
}

static fake_t *a_side(void **state)
{
    database_t *database = store_of(state);
    fake_t *fake;

    add_idp(database, "okta");
    add_idp(database, "entra");
    fake = fake_of(database);
    fake->worker.customers = 1;
    add_portal(fake, "okta", "g", DESK, "project/DEMO");
    add_portal(fake, "okta", "h", ORG, "organization/Example Ltd");
    add_portal(fake, "entra", "e", DESK, "project/DEMO");
    return fake;
}

static void say(fake_t *fake, const char *idp, const char *subject)
{
    OK(scim_sync_task_add(fake->db, idp, "user", subject, fake->p));
}

static void put_in(fake_t *fake, const char *idp, const char *group, const char *user)
{
    store_add_member(fake->db, group, user, fake->p);
    OK(scim_sync_task_add_member(fake->db, idp, user, fake->p));
}

static void take_out(fake_t *fake, const char *idp, const char *group, const char *user)
{
    store_remove_member(fake->db, group, user, fake->p);
    OK(scim_sync_task_add_member(fake->db, idp, user, fake->p));
}

/* Ann is told, in these groups. */
static void join(fake_t *fake, const char *idp, const char *id, const char *groups)
{
    apr_array_header_t *list = store_sites(groups, fake->p);

    store_user(fake->db, idp, id, ANN, 1, fake->p);
    say(fake, idp, id);
    for (int i = 0; i < list->nelts; i++) {
        put_in(fake, idp, APR_ARRAY_IDX(list, i, const char *), id);
    }
}

static void change(fake_t *fake, const char *idp, const char *id, int active)
{
    store_change_user(fake->db, idp, id, ANN, active, fake->p);
    say(fake, idp, id);
}

static void next_call(fake_t *fake, scim_sync_step_kind_t kind, scim_sync_verdict_t verdict,
                      int status, int done)
{
    fake->odd_kind = (int)kind;
    fake->odd = (scim_sync_outcome_t) { .verdict = verdict, .status = status, .detail = "odd" };
    fake->odd_done = done;
}

static const char *column(fake_t *fake, const char *sql)
{
    return store_column(fake->db, sql, fake->p);
}

static const char *events(fake_t *fake)
{
    return column(fake, "SELECT kind FROM event ORDER BY id");
}

/* The task of a user: "waiting", "failed ..."; "" when there is none. */
static const char *task(fake_t *fake, const char *subject)
{
    return column(fake, apr_psprintf(fake->p,
                                     "SELECT state || ' ' || COALESCE(detail, '') FROM task"
                                     " WHERE subject = '%s'",
                                     subject));
}

static void retry(fake_t *fake)
{
    OK(scim_sync_task_hurry_site(fake->db, "main", fake->p));
    database_run(fake->db, "UPDATE task SET state = 'waiting', attempts = 0", fake->p);
    customer_fake_work(fake);
}

/* ---- the account ---- */

static void test_a_new_customer_is_made_and_queued(void **state)
{
    fake_t *fake = a_side(state);

    join(fake, "okta", "ann", "g h");
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=adding organization:7=adding");
    assert_string_equal(task(fake, "ann"), "");
    assert_string_equal(fake->profile, "ann");
    assert_null(fake->invited);
    assert_string_equal(events(fake), "jira.account.created");
    assert_int_equal(fake_called(fake, SCIM_SYNC_READ_GROUPS), 0);
    assert_int_equal(fake_called(fake, SCIM_SYNC_ADD_MEMBER), 0);
    assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "1");
    assert_string_equal(column(fake, "SELECT profile FROM jira_account"), "ann");
}

static void test_the_portal_has_a_task(void **state)
{
    fake_t *fake = a_side(state);
    scim_sync_job_t *job;

    join(fake, "okta", "ann", "g");
    job = fake_take(fake);
    while (!fake_turn(fake, job)) {
        fake_answer(fake, job);
    }
    assert_string_equal(column(fake, "SELECT kind || subject FROM task"), "portal" DESK);
}

static void test_an_invitation_by_rule(void **state)
{
    fake_t *fake = a_side(state);

    store_put_rules(fake->db, "okta", "{\"users\": {\"invite\": true}}", fake->p);
    join(fake, "okta", "ann", "h g");
    customer_fake_work(fake);
    assert_string_equal(fake->invited, DESK);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=adding organization:7=adding");
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
        fake_t *fake = a_side(state);

        if (cases[i].how) {
            customer_fake_put(fake, ANN, cases[i].how);
        }
        if (cases[i].atlassian) {
            fake_account(fake, ANN);
        }
        if (cases[i].at_desk) {
            fake_member(fake, DESK, Q);
        }
        join(fake, "okta", "ann", "g");
        customer_fake_work(fake);
        assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), cases[i].creations);
        if (cases[i].account) {
            assert_string_equal(customer_fake_held(fake, cases[i].account), "desk:4=adding");
            assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "0");
            assert_string_equal(task(fake, "ann"), "");
        }
        else {
            assert_non_null(strstr(task(fake, "ann"), "failed Jira says that there is an account"));
            assert_non_null(strstr(task(fake, "ann"), "portal-only customers"));
            assert_string_equal(column(fake, "SELECT told_as FROM jira_link WHERE kind = 'user'"),
                                "");
            /* A person has let the customer in, who is not taken for one that we made. */
            customer_fake_put(fake, ANN, CUSTOMER_OPEN);
            retry(fake);
            assert_string_equal(customer_fake_held(fake, Q), "desk:4=adding");
            assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "0");
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
    fake_t *fake = a_side(state);

    join(fake, "okta", "ann", "g");
    next_call(fake, SCIM_SYNC_CREATE_ACCOUNT, SCIM_SYNC_ABSENT, 500, 1);
    customer_fake_work(fake);
    assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "1");
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=adding");
}

static void test_made_and_never_answered(void **state)
{
    fake_t *fake = a_side(state);

    join(fake, "okta", "ann", "g");
    next_call(fake, SCIM_SYNC_CREATE_ACCOUNT, SCIM_SYNC_RETRY, 0, 1);
    customer_fake_work(fake);
    assert_non_null(strstr(task(fake, "ann"), "waiting"));
    retry(fake);
    assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "1");
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 1);
}

/* The desk can't be asked after a 409: the intent is gone, so that what is found is not ours. */
static void test_a_desk_that_does_not_answer(void **state)
{
    fake_t *fake = a_side(state);

    customer_fake_put(fake, ANN, CUSTOMER_HIDDEN);
    fake_member(fake, DESK, Q);
    join(fake, "okta", "ann", "g");
    next_call(fake, SCIM_SYNC_FIND_CUSTOMER, SCIM_SYNC_RETRY, 503, 0);
    customer_fake_work(fake);
    assert_non_null(strstr(task(fake, "ann"), "waiting odd"));
    customer_fake_put(fake, ANN, CUSTOMER_OPEN);
    retry(fake);
    assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "0");
}

/* ---- the name ---- */

static void test_a_name_is_said_once(void **state)
{
    fake_t *fake = a_side(state);

    store_put_rules(fake->db, "okta", "{\"users\": {\"update\": true}}", fake->p);
    customer_fake_put(fake, ANN, CUSTOMER_OPEN);
    join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    assert_string_equal(events(fake), "jira.account.found jira.profile.kept");
    say(fake, "okta", "ann");
    customer_fake_work(fake);
    assert_string_equal(events(fake), "jira.account.found jira.profile.kept");
    assert_non_null(
        strstr(column(fake, "SELECT detail FROM event WHERE kind = 'jira.profile.kept'"),
               "the name \"ann\" is not written"));
    store_put_rules(fake->db, "okta", "{\"users\": {\"update\": false}}", fake->p);
    database_run(fake->db, "UPDATE jira_account SET profile = 'Somebody'", fake->p);
    customer_fake_work(fake);
    assert_string_equal(events(fake), "jira.account.found jira.profile.kept");
}

static void test_staff_have_their_own_names(void **state)
{
    fake_t *fake = a_side(state);

    store_put_rules(fake->db, "okta", "{\"users\": {\"update\": true}}", fake->p);
    fake_account(fake, ANN);
    join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    assert_string_equal(events(fake), "jira.account.found");
}

/* ---- portals ---- */

static void test_what_is_queued_can_be_turned(void **state)
{
    fake_t *fake = a_side(state);

    join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    take_out(fake, "okta", "g", "ann");
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=removing");
    put_in(fake, "okta", "g", "ann");
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=adding");
    customer_fake_sent(fake);
    say(fake, "okta", "ann");
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours");
}

static void test_what_another_idp_gives_stays(void **state)
{
    fake_t *fake = a_side(state);

    join(fake, "okta", "ann", "g");
    join(fake, "entra", "anne", "e");
    customer_fake_work(fake);
    customer_fake_sent(fake);
    change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours");
    change(fake, "entra", "anne", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=removing");
}

/* ---- leaving ---- */

static fake_t *a_leaver(void **state, const char *rules)
{
    fake_t *fake = a_side(state);

    store_put_rules(fake->db, "okta", rules, fake->p);
    join(fake, "okta", "ann", "g h");
    customer_fake_work(fake);
    customer_fake_sent(fake);
    return fake;
}

static void test_a_leaver(void **state)
{
    fake_t *fake = a_leaver(state, "{}");

    OK(scim_sync_held_put_member(fake->db, "main", "desk:9", Q, SCIM_SYNC_HELD_THEIRS, fake->p));
    change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q),
                        "desk:4=removing desk:9=theirs organization:7=removing");
    assert_string_equal(task(fake, "ann"), "");
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 0);
}

static void test_nothing_by_rule(void **state)
{
    fake_t *fake = a_leaver(state, "{\"users\": {\"onDeactivate\": \"nothing\"}}");

    change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours organization:7=ours");
}

#define REVOKES "{\"users\": {\"onDeactivate\": \"revoke\", \"onDelete\": \"revoke\"}}"

static void test_access_is_revoked_behind_the_portals(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=removing organization:7=removing");
    assert_non_null(strstr(task(fake, "ann"), "waiting the person leaves the portals first"));
    retry(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 0);
    customer_fake_sent(fake);
    retry(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
    assert_string_equal(column(fake, "SELECT state FROM jira_account"), "revoked");
    assert_string_equal(events(fake), "jira.account.created jira.account.revoked");
    assert_string_equal(task(fake, "ann"), "");
    say(fake, "okta", "ann");
    customer_fake_work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
}

/* An open desk lets nobody go, and its task has failed: that keeps no leaver's access. */
static void test_a_portal_that_does_not_let_go(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);
    int left;

    change(fake, "okta", "ann", 0);
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

    change(fake, "okta", "ann", 0);
    for (int i = 0; i < 10 && fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT) == 0; i++) {
        customer_fake_work(fake);
        database_run(fake->db, "UPDATE task SET next_at = 0", fake->p);
    }
    customer_fake_work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=removing organization:7=removing");
    assert_string_equal(task(fake, "ann"), "");
}

static void test_a_deleted_leaver_is_revoked_too(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    say(fake, "okta", "ann");
    OK(scim_sync_resource_delete(fake->db, "ann", fake->p));
    customer_fake_work(fake);
    customer_fake_sent(fake);
    retry(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
    assert_string_equal(column(fake, "SELECT resource FROM jira_link WHERE kind = 'user'"), "");
}

/* The answer to the revocation is not known: it is sent again. */
static void test_a_revocation_that_is_not_answered(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    database_run(fake->db, "DELETE FROM jira_member", fake->p);
    change(fake, "okta", "ann", 0);
    next_call(fake, SCIM_SYNC_REVOKE_ACCOUNT, SCIM_SYNC_RETRY, 0, 1);
    customer_fake_work(fake);
    assert_string_equal(column(fake, "SELECT state FROM jira_account"), "revoking");
    retry(fake);
    assert_string_equal(column(fake, "SELECT state FROM jira_account"), "revoked");
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 2);
}

static void test_a_revocation_that_is_refused(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    database_run(fake->db, "DELETE FROM jira_member", fake->p);
    change(fake, "okta", "ann", 0);
    next_call(fake, SCIM_SYNC_REVOKE_ACCOUNT, SCIM_SYNC_REFUSED, 403, 0);
    customer_fake_work(fake);
    assert_string_equal(task(fake, "ann"), "failed odd");
    assert_string_equal(column(fake, "SELECT state FROM jira_account"), "-");
    retry(fake);
    assert_string_equal(column(fake, "SELECT state FROM jira_account"), "revoked");
}

/* Jira does not know it any more: there is nothing to revoke, and who comes back is new. */
static void test_a_revocation_of_an_account_that_is_gone(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    database_run(fake->db, "DELETE FROM jira_member", fake->p);
    change(fake, "okta", "ann", 0);
    next_call(fake, SCIM_SYNC_REVOKE_ACCOUNT, SCIM_SYNC_ABSENT, 404, 0);
    customer_fake_work(fake);
    assert_string_equal(task(fake, "ann"), "");
    assert_string_equal(column(fake, "SELECT account_id FROM jira_account"), "");
}

static void test_staff_are_never_revoked(void **state)
{
    fake_t *fake = a_side(state);

    store_put_rules(fake->db, "okta", REVOKES, fake->p);
    fake_account(fake, ANN);
    join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    customer_fake_sent(fake);
    change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, A), "desk:4=removing");
    assert_string_equal(task(fake, "ann"), "");
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 0);
    assert_non_null(
        strstr(column(fake, "SELECT detail FROM event WHERE kind = 'jira.account.protected'"),
               "it is an Atlassian account"));
}

static void test_who_comes_back_after_that(void **state)
{
    fake_t *fake = a_leaver(state, REVOKES);

    database_run(fake->db, "DELETE FROM jira_member", fake->p);
    change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    change(fake, "okta", "ann", 1);
    customer_fake_work(fake);
    assert_non_null(strstr(task(fake, "ann"), "failed the access of ann to portals was revoked"));
    assert_string_equal(customer_fake_held(fake, Q), "");
    customer_fake_put(fake, ANN, CUSTOMER_OPEN); /* a person has given it back */
    retry(fake);
    assert_string_equal(task(fake, "ann"), "");
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=adding organization:7=adding");
    assert_string_equal(column(fake, "SELECT state FROM jira_account"), "-");
    assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "1");
}

static void test_grace(void **state)
{
    fake_t *fake =
        a_leaver(state, "{\"users\": {\"onDeactivate\": \"revoke\", \"gracePeriod\": 3600}}");

    change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours organization:7=ours");
    assert_non_null(strstr(task(fake, "ann"), "keeps access until the grace period is over"));
    change(fake, "okta", "ann", 1);
    customer_fake_work(fake);
    assert_string_equal(task(fake, "ann"), "");
}

/* ---- the guard ---- */

#define GUARDED                                                                                    \
    "{\"users\": {\"onDeactivate\": \"revoke\"},"                                                  \
    " \"guard\": {\"deactivations\": {\"number\": 0, \"percent\": 100}}}"

static void test_the_guard_holds_all_of_it(void **state)
{
    fake_t *fake = a_leaver(state, GUARDED);

    change(fake, "okta", "ann", 0);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=ours organization:7=ours");
    assert_non_null(strstr(task(fake, "ann"), "held held by the guard"));
    assert_non_null(
        strstr(column(fake, "SELECT takes FROM task"), "the access of the account to all portals"));
    /* One decision is about all of it: the revocation, which comes later, is not held again. */
    database_run(fake->db, "UPDATE task SET state = 'waiting', released = 1, next_at = 0", fake->p);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=removing organization:7=removing");
    customer_fake_sent(fake);
    database_run(fake->db, "UPDATE task SET next_at = 0", fake->p);
    customer_fake_work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REVOKE_ACCOUNT), 1);
    assert_string_equal(task(fake, "ann"), "");
}

/* What is queued was counted when it was decided: it is not among what waits. */
static void test_what_is_queued_does_not_wait(void **state)
{
    fake_t *fake = a_side(state);
    const scim_sync_guard_count_t count = {
        .idp = "okta", .site = "main", .kind = "memberships", .window = 60000
    };
    scim_sync_guard_page_t page = { 0 };
    apr_array_header_t *waiting;
    apr_int64_t number;

    join(fake, "okta", "ann", "g h");
    customer_fake_work(fake);
    customer_fake_sent(fake);
    take_out(fake, "okta", "g", "ann");
    OK(scim_sync_guard_losers(fake->db, &waiting, &page, &count, "", fake->p));
    assert_int_equal(waiting->nelts, 1);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=removing organization:7=ours");
    OK(scim_sync_guard_taken(fake->db, &number, &count, fake->p));
    assert_int_equal(number, 1);
    OK(scim_sync_guard_memberships(fake->db, &number, &count, fake->p));
    assert_int_equal(number, 1);
    database_run(fake->db, "DELETE FROM guard_count", fake->p);
    say(fake, "okta", "ann");
    page = (scim_sync_guard_page_t) { 0 };
    OK(scim_sync_guard_losers(fake->db, &waiting, &page, &count, "", fake->p));
    assert_int_equal(waiting->nelts, 0);
    change(fake, "okta", "ann", 0);
    database_run(fake->db, "UPDATE jira_member SET state = 'removing'", fake->p);
    page = (scim_sync_guard_page_t) { 0 };
    OK(scim_sync_guard_leavers(fake->db, &waiting, &page, &count, "", 0, fake->p));
    assert_int_equal(waiting->nelts, 1);
    assert_false(APR_ARRAY_IDX(waiting, 0, scim_sync_guard_waiting_t).given);
}

/* ---- dry run ---- */

static void test_a_dry_run_queues_nothing(void **state)
{
    fake_t *fake = a_side(state);

    store_set_state(fake->db, "okta", SCIM_SYNC_IDP_DRY_RUN, fake->p);
    join(fake, "okta", "ann", "g");
    customer_fake_work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 0);
    assert_string_equal(column(fake, "SELECT account_id FROM jira_member"), "");
    assert_non_null(strstr(column(fake, "SELECT plan FROM task WHERE subject = 'ann'"),
                           "\"call\":\"createAccount\""));
    store_set_state(fake->db, "okta", SCIM_SYNC_IDP_LIVE, fake->p);
    database_run(fake->db, "UPDATE task SET state = 'waiting', next_at = 0", fake->p);
    customer_fake_work(fake);
    assert_string_equal(customer_fake_held(fake, Q), "desk:4=adding");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_new_customer_is_made_and_queued),
        DATABASE_TESTS(test_the_portal_has_a_task),
        DATABASE_TESTS(test_an_invitation_by_rule),
        DATABASE_TESTS(test_who_is_there_is_adopted),
        DATABASE_TESTS(test_made_but_not_confirmed),
        DATABASE_TESTS(test_made_and_never_answered),
        DATABASE_TESTS(test_a_desk_that_does_not_answer),
        DATABASE_TESTS(test_a_name_is_said_once),
        DATABASE_TESTS(test_staff_have_their_own_names),
        DATABASE_TESTS(test_what_is_queued_can_be_turned),
        DATABASE_TESTS(test_what_another_idp_gives_stays),
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
        DATABASE_TESTS(test_a_dry_run_queues_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

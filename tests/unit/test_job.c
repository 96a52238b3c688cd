/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs: what was told becomes what Jira holds, whatever Jira answers and wherever the provisioner
 * dies. Every transaction here runs twice, with a rollback in between.
 */
#include <string.h>

#include <apr_strings.h>

#include "jira_fake.h"
#include "store/config.h"
#include "store/resource.h"

#define ANN "ann@example.com"
#define A   "a-" ANN

static fake_t *a_site(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return fake_of(database);
}

static void say(fake_t *fake, const char *idp, const char *kind, const char *subject)
{
    OK(scim_sync_task_add(fake->db, idp, kind, subject, fake->p));
}

/* Told as the SCIM endpoint does it: what changed, and its task. */
static void join(fake_t *fake, const char *idp, const char *id, const char *email)
{
    store_user(fake->db, idp, id, email, 1, fake->p);
    say(fake, idp, "user", id);
}

static void deactivate(fake_t *fake, const char *idp, const char *id, const char *email)
{
    store_change_user(fake->db, idp, id, email, 0, fake->p);
    say(fake, idp, "user", id);
}

static void come_back(fake_t *fake, const char *idp, const char *id, const char *email)
{
    store_change_user(fake->db, idp, id, email, 1, fake->p);
    say(fake, idp, "user", id);
}

static void delete_user(fake_t *fake, const char *idp, const char *id)
{
    say(fake, idp, "user", id);
    OK(scim_sync_resource_delete(fake->db, id, fake->p));
}

static void tell_group(fake_t *fake, const char *idp, const char *id, const char *name)
{
    store_group(fake->db, idp, id, name, fake->p);
    say(fake, idp, "group", id);
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

static void work(fake_t *fake)
{
    assert_true(fake_work(fake));
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

/* ---- the account ---- */

static void test_a_new_person_gets_an_account_and_groups(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    assert_string_equal(store_members(fake->db, A, fake->p), "j-staff=ours");
    assert_string_equal(column(fake, "SELECT kind FROM event ORDER BY id"),
                        "jira.group.created jira.account.created jira.member.added");
    assert_string_equal(column(fake, "SELECT subject FROM task"), "");
    assert_int_equal(fake_called(fake, SCIM_SYNC_READ_GROUPS), 0);
}

static void test_a_person_who_was_there_keeps_what_she_had(void **state)
{
    fake_t *fake = a_site(state);

    fake_account(fake, ANN);
    fake_group(fake, "staff");
    fake_group(fake, "admins");
    fake_member(fake, "j-admins", A);
    fake_member(fake, "j-product", A);
    fake_member(fake, "j-staff", A);
    join(fake, "okta", "ann", ANN);
    tell_group(fake, "okta", "g", "staff");
    tell_group(fake, "okta", "h", "crew");
    put_in(fake, "okta", "g", "ann");
    put_in(fake, "okta", "h", "ann");
    work(fake);
    assert_string_equal(store_members(fake->db, A, fake->p),
                        "j-admins=theirs j-crew=ours j-product=theirs j-staff=theirs");
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 0);
    deactivate(fake, "okta", "ann", ANN);
    work(fake);
    assert_string_equal(fake_members(fake), "j-admins/" A " j-product/" A " j-staff/" A);
}

/* Jira has made it and the answer was an error, or never came: it is looked for, and is ours. */
static void test_created_but_not_confirmed(void **state)
{
    static const scim_sync_outcome_t answers[] = { { .verdict = SCIM_SYNC_ABSENT, .status = 500 },
                                                   { .verdict = SCIM_SYNC_ABSENT, .status = 400 },
                                                   { .verdict = SCIM_SYNC_RETRY, .status = 0 } };
    fake_t *fake = a_site(state);

    for (int i = 0; i < 3; i++) {
        const char *id = apr_psprintf(fake->p, "u%d", i);
        const char *email = apr_psprintf(fake->p, "u%d@example.com", i);
        scim_sync_held_account_t *account;

        join(fake, "okta", id, email);
        next_call(fake, SCIM_SYNC_CREATE_ACCOUNT, answers[i].verdict, answers[i].status, 1);
        work(fake);
        OK(scim_sync_held_account(fake->db, &account, "main", NULL, email, fake->p));
        assert_non_null(account);
        assert_int_equal(account->ours, 1);
        deactivate(fake, "okta", id, email);
        work(fake);
    }
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 3);
    assert_string_equal(fake_members(fake), "");
}

static void test_a_creation_that_failed_is_tried_again_or_parked(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    next_call(fake, SCIM_SYNC_CREATE_ACCOUNT, SCIM_SYNC_ABSENT, 503, 0);
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 2);
    assert_string_equal(fake_members(fake), "j-product/" A);
    join(fake, "okta", "bob", "bob@example.com");
    next_call(fake, SCIM_SYNC_CREATE_ACCOUNT, SCIM_SYNC_ABSENT, 400, 0);
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 3);
    assert_string_equal(column(fake, "SELECT subject || state || CAST(status AS TEXT) || detail"
                                     " FROM task"),
                        "bobfailed400odd");
    assert_string_equal(column(fake, "SELECT detail FROM event WHERE kind = 'task.failed'"), "odd");
}

static void test_without_an_address_a_person_must_look(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", NULL);
    work(fake);
    assert_string_equal(column(fake, "SELECT state FROM task"), "failed");
    assert_non_null(strstr(column(fake, "SELECT detail FROM task"), "e-mail"));
    store_change_user(fake->db, "okta", "ann", ANN, 1, fake->p);
    say(fake, "okta", "user", "ann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
}

static void test_an_account_that_is_gone_is_forgotten_and_made_anew(void **state)
{
    fake_t *fake = a_site(state);

    fake_account(fake, ANN);
    join(fake, "okta", "ann", ANN);
    next_call(fake, SCIM_SYNC_READ_GROUPS, SCIM_SYNC_RETRY, 500, 0);
    work(fake);
    database_run(fake->db, "UPDATE jira_account SET groups_read = 0", fake->p);
    apr_hash_clear(fake->accounts);
    say(fake, "okta", "user", "ann");
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 1);
    assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "1");
    assert_string_equal(fake_members(fake), "j-product/" A);
}

/* ---- leavers ---- */

static void test_a_leaver_loses_what_we_gave_and_gets_it_back(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    work(fake);
    fake_member(fake, "j-gift", A); /* by a person, later */
    deactivate(fake, "okta", "ann", ANN);
    work(fake);
    assert_string_equal(fake_members(fake), "j-gift/" A);
    assert_string_equal(store_members(fake->db, A, fake->p), "j-gift=theirs j-product=withdrawn");
    come_back(fake, "okta", "ann", ANN);
    work(fake);
    assert_string_equal(fake_members(fake), "j-gift/" A " j-product/" A " j-staff/" A);
    delete_user(fake, "okta", "ann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-gift/" A);
    assert_string_equal(column(fake, "SELECT resource FROM jira_link WHERE kind = 'user'"), "");
}

static void test_access_goes_with_the_last_idp_only(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "oann", ANN);
    join(fake, "entra", "eann", "Ann@Example.com");
    tell_group(fake, "okta", "og", "staff");
    tell_group(fake, "entra", "eg", "staff");
    tell_group(fake, "entra", "eg2", "crew");
    put_in(fake, "okta", "og", "oann");
    put_in(fake, "entra", "eg", "eann");
    put_in(fake, "entra", "eg2", "eann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-crew/" A " j-product/" A " j-staff/" A);
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_ACCOUNT), 1);
    delete_user(fake, "okta", "oann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-crew/" A " j-product/" A " j-staff/" A);
    take_out(fake, "entra", "eg", "eann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-crew/" A " j-product/" A);
    deactivate(fake, "entra", "eann", ANN);
    work(fake);
    assert_string_equal(fake_members(fake), "");
}

/* Entra has told of her already, but her account was not looked at yet for Entra. */
static void test_who_is_wanted_by_an_idp_that_waits_keeps_access(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "oann", ANN);
    work(fake);
    join(fake, "entra", "eann", ANN);
    database_run(fake->db, "UPDATE idp SET state = 'paused' WHERE name = 'entra'", fake->p);
    delete_user(fake, "okta", "oann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REMOVE_MEMBER), 0);
}

/*
 * Jira may take nothing for so long that Entra's user is gone before anybody looked for her account:
 * that it was kept for Entra must be known by then.
 */
static void kept_for_whom_goes_unseen(fake_t *fake, int deleted)
{
    join(fake, "okta", "oann", ANN);
    work(fake);
    store_user(fake->db, "entra", "eann", ANN, 1, fake->p);
    if (deleted) {
        delete_user(fake, "okta", "oann");
    }
    else {
        deactivate(fake, "okta", "oann", ANN);
    }
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
    delete_user(fake, "entra", "eann");
    work(fake);
    assert_string_equal(fake_members(fake), "");
}

static void test_who_kept_access_and_goes_unseen_loses_it(void **state)
{
    kept_for_whom_goes_unseen(a_site(state), 1);
}

static void test_who_kept_access_of_one_who_left_and_goes_unseen_loses_it(void **state)
{
    kept_for_whom_goes_unseen(a_site(state), 0);
}

/* Okta has given Ann another address, and hers to somebody else; Entra has not heard of it. */
static void test_an_account_is_not_kept_for_who_has_its_address_now(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "oann", ANN);
    join(fake, "entra", "eann", ANN);
    work(fake);
    store_change_user(fake->db, "okta", "oann", "new@example.com", 1, fake->p);
    store_user(fake->db, "okta", "newcomer", ANN, 1, fake->p);
    say(fake, "entra", "user", "eann");
    work(fake);
    delete_user(fake, "entra", "eann");
    work(fake);
    assert_string_equal(column(fake, "SELECT resource FROM jira_link WHERE object IS NOT NULL"),
                        "oann");
}

static void test_a_deleted_idp_takes_its_people_with_it(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    join(fake, "okta", "bob", "bob@example.com");
    join(fake, "entra", "eann", ANN);
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    put_in(fake, "okta", "g", "bob");
    work(fake);
    OK(scim_sync_idp_delete(fake->db, "okta", 0, fake->p));
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
    assert_string_equal(column(fake, "SELECT resource FROM jira_link"), "eann");
}

/* ---- what Jira refuses ---- */

/* One run of the next task, which Jira stops by 429 at the next call of that kind. */
static void run_into_a_limit(fake_t *fake, scim_sync_step_kind_t kind)
{
    scim_sync_job_t *job = fake_take(fake);

    next_call(fake, kind, SCIM_SYNC_RETRY, 429, 0);
    while (!fake_turn(fake, job)) {
        fake_answer(fake, job);
    }
    apr_pool_destroy(job->pool);
}

/* So what is there afterwards is somebody else's. */
static void test_a_call_that_came_too_fast_has_done_nothing(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    run_into_a_limit(fake, SCIM_SYNC_CREATE_ACCOUNT);
    fake_account(fake, ANN); /* by a person */
    work(fake);
    assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "0");
    tell_group(fake, "okta", "g", "staff");
    work(fake);
    put_in(fake, "okta", "g", "ann");
    run_into_a_limit(fake, SCIM_SYNC_ADD_MEMBER);
    assert_string_equal(store_members(fake->db, A, fake->p), "");
    work(fake);
    assert_string_equal(store_members(fake->db, A, fake->p), "j-staff=ours");
    take_out(fake, "okta", "g", "ann");
    run_into_a_limit(fake, SCIM_SYNC_REMOVE_MEMBER);
    assert_string_equal(store_members(fake->db, A, fake->p), "j-staff=ours");
    work(fake);
    assert_string_equal(fake_members(fake), "");
}

/* Who was put into a group by a call that had no answer leaves it, whatever Jira said since. */
static void test_a_refusal_after_no_answer_is_no_word_on_that(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    tell_group(fake, "okta", "g", "staff");
    work(fake);
    fake->odd_kind = SCIM_SYNC_ADD_MEMBER;
    fake->odd = (scim_sync_outcome_t) { SCIM_SYNC_RETRY, 0, 0, "no answer" };
    fake->odd_done = 1;
    fake->refused = "j-staff";
    put_in(fake, "okta", "g", "ann");
    work(fake);
    assert_string_equal(store_members(fake->db, A, fake->p), "j-staff=adding");
    assert_string_equal(column(fake, "SELECT state || ' ' || detail FROM task"),
                        "failed not this group");
    fake->refused = NULL;
    take_out(fake, "okta", "g", "ann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
    assert_string_equal(store_members(fake->db, A, fake->p), "");
}

static void test_a_refused_group_does_not_hold_the_others_up(void **state)
{
    fake_t *fake = a_site(state);

    fake->refused = "j-admins";
    join(fake, "okta", "ann", ANN);
    tell_group(fake, "okta", "g", "admins");
    tell_group(fake, "okta", "h", "staff");
    put_in(fake, "okta", "g", "ann");
    put_in(fake, "okta", "h", "ann");
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A " j-staff/" A);
    assert_string_equal(store_members(fake->db, A, fake->p), "j-staff=ours");
    assert_string_equal(column(fake, "SELECT subject || state || detail FROM task"),
                        "annfailednot this group");
    fake->refused = "j-staff";
    deactivate(fake, "okta", "ann", ANN);
    work(fake);
    assert_string_equal(fake_members(fake), "j-staff/" A);
    assert_string_equal(column(fake, "SELECT state FROM task"), "failed");
    assert_string_equal(store_members(fake->db, A, fake->p), "j-product=withdrawn j-staff=ours");
    fake->refused = NULL;
    OK(scim_sync_task_retry_site(fake->db, "main", NULL, fake->p));
    work(fake);
    assert_string_equal(fake_members(fake), "");
}

static void test_trouble_delays_the_task(void **state)
{
    static const scim_sync_verdict_t verdicts[] = { SCIM_SYNC_RETRY, SCIM_SYNC_DENIED };
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    for (int i = 0; i < 2; i++) {
        join(fake, "okta", i ? "bob" : "ann", i ? "bob@example.com" : ANN);
        job = fake_take(fake);
        assert_false(fake_turn(fake, job));
        next_call(fake, SCIM_SYNC_FIND_ACCOUNT, verdicts[i], 429, 0);
        fake->odd.retry_ms = 60000;
        fake_answer(fake, job);
        assert_true(fake_turn(fake, job));
        assert_null(fake_take(fake));
    }
    assert_string_equal(column(fake,
                               "SELECT state || CAST(attempts AS TEXT) || CAST(status AS TEXT)"
                               " || detail FROM task"),
                        "waiting1429odd waiting1429odd");
    assert_int_equal(database_number(fake->db,
                                     "SELECT COUNT(*) FROM task WHERE next_at > {now} + 30000",
                                     fake->p),
                     2);
}

/* News that came while the job was in work: the task waits still, and is due. */
static void test_news_during_the_work_are_not_lost(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    join(fake, "okta", "ann", ANN);
    job = fake_take(fake);
    assert_false(fake_turn(fake, job)); /* find */
    fake_answer(fake, job);
    assert_false(fake_turn(fake, job)); /* create */
    fake_answer(fake, job);
    deactivate(fake, "okta", "ann", ANN);
    while (!fake_turn(fake, job)) {
        fake_answer(fake, job);
    }
    assert_non_null(fake_take(fake));
    work(fake);
    assert_string_equal(fake_members(fake), "");
}

/* ---- groups ---- */

static void test_an_existing_group_is_adopted(void **state)
{
    fake_t *fake = a_site(state);

    fake_group(fake, "staff");
    tell_group(fake, "okta", "g", "staff");
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_GROUP), 0);
    assert_string_equal(column(fake, "SELECT group_id || CAST(ours AS TEXT) FROM jira_group"),
                        "j-staff0");
    assert_string_equal(column(fake, "SELECT kind FROM event"), "jira.group.found");
}

/* Whoever was told to be in a group before Jira had it is put in when it is there. */
static void test_a_group_that_comes_late_is_filled(void **state)
{
    static const struct {
        const char *idp;
        const char *group;
        const char *name;
        const char *user;
        const char *member;
    } cases[] = { { "okta", "g1", "staff", "ann", "j-staff/a-ann@example.com" },
                  { "okta", "g2", "there", "ann", "j-there/a-ann@example.com" },
                  /* stood for by another IdP's group already */
                  { "entra", "g3", "staff", "bob", "j-staff/a-bob@example.com" } };
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    join(fake, "entra", "bob", "bob@example.com");
    work(fake);
    fake_group(fake, "there");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        tell_group(fake, cases[i].idp, cases[i].group, cases[i].name);
        store_add_member(fake->db, cases[i].group, cases[i].user, fake->p);
        work(fake);
        assert_non_null(strstr(fake_members(fake), cases[i].member));
    }
    assert_string_equal(column(fake, "SELECT object FROM jira_link WHERE kind = 'group'"
                                     " ORDER BY resource"),
                        "j-staff j-there j-staff");
}

static void test_a_renamed_group_waits_for_a_person(void **state)
{
    fake_t *fake = a_site(state);

    tell_group(fake, "okta", "g", "staff");
    work(fake);
    database_run(fake->db, "UPDATE resource SET name = 'crew' WHERE id = 'g'", fake->p);
    say(fake, "okta", "group", "g");
    work(fake);
    assert_non_null(strstr(column(fake, "SELECT detail FROM task"), "rename staff to crew"));
    apr_hash_set(fake->groups, "staff", APR_HASH_KEY_STRING, NULL);
    apr_hash_set(fake->groups, "crew", APR_HASH_KEY_STRING, "j-staff"); /* a person did */
    OK(scim_sync_task_retry_site(fake->db, "main", NULL, fake->p));
    work(fake);
    assert_string_equal(column(fake, "SELECT detail FROM task"), "");
    assert_string_equal(column(fake, "SELECT group_id || name FROM jira_group"), "j-staffcrew");
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_GROUP), 1);
}

static void test_a_deleted_group_empties_and_stays(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    tell_group(fake, "okta", "g", "staff");
    put_in(fake, "okta", "g", "ann");
    work(fake);
    OK(scim_sync_task_add_members(fake->db, "okta", "g", NULL, fake->p));
    say(fake, "okta", "group", "g");
    OK(scim_sync_resource_delete(fake->db, "g", fake->p));
    work(fake);
    assert_string_equal(fake_members(fake), "j-product/" A);
    assert_non_null(apr_hash_get(fake->groups, "staff", APR_HASH_KEY_STRING));
    assert_string_equal(column(fake, "SELECT resource FROM jira_link ORDER BY 1"), "ann");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_new_person_gets_an_account_and_groups),
        DATABASE_TESTS(test_a_person_who_was_there_keeps_what_she_had),
        DATABASE_TESTS(test_created_but_not_confirmed),
        DATABASE_TESTS(test_a_creation_that_failed_is_tried_again_or_parked),
        DATABASE_TESTS(test_without_an_address_a_person_must_look),
        DATABASE_TESTS(test_an_account_that_is_gone_is_forgotten_and_made_anew),
        DATABASE_TESTS(test_a_leaver_loses_what_we_gave_and_gets_it_back),
        DATABASE_TESTS(test_access_goes_with_the_last_idp_only),
        DATABASE_TESTS(test_who_is_wanted_by_an_idp_that_waits_keeps_access),
        DATABASE_TESTS(test_who_kept_access_and_goes_unseen_loses_it),
        DATABASE_TESTS(test_who_kept_access_of_one_who_left_and_goes_unseen_loses_it),
        DATABASE_TESTS(test_an_account_is_not_kept_for_who_has_its_address_now),
        DATABASE_TESTS(test_a_deleted_idp_takes_its_people_with_it),
        DATABASE_TESTS(test_a_call_that_came_too_fast_has_done_nothing),
        DATABASE_TESTS(test_a_refusal_after_no_answer_is_no_word_on_that),
        DATABASE_TESTS(test_a_refused_group_does_not_hold_the_others_up),
        DATABASE_TESTS(test_trouble_delays_the_task),
        DATABASE_TESTS(test_news_during_the_work_are_not_lost),
        DATABASE_TESTS(test_an_existing_group_is_adopted),
        DATABASE_TESTS(test_a_group_that_comes_late_is_filled),
        DATABASE_TESTS(test_a_renamed_group_waits_for_a_person),
        DATABASE_TESTS(test_a_deleted_group_empties_and_stays),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of portals: what is queued becomes what Jira holds, in batches, whatever Jira answers and
 * wherever the provisioner dies. Every transaction here runs twice, with a rollback in between.
 */
#include <string.h>

#include <apr_strings.h>

#include "jira_fake.h"
#include "store/link.h"
#include "store/portal.h"

#define DESK         "desk:4"
#define ORGANIZATION "organization:17"

/* A group of okta's stands for it. */
static void stand(const database_t *database, const char *group, const char *portal)
{
    const scim_sync_link_t link = { .name = group, .group_id = portal, .told_as = group };

    OK(scim_sync_link_put(database->db, "main", "default:okta", &link, database->pool));
}

/* A side with two portals and nobody in them; also a second time in a test. */
static fake_t *begin(database_t *database)
{
    apr_pool_t *p = database->pool;
    fake_t *fake;

    store_wipe(database->db, p);
    OK(scim_sync_held_put_group(
        database->db, "main",
        &(scim_sync_held_group_t) { .group_id = DESK, .name = "project/DEMO" }, p));
    OK(scim_sync_held_put_group(
        database->db, "main",
        &(scim_sync_held_group_t) { .group_id = ORGANIZATION, .name = "organization/Example" }, p));
    stand(database, "project/DEMO", DESK);
    stand(database, "organization/Example", ORGANIZATION);
    fake = fake_of(database);
    fake->worker.customers = 1;
    return fake;
}

static fake_t *a_side(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    return begin(database);
}

/* A user with an account that stands for it. Those who end in "?" Jira does not know. */
static void person(fake_t *fake, const char *name)
{
    const char *email = apr_pstrcat(fake->p, name, "@example.com", NULL);
    const char *id = apr_pstrcat(fake->p, "a-", email, NULL);

    store_user(fake->db, "okta", name, email, 1, fake->p);
    if (!strchr(name, '?')) {
        fake_account(fake, email);
    }
    OK(scim_sync_held_put_account(fake->db, "main",
                                  &(scim_sync_held_account_t) { .account_id = id, .email = email },
                                  fake->p));
    OK(scim_sync_held_put_link(fake->db, "main", name, "user", id, fake->p));
}

/* Whom the IdP tells so, too. */
static void queue(fake_t *fake, const char *portal, const char *name, const char *state)
{
    const char *account = apr_pstrcat(fake->p, "a-", name, "@example.com", NULL);

    database_run(fake->db,
                 apr_psprintf(fake->p, "UPDATE resource SET active = %d WHERE id = '%s'",
                              !strcmp(state, SCIM_SYNC_HELD_QUEUED) ||
                                  !strcmp(state, SCIM_SYNC_HELD_ADDING),
                              name),
                 fake->p);
    OK(scim_sync_held_put_member(fake->db, "main", portal, account, state, fake->p));
    OK(scim_sync_task_add_portal(fake->db, "main", portal, fake->p));
}

/* n people, who are to be added, or who are there and are to be removed. */
static void crowd(fake_t *fake, const char *portal, int n, const char *state)
{
    for (int i = 1; i <= n; i++) {
        const char *name = apr_psprintf(fake->p, "p%03d", i);

        person(fake, name);
        queue(fake, portal, name, state);
        if (!strcmp(state, SCIM_SYNC_HELD_ENDING)) {
            fake_member(fake, portal, apr_pstrcat(fake->p, "a-", name, "@example.com", NULL));
        }
    }
}

static const char *column(const fake_t *fake, const char *sql)
{
    return store_column(fake->db, sql, fake->p);
}

static int number(const fake_t *fake, const char *sql)
{
    return (int)apr_atoi64(column(fake, sql));
}

#define STATES        "SELECT account_id || '=' || state FROM jira_member ORDER BY 1"
#define EVENTS        "SELECT kind FROM event ORDER BY id"
#define OF_DESK(what) "SELECT " what " FROM task WHERE kind = 'portal' AND subject = '" DESK "'"

/* The portal's job alone, until it is settled. */
static void run(fake_t *fake, const char *portal)
{
    apr_array_header_t *tasks;
    scim_sync_job_t *job = NULL;
    int rounds = 0;

    OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
    OK(scim_sync_task_due(fake->db, &tasks, "main", 100, fake->p));
    for (int i = 0; i < tasks->nelts; i++) {
        const scim_sync_task_t *task = APR_ARRAY_IDX(tasks, i, scim_sync_task_t *);

        if (!strcmp(task->subject, portal)) {
            OK(scim_sync_job_make(fake->db, &job, &fake->worker, task, fake->p));
        }
    }
    assert_non_null(job);
    while (!fake_turn(fake, job)) {
        fake_answer(fake, job);
        assert_true(++rounds < 100);
    }
    apr_pool_destroy(job->pool);
}

static void hurry(fake_t *fake)
{
    OK(scim_sync_task_hurry_site(fake->db, "main", fake->p));
}

static void test_what_is_queued_is_sent(void **state)
{
    fake_t *fake = a_side(state);

    person(fake, "ann");
    person(fake, "bob");
    fake_member(fake, DESK, "a-bob@example.com");
    queue(fake, DESK, "ann", SCIM_SYNC_HELD_QUEUED);
    queue(fake, DESK, "bob", SCIM_SYNC_HELD_ENDING);
    run(fake, DESK);
    assert_string_equal(fake_members(fake), DESK "/a-ann@example.com");
    assert_string_equal(column(fake, STATES), "a-ann@example.com=ours");
    assert_string_equal(column(fake, "SELECT subject FROM task"), "");
    assert_string_equal(
        column(fake, "SELECT kind || ':' || idp || ':' || subject || ':' || name || ':' || detail"
                     " || ':' || group_key FROM event ORDER BY 1"),
        "jira.member.added:okta:ann:ann:project/DEMO:project/demo"
        " jira.member.removed:okta:bob:bob:project/DEMO:project/demo");
}

static void test_batches_are_as_large_as_they_may_be(void **state)
{
    fake_t *fake = a_side(state);

    crowd(fake, DESK, 120, SCIM_SYNC_HELD_QUEUED);
    run(fake, DESK);
    assert_int_equal(fake_called(fake, SCIM_SYNC_ADD_BATCH), 3);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM jira_member WHERE state = 'ours'"), 120);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM event"), 120);
    assert_int_equal(fake_called(fake, SCIM_SYNC_READ_PORTAL), 0);
}

/* People are about to come: what is no whole batch waits, and says so; not for ever. */
static void test_it_waits_for_a_whole_batch(void **state)
{
    fake_t *fake = a_side(state);

    crowd(fake, DESK, 60, SCIM_SYNC_HELD_QUEUED);
    OK(scim_sync_task_add(fake->db, "okta", "user", "p001", fake->p));
    run(fake, DESK);
    assert_int_equal(fake_called(fake, SCIM_SYNC_ADD_BATCH), 1);
    assert_string_equal(column(fake, OF_DESK("state || ' ' || class")), "waiting wait");
    assert_non_null(strstr(column(fake, OF_DESK("detail")), "10 to add and 0 to remove so far"));
    database_run(fake->db, "UPDATE jira_member SET seen = seen - 15000", fake->p);
    hurry(fake);
    run(fake, DESK);
    assert_int_equal(fake_called(fake, SCIM_SYNC_ADD_BATCH), 2);
    assert_string_equal(column(fake, OF_DESK("state")), "");
}

static void test_one_whom_jira_does_not_know(void **state)
{
    static const char *const portals[] = { DESK, ORGANIZATION };
    static const char *const states[] = { SCIM_SYNC_HELD_QUEUED, SCIM_SYNC_HELD_ENDING };
    const fake_t *first = a_side(state);

    for (int c = 0; c < 4; c++) {
        fake_t *fake;

        if (c == 2) { /* a desk's refusal of a removal says that it is open */
            continue;
        }
        fake = begin(first->database);
        crowd(fake, portals[c % 2], 10, states[c / 2]);
        person(fake, "who?");
        queue(fake, portals[c % 2], "who?", states[c / 2]);
        OK(scim_sync_portal_join(fake->db, "main", "desk:9", "a-who?@example.com", NULL, fake->p));
        run(fake, portals[c % 2]);
        assert_string_equal(column(fake, "SELECT account_id FROM jira_member WHERE state <> "
                                         "'ours'"),
                            "");
        assert_int_equal(number(fake, "SELECT COUNT(*) FROM jira_member"), c < 2 ? 10 : 0);
        assert_string_equal(column(fake, "SELECT account_id FROM jira_account WHERE email LIKE "
                                         "'who%'"),
                            "");
        assert_string_equal(column(fake, "SELECT resource FROM jira_link WHERE resource = 'who?'"),
                            "");
        assert_string_equal(column(fake, "SELECT subject || ' ' || state || ' ' || class FROM task"
                                         " WHERE kind = 'user'"),
                            "who? waiting wait");
        assert_non_null(strstr(column(fake, "SELECT detail FROM task WHERE kind = 'user'"),
                               "somebody is unknown"));
    }
}

static void test_one_who_is_refused(void **state)
{
    fake_t *fake = a_side(state);

    crowd(fake, ORGANIZATION, 5, SCIM_SYNC_HELD_QUEUED);
    fake->refused = "a-p003@example.com";
    run(fake, ORGANIZATION);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM jira_member WHERE state = 'ours'"), 4);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM jira_member"), 4);
    assert_string_equal(column(fake, "SELECT subject || ' ' || state || ' ' || class FROM task"),
                        "p003 failed person");
    assert_non_null(strstr(column(fake, "SELECT detail FROM event WHERE kind = 'task.failed' AND "
                                        "subject = 'p003'"),
                           "somebody is unknown"));
    /* Who was to leave has what was not taken still: a retry begins anew. */
    fake = begin(fake->database);
    crowd(fake, ORGANIZATION, 5, SCIM_SYNC_HELD_ENDING);
    fake->refused = "a-p003@example.com";
    run(fake, ORGANIZATION);
    assert_string_equal(column(fake, STATES), "a-p003@example.com=ours");
}

/* All that follows from it that the person is told active, or not any more. */
static void tell(fake_t *fake, const char *name, int active)
{
    store_change_user(fake->db, "okta", name, apr_pstrcat(fake->p, name, "@example.com", NULL),
                      active, fake->p);
    OK(scim_sync_task_add(fake->db, "okta", "user", name, fake->p));
    assert_true(fake_work(fake));
}

/*
 * Jira has put somebody in, its answer was lost, and it refuses to do so again: who leaves is taken
 * out all the same. The same of who was taken out by such a call: who is wanted again is put in.
 */
static void test_a_refusal_after_no_answer_is_no_word_on_that(void **state)
{
    static const char *const portals[] = { DESK, ORGANIZATION };
    const fake_t *first = a_side(state);

    for (int c = 0; c < 4; c++) {
        const char *portal = portals[c % 2];
        int removes = c / 2;
        fake_t *fake;

        if (removes && scim_sync_portal_is_desk(portal)) { /* that it is open */
            continue;
        }
        fake = begin(first->database);
        crowd(fake, portal, 3, removes ? SCIM_SYNC_HELD_ENDING : SCIM_SYNC_HELD_QUEUED);
        fake->odd_kind = removes ? SCIM_SYNC_REMOVE_BATCH : SCIM_SYNC_ADD_BATCH;
        fake->odd = (scim_sync_outcome_t) { SCIM_SYNC_RETRY, 0, 0, "no answer" };
        fake->odd_done = 1;
        run(fake, portal);
        fake->refused = "a-p002@example.com";
        hurry(fake);
        run(fake, portal);
        assert_string_equal(column(fake, STATES),
                            removes ? "a-p002@example.com=uncertain"
                                    : "a-p001@example.com=ours a-p002@example.com=uncertain "
                                      "a-p003@example.com=ours");
        assert_non_null(strstr(column(fake, "SELECT detail FROM task WHERE subject = 'p002' AND "
                                            "state = 'failed'"),
                               "somebody is unknown; whether the person is in it is not known"));
        fake->refused = NULL;
        tell(fake, "p002", removes);
        assert_int_equal(strstr(fake_members(fake), "/a-p002@") != NULL, removes);
        assert_string_equal(
            column(fake, apr_psprintf(fake->p,
                                      "SELECT state FROM jira_member WHERE group_id = '%s'"
                                      " AND account_id = 'a-p002@example.com'",
                                      portal)),
            removes ? "ours" : "");
        assert_string_equal(column(fake, "SELECT subject FROM task"), "");
    }
}

/* ---- desks that are open ---- */

static void test_an_open_desk_is_told_of_once(void **state)
{
    fake_t *fake = a_side(state);

    crowd(fake, DESK, 5, SCIM_SYNC_HELD_ENDING);
    fake->open = DESK;
    run(fake, DESK);
    assert_string_equal(column(fake, EVENTS), "portal.open");
    assert_string_equal(column(fake, "SELECT name || ' ' || group_key FROM event"),
                        "project/DEMO project/demo");
    assert_string_equal(column(fake, OF_DESK("state || ' ' || detail")), "failed not this portal");
    /* Jira has done nothing of what was sent. */
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM jira_member WHERE state = 'ending'"), 5);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REMOVE_BATCH), 3);

    /* Others go in meanwhile; who leaves says nothing new, and makes no call. */
    person(fake, "new");
    queue(fake, DESK, "new", SCIM_SYNC_HELD_QUEUED);
    person(fake, "old");
    fake_member(fake, DESK, "a-old@example.com");
    queue(fake, DESK, "old", SCIM_SYNC_HELD_ENDING);
    hurry(fake);
    run(fake, DESK);
    assert_string_equal(column(fake, EVENTS), "portal.open jira.member.added");
    assert_string_equal(column(fake, OF_DESK("state")), "failed");
    assert_int_equal(fake_called(fake, SCIM_SYNC_REMOVE_BATCH), 3);

    /* Closed: a retry takes all out. */
    fake->open = NULL;
    OK(scim_sync_task_retry_site(fake->db, "main", NULL, fake->p));
    run(fake, DESK);
    assert_string_equal(fake_members(fake), DESK "/a-new@example.com");
    assert_string_equal(column(fake, STATES), "a-new@example.com=ours");
    assert_string_equal(column(fake, OF_DESK("state")), "");
}

/* ---- what Jira says to all ---- */

static void test_a_refusal_of_all_is_told_of_once(void **state)
{
    fake_t *fake = a_side(state);
    int found;

    person(fake, "ann");
    queue(fake, DESK, "ann", SCIM_SYNC_HELD_QUEUED);
    fake->refused = DESK;
    run(fake, DESK);
    assert_string_equal(column(fake, OF_DESK("state || ' ' || CAST(status AS TEXT)")),
                        "failed 403");
    person(fake, "bob");
    queue(fake, DESK, "bob", SCIM_SYNC_HELD_QUEUED);
    hurry(fake);
    run(fake, DESK);
    assert_string_equal(column(fake, EVENTS), "task.failed");
    /* To who tries again it is said. */
    OK(scim_sync_task_retry(fake->db, apr_atoi64(column(fake, OF_DESK("id"))), &found, fake->p));
    run(fake, DESK);
    assert_string_equal(column(fake, EVENTS), "task.failed task.failed");
    fake->refused = NULL;
    OK(scim_sync_task_retry(fake->db, apr_atoi64(column(fake, OF_DESK("id"))), &found, fake->p));
    run(fake, DESK);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM jira_member WHERE state = 'ours'"), 2);
}

/* What others put there is no reason that leavers stay: each half ends alone. */
static void test_a_half_that_fails_holds_up_no_leaver(void **state)
{
    static const scim_sync_outcome_t answers[] = {
        { .verdict = SCIM_SYNC_REFUSED, .status = 403, .detail = "no" },
        { .verdict = SCIM_SYNC_RETRY, .status = 503, .detail = "down" },
        { .verdict = SCIM_SYNC_RETRY, .status = 429, .retry_ms = 7000, .detail = "slow" },
        { .verdict = SCIM_SYNC_RETRY, .status = 0, .detail = "no answer" },
    };

    const fake_t *first = a_side(state);

    for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
        fake_t *fake = begin(first->database);
        int parks = answers[i].verdict == SCIM_SYNC_REFUSED;

        crowd(fake, DESK, 70, SCIM_SYNC_HELD_ENDING);
        person(fake, "ann");
        queue(fake, DESK, "ann", SCIM_SYNC_HELD_QUEUED);
        fake->odd_kind = SCIM_SYNC_ADD_BATCH;
        fake->odd = answers[i];
        run(fake, DESK);
        assert_string_equal(column(fake, "SELECT account_id FROM jira_member"),
                            "a-ann@example.com");
        assert_string_equal(column(fake, OF_DESK("state")), parks ? "failed" : "waiting");
        assert_string_equal(column(fake, OF_DESK("detail")), answers[i].detail);
        if (!parks) {
            hurry(fake);
            run(fake, DESK);
            assert_string_equal(column(fake, STATES), "a-ann@example.com=ours");
        }
    }
}

static void test_a_portal_that_is_gone(void **state)
{
    static const char *const portals[] = { DESK, ORGANIZATION };
    const fake_t *first = a_side(state);

    for (int i = 0; i < 2; i++) {
        fake_t *fake = begin(first->database);

        store_group(fake->db, "okta", "g", "Customers", fake->p);
        database_run(fake->db, "DELETE FROM jira_link WHERE kind = 'group'", fake->p);
        database_run(fake->db,
                     apr_psprintf(fake->p,
                                  "INSERT INTO jira_link (site, resource, name, kind, object)"
                                  " VALUES ('main', 'g', 'project/DEMO', 'group', '%s')",
                                  portals[i]),
                     fake->p);
        crowd(fake, portals[i], 2, SCIM_SYNC_HELD_QUEUED);
        store_add_member(fake->db, "g", "p001", fake->p);
        store_add_member(fake->db, "g", "p002", fake->p);
        person(fake, "bob");
        queue(fake, portals[i], "bob", SCIM_SYNC_HELD_ENDING);
        fake->gone = portals[i];
        run(fake, portals[i]);
        assert_string_equal(
            column(fake, "SELECT kind || ' ' || state || ' ' || COALESCE(detail, '-') FROM task"
                         " WHERE kind <> 'user' ORDER BY 1"),
            "group waiting - portal failed no such portal");
        assert_string_equal(column(fake, STATES),
                            "a-p001@example.com=queued a-p002@example.com=queued");
    }
}

static void test_what_another_directory_keeps_is_never_touched(void **state)
{
    fake_t *fake = a_side(state);

    crowd(fake, ORGANIZATION, 2, SCIM_SYNC_HELD_QUEUED);
    person(fake, "bob");
    queue(fake, ORGANIZATION, "bob", SCIM_SYNC_HELD_ENDING);
    fake->managed = ORGANIZATION;
    run(fake, ORGANIZATION);
    assert_int_equal(fake_called(fake, SCIM_SYNC_READ_PORTAL), 1);
    assert_int_equal(fake_called(fake, SCIM_SYNC_ADD_BATCH), 0);
    assert_int_equal(fake_called(fake, SCIM_SYNC_REMOVE_BATCH), 0);
    assert_non_null(strstr(column(fake, "SELECT state || ' ' || detail FROM task"),
                           "failed organization/Example is kept by another directory"));
}

static void test_a_token_that_is_refused(void **state)
{
    fake_t *fake = a_side(state);

    crowd(fake, DESK, 2, SCIM_SYNC_HELD_QUEUED);
    fake->odd_kind = SCIM_SYNC_ADD_BATCH;
    fake->odd = (scim_sync_outcome_t) { SCIM_SYNC_DENIED, 401, 0, "who are you" };
    run(fake, DESK);
    assert_string_equal(column(fake, OF_DESK("state || ' ' || class")), "waiting site");
}

/* ---- meanwhile ---- */

static void test_who_is_turned_while_it_is_sent(void **state)
{
    fake_t *fake = a_side(state);
    scim_sync_job_t *job;

    person(fake, "ann");
    person(fake, "bob");
    fake_member(fake, DESK, "a-bob@example.com");
    queue(fake, DESK, "ann", SCIM_SYNC_HELD_QUEUED);
    queue(fake, DESK, "bob", SCIM_SYNC_HELD_ENDING);
    job = fake_take(fake);
    assert_false(fake_turn(fake, job));
    queue(fake, DESK, "ann", SCIM_SYNC_HELD_REMOVING);
    queue(fake, DESK, "bob", SCIM_SYNC_HELD_ADDING);
    fake_answer(fake, job);
    assert_false(fake_turn(fake, job));
    assert_string_equal(column(fake, EVENTS), "");
    fake_answer(fake, job);
    assert_true(fake_turn(fake, job));
    assert_string_equal(fake_members(fake), DESK "/a-bob@example.com");
    assert_string_equal(column(fake, STATES), "a-bob@example.com=ours");
    /* It was said again meanwhile, so that it is looked at once more. */
    run(fake, DESK);
    assert_string_equal(column(fake, "SELECT subject FROM task"), "");
}

/*
 * What Jira turned away was never sent: who is not wanted then is in nobody's way. What it may have
 * done all the same goes on as if it had been done.
 */
static void test_what_was_never_sent_is_known(void **state)
{
    static const struct {
        scim_sync_outcome_t answer;
        const char *left;
    } cases[] = {
        { { SCIM_SYNC_RETRY, 429, 1000, "slower" }, "a-ann@example.com=queued" },
        { { SCIM_SYNC_REFUSED, 403, 0, "may not" }, "a-ann@example.com=queued" },
        { { SCIM_SYNC_RETRY, 503, 0, "down" }, "a-ann@example.com=adding" },
        { { SCIM_SYNC_RETRY, 0, 0, "no answer" }, "a-ann@example.com=adding" },
    };
    const fake_t *first = a_side(state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fake_t *fake = begin(first->database);

        person(fake, "ann");
        queue(fake, DESK, "ann", SCIM_SYNC_HELD_QUEUED);
        fake->odd_kind = SCIM_SYNC_ADD_BATCH;
        fake->odd = cases[i].answer;
        run(fake, DESK);
        assert_string_equal(column(fake, STATES), cases[i].left);
    }
}

/* Wherever it dies, who takes over ends where it would have ended. */
static void test_it_may_die_anywhere(void **state)
{
    const fake_t *first = a_side(state);
    int lived = 0;

    for (int crash_at = 1; !lived; crash_at++) {
        fake_t *fake = begin(first->database);

        assert_true(crash_at < 50);
        crowd(fake, DESK, 60, SCIM_SYNC_HELD_QUEUED);
        person(fake, "bob");
        fake_member(fake, DESK, "a-bob@example.com");
        queue(fake, DESK, "bob", SCIM_SYNC_HELD_ENDING);
        person(fake, "eve");
        queue(fake, ORGANIZATION, "eve", SCIM_SYNC_HELD_QUEUED);
        fake->crash_at = crash_at;
        lived = fake_work(fake);
        assert_true(fake_work(fake));
        assert_int_equal(apr_hash_count(fake->members), 61);
        assert_int_equal(number(fake, "SELECT COUNT(*) FROM jira_member WHERE state = 'ours'"), 61);
        assert_int_equal(number(fake, "SELECT COUNT(*) FROM jira_member"), 61);
        assert_int_equal(number(fake, "SELECT COUNT(*) FROM event"), 62);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_what_is_queued_is_sent),
        DATABASE_TESTS(test_batches_are_as_large_as_they_may_be),
        DATABASE_TESTS(test_it_waits_for_a_whole_batch),
        DATABASE_TESTS(test_one_whom_jira_does_not_know),
        DATABASE_TESTS(test_one_who_is_refused),
        DATABASE_TESTS(test_a_refusal_after_no_answer_is_no_word_on_that),
        DATABASE_TESTS(test_an_open_desk_is_told_of_once),
        DATABASE_TESTS(test_a_refusal_of_all_is_told_of_once),
        DATABASE_TESTS(test_a_half_that_fails_holds_up_no_leaver),
        DATABASE_TESTS(test_a_portal_that_is_gone),
        DATABASE_TESTS(test_what_another_directory_keeps_is_never_touched),
        DATABASE_TESTS(test_a_token_that_is_refused),
        DATABASE_TESTS(test_who_is_turned_while_it_is_sent),
        DATABASE_TESTS(test_what_was_never_sent_is_known),
        DATABASE_TESTS(test_it_may_die_anywhere),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

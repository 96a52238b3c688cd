/* SPDX-License-Identifier: Apache-2.0 */
/* The rows by which it is decided when a directory is pulled, and who asks for what is due. */
#include <string.h>

#include <apr_strings.h>

#include "google_fake.h"
#include "store/config.h"
#include "store/google.h"
#include "store/google_channel.h"
#include "store/google_schedule.h"
#include "sync/google_due.h"

/* "google" is connected, and was never pulled. */
static google_fake_t *a_workspace(void **state)
{
    google_fake_t *fake = google_fake(state);
    const database_t *database = google_database(fake);

    OK(scim_sync_google_insert(database->db, "google", database->pool));
    database_run(database->db, "UPDATE google SET state = 'connected', since = 1000",
                 database->pool);
    return fake;
}

static const scim_sync_google_when_t *when_of(const google_fake_t *fake)
{
    const database_t *database = google_database(fake);
    apr_array_header_t *whens;

    OK(scim_sync_google_when(database->db, &whens, "google", database->pool));
    assert_int_equal(whens->nelts, 1);
    return APR_ARRAY_IDX(whens, 0, scim_sync_google_when_t *);
}

static void put(const google_fake_t *fake, const char *schedule)
{
    const database_t *database = google_database(fake);
    int stored;

    OK(scim_sync_google_schedule_put(database->db, "google", schedule, &stored, database->pool));
    assert_int_equal(stored, 1);
}

/* A run that began so many minutes ago, and ended a minute later. */
static void has_run(const google_fake_t *fake, const char *state, int minutes)
{
    const database_t *database = google_database(fake);
    scim_sync_rows_t *rows;
    apr_int64_t now;

    OK(scim_sync_db_select(database->db, &rows, "SELECT {now}", DB_NO_ARGS, database->pool));
    now = scim_sync_db_number(rows, 0, 0) - minutes * APR_INT64_C(60000);
    OK(scim_sync_db_exec(
        database->db, NULL,
        "INSERT INTO google_run (idp, cause, trust, state, asked, started, ended,"
        " calls, tries) VALUES ('google', 'demand', 0, %s, %lld, %lld, %lld, 1, 1)",
        DB_ARGS(DB_TEXT(state), DB_INT(now), DB_INT(now + 1), DB_INT(now + 60000)),
        database->pool));
}

static const char *runs(const google_fake_t *fake)
{
    return store_column(google_database(fake)->db,
                        "SELECT cause || ':' || state FROM google_run ORDER BY id",
                        google_database(fake)->pool);
}

static void test_the_rows_say_how_it_stands(void **state)
{
    google_fake_t *fake = a_workspace(state);
    const scim_sync_google_when_t *when = when_of(fake);

    assert_string_equal(when->connection, "connected");
    assert_int_equal(when->since, 1000);
    assert_null(when->schedule);
    assert_int_equal(when->last + when->done + when->missed + when->hinted, 0);
    assert_true(when->now > APR_INT64_C(1700000000000));
    has_run(fake, "done", 90);
    has_run(fake, "failed", 60);
    has_run(fake, "refused", 30);
    put(fake, "{}");
    when = when_of(fake);
    assert_string_equal(when->schedule, "{}");
    assert_true(when->scheduled > 0 && when->scheduled <= when->now);
    assert_int_equal(when->missed, 2);
    assert_string_equal(when->last_state, "refused");
    assert_true(when->last > when->done && when->done > 0);
    assert_true(when->done_ended - when->done_started == 59999);
    assert_true(when->last_asked - when->done_started > APR_INT64_C(3000000));
}

static void test_others_have_none(void **state)
{
    google_fake_t *fake = a_workspace(state);
    const database_t *database = google_database(fake);
    apr_array_header_t *whens;
    int stored;

    store_idp(database->db, "okta", "main", database->pool);
    OK(scim_sync_google_when(database->db, &whens, "okta", database->pool));
    assert_int_equal(whens->nelts, 0);
    OK(scim_sync_google_when(database->db, &whens, NULL, database->pool));
    assert_int_equal(whens->nelts, 1);
    OK(scim_sync_google_schedule_put(database->db, "okta", "{}", &stored, database->pool));
    assert_int_equal(stored, 0);
}

static void test_what_is_due_is_asked_for_once(void **state)
{
    google_fake_t *fake = a_workspace(state);
    scim_sync_runtime_t *runtime = google_runtime(fake);
    apr_pool_t *p = google_database(fake)->pool;

    OK(scim_sync_google_due(runtime, p));
    assert_string_equal(runs(fake), "");
    has_run(fake, "done", 50);
    OK(scim_sync_google_due(runtime, p));
    assert_string_equal(runs(fake), "demand:done");
    put(fake, "{\"every\":{\"minutes\":45}}");
    OK(scim_sync_google_due(runtime, p));
    OK(scim_sync_google_due(runtime, p));
    assert_string_equal(runs(fake), "demand:done schedule:waiting");
}

static void test_many_that_were_missed_are_one(void **state)
{
    google_fake_t *fake = a_workspace(state);

    has_run(fake, "done", 60 * 24 * 30);
    google_has_user(fake, "100", "ann@example.com", 0);
    google_has_group(fake, "g1", "Staff");
    OK(scim_sync_google_due(google_runtime(fake), google_database(fake)->pool));
    google_work(fake);
    OK(scim_sync_google_due(google_runtime(fake), google_database(fake)->pool));
    google_work(fake);
    assert_string_equal(runs(fake), "demand:done schedule:done");
}

static void test_the_puller_asks_by_itself(void **state)
{
    google_fake_t *fake = a_workspace(state);

    google_has_user(fake, "100", "ann@example.com", 0);
    google_has_group(fake, "g1", "Staff");
    put(fake, "{\"every\":{\"hours\":1}}");
    google_work_for(fake, 40);
    assert_string_equal(runs(fake), "schedule:done");
}

static void test_who_is_not_connected_is_left_alone(void **state)
{
    google_fake_t *fake = a_workspace(state);
    const database_t *database = google_database(fake);

    has_run(fake, "done", 600);
    database_run(database->db, "UPDATE google SET state = 'reconnect', reason = 'demo'",
                 database->pool);
    OK(scim_sync_google_due(google_runtime(fake), database->pool));
    assert_string_equal(runs(fake), "demand:done");
}

static void test_the_newest_that_was_done_is_never_forgotten(void **state)
{
    google_fake_t *fake = a_workspace(state);
    const database_t *database = google_database(fake);
    scim_sync_google_run_t end = { .idp = "google", .state = SCIM_SYNC_RUN_FAILED };
    int first;

    has_run(fake, "done", 90);
    OK(scim_sync_db_begin(database->db, database->pool));
    for (int i = 0; i < SCIM_SYNC_RUNS_KEPT + 3; i++) {
        OK(scim_sync_google_run_ask(database->db, "google", SCIM_SYNC_RUN_SCHEDULE, NULL, 0,
                                    &end.id, &first, database->pool));
        OK(scim_sync_google_run_end(database->db, &end, database->pool));
    }
    OK(scim_sync_db_commit(database->db, database->pool));
    assert_int_equal(when_of(fake)->missed, SCIM_SYNC_RUNS_KEPT);
    assert_true(when_of(fake)->done > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_the_rows_say_how_it_stands),
        DATABASE_TESTS(test_others_have_none),
        DATABASE_TESTS(test_what_is_due_is_asked_for_once),
        DATABASE_TESTS(test_many_that_were_missed_are_one),
        DATABASE_TESTS(test_the_puller_asks_by_itself),
        DATABASE_TESTS(test_who_is_not_connected_is_left_alone),
        DATABASE_TESTS(test_the_newest_that_was_done_is_never_forgotten),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

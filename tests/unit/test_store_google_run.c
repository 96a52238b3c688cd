/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of a pull: one at a time for each IdP, and a history. */
#include <apr_strings.h>

#include "store.h"
#include "store/google_run.h"

static database_t *a_directory(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "google", "main", database->pool);
    store_idp(database->db, "other", "main", database->pool);
    return database;
}

static apr_int64_t ask(const database_t *database, const char *idp, int trust, int is_first)
{
    apr_int64_t id;
    int first;

    OK(scim_sync_google_run_ask(database->db, idp, SCIM_SYNC_RUN_DEMAND, "admin:jane", trust, &id,
                                &first, database->pool));
    assert_int_equal(first, is_first);
    return id;
}

static void end(const database_t *database, apr_int64_t id, const char *state, const char *detail)
{
    const scim_sync_google_run_t run = { .id = id,
                                         .idp = "google",
                                         .state = state,
                                         .detail = detail,
                                         .calls = 7,
                                         .counts = "{\"users\":{}}" };

    OK(scim_sync_google_run_end(database->db, &run, database->pool));
}

static scim_sync_google_run_t *load(const database_t *database, apr_int64_t id)
{
    scim_sync_google_run_t *run;

    OK(scim_sync_google_run_load(database->db, &run, "google", id, database->pool));
    assert_non_null(run);
    return run;
}

static void test_who_asks_while_one_is_open_is_served_by_that(void **state)
{
    database_t *database = a_directory(state);
    apr_int64_t id = ask(database, "google", 0, 1);

    assert_int_equal(ask(database, "google", 0, 0), id);
    assert_int_not_equal(ask(database, "other", 0, 1), id);
    assert_int_equal(load(database, id)->trust, 0);
    OK(scim_sync_google_run_start(database->db, id, database->pool));
    assert_int_equal(ask(database, "google", 1, 0), id);
    assert_int_equal(load(database, id)->trust, 1);
    assert_string_equal(load(database, id)->state, "running");
    end(database, id, SCIM_SYNC_RUN_DONE, NULL);
    assert_int_not_equal(ask(database, "google", 0, 1), id);
}

static void test_a_run_says_what_became_of_it(void **state)
{
    database_t *database = a_directory(state);
    scim_sync_google_run_t *run;
    apr_int64_t id = ask(database, "google", 0, 1);

    OK(scim_sync_google_run_start(database->db, id, database->pool));
    run = load(database, id);
    run->doing = "users";
    run->calls = 3;
    OK(scim_sync_google_run_tell(database->db, run, database->pool));
    run = load(database, id);
    assert_string_equal(run->doing, "users");
    assert_int_equal(run->calls, 3);
    assert_int_equal(run->ended, 0);
    /* Who ran it has died: it is begun anew. */
    OK(scim_sync_google_run_start(database->db, id, database->pool));
    assert_int_equal(load(database, id)->tries, 2);
    assert_int_equal(load(database, id)->calls, 0);
    end(database, id, SCIM_SYNC_RUN_FAILED, "Google did not answer");
    run = load(database, id);
    assert_string_equal(run->state, "failed");
    assert_string_equal(run->detail, "Google did not answer");
    assert_string_equal(run->who, "admin:jane");
    assert_string_equal(run->counts, "{\"users\":{}}");
    assert_null(run->doing);
    assert_int_equal(run->calls, 7);
    assert_true(run->ended >= run->started && run->started >= run->asked);
    /* What has ended does not start again. */
    OK(scim_sync_google_run_start(database->db, id, database->pool));
    assert_string_equal(load(database, id)->state, "failed");
    OK(scim_sync_google_run_load(database->db, &run, "other", id, database->pool));
    assert_null(run);
}

static void test_open_runs_and_the_history_are_listed(void **state)
{
    database_t *database = a_directory(state);
    apr_pool_t *p = database->pool;
    apr_array_header_t *runs;
    apr_int64_t ids[3];

    for (int i = 0; i < 3; i++) {
        ids[i] = ask(database, "google", 0, 1);
        if (i < 2) {
            end(database, ids[i], SCIM_SYNC_RUN_DONE, NULL);
        }
    }
    ask(database, "other", 0, 1);
    OK(scim_sync_google_run_open(database->db, &runs, p));
    assert_int_equal(runs->nelts, 2);
    assert_int_equal(APR_ARRAY_IDX(runs, 0, scim_sync_google_run_t *)->id, ids[2]);
    OK(scim_sync_google_run_list(database->db, &runs, "google", 0, 2, p));
    assert_int_equal(runs->nelts, 2);
    assert_int_equal(APR_ARRAY_IDX(runs, 1, scim_sync_google_run_t *)->id, ids[1]);
    OK(scim_sync_google_run_list(database->db, &runs, "google", ids[1], 2, p));
    assert_int_equal(runs->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(runs, 0, scim_sync_google_run_t *)->id, ids[0]);
}

static void test_very_old_runs_are_forgotten(void **state)
{
    database_t *database = a_directory(state);

    for (int i = 0; i < SCIM_SYNC_RUNS_KEPT + 5; i++) {
        end(database, ask(database, "google", 0, 1), SCIM_SYNC_RUN_DONE, NULL);
    }
    assert_int_equal(database_number(database->db, "SELECT COUNT(*) FROM google_run",
                                     database->pool),
                     SCIM_SYNC_RUNS_KEPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_who_asks_while_one_is_open_is_served_by_that),
        DATABASE_TESTS(test_a_run_says_what_became_of_it),
        DATABASE_TESTS(test_open_runs_and_the_history_are_listed),
        DATABASE_TESTS(test_very_old_runs_are_forgotten),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

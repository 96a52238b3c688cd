/* SPDX-License-Identifier: Apache-2.0 */
/* store/google: how an IdP is connected, who asks for a token, and whose answer counts. */
#include "store.h"

#include "store/config.h"
#include "store/google.h"

/* The test's database with the IdP "ws", which was made and not connected. */
static database_t *made(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    const scim_sync_idp_t idp = { .name = "ws",
                                  .provider = "google",
                                  .kind = SCIM_SYNC_KIND_GOOGLE,
                                  .mode = "users",
                                  .state = "live",
                                  .sites = store_sites("main", p) };
    int stored;

    OK(scim_sync_idp_insert(database->db, &idp, &stored, p));
    OK(scim_sync_google_insert(database->db, "ws", p));
    return database;
}

static scim_sync_google_idp_t *load(const database_t *database)
{
    scim_sync_google_idp_t *google;

    OK(scim_sync_google_load(database->db, &google, "ws", database->pool));
    assert_non_null(google);
    return google;
}

static int connect_as(const database_t *database, scim_sync_google_idp_t *google)
{
    int stored;

    google->way = SCIM_SYNC_GOOGLE_BROWSER;
    google->who = "admin@example.com";
    google->domain = "example.com";
    google->scopes = "demo-scope";
    google->refresh_token = "demo-refresh";
    google->access_token = "demo-access";
    google->access_left = 3600000;
    OK(scim_sync_google_connect(database->db, google, &stored, database->pool));
    return stored;
}

/* ... and connected. */
static database_t *connected(void **state)
{
    database_t *database = made(state);

    assert_true(connect_as(database, load(database)));
    return database;
}

static int claim(const database_t *database, const scim_sync_google_idp_t *google)
{
    int mine;

    OK(scim_sync_google_claim(database->db, "ws", google->generation, 15000, &mine,
                              database->pool));
    return mine;
}

static int refresh(const database_t *database, const scim_sync_google_idp_t *google,
                   const char *access, const char *another)
{
    int stored;

    OK(scim_sync_google_refreshed(database->db, "ws", google->generation, access, 3600000, another,
                                  &stored, database->pool));
    return stored;
}

static int lose(const database_t *database, const scim_sync_google_idp_t *google)
{
    int first;

    OK(scim_sync_google_lose(database->db, "ws", google->generation, "revoked", &first,
                             database->pool));
    return first;
}

static void test_what_kind_an_idp_is(void **state)
{
    database_t *database = made(state);
    apr_pool_t *p = database->pool;
    scim_sync_google_idp_t *google;
    scim_sync_idp_t *idp;

    store_idp(database->db, "okta", "main", p);
    OK(scim_sync_idp_load(database->db, &idp, "okta", p));
    assert_string_equal(idp->kind, SCIM_SYNC_KIND_SCIM);
    OK(scim_sync_idp_load(database->db, &idp, "ws", p));
    assert_string_equal(idp->kind, SCIM_SYNC_KIND_GOOGLE);
    OK(scim_sync_google_load(database->db, &google, "okta", p));
    assert_null(google);
}

static void test_one_that_is_new(void **state)
{
    const scim_sync_google_idp_t *google = load(made(state));

    assert_string_equal(google->settings, "{}");
    assert_string_equal(google->state, SCIM_SYNC_GOOGLE_NONE);
    assert_null(google->client_secret);
    assert_null(google->way);
    assert_int_equal(google->access_left, 0);
}

static void test_settings_are_put_over_those_that_were_read(void **state)
{
    database_t *database = made(state);
    scim_sync_google_idp_t *mine = load(database);
    scim_sync_google_idp_t *others = load(database);
    int stored;

    mine->settings = "{\"clientId\":\"a\"}";
    mine->client_secret = "demo-secret";
    OK(scim_sync_google_put(database->db, mine, &stored, database->pool));
    assert_true(stored);
    others->settings = "{\"clientId\":\"b\"}";
    OK(scim_sync_google_put(database->db, others, &stored, database->pool));
    assert_false(stored);
    mine = load(database);
    assert_string_equal(mine->settings, "{\"clientId\":\"a\"}");
    assert_string_equal(mine->client_secret, "demo-secret");
    assert_null(mine->service_key);
}

static void test_it_is_connected(void **state)
{
    const scim_sync_google_idp_t *google = load(connected(state));

    assert_string_equal(google->state, SCIM_SYNC_GOOGLE_CONNECTED);
    assert_string_equal(google->way, SCIM_SYNC_GOOGLE_BROWSER);
    assert_string_equal(google->who, "admin@example.com");
    assert_string_equal(google->domain, "example.com");
    assert_string_equal(google->scopes, "demo-scope");
    assert_string_equal(google->refresh_token, "demo-refresh");
    assert_string_equal(google->access_token, "demo-access");
    assert_in_range(google->access_left, 3500000, 3600000);
    assert_int_equal(google->ask_in, 0);
}

/* Two administrators at once, or new settings while the browser was at Google's. */
static void test_what_changed_meanwhile_is_not_connected(void **state)
{
    database_t *database = made(state);
    scim_sync_google_idp_t *slow = load(database);
    scim_sync_google_idp_t *slower = load(database);
    int stored;

    OK(scim_sync_google_put(database->db, load(database), &stored, database->pool));
    assert_false(connect_as(database, slow));
    assert_true(connect_as(database, load(database)));
    assert_false(connect_as(database, slower));
}

static void test_one_asks_at_a_time(void **state)
{
    database_t *database = connected(state);
    const scim_sync_google_idp_t *google = load(database);

    assert_true(claim(database, google));
    assert_false(claim(database, google));
    assert_in_range(load(database)->ask_in, 1, 15000);
    assert_true(refresh(database, google, "demo-second", NULL));
    assert_false(claim(database, google));
    google = load(database);
    assert_string_equal(google->access_token, "demo-second");
    assert_string_equal(google->refresh_token, "demo-refresh");
    assert_true(claim(database, google));
    assert_true(refresh(database, google, "demo-third", "demo-other"));
    assert_string_equal(load(database)->refresh_token, "demo-other");
}

/* The hour may be over while an administrator is at Google's. */
static void test_another_access_token_does_not_hinder_connecting(void **state)
{
    database_t *database = connected(state);
    scim_sync_google_idp_t *before = load(database);

    assert_true(refresh(database, before, "demo-second", NULL));
    assert_true(connect_as(database, before));
    assert_string_equal(load(database)->access_token, "demo-access");
}

static void test_one_who_dies_while_asking_is_followed(void **state)
{
    database_t *database = connected(state);
    const scim_sync_google_idp_t *google = load(database);

    assert_true(claim(database, google));
    database_run(database->db, "UPDATE google SET ask_at = {now}", database->pool);
    assert_true(claim(database, google));
}

static void test_after_no_answer_nobody_asks_for_a_while(void **state)
{
    database_t *database = connected(state);
    const scim_sync_google_idp_t *google = load(database);

    assert_true(claim(database, google));
    OK(scim_sync_google_put_off(database->db, "ws", google->generation, 60000, "down",
                                database->pool));
    assert_string_equal(load(database)->reason, "down");
    assert_false(claim(database, google));
    assert_in_range(load(database)->ask_in, 50000, 60000);
    OK(scim_sync_google_put_off(database->db, "ws", google->generation, 0, "down", database->pool));
    assert_true(claim(database, google));
    assert_true(refresh(database, google, "demo-second", NULL));
    assert_null(load(database)->reason);
}

static void test_it_is_lost_once_and_says_why(void **state)
{
    database_t *database = connected(state);
    const scim_sync_google_idp_t *google = load(database);
    apr_array_header_t *lost;

    OK(scim_sync_google_list_lost(database->db, &lost, database->pool));
    assert_int_equal(lost->nelts, 0);
    assert_true(lose(database, google));
    assert_false(lose(database, google));
    assert_false(refresh(database, google, "demo-late", NULL));
    google = load(database);
    assert_string_equal(google->state, SCIM_SYNC_GOOGLE_RECONNECT);
    assert_string_equal(google->reason, "revoked");
    assert_null(google->access_token);
    assert_false(claim(database, google));
    OK(scim_sync_google_list_lost(database->db, &lost, database->pool));
    assert_int_equal(lost->nelts, 1);
    assert_true(connect_as(database, load(database)));
    assert_null(load(database)->reason);
}

/* An old answer says nothing about a new connection. */
static void test_an_answer_that_is_late_changes_nothing(void **state)
{
    database_t *database = connected(state);
    const scim_sync_google_idp_t *before = load(database);

    assert_true(connect_as(database, load(database)));
    assert_false(lose(database, before));
    assert_false(refresh(database, before, "demo-late", NULL));
    assert_string_equal(load(database)->access_token, "demo-access");
}

static void test_it_is_disconnected(void **state)
{
    database_t *database = connected(state);
    const scim_sync_google_idp_t *before = load(database);
    const scim_sync_google_idp_t *google;

    OK(scim_sync_google_disconnect(database->db, "ws", database->pool));
    assert_false(refresh(database, before, "demo-late", NULL));
    google = load(database);
    assert_string_equal(google->state, SCIM_SYNC_GOOGLE_NONE);
    assert_null(google->refresh_token);
    assert_null(google->access_token);
    assert_string_equal(google->domain, "example.com");
}

static int warn(const database_t *database, const scim_sync_google_idp_t *google, int urgency)
{
    int first;

    OK(scim_sync_google_warn(database->db, google, urgency, &first, database->pool));
    return first;
}

/* One warning of each urgency, and anew of another end. */
static void test_of_its_end_is_warned_once(void **state)
{
    database_t *database = connected(state);
    scim_sync_google_idp_t *google = load(database);
    apr_array_header_t *ending;

    OK(scim_sync_google_list_ending(database->db, &ending, database->pool));
    assert_int_equal(ending->nelts, 0);
    google->refresh_until = 1900000000000;
    assert_true(connect_as(database, google));
    OK(scim_sync_google_list_ending(database->db, &ending, database->pool));
    assert_int_equal(ending->nelts, 1);
    google = APR_ARRAY_IDX(ending, 0, scim_sync_google_idp_t *);
    assert_int_equal(google->refresh_until, 1900000000000);
    assert_true(warn(database, google, 2));
    assert_false(warn(database, google, 2));
    assert_int_equal(load(database)->warned, 2);
    assert_true(connect_as(database, load(database)));
    assert_int_equal(load(database)->warned, 0);
    assert_true(lose(database, load(database)));
    OK(scim_sync_google_list_ending(database->db, &ending, database->pool));
    assert_int_equal(ending->nelts, 0);
}

static int use(const database_t *database, const char *state, apr_int64_t until)
{
    int first;

    OK(scim_sync_google_use_attempt(database->db, state, until, &first, database->pool));
    return first;
}

static void test_an_attempt_is_used_once(void **state)
{
    database_t *database = made(state);
    apr_int64_t now = database_number(database->db, "SELECT {now}", database->pool);

    assert_true(use(database, "a", now + 600000));
    assert_false(use(database, "a", now + 600000));
    assert_true(use(database, "b", now - 1000));
    assert_true(use(database, "c", now + 600000));
    assert_int_equal(
        database_number(database->db, "SELECT COUNT(*) FROM google_attempt", database->pool), 2);
}

static void test_nothing_is_left_of_an_idp_that_is_deleted(void **state)
{
    database_t *database = connected(state);

    OK(scim_sync_idp_delete(database->db, "ws", 0, database->pool));
    assert_int_equal(database_number(database->db, "SELECT COUNT(*) FROM google", database->pool),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_what_kind_an_idp_is),
        DATABASE_TESTS(test_one_that_is_new),
        DATABASE_TESTS(test_settings_are_put_over_those_that_were_read),
        DATABASE_TESTS(test_it_is_connected),
        DATABASE_TESTS(test_what_changed_meanwhile_is_not_connected),
        DATABASE_TESTS(test_one_asks_at_a_time),
        DATABASE_TESTS(test_another_access_token_does_not_hinder_connecting),
        DATABASE_TESTS(test_one_who_dies_while_asking_is_followed),
        DATABASE_TESTS(test_after_no_answer_nobody_asks_for_a_while),
        DATABASE_TESTS(test_it_is_lost_once_and_says_why),
        DATABASE_TESTS(test_an_answer_that_is_late_changes_nothing),
        DATABASE_TESTS(test_it_is_disconnected),
        DATABASE_TESTS(test_of_its_end_is_warned_once),
        DATABASE_TESTS(test_an_attempt_is_used_once),
        DATABASE_TESTS(test_nothing_is_left_of_an_idp_that_is_deleted),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

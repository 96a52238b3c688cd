/* SPDX-License-Identifier: Apache-2.0 */
/* store/google_channel: channels, what is heard of them, and how it stands with them. */
#include "store.h"

#include "store/config.h"
#include "store/google.h"
#include "store/google_channel.h"
#include "store/google_run.h"

/* The test's database with the IdP "ws" and the channels "a" and "b". */
static database_t *made(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    static const char *const ids[] = { "a", "b" };

    store_idp(database->db, "ws", "main", p);
    OK(scim_sync_google_insert(database->db, "ws", p));
    for (int i = 0; i < 2; i++) {
        const scim_sync_channel_t channel = { .id = ids[i],
                                              .idp = "ws",
                                              .event = "add",
                                              .address = "https://sync.example.com/push",
                                              .hash = "demo-hash" };

        OK(scim_sync_channel_add(database->db, &channel, p));
    }
    return database;
}

static scim_sync_channel_t *find(const database_t *database, const char *id, int is_served)
{
    scim_sync_channel_t *channel;
    int served;

    OK(scim_sync_channel_find(database->db, &channel, &served, id, database->pool));
    assert_int_equal(served, is_served);
    return channel;
}

static scim_sync_push_t *push_of(const database_t *database)
{
    scim_sync_push_t *push;

    OK(scim_sync_push_load(database->db, &push, "ws", database->pool));
    assert_non_null(push);
    return push;
}

static int count(const database_t *database)
{
    apr_array_header_t *channels;

    OK(scim_sync_channel_list(database->db, &channels, "ws", database->pool));
    return channels->nelts;
}

static void test_a_channel_is_found_as_it_was_made(void **state)
{
    database_t *database = made(state);
    scim_sync_channel_t *channel = find(database, "a", 0);

    assert_string_equal(channel->idp, "ws");
    assert_string_equal(channel->event, "add");
    assert_string_equal(channel->address, "https://sync.example.com/push");
    assert_string_equal(channel->hash, "demo-hash");
    assert_null(channel->resource_id);
    assert_int_equal(channel->expires + channel->number, 0);
    assert_true(channel->made > 0);
    OK(scim_sync_channel_open(database->db, "a", "demo-resource", 7000, database->pool));
    channel = find(database, "a", 0);
    assert_string_equal(channel->resource_id, "demo-resource");
    assert_int_equal(channel->expires, 7000);
    assert_null(find(database, "c", 0));
}

static void test_a_message_counts_once(void **state)
{
    database_t *database = made(state);
    int news;

    OK(scim_sync_channel_hear(database->db, find(database, "a", 0), 5, &news, database->pool));
    assert_int_equal(news, 1);
    assert_true(push_of(database)->hinted > 0);
    assert_int_equal(find(database, "a", 1)->number, 5);
    OK(scim_sync_channel_hear(database->db, find(database, "a", 1), 5, &news, database->pool));
    assert_int_equal(news, 0);
    OK(scim_sync_channel_hear(database->db, find(database, "a", 1), 4, &news, database->pool));
    assert_int_equal(news, 0);
    OK(scim_sync_channel_hear(database->db, find(database, "b", 1), 4, &news, database->pool));
    assert_int_equal(news, 1);
}

static void test_what_began_after_a_message_serves_it(void **state)
{
    database_t *database = made(state);
    apr_pool_t *p = database->pool;
    apr_int64_t id;
    int first;
    int news;

    OK(scim_sync_channel_hear(database->db, find(database, "a", 0), 5, &news, p));
    OK(scim_sync_google_run_ask(database->db, "ws", SCIM_SYNC_RUN_PUSH, NULL, 0, &id, &first, p));
    find(database, "a", 1);
    OK(scim_sync_google_run_start(database->db, id, p));
    find(database, "a", 0);
}

static void test_one_works_on_them_at_a_time(void **state)
{
    database_t *database = made(state);
    apr_pool_t *p = database->pool;
    int mine;

    OK(scim_sync_push_claim(database->db, "ws", 60000, &mine, p));
    assert_int_equal(mine, 1);
    OK(scim_sync_push_claim(database->db, "ws", 60000, &mine, p));
    assert_int_equal(mine, 0);
    OK(scim_sync_push_give_back(database->db, "ws", p));
    OK(scim_sync_push_claim(database->db, "ws", 60000, &mine, p));
    assert_int_equal(mine, 1);
}

static void test_a_failure_is_news_once(void **state)
{
    database_t *database = made(state);
    apr_pool_t *p = database->pool;
    apr_int64_t since;
    int first;

    assert_int_equal(push_of(database)->since, 0);
    OK(scim_sync_push_tell(database->db, "ws", "no", 1000, &first, p));
    assert_int_equal(first, 1);
    since = push_of(database)->since;
    assert_true(since > 0);
    OK(scim_sync_push_tell(database->db, "ws", "still no", 5000, &first, p));
    assert_int_equal(first, 0);
    assert_int_equal(push_of(database)->failures, 2);
    assert_string_equal(push_of(database)->detail, "still no");
    assert_true(push_of(database)->since == since);
    assert_true(push_of(database)->ask_at > push_of(database)->now);
    OK(scim_sync_push_tell(database->db, "ws", NULL, 0, &first, p));
    assert_int_equal(first, 1);
    assert_int_equal(push_of(database)->failures, 0);
    assert_null(push_of(database)->detail);
    OK(scim_sync_push_tell(database->db, "ws", NULL, 0, &first, p));
    assert_int_equal(first, 0);
    OK(scim_sync_push_tell(database->db, "ws", "no", 1000, &first, p));
    OK(scim_sync_push_reset(database->db, "ws", p));
    assert_int_equal(push_of(database)->failures + push_of(database)->ask_at, 0);
}

static void test_they_end_with_the_connection_and_with_the_idp(void **state)
{
    database_t *database = made(state);
    apr_pool_t *p = database->pool;

    assert_int_equal(count(database), 2);
    OK(scim_sync_channel_drop(database->db, "a", p));
    assert_int_equal(count(database), 1);
    OK(scim_sync_google_disconnect(database->db, "ws", p));
    assert_int_equal(count(database), 0);
    OK(scim_sync_channel_add(database->db,
                             &(scim_sync_channel_t) { "c", "ws", "add", "https://demo/", "h" }, p));
    OK(scim_sync_idp_delete(database->db, "ws", 1, p));
    assert_int_equal(count(database), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_channel_is_found_as_it_was_made),
        DATABASE_TESTS(test_a_message_counts_once),
        DATABASE_TESTS(test_what_began_after_a_message_serves_it),
        DATABASE_TESTS(test_one_works_on_them_at_a_time),
        DATABASE_TESTS(test_a_failure_is_news_once),
        DATABASE_TESTS(test_they_end_with_the_connection_and_with_the_idp),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

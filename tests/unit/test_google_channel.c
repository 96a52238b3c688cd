/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done about channels, from what there are. */
#include <string.h>

#include "sync/google_channel.h"
#include "unit.h"

#define NOW    APR_INT64_C(1800000000000)
#define MINUTE APR_INT64_C(60000)
#define HERE   "https://sync.example.com/push"

static apr_array_header_t *none(apr_pool_t *p)
{
    return apr_array_make(p, 8, sizeof(scim_sync_channel_t *));
}

/* One that was made so many minutes ago, for so many. */
static scim_sync_channel_t *add(apr_array_header_t *channels, const char *id, const char *event,
                                int made, int life, apr_pool_t *p)
{
    scim_sync_channel_t *channel = apr_pcalloc(p, sizeof(*channel));

    channel->id = id;
    channel->event = event;
    channel->address = HERE;
    channel->resource_id = "demo-resource";
    channel->made = NOW - made * MINUTE;
    channel->expires = channel->made + life * MINUTE;
    APR_ARRAY_PUSH(channels, scim_sync_channel_t *) = channel;
    return channel;
}

static apr_array_header_t *all(int made, int life, apr_pool_t *p)
{
    apr_array_header_t *channels = none(p);

    add(channels, "a", "add", made, life, p);
    add(channels, "b", "delete", made, life, p);
    add(channels, "c", "update", made, life, p);
    add(channels, "d", "undelete", made, life, p);
    return channels;
}

static const char *next_of(const apr_array_header_t *channels, const char *address,
                           apr_int64_t since, scim_sync_channel_step_t *step)
{
    scim_sync_google_channel_next(step, channels, address, since, NOW);
    switch (step->act) {
    case SCIM_SYNC_CHANNEL_OPEN:
        return step->event;
    case SCIM_SYNC_CHANNEL_STOP:
        return step->channel->id;
    case SCIM_SYNC_CHANNEL_FORGET:
        return "forget";
    case SCIM_SYNC_CHANNEL_REST:
        break;
    }
    return "rest";
}

static const char *next(const apr_array_header_t *channels)
{
    scim_sync_channel_step_t step;

    return next_of(channels, HERE, NOW - 1000 * MINUTE, &step);
}

static void test_there_is_one_for_each_kind_of_change(void **state)
{
    apr_array_header_t *channels = none(*state);
    scim_sync_channel_step_t step;

    assert_string_equal(next(channels), "add");
    add(channels, "a", "add", 1, 360, *state);
    assert_string_equal(next(channels), "delete");
    add(channels, "b", "delete", 1, 360, *state);
    assert_string_equal(next(channels), "update");
    add(channels, "c", "update", 1, 360, *state);
    assert_string_equal(next(channels), "undelete");
    assert_int_equal(scim_sync_google_channel_works(channels, HERE, NOW - 9 * MINUTE, NOW), 3);
    add(channels, "d", "undelete", 1, 360, *state);
    assert_string_equal(next_of(channels, HERE, NOW - 9 * MINUTE, &step), "rest");
    assert_int_equal(scim_sync_google_channel_works(channels, HERE, NOW - 9 * MINUTE, NOW),
                     scim_sync_google_channel_events());
    assert_true(step.at == NOW + (270 - 1) * MINUTE);
}

static void test_it_is_replaced_before_it_ends_and_stopped_after_that(void **state)
{
    apr_array_header_t *channels = all(200, 360, *state);

    assert_string_equal(next(channels), "rest");
    channels = all(280, 360, *state);
    assert_string_equal(next(channels), "add");
    add(channels, "a2", "add", 0, 360, *state);
    assert_string_equal(next(channels), "delete");
    add(channels, "b2", "delete", 0, 360, *state);
    add(channels, "c2", "update", 0, 360, *state);
    add(channels, "d2", "undelete", 0, 360, *state);
    assert_string_equal(next(channels), "a");
}

static void test_a_short_life_is_no_reason_to_ask_all_the_time(void **state)
{
    apr_array_header_t *channels = all(1, 2, *state);

    APR_ARRAY_IDX(channels, 0, scim_sync_channel_t *)->made = NOW - MINUTE / 2;
    APR_ARRAY_IDX(channels, 0, scim_sync_channel_t *)->expires = NOW + MINUTE / 60;
    assert_string_equal(next(channels), "rest");
}

static void test_one_that_has_ended_is_forgotten(void **state)
{
    apr_array_header_t *channels = all(10, 360, *state);

    add(channels, "e", "add", 400, 360, *state);
    assert_string_equal(next(channels), "forget");
    /* Nobody knows what Google would have answered. */
    channels = all(10, 360, *state);
    add(channels, "e", "add", 16, 360, *state)->resource_id = NULL;
    assert_string_equal(next(channels), "forget");
    channels = all(10, 360, *state);
    add(channels, "e", "add", 14, 360, *state)->resource_id = NULL;
    assert_string_equal(next(channels), "rest");
}

static void test_another_address_or_connection_has_its_own(void **state)
{
    apr_array_header_t *channels = all(10, 360, *state);
    scim_sync_channel_step_t step;

    assert_string_equal(next_of(channels, "https://other.example.com/", NOW - 20 * MINUTE, &step),
                        "add");
    assert_string_equal(next_of(channels, HERE, NOW - 5 * MINUTE, &step), "add");
    add(channels, "a2", "add", 1, 360, *state);
    add(channels, "b2", "delete", 1, 360, *state);
    add(channels, "c2", "update", 1, 360, *state);
    add(channels, "d2", "undelete", 1, 360, *state);
    assert_string_equal(next_of(channels, HERE, NOW - 5 * MINUTE, &step), "a");
}

static void test_switched_off_they_are_stopped(void **state)
{
    apr_array_header_t *channels = all(10, 360, *state);
    scim_sync_channel_step_t step;

    assert_string_equal(next_of(channels, NULL, NOW - 20 * MINUTE, &step), "a");
    /* Without a connection nothing can be asked; they end by themselves. */
    assert_string_equal(next_of(channels, HERE, 0, &step), "rest");
    assert_true(step.at == NOW + 350 * MINUTE);
    assert_string_equal(next_of(none(*state), NULL, NOW, &step), "rest");
    assert_int_equal(step.at, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_there_is_one_for_each_kind_of_change),
        UNIT_TEST(test_it_is_replaced_before_it_ends_and_stopped_after_that),
        UNIT_TEST(test_a_short_life_is_no_reason_to_ask_all_the_time),
        UNIT_TEST(test_one_that_has_ended_is_forgotten),
        UNIT_TEST(test_another_address_or_connection_has_its_own),
        UNIT_TEST(test_switched_off_they_are_stopped),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

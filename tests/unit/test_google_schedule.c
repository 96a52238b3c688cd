/* SPDX-License-Identifier: Apache-2.0 */
/* When a directory is pulled: what may be set, the clock on the wall, and which pull is next. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "store/google.h"
#include "store/google_run.h"
#include "sync/google_schedule.h"
#include "unit.h"

#define MINUTE SCIM_SYNC_GOOGLE_MINUTE
#define HOUR   SCIM_SYNC_GOOGLE_HOUR

static const char *read_text(const char *text, scim_sync_google_schedule_t *schedule, apr_pool_t *p)
{
    const char *why;
    json_t *json;

    assert_int_equal(scim_sync_json_parse(&json, text, strlen(text), 8, &why, p), APR_SUCCESS);
    return scim_sync_google_schedule_read(schedule, json, p);
}

static void check_kept(const char *told, const char *shown, apr_pool_t *p)
{
    scim_sync_google_schedule_t schedule;
    const char *wrong = read_text(told, &schedule, p);

    if (wrong) {
        fail_msg("%s: %s", told, wrong);
    }
    assert_string_equal(
        scim_sync_json_text(scim_sync_json_own(scim_sync_google_schedule_json(&schedule), p), NULL,
                            p),
        shown);
    /* What is stored is read back. */
    scim_sync_google_schedule_parse(&schedule, shown, p);
    assert_string_equal(
        scim_sync_json_text(scim_sync_json_own(scim_sync_google_schedule_json(&schedule), p), NULL,
                            p),
        shown);
}

static void test_what_may_be_set(void **state)
{
    apr_pool_t *p = *state;

    check_kept("{}", "{\"every\":null,\"dailyAt\":null,\"push\":null}", p);
    check_kept("{\"every\":{\"minutes\":30}}",
               "{\"every\":{\"minutes\":30},\"dailyAt\":null,\"push\":null}", p);
    check_kept("{\"every\":{\"minutes\":120},\"dailyAt\":null}",
               "{\"every\":{\"hours\":2},\"dailyAt\":null,\"push\":null}", p);
    check_kept("{\"every\":{\"minutes\":5}}",
               "{\"every\":{\"minutes\":5},\"dailyAt\":null,\"push\":null}", p);
    check_kept("{\"every\":{\"hours\":168}}",
               "{\"every\":{\"hours\":168},\"dailyAt\":null,\"push\":null}", p);
    check_kept("{\"dailyAt\":\"03:30\"}", "{\"every\":null,\"dailyAt\":\"03:30\",\"push\":null}",
               p);
    check_kept("{\"dailyAt\":\"00:00\",\"push\":{\"address\":\"https://sync.example.com/push\"}}",
               "{\"every\":null,\"dailyAt\":\"00:00\",\"push\":{\"address\":"
               "\"https://sync.example.com/push\",\"atMostEvery\":{\"minutes\":5}}}",
               p);
    check_kept("{\"push\":{\"address\":\"https://sync.example.com/push\",\"atMostEvery\":"
               "{\"minutes\":1}}}",
               "{\"every\":null,\"dailyAt\":null,\"push\":{\"address\":"
               "\"https://sync.example.com/push\",\"atMostEvery\":{\"minutes\":1}}}",
               p);
}

static void test_what_may_not(void **state)
{
    static const char *const wrong[] = {
        "{\"often\":true}",
        "{\"every\":30}",
        "{\"every\":{}}",
        "{\"every\":{\"minutes\":4}}",
        "{\"every\":{\"minutes\":5.5}}",
        "{\"every\":{\"minutes\":\"30\"}}",
        "{\"every\":{\"minutes\":-30}}",
        "{\"every\":{\"minutes\":10081}}",
        "{\"every\":{\"hours\":169}}",
        "{\"every\":{\"hours\":9223372036854775807}}",
        "{\"every\":{\"days\":1}}",
        "{\"every\":{\"minutes\":30,\"hours\":1}}",
        "{\"every\":{\"hours\":1},\"dailyAt\":\"03:30\"}",
        "{\"dailyAt\":\"3:30\"}",
        "{\"dailyAt\":\"24:00\"}",
        "{\"dailyAt\":\"12:60\"}",
        "{\"dailyAt\":\"12:3a\"}",
        "{\"dailyAt\":\"-1:30\"}",
        "{\"dailyAt\":330}",
        "{\"push\":true}",
        "{\"push\":{}}",
        "{\"push\":{\"address\":\"http://sync.example.com/push\"}}",
        "{\"push\":{\"address\":\"https://sync.example.com/push?token=x\"}}",
        "{\"push\":{\"address\":\"https://sync.example.com/push\",\"atMostEvery\":{\"hours\":25}}}",
        "{\"push\":{\"address\":\"https://sync.example.com/push\",\"often\":1}}",
    };
    scim_sync_google_schedule_t schedule;
    apr_size_t i;

    for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        if (!read_text(wrong[i], &schedule, *state)) {
            fail_msg("%s was taken", wrong[i]);
        }
    }
}

static void test_nothing_set_and_nonsense_are_every_hour(void **state)
{
    static const char *const texts[] = { NULL, "{", "[]", "{\"every\":{\"minutes\":1}}" };
    scim_sync_google_schedule_t schedule;
    apr_size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        scim_sync_google_schedule_parse(&schedule, texts[i], *state);
        assert_int_equal(schedule.every, HOUR);
        assert_int_equal(schedule.daily_at, -1);
        assert_null(schedule.push);
    }
}

/* ---- the clock on the wall ---- */

static apr_int64_t at(const char *text)
{
    apr_int64_t ms;

    assert_int_equal(scim_sync_time_parse(&ms, text), APR_SUCCESS);
    return ms;
}

static void live_in(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void check_daily(const char *after, int minutes, const char *next, apr_pool_t *p)
{
    assert_string_equal(scim_sync_time_text(scim_sync_google_schedule_daily(at(after), minutes), p),
                        next);
}

static void test_daily_at_is_by_the_clock_of_this_server(void **state)
{
    apr_pool_t *p = *state;

    live_in("Europe/Berlin");
    check_daily("2026-01-10T02:29:59Z", 210, "2026-01-10T02:30:00.000Z", p);
    check_daily("2026-01-10T02:30:00Z", 210, "2026-01-11T02:30:00.000Z", p);
    check_daily("2026-07-10T00:00:00Z", 210, "2026-07-10T01:30:00.000Z", p);
    check_daily("2026-12-31T23:30:00Z", 0, "2027-01-01T23:00:00.000Z", p);
    check_daily("2026-02-28T23:30:00Z", 23 * 60, "2026-03-01T22:00:00.000Z", p);
    assert_string_equal(scim_sync_google_schedule_zone(at("2026-01-10T02:30:00Z"), p), "+01:00");
    assert_string_equal(scim_sync_google_schedule_zone(at("2026-07-10T02:30:00Z"), p), "+02:00");
    live_in("UTC");
    check_daily("2026-07-10T03:29:00Z", 210, "2026-07-10T03:30:00.000Z", p);
    live_in("America/St_Johns");
    assert_string_equal(scim_sync_google_schedule_zone(at("2026-01-10T02:30:00Z"), p), "-03:30");
}

static void test_when_summer_time_begins_no_day_is_left_out(void **state)
{
    apr_pool_t *p = *state;

    /* At 01:00 UTC of the 29th of March 02:00 becomes 03:00. */
    live_in("Europe/Berlin");
    check_daily("2026-03-28T01:30:00Z", 150, "2026-03-29T01:30:00.000Z", p);
    check_daily("2026-03-29T01:30:00Z", 150, "2026-03-30T00:30:00.000Z", p);
    check_daily("2026-03-28T12:00:00Z", 210, "2026-03-29T01:30:00.000Z", p);
    /* Where midnight itself is left out. */
    live_in("America/Asuncion");
    check_daily("2023-09-30T12:00:00Z", 0, "2023-10-01T04:00:00.000Z", p);
    check_daily("2023-10-01T04:00:00Z", 0, "2023-10-02T03:00:00.000Z", p);
}

static void test_when_it_ends_no_day_comes_twice(void **state)
{
    apr_pool_t *p = *state;

    /* At 01:00 UTC of the 25th of October 03:00 becomes 02:00. */
    live_in("Europe/Berlin");
    check_daily("2026-10-24T12:00:00Z", 150, "2026-10-25T00:30:00.000Z", p);
    check_daily("2026-10-25T00:30:00Z", 150, "2026-10-26T01:30:00.000Z", p);
    check_daily("2026-10-25T01:10:00Z", 150, "2026-10-26T01:30:00.000Z", p);
    /* By half an hour only. */
    live_in("Australia/Lord_Howe");
    check_daily("2026-04-04T12:00:00Z", 105, "2026-04-04T14:45:00.000Z", p);
    check_daily("2026-04-04T14:45:00Z", 105, "2026-04-05T15:15:00.000Z", p);
}

/* ---- the next one ---- */

#define NOW APR_INT64_C(1800000000000)

/* An IdP that is connected since long, whose last pull was done ten minutes ago. */
static scim_sync_google_when_t pulled(const char *schedule)
{
    return (scim_sync_google_when_t) { .idp = "ws",
                                       .connection = SCIM_SYNC_GOOGLE_CONNECTED,
                                       .since = NOW - 100 * HOUR,
                                       .schedule = schedule,
                                       .scheduled = schedule ? NOW - 90 * HOUR : 0,
                                       .now = NOW,
                                       .last = 7,
                                       .last_state = SCIM_SYNC_RUN_DONE,
                                       .last_asked = NOW - 10 * MINUTE,
                                       .last_ended = NOW - 9 * MINUTE,
                                       .done = 7,
                                       .done_started = NOW - 10 * MINUTE,
                                       .done_ended = NOW - 9 * MINUTE };
}

static scim_sync_google_when_t ended(const char *schedule, const char *how, int missed)
{
    scim_sync_google_when_t when = pulled(schedule);

    when.last = 7 + missed;
    when.last_state = how;
    when.missed = missed;
    when.done_started -= 5 * HOUR;
    when.done_ended -= 5 * HOUR;
    return when;
}

/* Minutes from now; -1: none. */
static long next_in(const scim_sync_google_when_t *when, const char *cause, apr_pool_t *p)
{
    scim_sync_google_next_t next;

    scim_sync_google_schedule_next(&next, when, p);
    if (!next.at) {
        assert_null(next.cause);
        assert_non_null(next.why);
        return -1;
    }
    assert_string_equal(next.cause, cause);
    return (long)((next.at - NOW) / MINUTE);
}

#define EVERY_30 "{\"every\":{\"minutes\":30}}"
#define EVERY_6  "{\"every\":{\"hours\":6}}"
#define DAILY    "{\"dailyAt\":\"03:30\"}"
#define PUSHED   "{\"push\":{\"address\":\"https://sync.example.com/push\"}}"

static void check_none(const scim_sync_google_when_t *when, const char *why, apr_pool_t *p)
{
    scim_sync_google_next_t next;

    scim_sync_google_schedule_next(&next, when, p);
    assert_int_equal(next.at, 0);
    assert_non_null(next.why);
    if (!strstr(next.why, why)) {
        fail_msg("\"%s\" is not in \"%s\"", why, next.why);
    }
}

static void test_every_counts_from_the_beginning_of_the_last_one(void **state)
{
    scim_sync_google_when_t when = pulled(EVERY_30);

    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 20);
    when.schedule = NULL;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 50);
    /* After a time in which nobody looked it is due, once. */
    when.last_asked = NOW - 30 * HOUR;
    when.last_ended = NOW - 29 * HOUR;
    assert_true(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state) < 0);
    when.last_asked = NOW;
    when.last_ended = NOW + MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 60);
    /* One that takes longer than that leaves a pause. */
    when.last_asked = NOW - 3 * HOUR;
    when.last_ended = NOW;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 1);
}

static void test_daily_counts_from_the_last_one(void **state)
{
    scim_sync_google_when_t when = pulled(DAILY);

    live_in("UTC");
    /* NOW is 08:00. */
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 19 * 60 + 30);
    when.last_asked = NOW - 20 * HOUR;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), -(4 * 60 + 30));
    /* Another time was set since: it is not that of today, which is over. */
    when.scheduled = NOW - MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 19 * 60 + 30);
}

static void test_the_first_one_is_somebodys_wish(void **state)
{
    scim_sync_google_when_t when = { .connection = SCIM_SYNC_GOOGLE_CONNECTED,
                                     .since = NOW - 10 * HOUR,
                                     .now = NOW };

    live_in("UTC");
    check_none(&when, "no pull was done yet", *state);
    when.schedule = EVERY_6;
    when.scheduled = NOW - MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), -1);
    when.schedule = DAILY;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 19 * 60 + 30);
}

static void test_why_there_is_none(void **state)
{
    scim_sync_google_when_t when = pulled("{}");

    check_none(&when, "there is no schedule: it is pulled when somebody asks", *state);
    when.schedule = PUSHED;
    check_none(&when, "when Google says that something has changed", *state);
    when = pulled(EVERY_30);
    when.last_ended = 0;
    when.last_state = SCIM_SYNC_RUN_RUNNING;
    check_none(&when, "one waits or runs now", *state);
    when = pulled(EVERY_30);
    when.connection = SCIM_SYNC_GOOGLE_NONE;
    check_none(&when, "it is not connected", *state);
    when.connection = SCIM_SYNC_GOOGLE_RECONNECT;
    when.reason = "invalid_grant";
    check_none(&when, "anew: invalid_grant", *state);
}

static void test_one_that_failed_is_tried_again_sooner_and_then_more_rarely(void **state)
{
    static const int waits[] = { 5, 10, 20, 40, 60, 60 };
    scim_sync_google_when_t when;
    int i;

    live_in("UTC");
    for (i = 0; i < 6; i++) {
        when = ended(DAILY, SCIM_SYNC_RUN_FAILED, i + 1);
        assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), waits[i] - 9);
    }
    /* The schedule's own pace is kept. */
    when = ended(EVERY_30, SCIM_SYNC_RUN_FAILED, 6);
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 20);
    when = ended(EVERY_6, SCIM_SYNC_RUN_FAILED, 100000);
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 51);
    /* Without one nobody asked for another. */
    when = ended("{}", SCIM_SYNC_RUN_FAILED, 1);
    check_none(&when, "there is no schedule", *state);
}

static void test_one_that_was_refused_is_not_repeated_at_that_pace(void **state)
{
    static const int hours[] = { 1, 2, 4, 8, 16, 24, 24 };
    scim_sync_google_when_t when;
    int i;

    for (i = 0; i < 7; i++) {
        when = ended(EVERY_30, SCIM_SYNC_RUN_REFUSED, i + 1);
        assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), hours[i] * 60 - 9);
    }
    when = ended("{}", SCIM_SYNC_RUN_REFUSED, 1);
    check_none(&when, "there is no schedule", *state);
}

static void test_who_connects_anew_has_it_pulled_at_once(void **state)
{
    scim_sync_google_when_t when = ended(DAILY, SCIM_SYNC_RUN_FAILED, 9);

    when.since = NOW - MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), -1);
    when = ended(NULL, SCIM_SYNC_RUN_REFUSED, 9);
    when.since = NOW - MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), -1);
}

static void test_what_google_says_is_served_once_and_not_too_often(void **state)
{
    scim_sync_google_when_t when = pulled(PUSHED);

    /* Before the last one began to read: it has seen that. */
    when.hinted = when.done_started;
    check_none(&when, "there is no schedule", *state);
    when.hinted = NOW - 2 * MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_PUSH, *state), -2);
    /* While it read, or just after it: when the time is over. */
    when.last_asked = when.done_started = NOW - 3 * MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_PUSH, *state), 2);
    /* The schedule comes first. */
    when.schedule = "{\"every\":{\"minutes\":5},\"push\":{\"address\":\"https://sync.example.com/"
                    "push\",\"atMostEvery\":{\"hours\":1}}}";
    when.last_ended = NOW - 2 * MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_SCHEDULE, *state), 2);
    /* It is switched off, and Google has not noticed yet. */
    when.schedule = "{}";
    check_none(&when, "there is no schedule", *state);
}

static void test_what_google_says_is_not_lost_when_a_pull_comes_to_nothing(void **state)
{
    scim_sync_google_when_t when = ended(PUSHED, SCIM_SYNC_RUN_FAILED, 2);

    when.hinted = when.last_asked - MINUTE;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_PUSH, *state), 1);
    when = ended(PUSHED, SCIM_SYNC_RUN_REFUSED, 2);
    when.hinted = NOW;
    assert_int_equal(next_in(&when, SCIM_SYNC_RUN_PUSH, *state), 2 * 60 - 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_what_may_be_set),
        UNIT_TEST(test_what_may_not),
        UNIT_TEST(test_nothing_set_and_nonsense_are_every_hour),
        UNIT_TEST(test_daily_at_is_by_the_clock_of_this_server),
        UNIT_TEST(test_when_summer_time_begins_no_day_is_left_out),
        UNIT_TEST(test_when_it_ends_no_day_comes_twice),
        UNIT_TEST(test_every_counts_from_the_beginning_of_the_last_one),
        UNIT_TEST(test_daily_counts_from_the_last_one),
        UNIT_TEST(test_the_first_one_is_somebodys_wish),
        UNIT_TEST(test_why_there_is_none),
        UNIT_TEST(test_one_that_failed_is_tried_again_sooner_and_then_more_rarely),
        UNIT_TEST(test_one_that_was_refused_is_not_repeated_at_that_pace),
        UNIT_TEST(test_who_connects_anew_has_it_pulled_at_once),
        UNIT_TEST(test_what_google_says_is_served_once_and_not_too_often),
        UNIT_TEST(test_what_google_says_is_not_lost_when_a_pull_comes_to_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

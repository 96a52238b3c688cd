/* SPDX-License-Identifier: Apache-2.0 */
/* sync/planner_pull: what an answer means for a run, how fast it goes, and what can't be true. */
#include <string.h>

#include <apr_strings.h>

#include "unit.h"
#include "sync/planner_pull.h"

static scim_sync_pull_listing_t a_listing(scim_sync_pull_kind_t kind)
{
    scim_sync_pull_listing_t listing;

    scim_sync_pull_listing_begin(&listing, kind, "g1");
    return listing;
}

static scim_sync_google_page_t a_page(int entries, const char *next, apr_pool_t *p)
{
    scim_sync_google_page_t page = { .next = next };

    page.entries = apr_array_make(p, 1, sizeof(int));
    for (int i = 0; i < entries; i++) {
        APR_ARRAY_PUSH(page.entries, int) = i;
    }
    return page;
}

static scim_sync_pull_step_t judge(scim_sync_pull_listing_t *listing,
                                   scim_sync_google_matter_t matter, apr_pool_t *p)
{
    const scim_sync_google_result_t result = { .outcome = { .detail = "demo" }, .matter = matter };
    const scim_sync_google_page_t page = a_page(1, NULL, p);

    return scim_sync_pull_judge(listing, &result, &page, 0, 0, p);
}

static void test_what_each_answer_means(void **state)
{
    static const struct {
        scim_sync_google_matter_t matter;
        scim_sync_pull_next_t of_members;
        scim_sync_pull_next_t of_users;
    } cases[] = {
        { SCIM_SYNC_GOOGLE_FINE, SCIM_SYNC_PULL_TAKE, SCIM_SYNC_PULL_TAKE },
        { SCIM_SYNC_GOOGLE_QUOTA, SCIM_SYNC_PULL_AGAIN, SCIM_SYNC_PULL_AGAIN },
        { SCIM_SYNC_GOOGLE_BUSY, SCIM_SYNC_PULL_AGAIN, SCIM_SYNC_PULL_AGAIN },
        { SCIM_SYNC_GOOGLE_STRANGE, SCIM_SYNC_PULL_AGAIN, SCIM_SYNC_PULL_AGAIN },
        { SCIM_SYNC_GOOGLE_TOKEN, SCIM_SYNC_PULL_RENEW, SCIM_SYNC_PULL_RENEW },
        { SCIM_SYNC_GOOGLE_CONNECTION, SCIM_SYNC_PULL_FAIL, SCIM_SYNC_PULL_FAIL },
        { SCIM_SYNC_GOOGLE_PERMISSION, SCIM_SYNC_PULL_FAIL, SCIM_SYNC_PULL_FAIL },
        { SCIM_SYNC_GOOGLE_GONE, SCIM_SYNC_PULL_ABSENT, SCIM_SYNC_PULL_FAIL },
        { SCIM_SYNC_GOOGLE_PAGE_LOST, SCIM_SYNC_PULL_ANEW, SCIM_SYNC_PULL_ANEW },
        { SCIM_SYNC_GOOGLE_REQUEST, SCIM_SYNC_PULL_FAIL, SCIM_SYNC_PULL_FAIL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        scim_sync_pull_listing_t members = a_listing(SCIM_SYNC_PULL_MEMBERS);
        scim_sync_pull_listing_t users = a_listing(SCIM_SYNC_PULL_USERS);
        scim_sync_pull_step_t step = judge(&users, cases[i].matter, *state);

        assert_int_equal(step.next, cases[i].of_users);
        assert_int_equal(step.too_fast, cases[i].matter == SCIM_SYNC_GOOGLE_QUOTA);
        assert_int_equal(judge(&members, cases[i].matter, *state).next, cases[i].of_members);
    }
}

static int times_before_it_fails(scim_sync_google_matter_t matter, apr_pool_t *p)
{
    scim_sync_pull_listing_t listing = a_listing(SCIM_SYNC_PULL_USERS);
    int times = 0;

    while (judge(&listing, matter, p).next != SCIM_SYNC_PULL_FAIL) {
        times++;
    }
    return times;
}

static void test_nothing_is_tried_for_ever(void **state)
{
    scim_sync_pull_listing_t listing = a_listing(SCIM_SYNC_PULL_MEMBERS);

    assert_int_equal(times_before_it_fails(SCIM_SYNC_GOOGLE_BUSY, *state), 4);
    assert_int_equal(times_before_it_fails(SCIM_SYNC_GOOGLE_STRANGE, *state), 4);
    assert_int_equal(times_before_it_fails(SCIM_SYNC_GOOGLE_QUOTA, *state), 12);
    assert_int_equal(times_before_it_fails(SCIM_SYNC_GOOGLE_TOKEN, *state), 1);
    assert_int_equal(times_before_it_fails(SCIM_SYNC_GOOGLE_PAGE_LOST, *state), 3);
    /* What went well in between is a new beginning, but for listings that were begun anew. */
    for (int i = 0; i < 20; i++) {
        assert_int_equal(judge(&listing, SCIM_SYNC_GOOGLE_BUSY, *state).next, SCIM_SYNC_PULL_AGAIN);
        assert_int_equal(judge(&listing, SCIM_SYNC_GOOGLE_TOKEN, *state).next,
                         SCIM_SYNC_PULL_RENEW);
        assert_int_equal(judge(&listing, SCIM_SYNC_GOOGLE_FINE, *state).next, SCIM_SYNC_PULL_TAKE);
    }
    assert_string_equal(judge(&listing, SCIM_SYNC_GOOGLE_PERMISSION, *state).why,
                        "the members of the group g1 could not be read: demo");
}

static void test_an_empty_beginning_is_asked_for_twice(void **state)
{
    const scim_sync_google_result_t fine = { .matter = SCIM_SYNC_GOOGLE_FINE };
    scim_sync_pull_listing_t listing = a_listing(SCIM_SYNC_PULL_GROUPS);
    scim_sync_google_page_t empty = a_page(0, NULL, *state);
    scim_sync_google_page_t page = a_page(1, "next", *state);
    int over;

    assert_int_equal(scim_sync_pull_judge(&listing, &fine, &empty, 0, 0, *state).next,
                     SCIM_SYNC_PULL_AGAIN);
    assert_int_equal(scim_sync_pull_judge(&listing, &fine, &empty, 0, 0, *state).next,
                     SCIM_SYNC_PULL_TAKE);
    listing = a_listing(SCIM_SYNC_PULL_GROUPS);
    assert_int_equal(scim_sync_pull_judge(&listing, &fine, &page, 0, 0, *state).next,
                     SCIM_SYNC_PULL_TAKE);
    assert_int_equal(scim_sync_pull_turn(&listing, &page, 1, &over, *state).next,
                     SCIM_SYNC_PULL_TAKE);
    assert_int_equal(over, 0);
    assert_string_equal(listing.page, "next");
    /* A last page without anything is nothing strange. */
    assert_int_equal(scim_sync_pull_judge(&listing, &fine, &empty, 0, 0, *state).next,
                     SCIM_SYNC_PULL_TAKE);
    assert_int_equal(scim_sync_pull_turn(&listing, &empty, 0, &over, *state).next,
                     SCIM_SYNC_PULL_TAKE);
    assert_int_equal(over, 1);
}

static void test_pages_that_bring_nothing_new_end_the_listing(void **state)
{
    scim_sync_pull_listing_t listing = a_listing(SCIM_SYNC_PULL_USERS);
    scim_sync_google_page_t page = a_page(1, "next", *state);
    int over;

    for (int begun = 0; begun < 3; begun++) {
        for (int i = 0; i < 2; i++) {
            assert_int_equal(scim_sync_pull_turn(&listing, &page, 0, &over, *state).next,
                             SCIM_SYNC_PULL_TAKE);
        }
        assert_int_equal(scim_sync_pull_turn(&listing, &page, 0, &over, *state).next,
                         SCIM_SYNC_PULL_ANEW);
        assert_string_equal(listing.page, "");
    }
    for (int i = 0; i < 2; i++) {
        scim_sync_pull_turn(&listing, &page, 0, &over, *state);
    }
    assert_int_equal(scim_sync_pull_turn(&listing, &page, 0, &over, *state).next,
                     SCIM_SYNC_PULL_FAIL);
}

/* Calls within so many seconds, when one is always waiting. */
static int calls_within(scim_sync_pull_pace_t *pace, apr_time_t *now, int seconds)
{
    apr_time_t end = *now + apr_time_from_sec(seconds);
    int calls = 0;

    while (*now < end) {
        apr_interval_time_t wait = scim_sync_pull_pace(pace, *now);

        calls += wait == 0;
        *now += wait;
    }
    return calls;
}

static void test_calls_are_no_faster_than_allowed(void **state)
{
    scim_sync_pull_pace_t pace = { .rate = SCIM_SYNC_PULL_RATE };
    apr_time_t now = apr_time_from_sec(1000);
    int calls;

    (void)state;
    calls = calls_within(&pace, &now, 10);
    assert_true(calls >= 400 && calls <= 411);
    /* Half as fast, once for many answers that say so; and faster again by and by. */
    scim_sync_pull_slow(&pace, now);
    scim_sync_pull_slow(&pace, now + 1000);
    calls = calls_within(&pace, &now, 1);
    assert_true(calls >= 20 && calls <= 22);
    calls_within(&pace, &now, 30);
    calls = calls_within(&pace, &now, 1);
    assert_true(calls >= 39 && calls <= 41);
    for (int i = 0; i < 100; i++) {
        now += apr_time_from_sec(2);
        scim_sync_pull_slow(&pace, now);
    }
    assert_true(pace.rate >= 1);
    /* Who did nothing for a while has saved up a quarter of a second, and no more than that. */
    pace.rate = SCIM_SYNC_PULL_RATE;
    now += apr_time_from_sec(100);
    calls = calls_within(&pace, &now, 1);
    assert_true(calls >= 50 && calls <= 51);
    /* One call that is late makes none of those behind it late. */
    for (int i = 0; i < 100; i++) {
        now += apr_time_from_msec(200);
        assert_true(calls_within(&pace, &now, 1) >= 47);
    }
}

static void test_what_can_not_be_true(void **state)
{
    static const scim_sync_rules_guard_t guard = {
        .enabled = 1, .window = 60, .limits = { { 500, 10 }, { 50, 10 }, { 2000, 10 } }
    };
    static const scim_sync_rules_guard_t off = { .enabled = 0 };
    static const struct {
        scim_sync_stage_counts_t counts;
        const char *doubt;   /* a part of it; NULL: there is none */
        const char *without; /* the same without a guard */
    } cases[] = {
        { { .users = { .fresh = 9 } }, NULL, NULL },
        { { .users = { .gone = 1 } }, "nobody left of 1 user", "nobody left" },
        { { .users = { .gone = 9, .faulty = 1, .same = 1 } }, NULL, NULL },
        { { .users = { .faulty = 2, .same = 1 } }, "of most users, 2", "of most users, 2" },
        { { .users = { .gone = 10, .same = 90 } }, NULL, NULL },
        { { .users = { .gone = 11, .same = 89 } },
          "11 of 100 users would be gone, and 10 are the most that guard.deactivations",
          NULL },
        { { .users = { .gone = 501, .same = 99499 } }, "and 500 are the most", NULL },
        { { .users = { .same = 9 }, .groups = { .gone = 2 } },
          "no group left of 2",
          "no group left of 2" },
        { { .users = { .same = 9 }, .groups = { .gone = 2, .fresh = 1 } }, NULL, NULL },
        { { .users = { .same = 9 }, .groups = { .gone = 51, .same = 900 } },
          "groups would be gone, and 50 are the most that guard.deletions",
          NULL },
        { { .users = { .same = 9 }, .members = { .gone = 20, .same = 20 } },
          "20 of 40 memberships would be gone",
          NULL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *doubt = scim_sync_pull_doubt(&cases[i].counts, &guard, *state);
        const char *without = scim_sync_pull_doubt(&cases[i].counts, &off, *state);

        assert_int_equal(doubt != NULL, cases[i].doubt != NULL);
        assert_true(doubt == NULL || strstr(doubt, cases[i].doubt) != NULL);
        assert_int_equal(without != NULL, cases[i].without != NULL);
        assert_true(without == NULL || strstr(without, cases[i].without) != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_what_each_answer_means),
        UNIT_TEST(test_nothing_is_tried_for_ever),
        UNIT_TEST(test_an_empty_beginning_is_asked_for_twice),
        UNIT_TEST(test_pages_that_bring_nothing_new_end_the_listing),
        UNIT_TEST(test_calls_are_no_faster_than_allowed),
        UNIT_TEST(test_what_can_not_be_true),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* When tokens end: how urgent that is, from when on, and in which words it is said. */
#include "unit.h"

#include "sync/expiry.h"

#define MINUTE APR_INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define END    APR_INT64_C(1900000000000)
#define NEVER  (-1)

static void test_it_becomes_more_urgent(void **state)
{
    static const struct {
        apr_int64_t left;
        scim_sync_expiry_t urgency;
        apr_int64_t next; /* before the end */
    } cases[] = {
        { 365 * DAY, SCIM_SYNC_EXPIRY_NONE, 30 * DAY },
        { 30 * DAY + 1, SCIM_SYNC_EXPIRY_NONE, 30 * DAY },
        { 30 * DAY, SCIM_SYNC_EXPIRY_MONTH, 7 * DAY },
        { 7 * DAY + 1, SCIM_SYNC_EXPIRY_MONTH, 7 * DAY },
        { 7 * DAY, SCIM_SYNC_EXPIRY_WEEK, 0 },
        { 1, SCIM_SYNC_EXPIRY_WEEK, 0 },
        { 0, SCIM_SYNC_EXPIRY_OVER, NEVER },
        { -900 * DAY, SCIM_SYNC_EXPIRY_OVER, NEVER },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        apr_int64_t next = NEVER;

        assert_int_equal(scim_sync_expiry_of(END, END - cases[i].left, &next), cases[i].urgency);
        assert_int_equal(next, cases[i].next == NEVER ? NEVER : END - cases[i].next);
    }
}

static void test_an_end_that_nobody_told_is_never_urgent(void **state)
{
    apr_int64_t next = NEVER;

    (void)state;
    assert_int_equal(scim_sync_expiry_of(0, END, &next), SCIM_SYNC_EXPIRY_NONE);
    assert_int_equal(next, NEVER);
}

static void test_the_rest_as_people_say_it(void **state)
{
    static const struct {
        apr_int64_t left;
        const char *words;
    } cases[] = {
        { 30 * DAY, "30 days" },     { 2 * DAY - 1, "1 day" },     { DAY - 1, "23 hours" },
        { HOUR, "1 hour" },          { HOUR - 1, "59 minutes" },   { MINUTE, "1 minute" },
        { 1, "less than a minute" }, { -1, "less than a minute" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(scim_sync_expiry_rest(END, END - cases[i].left, *state),
                            cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_it_becomes_more_urgent),
        UNIT_TEST(test_an_end_that_nobody_told_is_never_urgent),
        UNIT_TEST(test_the_rest_as_people_say_it),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

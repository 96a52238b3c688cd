/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting before the next try: longer each time, never for ever, never all at once. */
#include "unit.h"

#include <limits.h>

#include "base/backoff.h"

static void test_it_doubles_up_to_half_a_minute(void **state)
{
    static const apr_int64_t middle[] = { 2000, 4000, 8000, 16000, 30000, 30000, 30000 };

    (void)state;
    for (int n = 1; n <= 7; n++) {
        assert_int_equal(scim_sync_backoff(n, 0, 300), middle[n - 1]);
        assert_int_equal(scim_sync_backoff(n, 0, 0), middle[n - 1] * 7 / 10);
        assert_int_equal(scim_sync_backoff(n, 0, 600), middle[n - 1] * 13 / 10);
    }
    assert_int_equal(scim_sync_backoff(INT_MAX, 0, 300), 30000);
    assert_int_equal(scim_sync_backoff(0, 0, 300), 2000);
}

static void test_jitter_stays_in_its_bounds(void **state)
{
    apr_int64_t least = APR_INT64_MAX;
    apr_int64_t most = 0;

    (void)state;
    for (apr_uint32_t random = 4294967295u; random > 4294965000u; random--) {
        apr_int64_t wait = scim_sync_backoff(1, 0, random);

        least = wait < least ? wait : least;
        most = wait > most ? wait : most;
    }
    assert_int_equal(least, 1400);
    assert_int_equal(most, 2600);
}

static void test_what_was_asked_for_is_never_shortened(void **state)
{
    (void)state;
    for (apr_uint32_t random = 0; random < 2000; random++) {
        assert_in_range(scim_sync_backoff(1, 120000, random), 120000, 156000);
        assert_in_range(scim_sync_backoff(5, 1000, random), 21000, 39000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_doubles_up_to_half_a_minute),
        cmocka_unit_test(test_jitter_stays_in_its_bounds),
        cmocka_unit_test(test_what_was_asked_for_is_never_shortened),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Networks that are the same are written alike. */
#include "unit.h"

#include "base/network.h"

static void test_networks_have_one_form(void **state)
{
    static const char *const cases[][2] = {
        { "10.1.2.3/8", "10.0.0.0/8" },
        { "10.0.0.0/08", "10.0.0.0/8" },
        { "192.0.2.255/25", "192.0.2.128/25" },
        { "192.0.2.1/32", "192.0.2.1" },
        { "192.0.2.1", "192.0.2.1" },
        { "255.255.255.255/1", "128.0.0.0/1" },
        { "2001:DB8:0:0::7", "2001:db8::7" },
        { "2001:0db8::7/128", "2001:db8::7" },
        { "2001:db8:1:2::/32", "2001:db8::/32" },
        { "ffff::/1", "8000::/1" },
        { "::0001", "::1" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const char *text = scim_sync_network_text(cases[i][0], *state);

        assert_string_equal(text, cases[i][1]);
        assert_string_equal(scim_sync_network_text(text, *state), text);
    }
}

static void test_what_is_no_network_stays(void **state)
{
    static const char *const cases[] = { "",
                                         "/",
                                         "10.1/8",
                                         "10.1.2.3/",
                                         "10.1.2.3/0",
                                         "10.1.2.3/33",
                                         "10.1.2.3/x",
                                         "10.1.2.3/8x",
                                         "10.1.2.3/8/8",
                                         "010.1.2.3/8",
                                         "example.com",
                                         "::1/129",
                                         "10.1.2.3/99999999999999999999",
                                         "10.1.2.3 " };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_string_equal(scim_sync_network_text(cases[i], *state), cases[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_networks_have_one_form),
        UNIT_TEST(test_what_is_no_network_stays),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

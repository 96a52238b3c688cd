/* SPDX-License-Identifier: Apache-2.0 */
/* jira/url: which base URLs a site may have. Its credentials go where the URL points. */
#include "unit.h"

#include <string.h>

#include "jira/platform.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void accepts_base_urls(void **state)
{
    static const struct {
        const char *url, *clean;
    } cases[] = {
        { "https://demo.example.net", "https://demo.example.net" },
        { "https://demo.example.net/", "https://demo.example.net" },
        { "https://demo.example.net:443//", "https://demo.example.net" },
        { "https://demo.example.net:8443/jira/", "https://demo.example.net:8443/jira" },
        { "HTTPS://demo.example.net/jira", "https://demo.example.net/jira" },
        { "https://api.example.net/ex/jira/cloud-1///", "https://api.example.net/ex/jira/cloud-1" },
        { "http://127.0.0.1:8080", "http://127.0.0.1:8080" },
        { "http://127.9.8.7", "http://127.9.8.7" },
        { "http://[::1]:8080/x", "http://[::1]:8080/x" },
        { "http://LocalHost/", "http://LocalHost" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *clean = NULL;
        const char *why = NULL;

        assert_int_equal(scim_sync_jira_check_url(&clean, cases[i].url, &why, *state), APR_SUCCESS);
        assert_string_equal(clean, cases[i].clean);
        assert_null(why);
    }
}

static void refuses_base_urls(void **state)
{
    static const struct {
        const char *url, *why;
    } cases[] = {
        { "", "no URL" },
        { "demo.example.net", "no URL" },
        { "https://", "no URL" },
        { "https://demo example.net", "no URL" },
        { "https://demo.example.net\r\nX: y", "no URL" },
        { "https://demo.example.net:99999", "no URL" },
        { "ftp://demo.example.net", "https://" },
        { "file:///etc/passwd", "https://" },
        { "http://demo.example.net", "https://" },
        { "http://10.0.0.1", "https://" },
        { "http://127.0.0.1.example.net", "https://" },
        { "http://localhost.example.net", "https://" },
        { "http://[::2]", "https://" },
        { "https://admin@demo.example.net", "password" },
        { "https://admin:demo-secret@demo.example.net", "password" },
        { "http://127.0.0.1@demo.example.net", "password" },
        { "https://demo.example.net/?a=b", "no ?" },
        { "https://demo.example.net?", "no ?" },
        { "https://demo.example.net/#top", "no #" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *clean = NULL;
        const char *why = NULL;

        assert_int_equal(scim_sync_jira_check_url(&clean, cases[i].url, &why, *state), APR_EINVAL);
        assert_non_null(strstr(why, cases[i].why));
        assert_null(strstr(why, "demo-secret"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(accepts_base_urls),
        UNIT_TEST(refuses_base_urls),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

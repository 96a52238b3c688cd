/* SPDX-License-Identifier: Apache-2.0 */
/* base/log: messages reach the sink as they are, bounded; without a sink they go nowhere. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

typedef struct {
    int count;
    int line;
    scim_log_level_t level;
    apr_status_t rv;
    char file[256];
    char message[8192];
} heard_t;

static void hear(void *baton, const char *file, int line, scim_log_level_t level, apr_status_t rv,
                 const char *message)
{
    heard_t *heard = baton;

    heard->count++;
    heard->line = line;
    heard->level = level;
    heard->rv = rv;
    snprintf(heard->file, sizeof heard->file, "%s", file);
    snprintf(heard->message, sizeof heard->message, "%s", message);
}

static void passes_everything_on(void **state)
{
    heard_t *heard = apr_pcalloc(*state, sizeof *heard);

    scim_sync_log_set_sink(hear, heard);
    scim_sync_log(SCIM_LOG_WARNING, APR_ENOENT, "%s has %zu members", "demo", (size_t)3);
    assert_int_equal(heard->count, 1);
    assert_int_equal(heard->line, __LINE__ - 2);
    assert_int_equal(heard->level, SCIM_LOG_WARNING);
    assert_int_equal(heard->rv, APR_ENOENT);
    assert_non_null(strstr(heard->file, "test_log.c"));
    assert_string_equal(heard->message, "demo has 3 members");
}

static void cuts_what_is_too_long(void **state)
{
    heard_t *heard = apr_pcalloc(*state, sizeof *heard);
    char *text = apr_pcalloc(*state, 10001);

    memset(text, 'x', 10000);
    scim_sync_log_set_sink(hear, heard);
    scim_sync_log(SCIM_LOG_INFO, APR_SUCCESS, "%s", text);
    assert_int_equal(strlen(heard->message), 4095);
}

static void is_silent_without_a_sink(void **state)
{
    heard_t *heard = apr_pcalloc(*state, sizeof *heard);

    scim_sync_log_set_sink(hear, heard);
    scim_sync_log_set_sink(NULL, NULL);
    scim_sync_log(SCIM_LOG_CRIT, APR_EGENERAL, "nobody hears this");
    assert_int_equal(heard->count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(passes_everything_on),
        UNIT_TEST(cuts_what_is_too_long),
        UNIT_TEST(is_silent_without_a_sink),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

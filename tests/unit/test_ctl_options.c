/* SPDX-License-Identifier: Apache-2.0 */
/* scim-syncctl/options, settings: command lines and configuration files. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scim-syncctl/options.h"
#include "scim-syncctl/settings.h"

#define ARGUMENTS_MAX 300

/* A command line in words. */
static const char *read_line(ctl_line_t *line, const char *text, apr_pool_t *p)
{
    const char *argv[ARGUMENTS_MAX] = { "scim-syncctl" };
    char *copy = strdup(text);
    const char *why;
    char *rest = copy;
    char *word;
    int argc = 1;

    while ((word = strtok_r(rest, " ", &rest)) && argc < ARGUMENTS_MAX) {
        argv[argc++] = strcpy(apr_palloc(p, strlen(word) + 1), word);
    }
    why = ctl_line_read(line, argc, argv, p);
    free(copy);
    return why;
}

static void options_may_stand_anywhere(void **state)
{
    static const char *const lines[] = { "--json idp --url=u set okta live",
                                         "idp set --url u okta live --json",
                                         "idp set okta --json live --url u",
                                         "--url u --json -- idp set okta live" };
    ctl_line_t line;
    size_t i;

    for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        assert_null(read_line(&line, lines[i], *state));
        assert_int_equal(line.command->verb, CTL_IDP_SET);
        assert_int_equal(line.count, 2);
        assert_string_equal(line.operands[0], "okta");
        assert_string_equal(line.operands[1], "live");
        assert_string_equal(ctl_option(&line, "url"), "u");
        assert_string_equal(ctl_option(&line, "json"), "");
        assert_null(ctl_option(&line, "user"));
    }
}

static void letters_stand_for_options(void **state)
{
    ctl_line_t line;

    assert_null(read_line(&line, "-u jane apply -n -y file", *state));
    assert_string_equal(ctl_option(&line, "user"), "jane");
    assert_non_null(ctl_option(&line, "dry-run"));
    assert_non_null(ctl_option(&line, "yes"));
    assert_null(read_line(&line, "-ujane status", *state));
    assert_string_equal(ctl_option(&line, "user"), "jane");
    assert_null(read_line(&line, "apply -", *state));
    assert_string_equal(line.operands[0], "-");
}

static void what_is_wrong_is_said(void **state)
{
    static const char *const lines[][2] = {
        { "", "--help" },
        { "stats", "no command stats" },
        { "idp", "idp what?" },
        { "idp what", "idp pause" },
        { "status now", "too much" },
        { "idp show", "NAME" },
        { "idp show a b", "b is too much" },
        { "status --what", "no option --what" },
        { "status -z", "no option -z" },
        { "status --url", "needs a value" },
        { "status --url=", "needs a value" },
        { "status --json=yes", "has no value" },
        { "status --url a --url b", "twice" },
        { "status --overlap 3", "status has no option --overlap" },
        { "status -nx", "has no value" },
        { "task retry .", "is no name" },
        { "idp show ..", "is no name" },
    };
    ctl_line_t line;
    size_t i;

    for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        const char *why = read_line(&line, lines[i][0], *state);

        assert_non_null(why);
        if (!strstr(why, lines[i][1])) {
            fail_msg("%s: %s", lines[i][0], why);
        }
    }
}

/* As of a variable that is not set: tasks//retry would be about all of them. */
static void an_empty_operand_is_no_name(void **state)
{
    static const char *const first[] = { "scim-syncctl", "task", "retry", "" };
    static const char *const second[] = { "scim-syncctl", "task", "retry", "7", "" };
    ctl_line_t line;

    assert_string_equal(ctl_line_read(&line, 4, first, *state),
                        "\"\" is no name: scim-syncctl task retry [ID...].");
    assert_non_null(ctl_line_read(&line, 5, second, *state));
}

static void there_may_be_many_operands_and_no_more(void **state)
{
    const char *argv[CTL_OPERANDS_MAX + 4];
    ctl_line_t line;
    int i;

    for (i = 0; i < CTL_OPERANDS_MAX + 4; i++) {
        argv[i] = "7";
    }
    argv[1] = "task";
    argv[2] = "retry";
    assert_null(ctl_line_read(&line, CTL_OPERANDS_MAX + 1, argv, *state));
    assert_int_equal(line.count, CTL_OPERANDS_MAX - 2);
    assert_non_null(ctl_line_read(&line, CTL_OPERANDS_MAX + 4, argv, *state));
}

static void help_is_of_a_command_or_of_all(void **state)
{
    ctl_line_t line;

    assert_null(read_line(&line, "--help", *state));
    assert_non_null(strstr(ctl_help(line.command, *state), "event tail"));
    assert_null(read_line(&line, "help", *state));
    assert_int_equal(line.command->verb, CTL_HELP);
    assert_null(read_line(&line, "idp --help", *state));
    assert_int_equal(line.command->verb, CTL_HELP);
    assert_null(read_line(&line, "apply --help", *state));
    assert_non_null(strstr(ctl_help(line.command, *state), "--prune"));
    assert_null(strstr(ctl_help(line.command, *state), "--overlap"));
    assert_null(read_line(&line, "--version", *state));
    assert_int_equal(line.command->verb, CTL_VERSION);
}

static void numbers_have_bounds(void **state)
{
    static const char *const bad[] = { "--limit -1", "--limit x", "--limit 3x",
                                       "--limit 99999999999999999999", "--limit 11" };
    const char *why;
    ctl_line_t line;
    char text[64];
    size_t i;

    assert_null(read_line(&line, "task list --limit 10", *state));
    assert_int_equal(ctl_option_number(&line, "limit", 0, 10, 3, &why, *state), 10);
    assert_null(why);
    assert_null(read_line(&line, "task list", *state));
    assert_int_equal(ctl_option_number(&line, "limit", 0, 10, 3, &why, *state), 3);
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        snprintf(text, sizeof(text), "task list %s", bad[i]);
        assert_null(read_line(&line, text, *state));
        ctl_option_number(&line, "limit", 0, 10, 3, &why, *state);
        assert_non_null(why);
    }
}

static void configuration_files_have_names_and_values(void **state)
{
    static const char *const bad[] = { "url", "url =", "password = demo", "what = x",
                                       "negotiate = maybe" };
    ctl_settings_t settings = { .url = NULL };
    const char *file = NULL;
    size_t i;

    assert_null(ctl_settings_take(&settings, &file, "  url=https://a.example.com \r\n", *state));
    assert_null(ctl_settings_take(&settings, &file, "# url = x", *state));
    assert_null(ctl_settings_take(&settings, &file, "\n", *state));
    assert_null(ctl_settings_take(&settings, &file, "user = Jane Doe", *state));
    assert_null(ctl_settings_take(&settings, &file, "password-file = /a = b", *state));
    assert_null(ctl_settings_take(&settings, &file, "negotiate = on", *state));
    assert_string_equal(settings.url, "https://a.example.com");
    assert_string_equal(settings.user, "Jane Doe");
    assert_string_equal(file, "/a = b");
    assert_int_equal(settings.negotiate, 1);
    /* What is set stays. */
    assert_null(ctl_settings_take(&settings, &file, "user = other", *state));
    assert_string_equal(settings.user, "Jane Doe");
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        assert_non_null(ctl_settings_take(&settings, &file, bad[i], *state));
    }
}

static void addresses_give_no_password_away(void **state)
{
    static const char *const good[][2] = {
        { "https://a.example.com/scim-sync/", "https://a.example.com/scim-sync" },
        { "https://a.example.com", "https://a.example.com/scim-sync" },
        { "https://a.example.com:8443/", "https://a.example.com:8443/scim-sync" },
        { "http://127.0.0.1:80/x", "http://127.0.0.1:80/x" },
        { "http://127.9.9.9/x", "http://127.9.9.9/x" },
        { "http://localhost/x", "http://localhost/x" },
        { "http://[::1]/x", "http://[::1]/x" },
    };
    static const char *const bad[] = { "http://a.example.com/x",
                                       "http://127.0.0.1.example.com/x",
                                       "http://[::2]/x",
                                       "ftp://127.0.0.1/x",
                                       "file:///etc/passwd",
                                       "https://jo:pw@a.example.com/x",
                                       "https://jo@a.example.com/x",
                                       "https://a.example.com/x?y",
                                       "https://a.example.com/x#y",
                                       "https://",
                                       "",
                                       "a.example.com" };
    const char *why;
    size_t i;

    for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
        assert_string_equal(ctl_settings_url(good[i][0], &why, *state), good[i][1]);
    }
    for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        if (ctl_settings_url(bad[i], &why, *state) || !why) {
            fail_msg("%s is taken", bad[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(options_may_stand_anywhere),
        UNIT_TEST(letters_stand_for_options),
        UNIT_TEST(what_is_wrong_is_said),
        UNIT_TEST(an_empty_operand_is_no_name),
        UNIT_TEST(there_may_be_many_operands_and_no_more),
        UNIT_TEST(help_is_of_a_command_or_of_all),
        UNIT_TEST(numbers_have_bounds),
        UNIT_TEST(configuration_files_have_names_and_values),
        UNIT_TEST(addresses_give_no_password_away),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

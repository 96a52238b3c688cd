/* SPDX-License-Identifier: Apache-2.0 */
/* scim-syncctl/text, table: names from outside on a terminal, and columns that line up. */
#include "unit.h"

#include <string.h>

#include "base/json.h"
#include "scim-syncctl/table.h"
#include "scim-syncctl/text.h"

static json_t *parse(const char *text, void **state)
{
    return scim_sync_json_own(json_loads(text, 0, NULL), *state);
}

static void plain_texts_stay(void **state)
{
    static const char *const texts[] = {
        "",          "jo@example.com",   "DOMAIN\\jo", "Zo\xc3\xab", "\xe6\x97\xa5\xe6\x9c\xac",
        "e\xcc\x81", "\xf0\x9f\x98\x80", "\xc2\xa0"
    };
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        assert_string_equal(ctl_printable(texts[i], *state), texts[i]);
    }
    assert_null(ctl_printable(NULL, *state));
}

static void what_drives_a_terminal_is_escaped(void **state)
{
    static const char *const texts[][2] = {
        { "\x1b[2J", "\\u001b[2J" },
        { "a\nb\r\tc", "a\\u000ab\\u000d\\u0009c" },
        { "\x7f", "\\u007f" },
        { "\xc2\x9b"
          "31m",
          "\\u009b31m" },
        { "\xe2\x80\xae"
          "evil",
          "\\u202eevil" },
        { "\xe2\x80\x8b\xe2\x80\xa8\xe2\x81\xa9\xef\xbb\xbf", "\\u200b\\u2028\\u2069\\ufeff" },
        { "\xf3\xa0\x81\x81", "\\udb40\\udc41" },
        { "\x9b\xff ok \xc3", "\\u009b\\u00ff ok \\u00c3" },
        { "\xed\xa0\x80", "\\u00ed\\u00a0\\u0080" },
    };
    size_t i;

    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        assert_string_equal(ctl_printable(texts[i][0], *state), texts[i][1]);
    }
}

static void json_stays_the_same_json(void **state)
{
    json_t *value = parse("{\"name\": \"\\u009b2J\\u202e\\udb40\\udc41 \\u001b \\u00fc\"}", state);
    char *text = json_dumps(value, JSON_INDENT(2));
    const char *shown = ctl_printable_json(text, *state);

    assert_non_null(
        strstr(shown, "\n  \"name\": \"\\u009b2J\\u202e\\udb40\\udc41 \\u001B \xc3\xbc\"\n"));
    assert_true(json_equal(parse(shown, state), value));
    free(text);
}

static void widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(ctl_width(""), 0);
    assert_int_equal(ctl_width("abc"), 3);
    assert_int_equal(ctl_width("Zo\xc3\xab"), 3);
    assert_int_equal(ctl_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
    assert_int_equal(ctl_width("e\xcc\x81"), 1);
}

static void what_is_cut_says_so_and_fits(void **state)
{
    assert_string_equal(ctl_cut("abcdef", 6, *state), "abcdef");
    assert_string_equal(ctl_cut("abcdefg", 6, *state), "abc...");
    assert_string_equal(ctl_cut("\xe6\x97\xa5\xe6\x9c\xac\xe5\xa4\xaa\xe9\x83\x8e", 6, *state),
                        "\xe6\x97\xa5...");
    assert_string_equal(ctl_cut("", 3, *state), "");
}

static const ctl_column_t columns[] = { { "NAME", "name", CTL_TEXT, 8 },
                                        { "N", "task.id", CTL_NUMBER },
                                        { "WORDS", "task.detail", CTL_TEXT },
                                        CTL_COLUMNS_END };

static void tables_line_up(void **state)
{
    json_t *rows = parse("[{\"name\": \"jo\", \"task\": {\"id\": 6, \"detail\": \"no seat\"}},"
                         " {\"name\": \"\\u65e5\\u672c\", \"task\": {\"id\": 1234}},"
                         " {\"name\": \"a very long name\", \"task\": null}]",
                         state);

    assert_string_equal(ctl_table(columns, rows, *state), "NAME         N  WORDS\n"
                                                          "jo           6  no seat\n"
                                                          "\xe6\x97\xa5\xe6\x9c\xac      1234  -\n"
                                                          "a ver...     -  -\n");
    assert_string_equal(ctl_table(columns, parse("[]", state), *state), "");
    assert_string_equal(ctl_table(columns, NULL, *state), "");
}

static void one_name_is_one_line(void **state)
{
    json_t *rows = parse("[{\"name\": \"a\\nb\", \"task\": {\"detail\": \"\\u001b[2J\"}}]", state);

    assert_string_equal(ctl_table(columns, rows, *state), "NAME      N  WORDS\n"
                                                          "a\\u000ab  -  \\u001b[2J\n");
}

static void facts_have_what_there_is(void **state)
{
    const json_t *one = parse("{\"name\": \"jo\", \"task\": {\"id\": null}}", state);

    assert_string_equal(ctl_facts(columns, one, *state), "NAME   jo\nN      -\n");
}

static void cells_are_for_people(void **state)
{
    static const struct {
        const char *json;
        ctl_form_t form;
        const char *shown;
    } cells[] = { { "[true]", CTL_TEXT, "yes" },
                  { "[false]", CTL_TEXT, "no" },
                  { "[null]", CTL_TEXT, "-" },
                  { "[\"\"]", CTL_TEXT, "\"\"" },
                  { "[[\"a\", \"b\"]]", CTL_TEXT, "a, b" },
                  { "[[]]", CTL_TEXT, "-" },
                  { "[{\"b\": 1, \"a\": \"\\u009b\"}]", CTL_TEXT, "{\"a\":\"\\u009b\",\"b\":1}" },
                  { "[{\"b\": 1, \"a\": 20}]", CTL_TEXT, "b 1, a 20" },
                  { "[{}]", CTL_TEXT, "-" },
                  { "[9007199254740993]", CTL_NUMBER, "9007199254740993" },
                  { "[-3]", CTL_NUMBER, "-3" },
                  { "[1.5]", CTL_NUMBER, "1.5" },
                  { "[\"2026-11-22T07:43:10.672Z\"]", CTL_TIME, "2026-11-22T07:43:10Z" },
                  { "[\"2026-11-22\"]", CTL_TIME, "2026-11-22" },
                  { "[59]", CTL_SPAN, "59 s" },
                  { "[3600]", CTL_SPAN, "1 h 0 min" },
                  { "[90000]", CTL_SPAN, "1 d 1 h" } };
    size_t i;

    for (i = 0; i < sizeof(cells) / sizeof(*cells); i++) {
        const json_t *value = json_array_get(parse(cells[i].json, state), 0);

        assert_string_equal(ctl_cell(value, cells[i].form, *state), cells[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(plain_texts_stay),
        UNIT_TEST(what_drives_a_terminal_is_escaped),
        UNIT_TEST(json_stays_the_same_json),
        UNIT_TEST(widths_are_those_of_a_terminal),
        UNIT_TEST(what_is_cut_says_so_and_fits),
        UNIT_TEST(tables_line_up),
        UNIT_TEST(one_name_is_one_line),
        UNIT_TEST(facts_have_what_there_is),
        UNIT_TEST(cells_are_for_people),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

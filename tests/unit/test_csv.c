/* SPDX-License-Identifier: Apache-2.0 */
/* base/csv: fields that a spreadsheet reads back as they were, and never as a formula. */
#include "unit.h"

#include "base/csv.h"

static void a_text_stands_in_quotes(void **state)
{
    assert_string_equal(scim_sync_csv_field("Ann", *state), "\"Ann\"");
    assert_string_equal(scim_sync_csv_field("Smith, Ann", *state), "\"Smith, Ann\"");
    assert_string_equal(scim_sync_csv_field("two\r\nlines", *state), "\"two\r\nlines\"");
    assert_string_equal(scim_sync_csv_field("J\xc3\xbcrgen", *state), "\"J\xc3\xbcrgen\"");
    assert_string_equal(scim_sync_csv_field("", *state), "\"\"");
}

static void no_text_is_nothing(void **state)
{
    assert_string_equal(scim_sync_csv_field(NULL, *state), "");
}

static void quotes_are_doubled(void **state)
{
    assert_string_equal(scim_sync_csv_field("the \"boss\"", *state), "\"the \"\"boss\"\"\"");
    assert_string_equal(scim_sync_csv_field("\"\"\"\"", *state), "\"\"\"\"\"\"\"\"\"\"");
}

static void a_formula_is_none(void **state)
{
    static const char *const texts[][2] = {
        { "=HYPERLINK(\"https://evil.example.com\")",
          "\"'=HYPERLINK(\"\"https://evil.example.com\"\")\"" },
        { "+1", "\"'+1\"" },
        { "-1", "\"'-1\"" },
        { "@SUM(A1)", "\"'@SUM(A1)\"" },
        { "\t=1", "\"'\t'=1\"" },
        { "\r1", "\"'\r1\"" },
        { "\n1", "\"'\n1\"" },
        { "=", "\"'=\"" },
        { "a=1", "\"a=1\"" },
        { "＝1", "\"'＝1\"" },
        { "＠SUM(A1)", "\"'＠SUM(A1)\"" },
        { "\"=1", "\"\"\"'=1\"" },
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_string_equal(scim_sync_csv_field(texts[i][0], *state), texts[i][1]);
    }
}

/* Where commas stand in numbers, as in German, spreadsheets separate fields by semicolons. */
static void it_is_none_to_whom_separates_otherwise(void **state)
{
    static const char *const texts[][2] = {
        { "a;=1", "\"a;'=1\"" },
        { "a;b=1; =1", "\"a;b=1; =1\"" },
        { "a;;\"\"@SUM(A1)", "\"a;;\"\"\"\"'@SUM(A1)\"" },
        { "a\r\n=1\r\nb", "\"a\r\n'=1\r\nb\"" },
        { "a\t-1", "\"a\t'-1\"" },
        { "-;-;-", "\"'-;'-;'-\"" },
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_string_equal(scim_sync_csv_field(texts[i][0], *state), texts[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(a_text_stands_in_quotes),
        UNIT_TEST(no_text_is_nothing),
        UNIT_TEST(quotes_are_doubled),
        UNIT_TEST(a_formula_is_none),
        UNIT_TEST(it_is_none_to_whom_separates_otherwise),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* base/text: folding, e-mail addresses, times, ids, percent-encoding. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static void folds_case(void **state)
{
    assert_string_equal(scim_sync_fold("Ada.Lovelace@EXAMPLE.com", *state),
                        "ada.lovelace@example.com");
    assert_string_equal(scim_sync_fold("", *state), "");
    assert_string_equal(scim_sync_fold("J\xc3\x9cRGEN", *state), "j\xc3\xbcrgen");
    assert_string_equal(scim_sync_fold("STRASSE", *state), scim_sync_fold("Stra\303\237e", *state));
    /* Greek sigma, at the end of a word and within it. */
    assert_string_equal(scim_sync_fold("\xce\xa3", *state), scim_sync_fold("\xcf\x82", *state));
}

static void folds_to_composed_form(void **state)
{
    assert_string_equal(scim_sync_fold("u\xcc\x88", *state), "\xc3\xbc");
    assert_string_equal(scim_sync_fold("A\xcc\x8a", *state),
                        scim_sync_fold("\xe2\x84\xab", *state));
}

static void folding_twice_changes_nothing(void **state)
{
    static const char *const texts[] = { "\xc4\xb0", "\xc7\xb0", "\xef\xac\x83", "\xe1\xba\x9e",
                                         "\xcd\x85\xcc\x81" };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *once = scim_sync_fold(texts[i], *state);

        assert_non_null(once);
        assert_string_equal(scim_sync_fold(once, *state), once);
    }
}

static void excerpts_are_whole_characters(void **state)
{
    assert_null(scim_sync_excerpt(NULL, 5, *state));
    assert_string_equal(scim_sync_excerpt("", 5, *state), "");
    assert_string_equal(scim_sync_excerpt("hello", 5, *state), "hello");
    assert_string_equal(scim_sync_excerpt("hello!", 5, *state), "hello");
    assert_string_equal(scim_sync_excerpt("\xc3\xa4\xc3\xb6", 3, *state), "\xc3\xa4");
    assert_string_equal(scim_sync_excerpt("a\xf0\x9f\x98\x80", 4, *state), "a");
    assert_string_equal(scim_sync_excerpt("a\xf0\x9f\x98\x80", 5, *state), "a\xf0\x9f\x98\x80");
    assert_string_equal(scim_sync_excerpt("J\xfcrgen \xff", 99, *state), "J?rgen ?");
    assert_string_equal(scim_sync_excerpt("\x80\x80\x80\x80\x80\x80", 4, *state), "?");
}

static void folds_only_utf8(void **state)
{
    assert_null(scim_sync_fold(NULL, *state));
    assert_null(scim_sync_fold("J\xfcrgen", *state));
    assert_null(scim_sync_fold("cut \xc3", *state));
    assert_null(scim_sync_fold("surrogate \xed\xa0\x80", *state));
    assert_null(scim_sync_fold("overlong \xc0\xaf", *state));
}

static void knows_email_addresses(void **state)
{
    static const char *const good[] = { "a@b", "ada@example.com", "a+b.c@mail.example.com",
                                        "j\303\274rgen@b\303\274cher.example" };
    static const char *const bad[] = { "",
                                       "@",
                                       "a@",
                                       "@example.com",
                                       "a@b@example.com",
                                       "ada",
                                       "ada @example.com",
                                       "ada@example.com ",
                                       "ada@exam\tple.com",
                                       "ada\n@example.com",
                                       "ada@.example.com",
                                       "ada@example.com.",
                                       "ada@example..com",
                                       "ada\xc2\xa0@example.com",
                                       "ada\x7f@example.com",
                                       "ad\xff@example.com" };

    assert_non_null(*state);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(scim_sync_is_email(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(scim_sync_is_email(bad[i]));
    }
    assert_false(scim_sync_is_email(NULL));
}

/* How many characters it may have: 5. */
static void cleans_display_names(void **state)
{
    static const struct {
        const char *text;
        const char *clean; /* NULL: it is none */
    } cases[] = {
        { "Okta", "Okta" },
        { "a", "a" },
        { "  a b\u00a0", "a b" },
        { "\u3000\u00e4\u00f6\u00fc\u6771\U0001f600\u2003", "\u00e4\u00f6\u00fc\u6771\U0001f600" },
        { "12345     ", "12345" },
        { "123456", NULL },
        { "1  456", NULL },
        { "", NULL },
        { " \u00a0\u3000 ", NULL },
        { "a\tb", NULL },
        { "a\n", NULL },
        { "a\xc2\x85", NULL },
        { "a\x7f", NULL },
        { "a\u2028b", NULL },
        { "a\u2029b", NULL },
        { "a\u202eb", NULL },       /* what follows would stand the other way round */
        { "a\u200db", "a\u200db" }, /* as families of emoji have it */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *clean = scim_sync_display_name(cases[i].text, 5, *state);

        if (!clean != !cases[i].clean || (clean && strcmp(clean, cases[i].clean))) {
            fail_msg("case %d: %s", (int)i, clean ? clean : "none");
        }
    }
}

static void writes_times(void **state)
{
    assert_string_equal(scim_sync_time_text(0, *state), "1970-01-01T00:00:00.000Z");
    assert_string_equal(scim_sync_time_text(APR_INT64_C(1795329000123), *state),
                        "2026-11-22T06:30:00.123Z");
    assert_string_equal(scim_sync_time_text(-1, *state), "1969-12-31T23:59:59.999Z");
    assert_string_equal(scim_sync_time_text(APR_INT64_MAX, *state), "9999-12-31T23:59:59.999Z");
    assert_string_equal(scim_sync_time_text(APR_INT64_MIN, *state), "0000-01-01T00:00:00.000Z");
}

static void reads_times(void **state)
{
    static const struct {
        const char *text;
        const char *same;
    } cases[] = {
        { "2026-11-22T06:30:00.123Z", "2026-11-22T06:30:00.123Z" },
        { "2026-11-22T06:30:00Z", "2026-11-22T06:30:00.000Z" },
        { "2026-11-22t06:30:00z", "2026-11-22T06:30:00.000Z" },
        { "2026-11-22T06:30:00", "2026-11-22T06:30:00.000Z" },
        { "2026-11-22T06:30:00.1Z", "2026-11-22T06:30:00.100Z" },
        { "2026-11-22T06:30:00.1239999999999999999Z", "2026-11-22T06:30:00.123Z" },
        { "2026-11-22T06:30:00+01:00", "2026-11-22T05:30:00.000Z" },
        { "2026-11-22T06:30:00-05:30", "2026-11-22T12:00:00.000Z" },
        { "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z" },
        { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z" },
        { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z" },
        { "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z" },
        { "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        apr_int64_t ms = 0;

        assert_int_equal(scim_sync_time_parse(&ms, cases[i].text), APR_SUCCESS);
        assert_string_equal(scim_sync_time_text(ms, *state), cases[i].same);
    }
}

static void refuses_what_is_no_time(void **state)
{
    static const char *const bad[] = { "",
                                       "now",
                                       "2026-11-22",
                                       "2026-11-22 06:30:00Z",
                                       "2026-11-22T06:30Z",
                                       "2026-11-22T06:30:00.Z",
                                       "2026-11-22T06:30:00Zulu",
                                       "2026-11-22T06:30:00+0100",
                                       "2026-11-22T06:30:00+24:00",
                                       "2026-11-22T06:30:00+01:60",
                                       "2026-11-22T06:30:00+01:",
                                       "2026-11-22T06:30:00+",
                                       "2026-11-22T24:00:00Z",
                                       "2026-11-22T23:60:00Z",
                                       "2026-11-22T23:59:61Z",
                                       "2026-13-01T00:00:00Z",
                                       "2026-00-01T00:00:00Z",
                                       "2026-01-00T00:00:00Z",
                                       "2026-02-29T00:00:00Z",
                                       "2026-04-31T00:00:00Z",
                                       "26-11-22T06:30:00Z",
                                       "12026-11-22T06:30:00Z",
                                       "-2026-11-22T06:30:00Z",
                                       "2026-1-22T06:30:00Z",
                                       " 2026-11-22T06:30:00Z",
                                       "2026-11-22T06:30:00Z " };
    apr_int64_t ms;

    assert_non_null(*state);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(scim_sync_time_parse(&ms, bad[i]), APR_EINVAL);
    }
    assert_int_equal(scim_sync_time_parse(&ms, NULL), APR_EINVAL);
}

static void now_is_in_milliseconds(void **state)
{
    apr_int64_t before = apr_time_now() / 1000;
    apr_int64_t now = scim_sync_now();

    assert_non_null(*state);
    assert_true(now >= before && now <= apr_time_now() / 1000);
}

static void ids_are_random_uuids(void **state)
{
    const char *id = scim_sync_new_id(*state);

    assert_int_equal(strlen(id), 36);
    assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
    assert_true(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
    assert_int_equal(id[14], '4');
    assert_non_null(strchr("89ab", id[19]));
    assert_string_not_equal(scim_sync_new_id(*state), id);
}

static void encodes_for_urls(void **state)
{
    assert_string_equal(scim_sync_url_encode("", *state), "");
    assert_string_equal(scim_sync_url_encode("AZaz09-._~", *state), "AZaz09-._~");
    assert_string_equal(scim_sync_url_encode("a b+c&d=e/f?g%h", *state),
                        "a%20b%2Bc%26d%3De%2Ff%3Fg%25h");
    assert_string_equal(scim_sync_url_encode("\xc3\xbc\r\n", *state), "%C3%BC%0D%0A");
}

static apr_array_header_t *list_of(const char *letters, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));

    for (; *letters; letters++) {
        APR_ARRAY_PUSH(list, const char *) = apr_pstrmemdup(p, letters, 1);
    }
    return list;
}

static void lists_are_the_same_in_any_order(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        int same;
    } cases[] = { { "", "", 1 },      { "", "a", 0 },    { "abc", "cab", 1 }, { "aab", "bba", 1 },
                  { "ab", "abc", 0 }, { "ab", "ac", 0 }, { "aa", "ab", 0 } };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        apr_array_header_t *a = list_of(cases[i].a, *state);
        apr_array_header_t *b = list_of(cases[i].b, *state);

        assert_int_equal(scim_sync_list_same(a, b, *state), cases[i].same);
        assert_int_equal(scim_sync_list_same(b, a, *state), cases[i].same);
        assert_int_equal(a->nelts, strlen(cases[i].a));
    }
}

static void names_the_first_ones(void **state)
{
    apr_array_header_t *list = apr_array_make(*state, 3, sizeof(const char *));

    assert_string_equal(scim_sync_list_text(list, 2, 0, *state), "");
    APR_ARRAY_PUSH(list, const char *) = "ann";
    assert_string_equal(scim_sync_list_text(list, 2, 1, *state), "ann");
    APR_ARRAY_PUSH(list, const char *) = "bob";
    assert_string_equal(scim_sync_list_text(list, 2, 2, *state), "ann, bob");
    assert_string_equal(scim_sync_list_text(list, 2, 9, *state), "ann, bob and 7 more");
    APR_ARRAY_PUSH(list, const char *) = "cat";
    assert_string_equal(scim_sync_list_text(list, 2, 3, *state), "ann, bob and 1 more");
}

static void counts_in_words_that_are_right_of_one(void **state)
{
    assert_string_equal(scim_sync_count_text(0, "person", "people", *state), "0 people");
    assert_string_equal(scim_sync_count_text(1, "person", "people", *state), "1 person");
    assert_string_equal(scim_sync_count_text(2, "person", "people", *state), "2 people");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(folds_case),
        UNIT_TEST(folds_to_composed_form),
        UNIT_TEST(folding_twice_changes_nothing),
        UNIT_TEST(folds_only_utf8),
        UNIT_TEST(excerpts_are_whole_characters),
        UNIT_TEST(knows_email_addresses),
        UNIT_TEST(cleans_display_names),
        UNIT_TEST(writes_times),
        UNIT_TEST(reads_times),
        UNIT_TEST(refuses_what_is_no_time),
        UNIT_TEST(now_is_in_milliseconds),
        UNIT_TEST(ids_are_random_uuids),
        UNIT_TEST(encodes_for_urls),
        UNIT_TEST(names_the_first_ones),
        UNIT_TEST(lists_are_the_same_in_any_order),
        UNIT_TEST(counts_in_words_that_are_right_of_one),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

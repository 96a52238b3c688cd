/* SPDX-License-Identifier: Apache-2.0 */
/* base/pattern: what matches, what is made of it, and that every match ends. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "base/pattern.h"

static const scim_sync_pattern_t *compiled(const char *text, apr_pool_t *p)
{
    const scim_sync_pattern_t *pattern;
    const char *why;

    if (scim_sync_pattern_compile(&pattern, text, &why, p) != APR_SUCCESS) {
        fail_msg("%s: %s", text, why);
    }
    assert_string_equal(scim_sync_pattern_text(pattern), text);
    return pattern;
}

static void refuses(const char *text, const char *words, apr_pool_t *p)
{
    const scim_sync_pattern_t *pattern;
    const char *why = NULL;

    assert_int_equal(scim_sync_pattern_compile(&pattern, text, &why, p), APR_EINVAL);
    assert_null(pattern);
    assert_string_equal(why, words);
}

static const char *repeated(const char *text, int times, apr_pool_t *p)
{
    apr_size_t length = strlen(text);
    char *all = apr_pcalloc(p, length * times + 1);

    for (int i = 0; i < times; i++) {
        memcpy(all + i * length, text, length);
    }
    return all;
}

static void test_a_bad_pattern_is_refused_with_its_place(void **state)
{
    refuses("(.*@x", "missing closing parenthesis at offset 5", *state);
    refuses("a+**", "quantifier does not follow a repeatable item at offset 2", *state);
    refuses("[z-a]", "range out of order in character class at offset 3", *state);
    refuses("\\Ca", "using \\C is disabled by the application at offset 2", *state);
    refuses(repeated("a", SCIM_SYNC_PATTERN_MAX + 1, *state),
            "pattern string is longer than the limit set by the application at offset 0", *state);
    refuses(apr_pstrcat(*state, repeated("(", 51, *state), repeated(")", 51, *state), NULL),
            "parentheses are too deeply nested at offset 51", *state);
    refuses("((((a{1,60000}){1,60000}){1,60000}))", "regular expression is too large at offset 36",
            *state);
    compiled(repeated("a", SCIM_SYNC_PATTERN_MAX, *state), *state);
}

static void refuses_replacement(const char *pattern, const char *replacement, const char *words,
                                apr_pool_t *p)
{
    const char *why = "accepted";

    scim_sync_pattern_check_replacement(compiled(pattern, p), replacement, &why, p);
    if (strcmp(why, words) != 0) {
        fail_msg("%s with %s: %s", pattern, replacement, why);
    }
}

static void test_a_bad_replacement_is_refused_when_it_is_saved(void **state)
{
    static const char *const good[] = { "$0", "$1", "${1}x", "$name",      "${name}",
                                        "$$", "",   "\\L$1", "${2:-none}", "${2:+set $1:unset $1}",
                                        "a b" };
    const char *why;

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        why = good[i];
        if (scim_sync_pattern_check_replacement(compiled("(a)(?<name>x)?", *state), good[i], &why,
                                                *state) != APR_SUCCESS) {
            fail_msg("%s: %s", good[i], why);
        }
    }
    refuses_replacement("(a)", "x$2", "unknown substring at offset 3", *state);
    refuses_replacement("(a)", "$name", "unknown substring at offset 5", *state);
    refuses_replacement("(a)", "$", "invalid replacement string at offset 1", *state);
    refuses_replacement("(a)", "${1",
                        "expected closing curly bracket in replacement string at "
                        "offset 3",
                        *state);
    refuses_replacement("(a)", "\\8", "bad escape sequence in replacement string at offset 1",
                        *state);
    refuses_replacement("(a)", "${1:+$2:x}", "unknown substring at offset 7", *state);
    refuses_replacement("(a)", "${1:+x:$2}", "unknown substring at offset 9", *state);
    refuses_replacement("(a)", repeated("x", SCIM_SYNC_REPLACEMENT_MAX + 1, *state),
                        "longer than 1000 bytes", *state);
}

static const char *replaced(const char *pattern, const char *replacement, const char *subject,
                            apr_pool_t *p)
{
    const char *trouble = NULL;
    const char *result;

    if (!scim_sync_pattern_replace(compiled(pattern, p), replacement, subject, &result, &trouble,
                                   p)) {
        return trouble ? trouble : "no match";
    }
    assert_null(trouble);
    return result ? result : "no name";
}

static void test_replacing(void **state)
{
    static const struct {
        const char *pattern, *replacement, *subject, *result;
    } cases[] = {
        { "(.*)@.*", "$1", "jdoe@example.com", "jdoe" },
        { "@example\\.com$", "", "jdoe@example.com", "jdoe" },
        { "@example\\.com$", "", "jdoe@example.org", "no match" },
        { "@EXAMPLE", "", "jdoe@example.com", "no match" },
        { "(?i)@EXAMPLE", "@", "jdoe@example.com", "jdoe@.com" },
        { "(?i)^\xc3\xa4", "x", "\xc3\x84rzte", "xrzte" },
        { "^(?<given>\\w+)\\.(?<family>\\w+)$", "${family}, $given", "an.\xc3\xa9va",
          "\xc3\xa9va, an" },
        { "(a)(b)(c)(d)(e)(f)(g)(h)(i)", "$9$8$7$6$5$4$3$2$1-$0", "abcdefghi",
          "ihgfedcba-abcdefghi" },
        { "(a)(b)?", "[$1$2]", "a", "[a]" },
        { "(a)(b)?", "${2:-none}", "a", "none" },
        { "a", "$$1", "a", "$1" },
        { "(.*)", "\\L$1", "\xc3\x84RZTE", "\xc3\xa4rzte" },
        { " ", "-", "a b c", "a-b c" }, /* the first one */
        { "$", "!", "a\n", "no name" },
        { ".*", "", "a", "" },
        { "a", "\\x{7}", "a", "no name" },
        { "a", "\\x{0}b", "a", "no name" },
        { "a$", "b", "a\n", "no match" },
        { "(?m)a$", "b", "a\n", "no name" },
        { "", "x", "", "x" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(replaced(cases[i].pattern, cases[i].replacement, cases[i].subject,
                                     *state),
                            cases[i].result);
    }
}

static void test_a_result_is_bounded(void **state)
{
    const char *longest = repeated("x", SCIM_SYNC_SUBJECT_MAX, *state);

    assert_string_equal(replaced("^.*$", "$0$0", longest, *state),
                        repeated("x", SCIM_SYNC_RESULT_MAX, *state));
    assert_string_equal(replaced("^.*$", "$0$0y", longest, *state), "no name");
}

/* Patterns for which a backtracking matcher needs longer than the sun will shine. */
static void test_every_match_ends(void **state)
{
    static const char *const patterns[] = { "(a+)+$",
                                            "^(a|aa)+$",
                                            "(a*)*b",
                                            "(.*)(.*)(.*)(.*)=",
                                            "^(([a-z])+.)+[A-Z]([a-z])+$",
                                            "(?:a?){30}a{30}!",
                                            "^(\\w+\\s?)*$",
                                            "(a|b|ab)*c",
                                            "(?R)?a!" };
    const char *subject = apr_pstrcat(*state, repeated("a", 1000, *state), "!", NULL);
    apr_time_t began = apr_time_now();

    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        const char *trouble = NULL;
        const char *result;

        (void)scim_sync_pattern_matches(compiled(patterns[i], *state), subject, &trouble, *state);
        (void)scim_sync_pattern_replace(compiled(patterns[i], *state), "x", subject, &result,
                                        &trouble, *state);
    }
    assert_true(apr_time_now() - began < apr_time_from_sec(20));
    assert_string_equal(replaced("(a+)+$", "x", subject, *state), "match limit exceeded");
}

/* Ours, not the library's, which are for programs with more time. */
static void test_the_limits_are_for_names(void **state)
{
    const char *dashes = repeated("a-", 127, *state);
    const char *trouble = NULL;

    assert_false(scim_sync_pattern_matches(compiled("^.*.*.*(x|y)$", *state),
                                           repeated("a", 100, *state), &trouble, *state));
    assert_string_equal(trouble, "match limit exceeded");
    assert_string_equal(replaced("^(?:.*-)?(.*)-(.*)-$", "$1$2", dashes, *state), "aa");
    assert_string_equal(replaced("^(a|b|-)*$", "$1", repeated("a-", 512, *state), *state), "-");
    assert_string_equal(replaced("^(.*)x(.*)x(.*)$", "", dashes, *state), "no match");
}

static void test_a_long_name_matches_nothing_and_says_so(void **state)
{
    const scim_sync_pattern_t *pattern = compiled("a", *state);
    const char *trouble = NULL;

    assert_true(scim_sync_pattern_matches(pattern, repeated("a", SCIM_SYNC_SUBJECT_MAX, *state),
                                          &trouble, *state));
    assert_null(trouble);
    assert_false(
        scim_sync_pattern_matches(pattern, repeated("a", 10000, *state), &trouble, *state));
    assert_string_equal(trouble, "longer than 1024 bytes");
    assert_string_equal(replaced("a", "b", repeated("a", 10000, *state), *state),
                        "longer than 1024 bytes");
}

static void test_what_is_no_utf8_matches_nothing_and_says_so(void **state)
{
    const char *trouble = NULL;

    assert_false(scim_sync_pattern_matches(compiled(".", *state), "\xff", &trouble, *state));
    assert_non_null(trouble);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_a_bad_pattern_is_refused_with_its_place),
        UNIT_TEST(test_a_bad_replacement_is_refused_when_it_is_saved),
        UNIT_TEST(test_replacing),
        UNIT_TEST(test_a_result_is_bounded),
        UNIT_TEST(test_every_match_ends),
        UNIT_TEST(test_the_limits_are_for_names),
        UNIT_TEST(test_a_long_name_matches_nothing_and_says_so),
        UNIT_TEST(test_what_is_no_utf8_matches_nothing_and_says_so),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

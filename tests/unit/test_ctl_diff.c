/* SPDX-License-Identifier: Apache-2.0 */
/* scim-syncctl/diff, seen: what differs between two configurations; which events are new. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/diff.h"
#include "scim-syncctl/event.h"

static json_t *parse(const char *text, void **state)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(value);
    return scim_sync_json_own(value, *state);
}

/* All differences, one behind the other. */
static const char *difference(const char *before, const char *after, void **state)
{
    const apr_array_header_t *found =
        ctl_diff(before ? parse(before, state) : NULL, parse(after, state), *state);
    const char *text = "";
    int i;

    for (i = 0; i < found->nelts; i++) {
        text = apr_pstrcat(*state, text,
                           ctl_difference_text(&APR_ARRAY_IDX(found, i, ctl_difference_t), *state),
                           NULL);
    }
    return text;
}

static void equal_ones_do_not_differ(void **state)
{
    assert_string_equal(difference("{}", "{}", state), "");
    assert_string_equal(difference("{\"a\": 1, \"b\": [1, {\"c\": 2}]}",
                                   "{\"b\": [1, {\"c\": 2}], \"a\": 1}", state),
                        "");
    assert_string_equal(difference("{\"a\": null}", "{}", state), "");
    assert_string_equal(difference("{}", "{\"a\": null}", state), "");
}

static void values_are_shown_before_and_after(void **state)
{
    assert_string_equal(difference("{\"b\": \"x\", \"a\": {\"n\": 1}}",
                                   "{\"b\": \"y\", \"a\": {\"n\": 2}}", state),
                        "~ a.n: 1 -> 2\n~ b: \"x\" -> \"y\"\n");
    assert_string_equal(difference("{\"a\": 600}", "{\"a\": null}", state), "~ a: 600 -> null\n");
    assert_string_equal(difference("{\"a\": null}", "{\"a\": 600}", state), "~ a: null -> 600\n");
    assert_string_equal(difference("{\"a\": 1}", "{\"a\": \"1\"}", state), "~ a: 1 -> \"1\"\n");
    assert_string_equal(difference("{\"a\": true}", "{\"a\": [true]}", state),
                        "~ a: true -> [true]\n");
}

static void what_is_new_is_shown_leaf_by_leaf(void **state)
{
    assert_string_equal(difference(NULL, "{\"a\": {\"b\": 1, \"c\": \"x\"}, \"d\": [2]}", state),
                        "+ a.b: 1\n+ a.c: \"x\"\n+ d: [2]\n");
    assert_string_equal(difference("{\"a\": {\"b\": 1}}", "{\"a\": null}", state),
                        "~ a.b: 1 -> null\n");
}

static void of_lists_the_elements_are_shown(void **state)
{
    assert_string_equal(difference("{\"a\": [\"x\", \"y\", \"z\"]}",
                                   "{\"a\": [\"x\", \"n\", \"z\", \"m\"]}", state),
                        "- a: \"y\"\n+ a: \"n\"\n+ a: \"m\"\n");
    assert_string_equal(difference("{\"a\": [1, 2]}", "{\"a\": []}", state), "- a: 1\n- a: 2\n");
    assert_string_equal(difference("{\"a\": [{\"b\": 1, \"c\": 2}]}",
                                   "{\"a\": [{\"c\": 3, \"b\": 1}]}", state),
                        "- a: {\"b\":1,\"c\":2}\n+ a: {\"b\":1,\"c\":3}\n");
}

/* Which of two patterns comes first decides. */
static void another_order_is_a_difference(void **state)
{
    assert_string_equal(difference("{\"a\": [1, 2]}", "{\"a\": [2, 1]}", state),
                        "- a: 1\n+ a: 1\n");
    assert_string_equal(difference("{\"a\": [1, 1]}", "{\"a\": [1]}", state), "- a: 1\n");
}

static void names_of_others_cannot_drive_the_terminal(void **state)
{
    assert_string_equal(difference("{\"a\": []}", "{\"a\": [\"\\u001b[2J\\u009b\\u202e\"]}", state),
                        "+ a: \"\\u001B[2J\\u009b\\u202e\"\n");
}

static void long_values_stand_below_each_other(void **state)
{
    const char *shown = difference("{\"a\": \"0123456789012345678901234567890123456789\"}",
                                   "{\"a\": \"9876543210987654321098765432109876543210\"}", state);

    assert_non_null(strstr(shown, "~ a:\n        was \"0123"));
    assert_non_null(strstr(shown, "\n        now \"9876"));
}

static void lists_beyond_all_bounds_are_compared_as_a_whole(void **state)
{
    json_t *before = scim_sync_json_own(json_object(), *state);
    json_t *after = scim_sync_json_own(json_object(), *state);
    json_t *lists[2] = { json_array(), json_array() };
    const apr_array_header_t *found;
    int i;

    for (i = 0; i < 6000; i++) {
        json_array_append_new(lists[i % 2], json_integer(i));
    }
    json_object_set_new(before, "a", lists[0]);
    json_object_set_new(after, "a", lists[1]);
    found = ctl_diff(before, after, *state);
    assert_int_equal(found->nelts, 1);
    assert_false(APR_ARRAY_IDX(found, 0, ctl_difference_t).is_element);
}

static void what_is_not_named_stays(void **state)
{
    static const char *const cases[][3] = {
        { "{\"a\": {\"b\": 1, \"c\": 2}, \"d\": 3}", "{\"a\": {\"b\": 9}}",
          "{\"a\": {\"b\": 9, \"c\": 2}, \"d\": 3}" },
        { "{\"a\": [1, 2]}", "{\"a\": [3]}", "{\"a\": [3]}" },
        { "{\"a\": {\"b\": 1}}", "{\"a\": null}", "{\"a\": null}" },
        { "{\"a\": null}", "{\"a\": {\"b\": 1}}", "{\"a\": {\"b\": 1}}" },
        { "{}", "{\"a\": {\"b\": [1]}}", "{\"a\": {\"b\": [1]}}" },
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        json_t *before = parse(cases[i][0], state);
        const json_t *wanted = parse(cases[i][1], state);
        json_t *merged = scim_sync_json_own(ctl_merge(before, wanted), *state);

        assert_true(json_equal(merged, parse(cases[i][2], state)));
        assert_true(json_equal(before, parse(cases[i][0], state)));
    }
    assert_true(json_equal(scim_sync_json_own(ctl_merge(NULL, parse("{\"a\": 1}", state)), *state),
                           parse("{\"a\": 1}", state)));
}

static void an_event_is_new_once_also_when_it_comes_late(void **state)
{
    ctl_seen_t *seen = ctl_seen_make(1000, *state);

    assert_int_equal(ctl_seen_latest(seen), 0);
    assert_true(ctl_seen_add(seen, 7, 5000));
    assert_true(ctl_seen_add(seen, 5, 4000));
    assert_true(ctl_seen_add(seen, 6, 5000));
    assert_false(ctl_seen_add(seen, 7, 5000));
    assert_false(ctl_seen_add(seen, 5, 4000));
    assert_int_equal(ctl_seen_latest(seen), 5000);
}

static void what_may_be_met_again_is_known_and_what_is_old_is_forgotten(void **state)
{
    ctl_seen_t *seen = ctl_seen_make(1000, *state);
    apr_int64_t i;

    for (i = 1; i <= 100000; i++) {
        assert_true(ctl_seen_add(seen, i, 10 * i));
        if (i > 100) {
            /* A second ago. */
            assert_false(ctl_seen_add(seen, i - 100, 10 * (i - 100)));
        }
    }
    assert_true(ctl_seen_add(seen, 1, 10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(equal_ones_do_not_differ),
        UNIT_TEST(values_are_shown_before_and_after),
        UNIT_TEST(what_is_new_is_shown_leaf_by_leaf),
        UNIT_TEST(of_lists_the_elements_are_shown),
        UNIT_TEST(another_order_is_a_difference),
        UNIT_TEST(names_of_others_cannot_drive_the_terminal),
        UNIT_TEST(long_values_stand_below_each_other),
        UNIT_TEST(lists_beyond_all_bounds_are_compared_as_a_whole),
        UNIT_TEST(what_is_not_named_stays),
        UNIT_TEST(an_event_is_new_once_also_when_it_comes_late),
        UNIT_TEST(what_may_be_met_again_is_known_and_what_is_old_is_forgotten),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

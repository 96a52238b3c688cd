/* SPDX-License-Identifier: Apache-2.0 */
/* scim/filter: the golden folders filter and match, and the bounds. */
#include "golden.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "base/json.h"
#include "filter_tree.h"

#define LENGTH 8192
#define DEPTH  10

static const scim_sync_filter_t *parsed(const char *text, int max_length, apr_pool_t *p)
{
    const scim_sync_filter_t *filter;
    const scim_sync_error_t *error;

    error = scim_sync_filter_parse(&filter, SCIM_SYNC_USER, text, max_length, DEPTH, p);
    if (error != NULL) {
        fail_msg("%.100s: %s", text, error->detail);
    }
    return filter;
}

static const scim_sync_error_t *refused(const char *text, apr_pool_t *p)
{
    const scim_sync_filter_t *filter;
    const scim_sync_error_t *error;

    error = scim_sync_filter_parse(&filter, SCIM_SYNC_USER, text, LENGTH, DEPTH, p);
    assert_non_null(error);
    assert_null(filter);
    assert_int_equal(error->status, 400);
    assert_string_equal(error->type, SCIM_SYNC_INVALID_FILTER);
    return error;
}

static void check_filter(const json_t *golden, apr_pool_t *p)
{
    const char *text = scim_sync_json_str(golden, "filter");
    const scim_sync_filter_t *filter;
    const char *printed;

    if (golden_error(golden, scim_sync_filter_parse(&filter, golden_type(golden), text, LENGTH,
                                                    DEPTH, p))) {
        return;
    }
    printed = scim_sync_filter_print(filter, p);
    assert_string_equal(printed, scim_sync_json_str(golden, "is"));
    assert_null(scim_sync_filter_parse(&filter, golden_type(golden), printed, LENGTH, DEPTH, p));
    assert_string_equal(scim_sync_filter_print(filter, p), printed);
}

static void check_match(const json_t *golden, apr_pool_t *p)
{
    const char *name = scim_sync_json_str(golden, "attribute");
    const char *text = scim_sync_json_str(golden, "filter");
    const scim_sync_attr_t *attr =
        scim_sync_attr_find(scim_sync_schema_of(golden_type(golden))->attrs, name);
    const scim_sync_filter_t *filter;
    json_t *element;
    size_t i;

    assert_null(scim_sync_filter_parse_values(&filter, attr, text, strlen(text), LENGTH, DEPTH, p));
    json_array_foreach(json_object_get(golden, "matches"), i, element)
    {
        if (!scim_sync_filter_matches(filter, element, p)) {
            fail_msg("%s doesn't match number %d", text, (int)i);
        }
    }
    json_array_foreach(json_object_get(golden, "misses"), i, element)
    {
        if (scim_sync_filter_matches(filter, element, p)) {
            fail_msg("%s matches number %d of those that it must not", text, (int)i);
        }
    }
}

static int matches(const char *text, const char *element, apr_pool_t *p)
{
    const scim_sync_filter_t *filter;

    assert_null(scim_sync_filter_parse_values(&filter, NULL, text, strlen(text), LENGTH, DEPTH, p));
    return scim_sync_filter_matches(
        filter, scim_sync_json_own(json_loads(element, JSON_DECODE_ANY, NULL), p), p);
}

/* Of an extension that we don't know only the values say what kind they are. */
static void compares_what_is_of_one_kind(void **state)
{
    static const struct {
        const char *filter;
        const char *yes;
        const char *no;
    } cases[] = {
        { "a eq 0", "{\"a\":0.0}", "{\"a\":\"0\"}" },
        { "a eq \"x\"", "{\"a\":\"X\"}", "{\"a\":0}" },
        { "a ne \"x\"", "{\"a\":0}", "{\"a\":\"x\"}" },
        { "a ne 7", "{}", "{\"a\":7}" },
        { "a lt 7", "{\"a\":-7.5}", "{\"a\":\"1\"}" },
        { "a ge \"\u00e9\"", "{\"a\":\"\u00c9\"}", "{\"a\":\"z\"}" },
        { "a eq true", "{\"a\":true}", "{\"a\":\"yes\"}" },
        { "a ne true", "{\"a\":\"yes\"}", "{\"a\":true}" },
        { "a ne \"x\"", "{\"a\":[\"x\"]}", "{\"a\":\"x\"}" },
        { "a eq \"true\"", "{\"a\":true}", "{\"a\":1}" },
        { "a pr", "{\"a\":[\"\"]}", "{\"a\":[]}" },
        { "a pr", "{\"a\":{\"b\":0}}", "{\"a\":{\"b\":\"\"}}" },
        { "a eq null", "{\"a\":\"\"}", "{\"a\":false}" },
        { "value eq 1", "1", "2" },
        { "a eq null", "1", "{\"a\":1}" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (!matches(cases[i].filter, cases[i].yes, *state) ||
            matches(cases[i].filter, cases[i].no, *state)) {
            fail_msg("%s on %s and on %s", cases[i].filter, cases[i].yes, cases[i].no);
        }
    }
}

static void tells_the_position(void **state)
{
    static const struct {
        const char *text;
        const char *position;
    } cases[] = {
        { "", "position 0:" },
        { "userName", "position 8:" },
        { "userName is \"x\"", "position 9:" },
        { "userName eq \"x", "position 12:" },
        { "userName eq \"x\" and", "position 19:" },
        { "userName eq \"x\" or nonsense eq 1", "position 19:" },
        { "(userName eq \"x\"", "position 16:" },
        { "userName eq \"x\")", "position 15:" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_non_null(strstr(refused(cases[i].text, *state)->detail, cases[i].position));
    }
    assert_int_equal(parsed("  active eq true", LENGTH, *state)->position, 2);
}

static void keeps_names_and_values_apart(void **state)
{
    const scim_sync_filter_t *f = parsed("emails[type eq \"work\"].value eq \"x\"", LENGTH, *state);

    assert_int_equal(f->kind, SCIM_SYNC_FILTER_VALUES);
    assert_string_equal(f->name.attr, "emails");
    assert_null(f->name.sub);
    assert_int_equal(f->left->kind, SCIM_SYNC_FILTER_AND);
    assert_string_equal(f->left->left->name.attr, "type");
    assert_string_equal(f->left->right->name.attr, "value");
    assert_string_equal(f->left->right->value, "x");

    f = parsed("ACTIVE EQ \"True\"", LENGTH, *state);
    assert_string_equal(f->name.attr, "active");
    assert_int_equal(f->value_kind, SCIM_SYNC_VALUE_BOOLEAN);
    assert_string_equal(f->value, "true");
}

static char *repeat(const char *text, int n, const char *tail, apr_pool_t *p)
{
    size_t len = strlen(text);
    char *out = apr_palloc(p, len * n + strlen(tail) + 1);

    for (int i = 0; i < n; i++) {
        memcpy(out + i * len, text, len);
    }
    strcpy(out + len * n, tail);
    return out;
}

static void bounds_the_depth(void **state)
{
    refused(repeat("(", 4000, "", *state), *state);
    refused(repeat("not(", 2000, "", *state), *state);
    refused(repeat("(", DEPTH + 1, "active eq true)))))))))))", *state), *state);
    parsed("((((((((((active eq true))))))))))", LENGTH, *state);
    refused("not(((((((((((active eq true)))))))))))", *state);
    refused("((((((((((emails[type eq \"x\"]))))))))))", *state);
}

static void bounds_the_length(void **state)
{
    const scim_sync_error_t *error = refused(repeat("a", LENGTH + 1, "", *state), *state);

    assert_non_null(strstr(error->detail, "longer"));
    refused(repeat("x", 1000000, "", *state), *state);
}

/* A megabyte of terms is read in no time, into a tree that nobody's stack has to fear. */
static void long_chains_stay_shallow(void **state)
{
    const char *text = repeat("title eq 1 and title eq 2 or ", 36000, "title pr", *state);
    apr_time_t begin = apr_time_now();
    const scim_sync_filter_t *filter = parsed(text, 2000000, *state);

    assert_true(filter_depth(filter) < 24);
    assert_true(apr_time_now() - begin < apr_time_from_sec(5));
}

static void survives_any_cut(void **state)
{
    const char *text = "not (emails[type eq \"w\\u00e9\\\"\" and primary eq True].value co \"@x\") "
                       "or urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq 5";
    const scim_sync_filter_t *filter;

    parsed(text, LENGTH, *state);
    for (size_t n = 0; n < strlen(text); n++) {
        scim_sync_filter_parse(&filter, SCIM_SYNC_USER, apr_pstrndup(*state, text, n), LENGTH,
                               DEPTH, *state);
        scim_sync_filter_parse(&filter, SCIM_SYNC_USER, text + n, LENGTH, DEPTH, *state);
    }
}

static void quotes_nothing_that_is_not_utf8(void **state)
{
    const scim_sync_error_t *error = refused("\xff\xfe eq 1", *state);

    assert_non_null(strstr(error->detail, "\"??\""));
    assert_true(json_is_string(json_object_get(scim_sync_error_json(error, *state), "detail")));
    refused("userName eq \xff", *state);
    refused("userName eq \"\xc3(\"", *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(compares_what_is_of_one_kind),
        UNIT_TEST(tells_the_position),
        UNIT_TEST(keeps_names_and_values_apart),
        UNIT_TEST(bounds_the_depth),
        UNIT_TEST(bounds_the_length),
        UNIT_TEST(long_chains_stay_shallow),
        UNIT_TEST(survives_any_cut),
        UNIT_TEST(quotes_nothing_that_is_not_utf8),
    };
    int failed = golden_run("filter", check_filter) + golden_run("match", check_match);

    return failed + cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

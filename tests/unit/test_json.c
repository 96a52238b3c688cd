/* SPDX-License-Identifier: Apache-2.0 */
/* base/json: what is read, what is refused and in which words, who frees what. */
#include "unit.h"

#include <string.h>

#include "base/json.h"

static const char *refusal(const char *text, apr_size_t len, apr_pool_t *p)
{
    json_t *j = NULL;
    const char *why = NULL;

    assert_int_equal(scim_sync_json_parse(&j, text, len, 8, &why, p), APR_EINVAL);
    assert_null(j);
    assert_non_null(why);
    return why;
}

static json_t *parsed(const char *text, apr_pool_t *p)
{
    json_t *j = NULL;
    const char *why = NULL;

    assert_int_equal(scim_sync_json_parse(&j, text, strlen(text), 8, &why, p), APR_SUCCESS);
    assert_non_null(j);
    return j;
}

static void reads_objects_and_arrays(void **state)
{
    json_t *user = parsed("{\"userName\":\"ada@example.com\",\"active\":true}", *state);

    assert_string_equal(scim_sync_json_str(user, "userName"), "ada@example.com");
    assert_true(json_is_true(json_object_get(user, "active")));
    assert_int_equal(json_array_size(parsed(" [1, 2, 3]\r\n", *state)), 3);
}

static void reads_no_further_than_len(void **state)
{
    json_t *j = NULL;
    const char *why = NULL;

    assert_int_equal(scim_sync_json_parse(&j, "{}garbage", 2, 8, &why, *state), APR_SUCCESS);
}

static void refuses_what_is_not_json(void **state)
{
    static const char *const bad[] = { "",          " ",       "{",        "[1,]",
                                       "{\"a\"}",   "{'a':1}", "\"text\"", "{} {}",
                                       "[01]",      "nul",     "[NaN]",    "[\"a",
                                       "[\"\\x\"]", "{a:1}",   "]",        "[\"\n\"]",
                                       "\\",        "[\"\\",   "[1e999]",  "[\"\\ud800\"]" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refusal(bad[i], strlen(bad[i]), *state);
    }
}

static void refuses_duplicate_keys(void **state)
{
    const char *text = "{\"active\":true,\"active\":false}";

    assert_non_null(strstr(refusal(text, strlen(text), *state), "twice"));
}

static void refuses_nul(void **state)
{
    const char escaped[] = "{\"userName\":\"a\\u0000b\"}";
    const char raw[] = "{\"userName\":\"a\0b\"}";
    const char behind[] = "{}\0";

    assert_non_null(strstr(refusal(escaped, sizeof escaped - 1, *state), "NUL"));
    refusal(raw, sizeof raw - 1, *state);
    refusal(behind, sizeof behind - 1, *state);
}

static void refuses_what_is_not_utf8(void **state)
{
    const char *text = "{\"userName\":\"J\xfcrgen\"}";

    assert_non_null(strstr(refusal(text, strlen(text), *state), "UTF-8"));
}

static void refuses_numbers_out_of_range(void **state)
{
    const char *text = "[99999999999999999999]";

    assert_non_null(strstr(refusal(text, strlen(text), *state), "range"));
}

static void says_where(void **state)
{
    const char *text = "{\n  \"a\": 1,\n  \"b\": ?\n}";

    assert_non_null(strstr(refusal(text, strlen(text), *state), "line 3"));
}

static void never_quotes_the_text(void **state)
{
    static const char *const bad[] = { "{\"password\":demo-secret}", "{\"password\":\"demo-secret",
                                       "{\"demo-secret\":1,\"demo-secret\":2}",
                                       "[\"demo-secret\"] demo-secret" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_null(strstr(refusal(bad[i], strlen(bad[i]), *state), "demo-secret"));
    }
}

static void accepts_the_depth_and_no_more(void **state)
{
    const char *deepest = "[[[[[[[{}]]]]]]]";
    const char *deeper = "[[[[[[[{\"a\":[]}]]]]]]]";
    const char *wide = "[[],[],[],[],[],[],[],[],[],{},{}]";

    parsed(deepest, *state);
    parsed(wide, *state);
    assert_non_null(strstr(refusal(deeper, strlen(deeper), *state), "more than 8 deep"));
}

static void counts_no_depth_inside_strings(void **state)
{
    parsed("[\"[[[[[[[[[[[[\", \"\\\"[[[[[[[[[[[[\", \"\\\\\", \"{{{{{{{{{{{\"]", *state);
    refusal("[\"\\\\\",[[[[[[[[]]]]]]]]]", strlen("[\"\\\\\",[[[[[[[[]]]]]]]]]"), *state);
}

static void survives_a_hostile_depth(void **state)
{
    apr_size_t len = 4 * 1024 * 1024;
    char *text = apr_palloc(*state, len);

    memset(text, '[', len);
    refusal(text, len, *state);
    memset(text, ']', len);
    refusal(text, len, *state);
}

static void a_pool_drops_its_reference(void **state)
{
    apr_pool_t *sub;
    json_t *j = json_object();

    assert_int_equal(apr_pool_create(&sub, *state), APR_SUCCESS);
    assert_ptr_equal(scim_sync_json_own(json_incref(j), sub), j);
    assert_int_equal(j->refcount, 2);
    apr_pool_destroy(sub);
    assert_int_equal(j->refcount, 1);
    json_decref(j);
    assert_null(scim_sync_json_own(NULL, *state));
}

static void finds_names_without_case(void **state)
{
    json_t *user = parsed("{\"UserName\":\"a\",\"active\":1,\"ACTIVE\":2}", *state);
    const char *key = "untouched";

    assert_string_equal(json_string_value(scim_sync_json_get_ci(user, "username", &key)), "a");
    assert_string_equal(key, "UserName");
    assert_int_equal(json_integer_value(scim_sync_json_get_ci(user, "ACTIVE", &key)), 2);
    assert_string_equal(key, "ACTIVE");
    assert_int_equal(json_integer_value(scim_sync_json_get_ci(user, "Active", NULL)), 1);
    assert_null(scim_sync_json_get_ci(user, "name", &key));
    assert_null(key);
}

static void finds_nothing_in_what_is_no_object(void **state)
{
    assert_null(scim_sync_json_get_ci(NULL, "a", NULL));
    assert_null(scim_sync_json_get_ci(parsed("[\"a\"]", *state), "a", NULL));
    assert_null(scim_sync_json_str(parsed("[]", *state), "a"));
    assert_null(scim_sync_json_str(NULL, "a"));
    assert_int_equal(scim_sync_json_int(NULL, "a", -1), -1);
}

static void reads_members_of_their_type_only(void **state)
{
    json_t *j = parsed("{\"s\":\"x\",\"i\":7,\"n\":null,\"r\":1.5,\"t\":\"7\"}", *state);

    assert_string_equal(scim_sync_json_str(j, "s"), "x");
    assert_null(scim_sync_json_str(j, "i"));
    assert_null(scim_sync_json_str(j, "n"));
    assert_int_equal(scim_sync_json_int(j, "i", -1), 7);
    assert_int_equal(scim_sync_json_int(j, "r", -1), -1);
    assert_int_equal(scim_sync_json_int(j, "t", -1), -1);
    assert_int_equal(scim_sync_json_int(j, "absent", 42), 42);
}

static void writes_compactly_in_order(void **state)
{
    const char *text = "{\"z\":[1,true,null],\"a\":\"\xc3\xbc\"}";
    apr_size_t len = 0;

    assert_string_equal(scim_sync_json_text(parsed(text, *state), &len, *state), text);
    assert_int_equal(len, strlen(text));
    assert_string_equal(
        scim_sync_json_text(scim_sync_json_own(json_string("x"), *state), NULL, *state), "\"x\"");
}

/* 26544 ms and 412 us, which no double is. */
static void writes_what_was_measured_as_people_do(void **state)
{
    json_t *measured = scim_sync_json_own(json_pack("{s:f, s:f, s:f, s:i}", "s", 26544 / 1000.0,
                                                    "ms", 412 / 1000.0, "none", 0.0, "n", 7),
                                          *state);
    apr_size_t len;

    assert_string_equal(scim_sync_json_measured(measured, &len, *state),
                        "{\"s\":26.544,\"ms\":0.412,\"none\":0.0,\"n\":7}");
    assert_int_equal(len, strlen("{\"s\":26.544,\"ms\":0.412,\"none\":0.0,\"n\":7}"));
    assert_string_equal(scim_sync_json_text(parsed("[0.41199999999999998]", *state), NULL, *state),
                        "[0.41199999999999998]");
}

static void puts_a_string_or_nothing(void **state)
{
    json_t *j = scim_sync_json_own(json_object(), *state);

    scim_sync_json_put(j, "a", "1");
    scim_sync_json_put(j, "b", NULL);
    assert_string_equal(scim_sync_json_text(j, NULL, *state), "{\"a\":\"1\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(reads_objects_and_arrays),
        UNIT_TEST(reads_no_further_than_len),
        UNIT_TEST(refuses_what_is_not_json),
        UNIT_TEST(refuses_duplicate_keys),
        UNIT_TEST(refuses_nul),
        UNIT_TEST(refuses_what_is_not_utf8),
        UNIT_TEST(refuses_numbers_out_of_range),
        UNIT_TEST(says_where),
        UNIT_TEST(never_quotes_the_text),
        UNIT_TEST(accepts_the_depth_and_no_more),
        UNIT_TEST(counts_no_depth_inside_strings),
        UNIT_TEST(survives_a_hostile_depth),
        UNIT_TEST(a_pool_drops_its_reference),
        UNIT_TEST(finds_names_without_case),
        UNIT_TEST(finds_nothing_in_what_is_no_object),
        UNIT_TEST(reads_members_of_their_type_only),
        UNIT_TEST(writes_compactly_in_order),
        UNIT_TEST(writes_what_was_measured_as_people_do),
        UNIT_TEST(puts_a_string_or_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* sync/rules: the golden folder rules, their canonical form, bounds, and what differs. */
#include "golden.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "store/config.h"
#include "sync/rules.h"

static const scim_sync_rules_t *parsed_as(const char *text, const char *mode, apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    const char *why;

    if (scim_sync_rules_parse(&rules, text, mode, &why, p) != APR_SUCCESS) {
        fail_msg("%s: %s", text, why);
    }
    return rules;
}

static const scim_sync_rules_t *parsed(const char *text, apr_pool_t *p)
{
    return parsed_as(text, SCIM_SYNC_MODE_USERS, p);
}

static const char *canonical(const scim_sync_rules_t *rules, apr_pool_t *p)
{
    return scim_sync_json_text(scim_sync_rules_json(rules, p), NULL, p);
}

/* ---- the golden folder ---- */

/* Of the words for people a case gives a piece. */
static void check_words(const char *have, const json_t *want)
{
    const char *piece = json_string_value(want);

    if (json_is_null(want)) {
        assert_null(have);
    }
    else if (piece && (!have || !strstr(have, piece))) {
        fail_msg("\"%s\" doesn't say \"%s\"", have ? have : "", piece);
    }
}

static void check_reason(const scim_sync_rule_reason_t *reason, const json_t *want)
{
    const json_t *warning = json_object_get(want, "warning");

    assert_non_null(reason->rule);
    assert_non_null(reason->why);
    assert_string_equal(reason->rule, scim_sync_json_str(want, "rule"));
    check_words(reason->why, json_object_get(want, "reason"));
    if (!warning) {
        assert_null(reason->warning);
    }
    check_words(reason->warning, warning);
}

static void check_user(const scim_sync_rules_t *rules, const json_t *want, apr_pool_t *p)
{
    const char *told = scim_sync_json_str(want, "userName");
    const char *name = scim_sync_json_str(want, "name");
    const char *address = scim_sync_json_str(want, "address");
    scim_sync_rules_user_t user;

    user = scim_sync_rules_user(rules, told, scim_sync_json_str(want, "email"), p);
    assert_int_equal(user.wanted, name != NULL);
    if (name) {
        assert_string_equal(user.name, name);
        assert_int_equal(user.rewritten, strcmp(told, name) != 0);
    }
    else {
        assert_null(user.name);
    }
    if (address) {
        assert_string_equal(user.email, address);
    }
    check_reason(&user.reason, want);
}

static void check_group(const scim_sync_rules_t *rules, const json_t *want, apr_pool_t *p)
{
    scim_sync_rules_group_t group;
    json_t *names = scim_sync_json_own(json_array(), p);

    group = scim_sync_rules_group(rules, scim_sync_json_str(want, "group"), p);
    for (int i = 0; i < group.names->nelts; i++) {
        json_array_append_new(names, json_string(APR_ARRAY_IDX(group.names, i, const char *)));
    }
    golden_equal(names, json_object_get(want, "names"));
    assert_int_equal(group.authoritative, json_is_true(json_object_get(want, "authoritative")));
    check_reason(&group.reason, want);
}

static void check_rules(const json_t *golden, apr_pool_t *p)
{
    const char *error = scim_sync_json_str(golden, "error");
    const char *mode = scim_sync_json_str(golden, "mode");
    const scim_sync_rules_t *rules;
    const char *why;
    json_t *case_;
    size_t i;

    mode = mode ? mode : SCIM_SYNC_MODE_USERS;
    scim_sync_rules_read(&rules, json_object_get(golden, "rules"), mode, &why, p);
    if (error || why) {
        assert_null(rules);
        assert_string_equal(why ? why : "accepted", error ? error : "nothing wrong");
        return;
    }
    assert_string_equal(canonical(rules, p), canonical(parsed_as(canonical(rules, p), mode, p), p));
    if (json_object_get(golden, "canonical")) {
        golden_equal(scim_sync_rules_json(rules, p), json_object_get(golden, "canonical"));
    }
    json_array_foreach(json_object_get(golden, "users"), i, case_)
    {
        check_user(rules, case_, p);
    }
    json_array_foreach(json_object_get(golden, "groups"), i, case_)
    {
        check_group(rules, case_, p);
    }
}

/* ---- what would be long files ---- */

static const char *refusal(json_t *j, apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    const char *why;

    return scim_sync_rules_read(&rules, scim_sync_json_own(j, p), SCIM_SYNC_MODE_USERS, &why, p) ==
                   APR_SUCCESS
               ? "accepted"
               : why;
}

static char *letters(int count, apr_pool_t *p)
{
    char *text = apr_pcalloc(p, count + 1);

    memset(text, 'x', count);
    return text;
}

static json_t *list_of(json_t *element, int count)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++) {
        json_array_append(list, element);
    }
    json_decref(element);
    return list;
}

static json_t *mappings(int count, int length, apr_pool_t *p)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++) {
        json_array_append_new(list, json_pack("{s:s, s:[s]}", "group",
                                              apr_psprintf(p, "%d%s", i, letters(length, p)),
                                              "jiraGroups", "a"));
    }
    return json_pack("{s:{s:o}}", "groups", "mappings", list);
}

static void test_lists_are_bounded(void **state)
{
    json_t *rewrite = json_pack("{s:s, s:s}", "pattern", "a", "replacement", "b");

    json_incref(rewrite);
    assert_string_equal(refusal(json_pack("{s:{s:o}}", "users", "patterns", list_of(rewrite, 50)),
                                *state),
                        "accepted");
    assert_string_equal(refusal(json_pack("{s:{s:o}}", "users", "patterns", list_of(rewrite, 51)),
                                *state),
                        "users.patterns: must not have more than 50 elements");
    assert_string_equal(refusal(json_pack("{s:{s:o}}", "groups", "ignore",
                                          list_of(json_pack("{s:s}", "group", "a"), 201)),
                                *state),
                        "groups.ignore: must not have more than 200 elements");
    assert_string_equal(refusal(mappings(2000, 0, *state), *state), "accepted");
    assert_string_equal(refusal(mappings(2001, 0, *state), *state),
                        "groups.mappings: must not have more than 2000 elements");
}

static void test_texts_are_bounded(void **state)
{
    assert_string_equal(
        refusal(json_pack("{s:{s:[s]}}", "users", "defaultGroups", letters(255, *state)), *state),
        "accepted");
    assert_string_equal(
        refusal(json_pack("{s:{s:[s]}}", "users", "defaultGroups", letters(256, *state)), *state),
        "users.defaultGroups[0]: must not be longer than 255 characters, which is "
        "Jira's limit");
    assert_string_equal(refusal(json_pack("{s:{s:[{s:s, s:s}]}}", "users", "patterns", "pattern",
                                          letters(1001, *state), "replacement", ""),
                                *state),
                        "users.patterns[0].pattern: must not be longer than 1000 bytes");
    assert_string_equal(refusal(json_pack("{s:i}", letters(65, *state), 1), *state),
                        "...: there is no such rule");
    assert_string_equal(refusal(mappings(1200, 180, *state), *state), "accepted");
    assert_string_equal(refusal(mappings(1200, 1000, *state), *state),
                        "rules must not be longer than 262144 bytes");
}

/* Whatever is accepted is accepted when it is read again, also at the edge of its length. */
static void test_what_is_stored_can_be_read(void **state)
{
    for (int length = 660; length < 700; length++) {
        json_t *j = scim_sync_json_own(mappings(380, length, *state), *state);
        const scim_sync_rules_t *rules;
        const char *why;

        if (scim_sync_rules_read(&rules, j, SCIM_SYNC_MODE_USERS, &why, *state) == APR_SUCCESS) {
            parsed(canonical(rules, *state), *state);
        }
    }
}

static void test_a_long_name_of_a_group_stands_for_none(void **state)
{
    const scim_sync_rules_t *rules =
        parsed("{\"groups\":{\"passThrough\":{\"prefix\":\"ok-\"}}}", *state);
    scim_sync_rules_group_t group;

    group = scim_sync_rules_group(rules, letters(252, *state), *state);
    assert_int_equal(group.names->nelts, 1);
    assert_false(group.unfit);
    group = scim_sync_rules_group(rules, letters(253, *state), *state);
    assert_int_equal(group.names->nelts, 0);
    assert_true(group.unfit);
    assert_string_equal(group.reason.why, "the name is longer than Jira's 255 characters");
    group = scim_sync_rules_group(rules, letters(10000, *state), *state);
    assert_int_equal(group.names->nelts, 0);
    assert_true(group.unfit);
}

/* What rules leave out is left out, and no mistake. */
static void test_a_group_that_stands_for_none_is_not_unfit(void **state)
{
    static const char *const rules[] = {
        "{\"groups\":{\"import\":false}}",
        "{\"groups\":{\"mode\":\"listed\"}}",
        "{\"groups\":{\"ignore\":[{\"pattern\":\"^x\"}]}}",
        "{\"groups\":{\"otherwise\":\"skip\"}}",
        "{\"groups\":{\"patterns\":[{\"pattern\":\".*\",\"replacement\":\"\"}]}}",
    };

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        scim_sync_rules_group_t group =
            scim_sync_rules_group(parsed(rules[i], *state), letters(300, *state), *state);

        assert_int_equal(group.names->nelts, 0);
        assert_false(group.unfit);
    }
}

static void test_a_replacement_that_jira_can_not_have_is_unfit(void **state)
{
    const scim_sync_rules_t *rules =
        parsed("{\"groups\":{\"patterns\":[{\"pattern\":\".*\",\"replacement\":\"$0$0$0$0\"}]}}",
               *state);

    assert_false(scim_sync_rules_group(rules, letters(63, *state), *state).unfit);
    assert_true(scim_sync_rules_group(rules, letters(64, *state), *state).unfit);
    assert_true(scim_sync_rules_group(rules, letters(1000, *state), *state).unfit);
}

/* Nothing is done to a name of any length as long as there are no patterns. */
static void test_a_long_user_name_is_kept(void **state)
{
    const char *name = letters(10000, *state);
    scim_sync_rules_user_t user = scim_sync_rules_user(parsed("{}", *state), name, NULL, *state);

    assert_true(user.wanted && !user.rewritten);
    assert_string_equal(user.name, name);
    assert_null(user.reason.warning);
    assert_null(user.email);
}

static void test_what_differs(void **state)
{
    const scim_sync_rules_t *none = parsed("{}", *state);
    const scim_sync_rules_t *some =
        parsed("{\"precedence\":1,\"users\":{\"gracePeriod\":60,\"products\":[\"jira-core\"]},"
               "\"groups\":{\"ignore\":[{\"group\":\"a\"}]}}",
               *state);

    assert_string_equal(scim_sync_rules_difference(none, none, *state), "");
    assert_string_equal(
        scim_sync_rules_difference(some, parsed(canonical(some, *state), *state), *state), "");
    assert_string_equal(
        scim_sync_rules_difference(none, some, *state),
        "precedence: 100 -> 1; users.products: null -> [\"jira-core\"]; users.gracePeriod: 0 -> "
        "60; groups.ignore: [] -> [{\"group\":\"a\"}]");
}

static void test_what_differs_of_customers(void **state)
{
    const scim_sync_rules_t *none = parsed_as("{}", SCIM_SYNC_MODE_CUSTOMERS, *state);
    const scim_sync_rules_t *some = parsed_as(
        "{\"users\":{\"defaultProjects\":[\"DEMO\"],\"invite\":true,\"onDelete\":\"revoke\"},"
        "\"groups\":{\"mappings\":[{\"group\":\"a\",\"organizations\":[\"b\"]}]}}",
        SCIM_SYNC_MODE_CUSTOMERS, *state);

    assert_string_equal(
        scim_sync_rules_difference(none, some, *state),
        "users.defaultProjects: [] -> [\"DEMO\"]; users.invite: false -> true; users.onDelete: "
        "\"takeBack\" -> \"revoke\"; groups.mappings: [] -> "
        "[{\"group\":\"a\",\"projects\":[],\"organizations\":[\"b\"]}]");
}

/* Names of portals are names of groups to everything that keeps them. */
static void test_names_of_projects_are_bounded(void **state)
{
    char *key = apr_pstrdup(*state, letters(127, *state));
    const scim_sync_rules_t *rules;
    const char *why;

    for (char *c = key; *c; c++) {
        *c = 'X';
    }
    rules = parsed_as(apr_psprintf(*state, "{\"users\":{\"defaultProjects\":[\"%s\"]}}", key),
                      SCIM_SYNC_MODE_CUSTOMERS, *state);
    assert_int_equal(rules->users.default_groups->nelts, 1);
    scim_sync_rules_parse(&rules,
                          apr_psprintf(*state, "{\"users\":{\"defaultProjects\":[\"%sX\"]}}", key),
                          SCIM_SYNC_MODE_CUSTOMERS, &why, *state);
    assert_string_equal(why, "users.defaultProjects[0]: must not be longer than 127 bytes");
}

static void test_what_is_no_json_is_refused(void **state)
{
    const scim_sync_rules_t *rules;
    const char *why;

    assert_int_equal(scim_sync_rules_parse(&rules, "{", SCIM_SYNC_MODE_USERS, &why, *state),
                     APR_EINVAL);
    assert_null(rules);
    assert_non_null(why);
    assert_int_equal(scim_sync_rules_parse(&rules, "[]", SCIM_SYNC_MODE_USERS, &why, *state),
                     APR_EINVAL);
    assert_string_equal(why, "rules must be an object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_lists_are_bounded),
        UNIT_TEST(test_texts_are_bounded),
        UNIT_TEST(test_what_is_stored_can_be_read),
        UNIT_TEST(test_a_long_name_of_a_group_stands_for_none),
        UNIT_TEST(test_a_group_that_stands_for_none_is_not_unfit),
        UNIT_TEST(test_a_replacement_that_jira_can_not_have_is_unfit),
        UNIT_TEST(test_a_long_user_name_is_kept),
        UNIT_TEST(test_what_differs),
        UNIT_TEST(test_what_differs_of_customers),
        UNIT_TEST(test_names_of_projects_are_bounded),
        UNIT_TEST(test_what_is_no_json_is_refused),
    };
    int failed = golden_run("rules", check_rules);

    return failed + cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

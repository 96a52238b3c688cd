/* SPDX-License-Identifier: Apache-2.0 */
/* sync/google_choice: who of a directory is chosen; its JSON form. What is refused: integration. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "sync/google_choice.h"

static const scim_sync_choice_t *parsed(const char *text, apr_pool_t *p)
{
    const scim_sync_choice_t *choice;
    const char *why;

    if (scim_sync_choice_parse(&choice, text, &why, p) != APR_SUCCESS) {
        fail_msg("%s: %s", text, why);
    }
    return choice;
}

static const char *canonical(const char *text, apr_pool_t *p)
{
    return scim_sync_json_text(scim_sync_choice_json(parsed(text, p), p), NULL, p);
}

/* "yes", "no", or the fault. */
static const char *said(scim_sync_chosen_t chosen, const char *fault)
{
    return chosen == SCIM_SYNC_CHOSEN_YES ? "yes" : chosen == SCIM_SYNC_CHOSEN_NO ? "no" : fault;
}

static const char *user(const scim_sync_choice_t *choice, const char *unit, apr_pool_t *p)
{
    const char *fault = NULL;
    scim_sync_chosen_t chosen = scim_sync_choice_user(choice, unit, &fault, p);

    return said(chosen, fault);
}

static const char *group(const scim_sync_choice_t *choice, const char *address, apr_pool_t *p)
{
    const char *fault = NULL;
    scim_sync_chosen_t chosen = scim_sync_choice_group(choice, address, &fault, p);

    return said(chosen, fault);
}

static void its_form_is_canonical(void **state)
{
    static const char whole[] =
        "{\"domain\":\"one.example.com\",\"users\":{\"orgUnits\":{\"include\":[\"/a b\"],"
        "\"exclude\":[\"/a b/c\"]},\"queries\":[\"isAdmin=true\"]},\"groups\":{\"include\":"
        "[{\"pattern\":\"^x\"},{\"group\":\"Y@example.com\"}],\"exclude\":[{\"group\":"
        "\"z@example.com\"}],\"query\":\"email:a*\"},\"onlyMembersOfGroups\":true,"
        "\"everybody\":\"expand\"}";

    assert_string_equal(canonical(whole, *state), whole);
    assert_string_equal(canonical("{\"users\": null, \"groups\": {}}", *state),
                        canonical("{}", *state));
    assert_string_equal(canonical("{}", *state),
                        "{\"domain\":null,\"users\":{\"orgUnits\":{\"include\":[],\"exclude\":[]},"
                        "\"queries\":[]},\"groups\":{\"include\":[],\"exclude\":[],"
                        "\"query\":null},\"onlyMembersOfGroups\":false,\"everybody\":\"ignore\"}");
}

static void a_mistake_is_named_with_its_path(void **state)
{
    static const char *const cases[][2] = {
        { "[]", "a choice must be an object" },
        { "{\"users\": {\"orgUnits\": {\"include\": [\"/a//b\"]}}}",
          "users.orgUnits.include[0]: must be the path" },
        { "{\"groups\": {\"include\": [{\"pattern\": \"a(\"}]}}",
          "groups.include[0].pattern: missing closing parenthesis" },
        { "{\"groups\": {\"include\": [{\"group\": \"a@b.example\", \"pattern\": \"a\"}]}}",
          "groups.include[0]: must have either group or pattern" },
        { "{\"query\": \"a\"}", "query: there is no such setting of the choice" },
        { "{\"users\": {\"queries\": [\"a\", \"a\"]}}", "queries[1]: is in the list already" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const scim_sync_choice_t *choice;
        const char *why = NULL;

        assert_int_equal(scim_sync_choice_parse(&choice, cases[i][0], &why, *state), APR_EINVAL);
        assert_null(choice);
        assert_non_null(strstr(why, cases[i][1]));
    }
}

static void nothing_said_is_everybody(void **state)
{
    const scim_sync_choice_t *choice = parsed("{}", *state);

    assert_string_equal(user(choice, "/any", *state), "yes");
    assert_string_equal(user(choice, NULL, *state), "yes");
    assert_string_equal(group(choice, "a@example.com", *state), "yes");
    assert_string_equal(group(choice, NULL, *state), "yes");
    assert_int_equal(scim_sync_choice_listings(choice), 1);
    assert_int_equal(scim_sync_choice_sifts_groups(choice), 0);
}

static void units_have_whole_components(void **state)
{
    const scim_sync_choice_t *choice =
        parsed("{\"users\": {\"orgUnits\": {\"include\": [\"/Sales\","
               "\"/Dev/Web\"], \"exclude\": [\"/Sales/Robots\"]}}}",
               *state);
    static const char *const cases[][2] = {
        { "/Sales", "yes" },
        { "/Sales/Europe/North", "yes" },
        { "/Salesforce", "no" },
        { "/sales", "no" },
        { "/Sales/Robots", "no" },
        { "/Sales/Robots/R2", "no" },
        { "/Sales/Robotsmiths", "yes" },
        { "/Dev", "no" },
        { "/Dev/Web", "yes" },
        { "/", "no" },
        { "/Other/Sales", "no" },
        { "", "no" },
        { NULL, "Google does not say in which organizational unit this user is" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(user(choice, cases[i][0], *state), cases[i][1]);
    }
    choice = parsed("{\"users\": {\"orgUnits\": {\"include\": [\"/\"], \"exclude\": [\"/a\"]}}}",
                    *state);
    assert_string_equal(user(choice, "/", *state), "yes");
    assert_string_equal(user(choice, "/b/c", *state), "yes");
    assert_string_equal(user(choice, "/a/b", *state), "no");
}

static void google_is_told_of_one_unit_alone(void **state)
{
    static const char *const cases[][2] = {
        { "{\"users\": {\"orgUnits\": {\"include\": [\"/a\"], \"exclude\": [\"/a/b\"]}}}", "/a" },
        { "{\"users\": {\"orgUnits\": {\"include\": [\"/a\", \"/b\"]}}}", NULL },
        { "{\"users\": {\"orgUnits\": {\"include\": [\"/\"]}}}", NULL },
        { "{\"users\": {\"orgUnits\": {\"exclude\": [\"/a\"]}}}", NULL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *unit = scim_sync_choice_unit(parsed(cases[i][0], *state));

        assert_int_equal(unit == NULL, cases[i][1] == NULL);
        assert_string_equal(unit ? unit : "", cases[i][1] ? cases[i][1] : "");
    }
}

static void groups_by_address_and_pattern(void **state)
{
    const scim_sync_choice_t *choice =
        parsed("{\"groups\": {\"include\": [{\"group\": \"Staff@Example.com\"}, {\"pattern\":"
               " \"^team-\"}], \"exclude\": [{\"pattern\": \"secret\"}, {\"group\":"
               " \"team-x@example.com\"}]}}",
               *state);

    assert_string_equal(group(choice, "staff@example.com", *state), "yes");
    assert_string_equal(group(choice, "team-a@example.com", *state), "yes");
    assert_string_equal(group(choice, "a-team-a@example.com", *state), "no");
    assert_string_equal(group(choice, "TEAM-a@example.com", *state), "no");
    assert_string_equal(group(choice, "team-secret@example.com", *state), "no");
    assert_string_equal(group(choice, "Team-X@example.com", *state), "no");
    assert_string_equal(group(choice, "mystaff@example.com", *state), "no");
    assert_string_equal(group(choice, NULL, *state), "Google does not say this group's address");
    assert_int_equal(scim_sync_choice_sifts_groups(choice), 1);
}

static void a_pattern_that_is_given_up_decides_nothing(void **state)
{
    const char *slow =
        apr_pstrcat(*state, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                    "!@example.com", NULL);
    const scim_sync_choice_t *in = parsed("{\"groups\": {\"include\": [{\"pattern\": \"(a+)+$\"},"
                                          "{\"group\": \"b@example.com\"}]}}",
                                          *state);
    const scim_sync_choice_t *out =
        parsed("{\"groups\": {\"exclude\": [{\"pattern\": \"^(a+)+$\"}]}}", *state);
    const scim_sync_choice_t *both =
        parsed("{\"groups\": {\"include\": [{\"group\": \"b@example.com\"}], \"exclude\":"
               " [{\"pattern\": \"^(a+)+$\"}]}}",
               *state);

    assert_non_null(strstr(group(in, slow, *state), "the pattern (a+)+$ of the choice was given"));
    assert_string_equal(group(in, "b@example.com", *state), "yes");
    assert_non_null(strstr(group(out, slow, *state), "was given up on its address"));
    assert_string_equal(group(both, slow, *state), "no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(its_form_is_canonical),
        UNIT_TEST(a_mistake_is_named_with_its_path),
        UNIT_TEST(nothing_said_is_everybody),
        UNIT_TEST(units_have_whole_components),
        UNIT_TEST(google_is_told_of_one_unit_alone),
        UNIT_TEST(groups_by_address_and_pattern),
        UNIT_TEST(a_pattern_that_is_given_up_decides_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scim/v1: the golden folder v1/answer, and the schemas. What PATCH means is in test_scim_patch.c.
 */
#include "golden.h"

#include <string.h>

#include "base/json.h"
#include "scim/discovery.h"
#include "scim/v1.h"

#define BASE "https://idp.example.com/scim/v1/okta"

/* What is shared with the answer of 2.0 must not be changed in it. */
static void check_answer(const json_t *golden, apr_pool_t *p)
{
    const json_t *answer = json_object_get(golden, "answer");
    json_t *before = scim_sync_json_own(json_deep_copy(answer), p);
    json_t *made = scim_sync_v1_answer(answer, p);

    golden_equal(made, json_object_get(golden, "is"));
    golden_equal(answer, before);
    if (json_object_get(made, "Errors") == NULL) {
        golden_equal(json_object_get(scim_sync_v1_answer(made, p), "schemas"),
                     json_object_get(made, "schemas"));
    }
}

static const json_t *named(const json_t *attributes, const char *name)
{
    for (size_t i = 0; i < json_array_size(attributes); i++) {
        const json_t *attribute = json_array_get(attributes, i);

        if (strcmp(scim_sync_json_str(attribute, "name"), name) == 0) {
            return attribute;
        }
    }
    return NULL;
}

static const json_t *attribute(const char *schema, const char *name, apr_pool_t *p)
{
    const json_t *document = scim_sync_v1_schemas(schema, BASE, p);

    assert_non_null(document);
    return named(json_object_get(document, "attributes"), name);
}

static void tells_what_an_attribute_is(void **state)
{
    const json_t *user_name = attribute("urn:scim:schemas:core:1.0:User", "userName", *state);

    golden_equal(user_name,
                 scim_sync_json_own(json_pack("{s:s, s:s, s:b, s:s, s:s, s:b, s:b, s:b}", "name",
                                              "userName", "type", "string", "multiValued", 0,
                                              "description",
                                              scim_sync_json_str(user_name, "description"),
                                              "schema", "urn:scim:schemas:core:1.0", "readOnly", 0,
                                              "required", 1, "caseExact", 0),
                                    *state));
}

static void names_the_children_of_lists(void **state)
{
    static const char *const names[][2] = { { "emails", "email" },
                                            { "addresses", "address" },
                                            { "ims", "im" },
                                            { "entitlements", "entitlement" },
                                            { "x509Certificates", "x509Certificate" },
                                            { "groups", "group" } };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *list = attribute("urn:scim:schemas:core:1.0:User", names[i][0], *state);

        assert_true(json_is_true(json_object_get(list, "multiValued")));
        assert_string_equal(scim_sync_json_str(list, "multiValuedAttributeChildName"), names[i][1]);
    }
}

static void the_extension_is_part_of_the_user(void **state)
{
    const json_t *manager = attribute("urn:scim:schemas:core:1.0:User", "manager", *state);
    const json_t *subs = json_object_get(manager, "subAttributes");

    assert_string_equal(scim_sync_json_str(manager, "schema"),
                        "urn:scim:schemas:extension:enterprise:1.0");
    assert_non_null(named(subs, "managerId"));
    assert_non_null(named(subs, "displayName"));
    assert_int_equal(json_array_size(subs), 2);
    assert_null(attribute("urn:scim:schemas:core:1.0:Group", "manager", *state));
}

static void only_what_can_be_patched_has_an_operation(void **state)
{
    const json_t *members = attribute("urn:scim:schemas:core:1.0:Group", "members", *state);
    const json_t *groups = attribute("urn:scim:schemas:core:1.0:User", "groups", *state);

    assert_non_null(named(json_object_get(members, "subAttributes"), "operation"));
    assert_null(named(json_object_get(groups, "subAttributes"), "operation"));
    assert_true(json_is_true(json_object_get(groups, "readOnly")));
}

static void lists_all_and_finds_one(void **state)
{
    const json_t *all = scim_sync_v1_answer(scim_sync_v1_schemas(NULL, BASE, *state), *state);
    const json_t *group = scim_sync_v1_schemas("URN:scim:schemas:core:1.0:group", BASE, *state);

    assert_int_equal(scim_sync_json_int(all, "totalResults", 0), 2);
    assert_string_equal(scim_sync_json_str(group, "endpoint"), "/Groups");
    assert_string_equal(scim_sync_json_str(json_object_get(group, "meta"), "location"),
                        BASE "/Schemas/urn:scim:schemas:core:1.0:Group");
    assert_null(scim_sync_v1_schemas("urn:scim:schemas:core:1.0:Device", BASE, *state));
    golden_equal(json_array_get(json_object_get(all, "Resources"), 1), group);
}

static void tells_of_the_service_what_2_0_tells(void **state)
{
    static const scim_sync_limits_t limits = { .max_results = 200,
                                               .max_operations = 1000,
                                               .max_body = 16777216 };
    const json_t *config = scim_sync_discovery_config(&limits, BASE, *state);
    const json_t *made = scim_sync_v1_answer(config, *state);
    const json_t *schemes = json_object_get(made, "authenticationSchemes");

    golden_equal(json_object_get(made, "sort"), json_object_get(config, "sort"));
    golden_equal(json_object_get(made, "etag"), json_object_get(config, "etag"));
    golden_equal(json_object_get(made, "filter"), json_object_get(config, "filter"));
    assert_int_equal(json_array_size(schemes), 1);
    assert_string_equal(scim_sync_json_str(json_array_get(schemes, 0), "type"), "oauthbearertoken");
    assert_non_null(scim_sync_json_str(json_array_get(schemes, 0), "specUrl"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(tells_what_an_attribute_is),
        UNIT_TEST(names_the_children_of_lists),
        UNIT_TEST(the_extension_is_part_of_the_user),
        UNIT_TEST(only_what_can_be_patched_has_an_operation),
        UNIT_TEST(lists_all_and_finds_one),
        UNIT_TEST(tells_of_the_service_what_2_0_tells),
    };
    int failed = golden_run("v1/answer", check_answer);

    return failed + cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

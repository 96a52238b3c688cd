/* SPDX-License-Identifier: Apache-2.0 */
/* scim/schema: the tables hold together, and URNs are recognised as clients write them. */
#include "unit.h"

#include <string.h>

#include "scim/schema.h"

static void finds_schemas_by_urn_in_any_case(void **state)
{
    const scim_sync_schema_t *schema = scim_sync_schema_find(SCIM_SYNC_USER_URN);

    (void)state;
    assert_ptr_equal(schema, scim_sync_schema_of(SCIM_SYNC_USER));
    assert_ptr_equal(scim_sync_schema_find("URN:ietf:params:scim:SCHEMAS:core:2.0:group"),
                     scim_sync_schema_of(SCIM_SYNC_GROUP));
    assert_non_null(scim_sync_schema_find(SCIM_SYNC_ENTERPRISE_URN));
    assert_null(scim_sync_schema_find("urn:scim:schemas:core:1.0"));
    assert_null(scim_sync_schema_find(""));
}

static void finds_attributes_in_any_case(void **state)
{
    const scim_sync_attr_t *attrs = scim_sync_schema_of(SCIM_SYNC_USER)->attrs;
    const scim_sync_attr_t *emails = scim_sync_attr_find(attrs, "EMAILS");

    (void)state;
    assert_string_equal(emails->name, "emails");
    assert_string_equal(scim_sync_attr_find(emails->subs, "Value")->name, "value");
    assert_null(scim_sync_attr_find(attrs, "email"));
    assert_null(scim_sync_attr_find(NULL, "value"));
    assert_non_null(scim_sync_attr_find(scim_sync_attr_common(), "externalid"));
}

/* RFC 7643 sections 3.1, 4 and 8.7, with its errata. */
static void says_what_the_rfc_says(void **state)
{
    const scim_sync_attr_t *user = scim_sync_schema_of(SCIM_SYNC_USER)->attrs;
    const scim_sync_attr_t *group = scim_sync_schema_of(SCIM_SYNC_GROUP)->attrs;
    const scim_sync_attr_t *common = scim_sync_attr_common();
    const scim_sync_attr_t *more = scim_sync_schema_find(SCIM_SYNC_ENTERPRISE_URN)->attrs;

    (void)state;
    assert_true(scim_sync_attr_find(user, "userName")->required);
    assert_false(scim_sync_attr_find(user, "userName")->case_exact);
    assert_true(scim_sync_attr_find(group, "displayName")->required);
    assert_int_equal(scim_sync_attr_find(user, "password")->mutability, SCIM_SYNC_WRITE_ONLY);
    assert_int_equal(scim_sync_attr_find(user, "password")->returned, SCIM_SYNC_RETURNED_NEVER);
    assert_int_equal(scim_sync_attr_find(user, "groups")->mutability, SCIM_SYNC_READ_ONLY);
    assert_true(scim_sync_attr_find(common, "id")->case_exact);
    assert_int_equal(scim_sync_attr_find(common, "id")->returned, SCIM_SYNC_RETURNED_ALWAYS);
    assert_true(scim_sync_attr_find(common, "externalId")->case_exact);
    assert_true(
        scim_sync_attr_find(scim_sync_attr_find(more, "manager")->subs, "value")->case_exact);
}

static void check_list(const scim_sync_attr_t *list, int depth)
{
    for (const scim_sync_attr_t *a = list; a->name != NULL; a++) {
        assert_non_null(a->description);
        assert_ptr_equal(scim_sync_attr_find(list, a->name), a);
        assert_int_equal(a->subs != NULL, a->kind == SCIM_SYNC_COMPLEX);
        if (a->subs != NULL) {
            assert_int_equal(depth, 0);
            check_list(a->subs, depth + 1);
        }
    }
}

static void tables_hold_together(void **state)
{
    (void)state;
    check_list(scim_sync_schema_of(SCIM_SYNC_USER)->attrs, 0);
    check_list(scim_sync_schema_of(SCIM_SYNC_GROUP)->attrs, 0);
    check_list(scim_sync_schema_find(SCIM_SYNC_ENTERPRISE_URN)->attrs, 0);
    check_list(scim_sync_attr_common(), 0);
}

static void check_prefix(const char *text, const char *urn, const char *rest)
{
    apr_size_t used;
    const scim_sync_schema_t *schema =
        scim_sync_schema_prefix(SCIM_SYNC_USER, text, strlen(text), &used);

    if (urn == NULL) {
        assert_null(schema);
        assert_int_equal(used, 0);
        return;
    }
    assert_non_null(schema);
    assert_string_equal(schema->urn, urn);
    assert_string_equal(text + used, rest);
}

static void knows_the_spellings_of_clients(void **state)
{
    (void)state;
    check_prefix(SCIM_SYNC_USER_URN, SCIM_SYNC_USER_URN, "");
    check_prefix(SCIM_SYNC_USER_URN ":name.familyName", SCIM_SYNC_USER_URN, ":name.familyName");
    check_prefix(SCIM_SYNC_ENTERPRISE_URN ".manager", SCIM_SYNC_ENTERPRISE_URN, ".manager");
    check_prefix("urn:scim:schemas:core:1.0", SCIM_SYNC_USER_URN, "");
    check_prefix("urn:scim:schemas:core:2.0:User", SCIM_SYNC_USER_URN, "");
    check_prefix("URN:SCIM:schemas:core:2.0:Group", SCIM_SYNC_GROUP_URN, "");
    check_prefix("urn:scim:schemas:extension:enterprise:2.0", SCIM_SYNC_ENTERPRISE_URN, "");
    check_prefix("urn:scim:schemas:extension:enterprise:1.0:department", SCIM_SYNC_ENTERPRISE_URN,
                 ":department");
    check_prefix(SCIM_SYNC_USER_URN "s", SCIM_SYNC_USER_URN, ":Users");
    check_prefix("urn:example:2.0:User", NULL, NULL);
    check_prefix("", NULL, NULL);
}

static void names_types(void **state)
{
    (void)state;
    assert_string_equal(scim_sync_type_name(SCIM_SYNC_USER), "User");
    assert_string_equal(scim_sync_type_endpoint(SCIM_SYNC_GROUP), "Groups");
    assert_true(
        scim_sync_schema_extends(scim_sync_schema_find(SCIM_SYNC_ENTERPRISE_URN), SCIM_SYNC_USER));
    assert_false(
        scim_sync_schema_extends(scim_sync_schema_find(SCIM_SYNC_ENTERPRISE_URN), SCIM_SYNC_GROUP));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(finds_schemas_by_urn_in_any_case), UNIT_TEST(finds_attributes_in_any_case),
        UNIT_TEST(says_what_the_rfc_says),           UNIT_TEST(tables_hold_together),
        UNIT_TEST(knows_the_spellings_of_clients),   UNIT_TEST(names_types),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

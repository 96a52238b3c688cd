/* SPDX-License-Identifier: Apache-2.0 */
/* scim/discovery and scim/error: documents that strict clients must be able to read. */
#include "golden.h"

#include <string.h>

#include "base/json.h"
#include "scim/discovery.h"
#include "scim/schema_meta.h"

#define BASE "https://idp.example.com/scim/v2/okta"

static const scim_sync_limits_t limits = { .max_results = 200,
                                           .max_operations = 1000,
                                           .max_body = APR_INT64_C(5000000000),
                                           .page = 100,
                                           .cursor_timeout = 900 };

static json_t *config(apr_pool_t *p)
{
    return scim_sync_discovery_config(&limits, BASE, p);
}

static int is_supported(const json_t *of, const char *name)
{
    const json_t *flag = json_object_get(json_object_get(of, name), "supported");

    assert_true(json_is_boolean(flag));
    return json_is_true(flag);
}

static void tells_what_is_there(void **state)
{
    json_t *c = config(*state);

    assert_true(is_supported(c, "patch"));
    assert_true(is_supported(c, "filter"));
    assert_true(is_supported(c, "bulk"));
    assert_true(is_supported(c, "sort"));
    assert_true(is_supported(c, "etag"));
    assert_false(is_supported(c, "changePassword"));
    assert_int_equal(scim_sync_json_int(json_object_get(c, "filter"), "maxResults", 0), 200);
}

/* authentik: bulk.maxOperations is the size of its chunks, of PATCH, too. */
static void bulk_has_numbers(void **state)
{
    const json_t *bulk = json_object_get(config(*state), "bulk");

    assert_int_equal(scim_sync_json_int(bulk, "maxOperations", 0), 1000);
    assert_int_equal(scim_sync_json_int(bulk, "maxPayloadSize", 0), APR_INT64_C(5000000000));
}

static void tells_how_it_pages(void **state)
{
    scim_sync_limits_t all = limits;
    json_t *want = json_pack("{s:b, s:b, s:s, s:i, s:i, s:i}", "cursor", 1, "index", 1,
                             "defaultPaginationMethod", "index", "defaultPageSize", 100,
                             "maxPageSize", 200, "cursorTimeout", 900);

    golden_equal(json_object_get(config(*state), "pagination"), scim_sync_json_own(want, *state));
    all.page = 0;
    want = json_object_get(scim_sync_discovery_config(&all, BASE, *state), "pagination");
    assert_int_equal(scim_sync_json_int(want, "defaultPageSize", 0), 200);
}

static void tells_how_to_authenticate(void **state)
{
    const json_t *schemes = json_object_get(config(*state), "authenticationSchemes");

    assert_int_equal(json_array_size(schemes), 1);
    assert_string_equal(scim_sync_json_str(json_array_get(schemes, 0), "type"), "oauthbearertoken");
}

static void tells_the_resource_types(void **state)
{
    const json_t *list = scim_sync_discovery_resource_types(NULL, BASE, *state);
    const json_t *user = scim_sync_discovery_resource_types("User", BASE, *state);
    const json_t *extension = json_array_get(json_object_get(user, "schemaExtensions"), 0);

    assert_int_equal(scim_sync_json_int(list, "totalResults", 0), 2);
    assert_string_equal(scim_sync_json_str(user, "endpoint"), "/Users");
    assert_string_equal(scim_sync_json_str(user, "schema"), SCIM_SYNC_USER_URN);
    assert_string_equal(scim_sync_json_str(extension, "schema"), SCIM_SYNC_ENTERPRISE_URN);
    assert_string_equal(scim_sync_json_str(json_object_get(user, "meta"), "location"),
                        BASE "/ResourceTypes/User");
    assert_non_null(scim_sync_discovery_resource_types("group", BASE, *state));
    assert_null(scim_sync_discovery_resource_types("Role", BASE, *state));
}

static const json_t *named(const json_t *attributes, const char *name)
{
    json_t *found;
    size_t i;

    json_array_foreach(attributes, i, found)
    {
        if (strcmp(scim_sync_json_str(found, "name"), name) == 0) {
            return found;
        }
    }
    return NULL;
}

static const json_t *attributes_of(const char *urn, apr_pool_t *p)
{
    return json_object_get(scim_sync_discovery_schemas(urn, BASE, p), "attributes");
}

static const json_t *attribute(const char *urn, const char *name, apr_pool_t *p)
{
    return named(attributes_of(urn, p), name);
}

static void tells_the_schemas(void **state)
{
    const json_t *list = scim_sync_discovery_schemas(NULL, BASE, *state);
    const json_t *schema = scim_sync_discovery_schemas(SCIM_SYNC_USER_URN, BASE, *state);
    const json_t *password = attribute(SCIM_SYNC_USER_URN, "password", *state);
    const json_t *emails = attribute(SCIM_SYNC_USER_URN, "emails", *state);

    assert_int_equal(json_array_size(json_object_get(list, "Resources")), 6);
    assert_string_equal(scim_sync_json_str(json_object_get(schema, "meta"), "location"),
                        BASE "/Schemas/" SCIM_SYNC_USER_URN);
    assert_string_equal(scim_sync_json_str(password, "mutability"), "writeOnly");
    assert_string_equal(scim_sync_json_str(password, "returned"), "never");
    assert_string_equal(scim_sync_json_str(emails, "type"), "complex");
    assert_int_equal(json_array_size(json_object_get(emails, "subAttributes")), 4);
    assert_non_null(attribute(SCIM_SYNC_GROUP_URN, "members", *state));
    assert_non_null(attribute(SCIM_SYNC_ENTERPRISE_URN, "manager", *state));
    assert_null(scim_sync_discovery_schemas("urn:scim:schemas:core:1.0", BASE, *state));
}

static const json_t *sub_of(const json_t *attr, const char *name)
{
    return named(json_object_get(attr, "subAttributes"), name);
}

/* One attribute's characteristics, in the order in which RFC 7643 section 7 names them. */
static void check_told(const json_t *attr, int case_exact, const char *mutability,
                       const char *returned, const char *uniqueness)
{
    assert_int_equal(json_is_true(json_object_get(attr, "caseExact")), case_exact);
    assert_string_equal(scim_sync_json_str(attr, "mutability"), mutability);
    assert_string_equal(scim_sync_json_str(attr, "returned"), returned);
    assert_string_equal(scim_sync_json_str(attr, "uniqueness"), uniqueness);
}

static void tells_how_attributes_are_treated(void **state)
{
    const json_t *name = attribute(SCIM_SYNC_USER_URN, "userName", *state);
    const json_t *display = attribute(SCIM_SYNC_GROUP_URN, "displayName", *state);
    const json_t *manager = attribute(SCIM_SYNC_ENTERPRISE_URN, "manager", *state);

    check_told(name, 0, "readWrite", "default", "server");
    assert_true(json_is_true(json_object_get(name, "required")));
    check_told(display, 0, "readWrite", "default", "server");
    check_told(attribute(SCIM_SYNC_USER_URN, "active", *state), 0, "readWrite", "default", "none");
    check_told(attribute(SCIM_SYNC_USER_URN, "password", *state), 1, "writeOnly", "never", "none");
    check_told(sub_of(manager, "value"), 1, "readWrite", "default", "none");
    check_told(sub_of(manager, "displayName"), 0, "readOnly", "default", "none");
}

/* RFC 7643 section 4.1.2: the groups of a user are computed. */
static void tells_that_groups_are_computed(void **state)
{
    const json_t *groups = attribute(SCIM_SYNC_USER_URN, "groups", *state);
    json_t *kinds = json_pack("[s, s]", "direct", "indirect");

    check_told(groups, 0, "readOnly", "default", "none");
    assert_int_equal(json_array_size(json_object_get(groups, "subAttributes")), 4);
    check_told(sub_of(groups, "value"), 1, "readOnly", "default", "none");
    check_told(sub_of(groups, "$ref"), 1, "readOnly", "default", "none");
    check_told(sub_of(groups, "display"), 0, "readOnly", "default", "none");
    check_told(sub_of(groups, "type"), 0, "readOnly", "default", "none");
    golden_equal(json_object_get(sub_of(groups, "type"), "canonicalValues"),
                 scim_sync_json_own(kinds, *state));
}

/* RFC 7643 section 4.2: who is a member changes by adding and removing, not by editing a member. */
static void tells_that_a_member_is_immutable(void **state)
{
    const json_t *members = attribute(SCIM_SYNC_GROUP_URN, "members", *state);
    json_t *kinds = json_pack("[s, s]", "User", "Group");

    check_told(members, 0, "readWrite", "default", "none");
    check_told(sub_of(members, "value"), 1, "immutable", "default", "none");
    check_told(sub_of(members, "$ref"), 1, "immutable", "default", "none");
    check_told(sub_of(members, "type"), 0, "immutable", "default", "none");
    check_told(sub_of(members, "display"), 0, "immutable", "default", "none");
    golden_equal(json_object_get(sub_of(members, "$ref"), "referenceTypes"),
                 scim_sync_json_own(kinds, *state));
}

static void check_described(const json_t *holder, const json_t *attributes);

static void check_value(const json_t *value, const json_t *attr)
{
    const char *type = scim_sync_json_str(attr, "type");

    assert_false(json_is_array(value));
    if (strcmp(type, "complex") == 0) {
        check_described(value, json_object_get(attr, "subAttributes"));
        return;
    }
    assert_int_equal(json_is_boolean(value), strcmp(type, "boolean") == 0);
    assert_int_equal(json_is_integer(value), strcmp(type, "integer") == 0);
    if (json_object_get(attr, "canonicalValues") != NULL) {
        const json_t *all = json_object_get(attr, "canonicalValues");
        int known = 0;

        for (size_t i = 0; i < json_array_size(all); i++) {
            known |= json_equal(json_array_get(all, i), value);
        }
        assert_true(known);
    }
}

/* An object holds what the attributes say, and all that they require. */
static void check_described(const json_t *holder, const json_t *attributes)
{
    const char *key;
    json_t *value;
    json_t *one;
    size_t i;

    json_object_foreach((json_t *)holder, key, value)
    {
        const json_t *attr = named(attributes, key);

        if (attr == NULL) {
            /* The last is the schema of schemas', whose description of itself ends somewhere. */
            assert_true(strcmp(key, "schemas") == 0 || strcmp(key, "meta") == 0 ||
                        strcmp(key, "subAttributes") == 0);
            continue;
        }
        assert_string_equal(scim_sync_json_str(attr, "mutability"), "readOnly");
        assert_int_equal(json_is_array(value), json_is_true(json_object_get(attr, "multiValued")));
        if (!json_is_array(value)) {
            check_value(value, attr);
        }
        json_array_foreach(value, i, one)
        {
            check_value(one, attr);
        }
    }
    json_array_foreach(attributes, i, one)
    {
        assert_true(json_is_false(json_object_get(one, "required")) ||
                    json_object_get(holder, scim_sync_json_str(one, "name")) != NULL);
    }
}

static void check_all(const json_t *list, const json_t *attributes)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(list, "Resources"), i, one)
    {
        check_described(one, attributes);
    }
}

/* RFC 7643 section 8.7.2; the schema of schemas describes itself, too. */
static void what_we_say_of_us_is_as_its_schema_says(void **state)
{
    apr_pool_t *p = *state;

    check_described(config(p), attributes_of(SCIM_SYNC_CONFIG_URN, p));
    check_all(scim_sync_discovery_resource_types(NULL, BASE, p),
              attributes_of(SCIM_SYNC_RESOURCE_TYPE_URN, p));
    check_all(scim_sync_discovery_schemas(NULL, BASE, p), attributes_of(SCIM_SYNC_SCHEMA_URN, p));
}

/* Every attribute is held by something, but for what describes no attribute of ours. */
static void nothing_is_described_that_is_not_there(void **state)
{
    apr_pool_t *p = *state;
    const json_t *attributes = attributes_of(SCIM_SYNC_CONFIG_URN, p);
    const json_t *document = config(p);
    const json_t *value;
    json_t *attr;
    json_t *sub;
    size_t i, k;

    json_array_foreach(attributes, i, attr)
    {
        value = json_object_get(document, scim_sync_json_str(attr, "name"));
        value = json_is_array(value) ? json_array_get(value, 0) : value;
        assert_non_null(value);
        json_array_foreach(json_object_get(attr, "subAttributes"), k, sub)
        {
            assert_non_null(json_object_get(value, scim_sync_json_str(sub, "name")));
        }
    }
}

/* A client can't write to a schema, so that its attributes are none of a user's. */
static void schemas_of_discovery_are_no_schemas_of_resources(void **state)
{
    apr_size_t used;

    (void)state;
    for (const scim_sync_schema_t *schema = scim_sync_meta_schemas; schema->urn != NULL; schema++) {
        assert_null(scim_sync_schema_find(schema->urn));
        scim_sync_schema_prefix(SCIM_SYNC_USER, schema->urn, strlen(schema->urn), &used);
        assert_true(used < strlen(schema->urn));
    }
}

/* Entra takes no null; names in camelCase ($ref apart). */
static void check_plain(const json_t *j)
{
    const char *key;
    json_t *value;
    size_t i;

    assert_false(json_is_null(j));
    json_object_foreach((json_t *)j, key, value)
    {
        assert_true((key[0] >= 'a' && key[0] <= 'z') || strcmp(key, "Resources") == 0);
        check_plain(value);
    }
    json_array_foreach(j, i, value)
    {
        check_plain(value);
    }
}

static void every_document_is_plain(void **state)
{
    check_plain(config(*state));
    check_plain(scim_sync_discovery_resource_types(NULL, BASE, *state));
    check_plain(scim_sync_discovery_schemas(NULL, BASE, *state));
}

static void every_attribute_says_all_of_its_characteristics(void **state)
{
    static const char *const due[] = { "name",        "type",     "multiValued",
                                       "description", "required", "caseExact",
                                       "mutability",  "returned", "uniqueness" };
    const json_t *schema = scim_sync_discovery_schemas(SCIM_SYNC_USER_URN, BASE, *state);
    json_t *a;
    size_t i;

    json_array_foreach(json_object_get(schema, "attributes"), i, a)
    {
        for (size_t k = 0; k < sizeof due / sizeof *due; k++) {
            assert_non_null(json_object_get(a, due[k]));
        }
    }
}

static void an_empty_list_is_a_list(void **state)
{
    json_t *want = json_pack("{s:[s], s:i, s:i, s:i, s:[]}", "schemas", SCIM_SYNC_LIST_URN,
                             "totalResults", 0, "startIndex", 1, "itemsPerPage", 0, "Resources");

    golden_equal(scim_sync_list_response(json_array(), 0, 1, *state),
                 scim_sync_json_own(want, *state));
}

static void a_page_by_cursor_has_no_index(void **state)
{
    const json_t *list = scim_sync_list_response(json_array(), 7, 0, *state);

    assert_null(json_object_get(list, "startIndex"));
    assert_int_equal(scim_sync_json_int(list, "totalResults", 0), 7);
}

static void errors_are_as_the_rfc_has_them(void **state)
{
    const scim_sync_error_t *error =
        scim_sync_error(*state, 409, SCIM_SYNC_UNIQUENESS, "%s is taken.", "ada");
    json_t *want = json_pack("{s:[s], s:s, s:s, s:s}", "schemas", SCIM_SYNC_ERROR_URN, "scimType",
                             "uniqueness", "detail", "ada is taken.", "status", "409");

    golden_equal(scim_sync_error_json(error, *state), scim_sync_json_own(want, *state));
    error = scim_sync_error(*state, 404, NULL, "No such \xff.");
    assert_null(json_object_get(scim_sync_error_json(error, *state), "scimType"));
    assert_string_equal(scim_sync_json_str(scim_sync_error_json(error, *state), "detail"),
                        "No such ?.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(tells_what_is_there),
        UNIT_TEST(bulk_has_numbers),
        UNIT_TEST(tells_how_it_pages),
        UNIT_TEST(tells_how_to_authenticate),
        UNIT_TEST(tells_the_resource_types),
        UNIT_TEST(tells_the_schemas),
        UNIT_TEST(tells_how_attributes_are_treated),
        UNIT_TEST(tells_that_groups_are_computed),
        UNIT_TEST(tells_that_a_member_is_immutable),
        UNIT_TEST(what_we_say_of_us_is_as_its_schema_says),
        UNIT_TEST(nothing_is_described_that_is_not_there),
        UNIT_TEST(schemas_of_discovery_are_no_schemas_of_resources),
        UNIT_TEST(every_document_is_plain),
        UNIT_TEST(every_attribute_says_all_of_its_characteristics),
        UNIT_TEST(an_empty_list_is_a_list),
        UNIT_TEST(a_page_by_cursor_has_no_index),
        UNIT_TEST(errors_are_as_the_rfc_has_them),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

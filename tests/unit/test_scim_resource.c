/* SPDX-License-Identifier: Apache-2.0 */
/* scim/resource: the golden folder resource, bounds, and how an answer looks. */
#include "golden.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim/resource.h"

#define VALUES 20
#define BASE   "https://idp.example.com/scim/v2/okta"

static json_t *members_json(const apr_array_header_t *members, apr_pool_t *p)
{
    json_t *out = scim_sync_json_own(json_array(), p);

    for (int i = 0; members != NULL && i < members->nelts; i++) {
        const scim_sync_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_member_t);
        json_t *member = json_object();

        scim_sync_json_put(member, "value", m->value);
        scim_sync_json_put(member, "display", m->display);
        scim_sync_json_put(member, "type", m->type);
        scim_sync_json_put(member, "ref", m->ref);
        json_array_append_new(out, member);
    }
    return members != NULL ? out : NULL;
}

/* The derived fields, those alone that a case names. */
static json_t *index_json(const scim_sync_resource_t *r, const json_t *want, apr_pool_t *p)
{
    json_t *emails = json_array();
    json_t *all = scim_sync_json_own(json_object(), p);
    json_t *out = scim_sync_json_own(json_object(), p);
    const char *key;
    json_t *value;

    for (int i = 0; i < r->emails->nelts; i++) {
        json_array_append_new(emails, json_string(APR_ARRAY_IDX(r->emails, i, const char *)));
    }
    scim_sync_json_put(all, "name", r->name);
    scim_sync_json_put(all, "name_key", r->name_key);
    scim_sync_json_put(all, "external_id", r->external_id);
    json_object_set_new(all, "active", json_boolean(r->active));
    json_object_set_new(all, "emails", emails);
    json_object_foreach((json_t *)want, key, value)
    {
        json_object_set(out, key, json_object_get(all, key));
    }
    return out;
}

/* `schemas` is compared where the case says something of it. */
static void check_doc(const json_t *doc, const json_t *want, apr_pool_t *p)
{
    json_t *have = scim_sync_json_own(json_deep_copy(doc), p);

    if (json_object_get(want, "schemas") == NULL) {
        json_object_del(have, "schemas");
    }
    golden_equal(have, want);
}

static void check_resource(const json_t *golden, apr_pool_t *p)
{
    json_t *body = json_deep_copy(json_object_get(golden, "body"));
    const json_t *index = json_object_get(golden, "index");
    const json_t *members = json_object_get(golden, "members");
    scim_sync_resource_t *r;
    const scim_sync_error_t *error;

    error = scim_sync_resource_read(&r, golden_type(golden), body, VALUES, p);
    json_decref(body);
    if (golden_error(golden, error)) {
        return;
    }
    check_doc(r->doc, json_object_get(golden, "doc"), p);
    golden_equal(members_json(r->members, p), members);
    if (index != NULL) {
        golden_equal(index_json(r, index, p), index);
    }
}

static scim_sync_resource_t *resource(scim_sync_type_t type, const char *text, apr_pool_t *p)
{
    json_t *body = scim_sync_json_own(json_loads(text, 0, NULL), p);
    scim_sync_resource_t *r;
    const scim_sync_error_t *error = scim_sync_resource_read(&r, type, body, VALUES, p);

    if (error != NULL) {
        fail_msg("%s: %s", text, error->detail);
    }
    r->id = "2819c223-7f76-453a-919d-413861904646";
    r->version = 3;
    r->created = APR_INT64_C(1795329000123);
    r->modified = APR_INT64_C(1795329060000);
    return r;
}

static void refuse(scim_sync_type_t type, json_t *body, const char *named, apr_pool_t *p)
{
    scim_sync_resource_t *r;
    const scim_sync_error_t *error;

    error = scim_sync_resource_read(&r, type, scim_sync_json_own(body, p), VALUES, p);
    assert_non_null(error);
    assert_int_equal(error->status, 400);
    assert_string_equal(error->type, SCIM_SYNC_INVALID_VALUE);
    assert_non_null(strstr(error->detail, named));
}

static const char *letters(int n, apr_pool_t *p)
{
    char *text = apr_palloc(p, n + 1);

    memset(text, 'a', n);
    text[n] = '\0';
    return text;
}

static void bounds_texts(void **state)
{
    const char *fits = apr_pstrcat(*state, "{\"userName\":\"", letters(1024, *state), "\"}", NULL);

    resource(SCIM_SYNC_USER, fits, *state);
    refuse(SCIM_SYNC_USER, json_pack("{s:s}", "userName", letters(1025, *state)), "userName",
           *state);
    refuse(SCIM_SYNC_GROUP, json_pack("{s:s}", "displayName", letters(1025, *state)), "displayName",
           *state);
    refuse(SCIM_SYNC_USER,
           json_pack("{s:s, s:s}", "userName", "a", "externalId", letters(1025, *state)),
           "externalId", *state);
    refuse(SCIM_SYNC_USER,
           json_pack("{s:s, s:s}", "userName", "a", "title", letters(65537, *state)), "title",
           *state);
    refuse(SCIM_SYNC_USER,
           json_pack("{s:s, s:{s:s}}", "userName", "a", "urn:example:User", "note",
                     letters(65537, *state)),
           "urn:example:User", *state);
    refuse(SCIM_SYNC_GROUP,
           json_pack("{s:s, s:[s]}", "displayName", "a", "members", letters(1025, *state)),
           "members", *state);
}

static void bounds_lists(void **state)
{
    json_t *emails = json_array();

    for (int i = 0; i <= VALUES; i++) {
        json_array_append_new(emails, json_pack("{s:s}", "value", apr_psprintf(*state, "%d", i)));
    }
    refuse(SCIM_SYNC_USER, json_pack("{s:s, s:o}", "userName", "a", "emails", emails), "emails",
           *state);
}

static void refuses_control_characters_in_names(void **state)
{
    for (char c = 1; c < 0x20; c++) {
        const char *name = apr_psprintf(*state, "ada%cx", c);

        refuse(SCIM_SYNC_USER, json_pack("{s:s}", "userName", name), "userName", *state);
        refuse(SCIM_SYNC_GROUP, json_pack("{s:s}", "displayName", name), "displayName", *state);
    }
    resource(SCIM_SYNC_USER, "{\"userName\":\"a\",\"addresses\":[{\"formatted\":\"1\\n2\"}]}",
             *state);
}

static void renders_a_user(void **state)
{
    scim_sync_resource_t *r = resource(
        SCIM_SYNC_USER,
        "{\"externalId\":\"00u1\",\"userName\":\"Ada@Example.com\",\"id\":\"theirs\","
        "\"password\":\"demo-secret\",\"active\":\"False\",\"meta\":{\"version\":\"x\"},"
        "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"manager\":\"26\"}}",
        *state);
    json_t *want =
        json_pack("{s:[s,s], s:s, s:s, s:s, s:b, s:{s:{s:s}}, s:{s:s, s:s, s:s, s:s, s:s}}",
                  "schemas", SCIM_SYNC_USER_URN, SCIM_SYNC_ENTERPRISE_URN, "id", r->id,
                  "externalId", "00u1", "userName", "Ada@Example.com", "active", 0,
                  SCIM_SYNC_ENTERPRISE_URN, "manager", "value", "26", "meta", "resourceType",
                  "User", "created", "2026-11-22T06:30:00.123Z", "lastModified",
                  "2026-11-22T06:31:00.000Z", "location",
                  BASE "/Users/2819c223-7f76-453a-919d-413861904646", "version", "W/\"3\"");

    golden_equal(scim_sync_resource_render(r, BASE, *state), scim_sync_json_own(want, *state));
    assert_string_equal(scim_sync_resource_location(r, BASE, *state),
                        BASE "/Users/2819c223-7f76-453a-919d-413861904646");
}

static void renders_members_as_told(void **state)
{
    scim_sync_resource_t *r = resource(
        SCIM_SYNC_GROUP,
        "{\"displayName\":\"G\",\"members\":[{\"value\":\"a "
        "b\",\"type\":\"User\",\"$ref\":\"../Users/a%20b\"},"
        "{\"value\":\"g\",\"type\":\"Foo\",\"display\":\"D\",\"$ref\":\"Groups/g\"},\"bare\"]}",
        *state);
    json_t *want = json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}, {s:s}]", "value", "a b",
                             "type", "User", "$ref", BASE "/Users/a%20b", "value", "g", "type",
                             "Foo", "display", "D", "$ref", BASE "/Groups/g", "value", "bare");

    golden_equal(json_object_get(scim_sync_resource_render(r, BASE, *state), "members"),
                 scim_sync_json_own(want, *state));
    r->members = NULL;
    assert_null(json_object_get(scim_sync_resource_render(r, BASE, *state), "members"));
}

static void put_in_group(scim_sync_resource_t *r, const char *id, const char *name, int direct)
{
    scim_sync_group_t *group = &APR_ARRAY_PUSH(r->groups, scim_sync_group_t);

    *group = (scim_sync_group_t) { .id = id, .name = name, .direct = direct };
}

static void renders_the_groups_of_a_user(void **state)
{
    scim_sync_resource_t *r = resource(SCIM_SYNC_USER, "{\"userName\":\"a\"}", *state);
    json_t *want =
        json_pack("[{s:s, s:s, s:s, s:s}, {s:s, s:s, s:s, s:s}]", "value", "g1", "$ref",
                  BASE "/Groups/g1", "display", "Crew", "type", "direct", "value", "g2", "$ref",
                  BASE "/Groups/g2", "display", "All \"staff\"", "type", "indirect");

    assert_null(json_object_get(scim_sync_resource_render(r, BASE, *state), "groups"));
    r->groups = apr_array_make(*state, 2, sizeof(scim_sync_group_t));
    assert_null(json_object_get(scim_sync_resource_render(r, BASE, *state), "groups"));
    put_in_group(r, "g1", "Crew", 1);
    put_in_group(r, "g2", "All \"staff\"", 0);
    golden_equal(json_object_get(scim_sync_resource_render(r, BASE, *state), "groups"),
                 scim_sync_json_own(want, *state));
}

/* The version of a user with one group like this. */
static const char *version_in(const char *id, const char *name, int direct, apr_pool_t *p)
{
    scim_sync_resource_t *r = resource(SCIM_SYNC_USER, "{\"userName\":\"a\"}", p);

    r->groups = apr_array_make(p, 1, sizeof(scim_sync_group_t));
    put_in_group(r, id, name, direct);
    return scim_sync_resource_version(r, p);
}

/* A client that holds a version must not miss what has changed in the answer. */
static void the_version_changes_with_the_groups(void **state)
{
    scim_sync_resource_t *r = resource(SCIM_SYNC_USER, "{\"userName\":\"a\"}", *state);
    const char *one = version_in("g1", "Crew", 1, *state);

    assert_string_equal(scim_sync_resource_version(r, *state), "W/\"3\"");
    r->groups = apr_array_make(*state, 1, sizeof(scim_sync_group_t));
    assert_string_equal(scim_sync_resource_version(r, *state), "W/\"3\"");
    assert_int_equal(strncmp(one, "W/\"3-", 5), 0);
    assert_string_equal(one, version_in("g1", "Crew", 1, *state));
    assert_string_not_equal(one, version_in("g2", "Crew", 1, *state));
    assert_string_not_equal(one, version_in("g1", "Team", 1, *state));
    assert_string_not_equal(one, version_in("g1", "Crew", 0, *state));
}

static void rendering_lends_nothing(void **state)
{
    scim_sync_resource_t *r =
        resource(SCIM_SYNC_USER, "{\"userName\":\"a\",\"name\":{\"givenName\":\"A\"}}", *state);
    json_t *out = scim_sync_resource_render(r, BASE, *state);

    json_object_clear(json_object_get(out, "name"));
    json_array_clear(json_object_get(out, "schemas"));
    assert_int_equal(json_object_size(json_object_get(r->doc, "name")), 1);
    assert_int_equal(json_array_size(json_object_get(r->doc, "schemas")), 1);
}

static void compares_without_regard_to_order(void **state)
{
    const scim_sync_resource_t *a =
        resource(SCIM_SYNC_USER, "{\"userName\":\"a\",\"title\":\"T\"}", *state);

    assert_true(scim_sync_resource_same(
        a, resource(SCIM_SYNC_USER, "{\"Title\":\"T\",\"USERNAME\":\"a\"}", *state)));
    assert_false(scim_sync_resource_same(
        a, resource(SCIM_SYNC_USER, "{\"title\":\"t\",\"userName\":\"a\"}", *state)));
}

/* A pool that dies must not take anything with it that the caller still holds, nor leak. */
static void lives_in_its_pool(void **state)
{
    json_t *body = json_pack("{s:s, s:{s:s}}", "userName", "a", "urn:example:User", "x", "y");
    scim_sync_resource_t *r;
    apr_pool_t *p;

    apr_pool_create(&p, *state);
    assert_null(scim_sync_resource_read(&r, SCIM_SYNC_USER, body, VALUES, p));
    apr_pool_destroy(p);
    assert_int_equal(json_object_size(body), 2);
    json_decref(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(bounds_texts),
        UNIT_TEST(bounds_lists),
        UNIT_TEST(refuses_control_characters_in_names),
        UNIT_TEST(renders_a_user),
        UNIT_TEST(renders_members_as_told),
        UNIT_TEST(renders_the_groups_of_a_user),
        UNIT_TEST(the_version_changes_with_the_groups),
        UNIT_TEST(rendering_lends_nothing),
        UNIT_TEST(compares_without_regard_to_order),
        UNIT_TEST(lives_in_its_pool),
    };
    int failed = golden_run("resource", check_resource);

    return failed + cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

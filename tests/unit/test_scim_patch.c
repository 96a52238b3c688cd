/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scim/patch and that of scim/v1: the golden folders patch and v1/patch, sizes, and what must not
 * be touched.
 */
#include "golden.h"

#include <string.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "base/json.h"
#include "scim/patch.h"
#include "scim/v1.h"

#define OPERATIONS 100
#define VALUES     20

static const scim_sync_patch_limits_t limits = { .operations = OPERATIONS,
                                                 .filter = 8192,
                                                 .filter_depth = 32 };

static scim_sync_resource_t *stored(const json_t *golden, apr_pool_t *p)
{
    json_t *before = json_object_get(golden, "before");
    scim_sync_resource_t *r;
    const scim_sync_error_t *error;

    if (before == NULL) {
        before = scim_sync_json_own(golden_type(golden) == SCIM_SYNC_USER
                                        ? json_pack("{s:s}", "userName", "ada@example.com")
                                        : json_pack("{s:s}", "displayName", "Engineers"),
                                    p);
    }
    error = scim_sync_resource_read(&r, golden_type(golden), before, VALUES, p);
    if (error != NULL) {
        fail_msg("before: %s", error->detail);
    }
    return r;
}

/* {"add": ["u1", "u2"]}, {"remove": "type eq \"User\""} */
static json_t *change_json(const scim_sync_member_change_t *change)
{
    static const char *const verbs[] = { "add", "remove", "set" };
    json_t *values = json_array();

    for (int i = 0; i < change->members->nelts; i++) {
        const scim_sync_member_t *m = &APR_ARRAY_IDX(change->members, i, scim_sync_member_t);
        json_t *member = json_object();

        scim_sync_json_put(member, "value", m->value);
        scim_sync_json_put(member, "display", m->display);
        scim_sync_json_put(member, "type", m->type);
        scim_sync_json_put(member, "ref", m->ref);
        if (json_object_size(member) == 1) {
            json_decref(member);
            member = json_string(m->value);
        }
        json_array_append_new(values, member);
    }
    return json_pack("{s:o}", verbs[change->verb], values);
}

static json_t *change_json_of_filter(const scim_sync_member_change_t *change, apr_pool_t *p)
{
    assert_int_equal(change->verb, SCIM_SYNC_MEMBERS_REMOVE);
    assert_int_equal(change->members->nelts, 0);
    return json_pack("{s:s}", "remove", scim_sync_filter_print(change->filter, p));
}

static json_t *changes_json(const scim_sync_patch_t *patch, apr_pool_t *p)
{
    const apr_array_header_t *changes = scim_sync_patch_members(patch);
    json_t *out = json_array();

    for (int i = 0; i < changes->nelts; i++) {
        const scim_sync_member_change_t *change =
            &APR_ARRAY_IDX(changes, i, scim_sync_member_change_t);

        json_array_append_new(out, change->filter ? change_json_of_filter(change, p)
                                                  : change_json(change));
    }
    return scim_sync_json_own(out, p);
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

static void check_applied(const json_t *golden, const scim_sync_patch_t *patch, apr_pool_t *p)
{
    scim_sync_resource_t *r = stored(golden, p);
    json_t *doc = r->doc;
    json_t *before = scim_sync_json_own(json_deep_copy(doc), p);
    const json_t *after = json_object_get(golden, "after");
    int changed = -1;

    if (golden_error(golden, scim_sync_patch_apply(patch, r, VALUES, &changed, p))) {
        assert_ptr_equal(r->doc, doc);
        golden_equal(r->doc, before);
        return;
    }
    golden_equal(doc, before);
    assert_int_equal(changed, after != NULL);
    if (after != NULL) {
        check_doc(r->doc, after, p);
    }
    else {
        golden_equal(r->doc, before);
    }
    if (json_object_get(golden, "active") != NULL) {
        assert_int_equal(r->active, json_is_true(json_object_get(golden, "active")));
    }
}

static void check_parsed(const json_t *golden, const scim_sync_patch_t *patch,
                         const scim_sync_error_t *error, apr_pool_t *p)
{
    const json_t *want = json_object_get(golden, "members");

    if (error != NULL) {
        golden_error(golden, error);
        return;
    }
    golden_equal(changes_json(patch, p), want != NULL ? want : scim_sync_json_own(json_array(), p));
    check_applied(golden, patch, p);
    check_applied(golden, patch, p);
}

static void check_patch(const json_t *golden, apr_pool_t *p)
{
    json_t *body = json_deep_copy(json_object_get(golden, "patch"));
    scim_sync_patch_t *patch;
    const scim_sync_error_t *error;

    error = scim_sync_patch_parse(&patch, golden_type(golden), body, &limits, p);
    json_decref(body);
    check_parsed(golden, patch, error, p);
}

static void check_v1_patch(const json_t *golden, apr_pool_t *p)
{
    const json_t *body = json_object_get(golden, "patch");
    json_t *before = scim_sync_json_own(json_deep_copy(body), p);
    scim_sync_patch_t *patch = NULL;
    const scim_sync_error_t *error;
    const json_t *meant;

    error = scim_sync_v1_patch(&meant, golden_type(golden), body, limits.filter, p);
    if (error == NULL) {
        error = scim_sync_patch_parse(&patch, golden_type(golden), meant, &limits, p);
    }
    golden_equal(body, before);
    check_parsed(golden, patch, error, p);
}

static json_t *many(int n, apr_pool_t *p)
{
    json_t *members = json_array();

    for (int i = 0; i < n; i++) {
        json_array_append_new(members,
                              json_pack("{s:s}", "value", apr_psprintf(p, "user-%d", i / 2)));
    }
    return members;
}

/* Each of 50,000 twice: the time is that of a list, not of its square. */
static void reads_a_hundred_thousand_members(void **state)
{
    json_t *body = scim_sync_json_own(json_pack("{s:[{s:s, s:s, s:o}]}", "Operations", "op", "add",
                                                "path", "members", "value", many(100000, *state)),
                                      *state);
    apr_time_t begin = apr_time_now();
    const scim_sync_member_change_t *change;
    scim_sync_patch_t *patch;

    assert_null(scim_sync_patch_parse(&patch, SCIM_SYNC_GROUP, body, &limits, *state));
    assert_true(apr_time_now() - begin < apr_time_from_sec(3));
    assert_int_equal(scim_sync_patch_members(patch)->nelts, 1);
    change = &APR_ARRAY_IDX(scim_sync_patch_members(patch), 0, scim_sync_member_change_t);
    assert_int_equal(change->members->nelts, 50000);
    assert_string_equal(APR_ARRAY_IDX(change->members, 49999, scim_sync_member_t).value,
                        "user-49999");
}

static json_t *operations(int n, const char *path, apr_pool_t *p)
{
    json_t *list = json_array();

    for (int i = 0; i < n; i++) {
        json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "op", "add", "path", path, "value",
                                              apr_psprintf(p, "value %d", i)));
    }
    return scim_sync_json_own(json_pack("{s:o}", "Operations", list), p);
}

static void bounds_the_operations(void **state)
{
    scim_sync_patch_t *patch;
    const scim_sync_error_t *error;

    assert_null(scim_sync_patch_parse(&patch, SCIM_SYNC_USER,
                                      operations(OPERATIONS, "title", *state), &limits, *state));
    error = scim_sync_patch_parse(&patch, SCIM_SYNC_USER,
                                  operations(OPERATIONS + 1, "title", *state), &limits, *state);
    assert_non_null(error);
    assert_int_equal(error->status, 413);
    assert_null(error->type);
}

/* attr[value co "x" or ...]sub, of so many comparisons. */
static const char *path_of(const char *attr, int comparisons, const char *sub, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, attr, "[value co \"x\"", NULL);

    for (int i = 1; i < comparisons; i++) {
        path = apr_pstrcat(p, path, " or value co \"x\"", NULL);
    }
    return apr_pstrcat(p, path, "]", sub, NULL);
}

/* They are made while nobody else can write. */
static void bounds_the_comparisons_of_all_paths(void **state)
{
    static const struct {
        scim_sync_type_t type;
        const char *attr;
        int comparisons; /* of each path */
        int operations;
        int is_taken;
    } cases[] = {
        { SCIM_SYNC_USER, "emails", 1, OPERATIONS, 1 },
        { SCIM_SYNC_USER, "emails", 40, OPERATIONS, 1 },
        { SCIM_SYNC_USER, "emails", 42, OPERATIONS, 0 },
        { SCIM_SYNC_USER, "emails", 400, 11, 0 },
        { SCIM_SYNC_GROUP, "members", 64, 1, 1 },
        { SCIM_SYNC_GROUP, "members", 33, 2, 0 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *sub = cases[i].type == SCIM_SYNC_USER ? ".display" : "";
        json_t *body =
            operations(cases[i].operations,
                       path_of(cases[i].attr, cases[i].comparisons, sub, *state), *state);
        const scim_sync_error_t *error;
        scim_sync_patch_t *patch;
        json_t *operation;
        size_t n;

        json_array_foreach(json_object_get(body, "Operations"), n, operation)
        {
            json_object_set_new(operation, "op", json_string("remove"));
            json_object_del(operation, "value");
        }
        error = scim_sync_patch_parse(&patch, cases[i].type, body, &limits, *state);
        if (cases[i].is_taken) {
            assert_null(error);
        }
        else {
            assert_non_null(error);
            assert_int_equal(error->status, 400);
            assert_string_equal(error->type, SCIM_SYNC_TOO_MANY);
        }
    }
}

static void bounds_the_values_of_an_attribute(void **state)
{
    json_t *golden = scim_sync_json_own(json_object(), *state);
    scim_sync_resource_t *r = stored(golden, *state);
    json_t *doc = r->doc;
    scim_sync_patch_t *patch;
    const scim_sync_error_t *error;
    int changed;

    assert_null(scim_sync_patch_parse(&patch, SCIM_SYNC_USER,
                                      operations(VALUES + 1, "roles", *state), &limits, *state));
    error = scim_sync_patch_apply(patch, r, VALUES, &changed, *state);
    assert_non_null(error);
    assert_string_equal(error->type, SCIM_SYNC_INVALID_VALUE);
    assert_non_null(strstr(error->detail, "Operation 21"));
    assert_ptr_equal(r->doc, doc);
    assert_null(json_object_get(doc, "roles"));
}

static void bounds_the_depth_of_what_it_does_not_know(void **state)
{
    json_t *value = json_string("end");
    json_t *body;
    scim_sync_patch_t *patch;
    const scim_sync_error_t *error;

    for (int i = 0; i < 200; i++) {
        value = json_pack("{s:o}", "in", value);
    }
    body = json_pack("{s:[{s:s, s:s, s:o}]}", "Operations", "op", "add", "path",
                     "urn:example:params:2.0:User:tree", "value", value);
    error = scim_sync_patch_parse(&patch, SCIM_SYNC_USER, scim_sync_json_own(body, *state), &limits,
                                  *state);
    assert_non_null(error);
    assert_string_equal(error->type, SCIM_SYNC_INVALID_VALUE);
}

static void refuses_what_is_no_patch(void **state)
{
    static const char *const bodies[] = {
        "[]",
        "{}",
        "[{\"op\":\"add\"}]",
        "{\"Operations\":{}}",
        "{\"Operations\":null}",
        "{\"Operations\":\"replace\"}",
        "{\"Operations\":[null]}",
        "{\"Operations\":[[]]}",
        "{\"Operations\":[\"add\"]}",
        "{\"Operations\":[{}]}",
        "{\"Operations\":[{\"op\":1}]}",
        "{\"Operations\":[{\"op\":\"move\",\"path\":\"title\",\"value\":\"x\"}]}",
        "{\"active\":false}",
        "{\"members\":{}}",
        "{\"members\":[{\"value\":\"u1\",\"operation\":\"drop\"}]}",
    };

    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        json_t *body = scim_sync_json_own(json_loads(bodies[i], 0, NULL), *state);
        scim_sync_patch_t *patch;
        const scim_sync_error_t *error;

        error = scim_sync_patch_parse(&patch, SCIM_SYNC_GROUP, body, &limits, *state);
        if (error == NULL) {
            fail_msg("taken: %s", bodies[i]);
        }
        assert_int_equal(error->status, 400);
        assert_string_equal(error->type, SCIM_SYNC_INVALID_SYNTAX);
    }
}

/* A PATCH at a time, each within its bounds, makes no document without end. */
static void bounds_the_document(void **state)
{
    char text[60001];
    scim_sync_resource_t *r;
    const scim_sync_error_t *error = NULL;
    int changed, n;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    r = stored(scim_sync_json_own(json_object(), *state), *state);
    for (n = 0; error == NULL && n < 100; n++) {
        const char *path = apr_psprintf(*state, "urn:example:User:note%d", n);
        json_t *body = json_pack("{s:[{s:s, s:s, s:s}]}", "Operations", "op", "add", "path", path,
                                 "value", text);
        scim_sync_patch_t *patch;

        assert_null(scim_sync_patch_parse(&patch, SCIM_SYNC_USER, scim_sync_json_own(body, *state),
                                          &limits, *state));
        error = scim_sync_patch_apply(patch, r, VALUES, &changed, *state);
    }
    assert_non_null(error);
    assert_int_equal(error->status, 413);
    assert_int_equal(n, SCIM_SYNC_DOC_MAX / 60000 + 1);
    assert_int_equal(json_object_size(json_object_get(r->doc, "urn:example:User")), n - 1);
}

static const scim_sync_error_t *parse_path(const char *path, apr_pool_t *p)
{
    json_t *body = json_pack("{s:[{s:s, s:s}]}", "Operations", "op", "remove", "path", path);
    scim_sync_patch_t *patch;

    return scim_sync_patch_parse(&patch, SCIM_SYNC_GROUP, scim_sync_json_own(body, p), &limits, p);
}

static void is_refused(const scim_sync_error_t *error, const char *type, const char *why)
{
    assert_non_null(error);
    assert_int_equal(error->status, 400);
    assert_string_equal(error->type, type);
    assert_non_null(strstr(error->detail, why));
    assert_true(strlen(error->detail) < 1000);
}

/* "emails[value eq "user-0" or ...].display", with a filter of about that many bytes. */
static const char *long_path(const char *attr, int bytes, const char *sub, apr_pool_t *p)
{
    apr_array_header_t *terms = apr_array_make(p, 4096, sizeof(const char *));

    for (int i = 0; i < bytes / 19; i++) {
        APR_ARRAY_PUSH(terms, const char *) = apr_psprintf(p, "value eq \"%04d\" or ", i);
    }
    return apr_pstrcat(p, attr, "[", apr_array_pstrcat(p, terms, '\0'), "value eq \"x\"]", sub,
                       NULL);
}

/* A path is no way around the bounds of filters. */
static void bounds_the_filter_of_a_path(void **state)
{
    const char *why = "longer than 8192 bytes";
    const char *path = long_path("emails", 8192, ".display", *state);
    scim_sync_patch_t *patch;
    json_t *body;

    assert_null(parse_path(long_path("members", 8000, "", *state), *state));
    is_refused(parse_path(long_path("members", 8192, "", *state), *state), SCIM_SYNC_INVALID_FILTER,
               why);
    is_refused(scim_sync_patch_parse(&patch, SCIM_SYNC_USER, operations(1, path, *state), &limits,
                                     *state),
               SCIM_SYNC_INVALID_FILTER, why);
    body = json_pack("{s:[{s:s, s:{s:s}}]}", "Operations", "op", "add", "value", path, "x");
    is_refused(scim_sync_patch_parse(&patch, SCIM_SYNC_USER, scim_sync_json_own(body, *state),
                                     &limits, *state),
               SCIM_SYNC_INVALID_FILTER, why);
}

static void bounds_the_brackets_of_a_path(void **state)
{
    char *path = apr_psprintf(*state, "members[%033dvalue eq \"x\"%033d]", 0, 0);
    char *c;

    for (c = path; *c != '\0'; c++) {
        *c = *c != '0' ? *c : c < strchr(path, 'q') ? '(' : ')';
    }
    is_refused(parse_path(path, *state), SCIM_SYNC_INVALID_FILTER, "32");
}

static void bounds_what_is_around_the_filter_of_a_path(void **state)
{
    is_refused(parse_path(apr_psprintf(*state, "members%065536d[value eq \"x\"]", 0), *state),
               SCIM_SYNC_INVALID_PATH, "not the name");
    is_refused(parse_path(apr_psprintf(*state, "urn:x:y:Group:z[value eq \"x\"].%065536d", 0),
                          *state),
               SCIM_SYNC_INVALID_PATH, "too long");
}

/* What 1.1 finds a value by must not be longer than a filter may be. */
static void takes_a_long_value_of_v1(void **state)
{
    char *photo = apr_psprintf(*state, "data:%020000d", 0);
    json_t *body =
        scim_sync_json_own(json_pack("{s:[{s:s, s:s}]}", "photos", "value", photo, "type", "photo"),
                           *state);
    scim_sync_resource_t *r = stored(scim_sync_json_own(json_object(), *state), *state);
    scim_sync_patch_t *patch;
    const json_t *meant;
    int changed;

    for (int i = 0; i < 2; i++) {
        assert_null(scim_sync_v1_patch(&meant, SCIM_SYNC_USER, body, limits.filter, *state));
        assert_null(scim_sync_patch_parse(&patch, SCIM_SYNC_USER, meant, &limits, *state));
        assert_null(scim_sync_patch_apply(patch, r, VALUES, &changed, *state));
    }
    assert_int_equal(json_array_size(json_object_get(r->doc, "photos")), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(reads_a_hundred_thousand_members),
        UNIT_TEST(bounds_the_operations),
        UNIT_TEST(bounds_the_comparisons_of_all_paths),
        UNIT_TEST(bounds_the_values_of_an_attribute),
        UNIT_TEST(bounds_the_filter_of_a_path),
        UNIT_TEST(bounds_the_depth_of_what_it_does_not_know),
        UNIT_TEST(refuses_what_is_no_patch),
        UNIT_TEST(bounds_the_document),
        UNIT_TEST(bounds_the_brackets_of_a_path),
        UNIT_TEST(bounds_what_is_around_the_filter_of_a_path),
        UNIT_TEST(takes_a_long_value_of_v1),
    };
    int failed = golden_run("patch", check_patch) + golden_run("v1/patch", check_v1_patch);

    return failed + cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

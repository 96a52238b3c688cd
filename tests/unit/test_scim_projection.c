/* SPDX-License-Identifier: Apache-2.0 */
/* scim/projection: the golden folder projection, and what need not be loaded. */
#include "golden.h"

#include <string.h>

#include "base/json.h"
#include "scim/projection.h"

static void check_projection(const json_t *golden, apr_pool_t *p)
{
    json_t *resource = scim_sync_json_own(json_deep_copy(json_object_get(golden, "resource")), p);
    const scim_sync_projection_t *projection;
    const scim_sync_error_t *error;

    error = scim_sync_projection_read(&projection, golden_type(golden),
                                      scim_sync_json_str(golden, "attributes"),
                                      scim_sync_json_str(golden, "excludedAttributes"), p);
    if (!golden_error(golden, error)) {
        scim_sync_projection_apply(projection, resource);
        golden_equal(resource, json_object_get(golden, "is"));
    }
}

static int wants(const char *attributes, const char *excluded, const char *attribute, apr_pool_t *p)
{
    const scim_sync_projection_t *projection;

    assert_null(scim_sync_projection_read(&projection, SCIM_SYNC_GROUP, attributes, excluded, p));
    return scim_sync_projection_wants(projection, attribute);
}

/* The members of a group with 100,000 of them must not be read to be thrown away. */
static void tells_what_need_not_be_loaded(void **state)
{
    assert_true(wants(NULL, NULL, "members", *state));
    assert_true(wants("", "", "members", *state));
    assert_false(wants(NULL, "members", "members", *state));
    assert_false(wants(NULL, "displayName, MEMBERS", "members", *state));
    assert_false(wants(NULL, SCIM_SYNC_GROUP_URN ":members", "members", *state));
    assert_true(wants(NULL, "members.display", "members", *state));
    assert_false(wants("displayName", NULL, "members", *state));
    assert_true(wants("members.value", NULL, "members", *state));
    assert_true(wants("members[value eq \"a,b\"]", NULL, "members", *state));
    assert_true(wants("displayName", NULL, "id", *state));
    assert_true(wants(NULL, "id", "id", *state));
}

static void nothing_given_is_no_projection(void **state)
{
    const scim_sync_projection_t *projection;
    json_t *resource = scim_sync_json_own(json_pack("{s:s}", "userName", "a"), *state);

    assert_null(scim_sync_projection_read(&projection, SCIM_SYNC_USER, NULL, NULL, *state));
    assert_null(projection);
    assert_null(scim_sync_projection_read(&projection, SCIM_SYNC_USER, " , ", "", *state));
    assert_null(projection);
    scim_sync_projection_apply(NULL, resource);
    assert_int_equal(json_object_size(resource), 1);
}

static void survives_odd_lists(void **state)
{
    static const char *const odd[] = {
        ",,,",         "[",   "]",      "a[",     "emails[\"",
        "emails[\"\\", "]x[", "title,", ",title", "emails[a,b]c,title",
        "\xff,title"
    };

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        const scim_sync_projection_t *projection;

        assert_null(scim_sync_projection_read(&projection, SCIM_SYNC_USER, odd[i], NULL, *state));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(tells_what_need_not_be_loaded),
        UNIT_TEST(nothing_given_is_no_projection),
        UNIT_TEST(survives_odd_lists),
    };
    int failed = golden_run("projection", check_projection);

    return failed + cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

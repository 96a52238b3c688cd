/* SPDX-License-Identifier: Apache-2.0 */
/* scim/path: names as filters, patches and projections write them. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "scim/path.h"

#define CUSTOM "urn:example:params:2.0:User"

static const char *or_dash(const char *text)
{
    return text != NULL ? text : "-";
}

static void check_once(scim_sync_type_t type, const char *text, const char *urn, const char *attr,
                       const char *sub, apr_pool_t *p)
{
    scim_sync_name_t name;
    const scim_sync_error_t *error = scim_sync_name_resolve(&name, type, text, strlen(text), p);

    if (error != NULL) {
        fail_msg("%s: %s", text, error->detail);
    }
    assert_string_equal(or_dash(name.urn), or_dash(urn));
    assert_string_equal(or_dash(name.attr), or_dash(attr));
    assert_string_equal(or_dash(name.sub), or_dash(sub));
}

/* Also of the name as we write it. */
static void check(scim_sync_type_t type, const char *text, const char *urn, const char *attr,
                  const char *sub, apr_pool_t *p)
{
    const scim_sync_name_t name = { .urn = urn, .attr = attr, .sub = sub };

    check_once(type, text, urn, attr, sub, p);
    if (urn != NULL || attr != NULL) {
        check_once(type, scim_sync_name_text(&name, p), urn, attr, sub, p);
    }
}

static void resolves_core_names(void **state)
{
    check(SCIM_SYNC_USER, "userName", NULL, "userName", NULL, *state);
    check(SCIM_SYNC_USER, "USERNAME", NULL, "userName", NULL, *state);
    check(SCIM_SYNC_USER, " Name.FamilyName\t", NULL, "name", "familyName", *state);
    check(SCIM_SYNC_USER, "meta.LastModified", NULL, "meta", "lastModified", *state);
    check(SCIM_SYNC_USER, "externalid", NULL, "externalId", NULL, *state);
    check(SCIM_SYNC_GROUP, "members.$REF", NULL, "members", "$ref", *state);
    check(SCIM_SYNC_GROUP, "displayName", NULL, "displayName", NULL, *state);
}

static void takes_the_urn_for_what_it_is(void **state)
{
    const char *more = SCIM_SYNC_ENTERPRISE_URN;

    check(SCIM_SYNC_USER, SCIM_SYNC_USER_URN ":name.givenName", NULL, "name", "givenName", *state);
    check(SCIM_SYNC_USER, SCIM_SYNC_USER_URN ".userName", NULL, "userName", NULL, *state);
    check(SCIM_SYNC_USER, SCIM_SYNC_USER_URN, NULL, NULL, NULL, *state);
    check(SCIM_SYNC_USER, SCIM_SYNC_ENTERPRISE_URN, more, NULL, NULL, *state);
    check(SCIM_SYNC_USER, SCIM_SYNC_ENTERPRISE_URN ":Department", more, "department", NULL, *state);
    check(SCIM_SYNC_USER, SCIM_SYNC_ENTERPRISE_URN ".manager", more, "manager", NULL, *state);
    check(SCIM_SYNC_USER, SCIM_SYNC_ENTERPRISE_URN ":manager.value", more, "manager", "value",
          *state);
    check(SCIM_SYNC_USER, "URN:IETF:params:scim:schemas:extension:ENTERPRISE:2.0:user:manager",
          more, "manager", NULL, *state);
    check(SCIM_SYNC_USER, "urn:scim:schemas:core:1.0:userName", NULL, "userName", NULL, *state);
    check(SCIM_SYNC_USER, "urn:scim:schemas:extension:enterprise:1.0:manager", more, "manager",
          NULL, *state);
    check(SCIM_SYNC_USER, "urn:scim:schemas:extension:enterprise:1.0:manager.managerID", more,
          "manager", "value", *state);
}

static void guesses_where_an_unknown_urn_ends(void **state)
{
    check(SCIM_SYNC_USER, CUSTOM, CUSTOM, NULL, NULL, *state);
    check(SCIM_SYNC_USER, CUSTOM ":floor", CUSTOM, "floor", NULL, *state);
    check(SCIM_SYNC_USER, CUSTOM ".desk.number", CUSTOM, "desk", "number", *state);
    check(SCIM_SYNC_USER, CUSTOM ".floor", CUSTOM, "floor", NULL, *state);
    check(SCIM_SYNC_USER, CUSTOM ".desk.number", CUSTOM, "desk", "number", *state);
    check(SCIM_SYNC_USER, CUSTOM ":desk.number", CUSTOM, "desk", "number", *state);
    check(SCIM_SYNC_USER, CUSTOM ".4711", CUSTOM, "4711", NULL, *state);
    check(SCIM_SYNC_USER, CUSTOM ":4711.on/off", CUSTOM, "4711", "on/off", *state);
    check(SCIM_SYNC_USER, CUSTOM ".User.user", CUSTOM, "User", "user", *state);
    check(SCIM_SYNC_USER, "urn:example:2.0", "urn:example:2.0", NULL, NULL, *state);
    check(SCIM_SYNC_GROUP, "http://schemas.example.com/2006/11/ADSCIM/2.0/Group",
          "http://schemas.example.com/2006/11/ADSCIM/2.0/Group", NULL, NULL, *state);
    check(SCIM_SYNC_GROUP, SCIM_SYNC_ENTERPRISE_URN ":department", SCIM_SYNC_ENTERPRISE_URN,
          "department", NULL, *state);
}

static void refuses_what_does_not_exist(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "nonsense",
        "userName.value",
        "name.nonsense",
        "name.",
        ".name",
        "name.givenName.first",
        "name givenName",
        "emails[type eq \"work\"]",
        "members",
        "rol:es",
        "urn:example:2.0:User..x",
        "urn:x",
        SCIM_SYNC_USER_URN ":nonsense",
        SCIM_SYNC_USER_URN ":",
        SCIM_SYNC_ENTERPRISE_URN ":nonsense",
        SCIM_SYNC_ENTERPRISE_URN ":externalId",
        SCIM_SYNC_GROUP_URN ":displayName",
        "a\001b",
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scim_sync_name_t name;
        const scim_sync_error_t *error;

        error = scim_sync_name_resolve(&name, SCIM_SYNC_USER, bad[i], strlen(bad[i]), *state);
        if (error == NULL) {
            fail_msg("taken: \"%s\"", bad[i]);
        }
        assert_int_equal(error->status, 400);
        assert_string_equal(error->type, SCIM_SYNC_INVALID_PATH);
    }
}

static void bounds_the_length(void **state)
{
    scim_sync_name_t name;
    char *text = apr_palloc(*state, 1000001);

    memset(text, 'a', 1000000);
    memcpy(text, "urn:", 4);
    text[1000000] = '\0';
    assert_non_null(scim_sync_name_resolve(&name, SCIM_SYNC_USER, text, 1000000, *state));
}

static void reads_no_further_than_len(void **state)
{
    scim_sync_name_t name;

    assert_null(scim_sync_name_resolve(&name, SCIM_SYNC_USER, "titleX", 5, *state));
    assert_string_equal(name.attr, "title");
}

static void writes_names(void **state)
{
    static const char *const names[] = {
        "userName",
        "name.familyName",
        SCIM_SYNC_ENTERPRISE_URN,
        SCIM_SYNC_ENTERPRISE_URN ":manager.value",
        CUSTOM ":floor",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        scim_sync_name_t name;

        scim_sync_name_resolve(&name, SCIM_SYNC_USER, names[i], strlen(names[i]), *state);
        assert_string_equal(scim_sync_name_text(&name, *state), names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(resolves_core_names),
        UNIT_TEST(takes_the_urn_for_what_it_is),
        UNIT_TEST(guesses_where_an_unknown_urn_ends),
        UNIT_TEST(refuses_what_does_not_exist),
        UNIT_TEST(bounds_the_length),
        UNIT_TEST(reads_no_further_than_len),
        UNIT_TEST(writes_names),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

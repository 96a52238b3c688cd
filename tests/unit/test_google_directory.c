/* SPDX-License-Identifier: Apache-2.0 */
/*
 * google/directory: every request letter by letter, and what pages say. What Google refuses stands
 * in test_google_directory_errors.c.
 */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "google/directory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define DIRECTORY    "https://admin.googleapis.com/admin/directory/v1/"

static const scim_sync_google_t google = { .token = "demo-access-token" };
static const scim_sync_google_choice_t everything = { 0 };

/* --- requests --- */

static void is_call(const scim_sync_call_t *call, const char *endpoint, const char *url,
                    const char *body)
{
    assert_string_equal(call->endpoint, endpoint);
    assert_int_equal(strncmp(endpoint, call->method, strlen(call->method)), 0);
    assert_string_equal(call->url, url);
    assert_string_equal(call->bearer, "demo-access-token");
    assert_null(call->user);
    assert_null(call->form);
    if (body == NULL) {
        assert_null(call->body);
    }
    else {
        assert_string_equal(call->body, body);
    }
}

#define USERS                                                                                      \
    DIRECTORY "users?maxResults=500&prettyPrint=false&fields=kind%2CnextPageToken%2Cusers%28id%2C" \
              "primaryEmail%2Cname%28givenName%2CfamilyName%2CfullName%2CdisplayName%29%2C"        \
              "suspended%2CsuspensionReason%2Carchived%2CorgUnitPath%29"
#define GROUPS                                                                                     \
    DIRECTORY "groups?maxResults=200&prettyPrint=false&fields=kind%2CnextPageToken%2Cgroups%28id"  \
              "%2Cemail%2Cname%2CdirectMembersCount%29"
#define MEMBERS                                                                                    \
    DIRECTORY "groups/01abc%2Fd/members?maxResults=200&prettyPrint=false&fields=kind%2C"           \
              "nextPageToken%2Cmembers%28id%2Cemail%2Ctype%2Crole%2Cstatus%29"

static void builds_listings(void **state)
{
    scim_sync_call_t call;

    scim_sync_google_users(&call, &google, &everything, NULL, *state);
    is_call(&call, "GET /admin/directory/v1/users", USERS "&customer=my_customer", NULL);
    scim_sync_google_users(&call, &google, &everything, "a/b=", *state);
    is_call(&call, "GET /admin/directory/v1/users",
            USERS "&pageToken=a%2Fb%3D&customer=my_customer", NULL);
    scim_sync_google_groups(&call, &google, &everything, NULL, *state);
    is_call(&call, "GET /admin/directory/v1/groups", GROUPS "&customer=my_customer", NULL);
    scim_sync_google_members(&call, &google, "01abc/d", "t", *state);
    is_call(&call, "GET /admin/directory/v1/groups/{}/members", MEMBERS "&pageToken=t", NULL);
}

/* A domain takes the customer's place: with both, Google leaves out the other domains. */
static void builds_choices(void **state)
{
    scim_sync_google_choice_t choice = { "isAdmin=false", "/Sales \\ O'Hara" };
    scim_sync_google_t other = { "http://127.0.0.1:8080", "demo-access-token", "b.example.com" };
    scim_sync_call_t call;

    scim_sync_google_users(&call, &google, &choice, NULL, *state);
    is_call(&call, "GET /admin/directory/v1/users",
            USERS "&customer=my_customer&query=orgUnitPath%3D%27%2FSales%20%5C%5C%20O%5C%27Hara%27"
                  "%20isAdmin%3Dfalse",
            NULL);
    choice.org_unit = NULL;
    scim_sync_google_groups(&call, &other, &choice, NULL, *state);
    assert_non_null(strstr(call.url, "http://127.0.0.1:8080/admin/directory/v1/groups?"));
    assert_non_null(strstr(call.url, "&domain=b.example.com&query=isAdmin%3Dfalse"));
    assert_null(strstr(call.url, "customer"));
}

static void builds_channels(void **state)
{
    scim_sync_google_channel_t channel = { "c-1",        "https://jira.example.com/push",
                                           "demo-token", 3600,
                                           "r-1",        0 };
    scim_sync_call_t call;

    scim_sync_google_watch(&call, &google, "update", &channel, *state);
    is_call(&call, "POST /admin/directory/v1/users/watch",
            DIRECTORY "users/watch?event=update&customer=my_customer",
            "{\"id\":\"c-1\",\"type\":\"web_hook\",\"address\":\"https://jira.example.com/push\","
            "\"token\":\"demo-token\",\"params\":{\"ttl\":\"3600\"}}");
    scim_sync_google_stop(&call, &google, &channel, *state);
    is_call(&call, "POST /admin/directory_v1/channels/stop",
            "https://admin.googleapis.com/admin/directory_v1/channels/stop",
            "{\"id\":\"c-1\",\"resourceId\":\"r-1\"}");
}

/* --- answers --- */

static scim_sync_answer_t answered(const char *body)
{
    scim_sync_answer_t answer = { 200, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };

    return answer;
}

static scim_sync_google_user_t *only_user(const char *entry, apr_pool_t *p)
{
    scim_sync_answer_t answer = answered(
        apr_pstrcat(p, "{\"kind\":\"admin#directory#users\",\"users\":[", entry, "]}", NULL));
    scim_sync_google_page_t page;

    assert_int_equal(scim_sync_google_read_users(&answer, NULL, &page, p).matter,
                     SCIM_SYNC_GOOGLE_FINE);
    assert_int_equal(page.entries->nelts, 1);
    return &APR_ARRAY_IDX(page.entries, 0, scim_sync_google_user_t);
}

static void reads_a_user(void **state)
{
    const scim_sync_google_user_t *ann =
        only_user("{\"id\":\"101\",\"primaryEmail\":\"ann@example.com\",\"name\":{\"givenName\":"
                  "\"Ann\",\"familyName\":\"Lee\",\"fullName\":\"Ann Lee\"},\"suspended\":true,"
                  "\"suspensionReason\":\"ADMIN\",\"archived\":false,\"orgUnitPath\":\"/Sales\"}",
                  *state);

    assert_string_equal(ann->id, "101");
    assert_string_equal(ann->email, "ann@example.com");
    assert_string_equal(ann->given_name, "Ann");
    assert_string_equal(ann->family_name, "Lee");
    assert_string_equal(ann->full_name, "Ann Lee");
    assert_string_equal(ann->org_unit, "/Sales");
    assert_string_equal(ann->why, "ADMIN");
    assert_true(ann->suspended);
    assert_false(ann->archived);
    assert_null(ann->fault);
}

#define LIVE ",\"suspended\":false,\"archived\":false}"

static void names_lose_what_is_not_seen(void **state)
{
    const scim_sync_google_user_t *user = only_user(
        "{\"id\":\"1\",\"primaryEmail\":\"a@example.com\",\"name\":{\"givenName\":\"\\u200b\","
        "\"familyName\":\" L\\u200be\\u0007e "
        "\\u202e\",\"displayName\":\"\",\"fullName\":\"K\xc3\xb6 "
        "L\"}" LIVE,
        *state);

    assert_null(user->given_name);
    assert_string_equal(user->family_name, "Lee");
    assert_string_equal(user->full_name, "K\xc3\xb6 L");
    assert_null(only_user("{\"id\":\"1\",\"name\":\"\"" LIVE, *state)->full_name);
    user = only_user("{\"id\":\"1\\u0000\",\"name\":{\"givenName\":\"A\\u0000nn\","
                     "\"familyName\":\"\\\\u0000\",\"fullName\":\"\\u0000\"}" LIVE,
                     *state);
    assert_string_equal(user->id, "1\001");
    assert_string_equal(user->given_name, "Ann");
    assert_string_equal(user->family_name, "\\u0000");
    assert_null(user->full_name);
}

/* Without a word on it nobody is active, and nobody has left. */
static void one_bad_entry_is_a_fault_of_its_own(void **state)
{
    static const struct {
        const char *entry, *fault;
    } cases[] = {
        { "{\"id\":\"1\"" LIVE, "no primary e-mail" },
        { "{\"id\":\"1\",\"primaryEmail\":\"ann\"" LIVE, "no primary e-mail" },
        { "{\"id\":\"1\",\"primaryEmail\":\"a\\u200b b@example.com\"" LIVE, "no primary e-mail" },
        { "{\"id\":\"1\",\"primaryEmail\":\"a@example.com\",\"archived\":false}", "is suspended" },
        { "{\"id\":\"1\",\"primaryEmail\":\"a@example.com\",\"suspended\":false}", "is archived" },
        { "{\"id\":\"1\",\"primaryEmail\":\"a@example.com\",\"suspended\":\"false\","
          "\"archived\":false}",
          "is suspended" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const scim_sync_google_user_t *user = only_user(cases[i].entry, *state);

        assert_string_equal(user->id, "1");
        assert_non_null(strstr(user->fault, cases[i].fault));
    }
}

#define A_USER "{\"id\":\"1\",\"primaryEmail\":\"a@example.com\","

static void who_is_out_is_out_whatever_else_is_not_said(void **state)
{
    static const char *const entries[] = {
        A_USER "\"suspended\":true}",
        A_USER "\"archived\":true}",
        A_USER "\"suspended\":\"no\",\"archived\":true}",
    };

    for (size_t i = 0; i < COUNT(entries); i++) {
        const scim_sync_google_user_t *user = only_user(entries[i], *state);

        assert_null(user->fault);
        assert_true(user->suspended || user->archived);
    }
}

static void reads_groups(void **state)
{
    scim_sync_answer_t answer =
        answered("{\"kind\":\"admin#directory#groups\",\"nextPageToken\":\"t2\",\"groups\":["
                 "{\"id\":\"g1\",\"email\":\"dev@example.com\",\"name\":\"Dev\","
                 "\"directMembersCount\":\"12\"},"
                 "{\"id\":\"g2\",\"email\":\"ops@example.com\",\"name\":\"\\u200b\","
                 "\"directMembersCount\":\"-3\"}]}");
    scim_sync_google_page_t page;
    const scim_sync_google_group_t *groups;

    assert_int_equal(scim_sync_google_read_groups(&answer, "t1", &page, *state).matter,
                     SCIM_SYNC_GOOGLE_FINE);
    groups = (const scim_sync_google_group_t *)page.entries->elts;
    assert_int_equal(page.entries->nelts, 2);
    assert_string_equal(page.next, "t2");
    assert_string_equal(groups[0].name, "Dev");
    assert_int_equal(groups[0].direct_members, 12);
    assert_string_equal(groups[1].name, "ops@example.com");
    assert_int_equal(groups[1].direct_members, -1);
}

static void reads_members(void **state)
{
    scim_sync_answer_t answer = answered(
        "{\"kind\":\"admin#directory#members\",\"members\":["
        "{\"id\":\"101\",\"email\":\"ann@example.com\",\"type\":\"USER\",\"role\":\"OWNER\","
        "\"status\":\"ACTIVE\"},{\"id\":\"g2\",\"type\":\"GROUP\",\"role\":\"MEMBER\"},"
        "{\"id\":\"C01\",\"type\":\"CUSTOMER\"},{\"id\":\"x\",\"type\":\"EXTERNAL\"},{\"id\":\"y\"}"
        "]}");
    static const scim_sync_google_member_type_t types[] = { SCIM_SYNC_GOOGLE_MEMBER_USER,
                                                            SCIM_SYNC_GOOGLE_MEMBER_GROUP,
                                                            SCIM_SYNC_GOOGLE_MEMBER_CUSTOMER,
                                                            SCIM_SYNC_GOOGLE_MEMBER_OTHER,
                                                            SCIM_SYNC_GOOGLE_MEMBER_OTHER };
    scim_sync_google_page_t page;
    const scim_sync_google_member_t *members;

    assert_int_equal(scim_sync_google_read_members(&answer, NULL, &page, *state).matter,
                     SCIM_SYNC_GOOGLE_FINE);
    members = (const scim_sync_google_member_t *)page.entries->elts;
    assert_int_equal(page.entries->nelts, COUNT(types));
    for (size_t i = 0; i < COUNT(types); i++) {
        assert_int_equal(members[i].type, types[i]);
    }
    assert_string_equal(members[0].role, "OWNER");
    assert_string_equal(members[0].status, "ACTIVE");
    assert_null(members[1].status);
    assert_null(page.next);
}

static void reads_channels(void **state)
{
    scim_sync_google_channel_t channel = { .id = "c-1" };
    scim_sync_answer_t answer =
        answered("{\"kind\":\"api#channel\",\"id\":\"c-1\",\"resourceId\":\"r-1\","
                 "\"resourceUri\":\"https://admin.googleapis.com/x\",\"token\":\"t\","
                 "\"expiration\":\"1795000000000\"}");
    scim_sync_answer_t bare = { 204, "", 0, SCIM_SYNC_RATE_UNSAID, NULL, 1 };

    assert_int_equal(scim_sync_google_read_watch(&answer, &channel, *state).matter,
                     SCIM_SYNC_GOOGLE_FINE);
    assert_string_equal(channel.resource_id, "r-1");
    assert_true(channel.expires == APR_INT64_C(1795000000000));
    channel.id = "c-2";
    assert_int_equal(scim_sync_google_read_watch(&answer, &channel, *state).matter,
                     SCIM_SYNC_GOOGLE_STRANGE);
    assert_int_equal(scim_sync_google_read_stop(&bare, *state).matter, SCIM_SYNC_GOOGLE_FINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(builds_listings),
        UNIT_TEST(builds_choices),
        UNIT_TEST(builds_channels),
        UNIT_TEST(reads_a_user),
        UNIT_TEST(names_lose_what_is_not_seen),
        UNIT_TEST(one_bad_entry_is_a_fault_of_its_own),
        UNIT_TEST(who_is_out_is_out_whatever_else_is_not_said),
        UNIT_TEST(reads_groups),
        UNIT_TEST(reads_members),
        UNIT_TEST(reads_channels),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

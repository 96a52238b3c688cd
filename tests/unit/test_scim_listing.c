/* SPDX-License-Identifier: Apache-2.0 */
/* scim/listing: the query of a GET and the body of a search say the same. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim/listing.h"

#define PAGE 200
#define HOUR APR_INT64_C(3600000)

static const scim_sync_listing_limits_t limits = {
    .page_size = PAGE, .filter = 100, .filter_depth = 3, .filter_looks = 7
};
static const scim_sync_type_t user = SCIM_SYNC_USER;
static const scim_sync_type_t group = SCIM_SYNC_GROUP;

/* A query as it is written, "a=b&c=d", but not encoded; a name without "=" is an empty one. */
static apr_table_t *table_of(const char *text, apr_pool_t *p)
{
    apr_table_t *query = apr_table_make(p, 8);
    char *rest = apr_pstrdup(p, text);
    char *last;

    for (char *name = apr_strtok(rest, "&", &last); name; name = apr_strtok(NULL, "&", &last)) {
        char *value = strchr(name, '=');

        if (value != NULL) {
            *value++ = '\0';
        }
        apr_table_setn(query, name, value != NULL ? value : "");
    }
    return query;
}

static const scim_sync_listing_t *read_query(const scim_sync_type_t *type, const char *text,
                                             apr_pool_t *p)
{
    const scim_sync_listing_t *listing;
    const scim_sync_error_t *error =
        scim_sync_listing_of_query(&listing, type, table_of(text, p), &limits, p);

    if (error != NULL) {
        fail_msg("%s: %s", text, error->detail);
    }
    return listing;
}

static const scim_sync_error_t *refuse_query(const scim_sync_type_t *type, const char *text,
                                             const char *scim_type, apr_pool_t *p)
{
    const scim_sync_listing_t *listing;
    const scim_sync_error_t *error =
        scim_sync_listing_of_query(&listing, type, table_of(text, p), &limits, p);

    if (error == NULL) {
        fail_msg("%s was taken", text);
    }
    assert_null(listing);
    assert_int_equal(error->status, 400);
    if (strcmp(error->type, scim_type) != 0) {
        fail_msg("%s: %s: %s", text, error->type, error->detail);
    }
    return error;
}

static json_t *json_of(const char *text, apr_pool_t *p)
{
    json_t *j = json_loads(text, JSON_DECODE_ANY, NULL);

    assert_non_null(j);
    return scim_sync_json_own(j, p);
}

static const scim_sync_listing_t *read_search(const scim_sync_type_t *type, const char *text,
                                              apr_pool_t *p)
{
    const scim_sync_listing_t *listing;
    const scim_sync_error_t *error =
        scim_sync_listing_of_search(&listing, type, json_of(text, p), &limits, p);

    if (error != NULL) {
        fail_msg("%s: %s", text, error->detail);
    }
    return listing;
}

static void refuse_search(const char *text, const char *scim_type, apr_pool_t *p)
{
    const scim_sync_listing_t *listing;
    const scim_sync_error_t *error =
        scim_sync_listing_of_search(&listing, &user, json_of(text, p), &limits, p);

    if (error == NULL) {
        fail_msg("%s was taken", text);
    }
    assert_null(listing);
    assert_string_equal(error->type, scim_type);
}

static const char *filter_of(const scim_sync_part_t *part, apr_pool_t *p)
{
    return part->filter != NULL ? scim_sync_filter_print(part->filter, p) : "-";
}

static const char *sort_of(const scim_sync_part_t *part, apr_pool_t *p)
{
    return part->sort_by != NULL ? scim_sync_name_text(part->sort_by, p) : "-";
}

/* ---- index paging ---- */

static void check_page(const char *query, apr_int64_t start, apr_int64_t count, apr_pool_t *p)
{
    const scim_sync_listing_t *listing = read_query(&user, query, p);

    assert_int_equal(listing->start, start);
    assert_int_equal(listing->count, count);
    assert_false(listing->by_cursor);
}

static void nothing_said_is_the_first_page_of_all(void **state)
{
    const scim_sync_listing_t *listing = read_query(&group, "", *state);

    check_page("", 1, PAGE, *state);
    assert_int_equal(listing->count_parts, 1);
    assert_int_equal(listing->parts[0].type, SCIM_SYNC_GROUP);
    assert_null(listing->parts[0].filter);
    assert_null(listing->parts[0].sort_by);
    assert_null(listing->parts[0].projection);
    assert_false(listing->descending);
}

static void brings_numbers_into_range(void **state)
{
    check_page("startIndex=3&count=7", 3, 7, *state);
    check_page("startIndex=0&count=0", 1, 0, *state);
    check_page("startIndex=-3&count=-7", 1, 0, *state);
    check_page("count=201", 1, PAGE, *state);
    check_page("STARTINDEX=9223372036854775807&Count=9223372036854775807", APR_INT64_MAX, PAGE,
               *state);
    check_page("startIndex=&count=&unknown=x&=y", 1, PAGE, *state);
}

static void refuses_what_is_no_number(void **state)
{
    static const char *const bad[] = { "one", "1.5", "1x", " ", "0x10", "99999999999999999999" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *start = apr_pstrcat(*state, "startIndex=", bad[i], NULL);
        const char *count = apr_pstrcat(*state, "count=", bad[i], NULL);

        refuse_query(&user, start, SCIM_SYNC_INVALID_VALUE, *state);
        refuse_query(&user, count, SCIM_SYNC_INVALID_VALUE, *state);
        refuse_query(&user, apr_pstrcat(*state, count, "&cursor", NULL), SCIM_SYNC_INVALID_COUNT,
                     *state);
    }
}

/* ---- filter, order, attributes ---- */

static void a_filter_is_bounded(void **state)
{
    char value[101];
    const scim_sync_error_t *error;

    assert_string_equal(filter_of(read_query(&user, "filter=((USERNAME eq \"a\"))", *state)->parts,
                                  *state),
                        "userName eq \"a\"");
    memset(value, 'x', sizeof(value) - 1);
    value[sizeof(value) - 1] = '\0';
    refuse_query(&user, apr_pstrcat(*state, "filter=title eq ", value, NULL),
                 SCIM_SYNC_INVALID_FILTER, *state);
    read_query(&user, "filter=(((title pr)))", *state);
    error = refuse_query(&user, "filter=((((title pr))))", SCIM_SYNC_INVALID_FILTER, *state);
    assert_non_null(strstr(error->detail, "position 3"));
}

static void check_sort(const scim_sync_type_t *type, const char *by, const char *want,
                       apr_pool_t *p)
{
    const char *query = apr_pstrcat(p, "sortBy=", by, NULL);

    assert_string_equal(sort_of(read_query(type, query, p)->parts, p), want);
}

static void sorts_by_whatever_has_one_value(void **state)
{
    check_sort(&user, "userName", "userName", *state);
    check_sort(&user, "NAME.FAMILYNAME", "name.familyName", *state);
    check_sort(&user, "emails.value", "emails.value", *state);
    check_sort(&user, "emails", "emails.value", *state);
    check_sort(&user, "meta.lastModified", "meta.lastModified", *state);
    check_sort(&user, "id", "id", *state);
    check_sort(&user, SCIM_SYNC_USER_URN ":userName", "userName", *state);
    check_sort(&user, SCIM_SYNC_ENTERPRISE_URN ":manager",
               SCIM_SYNC_ENTERPRISE_URN ":manager.value", *state);
    check_sort(&user, "urn:example:params:2.0:User:floor", "urn:example:params:2.0:User:floor",
               *state);
    check_sort(&group, "displayName", "displayName", *state);
    check_sort(&user, "", "-", *state);
}

static void refuses_to_sort_by_what_is_none(void **state)
{
    static const char *const bad[] = { "shoeSize",      "name", "meta", "members",
                                       "emails.colour", "a b",  "*",    SCIM_SYNC_USER_URN };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        refuse_query(&user, apr_pstrcat(*state, "sortBy=", bad[i], NULL), SCIM_SYNC_INVALID_PATH,
                     *state);
    }
}

static void an_order_is_up_or_down(void **state)
{
    assert_false(read_query(&user, "sortBy=id&sortOrder=ascending", *state)->descending);
    assert_true(read_query(&user, "sortBy=id&sortOrder=DEscending", *state)->descending);
    assert_false(read_query(&user, "sortBy=id&sortOrder=", *state)->descending);
    assert_false(read_query(&user, "sortOrder=descending", *state)->descending);
    refuse_query(&user, "sortBy=id&sortOrder=down", SCIM_SYNC_INVALID_VALUE, *state);
}

static void attributes_are_wanted_or_not(void **state)
{
    const scim_sync_listing_t *listing = read_query(&group, "excludedAttributes=members", *state);
    char *names = apr_palloc(*state, 9001);

    assert_false(scim_sync_projection_wants(listing->parts[0].projection, "members"));
    refuse_query(&group, "attributes=id&excludedAttributes=members", SCIM_SYNC_INVALID_VALUE,
                 *state);
    memset(names, ',', 9000);
    names[9000] = '\0';
    refuse_query(&group, apr_pstrcat(*state, "attributes=", names, NULL), SCIM_SYNC_INVALID_VALUE,
                 *state);
}

/* ---- both types (RFC 7644 section 3.4.2.1) ---- */

static void the_root_is_of_both_types(void **state)
{
    const scim_sync_listing_t *listing = read_query(
        NULL, "filter=displayName sw \"a\"&sortBy=displayName&excludedAttributes=members", *state);

    assert_int_equal(listing->count_parts, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(listing->parts[i].type, i == 0 ? SCIM_SYNC_USER : SCIM_SYNC_GROUP);
        assert_string_equal(filter_of(&listing->parts[i], *state), "displayName sw \"a\"");
        assert_string_equal(sort_of(&listing->parts[i], *state), "displayName");
    }
    assert_false(scim_sync_projection_wants(listing->parts[1].projection, "members"));
}

static void check_root(const char *filter, const char *of_users, const char *of_groups,
                       apr_pool_t *p)
{
    const char *have[] = { "none", "none" };
    const scim_sync_listing_t *listing =
        read_query(NULL, apr_pstrcat(p, "filter=", filter, NULL), p);

    for (int i = 0; i < listing->count_parts; i++) {
        have[listing->parts[i].type] = filter_of(&listing->parts[i], p);
    }
    assert_string_equal(have[SCIM_SYNC_USER], of_users);
    assert_string_equal(have[SCIM_SYNC_GROUP], of_groups);
}

/* "not (id pr)" is satisfied by nothing, "id pr" by everything. */
static void what_a_type_has_not_is_without_a_value(void **state)
{
    check_root("userName eq \"a\"", "userName eq \"a\"", "none", *state);
    check_root("members.value eq \"a\"", "none", "members.value eq \"a\"", *state);
    check_root("members[value eq \"a\"]", "none", "members[value eq \"a\"]", *state);
    check_root("emails[type eq \"work\"].value co \"@x\"",
               "emails[type eq \"work\" and value co \"@x\"]", "none", *state);
    check_root("userName eq \"a\" and displayName eq \"b\"",
               "userName eq \"a\" and displayName eq \"b\"", "none", *state);
    check_root("userName eq \"a\" or displayName eq \"b\"",
               "userName eq \"a\" or displayName eq \"b\"", "not (id pr) or displayName eq \"b\"",
               *state);
    check_root("not (userName eq \"a\")", "not (userName eq \"a\")", "not (not (id pr))", *state);
    check_root("userName ne \"a\"", "userName ne \"a\"", "id pr", *state);
    check_root("userName eq null", "userName eq null", "id pr", *state);
    check_root("userName pr", "userName pr", "none", *state);
    check_root("urn:ietf:params:scim:schemas:core:2.0:Group:members pr", "none", "members pr",
               *state);
    check_root("userName pr and members pr", "none", "not (id pr) and members pr", *state);
}

static void what_neither_type_has_is_wrong(void **state)
{
    const scim_sync_error_t *error;

    error = refuse_query(NULL, "filter=id pr and shoeSize eq 7", SCIM_SYNC_INVALID_FILTER, *state);
    assert_non_null(strstr(error->detail, "position 10"));
    refuse_query(NULL, "filter=userName", SCIM_SYNC_INVALID_FILTER, *state);
    refuse_query(NULL, "filter=members eq", SCIM_SYNC_INVALID_FILTER, *state);
    refuse_query(NULL, "filter=" SCIM_SYNC_ENTERPRISE_URN ":shoeSize pr", SCIM_SYNC_INVALID_FILTER,
                 *state);
    refuse_query(NULL, "filter=active eq 7", SCIM_SYNC_INVALID_FILTER, *state);
    refuse_query(NULL, "sortBy=shoeSize", SCIM_SYNC_INVALID_PATH, *state);
    refuse_query(&group, "filter=userName eq \"a\"", SCIM_SYNC_INVALID_FILTER, *state);
    refuse_query(&group, "sortBy=userName", SCIM_SYNC_INVALID_PATH, *state);
}

static void an_order_of_one_type_leaves_the_other_without(void **state)
{
    const scim_sync_listing_t *listing = read_query(NULL, "sortBy=userName", *state);

    assert_string_equal(sort_of(&listing->parts[0], *state), "userName");
    assert_string_equal(sort_of(&listing->parts[1], *state), "-");
    listing = read_query(NULL, "sortBy=members.value&sortOrder=descending", *state);
    assert_string_equal(sort_of(&listing->parts[0], *state), "-");
    assert_string_equal(sort_of(&listing->parts[1], *state), "members.value");
    assert_true(listing->descending);
}

/* ---- cursors ---- */

static const char *cursor_of(const scim_sync_listing_t *listing, apr_int64_t until, apr_pool_t *p)
{
    const scim_sync_position_t position = { .key = "ada", .id = "1" };

    return scim_sync_cursor_print(&position, listing->digest, listing->asked, until, p);
}

/* The query with the cursor of another one. */
static const char *with_cursor_of(const char *first, const char *query, apr_pool_t *p)
{
    const char *cursor = cursor_of(read_query(&user, first, p), scim_sync_now() + HOUR, p);

    return apr_pstrcat(p, query, "&cursor=", cursor, NULL);
}

static void an_empty_cursor_is_the_first_page(void **state)
{
    const scim_sync_listing_t *listing = read_query(&user, "cursor&count=5", *state);

    assert_true(listing->by_cursor);
    assert_null(listing->after);
    assert_int_equal(listing->count, 5);
    assert_true(read_query(&user, "CURSOR=", *state)->by_cursor);
    assert_false(read_query(&user, "count=5", *state)->by_cursor);
    assert_int_equal(read_query(&user, "cursor&count=-5", *state)->count, 0);
}

static void a_cursor_leads_on(void **state)
{
    const scim_sync_listing_t *listing =
        read_query(&user,
                   with_cursor_of("count=1000&filter=title eq \"x\"",
                                  "filter=TITLE  eq\"x\"&count=1000", *state),
                   *state);

    assert_true(listing->by_cursor);
    assert_string_equal(listing->after->key, "ada");
    assert_string_equal(listing->after->id, "1");
    assert_int_equal(listing->count, PAGE);
    read_query(&user, with_cursor_of("", "attributes=id", *state), *state);
    read_query(&user, with_cursor_of("sortBy=id", "SORTBY=ID&sortOrder=ascending", *state), *state);
}

static void a_cursor_is_of_one_query(void **state)
{
    static const char *const other[] = {
        "filter=title eq \"x\"",
        "filter=userName eq \"y\"",
        "sortBy=userName",
        "sortBy=id&sortOrder=descending",
    };
    const char *with = with_cursor_of("", "", *state);

    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        refuse_query(&user, with_cursor_of("filter=userName eq \"x\"", other[i], *state),
                     SCIM_SYNC_INVALID_CURSOR, *state);
        refuse_query(&user, with_cursor_of("sortBy=id", other[i], *state), SCIM_SYNC_INVALID_CURSOR,
                     *state);
    }
    refuse_query(&group, with, SCIM_SYNC_INVALID_CURSOR, *state);
    refuse_query(NULL, with, SCIM_SYNC_INVALID_CURSOR, *state);
    refuse_query(&user, with_cursor_of("count=5", "count=6", *state), SCIM_SYNC_INVALID_COUNT,
                 *state);
    refuse_query(&user, with_cursor_of("count=5", "", *state), SCIM_SYNC_INVALID_COUNT, *state);
}

static void a_cursor_expires(void **state)
{
    const char *cursor = cursor_of(read_query(&user, "", *state), scim_sync_now() - 1, *state);

    refuse_query(&user, apr_pstrcat(*state, "cursor=", cursor, NULL), SCIM_SYNC_EXPIRED_CURSOR,
                 *state);
}

static void a_page_is_asked_for_in_one_way(void **state)
{
    refuse_query(&user, "cursor&startIndex=1", SCIM_SYNC_INVALID_VALUE, *state);
    assert_true(read_query(&user, "cursor&startIndex=", *state)->by_cursor);
    refuse_query(&user, "cursor=nonsense", SCIM_SYNC_INVALID_CURSOR, *state);
}

/* ---- searches ---- */

static void a_search_says_the_same(void **state)
{
    const scim_sync_listing_t *asked =
        read_query(&user,
                   "filter=title pr&sortBy=name.familyName&sortOrder=descending&startIndex=3&"
                   "count=7&attributes=userName,title",
                   *state);
    const scim_sync_listing_t *searched = read_search(
        &user,
        "{\"schemas\": [\"URN:ietf:params:scim:api:messages:2.0:SearchRequest\"],"
        " \"Filter\": \"title pr\", \"sortBy\": \"name.familyName\", \"sortOrder\": \"descending\","
        " \"startIndex\": 3, \"count\": 7, \"attributes\": [\"userName\", \"title\"], \"x\": [{}]}",
        *state);

    assert_int_equal(searched->start, 3);
    assert_int_equal(searched->count, 7);
    assert_int_equal(searched->asked, 7);
    assert_true(searched->descending);
    assert_string_equal(searched->digest, asked->digest);
    assert_true(scim_sync_projection_wants(searched->parts[0].projection, "title"));
    assert_false(scim_sync_projection_wants(searched->parts[0].projection, "nickName"));
}

static void a_search_may_say_it_in_other_forms(void **state)
{
    const scim_sync_listing_t *listing =
        read_search(&user,
                    "{\"startIndex\": \"3\", \"count\": \"7\", \"attributes\": \"userName,title\"}",
                    *state);

    assert_int_equal(listing->start, 3);
    assert_int_equal(listing->count, 7);
    assert_true(scim_sync_projection_wants(listing->parts[0].projection, "title"));
    listing = read_search(NULL,
                          "{\"schemas\": [], \"filter\": null, \"cursor\": null, \"count\": null,"
                          " \"attributes\": [], \"excludedAttributes\": [\"members\"]}",
                          *state);
    assert_int_equal(listing->count_parts, 2);
    assert_false(listing->by_cursor);
    assert_true(read_search(&user, "{\"cursor\": \"\"}", *state)->by_cursor);
}

static void a_cursor_of_a_list_is_one_of_a_search(void **state)
{
    const char *cursor =
        cursor_of(read_query(&user, "count=7", *state), scim_sync_now() + HOUR, *state);
    const char *body = apr_psprintf(*state, "{\"count\": 7, \"cursor\": \"%s\"}", cursor);

    assert_string_equal(read_search(&user, body, *state)->after->id, "1");
}

static void refuses_what_is_no_search(void **state)
{
    refuse_search("[]", SCIM_SYNC_INVALID_SYNTAX, *state);
    refuse_search("{\"schemas\": [\"" SCIM_SYNC_PATCH_URN "\"]}", SCIM_SYNC_INVALID_SYNTAX, *state);
    refuse_search("{\"schemas\": 7}", SCIM_SYNC_INVALID_SYNTAX, *state);
    refuse_search("{\"filter\": 7}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"filter\": [\"title pr\"]}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"filter\": \"title\"}", SCIM_SYNC_INVALID_FILTER, *state);
    refuse_search("{\"sortBy\": true}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"sortOrder\": {}}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"startIndex\": 1.5}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"count\": [1]}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"count\": \"many\"}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"attributes\": [\"id\", 7]}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"attributes\": [\"id\"], \"excludedAttributes\": [\"name\"]}",
                  SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"cursor\": 7}", SCIM_SYNC_INVALID_VALUE, *state);
    refuse_search("{\"cursor\": \"7\"}", SCIM_SYNC_INVALID_CURSOR, *state);
    refuse_search("{\"cursor\": \"\", \"startIndex\": 1}", SCIM_SYNC_INVALID_VALUE, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(nothing_said_is_the_first_page_of_all),
        UNIT_TEST(brings_numbers_into_range),
        UNIT_TEST(refuses_what_is_no_number),
        UNIT_TEST(a_filter_is_bounded),
        UNIT_TEST(sorts_by_whatever_has_one_value),
        UNIT_TEST(refuses_to_sort_by_what_is_none),
        UNIT_TEST(an_order_is_up_or_down),
        UNIT_TEST(attributes_are_wanted_or_not),
        UNIT_TEST(the_root_is_of_both_types),
        UNIT_TEST(what_a_type_has_not_is_without_a_value),
        UNIT_TEST(what_neither_type_has_is_wrong),
        UNIT_TEST(an_order_of_one_type_leaves_the_other_without),
        UNIT_TEST(an_empty_cursor_is_the_first_page),
        UNIT_TEST(a_cursor_leads_on),
        UNIT_TEST(a_cursor_is_of_one_query),
        UNIT_TEST(a_cursor_expires),
        UNIT_TEST(a_page_is_asked_for_in_one_way),
        UNIT_TEST(a_search_says_the_same),
        UNIT_TEST(a_search_may_say_it_in_other_forms),
        UNIT_TEST(a_cursor_of_a_list_is_one_of_a_search),
        UNIT_TEST(refuses_what_is_no_search),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

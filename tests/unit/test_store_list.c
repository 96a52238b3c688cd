/* SPDX-License-Identifier: Apache-2.0 */
/* Pages, orders and cursors: nobody twice, nobody left out, also while others come and go. */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "listing.h"
#include "store.h"
#include "store/member.h"

#define BASE "https://sp.example.com/scim/v2/okta"
#define EXT  "urn:example:params:scim:2.0:User"

static scim_sync_page_t *list(const database_t *database, const scim_sync_listing_t *listing)
{
    apr_pool_t *p = database->pool;
    const scim_sync_error_t *error;
    scim_sync_select_t *select;
    scim_sync_page_t *page;

    error = scim_sync_select_make(&select, listing, BASE, p);
    if (error != NULL) {
        fail_msg("%s", error->detail);
    }
    if (scim_sync_resource_list(database->db, &page, "okta", select, p) != APR_SUCCESS) {
        fail_msg("%s", scim_sync_db_error(database->db));
    }
    return page;
}

static database_t *two_idps(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return database;
}

/* id, created, and a document in which ' stands for ". */
static void tell(const database_t *database, scim_sync_type_t type, const char *id,
                 apr_int64_t created, const char *body)
{
    apr_pool_t *p = database->pool;
    char *json = apr_pstrdup(p, body);
    const scim_sync_error_t *error;
    scim_sync_resource_t *r;
    int stored;

    for (char *c = json; *c != '\0'; c++) {
        *c = *c == '\'' ? '"' : *c;
    }
    error =
        scim_sync_resource_read(&r, type, scim_sync_json_own(json_loads(json, 0, NULL), p), 100, p);
    if (error != NULL) {
        fail_msg("%s: %s", body, error->detail);
    }
    r->id = id;
    r->version = 1;
    r->created = created;
    r->modified = 10000 - created;
    OK(scim_sync_resource_insert(database->db, "okta", r, &stored, p));
    assert_int_equal(stored, 1);
}

static void tell_user(const database_t *database, const char *id, apr_int64_t created,
                      const char *more)
{
    tell(database, SCIM_SYNC_USER, id, created,
         apr_psprintf(database->pool, "{'userName':'%s'%s}", id, more));
}

static database_t *people(void **state)
{
    database_t *database = two_idps(state);

    tell_user(database, "u1", 3,
              ",'externalId':'b','name':{'familyName':'\xc3\x96zil'},'active':false,"
              "'emails':[{'value':'z@x.org'},{'value':'a@x.org','primary':true}],'" EXT
              "':{'level':9}");
    tell_user(database, "u2", 1,
              ",'externalId':'B','name':{'familyName':'Young'},'" EXT "':{'level':10}");
    tell_user(database, "u3", 2, ",'displayName':'a','emails':[{'value':'m@x.org'}]");
    tell_user(database, "u4", 2,
              ",'displayName':'B','externalId':'a','name':{'familyName':'Abe'},'" EXT
              "':{'level':-2.5}");
    tell(database, SCIM_SYNC_GROUP, "g1", 4, "{'displayName':'C','externalId':'aa'}");
    tell(database, SCIM_SYNC_GROUP, "g2", 0, "{'displayName':'aa'}");
    store_add_member(database->db, "g1", "u3", database->pool);
    store_add_member(database->db, "g1", "u4", database->pool);
    store_add_member(database->db, "g2", "u2", database->pool);
    store_user(database->db, "entra", "e1", "a@x.org", 1, database->pool);
    return database;
}

/* ---- orders ---- */

static const struct {
    scim_sync_type_t type;
    const char *sort_by;
    const char *ids;
} orders[] = {
    { SCIM_SYNC_USER, NULL, "u2 u3 u4 u1" },
    { SCIM_SYNC_USER, "meta.created", "u2 u3 u4 u1" },
    { SCIM_SYNC_USER, "meta.lastModified", "u1 u3 u4 u2" },
    { SCIM_SYNC_USER, "userName", "u1 u2 u3 u4" },
    { SCIM_SYNC_USER, "id", "u1 u2 u3 u4" },
    { SCIM_SYNC_USER, "meta.location", "u1 u2 u3 u4" },
    { SCIM_SYNC_USER, "externalId", "u2 u4 u1 u3" },
    { SCIM_SYNC_USER, "displayName", "u3 u4 u1 u2" },
    { SCIM_SYNC_USER, "active", "u1 u2 u3 u4" },
    { SCIM_SYNC_USER, "name.familyName", "u4 u2 u1 u3" },
    { SCIM_SYNC_USER, "emails", "u1 u3 u2 u4" },
    { SCIM_SYNC_USER, "emails.value", "u1 u3 u2 u4" },
    { SCIM_SYNC_USER, "groups.value", "u3 u4 u2 u1" },
    { SCIM_SYNC_USER, EXT ":level", "u4 u1 u2 u3" },
    { SCIM_SYNC_GROUP, "displayName", "g2 g1" },
    { SCIM_SYNC_GROUP, "members.value", "g2 g1" },
};

static void test_orders(void **state)
{
    database_t *database = people(state);
    apr_pool_t *p = database->pool;

    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        scim_sync_listing_t *listing = listing_make(orders[i].type, NULL, orders[i].sort_by, p);
        const char *ids = listing_ids(list(database, listing), p);
        const char *back = "";

        if (strcmp(ids, orders[i].ids) != 0) {
            fail_msg("%s: %s", orders[i].sort_by, ids);
        }
        listing->descending = 1;
        ids = listing_ids(list(database, listing), p);
        for (char *last, *id = apr_strtok(apr_pstrdup(p, ids), " ", &last); id != NULL;
             id = apr_strtok(NULL, " ", &last)) {
            back = apr_pstrcat(p, id, *back ? " " : "", back, NULL);
        }
        assert_string_equal(back, orders[i].ids);
    }
}

static void test_what_cannot_be_an_order_is_refused(void **state)
{
    static const char *const cases[] = { "name", "addresses", "meta", "meta.version", "password" };
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scim_sync_listing_t *listing = listing_make(SCIM_SYNC_USER, NULL, cases[i], p);
        scim_sync_select_t *select;
        const scim_sync_error_t *error = scim_sync_select_make(&select, listing, BASE, p);

        if (error == NULL) {
            fail_msg("%s is an order", cases[i]);
        }
        assert_int_equal(error->status, 400);
        assert_string_equal(error->type, SCIM_SYNC_INVALID_PATH);
        assert_non_null(strstr(error->detail, cases[i]));
    }
}

/* ---- pages ---- */

static void test_pages_by_number(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_listing_t *listing = listing_make(SCIM_SYNC_USER, NULL, NULL, p);
    const char *seen = "";
    scim_sync_page_t *page;

    for (int i = 0; i < 7; i++) { /* born in the reverse order of their ids, two at a time */
        tell_user(database, apr_psprintf(p, "u%d", i), 1000 - i / 2, "");
    }
    listing->count = 3;
    for (listing->start = 1; listing->start < 10; listing->start += 3) {
        page = list(database, listing);
        assert_int_equal(page->total, 7);
        assert_null(page->next);
        seen = apr_pstrcat(p, seen, listing_ids(page, p), ";", NULL);
    }
    assert_string_equal(seen, "u6 u4 u5;u2 u3 u0;u1;");
    listing->count = 0;
    page = list(database, listing);
    assert_int_equal(page->total, 7);
    assert_int_equal(page->resources->nelts, 0);
    listing->count = 5;
    listing->start = 100;
    page = list(database, listing);
    assert_int_equal(page->total, 7);
    assert_int_equal(page->resources->nelts, 0);
    listing->start = 1;
    listing->count = 7; /* exactly all */
    assert_int_equal(list(database, listing)->total, 7);
}

static void test_another_idp_sees_nothing(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_listing_t *listing = listing_make(SCIM_SYNC_USER, NULL, NULL, database->pool);
    scim_sync_page_t *page;

    store_user(database->db, "entra", "u1", "ann@example.com", 1, database->pool);
    page = list(database, listing);
    assert_int_equal(page->total, 0);
    assert_int_equal(page->resources->nelts, 0);
}

/* Follow cursors to the end; ids of all pages, joined by blanks. */
static const char *follow(const database_t *database, scim_sync_listing_t *listing,
                          apr_int64_t total)
{
    apr_pool_t *p = database->pool;
    const char *seen = "";
    scim_sync_page_t *page;
    apr_int64_t pages = 0;

    listing->by_cursor = 1;
    listing->after = NULL;
    do {
        page = list(database, listing);
        assert_true(pages++ < total);
        assert_int_equal(page->total, total);
        assert_true(page->resources->nelts <= listing->count);
        seen = apr_pstrcat(p, seen, *seen ? " " : "", listing_ids(page, p), NULL);
        listing->after = page->next;
    } while (page->next != NULL);
    return seen;
}

static void test_cursors_give_what_one_page_gives(void **state)
{
    database_t *database = people(state);
    apr_pool_t *p = database->pool;

    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        for (int n = 1; n <= 10; n++) {
            scim_sync_listing_t *listing = listing_make(orders[i].type, NULL, orders[i].sort_by, p);
            const char *whole;

            listing->descending = n > 5;
            whole = listing_ids(list(database, listing), p);
            listing->count = (n - 1) % 5 + 1;
            assert_string_equal(follow(database, listing, orders[i].type == SCIM_SYNC_USER ? 4 : 2),
                                whole);
        }
    }
}

static void test_cursor_and_count_zero(void **state)
{
    database_t *database = people(state);
    scim_sync_listing_t *listing = listing_make(SCIM_SYNC_USER, NULL, NULL, database->pool);
    scim_sync_page_t *page;

    listing->by_cursor = 1;
    listing->count = 0;
    page = list(database, listing);
    assert_int_equal(page->total, 4);
    assert_int_equal(page->resources->nelts, 0);
    assert_null(page->next);
    listing->count = 4; /* exactly all: no page behind it */
    assert_null(list(database, listing)->next);
}

/* ---- both types at once ---- */

static void test_the_root_has_both_types(void **state)
{
    static const struct {
        const char *sort_by;
        const char *ids;
    } cases[] = {
        { NULL, "g2 u2 u3 u4 u1 g1" },
        { "meta.lastModified", "g1 u1 u3 u4 u2 g2" },
        { "displayName", "u3 g2 u4 g1 u1 u2" },
        { "externalId", "u2 u4 g1 u1 g2 u3" },
        { "meta.resourceType", "g1 g2 u1 u2 u3 u4" },
        { "active", "u1 u2 u3 u4 g1 g2" },
        { "name.familyName", "u4 u2 u1 g1 g2 u3" },
        { "members", "g2 g1 u1 u2 u3 u4" },
    };
    database_t *database = people(state);
    apr_pool_t *p = database->pool;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scim_sync_listing_t *listing = listing_make_root(cases[i].sort_by, p);
        scim_sync_page_t *page = list(database, listing);

        assert_int_equal(page->total, 6);
        if (strcmp(listing_ids(page, p), cases[i].ids) != 0) {
            fail_msg("%s: %s", cases[i].sort_by, listing_ids(page, p));
        }
        assert_int_equal(APR_ARRAY_IDX(page->resources, 0, scim_sync_resource_t *)->type,
                         *cases[i].ids == 'g' ? SCIM_SYNC_GROUP : SCIM_SYNC_USER);
        listing->count = 2;
        assert_string_equal(follow(database, listing, 6), cases[i].ids);
    }
}

static void test_the_root_has_a_condition_for_each_type(void **state)
{
    database_t *database = people(state);
    apr_pool_t *p = database->pool;
    scim_sync_listing_t *listing = listing_make_root(NULL, p);
    scim_sync_page_t *page;

    listing->parts[0].filter =
        listing_make(SCIM_SYNC_USER, "active eq false or emails pr", NULL, p)->parts[0].filter;
    listing->parts[1].filter =
        listing_make(SCIM_SYNC_GROUP, "members.value eq \"u2\"", NULL, p)->parts[0].filter;
    page = list(database, listing);
    assert_string_equal(listing_ids(page, p), "g2 u3 u1");
    assert_int_equal(page->total, 3);
    listing->count = 1;
    listing->start = 2;
    page = list(database, listing);
    assert_string_equal(listing_ids(page, p), "u3");
    assert_int_equal(page->total, 3);
}

static void test_no_type_is_nothing(void **state)
{
    database_t *database = people(state);
    scim_sync_listing_t *listing = listing_make(SCIM_SYNC_USER, NULL, NULL, database->pool);

    listing->count_parts = 0;
    assert_int_equal(list(database, listing)->total, 0);
}

/* ---- others come and go meanwhile ---- */

enum { STAY = 40 };

/* Two of three stay; keys are shared by several, and some have none. */
static void crowd(const database_t *database, const char *prefix, int n, apr_int64_t created)
{
    apr_pool_t *p = database->pool;

    for (int i = 0; i < n; i++) {
        const char *more =
            i % 4 == 0
                ? ""
                : apr_psprintf(p, ",'externalId':'e%d','name':{'familyName':'f%d'}", i % 7, i % 5);

        tell_user(database, apr_psprintf(p, "%s%02d", prefix, i), created + i / 3, more);
    }
}

static int count_of(const char *ids, const char *id)
{
    int n = 0;

    for (const char *c = strstr(ids, id); c != NULL; c = strstr(c + 1, id)) {
        n++;
    }
    return n;
}

static void test_who_stays_is_seen_once_while_others_come_and_go(void **state)
{
    static const char *const keys[] = { NULL, "userName", "externalId", "name.familyName",
                                        "meta.lastModified" };
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;

    for (size_t i = 0; i < 2 * sizeof(keys) / sizeof(keys[0]); i++) {
        scim_sync_listing_t *listing = listing_make(SCIM_SYNC_USER, NULL, keys[i / 2], p);
        const char *seen = "";
        int turn = 0;
        scim_sync_page_t *page;

        database_run(database->db, "DELETE FROM resource", p);
        crowd(database, "stay", STAY, 1000);
        crowd(database, "goes", STAY, 1000);
        listing->descending = i % 2;
        listing->by_cursor = 1;
        listing->count = 7;
        do {
            page = list(database, listing);
            for (int j = 0; j < page->resources->nelts; j++) {
                const char *id = APR_ARRAY_IDX(page->resources, j, scim_sync_resource_t *)->id;

                seen = apr_pstrcat(p, seen, id, " ", NULL);
                if (*id == 'g') { /* also the one that the cursor names */
                    OK(scim_sync_resource_delete(database->db, id, p));
                }
            }
            /* Everywhere: before, among and behind what was seen. */
            turn++;
            crowd(database, apr_psprintf(p, "comes%d-", turn), 3,
                  turn % 3 == 0   ? 1
                  : turn % 3 == 1 ? 1005
                                  : 3000);
            listing->after = page->next;
        } while (page->next != NULL && turn < 40);
        for (int j = 0; j < STAY; j++) {
            const char *id = apr_psprintf(p, "stay%02d ", j);

            if (count_of(seen, id) != 1) {
                fail_msg("by %s, turned %d: %s %d times in %s", keys[i / 2], (int)(i % 2), id,
                         count_of(seen, id), seen);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_orders),
        UNIT_TEST(test_what_cannot_be_an_order_is_refused),
        DATABASE_TESTS(test_pages_by_number),
        DATABASE_TESTS(test_another_idp_sees_nothing),
        DATABASE_TESTS(test_cursors_give_what_one_page_gives),
        DATABASE_TESTS(test_cursor_and_count_zero),
        DATABASE_TESTS(test_the_root_has_both_types),
        DATABASE_TESTS(test_the_root_has_a_condition_for_each_type),
        DATABASE_TESTS(test_no_type_is_nothing),
        DATABASE_TESTS(test_who_stays_is_seen_once_while_others_come_and_go),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

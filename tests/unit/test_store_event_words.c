/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages of events: where the next one begins, and words that are looked for in them.
 */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/event.h"

/* Events are looked into in batches, and so many for one page. */
#define LOOKS 5000

static void add(const database_t *database, const char *name, const char *detail)
{
    const scim_sync_event_t event = {
        .kind = "user.created", .actor = "idp:okta", .idp = "okta", .name = name, .detail = detail
    };

    OK(scim_sync_event_add(database->db, &event, database->pool));
}

/* So many of which nothing is said, older than what is added next. */
static void add_many(const database_t *database, int count)
{
    database_run(database->db,
                 apr_psprintf(database->pool,
                              "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                              " WHERE i < %d) INSERT INTO event (at, kind, actor, detail)"
                              " SELECT i, 'user.changed', 'idp:okta', 'quiet' FROM n",
                              count),
                 database->pool);
}

static scim_sync_event_page_t page_of(const database_t *database, const char *words, int max,
                                      apr_int64_t before)
{
    const scim_sync_event_query_t query = { .max = max, .before = before };
    scim_sync_event_page_t page;

    OK(scim_sync_event_page(database->db, &page, &query, words, database->pool));
    return page;
}

/* Names of all pages of so many, newest first, with a bar between two pages. */
static const char *paged(const database_t *database, const char *words, int max)
{
    scim_sync_event_page_t page = page_of(database, words, max, 0);
    const char *text = "";
    int pages = 0;

    for (;;) {
        for (int i = 0; i < page.events->nelts; i++) {
            text = apr_pstrcat(database->pool, text,
                               APR_ARRAY_IDX(page.events, i, scim_sync_event_t *)->name, " ", NULL);
        }
        if (!page.next) {
            return text;
        }
        assert_true(++pages < 100);
        text = apr_pstrcat(database->pool, text, "| ", NULL);
        page = page_of(database, words, max, page.next);
    }
}

static void test_pages_say_where_the_next_begins(void **state)
{
    database_t *database = store_of(state);

    assert_string_equal(paged(database, NULL, 2), "");
    add(database, "a", NULL);
    add(database, "b", NULL);
    assert_string_equal(paged(database, NULL, 2), "b a ");
    add(database, "c", NULL);
    assert_string_equal(paged(database, NULL, 2), "c b | a ");
    assert_string_equal(paged(database, "", 2), "c b | a ");
    assert_string_equal(paged(database, " \t ", 2), "c b | a ");
}

static void test_each_word_must_stand_there(void **state)
{
    database_t *database = store_of(state);

    add(database, "J\xc3\xbcrgen@example.com", "put into Devs");
    add(database, "ann@example.com", "taken out of devs");
    add(database, "bob", NULL);
    add(database, "100%", "it's _");
    assert_string_equal(paged(database, "DEVS", 10), "ann@example.com J\xc3\xbcrgen@example.com ");
    assert_string_equal(paged(database, "devs ann", 10), "ann@example.com ");
    assert_string_equal(paged(database, "  ann   dev ", 10), "ann@example.com ");
    assert_string_equal(paged(database, "j\xc3\x9cRGEN", 10), "J\xc3\xbcrgen@example.com ");
    assert_string_equal(paged(database, "devs bob", 10), "");
    /* Signs that SQL would read otherwise are themselves. */
    assert_string_equal(paged(database, "%", 10), "100% ");
    assert_string_equal(paged(database, "_", 10), "100% ");
    assert_string_equal(paged(database, "it's", 10), "100% ");
}

static void test_pages_of_what_is_found_miss_none(void **state)
{
    database_t *database = store_of(state);

    for (int i = 0; i < 7; i++) {
        add(database, apr_psprintf(database->pool, "w%d", i), "word");
        add(database, "other", NULL);
    }
    assert_string_equal(paged(database, "word", 3), "w6 w5 w4 | w3 w2 w1 | w0 ");
    assert_string_equal(paged(database, "word", 1000), "w6 w5 w4 w3 w2 w1 w0 ");
}

static void test_conditions_and_words_go_together(void **state)
{
    database_t *database = store_of(state);
    const scim_sync_event_query_t query = { .max = 10, .idp = "entra" };
    scim_sync_event_page_t page;

    add(database, "ann", "word");
    OK(scim_sync_event_page(database->db, &page, &query, "word", database->pool));
    assert_int_equal(page.events->nelts, 0);
    assert_int_equal(page.next, 0);
}

/* What stands nowhere, or long ago, costs so much for a page and no more. */
static void test_a_page_looks_into_so_many(void **state)
{
    database_t *database = store_of(state);
    scim_sync_event_page_t page;

    add_many(database, 10);
    database_run(database->db, "UPDATE event SET name = 'old', detail = 'word'", database->pool);
    database_run(database->db, "UPDATE event SET at = 0", database->pool);
    add_many(database, LOOKS);
    page = page_of(database, "word", 100, 0);
    assert_int_equal(page.events->nelts, 0);
    assert_true(page.next > 0);
    page = page_of(database, "word", 100, page.next);
    assert_int_equal(page.events->nelts, 10);
    assert_int_equal(page.next, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_pages_say_where_the_next_begins),
        DATABASE_TESTS(test_each_word_must_stand_there),
        DATABASE_TESTS(test_pages_of_what_is_found_miss_none),
        DATABASE_TESTS(test_conditions_and_words_go_together),
        DATABASE_TESTS(test_a_page_looks_into_so_many),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for people and groups: who is found, in which order, what is the matter, what it costs. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store.h"
#include "store/config.h"
#include "store/people_private.h"
#include "store/resource.h"

static database_t *two_idps(void **state)
{
    database_t *database = store_of(state);

    store_site(database->db, "second", database->pool);
    store_idp(database->db, "okta", "main second", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return database;
}

/* A user with a displayName, whose id is the userName. */
static void add_named(const database_t *database, const char *idp, const char *id,
                      const char *email, const char *display)
{
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *r = store_make_user(id, email, 1, p);
    int stored;

    json_object_set_new(r->doc, "displayName", json_string(display));
    OK(scim_sync_resource_insert(database->db, idp, r, &stored, p));
    assert_true(stored);
}

static scim_sync_people_query_t users(const char *prefix)
{
    return (scim_sync_people_query_t) { .type = SCIM_SYNC_USER, .prefix = prefix, .max = 100 };
}

/* The ids of a page, each with its state unless that is ok. */
static const char *ids_of(const scim_sync_people_page_t *page, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < page->entries->nelts; i++) {
        const scim_sync_people_entry_t *e =
            APR_ARRAY_IDX(page->entries, i, scim_sync_people_entry_t *);

        text = apr_pstrcat(p, text, i ? " " : "", e->id, strcmp(e->state, "ok") ? "=" : "",
                           strcmp(e->state, "ok") ? e->state : "", NULL);
    }
    return text;
}

/* All of it in one page. */
static const char *find(const database_t *database, const scim_sync_people_query_t *query)
{
    scim_sync_people_page_t page;

    OK(scim_sync_people_find(database->db, &page, query, database->pool));
    assert_null(page.next.key);
    return ids_of(&page, database->pool);
}

/* All of it, in pages; none may be longer than was asked for. */
static const char *page_through(const database_t *database, scim_sync_people_query_t query,
                                int *pages)
{
    scim_sync_people_page_t page;
    const char *text = "";

    for (*pages = 0; *pages == 0 || query.after.key; (*pages)++) {
        assert_true(*pages < 1000);
        OK(scim_sync_people_find(database->db, &page, &query, database->pool));
        assert_true(page.entries->nelts <= query.max);
        text = apr_pstrcat(database->pool, text, *text && page.entries->nelts ? " " : "",
                           ids_of(&page, database->pool), NULL);
        query.after = page.next;
    }
    return text;
}

static void set_task(const database_t *database, const char *subject, const char *site,
                     const char *change)
{
    database_run(database->db,
                 apr_psprintf(database->pool,
                              "UPDATE task SET %s WHERE subject = '%s' AND site = '%s'", change,
                              subject, site),
                 database->pool);
}

static void test_by_the_beginning_of_each_name(void **state)
{
    static const struct {
        const char *prefix;
        const char *found;
    } cases[] = {
        { "z", "zoe" },         { "ann@", "a7" },     { "lovelace", "ada" }, { "ada l", "a7" },
        { "ada", "ada a7" },    { "a", "a7 ada" },    { "b", "" },           { "love%", "" },
        { "stra\xc3\x9f", "" }, { "strasse", "zoe" }, { "_da", "" },         { "", "a7 ada zoe" },
    };
    database_t *database = two_idps(state);

    add_named(database, "okta", "ada", NULL, "Lovelace, A.");
    add_named(database, "okta", "a7", "Ann@Example.com", "Ada L\xc3\xb6w");
    add_named(database, "entra", "zoe", "zoe@example.com",
              "Stra\xc3\x9f"
              "e");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scim_sync_people_query_t query = users(cases[i].prefix);

        assert_string_equal(find(database, &query), cases[i].found);
    }
}

static void test_an_idps_own(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_people_query_t query = users("a");

    store_user(database->db, "okta", "ann", NULL, 1, database->pool);
    store_user(database->db, "entra", "amy", NULL, 1, database->pool);
    store_group(database->db, "entra", "admins", "Admins", database->pool);
    assert_string_equal(find(database, &query), "amy ann");
    query.idp = "entra";
    assert_string_equal(find(database, &query), "amy");
    query.idp = "unknown";
    assert_string_equal(find(database, &query), "");
    query = (scim_sync_people_query_t) { .type = SCIM_SYNC_GROUP, .prefix = "ad", .max = 9 };
    assert_string_equal(find(database, &query), "admins");
}

/* Of several sites, and of a task of which a part is held, what is most urgent. */
static void test_what_is_the_matter(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_people_query_t query = users("");
    scim_sync_people_page_t page;
    const scim_sync_people_entry_t *entry;

    for (int i = 0; i < 6; i++) {
        const char *id = apr_psprintf(p, "u%d", i);

        store_user(database->db, "okta", id, NULL, 1, p);
        if (i > 0) {
            OK(scim_sync_task_add(database->db, "okta", "user", id, p));
        }
    }
    set_task(database, "u2", "main", "state = 'failed', detail = 'no'");
    set_task(database, "u2", "second", "state = 'held', guard = 'memberships'");
    set_task(database, "u3", "second", "guard = 'memberships', guard_idp = 'entra'");
    set_task(database, "u4", "main", "state = 'planned'");
    set_task(database, "u4", "second", "state = 'planned'");
    set_task(database, "u5", "main", "discarded = 'discarded by jane'");
    assert_string_equal(find(database, &query),
                        "u0 u1=waiting u2=failed u3=held u4=planned u5=discarded");
    OK(scim_sync_people_find(database->db, &page, &query, p));
    entry = APR_ARRAY_IDX(page.entries, 2, scim_sync_people_entry_t *);
    assert_string_equal(entry->site, "main");
    assert_string_equal(entry->detail, "no");
    assert_true(entry->task > 0);
    for (int i = 0; i < page.entries->nelts; i++) {
        const char *one = APR_ARRAY_IDX(page.entries, i, scim_sync_people_entry_t *)->state;

        assert_true(scim_sync_people_is_state(one));
        query.state = one;
        query.prefix = i % 2 ? "" : "u";
        assert_string_equal(find(database, &query), i ? apr_psprintf(p, "u%d=%s", i, one) : "u0");
    }
    assert_false(scim_sync_people_is_state("good"));
}

/* A leaver whom the IdP has deleted, and who may still have access, is not out of sight. */
static void test_who_is_deleted_is_found_while_there_is_a_task(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_people_query_t query = users("ann");
    scim_sync_people_page_t page;
    const scim_sync_people_entry_t *entry;
    scim_sync_resource_t *r;

    add_named(database, "okta", "Anna", "anna@example.com", "Anna");
    OK(scim_sync_task_add(database->db, "okta", "user", "Anna", p));
    OK(scim_sync_resource_load(database->db, &r, "okta", SCIM_SYNC_USER, "Anna", 0, p));
    OK(scim_sync_resource_delete(database->db, "Anna", p));
    set_task(database, "Anna", "main", "state = 'failed', detail = 'Jira said no'");
    store_user(database->db, "okta", "Annb", NULL, 1, p);
    assert_string_equal(find(database, &query), "Anna=failed Annb");
    OK(scim_sync_people_find(database->db, &page, &query, p));
    entry = APR_ARRAY_IDX(page.entries, 0, scim_sync_people_entry_t *);
    assert_true(entry->gone);
    assert_false(entry->active);
    assert_string_equal(entry->name, "Anna");
    assert_string_equal(entry->idp, "okta");
    query.state = "failed";
    assert_string_equal(find(database, &query), "Anna=failed");
    query.idp = "entra";
    assert_string_equal(find(database, &query), "");
}

static void test_the_people_of_a_deleted_idp(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_people_query_t query = users("x@");

    store_person(database, "okta", "X@example.com", 1);
    OK(scim_sync_idp_delete(database->db, "okta", 0, p));
    assert_string_equal(find(database, &query), "X@example.com=waiting");
    query.idp = SCIM_SYNC_IDP_DELETED "okta";
    assert_string_equal(find(database, &query), "X@example.com=waiting");
    query.state = "waiting";
    assert_string_equal(find(database, &query), "X@example.com=waiting");
    query.idp = NULL;
    assert_string_equal(find(database, &query), "X@example.com=waiting");
}

static void test_default_groups_that_failed(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_people_query_t query = { .type = SCIM_SYNC_GROUP, .prefix = "", .max = 9 };

    OK(scim_sync_task_add(database->db, "entra", "group", "default:entra", database->pool));
    set_task(database, "default:entra", "main", "state = 'failed'");
    query.state = "failed";
    assert_string_equal(find(database, &query), "default:entra=failed");
}

/* Each stands there once, wherever a page ends, although most match by two or three keys. */
static void test_pages_hold_everybody_once(void **state)
{
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_people_query_t query = users("p");
    const char *whole;
    int pages;

    for (int i = 0; i < 60; i++) {
        const char *id = apr_psprintf(p, "p%d", rand() % 1000 * 100 + i);

        add_named(database, i % 2 ? "okta" : "entra", id,
                  i % 3 ? apr_pstrcat(p, id, "@example.com", NULL) : "pool@example.com",
                  i % 4 ? "Paul" : apr_pstrcat(p, "P", id, NULL));
    }
    query.max = 60;
    whole = find(database, &query);
    for (query.max = 1; query.max <= 61; query.max += 7) {
        assert_string_equal(page_through(database, query, &pages), whole);
        assert_int_equal(pages, (60 + query.max - 1) / query.max);
    }
    query.max = 7;
    query.state = "ok";
    assert_string_equal(page_through(database, query, &pages), whole);
}

/* Who comes in front of it, or goes, moves nobody. */
static void test_news_move_no_page(void **state)
{
    database_t *database = two_idps(state);
    scim_sync_people_query_t query = users("");
    scim_sync_people_page_t page;

    for (char id[] = "b"; *id <= 'f'; (*id)++) {
        store_user(database->db, "okta", apr_pstrdup(database->pool, id), NULL, 1, database->pool);
    }
    query.max = 2;
    OK(scim_sync_people_find(database->db, &page, &query, database->pool));
    assert_string_equal(ids_of(&page, database->pool), "b c");
    query.after = page.next;
    store_user(database->db, "okta", "a", NULL, 1, database->pool);
    OK(scim_sync_resource_delete(database->db, "c", database->pool));
    OK(scim_sync_people_find(database->db, &page, &query, database->pool));
    assert_string_equal(ids_of(&page, database->pool), "d e");
}

/* ---- many ---- */

#define CROWD   20000
#define OF_OKTA 14000

/* Two thirds are okta's; each has a task, and every 300th's has failed. */
static database_t *crowd(void **state)
{
    static const char *const tables[] = { "resource", "task" };
    database_t *database = two_idps(state);
    apr_pool_t *p = database->pool;

    database_run(database->db,
                 apr_psprintf(p,
                              "WITH RECURSIVE n (i) AS"
                              " (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                              " INSERT INTO resource (id, idp, type, name, name_key, display_key,"
                              " email, active, doc, version, created, modified) SELECT 'id' || i,"
                              " CASE WHEN i <= %d THEN 'okta' ELSE 'entra' END, 'User', 'u' || i,"
                              " 'u' || i, 'name ' || (i %% 500), 'u' || i || '@example.com', 1,"
                              " '{}', 1, i, i FROM n",
                              CROWD, OF_OKTA),
                 p);
    database_run(
        database->db,
        "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status,"
        " created, changed) SELECT 'main', r.idp, 'user', r.id,"
        " CASE WHEN r.created % 300 = 0 THEN 'failed' ELSE 'waiting' END,"
        " 1, 0, r.created, 0, 1, 1 FROM resource r",
        p);
    for (int i = 0; i < 2 && !database_is_sqlite(database); i++) {
        database_run(database->db, apr_pstrcat(p, "ANALYZE ", tables[i], NULL), p);
    }
    return database;
}

static int count_words(const char *text)
{
    int count = *text != '\0';

    for (; *text; text++) {
        count += *text == ' ';
    }
    return count;
}

static void test_states_of_which_there_are_few_or_many(void **state)
{
    database_t *database = crowd(state);
    scim_sync_people_query_t query = users("");
    int pages;

    query.max = 50;
    query.state = "failed";
    assert_int_equal(count_words(page_through(database, query, &pages)), CROWD / 300);
    assert_int_equal(pages, 2);
    query.idp = "entra";
    assert_int_equal(count_words(page_through(database, query, &pages)),
                     CROWD / 300 - OF_OKTA / 300);
    query = users("u1999");
    query.state = "waiting";
    assert_int_equal(count_words(find(database, &query)), 11);
    query.state = "ok"; /* nobody is */
    query.prefix = "u";
    assert_string_equal(page_through(database, query, &pages), "");
    assert_in_range(pages, CROWD / 2500, CROWD / 900);
    database_run(database->db, "UPDATE task SET state = 'failed' WHERE next_at % 30 = 0",
                 database->pool);
    query.state = "failed"; /* too many for being read at once */
    query.max = 100;
    assert_int_equal(count_words(page_through(database, query, &pages)), CROWD / 30);
}

/* ---- what it costs ---- */

/* It goes along an index, and nothing is sorted; of some statements one that is named. */
static void expect_index(const database_t *database, const scim_sync_sql_t *sql, const char *index)
{
    static const char *const wrong[] = { "Seq Scan", "SCAN t", "SCAN r", "B-TREE", "Sort" };
    const char *plan = database_plan(database, sql);

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (strstr(plan, wrong[i]) || (index && !strstr(plan, index))) {
            fail_msg("%s, not %s:\n%s", wrong[i], index ? index : "an index", plan);
        }
    }
}

static void test_each_walk_goes_along_its_index(void **state)
{
    database_t *database = crowd(state);
    apr_pool_t *p = database->pool;
    int sqlite = database_is_sqlite(database);
    const char *const indexes[SCIM_SYNC_PEOPLE_WAYS] = {
        [SCIM_SYNC_PEOPLE_BY_NAME] = sqlite ? "sqlite_autoindex_resource_2" : "resource_by_name",
        [SCIM_SYNC_PEOPLE_BY_EMAIL] = "resource_by_email",
        [SCIM_SYNC_PEOPLE_BY_DISPLAY] = "resource_by_display",
        [SCIM_SYNC_PEOPLE_BY_GONE] = "task_gone",
    };
    const scim_sync_position_t places[] = { { .key = NULL }, { .key = "u5", .id = "id5" } };

    database_run(database->db, "UPDATE task SET gone_key = 'u' || next_at WHERE next_at < 2000", p);
    for (int way = 0; way < SCIM_SYNC_PEOPLE_WAYS; way++) {
        for (int i = 0; i < 4; i++) {
            const scim_sync_people_query_t query = users(i % 2 ? "u" : "");

            expect_index(database,
                         scim_sync_people_walk((scim_sync_people_way_t)way, "okta", &query,
                                               &places[i / 2], 101, p),
                         indexes[way]);
        }
    }
}

static void test_tasks_are_found_by_indexes(void **state)
{
    database_t *database = crowd(state);
    apr_pool_t *p = database->pool;
    scim_sync_people_query_t query = users("");
    const char *ids[100];

    database_run(database->db,
                 "UPDATE task SET guard = 'memberships', guard_idp = idp, discarded = 'so'"
                 " WHERE next_at % 5 = 0",
                 p);
    if (!database_is_sqlite(database)) {
        database_run(database->db, "ANALYZE task", p);
    }
    for (int i = 0; i < 100; i++) {
        ids[i] = apr_psprintf(p, "id%d", 7 * i);
    }
    query.state = "failed";
    expect_index(database, scim_sync_people_in_state("okta", &query, 501, p), "task_state");
    expect_index(database, scim_sync_people_count("okta", "failed", 501, p), "task_state");
    query.state = "held";
    expect_index(database, scim_sync_people_decided("okta", &query, 501, p), "task_is_held");
    query.state = "discarded";
    expect_index(database, scim_sync_people_decided("okta", &query, 501, p), "task_is_discarded");
    for (int n = 1; n <= 100; n += 33) {
        expect_index(database, scim_sync_people_tasks(SCIM_SYNC_USER, "main", ids, n, p), NULL);
        expect_index(database, scim_sync_people_by_id(ids, n, p), NULL);
        expect_index(database, scim_sync_people_held("main", "g", ids, n, p), "jira_");
    }
}

static void test_members_are_found_by_indexes(void **state)
{
    database_t *database = crowd(state);
    apr_pool_t *p = database->pool;

    store_group(database->db, "okta", "g", "G", p);
    database_run(database->db,
                 "INSERT INTO member (resource, value) SELECT 'g', r.id FROM resource r"
                 " WHERE r.type = 'User'",
                 p);
    if (!database_is_sqlite(database)) {
        database_run(database->db, "ANALYZE member", p);
    }
    expect_index(database, scim_sync_people_members_of("okta", "g", "", 101, p), "member");
    expect_index(database, scim_sync_people_members_of("okta", "g", "id5", 101, p), "member");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_by_the_beginning_of_each_name),
        DATABASE_TESTS(test_an_idps_own),
        DATABASE_TESTS(test_what_is_the_matter),
        DATABASE_TESTS(test_who_is_deleted_is_found_while_there_is_a_task),
        DATABASE_TESTS(test_the_people_of_a_deleted_idp),
        DATABASE_TESTS(test_default_groups_that_failed),
        DATABASE_TESTS(test_pages_hold_everybody_once),
        DATABASE_TESTS(test_news_move_no_page),
        DATABASE_TESTS(test_states_of_which_there_are_few_or_many),
        DATABASE_TESTS(test_each_walk_goes_along_its_index),
        DATABASE_TESTS(test_tasks_are_found_by_indexes),
        DATABASE_TESTS(test_members_are_found_by_indexes),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of events: found by whom and what they are about, page by page, and kept for its time.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "store.h"
#include "store/event_private.h"
#include "store/migrate.h"

static void add(const database_t *database, scim_sync_event_t event)
{
    event.actor = event.actor ? event.actor : "provisioner";
    OK(scim_sync_event_add(database->db, &event, database->pool));
}

#define ADD(...) add(database, (scim_sync_event_t) { __VA_ARGS__ })

/* Details of what is found, newest first. */
static const char *found(const database_t *database, scim_sync_event_query_t query)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *events;
    const char *text = "";

    query.max = query.max ? query.max : 100;
    OK(scim_sync_event_search(database->db, &events, &query, p));
    for (int i = 0; i < events->nelts; i++) {
        text = apr_pstrcat(p, text, i > 0 ? " " : "",
                           APR_ARRAY_IDX(events, i, scim_sync_event_t *)->detail, NULL);
    }
    return text;
}

#define FOUND(...) found(database, (scim_sync_event_query_t) { __VA_ARGS__ })

static scim_sync_event_t *newest(const database_t *database)
{
    const scim_sync_event_query_t query = { .max = 1 };
    apr_array_header_t *events;

    OK(scim_sync_event_search(database->db, &events, &query, database->pool));
    assert_int_equal(events->nelts, 1);
    return APR_ARRAY_IDX(events, 0, scim_sync_event_t *);
}

static void test_an_event_says_all(void **state)
{
    database_t *database = store_of(state);
    const scim_sync_event_t event = { .kind = "user.created",
                                      .actor = "idp:okta",
                                      .idp = "okta",
                                      .site = "main",
                                      .subject = "u1",
                                      .name = "it's Ann",
                                      .detail = "100% \"new\"",
                                      .change = "{\"active\":{\"after\":true}}" };
    const scim_sync_event_t *back;

    add(database, event);
    back = newest(database);
    assert_true(back->id > 0 && back->at > 1600000000000);
    assert_string_equal(back->kind, event.kind);
    assert_string_equal(back->actor, event.actor);
    assert_string_equal(back->idp, event.idp);
    assert_string_equal(back->site, event.site);
    assert_string_equal(back->subject, event.subject);
    assert_string_equal(back->name, event.name);
    assert_string_equal(back->detail, event.detail);
    assert_string_equal(back->change, event.change);
    ADD(.kind = "bare");
    back = newest(database);
    assert_true(!back->idp && !back->site && !back->subject && !back->name && !back->detail &&
                !back->change);
}

static void test_what_it_is_about_comes_back(void **state)
{
    database_t *database = store_of(state);

    ADD(.kind = "jira.member.added", .subject = "u1", .name = "jo", .group = "devs",
        .about = SCIM_SYNC_EVENT_PERSON);
    assert_string_equal(newest(database)->about, "user");
    ADD(.kind = "group.created", .subject = "g1", .name = "devs", .about = SCIM_SYNC_EVENT_GROUP);
    assert_string_equal(newest(database)->about, "group");
    ADD(.kind = "portal.open", .subject = "desk:4", .name = "project/DEMO",
        .about = SCIM_SYNC_EVENT_PORTAL);
    assert_string_equal(newest(database)->about, "portal");
    ADD(.kind = "site.denied", .subject = "main", .name = "main");
    assert_null(newest(database)->about);
}

/* A name of a megabyte, a user name that is no UTF-8: the record takes them, shortened. */
static void test_texts_from_outside_are_bounded(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    char *huge = apr_palloc(p, 1000001);
    const scim_sync_event_t *back;

    for (int i = 0; i < 1000000; i += 2) {
        memcpy(huge + i, "\xc3\x84", 2);
    }
    huge[1000000] = '\0';
    ADD(.kind = "user.created", .actor = "admin:J\xfcrgen", .subject = "u1", .name = huge,
        .email = huge, .detail = huge, .change = huge, .about = SCIM_SYNC_EVENT_PERSON);
    back = newest(database);
    assert_string_equal(back->actor, "admin:J?rgen");
    assert_int_equal(strlen(back->name), 254); /* whole characters */
    assert_int_equal(strlen(back->detail), 1000);
    assert_null(back->change);
    assert_non_null(scim_sync_json_own(scim_sync_event_json(back, p), p));
    assert_true(strlen(FOUND(.person = huge)) > 0);
}

/* ---- before and after ---- */

static void test_a_change_is_what_differs(void **state)
{
    apr_pool_t *p = *state;
    json_t *before = scim_sync_json_own(json_pack("{s:s, s:s, s:b, s:s}", "userName", "ann",
                                                  "displayName", "Ann", "active", 1, "email", "a"),
                                        p);
    json_t *after = scim_sync_json_own(json_pack("{s:s, s:b, s:s, s:s}", "userName", "anna",
                                                 "active", 0, "email", "a", "x", "y"),
                                       p);

    assert_string_equal(scim_sync_event_change(before, after, p),
                        "{\"userName\":{\"before\":\"ann\",\"after\":\"anna\"},"
                        "\"displayName\":{\"before\":\"Ann\"},"
                        "\"active\":{\"before\":true,\"after\":false},"
                        "\"x\":{\"after\":\"y\"}}");
    assert_null(scim_sync_event_change(before, before, p));
    assert_null(scim_sync_event_change(NULL, NULL, p));
    assert_string_equal(
        scim_sync_event_change(NULL, scim_sync_json_own(json_pack("{s:s}", "a", "b"), p), p),
        "{\"a\":{\"after\":\"b\"}}");
}

/* ---- looking ---- */

static void tell(const database_t *database)
{
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_idp(db, "okta", "main", p);
    store_user(db, "okta", "u1", "ann@example.com", 1, p);
    store_group(db, "okta", "g1", "Devs", p);
    ADD(.kind = "user.created", .actor = "idp:okta", .idp = "okta", .subject = "u1", .name = "Ann",
        .about = "user", .email = "old@example.com", .detail = "a");
    ADD(.kind = "group.created", .actor = "idp:okta", .idp = "okta", .subject = "g1",
        .name = "Devs", .about = "group", .detail = "b");
    ADD(.kind = "jira.member.added", .idp = "okta", .site = "main", .subject = "u1", .name = "Ann",
        .about = "user", .group = "DEVS", .detail = "c");
    ADD(.kind = "jira.member.added", .idp = "okta", .site = "main", .subject = "u2", .name = "Bob",
        .about = "user", .email = "bob@example.com", .group = "Devs", .detail = "d");
    ADD(.kind = "task.failed", .idp = "okta", .site = "main", .subject = "g1", .name = "Devs",
        .about = "group", .detail = "e");
    ADD(.kind = "site.changed", .actor = "admin:jane", .site = "main", .detail = "f");
}

static void test_by_person(void **state)
{
    database_t *database = store_of(state);

    tell(database);
    assert_string_equal(FOUND(.person = "u1"), "c a");
    assert_string_equal(FOUND(.person = "ANN"), "c a");
    assert_string_equal(FOUND(.person = "Old@example.com"), "a");
    /* Whose address it is today, under all that happened to the same person. */
    assert_string_equal(FOUND(.person = "ann@EXAMPLE.com"), "c a");
    assert_string_equal(FOUND(.person = "bob@example.com"), "d");
    assert_string_equal(FOUND(.person = "Devs"), "");
    assert_string_equal(FOUND(.person = "%"), "");
}

static void test_by_group(void **state)
{
    database_t *database = store_of(state);

    tell(database);
    assert_string_equal(FOUND(.group = "devs"), "e d c b");
    assert_string_equal(FOUND(.group = "g1"), "e d c b");
    assert_string_equal(FOUND(.group = "Ann"), "");
    assert_string_equal(FOUND(.group = "devs", .person = "ann"), "c");
    assert_string_equal(FOUND(.group = "g1", .person = "bob"), "d");
    assert_string_equal(FOUND(.group = "others", .person = "ann"), "");
}

/* The id of a group leads to its name in Jira, too. */
static void test_by_group_that_jira_calls_otherwise(void **state)
{
    const scim_sync_held_group_t renamed = { .group_id = "77", .name = "jira-devs", .ours = 1 };
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    tell(database);
    OK(scim_sync_held_put_group(database->db, "main", &renamed, p));
    OK(scim_sync_held_put_link(database->db, "main", "g1", "group", "77", p));
    ADD(.kind = "jira.member.removed", .subject = "u1", .name = "Ann", .about = "user",
        .group = "jira-devs", .detail = "g");
    assert_string_equal(FOUND(.group = "g1"), "g e d c b");
    assert_string_equal(FOUND(.group = "g1", .person = "u1"), "g c");
}

static void test_by_the_rest(void **state)
{
    database_t *database = store_of(state);

    tell(database);
    assert_string_equal(FOUND(.idp = "okta"), "e d c b a");
    assert_string_equal(FOUND(.idp = "entra"), "");
    assert_string_equal(FOUND(.site = "main"), "f e d c");
    assert_string_equal(FOUND(.kind = "task.failed"), "e");
    assert_string_equal(FOUND(.kind = "task"), "");
    assert_string_equal(FOUND(.kind = "jira."), "d c");
    assert_string_equal(FOUND(.kind = "nothing."), "");
    assert_string_equal(FOUND(.actor = "admin:jane"), "f");
    assert_string_equal(FOUND(.actor = "idp:okta", .kind = "user."), "a");
    assert_string_equal(FOUND(.subject = "g1"), "e b");
    assert_string_equal(FOUND(.person = "u1", .kind = "jira."), "c");
    assert_string_equal(FOUND(.person = "u1", .kind = "user.created", .idp = "okta"), "a");
    assert_string_equal(FOUND(.site = "main", .kind = "site.changed", .actor = "provisioner"), "");
    assert_string_equal(FOUND(.max = 2), "f e");
}

static void test_by_time(void **state)
{
    database_t *database = store_of(state);

    tell(database);
    database_run(database->db, "UPDATE event SET at = 1000 * id", database->pool);
    assert_string_equal(FOUND(.from = 3000), "f e d c");
    assert_string_equal(FOUND(.to = 3000), "b a"); /* so that ranges can be put side by side */
    assert_string_equal(FOUND(.from = 2000, .to = 4000), "c b");
    assert_string_equal(FOUND(.from = 2000, .to = 4000, .person = "ann"), "c");
    assert_string_equal(FOUND(.from = 4000, .to = 2000), "");
    /* By time, whatever the clock did meanwhile. */
    database_run(database->db, "UPDATE event SET at = 9000 - 1000 * id", database->pool);
    assert_string_equal(FOUND(.idp = "okta"), "a b c d e");
}

static const char *page_through(const database_t *database, scim_sync_event_query_t query)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *page;
    const char *text = "";

    do {
        OK(scim_sync_event_search(database->db, &page, &query, p));
        assert_true(page->nelts <= query.max);
        for (int i = 0; i < page->nelts; i++) {
            const scim_sync_event_t *e = APR_ARRAY_IDX(page, i, scim_sync_event_t *);

            text = apr_pstrcat(p, text, e->detail, NULL);
            query.before = e->id;
        }
        /* News come before all pages, and move none. */
        ADD(.kind = "user.changed", .subject = "u1", .idp = "okta", .detail = "!");
    } while (page->nelts > 0);
    return text;
}

static void test_pages(void **state)
{
    static const scim_sync_event_query_t queries[] = {
        { .max = 2 },
        { .max = 3 },
        { .max = 1, .idp = "okta" },
        { .max = 2, .kind = "user." },
        { .max = 2, .person = "u1" },
    };
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    for (int i = 0; i < 7; i++) { /* most of them within a millisecond */
        ADD(.kind = i % 2 ? "user.changed" : "user.renamed", .subject = "u1", .idp = "okta",
            .name = "u1", .about = "user", .detail = apr_itoa(p, i));
    }
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        database_run(database->db, "DELETE FROM event WHERE detail = '!'", p);
        assert_string_equal(page_through(database, queries[i]), "6543210");
    }
    assert_string_equal(FOUND(.before = 9000), ""); /* no such event */
}

/* ---- indexes ---- */

static database_t *crowd(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    database_run(database->db,
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                 " INSERT INTO event (at, kind, actor, idp, site, subject, name, person_key,"
                 " email_key, group_key)"
                 " SELECT i, 'k' || (i % 200), 'a' || (i % 200), 'i' || (i % 200),"
                 " 's' || (i % 200), 'u' || (i % 200), 'n', 'p' || (i % 200), 'e' || (i % 200),"
                 " 'g' || (i % 200) FROM n",
                 p);
    if (!database_is_sqlite(database)) { /* which does so by itself, in the background */
        database_run(database->db, "ANALYZE event", p);
    }
    return database;
}

static void expect_index(const database_t *database, const scim_sync_sql_t *sql, const char *index)
{
    const char *plan = database_plan(database, sql);

    if (strstr(plan, index) == NULL || strstr(plan, "SCAN e") != NULL ||
        strstr(plan, "Seq Scan") != NULL || strstr(plan, "Sort") != NULL ||
        strstr(plan, "TEMP B-TREE") != NULL) {
        fail_msg("%s:\n%s", index, plan);
    }
}

static void test_each_walk_goes_along_its_index(void **state)
{
    static const struct {
        const char *key;
        const char *index;
    } cases[SCIM_SYNC_EVENT_WAYS] = {
        [SCIM_SYNC_EVENT_BY_TIME] = { NULL, "event_at" },
        [SCIM_SYNC_EVENT_BY_SUBJECT] = { "u7", "event_subject" },
        [SCIM_SYNC_EVENT_BY_PERSON] = { "p7", "event_person" },
        [SCIM_SYNC_EVENT_BY_EMAIL] = { "e7", "event_email" },
        [SCIM_SYNC_EVENT_BY_GROUP] = { "g7", "event_group" },
        [SCIM_SYNC_EVENT_BY_KIND] = { "k7", "event_kind" },
        [SCIM_SYNC_EVENT_BY_ACTOR] = { "a7", "event_actor" },
        [SCIM_SYNC_EVENT_BY_IDP] = { "i7", "event_idp" },
        [SCIM_SYNC_EVENT_BY_SITE] = { "s7", "event_site" },
    };
    scim_sync_event_bounds_t bounds = { .query = { .from = 5, .max = 10 }, .at = 20000, .id = 3 };
    database_t *database = crowd(state);

    for (int way = 0; way < SCIM_SYNC_EVENT_WAYS; way++) {
        expect_index(database, scim_sync_event_walk(way, cases[way].key, &bounds, database->pool),
                     cases[way].index);
    }
}

/*
 * Whatever else is asked for: no other index is taken, which may lead past many more; and a page is
 * begun at its time, not at the first of the kind.
 */
static void test_a_walk_goes_along_no_other_index(void **state)
{
    static const char *const indexes[SCIM_SYNC_EVENT_WAYS] = {
        [SCIM_SYNC_EVENT_BY_SUBJECT] = "event_subject",
        [SCIM_SYNC_EVENT_BY_PERSON] = "event_person",
        [SCIM_SYNC_EVENT_BY_EMAIL] = "event_email",
        [SCIM_SYNC_EVENT_BY_GROUP] = "event_group",
        [SCIM_SYNC_EVENT_BY_KIND] = "event_kind",
        [SCIM_SYNC_EVENT_BY_ACTOR] = "event_actor",
        [SCIM_SYNC_EVENT_BY_IDP] = "event_idp",
        [SCIM_SYNC_EVENT_BY_SITE] = "event_site",
    };
    const scim_sync_event_bounds_t bounds = {
        .query = { .subject = "u7",
                   .kind = "k7",
                   .actor = "a7",
                   .idp = "i7",
                   .site = "s7",
                   .max = 10 },
        .group_keys = { "g7", "g7", "g7", "g7", "g7", "g7", "g7", "g7" },
        .at = 20000,
    };
    database_t *database = crowd(state);

    for (int way = SCIM_SYNC_EVENT_BY_SUBJECT; way < SCIM_SYNC_EVENT_WAYS; way++) {
        const char *key = apr_psprintf(database->pool, "%c7", "-upegkais"[way]);
        const char *plan =
            database_plan(database, scim_sync_event_walk(way, key, &bounds, database->pool));

        if (strstr(plan, indexes[way]) == NULL ||
            strstr(plan, database_is_sqlite(database) ? ",at)<(" : "at, id) < ") == NULL) {
            fail_msg("%s:\n%s", indexes[way], plan);
        }
    }
}

static scim_sync_event_way_t narrowest(database_t *database, scim_sync_event_query_t query,
                                       const char *kinds)
{
    const scim_sync_event_bounds_t bounds = { .query = query, .at = APR_INT64_MAX };
    apr_pool_t *p = database->pool;
    apr_array_header_t *list = kinds ? apr_array_make(p, 2, sizeof(const char *)) : NULL;
    char *rest = kinds ? apr_pstrdup(p, kinds) : NULL;
    scim_sync_event_way_t way;

    while (rest && *rest) {
        APR_ARRAY_PUSH(list, const char *) = apr_strtok(rest, " ", &rest);
    }
    OK(scim_sync_event_narrowest(database->db, &way, &bounds, list, p));
    return way;
}

#define NARROWEST(kinds, ...) narrowest(database, (scim_sync_event_query_t) { __VA_ARGS__ }, kinds)

static void test_what_few_have_is_walked_along(void **state)
{
    database_t *database = store_of(state);

    database_run(database->db,
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)"
                 " INSERT INTO event (at, kind, actor, idp, site)"
                 " SELECT i, CASE WHEN i <= 40 THEN 'many' ELSE 'few' END, 'a',"
                 " CASE WHEN i <= 20 THEN 'small' ELSE 'large' END, 'main' FROM n",
                 database->pool);
    assert_int_equal(NARROWEST(NULL, .max = 1), SCIM_SYNC_EVENT_BY_TIME);
    assert_int_equal(NARROWEST("many", .max = 1), SCIM_SYNC_EVENT_BY_KIND);
    assert_int_equal(NARROWEST(NULL, .site = "main"), SCIM_SYNC_EVENT_BY_SITE);
    assert_int_equal(NARROWEST("many", .idp = "small"), SCIM_SYNC_EVENT_BY_IDP);
    assert_int_equal(NARROWEST("few", .idp = "large"), SCIM_SYNC_EVENT_BY_KIND);
    assert_int_equal(NARROWEST("many", .idp = "none"), SCIM_SYNC_EVENT_BY_IDP);
    assert_int_equal(NARROWEST(NULL, .actor = "a", .idp = "large", .site = "main"),
                     SCIM_SYNC_EVENT_BY_IDP);
    assert_int_equal(NARROWEST(NULL, .actor = "a", .site = "main"), SCIM_SYNC_EVENT_BY_ACTOR);
    assert_int_equal(NARROWEST(NULL, .actor = "a", .site = "elsewhere"), SCIM_SYNC_EVENT_BY_SITE);
    /* Those that a page can have. */
    assert_int_equal(NARROWEST("many", .idp = "small", .from = 15), SCIM_SYNC_EVENT_BY_IDP);
    assert_int_equal(NARROWEST("many", .idp = "large", .from = 41), SCIM_SYNC_EVENT_BY_KIND);
    /* Of many of each the first one. */
    database_run(database->db,
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)"
                 " INSERT INTO event (at, kind, actor, site)"
                 " SELECT i, CASE WHEN i <= 900 THEN 'many' ELSE 'few' END, 'b', 'busy' FROM n",
                 database->pool);
    assert_int_equal(NARROWEST("few", .site = "busy"), SCIM_SYNC_EVENT_BY_KIND);
    assert_int_equal(NARROWEST("many", .actor = "b", .site = "busy"), SCIM_SYNC_EVENT_BY_KIND);
    assert_int_equal(NARROWEST("few many", .site = "busy"), SCIM_SYNC_EVENT_BY_KIND);
}

/* ---- keeping ---- */

static void test_old_ones_go_in_batches(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    int deleted;

    for (int i = 0; i < 5; i++) {
        ADD(.kind = "user.changed", .detail = apr_itoa(p, i));
    }
    database_run(database->db, "UPDATE event SET at = {now} - 100000 + id WHERE id <= 3", p);
    OK(scim_sync_event_prune(database->db, 200000, 2, &deleted, p));
    assert_int_equal(deleted, 0);
    OK(scim_sync_event_prune(database->db, 50000, 2, &deleted, p));
    assert_int_equal(deleted, 2);
    assert_string_equal(FOUND(.max = 9), "4 3 2");
    OK(scim_sync_event_prune(database->db, 50000, 2, &deleted, p));
    assert_int_equal(deleted, 1);
    OK(scim_sync_event_prune(database->db, 50000, 2, &deleted, p));
    assert_int_equal(deleted, 0);
    assert_string_equal(FOUND(.max = 9), "4 3");
}

/* ---- for the log ---- */

static const char *unlogged(const database_t *database, apr_array_header_t *ids)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *events;
    const char *text = "";
    int any;

    OK(scim_sync_event_unlogged(database->db, &events, 100, p));
    OK(scim_sync_event_any_unlogged(database->db, &any, p));
    assert_int_equal(any, events->nelts > 0);
    apr_array_clear(ids);
    for (int i = 0; i < events->nelts; i++) {
        const scim_sync_event_t *e = APR_ARRAY_IDX(events, i, scim_sync_event_t *);

        text = apr_pstrcat(p, text, e->detail, NULL);
        APR_ARRAY_PUSH(ids, apr_int64_t) = e->id;
    }
    return text;
}

static void test_what_is_to_be_logged_is_noted(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *ids = apr_array_make(p, 4, sizeof(apr_int64_t));

    ADD(.kind = "k", .detail = "a");
    assert_string_equal(unlogged(database, ids), "");
    scim_sync_event_note_unlogged(1);
    ADD(.kind = "k", .detail = "b");
    ADD(.kind = "k", .detail = "c");
    OK(scim_sync_db_begin(db, p));
    ADD(.kind = "k", .detail = "undone");
    scim_sync_db_rollback(db, p);
    assert_string_equal(unlogged(database, ids), "bc");
    ADD(.kind = "k", .detail = "d");
    OK(scim_sync_event_logged(db, ids, p));
    assert_string_equal(unlogged(database, ids), "d");
    /* What is no more needs no line. */
    database_run(db, "DELETE FROM event", p);
    scim_sync_event_note_unlogged(0);
    assert_string_equal(unlogged(database, ids), "");
    assert_int_equal(database_number(db, "SELECT COUNT(*) FROM event_unlogged", p), 0);
}

/* ---- rows of older versions ---- */

static database_t *version_2(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;

    database_run(database->db, "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)", p);
    database_run(database->db, "INSERT INTO meta VALUES ('schema', '2')", p);
    for (int i = 0; i < 2; i++) {
        const char *const *sql = scim_sync_migrations[i].statements;

        for (; *sql != NULL; sql++) {
            database_run(database->db, *sql, p);
        }
    }
    return database;
}

static void test_events_of_version_2_are_found(void **state)
{
    enum { MANY = 450 }; /* more than are filled at a time */
    database_t *database = version_2(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *why;

    database_run(db,
                 "INSERT INTO event (at, kind, actor, subject, name, detail) VALUES"
                 " (1, 'user.created', 'idp:okta', 'u1', 'ANN', 'a'),"
                 " (2, 'group.created', 'idp:okta', 'g1', 'ANN', 'b'),"
                 " (3, 'jira.member.added', 'provisioner', 'u1', 'Ann', 'Devs'),"
                 " (4, 'site.created', 'admin:jane', NULL, NULL, 'd')",
                 p);
    for (int i = 0; i < MANY; i++) {
        database_run(db,
                     "INSERT INTO event (at, kind, actor, name, detail)"
                     " VALUES (9, 'user.changed', 'idp:okta', 'Zoe', 'z')",
                     p);
    }
    if (scim_sync_migrate(db, &why, p) != APR_SUCCESS) {
        fail_msg("%s", why);
    }
    assert_string_equal(FOUND(.person = "ann"), "Devs a");
    assert_string_equal(FOUND(.group = "ann"), "b");
    assert_string_equal(FOUND(.group = "devs"), "Devs");
    assert_int_equal(strlen(FOUND(.person = "zoe", .max = 1000)), 2 * MANY - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_an_event_says_all),
        DATABASE_TESTS(test_what_it_is_about_comes_back),
        DATABASE_TESTS(test_texts_from_outside_are_bounded),
        UNIT_TEST(test_a_change_is_what_differs),
        DATABASE_TESTS(test_by_person),
        DATABASE_TESTS(test_by_group),
        DATABASE_TESTS(test_by_group_that_jira_calls_otherwise),
        DATABASE_TESTS(test_by_the_rest),
        DATABASE_TESTS(test_by_time),
        DATABASE_TESTS(test_pages),
        DATABASE_TESTS(test_each_walk_goes_along_its_index),
        DATABASE_TESTS(test_a_walk_goes_along_no_other_index),
        DATABASE_TESTS(test_what_few_have_is_walked_along),
        DATABASE_TESTS(test_old_ones_go_in_batches),
        DATABASE_TESTS(test_what_is_to_be_logged_is_noted),
        DATABASE_TESTS(test_events_of_version_2_are_found),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

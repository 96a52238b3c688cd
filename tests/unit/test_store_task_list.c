/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of tasks: what each filter finds, in pages, and that it is found by an index. */
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "store.h"
#include "store/task_private.h"
#include "store/task_reason.h"

#define COUNT 200

static const char *const states[] = { "waiting", "failed", "held", "discarded", "planned" };
static const char *const idps[] = { "okta", "entra", "deleted:okta", "" };
static const char *const kinds[] = { "user", "group", "portal" };
static const char *const sites[] = { "main", "second" };
static const char *const subjects[] = { "s1", "s2", "s33" };

static const char *const classes[] = { "'person'", "'retry'", "NULL" };

#define ANY_OF(list) (list)[(size_t)rand() % (sizeof(list) / sizeof((list)[0]))]
#define MAYBE(list)  (rand() % 3 ? NULL : ANY_OF(list))

static database_t *some_tasks(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    store_site(database->db, "second", p);
    for (int i = 0; i < COUNT; i++) {
        database_run(
            database->db,
            apr_psprintf(
                p,
                "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at,"
                " status, created, changed, guard, discarded, guard_idp, class) VALUES ('%s', '%s',"
                " '%s', 's%d', '%s', 1, 0, 1, %d, 1, 1, %s, %s, 'okta', %s)",
                ANY_OF(sites), ANY_OF(idps), ANY_OF(kinds), i, ANY_OF(states), rand() % 2 ? 403 : 0,
                rand() % 4 ? "NULL" : "'memberships'", rand() % 4 ? "NULL" : "'discarded by jane'",
                ANY_OF(classes)),
            p);
    }
    return database;
}

static const char *equals(const char *column, const char *value, apr_pool_t *p)
{
    return value ? apr_psprintf(p, " AND %s = '%s'", column, value) : "";
}

/* What the filter means, said in another way. */
static const char *expected(const database_t *database, const scim_sync_task_filter_t *f)
{
    apr_pool_t *p = database->pool;
    const char *state = equals("state", f->state, p);

    if (f->state && !strcmp(f->state, "held")) {
        state = " AND (state = 'held' OR (guard IS NOT NULL AND state <> 'planned'))";
    }
    if (f->state && !strcmp(f->state, "discarded")) {
        state = " AND (state = 'discarded' OR discarded IS NOT NULL)";
    }
    return store_column(database->db,
                        apr_pstrcat(p, "SELECT id FROM task WHERE 1 = 1", state,
                                    equals("idp", f->idp, p), equals("kind", f->kind, p),
                                    equals("site", f->site, p), equals("subject", f->subject, p),
                                    f->status < 0 ? "" : " AND status = 403",
                                    equals("guard", f->guard, p),
                                    equals("guard_idp", f->guard_idp, p), " ORDER BY id", NULL),
                        p);
}

static const char *paged(const database_t *database, const scim_sync_task_filter_t *filter, int max)
{
    apr_array_header_t *page;
    apr_int64_t after = 0;
    const char *text = "";

    do {
        OK(scim_sync_task_list(database->db, &page, filter, after, max, database->pool));
        for (int i = 0; i < page->nelts; i++) {
            after = APR_ARRAY_IDX(page, i, scim_sync_task_t *)->id;
            text = apr_psprintf(database->pool, "%s%s%d", text, *text ? " " : "", (int)after);
        }
        assert_true(page->nelts <= max);
    } while (page->nelts == max);
    return text;
}

static void test_each_filter_finds_what_it_says(void **state)
{
    database_t *database = some_tasks(state);

    for (int i = 0; i < 200; i++) {
        const scim_sync_task_filter_t filter = { .state = MAYBE(states),
                                                 .idp = MAYBE(idps),
                                                 .kind = MAYBE(kinds),
                                                 .site = MAYBE(sites),
                                                 .subject = i % 7 ? NULL : MAYBE(subjects),
                                                 .status = rand() % 4 ? -1 : 403 };
        const char *found = expected(database, &filter);

        assert_string_equal(paged(database, &filter, 1 + rand() % 20), found);
        assert_string_equal(paged(database, &filter, COUNT + 1), found);
    }
}

static void test_what_a_guard_holds_is_found_by_it(void **state)
{
    database_t *database = some_tasks(state);

    for (int i = 0; i < 50; i++) {
        const scim_sync_task_filter_t filter = { .state = MAYBE(states),
                                                 .idp = MAYBE(idps),
                                                 .site = ANY_OF(sites),
                                                 .status = -1,
                                                 .guard_idp = "okta",
                                                 .guard = "memberships" };

        assert_string_equal(paged(database, &filter, 1 + rand() % 5), expected(database, &filter));
    }
}

/* Each kind of reason with its number and its oldest task, said in another way. */
static const char *expected_reasons(const database_t *database, const char *state, const char *idp)
{
    apr_pool_t *p = database->pool;

    return store_column(
        database->db,
        apr_pstrcat(p,
                    "SELECT state || ',' || idp || ',' || site || ',' || kind || ',' || class ||"
                    " ',' || status || '=' || COUNT(*) || '/' || MIN(id) FROM task"
                    " WHERE class IS NOT NULL",
                    equals("state", state, p), equals("idp", idp, p),
                    " GROUP BY state, idp, site, kind, class, status ORDER BY CASE state"
                    " WHEN 'failed' THEN 1 WHEN 'held' THEN 2 WHEN 'waiting' THEN 3"
                    " WHEN 'discarded' THEN 4 ELSE 5 END, idp, site, kind, class, status",
                    NULL),
        p);
}

static const char *reasons_of(const database_t *database, const char *state, const char *idp,
                              int max)
{
    apr_array_header_t *reasons;
    const char *text = "";

    OK(scim_sync_task_reasons(database->db, &reasons, state, idp, max, database->pool));
    for (int i = 0; i < reasons->nelts; i++) {
        const scim_sync_task_reason_t *reason = &APR_ARRAY_IDX(reasons, i, scim_sync_task_reason_t);
        const scim_sync_task_t *t = reason->first;

        text = apr_psprintf(database->pool, "%s%s%s,%s,%s,%s,%s,%d=%d/%d", text, *text ? " " : "",
                            t->state, t->idp, t->site, t->kind, t->class, t->status,
                            (int)reason->count, (int)t->id);
    }
    return text;
}

static void test_each_kind_of_reason_is_counted(void **state)
{
    database_t *database = some_tasks(state);

    assert_string_equal(reasons_of(database, NULL, NULL, COUNT),
                        expected_reasons(database, NULL, NULL));
    assert_string_equal(reasons_of(database, "failed", NULL, COUNT),
                        expected_reasons(database, "failed", NULL));
    assert_string_equal(reasons_of(database, NULL, "entra", COUNT),
                        expected_reasons(database, NULL, "entra"));
    assert_string_equal(reasons_of(database, "failed", "nobody", COUNT), "");
    /* As many as are asked for, and no more. */
    assert_int_equal(strncmp(expected_reasons(database, NULL, NULL),
                             reasons_of(database, NULL, NULL, 2),
                             strlen(reasons_of(database, NULL, NULL, 2))),
                     0);
}

static void test_what_is_much_is_counted_so_far(void **state)
{
    database_t *database = store_of(state);
    apr_array_header_t *reasons;

    database_run(database->db,
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)"
                 " INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at,"
                 " status, created, changed, class) SELECT 'main', 'okta', 'user', 's' || i,"
                 " 'failed', 1, 0, 1, 403, 1, 1, 'person' FROM n",
                 database->pool);
    OK(scim_sync_task_reasons(database->db, &reasons, NULL, NULL, 10, database->pool));
    assert_int_equal(reasons->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(reasons, 0, scim_sync_task_reason_t).count,
                     SCIM_SYNC_REASON_MOST + 1);
}

/* Many wait, as of a paused IdP; a few have failed, or are held in part. */
static database_t *crowd(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    store_idp(database->db, "okta", "main", p);
    database_run(database->db,
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                 " INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at,"
                 " status, created, changed, guard, discarded, guard_idp, class) SELECT 'main',"
                 " 'okta', 'user', 's' || i, CASE WHEN i % 500 = 0 THEN 'failed' ELSE 'waiting'"
                 " END, 1, 0, 1, 0, 1, 1, CASE WHEN i % 500 = 1 THEN 'memberships' END,"
                 " CASE WHEN i % 500 = 2 THEN 'so' END, 'okta',"
                 " CASE WHEN i % 100 = 3 THEN 'retry' END FROM n",
                 p);
    if (!database_is_sqlite(database)) {
        database_run(database->db, "ANALYZE task", p);
    }
    return database;
}

static void expect(const database_t *database, scim_sync_task_way_t way,
                   const scim_sync_task_filter_t *filter, const char *index)
{
    const char *plan =
        database_plan(database,
                      scim_sync_task_walk(way, filter->state,
                                          way == SCIM_SYNC_TASK_BY_SUBJECT ? "main" : "okta",
                                          filter, 100, 101, database->pool));

    if (!strstr(plan, index) || strstr(plan, "SCAN t") || strstr(plan, "Seq Scan on task")) {
        fail_msg("%s", plan);
    }
}

static void test_each_walk_goes_along_its_index(void **state)
{
    database_t *database = crowd(state);
    scim_sync_task_filter_t filter = { .state = "failed", .status = -1 };
    int sqlite = database_is_sqlite(database);

    expect(database, SCIM_SYNC_TASK_BY_STATE, &filter, "task_state");
    filter.status = 403;
    expect(database, SCIM_SYNC_TASK_BY_STATE, &filter, "task_state");
    filter = (scim_sync_task_filter_t) { .state = "held", .status = -1 };
    expect(database, SCIM_SYNC_TASK_HELD_IN_PART, &filter, "task_is_held");
    filter.state = "discarded";
    expect(database, SCIM_SYNC_TASK_DISCARDED_IN_PART, &filter, "task_is_discarded");
    filter = (scim_sync_task_filter_t) { .subject = "s7", .status = -1 };
    expect(database, SCIM_SYNC_TASK_BY_SUBJECT, &filter,
           sqlite ? "sqlite_autoindex_task_1" : "task_site_kind_subject_key");
    filter = (scim_sync_task_filter_t) {
        .state = "held", .site = "main", .guard_idp = "okta", .guard = "memberships", .status = -1
    };
    expect(database, SCIM_SYNC_TASK_BY_GUARD, &filter, "task_guard");
    filter = (scim_sync_task_filter_t) {
        .state = "waiting", .site = "main", .kind = "user", .class = "retry", .status = 0
    };
    expect(database, SCIM_SYNC_TASK_BY_STATE, &filter, "task_reason");
    filter = (scim_sync_task_filter_t) { .status = -1 };
    expect(database, SCIM_SYNC_TASK_BY_ID, &filter, sqlite ? "INTEGER PRIMARY KEY" : "task_pkey");
}

static void test_kinds_of_reason_are_found_by_their_index(void **state)
{
    database_t *database = crowd(state);
    const scim_sync_task_alike_t alike = {
        .state = "waiting", .idp = "okta", .site = "main", .kind = "user", .class = "retry"
    };
    const scim_sync_sql_t *asked[] = { scim_sync_task_reason_next(&alike, database->pool),
                                       scim_sync_task_reason_count(&alike, database->pool) };

    for (int i = 0; i < 2; i++) {
        const char *plan = database_plan(database, asked[i]);

        if (!strstr(plan, "task_reason") || strstr(plan, "SCAN t ") || strstr(plan, "Sort") ||
            strstr(plan, "TEMP B-TREE") || strstr(plan, "Seq Scan")) {
            fail_msg("%s", plan);
        }
    }
}

/* ---- while tasks change ---- */

#define TURNS 300

typedef struct {
    database_t *database;
    apr_pool_t *p;
    _Atomic int over;
} changes_t;

/* One task goes back and forth between two states. */
static void *APR_THREAD_FUNC change(apr_thread_t *thread, void *data)
{
    changes_t *changes = data;
    scim_sync_db_t *db = database_connect(changes->database, changes->p);

    (void)thread;
    for (int i = 0; i < TURNS; i++) {
        database_run(db,
                     i % 2 ? "UPDATE task SET state = 'held'" : "UPDATE task SET state = 'waiting'",
                     changes->p);
    }
    changes->over = 1;
    return NULL;
}

static void test_what_changes_its_state_is_found_once(void **state)
{
    database_t *database = store_of(state);
    changes_t changes = { .database = database };
    const scim_sync_task_filter_t filter = { .idp = "okta", .status = -1 };
    apr_array_header_t *tasks;
    apr_thread_t *thread;
    apr_status_t rv;

    database_run(
        database->db,
        "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status,"
        " created, changed) VALUES ('main', 'okta', 'user', 's', 'held', 1, 0, 1, 0, 1, 1)",
        database->pool);
    apr_pool_create(&changes.p, NULL);
    OK(apr_thread_create(&thread, NULL, change, &changes, changes.p));
    while (!changes.over) {
        apr_pool_t *p;

        apr_pool_create(&p, database->pool);
        OK(scim_sync_task_list(database->db, &tasks, &filter, 0, 10, p));
        assert_int_equal(tasks->nelts, 1);
        apr_pool_destroy(p);
    }
    apr_thread_join(&rv, thread);
    apr_pool_destroy(changes.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_each_filter_finds_what_it_says),
        DATABASE_TESTS(test_what_a_guard_holds_is_found_by_it),
        DATABASE_TESTS(test_each_kind_of_reason_is_counted),
        DATABASE_TESTS(test_what_is_much_is_counted_so_far),
        DATABASE_TESTS(test_what_changes_its_state_is_found_once),
        DATABASE_TESTS(test_each_walk_goes_along_its_index),
        DATABASE_TESTS(test_kinds_of_reason_are_found_by_their_index),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

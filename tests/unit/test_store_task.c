/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks: said, merged, due, done, delayed, parked; and nothing that was said meanwhile is lost. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/link.h"

static database_t *idps(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    store_idp(database->db, "okta", "main", p);
    store_idp(database->db, "entra", "main", p);
    store_user(database->db, "okta", "u1", "ann@example.com", 1, p);
    store_user(database->db, "okta", "u2", "bob@example.com", 1, p);
    store_user(database->db, "entra", "e1", "ann@example.com", 1, p);
    store_group(database->db, "okta", "g1", "staff", p);
    return database;
}

static const scim_sync_outcome_t down = { SCIM_SYNC_RETRY, 503, 0, "it's down" };

/* The due tasks of "main", in the order of work, as "kind:subject/seq". */
static const char *due(const database_t *database)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *tasks;
    const char *text = "";

    OK(scim_sync_task_due(database->db, &tasks, "main", 100, p));
    for (int i = 0; i < tasks->nelts; i++) {
        const scim_sync_task_t *t = APR_ARRAY_IDX(tasks, i, scim_sync_task_t *);

        text = apr_psprintf(p, "%s%s%s:%s/%d", text, i > 0 ? " " : "", t->kind, t->subject,
                            (int)t->seq);
    }
    return text;
}

static scim_sync_task_t *the_task(const database_t *database)
{
    apr_array_header_t *tasks;

    OK(scim_sync_task_list(database->db, &tasks, &store_any_task, 0, 10, database->pool));
    assert_int_equal(tasks->nelts, 1);
    return APR_ARRAY_IDX(tasks, 0, scim_sync_task_t *);
}

static void add(const database_t *database, const char *kind, const char *subject)
{
    OK(scim_sync_task_add(database->db, "okta", kind, subject, database->pool));
}

static void make_past(const database_t *database, const char *column)
{
    database_run(database->db, apr_psprintf(database->pool, "UPDATE task SET %s = 1", column),
                 database->pool);
}

static void test_groups_come_before_users(void **state)
{
    database_t *database = idps(state);
    apr_array_header_t *tasks;

    add(database, "user", "u1");
    add(database, "user", "u2");
    make_past(database, "next_at");
    add(database, "group", "g1");
    assert_string_equal(due(database), "group:g1/1 user:u1/1 user:u2/1");
    OK(scim_sync_task_due(database->db, &tasks, "main", 2, database->pool));
    assert_int_equal(tasks->nelts, 2);
    OK(scim_sync_task_due(database->db, &tasks, "other", 2, database->pool));
    assert_int_equal(tasks->nelts, 0);
}

static void test_twins_are_merged(void **state)
{
    database_t *database = idps(state);
    scim_sync_task_t *t;

    add(database, "user", "u1");
    add(database, "user", "u1");
    OK(scim_sync_task_add(database->db, "entra", "user", "u1", database->pool));
    assert_string_equal(due(database), "user:u1/3");
    t = the_task(database);
    assert_string_equal(t->idp, "entra");
    assert_string_equal(t->name, "u1");
    assert_int_equal(t->attempts, 0);
}

static void test_done_goes_unless_it_was_said_again(void **state)
{
    database_t *database = idps(state);
    scim_sync_task_t *t;
    int again;

    add(database, "user", "u1");
    t = the_task(database);
    add(database, "user", "u1");
    OK(scim_sync_task_done(database->db, t, &again, database->pool));
    assert_int_equal(again, 1);
    assert_string_equal(due(database), "user:u1/2");
    OK(scim_sync_task_done(database->db, the_task(database), &again, database->pool));
    assert_int_equal(again, 0);
    assert_string_equal(due(database), "");
}

static void test_a_delayed_task_waits(void **state)
{
    database_t *database = idps(state);
    scim_sync_task_t *t;
    apr_int64_t ms;

    OK(scim_sync_task_next(database->db, &ms, "main", database->pool));
    assert_int_equal(ms, -1);
    add(database, "user", "u1");
    OK(scim_sync_task_next(database->db, &ms, "main", database->pool));
    assert_int_equal(ms, 0);
    OK(scim_sync_task_delay(database->db, the_task(database), 60000, &down, database->pool));
    assert_string_equal(due(database), "");
    OK(scim_sync_task_next(database->db, &ms, "main", database->pool));
    assert_in_range(ms, 30000, 60000);
    t = the_task(database);
    assert_string_equal(t->state, "waiting");
    assert_int_equal(t->attempts, 1);
    assert_int_equal(t->status, 503);
    assert_string_equal(t->detail, "it's down");
    OK(scim_sync_task_delay(database->db, t, 0, &down, database->pool));
    assert_int_equal(the_task(database)->attempts, 2);
    assert_string_equal(due(database), "user:u1/1");
}

static void test_news_make_a_delayed_or_parked_task_due(void **state)
{
    database_t *database = idps(state);
    scim_sync_task_t *t;

    for (int parked = 0; parked <= 1; parked++) {
        add(database, "user", "u1");
        t = the_task(database);
        OK(parked ? scim_sync_task_park(database->db, t, &store_refusal, database->pool)
                  : scim_sync_task_delay(database->db, t, 60000, &down, database->pool));
        assert_string_equal(due(database), "");
        add(database, "user", "u1");
        t = the_task(database);
        assert_string_equal(t->state, "waiting");
        assert_int_equal(t->attempts, 0);
        assert_int_equal(t->status, 0);
        assert_null(t->detail);
        assert_string_not_equal(due(database), "");
    }
}

/* What comes of a run that began before the news must not put the news off. */
static void test_an_old_run_does_not_put_news_off(void **state)
{
    database_t *database = idps(state);
    scim_sync_task_t *old;

    add(database, "user", "u1");
    old = the_task(database);
    add(database, "user", "u1");
    OK(scim_sync_task_delay(database->db, old, 60000, &down, database->pool));
    OK(scim_sync_task_park(database->db, old, &store_refusal, database->pool));
    assert_string_equal(due(database), "user:u1/2");
    assert_int_equal(the_task(database)->attempts, 0);
}

static void test_parked_until_a_person_retries(void **state)
{
    database_t *database = idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_task_t *t;
    apr_int64_t ms;
    int found;

    add(database, "user", "u1");
    OK(scim_sync_task_park(database->db, the_task(database), &store_refusal, p));
    make_past(database, "next_at");
    t = the_task(database);
    assert_string_equal(t->state, "failed");
    assert_int_equal(t->status, 400);
    assert_string_equal(t->detail, "no");
    assert_string_equal(due(database), "");
    OK(scim_sync_task_next(database->db, &ms, "main", p));
    assert_int_equal(ms, -1);
    OK(scim_sync_task_hurry_site(database->db, "main", p));
    assert_string_equal(due(database), "");
    OK(scim_sync_task_retry(database->db, t->id + 1, &found, p));
    assert_int_equal(found, 0);
    OK(scim_sync_task_retry(database->db, t->id, &found, p));
    assert_int_equal(found, 1);
    assert_string_equal(due(database), "user:u1/2");
    OK(scim_sync_task_park(database->db, the_task(database), &store_refusal, p));
    OK(scim_sync_task_retry_site(database->db, "other", NULL, p));
    assert_string_equal(due(database), "");
    OK(scim_sync_task_retry_site(database->db, "main", NULL, p));
    assert_string_equal(due(database), "user:u1/3");
}

static void test_hurry_ends_the_waiting_only(void **state)
{
    database_t *database = idps(state);
    scim_sync_task_t *t;

    add(database, "user", "u1");
    OK(scim_sync_task_delay(database->db, the_task(database), 60000, &down, database->pool));
    OK(scim_sync_task_hurry_site(database->db, "other", database->pool));
    assert_string_equal(due(database), "");
    OK(scim_sync_task_hurry_site(database->db, "main", database->pool));
    assert_string_equal(due(database), "user:u1/1");
    t = the_task(database);
    assert_int_equal(t->attempts, 1);
}

static void test_what_waits_is_told_why(void **state)
{
    database_t *database = idps(state);
    apr_pool_t *p = database->pool;

    add(database, "user", "u1");
    OK(scim_sync_task_park(database->db, the_task(database), &store_refusal, p));
    add(database, "user", "u2");
    OK(scim_sync_task_explain_site(database->db, "other", 401, "denied", p));
    assert_string_equal(store_column(database->db, "SELECT detail FROM task ORDER BY id", p),
                        "no -");
    OK(scim_sync_task_explain_site(database->db, "main", 401, "denied", p));
    assert_string_equal(store_column(database->db, "SELECT detail FROM task ORDER BY id", p),
                        "no denied");
    assert_string_equal(store_column(database->db, "SELECT status FROM task ORDER BY id", p),
                        "400 401");
    assert_string_equal(due(database), "user:u2/1");
}

static void test_a_paused_idp_waits(void **state)
{
    database_t *database = idps(state);
    apr_int64_t ms;

    add(database, "user", "u1");
    database_run(database->db, "UPDATE idp SET state = 'paused' WHERE name = 'okta'",
                 database->pool);
    assert_string_equal(due(database), "");
    OK(scim_sync_task_next(database->db, &ms, "main", database->pool));
    assert_int_equal(ms, -1);
    OK(scim_sync_task_add(database->db, "entra", "user", "e1", database->pool));
    assert_string_equal(due(database), "user:e1/1");
    database_run(database->db, "UPDATE idp SET state = 'live'", database->pool);
    assert_int_equal(strlen(due(database)), strlen("user:u1/1 user:e1/1"));
}

static void test_members_of_a_group(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_add_member(db, "g1", "u1", p);
    store_add_member(db, "g1", "e1", p); /* another IdP's */
    store_add_member(db, "g1", "g1", p); /* no user */
    store_add_member(db, "g1", "nobody", p);
    OK(scim_sync_task_add_members(db, "okta", "g1", NULL, p));
    assert_string_equal(due(database), "user:u1/1");
    OK(scim_sync_task_add_members(db, "okta", "g1", "main", p));
    assert_string_equal(due(database), "user:u1/2");
    OK(scim_sync_task_add_members(db, "okta", "g1", "other", p));
    assert_string_equal(due(database), "user:u1/2");
    OK(scim_sync_task_add_member(db, "okta", "e1", p));
    OK(scim_sync_task_add_member(db, "okta", "nobody", p));
    assert_string_equal(due(database), "user:u1/2");
    OK(scim_sync_task_add_member(db, "okta", "g1", p)); /* who is in it */
    assert_string_equal(due(database), "user:u1/3");
    OK(scim_sync_task_add_member(db, "okta", "u2", p));
    assert_string_equal(due(database), "user:u1/3 user:u2/1");
}

/* g1 holds g2, which holds g3 and, again, g1; both hold u2: once is enough. */
static void test_people_below_a_group(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_group(db, "okta", "g2", "g2", p);
    store_group(db, "okta", "g3", "g3", p);
    store_group(db, "entra", "f1", "f1", p);
    store_add_member(db, "g1", "g2", p);
    store_add_member(db, "g2", "g3", p);
    store_add_member(db, "g2", "g1", p);
    store_add_member(db, "g2", "u2", p);
    store_add_member(db, "g3", "u2", p);
    store_add_member(db, "g3", "u1", p);
    store_add_member(db, "g3", "f1", p); /* another IdP's, and who is in it */
    store_add_member(db, "f1", "u1", p);
    OK(scim_sync_task_add_members(db, "okta", "g1", NULL, p));
    assert_string_equal(due(database), "user:u1/1 user:u2/1");
    OK(scim_sync_task_add_member(db, "okta", "g2", p));
    assert_string_equal(due(database), "user:u1/2 user:u2/2");
    OK(scim_sync_task_add_member(db, "okta", "g3", p));
    assert_string_equal(due(database), "user:u1/3 user:u2/3");
    OK(scim_sync_task_add_members(db, "okta", "default:okta", "main", p)); /* everybody */
    assert_string_equal(due(database), "user:u1/4 user:u2/4");
}

/* Groups that wait until it is known whose account is whose; of those that failed no word. */
static void test_groups_of_somebody_are_hurried(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_group(db, "okta", "g2", "g2", p);
    store_group(db, "okta", "g3", "g3", p);
    store_add_member(db, "g2", "u2", p);
    store_add_member(db, "g3", "u2", p);
    for (const char *const *group = (const char *const[]) { "g1", "g2", "g3", NULL }; *group;
         group++) {
        OK(scim_sync_task_add(db, "okta", "group", *group, p));
    }
    database_run(db, "UPDATE task SET next_at = {now} + 300000, class = 'wait'", p);
    database_run(db, "UPDATE task SET state = 'failed' WHERE subject = 'g3'", p);
    OK(scim_sync_task_hurry_groups(db, "main", "u2", p));
    assert_int_equal(database_number(db,
                                     "SELECT COUNT(*) FROM task WHERE next_at < {now} + 10000"
                                     " AND next_at > {now} AND subject = 'g2' AND site = 'main'",
                                     p),
                     1);
    assert_int_equal(
        database_number(db, "SELECT COUNT(*) FROM task WHERE next_at < {now} + 10000", p), 1);
}

static void test_default_groups_are_part_of_everything(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *tasks;

    database_run(db, "UPDATE idp SET rules = '{\"precedence\":1}' WHERE name = 'okta'", p);
    OK(scim_sync_task_add_all(db, "okta", NULL, p));
    OK(scim_sync_task_add_all(db, "entra", NULL, p)); /* without rules */
    assert_string_equal(store_column(db,
                                     "SELECT subject FROM task WHERE kind = 'group'"
                                     " ORDER BY subject",
                                     p),
                        "default:okta g1");
    OK(scim_sync_task_list(db, &tasks, &store_any_task, 0, 100, p));
    for (int i = 0; i < tasks->nelts; i++) {
        const scim_sync_task_t *task = APR_ARRAY_IDX(tasks, i, scim_sync_task_t *);

        if (!strcmp(task->subject, "default:okta")) {
            assert_string_equal(task->name, "default groups of okta");
            return;
        }
    }
    fail_msg("it is not listed");
}

static void test_what_stands_for_a_group_of_jira(void **state)
{
    database_t *database = idps(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    static const char *const links[][2] = {
        { "g1", "one" }, { "g1", "two" }, { "default:okta", "one" }, { "gone", "one" }
    };

    for (int i = 0; i < 4; i++) {
        OK(scim_sync_link_put(db, "main", links[i][0],
                              &(scim_sync_link_t) { .name = links[i][1], .group_id = "j1" }, p));
    }
    OK(scim_sync_task_add_linked(db, "main", "j1", p));
    OK(scim_sync_task_add_linked(db, "other", "j1", p));
    assert_string_equal(store_column(db, "SELECT idp || subject FROM task ORDER BY subject", p),
                        "oktadefault:okta oktag1");
}

static void test_everything_of_an_idp(void **state)
{
    database_t *database = idps(state);

    OK(scim_sync_task_add_all(database->db, "okta", NULL, database->pool));
    make_past(database, "next_at");
    assert_string_equal(due(database), "group:g1/1 user:u1/1 user:u2/1");
    OK(scim_sync_task_add(database->db, "nobody", "user", "u1", database->pool));
    assert_string_equal(due(database), "group:g1/1 user:u1/1 user:u2/1");
}

static void test_pages_for_people(void **state)
{
    database_t *database = idps(state);
    apr_pool_t *p = database->pool;
    apr_array_header_t *page;
    apr_int64_t after = 0;
    int seen = 0;

    for (int i = 0; i < 5; i++) {
        add(database, "user", apr_psprintf(p, "x%d", i));
    }
    do {
        OK(scim_sync_task_list(database->db, &page, &store_any_task, after, 2, p));
        for (int i = 0; i < page->nelts; i++, seen++) {
            const scim_sync_task_t *t = APR_ARRAY_IDX(page, i, scim_sync_task_t *);

            assert_string_equal(t->subject, apr_psprintf(p, "x%d", seen));
            assert_null(t->name); /* there is no such resource */
            assert_true(t->id > after);
            after = t->id;
        }
    } while (page->nelts > 0);
    assert_int_equal(seen, 5);
}

/* ---- what failed, and why ---- */

static void test_a_failure_has_a_class(void **state)
{
    static const struct {
        scim_sync_outcome_t outcome;
        const char *class;
    } cases[] = {
        { { SCIM_SYNC_RETRY, 0, 0, "time-out" }, "retry" },
        { { SCIM_SYNC_RETRY, 500, 0, "odd" }, "retry" },
        { { SCIM_SYNC_RETRY, 503, 5000, "maintenance" }, "wait" },
        { { SCIM_SYNC_RETRY, 429, 0, "too many" }, "wait" },
        { { SCIM_SYNC_REFUSED, 403, 0, "no right" }, "person" },
        { { SCIM_SYNC_REFUSED, 0, 0, "no address" }, "person" },
        { { SCIM_SYNC_DENIED, 401, 0, "bad token" }, "site" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(scim_sync_task_class(&cases[i].outcome), cases[i].class);
    }
    assert_null(scim_sync_task_class(&(scim_sync_outcome_t) { .verdict = SCIM_SYNC_DONE }));
}

static void test_a_task_tells_since_when_it_fails(void **state)
{
    database_t *database = idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_task_t *t;

    add(database, "user", "u1");
    t = the_task(database);
    assert_null(t->class);
    assert_int_equal(t->failed_since, 0);
    OK(scim_sync_task_delay(database->db, t, 0, &down, p));
    database_run(database->db, "UPDATE task SET failed_since = 7 WHERE failed_since > 0", p);
    OK(scim_sync_task_park(database->db, the_task(database), &store_refusal, p));
    t = the_task(database);
    assert_string_equal(t->class, "person");
    assert_int_equal(t->failed_since, 7); /* the first one, not the last */
    add(database, "user", "u1");
    t = the_task(database);
    assert_null(t->class);
    assert_int_equal(t->failed_since, 0);
    OK(scim_sync_task_explain_site(database->db, "main", 401, "denied", p));
    t = the_task(database);
    assert_string_equal(t->class, "site");
    assert_true(t->failed_since > 1600000000000);
}

/* Three that are parked, with 400, 403 and 403, at two sites; and one that waits. */
static void park_some(const database_t *database)
{
    static const scim_sync_outcome_t forbidden = { SCIM_SYNC_REFUSED, 403, 0, "no right" };
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *tasks;

    store_site(db, "second", p);
    store_idp(db, "google", "second", p);
    store_user(db, "google", "y1", "yan@example.com", 1, p);
    add(database, "user", "u1");
    add(database, "group", "g1");
    OK(scim_sync_task_add(db, "google", "user", "y1", p));
    add(database, "user", "u2");
    OK(scim_sync_task_list(db, &tasks, &store_any_task, 0, 10, p));
    for (int i = 0; i < 3; i++) {
        OK(scim_sync_task_park(db, APR_ARRAY_IDX(tasks, i, scim_sync_task_t *),
                               i == 0 ? &store_refusal : &forbidden, p));
    }
}

/* Subjects of the tasks that match, in their order. */
static const char *matching(const database_t *database, scim_sync_task_filter_t filter)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *tasks;
    const char *text = "";

    OK(scim_sync_task_list(database->db, &tasks, &filter, 0, 100, p));
    for (int i = 0; i < tasks->nelts; i++) {
        text = apr_pstrcat(p, text, i > 0 ? " " : "",
                           APR_ARRAY_IDX(tasks, i, scim_sync_task_t *)->subject, NULL);
    }
    return text;
}

#define MATCHING(...) matching(database, (scim_sync_task_filter_t) { __VA_ARGS__ })

static void test_filters(void **state)
{
    database_t *database = idps(state);

    park_some(database);
    assert_string_equal(MATCHING(.status = -1), "u1 g1 y1 u2");
    assert_string_equal(MATCHING(.status = -1, .state = "failed"), "u1 g1 y1");
    assert_string_equal(MATCHING(.status = -1, .state = "waiting"), "u2");
    assert_string_equal(MATCHING(.status = -1, .kind = "group"), "g1");
    assert_string_equal(MATCHING(.status = -1, .site = "second"), "y1");
    assert_string_equal(MATCHING(.status = -1, .idp = "okta"), "u1 g1 u2");
    assert_string_equal(MATCHING(.status = -1, .subject = "u2"), "u2");
    assert_string_equal(MATCHING(.status = -1, .class = "person"), "u1 g1 y1");
    assert_string_equal(MATCHING(.status = 403), "g1 y1");
    assert_string_equal(MATCHING(.status = 0), "u2");
    assert_string_equal(MATCHING(.status = 403, .site = "main", .state = "failed"), "g1");
    assert_string_equal(MATCHING(.status = 403, .kind = "user", .idp = "okta"), "");
}

static void test_many_are_retried_by_what_they_have_in_common(void **state)
{
    const scim_sync_task_filter_t forbidden = { .state = "failed", .site = "main", .status = 403 };
    const scim_sync_task_filter_t failed = { .state = "failed", .status = -1 };
    database_t *database = idps(state);
    int count;

    park_some(database);
    /* What is retried is due from now on, which must not be the millisecond when this one was. */
    database_run(database->db, "UPDATE task SET next_at = next_at - 1000 WHERE subject = 'u2'",
                 database->pool);
    OK(scim_sync_task_retry_all(database->db, &forbidden, &count, database->pool));
    assert_int_equal(count, 1);
    assert_string_equal(MATCHING(.status = -1, .state = "failed"), "u1 y1");
    OK(scim_sync_task_retry_all(database->db, &failed, &count, database->pool));
    assert_int_equal(count, 2);
    assert_string_equal(due(database), "group:g1/2 user:u2/1 user:u1/2");
    OK(scim_sync_task_retry_all(database->db, &failed, &count, database->pool));
    assert_int_equal(count, 0);
}

static void test_only_what_is_parked_can_be_discarded(void **state)
{
    database_t *database = idps(state);
    apr_pool_t *p = database->pool;
    scim_sync_task_t *t;
    int found;

    add(database, "user", "u1");
    t = the_task(database);
    OK(scim_sync_task_discard(database->db, t->id, "x", &found, p));
    assert_int_equal(found, 0);
    OK(scim_sync_task_park(database->db, t, &store_refusal, p));
    OK(scim_sync_task_load(database->db, &t, t->id, p));
    assert_string_equal(t->state, "failed");
    assert_string_equal(t->name, "u1");
    OK(scim_sync_task_discard(database->db, t->id, "x", &found, p));
    assert_int_equal(found, 1);
    OK(scim_sync_task_load(database->db, &t, t->id, p));
    assert_null(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_groups_come_before_users),
        DATABASE_TESTS(test_twins_are_merged),
        DATABASE_TESTS(test_done_goes_unless_it_was_said_again),
        DATABASE_TESTS(test_a_delayed_task_waits),
        DATABASE_TESTS(test_news_make_a_delayed_or_parked_task_due),
        DATABASE_TESTS(test_an_old_run_does_not_put_news_off),
        DATABASE_TESTS(test_parked_until_a_person_retries),
        DATABASE_TESTS(test_hurry_ends_the_waiting_only),
        DATABASE_TESTS(test_what_waits_is_told_why),
        DATABASE_TESTS(test_a_paused_idp_waits),
        DATABASE_TESTS(test_members_of_a_group),
        DATABASE_TESTS(test_people_below_a_group),
        DATABASE_TESTS(test_groups_of_somebody_are_hurried),
        DATABASE_TESTS(test_default_groups_are_part_of_everything),
        DATABASE_TESTS(test_what_stands_for_a_group_of_jira),
        DATABASE_TESTS(test_everything_of_an_idp),
        DATABASE_TESTS(test_pages_for_people),
        cmocka_unit_test(test_a_failure_has_a_class),
        DATABASE_TESTS(test_a_task_tells_since_when_it_fails),
        DATABASE_TESTS(test_filters),
        DATABASE_TESTS(test_many_are_retried_by_what_they_have_in_common),
        DATABASE_TESTS(test_only_what_is_parked_can_be_discarded),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

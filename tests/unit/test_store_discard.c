/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of what the guard holds: discarded, looked at anew, without anything to take. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/guard.h"
#include "store/link.h"
#include "store/resource.h"
#include "store/task.h"

#define WORDS "discarded by jane on 2026-11-22T16:00:00.000Z"

static const scim_sync_guard_trip_t trip = {
    .idp = "okta", .site = "main", .kind = "deactivations", .window = 3600000, .detail = "too many"
};
static const scim_sync_outcome_t held = { .verdict = SCIM_SYNC_GUARDED, .detail = "held" };

/* Somebody who has an account, and a task. */
static void person(const database_t *database, const char *idp, const char *id, int active)
{
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *account = apr_pstrcat(p, "a-", id, NULL);

    store_user(db, idp, id, apr_pstrcat(p, id, "@example.com", NULL), active, p);
    OK(scim_sync_held_put_link(db, "main", id, "user", account, p));
    OK(scim_sync_task_add(db, idp, "user", id, p));
}

static scim_sync_task_t *task_of(const database_t *database, const char *subject)
{
    const scim_sync_task_filter_t filter = { .subject = subject, .site = "main", .status = -1 };
    apr_array_header_t *tasks;

    OK(scim_sync_task_list(database->db, &tasks, &filter, 0, 1, database->pool));
    return tasks->nelts ? APR_ARRAY_IDX(tasks, 0, scim_sync_task_t *) : NULL;
}

/* Two leavers, held; and one who stays. */
static database_t *tripped(void **state)
{
    database_t *database = store_of(state);
    const char *const leavers[] = { "u1", "u2" };
    int first;
    int i;

    store_site(database->db, "other", database->pool);
    store_idp(database->db, "okta", "main other", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    person(database, "okta", "stays", 1);
    OK(scim_sync_guard_trip(database->db, &trip, &first, database->pool));
    for (i = 0; i < 2; i++) {
        person(database, "okta", leavers[i], 0);
        OK(scim_sync_task_hold(database->db, task_of(database, leavers[i]), "okta", "deactivations",
                               "devs", " g ", &held, database->pool));
    }
    return database;
}

static const char *tasks(const database_t *database)
{
    return store_column(database->db,
                        "SELECT subject || '=' || state FROM task WHERE site = 'main'"
                        " ORDER BY subject",
                        database->pool);
}

static const char *why(const database_t *database)
{
    const scim_sync_guard_count_t count = { "okta", "main", "deactivations", 3600000 };
    const char *detail;

    OK(scim_sync_guard_tripped(database->db, &detail, &count, database->pool));
    return detail;
}

static void set_state(const database_t *database, const char *state)
{
    const scim_sync_idp_t idp = { .name = "okta", .provider = "okta", .state = state };

    OK(scim_sync_idp_update(database->db, &idp, database->pool));
}

/* It ends by what the IdP says anew, and by a person; not by the way. */
static void test_a_discard_lasts(void **state)
{
    database_t *database = tripped(state);
    const scim_sync_task_filter_t failed = { .state = "failed", .status = -1 };
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_decision_t decision;
    int count;

    OK(scim_sync_guard_discard(db, &trip, WORDS, &count, p));
    OK(scim_sync_task_retry_site(db, "main", NULL, p));
    OK(scim_sync_task_retry_all(db, &failed, &count, p));
    assert_string_equal(tasks(database), "stays=waiting u1=discarded u2=discarded");
    OK(scim_sync_task_add_all(db, "okta", NULL, p));
    OK(scim_sync_task_add_linked(db, "main", "a-u1", p));
    OK(scim_sync_task_retry_idp(db, "okta", p));
    assert_string_equal(tasks(database), "stays=waiting u1=waiting u2=waiting");
    OK(scim_sync_task_decision(db, task_of(database, "u1"), &decision, "a-u1", 1, p));
    assert_string_equal(decision.words, WORDS);
    OK(scim_sync_task_keep(db, task_of(database, "u1"), "devs", "kept", p));
    assert_string_equal(tasks(database), "stays=waiting u1=discarded u2=waiting");
    OK(scim_sync_task_add(db, "okta", "user", "u2", p));
    assert_null(task_of(database, "u2")->discarded);
    OK(scim_sync_task_retry(db, task_of(database, "u1")->id, &count, p));
    OK(scim_sync_task_decision(db, task_of(database, "u1"), &decision, "a-u1", 1, p));
    assert_null(decision.words);
}

/* What is discarded of one user, another user's task of the same account doesn't take. */
static void test_a_discard_is_seen_beside(void **state)
{
    database_t *database = tripped(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_decision_t decision;
    int count;

    person(database, "entra", "twin", 0);
    OK(scim_sync_held_put_link(db, "main", "twin", "user", "a-u1", p));
    OK(scim_sync_guard_discard(db, &trip, WORDS, &count, p));
    OK(scim_sync_task_decision(db, task_of(database, "twin"), &decision, "a-u1", 1, p));
    assert_string_equal(decision.words, WORDS);
    assert_null(task_of(database, "twin")->discarded);
    OK(scim_sync_task_decision(db, task_of(database, "twin"), &decision, NULL, 1, p));
    assert_null(decision.words);
    /* Who left after it is somebody else's news; of one who stays, groups are kept. */
    database_run(db, "UPDATE jira_link SET left_at = {now} + 1 WHERE resource = 'twin'", p);
    OK(scim_sync_task_decision(db, task_of(database, "twin"), &decision, "a-u1", 1, p));
    assert_null(decision.words);
    OK(scim_sync_task_decision(db, task_of(database, "twin"), &decision, "a-u1", 0, p));
    assert_string_equal(decision.words, WORDS);
    /* That one is no reason to keep the first one. */
    OK(scim_sync_task_keep(db, task_of(database, "twin"), "devs", "kept", p));
    OK(scim_sync_task_add(db, "okta", "user", "u1", p));
    OK(scim_sync_task_decision(db, task_of(database, "u1"), &decision, "a-u1", 1, p));
    assert_null(decision.words);
}

/* The same of groups that stand for one in Jira: who leaves it is held, or kept, for all of them. */
static void test_a_decision_is_seen_beside_of_a_group(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_decision_t decision;
    int count;

    store_idp(db, "okta", "main", p);
    store_idp(db, "entra", "main", p);
    for (int i = 0; i < 2; i++) {
        static const char *const ids[] = { "g1", "g2" };
        const scim_sync_link_t link = { .name = ids[i], .group_id = "j" };

        store_group(db, i ? "entra" : "okta", ids[i], "devs", p);
        OK(scim_sync_link_put(db, "main", ids[i], &link, p));
        OK(scim_sync_task_add(db, i ? "entra" : "okta", "group", ids[i], p));
    }
    OK(scim_sync_task_hold(db, task_of(database, "g1"), "okta", "memberships", "eve in devs",
                           " j/eve ", &held, p));
    OK(scim_sync_task_decision(db, task_of(database, "g2"), &decision, "j", 0, p));
    assert_string_equal(decision.held_idp, "okta");
    assert_string_equal(decision.held_by, "memberships");
    assert_true(scim_sync_task_covers(decision.held, "j/eve", p));
    OK(scim_sync_task_decision(db, task_of(database, "g2"), &decision, "another", 0, p));
    assert_null(decision.held_idp);
    OK(scim_sync_task_discard(db, task_of(database, "g1")->id, WORDS, &count, p));
    OK(scim_sync_task_decision(db, task_of(database, "g2"), &decision, "j", 0, p));
    assert_string_equal(decision.words, WORDS);
    assert_true(scim_sync_task_covers(decision.kept, "j/eve", p));
    assert_false(decision.own);
    assert_int_equal(decision.beside, task_of(database, "g1")->id);
}

/* A decision is about ids: what was held then, and what of others is held still. */
static void test_a_decision_is_about_ids(void **state)
{
    static const scim_sync_outcome_t guarded = { .verdict = SCIM_SYNC_GUARDED, .detail = "held" };
    database_t *database = tripped(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    scim_sync_decision_t decision;
    int count;

    person(database, "entra", "twin", 0);
    OK(scim_sync_held_put_link(db, "main", "twin", "user", "a-u1", p));
    OK(scim_sync_task_hold(db, task_of(database, "u1"), "okta", "deactivations", "devs", " g ",
                           &guarded, p));
    OK(scim_sync_task_decision(db, task_of(database, "twin"), &decision, "a-u1", 0, p));
    assert_string_equal(decision.held_idp, "okta");
    assert_true(scim_sync_task_covers(decision.held, "g", p));
    assert_false(scim_sync_task_covers(decision.held, "h", p));
    assert_false(scim_sync_task_covers(decision.held, NULL, p));
    assert_true(scim_sync_task_covers(SCIM_SYNC_TASK_SPARES_ALL, NULL, p));
    OK(scim_sync_task_release(db, task_of(database, "u1")->id, &count, p));
    OK(scim_sync_task_decision(db, task_of(database, "u1"), &decision, "a-u1", 0, p));
    assert_int_equal(decision.released, SCIM_SYNC_PASSES_RELEASED);
    assert_string_equal(decision.passes, " g ");
    /* What is held then, and discarded, is kept besides what was before. */
    OK(scim_sync_task_hold(db, task_of(database, "u1"), "okta", "deactivations", "ops", " h ",
                           &guarded, p));
    assert_int_equal(task_of(database, "u1")->released, SCIM_SYNC_PASSES_NOTHING);
    OK(scim_sync_task_discard(db, task_of(database, "u1")->id, WORDS, &count, p));
    OK(scim_sync_task_hold(db, task_of(database, "u1"), "okta", "deactivations", "all", " i ",
                           &guarded, p));
    OK(scim_sync_task_decision(db, task_of(database, "u1"), &decision, "a-u1", 0, p));
    assert_true(decision.own);
    assert_string_equal(decision.kept, " h ");
    OK(scim_sync_task_discard(db, task_of(database, "u1")->id, WORDS, &count, p));
    OK(scim_sync_task_decision(db, task_of(database, "u1"), &decision, "a-u1", 0, p));
    assert_string_equal(decision.kept, " h  i ");
}

/* Who holds the task of another one for the sake of whose news waits for nobody. */
static void test_nothing_waits_in_a_circle(void **state)
{
    static const struct {
        const char *guard_idp; /* of u1, which is okta's and the older one */
        const char *twins;     /* of the other one */
        const char *u1_waits;  /* for whose guard */
        const char *twin_waits;
    } rows[] = {
        { "okta", "okta", NULL, "okta" },     { "entra", "entra", "entra", NULL },
        { "okta", "entra", "entra", "okta" }, { "entra", "okta", NULL, NULL },
        { "third", "third", NULL, "third" },  { "third", NULL, NULL, "third" },
        { NULL, "third", NULL, NULL },
    };
    static const char put[] = "UPDATE task SET state = 'held', guard = 'memberships',"
                              " spared = ' g ', guard_idp = %s WHERE subject = %s";
    database_t *database = tripped(state);
    apr_pool_t *p = database->pool;

    person(database, "entra", "twin", 0);
    OK(scim_sync_held_put_link(database->db, "main", "twin", "user", "a-u1", p));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        scim_sync_decision_t one;
        scim_sync_decision_t other;

        OK(scim_sync_db_exec(database->db, NULL, put,
                             DB_ARGS(DB_TEXT(rows[i].guard_idp), DB_TEXT("u1")), p));
        OK(scim_sync_db_exec(database->db, NULL, put,
                             DB_ARGS(DB_TEXT(rows[i].twins), DB_TEXT("twin")), p));
        OK(scim_sync_task_decision(database->db, task_of(database, "u1"), &one, "a-u1", 0, p));
        OK(scim_sync_task_decision(database->db, task_of(database, "twin"), &other, "a-u1", 0, p));
        assert_string_equal(one.held_idp ? one.held_idp : "",
                            rows[i].u1_waits ? rows[i].u1_waits : "");
        assert_string_equal(other.held_idp ? other.held_idp : "",
                            rows[i].twin_waits ? rows[i].twin_waits : "");
    }
}

static void test_looked_at_anew(void **state)
{
    database_t *database = tripped(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    OK(scim_sync_task_look_anew(db, "main", "a-u1", "u1", p));
    OK(scim_sync_task_look_anew(db, "main", "a-stays", "", p));
    assert_string_equal(tasks(database), "stays=waiting u1=held u2=held");
    OK(scim_sync_task_look_anew(db, "main", "a-u1", "twin", p));
    assert_string_equal(tasks(database), "stays=waiting u1=waiting u2=held");
    /* Meanwhile the guard holds it. */
    assert_string_equal(task_of(database, "u1")->guard_idp, "okta");
    set_state(database, "paused");
    OK(scim_sync_task_look_anew_site(db, "main", p));
    assert_string_equal(tasks(database), "stays=waiting u1=waiting u2=held");
    set_state(database, "live");
    OK(scim_sync_task_look_anew_site(db, "main", p));
    assert_string_equal(tasks(database), "stays=waiting u1=waiting u2=waiting");
}

/* A count has ended when the last one of its tasks has gone, and not while one is looked at. */
static void test_nothing_is_held_any_more(void **state)
{
    database_t *database = tripped(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    int again;

    OK(scim_sync_task_done(db, task_of(database, "u1"), &again, p));
    OK(scim_sync_task_look_anew_site(db, "main", p));
    OK(scim_sync_guard_settle(db, "main", "provisioner", p));
    assert_non_null(why(database));
    OK(scim_sync_task_done(db, task_of(database, "u2"), &again, p));
    OK(scim_sync_guard_settle(db, "other", "provisioner", p));
    assert_non_null(why(database));
    OK(scim_sync_guard_settle(db, "main", "provisioner", p));
    assert_null(why(database));
}

/* How many match, by state. */
static int found(const database_t *database, const char *state)
{
    const scim_sync_task_filter_t filter = { .state = state, .subject = "u1", .status = -1 };
    apr_array_header_t *list;

    OK(scim_sync_task_list(database->db, &list, &filter, 0, 10, database->pool));
    return list->nelts;
}

/* Of one task a part is held or discarded, and something else has failed, or waits. */
static void test_a_part_of_a_task(void **state)
{
    database_t *database = tripped(state);
    const scim_sync_outcome_t later = { .verdict = SCIM_SYNC_RETRY, .status = 503 };
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_int64_t id = task_of(database, "u1")->id;
    int count;

    OK(scim_sync_task_fail(db, task_of(database, "u1"), &store_refusal, p));
    assert_string_equal(tasks(database), "stays=waiting u1=failed u2=held");
    assert_int_equal(found(database, SCIM_SYNC_TASK_HELD), 1);
    assert_int_equal(found(database, SCIM_SYNC_TASK_FAILED), 1);
    assert_int_equal(found(database, SCIM_SYNC_TASK_DISCARDED), 0);
    OK(scim_sync_task_delay(db, task_of(database, "u1"), 9000, &later, p));
    assert_string_equal(tasks(database), "stays=waiting u1=waiting u2=held");
    assert_string_equal(task_of(database, "u1")->guard, "deactivations");
    OK(scim_sync_task_fail(db, task_of(database, "u1"), &store_refusal, p));
    /* What is held is discarded, and the rest looked at anew; then that is discarded, too. */
    OK(scim_sync_task_discard(db, id, WORDS, &count, p));
    assert_string_equal(tasks(database), "stays=waiting u1=waiting u2=held");
    OK(scim_sync_task_fail(db, task_of(database, "u1"), &store_refusal, p));
    assert_int_equal(found(database, SCIM_SYNC_TASK_DISCARDED), 1);
    OK(scim_sync_task_retry(db, id, &count, p));
    assert_string_equal(task_of(database, "u1")->discarded, WORDS);
    OK(scim_sync_task_fail(db, task_of(database, "u1"), &store_refusal, p));
    OK(scim_sync_task_discard(db, id, WORDS, &count, p));
    assert_int_equal(count, 1);
    assert_string_equal(tasks(database), "stays=waiting u1=discarded u2=held");
    /* In the end all of it is parked alone. */
    OK(scim_sync_task_park(db, task_of(database, "u1"), &store_refusal, p));
    assert_int_equal(found(database, SCIM_SYNC_TASK_DISCARDED), 0);
}

static void test_a_retry_of_what_was_discarded(void **state)
{
    database_t *database = tripped(state);
    const scim_sync_task_filter_t all = { .state = SCIM_SYNC_TASK_DISCARDED, .status = -1 };
    int count;

    OK(scim_sync_guard_discard(database->db, &trip, WORDS, &count, database->pool));
    OK(scim_sync_task_fail(database->db, task_of(database, "u1"), &store_refusal, database->pool));
    OK(scim_sync_task_retry_all(database->db, &all, &count, database->pool));
    assert_int_equal(count, 2);
    assert_null(task_of(database, "u1")->discarded);
    assert_null(task_of(database, "u2")->discarded);
}

static void test_names_outlive_people(void **state)
{
    database_t *database = tripped(state);

    assert_string_equal(task_of(database, "u1")->name, "u1");
    OK(scim_sync_resource_delete(database->db, "u1", database->pool));
    assert_string_equal(task_of(database, "u1")->name, "u1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_discard_lasts),
        DATABASE_TESTS(test_a_discard_is_seen_beside),
        DATABASE_TESTS(test_a_decision_is_seen_beside_of_a_group),
        DATABASE_TESTS(test_a_decision_is_about_ids),
        DATABASE_TESTS(test_nothing_waits_in_a_circle),
        DATABASE_TESTS(test_looked_at_anew),
        DATABASE_TESTS(test_nothing_is_held_any_more),
        DATABASE_TESTS(test_a_part_of_a_task),
        DATABASE_TESTS(test_a_retry_of_what_was_discarded),
        DATABASE_TESTS(test_names_outlive_people),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard holds, and what becomes of that. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/guard.h"
#include "store/link.h"
#include "store/resource.h"

#define HOUR          3600000
#define DEACTIVATIONS (&(scim_sync_guard_count_t) { "okta", "main", "deactivations", HOUR })

static const scim_sync_guard_trip_t trip = { .idp = "okta",
                                             .site = "main",
                                             .kind = "deactivations",
                                             .counted = 11,
                                             .most = 10,
                                             .window = HOUR,
                                             .detail = "too many" };
static const scim_sync_outcome_t held = { .verdict = SCIM_SYNC_GUARDED, .detail = "held" };

static database_t *idps(void **state)
{
    database_t *database = store_of(state);

    store_site(database->db, "other", database->pool);
    store_idp(database->db, "okta", "main other", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return database;
}

/* ---- held ---- */

#define WORDS "discarded by jane on 2026-11-22T16:00:00.000Z"

static scim_sync_task_t *task_of(const database_t *database, const char *subject)
{
    const scim_sync_task_filter_t filter = { .subject = subject, .site = "main", .status = -1 };
    apr_array_header_t *tasks;

    OK(scim_sync_task_list(database->db, &tasks, &filter, 0, 1, database->pool));
    return tasks->nelts ? APR_ARRAY_IDX(tasks, 0, scim_sync_task_t *) : NULL;
}

static void hold(const database_t *database, const char *subject)
{
    OK(scim_sync_task_hold(database->db, task_of(database, subject), "okta", "deactivations",
                           "devs", " g ", &held, database->pool));
}

/* Two leavers, held; and one who stays. */
static database_t *tripped(void **state)
{
    database_t *database = idps(state);
    int first;

    store_person(database, "okta", "u1", 0);
    store_person(database, "okta", "u2", 0);
    store_person(database, "okta", "stays", 1);
    OK(scim_sync_guard_trip(database->db, &trip, &first, database->pool));
    assert_int_equal(first, 1);
    hold(database, "u1");
    hold(database, "u2");
    return database;
}

/* The tasks at "main" by subject: "state/released". */
static const char *tasks(const database_t *database)
{
    return store_column(database->db,
                        "SELECT subject || '=' || state || '/' || released FROM task"
                        " WHERE site = 'main' ORDER BY subject",
                        database->pool);
}

static const char *why(const database_t *database)
{
    const char *detail;

    OK(scim_sync_guard_tripped(database->db, &detail, DEACTIVATIONS, database->pool));
    return detail;
}

static void test_it_trips_once(void **state)
{
    database_t *database = tripped(state);
    apr_array_header_t *list;
    int first;

    OK(scim_sync_guard_trip(database->db, &trip, &first, database->pool));
    assert_int_equal(first, 0);
    assert_string_equal(why(database), "too many");
    OK(scim_sync_guard_list(database->db, &list, "okta", NULL, NULL, database->pool));
    assert_int_equal(list->nelts, 1);
    assert_int_equal(APR_ARRAY_IDX(list, 0, scim_sync_guard_trip_t *)->held, 2);
    assert_int_equal(APR_ARRAY_IDX(list, 0, scim_sync_guard_trip_t *)->most, 10);
    OK(scim_sync_guard_list(database->db, &list, "entra", NULL, NULL, database->pool));
    assert_int_equal(list->nelts, 0);
    OK(scim_sync_guard_list(database->db, &list, NULL, "other", NULL, database->pool));
    assert_int_equal(list->nelts, 0);
    OK(scim_sync_guard_list(database->db, &list, NULL, NULL, "memberships", database->pool));
    assert_int_equal(list->nelts, 0);
}

static void test_a_held_task_waits_for_a_decision(void **state)
{
    database_t *database = tripped(state);
    const scim_sync_task_t *t = task_of(database, "u1");
    apr_array_header_t *due;

    assert_string_equal(tasks(database), "stays=waiting/0 u1=held/0 u2=held/0");
    assert_string_equal(t->class, "guard");
    assert_string_equal(t->detail, "held");
    assert_int_not_equal(t->failed_since, 0);
    OK(scim_sync_task_retry_site(database->db, "main", NULL, database->pool));
    OK(scim_sync_task_hurry_site(database->db, "main", database->pool));
    OK(scim_sync_task_due(database->db, &due, "main", 10, database->pool));
    assert_int_equal(due->nelts, 1);
    /* But what the IdP says anew is looked at anew. */
    OK(scim_sync_task_add(database->db, "okta", "user", "u1", database->pool));
    assert_string_equal(tasks(database), "stays=waiting/0 u1=waiting/0 u2=held/0");
    assert_null(task_of(database, "u1")->class);
}

static const char *holds(const database_t *database)
{
    const char *text;

    OK(scim_sync_guard_holds(database->db, &text, &trip, database->pool));
    return text;
}

static void test_what_it_holds_is_a_text_of_its_own(void **state)
{
    database_t *database = tripped(state);
    const char *two = holds(database);
    const char *one;
    int count;

    assert_string_equal(holds(database), two);
    /* Another count's, or nobody's, is no matter. */
    OK(scim_sync_task_hold(database->db, task_of(database, "stays"), "entra", "deactivations",
                           "devs", " g ", &held, database->pool));
    assert_string_equal(holds(database), two);
    OK(scim_sync_task_release(database->db, task_of(database, "u1")->id, &count, database->pool));
    one = holds(database);
    assert_string_not_equal(one, two);
    hold(database, "stays");
    assert_string_not_equal(holds(database), one);
    assert_string_not_equal(holds(database), two);
    OK(scim_sync_guard_release(database->db, &trip, &count, database->pool));
    assert_string_equal(holds(database), "0 0 0");
}

static void test_released(void **state)
{
    database_t *database = tripped(state);
    int count;

    store_take(database, DEACTIVATIONS, "u0", "");
    OK(scim_sync_guard_release(database->db, &trip, &count, database->pool));
    assert_int_equal(count, 2);
    assert_string_equal(tasks(database), "stays=waiting/0 u1=waiting/2 u2=waiting/2");
    assert_null(why(database));
    assert_int_equal(store_taken(database, DEACTIVATIONS), 0);
    /* That passes until it is done, or a person must look; what news takes besides does not. */
    OK(scim_sync_task_add(database->db, "okta", "user", "u1", database->pool));
    assert_int_equal(task_of(database, "u1")->released, SCIM_SYNC_PASSES_BEFORE);
    OK(scim_sync_task_park(database->db, task_of(database, "u1"), &store_refusal, database->pool));
    assert_int_equal(task_of(database, "u1")->released, 0);
}

static void test_discarded(void **state)
{
    database_t *database = tripped(state);
    int count;

    store_take(database, DEACTIVATIONS, "u0", "");
    OK(scim_sync_guard_discard(database->db, &trip, WORDS, &count, database->pool));
    assert_int_equal(count, 2);
    assert_string_equal(tasks(database), "stays=waiting/0 u1=discarded/0 u2=discarded/0");
    assert_string_equal(task_of(database, "u1")->detail,
                        WORDS ": keeps devs; a retry takes it away after all");
    assert_null(why(database));
    assert_int_equal(store_taken(database, DEACTIVATIONS), 1);
}

static void test_one_task(void **state)
{
    database_t *database = tripped(state);
    apr_pool_t *p = database->pool;
    int found;

    OK(scim_sync_task_release(database->db, task_of(database, "stays")->id, &found, p));
    assert_int_equal(found, 0);
    OK(scim_sync_task_release(database->db, task_of(database, "u1")->id, &found, p));
    assert_int_equal(found, 1);
    OK(scim_sync_task_discard(database->db, task_of(database, "u1")->id, WORDS, &found, p));
    assert_int_equal(found, 0);
    OK(scim_sync_task_discard(database->db, task_of(database, "u2")->id, WORDS, &found, p));
    assert_int_equal(found, 1);
    assert_string_equal(tasks(database), "stays=waiting/0 u1=waiting/2 u2=discarded/0");
    OK(scim_sync_task_discard(database->db, task_of(database, "u2")->id, WORDS, &found, p));
    assert_int_equal(found, 0);
    OK(scim_sync_task_release(database->db, task_of(database, "u2")->id, &found, p));
    assert_int_equal(found, 1);
    assert_string_equal(tasks(database), "stays=waiting/0 u1=waiting/2 u2=waiting/2");
    assert_non_null(why(database));
}

/* "subject/idp" of the tasks of others who stand for the account. */
static const char *beside(const database_t *database, const char *account, const char *subject)
{
    apr_array_header_t *tasks;
    apr_array_header_t *texts = apr_array_make(database->pool, 2, sizeof(const char *));

    OK(scim_sync_guard_beside(database->db, &tasks, "main", account, subject, database->pool));
    for (int i = 0; i < tasks->nelts; i++) {
        const scim_sync_guard_beside_t *task = &APR_ARRAY_IDX(tasks, i, scim_sync_guard_beside_t);

        APR_ARRAY_PUSH(texts, const char *) =
            apr_pstrcat(database->pool, task->subject, "/", task->idp, NULL);
    }
    return apr_array_pstrcat(database->pool, texts, ' ');
}

static void test_what_is_told_beside(void **state)
{
    database_t *database = tripped(state);

    assert_string_equal(beside(database, "a-u1", "twin"), "u1/okta");
    assert_string_equal(beside(database, "a-u1", "u1"), "");
    assert_string_equal(beside(database, "a-stays", "x"), "stays/okta");
    database_run(database->db, "DELETE FROM task WHERE subject = 'stays'", database->pool);
    assert_string_equal(beside(database, "a-stays", "x"), "");
}

/* The IdPs that may have put people into a group. */
static const char *givers(const database_t *database, const char *group_id, int *unknown)
{
    apr_array_header_t *idps;

    OK(scim_sync_guard_givers(database->db, &idps, unknown, "main", group_id, database->pool));
    return apr_array_pstrcat(database->pool, idps, ' ');
}

static void test_who_may_have_given_a_membership(void **state)
{
    const scim_sync_link_t link = { .name = "devs", .group_id = "j" };
    database_t *database = tripped(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    int unknown;

    store_group(db, "okta", "g1", "devs", p);
    assert_string_equal(givers(database, "j", &unknown), "");
    OK(scim_sync_link_put(db, "main", "g1", &link, p));
    assert_string_equal(givers(database, "j", &unknown), "okta");
    assert_string_equal(givers(database, "k", &unknown), "");
    /* As long as there is work of it, it is known whose it was. */
    OK(scim_sync_task_add(db, "okta", "group", "g1", p));
    OK(scim_sync_resource_delete(db, "g1", p));
    assert_string_equal(givers(database, "j", &unknown), "okta");
    assert_false(unknown);
    database_run(db, "DELETE FROM task WHERE kind = 'group'", p);
    assert_string_equal(givers(database, "j", &unknown), "");
    assert_true(unknown);
    OK(scim_sync_link_drop(db, "main", "g1", "devs", p));
    OK(scim_sync_guard_gave(db, "okta", "main", "j", p));
    OK(scim_sync_guard_gave(db, "okta", "main", "j", p));
    assert_string_equal(givers(database, "j", &unknown), "okta");
    assert_false(unknown);
    database_run(db, "UPDATE jira_gave SET at = at - 604800000", p);
    assert_string_equal(givers(database, "j", &unknown), "");
    OK(scim_sync_guard_gave(db, "okta", "main", "k", p));
    assert_string_equal(store_column(db, "SELECT group_id FROM jira_gave", p), "k");
}

/* Its default groups have no other key than its name. */
static void test_a_deleted_idp_gave_its_default_groups(void **state)
{
    const scim_sync_link_t link = { .name = "staff", .group_id = "j" };
    database_t *database = tripped(state);
    int unknown;

    OK(scim_sync_link_put(database->db, "main", "default:okta", &link, database->pool));
    assert_string_equal(givers(database, "j", &unknown), "okta");
    OK(scim_sync_idp_delete(database->db, "okta", 0, database->pool));
    assert_string_equal(givers(database, "j", &unknown), "deleted:okta");
}

/* An administrator has said what becomes of the access: nothing is left to be decided. */
static void test_an_idp_ends(void **state)
{
    database_t *database = tripped(state);

    OK(scim_sync_idp_leave(database->db, "okta", "main", 0, database->pool));
    assert_string_equal(tasks(database), "stays=waiting/1 u1=waiting/1 u2=waiting/1");
    assert_null(why(database));
}

static void test_an_idp_ends_and_access_stays(void **state)
{
    database_t *database = tripped(state);

    store_person(database, "entra", "twin", 0);
    OK(scim_sync_task_hold(database->db, task_of(database, "twin"), "okta", "deactivations", "devs",
                           " g ", &held, database->pool));
    OK(scim_sync_resource_delete(database->db, "u1", database->pool));
    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    assert_string_equal(tasks(database), "twin=waiting/0");
    assert_null(why(database));
}

static void test_turned_off(void **state)
{
    database_t *database = tripped(state);

    OK(scim_sync_guard_off(database->db, "entra", database->pool));
    assert_non_null(why(database));
    OK(scim_sync_guard_off(database->db, "okta", database->pool));
    assert_null(why(database));
    assert_string_equal(tasks(database), "stays=waiting/0 u1=waiting/0 u2=waiting/0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_it_trips_once),
        DATABASE_TESTS(test_a_held_task_waits_for_a_decision),
        DATABASE_TESTS(test_what_it_holds_is_a_text_of_its_own),
        DATABASE_TESTS(test_released),
        DATABASE_TESTS(test_discarded),
        DATABASE_TESTS(test_one_task),
        DATABASE_TESTS(test_what_is_told_beside),
        DATABASE_TESTS(test_an_idp_ends),
        DATABASE_TESTS(test_an_idp_ends_and_access_stays),
        DATABASE_TESTS(test_turned_off),
        DATABASE_TESTS(test_who_may_have_given_a_membership),
        DATABASE_TESTS(test_a_deleted_idp_gave_its_default_groups),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

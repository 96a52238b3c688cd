/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an IdP: who left and still has access, and what is left to be done under which name. */
#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/guard.h"
#include "store/link.h"
#include "store/resource.h"
#include "store/told.h"

/* Somebody in g1 at a site, by us; the account is called after the user. */
static void join(const database_t *database, const char *site, const char *id)
{
    apr_pool_t *p = database->pool;
    const scim_sync_held_account_t account = { .account_id = apr_pstrcat(p, "a-", id, NULL),
                                               .email = apr_pstrcat(p, id, "@example.com", NULL),
                                               .groups_read = 1 };

    OK(scim_sync_held_put_account(database->db, site, &account, p));
    OK(scim_sync_held_put_link(database->db, site, id, "user", account.account_id, p));
    OK(scim_sync_held_put_member(database->db, site, "g1", account.account_id, SCIM_SYNC_HELD_OURS,
                                 p));
}

static void tell(const database_t *database, const char *id, int active)
{
    apr_pool_t *p = database->pool;

    store_user(database->db, "okta", id, apr_pstrcat(p, id, "@example.com", NULL), active, p);
    join(database, "main", id);
    OK(scim_sync_task_add(database->db, "okta", "user", id, p));
}

static void run(const database_t *database, const char *sql)
{
    database_run(database->db, sql, database->pool);
}

static const char *column(const database_t *database, const char *sql)
{
    return store_column(database->db, sql, database->pool);
}

/* Okta feeds two sites; at main Ann stays, Ben is inactive, and Cy is deleted. */
static database_t *three(void **state)
{
    database_t *database = store_of(state);

    store_site(database->db, "second", database->pool);
    store_idp(database->db, "okta", "main second", database->pool);
    tell(database, "ann", 1);
    tell(database, "ben", 0);
    tell(database, "cy", 1);
    OK(scim_sync_resource_delete(database->db, "cy", database->pool));
    run(database, "DELETE FROM task WHERE site = 'second'");
    return database;
}

/* site NULL: all of okta's. */
static apr_array_header_t *leavers_of(const database_t *database, const char *site)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *sites;
    apr_array_header_t *list;

    OK(scim_sync_idp_hold_sites(database->db, &sites, "okta", p));
    OK(scim_sync_idp_leavers(database->db, &list, "okta", site ? store_sites(site, p) : sites, p));
    return list;
}

static const char *leavers(const database_t *database, const char *site)
{
    apr_pool_t *p = database->pool;
    const apr_array_header_t *list = leavers_of(database, site);
    const char *text = "";

    for (int i = 0; i < list->nelts; i++) {
        const scim_sync_idp_leaver_t *l = &APR_ARRAY_IDX(list, i, scim_sync_idp_leaver_t);

        text = apr_psprintf(p, "%s%s%s:%s:%s%s%s%s%s%s", text, *text ? " " : "", l->site,
                            l->subject, l->name, l->gone ? ":gone" : "", l->active ? ":active" : "",
                            l->given ? "" : ":adopted", l->in_groups ? "" : ":nowhere",
                            l->discarded ? ":discarded" : "");
    }
    return text;
}

#define BOTH "main:ben:ben main:cy:cy@example.com:gone"

static void test_who_is_leaving(void **state)
{
    database_t *database = three(state);

    assert_string_equal(leavers(database, NULL), BOTH);
    assert_string_equal(leavers(database, "main"), BOTH);
    assert_string_equal(leavers(database, "second"), "");
    join(database, "second", "ben");
    OK(scim_sync_task_add(database->db, "okta", "user", "ben", database->pool));
    assert_string_equal(leavers(database, "second"), "second:ben:ben");
}

/* Each as it is in the task, and each with a word about it. */
static void test_whatever_the_task_waits_for(void **state)
{
    static const char *const states[] = { "waiting", "failed", "held", "planned" };
    database_t *database = three(state);

    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
        run(database, apr_psprintf(database->pool, "UPDATE task SET state = '%s'", states[i]));
        assert_string_equal(leavers(database, "main"), BOTH);
    }
    run(database, "UPDATE jira_link SET left_at = 7 WHERE resource = 'ann'"); /* by the rules */
    assert_string_equal(leavers(database, "main"), "main:ann:ann:active " BOTH);
}

static void test_who_has_nothing_to_lose_is_not_leaving(void **state)
{
    static const char *const changes[] = {
        "DELETE FROM task",
        "DELETE FROM jira_link",
        "UPDATE task SET idp = 'entra'",
        "DELETE FROM idp_site WHERE site = 'main'",
    };
    database_t *database = three(state);
    apr_pool_t *p = database->pool;

    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        OK(scim_sync_db_begin(database->db, p));
        run(database, changes[i]);
        assert_string_equal(leavers(database, NULL), "");
        scim_sync_db_rollback(database->db, p);
    }
    run(database, "UPDATE jira_account SET ours = 1, groups_read = 0 WHERE account_id = 'a-ben'");
    run(database, "UPDATE jira_member SET state = 'theirs'");
    run(database, "UPDATE jira_link SET object = NULL WHERE resource = 'cy'");
    assert_string_equal(leavers(database, NULL), "main:ben:ben"); /* with access to products */
    run(database, "DELETE FROM jira_link WHERE resource = 'ben'");
    OK(scim_sync_held_intend(database->db, "main", "ben", "user", "ben@example.com", p));
    assert_string_equal(leavers(database, NULL), "main:ben:ben:nowhere"); /* perhaps */
}

/* By the rules alone, if at all: whether they take it is for who knows them to say. */
static void test_who_was_there_before(void **state)
{
    database_t *database = three(state);

    run(database, "UPDATE jira_member SET state = 'theirs'");
    assert_string_equal(leavers(database, NULL),
                        "main:ben:ben:adopted main:cy:cy@example.com:gone:adopted");
    run(database, "UPDATE jira_member SET state = 'revoked'");
    assert_string_equal(leavers(database, NULL), "main:ben:ben:adopted:nowhere"
                                                 " main:cy:cy@example.com:gone:adopted:nowhere");
}

static void test_who_was_discarded(void **state)
{
    database_t *database = three(state);

    run(database,
        "UPDATE task SET state = 'discarded', discarded = 'by jane' WHERE subject = 'cy'");
    run(database, "UPDATE task SET state = 'discarded', detail = 'another' WHERE subject = 'ben'");
    assert_string_equal(leavers(database, NULL),
                        "main:ben:ben:discarded main:cy:cy@example.com:gone:discarded");
}

static void test_whom_another_idp_wants_is_not_leaving(void **state)
{
    database_t *database = three(state);
    apr_pool_t *p = database->pool;

    store_idp(database->db, "entra", "main", p);
    store_user(database->db, "entra", "twin", "ben@example.com", 1, p);
    OK(scim_sync_held_put_link(database->db, "main", "twin", "user", "a-ben", p));
    assert_string_equal(leavers(database, NULL), "main:cy:cy@example.com:gone");
    store_change_user(database->db, "entra", "twin", "ben@example.com", 0, p);
    assert_string_equal(leavers(database, NULL), BOTH);
}

/* ---- what is left to be done ---- */

#define TASKS                                                                                      \
    "SELECT site || ':' || idp || ':' || subject || '=' || state || '/' || released FROM task"     \
    " ORDER BY 1"
#define MEMBERS "SELECT account_id || '=' || state FROM jira_member ORDER BY 1"
#define LINKS   "SELECT resource FROM jira_link ORDER BY 1"

static void let_leave(const database_t *database, const char *site)
{
    OK(scim_sync_idp_let_leave(database->db, "okta", site, leavers_of(database, site),
                               database->pool));
}

static void test_all_leave(void **state)
{
    database_t *database = three(state);

    run(database, "UPDATE task SET state = 'held', guard = 'deactivations', guard_idp = 'okta'");
    run(database, "DELETE FROM task WHERE subject = 'ann'");
    OK(scim_sync_idp_delete(database->db, "okta", 0, database->pool));
    assert_string_equal(column(database, TASKS), "main:deleted:okta:ann=waiting/1"
                                                 " main:deleted:okta:ben=waiting/1"
                                                 " main:deleted:okta:cy=waiting/1"
                                                 " second:deleted:okta:ann=waiting/1"
                                                 " second:deleted:okta:ben=waiting/1");
    assert_string_equal(column(database, MEMBERS), "a-ann=ours a-ben=ours a-cy=ours");
}

static void test_nobody_leaves(void **state)
{
    database_t *database = three(state);

    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    assert_string_equal(column(database, TASKS), "");
    assert_string_equal(column(database, LINKS), "");
    assert_string_equal(column(database, MEMBERS), "a-ann=theirs a-ben=theirs a-cy=theirs");
}

/* Of portals: what was never sent is in nobody's portal, or stays; what is being taken goes on. */
static void test_what_is_queued_is_nobodys(void **state)
{
    database_t *database = three(state);

    run(database, "UPDATE jira_member SET state = 'queued' WHERE account_id = 'a-ann'");
    run(database, "UPDATE jira_member SET state = 'ending' WHERE account_id = 'a-ben'");
    run(database, "UPDATE jira_member SET state = 'removing' WHERE account_id = 'a-cy'");
    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    assert_string_equal(column(database, MEMBERS), "a-ben=theirs a-cy=removing");
}

/* Of what was sent and refused without that being known nothing is claimed, in either way. */
static void test_what_is_uncertain_is_nobodys(void **state)
{
    database_t *database = three(state);

    run(database, "UPDATE jira_member SET state = 'uncertain' WHERE account_id = 'a-ann'");
    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    assert_string_equal(column(database, MEMBERS), "a-ben=theirs a-cy=theirs");
}

static void test_leavers_leave_and_the_others_stay(void **state)
{
    database_t *database = three(state);

    /* That it was released before is no word on what becomes of it now. */
    run(database, "UPDATE task SET released = 1, state = 'failed', next_at = 9999999999999");
    let_leave(database, NULL);
    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    assert_string_equal(column(database, TASKS), "main:deleted:okta:ben=waiting/1"
                                                 " main:deleted:okta:cy=waiting/1");
    assert_string_equal(column(database, "SELECT COUNT(*) FROM task WHERE next_at > {now}"), "0");
    assert_string_equal(column(database, LINKS), "ben cy");
    assert_string_equal(column(database, MEMBERS), "a-ann=theirs a-ben=ours a-cy=ours");
}

/* What the IdP says of the other site goes on. */
static void test_leavers_of_one_site(void **state)
{
    database_t *database = three(state);

    join(database, "second", "ben");
    OK(scim_sync_task_add(database->db, "okta", "user", "ben", database->pool));
    let_leave(database, "main");
    OK(scim_sync_idp_leave(database->db, "okta", "main", 1, database->pool));
    assert_string_equal(column(database, TASKS), "main:okta:ben=waiting/1 main:okta:cy=waiting/1"
                                                 " second:okta:ben=waiting/0");
    assert_string_equal(column(database, "SELECT site || '=' || state FROM jira_member"
                                         " WHERE account_id <> 'a-cy' ORDER BY 1"),
                        "main=ours main=theirs second=ours");
}

/* It was said what becomes of it when the site was left. */
static void test_a_site_that_was_left_before(void **state)
{
    database_t *database = three(state);

    OK(scim_sync_idp_leave(database->db, "okta", "main", 0, database->pool));
    run(database, "UPDATE task SET state = 'held', guard = 'memberships', guard_idp = 'okta',"
                  " released = 0 WHERE subject = 'ben'");
    assert_string_equal(leavers(database, NULL), "");
    let_leave(database, NULL);
    OK(scim_sync_idp_delete(database->db, "okta", 1, database->pool));
    assert_string_equal(column(database, TASKS), "main:deleted:okta:ann=waiting/1"
                                                 " main:deleted:okta:ben=waiting/1"
                                                 " main:deleted:okta:cy=waiting/1");
    assert_string_equal(column(database, MEMBERS), "a-ann=ours a-ben=ours a-cy=ours");
}

/* ---- another one of its name ---- */

static const char *tellers(const database_t *database, const char *account_id)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *gone;
    const char *text = "";

    OK(scim_sync_told_gone(database->db, &gone, "main", account_id, NULL, p));
    for (int i = 0; i < gone->nelts; i++) {
        const scim_sync_told_t *told = APR_ARRAY_IDX(gone, i, scim_sync_told_t *);

        text = apr_psprintf(p, "%s%s%s/%d", text, *text ? " " : "", told->idp, told->fed);
    }
    return text;
}

static void test_another_one_of_its_name_has_no_say(void **state)
{
    database_t *database = three(state);
    apr_pool_t *p = database->pool;
    apr_array_header_t *due;

    assert_string_equal(tellers(database, "a-cy"), "okta/1");
    OK(scim_sync_idp_delete(database->db, "okta", 0, p));
    store_idp(database->db, "okta", "main", p);
    store_set_state(database->db, "okta", "paused", p);
    assert_string_equal(tellers(database, "a-cy"), "deleted:okta/0");
    OK(scim_sync_task_due(database->db, &due, "main", 10, p));
    assert_int_equal(due->nelts, 3);
    OK(scim_sync_idp_delete(database->db, "okta", 0, p)); /* nor has its end */
    assert_string_equal(tellers(database, "a-cy"), "deleted:okta/0");
    assert_false(scim_sync_name_is_valid(SCIM_SYNC_IDP_DELETED "okta"));
}

static void test_default_groups_stand_for_nothing_at_once(void **state)
{
    database_t *database = three(state);
    apr_pool_t *p = database->pool;
    const scim_sync_link_t link = { .name = "staff", .group_id = "g9" };
    apr_array_header_t *groups = apr_array_make(p, 1, sizeof(const char *));

    OK(scim_sync_link_put(database->db, "main", "default:okta", &link, p));
    OK(scim_sync_task_add(database->db, "okta", "group", "default:okta", p));
    OK(scim_sync_idp_delete(database->db, "okta", 0, p));
    store_idp(database->db, "okta", "main", p);
    store_user(database->db, "okta", "dan", "dan@example.com", 1, p);
    OK(scim_sync_told_groups(database->db, groups, "main", "dan", p));
    assert_int_equal(groups->nelts, 0);
    assert_string_equal(column(database, "SELECT subject FROM task WHERE kind = 'group'"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_who_is_leaving),
        DATABASE_TESTS(test_whatever_the_task_waits_for),
        DATABASE_TESTS(test_who_has_nothing_to_lose_is_not_leaving),
        DATABASE_TESTS(test_who_was_there_before),
        DATABASE_TESTS(test_who_was_discarded),
        DATABASE_TESTS(test_whom_another_idp_wants_is_not_leaving),
        DATABASE_TESTS(test_all_leave),
        DATABASE_TESTS(test_nobody_leaves),
        DATABASE_TESTS(test_what_is_queued_is_nobodys),
        DATABASE_TESTS(test_what_is_uncertain_is_nobodys),
        DATABASE_TESTS(test_leavers_leave_and_the_others_stay),
        DATABASE_TESTS(test_leavers_of_one_site),
        DATABASE_TESTS(test_a_site_that_was_left_before),
        DATABASE_TESTS(test_another_one_of_its_name_has_no_say),
        DATABASE_TESTS(test_default_groups_stand_for_nothing_at_once),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

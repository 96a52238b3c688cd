/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of groups on a customers' side: what is in a portal before us is others', whoever dies while
 * that is read; organizations get onto desks and off again, whatever was there stays.
 */
#include <string.h>

#include <apr_strings.h>

#include "crash_story.h"
#include "jira_portals.h"
#include "store/link.h"
#include "store/resource.h"

/* Five were there before us in DEMO's portal, and three organizations; one is in Example Ltd. */
static fake_t *a_service(database_t *database)
{
    fake_t *fake = fake_of(database);

    fake->portals = portals_answer;
    fake->worker.customers = 1;
    portals_have(fake, "project/DEMO", "desk:4");
    portals_have(fake, "project/SUP", "desk:5");
    portals_have(fake, "organization/Example Ltd", "organization:17");
    for (int i = 1; i <= 5; i++) {
        fake_member(fake, "desk:4", apr_psprintf(fake->p, "b%d", i));
    }
    fake_member(fake, "organization:17", "b1");
    fake_member(fake, "desk:4", "organization:1");
    fake_member(fake, "desk:4", "organization:2");
    fake_member(fake, "desk:4", "organization:3");
    return fake;
}

#define BEFORE                                                                                     \
    "desk:4/b1 desk:4/b2 desk:4/b3 desk:4/b4 desk:4/b5 desk:4/organization:1"                      \
    " desk:4/organization:2 desk:4/organization:3"
#define OLD_MEMBERS                                                                                \
    "desk:4/b1=theirs desk:4/b2=theirs desk:4/b3=theirs desk:4/b4=theirs desk:4/b5=theirs"

/* ---- what is told ---- */

static void add_idp(scim_sync_db_t *db, const char *name, apr_pool_t *p)
{
    store_idp(db, name, "main", p);
    database_run(db, apr_psprintf(p, "UPDATE idp SET mode = 'customers' WHERE name = '%s'", name),
                 p);
}

static const char *mapping_of(fake_t *fake, const char *to)
{
    return apr_psprintf(fake->p, "{\"groups\": {\"mappings\": [{\"group\": \"service\", %s}]}}",
                        to);
}

#define DEMO    "\"projects\": [\"DEMO\"]"
#define EXAMPLE "\"organizations\": [\"Example Ltd\"]"

static void map_to(fake_t *fake, const char *idp, const char *to)
{
    store_put_rules(fake->db, idp, mapping_of(fake, to), fake->p);
}

static void tell(fake_t *fake, const char *idp, const char *id)
{
    store_group(fake->db, idp, id, "service", fake->p);
    OK(scim_sync_task_add(fake->db, idp, "group", id, fake->p));
}

/* The job of the one group, without those of anything else. */
static scim_sync_job_t *take_group(fake_t *fake)
{
    database_run(fake->db, "DELETE FROM task WHERE subject <> 'g'", fake->p);
    return fake_take(fake);
}

static fake_t *a_site(void **state)
{
    database_t *database = store_of(state);

    add_idp(database->db, "okta", database->pool);
    return a_service(database);
}

static fake_t *a_mapped(void **state, const char *to)
{
    fake_t *fake = a_site(state);

    map_to(fake, "okta", to);
    tell(fake, "okta", "g");
    assert_true(fake_work(fake));
    return fake;
}

static const char *column(fake_t *fake, const char *sql)
{
    return store_column(fake->db, sql, fake->p);
}

static const char *links_of(fake_t *fake)
{
    return column(fake, "SELECT resource || ':' || name || '=' || COALESCE(object, '-')"
                        " FROM jira_link ORDER BY 1");
}

static const char *held_of(fake_t *fake)
{
    return column(fake, "SELECT group_id || '/' || account_id || '=' || state FROM jira_member"
                        " ORDER BY 1");
}

static const char *pairs_of(fake_t *fake)
{
    return column(fake, "SELECT desk || '/' || organization || '=' || state"
                        " FROM portal_organization ORDER BY 1");
}

/* ---- one portal ---- */

static void test_a_project(void **state)
{
    fake_t *fake = a_mapped(state, DEMO);

    assert_string_equal(links_of(fake), "g:project/DEMO=desk:4");
    assert_string_equal(held_of(fake), OLD_MEMBERS);
    assert_int_equal(fake_called(fake, SCIM_SYNC_READ_MEMBERS), 3);
    assert_int_equal(fake_called(fake, SCIM_SYNC_READ_ORGANIZATIONS), 0);
    assert_string_equal(column(fake, "SELECT kind || ' ' || detail FROM event"),
                        "jira.group.found desk:4, called project/DEMO");
    assert_string_equal(column(fake, "SELECT subject FROM task"), "");
}

static void test_what_is_not_mapped_stands_for_nothing(void **state)
{
    fake_t *fake = a_site(state);

    store_group(fake->db, "okta", "g", "project/DEMO", fake->p);
    OK(scim_sync_task_add(fake->db, "okta", "group", "g", fake->p));
    assert_true(fake_work(fake));
    assert_string_equal(links_of(fake), "");
    assert_int_equal(apr_hash_count(fake->calls), 0);
}

/* The one that has the name already is taken, whatever its case; another is made. */
static void test_organizations(void **state)
{
    fake_t *fake = a_mapped(state, "\"organizations\": [\"EXAMPLE ltd\", \"New\"]");

    assert_string_equal(links_of(fake),
                        "g:organization/EXAMPLE ltd=organization:17 g:organization/New="
                        "organization:90");
    assert_string_equal(held_of(fake), "organization:17/b1=theirs");
    assert_string_equal(column(fake, "SELECT name FROM jira_group ORDER BY group_id"),
                        "organization/Example Ltd organization/New");
    assert_string_equal(pairs_of(fake), "");
}

static void test_a_project_that_is_not_there(void **state)
{
    fake_t *fake = a_mapped(state, "\"projects\": [\"NONE\", \"SUP\"]");

    assert_string_equal(links_of(fake), "g:project/SUP=desk:5");
    assert_string_equal(column(fake, "SELECT state FROM task WHERE subject = 'g'"), "failed");
    assert_non_null(strstr(column(fake, "SELECT detail FROM task WHERE subject = 'g'"),
                           "no service project with the key NONE"));
    portals_have(fake, "project/NONE", "desk:6");
    OK(scim_sync_task_add(fake->db, "okta", "group", "g", fake->p));
    assert_true(fake_work(fake));
    assert_string_equal(links_of(fake), "g:project/NONE=desk:6 g:project/SUP=desk:5");
    assert_string_equal(column(fake, "SELECT subject FROM task"), "");
}

/* It is another directory's: nothing is known of it, and the other one is had all the same. */
static void test_an_organization_that_is_managed(void **state)
{
    fake_t *fake = a_site(state);

    fake->refused = "organization/Example Ltd";
    map_to(fake, "okta", DEMO ", " EXAMPLE);
    tell(fake, "okta", "g");
    assert_true(fake_work(fake));
    assert_string_equal(links_of(fake), "g:project/DEMO=desk:4");
    assert_string_equal(column(fake, "SELECT state FROM task WHERE subject = 'g'"), "failed");
    assert_non_null(strstr(column(fake, "SELECT detail FROM task WHERE subject = 'g'"),
                           "organization Example Ltd: kept by another directory"));
    assert_string_equal(pairs_of(fake), "");
}

static void test_a_renamed_project_stays(void **state)
{
    fake_t *fake = a_mapped(state, DEMO);

    apr_hash_set(fake->groups, "project/DEMO", APR_HASH_KEY_STRING, NULL);
    portals_have(fake, "project/HELP", "desk:4");
    OK(scim_sync_task_add(fake->db, "okta", "group", "g", fake->p));
    assert_true(fake_work(fake));
    assert_string_equal(links_of(fake), "g:project/DEMO=desk:4");
    assert_string_equal(held_of(fake), OLD_MEMBERS);
}

/* By either key it is the same, and it is read once. */
static void test_two_idps(void **state)
{
    fake_t *fake = a_mapped(state, DEMO);
    int read = fake_called(fake, SCIM_SYNC_READ_MEMBERS);

    add_idp(fake->db, "entra", fake->p);
    map_to(fake, "entra", DEMO);
    tell(fake, "entra", "h");
    /* Somebody whom we had put there, and took out: no stranger of before us. */
    fake_member(fake, "desk:4", "late");
    assert_true(fake_work(fake));
    assert_string_equal(links_of(fake), "g:project/DEMO=desk:4 h:project/DEMO=desk:4");
    assert_int_equal(fake_called(fake, SCIM_SYNC_READ_MEMBERS), read);
    assert_string_equal(held_of(fake), OLD_MEMBERS);
}

static void test_default_portals(void **state)
{
    fake_t *fake = a_site(state);

    store_put_rules(fake->db, "okta",
                    "{\"users\": {\"defaultProjects\": [\"DEMO\"], \"defaultOrganizations\":"
                    " [\"Example Ltd\"]}}",
                    fake->p);
    OK(scim_sync_task_add_all(fake->db, "okta", NULL, fake->p));
    assert_true(fake_work(fake));
    assert_string_equal(links_of(fake), "default:okta:organization/Example Ltd=organization:17"
                                        " default:okta:project/DEMO=desk:4");
    assert_non_null(strstr(pairs_of(fake), "desk:4/organization:17=ours"));
}

/* Its people get tasks when the portal is theirs to be in. */
static void test_people_are_told(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    map_to(fake, "okta", "\"projects\": [\"SUP\"]");
    tell(fake, "okta", "g");
    store_user(fake->db, "okta", "ann", "ann@example.com", 1, fake->p);
    store_add_member(fake->db, "g", "ann", fake->p);
    job = take_group(fake);
    assert_false(fake_turn(fake, job)); /* looked for */
    fake_answer(fake, job);
    assert_false(fake_turn(fake, job)); /* read */
    assert_string_equal(column(fake, "SELECT subject FROM task WHERE kind = 'user'"), "");
    fake_answer(fake, job);
    assert_true(fake_turn(fake, job));
    assert_string_equal(column(fake, "SELECT subject FROM task WHERE kind = 'user'"), "ann");
}

/* ---- what Jira has no more, or says wrongly ---- */

static void test_gone_while_it_is_read(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    map_to(fake, "okta", DEMO);
    tell(fake, "okta", "g");
    job = take_group(fake);
    fake_turn(fake, job);
    fake_answer(fake, job);
    fake_turn(fake, job); /* a page is asked for, and meanwhile it is another desk */
    portals_have(fake, "project/DEMO", "desk:9");
    fake_answer(fake, job);
    while (!fake_turn(fake, job)) {
        fake_answer(fake, job);
    }
    assert_string_equal(links_of(fake), "g:project/DEMO=desk:9");
    assert_string_equal(held_of(fake), "");
}

static void test_shown_and_gone(void **state)
{
    fake_t *fake = a_site(state);

    map_to(fake, "okta", DEMO);
    tell(fake, "okta", "g");
    for (int n = 0; n < 2; n++) {
        scim_sync_job_t *job = take_group(fake);
        int rounds = 0;

        while (!fake_turn(fake, job)) {
            assert_true(++rounds < 10);
            fake_answer(fake, job);
            for (int i = 0; i < job->errands->nelts; i++) {
                scim_sync_errand_t *e = APR_ARRAY_IDX(job->errands, i, scim_sync_errand_t *);

                if (e->kind == SCIM_SYNC_READ_MEMBERS) {
                    e->outcome =
                        (scim_sync_outcome_t) { .verdict = SCIM_SYNC_ABSENT, .status = 404 };
                }
            }
        }
        apr_pool_destroy(job->pool);
        assert_string_equal(column(fake, "SELECT state FROM task"), "waiting");
        assert_non_null(strstr(column(fake, "SELECT detail FROM task"), "Jira shows project/DEMO"));
        OK(scim_sync_task_hurry_site(fake->db, "main", fake->p));
    }
}

/* ---- organizations on desks ---- */

#define BOTH "desk:4/organization:17"

static void test_an_organization_on_a_desk(void **state)
{
    fake_t *fake = a_mapped(state, DEMO ", " EXAMPLE);

    assert_string_equal(
        fake_members(fake),
        "desk:4/b1 desk:4/b2 desk:4/b3 desk:4/b4 desk:4/b5 desk:4/organization:1 " BOTH
        " desk:4/organization:2 desk:4/organization:3 organization:17/b1");
    assert_string_equal(pairs_of(fake),
                        BOTH "=ours desk:4/organization:1=theirs desk:4/organization:2=theirs"
                             " desk:4/organization:3=theirs");
    assert_string_equal(column(fake,
                               "SELECT detail FROM event WHERE kind = 'jira.organization.added'"),
                        "organization/Example Ltd to project/DEMO");
    map_to(fake, "okta", DEMO);
    assert_true(fake_work(fake));
    assert_string_equal(fake_members(fake), BEFORE " organization:17/b1");
    assert_string_equal(pairs_of(fake), "desk:4/organization:1=theirs desk:4/organization:2=theirs"
                                        " desk:4/organization:3=theirs");
    assert_string_equal(column(fake,
                               "SELECT detail FROM event WHERE kind = 'jira.organization.removed'"),
                        "organization/Example Ltd from project/DEMO");
}

static void test_what_was_on_the_desk_stays(void **state)
{
    fake_t *fake = a_site(state);

    fake_member(fake, "desk:4", "organization:17");
    map_to(fake, "okta", DEMO ", " EXAMPLE);
    tell(fake, "okta", "g");
    assert_true(fake_work(fake));
    assert_int_equal(fake_called(fake, SCIM_SYNC_JOIN_ORGANIZATION), 0);
    map_to(fake, "okta", EXAMPLE);
    assert_true(fake_work(fake));
    assert_int_equal(fake_called(fake, SCIM_SYNC_PART_ORGANIZATION), 0);
}

/* As long as one of them asks for it, it stays. */
static void test_two_ask_for_it(void **state)
{
    fake_t *fake = a_mapped(state, DEMO ", " EXAMPLE);

    add_idp(fake->db, "entra", fake->p);
    map_to(fake, "entra", DEMO ", " EXAMPLE);
    tell(fake, "entra", "h");
    assert_true(fake_work(fake));
    map_to(fake, "okta", DEMO);
    assert_true(fake_work(fake));
    assert_non_null(strstr(pairs_of(fake), BOTH "=ours"));
    OK(scim_sync_task_add(fake->db, "entra", "group", "h", fake->p));
    OK(scim_sync_resource_delete(fake->db, "h", fake->p));
    assert_true(fake_work(fake));
    assert_null(strstr(pairs_of(fake), BOTH));
    assert_null(strstr(fake_members(fake), BOTH));
    assert_string_equal(column(fake, "SELECT subject FROM task"), "");
}

/* What an IdP in dry run has ended stays until it is live again. */
static void test_dry_run(void **state)
{
    fake_t *fake = a_mapped(state, DEMO ", " EXAMPLE);

    store_set_state(fake->db, "okta", "dryRun", fake->p);
    map_to(fake, "okta", EXAMPLE);
    assert_true(fake_work(fake));
    assert_non_null(
        strstr(column(fake, "SELECT plan FROM task WHERE subject = 'g'"), "removeOrganization"));
    add_idp(fake->db, "entra", fake->p);
    map_to(fake, "entra", DEMO);
    tell(fake, "entra", "h");
    assert_true(fake_work(fake));
    assert_non_null(strstr(pairs_of(fake), BOTH "=ours"));
    store_set_state(fake->db, "okta", "live", fake->p);
    OK(scim_sync_task_add_all(fake->db, "okta", NULL, fake->p));
    assert_true(fake_work(fake));
    assert_null(strstr(pairs_of(fake), BOTH));
}

static void test_what_a_dry_run_would_do(void **state)
{
    fake_t *fake = a_site(state);
    const char *plan;

    store_set_state(fake->db, "okta", "dryRun", fake->p);
    map_to(fake, "okta", DEMO ", \"organizations\": [\"New\"]");
    tell(fake, "okta", "g");
    assert_true(fake_work(fake));
    plan = column(fake, "SELECT plan FROM task WHERE subject = 'g'");
    assert_non_null(strstr(plan, "createGroup"));
    assert_non_null(strstr(plan, "that one is taken over"));
    assert_non_null(strstr(plan, "addOrganization"));
    assert_null(strstr(plan, "\"kind\""));
    assert_int_equal(fake_called(fake, SCIM_SYNC_CREATE_GROUP), 0);
    assert_string_equal(fake_members(fake), BEFORE " organization:17/b1");
}

/* The organization is deleted in Jira: it is made anew, and put on the desk. */
static void test_a_deleted_organization(void **state)
{
    fake_t *fake = a_mapped(state, EXAMPLE);

    apr_hash_set(fake->groups, "organization/Example Ltd", APR_HASH_KEY_STRING, NULL);
    map_to(fake, "okta", DEMO ", " EXAMPLE);
    assert_true(fake_work(fake));
    assert_string_equal(links_of(fake),
                        "g:organization/Example Ltd=organization:90 g:project/DEMO=desk:4");
    assert_non_null(strstr(pairs_of(fake), "desk:4/organization:90=ours"));
    assert_string_equal(column(fake, "SELECT subject FROM task"), "");
}

/* ---- it dies ---- */

static void map_both(fake_t *fake)
{
    map_to(fake, "okta", "\"projects\": [\"DEMO\", \"SUP\"], " EXAMPLE);
    tell(fake, "okta", "g");
}

static void have_mapped(fake_t *fake)
{
    map_both(fake);
    assert_true(fake_work(fake));
}

static void unmap(fake_t *fake)
{
    map_to(fake, "okta", DEMO);
}

static void check_mapped(fake_t *fake)
{
    assert_string_equal(links_of(fake), "g:organization/Example Ltd=organization:17"
                                        " g:project/DEMO=desk:4 g:project/SUP=desk:5");
    assert_string_equal(held_of(fake), OLD_MEMBERS " organization:17/b1=theirs");
    assert_string_equal(column(fake, "SELECT desk || '/' || organization FROM portal_organization"
                                     " WHERE state = 'ours' ORDER BY 1"),
                        BOTH " desk:5/organization:17");
}

static void check_unmapped(fake_t *fake)
{
    assert_string_equal(links_of(fake), "g:project/DEMO=desk:4");
    assert_string_equal(
        column(fake, "SELECT desk FROM portal_organization WHERE state <> 'theirs'"), "");
}

static void test_crash_while_it_is_mapped(void **state)
{
    database_t *database = store_of(state);

    add_idp(database->db, "okta", database->pool);
    crash_story(database, &(crash_story_t) {
                              .site = a_service,
                              .rules = "{\"precedence\": 1}",
                              .during = map_both,
                              .members = "desk:4/b1 desk:4/b2 desk:4/b3 desk:4/b4 desk:4/b5"
                                         " desk:4/organization:1 " BOTH " desk:4/organization:2"
                                         " desk:4/organization:3 desk:5/organization:17"
                                         " organization:17/b1",
                              .check = check_mapped,
                              .points = 12 });
}

static void test_crash_while_it_is_unmapped(void **state)
{
    database_t *database = store_of(state);

    add_idp(database->db, "okta", database->pool);
    crash_story(database, &(crash_story_t) { .site = a_service,
                                             .rules = "{\"precedence\": 1}",
                                             .before = have_mapped,
                                             .during = unmap,
                                             .members = BEFORE " organization:17/b1",
                                             .check = check_unmapped,
                                             .points = 2 });
}

/* ---- strangers ---- */

/* By the rules they leave; they are queued, for the portal's own task. */
static void test_strangers_are_queued(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_job_t *job;

    store_put_rules(fake->db, "okta",
                    "{\"groups\": {\"mappings\": [{\"group\": \"service\", " DEMO
                    ", \"authoritative\": true}]}}",
                    fake->p);
    tell(fake, "okta", "g");
    job = take_group(fake);
    while (!fake_turn(fake, job)) {
        fake_answer(fake, job);
    }
    assert_string_equal(held_of(fake), "desk:4/b1=ending desk:4/b2=ending desk:4/b3=ending"
                                       " desk:4/b4=ending desk:4/b5=ending");
    assert_string_equal(column(fake, "SELECT kind || ' ' || subject FROM task"), "portal desk:4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_project),
        DATABASE_TESTS(test_what_is_not_mapped_stands_for_nothing),
        DATABASE_TESTS(test_organizations),
        DATABASE_TESTS(test_a_project_that_is_not_there),
        DATABASE_TESTS(test_an_organization_that_is_managed),
        DATABASE_TESTS(test_a_renamed_project_stays),
        DATABASE_TESTS(test_two_idps),
        DATABASE_TESTS(test_default_portals),
        DATABASE_TESTS(test_people_are_told),
        DATABASE_TESTS(test_gone_while_it_is_read),
        DATABASE_TESTS(test_shown_and_gone),
        DATABASE_TESTS(test_an_organization_on_a_desk),
        DATABASE_TESTS(test_what_was_on_the_desk_stays),
        DATABASE_TESTS(test_two_ask_for_it),
        DATABASE_TESTS(test_dry_run),
        DATABASE_TESTS(test_what_a_dry_run_would_do),
        DATABASE_TESTS(test_a_deleted_organization),
        DATABASE_TESTS(test_crash_while_it_is_mapped),
        DATABASE_TESTS(test_crash_while_it_is_unmapped),
        DATABASE_TESTS(test_strangers_are_queued),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

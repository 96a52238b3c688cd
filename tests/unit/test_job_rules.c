/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of people whose IdPs have rules: what becomes of accounts, wherever the provisioner dies.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "crash_story.h"
#include "store/resource.h"
#include "store/told.h"

#define ANN "ann@example.com"
#define A   "a-" ANN

/* With an organization, and a product that is granted by its group. */
static fake_t *of_database(database_t *database)
{
    fake_t *fake = fake_of(database);
    scim_sync_jira_product_t product = { .key = "jira-software", .unlimited = 1 };
    apr_array_header_t *products = apr_array_make(fake->p, 1, sizeof(product));

    product.groups = apr_array_make(fake->p, 1, sizeof(scim_sync_jira_group_t));
    APR_ARRAY_PUSH(product.groups, scim_sync_jira_group_t) =
        (scim_sync_jira_group_t) { .group_id = FAKE_PRODUCT_GROUP, .name = "users" };
    APR_ARRAY_PUSH(products, scim_sync_jira_product_t) = product;
    scim_sync_seats_told(&fake->worker.seats, products, 1);

    fake->worker.organization = (scim_sync_organization_t) { "http://127.0.0.1:1", "o", "demo" };
    return fake;
}

static fake_t *a_site(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "okta", "main", database->pool);
    store_idp(database->db, "entra", "main", database->pool);
    return of_database(database);
}

static void rule(fake_t *fake, const char *idp, const char *users)
{
    store_put_rules(fake->db, idp, apr_psprintf(fake->p, "{\"users\": {%s}}", users), fake->p);
}

static void say(fake_t *fake, const char *idp, const char *id)
{
    OK(scim_sync_task_add(fake->db, idp, "user", id, fake->p));
}

static void join(fake_t *fake, const char *idp, const char *id, const char *email)
{
    store_user(fake->db, idp, id, email, 1, fake->p);
    say(fake, idp, id);
}

static void change(fake_t *fake, const char *idp, const char *id, const char *email, int active)
{
    store_change_user(fake->db, idp, id, email, active, fake->p);
    say(fake, idp, id);
}

static void work(fake_t *fake)
{
    assert_true(fake_work(fake));
}

static const char *column(fake_t *fake, const char *sql)
{
    return store_column(fake->db, sql, fake->p);
}

static int is_suspended(const fake_t *fake)
{
    return apr_hash_get(fake->suspended, A, APR_HASH_KEY_STRING) != NULL;
}

/* ---- wherever it dies ---- */

static void have_joined(fake_t *fake)
{
    join(fake, "okta", "ann", ANN);
    work(fake);
}

static void leave(fake_t *fake)
{
    change(fake, "okta", "ann", ANN, 0);
}

static void have_left(fake_t *fake)
{
    have_joined(fake);
    leave(fake);
    work(fake);
}

static void come_back(fake_t *fake)
{
    change(fake, "okta", "ann", ANN, 1);
}

static void check_suspended(fake_t *fake)
{
    assert_true(is_suspended(fake));
    assert_string_equal(column(fake, "SELECT state FROM jira_account"), "suspended");
}

static void check_not_suspended(fake_t *fake)
{
    assert_false(is_suspended(fake));
}

static void check_back(fake_t *fake)
{
    assert_false(is_suspended(fake));
    assert_string_equal(column(fake, "SELECT COALESCE(state, '') FROM jira_account"), "");
}

static const char *const policies[] = { "{\"users\": {\"onDeactivate\": \"suspend\"}}",
                                        "{\"users\": {\"onDeactivate\": \"delete\"}}",
                                        "{\"users\": {\"onDeactivate\": \"removeAccess\"}}" };

static void test_whatever_becomes_of_a_leaver_is_repeatable(void **state)
{
    database_t *database = a_site(state)->database;

    for (int n = 0; n < 3; n++) {
        crash_story(database,
                    &(crash_story_t) { .site = of_database,
                                       .rules = policies[n],
                                       .before = have_joined,
                                       .during = leave,
                                       .members = n == 0 ? FAKE_PRODUCT_GROUP "/" A : "",
                                       .check = n == 0 ? check_suspended : check_not_suspended });
    }
}

static void test_whoever_comes_back_has_it_all_again(void **state)
{
    database_t *database = a_site(state)->database;

    for (int n = 0; n < 3; n++) {
        crash_story(database, &(crash_story_t) { .site = of_database,
                                                 .rules = policies[n],
                                                 .before = have_left,
                                                 .during = come_back,
                                                 .members = FAKE_PRODUCT_GROUP "/" A,
                                                 .check = check_back });
    }
}

/* What others had given is taken away, and given back, and theirs all the while. */
static void have_joined_with_gift(fake_t *fake)
{
    fake_account(fake, ANN);
    fake_member(fake, FAKE_PRODUCT_GROUP, A);
    have_joined(fake);
}

static void have_left_with_gift(fake_t *fake)
{
    have_joined_with_gift(fake);
    leave(fake);
    work(fake);
}

static void check_revoked(fake_t *fake)
{
    assert_string_equal(store_members(fake->db, A, fake->p), FAKE_PRODUCT_GROUP "=revoked");
}

static void check_theirs(fake_t *fake)
{
    assert_string_equal(store_members(fake->db, A, fake->p), FAKE_PRODUCT_GROUP "=theirs");
    rule(fake, "okta", "\"onDeactivate\": \"takeBack\"");
    leave(fake);
    work(fake);
    assert_string_equal(fake_members(fake), FAKE_PRODUCT_GROUP "/" A);
}

static void test_what_others_gave_is_theirs_whoever_dies(void **state)
{
    database_t *database = a_site(state)->database;
    crash_story_t story = { .site = of_database,
                            .rules = policies[2],
                            .before = have_joined_with_gift,
                            .during = leave,
                            .members = "",
                            .check = check_revoked };

    crash_story(database, &story);
    story.after = come_back;
    story.members = FAKE_PRODUCT_GROUP "/" A;
    story.check = check_theirs;
    crash_story(database, &story);
    story.before = have_left_with_gift;
    story.during = come_back;
    story.after = NULL;
    crash_story(database, &story);
}

/* ---- grace ---- */

static const char *left_of(fake_t *fake)
{
    return column(fake, "SELECT CASE WHEN left_at > 0 THEN 'left' ELSE 'there' END FROM jira_link");
}

/* One run of the task, which waits again then. */
static void wait_on(fake_t *fake)
{
    scim_sync_job_t *job;

    OK(scim_sync_task_hurry_site(fake->db, "main", fake->p));
    job = fake_take(fake);
    assert_non_null(job);
    assert_true(fake_turn(fake, job));
    apr_pool_destroy(job->pool);
}

static void test_access_stays_for_the_grace_period(void **state)
{
    fake_t *fake = a_site(state);
    const char *left;

    rule(fake, "okta", "\"gracePeriod\": 86400");
    join(fake, "okta", "ann", ANN);
    work(fake);
    assert_string_equal(left_of(fake), "there");
    change(fake, "okta", "ann", ANN, 0);
    wait_on(fake);
    assert_string_equal(left_of(fake), "left");
    left = column(fake, "SELECT left_at FROM jira_link");
    assert_string_equal(column(fake, "SELECT CASE WHEN t.next_at - l.left_at BETWEEN 86390000"
                                     " AND 86410000 THEN 'a day' ELSE 'not so' END FROM task t,"
                                     " jira_link l"),
                        "a day");
    wait_on(fake); /* a restart, a retry: the same end */
    assert_string_equal(column(fake, "SELECT left_at FROM jira_link"), left);
    assert_string_equal(fake_members(fake), FAKE_PRODUCT_GROUP "/" A);
    database_run(fake->db, "UPDATE jira_link SET left_at = left_at - 86400000", fake->p);
    work(fake);
    assert_string_equal(fake_members(fake), "");
    change(fake, "okta", "ann", ANN, 1);
    work(fake);
    assert_string_equal(left_of(fake), "there");
    assert_string_equal(fake_members(fake), FAKE_PRODUCT_GROUP "/" A);
}

static void test_the_grace_period_of_somebody_deleted(void **state)
{
    fake_t *fake = a_site(state);

    rule(fake, "okta", "\"gracePeriod\": 86400, \"onDelete\": \"suspend\"");
    join(fake, "okta", "ann", ANN);
    work(fake);
    say(fake, "okta", "ann");
    OK(scim_sync_resource_delete(fake->db, "ann", fake->p));
    wait_on(fake);
    assert_string_equal(left_of(fake), "left");
    assert_false(is_suspended(fake));
    database_run(fake->db, "UPDATE jira_link SET left_at = left_at - 86400000", fake->p);
    work(fake);
    assert_true(is_suspended(fake));
    assert_string_equal(column(fake, "SELECT resource FROM jira_link"), "");
    join(fake, "okta", "ann2", ANN);
    work(fake);
    assert_false(is_suspended(fake));
    assert_string_equal(column(fake, "SELECT resource || object FROM jira_link"), "ann2" A);
}

static void test_who_is_told_anew_ends_the_waiting(void **state)
{
    fake_t *fake = a_site(state);

    rule(fake, "okta", "\"gracePeriod\": 86400");
    join(fake, "okta", "ann", ANN);
    work(fake);
    say(fake, "okta", "ann");
    OK(scim_sync_resource_delete(fake->db, "ann", fake->p));
    wait_on(fake);
    join(fake, "okta", "ann2", ANN);
    work(fake);
    assert_string_equal(column(fake, "SELECT subject FROM task"), "");
    assert_string_equal(column(fake, "SELECT resource FROM jira_link"), "ann2");
    assert_int_equal(fake_called(fake, SCIM_SYNC_REMOVE_MEMBER), 0);
}

/* ---- who it is ---- */

#define CORP "ann@corp.example" /* the id of a user is its userName here */
#define REWRITE                                                                                    \
    "\"patterns\": [{\"pattern\": \"^(.*)@corp\\\\.example$\", \"replacement\": "                  \
    "\"$1@example.com\"}]"

/* One of them waits, or failed, and is not linked: the other one's leaving must not forget it. */
static void test_who_is_known_by_a_rewritten_address_counts(void **state)
{
    fake_t *fake = a_site(state);

    rule(fake, "okta", REWRITE);
    fake_account(fake, ANN);
    join(fake, "okta", CORP, CORP);
    join(fake, "entra", "e", ANN);
    work(fake);
    assert_string_equal(column(fake, "SELECT resource || object || COALESCE(known_as, '-')"
                                     " FROM jira_link ORDER BY resource"),
                        CORP A ANN " e" A "-");
    database_run(fake->db, "UPDATE jira_link SET object = NULL WHERE resource = '" CORP "'",
                 fake->p);
    store_group(fake->db, "entra", "g", "staff", fake->p);
    OK(scim_sync_task_add(fake->db, "entra", "group", "g", fake->p));
    store_add_member(fake->db, "g", "e", fake->p);
    work(fake);
    change(fake, "entra", "e", ANN, 0);
    work(fake);
    assert_string_equal(column(fake, "SELECT left_at FROM jira_link WHERE resource = '" CORP "'"),
                        "0");
    assert_int_equal(fake_called(fake, SCIM_SYNC_FIND_ACCOUNT), 1);
}

static void test_an_address_that_is_known_is_no_intent(void **state)
{
    fake_t *fake = a_site(state);

    rule(fake, "okta", REWRITE ", \"import\": false");
    join(fake, "okta", CORP, CORP);
    work(fake);
    assert_string_equal(column(fake, "SELECT known_as FROM jira_link"), ANN);
    assert_string_equal(column(fake, "SELECT kind FROM event"), "jira.account.skipped");
    fake_account(fake, ANN); /* by hand: not ours */
    say(fake, "okta", CORP);
    work(fake);
    assert_string_equal(column(fake, "SELECT ours FROM jira_account"), "0");
}

static void test_rules_that_can_not_be_read_delay(void **state)
{
    fake_t *fake = a_site(state);

    join(fake, "okta", "ann", ANN);
    work(fake);
    database_run(fake->db, "UPDATE idp SET rules = '{', version = version + 1", fake->p);
    change(fake, "okta", "ann", ANN, 0);
    wait_on(fake);
    assert_string_equal(fake_members(fake), FAKE_PRODUCT_GROUP "/" A);
    assert_non_null(strstr(column(fake, "SELECT detail FROM task"), "can't be read"));
}

/* ---- profiles ---- */

static void test_a_profile_is_written_once(void **state)
{
    fake_t *fake = a_site(state);

    rule(fake, "okta", "\"update\": true");
    join(fake, "okta", "ann", ANN);
    database_run(fake->db,
                 "UPDATE resource SET doc = '{\"userName\":\"ann\",\"name\":{\"givenName\":\"Ann\","
                 "\"familyName\":\"B\"},\"timezone\":\"Europe/Berlin\"}'",
                 fake->p);
    work(fake);
    assert_string_equal(fake->profile, "{\"name\":\"Ann B\",\"zoneinfo\":\"Europe/Berlin\"}");
    say(fake, "okta", "ann");
    work(fake);
    assert_int_equal(fake_called(fake, SCIM_SYNC_UPDATE_PROFILE), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_whatever_becomes_of_a_leaver_is_repeatable),
        DATABASE_TESTS(test_whoever_comes_back_has_it_all_again),
        DATABASE_TESTS(test_what_others_gave_is_theirs_whoever_dies),
        DATABASE_TESTS(test_access_stays_for_the_grace_period),
        DATABASE_TESTS(test_the_grace_period_of_somebody_deleted),
        DATABASE_TESTS(test_who_is_told_anew_ends_the_waiting),
        DATABASE_TESTS(test_who_is_known_by_a_rewritten_address_counts),
        DATABASE_TESTS(test_an_address_that_is_known_is_no_intent),
        DATABASE_TESTS(test_rules_that_can_not_be_read_delay),
        DATABASE_TESTS(test_a_profile_is_written_once),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A run of a pull: all of the directory or nothing of it, whatever happens on the way. */
#include <string.h>

#include <apr_strings.h>

#include "google_fake.h"
#include "store/config.h"

static const char users[] = "SELECT name || '=' || active FROM resource WHERE type = 'User'"
                            " ORDER BY name";
static const char members[] = "SELECT g.name || '>' || r.name FROM member m"
                              " JOIN resource g ON g.id = m.resource"
                              " JOIN resource r ON r.id = m.value ORDER BY g.name, r.name";

static const char *column(const google_fake_t *fake, const char *sql)
{
    return store_column(google_database(fake)->db, sql, google_database(fake)->pool);
}

static apr_int64_t number(const google_fake_t *fake, const char *sql)
{
    return database_number(google_database(fake)->db, sql, google_database(fake)->pool);
}

/* Five users on three pages, three groups on two, one of them in another one. */
static google_fake_t *a_directory(void **state)
{
    static const char *const names[] = { "ann", "bob", "eve", "joe", "kim" };
    google_fake_t *fake = google_fake(state);
    apr_pool_t *p = google_database(fake)->pool;

    for (int i = 0; i < 5; i++) {
        google_has_user(fake, apr_psprintf(p, "%d", 100 + i),
                        apr_pstrcat(p, names[i], "@example.com", NULL), i == 4);
    }
    google_has_group(fake, "g1", "Staff");
    google_has_group(fake, "g2", "All");
    google_has_group(fake, "g3", "Empty");
    google_has_member(fake, "g1", "100", "USER");
    google_has_member(fake, "g1", "101", "USER");
    google_has_member(fake, "g1", "102", "USER");
    google_has_member(fake, "g2", "g1", "GROUP");
    google_has_member(fake, "g2", "999", "USER");
    return fake;
}

static const char everybody[] = "ann@example.com=1 bob@example.com=1 eve@example.com=1"
                                " joe@example.com=1 kim@example.com=0";
static const char everywhere[] = "All>Staff Staff>ann@example.com Staff>bob@example.com"
                                 " Staff>eve@example.com";

static void check_all_there(const google_fake_t *fake)
{
    assert_string_equal(column(fake, users), everybody);
    assert_string_equal(column(fake, members), everywhere);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM stage"), 0);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM stage_member"), 0);
}

static void test_a_directory_is_pulled(void **state)
{
    google_fake_t *fake = a_directory(state);

    assert_string_equal(google_pull(fake, 0), "done");
    check_all_there(fake);
    /* Three pages of users, two of groups, two, one and twice one of members. */
    assert_int_equal(google_calls(fake), 10);
    assert_int_equal(number(fake, "SELECT calls FROM google_run"), 10);
    assert_string_equal(column(fake, "SELECT counts FROM google_run"),
                        "{\"users\":{\"new\":5,\"changed\":0,\"gone\":0,\"unchanged\":0,"
                        "\"faulty\":0},\"groups\":{\"new\":3,\"changed\":0,\"gone\":0,"
                        "\"unchanged\":0,\"faulty\":0},\"members\":{\"new\":4,\"changed\":0,"
                        "\"gone\":0,\"unchanged\":0,\"outside\":1},\"faults\":[]}");
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM task"), 8);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM event WHERE kind = 'google.pulled'"), 1);
    /* The second time nothing is new, and nothing is written of it. */
    assert_string_equal(google_pull(fake, 0), "done");
    assert_int_equal(number(fake, "SELECT MAX(version) FROM resource"), 1);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM event WHERE kind = 'google.pulled'"), 1);
}

static void test_what_passes_by_is_waited_for(void **state)
{
    google_fake_t *fake = a_directory(state);

    google_fails(fake, "/users?", 1, 2, 503, google_error(fake, 503, "global", "backendError"));
    google_fails(fake, "/groups?", 0, 1, 0, NULL);
    google_fails(fake, "/groups?", 0, 1, 200, "<html>proxy</html>");
    google_fails(fake, "/g1/", 0, 3, 403, google_error(fake, 403, "usageLimits", "quotaExceeded"));
    google_fails(fake, "/g2/", 0, 3, 429,
                 google_error(fake, 429, "usageLimits", "rateLimitExceeded"));
    assert_string_equal(google_pull(fake, 0), "done");
    check_all_there(fake);
    assert_int_equal(google_calls(fake), 10 + 2 + 2 + 6);
}

static void test_an_access_token_that_ended_is_renewed_once(void **state)
{
    google_fake_t *fake = a_directory(state);
    const char *body = google_error(fake, 401, "global", "authError");

    google_fails(fake, "/users?", 1, 1, 401, body);
    assert_string_equal(google_pull(fake, 0), "done");
    check_all_there(fake);
    assert_int_equal(google_tokens(fake), 2);
    google_fails(fake, "/users?", 1, 2, 401, body);
    assert_non_null(strstr(google_pull(fake, 0), "failed: users could not be read: "));
}

static void fails(void **state, const char *part, int after, int status, const char *body,
                  const char *why)
{
    google_fake_t *fake = a_directory(state);
    const char *outcome;

    assert_string_equal(google_pull(fake, 0), "done");
    google_is_empty(fake);
    google_has_user(fake, "100", "ann@example.com", 0);
    google_has_group(fake, "g1", "Staff");
    google_has_member(fake, "g1", "100", "USER");
    google_has_user(fake, "200", "new@example.com", 0);
    google_has_user(fake, "201", "newer@example.com", 0);
    google_fails(fake, part, after, 1000, status, body);
    outcome = google_pull(fake, 1);
    if (!strstr(outcome, "failed: ") || !strstr(outcome, why)) {
        fail_msg("%s", outcome);
    }
    check_all_there(fake);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM event WHERE kind = 'google.failed'"), 1);
}

#define ERROR(code, domain, reason)                                                                \
    "{\"error\": {\"code\": " #code ", \"message\": \"demo\", \"errors\": [{\"domain\": \"" domain \
    "\", \"reason\": \"" reason "\", \"message\": \"demo\"}]}}"

static void test_what_stays_wrong_fails_the_run_and_changes_nothing(void **state)
{
    fails(state, "/users?", 1, 503, ERROR(503, "global", "backendError"),
          "users could not be read");
}

static void test_no_answer_fails_the_run(void **state)
{
    fails(state, "/g1/", 0, 0, NULL, "the members of the group g1 could not be read");
}

static void test_a_right_that_is_missing_fails_the_run(void **state)
{
    fails(state, "/groups?", 0, 403, ERROR(403, "global", "forbidden"), "groups could not be read");
}

static void test_users_without_users_fail_the_run(void **state)
{
    fails(state, "/users?", 0, 200, "{\"kind\": \"admin#directory#users\"}", "it has no \"users\"");
}

static void test_the_wrong_kind_fails_the_run(void **state)
{
    fails(state, "/groups?", 0, 200, "{\"kind\": \"admin#directory#users\", \"users\": []}",
          "it is no list of the kind");
}

static void test_pages_that_go_round_fail_the_run(void **state)
{
    fails(state, "/users?", 0, 200,
          "{\"kind\": \"admin#directory#users\", \"users\": [{\"id\": \"100\", \"primaryEmail\":"
          " \"ann@example.com\", \"suspended\": false, \"archived\": false}],"
          " \"nextPageToken\": \"x\"}",
          "its next page is the page itself");
}

static void test_a_page_token_that_died_begins_the_listing_anew(void **state)
{
    google_fake_t *fake = a_directory(state);

    google_fails(fake, "/users?", 1, 1, 400, google_error(fake, 400, "global", "invalid"));
    google_fails(fake, "/g1/members", 1, 1, 400, google_error(fake, 400, "global", "invalid"));
    assert_string_equal(google_pull(fake, 0), "done");
    check_all_there(fake);
    assert_int_equal(google_calls(fake), 10 + 2 + 2);
}

static void test_a_list_that_is_empty_once_is_asked_for_twice(void **state)
{
    google_fake_t *fake = a_directory(state);

    assert_string_equal(google_pull(fake, 0), "done");
    google_fails(fake, "/groups?", 0, 1, 200, "{\"kind\": \"admin#directory#groups\"}");
    google_fails(fake, "/g1/", 0, 1, 200, "{\"kind\": \"admin#directory#members\"}");
    google_fails(fake, "/users?", 0, 1, 200,
                 "{\"kind\": \"admin#directory#users\", \"users\": []}");
    assert_string_equal(google_pull(fake, 0), "done");
    check_all_there(fake);
}

static void test_nobody_left_is_not_believed_unless_it_is_said(void **state)
{
    google_fake_t *fake = a_directory(state);

    assert_string_equal(google_pull(fake, 0), "done");
    google_is_empty(fake);
    assert_string_equal(google_pull(fake, 0),
                        "refused: nothing was taken over: there would be nobody left of 5 users;"
                        " if that is so, ask for a run that is trusted");
    check_all_there(fake);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM event WHERE kind = 'google.refused'"), 1);
    assert_string_equal(google_pull(fake, 1), "done");
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM resource"), 0);
}

static void test_more_gone_than_the_guard_allows_is_not_believed(void **state)
{
    google_fake_t *fake = google_fake(state);
    apr_pool_t *p = google_database(fake)->pool;

    for (int i = 0; i < 40; i++) {
        google_has_user(fake, apr_itoa(p, 100 + i), apr_psprintf(p, "u%d@example.com", i), 0);
    }
    assert_string_equal(google_pull(fake, 0), "done");
    google_is_empty(fake);
    for (int i = 0; i < 25; i++) {
        google_has_user(fake, apr_itoa(p, 100 + i), apr_psprintf(p, "u%d@example.com", i), 0);
    }
    assert_non_null(strstr(google_pull(fake, 0), "refused: nothing was taken over: 15 of 40 users"
                                                 " would be gone, and "));
    store_put_rules(google_database(fake)->db, "google", "{\"guard\": {\"enabled\": false}}", p);
    assert_string_equal(google_pull(fake, 0), "done");
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM resource"), 25);
}

static void test_a_group_that_goes_meanwhile_is_looked_for(void **state)
{
    google_fake_t *fake = a_directory(state);
    const char *body = google_error(fake, 404, "global", "notFound");

    /* It is listed still: then Google contradicts itself, and nothing is believed. */
    google_fails(fake, "/g3/", 0, 1, 404, body);
    assert_string_equal(google_pull(fake, 0),
                        "failed: Google lists the group g3, and says that there is none");
    google_fails(fake, "/g3/", 0, 1, 404, body);
    google_fails(fake, "/groups?", 2, 1, 200,
                 "{\"kind\": \"admin#directory#groups\", \"groups\": [{\"id\": \"g1\"}]}");
    assert_string_equal(google_pull(fake, 0), "done");
    assert_string_equal(column(fake, "SELECT name FROM resource WHERE type = 'Group' ORDER BY 1"),
                        "All Staff");
}

static void test_without_a_token_nothing_is_asked(void **state)
{
    google_fake_t *fake = a_directory(state);

    google_disconnects(fake, "connect it anew");
    assert_string_equal(google_pull(fake, 0), "failed: connect it anew");
    assert_int_equal(google_calls(fake), 0);
}

static void test_many_members_are_listed_at_once_but_not_faster_than_allowed(void **state)
{
    google_fake_t *fake = google_fake(state);
    apr_pool_t *p = google_database(fake)->pool;
    double rate;

    google_has_user(fake, "1", "ann@example.com", 0);
    for (int i = 0; i < 450; i++) {
        const char *id = apr_psprintf(p, "g%03d", i);

        google_has_group(fake, id, apr_psprintf(p, "Group %d", i));
        google_has_member(fake, id, "1", "USER");
    }
    assert_string_equal(google_pull(fake, 0), "done");
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM member"), 450);
    rate = google_calls(fake) / google_seconds(fake);
    assert_true(google_at_once(fake) == 8);
    assert_true(rate <= 40.5);
    /* Groups come two on a page, one page after the other: most of the time is theirs. */
    assert_true(rate > 35);
}

static void test_a_run_whose_host_died_begins_anew(void **state)
{
    google_fake_t *fake = a_directory(state);
    apr_int64_t id = google_ask(fake, 0);

    google_work_for(fake, 3);
    assert_true(number(fake, "SELECT COUNT(*) FROM stage") > 0);
    google_restart(fake, "host1");
    google_work(fake);
    check_all_there(fake);
    assert_int_equal(number(fake, "SELECT tries FROM google_run"), 2);
    assert_int_equal(id, number(fake, "SELECT MAX(id) FROM google_run"));
    assert_int_equal(number(fake, "SELECT calls FROM google_run"), 10);
}

/* A run that tells, of which the first users are told. */
static apr_int64_t a_run_that_tells(google_fake_t *fake)
{
    apr_int64_t id = google_ask(fake, 0);

    while (
        strcmp(column(fake, "SELECT state FROM google_run ORDER BY id DESC LIMIT 1"), "telling")) {
        google_work_for(fake, 1);
    }
    google_is_slow(fake);
    while (number(fake, "SELECT COUNT(*) FROM resource") == 0) {
        google_work_for(fake, 1);
    }
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM member"), 0);
    return id;
}

static void test_a_run_that_was_believed_is_told_to_its_end(void **state)
{
    google_fake_t *fake = a_directory(state);

    a_run_that_tells(fake);
    google_restart(fake, "host1");
    google_work(fake);
    check_all_there(fake);
    assert_int_equal(google_calls(fake), 10);
    assert_int_equal(number(fake, "SELECT tries FROM google_run"), 2);
    assert_int_equal(number(fake, "SELECT calls FROM google_run"), 10);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM task WHERE seq > 1"), 0);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM event WHERE kind = 'google.pulled'"), 1);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM event WHERE kind = 'user.created'"), 5);
}

static void test_who_asks_while_it_is_told_gets_another_run(void **state)
{
    google_fake_t *fake = a_directory(state);
    apr_int64_t first = a_run_that_tells(fake);

    google_has_user(fake, "200", "new@example.com", 0);
    assert_true(google_ask(fake, 0) > first);
    google_restart(fake, "host2");
    google_work_for(fake, 3);
    assert_string_equal(column(fake, "SELECT state FROM google_run ORDER BY id"),
                        "telling waiting");
    google_restart(fake, "host1");
    google_work(fake);
    assert_string_equal(column(fake, "SELECT state FROM google_run ORDER BY id"), "done done");
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM resource WHERE type = 'User'"), 6);
}

static void test_what_was_read_and_is_lost_is_not_told(void **state)
{
    google_fake_t *fake = a_directory(state);

    assert_string_equal(google_pull(fake, 0), "done");
    google_has_user(fake, "200", "new@example.com", 0);
    google_ask(fake, 0);
    while (
        strcmp(column(fake, "SELECT state FROM google_run ORDER BY id DESC LIMIT 1"), "telling")) {
        google_work_for(fake, 1);
    }
    database_run(google_database(fake)->db, "DELETE FROM stage WHERE id <> '200'",
                 google_database(fake)->pool);
    google_work(fake);
    assert_string_equal(column(fake, "SELECT state FROM google_run ORDER BY id"), "done failed");
    check_all_there(fake);
}

static void test_another_host_leaves_it_alone_while_it_is_worked_on(void **state)
{
    google_fake_t *fake = a_directory(state);

    google_ask(fake, 0);
    google_work_for(fake, 3);
    google_restart(fake, "host2");
    google_work_for(fake, 3);
    assert_int_equal(google_at_once(fake) > 0, 1);
    assert_int_equal(number(fake, "SELECT tries FROM google_run"), 1);
    /* Its lease has ended: it is dead. */
    database_run(google_database(fake)->db, "UPDATE lease SET until = 0",
                 google_database(fake)->pool);
    google_work(fake);
    assert_int_equal(number(fake, "SELECT tries FROM google_run"), 2);
    check_all_there(fake);
}

static void test_a_run_that_another_host_has_taken_is_let_go(void **state)
{
    google_fake_t *fake = a_directory(state);

    google_ask(fake, 0);
    google_work_for(fake, 3);
    database_run(google_database(fake)->db, "UPDATE lease SET owner = 'host2/1', fence = fence + 1",
                 google_database(fake)->pool);
    google_work_for(fake, 20);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM resource"), 0);
    assert_string_equal(column(fake, "SELECT state FROM google_run"), "running");
}

static void test_a_run_that_never_ends_is_ended(void **state)
{
    google_fake_t *fake = a_directory(state);

    google_hangs(fake, 1);
    google_ask(fake, 0);
    for (int i = 0; i < 6; i++) {
        google_work_for(fake, 2);
        google_restart(fake, "host1");
    }
    google_work_for(fake, 2);
    assert_string_equal(column(fake, "SELECT detail FROM google_run"),
                        "it was begun 5 times, and never came to an end");
}

static void test_an_idp_that_is_deleted_meanwhile_has_no_run_any_more(void **state)
{
    google_fake_t *fake = a_directory(state);

    google_ask(fake, 0);
    google_work_for(fake, 3);
    OK(scim_sync_idp_delete(google_database(fake)->db, "google", 0, google_database(fake)->pool));
    google_work_for(fake, 20);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM resource"), 0);
    assert_int_equal(number(fake, "SELECT COUNT(*) FROM stage"), 0);
}

static void test_names_that_are_not_seen_are_cleaned_and_the_faulty_named(void **state)
{
    google_fake_t *fake = google_fake(state);

    google_has(fake, "users",
               "{\"id\": \"1\", \"primaryEmail\": \"ann@example.com\", \"suspended\": false,"
               " \"archived\": true, \"name\": {\"givenName\": \"\\u200b\", \"familyName\":"
               " \"Lee\\u0007\", \"fullName\": \"Ann\\u202eLee\"}}");
    google_has(fake, "users",
               "{\"id\": \"2\", \"primaryEmail\": \"bob@example.com\", \"archived\": false}");
    google_has(fake, "users", "{\"id\": \"3\", \"suspended\": false, \"archived\": false}");
    assert_non_null(strstr(google_pull(fake, 0), "refused: nothing was taken over: of most users"));
    assert_non_null(strstr(google_pull(fake, 1), "done: 2 users and 0 groups stay as they were"));
    assert_string_equal(column(fake, users), "ann@example.com=0");
    assert_non_null(strstr(column(fake, "SELECT doc FROM resource"),
                           "\"name\":{\"formatted\":\"AnnLee\",\"familyName\":\"Lee\"}"));
    assert_non_null(strstr(column(fake, "SELECT counts FROM google_run"),
                           "\"email\":\"bob@example.com\",\"fault\":\"Google does not say whether"
                           " this user is suspended\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_directory_is_pulled),
        DATABASE_TESTS(test_what_passes_by_is_waited_for),
        DATABASE_TEST(test_an_access_token_that_ended_is_renewed_once, "sqlite3"),
        DATABASE_TEST(test_what_stays_wrong_fails_the_run_and_changes_nothing, "sqlite3"),
        DATABASE_TEST(test_no_answer_fails_the_run, "sqlite3"),
        DATABASE_TEST(test_a_right_that_is_missing_fails_the_run, "sqlite3"),
        DATABASE_TEST(test_users_without_users_fail_the_run, "sqlite3"),
        DATABASE_TEST(test_the_wrong_kind_fails_the_run, "sqlite3"),
        DATABASE_TEST(test_pages_that_go_round_fail_the_run, "sqlite3"),
        DATABASE_TEST(test_a_page_token_that_died_begins_the_listing_anew, "sqlite3"),
        DATABASE_TEST(test_a_list_that_is_empty_once_is_asked_for_twice, "sqlite3"),
        DATABASE_TESTS(test_nobody_left_is_not_believed_unless_it_is_said),
        DATABASE_TEST(test_more_gone_than_the_guard_allows_is_not_believed, "sqlite3"),
        DATABASE_TEST(test_a_group_that_goes_meanwhile_is_looked_for, "sqlite3"),
        DATABASE_TEST(test_without_a_token_nothing_is_asked, "sqlite3"),
        DATABASE_TEST(test_many_members_are_listed_at_once_but_not_faster_than_allowed, "sqlite3"),
        DATABASE_TESTS(test_a_run_whose_host_died_begins_anew),
        DATABASE_TESTS(test_a_run_that_was_believed_is_told_to_its_end),
        DATABASE_TESTS(test_who_asks_while_it_is_told_gets_another_run),
        DATABASE_TESTS(test_what_was_read_and_is_lost_is_not_told),
        DATABASE_TESTS(test_another_host_leaves_it_alone_while_it_is_worked_on),
        DATABASE_TESTS(test_a_run_that_another_host_has_taken_is_let_go),
        DATABASE_TEST(test_a_run_that_never_ends_is_ended, "sqlite3"),
        DATABASE_TESTS(test_an_idp_that_is_deleted_meanwhile_has_no_run_any_more),
        DATABASE_TESTS(test_names_that_are_not_seen_are_cleaned_and_the_faulty_named),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

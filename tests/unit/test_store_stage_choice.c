/* SPDX-License-Identifier: Apache-2.0 */
/* What is not chosen of a directory is told to nobody; what differs is kept for who asks "who?". */
#include <string.h>

#include <apr_strings.h>

#include "stage.h"
#include "store/config.h"
#include "store/google.h"
#include "store/google_change.h"
#include "store/google_choice.h"
#include "store/google_run.h"
#include "store/stage_choice.h"

static const char members[] = "SELECT in_group || '>' || id FROM stage_member"
                              " WHERE type IN ('User', 'Group') ORDER BY in_group, id";
static const char chosen[] =
    "SELECT type || ':' || id FROM stage WHERE type IN ('User', 'Group') ORDER BY type, id";

static database_t *a_directory(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "google", "main", database->pool);
    stage_begin(database);
    return database;
}

static const char *column(const database_t *database, const char *sql)
{
    return store_column(database->db, sql, database->pool);
}

/* A list of ids from a text with blanks in between. */
static apr_array_header_t *ids_of(const char *text, apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_make(p, 4, sizeof(const char *));
    char *rest = apr_pstrdup(p, text);
    char *id;

    while ((id = apr_strtok(rest, " ", &rest))) {
        APR_ARRAY_PUSH(ids, const char *) = id;
    }
    return ids;
}

static int others(const database_t *database, scim_sync_type_t type, const char *ids)
{
    apr_pool_t *p = database->pool;
    const apr_array_header_t *none = apr_array_make(p, 1, sizeof(scim_sync_stage_entry_t));
    int fresh = 0;

    OK(scim_sync_stage_put_others(database->db, "google", type, none, ids_of(ids, p), &fresh, p));
    return fresh;
}

static int part(const database_t *database, int number, const char *ids)
{
    int fresh;

    OK(scim_sync_stage_put_part(database->db, "google", number, ids_of(ids, database->pool), &fresh,
                                database->pool));
    return fresh;
}

static const char *inner(const database_t *database)
{
    apr_array_header_t *ids;

    OK(scim_sync_stage_inner_groups(database->db, &ids, "google", 100, database->pool));
    return apr_array_pstrcat(database->pool, ids, ' ');
}

static void choose(const database_t *database, scim_sync_stage_choosing_t how)
{
    OK(scim_sync_stage_choose(database->db, "google", &how, database->pool));
}

static void test_people_of_inner_groups_are_members_of_the_chosen_ones(void **state)
{
    database_t *database = a_directory(state);

    for (int i = 1; i <= 4; i++) {
        stage_user(database, apr_itoa(database->pool, i),
                   apr_psprintf(database->pool, "u%d@example.com", i), 1);
    }
    stage_group(database, "g1", "One", "one@example.com");
    stage_group(database, "g2", "Two", "two@example.com");
    assert_int_equal(others(database, SCIM_SYNC_GROUP, "i1 i2 i3 i4"), 4);
    stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "i1", SCIM_SYNC_STAGE_GROUP);
    assert_string_equal(inner(database), "i1");
    assert_string_equal(inner(database), "");
    stage_member(database, "i1", "2", SCIM_SYNC_STAGE_USER);
    stage_member(database, "i1", "i2", SCIM_SYNC_STAGE_GROUP);
    stage_member(database, "i1", "i3", SCIM_SYNC_STAGE_GROUP);
    assert_string_equal(inner(database), "i2 i3");
    /* In circles: among themselves, and back to who holds them. */
    stage_member(database, "i2", "i1", SCIM_SYNC_STAGE_GROUP);
    stage_member(database, "i2", "g1", SCIM_SYNC_STAGE_GROUP);
    stage_member(database, "i2", "g2", SCIM_SYNC_STAGE_GROUP);
    stage_member(database, "i2", "3", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g2", "4", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g2", "i3", SCIM_SYNC_STAGE_GROUP);
    assert_string_equal(inner(database), "");
    choose(database, (scim_sync_stage_choosing_t) { .sifted = 1 });
    assert_string_equal(column(database, members), "g1>1 g1>2 g1>3 g1>g2 g2>4");
    assert_string_equal(column(database, chosen), "Group:g1 Group:g2 User:1 User:2 User:3 User:4");
    assert_string_equal(stage_counts(database, 0), "users 4 0 0 0 0, groups 2 0 0 0 0,"
                                                   " members 5 0 0 0 0");
    stage_tell(database);
    assert_string_equal(column(database, "SELECT name FROM resource WHERE type = 'Group'"
                                         " ORDER BY name"),
                        "One Two");
}

static void test_everybody_in_an_inner_group_is_everybody_in_the_chosen_one(void **state)
{
    database_t *database = a_directory(state);

    stage_user(database, "1", "a@example.com", 1);
    stage_user(database, "2", "b@example.com", 1);
    stage_group(database, "g1", "One", "one@example.com");
    others(database, SCIM_SYNC_GROUP, "i1");
    stage_member(database, "g1", "i1", SCIM_SYNC_STAGE_GROUP);
    assert_string_equal(inner(database), "i1");
    stage_member(database, "i1", "C01", SCIM_SYNC_STAGE_EVERYBODY);
    choose(database, (scim_sync_stage_choosing_t) { .sifted = 1, .everybody = 1 });
    assert_string_equal(column(database, members), "g1>1 g1>2");
}

static void test_only_members_of_chosen_groups_are_left(void **state)
{
    database_t *database = a_directory(state);

    stage_user(database, "1", "a@example.com", 1);
    stage_user(database, "2", "b@example.com", 1);
    stage_user(database, "3", "c@example.com", 1);
    stage_fault(database, "4", "a fault");
    stage_fault(database, "5", "a fault");
    stage_group(database, "g1", "One", "one@example.com");
    others(database, SCIM_SYNC_GROUP, "i1");
    others(database, SCIM_SYNC_USER, "2");
    stage_user(database, "2", "b@example.com", 1);
    stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "5", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "i1", SCIM_SYNC_STAGE_GROUP);
    assert_string_equal(inner(database), "i1");
    stage_member(database, "i1", "3", SCIM_SYNC_STAGE_USER);
    choose(database, (scim_sync_stage_choosing_t) { .sifted = 1, .only_members = 1 });
    assert_string_equal(column(database, chosen), "Group:g1 User:1 User:3 User:5");
}

static void test_who_is_found_by_any_part_is_chosen_once(void **state)
{
    database_t *database = a_directory(state);

    stage_user(database, "1", "a@example.com", 1);
    stage_user(database, "2", "b@example.com", 1);
    stage_user(database, "3", "c@example.com", 1);
    assert_int_equal(part(database, 0, "1 2"), 2);
    assert_int_equal(part(database, 1, "2 3"), 2);
    assert_int_equal(part(database, 1, "3 2"), 0);
    /* The second listing begins anew, and 3 is not in it any more. */
    OK(scim_sync_stage_clear_part(database->db, "google", 1, database->pool));
    assert_int_equal(part(database, 1, "2"), 1);
    choose(database, (scim_sync_stage_choosing_t) { .parts = 2 });
    assert_string_equal(column(database, chosen), "User:1 User:2");
}

static void test_groups_that_the_query_does_not_find_are_not_chosen(void **state)
{
    database_t *database = a_directory(state);

    stage_group(database, "g1", "One", "one@example.com");
    stage_group(database, "g2", "Two", "two@example.com");
    part(database, SCIM_SYNC_STAGE_PART_OF_GROUPS, "g2 g9");
    OK(scim_sync_stage_sift_groups(database->db, "google", database->pool));
    assert_string_equal(column(database, chosen), "Group:g2");
    stage_member(database, "g2", "g1", SCIM_SYNC_STAGE_GROUP);
    assert_string_equal(inner(database), "g1");
}

static void test_whoever_moves_while_it_is_read_is_what_was_seen_last(void **state)
{
    database_t *database = a_directory(state);
    apr_pool_t *p = database->pool;
    apr_array_header_t *page = apr_array_make(p, 1, sizeof(scim_sync_stage_entry_t));
    int fresh;

    assert_int_equal(stage_user(database, "1", "a@example.com", 1), 1);
    assert_int_equal(others(database, SCIM_SYNC_USER, "1 2"), 2);
    assert_string_equal(column(database, chosen), "");
    APR_ARRAY_PUSH(page, scim_sync_stage_entry_t) = stage_make_user("2", "b@example.com", 1, p);
    OK(scim_sync_stage_put(database->db, "google", SCIM_SYNC_USER, page, &fresh, p));
    OK(scim_sync_stage_put_others(database->db, "google", SCIM_SYNC_USER, page, ids_of("", p),
                                  &fresh, p));
    assert_string_equal(column(database, chosen), "User:2");
    assert_string_equal(column(database, "SELECT type || id FROM stage ORDER BY 1"),
                        "OtherUser1 User2");
    OK(scim_sync_stage_clear_type(database->db, "google", SCIM_SYNC_USER, p));
    assert_string_equal(column(database, "SELECT type || id FROM stage"), "");
}

/* ---- what differs ---- */

static apr_int64_t a_run(const database_t *database)
{
    apr_int64_t id;
    int first;

    OK(scim_sync_google_run_ask(database->db, "google", SCIM_SYNC_RUN_PREVIEW, NULL, 0, &id, &first,
                                database->pool));
    database_run(database->db, "UPDATE google_run SET state = 'done'", database->pool);
    return id;
}

/* "<what> <type> <name>[ in <group>][: <detail>]; ...", in pages of two. */
static const char *changes(const database_t *database, apr_int64_t run, const char *type,
                           const char *what)
{
    apr_pool_t *p = database->pool;
    apr_array_header_t *list;
    apr_int64_t after = 0;
    const char *text = "";

    do {
        OK(scim_sync_google_change_list(database->db, &list, run, type, what, after, 2, p));
        for (int i = 0; i < list->nelts; i++) {
            const scim_sync_google_change_t *c = &APR_ARRAY_IDX(list, i, scim_sync_google_change_t);

            text = apr_pstrcat(p, text, *text ? "; " : "", c->what, " ", c->type, " ",
                               c->name ? c->name : c->subject, c->group ? " in " : "",
                               c->group ? c->group : "", c->detail ? ": " : "",
                               c->detail ? c->detail : "", NULL);
            after = c->id;
        }
    } while (list->nelts == 2);
    return text;
}

static void test_what_differs_is_kept_of_the_newest_run(void **state)
{
    database_t *database = a_directory(state);
    apr_pool_t *p = database->pool;
    scim_sync_google_run_t *run;
    apr_int64_t first;
    apr_int64_t second;

    stage_user(database, "1", "ann@example.com", 1);
    stage_user(database, "2", "bob@example.com", 1);
    stage_group(database, "g1", "Staff", "staff@example.com");
    stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "2", SCIM_SYNC_STAGE_USER);
    stage_counts(database, 0);
    first = a_run(database);
    OK(scim_sync_google_change_keep(database->db, "google", first, p));
    assert_string_equal(changes(database, first, NULL, NULL),
                        "new User ann@example.com; new User bob@example.com; new Group Staff;"
                        " new Member ann@example.com in Staff; new Member bob@example.com in"
                        " Staff");
    stage_tell(database);
    stage_begin(database);
    stage_user(database, "1", "ann.lee@example.com", 0);
    others(database, SCIM_SYNC_USER, "2");
    stage_fault(database, "3", "odd");
    stage_group(database, "g1", "Staff", "staff@example.com");
    stage_group(database, "g2", "All", "all@example.com");
    stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g2", "g1", SCIM_SYNC_STAGE_GROUP);
    stage_counts(database, 0);
    second = a_run(database);
    OK(scim_sync_google_change_keep(database->db, "google", second, p));
    assert_string_equal(changes(database, second, NULL, NULL),
                        "changed User ann.lee@example.com: was ann@example.com; is not active any"
                        " more; gone User bob@example.com: is in Google, and not chosen;"
                        " faulty User 3: odd; new Group All;"
                        " new Member Staff in All: a group");
    assert_string_equal(changes(database, second, "User", "gone"),
                        "gone User bob@example.com: is in Google, and not chosen");
    assert_string_equal(changes(database, second, NULL, "new"),
                        "new Group All; new Member Staff in All: a group");
    assert_string_equal(changes(database, second, "Member", "faulty"), "");
    assert_string_equal(changes(database, first, NULL, NULL), "");
    OK(scim_sync_google_run_load(database->db, &run, "google", first, p));
    assert_int_equal(run->changes, 0);
    OK(scim_sync_google_run_load(database->db, &run, "google", second, p));
    assert_int_equal(run->changes, 1);
    OK(scim_sync_idp_delete(database->db, "google", 0, p));
    assert_string_equal(column(database, "SELECT name FROM google_change"), "");
}

static void test_the_event_says_of_whom_is_not_chosen_any_more(void **state)
{
    database_t *database = a_directory(state);

    stage_user(database, "1", "ann@example.com", 1);
    stage_user(database, "2", "bob@example.com", 1);
    stage_user(database, "3", "eve@example.com", 1);
    stage_group(database, "g1", "Staff", "staff@example.com");
    stage_group(database, "g2", "All", "all@example.com");
    stage_tell(database);
    stage_begin(database);
    stage_user(database, "1", "ann@example.com", 1);
    others(database, SCIM_SYNC_USER, "2");
    others(database, SCIM_SYNC_GROUP, "g1");
    stage_tell(database);
    assert_string_equal(column(database, "SELECT kind || ' ' || name || ': '"
                                         " || COALESCE(detail, 'gone') FROM event"
                                         " WHERE kind LIKE '%%.deleted' ORDER BY 1"),
                        "group.deleted All: gone group.deleted Staff: is in Google, and not chosen"
                        " user.deleted bob@example.com: is in Google, and not chosen"
                        " user.deleted eve@example.com: gone");
}

/* ---- the choice itself ---- */

static void test_a_choice_is_put_once_for_each_version(void **state)
{
    database_t *database = a_directory(state);
    apr_pool_t *p = database->pool;
    scim_sync_google_chosen_t c;
    int stored;

    OK(scim_sync_google_choice_load(database->db, &c, "google", p));
    assert_string_equal(c.text, "{}");
    assert_int_equal(c.version, 0);
    OK(scim_sync_google_insert(database->db, "google", p));
    OK(scim_sync_google_choice_load(database->db, &c, "google", p));
    assert_int_equal(c.version, 1);
    assert_true(c.idp > 0);
    OK(scim_sync_google_choice_put(database->db, "google", "{\"everybody\":\"expand\"}", 1, &stored,
                                   p));
    assert_int_equal(stored, 1);
    OK(scim_sync_google_choice_put(database->db, "google", "{}", 1, &stored, p));
    assert_int_equal(stored, 0);
    OK(scim_sync_google_choice_load(database->db, &c, "google", p));
    assert_string_equal(c.text, "{\"everybody\":\"expand\"}");
}

static void test_a_choice_has_changed_since_the_last_run_that_was_taken_over(void **state)
{
    database_t *database = a_directory(state);
    apr_pool_t *p = database->pool;
    apr_int64_t id;
    int changed;
    int first;

    OK(scim_sync_google_choice_changed(database->db, "google", 7, &changed, p));
    assert_int_equal(changed, 0);
    OK(scim_sync_google_run_ask(database->db, "google", SCIM_SYNC_RUN_DEMAND, NULL, 0, &id, &first,
                                p));
    OK(scim_sync_google_choice_used(database->db, id, 7, p));
    database_run(database->db, "UPDATE google_run SET state = 'done'", p);
    OK(scim_sync_google_choice_used(database->db, a_run(database), 8, p));
    OK(scim_sync_google_choice_changed(database->db, "google", 7, &changed, p));
    assert_int_equal(changed, 0);
    OK(scim_sync_google_choice_changed(database->db, "google", 8, &changed, p));
    assert_int_equal(changed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_people_of_inner_groups_are_members_of_the_chosen_ones),
        DATABASE_TESTS(test_everybody_in_an_inner_group_is_everybody_in_the_chosen_one),
        DATABASE_TESTS(test_only_members_of_chosen_groups_are_left),
        DATABASE_TESTS(test_who_is_found_by_any_part_is_chosen_once),
        DATABASE_TESTS(test_groups_that_the_query_does_not_find_are_not_chosen),
        DATABASE_TESTS(test_whoever_moves_while_it_is_read_is_what_was_seen_last),
        DATABASE_TESTS(test_what_differs_is_kept_of_the_newest_run),
        DATABASE_TESTS(test_the_event_says_of_whom_is_not_chosen_any_more),
        DATABASE_TESTS(test_a_choice_is_put_once_for_each_version),
        DATABASE_TESTS(test_a_choice_has_changed_since_the_last_run_that_was_taken_over),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What a pull has found becomes what the IdP tells: only what differs, and with its tasks. */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "stage.h"

static const char everything[] = "SELECT type || ':' || name || '=' || active || '/' || version"
                                 " FROM resource ORDER BY type, name";
static const char members[] = "SELECT g.name || '>' || r.name FROM member m"
                              " JOIN resource g ON g.id = m.resource"
                              " JOIN resource r ON r.id = m.value ORDER BY g.name, r.name";
static const char tasks[] =
    "SELECT kind || ':' || name || '*' || seq FROM task ORDER BY kind, name";
static const char events[] = "SELECT kind || ':' || name FROM event ORDER BY id";

static database_t *a_directory(void **state)
{
    database_t *database = store_of(state);

    store_idp(database->db, "google", "main", database->pool);
    return database;
}

static const char *column(const database_t *database, const char *sql)
{
    return store_column(database->db, sql, database->pool);
}

/* As after a run that all has been done for. */
static void forget(const database_t *database)
{
    database_run(database->db, "DELETE FROM task", database->pool);
    database_run(database->db, "DELETE FROM event_unlogged", database->pool);
    database_run(database->db, "DELETE FROM event", database->pool);
}

static void find_three(const database_t *database)
{
    stage_begin(database);
    stage_user(database, "1", "ann@example.com", 1);
    stage_user(database, "2", "bob@example.com", 1);
    stage_user(database, "3", "eve@example.com", 0);
    stage_group(database, "g1", "Staff", "staff@example.com");
    stage_group(database, "g2", "All", "all@example.com");
    stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "2", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g2", "g1", SCIM_SYNC_STAGE_GROUP);
}

static void test_what_is_found_first_is_told_as_over_scim(void **state)
{
    database_t *database = a_directory(state);

    find_three(database);
    assert_string_equal(stage_counts(database, 0), "users 3 0 0 0 0, groups 2 0 0 0 0,"
                                                   " members 3 0 0 0 0");
    stage_tell(database);
    assert_string_equal(column(database, everything),
                        "Group:All=1/1 Group:Staff=1/1 User:ann@example.com=1/1"
                        " User:bob@example.com=1/1 User:eve@example.com=0/1");
    assert_string_equal(column(database, members),
                        "All>Staff Staff>ann@example.com Staff>bob@example.com");
    assert_string_equal(column(database, tasks),
                        "group:All*1 group:Staff*1 user:ann@example.com*1 user:bob@example.com*1"
                        " user:eve@example.com*1");
    assert_string_equal(column(database, events),
                        "user.created:ann@example.com user.created:bob@example.com"
                        " user.created:eve@example.com group.created:Staff group.created:All");
    assert_string_equal(column(database, "SELECT external_id FROM resource ORDER BY external_id"),
                        "1 2 3 g1 g2");
    assert_string_equal(column(database, "SELECT DISTINCT actor FROM event"), "idp:google");
}

static void test_what_is_the_same_is_not_written(void **state)
{
    database_t *database = a_directory(state);

    find_three(database);
    stage_counts(database, 0);
    stage_tell(database);
    forget(database);
    database_run(database->db, "UPDATE resource SET modified = 1", database->pool);
    find_three(database);
    assert_string_equal(stage_counts(database, 0), "users 0 0 0 3 0, groups 0 0 0 2 0,"
                                                   " members 0 0 0 3 0");
    stage_tell(database);
    assert_string_equal(column(database, "SELECT DISTINCT modified FROM resource"), "1");
    assert_string_equal(column(database, tasks), "");
    assert_string_equal(column(database, events), "");
}

static void test_what_differs_is_told_and_nothing_else(void **state)
{
    database_t *database = a_directory(state);

    find_three(database);
    stage_counts(database, 0);
    stage_tell(database);
    forget(database);
    stage_begin(database);
    stage_user(database, "1", "ann.new@example.com", 1);
    stage_user(database, "2", "bob@example.com", 0);
    stage_user(database, "4", "new@example.com", 1);
    stage_group(database, "g1", "Staff", "staff@example.com");
    stage_group(database, "g3", "More", "more@example.com");
    stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "4", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "g3", SCIM_SYNC_STAGE_GROUP);
    stage_member(database, "g3", "2", SCIM_SYNC_STAGE_USER);
    assert_string_equal(stage_counts(database, 0), "users 1 2 1 0 0, groups 1 0 1 1 0,"
                                                   " members 3 0 2 1 0");
    stage_tell(database);
    assert_string_equal(column(database, everything),
                        "Group:More=1/1 Group:Staff=1/3 User:ann.new@example.com=1/2"
                        " User:bob@example.com=0/2 User:new@example.com=1/1");
    assert_string_equal(column(database, members), "More>bob@example.com"
                                                   " Staff>More Staff>ann.new@example.com"
                                                   " Staff>new@example.com");
    assert_string_equal(column(database, events),
                        "user.renamed:ann.new@example.com user.deactivated:bob@example.com"
                        " user.created:new@example.com group.created:More group.members:Staff"
                        " group.members:Staff group.deleted:All user.deleted:eve@example.com");
    assert_string_equal(column(database, "SELECT detail FROM event WHERE kind = 'group.members'"
                                         " ORDER BY id"),
                        "2 added, 0 removed 0 added, 1 removed");
    assert_string_equal(column(database, "SELECT kind || ':' || name FROM task ORDER BY 1"),
                        "group:All group:More user:ann.new@example.com user:bob@example.com"
                        " user:eve@example.com user:new@example.com");
}

static void test_people_who_exchange_addresses_do_so(void **state)
{
    database_t *database = a_directory(state);

    stage_begin(database);
    stage_user(database, "1", "a@example.com", 1);
    stage_user(database, "2", "b@example.com", 1);
    stage_counts(database, 0);
    stage_tell(database);
    stage_begin(database);
    stage_user(database, "1", "b@example.com", 1);
    stage_user(database, "2", "A@example.com", 1);
    assert_string_equal(stage_counts(database, 0), "users 0 2 0 0 0, groups 0 0 0 0 0,"
                                                   " members 0 0 0 0 0");
    stage_tell(database);
    assert_string_equal(column(database, "SELECT external_id || name_key FROM resource ORDER BY 1"),
                        "1b@example.com 2a@example.com");
}

static void test_of_two_with_one_address_the_one_who_was_told_with_it_has_it(void **state)
{
    database_t *database = a_directory(state);

    stage_begin(database);
    stage_user(database, "2", "a@example.com", 1);
    stage_user(database, "3", "c@example.com", 1);
    stage_counts(database, 0);
    stage_tell(database);
    stage_begin(database);
    stage_user(database, "1", "a@example.com", 1);
    stage_user(database, "2", "A@example.com", 1);
    stage_user(database, "3", "a@example.com", 0);
    /* Nothing is concluded of 3, which keeps its old address: so nobody else can have that. */
    stage_user(database, "4", "c@example.com", 1);
    assert_string_equal(stage_counts(database, 0), "users 0 1 0 0 3, groups 0 0 0 0 0,"
                                                   " members 0 0 0 0 0");
    stage_tell(database);
    assert_string_equal(column(database,
                               "SELECT external_id || name || active FROM resource ORDER BY 1"),
                        "2A@example.com1 3c@example.com1");
    assert_string_equal(stage_faults(database), "1: another user has this address;"
                                                " 3: another user has this address;"
                                                " 4: another user has this address;");
}

static void test_groups_of_one_name_are_told_apart_by_their_addresses(void **state)
{
    static const char names[] = "SELECT external_id || '=' || name FROM resource ORDER BY 1";
    database_t *database = a_directory(state);

    stage_begin(database);
    stage_group(database, "g2", "Sales", "eu@example.com");
    stage_counts(database, 0);
    stage_tell(database);
    stage_begin(database);
    stage_group(database, "g1", "sales", "us@example.com");
    stage_group(database, "g2", "Sales", "eu@example.com");
    stage_group(database, "g3", "Sales", "x@example.com");
    stage_counts(database, 0);
    stage_tell(database);
    assert_string_equal(column(database, names),
                        "g1=sales (us@example.com) g2=Sales g3=Sales (x@example.com)");
    /* The first one goes: another one does not slip into its name, and so into its access. */
    stage_begin(database);
    stage_group(database, "g1", "sales", "us@example.com");
    stage_group(database, "g3", "Sales", "x@example.com");
    assert_string_equal(stage_counts(database, 0), "users 0 0 0 0 0, groups 0 0 1 2 0,"
                                                   " members 0 0 0 0 0");
    stage_tell(database);
    assert_string_equal(column(database, names),
                        "g1=sales (us@example.com) g3=Sales (x@example.com)");
}

static void test_of_who_has_a_fault_nothing_is_concluded(void **state)
{
    database_t *database = a_directory(state);

    find_three(database);
    stage_counts(database, 0);
    stage_tell(database);
    forget(database);
    stage_begin(database);
    stage_fault(database, "1", "Google does not say whether this user is suspended");
    stage_fault(database, "9", "this user has no primary e-mail address");
    stage_user(database, "2", "bob@example.com", 1);
    stage_user(database, "3", "eve@example.com", 0);
    stage_group(database, "g1", "Staff", "staff@example.com");
    stage_group(database, "g2", "All", "all@example.com");
    stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "2", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "9", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g2", "g1", SCIM_SYNC_STAGE_GROUP);
    assert_string_equal(stage_counts(database, 0), "users 0 0 0 2 2, groups 0 0 0 2 0,"
                                                   " members 0 0 0 3 0");
    stage_tell(database);
    assert_string_equal(column(database, events), "");
    assert_string_equal(stage_faults(database),
                        "1: Google does not say whether this user is suspended;"
                        " 9: this user has no primary e-mail address;");
}

static void test_people_from_outside_are_counted_and_left_out(void **state)
{
    database_t *database = a_directory(state);

    find_three(database);
    stage_member(database, "g1", "77", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g1", "g77", SCIM_SYNC_STAGE_GROUP);
    stage_member(database, "g1", "x", SCIM_SYNC_STAGE_OTHER);
    assert_string_equal(stage_counts(database, 0), "users 3 0 0 0 0, groups 2 0 0 0 0,"
                                                   " members 3 0 0 0 3");
    stage_tell(database);
    assert_string_equal(column(database, members),
                        "All>Staff Staff>ann@example.com Staff>bob@example.com");
}

static void test_everybody_is_each_user_if_the_rule_says_so(void **state)
{
    database_t *database = a_directory(state);

    find_three(database);
    stage_member(database, "g2", "C01", SCIM_SYNC_STAGE_EVERYBODY);
    stage_counts(database, 1);
    stage_tell(database);
    assert_string_equal(column(database, members),
                        "All>Staff All>ann@example.com All>bob@example.com All>eve@example.com"
                        " Staff>ann@example.com Staff>bob@example.com");
    find_three(database);
    stage_member(database, "g2", "C01", SCIM_SYNC_STAGE_EVERYBODY);
    assert_string_equal(stage_counts(database, 0), "users 0 0 0 3 0, groups 0 0 0 2 0,"
                                                   " members 0 0 3 3 1");
}

static void test_people_of_a_group_that_goes_get_tasks(void **state)
{
    database_t *database = a_directory(state);

    find_three(database);
    stage_counts(database, 0);
    stage_tell(database);
    forget(database);
    stage_begin(database);
    stage_user(database, "1", "ann@example.com", 1);
    stage_user(database, "2", "bob@example.com", 1);
    stage_user(database, "3", "eve@example.com", 0);
    stage_counts(database, 0);
    stage_tell(database);
    assert_string_equal(column(database, "SELECT kind || ':' || name FROM task ORDER BY 1"),
                        "group:All group:Staff user:ann@example.com user:bob@example.com");
}

/* Two exchange addresses, one was deleted and made anew, as was a group; one moves to another. */
static void find_others(const database_t *database)
{
    stage_begin(database);
    stage_user(database, "1", "bob@example.com", 1);
    stage_user(database, "2", "ann@example.com", 1);
    stage_user(database, "33", "eve@example.com", 1);
    stage_group(database, "g11", "Staff", "staff@example.com");
    stage_group(database, "g2", "All", "all@example.com");
    stage_group(database, "g3", "Team", "team@example.com");
    stage_member(database, "g11", "1", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g2", "g11", SCIM_SYNC_STAGE_GROUP);
    stage_member(database, "g3", "2", SCIM_SYNC_STAGE_USER);
    stage_member(database, "g3", "33", SCIM_SYNC_STAGE_USER);
}

/* Nobody is missing at any time: neither told of by no address, nor in none of the groups. */
static void check_nobody_is_missing(const database_t *database)
{
    assert_string_equal(column(database, "SELECT DISTINCT name FROM resource WHERE name IN"
                                         " ('ann@example.com', 'bob@example.com',"
                                         " 'eve@example.com') ORDER BY 1"),
                        "ann@example.com bob@example.com eve@example.com");
    assert_string_equal(column(database, "SELECT DISTINCT r.external_id FROM member m JOIN resource"
                                         " r ON r.id = m.value WHERE r.external_id IN ('1', '2')"
                                         " ORDER BY 1"),
                        "1 2");
    assert_string_equal(column(database, "SELECT DISTINCT name FROM resource WHERE type = 'Group'"
                                         " AND name IN ('Staff', 'All') ORDER BY 1"),
                        "All Staff");
}

static void test_a_telling_that_is_broken_off_anywhere_is_finished(void **state)
{
    database_t *database = a_directory(state);
    const char *ids = "SELECT external_id || '=' || name_key || '/' || active FROM resource"
                      " ORDER BY 1";
    const char *who;
    const char *in;
    int broken = 0;
    int more = 1;

    find_three(database);
    stage_counts(database, 0);
    stage_tell(database);
    forget(database);
    find_others(database);
    stage_counts(database, 0);
    while (more) {
        scim_sync_stage_place_t place = { .step = 0 };

        OK(scim_sync_db_begin(database->db, database->pool));
        for (int i = 0; i < broken && more; i++) {
            more = stage_tell_page(database, &place);
            check_nobody_is_missing(database);
        }
        place = (scim_sync_stage_place_t) { .step = 0 };
        while (stage_tell_page(database, &place)) {
            continue;
        }
        who = column(database, ids);
        in = column(database, members);
        assert_string_equal(column(database, "SELECT DISTINCT kind || ':' || name FROM task"
                                             " ORDER BY 1"),
                            "group:Staff group:Team user:ann@example.com user:bob@example.com"
                            " user:eve@example.com");
        scim_sync_db_rollback(database->db, database->pool);
        assert_string_equal(who, "1=bob@example.com/1 2=ann@example.com/1 33=eve@example.com/1"
                                 " g11=staff/1 g2=all/1 g3=team/1");
        assert_string_equal(in, "All>Staff Staff>bob@example.com Team>ann@example.com"
                                " Team>eve@example.com");
        broken++;
    }
    assert_true(broken > 10);
}

static void test_a_page_that_comes_twice_is_noticed(void **state)
{
    database_t *database = a_directory(state);

    stage_begin(database);
    assert_int_equal(stage_user(database, "1", "a@example.com", 1), 1);
    assert_int_equal(stage_user(database, "1", "b@example.com", 1), 0);
    assert_int_equal(stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER), 1);
    assert_int_equal(stage_member(database, "g1", "1", SCIM_SYNC_STAGE_USER), 0);
    stage_counts(database, 0);
    stage_tell(database);
    assert_string_equal(column(database, everything), "User:b@example.com=1/1");
}

static void test_a_listing_can_be_begun_anew(void **state)
{
    database_t *database = a_directory(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    apr_array_header_t *ids;

    find_three(database);
    OK(scim_sync_stage_clear_type(db, "google", SCIM_SYNC_USER, p));
    OK(scim_sync_stage_clear_members(db, "google", "g1", p));
    assert_string_equal(stage_counts(database, 0), "users 0 0 0 0 0, groups 2 0 0 0 0,"
                                                   " members 1 0 0 0 0");
    OK(scim_sync_stage_groups(db, &ids, "google", "", 1, p));
    assert_int_equal(ids->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(ids, 0, const char *), "g1");
    OK(scim_sync_stage_groups(db, &ids, "google", "g1", 9, p));
    assert_int_equal(ids->nelts, 1);
    OK(scim_sync_stage_clear(db, "google", p));
    assert_string_equal(stage_counts(database, 0), "users 0 0 0 0 0, groups 0 0 0 0 0,"
                                                   " members 0 0 0 0 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_what_is_found_first_is_told_as_over_scim),
        DATABASE_TESTS(test_what_is_the_same_is_not_written),
        DATABASE_TESTS(test_what_differs_is_told_and_nothing_else),
        DATABASE_TESTS(test_people_who_exchange_addresses_do_so),
        DATABASE_TESTS(test_of_two_with_one_address_the_one_who_was_told_with_it_has_it),
        DATABASE_TESTS(test_groups_of_one_name_are_told_apart_by_their_addresses),
        DATABASE_TESTS(test_of_who_has_a_fault_nothing_is_concluded),
        DATABASE_TESTS(test_people_from_outside_are_counted_and_left_out),
        DATABASE_TESTS(test_everybody_is_each_user_if_the_rule_says_so),
        DATABASE_TESTS(test_people_of_a_group_that_goes_get_tasks),
        DATABASE_TESTS(test_a_telling_that_is_broken_off_anywhere_is_finished),
        DATABASE_TESTS(test_a_page_that_comes_twice_is_noticed),
        DATABASE_TESTS(test_a_listing_can_be_begun_anew),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

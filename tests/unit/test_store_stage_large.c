/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of 20,000 users and 1,000 groups: what it takes to tell of it does not grow with it
 * in memory, and what did not change costs little. How long it took is printed, for people. A
 * sanitizer, which says nothing of either, has enough in a quarter of them.
 */
#include <sys/resource.h>

#include <apr_strings.h>
#include <apr_time.h>

#include "stage.h"

#ifdef __SANITIZE_ADDRESS__
#define USERS 5000
#else
#define USERS 20000
#endif
#define GROUPS 1000
#define PAGE   500
/* Each user is in so many groups, about. */
#define MEMBERSHIPS 3
/*
 * KiB that it may take at most beyond what it took before: SQLite's cache, which fills by it, is
 * bounded (store/dialect_sqlite3.c).
 */
#define MOST_MEMORY (16 * 1024)

/* Members of a group on one page: users n * step + first. */
static void find_members(const database_t *database, int group, apr_pool_t *p)
{
    apr_array_header_t *page = apr_array_make(p, 64, sizeof(scim_sync_stage_member_t));
    int fresh;

    for (int i = 0; i < USERS * MEMBERSHIPS / GROUPS; i++) {
        APR_ARRAY_PUSH(page, scim_sync_stage_member_t) = (scim_sync_stage_member_t) {
            .id = apr_psprintf(p, "%d", 100000 + (group + i * (GROUPS / MEMBERSHIPS)) % USERS),
            .kind = SCIM_SYNC_STAGE_USER
        };
    }
    OK(scim_sync_stage_put_members(database->db, "google", apr_psprintf(p, "g%d", group), page,
                                   &fresh, p));
    assert_int_equal(fresh, page->nelts);
}

static void find_users(const database_t *database, int first, int inactive, apr_pool_t *p)
{
    apr_array_header_t *page = apr_array_make(p, PAGE, sizeof(scim_sync_stage_entry_t));
    int fresh;

    for (int i = first; i < first + PAGE; i++) {
        APR_ARRAY_PUSH(page, scim_sync_stage_entry_t) =
            stage_make_user(apr_psprintf(p, "%d", 100000 + i),
                            apr_psprintf(p, "user%d@example.com", i), i >= inactive, p);
    }
    OK(scim_sync_stage_put(database->db, "google", SCIM_SYNC_USER, page, &fresh, p));
    assert_int_equal(fresh, PAGE);
}

static void find_all(const database_t *database, int inactive)
{
    apr_pool_t *p;

    apr_pool_create(&p, database->pool);
    OK(scim_sync_db_begin(database->db, p));
    stage_begin(database);
    for (int i = 0; i < USERS; i += PAGE) {
        find_users(database, i, inactive, p);
        apr_pool_clear(p);
    }
    for (int i = 0; i < GROUPS; i++) {
        stage_group(database, apr_psprintf(p, "g%d", i), apr_psprintf(p, "Group %d", i),
                    apr_psprintf(p, "group%d@example.com", i));
        find_members(database, i, p);
        apr_pool_clear(p);
    }
    OK(scim_sync_db_commit(database->db, p));
    apr_pool_destroy(p);
}

/* KiB that this process has had at most. */
static long most_memory(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static double seconds_of(const database_t *database, void (*what)(const database_t *database))
{
    apr_time_t start = apr_time_now();

    what(database);
    return (double)(apr_time_now() - start) / APR_USEC_PER_SEC;
}

static void find_first(const database_t *database)
{
    find_all(database, 0);
}

static void find_second(const database_t *database)
{
    find_all(database, 10);
}

static void settle(const database_t *database)
{
    print_message("%s\n", stage_counts(database, 0));
}

static void test_a_large_directory_is_told_in_pages(void **state)
{
    database_t *database = store_of(state);
    long before;
    double first;
    double second;

    store_idp(database->db, "google", "main", database->pool);
    print_message("found in %.2f s\n", seconds_of(database, find_first));
    print_message("compared in %.2f s\n", seconds_of(database, settle));
    before = most_memory();
    first = seconds_of(database, stage_tell);
    print_message("told in %.2f s, %ld KiB more\n", first, most_memory() - before);
#ifndef __SANITIZE_ADDRESS__ /* which keeps freed memory back */
    assert_true(most_memory() - before < MOST_MEMORY);
#endif
    assert_int_equal(database_number(database->db, "SELECT COUNT(*) FROM member", database->pool),
                     USERS * MEMBERSHIPS);
    database_run(database->db, "DELETE FROM task", database->pool);
    print_message("found again in %.2f s\n", seconds_of(database, find_second));
    print_message("compared again in %.2f s\n", seconds_of(database, settle));
    second = seconds_of(database, stage_tell);
    print_message("told again in %.2f s\n", second);
    assert_int_equal(database_number(database->db, "SELECT COUNT(*) FROM task", database->pool),
                     10);
    assert_true(second < first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_large_directory_is_told_in_pages),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a site's limits. */
#include "store.h"
#include "store/limits.h"

static const char *kept(const database_t *database, const char *site)
{
    const char *state;
    apr_int64_t age = -1;

    OK(scim_sync_limits_load(database->db, &state, &age, site, database->pool));
    if (state) {
        assert_in_range(age, 0, 10000);
    }
    return state;
}

static void keep(const database_t *database, const char *site, const char *state, apr_int64_t pause)
{
    OK(scim_sync_limits_save(database->db, site, state, pause, pause ? "too many" : NULL,
                             database->pool));
}

static int paused(const database_t *database)
{
    apr_array_header_t *list;

    OK(scim_sync_limits_paused(database->db, &list, database->pool));
    return list->nelts;
}

static void test_the_last_state_is_kept(void **state)
{
    database_t *database = store_of(state);

    assert_null(kept(database, "main"));
    keep(database, "main", "{}", 0);
    assert_string_equal(kept(database, "main"), "{}");
    keep(database, "main", "{\"window\":7}", 0);
    assert_string_equal(kept(database, "main"), "{\"window\":7}");
    assert_string_equal(store_column(database->db, "SELECT COUNT(*) FROM limiter", database->pool),
                        "1");
}

static void test_what_did_not_change_is_not_written(void **state)
{
    database_t *database = store_of(state);

    keep(database, "main", "{}", 0);
    database_run(database->db, "UPDATE limiter SET changed = 1", database->pool);
    keep(database, "main", "{}", 0);
    assert_string_equal(store_column(database->db, "SELECT changed FROM limiter", database->pool),
                        "1");
}

static void test_all_are_shown(void **state)
{
    database_t *database = store_of(state);
    const scim_sync_limits_row_t *row;
    apr_array_header_t *list;

    keep(database, "main", "{}", 60000);
    OK(scim_sync_limits_list(database->db, &list, database->pool));
    assert_int_equal(list->nelts, 1);
    row = &APR_ARRAY_IDX(list, 0, scim_sync_limits_row_t);
    assert_string_equal(row->site, "main");
    assert_string_equal(row->state, "{}");
    assert_string_equal(row->why, "too many");
    assert_in_range(row->age, 0, 10000);
    assert_true(row->paused > row->changed);
    database_run(database->db, "UPDATE limiter SET paused = 1", database->pool);
    OK(scim_sync_limits_list(database->db, &list, database->pool));
    assert_int_equal(APR_ARRAY_IDX(list, 0, scim_sync_limits_row_t).paused, 0);
}

static void test_it_goes_with_its_site(void **state)
{
    database_t *database = store_of(state);

    keep(database, "gone", "{}", 0);
    assert_null(kept(database, "gone"));
    keep(database, "main", "{}", 0);
    database_run(database->db, "DELETE FROM site WHERE name = 'main'", database->pool);
    assert_null(kept(database, "main"));
}

static void test_a_pause_is_told_until_it_is_over(void **state)
{
    database_t *database = store_of(state);
    apr_array_header_t *list;

    assert_int_equal(paused(database), 0);
    keep(database, "main", "{\"paused\":1}", 60000);
    OK(scim_sync_limits_paused(database->db, &list, database->pool));
    assert_int_equal(list->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(list, 0, scim_sync_paused_t).site, "main");
    assert_string_equal(APR_ARRAY_IDX(list, 0, scim_sync_paused_t).why, "too many");
    database_run(database->db, "UPDATE limiter SET paused = {now} - 1", database->pool);
    assert_int_equal(paused(database), 0);
    keep(database, "main", "{}", 0);
    assert_int_equal(paused(database), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_the_last_state_is_kept),
        DATABASE_TESTS(test_what_did_not_change_is_not_written),
        DATABASE_TESTS(test_all_are_shown),
        DATABASE_TESTS(test_it_goes_with_its_site),
        DATABASE_TESTS(test_a_pause_is_told_until_it_is_over),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

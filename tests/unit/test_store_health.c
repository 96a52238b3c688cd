/* SPDX-License-Identifier: Apache-2.0 */
/* What was done lately, over all hosts; and which hosts there are. */
#include <apr_strings.h>

#include "store.h"
#include "store/health.h"

static void add(const database_t *database, const char *host, int requests, int longest)
{
    const scim_sync_health_t counted = { .requests = requests,
                                         .refused = 1,
                                         .failed = 2,
                                         .busy = 10 * requests,
                                         .longest = longest,
                                         .tasks = 3,
                                         .calls = 4,
                                         .limited = 5 };

    OK(scim_sync_health_add(database->db, host, &counted, database->pool));
}

static apr_array_header_t *series(const database_t *database, int hours)
{
    apr_array_header_t *steps;

    OK(scim_sync_health_series(database->db, &steps, hours, database->pool));
    return steps;
}

static void run(const database_t *database, const char *sql)
{
    database_run(database->db, sql, database->pool);
}

static void test_a_step_sums_up_all_hosts(void **state)
{
    database_t *database = store_of(state);
    const scim_sync_health_t *step;

    assert_int_equal(series(database, 168)->nelts, 0);
    add(database, "one", 10, 700);
    add(database, "one", 20, 900);
    add(database, "other", 5, 800);
    /* It may be that the next step has begun meanwhile. */
    run(database, "UPDATE health SET host = host || at");
    run(database, "UPDATE health SET at = (SELECT MAX(at) FROM health)");
    assert_int_equal(series(database, 1)->nelts, 1);
    step = &APR_ARRAY_IDX(series(database, 1), 0, scim_sync_health_t);
    assert_int_equal(step->at % SCIM_SYNC_HEALTH_STEP_MS, 0);
    assert_int_equal(step->requests, 35);
    assert_int_equal(step->refused, 3);
    assert_int_equal(step->failed, 6);
    assert_int_equal(step->busy, 350);
    assert_int_equal(step->longest, 900);
    assert_int_equal(step->tasks, 9);
    assert_int_equal(step->calls, 12);
    assert_int_equal(step->limited, 15);
}

static void test_a_week_is_kept(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    add(database, "one", 1, 1);
    run(database, "UPDATE health SET at = at - 25 * 3600000");
    add(database, "one", 2, 1);
    assert_int_equal(series(database, 24)->nelts, 1);
    assert_int_equal(series(database, 48)->nelts, 2);
    assert_int_equal(APR_ARRAY_IDX(series(database, 48), 0, scim_sync_health_t).requests, 1);
    run(database, "UPDATE health SET at = at - 7 * 86400000 WHERE requests = 1");
    add(database, "one", 3, 1);
    assert_int_equal(
        database_number(database->db, "SELECT COUNT(*) FROM health WHERE requests = 1", p), 0);
}

static void see(const database_t *database, const char *host, const char *name)
{
    const scim_sync_node_t node = { .host = host, .name = name, .version = "1.0", .wrote = 7 };

    OK(scim_sync_node_seen(database->db, &node, database->pool));
}

static const char *nodes(const database_t *database)
{
    apr_array_header_t *list;
    const char *text = "";

    OK(scim_sync_node_list(database->db, &list, database->pool));
    for (int i = 0; i < list->nelts; i++) {
        const scim_sync_node_t *node = &APR_ARRAY_IDX(list, i, scim_sync_node_t);

        assert_true(node->begun <= node->seen);
        assert_string_equal(node->version, "1.0");
        assert_int_equal(node->wrote, 7);
        text = apr_pstrcat(database->pool, text, i ? " " : "", node->name, "/", node->host, NULL);
    }
    return text;
}

static void age(const database_t *database, const char *host, int minutes)
{
    database_run(database->db,
                 apr_psprintf(database->pool,
                              "UPDATE node SET begun = begun - %d * 60000, seen = seen - %d * 60000"
                              " WHERE host = '%s'",
                              minutes, minutes, host),
                 database->pool);
}

static void test_nodes_that_are_there_and_that_were(void **state)
{
    database_t *database = store_of(state);

    see(database, "a", "alpha");
    see(database, "b", "beta");
    see(database, "b", "beta");
    assert_string_equal(nodes(database), "alpha/a beta/b");
    /* Another machine that is silent is worth knowing of; the same one was started anew. */
    age(database, "a", 60);
    age(database, "b", 2);
    see(database, "c", "beta");
    assert_string_equal(nodes(database), "alpha/a beta/b beta/c");
    age(database, "b", 2);
    see(database, "c", "beta");
    assert_string_equal(nodes(database), "alpha/a beta/c");
    age(database, "a", 8 * 24 * 60);
    see(database, "c", "beta");
    assert_string_equal(nodes(database), "beta/c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_step_sums_up_all_hosts),
        DATABASE_TESTS(test_a_week_is_kept),
        DATABASE_TESTS(test_nodes_that_are_there_and_that_were),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Leases: one owner at a time, and one who lost it can't go on unnoticed. */
#include "store.h"
#include "store/lease.h"

static scim_sync_lease_t lease_of(const char *owner)
{
    return (scim_sync_lease_t) { .name = "site:main", .owner = owner };
}

static int take(const database_t *database, scim_sync_lease_t *lease, const char *host)
{
    int taken;

    OK(scim_sync_lease_take(database->db, lease, host, 60000, &taken, database->pool));
    return taken;
}

static int keep(const database_t *database, const scim_sync_lease_t *lease)
{
    int kept;

    OK(scim_sync_lease_keep(database->db, lease, 60000, &kept, database->pool));
    return kept;
}

static void end_it(const database_t *database)
{
    database_run(database->db, "UPDATE lease SET until = {now} - 1", database->pool);
}

static void test_one_owner_at_a_time(void **state)
{
    database_t *database = store_of(state);
    scim_sync_lease_t a = lease_of("hosta/1");
    scim_sync_lease_t b = lease_of("hostb/1");

    assert_true(take(database, &a, "hosta"));
    assert_int_equal(a.fence, 1);
    assert_false(take(database, &b, "hostb"));
    assert_int_equal(b.fence, 0);
    assert_true(keep(database, &a));
    assert_false(keep(database, &b));
}

static void test_another_lease_is_another_matter(void **state)
{
    database_t *database = store_of(state);
    scim_sync_lease_t a = lease_of("hosta/1");
    scim_sync_lease_t b = { .name = "site:other", .owner = "hostb/1" };

    assert_true(take(database, &a, "hosta"));
    assert_true(take(database, &b, "hostb"));
    assert_true(keep(database, &a));
}

static void test_an_ended_lease_goes_to_who_asks(void **state)
{
    database_t *database = store_of(state);
    scim_sync_lease_t a = lease_of("hosta/1");
    scim_sync_lease_t b = lease_of("hostb/1");

    assert_true(take(database, &a, "hosta"));
    end_it(database);
    assert_true(take(database, &b, "hostb"));
    assert_int_equal(b.fence, 2);
    assert_false(keep(database, &a)); /* it slept through its end */
    assert_false(take(database, &a, "hosta"));
    assert_true(keep(database, &b));
}

static void test_an_ended_lease_that_nobody_took_goes_on(void **state)
{
    database_t *database = store_of(state);
    scim_sync_lease_t a = lease_of("hosta/1");
    scim_sync_lease_t b = lease_of("hostb/1");

    assert_true(take(database, &a, "hosta"));
    end_it(database);
    assert_true(keep(database, &a));
    assert_false(take(database, &b, "hostb"));
}

static void test_a_dead_holder_of_this_host_is_replaced_at_once(void **state)
{
    database_t *database = store_of(state);
    scim_sync_lease_t old = lease_of("host/1");
    scim_sync_lease_t young = lease_of("host/2");
    scim_sync_lease_t alike = lease_of("hos/2");

    assert_true(take(database, &old, "host"));
    assert_false(take(database, &alike, "hos")); /* a host whose name begins the same */
    assert_true(take(database, &young, "host"));
    assert_int_equal(young.fence, 2);
    assert_false(keep(database, &old));
}

/* The same owner once more is another reign: what the first one still wants to write is refused. */
static void test_the_fence_tells_reigns_of_one_owner_apart(void **state)
{
    database_t *database = store_of(state);
    scim_sync_lease_t first = lease_of("host/1");
    scim_sync_lease_t second = lease_of("host/1");

    assert_true(take(database, &first, "host"));
    assert_true(take(database, &second, "host"));
    assert_false(keep(database, &first));
    OK(scim_sync_lease_drop(database->db, &first, database->pool));
    assert_true(keep(database, &second));
}

static void test_given_back_it_is_free(void **state)
{
    database_t *database = store_of(state);
    scim_sync_lease_t a = lease_of("hosta/1");
    scim_sync_lease_t b = lease_of("hostb/1");

    assert_true(take(database, &a, "hosta"));
    OK(scim_sync_lease_drop(database->db, &b, database->pool)); /* not its own */
    assert_false(take(database, &b, "hostb"));
    OK(scim_sync_lease_drop(database->db, &a, database->pool));
    assert_true(take(database, &b, "hostb"));
    assert_int_equal(b.fence, 2);
}

static void test_those_that_are_held_are_known(void **state)
{
    database_t *database = store_of(state);
    scim_sync_lease_t main_site = lease_of("hosta/1");
    scim_sync_lease_t other = { .name = "site:other", .owner = "hostb/2" };
    apr_array_header_t *leases;

    assert_true(take(database, &main_site, "hosta"));
    assert_true(take(database, &other, "hostb"));
    OK(scim_sync_lease_drop(database->db, &main_site, database->pool));
    OK(scim_sync_lease_list(database->db, &leases, database->pool));
    assert_int_equal(leases->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(leases, 0, scim_sync_lease_t).name, "site:other");
    assert_string_equal(APR_ARRAY_IDX(leases, 0, scim_sync_lease_t).owner, "hostb/2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_one_owner_at_a_time),
        DATABASE_TESTS(test_another_lease_is_another_matter),
        DATABASE_TESTS(test_an_ended_lease_goes_to_who_asks),
        DATABASE_TESTS(test_an_ended_lease_that_nobody_took_goes_on),
        DATABASE_TESTS(test_a_dead_holder_of_this_host_is_replaced_at_once),
        DATABASE_TESTS(test_the_fence_tells_reigns_of_one_owner_apart),
        DATABASE_TESTS(test_given_back_it_is_free),
        DATABASE_TESTS(test_those_that_are_held_are_known),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

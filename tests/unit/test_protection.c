/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sync/protection and sync/seats: which groups are left alone and by which rule, and how many seats
 * are left when our own calls are counted.
 */
#include "planning.h"

#include <string.h>

#include "jira/platform.h"

/* ---- protection ---- */

static scim_sync_protection_t *with_admins(const char *patterns, apr_pool_t *p)
{
    scim_sync_protection_t *protection = planning_protection(patterns, p);
    apr_array_header_t *groups = apr_array_make(p, 3, sizeof(scim_sync_admin_group_t));

    APR_ARRAY_PUSH(groups, scim_sync_admin_group_t) =
        (scim_sync_admin_group_t) { "j1", "Wizards", "site-admin" };
    APR_ARRAY_PUSH(groups, scim_sync_admin_group_t) =
        (scim_sync_admin_group_t) { "j2", "jira-bosses", "admin" };
    APR_ARRAY_PUSH(groups, scim_sync_admin_group_t) =
        (scim_sync_admin_group_t) { NULL, "Größen", "admin" };
    scim_sync_protection_know(protection, groups);
    return protection;
}

typedef struct {
    const char *patterns;
    const char *group_id;
    const char *name;
    const char *rule; /* a part of it; NULL: not protected */
} rule_case_t;

static const rule_case_t rule_cases[] = {
    { "", "g1", "staff", NULL },
    { "", NULL, "staff", NULL },
    { "", "g1", NULL, NULL },
    /* what Jira says, by id under any name, and by name in any case */
    { "", "j1", "staff", "Wizards is a group of Jira's site administrators" },
    { "", "j1", NULL, "Wizards is a group of Jira's site administrators" },
    { "", "j2", NULL, "jira-bosses is a group of Jira's administrators" },
    { "", NULL, "WIZARDS", "site administrators" },
    { "", "g1", "wizards", "site administrators" },
    { "", NULL, "GRÖSSEN", "Größen is a group of Jira's administrators" },
    { "", NULL, "Wizards 2", NULL },
    /* what is called so is left alone whatever Jira says */
    { "", NULL, "site-admins", "site-admins is what Atlassian calls" },
    { "", NULL, "org-admins", "Atlassian" },
    { "", NULL, "administrators", "Atlassian" },
    { "", NULL, "jira-administrators", "Atlassian" },
    { "", NULL, "Jira-Administrators", "Atlassian" },
    { "", NULL, "system-administrators", "Atlassian" },
    { "", NULL, "atlassian-addons-admin", "Atlassian" },
    { "", NULL, "our-administrators", NULL },
    /* the site's own list */
    { "vip", NULL, "vip", "vip is protected by \"vip\" in protectedGroups" },
    { "VIP", "g1", "Vip", "Vip is protected by \"VIP\"" },
    { "vip", NULL, "vip-2", NULL },
    { "vip-*", NULL, "vip-2", "\"vip-*\"" },
    { "vip-*", NULL, "vip-", "\"vip-*\"" },
    { "vip-*", NULL, "vip", NULL },
    { "vip-*", NULL, "a-vip-2", NULL },
    { "*-vip", NULL, "a-vip", "\"*-vip\"" },
    { "*-vip", NULL, "a-vip-2", NULL },
    { "*-vip", NULL, "vip", NULL },
    { "*vip*", NULL, "a-vip-2", "\"*vip*\"" },
    { "*vip*", NULL, "VIP", "\"*vip*\"" },
    { "*vip*", NULL, "vi-p", NULL },
    { "one two-* three", NULL, "two-3", "\"two-*\"" },
};

static void test_rules(void **state)
{
    for (size_t i = 0; i < sizeof(rule_cases) / sizeof(rule_cases[0]); i++) {
        const rule_case_t *c = &rule_cases[i];
        const char *rule = scim_sync_protection_rule(with_admins(c->patterns, *state), c->group_id,
                                                     c->name, *state);

        if ((rule == NULL) != (c->rule == NULL) || (rule && !strstr(rule, c->rule))) {
            fail_msg("case %d: %s", (int)i, rule ? rule : "not protected");
        }
    }
}

static void test_a_held_group_is_known_by_its_id(void **state)
{
    scim_sync_protection_t *protection = planning_protection("", *state);

    scim_sync_protection_hold(protection, "g1", "vip is protected");
    assert_string_equal(scim_sync_protection_rule(protection, "g1", NULL, *state),
                        "vip is protected");
    assert_null(scim_sync_protection_rule(protection, "g2", NULL, *state));
    scim_sync_protection_hold(protection, "g1", NULL);
    scim_sync_protection_hold(protection, "g3", NULL);
    assert_null(scim_sync_protection_rule(protection, "g1", NULL, *state));
    scim_sync_protection_hold(protection, "g1", "vip is protected");
    scim_sync_protection_hold_none(protection);
    assert_null(scim_sync_protection_rule(protection, "g1", NULL, *state));
}

/* What Jira has said holds when it can't be asked again. */
static void test_not_knowing_is_a_state_of_its_own(void **state)
{
    scim_sync_protection_t protection;

    scim_sync_protection_init(&protection, planning_list("", *state), *state);
    assert_non_null(protection.unread);
    scim_sync_protection_lack(&protection, "HTTP status 503");
    assert_string_equal(protection.unread, "HTTP status 503");
    assert_non_null(scim_sync_protection_rule(&protection, NULL, "site-admins", *state));
    protection = *with_admins("", *state);
    assert_null(protection.unread);
    scim_sync_protection_lack(&protection, "HTTP status 503");
    assert_null(protection.unread);
    assert_non_null(scim_sync_protection_rule(&protection, "j1", NULL, *state));
    scim_sync_protection_know(&protection,
                              apr_array_make(*state, 1, sizeof(scim_sync_admin_group_t)));
    assert_null(scim_sync_protection_rule(&protection, "j1", NULL, *state));
}

static void test_patterns_that_can_be_stored(void **state)
{
    static const char *const good[] = { "a", "a*", "*a", "*a*", "site admins", "Größe" };
    static const char *const bad[] = { "", "*", "**", "a*b", "*a*b", "a**", NULL };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(scim_sync_protection_is_pattern(good[i]));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(scim_sync_protection_is_pattern(bad[i]));
    }
}

/* ---- seats ---- */

enum { NOW = 1000000, LONG = 600000 };

static int told(scim_sync_seats_t *seats, int all, int left, apr_int64_t now, apr_pool_t *p)
{
    apr_array_header_t *products = apr_array_make(p, 1, sizeof(scim_sync_jira_product_t));
    apr_array_header_t *groups = apr_array_make(p, 1, sizeof(scim_sync_jira_group_t));

    APR_ARRAY_PUSH(groups, scim_sync_jira_group_t) = (scim_sync_jira_group_t) { "g1", "users" };
    APR_ARRAY_PUSH(products, scim_sync_jira_product_t) = (scim_sync_jira_product_t) {
        .key = "jira-software", .seats = all, .left = left, .groups = groups
    };
    return scim_sync_seats_told(seats, products, now);
}

static scim_sync_product_t *software(scim_sync_seats_t *seats, int all, int left, apr_pool_t *p)
{
    scim_sync_seats_init(seats, p);
    assert_int_equal(told(seats, all, left, NOW, p), 0);
    return scim_sync_seats_product(seats, "jira-software");
}

static void test_a_product_and_its_groups(void **state)
{
    scim_sync_seats_t seats;
    scim_sync_product_t *product = software(&seats, 2, 1, *state);

    assert_true(scim_sync_seats_grants(product, "g1"));
    assert_false(scim_sync_seats_grants(product, "g2"));
    assert_null(scim_sync_seats_product(&seats, "jira-core"));
    assert_true(scim_sync_seats_has_one(product));
    product->unlimited = 1;
    product->left = 0;
    assert_true(scim_sync_seats_has_one(product));
}

static void test_what_our_calls_take_is_counted(void **state)
{
    scim_sync_seats_t seats;
    scim_sync_product_t *product = software(&seats, 2, 2, *state);
    scim_sync_reservation_t *one = scim_sync_seats_reserve(product, *state);
    scim_sync_reservation_t *two = scim_sync_seats_reserve(product, *state);

    assert_false(scim_sync_seats_has_one(product));
    scim_sync_seats_settle(one, 1);
    assert_false(scim_sync_seats_has_one(product));
    scim_sync_seats_settle(two, 0); /* refused, or a member already */
    assert_true(scim_sync_seats_has_one(product));
    scim_sync_seats_settle(two, 1); /* once is enough */
    assert_true(scim_sync_seats_has_one(product));
    told(&seats, 2, 0, NOW, *state);
    assert_false(scim_sync_seats_has_one(product));
    told(&seats, 2, 1, NOW, *state); /* Jira's count holds ours */
    assert_true(scim_sync_seats_has_one(product));
}

static void test_a_reservation_ends_with_its_pool(void **state)
{
    scim_sync_seats_t seats;
    scim_sync_product_t *product = software(&seats, 1, 1, *state);
    apr_pool_t *p;

    apr_pool_create(&p, *state);
    scim_sync_seats_settle(scim_sync_seats_reserve(product, p), 0);
    scim_sync_seats_reserve(product, p);
    assert_false(scim_sync_seats_has_one(product));
    apr_pool_clear(p);
    assert_true(scim_sync_seats_has_one(product));
    assert_int_equal(product->reserved, 0);
}

static void test_who_waits_is_told_when_there_is_one(void **state)
{
    scim_sync_seats_t seats;

    software(&seats, 1, 1, *state);
    scim_sync_seats_await(&seats);
    assert_false(scim_sync_seats_awaited(&seats)); /* there is one */
    told(&seats, 1, 0, NOW, *state);
    assert_false(scim_sync_seats_awaited(&seats)); /* nobody waits */
    scim_sync_seats_await(&seats);
    assert_true(scim_sync_seats_awaited(&seats));
    assert_int_equal(told(&seats, 1, 0, NOW, *state), 0);
    assert_true(scim_sync_seats_awaited(&seats));
    assert_int_equal(told(&seats, 2, 1, NOW, *state), 1);
    assert_false(scim_sync_seats_awaited(&seats));
    assert_int_equal(told(&seats, 2, 1, NOW, *state), 0);
}

/* Jira refuses though it says that there are some: not everybody shall try. */
static void test_a_refusal_outweighs_the_count(void **state)
{
    scim_sync_seats_t seats;
    scim_sync_product_t *product = software(&seats, 5, 3, *state);

    scim_sync_seats_full(product, NOW);
    assert_false(scim_sync_seats_has_one(product));
    told(&seats, 5, 3, NOW + 1, *state);
    assert_false(scim_sync_seats_has_one(product));
    told(&seats, 5, 2, NOW + 2, *state);
    assert_false(scim_sync_seats_has_one(product));
    told(&seats, 5, 3, NOW + 3, *state);
    assert_true(scim_sync_seats_has_one(product));
    scim_sync_seats_full(product, NOW + 4);
    told(&seats, 5, 3, NOW + LONG, *state);
    assert_false(scim_sync_seats_has_one(product));
    told(&seats, 5, 3, NOW + LONG + 4, *state);
    assert_true(scim_sync_seats_has_one(product));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_rules),
        UNIT_TEST(test_a_held_group_is_known_by_its_id),
        UNIT_TEST(test_not_knowing_is_a_state_of_its_own),
        UNIT_TEST(test_patterns_that_can_be_stored),
        UNIT_TEST(test_a_product_and_its_groups),
        UNIT_TEST(test_what_our_calls_take_is_counted),
        UNIT_TEST(test_a_reservation_ends_with_its_pool),
        UNIT_TEST(test_who_waits_is_told_when_there_is_one),
        UNIT_TEST(test_a_refusal_outweighs_the_count),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

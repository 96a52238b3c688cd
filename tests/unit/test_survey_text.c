/* SPDX-License-Identifier: Apache-2.0 */
/* What Jira said of a site is known again from its text; from anything else nothing is. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "sync/survey_text.h"

static scim_sync_worker_t *a_worker(apr_pool_t *p)
{
    const scim_sync_site_t site = { .name = "main",
                                    .base_url = "https://demo.example.com",
                                    .email = "admin@example.com",
                                    .products = "[\"jira-software\"]",
                                    .protected_groups = "[\"vip-*\"]" };

    return scim_sync_worker_sketch(&site, p);
}

static void test_what_was_said_is_known_again(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_worker_t *from = a_worker(p);
    scim_sync_worker_t *to = a_worker(p);
    apr_array_header_t *admins = apr_array_make(p, 1, sizeof(scim_sync_admin_group_t));
    apr_array_header_t *products = apr_array_make(p, 1, sizeof(scim_sync_jira_product_t));
    apr_array_header_t *groups = apr_array_make(p, 1, sizeof(scim_sync_jira_group_t));
    scim_sync_product_t *product;

    from->protection.owner = "a9";
    APR_ARRAY_PUSH(admins, scim_sync_admin_group_t) =
        (scim_sync_admin_group_t) { "g1", "Wizards", "admin" };
    APR_ARRAY_PUSH(admins, scim_sync_admin_group_t) =
        (scim_sync_admin_group_t) { NULL, "Others", "site-admin" };
    scim_sync_protection_know(&from->protection, admins);
    APR_ARRAY_PUSH(groups, scim_sync_jira_group_t) = (scim_sync_jira_group_t) { "s1", "software" };
    apr_hash_set(from->product_groups, "s1", APR_HASH_KEY_STRING, "software");
    APR_ARRAY_PUSH(products, scim_sync_jira_product_t) =
        (scim_sync_jira_product_t) { "jira-software", 0, 50, 7, groups };
    APR_ARRAY_PUSH(products, scim_sync_jira_product_t) =
        (scim_sync_jira_product_t) { "jira-core", 1, 0, 0, groups };
    scim_sync_seats_told(&from->seats, products, 0);
    scim_sync_seats_product(&from->seats, "jira-software")->taken = 2;

    scim_sync_survey_recall(to, scim_sync_survey_text(from, p), p);
    assert_string_equal(to->protection.owner, "a9");
    assert_null(to->protection.unread);
    assert_string_equal(scim_sync_protection_rule(&to->protection, "g1", NULL, p),
                        "Wizards is a group of Jira's administrators");
    assert_string_equal(scim_sync_protection_rule(&to->protection, NULL, "others", p),
                        "Others is a group of Jira's site administrators");
    assert_non_null(scim_sync_protection_rule(&to->protection, NULL, "vip-board", p));
    product = scim_sync_seats_product(&to->seats, "jira-software");
    assert_int_equal(product->seats, 50);
    assert_int_equal(product->left, 5);
    assert_true(scim_sync_seats_grants(product, "s1"));
    assert_true(scim_sync_seats_product(&to->seats, "jira-core")->unlimited);
    assert_string_equal(apr_hash_get(to->product_groups, "s1", APR_HASH_KEY_STRING), "software");

    scim_sync_seats_full(scim_sync_seats_product(&from->seats, "jira-software"), 0);
    scim_sync_survey_recall(to, scim_sync_survey_text(from, p), p);
    assert_false(scim_sync_seats_has_one(product));
}

static void test_what_is_not_known_is_not_made_up(void **state)
{
    static const char *const texts[] = { NULL,
                                         "",
                                         "no JSON",
                                         "[]",
                                         "{\"admins\": 3}",
                                         "{\"admins\": [{\"id\": 1}], \"products\": [{}]}" };
    apr_pool_t *p = *state;
    scim_sync_worker_t *from = a_worker(p);
    scim_sync_worker_t *to = a_worker(p);

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        scim_sync_survey_recall(to, texts[i], p);
        assert_null(to->protection.owner);
        assert_non_null(to->protection.unread);
        assert_int_equal(to->seats.products->nelts, 0);
    }
    scim_sync_protection_lack(&from->protection, "403");
    scim_sync_survey_recall(to, scim_sync_survey_text(from, p), p);
    assert_string_equal(to->protection.unread, "403");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_what_was_said_is_known_again),
        UNIT_TEST(test_what_is_not_known_is_not_made_up),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

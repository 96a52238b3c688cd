/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans for people who are wanted no more, or again, by every rule on what becomes of them.
 */
#include "planning.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/platform.h"

#define NOTHING SCIM_SYNC_LEAVING_NOTHING
#define BACK    SCIM_SYNC_LEAVING_TAKE_BACK
#define REMOVE  SCIM_SYNC_LEAVING_REMOVE_ACCESS
#define SUSPEND SCIM_SYNC_LEAVING_SUSPEND
#define DELETE  SCIM_SYNC_LEAVING_DELETE

/* What is known of the organization's side: L the groups were read, D the directory, S standing. */
typedef struct {
    scim_sync_leaving_t leaving;
    const char *state; /* of the account */
    int key;           /* of the organization */
    const char *known; /* letters as above; U unmanaged, X suspended, - in no directory */
    const char *members;
    scim_sync_verdict_t hindrance;
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail;
} leaver_case_t;

#define MIX "gp=theirs g1=ours g2=theirs"

static const leaver_case_t leaver_cases[] = {
    { NOTHING, NULL, 0, "", MIX, SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { BACK, NULL, 0, "", MIX, SCIM_SYNC_DONE, "remove:g1", SCIM_SYNC_DONE, NULL },
    { BACK, "suspended", 1, "", MIX, SCIM_SYNC_DONE, "remove:g1", SCIM_SYNC_DONE, NULL },
    { BACK, "deleted", 1, "", "", SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    /* what grants a product goes, whoever gave it; who else gave it is looked at each time */
    { REMOVE, NULL, 0, "", MIX, SCIM_SYNC_DONE, "read", SCIM_SYNC_DONE, NULL },
    { REMOVE, NULL, 0, "L", MIX, SCIM_SYNC_DONE, "remove:gp remove:g1", SCIM_SYNC_DONE, NULL },
    { REMOVE, NULL, 0, "L", "safe=theirs", SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { REMOVE, NULL, 0, "L", "gp=withdrawn g2=theirs", SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { REMOVE, NULL, 0, "L", "gp=revoked g2=theirs", SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { REMOVE, NULL, 0, "L", "gp=disputed", SCIM_SYNC_DONE, "remove:gp", SCIM_SYNC_DONE, NULL },
    /* what was theirs is nobody else's to take under another rule, whatever became of a call */
    { BACK, NULL, 0, "", "gp=disputed", SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { BACK, NULL, 0, "", "gp=revoked", SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { REMOVE, NULL, 0, "L", "gp=theirs safe=ours", SCIM_SYNC_DONE, "remove:gp", SCIM_SYNC_REFUSED,
      "stays in a protected group" },
    /* suspended: step by step, and nothing else is taken */
    { SUSPEND, NULL, 1, "", MIX, SCIM_SYNC_DONE, "read", SCIM_SYNC_DONE, NULL },
    { SUSPEND, NULL, 1, "L", MIX, SCIM_SYNC_DONE, "directory", SCIM_SYNC_DONE, NULL },
    { SUSPEND, NULL, 1, "LD", MIX, SCIM_SYNC_DONE, "standing", SCIM_SYNC_DONE, NULL },
    { SUSPEND, NULL, 1, "LDS", MIX, SCIM_SYNC_DONE, "suspend", SCIM_SYNC_DONE, NULL },
    { SUSPEND, "suspending", 1, "LDS", MIX, SCIM_SYNC_DONE, "suspend", SCIM_SYNC_DONE, NULL },
    { SUSPEND, NULL, 1, "LDSX", MIX, SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { SUSPEND, "suspended", 1, "", MIX, SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { SUSPEND, "suspended", 0, "", MIX, SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { SUSPEND, "deleted", 1, "", "", SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    /* what stands in the way keeps nobody's access */
    { SUSPEND, NULL, 0, "L", MIX, SCIM_SYNC_DONE, "remove:gp remove:g1", SCIM_SYNC_REFUSED,
      "there is no key of the organization" },
    { SUSPEND, NULL, 1, "LDSU", MIX, SCIM_SYNC_DONE, "remove:gp remove:g1", SCIM_SYNC_REFUSED,
      "not managed" },
    { SUSPEND, NULL, 1, "L-", MIX, SCIM_SYNC_DONE, "remove:gp remove:g1", SCIM_SYNC_REFUSED,
      "in no directory" },
    { SUSPEND, NULL, 1, "L", MIX, SCIM_SYNC_REFUSED, "remove:gp remove:g1", SCIM_SYNC_REFUSED,
      "oops" },
    { SUSPEND, NULL, 1, "LDS", MIX, SCIM_SYNC_RETRY, "remove:gp remove:g1", SCIM_SYNC_RETRY,
      "oops" },
    { SUSPEND, NULL, 1, "LDS", "gp=theirs safe=theirs", SCIM_SYNC_DONE, "remove:gp",
      SCIM_SYNC_REFUSED, "it is in a protected group" },
    { SUSPEND, NULL, 1, "LDS", "safe=withdrawn", SCIM_SYNC_DONE, "suspend", SCIM_SYNC_DONE, NULL },
    { SUSPEND, NULL, 1, "LDS", "safe=revoked", SCIM_SYNC_DONE, "suspend", SCIM_SYNC_DONE, NULL },
    /* deleted: the organization is asked only where there is a key */
    { DELETE, NULL, 0, "", MIX, SCIM_SYNC_DONE, "read", SCIM_SYNC_DONE, NULL },
    { DELETE, NULL, 0, "L", MIX, SCIM_SYNC_DONE, "delete", SCIM_SYNC_DONE, NULL },
    { DELETE, NULL, 1, "L", MIX, SCIM_SYNC_DONE, "directory", SCIM_SYNC_DONE, NULL },
    { DELETE, NULL, 1, "LDS", MIX, SCIM_SYNC_DONE, "delete", SCIM_SYNC_DONE, NULL },
    { DELETE, NULL, 1, "LDSX", MIX, SCIM_SYNC_DONE, "delete", SCIM_SYNC_DONE, NULL },
    { DELETE, "suspended", 1, "LDSX", MIX, SCIM_SYNC_DONE, "delete", SCIM_SYNC_DONE, NULL },
    { DELETE, "deleting", 0, "L", "", SCIM_SYNC_DONE, "delete", SCIM_SYNC_DONE, NULL },
    { DELETE, "deleted", 0, "", "", SCIM_SYNC_DONE, "", SCIM_SYNC_DONE, NULL },
    { DELETE, NULL, 1, "LDSU", MIX, SCIM_SYNC_DONE, "remove:gp remove:g1", SCIM_SYNC_REFUSED,
      "not managed" },
    { DELETE, NULL, 0, "L", MIX, SCIM_SYNC_REFUSED, "remove:gp remove:g1", SCIM_SYNC_REFUSED,
      "oops" },
    { DELETE, NULL, 0, "L", "safe=theirs", SCIM_SYNC_DONE, "", SCIM_SYNC_REFUSED,
      "it is in a protected group" },
};

static scim_sync_learnt_t learnt_of(const char *known, scim_sync_verdict_t hindrance, apr_pool_t *p)
{
    return (scim_sync_learnt_t) {
        .refused = planning_list("", p),
        .looked = strchr(known, 'L') != NULL,
        .directory = strchr(known, '-')   ? ""
                     : strchr(known, 'D') ? "d1"
                                          : NULL,
        .standing = strchr(known, 'S') != NULL,
        .unmanaged = strchr(known, 'U') != NULL,
        .suspended = strchr(known, 'X') != NULL,
        .hindrance = { .verdict = hindrance,
                       .detail = hindrance == SCIM_SYNC_DONE ? NULL : "oops" },
    };
}

/* At a site where gp grants the product, and safe is protected. */
static scim_sync_person_t person_of(const char *members, const char *state, int key, apr_pool_t *p)
{
    const scim_sync_jira_group_t group = { .group_id = "gp", .name = "users" };
    scim_sync_person_t person = planning_person("", members, p);
    scim_sync_jira_product_t product = { .key = "jira-software", .unlimited = 1 };
    apr_array_header_t *products = apr_array_make(p, 1, sizeof(product));
    scim_sync_seats_t *seats = apr_palloc(p, sizeof(*seats));
    scim_sync_held_account_t *account = apr_pcalloc(p, sizeof(*account));

    product.groups = apr_array_make(p, 1, sizeof(group));
    APR_ARRAY_PUSH(product.groups, scim_sync_jira_group_t) = group;
    APR_ARRAY_PUSH(products, scim_sync_jira_product_t) = product;
    scim_sync_seats_init(seats, p);
    scim_sync_seats_told(seats, products, 1);
    person.seats = seats;
    scim_sync_protection_hold((scim_sync_protection_t *)person.protection, "safe", "it is safe");
    account->account_id = "a1";
    account->email = "ann@example.com";
    account->groups_read = 1;
    account->state = state;
    person.account = account;
    person.organization = key;
    person.rule = "users.onDeactivate of okta";
    return person;
}

static void test_leavers(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(leaver_cases) / sizeof(leaver_cases[0]); i++) {
        const leaver_case_t *c = &leaver_cases[i];
        scim_sync_person_t person = person_of(c->members, c->state, c->key, p);
        scim_sync_learnt_t learnt = learnt_of(c->known, c->hindrance, p);
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        person.wanted = 0;
        person.leaving = c->leaving;
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        if (strcmp(planning_words(steps, p), c->steps) != 0 || outcome.verdict != c->verdict) {
            fail_msg("case %d: \"%s\", verdict %d (%s)", (int)i, planning_words(steps, p),
                     outcome.verdict, outcome.detail);
        }
        if (c->detail && !strstr(outcome.detail, c->detail)) {
            fail_msg("case %d: %s", (int)i, outcome.detail);
        }
        /* Within the grace period nothing is done; what there would be is waited for. */
        person.grace_ms = 5000;
        person.grace_until = "tomorrow";
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        assert_int_equal(steps->nelts, 0);
        if (*c->steps || c->verdict != SCIM_SYNC_DONE) {
            assert_int_equal(outcome.verdict, SCIM_SYNC_RETRY);
            assert_int_equal(outcome.retry_ms, 5000);
            assert_non_null(strstr(outcome.detail, "tomorrow"));
        }
        else {
            assert_int_equal(outcome.verdict, SCIM_SYNC_DONE);
        }
    }
}

/* The token's owner is never touched, whatever becomes of others. */
static void test_the_owner_stays(void **state)
{
    static const scim_sync_leaving_t all[] = { REMOVE, SUSPEND, DELETE };
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        scim_sync_person_t person = person_of(MIX, NULL, 1, p);
        scim_sync_learnt_t learnt = learnt_of("LDS", SCIM_SYNC_DONE, p);
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        ((scim_sync_protection_t *)person.protection)->owner = "a1";
        person.wanted = 0;
        person.leaving = all[i];
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        assert_string_equal(planning_words(steps, p), "");
        assert_int_equal(outcome.verdict, SCIM_SYNC_REFUSED);
        assert_non_null(strstr(outcome.detail, "owns the API token"));
        person.wanted = 1;
        person.leaving = NOTHING;
        person.profile = "{}";
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        assert_null(strstr(planning_words(steps, p), "profile"));
    }
}

typedef struct {
    const char *state;
    int key;
    const char *known; /* as above; A: looked for, and not found */
    scim_sync_verdict_t hindrance;
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail;
} return_case_t;

static const return_case_t return_cases[] = {
    { "suspended", 1, "", SCIM_SYNC_DONE, "directory", SCIM_SYNC_DONE, NULL },
    { "suspended", 1, "D", SCIM_SYNC_DONE, "standing", SCIM_SYNC_DONE, NULL },
    { "suspended", 1, "DSX", SCIM_SYNC_DONE, "restore", SCIM_SYNC_DONE, NULL },
    { "suspending", 1, "DSX", SCIM_SYNC_DONE, "restore", SCIM_SYNC_DONE, NULL },
    { "suspended", 1, "-", SCIM_SYNC_DONE, "", SCIM_SYNC_REFUSED, "in no directory" },
    { "suspended", 1, "", SCIM_SYNC_REFUSED, "", SCIM_SYNC_REFUSED, "can't be restored: oops" },
    { "suspended", 1, "DS", SCIM_SYNC_RETRY, "", SCIM_SYNC_RETRY, "can't be restored: oops" },
    { "suspended", 0, "", SCIM_SYNC_DONE, "find", SCIM_SYNC_DONE, NULL },
    { "suspended", 0, "A", SCIM_SYNC_DONE, "", SCIM_SYNC_REFUSED, "give one to the site" },
    { "deleted", 1, "", SCIM_SYNC_DONE, "find", SCIM_SYNC_DONE, NULL },
    { "deleted", 0, "A", SCIM_SYNC_DONE, "create", SCIM_SYNC_DONE, NULL },
    { "deleting", 0, "A", SCIM_SYNC_DONE, "create", SCIM_SYNC_DONE, NULL },
    { NULL, 1, "", SCIM_SYNC_DONE, "add:gp remove:g1 profile", SCIM_SYNC_DONE, NULL },
    { NULL, 0, "", SCIM_SYNC_DONE, "add:gp remove:g1", SCIM_SYNC_DONE, NULL },
};

static void test_coming_back(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(return_cases) / sizeof(return_cases[0]); i++) {
        const return_case_t *c = &return_cases[i];
        scim_sync_person_t person = person_of("gp=withdrawn g1=ours", c->state, c->key, p);
        scim_sync_learnt_t learnt = learnt_of(c->known, c->hindrance, p);
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        learnt.absent = strchr(c->known, 'A') != NULL;
        person.profile = "{}";
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        if (strcmp(planning_words(steps, p), c->steps) != 0 || outcome.verdict != c->verdict) {
            fail_msg("case %d: \"%s\", verdict %d (%s)", (int)i, planning_words(steps, p),
                     outcome.verdict, outcome.detail);
        }
        if (c->detail && !strstr(outcome.detail, c->detail)) {
            fail_msg("case %d: %s", (int)i, outcome.detail);
        }
    }
}

/* No account is made where the rules say so, and none is taken where they can't be understood. */
static void test_rules_that_hold_back(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = planning_person("g1", "", p);
    scim_sync_learnt_t learnt = { .refused = planning_list("", p) };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    person.import = 0;
    scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_string_equal(planning_words(steps, p), "find");
    learnt.absent = 1;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_int_equal(steps->nelts, 0);
    assert_int_equal(outcome.verdict, SCIM_SYNC_DONE);
    assert_non_null(strstr(outcome.detail, "users.import"));
    person = person_of(MIX, NULL, 0, p);
    person.wanted = 0;
    person.doubt = "a pattern gave up";
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_int_equal(steps->nelts, 0);
    assert_int_equal(outcome.verdict, SCIM_SYNC_RETRY);
    assert_string_equal(outcome.detail, "a pattern gave up");
}

static void test_where_products_are_not_known_that_is_said(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = person_of(MIX, NULL, 0, p);
    scim_sync_learnt_t learnt = learnt_of("L", SCIM_SYNC_DONE, p);
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    apr_array_clear(person.seats->products);
    person.wanted = 0;
    person.leaving = REMOVE;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_string_equal(planning_words(steps, p), "remove:g1");
    assert_int_equal(outcome.verdict, SCIM_SYNC_REFUSED);
    assert_non_null(strstr(outcome.detail, "does not say which groups grant it"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_leavers),
        UNIT_TEST(test_the_owner_stays),
        UNIT_TEST(test_coming_back),
        UNIT_TEST(test_rules_that_hold_back),
        UNIT_TEST(test_where_products_are_not_known_that_is_said),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

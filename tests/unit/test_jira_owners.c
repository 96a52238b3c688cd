/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jira/servicedesk: whom an address belongs to, by the site's search and by the list of a desk's
 * customers; and what an id and a name say by themselves.
 */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/servicedesk.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAIL         "\"mia@example.com\""
#define HIT(id, type, address, name)                                                               \
    "{\"accountId\":\"" id "\",\"accountType\":\"" type "\",\"emailAddress\":" address             \
    ",\"displayName\":\"" name "\",\"active\":true}"
#define STAFF        HIT("a1", "atlassian", MAIL, "Mia")
#define STAFF_HIDDEN HIT("a2", "atlassian", "null", "Mia")
#define CUSTOMER     HIT("qm:1", "customer", MAIL, "Mia")
#define LIKE         HIT("qm:9", "customer", "\"mia@example.com.au\"", "Mia of Australia")

typedef struct {
    const char *hits;
    scim_sync_verdict_t verdict;
    const char *atlassian, *customer; /* ids; where not DONE, atlassian is part of the detail */
} search_t;

static const search_t searches[] = {
    { CUSTOMER, SCIM_SYNC_DONE, NULL, "qm:1" },
    { HIT("qm:1", "customer", "\"MIA@Example.com\"", "Mia"), SCIM_SYNC_DONE, NULL, "qm:1" },
    { STAFF, SCIM_SYNC_DONE, "a1", NULL },
    { STAFF "," CUSTOMER, SCIM_SYNC_DONE, "a1", "qm:1" },
    { LIKE "," CUSTOMER, SCIM_SYNC_DONE, NULL, "qm:1" },
    { LIKE, SCIM_SYNC_ABSENT, "no customer has this address", NULL },
    { "", SCIM_SYNC_ABSENT, "no customer has this address", NULL },
    { CUSTOMER "," HIT("qm:2", "customer", MAIL, "Mia"), SCIM_SYNC_REFUSED, "several", NULL },
    { CUSTOMER "," HIT("qm:2", "customer", MAIL, "Mia") "," STAFF, SCIM_SYNC_DONE, "a1", NULL },
    /* Hidden addresses: of staff as with users, of customers never. */
    { STAFF_HIDDEN, SCIM_SYNC_DONE, "a2", NULL },
    { STAFF_HIDDEN "," CUSTOMER, SCIM_SYNC_DONE, "a2", "qm:1" },
    { STAFF_HIDDEN "," HIT("a3", "atlassian", "null", "Mia"), SCIM_SYNC_REFUSED,
      "several accounts may have", NULL },
    { STAFF_HIDDEN "," HIT("a3", "atlassian", "null", "Mia") "," CUSTOMER, SCIM_SYNC_DONE, NULL,
      "qm:1" },
    { HIT("a2", "atlassian", "null", "mia@example.com"), SCIM_SYNC_REFUSED, "in its name", NULL },
    { HIT("qm:1", "customer", "null", "mia@example.com"), SCIM_SYNC_ABSENT, "no customer", NULL },
    /* Others' accounts, and records without their data. */
    { HIT("b1", "app", MAIL, "Bot"), SCIM_SYNC_REFUSED, "an app's", NULL },
    { HIT("b1", "app", MAIL, "Bot") "," CUSTOMER, SCIM_SYNC_DONE, NULL, "qm:1" },
    { HIT("unknown", "customer", MAIL, "Mia"), SCIM_SYNC_RETRY, "did not say which", NULL },
    { HIT("unknown", "customer", MAIL, "Mia") "," STAFF, SCIM_SYNC_DONE, "a1", NULL },
    { "{}", SCIM_SYNC_RETRY, "did not say which", NULL },
    { "{}," CUSTOMER, SCIM_SYNC_DONE, NULL, "qm:1" },
};

static int same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void check(const search_t *search, const scim_sync_outcome_t *outcome,
                  const scim_sync_jira_owners_t *owners)
{
    int done = search->verdict == SCIM_SYNC_DONE;
    int right =
        done ? outcome->detail == NULL && same(owners->atlassian.account_id, search->atlassian) &&
                   same(owners->customer.account_id, search->customer)
             : owners->atlassian.account_id == NULL && owners->customer.account_id == NULL &&
                   strstr(outcome->detail, search->atlassian) != NULL;

    if (outcome->verdict != search->verdict || !right) {
        fail_msg("%s: verdict %d, %s, atlassian %s, customer %s", search->hits, outcome->verdict,
                 outcome->detail != NULL ? outcome->detail : "no detail",
                 owners->atlassian.account_id ? owners->atlassian.account_id : "none",
                 owners->customer.account_id ? owners->customer.account_id : "none");
    }
}

static scim_sync_answer_t answered(const char *body)
{
    scim_sync_answer_t answer = { 200, body, strlen(body), SCIM_SYNC_RATE_UNSAID, NULL, 1 };

    return answer;
}

static void finds_both_kinds_of_account(void **state)
{
    for (size_t i = 0; i < COUNT(searches); i++) {
        scim_sync_answer_t answer = answered(apr_pstrcat(*state, "[", searches[i].hits, "]", NULL));
        scim_sync_jira_owners_t owners;
        scim_sync_outcome_t outcome =
            scim_sync_jira_read_owners(&answer, "Mia@example.com", &owners, *state);

        check(&searches[i], &outcome, &owners);
    }
}

/* Fifty hits may hide an Atlassian account; a customer who is among them is certain. */
static void a_full_page_hides_no_customer(void **state)
{
    const char *hits = LIKE;
    scim_sync_jira_owners_t owners;
    scim_sync_answer_t answer;

    for (int i = 1; i < 49; i++) {
        hits = apr_pstrcat(*state, hits, ",", LIKE, NULL);
    }
    answer = answered(apr_pstrcat(*state, "[", hits, ",", CUSTOMER, "]", NULL));
    assert_int_equal(
        scim_sync_jira_read_owners(&answer, "mia@example.com", &owners, *state).verdict,
        SCIM_SYNC_DONE);
    assert_string_equal(owners.customer.account_id, "qm:1");
    answer = answered(apr_pstrcat(*state, "[", hits, ",", LIKE, "]", NULL));
    assert_int_equal(
        scim_sync_jira_read_owners(&answer, "mia@example.com", &owners, *state).verdict,
        SCIM_SYNC_REFUSED);
}

#define LISTED(id, address)                                                                        \
    "{\"accountId\":\"" id "\",\"emailAddress\":" address ",\"displayName\":\"Mia\"}"

static const struct {
    const char *last;
    search_t search;
} lists[] = {
    { "true", { LISTED("qm:1", MAIL), SCIM_SYNC_DONE, NULL, "qm:1" } },
    { "false", { LISTED("qm:1", MAIL), SCIM_SYNC_DONE, NULL, "qm:1" } },
    { "true", { LISTED("712020:1", MAIL), SCIM_SYNC_DONE, "712020:1", NULL } },
    { "true",
      { LISTED("712020:1", MAIL) "," LISTED("qm:1", MAIL), SCIM_SYNC_DONE, "712020:1", "qm:1" } },
    { "true", { "", SCIM_SYNC_ABSENT, "no customer has this address", NULL } },
    { "true", { LISTED("qm:1", "null"), SCIM_SYNC_ABSENT, "no customer", NULL } },
    { "true", { LISTED("qm:1", "\"mia@example.com.au\""), SCIM_SYNC_ABSENT, "no", NULL } },
    { "false", { LISTED("qm:1", "null"), SCIM_SYNC_REFUSED, "too many", NULL } },
    { "true",
      { LISTED("qm:1", MAIL) "," LISTED("qm:2", MAIL), SCIM_SYNC_REFUSED, "several", NULL } },
    { "true",
      { LISTED("qm:1", MAIL) ",{\"emailAddress\":" MAIL "}", SCIM_SYNC_DONE, NULL, "qm:1" } },
    { "true", { "{\"emailAddress\":" MAIL "}", SCIM_SYNC_RETRY, "did not say which", NULL } },
    { "true", { LISTED("712020:1", "null"), SCIM_SYNC_ABSENT, "no customer", NULL } },
    { "true", { "7", SCIM_SYNC_RETRY, "not the answer", NULL } },
};

static void finds_them_among_a_desks_customers(void **state)
{
    for (size_t i = 0; i < COUNT(lists); i++) {
        scim_sync_answer_t answer =
            answered(apr_pstrcat(*state, "{\"isLastPage\":", lists[i].last, ",\"values\":[",
                                 lists[i].search.hits, "]}", NULL));
        scim_sync_jira_owners_t owners;
        scim_sync_outcome_t outcome =
            scim_sync_jira_read_desk_owners(&answer, "Mia@example.com", &owners, *state);

        check(&lists[i].search, &outcome, &owners);
    }
}

/* The search is the platform's, whose scopes users need, too. */
static void a_search_without_its_scope_is_denied(void **state)
{
    scim_sync_answer_t answer = answered("{\"message\":\"scope does not match\"}");
    scim_sync_jira_owners_t owners;
    scim_sync_outcome_t outcome;

    answer.status = 401;
    outcome = scim_sync_jira_read_owners(&answer, "mia@example.com", &owners, *state);
    assert_int_equal(outcome.verdict, SCIM_SYNC_DENIED);
    assert_non_null(strstr(outcome.detail, "read:jira-user"));
}

static void ids_tell_who_is_portal_only(void **state)
{
    assert_non_null(*state);
    assert_true(scim_sync_jira_is_portal_only("qm:a713:5ad6"));
    assert_false(scim_sync_jira_is_portal_only("712020:qm:1"));
    assert_false(scim_sync_jira_is_portal_only("qm"));
    assert_false(scim_sync_jira_is_portal_only(""));
}

static void names_of_organizations(void **state)
{
    char *name = apr_palloc(*state, 2 * 201 + 1);

    for (int i = 0; i < 201; i++) {
        memcpy(name + 2 * i, "\xc3\xb6", 2);
    }
    name[2 * 201] = '\0';
    assert_false(scim_sync_jira_is_organization_name(name));
    name[2 * 200] = '\0';
    assert_true(scim_sync_jira_is_organization_name(name));
    assert_true(scim_sync_jira_is_organization_name("A"));
    assert_false(scim_sync_jira_is_organization_name(""));
    assert_false(scim_sync_jira_is_organization_name(" \xc2\xa0"));
    assert_false(scim_sync_jira_is_organization_name("K\xf6ln"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(finds_both_kinds_of_account),
        UNIT_TEST(a_full_page_hides_no_customer),
        UNIT_TEST(finds_them_among_a_desks_customers),
        UNIT_TEST(a_search_without_its_scope_is_denied),
        UNIT_TEST(ids_tell_who_is_portal_only),
        UNIT_TEST(names_of_organizations),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

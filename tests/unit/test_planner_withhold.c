/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the planner does not do though it is wanted, and what it says then: protected groups, the
 * owner of the API token, products without a seat. In all tables g1 is protected, s1 and s2 grant
 * jira-software, d1 grants jira-servicedesk, and g2 is a group like any other.
 */
#include "planning.h"

#include <string.h>

#include <apr_strings.h>

static const scim_sync_held_account_t theirs = { .account_id = "a1",
                                                 .email = "ann@example.com",
                                                 .groups_read = 1 };
static const scim_sync_held_account_t ours = { .account_id = "a1",
                                               .email = "ann@example.com",
                                               .ours = 1 };
static const scim_sync_held_account_t ours_read = {
    .account_id = "a1", .email = "ann@example.com", .ours = 1, .groups_read = 1
};

static void add_product(scim_sync_seats_t *seats, const char *key, const char *groups, int left)
{
    scim_sync_product_t *product = apr_pcalloc(seats->pool, sizeof(*product));
    const apr_array_header_t *list = planning_list(groups, seats->pool);

    product->key = key;
    product->unlimited = left < 0;
    product->seats = 50;
    product->left = left;
    product->groups = apr_hash_make(seats->pool);
    for (int i = 0; i < list->nelts; i++) {
        apr_hash_set(product->groups, APR_ARRAY_IDX(list, i, const char *), APR_HASH_KEY_STRING,
                     "");
    }
    APR_ARRAY_PUSH(seats->products, scim_sync_product_t *) = product;
}

/* left   seats of jira-software; -1: not counted */
static scim_sync_person_t person_of(const char *groups, const char *members, int left,
                                    apr_pool_t *p)
{
    scim_sync_person_t person = planning_person(groups, members, p);
    scim_sync_protection_t *protection = planning_protection("", p);
    scim_sync_seats_t *seats = apr_palloc(p, sizeof(*seats));

    scim_sync_protection_hold(protection, "g1", "devs is a group of Jira's administrators");
    protection->owner = "a9";
    person.protection = protection;
    scim_sync_seats_init(seats, p);
    add_product(seats, "jira-software", "s1 s2", left);
    add_product(seats, "jira-servicedesk", "d1", 1);
    person.seats = seats;
    return person;
}

static void expect(int i, const apr_array_header_t *steps, const scim_sync_outcome_t *outcome,
                   const char *words, scim_sync_verdict_t verdict, const char *detail,
                   apr_pool_t *p)
{
    if (strcmp(planning_words(steps, p), words) != 0 || outcome->verdict != verdict ||
        (outcome->detail == NULL) != (detail == NULL) ||
        (detail && strstr(outcome->detail, detail) == NULL)) {
        fail_msg("case %d: \"%s\", verdict %d, %s", i, planning_words(steps, p), outcome->verdict,
                 outcome->detail ? outcome->detail : "no detail");
    }
}

/* ---- memberships ---- */

typedef struct {
    int wanted;
    const scim_sync_held_account_t *account;
    const char *groups;
    const char *members;
    int looked;
    int left;
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail;
} membership_case_t;

#define NOT_PUT   "Ann is not put into a protected group (devs is a group of Jira's administrators)"
#define STAYS     "Ann stays in a protected group (devs is a group of Jira's administrators)"
#define NO_SEAT   "product jira-software has no seat left (50 of 50 used): free one or buy more"
#define NO_REASON SCIM_SYNC_DONE, NULL

static const membership_case_t membership_cases[] = {
    /* nobody is put into a protected group; what a person has done about it is looked at first */
    { 1, &theirs, "g1", "", 0, -1, "read", NO_REASON },
    { 1, &theirs, "g1", "", 1, -1, "", SCIM_SYNC_REFUSED, NOT_PUT },
    { 1, &theirs, "g1", "g1=theirs", 0, -1, "", NO_REASON },
    { 1, &theirs, "g1", "g1=ours", 0, -1, "", NO_REASON },
    { 1, &theirs, "g1", "g1=adding", 1, -1, "", SCIM_SYNC_REFUSED, NOT_PUT },
    { 1, &ours, "g1", "", 0, -1, "read", NO_REASON },
    { 1, &ours_read, "g1", "g1=withdrawn", 1, -1, "", SCIM_SYNC_REFUSED, NOT_PUT },
    { 1, &ours_read, "", "g1=doubtful", 1, -1, "", SCIM_SYNC_REFUSED, NOT_PUT },
    /* the others are */
    { 1, &theirs, "g1 g2", "", 0, -1, "add:g2 read", NO_REASON },
    { 1, &theirs, "g1 g2", "", 1, -1, "add:g2", SCIM_SYNC_REFUSED, NOT_PUT },
    /* nobody is taken out of it */
    { 1, &theirs, "", "g1=ours", 0, -1, "read", NO_REASON },
    { 1, &theirs, "", "g1=ours", 1, -1, "", SCIM_SYNC_REFUSED, STAYS },
    { 1, &theirs, "", "g1=theirs", 0, -1, "", NO_REASON },
    { 1, &theirs, "", "g1=ours g2=ours", 1, -1, "remove:g2", SCIM_SYNC_REFUSED, STAYS },
    /* not a leaver either, and that is said */
    { 0, &theirs, "", "g1=ours g2=ours", 0, -1, "remove:g2 read", NO_REASON },
    { 0, &theirs, "", "g1=ours", 1, -1, "", SCIM_SYNC_REFUSED, STAYS },
    { 0, &theirs, "", "g1=adding", 1, -1, "", SCIM_SYNC_REFUSED, STAYS },
    { 0, &ours_read, "", "g1=granted s1=granted", 1, -1, "remove:s1", SCIM_SYNC_REFUSED, STAYS },
    { 0, &ours_read, "", "g1=withdrawn", 0, -1, "", NO_REASON },
    { 0, &theirs, "", "g1=theirs", 0, -1, "", NO_REASON },

    /* a seat: there is one, and it is reserved */
    { 1, &theirs, "s1", "", 0, 1, "add:s1(jira-software)", NO_REASON },
    { 1, &theirs, "s1 d1", "", 0, 1, "add:s1(jira-software) add:d1(jira-servicedesk)", NO_REASON },
    { 1, &theirs, "s1", "", 0, -1, "add:s1", NO_REASON },
    { 1, &ours_read, "", "s1=withdrawn", 0, 1, "add:s1(jira-software)", NO_REASON },
    /* one is enough for all groups of a product */
    { 1, &theirs, "s1 s2", "", 0, 1, "add:s1(jira-software) add:s2", NO_REASON },
    { 1, &theirs, "s2", "s1=theirs", 0, 0, "add:s2", NO_REASON },
    { 1, &theirs, "s2", "s1=ours", 0, 0, "add:s2 remove:s1", NO_REASON },
    { 1, &ours_read, "s2", "s1=granted", 0, 0, "add:s2", NO_REASON },
    { 1, &ours, "s2", "", 0, 0, "add:s2", NO_REASON }, /* it came with the product */
    /* there is none: after a look, which may show that she has one */
    { 1, &theirs, "s1", "", 0, 0, "read", NO_REASON },
    { 1, &theirs, "s1", "", 1, 0, "", SCIM_SYNC_RETRY, NO_SEAT },
    { 1, &ours_read, "", "s1=withdrawn", 1, 0, "", SCIM_SYNC_RETRY, NO_SEAT },
    { 1, &ours_read, "s2", "s1=withdrawn", 1, 0, "", SCIM_SYNC_RETRY, NO_SEAT },
    { 1, &ours, "d1", "", 0, 0, "add:d1(jira-servicedesk)", NO_REASON },
    { 1, &theirs, "s1 g2 d1", "", 1, 0, "add:g2 add:d1(jira-servicedesk)", SCIM_SYNC_RETRY,
      NO_SEAT },
    /* what was sent before is sent again, to learn what became of it */
    { 1, &theirs, "s1", "s1=adding", 0, 0, "add:s1", NO_REASON },
    { 1, &ours_read, "", "s1=doubtful", 0, 0, "add:s1", NO_REASON },
    /* a leaver needs none */
    { 0, &theirs, "", "s1=ours", 0, 0, "remove:s1", NO_REASON },
    /* both: it goes on by itself when there is a seat, and says both */
    { 1, &theirs, "g1 s1", "", 1, 0, "", SCIM_SYNC_RETRY, NOT_PUT },
    { 1, &theirs, "g1 s1", "", 1, 0, "", SCIM_SYNC_RETRY, NO_SEAT },
};

static void test_memberships(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(membership_cases) / sizeof(membership_cases[0]); i++) {
        const membership_case_t *c = &membership_cases[i];
        scim_sync_person_t person = person_of(c->groups, c->members, c->left, p);
        const scim_sync_learnt_t learnt = { .looked = c->looked };
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        person.wanted = c->wanted;
        person.account = c->account;
        person.products = planning_list("jira-software", p);
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        expect((int)i, steps, &outcome, c->steps, c->verdict, c->detail, p);
    }
}

/* Jira's own refusal is told beside ours, and no seat waits longer than it must. */
static void test_what_jira_refused_is_said_too(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = person_of("g1 g2", "", -1, p);
    scim_sync_learnt_t learnt = { .looked = 1,
                                  .refused = planning_list("g2", p),
                                  .refusal = { SCIM_SYNC_REFUSED, 403, 0, "Not by you." } };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    person.account = &theirs;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    expect(0, steps, &outcome, "", SCIM_SYNC_REFUSED, NOT_PUT, p);
    expect(0, steps, &outcome, "", SCIM_SYNC_REFUSED, "; Not by you.", p);
    assert_int_equal(outcome.status, 403);
}

/* It had said that there was one. */
static void test_jira_refuses_a_seat(void **state)
{
    apr_pool_t *p = *state;
    const char *words = "The number of licensed users is exceeded.";
    scim_sync_person_t person = person_of("s1 g2", "", 3, p);
    scim_sync_learnt_t learnt = { .no_seat_in = planning_list("s1", p),
                                  .no_seat_words = { SCIM_SYNC_REFUSED, 400, 0, words } };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    person.account = &theirs;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    expect(0, steps, &outcome, "add:g2", SCIM_SYNC_RETRY, words, p);
    assert_int_equal(outcome.retry_ms, SCIM_SYNC_SEAT_WAIT_MS);
    scim_sync_seats_full(scim_sync_seats_product(person.seats, "jira-software"), 1000);
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    expect(1, steps, &outcome, "add:g2", SCIM_SYNC_RETRY, NO_SEAT, p);
}

static void test_many_reasons_are_told_by_the_first(void **state)
{
    apr_pool_t *p = *state;
    const char *groups = "";
    scim_sync_learnt_t learnt = { .looked = 1 };
    scim_sync_protection_t *protection = planning_protection("", p);
    apr_array_header_t *steps;
    scim_sync_person_t person;
    scim_sync_outcome_t outcome;

    for (int i = 0; i < 100; i++) {
        const char *id = apr_psprintf(p, "p%d", i);

        groups = apr_pstrcat(p, groups, id, " ", NULL);
        scim_sync_protection_hold(protection, id, apr_psprintf(p, "vip-%d is protected", i));
    }
    person = planning_person(groups, "", p);
    person.protection = protection;
    person.account = &theirs;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    expect(0, steps, &outcome, "", SCIM_SYNC_REFUSED, "vip-4 is protected", p);
    assert_null(strstr(outcome.detail, "vip-5 "));
}

/* ---- accounts ---- */

typedef struct {
    const char *products;
    int left;
    scim_sync_learnt_t learnt;
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail;
} account_case_t;

#define EXCEEDED                                                                                   \
    {                                                                                              \
        SCIM_SYNC_ABSENT, 400, 0, "licensed users is exceeded"                                     \
    }

static const account_case_t account_cases[] = {
    { "jira-software", 1, { .absent = 1 }, "create(jira-software)", NO_REASON },
    { "jira-software", -1, { .absent = 1 }, "create", NO_REASON },
    { "", 0, { .absent = 1 }, "create", NO_REASON },
    { "jira-unknown", 0, { .absent = 1 }, "create", NO_REASON },
    { "jira-software jira-servicedesk",
      1,
      { .absent = 1 },
      "create(jira-software)(jira-servicedesk)",
      NO_REASON },
    { "jira-servicedesk jira-software", 0, { .absent = 1 }, "", SCIM_SYNC_RETRY, NO_SEAT },
    { "jira-software", 0, { .absent = 1 }, "", SCIM_SYNC_RETRY, NO_SEAT },
    /* she is looked for first: who is there needs none */
    { "jira-software", 0, { 0 }, "find", NO_REASON },
    /* Jira refuses one: in our words as far as we know, else in its own */
    { "jira-software",
      0,
      { .absent = 1, .created = 1, .no_seat = 1, .answer = EXCEEDED },
      "",
      SCIM_SYNC_RETRY,
      NO_SEAT },
    { "jira-software",
      1,
      { .absent = 1, .created = 1, .no_seat = 1, .answer = EXCEEDED },
      "",
      SCIM_SYNC_RETRY,
      "licensed users is exceeded" },
    { "jira-software", 1, { .created = 1, .no_seat = 1, .answer = EXCEEDED }, "find", NO_REASON },
    /* an account of another kind has the address */
    { "",
      1,
      { .absent = 1,
        .created = 1,
        .answer = { SCIM_SYNC_ABSENT, 400, 0, "no" },
        .beside = "a portal customer's" },
      "",
      SCIM_SYNC_REFUSED,
      "no (a portal customer's)" },
};

static void test_accounts(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(account_cases) / sizeof(account_cases[0]); i++) {
        const account_case_t *c = &account_cases[i];
        scim_sync_person_t person = person_of("", "", c->left, p);
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        person.products = planning_list(c->products, p);
        outcome = scim_sync_plan_person(&steps, &person, &c->learnt, p);
        expect((int)i, steps, &outcome, c->steps, c->verdict, c->detail, p);
        assert_int_equal(outcome.retry_ms,
                         c->verdict == SCIM_SYNC_RETRY ? SCIM_SYNC_SEAT_WAIT_MS : 0);
    }
}

/* ---- the owner of the API token ---- */

static const membership_case_t owner_cases[] = {
    { 1, &theirs, "", "", 0, -1, "", NO_REASON },
    { 1, &theirs, "g2", "g2=theirs", 0, -1, "", NO_REASON },
    { 1, &theirs, "g2", "", 0, -1, "", SCIM_SYNC_DONE, "Ann owns the API token" },
    { 1, &theirs, "", "g2=ours", 0, -1, "", SCIM_SYNC_DONE, "Ann owns the API token" },
    { 1, &ours_read, "", "s1=withdrawn", 0, -1, "", SCIM_SYNC_DONE, "Ann owns the API token" },
    { 1, &theirs, "g1", "", 0, -1, "read", NO_REASON },
    { 1, &theirs, "g1", "", 1, -1, "", SCIM_SYNC_DONE, "Ann owns the API token" },
    /* told to have left: nothing is taken, and as long as that is so a person should know */
    { 0, &theirs, "", "g2=theirs", 0, -1, "", NO_REASON },
    { 0, &theirs, "", "g2=ours", 0, -1, "", SCIM_SYNC_REFUSED, "keeps its access" },
    { 0, &ours, "", "g2=ours", 0, -1, "read", NO_REASON },
    { 0, &ours_read, "", "s1=granted", 0, -1, "", SCIM_SYNC_REFUSED, "another account" },
};

static void test_the_owner_is_left_as_it_is(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(owner_cases) / sizeof(owner_cases[0]); i++) {
        const membership_case_t *c = &owner_cases[i];
        scim_sync_person_t person = person_of(c->groups, c->members, c->left, p);
        scim_sync_protection_t protection = *person.protection;
        const scim_sync_learnt_t learnt = { .looked = c->looked };
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        protection.owner = "a1";
        person.protection = &protection;
        person.wanted = c->wanted;
        person.account = c->account;
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        expect((int)i, steps, &outcome, c->steps, c->verdict, c->detail, p);
    }
}

/* ---- groups ---- */

static const scim_sync_held_group_t devs = { .group_id = "g1", .name = "devs" };
static const scim_sync_held_group_t staff = { .group_id = "g2", .name = "staff" };
static const scim_sync_held_group_t vips = { .group_id = "g3", .name = "vip-1" };

typedef struct {
    const char *name;
    const scim_sync_held_group_t *linked;
    scim_sync_learnt_t learnt;
    const char *unread;
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail;
} team_case_t;

static const team_case_t team_cases[] = {
    { "staff", NULL, { 0 }, NULL, "find-group", NO_REASON },
    /* a name is enough: nobody is looked for by it */
    { "site-admins", NULL, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "site-admins is what Atlassian" },
    { "SITE-ADMINS", NULL, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "it is not taken over" },
    { "jira-administrators", NULL, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "nobody is put into it" },
    { "Wizards", NULL, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "Jira's site administrators" },
    { "wizards", NULL, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "Jira's site administrators" },
    { "vip-2", NULL, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "protectedGroups" },
    { "vip-2", NULL, { .absent = 1 }, NULL, "", SCIM_SYNC_REFUSED, "protectedGroups" },
    { "vip-2", NULL, { .created = 1 }, NULL, "", SCIM_SYNC_REFUSED, "protectedGroups" },
    /* found under a name that nobody had told as an administrators' group's */
    { "staff",
      NULL,
      { .guarded = "staff is a group of" },
      NULL,
      "",
      SCIM_SYNC_REFUSED,
      "staff is" },
    /* linked before it became one */
    { "devs", &devs, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "who is in it stays" },
    { "crew", &devs, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "who is in it stays" },
    { "vip-1", &vips, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "who is in it stays" },
    /* renamed to such a name */
    { "site-admins", &staff, { 0 }, NULL, "", SCIM_SYNC_REFUSED, "it is not taken over" },
    { "site-admins", &staff, { .absent = 1 }, NULL, "", SCIM_SYNC_REFUSED, "not taken over" },
    { "staff", &staff, { 0 }, NULL, "", NO_REASON },
    /* not known yet */
    { "staff", NULL, { 0 }, "HTTP status 503", "", SCIM_SYNC_RETRY, "HTTP status 503" },
    { "staff",
      NULL,
      { .absent = 1 },
      "HTTP status 503",
      "",
      SCIM_SYNC_RETRY,
      "before it is known" },
    { "staff", &staff, { 0 }, "HTTP status 503", "", NO_REASON },
    { "site-admins", NULL, { 0 }, "HTTP status 503", "", SCIM_SYNC_REFUSED, "Atlassian" },
    { "devs", &devs, { 0 }, "HTTP status 503", "", SCIM_SYNC_REFUSED, "who is in it stays" },
    /* not told any more */
    { NULL, &devs, { 0 }, NULL, "", NO_REASON },
    { NULL, &devs, { 0 }, "HTTP status 503", "", NO_REASON },
};

static void test_teams(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(team_cases) / sizeof(team_cases[0]); i++) {
        const team_case_t *c = &team_cases[i];
        scim_sync_protection_t *protection = planning_protection("vip-*", p);
        apr_array_header_t *admins = apr_array_make(p, 1, sizeof(scim_sync_admin_group_t));
        const scim_sync_team_t team = { .name = c->name,
                                        .linked = c->linked,
                                        .protection = protection };
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        APR_ARRAY_PUSH(admins, scim_sync_admin_group_t) =
            (scim_sync_admin_group_t) { "j1", "Wizards", "site-admin" };
        scim_sync_protection_know(protection, admins);
        scim_sync_protection_hold(protection, "g1", "devs is a group of Jira's administrators");
        protection->unread = c->unread;
        outcome = scim_sync_plan_team(&steps, &team, &c->learnt, p);
        expect((int)i, steps, &outcome, c->steps, c->verdict, c->detail, p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_memberships),
        UNIT_TEST(test_what_jira_refused_is_said_too),
        UNIT_TEST(test_jira_refuses_a_seat),
        UNIT_TEST(test_many_reasons_are_told_by_the_first),
        UNIT_TEST(test_accounts),
        UNIT_TEST(test_the_owner_is_left_as_it_is),
        UNIT_TEST(test_teams),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans for customers of Jira Service Management: tables of what each state leads to, and what must
 * hold for every combination of them. Nobody whom no IdP wants keeps a portal that we gave, nobody
 * loses one that others gave, and an Atlassian account is never touched but for its portals.
 */
#include "planning.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "sync/chain.h"

#define BACK    SCIM_SYNC_LEAVING_TAKE_BACK
#define REVOKE  SCIM_SYNC_LEAVING_REVOKE
#define NOTHING SCIM_SYNC_LEAVING_NOTHING

static const char *const states[] = { NULL,
                                      SCIM_SYNC_HELD_ADDING,
                                      SCIM_SYNC_HELD_OURS,
                                      SCIM_SYNC_HELD_REMOVING,
                                      SCIM_SYNC_HELD_THEIRS,
                                      SCIM_SYNC_HELD_QUEUED,
                                      SCIM_SYNC_HELD_ENDING,
                                      SCIM_SYNC_HELD_UNCERTAIN };
enum { THEIRS = 4, QUEUED, ENDING, UNCERTAIN, STATES };

static scim_sync_person_t a_customer(const char *groups, const char *members, apr_pool_t *p)
{
    scim_sync_person_t person = planning_person(groups, members, p);

    person.customers = 1;
    person.portal_only = 1;
    person.display = "Ann";
    return person;
}

/* ---- the account ---- */

typedef struct {
    const char *email;
    const char *groups;
    int import;
    int invite;
    scim_sync_learnt_t learnt;
    const char *asked; /* desks */
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail; /* that the refusal holds */
} account_case_t;

#define ANN    "ann@example.com"
#define DONE   SCIM_SYNC_DONE
#define REFUSE SCIM_SYNC_REFUSED
#define FAILED(code)                                                                               \
    {                                                                                              \
        .created = 1, .absent = 1, .answer = { SCIM_SYNC_ABSENT, code, 0, "no good" }              \
    }

static const account_case_t account_cases[] = {
    /* looked for, made; an e-mail goes out by the rule alone, and only to a desk's portal */
    { ANN, "desk:4", 1, 0, { 0 }, "", "find", DONE, NULL },
    { ANN, "desk:4", 1, 0, { .absent = 1 }, "", "create", DONE, NULL },
    { ANN, "", 1, 0, { .absent = 1 }, "", "create", DONE, NULL },
    { ANN, "desk:4", 1, 1, { .absent = 1 }, "", "create:desk:4", DONE, NULL },
    { ANN, "organization:1 desk:4", 1, 1, { .absent = 1 }, "", "create:desk:4", DONE, NULL },
    { ANN, "organization:1", 1, 1, { .absent = 1 }, "", "create", DONE, NULL },
    { ANN, "", 1, 1, { .absent = 1 }, "", "create", DONE, NULL },
    /* not confirmed: searched for again, then asked for at each desk */
    { ANN, "desk:4", 1, 1, { .created = 1, .answer = { .status = 409 } }, "", "find", DONE, NULL },
    { ANN, "desk:4 desk:5", 1, 0, FAILED(409), "", "find-customer:desk:4", DONE, NULL },
    { ANN, "desk:4 desk:5", 1, 0, FAILED(409), "desk:4", "find-customer:desk:5", DONE, NULL },
    { ANN, "organization:1 desk:5", 1, 0, FAILED(400), "", "find-customer:desk:5", DONE, NULL },
    { ANN, "desk:4", 1, 0, FAILED(500), "", "find-customer:desk:4", DONE, NULL },
    { ANN, "desk:4", 1, 0, FAILED(409), "desk:4", "", REFUSE,
      "nor among the customers of its service desks: if access to portals was taken from it" },
    { ANN, "", 1, 0, FAILED(409), "", "", REFUSE, "which a search does not find: if access" },
    { ANN, "organization:1", 1, 0, FAILED(409), "", "", REFUSE, "which a search does not find" },
    { ANN, "desk:4", 1, 0, FAILED(400), "desk:4", "", REFUSE, "no good" },
    { ANN, "desk:4", 1, 0, FAILED(502), "desk:4", "", SCIM_SYNC_RETRY, "no good" },
    { ANN, "", 1, 0, FAILED(0), "", "", SCIM_SYNC_RETRY, "no good" },
    /* none may be made: one that hides its address is found at a desk all the same */
    { ANN, "desk:4", 0, 1, { 0 }, "", "find", DONE, NULL },
    { ANN, "desk:4", 0, 1, { .absent = 1 }, "", "find-customer:desk:4", DONE, NULL },
    { ANN, "desk:4", 0, 1, { .absent = 1 }, "desk:4", "", DONE, "users.import" },
    { ANN, "organization:1", 0, 0, { .absent = 1 }, "", "", DONE, "users.import" },
    { ANN, "desk:4", 1, 0, { .rival = "bob" }, "", "", REFUSE, "bob" },
    { NULL, "desk:4", 1, 0, { 0 }, "", "", REFUSE, "Ann has no e-mail address" },
};

static void test_accounts(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(account_cases) / sizeof(account_cases[0]); i++) {
        const account_case_t *c = &account_cases[i];
        scim_sync_person_t person = a_customer(c->groups, "", p);
        scim_sync_learnt_t learnt = c->learnt;
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        learnt.desks = *c->asked ? planning_list(c->asked, p) : NULL;
        person.email = c->email;
        person.import = c->import;
        person.invite = c->invite;
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        if (strcmp(planning_words(steps, p), c->steps) != 0 || outcome.verdict != c->verdict) {
            fail_msg("case %d: \"%s\", verdict %d", (int)i, planning_words(steps, p),
                     outcome.verdict);
        }
        if (c->detail && (!outcome.detail || !strstr(outcome.detail, c->detail))) {
            fail_msg("case %d: \"%s\"", (int)i, outcome.detail);
        }
        /* Nobody is looked for, or made, to be sent away, but for one whose account may be ours. */
        for (int revoke = 0; revoke <= 1; revoke++) {
            person.wanted = 0;
            person.leaving = revoke ? REVOKE : BACK;
            person.begun = 0;
            scim_sync_plan_person(&steps, &person, &learnt, p);
            assert_int_equal(steps->nelts, 0);
            person.begun = 1;
            outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
            assert_string_equal(planning_words(steps, p),
                                revoke && c->email && !learnt.absent ? "find" : "");
            assert_int_equal(outcome.verdict, DONE);
        }
    }
}

/* ---- every combination ---- */

static const scim_sync_held_account_t ours = {
    .account_id = "qm:1", .email = ANN, .ours = 1, .groups_read = 1
};
static const scim_sync_held_account_t adopted = { .account_id = "qm:1",
                                                  .email = ANN,
                                                  .groups_read = 1 };
static const scim_sync_held_account_t revoking = {
    .account_id = "qm:1", .email = ANN, .ours = 1, .groups_read = 1, .state = "revoking"
};
static const scim_sync_held_account_t revoked = {
    .account_id = "qm:1", .email = ANN, .ours = 1, .groups_read = 1, .state = "revoked"
};
/* By the users' side of the site, which alone restores it. */
static const scim_sync_held_account_t suspended = {
    .account_id = "5b1", .email = ANN, .groups_read = 1, .state = "suspended"
};
static const scim_sync_held_account_t deleted = {
    .account_id = "5b1", .email = ANN, .groups_read = 1, .state = "deleted"
};
static const scim_sync_held_account_t *const accounts[] = { &ours,      &adopted, &adopted,
                                                            &suspended, &deleted, &revoking,
                                                            &revoked };
enum { OURS, ADOPTED, ATLASSIAN, SUSPENDED, DELETED, REVOKING, REVOKED, ACCOUNTS };

static int is_ended(int account)
{
    return account == SUSPENDED || account == DELETED;
}

static const char *const portals[] = { "desk:4", "organization:1" };
static const char *const mappings[] = { "", "desk:4", "organization:1", "desk:4 organization:1" };
enum { MAPPINGS = 4 };

/* Wanted, or left by a rule. */
enum { WANTED, LEFT_BACK, LEFT_REVOKE, LEFT_NOTHING, MODES };

typedef struct {
    int mode;
    int mapping;
    int account;
    int states[2]; /* of the desk's membership, and of the organization's */
} combination_t;

/* What becomes of a membership, by the state: in a portal that is wanted, and in one that is not. */
static const char *const when_wanted[STATES] = {
    "add", NULL, NULL, "add", NULL, NULL, "add", "add"
};
static const char *const when_not[STATES] = { NULL, "remove", "remove", NULL,
                                              NULL, NULL,     NULL,     "remove" };

static const char *expected(const combination_t *c, apr_pool_t *p)
{
    static const char *const order[] = { "add", "remove" };
    int closed = c->mode == WANTED ? c->account >= REVOKING : c->mode == LEFT_NOTHING;
    int theirs = c->states[0] == THEIRS || c->states[1] == THEIRS;
    const char *steps = c->mode == WANTED && closed ? "find" : "";

    for (int o = 0; o < 2 && !closed; o++) {
        for (int i = 0; i < 2; i++) {
            int wanted = c->mode == WANTED && strstr(mappings[c->mapping], portals[i]);
            const char *word = wanted ? when_wanted[c->states[i]] : when_not[c->states[i]];

            if (is_ended(c->account) && wanted) {
                continue;
            }
            if (word && !strcmp(word, order[o])) {
                steps = apr_pstrcat(p, steps, *steps ? " " : "", word, ":", portals[i], NULL);
            }
        }
    }
    if (c->mode == LEFT_REVOKE && c->account != ATLASSIAN && !is_ended(c->account) &&
        c->account != REVOKED && !(c->account == ADOPTED && theirs)) {
        steps = apr_pstrcat(p, steps, *steps ? " " : "", "revoke", NULL);
    }
    return steps;
}

static scim_sync_person_t combined(const combination_t *c, apr_pool_t *p)
{
    static const scim_sync_leaving_t leaving[] = { BACK, BACK, REVOKE, NOTHING };
    const char *members = "";

    for (int i = 0; i < 2; i++) {
        if (states[c->states[i]]) {
            members = apr_pstrcat(p, members, " ", portals[i], "=", states[c->states[i]], NULL);
        }
    }
    scim_sync_person_t person = a_customer(mappings[c->mapping], members, p);

    person.account = accounts[c->account];
    person.portal_only = c->account != ATLASSIAN && !is_ended(c->account);
    person.wanted = c->mode == WANTED;
    person.leaving = leaving[c->mode];
    person.rule = "users.onDeactivate of okta";
    return person;
}

/* What was never sent is forgotten when it is not wanted, however the person leaves. */
static void check_unqueued(const combination_t *c, scim_sync_person_t *person)
{
    for (int i = 0; i < person->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);
        int wanted =
            c->mode == WANTED && strstr(mappings[c->mapping], m->group_id) && c->account != DELETED;

        assert_int_equal(scim_sync_plan_unqueues(person, m),
                         !strcmp(m->state, SCIM_SYNC_HELD_QUEUED) && !wanted);
        person->doubt = "who knows";
        assert_false(scim_sync_plan_unqueues(person, m));
        person->doubt = NULL;
    }
}

static void check(const combination_t *c, apr_pool_t *p)
{
    const scim_sync_learnt_t learnt = { 0 };
    scim_sync_person_t person = combined(c, p);
    const char *wish = expected(c, p);
    int ended = c->mode == WANTED && is_ended(c->account);
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome = scim_sync_plan_person(&steps, &person, &learnt, p);

    if (strcmp(planning_words(steps, p), wish) != 0 || outcome.verdict != (ended ? REFUSE : DONE)) {
        fail_msg("mode %d, mapping \"%s\", account %d, states %d %d: \"%s\" (%d), not \"%s\"",
                 c->mode, mappings[c->mapping], c->account, c->states[0], c->states[1],
                 planning_words(steps, p), outcome.verdict, wish);
    }
    check_unqueued(c, &person);
    /* A revocation that the rules ask for, and that isn't one, is said; as is who ended it. */
    assert_true((ended || (c->mode == LEFT_REVOKE && c->account < REVOKED &&
                           !strstr(wish, "revoke"))) == (outcome.detail != NULL));

    person.grace_ms = 1000;
    person.grace_until = "tomorrow";
    if (c->mode != WANTED && *wish) {
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        assert_int_equal(steps->nelts, 0);
        assert_int_equal(outcome.verdict, SCIM_SYNC_RETRY);
        assert_int_equal(outcome.retry_ms, 1000);
    }
    person.grace_ms = 0;
    person.doubt = "who knows";
    scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_int_equal(steps->nelts, 0);
    person.doubt = NULL;

    /* The owner of the token is left alone. */
    scim_sync_protection_t *protection = planning_protection("", p);

    protection->owner = person.account->account_id;
    person.protection = protection;
    scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_string_equal(planning_words(steps, p), !strcmp(wish, "find") ? "find" : "");
}

static void test_every_combination(void **state)
{
    apr_pool_t *p;

    apr_pool_create(&p, *state);
    for (int i = 0; i < MODES * MAPPINGS * ACCOUNTS * STATES * STATES; i++) {
        combination_t c = { .mode = i % MODES,
                            .mapping = i / MODES % MAPPINGS,
                            .account = i / MODES / MAPPINGS % ACCOUNTS,
                            .states = { i / MODES / MAPPINGS / ACCOUNTS % STATES,
                                        i / MODES / MAPPINGS / ACCOUNTS / STATES } };

        apr_pool_clear(p);
        check(&c, p);
    }
}

/* ---- what else there is ---- */

static void test_coming_back_from_a_revocation(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = a_customer("organization:1 desk:4", "desk:4=removing", p);
    scim_sync_learnt_t learnt = { .absent = 1 };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    person.account = &revoked;
    scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_string_equal(planning_words(steps, p), "find-customer:desk:4");
    learnt.desks = planning_list("desk:4", p);
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_int_equal(steps->nelts, 0);
    assert_int_equal(outcome.verdict, REFUSE);
    assert_non_null(strstr(outcome.detail, "was revoked when the person left"));
    assert_non_null(strstr(outcome.detail, "portal-only customers in Jira's administration"));
    person.email = NULL;
    learnt = (scim_sync_learnt_t) { 0 };
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_int_equal(outcome.verdict, REFUSE);
}

/* While another IdP that has stopped has a say, what it may have given stays, and the account. */
static void test_what_an_idp_in_dry_run_has_a_say_in(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person =
        a_customer("", "desk:4=ours desk:5=adding organization:1=removing", p);
    const scim_sync_learnt_t learnt = { 0 };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    person.account = &ours;
    person.wanted = 0;
    person.leaving = REVOKE;
    person.kept = 1;
    person.kept_groups = planning_list("desk:4", p);
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_string_equal(planning_words(steps, p), "remove:desk:5");
    assert_int_equal(outcome.verdict, DONE);
    person.kept = 0;
    scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_string_equal(planning_words(steps, p), "remove:desk:5");
}

static void test_a_name_that_can_not_be_written(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = a_customer("desk:4", "desk:4=ours", p);
    apr_array_header_t *withheld = apr_array_make(p, 1, sizeof(scim_sync_withheld_t));
    const scim_sync_learnt_t learnt = { 0 };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    person.account = &adopted;
    person.renamed = "Ann Other";
    person.profile = "-Ann Other";
    outcome = scim_sync_explain_person(&steps, withheld, &person, &learnt, p);
    assert_int_equal(steps->nelts, 0);
    assert_int_equal(outcome.verdict, DONE);
    assert_null(outcome.detail);
    assert_int_equal(withheld->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(withheld, 0, scim_sync_withheld_t).kind, "rename");
    assert_non_null(strstr(APR_ARRAY_IDX(withheld, 0, scim_sync_withheld_t).text, "Ann Other"));
}

static void test_an_account_that_was_deactivated(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = a_customer("desk:4", "", p);
    scim_sync_held_account_t inactive = adopted;
    const scim_sync_learnt_t learnt = { 0 };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    inactive.inactive = 1;
    person.account = &inactive;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_string_equal(planning_words(steps, p), "add:desk:4");
    assert_int_equal(outcome.verdict, REFUSE);
    assert_non_null(strstr(outcome.detail, "the portal-only account of Ann was revoked in Jira"));
    person.portal_only = 0;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_non_null(strstr(outcome.detail, "the Atlassian account of Ann is deactivated"));
}

/* Nobody finds it, and the users' side of the site knows why. */
static void test_an_address_of_staff_who_left(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = a_customer("", "", p);
    const scim_sync_learnt_t learnt = FAILED(409);
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    person.staff = "was suspended by the users' side of this site";
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_int_equal(outcome.verdict, REFUSE);
    assert_non_null(strstr(outcome.detail, "Atlassian account of this address was suspended by"));
    assert_null(strstr(outcome.detail, "hides"));
}

/* All calls, as a dry run and explain show them. */
static const char *chain_of(const scim_sync_person_t *person, const char *unmade, apr_pool_t *p)
{
    const scim_sync_learnt_t learnt = { 0 };
    scim_sync_chain_t chain;
    const char *text = "";

    scim_sync_chain_person(&chain, person, &learnt, planning_list(unmade, p), planning_list("", p),
                           p);
    for (int i = 0; i < chain.steps->nelts; i++) {
        const scim_sync_chain_step_t *s = &APR_ARRAY_IDX(chain.steps, i, scim_sync_chain_step_t);
        const char *group = s->group_id ? s->group_id : s->group;

        text = apr_pstrcat(p, text, i > 0 ? " " : "", scim_sync_step_name(s->kind),
                           group ? ":" : "", group ? group : "", NULL);
    }
    assert_true(chain.over);
    return text;
}

static void test_chains(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = a_customer("desk:4", "", p);

    assert_string_equal(chain_of(&person, "organization/Example", p),
                        "findAccount createAccount addMember:desk:4 "
                        "addMember:organization/Example");
    person.import = 0;
    assert_string_equal(chain_of(&person, "", p), "findAccount findCustomer:desk:4");
    person = a_customer("desk:4", "desk:4=ours organization:1=adding", p);
    person.account = &ours;
    assert_string_equal(chain_of(&person, "", p), "removeMember:organization:1");
    person.wanted = 0;
    person.leaving = REVOKE;
    assert_string_equal(chain_of(&person, "", p),
                        "removeMember:desk:4 removeMember:organization:1 revokeAccount");
    person.wanted = 1;
    person.account = &revoked;
    assert_string_equal(chain_of(&person, "", p), "findAccount findCustomer:desk:4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_accounts),
        UNIT_TEST(test_every_combination),
        UNIT_TEST(test_coming_back_from_a_revocation),
        UNIT_TEST(test_what_an_idp_in_dry_run_has_a_say_in),
        UNIT_TEST(test_a_name_that_can_not_be_written),
        UNIT_TEST(test_an_account_that_was_deactivated),
        UNIT_TEST(test_an_address_of_staff_who_left),
        UNIT_TEST(test_chains),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner: tables of what each state leads to, and what must hold for every combination of
 * them. Leavers above all: nobody who is wanted by no IdP keeps what we gave, and nobody loses what
 * others gave.
 */
#include "planning.h"

#include <string.h>

static const char *const states[] = { NULL,
                                      SCIM_SYNC_HELD_OURS,
                                      SCIM_SYNC_HELD_THEIRS,
                                      SCIM_SYNC_HELD_ADDING,
                                      SCIM_SYNC_HELD_GRANTED,
                                      SCIM_SYNC_HELD_WITHDRAWN,
                                      SCIM_SYNC_HELD_DOUBTFUL,
                                      SCIM_SYNC_HELD_REVOKED,
                                      SCIM_SYNC_HELD_DISPUTED };
enum { STATES = 9 };

/* ---- the account ---- */

static const scim_sync_held_account_t found = { .account_id = "a1", .email = "ann@example.com" };
static const scim_sync_held_account_t read_ = { .account_id = "a1",
                                                .email = "ann@example.com",
                                                .groups_read = 1 };
static const scim_sync_held_account_t made = { .account_id = "a1",
                                               .email = "ann@example.com",
                                               .ours = 1 };
static const scim_sync_held_account_t made_read = {
    .account_id = "a1", .email = "ann@example.com", .ours = 1, .groups_read = 1
};

typedef struct {
    int wanted;
    const scim_sync_held_account_t *account;
    const char *groups;
    const char *members;
    const char *refused;
    const char *steps;
} membership_case_t;

static const membership_case_t membership_cases[] = {
    /* somebody who was there before us: read first, whatever is to be done */
    { 1, &found, "", "", "", "read" },
    { 1, &found, "g1", "", "", "read" },
    { 1, &read_, "g1", "", "", "add:g1" },
    { 1, &read_, "g1 g2", "g1=theirs", "", "add:g2" },
    /* our own account needs none: nobody else has given it anything yet */
    { 1, &made, "", "", "", "" },
    { 1, &made, "g1", "", "", "add:g1" },
    /* each state, wanted and not */
    { 1, &read_, "g1", "g1=ours", "", "" },
    { 1, &read_, "", "g1=ours", "", "remove:g1" },
    { 1, &read_, "g1", "g1=adding", "", "add:g1" },
    { 1, &read_, "", "g1=adding", "", "remove:g1" },
    { 1, &read_, "g1", "g1=theirs", "", "" },
    { 1, &read_, "", "g1=theirs", "", "" },
    { 1, &made_read, "g1", "g1=granted", "", "" },
    { 1, &made_read, "", "g1=granted", "", "" },
    { 1, &made_read, "g1", "g1=withdrawn", "", "add:g1" },
    { 1, &made_read, "", "g1=withdrawn", "", "add:g1" },
    { 1, &made_read, "g1", "g1=doubtful", "", "add:g1" },
    { 1, &made_read, "", "g1=doubtful", "", "add:g1" },
    /* many at once */
    { 1, &read_, "g1 g2 g3", "g2=ours g4=ours g5=theirs", "", "add:g1 add:g3 remove:g4" },
    /* what Jira refused is not asked for again in this run, the rest is */
    { 1, &read_, "g1 g2", "", "g1", "add:g2" },
    { 1, &read_, "g2", "g1=ours", "g1", "add:g2" },
    { 1, &made_read, "", "g1=withdrawn g2=withdrawn", "g1", "add:g2" },
    /* leavers */
    { 0, NULL, "", "", "", "" },
    { 0, &found, "", "", "", "" },
    { 0, &read_, "", "g1=theirs", "", "" },
    { 0, &read_, "", "g1=ours g2=theirs g3=adding", "", "remove:g1 remove:g3" },
    { 0, &found, "", "g1=ours", "", "remove:g1" },
    { 0, &made, "", "", "", "read" },
    { 0, &made, "", "g1=ours", "", "read" },
    { 0, &made_read, "", "g1=granted g2=ours g3=withdrawn g4=theirs", "", "remove:g1 remove:g2" },
    { 0, &made_read, "", "g1=granted g2=ours", "g1", "remove:g2" },
    { 0, &made_read, "", "g1=doubtful", "", "remove:g1" },
    { 0, &made_read, "", "", "", "" },
};

static void test_memberships(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(membership_cases) / sizeof(membership_cases[0]); i++) {
        const membership_case_t *c = &membership_cases[i];
        scim_sync_person_t person = planning_person(c->groups, c->members, p);
        scim_sync_learnt_t learnt = {
            .refused = planning_list(c->refused, p),
            .refusal = { .verdict = SCIM_SYNC_REFUSED, .status = 403, .detail = "no" }
        };
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        person.wanted = c->wanted;
        person.account = c->account;
        outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
        if (strcmp(planning_words(steps, p), c->steps) != 0) {
            fail_msg("case %d: \"%s\", not \"%s\"", (int)i, planning_words(steps, p), c->steps);
        }
        if (*c->refused) {
            assert_int_equal(outcome.verdict, SCIM_SYNC_REFUSED);
            assert_int_equal(outcome.status, 403);
            assert_string_equal(outcome.detail, "no");
        }
        else {
            assert_int_equal(outcome.verdict, SCIM_SYNC_DONE);
        }
    }
}

typedef struct {
    const char *email;
    scim_sync_learnt_t learnt;
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail; /* that the refusal holds */
} account_case_t;

static const account_case_t account_cases[] = {
    { "ann@example.com", { 0 }, "find", SCIM_SYNC_DONE, NULL },
    { "ann@example.com", { .absent = 1 }, "create", SCIM_SYNC_DONE, NULL },
    /* tried, not confirmed: looked for again before anything is said */
    { "ann@example.com",
      { .created = 1, .answer = { .status = 500 } },
      "find",
      SCIM_SYNC_DONE,
      NULL },
    { "ann@example.com",
      { .created = 1, .absent = 1, .answer = { SCIM_SYNC_ABSENT, 500, 0, "oops" } },
      "",
      SCIM_SYNC_RETRY,
      "oops" },
    { "ann@example.com",
      { .created = 1, .absent = 1, .answer = { SCIM_SYNC_ABSENT, 0, 0, "cut" } },
      "",
      SCIM_SYNC_RETRY,
      "cut" },
    { "ann@example.com",
      { .created = 1, .absent = 1, .answer = { SCIM_SYNC_ABSENT, 400, 0, "licence" } },
      "",
      SCIM_SYNC_REFUSED,
      "licence" },
    { "ann@example.com", { .rival = "bob" }, "", SCIM_SYNC_REFUSED, "bob" },
    { "ann@example.com", { .rival = "bob", .absent = 1 }, "", SCIM_SYNC_REFUSED, "bob" },
    { NULL, { 0 }, "", SCIM_SYNC_REFUSED, "Ann has no e-mail address" },
    { NULL, { .absent = 1 }, "", SCIM_SYNC_REFUSED, "Ann has no e-mail address" },
};

static void test_accounts(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(account_cases) / sizeof(account_cases[0]); i++) {
        const account_case_t *c = &account_cases[i];
        scim_sync_person_t person = planning_person("g1", "", p);
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        person.email = c->email;
        outcome = scim_sync_plan_person(&steps, &person, &c->learnt, p);
        if (strcmp(planning_words(steps, p), c->steps) != 0 || outcome.verdict != c->verdict) {
            fail_msg("case %d: \"%s\", verdict %d", (int)i, planning_words(steps, p),
                     outcome.verdict);
        }
        if (c->detail) {
            assert_non_null(strstr(outcome.detail, c->detail));
        }
        person.wanted = 0; /* nobody is looked for, or made, to be sent away */
        outcome = scim_sync_plan_person(&steps, &person, &c->learnt, p);
        assert_int_equal(steps->nelts, 0);
        assert_int_equal(outcome.verdict, SCIM_SYNC_DONE);
        person.begun = 1; /* unless a creation was begun, of which nobody knows the end */
        outcome = scim_sync_plan_person(&steps, &person, &c->learnt, p);
        assert_string_equal(planning_words(steps, p), c->email && !c->learnt.absent ? "find" : "");
        assert_int_equal(outcome.verdict, SCIM_SYNC_DONE);
    }
}

/* Only a person can mend it, in Jira; what the module can do is done all the same. */
static void test_a_deactivated_account(void **state)
{
    apr_pool_t *p = *state;
    const scim_sync_held_account_t inactive = {
        .account_id = "a1", .email = "ann@example.com", .groups_read = 1, .inactive = 1
    };
    scim_sync_person_t person = planning_person("g1", "", p);
    const scim_sync_learnt_t learnt = { 0 };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    person.account = &inactive;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_string_equal(planning_words(steps, p), "add:g1");
    assert_int_equal(outcome.verdict, SCIM_SYNC_REFUSED);
    assert_non_null(strstr(outcome.detail, "activate it in Atlassian's administration"));
    person.wanted = 0;
    outcome = scim_sync_plan_person(&steps, &person, &learnt, p);
    assert_int_equal(steps->nelts, 0);
    assert_int_equal(outcome.verdict, SCIM_SYNC_DONE);
}

/* ---- groups ---- */

static const scim_sync_held_group_t staff = { .group_id = "j1", .name = "staff" };

typedef struct {
    const char *name;
    const scim_sync_held_group_t *linked;
    scim_sync_learnt_t learnt;
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail;
} team_case_t;

static const team_case_t team_cases[] = {
    { "staff", NULL, { 0 }, "find-group", SCIM_SYNC_DONE, NULL },
    { "staff", NULL, { .absent = 1 }, "create-group", SCIM_SYNC_DONE, NULL },
    { "staff", NULL, { .created = 1 }, "find-group", SCIM_SYNC_DONE, NULL },
    { "staff",
      NULL,
      { .created = 1, .absent = 1, .answer = { SCIM_SYNC_ABSENT, 400, 0, "no" } },
      "find-twin",
      SCIM_SYNC_DONE,
      NULL },
    { "staff",
      NULL,
      { .created = 1, .absent = 1, .compared = 1, .answer = { SCIM_SYNC_ABSENT, 400, 0, "no" } },
      "",
      SCIM_SYNC_REFUSED,
      "no" },
    { "staff",
      NULL,
      { .created = 1,
        .absent = 1,
        .compared = 1,
        .twin = "Staff",
        .answer = { SCIM_SYNC_ABSENT, 400, 0, "no" } },
      "",
      SCIM_SYNC_REFUSED,
      "Jira has a group Staff, and takes no group staff beside it" },
    { "staff",
      NULL,
      { .created = 1, .absent = 1, .answer = { SCIM_SYNC_ABSENT, 502, 0, "no" } },
      "",
      SCIM_SYNC_RETRY,
      "no" },
    { "staff", &staff, { 0 }, "", SCIM_SYNC_DONE, NULL },
    /* renamed by the IdP: perhaps somebody has renamed it in Jira too */
    { "crew", &staff, { 0 }, "find-group", SCIM_SYNC_DONE, NULL },
    { "Staff", &staff, { 0 }, "find-group", SCIM_SYNC_DONE, NULL },
    { "crew", &staff, { .absent = 1 }, "", SCIM_SYNC_REFUSED, "rename staff to crew" },
    { "crew", &staff, { .foreign = 1 }, "", SCIM_SYNC_REFUSED, "another group" },
    /* never deleted */
    { NULL, &staff, { 0 }, "", SCIM_SYNC_DONE, NULL },
    { NULL, &staff, { .absent = 1 }, "", SCIM_SYNC_DONE, NULL },
    { NULL, NULL, { 0 }, "", SCIM_SYNC_DONE, NULL },
};

static void test_teams(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(team_cases) / sizeof(team_cases[0]); i++) {
        const team_case_t *c = &team_cases[i];
        const scim_sync_team_t team = { .name = c->name,
                                        .linked = c->linked,
                                        .protection = planning_protection("", p) };
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome = scim_sync_plan_team(&steps, &team, &c->learnt, p);

        if (strcmp(planning_words(steps, p), c->steps) != 0 || outcome.verdict != c->verdict) {
            fail_msg("case %d: \"%s\", verdict %d", (int)i, planning_words(steps, p),
                     outcome.verdict);
        }
        if (c->detail) {
            assert_non_null(strstr(outcome.detail, c->detail));
        }
    }
}

/* ---- every combination: two groups of every state, told or not, refused or not ---- */

/* What really is in Jira, beside what is held. */
typedef struct {
    const char *state[2];
    int told[2];
    int refused[2];
    int in_jira[2];
    int wanted;
    scim_sync_held_account_t account;
} world_t;

static const char *const ids[] = { "g1", "g2" };

static scim_sync_outcome_t plan(apr_array_header_t **steps, const world_t *w, apr_pool_t *p)
{
    apr_array_header_t *groups = apr_array_make(p, 2, sizeof(const char *));
    apr_array_header_t *members = apr_array_make(p, 2, sizeof(scim_sync_held_member_t));
    scim_sync_learnt_t learnt = { .refused = apr_array_make(p, 2, sizeof(const char *)),
                                  .refusal = { .verdict = SCIM_SYNC_REFUSED } };
    scim_sync_person_t person = planning_person("", "", p);

    person.wanted = w->wanted;
    person.account = &w->account;
    person.groups = groups;
    person.members = members;
    for (int g = 0; g < 2; g++) {
        if (w->told[g]) {
            APR_ARRAY_PUSH(groups, const char *) = ids[g];
        }
        if (w->refused[g]) {
            APR_ARRAY_PUSH(learnt.refused, const char *) = ids[g];
        }
        if (w->state[g]) {
            APR_ARRAY_PUSH(members, scim_sync_held_member_t) =
                (scim_sync_held_member_t) { .group_id = ids[g], .state = w->state[g] };
        }
    }
    return scim_sync_plan_person(steps, &person, &learnt, p);
}

static int is(const char *a, const char *b)
{
    return a && !strcmp(a, b);
}

static int came_with_account(const char *state)
{
    return is(state, SCIM_SYNC_HELD_GRANTED) || is(state, SCIM_SYNC_HELD_WITHDRAWN) ||
           is(state, SCIM_SYNC_HELD_DOUBTFUL);
}

static int was_theirs(const char *state)
{
    return is(state, SCIM_SYNC_HELD_THEIRS) || is(state, SCIM_SYNC_HELD_REVOKED) ||
           is(state, SCIM_SYNC_HELD_DISPUTED);
}

/* Jira does it, and it is recorded as the job does. */
static void take(world_t *w, const scim_sync_step_t *s)
{
    int g = s->group_id && !strcmp(s->group_id, "g2");

    switch (s->kind) {
    case SCIM_SYNC_READ_GROUPS:
        w->account.groups_read = 1;
        break;
    case SCIM_SYNC_ADD_MEMBER:
        assert_false(is(w->state[g], SCIM_SYNC_HELD_THEIRS));
        assert_false(w->refused[g]);
        assert_true(w->wanted);
        w->state[g] = scim_sync_held_added(w->state[g]);
        w->in_jira[g] = 1;
        break;
    case SCIM_SYNC_REMOVE_MEMBER:
        assert_false(was_theirs(w->state[g]));
        assert_false(w->refused[g]);
        assert_false(w->wanted && w->told[g]);
        w->state[g] = scim_sync_held_removed(w->state[g]);
        w->in_jira[g] = 0;
        break;
    default:
        fail_msg("step %d for a known account", s->kind);
    }
}

/* Ask and do until nothing is left: soon, and with what the planner is for. */
static void settle(world_t *w, apr_pool_t *p)
{
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;
    int rounds = 0;

    for (;;) {
        outcome = plan(&steps, w, p);
        if (steps->nelts == 0) {
            break;
        }
        assert_true(++rounds <= 2);
        for (int i = 0; i < steps->nelts; i++) {
            take(w, &APR_ARRAY_IDX(steps, i, scim_sync_step_t));
        }
    }
    assert_int_equal(outcome.verdict,
                     w->refused[0] || w->refused[1] ? SCIM_SYNC_REFUSED : SCIM_SYNC_DONE);
}

static void check(const world_t *before, const world_t *after)
{
    for (int g = 0; g < 2; g++) {
        const char *was = before->state[g];

        if (before->refused[g] || is(was, SCIM_SYNC_HELD_THEIRS) ||
            (was_theirs(was) && !before->wanted)) {
            assert_ptr_equal(was, after->state[g]);
            assert_int_equal(before->in_jira[g], after->in_jira[g]);
        }
        else if (!before->wanted) {
            /* The leaver: nothing is left of what we gave. */
            assert_false(after->in_jira[g]);
            assert_true(after->state[g] == NULL || is(after->state[g], SCIM_SYNC_HELD_WITHDRAWN));
        }
        else if (was_theirs(was)) {
            /* Back: what others had given is there again, and theirs. */
            assert_true(after->in_jira[g]);
            assert_true(is(after->state[g], SCIM_SYNC_HELD_THEIRS));
        }
        else if (before->told[g]) {
            assert_true(after->in_jira[g]);
            assert_true(is(after->state[g], SCIM_SYNC_HELD_OURS) ||
                        is(after->state[g], SCIM_SYNC_HELD_GRANTED));
        }
        else {
            /* Wanted, but not by an IdP in here: only what came with the account stays. */
            assert_int_equal(after->in_jira[g], came_with_account(was));
        }
    }
}

/* Each world is a number; bit by bit it is what the loops over all of them would say. */
static world_t world_of(unsigned int n)
{
    world_t w = { .account = { .account_id = "a1", .email = "ann@example.com" } };

    for (int g = 0; g < 2; g++) {
        w.state[g] = states[n % STATES];
        n /= STATES;
        w.told[g] = n % 2;
        n /= 2;
        w.refused[g] = n % 2;
        n /= 2;
        /* what is under way may have arrived or not */
        w.in_jira[g] = is(w.state[g], scim_sync_held_changing(w.state[g]))
                           ? (int)(n % 2)
                           : w.state[g] && !scim_sync_held_is_taken(w.state[g]);
        n /= 2;
    }
    w.wanted = n % 2;
    w.account.ours = n / 2 % 2;
    w.account.groups_read = n / 4 % 2;
    return w;
}

enum { WORLDS = (STATES * 8) * (STATES * 8) * 8 };

static void test_every_world_settles_as_wanted(void **state)
{
    apr_pool_t *p;

    apr_pool_create(&p, *state);
    for (unsigned int n = 0; n < WORLDS; n++) {
        world_t before = world_of(n);
        world_t after = before;

        settle(&after, p);
        check(&before, &after);
        apr_pool_clear(p);
    }
}

/* Who leaves and comes back has what she had; who comes back and leaves again has nothing of it. */
static void test_every_world_there_and_back(void **state)
{
    apr_pool_t *p;

    apr_pool_create(&p, *state);
    for (unsigned int n = 0; n < WORLDS; n++) {
        world_t w = world_of(n);
        world_t here;

        if (w.refused[0] || w.refused[1]) {
            continue;
        }
        w.wanted = 1;
        w.account.groups_read = 1;
        settle(&w, p);
        here = w;
        w.wanted = 0;
        settle(&w, p);
        w.wanted = 1;
        settle(&w, p);
        for (int g = 0; g < 2; g++) {
            assert_int_equal(w.in_jira[g], here.in_jira[g]);
            assert_true(w.state[g] == here.state[g] || is(w.state[g], here.state[g]));
        }
        apr_pool_clear(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_memberships),
        UNIT_TEST(test_accounts),
        UNIT_TEST(test_a_deactivated_account),
        UNIT_TEST(test_teams),
        UNIT_TEST(test_every_world_settles_as_wanted),
        UNIT_TEST(test_every_world_there_and_back),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

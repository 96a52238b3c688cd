/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is queued for a portal: how it waits, in which batches it is sent, and how the one account
 * is found because of which a batch was refused. A wrong answer leaves a leaver in the portal, or
 * gives up somebody who is to be in it.
 */
#include "planning.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "sync/planner_portal.h"

/* a1 ... an */
static scim_sync_portal_line_t line_of(int accounts, apr_int64_t age, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, accounts + 1, sizeof(const char *));

    for (int i = 1; i <= accounts; i++) {
        APR_ARRAY_PUSH(list, const char *) = apr_psprintf(p, "a%d", i);
    }
    return (scim_sync_portal_line_t) { .accounts = list, .age = age };
}

/* "add:50 remove:a1 shown:2", by the number of accounts, or the one; then the end. */
static const char *words_of(const apr_array_header_t *steps, const scim_sync_outcome_t *outcome,
                            apr_pool_t *p)
{
    static const char *const ends[] = { "done", "absent", "retry", "refused", "denied", "guarded" };
    const char *text = "";

    for (int i = 0; i < steps->nelts; i++) {
        const scim_sync_portal_step_t *s = &APR_ARRAY_IDX(steps, i, scim_sync_portal_step_t);
        const char *kind = s->kind == SCIM_SYNC_ADD_BATCH       ? "add"
                           : s->kind == SCIM_SYNC_REMOVE_BATCH  ? "remove"
                           : s->kind == SCIM_SYNC_READ_ACCOUNTS ? "shown"
                                                                : "look";

        text = !s->accounts ? apr_pstrcat(p, text, kind, " ", NULL)
               : s->accounts->nelts == 1
                   ? apr_psprintf(p, "%s%s:%s ", text, kind,
                                  APR_ARRAY_IDX(s->accounts, 0, const char *))
                   : apr_psprintf(p, "%s%s:%d ", text, kind, s->accounts->nelts);
    }
    if (steps->nelts > 0) {
        return text;
    }
    return outcome->retry_ms
               ? apr_psprintf(p, "%s %" APR_INT64_T_FMT, ends[outcome->verdict], outcome->retry_ms)
               : ends[outcome->verdict];
}

/* ---- waiting ---- */

typedef struct {
    int adding;
    int add_age;
    int removing;
    int remove_age;
    int more_come;
    int desk;
    const char *open;
    const char *words;
} wait_case_t;

static const wait_case_t wait_cases[] = {
    { 0, 0, 0, 0, 0, 1, NULL, "done" },
    { 0, 0, 0, 0, 1, 1, NULL, "done" },
    /* Nothing else is due: at once. */
    { 3, 0, 2, 0, 0, 1, NULL, "add:3 remove:2 " },
    { 60, 0, 70, 0, 0, 1, NULL, "add:50 remove:50 " },
    { 3, 0, 2, 0, 0, 0, NULL, "look " },
    /* More may come: what is no whole batch waits, for its time, and a leaver for less. */
    { 3, 0, 0, 0, 1, 1, NULL, "retry 2000" },
    { 3, 14000, 0, 0, 1, 1, NULL, "retry 1000" },
    { 3, 15000, 0, 0, 1, 1, NULL, "add:3 " },
    { 50, 0, 0, 0, 1, 1, NULL, "add:50 " },
    { 49, 0, 1, 500, 1, 1, NULL, "retry 1500" },
    { 49, 0, 1, 2000, 1, 1, NULL, "remove:a1 " },
    { 49, 14500, 1, 500, 1, 0, NULL, "retry 500" },
    /* A desk that is open: nobody is taken out, others are put in. */
    { 0, 0, 2, 9000, 0, 1, "it is open", "refused" },
    { 1, 0, 2, 9000, 0, 1, "it is open", "add:a1 " },
    { 1, 0, 2, 9000, 1, 1, "it is open", "retry 2000" },
    { 0, 0, 0, 0, 0, 1, "it is open", "done" },
};

static void test_waiting(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(wait_cases) / sizeof(*wait_cases); i++) {
        const wait_case_t *c = &wait_cases[i];
        const scim_sync_portal_t portal = { .name = "project/DEMO",
                                            .desk = c->desk,
                                            .open = c->open,
                                            .adding = line_of(c->adding, c->add_age, p),
                                            .removing = line_of(c->removing, c->remove_age, p),
                                            .more_come = c->more_come };
        const scim_sync_portal_learnt_t learnt = { .looked = 0 };
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome = scim_sync_plan_portal(&steps, &portal, &learnt, p);

        print_message("%d: %s\n", (int)i, c->words);
        assert_string_equal(words_of(steps, &outcome, p), c->words);
    }
}

/* What failed in one half does not hold up the other, nor does that wait for more then. */
static void test_each_half_ends_alone(void **state)
{
    apr_pool_t *p = *state;
    const scim_sync_portal_t portal = { .name = "project/DEMO",
                                        .desk = 1,
                                        .adding = line_of(2, 0, p),
                                        .removing = line_of(3, 0, p),
                                        .more_come = 1 };
    const scim_sync_outcome_t no = { SCIM_SYNC_REFUSED, 403, 0, "not you" };
    const scim_sync_outcome_t down = { SCIM_SYNC_RETRY, 503, 0, "it's down" };
    scim_sync_portal_learnt_t learnt = { .add = { .stopped = no } };
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome = scim_sync_plan_portal(&steps, &portal, &learnt, p);

    assert_string_equal(words_of(steps, &outcome, p), "remove:3 ");
    learnt.remove.stopped = down;
    outcome = scim_sync_plan_portal(&steps, &portal, &learnt, p);
    assert_string_equal(words_of(steps, &outcome, p), "retry");
    assert_int_equal(outcome.status, 503);
    assert_string_equal(outcome.detail, "it's down; not you");
    learnt.managed = 1;
    outcome = scim_sync_plan_portal(&steps, &portal, &learnt, p);
    assert_string_equal(words_of(steps, &outcome, p), "refused");
}

/* ---- who it is ---- */

typedef struct {
    int desk;
    int removes;
    int queued;
    const char *bad;   /* whom Jira refuses in any batch */
    const char *shown; /* "but:a7": Jira shows all but these; "all"; NULL: it does not say */
    int most;          /* accounts in a batch that Jira takes; 0: any number */
    int open;          /* every removal is refused */
    const char *lost;  /* whom Jira is found not to know, and whom it refuses */
    const char *refused;
    const char *end;
    int calls; /* at most */
} search_case_t;

static const search_case_t search_cases[] = {
    /* desk removes queued bad shown most open lost refused end calls */
    { 1, 0, 50, "", "all", 0, 0, "", "", "done", 1 },
    { 1, 0, 120, "", "all", 0, 0, "", "", "done", 3 },
    { 1, 0, 50, "a7", "but:a7", 0, 0, "a7", "", "done", 4 },
    { 1, 0, 120, "a7 a50 a99", "but:a7 a50 a99", 0, 0, "a7 a50 a99", "", "done", 12 },
    { 1, 0, 1, "a1", "but:a1", 0, 0, "a1", "", "done", 2 },
    { 1, 0, 1, "a1", "all", 0, 0, "", "a1", "done", 2 },
    { 1, 0, 50, "a7", "all", 0, 0, "", "a7", "done", 16 },
    { 1, 0, 50, "a7 a8", "but:a8", 0, 0, "a8", "a7", "done", 20 },
    /* Jira may show fewer than it takes, or nobody: no one is given up for that. */
    { 1, 0, 50, "a7", "but:a3 a7", 0, 0, "a7", "", "done", 5 },
    { 1, 0, 4, "a4", "but:a1 a2 a3 a4", 0, 0, "a4", "", "done", 6 },
    { 1, 0, 50, "a7", NULL, 0, 0, "", "a7", "done", 16 },
    /* A batch is smaller than we think. */
    { 1, 0, 50, "", "all", 20, 0, "", "", "done", 8 },
    { 1, 1, 50, "", "all", 20, 0, "", "", "done", 9 },
    /* Of removals the same; of a desk a refusal may mean that it is open. */
    { 0, 1, 50, "a7", "but:a7", 0, 0, "a7", "", "done", 4 },
    { 0, 1, 3, "a2", "all", 0, 0, "", "a2", "done", 6 },
    { 1, 1, 50, "a7", "but:a7", 0, 0, "a7", "", "done", 4 },
    { 1, 1, 50, "a7", "all", 0, 0, "", "a7", "done", 20 },
    { 1, 1, 50, "a1", "all", 0, 0, "", "a1", "done", 20 },
    { 1, 1, 50, "", "all", 0, 1, "", "", "open", 4 },
    { 1, 1, 1, "", "all", 0, 1, "", "", "open", 2 },
    { 1, 1, 2, "", "all", 0, 1, "", "", "open", 4 },
    { 1, 1, 50, "", "but:a1 a2", 0, 1, "", "", "open", 5 },
    { 1, 1, 3, "", "but:a1 a3", 0, 1, "", "", "open", 4 },
};

typedef struct {
    const search_case_t *c;
    scim_sync_portal_t portal;
    scim_sync_portal_learnt_t learnt;
    const char *lost;
    const char *refused;
    int calls;
    apr_pool_t *p;
} search_t;

static int is_among(const char *words, const char *account, apr_pool_t *p)
{
    return scim_sync_list_holds(planning_list(words, p), account);
}

static void take_from_line(search_t *s, const char *account)
{
    scim_sync_portal_line_t *line = s->c->removes ? &s->portal.removing : &s->portal.adding;
    apr_array_header_t *left = apr_array_make(s->p, 8, sizeof(const char *));

    for (int i = 0; i < line->accounts->nelts; i++) {
        const char *one = APR_ARRAY_IDX(line->accounts, i, const char *);

        if (strcmp(one, account)) {
            APR_ARRAY_PUSH(left, const char *) = one;
        }
    }
    line->accounts = left;
}

static void conclude(search_t *s, scim_sync_portal_fate_t fate, const apr_array_header_t *accounts)
{
    const char *first = APR_ARRAY_IDX(accounts, 0, const char *);

    for (int i = 0; fate == SCIM_SYNC_PORTAL_SETTLED && i < accounts->nelts; i++) {
        assert_false(is_among(s->c->bad, APR_ARRAY_IDX(accounts, i, const char *), s->p));
        take_from_line(s, APR_ARRAY_IDX(accounts, i, const char *));
    }
    if (fate == SCIM_SYNC_PORTAL_UNKNOWN || fate == SCIM_SYNC_PORTAL_REFUSED) {
        assert_false(
            scim_sync_portal_doubts(s->c->removes ? &s->learnt.remove : &s->learnt.add, first));

        const char **list = fate == SCIM_SYNC_PORTAL_UNKNOWN ? &s->lost : &s->refused;

        *list = apr_pstrcat(s->p, *list, **list ? " " : "", first, NULL);
        take_from_line(s, first);
    }
}

static scim_sync_portal_fate_t answer_batch(search_t *s, const apr_array_header_t *accounts)
{
    scim_sync_outcome_t outcome = { SCIM_SYNC_DONE, 204, 0, NULL };
    int desk_removal = s->c->desk && s->c->removes;
    int bad = s->c->open || (s->c->most && accounts->nelts > s->c->most);

    for (int i = 0; i < accounts->nelts; i++) {
        bad |= is_among(s->c->bad, APR_ARRAY_IDX(accounts, i, const char *), s->p);
    }
    if (bad) {
        outcome = (scim_sync_outcome_t) { desk_removal ? SCIM_SYNC_REFUSED : SCIM_SYNC_ABSENT, 400,
                                          0, "no" };
    }
    return scim_sync_portal_answered(s->c->removes ? &s->learnt.remove : &s->learnt.add,
                                     desk_removal, accounts, accounts, &outcome,
                                     desk_removal && bad, s->p);
}

static scim_sync_portal_fate_t answer_shown(search_t *s, const apr_array_header_t *accounts)
{
    apr_array_header_t *shown = apr_array_make(s->p, 8, sizeof(const char *));
    const char *hidden = s->c->shown && strchr(s->c->shown, ':') ? s->c->shown + 4 : "";

    for (int i = 0; i < accounts->nelts; i++) {
        const char *account = APR_ARRAY_IDX(accounts, i, const char *);

        if (!is_among(hidden, account, s->p)) {
            APR_ARRAY_PUSH(shown, const char *) = account;
        }
    }
    return scim_sync_portal_shown(s->c->removes ? &s->learnt.remove : &s->learnt.add,
                                  s->c->desk && s->c->removes, s->c->shown ? shown : NULL, s->p);
}

/* As a job does it, until nothing is left to be sent. */
static const char *search(search_t *s)
{
    apr_array_header_t *steps;
    scim_sync_outcome_t outcome;

    for (;;) {
        if (scim_sync_portal_shows_open(&s->portal, &s->learnt)) {
            return "open";
        }
        outcome = scim_sync_plan_portal(&steps, &s->portal, &s->learnt, s->p);
        if (steps->nelts == 0) {
            return words_of(steps, &outcome, s->p);
        }
        assert_int_equal(steps->nelts, 1);
        assert_true(++s->calls < 100);

        scim_sync_portal_step_t step = APR_ARRAY_IDX(steps, 0, scim_sync_portal_step_t);

        assert_int_equal(step.removes, s->c->removes);
        conclude(s,
                 step.kind == SCIM_SYNC_READ_ACCOUNTS ? answer_shown(s, step.accounts)
                                                      : answer_batch(s, step.accounts),
                 step.accounts);
    }
}

static void test_who_it_is(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(search_cases) / sizeof(*search_cases); i++) {
        const search_case_t *c = &search_cases[i];
        search_t s = { .c = c, .lost = "", .refused = "", .p = p };

        s.portal.name = "project/DEMO";
        s.portal.desk = c->desk;
        s.portal.adding = line_of(c->removes ? 0 : c->queued, 0, p);
        s.portal.removing = line_of(c->removes ? c->queued : 0, 0, p);
        s.learnt.looked = 1;
        print_message("%d: %d queued, bad %s, shown %s\n", (int)i, c->queued, c->bad,
                      c->shown ? c->shown : "-");
        assert_string_equal(search(&s), c->end);
        assert_string_equal(s.lost, c->lost);
        assert_string_equal(s.refused, c->refused);
        assert_in_range(s.calls, 1, c->calls);
    }
}

/* A refusal is the last word only of those all of whose calls this run has seen refused. */
static void test_what_a_refusal_leaves_in_doubt(void **state)
{
    apr_pool_t *p = *state;
    const scim_sync_outcome_t no = { SCIM_SYNC_ABSENT, 400, 0, "no" };
    const scim_sync_outcome_t yes = { SCIM_SYNC_DONE, 204, 0, NULL };
    const scim_sync_outcome_t lost = { SCIM_SYNC_RETRY, 0, 0, "no answer" };
    const scim_sync_portal_line_t line = line_of(4, 0, p);
    scim_sync_portal_half_t half = { 0 };

    scim_sync_portal_answered(&half, 0, line.accounts, NULL, &lost, 0, p);
    assert_true(scim_sync_portal_doubts(&half, "a1"));
    half = (scim_sync_portal_half_t) { 0 };
    scim_sync_portal_answered(&half, 0, line.accounts, planning_list("a1 a2 a3", p), &no, 0, p);
    assert_false(scim_sync_portal_doubts(&half, "a1"));
    assert_false(scim_sync_portal_doubts(&half, "a3"));
    assert_true(scim_sync_portal_doubts(&half, "a4"));
    scim_sync_portal_shown(&half, 0, line.accounts, p);
    scim_sync_portal_answered(&half, 0, planning_list("a1 a2", p), NULL, &no, 0, p);
    assert_false(scim_sync_portal_doubts(&half, "a1"));
    /* Who is done is kept in mind no longer. */
    scim_sync_portal_answered(&half, 0, planning_list("a2 a4", p), NULL, &yes, 0, p);
    assert_false(scim_sync_portal_doubts(&half, "a1"));
    assert_true(scim_sync_portal_doubts(&half, "a2"));
    assert_int_equal(half.answered->nelts, 2);
}

/* What stays in the queue is no reason to be done with it, and parks nothing. */
static void test_what_stays_in_the_queue(void **state)
{
    static const struct {
        int adds;
        int removes;
        const char *open;
        const char *detail;
    } cases[] = {
        { 1, 0, NULL, "who is still to be added waits" },
        { 0, 1, NULL, "who is still to be removed waits" },
        { 1, 1, NULL, "paused or in dry run has a say in it" },
        { 1, 0, "it is open", "it is open; who is still to be added waits" },
    };
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const scim_sync_portal_learnt_t learnt = { 0 };
        scim_sync_portal_t portal = { .name = "project/DEMO", .desk = 1, .open = cases[i].open };
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        portal.adding = line_of(0, 0, p);
        portal.removing = line_of(cases[i].open ? 1 : 0, 0, p);
        portal.adding.still = cases[i].adds;
        portal.removing.still = cases[i].removes;
        outcome = scim_sync_plan_portal(&steps, &portal, &learnt, p);
        assert_int_equal(steps->nelts, 0);
        assert_int_equal(outcome.verdict, SCIM_SYNC_RETRY);
        assert_int_equal(outcome.retry_ms, SCIM_SYNC_PORTAL_STILL_MS);
        assert_non_null(strstr(outcome.detail, cases[i].detail));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_waiting),
        UNIT_TEST(test_each_half_ends_alone),
        UNIT_TEST(test_who_it_is),
        UNIT_TEST(test_what_a_refusal_leaves_in_doubt),
        UNIT_TEST(test_what_stays_in_the_queue),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

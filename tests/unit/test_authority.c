/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups whose IdP alone decides who is in them: whom others put there leaves, whoever dies in
 * between; nobody does who is wanted, or may be.
 */
#include <string.h>

#include <apr_strings.h>

#include "jira_fake.h"
#include "base/text.h"
#include "store/config.h"
#include "sync/authority.h"

#define ANN "ann@example.com"
#define A   "a-" ANN

static fake_t *a_site(void **state)
{
    database_t *database = store_of(state);
    fake_t *fake = fake_of(database);

    store_idp(fake->db, "okta", "main", fake->p);
    store_user(fake->db, "okta", "ann", ANN, 1, fake->p);
    store_group(fake->db, "okta", "g", "devs", fake->p);
    store_add_member(fake->db, "g", "ann", fake->p);
    OK(scim_sync_task_add_all(fake->db, "okta", NULL, fake->p));
    assert_true(fake_work(fake));
    assert_string_equal(fake_members(fake), "j-devs/" A " j-product/" A);
    return fake;
}

static void put_rules(fake_t *fake, const char *idp, const char *rules)
{
    scim_sync_idp_t *stored;
    int put;

    OK(scim_sync_idp_load(fake->db, &stored, idp, fake->p));
    OK(scim_sync_idp_put_rules(fake->db, stored, rules, &put, fake->p));
    assert_true(put);
}

/* Somebody else's work in Jira, as the reconciler writes it down. */
static void slip_in(fake_t *fake, const char *account_id)
{
    fake_member(fake, "j-devs", account_id);
    OK(scim_sync_held_put_member(fake->db, "main", "j-devs", account_id, SCIM_SYNC_HELD_THEIRS,
                                 fake->p));
    OK(scim_sync_task_add_linked(fake->db, "main", "j-devs", fake->p));
}

static const char *in_devs(fake_t *fake)
{
    assert_true(fake_work(fake));
    return fake_members(fake);
}

#define STRICT "{\"groups\":{\"authoritative\":true}}"

static void test_a_stranger_leaves(void **state)
{
    fake_t *fake = a_site(state);

    slip_in(fake, "a-eve@example.com");
    assert_string_equal(in_devs(fake), "j-devs/a-ann@example.com j-devs/a-eve@example.com"
                                       " j-product/a-ann@example.com");
    put_rules(fake, "okta", STRICT);
    assert_string_equal(in_devs(fake), "j-devs/" A " j-product/" A);
    assert_string_equal(store_members(fake->db, "a-eve@example.com", fake->p), "");
    assert_string_equal(store_column(fake->db,
                                     "SELECT subject FROM event WHERE kind = 'jira.member.removed'",
                                     fake->p),
                        "a-eve@example.com");
    assert_string_equal(store_column(fake->db, "SELECT subject FROM task", fake->p), "");
}

static void test_who_is_told_of_and_not_in_it_leaves_too(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    store_user(fake->db, "okta", "bob", "bob@example.com", 1, fake->p);
    OK(scim_sync_task_add(fake->db, "okta", "user", "bob", fake->p));
    assert_true(fake_work(fake));
    slip_in(fake, "a-bob@example.com");
    assert_null(strstr(in_devs(fake), "j-devs/a-bob"));
    /* and is taken for a member when the IdP says so */
    slip_in(fake, "a-bob@example.com");
    store_add_member(fake->db, "g", "bob", fake->p);
    assert_non_null(strstr(in_devs(fake), "j-devs/a-bob"));
    assert_string_equal(store_members(fake->db, "a-bob@example.com", fake->p), "j-devs=theirs");
}

static void test_wherever_it_dies_it_is_done_in_the_end(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    for (int crash = 1; crash <= 2; crash++) {
        slip_in(fake, "a-eve@example.com");
        fake->points = 0;
        fake->crash_at = crash;
        assert_false(fake_work(fake));
        fake->crash_at = 0;
        assert_string_equal(in_devs(fake), "j-devs/" A " j-product/" A);
        assert_string_equal(store_members(fake->db, "a-eve@example.com", fake->p), "");
    }
}

static void say_of_ann(fake_t *fake)
{
    OK(scim_sync_task_add(fake->db, "okta", "user", "ann", fake->p));
    assert_true(fake_work(fake));
}

/* Whoever put them there: from then on it ends when the IdP says so, wherever it dies. */
static void test_whom_the_idp_has_in_it_is_ours(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    for (int crash = 1; crash <= 2; crash++) {
        OK(scim_sync_held_put_member(fake->db, "main", "j-devs", A, SCIM_SYNC_HELD_THEIRS,
                                     fake->p));
        say_of_ann(fake);
        assert_string_equal(store_members(fake->db, A, fake->p), "j-devs=ours");
        database_run(fake->db, "DELETE FROM member WHERE value = 'ann'", fake->p);
        OK(scim_sync_task_add(fake->db, "okta", "user", "ann", fake->p));
        fake->points = 0;
        fake->crash_at = crash;
        assert_false(fake_work(fake));
        fake->crash_at = 0;
        assert_string_equal(in_devs(fake), "j-product/" A);
        assert_string_equal(store_members(fake->db, A, fake->p), "");
        store_add_member(fake->db, "g", "ann", fake->p);
        say_of_ann(fake);
    }
}

/* What the IdP in dry run says of it is planned; nothing is taken over before it is live. */
static void test_nothing_is_taken_over_in_dry_run(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    assert_true(fake_work(fake));
    OK(scim_sync_held_put_member(fake->db, "main", "j-devs", A, SCIM_SYNC_HELD_THEIRS, fake->p));
    database_run(fake->db, "UPDATE idp SET state = 'dryRun', version = version + 1", fake->p);
    say_of_ann(fake);
    assert_string_equal(store_members(fake->db, A, fake->p), "j-devs=theirs");
    database_run(fake->db, "UPDATE resource SET active = 0 WHERE id = 'ann'", fake->p);
    say_of_ann(fake);
    assert_string_equal(fake_members(fake), "j-devs/" A " j-product/" A);
    assert_non_null(strstr(
        store_column(fake->db, "SELECT what FROM plan_count ORDER BY 1", fake->p), "removeMember"));
    assert_non_null(strstr(store_members(fake->db, A, fake->p), "j-devs=theirs"));
}

static void test_a_refusal_is_told_and_stops_no_other(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    slip_in(fake, "a-eve@example.com");
    fake->refused = "j-devs";
    assert_true(fake_work(fake));
    assert_string_equal(store_column(fake->db, "SELECT state || ' ' || detail FROM task", fake->p),
                        "failed not this group");
    assert_string_equal(store_members(fake->db, "a-eve@example.com", fake->p), "j-devs=theirs");
}

static void test_the_owner_and_protected_groups(void **state)
{
    fake_t *fake = a_site(state);
    const scim_sync_admin_group_t devs = { .group_id = "j-devs",
                                           .name = "devs",
                                           .access = "admin" };
    apr_array_header_t *admins = apr_array_make(fake->p, 1, sizeof(devs));

    put_rules(fake, "okta", STRICT);
    fake->worker.protection.owner = "a-admin@example.com";
    slip_in(fake, "a-admin@example.com");
    assert_non_null(strstr(in_devs(fake), "j-devs/a-admin"));
    APR_ARRAY_PUSH(admins, scim_sync_admin_group_t) = devs;
    scim_sync_protection_know(&fake->worker.protection, admins);
    slip_in(fake, "a-eve@example.com");
    assert_non_null(strstr(in_devs(fake), "j-devs/a-eve"));
}

static void test_nobody_leaves_before_all_are_known(void **state)
{
    fake_t *fake = a_site(state);
    apr_array_header_t *tasks;

    put_rules(fake, "okta", STRICT);
    store_user(fake->db, "okta", "zoe", NULL, 1, fake->p);
    store_add_member(fake->db, "g", "zoe", fake->p);
    OK(scim_sync_task_add(fake->db, "okta", "user", "zoe", fake->p));
    slip_in(fake, "a-eve@example.com");
    OK(scim_sync_task_due(fake->db, &tasks, "main", 10, fake->p));
    for (scim_sync_job_t *job = fake_take(fake); job; job = fake_take(fake)) {
        while (!fake_turn(fake, job)) {
            fake_answer(fake, job);
        }
    }
    assert_non_null(strstr(fake_members(fake), "j-devs/a-eve"));
    assert_non_null(
        strstr(store_column(fake->db, "SELECT class || ' ' || detail FROM task WHERE subject = 'g'",
                            fake->p),
               "wait others have put people into devs"));
    /* whom the rules keep out is nobody in it */
    put_rules(fake, "okta",
              "{\"groups\":{\"authoritative\":true},\"users\":{\"filter\":{\"exclude\":"
              "[{\"attribute\":\"userName\",\"pattern\":\"^zoe$\"}]}}}");
    assert_null(strstr(in_devs(fake), "j-devs/a-eve"));
}

/* By what becomes of whom: a user, in the IdP's group or not, and the rules for leavers. */
static void test_the_fate_of_each_member(void **state)
{
    static const struct {
        const char *rules; /* of users */
        int told;          /* the IdP tells of the person, */
        int active;
        int linked; /* who stands for the account, */
        int member; /* and is in the IdP's group */
        const char *account_state;
        scim_sync_member_fate_t fate;
    } cases[] = {
        { "{}", 0, 0, 0, 0, NULL, SCIM_SYNC_MEMBER_GOES },
        { "{}", 1, 1, 1, 1, NULL, SCIM_SYNC_MEMBER_STAYS },
        { "{}", 1, 1, 1, 0, NULL, SCIM_SYNC_MEMBER_GOES },
        { "{}", 1, 1, 0, 1, NULL, SCIM_SYNC_MEMBER_STAYS },
        /* leavers */
        { "{}", 1, 0, 1, 1, NULL, SCIM_SYNC_MEMBER_LEAVES },
        { "{}", 1, 0, 1, 0, NULL, SCIM_SYNC_MEMBER_LEAVES },
        { "{\"gracePeriod\":3600}", 1, 0, 1, 1, NULL, SCIM_SYNC_MEMBER_STAYS },
        { "{\"onDeactivate\":\"nothing\"}", 1, 0, 1, 1, NULL, SCIM_SYNC_MEMBER_STAYS },
        { "{\"onDeactivate\":\"removeAccess\"}", 1, 0, 1, 1, NULL, SCIM_SYNC_MEMBER_LEAVES },
        { "{\"onDeactivate\":\"suspend\"}", 1, 0, 1, 1, NULL, SCIM_SYNC_MEMBER_LEAVES },
        { "{\"onDeactivate\":\"suspend\"}", 1, 0, 1, 1, "suspended", SCIM_SYNC_MEMBER_STAYS },
        /* was never let in, or kept out: as if it weren't told of; let in before: as deactivated */
        { "{}", 1, 0, 0, 0, NULL, SCIM_SYNC_MEMBER_GOES },
        { "{\"filter\":{\"exclude\":[{\"attribute\":\"userName\",\"pattern\":\"bob\"}]}}", 1, 1, 1,
          1, NULL, SCIM_SYNC_MEMBER_LEAVES },
        { "{\"filter\":{\"exclude\":[{\"attribute\":\"userName\",\"pattern\":\"bob\"}]}}", 1, 1, 0,
          1, NULL, SCIM_SYNC_MEMBER_GOES },
    };
    fake_t *fake = a_site(state);

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const scim_sync_held_account_t account = { .account_id = "a-bob",
                                                   .email = "bob@example.com",
                                                   .groups_read = 1,
                                                   .state = cases[i].account_state };
        scim_sync_member_fate_t fate;

        put_rules(fake, "okta",
                  apr_pstrcat(fake->p, "{\"groups\":{\"authoritative\":true},\"users\":",
                              cases[i].rules, "}", NULL));
        OK(scim_sync_held_put_account(fake->db, "main", &account, fake->p));
        if (cases[i].told) {
            store_user(fake->db, "okta", "bob", "bob@example.com", cases[i].active, fake->p);
        }
        if (cases[i].linked) {
            OK(scim_sync_held_put_link(fake->db, "main", "bob", "user", "a-bob", fake->p));
        }
        if (cases[i].member) {
            store_add_member(fake->db, "g", "bob", fake->p);
        }
        OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
        OK(scim_sync_authority_fate(fake->db, &fake->worker, "a-bob", "j-devs", &fate, fake->p));
        if (fate != cases[i].fate) {
            fail_msg("case %d: %d", (int)i, (int)fate);
        }
        database_run(fake->db, "DELETE FROM resource WHERE id = 'bob'", fake->p);
        database_run(fake->db, "DELETE FROM member WHERE value = 'bob'", fake->p);
        database_run(fake->db, "DELETE FROM jira_link WHERE resource = 'bob'", fake->p);
    }
}

/* One page, the first. */
static void look(fake_t *fake, scim_sync_search_t *search, scim_sync_strangers_t *strangers)
{
    *search = (scim_sync_search_t) { .behind = NULL };
    OK(scim_sync_authority_strangers(fake->db, &fake->worker, "okta", "j-devs", search, NULL,
                                     strangers, fake->p));
}

/* The next one. */
static void look_on(fake_t *fake, scim_sync_search_t *search, const apr_array_header_t *refused,
                    scim_sync_strangers_t *strangers)
{
    OK(scim_sync_authority_strangers(fake->db, &fake->worker, "okta", "j-devs", search, refused,
                                     strangers, fake->p));
}

/* An account of somebody else of the same IdP is surely not the one that is looked for. */
static void test_who_may_be_somebody_who_is_not_known(void **state)
{
    fake_t *fake = a_site(state);
    scim_sync_strangers_t strangers;
    scim_sync_search_t search;

    put_rules(fake, "okta", STRICT);
    store_idp(fake->db, "entra", "main", fake->p);
    store_user(fake->db, "okta", "zoe", NULL, 1, fake->p);
    store_add_member(fake->db, "g", "zoe", fake->p);
    store_user(fake->db, "okta", "bob", "bob@example.com", 1, fake->p);
    store_user(fake->db, "entra", "cat", "cat@example.com", 1, fake->p);
    for (int i = 0; i < 3; i++) {
        static const char *const ids[] = { "bob", "cat", "eve" };
        const char *account = apr_pstrcat(fake->p, "a-", ids[i], NULL);

        OK(scim_sync_held_put_member(fake->db, "main", "j-devs", account, SCIM_SYNC_HELD_THEIRS,
                                     fake->p));
        if (i < 2) {
            const scim_sync_held_account_t held = { .account_id = account,
                                                    .email = apr_pstrcat(fake->p, ids[i],
                                                                         "@example.com", NULL),
                                                    .groups_read = 1 };

            OK(scim_sync_held_put_account(fake->db, "main", &held, fake->p));
            OK(scim_sync_held_put_link(fake->db, "main", ids[i], "user", account, fake->p));
        }
    }
    OK(scim_sync_task_add(fake->db, "okta", "user", "zoe", fake->p));
    OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
    look(fake, &search, &strangers);
    assert_int_equal(strangers.accounts->nelts, 1);
    assert_string_equal(APR_ARRAY_IDX(strangers.accounts, 0, const char *), "a-bob");
    assert_string_equal(strangers.unknown, "zoe");
    assert_int_equal(strangers.stuck, 0);
    /* cat was told by okta, too, and may be told anew */
    store_user(fake->db, "okta", "cat.old", "cat@example.com", 0, fake->p);
    OK(scim_sync_held_put_link(fake->db, "main", "cat.old", "user", "a-cat", fake->p));
    look(fake, &search, &strangers);
    assert_int_equal(strangers.accounts->nelts, 1);
    database_run(fake->db, "UPDATE task SET state = 'failed'", fake->p);
    look(fake, &search, &strangers);
    assert_int_equal(strangers.stuck, 1);
    database_run(fake->db, "UPDATE resource SET active = 0 WHERE id = 'zoe'", fake->p);
    look(fake, &search, &strangers);
    assert_int_equal(strangers.accounts->nelts, 3);
    assert_null(strangers.unknown);
}

/* ---- very many ---- */

/* Others have put "x10001" and so on into the group. */
static void crowd(fake_t *fake, int count)
{
    database_run(fake->db, "DELETE FROM jira_member WHERE account_id LIKE 'x%'", fake->p);
    database_run(fake->db,
                 apr_psprintf(fake->p,
                              "WITH RECURSIVE n (i) AS (SELECT 10001 UNION ALL SELECT i + 1 FROM n"
                              " WHERE i < %d) INSERT INTO jira_member"
                              " (site, group_id, account_id, state, seen)"
                              " SELECT 'main', 'j-devs', 'x' || i, 'theirs', 0 FROM n",
                              10000 + count),
                 fake->p);
}

/* An IdP wants the one of this number in the group, and the account is known. */
static void want(fake_t *fake, int number)
{
    const char *account = apr_psprintf(fake->p, "x%d", number);
    const char *email = apr_pstrcat(fake->p, account, "@example.com", NULL);
    const scim_sync_held_account_t held = { .account_id = account,
                                            .email = email,
                                            .groups_read = 1 };

    store_user(fake->db, "okta", account, email, 1, fake->p);
    store_add_member(fake->db, "g", account, fake->p);
    OK(scim_sync_held_put_account(fake->db, "main", &held, fake->p));
    OK(scim_sync_held_put_link(fake->db, "main", account, "user", account, fake->p));
}

static fake_t *a_strict_site(void **state)
{
    fake_t *fake = a_site(state);

    put_rules(fake, "okta", STRICT);
    assert_true(fake_work(fake));
    OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
    return fake;
}

/* Wherever a page ends, each is looked at once, and the same ones are found. */
static void test_pages(void **state)
{
    static const struct {
        int crowd;
        int pages;
    } cases[] = {
        { 0, 1 }, { 1, 1 }, { 199, 1 }, { 200, 2 }, { 201, 2 }, { 400, 3 }, { 450, 3 },
    };
    static const int wanted[] = { 10001, 10005, 10199, 10200, 10201, 10400 };
    fake_t *fake = a_strict_site(state);

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        want(fake, wanted[i]);
    }
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scim_sync_strangers_t strangers;
        scim_sync_search_t search;
        int expected = cases[i].crowd;
        int pages = 1;

        for (size_t k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++) {
            expected -= wanted[k] <= 10000 + cases[i].crowd;
        }
        crowd(fake, cases[i].crowd);
        for (look(fake, &search, &strangers); strangers.goes_on; pages++) {
            assert_int_equal(strangers.accounts->nelts, 0);
            look_on(fake, &search, NULL, &strangers);
        }
        assert_int_equal(pages, cases[i].pages);
        assert_int_equal(strangers.accounts->nelts, expected);
        for (int k = 1; k < strangers.accounts->nelts; k++) {
            assert_true(strcmp(APR_ARRAY_IDX(strangers.accounts, k - 1, const char *),
                               APR_ARRAY_IDX(strangers.accounts, k, const char *)) < 0);
        }
        /* and once more, since they are there still */
        look_on(fake, &search, NULL, &strangers);
        assert_int_equal(strangers.accounts->nelts, expected);
    }
}

/* Between two pages somebody is told as a member, or is taken out by hand. */
static void test_who_is_found_first_is_looked_at_again(void **state)
{
    fake_t *fake = a_strict_site(state);
    scim_sync_strangers_t strangers;
    scim_sync_search_t search;

    crowd(fake, 250);
    look(fake, &search, &strangers);
    assert_true(strangers.goes_on);
    want(fake, 10007);
    database_run(fake->db, "DELETE FROM jira_member WHERE account_id = 'x10008'", fake->p);
    look_on(fake, &search, NULL, &strangers);
    assert_false(strangers.goes_on);
    assert_int_equal(strangers.accounts->nelts, 248);
    assert_false(scim_sync_list_holds(strangers.accounts, "x10007"));
    assert_false(scim_sync_list_holds(strangers.accounts, "x10008"));
    want(fake, 10009);
    look_on(fake, &search, NULL, &strangers);
    assert_false(scim_sync_list_holds(strangers.accounts, "x10009"));
}

/* The guard is asked about a thousand at once; those behind come when these have gone, or can't. */
static void test_a_thousand_at_once(void **state)
{
    fake_t *fake = a_strict_site(state);
    apr_array_header_t *refused = apr_array_make(fake->p, 1, sizeof(const char *));
    scim_sync_strangers_t strangers;
    scim_sync_search_t search;

    crowd(fake, 1010);
    for (look(fake, &search, &strangers); strangers.goes_on;) {
        look_on(fake, &search, NULL, &strangers);
    }
    assert_int_equal(strangers.accounts->nelts, 1000);
    database_run(fake->db,
                 "DELETE FROM jira_member WHERE account_id LIKE 'x%' AND account_id <= 'x10999'",
                 fake->p);
    look_on(fake, &search, refused, &strangers);
    assert_int_equal(strangers.accounts->nelts, 1);
    APR_ARRAY_PUSH(refused, const char *) = "x11000";
    look_on(fake, &search, refused, &strangers);
    assert_int_equal(strangers.accounts->nelts, 10);
    assert_string_equal(APR_ARRAY_IDX(strangers.accounts, 0, const char *), "x11001");
    database_run(fake->db, "DELETE FROM jira_member WHERE account_id LIKE 'x%'", fake->p);
    look_on(fake, &search, refused, &strangers);
    assert_false(strangers.goes_on);
    assert_int_equal(strangers.accounts->nelts, 0);
}

/* Turn by turn, each of which may be repeated; all in one go, once they are known. */
static void test_a_job_of_several_pages(void **state)
{
    fake_t *fake = a_strict_site(state);
    scim_sync_job_t *job;
    int turns;

    put_rules(fake, "okta", "{\"groups\":{\"authoritative\":true},\"guard\":{\"enabled\":false}}");
    assert_true(fake_work(fake));
    crowd(fake, 450);
    want(fake, 10300);
    for (int i = 10001; i <= 10450; i++) {
        fake_member(fake, "j-devs", apr_psprintf(fake->p, "x%d", i));
    }
    OK(scim_sync_task_add_linked(fake->db, "main", "j-devs", fake->p));
    job = fake_take(fake);
    assert_string_equal(job->task.kind, "group");
    for (turns = 1; !fake_turn(fake, job) && job->errands->nelts == 0; turns++) {
    }
    assert_int_equal(turns, 3);
    assert_int_equal(job->errands->nelts, 449);
    fake_answer(fake, job);
    assert_true(fake_turn(fake, job));
    apr_pool_destroy(job->pool);
    assert_string_equal(store_column(fake->db,
                                     "SELECT account_id FROM jira_member WHERE state = 'theirs'",
                                     fake->p),
                        "x10300");
}

static void test_of_several_idps_the_first_decides(void **state)
{
    static const struct {
        const char *okta;
        const char *entra;
        int authoritative;
    } cases[] = {
        { "{\"precedence\":5,\"groups\":{\"authoritative\":true}}", "{\"precedence\":6}", 1 },
        { "{\"precedence\":7,\"groups\":{\"authoritative\":true}}", "{\"precedence\":1}", 0 },
        { "{\"precedence\":2}", "{\"precedence\":3,\"groups\":{\"authoritative\":true}}", 0 },
        /* equals: by their names */
        { "{\"precedence\":4}", "{\"precedence\":4,\"groups\":{\"authoritative\":true}}", 1 },
        { "{\"precedence\":8,\"groups\":{\"mappings\":[{\"group\":\"devs\",\"jiraGroups\":["
          "\"devs\"],"
          "\"authoritative\":true}]}}",
          "{\"precedence\":9}", 1 },
    };
    fake_t *fake = a_site(state);
    int authoritative;

    store_idp(fake->db, "entra", "main", fake->p);
    store_group(fake->db, "entra", "h", "devs", fake->p);
    OK(scim_sync_held_put_link(fake->db, "main", "h", "group", "j-devs", fake->p));
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        put_rules(fake, "okta", cases[i].okta);
        put_rules(fake, "entra", cases[i].entra);
        OK(scim_sync_rulebook_open(fake->db, fake->rulebook, fake->p));
        OK(scim_sync_authority_is_theirs(fake->db, &fake->worker, NULL, "j-devs", &authoritative,
                                         fake->p));
        assert_int_equal(authoritative, cases[i].authoritative);
    }
    OK(scim_sync_authority_is_theirs(fake->db, &fake->worker, NULL, "j-none", &authoritative,
                                     fake->p));
    assert_int_equal(authoritative, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_a_stranger_leaves),
        DATABASE_TESTS(test_who_is_told_of_and_not_in_it_leaves_too),
        DATABASE_TESTS(test_wherever_it_dies_it_is_done_in_the_end),
        DATABASE_TESTS(test_whom_the_idp_has_in_it_is_ours),
        DATABASE_TESTS(test_nothing_is_taken_over_in_dry_run),
        DATABASE_TESTS(test_a_refusal_is_told_and_stops_no_other),
        DATABASE_TESTS(test_the_owner_and_protected_groups),
        DATABASE_TESTS(test_nobody_leaves_before_all_are_known),
        DATABASE_TESTS(test_the_fate_of_each_member),
        DATABASE_TESTS(test_who_may_be_somebody_who_is_not_known),
        DATABASE_TESTS(test_pages),
        DATABASE_TESTS(test_who_is_found_first_is_looked_at_again),
        DATABASE_TESTS(test_a_thousand_at_once),
        DATABASE_TESTS(test_a_job_of_several_pages),
        DATABASE_TESTS(test_of_several_idps_the_first_decides),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would be done, all the way, and what is kept of it. In all tables g1 is protected by its id,
 * groups called vip-... by their names, s1 grants jira-software.
 */
#include "planning.h"

#include <string.h>

#include <apr_strings.h>

#include "store/plan.h"
#include "sync/chain.h"

static const scim_sync_held_account_t theirs = { .account_id = "a1", .email = "ann@example.com" };
static const scim_sync_held_account_t theirs_read = { .account_id = "a1",
                                                      .email = "ann@example.com",
                                                      .groups_read = 1 };
static const scim_sync_held_account_t ours_read = {
    .account_id = "a1", .email = "ann@example.com", .ours = 1, .groups_read = 1
};
static const scim_sync_held_account_t owner = { .account_id = "a9",
                                                .email = "ann@example.com",
                                                .groups_read = 1 };

static scim_sync_person_t person_of(const char *groups, const char *members, int seats_left,
                                    apr_pool_t *p)
{
    scim_sync_person_t person = planning_person(groups, members, p);
    scim_sync_protection_t *protection = planning_protection("vip-*", p);
    scim_sync_seats_t *seats = apr_palloc(p, sizeof(*seats));
    scim_sync_product_t *product = apr_pcalloc(p, sizeof(*product));

    scim_sync_protection_hold(protection, "g1", "devs is a group of Jira's administrators");
    protection->owner = "a9";
    person.protection = protection;
    scim_sync_seats_init(seats, p);
    product->key = "jira-software";
    product->seats = 50;
    product->left = seats_left;
    product->groups = apr_hash_make(p);
    apr_hash_set(product->groups, "s1", APR_HASH_KEY_STRING, "");
    APR_ARRAY_PUSH(seats->products, scim_sync_product_t *) = product;
    person.seats = seats;
    person.products = planning_list("jira-software", p);
    return person;
}

/* "findAccount createAccount? addMember:g2 addMember:(new)": ? is what depends on an answer. */
static const char *steps_of(const scim_sync_chain_t *chain, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < chain->steps->nelts; i++) {
        const scim_sync_chain_step_t *s = &APR_ARRAY_IDX(chain->steps, i, scim_sync_chain_step_t);
        const char *object = s->group_id ? apr_pstrcat(p, ":", s->group_id, NULL)
                             : s->group  ? apr_psprintf(p, ":(%s)", s->group)
                                         : "";

        text = apr_pstrcat(p, text, i > 0 ? " " : "", scim_sync_step_name(s->kind), object,
                           s->unless ? "?" : "", NULL);
    }
    return text;
}

/* "protected:addMember:g1 seat:createAccount" */
static const char *withheld_of(const scim_sync_chain_t *chain, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < chain->withheld->nelts; i++) {
        const scim_sync_withheld_t *w = &APR_ARRAY_IDX(chain->withheld, i, scim_sync_withheld_t);

        assert_non_null(w->text);
        text = apr_pstrcat(p, text, i > 0 ? " " : "", w->kind, ":", scim_sync_step_name(w->step),
                           w->group_id ? ":" : "", w->group_id ? w->group_id : "", NULL);
    }
    return text;
}

typedef struct {
    const char *what;
    int wanted;
    const scim_sync_held_account_t *account;
    const char *groups;
    const char *unmade;
    const char *members;
    const char *kept;   /* groups in which an IdP in dry run has a say */
    const char *theirs; /* groups of IdPs that others gave */
    int seats_left;
    scim_sync_learnt_t learnt;
    const char *steps;
    const char *withheld;
} person_case_t;

#define AT_HOME                                                                                    \
    "", "", "", 5,                                                                                 \
    {                                                                                              \
        0                                                                                          \
    }

static const person_case_t person_cases[] = {
    { "all of it, for somebody new", 1, NULL, "g2 s1", "", AT_HOME,
      "findAccount createAccount? addMember:g2 addMember:s1", "" },
    { "what was looked up is not looked up again",
      1,
      NULL,
      "g2",
      "",
      "",
      "",
      "",
      5,
      { .absent = 1 },
      "createAccount addMember:g2",
      "" },
    { "groups that are not there yet", 1, NULL, "g2", "new", AT_HOME,
      "findAccount createAccount? addMember:g2 addMember:(new)", "" },
    { "and those that never will be", 1, &theirs_read, "g2", "vip-board new", AT_HOME,
      "addMember:g2 addMember:(new)", "protected:addMember::vip-board" },
    { "an account that was there is looked at first", 1, &theirs, "g2", "", AT_HOME,
      "readGroups addMember:g2?", "" },
    { "nothing to do", 1, &theirs_read, "g2", "", "g2=theirs", "", "g2", 5, { 0 }, "", "" },
    { "what the module gave is taken back",
      1,
      &theirs_read,
      "g2",
      "",
      "g2=ours g3=ours",
      "",
      "",
      5,
      { 0 },
      "removeMember:g3",
      "" },
    { "what others gave isn't",
      1,
      &theirs_read,
      "g2",
      "",
      "g2=ours g3=theirs g4=theirs",
      "",
      "g3",
      5,
      { 0 },
      "",
      "notOurs:removeMember:g3" },
    { "nor from a leaver",
      0,
      &theirs_read,
      "",
      "",
      "g2=ours g3=theirs g4=theirs",
      "",
      "g3",
      5,
      { 0 },
      "removeMember:g2",
      "notOurs:removeMember:g3 notOurs:removeMember:g4" },
    { "a leaver gives products back",
      0,
      &ours_read,
      "",
      "",
      "g2=ours s1=granted",
      "",
      "",
      5,
      { 0 },
      "removeMember:g2 removeMember:s1",
      "" },
    { "nobody is put into what is protected",
      1,
      &theirs_read,
      "g1 g2",
      "",
      "",
      "",
      "",
      5,
      { .looked = 1 },
      "addMember:g2",
      "protected:addMember:g1" },
    { "after a look", 1, &theirs_read, "g1 g2", "", AT_HOME, "addMember:g2 readGroups",
      "protected:addMember:g1" },
    { "nobody is taken out of it",
      1,
      &theirs_read,
      "",
      "",
      "g1=ours",
      "",
      "",
      5,
      { .looked = 1 },
      "",
      "protected:removeMember:g1" },
    { "no seat, no account",
      1,
      NULL,
      "g2",
      "",
      "",
      "",
      "",
      0,
      { .absent = 1 },
      "",
      "seat:createAccount" },
    { "no seat, not that group",
      1,
      &theirs_read,
      "s1 g2",
      "",
      "",
      "",
      "",
      0,
      { .looked = 1 },
      "addMember:g2",
      "seat:addMember:s1" },
    { "the owner is left as he is",
      1,
      &owner,
      "g2",
      "",
      "g3=ours",
      "",
      "",
      5,
      { 0 },
      "",
      "owner:addMember:g2 owner:removeMember:g3" },
    { "what an IdP in dry run has a say in stays",
      1,
      &theirs_read,
      "",
      "",
      "g2=ours g3=ours",
      "g2",
      "",
      5,
      { 0 },
      "removeMember:g3",
      "dryRun:removeMember:g2" },
    { "the address is another's",
      1,
      NULL,
      "g2",
      "",
      "",
      "",
      "",
      5,
      { .rival = "Bob" },
      "",
      "address:createAccount" },
};

static void test_persons(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(person_cases) / sizeof(*person_cases); i++) {
        const person_case_t *c = &person_cases[i];
        scim_sync_person_t person = person_of(c->groups, c->members, c->seats_left, p);
        scim_sync_chain_t chain;

        person.wanted = c->wanted;
        person.account = c->account;
        person.kept_groups = planning_list(c->kept, p);
        scim_sync_chain_person(&chain, &person, &c->learnt, planning_list(c->unmade, p),
                               planning_list(c->theirs, p), p);
        if (!chain.over || strcmp(steps_of(&chain, p), c->steps) != 0 ||
            strcmp(withheld_of(&chain, p), c->withheld) != 0) {
            fail_msg("%s: \"%s\", withheld \"%s\"", c->what, steps_of(&chain, p),
                     withheld_of(&chain, p));
        }
    }
}

/* Where the IdP alone decides it is not for a person to end what others gave. */
static void test_what_the_task_of_the_group_ends(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = person_of("", "g2=theirs g3=theirs", 5, p);
    const scim_sync_learnt_t learnt = { .absent = 0 };
    scim_sync_chain_t chain;

    person.account = &theirs_read;
    person.strange = planning_list("g3", p);
    scim_sync_chain_person(&chain, &person, &learnt, planning_list("", p),
                           planning_list("g2 g3", p), p);
    assert_string_equal(withheld_of(&chain, p), "notOurs:removeMember:g2 notOurs:removeMember:g3");
    for (int i = 0; i < 2; i++) {
        const scim_sync_withheld_t *one = &APR_ARRAY_IDX(chain.withheld, i, scim_sync_withheld_t);
        int group_ends_it = strstr(one->text, "the task of the group ends it") != NULL;

        assert_int_equal(group_ends_it, i == 1);
        assert_int_equal(one->mend == NULL, i == 1);
    }
}

static void test_who_is_kept_by_a_dry_run_alone(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_person_t person = person_of("", "g2=ours g3=ours s1=granted", 5, p);
    const scim_sync_learnt_t learnt = { .absent = 0 };
    const apr_array_header_t *none = planning_list("", p);
    scim_sync_chain_t chain;

    person.wanted = 0;
    person.kept = 1;
    person.kept_groups = planning_list("g2", p);
    person.account = &ours_read;
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(steps_of(&chain, p), "removeMember:g3");
    assert_string_equal(withheld_of(&chain, p), "dryRun:removeMember:g2 dryRun:removeMember");
    person.account = NULL;
    person.members = planning_members("", p);
    person.begun = 1;
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(steps_of(&chain, p), "");
}

/* What the rules say of leavers, and of people whom nobody lets in. */
static void test_rules(void **state)
{
    apr_pool_t *p = *state;
    const apr_array_header_t *none = planning_list("", p);
    scim_sync_learnt_t learnt = { .absent = 0 };
    scim_sync_person_t person = person_of("", "g2=ours", 5, p);
    scim_sync_chain_t chain;

    person.wanted = 0;
    person.account = &theirs_read;
    person.organization = 1;
    person.leaving = SCIM_SYNC_LEAVING_SUSPEND;
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(steps_of(&chain, p),
                        "readGroups findDirectory readStanding suspendAccount?");
    person.leaving = SCIM_SYNC_LEAVING_DELETE;
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(steps_of(&chain, p),
                        "readGroups findDirectory readStanding deleteAccount?");
    person.kept = 1;
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(steps_of(&chain, p), "removeMember:g2");
    person.kept = 0;
    person.organization = 0;
    person.leaving = SCIM_SYNC_LEAVING_SUSPEND;
    learnt.looked = 1;
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(steps_of(&chain, p), "removeMember:g2");
    assert_string_equal(withheld_of(&chain, p), "account:suspendAccount");
    person.grace_ms = 1000;
    person.grace_until = "tomorrow";
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(steps_of(&chain, p), "");
    assert_string_equal(withheld_of(&chain, p), "grace:removeMember");
    person = person_of("g2", "", 5, p);
    person.import = 0;
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(steps_of(&chain, p), "findAccount");
    assert_string_equal(withheld_of(&chain, p), "rule:createAccount");
    person.doubt = "the rules can't be read";
    scim_sync_chain_person(&chain, &person, &learnt, none, none, p);
    assert_string_equal(withheld_of(&chain, p), "rule:findAccount");
}

typedef struct {
    const char *name;
    const scim_sync_held_group_t *linked;
    scim_sync_learnt_t learnt;
    const char *unread;
    const char *steps;
    const char *withheld;
} team_case_t;

static const scim_sync_held_group_t devs = { .group_id = "g2", .name = "devs" };
static const scim_sync_held_group_t admins = { .group_id = "g1", .name = "admins" };

static const team_case_t team_cases[] = {
    { "devs", NULL, { 0 }, NULL, "findGroup:(devs) createGroup:(devs)?", "" },
    { "devs", NULL, { .absent = 1 }, NULL, "createGroup:(devs)", "" },
    { "devs", &devs, { 0 }, NULL, "", "" },
    { NULL, &devs, { 0 }, NULL, "", "" },
    { "crew", &devs, { 0 }, NULL, "findGroup:(crew)", "rename:findGroup::crew" },
    { "crew", &devs, { .foreign = 1 }, NULL, "", "rename:findGroup::crew" },
    { "vip-board", NULL, { 0 }, NULL, "", "protected:findGroup::vip-board" },
    { "admins", &admins, { 0 }, NULL, "", "protected:findGroup::admins" },
    { "devs", NULL, { .guarded = "devs is theirs" }, NULL, "", "protected:findGroup::devs" },
    { "devs", NULL, { 0 }, "403", "", "unread:findGroup::devs" },
};

static void test_teams(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(team_cases) / sizeof(*team_cases); i++) {
        const team_case_t *c = &team_cases[i];
        scim_sync_protection_t *protection = planning_protection("vip-*", p);
        scim_sync_team_t team = { .name = c->name, .linked = c->linked, .protection = protection };
        scim_sync_chain_t chain;

        scim_sync_protection_hold(protection, "g1", "admins is a group of Jira's administrators");
        protection->unread = c->unread;
        scim_sync_chain_begin(&chain, p);
        scim_sync_chain_team(&chain, &team, &c->learnt, p);
        if (!chain.over || strcmp(steps_of(&chain, p), c->steps) != 0 ||
            strcmp(withheld_of(&chain, p), c->withheld) != 0) {
            fail_msg("case %d: \"%s\", withheld \"%s\"", (int)i, steps_of(&chain, p),
                     withheld_of(&chain, p));
        }
    }
}

static void test_what_is_kept_is_read_again(void **state)
{
    const scim_sync_learnt_t learnt = { .looked = 1, .rival = "Bob", .beside = "a customer's" };
    apr_pool_t *p = *state;
    scim_sync_person_t person = person_of("g1 g2 g4", "g3=ours g5=ours", 5, p);
    apr_array_header_t *known = apr_array_make(p, 1, sizeof(scim_sync_chain_known_t));
    apr_array_header_t *removals = apr_array_make(p, 1, sizeof(const char *));
    scim_sync_learnt_t again = { .created = 1 };
    const apr_array_header_t *counts;
    scim_sync_chain_t chain;
    const char *text;

    person.account = &theirs_read;
    scim_sync_chain_person(&chain, &person, &learnt, planning_list("", p), planning_list("", p), p);
    for (int i = 0; i < chain.steps->nelts; i++) {
        scim_sync_chain_step_t *step = &APR_ARRAY_IDX(chain.steps, i, scim_sync_chain_step_t);

        step->claimed = step->group_id != NULL && !strcmp(step->group_id, "g5");
    }
    APR_ARRAY_PUSH(known, scim_sync_chain_known_t) = (scim_sync_chain_known_t) { "", &learnt };
    text = scim_sync_chain_text(&chain, known, p);
    scim_sync_chain_removals(removals, text, p);
    assert_string_equal(apr_array_pstrcat(p, removals, ' '), "g5");
    scim_sync_chain_learnt(&again, "", text, p);
    assert_true(again.looked && !again.absent && !again.foreign && !again.guarded);
    assert_string_equal(again.rival, "Bob");
    assert_string_equal(again.beside, "a customer's");
    counts = scim_sync_chain_counts(&chain, p);
    text = "";
    for (int i = 0; i < counts->nelts; i++) {
        const scim_sync_plan_count_t *one = &APR_ARRAY_IDX(counts, i, scim_sync_plan_count_t);

        text = apr_psprintf(p, "%s %s=%d", text, one->what, (int)one->count);
    }
    assert_string_equal(text, " call:addMember=2 call:removeMember=2 withheld:protected=1");
    scim_sync_chain_learnt(&again, "", "not JSON", p);
    assert_false(again.looked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_persons),
        UNIT_TEST(test_what_the_task_of_the_group_ends),
        UNIT_TEST(test_who_is_kept_by_a_dry_run_alone),
        UNIT_TEST(test_rules),
        UNIT_TEST(test_teams),
        UNIT_TEST(test_what_is_kept_is_read_again),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

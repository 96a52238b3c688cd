/* SPDX-License-Identifier: Apache-2.0 */
/* sync/guard: what it counts and whom, when a count trips, what it says, and who has a say. */
#include <string.h>

#include "unit.h"
#include "sync/guard.h"
#include "sync/guard_say.h"

static const scim_sync_rules_limit_t normal = { .number = 500, .percent = 10 };

static void test_which_steps_take_something(void **state)
{
    static const scim_sync_step_kind_t harmless[] = {
        SCIM_SYNC_FIND_ACCOUNT, SCIM_SYNC_CREATE_ACCOUNT, SCIM_SYNC_READ_GROUPS,
        SCIM_SYNC_ADD_MEMBER,   SCIM_SYNC_FIND_GROUP,     SCIM_SYNC_CREATE_GROUP,
        SCIM_SYNC_FIND_TWIN
    };

    (void)state;
    for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++) {
        for (int leaving = 0; leaving <= 1; leaving++) {
            assert_int_equal(scim_sync_guard_kind(harmless[i], leaving), SCIM_SYNC_GUARD_NONE);
        }
    }
    assert_int_equal(scim_sync_guard_kind(SCIM_SYNC_REMOVE_MEMBER, 0), SCIM_SYNC_GUARD_MEMBERSHIPS);
    assert_int_equal(scim_sync_guard_kind(SCIM_SYNC_REMOVE_MEMBER, 1),
                     SCIM_SYNC_GUARD_DEACTIVATIONS);
}

static void test_when_it_trips(void **state)
{
    static const struct {
        const char *what;
        scim_sync_rules_limit_t limit;
        scim_sync_guard_numbers_t numbers;
        int most;
        int trips;
    } cases[] = {
        { "a single leaver of many", { 500, 10 }, { 0, 0, 1, 0 }, 10, 0 },
        { "a single leaver of one", { 500, 10 }, { 0, 0, 1, 1 }, 10, 0 },
        { "few of a small firm", { 500, 10 }, { 0, 9, 1, 20 }, 10, 0 },
        { "half of a small firm", { 500, 10 }, { 0, 10, 1, 20 }, 10, 1 },
        { "a tenth of a larger one", { 500, 10 }, { 0, 29, 1, 300 }, 30, 0 },
        { "more than that", { 500, 10 }, { 0, 30, 1, 300 }, 30, 1 },
        { "parts of people do not count", { 500, 10 }, { 0, 30, 1, 309 }, 30, 1 },
        { "the number is the smaller one", { 500, 10 }, { 0, 499, 1, 20000 }, 500, 0 },
        { "and one more", { 500, 10 }, { 0, 500, 1, 20000 }, 500, 1 },
        { "many small pushes", { 500, 10 }, { 10, 0, 1, 20 }, 10, 1 },
        { "done, waiting and asked together", { 500, 10 }, { 5, 5, 1, 20 }, 10, 1 },
        { "several at once", { 1000, 20 }, { 0, 0, 11, 50 }, 10, 1 },
        { "what has passed asks for nothing", { 500, 10 }, { 400, 400, 0, 20 }, 10, 0 },
        { "no share", { 500, 100 }, { 0, 499, 1, 500 }, 500, 0 },
        { "no share, and the number", { 500, 100 }, { 0, 500, 1, 500 }, 500, 1 },
        { "nothing passes", { 0, 10 }, { 0, 0, 1, 20000 }, 0, 1 },
        { "a number below the few", { 3, 10 }, { 3, 0, 1, 20000 }, 3, 1 },
        { "a number below the few, kept", { 3, 10 }, { 2, 0, 1, 20000 }, 3, 0 },
        { "no share of anything but the few", { 500, 0 }, { 9, 0, 1, 20000 }, 10, 0 },
        { "no share of anything", { 500, 0 }, { 10, 0, 1, 20000 }, 10, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (scim_sync_guard_most(&cases[i].limit, &cases[i].numbers) != cases[i].most ||
            scim_sync_guard_trips(&cases[i].limit, &cases[i].numbers) != cases[i].trips) {
            fail_msg("%s: %d at most, trips %d", cases[i].what,
                     (int)scim_sync_guard_most(&cases[i].limit, &cases[i].numbers),
                     scim_sync_guard_trips(&cases[i].limit, &cases[i].numbers));
        }
    }
}

/* The decision must be the same as if the number of all had been asked for. */
static void test_all_are_counted_only_when_it_matters(void **state)
{
    static const scim_sync_rules_limit_t no_share = { .number = 500, .percent = 100 };

    (void)state;
    for (int taken = 0; taken < 30; taken++) {
        scim_sync_guard_numbers_t numbers = { .taken = taken, .asked = 1 };

        assert_int_equal(scim_sync_guard_needs_all(&normal, &numbers), taken >= 10);
        assert_false(scim_sync_guard_needs_all(&no_share, &numbers));
        if (taken < 10) {
            assert_false(scim_sync_guard_trips(&normal, &numbers));
        }
    }
}

static void test_what_it_says(void **state)
{
    const scim_sync_rules_guard_t guard = { .enabled = 1,
                                            .window = 60,
                                            .limits = { { 500, 10 }, { 3, 10 }, { 1000, 20 } } };
    const scim_sync_guard_numbers_t numbers = { .taken = 4, .waiting = 8, .asked = 1, .all = 60 };

    assert_string_equal(
        scim_sync_guard_why(SCIM_SYNC_GUARD_DEACTIVATIONS, "okta", &guard, &numbers, *state),
        "13 people would lose their access within 60 minutes because of okta, 4 of them have "
        "already, and 10 are the most that guard.deactivations of its rules allows (10 % of 60, "
        "but not less than 10)");
    assert_string_equal(
        scim_sync_guard_why(SCIM_SYNC_GUARD_DELETIONS, "okta", &guard, &numbers, *state),
        "13 accounts or groups would be deleted in Jira within 60 minutes because of okta, 4 of "
        "them have already, and 3 are the most that guard.deletions of its rules allows");
    assert_string_equal(
        scim_sync_guard_why(SCIM_SYNC_GUARD_MEMBERSHIPS, "okta", &guard, &numbers, *state),
        "13 memberships would be taken from people who stay within 60 minutes because of okta, 4 "
        "of them have already, and 12 are the most that guard.memberships of its rules allows "
        "(20 % of 60, but not less than 10)");
}

static void test_what_it_says_of_one(void **state)
{
    const scim_sync_rules_guard_t guard = { .enabled = 1,
                                            .window = 1,
                                            .limits = { { 0, 100 }, { 1, 100 }, { 0, 100 } } };
    const scim_sync_guard_numbers_t first = { .asked = 1, .all = 60 };
    const scim_sync_guard_numbers_t second = { .taken = 1, .asked = 1, .all = 60 };

    assert_string_equal(
        scim_sync_guard_why(SCIM_SYNC_GUARD_DEACTIVATIONS, "okta", &guard, &first, *state),
        "1 person would lose their access within 1 minute because of okta, 0 of them have "
        "already, and 0 are the most that guard.deactivations of its rules allows");
    assert_string_equal(
        scim_sync_guard_why(SCIM_SYNC_GUARD_DELETIONS, "okta", &guard, &second, *state),
        "2 accounts or groups would be deleted in Jira within 1 minute because of okta, 1 of them "
        "has already, and 1 is the most that guard.deletions of its rules allows");
    assert_string_equal(
        scim_sync_guard_why(SCIM_SYNC_GUARD_MEMBERSHIPS, "okta", &guard, &first, *state),
        "1 membership would be taken from people who stay within 1 minute because of okta, 0 of "
        "them have already, and 0 are the most that guard.memberships of its rules allows");
}

#define SOON          1000
#define TAKE_BACK     SCIM_SYNC_LEAVING_TAKE_BACK
#define REMOVE_ACCESS SCIM_SYNC_LEAVING_REMOVE_ACCESS
#define SUSPEND       SCIM_SYNC_LEAVING_SUSPEND
#define DELETE        SCIM_SYNC_LEAVING_DELETE
#define NOTHING       SCIM_SYNC_LEAVING_NOTHING

static void test_who_leaves(void **state)
{
    static const struct {
        const char *what;
        scim_sync_claims_t claims;
        scim_sync_guard_account_t account;
        int deactivated;
        int deleted;
    } cases[] = {
        { "wanted", { .wanted = 1 }, { .given = 1 }, 0, 0 },
        { "in doubt", { .doubt = "a pattern" }, { .given = 1 }, 0, 0 },
        { "takeBack", { .leaving = TAKE_BACK }, { .given = 1 }, 1, 0 },
        { "takeBack, of what others gave", { .leaving = TAKE_BACK }, { .access = 1 }, 0, 0 },
        { "removeAccess", { .leaving = REMOVE_ACCESS }, { .given = 1 }, 1, 0 },
        { "removeAccess, of others", { .leaving = REMOVE_ACCESS }, { .access = 1 }, 1, 0 },
        { "removeAccess, without", { .leaving = REMOVE_ACCESS }, { .given = 0 }, 0, 0 },
        { "suspend", { .leaving = SUSPEND }, { .given = 0 }, 1, 0 },
        { "suspend, begun", { .leaving = SUSPEND }, { .state = "suspending" }, 1, 0 },
        { "suspend, done", { .leaving = SUSPEND }, { "suspended", 1, 1 }, 0, 0 },
        { "delete, or not if it can't be", { .leaving = DELETE }, { .given = 0 }, 1, 1 },
        { "delete, done", { .leaving = DELETE }, { "deleted", 1, 1 }, 0, 0 },
        { "takeBack, of one deleted", { .leaving = TAKE_BACK }, { "deleted", 1, 1 }, 0, 0 },
        { "nothing", { .leaving = NOTHING }, { .given = 1 }, 0, 0 },
        { "a grace period", { .until = SOON + 1 }, { .given = 1 }, 0, 0 },
        { "one that is over", { .until = SOON }, { .given = 1 }, 1, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int deactivated = scim_sync_guard_leaves(SCIM_SYNC_GUARD_DEACTIVATIONS, &cases[i].claims,
                                                 &cases[i].account, SOON);
        int deleted = scim_sync_guard_leaves(SCIM_SYNC_GUARD_DELETIONS, &cases[i].claims,
                                             &cases[i].account, SOON);

        if (deactivated != cases[i].deactivated || deleted != cases[i].deleted) {
            fail_msg("%s: deactivated %d, deleted %d", cases[i].what, deactivated, deleted);
        }
    }
}

/* At 10000, with a window of 1000; the last of all claims ended at 5000. */
static void test_whose_end_it_is(void **state)
{
    static const struct {
        const char *what;
        scim_sync_claim_t claim;
        int ended;
    } cases[] = {
        { "it wants the person", { .wants = 1 }, 0 },
        { "it never did", { .left = 0 }, 0 },
        { "it was the last one", { .left = 5000 }, 1 },
        { "long before that", { .left = 4999 }, 0 },
        { "within the window", { .left = 9001 }, 1 },
        { "before the window", { .left = 9000 }, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        if (scim_sync_guard_ended(&cases[i].claim, 5000, 10000, 1000) != cases[i].ended) {
            fail_msg("%s: not %d", cases[i].what, cases[i].ended);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_which_steps_take_something),
        UNIT_TEST(test_when_it_trips),
        UNIT_TEST(test_all_are_counted_only_when_it_matters),
        UNIT_TEST(test_what_it_says),
        UNIT_TEST(test_what_it_says_of_one),
        UNIT_TEST(test_who_leaves),
        UNIT_TEST(test_whose_end_it_is),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

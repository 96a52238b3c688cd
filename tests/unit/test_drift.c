/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of what is held and what Jira says, and of what differs then. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "sync/drift.h"

/* "a1=x a2" as pairs of words; the second is NULL where there is none. */
typedef struct {
    const char *name;
    const char *value;
} pair_t;

static apr_array_header_t *pairs(const char *text, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(pair_t));
    char *rest = apr_pstrdup(p, text);
    char *word;

    while ((word = apr_strtok(rest, " ", &rest)) != NULL) {
        char *value = strchr(word, '=');

        if (value) {
            *value++ = '\0';
        }
        APR_ARRAY_PUSH(list, pair_t) = (pair_t) { word, value };
    }
    return list;
}

static apr_array_header_t *drifts_of(apr_pool_t *p)
{
    return apr_array_make(p, 4, sizeof(scim_sync_drift_t));
}

/* "member.missing:g1/a1(ours)", in order. */
static const char *words(const apr_array_header_t *drifts, apr_pool_t *p)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(const char *));

    for (int i = 0; i < drifts->nelts; i++) {
        const scim_sync_drift_t *d = &APR_ARRAY_IDX(drifts, i, scim_sync_drift_t);

        APR_ARRAY_PUSH(list, const char *) =
            apr_psprintf(p, "%s:%s%s%s(%s)", scim_sync_drift_name(d->kind),
                         d->group_id ? d->group_id : "", d->group_id && d->account_id ? "/" : "",
                         d->account_id ? d->account_id : "", d->was ? d->was : "");
    }
    scim_sync_list_sort(list);
    return apr_array_pstrcat(p, list, ' ');
}

/* ---- groups ---- */

static void test_groups(void **state)
{
    static const struct {
        const char *held;
        const char *seen;
        const char *drifts;
    } cases[] = {
        { "", "", "" },
        { "g1=devs g2=ops", "g2=ops g1=devs", "" },
        { "g1=devs", "g1=devs g9=others", "" },
        { "g1=devs g2=ops", "g2=ops", "group.missing:g1(devs)" },
        { "g1=devs", "g2=devs", "group.missing:g1(devs)" },
        { "g1=devs", "", "group.missing:g1(devs)" },
        { "g1=devs", "g1=Devs", "group.renamed:g1(devs)" },
        { "g1=a g2=b", "g1=b g2=a", "group.renamed:g1(a) group.renamed:g2(b)" },
    };
    apr_pool_t *p = *state;

    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        apr_array_header_t *held_pairs = pairs(cases[c].held, p);
        apr_array_header_t *seen_pairs = pairs(cases[c].seen, p);
        apr_array_header_t *held = apr_array_make(p, 4, sizeof(scim_sync_kept_group_t));
        apr_array_header_t *seen = apr_array_make(p, 4, sizeof(scim_sync_jira_group_t));
        apr_array_header_t *drifts = drifts_of(p);
        scim_sync_drift_sums_t sums = { 0 };

        for (int i = 0; i < held_pairs->nelts; i++) {
            const pair_t *pair = &APR_ARRAY_IDX(held_pairs, i, pair_t);

            APR_ARRAY_PUSH(held, scim_sync_kept_group_t) =
                (scim_sync_kept_group_t) { .group_id = pair->name, .name = pair->value };
        }
        for (int i = 0; i < seen_pairs->nelts; i++) {
            const pair_t *pair = &APR_ARRAY_IDX(seen_pairs, i, pair_t);

            APR_ARRAY_PUSH(seen, scim_sync_jira_group_t) =
                (scim_sync_jira_group_t) { .group_id = pair->name, .name = pair->value };
        }
        scim_sync_drift_groups(drifts, &sums, held, 0, held->nelts, seen);
        assert_string_equal(words(drifts, p), cases[c].drifts);
        assert_int_equal(sums.groups, held->nelts);
    }
}

/* Of a page nothing is said of the groups on others. */
static void test_a_page_of_groups(void **state)
{
    apr_array_header_t *held = apr_array_make(*state, 4, sizeof(scim_sync_kept_group_t));
    apr_array_header_t *seen = apr_array_make(*state, 4, sizeof(scim_sync_jira_group_t));
    apr_array_header_t *drifts = drifts_of(*state);
    scim_sync_drift_sums_t sums = { 0 };

    for (int i = 0; i < 4; i++) {
        const char *id = apr_psprintf(*state, "g%d", i);

        APR_ARRAY_PUSH(held, scim_sync_kept_group_t) =
            (scim_sync_kept_group_t) { .group_id = id, .name = id };
    }
    scim_sync_drift_groups(drifts, &sums, held, 1, 3, seen);
    assert_string_equal(words(drifts, *state), "group.missing:g1(g1) group.missing:g2(g2)");
    assert_int_equal(sums.groups, 2);
    assert_int_equal(sums.groups_missing, 2);
}

/* ---- portals ---- */

/*
 * held   "desk:1=project/A", with a * behind the name: another directory keeps it
 * seen   the same, as pages list it
 */
static void test_portals(void **state)
{
    static const struct {
        const char *held;
        const char *seen;
        const char *drifts;
    } cases[] = {
        { "", "desk:1=project/A", "" },
        { "desk:1=project/A", "desk:1=project/A desk:2=project/B", "" },
        { "desk:1=project/A", "desk:1=project/B", "group.renamed:desk:1(project/A)" },
        { "desk:1=project/A desk:2=project/B", "desk:1=project/B desk:2=project/A",
          "group.renamed:desk:1(project/A) group.renamed:desk:2(project/B)" },
        { "desk:1=project/A desk:2=project/B", "desk:2=project/B",
          "group.missing:desk:1(project/A)" },
        { "desk:1=project/A", "", "group.missing:desk:1(project/A)" },
        /* an organization of the same number is another thing, and is on another list */
        { "desk:1=project/A organization:1=organization/A", "", "group.missing:desk:1(project/A)" },
        { "organization:1=organization/A", "organization:1=organization/A*",
          "group.managed:organization:1(organization/A)" },
        { "organization:1=organization/A*", "organization:1=organization/A*", "" },
        { "organization:1=organization/A*", "organization:1=organization/A",
          "group.released:organization:1(organization/A)" },
        { "organization:1=organization/A", "organization:1=organization/B*",
          "group.managed:organization:1(organization/A) "
          "group.renamed:organization:1(organization/A)" },
        /* on two pages, as it stepped from one to the other */
        { "desk:1=project/A", "desk:1=project/B desk:1=project/B",
          "group.renamed:desk:1(project/A)" },
    };
    apr_pool_t *p = *state;

    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        apr_array_header_t *held_pairs = pairs(cases[c].held, p);
        apr_array_header_t *seen_pairs = pairs(cases[c].seen, p);
        apr_array_header_t *held = apr_array_make(p, 4, sizeof(scim_sync_kept_group_t));
        apr_array_header_t *drifts = drifts_of(p);
        scim_sync_drift_sums_t sums = { 0 };

        for (int i = 0; i < held_pairs->nelts; i++) {
            const pair_t *pair = &APR_ARRAY_IDX(held_pairs, i, pair_t);

            APR_ARRAY_PUSH(held, scim_sync_kept_group_t) =
                (scim_sync_kept_group_t) { .group_id = pair->name,
                                           .name = apr_pstrmemdup(p, pair->value,
                                                                  strcspn(pair->value, "*")),
                                           .managed = strchr(pair->value, '*') != NULL };
        }
        for (int i = 0; i < seen_pairs->nelts; i++) {
            const pair_t *pair = &APR_ARRAY_IDX(seen_pairs, i, pair_t);

            for (int n = 0; n < held->nelts; n++) {
                scim_sync_kept_group_t *one = &APR_ARRAY_IDX(held, n, scim_sync_kept_group_t);

                if (!strcmp(one->group_id, pair->name)) {
                    scim_sync_drift_portal(drifts, &sums, one,
                                           apr_pstrmemdup(p, pair->value,
                                                          strcspn(pair->value, "*")),
                                           strchr(pair->value, '*') != NULL);
                }
            }
        }
        scim_sync_drift_unlisted(drifts, &sums, held, 1);
        assert_string_equal(words(drifts, p), cases[c].drifts);
        assert_int_equal(sums.groups_missing, strstr(cases[c].drifts, "missing") != NULL);
    }
}

/* What is managed must be written under the name that is held, before the name itself. */
static void test_the_order_of_a_portals_differences(void **state)
{
    scim_sync_kept_group_t held = { .group_id = "organization:1", .name = "organization/A" };
    apr_array_header_t *drifts = drifts_of(*state);
    scim_sync_drift_sums_t sums = { 0 };

    scim_sync_drift_portal(drifts, &sums, &held, "organization/B", 1);
    assert_int_equal(APR_ARRAY_IDX(drifts, 0, scim_sync_drift_t).kind,
                     SCIM_SYNC_DRIFT_GROUP_MANAGED);
    assert_int_equal(APR_ARRAY_IDX(drifts, 1, scim_sync_drift_t).kind,
                     SCIM_SYNC_DRIFT_GROUP_RENAMED);
}

/* ---- accounts ---- */

/* What is known of one, in letters: i inactive, w wanted; S suspended, D deleted, R revoked, by us.
 */
static void test_accounts(void **state)
{
    static const struct {
        const char *held;
        const char *seen;
        const char *drifts;
    } cases[] = {
        { "a1=w a2=-", "a1=active a2=active", "" },
        { "a1=w", "", "account.missing:a1()" },
        { "a1=-", "", "account.missing:a1()" },
        { "a1=w", "a1=inactive", "account.inactive:a1()" },
        { "a1=-", "a1=inactive", "" }, /* a leaver's: as it should be */
        { "a1=iw", "a1=inactive", "" },
        { "a1=iw", "a1=active", "account.active:a1()" },
        { "a1=i", "a1=active", "account.active:a1()" },
        { "a1=S", "a1=inactive", "" },
        { "a1=D", "a1=inactive", "" },
        { "a1=R", "a1=inactive", "" },
        { "a1=R", "", "" },
        { "a1=R", "a1=active", "account.restored:a1(revoked)" },
        { "a1=S", "", "" },
        { "a1=D", "", "" },
        { "a1=S", "a1=active", "account.restored:a1(suspended)" },
        { "a1=D", "a1=active", "account.restored:a1(deleted)" },
        { "a1=Sw", "a1=active", "account.restored:a1(suspended)" },
        { "a1=Sw", "a1=inactive", "" }, /* not restored yet */
    };
    apr_pool_t *p = *state;

    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        apr_array_header_t *held_pairs = pairs(cases[c].held, p);
        apr_array_header_t *seen_pairs = pairs(cases[c].seen, p);
        apr_array_header_t *held = apr_array_make(p, 4, sizeof(scim_sync_kept_account_t));
        apr_array_header_t *seen = apr_array_make(p, 4, sizeof(scim_sync_jira_account_t));
        apr_array_header_t *drifts = drifts_of(p);
        scim_sync_drift_sums_t sums = { 0 };
        int ended = 0;

        for (int i = 0; i < held_pairs->nelts; i++) {
            const pair_t *pair = &APR_ARRAY_IDX(held_pairs, i, pair_t);

            APR_ARRAY_PUSH(held, scim_sync_kept_account_t) =
                (scim_sync_kept_account_t) { .account_id = pair->name,
                                             .inactive = strchr(pair->value, 'i') != NULL,
                                             .wanted = strchr(pair->value, 'w') != NULL,
                                             .ended = strchr(pair->value, 'S')   ? "suspended"
                                                      : strchr(pair->value, 'D') ? "deleted"
                                                      : strchr(pair->value, 'R') ? "revoked"
                                                                                 : NULL };
            ended += strpbrk(pair->value, "SDR") != NULL;
        }
        for (int i = 0; i < seen_pairs->nelts; i++) {
            const pair_t *pair = &APR_ARRAY_IDX(seen_pairs, i, pair_t);

            APR_ARRAY_PUSH(seen, scim_sync_jira_account_t) =
                (scim_sync_jira_account_t) { .account_id = pair->name,
                                             .active = !strcmp(pair->value, "active") };
        }
        scim_sync_drift_accounts(drifts, &sums, held, seen);
        assert_string_equal(words(drifts, p), cases[c].drifts);
        assert_int_equal(sums.accounts, held->nelts - ended);
    }
}

/* ---- members ---- */

static scim_sync_jira_page_t page_of(const char *ids, int total, int last, apr_pool_t *p)
{
    apr_array_header_t *list = pairs(ids, p);
    scim_sync_jira_page_t page = { .accounts =
                                       apr_array_make(p, 4, sizeof(scim_sync_jira_account_t)),
                                   .count = list->nelts,
                                   .total = total,
                                   .last = last };

    for (int i = 0; i < list->nelts; i++) {
        APR_ARRAY_PUSH(page.accounts, scim_sync_jira_account_t) =
            (scim_sync_jira_account_t) { .account_id = APR_ARRAY_IDX(list, i, pair_t).name };
    }
    return page;
}

static void begin(scim_sync_drift_roll_t *roll, const char *held, apr_pool_t *p)
{
    apr_array_header_t *list = pairs(held, p);
    apr_array_header_t *members = apr_array_make(p, 4, sizeof(scim_sync_kept_member_t));

    for (int i = 0; i < list->nelts; i++) {
        const pair_t *pair = &APR_ARRAY_IDX(list, i, pair_t);

        APR_ARRAY_PUSH(members, scim_sync_kept_member_t) =
            (scim_sync_kept_member_t) { .account_id = pair->name, .state = pair->value };
    }
    scim_sync_drift_roll(roll, "g1", "devs", members, p);
}

static const char *ids_of(const apr_array_header_t *accounts, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < accounts->nelts; i++) {
        text = apr_pstrcat(p, text, i ? " " : "",
                           APR_ARRAY_IDX(accounts, i, scim_sync_jira_account_t).account_id, NULL);
    }
    return text;
}

static void test_each_state_of_a_membership(void **state)
{
    static const struct {
        const char *held;
        const char *seen;
        const char *strangers;
        const char *drifts;
        int counted;
        int strict;
    } cases[] = {
        { "", "a1", "a1", "", 0 },
        { "a1=ours", "a1", "", "", 1 },
        { "a1=ours", "", "", "member.missing:g1/a1(ours)", 1 },
        { "a1=theirs", "a1", "", "", 1 },
        { "a1=theirs", "", "", "member.missing:g1/a1(theirs)", 1 },
        { "a1=granted", "a1", "", "", 1 },
        { "a1=granted", "", "", "member.missing:g1/a1(granted)", 1 },
        /* was taken away; somebody gave it back */
        { "a1=withdrawn", "", "", "", 0 },
        { "a1=withdrawn", "a1", "a1", "", 0 },
        { "a1=revoked", "", "", "", 0 },
        { "a1=revoked", "a1", "a1", "", 0 },
        /* on their way: nobody knows */
        { "a1=adding", "a1", "", "", 0 },
        { "a1=adding", "", "", "", 0 },
        { "a1=doubtful", "a1", "", "", 0 },
        { "a1=doubtful", "", "", "", 0 },
        { "a1=removing", "a1", "", "", 0 },
        { "a1=removing", "", "", "", 0 },
        { "a1=removing", "a1", "", "", 0, 1 },
        /* nobody knows, and nothing else will show it; that it is not there is no sign of a loss */
        { "a1=uncertain", "a1", "a1", "", 0 },
        { "a1=uncertain", "", "", "member.missing:g1/a1(uncertain)", 0 },
        { "gone=uncertain", "", "", "", 0 },
        /* the account as a whole is missing, which was said */
        { "gone=ours a1=ours", "a1", "", "", 1 },
        { "a1=ours a2=ours a3=theirs", "a4 a2", "a4",
          "member.missing:g1/a1(ours) member.missing:g1/a3(theirs)", 3 },
        /* where the IdPs alone decide, whom others put there is looked at again each time */
        { "a1=theirs", "a1", "a1", "", 1, 1 },
        { "a1=theirs", "", "", "member.missing:g1/a1(theirs)", 1, 1 },
        { "a1=ours a2=granted a3=adding a4=withdrawn", "a1 a2 a3 a4", "a4", "", 2, 1 },
    };
    apr_pool_t *p = *state;
    apr_hash_t *gone = apr_hash_make(p);

    apr_hash_set(gone, "gone", APR_HASH_KEY_STRING, "");
    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        apr_array_header_t *strangers = apr_array_make(p, 4, sizeof(scim_sync_jira_account_t));
        apr_array_header_t *drifts = drifts_of(p);
        scim_sync_drift_sums_t sums = { 0 };
        scim_sync_drift_roll_t roll;
        scim_sync_jira_page_t page = page_of(cases[c].seen, -1, 1, p);

        begin(&roll, cases[c].held, p);
        roll.strict = cases[c].strict;
        scim_sync_drift_page(&roll, &page, strangers);
        scim_sync_drift_missing(drifts, &sums, &roll, gone, p);
        assert_false(roll.shifted);
        assert_string_equal(ids_of(strangers, p), cases[c].strangers);
        assert_string_equal(words(drifts, p), cases[c].drifts);
        assert_int_equal(sums.members, cases[c].counted);
        assert_int_equal(sums.members_missing,
                         strstr(cases[c].held, "uncertain") ? 0 : drifts->nelts);
    }
}

/* Of a group that is read for leavers only these are looked at, and nobody else is kept in mind. */
static void test_who_was_taken_out_alone_matters(void **state)
{
    static const struct {
        const char *held;
        const char *seen;
        const char *strangers;
    } cases[] = {
        { "a1=withdrawn", "a2 a3", "" },
        { "a1=withdrawn a2=revoked", "a3 a2 a1", "a2 a1" },
        { "a1=withdrawn a2=withdrawn", "a2", "a2" },
    };
    apr_pool_t *p = *state;

    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        apr_array_header_t *strangers = apr_array_make(p, 4, sizeof(scim_sync_jira_account_t));
        scim_sync_drift_roll_t roll;
        scim_sync_jira_page_t page = page_of(cases[c].seen, -1, 1, p);

        begin(&roll, cases[c].held, p);
        roll.taken = 1;
        scim_sync_drift_page(&roll, &page, strangers);
        assert_string_equal(ids_of(strangers, p), cases[c].strangers);
        assert_int_equal(apr_hash_count(roll.seen), 0);
    }
}

/* Pages that don't fit together hide somebody who moved from one to another. */
static void test_pages(void **state)
{
    static const struct {
        const char *first;
        int first_total;
        const char *second;
        int second_total;
        int shifted;
    } cases[] = {
        { "a1 a2", 3, "a3", 3, 0 },   { "a1 a2", -1, "a3", -1, 0 }, /* Jira does not say how many */
        { "a1 a2", 3, "a3", 2, 1 },   { "a1 a2", 4, "a3", 3, 1 },
        { "a1 a2", 3, "a2", 3, 1 }, /* one came, one went: twins tell it */
        { "a1 a2", 4, "a3", 4, 1 }, /* fewer than were promised */
        { "a1 a2", -1, "a2", -1, 1 },
    };
    apr_pool_t *p = *state;

    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        apr_array_header_t *strangers = apr_array_make(p, 4, sizeof(scim_sync_jira_account_t));
        scim_sync_jira_page_t first = page_of(cases[c].first, cases[c].first_total, 0, p);
        scim_sync_jira_page_t second = page_of(cases[c].second, cases[c].second_total, 1, p);
        scim_sync_drift_roll_t roll;

        begin(&roll, "a1=ours a2=ours a3=ours", p);
        scim_sync_drift_page(&roll, &first, strangers);
        assert_false(roll.shifted);
        scim_sync_drift_page(&roll, &second, strangers);
        if (roll.shifted != cases[c].shifted) {
            fail_msg("case %d", (int)c);
        }
    }
}

/* Without a total nothing shows that somebody went, and another one stepped over a page's end. */
static void test_who_is_on_no_page_is_looked_for_twice(void **state)
{
    static const struct {
        int total;
        const char *first;
        const char *second; /* NULL: it is not read again */
        const char *strangers;
        const char *drifts;
    } cases[] = {
        { -1, "a1 a2", NULL, "", "" },
        { -1, "a1", "a1 a2", "", "" },
        { -1, "a1", "a1", "", "member.missing:g1/a2(ours)" },
        { -1, "a1", "a2", "", "" }, /* who was there a moment ago is found the next time */
        { -1, "a2 a4", "a1 a2 a4 a5", "a4 a5", "" },
        { 1, "a1", NULL, "", "member.missing:g1/a2(ours)" },
    };
    apr_pool_t *p = *state;
    apr_hash_t *gone = apr_hash_make(p);

    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        apr_array_header_t *strangers = apr_array_make(p, 4, sizeof(scim_sync_jira_account_t));
        apr_array_header_t *drifts = drifts_of(p);
        scim_sync_drift_sums_t sums = { 0 };
        scim_sync_jira_page_t first = page_of(cases[c].first, cases[c].total, 1, p);
        scim_sync_drift_roll_t roll;

        begin(&roll, "a1=ours a2=ours a3=adding", p);
        scim_sync_drift_page(&roll, &first, strangers);
        assert_int_equal(scim_sync_drift_reads_again(&roll, gone), cases[c].second != NULL);
        if (cases[c].second) {
            scim_sync_jira_page_t second = page_of(cases[c].second, -1, 1, p);

            assert_int_equal(roll.count, 0);
            scim_sync_drift_page(&roll, &second, strangers);
            assert_false(scim_sync_drift_reads_again(&roll, gone));
        }
        assert_false(roll.shifted);
        scim_sync_drift_missing(drifts, &sums, &roll, gone, p);
        assert_string_equal(ids_of(strangers, p), cases[c].strangers);
        assert_string_equal(words(drifts, p), cases[c].drifts);
    }
}

/* ---- whether it can be true ---- */

static void test_doubt(void **state)
{
    static const struct {
        scim_sync_drift_sums_t sums;
        const char *doubt;
    } cases[] = {
        { { 0 }, NULL },
        { { .members = 100, .members_missing = 50 }, NULL },
        { { .members = 100, .members_missing = 51 }, "51 of 100 memberships" },
        { { .members = 5, .members_missing = 5 }, NULL }, /* a handful */
        { { .members = 6, .members_missing = 6 }, "6 of 6 memberships" },
        { { .members = 11, .members_missing = 6 }, "6 of 11 memberships" },
        { { .members = 12, .members_missing = 6 }, NULL },
        { { .accounts = 20, .accounts_missing = 11, .members = 1000 }, "11 of 20 accounts" },
        { { .groups = 20, .groups_missing = 20, .members = 1000 }, "20 of 20 groups" },
        { { .groups = 1, .groups_missing = 1, .members = 1000, .members_missing = 10 }, NULL },
    };

    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        const char *doubt = scim_sync_drift_doubt(&cases[c].sums, *state);

        assert_int_equal(!doubt, !cases[c].doubt);
        if (doubt) {
            assert_ptr_equal(strstr(doubt, cases[c].doubt), doubt);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_groups),
        UNIT_TEST(test_a_page_of_groups),
        UNIT_TEST(test_accounts),
        UNIT_TEST(test_each_state_of_a_membership),
        UNIT_TEST(test_pages),
        UNIT_TEST(test_doubt),
        UNIT_TEST(test_who_was_taken_out_alone_matters),
        UNIT_TEST(test_portals),
        UNIT_TEST(test_the_order_of_a_portals_differences),
        UNIT_TEST(test_who_is_on_no_page_is_looked_for_twice),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups on the customers' side: how a project or an organization is found, made and read before
 * anybody is put into it; and which organizations are put on which desks, and taken off.
 */
#include "planning.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "sync/chain.h"

/* "findGroup:project/DEMO readMembers:desk:4+50 addOrganization:desk:4:organization:17" */
static const char *words_of(const apr_array_header_t *steps, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < steps->nelts; i++) {
        const scim_sync_step_t *s = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

        text = apr_psprintf(p, "%s%s%s%s%s%s%s", text, i > 0 ? " " : "",
                            scim_sync_step_name(s->kind), s->group_id || s->name ? ":" : "",
                            s->group_id ? s->group_id
                            : s->name   ? s->name
                                        : "",
                            s->organization_id ? ":" : "",
                            s->organization_id ? s->organization_id : "");
        if (s->start > 0) {
            text = apr_psprintf(p, "%s+%d", text, s->start);
        }
    }
    return text;
}

/* ---- one portal ---- */

#define PROJECT      "project/DEMO"
#define ORGANIZATION "organization/Example Ltd"

static const struct {
    const char *name;
    const char *linked; /* to desk:4, by this name in Jira; NULL: to nothing */
    const char *strangers;
    scim_sync_learnt_t learnt;
    const char *protects; /* the site's patterns */
    const char *steps;
    scim_sync_verdict_t verdict;
    const char *detail;
} portal_cases[] = {
    { PROJECT, .steps = "findGroup:" PROJECT },
    { PROJECT, .learnt = { .portal = "desk:4" }, .steps = "readMembers:desk:4" },
    { PROJECT, .learnt = { .portal = "desk:4", .start = 50 }, .steps = "readMembers:desk:4+50" },
    { PROJECT, .learnt = { .absent = 1 }, .verdict = SCIM_SYNC_REFUSED,
      .detail = "Jira has no service project with the key DEMO, or the owner of the API token is "
                "neither its administrator nor one of its agents: make that project" },
    { PROJECT,
      .learnt = { .answer = { .verdict = SCIM_SYNC_REFUSED, .status = 403, .detail = "not you" } },
      .verdict = SCIM_SYNC_REFUSED, .detail = "project DEMO: not you: put right" },
    { PROJECT, .linked = PROJECT },
    /* renamed in Jira: it is the same */
    { PROJECT, .linked = "project/OTHER" },
    { PROJECT, .linked = PROJECT, .strangers = "a1 a2",
      .steps = "removeMember:desk:4 removeMember:desk:4" },
    /* protectedGroups hold for what it is called, here and in Jira */
    { PROJECT, .protects = "project/demo", .verdict = SCIM_SYNC_REFUSED, .detail = "protected by" },
    { PROJECT, .linked = PROJECT, .strangers = "a1", .protects = "project/*",
      .verdict = SCIM_SYNC_REFUSED, .detail = "who is in it stays" },
    { PROJECT, .linked = "project/VIP", .strangers = "a1", .protects = "project/VIP",
      .verdict = SCIM_SYNC_REFUSED, .detail = "project/VIP is protected" },
    { PROJECT, .learnt = { .guarded = "project/VIP is protected" }, .verdict = SCIM_SYNC_REFUSED,
      .detail = "Map the group to something else" },
    { PROJECT, .protects = "organization/*", .steps = "findGroup:" PROJECT },
    { ORGANIZATION, .steps = "createGroup:" ORGANIZATION },
    { ORGANIZATION, .learnt = { .portal = "organization:17" },
      .steps = "readMembers:organization:17" },
    { ORGANIZATION,
      .learnt = { .answer = { .verdict = SCIM_SYNC_REFUSED,
                              .status = 200,
                              .detail = "kept by another directory" } },
      .verdict = SCIM_SYNC_REFUSED,
      .detail = "organization Example Ltd: kept by another directory" },
    /* what was read before the refusal does not help */
    { ORGANIZATION,
      .learnt = { .portal = "organization:17",
                  .answer = { .verdict = SCIM_SYNC_REFUSED, .detail = "no" } },
      .verdict = SCIM_SYNC_REFUSED },
    { ORGANIZATION, .linked = "organization/EXAMPLE LTD" },
    { ORGANIZATION, .protects = "organization/Example*", .verdict = SCIM_SYNC_REFUSED },
};

static void test_portals(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(portal_cases) / sizeof(*portal_cases); i++) {
        const char *protects = portal_cases[i].protects;
        const char *strangers = portal_cases[i].strangers;
        const scim_sync_held_group_t held = { .group_id = "desk:4",
                                              .name = portal_cases[i].linked };
        const scim_sync_team_t team = { .name = portal_cases[i].name,
                                        .portal = 1,
                                        .linked = portal_cases[i].linked ? &held : NULL,
                                        .strangers = planning_list(strangers ? strangers : "", p),
                                        .protection =
                                            planning_protection(protects ? protects : "", p) };
        scim_sync_learnt_t learnt = portal_cases[i].learnt;
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;
        const char *wanted = portal_cases[i].steps ? portal_cases[i].steps : "";

        learnt.refused = planning_list("", p);
        outcome = scim_sync_plan_team(&steps, &team, &learnt, p);
        if (strcmp(words_of(steps, p), wanted) != 0) {
            fail_msg("case %d: \"%s\", not \"%s\"", (int)i, words_of(steps, p), wanted);
        }
        assert_int_equal(outcome.verdict, portal_cases[i].verdict);
        if (portal_cases[i].detail && !strstr(outcome.detail, portal_cases[i].detail)) {
            fail_msg("case %d: %s", (int)i, outcome.detail);
        }
    }
}

/* A portal is let go, and nothing else: whatever is said of groups that are deleted. */
static void test_a_portal_that_goes(void **state)
{
    static const scim_sync_learnt_t nothing;
    apr_pool_t *p = *state;
    const scim_sync_held_group_t held = { .group_id = "organization:17", .name = ORGANIZATION };
    const scim_sync_team_t team = { .portal = 1,
                                    .linked = &held,
                                    .protection = planning_protection("", p) };
    apr_array_header_t *steps;

    assert_int_equal(scim_sync_plan_team(&steps, &team, &nothing, p).verdict, SCIM_SYNC_DONE);
    assert_int_equal(steps->nelts, 0);
}

/* Jira does not name its administrators' groups to this side, and nothing waits for that. */
static void test_nothing_waits_for_administrators(void **state)
{
    static const scim_sync_learnt_t nothing;
    apr_pool_t *p = *state;
    scim_sync_protection_t *protection = planning_protection("", p);
    const scim_sync_team_t team = { .name = PROJECT, .portal = 1, .protection = protection };
    apr_array_header_t *steps;

    protection->unread = "HTTP status 403";
    assert_int_equal(scim_sync_plan_team(&steps, &team, &nothing, p).verdict, SCIM_SYNC_DONE);
    assert_string_equal(words_of(steps, p), "findGroup:" PROJECT);
}

/* ---- organizations on desks ---- */

/* "4/17=ours" is wanted, on a desk that was read; "4/17=-" is not there; "?" not read, "!" not
 * wanted. */
static apr_array_header_t *pairs_of(const char *text, apr_pool_t *p)
{
    apr_array_header_t *words = planning_list(text, p);
    apr_array_header_t *pairs = apr_array_make(p, 2, sizeof(scim_sync_desk_pair_t));

    for (int i = 0; i < words->nelts; i++) {
        char *word = APR_ARRAY_IDX(words, i, char *);
        int unread = *word == '?';
        int unwanted = *word == '!';
        char *slash = strchr(word, '/');
        char *equals = strchr(word, '=');

        *slash = *equals = '\0';
        APR_ARRAY_PUSH(pairs, scim_sync_desk_pair_t) = (scim_sync_desk_pair_t) {
            .desk = apr_pstrcat(p, "desk:", word + unread + unwanted, NULL),
            .organization = apr_pstrcat(p, "organization:", slash + 1, NULL),
            .state = strcmp(equals + 1, "-") ? equals + 1 : NULL,
            .wanted = !unwanted,
            .read = !unread,
        };
    }
    return pairs;
}

#define JOIN "addOrganization:desk:4:organization:17"
#define PART "removeOrganization:desk:4:organization:17"
#define READ "readOrganizations:desk:4"

static const struct {
    const char *pairs;
    const char *page;    /* desk:4 is read so far */
    const char *refused; /* as pairs */
    const char *steps;
    scim_sync_verdict_t verdict;
} desk_cases[] = {
    { "" },
    { "4/17=-", .steps = JOIN },
    { "4/17=adding", .steps = JOIN },   /* whether it is there is not known */
    { "4/17=removing", .steps = JOIN }, /* wanted again meanwhile */
    { "4/17=ours" },
    { "4/17=theirs" },
    { "?4/17=-", .steps = READ },
    { "?4/17=adding", .steps = READ },
    { "?4/17=theirs" }, /* an earlier page has shown it */
    { "?4/17=-", .page = "50", .steps = READ "+50" },
    { "?4/17=- ?4/18=- 5/17=-", .steps = READ " addOrganization:desk:5:organization:17" },
    { "!4/17=ours", .steps = PART },
    { "!4/17=adding", .steps = PART },
    { "!4/17=removing", .steps = PART },
    { "4/17=-", .refused = "4/17=-", .verdict = SCIM_SYNC_REFUSED },
    { "!4/17=ours", .refused = "4/17=-", .verdict = SCIM_SYNC_REFUSED },
    { "4/17=- 4/18=-", .refused = "4/18=-", .steps = JOIN },
    { "4/17=ours", .refused = "4/18=-" }, /* that one is not asked for any more */
    { "?4/17=- ?4/18=-", .refused = "4/=-", .verdict = SCIM_SYNC_REFUSED },
};

static void test_desks(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(desk_cases) / sizeof(*desk_cases); i++) {
        const char *refused = desk_cases[i].refused;
        apr_array_header_t *list = pairs_of(refused ? refused : "", p);
        scim_sync_desks_t learnt = { .pages = apr_array_make(p, 1, sizeof(scim_sync_desk_page_t)),
                                     .refused = list,
                                     .refusal = { .verdict = SCIM_SYNC_REFUSED, .detail = "no" } };
        const char *wanted = desk_cases[i].steps ? desk_cases[i].steps : "";
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome;

        for (int n = 0; n < list->nelts; n++) {
            scim_sync_desk_pair_t *one = &APR_ARRAY_IDX(list, n, scim_sync_desk_pair_t);

            one->organization = strcmp(one->organization, "organization:") ? one->organization : "";
        }
        if (desk_cases[i].page) {
            APR_ARRAY_PUSH(learnt.pages, scim_sync_desk_page_t) =
                (scim_sync_desk_page_t) { "desk:4", atoi(desk_cases[i].page) };
        }
        outcome = scim_sync_plan_desks(&steps, pairs_of(desk_cases[i].pairs, p), &learnt, p);
        if (strcmp(words_of(steps, p), wanted) != 0) {
            fail_msg("case %d: \"%s\", not \"%s\"", (int)i, words_of(steps, p), wanted);
        }
        assert_int_equal(outcome.verdict, desk_cases[i].verdict);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_portals),
        UNIT_TEST(test_a_portal_that_goes),
        UNIT_TEST(test_nothing_waits_for_administrators),
        UNIT_TEST(test_desks),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

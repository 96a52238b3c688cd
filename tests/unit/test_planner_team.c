/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The group side of the rules: which names stay, come, go, or are another name of the same group;
 * and which groups are deleted in Jira. A wrong "go" takes access from many, a wrong deletion for
 * good.
 */
#include "planning.h"

#include <string.h>

#include <apr_strings.h>

#include "store/config.h"
#include "sync/target.h"

static const scim_sync_rules_t *rules_of(const char *groups, apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    const char *why;

    if (scim_sync_rules_parse(&rules, apr_psprintf(p, "{\"groups\": {%s}}", groups),
                              SCIM_SYNC_MODE_USERS, &why, p) != APR_SUCCESS) {
        fail_msg("%s: %s", groups, why);
    }
    return rules;
}

/* "dev=j1/Devs ops=-/Ops": name, group in Jira, told_as; "-" is none. */
static apr_array_header_t *links_of(const char *text, apr_pool_t *p)
{
    apr_array_header_t *words = planning_list(text, p);
    apr_array_header_t *links = apr_array_make(p, 2, sizeof(scim_sync_link_t));

    for (int i = 0; i < words->nelts; i++) {
        char *word = APR_ARRAY_IDX(words, i, char *);
        char *group = strchr(word, '=');
        char *told = strchr(word, '/');

        *group++ = *told++ = '\0';
        APR_ARRAY_PUSH(links, scim_sync_link_t) =
            (scim_sync_link_t) { .name = word,
                                 .group_id = strcmp(group, "-") ? group : NULL,
                                 .told_as = strcmp(told, "-") ? told : NULL };
    }
    return links;
}

/* "dev" stays, "+dev" is new, "-dev" goes, "dev>crew" is called another name now. */
static const char *words_of(const apr_array_header_t *targets, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < targets->nelts; i++) {
        const scim_sync_target_t *t = &APR_ARRAY_IDX(targets, i, scim_sync_target_t);
        const char *word = !t->link   ? apr_pstrcat(p, "+", t->name, NULL)
                           : !t->name ? apr_pstrcat(p, "-", t->link->name, NULL)
                           : strcmp(t->name, t->link->name)
                               ? apr_pstrcat(p, t->link->name, ">", t->name, NULL)
                               : t->name;

        text = apr_pstrcat(p, text, i > 0 ? " " : "", word, NULL);
    }
    return text;
}

#define MAPPED                                                                                     \
    "\"mappings\": [{\"group\": \"Devs\", \"jiraGroups\": [\"dev\", \"all\"]},"                    \
    "{\"group\": \"Ops\", \"jiraGroups\": [\"op\"]}]"
#define LOWER "\"patterns\": [{\"pattern\": \"^APP_(.*)$\", \"replacement\": \"\\\\L$1\"}]"

typedef struct {
    const char *groups; /* rules */
    const char *told;
    const char *links;
    const char *targets;
} target_case_t;

static const target_case_t target_cases[] = {
    { "", "Devs", "", "+Devs" },
    { "", "Devs", "Devs=j1/Devs", "Devs" },
    { "", "Devs", "Devs=-/Devs", "Devs" },
    /* the IdP renames it */
    { "", "Crew", "Devs=j1/Devs", "Devs>Crew" },
    { "", "Devs", "Devs=j1/Crew", "Devs" }, /* and back */
    { LOWER, "APP_Crew", "devs=j1/APP_Devs", "devs>crew" },
    { LOWER, "Crew", "devs=j1/APP_Devs", "devs>Crew" },
    { LOWER, "app_devs", "devs=j1/APP_Devs", "devs>app_devs" },
    { "\"passThrough\": {\"prefix\": \"x-\"}", "Crew", "x-Devs=j1/Devs", "x-Devs>x-Crew" },
    { MAPPED, "Crew", "op=j1/Ops", "op>Crew" }, /* to one that is not mapped */
    /* the rules have changed: no renaming */
    { "\"passThrough\": {\"prefix\": \"x-\"}", "Devs", "Devs=j1/Devs", "+x-Devs -Devs" },
    { "\"passThrough\": {\"prefix\": \"x-\"}", "Crew", "Devs=j1/Devs", "+x-Crew -Devs" },
    { LOWER, "APP_Devs", "APP_Devs=j1/APP_Devs", "+devs -APP_Devs" },
    { MAPPED, "Ops", "Ops=j1/Ops", "+op -Ops" },
    { MAPPED, "Devs", "Devs=j1/Devs", "+dev +all -Devs" },
    { "", "Devs", "dev=j1/Devs all=j2/Devs", "+Devs -dev -all" },
    { MAPPED, "Devs", "dev=j1/Devs old=j2/Devs", "dev +all -old" },
    /* renamed to a name that is mapped: the mapping says what it is */
    { MAPPED, "Ops", "Crew=j1/Crew", "+op -Crew" },
    { MAPPED, "Ops", "op=j1/Crew", "op" },
    { MAPPED, "Ops", "dev=j1/Devs all=j2/Devs", "+op -dev -all" },
    { MAPPED, "Crew", "dev=j1/Devs all=j2/Devs", "+Crew -dev -all" },
    /* nothing any more */
    { "\"import\": false", "Devs", "Devs=j1/Devs", "-Devs" },
    { "\"import\": false", "Crew", "Devs=j1/Devs", "-Devs" },
    { "\"mode\": \"listed\"", "Devs", "Devs=j1/Devs", "-Devs" },
    { "\"mode\": \"listed\"," MAPPED, "Crew", "dev=j1/Devs all=j2/Devs", "-dev -all" },
    { "\"ignore\": [{\"pattern\": \"^D\"}]", "Devs", "Devs=j1/Devs", "-Devs" },
    { "\"otherwise\": \"skip\"", "Devs", "Devs=j1/Devs", "-Devs" },
    /* a creation that was begun under the old name, or a link that nobody can explain, is no
     * renaming */
    { "", "Crew", "Devs=-/Devs", "+Crew -Devs" },
    { "", "Crew", "Devs=j1/-", "+Crew -Devs" },
};

static void test_targets(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(target_cases) / sizeof(target_cases[0]); i++) {
        const target_case_t *c = &target_cases[i];
        const scim_sync_rules_t *rules = rules_of(c->groups, p);
        scim_sync_rules_group_t group = scim_sync_rules_group(rules, c->told, p);
        const char *words = words_of(scim_sync_targets(rules, c->told, group.names, group.mapped,
                                                       links_of(c->links, p), p),
                                     p);

        if (strcmp(words, c->targets) != 0) {
            fail_msg("case %d: \"%s\", not \"%s\"", (int)i, words, c->targets);
        }
    }
}

/* Default groups have no name in the IdP, and are never renamed; nor is what is gone. */
static void test_targets_without_a_name(void **state)
{
    apr_pool_t *p = *state;
    const scim_sync_rules_t *rules = rules_of("", p);

    assert_string_equal(words_of(scim_sync_targets(rules, NULL, planning_list("new both", p), 0,
                                                   links_of("old=j1/- both=j2/-", p), p),
                                 p),
                        "+new both -old");
    assert_string_equal(words_of(scim_sync_targets(rules, NULL, planning_list("", p), 0,
                                                   links_of("old=j1/Old", p), p),
                                 p),
                        "-old");
}

/* ---- deletion ---- */

typedef struct {
    int doomed;
    int ours;
    int product;
    int guarded; /* 1: by its id, 2: by its name, 3: by a pattern */
    int unread;
} fate_t;

static scim_sync_outcome_t plan_fate(apr_array_header_t **steps, const fate_t *fate, apr_pool_t *p)
{
    static const char *const names[] = { "devs", "devs", "site-admins", "vip-1" };
    static const scim_sync_learnt_t nothing;
    scim_sync_protection_t *protection = planning_protection("vip-*", p);
    scim_sync_held_group_t held = { .group_id = "j1",
                                    .name = names[fate->guarded],
                                    .ours = fate->ours };
    const scim_sync_team_t team = {
        .linked = &held, .doomed = fate->doomed, .product = fate->product, .protection = protection
    };

    if (fate->guarded == 1) {
        scim_sync_protection_hold(protection, "j1", "devs is a group of Jira's administrators");
    }
    protection->unread = fate->unread ? "HTTP status 503" : NULL;
    return scim_sync_plan_team(steps, &team, &nothing, p);
}

/* Of every combination there is one that deletes. */
static void test_deletion(void **state)
{
    apr_pool_t *p = *state;
    int deletions = 0;

    for (int i = 0; i < 64; i++) {
        const fate_t fate = { i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3 & 3, i >> 5 & 1 };
        int allowed = fate.doomed && fate.ours && !fate.product && !fate.guarded && !fate.unread;
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome = plan_fate(&steps, &fate, p);

        deletions += steps->nelts;
        assert_string_equal(planning_words(steps, p), allowed ? "delete-group:j1" : "");
        /* Left for good it is said to be; not known yet is asked again. */
        if (!fate.doomed || !fate.ours || allowed) {
            assert_int_equal(outcome.verdict, SCIM_SYNC_DONE);
            assert_null(outcome.detail);
        }
        else if (fate.product || fate.guarded) {
            assert_int_equal(outcome.verdict, SCIM_SYNC_DONE);
            assert_non_null(strstr(outcome.detail, "is not deleted in Jira"));
        }
        else {
            assert_int_equal(outcome.verdict, SCIM_SYNC_RETRY);
            assert_non_null(strstr(outcome.detail, "HTTP status 503"));
        }
    }
    assert_int_equal(deletions, 1);
}

/* Who surely is none of those who are not known goes; of the others it is said what is in the way. */
static void test_strangers(void **state)
{
    static const struct {
        const char *strangers;
        const char *unknown;
        int stuck;
        const char *refused;
        const char *steps;
        scim_sync_verdict_t verdict;
        const char *detail;
    } cases[] = {
        { "", NULL, 0, "", "", SCIM_SYNC_DONE, NULL },
        { "a1 a2", NULL, 0, "", "remove:j1 remove:j1", SCIM_SYNC_DONE, NULL },
        { "a1 a2", NULL, 0, "a1", "remove:j1", SCIM_SYNC_DONE, NULL },
        { "a1", NULL, 0, "a1", "", SCIM_SYNC_REFUSED, "no" },
        { "", "zoe", 0, "", "", SCIM_SYNC_RETRY, "the Jira account of zoe is not known" },
        { "a1", "zoe", 0, "", "remove:j1", SCIM_SYNC_RETRY,
          "the Jira account of zoe is not known" },
        { "a1", "zoe", 1, "", "remove:j1", SCIM_SYNC_REFUSED, "take them out of the group" },
        { "", "ann, bob and 5 more", 1, "", "", SCIM_SYNC_REFUSED, "ann, bob and 5 more" },
    };
    apr_pool_t *p = *state;

    for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
        const scim_sync_held_group_t held = { .group_id = "j1", .name = "devs" };
        const scim_sync_team_t team = { .name = "devs",
                                        .linked = &held,
                                        .strangers = planning_list(cases[c].strangers, p),
                                        .unknown = cases[c].unknown,
                                        .stuck = cases[c].stuck,
                                        .protection = planning_protection("", p) };
        const scim_sync_learnt_t learnt = { .refused = planning_list(cases[c].refused, p),
                                            .refusal = { .verdict = SCIM_SYNC_REFUSED,
                                                         .detail = "no" } };
        apr_array_header_t *steps;
        scim_sync_outcome_t outcome = scim_sync_plan_team(&steps, &team, &learnt, p);

        assert_string_equal(planning_words(steps, p), cases[c].steps);
        assert_int_equal(outcome.verdict, cases[c].verdict);
        if (cases[c].detail) {
            assert_non_null(strstr(outcome.detail, cases[c].detail));
        }
    }
}

static void test_what_stands_for_nothing_is_not_deleted(void **state)
{
    static const scim_sync_learnt_t nothing;
    apr_pool_t *p = *state;
    const scim_sync_team_t team = { .doomed = 1, .protection = planning_protection("", p) };
    apr_array_header_t *steps;

    assert_int_equal(scim_sync_plan_team(&steps, &team, &nothing, p).verdict, SCIM_SYNC_DONE);
    assert_int_equal(steps->nelts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_targets),
        UNIT_TEST(test_targets_without_a_name),
        UNIT_TEST(test_deletion),
        UNIT_TEST(test_strangers),
        UNIT_TEST(test_what_stands_for_nothing_is_not_deleted),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

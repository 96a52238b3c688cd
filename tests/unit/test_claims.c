/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes of the claims of several IdPs on one person, by the rules of each.
 */
#include "planning.h"

#include <string.h>

#include <apr_strings.h>

#include "store/config.h"
#include "sync/claims.h"

#define ANN "ann@example.com"
#define NOW 1000000

static const scim_sync_rules_t *rules_of(const char *text, apr_pool_t *p)
{
    const scim_sync_rules_t *rules;
    const char *why = "";

    if (scim_sync_rules_parse(&rules, text, SCIM_SYNC_MODE_USERS, &why, p) != APR_SUCCESS) {
        fail_msg("%s: %s", text, why);
    }
    return rules;
}

/* An IdP's claim in words: "a" active, "i" inactive, "g" gone; "l" linked to the account. */
typedef struct {
    const char *idp;
    const char *what;
    apr_int64_t left;
    const char *rules; /* NULL: no further claim */
} said_t;

typedef struct {
    said_t said[3];
    int wanted;
    int import;
    const char *products;
    const char *rule; /* who decides about a leaver, by which rule */
    scim_sync_leaving_t leaving;
    apr_int64_t until;
} case_t;

#define SUSPEND "{\"users\": {\"onDeactivate\": \"suspend\", \"onDelete\": \"delete\"}}"
#define NO_ANN                                                                                     \
    "{\"users\": {\"filter\": {\"exclude\": [{\"attribute\": \"email\", "                          \
    "\"pattern\": \"^ann@\"}]}, \"onDeactivate\": \"nothing\"}}"
#define FIRST    "{\"precedence\": 1, \"users\": {\"onDeactivate\": \"removeAccess\"}}"
#define GRACE    "{\"precedence\": 1, \"users\": {\"gracePeriod\": 60}}"
#define NO_NEW   "{\"users\": {\"import\": false, \"products\": [\"jira-core\"]}}"
#define DESK     "{\"users\": {\"products\": [\"jira-servicedesk\", \"jira-software\"]}}"
#define SOFTWARE "jira-software"

static const case_t cases[] = {
    /* wanted: by anybody; products of those who let accounts be created */
    { { { "a", "al", 0, "{}" } }, 1, 1, SOFTWARE, NULL, 0, 0 },
    { { { "a", "al", 0, "{}" }, { "b", "i", 0, SUSPEND } }, 1, 1, SOFTWARE, NULL, 0, 0 },
    { { { "a", "a", 0, "{}" }, { "b", "a", 0, DESK } },
      1,
      1,
      "jira-software jira-servicedesk",
      NULL,
      0,
      0 },
    { { { "a", "a", 0, NO_NEW } }, 1, 0, "", NULL, 0, 0 },
    { { { "a", "a", 0, NO_NEW }, { "b", "a", 0, "{}" } }, 1, 1, SOFTWARE, NULL, 0, 0 },
    { { { "a", "a", 0, NO_NEW }, { "b", "il", 0, "{}" } }, 1, 0, "", NULL, 0, 0 },
    { { { "a", "a", 0, "{\"users\": {\"products\": []}}" } }, 1, 1, "", NULL, 0, 0 },
    { { { "a", "a", 0, NO_ANN }, { "b", "a", 0, "{}" } }, 1, 1, SOFTWARE, NULL, 0, 0 },
    /* not wanted: deactivated, deleted, kept out */
    { { { "a", "il", 0, SUSPEND } },
      0,
      0,
      "",
      "users.onDeactivate of a",
      SCIM_SYNC_LEAVING_SUSPEND,
      0 },
    { { { "a", "gl", 0, SUSPEND } }, 0, 0, "", "users.onDelete of a", SCIM_SYNC_LEAVING_DELETE, 0 },
    { { { "a", "al", 0, NO_ANN } },
      0,
      0,
      "",
      "users.onDeactivate of a",
      SCIM_SYNC_LEAVING_NOTHING,
      0 },
    /* who was kept out all the time has no say, who said nothing of leaving neither */
    { { { "a", "a", 0, NO_ANN }, { "b", "il", 0, SUSPEND } },
      0,
      0,
      "",
      "users.onDeactivate of b",
      SCIM_SYNC_LEAVING_SUSPEND,
      0 },
    { { { "a", "a", 0, NO_ANN } }, 0, 0, "", NULL, SCIM_SYNC_LEAVING_TAKE_BACK, 0 },
    /* precedence, then the name; of one IdP whom it still tells of */
    { { { "a", "il", 0, SUSPEND }, { "b", "il", 0, FIRST } },
      0,
      0,
      "",
      "users.onDeactivate of b",
      SCIM_SYNC_LEAVING_REMOVE_ACCESS,
      0 },
    { { { "b", "il", 0, "{}" }, { "a", "il", 0, SUSPEND } },
      0,
      0,
      "",
      "users.onDeactivate of a",
      SCIM_SYNC_LEAVING_SUSPEND,
      0 },
    { { { "b", "gl", 0, SUSPEND }, { "b", "il", 0, SUSPEND } },
      0,
      0,
      "",
      "users.onDeactivate of b",
      SCIM_SYNC_LEAVING_SUSPEND,
      0 },
    /* the grace period: of who decides, from when the last one let go */
    { { { "a", "il", 5000, GRACE } },
      0,
      0,
      "",
      "users.onDeactivate of a",
      SCIM_SYNC_LEAVING_TAKE_BACK,
      65000 },
    { { { "a", "il", 0, GRACE } },
      0,
      0,
      "",
      "users.onDeactivate of a",
      SCIM_SYNC_LEAVING_TAKE_BACK,
      NOW + 60000 },
    { { { "a", "il", 5000, GRACE }, { "b", "gl", 9000, "{}" } },
      0,
      0,
      "",
      "users.onDeactivate of a",
      SCIM_SYNC_LEAVING_TAKE_BACK,
      69000 },
    { { { "a", "il", 5000, "{}" }, { "b", "il", 9000, "{\"users\": {\"gracePeriod\": 60}}" } },
      0,
      0,
      "",
      "users.onDeactivate of a",
      SCIM_SYNC_LEAVING_TAKE_BACK,
      0 },
};

static apr_array_header_t *claims_of(const said_t *said, apr_pool_t *p)
{
    apr_array_header_t *claims = apr_array_make(p, 3, sizeof(scim_sync_claim_t));

    for (int i = 0; i < 3 && said[i].rules; i++) {
        scim_sync_told_t *told = apr_pcalloc(p, sizeof(*told));

        told->id = apr_psprintf(p, "u%d", i);
        told->idp = said[i].idp;
        told->gone = strchr(said[i].what, 'g') != NULL;
        told->name = told->gone ? NULL : ANN;
        told->email = told->name;
        told->active = strchr(said[i].what, 'a') != NULL;
        told->object = strchr(said[i].what, 'l') ? "a1" : NULL;
        told->left = said[i].left;
        APR_ARRAY_PUSH(claims, scim_sync_claim_t) =
            scim_sync_claim(told, rules_of(said[i].rules, p), NOW, p);
    }
    return claims;
}

static void test_sums(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const case_t *c = &cases[i];
        scim_sync_claims_t sum =
            scim_sync_claims_sum(claims_of(c->said, p), planning_list(SOFTWARE, p), p);
        const char *products = apr_array_pstrcat(p, sum.products, ' ');

        if (sum.wanted != c->wanted || sum.import != c->import || strcmp(products, c->products) ||
            sum.until != c->until || !sum.rule != !c->rule ||
            (c->rule && strcmp(sum.rule, c->rule)) || (!c->wanted && sum.leaving != c->leaving)) {
            fail_msg("case %d: wanted %d, import %d, \"%s\", %s, %d, until %d", (int)i, sum.wanted,
                     sum.import, products, sum.rule, sum.leaving, (int)sum.until);
        }
        assert_null(sum.doubt);
    }
}

static scim_sync_claim_t claim_of(const char *name, const char *email, const char *object,
                                  int active, const char *rules, apr_pool_t *p)
{
    scim_sync_told_t *told = apr_pcalloc(p, sizeof(*told));

    *told = (scim_sync_told_t) {
        .id = "u", .idp = "okta", .name = name, .email = email, .object = object, .active = active
    };
    return scim_sync_claim(told, rules_of(rules, p), NOW, p);
}

static void test_whose_claim_it_is(void **state)
{
    static const char rewriting[] = "{\"users\": {\"patterns\": [{\"pattern\": "
                                    "\"^(.*)@corp\\\\.example$\", \"replacement\": "
                                    "\"$1@Example.com\"}]}}";
    apr_pool_t *p = *state;
    scim_sync_claim_t claim = claim_of(ANN, ANN, NULL, 1, "{}", p);

    assert_true(scim_sync_claim_is_on(&claim, NULL, ANN));
    assert_true(scim_sync_claim_is_on(&claim, "a1", ANN));
    assert_false(scim_sync_claim_is_on(&claim, "a1", "bob@example.com"));
    assert_null(claim.known_as);
    claim = claim_of("ann@corp.example", "ann@corp.example", NULL, 1, rewriting, p);
    assert_true(scim_sync_claim_is_on(&claim, NULL, ANN));
    assert_false(scim_sync_claim_is_on(&claim, NULL, "ann@corp.example"));
    assert_string_equal(claim.known_as, ANN);
    claim = claim_of(ANN, ANN, "a1", 1, "{}", p);
    assert_true(scim_sync_claim_is_on(&claim, "a1", "other@example.com"));
    assert_false(scim_sync_claim_is_on(&claim, "a2", ANN));
    claim = claim_of("ann", NULL, NULL, 1, "{}", p);
    assert_false(scim_sync_claim_is_on(&claim, "a1", NULL));
}

/* What a pattern that gave up might have said is not guessed; of an inactive one nobody asks. */
static void test_doubts(void **state)
{
    static const char slow[] = "{\"users\": {\"filter\": {\"include\": [{\"attribute\": "
                               "\"userName\", \"pattern\": \"^(a+)+$\"}]}}}";
    const char *name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!";
    apr_pool_t *p = *state;

    for (int active = 0; active < 2; active++) {
        apr_array_header_t *claims = apr_array_make(p, 2, sizeof(scim_sync_claim_t));
        scim_sync_claims_t sum;

        APR_ARRAY_PUSH(claims, scim_sync_claim_t) = claim_of(name, ANN, "a1", active, slow, p);
        sum = scim_sync_claims_sum(claims, planning_list("", p), p);
        assert_int_equal(sum.doubt != NULL, active);
        if (active) {
            assert_non_null(strstr(sum.doubt, "users.filter.include[0]"));
        }
    }
}

static void test_whose_profile_it_is(void **state)
{
    static const said_t said[3] = {
        { "a", "a", 0, "{\"precedence\": 1}" },
        { "b", "a", 0, "{\"precedence\": 3, \"users\": {\"update\": true}}" },
        { "c", "a", 0, "{\"precedence\": 2, \"users\": {\"update\": true}}" },
    };
    apr_pool_t *p = *state;
    scim_sync_claims_t sum = scim_sync_claims_sum(claims_of(said, p), planning_list("", p), p);

    assert_string_equal(sum.profile->told->idp, "c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_sums),
        UNIT_TEST(test_whose_claim_it_is),
        UNIT_TEST(test_doubts),
        UNIT_TEST(test_whose_profile_it_is),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

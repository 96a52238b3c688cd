/* SPDX-License-Identifier: Apache-2.0 */
/* Who would gain by a group that is taken over, and who stays; and who wins where two claim one. */
#include "unit.h"

#include <string.h>

#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/link.h"
#include "sync/adoption.h"
#include "sync/team_claims.h"

/* Words of one pair each: "ann@x=a1", "ann@x=", "=a1". */
static apr_array_header_t *pairs_of(const char *text, apr_pool_t *p)
{
    apr_array_header_t *pairs = apr_array_make(p, 8, sizeof(const char *));
    char *last;

    for (char *one = apr_strtok(apr_pstrdup(p, text), " ", &last); one != NULL;
         one = apr_strtok(NULL, " ", &last)) {
        char *equals = strchr(one, '=');

        *equals = '\0';
        APR_ARRAY_PUSH(pairs, const char *) = *one ? one : NULL;
        APR_ARRAY_PUSH(pairs, const char *) = equals[1] ? equals + 1 : NULL;
    }
    return pairs;
}

typedef struct {
    const char *wanted;  /* address=account */
    const char *members; /* the same, as Jira shows them */
    const char *gain;
    const char *keep;
    const char *not_ours;
} adoption_case_t;

static const adoption_case_t adoption_cases[] = {
    { "", "", "", "", "" },
    { "ann@x=", "", "ann@x", "", "" },
    { "ann@x= ann@x= ann@x=a1", "", "ann@x", "", "" },
    { "ann@x=", "Ann@X=a1", "", "ann@x", "" },
    { "", "ann@x=a1", "", "", "ann@x" },
    { "ann@x=a1", "=a1", "", "ann@x", "" },           /* Jira hides the address */
    { "ann@x=a1", "new@x=a1", "", "ann@x", "" },      /* the account has another one */
    { "ann@x=a1", "ann@x=a2", "ann@x", "", "ann@x" }, /* the address is somebody else's now */
    { "ann@x=", "=a1", "ann@x", "", "no name (a1)" },
    { "=a1", "ann@x=a1", "", "a1", "" },
    { "ann@x= bob@x=b1 eve@x=", "bob@x=b1 dan@x=d1", "ann@x eve@x", "bob@x", "dan@x" },
    { "ann@x=", "ann@x=a1 ann@x=a1", "", "ann@x", "" },
};

/* Of a site whose token this account owns. */
static const scim_sync_protection_t *protection_of(const char *owner, apr_pool_t *p)
{
    scim_sync_protection_t *protection = apr_palloc(p, sizeof(*protection));

    scim_sync_protection_init(protection, apr_array_make(p, 1, sizeof(const char *)), p);
    scim_sync_protection_know(protection, apr_array_make(p, 1, sizeof(scim_sync_admin_group_t)));
    protection->owner = owner;
    return protection;
}

static const char *joined(const scim_sync_adopted_t *adopted, apr_pool_t *p)
{
    assert_int_equal(adopted->more, 0);
    return apr_array_pstrcat(p, adopted->named, ' ') ? apr_array_pstrcat(p, adopted->named, ' ')
                                                     : "";
}

static void test_adoption(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(adoption_cases) / sizeof(adoption_cases[0]); i++) {
        const adoption_case_t *c = &adoption_cases[i];
        scim_sync_adoption_t *adoption = scim_sync_adoption_make(p);
        apr_array_header_t *wanted = pairs_of(c->wanted, p);
        apr_array_header_t *members = pairs_of(c->members, p);

        for (int k = 0; k < wanted->nelts; k += 2) {
            scim_sync_adoption_want(adoption,
                                    &(scim_sync_adoptee_t) {
                                        .name = "somebody",
                                        .email = APR_ARRAY_IDX(wanted, k, const char *),
                                        .account_id = APR_ARRAY_IDX(wanted, k + 1, const char *),
                                        .import = 1 });
        }
        for (int k = 0; k < members->nelts; k += 2) {
            const scim_sync_jira_account_t account = {
                .email = APR_ARRAY_IDX(members, k, const char *),
                .account_id = APR_ARRAY_IDX(members, k + 1, const char *)
            };

            scim_sync_adoption_meet(adoption, &account);
        }
        scim_sync_adoption_end(adoption, "g", protection_of(NULL, p), NULL);
        if (strcmp(joined(&adoption->gain, p), c->gain) != 0 ||
            strcmp(joined(&adoption->keep, p), c->keep) != 0 ||
            strcmp(joined(&adoption->not_ours, p), c->not_ours) != 0) {
            fail_msg("case %d: gain \"%s\", keep \"%s\", not ours \"%s\"", (int)i,
                     joined(&adoption->gain, p), joined(&adoption->keep, p),
                     joined(&adoption->not_ours, p));
        }
    }
}

static void test_many_are_counted(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_adoption_t *adoption = scim_sync_adoption_make(p);

    for (int i = 0; i < SCIM_SYNC_ADOPTION_NAMED + 7; i++) {
        const char *email = apr_psprintf(p, "p%d@example.com", i);

        scim_sync_adoption_want(adoption, &(scim_sync_adoptee_t) {
                                              .name = email, .email = email, .import = 1 });
        scim_sync_adoption_want(adoption,
                                &(scim_sync_adoptee_t) { .name = apr_psprintf(p, "user %d", i) });
    }
    scim_sync_adoption_end(adoption, NULL, protection_of(NULL, p), NULL);
    assert_int_equal(adoption->gain.named->nelts, SCIM_SYNC_ADOPTION_NAMED);
    assert_int_equal(adoption->gain.more, 7);
    assert_int_equal(adoption->withheld.named->nelts, SCIM_SYNC_ADOPTION_NAMED);
    assert_int_equal(adoption->withheld.more, 7);
}

/* ---- who would not come in ---- */

typedef struct {
    scim_sync_adoptee_t people[2]; /* the second one of another IdP, perhaps */
    const char *member;            /* address of one whom Jira has in the group; or NULL */
    const char *gain;
    const char *not_ours;
    const char *kind; /* of what is withheld; NULL: nothing is */
    const char *who;
    const char *text; /* part of why */
} left_out_case_t;

#define ANN      .name = "ann", .email = "ann@x"
#define NO_ENTRY "a filter"

static const left_out_case_t left_out_cases[] = {
    { { { ANN, .import = 1 } }, NULL, "ann@x", "", NULL, NULL, NULL },
    { { { ANN, .out = NO_ENTRY } }, NULL, "", "", "rule", "ann@x", "a filter" },
    { { { ANN, .out = NO_ENTRY }, { ANN, .out = "b" } },
      NULL,
      "",
      "",
      "rule",
      "ann@x",
      "a filter" },
    /* another IdP lets her in */
    { { { ANN, .out = NO_ENTRY }, { ANN, .import = 1 } }, NULL, "ann@x", "", NULL, NULL, NULL },
    { { { ANN, .import = 1 }, { ANN, .out = NO_ENTRY } }, NULL, "ann@x", "", NULL, NULL, NULL },
    /* she is in it, and wanted by nobody */
    { { { ANN, .out = NO_ENTRY } }, "ann@x", "", "ann@x", NULL, NULL, NULL },
    /* no account is made for her, unless by another one */
    { { { ANN } },
      NULL,
      "",
      "",
      "rule",
      "ann@x",
      "Jira has no account of ann@x, and by the rules" },
    { { { ANN }, { ANN, .import = 1 } }, NULL, "ann@x", "", NULL, NULL, NULL },
    { { { ANN, .account_id = "a1" } }, NULL, "ann@x", "", NULL, NULL, NULL },
    { { { ANN } }, "ann@x", "", "", NULL, NULL, NULL },
    { { { .name = "ann", .import = 1 } }, NULL, "", "", "address", "ann", "has no e-mail address" },
    { { { .name = "ann" }, { .name = "ann" } }, NULL, "", "", "address", "ann", "no e-mail" },
    { { { .name = "ann", .account_id = "a1" } }, NULL, "ann", "", NULL, NULL, NULL },
    { { { ANN, .account_id = "owner" } }, NULL, "", "", "owner", "ann@x", "owns the API token" },
};

static void test_who_would_not_come_in(void **state)
{
    apr_pool_t *p = *state;

    for (size_t i = 0; i < sizeof(left_out_cases) / sizeof(left_out_cases[0]); i++) {
        const left_out_case_t *c = &left_out_cases[i];
        scim_sync_adoption_t *adoption = scim_sync_adoption_make(p);
        const scim_sync_left_out_t *left_out;

        scim_sync_adoption_want(adoption, &c->people[0]);
        if (c->people[1].name) {
            scim_sync_adoption_want(adoption, &c->people[1]);
        }
        if (c->member) {
            scim_sync_adoption_meet(adoption, &(scim_sync_jira_account_t) { .account_id = "a7",
                                                                            .email = c->member });
        }
        scim_sync_adoption_end(adoption, "g", protection_of("owner", p), NULL);
        left_out = (const scim_sync_left_out_t *)adoption->withheld.named->elts;
        if (strcmp(joined(&adoption->gain, p), c->gain) != 0 ||
            strcmp(joined(&adoption->not_ours, p), c->not_ours) != 0 ||
            adoption->withheld.named->nelts != (c->kind ? 1 : 0)) {
            fail_msg("case %d: gain \"%s\", not ours \"%s\", %d withheld", (int)i,
                     joined(&adoption->gain, p), joined(&adoption->not_ours, p),
                     adoption->withheld.named->nelts);
        }
        if (c->kind) {
            assert_string_equal(left_out->why.kind, c->kind);
            assert_string_equal(left_out->who, c->who);
            assert_non_null(strstr(left_out->why.text, c->text));
        }
    }
}

static void test_what_hinders_the_group_hinders_all(void **state)
{
    const scim_sync_withheld_t twin = { .kind = "refused", .text = "there is a Devs" };
    apr_pool_t *p = *state;
    scim_sync_adoption_t *adoption = scim_sync_adoption_make(p);

    scim_sync_adoption_want(adoption, &(scim_sync_adoptee_t) { ANN, .import = 1 });
    scim_sync_adoption_want(adoption, &(scim_sync_adoptee_t) {
                                          .name = "bob", .email = "bob@x", .out = NO_ENTRY });
    scim_sync_adoption_end(adoption, NULL, protection_of(NULL, p), &twin);
    assert_int_equal(adoption->gain.named->nelts, 0);
    assert_int_equal(adoption->withheld.named->nelts, 2);
    assert_string_equal(APR_ARRAY_IDX(adoption->withheld.named, 0, scim_sync_left_out_t).why.text,
                        "there is a Devs");
    assert_string_equal(APR_ARRAY_IDX(adoption->withheld.named, 1, scim_sync_left_out_t).why.text,
                        NO_ENTRY);
}

static void test_who_is_looked_for_in_jira(void **state)
{
    apr_pool_t *p = *state;
    scim_sync_adoption_t *adoption = scim_sync_adoption_make(p);
    static const scim_sync_adoptee_t people[] = {
        { ANN },
        { .name = "made", .email = "made@x", .import = 1 },
        { .name = "known", .email = "known@x", .account_id = "a1" },
        { .name = "member", .email = "member@x" },
        { .name = "out", .email = "out@x", .out = NO_ENTRY },
        { .name = "nowhere" },
    };
    apr_array_header_t *lacking;

    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        scim_sync_adoption_want(adoption, &people[i]);
    }
    scim_sync_adoption_meet(adoption, &(scim_sync_jira_account_t) { .account_id = "a2",
                                                                    .email = "member@x" });
    lacking = scim_sync_adoption_lacking(adoption);
    assert_int_equal(lacking->nelts, 1);
    APR_ARRAY_IDX(lacking, 0, scim_sync_adoptee_t *)->account_id = "a3"; /* found */
    scim_sync_adoption_end(adoption, "g", protection_of(NULL, p), NULL);
    assert_string_equal(joined(&adoption->gain, p), "ann@x made@x known@x");
}

/* ---- claims ---- */

/* Three IdPs have a group "devs", which stands for j1. */
static database_t *three(void **state)
{
    static const char *const idps[] = { "a", "b", "c" };
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;

    for (int i = 0; i < 3; i++) {
        store_idp(database->db, idps[i], "main", p);
        store_group(database->db, idps[i], apr_pstrcat(p, "g", idps[i], NULL), "devs", p);
        OK(scim_sync_link_put(database->db, "main", apr_pstrcat(p, "g", idps[i], NULL),
                              &(scim_sync_link_t) { .name = "devs", .group_id = "j1" }, p));
    }
    return database;
}

/* "b* a c": in their order; * is authoritative by its own rules, ? can't be asked. */
static const char *claims_of(database_t *database, int *authoritative)
{
    apr_pool_t *p = database->pool;
    scim_sync_rulebook_t *book = scim_sync_rulebook_make(p);
    apr_array_header_t *claims;
    const char *text = "";

    OK(scim_sync_rulebook_open(database->db, book, p));
    OK(scim_sync_team_claims_load(database->db, &claims, book, "main", "j1", p));
    OK(scim_sync_team_authoritative(database->db, authoritative, book, NULL, "main", "j1", p));
    for (int i = 0; i < claims->nelts; i++) {
        const scim_sync_team_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_team_claim_t);

        text = apr_pstrcat(p, text, i > 0 ? " " : "", claim->idp, claim->authoritative ? "*" : "",
                           claim->why ? "?" : "", NULL);
    }
    return text;
}

#define STRICT "\"groups\": {\"authoritative\": true}"

static void test_claims(void **state)
{
    static const struct {
        const char *rules[3];
        const char *claims;
        int authoritative;
    } cases[] = {
        { { "{}", "{}", "{}" }, "a b c", 0 },
        { { "{}", "{" STRICT "}", "{}" }, "a b* c", 0 },
        { { "{" STRICT "}", "{}", "{}" }, "a* b c", 1 },
        { { "{}", "{\"precedence\": 7, " STRICT "}", "{}" }, "b* a c", 1 },
        { { "{\"precedence\": 6}", "{\"precedence\": 7, " STRICT "}", "{}" }, "a b* c", 0 },
        { { "{" STRICT "}", "{\"nonsense\": 1}", "{}" }, "a* c b?", 0 },
        { { "{\"groups\": {\"authoritative\": true, \"mappings\": [{\"group\": \"devs\","
            " \"jiraGroups\": [\"devs\"], \"authoritative\": false}]}}",
            "{}", "{}" },
          "a b c",
          0 },
        { { "{\"groups\": {\"authoritative\": true, \"import\": false}}", "{}", "{}" },
          "a b c",
          0 },
    };
    database_t *database = three(state);
    static const char *const idps[] = { "a", "b", "c" };
    int authoritative;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (int k = 0; k < 3; k++) {
            store_put_rules(database->db, idps[k], cases[i].rules[k], database->pool);
        }
        assert_string_equal(claims_of(database, &authoritative), cases[i].claims);
        assert_int_equal(authoritative, cases[i].authoritative);
    }
}

/* By whose rules nobody else stays, for a task of each, and for none; "-": others stay. */
static void test_by_whose_rules_it_is(void **state)
{
    static const struct {
        const char *rules[3];
        const char *states[3];
        const char *whose; /* asked by a, b, c, and nobody */
    } cases[] = {
        { { "{" STRICT "}", "{}", "{}" }, { "live", "live", "live" }, "a a a a" },
        { { "{" STRICT "}", "{}", "{}" }, { "paused", "live", "live" }, "a - - a" },
        { { "{" STRICT "}", "{" STRICT "}", "{}" }, { "paused", "live", "live" }, "a - - a" },
        { { "{" STRICT "}", "{" STRICT "}", "{}" }, { "dryRun", "live", "live" }, "a b b b" },
        { { "{}", "{" STRICT "}", "{}" }, { "paused", "live", "live" }, "- - - -" },
        { { "{}", "{" STRICT "}", "{}" }, { "dryRun", "live", "live" }, "- b b b" },
    };
    static const char *const idps[] = { "a", "b", "c", NULL };
    database_t *database = three(state);
    apr_pool_t *p = database->pool;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scim_sync_rulebook_t *book = scim_sync_rulebook_make(p);
        const char *whose = "";

        for (int k = 0; k < 3; k++) {
            store_put_rules(database->db, idps[k], cases[i].rules[k], p);
            database_run(database->db,
                         apr_psprintf(p, "UPDATE idp SET state = '%s' WHERE name = '%s'",
                                      cases[i].states[k], idps[k]),
                         p);
        }
        OK(scim_sync_rulebook_open(database->db, book, p));
        for (int k = 0; k < 4; k++) {
            const scim_sync_team_claim_t *claim;

            OK(scim_sync_team_authority(database->db, &claim, book, idps[k], "main", "j1", p));
            whose = apr_pstrcat(p, whose, k > 0 ? " " : "", claim ? claim->idp : "-", NULL);
            assert_true(!claim || claim->resource);
        }
        assert_string_equal(whose, cases[i].whose);
    }
}

static void test_default_groups_claim_and_decide_nothing(void **state)
{
    database_t *database = three(state);
    apr_pool_t *p = database->pool;
    int authoritative;

    store_put_rules(database->db, "b", "{\"precedence\": 1, " STRICT "}", p);
    OK(scim_sync_link_drop(database->db, "main", "gb", "devs", p));
    assert_string_equal(claims_of(database, &authoritative), "a c");
    OK(scim_sync_link_put(database->db, "main", "default:b",
                          &(scim_sync_link_t) { .name = "devs", .group_id = "j1" }, p));
    assert_string_equal(claims_of(database, &authoritative), "b a c");
    assert_int_equal(authoritative, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_adoption),
        UNIT_TEST(test_many_are_counted),
        UNIT_TEST(test_who_would_not_come_in),
        UNIT_TEST(test_what_hinders_the_group_hinders_all),
        UNIT_TEST(test_who_is_looked_for_in_jira),
        DATABASE_TESTS(test_claims),
        DATABASE_TESTS(test_by_whose_rules_it_is),
        DATABASE_TESTS(test_default_groups_claim_and_decide_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

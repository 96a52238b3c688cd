/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/claims.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

static int differs(const char *a, const char *b)
{
    return !b || strcmp(a, b);
}

scim_sync_claim_t scim_sync_claim(const scim_sync_told_t *told, const scim_sync_rules_t *rules,
                                  apr_int64_t now, apr_pool_t *p)
{
    scim_sync_claim_t claim = { .told = told, .rules = rules };

    if (told->gone) {
        claim.known_as = told->known_as;
    }
    else {
        claim.says = scim_sync_rules_user(rules, told->name, told->email, p);
        claim.wants = told->active && claim.says.wanted;
        claim.known_as =
            claim.says.email && differs(claim.says.email, told->email) ? claim.says.email : NULL;
    }
    if (!claim.wants && (told->object || told->gone)) {
        claim.left = told->left ? told->left : now;
    }
    return claim;
}

int scim_sync_claim_is_on(const scim_sync_claim_t *claim, const char *account_id, const char *email)
{
    if (claim->told->object) {
        return account_id && !strcmp(claim->told->object, account_id);
    }
    return email && claim->says.email && !strcmp(claim->says.email, email);
}

/* Whether a comes before b; between two of one IdP, whoever is still told of, then by the id. */
static int precedes(const scim_sync_claim_t *a, const scim_sync_claim_t *b)
{
    int order;

    if (!b) {
        return 1;
    }
    if (a->rules->precedence != b->rules->precedence) {
        return a->rules->precedence < b->rules->precedence;
    }
    if ((order = strcmp(a->told->idp, b->told->idp)) == 0 &&
        (order = a->told->gone - b->told->gone) == 0) {
        order = strcmp(a->told->id, b->told->id);
    }
    return order < 0;
}

/* Who was never let in was never told of, and has no say in what becomes of the others' people. */
static int counts(const scim_sync_claim_t *claim)
{
    return claim->told->object || claim->told->gone || claim->says.wanted;
}

static void want(scim_sync_claims_t *sum, apr_array_header_t *products,
                 const scim_sync_claim_t *claim, const apr_array_header_t *usual)
{
    const scim_sync_rules_users_t *rules = &claim->rules->users;
    const apr_array_header_t *list = rules->products ? rules->products : usual;
    int i;

    sum->wanted = 1;
    if (rules->update && precedes(claim, sum->profile)) {
        sum->profile = claim;
    }
    if (rules->import && precedes(claim, sum->creates)) {
        sum->creates = claim;
    }
    sum->import |= rules->import;
    sum->invite |= rules->import && rules->invite;
    for (i = 0; rules->import && i < list->nelts; i++) {
        const char *product = APR_ARRAY_IDX(list, i, const char *);

        if (!scim_sync_list_holds(products, product)) {
            APR_ARRAY_PUSH(products, const char *) = product;
        }
    }
}

static void leave(scim_sync_claims_t *sum, const scim_sync_claim_t *decides, apr_int64_t left,
                  apr_pool_t *p)
{
    const scim_sync_rules_users_t *rules = &decides->rules->users;
    int gone = decides->told->gone;

    sum->leaving = gone ? rules->on_delete : rules->on_deactivate;
    sum->rule =
        apr_psprintf(p, "users.%s of %s", gone ? "onDelete" : "onDeactivate", decides->told->idp);
    if (rules->grace_period > 0 && left > 0) {
        sum->until = left + rules->grace_period * 1000;
    }
}

scim_sync_claims_t scim_sync_claims_sum(const apr_array_header_t *claims,
                                        const apr_array_header_t *products, apr_pool_t *p)
{
    apr_array_header_t *given = apr_array_make(p, 2, sizeof(const char *));
    scim_sync_claims_t sum = { .products = given, .leaving = SCIM_SYNC_LEAVING_TAKE_BACK };
    const scim_sync_claim_t *decides = NULL;
    apr_int64_t left = 0;
    int i;

    for (i = 0; i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);

        if (claim->told->active && claim->says.reason.warning && !sum.doubt) {
            sum.doubt =
                apr_psprintf(p,
                             "the rules of %s can't tell who %s is (%s): nothing is "
                             "done until they are changed",
                             claim->told->idp, claim->told->name, claim->says.reason.warning);
        }
        if (claim->wants) {
            want(&sum, given, claim, products);
        }
        else if (counts(claim)) {
            decides = precedes(claim, decides) ? claim : decides;
            left = claim->left > left ? claim->left : left;
        }
    }
    if (!sum.wanted && decides) {
        leave(&sum, decides, left, p);
    }
    return sum;
}

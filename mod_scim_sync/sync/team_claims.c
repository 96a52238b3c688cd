/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/team_claims.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "store/link.h"

static int compare(const void *a, const void *b)
{
    const scim_sync_team_claim_t *one = a;
    const scim_sync_team_claim_t *other = b;

    return one->precedence != other->precedence
               ? (one->precedence > other->precedence) - (one->precedence < other->precedence)
               : strcmp(one->idp, other->idp);
}

void scim_sync_team_claims_sort(apr_array_header_t *claims)
{
    qsort(claims->elts, (size_t)claims->nelts, sizeof(scim_sync_team_claim_t), compare);
}

const char *scim_sync_team_claims_rule(const apr_array_header_t *claims, apr_pool_t *p)
{
    const scim_sync_team_claim_t *first = &APR_ARRAY_IDX(claims, 0, scim_sync_team_claim_t);
    const scim_sync_team_claim_t *second = &APR_ARRAY_IDX(claims, 1, scim_sync_team_claim_t);

    return first->precedence != second->precedence
               ? apr_psprintf(p, "precedence %d comes before %d", first->precedence,
                              second->precedence)
               : apr_psprintf(p, "of the same precedence, %d, the name that comes first",
                              first->precedence);
}

/* Whose rules can't be read comes last: it decides nothing. */
scim_sync_team_claim_t scim_sync_team_claim(const scim_sync_rulebook_t *book, const char *idp)
{
    scim_sync_team_claim_t claim = { .idp = idp };
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(book, idp, &claim.why);

    claim.precedence = rules ? rules->precedence : APR_INT32_MAX;
    return claim;
}

static scim_sync_team_claim_t *find(apr_array_header_t *claims, const scim_sync_rulebook_t *book,
                                    const char *idp)
{
    int i;

    for (i = 0; i < claims->nelts; i++) {
        scim_sync_team_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_team_claim_t);

        if (!strcmp(claim->idp, idp)) {
            return claim;
        }
    }
    APR_ARRAY_PUSH(claims, scim_sync_team_claim_t) = scim_sync_team_claim(book, idp);
    return &APR_ARRAY_IDX(claims, claims->nelts - 1, scim_sync_team_claim_t);
}

/* What the rules say of one told group that stands for it; default groups say nothing of others. */
static void add(scim_sync_team_claim_t *claim, const scim_sync_rulebook_t *book,
                const scim_sync_link_claim_t *link, apr_pool_t *p)
{
    const char *why;
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(book, link->idp, &why);
    scim_sync_rules_group_t group;

    if (!rules || !link->told) {
        return;
    }
    group = scim_sync_rules_group(rules, link->told, p);
    claim->why = group.reason.warning ? group.reason.warning : claim->why;
    claim->decides = 1;
    if (!claim->resource || strcmp(link->resource, claim->resource) < 0) {
        claim->resource = link->resource;
    }
    claim->authoritative |= group.authoritative && group.names->nelts > 0;
}

apr_status_t scim_sync_team_claims_load(scim_sync_db_t *db, apr_array_header_t **claims,
                                        const scim_sync_rulebook_t *book, const char *site,
                                        const char *group_id, apr_pool_t *p)
{
    apr_array_header_t *links;
    apr_status_t rv = scim_sync_link_claims(db, &links, site, group_id, p);
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *claims = apr_array_make(p, 2, sizeof(scim_sync_team_claim_t));
    for (i = 0; i < links->nelts; i++) {
        const scim_sync_link_claim_t *link = &APR_ARRAY_IDX(links, i, scim_sync_link_claim_t);

        add(find(*claims, book, link->idp), book, link, p);
    }
    scim_sync_team_claims_sort(*claims);
    return APR_SUCCESS;
}

/* Whether its rules are carried out now by a task of the one that asks. */
static int is_carried_out(const scim_sync_team_claim_t *claim, const scim_sync_rulebook_t *book,
                          const char *asks)
{
    return claim->authoritative &&
           (!asks || !strcmp(asks, claim->idp) || !scim_sync_rulebook_is_still(book, claim->idp));
}

/* Whose rules decide that, among claims that are loaded; NULL: nobody's. */
static const scim_sync_team_claim_t *authority_of(const apr_array_header_t *claims,
                                                  const scim_sync_rulebook_t *book,
                                                  const char *asks)
{
    const scim_sync_team_claim_t *first = NULL;
    int i;

    for (i = 0; i < claims->nelts; i++) {
        const scim_sync_team_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_team_claim_t);

        if (scim_sync_rulebook_is_dry(book, claim->idp) && (!asks || strcmp(asks, claim->idp))) {
            continue;
        }
        if (claim->why) {
            return NULL;
        }
        first = !first && claim->decides ? claim : first;
    }
    return first && is_carried_out(first, book, asks) ? first : NULL;
}

int scim_sync_team_claims_authoritative(const apr_array_header_t *claims,
                                        const scim_sync_rulebook_t *book, const char *asks)
{
    return authority_of(claims, book, asks) != NULL;
}

apr_status_t scim_sync_team_authority(scim_sync_db_t *db, const scim_sync_team_claim_t **claim,
                                      const scim_sync_rulebook_t *book, const char *asks,
                                      const char *site, const char *group_id, apr_pool_t *p)
{
    apr_array_header_t *claims;
    apr_status_t rv = scim_sync_team_claims_load(db, &claims, book, site, group_id, p);

    *claim = rv == APR_SUCCESS ? authority_of(claims, book, asks) : NULL;
    return rv;
}

apr_status_t scim_sync_team_authoritative(scim_sync_db_t *db, int *authoritative,
                                          const scim_sync_rulebook_t *book, const char *asks,
                                          const char *site, const char *group_id, apr_pool_t *p)
{
    const scim_sync_team_claim_t *claim;
    apr_status_t rv = scim_sync_team_authority(db, &claim, book, asks, site, group_id, p);

    *authoritative = claim != NULL;
    return rv;
}

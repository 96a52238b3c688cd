/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom IdPs have in a group, for what becomes of it when it is taken over.
 */
#include <apr_strings.h>

#include "store/held.h"
#include "store/link.h"
#include "sync/adoption.h"
#include "sync/claims.h"

/* Somebody waits: so many people of each group that is told. */
#define PEOPLE_MAX 20000

typedef struct {
    scim_sync_db_t *db;
    scim_sync_adoption_t *adoption;
    const scim_sync_rulebook_t *book;
    const char *site;
    int complete;
    apr_pool_t *pool;
} load_t;

/* What one IdP says of a person. */
static scim_sync_adoptee_t see(const scim_sync_told_below_t *one, const char *idp,
                               const scim_sync_rules_t *rules, apr_pool_t *p)
{
    const scim_sync_told_t told = {
        .idp = idp, .name = one->name, .email = one->email, .active = 1, .object = one->account_id
    };
    apr_array_header_t *claims = apr_array_make(p, 1, sizeof(scim_sync_claim_t));
    scim_sync_claim_t claim = scim_sync_claim(&told, rules, 0, p);
    scim_sync_adoptee_t person = { .name = one->name,
                                   .email = claim.wants ? claim.says.email : one->email,
                                   .account_id = one->account_id };
    scim_sync_claims_t sum;

    APR_ARRAY_PUSH(claims, scim_sync_claim_t) = claim;
    sum = scim_sync_claims_sum(claims, apr_array_make(p, 1, sizeof(const char *)), p);
    person.import = sum.import;
    person.out = sum.doubt;
    if (!sum.wanted && !sum.doubt) {
        person.out = apr_psprintf(p, "the rules of %s keep %s out (%s): %s", idp, one->name,
                                  claim.says.reason.rule, claim.says.reason.why);
    }
    return person;
}

static apr_status_t want(load_t *load, const char *idp, const char *group)
{
    const char *why;
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(load->book, idp, &why);
    apr_pool_t *p = load->pool;
    apr_array_header_t *people;
    apr_status_t rv;
    int i;

    rv = scim_sync_told_below(load->db, &people, load->site, idp, group, PEOPLE_MAX, p);
    for (i = 0; rv == APR_SUCCESS && i < people->nelts; i++) {
        const scim_sync_told_below_t *one = &APR_ARRAY_IDX(people, i, scim_sync_told_below_t);
        scim_sync_adoptee_t person = { .name = one->name,
                                       .email = one->email,
                                       .account_id = one->account_id };

        if (rules) {
            person = see(one, idp, rules, p);
        }
        else {
            person.out = why;
        }
        scim_sync_adoption_want(load->adoption, &person);
    }
    load->complete &= rv == APR_SUCCESS && people->nelts < PEOPLE_MAX;
    return rv;
}

/* Who is wanted by what stands for it already is wanted there, too. */
static apr_status_t want_claimed(load_t *load, const char *group_id)
{
    apr_array_header_t *claims;
    apr_status_t rv = scim_sync_link_claims(load->db, &claims, load->site, group_id, load->pool);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < claims->nelts; i++) {
        const scim_sync_link_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_link_claim_t);

        rv = want(load, claim->idp, claim->resource);
    }
    return rv;
}

/* Another IdP, which does not have the person in the group, may let an account be made. */
static apr_status_t ask_others(const load_t *load, scim_sync_adoptee_t *person)
{
    apr_pool_t *p = load->pool;
    apr_array_header_t *users;
    apr_status_t rv =
        scim_sync_told_person(load->db, &users, load->site, person->email, NULL, NULL, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < users->nelts; i++) {
        const scim_sync_told_t *told = APR_ARRAY_IDX(users, i, scim_sync_told_t *);
        const char *why;
        const scim_sync_rules_t *rules = scim_sync_rulebook_of(load->book, told->idp, &why);

        if (rules) {
            scim_sync_claim_t claim = scim_sync_claim(told, rules, 0, p);

            person->import |= claim.wants && rules->users.import &&
                              scim_sync_claim_is_on(&claim, told->object, person->email);
        }
    }
    return rv;
}

static apr_status_t know_given(const load_t *load, const char *group_id)
{
    apr_hash_t *given = load->adoption->given;
    apr_array_header_t *accounts;
    apr_status_t rv = scim_sync_held_given(load->db, &accounts, load->site, group_id, load->pool);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < accounts->nelts; i++) {
        const char *id = APR_ARRAY_IDX(accounts, i, const char *);

        apr_hash_set(given, id, APR_HASH_KEY_STRING, id);
    }
    return rv;
}

apr_status_t scim_sync_adoption_load(scim_sync_db_t *db, scim_sync_adoption_t *adoption,
                                     int *complete, const scim_sync_rulebook_t *book,
                                     const char *site, const char *idp, const char *group,
                                     const char *group_id, apr_pool_t *p)
{
    load_t load = { db, adoption, book, site, 1, p };
    const apr_array_header_t *lacking;
    apr_status_t rv = want(&load, idp, group);
    int i;

    if (rv == APR_SUCCESS && group_id) {
        rv = want_claimed(&load, group_id);
    }
    if (rv == APR_SUCCESS && group_id) {
        rv = know_given(&load, group_id);
    }
    lacking = scim_sync_adoption_lacking(adoption);
    for (i = 0; rv == APR_SUCCESS && i < lacking->nelts && i < SCIM_SYNC_ADOPTION_SOUGHT; i++) {
        rv = ask_others(&load, APR_ARRAY_IDX(lacking, i, scim_sync_adoptee_t *));
    }
    *complete &= load.complete;
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims: what each IdP says of one person at one site, seen through its rules, and what comes of
 * all of them together: whether the person is wanted, and what becomes of one who is not. Pure.
 *
 * Access is what any IdP gives. Where only one can win it is the one with the smaller precedence,
 * of equal ones the one whose name comes first.
 */
#ifndef SCIM_SYNC_SYNC_CLAIMS_H
#define SCIM_SYNC_SYNC_CLAIMS_H

#include <apr_tables.h>

#include "store/told.h"
#include "sync/rules.h"

typedef struct {
    const scim_sync_told_t *told;
    const scim_sync_rules_t *rules;
    scim_sync_rules_user_t says; /* by the rules; of one that is gone: nothing */
    int wants;                   /* active, and let in */
    apr_int64_t left;     /* ms: since when it wants no more; 0: it does, or never had anything */
    const char *known_as; /* the address by the rules, unless it is as told: NULL */
} scim_sync_claim_t;

/* All of them together. Strings and lists are as old as the claims. */
typedef struct {
    int wanted;                         /* somebody wants the person here */
    int import;                         /* of these, somebody lets accounts be created */
    const apr_array_header_t *products; /* const char *: what a new account is given */
    const scim_sync_claim_t *profile;   /* whose profile is written to Jira; NULL: nobody's */
    const scim_sync_claim_t *creates;   /* of whom a new account has its name; NULL: nobody's */
    int invite;                         /* a new customer is invited to a desk by e-mail */
    /* When nobody does: */
    scim_sync_leaving_t leaving; /* what becomes of the account, */
    const char *rule;            /* by which rule of which IdP, for people; NULL: by none */
    apr_int64_t until;           /* ms: and not before; 0: at once */
    /* A pattern gave up, so that it isn't known what is wanted: nothing may be done. Or NULL. */
    const char *doubt;
} scim_sync_claims_t;

/*
 * What becomes of a user by rules; they live as long as the result.
 * now   ms: since then it wants no more, if that is news
 */
scim_sync_claim_t scim_sync_claim(const scim_sync_told_t *told, const scim_sync_rules_t *rules,
                                  apr_int64_t now, apr_pool_t *p);

/*
 * Whether a claim is on the person who is known by this account and this address (folded); either
 * may be NULL.
 */
int scim_sync_claim_is_on(const scim_sync_claim_t *claim, const char *account_id,
                          const char *email);

/*
 * Put claims together.
 * claims     scim_sync_claim_t, all on the same person
 * products   const char *: of the site, for IdPs whose rules leave it to that
 */
scim_sync_claims_t scim_sync_claims_sum(const apr_array_header_t *claims,
                                        const apr_array_header_t *products, apr_pool_t *p);

#endif

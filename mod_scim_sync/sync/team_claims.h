/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which IdPs claim a group in Jira (or, for a list of conflicts, a person), and who wins where only
 * one can: the one whose rules have the smaller precedence, of equal ones the one whose name comes
 * first (docs/rules.md). What they say of a person together: sync/claims.h.
 */
#ifndef SCIM_SYNC_SYNC_TEAM_CLAIMS_H
#define SCIM_SYNC_SYNC_TEAM_CLAIMS_H

#include "sync/rulebook.h"

typedef struct {
    const char *idp;
    int precedence;
    int authoritative; /* of a group: by the rules of this IdP only who is wanted in it stays */
    int decides; /* of a group: a group of the IdP stands for it, and not default groups alone */
    const char *resource; /* which one; of several the first by id; NULL: none */
    const char *why;      /* its rules can't be read, or give up on a name: the reason; else NULL */
} scim_sync_team_claim_t;

/* Sort claims (scim_sync_team_claim_t): who wins comes first. */
void scim_sync_team_claims_sort(apr_array_header_t *claims);

/* By which rule the first one wins over the second, for people; in p. */
const char *scim_sync_team_claims_rule(const apr_array_header_t *claims, apr_pool_t *p);

/* A claim of an IdP on whatever it is. Not authoritative. */
scim_sync_team_claim_t scim_sync_team_claim(const scim_sync_rulebook_t *book, const char *idp);

/*
 * All IdPs of which something stands for a group of a site, who wins first: scim_sync_team_claim_t
 * in p, one for each IdP. book must be open in this transaction.
 */
apr_status_t scim_sync_team_claims_load(scim_sync_db_t *db, apr_array_header_t **claims,
                                        const scim_sync_rulebook_t *book, const char *site,
                                        const char *group_id, apr_pool_t *p);

/*
 * By whose rules only those stay in a group of a site who are wanted in it; *claim, in p, is NULL
 * when others stay, too. It is as the first IdP says of which a group stands for it. As long as the
 * rules of one of them can't be read, or give up on the name of a group, others stay: nobody is
 * taken out by mistake.
 * asks   the IdP for which it is asked: what others in dry run say does not count, and nobody is
 *        taken out for one that is paused; NULL: what none in dry run says
 */
apr_status_t scim_sync_team_authority(scim_sync_db_t *db, const scim_sync_team_claim_t **claim,
                                      const scim_sync_rulebook_t *book, const char *asks,
                                      const char *site, const char *group_id, apr_pool_t *p);

/* Whether there is one; and the same of a group of which the claims are loaded. */
apr_status_t scim_sync_team_authoritative(scim_sync_db_t *db, int *authoritative,
                                          const scim_sync_rulebook_t *book, const char *asks,
                                          const char *site, const char *group_id, apr_pool_t *p);
int scim_sync_team_claims_authoritative(const apr_array_header_t *claims,
                                        const scim_sync_rulebook_t *book, const char *asks);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What taking over a group that Jira has already does to people: who would come into it, who is in
 * it already and wanted, and who is in it and wanted by no IdP. The last ones stay, unless the
 * rules make the IdP authoritative for the group. Pure.
 */
#ifndef SCIM_SYNC_SYNC_ADOPTION_H
#define SCIM_SYNC_SYNC_ADOPTION_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "jira/platform.h"

/* Of each kind so many are named; the others are counted. */
#define SCIM_SYNC_ADOPTION_NAMED 100

/* People of one kind. */
typedef struct {
    apr_array_header_t *named; /* const char *: e-mail addresses; or, unknown, what else there is */
    int more;
} scim_sync_adopted_t;

typedef struct {
    scim_sync_adopted_t gain;
    scim_sync_adopted_t keep;
    scim_sync_adopted_t not_ours;
    apr_array_header_t *wanted; /* in the making */
    apr_hash_t *by_account;
    apr_hash_t *by_email;
    apr_pool_t *pool;
} scim_sync_adoption_t;

/* Nobody is wanted, nobody is there. */
scim_sync_adoption_t *scim_sync_adoption_make(apr_pool_t *p);

/*
 * Somebody is wanted in the group; twice is once.
 * email        folded; NULL: the IdP told none, and the person can't come in
 * account_id   which stands for them in Jira; NULL: not known
 * The texts must live as long as the pool.
 */
void scim_sync_adoption_want(scim_sync_adoption_t *adoption, const char *email,
                             const char *account_id);

/* Somebody is a member in Jira. By the account's id, else by the address, if Jira shows it. */
void scim_sync_adoption_meet(scim_sync_adoption_t *adoption,
                             const scim_sync_jira_account_t *account);

/* All have been met: who is wanted and was not, would come in. */
void scim_sync_adoption_end(scim_sync_adoption_t *adoption);

#endif

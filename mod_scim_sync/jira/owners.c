/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom an e-mail address belongs to, by what the site's search or a desk's list of customers has
 * found. Both match beginnings, of names too, and people may hide their addresses.
 */
#include "jira/servicedesk.h"

#include <string.h>

#include "base/text.h"
#include "jira/answer.h"
#include "jira/platform_int.h"

/* What was found. */
typedef struct {
    scim_sync_jira_account_t account;  /* the last one with this address, else with a hidden one */
    scim_sync_jira_account_t customer; /* the last portal customer's with this very address */
    int exact;                         /* accounts with this very address */
    int hidden;                        /* accounts whose address is hidden */
    int posing;    /* hidden ones that may be hits only because their name holds the address */
    int others;    /* addresses that begin alike */
    int unnamed;   /* hits without their data, as during Jira's own outages */
    int apps;      /* apps' accounts with this very address */
    int customers; /* portal customers' */
    int nameless;  /* portal customers' without their id */
} hits_t;

static void count_another_kind(hits_t *hits, const scim_sync_jira_account_t *account, int usable)
{
    if (strcmp(account->account_type, "app") == 0) {
        hits->apps++;
    }
    else if (!usable) {
        hits->nameless++;
    }
    else {
        hits->customers++;
        hits->customer = *account;
    }
}

/* usable: as scim_sync_jira_account_of() says. wanted is folded. */
static void count_hit(hits_t *hits, const scim_sync_jira_account_t *account, int usable,
                      const char *wanted, apr_pool_t *p)
{
    const char *type = account->account_type != NULL ? account->account_type : "unknown";
    const char *address = scim_sync_fold(account->email, p);
    const char *name = scim_sync_fold(account->display_name, p);

    if (scim_sync_jira_is_another_kind(type)) {
        if (address != NULL && strcmp(address, wanted) == 0) {
            count_another_kind(hits, account, usable);
        }
    }
    else if (address != NULL && strcmp(address, wanted) != 0) {
        hits->others++;
    }
    else if (!usable || strcmp(type, "atlassian") != 0) {
        hits->unnamed++;
    }
    else if (address != NULL) {
        hits->exact++;
        hits->account = *account;
    }
    else {
        hits->hidden++;
        hits->posing += name != NULL && strstr(name, wanted) != NULL;
        if (hits->exact == 0) {
            hits->account = *account;
        }
    }
}

/* --- the site's search --- */

static scim_sync_verdict_t judge(hits_t *hits, size_t found, const char **why)
{
    if (hits->exact == 1) {
        *why = NULL;
        return SCIM_SYNC_DONE;
    }
    if (hits->exact > 1) {
        *why = "several accounts have this address";
        return SCIM_SYNC_REFUSED;
    }
    if (found >= SCIM_SYNC_JIRA_HITS) {
        *why = "too many accounts begin with this address";
        return SCIM_SYNC_REFUSED;
    }
    if (hits->unnamed > 0) {
        *why = "Jira found an account and did not say which";
        return SCIM_SYNC_RETRY;
    }
    if (hits->posing > 0) {
        *why = "an account hides its address and has this one in its name; is it the same person?";
        return SCIM_SYNC_REFUSED;
    }
    if (hits->hidden > 1 || (hits->hidden == 1 && hits->others > 0)) {
        *why = "several accounts may have this address: not all of them show theirs";
        return SCIM_SYNC_REFUSED;
    }
    if (hits->hidden == 1) {
        *why = NULL;
        return SCIM_SYNC_DONE;
    }
    if (hits->apps > 0) {
        *why = "the account of this address is an app's, which is never touched";
        return SCIM_SYNC_REFUSED;
    }
    *why = hits->customers + hits->nameless > 0
               ? "a portal customer's account has this address, and is never touched"
               : "no account has this address";
    hits->account.account_type = hits->customers + hits->nameless > 0 ? "customer" : NULL;
    return SCIM_SYNC_ABSENT;
}

/*
 * Only a single hit is taken for the owner of a hidden address, and not when its name alone can
 * explain the hit. Whoever calls himself "boss@example.com" must not receive what is meant for that
 * address.
 */
static scim_sync_outcome_t read_search(hits_t *hits, const scim_sync_answer_t *answer,
                                       const char *email, apr_pool_t *p)
{
    scim_sync_reading_t reading;
    const char *wanted = scim_sync_fold(email, p);
    json_t *hit;
    size_t i;

    memset(hits, 0, sizeof(*hits));
    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    if (!json_is_array(reading.json) || wanted == NULL) {
        return scim_sync_answer_garbled(&reading, p);
    }
    json_array_foreach(reading.json, i, hit)
    {
        scim_sync_jira_account_t account;
        int usable = scim_sync_jira_account_of(&account, hit);

        count_hit(hits, &account, usable, wanted, p);
    }
    reading.outcome.verdict = judge(hits, i, &reading.outcome.detail);
    return reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_find_account(const scim_sync_answer_t *answer,
                                                     const char *email,
                                                     scim_sync_jira_account_t *account,
                                                     apr_pool_t *p)
{
    hits_t hits;
    scim_sync_outcome_t outcome = read_search(&hits, answer, email, p);

    *account = hits.account;
    return outcome;
}

/* --- customers --- */

/* A customer is whoever shows the very address. found: such accounts; several: of one kind. */
static scim_sync_outcome_t judge_customers(int found, int several, int unnamed, int status)
{
    scim_sync_outcome_t outcome = { SCIM_SYNC_DONE, status, 0, NULL };

    if (several) {
        outcome.verdict = SCIM_SYNC_REFUSED;
        outcome.detail = "several customers have this address";
    }
    else if (found == 0) {
        outcome.verdict = unnamed > 0 ? SCIM_SYNC_RETRY : SCIM_SYNC_ABSENT;
        outcome.detail = unnamed > 0 ? "Jira found a customer and did not say which"
                                     : "no customer has this address";
    }
    return outcome;
}

/*
 * One account that is certain makes up for doubts about the other: each of them belongs to the
 * address.
 */
scim_sync_outcome_t scim_sync_jira_read_owners(const scim_sync_answer_t *answer, const char *email,
                                               scim_sync_jira_owners_t *owners, apr_pool_t *p)
{
    hits_t hits;
    scim_sync_outcome_t outcome = read_search(&hits, answer, email, p);
    scim_sync_outcome_t customers =
        judge_customers(hits.customers, hits.customers > 1, hits.nameless, answer->status);

    memset(owners, 0, sizeof(*owners));
    if (outcome.verdict == SCIM_SYNC_DONE) {
        owners->atlassian = hits.account;
    }
    if (customers.verdict == SCIM_SYNC_DONE) {
        owners->customer = hits.customer;
    }
    return customers.verdict == SCIM_SYNC_DONE || outcome.verdict == SCIM_SYNC_ABSENT ? customers
                                                                                      : outcome;
}

/* A hidden address proves nothing here: the list may have been asked for the name. */
scim_sync_outcome_t scim_sync_jira_read_desk_owners(const scim_sync_answer_t *answer,
                                                    const char *email,
                                                    scim_sync_jira_owners_t *owners, apr_pool_t *p)
{
    const char *wanted = scim_sync_fold(email, p);
    scim_sync_jira_page_t page = { 0 };
    hits_t hits = { 0 };
    scim_sync_outcome_t outcome = scim_sync_jira_read_customers(answer, &page, p);

    memset(owners, 0, sizeof(*owners));
    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    for (int i = 0; i < page.accounts->nelts && wanted != NULL; i++) {
        count_hit(&hits, &APR_ARRAY_IDX(page.accounts, i, scim_sync_jira_account_t), 1, wanted, p);
    }
    outcome = judge_customers(hits.exact + hits.customers, hits.exact > 1 || hits.customers > 1,
                              page.count - page.accounts->nelts, answer->status);
    if (outcome.verdict == SCIM_SYNC_ABSENT && !page.last) {
        outcome.verdict = SCIM_SYNC_REFUSED;
        outcome.detail = "too many customers begin with this address";
    }
    if (outcome.verdict == SCIM_SYNC_DONE) {
        owners->atlassian = hits.exact ? hits.account : owners->atlassian;
        owners->customer = hits.customer;
    }
    return outcome;
}

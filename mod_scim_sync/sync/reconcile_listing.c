/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts that have come into being beside the module: somebody has made one in Jira for a person
 * whom an IdP tells of, and of whom none was found, or none may be made. Jira can't be asked for
 * many addresses at once; so its users are read, in pages, as long as anybody is without one whom
 * the rules let in.
 *
 * It is a help, and nothing is lost by it: when Jira does not list its users the run goes on.
 */
#include "sync/reconcile_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/config.h"
#include "sync/claims.h"
#include "sync/rulebook.h"

/* So many users of a site are read; more than Jira has, unless it gives the same ones for ever. */
#define LISTED_MAX 500000
/* Of so many people who are without an account it is asked whether the rules want them to be, */
#define LACKING_MAX 20000
/* and of so many at once. */
#define LACKING_PAGE 500

/* ---- whether there is anybody to look for ---- */

/* Whom the rules keep out, or who has no address, is found by no list. */
static int may_be_found(const scim_sync_rules_t *rules, const apr_array_header_t *users,
                        apr_pool_t *p)
{
    int i;

    for (i = 0; i < users->nelts; i++) {
        const scim_sync_kept_lacking_t *user = &APR_ARRAY_IDX(users, i, scim_sync_kept_lacking_t);
        scim_sync_rules_user_t says = scim_sync_rules_user(rules, user->name, user->email, p);

        if (says.wanted && says.email) {
            return 1;
        }
    }
    return 0;
}

/* left   so many more are asked about; when these are over, somebody is taken to be there */
static apr_status_t ask_idp(scim_sync_db_t *db, const scim_sync_worker_t *worker, const char *idp,
                            int *lacking, int *left, apr_pool_t *p)
{
    scim_sync_kept_lacking_t behind = { .id = "" };
    const char *why;
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(worker->rulebook, idp, &why);
    apr_array_header_t *users;
    apr_pool_t *page;
    apr_status_t rv = APR_SUCCESS;
    int more = rules != NULL;

    apr_pool_create(&page, p);
    while (rv == APR_SUCCESS && more && !*lacking) {
        apr_pool_clear(page);
        rv =
            scim_sync_kept_lacking(db, &users, worker->jira.name, idp, &behind, LACKING_PAGE, page);
        if (rv == APR_SUCCESS) {
            *left -= users->nelts;
            more = users->nelts == LACKING_PAGE;
            *lacking = may_be_found(rules, users, page) || *left < 0;
        }
        if (rv == APR_SUCCESS && more) {
            behind = APR_ARRAY_IDX(users, users->nelts - 1, scim_sync_kept_lacking_t);
            behind.id = apr_pstrdup(p, behind.id);
        }
    }
    apr_pool_destroy(page);
    return rv;
}

apr_status_t scim_sync_reconcile_lacking(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                         int *lacking, apr_pool_t *p)
{
    apr_array_header_t *idps;
    apr_status_t rv = scim_sync_idp_list(db, &idps, p);
    int left = LACKING_MAX;
    int i;

    *lacking = 0;
    for (i = 0; rv == APR_SUCCESS && !*lacking && i < idps->nelts; i++) {
        const scim_sync_idp_t *idp = APR_ARRAY_IDX(idps, i, const scim_sync_idp_t *);

        if (scim_sync_list_holds(idp->sites, worker->jira.name)) {
            rv = ask_idp(db, worker, idp->name, lacking, &left, p);
        }
    }
    return rv;
}

/* ---- what is asked ---- */

void scim_sync_reconcile_ask_listing(scim_sync_question_t *q, scim_sync_call_t *call)
{
    scim_sync_jira_all_accounts(call, &q->worker->jira, q->worker->reconcile->listed, q->pool);
}

static void end_listing(scim_sync_reconcile_t *run)
{
    run->at = 0;
    scim_sync_reconcile_next_group(run);
}

void scim_sync_reconcile_skip_listing(scim_sync_reconcile_t *run, const char *why)
{
    run->unlisted = apr_pstrdup(run->pool, why);
    end_listing(run);
}

/* People who use Jira have an account of their own beside a customer's. */
static int may_be_new(const scim_sync_reconcile_t *run, const scim_sync_jira_account_t *account)
{
    return account->active && account->email && account->account_type &&
           (!strcmp(account->account_type, "atlassian") ||
            (run->customers && !strcmp(account->account_type, "customer")));
}

scim_sync_outcome_t scim_sync_reconcile_hear_listing(scim_sync_question_t *q,
                                                     const scim_sync_answer_t *answer)
{
    scim_sync_reconcile_t *run = q->worker->reconcile;
    scim_sync_jira_page_t page;
    scim_sync_outcome_t outcome = scim_sync_jira_read_all_accounts(answer, &page, q->pool);
    int i;

    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    run->listed += page.count;
    run->last = page.last || run->listed >= LISTED_MAX;
    apr_pool_clear(run->part);
    run->strangers = apr_array_make(run->part, page.count + 1, sizeof(scim_sync_jira_account_t));
    for (i = 0; i < page.accounts->nelts; i++) {
        const scim_sync_jira_account_t *account =
            &APR_ARRAY_IDX(page.accounts, i, scim_sync_jira_account_t);

        if (may_be_new(run, account)) {
            APR_ARRAY_PUSH(run->strangers, scim_sync_jira_account_t) = (scim_sync_jira_account_t) {
                .account_id = apr_pstrdup(run->part, account->account_id),
                .email = scim_sync_fold(account->email, run->part),
            };
        }
    }
    scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_NEWCOMERS);
    return outcome;
}

/* ---- who has one now ---- */

/* Whether the IdP's user, whom the address may mean, lacks an account and should have this one. */
static int lacks_it(const scim_sync_worker_t *worker, const scim_sync_told_t *user,
                    const char *email, apr_pool_t *p)
{
    const char *why;
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(worker->rulebook, user->idp, &why);
    scim_sync_claim_t claim;

    if (!rules || user->object) {
        return 0;
    }
    claim = scim_sync_claim(user, rules, 0, p);
    return claim.wants && scim_sync_claim_is_on(&claim, NULL, email);
}

apr_status_t scim_sync_reconcile_newcomers(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                           const char *account_id, const char *email,
                                           apr_array_header_t **users, apr_pool_t *p)
{
    const char *site = worker->jira.name;
    scim_sync_held_account_t *account;
    apr_array_header_t *told;
    apr_status_t rv;
    int i;

    *users = apr_array_make(p, 1, sizeof(scim_sync_told_t *));
    rv = scim_sync_held_account(db, &account, site, account_id, NULL, p);
    if (rv != APR_SUCCESS || account) {
        return rv;
    }
    rv = scim_sync_told_person(db, &told, site, email, NULL, NULL, p);
    for (i = 0; rv == APR_SUCCESS && i < told->nelts; i++) {
        scim_sync_told_t *user = APR_ARRAY_IDX(told, i, scim_sync_told_t *);

        if (lacks_it(worker, user, email, p)) {
            APR_ARRAY_PUSH(*users, scim_sync_told_t *) = user;
        }
    }
    return rv;
}

apr_status_t scim_sync_reconcile_know_newcomers(scim_sync_db_t *db, scim_sync_worker_t *worker)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    apr_status_t rv = APR_SUCCESS;
    int i;

    run->step.drifts = apr_array_make(run->scratch, 8, sizeof(scim_sync_drift_t));
    for (i = 0; rv == APR_SUCCESS && i < run->strangers->nelts; i++) {
        const scim_sync_jira_account_t *one =
            &APR_ARRAY_IDX(run->strangers, i, scim_sync_jira_account_t);
        apr_array_header_t *users;

        rv = scim_sync_reconcile_newcomers(db, worker, one->account_id, one->email, &users,
                                           run->scratch);
        if (rv == APR_SUCCESS && users->nelts > 0) {
            APR_ARRAY_PUSH(run->step.drifts, scim_sync_drift_t) =
                (scim_sync_drift_t) { .kind = SCIM_SYNC_DRIFT_ACCOUNT_APPEARED,
                                      .account_id = one->account_id,
                                      .name = one->email };
        }
    }
    return rv;
}

void scim_sync_reconcile_take_newcomers(scim_sync_reconcile_t *run)
{
    int from = run->drifts->nelts;

    apr_array_cat(run->drifts, run->step.drifts);
    scim_sync_reconcile_keep(run, from);
    if (run->last || run->drifts->nelts >= SCIM_SYNC_RECONCILE_DRIFTS) {
        end_listing(run);
    }
    else {
        scim_sync_reconcile_set(run, SCIM_SYNC_RECONCILE_LISTING);
    }
}

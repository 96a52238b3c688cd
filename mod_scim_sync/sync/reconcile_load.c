/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run loads of what is held, before it asks Jira for the same.
 */
#include "sync/reconcile_int.h"

#include <string.h>

#include <apr_strings.h>

#include "store/desk.h"
#include "store/portal.h"
#include "store/reconcile.h"
#include "sync/authority.h"

static void clear(scim_sync_reconcile_t *run)
{
    apr_pool_t *p = run->pool;

    apr_pool_clear(p);
    run->groups = NULL;
    run->keys = NULL;
    run->witness = NULL;
    run->behind = "";
    /* One more is the token's owner, who is there for sure. */
    run->at_once = SCIM_SYNC_JIRA_ACCOUNTS_AT_ONCE - 1;
    run->gone = apr_hash_make(p);
    run->touched = apr_hash_make(p);
    run->drifts = apr_array_make(p, 16, sizeof(scim_sync_drift_t));
    run->findings = apr_array_make(p, 16, sizeof(scim_sync_finding_t));
    memset(&run->sums, 0, sizeof(run->sums));
    memset(run->counts, 0, sizeof(run->counts));
    run->unknown = run->unread = run->skipped = run->left = run->told = run->written = 0;
    run->listed = run->start = run->shown = 0;
    run->outcome = run->detail = run->unlisted = run->unreadable = NULL;
}

apr_status_t scim_sync_reconcile_begin(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                       apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    const char *site = worker->jira.name;
    scim_sync_reconcile_row_t *row;
    apr_status_t rv;

    clear(run);
    run->customers = worker->customers;
    if ((rv = scim_sync_reconcile_load(db, &row, site, p)) != APR_SUCCESS) {
        return rv;
    }
    run->step.gone = !row;
    run->trust = row && row->asked && row->trust;
    rv = scim_sync_reconcile_start(db, site, p);
    if (rv == APR_SUCCESS && run->customers) {
        rv = scim_sync_reconcile_load_keys(db, worker, p);
    }
    return rv == APR_SUCCESS ? scim_sync_kept_groups(db, &run->groups, site, run->pool) : rv;
}

static int is_among(const apr_array_header_t *groups, const char *id)
{
    int i;

    for (i = 0; i < groups->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(groups, i, scim_sync_kept_group_t).group_id, id)) {
            return 1;
        }
    }
    return 0;
}

/*
 * Groups that only grant a product are read for the sake of leavers from whom they were taken: who
 * is in one again has access again.
 */
static apr_status_t load_products(scim_sync_db_t *db, scim_sync_worker_t *worker, apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    apr_status_t rv = APR_SUCCESS;
    apr_hash_index_t *i;

    run->step.products = apr_array_make(run->scratch, 2, sizeof(scim_sync_kept_group_t));
    for (i = apr_hash_first(p, worker->product_groups); rv == APR_SUCCESS && i;
         i = apr_hash_next(i)) {
        const char *id = apr_hash_this_key(i);
        const char *name = apr_hash_this_val(i);
        int any = 0;

        if (!is_among(run->groups, id)) {
            rv = scim_sync_kept_any_taken(db, &any, worker->jira.name, id, p);
        }
        if (any) {
            APR_ARRAY_PUSH(run->step.products, scim_sync_kept_group_t) = (scim_sync_kept_group_t) {
                .group_id = apr_pstrdup(run->scratch, id),
                .name = apr_pstrdup(run->scratch, *name ? name : id),
                .taken = 1,
            };
        }
    }
    return rv;
}

apr_status_t scim_sync_reconcile_load_accounts(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                               apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    const char *site = worker->jira.name;
    apr_status_t rv;

    apr_pool_clear(run->part);
    rv = scim_sync_kept_accounts(db, &run->step.accounts, site, run->behind, run->at_once,
                                 run->part);
    if (rv != APR_SUCCESS || run->step.accounts->nelts > 0 ||
        (rv = scim_sync_reconcile_lacking(db, worker, &run->step.lacking, p)) != APR_SUCCESS) {
        return rv;
    }
    return load_products(db, worker, p);
}

apr_status_t scim_sync_reconcile_load_members(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                              apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    const scim_sync_kept_group_t *group =
        &APR_ARRAY_IDX(run->groups, run->at, scim_sync_kept_group_t);
    const char *site = worker->jira.name;
    const char *id = group->group_id;
    apr_status_t rv;

    apr_pool_clear(run->part);
    if (group->taken) {
        return scim_sync_kept_taken(db, &run->step.members, site, id, run->part);
    }
    rv = scim_sync_kept_members(db, &run->step.members, site, id, run->part);
    if (rv == APR_SUCCESS && run->customers) {
        rv = scim_sync_desk_holds(db, &run->step.on_desk, site, id, run->part);
    }
    return rv == APR_SUCCESS
               ? scim_sync_authority_is_theirs(db, worker, NULL, id, &run->step.strict, p)
               : rv;
}

/*
 * Nobody whom we may ever take out: apps, from groups portal customers, and the token's owner. Of a
 * portal's members Jira does not say who is an app.
 */
static int is_somebody(const scim_sync_worker_t *worker, const scim_sync_jira_account_t *account)
{
    const char *owner = worker->protection.owner;

    return account->account_type &&
           (worker->customers || !strcmp(account->account_type, "atlassian")) &&
           (!owner || strcmp(account->account_id, owner));
}

/*
 * A product group that came with an account of ours is read when its person leaves, if ever. As
 * long as it isn't known which groups these are, it may be any.
 */
static int came_with(const scim_sync_worker_t *worker, const scim_sync_held_account_t *account,
                     const char *group_id)
{
    return !worker->customers && account->ours && !account->groups_read &&
           (!worker->survey.products_said ||
            apr_hash_get(worker->product_groups, group_id, APR_HASH_KEY_STRING));
}

static void add(scim_sync_reconcile_t *run, scim_sync_drift_kind_t kind,
                const scim_sync_jira_account_t *account, const char *known_as)
{
    const char *name = known_as ? known_as : account->email;

    APR_ARRAY_PUSH(run->step.drifts, scim_sync_drift_t) = (scim_sync_drift_t) {
        .kind = kind,
        .group_id = run->roll.group_id,
        .group = run->roll.group,
        .account_id = account->account_id,
        .name = name ? name : account->display_name,
        .was = apr_hash_get(run->roll.held, account->account_id, APR_HASH_KEY_STRING),
    };
}

/* Who was put there by others before: whether it is time to end that. */
static apr_status_t judge(scim_sync_db_t *db, scim_sync_worker_t *worker,
                          const scim_sync_jira_account_t *one,
                          const scim_sync_held_account_t *account, apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    scim_sync_member_fate_t fate;
    apr_status_t rv =
        scim_sync_authority_fate(db, worker, one->account_id, run->roll.group_id, &fate, p);

    if (rv == APR_SUCCESS && fate != SCIM_SYNC_MEMBER_STAYS) {
        add(run, SCIM_SYNC_DRIFT_MEMBER_EXTRA, one, account ? account->email : NULL);
    }
    return rv;
}

/* Of a desk: who is in it by an organization was not put into the desk itself. */
static apr_status_t know_customer(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                  const scim_sync_jira_account_t *one,
                                  const scim_sync_held_account_t *account, int uncertain)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    int by_organization;
    apr_status_t rv =
        scim_sync_kept_by_organization(db, &by_organization, worker->jira.name, run->roll.group_id,
                                       one->account_id, run->scratch);

    if (rv == APR_SUCCESS && !by_organization && !account->state) {
        add(run, uncertain ? SCIM_SYNC_DRIFT_MEMBER_RESTORED : SCIM_SYNC_DRIFT_MEMBER_EXTRA, one,
            account->email);
    }
    return rv;
}

static apr_status_t know_one(scim_sync_db_t *db, scim_sync_worker_t *worker,
                             const scim_sync_jira_account_t *one, apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    const char *state = apr_hash_get(run->roll.held, one->account_id, APR_HASH_KEY_STRING);
    scim_sync_held_account_t *account;
    apr_status_t rv = scim_sync_held_account(db, &account, worker->jira.name, one->account_id, NULL,
                                             run->scratch);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (state && !strcmp(state, SCIM_SYNC_HELD_THEIRS)) {
        return judge(db, worker, one, account, p);
    }
    if (account && worker->customers && scim_sync_portal_is_desk(run->roll.group_id)) {
        return know_customer(db, worker, one, account, state != NULL);
    }
    if (account && state) {
        add(run, SCIM_SYNC_DRIFT_MEMBER_RESTORED, one, account->email);
    }
    else if (account) {
        if (!account->state && !came_with(worker, account, run->roll.group_id)) {
            add(run, SCIM_SYNC_DRIFT_MEMBER_EXTRA, one, account->email);
        }
    }
    else if (run->roll.strict && is_somebody(worker, one)) {
        add(run, SCIM_SYNC_DRIFT_MEMBER_EXTRA, one, NULL);
    }
    else {
        run->step.unknown++;
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_reconcile_know_strangers(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                                apr_pool_t *p)
{
    scim_sync_reconcile_t *run = worker->reconcile;
    apr_status_t rv = APR_SUCCESS;
    int i;

    run->step.drifts = apr_array_make(run->scratch, 8, sizeof(scim_sync_drift_t));
    for (i = 0; rv == APR_SUCCESS && i < run->strangers->nelts; i++) {
        rv = know_one(db, worker, &APR_ARRAY_IDX(run->strangers, i, scim_sync_jira_account_t), p);
    }
    return rv;
}

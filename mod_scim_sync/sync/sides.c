/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sides.h"

#include <string.h>

#include "store/config.h"
#include "store/drift.h"
#include "store/task.h"

static int is_either(const char *state, const char *one, const char *other)
{
    return state && (!strcmp(state, one) || !strcmp(state, other));
}

static int is_news(const scim_sync_held_account_t *account, const char *state)
{
    const char *was = account->state;

    return !is_either(was, SCIM_SYNC_HELD_REVOKING, SCIM_SYNC_HELD_REVOKED) &&
           (!was != !state || (was && strcmp(was, state)));
}

apr_status_t scim_sync_sides_tell(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                  const char *account_id, const char *state, apr_pool_t *p)
{
    const char *side = scim_sync_site_side(worker->jira.name, SCIM_SYNC_MODE_CUSTOMERS, p);
    scim_sync_held_account_t *account;
    apr_status_t rv;

    if (worker->customers ||
        (state && !is_either(state, SCIM_SYNC_HELD_SUSPENDED, SCIM_SYNC_HELD_DELETED))) {
        return APR_SUCCESS;
    }
    rv = scim_sync_held_account(db, &account, side, account_id, NULL, p);
    if (rv != APR_SUCCESS || !account || !is_news(account, state)) {
        return rv;
    }
    rv = scim_sync_held_put_state(db, side, account_id, state, p);
    if (rv == APR_SUCCESS && !state) {
        rv = scim_sync_held_set_active(db, side, account_id, 1, p);
    }
    return rv == APR_SUCCESS ? scim_sync_task_add_linked(db, side, account_id, p) : rv;
}

apr_status_t scim_sync_sides_staff(scim_sync_db_t *db, const char **why, const char *side,
                                   const char *email, apr_pool_t *p)
{
    scim_sync_held_account_t *account = NULL;
    apr_status_t rv = APR_SUCCESS;

    *why = NULL;
    if (email) {
        rv = scim_sync_held_account(db, &account, scim_sync_site_whole(side, p), NULL, email, p);
    }
    if (rv != APR_SUCCESS || !account) {
        return rv;
    }
    if (is_either(account->state, SCIM_SYNC_HELD_SUSPENDED, SCIM_SYNC_HELD_SUSPENDING)) {
        *why = "was suspended by the users' side of this site";
    }
    else if (is_either(account->state, SCIM_SYNC_HELD_DELETED, SCIM_SYNC_HELD_DELETING)) {
        *why = "was deleted by the users' side of this site";
    }
    else if (account->inactive) {
        *why = "is deactivated, or was removed from the site, as the users' side of this site has "
               "seen";
    }
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/portal_call.h"

#include "store/portal.h"

void scim_sync_portal_members(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                              const char *portal, int start, apr_pool_t *p)
{
    const char *id = scim_sync_portal_object(portal);

    if (scim_sync_portal_is_desk(portal)) {
        scim_sync_jira_desk_customers(call, jira, id, NULL, start, p);
    }
    else {
        scim_sync_jira_organization_members(call, jira, id, start, p);
    }
}

apr_array_header_t *scim_sync_portal_ids(const apr_array_header_t *accounts, int active,
                                         apr_pool_t *p)
{
    apr_array_header_t *ids = apr_array_make(p, accounts->nelts + 1, sizeof(const char *));
    int i;

    for (i = 0; i < accounts->nelts; i++) {
        const scim_sync_jira_account_t *account =
            &APR_ARRAY_IDX(accounts, i, scim_sync_jira_account_t);

        if (account->active || !active) {
            APR_ARRAY_PUSH(ids, const char *) = account->account_id;
        }
    }
    return ids;
}

const scim_sync_jira_account_t *scim_sync_portal_owner(const scim_sync_jira_owners_t *owners)
{
    return owners->atlassian.account_id ? &owners->atlassian : &owners->customer;
}

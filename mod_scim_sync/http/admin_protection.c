/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_protection.h"

#include "base/json.h"
#include "http/admin_site_test.h"

/* Somebody waits: so many pages of 50 groups, of each access. */
#define PAGES_MAX 40

static scim_sync_outcome_t read_admins(scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                       const char *access, apr_array_header_t *all)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    apr_pool_t *p = q->p;
    int start = 0;
    int last = 0;
    int page;
    int i;

    for (page = 0; !last && page < PAGES_MAX; page++) {
        apr_array_header_t *groups;
        scim_sync_call_t call;

        scim_sync_jira_admin_groups(&call, jira, access, start, p);
        outcome =
            scim_sync_jira_read_admin_groups(scim_sync_admin_ask_jira(q, &call), &groups, &last, p);
        if (outcome.verdict != SCIM_SYNC_DONE) {
            return outcome;
        }
        for (i = 0; i < groups->nelts; i++) {
            const scim_sync_jira_group_t *group = &APR_ARRAY_IDX(groups, i, scim_sync_jira_group_t);

            APR_ARRAY_PUSH(all, scim_sync_admin_group_t) =
                (scim_sync_admin_group_t) { group->group_id, group->name, access };
        }
        start += groups->nelts;
    }
    return outcome;
}

scim_sync_outcome_t scim_sync_admin_protection(scim_sync_protection_t *protection,
                                               scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                               const scim_sync_site_t *site)
{
    apr_array_header_t *admins = apr_array_make(q->p, 8, sizeof(scim_sync_admin_group_t));
    scim_sync_outcome_t outcome;

    scim_sync_protection_init(protection, scim_sync_json_texts(site->protected_groups, q->p), q->p);
    if (site->of) { /* none of its administrators' groups is a portal */
        protection->unread = NULL;
        return (scim_sync_outcome_t) { .verdict = SCIM_SYNC_DONE };
    }
    outcome = read_admins(q, jira, "site-admin", admins);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        outcome = read_admins(q, jira, "admin", admins);
    }
    if (outcome.verdict == SCIM_SYNC_DONE) {
        scim_sync_protection_know(protection, admins);
    }
    return outcome;
}

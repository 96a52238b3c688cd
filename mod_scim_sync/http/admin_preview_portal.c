/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_preview_portal.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "http/admin_site_test.h"
#include "jira/servicedesk.h"
#include "store/portal.h"
#include "sync/portal_call.h"

/* Somebody waits: so many pages of 50 organizations. */
#define PAGES_MAX 40

static scim_sync_outcome_t find_desk(scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                     const char *key, const char **id,
                                     scim_sync_withheld_t *hindrance)
{
    scim_sync_jira_desk_t desk;
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;

    scim_sync_jira_desk(&call, jira, key, q->p);
    outcome = scim_sync_jira_read_desk(scim_sync_admin_ask_jira(q, &call), &desk, q->p);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        *id = apr_pstrcat(q->p, SCIM_SYNC_PORTAL_DESK, desk.desk_id, NULL);
    }
    if (outcome.verdict == SCIM_SYNC_ABSENT) {
        hindrance->text = apr_psprintf(q->p, "Jira shows no service project %s", key);
        hindrance->mend = "make the project, or give the owner of the API token access to it";
        outcome.verdict = SCIM_SYNC_DONE;
    }
    return outcome;
}

/* Where names differ in upper and lower case only, Jira takes them for one. */
static void look_for(scim_sync_admin_t *q, const apr_array_header_t *organizations,
                     const char *name, const char **id, scim_sync_withheld_t *hindrance)
{
    const char *folded = scim_sync_fold(name, q->p);
    int i;

    for (i = 0; i < organizations->nelts; i++) {
        const scim_sync_jira_organization_t *one =
            &APR_ARRAY_IDX(organizations, i, scim_sync_jira_organization_t);

        if (strcmp(scim_sync_fold(one->name, q->p), folded)) {
            continue;
        }
        *id = apr_pstrcat(q->p, SCIM_SYNC_PORTAL_ORGANIZATION, one->organization_id, NULL);
        if (one->scim_managed) {
            hindrance->text =
                apr_psprintf(q->p, "another directory keeps the organization %s", one->name);
            hindrance->mend = "map the group to another organization";
        }
    }
}

static scim_sync_outcome_t find_organization(scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                             const char *name, const char **id,
                                             scim_sync_withheld_t *hindrance)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    apr_array_header_t *organizations;
    scim_sync_call_t call;
    int start = 0;
    int last = 0;
    int n;

    for (n = 0; !last && !*id && n < PAGES_MAX; n++) {
        scim_sync_jira_organizations(&call, jira, start, q->p);
        outcome = scim_sync_jira_read_organizations(scim_sync_admin_ask_jira(q, &call),
                                                    &organizations, &last, q->p);
        if (outcome.verdict != SCIM_SYNC_DONE) {
            break;
        }
        look_for(q, organizations, name, id, hindrance);
        start += organizations->nelts;
    }
    return outcome;
}

scim_sync_outcome_t scim_sync_admin_portal_find(scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                                const char *name, const char **id,
                                                scim_sync_withheld_t *hindrance)
{
    const char *told = scim_sync_portal_told(name);

    *id = NULL;
    *hindrance = (scim_sync_withheld_t) { .kind = SCIM_SYNC_WITHHELD_REFUSED };
    return scim_sync_portal_is_project(name) ? find_desk(q, jira, told, id, hindrance)
                                             : find_organization(q, jira, told, id, hindrance);
}

scim_sync_outcome_t scim_sync_admin_portal_members(scim_sync_admin_t *q,
                                                   const scim_sync_jira_t *jira, const char *id,
                                                   int start, scim_sync_jira_page_t *page)
{
    scim_sync_call_t call;

    scim_sync_portal_members(&call, jira, id, start, q->p);
    return scim_sync_jira_read_customers(scim_sync_admin_ask_jira(q, &call), page, q->p);
}

scim_sync_outcome_t scim_sync_admin_portal_seek(scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                                const char *email,
                                                scim_sync_jira_account_t *account)
{
    scim_sync_jira_owners_t owners;
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;

    scim_sync_jira_find_account(&call, jira, email, q->p);
    outcome = scim_sync_jira_read_owners(scim_sync_admin_ask_jira(q, &call), email, &owners, q->p);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        *account = *scim_sync_portal_owner(&owners);
    }
    return outcome;
}

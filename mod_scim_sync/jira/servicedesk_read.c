/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the answers of Jira Service Management mean, operation by operation. Neither the texts nor
 * the keys of its errors are documented: nothing here looks for words. An answer that can be read
 * in two ways is read in the one that leaves nobody with access by mistake.
 */
#include "jira/servicedesk.h"

#include <limits.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "jira/answer.h"
#include "jira/platform_int.h"

#define IS_LAST "isLastPage"

/* As scim_sync_answer_read(), with the scopes and the statuses of Service Management. */
static void read_answer(scim_sync_reading_t *reading, const scim_sync_answer_t *answer,
                        apr_pool_t *p)
{
    scim_sync_outcome_t *outcome = &reading->outcome;

    scim_sync_answer_read(reading, answer, p);
    if (answer->status == 412) {
        outcome->verdict = SCIM_SYNC_REFUSED;
    }
    if (scim_sync_jira_lacks_scope(outcome)) {
        outcome->verdict = SCIM_SYNC_REFUSED;
        outcome->detail =
            "the API token has not the scopes that Jira Service Management "
            "needs: " SCIM_SYNC_JIRA_SCOPE_DESK_READ " and " SCIM_SYNC_JIRA_SCOPE_DESK_MANAGE;
    }
}

/*
 * What becomes of a change. absent, gone: the status with which Jira may say that whom it is about
 * does not exist, or that nothing is left to do; 0: none. Success has no body, so that whatever has
 * one comes from somebody else.
 */
static scim_sync_outcome_t read_change(const scim_sync_answer_t *answer, int absent, int gone,
                                       apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (scim_sync_answer_is_known(&reading, absent)) {
        return scim_sync_answer_as(&reading, SCIM_SYNC_ABSENT);
    }
    if (scim_sync_answer_is_known(&reading, gone)) {
        return scim_sync_answer_done(&reading);
    }
    return reading.ok && answer->length > 0 ? scim_sync_answer_garbled(&reading, p)
                                            : reading.outcome;
}

/* --- what Jira shows --- */

/* Which type an account has is not said, but shown by its id. */
static int take_customer(void *element, const json_t *j)
{
    scim_sync_jira_account_t *account = element;
    int usable = scim_sync_jira_account_of(account, j);

    if (usable) {
        account->account_type =
            scim_sync_jira_is_portal_only(account->account_id) ? "customer" : "atlassian";
    }
    return json_is_object(j) ? usable : -1;
}

static int take_desk(void *element, const json_t *j)
{
    scim_sync_jira_desk_t *desk = element;

    desk->desk_id = scim_sync_json_nonempty(j, "id");
    desk->project_id = scim_sync_json_nonempty(j, "projectId");
    desk->project_key = scim_sync_json_nonempty(j, "projectKey");
    desk->project_name = scim_sync_json_nonempty(j, "projectName");
    return desk->desk_id != NULL && desk->project_key != NULL ? 1 : -1;
}

/* Whether the text is a positive 32-bit integer as calls take it, written as we write it. */
static int is_number(const char *text)
{
    apr_size_t len = strspn(text, "0123456789");

    return len > 0 && len <= 10 && text[len] == '\0' && *text != '0' && apr_atoi64(text) <= INT_MAX;
}

/* scimManaged is left out of old ones; what is neither that nor false is taken for true. */
static int take_organization(void *element, const json_t *j)
{
    scim_sync_jira_organization_t *organization = element;
    const json_t *managed = json_object_get(j, "scimManaged");

    organization->organization_id = scim_sync_json_nonempty(j, "id");
    organization->name = scim_sync_json_nonempty(j, "name");
    organization->scim_managed =
        managed != NULL && !json_is_null(managed) && !json_is_false(managed);
    return organization->organization_id != NULL && organization->name != NULL &&
                   is_number(organization->organization_id)
               ? 1
               : -1;
}

static scim_sync_outcome_t read_one(const scim_sync_answer_t *answer, void *element,
                                    scim_sync_answer_take_t *take, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (scim_sync_answer_is_known(&reading, 404)) {
        return scim_sync_answer_as(&reading, SCIM_SYNC_ABSENT);
    }
    return reading.ok && take(element, reading.json) != 1 ? scim_sync_answer_garbled(&reading, p)
                                                          : reading.outcome;
}

static scim_sync_outcome_t read_page(const scim_sync_answer_t *answer, apr_array_header_t **items,
                                     int size, int *last, scim_sync_answer_take_t *take,
                                     apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (scim_sync_answer_is_known(&reading, 404)) {
        return scim_sync_answer_as(&reading, SCIM_SYNC_ABSENT);
    }
    if (!reading.ok) {
        return reading.outcome;
    }
    *items = scim_sync_answer_page(reading.json, IS_LAST, last, size, take, p);
    return *items != NULL ? reading.outcome : scim_sync_answer_garbled(&reading, p);
}

/* --- customers --- */

scim_sync_outcome_t scim_sync_jira_read_create_customer(const scim_sync_answer_t *answer,
                                                        scim_sync_jira_account_t *account,
                                                        apr_pool_t *p)
{
    scim_sync_reading_t reading;
    int status = answer->status;

    read_answer(&reading, answer, p);
    if (reading.ok && take_customer(account, reading.json) != 1) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return status == 400 || status == 409 || status >= 500
               ? scim_sync_answer_as(&reading, SCIM_SYNC_ABSENT)
               : reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_revoke_customer(const scim_sync_answer_t *answer,
                                                        apr_pool_t *p)
{
    return read_change(answer, 404, 0, p);
}

scim_sync_outcome_t scim_sync_jira_read_customers(const scim_sync_answer_t *answer,
                                                  scim_sync_jira_page_t *page, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (scim_sync_answer_is_known(&reading, 404)) {
        return scim_sync_answer_as(&reading, SCIM_SYNC_ABSENT);
    }
    return reading.ok && !scim_sync_jira_page_of(page, reading.json, IS_LAST, take_customer, p)
               ? scim_sync_answer_garbled(&reading, p)
               : reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_add_customers(const scim_sync_answer_t *answer,
                                                      apr_pool_t *p)
{
    return read_change(answer, 400, 0, p);
}

/* An open desk is the only reason for 400 that is documented; how Jira puts it is not. */
scim_sync_outcome_t scim_sync_jira_read_remove_customers(const scim_sync_answer_t *answer,
                                                         int *open, apr_pool_t *p)
{
    scim_sync_outcome_t outcome = read_change(answer, 400, 404, p);

    *open = outcome.verdict == SCIM_SYNC_ABSENT;
    if (*open) {
        outcome.verdict = SCIM_SYNC_REFUSED;
        outcome.detail = apr_pstrcat(
            p,
            "Jira removes customers only from a service desk that is restricted to those who were "
            "added; change that in the project's customer permissions: ",
            outcome.detail, NULL);
    }
    return outcome;
}

/* --- desks --- */

scim_sync_outcome_t scim_sync_jira_read_desks(const scim_sync_answer_t *answer,
                                              apr_array_header_t **desks, int *last, apr_pool_t *p)
{
    return read_page(answer, desks, sizeof(scim_sync_jira_desk_t), last, take_desk, p);
}

scim_sync_outcome_t scim_sync_jira_read_desk(const scim_sync_answer_t *answer,
                                             scim_sync_jira_desk_t *desk, apr_pool_t *p)
{
    return read_one(answer, desk, take_desk, p);
}

/* --- organizations --- */

scim_sync_outcome_t scim_sync_jira_read_organizations(const scim_sync_answer_t *answer,
                                                      apr_array_header_t **organizations, int *last,
                                                      apr_pool_t *p)
{
    return read_page(answer, organizations, sizeof(scim_sync_jira_organization_t), last,
                     take_organization, p);
}

scim_sync_outcome_t scim_sync_jira_read_organization(const scim_sync_answer_t *answer,
                                                     scim_sync_jira_organization_t *organization,
                                                     apr_pool_t *p)
{
    return read_one(answer, organization, take_organization, p);
}

scim_sync_outcome_t scim_sync_jira_read_create_organization(
    const scim_sync_answer_t *answer, scim_sync_jira_organization_t *organization, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (reading.ok && take_organization(organization, reading.json) != 1) {
        return scim_sync_answer_garbled(&reading, p);
    }
    if (reading.ok && organization->scim_managed) {
        reading.outcome.verdict = SCIM_SYNC_REFUSED;
        reading.outcome.detail = "the organization of this name is kept by another directory, and "
                                 "is never touched";
    }
    return reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_remove_organization_members(
    const scim_sync_answer_t *answer, apr_pool_t *p)
{
    return read_change(answer, 400, 404, p);
}

scim_sync_outcome_t scim_sync_jira_read_add_organization(const scim_sync_answer_t *answer,
                                                         apr_pool_t *p)
{
    return read_change(answer, 0, 0, p);
}

scim_sync_outcome_t scim_sync_jira_read_remove_organization(const scim_sync_answer_t *answer,
                                                            apr_pool_t *p)
{
    return read_change(answer, 0, 404, p);
}

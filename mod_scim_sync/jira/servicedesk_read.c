/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the answers of Jira Service Management mean, operation by operation. Its errors have a form
 * of their own, {"errorMessage","i18nErrorMessage"}, and neither texts nor keys are documented:
 * nothing here looks for words. An answer that can be read in two ways is read in the one that
 * leaves nobody with access by mistake.
 */
#include "jira/servicedesk.h"

#include <limits.h>
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "jira/answer.h"
#include "jira/platform_int.h"

/* Gateways say "errorMessage", too, or "message"; both names together are Jira's. */
static int is_explained(const scim_sync_reading_t *reading)
{
    return reading->explained ||
           (scim_sync_json_nonempty(reading->json, "errorMessage") != NULL &&
            json_is_object(json_object_get(reading->json, "i18nErrorMessage")));
}

/* As scim_sync_answer_read(), with Service Management's form of errors and its own statuses. */
static void read_answer(scim_sync_reading_t *reading, const scim_sync_answer_t *answer,
                        apr_pool_t *p)
{
    scim_sync_outcome_t *outcome = &reading->outcome;

    scim_sync_answer_read(reading, answer, p);
    reading->explained = is_explained(reading);
    if (answer->status == 412 || (answer->status == 404 && reading->explained)) {
        outcome->verdict = SCIM_SYNC_REFUSED;
    }
    if (scim_sync_jira_lacks_scope(outcome)) {
        outcome->verdict = SCIM_SYNC_REFUSED;
        outcome->detail =
            "the API token has not the scopes that Jira Service Management "
            "needs: " SCIM_SYNC_JIRA_SCOPE_DESK_READ " and " SCIM_SYNC_JIRA_SCOPE_DESK_MANAGE;
    }
}

static int is_known(const scim_sync_reading_t *reading, int status)
{
    return reading->answer->status == status && reading->explained;
}

static scim_sync_outcome_t with(const scim_sync_reading_t *reading, scim_sync_verdict_t verdict)
{
    scim_sync_outcome_t outcome = reading->outcome;

    outcome.verdict = verdict;
    return outcome;
}

static scim_sync_outcome_t done(const scim_sync_reading_t *reading)
{
    scim_sync_outcome_t outcome = { SCIM_SYNC_DONE, reading->answer->status, 0, NULL };

    return outcome;
}

/* Success has no body, so that whatever has one comes from somebody else. */
static scim_sync_outcome_t without_body(const scim_sync_reading_t *reading, apr_pool_t *p)
{
    return reading->ok && reading->answer->length > 0 ? scim_sync_answer_garbled(reading, p)
                                                      : reading->outcome;
}

/* --- what lists hold --- */

/* Which type an account has is not said, but shown by its id. */
static int read_customer(void *item, const json_t *j)
{
    scim_sync_jira_account_t *account = item;
    int usable = scim_sync_jira_account_of(account, j);

    if (usable) {
        account->account_type =
            scim_sync_jira_is_portal_only(account->account_id) ? "customer" : "atlassian";
    }
    return usable;
}

static int read_desk(void *item, const json_t *j)
{
    scim_sync_jira_desk_t *desk = item;

    desk->desk_id = scim_sync_json_nonempty(j, "id");
    desk->project_id = scim_sync_json_nonempty(j, "projectId");
    desk->project_key = scim_sync_json_nonempty(j, "projectKey");
    desk->project_name = scim_sync_json_nonempty(j, "projectName");
    return desk->desk_id != NULL && desk->project_key != NULL;
}

/* Whether the text is a positive 32-bit integer as calls take it, written as we write it. */
static int is_number(const char *text)
{
    apr_size_t len = strspn(text, "0123456789");

    return len > 0 && len <= 10 && text[len] == '\0' && *text != '0' && apr_atoi64(text) <= INT_MAX;
}

/* scimManaged is left out of old ones; what is neither that nor false is taken for true. */
static int read_organization(void *item, const json_t *j)
{
    scim_sync_jira_organization_t *organization = item;
    const json_t *managed = json_object_get(j, "scimManaged");

    organization->organization_id = scim_sync_json_nonempty(j, "id");
    organization->name = scim_sync_json_nonempty(j, "name");
    organization->scim_managed =
        managed != NULL && !json_is_null(managed) && !json_is_false(managed);
    return organization->organization_id != NULL && organization->name != NULL &&
           is_number(organization->organization_id);
}

/* An empty page that is not the last would be asked for again and again. */
static int read_page(apr_array_header_t *items, int *last, const json_t *page,
                     int (*read_item)(void *item, const json_t *j))
{
    const json_t *values = json_object_get(page, "values");
    const json_t *is_last = json_object_get(page, "isLastPage");
    json_t *j;
    size_t i;

    json_array_foreach(values, i, j)
    {
        if (!read_item(apr_array_push(items), j)) {
            return 0;
        }
    }
    *last = json_is_true(is_last);
    return json_is_array(values) && json_is_boolean(is_last) && (*last || items->nelts > 0);
}

static scim_sync_outcome_t read_list(const scim_sync_answer_t *answer, apr_array_header_t **items,
                                     int size, int *last,
                                     int (*read_item)(void *item, const json_t *j), apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (!reading.ok) {
        return is_known(&reading, 404) ? with(&reading, SCIM_SYNC_ABSENT) : reading.outcome;
    }
    *items = apr_array_make(p, SCIM_SYNC_JIRA_BATCH, size);
    return read_page(*items, last, reading.json, read_item) ? reading.outcome
                                                            : scim_sync_answer_garbled(&reading, p);
}

/* --- customers --- */

/* Accounts that have an address for certain, by their type. */
typedef struct {
    scim_sync_jira_owners_t owners;
    int atlassian;
    int customers;
    int unnamed; /* without an id, as during Jira's own outages */
} holders_t;

static void count_holder(holders_t *holders, const scim_sync_jira_account_t *account, int usable,
                         const char *wanted, apr_pool_t *p)
{
    const char *address = scim_sync_fold(account->email, p);
    const char *type = account->account_type != NULL ? account->account_type : "unknown";

    if (address == NULL || strcmp(address, wanted) != 0) {
        return;
    }
    if (!usable) {
        holders->unnamed++;
    }
    else if (strcmp(type, "customer") == 0) {
        holders->owners.customer = *account;
        holders->customers++;
    }
    else if (strcmp(type, "atlassian") == 0) {
        holders->owners.atlassian = *account;
        holders->atlassian++;
    }
}

static scim_sync_outcome_t judge(const holders_t *holders, int status)
{
    scim_sync_outcome_t outcome = { SCIM_SYNC_DONE, status, 0, NULL };

    if (holders->atlassian > 1 || holders->customers > 1) {
        outcome.verdict = SCIM_SYNC_REFUSED;
        outcome.detail = "several customers have this address";
    }
    else if (holders->atlassian + holders->customers == 0) {
        outcome.verdict = holders->unnamed > 0 ? SCIM_SYNC_RETRY : SCIM_SYNC_ABSENT;
        outcome.detail = holders->unnamed > 0 ? "Jira found a customer and did not say which"
                                              : "no customer has this address";
    }
    return outcome;
}

/*
 * Who the Atlassian account of an address is, is a matter of its own (hidden addresses, names that
 * look like one); a customer is whoever shows the very address. One that is certain makes up for
 * doubts about the other: each of them belongs to the address.
 */
scim_sync_outcome_t scim_sync_jira_read_owners(const scim_sync_answer_t *answer, const char *email,
                                               scim_sync_jira_owners_t *owners, apr_pool_t *p)
{
    scim_sync_jira_account_t atlassian;
    scim_sync_outcome_t outcome = scim_sync_jira_read_find_account(answer, email, &atlassian, p);
    scim_sync_outcome_t customers;
    scim_sync_reading_t reading;
    const char *wanted = scim_sync_fold(email, p);
    holders_t holders = { .atlassian = 0 };
    json_t *j;
    size_t i;

    memset(owners, 0, sizeof *owners);
    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok || !json_is_array(reading.json) || wanted == NULL) {
        return outcome;
    }
    json_array_foreach(reading.json, i, j)
    {
        scim_sync_jira_account_t account;
        int usable = scim_sync_jira_account_of(&account, j);

        if (account.account_type != NULL && strcmp(account.account_type, "customer") == 0) {
            count_holder(&holders, &account, usable, wanted, p);
        }
    }
    customers = judge(&holders, answer->status);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        owners->atlassian = atlassian;
    }
    if (customers.verdict == SCIM_SYNC_DONE) {
        owners->customer = holders.owners.customer;
    }
    return customers.verdict == SCIM_SYNC_DONE || outcome.verdict == SCIM_SYNC_ABSENT ? customers
                                                                                      : outcome;
}

scim_sync_outcome_t scim_sync_jira_read_desk_owners(const scim_sync_answer_t *answer,
                                                    const char *email,
                                                    scim_sync_jira_owners_t *owners, apr_pool_t *p)
{
    const char *wanted = scim_sync_fold(email, p);
    holders_t holders = { .atlassian = 0 };
    apr_array_header_t *found = NULL;
    int last = 0;
    scim_sync_outcome_t outcome = scim_sync_jira_read_customers(answer, &found, &last, p);

    memset(owners, 0, sizeof *owners);
    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    for (int i = 0; i < found->nelts && wanted != NULL; i++) {
        count_holder(&holders, &APR_ARRAY_IDX(found, i, scim_sync_jira_account_t), 1, wanted, p);
    }
    outcome = judge(&holders, answer->status);
    if (outcome.verdict == SCIM_SYNC_ABSENT && !last) {
        outcome.verdict = SCIM_SYNC_REFUSED;
        outcome.detail = "too many customers begin with this address";
    }
    if (outcome.verdict == SCIM_SYNC_DONE) {
        *owners = holders.owners;
    }
    return outcome;
}

scim_sync_outcome_t scim_sync_jira_read_create_customer(const scim_sync_answer_t *answer,
                                                        scim_sync_jira_account_t *account,
                                                        apr_pool_t *p)
{
    scim_sync_reading_t reading;
    int status = answer->status;

    read_answer(&reading, answer, p);
    if (reading.ok && !read_customer(account, reading.json)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return status == 400 || status == 409 || status >= 500 ? with(&reading, SCIM_SYNC_ABSENT)
                                                           : reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_revoke_customer(const scim_sync_answer_t *answer,
                                                        apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    return is_known(&reading, 404) ? with(&reading, SCIM_SYNC_ABSENT) : without_body(&reading, p);
}

scim_sync_outcome_t scim_sync_jira_read_customers(const scim_sync_answer_t *answer,
                                                  apr_array_header_t **accounts, int *last,
                                                  apr_pool_t *p)
{
    return read_list(answer, accounts, sizeof(scim_sync_jira_account_t), last, read_customer, p);
}

scim_sync_outcome_t scim_sync_jira_read_add_customers(const scim_sync_answer_t *answer,
                                                      apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    return is_known(&reading, 400) ? with(&reading, SCIM_SYNC_ABSENT) : without_body(&reading, p);
}

/* The only 400 that is documented, and its text is not. */
scim_sync_outcome_t scim_sync_jira_read_remove_customers(const scim_sync_answer_t *answer,
                                                         int *open, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    *open = is_known(&reading, 400);
    if (*open) {
        reading.outcome.detail = apr_pstrcat(
            p,
            "Jira removes customers only from a service desk that is restricted to those who were "
            "added; change that in the project's customer permissions: ",
            reading.say, NULL);
    }
    return is_known(&reading, 404) ? done(&reading) : without_body(&reading, p);
}

/* --- desks --- */

scim_sync_outcome_t scim_sync_jira_read_desks(const scim_sync_answer_t *answer,
                                              apr_array_header_t **desks, int *last, apr_pool_t *p)
{
    return read_list(answer, desks, sizeof(scim_sync_jira_desk_t), last, read_desk, p);
}

scim_sync_outcome_t scim_sync_jira_read_desk(const scim_sync_answer_t *answer,
                                             scim_sync_jira_desk_t *desk, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (reading.ok && !read_desk(desk, reading.json)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return is_known(&reading, 404) ? with(&reading, SCIM_SYNC_ABSENT) : reading.outcome;
}

/* --- organizations --- */

scim_sync_outcome_t scim_sync_jira_read_organizations(const scim_sync_answer_t *answer,
                                                      apr_array_header_t **organizations, int *last,
                                                      apr_pool_t *p)
{
    return read_list(answer, organizations, sizeof(scim_sync_jira_organization_t), last,
                     read_organization, p);
}

scim_sync_outcome_t scim_sync_jira_read_create_organization(
    const scim_sync_answer_t *answer, scim_sync_jira_organization_t *organization, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (reading.ok && !read_organization(organization, reading.json)) {
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
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    if (is_known(&reading, 400)) {
        return with(&reading, SCIM_SYNC_ABSENT);
    }
    return is_known(&reading, 404) ? done(&reading) : without_body(&reading, p);
}

scim_sync_outcome_t scim_sync_jira_read_add_organization(const scim_sync_answer_t *answer,
                                                         apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    return without_body(&reading, p);
}

scim_sync_outcome_t scim_sync_jira_read_remove_organization(const scim_sync_answer_t *answer,
                                                            apr_pool_t *p)
{
    scim_sync_reading_t reading;

    read_answer(&reading, answer, p);
    return is_known(&reading, 404) ? done(&reading) : without_body(&reading, p);
}

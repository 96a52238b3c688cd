/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the answers of the Jira Cloud platform API mean, operation by operation. The texts that are
 * looked for, and the odd answers, were observed by others: Atlassian documents neither. An answer
 * that can be read in two ways is read in the one that leaves nobody with access by mistake.
 */
#include "jira/platform.h"

#include <limits.h>
#include <string.h>

#include <apr_strings.h>
#include <apr_strmatch.h>

#include "base/json.h"
#include "base/text.h"
#include "jira/answer.h"
#include "jira/platform_int.h"

int scim_sync_jira_account_of(scim_sync_jira_account_t *account, const json_t *j)
{
    account->account_id = scim_sync_json_nonempty(j, "accountId");
    account->email = scim_sync_json_nonempty(j, "emailAddress");
    account->display_name = scim_sync_json_nonempty(j, "displayName");
    account->account_type = scim_sync_json_nonempty(j, "accountType");
    account->active = !json_is_false(json_object_get(j, "active"));
    return account->account_id != NULL && strcmp(account->account_id, "unknown") != 0;
}

/* groupId may be null in Jira's schema: a group that can't be named is no use to anybody here. */
static int read_group(scim_sync_jira_group_t *group, const json_t *j)
{
    group->group_id = scim_sync_json_nonempty(j, "groupId");
    group->name = scim_sync_json_nonempty(j, "name");
    return group->group_id != NULL && group->name != NULL;
}

static int take_group(void *group, const json_t *j)
{
    return read_group(group, j) ? 1 : -1;
}

/* What can't be named can't be chosen. */
static int take_choice(void *group, const json_t *j)
{
    return json_is_object(j) ? read_group(group, j) : -1;
}

/* Whom to leave alone is said by the name alone. */
static int take_admin_group(void *element, const json_t *j)
{
    scim_sync_jira_group_t *group = element;

    return read_group(group, j) || group->name != NULL ? 1 : -1;
}

/* Corrupted records have no id of their own: they count, and are nobody. */
static int take_account(void *account, const json_t *j)
{
    return json_is_object(j) ? scim_sync_jira_account_of(account, j) : -1;
}

scim_sync_outcome_t scim_sync_jira_read_myself(const scim_sync_answer_t *answer,
                                               scim_sync_jira_account_t *account, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (reading.ok && !scim_sync_jira_account_of(account, reading.json)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return reading.outcome;
}

/* What is below 0 is 0; *n is as it was said. Whether it is a number at all. */
static int number_of(const json_t *object, const char *name, json_int_t *n, int *number)
{
    const json_t *value = json_object_get(object, name);

    *n = json_integer_value(value);
    *number = *n > 0 && *n <= INT_MAX ? (int)*n : 0;
    return json_is_integer(value);
}

/* One product's role; one without a list of groups has none. */
static int read_product(scim_sync_jira_product_t *product, const json_t *role, apr_pool_t *p)
{
    const json_t *list = json_object_get(role, "groupDetails");
    json_int_t seats;
    json_int_t left;
    int counted;

    product->key = scim_sync_json_nonempty(role, "key") ? scim_sync_json_nonempty(role, "key")
                                                        : "without a key";
    counted = number_of(role, "numberOfSeats", &seats, &product->seats) &&
              number_of(role, "remainingSeats", &left, &product->left);
    product->unlimited =
        !counted || seats < 0 || json_is_true(json_object_get(role, "hasUnlimitedSeats"));
    product->groups =
        json_is_array(list)
            ? scim_sync_answer_list(list, sizeof(scim_sync_jira_group_t), take_group, p)
            : apr_array_make(p, 1, sizeof(scim_sync_jira_group_t));
    return json_is_object(role) && product->groups != NULL;
}

scim_sync_outcome_t scim_sync_jira_read_products(const scim_sync_answer_t *answer,
                                                 apr_array_header_t **products, apr_pool_t *p)
{
    scim_sync_reading_t reading;
    json_t *role;
    size_t i;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    *products = apr_array_make(p, 4, sizeof(scim_sync_jira_product_t));
    json_array_foreach(reading.json, i, role)
    {
        if (!read_product(apr_array_push(*products), role, p)) {
            return scim_sync_answer_garbled(&reading, p);
        }
    }
    return json_is_array(reading.json) ? reading.outcome : scim_sync_answer_garbled(&reading, p);
}

/* A page that is not understood to its last group says nothing: one that is missed is filled. */
scim_sync_outcome_t scim_sync_jira_read_admin_groups(const scim_sync_answer_t *answer,
                                                     apr_array_header_t **groups, int *last,
                                                     apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    *groups = scim_sync_answer_page(reading.json, "isLast", last, sizeof(scim_sync_jira_group_t),
                                    take_admin_group, p);
    return *groups != NULL ? reading.outcome : scim_sync_answer_garbled(&reading, p);
}

int scim_sync_jira_is_another_kind(const char *account_type)
{
    return account_type != NULL &&
           (strcmp(account_type, "app") == 0 || strcmp(account_type, "customer") == 0);
}

/* Invitations were seen to go out under 400 ("... 404 - User not found") and 500. */
scim_sync_outcome_t scim_sync_jira_read_create_account(const scim_sync_answer_t *answer,
                                                       scim_sync_jira_account_t *account,
                                                       apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (reading.ok && !scim_sync_jira_account_of(account, reading.json)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    if (reading.ok && scim_sync_jira_is_another_kind(account->account_type)) {
        reading.outcome.verdict = SCIM_SYNC_REFUSED;
        reading.outcome.detail = "the account of this address is an app's or a portal customer's, "
                                 "which is never touched";
    }
    if (answer->status == 400 || answer->status >= 500) {
        reading.outcome.verdict = SCIM_SYNC_ABSENT;
    }
    return reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_account_groups(const scim_sync_answer_t *answer,
                                                       apr_array_header_t **groups, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (reading.ok) {
        *groups =
            scim_sync_answer_list(reading.json, sizeof(scim_sync_jira_group_t), take_group, p);
        return *groups != NULL ? reading.outcome : scim_sync_answer_garbled(&reading, p);
    }
    return scim_sync_answer_is_known(&reading, 404)
               ? scim_sync_answer_as(&reading, SCIM_SYNC_ABSENT)
               : reading.outcome;
}

int scim_sync_jira_lists_group(const apr_array_header_t *groups, const char *group_id)
{
    int i;

    for (i = 0; i < groups->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(groups, i, scim_sync_jira_group_t).group_id, group_id)) {
            return 1;
        }
    }
    return 0;
}

scim_sync_outcome_t scim_sync_jira_read_find_group(const scim_sync_answer_t *answer,
                                                   const char *name, scim_sync_jira_group_t *group,
                                                   apr_pool_t *p)
{
    scim_sync_reading_t reading;
    json_t *values;
    json_t *j;
    size_t i;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    values = json_object_get(reading.json, "values");
    json_array_foreach(values, i, j)
    {
        const char *found = scim_sync_json_str(j, "name");

        if (found != NULL && strcmp(found, name) == 0) {
            return read_group(group, j) ? reading.outcome : scim_sync_answer_garbled(&reading, p);
        }
    }
    if (!json_is_array(values) || json_is_false(json_object_get(reading.json, "isLast"))) {
        return scim_sync_answer_garbled(&reading, p);
    }
    reading.outcome.verdict = SCIM_SYNC_ABSENT;
    reading.outcome.detail = "no group has this name";
    return reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_search_groups(const scim_sync_answer_t *answer,
                                                      apr_array_header_t **groups, int *all,
                                                      apr_pool_t *p)
{
    scim_sync_reading_t reading;
    json_t *list;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    list = json_object_get(reading.json, "groups");
    *groups = scim_sync_answer_list(list, sizeof(scim_sync_jira_group_t), take_choice, p);
    if (!*groups) {
        return scim_sync_answer_garbled(&reading, p);
    }
    *all = scim_sync_json_int(reading.json, "total", INT_MAX) <= (json_int_t)json_array_size(list);
    return reading.outcome;
}

/* The list is made for people who type: it is short. Whoever may not see groups gets an empty one. */
scim_sync_outcome_t scim_sync_jira_read_find_twin(const scim_sync_answer_t *answer,
                                                  const char *name, scim_sync_jira_group_t *group,
                                                  apr_pool_t *p)
{
    const char *wanted = scim_sync_fold(name, p);
    scim_sync_reading_t reading;
    json_t *list;
    json_t *j;
    size_t i;

    scim_sync_answer_read(&reading, answer, p);
    list = json_object_get(reading.json, "groups");
    if (!reading.ok || !json_is_array(list)) {
        return reading.ok ? scim_sync_answer_garbled(&reading, p) : reading.outcome;
    }
    json_array_foreach(list, i, j)
    {
        const char *found = scim_sync_json_str(j, "name");
        const char *folded = scim_sync_fold(found, p);

        if (folded && wanted && !strcmp(folded, wanted) && strcmp(found, name) &&
            read_group(group, j)) {
            return reading.outcome;
        }
    }
    reading.outcome.verdict = SCIM_SYNC_ABSENT;
    if (scim_sync_json_int(reading.json, "total", 0) > (json_int_t)i) {
        reading.outcome.detail = "a group whose name differs in upper and lower case only may be "
                                 "in the way: Jira does not show all whose names hold this one";
    }
    return reading.outcome;
}

/* All that were asked for fit on one page; a second one would hide which of them are there. */
scim_sync_outcome_t scim_sync_jira_read_groups(const scim_sync_answer_t *answer,
                                               apr_array_header_t **groups, apr_pool_t *p)
{
    scim_sync_reading_t reading;
    int last;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    *groups = scim_sync_answer_page(reading.json, "isLast", &last, sizeof(scim_sync_jira_group_t),
                                    take_group, p);
    return *groups != NULL && last ? reading.outcome : scim_sync_answer_garbled(&reading, p);
}

int scim_sync_jira_page_of(scim_sync_jira_page_t *page, const json_t *json, const char *is_last,
                           scim_sync_answer_take_t *take, apr_pool_t *p)
{
    json_int_t total;

    page->total = number_of(json, "total", &total, &page->count) ? page->count : -1;
    page->count = (int)json_array_size(json_object_get(json, "values"));
    page->accounts = scim_sync_answer_page(json, is_last, &page->last,
                                           sizeof(scim_sync_jira_account_t), take, p);
    return page->accounts != NULL;
}

scim_sync_outcome_t scim_sync_jira_read_all_accounts(const scim_sync_answer_t *answer,
                                                     scim_sync_jira_page_t *page, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    page->count = (int)json_array_size(reading.json);
    page->total = -1;
    page->last = page->count == 0;
    page->accounts =
        scim_sync_answer_list(reading.json, sizeof(scim_sync_jira_account_t), take_account, p);
    return page->accounts ? reading.outcome : scim_sync_answer_garbled(&reading, p);
}

scim_sync_outcome_t scim_sync_jira_read_accounts(const scim_sync_answer_t *answer,
                                                 scim_sync_jira_page_t *page, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (scim_sync_answer_is_known(&reading, 404)) {
        return scim_sync_answer_as(&reading, SCIM_SYNC_ABSENT);
    }
    return reading.ok && !scim_sync_jira_page_of(page, reading.json, "isLast", take_account, p)
               ? scim_sync_answer_garbled(&reading, p)
               : reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_create_group(const scim_sync_answer_t *answer,
                                                     scim_sync_jira_group_t *group, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (reading.ok && !read_group(group, reading.json)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    if (answer->status == 400) {
        reading.outcome.verdict = SCIM_SYNC_ABSENT;
    }
    return reading.outcome;
}

/* Jira's "Cannot add user. User is already a member of '...'" comes with 400 (AX-17). */
scim_sync_outcome_t scim_sync_jira_read_add_member(const scim_sync_answer_t *answer, int *already,
                                                   apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    *already = scim_sync_answer_says(&reading, "already a member of", p);
    if (*already) {
        return scim_sync_answer_done(&reading);
    }
    if (reading.ok && !json_is_object(reading.json)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return reading.outcome;
}

/* A call that takes something away. Only Jira's own words show that it was gone. */
static scim_sync_outcome_t read_gone(const scim_sync_answer_t *answer, const char *gone,
                                     apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (scim_sync_answer_is_known(&reading, 404) ||
        (gone && scim_sync_answer_says(&reading, gone, p))) {
        return scim_sync_answer_done(&reading);
    }
    return scim_sync_answer_bare(&reading, p);
}

scim_sync_outcome_t scim_sync_jira_read_delete_account(const scim_sync_answer_t *answer,
                                                       apr_pool_t *p)
{
    return read_gone(answer, NULL, p);
}

scim_sync_outcome_t scim_sync_jira_read_remove_member(const scim_sync_answer_t *answer,
                                                      apr_pool_t *p)
{
    return read_gone(answer, "not a member of", p);
}

scim_sync_outcome_t scim_sync_jira_read_delete_group(const scim_sync_answer_t *answer,
                                                     apr_pool_t *p)
{
    return read_gone(answer, NULL, p);
}

/*
 * Only "number of licensed users is exceeded", under 400, is documented, and only for creating an
 * account; for memberships Atlassian's other API says 409.
 */
int scim_sync_jira_lacks_seat(const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    static const char *const words[] = { "licensed users", "license", "licence", "seats" };
    const char *detail = outcome->detail;
    size_t i;

    if (detail == NULL ||
        (outcome->status != 400 && outcome->status != 402 && outcome->status != 409)) {
        return 0;
    }
    for (i = 0; i < sizeof words / sizeof *words; i++) {
        if (apr_strmatch(apr_strmatch_precompile(p, words[i], 0), detail, strlen(detail))) {
            return 1;
        }
    }
    return 0;
}

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

static scim_sync_outcome_t done(const scim_sync_reading_t *reading)
{
    scim_sync_outcome_t outcome = { SCIM_SYNC_DONE, reading->answer->status, 0, NULL };

    return outcome;
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
    json_t *j;
    size_t i;

    product->key = scim_sync_json_nonempty(role, "key") ? scim_sync_json_nonempty(role, "key")
                                                        : "without a key";
    counted = number_of(role, "numberOfSeats", &seats, &product->seats) &&
              number_of(role, "remainingSeats", &left, &product->left);
    product->unlimited =
        !counted || seats < 0 || json_is_true(json_object_get(role, "hasUnlimitedSeats"));
    product->groups = apr_array_make(p, 4, sizeof(scim_sync_jira_group_t));
    json_array_foreach(list, i, j)
    {
        if (!read_group(apr_array_push(product->groups), j)) {
            return 0;
        }
    }
    return json_is_object(role);
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
    const json_t *is_last;
    const json_t *values;
    json_t *j;
    size_t i;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    values = json_object_get(reading.json, "values");
    is_last = json_object_get(reading.json, "isLast");
    *last = json_is_true(is_last);
    *groups = apr_array_make(p, 8, sizeof(scim_sync_jira_group_t));
    json_array_foreach(values, i, j)
    {
        scim_sync_jira_group_t *group = apr_array_push(*groups);

        if (!read_group(group, j) && group->name == NULL) {
            return scim_sync_answer_garbled(&reading, p);
        }
    }
    if (!json_is_array(values) || !json_is_boolean(is_last) || (!*last && i == 0)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return reading.outcome;
}

/* What a search by address found. */
typedef struct {
    scim_sync_jira_account_t account; /* the last one with this address, else with a hidden one */
    int exact;                        /* accounts with this very address */
    int hidden;                       /* accounts whose address is hidden */
    int posing;    /* hidden ones that may be hits only because their name holds the address */
    int others;    /* addresses that begin alike */
    int unnamed;   /* hits without their data, as during Jira's own outages */
    int apps;      /* apps' accounts with this very address */
    int customers; /* portal customers' */
} hits_t;

/* Apps and portal customers have accounts, too, which are no business of an identity provider's. */
static int is_another_kind(const char *type)
{
    return type != NULL && (strcmp(type, "app") == 0 || strcmp(type, "customer") == 0);
}

/* wanted is folded. */
static void count_hit(hits_t *hits, const json_t *j, const char *wanted, apr_pool_t *p)
{
    scim_sync_jira_account_t account;
    int usable = scim_sync_jira_account_of(&account, j);
    const char *type = account.account_type != NULL ? account.account_type : "unknown";
    const char *address = scim_sync_fold(account.email, p);
    const char *name = scim_sync_fold(account.display_name, p);

    if (is_another_kind(type)) {
        if (address != NULL && strcmp(address, wanted) == 0) {
            *(strcmp(type, "app") == 0 ? &hits->apps : &hits->customers) += 1;
        }
        return;
    }
    if (address != NULL && strcmp(address, wanted) != 0) {
        hits->others++;
    }
    else if (!usable || strcmp(type, "atlassian") != 0) {
        hits->unnamed++;
    }
    else if (address != NULL) {
        hits->exact++;
        hits->account = account;
    }
    else {
        hits->hidden++;
        hits->posing += name != NULL && strstr(name, wanted) != NULL;
        if (hits->exact == 0) {
            hits->account = account;
        }
    }
}

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
    *why = hits->customers > 0
               ? "a portal customer's account has this address, and is never touched"
               : "no account has this address";
    hits->account.account_type = hits->customers > 0 ? "customer" : NULL;
    return SCIM_SYNC_ABSENT;
}

/*
 * The search matches beginnings, of names too, and owners may hide their addresses: only a single
 * hit is taken for the owner of a hidden one, and not when its name alone can explain the hit.
 * Whoever calls himself "boss@example.com" must not receive what is meant for that address.
 */
scim_sync_outcome_t scim_sync_jira_read_find_account(const scim_sync_answer_t *answer,
                                                     const char *email,
                                                     scim_sync_jira_account_t *account,
                                                     apr_pool_t *p)
{
    scim_sync_reading_t reading;
    const char *wanted = scim_sync_fold(email, p);
    hits_t hits = { 0 };
    json_t *hit;
    size_t i;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    if (!json_is_array(reading.json) || wanted == NULL) {
        return scim_sync_answer_garbled(&reading, p);
    }
    json_array_foreach(reading.json, i, hit)
    {
        count_hit(&hits, hit, wanted, p);
    }
    reading.outcome.verdict = judge(&hits, i, &reading.outcome.detail);
    *account = hits.account;
    return reading.outcome;
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
    if (reading.ok && is_another_kind(account->account_type)) {
        reading.outcome.verdict = SCIM_SYNC_REFUSED;
        reading.outcome.detail = "the account of this address is an app's or a portal customer's, "
                                 "which is never touched";
    }
    if (answer->status == 400 || answer->status >= 500) {
        reading.outcome.verdict = SCIM_SYNC_ABSENT;
    }
    return reading.outcome;
}

/* One group that is not understood spoils the list: a shorter one would hide a membership. */
static apr_array_header_t *read_groups(const json_t *list, apr_pool_t *p)
{
    apr_array_header_t *groups =
        apr_array_make(p, (int)json_array_size(list), sizeof(scim_sync_jira_group_t));
    json_t *j;
    size_t i;

    json_array_foreach(list, i, j)
    {
        if (!read_group(apr_array_push(groups), j)) {
            return NULL;
        }
    }
    return groups;
}

scim_sync_outcome_t scim_sync_jira_read_account_groups(const scim_sync_answer_t *answer,
                                                       apr_array_header_t **groups, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (reading.ok) {
        *groups = json_is_array(reading.json) ? read_groups(reading.json, p) : NULL;
        return *groups != NULL ? reading.outcome : scim_sync_answer_garbled(&reading, p);
    }
    if (answer->status == 404 && reading.explained) {
        reading.outcome.verdict = SCIM_SYNC_ABSENT;
    }
    return reading.outcome;
}

/* As of a membership: only Jira's own words show that it is gone. */
scim_sync_outcome_t scim_sync_jira_read_delete_account(const scim_sync_answer_t *answer,
                                                       apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (answer->status == 404 && reading.explained) {
        return done(&reading);
    }
    if (reading.ok && reading.json == NULL && answer->length > 0) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return reading.outcome;
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

    scim_sync_answer_read(&reading, answer, p);
    if (reading.ok) {
        const json_t *values = json_object_get(reading.json, "values");

        *groups = json_is_array(values) ? read_groups(values, p) : NULL;
        if (*groups == NULL || !json_is_true(json_object_get(reading.json, "isLast"))) {
            return scim_sync_answer_garbled(&reading, p);
        }
    }
    return reading.outcome;
}

/* Corrupted records have no id of their own: they count, and are nobody. */
static void read_page(scim_sync_jira_page_t *page, const json_t *list, apr_pool_t *p)
{
    json_t *j;
    size_t i;

    page->accounts =
        apr_array_make(p, (int)json_array_size(list) + 1, sizeof(scim_sync_jira_account_t));
    json_array_foreach(list, i, j)
    {
        if (!scim_sync_jira_account_of(apr_array_push(page->accounts), j)) {
            apr_array_pop(page->accounts);
        }
    }
    page->count = (int)i;
}

scim_sync_outcome_t scim_sync_jira_read_all_accounts(const scim_sync_answer_t *answer,
                                                     scim_sync_jira_page_t *page, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    if (!json_is_array(reading.json)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    read_page(page, reading.json, p);
    page->total = -1;
    page->last = page->count == 0;
    return reading.outcome;
}

scim_sync_outcome_t scim_sync_jira_read_accounts(const scim_sync_answer_t *answer,
                                                 scim_sync_jira_page_t *page, apr_pool_t *p)
{
    scim_sync_reading_t reading;
    const json_t *is_last;
    const json_t *values;
    json_int_t total;

    scim_sync_answer_read(&reading, answer, p);
    if (answer->status == 404 && reading.explained) {
        reading.outcome.verdict = SCIM_SYNC_ABSENT;
    }
    if (!reading.ok) {
        return reading.outcome;
    }
    values = json_object_get(reading.json, "values");
    is_last = json_object_get(reading.json, "isLast");
    page->last = json_is_true(is_last);
    page->total = number_of(reading.json, "total", &total, &page->count) ? page->count : -1;
    read_page(page, values, p);
    if (!json_is_array(values) || !json_is_boolean(is_last) || (!page->last && page->count == 0)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return reading.outcome;
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
        return done(&reading);
    }
    if (reading.ok && !json_is_object(reading.json)) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return reading.outcome;
}

/*
 * A call that takes something away. Success has no body, so that a body which is no JSON comes from
 * somebody else. So does a 404 without Jira's explanation: neither shows that it is gone.
 */
static scim_sync_outcome_t read_gone(const scim_sync_answer_t *answer, const char *gone,
                                     apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if ((answer->status == 404 && reading.explained) ||
        (gone && scim_sync_answer_says(&reading, gone, p))) {
        return done(&reading);
    }
    if (reading.ok && reading.json == NULL && answer->length > 0) {
        return scim_sync_answer_garbled(&reading, p);
    }
    return reading.outcome;
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/planner_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

/* So many reasons are told; a person who has more mends these first. */
#define REASONS_MAX 5

void scim_sync_plan_reason(scim_sync_plan_t *plan, const char *reason)
{
    if (plan->reasons->nelts < REASONS_MAX) {
        APR_ARRAY_PUSH(plan->reasons, const char *) = reason;
    }
}

/*
 * What stands in the way is not believed before the account's groups were read in this run: what a
 * person has done by hand, as the task asked for, must end it.
 */
static int must_look(scim_sync_plan_t *plan)
{
    plan->look |= !plan->learnt->looked;
    return !plan->learnt->looked;
}

/* ---- seats ---- */

static int is_taken(const scim_sync_plan_t *plan, const scim_sync_product_t *product)
{
    int i;

    for (i = 0; i < plan->taken->nelts; i++) {
        if (APR_ARRAY_IDX(plan->taken, i, scim_sync_product_t *) == product) {
            return 1;
        }
    }
    return 0;
}

/* Whether the person has a seat of the product as far as is known: then no further one is taken. */
static int sits(const scim_sync_plan_t *plan, const scim_sync_product_t *product)
{
    const scim_sync_person_t *person = plan->person;
    int i;

    /* What came with an account of ours is not read before its person leaves. */
    if (person->account && person->account->ours && !person->account->groups_read &&
        scim_sync_list_holds(person->products, product->key)) {
        return 1;
    }
    for (i = 0; i < person->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);

        if (strcmp(m->state, SCIM_SYNC_HELD_WITHDRAWN) &&
            scim_sync_seats_grants(product, m->group_id)) {
            return 1;
        }
    }
    return is_taken(plan, product);
}

static const char *no_seat_left(const scim_sync_product_t *product, apr_pool_t *p)
{
    int used = product->seats - product->left + product->taken + product->reserved;

    used = product->full || used > product->seats ? product->seats : used;
    return apr_psprintf(p,
                        "product %s has no seat left (%d of %d used): free one or buy more, and "
                        "this goes on by itself",
                        product->key, used, product->seats);
}

/* The products of which a membership takes a seat that the person doesn't have. */
static apr_array_header_t *seats_of_group(const scim_sync_plan_t *plan, const char *group_id)
{
    const apr_array_header_t *products = plan->person->seats->products;
    apr_array_header_t *seats = apr_array_make(plan->pool, 2, sizeof(scim_sync_product_t *));
    int i;

    for (i = 0; i < products->nelts; i++) {
        scim_sync_product_t *product = APR_ARRAY_IDX(products, i, scim_sync_product_t *);

        if (!product->unlimited && scim_sync_seats_grants(product, group_id) &&
            !sits(plan, product)) {
            APR_ARRAY_PUSH(seats, scim_sync_product_t *) = product;
        }
    }
    return seats;
}

static apr_array_header_t *seats_of_account(const scim_sync_plan_t *plan)
{
    const apr_array_header_t *keys = plan->person->products;
    apr_array_header_t *seats = apr_array_make(plan->pool, 2, sizeof(scim_sync_product_t *));
    int i;

    for (i = 0; i < keys->nelts; i++) {
        scim_sync_product_t *product =
            scim_sync_seats_product(plan->person->seats, APR_ARRAY_IDX(keys, i, const char *));

        if (product && !product->unlimited) {
            APR_ARRAY_PUSH(seats, scim_sync_product_t *) = product;
        }
    }
    return seats;
}

/* The first of them that has none left; NULL: all have. */
static const scim_sync_product_t *used_up(const apr_array_header_t *seats)
{
    int i;

    for (i = 0; i < seats->nelts; i++) {
        const scim_sync_product_t *product = APR_ARRAY_IDX(seats, i, scim_sync_product_t *);

        if (!scim_sync_seats_has_one(product)) {
            return product;
        }
    }
    return NULL;
}

static void take_step(scim_sync_plan_t *plan, scim_sync_step_kind_t kind, const char *group_id,
                      const apr_array_header_t *seats)
{
    APR_ARRAY_PUSH(plan->steps, scim_sync_step_t) = (scim_sync_step_t) {
        .kind = kind, .group_id = group_id, .seats = seats && seats->nelts > 0 ? seats : NULL
    };
    if (seats) {
        apr_array_cat(plan->taken, seats);
    }
}

void scim_sync_plan_step(scim_sync_plan_t *plan, scim_sync_step_kind_t kind)
{
    take_step(plan, kind, NULL, NULL);
}

static void lack_seat(scim_sync_plan_t *plan, const scim_sync_product_t *product)
{
    plan->waits = 1;
    scim_sync_plan_reason(plan, product ? no_seat_left(product, plan->pool)
                                        : plan->learnt->no_seat_words.detail);
}

/* ---- memberships ---- */

/* what   "is not put into" or "stays in"; mend   what a person may do about it */
static int is_protected(scim_sync_plan_t *plan, const char *group_id, const char *what,
                        const char *mend)
{
    const char *rule =
        scim_sync_protection_rule(plan->person->protection, group_id, NULL, plan->pool);

    if (rule && !must_look(plan)) {
        scim_sync_plan_reason(plan, apr_psprintf(plan->pool,
                                                 "%s %s a protected group (%s): %s, then retry",
                                                 plan->person->name, what, rule, mend));
    }
    return rule != NULL;
}

void scim_sync_plan_add(scim_sync_plan_t *plan, const char *group_id)
{
    const char *state = scim_sync_held_state(plan->person->members, group_id);
    const scim_sync_product_t *product;
    apr_array_header_t *seats;

    if (scim_sync_list_holds(plan->learnt->refused, group_id) ||
        is_protected(plan, group_id, "is not put into",
                     "if it should be, do that in Jira's administration")) {
        return;
    }
    /* What was sent before is sent again: whether it took its seat, only Jira can tell. */
    if (state && strcmp(state, SCIM_SYNC_HELD_WITHDRAWN)) {
        take_step(plan, SCIM_SYNC_ADD_MEMBER, group_id, NULL);
        return;
    }
    seats = seats_of_group(plan, group_id);
    product = used_up(seats);
    if (scim_sync_list_holds(plan->learnt->no_seat_in, group_id)) {
        lack_seat(plan, product);
    }
    else if (!product) {
        take_step(plan, SCIM_SYNC_ADD_MEMBER, group_id, seats);
    }
    else if (!must_look(plan)) {
        lack_seat(plan, product);
    }
}

void scim_sync_plan_remove(scim_sync_plan_t *plan, const char *group_id)
{
    if (!scim_sync_list_holds(plan->learnt->refused, group_id) &&
        !is_protected(plan, group_id, "stays in",
                      "if it should not, end that in Jira's administration")) {
        take_step(plan, SCIM_SYNC_REMOVE_MEMBER, group_id, NULL);
    }
}

void scim_sync_plan_inactive(scim_sync_plan_t *plan)
{
    scim_sync_plan_reason(
        plan, apr_psprintf(plan->pool,
                           "the account of %s was deactivated in Jira, or removed from the "
                           "site: activate it in Atlassian's administration. It is seen "
                           "when Jira is compared the next time (sites/.../reconcile)",
                           plan->person->name));
}

void scim_sync_plan_create(scim_sync_plan_t *plan)
{
    apr_array_header_t *seats = seats_of_account(plan);
    const scim_sync_product_t *product = used_up(seats);

    if (product) {
        lack_seat(plan, product);
    }
    else {
        take_step(plan, SCIM_SYNC_CREATE_ACCOUNT, NULL, seats);
    }
}

scim_sync_outcome_t scim_sync_plan_no_seat(const scim_sync_plan_t *plan)
{
    const scim_sync_product_t *product = used_up(seats_of_account(plan));
    scim_sync_outcome_t outcome = plan->learnt->answer;

    outcome.verdict = SCIM_SYNC_RETRY;
    outcome.retry_ms = SCIM_SYNC_SEAT_WAIT_MS;
    if (product) {
        outcome.detail = no_seat_left(product, plan->pool);
    }
    return outcome;
}

/* ---- the end ---- */

/*
 * The account whose API token we use is looked at and nothing else: a mistake would lock us out, or
 * make an administrator of whoever is told to be the same person.
 */
static scim_sync_outcome_t leave_owner(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    int kept = 0;
    int i;

    for (i = 0; i < plan->steps->nelts; i++) {
        const scim_sync_step_t step = APR_ARRAY_IDX(plan->steps, i, scim_sync_step_t);

        if (step.kind == SCIM_SYNC_FIND_ACCOUNT || step.kind == SCIM_SYNC_READ_GROUPS) {
            APR_ARRAY_IDX(plan->steps, kept++, scim_sync_step_t) = step;
        }
    }
    if (kept == plan->steps->nelts && plan->reasons->nelts == 0) {
        return outcome;
    }
    plan->steps->nelts = kept;
    if (person->wanted) {
        outcome.detail = apr_psprintf(plan->pool,
                                      "%s owns the API token of this site, and is left as it is: "
                                      "no membership is given to it or taken from it",
                                      person->name);
        return outcome;
    }
    outcome.verdict = SCIM_SYNC_REFUSED;
    outcome.detail = apr_psprintf(plan->pool,
                                  "%s owns the API token of this site, and keeps its access: store "
                                  "the token of another account for the site, and this goes on by "
                                  "itself",
                                  person->name);
    return outcome;
}

static scim_sync_outcome_t give_reasons(const scim_sync_plan_t *plan)
{
    const scim_sync_learnt_t *learnt = plan->learnt;
    int refused = learnt->refused && learnt->refused->nelts > 0;
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_DONE };
    const char *separator = "";
    int i;

    if (refused) {
        outcome = learnt->refusal;
    }
    if (plan->reasons->nelts == 0) {
        return outcome;
    }
    outcome.verdict = plan->waits ? SCIM_SYNC_RETRY : SCIM_SYNC_REFUSED;
    outcome.retry_ms = plan->waits ? SCIM_SYNC_SEAT_WAIT_MS : 0;
    if (plan->tries_again) {
        outcome.verdict = SCIM_SYNC_RETRY;
        outcome.retry_ms = learnt->hindrance.retry_ms;
    }
    if (learnt->hindrance.verdict != SCIM_SYNC_DONE) {
        outcome.status = learnt->hindrance.status;
    }
    outcome.detail = "";
    for (i = 0; i < plan->reasons->nelts; i++) {
        outcome.detail = apr_pstrcat(plan->pool, outcome.detail, separator,
                                     APR_ARRAY_IDX(plan->reasons, i, const char *), NULL);
        separator = "; ";
    }
    if (refused) {
        outcome.detail =
            apr_pstrcat(plan->pool, outcome.detail, separator, learnt->refusal.detail, NULL);
    }
    return outcome;
}

scim_sync_outcome_t scim_sync_plan_end(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    const char *owner = person->protection->owner;

    if (plan->look) {
        take_step(plan, SCIM_SYNC_READ_GROUPS, NULL, NULL);
    }
    if (person->account && owner && !strcmp(person->account->account_id, owner)) {
        return leave_owner(plan);
    }
    return give_reasons(plan);
}

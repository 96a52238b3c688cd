/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/planner_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

/* So many reasons are told; a person who has more mends these first. */
#define REASONS_MAX 5

void scim_sync_plan_withhold(const scim_sync_plan_t *plan, const scim_sync_withheld_t *withheld)
{
    APR_ARRAY_PUSH(plan->withheld, scim_sync_withheld_t) = *withheld;
}

/* The same; and the task says it. */
void scim_sync_plan_give_reason(scim_sync_plan_t *plan, const scim_sync_withheld_t *withheld)
{
    scim_sync_plan_withhold(plan, withheld);
    if (plan->reasons->nelts < REASONS_MAX) {
        APR_ARRAY_PUSH(plan->reasons, const char *) =
            withheld->mend ? apr_pstrcat(plan->pool, withheld->text, ": ", withheld->mend, NULL)
                           : withheld->text;
    }
}

void scim_sync_plan_reason(scim_sync_plan_t *plan, const char *kind, scim_sync_step_kind_t step,
                           const char *text)
{
    scim_sync_plan_give_reason(plan, &(scim_sync_withheld_t) {
                                         .kind = kind, .step = step, .text = text });
}

/*
 * What stands in the way is not believed before the account's groups were read in this run: what a
 * person has done by hand, as the task asked for, must end it. A customer's portals can't be read.
 */
static int must_look(scim_sync_plan_t *plan)
{
    int must = !plan->learnt->looked && !plan->person->customers;

    plan->look |= must;
    return must;
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

        if (!scim_sync_held_is_taken(m->state) && scim_sync_seats_grants(product, m->group_id)) {
            return 1;
        }
    }
    return is_taken(plan, product);
}

#define SEAT_MEND "free one or buy more, and this goes on by itself"

static const char *no_seat_left(const scim_sync_product_t *product, apr_pool_t *p)
{
    int used = product->seats - product->left + product->taken + product->reserved;

    used = product->full || used > product->seats ? product->seats : used;
    return apr_psprintf(p, "product %s has no seat left (%d of %d used)", product->key, used,
                        product->seats);
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

void scim_sync_plan_step_at(scim_sync_plan_t *plan, scim_sync_step_kind_t kind,
                            const char *group_id)
{
    take_step(plan, kind, group_id, NULL);
}

static void lack_seat(scim_sync_plan_t *plan, const scim_sync_product_t *product,
                      scim_sync_step_kind_t step, const char *group_id)
{
    const scim_sync_withheld_t withheld = {
        .kind = SCIM_SYNC_WITHHELD_SEAT,
        .step = step,
        .group_id = group_id,
        .text = product ? no_seat_left(product, plan->pool) : plan->learnt->no_seat_words.detail,
        .mend = product ? SEAT_MEND : NULL,
    };

    plan->waits = 1;
    scim_sync_plan_give_reason(plan, &withheld);
}

/* ---- memberships ---- */

static int is_protected(scim_sync_plan_t *plan, scim_sync_step_kind_t step, const char *group_id)
{
    const char *rule =
        scim_sync_protection_rule(plan->person->protection, group_id, NULL, plan->pool);
    int add = step == SCIM_SYNC_ADD_MEMBER;
    scim_sync_withheld_t withheld = { .kind = SCIM_SYNC_WITHHELD_PROTECTED,
                                      .step = step,
                                      .group_id = group_id };

    if (rule && !must_look(plan)) {
        withheld.text = apr_psprintf(plan->pool, "%s %s a protected group (%s)", plan->person->name,
                                     add ? "is not put into" : "stays in", rule);
        withheld.mend = add ? "if it should be, do that in Jira's administration, then retry"
                            : "if it should not, end that in Jira's administration, then retry";
        scim_sync_plan_give_reason(plan, &withheld);
    }
    return rule != NULL;
}

/* Jira has refused it in this run, and the end of the plan says so. */
static int is_refused(scim_sync_plan_t *plan, scim_sync_step_kind_t step, const char *group_id)
{
    const scim_sync_withheld_t withheld = { .kind = SCIM_SYNC_WITHHELD_REFUSED,
                                            .step = step,
                                            .group_id = group_id,
                                            .text = plan->learnt->refusal.detail };

    if (!scim_sync_list_holds(plan->learnt->refused, group_id)) {
        return 0;
    }
    scim_sync_plan_withhold(plan, &withheld);
    return 1;
}

/*
 * An IdP that has stopped wants it still, or may have ended it: neither is sent before it is live.
 */
static int is_kept(scim_sync_plan_t *plan, const char *group_id)
{
    const scim_sync_withheld_t withheld = {
        .kind = SCIM_SYNC_WITHHELD_DRY_RUN,
        .step = SCIM_SYNC_REMOVE_MEMBER,
        .group_id = group_id,
        .text = "an identity provider that is paused or in dry run has a say in this membership",
        .mend = "it is decided when that one is live",
    };

    if (!scim_sync_list_holds(plan->person->kept_groups, group_id)) {
        return 0;
    }
    scim_sync_plan_withhold(plan, &withheld);
    return 1;
}

void scim_sync_plan_add(scim_sync_plan_t *plan, const char *group_id)
{
    const char *state = scim_sync_held_state(plan->person->members, group_id);
    const scim_sync_product_t *product;
    apr_array_header_t *seats;

    if (is_refused(plan, SCIM_SYNC_ADD_MEMBER, group_id) ||
        is_protected(plan, SCIM_SYNC_ADD_MEMBER, group_id)) {
        return;
    }
    /* What was sent before is sent again: whether it took its seat, only Jira can tell. */
    if (state && !scim_sync_held_is_taken(state)) {
        take_step(plan, SCIM_SYNC_ADD_MEMBER, group_id, NULL);
        return;
    }
    seats = seats_of_group(plan, group_id);
    product = used_up(seats);
    if (scim_sync_list_holds(plan->learnt->no_seat_in, group_id)) {
        lack_seat(plan, product, SCIM_SYNC_ADD_MEMBER, group_id);
    }
    else if (!product) {
        take_step(plan, SCIM_SYNC_ADD_MEMBER, group_id, seats);
    }
    else if (!must_look(plan)) {
        lack_seat(plan, product, SCIM_SYNC_ADD_MEMBER, group_id);
    }
}

void scim_sync_plan_remove(scim_sync_plan_t *plan, const char *group_id)
{
    if (!is_refused(plan, SCIM_SYNC_REMOVE_MEMBER, group_id) && !is_kept(plan, group_id) &&
        !is_protected(plan, SCIM_SYNC_REMOVE_MEMBER, group_id)) {
        take_step(plan, SCIM_SYNC_REMOVE_MEMBER, group_id, NULL);
    }
}

void scim_sync_plan_inactive(scim_sync_plan_t *plan)
{
    scim_sync_plan_reason(
        plan, SCIM_SYNC_WITHHELD_ACCOUNT, SCIM_SYNC_RESTORE_ACCOUNT,
        apr_psprintf(plan->pool,
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
        lack_seat(plan, product, SCIM_SYNC_CREATE_ACCOUNT, NULL);
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
        outcome.detail =
            apr_pstrcat(plan->pool, no_seat_left(product, plan->pool), ": " SEAT_MEND, NULL);
    }
    scim_sync_plan_withhold(plan, &(scim_sync_withheld_t) { .kind = SCIM_SYNC_WITHHELD_SEAT,
                                                            .step = SCIM_SYNC_CREATE_ACCOUNT,
                                                            .text = outcome.detail });
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
    scim_sync_withheld_t withheld = {
        .kind = SCIM_SYNC_WITHHELD_OWNER,
        .text = apr_psprintf(plan->pool, "%s owns the API token of this site", person->name),
        .mend = person->wanted ? "do it in Jira's administration, if it is right"
                               : "store the token of another account for the site",
    };

    for (i = 0; i < plan->steps->nelts; i++) {
        const scim_sync_step_t step = APR_ARRAY_IDX(plan->steps, i, scim_sync_step_t);

        if (step.kind == SCIM_SYNC_FIND_ACCOUNT || step.kind == SCIM_SYNC_READ_GROUPS) {
            APR_ARRAY_IDX(plan->steps, kept++, scim_sync_step_t) = step;
            continue;
        }
        withheld.step = step.kind;
        withheld.group_id = step.group_id;
        scim_sync_plan_withhold(plan, &withheld);
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
        outcome.detail = refused ? outcome.detail : plan->left;
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

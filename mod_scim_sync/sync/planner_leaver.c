/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is wanted no more, and who comes back from that.
 *
 * Whatever stands in the way of a suspension or a deletion, the person leaves the groups that grant
 * products: a leaver must not keep access because a key has expired.
 */
#include "sync/planner_int.h"

#include <string.h>

#include <apr_strings.h>

static const scim_sync_outcome_t done = { .verdict = SCIM_SYNC_DONE };

static int is_in_state(const scim_sync_held_account_t *account, const char *state)
{
    return account->state && !strcmp(account->state, state);
}

int scim_sync_plan_is_suspended(const scim_sync_held_account_t *account)
{
    return is_in_state(account, SCIM_SYNC_HELD_SUSPENDED) ||
           is_in_state(account, SCIM_SYNC_HELD_SUSPENDING);
}

int scim_sync_plan_is_deleted(const scim_sync_held_account_t *account)
{
    return is_in_state(account, SCIM_SYNC_HELD_DELETED) ||
           is_in_state(account, SCIM_SYNC_HELD_DELETING);
}

/* ---- memberships ---- */

static int grants_access(const scim_sync_person_t *person, const char *group_id)
{
    const apr_array_header_t *products = person->seats->products;
    int i;

    for (i = 0; i < products->nelts; i++) {
        if (scim_sync_seats_grants(APR_ARRAY_IDX(products, i, scim_sync_product_t *), group_id)) {
            return 1;
        }
    }
    return 0;
}

/* What we gave is taken back; with all 1 also what grants a product, whoever gave it. */
static void take_back(scim_sync_plan_t *plan, int all)
{
    const scim_sync_person_t *person = plan->person;
    int i;

    for (i = 0; i < person->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);
        int theirs =
            !strcmp(m->state, SCIM_SYNC_HELD_THEIRS) || !strcmp(m->state, SCIM_SYNC_HELD_DISPUTED);

        if (!scim_sync_held_is_taken(m->state) &&
            (!theirs || (all && grants_access(person, m->group_id)))) {
            scim_sync_plan_remove(plan, m->group_id);
        }
    }
}

/* An account that we made came with product access: which groups that was, must be read. */
static void plan_take_back(scim_sync_plan_t *plan)
{
    const scim_sync_held_account_t *account = plan->person->account;

    if (account->ours && !account->groups_read) {
        scim_sync_plan_step(plan, SCIM_SYNC_READ_GROUPS);
    }
    else {
        take_back(plan, 0);
    }
}

/* The account's groups are read in each run: who else put it where, we are not told. */
static int has_looked(scim_sync_plan_t *plan)
{
    if (!plan->learnt->looked) {
        scim_sync_plan_step(plan, SCIM_SYNC_READ_GROUPS);
    }
    return plan->learnt->looked;
}

static void remove_access(scim_sync_plan_t *plan)
{
    take_back(plan, 1);
    if (plan->person->seats->products->nelts == 0) {
        scim_sync_plan_reason(
            plan, SCIM_SYNC_WITHHELD_ACCOUNT, SCIM_SYNC_REMOVE_MEMBER,
            apr_psprintf(plan->pool,
                         "%s may keep access to products: Jira does not say which groups "
                         "grant it. Let the owner of the API token administer Jira, then "
                         "retry",
                         plan->person->name));
    }
}

/* ---- the account ---- */

/* By which rule an account must be left as it is: somebody who administers is not locked out. */
static const char *protected_by(const scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    int i;

    for (i = 0; i < person->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);
        const char *rule = NULL;

        if (!scim_sync_held_is_taken(m->state)) {
            rule = scim_sync_protection_rule(person->protection, m->group_id, NULL, plan->pool);
        }
        if (rule) {
            return apr_psprintf(plan->pool, "it is in a protected group (%s)", rule);
        }
    }
    return NULL;
}

/* What hinders it, as far as the organization's own word is needed and known; or a step to know. */
static const char *hindered_by_organization(scim_sync_plan_t *plan)
{
    const scim_sync_learnt_t *learnt = plan->learnt;

    if (!learnt->directory) {
        scim_sync_plan_step(plan, SCIM_SYNC_FIND_DIRECTORY);
        return NULL;
    }
    if (!*learnt->directory) {
        return "it is in no directory of the organization";
    }
    if (!learnt->standing) {
        scim_sync_plan_step(plan, SCIM_SYNC_READ_STANDING);
        return NULL;
    }
    return learnt->unmanaged ? "it is not managed by the organization" : NULL;
}

static const char *find_hindrance(scim_sync_plan_t *plan, int needs_key)
{
    const scim_sync_learnt_t *learnt = plan->learnt;
    const char *why = protected_by(plan);

    if (why) {
        return why;
    }
    if (learnt->hindrance.verdict != SCIM_SYNC_DONE) {
        plan->tries_again = learnt->hindrance.verdict == SCIM_SYNC_RETRY;
        return learnt->hindrance.detail;
    }
    if (plan->person->organization) {
        return hindered_by_organization(plan);
    }
    return needs_key ? "there is no key of the organization: give one to the site" : NULL;
}

/* deed   SUSPEND_ACCOUNT or DELETE_ACCOUNT */
static void plan_deed(scim_sync_plan_t *plan, scim_sync_step_kind_t deed)
{
    const scim_sync_person_t *person = plan->person;
    int suspend = deed == SCIM_SYNC_SUSPEND_ACCOUNT;
    const char *why;

    if (!has_looked(plan)) {
        return;
    }
    why = find_hindrance(plan, suspend);
    if (why) {
        scim_sync_plan_reason(plan, SCIM_SYNC_WITHHELD_ACCOUNT, deed,
                              apr_psprintf(plan->pool,
                                           "the account of %s is not %s, as %s says: %s. It leaves "
                                           "the groups that grant products instead",
                                           person->name, suspend ? "suspended" : "deleted",
                                           person->rule ? person->rule : "the rules", why));
        remove_access(plan);
    }
    else if (plan->steps->nelts == 0 && !(suspend && plan->learnt->suspended)) {
        scim_sync_plan_step(plan, deed);
    }
}

/* ---- leaving ---- */

/*
 * An IdP in dry run wants the person still, or alone has ended it: what others gave in their groups
 * is taken back, and the account stays as it is.
 */
static void plan_kept(scim_sync_plan_t *plan)
{
    const apr_array_header_t *members = plan->person->members;
    int i;

    for (i = 0; i < members->nelts; i++) {
        const scim_sync_held_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_held_member_t);

        if (!strcmp(m->state, SCIM_SYNC_HELD_OURS) || !strcmp(m->state, SCIM_SYNC_HELD_ADDING)) {
            scim_sync_plan_remove(plan, m->group_id);
        }
    }
    if (plan->person->account) {
        scim_sync_plan_withhold(
            plan,
            &(scim_sync_withheld_t) {
                .kind = SCIM_SYNC_WITHHELD_DRY_RUN,
                .step = SCIM_SYNC_REMOVE_MEMBER,
                .text =
                    "an identity provider that is paused or in dry run has a say in this account",
                .mend = "it is decided when that one is live" });
    }
}

static void plan_user_leaves(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    const scim_sync_held_account_t *account = person->account;

    if (!account) {
        /* It may have been made all the same, and then it came with product access. */
        if (person->begun && person->email && !plan->learnt->absent &&
            person->leaving != SCIM_SYNC_LEAVING_NOTHING) {
            scim_sync_plan_step(plan, SCIM_SYNC_FIND_ACCOUNT);
        }
        return;
    }
    if (is_in_state(account, SCIM_SYNC_HELD_DELETED)) {
        return;
    }
    switch (person->leaving) {
    case SCIM_SYNC_LEAVING_TAKE_BACK:
        plan_take_back(plan);
        break;
    case SCIM_SYNC_LEAVING_REMOVE_ACCESS:
        if (has_looked(plan)) {
            remove_access(plan);
        }
        break;
    case SCIM_SYNC_LEAVING_SUSPEND:
        if (!is_in_state(account, SCIM_SYNC_HELD_SUSPENDED)) {
            plan_deed(plan, SCIM_SYNC_SUSPEND_ACCOUNT);
        }
        break;
    case SCIM_SYNC_LEAVING_DELETE:
        plan_deed(plan, SCIM_SYNC_DELETE_ACCOUNT);
        break;
    case SCIM_SYNC_LEAVING_NOTHING:
    case SCIM_SYNC_LEAVING_REVOKE: /* is said of customers alone */
        break;
    }
}

scim_sync_outcome_t scim_sync_plan_leaver(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    scim_sync_outcome_t outcome;

    if (person->kept) {
        plan_kept(plan);
    }
    else if (person->customers) {
        scim_sync_plan_customer_leaves(plan);
    }
    else {
        plan_user_leaves(plan);
    }
    outcome = scim_sync_plan_end(plan);
    if (person->grace_ms > 0 && (plan->steps->nelts > 0 || outcome.verdict != SCIM_SYNC_DONE)) {
        apr_array_clear(plan->steps);
        apr_array_clear(plan->withheld);
        outcome = (scim_sync_outcome_t) {
            .verdict = SCIM_SYNC_RETRY,
            .retry_ms = person->grace_ms,
            .detail = apr_psprintf(plan->pool,
                                   "%s has left, and keeps access until the grace period is over "
                                   "at %s",
                                   person->name, person->grace_until)
        };
        scim_sync_plan_withhold(plan, &(scim_sync_withheld_t) { .kind = SCIM_SYNC_WITHHELD_GRACE,
                                                                .step = SCIM_SYNC_REMOVE_MEMBER,
                                                                .text = outcome.detail });
    }
    return outcome;
}

/* ---- coming back ---- */

static const scim_sync_outcome_t refused = { .verdict = SCIM_SYNC_REFUSED };

static scim_sync_outcome_t not_restored(const scim_sync_plan_t *plan,
                                        const scim_sync_outcome_t *why, const char *text)
{
    scim_sync_outcome_t outcome = *why;

    outcome.detail = text;
    scim_sync_plan_withhold(plan, &(scim_sync_withheld_t) { .kind = SCIM_SYNC_WITHHELD_ACCOUNT,
                                                            .step = SCIM_SYNC_RESTORE_ACCOUNT,
                                                            .text = text });
    return outcome;
}

/* Without the key only a search shows whether somebody has restored the account by hand. */
static scim_sync_outcome_t plan_restored(scim_sync_plan_t *plan)
{
    if (!plan->learnt->absent && plan->person->email) {
        scim_sync_plan_step(plan, SCIM_SYNC_FIND_ACCOUNT);
        return done;
    }
    return not_restored(
        plan, &refused,
        apr_psprintf(plan->pool,
                     "the account of %s is suspended, and there is no key of the organization to "
                     "restore it: give one to the site, or restore the account in Atlassian's "
                     "administration, then retry",
                     plan->person->name));
}

scim_sync_outcome_t scim_sync_plan_restore(scim_sync_plan_t *plan)
{
    const scim_sync_learnt_t *learnt = plan->learnt;
    const char *name = plan->person->name;

    if (!plan->person->organization) {
        return plan_restored(plan);
    }
    if (learnt->hindrance.verdict != SCIM_SYNC_DONE) {
        return not_restored(plan, &learnt->hindrance,
                            apr_psprintf(plan->pool, "the account of %s can't be restored: %s",
                                         name, learnt->hindrance.detail));
    }
    if (learnt->directory && !*learnt->directory) {
        return not_restored(plan, &refused,
                            apr_psprintf(plan->pool,
                                         "the account of %s can't be restored: it is in no "
                                         "directory of the organization",
                                         name));
    }
    scim_sync_plan_step(plan, !learnt->directory ? SCIM_SYNC_FIND_DIRECTORY
                              : learnt->standing ? SCIM_SYNC_RESTORE_ACCOUNT
                                                 : SCIM_SYNC_READ_STANDING);
    return done;
}

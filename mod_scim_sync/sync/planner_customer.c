/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Customers of Jira Service Management, whose groups are portals (store/portal.h).
 *
 * Staff stay what they are: an Atlassian account is used where there is one, and never made. What is
 * to be added and removed is queued, so that one who waits for it needs nothing more.
 */
#include "sync/planner_int.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/portal.h"

static const scim_sync_outcome_t done = { .verdict = SCIM_SYNC_DONE };

/* The status of a creation: there is such a customer already (RFC 9110 section 15.5.10). */
#define CONFLICT 409

static int is_in_state(const scim_sync_held_account_t *account, const char *state)
{
    return account->state && !strcmp(account->state, state);
}

/* ---- the account ---- */

/* One of the desks in which the person is wanted, but for these. */
static const char *wanted_desk(const scim_sync_plan_t *plan, const apr_array_header_t *but)
{
    const apr_array_header_t *groups = plan->person->groups;
    int i;

    for (i = 0; i < groups->nelts; i++) {
        const char *id = APR_ARRAY_IDX(groups, i, const char *);

        if (scim_sync_portal_is_desk(id) && !scim_sync_list_holds(but, id)) {
            return id;
        }
    }
    return NULL;
}

/*
 * A search does not show who hides the address; the customers of a desk can be asked for it all the
 * same. 0: it was looked for.
 */
static int look(scim_sync_plan_t *plan, int at_desks)
{
    const char *desk = at_desks ? wanted_desk(plan, plan->learnt->desks) : NULL;

    if (!plan->learnt->absent) {
        scim_sync_plan_step(plan, SCIM_SYNC_FIND_ACCOUNT);
        return 1;
    }
    if (desk) {
        scim_sync_plan_step_at(plan, SCIM_SYNC_FIND_CUSTOMER, desk);
    }
    return desk != NULL;
}

static scim_sync_outcome_t not_created(const scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    const apr_array_header_t *desks = plan->learnt->desks;
    const char *where =
        desks && desks->nelts > 0 ? ", nor among the customers of its service desks" : "";

    if (plan->learnt->answer.status != CONFLICT) {
        return scim_sync_plan_creation_failed(plan->withheld, SCIM_SYNC_CREATE_ACCOUNT,
                                              plan->learnt, plan->pool);
    }
    if (person->staff) {
        return scim_sync_plan_refuse(
            plan->withheld, SCIM_SYNC_WITHHELD_REFUSED, SCIM_SYNC_CREATE_ACCOUNT,
            apr_psprintf(plan->pool,
                         "Jira says that there is an account of %s, which a search does not find: "
                         "the Atlassian account of this address %s",
                         person->email, person->staff),
            "restore it there, or in Atlassian's administration, then retry", plan->pool);
    }
    return scim_sync_plan_refuse(
        plan->withheld, SCIM_SYNC_WITHHELD_REFUSED, SCIM_SYNC_CREATE_ACCOUNT,
        apr_psprintf(plan->pool,
                     "Jira says that there is an account of %s, which a search does not find%s",
                     person->email, where),
        "if access to portals was taken from it, give that back among the portal-only customers in "
        "Jira's administration; if it is an Atlassian account that is deactivated or was removed "
        "from the site, activate it in Atlassian's administration; if it hides its e-mail address, "
        "let that be seen; then retry",
        plan->pool);
}

static scim_sync_outcome_t plan_account(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    const scim_sync_learnt_t *learnt = plan->learnt;
    scim_sync_outcome_t outcome;

    if (!scim_sync_plan_has_address(plan, &outcome)) {
        return outcome;
    }
    if (look(plan, learnt->created || !person->import)) {
        return done;
    }
    if (learnt->created) {
        return not_created(plan);
    }
    if (!person->import) {
        return scim_sync_plan_leave_out(plan);
    }
    scim_sync_plan_step_at(plan, SCIM_SYNC_CREATE_ACCOUNT,
                           person->invite ? wanted_desk(plan, NULL) : NULL);
    return scim_sync_plan_end(plan);
}

/* Its access was revoked, for which there is no call back; whether a person gave it, can be seen. */
static scim_sync_outcome_t plan_return(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;

    if (person->email && look(plan, 1)) {
        return done;
    }
    return scim_sync_plan_refuse(
        plan->withheld, SCIM_SYNC_WITHHELD_ACCOUNT, SCIM_SYNC_RESTORE_ACCOUNT,
        apr_psprintf(
            plan->pool,
            "the access of %s to portals was revoked when the person left, and Jira has no "
            "call to give it back",
            person->name),
        "give it back among the portal-only customers in Jira's administration, then retry",
        plan->pool);
}

/* No call changes a name: of that nothing is done, and the job says it once. */
static void note_name(const scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;

    if (person->renamed) {
        scim_sync_plan_withhold(
            plan, &(scim_sync_withheld_t) {
                      .kind = SCIM_SYNC_WITHHELD_RENAME,
                      .step = SCIM_SYNC_UPDATE_PROFILE,
                      .text = apr_psprintf(plan->pool,
                                           "the identity provider calls %s \"%s\", and no call of "
                                           "Jira's changes the name of a customer",
                                           person->name, person->renamed),
                      .mend = "the customer can, in the profile of the portal" });
    }
}

/* ---- portals ---- */

static int is_queued_or_there(const char *state)
{
    return state && strcmp(state, SCIM_SYNC_HELD_ENDING) != 0 &&
           strcmp(state, SCIM_SYNC_HELD_REMOVING) != 0 &&
           strcmp(state, SCIM_SYNC_HELD_UNCERTAIN) != 0;
}

int scim_sync_plan_unqueues(const scim_sync_person_t *person, const scim_sync_held_member_t *m)
{
    return !strcmp(m->state, SCIM_SYNC_HELD_QUEUED) && !person->doubt &&
           (!person->wanted || !scim_sync_list_holds(person->groups, m->group_id) ||
            scim_sync_plan_is_deleted(person->account));
}

static int is_given(const scim_sync_held_member_t *m)
{
    return !strcmp(m->state, SCIM_SYNC_HELD_OURS) || !strcmp(m->state, SCIM_SYNC_HELD_ADDING) ||
           !strcmp(m->state, SCIM_SYNC_HELD_UNCERTAIN);
}

/* All that we gave, but for these portals. Returns how much of it must stay for now. */
static int take_back(scim_sync_plan_t *plan, const apr_array_header_t *but)
{
    const apr_array_header_t *members = plan->person->members;
    int before = plan->steps->nelts;
    int given = 0;
    int i;

    for (i = 0; i < members->nelts; i++) {
        const scim_sync_held_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_held_member_t);

        if (is_given(m) && !scim_sync_list_holds(but, m->group_id)) {
            scim_sync_plan_remove(plan, m->group_id);
            given++;
        }
    }
    return given - (plan->steps->nelts - before);
}

static void plan_portals(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    int i;

    for (i = 0; i < person->groups->nelts; i++) {
        const char *id = APR_ARRAY_IDX(person->groups, i, const char *);

        if (!is_queued_or_there(scim_sync_held_state(person->members, id))) {
            scim_sync_plan_add(plan, id);
        }
    }
    take_back(plan, person->groups);
}

/* Jira has said so, and neither side of the site has done it: only a person can mend that. */
static void plan_inactive(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;

    scim_sync_plan_give_reason(
        plan,
        &(scim_sync_withheld_t) {
            .kind = SCIM_SYNC_WITHHELD_ACCOUNT,
            .step = SCIM_SYNC_RESTORE_ACCOUNT,
            .text = apr_psprintf(plan->pool,
                                 person->portal_only
                                     ? "the access of the portal-only account of %s was revoked in "
                                       "Jira, not by this module: nobody gets into a portal with it"
                                     : "the Atlassian account of %s is deactivated, or was removed "
                                       "from the site, by an administrator and not by this module: "
                                       "nobody gets into a portal with it",
                                 person->name),
            .mend = person->portal_only
                        ? "give it back among the portal-only customers in Jira's administration, "
                          "then compare Jira (sites/.../reconcile)"
                        : "activate it in Atlassian's administration, then compare Jira "
                          "(sites/.../reconcile)" });
}

/*
 * The users' side of the site has ended the account (sync/sides.h), with which nobody gets into any
 * portal: it is that side's to restore, and what the person should have is given then.
 */
static void plan_ended(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    int deleted = scim_sync_plan_is_deleted(person->account);

    take_back(plan, person->groups);
    scim_sync_plan_give_reason(
        plan,
        &(scim_sync_withheld_t) {
            .kind = SCIM_SYNC_WITHHELD_ACCOUNT,
            .step = SCIM_SYNC_RESTORE_ACCOUNT,
            .text = apr_psprintf(plan->pool,
                                 "the account of %s was %s by the users' side of this site, by the "
                                 "rules of an identity provider of users for people who leave: "
                                 "nobody gets into a portal with it",
                                 person->name, deleted ? "deleted" : "suspended"),
            .mend = deleted
                        ? "portals are given again when that side restores it, as it does when its "
                          "identity provider tells the person active; or invite the person in "
                          "Atlassian's administration, then compare Jira (sites/.../reconcile)"
                        : "portals are given again when that side restores it, as it does when its "
                          "identity provider tells the person active; or restore it in Atlassian's "
                          "administration, then compare Jira (sites/.../reconcile)" });
}

scim_sync_outcome_t scim_sync_plan_customer(scim_sync_plan_t *plan)
{
    const scim_sync_held_account_t *account = plan->person->account;

    if (!account) {
        return plan_account(plan);
    }
    if (is_in_state(account, SCIM_SYNC_HELD_REVOKING) ||
        is_in_state(account, SCIM_SYNC_HELD_REVOKED)) {
        return plan_return(plan);
    }
    if (scim_sync_plan_is_suspended(account) || scim_sync_plan_is_deleted(account)) {
        plan_ended(plan);
        return scim_sync_plan_end(plan);
    }
    plan_portals(plan);
    note_name(plan);
    if (account->inactive) {
        plan_inactive(plan);
    }
    return scim_sync_plan_end(plan);
}

/* ---- leaving ---- */

static void plan_revoke(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    const char *why = NULL;

    if (!person->portal_only) {
        why = "it is an Atlassian account, not a portal-only one";
    }
    else if (!person->account->ours &&
             scim_sync_held_any_in(person->members, SCIM_SYNC_HELD_THEIRS)) {
        why = "others have made it, and have put it into portals";
    }
    if (!why) {
        scim_sync_plan_step(plan, SCIM_SYNC_REVOKE_ACCOUNT);
        return;
    }
    plan->left = apr_psprintf(plan->pool,
                              "the account of %s is not revoked, as %s says: %s. It leaves the "
                              "portals that the module has put it into",
                              person->name, person->rule ? person->rule : "the rules", why);
    scim_sync_plan_withhold(plan, &(scim_sync_withheld_t) {
                                      .kind = SCIM_SYNC_WITHHELD_ACCOUNT,
                                      .step = SCIM_SYNC_REVOKE_ACCOUNT,
                                      .text = plan->left,
                                      .mend = "end in Jira's administration what should end" });
}

void scim_sync_plan_customer_leaves(scim_sync_plan_t *plan)
{
    const scim_sync_person_t *person = plan->person;
    int revoke = person->leaving == SCIM_SYNC_LEAVING_REVOKE;

    if (!person->account) {
        /* It may have been made all the same; in a portal it is not. */
        if (revoke && person->begun && person->email && !plan->learnt->absent) {
            scim_sync_plan_step(plan, SCIM_SYNC_FIND_ACCOUNT);
        }
        return;
    }
    if (person->leaving == SCIM_SYNC_LEAVING_NOTHING) {
        return;
    }
    if (take_back(plan, NULL) == 0 && revoke &&
        !is_in_state(person->account, SCIM_SYNC_HELD_REVOKED)) {
        plan_revoke(plan);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/chain.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

/* A chain has a few rounds; one that has more is cut, and says so. */
#define ROUNDS_MAX 10
/* In front of the name of a group that has no id yet. Jira's ids have no such character. */
#define UNMADE ":"

const char *scim_sync_chain_unmade(const char *group_id)
{
    return group_id && group_id[0] == UNMADE[0] ? group_id + 1 : NULL;
}

int scim_sync_step_reads(scim_sync_step_kind_t kind)
{
    return kind == SCIM_SYNC_FIND_ACCOUNT || kind == SCIM_SYNC_READ_GROUPS ||
           kind == SCIM_SYNC_FIND_GROUP || kind == SCIM_SYNC_FIND_TWIN ||
           kind == SCIM_SYNC_FIND_DIRECTORY || kind == SCIM_SYNC_READ_STANDING ||
           kind == SCIM_SYNC_FIND_CUSTOMER || kind == SCIM_SYNC_READ_MEMBERS ||
           kind == SCIM_SYNC_READ_ORGANIZATIONS;
}

void scim_sync_chain_begin(scim_sync_chain_t *chain, apr_pool_t *p)
{
    chain->steps = apr_array_make(p, 4, sizeof(scim_sync_chain_step_t));
    chain->withheld = apr_array_make(p, 2, sizeof(scim_sync_withheld_t));
    chain->over = 1;
}

static int seen_before(const scim_sync_chain_t *chain, scim_sync_step_kind_t kind)
{
    int i;

    for (i = 0; i < chain->steps->nelts; i++) {
        if (APR_ARRAY_IDX(chain->steps, i, scim_sync_chain_step_t).kind == kind) {
            return 1;
        }
    }
    return 0;
}

static int follows(const scim_sync_chain_t *chain, scim_sync_step_kind_t kind)
{
    const apr_array_header_t *steps = chain->steps;

    return steps->nelts > 0 &&
           APR_ARRAY_IDX(steps, steps->nelts - 1, scim_sync_chain_step_t).kind == kind;
}

/* What a step depends on that a step before it, whose answer is supposed, would find. */
static const char *condition_of(const scim_sync_chain_t *chain, scim_sync_step_kind_t kind)
{
    switch (kind) {
    case SCIM_SYNC_CREATE_ACCOUNT:
        return seen_before(chain, SCIM_SYNC_FIND_ACCOUNT) ? "there is an account of this address"
                                                          : NULL;
    case SCIM_SYNC_SUSPEND_ACCOUNT:
    case SCIM_SYNC_DELETE_ACCOUNT:
        return seen_before(chain, SCIM_SYNC_READ_STANDING)
                   ? "the organization does not manage the account"
                   : NULL;
    case SCIM_SYNC_CREATE_GROUP:
        return follows(chain, SCIM_SYNC_FIND_GROUP) ? "there is a group of this name" : NULL;
    case SCIM_SYNC_ADD_MEMBER:
        return seen_before(chain, SCIM_SYNC_READ_GROUPS) ? "the account is in it already" : NULL;
    default:
        return NULL;
    }
}

static void add_link(scim_sync_chain_t *chain, const scim_sync_step_t *step)
{
    const char *unmade = scim_sync_chain_unmade(step->group_id);
    const char *unless = condition_of(chain, step->kind);

    APR_ARRAY_PUSH(chain->steps, scim_sync_chain_step_t) =
        (scim_sync_chain_step_t) { .kind = step->kind,
                                   .group_id = unmade ? NULL : step->group_id,
                                   .group = unmade ? unmade : step->name,
                                   .account_id = step->account_id,
                                   .unless = unless };
}

/* ---- a person ---- */

/* What the planner is asked about, and what has been imagined of it. */
typedef struct {
    scim_sync_person_t person;
    scim_sync_learnt_t learnt;
    scim_sync_held_account_t account;
    apr_array_header_t *members;
} imagined_t;

static void put_member(imagined_t *imagined, const char *group_id, const char *state)
{
    apr_array_header_t *members = imagined->members;
    int i;

    for (i = 0; i < members->nelts; i++) {
        scim_sync_held_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_held_member_t);

        if (!strcmp(m->group_id, group_id)) {
            m->state = state;
            return;
        }
    }
    APR_ARRAY_PUSH(members, scim_sync_held_member_t) =
        (scim_sync_held_member_t) { .group_id = group_id, .state = state };
}

/* What we did not give can be given back; any other is as if it had never been. */
static void take_member(imagined_t *imagined, const char *group_id)
{
    apr_array_header_t *members = imagined->members;
    const char *removed = scim_sync_held_removed(scim_sync_held_state(imagined->members, group_id));
    int kept = 0;
    int i;

    if (removed) {
        put_member(imagined, group_id, removed);
        return;
    }
    for (i = 0; i < members->nelts; i++) {
        const scim_sync_held_member_t m = APR_ARRAY_IDX(members, i, scim_sync_held_member_t);

        if (strcmp(m.group_id, group_id)) {
            APR_ARRAY_IDX(members, kept++, scim_sync_held_member_t) = m;
        }
    }
    members->nelts = kept;
}

/* The organization has the account, and as it should be. */
static void suppose_of_account(imagined_t *imagined, scim_sync_step_kind_t kind)
{
    scim_sync_learnt_t *learnt = &imagined->learnt;

    switch (kind) {
    case SCIM_SYNC_FIND_DIRECTORY:
        learnt->directory = "supposed";
        break;
    case SCIM_SYNC_READ_STANDING:
        learnt->standing = 1;
        break;
    case SCIM_SYNC_SUSPEND_ACCOUNT:
        imagined->account.state = SCIM_SYNC_HELD_SUSPENDED;
        break;
    case SCIM_SYNC_RESTORE_ACCOUNT:
        imagined->account.state = NULL;
        break;
    case SCIM_SYNC_DELETE_ACCOUNT:
        imagined->account.state = SCIM_SYNC_HELD_DELETED;
        break;
    case SCIM_SYNC_REVOKE_ACCOUNT:
        imagined->account.state = SCIM_SYNC_HELD_REVOKED;
        break;
    case SCIM_SYNC_UPDATE_PROFILE:
        imagined->person.profile = NULL;
        break;
    default:
        break;
    }
}

static void suppose(imagined_t *imagined, const scim_sync_step_t *step)
{
    switch (step->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
        imagined->learnt.absent = 1;
        break;
    case SCIM_SYNC_CREATE_ACCOUNT:
        imagined->account =
            (scim_sync_held_account_t) { "", imagined->person.email, .ours = 1, .groups_read = 0 };
        imagined->person.account = &imagined->account;
        break;
    case SCIM_SYNC_READ_GROUPS:
        imagined->account.groups_read = 1;
        imagined->learnt.looked = 1;
        break;
    case SCIM_SYNC_ADD_MEMBER:
        put_member(imagined, step->group_id,
                   scim_sync_held_added(scim_sync_held_state(imagined->members, step->group_id)));
        break;
    case SCIM_SYNC_REMOVE_MEMBER:
        take_member(imagined, step->group_id);
        break;
    case SCIM_SYNC_FIND_CUSTOMER:
        APR_ARRAY_PUSH(imagined->learnt.desks, const char *) = step->group_id;
        break;
    default:
        suppose_of_account(imagined, step->kind);
    }
}

/*
 * Groups that are to come get ids by which the planner takes them for others. Those whose names are
 * protected never come.
 */
static const apr_array_header_t *groups_to_be(apr_array_header_t *never,
                                              const scim_sync_person_t *person,
                                              const apr_array_header_t *unmade, apr_pool_t *p)
{
    apr_array_header_t *groups = apr_array_copy(p, person->groups);
    int i;

    for (i = 0; person->wanted && i < unmade->nelts; i++) {
        const char *name = APR_ARRAY_IDX(unmade, i, const char *);
        const char *id = apr_pstrcat(p, UNMADE, name, NULL);
        const char *rule = scim_sync_protection_rule(person->protection, NULL, name, p);

        if (!rule) {
            APR_ARRAY_PUSH(groups, const char *) = id;
            continue;
        }
        APR_ARRAY_PUSH(never, scim_sync_withheld_t) = (scim_sync_withheld_t) {
            .kind = SCIM_SYNC_WITHHELD_PROTECTED,
            .step = SCIM_SYNC_ADD_MEMBER,
            .group_id = id,
            .text = rule,
            .mend = "give the group another name in the identity provider, or end what protects it",
        };
    }
    return groups;
}

/* What others gave is left alone, also where no IdP wants it. */
static void leave_theirs(scim_sync_chain_t *chain, const imagined_t *imagined,
                         const apr_array_header_t *theirs, apr_pool_t *p)
{
    const scim_sync_person_t *person = &imagined->person;
    int strange;
    int i;

    for (i = 0; i < imagined->members->nelts; i++) {
        const scim_sync_held_member_t *m =
            &APR_ARRAY_IDX(imagined->members, i, scim_sync_held_member_t);

        if (strcmp(m->state, SCIM_SYNC_HELD_THEIRS) || person->kept ||
            (person->wanted && (scim_sync_list_holds(person->groups, m->group_id) ||
                                !scim_sync_list_holds(theirs, m->group_id)))) {
            continue;
        }
        strange = scim_sync_list_holds(person->strange, m->group_id);
        APR_ARRAY_PUSH(chain->withheld, scim_sync_withheld_t) = (scim_sync_withheld_t) {
            .kind = SCIM_SYNC_WITHHELD_NOT_OURS,
            .step = SCIM_SYNC_REMOVE_MEMBER,
            .group_id = m->group_id,
            .text =
                apr_psprintf(p, "%s was in it before the module was, or was put there by others%s",
                             person->name,
                             strange ? "; its identity provider alone decides who is in it, so "
                                       "that the task of the group ends it, at the latest when "
                                       "Jira is compared the next time"
                                     : ""),
            .mend = strange ? NULL : "end it in Jira's administration, if it should end",
        };
    }
}

static void imagine(imagined_t *imagined, const scim_sync_person_t *person,
                    const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    imagined->person = *person;
    imagined->learnt = *learnt;
    imagined->learnt.desks = learnt->desks ? apr_array_copy(p, learnt->desks)
                                           : apr_array_make(p, 1, sizeof(const char *));
    imagined->members = apr_array_copy(p, person->members);
    imagined->person.members = imagined->members;
    if (person->account) {
        imagined->account = *person->account;
        imagined->person.account = &imagined->account;
    }
}

void scim_sync_chain_person(scim_sync_chain_t *chain, const scim_sync_person_t *person,
                            const scim_sync_learnt_t *learnt, const apr_array_header_t *unmade,
                            const apr_array_header_t *theirs, apr_pool_t *p)
{
    apr_array_header_t *never = apr_array_make(p, 1, sizeof(scim_sync_withheld_t));
    apr_array_header_t *steps;
    imagined_t imagined;
    int rounds;
    int i;

    scim_sync_chain_begin(chain, p);
    imagine(&imagined, person, learnt, p);
    imagined.person.groups = groups_to_be(never, person, unmade, p);
    chain->over = 0;
    for (rounds = 0; !chain->over && rounds < ROUNDS_MAX; rounds++) {
        apr_array_clear(chain->withheld);
        scim_sync_explain_person(&steps, chain->withheld, &imagined.person, &imagined.learnt, p);
        chain->over = steps->nelts == 0;
        for (i = 0; i < steps->nelts; i++) {
            const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

            add_link(chain, step);
            suppose(&imagined, step);
        }
    }
    apr_array_cat(chain->withheld, never);
    leave_theirs(chain, &imagined, theirs, p);
}

/* ---- a group ---- */

/* In the name of which group something is withheld. */
static void name_withheld(const scim_sync_chain_t *chain, int from, const scim_sync_team_t *team,
                          apr_pool_t *p)
{
    const char *name = team->name ? team->name : team->linked ? team->linked->name : NULL;
    int i;

    for (i = from; name && i < chain->withheld->nelts; i++) {
        APR_ARRAY_IDX(chain->withheld, i, scim_sync_withheld_t).group_id =
            apr_pstrcat(p, UNMADE, name, NULL);
    }
}

static void suppose_of_team(scim_sync_team_t *team, scim_sync_learnt_t *learnt,
                            const scim_sync_held_group_t *made, scim_sync_step_kind_t kind)
{
    learnt->absent |= kind == SCIM_SYNC_FIND_GROUP;
    team->linked = kind == SCIM_SYNC_CREATE_GROUP ? made : team->linked;
    team->strangers = kind == SCIM_SYNC_REMOVE_MEMBER ? NULL : team->strangers;
    team->doomed &= kind != SCIM_SYNC_DELETE_GROUP;
}

/*
 * The project is there. Whether an organization is, Jira says only when it is told to make one; either
 * way it is read before anybody is put into it.
 */
static void suppose_of_portal(const scim_sync_chain_t *chain, scim_sync_team_t *team,
                              scim_sync_learnt_t *learnt, const scim_sync_held_group_t *made,
                              const scim_sync_step_t *step, apr_pool_t *p)
{
    switch (step->kind) {
    case SCIM_SYNC_CREATE_GROUP:
        APR_ARRAY_IDX(chain->steps, chain->steps->nelts - 1, scim_sync_chain_step_t).unless =
            "there is an organization of this name: that one is taken over";
        learnt->portal = apr_pstrcat(p, UNMADE, team->name, NULL);
        break;
    case SCIM_SYNC_FIND_GROUP:
        learnt->portal = apr_pstrcat(p, UNMADE, team->name, NULL);
        break;
    case SCIM_SYNC_READ_MEMBERS:
        team->linked = made;
        break;
    default:
        team->strangers = NULL;
    }
}

void scim_sync_chain_team(scim_sync_chain_t *chain, const scim_sync_team_t *team,
                          const scim_sync_learnt_t *learnt, apr_pool_t *p)
{
    const scim_sync_held_group_t made = { .group_id = "", .name = team->name, .ours = 1 };
    const int before = chain->withheld->nelts;
    scim_sync_learnt_t imagined = *learnt;
    scim_sync_team_t now = *team;
    apr_array_header_t *steps;
    int rounds;
    int over = 0;
    int i;

    now.filled = 0; /* its people's own tasks have taken them out by then */
    for (rounds = 0; !over && rounds < ROUNDS_MAX; rounds++) {
        chain->withheld->nelts = before;
        scim_sync_explain_team(&steps, chain->withheld, &now, &imagined, p);
        over = steps->nelts == 0;
        for (i = 0; i < steps->nelts; i++) {
            const scim_sync_step_t *step = &APR_ARRAY_IDX(steps, i, scim_sync_step_t);

            add_link(chain, step);
            if (team->portal) {
                suppose_of_portal(chain, &now, &imagined, &made, step, p);
            }
            else {
                suppose_of_team(&now, &imagined, &made, step->kind);
            }
        }
    }
    chain->over &= over;
    name_withheld(chain, before, team, p);
}

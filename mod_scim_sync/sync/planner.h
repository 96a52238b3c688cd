/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planner: told + rules + held -> calls. Pure: it reads what it is given and changes nothing.
 *
 * It is asked again after every answer with what is held by then, so it never says more than the
 * steps that can be taken now; none means that Jira holds what is wanted (or that a person must
 * look: then a refusal says why). So any step can be repeated, and a crash costs a look-up.
 *
 * What is protected (sync/protection.h) is neither found by its name, nor filled, nor emptied, and
 * nobody is put where there is no seat (sync/seats.h): the outcome says so.
 */
#ifndef SCIM_SYNC_SYNC_PLANNER_H
#define SCIM_SYNC_SYNC_PLANNER_H

#include <apr_tables.h>

#include "base/outcome.h"
#include "store/desk.h"
#include "store/held.h"
#include "sync/protection.h"
#include "sync/rules.h"
#include "sync/seats.h"

typedef enum {
    SCIM_SYNC_FIND_ACCOUNT,
    SCIM_SYNC_CREATE_ACCOUNT,
    SCIM_SYNC_READ_GROUPS, /* of the account, before we first touch its memberships */
    SCIM_SYNC_ADD_MEMBER,
    SCIM_SYNC_REMOVE_MEMBER,
    SCIM_SYNC_FIND_GROUP,
    SCIM_SYNC_FIND_TWIN, /* a group whose name differs only in upper and lower case */
    SCIM_SYNC_CREATE_GROUP,
    SCIM_SYNC_FIND_DIRECTORY, /* of the organization, in which the account is */
    SCIM_SYNC_READ_STANDING,  /* whether the organization manages it, and whether it is suspended */
    SCIM_SYNC_SUSPEND_ACCOUNT, /* in the directory */
    SCIM_SYNC_RESTORE_ACCOUNT,
    SCIM_SYNC_DELETE_ACCOUNT, /* from the site */
    SCIM_SYNC_UPDATE_PROFILE,
    SCIM_SYNC_DELETE_GROUP,
    /* On the customers' side alone, where the groups are portals (store/portal.h): */
    SCIM_SYNC_FIND_CUSTOMER,      /* among those of a desk, whom a search may not show */
    SCIM_SYNC_REVOKE_ACCOUNT,     /* a portal-only one, from all portals */
    SCIM_SYNC_READ_MEMBERS,       /* of a portal, a page: who is in it before we first fill it */
    SCIM_SYNC_READ_ORGANIZATIONS, /* of a desk, a page */
    SCIM_SYNC_JOIN_ORGANIZATION,  /* to a desk, so that its members get into the portal */
    SCIM_SYNC_PART_ORGANIZATION,
    SCIM_SYNC_ADD_BATCH, /* of accounts, to a portal */
    SCIM_SYNC_REMOVE_BATCH,
    SCIM_SYNC_READ_ACCOUNTS, /* of a batch: whom Jira shows */
    SCIM_SYNC_READ_PORTAL    /* an organization, before we change it: who keeps it */
} scim_sync_step_kind_t;

typedef struct {
    scim_sync_step_kind_t kind;
    /* Of ADD_MEMBER, REMOVE_MEMBER and DELETE_GROUP; of FIND_CUSTOMER the desk, and of a customer's
     * CREATE_ACCOUNT the one to which he is invited. */
    const char *group_id;
    const char *account_id;      /* of a REMOVE_MEMBER of a group's own plan */
    const char *name;            /* of FIND_GROUP, FIND_TWIN and CREATE_GROUP: in Jira */
    const char *organization_id; /* of JOIN_ORGANIZATION and PART_ORGANIZATION: the portal's id */
    int start;                   /* of a page that is read: behind so many */
    const apr_array_header_t
        *seats; /* scim_sync_product_t *: it takes one of each; NULL: of none */
} scim_sync_step_t;

/* Why a change that is wanted is not made, as the API calls it (docs/api.md). */
#define SCIM_SYNC_WITHHELD_PROTECTED "protected" /* the group is never touched */
#define SCIM_SYNC_WITHHELD_SEAT      "seat"      /* a product has no seat left */
#define SCIM_SYNC_WITHHELD_OWNER     "owner"     /* the account is the API token's owner's */
#define SCIM_SYNC_WITHHELD_NOT_OURS  "notOurs"   /* the module has not put it there */
#define SCIM_SYNC_WITHHELD_DRY_RUN   "dryRun"    /* an IdP in dry run has a say in it */
#define SCIM_SYNC_WITHHELD_ADDRESS   "address"   /* the e-mail address is none, or another's */
#define SCIM_SYNC_WITHHELD_RENAME    "rename"    /* Jira's API can't */
#define SCIM_SYNC_WITHHELD_UNREAD    "unread"    /* Jira has not said who administers it */
#define SCIM_SYNC_WITHHELD_REFUSED   "refused"   /* Jira said no */
#define SCIM_SYNC_WITHHELD_RULE      "rule"      /* the IdP's rules say no, or can't be read */
#define SCIM_SYNC_WITHHELD_GRACE     "grace"     /* the grace period is not over */
#define SCIM_SYNC_WITHHELD_ACCOUNT   "account"   /* it can't be suspended, deleted or restored */
#define SCIM_SYNC_WITHHELD_GUARD     "guard"     /* it is among more than may be taken away */
#define SCIM_SYNC_WITHHELD_AMBIGUOUS                                                               \
    "ambiguous" /* the rules read as if they meant another portal */

/* A change that is wanted and not made. */
typedef struct {
    const char *kind; /* SCIM_SYNC_WITHHELD_... */
    scim_sync_step_kind_t step;
    const char *group_id; /* of a membership; else NULL */
    const char *text;     /* what is in the way; no full stop */
    const char *mend;     /* what a person may do about it; NULL: nothing need be done */
} scim_sync_withheld_t;

/* What this run has learnt by looking, beyond what is held. Zeroed at its start. */
typedef struct {
    int absent;                 /* looked for, and it isn't there */
    int created;                /* its creation was tried and not confirmed */
    int foreign;                /* a group of the wanted name exists, and it isn't the linked one */
    const char *rival;          /* another user whose account has this address still; or NULL */
    scim_sync_outcome_t answer; /* to the creation */
    apr_array_header_t *refused; /* const char *: groups where Jira refused the membership; of a
                                    group's own plan, accounts of which it did */
    scim_sync_outcome_t refusal; /* its last words on that */
    int looked;                  /* the account's groups have been read in this run */
    const char *beside;          /* who has the address, and is not what is looked for; or NULL */
    int compared;                /* a twin of the group was looked for, */
    const char *twin;            /* and found: its name; or NULL */
    apr_array_header_t *desks; /* const char *: whose customers the account is not among, or NULL */
    const char *guarded;       /* by which rule the group that was found is protected; or NULL */
    const char *portal;        /* it was found, and nothing stands for it yet; NULL: it wasn't */
    int start;                 /* so many of those who are in it were read */
    const char *lost;          /* a portal that was found, and is gone; or NULL */
    int no_seat;               /* Jira refused the account for want of a seat */
    apr_array_header_t
        *no_seat_in; /* const char *: groups for which Jira refused it one, or NULL */
    scim_sync_outcome_t no_seat_words; /* its last words on that */
    const char *directory; /* in which the account is; "": in none; NULL: not looked yet */
    int standing;          /* it was looked at there: */
    int unmanaged;         /* the organization does not manage it */
    int suspended;         /* it is suspended */
    /*
     * Why it can't be suspended or deleted: REFUSED, or RETRY. DONE: as yet nothing is in the way.
     */
    scim_sync_outcome_t hindrance;
} scim_sync_learnt_t;

/* One person at one site: the union over all IdPs (sync/claims.h). */
typedef struct {
    const char *name;  /* for messages */
    const char *email; /* folded; NULL: the IdP told none */
    int wanted;        /* some IdP wants this person active */
    int kept;  /* not wanted, but by an IdP that has stopped: nothing is given, products stay */
    int begun; /* a creation was sent and never confirmed */
    const scim_sync_held_account_t *account; /* NULL: not known */
    const apr_array_header_t *groups; /* const char *: ids of the groups that IdPs put them in */
    /* const char *: ids of groups in which an IdP that has stopped has a say, and which therefore
     * are not taken away; NULL: none */
    const apr_array_header_t *kept_groups;
    const apr_array_header_t *members; /* scim_sync_held_member_t */
    /* const char *: ids of authoritative groups that others put a person into who is wanted, but not
     * there: the group's own task ends that; NULL: none */
    const apr_array_header_t *strange;
    const scim_sync_protection_t *protection;
    const scim_sync_seats_t *seats;
    const apr_array_header_t *products; /* const char *: what a new account is given */
    int import;                         /* one may be made */
    const char *profile;         /* JSON, to be written to the account; NULL: nothing is news */
    const char *doubt;           /* why it isn't known what is wanted: nothing is done; or NULL */
    int organization;            /* the key of the organization's API is known */
    int customers;               /* a customer: sync/planner_customer.c */
    int portal_only;             /* whose account is a portal-only one; */
    const char *staff;           /* what the users' side has done to an Atlassian account of this
                                    address, or knows of it: that nobody can find it; or NULL */
    int invite;                  /* a new one comes with an invitation to a desk, */
    const char *display;         /* and under this name */
    const char *renamed;         /* it is another one than Jira's, which stays; NULL: it is not */
    scim_sync_leaving_t leaving; /* of one who is not wanted: what becomes of the account */
    const char *rule;            /* that says so, for people; or NULL */
    apr_int64_t grace_ms;        /* before which nothing is done; 0: now */
    const char *grace_until;     /* the same as a time, for people */
} scim_sync_person_t;

/* One group at one site, by one of the names that it stands for (sync/target.h). */
typedef struct {
    const char *name;                     /* wanted, in Jira; NULL: not any more */
    const scim_sync_held_group_t *linked; /* what it stands for; NULL: nothing yet */
    const apr_array_header_t *strangers;  /* const char *: accounts in it that are to leave, for the
                                             IdP alone decides; NULL: it doesn't */
    const char
        *unknown; /* others in it stay, for they may be who is wanted there: these; or NULL */
    int stuck;    /* who that is will not be known before a person has done something */
    int doomed;  /* not wanted, and Jira's group is to go with it, for nothing else stands for it */
    int filled;  /* so many of those whom we put into a doomed one are in it still */
    int product; /* Jira's group grants one */
    int portal;  /* it is one, on the customers' side (store/portal.h) */
    const scim_sync_protection_t *protection;
} scim_sync_team_t;

/* What a run has learnt of the organizations on desks. Zeroed at its start, but for the lists. */
typedef struct {
    apr_array_header_t *pages; /* scim_sync_desk_page_t: how far a desk's organizations are read */
    /* scim_sync_desk_pair_t: what Jira refused to put there or take off; of no organization (""): to
     * show what is on the desk */
    apr_array_header_t *refused;
    scim_sync_outcome_t refusal; /* its last words on that */
} scim_sync_desks_t;

typedef struct {
    const char *desk;
    int start; /* so many were read */
} scim_sync_desk_page_t;

/* How long (ms) a task that wants a seat waits, unless there is one before. */
#define SCIM_SYNC_SEAT_WAIT_MS 3600000
/* And one that would delete a group before its people have left it. */
#define SCIM_SYNC_FILLED_WAIT_MS 2000
/* And one whose rules can't be read or followed: new rules make it due. */
#define SCIM_SYNC_RULES_WAIT_MS 3600000
/* And one that would take people out of a group, and does not know who is who. */
#define SCIM_SYNC_UNKNOWN_WAIT_MS 300000

/*
 * steps     scim_sync_step_t in p; empty when there is nothing to do
 * returns   DONE; or REFUSED/RETRY with the reason why what is wanted can't be reached now. Steps
 *           and a refusal may come together: what can be done is done first. DONE with a detail:
 *           that is why something is left as it is, for good.
 */
scim_sync_outcome_t scim_sync_plan_person(apr_array_header_t **steps,
                                          const scim_sync_person_t *person,
                                          const scim_sync_learnt_t *learnt, apr_pool_t *p);
scim_sync_outcome_t scim_sync_plan_team(apr_array_header_t **steps, const scim_sync_team_t *team,
                                        const scim_sync_learnt_t *learnt, apr_pool_t *p);
/*
 * The organizations on desks: these (scim_sync_desk_pair_t), of a group that stands for both or did.
 */
scim_sync_outcome_t scim_sync_plan_desks(apr_array_header_t **steps,
                                         const apr_array_header_t *pairs,
                                         const scim_sync_desks_t *learnt, apr_pool_t *p);

/* The same; and what is wanted and not done is added to withheld (scim_sync_withheld_t). */
scim_sync_outcome_t scim_sync_explain_person(apr_array_header_t **steps,
                                             apr_array_header_t *withheld,
                                             const scim_sync_person_t *person,
                                             const scim_sync_learnt_t *learnt, apr_pool_t *p);
scim_sync_outcome_t scim_sync_explain_team(apr_array_header_t **steps, apr_array_header_t *withheld,
                                           const scim_sync_team_t *team,
                                           const scim_sync_learnt_t *learnt, apr_pool_t *p);

/*
 * Whether a customer's membership that is queued, and was never sent, is not wanted any more: it is
 * forgotten, which takes nothing away.
 */
int scim_sync_plan_unqueues(const scim_sync_person_t *person, const scim_sync_held_member_t *m);

#endif

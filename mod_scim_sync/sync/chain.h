/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chain: all calls that a task would make, as far as they can be known before Jira has answered
 * one of them. The planner says what can be done now; here each of its steps is imagined to have
 * gone well, and the planner is asked again, until there is nothing left.
 *
 * What can't be known is supposed: that what is looked for isn't there. A step that depends on
 * this says so (`unless`). Pure.
 */
#ifndef SCIM_SYNC_SYNC_CHAIN_H
#define SCIM_SYNC_SYNC_CHAIN_H

#include <jansson.h>

#include "sync/planner.h"

typedef struct {
    scim_sync_step_kind_t kind;
    const char *group_id;     /* of a membership; NULL: the group is not there yet */
    const char *group;        /* then its name; and of a group's own plan */
    const char *unless;       /* it is not made when it turns out that ...; NULL: it is */
    const char *account_id;   /* of a REMOVE_MEMBER of a group's own plan */
    const char *organization; /* of JOIN_ORGANIZATION and PART_ORGANIZATION: the portal's name */
    int claimed; /* of a dry run's end: it is this IdP that has ended it, no other one */
} scim_sync_chain_step_t;

typedef struct {
    apr_array_header_t *steps;    /* scim_sync_chain_step_t */
    apr_array_header_t *withheld; /* scim_sync_withheld_t */
    int over;                     /* 0: it was cut, there would be more */
} scim_sync_chain_t;

/* What was learnt about a group by one of its names in Jira; about a person: the name is "". */
typedef struct {
    const char *name;
    const scim_sync_learnt_t *learnt;
} scim_sync_chain_known_t;

/*
 * unmade   const char *: names of the groups that the person is wanted in, and that stand for none
 *          in Jira yet
 * theirs   const char *: ids of groups of IdPs that the person is in and that others gave
 */
void scim_sync_chain_person(scim_sync_chain_t *chain, const scim_sync_person_t *person,
                            const scim_sync_learnt_t *learnt, const apr_array_header_t *unmade,
                            const apr_array_header_t *theirs, apr_pool_t *p);

/* A group's chain is that of each of its names, one behind the other. */
void scim_sync_chain_begin(scim_sync_chain_t *chain, apr_pool_t *p);
void scim_sync_chain_team(scim_sync_chain_t *chain, const scim_sync_team_t *team,
                          const scim_sync_learnt_t *learnt, apr_pool_t *p);

/*
 * Of what is withheld: the name of its group if that is not there yet, and of what a group's own
 * plan withholds, else NULL; then group_id is Jira's.
 */
const char *scim_sync_chain_unmade(const char *group_id);

/* Whether a step only reads. */
int scim_sync_step_reads(scim_sync_step_kind_t kind);

/* A step's name in the API: "addMember". */
const char *scim_sync_step_name(scim_sync_step_kind_t kind);

/* How many of each: scim_sync_plan_count_t (store/plan.h). */
apr_array_header_t *scim_sync_chain_counts(const scim_sync_chain_t *chain, apr_pool_t *p);

/*
 * As it is kept with a task (store/plan.h), with what was learnt before (scim_sync_chain_known_t);
 * and what is read from that again: what was learnt; the ids of the groups that would be left and
 * are claimed, added to a list, and 1 when the end of the account itself is.
 */
const char *scim_sync_chain_text(const scim_sync_chain_t *chain, const apr_array_header_t *known,
                                 apr_pool_t *p);
void scim_sync_chain_learnt(scim_sync_learnt_t *learnt, const char *name, const char *text,
                            apr_pool_t *p);
int scim_sync_chain_removals(apr_array_header_t *groups, const char *text, apr_pool_t *p);

#endif

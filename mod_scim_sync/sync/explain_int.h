/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between explain.c, which finds out, and explain_json.c, which says it; explain_customer.c has the
 * words for customers.
 */
#ifndef SCIM_SYNC_SYNC_EXPLAIN_INT_H
#define SCIM_SYNC_SYNC_EXPLAIN_INT_H

#include "store/told.h"
#include "sync/explain.h"
#include "sync/job_int.h"

/* The groups of a site; each is read when somebody asks about it (explain_groups.c). */
typedef struct scim_sync_groups_t scim_sync_groups_t;

/*
 * Of a worker that calls nobody and remembers what the site has said of its products: its
 * protection knows these groups from now on. For one transaction, in p.
 */
scim_sync_groups_t *scim_sync_groups_make(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                          apr_pool_t *p);

/* NULL: it isn't known, or (group_id is NULL) there is none. */
const char *scim_sync_groups_name(scim_sync_groups_t *groups, const char *group_id);

/* Whether all that was asked about could be read: else nothing that was found out is worth it. */
apr_status_t scim_sync_groups_status(const scim_sync_groups_t *groups);

/* A subject at a site. */
typedef struct {
    const scim_sync_idp_t *idp;
    const scim_sync_rulebook_t *rulebook;
    const scim_sync_job_t *job;
    scim_sync_groups_t *groups;
    int is_person;
    scim_sync_person_t person; /* a user's; stands is what it is made of, */
    scim_sync_stands_t stands;
    apr_array_header_t *grants;    /* scim_sync_grant_t: why it is in groups, */
    apr_array_header_t *kept;      /* and the same of other IdPs, in dry run */
    apr_hash_t *above;             /* id of who tells of it -> the groups there: explain_told.c */
    scim_sync_standing_t standing; /* a group's, */
    apr_array_header_t *teams;     /* scim_sync_team_t: by each of its names */
    scim_sync_chain_t chain;
    const scim_sync_task_t *task; /* NULL: none */
    const char *queue;            /* when what portals' queues have of it is done; NULL: nothing */
    apr_pool_t *pool;
} scim_sync_matter_t;

/* A call to Jira. */
typedef struct {
    const char *method;
    const char *path;
} scim_sync_matter_call_t;

/* Which one a customer's step is, and what that does: who is the person, group the portal. */
scim_sync_matter_call_t scim_sync_matter_customer_call(const scim_sync_chain_step_t *step);
const char *scim_sync_matter_customer_words(const scim_sync_matter_t *m,
                                            const scim_sync_chain_step_t *step, const char *who,
                                            const char *group);

/*
 * Of a customer: what is in portals' queues by now is a step, too, or withheld where the portal's
 * task has failed.
 */
apr_status_t scim_sync_matter_queue(scim_sync_db_t *db, scim_sync_matter_t *m);

/* When the calls are made: a word of docs/api.md. */
const char *scim_sync_matter_when(const scim_sync_matter_t *m);

json_t *scim_sync_matter_json(const scim_sync_matter_t *m, int brief);

/*
 * What IdPs have told, for people: of a user also of the groups that they have the user in, and what
 * these stand for, whether the user is wanted or not. The first one loads these. Reads only.
 */
apr_status_t scim_sync_matter_above(scim_sync_db_t *db, scim_sync_matter_t *m);
json_t *scim_sync_matter_told(const scim_sync_matter_t *m);

/*
 * On a customers' side, of a group's step about a portal of this name ("project/DEMO"): the call, what
 * it does, and why, if that is another reason than that the group is told (else NULL).
 */
scim_sync_matter_call_t scim_sync_matter_portal_call(scim_sync_step_kind_t kind,
                                                     const char *portal);
const char *scim_sync_matter_portal_words(const scim_sync_chain_step_t *step, const char *portal,
                                          apr_pool_t *p);
const char *scim_sync_matter_portal_why(scim_sync_step_kind_t kind);

/*
 * The keys of projects by which a group is mapped, or by which a person is wanted, and that are
 * ambiguous (store/portal_key.h): said among what is withheld. Reads only.
 */
apr_status_t scim_sync_matter_portal_keys(scim_sync_db_t *db, scim_sync_matter_t *m);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the parts of a group's job: job_team.c (its answers), job_team_plan.c (its next round);
 * and, on a customers' side, job_team_portal.c (answers about portals) and job_desk.c
 * (organizations on desks).
 */
#ifndef SCIM_SYNC_SYNC_JOB_TEAM_H
#define SCIM_SYNC_SYNC_JOB_TEAM_H

#include "sync/job_int.h"

/* By which rule a group in Jira is protected; NULL: it isn't. */
const char *scim_sync_job_team_rule(const scim_sync_job_t *job, const char *group_id,
                                    const char *name, apr_pool_t *p);

/*
 * A group in Jira is held as this. Its name may be news: then by that it may be protected now, or
 * not any more.
 */
apr_status_t scim_sync_job_team_put_group(scim_sync_db_t *db, const scim_sync_job_t *job,
                                          const scim_sync_jira_group_t *found, int ours,
                                          apr_pool_t *p);

/* The subject's link of a name; group_id NULL: its creation is begun. And: it has none. */
apr_status_t scim_sync_job_team_put_link(scim_sync_db_t *db, scim_sync_job_t *job, const char *name,
                                         const char *group_id, apr_pool_t *p);
apr_status_t scim_sync_job_team_drop_link(scim_sync_db_t *db, const scim_sync_job_t *job,
                                          const char *name, apr_pool_t *p);

/*
 * One of the subject's names stands for a group from now on, which is held: all of its people may
 * differ.
 * ours   the module made it
 */
apr_status_t scim_sync_job_team_stand(scim_sync_db_t *db, scim_sync_job_t *job,
                                      const scim_sync_job_name_t *name,
                                      const scim_sync_jira_group_t *group, int ours, apr_pool_t *p);

/*
 * What happened to one of its groups in Jira: people know it by its name there, if it has another.
 */
apr_status_t scim_sync_job_team_event(scim_sync_db_t *db, const scim_sync_job_t *job,
                                      const char *kind, const char *group_id, const char *name,
                                      apr_pool_t *p);

/* ---- on a customers' side ---- */

/* An answer about a portal into held. */
apr_status_t scim_sync_job_team_portal(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                       apr_pool_t *p);

/*
 * Jira has the portal no more: it goes, and what stood for it gets tasks, to look for it anew. The
 * memberships in it went with it.
 */
apr_status_t scim_sync_job_team_gone(scim_sync_db_t *db, const scim_sync_job_t *job,
                                     const char *portal, apr_pool_t *p);

/* A page that shows nothing and is not the last one would be asked for again and again: trouble. */
void scim_sync_job_team_stuck(scim_sync_job_t *job, const char *portal);

/*
 * The people whom a portal's plan takes out by other hands are queued, as all who leave it; such
 * steps go from the plan.
 */
apr_status_t scim_sync_job_team_empty(scim_sync_db_t *db, scim_sync_job_t *job,
                                      apr_array_header_t *steps, apr_pool_t *p);

/*
 * Keys by which no two jobs put an organization on a desk and take it off again at once: of what is
 * to be taken off when the job is made. Added to keys.
 */
apr_status_t scim_sync_job_desk_keys(scim_sync_db_t *db, const scim_sync_job_t *job,
                                     apr_array_header_t *keys, apr_pool_t *p);

/*
 * What the subject has to do with of these: what it asks for, then what is to be taken off
 * (scim_sync_desk_pair_t in p). Reads only.
 */
apr_status_t scim_sync_job_desk_pairs(scim_sync_db_t *db, const scim_sync_job_t *job,
                                      apr_array_header_t **pairs, apr_pool_t *p);

/* The organizations on desks: what is to be done now, with its intents. */
apr_status_t scim_sync_job_desk_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                     scim_sync_outcome_t *outcome, apr_pool_t *p);
apr_status_t scim_sync_job_desk_apply(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                      apr_pool_t *p);

#endif

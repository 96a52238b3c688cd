/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between job.c and its two kinds, job_person.c and job_team.c.
 */
#ifndef SCIM_SYNC_SYNC_JOB_INT_H
#define SCIM_SYNC_SYNC_JOB_INT_H

#include "store/event.h"
#include "sync/job.h"

/* One answered errand into held. */
apr_status_t scim_sync_job_person_apply(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                        apr_pool_t *p);
apr_status_t scim_sync_job_team_apply(scim_sync_db_t *db, const scim_sync_errand_t *errand,
                                      apr_pool_t *p);

/*
 * The next round: errands are added with scim_sync_job_errand(), intents are written. *outcome is
 * the planner's.
 */
apr_status_t scim_sync_job_person_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                       scim_sync_outcome_t *outcome, apr_pool_t *p);
apr_status_t scim_sync_job_team_plan(scim_sync_db_t *db, scim_sync_job_t *job,
                                     scim_sync_outcome_t *outcome, apr_pool_t *p);

scim_sync_errand_t *scim_sync_job_errand(scim_sync_job_t *job, scim_sync_step_kind_t kind);

/* Record what the provisioner did to the job's subject. */
apr_status_t scim_sync_job_event(scim_sync_db_t *db, const scim_sync_job_t *job, const char *kind,
                                 const char *detail, apr_pool_t *p);

/* A creation that Jira did not confirm: the planner has it looked for once more. */
void scim_sync_job_unconfirmed(scim_sync_job_t *job, const scim_sync_outcome_t *outcome);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a site says about itself, and says anew from time to time, without stopping the work: its
 * products with the groups that grant them and their seats, and the groups of its administrators.
 *
 * The customers' side of a site has neither, and is not asked.
 *
 * Both are asked for once before any work is begun; then every ten minutes, and sooner when a
 * refusal of Jira's, or a task that waits for a seat, makes it likely that something has changed.
 * The products must be answered first; when the administrators' groups are not, the work begins all
 * the same, but no group is adopted (sync/protection.h).
 *
 * Belongs to the provisioner's thread.
 */
#ifndef SCIM_SYNC_SYNC_SURVEY_H
#define SCIM_SYNC_SYNC_SURVEY_H

#include <apr_tables.h>

#include "net/transport.h"
#include "store/db.h"

typedef struct scim_sync_worker_t scim_sync_worker_t;

typedef struct {
    apr_int64_t products_at;   /* ms: when the products are asked for next */
    apr_int64_t products_said; /* ms: when they were told last */
    apr_int64_t admins_at;     /* ms: when the administrators' groups are asked for next */
    apr_int64_t admins_said;
    int products_tried; /* since the site was accepted last */
    int admins_tried;
    int products_failures; /* to read them, in a row */
    int admins_failures;
    int access;               /* which of the administrators' lists is being read */
    int start;                /* from which group on */
    apr_array_header_t *read; /* scim_sync_admin_group_t: what this reading has brought so far */
    apr_pool_t *pool;         /* of that; cleared when a reading begins */
    int fresh;                /* scim_sync_survey_record() has something to do */
} scim_sync_survey_t;

void scim_sync_survey_init(scim_sync_survey_t *survey, apr_pool_t *p);

/* The site has accepted us (anew): all must be asked for again before the work begins. */
void scim_sync_survey_begin(scim_sync_survey_t *survey);

/*
 * Ask for what is due, one call at a time; a worker that still probes is ready when all has been
 * asked for.
 */
void scim_sync_survey_go_on(scim_sync_worker_t *worker, scim_sync_transport_t *transport);

/* Jira refused something, or a seat may be free: look soon. */
void scim_sync_survey_hasten(scim_sync_worker_t *worker);

/* A task waits for a seat: look soon, and again until there is one. */
void scim_sync_survey_await(scim_sync_worker_t *worker);

/*
 * Compare the groups that we hold with what is protected now, in the turn's transaction: the tasks
 * of a group that has become so are made, to say it; when one is no longer, all tasks of the site
 * are due, those that were parked for it too. May run more than once for one survey.
 */
apr_status_t scim_sync_survey_record(scim_sync_db_t *db, scim_sync_worker_t *worker, apr_pool_t *p);

#endif

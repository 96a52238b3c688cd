/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three truths in numbers, and the work that is left.
 */
#ifndef SCIM_SYNC_STORE_STATUS_H
#define SCIM_SYNC_STORE_STATUS_H

#include "store/db.h"

typedef struct {
    apr_int64_t told_users;
    apr_int64_t told_groups;
    apr_int64_t told_members;
    apr_int64_t wanted_accounts; /* people that some IdP wants active: one per e-mail and site */
    apr_int64_t wanted_groups;   /* one per name and site */
    apr_int64_t wanted_members;  /* of these people in these groups */
    apr_int64_t held_accounts;   /* that a told user stands for */
    apr_int64_t held_groups;     /* that a told group stands for */
    apr_int64_t held_members;    /* that we put there */
    apr_int64_t tasks_waiting;
    apr_int64_t tasks_failed;
    apr_int64_t tasks_held;
    apr_int64_t tasks_discarded;
    apr_int64_t tasks_planned; /* of IdPs in dry run */
    apr_int64_t oldest_ms;     /* age of the oldest waiting task, 0 = none */
} scim_sync_status_t;

apr_status_t scim_sync_status_load(scim_sync_db_t *db, scim_sync_status_t *status, apr_pool_t *p);

#endif

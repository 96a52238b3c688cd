/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in a portal's queue, beside the portal's task.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_QUEUE_H
#define SCIM_SYNC_HTTP_ADMIN_QUEUE_H

#include <jansson.h>

#include "store/task.h"

/*
 * Sets "queue" of json: {"adds": 2, "removes": 0, "add": [...], "remove": [...]}, with so many of
 * each as docs/api.md says, the longest first. In the caller's transaction; json keeps nothing of p.
 */
apr_status_t scim_sync_admin_queue(scim_sync_db_t *db, json_t *json, const scim_sync_task_t *task,
                                   apr_pool_t *p);

#endif

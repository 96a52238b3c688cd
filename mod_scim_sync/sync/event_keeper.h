/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the provisioner does for the record of events, beside its work for Jira: the log is written
 * (sync/event_log.h), and what is older than ScimSyncEventDays is deleted. Belongs to its thread.
 */
#ifndef SCIM_SYNC_SYNC_EVENT_KEEPER_H
#define SCIM_SYNC_SYNC_EVENT_KEEPER_H

#include "sync/runtime.h"

typedef struct scim_sync_event_keeper_t scim_sync_event_keeper_t;

/*
 * One per reign, in p. A log that can't be written is told of, and done without; its events wait.
 * owner   of leases: "<host>/<process id>"
 */
scim_sync_event_keeper_t *scim_sync_event_keeper_make(scim_sync_runtime_t *runtime,
                                                      const char *owner, apr_pool_t *p);

/*
 * Do what is due, a bounded piece of it.
 * *wait   made shorter when there is more to do sooner (ms)
 * Fails when the database does.
 */
apr_status_t scim_sync_event_keeper_pass(scim_sync_event_keeper_t *keeper, apr_int64_t *wait,
                                         apr_pool_t *p);

/* The reign ends in peace. */
void scim_sync_event_keeper_end(scim_sync_event_keeper_t *keeper, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reconciler: reads Jira's side of a site in pages, in the background, and makes tasks for what
 * differs from what is held. When: ScimSyncReconcileHours after it began last, or when an
 * administrator asks (store/reconcile.h).
 *
 * A run goes through stages, each of which is a call to Jira or a part of a turn's transaction; one
 * call at a time, behind those of all jobs. First everything is read: the groups, the accounts, all
 * users of the site if somebody who is told of has no account, the members of each group. On a
 * site's customers' side the groups are portals (store/portal.h). Then it
 * is judged (sync/drift.h), and what seems to be gone is asked for once more. Only then is it
 * written, in pieces. All of a run is in memory: when its process ends, the next one that works on
 * the site begins anew.
 *
 * What jobs change meanwhile is left alone: memberships that are on their way, and accounts that a
 * job has touched since the run began.
 *
 * Belongs to the provisioner's thread.
 */
#ifndef SCIM_SYNC_SYNC_RECONCILE_H
#define SCIM_SYNC_SYNC_RECONCILE_H

#include "net/transport.h"
#include "store/db.h"

typedef struct scim_sync_worker_t scim_sync_worker_t;
typedef struct scim_sync_reconcile_t scim_sync_reconcile_t;

/* A site's, at rest. period: from one run to the next (ms); 0: only when somebody asks. */
scim_sync_reconcile_t *scim_sync_reconcile_make(apr_int64_t period, apr_pool_t *p);

/* The site has been changed: a run that is going on begins anew. */
void scim_sync_reconcile_restart(scim_sync_reconcile_t *run);

/* Whether a run is due; it begins with the next turn. Reads only. */
apr_status_t scim_sync_reconcile_look(scim_sync_db_t *db, scim_sync_worker_t *worker, int *due,
                                      apr_pool_t *p);

/* Start the next call, if it is time for one. */
void scim_sync_reconcile_go_on(scim_sync_worker_t *worker, scim_sync_transport_t *transport);

/* Whether there is something to do in a turn. */
int scim_sync_reconcile_wants_turn(scim_sync_worker_t *worker);

/*
 * Do it, a bounded piece, in the turn's transaction: may run more than once. And: the transaction
 * is committed.
 */
apr_status_t scim_sync_reconcile_record(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                        apr_pool_t *p);
void scim_sync_reconcile_recorded(scim_sync_worker_t *worker);

/* A job has changed a membership of this account, or has tried to. */
void scim_sync_reconcile_touch(scim_sync_worker_t *worker, const char *account_id);

#endif

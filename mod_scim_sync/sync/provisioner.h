/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The provisioner: one thread per httpd child, of which one per host works and one per site over
 * all hosts. It claims tasks, and makes Jira hold what is wanted.
 *
 * The thread sleeps in curl_multi_poll until a call to Jira has ended, the eventfd of the runtime
 * says that there may be work, it is told to stop, or the next task is due; a poll of two seconds
 * is only the net under that. What it is told and does in one turn is one transaction.
 */
#ifndef SCIM_SYNC_SYNC_PROVISIONER_H
#define SCIM_SYNC_SYNC_PROVISIONER_H

#include "sync/runtime.h"

typedef struct scim_sync_provisioner_t scim_sync_provisioner_t;

/* Start the thread, in a child. It must be joined before p is destroyed. */
apr_status_t scim_sync_provisioner_start(scim_sync_provisioner_t **provisioner,
                                         scim_sync_runtime_t *runtime, apr_pool_t *p);

/* Claim no more work, let calls in flight end for at most 2 s. From any thread; returns at once. */
void scim_sync_provisioner_stop(scim_sync_provisioner_t *provisioner);

/* Stop, and wait until the thread has ended. */
void scim_sync_provisioner_join(scim_sync_provisioner_t *provisioner);

#endif

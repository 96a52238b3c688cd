/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings records of SCIM requests from shared memory (store/traffic.h) into the database: once a
 * second at most by the provisioner of the host, and by who asks for them, so that what was answered
 * on this host before is in the answer. Several may do it at once.
 */
#ifndef SCIM_SYNC_SYNC_RECORDER_H
#define SCIM_SYNC_SYNC_RECORDER_H

#include "sync/runtime.h"

typedef struct scim_sync_recorder_t scim_sync_recorder_t;

/* All that wait are in the database when it returns APR_SUCCESS. */
apr_status_t scim_sync_recorder_save(scim_sync_runtime_t *runtime, apr_pool_t *p);

/* Of the provisioner's thread. */
scim_sync_recorder_t *scim_sync_recorder_make(scim_sync_runtime_t *runtime, apr_pool_t *p);

/*
 * A pass of the provisioner: what is due. *wait (ms) becomes shorter when there is something to do
 * sooner. A failure of the database is returned; the records still wait then.
 */
apr_status_t scim_sync_recorder_pass(scim_sync_recorder_t *recorder, apr_int64_t *wait,
                                     apr_pool_t *p);

#endif

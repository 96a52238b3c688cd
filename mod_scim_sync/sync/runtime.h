/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of one httpd child share: the module makes it in child_init, handlers and the
 * provisioner use it. Constant after that, but for what the types in it guard themselves.
 */
#ifndef SCIM_SYNC_SYNC_RUNTIME_H
#define SCIM_SYNC_SYNC_RUNTIME_H

#include <apr_proc_mutex.h>

#include "base/secret.h"
#include "net/transport.h"
#include "store/shared.h"
#include "store/traffic.h"
#include "store/writer.h"

typedef struct {
    scim_sync_shared_t *shared;
    scim_sync_traffic_t *traffic;
    scim_sync_writer_t *writer;
    const scim_sync_keyring_t *keys; /* NULL: no ScimSyncKeyFile */
    apr_proc_mutex_t *leader;        /* held by the one provisioner of this host that works */
    const char *host;                /* random, the same for all children of one parent */
    apr_uint32_t checked;            /* atomic: this child has seen that the schema is ours */
    int wake_fd;                     /* eventfd, the same for all children: there may be work */
    scim_sync_transport_settings_t transport;
    int event_days;      /* events are kept for so long; 0: for ever */
    int reconcile_hours; /* from one comparison with Jira to the next; 0: only when asked */
    int event_log;       /* descriptor that takes a line for each event; -1: none */
} scim_sync_runtime_t;

/*
 * See that the database's schema is ours and the configuration is in shared memory. Each child
 * looks once, since the memory outlives a graceful restart, after which the database may be another
 * one or the module a newer one. After that it costs one atomic read. Otherwise it tries, but not
 * again within a second of a failure.
 * p     scratch memory
 * APR_EGENERAL when the database can't be reached or refuses (which is logged once per try).
 */
apr_status_t scim_sync_runtime_ready(scim_sync_runtime_t *runtime, apr_pool_t *p);

/* Publish what the database holds now (after a change, or when another node made one). */
apr_status_t scim_sync_runtime_reload(scim_sync_runtime_t *runtime, apr_pool_t *p);

/* The same, if the database says that it has changed. */
apr_status_t scim_sync_runtime_refresh(scim_sync_runtime_t *runtime, apr_pool_t *p);

/*
 * Write the times at which tokens were last used from shared memory into the database; and end
 * those in whose place others were put (store/token_end.h), when their time has come.
 */
apr_status_t scim_sync_runtime_save_uses(scim_sync_runtime_t *runtime, apr_pool_t *p);

/*
 * The same of one IdP's tokens at once, in the caller's transaction: so that of those that were
 * replaced no more are left than are remembered, however fast they are.
 */
apr_status_t scim_sync_runtime_end_tokens(const scim_sync_runtime_t *runtime, scim_sync_db_t *db,
                                          const char *idp, apr_pool_t *p);

/* There may be work for the provisioner: wakes it in whichever child it is. */
void scim_sync_runtime_wake(const scim_sync_runtime_t *runtime);

#endif

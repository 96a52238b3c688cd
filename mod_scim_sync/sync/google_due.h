/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks for the pulls that are due by themselves (sync/google_schedule.h). For the provisioner of
 * any host: each is asked for once, since whoever decides holds the IdP's row meanwhile.
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_DUE_H
#define SCIM_SYNC_SYNC_GOOGLE_DUE_H

#include "sync/runtime.h"

/* Look, and ask for what is due. Fails when the database does. */
apr_status_t scim_sync_google_due(scim_sync_runtime_t *runtime, apr_pool_t *p);

#endif

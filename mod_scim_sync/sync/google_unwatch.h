/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channels of an IdP (sync/google_watch.h) whose connection is about to end: with it ends the
 * right to stop them. What can't be stopped ends by itself within hours, and what it sends until
 * then is answered as unknown.
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_UNWATCH_H
#define SCIM_SYNC_SYNC_GOOGLE_UNWATCH_H

#include "sync/runtime.h"

typedef struct scim_sync_unwatch_t scim_sync_unwatch_t;

/*
 * What is needed to stop them later on, in p. Blocks for seconds only when there are channels, and
 * no access token. NULL: there is nothing to stop, or nothing to stop it with.
 */
scim_sync_unwatch_t *scim_sync_unwatch_prepare(scim_sync_runtime_t *runtime, const char *idp,
                                               apr_pool_t *p);

/*
 * Stop them; un may be NULL. Blocks for as long as Google takes, which is ten seconds once it does
 * not answer.
 */
void scim_sync_unwatch(const scim_sync_unwatch_t *un, apr_pool_t *p);

#endif

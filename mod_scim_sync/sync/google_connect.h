/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connecting an IdP to its Google Workspace, and ending that: what happens between an
 * administrator's click and the tokens in the database. Each blocks for as long as Google takes, ten
 * seconds at most, and records an event of the administrator's.
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_CONNECT_H
#define SCIM_SYNC_SYNC_GOOGLE_CONNECT_H

#include <apr_tables.h>

#include "sync/google_client.h"
#include "sync/runtime.h"

/* What came of it. */
typedef struct {
    const char *idp;    /* NULL: not known */
    const char *who;    /* the administrator's address at Google; or NULL */
    const char *domain; /* the Workspace's primary domain; or NULL */
    apr_int64_t ends;   /* ms: when Google will end it; 0: not said */
    const char *detail; /* why it is not connected, in words; NULL: it is */
} scim_sync_google_connected_t;

/*
 * The administrator's browser came back.
 * cookie       with the attempt (google/attempt.h); NULL: it has none
 * parameters   of the URL, decoded
 * redirect_uri as it was said when the browser was sent to Google
 * All is in p. Nothing of it quotes the code, the state or a token.
 */
void scim_sync_google_arrive(scim_sync_google_connected_t *result, scim_sync_runtime_t *runtime,
                             const char *cookie, const apr_table_t *parameters,
                             const char *redirect_uri, apr_pool_t *p);

/* Connect by a service account, for an administrator ("admin:jane"). */
void scim_sync_google_connect_service(scim_sync_google_connected_t *result,
                                      scim_sync_runtime_t *runtime, const char *idp,
                                      const char *actor, apr_pool_t *p);

/*
 * Take back what Google gave, and forget it.
 * revoke   0: only forget it; what other servers of the same Cloud project were given stays
 * NULL, or why it could not be revoked: it is connected still.
 */
const char *scim_sync_google_end(scim_sync_runtime_t *runtime, const scim_sync_google_idp_t *google,
                                 int revoke, const char *actor, apr_pool_t *p);

#endif

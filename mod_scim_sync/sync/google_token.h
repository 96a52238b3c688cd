/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access tokens of IdPs of the kind google, for whoever asks the Directory. All threads of all
 * hosts share one, in the database; one of them asks Google for the next one while the others wait.
 * What ends a connection for good is written down once, with what to do about it, an event and a
 * message.
 *
 *     scim_sync_google_token_want(&t, runtime, "ws", 0, p);
 *     HERE   use t.token; when the Directory answers 401: want again, with t.generation
 *     ASK    make t.call, then scim_sync_google_token_told(&t, answer); t.step is new
 *     WAIT   want again after t.wait_ms
 *     NONE   nothing helps but an administrator: t.detail
 *
 * No transaction of the caller's may be open.
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_TOKEN_H
#define SCIM_SYNC_SYNC_GOOGLE_TOKEN_H

#include "sync/google_client.h"
#include "sync/runtime.h"

typedef enum {
    SCIM_SYNC_GOOGLE_TOKEN_HERE,
    SCIM_SYNC_GOOGLE_TOKEN_ASK,
    SCIM_SYNC_GOOGLE_TOKEN_WAIT,
    SCIM_SYNC_GOOGLE_TOKEN_NONE
} scim_sync_google_step_t;

typedef struct {
    scim_sync_google_step_t step;
    const char *token;
    apr_int64_t generation; /* of the connection and its access token */
    scim_sync_call_t call;  /* one is there for ASK alone */
    apr_int64_t wait_ms;
    const char *detail; /* of WAIT and NONE: why, for people */

    /* for scim_sync_google_token_told() */
    scim_sync_runtime_t *runtime;
    const char *idp;
    scim_sync_google_party_t party;
    scim_sync_google_grant_t grant;
    apr_pool_t *p;
} scim_sync_google_token_t;

/*
 * An access token of an IdP that is good for a minute at least.
 * refused   the generation of one that the Directory does not take (401); 0: none
 * All is in p, which lives as long as *token.
 */
void scim_sync_google_token_want(scim_sync_google_token_t *token, scim_sync_runtime_t *runtime,
                                 const char *idp, apr_int64_t refused, apr_pool_t *p);

/* What Google answered to token->call. */
void scim_sync_google_token_told(scim_sync_google_token_t *token, const scim_sync_answer_t *answer);

/*
 * The same, blocking, for a thread that nobody waits for but its caller: HERE, NONE, or WAIT when
 * there was none within patience.
 */
void scim_sync_google_token_get(scim_sync_google_token_t *token, scim_sync_runtime_t *runtime,
                                const char *idp, apr_int64_t refused, apr_interval_time_t patience,
                                apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attempt to connect: what must be the same when the administrator's browser comes back from
 * Google. It is kept in that browser, in a cookie that only we can read (HttpOnly, Secure,
 * SameSite=Lax: the way back is a cross-site navigation, to which Strict sends none), so that an
 * attempt is bound to its browser and any host may take it up. Nobody else's code can be slipped
 * in: state and PKCE (RFC 9700 sections 2.1 and 4.7, RFC 7636).
 *
 * That an attempt is used once is the caller's matter: scim_sync_sha256() of its state is fit to be
 * remembered until it has ended anyhow.
 */
#ifndef SCIM_SYNC_GOOGLE_ATTEMPT_H
#define SCIM_SYNC_GOOGLE_ATTEMPT_H

#include <apr_pools.h>

#include "base/secret.h"

/* How long it may take, in milliseconds. */
#define SCIM_SYNC_GOOGLE_ATTEMPT_MS APR_INT64_C(600000)

typedef struct {
    const char *idp;      /* what is to be connected */
    const char *actor;    /* who began: "admin:jane" */
    const char *state;    /* in the URL to Google, and back */
    const char *verifier; /* goes to Google with the code, in no URL */
    const char *nonce;    /* in the URL, and in the ID token */
    apr_int64_t until;    /* ms since 1970 */
} scim_sync_google_attempt_t;

/* A new one, at the time now (ms since 1970), all of it in p. */
void scim_sync_google_attempt_make(scim_sync_google_attempt_t *attempt, const char *idp,
                                   const char *actor, apr_int64_t now, apr_pool_t *p);

/* The cookie's value, in p. Errors as scim_sync_secret_seal(). */
apr_status_t scim_sync_google_attempt_seal(const char **cookie,
                                           const scim_sync_google_attempt_t *attempt,
                                           const scim_sync_keyring_t *ring, apr_pool_t *p);

/*
 * The attempt that a browser comes back with.
 * cookie   its value; NULL: it came without
 * state    of the callback's URL, decoded; NULL: it has none
 * why      on failure: what an administrator is told
 * APR_EINVAL when they don't belong together, or it is too late.
 */
apr_status_t scim_sync_google_attempt_open(scim_sync_google_attempt_t *attempt, const char **why,
                                           const scim_sync_keyring_t *ring, const char *cookie,
                                           const char *state, apr_int64_t now, apr_pool_t *p);

#endif

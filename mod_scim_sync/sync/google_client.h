/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An IdP of the kind google as its administrator has set it up: what is in its settings, and its
 * secrets, opened where a call needs them.
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_CLIENT_H
#define SCIM_SYNC_SYNC_GOOGLE_CLIENT_H

#include <jansson.h>

#include "base/secret.h"
#include "google/oauth.h"
#include "google/service_account.h"
#include "net/transport.h"
#include "store/google.h"

/* The names of secrets (scim_sync_google_context()). */
#define SCIM_SYNC_GOOGLE_CLIENT_SECRET "clientSecret"
#define SCIM_SYNC_GOOGLE_SERVICE_KEY   "serviceAccountKey"
#define SCIM_SYNC_GOOGLE_REFRESH_TOKEN "refreshToken"
#define SCIM_SYNC_GOOGLE_ACCESS_TOKEN  "accessToken"

/* Each may be NULL. */
typedef struct {
    const char *client_id;
    const char *domain;        /* the Workspace's primary one: accounts of others are refused */
    const char *administrator; /* for whom a service account acts; whom Google proposes */
    scim_sync_google_endpoints_t endpoints;
    const char *directory; /* where the Directory API is; SCIM_SYNC_GOOGLE_API */
    /* Of a service account's key, to be shown: */
    const char *service_email;
    const char *service_client_id;
    const char *service_key_id;
} scim_sync_google_settings_t;

/* From and to what is stored (store/google.h); read: all in p; written: a new reference. */
void scim_sync_google_settings_read(scim_sync_google_settings_t *settings, const char *text,
                                    apr_pool_t *p);
json_t *scim_sync_google_settings_json(const scim_sync_google_settings_t *settings);

/* The OAuth client, and what to do with it; ring NULL: there is no key file. */
typedef struct {
    const scim_sync_google_idp_t *google;
    const scim_sync_keyring_t *ring;
    scim_sync_google_settings_t settings;
    scim_sync_google_client_t client; /* without a redirect_uri */
} scim_sync_google_party_t;

/*
 * What an IdP that was loaded says of itself; its client's secret is opened, if it has one.
 * why   on failure: what an administrator is told
 * APR_EINVAL when it can't be opened.
 */
apr_status_t scim_sync_google_party(scim_sync_google_party_t *party, const char **why,
                                    const scim_sync_google_idp_t *google,
                                    const scim_sync_keyring_t *ring, apr_pool_t *p);

/* A secret of the IdP, opened; sealed must not be NULL. Errors as above. */
apr_status_t scim_sync_google_open(const char **plain, const char **why,
                                   const scim_sync_google_party_t *party, const char *sealed,
                                   const char *what, apr_pool_t *p);

/* A secret of the IdP, sealed. NULL stays NULL. */
apr_status_t scim_sync_google_seal(const char **sealed, const scim_sync_google_party_t *party,
                                   const char *plain, const char *what, apr_pool_t *p);

/*
 * The call by which a service account asks for an access token, signed now (ms since 1970).
 * APR_EINVAL when there is no key, nobody to act for, or the key can't be opened or used.
 */
apr_status_t scim_sync_google_service_call(scim_sync_call_t *call, const char **why,
                                           const scim_sync_google_party_t *party, apr_int64_t now,
                                           apr_pool_t *p);

/* One call to Google while somebody waits, for ten seconds at most. */
const scim_sync_answer_t *scim_sync_google_ask(const scim_sync_transport_settings_t *transport,
                                               const scim_sync_call_t *call, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an IdP of the kind google is connected: what was set, and the tokens that Google gave.
 * Secrets are sealed (base/secret.h, context scim_sync_google_context()).
 *
 * A generation tells connections and access tokens apart: who asks Google for something writes down
 * the answer only as long as the generation is that with which it asked. So an answer that comes
 * late never undoes what an administrator, or another host, did meanwhile.
 *
 * All functions run in the caller's transaction and return what the database returned. Of them
 * scim_sync_google_connect() alone raises the configuration's generation, for the provisioner: no
 * request needs to know of any.
 */
#ifndef SCIM_SYNC_STORE_GOOGLE_H
#define SCIM_SYNC_STORE_GOOGLE_H

#include <apr_tables.h>

#include "store/db.h"

/* States of a connection. */
#define SCIM_SYNC_GOOGLE_NONE      "none"
#define SCIM_SYNC_GOOGLE_CONNECTED "connected"
#define SCIM_SYNC_GOOGLE_RECONNECT "reconnect" /* nothing works before somebody connects anew */

/* Ways to connect. */
#define SCIM_SYNC_GOOGLE_BROWSER "browser"
#define SCIM_SYNC_GOOGLE_SERVICE "serviceAccount"

typedef struct {
    const char *idp;
    const char *settings;      /* JSON (sync/google_settings.h); "{}" until some are put */
    const char *client_secret; /* sealed ("clientSecret"), or NULL */
    const char *service_key;   /* sealed ("serviceAccountKey"), or NULL */
    apr_int64_t version;       /* of what stands above */

    const char *state;  /* SCIM_SYNC_GOOGLE_... */
    const char *way;    /* in which it is or was connected, or NULL */
    const char *reason; /* why it must be connected anew; connected: why there was no other access
                           token the last time; or NULL */
    apr_int64_t since;  /* ms: in this state */
    /* Kept when it is disconnected, so that another directory is noticed: */
    const char *who;    /* the administrator's address, or NULL */
    const char *domain; /* the Workspace's, or NULL */
    const char *scopes; /* granted, or NULL */

    const char *refresh_token; /* sealed ("refreshToken"), or NULL */
    apr_int64_t refresh_until; /* ms; 0: not known */
    int warned;                /* how urgent the last warning of that was (sync/expiry.h) */
    const char *access_token;  /* sealed ("accessToken"), or NULL */
    apr_int64_t access_left;   /* ms that it is good for, by the database's clock */
    apr_int64_t ask_in;        /* ms until somebody may ask for another one; 0: now */
    apr_int64_t generation;
} scim_sync_google_idp_t;

/* To what a secret of an IdP is bound; what: in brackets above. */
const char *scim_sync_google_context(const char *idp, const char *what, apr_pool_t *p);

/* In the transaction that makes the IdP. */
apr_status_t scim_sync_google_insert(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/* *google is NULL when there is no such IdP, or it is of another kind. */
apr_status_t scim_sync_google_load(scim_sync_db_t *db, scim_sync_google_idp_t **google,
                                   const char *idp, apr_pool_t *p);

/* Names of the IdPs to be connected anew, and why: scim_sync_google_idp_t *, by name. */
apr_status_t scim_sync_google_list_lost(scim_sync_db_t *db, apr_array_header_t **lost,
                                        apr_pool_t *p);

/* Those that are connected and will end at a time that is known, likewise. */
apr_status_t scim_sync_google_list_ending(scim_sync_db_t *db, apr_array_header_t **ending,
                                          apr_pool_t *p);

/* Warn of that end, in the transaction that writes the event; as scim_sync_site_warn(). */
apr_status_t scim_sync_google_warn(scim_sync_db_t *db, const scim_sync_google_idp_t *google,
                                   int urgency, int *first, apr_pool_t *p);

/*
 * Settings and secrets in the place of those that were loaded. *stored 0: somebody else has changed
 * them since.
 */
apr_status_t scim_sync_google_put(scim_sync_db_t *db, const scim_sync_google_idp_t *google,
                                  int *stored, apr_pool_t *p);

/*
 * It is connected from now on: way, who, domain, scopes, refresh token and its end, access token and
 * access_left are taken. *stored 0: since google was loaded, its settings were changed, or it was
 * connected, disconnected or lost. Another access token is nothing that hinders.
 */
apr_status_t scim_sync_google_connect(scim_sync_db_t *db, const scim_sync_google_idp_t *google,
                                      int *stored, apr_pool_t *p);

/* Nothing is left of the connection, and of its channels, but whom it was with. */
apr_status_t scim_sync_google_disconnect(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/*
 * Whoever gets *mine 1 asks Google for another access token, and nobody else does for so long (ms),
 * or until the answer is written down.
 */
apr_status_t scim_sync_google_claim(scim_sync_db_t *db, const char *idp, apr_int64_t generation,
                                    apr_int64_t ms, int *mine, apr_pool_t *p);

/* There is none now, for this reason: somebody may ask after so long. */
apr_status_t scim_sync_google_put_off(scim_sync_db_t *db, const char *idp, apr_int64_t generation,
                                      apr_int64_t ms, const char *reason, apr_pool_t *p);

/*
 * Another access token, good for ms, and, unless it is NULL, another refresh token; both sealed.
 * *stored 0: the connection is another one by now.
 */
apr_status_t scim_sync_google_refreshed(scim_sync_db_t *db, const char *idp, apr_int64_t generation,
                                        const char *access_token, apr_int64_t ms,
                                        const char *refresh_token, int *stored, apr_pool_t *p);

/* It must be connected anew. *first 0: it isn't connected in that way any more. */
apr_status_t scim_sync_google_lose(scim_sync_db_t *db, const char *idp, apr_int64_t generation,
                                   const char *reason, int *first, apr_pool_t *p);

/*
 * Use an attempt to connect, by the SHA-256 of its state. *first 0: it was used before.
 * until   its end, up to which it is remembered
 */
apr_status_t scim_sync_google_use_attempt(scim_sync_db_t *db, const char *state, apr_int64_t until,
                                          int *first, apr_pool_t *p);

#endif

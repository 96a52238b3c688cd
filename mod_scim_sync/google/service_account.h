/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service account with domain-wide delegation: it signs that it acts for an administrator, and
 * gets an access token for that (RFC 7523). Nothing of it ends by itself, as a connection through
 * the browser may; but its key is to be guarded, sealed as every secret.
 * https://developers.google.com/identity/protocols/oauth2/service-account
 */
#ifndef SCIM_SYNC_GOOGLE_SERVICE_ACCOUNT_H
#define SCIM_SYNC_GOOGLE_SERVICE_ACCOUNT_H

#include <apr_pools.h>

typedef struct {
    const char *email;       /* client_email: who signs */
    const char *client_id;   /* the number to which scopes are delegated; NULL: not said */
    const char *key_id;      /* private_key_id, or NULL */
    const char *private_key; /* PEM */
} scim_sync_google_key_t;

/*
 * Reads the JSON file that Google gives when a key is created.
 * why   on failure: what is wrong with it; never quotes it
 * APR_EINVAL when it is no such file, or its key no RSA key of 2048 bits at least. Addresses in it
 * (token_uri) are passed over: whom the key is shown to is not the file's to say.
 */
apr_status_t scim_sync_google_key_read(scim_sync_google_key_t *key, const char **why,
                                       const char *text, apr_size_t len, apr_pool_t *p);

/*
 * The assertion (a JWT, signed with RS256) for scim_sync_google_present(), in p; good for an hour.
 * administrator   the address of the user to act for
 * scopes          separated by single blanks
 * token_url       scim_sync_google_token_url()
 * now             ms since 1970; Google allows for a few minutes between clocks
 * APR_EGENERAL when OpenSSL does not sign.
 */
apr_status_t scim_sync_google_key_assert(const char **assertion, const scim_sync_google_key_t *key,
                                         const char *administrator, const char *scopes,
                                         const char *token_url, apr_int64_t now, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Google's OAuth 2.0, as a web server's client (RFC 6749 section 4.1, with PKCE) and as a service
 * account (RFC 7523): URLs, calls, and what their answers mean. Pure: neither network nor state.
 * https://developers.google.com/identity/protocols/oauth2/web-server
 * https://developers.google.com/identity/protocols/oauth2/service-account
 * https://developers.google.com/identity/openid-connect/openid-connect
 *
 * No secret ever stands in a URL here, but for the attempt's state and nonce, and no detail quotes
 * an answer of the token endpoint beyond its error's words.
 */
#ifndef SCIM_SYNC_GOOGLE_OAUTH_H
#define SCIM_SYNC_GOOGLE_OAUTH_H

#include <apr_tables.h>

#include "google/answer.h"
#include "google/attempt.h"

#define SCIM_SYNC_GOOGLE_AUTHORIZE "https://accounts.google.com/o/oauth2/v2/auth"
#define SCIM_SYNC_GOOGLE_TOKEN_URL "https://oauth2.googleapis.com/token"
#define SCIM_SYNC_GOOGLE_REVOKE    "https://oauth2.googleapis.com/revoke"
#define SCIM_SYNC_GOOGLE_ISSUER    "https://accounts.google.com"

/*
 * The two scopes that suffice: members are read with that of groups.
 * https://developers.google.com/workspace/admin/directory/reference/rest/v1/members/list
 */
#define SCIM_SYNC_GOOGLE_SCOPE_USERS "https://www.googleapis.com/auth/admin.directory.user.readonly"
#define SCIM_SYNC_GOOGLE_SCOPE_GROUPS                                                              \
    "https://www.googleapis.com/auth/admin.directory.group.readonly"
#define SCIM_SYNC_GOOGLE_SCOPES SCIM_SYNC_GOOGLE_SCOPE_USERS " " SCIM_SYNC_GOOGLE_SCOPE_GROUPS

/* Where Google is, in URLs without ? and #; of what is NULL, the addresses above hold. */
typedef struct {
    const char *authorize;
    const char *token;
    const char *revoke;
    const char *issuer;
} scim_sync_google_endpoints_t;

/* An OAuth client of type "Web application" of a Google Cloud project. */
typedef struct {
    scim_sync_google_endpoints_t endpoints;
    const char *id;
    const char *secret;
    /*
     * As it is registered, byte by byte: made of the configured address of this server, never of a
     * request's Host.
     */
    const char *redirect_uri;
} scim_sync_google_client_t;

/* The access token's URL, as a service account's assertion must name it (aud). */
const char *scim_sync_google_token_url(const scim_sync_google_endpoints_t *endpoints);

/*
 * Where the administrator's browser is sent, in p. A refresh token comes along each time
 * (access_type=offline, prompt=consent); what was granted to other clients of the same project
 * stays out of it (no include_granted_scopes), since whoever revokes one token revokes all it
 * covers.
 * email    whom Google should propose (login_hint), or NULL
 * domain   which accounts it should propose (hd), or NULL; no more than a hint: compare with
 *          the identity's domain
 */
const char *scim_sync_google_authorize_url(const scim_sync_google_client_t *client,
                                           const scim_sync_google_attempt_t *attempt,
                                           const char *email, const char *domain, apr_pool_t *p);

/*
 * What the browser came back with, once the attempt was found to be this browser's.
 * parameters   of the URL, decoded; those that are not known here are passed over
 * DONE with *code; REFUSED when the administrator or Google said no, or it wasn't Google (iss).
 */
scim_sync_google_result_t scim_sync_google_read_callback(const apr_table_t *parameters,
                                                         const scim_sync_google_client_t *client,
                                                         const char **code, apr_pool_t *p);

/* How an access token is asked for. Each fills *call from p; what it sends is secret. */
void scim_sync_google_exchange(scim_sync_call_t *call, const scim_sync_google_client_t *client,
                               const char *code, const char *verifier, apr_pool_t *p);
void scim_sync_google_refresh(scim_sync_call_t *call, const scim_sync_google_client_t *client,
                              const char *refresh_token, apr_pool_t *p);
/* assertion: scim_sync_google_key_assert() */
void scim_sync_google_present(scim_sync_call_t *call, const scim_sync_google_endpoints_t *endpoints,
                              const char *assertion, apr_pool_t *p);

typedef enum {
    SCIM_SYNC_GOOGLE_BY_CODE,
    SCIM_SYNC_GOOGLE_BY_REFRESH,
    SCIM_SYNC_GOOGLE_BY_ASSERTION
} scim_sync_google_grant_t;

typedef struct {
    const char *access_token;
    apr_int64_t lifetime_ms; /* of it, from the answer on */
    /*
     * To be stored, sealed. NULL: Google sent none, and the one that is stored stays good; after
     * an exchange without a stored one, nothing can be done but to connect again.
     */
    const char *refresh_token;
    apr_int64_t refresh_lifetime_ms; /* 0: not said; it is only where access was given for a time */
    const char *scope;               /* granted, or NULL: as asked for (RFC 6749 section 5.1) */
    const char *id_token;            /* of an exchange, or NULL */
} scim_sync_google_tokens_t;

/*
 * DONE with *tokens in p. CONNECTION (DENIED): it will not work again before an administrator has
 * done what the detail says. PERMISSION (REFUSED): a scope that is needed was not granted; *tokens
 * is filled nevertheless, to be revoked. QUOTA, BUSY, STRANGE (RETRY): ask again.
 */
scim_sync_google_result_t scim_sync_google_read_tokens(const scim_sync_answer_t *answer,
                                                       scim_sync_google_grant_t grant,
                                                       scim_sync_google_tokens_t *tokens,
                                                       apr_pool_t *p);

/* The scopes that are needed and not among scope, joined by " and ", in p; NULL: none is missing. */
const char *scim_sync_google_missing_scopes(const char *scope, apr_pool_t *p);

/*
 * Revocation takes back all that this administrator granted to any client of the same Google Cloud
 * project: other servers of that project lose their connection, too. No client is named (RFC 7009
 * would); the token goes into the body.
 * token   the refresh token, or an access token
 */
void scim_sync_google_revoke(scim_sync_call_t *call, const scim_sync_google_endpoints_t *endpoints,
                             const char *token, apr_pool_t *p);
/* DONE also when it was revoked or has ended before. */
scim_sync_google_result_t scim_sync_google_read_revoke(const scim_sync_answer_t *answer,
                                                       apr_pool_t *p);

/* Who connected. To be shown and compared; nobody is let in by it. */
typedef struct {
    const char *subject; /* the account's id, which never changes */
    const char *email;   /* or NULL */
    const char *domain;  /* hd: the Workspace's primary domain; NULL: it is no Workspace account */
} scim_sync_google_identity_t;

/*
 * Reads an ID token that came straight from the token endpoint over TLS, which is why its signature
 * is not looked at (OpenID Connect Core 1.0, section 3.1.3.7, 6.); from anywhere else it would
 * prove nothing. Issuer, audience, end and nonce are compared.
 * now   ms since 1970; clocks may differ by five minutes
 * why   on failure: in words
 * APR_EINVAL; *identity is then not to be used.
 */
apr_status_t scim_sync_google_read_identity(scim_sync_google_identity_t *identity, const char **why,
                                            const char *id_token,
                                            const scim_sync_google_client_t *client,
                                            const char *nonce, apr_int64_t now, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/gate.h"

#include <apr_lib.h>
#include <apr_network_io.h>
#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>
#include <http_log.h>
#include <http_ssl.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/settings.h"

#define CLIENT_HEADER "SCIM-Sync-Client"

APLOG_USE_MODULE(scim_sync);

/* ---- identity providers ---- */

static const scim_sync_error_t *unauthorized(request_rec *r)
{
    return scim_sync_error(r->pool, HTTP_UNAUTHORIZED, NULL,
                           "A valid bearer token of this identity provider is needed.");
}

/* Somebody without a token of ours: anybody on the Internet, so that it is no news. */
static const scim_sync_error_t *stranger(scim_sync_visit_t *visit, request_rec *r, const char *why)
{
    visit->why = why;
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, SCIM_LOGNO(0201) "SCIM request refused: %s", why);
    return unauthorized(r);
}

/* An identity provider whose administrator will want to know why it fails. */
static const scim_sync_error_t *outdated(scim_sync_visit_t *visit, request_rec *r, const char *why)
{
    visit->why = apr_psprintf(r->pool, "token %s %s", visit->token, why);
    ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r, SCIM_LOGNO(0203) "SCIM request refused: %s",
                  visit->why);
    return unauthorized(r);
}

/* The token of "Authorization: Bearer x"; the scheme in any case (RFC 9110 section 11.1). */
static const char *bearer_of(request_rec *r)
{
    const char *header = apr_table_get(r->headers_in, "Authorization");
    const char *token;

    if (!header || strncasecmp(header, "Bearer", 6) || !apr_isspace(header[6])) {
        return NULL;
    }
    for (token = header + 6; apr_isspace(*token); token++) {
    }
    return *token ? token : NULL;
}

/* Why a token of ours is not good for the IdP of this name; NULL: it is. */
static const char *fault_of(const scim_sync_view_token_t *token, const char *name, apr_int64_t now,
                            apr_pool_t *p)
{
    if (strcmp(token->idp->name, name)) {
        return apr_pstrcat(p, "belongs to the IdP ", token->idp->name, NULL);
    }
    if (token->ended) {
        return apr_psprintf(p, "was %s by %s and ended at %s", token->how, token->who,
                            scim_sync_time_text(token->ended, p));
    }
    if (!token->expires || token->expires > now) {
        return NULL;
    }
    return token->who ? apr_psprintf(p, "was replaced by %s and ended at %s", token->who,
                                     scim_sync_time_text(token->expires, p))
                      : apr_pstrcat(p, "expired at ", scim_sync_time_text(token->expires, p), NULL);
}

static int is_allowed_from(const scim_sync_view_idp_t *idp, request_rec *r)
{
    int i;

    for (i = 0; idp->allow_from && i < idp->allow_from->nelts; i++) {
        if (apr_ipsubnet_test(APR_ARRAY_IDX(idp->allow_from, i, apr_ipsubnet_t *),
                              r->useragent_addr)) {
            return 1;
        }
    }
    return !idp->allow_from;
}

/* Whoever has a good token may know this much. */
static const scim_sync_error_t *check_limits(const scim_sync_view_idp_t *idp,
                                             scim_sync_runtime_t *runtime, request_rec *r)
{
    apr_int64_t wait;

    if (!is_allowed_from(idp, r)) {
        ap_log_rerror(APLOG_MARK, APLOG_NOTICE, 0, r,
                      SCIM_LOGNO(0204) "SCIM request refused: IdP %s may not come from here",
                      idp->name);
        return scim_sync_error(r->pool, HTTP_FORBIDDEN, NULL,
                               "This identity provider may not come from the address %s.",
                               r->useragent_ip);
    }
    if (idp->per_minute && (wait = scim_sync_traffic_wait(runtime->traffic, idp->name,
                                                          idp->per_minute, scim_sync_clock()))) {
        ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                      SCIM_LOGNO(0205) "SCIM request refused: IdP %s sends too many", idp->name);
        apr_table_setn(r->err_headers_out, "Retry-After",
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT, (wait + 999) / 1000));
        return scim_sync_error(r->pool, HTTP_TOO_MANY_REQUESTS, NULL,
                               "This identity provider may send %s a minute. Try again later.",
                               scim_sync_count_text(idp->per_minute, "request", "requests",
                                                    r->pool));
    }
    return NULL;
}

const scim_sync_error_t *scim_sync_gate_idp(scim_sync_visit_t *visit, scim_sync_runtime_t *runtime,
                                            request_rec *r, const char *name)
{
    const scim_sync_view_t *view = scim_sync_shared_view(runtime->shared, r->pool);
    const char *bearer = bearer_of(r);
    const scim_sync_view_token_t *token;
    apr_int64_t now = scim_sync_now();
    const scim_sync_error_t *error;
    const char *fault;
    const char *hash;

    visit->named = view ? apr_hash_get(view->idps, name, APR_HASH_KEY_STRING) : NULL;
    if (!view || !bearer) {
        return stranger(visit, r, "there is no Authorization: Bearer header");
    }
    hash = scim_sync_sha256(bearer, r->pool);
    token = apr_hash_get(view->tokens, hash, APR_HASH_KEY_STRING);
    if (!token || !scim_sync_same_secret(token->hash, hash)) {
        return stranger(visit, r, "the token is not known");
    }
    visit->token = token->id;
    if ((fault = fault_of(token, name, now, r->pool))) {
        return outdated(visit, r, fault);
    }
    scim_sync_shared_token_used(runtime->shared, token, now);
    if (!(error = check_limits(token->idp, runtime, r))) {
        visit->idp = token->idp;
    }
    return error;
}

/* ---- administrators ---- */

static int is_loopback(const conn_rec *c)
{
    static const char *const networks[][2] = { { "127.0.0.0", "8" }, { "::1", "128" } };
    apr_ipsubnet_t *subnet;
    apr_size_t i;

    for (i = 0; i < sizeof(networks) / sizeof(*networks); i++) {
        if (apr_ipsubnet_create(&subnet, networks[i][0], networks[i][1], c->pool) == APR_SUCCESS &&
            apr_ipsubnet_test(subnet, c->client_addr)) {
            return 1;
        }
    }
    return 0;
}

/* Whether Origin, which browsers add to what a page sends, is this very host. */
static int is_same_origin(request_rec *r)
{
    const char *origin = apr_table_get(r->headers_in, "Origin");
    const char *host = apr_table_get(r->headers_in, "Host");
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");
    apr_uri_t uri;

    if (site && strcmp(site, "same-origin") && strcmp(site, "none")) {
        return 0;
    }
    return !origin || (host && apr_uri_parse(r->pool, origin, &uri) == APR_SUCCESS &&
                       uri.hostinfo && !strcasecmp(uri.hostinfo, host));
}

const scim_sync_error_t *scim_sync_gate_forbid(request_rec *r, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, SCIM_LOGNO(0202) "admin request refused: %s",
                  why);
    return scim_sync_error(r->pool, HTTP_FORBIDDEN, NULL, "%s", why);
}

/* With or without parameters. */
static int is_json(const char *type)
{
    static const char json[] = "application/json";
    apr_size_t length = sizeof(json) - 1;

    return type && !strncasecmp(type, json, length) && strchr("; \t", type[length]);
}

static int has_body(int method)
{
    return method == M_POST || method == M_PUT || method == M_PATCH;
}

const scim_sync_error_t *scim_sync_gate_admin(request_rec *r)
{
    if (!r->user) {
        return scim_sync_gate_forbid(
            r, "The admin API serves authenticated users only: configure "
               "authentication (such as AuthType Basic and Require valid-user) for "
               "its location.");
    }
    if (!ap_ssl_conn_is_ssl(r->connection) && !is_loopback(r->connection)) {
        return scim_sync_gate_forbid(
            r, "The admin API serves TLS connections, and others from this host only.");
    }
    if (r->method_number == M_GET) {
        return NULL;
    }
    /* A page of another site can send neither of these headers unasked. */
    if (!is_same_origin(r) || !apr_table_get(r->headers_in, CLIENT_HEADER) ||
        (has_body(r->method_number) && !is_json(apr_table_get(r->headers_in, "Content-Type")))) {
        return scim_sync_gate_forbid(r, "What changes something must be a same-origin request with "
                                        "the header " CLIENT_HEADER ", and all but a DELETE with "
                                        "Content-Type: application/json.");
    }
    return NULL;
}

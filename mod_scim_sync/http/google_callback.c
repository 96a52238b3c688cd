/* SPDX-License-Identifier: Apache-2.0 */
#include "http/google_callback.h"

#include <apr_strings.h>
#include <apr_uri.h>
#include <http_config.h>
#include <http_log.h>
#include <http_protocol.h>
#include <scoreboard.h>
#include <util_cookies.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "http/answer.h"
#include "http/request.h"
#include "http/settings.h"
#include "sync/google_connect.h"

APLOG_USE_MODULE(scim_sync);

#define ATTEMPT        "scim-sync-connect"
#define RESULT         "scim-sync-connected"
#define RESULT_CONTEXT "google/result"
#define RESULT_SECONDS 60
#define MAX_DEPTH      1
#define DETAIL_MAX     1200 /* bytes: a cookie has 4096 */

/* ---- where it is ---- */

static int is_loopback(const char *host)
{
    return !strncmp(host, "127.", 4) || !strcasecmp(host, "localhost") || !strcmp(host, "::1");
}

const char *scim_sync_callback_uri(request_rec *r, const char **why)
{
    const char *base = scim_sync_server_config(r->server)->base_url;
    const scim_sync_mount_t *mount = scim_sync_mount_of(r, SCIM_SYNC_HANDLER_CALLBACK, NULL);
    apr_uri_t uri;

    if (!base) {
        *why = "Google sends the browser back to an address that is registered there: set "
               "ScimSyncBaseURL, so that it is the same for every request.";
    }
    else if (!mount) {
        *why = "There is no place to which Google can send the browser back: add a <Location> with "
               "SetHandler scim-sync-oauth-callback, as conf.d/scim_sync.conf has it.";
    }
    else if (apr_uri_parse(r->pool, base, &uri) != APR_SUCCESS ||
             (strcmp(uri.scheme, "https") && !is_loopback(uri.hostname))) {
        *why = "Google sends nobody back without TLS: ScimSyncBaseURL must begin with https://.";
    }
    else {
        return apr_pstrcat(r->pool, base, mount->path, NULL);
    }
    return NULL;
}

/* ---- cookies ---- */

/* Browsers take a name that begins so from a secure server only. */
static const char *cookie_name(request_rec *r, const char *uri, const char *name)
{
    return strncmp(uri, "https:", 6) ? name : apr_pstrcat(r->pool, "__Secure-", name, NULL);
}

/* Lax: the way back is a navigation from another site, to which Strict sends none. */
static void set_cookie(request_rec *r, const char *uri, const char *name, const char *value,
                       int seconds)
{
    const scim_sync_mount_t *mount = scim_sync_mount_of(r, SCIM_SYNC_HANDLER_CALLBACK, NULL);
    const char *attributes = apr_pstrcat(r->pool, "Path=", mount->path, ";HttpOnly;SameSite=Lax",
                                         strncmp(uri, "https:", 6) ? "" : ";Secure", NULL);

    ap_cookie_write(r, cookie_name(r, uri, name), value, attributes, seconds, r->err_headers_out,
                    NULL);
}

static void end_cookie(request_rec *r, const char *uri, const char *name)
{
    set_cookie(r, uri, name, "", -1);
}

/* NULL: it came without. It is taken out of the request. */
static const char *cookie_of(request_rec *r, const char *uri, const char *name)
{
    const char *value = NULL;

    ap_cookie_read(r, cookie_name(r, uri, name), &value, 1);
    return value;
}

void scim_sync_callback_remember(request_rec *r, const char *uri, const char *attempt)
{
    set_cookie(r, uri, ATTEMPT, attempt, SCIM_SYNC_GOOGLE_ATTEMPT_MS / 1000);
}

/* ---- what is in the URL ---- */

static int is_callback(request_rec *r)
{
    return !strcmp(scim_sync_handler_in(r, r->per_dir_config), SCIM_SYNC_HANDLER_CALLBACK);
}

int scim_sync_callback_hide(request_rec *r)
{
    char *query;

    if (!r->args || !is_callback(r)) {
        return DECLINED;
    }
    ap_set_module_config(r->request_config, &scim_sync_module, r->args);
    r->args = NULL;
    r->parsed_uri.query = NULL;
    r->unparsed_uri = apr_pstrdup(r->pool, r->unparsed_uri);
    if ((query = strchr(r->unparsed_uri, '?'))) {
        *query = '\0';
    }
    r->the_request = apr_pstrcat(r->pool, r->method, " ", r->unparsed_uri, " ", r->protocol, NULL);
    /* mod_status shows what the scoreboard has copied. */
    ap_update_child_status(r->connection->sbh, SERVER_BUSY_WRITE, r);
    return DECLINED;
}

/* ---- the page ---- */

static const char PAGE[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>%s</title>\n"
    "<style>body{font:16px/1.5 sans-serif;max-width:40em;margin:3em auto;padding:0 1em}</style>\n"
    "<h1>%s</h1>\n<p>%s</p>\n</html>\n";

static int answer_page(request_rec *r, int status, const char *title, const char *text)
{
    r->status = status;
    ap_set_content_type(r, "text/html; charset=utf-8");
    ap_rprintf(r, PAGE, title, title, text);
    return OK;
}

/* Of what came back, and of what is shown of it: nothing is kept, framed or told to others. */
static void set_headers(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->err_headers_out, "Referrer-Policy", "no-referrer");
    apr_table_setn(r->err_headers_out, "X-Content-Type-Options", "nosniff");
    apr_table_setn(r->err_headers_out, "Content-Security-Policy",
                   "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
}

/* Sealed, so that nobody else can have a page of ours say something. */
static void remember_result(request_rec *r, const char *uri,
                            const scim_sync_google_connected_t *result)
{
    json_t *json = scim_sync_json_own(json_object(), r->pool);
    const scim_sync_keyring_t *keys = scim_sync_runtime()->keys;
    const char *sealed;

    scim_sync_json_put(json, "idp", result->idp);
    scim_sync_json_put(json, "who", result->who);
    scim_sync_json_put(json, "domain", result->domain);
    json_object_set_new(json, "ends", json_integer((json_int_t)result->ends));
    scim_sync_json_put(json, "detail", scim_sync_excerpt(result->detail, DETAIL_MAX, r->pool));
    if (keys && scim_sync_secret_seal(&sealed, keys, scim_sync_json_text(json, NULL, r->pool),
                                      RESULT_CONTEXT, r->pool) == APR_SUCCESS) {
        set_cookie(r, uri, RESULT, sealed, RESULT_SECONDS);
    }
}

static json_t *result_of(request_rec *r, const char *uri)
{
    const scim_sync_keyring_t *keys = scim_sync_runtime()->keys;
    const char *cookie = cookie_of(r, uri, RESULT);
    json_t *json = NULL;
    const char *text;
    const char *why;

    if (cookie && keys &&
        scim_sync_secret_open(&text, keys, cookie, RESULT_CONTEXT, r->pool) == APR_SUCCESS) {
        scim_sync_json_parse(&json, text, strlen(text), MAX_DEPTH, &why, r->pool);
    }
    return json;
}

/* A text of the result, fit for a page; otherwise when it is not there. */
static const char *shown(request_rec *r, const json_t *result, const char *name,
                         const char *otherwise)
{
    const char *text = scim_sync_json_str(result, name);

    return ap_escape_html(r->pool, text ? text : otherwise);
}

/* Of a connection that ends by itself. */
static const char *shown_end(request_rec *r, const json_t *result)
{
    apr_int64_t ends = scim_sync_json_int(result, "ends", 0);

    return ends ? apr_psprintf(r->pool,
                               " <b>Google ends this connection on %s</b>, as it does after 7 days "
                               "while the consent screen is External and in Testing: make it "
                               "Internal, or publish it, and connect again.",
                               scim_sync_time_text(ends, r->pool))
                : "";
}

static int show(request_rec *r, const char *uri)
{
    const json_t *result = result_of(r, uri);
    const char *idp = shown(r, result, "idp", "The identity provider");

    if (!result) {
        return answer_page(r, HTTP_OK, "Google Workspace",
                           "Here ends what begins with connecting an identity provider to Google. "
                           "This browser has nothing to be told, or keeps no cookies; what became "
                           "of an attempt stands among the events of the identity provider.");
    }
    if (json_object_get(result, "detail")) {
        return answer_page(r, HTTP_OK, "Not connected",
                           apr_pstrcat(r->pool, idp, " is not connected to Google by this: ",
                                       shown(r, result, "detail", ""), ".", NULL));
    }
    return answer_page(r, HTTP_OK, "Connected",
                       apr_pstrcat(r->pool, idp, " is connected to the Google Workspace <b>",
                                   shown(r, result, "domain", "?"), "</b>, as <b>",
                                   shown(r, result, "who", "somebody without an address"), "</b>.",
                                   shown_end(r, result), " This window can be closed.", NULL));
}

/* ---- the request ---- */

static int arrive(request_rec *r, const char *uri, char *args)
{
    const char *cookie = cookie_of(r, uri, ATTEMPT);
    const scim_sync_error_t *error;
    scim_sync_google_connected_t result = { 0 };
    apr_table_t *parameters;

    r->args = args;
    error = scim_sync_query(&parameters, NULL, r);
    r->args = NULL;
    if (error) {
        result.detail = "what came back from Google can't be read";
    }
    else {
        scim_sync_google_arrive(&result, scim_sync_runtime(), cookie, parameters, uri, r->pool);
    }
    if (result.detail) {
        /* Without an attempt of ours it is anybody on the Internet, and no news. */
        ap_log_rerror(APLOG_MARK, result.idp ? APLOG_NOTICE : APLOG_INFO, 0, r,
                      SCIM_LOGNO(0181) "%s is not connected to Google: %s",
                      result.idp ? result.idp : "an identity provider", result.detail);
    }
    end_cookie(r, uri, ATTEMPT);
    remember_result(r, uri, &result);
    apr_table_setn(r->err_headers_out, "Location", uri);
    return HTTP_SEE_OTHER;
}

int scim_sync_callback_handler(request_rec *r)
{
    scim_sync_runtime_t *runtime = scim_sync_runtime();
    const char *why = NULL;
    const char *uri;
    char *args;

    if (!r->handler || strcmp(r->handler, SCIM_SYNC_HANDLER_CALLBACK)) {
        return DECLINED;
    }
    scim_sync_hold_signals(r);
    set_headers(r);
    if (strcmp(r->method, "GET") || r->header_only) {
        return scim_sync_answer_method(r, "GET");
    }
    uri = scim_sync_callback_uri(r, &why);
    if (!uri || !runtime) {
        return answer_page(r, HTTP_SERVICE_UNAVAILABLE, "Not connected",
                           ap_escape_html(r->pool, why ? why
                                                       : "ScimSync is Off on this server, or its "
                                                         "error log says why it could not be "
                                                         "started."));
    }
    if (scim_sync_runtime_ready(runtime, r->pool) != APR_SUCCESS) {
        return answer_page(r, HTTP_SERVICE_UNAVAILABLE, "Not connected",
                           "The database can't be reached. Begin again in a moment.");
    }
    args = ap_get_module_config(r->request_config, &scim_sync_module);
    return args && *args ? arrive(r, uri, args) : show(r, uri);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/answer.h"

#include <apr_strings.h>
#include <http_core.h>
#include <http_protocol.h>
#include <http_request.h>
#include <util_filter.h>

#include "base/json.h"
#include "http/console.h"
#include "http/record.h"
#include "http/settings.h"
#include "scim/v1.h"

#define FILTER      "SCIM_SYNC_ERROR"
#define RETRY_AFTER "5"

/* r->handler is not set yet when another module refuses the request: ask the location. */
static int is_scim(request_rec *r)
{
    return !strcmp(scim_sync_handler_in(r, r->per_dir_config), SCIM_SYNC_HANDLER_SCIM);
}

static int is_ours(request_rec *r)
{
    const char *handler = scim_sync_handler_in(r, r->per_dir_config);

    return !strcmp(handler, SCIM_SYNC_HANDLER_SCIM) || !strcmp(handler, SCIM_SYNC_HANDLER_HEALTH) ||
           (!strcmp(handler, SCIM_SYNC_HANDLER_ADMIN) && !scim_sync_console_is_page(r));
}

/* The text of a body as the location's version of SCIM has it, and its type. */
static const char *render(const json_t *body, const char **type, apr_size_t *length, request_rec *r)
{
    if (!strcmp(*type, SCIM_SYNC_TYPE_SCIM) && scim_sync_is_v1(r)) {
        *type = SCIM_SYNC_TYPE_JSON;
        body = scim_sync_v1_answer(body, r->pool);
    }
    return is_scim(r) ? scim_sync_json_text(body, length, r->pool)
                      : scim_sync_json_measured(body, length, r->pool);
}

void scim_sync_answer_begin(request_rec *r, int status, const char *type)
{
    r->status = status;
    r->status_line = NULL;
    /* What an IdP is told of a person is nobody else's, and old the next moment. */
    apr_table_setn(r->err_headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->err_headers_out, "X-Content-Type-Options", "nosniff");
    if (type) {
        ap_set_content_type(r, apr_pstrdup(r->pool, type));
    }
}

int scim_sync_answer(request_rec *r, int status, const char *type, const json_t *body)
{
    apr_size_t length = 0;
    const char *text = body ? render(body, &type, &length, r) : "";

    scim_sync_record_answer(r, text, length);
    scim_sync_answer_begin(r, status, body ? type : NULL);
    if (body) {
        ap_set_content_length(r, (apr_off_t)length);
        ap_rwrite(text, (int)length, r);
    }
    return OK;
}

static json_t *problem_json(const scim_sync_error_t *error, apr_pool_t *p)
{
    const char *line = ap_get_status_line(error->status);

    return scim_sync_json_own(json_pack("{s:s, s:i, s:O}", "title",
                                        strlen(line) > 4 ? line + 4 : "", "status", error->status,
                                        "detail",
                                        json_object_get(scim_sync_error_json(error, p), "detail")),
                              p);
}

int scim_sync_answer_error(request_rec *r, const scim_sync_error_t *error)
{
    scim_sync_record_why(r, error->detail);
    if (error->status == HTTP_UNAUTHORIZED && is_scim(r)) {
        /* RFC 6750 section 3.1: who sent no token is not told of an error. */
        apr_table_setn(r->err_headers_out, "WWW-Authenticate",
                       apr_table_get(r->headers_in, "Authorization")
                           ? "Bearer realm=\"SCIM\", error=\"invalid_token\""
                           : "Bearer realm=\"SCIM\"");
    }
    return is_scim(r) ? scim_sync_answer(r, error->status, SCIM_SYNC_TYPE_SCIM,
                                         scim_sync_error_json(error, r->pool))
                      : scim_sync_answer(r, error->status, SCIM_SYNC_TYPE_PROBLEM,
                                         problem_json(error, r->pool));
}

const scim_sync_error_t *scim_sync_unavailable(apr_pool_t *p)
{
    return scim_sync_error(
        p, HTTP_SERVICE_UNAVAILABLE, NULL,
        "The database can't be reached; nothing was stored. Try again in " RETRY_AFTER " seconds.");
}

int scim_sync_answer_unavailable(request_rec *r)
{
    apr_table_setn(r->err_headers_out, "Retry-After", RETRY_AFTER);
    return scim_sync_answer_error(r, scim_sync_unavailable(r->pool));
}

int scim_sync_answer_off(request_rec *r)
{
    return scim_sync_answer_error(
        r, scim_sync_error(r->pool, HTTP_SERVICE_UNAVAILABLE, NULL,
                           "ScimSync is Off on this server, or its error log says why it could not "
                           "be started."));
}

int scim_sync_answer_method(request_rec *r, const char *allowed)
{
    apr_table_setn(r->err_headers_out, "Allow", allowed);
    return scim_sync_answer_error(r, scim_sync_error(r->pool, HTTP_METHOD_NOT_ALLOWED, NULL,
                                                     "%s is not possible here; %s is.", r->method,
                                                     allowed));
}

/* ---- what core answers ---- */

static const char *words_for(int status)
{
    switch (status) {
    case HTTP_UNAUTHORIZED:
        return "Authentication is needed.";
    case HTTP_FORBIDDEN:
        return "This server's configuration does not allow the request.";
    case HTTP_NOT_FOUND:
        return "There is nothing at this address.";
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        return "The request is larger than this server takes.";
    case HTTP_REQUEST_TIME_OUT:
        return "The request did not arrive in time.";
    default:
        return status >= 500 ? "The server could not answer; its error log says why."
                             : "The request can't be understood.";
    }
}

static json_t *error_body(request_rec *r, int status, apr_pool_t *p)
{
    const scim_sync_error_t *error = scim_sync_error(p, status, NULL, "%s", words_for(status));

    return is_scim(r) ? scim_sync_error_json(error, p) : problem_json(error, p);
}

/* Takes the place of the first brigade of an error page, and swallows the rest of it. */
static apr_status_t replace_page(ap_filter_t *f, apr_bucket_brigade *bb)
{
    request_rec *r = f->r;
    apr_bucket_brigade *out;
    const char *type = is_scim(r) ? SCIM_SYNC_TYPE_SCIM : SCIM_SYNC_TYPE_PROBLEM;
    apr_size_t length;
    const char *text;

    if (f->ctx) {
        apr_brigade_cleanup(bb);
        return APR_SUCCESS;
    }
    f->ctx = r;
    if (!ap_is_HTTP_REDIRECT(r->status)) {
        apr_table_unset(r->headers_out, "Location");
    }
    text = render(error_body(r, r->status, r->pool), &type, &length, r);
    ap_set_content_type(r, type);
    ap_set_content_length(r, (apr_off_t)length);
    out = apr_brigade_create(r->pool, f->c->bucket_alloc);
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_pool_create(text, length, r->pool, f->c->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(out, apr_bucket_eos_create(f->c->bucket_alloc));
    apr_brigade_cleanup(bb);
    return ap_pass_brigade(f->next, out);
}

/* A request that is refused before its location was looked up has that of the server. */
static int find_location(request_rec *r)
{
    int is_early = r->uri && r->per_dir_config == r->server->lookup_defaults;

    if (is_early) {
        ap_location_walk(r);
    }
    return is_early;
}

static void insert_error_filter(request_rec *r)
{
    int is_early = find_location(r);

    if (is_ours(r)) {
        /* What redirects so early is an ErrorDocument that is a URL; it hides which 4xx it was. */
        if (is_early && ap_is_HTTP_REDIRECT(r->status)) {
            r->status = HTTP_BAD_REQUEST;
        }
        ap_add_output_filter(FILTER, NULL, r, r->connection);
    }
}

/*
 * A request that was refused early is on its way to an ErrorDocument that is a path: to fail there
 * makes httpd answer the first error after all, through the filter above.
 */
static int turn_back(request_rec *r)
{
    request_rec *first = r->prev;

    if (!first || !ap_is_HTTP_ERROR(first->status)) {
        return DECLINED;
    }
    find_location(first);
    return is_ours(first) ? first->status : DECLINED;
}

/*
 * An ErrorDocument that is a path or a URL would send our client to a page. A text takes its
 * place; the filter above replaces that in turn, with the right type.
 */
static int keep_error_documents_out(request_rec *r)
{
    static const int statuses[] = {
        HTTP_BAD_REQUEST,
        HTTP_UNAUTHORIZED,
        HTTP_FORBIDDEN,
        HTTP_NOT_FOUND,
        HTTP_METHOD_NOT_ALLOWED,
        HTTP_NOT_ACCEPTABLE,
        HTTP_REQUEST_TIME_OUT,
        HTTP_REQUEST_ENTITY_TOO_LARGE,
        HTTP_REQUEST_URI_TOO_LARGE,
        HTTP_TOO_MANY_REQUESTS,
        HTTP_INTERNAL_SERVER_ERROR,
        HTTP_NOT_IMPLEMENTED,
        HTTP_BAD_GATEWAY,
        HTTP_SERVICE_UNAVAILABLE,
        HTTP_GATEWAY_TIME_OUT,
    };
    apr_size_t i;

    if (!is_ours(r)) {
        return DECLINED;
    }
    for (i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        ap_custom_response(r, statuses[i], "\" ");
    }
    return DECLINED;
}

void scim_sync_answer_register(apr_pool_t *p)
{
    (void)p;
    ap_register_output_filter(FILTER, replace_page, NULL, AP_FTYPE_CONTENT_SET);
    ap_hook_insert_error_filter(insert_error_filter, NULL, NULL, APR_HOOK_LAST);
    ap_hook_pre_translate_name(turn_back, NULL, NULL, APR_HOOK_FIRST);
    /* Between the two, httpd refuses paths that it can't decode. */
    ap_hook_pre_translate_name(keep_error_documents_out, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_post_perdir_config(keep_error_documents_out, NULL, NULL, APR_HOOK_FIRST);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request.h"

#include <apr_strings.h>
#include <ap_mpm.h>
#include <http_protocol.h>
#include <unistr.h>

#include "base/json.h"
#include "http/record.h"

static apr_status_t release_signals(void *before)
{
    pthread_sigmask(SIG_SETMASK, before, NULL);
    return APR_SUCCESS;
}

void scim_sync_block_ends(sigset_t *before)
{
    sigset_t ends;

    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, before);
}

void scim_sync_hold_signals(request_rec *r)
{
    sigset_t *before = apr_palloc(r->pool, sizeof(*before));
    int threaded;

    if (ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded) == APR_SUCCESS && !threaded) {
        scim_sync_block_ends(before);
        /* Registered before all of ours, it runs after them. */
        apr_pool_cleanup_register(r->pool, before, release_signals, apr_pool_cleanup_null);
    }
}

const char *scim_sync_method(const request_rec *r)
{
    return r->header_only ? "GET" : r->method;
}

/* What is not UTF-8 names nothing of ours, and PostgreSQL takes it for a broken statement. */
static int is_utf8(const char *text)
{
    return u8_check((const uint8_t *)text, strlen(text)) == NULL;
}

const scim_sync_error_t *scim_sync_segments(scim_sync_segments_t *segments, request_rec *r,
                                            const scim_sync_mount_t *mount)
{
    char *rest = apr_pstrdup(r->pool, r->uri + strlen(mount->path));
    char *segment;
    char *last;

    memset(segments, 0, sizeof(*segments));
    for (segment = apr_strtok(rest, "/", &last); segment; segment = apr_strtok(NULL, "/", &last)) {
        if (segments->count == SCIM_SYNC_SEGMENTS || !is_utf8(segment)) {
            return scim_sync_error(r->pool, HTTP_NOT_FOUND, NULL,
                                   "There is nothing at this address.");
        }
        segments->at[segments->count++] = segment;
    }
    return NULL;
}

/* httpd's parsed_uri is what it made of it. */
static const char *raw_path(const request_rec *r)
{
    const char *host = *r->unparsed_uri == '/' ? NULL : strstr(r->unparsed_uri, "://");
    const char *path = host ? strchr(host + 3, '/') : r->unparsed_uri;

    return path ? apr_pstrmemdup(r->pool, path, strcspn(path, "?")) : "";
}

const scim_sync_error_t *scim_sync_path_as_sent(request_rec *r)
{
    const char *at = raw_path(r);
    const char *end;

    for (; *at == '/'; at = end) {
        char *segment;

        end = at + 1 + strcspn(at + 1, "/");
        segment = apr_pstrmemdup(r->pool, at + 1, (apr_size_t)(end - at - 1));
        ap_unescape_url(segment);
        if ((!*segment && *end) || !strcmp(segment, ".") || !strcmp(segment, "..")) {
            return scim_sync_error(r->pool, HTTP_BAD_REQUEST, NULL,
                                   "A part of the path is empty, or dots alone: is a name or an "
                                   "id missing?");
        }
    }
    return NULL;
}

const scim_sync_error_t *scim_sync_query(apr_table_t **query, const char **twice, request_rec *r)
{
    char *rest = apr_pstrdup(r->pool, r->args ? r->args : "");
    char *name;
    char *last;

    *query = apr_table_make(r->pool, 8);
    if (twice) {
        *twice = NULL;
    }
    for (name = apr_strtok(rest, "&", &last); name; name = apr_strtok(NULL, "&", &last)) {
        char *value = strchr(name, '=');

        if (value) {
            *value++ = '\0';
        }
        else {
            value = apr_pstrdup(r->pool, "");
        }
        if (ap_unescape_urlencoded(name) != OK || ap_unescape_urlencoded(value) != OK ||
            !is_utf8(name) || !is_utf8(value)) {
            return scim_sync_error(r->pool, HTTP_BAD_REQUEST, SCIM_SYNC_INVALID_VALUE,
                                   "The query can't be decoded: a %% must be followed by two "
                                   "hexadecimal digits, and the result be UTF-8 without NUL.");
        }
        if (!apr_table_get(*query, name)) {
            apr_table_setn(*query, name, value);
        }
        else if (twice) {
            *twice = name;
        }
    }
    return NULL;
}

const scim_sync_error_t *scim_sync_query_number(apr_int64_t *number, const apr_table_t *query,
                                                const char *name, apr_int64_t least,
                                                apr_int64_t most, apr_int64_t otherwise,
                                                apr_pool_t *p)
{
    const char *text = apr_table_get(query, name);
    const char *bounds;

    *number = otherwise;
    if (!text || !*text) {
        return NULL;
    }
    errno = 0;
    *number = apr_strtoi64(text, NULL, 10);
    if (!errno && !text[strspn(text, "0123456789")] && *number >= least && *number <= most) {
        return NULL;
    }
    bounds = most == APR_INT64_MAX
                 ? apr_psprintf(p, ", %" APR_INT64_T_FMT " at least", least)
                 : apr_psprintf(p, " from %" APR_INT64_T_FMT " to %" APR_INT64_T_FMT, least, most);
    return scim_sync_error(p, HTTP_BAD_REQUEST, SCIM_SYNC_INVALID_VALUE,
                           "%s must be a whole number%s.", name, bounds);
}

static const scim_sync_error_t *check_type(request_rec *r)
{
    const char *type = apr_table_get(r->headers_in, "Content-Type");
    const char *encoding = apr_table_get(r->headers_in, "Content-Encoding");

    /* Clients call it scim+json, json, json with parameters, text/json, or nothing at all. */
    if (type && !ap_strcasestr(type, "json")) {
        return scim_sync_error(r->pool, HTTP_UNSUPPORTED_MEDIA_TYPE, NULL,
                               "The body must be JSON: send Content-Type: application/json, or "
                               "application/scim+json to a SCIM endpoint.");
    }
    if (encoding && strcasecmp(encoding, "identity")) {
        return scim_sync_error(r->pool, HTTP_UNSUPPORTED_MEDIA_TYPE, NULL,
                               "The body must not be compressed.");
    }
    return NULL;
}

static const scim_sync_error_t *too_large(request_rec *r, const scim_sync_dir_config_t *settings)
{
    /* What is left of the body need not be read: the connection ends here. */
    r->connection->keepalive = AP_CONN_CLOSE;
    return scim_sync_error(r->pool, HTTP_REQUEST_ENTITY_TOO_LARGE, NULL,
                           "The body is larger than %" APR_INT64_T_FMT " bytes, which is what "
                           "ScimSyncMaxBody allows.",
                           settings->max_body);
}

/* A reading that failed: the client's fault, but for a time-out that httpd has found. */
static const scim_sync_error_t *unreadable(request_rec *r, apr_status_t rv)
{
    int status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);

    r->connection->keepalive = AP_CONN_CLOSE;
    return scim_sync_error(r->pool, status == AP_FILTER_ERROR ? HTTP_BAD_REQUEST : status, NULL,
                           "The body could not be read to its end.");
}

static const scim_sync_error_t *read_all(apr_bucket_brigade *all, request_rec *r,
                                         const scim_sync_dir_config_t *settings)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_off_t total = 0;
    apr_off_t length;
    apr_status_t rv;
    int eos = 0;

    while (!eos) {
        rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                            HUGE_STRING_LEN);
        if (rv == APR_SUCCESS) {
            eos = !APR_BRIGADE_EMPTY(bb) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(bb));
            rv = apr_brigade_length(bb, 1, &length);
        }
        if (rv != APR_SUCCESS) {
            return unreadable(r, rv);
        }
        total += length;
        if (total > settings->max_body) {
            return too_large(r, settings);
        }
        APR_BRIGADE_CONCAT(all, bb);
    }
    return NULL;
}

const scim_sync_error_t *scim_sync_body(json_t **body, request_rec *r,
                                        const scim_sync_dir_config_t *settings)
{
    const char *announced = apr_table_get(r->headers_in, "Content-Length");
    apr_bucket_brigade *all = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    const scim_sync_error_t *error;
    apr_size_t length;
    const char *why;
    char *text;

    if ((error = check_type(r))) {
        return error;
    }
    if (announced && apr_atoi64(announced) > settings->max_body) {
        return too_large(r, settings);
    }
    if ((error = read_all(all, r, settings))) {
        return error;
    }
    if (apr_brigade_pflatten(all, &text, &length, r->pool) != APR_SUCCESS) {
        return unreadable(r, APR_EGENERAL);
    }
    apr_brigade_cleanup(all);
    scim_sync_record_body(r, text, length);
    if (length == 0) {
        return scim_sync_error(r->pool, HTTP_BAD_REQUEST, SCIM_SYNC_INVALID_SYNTAX,
                               "The body is empty; JSON is needed.");
    }
    if (scim_sync_json_parse(body, text, length, (int)settings->max_depth, &why, r->pool)) {
        return scim_sync_error(r->pool, HTTP_BAD_REQUEST, SCIM_SYNC_INVALID_SYNTAX,
                               "The body is not acceptable JSON: %s.", why);
    }
    return NULL;
}

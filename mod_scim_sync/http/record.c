/* SPDX-License-Identifier: Apache-2.0 */
#include "http/record.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/blackout.h"
#include "http/settings.h"

#define BLACK "***"

typedef struct {
    const char *body;
    apr_size_t body_length;
    const char *answer;
    apr_size_t answer_length;
    const char *why;
} gathered_t;

static gathered_t *gathered_of(request_rec *r)
{
    /* The OAuth callback's requests have something else there. */
    return r->handler && !strcmp(r->handler, SCIM_SYNC_HANDLER_SCIM)
               ? ap_get_module_config(r->request_config, &scim_sync_module)
               : NULL;
}

void scim_sync_record_begin(request_rec *r)
{
    ap_set_module_config(r->request_config, &scim_sync_module,
                         apr_pcalloc(r->pool, sizeof(gathered_t)));
}

void scim_sync_record_body(request_rec *r, const char *text, apr_size_t length)
{
    gathered_t *gathered = gathered_of(r);

    if (gathered) {
        gathered->body = text;
        gathered->body_length = length;
    }
}

void scim_sync_record_answer(request_rec *r, const char *text, apr_size_t length)
{
    gathered_t *gathered = gathered_of(r);

    if (gathered) {
        gathered->answer = text;
        gathered->answer_length = length;
    }
}

void scim_sync_record_why(request_rec *r, const char *why)
{
    gathered_t *gathered = gathered_of(r);

    if (gathered) {
        gathered->why = why;
    }
}

/* ---- headers ---- */

/* Of one that is longer this much is shown. */
#define VALUE_MAX 1024

typedef struct {
    char text[SCIM_SYNC_RECORD_HEADERS + 1];
    apr_size_t length;
} lines_t;

/* The values of all others may be secrets. */
static int is_shown(const char *name)
{
    static const char *const shown[] = { "Accept",
                                         "Accept-Charset",
                                         "Accept-Encoding",
                                         "Accept-Language",
                                         "Cache-Control",
                                         "Connection",
                                         "Content-Encoding",
                                         "Content-Length",
                                         "Content-Type",
                                         "Date",
                                         "Expect",
                                         "Forwarded",
                                         "Host",
                                         "If-Match",
                                         "If-None-Match",
                                         "Transfer-Encoding",
                                         "User-Agent",
                                         "Via",
                                         "X-Forwarded-For",
                                         "X-Forwarded-Host",
                                         "X-Forwarded-Proto",
                                         "X-HTTP-Method-Override",
                                         "X-Request-Id",
                                         NULL };
    int i;

    for (i = 0; shown[i]; i++) {
        if ((shown[i][0] | 0x20) == (name[0] | 0x20) && !strcasecmp(shown[i], name)) {
            return 1;
        }
    }
    return 0;
}

/* Which scheme it was may be what is wrong. Of a header without one nothing is shown. */
static const char *scheme_of(const char *value)
{
    static const char *const schemes[] = {
        "Basic ", "Bearer ", "Digest ", "OAuth ", "Token ", NULL
    };
    int i;

    for (i = 0; schemes[i]; i++) {
        if (!strncasecmp(value, schemes[i], strlen(schemes[i]))) {
            return schemes[i];
        }
    }
    return "";
}

/* So much of a value that no token is cut in two: what is left of one looks like none. */
static apr_size_t shown_length(const char *value)
{
    apr_size_t length = strnlen(value, VALUE_MAX + 1);

    if (length > VALUE_MAX) {
        while (length > 0 && (apr_isalnum(value[length - 1]) || strchr("-_", value[length - 1]))) {
            length--;
        }
    }
    return length;
}

static void append(lines_t *lines, const char *text, apr_size_t length)
{
    memcpy(lines->text + lines->length, text, length);
    lines->length += length;
}

/* A line that does not fit is left out. */
static int add_header(void *baton, const char *name, const char *value)
{
    lines_t *lines = baton;
    int is_whole = is_shown(name) && !scim_sync_blackout_holds_secret(value);
    const char *shown = strcasecmp(name, "Authorization") ? "" : scheme_of(value);
    apr_size_t size = is_whole ? shown_length(value) : strlen(shown);
    apr_size_t most = SCIM_SYNC_RECORD_HEADERS - lines->length;

    if (strlen(name) + size + strlen(": ***\n") > most) {
        return 1;
    }
    append(lines, name, strlen(name));
    append(lines, ": ", 2);
    append(lines, is_whole ? value : shown, size);
    if (!is_whole) {
        append(lines, BLACK, strlen(BLACK));
    }
    append(lines, "\n", 1);
    return 1;
}

static const char *headers_of(request_rec *r, const char *secret)
{
    lines_t lines;

    lines.length = 0;
    apr_table_do(add_header, &lines, r->headers_in, NULL);
    lines.text[lines.length] = '\0';
    return scim_sync_blackout_words(lines.text, secret, SCIM_SYNC_RECORD_HEADERS, r->pool);
}

/* ---- the whole ---- */

/* What the request came with, without the name of its scheme, as far as it must be looked for. */
static const char *secret_of(request_rec *r)
{
    const char *value = apr_table_get(r->headers_in, "Authorization");

    if (!value) {
        return NULL;
    }
    value += strlen(scheme_of(value));
    while (apr_isspace(*value)) {
        value++;
    }
    return scim_sync_blackout_secret(value);
}

static scim_sync_record_kind_t kind_of(int status, const char *token)
{
    if (status < 400) {
        return SCIM_SYNC_RECORD_DONE;
    }
    return token && status != HTTP_TOO_MANY_REQUESTS ? SCIM_SYNC_RECORD_REFUSED
                                                     : SCIM_SYNC_RECORD_TURNED;
}

/* Why it was refused, of which the answer is told less; NULL: it was not. */
static const char *why_of(request_rec *r, const gathered_t *gathered,
                          const scim_sync_visit_t *visit, const char *secret)
{
    const char *why = visit->why ? visit->why : gathered->why;

    if (!why) {
        return NULL;
    }
    /* The words of an answer may repeat what came. */
    return !visit->why && scim_sync_blackout_holds_secret(why)
               ? BLACK
               : scim_sync_blackout_words(why, secret, SCIM_SYNC_RECORD_WHY, r->pool);
}

void scim_sync_record_end(request_rec *r, const scim_sync_runtime_t *runtime,
                          const scim_sync_visit_t *visit)
{
    const gathered_t *gathered = gathered_of(r);
    const char *secret;
    const char *uri;

    if (!gathered || !visit->named) {
        return;
    }
    secret = secret_of(r);
    /* An absolute one may hold a password. */
    uri = r->unparsed_uri && *r->unparsed_uri == '/' ? r->unparsed_uri : r->uri;
    scim_sync_traffic_record(
        runtime->traffic,
        &(scim_sync_record_t) {
            .at = apr_time_as_msec(r->request_time),
            .idp = visit->named->name,
            .idp_made = visit->named->made,
            .kind = kind_of(r->status, visit->token),
            .method = scim_sync_blackout_words(r->method, secret, 32, r->pool),
            .uri = scim_sync_blackout_uri(uri, secret, SCIM_SYNC_RECORD_URI, r->pool),
            .address = r->useragent_ip,
            .token = visit->token,
            .status = r->status,
            .why = why_of(r, gathered, visit, secret),
            .took = apr_time_now() - r->request_time,
            .headers = headers_of(r, secret),
            .body = gathered->body ? scim_sync_blackout_json(gathered->body, gathered->body_length,
                                                             secret, SCIM_SYNC_RECORD_BODY, r->pool)
                                   : NULL,
            .body_length = (apr_int64_t)gathered->body_length,
            .answer = gathered->answer_length
                          ? scim_sync_blackout_json(gathered->answer, gathered->answer_length,
                                                    secret, SCIM_SYNC_RECORD_BODY, r->pool)
                          : NULL,
            .answer_length = (apr_int64_t)gathered->answer_length,
        });
}

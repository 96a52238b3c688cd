/* SPDX-License-Identifier: Apache-2.0 */
#include "base/blackout.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <apr_escape.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <jansson.h>

#include "base/blackout_find.h"
#include "base/json.h"
#include "base/text.h"

#define BLACK "***"
/* A body that may hold secrets is read again, up to this size and nesting. */
#define READ_MAX  (1024 * 1024)
#define DEPTH_MAX 64
/* The length of our tokens (base/secret.h). */
#define TOKEN_LENGTH  43
#define CHARACTER_MAX 4
/* A shorter secret is none, and would black out letters of everything. */
#define SECRET_MIN 8

/* ---- what is kept of a text ---- */

static const unsigned char of_token[256] = {
    ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['-'] = 1, ['_'] = 1,
};

static apr_size_t run_length(const char *text, apr_size_t length)
{
    apr_size_t i;

    for (i = 0; i < length && of_token[(unsigned char)text[i]]; i++) {
    }
    return i;
}

/* Words are of one case, or short. */
static int is_token(const char *run, apr_size_t length)
{
    int upper = 0;
    int lower = 0;
    apr_size_t i;

    for (i = 0; length >= TOKEN_LENGTH && i < length; i++) {
        upper |= run[i] >= 'A' && run[i] <= 'Z';
        lower |= run[i] >= 'a' && run[i] <= 'z';
    }
    return upper && lower;
}

const char *scim_sync_blackout_secret(const char *text)
{
    apr_size_t size = text ? strlen(text) : 0;

    return size < SECRET_MIN || (run_length(text, size) == size && is_token(text, size)) ? NULL
                                                                                         : text;
}

/* A copy without the secret. */
static const char *without(const char *text, apr_size_t *length, const char *secret, apr_pool_t *p)
{
    apr_size_t size = secret ? strlen(secret) : 0;
    const char *end = text + *length;
    const char *found = secret ? memmem(text, *length, secret, size) : NULL;
    char *copy;
    char *out;

    if (!found) {
        return text;
    }
    out = copy = apr_palloc(p, *length);
    for (; found; found = memmem(text, (apr_size_t)(end - text), secret, size)) {
        memcpy(out, text, (apr_size_t)(found - text));
        out += found - text;
        memcpy(out, BLACK, strlen(BLACK));
        out += strlen(BLACK);
        text = found + size;
    }
    memcpy(out, text, (apr_size_t)(end - text));
    *length = (apr_size_t)(out + (end - text) - copy);
    return copy;
}

static int is_ascii(const char *text, apr_size_t length)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t seen = 0;
    uint64_t word;
    apr_size_t i;

    for (i = 0; i + sizeof(word) <= length; i += sizeof(word)) {
        memcpy(&word, text + i, sizeof(word));
        seen |= word;
    }
    for (; i < length; i++) {
        seen |= (unsigned char)text[i];
    }
    return !(seen & high);
}

/* What is plain, ASCII without a token, need not be looked at byte by byte. */
static int is_plain(const char *text, apr_size_t length)
{
    apr_size_t i;

    if (!is_ascii(text, length)) {
        return 0;
    }
    /* Of so many characters in a row one stands at such a place. */
    for (i = TOKEN_LENGTH - 1; i < length; i += TOKEN_LENGTH) {
        apr_size_t start = i;

        while (start > 0 && of_token[(unsigned char)text[start - 1]]) {
            start--;
        }
        if (run_length(text + start, length - start) >= TOKEN_LENGTH) {
            return 0;
        }
    }
    return 1;
}

static const char *keep_slowly(const char *text, apr_size_t length, apr_size_t most, apr_pool_t *p)
{
    /* One character more than is kept, so that none is cut in two. */
    apr_size_t size = (length < most ? length : most) + CHARACTER_MAX;
    char *out = apr_palloc(p, size + 1);
    apr_size_t kept = 0;
    apr_size_t i = 0;

    while (i < length && kept < size) {
        apr_size_t run = run_length(text + i, length - i);
        apr_size_t left = size - kept;

        if (run == 0) {
            out[kept++] = text[i++];
            continue;
        }
        if (is_token(text + i, run)) {
            left = left < strlen(BLACK) ? left : strlen(BLACK);
            memcpy(out + kept, BLACK, left);
        }
        else {
            left = left < run ? left : run;
            memcpy(out + kept, text + i, left);
        }
        kept += left;
        i += run;
    }
    out[kept] = '\0';
    return scim_sync_excerpt(out, most, p);
}

static const char *keep(const char *text, apr_size_t length, const char *secret, apr_size_t most,
                        apr_pool_t *p)
{
    apr_size_t looked_at;

    text = without(text, &length, secret, p);
    /* What is cut off may be the rest of a token. */
    looked_at = length < most + TOKEN_LENGTH ? length : most + TOKEN_LENGTH;
    return is_plain(text, looked_at) ? apr_pstrmemdup(p, text, length < most ? length : most)
                                     : keep_slowly(text, length, most, p);
}

/* ---- JSON ---- */

static void black_out(json_t *j, int secret);

/* {"path": "password", "value": ...}: whether one of its names says secret. */
static int is_about_secret(json_t *object)
{
    static const char *const names[] = { "path", "name",  "key",  "attribute",
                                         "attr", "field", "type", NULL };
    int i;

    for (i = 0; names[i]; i++) {
        const json_t *name = scim_sync_json_get_ci(object, names[i], NULL);

        if (json_is_string(name) && scim_sync_blackout_says_secret(json_string_value(name))) {
            return 1;
        }
    }
    return 0;
}

/* What takes the place of a value; NULL: it may stay. */
static json_t *instead(const json_t *value, int secret)
{
    int hide = json_is_string(value)
                   ? secret || scim_sync_blackout_holds_secret(json_string_value(value))
                   : secret && json_is_number(value);

    return hide ? json_string(BLACK) : NULL;
}

static void black_out_object(json_t *object, int secret)
{
    int about = !secret && is_about_secret(object);
    const char *name;
    json_t *value;
    json_t *other;
    void *next;

    json_object_foreach_safe(object, next, name, value)
    {
        int hide = secret || scim_sync_blackout_says_secret(name) ||
                   (about && !strncasecmp(name, "value", 5));

        if ((other = instead(value, hide))) {
            json_object_set_new(object, name, other);
        }
        else {
            black_out(value, hide);
        }
    }
}

/* Not deeper than what was read. */
static void black_out(json_t *j, int secret)
{
    json_t *value;
    json_t *other;
    apr_size_t i;

    if (json_is_object(j)) {
        black_out_object(j, secret);
    }
    json_array_foreach(j, i, value)
    {
        if ((other = instead(value, secret))) {
            json_array_set_new(j, i, other);
        }
        else {
            black_out(value, secret);
        }
    }
}

typedef struct {
    char *text;
    apr_size_t length;
    apr_size_t size;
} buffer_t;

static int fill(const char *text, size_t length, void *data)
{
    buffer_t *buffer = data;
    apr_size_t left = buffer->size - buffer->length;
    apr_size_t taken = length < left ? length : left;

    memcpy(buffer->text + buffer->length, text, taken);
    buffer->length += taken;
    return taken == length ? 0 : -1;
}

/* Bounded: what is cut in the middle of a token is no token any more, and must go. */
static const char *keep_json(const json_t *j, const char *secret, apr_size_t most, apr_pool_t *p)
{
    buffer_t buffer = { .size = most + READ_MAX / 256 };

    buffer.text = apr_palloc(p, buffer.size);
    if (json_dump_callback(j, fill, &buffer, JSON_COMPACT | JSON_ENCODE_ANY)) {
        while (buffer.length && of_token[(unsigned char)buffer.text[buffer.length - 1]]) {
            buffer.length--;
        }
    }
    return keep(buffer.text, buffer.length, secret, most, p);
}

const char *scim_sync_blackout_json(const char *text, apr_size_t length, const char *secret,
                                    apr_size_t most, apr_pool_t *p)
{
    const char *why;
    json_t *j;

    if (!scim_sync_blackout_is_suspicious(text, length)) {
        return keep(text, length, secret, most, p);
    }
    if (length > READ_MAX) {
        return "(not kept: it may hold secrets, and is longer than a mebibyte)";
    }
    if (scim_sync_json_parse(&j, text, length, DEPTH_MAX, &why, p) != APR_SUCCESS) {
        return "(not kept: it may hold secrets, and can't be read as JSON)";
    }
    black_out(j, 0);
    return keep_json(j, secret, most, p);
}

/* ---- the rest ---- */

const char *scim_sync_blackout_words(const char *text, const char *secret, apr_size_t most,
                                     apr_pool_t *p)
{
    return keep(text, strlen(text), secret, most, p);
}

/* "name=value": what stays of it. */
static const char *keep_parameter(const char *parameter, apr_pool_t *p)
{
    const char *equals = strchr(parameter, '=');
    const char *written = equals ? apr_pstrmemdup(p, parameter, equals - parameter) : parameter;
    const char *name = apr_punescape_url(p, written, NULL, NULL, 1);
    const char *value = equals ? apr_punescape_url(p, equals + 1, NULL, NULL, 1) : "";

    if (name && value && !scim_sync_blackout_says_secret(name) &&
        !scim_sync_blackout_is_query_name(name, strlen(name)) &&
        !scim_sync_blackout_holds_secret(value)) {
        return parameter;
    }
    return equals && name && !scim_sync_blackout_holds_secret(name)
               ? apr_pstrcat(p, written, "=" BLACK, NULL)
               : BLACK;
}

/* Whether a query has such a name, however it is encoded, or can't be decoded. */
static int is_suspicious_query(const char *query, apr_pool_t *p)
{
    const char *meant = strchr(query, '%') ? apr_punescape_url(p, query, NULL, NULL, 1) : query;
    const char *name = meant;

    if (!meant || scim_sync_blackout_says_secret(meant) ||
        scim_sync_blackout_holds_address(meant)) {
        return 1;
    }
    do {
        name += strspn(name, "?&");
        if (scim_sync_blackout_is_query_name(name, strcspn(name, "=&"))) {
            return 1;
        }
    } while ((name = strchr(name, '&')));
    return 0;
}

const char *scim_sync_blackout_uri(const char *uri, const char *secret, apr_size_t most,
                                   apr_pool_t *p)
{
    const char *query = strchr(uri, '?');
    apr_array_header_t *kept;
    char *parameter;
    char *last;

    if (query && is_suspicious_query(query, p)) {
        kept = apr_array_make(p, 8, sizeof(const char *));
        for (parameter = apr_strtok(apr_pstrdup(p, query + 1), "&", &last); parameter;
             parameter = apr_strtok(NULL, "&", &last)) {
            APR_ARRAY_PUSH(kept, const char *) = keep_parameter(parameter, p);
        }
        uri = apr_pstrcat(p, apr_pstrmemdup(p, uri, query - uri), "?",
                          apr_array_pstrcat(p, kept, '&'), NULL);
    }
    return keep(uri, strlen(uri), secret, most, p);
}

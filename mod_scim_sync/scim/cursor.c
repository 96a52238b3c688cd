/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors: a small JSON object in base64url.
 */
#include "scim/cursor.h"

#include <string.h>

#include <apr_encode.h>

#include "base/json.h"

/* What base64url is made of; its padding is no unreserved character and never written. */
#define ALPHABET "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* Longer than any that is made: the longest text of a document, escaped and in base64. */
#define CURSOR_MAX (1024 * 1024)

const char *scim_sync_cursor_print(const scim_sync_position_t *position, const char *query,
                                   apr_int64_t count, apr_int64_t until, apr_pool_t *p)
{
    json_t *cursor = scim_sync_json_own(json_object(), p);
    const char *text;
    apr_size_t len;

    scim_sync_json_put(cursor, "id", position->id);
    scim_sync_json_put(cursor, "key", position->key);
    scim_sync_json_put(cursor, "query", query);
    json_object_set_new(cursor, "count", json_integer(count));
    json_object_set_new(cursor, "until", json_integer(until));
    text = scim_sync_json_text(cursor, &len, p);
    return apr_pencode_base64(p, text, (apr_ssize_t)len, APR_ENCODE_BASE64URL, NULL);
}

/* NULL when it can't be one of ours. */
static const json_t *decode(const char *text, apr_pool_t *p)
{
    apr_size_t len = strspn(text, ALPHABET);
    const char *decoded;
    const char *why;
    json_t *cursor;

    if (len == 0 || len > CURSOR_MAX || text[len] != '\0') {
        return NULL;
    }
    decoded = apr_pdecode_base64(p, text, (apr_ssize_t)len, APR_ENCODE_NONE, &len);
    if (decoded == NULL || scim_sync_json_parse(&cursor, decoded, len, 1, &why, p) != APR_SUCCESS) {
        return NULL;
    }
    return cursor;
}

static int is_of(const json_t *cursor, const char *query)
{
    const char *of = scim_sync_json_str(cursor, "query");

    return scim_sync_json_str(cursor, "id") != NULL && of != NULL && strcmp(of, query) == 0;
}

const scim_sync_error_t *scim_sync_cursor_read(const scim_sync_position_t **out, const char *text,
                                               const char *query, apr_int64_t count,
                                               apr_int64_t now, apr_pool_t *p)
{
    const json_t *cursor = decode(text, p);
    scim_sync_position_t *position;

    *out = NULL;
    if (!is_of(cursor, query)) {
        return scim_sync_error(p, 400, SCIM_SYNC_INVALID_CURSOR,
                               "This is no cursor of this list: send the nextCursor of its last "
                               "page with the same filter and order, or an empty one to begin.");
    }
    if (now > scim_sync_json_int(cursor, "until", 0)) {
        return scim_sync_error(p, 400, SCIM_SYNC_EXPIRED_CURSOR,
                               "The cursor is too old; begin again with an empty one.");
    }
    if (count != scim_sync_json_int(cursor, "count", 0)) {
        return scim_sync_error(p, 400, SCIM_SYNC_INVALID_COUNT,
                               "The count must be that of the first page.");
    }
    position = apr_palloc(p, sizeof(*position));
    position->id = scim_sync_json_str(cursor, "id");
    position->key = scim_sync_json_str(cursor, "key");
    *out = position;
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "bulkId:" references (RFC 7644 section 3.7.2): where they stand, and ids in their place.
 */
#include "scim/bulk_int.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_escape.h>
#include <apr_strings.h>

#include "base/json.h"

#define MARK        "bulkId:"
#define MARK_LENGTH (sizeof(MARK) - 1)

/* How a text can hold references. */
typedef enum {
    WHOLE, /* it is one */
    URL,   /* its last segment is one */
    PATH   /* operands of a value filter are */
} form_t;

/* What is done with each reference: the text for its place, or NULL when only looking. */
typedef const char *visit_t(void *baton, const char *bulk_id);

int scim_sync_bulk_is_reference(const char *text)
{
    return strncmp(text, MARK, MARK_LENGTH) == 0;
}

/* The last segment as it is meant; a client may have encoded even the colon. */
static const char *rewrite_url(const char *text, visit_t *visit, void *baton, apr_pool_t *p)
{
    const char *slash = strrchr(text, '/');
    const char *segment = slash != NULL ? slash + 1 : text;
    const char *decoded = apr_punescape_url(p, segment, NULL, NULL, 0);
    const char *id;

    if (decoded == NULL || !scim_sync_bulk_is_reference(decoded)) {
        return NULL;
    }
    id = visit(baton, decoded + MARK_LENGTH);
    return id != NULL
               ? apr_pstrcat(p, apr_pstrmemdup(p, text, (apr_size_t)(segment - text)), id, NULL)
               : NULL;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Behind the closing quote of the string that begins at text, or at the end of text. */
static const char *end_of_string(const char *text)
{
    const char *end = text + 1;

    while (*end != '\0' && *end != '"') {
        end += *end == '\\' && end[1] != '\0' ? 2 : 1;
    }
    return *end == '"' ? end + 1 : end;
}

/* The bulkId that an operand of a filter is, NULL when it is none. Clients forget the quotes. */
static const char *bulk_id_of_operand(const char *text, apr_size_t length, apr_pool_t *p)
{
    const char *value = apr_pstrmemdup(p, text, length);

    if (*value == '"') {
        value = json_string_value(scim_sync_json_own(json_loads(value, JSON_DECODE_ANY, NULL), p));
    }
    return value != NULL && scim_sync_bulk_is_reference(value) ? value + MARK_LENGTH : NULL;
}

/*
 * Where the word at text ends: a string, an operand without quotes, or one character of the rest.
 */
static const char *end_of_word(const char *text, int is_operand)
{
    if (*text == '"') {
        return end_of_string(text);
    }
    return is_operand && scim_sync_bulk_is_reference(text) ? text + strcspn(text, " \t])")
                                                           : text + 1;
}

/* Pieces of a text, put together once: a filter may name as many as a request can hold. */
static void push_piece(apr_array_header_t *pieces, const char *text, const char *end)
{
    APR_ARRAY_PUSH(pieces, const char *) =
        apr_pstrmemdup(pieces->pool, text, (apr_size_t)(end - text));
}

static const char *rewrite_path(const char *text, visit_t *visit, void *baton, apr_pool_t *p)
{
    apr_array_header_t *pieces = apr_array_make(p, 3, sizeof(const char *));
    const char *copied = text;
    const char *at, *end, *bulk_id, *id;

    for (at = text; *at != '\0'; at = end) {
        end = end_of_word(at, at > text && is_blank(at[-1]));
        bulk_id = end - at > 1 ? bulk_id_of_operand(at, (apr_size_t)(end - at), p) : NULL;
        id = bulk_id != NULL ? visit(baton, bulk_id) : NULL;
        if (id != NULL) {
            push_piece(pieces, copied, at);
            APR_ARRAY_PUSH(pieces, const char *) = apr_pstrcat(p, "\"", id, "\"", NULL);
            copied = end;
        }
    }
    if (copied == text) {
        return NULL;
    }
    push_piece(pieces, copied, at);
    return apr_array_pstrcat(p, pieces, '\0');
}

/* A text with its references replaced; NULL when it holds none, or visit only looks. */
static const char *rewrite_text(const char *text, form_t form, visit_t *visit, void *baton,
                                apr_pool_t *p)
{
    if (strstr(text, "bulkId") == NULL) {
        return NULL;
    }
    switch (form) {
    case WHOLE:
        return scim_sync_bulk_is_reference(text) ? visit(baton, text + MARK_LENGTH) : NULL;
    case URL:
        return rewrite_url(text, visit, baton, p);
    default:
        return rewrite_path(text, visit, baton, p);
    }
}

/* What the value of a key may hold; NULL = an element of a list. */
static form_t form_of(const char *key)
{
    if (key != NULL && apr_cstr_casecmp(key, "$ref") == 0) {
        return URL;
    }
    return key != NULL && apr_cstr_casecmp(key, "path") == 0 ? PATH : WHOLE;
}

/* Show every reference in a value; its depth is bounded by the parser of the body. */
static void look(const json_t *value, const char *key, visit_t *visit, void *baton, apr_pool_t *p)
{
    const char *name;
    const json_t *inner;
    apr_size_t i;

    if (json_is_string(value)) {
        rewrite_text(json_string_value(value), form_of(key), visit, baton, p);
        return;
    }
    json_object_foreach((json_t *)value, name, inner)
    {
        rewrite_text(name, PATH, visit, baton, p);
        look(inner, name, visit, baton, p);
    }
    json_array_foreach(value, i, inner)
    {
        look(inner, NULL, visit, baton, p);
    }
}

/* A copy with references replaced; what holds none is shared with the original. */
static json_t *replace(const json_t *value, const char *key, visit_t *visit, void *baton,
                       apr_pool_t *p)
{
    const char *name, *text;
    const json_t *inner;
    json_t *copy;
    apr_size_t i;

    if (json_is_string(value)) {
        text = rewrite_text(json_string_value(value), form_of(key), visit, baton, p);
        return text != NULL ? json_string(text) : json_incref((json_t *)value);
    }
    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach((json_t *)value, name, inner)
        {
            text = rewrite_text(name, PATH, visit, baton, p);
            json_object_set_new(copy, text != NULL ? text : name,
                                replace(inner, name, visit, baton, p));
        }
        return copy;
    }
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, inner)
        {
            json_array_append_new(copy, replace(inner, NULL, visit, baton, p));
        }
        return copy;
    }
    return json_incref((json_t *)value);
}

typedef struct {
    const scim_sync_bulk_t *bulk;
    scim_sync_bulk_operation_t *operation;
    const scim_sync_error_t *error;
} search_t;

static const char *note(void *baton, const char *bulk_id)
{
    search_t *search = baton;
    const scim_sync_bulk_operation_t *post =
        apr_hash_get(search->bulk->posts, bulk_id, APR_HASH_KEY_STRING);

    if (post != NULL) {
        APR_ARRAY_PUSH(search->operation->needs, int) = (int)(post - search->bulk->operations);
    }
    else if (search->error == NULL) {
        search->error =
            scim_sync_error(search->bulk->p, 409, NULL,
                            "No POST of this request has the bulkId \"%.100s\".", bulk_id);
    }
    return NULL;
}

const scim_sync_error_t *scim_sync_bulk_find_references(scim_sync_bulk_operation_t *operation,
                                                        const scim_sync_bulk_t *bulk)
{
    search_t search = { .bulk = bulk, .operation = operation };
    int in_path;

    operation->needs = apr_array_make(bulk->p, 1, sizeof(int));
    if (operation->change.id != NULL) {
        rewrite_text(operation->change.id, WHOLE, note, &search, bulk->p);
    }
    in_path = operation->needs->nelts;
    look(operation->change.data, NULL, note, &search, bulk->p);
    operation->in_data = operation->needs->nelts > in_path;
    return search.error;
}

static const char *id_of(void *baton, const char *bulk_id)
{
    const scim_sync_bulk_t *bulk = baton;
    const scim_sync_bulk_operation_t *post =
        apr_hash_get(bulk->posts, bulk_id, APR_HASH_KEY_STRING);

    return post->outcome.id != NULL ? post->outcome.id : post->change.new_id;
}

void scim_sync_bulk_resolve(scim_sync_bulk_change_t *out,
                            const scim_sync_bulk_operation_t *operation,
                            const scim_sync_bulk_t *bulk, apr_pool_t *p)
{
    const char *id = NULL;

    *out = operation->change;
    if (out->id != NULL) {
        id = rewrite_text(out->id, WHOLE, id_of, (void *)bulk, p);
    }
    if (id != NULL) {
        out->id = id;
    }
    if (operation->in_data) {
        out->data = scim_sync_json_own(replace(out->data, NULL, id_of, (void *)bulk, p), p);
    }
}

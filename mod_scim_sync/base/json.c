/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading, owning and writing JSON: the only file that knows how jansson counts references and
 * words its errors.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

static apr_status_t drop(void *j)
{
    json_decref(j);
    return APR_SUCCESS;
}

json_t *scim_sync_json_own(json_t *j, apr_pool_t *p)
{
    if (j != NULL) {
        apr_pool_cleanup_register(p, j, drop, apr_pool_cleanup_null);
    }
    return j;
}

/*
 * Whether text nests deeper than max_depth. Up to the first mistake in the text this sees strings
 * exactly as the parser does, and behind a mistake the parser doesn't go.
 */
static int too_deep(const char *text, apr_size_t len, int max_depth)
{
    const char *end = text + len;
    int depth = 0;
    int in_string = 0;

    for (; text < end; text++) {
        if (in_string) {
            if (*text == '\\') {
                text++;
            }
            else if (*text == '"') {
                in_string = 0;
            }
        }
        else if (*text == '"') {
            in_string = 1;
        }
        else if (*text == '{' || *text == '[') {
            if (++depth > max_depth) {
                return 1;
            }
        }
        else if (*text == '}' || *text == ']') {
            depth--;
        }
    }
    return 0;
}

/* jansson's own sentence quotes what it stumbled over, which may be a password: never used. */
static const char *what_is_wrong(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
        return "not UTF-8";
    case json_error_premature_end_of_input:
        return "the text ends too early";
    case json_error_end_of_input_expected:
        return "something stands behind the end of the value";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a NUL character is not accepted";
    case json_error_duplicate_key:
        return "the same attribute twice in one object";
    case json_error_numeric_overflow:
        return "a number is out of range";
    case json_error_stack_overflow:
        return "nested too deeply";
    case json_error_out_of_memory:
        return "too large for the memory at hand";
    default:
        return "not JSON";
    }
}

apr_status_t scim_sync_json_parse(json_t **out, const char *text, apr_size_t len, int max_depth,
                                  const char **why, apr_pool_t *p)
{
    json_error_t error;

    *out = NULL;
    if (too_deep(text, len, max_depth)) {
        *why = apr_psprintf(p, "nested more than %d deep", max_depth);
        return APR_EINVAL;
    }
    *out = scim_sync_json_own(json_loadb(text, len, JSON_REJECT_DUPLICATES, &error), p);
    if (*out == NULL) {
        *why = apr_psprintf(p, "%s (line %d, column %d)", what_is_wrong(json_error_code(&error)),
                            error.line, error.column);
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

/* jansson's iterators ask for a mutable object and leave it as it is. */
static void *find_ci(json_t *object, const char *name)
{
    void *at = json_object_iter_at(object, name);

    if (at == NULL) {
        at = json_object_iter(object);
        while (at != NULL && apr_cstr_casecmp(json_object_iter_key(at), name) != 0) {
            at = json_object_iter_next(object, at);
        }
    }
    return at;
}

json_t *scim_sync_json_get_ci(const json_t *object, const char *name, const char **key)
{
    void *at = find_ci((json_t *)object, name);

    if (key != NULL) {
        *key = at != NULL ? json_object_iter_key(at) : NULL;
    }
    return json_object_iter_value(at);
}

const char *scim_sync_json_str(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

const char *scim_sync_json_nonempty(const json_t *object, const char *name)
{
    const char *text = scim_sync_json_str(object, name);

    return text && *text ? text : NULL;
}

json_int_t scim_sync_json_int(const json_t *object, const char *name, json_int_t otherwise)
{
    const json_t *value = json_object_get(object, name);

    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

static const char *text_of(const json_t *j, size_t flags, apr_size_t *len, apr_pool_t *p)
{
    char *dumped = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY | flags);
    apr_size_t n = dumped != NULL ? strlen(dumped) : 0;
    const char *text = dumped != NULL ? apr_pstrmemdup(p, dumped, n) : NULL;

    free(dumped);
    if (len != NULL) {
        *len = n;
    }
    return text;
}

const char *scim_sync_json_text(const json_t *j, apr_size_t *len, apr_pool_t *p)
{
    return text_of(j, 0, len, p);
}

/* 15 digits come back from a double as they were. */
const char *scim_sync_json_measured(const json_t *j, apr_size_t *len, apr_pool_t *p)
{
    return text_of(j, JSON_REAL_PRECISION(15), len, p);
}

void scim_sync_json_put(json_t *object, const char *name, const char *value)
{
    if (value != NULL) {
        json_object_set_new(object, name, json_string(value));
    }
}

apr_array_header_t *scim_sync_json_texts(const char *text, apr_pool_t *p)
{
    json_t *list = scim_sync_json_own(json_loads(text, 0, NULL), p);
    apr_array_header_t *texts = apr_array_make(p, 2, sizeof(const char *));
    json_t *one;
    apr_size_t i;

    json_array_foreach(list, i, one)
    {
        APR_ARRAY_PUSH(texts, const char *) = apr_pstrdup(p, json_string_value(one));
    }
    return texts;
}

json_t *scim_sync_json_list(const apr_array_header_t *texts)
{
    json_t *list = json_array();
    int i;

    for (i = 0; i < texts->nelts; i++) {
        json_array_append_new(list, json_string(APR_ARRAY_IDX(texts, i, const char *)));
    }
    return list;
}

json_t *scim_sync_json_words(const char *const *words)
{
    json_t *list = json_array();

    for (; *words; words++) {
        json_array_append_new(list, json_string(*words));
    }
    return list;
}

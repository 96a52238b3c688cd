/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Canonical values.
 */
#include "scim/value.h"

#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"

int scim_sync_value_flag(const json_t *value)
{
    const char *text = json_string_value(value);

    if (json_is_boolean(value)) {
        return json_is_true(value);
    }
    if (json_is_integer(value)) {
        json_int_t n = json_integer_value(value);

        return n == 0 || n == 1 ? (int)n : -1;
    }
    if (text == NULL) {
        return -1;
    }
    if (apr_cstr_casecmp(text, "true") == 0 || strcmp(text, "1") == 0) {
        return 1;
    }
    return apr_cstr_casecmp(text, "false") == 0 || strcmp(text, "0") == 0 ? 0 : -1;
}

static const scim_sync_error_t *wrong(const scim_sync_name_t *name, const char *what, apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_VALUE, "%s %s.", scim_sync_name_text(name, p),
                           what);
}

static const scim_sync_error_t *read_simple(json_t **out, const scim_sync_name_t *name,
                                            const scim_sync_attr_t *def, const json_t *value,
                                            apr_pool_t *p)
{
    int flag;

    switch (def->kind) {
    case SCIM_SYNC_BOOLEAN:
        flag = scim_sync_value_flag(value);
        if (flag < 0) {
            return wrong(name, "must be true or false", p);
        }
        *out = json_boolean(flag);
        return NULL;
    case SCIM_SYNC_INTEGER:
        if (!json_is_integer(value)) {
            return wrong(name, "must be an integer", p);
        }
        break;
    default:
        if (!json_is_string(value)) {
            return wrong(name, "must be a string, in double quotes", p);
        }
        if (json_string_length(value) > SCIM_SYNC_TEXT_MAX) {
            return wrong(name, "is longer than 65536 bytes", p);
        }
    }
    *out = json_copy((json_t *)value);
    return NULL;
}

/*
 * The sub-attribute that a client means by key. "display" and "displayName" are mixed up by many,
 * "managerId" is SCIM 1.1's and stands in OneLogin's templates; the right name, if it is there
 * too, wins.
 */
static const scim_sync_attr_t *find_sub(const scim_sync_attr_t *def, const char *key,
                                        const json_t *object)
{
    const scim_sync_attr_t *sub = scim_sync_attr_find(def->subs, key);
    const char *meant = NULL;

    if (sub != NULL) {
        return sub;
    }
    if (apr_cstr_casecmp(key, "displayName") == 0) {
        meant = "display";
    }
    else if (apr_cstr_casecmp(key, "managerId") == 0) {
        meant = "value";
    }
    if (meant == NULL || scim_sync_json_get_ci(object, meant, NULL) != NULL) {
        return NULL;
    }
    return scim_sync_attr_find(def->subs, meant);
}

static const scim_sync_error_t *read_object(json_t **out, const scim_sync_name_t *name,
                                            const json_t *object, apr_pool_t *p)
{
    json_t *made = json_object();
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)object, key, value)
    {
        scim_sync_name_t sub = *name;
        const scim_sync_error_t *error;
        json_t *j;

        sub.sub_def = find_sub(name->def, key, object);
        if (sub.sub_def == NULL || sub.sub_def->mutability == SCIM_SYNC_READ_ONLY ||
            json_is_null(value)) {
            continue;
        }
        sub.sub = sub.sub_def->name;
        error = read_simple(&j, &sub, sub.sub_def, value, p);
        if (error != NULL) {
            json_decref(made);
            return error;
        }
        json_object_set_new(made, sub.sub, j);
    }
    if (json_object_size(made) == 0) {
        json_decref(made);
        made = NULL;
    }
    *out = made;
    return NULL;
}

/* One complex value; a plain text stands for its "value". */
static const scim_sync_error_t *read_complex(json_t **out, const scim_sync_name_t *name,
                                             const json_t *value, apr_pool_t *p)
{
    const scim_sync_attr_t *sub = scim_sync_attr_find(name->def->subs, "value");
    const scim_sync_error_t *error;
    json_t *text;

    *out = NULL;
    if (json_is_object(value)) {
        return read_object(out, name, value, p);
    }
    if (sub == NULL || !json_is_string(value)) {
        return wrong(name, "must be an object", p);
    }
    if (json_string_length(value) == 0) {
        return NULL;
    }
    error = read_simple(&text, name, sub, value, p);
    if (error == NULL) {
        *out = json_pack("{s:o}", sub->name, text);
    }
    return error;
}

/* Entra once sent a manager as an array of one. */
static const json_t *only_element(const json_t *value)
{
    return json_is_array(value) && json_array_size(value) == 1 ? json_array_get(value, 0) : value;
}

static const scim_sync_error_t *read_array(json_t **out, const scim_sync_name_t *name,
                                           const json_t *value, apr_pool_t *p)
{
    apr_size_t n = json_is_array(value) ? json_array_size(value) : 1;
    json_t *made = json_array();
    apr_size_t i;

    for (i = 0; i < n; i++) {
        const json_t *element = json_is_array(value) ? json_array_get(value, i) : value;
        const scim_sync_error_t *error;
        json_t *j;

        if (json_is_null(element)) {
            continue;
        }
        error = read_complex(&j, name, element, p);
        if (error != NULL) {
            json_decref(made);
            return error;
        }
        if (j != NULL) {
            json_array_append_new(made, j);
        }
    }
    *out = made;
    return NULL;
}

const scim_sync_error_t *scim_sync_value_read(json_t **out, const scim_sync_name_t *name,
                                              int is_element, const json_t *value, apr_pool_t *p)
{
    const scim_sync_attr_t *def = name->sub != NULL ? name->sub_def : name->def;

    *out = NULL;
    if (value == NULL || json_is_null(value)) {
        return NULL;
    }
    if (def->kind != SCIM_SYNC_COMPLEX) {
        return read_simple(out, name, def, value, p);
    }
    if (def->multi && !is_element) {
        return read_array(out, name, value, p);
    }
    if (json_is_array(value) && json_array_size(value) == 0) {
        return NULL;
    }
    return read_complex(out, name, only_element(value), p);
}

static const scim_sync_error_t *too_deep(const char *where, apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_VALUE,
                           "%.200s holds a value that is nested too deep.", where);
}

/* Nulls stay as members of objects that are merged, which those in arrays are not. */
static const scim_sync_error_t *copy_foreign(json_t **out, const json_t *value, const char *where,
                                             int depth, int in_array, apr_pool_t *p)
{
    const scim_sync_error_t *error = NULL;
    json_t *made, *part, *j;
    const char *key;
    apr_size_t i;

    *out = NULL;
    if (depth == 0) {
        return too_deep(where, p);
    }
    if (json_string_length(value) > SCIM_SYNC_TEXT_MAX) {
        return scim_sync_error(p, 400, SCIM_SYNC_INVALID_VALUE,
                               "%.200s holds a value that is longer than 65536 bytes.", where);
    }
    if (!json_is_object(value) && !json_is_array(value)) {
        *out = json_is_null(value) && in_array ? NULL : json_copy((json_t *)value);
        return NULL;
    }
    made = json_is_object(value) ? json_object() : json_array();
    json_object_foreach((json_t *)value, key, part)
    {
        error = copy_foreign(&j, part, where, depth - 1, in_array, p);
        if (error != NULL) {
            break;
        }
        if (j != NULL) {
            json_object_set_new(made, key, j);
        }
    }
    for (i = 0; error == NULL && i < json_array_size(value); i++) {
        error = copy_foreign(&j, json_array_get(value, i), where, depth - 1, 1, p);
        if (error == NULL && j != NULL) {
            json_array_append_new(made, j);
        }
    }
    if (error != NULL) {
        json_decref(made);
        made = NULL;
    }
    *out = made;
    return error;
}

const scim_sync_error_t *scim_sync_value_copy_foreign(json_t **out, const json_t *value,
                                                      const char *where, apr_pool_t *p)
{
    *out = NULL;
    return json_is_null(value) ? NULL
                               : copy_foreign(out, value, where, SCIM_SYNC_FOREIGN_MAX, 0, p);
}

json_t *scim_sync_value_merge(const json_t *stored, const json_t *told)
{
    const char *key;
    json_t *part;
    json_t *made;

    if (!json_is_object(told)) {
        return json_deep_copy((json_t *)told);
    }
    made = json_is_object(stored) ? json_copy((json_t *)stored) : json_object();
    json_object_foreach((json_t *)told, key, part)
    {
        if (json_is_null(part)) {
            json_object_del(made, key);
        }
        else {
            json_object_set_new(made, key, scim_sync_value_merge(json_object_get(made, key), part));
        }
    }
    return made;
}

static int is_deeper(const json_t *value, int depth)
{
    const char *key;
    json_t *part;
    apr_size_t i;

    if (depth == 0) {
        return 1;
    }
    json_object_foreach((json_t *)value, key, part)
    {
        if (is_deeper(part, depth - 1)) {
            return 1;
        }
    }
    json_array_foreach((json_t *)value, i, part)
    {
        if (is_deeper(part, depth - 1)) {
            return 1;
        }
    }
    return 0;
}

const scim_sync_error_t *scim_sync_value_check_depth(const json_t *doc, apr_pool_t *p)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)doc, key, value)
    {
        if (is_deeper(value, 1 + SCIM_SYNC_FOREIGN_MAX)) {
            return too_deep(key, p);
        }
    }
    return NULL;
}

static int same_text(const scim_sync_attr_t *def, const char *a, const char *b, apr_pool_t *p)
{
    if (def == NULL || def->case_exact) {
        return strcmp(a, b) == 0;
    }
    return strcmp(scim_sync_fold(a, p), scim_sync_fold(b, p)) == 0;
}

static int same_object(const scim_sync_attr_t *def, const json_t *told, const json_t *stored,
                       apr_pool_t *p)
{
    int has_value = json_object_get(told, "value") != NULL;
    const char *key;
    json_t *part;

    json_object_foreach((json_t *)told, key, part)
    {
        const scim_sync_attr_t *sub = scim_sync_attr_find(def != NULL ? def->subs : NULL, key);
        const json_t *have = json_object_get(stored, key);

        if (has_value && strcmp(key, "value") != 0 && strcmp(key, "type") != 0) {
            continue;
        }
        if (have == NULL || !scim_sync_value_same(sub, part, have, p)) {
            return 0;
        }
    }
    return 1;
}

int scim_sync_value_same(const scim_sync_attr_t *def, const json_t *told, const json_t *stored,
                         apr_pool_t *p)
{
    if (json_is_string(told) && json_is_string(stored)) {
        return same_text(def, json_string_value(told), json_string_value(stored), p);
    }
    if (json_is_object(told) && json_is_object(stored)) {
        return same_object(def, told, stored, p);
    }
    return json_equal(told, stored);
}

const char *scim_sync_value_key(const scim_sync_attr_t *def, const json_t *element, apr_pool_t *p)
{
    const scim_sync_attr_t *sub = scim_sync_attr_find(def != NULL ? def->subs : NULL, "value");
    const char *value = scim_sync_json_str(element, "value");
    const char *type = scim_sync_json_str(element, "type");
    json_t *rest;
    char *text;
    const char *key;

    if (sub != NULL && value != NULL) {
        if (!sub->case_exact) {
            value = scim_sync_fold(value, p);
        }
        return apr_pstrcat(p, type != NULL ? scim_sync_fold(type, p) : "", "\n", value, NULL);
    }
    rest = json_copy((json_t *)element);
    if (def != NULL) {
        json_object_del(rest, "primary");
    }
    text = json_dumps(rest, JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_COMPACT);
    key = apr_pstrcat(p, "{", text, NULL);
    free(text);
    json_decref(rest);
    return key;
}

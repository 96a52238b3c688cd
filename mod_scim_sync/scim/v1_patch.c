/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM 1.1: a partial resource becomes the operations that do the same.
 */
#include "scim/v1.h"

#include <stdlib.h>
#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>
#include <apr_tables.h>

#include "base/json.h"
#include "scim/path.h"
#include "scim/schemas.h"

typedef struct {
    scim_sync_type_t type;
    const json_t *body;
    apr_size_t max_filter;
    apr_array_header_t *removed; /* scim_sync_name_t: what meta.attributes names */
    json_t *operations;
    apr_pool_t *p;
} partial_t;

static const scim_sync_error_t *refuse(const partial_t *partial, const char *what)
{
    return scim_sync_error(partial->p, 400, SCIM_SYNC_INVALID_SYNTAX, "%s", what);
}

/* path and value, a new reference, may be NULL. */
static void push(partial_t *partial, const char *op, const char *path, json_t *value)
{
    json_t *operation = json_pack("{s:s}", "op", op);

    scim_sync_json_put(operation, "path", path);
    if (value != NULL) {
        json_object_set_new(operation, "value", value);
    }
    json_array_append_new(partial->operations, operation);
}

/* ---- meta.attributes ---- */

static int same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : apr_cstr_casecmp(a, b) == 0;
}

static int is_removed(const partial_t *partial, const scim_sync_name_t *name)
{
    int i;

    for (i = 0; i < partial->removed->nelts; i++) {
        const scim_sync_name_t *removed = &APR_ARRAY_IDX(partial->removed, i, scim_sync_name_t);

        if (same(removed->urn, name->urn) && same(removed->attr, name->attr) &&
            same(removed->sub, name->sub)) {
            return 1;
        }
    }
    return 0;
}

/* Whether the body has a value to put in the place of what is removed. */
static int is_replaced(const partial_t *partial, const scim_sync_name_t *name)
{
    return name->urn == NULL && name->sub == NULL && name->attr != NULL &&
           scim_sync_json_get_ci(partial->body, name->attr, NULL) != NULL;
}

/* A name that doesn't exist makes an operation all the same: who reads that says what is wrong. */
static const scim_sync_error_t *remove_one(partial_t *partial, const json_t *told)
{
    const char *text = json_string_value(told);
    scim_sync_name_t name;

    if (text == NULL) {
        return refuse(partial, "meta.attributes must be a list of names.");
    }
    if (scim_sync_name_resolve(&name, partial->type, text, strlen(text), partial->p) == NULL) {
        APR_ARRAY_PUSH(partial->removed, scim_sync_name_t) = name;
        if (is_replaced(partial, &name)) {
            return NULL;
        }
    }
    push(partial, "remove", text, NULL);
    return NULL;
}

static const scim_sync_error_t *remove_attributes(partial_t *partial)
{
    const json_t *meta = scim_sync_json_get_ci(partial->body, "meta", NULL);
    const json_t *names = scim_sync_json_get_ci(meta, "attributes", NULL);
    const scim_sync_error_t *error = NULL;
    apr_size_t i;

    if (names == NULL || json_is_null(names)) {
        return NULL;
    }
    if (!json_is_array(names)) {
        return remove_one(partial, names);
    }
    for (i = 0; error == NULL && i < json_array_size(names); i++) {
        error = remove_one(partial, json_array_get(names, i));
    }
    return error;
}

/* ---- multi-valued attributes ---- */

typedef enum { MERGED, DELETED, UNKNOWN } fate_t;

static fate_t fate_of(const json_t *value)
{
    const json_t *operation = scim_sync_json_get_ci(value, "operation", NULL);
    const char *word = json_string_value(operation);

    if (operation == NULL || json_is_null(operation)) {
        return MERGED;
    }
    if (word != NULL && apr_cstr_casecmp(word, "delete") == 0) {
        return DELETED;
    }
    /* OneLogin says "add", which the protocol has not. */
    return word != NULL && apr_cstr_casecmp(word, "add") == 0 ? MERGED : UNKNOWN;
}

/* A new reference. */
static json_t *without_operation(const json_t *value)
{
    json_t *copy = json_copy((json_t *)value);
    const char *key;

    if (scim_sync_json_get_ci(copy, "operation", &key) != NULL) {
        json_object_del(copy, key);
    }
    return copy;
}

/* emails[value eq "a@example.com"], or NULL for what has no `value` to be found by. */
static const char *path_to(const partial_t *partial, const char *attr, const json_t *value)
{
    const json_t *key = json_is_object(value) ? scim_sync_json_get_ci(value, "value", NULL) : value;
    const char *filter;
    char *text;

    if (!json_is_string(key)) {
        return NULL;
    }
    text = json_dumps(key, JSON_ENCODE_ANY);
    filter = apr_pstrcat(partial->p, "value eq ", text, NULL);
    free(text);
    return strlen(filter) <= partial->max_filter
               ? apr_pstrcat(partial->p, attr, "[", filter, "]", NULL)
               : NULL;
}

/* Values that follow each other and share a fate. run is taken. */
static void push_run(partial_t *partial, const scim_sync_name_t *name, fate_t fate, json_t *run)
{
    apr_size_t i;

    if (fate == DELETED) {
        push(partial, "remove", name->attr, json_incref(run));
    }
    else if (strcmp(name->attr, "members") == 0) {
        push(partial, "add", name->attr, json_incref(run));
    }
    else {
        for (i = 0; i < json_array_size(run); i++) {
            json_t *value = json_array_get(run, i);
            const char *path = path_to(partial, name->attr, value);

            push(partial, "add", path != NULL ? path : name->attr, json_incref(value));
        }
    }
    json_decref(run);
}

static int is_primary(const json_t *flag)
{
    const char *text = json_string_value(flag);

    return json_is_true(flag) || (text != NULL && apr_cstr_casecmp(text, "true") == 0);
}

/*
 * A value on its way into a run. Each of a run is an operation of its own, of which the last one
 * that is primary would win; as in a PatchOp it is the first.
 */
static json_t *meant_value(const json_t *value, int *has_primary)
{
    json_t *copy = without_operation(value);
    const char *key;

    if (is_primary(scim_sync_json_get_ci(copy, "primary", &key))) {
        if (*has_primary) {
            json_object_set_new(copy, key, json_false());
        }
        *has_primary = 1;
    }
    return copy;
}

static const scim_sync_error_t *merge_values(partial_t *partial, const scim_sync_name_t *name,
                                             const json_t *values)
{
    json_t *run = json_array();
    fate_t running = MERGED;
    int has_primary = 0;
    apr_size_t i;

    for (i = 0; i < json_array_size(values); i++) {
        const json_t *value = json_array_get(values, i);
        fate_t fate = fate_of(value);

        if (fate == UNKNOWN) {
            json_decref(run);
            return scim_sync_error(partial->p, 400, SCIM_SYNC_INVALID_SYNTAX,
                                   "%s: the operation of a value is delete, or none at all.",
                                   name->attr);
        }
        if (fate != running && json_array_size(run) > 0) {
            push_run(partial, name, running, run);
            run = json_array();
        }
        running = fate;
        json_array_append_new(run, fate == MERGED ? meant_value(value, &has_primary)
                                                  : without_operation(value));
    }
    if (json_array_size(run) > 0) {
        push_run(partial, name, running, run);
    }
    else {
        json_decref(run);
    }
    return NULL;
}

/* What meta.attributes names as well is gone already: there is nothing to delete from. */
static void replace_values(partial_t *partial, const scim_sync_name_t *name, const json_t *values)
{
    json_t *kept = json_array();
    apr_size_t i;

    for (i = 0; i < json_array_size(values); i++) {
        if (fate_of(json_array_get(values, i)) != DELETED) {
            json_array_append_new(kept, without_operation(json_array_get(values, i)));
        }
    }
    push(partial, "replace", name->attr, kept);
}

static int is_multi_valued(const partial_t *partial, scim_sync_name_t *name, const char *key)
{
    return scim_sync_name_resolve(name, partial->type, key, strlen(key), partial->p) == NULL &&
           name->urn == NULL && name->def != NULL && name->def->multi && name->sub == NULL;
}

/* ---- the whole ---- */

/* Attributes of the message, not of what it changes. */
static int is_envelope(const char *key)
{
    return apr_cstr_casecmp(key, "schemas") == 0 || apr_cstr_casecmp(key, "meta") == 0;
}

static const scim_sync_error_t *merge_attribute(partial_t *partial, const char *key, json_t *value,
                                                json_t *single)
{
    const scim_sync_error_t *error;
    scim_sync_name_t name;
    json_t *values;

    if (!is_multi_valued(partial, &name, key) || json_is_null(value)) {
        json_object_set(single, key, value);
        return NULL;
    }
    if (name.def->mutability == SCIM_SYNC_READ_ONLY) {
        return NULL;
    }
    values = json_is_array(value) ? json_incref(value) : json_pack("[O]", value);
    if (is_removed(partial, &name)) {
        replace_values(partial, &name, values);
        error = NULL;
    }
    else {
        error = merge_values(partial, &name, values);
    }
    json_decref(values);
    return error;
}

static const scim_sync_error_t *merge_attributes(partial_t *partial)
{
    const scim_sync_error_t *error = NULL;
    json_t *single = scim_sync_json_own(json_object(), partial->p);
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)partial->body, key, value)
    {
        if (!is_envelope(key) && (error = merge_attribute(partial, key, value, single)) != NULL) {
            return error;
        }
    }
    if (json_object_size(single) > 0) {
        push(partial, "replace", NULL, json_incref(single));
    }
    return NULL;
}

const scim_sync_error_t *scim_sync_v1_patch(const json_t **out, scim_sync_type_t type,
                                            const json_t *body, int max_filter, apr_pool_t *p)
{
    partial_t partial = {
        .type = type, .body = body, .max_filter = (apr_size_t)max_filter, .p = p
    };
    const scim_sync_error_t *error;
    json_t *schemas;

    if (scim_sync_json_get_ci(body, "Operations", NULL) != NULL) {
        *out = body;
        return NULL;
    }
    partial.removed = apr_array_make(p, 4, sizeof(scim_sync_name_t));
    partial.operations = json_array();
    *out = scim_sync_json_own(json_pack("{s:[s], s:o}", "schemas", SCIM_SYNC_PATCH_URN,
                                        "Operations", partial.operations),
                              p);
    if (!json_is_object(body)) {
        return refuse(&partial, "The body must be a JSON object.");
    }
    error = scim_sync_schemas_read(&schemas, type, body, p);
    json_decref(schemas);
    if (error != NULL && !scim_sync_schemas_allow(body, SCIM_SYNC_PATCH_URN)) {
        return error;
    }
    error = remove_attributes(&partial);
    return error != NULL ? error : merge_attributes(&partial);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits: reading paths and values.
 */
#include "scim/edit.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "scim/value.h"

/* Of a thousand operations each can name its element; a thousand values cost half a second then. */
#define COMPARISONS_MAX 4096

/* What may stand behind a filter, a sub-attribute of a schema that nobody knows, is no text. */
#define SUB_MAX_BYTES 1024

int scim_sync_is_read_only(const scim_sync_name_t *name)
{
    return (name->def != NULL && name->def->mutability == SCIM_SYNC_READ_ONLY) ||
           (name->sub_def != NULL && name->sub_def->mutability == SCIM_SYNC_READ_ONLY);
}

/* Whether urn is an extension with a table of attributes, for this type of resource. */
static int is_known(scim_sync_type_t type, const char *urn)
{
    const scim_sync_schema_t *schema = scim_sync_schema_find(urn);

    return schema != NULL && scim_sync_schema_extends(schema, type);
}

static const scim_sync_error_t *bad_path(const char *text, const char *what, apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_PATH, "The path \"%.200s\" %s.", text, what);
}

/* The bracket that closes the filter that begins at c; brackets in quotes don't count. */
static const char *find_close(const char *c)
{
    int quoted = 0;

    for (; *c != '\0'; c++) {
        if (quoted && *c == '\\' && c[1] != '\0') {
            c++;
        }
        else if (*c == '"') {
            quoted = !quoted;
        }
        else if (*c == ']' && !quoted) {
            return c;
        }
    }
    return NULL;
}

/* ".value" behind a value filter. */
static const scim_sync_error_t *read_sub(scim_sync_name_t *name, const char *text, const char *path,
                                         apr_pool_t *p)
{
    char *sub;

    while (apr_isspace(*text)) {
        text++;
    }
    if (*text == '\0') {
        return NULL;
    }
    if (strlen(text) > SUB_MAX_BYTES) {
        return bad_path(path, "is too long behind its filter", p);
    }
    sub = apr_pstrdup(p, text + 1);
    apr_collapse_spaces(sub, sub);
    if (*text != '.' || *sub == '\0') {
        return bad_path(path, "has something other than .attribute behind its filter", p);
    }
    name->sub = sub;
    if (name->def != NULL) {
        name->sub_def = scim_sync_attr_find(name->def->subs, sub);
        if (name->sub_def == NULL) {
            return bad_path(path, "ends in a sub-attribute that doesn't exist", p);
        }
        name->sub = name->sub_def->name;
    }
    return NULL;
}

const scim_sync_error_t *scim_sync_target_read(scim_sync_target_t *out, scim_sync_type_t type,
                                               const char *text,
                                               const scim_sync_path_limits_t *limits, apr_pool_t *p)
{
    const char *open = strchr(text, '[');
    apr_size_t len = open != NULL ? (apr_size_t)(open - text) : strlen(text);
    const scim_sync_error_t *error = scim_sync_name_resolve(&out->name, type, text, len, p);
    const char *close;

    out->filter = NULL;
    if (error != NULL || open == NULL) {
        return error;
    }
    if (out->name.attr == NULL || out->name.sub != NULL) {
        return bad_path(text, "has its filter at the wrong place", p);
    }
    close = find_close(open + 1);
    if (close == NULL) {
        return bad_path(text, "has a [ without ]", p);
    }
    error = scim_sync_filter_parse_values(&out->filter, out->name.def, open + 1, close - open - 1,
                                          limits->length, limits->depth, p);
    return error != NULL ? error : read_sub(&out->name, close + 1, text, p);
}

/* value is a new reference or NULL. */
static void push(scim_sync_edits_t *edits, scim_sync_verb_t verb, const scim_sync_target_t *target,
                 json_t *value)
{
    scim_sync_edit_t *edit = &APR_ARRAY_PUSH(edits->edits, scim_sync_edit_t);

    edit->verb = verb;
    edit->target = *target;
    edit->value = scim_sync_json_own(value, edits->p);
    edit->number = edits->number;
}

/*
 * The keys of an extension's object are attributes of that extension. An extension that we don't
 * know is merged as it stands.
 */
static const scim_sync_error_t *add_extension(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                              const scim_sync_target_t *target, const json_t *value)
{
    const char *urn = target->name.urn;
    const scim_sync_error_t *error = NULL;
    const char *key;
    json_t *part;

    if (value == NULL || json_is_null(value)) {
        push(edits, SCIM_SYNC_REMOVE, target, NULL);
        return NULL;
    }
    if (!json_is_object(value)) {
        return scim_sync_error(edits->p, 400, SCIM_SYNC_INVALID_VALUE, "%s must be an object.",
                               urn);
    }
    json_object_foreach((json_t *)value, key, part)
    {
        scim_sync_target_t inner = { .name = { .urn = urn } };

        if (is_known(edits->type, urn)) {
            const char *path = apr_pstrcat(edits->p, urn, ":", key, NULL);

            if (scim_sync_target_read(&inner, edits->type, path, &edits->limits, edits->p) !=
                    NULL ||
                scim_sync_is_read_only(&inner.name)) {
                continue;
            }
        }
        else {
            inner.name.attr = apr_pstrdup(edits->p, key);
        }
        error = scim_sync_edits_add(edits, verb, &inner, part);
        if (error != NULL) {
            return error;
        }
    }
    return NULL;
}

/*
 * A complex attribute with one value is merged with what is stored (RFC 7644 section 3.5.2.3): one
 * edit for each sub-attribute.
 */
static const scim_sync_error_t *add_parts(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                          const scim_sync_target_t *target, const json_t *value)
{
    const char *key;
    json_t *part;

    json_object_foreach((json_t *)value, key, part)
    {
        scim_sync_target_t inner = *target;
        const scim_sync_error_t *error;

        inner.name.sub_def = scim_sync_attr_find(target->name.def->subs, key);
        if (inner.name.sub_def == NULL || inner.name.sub_def->mutability == SCIM_SYNC_READ_ONLY) {
            continue;
        }
        inner.name.sub = inner.name.sub_def->name;
        error = scim_sync_edits_add(edits, verb, &inner, part);
        if (error != NULL) {
            return error;
        }
    }
    return NULL;
}

/* What has one value must not be an empty reference: a manager "" is no manager. */
static int refers_to_nothing(const scim_sync_name_t *name, const json_t *value)
{
    const json_t *to = name->sub == NULL ? json_object_get(value, "value") : value;

    return !name->def->multi && (name->sub == NULL || strcmp(name->sub, "value") == 0) &&
           json_is_string(to) && json_string_length(to) == 0;
}

static const scim_sync_error_t *add_known(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                          const scim_sync_target_t *target, const json_t *value)
{
    const scim_sync_name_t *name = &target->name;
    int is_singular = name->sub == NULL && !name->def->multi;
    const scim_sync_error_t *error;
    json_t *read;

    error = scim_sync_value_read(&read, name, target->filter != NULL, value, edits->p);
    if (error != NULL) {
        return error;
    }
    if (refers_to_nothing(name, read) && (is_singular || verb != SCIM_SYNC_REMOVE)) {
        scim_sync_target_t whole = { .name = *name };

        whole.name.sub = NULL;
        whole.name.sub_def = NULL;
        json_decref(read);
        push(edits, SCIM_SYNC_REMOVE, &whole, NULL);
        return NULL;
    }
    /*
     * What refers to something is replaced as a whole: an old $ref would point to another person.
     */
    if (is_singular && json_is_object(value) && target->filter == NULL &&
        verb != SCIM_SYNC_REMOVE && json_object_get(read, "value") == NULL &&
        scim_sync_json_get_ci(value, "value", NULL) == NULL) {
        json_decref(read);
        return add_parts(edits, verb, target, value);
    }
    push(edits, verb, target, read);
    return NULL;
}

static const scim_sync_error_t *add_foreign(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                            const scim_sync_target_t *target, const json_t *value)
{
    const scim_sync_error_t *error;
    json_t *copy = NULL;

    if (value != NULL) {
        error = scim_sync_value_copy_foreign(&copy, value, target->name.urn, edits->p);
        if (error != NULL) {
            return error;
        }
    }
    push(edits, verb, target, copy);
    return NULL;
}

static int comparisons_of(const scim_sync_filter_t *filter)
{
    return filter == NULL ? 0
                          : (filter->kind == SCIM_SYNC_FILTER_COMPARE) +
                                comparisons_of(filter->left) + comparisons_of(filter->right);
}

const scim_sync_error_t *scim_sync_edits_count(scim_sync_edits_t *edits,
                                               const scim_sync_filter_t *filter, int weight)
{
    edits->comparisons += weight * comparisons_of(filter);
    return edits->comparisons <= COMPARISONS_MAX
               ? NULL
               : scim_sync_error(edits->p, 400, SCIM_SYNC_TOO_MANY,
                                 "The filters of all paths together have too many comparisons.");
}

const scim_sync_error_t *scim_sync_edits_add(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                             const scim_sync_target_t *target, const json_t *value)
{
    const scim_sync_name_t *name = &target->name;
    const scim_sync_error_t *error = scim_sync_edits_count(edits, target->filter, 1);
    int is_nothing = value == NULL || json_is_null(value);

    if (error != NULL) {
        return error;
    }
    if (name->attr == NULL && name->urn != NULL) {
        return add_extension(edits, verb, target, value);
    }
    if (name->attr == NULL) {
        return scim_sync_error(edits->p, 400, SCIM_SYNC_INVALID_PATH,
                               "A path names an attribute, not the schema of the resource.");
    }
    if (name->def == NULL) {
        return add_foreign(edits, verb, target, value);
    }
    if (name->def->mutability == SCIM_SYNC_WRITE_ONLY) {
        return NULL;
    }
    if (edits->number > 0 && name->def->required && (is_nothing || verb == SCIM_SYNC_REMOVE)) {
        return scim_sync_error(edits->p, 400, SCIM_SYNC_MUTABILITY,
                               "%s is required and can't be removed.", name->attr);
    }
    if (is_nothing && verb == SCIM_SYNC_ADD && name->def->multi && name->sub == NULL) {
        return NULL;
    }
    return add_known(edits, verb, target, value);
}

/* One key of a body. The core schema's URN as a key holds core attributes, once. */
static const scim_sync_error_t *add_key(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                        const char *key, const json_t *value, int is_outermost)
{
    const scim_sync_error_t *error;
    scim_sync_target_t target;
    const char *inner;
    json_t *part;

    error = scim_sync_target_read(&target, edits->type, key, &edits->limits, edits->p);
    if (error != NULL) {
        return strchr(key, '[') != NULL ? error : NULL;
    }
    if (target.name.urn != NULL && !is_known(edits->type, target.name.urn) &&
        json_is_object(value) && target.filter == NULL) {
        target.name = (scim_sync_name_t) { .urn = apr_pstrdup(edits->p, key) };
    }
    if (target.name.attr == NULL && target.name.urn == NULL) {
        json_object_foreach((json_t *)value, inner, part)
        {
            error = is_outermost ? add_key(edits, verb, inner, part, 0) : NULL;
            if (error != NULL) {
                return error;
            }
        }
        return NULL;
    }
    if (edits->type == SCIM_SYNC_GROUP && target.name.def != NULL &&
        strcmp(target.name.attr, "members") == 0) {
        if (target.filter != NULL || target.name.sub != NULL) {
            return scim_sync_error(edits->p, 400, SCIM_SYNC_INVALID_PATH,
                                   "Without a path, members are told as a whole.");
        }
        edits->members = json_is_null(value) ? NULL : value;
        return NULL;
    }
    return scim_sync_is_read_only(&target.name) ? NULL
                                                : scim_sync_edits_add(edits, verb, &target, value);
}

const scim_sync_error_t *scim_sync_edits_add_object(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                                    const json_t *object)
{
    const scim_sync_error_t *error = NULL;
    const char *key;
    json_t *value;

    edits->members = NULL;
    json_object_foreach((json_t *)object, key, value)
    {
        error = add_key(edits, verb, key, value, 1);
        if (error != NULL) {
            break;
        }
    }
    return error;
}

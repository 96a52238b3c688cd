/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits: applying them to a document.
 */
#include "scim/edit.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/json.h"
#include "scim/value.h"

static int is_true(const json_t *element, const char *key)
{
    return json_is_true(json_object_get(element, key));
}

/* An edit that takes away instead of setting. */
static int takes_away(const scim_sync_edit_t *edit)
{
    return edit->verb == SCIM_SYNC_REMOVE || edit->value == NULL;
}

/*
 * Whether a value that is to be taken away is the one that the client means. A remove of something
 * else than what is stored changes nothing (Entra).
 */
static int is_meant(const scim_sync_edit_t *edit, const scim_sync_attr_t *def, const json_t *stored,
                    apr_pool_t *p)
{
    return edit->value == NULL || scim_sync_value_same(def, edit->value, stored, p);
}

static json_t *copy_of(const json_t *value)
{
    return json_deep_copy((json_t *)value);
}

/* RFC 7644 section 3.5.2: a new primary value ends the old one. */
static void settle_primary(json_t *array, const json_t *winner)
{
    apr_size_t i;

    if (!is_true(winner, "primary")) {
        return;
    }
    for (i = 0; i < json_array_size(array); i++) {
        json_t *element = json_array_get(array, i);

        if (element != winner && is_true(element, "primary")) {
            json_object_set_new(element, "primary", json_false());
        }
    }
}

/* Add one element unless the array holds the same value: then what is told of it is merged. */
static json_t *unite(json_t *array, apr_hash_t *seen, const scim_sync_attr_t *def,
                     const json_t *told, apr_pool_t *p)
{
    const char *key = scim_sync_value_key(def, told, p);
    json_t *have = apr_hash_get(seen, key, APR_HASH_KEY_STRING);

    if (have == NULL) {
        have = copy_of(told);
        json_array_append_new(array, have);
        apr_hash_set(seen, key, APR_HASH_KEY_STRING, have);
    }
    else if (json_is_object(have)) {
        json_object_update(have, (json_t *)told);
    }
    return have;
}

static void add_elements(json_t *array, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    const scim_sync_attr_t *def = edit->target.name.def;
    apr_size_t n = json_is_array(edit->value) ? json_array_size(edit->value) : 1;
    apr_hash_t *seen = apr_hash_make(p);
    const json_t *winner = NULL;
    apr_size_t i;

    for (i = 0; i < json_array_size(array); i++) {
        json_t *element = json_array_get(array, i);

        apr_hash_set(seen, scim_sync_value_key(def, element, p), APR_HASH_KEY_STRING, element);
    }
    for (i = 0; i < n; i++) {
        const json_t *told =
            json_is_array(edit->value) ? json_array_get(edit->value, i) : edit->value;
        const json_t *element = unite(array, seen, def, told, p);

        if (winner == NULL && is_true(told, "primary")) {
            winner = element;
        }
    }
    settle_primary(array, winner);
}

static int is_told(const scim_sync_edit_t *edit, const json_t *stored, apr_pool_t *p)
{
    const scim_sync_attr_t *def = edit->target.name.def;
    apr_size_t i;

    if (!json_is_array(edit->value)) {
        return is_meant(edit, def, stored, p);
    }
    for (i = 0; i < json_array_size(edit->value); i++) {
        if (scim_sync_value_same(def, json_array_get(edit->value, i), stored, p)) {
            return 1;
        }
    }
    return 0;
}

/* The whole list: emails. */
static void edit_list(json_t *array, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    apr_size_t i;

    if (edit->verb == SCIM_SYNC_REMOVE && edit->value != NULL) {
        for (i = json_array_size(array); i > 0; i--) {
            if (is_told(edit, json_array_get(array, i - 1), p)) {
                json_array_remove(array, i - 1);
            }
        }
        return;
    }
    if (edit->verb != SCIM_SYNC_ADD) {
        json_array_clear(array);
    }
    if (edit->value != NULL) {
        add_elements(array, edit, p);
    }
}

/* Whether nothing is left of an element but what describes it. */
static int says_nothing(json_t *element)
{
    const char *key;
    json_t *value;

    json_object_foreach(element, key, value)
    {
        if (strcmp(key, "type") != 0 && strcmp(key, "primary") != 0 &&
            strcmp(key, "display") != 0) {
            return 0;
        }
    }
    return 1;
}

/* Take an element, or its sub-attribute, away. */
static void take_from(json_t *array, apr_size_t i, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    const scim_sync_name_t *name = &edit->target.name;
    json_t *element = json_array_get(array, i);
    json_t *stored = name->sub != NULL ? json_object_get(element, name->sub) : element;

    if (stored == NULL ||
        !is_meant(edit, name->sub != NULL ? name->sub_def : name->def, stored, p)) {
        return;
    }
    if (name->sub != NULL) {
        json_object_del(element, name->sub);
    }
    if (name->sub == NULL || says_nothing(element)) {
        json_array_remove(array, i);
    }
}

/*
 * Give element what a filter says that it must hold: type "work" for [type eq "work"].
 * Returns 0 when the filter says more than that one value equals another.
 */
static int fill(json_t *element, const scim_sync_filter_t *filter)
{
    json_t *value;

    if (filter->kind == SCIM_SYNC_FILTER_AND) {
        return fill(element, filter->left) && fill(element, filter->right);
    }
    if (filter->kind != SCIM_SYNC_FILTER_COMPARE || filter->op != SCIM_SYNC_EQ ||
        filter->value_kind == SCIM_SYNC_VALUE_NULL) {
        return 0;
    }
    if (json_object_get(element, filter->name.attr) == NULL) {
        value = filter->value_kind == SCIM_SYNC_VALUE_BOOLEAN
                    ? json_boolean(strcmp(filter->value, "true") == 0)
                    : json_string(filter->value);
        json_object_set_new(element, filter->name.attr, value);
    }
    return 1;
}

/* Set an element, or its sub-attribute; returns the element as it is then. */
static json_t *set_in(json_t *array, apr_size_t i, const scim_sync_edit_t *edit)
{
    json_t *element = json_array_get(array, i);
    json_t *made;

    if (edit->target.name.sub != NULL) {
        json_object_set_new(element, edit->target.name.sub, copy_of(edit->value));
        return element;
    }
    if (edit->verb == SCIM_SYNC_ADD && json_is_object(element) && json_is_object(edit->value)) {
        json_object_update(element, (json_t *)edit->value);
        return element;
    }
    made = copy_of(edit->value);
    if (edit->target.filter != NULL && json_is_object(made)) {
        fill(made, edit->target.filter);
    }
    json_array_set_new(array, i, made);
    return made;
}

/*
 * No element is there to be set. Entra means: then make it, with what the filter says. A filter
 * that asks for the very value that is to be replaced is one that found nothing.
 */
static const scim_sync_error_t *create(json_t *array, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    const scim_sync_target_t *target = &edit->target;
    json_t *made = target->name.sub != NULL ? json_object() : copy_of(edit->value);
    const json_t *asked;

    if (target->filter != NULL && json_is_object(made) && !fill(made, target->filter)) {
        json_decref(made);
        made = NULL;
    }
    asked = target->name.sub != NULL ? json_object_get(made, target->name.sub) : NULL;
    if (made == NULL || (asked != NULL && !json_equal(asked, edit->value))) {
        json_decref(made);
        return scim_sync_error(p, 400, SCIM_SYNC_NO_TARGET, "%s holds no value that matches %s.",
                               scim_sync_name_text(&target->name, p),
                               scim_sync_filter_print(target->filter, p));
    }
    if (target->name.sub != NULL) {
        json_object_set_new(made, target->name.sub, copy_of(edit->value));
    }
    json_array_append_new(array, made);
    settle_primary(array, made);
    return NULL;
}

/* Chosen elements: emails[type eq "work"], emails[type eq "work"].value, emails.value. */
static const scim_sync_error_t *edit_chosen(json_t *array, const scim_sync_edit_t *edit,
                                            apr_pool_t *p)
{
    const json_t *winner = NULL;
    int found = 0;
    apr_size_t i;

    for (i = json_array_size(array); i > 0; i--) {
        json_t *element = json_array_get(array, i - 1);

        if (edit->target.filter != NULL &&
            !scim_sync_filter_matches(edit->target.filter, element, p)) {
            continue;
        }
        found = 1;
        if (takes_away(edit)) {
            take_from(array, i - 1, edit, p);
        }
        else {
            element = set_in(array, i - 1, edit);
            winner = is_true(element, "primary") ? element : winner;
        }
    }
    if (!found && !takes_away(edit)) {
        return create(array, edit, p);
    }
    settle_primary(array, winner);
    return NULL;
}

static const scim_sync_error_t *too_many(const scim_sync_edit_t *edit, int max_values,
                                         apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_VALUE, "%s holds more than %d values.",
                           scim_sync_name_text(&edit->target.name, p), max_values);
}

/* An array, or with a filter anything: what has one value is treated as an array of it. */
static const scim_sync_error_t *edit_elements(json_t *holder, const char *key,
                                              const scim_sync_edit_t *edit, int max_values,
                                              apr_pool_t *p)
{
    const scim_sync_target_t *target = &edit->target;
    json_t *stored = json_object_get(holder, key);
    json_t *array = scim_sync_json_own(json_array(), p);
    const scim_sync_error_t *error = NULL;

    if (json_array_size(edit->value) > (apr_size_t)max_values) {
        return too_many(edit, max_values, p);
    }
    if (json_is_array(stored)) {
        json_array_extend(array, stored);
    }
    else if (stored != NULL) {
        json_array_append(array, stored);
    }
    if (target->filter == NULL && target->name.sub == NULL) {
        edit_list(array, edit, p);
    }
    else {
        error = edit_chosen(array, edit, p);
    }
    if (error == NULL && json_array_size(array) > (apr_size_t)max_values) {
        error = too_many(edit, max_values, p);
    }
    if (error != NULL) {
        return error;
    }
    if (json_array_size(array) == 0) {
        json_object_del(holder, key);
    }
    else if (target->name.def != NULL && !target->name.def->multi) {
        json_object_set(holder, key, json_array_get(array, json_array_size(array) - 1));
    }
    else {
        json_object_set(holder, key, array);
    }
    return NULL;
}

/* name.familyName */
static void edit_sub(json_t *holder, const char *key, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    const scim_sync_name_t *name = &edit->target.name;
    json_t *object = json_object_get(holder, key);
    json_t *stored = json_object_get(object, name->sub);

    if (takes_away(edit)) {
        if (stored != NULL && is_meant(edit, name->sub_def, stored, p)) {
            json_object_del(object, name->sub);
        }
        if (json_is_object(object) && json_object_size(object) == 0) {
            json_object_del(holder, key);
        }
        return;
    }
    if (!json_is_object(object)) {
        object = json_object();
        json_object_set_new(holder, key, object);
    }
    else if (strcmp(name->sub, "value") == 0 && stored != NULL &&
             !scim_sync_value_same(name->sub_def, edit->value, stored, p)) {
        json_object_clear(object); /* the rest describes what was referred to before */
    }
    json_object_set_new(object, name->sub, copy_of(edit->value));
}

static void edit_single(json_t *holder, const char *key, const scim_sync_edit_t *edit,
                        apr_pool_t *p)
{
    json_t *stored = json_object_get(holder, key);

    if (!takes_away(edit)) {
        json_object_set_new(holder, key, copy_of(edit->value));
    }
    else if (stored != NULL && is_meant(edit, edit->target.name.def, stored, p)) {
        json_object_del(holder, key);
    }
}

static int is_list(const scim_sync_edit_t *edit, const json_t *stored)
{
    const scim_sync_attr_t *def = edit->target.name.def;

    if (edit->target.filter != NULL) {
        return 1;
    }
    if (def != NULL) {
        return def->multi;
    }
    return json_is_array(stored) || json_is_array(edit->value);
}

static const scim_sync_error_t *edit_attribute(json_t *holder, const scim_sync_edit_t *edit,
                                               int max_values, apr_pool_t *p)
{
    const scim_sync_name_t *name = &edit->target.name;
    const char *key = name->attr;
    const json_t *stored = scim_sync_json_get_ci(holder, name->attr, &key);

    if (stored == NULL) {
        key = name->attr;
    }
    if (is_list(edit, stored)) {
        return edit_elements(holder, apr_pstrdup(p, key), edit, max_values, p);
    }
    if (name->sub != NULL) {
        edit_sub(holder, apr_pstrdup(p, key), edit, p);
    }
    else {
        edit_single(holder, apr_pstrdup(p, key), edit, p);
    }
    return NULL;
}

/*
 * The object of an extension, under the spelling that it has in doc. "urn:a:b" may have been
 * resolved as attribute b of urn:a though it is an extension of its own: then the document knows.
 */
static int names_extension(const json_t *doc, const scim_sync_name_t *name, const char **key,
                           apr_pool_t *p)
{
    const json_t *object = scim_sync_json_get_ci(doc, scim_sync_name_text(name, p), key);

    *key = *key != NULL ? apr_pstrdup(p, *key) : NULL;
    return name->def == NULL && name->sub == NULL && json_is_object(object);
}

static const scim_sync_error_t *edit_extension(json_t *doc, const scim_sync_edit_t *edit,
                                               int max_values, apr_pool_t *p)
{
    const scim_sync_name_t *name = &edit->target.name;
    const char *key;
    json_t *holder;
    const scim_sync_error_t *error;

    if (names_extension(doc, name, &key, p)) {
        if (takes_away(edit)) {
            json_object_del(doc, key);
            return NULL;
        }
        if (json_is_object(edit->value)) {
            json_object_update(json_object_get(doc, key),
                               scim_sync_json_own(copy_of(edit->value), p));
            return NULL;
        }
    }
    holder = scim_sync_json_get_ci(doc, name->urn, &key);
    key = apr_pstrdup(p, key != NULL ? key : name->urn);
    if (!json_is_object(holder)) {
        if (takes_away(edit) || name->attr == NULL) {
            json_object_del(doc, key);
            return NULL;
        }
        holder = json_object();
        json_object_set_new(doc, key, holder);
    }
    error = edit_attribute(holder, edit, max_values, p);
    if (error == NULL && json_object_size(holder) == 0) {
        json_object_del(doc, key);
    }
    return error;
}

const scim_sync_error_t *scim_sync_edit_apply(json_t *doc, const scim_sync_edit_t *edit,
                                              int max_values, apr_pool_t *p)
{
    if (edit->target.name.urn != NULL) {
        return edit_extension(doc, edit, max_values, p);
    }
    return edit_attribute(doc, edit, max_values, p);
}

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

/* What is told where nothing is stored. */
static json_t *copy_of(const json_t *told)
{
    return scim_sync_value_merge(NULL, told);
}

/*
 * RFC 7644 section 3.5.2: a new primary value ends the old one. Of several new ones it is the first
 * that is not taken back by what follows.
 */
static void settle_primary(json_t *array, const json_t *told)
{
    const json_t *winner;
    apr_size_t i = 0;

    do {
        winner = json_array_get(told, i++);
    } while (winner != NULL && !is_true(winner, "primary"));
    for (i = 0; winner != NULL && i < json_array_size(array); i++) {
        json_t *element = json_array_get(array, i);

        if (element != winner && is_true(element, "primary")) {
            json_object_set_new(element, "primary", json_false());
        }
    }
}

/*
 * Add one element unless the array holds the same value: then what is told of it is merged. A list
 * of which we know nothing is kept as it is told, doubles and all.
 */
static json_t *unite(json_t *array, apr_hash_t *seen, const scim_sync_attr_t *def, int keep,
                     const json_t *told, apr_pool_t *p)
{
    json_t *made = scim_sync_json_own(copy_of(told), p);
    const char *key = scim_sync_value_key(def, made, p);
    json_t *have = apr_hash_get(seen, key, APR_HASH_KEY_STRING);

    if (have == NULL || keep) {
        json_array_append(array, made);
        apr_hash_set(seen, key, APR_HASH_KEY_STRING, made);
        return made;
    }
    if (json_is_object(have)) {
        json_object_update(have, made);
    }
    return have;
}

static void add_elements(json_t *array, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    const scim_sync_attr_t *def = edit->target.name.def;
    apr_size_t n = json_is_array(edit->value) ? json_array_size(edit->value) : 1;
    int keep = def == NULL && edit->verb != SCIM_SYNC_ADD;
    apr_hash_t *seen = apr_hash_make(p);
    json_t *meant = scim_sync_json_own(json_array(), p);
    apr_size_t i;

    for (i = 0; i < json_array_size(array); i++) {
        json_t *element = json_array_get(array, i);

        apr_hash_set(seen, scim_sync_value_key(def, element, p), APR_HASH_KEY_STRING, element);
    }
    for (i = 0; i < n; i++) {
        const json_t *told =
            json_is_array(edit->value) ? json_array_get(edit->value, i) : edit->value;
        json_t *element = unite(array, seen, def, keep, told, p);

        if (def != NULL && is_true(told, "primary")) {
            json_array_append(meant, element);
        }
    }
    settle_primary(array, meant);
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

/* The key of an attribute under the spelling that it has in object, or as it was told. */
static const char *key_in(const json_t *object, const char *name, apr_pool_t *p)
{
    const char *key = name;

    return scim_sync_json_get_ci(object, name, &key) != NULL ? apr_pstrdup(p, key) : name;
}

static const scim_sync_error_t *no_target(const scim_sync_edit_t *edit, apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_NO_TARGET, "%s holds no value that matches %s.",
                           scim_sync_name_text(&edit->target.name, p),
                           scim_sync_filter_print(edit->target.filter, p));
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

static int is_chosen(const scim_sync_edit_t *edit, const json_t *element, apr_pool_t *p)
{
    return edit->target.filter == NULL || scim_sync_filter_matches(edit->target.filter, element, p);
}

/*
 * RFC 7643 section 2.4: no pair of type and value twice. The edited elements stay where they are
 * and as they were told.
 */
static void unite_edited(json_t *array, const json_t *edited, const scim_sync_attr_t *def,
                         apr_pool_t *p)
{
    apr_hash_t *seen = apr_hash_make(p);
    apr_size_t i;

    if (def == NULL) {
        return;
    }
    for (i = json_array_size(edited); i > 0; i--) {
        json_t *element = json_array_get(edited, i - 1);

        apr_hash_set(seen, scim_sync_value_key(def, element, p), APR_HASH_KEY_STRING, element);
    }
    for (i = 0; i < json_array_size(array); i++) {
        json_t *element = json_array_get(array, i);
        json_t *same =
            apr_hash_get(seen, scim_sync_value_key(def, element, p), APR_HASH_KEY_STRING);

        if (same != NULL && same != element) {
            json_object_update_missing(same, element);
            json_array_remove(array, i--);
        }
    }
}

/* Take an element, or its sub-attribute, away; whether the element stays, with less in it. */
static int take_from(json_t *array, apr_size_t i, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    const scim_sync_name_t *name = &edit->target.name;
    json_t *element = json_array_get(array, i);
    const char *key = name->sub != NULL ? key_in(element, name->sub, p) : NULL;
    json_t *stored = key != NULL ? json_object_get(element, key) : element;

    if (stored == NULL ||
        !is_meant(edit, name->sub != NULL ? name->sub_def : name->def, stored, p)) {
        return 0;
    }
    if (key != NULL) {
        json_object_del(element, key);
    }
    if (key == NULL || says_nothing(element)) {
        json_array_remove(array, i);
        return 0;
    }
    return 1;
}

static void take_chosen(json_t *array, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    json_t *edited = scim_sync_json_own(json_array(), p);
    apr_size_t i;

    for (i = json_array_size(array); i > 0; i--) {
        json_t *element = json_array_get(array, i - 1);

        if (is_chosen(edit, element, p) && take_from(array, i - 1, edit, p)) {
            json_array_insert(edited, 0, element);
        }
    }
    unite_edited(array, edited, edit->target.name.def, p);
}

/* The value that a filter compares with. */
static json_t *value_of(const scim_sync_filter_t *filter)
{
    switch (filter->value_kind) {
    case SCIM_SYNC_VALUE_BOOLEAN:
        return json_boolean(strcmp(filter->value, "true") == 0);
    case SCIM_SYNC_VALUE_NUMBER:
        return json_loads(filter->value, JSON_DECODE_ANY, NULL);
    default:
        return json_string(filter->value);
    }
}

/*
 * Give element what a filter says that it must hold: type "work" for [type eq "work"].
 * Returns 0 when the filter says more than that one value equals another.
 */
static int fill(json_t *element, const scim_sync_filter_t *filter, apr_pool_t *p)
{
    const char *key;

    if (filter->kind == SCIM_SYNC_FILTER_AND) {
        int is_left = fill(element, filter->left, p);

        return fill(element, filter->right, p) && is_left;
    }
    if (filter->kind != SCIM_SYNC_FILTER_COMPARE || filter->op != SCIM_SYNC_EQ ||
        filter->value_kind == SCIM_SYNC_VALUE_NULL) {
        return 0;
    }
    key = key_in(element, filter->name.attr, p);
    if (json_object_get(element, key) == NULL) {
        json_object_set_new(element, key, value_of(filter));
    }
    return 1;
}

/* Set an element, or its sub-attribute; returns the element as it is then, borrowed. */
static json_t *set_in(json_t *array, apr_size_t i, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    const char *sub = edit->target.name.sub;
    json_t *element = json_array_get(array, i);
    const char *key;
    json_t *made;

    if (sub != NULL) {
        key = key_in(element, sub, p);
        json_object_set_new(element, key,
                            scim_sync_value_merge(json_object_get(element, key), edit->value));
        return element;
    }
    if (edit->verb == SCIM_SYNC_ADD && json_is_object(element) && json_is_object(edit->value)) {
        made = scim_sync_value_merge(element, edit->value);
    }
    else {
        made = copy_of(edit->value);
        if (edit->target.filter != NULL && json_is_object(made)) {
            fill(made, edit->target.filter, p);
        }
    }
    json_array_set_new(array, i, made);
    return made;
}

/*
 * No element is there to be set. Entra means: then make it, with what the filter says. But what is
 * made must be what the filter looks for: one that names the value that is to be replaced is one
 * that found nothing. So is a replace of whole elements (RFC 7644 section 3.5.2.3) in a PATCH.
 */
static const scim_sync_error_t *create(json_t *array, const scim_sync_edit_t *edit, apr_pool_t *p)
{
    const scim_sync_target_t *target = &edit->target;
    json_t *made = target->name.sub != NULL ? json_object() : copy_of(edit->value);
    int is_filled =
        target->filter == NULL || !json_is_object(made) || fill(made, target->filter, p);

    if (target->name.sub != NULL) {
        json_object_set_new(made, key_in(made, target->name.sub, p), copy_of(edit->value));
    }
    if ((edit->number > 0 && edit->verb == SCIM_SYNC_REPLACE && target->name.sub == NULL) ||
        !is_filled || !is_chosen(edit, made, p)) {
        json_decref(made);
        return no_target(edit, p);
    }
    json_array_append_new(array, made);
    return NULL;
}

/* Set what is chosen: emails[type eq "work"], emails[type eq "work"].value, emails.value. */
static const scim_sync_error_t *set_chosen(json_t *array, const scim_sync_edit_t *edit,
                                           int may_create, apr_pool_t *p)
{
    json_t *edited = scim_sync_json_own(json_array(), p);
    const scim_sync_error_t *error;
    apr_size_t i;

    for (i = 0; i < json_array_size(array); i++) {
        if (is_chosen(edit, json_array_get(array, i), p)) {
            json_array_append(edited, set_in(array, i, edit, p));
        }
    }
    if (json_array_size(edited) == 0) {
        error = may_create ? create(array, edit, p) : no_target(edit, p);
        if (error != NULL) {
            return error;
        }
        json_array_append(edited, json_array_get(array, json_array_size(array) - 1));
    }
    unite_edited(array, edited, edit->target.name.def, p);
    if (edit->target.name.def != NULL) {
        settle_primary(array, edited);
    }
    return NULL;
}

static const scim_sync_error_t *too_many(const scim_sync_edit_t *edit, int max_values,
                                         apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_VALUE, "%s holds more than %d values.",
                           scim_sync_name_text(&edit->target.name, p), max_values);
}

/* Whether one value is treated as an array of it because of a filter. */
static int is_single(const scim_sync_edit_t *edit, const json_t *stored)
{
    const scim_sync_attr_t *def = edit->target.name.def;

    if (def != NULL) {
        return !def->multi;
    }
    return edit->target.filter != NULL && stored != NULL && !json_is_array(stored);
}

/* An array, or with a filter anything. */
static const scim_sync_error_t *edit_elements(json_t *holder, const char *key,
                                              const scim_sync_edit_t *edit, int max_values,
                                              apr_pool_t *p)
{
    const scim_sync_target_t *target = &edit->target;
    json_t *stored = json_object_get(holder, key);
    json_t *array = scim_sync_json_own(json_array(), p);
    int one = is_single(edit, stored);
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
    else if (takes_away(edit)) {
        take_chosen(array, edit, p);
    }
    else {
        error = set_chosen(array, edit, !one || stored == NULL, p);
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
    else if (one) {
        json_object_set(holder, key, json_array_get(array, 0));
    }
    else {
        json_object_set(holder, key, array);
    }
    return NULL;
}

static const scim_sync_error_t *edit_attribute(json_t *holder, const scim_sync_edit_t *edit,
                                               int max_values, apr_pool_t *p);

/* name.familyName: an attribute of an object that is made when it is needed. */
static const scim_sync_error_t *edit_sub(json_t *holder, const char *key,
                                         const scim_sync_edit_t *edit, int max_values,
                                         apr_pool_t *p)
{
    const scim_sync_name_t *name = &edit->target.name;
    json_t *object = json_object_get(holder, key);
    const json_t *stored = json_object_get(object, name->sub);
    const scim_sync_error_t *error;
    scim_sync_edit_t inner = *edit;

    inner.target.name = (scim_sync_name_t) { .attr = name->sub, .def = name->sub_def };
    if (!json_is_object(object)) {
        if (takes_away(edit)) {
            return NULL;
        }
        object = json_object();
        json_object_set_new(holder, key, object);
    }
    else if (name->def != NULL && strcmp(name->sub, "value") == 0 && stored != NULL &&
             !takes_away(edit) && !scim_sync_value_same(name->sub_def, edit->value, stored, p)) {
        json_object_clear(object); /* the rest describes what was referred to before */
    }
    error = edit_attribute(object, &inner, max_values, p);
    if (json_object_size(object) == 0) {
        json_object_del(holder, key);
    }
    return error;
}

static void edit_single(json_t *holder, const char *key, const scim_sync_edit_t *edit,
                        apr_pool_t *p)
{
    const scim_sync_attr_t *def = edit->target.name.def;
    json_t *stored = json_object_get(holder, key);
    json_t *made;

    if (takes_away(edit)) {
        if (stored != NULL && is_meant(edit, def, stored, p)) {
            json_object_del(holder, key);
        }
        return;
    }
    made = def != NULL ? copy_of(edit->value) : scim_sync_value_merge(stored, edit->value);
    if (json_is_object(made) && json_object_size(made) == 0 && json_object_size(edit->value) > 0) {
        json_decref(made);
        json_object_del(holder, key);
    }
    else {
        json_object_set_new(holder, key, made);
    }
}

/* What has no definition is a list where it is one already, or is told as one. */
static int is_list(const scim_sync_edit_t *edit, const json_t *stored)
{
    const scim_sync_name_t *name = &edit->target.name;

    if (edit->target.filter != NULL) {
        return 1;
    }
    if (name->def != NULL) {
        return name->def->multi;
    }
    if (name->sub != NULL) {
        return json_is_array(stored);
    }
    return json_is_array(edit->value) || (json_is_array(stored) && edit->verb != SCIM_SYNC_REPLACE);
}

static const scim_sync_error_t *edit_attribute(json_t *holder, const scim_sync_edit_t *edit,
                                               int max_values, apr_pool_t *p)
{
    const scim_sync_name_t *name = &edit->target.name;
    const char *key = key_in(holder, name->attr, p);

    if (is_list(edit, json_object_get(holder, key))) {
        return edit_elements(holder, key, edit, max_values, p);
    }
    if (name->sub != NULL) {
        return edit_sub(holder, key, edit, max_values, p);
    }
    edit_single(holder, key, edit, p);
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
                                               int max_values, apr_pool_t *p);

/* The value of edit is an object of attributes of the extension urn. */
static const scim_sync_error_t *merge_extension(json_t *doc, const char *urn,
                                                const scim_sync_edit_t *edit, int max_values,
                                                apr_pool_t *p)
{
    const scim_sync_error_t *error = NULL;
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)edit->value, key, value)
    {
        scim_sync_edit_t inner = *edit;

        inner.target.name = (scim_sync_name_t) { .urn = urn, .attr = key };
        inner.value = json_is_null(value) ? NULL : value;
        error = edit_extension(doc, &inner, max_values, p);
        if (error != NULL) {
            break;
        }
    }
    return error;
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
            return merge_extension(doc, key, edit, max_values, p);
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

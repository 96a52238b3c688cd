/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PATCH: the operations of a request become edits of the document and changes of members.
 */
#include "scim/patch.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "scim/edit.h"
#include "scim/member.h"
#include "scim/schemas.h"
#include "scim/v1.h"
#include "scim/value.h"

/* A group may have a hundred times as many members as an attribute has values. */
#define MEMBERS_WEIGHT 64

struct scim_sync_patch_t {
    scim_sync_edits_t edits;
    apr_array_header_t *changes; /* scim_sync_member_change_t */
};

static const scim_sync_error_t *refuse(const scim_sync_patch_t *patch, const char *type,
                                       const char *what)
{
    return scim_sync_error(patch->edits.p, 400, type, "%s", what);
}

/* The same error, saying in which operation it was. */
static const scim_sync_error_t *in_operation(const scim_sync_error_t *error, int number,
                                             apr_pool_t *p)
{
    return scim_sync_error(p, error->status, error->type, "Operation %d: %s", number,
                           error->detail);
}

static void push_change(scim_sync_patch_t *patch, scim_sync_member_verb_t verb,
                        const apr_array_header_t *members)
{
    scim_sync_member_change_t *change = &APR_ARRAY_PUSH(patch->changes, scim_sync_member_change_t);

    change->verb = verb;
    change->members = members;
    change->filter = NULL;
}

/* Those that a filter names, or whoever will match it. */
static const scim_sync_error_t *remove_matching(scim_sync_patch_t *patch,
                                                const scim_sync_filter_t *filter)
{
    apr_array_header_t *members;
    int is_list = scim_sync_members_of_filter(&members, filter, patch->edits.p);

    push_change(patch, SCIM_SYNC_MEMBERS_REMOVE, members);
    if (is_list) {
        return NULL;
    }
    APR_ARRAY_IDX(patch->changes, patch->changes->nelts - 1, scim_sync_member_change_t).filter =
        filter;
    return scim_sync_edits_count(&patch->edits, filter, MEMBERS_WEIGHT);
}

static const scim_sync_error_t *remove_members(scim_sync_patch_t *patch,
                                               const scim_sync_filter_t *filter,
                                               const json_t *value)
{
    apr_pool_t *p = patch->edits.p;
    const scim_sync_error_t *error;
    apr_array_header_t *members;

    if (filter != NULL) {
        return remove_matching(patch, filter);
    }
    if (value == NULL || json_is_null(value)) {
        push_change(patch, SCIM_SYNC_MEMBERS_SET, apr_array_make(p, 1, sizeof(scim_sync_member_t)));
        return NULL;
    }
    error = scim_sync_members_read(&members, value, p);
    /* An empty list names nobody: to read it as "all" would empty the group. */
    if (error == NULL && members->nelts > 0) {
        push_change(patch, SCIM_SYNC_MEMBERS_REMOVE, members);
    }
    return error;
}

static const scim_sync_error_t *change_members(scim_sync_patch_t *patch, scim_sync_verb_t verb,
                                               const scim_sync_target_t *target,
                                               const json_t *value)
{
    apr_pool_t *p = patch->edits.p;
    const scim_sync_error_t *error;
    apr_array_header_t *members;

    if (target->name.sub != NULL) {
        return refuse(patch, SCIM_SYNC_MUTABILITY,
                      "A member is added or removed as a whole, not by its sub-attributes.");
    }
    if (verb == SCIM_SYNC_REMOVE) {
        return remove_members(patch, target->filter, value);
    }
    error = scim_sync_members_read(&members, value, p);
    if (error == NULL && (verb == SCIM_SYNC_REPLACE || members->nelts > 0)) {
        push_change(patch,
                    verb == SCIM_SYNC_REPLACE ? SCIM_SYNC_MEMBERS_SET : SCIM_SYNC_MEMBERS_ADD,
                    members);
    }
    return error;
}

static int is_members(const scim_sync_target_t *target, scim_sync_type_t type)
{
    return type == SCIM_SYNC_GROUP && target->name.def != NULL &&
           strcmp(target->name.attr, "members") == 0;
}

/*
 * A path as clients write it: Entra once wrote "manager" for the enterprise extension's attribute.
 */
static const scim_sync_error_t *read_path(scim_sync_patch_t *patch, scim_sync_target_t *target,
                                          const char *path)
{
    apr_pool_t *p = patch->edits.p;

    if (patch->edits.type == SCIM_SYNC_USER && apr_cstr_casecmp(path, "manager") == 0) {
        path = SCIM_SYNC_ENTERPRISE_URN ":manager";
    }
    return scim_sync_target_read(target, patch->edits.type, path, &patch->edits.limits, p);
}

static const scim_sync_error_t *with_path(scim_sync_patch_t *patch, scim_sync_verb_t verb,
                                          const char *path, const json_t *value)
{
    const scim_sync_error_t *error;
    scim_sync_target_t target;

    error = read_path(patch, &target, path);
    if (error != NULL) {
        return error;
    }
    if (scim_sync_is_read_only(&target.name)) {
        return scim_sync_error(patch->edits.p, 400, SCIM_SYNC_MUTABILITY,
                               "%s is readOnly: take it out of the request.",
                               scim_sync_name_text(&target.name, patch->edits.p));
    }
    if (is_members(&target, patch->edits.type) && target.filter != NULL &&
        target.name.sub == NULL && verb != SCIM_SYNC_REMOVE) {
        return refuse(patch, SCIM_SYNC_INVALID_PATH,
                      "A value filter on members is only taken with remove.");
    }
    if (value == NULL && verb != SCIM_SYNC_REMOVE) {
        return refuse(patch, SCIM_SYNC_INVALID_VALUE, "add and replace need a value.");
    }
    if (is_members(&target, patch->edits.type)) {
        return change_members(patch, verb, &target, value);
    }
    return scim_sync_edits_add(&patch->edits, verb, &target, value);
}

static const scim_sync_error_t *without_path(scim_sync_patch_t *patch, scim_sync_verb_t verb,
                                             const json_t *value)
{
    const scim_sync_target_t members = { .filter = NULL };
    const scim_sync_error_t *error;

    if (verb == SCIM_SYNC_REMOVE) {
        return refuse(patch, SCIM_SYNC_NO_TARGET, "remove needs a path.");
    }
    if (!json_is_object(value)) {
        return refuse(patch, SCIM_SYNC_INVALID_SYNTAX,
                      "Without a path, value must be an object of attributes.");
    }
    error = scim_sync_edits_add_object(&patch->edits, verb, value);
    if (error == NULL && patch->edits.members != NULL) {
        error = change_members(patch, verb, &members, patch->edits.members);
    }
    return error;
}

static int read_verb(scim_sync_verb_t *verb, const json_t *op)
{
    static const char *const words[] = { "add", "replace", "remove" };
    const char *word = json_string_value(op);
    int i;

    for (i = 0; word != NULL && i < 3; i++) {
        if (apr_cstr_casecmp(word, words[i]) == 0) {
            *verb = (scim_sync_verb_t)i;
            return 1;
        }
    }
    return 0;
}

static int is_blank(const char *text)
{
    while (apr_isspace(*text)) {
        text++;
    }
    return *text == '\0';
}

static const scim_sync_error_t *read_operation(scim_sync_patch_t *patch, const json_t *operation)
{
    const json_t *path = scim_sync_json_get_ci(operation, "path", NULL);
    const json_t *value = scim_sync_json_get_ci(operation, "value", NULL);
    scim_sync_verb_t verb;

    if (!read_verb(&verb, scim_sync_json_get_ci(operation, "op", NULL))) {
        return refuse(patch, SCIM_SYNC_INVALID_SYNTAX,
                      "An operation is an object whose op is add, replace or remove.");
    }
    if (path == NULL || json_is_null(path) ||
        (json_is_string(path) && is_blank(json_string_value(path)))) {
        return without_path(patch, verb, value);
    }
    if (!json_is_string(path)) {
        return refuse(patch, SCIM_SYNC_INVALID_PATH, "The path must be a string.");
    }
    return with_path(patch, verb, json_string_value(path), value);
}

static const scim_sync_error_t *read_operations(scim_sync_patch_t *patch, const json_t *operations,
                                                int max_operations)
{
    apr_size_t i;

    if (json_array_size(operations) > (apr_size_t)max_operations) {
        return scim_sync_error(patch->edits.p, 413, NULL,
                               "The request holds %d operations; at most %d are taken at once.",
                               (int)json_array_size(operations), max_operations);
    }
    for (i = 0; i < json_array_size(operations); i++) {
        const scim_sync_error_t *error;

        patch->edits.number = (int)i + 1;
        error = read_operation(patch, json_array_get(operations, i));
        if (error != NULL) {
            return in_operation(error, patch->edits.number, patch->edits.p);
        }
    }
    return NULL;
}

/*
 * A body without Operations: OneLogin sends {"members":[{"value":"u1","operation":"delete"}]}, the
 * PATCH of SCIM 1.1. Without members it is taken for a mistake.
 */
static const scim_sync_error_t *read_old(scim_sync_patch_t *patch, const json_t *body,
                                         const scim_sync_patch_limits_t *limits)
{
    const scim_sync_error_t *error;
    const json_t *meant;

    error = scim_sync_v1_patch(&meant, patch->edits.type, body, limits->filter, patch->edits.p);
    if (error != NULL) {
        return error;
    }
    if (patch->edits.type != SCIM_SYNC_GROUP ||
        !json_is_array(scim_sync_json_get_ci(body, "members", NULL))) {
        return refuse(patch, SCIM_SYNC_INVALID_SYNTAX,
                      "A PATCH needs Operations, a list of objects with op, path and value.");
    }
    return read_operations(patch, json_object_get(meant, "Operations"), limits->operations);
}

const scim_sync_error_t *scim_sync_patch_parse(scim_sync_patch_t **out, scim_sync_type_t type,
                                               const json_t *body,
                                               const scim_sync_patch_limits_t *limits,
                                               apr_pool_t *p)
{
    scim_sync_patch_t *patch = apr_pcalloc(p, sizeof(*patch));
    const json_t *operations = scim_sync_json_get_ci(body, "Operations", NULL);

    patch->edits.type = type;
    patch->edits.limits =
        (scim_sync_path_limits_t) { .length = limits->filter, .depth = limits->filter_depth };
    patch->edits.edits = apr_array_make(p, 8, sizeof(scim_sync_edit_t));
    patch->edits.p = p;
    patch->changes = apr_array_make(p, 2, sizeof(scim_sync_member_change_t));
    *out = patch;
    if (json_is_object(body) && operations == NULL) {
        return read_old(patch, body, limits);
    }
    if (!json_is_array(operations)) {
        return refuse(patch, SCIM_SYNC_INVALID_SYNTAX,
                      "A PATCH is an object with Operations, a list.");
    }
    if (!scim_sync_schemas_allow(body, SCIM_SYNC_PATCH_URN)) {
        return refuse(patch, SCIM_SYNC_INVALID_SYNTAX,
                      "The schemas of a PATCH must name " SCIM_SYNC_PATCH_URN ".");
    }
    return read_operations(patch, operations, limits->operations);
}

const apr_array_header_t *scim_sync_patch_members(const scim_sync_patch_t *patch)
{
    return patch->changes;
}

const scim_sync_error_t *scim_sync_patch_apply(const scim_sync_patch_t *patch,
                                               scim_sync_resource_t *r, int max_values,
                                               int *changed, apr_pool_t *p)
{
    scim_sync_resource_t next = *r;
    const scim_sync_error_t *error;
    int i;

    next.doc = scim_sync_json_own(json_deep_copy(r->doc), p);
    for (i = 0; i < patch->edits.edits->nelts; i++) {
        const scim_sync_edit_t *edit = &APR_ARRAY_IDX(patch->edits.edits, i, scim_sync_edit_t);

        error = scim_sync_edit_apply(next.doc, edit, max_values, p);
        if (error != NULL) {
            return in_operation(error, edit->number, p);
        }
    }
    scim_sync_schemas_complete(next.doc, r->type);
    scim_sync_schemas_forget(next.doc, r->doc);
    error = scim_sync_value_check_depth(next.doc, p);
    if (error == NULL) {
        error = scim_sync_resource_index(&next, p);
    }
    if (error != NULL) {
        return error;
    }
    *changed = !scim_sync_resource_same(r, &next);
    *r = next;
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading members.
 */
#include "scim/member.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/json.h"
#include "scim/value.h"

/* Members in the order in which they were told, each value once. */
typedef struct {
    apr_array_header_t *members;
    apr_hash_t *seen; /* value -> value */
    apr_pool_t *p;
} set_t;

static set_t *make_set(int expected, apr_pool_t *p)
{
    set_t *set = apr_palloc(p, sizeof(*set));

    set->members = apr_array_make(p, expected, sizeof(scim_sync_member_t));
    set->seen = apr_hash_make(p);
    set->p = p;
    return set;
}

/* A text that only describes; what is no text says nothing. */
static const char *describe(const json_t *member, const char *name, apr_pool_t *p)
{
    const json_t *j = scim_sync_json_get_ci(member, name, NULL);

    if (!json_is_string(j) || json_string_length(j) > SCIM_SYNC_TEXT_MAX) {
        return NULL;
    }
    return apr_pstrdup(p, json_string_value(j));
}

/* The URL of a member says what it is: ".../Groups/g1", and Keycloak's "Groups/g1". */
static const char *type_of_ref(const json_t *member)
{
    const char *ref = json_string_value(scim_sync_json_get_ci(member, "$ref", NULL));
    int type;

    for (type = SCIM_SYNC_USER; ref != NULL && type <= SCIM_SYNC_GROUP; type++) {
        const char *endpoint = scim_sync_type_endpoint(type);
        const char *id = strrchr(ref, '/');
        apr_size_t len = strlen(endpoint);

        if (id != NULL && (apr_size_t)(id - ref) >= len && strncmp(id - len, endpoint, len) == 0 &&
            (id - len == ref || *(id - len - 1) == '/')) {
            return scim_sync_type_name(type);
        }
    }
    return NULL;
}

static void push(set_t *set, const char *value, const json_t *member)
{
    scim_sync_member_t *made = &APR_ARRAY_PUSH(set->members, scim_sync_member_t);

    made->value = value;
    made->display = describe(member, "display", set->p);
    if (made->display == NULL) {
        made->display = describe(member, "displayName", set->p);
    }
    made->type = describe(member, "type", set->p);
    made->ref = type_of_ref(member);
    apr_hash_set(set->seen, value, APR_HASH_KEY_STRING, value);
}

/* number is the element's place from 1, for messages. */
static const scim_sync_error_t *add(set_t *set, const json_t *member, int number)
{
    const json_t *value =
        json_is_object(member) ? scim_sync_json_get_ci(member, "value", NULL) : member;
    apr_size_t len = json_string_length(value);

    if (json_is_null(member)) {
        return NULL;
    }
    if (len == 0 || len > SCIM_SYNC_NAME_MAX) {
        return scim_sync_error(set->p, 400, SCIM_SYNC_INVALID_VALUE,
                               "members: number %d has no value that is the id of a resource (a "
                               "string of 1 to %d bytes).",
                               number, SCIM_SYNC_NAME_MAX);
    }
    if (apr_hash_get(set->seen, json_string_value(value), len) == NULL) {
        push(set, apr_pstrmemdup(set->p, json_string_value(value), len), member);
    }
    return NULL;
}

const scim_sync_error_t *scim_sync_members_read(apr_array_header_t **out, const json_t *value,
                                                apr_pool_t *p)
{
    int n = json_is_array(value) ? (int)json_array_size(value) : 1;
    set_t *set = make_set(n, p);
    const scim_sync_error_t *error = NULL;
    int i;

    for (i = 0; error == NULL && i < n; i++) {
        error = add(set, json_is_array(value) ? json_array_get(value, i) : value, i + 1);
    }
    *out = set->members;
    return error;
}

static int collect(set_t *set, const scim_sync_filter_t *filter)
{
    if (filter->kind == SCIM_SYNC_FILTER_OR) {
        return collect(set, filter->left) && collect(set, filter->right);
    }
    if (filter->kind != SCIM_SYNC_FILTER_COMPARE || filter->op != SCIM_SYNC_EQ ||
        filter->value_kind != SCIM_SYNC_VALUE_STRING || strcmp(filter->name.attr, "value") != 0) {
        return 0;
    }
    if (apr_hash_get(set->seen, filter->value, APR_HASH_KEY_STRING) == NULL) {
        push(set, filter->value, NULL);
    }
    return 1;
}

int scim_sync_members_of_filter(apr_array_header_t **out, const scim_sync_filter_t *filter,
                                apr_pool_t *p)
{
    set_t *set = make_set(1, p);
    int is_list = collect(set, filter);

    if (!is_list) {
        apr_array_clear(set->members);
    }
    *out = set->members;
    return is_list;
}

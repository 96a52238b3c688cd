/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribute `schemas`.
 */
#include "scim/schemas.h"

#include <string.h>

#include <apr_cstr.h>

#include "base/json.h"

/* More than anybody has; a bound on the search for duplicates. */
#define SCHEMAS_MAX 50

static const scim_sync_error_t *wrong(const char *what, apr_pool_t *p)
{
    return scim_sync_error(p, 400, SCIM_SYNC_INVALID_SYNTAX, "schemas %s.", what);
}

static int holds(const json_t *urns, const char *urn)
{
    apr_size_t i;

    for (i = 0; i < json_array_size(urns); i++) {
        const char *have = json_string_value(json_array_get(urns, i));

        if (have != NULL && apr_cstr_casecmp(have, urn) == 0) {
            return 1;
        }
    }
    return 0;
}

static void add(json_t *urns, const char *urn)
{
    if (!holds(urns, urn)) {
        json_array_append_new(urns, json_string(urn));
    }
}

/* Add one URN as told; NULL or what is wrong with it. */
static const char *add_told(json_t *urns, scim_sync_type_t type, const char *urn)
{
    const scim_sync_schema_t *schema;
    apr_size_t len, used;

    if (urn == NULL) {
        return "must be a list of strings";
    }
    len = strlen(urn);
    schema = scim_sync_schema_prefix(type, urn, len, &used);
    if (schema == NULL || used != len) {
        add(urns, urn);
        return NULL;
    }
    if (schema != scim_sync_schema_of(type) && (schema == scim_sync_schema_of(SCIM_SYNC_USER) ||
                                                schema == scim_sync_schema_of(SCIM_SYNC_GROUP))) {
        return type == SCIM_SYNC_USER ? "names Group, but this is the endpoint of users"
                                      : "names User, but this is the endpoint of groups";
    }
    add(urns, schema == scim_sync_schema_of(type) || scim_sync_schema_extends(schema, type)
                  ? schema->urn
                  : urn);
    return NULL;
}

static const char *add_all(json_t *urns, scim_sync_type_t type, const json_t *told)
{
    const char *what = NULL;
    apr_size_t i;

    if (json_is_string(told)) {
        return add_told(urns, type, json_string_value(told));
    }
    if (!json_is_array(told)) {
        return "must be a list of strings";
    }
    if (json_array_size(told) > SCHEMAS_MAX) {
        return "holds more than 50 URNs";
    }
    for (i = 0; what == NULL && i < json_array_size(told); i++) {
        what = add_told(urns, type, json_string_value(json_array_get(told, i)));
    }
    return what;
}

const scim_sync_error_t *scim_sync_schemas_read(json_t **out, scim_sync_type_t type,
                                                const json_t *body, apr_pool_t *p)
{
    const char *core = scim_sync_schema_of(type)->urn;
    const json_t *told = scim_sync_json_get_ci(body, "schemas", NULL);
    const char *what = NULL;

    *out = json_array();
    if (told == NULL || json_is_null(told) || (json_is_array(told) && json_array_size(told) == 0)) {
        add(*out, core);
        return NULL;
    }
    what = add_all(*out, type, told);
    if (what == NULL && !holds(*out, core)) {
        what = type == SCIM_SYNC_USER ? "must name " SCIM_SYNC_USER_URN
                                      : "must name " SCIM_SYNC_GROUP_URN;
    }
    if (what != NULL) {
        json_decref(*out);
        *out = NULL;
        return wrong(what, p);
    }
    return NULL;
}

static int is_extension(const char *key, const json_t *value)
{
    return strchr(key, ':') != NULL && json_is_object(value);
}

void scim_sync_schemas_complete(json_t *doc, scim_sync_type_t type)
{
    json_t *urns = json_object_get(doc, "schemas");
    const char *key;
    json_t *value;

    if (!json_is_array(urns)) {
        urns = json_array();
        json_object_set_new(doc, "schemas", urns);
    }
    add(urns, scim_sync_schema_of(type)->urn);
    json_object_foreach(doc, key, value)
    {
        if (is_extension(key, value)) {
            add(urns, key);
        }
    }
}

static void take_out(json_t *urns, const char *urn)
{
    apr_size_t i;

    for (i = json_array_size(urns); i > 0; i--) {
        const char *have = json_string_value(json_array_get(urns, i - 1));

        if (have != NULL && apr_cstr_casecmp(have, urn) == 0) {
            json_array_remove(urns, i - 1);
        }
    }
}

void scim_sync_schemas_forget(json_t *doc, const json_t *before)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)before, key, value)
    {
        if (is_extension(key, value) && scim_sync_json_get_ci(doc, key, NULL) == NULL) {
            take_out(json_object_get(doc, "schemas"), key);
        }
    }
}

int scim_sync_schemas_allow(const json_t *body, const char *urn)
{
    const json_t *told = scim_sync_json_get_ci(body, "schemas", NULL);

    if (told == NULL || json_is_null(told) || (json_is_array(told) && json_array_size(told) == 0)) {
        return 1;
    }
    if (json_is_string(told)) {
        return apr_cstr_casecmp(json_string_value(told), urn) == 0;
    }
    return holds(told, urn);
}

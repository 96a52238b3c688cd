/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM 1.1: answers.
 */
#include "scim/v1.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"

#define CONFIG_URN "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"

/* ---- resources ---- */

static const char *old_urn(const char *urn)
{
    if (strcmp(urn, SCIM_SYNC_USER_URN) == 0 || strcmp(urn, SCIM_SYNC_GROUP_URN) == 0) {
        return SCIM_SYNC_V1_CORE_URN;
    }
    return strcmp(urn, SCIM_SYNC_ENTERPRISE_URN) == 0 ? SCIM_SYNC_V1_ENTERPRISE_URN : urn;
}

static json_t *old_urns(const json_t *urns)
{
    json_t *out = json_array();
    apr_size_t i;

    for (i = 0; i < json_array_size(urns); i++) {
        json_array_append_new(out,
                              json_string(old_urn(json_string_value(json_array_get(urns, i)))));
    }
    return out;
}

/* 1.1 has neither $ref nor meta.resourceType. */
static json_t *without(const json_t *object, const char *name)
{
    json_t *out = json_copy((json_t *)object);

    json_object_del(out, name);
    return out;
}

static json_t *without_refs(const json_t *list)
{
    json_t *out = json_array();
    apr_size_t i;

    for (i = 0; i < json_array_size(list); i++) {
        json_array_append_new(out, without(json_array_get(list, i), "$ref"));
    }
    return out;
}

static json_t *old_manager(const json_t *manager)
{
    json_t *out = json_object();

    scim_sync_json_put(out, "managerId", scim_sync_json_str(manager, "value"));
    scim_sync_json_put(out, "displayName", scim_sync_json_str(manager, "displayName"));
    return out;
}

static json_t *old_extension(const json_t *extension)
{
    json_t *out = json_copy((json_t *)extension);
    const json_t *manager = json_object_get(extension, "manager");

    if (manager != NULL) {
        json_object_set_new(out, "manager", old_manager(manager));
    }
    return out;
}

static json_t *resource(const json_t *body)
{
    json_t *out = json_object();
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)body, key, value)
    {
        if (strcmp(key, "schemas") == 0) {
            json_object_set_new(out, key, old_urns(value));
        }
        else if (strcmp(key, "meta") == 0) {
            json_object_set_new(out, key, without(value, "resourceType"));
        }
        else if (strcmp(key, SCIM_SYNC_ENTERPRISE_URN) == 0) {
            json_object_set_new(out, SCIM_SYNC_V1_ENTERPRISE_URN, old_extension(value));
        }
        else if (strcmp(key, "members") == 0 || strcmp(key, "groups") == 0) {
            json_object_set_new(out, key, without_refs(value));
        }
        else {
            json_object_set(out, key, value);
        }
    }
    return out;
}

/* ---- messages ---- */

static json_t *list(const json_t *body)
{
    const json_t *resources = json_object_get(body, "Resources");
    json_t *converted = json_array();
    apr_size_t i;

    for (i = 0; i < json_array_size(resources); i++) {
        json_array_append_new(converted, resource(json_array_get(resources, i)));
    }
    return json_pack("{s:[s], s:O*, s:O*, s:O*, s:o}", "schemas", SCIM_SYNC_V1_CORE_URN,
                     "totalResults", json_object_get(body, "totalResults"), "itemsPerPage",
                     json_object_get(body, "itemsPerPage"), "startIndex",
                     json_object_get(body, "startIndex"), "Resources", converted);
}

static json_t *errors(const json_t *body)
{
    return json_pack("{s:[{s:O, s:O}]}", "Errors", "description", json_object_get(body, "detail"),
                     "code", json_object_get(body, "status"));
}

static json_t *scheme(const json_t *told)
{
    return json_pack("{s:O*, s:O*, s:O*, s:O*, s:O*}", "type", json_object_get(told, "type"),
                     "name", json_object_get(told, "name"), "description",
                     json_object_get(told, "description"), "specUrl",
                     json_object_get(told, "specUri"), "primary", json_object_get(told, "primary"));
}

static json_t *schemes(const json_t *told)
{
    json_t *out = json_array();
    apr_size_t i;

    for (i = 0; i < json_array_size(told); i++) {
        json_array_append_new(out, scheme(json_array_get(told, i)));
    }
    return out;
}

/* Numbers stay, although there is no Bulk in 1.1's form: some clients take them for limits. */
static json_t *no_bulk(const json_t *told)
{
    json_t *out = json_copy((json_t *)told);

    json_object_set_new(out, "supported", json_false());
    return out;
}

/* /ServiceProviderConfig of 2.0 is called /ServiceProviderConfigs here. */
static json_t *config_meta(const json_t *told, apr_pool_t *p)
{
    const char *location = scim_sync_json_str(told, "location");
    json_t *out = without(told, "resourceType");

    scim_sync_json_put(out, "location", location ? apr_pstrcat(p, location, "s", NULL) : NULL);
    return out;
}

static json_t *config(const json_t *body, apr_pool_t *p)
{
    static const char *const shared[] = { "patch", "filter", "changePassword", "sort", "etag" };
    json_t *out = json_pack("{s:[s]}", "schemas", SCIM_SYNC_V1_CORE_URN);
    apr_size_t i;

    for (i = 0; i < sizeof(shared) / sizeof(*shared); i++) {
        json_object_set(out, shared[i], json_object_get(body, shared[i]));
    }
    json_object_set_new(out, "bulk", no_bulk(json_object_get(body, "bulk")));
    json_object_set_new(out, "xmlDataFormat", json_pack("{s:b}", "supported", 0));
    json_object_set_new(out, "authenticationSchemes",
                        schemes(json_object_get(body, "authenticationSchemes")));
    json_object_set_new(out, "meta", config_meta(json_object_get(body, "meta"), p));
    return out;
}

static int is(const json_t *body, const char *urn)
{
    const json_t *urns = json_object_get(body, "schemas");
    const char *first = json_string_value(json_array_get(urns, 0));

    return first != NULL && strcmp(first, urn) == 0;
}

json_t *scim_sync_v1_answer(const json_t *body, apr_pool_t *p)
{
    json_t *out;

    if (is(body, SCIM_SYNC_LIST_URN)) {
        out = list(body);
    }
    else if (is(body, SCIM_SYNC_ERROR_URN)) {
        out = errors(body);
    }
    else if (is(body, CONFIG_URN)) {
        out = config(body, p);
    }
    else {
        out = resource(body);
    }
    return scim_sync_json_own(out, p);
}

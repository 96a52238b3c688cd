/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client can ask about us.
 */
#include "scim/discovery.h"

#include <apr_cstr.h>
#include <apr_strings.h>

#include "base/json.h"
#include "scim/schema.h"
#include "scim/schema_meta.h"

static json_t *meta(const char *type, const char *base, const char *endpoint, const char *id,
                    apr_pool_t *p)
{
    const char *location = apr_pstrcat(p, base, "/", endpoint, id != NULL ? "/" : "", id, NULL);

    return json_pack("{s:s, s:s}", "resourceType", type, "location", location);
}

static json_t *supported(int is_supported)
{
    return json_pack("{s:b}", "supported", is_supported);
}

static json_t *authentication(void)
{
    return json_pack("[{s:s, s:s, s:s, s:s, s:b}]", "type", "oauthbearertoken", "name",
                     "Bearer token", "description",
                     "A token made by the administrator for this identity provider.", "specUri",
                     "https://www.rfc-editor.org/info/rfc6750", "primary", 1);
}

json_t *scim_sync_discovery_config(const scim_sync_limits_t *limits, const char *base,
                                   apr_pool_t *p)
{
    int page = limits->page > 0 ? limits->page : limits->max_results;
    json_t *config = scim_sync_json_own(json_object(), p);

    json_object_set_new(config, "schemas", json_pack("[s]", SCIM_SYNC_CONFIG_URN));
    json_object_set_new(config, "patch", supported(1));
    json_object_set_new(config, "bulk",
                        json_pack("{s:b, s:i, s:I}", "supported", 1, "maxOperations",
                                  limits->max_operations, "maxPayloadSize",
                                  (json_int_t)limits->max_body));
    json_object_set_new(config, "filter",
                        json_pack("{s:b, s:i}", "supported", 1, "maxResults", limits->max_results));
    json_object_set_new(config, "changePassword", supported(0));
    json_object_set_new(config, "sort", supported(1));
    json_object_set_new(config, "etag", supported(1));
    json_object_set_new(config, "pagination",
                        json_pack("{s:b, s:b, s:s, s:i, s:i, s:i}", "cursor", 1, "index", 1,
                                  "defaultPaginationMethod", "index", "defaultPageSize", page,
                                  "maxPageSize", limits->max_results, "cursorTimeout",
                                  limits->cursor_timeout));
    json_object_set_new(config, "authenticationSchemes", authentication());
    json_object_set_new(config, "meta",
                        meta("ServiceProviderConfig", base, "ServiceProviderConfig", NULL, p));
    return config;
}

static json_t *resource_type(scim_sync_type_t type, const char *base, apr_pool_t *p)
{
    const scim_sync_schema_t *schema = scim_sync_schema_of(type);
    const scim_sync_schema_t *extension = scim_sync_schema_find(SCIM_SYNC_ENTERPRISE_URN);
    const char *name = scim_sync_type_name(type);
    json_t *extensions = json_array();

    if (scim_sync_schema_extends(extension, type)) {
        json_array_append_new(extensions,
                              json_pack("{s:s, s:b}", "schema", extension->urn, "required", 0));
    }
    return json_pack("{s:[s], s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "schemas",
                     SCIM_SYNC_RESOURCE_TYPE_URN, "id", name, "name", name, "endpoint",
                     apr_pstrcat(p, "/", scim_sync_type_endpoint(type), NULL), "description",
                     schema->description, "schema", schema->urn, "schemaExtensions", extensions,
                     "meta", meta("ResourceType", base, "ResourceTypes", name, p));
}

/* All of a list of resources, or the one with that id. The reference to list is taken. */
static json_t *answer(json_t *list, const char *id, apr_pool_t *p)
{
    apr_size_t i;

    if (id == NULL) {
        return scim_sync_list_response(list, json_array_size(list), 1, p);
    }
    scim_sync_json_own(list, p);
    for (i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);

        if (apr_cstr_casecmp(scim_sync_json_str(one, "id"), id) == 0) {
            return one;
        }
    }
    return NULL;
}

json_t *scim_sync_discovery_resource_types(const char *id, const char *base, apr_pool_t *p)
{
    json_t *list = json_array();

    json_array_append_new(list, resource_type(SCIM_SYNC_USER, base, p));
    json_array_append_new(list, resource_type(SCIM_SYNC_GROUP, base, p));
    return answer(list, id, p);
}

static const char *const kinds[] = { "string",    "boolean", "integer", "dateTime",
                                     "reference", "binary",  "complex" };
static const char *const mutabilities[] = { "readWrite", "readOnly", "writeOnly", "immutable" };
static const char *const returns[] = { "default", "always", "never", "request" };

static json_t *attribute(const scim_sync_attr_t *attr)
{
    json_t *out = json_object();

    scim_sync_json_put(out, "name", attr->name);
    scim_sync_json_put(out, "type", kinds[attr->kind]);
    json_object_set_new(out, "multiValued", json_boolean(attr->multi));
    scim_sync_json_put(out, "description", attr->description);
    json_object_set_new(out, "required", json_boolean(attr->required));
    if (attr->canonical != NULL) {
        json_object_set_new(out, "canonicalValues", scim_sync_json_words(attr->canonical));
    }
    json_object_set_new(out, "caseExact", json_boolean(attr->case_exact));
    scim_sync_json_put(out, "mutability", mutabilities[attr->mutability]);
    scim_sync_json_put(out, "returned", returns[attr->returned]);
    scim_sync_json_put(out, "uniqueness", attr->unique ? "server" : "none");
    if (attr->references != NULL) {
        json_object_set_new(out, "referenceTypes", scim_sync_json_words(attr->references));
    }
    return out;
}

static json_t *attributes(const scim_sync_attr_t *attrs);

/* An attribute and the one level under it that SCIM has. */
static json_t *attribute_tree(const scim_sync_attr_t *attr)
{
    json_t *out = attribute(attr);

    if (attr->subs != NULL) {
        json_object_set_new(out, "subAttributes", attributes(attr->subs));
    }
    return out;
}

static json_t *attributes(const scim_sync_attr_t *attrs)
{
    json_t *out = json_array();

    for (; attrs->name != NULL; attrs++) {
        json_array_append_new(out, attribute_tree(attrs));
    }
    return out;
}

static json_t *schema_json(const scim_sync_schema_t *schema, const char *base, apr_pool_t *p)
{
    return json_pack("{s:[s], s:s, s:s, s:s, s:o, s:o}", "schemas", SCIM_SYNC_SCHEMA_URN, "id",
                     schema->urn, "name", schema->name, "description", schema->description,
                     "attributes", attributes(schema->attrs), "meta",
                     meta("Schema", base, "Schemas", schema->urn, p));
}

json_t *scim_sync_discovery_schemas(const char *id, const char *base, apr_pool_t *p)
{
    static const char *const urns[] = { SCIM_SYNC_USER_URN, SCIM_SYNC_GROUP_URN,
                                        SCIM_SYNC_ENTERPRISE_URN };
    const scim_sync_schema_t *schema;
    json_t *list = json_array();
    int i;

    for (i = 0; i < 3; i++) {
        json_array_append_new(list, schema_json(scim_sync_schema_find(urns[i]), base, p));
    }
    for (schema = scim_sync_meta_schemas; schema->urn != NULL; schema++) {
        json_array_append_new(list, schema_json(schema, base, p));
    }
    return answer(list, id, p);
}

json_t *scim_sync_list_response(json_t *resources, apr_int64_t total, apr_int64_t start_index,
                                apr_pool_t *p)
{
    json_t *out = json_object();

    json_object_set_new(out, "schemas", json_pack("[s]", SCIM_SYNC_LIST_URN));
    json_object_set_new(out, "totalResults", json_integer(total));
    if (start_index > 0) {
        json_object_set_new(out, "startIndex", json_integer(start_index));
    }
    json_object_set_new(out, "itemsPerPage", json_integer(json_array_size(resources)));
    json_object_set_new(out, "Resources", resources);
    return scim_sync_json_own(out, p);
}

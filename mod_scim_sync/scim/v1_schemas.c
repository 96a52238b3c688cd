/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM 1.1: /Schemas. There is one schema per kind of resource; an attribute says which URN it is
 * from. Said from the tables of scim/schema.h, which 1.1 shares but for a few names.
 */
#include "scim/v1.h"

#include <string.h>

#include <apr_cstr.h>
#include <apr_strings.h>

#include "base/json.h"
#include "scim/discovery.h"

/* The types that 1.1 has; a reference is a string in it. */
static const char *const kinds[] = { "string", "boolean", "integer", "dateTime",
                                     "string", "binary",  "complex" };

static json_t *attribute(const scim_sync_attr_t *attr, const char *name)
{
    return json_pack("{s:s, s:s, s:b, s:s, s:b, s:b, s:b}", "name", name, "type", kinds[attr->kind],
                     "multiValued", (int)attr->multi, "description", attr->description, "readOnly",
                     attr->mutability == SCIM_SYNC_READ_ONLY, "required", (int)attr->required,
                     "caseExact", (int)attr->case_exact);
}

/* What an XML element of one value is called: "email" of emails, "address" of addresses. */
static const char *child_name(const char *plural, apr_pool_t *p)
{
    apr_size_t length = strlen(plural);
    apr_size_t ending = length > 4 && strcmp(plural + length - 4, "sses") == 0 ? 2 : 1;

    return apr_pstrndup(p, plural, length - ending);
}

static json_t *sub_attributes(const scim_sync_attr_t *of)
{
    static const scim_sync_attr_t operation = {
        .name = "operation",
        .kind = SCIM_SYNC_STRING,
        .description = "In a PATCH: \"delete\" takes this value away.",
    };
    json_t *out = json_array();
    const scim_sync_attr_t *sub;

    for (sub = of->subs; sub->name != NULL; sub++) {
        int is_manager_id = strcmp(of->name, "manager") == 0 && strcmp(sub->name, "value") == 0;
        json_t *made;

        if (strcmp(sub->name, "$ref") == 0) {
            continue;
        }
        made = attribute(sub, is_manager_id ? "managerId" : sub->name);
        if (sub->canonical != NULL) {
            json_object_set_new(made, "canonicalValues", scim_sync_json_words(sub->canonical));
        }
        json_array_append_new(out, made);
    }
    if (of->multi && of->mutability != SCIM_SYNC_READ_ONLY) {
        json_array_append_new(out, attribute(&operation, operation.name));
    }
    return out;
}

static void add_attribute(json_t *to, const scim_sync_attr_t *attr, const char *urn, apr_pool_t *p)
{
    json_t *out = attribute(attr, attr->name);

    scim_sync_json_put(out, "schema", urn);
    if (attr->multi) {
        scim_sync_json_put(out, "multiValuedAttributeChildName", child_name(attr->name, p));
    }
    if (attr->subs != NULL) {
        json_object_set_new(out, "subAttributes", sub_attributes(attr));
    }
    json_array_append_new(to, out);
}

static json_t *attributes(scim_sync_type_t type, apr_pool_t *p)
{
    const scim_sync_attr_t *common = scim_sync_attr_common();
    const scim_sync_schema_t *extension = scim_sync_schema_find(SCIM_SYNC_ENTERPRISE_URN);
    const scim_sync_attr_t *attr;
    json_t *out = json_array();

    add_attribute(out, scim_sync_attr_find(common, "id"), SCIM_SYNC_V1_CORE_URN, p);
    add_attribute(out, scim_sync_attr_find(common, "externalId"), SCIM_SYNC_V1_CORE_URN, p);
    for (attr = scim_sync_schema_of(type)->attrs; attr->name != NULL; attr++) {
        add_attribute(out, attr, SCIM_SYNC_V1_CORE_URN, p);
    }
    if (scim_sync_schema_extends(extension, type)) {
        for (attr = extension->attrs; attr->name != NULL; attr++) {
            add_attribute(out, attr, SCIM_SYNC_V1_ENTERPRISE_URN, p);
        }
    }
    return out;
}

static json_t *schema(scim_sync_type_t type, const char *base, apr_pool_t *p)
{
    const char *name = scim_sync_type_name(type);
    const char *id = apr_pstrcat(p, SCIM_SYNC_V1_CORE_URN ":", name, NULL);
    json_t *out = json_pack("{s:[s], s:s, s:s, s:s, s:s, s:s, s:o, s:{s:s}}", "schemas",
                            SCIM_SYNC_V1_CORE_URN, "id", id, "name", name, "description",
                            scim_sync_schema_of(type)->description, "schema", SCIM_SYNC_V1_CORE_URN,
                            "endpoint", apr_pstrcat(p, "/", scim_sync_type_endpoint(type), NULL),
                            "attributes", attributes(type, p), "meta", "location",
                            apr_pstrcat(p, base, "/Schemas/", id, NULL));

    return scim_sync_json_own(out, p);
}

/* By its URN, or as clients of 1.1 also ask for it: /Schemas/Users. */
static int is_called(const json_t *schema, int type, const char *name)
{
    return apr_cstr_casecmp(scim_sync_json_str(schema, "id"), name) == 0 ||
           apr_cstr_casecmp(scim_sync_type_name(type), name) == 0 ||
           apr_cstr_casecmp(scim_sync_type_endpoint(type), name) == 0;
}

json_t *scim_sync_v1_schemas(const char *id, const char *base, apr_pool_t *p)
{
    json_t *all = json_array();
    int type;

    for (type = SCIM_SYNC_USER; type <= SCIM_SYNC_GROUP; type++) {
        json_t *one = schema(type, base, p);

        if (id != NULL && is_called(one, type, id)) {
            json_decref(all);
            return one;
        }
        json_array_append(all, one);
    }
    if (id != NULL) {
        json_decref(all);
        return NULL;
    }
    return scim_sync_list_response(all, (apr_int64_t)json_array_size(all), 1, p);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribute tables of discovery, as RFC 7643 section 8.7.2 and RFC 9865 section 4 have them,
 * without the attributes that our documents never hold (documentationUri, an authentication
 * scheme's, too).
 */
#include "scim/schema_meta.h"

#define READ_ONLY .mutability = SCIM_SYNC_READ_ONLY
#define TEXT(n, d)                                                                                 \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_STRING, .description = d, READ_ONLY                           \
    }
#define EXACT(n, r, d)                                                                             \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_STRING, .description = d, .required = r, .case_exact = 1,     \
        READ_ONLY                                                                                  \
    }
#define WORDS(n, d)                                                                                \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_STRING, .description = d, .multi = 1, .case_exact = 1,        \
        READ_ONLY                                                                                  \
    }
#define CHOICE(n, r, d, c)                                                                         \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_STRING, .description = d, .canonical = c, .required = r,      \
        .case_exact = 1, READ_ONLY                                                                 \
    }
#define FLAG(n, r, d)                                                                              \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_BOOLEAN, .description = d, .required = r, READ_ONLY           \
    }
#define NUMBER(n, r, d)                                                                            \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_INTEGER, .description = d, .required = r, READ_ONLY           \
    }
#define LINK(n, r, d, t)                                                                           \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_REFERENCE, .description = d, .references = t, .required = r,  \
        .case_exact = 1, READ_ONLY                                                                 \
    }
#define COMPLEX(n, r, d, s)                                                                        \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_COMPLEX, .description = d, .subs = s, .required = r,          \
        READ_ONLY                                                                                  \
    }
#define MANY(n, r, d, s)                                                                           \
    {                                                                                              \
        .name = n, .kind = SCIM_SYNC_COMPLEX, .description = d, .subs = s, .multi = 1,             \
        .required = r, READ_ONLY                                                                   \
    }
#define END                                                                                        \
    {                                                                                              \
        .name = NULL                                                                               \
    }

static const char *const to_uri[] = { "uri", NULL };
static const char *const to_outside[] = { "external", NULL };

static const char *const kinds[] = { "string",    "boolean", "decimal", "integer", "dateTime",
                                     "reference", "binary",  "complex", NULL };
static const char *const mutabilities[] = { "readOnly", "readWrite", "immutable", "writeOnly",
                                            NULL };
static const char *const returns[] = { "always", "never", "default", "request", NULL };
static const char *const uniquenesses[] = { "none", "server", "global", NULL };
static const char *const scheme_types[] = { "oauth",     "oauth2",     "oauthbearertoken",
                                            "httpbasic", "httpdigest", NULL };
static const char *const paging_methods[] = { "cursor", "index", NULL };

/* ---- Schema ---- */

/* What an attribute and a sub-attribute say alike. */
#define CHARACTERISTICS                                                                            \
    EXACT("name", 1, "The name of the attribute."),                                                \
        CHOICE("type", 1, "The type of its values.", kinds),                                       \
        FLAG("multiValued", 1, "Whether it has several values."),                                  \
        TEXT("description", "What it is, for people to read."),                                    \
        FLAG("required", 0, "Whether a resource must have it."),                                   \
        WORDS("canonicalValues", "Values that are suggested."),                                    \
        FLAG("caseExact", 0, "Whether upper and lower case differ."),                              \
        CHOICE("mutability", 0, "Whether it can be written.", mutabilities),                       \
        CHOICE("returned", 0, "When it is in an answer.", returns),                                \
        CHOICE("uniqueness", 0, "Whether a value may be there once only.", uniquenesses),          \
        WORDS("referenceTypes", "What a reference may point at.")

static const scim_sync_attr_t sub_attribute_subs[] = { CHARACTERISTICS, END };

static const scim_sync_attr_t attribute_subs[] = {
    CHARACTERISTICS,
    MANY("subAttributes", 0, "The parts of a complex attribute.", sub_attribute_subs),
    END,
};

static const scim_sync_attr_t schema_attrs[] = {
    EXACT("id", 1, "The URN of the schema."),
    EXACT("name", 1, "The name of the schema."),
    TEXT("description", "What it is, for people to read."),
    MANY("attributes", 1, "The attributes of the schema.", attribute_subs),
    END,
};

/* ---- ResourceType ---- */

static const scim_sync_attr_t extension_subs[] = {
    LINK("schema", 1, "The URN of the extension.", to_uri),
    FLAG("required", 1, "Whether each resource must have it."),
    END,
};

static const scim_sync_attr_t resource_type_attrs[] = {
    EXACT("id", 0, "The id of the resource type, its name."),
    EXACT("name", 1, "The name of the resource type."),
    TEXT("description", "What it is, for people to read."),
    LINK("endpoint", 1, "The path of the resources, behind the base URL.", to_uri),
    LINK("schema", 1, "The URN of the resources' core schema.", to_uri),
    MANY("schemaExtensions", 1, "The extensions that such a resource may have.", extension_subs),
    END,
};

/* ---- ServiceProviderConfig ---- */

static const scim_sync_attr_t supported_subs[] = {
    FLAG("supported", 1, "Whether it is there."),
    END,
};

static const scim_sync_attr_t bulk_subs[] = {
    FLAG("supported", 1, "Whether it is there."),
    NUMBER("maxOperations", 1, "Operations that one request may hold."),
    NUMBER("maxPayloadSize", 1, "Bytes that one request may hold."),
    END,
};

static const scim_sync_attr_t filter_subs[] = {
    FLAG("supported", 1, "Whether it is there."),
    NUMBER("maxResults", 1, "Resources that one answer holds at most."),
    END,
};

static const scim_sync_attr_t pagination_subs[] = {
    FLAG("cursor", 1, "Whether lists are given by cursor."),
    FLAG("index", 1, "Whether lists are given by startIndex."),
    CHOICE("defaultPaginationMethod", 0, "Which of the two a request gets that asks for none.",
           paging_methods),
    NUMBER("defaultPageSize", 0, "Resources of a page when a request says no count."),
    NUMBER("maxPageSize", 0, "Resources of a page at most."),
    NUMBER("cursorTimeout", 0, "Seconds for which a cursor is good."),
    END,
};

static const scim_sync_attr_t scheme_subs[] = {
    CHOICE("type", 1, "The kind of authentication.", scheme_types),
    TEXT("name", "The name of the kind, for people to read."),
    TEXT("description", "What it needs, for people to read."),
    LINK("specUri", 0, "The URL of its specification.", to_outside),
    FLAG("primary", 0, "Whether this one is preferred; true at most once."),
    END,
};

static const scim_sync_attr_t config_attrs[] = {
    COMPLEX("patch", 1, "Changes of parts of a resource.", supported_subs),
    COMPLEX("bulk", 1, "Several changes in one request.", bulk_subs),
    COMPLEX("filter", 1, "Lists of what matches a filter.", filter_subs),
    COMPLEX("changePassword", 1, "Changes of passwords.", supported_subs),
    COMPLEX("sort", 1, "Lists in an order.", supported_subs),
    COMPLEX("etag", 1, "Versions of resources.", supported_subs),
    COMPLEX("pagination", 0, "Lists in pages.", pagination_subs),
    MANY("authenticationSchemes", 1, "How a client says who it is.", scheme_subs),
    END,
};

const scim_sync_schema_t scim_sync_meta_schemas[] = {
    { .urn = SCIM_SYNC_SCHEMA_URN,
      .name = "Schema",
      .description = "What the attributes of a kind of resource are",
      .attrs = schema_attrs },
    { .urn = SCIM_SYNC_RESOURCE_TYPE_URN,
      .name = "ResourceType",
      .description = "A kind of resource and its endpoint",
      .attrs = resource_type_attrs },
    { .urn = SCIM_SYNC_CONFIG_URN,
      .name = "ServiceProviderConfig",
      .description = "What the service provider can do",
      .attrs = config_attrs },
    { .urn = NULL },
};

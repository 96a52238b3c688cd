/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schemas that we know (RFC 7643): User, Group, the enterprise extension. The tables behind
 * these functions are the one source for reading, patching, filtering, projecting and for what
 * /Schemas says. What is readOnly may be sent back by clients and is not kept.
 */
#ifndef SCIM_SYNC_SCIM_SCHEMA_H
#define SCIM_SYNC_SCIM_SCHEMA_H

#include <apr_pools.h>
#include <jansson.h>

#define SCIM_SYNC_USER_URN       "urn:ietf:params:scim:schemas:core:2.0:User"
#define SCIM_SYNC_GROUP_URN      "urn:ietf:params:scim:schemas:core:2.0:Group"
#define SCIM_SYNC_ENTERPRISE_URN "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
#define SCIM_SYNC_LIST_URN       "urn:ietf:params:scim:api:messages:2.0:ListResponse"
#define SCIM_SYNC_PATCH_URN      "urn:ietf:params:scim:api:messages:2.0:PatchOp"

/* The kind of a resource. */
typedef enum { SCIM_SYNC_USER, SCIM_SYNC_GROUP } scim_sync_type_t;

/* "User", "Group": meta.resourceType, and the text in the database. */
const char *scim_sync_type_name(scim_sync_type_t type);

/* "Users", "Groups": the endpoint. */
const char *scim_sync_type_endpoint(scim_sync_type_t type);

typedef enum {
    SCIM_SYNC_STRING,
    SCIM_SYNC_BOOLEAN,
    SCIM_SYNC_INTEGER,
    SCIM_SYNC_DATETIME,
    SCIM_SYNC_REFERENCE,
    SCIM_SYNC_BINARY, /* base64 */
    SCIM_SYNC_COMPLEX
} scim_sync_kind_t;

typedef enum {
    SCIM_SYNC_READ_WRITE,
    SCIM_SYNC_READ_ONLY,
    SCIM_SYNC_WRITE_ONLY,
    SCIM_SYNC_IMMUTABLE
} scim_sync_mutability_t;

typedef enum {
    SCIM_SYNC_RETURNED_DEFAULT,
    SCIM_SYNC_RETURNED_ALWAYS,
    SCIM_SYNC_RETURNED_NEVER,
    SCIM_SYNC_RETURNED_REQUEST
} scim_sync_returned_t;

/* One attribute (RFC 7643 section 7). Constant data, shared by all threads. */
typedef struct scim_sync_attr_t scim_sync_attr_t;
struct scim_sync_attr_t {
    const char *name;
    scim_sync_kind_t kind;
    const char *description;
    const scim_sync_attr_t *subs;  /* of a complex attribute, ended by a name of NULL */
    const char *const *canonical;  /* canonicalValues, ended by NULL, or NULL */
    const char *const *references; /* referenceTypes, ended by NULL, or NULL */
    unsigned multi : 1;
    unsigned required : 1;
    unsigned case_exact : 1;
    unsigned unique : 1; /* uniqueness "server" */
    scim_sync_mutability_t mutability;
    scim_sync_returned_t returned;
};

typedef struct {
    const char *urn;
    const char *name;
    const char *description;
    const scim_sync_attr_t *attrs; /* ended by a name of NULL */
} scim_sync_schema_t;

/* The core schema of a type. */
const scim_sync_schema_t *scim_sync_schema_of(scim_sync_type_t type);

/* A schema by its URN (compared without regard to case), NULL when we don't know it. */
const scim_sync_schema_t *scim_sync_schema_find(const char *urn);

/*
 * The schema whose URN text begins with, in any spelling that clients use: any case, and the URNs
 * of SCIM 1.1 and of OneLogin's templates. The longest one wins, and it ends where text ends or
 * before ':' or '.' ("2.0" is never split).
 * used   bytes of the URN, 0 when NULL is returned
 */
const scim_sync_schema_t *scim_sync_schema_prefix(scim_sync_type_t type, const char *text,
                                                  apr_size_t len, apr_size_t *used);

/* Whether schema is an extension that resources of this type have. */
int scim_sync_schema_extends(const scim_sync_schema_t *schema, scim_sync_type_t type);

/* An attribute of a list by its name (without regard to case), NULL when there is none. */
const scim_sync_attr_t *scim_sync_attr_find(const scim_sync_attr_t *list, const char *name);

/*
 * The common attributes of RFC 7643 section 3.1 (schemas, id, externalId, meta), which stand in no
 * schema but in every resource; a list as scim_sync_attr_find takes it.
 */
const scim_sync_attr_t *scim_sync_attr_common(void);

#endif

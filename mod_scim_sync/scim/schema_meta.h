/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schemas of what a client can ask about us (RFC 7643 sections 5 to 7, RFC 9865 section 4): of
 * a schema, a resource type and the service provider's configuration. They stand apart from those
 * of scim/schema.h, as no client may write, filter or extend such a resource.
 */
#ifndef SCIM_SYNC_SCIM_SCHEMA_META_H
#define SCIM_SYNC_SCIM_SCHEMA_META_H

#include "scim/schema.h"

#define SCIM_SYNC_SCHEMA_URN        "urn:ietf:params:scim:schemas:core:2.0:Schema"
#define SCIM_SYNC_RESOURCE_TYPE_URN "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
#define SCIM_SYNC_CONFIG_URN        "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"

/* Ended by a URN of NULL. They hold what scim/discovery.h says, and nothing else. */
extern const scim_sync_schema_t scim_sync_meta_schemas[];

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM 1.1 (Core Schema 1.1 and REST API 1.1 of simplecloud.info, July 2012; "the protocol" and
 * "the schema" below), which Okta's "SCIM 1.1 Test App", OneLogin's older apps and PingFederate
 * still speak. It is a translation at the edge: requests become what the code for 2.0 takes, its
 * answers become 1.1's. Nothing of it is stored.
 *
 * Bodies of POST and PUT need no translation: reading takes 1.1's URNs and manager.managerId as it
 * takes other spellings (scim/schema.h, scim/value.h).
 */
#ifndef SCIM_SYNC_SCIM_V1_H
#define SCIM_SYNC_SCIM_V1_H

#include "scim/error.h"
#include "scim/schema.h"

#define SCIM_SYNC_V1_CORE_URN       "urn:scim:schemas:core:1.0"
#define SCIM_SYNC_V1_ENTERPRISE_URN "urn:scim:schemas:extension:enterprise:1.0"

/*
 * An answer of 2.0 as 1.1 has it: a resource, a list (the protocol, section 3.2.2), an error (3.9)
 * or the ServiceProviderConfig (the schema, section 9); its own `schemas` says which it is. What is
 * 1.1 already stays as it is. Owned by p; values are shared with body, which must live as long.
 */
json_t *scim_sync_v1_answer(const json_t *body, apr_pool_t *p);

/*
 * The Schemas of 1.1 (the schema, section 10): User, with the enterprise extension's attributes,
 * and Group, as a ListResponse for scim_sync_v1_answer(); with id != NULL that one
 * ("urn:scim:schemas:core:1.0:User"), or NULL when there is none of that name.
 * base   the IdP's SCIM base URL, without a slash at its end
 * Owned by p.
 */
json_t *scim_sync_v1_schemas(const char *id, const char *base, apr_pool_t *p);

/*
 * The PatchOp (scim/patch.h) that does what a PATCH of 1.1 means (the protocol, section 3.3.2): a
 * partial resource.
 * - What meta.attributes names is removed first, or replaced by what the body has of it.
 * - A simple attribute is replaced, a complex one merged.
 * - A value of a multi-valued one with "operation": "delete" is removed; any other is merged with
 *   the stored one of the same `value`, else added. Members in their order, for the last word counts.
 * Returns 400 invalidSyntax (the other type's schema, another operation, no list of names in
 * meta.attributes). Attributes that don't exist are left to scim_sync_patch_parse(). What has
 * Operations is a PatchOp, sent by a client that mixes both; it stays as it is.
 * max_filter   the longest filter of a path that scim_sync_patch_parse() will take: a `value` that
 *              fits into none is added, which merges it with the stored one of the same type, too
 * Owned by p; values are shared with body, which must live as long.
 */
const scim_sync_error_t *scim_sync_v1_patch(const json_t **out, scim_sync_type_t type,
                                            const json_t *body, int max_filter, apr_pool_t *p);

#endif

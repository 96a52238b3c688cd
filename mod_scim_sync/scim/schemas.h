/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribute `schemas` of requests and documents (RFC 7643 section 3). What schemas we know is
 * scim/schema.h.
 */
#ifndef SCIM_SYNC_SCIM_SCHEMAS_H
#define SCIM_SYNC_SCIM_SCHEMAS_H

#include "scim/error.h"
#include "scim/schema.h"

/*
 * What a body of a type says in `schemas`. Absent, null and empty mean the type's own schema;
 * old spellings become today's; URNs that we don't know are kept.
 * out   a new reference: an array with the core URN, no URN twice
 * Returns 400 invalidSyntax when the other type's schema is named, when the core one isn't, or
 * when it is no list of strings.
 */
const scim_sync_error_t *scim_sync_schemas_read(json_t **out, scim_sync_type_t type,
                                                const json_t *body, apr_pool_t *p);

/* Add the URNs of the extensions in doc to its `schemas`. */
void scim_sync_schemas_complete(json_t *doc, scim_sync_type_t type);

/* Take the URNs of the extensions out of them that were in the document before and are not now. */
void scim_sync_schemas_forget(json_t *doc, const json_t *before);

/* Whether a message says that it is what urn names; it may also say nothing. */
int scim_sync_schemas_allow(const json_t *body, const char *urn);

#endif

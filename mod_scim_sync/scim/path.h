/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attribute names and paths (RFC 7644 sections 3.10 and 3.5.2), as filters, patches and
 * projections name them: an optional schema URN, an attribute, a sub-attribute. The one place
 * that knows that "2.0" in a URN is not split at its dot.
 */
#ifndef SCIM_SYNC_SCIM_PATH_H
#define SCIM_SYNC_SCIM_PATH_H

#include "scim/error.h"
#include "scim/schema.h"

typedef struct {
    const char *urn;  /* the extension's URN in its known spelling; NULL = core */
    const char *attr; /* canonical name; NULL = the extension (or the core) as a whole */
    const char *sub;  /* canonical name or NULL */
    const scim_sync_attr_t
        *def; /* NULL for an attribute of an unknown extension, and for NULL attr */
    const scim_sync_attr_t *sub_def; /* NULL when there is no sub or no definition */
} scim_sync_name_t;

/*
 * Resolve a name without value filter ("name.familyName", "URN:department", "URN.manager").
 * len   bytes of text that belong to the name
 * Returns 400 invalidPath when a core or known extension has no such attribute. A URN that we
 * don't know is accepted (its attributes are kept as told); where it ends and an attribute begins
 * is guessed: behind a segment "User" or "Group", else at the last colon. Strings live in p.
 */
const scim_sync_error_t *scim_sync_name_resolve(scim_sync_name_t *out, scim_sync_type_t type,
                                                const char *text, apr_size_t len, apr_pool_t *p);

/*
 * The name as it would be written: "urn:...:User:manager.value", "name.familyName". In p; "" for
 * the core schema as a whole.
 */
const char *scim_sync_name_text(const scim_sync_name_t *name, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attributes and excludedAttributes (RFC 7644 section 3.9).
 */
#ifndef SCIM_SYNC_SCIM_PROJECTION_H
#define SCIM_SYNC_SCIM_PROJECTION_H

#include "scim/path.h"

typedef struct scim_sync_projection_t scim_sync_projection_t;

/*
 * Read the two query parameters (comma separated names; NULL or "" = not given). Both together
 * are 400 invalidValue. A name that we don't know selects nothing and is no error; a value filter
 * behind a name is ignored. *out is NULL when neither was given.
 */
const scim_sync_error_t *scim_sync_projection_read(const scim_sync_projection_t **out,
                                                   scim_sync_type_t type, const char *attributes,
                                                   const char *excluded, apr_pool_t *p);

/* Whether the attribute will be in the answer, so that it need not be loaded when it won't. */
int scim_sync_projection_wants(const scim_sync_projection_t *projection, const char *attribute);

/*
 * Take out of a rendered resource what was not asked for. id and schemas always stay
 * (returned "always"). projection may be NULL: nothing happens.
 */
void scim_sync_projection_apply(const scim_sync_projection_t *projection, json_t *resource);

#endif

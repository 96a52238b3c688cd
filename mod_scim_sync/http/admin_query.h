/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The query of a call of the admin API.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_QUERY_H
#define SCIM_SYNC_HTTP_ADMIN_QUERY_H

#include "http/admin.h"

/*
 * Whether the call of this method and path ("api" is its first segment) has all parameters that its
 * query has; else 400 with the name of one. What their values must be is for the call to say.
 */
const scim_sync_error_t *scim_sync_admin_query(const scim_sync_admin_t *q,
                                               const scim_sync_segments_t *segments);

#endif

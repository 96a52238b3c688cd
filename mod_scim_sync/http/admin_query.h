/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the calls of the admin API before one is served.
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

/* Whether it changes nothing, neither here nor in Jira, so that a reader may make it. */
int scim_sync_admin_only_reads(const scim_sync_admin_t *q, const scim_sync_segments_t *segments);

#endif

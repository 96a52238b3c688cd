/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in a group, as told: one row each, so that adding one member costs the same in every
 * group. Two transactions that change one group meet at its row in `resource`, which their callers
 * lock (scim_sync_resource_load), so that none of them loses anybody.
 */
#ifndef SCIM_SYNC_STORE_MEMBER_H
#define SCIM_SYNC_STORE_MEMBER_H

#include "scim/patch.h"
#include "store/db.h"

/*
 * All members, ordered by value: scim_sync_member_t in p. The type is the one that was told, or
 * else that of the resource of the group's IdP that the value is the id of, or else what the $ref
 * that was told points at. A $ref points at what that resource is, whatever was told; where there
 * is none yet, at what the told $ref did, or else at the type.
 */
apr_status_t scim_sync_member_list(scim_sync_db_t *db, apr_array_header_t **members,
                                   const char *group, apr_pool_t *p);

/* How many there are, counted up to most: a large group must cost no more than a small one. */
apr_status_t scim_sync_member_count(scim_sync_db_t *db, apr_int64_t *count, const char *group,
                                    apr_int64_t most, apr_pool_t *p);

/*
 * Apply changes in their order. A change with a filter looks at each member, as an answer holds it.
 * base             the IdP's SCIM base URL, for $ref in filters
 * added, removed   values whose membership has really changed (const char *), for tasks and events
 */
apr_status_t scim_sync_member_apply(scim_sync_db_t *db, const char *group, const char *base,
                                    const apr_array_header_t *changes, apr_array_header_t *added,
                                    apr_array_header_t *removed, apr_pool_t *p);

/*
 * Take a resource out of all groups of its IdP, which are changed by that (version, modified); what
 * another IdP's group calls by this id is another thing.
 * left   how many groups there were; may be NULL
 */
apr_status_t scim_sync_member_leave(scim_sync_db_t *db, const char *id, int *left, apr_pool_t *p);

#endif

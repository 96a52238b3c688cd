/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of members as clients write them. One pass, a hash against duplicates: 100,000 members
 * cost 100,000 steps.
 */
#ifndef SCIM_SYNC_SCIM_MEMBER_H
#define SCIM_SYNC_SCIM_MEMBER_H

#include "scim/filter.h"
#include "scim/resource.h"

/* Longest id of a member, and longest name of a resource, in bytes. */
#define SCIM_SYNC_NAME_MAX 1024

/*
 * Read an array, or one member in place of an array. A member is an object with `value`, or a plain
 * string (Microsoft's test suite); null is skipped. Members come out in the order in which they
 * were told, each value once; their strings are copied into p. Returns 400 invalidValue.
 */
const scim_sync_error_t *scim_sync_members_read(apr_array_header_t **out, const json_t *value,
                                                apr_pool_t *p);

/*
 * The members that a value filter names: value eq "a" (or value eq "b" …). Returns 0, with nobody
 * in *out, when it says anything else: then each member has to be looked at.
 */
int scim_sync_members_of_filter(apr_array_header_t **out, const scim_sync_filter_t *filter,
                                apr_pool_t *p);

#endif

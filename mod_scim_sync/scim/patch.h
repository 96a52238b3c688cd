/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PATCH (RFC 7644 section 3.5.2): a request is parsed once, before the resource is looked up, and
 * applied to the stored document. Members of a group never pass through the document: what a patch
 * says of them comes out as a list of changes to rows, in order, so that adding one member costs
 * the same in every group. Only a filter that says more of members than their value makes the store
 * look at each.
 */
#ifndef SCIM_SYNC_SCIM_PATCH_H
#define SCIM_SYNC_SCIM_PATCH_H

#include "scim/filter.h"
#include "scim/resource.h"

typedef struct scim_sync_patch_t scim_sync_patch_t;

typedef enum {
    SCIM_SYNC_MEMBERS_ADD,    /* these, too */
    SCIM_SYNC_MEMBERS_REMOVE, /* not these */
    SCIM_SYNC_MEMBERS_SET     /* exactly these; an empty list empties the group */
} scim_sync_member_verb_t;

typedef struct {
    scim_sync_member_verb_t verb;
    const apr_array_header_t *members; /* scim_sync_member_t, no value twice */
    const scim_sync_filter_t *filter;  /* REMOVE: whoever matches; NULL: those in members */
} scim_sync_member_change_t;

/* The bounds, of the location. */
typedef struct {
    int operations;   /* of one request; more are 413 without a scimType */
    int filter;       /* bytes of the filter in a path; a longer one is 400 invalidFilter */
    int filter_depth; /* nesting of its brackets; deeper is 400 invalidFilter */
} scim_sync_patch_limits_t;

/*
 * Parse a PatchOp body. Takes the RFC's forms and those of the IdPs in the golden folder
 * tests/unit/golden/patch/. Refuses with 400 (invalidSyntax, invalidPath, invalidValue, mutability,
 * noTarget, invalidFilter) what nobody knows, naming the operation by its number from 1.
 *
 * Where members are concerned, the reading that takes nothing away wins: an empty list to remove
 * and a null without a path change nothing. What empties a group is an empty list or null that
 * replaces the path members, an empty list in a replace without path, and a remove of members that
 * names nobody.
 *
 * *out lives in p; body may be dropped afterwards.
 */
const scim_sync_error_t *scim_sync_patch_parse(scim_sync_patch_t **out, scim_sync_type_t type,
                                               const json_t *body,
                                               const scim_sync_patch_limits_t *limits,
                                               apr_pool_t *p);

/* scim_sync_member_change_t in the order of the operations; empty when members are not touched. */
const apr_array_header_t *scim_sync_patch_members(const scim_sync_patch_t *patch);

/*
 * Apply to r: all or nothing (on an error r is as it was). r->doc becomes a copy in p, and the
 * derived fields are filled again. May be called again with a fresh resource (a transaction that
 * is repeated).
 * max_values   bound on the elements of one multi-valued attribute
 * changed      1 when the document says something else than before, else 0; members apart
 * Returns 400 noTarget or invalidValue, 413 when the document has become too large.
 */
const scim_sync_error_t *scim_sync_patch_apply(const scim_sync_patch_t *patch,
                                               scim_sync_resource_t *r, int max_values,
                                               int *changed, apr_pool_t *p);

#endif

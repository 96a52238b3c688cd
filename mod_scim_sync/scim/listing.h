/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list is asked for (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865): the same words stand in
 * the query of a GET and in the body of a POST /.search. At the root of an IdP both types are asked
 * for; an attribute that only one of them has is one without a value in the other.
 */
#ifndef SCIM_SYNC_SCIM_LISTING_H
#define SCIM_SYNC_SCIM_LISTING_H

#include <apr_tables.h>

#include "scim/cursor.h"
#include "scim/filter.h"
#include "scim/projection.h"

#define SCIM_SYNC_SEARCH_URN "urn:ietf:params:scim:api:messages:2.0:SearchRequest"

/* Of one type. Constant once read. */
typedef struct {
    scim_sync_type_t type;
    const scim_sync_filter_t *filter;         /* NULL: all */
    const scim_sync_name_t *sort_by;          /* NULL: in the order of creation */
    const scim_sync_projection_t *projection; /* NULL: as by default */
} scim_sync_part_t;

typedef struct {
    scim_sync_part_t parts[2];
    int count_parts; /* 1 or 2; a type of which nothing can match is left out */
    int descending;
    apr_int64_t start; /* index paging: the first one, from 1 */
    apr_int64_t count; /* resources on the page, at most; 0: only how many there are */
    int by_cursor;     /* cursor paging: cursor was given, also an empty one */
    const scim_sync_position_t *after; /* the last one of the page before, NULL: the first page */
    const char *digest;                /* the query of its cursors */
    apr_int64_t asked;                 /* the count of its cursors */
    int max_looks;                     /* the limit on looks, for store/filter_sql.h */
} scim_sync_listing_t;

/* The bounds, of the location. */
typedef struct {
    int page_size;    /* resources on a page, at most, and when no count is given */
    int filter;       /* bytes of a filter */
    int filter_depth; /* nesting of its brackets */
    int filter_looks; /* comparisons for which each resource must be looked into */
} scim_sync_listing_limits_t;

/*
 * Read the parameters of a GET: filter, sortBy, sortOrder, startIndex, count, cursor, attributes,
 * excludedAttributes. Empty ones count as not given (but for cursor, which then asks for the first
 * page), further ones are passed over, and numbers out of range are brought into it (section
 * 3.4.2.4). A complex attribute is sorted by its sub-attribute "value".
 * type   of the endpoint; NULL at the root
 * Returns 400:
 *   invalidFilter                 with the position
 *   invalidPath                   a sortBy that neither type has, or that has no one value
 *   invalidValue                  no number, an unknown sortOrder, names that are too long in all;
 *                                 attributes with excludedAttributes, startIndex with cursor
 *   invalidCursor, expiredCursor  RFC 9865
 *   invalidCount                  with a cursor: no number, or not that of the first page
 * *out lives in p.
 */
const scim_sync_error_t *scim_sync_listing_of_query(const scim_sync_listing_t **out,
                                                    const scim_sync_type_t *type,
                                                    const apr_table_t *query,
                                                    const scim_sync_listing_limits_t *limits,
                                                    apr_pool_t *p);

/*
 * The same of a SearchRequest (section 3.4.3), names in any case; numbers may be texts, and lists
 * of attributes one text with commas. null is not given, for cursor too. 400 invalidSyntax when it
 * is none: no object, or `schemas` that name something else; they may be absent.
 */
const scim_sync_error_t *scim_sync_listing_of_search(const scim_sync_listing_t **out,
                                                     const scim_sync_type_t *type,
                                                     const json_t *body,
                                                     const scim_sync_listing_limits_t *limits,
                                                     apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors (RFC 9865): where a page ended, as a text that a client gives back. A cursor names the
 * last resource by what the list is ordered by, never by its number, so that resources that come
 * and go meanwhile move nobody. It holds nothing that its client may not know and can't lead to
 * another IdP's resources, so that it needs no signature: whoever changes one gets another page of
 * his own list, or is refused.
 */
#ifndef SCIM_SYNC_SCIM_CURSOR_H
#define SCIM_SYNC_SCIM_CURSOR_H

#include "scim/error.h"

/* scimType values of RFC 9865 section 2.1. */
#define SCIM_SYNC_INVALID_CURSOR "invalidCursor"
#define SCIM_SYNC_EXPIRED_CURSOR "expiredCursor"
#define SCIM_SYNC_INVALID_COUNT  "invalidCount"

/* The last resource of a page. */
typedef struct {
    const char *key; /* what it is ordered by, NULL when it has none; made by store/resource.c */
    const char *id;
} scim_sync_position_t;

/*
 * The text, of unreserved characters (RFC 3986 section 2.3), in p.
 * query   what makes lists the same list (filter, order, type): a cursor is of use only there
 * count   resources on a page, as the client asked for, 0 when it did not: the next pages are to
 *         have the same
 * until   ms since 1970, after which it is refused
 */
const char *scim_sync_cursor_print(const scim_sync_position_t *position, const char *query,
                                   apr_int64_t count, apr_int64_t until, apr_pool_t *p);

/*
 * Read one. Returns 400 invalidCursor when it is none or of another query, 400 expiredCursor when
 * now is after its time, 400 invalidCount when the pages before had another count. *out lives in p.
 */
const scim_sync_error_t *scim_sync_cursor_read(const scim_sync_position_t **out, const char *text,
                                               const char *query, apr_int64_t count,
                                               apr_int64_t now, apr_pool_t *p);

#endif

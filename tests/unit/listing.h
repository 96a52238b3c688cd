/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings (scim/listing.h) for the tests of store/: made from texts, as a request would.
 */
#ifndef SCIM_SYNC_TESTS_LISTING_H
#define SCIM_SYNC_TESTS_LISTING_H

#include "store/resource.h"

/*
 * Of one type: the first 100. filter and sort_by may be NULL. Fails the test when the parser
 * refuses one of them. In p, to be changed as a test likes.
 */
scim_sync_listing_t *listing_make(scim_sync_type_t type, const char *filter, const char *sort_by,
                                  apr_pool_t *p);

/*
 * The same of both types; each may refuse what it does not know, and is in order of creation then.
 */
scim_sync_listing_t *listing_make_root(const char *sort_by, apr_pool_t *p);

/* The ids on a page, joined by blanks. */
const char *listing_ids(const scim_sync_page_t *page, apr_pool_t *p);

#endif

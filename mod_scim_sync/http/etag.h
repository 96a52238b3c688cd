/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditional requests (RFC 7644 section 3.14, RFC 9110 section 13). httpd's own functions for
 * them (ap_meets_conditions and its parts) compare the tags of If-Match strongly, as HTTP has it,
 * so that a weak one never matches; SCIM's versions are weak ones, and are meant to match.
 */
#ifndef SCIM_SYNC_HTTP_ETAG_H
#define SCIM_SYNC_HTTP_ETAG_H

#include <httpd.h>

#include "scim/error.h"

/*
 * Whether a list of entity tags, as If-Match and If-None-Match have it, holds etag, or is "*".
 * W/"3" and "3" are the same. header may be NULL: it then holds none.
 */
int scim_sync_etag_matches(const char *header, const char *etag, apr_pool_t *p);

/*
 * 412 unless a change of a resource of this version is meant (RFC 9110 section 13.2.2).
 * if_match        of the request, or the version of one operation of a Bulk; NULL or holds etag
 * if_none_match   of the request; NULL or does not hold it
 */
const scim_sync_error_t *scim_sync_etag_check(const char *if_match, const char *if_none_match,
                                              const char *etag, apr_pool_t *p);

#endif

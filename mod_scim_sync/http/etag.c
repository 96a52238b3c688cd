/* SPDX-License-Identifier: Apache-2.0 */
#include "http/etag.h"

int scim_sync_etag_matches(const char *header, const char *etag, apr_pool_t *p)
{
    return header && (!strcmp(header, "*") || ap_find_etag_weak(p, header, etag));
}

const scim_sync_error_t *scim_sync_etag_if_match(const char *if_match, const char *etag,
                                                 apr_pool_t *p)
{
    return !if_match || scim_sync_etag_matches(if_match, etag, p)
               ? NULL
               : scim_sync_error(p, HTTP_PRECONDITION_FAILED, NULL,
                                 "The resource has another version by now: read it again.");
}

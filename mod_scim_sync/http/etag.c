/* SPDX-License-Identifier: Apache-2.0 */
#include "http/etag.h"

int scim_sync_etag_matches(const char *header, const char *etag, apr_pool_t *p)
{
    return header && (!strcmp(header, "*") || ap_find_etag_weak(p, header, etag));
}

const scim_sync_error_t *scim_sync_etag_check(const char *if_match, const char *if_none_match,
                                              const char *etag, apr_pool_t *p)
{
    if (if_match && !scim_sync_etag_matches(if_match, etag, p)) {
        return scim_sync_error(p, HTTP_PRECONDITION_FAILED, NULL,
                               "The resource has another version by now: read it again.");
    }
    if (scim_sync_etag_matches(if_none_match, etag, p)) {
        return scim_sync_error(p, HTTP_PRECONDITION_FAILED, NULL,
                               "The resource has a version that If-None-Match rules out.");
    }
    return NULL;
}

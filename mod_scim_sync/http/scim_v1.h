/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request of SCIM 1.1 says otherwise than in its body (ScimSyncVersion 1.1; scim/v1.h has
 * the bodies). Internal to the files http/scim_*.c.
 */
#ifndef SCIM_SYNC_HTTP_SCIM_V1_H
#define SCIM_SYNC_HTTP_SCIM_V1_H

#include "http/request.h"

/*
 * Make it the request that it means: ".json" behind the last segment goes, and
 * X-HTTP-Method-Override of a POST becomes r->method. To be called for callers who have shown their
 * token, and before the method is looked at. Returns 406 for XML (".xml", or an Accept without any
 * JSON), 400 for another method than PUT, PATCH and DELETE.
 */
const scim_sync_error_t *scim_sync_scim_v1_request(request_rec *r, scim_sync_segments_t *segments);

#endif

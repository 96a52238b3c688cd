/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/openapi.json: the document of this API (docs/openapi.json), as it was when the module was
 * built.
 */
#include <http_protocol.h>

#include "http/admin.h"

/* Bytes rather than a text: C allows for short ones only. */
static const unsigned char document[] = {
#include "mod_scim_sync_openapi.inc"
};

int scim_sync_admin_openapi(scim_sync_admin_t *q)
{
    request_rec *r = q->r;

    if (q->name) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (strcmp(scim_sync_method(r), "GET")) {
        return scim_sync_answer_method(r, "GET, HEAD");
    }
    scim_sync_answer_begin(r, HTTP_OK, SCIM_SYNC_TYPE_JSON);
    ap_set_content_length(r, (apr_off_t)sizeof(document));
    ap_rwrite(document, (int)sizeof(document), r);
    return OK;
}

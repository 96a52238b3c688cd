/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM errors (RFC 7644 section 3.12).
 */
#include "scim/error.h"

#include <stdarg.h>
#include <string.h>

#include <apr_strings.h>
#include <unistr.h>

#include "base/json.h"

/* A detail may quote what came from outside, cut at a byte: what is no UTF-8 becomes a "?". */
static char *make_utf8(char *text)
{
    uint8_t *at = (uint8_t *)text;
    const uint8_t *wrong;

    while ((wrong = u8_check(at, strlen((char *)at))) != NULL) {
        at += wrong - at;
        *at++ = '?';
    }
    return text;
}

const scim_sync_error_t *scim_sync_error(apr_pool_t *p, int status, const char *type,
                                         const char *format, ...)
{
    scim_sync_error_t *error = apr_palloc(p, sizeof(*error));
    va_list ap;

    va_start(ap, format);
    error->status = status;
    error->type = type;
    error->detail = make_utf8(apr_pvsprintf(p, format, ap));
    va_end(ap);
    return error;
}

json_t *scim_sync_error_json(const scim_sync_error_t *error, apr_pool_t *p)
{
    json_t *body = json_object();

    json_object_set_new(body, "schemas", json_pack("[s]", SCIM_SYNC_ERROR_URN));
    scim_sync_json_put(body, "scimType", error->type);
    scim_sync_json_put(body, "detail", error->detail);
    scim_sync_json_put(body, "status", apr_itoa(p, error->status));
    return scim_sync_json_own(body, p);
}

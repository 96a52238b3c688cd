/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SCIM errors (RFC 7644 section 3.12).
 */
#include "scim/error.h"

#include <stdarg.h>

#include <apr_strings.h>

#include "base/json.h"

const scim_sync_error_t *scim_sync_error(apr_pool_t *p, int status, const char *type,
                                         const char *format, ...)
{
    scim_sync_error_t *error = apr_palloc(p, sizeof(*error));
    va_list ap;

    va_start(ap, format);
    error->status = status;
    error->type = type;
    error->detail = apr_pvsprintf(p, format, ap);
    va_end(ap);
    return error;
}

/* A detail may quote what came from outside, cut at a byte: JSON takes UTF-8 only. */
static json_t *detail_json(const char *detail, apr_pool_t *p)
{
    json_t *j = json_string(detail);
    char *ascii, *c;

    if (j != NULL) {
        return j;
    }
    ascii = apr_pstrdup(p, detail);
    for (c = ascii; *c != '\0'; c++) {
        if ((unsigned char)*c > 0x7f) {
            *c = '?';
        }
    }
    return json_string(ascii);
}

json_t *scim_sync_error_json(const scim_sync_error_t *error, apr_pool_t *p)
{
    json_t *body = json_object();

    json_object_set_new(body, "schemas", json_pack("[s]", SCIM_SYNC_ERROR_URN));
    if (error->type != NULL) {
        json_object_set_new(body, "scimType", json_string(error->type));
    }
    json_object_set_new(body, "detail", detail_json(error->detail, p));
    json_object_set_new(body, "status", json_string(apr_itoa(p, error->status)));
    return scim_sync_json_own(body, p);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/scim_v1.h"

#include <apr_strings.h>
#include <http_protocol.h>

static const scim_sync_error_t *no_xml(request_rec *r)
{
    return scim_sync_error(r->pool, HTTP_NOT_ACCEPTABLE, NULL,
                           "This server answers in JSON, not in XML: ask for application/json.");
}

/* Who names anything that JSON fits into, or nothing that we know, gets JSON. */
static int wants_xml_only(request_rec *r)
{
    const char *accept = apr_table_get(r->headers_in, "Accept");

    return accept && ap_strcasestr(accept, "xml") && !ap_strcasestr(accept, "json") &&
           !strstr(accept, "*/*") && !ap_strcasestr(accept, "application/*");
}

static const char *ending_of(const char *segment)
{
    const char *dot = strrchr(segment, '.');

    return dot && dot > segment ? dot : "";
}

/* The protocol, section 3.8: the format may stand behind the path. */
static const scim_sync_error_t *read_format(request_rec *r, scim_sync_segments_t *segments)
{
    int last = segments->count - 1;
    /* The first segment is the IdP's name. */
    const char *ending = last > 0 ? ending_of(segments->at[last]) : "";

    if (wants_xml_only(r) || !strcasecmp(ending, ".xml")) {
        return no_xml(r);
    }
    if (!strcasecmp(ending, ".json")) {
        segments->at[last] =
            apr_pstrndup(r->pool, segments->at[last], strlen(segments->at[last]) - strlen(ending));
    }
    return NULL;
}

/* The protocol, section 3: for clients that can send GET and POST only. */
static const scim_sync_error_t *read_method(request_rec *r)
{
    static const char *const methods[] = { "PUT", "PATCH", "DELETE" };
    const char *meant = apr_table_get(r->headers_in, "X-HTTP-Method-Override");
    apr_size_t i;

    if (!meant || !*meant || r->method_number != M_POST) {
        return NULL;
    }
    for (i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        if (!strcasecmp(meant, methods[i])) {
            r->method = methods[i];
            r->method_number = ap_method_number_of(methods[i]);
            return NULL;
        }
    }
    return scim_sync_error(r->pool, HTTP_BAD_REQUEST, NULL,
                           "X-HTTP-Method-Override must be PUT, PATCH or DELETE.");
}

const scim_sync_error_t *scim_sync_scim_v1_request(request_rec *r, scim_sync_segments_t *segments)
{
    const scim_sync_error_t *error = read_method(r);

    return error ? error : read_format(r, segments);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_version.h"

#include <apr_strings.h>

#include "base/secret.h"
#include "http/etag.h"

/* So many hexadecimal digits of a hash fit into a version. */
#define DIGITS 15

const char *scim_sync_admin_etag(scim_sync_admin_version_t version, apr_pool_t *p)
{
    return apr_psprintf(p, "\"%" APR_INT64_T_FMT ".%" APR_INT64_T_FMT "\"", version.created,
                        version.version);
}

static const char *header(const scim_sync_admin_t *q, const char *name)
{
    return apr_table_get(q->r->headers_in, name);
}

scim_sync_admin_version_t scim_sync_admin_version_of_text(apr_int64_t created, const char *text,
                                                          apr_pool_t *p)
{
    scim_sync_admin_version_t version = { .created = created };

    if (text) {
        version.version =
            apr_strtoi64(apr_pstrndup(p, scim_sync_sha256(text, p), DIGITS), NULL, 16);
    }
    return version;
}

void scim_sync_admin_tag(scim_sync_admin_t *q, scim_sync_admin_version_t version)
{
    apr_table_setn(q->r->headers_out, "ETag", scim_sync_admin_etag(version, q->p));
}

int scim_sync_admin_is_conditional(const scim_sync_admin_t *q)
{
    return header(q, "If-Match") || header(q, "If-None-Match");
}

apr_status_t scim_sync_admin_expect(scim_sync_admin_t *q, const scim_sync_admin_version_t *version)
{
    const scim_sync_error_t *stale;

    if (!version) {
        return header(q, "If-Match")
                   ? scim_sync_admin_rollback(q, HTTP_PRECONDITION_FAILED,
                                              "There is no %s, so none of a version that If-Match "
                                              "names.",
                                              q->name)
                   : APR_SUCCESS;
    }
    stale = scim_sync_etag_check(header(q, "If-Match"), header(q, "If-None-Match"),
                                 scim_sync_admin_etag(*version, q->p), q->p);
    return stale ? scim_sync_admin_rollback(q, stale->status, "%s", stale->detail) : APR_SUCCESS;
}

apr_status_t scim_sync_admin_too_late(scim_sync_admin_t *q)
{
    int meant = scim_sync_admin_is_conditional(q);

    return scim_sync_admin_rollback(q, meant ? HTTP_PRECONDITION_FAILED : HTTP_CONFLICT,
                                    "%s was changed at the same moment: look, and try again.",
                                    q->name);
}

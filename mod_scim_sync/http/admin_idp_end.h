/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an administrator says when an IdP is deleted, or feeds a site no longer: part of api/idps.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_IDP_END_H
#define SCIM_SYNC_HTTP_ADMIN_IDP_END_H

#include "http/admin.h"

typedef struct {
    int keep;         /* as scim_sync_idp_delete() takes it */
    const char *said; /* the same in words, for an event */
} scim_sync_admin_end_t;

/* access and leavers are keep or remove, if they are there; else an error. */
const scim_sync_error_t *scim_sync_admin_end_query(scim_sync_admin_t *q);

/*
 * Read from the query, which was checked, what is to become of the access that an IdP gave at a
 * site (NULL: at all that it feeds): access must be said (409 else) once the IdP has told of
 * anybody, and, if it is kept, leavers, when there are people who left and still have theirs, about
 * whom nothing was decided yet. With these it is done as was said, and with those as was decided;
 * what else is to be done is for scim_sync_idp_leave() or scim_sync_idp_delete().
 */
apr_status_t scim_sync_admin_read_end(scim_sync_db_t *db, scim_sync_admin_t *q,
                                      const scim_sync_idp_t *idp, const char *site,
                                      scim_sync_admin_end_t *end, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an administrator says when an IdP is deleted, or feeds a site no longer: part of api/idps.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_IDP_END_H
#define SCIM_SYNC_HTTP_ADMIN_IDP_END_H

#include "http/admin.h"
#include "sync/guard_ending.h"

/* What was said of it, and of whom. */
typedef struct {
    int keep;                    /* as scim_sync_idp_delete() takes it; and then, */
    apr_array_header_t *leaving; /* of those who had left already, who loses it all the same, */
    apr_array_header_t *staying; /* and who keeps it: scim_sync_idp_leaver_t */
    apr_array_header_t *excess;  /* what passes the guard: scim_sync_guard_excess_t */
} scim_sync_admin_end_t;

/* access and leavers are keep or remove, guard is release, if they are there; else an error. */
const scim_sync_error_t *scim_sync_admin_end_query(scim_sync_admin_t *q);

/*
 * Read from the query, which was checked, what is to become of the access that an IdP gave at these
 * sites (const char *), whose leases are held: access must be said (409 else) once the IdP has told
 * of anybody, and, if it is kept, leavers, when there are people who left and still have theirs,
 * about whom nothing was decided yet. What is to be taken at one of the sites from more people than
 * the IdP's guard lets pass there is 409, too, unless guard=release was said.
 */
apr_status_t scim_sync_admin_read_end(scim_sync_db_t *db, scim_sync_admin_t *q,
                                      const scim_sync_idp_t *idp, const apr_array_header_t *sites,
                                      scim_sync_admin_end_t *end, apr_pool_t *p);

/*
 * Do as was said with those who had left, at one of the sites (NULL: at all); what else is to be
 * done is for scim_sync_idp_leave() or scim_sync_idp_delete().
 * said   all of it in words, for an event; in p
 */
apr_status_t scim_sync_admin_do_end(scim_sync_db_t *db, const scim_sync_admin_t *q,
                                    const scim_sync_idp_t *idp, const char *site,
                                    const scim_sync_admin_end_t *end, const char **said,
                                    apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two sides of a site (store/config.h), where an administrator asks for the site.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_SIDES_H
#define SCIM_SYNC_HTTP_ADMIN_SIDES_H

#include "http/admin.h"

/* A name that is a side's own, other than the site's. */
int scim_sync_admin_is_side(const char *name);

/* Answer that a side's own name, q->name, is none of a site: what it has is the site's. */
int scim_sync_admin_refuse_side(scim_sync_admin_t *q);

/*
 * In a unit, of both sides: no turn of theirs goes on meanwhile; and all their tasks are due.
 * count   how many these are
 */
apr_status_t scim_sync_admin_hold_sides(scim_sync_db_t *db, const char *site, apr_pool_t *p);
apr_status_t scim_sync_admin_retry_sides(scim_sync_db_t *db, const char *site, int *count,
                                         apr_pool_t *p);

/* *any: accounts or groups of either side are recorded (store/held.h). */
apr_status_t scim_sync_admin_any_of_sides(scim_sync_db_t *db, int *any, const char *site,
                                          apr_pool_t *p);

/* *names: "okta, okta-customers", the IdPs that feed either side, in p; NULL: none. */
apr_status_t scim_sync_admin_feeders(scim_sync_db_t *db, const char **names, const char *site,
                                     apr_pool_t *p);

#endif

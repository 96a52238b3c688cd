/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IdPs told: users and groups. Each belongs to one IdP; another IdP never sees it.
 * All functions run in the caller's transaction and return what the database returned.
 */
#ifndef SCIM_SYNC_STORE_RESOURCE_H
#define SCIM_SYNC_STORE_RESOURCE_H

#include "store/filter_sql.h"
#include "scim/resource.h"
#include "store/db.h"

/*
 * Store a new resource; r->id, version and times are set by the caller. *stored is 0, and nothing
 * was done, when the IdP has one of this type and name already.
 */
apr_status_t scim_sync_resource_insert(scim_sync_db_t *db, const char *idp,
                                       const scim_sync_resource_t *r, int *stored, apr_pool_t *p);

/*
 * Load one by its id, without members. lock: no other transaction changes it until ours ends.
 * *r is NULL when the IdP has none of that type and id.
 */
apr_status_t scim_sync_resource_load(scim_sync_db_t *db, scim_sync_resource_t **r, const char *idp,
                                     scim_sync_type_t type, const char *id, int lock,
                                     apr_pool_t *p);

/* The same by its name's key (scim_sync_resource_t.name_key). */
apr_status_t scim_sync_resource_load_named(scim_sync_db_t *db, scim_sync_resource_t **r,
                                           const char *idp, scim_sync_type_t type,
                                           const char *name_key, int lock, apr_pool_t *p);

/* Write all of r but id and created. *stored is 0 when its name belongs to another one. */
apr_status_t scim_sync_resource_update(scim_sync_db_t *db, const char *idp,
                                       const scim_sync_resource_t *r, int *stored, apr_pool_t *p);

/* Delete it, its e-mail keys, its member rows, and its own memberships in groups of the IdP. */
apr_status_t scim_sync_resource_delete(scim_sync_db_t *db, const char *id, apr_pool_t *p);

/*
 * One page in the order of creation.
 * condition   from scim_sync_filter_sql(), or NULL for all
 * skip, max   rows to pass over and to return at most; max 0 counts only
 * page        scim_sync_resource_t *, without members
 * total       how many match in all
 */
apr_status_t scim_sync_resource_list(scim_sync_db_t *db, apr_array_header_t **page,
                                     apr_int64_t *total, const char *idp, scim_sync_type_t type,
                                     const scim_sync_condition_t *condition, apr_int64_t skip,
                                     int max, apr_pool_t *p);

#endif

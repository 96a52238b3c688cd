/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What IdPs told: users and groups. Each belongs to one IdP; another IdP never sees it.
 * All functions run in the caller's transaction and return what the database returned.
 */
#ifndef SCIM_SYNC_STORE_RESOURCE_H
#define SCIM_SYNC_STORE_RESOURCE_H

#include "scim/listing.h"
#include "scim/resource.h"
#include "store/db.h"

/*
 * Store a new resource; r->id, version and times are set by the caller. *stored is 0, and nothing
 * was done, when the IdP has one of this type and name already.
 */
apr_status_t scim_sync_resource_insert(scim_sync_db_t *db, const char *idp,
                                       const scim_sync_resource_t *r, int *stored, apr_pool_t *p);

/*
 * The same of many of one type, scim_sync_resource_t *, in few statements. *stored is how many of
 * them were; when that is not all, their e-mail keys are missing, and the caller undoes it.
 */
apr_status_t scim_sync_resource_insert_each(scim_sync_db_t *db, const char *idp,
                                            const apr_array_header_t *resources, int *stored,
                                            apr_pool_t *p);

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

/*
 * Delete it, its e-mail keys, its member rows, and its own memberships in groups of the IdP, which
 * are changed by that (version, modified).
 */
apr_status_t scim_sync_resource_delete(scim_sync_db_t *db, const char *id, apr_pool_t *p);

/*
 * A listing made ready for the database. *out lives in p, which must hold the listing, too.
 * base   the IdP's SCIM base URL, for what is asked of meta.location and $ref
 * Returns 400 invalidFilter (with the position) or invalidPath (sortBy) for what can't be searched:
 * a password, for one.
 */
typedef struct scim_sync_select_t scim_sync_select_t;
const scim_sync_error_t *scim_sync_select_make(scim_sync_select_t **out,
                                               const scim_sync_listing_t *listing, const char *base,
                                               apr_pool_t *p);

typedef struct {
    apr_array_header_t *resources;    /* scim_sync_resource_t *, without members and groups */
    apr_int64_t total;                /* how many match in all */
    const scim_sync_position_t *next; /* cursor paging: where the next page begins; NULL: nowhere */
} scim_sync_page_t;

/* One page of it. All in p. */
apr_status_t scim_sync_resource_list(scim_sync_db_t *db, scim_sync_page_t **page, const char *idp,
                                     const scim_sync_select_t *select, apr_pool_t *p);

/*
 * Load the groups of users (scim_sync_resource_t *, each of this IdP), the groups' groups included
 * (type "indirect"); a group in itself, over however many steps, does no harm. Other types are
 * passed over.
 */
apr_status_t scim_sync_resource_groups(scim_sync_db_t *db, const char *idp,
                                       const apr_array_header_t *resources, apr_pool_t *p);

#endif

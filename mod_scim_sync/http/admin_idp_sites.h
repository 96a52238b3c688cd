/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sites an IdP feeds: part of api/idps.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_IDP_SITES_H
#define SCIM_SYNC_HTTP_ADMIN_IDP_SITES_H

#include "http/admin.h"

/*
 * Read sites, or site for a list of one, from the body: names (const char *), sorted by bytes;
 * NULL when neither is there. One that is in the list twice is a mistake.
 */
const scim_sync_error_t *scim_sync_admin_read_sites(scim_sync_admin_t *q,
                                                    apr_array_header_t **sites);

/* "feeds main, second" */
const char *scim_sync_admin_say_sites(const apr_array_header_t *sites, apr_pool_t *p);

/* The sites whose sides these are (store/config.h), for people, by name. */
apr_array_header_t *scim_sync_admin_whole_sites(const apr_array_header_t *sides, apr_pool_t *p);

/*
 * See, in a unit, that all of them are there. *sides: those that an IdP of this mode feeds, in p,
 * which exist from now on.
 */
apr_status_t scim_sync_admin_find_sides(scim_sync_db_t *db, scim_sync_admin_t *q,
                                        apr_array_header_t **sides, const char *mode,
                                        const apr_array_header_t *sites, apr_pool_t *p);

/*
 * Have an IdP feed these sides and no others, in a unit, with scim_sync_idp_update() behind it.
 * not_kept   a list; see http/admin_kept.h
 */
apr_status_t scim_sync_admin_set_sites(scim_sync_db_t *db, scim_sync_admin_t *q,
                                       const scim_sync_idp_t *idp, const apr_array_header_t *sites,
                                       json_t *not_kept, apr_pool_t *p);

#endif

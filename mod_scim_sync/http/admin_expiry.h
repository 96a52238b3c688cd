/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When tokens end, as the admin API shows it.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_EXPIRY_H
#define SCIM_SYNC_HTTP_ADMIN_EXPIRY_H

#include <jansson.h>

#include "store/db.h"

/* Seconds from now, 0 when it is over; null when no end was told (expires 0). A new reference. */
json_t *scim_sync_admin_expires_in(apr_int64_t expires);

/*
 * The API tokens of all sites, and those SCIM tokens of IdPs that will end, as a list in p: for
 * status.
 */
apr_status_t scim_sync_admin_load_expiries(scim_sync_db_t *db, json_t **list, apr_pool_t *p);

#endif

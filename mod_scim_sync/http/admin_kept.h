/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ?access=keep does not keep: an authoritative group (docs/rules.md) is a matter of its own
 * identity providers alone, and whom none of these has in it does not stay there.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_KEPT_H
#define SCIM_SYNC_HTTP_ADMIN_KEPT_H

#include <apr_tables.h>
#include <jansson.h>

#include "store/db.h"

/*
 * In a unit, before an IdP is deleted or feeds a site no more: how many are in the site's groups by
 * other hands. NULL when no IdP decides alone about any group.
 * before   scim_sync_kept_theirs_t (store/drift.h) in p
 */
apr_status_t scim_sync_admin_kept_before(scim_sync_db_t *db, apr_array_header_t **before,
                                         const char *site, apr_pool_t *p);

/*
 * In the same unit afterwards, when access was kept: by how many these are more.
 * list   of docs/api.md's notKept: what is not kept at this site is added
 * said   "access kept", or that and what is not, for an event; in p
 */
apr_status_t scim_sync_admin_not_kept(scim_sync_db_t *db, const apr_array_header_t *before,
                                      const char *site, json_t *list, const char **said,
                                      apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ?access=keep does not keep: an authoritative group (docs/rules.md) is a matter of its own
 * identity providers alone, and whom none of these tells of does not stay in it.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_KEPT_H
#define SCIM_SYNC_HTTP_ADMIN_KEPT_H

#include <jansson.h>

#include "store/db.h"

/*
 * In a unit, when an IdP feeds a site no more, and its access was kept.
 * list   of docs/api.md's notKept: what is not kept at this site is added
 * said   "access kept", or that and what is not, for an event; in p
 */
apr_status_t scim_sync_admin_not_kept(scim_sync_db_t *db, const char *site, json_t *list,
                                      const char **said, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of api/sites/{name}. Each answers.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_SITES_H
#define SCIM_SYNC_HTTP_ADMIN_SITES_H

#include "http/admin.h"

/* GET sites/{name}/conflicts. */
int scim_sync_admin_conflicts(scim_sync_admin_t *q);

/* GET sites/{name}/groups. */
int scim_sync_admin_site_groups(scim_sync_admin_t *q);

/* POST sites/{name}/groups/preview. */
int scim_sync_admin_preview(scim_sync_admin_t *q);

#endif

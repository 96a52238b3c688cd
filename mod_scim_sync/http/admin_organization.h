/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The organization that a Jira site belongs to: part of api/sites.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_ORGANIZATION_H
#define SCIM_SYNC_HTTP_ADMIN_ORGANIZATION_H

#include "http/admin.h"

/*
 * "organization" of a PUT: {"id", "apiKey", "url"}, whole; the key is sealed here.
 * *told 1: the body says it; null ends it, and the fields of the site stay NULL.
 * NULL, or what hinders.
 */
const scim_sync_error_t *scim_sync_admin_organization_read(scim_sync_admin_t *q,
                                                           scim_sync_site_t *site, int *told);

/* As answers show it: without the key; null when none is known. */
json_t *scim_sync_admin_organization_json(const scim_sync_site_t *site);

/* Ask whether its key works: {"ok", "status", "detail"}, owned by q->p; null as above. */
json_t *scim_sync_admin_organization_test(scim_sync_admin_t *q, const scim_sync_site_t *site);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A site as it is asked while an administrator waits (scim_sync_admin_ask_jira()).
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_JIRA_H
#define SCIM_SYNC_HTTP_ADMIN_JIRA_H

#include "http/admin.h"
#include "jira/platform.h"

/*
 * How a site is asked as it is stored. NULL, or what hinders: 409 when its token can't be
 * decrypted.
 */
const scim_sync_error_t *scim_sync_admin_jira(scim_sync_admin_t *q, const scim_sync_site_t *site,
                                              scim_sync_jira_t *jira);

#endif

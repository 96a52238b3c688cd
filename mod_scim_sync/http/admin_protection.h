/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is protected at a site (sync/protection.h), as Jira says it while an administrator waits.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_PROTECTION_H
#define SCIM_SYNC_HTTP_ADMIN_PROTECTION_H

#include "base/outcome.h"
#include "http/admin.h"
#include "jira/platform.h"
#include "sync/protection.h"

/*
 * Ask which groups are its administrators'; the customers' side has none, and is not asked.
 * DONE with *protection, in q->p, whose owner is not known; or what went wrong: then it says
 * nothing.
 */
scim_sync_outcome_t scim_sync_admin_protection(scim_sync_protection_t *protection,
                                               scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                               const scim_sync_site_t *site);

#endif

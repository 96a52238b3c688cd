/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of Jira while an administrator waits: part of api/sites.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_SITE_TEST_H
#define SCIM_SYNC_HTTP_ADMIN_SITE_TEST_H

#include "http/admin.h"

/* Answer POST sites/{name}/test. */
int scim_sync_admin_site_test(scim_sync_admin_t *q);

/* Make a call while the administrator waits, for ten seconds at most. */
const scim_sync_answer_t *scim_sync_admin_ask_jira(scim_sync_admin_t *q,
                                                   const scim_sync_call_t *call);

/*
 * Ask a site, at its base URL, for its cloud id.
 * NULL, or what hinders: 409 with the site's words.
 */
const scim_sync_error_t *scim_sync_admin_ask_cloud_id(scim_sync_admin_t *q, const char **cloud_id,
                                                      const char *base_url);

#endif

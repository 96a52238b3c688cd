/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to jira/: what Jira's APIs have in common. */
#ifndef SCIM_SYNC_JIRA_PLATFORM_INT_H
#define SCIM_SYNC_JIRA_PLATFORM_INT_H

#include <jansson.h>

#include "jira/platform.h"

/*
 * Whether j is a usable account. "unknown" is the id of corrupted records. An account is inactive
 * only when Jira says so: an account that is wrongly taken for inactive would keep its access.
 */
int scim_sync_jira_account_of(scim_sync_jira_account_t *account, const json_t *j);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to jira/: what the APIs of a Jira site have in common. */
#ifndef SCIM_SYNC_JIRA_PLATFORM_INT_H
#define SCIM_SYNC_JIRA_PLATFORM_INT_H

#include <jansson.h>

#include "jira/answer.h"
#include "jira/platform.h"

/*
 * Fills *call from p.
 * endpoint   as in scim_sync_call_t; begins with the method
 * path       below the site: "/rest/..." with ids, encoded, and the query
 * body       or NULL
 */
void scim_sync_jira_call(scim_sync_call_t *call, const scim_sync_jira_t *jira, const char *endpoint,
                         const char *path, const json_t *body, apr_pool_t *p);

/* {"name": value}, owned by p. */
json_t *scim_sync_jira_object(const char *name, const char *value, apr_pool_t *p);

/*
 * Whether j is a usable account. "unknown" is the id of corrupted records. An account is inactive
 * only when Jira says so: an account that is wrongly taken for inactive would keep its access.
 */
int scim_sync_jira_account_of(scim_sync_jira_account_t *account, const json_t *j);

/*
 * A page of accounts, in p: those that take() takes. is_last: how the page calls what says so.
 * Whether it was understood, as with scim_sync_answer_page().
 */
int scim_sync_jira_page_of(scim_sync_jira_page_t *page, const json_t *json, const char *is_last,
                           scim_sync_answer_take_t *take, apr_pool_t *p);

/* Apps and portal customers have accounts, too, which a user of Jira never has. */
int scim_sync_jira_is_another_kind(const char *account_type);

#endif

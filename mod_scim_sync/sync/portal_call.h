/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a portal in the same way whether it is a desk or an organization, and whom an
 * address stands for among customers. Pure.
 */
#ifndef SCIM_SYNC_SYNC_PORTAL_CALL_H
#define SCIM_SYNC_SYNC_PORTAL_CALL_H

#include "jira/servicedesk.h"

/*
 * A page of who is in a portal (its id: store/portal.h), from the start'th on; made in p, and read
 * by scim_sync_jira_read_customers().
 */
void scim_sync_portal_members(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                              const char *portal, int start, apr_pool_t *p);

/* Ids (const char *, in p) of accounts (scim_sync_jira_account_t); active 1: of those that are. */
apr_array_header_t *scim_sync_portal_ids(const apr_array_header_t *accounts, int active,
                                         apr_pool_t *p);

/* Staff stay what they are, also where a portal-only account has their address. */
const scim_sync_jira_account_t *scim_sync_portal_owner(const scim_sync_jira_owners_t *owners);

#endif

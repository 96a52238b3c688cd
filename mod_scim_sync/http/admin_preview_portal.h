/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of a preview of the customers' side: a portal (store/portal.h) as Jira has it now.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_PREVIEW_PORTAL_H
#define SCIM_SYNC_HTTP_ADMIN_PREVIEW_PORTAL_H

#include "http/admin.h"
#include "jira/platform.h"
#include "sync/planner.h"

/*
 * Look for a portal by its name.
 * *id        "desk:4"; NULL: Jira has none
 * hindrance  why nobody can come in; its text is NULL: nothing is in the way. An organization that
 *            Jira does not have is made, a project is not.
 * Returns DONE, or what went wrong.
 */
scim_sync_outcome_t scim_sync_admin_portal_find(scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                                const char *name, const char **id,
                                                scim_sync_withheld_t *hindrance);

/* A page of a portal's members. ABSENT: there is no such portal any more. */
scim_sync_outcome_t scim_sync_admin_portal_members(scim_sync_admin_t *q,
                                                   const scim_sync_jira_t *jira, const char *id,
                                                   int start, scim_sync_jira_page_t *page);

/* The account of an address that stands for a customer: an Atlassian one comes first. */
scim_sync_outcome_t scim_sync_admin_portal_seek(scim_sync_admin_t *q, const scim_sync_jira_t *jira,
                                                const char *email,
                                                scim_sync_jira_account_t *account);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A search among what groups of identity providers can be mapped to: part of
 * GET api/sites/{name}/groups.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_SITE_GROUPS_H
#define SCIM_SYNC_HTTP_ADMIN_SITE_GROUPS_H

#include "http/admin.h"
#include "jira/platform.h"

/* A group in Jira, or a portal (store/portal.h). */
typedef struct {
    const char *id;
    const char *name;           /* as rules name it */
    const char *display;        /* for people */
    const char *guarded;        /* by which rule it is protected, or NULL */
    apr_array_header_t *claims; /* scim_sync_link_claim_t: what stands for it */
} scim_sync_found_t;

typedef struct {
    scim_sync_admin_t *q;
    const char *text; /* what the names hold, in any upper and lower case; "": any */
    int limit;
    scim_sync_jira_t jira;
    apr_array_header_t *found; /* scim_sync_found_t, limit at most */
    int complete;              /* there are no others */
} scim_sync_group_search_t;

/*
 * Find portals: projects by key or name, and organizations by name, of each kind half of the limit
 * unless there are fewer of the other one. A text that begins as the names of one kind do
 * ("project/", "organization/") looks for that kind alone. Jira can't be asked for them by name:
 * not all are looked at where there are many.
 */
scim_sync_outcome_t scim_sync_admin_search_portals(scim_sync_group_search_t *search);

#endif

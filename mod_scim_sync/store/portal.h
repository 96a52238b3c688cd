/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The portals of a site's customers' side: service desks, and organizations, whose members get into
 * the portals of all desks that the organization was added to. They take the place that groups have
 * among a site's users, in the same tables (store/held.h, store/link.h):
 *
 *   id     "desk:4", "organization:17"
 *   name   "project/DEMO" by the project's key, "organization/Example Ltd"
 *
 * Jira takes and gives access in batches. So a person's job only queues what it has decided: the
 * membership is "adding" or "removing", and there is a task of the portal, whose job sends what is
 * queued, of all people, and writes the answers. Until then either can be turned into the other.
 *
 * All functions run in the caller's transaction, the provisioner's turn.
 */
#ifndef SCIM_SYNC_STORE_PORTAL_H
#define SCIM_SYNC_STORE_PORTAL_H

#include <apr_tables.h>

#include "store/db.h"

#define SCIM_SYNC_PORTAL_DESK              "desk:"
#define SCIM_SYNC_PORTAL_ORGANIZATION      "organization:"
#define SCIM_SYNC_PORTAL_PROJECT_NAME      "project/"
#define SCIM_SYNC_PORTAL_ORGANIZATION_NAME "organization/"

/* Whether a portal's id, or its name, is a desk's; else it is an organization's. */
int scim_sync_portal_is_desk(const char *portal);
int scim_sync_portal_is_project(const char *name);

/* What Jira calls it: "4" of "desk:4"; "DEMO" of "project/DEMO", "Example Ltd". Points into it. */
const char *scim_sync_portal_object(const char *portal);
const char *scim_sync_portal_told(const char *name);

/*
 * A membership is to be made or ended: it is SCIM_SYNC_HELD_ADDING or SCIM_SYNC_HELD_REMOVING from
 * now on, and the portal has a task.
 */
apr_status_t scim_sync_portal_queue(scim_sync_db_t *db, const char *site, const char *portal,
                                    const char *account_id, const char *state, apr_pool_t *p);

#endif

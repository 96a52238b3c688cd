/* SPDX-License-Identifier: Apache-2.0 */
#include "store/portal.h"

#include <string.h>

#include "store/held.h"
#include "store/task.h"

static int begins(const char *text, const char *with)
{
    return !strncmp(text, with, strlen(with));
}

int scim_sync_portal_is_desk(const char *portal)
{
    return begins(portal, SCIM_SYNC_PORTAL_DESK);
}

int scim_sync_portal_is_project(const char *name)
{
    return begins(name, SCIM_SYNC_PORTAL_PROJECT_NAME);
}

const char *scim_sync_portal_object(const char *portal)
{
    return portal + strlen(scim_sync_portal_is_desk(portal) ? SCIM_SYNC_PORTAL_DESK
                                                            : SCIM_SYNC_PORTAL_ORGANIZATION);
}

const char *scim_sync_portal_told(const char *name)
{
    return name + strlen(scim_sync_portal_is_project(name) ? SCIM_SYNC_PORTAL_PROJECT_NAME
                                                           : SCIM_SYNC_PORTAL_ORGANIZATION_NAME);
}

apr_status_t scim_sync_portal_queue(scim_sync_db_t *db, const char *site, const char *portal,
                                    const char *account_id, const char *state, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_held_put_member(db, site, portal, account_id, state, p);

    return rv == APR_SUCCESS ? scim_sync_task_add_portal(db, site, portal, p) : rv;
}

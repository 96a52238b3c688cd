/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ids and names of portals say by themselves: without the database, for the rules.
 */
#include "store/portal.h"

#include <string.h>

#include <apr_strings.h>

#define MANAGED " is kept by another directory, and is never touched"

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

const char *scim_sync_portal_managed(const char *name, apr_pool_t *p)
{
    return apr_pstrcat(p, name, MANAGED, NULL);
}

int scim_sync_portal_is_managed(const char *protection)
{
    apr_size_t length = protection ? strlen(protection) : 0;

    return length > strlen(MANAGED) && !strcmp(protection + length - strlen(MANAGED), MANAGED);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an authenticated user may do in the admin API: ScimSyncAdministrator and ScimSyncReader.
 * They say it as Require does, and by the same means: httpd's authorization providers, so that
 * whatever module is loaded can tell who is who (user, group, ldap-group, expr, ...).
 *
 * Where neither stands, every user is an administrator. Where one of them does, who meets none has
 * no role, and is refused.
 */
#ifndef SCIM_SYNC_HTTP_ROLE_H
#define SCIM_SYNC_HTTP_ROLE_H

#include <httpd.h>
#include <http_config.h>

#include "scim/error.h"

typedef enum {
    SCIM_SYNC_ROLE_NONE,
    SCIM_SYNC_ROLE_READER,       /* sees everything, changes nothing */
    SCIM_SYNC_ROLE_ADMINISTRATOR /* does everything */
} scim_sync_role_t;

/* "reader", "administrator"; of none "none". */
const char *scim_sync_role_name(scim_sync_role_t role);

/*
 * For a directive: one more requirement of a role, as text behind its name ("group admins"). *list
 * is made in cmd->pool when it is NULL. NULL, or what to write instead.
 */
const char *scim_sync_role_require(cmd_parms *cmd, apr_array_header_t **list, const char *args);

/*
 * The role of r->user, which must be set. 403 when there is none; 500 when a provider could not
 * find out, which it has logged.
 */
const scim_sync_error_t *scim_sync_role_find(scim_sync_role_t *role, request_rec *r);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person's profile, as Atlassian's user management API takes it, of what an IdP told. Pure.
 */
#ifndef SCIM_SYNC_SYNC_PROFILE_H
#define SCIM_SYNC_SYNC_PROFILE_H

#include <apr_pools.h>
#include <jansson.h>

/* Before a profile, or a customer's name, that was not sent: there was nothing to do it with. */
#define SCIM_SYNC_PROFILE_UNSENT "-"

/*
 * Name, nickname, time zone, title, department, organization: those that were told, as JSON that is
 * equal for equal profiles; NULL when none was.
 * doc   the user's document (scim/resource.h)
 */
const char *scim_sync_profile(const json_t *doc, apr_pool_t *p);

/* The name alone: displayName, else name.formatted, else given and family name; or NULL. */
const char *scim_sync_profile_name(const json_t *doc, apr_pool_t *p);

#endif

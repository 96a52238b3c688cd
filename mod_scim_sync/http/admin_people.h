/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A user or a group as the admin API shows it in lists. Internal to the files http/admin_*.c.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_PEOPLE_H
#define SCIM_SYNC_HTTP_ADMIN_PEOPLE_H

#include <jansson.h>

#include "store/people.h"

/* A new reference. */
json_t *scim_sync_admin_person_json(const scim_sync_people_entry_t *e, scim_sync_type_t type);

#endif

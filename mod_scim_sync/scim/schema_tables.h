/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribute tables of RFC 7643 sections 3.1, 4.1, 4.2 and 4.3. For schema.c alone.
 */
#ifndef SCIM_SYNC_SCIM_SCHEMA_TABLES_H
#define SCIM_SYNC_SCIM_SCHEMA_TABLES_H

#include "scim/schema.h"

extern const scim_sync_attr_t scim_sync_common_attrs[];
extern const scim_sync_attr_t scim_sync_user_attrs[];
extern const scim_sync_attr_t scim_sync_group_attrs[];
extern const scim_sync_attr_t scim_sync_enterprise_attrs[];

#endif

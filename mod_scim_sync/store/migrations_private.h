/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of migrations that stand in files of their own, by theme; each ended by NULL. */
#ifndef SCIM_SYNC_STORE_MIGRATIONS_PRIVATE_H
#define SCIM_SYNC_STORE_MIGRATIONS_PRIVATE_H

extern const char *const scim_sync_migration_google[];
extern const char *const scim_sync_migration_pulls[];
extern const char *const scim_sync_migration_pushes[];
extern const char *const scim_sync_migration_changes[];
extern const char *const scim_sync_migration_looking[];
extern const char *const scim_sync_migration_requests[];
extern const char *const scim_sync_migration_names[];
extern const char *const scim_sync_migration_plans[];
extern const char *const scim_sync_migration_walks[];

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema of the database, as numbered migrations (store/migrations.c).
 */
#ifndef SCIM_SYNC_STORE_MIGRATE_H
#define SCIM_SYNC_STORE_MIGRATE_H

#include "store/db.h"

/* One migration, run in one transaction. */
typedef struct {
    const char *const *statements;                           /* ended by NULL */
    apr_status_t (*fill)(scim_sync_db_t *db, apr_pool_t *p); /* run then, if not NULL */
} scim_sync_migration_t;

/* Migration n (from 0) leads to version n + 1; ended by one without statements. */
extern const scim_sync_migration_t scim_sync_migrations[];

/*
 * Bring the database to the newest version that we know. Safe to be called by several processes
 * and nodes at once: one does it, the others find it done.
 * why   on failure, what to do about it
 * APR_EINVAL when the database is of a version that we don't know (a newer module made it);
 * APR_EGENERAL when the database refuses or is not there.
 */
apr_status_t scim_sync_migrate(scim_sync_db_t *db, const char **why, apr_pool_t *p);

#endif

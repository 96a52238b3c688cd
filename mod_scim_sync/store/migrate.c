/* SPDX-License-Identifier: Apache-2.0 */
#include "store/migrate.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "store/dialect.h"

static apr_status_t version_of(scim_sync_db_t *db, int *version, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    /* The row is locked until the end of the transaction: nobody else migrates meanwhile. */
    rv = scim_sync_db_select(db, &rows, "SELECT value FROM meta WHERE name = 'schema'{for_update}",
                             DB_NO_ARGS, p);
    if (rv == APR_SUCCESS) {
        *version = rows->count > 0 ? atoi(scim_sync_db_text(rows, 0, 0)) : 0;
    }
    return rv;
}

static apr_status_t create_meta(scim_sync_db_t *db, apr_pool_t *p)
{
    const scim_sync_dialect_t *dialect = scim_sync_dialect_find(scim_sync_db_dialect(db));
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && dialect->on_create && dialect->on_create[i]; i++) {
        rv = scim_sync_db_select(db, &rows, dialect->on_create[i], DB_NO_ARGS, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_run(
            db, "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)", p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL,
                               "INSERT INTO meta (name, value) VALUES ('schema', '0')"
                               " ON CONFLICT (name) DO NOTHING",
                               DB_NO_ARGS, p);
    }
    if (rv == APR_SUCCESS) {
        /* Which database this is: 64 random bits, by which a copy of another one is recognised. */
        rv = scim_sync_db_exec(
            db, NULL,
            "INSERT INTO meta (name, value) VALUES ('instance', %s)"
            " ON CONFLICT (name) DO NOTHING",
            DB_ARGS(DB_TEXT(apr_pstrndup(p, scim_sync_sha256(scim_sync_new_id(p), p), 16))), p);
    }
    return rv;
}

static apr_status_t run_all(scim_sync_db_t *db, const char *const *statements, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    for (; rv == APR_SUCCESS && *statements; statements++) {
        rv = scim_sync_db_run(db, *statements, p);
    }
    return rv;
}

static apr_status_t apply(scim_sync_db_t *db, int version, apr_pool_t *p)
{
    const scim_sync_migration_t *migration = &scim_sync_migrations[version];
    apr_status_t rv = run_all(db, migration->statements, p);

    if (rv == APR_SUCCESS && migration->fill) {
        rv = migration->fill(db, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "UPDATE meta SET value = %s WHERE name = 'schema'",
                               DB_ARGS(DB_TEXT(apr_itoa(p, version + 1))), p);
    }
    return rv;
}

/* One step: *done is 1 when nothing was left to do. */
static apr_status_t step(scim_sync_db_t *db, int newest, int *done, const char **why, apr_pool_t *p)
{
    apr_status_t rv;
    int version = 0;

    if ((rv = scim_sync_db_begin(db, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = version_of(db, &version, p);
    if (rv == APR_SUCCESS && version > newest) {
        *why =
            apr_psprintf(p,
                         "the database is of schema version %d and this module knows versions up "
                         "to %d: install the module that made it, or a newer one",
                         version, newest);
        rv = APR_EINVAL;
    }
    *done = version >= newest;
    if (rv == APR_SUCCESS && !*done) {
        rv = apply(db, version, p);
    }
    if (rv == APR_SUCCESS && version == newest - 1) {
        rv = run_all(db, scim_sync_dialect_find(scim_sync_db_dialect(db))->on_migrate, p);
    }
    if (rv != APR_SUCCESS) {
        scim_sync_db_rollback(db, p);
        return rv;
    }
    if ((rv = scim_sync_db_commit(db, p)) == APR_SUCCESS && !*done) {
        scim_sync_log(SCIM_LOG_NOTICE, APR_SUCCESS,
                      SCIM_LOGNO(0101) "the database's schema is now of version %d", version + 1);
    }
    return rv;
}

apr_status_t scim_sync_migrate(scim_sync_db_t *db, const char **why, apr_pool_t *p)
{
    apr_status_t rv;
    int newest = 0;
    int done = 0;

    *why = NULL;
    while (scim_sync_migrations[newest].statements) {
        newest++;
    }
    /* Two nodes that create the table at the same instant: one of them is refused, once. */
    if ((rv = create_meta(db, p)) != APR_SUCCESS) {
        rv = create_meta(db, p);
    }
    while (rv == APR_SUCCESS && !done) {
        rv = step(db, newest, &done, why, p);
    }
    if (rv != APR_SUCCESS && !*why) {
        *why =
            apr_psprintf(p, "the database refuses (%s): check DBDParams and the rights of its user",
                         scim_sync_db_error(db));
    }
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every change of the database goes through here: a unit of work, run in a transaction, durable
 * when scim_sync_write() returns APR_SUCCESS.
 *
 * Where a database flushes once per transaction and takes one writer at a time (SQLite), the units
 * that wait in one process share a transaction: the first thread to come leads, runs the units of
 * those who came meanwhile, each in a savepoint, and flushes once for all. A lock across processes
 * keeps the turns fair. PostgreSQL does the same inside its server for concurrent commits, so
 * there each unit has its own transaction and connection.
 */
#ifndef SCIM_SYNC_STORE_WRITER_H
#define SCIM_SYNC_STORE_WRITER_H

#include <apr_global_mutex.h>

#include "store/db.h"

/* A unit's way to say: undo what I did, this is my decision and no failure of the database. */
#define SCIM_SYNC_ROLLBACK (APR_OS_START_USERERR + 1)

/*
 * A unit of work. It may run on another thread than its caller's (which waits), and more than
 * once when the database is lost or two transactions collide: all that it writes besides the
 * database it must write anew each time.
 * p   the pool given to scim_sync_write()
 * Returns APR_SUCCESS to keep, SCIM_SYNC_ROLLBACK or what the database returned to undo.
 */
typedef apr_status_t scim_sync_unit_t(scim_sync_db_t *db, void *baton, apr_pool_t *p);

/* Where connections come from (mod_dbd in httpd, apr_dbd in tests). Callable from any thread. */
typedef struct {
    void *baton;
    /*
     * A connection for this thread, NULL when the database can't be reached. *lent is what close
     * wants to have back.
     */
    scim_sync_db_t *(*open)(void *baton, void **lent, apr_pool_t *p);
    void (*close)(void *baton, void *lent);
} scim_sync_connector_t;

typedef struct scim_sync_writer_t scim_sync_writer_t;

/* One per process. turn: the lock across processes; it must be usable in this process. */
apr_status_t scim_sync_writer_create(scim_sync_writer_t **writer,
                                     const scim_sync_connector_t *connector,
                                     apr_global_mutex_t *turn, apr_pool_t *p);

/*
 * Run one unit. APR_SUCCESS: committed and durable. SCIM_SYNC_ROLLBACK: the unit said so.
 * APR_EGENERAL: the database can't be reached or refused; nothing was stored (or, when the
 * connection broke during COMMIT, it is unknown: a caller may safely repeat the unit).
 */
apr_status_t scim_sync_write(scim_sync_writer_t *writer, scim_sync_unit_t *unit, void *baton,
                             apr_pool_t *p);

/*
 * Run a unit alone among all processes of this host, with a connection of its own, which makes its
 * transactions itself: migrations, which also change what can't be changed within one.
 */
apr_status_t scim_sync_write_alone(scim_sync_writer_t *writer, scim_sync_unit_t *unit, void *baton,
                                   apr_pool_t *p);

/*
 * Run a unit that only reads, with a connection of its own and no transaction.
 */
apr_status_t scim_sync_read(scim_sync_writer_t *writer, scim_sync_unit_t *unit, void *baton,
                            apr_pool_t *p);

#endif

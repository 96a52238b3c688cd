/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite, the embedded database: one file, many readers, one writer.
 */
#include "store/dialect.h"

#include <string.h>

#define SQLITE_ERROR 1 /* sqlite3.h, which nothing else here needs */

/*
 * synchronous=FULL, since an identity provider is told "created" only of what survives a power cut.
 *
 * busy_timeout stays 0. APR's driver holds one mutex per process while SQLite runs, and would hold
 * it while SQLite waits for a lock: the thread that could release the lock, by its COMMIT, waits
 * for that mutex. The driver's own retry, every 100 ms, sleeps without it.
 */
static const char *const on_attach[] = { "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
                                         NULL };

/* Kept in the file. With a rollback journal, a reader can make a COMMIT fail. */
static const char *const on_create[] = { "PRAGMA journal_mode=WAL", NULL };

/*
 * The driver uses the first version of SQLite's calls: every statement that was prepared before a
 * change of the schema, or before the rollback of one, fails for ever. It fails before it does
 * anything, so that running it again repeats nothing; messages are never translated. In the second
 * case SQLite has no message (a statement that returned rows unasked has none either, but another
 * code).
 */
static int stale(int code, const char *message)
{
    return code == SQLITE_ERROR && (strcmp(message, "database schema has changed") == 0 ||
                                    strcmp(message, "not an error") == 0);
}

const scim_sync_dialect_t scim_sync_dialect_sqlite3 = {
    .driver = "sqlite3",
    /* Rounded: the Julian day is a float, which can fall short of the millisecond it stands for. */
    .now = "CAST(ROUND((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)",
    /* AUTOINCREMENT, so that the number of a deleted row does not come back. */
    .serial = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .for_update = "",
    /* IMMEDIATE: a transaction that reads first and then wants to write can be refused for good. */
    .begin = "BEGIN IMMEDIATE",
    .one_writer = 1,
    .stale = stale,
    /* The driver keeps stale ones, and frees them when the connection is closed. */
    .forget = NULL,
    .on_attach = on_attach,
    .on_create = on_create,
};

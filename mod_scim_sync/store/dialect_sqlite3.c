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
 *
 * cache_size, in KiB: with SQLite's 2 MB, a page of 1,000 people out of 100,000 is read from the
 * file each time, and costs a third more than out of 1,000.
 */
static const char *const on_attach[] = { "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON",
                                         "PRAGMA cache_size=-16000", NULL };

/* Kept in the file. With a rollback journal, a reader can make a COMMIT fail. */
static const char *const on_create[] = { "PRAGMA journal_mode=WAL", NULL };

/*
 * How many rows a table has, and how many of them are alike in the first column of an index, in the
 * first two, and so on. SQLite has no statistics of its own and guesses that an IdP has ten users:
 * it would read all of them rather than look one up by externalId, or all that a site holds rather
 * than what one person is in. What ANALYZE has found out stays.
 */
#define ROWS(table, index, numbers)                                                                \
    "INSERT INTO sqlite_stat1 (tbl, idx, stat) SELECT '" table "', '" index "', '" numbers "'"     \
    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_stat1 WHERE idx = '" index "')"

static const char *const on_migrate[] = {
    "ANALYZE meta", /* a small one: what matters is that sqlite_stat1 is there */
    ROWS("resource", "sqlite_autoindex_resource_1", "100000 1"),
    ROWS("resource", "sqlite_autoindex_resource_2", "100000 50000 50000 1"),
    ROWS("resource", "resource_order", "100000 50000 50000 1 1"),
    ROWS("resource", "resource_external", "100000 50000 50000 1"),
    ROWS("resource", "resource_by_display", "100000 50000 50000 2 1"),
    ROWS("resource", "resource_by_email", "100000 50000 50000 2 1"),
    ROWS("resource", "resource_primary", "100000 2"),
    ROWS("resource", "resource_modified", "100000 50000 50000 1 1"),
    ROWS("resource", "resource_active", "100000 50000 50000 25000 1 1"),
    ROWS("resource_email", "sqlite_autoindex_resource_email_1", "100000 1 1"),
    ROWS("resource_email", "resource_email_key", "100000 1 1"),
    ROWS("member", "sqlite_autoindex_member_1", "1000000 100 1"),
    ROWS("member", "member_value", "1000000 10 1"),
    ROWS("task", "sqlite_autoindex_task_1", "100000 100000 50000 1"),
    ROWS("task", "task_due", "100000 100000 50000 20000 10000 10 1"),
    ROWS("task", "task_state", "100000 50000 20000 1"),
    ROWS("task", "task_gone", "1000 500 200 2 1"),
    ROWS("task", "task_is_held", "1000 500 1"),
    ROWS("task", "task_is_discarded", "1000 500 1"),
    ROWS("jira_account", "sqlite_autoindex_jira_account_1", "100000 100000 1"),
    ROWS("jira_account", "jira_account_email", "100000 100000 1"),
    ROWS("jira_group", "sqlite_autoindex_jira_group_1", "1000 1000 1"),
    ROWS("jira_group", "jira_group_name", "1000 1000 1"),
    ROWS("jira_member", "sqlite_autoindex_jira_member_1", "1000000 1000000 10 1"),
    ROWS("jira_member", "jira_member_group", "1000000 1000000 1000"),
    ROWS("jira_link", "sqlite_autoindex_jira_link_1", "100000 100000 1 1"),
    ROWS("jira_link", "jira_link_object", "100000 100000 1"),
    ROWS("stage", "sqlite_autoindex_stage_1", "100000 50000 50000 1"),
    ROWS("stage", "stage_name", "100000 50000 50000 2"),
    ROWS("stage_member", "sqlite_autoindex_stage_member_1", "1000000 500000 100 1"),
    "ANALYZE sqlite_schema", /* reads it */
    NULL
};

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
    .for_key = "",
    .json = "TEXT",
    .each = "json_each",
    .texts = "json_each",
    .pairs = "json_each",
    .position = "instr",
    .bytes = "", /* they are compared by their bytes anyway */
    /* IMMEDIATE: a transaction that reads first and then wants to write can be refused for good. */
    .begin = "BEGIN IMMEDIATE",
    .look = "BEGIN",
    .look_alike = "BEGIN",
    .one_writer = 1,
    /* And what is cast, of several values in a row, is not looked for along an index. */
    .narrow = 0,
    .stale = stale,
    /* It joins along indexes anyway. */
    .count = NULL,
    /* The driver keeps stale ones, and frees them when the connection is closed. */
    .forget = NULL,
    .on_attach = on_attach,
    .on_create = on_create,
    .on_migrate = on_migrate,
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into an httpd under test: each statement that SQLite carries out is appended, when it
 * is done, to the file that SQLITE_STATEMENTS names, with the number of rows that it went through
 * without looking for them: all of a table, or of an index, from its beginning.
 *
 *     1041 SELECT ... FROM resource r ...\0
 *
 * One write each, so that records of several processes and threads do not mix.
 * tests/harness/plans.py reads them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

static int file = -1;

static int record(unsigned int what, void *baton, void *statement, void *took)
{
    const char *text = sqlite3_sql(statement);
    int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);
    int walked = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);
    char *line;
    int length;

    (void)what;
    (void)baton;
    (void)took;
    if (text && (length = asprintf(&line, "%d %d %s", steps, walked, text)) >= 0) {
        if (write(file, line, (size_t)length + 1) != length + 1) {
            abort();
        }
        free(line);
    }
    return 0;
}

static int watch(sqlite3 *db, char **error, const struct sqlite3_api_routines *api)
{
    (void)error;
    (void)api;
    return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, record, NULL);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SQLITE_STATEMENTS");

    if (path && (file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)) >= 0) {
        sqlite3_auto_extension((void (*)(void))watch);
    }
}

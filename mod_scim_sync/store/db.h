/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One database connection, and the only place that calls apr_dbd (db.c, db_statement.c). What it
 * closes, each with a test in tests/unit/test_db*.c:
 *  - apr_dbd_transaction_start() on a dead PostgreSQL connection dereferences NULL: BEGIN, COMMIT
 *    and ROLLBACK are ordinary statements here;
 *  - COMMIT of an aborted transaction "succeeds" (the server answers ROLLBACK): the first error of
 *    a transaction is remembered, later statements do not run, and the commit fails;
 *  - a statement prepared before a schema change (SQLite) or before a lost connection (PostgreSQL)
 *    is gone for ever: it is prepared and sent again, once. SQLite's transactions live on through
 *    that; PostgreSQL's are begun again, as long as nothing was done in them;
 *  - errors that look like empty tables (random = 0), "" for NULL, strings that die with the row,
 *    numbers bound as text: typed values in, copied rows out.
 *
 * SQL is written once, with apr_dbd's %s and %lld for values and these words, which the dialect
 * (store/dialect.h) replaces: {now} milliseconds since 1970 by the database's clock, {serial} the
 * type of a key that the database counts up, with its PRIMARY KEY ("id {serial},"), {for_update}
 * the lock of a row until the end of the transaction, right behind the last word ("id =
 * %s{for_update}"), {for_key} a lock there that keeps the row from being deleted alone, {json} the
 * type of a column that holds JSON, {each} the function that makes rows of an array ("FROM
 * {each}(doc -> 'a') e": e.value is an element), {texts} the same of an array of texts (e.value is
 * a text), {pairs} of an object (e.value is a text), {position} the function that finds one text in
 * another ("{position}(name, %s)": from 1, and 0 when it is not there), {bytes} which, right behind
 * a text, has it ordered by its bytes. A literal per cent sign is written %%; %s within quotes is a
 * placeholder too.
 *
 * A connection belongs to one thread at a time.
 */
#ifndef SCIM_SYNC_STORE_DB_H
#define SCIM_SYNC_STORE_DB_H

#include <apr_dbd.h>
#include <apr_pools.h>
#include <apr_tables.h>

typedef struct scim_sync_db_t scim_sync_db_t;

/*
 * A value for a placeholder: DB_TEXT for %s, DB_INT for %lld, never made by hand. DB_TEXT(NULL) is
 * SQL's NULL and fits both.
 */
typedef struct {
    enum { SCIM_SYNC_DB_TEXT, SCIM_SYNC_DB_INT } kind;
    const char *text;
    apr_int64_t number;
} scim_sync_value_t;

#define DB_TEXT(s) ((scim_sync_value_t) { .kind = SCIM_SYNC_DB_TEXT, .text = (s) })
#define DB_INT(n)  ((scim_sync_value_t) { .kind = SCIM_SYNC_DB_INT, .number = (n) })

/*
 * The values of a statement, in the order of their placeholders: DB_ARGS(DB_TEXT(id), DB_INT(3)).
 */
#define DB_ARGS(...)                                                                               \
    (int)(sizeof((scim_sync_value_t[]) { __VA_ARGS__ }) / sizeof(scim_sync_value_t)),              \
        (scim_sync_value_t[])                                                                      \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define DB_NO_ARGS 0, NULL

/* Rows of an answer: all strings are copies in the caller's pool. */
typedef struct {
    int count;
    int columns;
    const char **cells; /* count * columns; NULL is SQL's NULL */
} scim_sync_rows_t;

/*
 * The cell as text (NULL is SQL's NULL) and as a number (0 for NULL). A cell that is not there, as
 * in the first row of an empty answer, is NULL.
 */
const char *scim_sync_db_text(const scim_sync_rows_t *rows, int row, int column);
/* The texts of a column, of all rows: const char * in p, which may be pushed to. */
apr_array_header_t *scim_sync_db_texts(const scim_sync_rows_t *rows, int column, apr_pool_t *p);
apr_int64_t scim_sync_db_number(const scim_sync_rows_t *rows, int row, int column);

/*
 * The connection around a handle that is open already.
 * driver, handle   apr_dbd's; the name of the driver chooses the dialect
 * p                the pool that lives as long as the handle (mod_dbd: ap_dbd_t.pool); asking
 *                  again with the same pool and handle gives the same connection
 * On first sight the session is set up (on_attach in store/dialect_*.c; SQLite gets
 * synchronous=FULL and foreign_keys=ON). APR_ENOTIMPL for a driver that has no dialect;
 * APR_EGENERAL when the connection does not answer, which is logged. *db is NULL then.
 */
apr_status_t scim_sync_db_attach(scim_sync_db_t **db, const apr_dbd_driver_t *driver,
                                 apr_dbd_t *handle, apr_pool_t *p);

/*
 * Open one of our own (migrations, tests, tools): closed when p is cleared. Why it failed is
 * logged, as there is no connection to ask.
 */
apr_status_t scim_sync_db_open(scim_sync_db_t **db, const char *driver, const char *params,
                               apr_pool_t *p);

/* "sqlite3" or "pgsql". */
const char *scim_sync_db_dialect(const scim_sync_db_t *db);

/*
 * Whether writers of one host must take turns (SQLite), which is what the lock of store/writer.h
 * is for. One that does not waits in steps of 100 ms for the others, and fails after 1.6 s.
 */
int scim_sync_db_one_writer(const scim_sync_db_t *db);

/*
 * Run an INSERT, UPDATE or DELETE that returns no rows (one with RETURNING is for
 * scim_sync_db_select).
 * affected  may be NULL; the rows that were changed, 0 for ON CONFLICT DO NOTHING that did nothing
 * sql       a text that is prepared once per connection and kept by its content. Use a constant, or
 *           a text of which there are few (scim_sync_db_select says what happens to many)
 * p         scratch memory, given back before it returns
 * APR_SUCCESS; APR_EGENERAL when the database refuses or is not there (scim_sync_db_error says
 * why); APR_EINVAL when the values don't fit the placeholders; inside a transaction that failed
 * before: the same error, and nothing is run.
 *
 * Outside a transaction, a statement whose answer was lost with the connection is sent again and
 * may so be run twice: only what can be repeated belongs there.
 */
apr_status_t scim_sync_db_exec(scim_sync_db_t *db, int *affected, const char *sql, int nvalues,
                               const scim_sync_value_t *values, apr_pool_t *p);

/*
 * Run a statement that returns rows; *rows and its strings live in p. A connection keeps at most
 * 256 different statements; the ones after that are sent with their values quoted into the text.
 */
apr_status_t scim_sync_db_select(scim_sync_db_t *db, scim_sync_rows_t **rows, const char *sql,
                                 int nvalues, const scim_sync_value_t *values, apr_pool_t *p);

/*
 * The same for a text that was made for one request. Only short ones are kept, 64 of them: SQLite
 * takes a hundred times the text's length for each, and apr_dbd can't give one back.
 */
apr_status_t scim_sync_db_select_made(scim_sync_db_t *db, scim_sync_rows_t **rows, const char *sql,
                                      int nvalues, const scim_sync_value_t *values, apr_pool_t *p);

/*
 * Run one statement as it stands, not prepared: schema changes, PRAGMA, SET. {words} are replaced,
 * per cent signs are not; rows, if it returns any, are thrown away.
 */
apr_status_t scim_sync_db_run(scim_sync_db_t *db, const char *sql, apr_pool_t *p);

/*
 * This transaction has written very many rows of a table, and will join it: PostgreSQL would take
 * it for as small as it was, and compare each row with each.
 */
apr_status_t scim_sync_db_grown(scim_sync_db_t *db, const char *table, apr_pool_t *p);

/*
 * Transactions, which see what others commit meanwhile (READ COMMITTED; SQLite has one writer at a
 * time). begin on a lost connection reconnects once. commit fails, and rolls back, when any
 * statement since begin failed. When the connection breaks during a commit, it fails and nobody
 * knows whether it was done. rollback always leaves the connection without a transaction; without
 * one it does nothing.
 *
 * A savepoint, of which there is one level, undoes part of a transaction. scim_sync_db_release(db,
 * 0) undoes what was done since, forgets its error, and the transaction goes on.
 * scim_sync_db_release(db, 1) keeps it; but when a statement of it failed it is undone as well, and
 * that error returned. The transaction itself has failed only if savepoint or commit say so.
 *
 * APR_EINVAL for begin within a transaction, and for the others without what they end.
 */
apr_status_t scim_sync_db_begin(scim_sync_db_t *db, apr_pool_t *p);

/*
 * The same for an answer of several statements, which only read: they see all as it was at the first
 * one. The second one ends what the first has begun.
 * alike    each goes along the same index whatever its values are: it need be planned but once
 * *begun   0 within a transaction, of which they are a part then
 * rv       what became of them; is returned unless only the end fails
 */
apr_status_t scim_sync_db_look(scim_sync_db_t *db, int alike, int *begun, apr_pool_t *p);
apr_status_t scim_sync_db_looked(scim_sync_db_t *db, int begun, apr_status_t rv, apr_pool_t *p);
apr_status_t scim_sync_db_commit(scim_sync_db_t *db, apr_pool_t *p);
void scim_sync_db_rollback(scim_sync_db_t *db, apr_pool_t *p);
apr_status_t scim_sync_db_savepoint(scim_sync_db_t *db, apr_pool_t *p);
apr_status_t scim_sync_db_release(scim_sync_db_t *db, int keep, apr_pool_t *p);

/*
 * Whether the connection is lost: reconnecting failed too, and whoever wanted it must try again
 * later. The next call tries to reconnect.
 */
int scim_sync_db_lost(const scim_sync_db_t *db);

/*
 * The database's words about the last failure, of at most 200 bytes; never NULL; ends where it
 * would show a value of the statement. Valid until the next call.
 */
const char *scim_sync_db_error(const scim_sync_db_t *db);

#endif

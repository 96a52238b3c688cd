/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection: its session, what it does after a failure, and its transactions.
 */
#include "store/db_private.h"

#include <string.h>

#include <apr_strings.h>

#include "base/log.h"

#define SAVEPOINT    "SAVEPOINT scim_sync"
#define USERDATA_KEY "mod_scim_sync:db"

/* ---- rows ---- */

const char *scim_sync_db_text(const scim_sync_rows_t *rows, int row, int column)
{
    if (row < 0 || row >= rows->count || column < 0 || column >= rows->columns) {
        return NULL;
    }
    return rows->cells[(apr_size_t)row * rows->columns + column];
}

apr_array_header_t *scim_sync_db_texts(const scim_sync_rows_t *rows, int column, apr_pool_t *p)
{
    apr_array_header_t *texts = apr_array_make(p, rows->count + 1, sizeof(const char *));
    int i;

    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(texts, const char *) = scim_sync_db_text(rows, i, column);
    }
    return texts;
}

apr_int64_t scim_sync_db_number(const scim_sync_rows_t *rows, int row, int column)
{
    const char *text = scim_sync_db_text(rows, row, column);

    return text != NULL ? apr_atoi64(text) : 0;
}

/* ---- the session ---- */

static apr_status_t send_plain(scim_sync_db_t *db, const char *sql, apr_pool_t *scratch)
{
    scim_sync_db_call_t call = { .kind = SCIM_SYNC_DB_PLAIN, .sql = sql };

    return scim_sync_db_send(db, &call, scratch);
}

static apr_status_t set_up_session(scim_sync_db_t *db, apr_pool_t *scratch)
{
    apr_status_t rv = APR_SUCCESS;

    for (const char *const *sql = db->dialect->on_attach; rv == APR_SUCCESS && *sql != NULL;
         sql++) {
        rv = send_plain(db, *sql, scratch);
    }
    return rv;
}

/*
 * apr_dbd can't say whether a session was lost: its check makes a new one silently. So it counts as
 * lost: the session is set up again, and what was prepared in it is forgotten.
 */
static apr_status_t renew_session(scim_sync_db_t *db, apr_pool_t *scratch)
{
    apr_status_t rv = APR_EGENERAL;

    if (apr_dbd_check_conn(db->driver, scratch, db->handle) != APR_SUCCESS) {
        scim_sync_db_note_error(db, 0, NULL, scratch);
    }
    else if ((rv = set_up_session(db, scratch)) == APR_SUCCESS) {
        rv = scim_sync_db_forget(db, scratch);
    }
    db->lost = rv != APR_SUCCESS;
    db->suspect = 0;
    return rv;
}

/* The connection that was made around handle before, or a new one, which counts as lost so far. */
static apr_status_t find_or_make(scim_sync_db_t **db, const apr_dbd_driver_t *driver,
                                 apr_dbd_t *handle, apr_pool_t *p)
{
    scim_sync_db_t *made;
    void *known = NULL;
    apr_status_t rv;

    apr_pool_userdata_get(&known, USERDATA_KEY, p);
    *db = known;
    if (*db != NULL && (*db)->handle == handle) {
        return APR_SUCCESS;
    }
    *db = made = apr_pcalloc(p, sizeof(*made));
    made->driver = driver;
    made->handle = handle;
    made->dialect = scim_sync_dialect_find(apr_dbd_name(driver));
    made->lost = 1;
    if (made->dialect == NULL) {
        return APR_ENOTIMPL;
    }
    if ((rv = apr_pool_create(&made->statement_pool, p)) != APR_SUCCESS) {
        return rv;
    }
    made->statements = apr_hash_make(made->statement_pool);
    return apr_pool_userdata_setn(made, USERDATA_KEY, NULL, p);
}

/*
 * Twice, since the first time is how a dead connection is found out. SQLite also refuses newcomers
 * for the moment in which the last connection of somebody else closes, and nothing tells when that
 * is over: there it is asked again for half a second.
 */
static apr_status_t renew_patiently(scim_sync_db_t *db, apr_pool_t *scratch)
{
    int tries = db->dialect->one_writer ? 50 : 2;
    apr_status_t rv = renew_session(db, scratch);

    while (rv != APR_SUCCESS && --tries > 0) {
        if (db->dialect->one_writer) {
            apr_sleep(apr_time_from_msec(10));
        }
        rv = renew_session(db, scratch);
    }
    return rv;
}

apr_status_t scim_sync_db_attach(scim_sync_db_t **db, const apr_dbd_driver_t *driver,
                                 apr_dbd_t *handle, apr_pool_t *p)
{
    apr_pool_t *scratch;
    apr_status_t rv;

    if ((rv = find_or_make(db, driver, handle, p)) == APR_SUCCESS && (*db)->lost &&
        !(*db)->in_transaction && (rv = apr_pool_create(&scratch, p)) == APR_SUCCESS) {
        rv = renew_patiently(*db, scratch);
        apr_pool_destroy(scratch);
        if (rv != APR_SUCCESS) {
            scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS,
                          SCIM_LOGNO(0110) "the database does not answer: %s", (*db)->error);
        }
    }
    if (rv != APR_SUCCESS) {
        *db = NULL;
    }
    return rv;
}

typedef struct {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
} connection_t;

static apr_status_t close_connection(void *data)
{
    connection_t *connection = data;

    return apr_dbd_close(connection->driver, connection->handle);
}

/* What the driver says, unless it quotes the parameters: these may hold a password. */
static const char *fit_for_log(const char *message, apr_pool_t *p)
{
    const char *line;

    if (message == NULL) {
        return "it does not say why";
    }
    line = apr_pstrmemdup(p, message, strcspn(message, "\r\n"));
    if (strchr(line, '"') != NULL && strncmp(line, "connection to ", 14) != 0 &&
        strncmp(line, "FATAL:", 6) != 0) {
        return "the parameters are wrong (its message would show them)";
    }
    return line;
}

apr_status_t scim_sync_db_open(scim_sync_db_t **db, const char *driver, const char *params,
                               apr_pool_t *p)
{
    connection_t *connection = apr_palloc(p, sizeof(*connection));
    const char *why = NULL;
    apr_pool_t *own;
    apr_status_t rv;

    *db = NULL;
    if ((rv = apr_dbd_init(p)) != APR_SUCCESS ||
        (rv = apr_dbd_get_driver(p, driver, &connection->driver)) != APR_SUCCESS) {
        scim_sync_log(SCIM_LOG_ERR, rv,
                      SCIM_LOGNO(0111) "APR has no database driver %s: install it", driver);
        return rv;
    }
    if ((rv = apr_pool_create(&own, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = apr_dbd_open_ex(connection->driver, own, params, &connection->handle, &why);
    if (rv != APR_SUCCESS) {
        scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS, SCIM_LOGNO(0112) "can't open the %s database: %s",
                      driver, fit_for_log(why, own));
        apr_pool_destroy(own);
        return rv;
    }
    apr_pool_cleanup_register(own, connection, close_connection, apr_pool_cleanup_null);
    if ((rv = scim_sync_db_attach(db, connection->driver, connection->handle, own)) !=
        APR_SUCCESS) {
        apr_pool_destroy(own);
    }
    return rv;
}

const char *scim_sync_db_dialect(const scim_sync_db_t *db)
{
    return db->dialect->driver;
}

int scim_sync_db_one_writer(const scim_sync_db_t *db)
{
    return db->dialect->one_writer;
}

int scim_sync_db_lost(const scim_sync_db_t *db)
{
    return db->lost;
}

const char *scim_sync_db_error(const scim_sync_db_t *db)
{
    return db->error;
}

/* ---- after a failure ---- */

/* A transaction in which nothing was done yet is ended and begun anew. */
static apr_status_t start_over(scim_sync_db_t *db, apr_pool_t *scratch)
{
    apr_status_t rv;
    int ignored;

    if (db->in_transaction) {
        apr_dbd_query(db->driver, db->handle, &ignored, "ROLLBACK");
    }
    rv = renew_session(db, scratch);
    if (rv == APR_SUCCESS && db->in_transaction) {
        rv = send_plain(db, db->begun, scratch);
    }
    if (rv == APR_SUCCESS && db->in_savepoint) {
        rv = send_plain(db, SAVEPOINT, scratch);
    }
    return rv;
}

/* Whether what has just failed should be sent once more. */
static int healed(scim_sync_db_t *db, apr_pool_t *scratch)
{
    if (db->dialect->stale != NULL) {
        return db->stale && scim_sync_db_forget(db, scratch) == APR_SUCCESS;
    }
    if (db->in_transaction && !db->untouched) {
        db->suspect = 1;
        return 0;
    }
    return start_over(db, scratch) == APR_SUCCESS;
}

static apr_status_t perform(scim_sync_db_t *db, scim_sync_db_call_t *call, apr_pool_t *p)
{
    apr_pool_t *scratch;
    apr_status_t rv;

    if (db->failed != APR_SUCCESS) {
        return db->failed;
    }
    if ((rv = apr_pool_create(&scratch, p)) != APR_SUCCESS) {
        return rv;
    }
    rv = scim_sync_db_send(db, call, scratch);
    if (rv == APR_EGENERAL && healed(db, scratch)) {
        scim_sync_log(SCIM_LOG_DEBUG, APR_SUCCESS, SCIM_LOGNO(0113) "a statement is sent again: %s",
                      db->error);
        rv = scim_sync_db_send(db, call, scratch);
    }
    if (rv == APR_SUCCESS) {
        db->untouched = 0;
    }
    else if (db->in_transaction) {
        db->failed = rv;
    }
    apr_pool_destroy(scratch);
    return rv;
}

/* ---- statements ---- */

apr_status_t scim_sync_db_exec(scim_sync_db_t *db, int *affected, const char *sql, int nvalues,
                               const scim_sync_value_t *values, apr_pool_t *p)
{
    scim_sync_db_call_t call = {
        .kind = SCIM_SYNC_DB_EXEC, .sql = sql, .nvalues = nvalues, .values = values
    };
    apr_status_t rv = perform(db, &call, p);

    if (affected != NULL) {
        *affected = rv == APR_SUCCESS ? call.affected : 0;
    }
    return rv;
}

static apr_status_t select_rows(scim_sync_db_t *db, scim_sync_db_call_t *call, apr_pool_t *p)
{
    call->kind = SCIM_SYNC_DB_SELECT;
    call->rows_pool = p;
    *call->rows = NULL;
    return perform(db, call, p);
}

apr_status_t scim_sync_db_select(scim_sync_db_t *db, scim_sync_rows_t **rows, const char *sql,
                                 int nvalues, const scim_sync_value_t *values, apr_pool_t *p)
{
    scim_sync_db_call_t call = { .sql = sql, .nvalues = nvalues, .values = values, .rows = rows };

    return select_rows(db, &call, p);
}

apr_status_t scim_sync_db_select_made(scim_sync_db_t *db, scim_sync_rows_t **rows, const char *sql,
                                      int nvalues, const scim_sync_value_t *values, apr_pool_t *p)
{
    scim_sync_db_call_t call = {
        .sql = sql, .is_made = 1, .nvalues = nvalues, .values = values, .rows = rows
    };

    return select_rows(db, &call, p);
}

apr_status_t scim_sync_db_run(scim_sync_db_t *db, const char *sql, apr_pool_t *p)
{
    scim_sync_db_call_t call = { .kind = SCIM_SYNC_DB_PLAIN, .sql = sql };

    return perform(db, &call, p);
}

apr_status_t scim_sync_db_grown(scim_sync_db_t *db, const char *table, apr_pool_t *p)
{
    return db->dialect->count
               ? scim_sync_db_run(db, apr_pstrcat(p, db->dialect->count, table, NULL), p)
               : APR_SUCCESS;
}

/* ---- transactions ---- */

static apr_status_t misused(scim_sync_db_t *db, const char *why)
{
    apr_cpystrn(db->error, why, sizeof(db->error));
    return APR_EINVAL;
}

static apr_status_t begin_with(scim_sync_db_t *db, const char *words, apr_pool_t *p)
{
    apr_status_t rv;

    if (db->in_transaction) {
        return misused(db, "a transaction is open already");
    }
    if ((rv = scim_sync_db_run(db, words, p)) == APR_SUCCESS) {
        db->in_transaction = 1;
        db->untouched = 1;
        db->begun = words;
    }
    return rv;
}

apr_status_t scim_sync_db_begin(scim_sync_db_t *db, apr_pool_t *p)
{
    return begin_with(db, db->dialect->begin, p);
}

apr_status_t scim_sync_db_look(scim_sync_db_t *db, int alike, int *begun, apr_pool_t *p)
{
    const scim_sync_dialect_t *dialect = db->dialect;

    *begun = !db->in_transaction;
    return *begun ? begin_with(db, alike ? dialect->look_alike : dialect->look, p) : APR_SUCCESS;
}

apr_status_t scim_sync_db_looked(scim_sync_db_t *db, int begun, apr_status_t rv, apr_pool_t *p)
{
    if (begun && rv == APR_SUCCESS) {
        return scim_sync_db_commit(db, p);
    }
    if (begun) {
        scim_sync_db_rollback(db, p);
    }
    return rv;
}

/* One of the words that end a transaction or a savepoint. Its failure is not healed. */
static int end_with(scim_sync_db_t *db, const char *sql, apr_pool_t *p)
{
    int ignored;
    int code = apr_dbd_query(db->driver, db->handle, &ignored, sql);

    if (code == 0) {
        return 1;
    }
    scim_sync_db_note_error(db, code, NULL, p);
    db->suspect = db->dialect->stale == NULL;
    return 0;
}

void scim_sync_db_rollback(scim_sync_db_t *db, apr_pool_t *p)
{
    char error[sizeof(db->error)];

    if (!db->in_transaction) {
        return;
    }
    memcpy(error, db->error, sizeof(error));
    /* SQLite refuses when it has ended the transaction itself (disk full), which is as good. */
    end_with(db, "ROLLBACK", p);
    db->in_transaction = 0;
    db->in_savepoint = 0;
    db->failed = APR_SUCCESS;
    if (db->suspect) {
        renew_session(db, p);
    }
    memcpy(db->error, error, sizeof(error)); /* the cause, not what came of it */
}

apr_status_t scim_sync_db_commit(scim_sync_db_t *db, apr_pool_t *p)
{
    apr_status_t rv = db->failed;

    if (!db->in_transaction) {
        return misused(db, "no transaction is open");
    }
    if (rv == APR_SUCCESS && !end_with(db, "COMMIT", p)) {
        rv = APR_EGENERAL;
    }
    if (rv != APR_SUCCESS) {
        scim_sync_db_rollback(db, p);
    }
    db->in_transaction = 0;
    db->in_savepoint = 0;
    return rv;
}

apr_status_t scim_sync_db_savepoint(scim_sync_db_t *db, apr_pool_t *p)
{
    int untouched = db->untouched;
    apr_status_t rv = db->failed;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!db->in_transaction || db->in_savepoint) {
        return misused(db, "a savepoint wants a transaction, and there is one level only");
    }
    if ((rv = scim_sync_db_run(db, SAVEPOINT, p)) == APR_SUCCESS) {
        db->untouched = untouched;
        db->in_savepoint = 1;
    }
    return rv;
}

/* Back to the savepoint, and out of the failure. */
static apr_status_t undo(scim_sync_db_t *db, apr_pool_t *p)
{
    apr_status_t failed = db->failed;

    if (!end_with(db, "ROLLBACK TO " SAVEPOINT, p)) {
        return db->failed = failed != APR_SUCCESS ? failed : APR_EGENERAL;
    }
    db->failed = db->suspect ? scim_sync_db_forget(db, p) : APR_SUCCESS;
    db->suspect = db->failed != APR_SUCCESS;
    return db->failed;
}

apr_status_t scim_sync_db_release(scim_sync_db_t *db, int keep, apr_pool_t *p)
{
    apr_status_t failed = db->failed;
    apr_status_t rv = APR_SUCCESS;

    if (!db->in_savepoint) {
        return failed != APR_SUCCESS ? failed : misused(db, "no savepoint is open");
    }
    if (!keep || failed != APR_SUCCESS) {
        rv = undo(db, p);
    }
    if (rv == APR_SUCCESS && (rv = scim_sync_db_run(db, "RELEASE " SAVEPOINT, p)) == APR_SUCCESS) {
        db->in_savepoint = 0;
    }
    return rv == APR_SUCCESS && keep ? failed : rv;
}

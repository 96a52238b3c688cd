/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One statement: prepared once per connection, bound, sent, and its rows copied.
 *
 * Everything that a call needs for itself comes from a scratch pool. The connection's own memory
 * grows only by a statement that it has not seen before, 256 at most: also one that can't be
 * prepared is kept, and is sent as a text from then on, so that trying it for ever costs nothing.
 */
#include "store/db_private.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_tables.h>

typedef struct {
    apr_dbd_prepared_t *prepared; /* NULL: the database refused to prepare it */
    const char *kinds;            /* of its placeholders: a letter each, 's' or 'd' */
} statement_t;

static apr_status_t refuse(scim_sync_db_t *db, const char *why)
{
    apr_cpystrn(db->error, why, sizeof(db->error));
    db->stale = 0;
    return APR_EINVAL;
}

/* The length of the placeholder at text, 0 when there is none. */
static apr_size_t placeholder(const char *text)
{
    return strncmp(text, "%s", 2) == 0 ? 2 : strncmp(text, "%lld", 4) == 0 ? 4 : 0;
}

/* NULL when sql holds a placeholder that we don't have. */
static const char *kinds_of(const char *sql, apr_pool_t *p)
{
    char *kinds = apr_palloc(p, strlen(sql) + 1);
    char *end = kinds;
    const char *at;

    for (at = strchr(sql, '%'); at != NULL; at = strchr(at, '%')) {
        apr_size_t length = placeholder(at);

        if (length > 0) {
            *end++ = at[length - 1];
            at += length;
        }
        else if (apr_isalpha(at[1])) {
            return NULL;
        }
        else {
            at += at[1] == '%' ? 2 : 1;
        }
    }
    *end = '\0';
    return kinds;
}

/* apr_dbd would read a number as an address: what is bound must be what the placeholder says. */
static int values_fit(const scim_sync_db_call_t *call, const char *kinds)
{
    if (kinds == NULL || strlen(kinds) != (size_t)call->nvalues) {
        return 0;
    }
    for (int i = 0; i < call->nvalues; i++) {
        int is_text = call->values[i].kind == SCIM_SYNC_DB_TEXT;
        int is_null = is_text && call->values[i].text == NULL;

        if (!is_null && is_text != (kinds[i] == 's')) {
            return 0;
        }
    }
    return 1;
}

static apr_status_t prepare(scim_sync_db_t *db, statement_t *statement,
                            const scim_sync_db_call_t *call, apr_pool_t *scratch)
{
    const char *sql = scim_sync_dialect_adapt(db->dialect, call->sql, scratch);
    const char *label = apr_psprintf(scratch, "scim_sync_%" APR_UINT64_T_FMT, ++db->labels);
    apr_dbd_prepared_t *prepared = NULL;
    int code = apr_dbd_prepare(db->driver, db->statement_pool, db->handle, sql, label, &prepared);

    if (code != 0) {
        scim_sync_db_note_error(db, code, call, scratch);
        return APR_EGENERAL;
    }
    statement->prepared = prepared;
    return APR_SUCCESS;
}

static int may_keep(const scim_sync_db_t *db, const scim_sync_db_call_t *call)
{
    if (call->is_made &&
        (db->made >= SCIM_SYNC_DB_MADE_MAX || strlen(call->sql) > SCIM_SYNC_DB_MADE_LENGTH)) {
        return 0;
    }
    return apr_hash_count(db->statements) < SCIM_SYNC_DB_STATEMENTS_MAX;
}

/* *statement is NULL when it is a new one and the connection keeps too many already. */
static apr_status_t find_statement(scim_sync_db_t *db, statement_t **statement,
                                   const scim_sync_db_call_t *call, apr_pool_t *scratch)
{
    const char *kinds;

    *statement = apr_hash_get(db->statements, call->sql, APR_HASH_KEY_STRING);
    kinds = *statement != NULL ? (*statement)->kinds : kinds_of(call->sql, scratch);
    if (!values_fit(call, kinds)) {
        return refuse(db, "the values don't fit the placeholders of the statement");
    }
    if (*statement != NULL || !may_keep(db, call)) {
        return APR_SUCCESS;
    }
    db->made += call->is_made;
    *statement = apr_pcalloc(db->statement_pool, sizeof(**statement));
    (*statement)->kinds = apr_pstrdup(db->statement_pool, kinds);
    apr_hash_set(db->statements, apr_pstrdup(db->statement_pool, call->sql), APR_HASH_KEY_STRING,
                 *statement);
    return prepare(db, *statement, call, scratch);
}

apr_status_t scim_sync_db_forget(scim_sync_db_t *db, apr_pool_t *scratch)
{
    scim_sync_db_call_t call = { .kind = SCIM_SYNC_DB_PLAIN, .sql = db->dialect->forget };

    apr_pool_clear(db->statement_pool);
    db->statements = apr_hash_make(db->statement_pool);
    db->made = 0;
    return call.sql != NULL ? scim_sync_db_send(db, &call, scratch) : APR_SUCCESS;
}

static const char *quote(scim_sync_db_t *db, const scim_sync_value_t *value, apr_pool_t *p)
{
    if (value->kind == SCIM_SYNC_DB_INT) {
        /* Of the type that a bound one has; and "a-%lld" must not become the comment "a--1". */
        return apr_psprintf(p,
                            db->dialect->narrow ? "CAST(%" APR_INT64_T_FMT " AS BIGINT)"
                                                : "(%" APR_INT64_T_FMT ")",
                            value->number);
    }
    if (value->text == NULL) {
        return "NULL";
    }
    return apr_pstrcat(p, "'", apr_dbd_escape(db->driver, p, value->text, db->handle), "'", NULL);
}

/* The statement with its values in it; they were checked against its placeholders. */
static const char *with_values(scim_sync_db_t *db, const scim_sync_db_call_t *call, apr_pool_t *p)
{
    apr_array_header_t *pieces = apr_array_make(p, 2 * call->nvalues + 1, sizeof(const char *));
    const char *start = scim_sync_dialect_adapt(db->dialect, call->sql, p);
    const scim_sync_value_t *value = call->values;
    const char *at;

    for (at = strchr(start, '%'); at != NULL; at = strchr(at, '%')) {
        apr_size_t length = placeholder(at);

        if (length == 0 && at[1] != '%') {
            at++;
            continue;
        }
        APR_ARRAY_PUSH(pieces, const char *) = apr_pstrmemdup(p, start, at - start);
        APR_ARRAY_PUSH(pieces, const char *) = length > 0 ? quote(db, value++, p) : "%";
        start = at += length > 0 ? length : 2;
    }
    APR_ARRAY_PUSH(pieces, const char *) = start;
    return apr_array_pstrcat(p, pieces, 0);
}

/* apr_dbd's form of values: the text, or the address of the number; NULL is NULL for both. */
static const void **bound(const scim_sync_db_call_t *call, apr_pool_t *p)
{
    const void **arguments = apr_palloc(p, (call->nvalues + 1) * sizeof(*arguments));

    for (int i = 0; i < call->nvalues; i++) {
        const scim_sync_value_t *value = &call->values[i];

        arguments[i] = value->kind == SCIM_SYNC_DB_TEXT ? (const void *)value->text
                                                        : (const void *)&value->number;
    }
    return arguments;
}

/*
 * Copied, since a driver's strings die with its result or its row. apr_dbd_get_entry() has "" for
 * NULL with PostgreSQL; rows are taken in turn, since SQLite's driver finds the n-th by counting.
 */
static scim_sync_rows_t *copy_rows(const scim_sync_db_t *db, apr_dbd_results_t *results,
                                   apr_pool_t *scratch, apr_pool_t *p)
{
    scim_sync_rows_t *rows = apr_pcalloc(p, sizeof(*rows));
    apr_dbd_row_t *row = NULL;
    const char **cell;

    rows->count = apr_dbd_num_tuples(db->driver, results);
    rows->columns = apr_dbd_num_cols(db->driver, results);
    rows->cells = apr_pcalloc(p, sizeof(*cell) * rows->count * rows->columns);
    cell = rows->cells;
    while (apr_dbd_get_row(db->driver, scratch, results, &row, -1) == 0) {
        for (int column = 0; column < rows->columns; column++, cell++) {
            const char *text = NULL;

            if (apr_dbd_datum_get(db->driver, row, column, APR_DBD_TYPE_STRING, &text) ==
                APR_SUCCESS) {
                *cell = apr_pstrdup(p, text != NULL ? text : "");
            }
        }
    }
    return rows;
}

/* random = 1 throughout: without it, PostgreSQL's errors look like empty tables. */
static int send_prepared(scim_sync_db_t *db, scim_sync_db_call_t *call, statement_t *statement,
                         apr_dbd_results_t **results, apr_pool_t *scratch)
{
    if (call->kind == SCIM_SYNC_DB_EXEC) {
        return apr_dbd_pbquery(db->driver, scratch, db->handle, &call->affected,
                               statement->prepared, bound(call, scratch));
    }
    return apr_dbd_pbselect(db->driver, scratch, db->handle, results, statement->prepared, 1,
                            bound(call, scratch));
}

static int send_text(scim_sync_db_t *db, scim_sync_db_call_t *call, apr_dbd_results_t **results,
                     apr_pool_t *scratch)
{
    const char *text = call->kind == SCIM_SYNC_DB_PLAIN
                           ? scim_sync_dialect_adapt(db->dialect, call->sql, scratch)
                           : with_values(db, call, scratch);

    if (call->kind == SCIM_SYNC_DB_EXEC) {
        return apr_dbd_query(db->driver, db->handle, &call->affected, text);
    }
    return apr_dbd_select(db->driver, scratch, db->handle, results, text, 1);
}

apr_status_t scim_sync_db_send(scim_sync_db_t *db, scim_sync_db_call_t *call, apr_pool_t *scratch)
{
    apr_dbd_results_t *results = NULL;
    statement_t *statement = NULL;
    apr_status_t rv = APR_SUCCESS;
    int code;

    call->affected = 0;
    if (call->kind != SCIM_SYNC_DB_PLAIN) {
        rv = find_statement(db, &statement, call, scratch);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    code = statement != NULL && statement->prepared != NULL
               ? send_prepared(db, call, statement, &results, scratch)
               : send_text(db, call, &results, scratch);
    if (code != 0) {
        scim_sync_db_note_error(db, code, call, scratch);
        return APR_EGENERAL;
    }
    if (call->kind == SCIM_SYNC_DB_SELECT) {
        *call->rows = copy_rows(db, results, scratch, call->rows_pool);
    }
    return APR_SUCCESS;
}

/*
 * End message where it shows value: anywhere, or behind a quote when it is of a few letters only.
 */
static void cut_value(char *message, const char *value, apr_pool_t *scratch)
{
    const char *line = apr_pstrmemdup(scratch, value, strcspn(value, "\r\n"));
    char *found = strstr(message, strlen(line) < 4 ? apr_pstrcat(scratch, "\"", line, NULL) : line);

    if (*line != '\0' && found != NULL) {
        *found = '\0';
    }
}

/* Drop a last character that may have lost its end: the text becomes part of JSON. */
static void end_at_character(char *text)
{
    apr_size_t length = strlen(text);

    if (length == SCIM_SYNC_DB_ERROR_MAX && (text[length - 1] & 0x80)) {
        while (length > 0 && (text[--length] & 0xC0) == 0x80) {
            continue;
        }
        text[length] = '\0';
    }
}

/*
 * The first line only: PostgreSQL's next ones show keys and parts of the statement. The first can
 * quote a value too ('invalid input syntax for type bigint: "..."').
 */
void scim_sync_db_note_error(scim_sync_db_t *db, int code, const scim_sync_db_call_t *call,
                             apr_pool_t *scratch)
{
    const char *words = apr_dbd_error(db->driver, db->handle, 0);
    char *message = apr_pstrmemdup(scratch, words, strcspn(words, "\r\n"));

    db->stale = db->dialect->stale != NULL && db->dialect->stale(code, message);
    for (int i = 0; call != NULL && i < call->nvalues; i++) {
        if (call->values[i].kind == SCIM_SYNC_DB_TEXT && call->values[i].text != NULL) {
            cut_value(message, call->values[i].text, scratch);
        }
    }
    apr_cpystrn(db->error, message, sizeof(db->error));
    end_at_character(db->error);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What db.c (the connection, its transactions, its healing) and db_statement.c (one statement: how
 * it is prepared, bound, sent and read) share. Nobody else includes this.
 */
#ifndef SCIM_SYNC_STORE_DB_PRIVATE_H
#define SCIM_SYNC_STORE_DB_PRIVATE_H

#include <apr_hash.h>

#include "store/dialect.h"

#define SCIM_SYNC_DB_STATEMENTS_MAX 256
#define SCIM_SYNC_DB_MADE_MAX       64   /* of these, those made for one request */
#define SCIM_SYNC_DB_MADE_LENGTH    1024 /* bytes of each */
#define SCIM_SYNC_DB_ERROR_MAX      200

struct scim_sync_db_t {
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    const scim_sync_dialect_t *dialect;

    apr_pool_t *statement_pool; /* all of statements; cleared when they are forgotten */
    apr_hash_t *statements;     /* SQL as the caller wrote it -> statement_t */
    int made;                   /* how many of them were made for one request */
    apr_uint64_t labels;        /* counts up for ever: a label names one statement only */

    apr_status_t failed; /* the first error of the open transaction */
    int in_transaction;
    const char *begun; /* with these words */
    int in_savepoint;
    int untouched; /* nothing was done in the transaction yet: it can be begun again unnoticed */
    int suspect;   /* a failure in the transaction may mean that the session is not what it was */
    int stale;     /* the last failure was a prepared statement that is no longer valid */
    int lost;
    char error[SCIM_SYNC_DB_ERROR_MAX + 1];
};

/* One statement on its way to the database. */
typedef struct {
    enum {
        SCIM_SYNC_DB_PLAIN, /* sent as it stands; rows, if any, are thrown away */
        SCIM_SYNC_DB_EXEC,
        SCIM_SYNC_DB_SELECT
    } kind;
    const char *sql;
    int is_made; /* for one request: there may be any number of such */
    int nvalues;
    const scim_sync_value_t *values;
    int affected;            /* out, of SCIM_SYNC_DB_EXEC */
    scim_sync_rows_t **rows; /* out, of SCIM_SYNC_DB_SELECT */
    apr_pool_t *rows_pool;
} scim_sync_db_call_t;

/* Send it, once. APR_EINVAL: the values do not fit the placeholders, and nothing was sent. */
apr_status_t scim_sync_db_send(scim_sync_db_t *db, scim_sync_db_call_t *call, apr_pool_t *scratch);

/* Drop all prepared statements. */
apr_status_t scim_sync_db_forget(scim_sync_db_t *db, apr_pool_t *scratch);

/* Keep the database's words about a failure of call (NULL: of one without values). */
void scim_sync_db_note_error(scim_sync_db_t *db, int code, const scim_sync_db_call_t *call,
                             apr_pool_t *scratch);

#endif

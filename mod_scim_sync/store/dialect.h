/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the databases differ: one constant of this type per database, in dialect_<driver>.c.
 */
#ifndef SCIM_SYNC_STORE_DIALECT_H
#define SCIM_SYNC_STORE_DIALECT_H

#include "store/db.h"

typedef struct {
    const char *driver;     /* apr_dbd's name for it */
    const char *now;        /* {now} */
    const char *serial;     /* {serial}, PRIMARY KEY included */
    const char *for_update; /* {for_update}, which stands right behind the last word */
    const char *for_key;    /* {for_key}, which stands there, too */
    const char *json;       /* {json} */
    const char *each;       /* {each} */
    const char *texts;      /* {texts} */
    const char *pairs;      /* {pairs} */
    const char *position;   /* {position} */
    const char *bytes;      /* {bytes}, which stands right behind a text */
    const char *begin;
    const char *look; /* the same for one that reads, all of it as it was at its first statement; */
    const char *look_alike; /* and whose statements go along one index whatever their values are */
    int one_writer;         /* writers of one host must take turns */
    int narrow;             /* a number in a statement has the narrowest type that it fits */

    /*
     * Whether a failure (apr_dbd's code, the database's message) is a prepared statement that has
     * gone stale, which is then prepared and run again, even in a transaction. NULL when that can't
     * be told (messages are translated) and any failure ends the transaction: then whatever fails
     * is run again, once, on a session known to be good, unless a transaction has done something.
     */
    int (*stale)(int code, const char *message);

    const char *count;  /* in front of a table's name: look how many rows it has; NULL: no need */
    const char *forget; /* drops the prepared statements of the session; NULL: not possible */

    /* Each for scim_sync_db_run (some return a row), and ended by NULL. */
    const char *const
        *on_attach; /* for each new session: db.c runs them, also after reconnecting */
    const char *const
        *on_create; /* for a new, empty database: whoever makes the tables runs them */
    const char *const *on_migrate; /* after the last migration, in its transaction */
} scim_sync_dialect_t;

extern const scim_sync_dialect_t scim_sync_dialect_sqlite3;
extern const scim_sync_dialect_t scim_sync_dialect_pgsql;

/* The dialect of an apr_dbd driver, NULL when we have none. */
const scim_sync_dialect_t *scim_sync_dialect_find(const char *driver);

/* sql with its {words} replaced, in p; other braces (JSON in a literal) stay as they are. */
const char *scim_sync_dialect_adapt(const scim_sync_dialect_t *dialect, const char *sql,
                                    apr_pool_t *p);

#endif

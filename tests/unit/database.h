/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fresh, empty database of each kind for a test. DATABASE_TESTS(test) stands for two entries in
 * the list of tests: one with SQLite in a temporary file, and one with PostgreSQL in a schema of
 * its own, which is dropped afterwards. PostgreSQL is the one that SCIM_SYNC_TEST_PGSQL names
 * (libpq's connection parameters, such as "host=127.0.0.1 dbname=test user=test"); without it, its
 * tests are reported as skipped.
 *
 *     static void test_something(void **state)
 *     {
 *         database_t *database = database_of(state);
 *         scim_sync_db_t *db = database->db;
 *         ...
 */
#ifndef SCIM_SYNC_TESTS_DATABASE_H
#define SCIM_SYNC_TESTS_DATABASE_H

#include "unit.h"

#include "store/db.h"
#include "store/sql.h"

typedef struct {
    const char *driver; /* "sqlite3" or "pgsql" */
    const char *params; /* for further connections; NULL: there is no such database here */
    apr_pool_t *pool;   /* lives as long as the test */
    scim_sync_db_t *db; /* the first connection */
    apr_pool_t *db_pool;
} database_t;

/* clang-format off */
#define DATABASE_TESTS(test) DATABASE_TEST(test, "sqlite3"), DATABASE_TEST(test, "pgsql")
#define DATABASE_TEST(test, kind) \
    { #test " " kind, test, database_setup, database_teardown, (void *)kind }
/* clang-format on */

int database_setup(void **state);
int database_teardown(void **state);

/* The test's database; ends the test as skipped when there is none of its kind. */
database_t *database_of(void **state);

/* One more connection to it, in pool p. Fails the test when it is refused. */
scim_sync_db_t *database_connect(const database_t *database, apr_pool_t *p);

/* Close the first connection, before a fork: SQLite's must not be taken through one. */
void database_disconnect(database_t *database);

int database_is_sqlite(const database_t *database);

/* Fail the test, with the database's words, when one of these is refused. */
void database_run(scim_sync_db_t *db, const char *sql, apr_pool_t *p);
apr_int64_t database_number(scim_sync_db_t *db, const char *sql, apr_pool_t *p);

/*
 * The database's plan for a statement, as text. From then on the first connection prepares nothing
 * any more, since PostgreSQL prepares no EXPLAIN.
 */
const char *database_plan(const database_t *database, const scim_sync_sql_t *sql);

#endif

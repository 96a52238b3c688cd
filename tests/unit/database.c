/* SPDX-License-Identifier: Apache-2.0 */
#include "database.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_dbd.h>
#include <apr_file_io.h>
#include <apr_strings.h>

#include "store/dialect.h"

static const char *make_file(apr_pool_t *p)
{
    const char *directory;
    apr_file_t *file;
    char *path;

    assert_int_equal(apr_temp_dir_get(&directory, p), APR_SUCCESS);
    path = apr_pstrcat(p, directory, "/scim_sync_test.XXXXXX", NULL);
    assert_int_equal(apr_file_mktemp(&file, path, APR_READ | APR_WRITE | APR_CREATE | APR_EXCL, p),
                     APR_SUCCESS);
    apr_file_close(file);
    return path;
}

static void remove_file(const database_t *database)
{
    static const char *const endings[] = { "", "-wal", "-shm", "-journal" };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        apr_file_remove(apr_pstrcat(database->pool, database->params, endings[i], NULL),
                        database->pool);
    }
}

/* On a connection of its own, whose search path is not the test's. */
static void run_on_server(const char *sql, apr_pool_t *p)
{
    scim_sync_db_t *db;
    apr_pool_t *own;

    apr_pool_create(&own, p);
    assert_int_equal(scim_sync_db_open(&db, "pgsql", getenv("SCIM_SYNC_TEST_PGSQL"), own),
                     APR_SUCCESS);
    database_run(db, sql, own);
    apr_pool_destroy(own);
}

static const char *schema_name(apr_pool_t *p)
{
    static int made;

    return apr_psprintf(p, "scim_sync_test_%d_%d", (int)getpid(), ++made);
}

static const char *make_schema(apr_pool_t *p)
{
    const char *server = getenv("SCIM_SYNC_TEST_PGSQL");
    const char *name;

    if (server == NULL) {
        return NULL;
    }
    name = schema_name(p);
    run_on_server(apr_psprintf(p, "CREATE SCHEMA %s", name), p);
    return apr_psprintf(p, "%s options='-c search_path=%s'", server, name);
}

static void drop_schema(const database_t *database)
{
    const char *name = strstr(database->params, "search_path=") + strlen("search_path=");

    name = apr_pstrmemdup(database->pool, name, strcspn(name, "'"));
    run_on_server(apr_psprintf(database->pool, "DROP SCHEMA %s CASCADE", name), database->pool);
}

/* LeakSanitizer reads thread-local storage, also of libraries that were unloaded, and crashes. */
static void keep_loaded(const char *name, apr_pool_t *p)
{
    const apr_dbd_driver_t *driver;
    Dl_info info;

    assert_int_equal(apr_dbd_init(p), APR_SUCCESS);
    assert_int_equal(apr_dbd_get_driver(p, name, &driver), APR_SUCCESS);
    assert_int_not_equal(dladdr(driver, &info), 0);
    assert_non_null(dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE));
}

int database_setup(void **state)
{
    database_t *database;
    apr_pool_t *pool;

    apr_pool_create(&pool, NULL);
    database = apr_pcalloc(pool, sizeof(*database));
    database->driver = *state;
    database->pool = pool;
    keep_loaded(database->driver, pool);
    database->params = database_is_sqlite(database) ? make_file(pool) : make_schema(pool);
    if (database->params != NULL) {
        const char *const *sql = scim_sync_dialect_find(database->driver)->on_create;

        apr_pool_create(&database->db_pool, pool);
        database->db = database_connect(database, database->db_pool);
        for (; *sql != NULL; sql++) {
            database_run(database->db, *sql, pool);
        }
    }
    *state = database;
    return 0;
}

int database_teardown(void **state)
{
    database_t *database = *state;
    apr_pool_t *kept;
    database_t remains;

    apr_pool_create(&kept, NULL);
    remains = *database;
    remains.params = apr_pstrdup(kept, database->params);
    remains.pool = kept;
    apr_pool_destroy(database->pool); /* closes all connections, which would hold the schema */
    if (remains.params != NULL) {
        database_is_sqlite(&remains) ? remove_file(&remains) : drop_schema(&remains);
    }
    apr_pool_destroy(kept);
    return 0;
}

database_t *database_of(void **state)
{
    database_t *database = *state;

    if (database->params == NULL) {
        skip();
    }
    return database;
}

scim_sync_db_t *database_connect(const database_t *database, apr_pool_t *p)
{
    scim_sync_db_t *db;

    assert_int_equal(scim_sync_db_open(&db, database->driver, database->params, p), APR_SUCCESS);
    return db;
}

void database_disconnect(database_t *database)
{
    apr_pool_destroy(database->db_pool);
    database->db = NULL;
}

int database_is_sqlite(const database_t *database)
{
    return strcmp(database->driver, "sqlite3") == 0;
}

void database_run(scim_sync_db_t *db, const char *sql, apr_pool_t *p)
{
    if (scim_sync_db_run(db, sql, p) != APR_SUCCESS) {
        fail_msg("%s: %s", sql, scim_sync_db_error(db));
    }
}

apr_int64_t database_number(scim_sync_db_t *db, const char *sql, apr_pool_t *p)
{
    scim_sync_rows_t *rows;

    if (scim_sync_db_select(db, &rows, sql, DB_NO_ARGS, p) != APR_SUCCESS) {
        fail_msg("%s: %s", sql, scim_sync_db_error(db));
    }
    assert_int_equal(rows->count, 1);
    return scim_sync_db_number(rows, 0, 0);
}

/* After so many further statements are sent as texts (store/db.h). */
static void prepare_no_more(const database_t *database)
{
    for (int i = 0; i < 256; i++) {
        database_number(database->db, apr_psprintf(database->pool, "SELECT %d", i), database->pool);
    }
}

const char *database_plan(const database_t *database, const scim_sync_sql_t *sql)
{
    apr_pool_t *p = database->pool;
    scim_sync_sql_t *explain = scim_sync_sql_make(p);
    const char *text = "";
    scim_sync_rows_t *rows;

    prepare_no_more(database);
    scim_sync_sql_puts(explain, database_is_sqlite(database) ? "EXPLAIN QUERY PLAN " : "EXPLAIN ");
    scim_sync_sql_append(explain, sql);
    if (scim_sync_sql_select(database->db, &rows, explain, p) != APR_SUCCESS) {
        fail_msg("%s", scim_sync_db_error(database->db));
    }
    for (int i = 0; i < rows->count; i++) {
        text = apr_pstrcat(p, text, scim_sync_db_text(rows, i, rows->columns - 1), "\n", NULL);
    }
    return text;
}

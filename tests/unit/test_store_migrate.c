/* SPDX-License-Identifier: Apache-2.0 */
/* The schema: made once, by one of many, as a whole or not at all. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <apr_global_mutex.h>
#include <apr_strings.h>

#include "store.h"
#include "store/config.h"
#include "store/migrate.h"

static int newest(void)
{
    int n = 0;

    while (scim_sync_migrations[n].statements != NULL) {
        n++;
    }
    return n;
}

static int has_table(const database_t *database, const char *name)
{
    const char *from = database_is_sqlite(database)
                           ? "sqlite_master WHERE name ="
                           : "information_schema.tables WHERE table_schema = current_schema()"
                             " AND table_name =";

    return database_number(database->db,
                           apr_psprintf(database->pool, "SELECT COUNT(*) FROM %s '%s'", from, name),
                           database->pool) == 1;
}

static apr_int64_t version(const database_t *database)
{
    return database_number(database->db, "SELECT value FROM meta WHERE name = 'schema'",
                           database->pool);
}

static void test_an_empty_database_gets_the_schema(void **state)
{
    static const char *const tables[] = { "site",         "idp",        "idp_site",    "token",
                                          "resource",     "member",     "jira_member", "jira_link",
                                          "jira_account", "jira_group", "task",        "event",
                                          "lease",        "meta" };
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    const char *instance;
    apr_int64_t generation;
    const char *why;

    OK(scim_sync_migrate(database->db, &why, p));
    assert_null(why);
    assert_int_equal(version(database), newest());
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        assert_true(has_table(database, tables[i]));
    }
    OK(scim_sync_generation(database->db, &instance, &generation, p));
    assert_int_equal(generation, 1);
    assert_int_equal(strlen(instance), 16);
    assert_int_equal(strspn(instance, "0123456789abcdef"), 16);
}

static void test_a_second_time_changes_nothing(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    const char *before;
    const char *after;
    const char *why;

    before = store_column(database->db, "SELECT value FROM meta ORDER BY name", p);
    OK(scim_sync_migrate(database->db, &why, p));
    after = store_column(database->db, "SELECT value FROM meta ORDER BY name", p);
    assert_string_equal(before, after);
    assert_string_equal(store_column(database->db, "SELECT name FROM site", p), "main");
}

static void test_a_newer_database_is_left_alone(void **state)
{
    database_t *database = store_of(state);
    apr_pool_t *p = database->pool;
    const char *why;

    database_run(database->db, "UPDATE meta SET value = '900' WHERE name = 'schema'", p);
    assert_int_equal(scim_sync_migrate(database->db, &why, p), APR_EINVAL);
    assert_non_null(strstr(why, "version 900"));
    assert_non_null(strstr(why, "install"));
    assert_int_equal(version(database), 900);
    OK(scim_sync_db_begin(database->db, p)); /* no transaction was left open */
    OK(scim_sync_db_commit(database->db, p));
}

static void test_all_or_nothing(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    const char *why;

    database_run(database->db, "CREATE TABLE lease (mine BIGINT)", p);
    assert_int_equal(scim_sync_migrate(database->db, &why, p), APR_EGENERAL);
    assert_non_null(why);
    assert_non_null(strstr(why, "lease"));
    assert_int_equal(version(database), 0);
    assert_false(has_table(database, "site"));
    database_run(database->db, "DROP TABLE lease", p);
    OK(scim_sync_migrate(database->db, &why, p));
    assert_int_equal(version(database), newest());
}

/* ---- rows of older versions ---- */

/* The schema of version 1, as its module made it, with an IdP. */
static database_t *version_1(void **state)
{
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    const char *const *sql = scim_sync_migrations[0].statements;

    database_run(database->db, "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)", p);
    database_run(database->db, "INSERT INTO meta VALUES ('schema', '1')", p);
    for (; *sql != NULL; sql++) {
        database_run(database->db, *sql, p);
    }
    database_run(database->db,
                 "INSERT INTO site VALUES ('main', 'https://demo.example.com',"
                 " 'admin@example.com', 'demo-sealed', '[]', 1, 1, 1)",
                 p);
    database_run(database->db, "INSERT INTO idp VALUES ('okta', 'other', 'users', 'live', 1, 1, 1)",
                 p);
    database_run(database->db, "INSERT INTO idp_site VALUES ('okta', 'main')", p);
    return database;
}

static void insert_1(const database_t *database, const char *id, const char *type, const char *doc)
{
    OK(scim_sync_db_exec(
        database->db, NULL,
        "INSERT INTO resource (id, idp, type, name, name_key, display_key, active, doc, version,"
        " created, modified) VALUES (%s, 'okta', %s, %s, %s, 'derived', 1, %s, 1, 1, 1)",
        DB_ARGS(DB_TEXT(id), DB_TEXT(type), DB_TEXT(id), DB_TEXT(id), DB_TEXT(doc)),
        database->pool));
}

static void test_idps_of_version_1_have_no_rules(void **state)
{
    database_t *database = version_1(state);
    apr_pool_t *p = database->pool;
    scim_sync_idp_t *idp;
    const char *why;

    OK(scim_sync_migrate(database->db, &why, p));
    OK(scim_sync_idp_load(database->db, &idp, "okta", p));
    assert_string_equal(idp->rules, "{}");
}

static void test_rows_of_version_1_can_be_searched(void **state)
{
    enum { MANY = 450 }; /* more than are filled at a time */
    database_t *database = version_1(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *why;

    for (int i = 0; i < MANY; i++) {
        const char *id = apr_psprintf(p, "u%03d", i);

        insert_1(database, id, "User",
                 apr_psprintf(p, "{\"userName\":\"%s\",\"title\":\"T%d\"}", id, i));
    }
    insert_1(database, "g1", "Group", "{\"displayName\":\"STAFF\"}");
    insert_1(database, "spoilt", "User", "{\"userName\"");
    database_run(db,
                 "INSERT INTO member (resource, value, display, type) SELECT 'g1', id,"
                 " CASE WHEN id = 'u007' THEN NULL ELSE 'D\xc3\x89' || id END,"
                 " CASE WHEN id = 'u008' THEN 'told' ELSE NULL END FROM resource",
                 p);
    database_run(db, "INSERT INTO member (resource, value) VALUES ('g1', 'unknown')", p);
    if (scim_sync_migrate(db, &why, p) != APR_SUCCESS) {
        fail_msg("%s", why);
    }
    assert_int_equal(version(database), newest());
    assert_int_equal(database_number(db,
                                     "SELECT COUNT(*) FROM resource WHERE display_key IS NULL"
                                     " AND (search -> 'title' -> 0 ->> 'value') ="
                                     " 't' || CAST(CAST(substr(id, 2) AS INTEGER) AS TEXT)"
                                     " AND id LIKE 'u%'",
                                     p),
                     MANY);
    assert_string_equal(store_column(db, "SELECT display_key FROM resource WHERE id = 'g1'", p),
                        "staff");
    assert_string_equal(store_column(db,
                                     "SELECT COALESCE(display_key, '-') || COALESCE(type, '-')"
                                     " || COALESCE(real_type, '-')"
                                     " FROM member WHERE value IN ('u007', 'u008', 'u300', 'g1',"
                                     " 'unknown') ORDER BY value",
                                     p),
                        "d\xc3\xa9g1-Group --User d\xc3\xa9u008toldUser d\xc3\xa9u300-User ---");
}

static void test_a_site_of_version_1_has_a_classic_token(void **state)
{
    database_t *database = version_1(state);
    scim_sync_site_t *site;
    const char *why;

    OK(scim_sync_migrate(database->db, &why, database->pool));
    OK(scim_sync_site_load(database->db, &site, "main", database->pool));
    assert_string_equal(site->base_url, "https://demo.example.com");
    assert_null(site->cloud_id);
    assert_null(site->gateway);
    assert_true(site->token_expires == 0 && site->token_warned == 0);
}

/* What stood for Jira's group "staff", or was to: by the name that it had there. */
static void test_links_of_version_1_have_names(void **state)
{
    database_t *database = version_1(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *why;

    database_run(db, "INSERT INTO jira_group VALUES ('main', 'j1', 'staff', 1, 1)", p);
    database_run(db,
                 "INSERT INTO jira_link (site, resource, kind, object, told_as) VALUES"
                 " ('main', 'g1', 'group', 'j1', 'crew'), ('main', 'g2', 'group', NULL, 'begun'),"
                 " ('main', 'u1', 'user', 'a1', NULL), ('main', 'u2', 'user', NULL, 'x@y'),"
                 " ('main', 'g3', 'group', 'j9', NULL)",
                 p);
    OK(scim_sync_migrate(db, &why, p));
    assert_string_equal(store_column(db,
                                     "SELECT resource || '/' || name || '/' || kind || '/'"
                                     " || COALESCE(object, '-') || '/' || COALESCE(told_as, '-')"
                                     " FROM jira_link ORDER BY resource",
                                     p),
                        "g1/staff/group/j1/staff g2/begun/group/-/begun g3//group/j9/-"
                        " u1//user/a1/- u2//user/-/x@y");
}

/* Somebody whom the IdP had deleted then, and whose task has failed, can be looked for. */
static void test_leavers_of_version_1_are_found(void **state)
{
    database_t *database = version_1(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;
    const char *why;

    insert_1(database, "here", "User", "{\"userName\":\"here\"}");
    database_run(
        db,
        "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status,"
        " created, changed) VALUES ('main', 'okta', 'user', 'gone', 'failed', 1, 1, 1, 400,"
        " 1, 1), ('main', 'okta', 'user', 'here', 'waiting', 1, 0, 1, 0, 1, 1)",
        p);
    database_run(db, "INSERT INTO jira_account VALUES ('main', 'a1', 'Eve@Example.com', 1, 1, 1)",
                 p);
    database_run(db, "INSERT INTO jira_link VALUES ('main', 'gone', 'user', 'a1', NULL)", p);
    OK(scim_sync_migrate(db, &why, p));
    assert_string_equal(store_column(db, "SELECT gone_key FROM task ORDER BY subject", p),
                        "eve@example.com -");
}

/*
 * What the planner shall assume of tables is not taken from an administrator who has measured it.
 */
static void test_statistics_of_an_administrator_stay(void **state)
{
    static const char sql[] = "SELECT stat FROM sqlite_stat1 WHERE idx = 'resource_external'";
    database_t *database = version_1(state);
    apr_pool_t *p = database->pool;
    const char *why;

    insert_1(database, "u1", "User", "{\"userName\":\"u1\"}");
    database_run(database->db, "ANALYZE", p);
    assert_string_equal(store_column(database->db, sql, p), "1 1 1 1");
    OK(scim_sync_migrate(database->db, &why, p));
    assert_string_equal(store_column(database->db, sql, p), "1 1 1 1");
    assert_int_equal(database_number(database->db,
                                     "SELECT COUNT(*) FROM sqlite_stat1"
                                     " WHERE idx = 'resource_modified'",
                                     p),
                     1);
}

/* SQLite's migrations take turns (scim_sync_write_alone); PostgreSQL's need nothing. */
static void migrate_in_child(const database_t *database, apr_global_mutex_t *turn, apr_pool_t *p)
{
    int one_writer = database_is_sqlite(database);
    scim_sync_db_t *db;
    apr_status_t rv;
    const char *why;

    if (one_writer && (apr_global_mutex_child_init(&turn, NULL, p) != APR_SUCCESS ||
                       apr_global_mutex_lock(turn) != APR_SUCCESS)) {
        _exit(2);
    }
    rv = scim_sync_db_open(&db, database->driver, database->params, p);
    if (rv == APR_SUCCESS) {
        rv = scim_sync_migrate(db, &why, p);
    }
    if (one_writer) {
        apr_global_mutex_unlock(turn);
    }
    _exit(rv == APR_SUCCESS ? 0 : 1);
}

static void test_many_processes_at_once(void **state)
{
    enum { PROCESSES = 6 };
    database_t *database = database_of(state);
    apr_pool_t *p = database->pool;
    apr_global_mutex_t *turn;
    int status;

    database_disconnect(database);
    OK(apr_global_mutex_create(&turn, NULL, APR_LOCK_PROC_PTHREAD, p));
    for (int i = 0; i < PROCESSES; i++) {
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
            migrate_in_child(database, turn, p);
        }
    }
    for (int i = 0; i < PROCESSES; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    database->db = database_connect(database, p);
    assert_int_equal(version(database), newest());
    assert_int_equal(
        database_number(database->db, "SELECT COUNT(*) FROM meta WHERE name = 'generation'", p), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_an_empty_database_gets_the_schema),
        DATABASE_TESTS(test_a_second_time_changes_nothing),
        DATABASE_TESTS(test_a_newer_database_is_left_alone),
        DATABASE_TESTS(test_all_or_nothing),
        DATABASE_TESTS(test_idps_of_version_1_have_no_rules),
        DATABASE_TESTS(test_rows_of_version_1_can_be_searched),
        DATABASE_TESTS(test_a_site_of_version_1_has_a_classic_token),
        DATABASE_TESTS(test_links_of_version_1_have_names),
        DATABASE_TESTS(test_leavers_of_version_1_are_found),
        DATABASE_TEST(test_statistics_of_an_administrator_stay, "sqlite3"),
        DATABASE_TESTS(test_many_processes_at_once),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

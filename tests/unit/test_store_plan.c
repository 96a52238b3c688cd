/* SPDX-License-Identifier: Apache-2.0 */
/* What IdPs look up all day long uses an index: the databases are asked for their plans. */
#include <string.h>

#include <apr_strings.h>

#include "listing.h"
#include "store.h"
#include "store/resource_private.h"

/* Many rows, for which it is worth while to use an index. */
static database_t *crowd(void **state)
{
    database_t *database = store_of(state);
    scim_sync_db_t *db = database->db;
    apr_pool_t *p = database->pool;

    store_idp(db, "okta", "main", p);
    database_run(db,
                 "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                 " INSERT INTO resource (id, idp, type, name, name_key, external_id, display_key,"
                 " email, active, doc, search, version, created, modified)"
                 " SELECT 'u' || i, 'okta', 'User', 'n' || i, 'n' || i, 'e' || i, 'd' || i,"
                 " 'm' || i, CASE WHEN i < 50 THEN 0 ELSE 1 END, '{\"userName\":\"n\"}', '{}', 1,"
                 " i, i FROM n",
                 p);
    database_run(db, "INSERT INTO resource_email SELECT id, email FROM resource", p);
    if (!database_is_sqlite(database)) { /* which does so by itself, in the background */
        database_run(db, "ANALYZE resource", p);
        database_run(db, "ANALYZE resource_email", p);
    }
    return database;
}

static void test_indexes_are_used(void **state)
{
    static const struct {
        const char *filter;
        const char *index; /* another name of it in each database */
        const char *pgsql;
    } cases[] = {
        { "userName eq \"n7\"", "sqlite_autoindex_resource_2 (idp=? AND type=? AND name_key=?)",
          "resource_idp_type_name_key_key" },
        { "externalId eq \"e7\"", "resource_external (idp=? AND type=? AND external_id=?)",
          "resource_external" },
        { "id eq \"u7\"", "sqlite_autoindex_resource_1 (id=?)", "resource_pkey" },
        { "displayName eq \"d7\"", "resource_by_display (idp=? AND type=? AND display_key=?)",
          "resource_display" },
        { "emails.value eq \"m7\"", "resource_email_key (email=?)", "resource_email_key" },
        { "emails[type eq \"work\" and value eq \"m7\"]", "resource_email_key (email=?)",
          "resource_email_key" },
        { "active eq false", "resource_active (idp=? AND type=? AND active=?)", "resource_active" },
        { "meta.lastModified eq \"1970-01-01T00:00:01Z\"",
          "resource_modified (idp=? AND type=? AND modified>? AND modified<?)",
          "resource_modified" },
        { "meta.lastModified gt \"1970-01-01T00:00:04.990Z\"",
          "resource_modified (idp=? AND type=? AND modified>? AND modified<?)",
          "resource_modified" },
        { "title pr and (userName eq \"n7\" or externalId eq \"e7\")",
          "resource_external (idp=? AND type=? AND external_id=?)", "resource_external" },
        { NULL, "resource_order (idp=? AND type=?)", "resource_order" },
    };
    database_t *database = crowd(state);
    apr_pool_t *p = database->pool;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *index = database_is_sqlite(database) ? cases[i].index : cases[i].pgsql;
        scim_sync_select_t *select;
        const char *page;
        const char *total;

        assert_null(scim_sync_select_make(
            &select, listing_make(SCIM_SYNC_USER, cases[i].filter, NULL, p), "https://x", p));
        page = database_plan(database, scim_sync_select_page_sql(select, "okta", 100, p));
        total = database_plan(database, scim_sync_select_total_sql(select, "okta", p));
        if (strstr(page, index) == NULL) {
            fail_msg("%s, page:\n%s", cases[i].filter, page);
        }
        if (cases[i].filter != NULL && strstr(total, index) == NULL) {
            fail_msg("%s, total:\n%s", cases[i].filter, total);
        }
    }
}

/* A few people, each in a group that is in another one, are not worth a look at all the others. */
static void test_groups_are_found_by_keys(void **state)
{
    static const char *const wrong[] = { "Seq Scan", "SCAN g", "SCAN m", "SCAN d", "BLOOM" };
    static const int sizes[] = { 1, 100 };
    database_t *database = crowd(state);
    apr_pool_t *p = database->pool;
    scim_sync_resource_t *users[100];
    const char *plan;

    database_run(database->db,
                 "INSERT INTO member (resource, value)"
                 " SELECT 'u' || (1 + modified / 50), id FROM resource",
                 p);
    if (!database_is_sqlite(database)) {
        database_run(database->db, "ANALYZE member", p);
    }
    for (int i = 0; i < 100; i++) {
        users[i] = store_make_user(apr_psprintf(p, "u%d", 50 * i), NULL, 1, p);
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        plan = database_plan(database, scim_sync_groups_sql("okta", users, sizes[i], p));
        for (size_t k = 0; k < sizeof(wrong) / sizeof(wrong[0]); k++) {
            if (strstr(plan, wrong[k]) != NULL) {
                fail_msg("%d users:\n%s", sizes[i], plan);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DATABASE_TESTS(test_indexes_are_used),
        DATABASE_TESTS(test_groups_are_found_by_keys),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

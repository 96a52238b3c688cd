/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups of users: direct ones, and those that these are in.
 */
#include <string.h>

#include <apr_hash.h>

#include "store/resource_private.h"

/* Users that one statement asks for, in so many different lengths, the rest being filled up. */
static const int sizes[] = { 1, 10, 100 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Whether a membership is in a group of the IdP, which is its argument. */
#define OF_IDP "(SELECT g.idp FROM resource g WHERE g.id = m.resource) = %s"

/*
 * UNION, not UNION ALL: a pair that is found a second time is not followed again, so that groups
 * that hold each other come to an end.
 *
 * It is asked for each user that is answered, so by keys, in queries of their own: how many pairs
 * there will be is not known to the databases, which would expect many and read the whole table of
 * resources for a join. NULL, which no id is, keeps SQLite from reading all members for a Bloom
 * filter.
 */
scim_sync_sql_t *scim_sync_groups_sql(const char *idp, scim_sync_resource_t *const *users, int n,
                                      apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);
    apr_size_t size = 0;
    int i;

    while (size < SIZES - 1 && sizes[size] < n) {
        size++;
    }
    scim_sync_sql_puts(sql, "WITH RECURSIVE up (who, grp) AS (SELECT m.value, m.resource"
                            " FROM member m WHERE m.value IN (");
    for (i = 0; i < sizes[size]; i++) {
        scim_sync_sql_put(sql, i > 0 ? ", %s" : "%s",
                          DB_ARGS(DB_TEXT(users[i < n ? i : n - 1]->id)));
    }
    scim_sync_sql_put(sql,
                      ") AND " OF_IDP " UNION SELECT up.who, m.resource"
                      " FROM up JOIN member m ON m.value IN (up.grp, NULL) WHERE " OF_IDP ")"
                      " SELECT up.who, up.grp,"
                      " (SELECT g.name FROM resource g WHERE g.id = up.grp),"
                      " (SELECT COUNT(*) FROM member d WHERE d.resource = up.grp"
                      " AND d.value = up.who) FROM up ORDER BY up.grp{bytes}",
                      DB_ARGS(DB_TEXT(idp), DB_TEXT(idp)));
    return sql;
}

/* Of at most as many users as the longest statement asks for. */
static apr_status_t load_groups(scim_sync_db_t *db, const char *idp,
                                scim_sync_resource_t *const *users, int n, apr_pool_t *p)
{
    apr_hash_t *by_id = apr_hash_make(p);
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    for (i = 0; i < n; i++) {
        users[i]->groups = apr_array_make(p, 4, sizeof(scim_sync_group_t));
        apr_hash_set(by_id, users[i]->id, APR_HASH_KEY_STRING, users[i]);
    }
    rv = scim_sync_sql_select(db, &rows, scim_sync_groups_sql(idp, users, n, p), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        const scim_sync_resource_t *user =
            apr_hash_get(by_id, scim_sync_db_text(rows, i, 0), APR_HASH_KEY_STRING);

        APR_ARRAY_PUSH(user->groups, scim_sync_group_t) = (scim_sync_group_t) {
            .id = scim_sync_db_text(rows, i, 1),
            .name = scim_sync_db_text(rows, i, 2),
            .direct = (int)scim_sync_db_number(rows, i, 3),
        };
    }
    return rv;
}

apr_status_t scim_sync_resource_groups(scim_sync_db_t *db, const char *idp,
                                       const apr_array_header_t *resources, apr_pool_t *p)
{
    apr_array_header_t *users = apr_array_make(p, resources->nelts, sizeof(scim_sync_resource_t *));
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; i < resources->nelts; i++) {
        scim_sync_resource_t *r = APR_ARRAY_IDX(resources, i, scim_sync_resource_t *);

        if (r->type == SCIM_SYNC_USER) {
            APR_ARRAY_PUSH(users, scim_sync_resource_t *) = r;
        }
    }
    for (i = 0; rv == APR_SUCCESS && i < users->nelts; i += sizes[SIZES - 1]) {
        int n = users->nelts - i;

        rv = load_groups(db, idp, &APR_ARRAY_IDX(users, i, scim_sync_resource_t *),
                         n < sizes[SIZES - 1] ? n : sizes[SIZES - 1], p);
    }
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statements that look for people and groups, each of which goes along one index.
 */
#include "store/people_private.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/task.h"

/* Ids that one statement asks for, in so many different lengths, the rest being filled up. */
static const int sizes[] = { 1, 10, 100 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Behind every text that can follow a prefix: U+10FFFF, which is no character. */
#define LAST_CHARACTER "\xf4\x8f\xbf\xbf"

#define COLUMNS "r.id, r.idp, r.name, r.email, r.active, r.doc, r.name_key, r.display_key"

/* Its values: IdP, type, the end of the range, and twice the key and id of the place before. */
#define WALK(key)                                                                                  \
    "SELECT " COLUMNS ", r." key " FROM resource r WHERE r.idp = %s AND r.type = %s AND r." key    \
    "{bytes} < %s AND (r." key "{bytes}, r.id{bytes}) > (%s, %s) ORDER BY r." key                  \
    "{bytes}, r.id{bytes} LIMIT %lld"

#define WALK_GONE                                                                                  \
    "SELECT t.subject, t.idp, t.name, NULL, 0, NULL, NULL, NULL, t.gone_key FROM task t"           \
    " WHERE t.idp = %s AND t.kind = %s AND t.gone_key IS NOT NULL AND t.gone_key{bytes} < %s"      \
    " AND (t.gone_key{bytes}, t.subject{bytes}) > (%s, %s)"                                        \
    " ORDER BY t.gone_key{bytes}, t.subject{bytes} LIMIT %lld"

static const char *const walks[SCIM_SYNC_PEOPLE_WAYS] = {
    [SCIM_SYNC_PEOPLE_BY_NAME] = WALK("name_key"),
    [SCIM_SYNC_PEOPLE_BY_EMAIL] = WALK("email"),
    [SCIM_SYNC_PEOPLE_BY_DISPLAY] = WALK("display_key"),
    [SCIM_SYNC_PEOPLE_BY_GONE] = WALK_GONE,
};

static const char *kind_of(scim_sync_type_t type)
{
    return type == SCIM_SYNC_USER ? SCIM_SYNC_TASK_USER : SCIM_SYNC_TASK_GROUP;
}

scim_sync_sql_t *scim_sync_people_walk(scim_sync_people_way_t way, const char *idp,
                                       const scim_sync_people_query_t *query,
                                       const scim_sync_position_t *after, int most, apr_pool_t *p)
{
    const char *kind =
        way == SCIM_SYNC_PEOPLE_BY_GONE ? kind_of(query->type) : scim_sync_type_name(query->type);
    int behind = after->key && strcmp(after->key, query->prefix) > 0;
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql, walks[way],
                      DB_ARGS(DB_TEXT(idp), DB_TEXT(kind),
                              DB_TEXT(apr_pstrcat(p, query->prefix, LAST_CHARACTER, NULL)),
                              DB_TEXT(behind ? after->key : query->prefix),
                              DB_TEXT(after->key && after->id ? after->id : ""), DB_INT(most)));
    return sql;
}

scim_sync_sql_t *scim_sync_people_in_state(const char *idp, const scim_sync_people_query_t *query,
                                           int most, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      "SELECT t.subject FROM task t WHERE t.state = %s AND t.idp = %s"
                      " AND t.kind = %s ORDER BY t.id LIMIT %lld",
                      DB_ARGS(DB_TEXT(query->state), DB_TEXT(idp), DB_TEXT(kind_of(query->type)),
                              DB_INT(most)));
    return sql;
}

scim_sync_sql_t *scim_sync_people_decided(const char *idp, const scim_sync_people_query_t *query,
                                          int most, apr_pool_t *p)
{
    int held = !strcmp(query->state, SCIM_SYNC_TASK_HELD);
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      held ? "SELECT t.subject FROM task t WHERE t.guard IS NOT NULL"
                             " AND t.state <> 'planned' AND t.idp = %s AND t.kind = %s"
                             " ORDER BY t.id LIMIT %lld"
                           : "SELECT t.subject FROM task t WHERE t.discarded IS NOT NULL"
                             " AND t.idp = %s AND t.kind = %s ORDER BY t.id LIMIT %lld",
                      DB_ARGS(DB_TEXT(idp), DB_TEXT(kind_of(query->type)), DB_INT(most)));
    return sql;
}

/* By the index alone. */
scim_sync_sql_t *scim_sync_people_count(const char *idp, const char *state, int most, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      "SELECT COUNT(*) FROM (SELECT 1 FROM task t WHERE t.state = %s"
                      " AND t.idp = %s ORDER BY t.id LIMIT %lld) c",
                      DB_ARGS(DB_TEXT(state), DB_TEXT(idp), DB_INT(most)));
    return sql;
}

apr_status_t scim_sync_people_gone(scim_sync_db_t *db, apr_array_header_t *idps,
                                   scim_sync_type_t type, apr_pool_t *p)
{
    const char *idp = "";
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS && idp) {
        rv = scim_sync_db_select(db, &rows,
                                 "SELECT t.idp FROM task t WHERE t.kind = %s"
                                 " AND t.gone_key IS NOT NULL AND t.idp > %s"
                                 " ORDER BY t.idp LIMIT 1",
                                 DB_ARGS(DB_TEXT(kind_of(type)), DB_TEXT(idp)), p);
        idp = rv == APR_SUCCESS ? scim_sync_db_text(rows, 0, 0) : NULL;
        if (idp) {
            APR_ARRAY_PUSH(idps, const char *) = idp;
        }
    }
    return rv;
}

static void put_ids(scim_sync_sql_t *sql, const char *const *ids, int n)
{
    apr_size_t size = 0;
    int i;

    while (size < SIZES - 1 && sizes[size] < n) {
        size++;
    }
    for (i = 0; i < sizes[size]; i++) {
        scim_sync_sql_put(sql, i > 0 ? ", %s" : "(%s", DB_ARGS(DB_TEXT(ids[i < n ? i : n - 1])));
    }
    scim_sync_sql_puts(sql, ")");
}

scim_sync_sql_t *scim_sync_people_by_id(const char *const *ids, int n, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_puts(sql, "SELECT " COLUMNS ", r.name_key FROM resource r WHERE r.id IN ");
    put_ids(sql, ids, n);
    return sql;
}

scim_sync_sql_t *scim_sync_people_tasks(scim_sync_type_t type, const char *site,
                                        const char *const *ids, int n, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      "SELECT t.subject, t.id, t.site, t.state, t.guard, t.discarded, t.detail,"
                      " t.name, t.gone_key, t.idp FROM task t WHERE t.site = %s AND t.kind = %s"
                      " AND t.subject IN ",
                      DB_ARGS(DB_TEXT(site), DB_TEXT(kind_of(type))));
    put_ids(sql, ids, n);
    return sql;
}

scim_sync_sql_t *scim_sync_people_members_of(const char *idp, const char *group, const char *after,
                                             int most, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      "SELECT m.value, m.display, COALESCE(m.real_type, (SELECT r.type FROM"
                      " resource r WHERE r.id = m.value AND r.idp = %s)) FROM member m"
                      " WHERE m.resource = %s AND m.value > %s ORDER BY m.value LIMIT %lld",
                      DB_ARGS(DB_TEXT(idp), DB_TEXT(group), DB_TEXT(after), DB_INT(most)));
    return sql;
}

scim_sync_sql_t *scim_sync_people_held(const char *site, const char *group_id,
                                       const char *const *ids, int n, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);

    scim_sync_sql_put(sql,
                      "SELECT l.resource, l.object, (SELECT m.state FROM jira_member m"
                      " WHERE m.site = l.site AND m.account_id = l.object AND m.group_id = %s)"
                      " FROM jira_link l WHERE l.site = %s AND l.name = '' AND l.resource IN ",
                      DB_ARGS(DB_TEXT(group_id), DB_TEXT(site)));
    put_ids(sql, ids, n);
    return sql;
}

/* Site by site, since that is what the index of subjects begins with. */
apr_status_t scim_sync_people_forget(scim_sync_db_t *db, const char *id, apr_pool_t *p)
{
    scim_sync_rows_t *sites;
    apr_status_t rv = scim_sync_db_select(db, &sites, "SELECT name FROM site", DB_NO_ARGS, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < sites->count; i++) {
        rv = scim_sync_db_exec(db, NULL,
                               SCIM_SYNC_PEOPLE_FORGET
                               " WHERE site = %s AND kind IN ('user', 'group') AND subject = %s",
                               DB_ARGS(DB_TEXT(scim_sync_db_text(sites, i, 0)), DB_TEXT(id)), p);
    }
    return rv;
}

/* ---- the migration ---- */

#define BATCH 200

/* A page of the tasks behind *last whose resource is gone: until now nobody wrote its key down. */
static apr_status_t fill_page(scim_sync_db_t *db, apr_int64_t *last, int *more, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv =
        scim_sync_db_select(db, &rows,
                            "SELECT t.id, t.name FROM task t WHERE t.id > %lld"
                            " AND t.kind IN ('user', 'group') AND t.name IS NOT NULL AND NOT EXISTS"
                            " (SELECT 1 FROM resource r WHERE r.id = t.subject)"
                            " ORDER BY t.id LIMIT %lld",
                            DB_ARGS(DB_INT(*last), DB_INT(BATCH)), p);
    *more = rv == APR_SUCCESS && rows->count == BATCH;
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        *last = scim_sync_db_number(rows, i, 0);
        rv = scim_sync_db_exec(
            db, NULL, "UPDATE task SET gone_key = %s WHERE id = %lld",
            DB_ARGS(DB_TEXT(scim_sync_fold(scim_sync_db_text(rows, i, 1), p)), DB_INT(*last)), p);
    }
    return rv;
}

/*
 * SQLite's own index of names is in the order of bytes already, and what has an id behind the
 * display name serves who asks for that alone, too; PostgreSQL's are in the order of its locale.
 */
static apr_status_t make_index(scim_sync_db_t *db, apr_pool_t *p)
{
    return scim_sync_db_run(db,
                            strcmp(scim_sync_db_dialect(db), "sqlite3")
                                ? "CREATE INDEX resource_by_name"
                                  " ON resource (idp, type, name_key{bytes}, id{bytes})"
                                : "DROP INDEX resource_display",
                            p);
}

apr_status_t scim_sync_people_index(scim_sync_db_t *db, apr_pool_t *p)
{
    apr_status_t rv = make_index(db, p);
    apr_int64_t last = 0;
    apr_pool_t *scratch;
    int more = 1;

    apr_pool_create(&scratch, p);
    while (rv == APR_SUCCESS && more) {
        apr_pool_clear(scratch);
        rv = fill_page(db, &last, &more, scratch);
    }
    apr_pool_destroy(scratch);
    return rv;
}

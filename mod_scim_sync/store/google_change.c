/* SPDX-License-Identifier: Apache-2.0 */
#include "store/google_change.h"

#include <string.h>

#include "store/sql.h"
#include "store/stage_private.h"

/* Around the SELECT of one kind, which needs what it says, then SCIM_SYNC_CHANGES_KEPT. */
#define FOUND "WITH c (type, what, subject, name, in_group, detail) AS (SELECT "
/* Needs the run, and the id before the first one. */
#define KEEP                                                                                       \
    " LIMIT %lld) INSERT INTO google_change"                                                       \
    " (run, id, type, what, subject, name, in_group, detail) SELECT CAST(%lld AS BIGINT),"         \
    " CAST(%lld AS BIGINT) + ROW_NUMBER() OVER (ORDER BY in_group, name, subject),"                \
    " type, what, subject, name, in_group, detail FROM c"

/* Parts of documents. */
#define PART(doc, key) "CAST(" doc " AS {json}) ->> '" key "'"
#define IS_ACTIVE(doc)                                                                             \
    "CASE WHEN CAST(" PART(doc, "active") " AS TEXT) IN ('true', '1') THEN 1 ELSE 0 END"
/* Of an entry s that will be told: as people know it. */
#define NEW_NAME    "COALESCE(" PART("s.doc", "userName") ", " PART("s.doc", "displayName") ")"
#define CALLED(doc) "COALESCE(" PART(doc, "displayName") ", 'nothing')"
#define S_ACTIVE    IS_ACTIVE("s.doc")
#define S_CALLED    CALLED("s.doc")
#define R_CALLED    CALLED("r.doc")
#define G_NAME      PART("g.doc", "displayName")

/* Each begins with what is cut off where it is the first one. */
#define WAS_NAMED "CASE WHEN r.name <> " NEW_NAME " THEN '; was ' || r.name ELSE '' END"
#define WAS_CALLED                                                                                 \
    "CASE WHEN s.type = 'User' AND " R_CALLED " <> " S_CALLED " THEN '; is called ' || " S_CALLED  \
    " || ', was ' || " R_CALLED " ELSE '' END"
#define WAS_ACTIVE                                                                                 \
    "CASE WHEN s.type = 'Group' OR r.active = " S_ACTIVE " THEN ''"                                \
    " WHEN r.active = 1 THEN '; is not active any more' ELSE '; is active again' END"

static const char new_ones[] = FOUND
    "s.type, '" SCIM_SYNC_CHANGE_NEW "', s.id, " NEW_NAME ", NULL,"
    " CASE WHEN s.type = 'User' AND " S_ACTIVE " = 0 THEN 'is not active' END"
    " FROM stage s" SCIM_SYNC_STAGE_TOLD " WHERE s.idp = %s AND s.type = %s AND s.doc IS NOT NULL"
    " AND r.id IS NULL ORDER BY 4, 3" KEEP;

static const char changed_ones[] = FOUND
    "s.type, '" SCIM_SYNC_CHANGE_CHANGED "', s.id, " NEW_NAME ", NULL,"
    " COALESCE(NULLIF(SUBSTR(" WAS_NAMED " || " WAS_ACTIVE " || " WAS_CALLED ", 3), ''),"
    " 'another part of the name')"
    " FROM stage s" SCIM_SYNC_STAGE_TOLD " WHERE s.idp = %s AND s.type = %s AND s.doc <> r.doc"
    " ORDER BY 4, 3" KEEP;

static const char gone_ones[] =
    FOUND "r.type, '" SCIM_SYNC_CHANGE_GONE "', COALESCE(r.external_id, r.id), r.name, NULL,"
          " " SCIM_SYNC_STAGE_WHY_GONE SCIM_SYNC_STAGE_GONE " ORDER BY 4, 3" KEEP;

static const char faulty_ones[] =
    FOUND "s.type, '" SCIM_SYNC_CHANGE_FAULTY "', s.id, s.name, NULL, s.fault"
          " FROM stage s WHERE s.idp = %s AND s.type = %s AND s.doc IS NULL ORDER BY 4, 3" KEEP;

static const char new_members[] = FOUND
    "'" SCIM_SYNC_CHANGE_MEMBER "', '" SCIM_SYNC_CHANGE_NEW "', m.id, COALESCE(" NEW_NAME
    ", r.name), COALESCE(" G_NAME ", t.name),"
    " CASE WHEN m.type = 'Group' THEN 'a group' END" SCIM_SYNC_STAGE_FOUND
    " WHERE m.idp = %s AND x.value IS NULL AND" SCIM_SYNC_STAGE_BOTH_COME " ORDER BY 5, 4, 3" KEEP;

static const char gone_members[] =
    FOUND "'" SCIM_SYNC_CHANGE_MEMBER "', '" SCIM_SYNC_CHANGE_GONE "', s.id, r.name, t.name,"
          " CASE WHEN r.type = 'Group' THEN 'a group' END" SCIM_SYNC_STAGE_MEMBERS_GONE
          " ORDER BY 5, 4, 3" KEEP;

/* In the order of ids: of the n-th kind they are those from n * SCIM_SYNC_CHANGES_KEPT. */
static const struct {
    const char *type;
    const char *what;
    const char *sql;
} kinds[] = {
    { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_NEW, new_ones },
    { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_CHANGED, changed_ones },
    { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_GONE, gone_ones },
    { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_FAULTY, faulty_ones },
    { SCIM_SYNC_CHANGE_GROUP, SCIM_SYNC_CHANGE_NEW, new_ones },
    { SCIM_SYNC_CHANGE_GROUP, SCIM_SYNC_CHANGE_CHANGED, changed_ones },
    { SCIM_SYNC_CHANGE_GROUP, SCIM_SYNC_CHANGE_GONE, gone_ones },
    { SCIM_SYNC_CHANGE_GROUP, SCIM_SYNC_CHANGE_FAULTY, faulty_ones },
    { SCIM_SYNC_CHANGE_MEMBER, SCIM_SYNC_CHANGE_NEW, new_members },
    { SCIM_SYNC_CHANGE_MEMBER, SCIM_SYNC_CHANGE_GONE, gone_members },
};
#define KINDS (int)(sizeof(kinds) / sizeof(*kinds))

static apr_int64_t ids_before(int kind)
{
    return (apr_int64_t)kind * SCIM_SYNC_CHANGES_KEPT;
}

static apr_status_t keep(scim_sync_db_t *db, const char *idp, apr_int64_t run, int kind,
                         apr_pool_t *p)
{
    const char *type = kinds[kind].type;

    return strcmp(type, SCIM_SYNC_CHANGE_MEMBER)
               ? scim_sync_db_exec(db, NULL, kinds[kind].sql,
                                   DB_ARGS(DB_TEXT(idp), DB_TEXT(type),
                                           DB_INT(SCIM_SYNC_CHANGES_KEPT), DB_INT(run),
                                           DB_INT(ids_before(kind))),
                                   p)
               : scim_sync_db_exec(db, NULL, kinds[kind].sql,
                                   DB_ARGS(DB_TEXT(idp), DB_INT(SCIM_SYNC_CHANGES_KEPT),
                                           DB_INT(run), DB_INT(ids_before(kind))),
                                   p);
}

static apr_status_t forget_others(scim_sync_db_t *db, const char *idp, apr_int64_t run,
                                  apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(
        db, NULL,
        "DELETE FROM google_change WHERE run IN (SELECT id FROM google_run WHERE idp = %s)",
        DB_ARGS(DB_TEXT(idp)), p);

    return rv == APR_SUCCESS
               ? scim_sync_db_exec(db, NULL,
                                   "UPDATE google_run SET changes = CASE WHEN id = %lld THEN 1"
                                   " ELSE 0 END WHERE idp = %s AND (changes = 1 OR id = %lld)",
                                   DB_ARGS(DB_INT(run), DB_TEXT(idp), DB_INT(run)), p)
               : rv;
}

apr_status_t scim_sync_google_change_keep(scim_sync_db_t *db, const char *idp, apr_int64_t run,
                                          apr_pool_t *p)
{
    apr_status_t rv = forget_others(db, idp, run, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < KINDS; i++) {
        rv = keep(db, idp, run, i, p);
    }
    return rv;
}

#define COLUMNS "id, type, what, subject, name, in_group, detail"

/*
 * A page of each kind, put together: else all of a run would be read for a page of a rare kind, of
 * which a database, once it plans for any values, expects as much as of others.
 */
apr_status_t scim_sync_google_change_list(scim_sync_db_t *db, apr_array_header_t **changes,
                                          apr_int64_t run, const char *type, const char *what,
                                          apr_int64_t after, int max, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);
    const char *before = "";
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    scim_sync_sql_puts(sql, "SELECT " COLUMNS " FROM (");
    for (i = 0; i < KINDS; i++) {
        if ((!type || !strcmp(type, kinds[i].type)) && (!what || !strcmp(what, kinds[i].what)) &&
            after < ids_before(i + 1)) {
            scim_sync_sql_puts(sql, before);
            scim_sync_sql_put(sql,
                              "SELECT * FROM (SELECT " COLUMNS " FROM google_change"
                              " WHERE run = %lld AND id > %lld AND id <= %lld"
                              " ORDER BY id LIMIT %lld) k",
                              DB_ARGS(DB_INT(run),
                                      DB_INT(after > ids_before(i) ? after : ids_before(i)),
                                      DB_INT(ids_before(i + 1)), DB_INT(max)));
            before = " UNION ALL ";
        }
    }
    if (!*before) {
        *changes = apr_array_make(p, 1, sizeof(scim_sync_google_change_t));
        return APR_SUCCESS;
    }
    scim_sync_sql_put(sql, ") c ORDER BY id LIMIT %lld", DB_ARGS(DB_INT(max)));
    if ((rv = scim_sync_sql_select(db, &rows, sql, p)) != APR_SUCCESS) {
        return rv;
    }
    *changes = apr_array_make(p, rows->count + 1, sizeof(scim_sync_google_change_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*changes, scim_sync_google_change_t) = (scim_sync_google_change_t) {
            .id = scim_sync_db_number(rows, i, 0),
            .type = scim_sync_db_text(rows, i, 1),
            .what = scim_sync_db_text(rows, i, 2),
            .subject = scim_sync_db_text(rows, i, 3),
            .name = scim_sync_db_text(rows, i, 4),
            .group = scim_sync_db_text(rows, i, 5),
            .detail = scim_sync_db_text(rows, i, 6),
        };
    }
    return APR_SUCCESS;
}

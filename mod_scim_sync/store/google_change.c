/* SPDX-License-Identifier: Apache-2.0 */
#include "store/google_change.h"

#include <string.h>

#include "store/sql.h"
#include "store/stage_private.h"

#define INSERT                                                                                     \
    "INSERT INTO google_change (run, type, what, subject, name, in_group, detail)"                 \
    " SELECT CAST(%lld AS BIGINT), "

/* Parts of documents. */
#define PART(doc, key) "CAST(" doc " AS {json}) ->> '" key "'"
#define IS_ACTIVE(doc)                                                                             \
    "CASE WHEN CAST(" PART(doc, "active") " AS TEXT) IN ('true', '1') THEN 1 ELSE 0 END"
/* Of an entry s that will be told: as people know it. */
#define NEW_NAME    "COALESCE(" PART("s.doc", "userName") ", " PART("s.doc", "displayName") ")"
#define CALLED(doc) "COALESCE(" PART(doc, "displayName") ", 'nothing')"

/* Each begins with what is cut off where it is the first one. */
#define WAS_NAMED "CASE WHEN r.name <> " NEW_NAME " THEN '; was ' || r.name ELSE '' END"
#define WAS_CALLED                                                                                 \
    "CASE WHEN s.type = 'User' AND " CALLED("r.doc") " <> " CALLED(                                \
        "s.doc") " THEN '; is called ' || " CALLED("s.doc") " || ', was ' || " CALLED("r.doc") " " \
                                                                                               "E" \
                                                                                               "L" \
                                                                                               "S" \
                                                                                               "E" \
                                                                                               " " \
                                                                                               "'" \
                                                                                               "'" \
                                                                                               " " \
                                                                                               "E" \
                                                                                               "N" \
                                                                                               "D"
#define WAS_ACTIVE                                                                                 \
    "CASE WHEN s.type = 'Group' OR r.active = " IS_ACTIVE(                                         \
        "s.doc") " THEN ''"                                                                        \
                 " WHEN r.active = 1 THEN '; is not active any more' ELSE '; is active again' END"

static const char new_ones[] =
    INSERT "s.type, '" SCIM_SYNC_CHANGE_NEW "', s.id, " NEW_NAME ", NULL,"
           " CASE WHEN s.type = 'User' AND " IS_ACTIVE(
               "s.doc") " = 0 THEN 'is not active' END"
                        " FROM stage s" SCIM_SYNC_STAGE_TOLD
                        " WHERE s.idp = %s AND s.type = %s AND s.doc IS NOT NULL"
                        " AND r.id IS NULL ORDER BY 5, 4 LIMIT %lld";

static const char changed_ones[] = INSERT
    "s.type, '" SCIM_SYNC_CHANGE_CHANGED "', s.id, " NEW_NAME ", NULL,"
    " COALESCE(NULLIF(SUBSTR(" WAS_NAMED " || " WAS_ACTIVE " || " WAS_CALLED ", 3), ''),"
    " 'another part of the name')"
    " FROM stage s" SCIM_SYNC_STAGE_TOLD " WHERE s.idp = %s AND s.type = %s AND s.doc <> r.doc"
    " ORDER BY 5, 4 LIMIT %lld";

static const char gone_ones[] =
    INSERT "r.type, '" SCIM_SYNC_CHANGE_GONE "', COALESCE(r.external_id, r.id), r.name, NULL,"
           " " SCIM_SYNC_STAGE_WHY_GONE SCIM_SYNC_STAGE_GONE " ORDER BY 5, 4 LIMIT %lld";

static const char faulty_ones[] = INSERT
    "s.type, '" SCIM_SYNC_CHANGE_FAULTY "', s.id, s.name, NULL, s.fault"
    " FROM stage s WHERE s.idp = %s AND s.type = %s AND s.doc IS NULL ORDER BY 5, 4 LIMIT %lld";

static const char new_members[] =
    INSERT "'" SCIM_SYNC_CHANGE_MEMBER "', '" SCIM_SYNC_CHANGE_NEW "', m.id, COALESCE(" NEW_NAME
           ", r.name), COALESCE(" PART(
               "g.doc",
               "displayName") ", t.name),"
                              " CASE WHEN m.type = 'Group' THEN 'a group' END" SCIM_SYNC_STAGE_FOUND
                              " WHERE m.idp = %s AND x.value IS NULL AND" SCIM_SYNC_STAGE_BOTH_COME
                              " ORDER BY 6, 5, 4 LIMIT %lld";

static const char gone_members[] =
    INSERT "'" SCIM_SYNC_CHANGE_MEMBER "', '" SCIM_SYNC_CHANGE_GONE "', s.id, r.name, t.name,"
           " CASE WHEN r.type = 'Group' THEN 'a group' END" SCIM_SYNC_STAGE_MEMBERS_GONE
           " ORDER BY 6, 5, 4 LIMIT %lld";

static apr_status_t keep_type(scim_sync_db_t *db, const char *idp, apr_int64_t run,
                              const char *type, apr_pool_t *p)
{
    static const char *const parts[] = { new_ones, changed_ones, gone_ones, faulty_ones };
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(parts) / sizeof(*parts); i++) {
        rv = scim_sync_db_exec(
            db, NULL, parts[i],
            DB_ARGS(DB_INT(run), DB_TEXT(idp), DB_TEXT(type), DB_INT(SCIM_SYNC_CHANGES_KEPT)), p);
    }
    return rv;
}

static apr_status_t keep_members(scim_sync_db_t *db, const char *idp, apr_int64_t run,
                                 const char *sql, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, sql,
                             DB_ARGS(DB_INT(run), DB_TEXT(idp), DB_INT(SCIM_SYNC_CHANGES_KEPT)), p);
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
    apr_status_t rv;

    if ((rv = forget_others(db, idp, run, p)) != APR_SUCCESS ||
        (rv = keep_type(db, idp, run, SCIM_SYNC_CHANGE_USER, p)) != APR_SUCCESS ||
        (rv = keep_type(db, idp, run, SCIM_SYNC_CHANGE_GROUP, p)) != APR_SUCCESS ||
        (rv = keep_members(db, idp, run, new_members, p)) != APR_SUCCESS) {
        return rv;
    }
    return keep_members(db, idp, run, gone_members, p);
}

/* What is kept: of each type and kind the index has its changes by their ids. */
static const struct {
    const char *type;
    const char *what;
} kinds[] = {
    { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_NEW },
    { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_CHANGED },
    { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_GONE },
    { SCIM_SYNC_CHANGE_USER, SCIM_SYNC_CHANGE_FAULTY },
    { SCIM_SYNC_CHANGE_GROUP, SCIM_SYNC_CHANGE_NEW },
    { SCIM_SYNC_CHANGE_GROUP, SCIM_SYNC_CHANGE_CHANGED },
    { SCIM_SYNC_CHANGE_GROUP, SCIM_SYNC_CHANGE_GONE },
    { SCIM_SYNC_CHANGE_GROUP, SCIM_SYNC_CHANGE_FAULTY },
    { SCIM_SYNC_CHANGE_MEMBER, SCIM_SYNC_CHANGE_NEW },
    { SCIM_SYNC_CHANGE_MEMBER, SCIM_SYNC_CHANGE_GONE },
};

#define COLUMNS "id, type, what, subject, name, in_group, detail"

/* A page of each kind, put together: else all of a run would be read, and sorted, for each page. */
apr_status_t scim_sync_google_change_list(scim_sync_db_t *db, apr_array_header_t **changes,
                                          apr_int64_t run, const char *type, const char *what,
                                          apr_int64_t after, int max, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);
    const char *before = "";
    scim_sync_rows_t *rows;
    apr_status_t rv;
    apr_size_t k;
    int i;

    scim_sync_sql_puts(sql, "SELECT " COLUMNS " FROM (");
    for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        if ((!type || !strcmp(type, kinds[k].type)) && (!what || !strcmp(what, kinds[k].what))) {
            scim_sync_sql_puts(sql, before);
            scim_sync_sql_put(sql,
                              "SELECT * FROM (SELECT " COLUMNS " FROM google_change"
                              " WHERE run = %lld AND type = %s AND what = %s AND id > %lld"
                              " ORDER BY id LIMIT %lld) k",
                              DB_ARGS(DB_INT(run), DB_TEXT(kinds[k].type), DB_TEXT(kinds[k].what),
                                      DB_INT(after), DB_INT(max)));
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

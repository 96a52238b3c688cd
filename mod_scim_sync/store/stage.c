/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stage.h"

#include "base/json.h"
#include "store/resource_private.h"
#include "store/stage_private.h"

/* How often names are looked at anew, each time because somebody kept the one of before. */
#define MOST_ROUNDS 100

static const char *const kinds[] = { [SCIM_SYNC_STAGE_USER] = "User",
                                     [SCIM_SYNC_STAGE_GROUP] = "Group",
                                     [SCIM_SYNC_STAGE_EVERYBODY] = "Everybody",
                                     [SCIM_SYNC_STAGE_OTHER] = "Other" };

apr_status_t scim_sync_stage_clear(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(db, NULL, "DELETE FROM stage_member WHERE idp = %s",
                                        DB_ARGS(DB_TEXT(idp)), p);

    return rv == APR_SUCCESS ? scim_sync_db_exec(db, NULL, "DELETE FROM stage WHERE idp = %s",
                                                 DB_ARGS(DB_TEXT(idp)), p)
                             : rv;
}

apr_status_t scim_sync_stage_clear_type(scim_sync_db_t *db, const char *idp, scim_sync_type_t type,
                                        apr_pool_t *p)
{
    const char *other =
        type == SCIM_SYNC_USER ? SCIM_SYNC_STAGE_OTHER_USER : SCIM_SYNC_STAGE_OTHER_GROUP;

    return scim_sync_db_exec(
        db, NULL, "DELETE FROM stage WHERE idp = %s AND type IN (%s, %s)",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(scim_sync_type_name(type)), DB_TEXT(other)), p);
}

apr_status_t scim_sync_stage_clear_members(scim_sync_db_t *db, const char *idp, const char *group,
                                           apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, "DELETE FROM stage_member WHERE idp = %s AND in_group = %s",
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(group)), p);
}

apr_status_t scim_sync_stage_drop_group(scim_sync_db_t *db, const char *idp, const char *group,
                                        apr_pool_t *p)
{
    apr_status_t rv = scim_sync_stage_clear_members(db, idp, group, p);

    return rv == APR_SUCCESS
               ? scim_sync_db_exec(
                     db, NULL, "DELETE FROM stage WHERE idp = %s AND type = 'Group' AND id = %s",
                     DB_ARGS(DB_TEXT(idp), DB_TEXT(group)), p)
               : rv;
}

static const char *key_of(const scim_sync_resource_t *r)
{
    return r ? r->name_key : NULL;
}

static const char *text_of(const scim_sync_resource_t *r, apr_pool_t *p)
{
    return r ? scim_sync_json_text(r->doc, NULL, p) : NULL;
}

/* One that was found before, as it is now. */
static apr_status_t replace(scim_sync_db_t *db, const char *idp, const char *type,
                            const scim_sync_stage_entry_t *entry, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE stage SET name = %s, name_key = %s, doc = %s, other_key = %s, other_doc = %s,"
        " fault = %s, members = %lld WHERE idp = %s AND type = %s AND id = %s",
        DB_ARGS(DB_TEXT(entry->name), DB_TEXT(key_of(entry->r)), DB_TEXT(text_of(entry->r, p)),
                DB_TEXT(key_of(entry->otherwise)), DB_TEXT(text_of(entry->otherwise, p)),
                DB_TEXT(entry->fault), DB_INT(entry->members), DB_TEXT(idp), DB_TEXT(type),
                DB_TEXT(entry->id)),
        p);
}

/* A page as one value: so it takes one statement. */
static const char *page_text(const apr_array_header_t *entries, apr_pool_t *p)
{
    json_t *page = scim_sync_json_own(json_array(), p);
    int i;

    for (i = 0; i < entries->nelts; i++) {
        const scim_sync_stage_entry_t *entry = &APR_ARRAY_IDX(entries, i, scim_sync_stage_entry_t);
        json_t *row = json_object();

        scim_sync_json_put(row, "id", entry->id);
        scim_sync_json_put(row, "name", entry->name);
        scim_sync_json_put(row, "key", key_of(entry->r));
        scim_sync_json_put(row, "doc", text_of(entry->r, p));
        scim_sync_json_put(row, "otherKey", key_of(entry->otherwise));
        scim_sync_json_put(row, "otherDoc", text_of(entry->otherwise, p));
        scim_sync_json_put(row, "fault", entry->fault);
        json_object_set_new(row, "members", json_integer((json_int_t)entry->members));
        json_array_append_new(page, row);
    }
    return scim_sync_json_text(page, NULL, p);
}

apr_status_t scim_sync_stage_put(scim_sync_db_t *db, const char *idp, scim_sync_type_t type,
                                 const apr_array_header_t *entries, int *fresh, apr_pool_t *p)
{
    const char *name = scim_sync_type_name(type);
    apr_status_t rv;
    int i;

    rv = scim_sync_db_exec(
        db, fresh,
        "INSERT INTO stage (idp, type, id, name, name_key, doc, other_key, other_doc, fault,"
        " members)"
        " SELECT CAST(%s AS TEXT), CAST(%s AS TEXT), e.value ->> 'id', e.value ->> 'name',"
        " e.value ->> 'key', e.value ->> 'doc', e.value ->> 'otherKey', e.value ->> 'otherDoc',"
        " e.value ->> 'fault', CAST(e.value ->> 'members' AS BIGINT)"
        " FROM {each}(CAST(%s AS {json})) e WHERE 1 = 1 ON CONFLICT (idp, type, id) DO NOTHING",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(name), DB_TEXT(page_text(entries, p))), p);
    for (i = 0; rv == APR_SUCCESS && *fresh < entries->nelts && i < entries->nelts; i++) {
        rv = replace(db, idp, name, &APR_ARRAY_IDX(entries, i, scim_sync_stage_entry_t), p);
    }
    return rv;
}

apr_status_t scim_sync_stage_put_members(scim_sync_db_t *db, const char *idp, const char *group,
                                         const apr_array_header_t *members, int *fresh,
                                         apr_pool_t *p)
{
    json_t *page = scim_sync_json_own(json_array(), p);
    int i;

    for (i = 0; i < members->nelts; i++) {
        const scim_sync_stage_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_stage_member_t);

        json_array_append_new(page, json_pack("{s:s, s:s}", "id", m->id, "type", kinds[m->kind]));
    }
    return scim_sync_db_exec(
        db, fresh,
        "INSERT INTO stage_member (idp, in_group, id, type) SELECT CAST(%s AS TEXT),"
        " CAST(%s AS TEXT), e.value ->> 'id', e.value ->> 'type'"
        " FROM {each}(CAST(%s AS {json})) e WHERE 1 = 1 ON CONFLICT (idp, in_group, id) DO NOTHING",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(group), DB_TEXT(scim_sync_json_text(page, NULL, p))), p);
}

apr_status_t scim_sync_stage_groups(scim_sync_db_t *db, apr_array_header_t **ids, const char *idp,
                                    const char *after, int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT id FROM stage WHERE idp = %s AND type = 'Group' AND id > %s"
                             " ORDER BY id LIMIT %lld",
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(after), DB_INT(max)), p);
    if (rv == APR_SUCCESS) {
        *ids = scim_sync_db_texts(rows, 0, p);
    }
    return rv;
}

/* ---- members ---- */

#define LISTS_NONE "Google says that it has members, and lists none: they stay as they were"

apr_status_t scim_sync_stage_keep_members(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    int found;
    apr_status_t rv;

    rv = scim_sync_db_exec(db, &found,
                           "UPDATE stage SET doc = NULL, fault = '" LISTS_NONE "' WHERE idp = %s"
                           " AND type = 'Group' AND members > 0 AND NOT EXISTS"
                           " (SELECT 1 FROM stage_member m WHERE m.idp = stage.idp"
                           " AND m.in_group = stage.id)",
                           DB_ARGS(DB_TEXT(idp)), p);
    if (rv != APR_SUCCESS || !found) {
        return rv;
    }
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO stage_member (idp, in_group, id, type)"
        " SELECT s.idp, s.id, r.external_id, r.type FROM stage s JOIN resource t"
        " ON t.idp = s.idp AND t.type = s.type AND t.external_id = s.id"
        " JOIN member x ON x.resource = t.id JOIN resource r ON r.id = x.value AND r.idp = s.idp"
        " WHERE s.idp = %s AND s.type = 'Group' AND s.fault = '" LISTS_NONE "'"
        " AND r.external_id IS NOT NULL ON CONFLICT (idp, in_group, id) DO NOTHING",
        DB_ARGS(DB_TEXT(idp)), p);
}

/* ---- names ---- */

/* Of an entry e of the stage: it was told by this key. */
#define TOLD_BY(e, key)                                                                            \
    " EXISTS (SELECT 1 FROM resource t WHERE t.idp = " e ".idp AND t.type = " e                    \
    ".type AND t.external_id = " e ".id AND t.name_key = " key ")"
#define IS_TOLD(e) " CASE WHEN" TOLD_BY(e, e ".name_key") " THEN 0 ELSE 1 END"

/*
 * Another one has the same name, and comes before it. Few names are had by more than one, which are
 * looked for first and once. The IdP is a value more.
 */
#define COMES_SECOND                                                                               \
    " ((type, name_key) IN (SELECT d.type, d.name_key FROM stage d WHERE d.idp = %s"               \
    " AND d.doc IS NOT NULL GROUP BY d.type, d.name_key HAVING COUNT(*) > 1)"                      \
    " AND EXISTS (SELECT 1 FROM stage o WHERE o.idp = stage.idp AND o.type = stage.type"           \
    " AND o.name_key = stage.name_key AND o.id <> stage.id AND o.doc IS NOT NULL"                  \
    " AND (" IS_TOLD("o") " < " IS_TOLD("stage") " OR (" IS_TOLD("o") " = " IS_TOLD(               \
        "stage") " AND o.id < stage.id))))"

/* The name stays with one of whom nothing is concluded. The IdP is a value more. */
#define IS_KEPT                                                                                    \
    " (type, name_key) IN (SELECT t.type, t.name_key FROM resource t JOIN stage f"                 \
    " ON f.idp = t.idp AND f.type = t.type AND f.id = t.external_id"                               \
    " WHERE f.idp = %s AND f.doc IS NULL)"

#define TAKE_OTHER                                                                                 \
    "UPDATE stage SET name_key = other_key, doc = other_doc, other_key = NULL, other_doc = NULL"   \
    " WHERE idp = %s AND doc IS NOT NULL AND other_key IS NOT NULL AND other_key <> name_key"      \
    " AND ("
#define TAKE_FAULT                                                                                 \
    "UPDATE stage SET doc = NULL, fault = CASE type WHEN 'User' THEN 'another user has this"       \
    " address' ELSE 'another group has this name' END"                                             \
    " WHERE idp = %s AND doc IS NOT NULL AND ("

/* Mostly nobody has another one's name, which is found out much faster than who has. */
static apr_status_t may_clash(scim_sync_db_t *db, const char *idp, int *may, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM stage WHERE idp = %s AND doc IS NULL"
        " AND type IN ('User', 'Group')) OR EXISTS (SELECT 1 FROM stage WHERE idp = %s"
        " AND doc IS NOT NULL GROUP BY type, name_key HAVING COUNT(*) > 1) THEN 1 ELSE 0 END",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(idp)), p);
    *may = rv == APR_SUCCESS && scim_sync_db_number(rows, 0, 0) != 0;
    return rv;
}

apr_status_t scim_sync_stage_settle(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_grown(db, "stage", p);
    int others = 0;
    int faults = 0;
    int rounds;

    if (rv != APR_SUCCESS || (rv = scim_sync_db_grown(db, "stage_member", p)) != APR_SUCCESS) {
        return rv;
    }
    rv = scim_sync_db_exec(db, NULL, TAKE_OTHER TOLD_BY("stage", "stage.other_key") ")",
                           DB_ARGS(DB_TEXT(idp)), p);
    if (rv == APR_SUCCESS) {
        rv = may_clash(db, idp, &faults, p);
    }
    /* Who gets a fault keeps the name that was told, which somebody else may have by now. */
    for (rounds = 0; rv == APR_SUCCESS && others + faults > 0; rounds++) {
        if (rounds == MOST_ROUNDS) {
            return APR_EGENERAL;
        }
        rv = scim_sync_db_exec(db, &others, TAKE_OTHER COMES_SECOND " OR" IS_KEPT ")",
                               DB_ARGS(DB_TEXT(idp), DB_TEXT(idp), DB_TEXT(idp)), p);
        if (rv == APR_SUCCESS) {
            rv = scim_sync_db_exec(db, &faults, TAKE_FAULT COMES_SECOND " OR" IS_KEPT ")",
                                   DB_ARGS(DB_TEXT(idp), DB_TEXT(idp), DB_TEXT(idp)), p);
        }
    }
    return rv;
}

/* ---- comparing ---- */

static apr_status_t compare(scim_sync_db_t *db, scim_sync_stage_count_t *count, const char *idp,
                            scim_sync_type_t type, apr_pool_t *p)
{
    const char *name = scim_sync_type_name(type);
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT COUNT(CASE WHEN s.doc IS NOT NULL AND r.id IS NULL THEN 1 END),"
        " COUNT(CASE WHEN s.doc <> r.doc THEN 1 END), COUNT(CASE WHEN s.doc = r.doc THEN 1 END),"
        " COUNT(CASE WHEN s.doc IS NULL THEN 1 END) FROM stage s" SCIM_SYNC_STAGE_TOLD
        " WHERE s.idp = %s AND s.type = %s",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(name)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    count->fresh = scim_sync_db_number(rows, 0, 0);
    count->changed = scim_sync_db_number(rows, 0, 1);
    count->same = scim_sync_db_number(rows, 0, 2);
    count->faulty = scim_sync_db_number(rows, 0, 3);
    rv = scim_sync_db_select(db, &rows, "SELECT COUNT(*)" SCIM_SYNC_STAGE_GONE,
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(name)), p);
    if (rv == APR_SUCCESS) {
        count->gone = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

static apr_status_t compare_members(scim_sync_db_t *db, scim_sync_stage_count_t *count,
                                    const char *idp, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT COUNT(CASE WHEN x.value IS NULL AND" SCIM_SYNC_STAGE_BOTH_COME " THEN 1 END),"
        " COUNT(CASE WHEN x.value IS NOT NULL AND" SCIM_SYNC_STAGE_BOTH_COME " THEN 1 END),"
        " COUNT(CASE WHEN s.id IS NULL THEN 1 END)" SCIM_SYNC_STAGE_FOUND " WHERE m.idp = %s",
        DB_ARGS(DB_TEXT(idp)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    count->fresh = scim_sync_db_number(rows, 0, 0);
    count->same = scim_sync_db_number(rows, 0, 1);
    count->faulty = scim_sync_db_number(rows, 0, 2);
    rv = scim_sync_db_select(db, &rows, "SELECT COUNT(*)" SCIM_SYNC_STAGE_MEMBERS_GONE,
                             DB_ARGS(DB_TEXT(idp)), p);
    if (rv == APR_SUCCESS) {
        count->gone = scim_sync_db_number(rows, 0, 0);
    }
    return rv;
}

apr_status_t scim_sync_stage_compare(scim_sync_db_t *db, scim_sync_stage_counts_t *counts,
                                     const char *idp, apr_pool_t *p)
{
    apr_status_t rv;

    *counts = (scim_sync_stage_counts_t) { .users = { 0 } };
    if ((rv = compare(db, &counts->users, idp, SCIM_SYNC_USER, p)) != APR_SUCCESS ||
        (rv = compare(db, &counts->groups, idp, SCIM_SYNC_GROUP, p)) != APR_SUCCESS) {
        return rv;
    }
    return compare_members(db, &counts->members, idp, p);
}

apr_status_t scim_sync_stage_faults(scim_sync_db_t *db, apr_array_header_t **faults,
                                    const char *idp, int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT type, id, name, fault FROM stage WHERE idp = %s"
        " AND type IN ('User', 'Group') AND doc IS NULL ORDER BY type, id LIMIT %lld",
        DB_ARGS(DB_TEXT(idp), DB_INT(max)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *faults = apr_array_make(p, rows->count + 1, sizeof(scim_sync_stage_fault_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*faults, scim_sync_stage_fault_t) = (scim_sync_stage_fault_t) {
            .type = scim_sync_resource_type(scim_sync_db_text(rows, i, 0)),
            .id = scim_sync_db_text(rows, i, 1),
            .name = scim_sync_db_text(rows, i, 2),
            .fault = scim_sync_db_text(rows, i, 3),
        };
    }
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stage_choice.h"

#include <apr_strings.h>

#include "base/json.h"
#include "store/stage_private.h"

#define OTHER_USER  SCIM_SYNC_STAGE_OTHER_USER
#define OTHER_GROUP SCIM_SYNC_STAGE_OTHER_GROUP
#define INNER_GROUP SCIM_SYNC_STAGE_INNER_GROUP

static const char *other_of(scim_sync_type_t type)
{
    return type == SCIM_SYNC_USER ? OTHER_USER : OTHER_GROUP;
}

static const char *part_type(int part, apr_pool_t *p)
{
    return apr_psprintf(p, "Part%d", part);
}

/* A page of ids as one value, with which it takes one statement. */
#define IDS "(SELECT e.value FROM {texts}(CAST(%s AS {json})) e)"

static const char *ids_text(const apr_array_header_t *ids, apr_pool_t *p)
{
    return scim_sync_json_text(scim_sync_json_own(scim_sync_json_list(ids), p), NULL, p);
}

static const char *entries_text(const apr_array_header_t *entries, apr_pool_t *p)
{
    json_t *page = scim_sync_json_own(json_array(), p);
    int i;

    for (i = 0; i < entries->nelts; i++) {
        json_array_append_new(page,
                              json_string(APR_ARRAY_IDX(entries, i, scim_sync_stage_entry_t).id));
    }
    return scim_sync_json_text(page, NULL, p);
}

static apr_status_t forget(scim_sync_db_t *db, const char *idp, const char *type, const char *ids,
                           apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "DELETE FROM stage WHERE idp = %s AND type = %s AND id IN" IDS,
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(type), DB_TEXT(ids)), p);
}

static apr_status_t remember(scim_sync_db_t *db, const char *idp, const char *type, const char *ids,
                             int *fresh, apr_pool_t *p)
{
    return scim_sync_db_exec(db, fresh,
                             "INSERT INTO stage (idp, type, id) SELECT CAST(%s AS TEXT),"
                             " CAST(%s AS TEXT), e.value FROM {texts}(CAST(%s AS {json})) e"
                             " WHERE 1 = 1"
                             " ON CONFLICT (idp, type, id) DO NOTHING",
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(type), DB_TEXT(ids)), p);
}

apr_status_t scim_sync_stage_put_others(scim_sync_db_t *db, const char *idp, scim_sync_type_t type,
                                        const apr_array_header_t *entries,
                                        const apr_array_header_t *others, int *fresh, apr_pool_t *p)
{
    const char *ids = ids_text(others, p);
    apr_status_t rv = forget(db, idp, scim_sync_type_name(type), ids, p);
    int more = 0;

    if (rv == APR_SUCCESS) {
        rv = forget(db, idp, other_of(type), entries_text(entries, p), p);
    }
    if (rv == APR_SUCCESS) {
        rv = remember(db, idp, other_of(type), ids, &more, p);
    }
    *fresh += more;
    return rv;
}

apr_status_t scim_sync_stage_put_part(scim_sync_db_t *db, const char *idp, int part,
                                      const apr_array_header_t *ids, int *fresh, apr_pool_t *p)
{
    return remember(db, idp, part_type(part, p), ids_text(ids, p), fresh, p);
}

apr_status_t scim_sync_stage_clear_part(scim_sync_db_t *db, const char *idp, int part,
                                        apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, "DELETE FROM stage WHERE idp = %s AND type = %s",
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(part_type(part, p))), p);
}

/* ---- what turns out not to be chosen ---- */

/* Whoever is remembered by the other type is not of this one any more. */
#define FORGET(type, other)                                                                        \
    "DELETE FROM stage WHERE idp = %s AND type = '" type "' AND EXISTS (SELECT 1 FROM stage o"     \
    " WHERE o.idp = stage.idp AND o.type = '" other "' AND o.id = stage.id)"

apr_status_t scim_sync_stage_sift_groups(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(
        db, NULL,
        "INSERT INTO stage (idp, type, id) SELECT c.idp, '" OTHER_GROUP "', c.id FROM stage c"
        " WHERE c.idp = %s AND c.type = 'Group' AND NOT EXISTS (SELECT 1 FROM stage k"
        " WHERE k.idp = c.idp AND k.type = %s AND k.id = c.id)"
        " ON CONFLICT (idp, type, id) DO NOTHING",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(part_type(SCIM_SYNC_STAGE_PART_OF_GROUPS, p))), p);

    return rv == APR_SUCCESS
               ? scim_sync_db_exec(db, NULL, FORGET("Group", OTHER_GROUP), DB_ARGS(DB_TEXT(idp)), p)
               : rv;
}

apr_status_t scim_sync_stage_inner_groups(scim_sync_db_t *db, apr_array_header_t **ids,
                                          const char *idp, int max, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT c.id FROM stage c WHERE c.idp = %s AND c.type = '" OTHER_GROUP "' AND EXISTS"
        " (SELECT 1 FROM stage_member m WHERE m.idp = c.idp AND m.id = c.id AND m.type = 'Group')"
        " ORDER BY c.id LIMIT %lld",
        DB_ARGS(DB_TEXT(idp), DB_INT(max)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *ids = scim_sync_db_texts(rows, 0, p);
    return scim_sync_db_exec(db, NULL,
                             "UPDATE stage SET type = '" INNER_GROUP
                             "' WHERE idp = %s AND type = '" OTHER_GROUP "' AND id IN" IDS,
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(ids_text(*ids, p))), p);
}

/* ---- carrying it out ---- */

/* Of a chosen group: the inner groups below it, each once, so that circles end. */
#define IS_INNER " JOIN stage i ON i.idp = m.idp AND i.type = '" INNER_GROUP "' AND i.id = m.id"
#define BELOW                                                                                      \
    "WITH RECURSIVE below (top, id) AS ("                                                          \
    "SELECT m.in_group, m.id FROM stage_member m" IS_INNER                                         \
    " JOIN stage g ON g.idp = m.idp AND g.type = 'Group' AND g.id = m.in_group"                    \
    " WHERE m.idp = %s AND m.type = 'Group'"                                                       \
    " UNION SELECT b.top, m.id FROM below b JOIN stage_member m ON m.idp = %s"                     \
    " AND m.in_group = b.id AND m.type = 'Group'" IS_INNER ")"

static apr_status_t lift_inner(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, NULL,
        BELOW " INSERT INTO stage_member (idp, in_group, id, type)"
              " SELECT m.idp, b.top, m.id, m.type FROM below b JOIN stage_member m ON m.idp = %s"
              " AND m.in_group = b.id WHERE m.id <> b.top"
              " ON CONFLICT (idp, in_group, id) DO NOTHING",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(idp), DB_TEXT(idp)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* Their people count by now: the inner groups themselves are members of nothing. */
    rv = scim_sync_db_exec(
        db, NULL,
        "DELETE FROM stage_member WHERE idp = %s AND type = 'Group' AND EXISTS"
        " (SELECT 1 FROM stage i WHERE i.idp = stage_member.idp AND i.type = '" INNER_GROUP
        "' AND i.id = stage_member.id)",
        DB_ARGS(DB_TEXT(idp)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_db_exec(db, NULL,
                             "DELETE FROM stage_member WHERE idp = %s AND in_group IN"
                             " (SELECT id FROM stage WHERE idp = %s AND type = '" INNER_GROUP "')",
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(idp)), p);
}

static apr_status_t expand_everybody(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO stage_member (idp, in_group, id, type)"
        " SELECT e.idp, e.in_group, u.id, 'User' FROM stage_member e"
        " JOIN stage u ON u.idp = e.idp AND u.type = 'User'"
        " WHERE e.idp = %s AND e.type = 'Everybody' ON CONFLICT (idp, in_group, id) DO NOTHING",
        DB_ARGS(DB_TEXT(idp)), p);
}

/* EXCEPT, since no index leads from a person to groups, and none is needed for this alone. */
static apr_status_t keep_members(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(
        db, NULL,
        "INSERT INTO stage (idp, type, id) SELECT CAST(%s AS TEXT), '" OTHER_USER "', c.id"
        " FROM (SELECT id FROM stage WHERE idp = %s AND type = 'User' EXCEPT"
        " SELECT id FROM stage_member WHERE idp = %s AND type = 'User') c WHERE 1 = 1"
        " ON CONFLICT (idp, type, id) DO NOTHING",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(idp), DB_TEXT(idp)), p);

    return rv == APR_SUCCESS
               ? scim_sync_db_exec(db, NULL, FORGET("User", OTHER_USER), DB_ARGS(DB_TEXT(idp)), p)
               : rv;
}

/* A part that was begun anew may have shown somebody before who is in none now. */
static apr_status_t drop_partless(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "DELETE FROM stage WHERE idp = %s AND type = 'User' AND NOT EXISTS (SELECT 1 FROM stage k"
        " WHERE k.idp = stage.idp AND k.type IN ('Part0', 'Part1', 'Part2', 'Part3', 'Part4',"
        " 'Part5', 'Part6', 'Part7', 'Part8', 'Part9') AND k.id = stage.id)",
        DB_ARGS(DB_TEXT(idp)), p);
}

/* For whom it says later why they are gone. */
static apr_status_t note_asked(scim_sync_db_t *db, const char *idp, scim_sync_type_t type,
                               apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO stage (idp, type, id) VALUES (%s, %s, '')"
        " ON CONFLICT (idp, type, id) DO NOTHING",
        DB_ARGS(DB_TEXT(idp),
                DB_TEXT(apr_pstrcat(p, SCIM_SYNC_STAGE_ASKED, scim_sync_type_name(type), NULL))),
        p);
}

apr_status_t scim_sync_stage_choose(scim_sync_db_t *db, const char *idp,
                                    const scim_sync_stage_choosing_t *how, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    if (how->sifted || how->only_members || how->everybody) {
        rv = scim_sync_db_grown(db, "stage", p);
        rv = rv == APR_SUCCESS ? scim_sync_db_grown(db, "stage_member", p) : rv;
    }
    if (rv == APR_SUCCESS && how->users_asked) {
        rv = note_asked(db, idp, SCIM_SYNC_USER, p);
    }
    if (rv == APR_SUCCESS && how->groups_asked) {
        rv = note_asked(db, idp, SCIM_SYNC_GROUP, p);
    }
    if (rv == APR_SUCCESS && how->parts > 1) {
        rv = drop_partless(db, idp, p);
    }
    if (rv == APR_SUCCESS && how->sifted) {
        rv = lift_inner(db, idp, p);
    }
    if (rv == APR_SUCCESS && how->everybody) {
        rv = expand_everybody(db, idp, p);
    }
    return rv == APR_SUCCESS && how->only_members ? keep_members(db, idp, p) : rv;
}

apr_status_t scim_sync_stage_has_group(scim_sync_db_t *db, const char *idp, const char *address,
                                       int *has, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT id FROM stage WHERE idp = %s AND type = 'Group'"
                             " AND LOWER(name) = LOWER(%s) LIMIT 1",
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(address)), p);
    *has = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asked about: users and groups of an IdP, one of them or page by page. */
#include <string.h>

#include "store/plan_private.h"

/* So many counts are looked into for one page at most: their tasks may be due again. */
#define LOOKED_INTO 1000

static apr_array_header_t *subjects_of(const scim_sync_rows_t *rows, apr_pool_t *p)
{
    apr_array_header_t *subjects = apr_array_make(p, rows->count, sizeof(scim_sync_plan_subject_t));
    int i;

    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(subjects, scim_sync_plan_subject_t) =
            (scim_sync_plan_subject_t) { .id = scim_sync_db_text(rows, i, 0),
                                         .kind = scim_sync_db_text(rows, i, 1) };
    }
    return subjects;
}

/* ---- pages ---- */

static apr_status_t select_told(scim_sync_db_t *db, scim_sync_rows_t **rows, const char *idp,
                                const scim_sync_plan_ask_t *ask, apr_pool_t *p)
{
    return scim_sync_db_select(db, rows, SCIM_SYNC_PLAN_TOLD,
                               DB_ARGS(DB_TEXT(idp), DB_TEXT(ask->after), DB_INT(ask->max),
                                       DB_TEXT(idp), DB_TEXT(ask->after), DB_INT(ask->max),
                                       DB_INT(ask->max)),
                               p);
}

/* *end is NULL when the last one is among those that are looked into. */
static apr_status_t select_counted(scim_sync_db_t *db, scim_sync_rows_t **rows, const char **end,
                                   const char *idp, const scim_sync_plan_ask_t *ask, apr_pool_t *p)
{
    scim_sync_rows_t *last;
    apr_status_t rv;

    *end = NULL;
    rv = scim_sync_db_select(
        db, &last, SCIM_SYNC_PLAN_END,
        DB_ARGS(DB_TEXT(idp), DB_TEXT(ask->what), DB_TEXT(ask->after), DB_INT(LOOKED_INTO - 1)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (last->count == 0) {
        return scim_sync_db_select(
            db, rows, SCIM_SYNC_PLAN_COUNTED(""),
            DB_ARGS(DB_TEXT(idp), DB_TEXT(ask->what), DB_TEXT(ask->after), DB_INT(ask->max)), p);
    }
    *end = scim_sync_db_text(last, 0, 0);
    return scim_sync_db_select(db, rows, SCIM_SYNC_PLAN_COUNTED(" AND c.subject <= %s"),
                               DB_ARGS(DB_TEXT(idp), DB_TEXT(ask->what), DB_TEXT(ask->after),
                                       DB_TEXT(*end), DB_INT(ask->max)),
                               p);
}

apr_status_t scim_sync_plan_page(scim_sync_db_t *db, apr_array_header_t **subjects,
                                 const char **next, const char *idp,
                                 const scim_sync_plan_ask_t *ask, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *next = NULL;
    if (ask->what) {
        rv = select_counted(db, &rows, next, idp, ask, p);
    }
    else if (ask->all) {
        rv = select_told(db, &rows, idp, ask, p);
    }
    else {
        rv = scim_sync_db_select(db, &rows, SCIM_SYNC_PLAN_TASKS,
                                 DB_ARGS(DB_TEXT(idp), DB_TEXT(ask->after), DB_INT(ask->max)), p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *subjects = subjects_of(rows, p);
    if (rows->count == ask->max) {
        *next = scim_sync_db_text(rows, rows->count - 1, 0);
    }
    return APR_SUCCESS;
}

/* ---- one ---- */

apr_status_t scim_sync_plan_find(scim_sync_db_t *db, apr_array_header_t **subjects, const char *idp,
                                 const char *kind, const char *id, const char *name, apr_pool_t *p)
{
    /* Site by site, which is how tasks are found by their subject, whatever a planner thinks. */
    static const char by_id[] =
        "SELECT id, " SCIM_SYNC_PLAN_KIND " FROM resource WHERE idp = %s AND type = %s"
        " AND id = %s UNION SELECT f.id, CAST(%s AS TEXT) FROM (SELECT"
        " (SELECT t.subject FROM task t WHERE t.site = s.name AND t.kind ="
        " %s AND t.subject = %s AND t.idp = %s) AS id FROM site s) f"
        " WHERE f.id IS NOT NULL";
    static const char by_name[] =
        "SELECT id, " SCIM_SYNC_PLAN_KIND " FROM resource WHERE idp = %s AND type = %s"
        " AND name_key = %s";
    static const char by_email[] =
        "SELECT id, " SCIM_SYNC_PLAN_KIND " FROM resource WHERE idp = %s AND type = %s"
        " AND email = %s ORDER BY id LIMIT 10";
    const char *type = strcmp(kind, SCIM_SYNC_TASK_USER) ? "Group" : "User";
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = id ? scim_sync_db_select(db, &rows, by_id,
                                  DB_ARGS(DB_TEXT(idp), DB_TEXT(type), DB_TEXT(id), DB_TEXT(kind),
                                          DB_TEXT(kind), DB_TEXT(id), DB_TEXT(idp)),
                                  p)
            : scim_sync_db_select(db, &rows, by_name,
                                  DB_ARGS(DB_TEXT(idp), DB_TEXT(type), DB_TEXT(name)), p);
    if (rv == APR_SUCCESS && !id && rows->count == 0) {
        rv = scim_sync_db_select(db, &rows, by_email,
                                 DB_ARGS(DB_TEXT(idp), DB_TEXT(type), DB_TEXT(name)), p);
    }
    if (rv == APR_SUCCESS) {
        *subjects = subjects_of(rows, p);
    }
    return rv;
}

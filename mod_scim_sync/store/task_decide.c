/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of tasks that a guard holds: released, discarded, looked at anew.
 */
#include "store/task_private.h"

#include <string.h>

#include <apr_strings.h>

#define DECIDABLE                                                                                  \
    " AND (state IN ('held', 'discarded')"                                                         \
    "  OR (state = 'failed' AND (guard IS NOT NULL OR discarded IS NOT NULL)))"                    \
    " AND NOT EXISTS (SELECT 1 FROM idp i WHERE i.name = task.idp AND i.state = 'paused')"

/* Each by its key (store/told.c says why). */
apr_status_t scim_sync_task_look_anew(scim_sync_db_t *db, const char *site, const char *object,
                                      const char *beside, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT DISTINCT l.kind, l.resource FROM jira_link l"
                             " WHERE l.site = %s AND l.object = %s AND l.resource <> %s",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(object), DB_TEXT(beside)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        rv = scim_sync_db_exec(db, NULL,
                               SCIM_SYNC_TASK_DUE_NOW
                               " WHERE site = %s AND kind = %s AND subject = %s" DECIDABLE,
                               DB_ARGS(DB_TEXT(site), DB_TEXT(scim_sync_db_text(rows, i, 0)),
                                       DB_TEXT(scim_sync_db_text(rows, i, 1))),
                               p);
    }
    return rv;
}

apr_status_t scim_sync_task_look_anew_site(scim_sync_db_t *db, const char *site, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, SCIM_SYNC_TASK_DUE_NOW " WHERE site = %s" DECIDABLE,
                             DB_ARGS(DB_TEXT(site)), p);
}

#define PASS                                                                                       \
    SCIM_SYNC_TASK_DUE_NOW                                                                         \
    ", released = 1, spared = NULL, guard = NULL, guard_idp = NULL, discarded = NULL"

apr_status_t scim_sync_task_release(scim_sync_db_t *db, apr_int64_t id, int *found, apr_pool_t *p)
{
    return scim_sync_db_exec(db, found,
                             SCIM_SYNC_TASK_RELEASE
                             " WHERE id = %lld AND (guard IS NOT NULL"
                             " OR discarded IS NOT NULL OR state = 'discarded')",
                             DB_ARGS(DB_INT(id)), p);
}

apr_status_t scim_sync_task_pass(scim_sync_db_t *db, apr_int64_t id, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, PASS " WHERE id = %lld", DB_ARGS(DB_INT(id)), p);
}

apr_status_t scim_sync_task_discard(scim_sync_db_t *db, apr_int64_t id, const char *words,
                                    int *found, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, found,
                           SCIM_SYNC_TASK_DISCARD " WHERE id = %lld AND guard IS NOT NULL",
                           DB_ARGS(DB_TEXT(words), DB_TEXT(words), DB_INT(id)), p);
    if (rv != APR_SUCCESS || *found) {
        return rv;
    }
    rv = scim_sync_db_exec(db, found,
                           "UPDATE task SET state = 'discarded', class = %s, status = 0,"
                           " seq = seq + 1, changed = {now}"
                           " WHERE id = %lld AND state = 'failed' AND discarded IS NOT NULL",
                           DB_ARGS(DB_TEXT(SCIM_SYNC_TASK_CLASS_GUARD), DB_INT(id)), p);
    if (rv != APR_SUCCESS || *found) {
        return rv;
    }
    return scim_sync_db_exec(db, found, "DELETE FROM task WHERE id = %lld AND state = 'failed'",
                             DB_ARGS(DB_INT(id)), p);
}

/* ---- what was discarded ---- */

const char *scim_sync_task_keeps(const scim_sync_task_t *task, const char *words, const char *takes,
                                 apr_pool_t *p)
{
    int own = task->discarded != NULL;

    return apr_pstrcat(p, words, SCIM_SYNC_TASK_KEEPS, takes ? takes : SCIM_SYNC_TASK_ALL_HELD,
                       own ? SCIM_SYNC_TASK_AFTER_ALL : "; a retry of that one ends it", NULL);
}

apr_status_t scim_sync_task_keep(scim_sync_db_t *db, const scim_sync_task_t *task,
                                 const char *takes, const char *detail, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE task SET state = 'discarded', takes = %s,"
        " spared = CASE WHEN guard IS NULL THEN spared END,"
        " guard = NULL, guard_idp = NULL, changed = {now}, class = %s, status = 0,"
        " detail = %s WHERE id = %lld AND seq = %lld",
        DB_ARGS(DB_TEXT(takes), DB_TEXT(SCIM_SYNC_TASK_CLASS_GUARD), DB_TEXT(detail),
                DB_INT(task->id), DB_INT(task->seq)),
        p);
}

/*
 * Whether what holds another task holds this one, too. Nothing waits for itself in a circle: a task
 * that is held by the guard of another IdP than its own may be so for the sake of this one, which
 * asks its own guard itself; of such tasks one waits for those only that were there before it. What
 * was released waits for what another IdP's own guard holds.
 */
static int is_held_with(const scim_sync_task_t *task, int released, const char *idp,
                        const char *guard_idp, apr_int64_t id)
{
    int own = !strcmp(guard_idp, idp);
    int twin = !strcmp(idp, task->idp);

    if (own && !twin) {
        return 1;
    }
    if (released == SCIM_SYNC_PASSES_RELEASED || released == SCIM_SYNC_PASSES_BEFORE) {
        return 0;
    }
    return id < task->id && (twin || strcmp(guard_idp, task->idp));
}

/* What another subject's task keeps, or holds, of the same person or group. */
static void hear(scim_sync_decision_t *decision, const scim_sync_rows_t *rows, int i, int leaving,
                 const scim_sync_task_t *task, apr_pool_t *p)
{
    const char *words = scim_sync_db_text(rows, i, 1);
    const char *guard_idp = scim_sync_db_text(rows, i, 4);
    int all = decision->released == SCIM_SYNC_PASSES_ALL;
    int lasts = scim_sync_db_number(rows, i, 3) > scim_sync_db_number(rows, i, 7);

    if (words && (all || !leaving || lasts)) {
        if (!decision->words) {
            decision->words = words;
            decision->beside = scim_sync_db_number(rows, i, 8);
        }
        decision->kept = apr_pstrcat(p, decision->kept, scim_sync_db_text(rows, i, 2), NULL);
    }
    if (guard_idp && is_held_with(task, decision->released, scim_sync_db_text(rows, i, 0),
                                  guard_idp, scim_sync_db_number(rows, i, 8))) {
        decision->held_idp = guard_idp;
        decision->held_by = scim_sync_db_text(rows, i, 5);
        decision->held = apr_pstrcat(p, decision->held, scim_sync_db_text(rows, i, 6), NULL);
    }
}

/*
 * Of other subjects with the same account, or group; of a leaver, if he had left before. Asked by
 * keys, for each of them (store/told.c says why).
 */
static apr_status_t decide_beside(scim_sync_db_t *db, const scim_sync_task_t *task,
                                  scim_sync_decision_t *decision, const char *object, int leaving,
                                  apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT t.idp, t.discarded, COALESCE(t.kept, '" SCIM_SYNC_TASK_SPARES_ALL "'),"
        " t.discarded_at, t.guard_idp, t.guard, COALESCE(t.spared, '" SCIM_SYNC_TASK_SPARES_ALL
        "'), (SELECT COALESCE(MAX(s.left_at), 0) FROM jira_link s WHERE s.site = l.site"
        " AND s.resource = %s), t.id FROM jira_link l JOIN task t ON t.site = l.site AND t.kind = "
        "%s"
        " AND t.subject IN (l.resource, NULL)"
        " WHERE l.site = %s AND l.object = %s AND l.resource <> %s ORDER BY t.id",
        DB_ARGS(DB_TEXT(task->subject), DB_TEXT(task->kind), DB_TEXT(task->site), DB_TEXT(object),
                DB_TEXT(task->subject)),
        p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        hear(decision, rows, i, leaving, task, p);
    }
    return rv;
}

apr_status_t scim_sync_task_decision(scim_sync_db_t *db, const scim_sync_task_t *task,
                                     scim_sync_decision_t *decision, const char *object,
                                     int leaving, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *decision = (scim_sync_decision_t) { .passes = "", .kept = "", .held = "" };
    rv = scim_sync_db_select(db, &rows,
                             "SELECT released, discarded,"
                             " CASE WHEN guard IS NULL THEN COALESCE(spared, '') ELSE '' END,"
                             " COALESCE(kept, '" SCIM_SYNC_TASK_SPARES_ALL
                             "') FROM task WHERE id = %lld",
                             DB_ARGS(DB_INT(task->id)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        decision->released = (scim_sync_passes_t)scim_sync_db_number(rows, 0, 0);
        decision->words = scim_sync_db_text(rows, 0, 1);
        decision->own = decision->words != NULL;
        decision->passes = scim_sync_db_text(rows, 0, 2);
        decision->kept = decision->own ? scim_sync_db_text(rows, 0, 3) : "";
    }
    return rv == APR_SUCCESS && object ? decide_beside(db, task, decision, object, leaving, p) : rv;
}

int scim_sync_task_covers(const char *ids, const char *id, apr_pool_t *p)
{
    return strstr(ids, SCIM_SYNC_TASK_SPARES_ALL) ||
           (id && strstr(ids, apr_pstrcat(p, " ", id, " ", NULL)));
}

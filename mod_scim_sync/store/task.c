/* SPDX-License-Identifier: Apache-2.0 */
#include "store/task_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "store/lease.h"
#include "store/link.h"

/*
 * Behind every INSERT: the twin that is there already is told so. Whose guard holds it, and that it
 * was discarded, stays; news ends the latter, and may take more than what was released.
 */
#define MERGE                                                                                      \
    " ON CONFLICT (site, kind, subject) DO UPDATE SET seq = task.seq + 1, state = 'waiting',"      \
    " attempts = 0, next_at = excluded.next_at, class = NULL, failed_since = 0, status = 0,"       \
    " detail = NULL, changed = excluded.changed, idp = excluded.idp,"                              \
    " name = COALESCE(excluded.name, task.name)"
#define PERHAPS_MORE ", released = CASE task.released WHEN 2 THEN 3 ELSE task.released END"
#define NEWS         ", discarded = NULL" PERHAPS_MORE
/* With 1 when it is news, else 0. */
#define PERHAPS_NEWS ", discarded = CASE %lld WHEN 1 THEN NULL ELSE task.discarded END" PERHAPS_MORE
/* Name is the last of the values. */
#define INTO                                                                                       \
    "INSERT INTO task (site, idp, kind, subject, state, seq, attempts, next_at, status, created,"  \
    " changed, name) "
#define FRESH "'waiting', 1, 0, {now}, 0, {now}, {now}"

apr_status_t scim_sync_task_add(scim_sync_db_t *db, const char *idp, const char *kind,
                                const char *subject, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        INTO "SELECT s.site, s.idp, CAST(%s AS TEXT), CAST(%s AS TEXT), " FRESH
             ", (SELECT r.name FROM resource r WHERE r.id = %s)"
             " FROM idp_site s WHERE s.idp = %s" MERGE NEWS,
        DB_ARGS(DB_TEXT(kind), DB_TEXT(subject), DB_TEXT(subject), DB_TEXT(idp)), p);
}

apr_status_t scim_sync_task_add_each(scim_sync_db_t *db, const char *idp, const char *kind,
                                     const apr_array_header_t *subjects, apr_pool_t *p)
{
    const json_t *ids = scim_sync_json_own(scim_sync_json_list(subjects), p);

    return scim_sync_db_exec(
        db, NULL,
        INTO "SELECT s.site, s.idp, CAST(%s AS TEXT), r.id, " FRESH
             ", r.name FROM {texts}(CAST(%s AS {json})) e JOIN resource r ON r.id = e.value"
             " JOIN idp_site s ON s.idp = r.idp WHERE r.idp = %s" MERGE NEWS,
        DB_ARGS(DB_TEXT(kind), DB_TEXT(scim_sync_json_text(ids, NULL, p)), DB_TEXT(idp)), p);
}

/* Everybody of an IdP. */
static apr_status_t add_users(scim_sync_db_t *db, const char *idp, const char *site, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             INTO "SELECT s.site, s.idp, 'user', r.id, " FRESH
                                  ", r.name FROM resource r JOIN idp_site s ON s.idp = r.idp"
                                  " WHERE r.idp = %s AND r.type = 'User'"
                                  " AND s.site = COALESCE(%s, s.site)" MERGE,
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(site)), p);
}

/*
 * The people in a group and in the groups that are in it, each once. UNION: a group that is found a
 * second time is not followed again.
 */
static apr_status_t add_below(scim_sync_db_t *db, const char *idp, const char *group,
                              const char *site, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        INTO "WITH RECURSIVE down (id) AS (SELECT CAST(%s AS TEXT) UNION SELECT m.value FROM down"
             " JOIN member m ON m.resource = down.id JOIN resource g ON g.id = m.value"
             " WHERE g.idp = %s AND g.type = 'Group')"
             " SELECT s.site, s.idp, 'user', r.id, " FRESH
             ", r.name FROM (SELECT DISTINCT m.value AS id FROM down JOIN member m ON m.resource = "
             "down.id)"
             " b JOIN resource r ON r.id = b.id JOIN idp_site s ON s.idp = r.idp"
             " WHERE r.idp = %s AND r.type = 'User' AND s.site = COALESCE(%s, s.site)" MERGE
                 PERHAPS_NEWS,
        DB_ARGS(DB_TEXT(group), DB_TEXT(idp), DB_TEXT(idp), DB_TEXT(site), DB_INT(site == NULL)),
        p);
}

apr_status_t scim_sync_task_add_member(scim_sync_db_t *db, const char *idp, const char *value,
                                       apr_pool_t *p)
{
    int is_user = 0;
    apr_status_t rv;

    rv = scim_sync_db_exec(db, &is_user,
                           INTO "SELECT s.site, s.idp, 'user', r.id, " FRESH
                                ", r.name FROM resource r"
                                " JOIN idp_site s ON s.idp = r.idp WHERE r.id = %s AND r.idp = %s"
                                " AND r.type = 'User'" MERGE NEWS,
                           DB_ARGS(DB_TEXT(value), DB_TEXT(idp)), p);
    if (rv != APR_SUCCESS || is_user) {
        return rv;
    }
    rv = scim_sync_lease_hold_fed(db, idp, p);
    return rv == APR_SUCCESS ? add_below(db, idp, value, NULL, p) : rv;
}

apr_status_t scim_sync_task_add_members(scim_sync_db_t *db, const char *idp, const char *group,
                                        const char *site, apr_pool_t *p)
{
    return scim_sync_link_idp(group) ? add_users(db, idp, site, p)
                                     : add_below(db, idp, group, site, p);
}

apr_status_t scim_sync_task_add_all(scim_sync_db_t *db, const char *idp, const char *site,
                                    apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(
        db, NULL,
        INTO
        "SELECT s.site, s.idp, CASE r.type WHEN 'User' THEN 'user' ELSE 'group' END, r.id, " FRESH
        ", r.name FROM resource r JOIN idp_site s ON s.idp = r.idp WHERE r.idp = %s"
        " AND s.site = COALESCE(%s, s.site)" MERGE,
        DB_ARGS(DB_TEXT(idp), DB_TEXT(site)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* Without rules there are no default groups, and never were. */
    return scim_sync_db_exec(db, NULL,
                             INTO
                             "SELECT s.site, s.idp, 'group', '" SCIM_SYNC_DEFAULT
                             "' || s.idp, " FRESH
                             ", CAST(NULL AS TEXT) FROM idp_site s JOIN idp i ON i.name = s.idp"
                             " WHERE s.idp = %s AND i.rules <> '{}'"
                             " AND s.site = COALESCE(%s, s.site)" MERGE,
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(site)), p);
}

/* A group in the IdP may stand for it by two of its names. */
static apr_status_t add_linked(scim_sync_db_t *db, const char *site, const char *object,
                               apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        INTO "SELECT DISTINCT l.site, COALESCE(r.idp, substr(l.resource, 9)), l.kind, "
             "l.resource, " FRESH
             ", r.name FROM jira_link l LEFT JOIN resource r ON r.id = l.resource WHERE l.site = %s"
             " AND l.object = %s"
             " AND (r.id IS NOT NULL OR substr(l.resource, 1, 8) = '" SCIM_SYNC_DEFAULT "')" MERGE,
        DB_ARGS(DB_TEXT(site), DB_TEXT(object)), p);
}

apr_status_t scim_sync_task_add_linked(scim_sync_db_t *db, const char *site, const char *object,
                                       apr_pool_t *p)
{
    apr_status_t rv = add_linked(db, site, object, p);

    return rv == APR_SUCCESS ? scim_sync_task_look_anew(db, site, object, "", p) : rv;
}

#define ONE                                                                                        \
    INTO                                                                                           \
        "SELECT s.site, s.idp, CASE r.type WHEN 'User' THEN 'user' ELSE 'group' END, r.id, " FRESH \
        ", r.name FROM resource r JOIN idp_site s ON s.idp = r.idp WHERE r.id = %s AND s.site = "  \
        "%s"

apr_status_t scim_sync_task_renew(scim_sync_db_t *db, const char *site, const char *subject,
                                  int *added, apr_pool_t *p)
{
    return scim_sync_db_exec(db, added, ONE MERGE " WHERE task.state <> 'waiting'",
                             DB_ARGS(DB_TEXT(subject), DB_TEXT(site)), p);
}

apr_status_t scim_sync_task_add_missing(scim_sync_db_t *db, const char *site, const char *subject,
                                        int *added, apr_pool_t *p)
{
    return scim_sync_db_exec(db, added, ONE " ON CONFLICT (site, kind, subject) DO NOTHING",
                             DB_ARGS(DB_TEXT(subject), DB_TEXT(site)), p);
}

static scim_sync_task_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_task_t *t = apr_pcalloc(p, sizeof(*t));

    t->id = scim_sync_db_number(rows, i, 0);
    t->site = scim_sync_db_text(rows, i, 1);
    t->kind = scim_sync_db_text(rows, i, 2);
    t->subject = scim_sync_db_text(rows, i, 3);
    t->state = scim_sync_db_text(rows, i, 4);
    t->seq = scim_sync_db_number(rows, i, 5);
    t->attempts = (int)scim_sync_db_number(rows, i, 6);
    t->next_at = scim_sync_db_number(rows, i, 7);
    t->status = (int)scim_sync_db_number(rows, i, 8);
    t->detail = scim_sync_db_text(rows, i, 9);
    t->created = scim_sync_db_number(rows, i, 10);
    t->changed = scim_sync_db_number(rows, i, 11);
    t->idp = scim_sync_db_text(rows, i, 12);
    t->class = scim_sync_db_text(rows, i, 13);
    t->failed_since = scim_sync_db_number(rows, i, 14);
    t->released = (int)scim_sync_db_number(rows, i, 15);
    t->guard = scim_sync_db_text(rows, i, 16);
    t->guard_idp = scim_sync_db_text(rows, i, 17);
    t->takes = scim_sync_db_text(rows, i, 18);
    t->discarded = scim_sync_db_text(rows, i, 19);
    t->spared = scim_sync_db_text(rows, i, 20);
    t->name = scim_sync_db_text(rows, i, 21);
    return t;
}

apr_array_header_t *scim_sync_task_rows(const scim_sync_rows_t *rows, apr_pool_t *p)
{
    apr_array_header_t *tasks = apr_array_make(p, rows->count, sizeof(scim_sync_task_t *));
    int i;

    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(tasks, scim_sync_task_t *) = from_row(rows, i, p);
    }
    return tasks;
}

static int by_time(const void *a, const void *b)
{
    const scim_sync_task_t *left = *(const scim_sync_task_t *const *)a;
    const scim_sync_task_t *right = *(const scim_sync_task_t *const *)b;

    if (left->next_at != right->next_at) {
        return left->next_at < right->next_at ? -1 : 1;
    }
    return left->id < right->id ? -1 : left->id > right->id;
}

/* Kinds in the order of work, each at the place of its column in the fronts. */
static const char *const kinds[] = { NULL, SCIM_SYNC_TASK_GROUP, SCIM_SYNC_TASK_USER,
                                     SCIM_SYNC_TASK_PORTAL };
#define GROUPS  1
#define USERS   2
#define PORTALS 3
#define KINDS   4
/* One in so many is a portal's before all others, whose tasks may be more than can be done soon. */
#define PORTAL_SHARE 4

static apr_status_t select_fronts(scim_sync_db_t *db, scim_sync_rows_t **fronts, const char *site,
                                  apr_pool_t *p)
{
    return scim_sync_db_select(
        db, fronts, SCIM_SYNC_TASK_FRONTS,
        DB_ARGS(DB_TEXT(site), DB_TEXT(site), DB_TEXT(site), DB_TEXT(site), DB_TEXT(site)), p);
}

/* Milliseconds until the first task of a front is due; -1: it has none. */
static apr_int64_t ms_of(const scim_sync_rows_t *fronts, int i, int kind)
{
    apr_int64_t ms = scim_sync_db_number(fronts, i, kind);

    return !scim_sync_db_text(fronts, i, kind) ? -1 : ms > 0 ? ms : 0;
}

/*
 * Append what is due of one kind: of all IdPs, the first ones in time, until there are max tasks.
 */
static apr_status_t append_due(scim_sync_db_t *db, apr_array_header_t *tasks,
                               const scim_sync_rows_t *fronts, const char *site, int kind, int max,
                               apr_pool_t *p)
{
    apr_array_header_t *found = apr_array_make(p, 16, sizeof(scim_sync_task_t *));
    scim_sync_rows_t *rows;
    apr_status_t rv = APR_SUCCESS;
    int i;

    max -= tasks->nelts;
    for (i = 0; rv == APR_SUCCESS && max > 0 && i < fronts->count; i++) {
        if (ms_of(fronts, i, kind) != 0) {
            continue;
        }
        rv = scim_sync_db_select(db, &rows, SCIM_SYNC_TASK_DUE,
                                 DB_ARGS(DB_TEXT(site), DB_TEXT(scim_sync_db_text(fronts, i, 0)),
                                         DB_TEXT(kinds[kind]), DB_INT(max)),
                                 p);
        if (rv == APR_SUCCESS) {
            apr_array_cat(found, scim_sync_task_rows(rows, p));
        }
    }
    qsort(found->elts, (size_t)found->nelts, sizeof(scim_sync_task_t *), by_time);
    found->nelts = found->nelts < max ? found->nelts : max;
    apr_array_cat(tasks, found);
    return rv;
}

/* From the first'th on, and no more than so many. */
static void append_some(apr_array_header_t *tasks, const apr_array_header_t *from, int first,
                        int most)
{
    int i;

    for (i = first; i < from->nelts && i < first + most; i++) {
        APR_ARRAY_PUSH(tasks, scim_sync_task_t *) = APR_ARRAY_IDX(from, i, scim_sync_task_t *);
    }
}

apr_status_t scim_sync_task_due(scim_sync_db_t *db, apr_array_header_t **tasks, const char *site,
                                int max, apr_pool_t *p)
{
    scim_sync_rows_t *fronts;
    apr_status_t rv = select_fronts(db, &fronts, site, p);
    apr_array_header_t *portals = apr_array_make(p, 4, sizeof(scim_sync_task_t *));

    *tasks = apr_array_make(p, 16, sizeof(scim_sync_task_t *));
    if (rv != APR_SUCCESS ||
        (rv = append_due(db, portals, fronts, site, PORTALS, max, p)) != APR_SUCCESS) {
        return rv;
    }
    append_some(*tasks, portals, 0, max / PORTAL_SHARE);
    if ((rv = append_due(db, *tasks, fronts, site, GROUPS, max, p)) == APR_SUCCESS) {
        rv = append_due(db, *tasks, fronts, site, USERS, max, p);
    }
    append_some(*tasks, portals, max / PORTAL_SHARE, max - (*tasks)->nelts);
    return rv;
}

apr_status_t scim_sync_task_more_come(scim_sync_db_t *db, int *come, const char *site,
                                      apr_pool_t *p)
{
    scim_sync_rows_t *fronts;
    apr_status_t rv = select_fronts(db, &fronts, site, p);
    int i;

    *come = 0;
    for (i = 0; rv == APR_SUCCESS && i < fronts->count; i++) {
        *come |= ms_of(fronts, i, GROUPS) == 0 || ms_of(fronts, i, USERS) == 0;
    }
    return rv;
}

apr_status_t scim_sync_task_next(scim_sync_db_t *db, apr_int64_t *ms, const char *site,
                                 apr_pool_t *p)
{
    scim_sync_rows_t *fronts;
    apr_status_t rv = select_fronts(db, &fronts, site, p);
    int kind;
    int i;

    *ms = -1;
    for (i = 0; rv == APR_SUCCESS && i < fronts->count; i++) {
        for (kind = 1; kind < KINDS; kind++) {
            apr_int64_t first = ms_of(fronts, i, kind);

            *ms = first >= 0 && (*ms < 0 || first < *ms) ? first : *ms;
        }
    }
    return rv;
}

apr_status_t scim_sync_task_done(scim_sync_db_t *db, const scim_sync_task_t *task, int *again,
                                 apr_pool_t *p)
{
    int gone = 0;
    apr_status_t rv;

    rv = scim_sync_db_exec(db, &gone, "DELETE FROM task WHERE id = %lld AND seq = %lld",
                           DB_ARGS(DB_INT(task->id), DB_INT(task->seq)), p);
    *again = !gone;
    return rv == APR_SUCCESS && *again
               ? scim_sync_db_exec(db, NULL, "UPDATE task SET created = {now} WHERE id = %lld",
                                   DB_ARGS(DB_INT(task->id)), p)
               : rv;
}

const char *scim_sync_task_class(const scim_sync_outcome_t *outcome)
{
    switch (outcome->verdict) {
    case SCIM_SYNC_DENIED:
        return SCIM_SYNC_TASK_CLASS_SITE;
    case SCIM_SYNC_REFUSED:
        return SCIM_SYNC_TASK_CLASS_PERSON;
    case SCIM_SYNC_GUARDED:
        return SCIM_SYNC_TASK_CLASS_GUARD;
    case SCIM_SYNC_RETRY:
        return outcome->status == 429 || outcome->retry_ms > 0 ? SCIM_SYNC_TASK_CLASS_WAIT
                                                               : SCIM_SYNC_TASK_CLASS_RETRY;
    default:
        return NULL;
    }
}

/* What a failure leaves in its task, with these values: class, status, detail. */
#define FAILED                                                                                     \
    " failed_since = CASE WHEN failed_since = 0 THEN {now} ELSE failed_since END,"                 \
    " class = %s, status = %lld, detail = %s"

apr_status_t scim_sync_task_delay(scim_sync_db_t *db, const scim_sync_task_t *task,
                                  apr_int64_t delay, const scim_sync_outcome_t *outcome,
                                  apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE task SET state = 'waiting', attempts = attempts + 1,"
                             " next_at = {now} + %lld,"
                             " changed = {now}," FAILED " WHERE id = %lld AND seq = %lld",
                             DB_ARGS(DB_INT(delay), DB_TEXT(scim_sync_task_class(outcome)),
                                     DB_INT(outcome->status), DB_TEXT(outcome->detail),
                                     DB_INT(task->id), DB_INT(task->seq)),
                             p);
}

#define FAIL                                                                                       \
    "UPDATE task SET attempts = attempts + 1, state = 'failed', released = 0, changed = "          \
    "{now}," FAILED
#define AS_READ " WHERE id = %lld AND seq = %lld"

static apr_status_t fail(scim_sync_db_t *db, const char *sql, const scim_sync_task_t *task,
                         const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, sql,
                             DB_ARGS(DB_TEXT(scim_sync_task_class(outcome)),
                                     DB_INT(outcome->status), DB_TEXT(outcome->detail),
                                     DB_INT(task->id), DB_INT(task->seq)),
                             p);
}

apr_status_t scim_sync_task_park(scim_sync_db_t *db, const scim_sync_task_t *task,
                                 const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    return fail(db, FAIL ", guard = NULL, guard_idp = NULL, discarded = NULL" AS_READ, task,
                outcome, p);
}

apr_status_t scim_sync_task_fail(scim_sync_db_t *db, const scim_sync_task_t *task,
                                 const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    return fail(db, FAIL AS_READ, task, outcome, p);
}

apr_status_t scim_sync_task_hold(scim_sync_db_t *db, const scim_sync_task_t *task, const char *idp,
                                 const char *kind, const char *takes, const char *spared,
                                 const scim_sync_outcome_t *outcome, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "UPDATE task SET state = 'held', guard = %s, guard_idp = %s,"
        " takes = %s, spared = %s, released = CASE released WHEN 1 THEN 1 ELSE 0 END,"
        " changed = {now}," FAILED " WHERE id = %lld AND seq = %lld",
        DB_ARGS(DB_TEXT(kind), DB_TEXT(idp), DB_TEXT(takes), DB_TEXT(spared),
                DB_TEXT(scim_sync_task_class(outcome)), DB_INT(outcome->status),
                DB_TEXT(outcome->detail), DB_INT(task->id), DB_INT(task->seq)),
        p);
}

/*
 * By a person: what was discarded is so no more; of one that has failed as well, or is held, only
 * if it was the former that was asked for.
 */
#define END_DISCARD SCIM_SYNC_TASK_DUE_NOW ", discarded = NULL"
#define RETRY                                                                                      \
    SCIM_SYNC_TASK_DUE_NOW ", discarded = CASE state WHEN 'discarded' THEN NULL ELSE discarded "   \
                           "END"
/*
 * That a desk is open is not believed any more when its task is tried again (store/portal.h). With
 * more conditions, and a bracket, behind it.
 */
#define REOPEN                                                                                     \
    "UPDATE jira_group SET desk_open = '' WHERE desk_open IS NOT NULL AND EXISTS (SELECT 1"        \
    " FROM task t WHERE t.kind = '" SCIM_SYNC_TASK_PORTAL "' AND t.site = jira_group.site"         \
    " AND t.subject = jira_group.group_id"

apr_status_t scim_sync_task_retry_site(scim_sync_db_t *db, const char *site, int *count,
                                       apr_pool_t *p)
{
    apr_status_t rv =
        scim_sync_db_exec(db, NULL, REOPEN " AND t.site = %s)", DB_ARGS(DB_TEXT(site)), p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_db_exec(db, count,
                             SCIM_SYNC_TASK_DUE_NOW
                             " WHERE site = %s AND state NOT IN ('held', 'discarded')",
                             DB_ARGS(DB_TEXT(site)), p);
}

apr_status_t scim_sync_task_retry_idp(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, SCIM_SYNC_TASK_DUE_NOW " WHERE idp = %s",
                             DB_ARGS(DB_TEXT(idp)), p);
}

apr_status_t scim_sync_task_explain_site(scim_sync_db_t *db, const char *site, int status,
                                         const char *detail, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE task SET" FAILED " WHERE site = %s AND state = 'waiting'"
                             " AND (COALESCE(class, '') <> 'site'"
                             " OR COALESCE(detail, '') <> COALESCE(%s, ''))",
                             DB_ARGS(DB_TEXT(SCIM_SYNC_TASK_CLASS_SITE), DB_INT(status),
                                     DB_TEXT(detail), DB_TEXT(site), DB_TEXT(detail)),
                             p);
}

/* ---- for people ---- */

/*
 * One text for all filters: a site has some thousand tasks at most that are read past. What is held
 * or discarded is that also while something else of it waits or has failed.
 */
#define MATCHES                                                                                    \
    " COALESCE(%s, t.state) IN (t.state,"                                                          \
    "  CASE WHEN t.guard IS NOT NULL AND t.state <> 'planned' THEN 'held' END,"                    \
    "  CASE WHEN t.discarded IS NOT NULL THEN 'discarded' END)"                                    \
    " AND t.kind = COALESCE(%s, t.kind)"                                                           \
    " AND t.site = COALESCE(%s, t.site) AND t.idp = COALESCE(%s, t.idp)"                           \
    " AND t.subject = COALESCE(%s, t.subject)"                                                     \
    " AND COALESCE(t.class, '') = COALESCE(%s, t.class, '')"                                       \
    " AND t.status = COALESCE(%lld, t.status)"                                                     \
    " AND COALESCE(t.guard_idp, '') = COALESCE(%s, t.guard_idp, '')"                               \
    " AND COALESCE(t.guard, '') = COALESCE(%s, t.guard, '')"
#define MATCHED(f)                                                                                 \
    DB_TEXT((f)->state), DB_TEXT((f)->kind), DB_TEXT((f)->site), DB_TEXT((f)->idp),                \
        DB_TEXT((f)->subject), DB_TEXT((f)->class),                                                \
        (f)->status < 0 ? DB_TEXT(NULL) : DB_INT((f)->status), DB_TEXT((f)->guard_idp),            \
        DB_TEXT((f)->guard)

apr_status_t scim_sync_task_load(scim_sync_db_t *db, scim_sync_task_t **task, apr_int64_t id,
                                 apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT " SCIM_SYNC_TASK_COLUMNS ", " SCIM_SYNC_TASK_NAME
                             " FROM task t WHERE t.id = %lld",
                             DB_ARGS(DB_INT(id)), p);
    *task = rv == APR_SUCCESS && rows->count > 0 ? from_row(rows, 0, p) : NULL;
    return rv;
}

apr_status_t scim_sync_task_retry(scim_sync_db_t *db, apr_int64_t id, int *found, apr_pool_t *p)
{
    apr_status_t rv =
        scim_sync_db_exec(db, NULL, REOPEN " AND t.id = %lld)", DB_ARGS(DB_INT(id)), p);

    return rv == APR_SUCCESS
               ? scim_sync_db_exec(db, found, RETRY " WHERE id = %lld", DB_ARGS(DB_INT(id)), p)
               : rv;
}

apr_status_t scim_sync_task_retry_all(scim_sync_db_t *db, const scim_sync_task_filter_t *filter,
                                      int *count, apr_pool_t *p)
{
    int decides = filter->state && !strcmp(filter->state, SCIM_SYNC_TASK_DISCARDED);
    apr_status_t rv =
        scim_sync_db_exec(db, NULL, REOPEN " AND" MATCHES ")", DB_ARGS(MATCHED(filter)), p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_db_exec(db, count,
                             decides ? END_DISCARD
                                 " WHERE id IN (SELECT t.id FROM task t WHERE" MATCHES ")"
                                     : RETRY " WHERE id IN (SELECT t.id FROM task t WHERE" MATCHES
                                             ")",
                             DB_ARGS(MATCHED(filter)), p);
}

apr_status_t scim_sync_task_retry_subject(scim_sync_db_t *db, const char *site, const char *subject,
                                          int *count, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_db_exec(db, NULL, REOPEN " AND t.site = %s AND t.subject = %s)",
                                        DB_ARGS(DB_TEXT(site), DB_TEXT(subject)), p);

    return rv == APR_SUCCESS
               ? scim_sync_db_exec(db, count,
                                   SCIM_SYNC_TASK_DUE_NOW " WHERE site = %s AND subject = %s",
                                   DB_ARGS(DB_TEXT(site), DB_TEXT(subject)), p)
               : rv;
}

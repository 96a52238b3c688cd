/* SPDX-License-Identifier: Apache-2.0 */
#include "store/guard.h"

#include "store/link.h"

/* Tasks that are put off longer than that (a grace period) are not of the same push. */
#define SOON_MS 60000

static apr_status_t count_rows(scim_sync_db_t *db, apr_int64_t *number, const char *sql, int n,
                               const scim_sync_value_t *values, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, sql, n, values, p);

    *number = rv == APR_SUCCESS ? scim_sync_db_number(rows, 0, 0) : 0;
    return rv;
}

/* ---- what was taken ---- */

#define OF_COUNT       " WHERE c.idp = %s AND c.site = %s AND c.kind = %s"
#define COUNT(c)       DB_TEXT((c)->idp), DB_TEXT((c)->site), DB_TEXT((c)->kind)
#define WITHIN         " AND c.at > {now} - %lld"
#define COUNT_SINCE(c) COUNT(c), DB_INT((c)->window)

apr_status_t scim_sync_guard_add(scim_sync_db_t *db, const scim_sync_guard_count_t *count,
                                 const char *subject, const char *object, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL,
                           "DELETE FROM guard_count WHERE idp = %s AND site = %s AND kind = %s"
                           " AND at <= {now} - %lld",
                           DB_ARGS(COUNT_SINCE(count)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO guard_count (idp, site, kind, subject, object, at)"
        " VALUES (%s, %s, %s, %s, %s, {now}) ON CONFLICT (idp, site, kind, subject, object)"
        " DO UPDATE SET at = excluded.at",
        DB_ARGS(COUNT(count), DB_TEXT(subject), DB_TEXT(object)), p);
}

apr_status_t scim_sync_guard_has(scim_sync_db_t *db, int *has, const scim_sync_guard_count_t *count,
                                 const char *subject, const char *object, apr_pool_t *p)
{
    apr_int64_t number;
    apr_status_t rv;

    rv = count_rows(db, &number,
                    "SELECT COUNT(*) FROM guard_count c" OF_COUNT
                    " AND c.subject = %s AND c.object = %s" WITHIN,
                    DB_ARGS(COUNT(count), DB_TEXT(subject), DB_TEXT(object), DB_INT(count->window)),
                    p);
    *has = number > 0;
    return rv;
}

apr_status_t scim_sync_guard_taken(scim_sync_db_t *db, apr_int64_t *number,
                                   const scim_sync_guard_count_t *count, apr_pool_t *p)
{
    return count_rows(db, number, "SELECT COUNT(*) FROM guard_count c" OF_COUNT WITHIN,
                      DB_ARGS(COUNT_SINCE(count)), p);
}

/* ---- what waits to be taken ---- */

/*
 * The tasks in question, along the index task_due; everything else is asked by keys, for each of
 * them (store/told.c says why). What is counted as taken is being done.
 */
#define WAITING(kind)                                                                              \
    "SELECT COUNT(*) FROM task t WHERE t.site = %s AND t.state = 'waiting' AND t.kind = '" kind    \
    "'"                                                                                            \
    " AND t.next_at <= {now} + %lld AND t.idp = %s AND t.released = 0 AND t.subject <> %s"
#define TAKEN                                                                                      \
    "(SELECT COUNT(*) FROM guard_count c" OF_COUNT " AND c.subject = t.subject AND c.object = %s"  \
    " AND c.at > {now} - %lld)"
#define WAITING_ARGS(c, beside)                                                                    \
    DB_TEXT((c)->site), DB_INT(SOON_MS), DB_TEXT((c)->idp), DB_TEXT(beside)
#define TAKEN_ARGS(c, object) COUNT(c), DB_TEXT(object), DB_INT((c)->window)

apr_status_t scim_sync_guard_leavers(scim_sync_db_t *db, apr_int64_t *number,
                                     const scim_sync_guard_count_t *count, const char *beside,
                                     apr_pool_t *p)
{
    /* An account of ours whose groups were never read came with access to products. */
    static const char sql[] = WAITING(
        "user") " AND (SELECT COUNT(*) FROM resource r WHERE r.id = t.subject AND r.active = 1) = 0"
                " AND (SELECT COUNT(*) FROM jira_link l WHERE l.site = t.site AND l.resource = "
                "t.subject"
                " AND ((SELECT COUNT(*) FROM jira_account a WHERE a.site = l.site"
                " AND a.account_id = l.object AND a.ours = 1 AND a.groups_read = 0) > 0"
                " OR (SELECT COUNT(*) FROM jira_member m WHERE m.site = l.site"
                " AND m.account_id = l.object AND m.state NOT IN ('theirs', 'withdrawn')) > 0)"
                " AND (SELECT COUNT(*) FROM jira_link o JOIN resource r ON r.id = o.resource"
                " WHERE o.site = l.site AND o.object = l.object AND r.active = 1) = 0) > 0"
                " AND " TAKEN " = 0";

    return count_rows(db, number, sql, DB_ARGS(WAITING_ARGS(count, beside), TAKEN_ARGS(count, "")),
                      p);
}

/* Who is in it by a group that is in a group: asked once, not for each of the tasks. */
#define BELOW                                                                                      \
    "WITH RECURSIVE down (id) AS (SELECT m.value FROM jira_link g JOIN member m"                   \
    " ON m.resource = g.resource JOIN resource i ON i.id = m.value AND i.type = 'Group'"           \
    " JOIN resource o ON o.id = g.resource AND o.idp = i.idp"                                      \
    " WHERE g.site = %s AND g.object = %s UNION SELECT m.value FROM down"                          \
    " JOIN member m ON m.resource = down.id JOIN resource i ON i.id = m.value"                     \
    " AND i.type = 'Group' JOIN resource o ON o.id = down.id AND o.idp = i.idp)"                   \
    " SELECT b.value FROM down JOIN member b ON b.resource = down.id"

apr_status_t scim_sync_guard_losers(scim_sync_db_t *db, apr_int64_t *number,
                                    const scim_sync_guard_count_t *count, const char *group_id,
                                    const char *beside, apr_pool_t *p)
{
    static const char sql[] = WAITING(
        "user") " AND (SELECT COUNT(*) FROM resource r WHERE r.id = t.subject AND r.active = 1) > 0"
                " AND (SELECT COUNT(*) FROM jira_link l WHERE l.site = t.site AND l.resource = "
                "t.subject"
                " AND (SELECT COUNT(*) FROM jira_member m WHERE m.site = l.site"
                " AND m.account_id = l.object AND m.group_id = %s AND m.state IN ('ours', "
                "'adding')) > 0)"
                " > 0"
                " AND (SELECT COUNT(*) FROM jira_link g JOIN member b ON b.resource = g.resource"
                " WHERE g.site = t.site AND g.object = %s AND b.value = t.subject) = 0"
                " AND (SELECT COUNT(*) FROM jira_link g WHERE g.site = t.site"
                " AND g.resource = '" SCIM_SYNC_DEFAULT "' || t.idp AND g.object = %s) = 0"
                " AND t.subject NOT IN (" BELOW ") AND " TAKEN " = 0";

    return count_rows(db, number, sql,
                      DB_ARGS(WAITING_ARGS(count, beside), DB_TEXT(group_id), DB_TEXT(group_id),
                              DB_TEXT(group_id), DB_TEXT(count->site), DB_TEXT(group_id),
                              TAKEN_ARGS(count, group_id)),
                      p);
}

apr_status_t scim_sync_guard_gone_groups(scim_sync_db_t *db, apr_int64_t *number,
                                         const scim_sync_guard_count_t *count, const char *beside,
                                         apr_pool_t *p)
{
    static const char sql[] =
        WAITING("group") " AND (SELECT COUNT(*) FROM resource r WHERE r.id = t.subject) = 0"
                         " AND (SELECT COUNT(*) FROM jira_link l WHERE l.site = t.site AND "
                         "l.resource = t.subject"
                         " AND l.object IS NOT NULL) > 0"
                         " AND t.subject <> '" SCIM_SYNC_DEFAULT "' || t.idp AND " TAKEN " = 0";

    return count_rows(db, number, sql, DB_ARGS(WAITING_ARGS(count, beside), TAKEN_ARGS(count, "")),
                      p);
}

/* ---- how much there is in all ---- */

apr_status_t scim_sync_guard_linked(scim_sync_db_t *db, apr_int64_t *number,
                                    const scim_sync_guard_count_t *count, const char *type,
                                    apr_pool_t *p)
{
    return count_rows(db, number,
                      "SELECT COUNT(*) FROM resource r WHERE r.idp = %s AND r.type = %s"
                      " AND r.active = 1 AND (SELECT COUNT(*) FROM jira_link l WHERE l.site = %s"
                      " AND l.resource = r.id AND l.object IS NOT NULL) > 0",
                      DB_ARGS(DB_TEXT(count->idp), DB_TEXT(type), DB_TEXT(count->site)), p);
}

apr_status_t scim_sync_guard_memberships(scim_sync_db_t *db, apr_int64_t *number,
                                         const scim_sync_guard_count_t *count, apr_pool_t *p)
{
    return count_rows(db, number,
                      "SELECT COUNT(*) FROM resource r JOIN jira_link l ON l.resource = r.id"
                      " JOIN jira_member m ON m.site = l.site AND m.account_id = l.object"
                      " WHERE r.idp = %s AND r.type = 'User' AND l.site = %s"
                      " AND m.state NOT IN ('theirs', 'withdrawn')",
                      DB_ARGS(DB_TEXT(count->idp), DB_TEXT(count->site)), p);
}

/* ---- tripped ---- */

apr_status_t scim_sync_guard_trip(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                  int *first, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, first,
        "INSERT INTO guard_trip (idp, site, kind, counted, most, span, detail, at)"
        " VALUES (%s, %s, %s, %lld, %lld, %lld, %s, {now}) ON CONFLICT (idp, site, kind)"
        " DO NOTHING",
        DB_ARGS(COUNT(trip), DB_INT(trip->counted), DB_INT(trip->most), DB_INT(trip->window),
                DB_TEXT(trip->detail)),
        p);
}

apr_status_t scim_sync_guard_tripped(scim_sync_db_t *db, const char **detail,
                                     const scim_sync_guard_count_t *count, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv = scim_sync_db_select(db, &rows, "SELECT c.detail FROM guard_trip c" OF_COUNT,
                                          DB_ARGS(COUNT(count)), p);

    *detail = rv == APR_SUCCESS ? scim_sync_db_text(rows, 0, 0) : NULL;
    return rv;
}

/* By its key, for each resource that stands for the account. */
#define HELD_TASK                                                                                  \
    " FROM task t WHERE t.site = l.site AND t.kind = 'user' AND t.subject = l.resource"            \
    " AND t.state = 'held')"

apr_status_t scim_sync_guard_beside(scim_sync_db_t *db, const char **idp, const char **kind,
                                    const char *site, const char *account_id, const char *subject,
                                    apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    *idp = *kind = NULL;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT (SELECT t.guard_idp" HELD_TASK ", (SELECT t.guard" HELD_TASK
                             " FROM jira_link l WHERE l.site = %s AND l.object = %s"
                             " AND l.resource <> %s",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(subject)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count && !*idp; i++) {
        *idp = scim_sync_db_text(rows, i, 0);
        *kind = scim_sync_db_text(rows, i, 1);
    }
    return rv;
}

apr_status_t scim_sync_guard_list(scim_sync_db_t *db, apr_array_header_t **trips, const char *idp,
                                  const char *site, const char *kind, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT c.idp, c.site, c.kind, c.counted, c.most, c.span, c.detail, c.at,"
        " (SELECT COUNT(*) FROM task t WHERE t.site = c.site AND t.guard_idp = c.idp"
        " AND t.guard = c.kind AND t.state = 'held') FROM guard_trip c"
        " WHERE c.idp = COALESCE(%s, c.idp) AND c.site = COALESCE(%s, c.site)"
        " AND c.kind = COALESCE(%s, c.kind) ORDER BY c.site, c.idp, c.kind",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(site), DB_TEXT(kind)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *trips = apr_array_make(p, rows->count, sizeof(scim_sync_guard_trip_t *));
    for (i = 0; i < rows->count; i++) {
        scim_sync_guard_trip_t *trip = apr_pcalloc(p, sizeof(*trip));

        trip->idp = scim_sync_db_text(rows, i, 0);
        trip->site = scim_sync_db_text(rows, i, 1);
        trip->kind = scim_sync_db_text(rows, i, 2);
        trip->counted = scim_sync_db_number(rows, i, 3);
        trip->most = scim_sync_db_number(rows, i, 4);
        trip->window = scim_sync_db_number(rows, i, 5);
        trip->detail = scim_sync_db_text(rows, i, 6);
        trip->at = scim_sync_db_number(rows, i, 7);
        trip->held = scim_sync_db_number(rows, i, 8);
        APR_ARRAY_PUSH(*trips, scim_sync_guard_trip_t *) = trip;
    }
    return APR_SUCCESS;
}

/* ---- decided ---- */

/* As a retry does (store/task.c), and past the guard. */
#define PASS                                                                                       \
    "UPDATE task SET released = 1, state = 'waiting', next_at = {now}, seq = seq + 1,"             \
    " attempts = 0, guard = NULL, guard_idp = NULL, changed = {now}"
#define HELD_BY " WHERE guard_idp = %s AND site = %s AND guard = %s AND state = 'held'"

static apr_status_t forget(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip, const char *sql,
                           apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL, sql, DB_ARGS(COUNT(trip)), p);
}

static const char forget_trip[] =
    "DELETE FROM guard_trip WHERE idp = %s AND site = %s AND kind = %s";
static const char forget_taken[] =
    "DELETE FROM guard_count WHERE idp = %s AND site = %s AND kind = %s";

apr_status_t scim_sync_guard_release(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                     int *tasks, apr_pool_t *p)
{
    apr_status_t rv;

    if ((rv = scim_sync_db_exec(db, tasks, PASS HELD_BY, DB_ARGS(COUNT(trip)), p)) != APR_SUCCESS ||
        (rv = forget(db, trip, forget_taken, p)) != APR_SUCCESS) {
        return rv;
    }
    return forget(db, trip, forget_trip, p);
}

apr_status_t scim_sync_guard_discard(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                     int *tasks, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, tasks, "DELETE FROM task" HELD_BY, DB_ARGS(COUNT(trip)), p);
    return rv == APR_SUCCESS ? forget(db, trip, forget_trip, p) : rv;
}

/* Each with the IdP and the site. */
static apr_status_t run(scim_sync_db_t *db, const char *const *statements, const char *idp,
                        const char *site, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    for (; rv == APR_SUCCESS && *statements; statements++) {
        rv = scim_sync_db_exec(db, NULL, *statements, DB_ARGS(DB_TEXT(idp), DB_TEXT(site)), p);
    }
    return rv;
}

/* What is held by a guard that is no more is looked at anew. */
#define LOOK_ANEW                                                                                  \
    "UPDATE task SET state = 'waiting', next_at = {now}, seq = seq + 1, guard = NULL,"             \
    " guard_idp = NULL, changed = {now} WHERE guard_idp = %s AND site = COALESCE(%s, site)"        \
    " AND state = 'held'"
#define FORGET_TRIPS  "DELETE FROM guard_trip WHERE idp = %s AND site = COALESCE(%s, site)"
#define FORGET_COUNTS "DELETE FROM guard_count WHERE idp = %s AND site = COALESCE(%s, site)"

apr_status_t scim_sync_guard_end(scim_sync_db_t *db, const char *idp, const char *site, int keep,
                                 apr_pool_t *p)
{
    static const char *const kept[] = {
        "DELETE FROM task WHERE idp = %s AND site = %s AND state = 'held'", LOOK_ANEW, FORGET_TRIPS,
        FORGET_COUNTS, NULL
    };
    static const char *const removed[] = { PASS " WHERE idp = %s AND site = %s", LOOK_ANEW,
                                           FORGET_TRIPS, FORGET_COUNTS, NULL };

    return run(db, keep ? kept : removed, idp, site, p);
}

apr_status_t scim_sync_guard_off(scim_sync_db_t *db, const char *idp, apr_pool_t *p)
{
    static const char *const statements[] = { LOOK_ANEW, FORGET_TRIPS, FORGET_COUNTS, NULL };

    return run(db, statements, idp, NULL, p);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/guard.h"

#include <apr_strings.h>

#include "store/event.h"
#include "store/link.h"
#include "store/task_private.h"

#define OF_COUNT " WHERE c.idp = %s AND c.site = %s AND c.kind = %s"
#define COUNT(c) DB_TEXT((c)->idp), DB_TEXT((c)->site), DB_TEXT((c)->kind)

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

apr_status_t scim_sync_guard_beside(scim_sync_db_t *db, apr_array_header_t **tasks,
                                    const char *site, const char *account_id, const char *subject,
                                    apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    /* By keys; a task that is not there is no row. */
    rv = scim_sync_db_select(db, &rows,
                             "SELECT t.subject, t.idp, t.released FROM jira_link l"
                             " JOIN task t ON t.site = l.site AND t.kind = 'user'"
                             " AND t.subject IN (l.resource, NULL)"
                             " AND (t.discarded IS NULL OR t.guard IS NOT NULL)"
                             " WHERE l.site = %s AND l.object = %s AND l.resource <> %s",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(subject)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *tasks = apr_array_make(p, rows->count + 1, sizeof(scim_sync_guard_beside_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*tasks, scim_sync_guard_beside_t) =
            (scim_sync_guard_beside_t) { .subject = scim_sync_db_text(rows, i, 0),
                                         .idp = scim_sync_db_text(rows, i, 1),
                                         .ended = scim_sync_db_number(rows, i, 2) ==
                                                  SCIM_SYNC_PASSES_ALL };
    }
    return APR_SUCCESS;
}

/* ---- who may have given what is taken ---- */

/* ms: as long as the longest window of a guard */
#define GAVE_FOR 604800000

apr_status_t scim_sync_guard_givers(scim_sync_db_t *db, apr_array_header_t **idps, int *unknown,
                                    const char *site, const char *group_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    *unknown = 0;
    *idps = apr_array_make(p, 4, sizeof(const char *));
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT COALESCE((SELECT r.idp FROM resource r WHERE r.id = l.resource),"
        " CASE WHEN substr(l.resource, 1, 8) = '" SCIM_SYNC_DEFAULT
        "' THEN substr(l.resource, 9) END, (SELECT t.idp FROM task t WHERE t.site = l.site"
        " AND t.kind = 'group' AND t.subject = l.resource)) FROM jira_link l WHERE l.site = %s"
        " AND l.object = %s AND l.kind = 'group' UNION ALL SELECT g.idp FROM jira_gave g"
        " WHERE g.site = %s AND g.group_id = %s AND g.at > {now} - %lld",
        DB_ARGS(DB_TEXT(site), DB_TEXT(group_id), DB_TEXT(site), DB_TEXT(group_id),
                DB_INT(GAVE_FOR)),
        p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        const char *idp = scim_sync_db_text(rows, i, 0);

        *unknown |= idp == NULL;
        if (idp) {
            APR_ARRAY_PUSH(*idps, const char *) = idp;
        }
    }
    return rv;
}

apr_status_t scim_sync_guard_gave(scim_sync_db_t *db, const char *idp, const char *site,
                                  const char *group_id, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL, "DELETE FROM jira_gave WHERE site = %s AND at <= {now} - %lld",
                           DB_ARGS(DB_TEXT(site), DB_INT(GAVE_FOR)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_db_exec(db, NULL,
                             "INSERT INTO jira_gave (site, group_id, idp, at)"
                             " VALUES (%s, %s, %s, {now}) ON CONFLICT (site, group_id, idp)"
                             " DO UPDATE SET at = excluded.at",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(group_id), DB_TEXT(idp)), p);
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
        " (SELECT COUNT(*) FROM (SELECT 1 FROM task t WHERE t.site = c.site"
        " AND t.guard_idp = c.idp AND t.guard = c.kind ORDER BY t.id LIMIT %lld) h)"
        " FROM guard_trip c"
        " WHERE c.idp = COALESCE(%s, c.idp) AND c.site = COALESCE(%s, c.site)"
        " AND c.kind = COALESCE(%s, c.kind) ORDER BY c.site, c.idp, c.kind",
        DB_ARGS(DB_INT(SCIM_SYNC_GUARD_HELD_MOST + 1), DB_TEXT(idp), DB_TEXT(site), DB_TEXT(kind)),
        p);
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

apr_status_t scim_sync_guard_holds(scim_sync_db_t *db, const char **text,
                                   const scim_sync_guard_trip_t *trip, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT COUNT(*), CAST(SUM(h.id) AS BIGINT), MAX(h.changed) FROM (SELECT t.id, t.changed"
        " FROM task t WHERE t.guard_idp = %s AND t.site = %s AND t.guard = %s"
        " ORDER BY t.id DESC LIMIT %lld) h",
        DB_ARGS(COUNT(trip), DB_INT(SCIM_SYNC_GUARD_HELD_MOST)), p);
    if (rv == APR_SUCCESS) {
        *text = apr_psprintf(p, "%" APR_INT64_T_FMT " %" APR_INT64_T_FMT " %" APR_INT64_T_FMT,
                             scim_sync_db_number(rows, 0, 0), scim_sync_db_number(rows, 0, 1),
                             scim_sync_db_number(rows, 0, 2));
    }
    return rv;
}

/* ---- decided ---- */

/* As a retry does (store/task.c), and past the guard, whatever it takes. */
#define PASS                                                                                       \
    "UPDATE task SET released = 1, spared = NULL, state = 'waiting', next_at = {now}, seq = seq "  \
    "+ 1,"                                                                                         \
    " attempts = 0, guard = NULL, guard_idp = NULL, discarded = NULL, changed = {now}"
#define HELD_BY " WHERE guard_idp = %s AND site = %s AND guard = %s"

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

    if ((rv = scim_sync_db_exec(db, tasks, SCIM_SYNC_TASK_RELEASE HELD_BY, DB_ARGS(COUNT(trip)),
                                p)) != APR_SUCCESS ||
        (rv = forget(db, trip, forget_taken, p)) != APR_SUCCESS) {
        return rv;
    }
    return forget(db, trip, forget_trip, p);
}

apr_status_t scim_sync_guard_discard(scim_sync_db_t *db, const scim_sync_guard_trip_t *trip,
                                     const char *words, int *tasks, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, tasks, SCIM_SYNC_TASK_DISCARD HELD_BY,
                           DB_ARGS(DB_TEXT(words), DB_TEXT(words), COUNT(trip)), p);
    return rv == APR_SUCCESS ? forget(db, trip, forget_trip, p) : rv;
}

apr_status_t scim_sync_guard_settle(scim_sync_db_t *db, const char *site, const char *actor,
                                    apr_pool_t *p)
{
    apr_array_header_t *trips;
    apr_status_t rv = scim_sync_guard_list(db, &trips, NULL, site, NULL, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < trips->nelts; i++) {
        const scim_sync_guard_trip_t *trip = APR_ARRAY_IDX(trips, i, scim_sync_guard_trip_t *);
        const scim_sync_event_t event = { .kind = "guard.ended",
                                          .actor = actor,
                                          .idp = trip->idp,
                                          .site = site,
                                          .subject = trip->idp,
                                          .detail = apr_pstrcat(p, "nothing is held any more; ",
                                                                trip->detail, NULL) };

        if (trip->held == 0 && (rv = forget(db, trip, forget_trip, p)) == APR_SUCCESS) {
            rv = scim_sync_event_add(db, &event, p);
        }
    }
    return rv;
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
    " guard_idp = NULL, spared = NULL, changed = {now} WHERE guard_idp = %s AND site = "           \
    "COALESCE(%s, site)"
#define FORGET_TRIPS  "DELETE FROM guard_trip WHERE idp = %s AND site = COALESCE(%s, site)"
#define FORGET_COUNTS "DELETE FROM guard_count WHERE idp = %s AND site = COALESCE(%s, site)"

apr_status_t scim_sync_guard_end(scim_sync_db_t *db, const char *idp, const char *site, int keep,
                                 apr_pool_t *p)
{
    static const char *const kept[] = {
        "DELETE FROM task WHERE idp = %s AND site = %s"
        " AND (guard IS NOT NULL OR discarded IS NOT NULL OR state = 'discarded')",
        LOOK_ANEW, FORGET_TRIPS, FORGET_COUNTS, NULL
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/portal.h"

#include <string.h>

#include <apr_strings.h>

#include "store/config.h"
#include "store/held.h"
#include "store/link.h"
#include "store/task.h"

apr_status_t scim_sync_portal_leaving(scim_sync_db_t *db, int *count, const char *site,
                                      const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT COUNT(*) FROM jira_member m WHERE m.site = %s"
                             " AND m.account_id = %s AND m.state IN ('ours', 'adding',"
                             " 'ending', 'removing', 'uncertain')"
                             " AND NOT EXISTS (SELECT 1 FROM task t WHERE t.site = m.site"
                             " AND t.kind = '" SCIM_SYNC_TASK_PORTAL "' AND t.subject = m.group_id"
                             " AND t.state = '" SCIM_SYNC_TASK_FAILED "')",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id)), p);
    *count = rv == APR_SUCCESS ? (int)scim_sync_db_number(rows, 0, 0) : 0;
    return rv;
}

#define UNSETTLED " m.state IN ('queued', 'adding', 'ending', 'removing')"

apr_status_t scim_sync_portal_awaited(scim_sync_db_t *db, apr_array_header_t **awaited,
                                      const char *site, const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    *awaited = apr_array_make(p, 2, sizeof(scim_sync_portal_awaited_t));
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT m.group_id, COALESCE(g.name, m.group_id),"
        " CASE WHEN m.state IN ('ending', 'removing') THEN 1 ELSE 0 END, COALESCE(t.id, 0),"
        " CASE WHEN t.state = '" SCIM_SYNC_TASK_WAITING "' THEN 0 ELSE 1 END, t.detail,"
        " COALESCE(t.next_at, 0) FROM jira_member m"
        " LEFT JOIN jira_group g ON g.site = m.site AND g.group_id = m.group_id"
        " LEFT JOIN task t ON t.site = m.site AND t.kind = '" SCIM_SYNC_TASK_PORTAL
        "' AND t.subject = m.group_id"
        " WHERE m.site = %s AND m.account_id = %s AND" UNSETTLED " ORDER BY 2, 1",
        DB_ARGS(DB_TEXT(site), DB_TEXT(account_id)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        APR_ARRAY_PUSH(*awaited, scim_sync_portal_awaited_t) = (scim_sync_portal_awaited_t) {
            .portal = scim_sync_db_text(rows, i, 0),
            .name = scim_sync_db_text(rows, i, 1),
            .removes = (int)scim_sync_db_number(rows, i, 2),
            .task = scim_sync_db_number(rows, i, 3),
            .failed = (int)scim_sync_db_number(rows, i, 4),
            .detail = scim_sync_db_text(rows, i, 5),
            .next_at = scim_sync_db_number(rows, i, 6),
        };
    }
    return rv;
}

const char *scim_sync_portal_awaited_why(const scim_sync_portal_awaited_t *awaited, apr_pool_t *p)
{
    if (!awaited->task) {
        return "what was queued for this portal was discarded with its task; a retry queues it "
               "anew";
    }
    return awaited->detail ? awaited->detail
           : awaited->failed
               ? apr_psprintf(p, "task %" APR_INT64_T_FMT " of this portal has failed",
                              awaited->task)
               : "what is queued for this portal is sent at once";
}

apr_status_t scim_sync_portal_awaited_by(scim_sync_db_t *db, apr_array_header_t **portals,
                                         const char *site, const char *resource, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT m.group_id FROM jira_link l JOIN jira_member m"
                             " ON m.site = l.site AND m.account_id = l.object WHERE l.site = %s"
                             " AND l.resource = %s AND l.kind = 'user' AND" UNSETTLED
                             " ORDER BY m.group_id",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(resource)), p);
    if (rv == APR_SUCCESS) {
        *portals = scim_sync_db_texts(rows, 0, p);
    }
    return rv;
}

static const char *not_sent(int removes)
{
    return removes ? SCIM_SYNC_HELD_ENDING : SCIM_SYNC_HELD_QUEUED;
}

static const char *sent(int removes)
{
    return removes ? SCIM_SYNC_HELD_REMOVING : SCIM_SYNC_HELD_ADDING;
}

apr_status_t scim_sync_portal_queued(scim_sync_db_t *db, apr_array_header_t **queued, int *count,
                                     const char *site, const char *portal, int removes, int max,
                                     apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    *queued = apr_array_make(p, 8, sizeof(scim_sync_portal_queued_t));
    *count = 0;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT m.account_id, m.state, m.seen, COUNT(*) OVER ()"
                             " FROM jira_member m WHERE m.site = %s AND m.group_id = %s"
                             " AND" UNSETTLED " AND m.state IN (%s, %s)"
                             " ORDER BY m.seen, m.account_id LIMIT %lld",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(portal), DB_TEXT(not_sent(removes)),
                                     DB_TEXT(sent(removes)), DB_INT(max)),
                             p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        *count = (int)scim_sync_db_number(rows, i, 3);
        APR_ARRAY_PUSH(*queued, scim_sync_portal_queued_t) = (scim_sync_portal_queued_t) {
            .account_id = scim_sync_db_text(rows, i, 0),
            .state = scim_sync_db_text(rows, i, 1),
            .since = scim_sync_db_number(rows, i, 2),
        };
    }
    return rv;
}

/* Whether the state is this one; NULL is none. */
static int is_in(const char *state, const char *one)
{
    return state && !strcmp(state, one);
}

static apr_status_t queue(scim_sync_db_t *db, const char *site, const char *portal,
                          const char *account_id, const char *state, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_held_put_member(db, site, portal, account_id, state, p);

    return rv == APR_SUCCESS ? scim_sync_task_add_portal(db, site, portal, p) : rv;
}

apr_status_t scim_sync_portal_join(scim_sync_db_t *db, const char *site, const char *portal,
                                   const char *account_id, const char *was, apr_pool_t *p)
{
    int sent = is_in(was, SCIM_SYNC_HELD_REMOVING) || is_in(was, SCIM_SYNC_HELD_UNCERTAIN);
    const char *state = is_in(was, SCIM_SYNC_HELD_ENDING) ? SCIM_SYNC_HELD_OURS
                        : sent                            ? SCIM_SYNC_HELD_ADDING
                                                          : SCIM_SYNC_HELD_QUEUED;

    return queue(db, site, portal, account_id, state, p);
}

apr_status_t scim_sync_portal_part(scim_sync_db_t *db, const char *site, const char *portal,
                                   const char *account_id, const char *was, apr_pool_t *p)
{
    int sent = is_in(was, SCIM_SYNC_HELD_ADDING) || is_in(was, SCIM_SYNC_HELD_UNCERTAIN);
    const char *state = is_in(was, SCIM_SYNC_HELD_QUEUED) ? NULL
                        : sent                            ? SCIM_SYNC_HELD_REMOVING
                                                          : SCIM_SYNC_HELD_ENDING;

    return queue(db, site, portal, account_id, state, p);
}

apr_status_t scim_sync_portal_load(scim_sync_db_t *db, scim_sync_portal_state_t *state,
                                   const char *site, const char *portal, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *state = (scim_sync_portal_state_t) { .name = NULL };
    rv = scim_sync_db_select(
        db, &rows, "SELECT name, desk_open FROM jira_group WHERE site = %s AND group_id = %s",
        DB_ARGS(DB_TEXT(site), DB_TEXT(portal)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        state->name = scim_sync_db_text(rows, 0, 0);
        state->open = scim_sync_db_text(rows, 0, 1);
        state->told = state->open != NULL;
        state->open = state->told && *state->open ? state->open : NULL;
    }
    return rv;
}

apr_status_t scim_sync_portal_put_open(scim_sync_db_t *db, const char *site, const char *portal,
                                       const char *open, apr_pool_t *p)
{
    apr_status_t rv =
        scim_sync_db_exec(db, NULL,
                          "UPDATE jira_group SET desk_open = %s WHERE site = %s AND group_id = %s"
                          " AND COALESCE(desk_open, %s) IS NOT NULL",
                          DB_ARGS(DB_TEXT(open), DB_TEXT(site), DB_TEXT(portal), DB_TEXT(open)), p);

    return rv == APR_SUCCESS && open
               ? scim_sync_db_exec(db, NULL,
                                   "UPDATE jira_member SET state = 'ending' WHERE site = %s"
                                   " AND group_id = %s AND state = 'removing'",
                                   DB_ARGS(DB_TEXT(site), DB_TEXT(portal)), p)
               : rv;
}

/* Of a membership m: a group of this IdP, or its default ones, stands for the portal. */
#define STANDS(idp)                                                                                \
    " EXISTS (SELECT 1 FROM jira_link g LEFT JOIN resource o ON o.id = g.resource"                 \
    "  WHERE g.site = m.site AND g.object = m.group_id"                                            \
    "  AND (o.idp = " idp " OR g.resource = '" SCIM_SYNC_DEFAULT "' || " idp "))"
#define GAVE                                                                                       \
    " EXISTS (SELECT 1 FROM jira_gave v WHERE v.site = m.site AND v.group_id = m.group_id"         \
    "  AND v.idp = i.name)"
#define OF_ACCOUNT " l.site = m.site AND l.object = m.account_id AND l.kind = 'user'"
#define FED_BY                                                                                     \
    " EXISTS (SELECT 1 FROM idp i JOIN idp_site f ON f.idp = i.name AND f.site = m.site WHERE"
#define LIVE  " i.state = '" SCIM_SYNC_IDP_LIVE "'"
#define STILL " i.state <> '" SCIM_SYNC_IDP_LIVE "'"

#define WANTED                                                                                     \
    FED_BY LIVE " AND EXISTS (SELECT 1 FROM jira_link l JOIN resource r ON r.id = l.resource"      \
                "  WHERE" OF_ACCOUNT " AND l.left_at = 0 AND r.active = 1 AND r.idp = i.name)"     \
                " AND" STANDS("i.name") ")"
#define TOLD_BY                                                                                    \
    " EXISTS (SELECT 1 FROM jira_link l LEFT JOIN resource r ON r.id = l.resource"                 \
    "  LEFT JOIN task t ON t.site = l.site AND t.kind = l.kind AND t.subject = l.resource"         \
    "  WHERE" OF_ACCOUNT " AND (r.idp = i.name OR t.idp = i.name))"
#define TOLD_OF " EXISTS (SELECT 1 FROM jira_link l WHERE" OF_ACCOUNT ")"
/* One that is live tells of the account, or told, and has work of that still. */
#define TOLD_LIVE                                                                                  \
    " EXISTS (SELECT 1 FROM jira_link l LEFT JOIN resource r ON r.id = l.resource"                 \
    "  LEFT JOIN task t ON t.site = l.site AND t.kind = l.kind AND t.subject = l.resource"         \
    "  WHERE" OF_ACCOUNT " AND COALESCE(r.idp, t.idp) IS NOT NULL AND NOT EXISTS (SELECT 1"        \
    "   FROM idp j WHERE j.name = COALESCE(r.idp, t.idp) AND j.state <> '" SCIM_SYNC_IDP_LIVE      \
    "'))"
#define ENDED                                                                                      \
    " (" TOLD_LIVE " OR NOT" FED_BY STILL " AND (" STANDS(                                         \
        "i.name") " OR" GAVE ") AND (" TOLD_BY " OR (NOT" TOLD_OF                                  \
                  " AND NOT EXISTS (SELECT 1 FROM idp j WHERE j.state = '" SCIM_SYNC_IDP_LIVE "'"  \
                  "  AND" STANDS("j.name") ")))))"

/*
 * One state of a line, along the index of these rows alone; each by itself, since the index has no
 * order of two.
 */
#define OF_STATE                                                                                   \
    " FROM jira_member m WHERE m.site = %s AND m.group_id = %s"                                    \
    " AND m.state IN ('queued', 'adding', 'ending', 'removing') AND m.state = %s"
#define OF_STATE_ARGS(state) DB_TEXT(site), DB_TEXT(portal), DB_TEXT(state)
#define OF_LINE(may)                                                                               \
    "SELECT * FROM (SELECT m.account_id, m.seen" OF_STATE " AND" may                               \
    " ORDER BY m.seen, m.account_id LIMIT %lld)"
#define OF_LINE_ARGS(state) OF_STATE_ARGS(state), DB_INT(max)
#define LINE(may)                                                                                  \
    "SELECT account_id, {now} - seen FROM (" OF_LINE(may) " a UNION ALL " OF_LINE(                 \
        may) " b) q ORDER BY seen, account_id LIMIT %lld"

static apr_status_t find_still(scim_sync_db_t *db, int *still, const char *site, const char *portal,
                               int removes, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv =
        scim_sync_db_select(db, &rows,
                            "SELECT CASE WHEN EXISTS (SELECT 1" OF_STATE
                            ") OR EXISTS (SELECT 1" OF_STATE ") THEN 1 ELSE 0 END",
                            DB_ARGS(OF_STATE_ARGS(not_sent(removes)), OF_STATE_ARGS(sent(removes))),
                            p);
    *still = rv == APR_SUCCESS && scim_sync_db_number(rows, 0, 0) > 0;
    return rv;
}

apr_status_t scim_sync_portal_line(scim_sync_db_t *db, scim_sync_portal_line_t *line,
                                   const char *site, const char *portal, int removes, int max,
                                   apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *line = (scim_sync_portal_line_t) { .age = 0 };
    rv = scim_sync_db_select(
        db, &rows, removes ? LINE(ENDED) : LINE(WANTED),
        DB_ARGS(OF_LINE_ARGS(not_sent(removes)), OF_LINE_ARGS(sent(removes)), DB_INT(max)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    line->accounts = scim_sync_db_texts(rows, 0, p);
    line->age = scim_sync_db_number(rows, 0, 1);
    return rows->count > 0 ? APR_SUCCESS : find_still(db, &line->still, site, portal, removes, p);
}

/* Of a row that is in that state still: to another one, or (NULL) it goes. */
static apr_status_t turn(scim_sync_db_t *db, const char *site, const char *portal,
                         const char *account_id, const char *state, const char *into, int *turned,
                         apr_pool_t *p)
{
    if (!into) {
        return scim_sync_db_exec(
            db, turned,
            "DELETE FROM jira_member WHERE site = %s AND account_id = %s AND group_id = %s"
            " AND state = %s",
            DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(portal), DB_TEXT(state)), p);
    }
    return scim_sync_db_exec(db, turned,
                             "UPDATE jira_member SET state = %s, seen = {now} WHERE site = %s"
                             " AND account_id = %s AND group_id = %s AND state = %s",
                             DB_ARGS(DB_TEXT(into), DB_TEXT(site), DB_TEXT(account_id),
                                     DB_TEXT(portal), DB_TEXT(state)),
                             p);
}

/* The time of what is in the queue still is when it was queued. */
static apr_status_t mark(scim_sync_db_t *db, const char *site, const char *portal,
                         const char *account_id, const char *state, const char *into, int *marked,
                         apr_pool_t *p)
{
    return scim_sync_db_exec(db, marked,
                             "UPDATE jira_member SET state = %s WHERE site = %s"
                             " AND account_id = %s AND group_id = %s AND state = %s",
                             DB_ARGS(DB_TEXT(into), DB_TEXT(site), DB_TEXT(account_id),
                                     DB_TEXT(portal), DB_TEXT(state)),
                             p);
}

apr_status_t scim_sync_portal_send(scim_sync_db_t *db, const char *site, const char *portal,
                                   const char *account_id, int removes, int *first, apr_pool_t *p)
{
    return mark(db, site, portal, account_id, not_sent(removes), sent(removes), first, p);
}

apr_status_t scim_sync_portal_unsend(scim_sync_db_t *db, const char *site, const char *portal,
                                     const char *account_id, int removes, apr_pool_t *p)
{
    return mark(db, site, portal, account_id, sent(removes), not_sent(removes), NULL, p);
}

apr_status_t scim_sync_portal_take_back(scim_sync_db_t *db, const char *site, const char *portal,
                                        const char *account_id, int removes, apr_pool_t *p)
{
    apr_status_t rv;
    int turned;

    rv = turn(db, site, portal, account_id, not_sent(removes), removes ? SCIM_SYNC_HELD_OURS : NULL,
              &turned, p);
    return rv == APR_SUCCESS && !turned
               ? scim_sync_db_exec(db, NULL,
                                   "UPDATE jira_member SET seen = {now} WHERE site = %s"
                                   " AND account_id = %s AND group_id = %s",
                                   DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(portal)), p)
               : rv;
}

apr_status_t scim_sync_portal_relinked(scim_sync_db_t *db, int *relinked, const char *site,
                                       const char *portal, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT COUNT(*) FROM jira_link l JOIN task t ON t.site = l.site"
                             " AND t.kind = 'group' AND t.subject = l.resource"
                             " WHERE l.site = %s AND l.object = %s AND l.kind = 'group'"
                             " AND t.state = 'waiting' AND t.next_at <= {now}"
                             " AND NOT EXISTS (SELECT 1 FROM idp i WHERE i.name = t.idp"
                             "  AND i.state <> 'live')",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(portal)), p);
    *relinked = rv == APR_SUCCESS && scim_sync_db_number(rows, 0, 0) > 0;
    return rv;
}

apr_status_t scim_sync_portal_settle(scim_sync_db_t *db, const char *site, const char *portal,
                                     const char *account_id, int removes, int *settled,
                                     apr_pool_t *p)
{
    return turn(db, site, portal, account_id, sent(removes), removes ? NULL : SCIM_SYNC_HELD_OURS,
                settled, p);
}

apr_status_t scim_sync_portal_give_up(scim_sync_db_t *db, const char *site, const char *portal,
                                      const char *account_id, int removes, int doubted,
                                      int *given_up, apr_pool_t *p)
{
    const char *into = doubted ? SCIM_SYNC_HELD_UNCERTAIN : removes ? SCIM_SYNC_HELD_OURS : NULL;

    return turn(db, site, portal, account_id, sent(removes), into, given_up, p);
}

apr_status_t scim_sync_portal_people(scim_sync_db_t *db, apr_array_header_t **people,
                                     const char *site, const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT l.resource, r.idp, COALESCE(r.name, a.email, a.account_id), a.email"
        " FROM jira_account a LEFT JOIN jira_link l ON l.site = a.site"
        " AND l.object = a.account_id AND l.kind = 'user' LEFT JOIN resource r"
        " ON r.id = l.resource WHERE a.site = %s AND a.account_id = %s ORDER BY l.resource",
        DB_ARGS(DB_TEXT(site), DB_TEXT(account_id)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *people = apr_array_make(p, rows->count + 1, sizeof(scim_sync_portal_person_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*people, scim_sync_portal_person_t) = (scim_sync_portal_person_t) {
            .resource = scim_sync_db_text(rows, i, 0),
            .idp = scim_sync_db_text(rows, i, 1),
            .name = scim_sync_db_text(rows, i, 2),
            .email = scim_sync_db_text(rows, i, 3),
        };
    }
    if (rows->count == 0) {
        APR_ARRAY_PUSH(*people, scim_sync_portal_person_t) =
            (scim_sync_portal_person_t) { .name = account_id };
    }
    return APR_SUCCESS;
}

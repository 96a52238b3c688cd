/* SPDX-License-Identifier: Apache-2.0 */
#include "store/guard_count.h"

#include "store/held.h"
#include "store/link.h"
#include "store/task.h"

/* So many tasks are looked at in one page. */
#define PAGE 2000

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

apr_status_t scim_sync_guard_has(scim_sync_db_t *db, apr_int64_t *at,
                                 const scim_sync_guard_count_t *count, const char *subject,
                                 const char *object, apr_pool_t *p)
{
    return count_rows(
        db, at,
        "SELECT COALESCE(MAX(c.at), 0) FROM guard_count c" OF_COUNT
        " AND c.subject = %s AND c.object = %s" WITHIN,
        DB_ARGS(COUNT(count), DB_TEXT(subject), DB_TEXT(object), DB_INT(count->window)), p);
}

apr_status_t scim_sync_guard_taken(scim_sync_db_t *db, apr_int64_t *number,
                                   const scim_sync_guard_count_t *count, apr_pool_t *p)
{
    return count_rows(db, number, "SELECT COUNT(*) FROM guard_count c" OF_COUNT WITHIN,
                      DB_ARGS(COUNT_SINCE(count)), p);
}

apr_status_t scim_sync_guard_taken_from(scim_sync_db_t *db, apr_array_header_t **subjects,
                                        const scim_sync_guard_count_t *count, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, "SELECT c.subject FROM guard_count c" OF_COUNT WITHIN,
                             DB_ARGS(COUNT_SINCE(count)), p);
    if (rv == APR_SUCCESS) {
        *subjects = scim_sync_db_texts(rows, 0, p);
    }
    return rv;
}

/* ---- what waits to be taken ---- */

/*
 * The tasks in question, along the index task_due; everything else is found by keys, for each of
 * them (store/told.c says why). What is counted as taken is being done.
 */
#define OF_WAITING(kind)                                                                           \
    " t.site = %s AND t.state = 'waiting' AND t.kind = '" kind "'"                                 \
    " AND t.next_at <= {now} + %lld AND t.idp = %s AND t.released IN (0, 3)"                       \
    " AND t.subject <> %s"
#define OF_USERS OF_WAITING("user")
#define TAKEN(object)                                                                              \
    "(SELECT COUNT(*) FROM guard_count c" OF_COUNT                                                 \
    " AND c.subject = t.subject AND c.object = " object WITHIN ")"
#define WAITING_ARGS(c, beside)                                                                    \
    DB_TEXT((c)->site), DB_INT(SCIM_SYNC_GUARD_SOON), DB_TEXT((c)->idp), DB_TEXT(beside)

#define BEHIND            " AND (t.next_at, t.id) > (%lld, %lld)"
#define IN_ORDER          " ORDER BY t.next_at, t.id"
#define PAGE_BEHIND(page) DB_INT((page)->last_at), DB_INT((page)->last_id)

/* A page of tasks t, with the accounts; its LIMIT keeps both databases from joining it otherwise. */
#define LINK(column)                                                                               \
    "(SELECT l." column " FROM jira_link l WHERE l.site = t.site AND l.resource = t.subject"       \
    " AND l.name = '') AS " column
/* The ids (store/task.h) of what was discarded, or released: neither is about to be counted. */
#define DECIDED                                                                                    \
    "CASE WHEN t.discarded IS NOT NULL THEN COALESCE(t.kept, '" SCIM_SYNC_TASK_SPARES_ALL          \
    "') WHEN t.released <> 0 THEN COALESCE(t.spared, '') ELSE '' END AS decided"
#define NOT_DECIDED(id) " AND t.decided = replace(t.decided, " id ", '')"
#define IN_PAGE                                                                                    \
    " FROM (SELECT t.site, t.idp, t.subject, t.next_at, t.id, " DECIDED                            \
    ", " LINK("object") ", " LINK("left_at") " FROM task t WHERE" OF_USERS BEHIND IN_ORDER         \
                                             " LIMIT %lld) t"
#define TOLD(column) "(SELECT r." column " FROM resource r WHERE r.id = t.subject)"
#define OTHERS                                                                                     \
    "(SELECT COUNT(*) FROM jira_link o WHERE o.site = t.site AND o.object = t.object"              \
    " AND o.resource <> t.subject)"
#define PERSON                                                                                     \
    "t.subject, " TOLD("name") ", " TOLD("email") ", " TOLD(                                       \
        "active") ", t.object, t.left_at, " OTHERS
#define ACCOUNT(column)                                                                            \
    "(SELECT a." column " FROM jira_account a WHERE a.site = t.site AND a.account_id = t.object)"
#define MEMBERS(states)                                                                            \
    "(SELECT COUNT(*) FROM jira_member m WHERE m.site = t.site AND m.account_id = t.object"        \
    " AND m.state " states NOT_DECIDED("' ' || m.group_id || ' '") ")"
#define PAGE_ARGS(c, beside, page) WAITING_ARGS(c, beside), PAGE_BEHIND(page), DB_INT(PAGE)

static scim_sync_guard_waiting_t from_row(const scim_sync_rows_t *rows, int i,
                                          const scim_sync_guard_count_t *count)
{
    const char *name = scim_sync_db_text(rows, i, 1);

    return (scim_sync_guard_waiting_t) {
        .told = { .id = scim_sync_db_text(rows, i, 0),
                  .idp = count->idp,
                  .name = name,
                  .email = scim_sync_db_text(rows, i, 2),
                  .active = (int)scim_sync_db_number(rows, i, 3),
                  .object = scim_sync_db_text(rows, i, 4),
                  .left = scim_sync_db_number(rows, i, 5),
                  .gone = name == NULL,
                  .fed = 1 },
        .others = (int)scim_sync_db_number(rows, i, 6),
    };
}

/* The page begins behind the one before, and ends with so many tasks, or the last one. */
static apr_status_t turn_page(scim_sync_db_t *db, scim_sync_guard_page_t *page,
                              const scim_sync_guard_count_t *count, const char *beside,
                              apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    page->last_at = page->next_at;
    page->last_id = page->next_id;
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT t.next_at, t.id FROM task t WHERE" OF_USERS BEHIND IN_ORDER " LIMIT 1 OFFSET %lld",
        DB_ARGS(WAITING_ARGS(count, beside), PAGE_BEHIND(page), DB_INT(PAGE - 1)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    page->over = rows->count == 0;
    page->next_at = page->over ? APR_INT64_MAX : scim_sync_db_number(rows, 0, 0);
    page->next_id = page->over ? 0 : scim_sync_db_number(rows, 0, 1);
    return APR_SUCCESS;
}

apr_status_t scim_sync_guard_leavers(scim_sync_db_t *db, apr_array_header_t **waiting,
                                     scim_sync_guard_page_t *page,
                                     const scim_sync_guard_count_t *count, const char *beside,
                                     int active, apr_pool_t *p)
{
    static const char sql[] =
        "SELECT " PERSON
        ", " ACCOUNT("state") ", " ACCOUNT("ours") ", " ACCOUNT("groups_read") ", " MEMBERS(
            "NOT IN " SCIM_SYNC_HELD_NOT_GIVEN) ", " MEMBERS("IN ('theirs', 'disputed')") IN_PAGE
        " WHERE t.object IS NOT NULL" NOT_DECIDED("'*'") " AND COALESCE(" TOLD(
            "active") ", 0) <= %lld"
                      " AND " TAKEN("''") " = 0" IN_ORDER;
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    if ((rv = turn_page(db, page, count, beside, p)) != APR_SUCCESS ||
        (rv = scim_sync_db_select(db, &rows, sql,
                                  DB_ARGS(PAGE_ARGS(count, beside, page), DB_INT(active),
                                          COUNT_SINCE(count)),
                                  p)) != APR_SUCCESS) {
        return rv;
    }
    *waiting = apr_array_make(p, rows->count + 1, sizeof(scim_sync_guard_waiting_t));
    for (i = 0; i < rows->count; i++) {
        scim_sync_guard_waiting_t person = from_row(rows, i, count);

        person.state = scim_sync_db_text(rows, i, 7);
        person.given = scim_sync_db_number(rows, i, 10) > 0 ||
                       (scim_sync_db_number(rows, i, 8) && !scim_sync_db_number(rows, i, 9));
        person.theirs = scim_sync_db_number(rows, i, 11) > 0;
        APR_ARRAY_PUSH(*waiting, scim_sync_guard_waiting_t) = person;
    }
    return APR_SUCCESS;
}

/*
 * How many groups of the user's own, or default ones, stand for the group of a membership. CROSS
 * JOIN, below: SQLite keeps that order.
 */
#define GIVEN_BY                                                                                   \
    "(SELECT COUNT(*) FROM jira_link g WHERE g.site = t.site AND g.object = m.group_id"            \
    " AND (g.resource = '" SCIM_SYNC_DEFAULT "' || t.idp"                                          \
    " OR (SELECT COUNT(*) FROM member b WHERE b.resource = g.resource"                             \
    " AND b.value = t.subject) > 0))"

apr_status_t scim_sync_guard_losers(scim_sync_db_t *db, apr_array_header_t **waiting,
                                    scim_sync_guard_page_t *page,
                                    const scim_sync_guard_count_t *count, const char *beside,
                                    apr_pool_t *p)
{
    static const char sql[] =
        "SELECT " PERSON ", m.group_id" IN_PAGE " CROSS JOIN jira_member m"
        " WHERE t.object IS NOT NULL AND m.site = t.site AND m.account_id = t.object"
        " AND m.state IN ('ours', 'adding', 'uncertain')" NOT_DECIDED("'*'")
            NOT_DECIDED("' ' || m.group_id || ' '") " AND (" OTHERS " > 0 OR (" TOLD(
                "active") " = 1 AND " GIVEN_BY " = 0))"
                          " AND " TAKEN("m.group_id") " = 0" IN_ORDER;
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    if ((rv = turn_page(db, page, count, beside, p)) != APR_SUCCESS ||
        (rv = scim_sync_db_select(db, &rows, sql,
                                  DB_ARGS(PAGE_ARGS(count, beside, page), COUNT_SINCE(count)),
                                  p)) != APR_SUCCESS) {
        return rv;
    }
    *waiting = apr_array_make(p, rows->count + 1, sizeof(scim_sync_guard_waiting_t));
    for (i = 0; i < rows->count; i++) {
        scim_sync_guard_waiting_t person = from_row(rows, i, count);

        person.group_id = scim_sync_db_text(rows, i, 7);
        APR_ARRAY_PUSH(*waiting, scim_sync_guard_waiting_t) = person;
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_guard_below(scim_sync_db_t *db, apr_array_header_t **ids, const char *site,
                                   const char *group_id, apr_pool_t *p)
{
    static const char sql[] =
        "WITH RECURSIVE down (id) AS (SELECT m.value FROM jira_link g JOIN member m"
        " ON m.resource = g.resource JOIN resource i ON i.id = m.value AND i.type = 'Group'"
        " JOIN resource o ON o.id = g.resource AND o.idp = i.idp"
        " WHERE g.site = %s AND g.object = %s UNION SELECT m.value FROM down"
        " JOIN member m ON m.resource = down.id JOIN resource i ON i.id = m.value"
        " AND i.type = 'Group' JOIN resource o ON o.id = down.id AND o.idp = i.idp)"
        " SELECT DISTINCT b.value FROM down JOIN member b ON b.resource = down.id";
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, sql, DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)), p);
    if (rv == APR_SUCCESS) {
        *ids = scim_sync_db_texts(rows, 0, p);
    }
    return rv;
}

apr_status_t scim_sync_guard_gone_groups(scim_sync_db_t *db, apr_int64_t *number,
                                         const scim_sync_guard_count_t *count, const char *beside,
                                         apr_pool_t *p)
{
    static const char sql[] = "SELECT COUNT(*) FROM task t WHERE" OF_WAITING(
        "group") " AND t.discarded IS NULL AND (SELECT COUNT(*) FROM resource r WHERE r.id = "
                 "t.subject) = 0"
                 " AND (SELECT COUNT(*) FROM jira_link l WHERE l.site = t.site"
                 " AND l.resource = t.subject AND l.object IS NOT NULL) > 0"
                 " AND t.subject <> '" SCIM_SYNC_DEFAULT "' || t.idp AND " TAKEN("''") " = 0";

    return count_rows(db, number, sql, DB_ARGS(WAITING_ARGS(count, beside), COUNT_SINCE(count)), p);
}

/* ---- what ends with the IdP ---- */

/*
 * Whom the IdP tells, and whom it told: who is gone has a task as long as there is something to
 * lose. Needs the site and the IdP twice.
 */
#define PEOPLE_OF                                                                                  \
    "SELECT s.name AS site, r.id AS subject, r.active FROM site s CROSS JOIN resource r"           \
    " WHERE s.name = %s AND r.idp = %s AND r.type = 'User'"                                        \
    " UNION ALL SELECT k.site, k.subject, 0 FROM task k"                                           \
    " WHERE k.site = %s AND k.idp = %s AND k.kind = 'user' AND k.gone_key IS NOT NULL"
#define OF_PEOPLE(c) DB_TEXT((c)->site), DB_TEXT((c)->idp), DB_TEXT((c)->site), DB_TEXT((c)->idp)
/* With their accounts, as t; the LIMIT is as in IN_PAGE, above. */
#define PEOPLE_THERE                                                                               \
    "SELECT t.site, t.subject, t.active, " LINK("object") ", " LINK(                               \
        "left_at") " FROM (" PEOPLE_OF ") t LIMIT 9223372036854775807"

/* Of t: an account that we made, and whose groups were never read, came with access to products. */
#define HAS_OURS                                                                                   \
    "((SELECT COUNT(*) FROM jira_member m WHERE m.site = t.site AND m.account_id = t.object"       \
    " AND m.state NOT IN " SCIM_SYNC_HELD_NOT_GIVEN ") > 0"                                        \
    " OR (" ACCOUNT("ours") " = 1 AND " ACCOUNT("groups_read") " = 0))"
/* How many users of other IdPs are wanted, and have the account. Needs the IdP and the site. */
#define OTHERS_WANT                                                                                \
    "(SELECT COUNT(*) FROM jira_link o WHERE o.site = t.site AND o.object = t.object"              \
    " AND o.left_at = 0 AND (SELECT COUNT(*) FROM resource x WHERE x.id = o.resource"              \
    " AND x.active = 1 AND x.idp <> %s"                                                            \
    " AND x.idp IN (SELECT f.idp FROM idp_site f WHERE f.site = %s)) > 0)"
/* Looked up once for all: the others are found by keys, for each. */
#define NOT_TAKEN "t.subject NOT IN (SELECT c.subject FROM guard_count c" OF_COUNT WITHIN ")"
#define IS_KNOWN  "CASE WHEN t.active = 1 AND t.left_at = 0 THEN 1 ELSE 0 END"

apr_status_t scim_sync_guard_ending(scim_sync_db_t *db, apr_int64_t *number, apr_int64_t *known,
                                    const scim_sync_guard_count_t *count, apr_pool_t *p)
{
    /* clang-format off */
    static const char sql[] =
        "SELECT COUNT(*), COALESCE(SUM(" IS_KNOWN "), 0)"
        " FROM (" PEOPLE_THERE ") t WHERE t.object IS NOT NULL"
        " AND " HAS_OURS " AND " OTHERS_WANT " = 0 AND " NOT_TAKEN;
    /* clang-format on */
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, sql,
                             DB_ARGS(OF_PEOPLE(count), DB_TEXT(count->idp), DB_TEXT(count->site),
                                     COUNT_SINCE(count)),
                             p);
    *number = rv == APR_SUCCESS ? scim_sync_db_number(rows, 0, 0) : 0;
    *known = rv == APR_SUCCESS ? scim_sync_db_number(rows, 0, 1) : 0;
    return rv;
}

/* ---- how much there is in all ---- */

/* Of a resource r; needs the site. */
#define STANDS                                                                                     \
    " r.active = 1 AND (SELECT COUNT(*) FROM jira_link l WHERE l.site = %s"                        \
    " AND l.resource = r.id AND l.object IS NOT NULL AND l.left_at = 0) > 0"

apr_status_t scim_sync_guard_all(scim_sync_db_t *db, apr_int64_t *number,
                                 const scim_sync_guard_count_t *count, const char *type,
                                 apr_pool_t *p)
{
    return count_rows(db, number,
                      "SELECT (SELECT COUNT(*) FROM resource r WHERE r.idp = %s AND r.type = %s"
                      " AND" STANDS ") + (SELECT COUNT(*) FROM guard_count c" OF_COUNT WITHIN
                      " AND (SELECT COUNT(*) FROM resource r WHERE r.id = c.subject AND" STANDS
                      ") = 0)",
                      DB_ARGS(DB_TEXT(count->idp), DB_TEXT(type), DB_TEXT(count->site),
                              COUNT_SINCE(count), DB_TEXT(count->site)),
                      p);
}

apr_status_t scim_sync_guard_memberships(scim_sync_db_t *db, apr_int64_t *number,
                                         const scim_sync_guard_count_t *count, apr_pool_t *p)
{
    return count_rows(db, number,
                      "SELECT COUNT(*) FROM resource r JOIN jira_link l ON l.resource = r.id"
                      " JOIN jira_member m ON m.site = l.site AND m.account_id = l.object"
                      " WHERE r.idp = %s AND r.type = 'User' AND l.site = %s"
                      " AND m.state NOT IN " SCIM_SYNC_HELD_NOT_GIVEN,
                      DB_ARGS(DB_TEXT(count->idp), DB_TEXT(count->site)), p);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/told.h"

#include <string.h>

#include <apr_hash.h>

#include "base/json.h"
#include "base/text.h"
#include "store/link.h"
#include "store/sql.h"
#include "store/task.h"

#define COLUMNS "r.id, r.idp, r.name, r.email, r.active"
/*
 * What is asked for each person, again and again, is asked by keys, in queries of their own: of a
 * database that does not know yet how much there is (PostgreSQL finds out within a minute or two) a
 * join may read all that a site holds. Each has the site as its argument.
 */
#define FEEDS "(SELECT COUNT(*) FROM idp_site s WHERE s.idp = r.idp AND s.site = %s) > 0"

static scim_sync_told_t *from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_told_t *t = apr_pcalloc(p, sizeof(*t));

    t->id = scim_sync_db_text(rows, i, 0);
    t->idp = scim_sync_db_text(rows, i, 1);
    t->name = scim_sync_db_text(rows, i, 2);
    t->email = scim_sync_db_text(rows, i, 3);
    t->active = (int)scim_sync_db_number(rows, i, 4);
    return t;
}

static apr_array_header_t *from_rows(const scim_sync_rows_t *rows, apr_pool_t *p)
{
    apr_array_header_t *told = apr_array_make(p, rows->count + 1, sizeof(scim_sync_told_t *));
    int i;

    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(told, scim_sync_told_t *) = from_row(rows, i, p);
    }
    return told;
}

apr_status_t scim_sync_told_load(scim_sync_db_t *db, scim_sync_told_t **told, const char *site,
                                 const char *id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *told = NULL;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT " COLUMNS " FROM resource r JOIN idp_site s ON s.idp = r.idp"
                             " WHERE r.id = %s AND s.site = %s",
                             DB_ARGS(DB_TEXT(id), DB_TEXT(site)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        *told = from_row(rows, 0, p);
    }
    return rv;
}

#define LINK_OF(column)                                                                            \
    "(SELECT l." column " FROM jira_link l WHERE l.site = %s AND l.resource = r.id"                \
    " AND l.name = '')"
/* Each needs the site three times. */
#define USER               COLUMNS ", " LINK_OF("object") ", " LINK_OF("known_as") ", " LINK_OF("left_at")
#define SITE_OF_USER(site) DB_TEXT(site), DB_TEXT(site), DB_TEXT(site)

static scim_sync_told_t *user_from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_told_t *t = from_row(rows, i, p);

    t->object = scim_sync_db_text(rows, i, 5);
    t->known_as = scim_sync_db_text(rows, i, 6);
    t->left = scim_sync_db_number(rows, i, 7);
    t->fed = 1;
    return t;
}

static int is_among(const apr_array_header_t *users, const char *id)
{
    int i;

    for (i = 0; i < users->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(users, i, scim_sync_told_t *)->id, id)) {
            return 1;
        }
    }
    return 0;
}

apr_status_t scim_sync_told_person(scim_sync_db_t *db, apr_array_header_t **users, const char *site,
                                   const char *email, const char *account_id, const char *id,
                                   apr_pool_t *p)
{
    /* Who has an address is a user. */
    static const char question[] =
        "SELECT " USER " FROM resource r WHERE r.email = %s AND " FEEDS " UNION ALL SELECT " USER
        " FROM resource r WHERE r.id = %s AND r.type = 'User' AND " FEEDS " UNION ALL SELECT " USER
        " FROM jira_link k JOIN resource r ON r.id = k.resource"
        " WHERE k.site = %s AND k.known_as = %s AND " FEEDS " UNION ALL SELECT " USER
        " FROM jira_link k JOIN resource r ON r.id = k.resource"
        " WHERE k.site = %s AND k.object = %s AND " FEEDS;
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows, question,
        DB_ARGS(SITE_OF_USER(site), DB_TEXT(email), DB_TEXT(site), SITE_OF_USER(site), DB_TEXT(id),
                DB_TEXT(site), SITE_OF_USER(site), DB_TEXT(site), DB_TEXT(email), DB_TEXT(site),
                SITE_OF_USER(site), DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(site)),
        p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *users = apr_array_make(p, rows->count, sizeof(scim_sync_told_t *));
    for (i = 0; i < rows->count; i++) {
        scim_sync_told_t *user = user_from_row(rows, i, p);

        if (!is_among(*users, user->id) &&
            (!user->object || !account_id || !strcmp(user->object, account_id))) {
            APR_ARRAY_PUSH(*users, scim_sync_told_t *) = user;
        }
    }
    return APR_SUCCESS;
}

/* Who told of a user that is gone is known by its task. Needs the site. */
#define TELLER                                                                                     \
    "(SELECT t.idp FROM task t WHERE t.site = %s AND t.kind = 'user' AND t.subject = l.resource)"

apr_status_t scim_sync_told_gone(scim_sync_db_t *db, apr_array_header_t **users, const char *site,
                                 const char *account_id, const char *id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT l.resource, " TELLER ", l.object, l.left_at, l.known_as,"
        " (SELECT COUNT(*) FROM idp_site s WHERE s.site = %s AND s.idp = " TELLER ")"
        " FROM jira_link l WHERE l.site = %s AND (l.object = %s OR l.resource = %s)"
        " AND (SELECT COUNT(*) FROM resource r JOIN idp_site f ON f.idp = r.idp"
        " WHERE r.id = l.resource AND f.site = %s) = 0",
        DB_ARGS(DB_TEXT(site), DB_TEXT(site), DB_TEXT(site), DB_TEXT(site), DB_TEXT(account_id),
                DB_TEXT(id), DB_TEXT(site)),
        p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *users = apr_array_make(p, rows->count + 1, sizeof(scim_sync_told_t *));
    for (i = 0; i < rows->count; i++) {
        scim_sync_told_t *t = apr_pcalloc(p, sizeof(*t));

        t->id = scim_sync_db_text(rows, i, 0);
        t->idp = scim_sync_db_text(rows, i, 1);
        t->object = scim_sync_db_text(rows, i, 2);
        t->left = scim_sync_db_number(rows, i, 3);
        t->known_as = scim_sync_db_text(rows, i, 4);
        t->fed = scim_sync_db_number(rows, i, 5) > 0;
        t->gone = 1;
        if (t->idp) {
            APR_ARRAY_PUSH(*users, scim_sync_told_t *) = t;
        }
    }
    return APR_SUCCESS;
}

static int differ(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) != 0 : a != b;
}

apr_status_t scim_sync_told_mark(scim_sync_db_t *db, const char *site, const scim_sync_told_t *user,
                                 const char *known_as, apr_int64_t left, apr_pool_t *p)
{
    apr_status_t rv;
    int marked = 0;

    if (!differ(user->known_as, known_as) && user->left == left) {
        return APR_SUCCESS;
    }
    rv = scim_sync_db_exec(
        db, &marked,
        "UPDATE jira_link SET known_as = %s, left_at = %lld"
        " WHERE site = %s AND resource = %s AND kind = 'user'",
        DB_ARGS(DB_TEXT(known_as), DB_INT(left), DB_TEXT(site), DB_TEXT(user->id)), p);
    if (rv != APR_SUCCESS || marked || !known_as) {
        return rv;
    }
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO jira_link (site, resource, name, kind, known_as, left_at)"
        " VALUES (%s, %s, '', 'user', %s, %lld) ON CONFLICT DO NOTHING",
        DB_ARGS(DB_TEXT(site), DB_TEXT(user->id), DB_TEXT(known_as), DB_INT(left)), p);
}

/* ---- what was not looked at yet ---- */

/* There is a task of it. Needs the site. */
#define HAS_TASK(kind)                                                                             \
    "(SELECT COUNT(*) FROM task t WHERE t.site = %s AND t.kind = '" kind                           \
    "' AND t.subject = r.id) > 0"

apr_status_t scim_sync_told_unseen_users(scim_sync_db_t *db, apr_array_header_t **users,
                                         const char *site, const char *after, int max,
                                         apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT " USER " FROM resource r WHERE r.id > %s AND r.type = 'User' AND r.active = 1"
        " AND " FEEDS " AND ((SELECT COUNT(*) FROM jira_link l WHERE l.site = %s"
        " AND l.resource = r.id AND l.object IS NOT NULL AND l.left_at = 0) = 0 OR " HAS_TASK(
            SCIM_SYNC_TASK_USER) ") ORDER BY r.id LIMIT %lld",
        DB_ARGS(SITE_OF_USER(site), DB_TEXT(after), DB_TEXT(site), DB_TEXT(site), DB_TEXT(site),
                DB_INT(max)),
        p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *users = apr_array_make(p, rows->count + 1, sizeof(scim_sync_told_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*users, scim_sync_told_t *) = user_from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_told_unseen_groups(scim_sync_db_t *db, apr_array_header_t **groups,
                                          const char *site, const char *after, int max,
                                          apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT " COLUMNS " FROM resource r WHERE r.id > %s AND r.type = 'Group' AND " FEEDS
        " AND ((SELECT COUNT(*) FROM jira_link l WHERE l.site = %s AND l.resource = r.id"
        " AND l.object IS NOT NULL) = 0 OR " HAS_TASK(SCIM_SYNC_TASK_GROUP) ") ORDER BY r.id LIMIT "
                                                                            "%lld",
        DB_ARGS(DB_TEXT(after), DB_TEXT(site), DB_TEXT(site), DB_TEXT(site), DB_INT(max)), p);
    if (rv == APR_SUCCESS) {
        *groups = from_rows(rows, p);
    }
    return rv;
}

apr_status_t scim_sync_told_doc(scim_sync_db_t *db, json_t **doc, const char *id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *doc = NULL;
    rv = scim_sync_db_select(db, &rows, "SELECT doc FROM resource WHERE id = %s",
                             DB_ARGS(DB_TEXT(id)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        *doc = scim_sync_json_own(json_loads(scim_sync_db_text(rows, 0, 0), 0, NULL), p);
    }
    return rv;
}

apr_status_t scim_sync_told_feeds(scim_sync_db_t *db, int *feeds, const char *site, const char *idp,
                                  apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, "SELECT 1 FROM idp_site WHERE idp = %s AND site = %s",
                             DB_ARGS(DB_TEXT(idp), DB_TEXT(site)), p);
    *feeds = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

apr_status_t scim_sync_told_exists(scim_sync_db_t *db, int *exists, const char *id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows, "SELECT 1 FROM resource WHERE id = %s",
                             DB_ARGS(DB_TEXT(id)), p);
    *exists = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

/* ---- the groups of a user ---- */

/*
 * A group's member is a user or a group of the same IdP: an id of another one means nothing there.
 */
#define SAME_IDP                                                                                   \
    "(SELECT g.idp FROM resource g WHERE g.id = m.resource)"                                       \
    " = (SELECT u.idp FROM resource u WHERE u.id = %s)"

static void add_group(apr_array_header_t *groups, const char *id)
{
    if (id && !scim_sync_list_holds(groups, id)) {
        APR_ARRAY_PUSH(groups, const char *) = id;
    }
}

/* What a group that stands for several in Jira stands for. */
static apr_status_t add_linked(scim_sync_db_t *db, apr_array_header_t *groups, const char *site,
                               const char *resource, apr_pool_t *p)
{
    apr_array_header_t *links;
    apr_status_t rv = scim_sync_link_list(db, &links, site, resource, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < links->nelts; i++) {
        add_group(groups, APR_ARRAY_IDX(links, i, scim_sync_link_t).group_id);
    }
    return rv;
}

/*
 * Of groups that are in groups. UNION, not UNION ALL: a group that is found a second time is not
 * followed again, so that groups that hold each other come to an end. NULL, which no id is, keeps
 * both databases from a join that reads all members (store/group.c).
 */
static apr_status_t add_nested(scim_sync_db_t *db, apr_array_header_t *groups, const char *site,
                               const char *user, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "WITH RECURSIVE up (id) AS (SELECT m.resource FROM member m WHERE m.value = %s"
        " AND " SAME_IDP " UNION SELECT m.resource FROM up JOIN member m"
        " ON m.value IN (up.id, NULL)"
        " WHERE " SAME_IDP ") SELECT DISTINCT l.object FROM up JOIN jira_link l ON l.site = %s"
        " AND l.resource IN (up.id, NULL) AND l.kind = 'group'",
        DB_ARGS(DB_TEXT(user), DB_TEXT(user), DB_TEXT(user), DB_TEXT(site)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        add_group(groups, scim_sync_db_text(rows, i, 0));
    }
    return rv;
}

/* Most people are in groups that are in no others: they are asked for by keys alone. */
apr_status_t scim_sync_told_groups(scim_sync_db_t *db, apr_array_header_t *groups, const char *site,
                                   const char *user, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int nested = 0;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT m.resource, (SELECT MIN(l.object) FROM jira_link l WHERE l.site = %s"
        " AND l.resource = m.resource AND l.kind = 'group'),"
        " (SELECT COUNT(l.object) FROM jira_link l WHERE l.site = %s"
        " AND l.resource = m.resource AND l.kind = 'group'),"
        " (SELECT COUNT(*) FROM member o WHERE o.value = m.resource)"
        " FROM member m WHERE m.value = %s AND " SAME_IDP " UNION ALL"
        " SELECT l.resource, l.object, 1, 0 FROM jira_link l WHERE l.site = %s AND l.resource ="
        " '" SCIM_SYNC_DEFAULT "' || (SELECT u.idp FROM resource u WHERE u.id = %s)",
        DB_ARGS(DB_TEXT(site), DB_TEXT(site), DB_TEXT(user), DB_TEXT(user), DB_TEXT(site),
                DB_TEXT(user)),
        p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        add_group(groups, scim_sync_db_text(rows, i, 1)); /* NULL: it stands for none yet */
        if (scim_sync_db_number(rows, i, 2) > 1) {
            rv = add_linked(db, groups, site, scim_sync_db_text(rows, i, 0), p);
        }
        nested |= scim_sync_db_number(rows, i, 3) > 0;
    }
    return rv == APR_SUCCESS && nested ? add_nested(db, groups, site, user, p) : rv;
}

apr_status_t scim_sync_told_above(scim_sync_db_t *db, apr_array_header_t **groups, const char *user,
                                  apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "WITH RECURSIVE up (id) AS (SELECT m.resource FROM member m"
                             " WHERE m.value = %s AND " SAME_IDP " UNION SELECT m.resource FROM up"
                             " JOIN member m ON m.value IN (up.id, NULL) WHERE " SAME_IDP ")"
                             " SELECT g.id, g.idp, g.name FROM up JOIN resource g"
                             " ON g.id IN (up.id, NULL) ORDER BY g.name{bytes}, g.id",
                             DB_ARGS(DB_TEXT(user), DB_TEXT(user), DB_TEXT(user)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *groups = apr_array_make(p, rows->count, sizeof(scim_sync_told_above_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*groups, scim_sync_told_above_t) =
            (scim_sync_told_above_t) { .id = scim_sync_db_text(rows, i, 0),
                                       .idp = scim_sync_db_text(rows, i, 1),
                                       .name = scim_sync_db_text(rows, i, 2) };
    }
    return APR_SUCCESS;
}

/* ---- the people of a group ---- */

#define PERSON                                                                                     \
    "r.name, r.email, (SELECT l.object FROM jira_link l WHERE l.site = %s"                         \
    " AND l.resource = r.id AND l.kind = 'user')"
#define IN_ORDER                                                                                   \
    " r.idp = %s AND r.type = 'User' AND r.active = 1 ORDER BY r.name_key{bytes} LIMIT %lld"

/*
 * The group and those that are in it, each once (const char *). One after the other: of a recursive
 * query PostgreSQL expects a hundred groups, and would rather read all memberships there are.
 */
static apr_status_t find_below(scim_sync_db_t *db, apr_array_header_t **groups, const char *idp,
                               const char *group, apr_pool_t *p)
{
    apr_hash_t *seen = apr_hash_make(p);
    apr_status_t rv = APR_SUCCESS;
    scim_sync_rows_t *rows;

    *groups = apr_array_make(p, 8, sizeof(const char *));
    APR_ARRAY_PUSH(*groups, const char *) = group;
    apr_hash_set(seen, group, APR_HASH_KEY_STRING, group);
    for (int i = 0; rv == APR_SUCCESS && i < (*groups)->nelts; i++) {
        rv = scim_sync_db_select(
            db, &rows,
            "SELECT m.value FROM member m JOIN resource g ON g.id = m.value AND g.idp = %s"
            " AND g.type = 'Group' WHERE m.resource = %s",
            DB_ARGS(DB_TEXT(idp), DB_TEXT(APR_ARRAY_IDX(*groups, i, const char *))), p);
        for (int row = 0; rv == APR_SUCCESS && row < rows->count; row++) {
            const char *id = scim_sync_db_text(rows, row, 0);

            if (!apr_hash_get(seen, id, APR_HASH_KEY_STRING)) {
                apr_hash_set(seen, id, APR_HASH_KEY_STRING, id);
                APR_ARRAY_PUSH(*groups, const char *) = id;
            }
        }
    }
    return rv;
}

static void put_groups(scim_sync_sql_t *sql, const apr_array_header_t *groups)
{
    scim_sync_sql_puts(sql, " r.id IN (SELECT m.value FROM member m WHERE m.resource IN (");
    for (int i = 0; i < groups->nelts; i++) {
        scim_sync_sql_put(sql, i ? ", %s" : "%s",
                          DB_ARGS(DB_TEXT(APR_ARRAY_IDX(groups, i, const char *))));
    }
    scim_sync_sql_puts(sql, ")) AND");
}

apr_status_t scim_sync_told_below(scim_sync_db_t *db, apr_array_header_t **people, const char *site,
                                  const char *idp, const char *group, int max, apr_pool_t *p)
{
    scim_sync_sql_t *sql = scim_sync_sql_make(p);
    apr_status_t rv = APR_SUCCESS;
    apr_array_header_t *groups;
    scim_sync_rows_t *rows;

    scim_sync_sql_put(sql, "SELECT " PERSON " FROM resource r WHERE", DB_ARGS(DB_TEXT(site)));
    if (!scim_sync_link_idp(group) &&
        (rv = find_below(db, &groups, idp, group, p)) == APR_SUCCESS) {
        put_groups(sql, groups);
    }
    scim_sync_sql_put(sql, IN_ORDER, DB_ARGS(DB_TEXT(idp), DB_INT(max)));
    if (rv != APR_SUCCESS || (rv = scim_sync_sql_select(db, &rows, sql, p)) != APR_SUCCESS) {
        return rv;
    }
    *people = apr_array_make(p, rows->count, sizeof(scim_sync_told_below_t));
    for (int i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*people, scim_sync_told_below_t) =
            (scim_sync_told_below_t) { .name = scim_sync_db_text(rows, i, 0),
                                       .email = scim_sync_db_text(rows, i, 1),
                                       .account_id = scim_sync_db_text(rows, i, 2) };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_told_group(scim_sync_db_t *db, const char **id, const char **name,
                                  const char *idp, const char *group, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    /* Names are one of a kind without regard to case: what is asked for is one of few. */
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT id, name FROM resource WHERE idp = %s AND type = 'Group'"
        " AND (id = %s OR name_key = %s)",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(group), DB_TEXT(scim_sync_fold(group, p))), p);
    if (rv == APR_SUCCESS) {
        *id = scim_sync_db_text(rows, 0, 0);
        *name = scim_sync_db_text(rows, 0, 1);
    }
    return rv;
}

apr_status_t scim_sync_told_linked(scim_sync_db_t *db, apr_array_header_t **told, const char *site,
                                   const char *object, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT " COLUMNS " FROM jira_link l"
                             " JOIN resource r ON r.id = l.resource"
                             " JOIN idp_site s ON s.idp = r.idp AND s.site = l.site"
                             " WHERE l.site = %s AND l.object = %s"
                             " ORDER BY r.active DESC, r.idp, r.id",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(object)), p);
    if (rv == APR_SUCCESS) {
        *told = from_rows(rows, p);
    }
    return rv;
}

#define TASK_OF_USER "FROM task t WHERE t.site = l.site AND t.kind = 'user' AND t.subject = r.id"

/* Who has no account, and is being given one. */
#define UNKNOWN                                                                                    \
    " r.type = 'User' AND r.active = 1"                                                            \
    " AND NOT EXISTS (SELECT 1 FROM jira_link u WHERE u.site = l.site AND u.resource = r.id"       \
    "  AND u.object IS NOT NULL) AND EXISTS (SELECT 1 " TASK_OF_USER ")"

/* By the groups that stand for it, and by those that are in these; and by default groups. */
apr_status_t scim_sync_told_unknown_members(scim_sync_db_t *db, apr_array_header_t **users,
                                            const char *site, const char *group_id, int max,
                                            apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "WITH RECURSIVE down (site, id, idp) AS (SELECT l.site, g.id, g.idp FROM jira_link l"
        " JOIN resource g ON g.id = l.resource JOIN idp_site s ON s.idp = g.idp AND s.site = l.site"
        " WHERE l.site = %s AND l.object = %s UNION SELECT down.site, g.id, g.idp FROM down"
        " JOIN member m ON m.resource = down.id JOIN resource g ON g.id = m.value"
        " WHERE g.idp = down.idp AND g.type = 'Group')"
        " SELECT " COLUMNS ", (SELECT t.state " TASK_OF_USER
        ") FROM down l JOIN member m ON m.resource = l.id"
        " JOIN resource r ON r.id = m.value AND r.idp = l.idp WHERE" UNKNOWN " UNION"
        " SELECT " COLUMNS ", (SELECT t.state " TASK_OF_USER
        ") FROM jira_link l JOIN idp_site s ON s.site = l.site"
        " AND l.resource = '" SCIM_SYNC_DEFAULT "' || s.idp JOIN resource r ON r.idp = s.idp"
        " WHERE l.site = %s AND l.object = %s AND" UNKNOWN " ORDER BY 3, 1 LIMIT %lld",
        DB_ARGS(DB_TEXT(site), DB_TEXT(group_id), DB_TEXT(site), DB_TEXT(group_id), DB_INT(max)),
        p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *users = apr_array_make(p, rows->count, sizeof(scim_sync_told_unknown_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*users, scim_sync_told_unknown_t) = (scim_sync_told_unknown_t) {
            .told = from_row(rows, i, p),
            .waits = !strcmp(scim_sync_db_text(rows, i, 5), SCIM_SYNC_TASK_WAITING),
        };
    }
    return APR_SUCCESS;
}

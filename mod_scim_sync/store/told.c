/* SPDX-License-Identifier: Apache-2.0 */
#include "store/told.h"

#include "base/text.h"

#define COLUMNS "r.id, r.idp, r.name, r.email, r.active"
/*
 * What is asked for each person, again and again, is asked by keys, in queries of their own: of a
 * database that does not know yet how much there is (PostgreSQL finds out within a minute or two) a
 * join may read all that a site holds. Each has the site as its argument.
 */
#define FEEDS  "(SELECT COUNT(*) FROM idp_site s WHERE s.idp = r.idp AND s.site = %s) > 0"
#define OBJECT "(SELECT l.object FROM jira_link l WHERE l.site = %s AND l.resource = r.id)"

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

apr_status_t scim_sync_told_person(scim_sync_db_t *db, apr_array_header_t **users, const char *site,
                                   const char *email, const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    /* Who has an address is a user. */
    rv = scim_sync_db_select(db, &rows,
                             "SELECT " COLUMNS " FROM resource r WHERE r.email = %s AND " FEEDS
                             " AND COALESCE(" OBJECT
                             ", CAST(%s AS TEXT), '') = COALESCE(CAST(%s AS TEXT), " OBJECT ", '')"
                             " UNION SELECT " COLUMNS
                             " FROM jira_link l JOIN resource r ON r.id = l.resource"
                             " WHERE l.site = %s AND l.object = %s AND " FEEDS,
                             DB_ARGS(DB_TEXT(email), DB_TEXT(site), DB_TEXT(site),
                                     DB_TEXT(account_id), DB_TEXT(account_id), DB_TEXT(site),
                                     DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(site)),
                             p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *users = apr_array_make(p, rows->count, sizeof(scim_sync_told_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*users, scim_sync_told_t *) = from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_told_rival(scim_sync_db_t *db, const char **name, const char *site,
                                  const char *account_id, const char *idp, const char *email,
                                  apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *name = NULL;
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT r.name FROM jira_link l JOIN resource r ON r.id = l.resource"
        " WHERE l.site = %s AND l.object = %s AND r.idp = %s"
        " AND COALESCE(r.email, '') <> %s ORDER BY r.name LIMIT 1",
        DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(idp), DB_TEXT(email)), p);
    if (rv == APR_SUCCESS) {
        *name = scim_sync_db_text(rows, 0, 0);
    }
    return rv;
}

apr_status_t scim_sync_told_groups(scim_sync_db_t *db, apr_array_header_t *groups, const char *site,
                                   const char *user, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    /* A group's member is a user of the same IdP: an id of another one means nothing there. */
    rv = scim_sync_db_select(
        db, &rows,
        "SELECT (SELECT l.object FROM jira_link l WHERE l.site = %s AND l.resource = m.resource"
        " AND l.kind = 'group') FROM member m JOIN resource u ON u.id = m.value"
        " WHERE m.value = %s AND u.idp = (SELECT g.idp FROM resource g WHERE g.id = m.resource)",
        DB_ARGS(DB_TEXT(site), DB_TEXT(user)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        const char *id = scim_sync_db_text(rows, i, 0); /* NULL: it stands for none yet */

        if (id && !scim_sync_list_holds(groups, id)) {
            APR_ARRAY_PUSH(groups, const char *) = id;
        }
    }
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/held.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

/* Of what Jira calls somebody. */
#define NAME_BYTES 255

apr_status_t scim_sync_held_any(scim_sync_db_t *db, int *any, const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT 1 FROM jira_account WHERE site = %s"
                             " UNION SELECT 1 FROM jira_group WHERE site = %s",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(site)), p);
    *any = rv == APR_SUCCESS && rows->count > 0;
    return rv;
}

apr_status_t scim_sync_held_forget_site(scim_sync_db_t *db, const char *site, apr_pool_t *p)
{
    static const char *const statements[] = {
        "DELETE FROM jira_member WHERE site = %s",         "DELETE FROM jira_link WHERE site = %s",
        "DELETE FROM jira_account WHERE site = %s",        "DELETE FROM jira_group WHERE site = %s",
        "DELETE FROM portal_organization WHERE site = %s",
    };
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(statements) / sizeof(*statements); i++) {
        rv = scim_sync_db_exec(db, NULL, statements[i], DB_ARGS(DB_TEXT(site)), p);
    }
    return rv;
}

#define ACCOUNT_COLUMNS "account_id, email, ours, groups_read, state, profile, active"

apr_status_t scim_sync_held_account(scim_sync_db_t *db, scim_sync_held_account_t **account,
                                    const char *site, const char *account_id, const char *email,
                                    apr_pool_t *p)
{
    static const char by_id[] =
        "SELECT " ACCOUNT_COLUMNS " FROM jira_account WHERE site = %s AND account_id = %s";
    static const char by_email[] = "SELECT " ACCOUNT_COLUMNS " FROM jira_account"
                                   " WHERE site = %s AND email = %s ORDER BY seen DESC LIMIT 1";
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *account = NULL;
    rv = scim_sync_db_select(db, &rows, account_id ? by_id : by_email,
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id ? account_id : email)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        scim_sync_held_account_t *a = apr_pcalloc(p, sizeof(*a));

        a->account_id = scim_sync_db_text(rows, 0, 0);
        a->email = scim_sync_db_text(rows, 0, 1);
        a->ours = (int)scim_sync_db_number(rows, 0, 2);
        a->groups_read = (int)scim_sync_db_number(rows, 0, 3);
        a->state = scim_sync_db_text(rows, 0, 4);
        a->profile = scim_sync_db_text(rows, 0, 5);
        a->inactive = !scim_sync_db_number(rows, 0, 6);
        *account = a;
    }
    return rv;
}

apr_status_t scim_sync_held_put_account(scim_sync_db_t *db, const char *site,
                                        const scim_sync_held_account_t *account, apr_pool_t *p)
{
    /* Once ours, an account stays ours: finding it again later doesn't make it somebody else's. */
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO jira_account (site, account_id, email, ours, groups_read, state, seen)"
        " VALUES (%s, %s, %s, %lld, %lld, %s, {now}) ON CONFLICT (site, account_id) DO UPDATE SET"
        " email = excluded.email, groups_read = excluded.groups_read, seen = excluded.seen,"
        " state = excluded.state,"
        " ours = CASE WHEN jira_account.ours = 1 THEN 1 ELSE excluded.ours END",
        DB_ARGS(DB_TEXT(site), DB_TEXT(account->account_id), DB_TEXT(account->email),
                DB_INT(account->ours), DB_INT(account->groups_read), DB_TEXT(account->state)),
        p);
}

apr_status_t scim_sync_held_put_state(scim_sync_db_t *db, const char *site, const char *account_id,
                                      const char *state, apr_pool_t *p)
{
    apr_status_t rv;

    rv = scim_sync_db_exec(db, NULL,
                           "UPDATE jira_account SET state = %s WHERE site = %s AND account_id = %s",
                           DB_ARGS(DB_TEXT(state), DB_TEXT(site), DB_TEXT(account_id)), p);
    if (rv == APR_SUCCESS && state && !strcmp(state, SCIM_SYNC_HELD_DELETED)) {
        rv = scim_sync_db_exec(db, NULL,
                               "DELETE FROM jira_member WHERE site = %s AND account_id = %s",
                               DB_ARGS(DB_TEXT(site), DB_TEXT(account_id)), p);
    }
    return rv;
}

apr_status_t scim_sync_held_put_profile(scim_sync_db_t *db, const char *site,
                                        const char *account_id, const char *profile, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL, "UPDATE jira_account SET profile = %s WHERE site = %s AND account_id = %s",
        DB_ARGS(DB_TEXT(profile), DB_TEXT(site), DB_TEXT(account_id)), p);
}

/* Delete from each table what has the values site and id. */
static apr_status_t forget(scim_sync_db_t *db, const char *const *statements, const char *site,
                           const char *id, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;

    for (; rv == APR_SUCCESS && *statements; statements++) {
        rv = scim_sync_db_exec(db, NULL, *statements, DB_ARGS(DB_TEXT(site), DB_TEXT(id)), p);
    }
    return rv;
}

apr_status_t scim_sync_held_forget_account(scim_sync_db_t *db, const char *site,
                                           const char *account_id, apr_pool_t *p)
{
    static const char *const statements[] = {
        "DELETE FROM jira_member WHERE site = %s AND account_id = %s",
        "DELETE FROM jira_link WHERE site = %s AND object = %s",
        "DELETE FROM jira_account WHERE site = %s AND account_id = %s",
        NULL,
    };

    return forget(db, statements, site, account_id, p);
}

#define GROUP_COLUMNS "group_id, name, ours, protection"

static scim_sync_held_group_t *group_from_row(const scim_sync_rows_t *rows, int i, apr_pool_t *p)
{
    scim_sync_held_group_t *g = apr_pcalloc(p, sizeof(*g));

    g->group_id = scim_sync_db_text(rows, i, 0);
    g->name = scim_sync_db_text(rows, i, 1);
    g->ours = (int)scim_sync_db_number(rows, i, 2);
    g->protection = scim_sync_db_text(rows, i, 3);
    return g;
}

apr_status_t scim_sync_held_group(scim_sync_db_t *db, scim_sync_held_group_t **group,
                                  const char *site, const char *group_id, const char *name,
                                  apr_pool_t *p)
{
    static const char by_id[] =
        "SELECT " GROUP_COLUMNS " FROM jira_group WHERE site = %s AND group_id = %s";
    static const char by_name[] = "SELECT " GROUP_COLUMNS " FROM jira_group"
                                  " WHERE site = %s AND name = %s ORDER BY seen DESC LIMIT 1";
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *group = NULL;
    rv = scim_sync_db_select(db, &rows, group_id ? by_id : by_name,
                             DB_ARGS(DB_TEXT(site), DB_TEXT(group_id ? group_id : name)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        *group = group_from_row(rows, 0, p);
    }
    return rv;
}

apr_status_t scim_sync_held_groups(scim_sync_db_t *db, apr_array_header_t **groups,
                                   const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows, "SELECT " GROUP_COLUMNS " FROM jira_group WHERE site = %s",
                             DB_ARGS(DB_TEXT(site)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *groups = apr_array_make(p, rows->count, sizeof(scim_sync_held_group_t *));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*groups, scim_sync_held_group_t *) = group_from_row(rows, i, p);
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_held_protect(scim_sync_db_t *db, const char *site, const char *group_id,
                                    const char *rule, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL, "UPDATE jira_group SET protection = %s WHERE site = %s AND group_id = %s",
        DB_ARGS(DB_TEXT(rule), DB_TEXT(site), DB_TEXT(group_id)), p);
}

apr_status_t scim_sync_held_put_group(scim_sync_db_t *db, const char *site,
                                      const scim_sync_held_group_t *group, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "INSERT INTO jira_group (site, group_id, name, ours, protection, seen)"
                             " VALUES (%s, %s, %s, %lld, %s, {now}) ON CONFLICT (site, group_id)"
                             " DO UPDATE SET name = excluded.name, seen = excluded.seen,"
                             " protection = excluded.protection,"
                             " ours = CASE WHEN jira_group.ours = 1 THEN 1 ELSE excluded.ours END",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(group->group_id), DB_TEXT(group->name),
                                     DB_INT(group->ours), DB_TEXT(group->protection)),
                             p);
}

apr_status_t scim_sync_held_given(scim_sync_db_t *db, apr_array_header_t **accounts,
                                  const char *site, const char *group_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT account_id FROM jira_member WHERE site = %s"
                             " AND group_id = %s AND state NOT IN " SCIM_SYNC_HELD_NOT_OURS,
                             DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)), p);
    if (rv == APR_SUCCESS) {
        *accounts = scim_sync_db_texts(rows, 0, p);
    }
    return rv;
}

apr_status_t scim_sync_held_filled(scim_sync_db_t *db, int *count, const char *site,
                                   const char *group_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT COUNT(*) FROM jira_member WHERE site = %s AND group_id = %s"
                             " AND state IN ('" SCIM_SYNC_HELD_OURS "', '" SCIM_SYNC_HELD_ADDING
                             "', '" SCIM_SYNC_HELD_UNCERTAIN "')",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(group_id)), p);
    *count = rv == APR_SUCCESS ? (int)scim_sync_db_number(rows, 0, 0) : 0;
    return rv;
}

apr_status_t scim_sync_held_members(scim_sync_db_t *db, apr_array_header_t **members,
                                    const char *site, const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT group_id, state FROM jira_member"
                             " WHERE site = %s AND account_id = %s",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id)), p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    *members = apr_array_make(p, rows->count + 4, sizeof(scim_sync_held_member_t));
    for (i = 0; i < rows->count; i++) {
        APR_ARRAY_PUSH(*members, scim_sync_held_member_t) = (scim_sync_held_member_t) {
            .group_id = scim_sync_db_text(rows, i, 0),
            .state = scim_sync_db_text(rows, i, 1),
        };
    }
    return APR_SUCCESS;
}

apr_status_t scim_sync_held_theirs(scim_sync_db_t *db, apr_array_header_t **groups,
                                   const char *site, const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT m.group_id FROM jira_member m WHERE m.site = %s"
                             " AND m.account_id = %s AND m.state = 'theirs' AND EXISTS (SELECT 1"
                             " FROM jira_link l WHERE l.site = m.site AND l.object = m.group_id)",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(account_id)), p);
    if (rv == APR_SUCCESS) {
        *groups = scim_sync_db_texts(rows, 0, p);
    }
    return rv;
}

const char *scim_sync_held_state(const apr_array_header_t *members, const char *group_id)
{
    int i;

    for (i = 0; i < members->nelts; i++) {
        const scim_sync_held_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_held_member_t);

        if (!strcmp(m->group_id, group_id)) {
            return m->state;
        }
    }
    return NULL;
}

int scim_sync_held_any_in(const apr_array_header_t *members, const char *state)
{
    int i;

    for (i = 0; i < members->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(members, i, scim_sync_held_member_t).state, state)) {
            return 1;
        }
    }
    return 0;
}

/* Whose a membership is, whatever we do to it; and the states of each. */
typedef struct {
    const char *changing;
    const char *added;
    const char *removed;
} life_t;

static const life_t of_ours = { SCIM_SYNC_HELD_ADDING, SCIM_SYNC_HELD_OURS, NULL };
static const life_t of_theirs = { SCIM_SYNC_HELD_DISPUTED, SCIM_SYNC_HELD_THEIRS,
                                  SCIM_SYNC_HELD_REVOKED };
static const life_t of_granted = { SCIM_SYNC_HELD_DOUBTFUL, SCIM_SYNC_HELD_GRANTED,
                                   SCIM_SYNC_HELD_WITHDRAWN };

static int is_of(const life_t *life, const char *state)
{
    return !strcmp(state, life->changing) || !strcmp(state, life->added) ||
           !strcmp(state, life->removed);
}

static const life_t *life_of(const char *state)
{
    if (state && is_of(&of_theirs, state)) {
        return &of_theirs;
    }
    return state && is_of(&of_granted, state) ? &of_granted : &of_ours;
}

int scim_sync_held_is_taken(const char *state)
{
    return !strcmp(state, SCIM_SYNC_HELD_WITHDRAWN) || !strcmp(state, SCIM_SYNC_HELD_REVOKED);
}

const char *scim_sync_held_changing(const char *state)
{
    return life_of(state)->changing;
}

const char *scim_sync_held_added(const char *state)
{
    return life_of(state)->added;
}

const char *scim_sync_held_removed(const char *state)
{
    return life_of(state)->removed;
}

apr_status_t scim_sync_held_put_member(scim_sync_db_t *db, const char *site, const char *group_id,
                                       const char *account_id, const char *state, apr_pool_t *p)
{
    if (!state) {
        return scim_sync_db_exec(db, NULL,
                                 "DELETE FROM jira_member WHERE site = %s AND account_id = %s"
                                 " AND group_id = %s",
                                 DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(group_id)), p);
    }
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO jira_member (site, group_id, account_id, state, seen)"
        " VALUES (%s, %s, %s, %s, {now}) ON CONFLICT (site, account_id, group_id)"
        " DO UPDATE SET state = excluded.state, seen = excluded.seen",
        DB_ARGS(DB_TEXT(site), DB_TEXT(group_id), DB_TEXT(account_id), DB_TEXT(state)), p);
}

apr_status_t scim_sync_held_name_member(scim_sync_db_t *db, const char *site, const char *group_id,
                                        const char *account_id, const char *name, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "UPDATE jira_member SET name = COALESCE(%s, name) WHERE site = %s"
                             " AND account_id = %s AND group_id = %s",
                             DB_ARGS(DB_TEXT(scim_sync_excerpt(name, NAME_BYTES, p)), DB_TEXT(site),
                                     DB_TEXT(account_id), DB_TEXT(group_id)),
                             p);
}

apr_status_t scim_sync_held_who(scim_sync_db_t *db, const char **who, const char *site,
                                const char *group_id, const char *account_id, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT COALESCE((SELECT a.email FROM jira_account a WHERE a.site = %s"
        " AND a.account_id = %s), (SELECT m.name FROM jira_member m WHERE m.site = %s"
        " AND m.account_id = %s AND m.group_id = %s))",
        DB_ARGS(DB_TEXT(site), DB_TEXT(account_id), DB_TEXT(site), DB_TEXT(account_id),
                DB_TEXT(group_id)),
        p);
    *who = rv == APR_SUCCESS ? scim_sync_db_text(rows, 0, 0) : NULL;
    *who = *who ? *who : apr_pstrcat(p, "account ", account_id, NULL);
    return rv;
}

apr_status_t scim_sync_held_link(scim_sync_db_t *db, int *linked, const char **object,
                                 const char *site, const char *resource, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *linked = 0;
    *object = NULL;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT object FROM jira_link WHERE site = %s AND resource = %s"
                             " AND name = ''",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(resource)), p);
    if (rv == APR_SUCCESS && rows->count > 0) {
        *linked = 1;
        *object = scim_sync_db_text(rows, 0, 0);
    }
    return rv;
}

apr_status_t scim_sync_held_intend(scim_sync_db_t *db, const char *site, const char *resource,
                                   const char *kind, const char *told_as, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO jira_link (site, resource, name, kind, told_as) VALUES (%s, %s, '', %s, %s)"
        " ON CONFLICT (site, resource, name) DO UPDATE SET told_as = excluded.told_as",
        DB_ARGS(DB_TEXT(site), DB_TEXT(resource), DB_TEXT(kind), DB_TEXT(told_as)), p);
}

apr_status_t scim_sync_held_intent(scim_sync_db_t *db, const char **told_as, const char *site,
                                   const char *resource, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;

    *told_as = NULL;
    rv = scim_sync_db_select(db, &rows,
                             "SELECT told_as FROM jira_link WHERE site = %s AND resource = %s"
                             " AND name = ''",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(resource)), p);
    if (rv == APR_SUCCESS) {
        *told_as = scim_sync_db_text(rows, 0, 0);
    }
    return rv;
}

apr_status_t scim_sync_held_put_link(scim_sync_db_t *db, const char *site, const char *resource,
                                     const char *kind, const char *object, apr_pool_t *p)
{
    return scim_sync_db_exec(
        db, NULL,
        "INSERT INTO jira_link (site, resource, name, kind, object) VALUES (%s, %s, '', %s, %s)"
        " ON CONFLICT (site, resource, name) DO UPDATE SET object = excluded.object",
        DB_ARGS(DB_TEXT(site), DB_TEXT(resource), DB_TEXT(kind), DB_TEXT(object)), p);
}

apr_status_t scim_sync_held_drop_link(scim_sync_db_t *db, const char *site, const char *resource,
                                      apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "DELETE FROM jira_link WHERE site = %s AND resource = %s"
                             " AND name = ''",
                             DB_ARGS(DB_TEXT(site), DB_TEXT(resource)), p);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an IdP, or of its feeding a site: what becomes of the access that it gave, and of the
 * access that it had ended already and that is still to be taken away.
 */
#include <apr_strings.h>

#include "base/text.h"
#include "store/config.h"
#include "store/guard.h"
#include "store/held.h"
#include "store/lease.h"
#include "store/link.h"
#include "store/task.h"

/* ---- who is leaving ---- */

/*
 * Somebody whom the IdP tells active no more, or has kept out by its rules, with something there
 * that we gave, or may have given: a creation was begun. Whom others tell active keeps it anyway.
 */
#define HAS_SOMETHING                                                                              \
    " AND ((l.object IS NULL AND l.told_as IS NOT NULL)"                                           \
    " OR EXISTS (SELECT 1 FROM jira_account a WHERE a.site = l.site AND a.account_id = l.object"   \
    "  AND a.ours = 1 AND a.groups_read = 0)"                                                      \
    " OR EXISTS (SELECT 1 FROM jira_member m WHERE m.site = l.site AND m.account_id = l.object"    \
    "  AND m.state NOT IN " SCIM_SYNC_HELD_NOT_OURS "))"                                           \
    " AND NOT EXISTS (SELECT 1 FROM jira_link o JOIN resource x ON x.id = o.resource"              \
    "  JOIN idp_site f ON f.idp = x.idp AND f.site = o.site WHERE o.site = l.site"                 \
    "  AND o.object = l.object AND x.active = 1 AND x.id <> l.resource)"

static apr_status_t add_leavers(scim_sync_db_t *db, apr_array_header_t *leavers, const char *idp,
                                const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT t.id, t.subject, COALESCE(r.name, a.email, l.told_as), COALESCE(r.email, a.email),"
        " r.id, r.active, t.detail FROM task t"
        " JOIN jira_link l ON l.site = t.site AND l.resource = t.subject AND l.name = ''"
        " LEFT JOIN resource r ON r.id = t.subject"
        " LEFT JOIN jira_account a ON a.site = l.site AND a.account_id = l.object"
        " WHERE t.site = %s AND t.idp = %s AND t.kind = 'user'"
        " AND EXISTS (SELECT 1 FROM idp_site f WHERE f.idp = t.idp AND f.site = t.site)"
        " AND (r.id IS NULL OR r.active = 0 OR l.left_at > 0)" HAS_SOMETHING " ORDER BY t.id",
        DB_ARGS(DB_TEXT(site), DB_TEXT(idp)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        scim_sync_idp_leaver_t *leaver = apr_array_push(leavers);

        leaver->task = scim_sync_db_number(rows, i, 0);
        leaver->site = site;
        leaver->subject = scim_sync_db_text(rows, i, 1);
        leaver->name = scim_sync_db_text(rows, i, 2);
        leaver->email = scim_sync_db_text(rows, i, 3);
        leaver->gone = scim_sync_db_text(rows, i, 4) == NULL;
        leaver->active = (int)scim_sync_db_number(rows, i, 5);
        leaver->detail = scim_sync_db_text(rows, i, 6);
    }
    return rv;
}

/* All sites at which there is work of it, or that its guard holds: also such that it left. */
static apr_status_t load_sites(scim_sync_db_t *db, apr_array_header_t *sites, const char *name,
                               apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT site FROM idp_site WHERE idp = %s UNION SELECT site FROM task"
                             " WHERE idp = %s OR guard_idp = %s",
                             DB_ARGS(DB_TEXT(name), DB_TEXT(name), DB_TEXT(name)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        APR_ARRAY_PUSH(sites, const char *) = scim_sync_db_text(rows, i, 0);
    }
    scim_sync_list_sort(sites);
    return rv;
}

apr_status_t scim_sync_idp_leavers(scim_sync_db_t *db, apr_array_header_t **leavers,
                                   const char *idp, const char *site, apr_pool_t *p)
{
    apr_array_header_t *sites = apr_array_make(p, 4, sizeof(const char *));
    apr_status_t rv = APR_SUCCESS;
    int i;

    *leavers = apr_array_make(p, 4, sizeof(scim_sync_idp_leaver_t));
    if (site) {
        APR_ARRAY_PUSH(sites, const char *) = site;
    }
    else {
        rv = load_sites(db, sites, idp, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < sites->nelts; i++) {
        site = APR_ARRAY_IDX(sites, i, const char *);
        rv = scim_sync_lease_hold(db, site, p);
        if (rv == APR_SUCCESS) {
            rv = add_leavers(db, *leavers, idp, site, p);
        }
    }
    return rv;
}

apr_status_t scim_sync_idp_let_leave(scim_sync_db_t *db, const char *idp, const char *site,
                                     const apr_array_header_t *leavers, apr_pool_t *p)
{
    apr_status_t rv;
    int i;

    rv = scim_sync_db_exec(
        db, NULL, "UPDATE task SET released = 0 WHERE idp = %s AND site = COALESCE(%s, site)",
        DB_ARGS(DB_TEXT(idp), DB_TEXT(site)), p);
    for (i = 0; rv == APR_SUCCESS && i < leavers->nelts; i++) {
        rv = scim_sync_task_pass(db, APR_ARRAY_IDX(leavers, i, scim_sync_idp_leaver_t).task, p);
    }
    return rv;
}

/* ---- what becomes of access ---- */

/*
 * Of a link l: it is the IdP's, which tells of its resource, or told of it and has work of it
 * still; and it is of none who is let leave. Needs the IdP twice.
 */
#define KEEPS                                                                                      \
    " (EXISTS (SELECT 1 FROM resource r WHERE r.id = l.resource AND r.idp = %s)"                   \
    " OR EXISTS (SELECT 1 FROM task t WHERE t.site = l.site AND t.kind = l.kind"                   \
    "  AND t.subject = l.resource AND t.idp = %s))"                                                \
    " AND NOT EXISTS (SELECT 1 FROM task t WHERE t.site = l.site AND t.kind = 'user'"              \
    "  AND t.subject = l.resource AND t.released = 1)"
/* Of an account: another IdP has told of who has it. Needs the site and the IdP. */
#define TOLD_BESIDE(account)                                                                       \
    " EXISTS (SELECT 1 FROM jira_link l JOIN resource r ON r.id = l.resource"                      \
    " WHERE l.site = %s AND r.idp <> %s AND l.object = " account ")"

/* What is held for people stays, and is nobody's of ours any more unless another IdP tells them. */
static apr_status_t give_away(scim_sync_db_t *db, const char *name, const char *site, apr_pool_t *p)
{
    static const char *const statements[] = {
        "UPDATE jira_member SET state = 'theirs' WHERE site = %s AND state NOT IN"
        " ('withdrawn', 'revoked')"
        " AND account_id IN (SELECT l.object FROM jira_link l WHERE l.site = %s AND l.kind = "
        "'user' AND" KEEPS ") AND NOT" TOLD_BESIDE("jira_member.account_id"),
        "UPDATE jira_account SET ours = 0 WHERE site = %s AND account_id IN"
        " (SELECT l.object FROM jira_link l WHERE l.site = %s AND l.kind = 'user' AND" KEEPS
        ") AND NOT" TOLD_BESIDE("jira_account.account_id"),
    };
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(statements) / sizeof(*statements); i++) {
        rv = scim_sync_db_exec(db, NULL, statements[i],
                               DB_ARGS(DB_TEXT(site), DB_TEXT(site), DB_TEXT(name), DB_TEXT(name),
                                       DB_TEXT(site), DB_TEXT(name)),
                               p);
    }
    return rv;
}

/* Nothing is to be done at the site, but for those who are let leave. */
static apr_status_t forget(scim_sync_db_t *db, const char *name, const char *site, apr_pool_t *p)
{
    const char *everybody = scim_sync_link_default(name, p);
    apr_status_t rv = give_away(db, name, site, p);

    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(
            db, NULL,
            "DELETE FROM jira_link AS l WHERE l.site = %s"
            " AND (l.resource = %s OR" KEEPS ")",
            DB_ARGS(DB_TEXT(site), DB_TEXT(everybody), DB_TEXT(name), DB_TEXT(name)), p);
    }
    return rv == APR_SUCCESS ? scim_sync_db_exec(db, NULL,
                                                 "DELETE FROM task WHERE site = %s AND idp = %s"
                                                 " AND (kind <> 'user' OR released = 0)",
                                                 DB_ARGS(DB_TEXT(site), DB_TEXT(name)), p)
                             : rv;
}

/* What becomes of the access that it gave there, with the site's worker standing still. */
static apr_status_t end_access(scim_sync_db_t *db, const char *name, const char *site, int keep,
                               apr_pool_t *p)
{
    apr_status_t rv = scim_sync_lease_hold(db, site, p);

    if (rv == APR_SUCCESS) {
        rv = keep ? forget(db, name, site, p) : scim_sync_task_add_all(db, name, site, p);
    }
    return rv == APR_SUCCESS ? scim_sync_guard_end(db, name, site, keep, p) : rv;
}

/* ---- the end of it ---- */

apr_status_t scim_sync_idp_leave(scim_sync_db_t *db, const char *name, const char *site, int keep,
                                 apr_pool_t *p)
{
    apr_status_t rv = end_access(db, name, site, keep, p);

    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM idp_site WHERE idp = %s AND site = %s",
                               DB_ARGS(DB_TEXT(name), DB_TEXT(site)), p);
    }
    return rv;
}

/* Of a site that it left it was said then what becomes of access. */
static apr_status_t end_everywhere(scim_sync_db_t *db, const scim_sync_idp_t *idp, int keep,
                                   apr_pool_t *p)
{
    apr_array_header_t *sites = apr_array_make(p, 4, sizeof(const char *));
    apr_status_t rv = load_sites(db, sites, idp->name, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < sites->nelts; i++) {
        const char *site = APR_ARRAY_IDX(sites, i, const char *);

        if (scim_sync_list_holds(idp->sites, site)) {
            rv = end_access(db, idp->name, site, keep, p);
        }
        else if ((rv = scim_sync_lease_hold(db, site, p)) == APR_SUCCESS) {
            rv = scim_sync_guard_end(db, idp->name, site, 0, p);
        }
    }
    return rv;
}

/*
 * What is left to be done is a deleted IdP's: neither the state nor the rules of a new one of its
 * name say anything about it. Its default groups stand for nothing at once: their only key is the
 * name.
 */
static apr_status_t rename_rest(scim_sync_db_t *db, const char *name, apr_pool_t *p)
{
    static const char *const statements[] = {
        "DELETE FROM jira_link WHERE resource = '" SCIM_SYNC_DEFAULT "' || %s",
        "DELETE FROM task WHERE kind = 'group' AND subject = '" SCIM_SYNC_DEFAULT "' || %s",
        "UPDATE task SET idp = '" SCIM_SYNC_IDP_DELETED "' || idp WHERE idp = %s",
    };
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(statements) / sizeof(*statements); i++) {
        rv = scim_sync_db_exec(db, NULL, statements[i], DB_ARGS(DB_TEXT(name)), p);
    }
    return rv;
}

apr_status_t scim_sync_idp_delete(scim_sync_db_t *db, const char *name, int keep, apr_pool_t *p)
{
    scim_sync_idp_t *idp;
    apr_status_t rv = scim_sync_idp_load(db, &idp, name, p);

    if (rv == APR_SUCCESS && idp) {
        rv = end_everywhere(db, idp, keep, p);
    }
    if (rv == APR_SUCCESS) {
        rv = rename_rest(db, name, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM resource WHERE idp = %s",
                               DB_ARGS(DB_TEXT(name)), p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_db_exec(db, NULL, "DELETE FROM idp WHERE name = %s", DB_ARGS(DB_TEXT(name)),
                               p);
    }
    return rv == APR_SUCCESS ? scim_sync_generation_raise(db, p) : rv;
}

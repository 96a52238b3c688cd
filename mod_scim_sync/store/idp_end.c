/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of an IdP, or of its feeding a site: what becomes of the access that it gave, and of the
 * access that it had ended already and that is still to be taken away.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/config.h"
#include "store/desk.h"
#include "store/guard.h"
#include "store/held.h"
#include "store/lease.h"
#include "store/link.h"
#include "store/people_private.h"
#include "store/task.h"
#include "store/told.h"

/* ---- who is leaving ---- */

/* Of a link l with the account a: it holds what we gave, or may have: a creation was begun. */
#define GIVEN                                                                                      \
    "CASE WHEN (l.object IS NULL AND l.told_as IS NOT NULL)"                                       \
    " OR (a.ours = 1 AND a.groups_read = 0)"                                                       \
    " OR EXISTS (SELECT 1 FROM jira_member m WHERE m.site = l.site AND m.account_id = l.object"    \
    "  AND m.state NOT IN " SCIM_SYNC_HELD_NOT_OURS ") THEN 1 ELSE 0 END"
/* Besides, others may have put it into groups, which a rule may take. */
#define IN_GROUPS                                                                                  \
    "CASE WHEN a.groups_read = 0 OR EXISTS (SELECT 1 FROM jira_member m WHERE m.site = l.site"     \
    "  AND m.account_id = l.object AND m.state NOT IN ('withdrawn', 'revoked')) THEN 1 ELSE 0 END"
/* Of a link o: its user is told active, and was let in when that was looked at last. */
#define WANTS(o)                                                                                   \
    " EXISTS (SELECT 1 FROM resource x JOIN idp_site f ON f.idp = x.idp AND f.site = " o ".site"   \
    "  WHERE x.id = " o ".resource AND x.active = 1 AND " o ".left_at = 0)"

static apr_status_t add_leavers(scim_sync_db_t *db, apr_array_header_t *leavers, const char *idp,
                                const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT t.id, t.subject, COALESCE(r.name, a.email, l.told_as), COALESCE(r.email, a.email),"
        " r.id, r.active, t.detail,"
        " COALESCE(t.discarded, CASE t.state WHEN 'discarded' THEN t.detail END), a.state, " GIVEN
        ", " IN_GROUPS ", l.object FROM task t"
        " JOIN jira_link l ON l.site = t.site AND l.resource = t.subject AND l.name = ''"
        " LEFT JOIN resource r ON r.id = t.subject"
        " LEFT JOIN jira_account a ON a.site = l.site AND a.account_id = l.object"
        " WHERE t.site = %s AND t.idp = %s AND t.kind = 'user'"
        " AND EXISTS (SELECT 1 FROM idp_site f WHERE f.idp = t.idp AND f.site = t.site)"
        " AND (r.id IS NULL OR r.active = 0 OR l.left_at > 0)"
        " AND (l.object IS NOT NULL OR l.told_as IS NOT NULL)"
        " AND NOT EXISTS (SELECT 1 FROM jira_link o WHERE o.site = l.site AND o.object = l.object"
        "  AND o.resource <> l.resource AND" WANTS("o") ") ORDER BY t.id",
        DB_ARGS(DB_TEXT(site), DB_TEXT(idp)), p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        APR_ARRAY_PUSH(leavers, scim_sync_idp_leaver_t) = (scim_sync_idp_leaver_t) {
            .task = scim_sync_db_number(rows, i, 0),
            .site = site,
            .subject = scim_sync_db_text(rows, i, 1),
            .name = scim_sync_db_text(rows, i, 2),
            .email = scim_sync_db_text(rows, i, 3),
            .gone = scim_sync_db_text(rows, i, 4) == NULL,
            .active = (int)scim_sync_db_number(rows, i, 5),
            .detail = scim_sync_db_text(rows, i, 6),
            .discarded = scim_sync_db_text(rows, i, 7),
            .account_state = scim_sync_db_text(rows, i, 8),
            .given = (int)scim_sync_db_number(rows, i, 9),
            .in_groups = (int)scim_sync_db_number(rows, i, 10),
            .account = scim_sync_db_text(rows, i, 11),
        };
    }
    return rv;
}

apr_status_t scim_sync_idp_work_sites(scim_sync_db_t *db, apr_array_header_t *sites,
                                      const char *name, apr_pool_t *p)
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

apr_status_t scim_sync_idp_hold_sites(scim_sync_db_t *db, apr_array_header_t **sites,
                                      const char *idp, apr_pool_t *p)
{
    apr_status_t rv;

    *sites = apr_array_make(p, 4, sizeof(const char *));
    rv = scim_sync_idp_work_sites(db, *sites, idp, p);
    return rv == APR_SUCCESS ? scim_sync_lease_hold_each(db, *sites, p) : rv;
}

apr_status_t scim_sync_idp_leavers(scim_sync_db_t *db, apr_array_header_t **leavers,
                                   const char *idp, const apr_array_header_t *sites, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    *leavers = apr_array_make(p, 4, sizeof(scim_sync_idp_leaver_t));
    for (i = 0; rv == APR_SUCCESS && i < sites->nelts; i++) {
        rv = add_leavers(db, *leavers, idp, APR_ARRAY_IDX(sites, i, const char *), p);
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
/* Of a link o: another IdP tells, or told, of its user. Needs the IdP twice. */
#define OF_ANOTHER(o)                                                                              \
    " (EXISTS (SELECT 1 FROM resource y WHERE y.id = " o ".resource AND y.idp <> %s)"              \
    " OR EXISTS (SELECT 1 FROM task y WHERE y.site = " o ".site AND y.kind = 'user'"               \
    "  AND y.subject = " o ".resource AND y.idp <> %s))"
/* Of an account: another IdP has told of who has it. Needs the site, and the IdP twice. */
#define TOLD_BESIDE(account)                                                                       \
    " EXISTS (SELECT 1 FROM jira_link o WHERE o.site = %s AND o.object = " account                 \
    " AND" OF_ANOTHER("o") ")"

/* Of the links l and o; the second needs the IdP twice. */
#define THIS_WANTS    WANTS("l")
#define ANOTHER_WANTS OF_ANOTHER("o") " AND" WANTS("o")

/*
 * What was never sent is in nobody's portal, and is nothing to keep. What was sent to one, and not
 * answered, may be in none: nothing is on record of it, so that another IdP gives it anew. Needs the
 * site.
 */
#define UNQUEUE                                                                                    \
    "DELETE FROM jira_member WHERE site = %s AND (state IN ('" SCIM_SYNC_HELD_QUEUED               \
    "', '" SCIM_SYNC_HELD_UNCERTAIN "') OR (state = '" SCIM_SYNC_HELD_ADDING                       \
    "' AND site LIKE '%%" SCIM_SYNC_SITE_CUSTOMERS "'))"
/*
 * What is there is not ours any more, and what was to be taken stays; what is being taken already
 * goes. Needs the site.
 */
#define GIVE_MEMBERS                                                                               \
    "UPDATE jira_member SET state = 'theirs' WHERE site = %s"                                      \
    " AND state NOT IN ('withdrawn', 'revoked', 'queued', 'removing')"

/* A person of whom another IdP tells as well, active or not. */
typedef struct {
    const char *site;
    const char *idp;      /* whose access is kept */
    const char *resource; /* its user */
    const char *account_id;
    int wants;  /* it tells the user active */
    int undone; /* there is a task of that user: it, or its rules, may have ended something */
    int beside; /* another IdP wants the person, too */
} shared_t;

static apr_status_t load_shared(scim_sync_db_t *db, apr_array_header_t **shared, const char *idp,
                                const char *site, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(
        db, &rows,
        "SELECT l.resource, l.object,"
        " CASE WHEN" THIS_WANTS " THEN 1 ELSE 0 END,"
        " (SELECT COUNT(*) FROM task t WHERE t.site = l.site AND t.kind = 'user'"
        "  AND t.subject = l.resource),"
        " (SELECT COUNT(*) FROM jira_link o WHERE o.site = l.site AND o.object = l.object"
        "  AND" ANOTHER_WANTS ")"
        " FROM jira_link l WHERE l.site = %s AND l.kind = 'user' AND" KEEPS
        " AND" TOLD_BESIDE("l.object"),
        DB_ARGS(DB_TEXT(idp), DB_TEXT(idp), DB_TEXT(site), DB_TEXT(idp), DB_TEXT(idp),
                DB_TEXT(site), DB_TEXT(idp), DB_TEXT(idp)),
        p);
    *shared = apr_array_make(p, 4, sizeof(shared_t));
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        APR_ARRAY_PUSH(*shared, shared_t) = (shared_t) {
            .site = site,
            .idp = idp,
            .resource = scim_sync_db_text(rows, i, 0),
            .account_id = scim_sync_db_text(rows, i, 1),
            .wants = scim_sync_db_number(rows, i, 2) > 0,
            .undone = scim_sync_db_number(rows, i, 3) > 0,
            .beside = scim_sync_db_number(rows, i, 4) > 0,
        };
    }
    return rv;
}

/* The Jira groups into which other IdPs that want the person put him: ids (const char *). */
static apr_status_t add_groups_beside(scim_sync_db_t *db, const shared_t *one,
                                      apr_array_header_t *groups, apr_pool_t *p)
{
    scim_sync_rows_t *rows;
    apr_status_t rv;
    int i;

    rv = scim_sync_db_select(db, &rows,
                             "SELECT o.resource FROM jira_link o WHERE o.site = %s"
                             " AND o.object = %s AND" ANOTHER_WANTS,
                             DB_ARGS(DB_TEXT(one->site), DB_TEXT(one->account_id),
                                     DB_TEXT(one->idp), DB_TEXT(one->idp)),
                             p);
    for (i = 0; rv == APR_SUCCESS && i < rows->count; i++) {
        rv = scim_sync_told_groups(db, groups, one->site, scim_sync_db_text(rows, i, 0), p);
    }
    return rv;
}

/* Whether the IdP, or nobody any more, stands for a group, rather than others alone. */
static apr_status_t may_have_given(scim_sync_db_t *db, int *may, const shared_t *one,
                                   const char *group_id, apr_pool_t *p)
{
    apr_array_header_t *claims;
    apr_status_t rv = scim_sync_link_claims(db, &claims, one->site, group_id, p);
    int i;

    *may = rv == APR_SUCCESS && claims->nelts == 0;
    for (i = 0; rv == APR_SUCCESS && i < claims->nelts; i++) {
        *may |= !strcmp(APR_ARRAY_IDX(claims, i, scim_sync_link_claim_t).idp, one->idp);
    }
    return rv;
}

/* We have put it there, or were about to; also if we were about to take it. */
static int may_be_kept(const char *state)
{
    return !strcmp(state, SCIM_SYNC_HELD_OURS) || !strcmp(state, SCIM_SYNC_HELD_ADDING) ||
           !strcmp(state, SCIM_SYNC_HELD_QUEUED) || !strcmp(state, SCIM_SYNC_HELD_ENDING) ||
           !strcmp(state, SCIM_SYNC_HELD_UNCERTAIN);
}

/* As UNQUEUE has it. */
static int is_unsure(const char *site, const char *state)
{
    return !strcmp(state, SCIM_SYNC_HELD_QUEUED) || !strcmp(state, SCIM_SYNC_HELD_UNCERTAIN) ||
           (!strcmp(state, SCIM_SYNC_HELD_ADDING) && strstr(site, SCIM_SYNC_SITE_CUSTOMERS));
}

/*
 * Another IdP wants the person: what its groups give stays ours, and it ends that one day. What
 * only the IdP's groups gave, or had given and are about to take, is claimed by nobody any more. A
 * membership that another one is about to take, and that this one does not give, is left to that.
 */
static apr_status_t keep_memberships(scim_sync_db_t *db, const shared_t *one, apr_pool_t *p)
{
    apr_array_header_t *mine = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *others = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *members;
    apr_status_t rv;
    int i;

    if ((one->wants &&
         (rv = scim_sync_told_groups(db, mine, one->site, one->resource, p)) != APR_SUCCESS) ||
        (rv = add_groups_beside(db, one, others, p)) != APR_SUCCESS ||
        (rv = scim_sync_held_members(db, &members, one->site, one->account_id, p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < members->nelts; i++) {
        const scim_sync_held_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_held_member_t);
        int gave = scim_sync_list_holds(mine, m->group_id);

        if (!may_be_kept(m->state) || scim_sync_list_holds(others, m->group_id)) {
            continue;
        }
        if (!gave && one->undone) {
            rv = may_have_given(db, &gave, one, m->group_id, p);
        }
        if (rv == APR_SUCCESS && gave) {
            rv = scim_sync_held_put_member(db, one->site, m->group_id, one->account_id,
                                           is_unsure(one->site, m->state) ? NULL
                                                                          : SCIM_SYNC_HELD_THEIRS,
                                           p);
        }
    }
    return rv;
}

/*
 * All others tell the person inactive. By none of their tasks anything is taken that was kept: who
 * has the account is for them somebody who had it before the module.
 */
static apr_status_t keep_account(scim_sync_db_t *db, const shared_t *one, apr_pool_t *p)
{
    static const char *const statements[] = {
        UNQUEUE " AND account_id = %s",
        GIVE_MEMBERS " AND account_id = %s",
        "UPDATE jira_account SET ours = 0 WHERE site = %s AND account_id = %s",
        "DELETE FROM jira_link WHERE site = %s AND object = %s AND kind = 'user'",
    };
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(statements) / sizeof(*statements); i++) {
        rv = scim_sync_db_exec(db, NULL, statements[i],
                               DB_ARGS(DB_TEXT(one->site), DB_TEXT(one->account_id)), p);
    }
    return rv;
}

/*
 * Whom the IdP had ended, with nothing left to do, is a matter of the others alone. What their
 * guards hold, or was discarded for them, may have nothing to take now.
 */
static apr_status_t keep_shared(scim_sync_db_t *db, const char *name, const char *site,
                                apr_pool_t *p)
{
    apr_array_header_t *shared;
    apr_status_t rv = load_shared(db, &shared, name, site, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < shared->nelts; i++) {
        const shared_t *one = &APR_ARRAY_IDX(shared, i, shared_t);

        if (!one->wants && !one->undone) {
            continue;
        }
        rv = scim_sync_task_look_anew(db, site, one->account_id, one->resource, p);
        if (rv == APR_SUCCESS) {
            rv = one->beside ? keep_memberships(db, one, p) : keep_account(db, one, p);
        }
    }
    return rv;
}

/* A membership of those of whom no other IdP tells. Needs the site, the IdP twice, and both again. */
#define OF_KEPT                                                                                    \
    " AND account_id IN (SELECT l.object FROM jira_link l WHERE l.site = %s AND l.kind = 'user'"   \
    " AND" KEEPS ") AND NOT" TOLD_BESIDE("jira_member.account_id")

/* What is held for people stays, and is nobody's of ours any more, but for what others give. */
static apr_status_t give_away(scim_sync_db_t *db, const char *name, const char *site, apr_pool_t *p)
{
    static const char *const statements[] = {
        UNQUEUE OF_KEPT,
        GIVE_MEMBERS OF_KEPT,
        "UPDATE jira_account SET ours = 0 WHERE site = %s AND account_id IN"
        " (SELECT l.object FROM jira_link l WHERE l.site = %s AND l.kind = 'user' AND" KEEPS
        ") AND NOT" TOLD_BESIDE("jira_account.account_id"),
    };
    apr_status_t rv = APR_SUCCESS;
    apr_size_t i;

    for (i = 0; rv == APR_SUCCESS && i < sizeof(statements) / sizeof(*statements); i++) {
        rv = scim_sync_db_exec(db, NULL, statements[i],
                               DB_ARGS(DB_TEXT(site), DB_TEXT(site), DB_TEXT(name), DB_TEXT(name),
                                       DB_TEXT(site), DB_TEXT(name), DB_TEXT(name)),
                               p);
    }
    return rv == APR_SUCCESS ? keep_shared(db, name, site, p) : rv;
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
    if (rv == APR_SUCCESS) {
        rv = scim_sync_desk_give_away(db, site, name, p);
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
    apr_status_t rv = scim_sync_idp_work_sites(db, sites, idp->name, p);
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

/* What its default groups stood for was given by it. */
static apr_status_t note_default(scim_sync_db_t *db, const char *name, apr_pool_t *p)
{
    return scim_sync_db_exec(db, NULL,
                             "INSERT INTO jira_gave (site, group_id, idp, at)"
                             " SELECT l.site, l.object, CAST(%s AS TEXT), {now} FROM jira_link l"
                             " WHERE l.resource = %s AND l.object IS NOT NULL"
                             " ON CONFLICT (site, group_id, idp) DO UPDATE SET at = excluded.at",
                             DB_ARGS(DB_TEXT(apr_pstrcat(p, SCIM_SYNC_IDP_DELETED, name, NULL)),
                                     DB_TEXT(scim_sync_link_default(name, p))),
                             p);
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
        SCIM_SYNC_PEOPLE_FORGET " WHERE idp = %s",
        "UPDATE task SET idp = '" SCIM_SYNC_IDP_DELETED "' || idp WHERE idp = %s",
    };
    apr_status_t rv = note_default(db, name, p);
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

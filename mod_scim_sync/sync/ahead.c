/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/ahead.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/config.h"
#include "store/held.h"
#include "store/task.h"
#include "store/told.h"
#include "sync/claims.h"
#include "sync/target.h"

/* So many users or groups are read at a time. */
#define PAGE 500

typedef struct {
    scim_sync_db_t *db;
    const scim_sync_rulebook_t *book;
    const char *site;
    const char *ending;
    int parked; /* there are tasks of groups that have failed */
} look_t;

/* NULL when they can't be read: then nothing is known by them. */
static const scim_sync_rules_t *rules_of(const look_t *look, const char *idp)
{
    const char *why;

    return scim_sync_rulebook_of(look->book, idp, &why);
}

static int is_ending(const look_t *look, const char *idp)
{
    return !strcmp(idp, look->ending);
}

/* ---- users ---- */

/* Another user of the IdP, whose address this was, has the account still: only Jira can tell. */
static apr_status_t has_rival(const look_t *look, int *rival, const scim_sync_claim_t *claim,
                              const char *account_id, apr_pool_t *p)
{
    apr_array_header_t *users;
    apr_status_t rv;
    int i;

    *rival = 0;
    rv = scim_sync_told_person(look->db, &users, look->site, NULL, account_id, NULL, p);
    for (i = 0; rv == APR_SUCCESS && i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, scim_sync_told_t *);

        if (!strcmp(user->idp, claim->told->idp)) {
            const char *email =
                scim_sync_rules_user(claim->rules, user->name, user->email, p).email;

            *rival |= !email || strcmp(email, claim->says.email) != 0;
        }
    }
    return rv;
}

/* It is known now who is who: what waited for that in groups of the user goes on. */
static apr_status_t unpark(const look_t *look, const char *user, apr_pool_t *p)
{
    apr_array_header_t *groups = apr_array_make(p, 4, sizeof(const char *));
    apr_status_t rv = scim_sync_told_groups(look->db, groups, look->site, user, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < groups->nelts; i++) {
        rv = scim_sync_task_unpark_linked(look->db, look->site, SCIM_SYNC_TASK_GROUP,
                                          APR_ARRAY_IDX(groups, i, const char *), p);
    }
    return rv;
}

static apr_status_t link_user(const look_t *look, const scim_sync_claim_t *claim, apr_pool_t *p)
{
    scim_sync_held_account_t *account;
    apr_status_t rv;
    int rival;

    rv = scim_sync_held_account(look->db, &account, look->site, NULL, claim->says.email, p);
    if (rv != APR_SUCCESS || !account ||
        (rv = has_rival(look, &rival, claim, account->account_id, p)) != APR_SUCCESS || rival) {
        return rv;
    }
    rv = scim_sync_held_put_link(look->db, look->site, claim->told->id, SCIM_SYNC_TASK_USER,
                                 account->account_id, p);
    return rv == APR_SUCCESS && look->parked ? unpark(look, claim->told->id, p) : rv;
}

static apr_status_t look_at_user(const look_t *look, const scim_sync_told_t *user, apr_pool_t *p)
{
    const scim_sync_rules_t *rules = rules_of(look, user->idp);
    scim_sync_claim_t claim;
    apr_status_t rv = APR_SUCCESS;

    if (!rules) {
        return APR_SUCCESS;
    }
    claim = scim_sync_claim(user, rules, scim_sync_now(), p);
    if (claim.says.reason.warning) {
        return APR_SUCCESS;
    }
    if (claim.wants && claim.says.email && !user->object && !is_ending(look, user->idp)) {
        rv = link_user(look, &claim, p);
    }
    return rv == APR_SUCCESS
               ? scim_sync_told_mark(look->db, look->site, user, claim.known_as, claim.left, p)
               : rv;
}

/* ---- groups ---- */

/* As in a group's job: unless it is protected, or may be deleted. */
static apr_status_t link_group(const look_t *look, int *linked, const char *resource,
                               const char *told, const char *name, apr_pool_t *p)
{
    scim_sync_held_group_t *group;
    apr_status_t rv = scim_sync_held_group(look->db, &group, look->site, NULL, name, p);
    int fading = 0;

    if (rv == APR_SUCCESS && group && !group->protection) {
        rv = scim_sync_link_fading(look->db, &fading, look->site, group->group_id, p);
    }
    if (rv != APR_SUCCESS || !group || group->protection || fading) {
        return rv;
    }
    *linked = 1;
    return scim_sync_link_put(
        look->db, look->site, resource,
        &(scim_sync_link_t) { .name = name, .group_id = group->group_id, .told_as = told }, p);
}

/* A group's new names; told NULL: they are default groups. Its people may belong elsewhere then. */
static apr_status_t look_at_names(const look_t *look, const char *idp, const char *resource,
                                  const char *told, const apr_array_header_t *names, int mapped,
                                  apr_pool_t *p)
{
    apr_array_header_t *targets;
    apr_array_header_t *links;
    apr_status_t rv = scim_sync_link_list(look->db, &links, look->site, resource, p);
    int linked = 0;
    int i;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    targets = scim_sync_targets(rules_of(look, idp), told, names, mapped, links, p);
    for (i = 0; rv == APR_SUCCESS && i < targets->nelts; i++) {
        const scim_sync_target_t *target = &APR_ARRAY_IDX(targets, i, scim_sync_target_t);

        if (target->name && (!target->link || !target->link->group_id)) {
            rv = link_group(look, &linked, resource, told, target->name, p);
        }
    }
    return rv == APR_SUCCESS && linked
               ? scim_sync_task_add_members(look->db, idp, resource, look->site, p)
               : rv;
}

static apr_status_t look_at_group(const look_t *look, const scim_sync_told_t *told, apr_pool_t *p)
{
    const scim_sync_rules_t *rules = rules_of(look, told->idp);
    scim_sync_rules_group_t group;

    if (is_ending(look, told->idp)) {
        return APR_SUCCESS;
    }
    group = scim_sync_rules_group(rules, told->name, p);
    return group.reason.warning || group.unfit
               ? APR_SUCCESS
               : look_at_names(look, told->idp, told->id, told->name, group.names, group.mapped, p);
}

static apr_status_t look_at_defaults(const look_t *look, const char *idp, apr_pool_t *p)
{
    return look_at_names(look, idp, scim_sync_link_default(idp, p), NULL,
                         rules_of(look, idp)->users.default_groups, 0, p);
}

/* ---- all of it ---- */

typedef apr_status_t (*pager_t)(scim_sync_db_t *db, apr_array_header_t **told, const char *site,
                                const char *after, int max, apr_pool_t *p);

static apr_status_t each(const look_t *look, pager_t next,
                         apr_status_t (*at)(const look_t *look, const scim_sync_told_t *told,
                                            apr_pool_t *p),
                         apr_pool_t *parent)
{
    char after[64] = "";
    apr_array_header_t *told;
    apr_status_t rv;
    apr_pool_t *p;
    int i;

    apr_pool_create(&p, parent);
    do {
        apr_pool_clear(p);
        rv = next(look->db, &told, look->site, after, PAGE, p);
        for (i = 0; rv == APR_SUCCESS && i < told->nelts; i++) {
            const scim_sync_told_t *one = APR_ARRAY_IDX(told, i, scim_sync_told_t *);

            rv = at(look, one, p);
            apr_cpystrn(after, one->id, sizeof(after));
        }
    } while (rv == APR_SUCCESS && told->nelts == PAGE);
    apr_pool_destroy(p);
    return rv;
}

/* The names of others that feed the site; if the rules of one can't be read *unread says why. */
static apr_status_t load_others(const look_t *look, apr_array_header_t *others, const char **unread,
                                apr_pool_t *p)
{
    apr_array_header_t *idps;
    apr_status_t rv = scim_sync_idp_list(look->db, &idps, p);
    const char *why;
    int i;

    *unread = NULL;
    for (i = 0; rv == APR_SUCCESS && i < idps->nelts; i++) {
        const scim_sync_idp_t *idp = APR_ARRAY_IDX(idps, i, scim_sync_idp_t *);

        if (!is_ending(look, idp->name) && scim_sync_list_holds(idp->sites, look->site)) {
            APR_ARRAY_PUSH(others, const char *) = idp->name;
            *unread = scim_sync_rulebook_of(look->book, idp->name, &why) ? *unread : why;
        }
    }
    return rv;
}

static apr_status_t load_parked(look_t *look, apr_pool_t *p)
{
    const scim_sync_task_filter_t filter = { .state = SCIM_SYNC_TASK_FAILED,
                                             .kind = SCIM_SYNC_TASK_GROUP,
                                             .site = look->site,
                                             .status = -1 };
    apr_array_header_t *tasks;
    apr_status_t rv = scim_sync_task_list(look->db, &tasks, &filter, 0, 1, p);

    look->parked = rv == APR_SUCCESS && tasks->nelts > 0;
    return rv;
}

apr_status_t scim_sync_ahead(scim_sync_db_t *db, const scim_sync_rulebook_t *book, const char *site,
                             const char *ending, const char **unread, apr_pool_t *p)
{
    look_t look = { .db = db, .book = book, .site = site, .ending = ending };
    apr_array_header_t *others = apr_array_make(p, 4, sizeof(const char *));
    apr_status_t rv = load_others(&look, others, unread, p);
    int i;

    if (rv != APR_SUCCESS || *unread || (rv = load_parked(&look, p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && i < others->nelts; i++) {
        rv = look_at_defaults(&look, APR_ARRAY_IDX(others, i, const char *), p);
    }
    if (rv == APR_SUCCESS) {
        rv = each(&look, scim_sync_told_unseen_groups, look_at_group, p);
    }
    return rv == APR_SUCCESS ? each(&look, scim_sync_told_unseen_users, look_at_user, p) : rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/guard_waiting.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "jira/servicedesk.h"
#include "store/held.h"

typedef scim_sync_guard_waiting_for_t what_t;

/* Whether there is anybody whom the rules might keep out: by a filter, or for want of a name. */
static int may_keep_out(const scim_sync_rules_t *rules)
{
    const scim_sync_rules_users_t *users = &rules->users;

    return users->include->nelts > 0 || users->exclude->nelts > 0 ||
           users->names.patterns->nelts > 0 || users->names.skip_others;
}

/* ---- who is wanted ---- */

static apr_status_t add_claim(const what_t *what, const scim_sync_told_t *told,
                              apr_array_header_t *claims, apr_pool_t *p)
{
    const char *why;
    const scim_sync_rules_t *rules = scim_sync_rulebook_of(what->worker->rulebook, told->idp, &why);

    if (!rules) {
        return APR_EGENERAL;
    }
    APR_ARRAY_PUSH(claims, scim_sync_claim_t) = scim_sync_claim(told, rules, scim_sync_now(), p);
    return APR_SUCCESS;
}

/*
 * What IdPs claim of the account; most are one user's alone. *sum says that it is in doubt when the
 * rules of one can't be read. What one says that has stopped holds nobody else up.
 */
static apr_status_t load_claims(const what_t *what, const scim_sync_guard_waiting_t *person,
                                apr_array_header_t **claims, scim_sync_claims_t *sum, apr_pool_t *p)
{
    const char *site = what->count->site;
    apr_array_header_t *users = NULL;
    apr_status_t rv = APR_SUCCESS;
    int unread = 0;
    int i;

    *claims = apr_array_make(p, 1, sizeof(scim_sync_claim_t));
    unread |= add_claim(what, &person->told, *claims, p) != APR_SUCCESS;
    if (person->others > 0) {
        rv = scim_sync_told_person(what->db, &users, site, NULL, person->told.object, NULL, p);
    }
    for (i = 0; rv == APR_SUCCESS && users && i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, const scim_sync_told_t *);

        if (strcmp(user->id, person->told.id) &&
            !scim_sync_rulebook_is_still(what->worker->rulebook, user->idp)) {
            unread |= add_claim(what, user, *claims, p) != APR_SUCCESS;
        }
    }
    *sum = scim_sync_claims_sum(*claims, what->worker->products, p);
    if (unread) {
        sum->doubt = "rules that can't be read";
    }
    return rv;
}

/* ---- leavers ---- */

static apr_status_t find_access(const what_t *what, const char *account_id, int *access,
                                apr_pool_t *p)
{
    apr_array_header_t *members;
    apr_status_t rv;
    int i;

    rv = scim_sync_held_members(what->db, &members, what->count->site, account_id, p);
    for (i = 0; rv == APR_SUCCESS && i < members->nelts; i++) {
        const scim_sync_held_member_t *m = &APR_ARRAY_IDX(members, i, scim_sync_held_member_t);

        *access |= !strcmp(m->state, SCIM_SYNC_HELD_THEIRS) &&
                   apr_hash_get(what->worker->product_groups, m->group_id, APR_HASH_KEY_STRING);
    }
    return rv;
}

static apr_status_t judge_leaver(const what_t *what, const scim_sync_guard_waiting_t *person,
                                 int *leaves, apr_pool_t *p)
{
    scim_sync_guard_account_t account = { .state = person->state,
                                          .given = person->given,
                                          .portal_only =
                                              scim_sync_jira_is_portal_only(person->told.object) };
    apr_array_header_t *claims;
    scim_sync_claims_t sum;
    apr_status_t rv = load_claims(what, person, &claims, &sum, p);

    if (rv == APR_SUCCESS && !sum.wanted && !account.given && person->theirs &&
        sum.leaving == SCIM_SYNC_LEAVING_REMOVE_ACCESS) {
        rv = find_access(what, person->told.object, &account.access, p);
    }
    *leaves = rv == APR_SUCCESS && scim_sync_guard_leaves(what->kind, &sum, &account,
                                                          scim_sync_now() + SCIM_SYNC_GUARD_SOON);
    return rv;
}

static const scim_sync_rules_t *rules_of(const what_t *what)
{
    const char *why;

    return scim_sync_rulebook_of(what->worker->rulebook, what->count->idp, &why);
}

apr_status_t scim_sync_guard_count_leavers(const what_t *what, apr_int64_t *number,
                                           apr_int64_t *known, apr_pool_t *p)
{
    const scim_sync_rules_t *rules = rules_of(what);
    scim_sync_guard_page_t page = { .over = rules == NULL };
    apr_array_header_t *people;
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *sub;
    int leaves;
    int i;

    *number = *known = 0;
    apr_pool_create(&sub, p);
    while (rv == APR_SUCCESS && !page.over) {
        apr_pool_clear(sub);
        rv = scim_sync_guard_leavers(what->db, &people, &page, what->count, what->beside,
                                     may_keep_out(rules), sub);
        for (i = 0; rv == APR_SUCCESS && i < people->nelts; i++) {
            const scim_sync_guard_waiting_t *person =
                &APR_ARRAY_IDX(people, i, scim_sync_guard_waiting_t);

            rv = judge_leaver(what, person, &leaves, sub);
            *number += leaves;
            *known += leaves && person->told.active && !person->told.left;
        }
    }
    apr_pool_destroy(sub);
    return rv;
}

/* ---- losers ---- */

/* The count as it goes on. */
typedef struct {
    const what_t *what;
    apr_hash_t *below; /* group_id -> who is in it by a group in a group: a set of ids */
    apr_pool_t *pool;  /* of that */
    const char *id;    /* who was looked at last, of this page: */
    int stays;
    const apr_array_header_t *groups; /* const char *: where all IdPs together want one for whose
                                         account several users stand; else NULL */
} walk_t;

/* Whether somebody is in the group by a group that is in a group. */
static apr_status_t find_below(walk_t *walk, const scim_sync_guard_waiting_t *person, int *below)
{
    apr_hash_t *set = apr_hash_get(walk->below, person->group_id, APR_HASH_KEY_STRING);
    apr_array_header_t *ids;
    apr_status_t rv;
    int i;

    if (!set) {
        rv = scim_sync_guard_below(walk->what->db, &ids, walk->what->count->site, person->group_id,
                                   walk->pool);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        set = apr_hash_make(walk->pool);
        for (i = 0; i < ids->nelts; i++) {
            const char *id = APR_ARRAY_IDX(ids, i, const char *);

            apr_hash_set(set, id, APR_HASH_KEY_STRING, id);
        }
        apr_hash_set(walk->below, apr_pstrdup(walk->pool, person->group_id), APR_HASH_KEY_STRING,
                     set);
    }
    *below = apr_hash_get(set, person->told.id, APR_HASH_KEY_STRING) != NULL;
    return APR_SUCCESS;
}

/* Several memberships of one person come one after the other. */
static apr_status_t look_at(walk_t *walk, const scim_sync_guard_waiting_t *person, apr_pool_t *p)
{
    apr_array_header_t *groups = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *claims;
    scim_sync_claims_t sum;
    apr_status_t rv;
    int i;

    if (walk->id && !strcmp(walk->id, person->told.id)) {
        return APR_SUCCESS;
    }
    walk->id = person->told.id;
    walk->groups = person->others > 0 ? groups : NULL;
    rv = load_claims(walk->what, person, &claims, &sum, p);
    walk->stays = rv == APR_SUCCESS && sum.wanted && !sum.doubt;
    for (i = 0; rv == APR_SUCCESS && walk->stays && walk->groups && i < claims->nelts; i++) {
        const scim_sync_claim_t *claim = &APR_ARRAY_IDX(claims, i, scim_sync_claim_t);

        if (claim->wants) {
            rv = scim_sync_told_groups(walk->what->db, groups, walk->what->count->site,
                                       claim->told->id, p);
        }
    }
    return rv;
}

static apr_status_t judge_loser(walk_t *walk, const scim_sync_guard_waiting_t *person, int *loses,
                                apr_pool_t *p)
{
    apr_status_t rv = look_at(walk, person, p);
    int keeps = 0;

    if (rv == APR_SUCCESS && walk->stays && walk->groups) {
        keeps = scim_sync_list_holds(walk->groups, person->group_id);
    }
    else if (rv == APR_SUCCESS && walk->stays) {
        rv = find_below(walk, person, &keeps);
    }
    *loses = rv == APR_SUCCESS && walk->stays && !keeps;
    return rv;
}

apr_status_t scim_sync_guard_count_losers(const what_t *what, apr_int64_t *number, apr_pool_t *p)
{
    walk_t walk = { .what = what };
    scim_sync_guard_page_t page = { .over = rules_of(what) == NULL };
    apr_array_header_t *people;
    apr_status_t rv = APR_SUCCESS;
    apr_pool_t *sub;
    int loses;
    int i;

    *number = 0;
    apr_pool_create(&walk.pool, p);
    apr_pool_create(&sub, walk.pool);
    walk.below = apr_hash_make(walk.pool);
    while (rv == APR_SUCCESS && !page.over) {
        apr_pool_clear(sub);
        walk.id = NULL;
        rv = scim_sync_guard_losers(what->db, &people, &page, what->count, what->beside, sub);
        for (i = 0; rv == APR_SUCCESS && i < people->nelts; i++) {
            rv = judge_loser(&walk, &APR_ARRAY_IDX(people, i, scim_sync_guard_waiting_t), &loses,
                             sub);
            *number += loses;
        }
    }
    apr_pool_destroy(walk.pool);
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/authority.h"

#include <string.h>

#include "base/text.h"
#include "store/drift.h"
#include "sync/job_int.h"
#include "sync/team_claims.h"

/* So many are looked at in one transaction, which takes some tens of milliseconds. */
#define PAGE 200
/* So many of whom no account is known are asked whether the rules let them in at all, */
#define UNKNOWN_MAX 1000
/* and so many of them are named. */
#define NAMED 3

apr_status_t scim_sync_authority_is_theirs(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                           const char *idp, const char *group_id,
                                           int *authoritative, apr_pool_t *p)
{
    *authoritative = 0;
    return scim_sync_protection_rule(&worker->protection, group_id, NULL, p)
               ? APR_SUCCESS
               : scim_sync_team_authoritative(db, authoritative, worker->rulebook, idp,
                                              worker->jira.name, group_id, p);
}

/* ---- what becomes of a member ---- */

/* What users say who are the same person, or may be: one that stays is stronger than all others. */
typedef struct {
    int stays;
    int goes;
    int leaves;
} say_t;

static void add(say_t *say, const scim_sync_person_t *person, const char *group_id)
{
    /* Of whom it isn't known what is wanted nothing is taken. */
    if (person->doubt || person->kept ||
        (person->wanted && scim_sync_list_holds(person->groups, group_id))) {
        say->stays = 1;
    }
    else if (person->wanted) {
        say->goes = 1;
    }
    /* Without a rule there is nobody who has left: the IdP has never wanted the person here. */
    else if (person->rule) {
        int kept = person->leaving == SCIM_SYNC_LEAVING_NOTHING || person->grace_ms > 0 ||
                   (person->account && person->account->state);

        say->stays |= kept;
        say->leaves |= !kept;
    }
}

/* All users that are the same person are asked about with each of them. */
static apr_status_t ask(scim_sync_db_t *db, scim_sync_worker_t *worker,
                        const scim_sync_told_t *user, const char *group_id, say_t *say,
                        apr_pool_t *p)
{
    scim_sync_stands_t stands;
    scim_sync_person_t person;
    scim_sync_task_t task = { .site = worker->jira.name,
                              .idp = user->idp,
                              .kind = SCIM_SYNC_TASK_USER,
                              .subject = user->id,
                              .changed = scim_sync_now() };
    scim_sync_job_t *job;
    apr_status_t rv;

    if ((rv = scim_sync_job_make(db, &job, worker, &task, p)) == APR_SUCCESS &&
        (rv = scim_sync_job_person_load(db, job, &person, &stands, p)) == APR_SUCCESS) {
        add(say, &person, group_id);
    }
    return rv;
}

/* Who never was active here, and stands for no account, says nothing about this one. */
static apr_status_t ask_all(scim_sync_db_t *db, scim_sync_worker_t *worker,
                            const apr_array_header_t *users, const char *group_id, say_t *say,
                            apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && !say->stays && i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, const scim_sync_told_t *);

        if (user->active || user->object) {
            rv = ask(db, worker, user, group_id, say, p);
        }
    }
    return rv;
}

apr_status_t scim_sync_authority_fate(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                      const char *account_id, const char *group_id,
                                      scim_sync_member_fate_t *fate, apr_pool_t *p)
{
    const char *owner = worker->protection.owner;
    const char *site = worker->jira.name;
    scim_sync_held_account_t *account;
    apr_array_header_t *users;
    apr_array_header_t *gone;
    say_t say = { .stays = owner && !strcmp(account_id, owner) };
    apr_status_t rv;

    if ((rv = scim_sync_held_account(db, &account, site, account_id, NULL, p)) != APR_SUCCESS ||
        (rv = scim_sync_told_person(db, &users, site, account ? account->email : NULL, account_id,
                                    NULL, p)) != APR_SUCCESS ||
        (rv = scim_sync_told_gone(db, &gone, site, account_id, NULL, p)) != APR_SUCCESS ||
        (rv = ask_all(db, worker, users, group_id, &say, p)) != APR_SUCCESS ||
        (rv = ask_all(db, worker, gone, group_id, &say, p)) != APR_SUCCESS) {
        return rv;
    }
    *fate = say.stays                 ? SCIM_SYNC_MEMBER_STAYS
            : say.leaves && !say.goes ? SCIM_SYNC_MEMBER_LEAVES
                                      : SCIM_SYNC_MEMBER_GOES;
    return APR_SUCCESS;
}

/* ---- who is not known ---- */

/* Members whom IdPs want in the group, and of whom no account is known. */
typedef struct {
    apr_array_header_t *waiting; /* const char *: names; they will be known by themselves */
    apr_array_header_t *stuck;   /* the same of those who won't */
    apr_array_header_t *idps;    /* const char *: that tell of them */
    int more;                    /* there may be others */
} unknown_t;

/* Whoever the rules keep out never gets an account, and is nobody in the group. */
static apr_status_t load_unknown(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                 const char *group_id, unknown_t *unknown, apr_pool_t *p)
{
    apr_array_header_t *users;
    apr_status_t rv;
    int i;

    unknown->waiting = apr_array_make(p, 4, sizeof(const char *));
    unknown->stuck = apr_array_make(p, 4, sizeof(const char *));
    unknown->idps = apr_array_make(p, 1, sizeof(const char *));
    rv = scim_sync_told_unknown_members(db, &users, worker->jira.name, group_id, UNKNOWN_MAX, p);
    for (i = 0; rv == APR_SUCCESS && i < users->nelts; i++) {
        const scim_sync_told_unknown_t *user = &APR_ARRAY_IDX(users, i, scim_sync_told_unknown_t);
        const scim_sync_told_t *told = user->told;
        const char *why;
        const scim_sync_rules_t *rules = scim_sync_rulebook_of(worker->rulebook, told->idp, &why);

        if (rules && !scim_sync_rules_user(rules, told->name, told->email, p).wanted) {
            continue;
        }
        APR_ARRAY_PUSH(user->waits ? unknown->waiting : unknown->stuck, const char *) = told->name;
        if (!scim_sync_list_holds(unknown->idps, told->idp)) {
            APR_ARRAY_PUSH(unknown->idps, const char *) = told->idp;
        }
    }
    unknown->more = rv == APR_SUCCESS && users->nelts == UNKNOWN_MAX;
    return rv;
}

/*
 * An account that stands for somebody of an IdP is nobody else's of the same one; unless that one is
 * told inactive, and perhaps anew under another id.
 */
static apr_status_t may_be(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                           const unknown_t *unknown, const char *account_id, int *maybe,
                           apr_pool_t *p)
{
    apr_array_header_t *idps = apr_array_make(p, 2, sizeof(const char *));
    apr_array_header_t *users;
    apr_status_t rv;
    int i;

    *maybe = unknown->more;
    rv = scim_sync_told_linked(db, &users, worker->jira.name, account_id, p);
    for (i = 0; rv == APR_SUCCESS && i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, const scim_sync_told_t *);

        if (user->active) {
            APR_ARRAY_PUSH(idps, const char *) = user->idp;
        }
    }
    for (i = 0; rv == APR_SUCCESS && !*maybe && i < unknown->idps->nelts; i++) {
        *maybe = !scim_sync_list_holds(idps, APR_ARRAY_IDX(unknown->idps, i, const char *));
    }
    return rv;
}

/* "ann, bob, cat and 5 more": of a person's matter only those for whom that one must do something.
 */
static void name_unknown(scim_sync_strangers_t *strangers, const unknown_t *unknown, apr_pool_t *p)
{
    const apr_array_header_t *names;

    strangers->stuck = unknown->stuck->nelts > 0;
    names = strangers->stuck ? unknown->stuck : unknown->waiting;
    strangers->unknown = scim_sync_list_text(names, NAMED, names->nelts, p);
}

/* ---- all of it ---- */

/* One walk over members, who are forgotten one after the other. */
typedef struct {
    scim_sync_db_t *db;
    scim_sync_worker_t *worker;
    const char *group_id;
    scim_sync_search_t *search;
    apr_pool_t *one; /* of the member that is looked at */
    apr_pool_t *p;
} walk_t;

static apr_status_t is_to_go(const walk_t *walk, const char *account_id, int *goes)
{
    scim_sync_member_fate_t fate;
    apr_status_t rv;

    apr_pool_clear(walk->one);
    rv = scim_sync_authority_fate(walk->db, walk->worker, account_id, walk->group_id, &fate,
                                  walk->one);
    *goes = rv == APR_SUCCESS && fate == SCIM_SYNC_MEMBER_GOES;
    return rv;
}

/* Who was found in an earlier transaction may have gone since, or be wanted by now. */
static apr_status_t confirm(const walk_t *walk, int count)
{
    apr_array_header_t *found = walk->search->found;
    apr_status_t rv = APR_SUCCESS;
    int kept = 0;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < found->nelts; i++) {
        const char *account_id = APR_ARRAY_IDX(found, i, const char *);
        const char *state = SCIM_SYNC_HELD_THEIRS;
        int goes = 1;

        if (i < count) {
            apr_pool_clear(walk->one);
            rv = scim_sync_kept_state(walk->db, &state, walk->worker->jira.name, walk->group_id,
                                      account_id, walk->one);
            goes = state && !strcmp(state, SCIM_SYNC_HELD_THEIRS);
        }
        if (rv == APR_SUCCESS && goes && i < count) {
            rv = is_to_go(walk, account_id, &goes);
        }
        if (goes) {
            APR_ARRAY_IDX(found, kept++, const char *) = account_id;
        }
    }
    found->nelts = kept;
    return rv;
}

static apr_status_t look_at_page(const walk_t *walk)
{
    scim_sync_search_t *search = walk->search;
    int before = search->found->nelts;
    apr_array_header_t *page;
    apr_status_t rv;
    int goes;
    int i;

    rv = scim_sync_kept_strangers(walk->db, &page, walk->worker->jira.name, walk->group_id,
                                  search->behind, PAGE, walk->p);
    for (i = 0;
         rv == APR_SUCCESS && search->found->nelts < SCIM_SYNC_STRANGERS_AT_ONCE && i < page->nelts;
         i++) {
        search->behind = APR_ARRAY_IDX(page, i, const char *);
        rv = is_to_go(walk, search->behind, &goes);
        if (goes) {
            APR_ARRAY_PUSH(search->found, const char *) = search->behind;
        }
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    search->over = i == page->nelts && page->nelts < PAGE;
    search->complete = search->over || search->found->nelts == SCIM_SYNC_STRANGERS_AT_ONCE;
    return search->complete ? confirm(walk, before) : rv;
}

static int all_refused(const apr_array_header_t *found, const apr_array_header_t *refused)
{
    int i;

    for (i = 0; i < found->nelts; i++) {
        if (!refused || !scim_sync_list_holds(refused, APR_ARRAY_IDX(found, i, const char *))) {
            return 0;
        }
    }
    return 1;
}

static apr_status_t go_on(scim_sync_db_t *db, scim_sync_worker_t *worker, const char *group_id,
                          scim_sync_search_t *search, const apr_array_header_t *refused,
                          apr_pool_t *p)
{
    walk_t walk = { .db = db, .worker = worker, .group_id = group_id, .search = search, .p = p };
    apr_status_t rv = APR_SUCCESS;

    /* As far as it has come stays as it is: the transaction may be repeated. */
    search->found = search->found ? apr_array_copy(p, search->found)
                                  : apr_array_make(p, 8, sizeof(const char *));
    search->behind = search->behind ? search->behind : "";
    apr_pool_create(&walk.one, p);
    if (search->complete) {
        rv = confirm(&walk, search->found->nelts);
        if (!search->over && all_refused(search->found, refused)) {
            apr_array_clear(search->found);
            search->complete = 0;
        }
    }
    if (rv == APR_SUCCESS && !search->complete) {
        rv = look_at_page(&walk);
    }
    apr_pool_destroy(walk.one);
    return rv;
}

apr_status_t scim_sync_authority_strangers(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                           const char *idp, const char *group_id,
                                           scim_sync_search_t *search,
                                           const apr_array_header_t *refused,
                                           scim_sync_strangers_t *strangers, apr_pool_t *p)
{
    apr_array_header_t *sure = apr_array_make(p, 4, sizeof(const char *));
    const apr_array_header_t *all;
    unknown_t unknown;
    apr_status_t rv;
    int authoritative;
    int maybe;
    int i;

    *strangers = (scim_sync_strangers_t) { .accounts = sure };
    rv = scim_sync_authority_is_theirs(db, worker, idp, group_id, &authoritative, p);
    if (rv != APR_SUCCESS || !authoritative ||
        (rv = go_on(db, worker, group_id, search, refused, p)) != APR_SUCCESS) {
        return rv;
    }
    all = search->found;
    strangers->goes_on = !search->complete;
    if (strangers->goes_on || all->nelts == 0) {
        return APR_SUCCESS;
    }
    if ((rv = load_unknown(db, worker, group_id, &unknown, p)) == APR_SUCCESS &&
        unknown.idps->nelts == 0) {
        strangers->accounts = all;
        return APR_SUCCESS;
    }
    for (i = 0; rv == APR_SUCCESS && i < all->nelts; i++) {
        const char *account_id = APR_ARRAY_IDX(all, i, const char *);

        rv = may_be(db, worker, &unknown, account_id, &maybe, p);
        if (rv == APR_SUCCESS && !maybe) {
            APR_ARRAY_PUSH(sure, const char *) = account_id;
        }
    }
    if (rv == APR_SUCCESS && sure->nelts < all->nelts) {
        name_unknown(strangers, &unknown, p);
    }
    return rv;
}

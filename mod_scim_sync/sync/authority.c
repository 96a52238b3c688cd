/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/authority.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"
#include "store/drift.h"
#include "sync/job_int.h"
#include "sync/team_claims.h"

/* In one plan, so that the guard sees them at once; more than these are found by the next one. */
#define AT_ONCE 1000
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
    const char *text = NULL;
    int i;

    strangers->stuck = unknown->stuck->nelts > 0;
    names = strangers->stuck ? unknown->stuck : unknown->waiting;
    for (i = 0; i < names->nelts && i < NAMED; i++) {
        text = apr_pstrcat(p, text ? text : "", text ? ", " : "",
                           APR_ARRAY_IDX(names, i, const char *), NULL);
    }
    strangers->unknown =
        names->nelts > NAMED ? apr_psprintf(p, "%s and %d more", text, names->nelts - NAMED) : text;
}

/* ---- all of it ---- */

static apr_status_t find_strangers(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                   const char *group_id, apr_array_header_t *leave, apr_pool_t *p)
{
    apr_array_header_t *others;
    apr_status_t rv = scim_sync_kept_strangers(db, &others, worker->jira.name, group_id, p);
    scim_sync_member_fate_t fate;
    int i;

    for (i = 0; rv == APR_SUCCESS && leave->nelts < AT_ONCE && i < others->nelts; i++) {
        const char *account_id = APR_ARRAY_IDX(others, i, const char *);

        rv = scim_sync_authority_fate(db, worker, account_id, group_id, &fate, p);
        if (rv == APR_SUCCESS && fate == SCIM_SYNC_MEMBER_GOES) {
            APR_ARRAY_PUSH(leave, const char *) = account_id;
        }
    }
    return rv;
}

apr_status_t scim_sync_authority_strangers(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                           const char *idp, const char *group_id,
                                           scim_sync_strangers_t *strangers, apr_pool_t *p)
{
    apr_array_header_t *all = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *sure = apr_array_make(p, 4, sizeof(const char *));
    unknown_t unknown;
    apr_status_t rv;
    int authoritative;
    int maybe;
    int i;

    *strangers = (scim_sync_strangers_t) { .accounts = sure };
    rv = scim_sync_authority_is_theirs(db, worker, idp, group_id, &authoritative, p);
    if (rv != APR_SUCCESS || !authoritative ||
        (rv = find_strangers(db, worker, group_id, all, p)) != APR_SUCCESS || all->nelts == 0) {
        return rv;
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

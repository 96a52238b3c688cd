/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/authority.h"

#include <string.h>

#include "base/text.h"
#include "store/drift.h"
#include "sync/job_int.h"
#include "sync/team_claims.h"

/* In one plan, so that the guard sees them at once; more than these are found by the next one. */
#define AT_ONCE 1000
/* So many of whom no account is known are asked whether the rules let them in at all. */
#define UNKNOWN_MAX 1000

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

/* Whether IdPs want this user, and so all users that are the same person, in the group. */
static apr_status_t wants(scim_sync_db_t *db, scim_sync_worker_t *worker,
                          const scim_sync_told_t *user, const char *group_id, int *wanted,
                          apr_pool_t *p)
{
    scim_sync_stands_t stands;
    scim_sync_person_t person;
    scim_sync_task_t task = { .site = worker->jira.name,
                              .idp = user->idp,
                              .kind = SCIM_SYNC_TASK_USER,
                              .subject = user->id };
    scim_sync_job_t *job;
    apr_status_t rv;

    if ((rv = scim_sync_job_make(db, &job, worker, &task, p)) == APR_SUCCESS &&
        (rv = scim_sync_job_person_load(db, job, &person, &stands, p)) == APR_SUCCESS) {
        /* Of whom it isn't known what is wanted nothing is taken. */
        *wanted |= person.doubt || (person.wanted && scim_sync_list_holds(person.groups, group_id));
    }
    return rv;
}

static apr_status_t is_wanted(scim_sync_db_t *db, scim_sync_worker_t *worker,
                              const char *account_id, const char *group_id, int *wanted,
                              apr_pool_t *p)
{
    const char *site = worker->jira.name;
    scim_sync_held_account_t *account;
    apr_array_header_t *users;
    apr_status_t rv;
    int i;

    *wanted = 0;
    if ((rv = scim_sync_held_account(db, &account, site, account_id, NULL, p)) != APR_SUCCESS ||
        (rv = scim_sync_told_person(db, &users, site, account ? account->email : NULL, account_id,
                                    NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && !*wanted && i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, const scim_sync_told_t *);

        if (user->active) {
            rv = wants(db, worker, user, group_id, wanted, p);
        }
    }
    return rv;
}

/* Whoever the rules keep out never gets an account, and is nobody in the group. */
static apr_status_t find_unknown(scim_sync_db_t *db, const scim_sync_worker_t *worker,
                                 const char *group_id, const char **unknown, apr_pool_t *p)
{
    apr_array_header_t *users;
    apr_status_t rv;
    int i;

    *unknown = NULL;
    rv = scim_sync_told_unknown_members(db, &users, worker->jira.name, group_id, UNKNOWN_MAX, p);
    for (i = 0; rv == APR_SUCCESS && !*unknown && i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, const scim_sync_told_t *);
        const char *why;
        const scim_sync_rules_t *rules = scim_sync_rulebook_of(worker->rulebook, user->idp, &why);

        if (!rules || scim_sync_rules_user(rules, user->name, user->email, p).wanted) {
            *unknown = user->name;
        }
    }
    return rv;
}

apr_status_t scim_sync_authority_strangers(scim_sync_db_t *db, scim_sync_worker_t *worker,
                                           const char *idp, const char *group_id,
                                           const apr_array_header_t **accounts,
                                           const char **unknown, apr_pool_t *p)
{
    const char *owner = worker->protection.owner;
    apr_array_header_t *leave = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *others;
    apr_status_t rv;
    int authoritative;
    int wanted;
    int i;

    *unknown = NULL;
    *accounts = leave;
    rv = scim_sync_authority_is_theirs(db, worker, idp, group_id, &authoritative, p);
    if (rv != APR_SUCCESS || !authoritative) {
        return rv;
    }
    rv = scim_sync_kept_strangers(db, &others, worker->jira.name, group_id, p);
    for (i = 0; rv == APR_SUCCESS && leave->nelts < AT_ONCE && i < others->nelts; i++) {
        const char *account_id = APR_ARRAY_IDX(others, i, const char *);

        rv = is_wanted(db, worker, account_id, group_id, &wanted, p);
        if (rv == APR_SUCCESS && !wanted && (!owner || strcmp(account_id, owner))) {
            APR_ARRAY_PUSH(leave, const char *) = account_id;
        }
    }
    return rv == APR_SUCCESS && leave->nelts > 0 ? find_unknown(db, worker, group_id, unknown, p)
                                                 : rv;
}

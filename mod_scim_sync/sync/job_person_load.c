/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One person at one site, as the planner asks about them: told by all IdPs, held in Jira. Reads
 * only.
 */
#include "sync/job_int.h"

#include <string.h>

#include "store/told.h"

apr_status_t scim_sync_job_person_rival(scim_sync_db_t *db, const char **rival,
                                        const scim_sync_job_t *job, const char *account_id,
                                        apr_pool_t *p)
{
    return scim_sync_told_rival(db, rival, job->worker->jira.name, account_id, job->task.idp,
                                job->email ? job->email : "", p);
}

/*
 * The account that the subject stands for. Without a link it is the one that is known under its
 * address, which it stands for from now on; unless that is another user's: then only Jira can tell
 * whose the address is today.
 */
static apr_status_t load_account(scim_sync_db_t *db, const scim_sync_job_t *job,
                                 const scim_sync_told_t *told, scim_sync_held_account_t **account,
                                 int *news, apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    const char *object;
    const char *rival;
    apr_status_t rv;
    int linked;

    *account = NULL;
    *news = 0;
    rv = scim_sync_held_link(db, &linked, &object, site, job->task.subject, p);
    if (rv != APR_SUCCESS || (!object && (!told || !told->active || !told->email))) {
        return rv;
    }
    rv = scim_sync_held_account(db, account, site, object, told ? told->email : NULL, p);
    if (rv != APR_SUCCESS || object || !*account) {
        return rv;
    }
    rv = scim_sync_job_person_rival(db, &rival, job, (*account)->account_id, p);
    if (rv != APR_SUCCESS || rival) {
        *account = NULL;
        return rv;
    }
    *news = 1;
    return APR_SUCCESS;
}

/* What all IdPs together want of a person whose account and address are known so far. */
static apr_status_t load_wanted(scim_sync_db_t *db, const scim_sync_job_t *job,
                                scim_sync_person_t *person, apr_pool_t *p)
{
    const scim_sync_held_account_t *account = person->account;
    const char *site = job->worker->jira.name;
    const char *email = person->email ? person->email : account ? account->email : NULL;
    apr_array_header_t *groups = apr_array_make(p, 4, sizeof(const char *));
    apr_array_header_t *users;
    apr_status_t rv;
    int i;

    rv = scim_sync_told_person(db, &users, site, email, account ? account->account_id : NULL, p);
    for (i = 0; rv == APR_SUCCESS && i < users->nelts; i++) {
        const scim_sync_told_t *user = APR_ARRAY_IDX(users, i, scim_sync_told_t *);

        if (user->active) {
            person->wanted = 1;
            rv = scim_sync_told_groups(db, groups, site, user->id, p);
        }
    }
    person->groups = groups;
    return rv;
}

apr_status_t scim_sync_job_person_load(scim_sync_db_t *db, const scim_sync_job_t *job,
                                       scim_sync_person_t *person, scim_sync_stands_t *stands,
                                       apr_pool_t *p)
{
    const char *site = job->worker->jira.name;
    scim_sync_held_account_t *account;
    apr_array_header_t *members = apr_array_make(p, 1, sizeof(scim_sync_held_member_t));
    scim_sync_told_t *told;
    apr_status_t rv;

    if ((rv = scim_sync_told_load(db, &told, site, job->task.subject, p)) != APR_SUCCESS ||
        (rv = load_account(db, job, told, &account, &stands->news, p)) != APR_SUCCESS) {
        return rv;
    }
    stands->gone = !told;
    memset(person, 0, sizeof(*person));
    person->name = job->name;
    person->email = told ? told->email : job->intended ? job->email : NULL;
    /* Who has no address is found by it as little as anybody else, and is wanted all the same. */
    person->wanted = told && told->active;
    person->begun = job->intended;
    person->protection = &job->worker->protection;
    person->seats = &job->worker->seats;
    person->products = job->worker->products;
    person->account = account;
    if (account) {
        rv = scim_sync_held_members(db, &members, site, account->account_id, p);
    }
    person->members = members;
    return rv == APR_SUCCESS ? load_wanted(db, job, person, p) : rv;
}

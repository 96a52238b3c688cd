/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People whom others had put into authoritative groups (sync/authority.h): a membership that an IdP
 * decides about is the module's, whoever made it. So it ends as any other does: when the IdP says
 * so, by the rules for leavers, counted by the guard.
 *
 * Of somebody who is wanted, but not in the group, it is the group's own task that ends it: whoever
 * is told for the first time may be told as its member a moment later.
 */
#include "sync/job_int.h"

#include <string.h>

#include "base/text.h"
#include "sync/authority.h"

static int is_leaver(const scim_sync_person_t *person)
{
    return !person->wanted && !person->kept && person->rule &&
           person->leaving != SCIM_SYNC_LEAVING_NOTHING;
}

static void count_as_ours(const scim_sync_person_t *person, const char *group_id)
{
    int i;

    for (i = 0; i < person->members->nelts; i++) {
        scim_sync_held_member_t *m = &APR_ARRAY_IDX(person->members, i, scim_sync_held_member_t);

        if (!strcmp(m->group_id, group_id)) {
            m->state = SCIM_SYNC_HELD_OURS;
        }
    }
}

apr_status_t scim_sync_job_person_decided(scim_sync_db_t *db, const scim_sync_job_t *job,
                                          scim_sync_person_t *person, scim_sync_stands_t *stands,
                                          apr_pool_t *p)
{
    const scim_sync_worker_t *worker = job->worker;
    apr_array_header_t *strange = apr_array_make(p, 1, sizeof(const char *));
    int leaver = is_leaver(person);
    apr_array_header_t *theirs;
    apr_status_t rv;
    int authoritative;
    int i;

    stands->decided = apr_array_make(p, 1, sizeof(const char *));
    person->strange = strange;
    if (!scim_sync_rulebook_any_authoritative(worker->rulebook) || !person->account ||
        person->doubt || !(person->wanted || leaver) ||
        !scim_sync_held_any_in(person->members, SCIM_SYNC_HELD_THEIRS)) {
        return APR_SUCCESS;
    }
    rv = scim_sync_held_theirs(db, &theirs, worker->jira.name, person->account->account_id, p);
    for (i = 0; rv == APR_SUCCESS && i < theirs->nelts; i++) {
        const char *id = APR_ARRAY_IDX(theirs, i, const char *);

        rv = scim_sync_authority_is_theirs(db, worker, job->task.idp, id, &authoritative, p);
        if (rv != APR_SUCCESS || !authoritative) {
            continue;
        }
        if (leaver || scim_sync_list_holds(person->groups, id)) {
            count_as_ours(person, id);
            APR_ARRAY_PUSH(stands->decided, const char *) = id;
        }
        else {
            APR_ARRAY_PUSH(strange, const char *) = id;
        }
    }
    return rv;
}

apr_status_t scim_sync_job_person_decide(scim_sync_db_t *db, const scim_sync_job_t *job,
                                         const scim_sync_person_t *person,
                                         const scim_sync_stands_t *stands, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    /* Who comes back within the grace period notices nothing. */
    if (scim_sync_job_is_dry(job) || (!person->wanted && person->grace_ms > 0)) {
        return APR_SUCCESS;
    }
    for (i = 0; rv == APR_SUCCESS && i < stands->decided->nelts; i++) {
        rv = scim_sync_held_put_member(db, job->worker->jira.name,
                                       APR_ARRAY_IDX(stands->decided, i, const char *),
                                       person->account->account_id, SCIM_SYNC_HELD_OURS, p);
    }
    return rv;
}

apr_status_t scim_sync_job_person_known(scim_sync_db_t *db, const scim_sync_job_t *job,
                                        const scim_sync_person_t *person, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    if (!scim_sync_rulebook_any_authoritative(job->worker->rulebook)) {
        return APR_SUCCESS;
    }
    for (i = 0; rv == APR_SUCCESS && i < person->groups->nelts; i++) {
        rv = scim_sync_task_unpark_linked(db, job->worker->jira.name, SCIM_SYNC_TASK_GROUP,
                                          APR_ARRAY_IDX(person->groups, i, const char *), p);
    }
    return rv;
}

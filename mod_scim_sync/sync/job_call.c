/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which call an errand is, and what its answer means.
 */
#include "jira/organization.h"
#include "jira/platform.h"
#include "sync/job_int.h"

/* Calls to the organization's API. */
static void prepare_organizations(scim_sync_call_t *call, const scim_sync_errand_t *errand)
{
    const scim_sync_organization_t *organization = &errand->job->worker->organization;
    apr_pool_t *p = errand->job->round;

    switch (errand->kind) {
    case SCIM_SYNC_FIND_DIRECTORY:
        scim_sync_organization_directories(call, organization, errand->account_id, p);
        break;
    case SCIM_SYNC_READ_STANDING:
        scim_sync_organization_account(call, organization, errand->directory, errand->account_id,
                                       p);
        break;
    case SCIM_SYNC_SUSPEND_ACCOUNT:
        scim_sync_organization_suspend(call, organization, errand->directory, errand->account_id,
                                       p);
        break;
    case SCIM_SYNC_RESTORE_ACCOUNT:
        scim_sync_organization_restore(call, organization, errand->directory, errand->account_id,
                                       p);
        break;
    default:
        scim_sync_organization_profile(call, organization, errand->account_id, errand->profile, p);
        break;
    }
}

static void read_organizations(scim_sync_errand_t *errand, const scim_sync_answer_t *answer)
{
    apr_pool_t *p = errand->job->round;

    switch (errand->kind) {
    case SCIM_SYNC_FIND_DIRECTORY:
        errand->outcome = scim_sync_organization_read_directories(answer, &errand->directory, p);
        break;
    case SCIM_SYNC_READ_STANDING:
        errand->outcome =
            scim_sync_organization_read_account(answer, &errand->unmanaged, &errand->suspended, p);
        break;
    default:
        errand->outcome = scim_sync_organization_read_change(answer, p);
        break;
    }
}

void scim_sync_job_prepare(scim_sync_call_t *call, const scim_sync_errand_t *errand)
{
    const scim_sync_job_t *job = errand->job;
    const scim_sync_jira_t *jira = &job->worker->jira;
    apr_pool_t *p = job->round;

    if (job->worker->customers && scim_sync_job_prepare_customers(call, errand)) {
        return;
    }
    switch (errand->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
        scim_sync_jira_find_account(call, jira, job->email, p);
        break;
    case SCIM_SYNC_CREATE_ACCOUNT:
        scim_sync_jira_create_account(call, jira, job->email, errand->products, p);
        break;
    case SCIM_SYNC_READ_GROUPS:
        scim_sync_jira_account_groups(call, jira, errand->account_id, p);
        break;
    case SCIM_SYNC_ADD_MEMBER:
        scim_sync_jira_add_member(call, jira, errand->group_id, errand->account_id, p);
        break;
    case SCIM_SYNC_REMOVE_MEMBER:
        scim_sync_jira_remove_member(call, jira, errand->group_id, errand->account_id, p);
        break;
    case SCIM_SYNC_FIND_GROUP:
        scim_sync_jira_find_group(call, jira, errand->name->name, p);
        break;
    case SCIM_SYNC_FIND_TWIN:
        scim_sync_jira_find_twin(call, jira, errand->name->name, p);
        break;
    case SCIM_SYNC_CREATE_GROUP:
        scim_sync_jira_create_group(call, jira, errand->name->name, p);
        break;
    case SCIM_SYNC_DELETE_GROUP:
        scim_sync_jira_delete_group(call, jira, errand->group_id, p);
        break;
    case SCIM_SYNC_DELETE_ACCOUNT:
        scim_sync_jira_delete_account(call, jira, errand->account_id, p);
        break;
    default:
        prepare_organizations(call, errand);
        break;
    }
}

void scim_sync_job_read(scim_sync_errand_t *errand, const scim_sync_answer_t *answer)
{
    const scim_sync_job_t *job = errand->job;
    apr_pool_t *p = job->round;

    errand->answered = 1;
    if (job->worker->customers && scim_sync_job_read_customers(errand, answer)) {
        return;
    }
    switch (errand->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
        errand->outcome = scim_sync_jira_read_find_account(answer, job->email, &errand->account, p);
        break;
    case SCIM_SYNC_CREATE_ACCOUNT:
        errand->outcome = scim_sync_jira_read_create_account(answer, &errand->account, p);
        break;
    case SCIM_SYNC_READ_GROUPS:
        errand->outcome = scim_sync_jira_read_account_groups(answer, &errand->groups, p);
        break;
    case SCIM_SYNC_ADD_MEMBER:
        errand->outcome = scim_sync_jira_read_add_member(answer, &errand->already, p);
        break;
    case SCIM_SYNC_REMOVE_MEMBER:
        errand->outcome = scim_sync_jira_read_remove_member(answer, p);
        break;
    case SCIM_SYNC_FIND_GROUP:
        errand->outcome =
            scim_sync_jira_read_find_group(answer, errand->name->name, &errand->group, p);
        break;
    case SCIM_SYNC_FIND_TWIN:
        errand->outcome =
            scim_sync_jira_read_find_twin(answer, errand->name->name, &errand->group, p);
        break;
    case SCIM_SYNC_CREATE_GROUP:
        errand->outcome = scim_sync_jira_read_create_group(answer, &errand->group, p);
        break;
    case SCIM_SYNC_DELETE_GROUP:
        errand->outcome = scim_sync_jira_read_delete_group(answer, p);
        break;
    case SCIM_SYNC_DELETE_ACCOUNT:
        errand->outcome = scim_sync_jira_read_delete_account(answer, p);
        break;
    default:
        read_organizations(errand, answer);
        break;
    }
}

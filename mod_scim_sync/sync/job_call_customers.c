/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which call an errand is on a site's customers' side, and what its answer means. What takes a
 * membership there is queued, and sent by its portal's job (store/portal.h).
 */
#include "jira/servicedesk.h"
#include "store/portal.h"
#include "sync/job_int.h"
#include "sync/portal_call.h"

#include <apr_strings.h>

/* ---- a portal ---- */

static void prepare_add(scim_sync_call_t *call, const scim_sync_errand_t *e)
{
    const scim_sync_jira_t *jira = &e->job->worker->jira;
    const char *id = scim_sync_portal_object(e->group_id);

    if (scim_sync_portal_is_desk(e->group_id)) {
        scim_sync_jira_add_customers(call, jira, id, e->account_ids, 0, e->job->round);
    }
    else {
        scim_sync_jira_add_organization_members(call, jira, id, e->account_ids, 0, e->job->round);
    }
}

static void prepare_remove(scim_sync_call_t *call, const scim_sync_errand_t *e)
{
    const scim_sync_jira_t *jira = &e->job->worker->jira;
    const char *id = scim_sync_portal_object(e->group_id);

    if (scim_sync_portal_is_desk(e->group_id)) {
        scim_sync_jira_remove_customers(call, jira, id, e->account_ids, 0, e->job->round);
    }
    else {
        scim_sync_jira_remove_organization_members(call, jira, id, e->account_ids, 0,
                                                   e->job->round);
    }
}

static void prepare_portal(scim_sync_call_t *call, const scim_sync_errand_t *e)
{
    const scim_sync_jira_t *jira = &e->job->worker->jira;
    apr_pool_t *p = e->job->round;

    switch (e->kind) {
    case SCIM_SYNC_READ_MEMBERS:
        scim_sync_portal_members(call, jira, e->group_id, e->start, p);
        break;
    case SCIM_SYNC_READ_ORGANIZATIONS:
        scim_sync_jira_desk_organizations(call, jira, scim_sync_portal_object(e->group_id),
                                          e->start, p);
        break;
    case SCIM_SYNC_JOIN_ORGANIZATION:
        scim_sync_jira_add_organization(call, jira, scim_sync_portal_object(e->group_id),
                                        e->organization_id, p);
        break;
    case SCIM_SYNC_PART_ORGANIZATION:
        scim_sync_jira_remove_organization(call, jira, scim_sync_portal_object(e->group_id),
                                           e->organization_id, p);
        break;
    case SCIM_SYNC_ADD_BATCH:
        prepare_add(call, e);
        break;
    case SCIM_SYNC_REMOVE_BATCH:
        prepare_remove(call, e);
        break;
    case SCIM_SYNC_READ_PORTAL:
        scim_sync_jira_organization(call, jira, scim_sync_portal_object(e->group_id), p);
        break;
    default:
        scim_sync_jira_accounts(call, jira, e->account_ids, p);
        break;
    }
}

static void read_portal(scim_sync_errand_t *e, const scim_sync_answer_t *answer)
{
    scim_sync_jira_organization_t organization = { .organization_id = NULL };
    apr_pool_t *p = e->job->round;

    switch (e->kind) {
    case SCIM_SYNC_READ_MEMBERS:
        e->outcome = scim_sync_jira_read_customers(answer, &e->page, p);
        break;
    case SCIM_SYNC_READ_ORGANIZATIONS:
        e->outcome = scim_sync_jira_read_organizations(answer, &e->organizations, &e->last, p);
        break;
    case SCIM_SYNC_JOIN_ORGANIZATION:
        e->outcome = scim_sync_jira_read_add_organization(answer, p);
        break;
    case SCIM_SYNC_PART_ORGANIZATION:
        e->outcome = scim_sync_jira_read_remove_organization(answer, p);
        break;
    case SCIM_SYNC_ADD_BATCH:
        e->outcome = scim_sync_jira_read_add_customers(answer, p);
        break;
    case SCIM_SYNC_REMOVE_BATCH:
        e->outcome = scim_sync_portal_is_desk(e->group_id)
                         ? scim_sync_jira_read_remove_customers(answer, &e->open, p)
                         : scim_sync_jira_read_remove_organization_members(answer, p);
        break;
    case SCIM_SYNC_READ_PORTAL:
        e->outcome = scim_sync_jira_read_organization(answer, &organization, p);
        e->managed = organization.scim_managed;
        break;
    default:
        e->outcome = scim_sync_jira_read_accounts(answer, &e->page, p);
        break;
    }
}

/* ---- what a group stands for ---- */

static void prepare_find(scim_sync_call_t *call, const scim_sync_errand_t *e)
{
    scim_sync_jira_desk(call, &e->job->worker->jira, scim_sync_portal_told(e->name->name),
                        e->job->round);
}

/* It is known by its project's key, which may be another one by now than the one that was asked. */
static void read_found(scim_sync_errand_t *e, const scim_sync_answer_t *answer)
{
    apr_pool_t *p = e->job->round;
    scim_sync_jira_desk_t desk = { .desk_id = NULL };

    e->outcome = scim_sync_jira_read_desk(answer, &desk, p);
    if (e->outcome.verdict == SCIM_SYNC_DONE) {
        e->group.group_id = apr_pstrcat(p, SCIM_SYNC_PORTAL_DESK, desk.desk_id, NULL);
        e->group.name = apr_pstrcat(p, SCIM_SYNC_PORTAL_PROJECT_NAME, desk.project_key, NULL);
    }
}

static void prepare_create(scim_sync_call_t *call, const scim_sync_errand_t *e)
{
    scim_sync_jira_create_organization(call, &e->job->worker->jira,
                                       scim_sync_portal_told(e->name->name), e->job->round);
}

static void read_created(scim_sync_errand_t *e, const scim_sync_answer_t *answer)
{
    apr_pool_t *p = e->job->round;
    scim_sync_jira_organization_t organization = { .organization_id = NULL };

    e->outcome = scim_sync_jira_read_create_organization(answer, &organization, p);
    if (organization.organization_id) {
        e->group.group_id =
            apr_pstrcat(p, SCIM_SYNC_PORTAL_ORGANIZATION, organization.organization_id, NULL);
        e->group.name = apr_pstrcat(p, SCIM_SYNC_PORTAL_ORGANIZATION_NAME, organization.name, NULL);
    }
}

/* ---- a person ---- */

static void prepare_account(scim_sync_call_t *call, const scim_sync_errand_t *e)
{
    const scim_sync_job_t *job = e->job;
    const scim_sync_jira_t *jira = &job->worker->jira;

    if (e->group_id) {
        scim_sync_jira_invite_customer(call, jira, scim_sync_portal_object(e->group_id), job->email,
                                       e->profile, job->round);
    }
    else {
        scim_sync_jira_create_customer(call, jira, job->email, e->profile, job->round);
    }
}

/* ---- all of them ---- */

int scim_sync_job_prepare_customers(scim_sync_call_t *call, const scim_sync_errand_t *e)
{
    const scim_sync_job_t *job = e->job;
    const scim_sync_jira_t *jira = &job->worker->jira;
    apr_pool_t *p = job->round;

    switch (e->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
        return 0;
    case SCIM_SYNC_CREATE_ACCOUNT:
        prepare_account(call, e);
        return 1;
    case SCIM_SYNC_FIND_CUSTOMER:
        scim_sync_jira_desk_customers(call, jira, scim_sync_portal_object(e->group_id), job->email,
                                      0, p);
        return 1;
    case SCIM_SYNC_REVOKE_ACCOUNT:
        scim_sync_jira_revoke_customer(call, jira, e->account_id, p);
        return 1;
    case SCIM_SYNC_FIND_GROUP:
        prepare_find(call, e);
        return 1;
    case SCIM_SYNC_CREATE_GROUP:
        prepare_create(call, e);
        return 1;
    default:
        prepare_portal(call, e);
        return 1;
    }
}

int scim_sync_job_read_customers(scim_sync_errand_t *e, const scim_sync_answer_t *answer)
{
    const scim_sync_job_t *job = e->job;
    apr_pool_t *p = job->round;

    switch (e->kind) {
    case SCIM_SYNC_FIND_ACCOUNT:
        e->outcome = scim_sync_jira_read_owners(answer, job->email, &e->owners, p);
        e->account = *scim_sync_portal_owner(&e->owners);
        return 1;
    case SCIM_SYNC_CREATE_ACCOUNT:
        e->outcome = scim_sync_jira_read_create_customer(answer, &e->account, p);
        return 1;
    case SCIM_SYNC_FIND_CUSTOMER:
        e->outcome = scim_sync_jira_read_desk_owners(answer, job->email, &e->owners, p);
        e->account = *scim_sync_portal_owner(&e->owners);
        return 1;
    case SCIM_SYNC_REVOKE_ACCOUNT:
        e->outcome = scim_sync_jira_read_revoke_customer(answer, p);
        return 1;
    case SCIM_SYNC_FIND_GROUP:
        read_found(e, answer);
        return 1;
    case SCIM_SYNC_CREATE_GROUP:
        read_created(e, answer);
        return 1;
    default:
        read_portal(e, answer);
        return 1;
    }
}

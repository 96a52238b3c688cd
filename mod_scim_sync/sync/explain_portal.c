/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Explanations: what a group's steps do on a customers' side, where they are other calls than among
 * a site's users.
 */
#include "sync/explain_int.h"

#include <string.h>

#include <apr_strings.h>

#include "store/portal.h"
#include "store/portal_key.h"

#define DESKS "/rest/servicedeskapi/servicedesk"

static const scim_sync_matter_call_t of_desks[] = {
    [SCIM_SYNC_FIND_GROUP] = { "GET", DESKS "/{project}" },
    [SCIM_SYNC_CREATE_GROUP] = { "POST", "/rest/servicedeskapi/organization" },
    [SCIM_SYNC_READ_MEMBERS] = { "GET", DESKS "/{desk}/customer" },
    [SCIM_SYNC_REMOVE_MEMBER] = { "DELETE", DESKS "/{desk}/customer" },
    [SCIM_SYNC_JOIN_ORGANIZATION] = { "POST", DESKS "/{desk}/organization" },
    [SCIM_SYNC_PART_ORGANIZATION] = { "DELETE", DESKS "/{desk}/organization" },
};
static const scim_sync_matter_call_t of_organizations[] = {
    [SCIM_SYNC_READ_MEMBERS] = { "GET", "/rest/servicedeskapi/organization/{organization}/user" },
    [SCIM_SYNC_REMOVE_MEMBER] = { "DELETE",
                                  "/rest/servicedeskapi/organization/{organization}/user" },
};

scim_sync_matter_call_t scim_sync_matter_portal_call(scim_sync_step_kind_t kind, const char *portal)
{
    int desk = scim_sync_portal_is_project(portal) || kind == SCIM_SYNC_CREATE_GROUP;

    return desk ? of_desks[kind] : of_organizations[kind];
}

const char *scim_sync_matter_portal_words(const scim_sync_chain_step_t *step, const char *group,
                                          apr_pool_t *p)
{
    const char *object = scim_sync_portal_told(group);
    const char *what = scim_sync_portal_is_project(group) ? "project" : "organization";

    switch (step->kind) {
    case SCIM_SYNC_FIND_GROUP:
        return apr_psprintf(p, "look for the service desk of the project %s", object);
    case SCIM_SYNC_CREATE_GROUP:
        return apr_psprintf(p, "create the organization %s, or take over the one of this name",
                            object);
    case SCIM_SYNC_READ_MEMBERS:
        return apr_psprintf(p, "read who is in the %s %s already", what, object);
    case SCIM_SYNC_JOIN_ORGANIZATION:
        return apr_psprintf(p, "add the organization %s to the portal of %s",
                            scim_sync_portal_told(step->organization), object);
    case SCIM_SYNC_PART_ORGANIZATION:
        return apr_psprintf(p, "take the organization %s off the portal of %s",
                            scim_sync_portal_told(step->organization), object);
    default:
        return apr_psprintf(p, "take %s out of the %s %s", step->account_id, what, object);
    }
}

const char *scim_sync_matter_portal_why(scim_sync_step_kind_t kind)
{
    switch (kind) {
    case SCIM_SYNC_READ_MEMBERS:
        return "who is in it already is not the module's to take out";
    case SCIM_SYNC_PART_ORGANIZATION:
        return "the module has put it there, and no group is mapped to both of them any more";
    default:
        return NULL;
    }
}

/* Once, however many groups are mapped by it. */
static int is_said(const scim_sync_matter_t *m, const char *text)
{
    int i;

    for (i = 0; i < m->chain.withheld->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(m->chain.withheld, i, scim_sync_withheld_t).text, text)) {
            return 1;
        }
    }
    return 0;
}

static apr_status_t say_key(scim_sync_db_t *db, scim_sync_matter_t *m, const char *name,
                            const char *portal)
{
    const char *text;
    apr_status_t rv =
        scim_sync_portal_ambiguous(db, &text, m->job->worker->jira.name, name, portal, m->pool);

    if (rv == APR_SUCCESS && text && !is_said(m, text)) {
        APR_ARRAY_PUSH(m->chain.withheld, scim_sync_withheld_t) = (scim_sync_withheld_t) {
            .kind = SCIM_SYNC_WITHHELD_AMBIGUOUS,
            .step = SCIM_SYNC_FIND_GROUP,
            .group_id = portal,
            .text = text,
            .mend = SCIM_SYNC_PORTAL_AMBIGUOUS_MEND,
        };
    }
    return rv;
}

apr_status_t scim_sync_matter_portal_keys(scim_sync_db_t *db, scim_sync_matter_t *m)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && m->is_person && i < m->grants->nelts; i++) {
        const scim_sync_grant_t *grant = &APR_ARRAY_IDX(m->grants, i, scim_sync_grant_t);

        rv = grant->group_id ? say_key(db, m, grant->name, grant->group_id) : APR_SUCCESS;
    }
    for (i = 0; rv == APR_SUCCESS && !m->is_person && i < m->standing.targets->nelts; i++) {
        const scim_sync_link_t *link =
            APR_ARRAY_IDX(m->standing.targets, i, scim_sync_target_t).link;

        rv = link && link->group_id ? say_key(db, m, link->name, link->group_id) : APR_SUCCESS;
    }
    return rv;
}

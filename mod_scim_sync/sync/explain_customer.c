/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of a person on a site's customers' side, in the words of docs/api.md.
 */
#include "sync/explain_int.h"

#include <apr_strings.h>

#include "store/portal.h"

#define API  "/rest/servicedeskapi"
#define DESK API "/servicedesk/{id}"

static int is_desk(const scim_sync_chain_step_t *step)
{
    return step->group_id ? scim_sync_portal_is_desk(step->group_id)
                          : step->group && scim_sync_portal_is_project(step->group);
}

/* The call that its portal's task makes, for this person and others together. */
static scim_sync_matter_call_t membership_call(const scim_sync_chain_step_t *step)
{
    return (scim_sync_matter_call_t) {
        .method = step->kind == SCIM_SYNC_ADD_MEMBER ? "POST" : "DELETE",
        .path = is_desk(step) ? DESK "/customer" : API "/organization/{id}/user"
    };
}

scim_sync_matter_call_t scim_sync_matter_customer_call(const scim_sync_chain_step_t *step)
{
    switch (step->kind) {
    case SCIM_SYNC_CREATE_ACCOUNT:
        return (scim_sync_matter_call_t) { .method = "POST",
                                           .path = step->group_id ? DESK "/customer/invite"
                                                                  : API "/customer" };
    case SCIM_SYNC_FIND_CUSTOMER:
        return (scim_sync_matter_call_t) { .method = "GET", .path = DESK "/customer" };
    case SCIM_SYNC_REVOKE_ACCOUNT:
        return (scim_sync_matter_call_t) { .method = "PUT",
                                           .path = API
                                           "/customer/user/{id}/revoke-portal-only-access" };
    case SCIM_SYNC_ADD_MEMBER:
    case SCIM_SYNC_REMOVE_MEMBER:
        return membership_call(step);
    default:
        return (scim_sync_matter_call_t) { .method = "GET", .path = "/rest/api/3/user/search" };
    }
}

const char *scim_sync_matter_customer_words(const scim_sync_matter_t *m,
                                            const scim_sync_chain_step_t *step, const char *who,
                                            const char *group)
{
    switch (step->kind) {
    case SCIM_SYNC_CREATE_ACCOUNT:
        return step->group_id
                   ? apr_psprintf(m->pool,
                                  "create a portal customer for %s, with an invitation to %s", who,
                                  group)
                   : apr_psprintf(m->pool, "create a portal customer for %s, without any e-mail",
                                  who);
    case SCIM_SYNC_FIND_CUSTOMER:
        return apr_psprintf(m->pool, "look for %s among the customers of %s", who, group);
    case SCIM_SYNC_REVOKE_ACCOUNT:
        return apr_psprintf(m->pool, "take from %s the access to all portals", who);
    case SCIM_SYNC_ADD_MEMBER:
        return apr_psprintf(m->pool, "put %s into %s", who, group);
    case SCIM_SYNC_REMOVE_MEMBER:
        return apr_psprintf(m->pool, "take %s out of %s", who, group);
    default:
        return apr_psprintf(m->pool, "look for the account of %s", who);
    }
}

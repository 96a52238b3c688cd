/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How each call to Jira Service Management is made. Its customers' lists can be read and shortened
 * only by whoever opts in to experimental operations; removals have bodies.
 */
#include "jira/servicedesk.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "jira/platform_int.h"

#define API          "/rest/servicedeskapi/"
#define EXPERIMENTAL "X-ExperimentalApi: opt-in"

/* As scim_sync_jira_call(), path below the API. */
static void build(scim_sync_call_t *call, const scim_sync_jira_t *jira, const char *endpoint,
                  const char *path, const json_t *body, apr_pool_t *p)
{
    scim_sync_jira_call(call, jira, endpoint, apr_pstrcat(p, API, path, NULL), body, p);
}

/* collection/id/below, the id encoded. */
static const char *path_of(const char *collection, const char *id, const char *below, apr_pool_t *p)
{
    return apr_pstrcat(p, collection, "/", scim_sync_url_encode(id, p), below, NULL);
}

static const char *page_of(const char *path, int start, apr_pool_t *p)
{
    return apr_psprintf(p, "%s?start=%d&limit=%d", path, start, SCIM_SYNC_JIRA_BATCH);
}

static json_t *person(const char *email, const char *display_name, apr_pool_t *p)
{
    json_t *body = scim_sync_jira_object("email", email, p);

    scim_sync_json_put(body, "displayName", display_name);
    return body;
}

static json_t *batch(const apr_array_header_t *account_ids, int first, apr_pool_t *p)
{
    json_t *body = scim_sync_json_own(json_object(), p);
    apr_array_header_t part = *account_ids;

    part.elts += first * part.elt_size;
    part.nelts -= first;
    if (part.nelts > SCIM_SYNC_JIRA_BATCH) {
        part.nelts = SCIM_SYNC_JIRA_BATCH;
    }
    json_object_set_new(body, "accountIds", scim_sync_json_list(&part));
    return body;
}

/* Ids of organizations are texts in lists, and numbers here. */
static json_t *organization(const char *organization_id, apr_pool_t *p)
{
    json_t *body = scim_sync_json_own(json_object(), p);

    json_object_set_new(body, "organizationId", json_integer(apr_atoi64(organization_id)));
    return body;
}

/* --- customers --- */

/* Without the flag an address in use and one that is malformed are the same 400. */
#define STRICT "?strictConflictStatusCode=true"

void scim_sync_jira_create_customer(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                    const char *email, const char *display_name, apr_pool_t *p)
{
    build(call, jira, "POST customer", "customer" STRICT, person(email, display_name, p), p);
}

void scim_sync_jira_invite_customer(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                    const char *desk_id, const char *email,
                                    const char *display_name, apr_pool_t *p)
{
    build(call, jira, "POST servicedesk/{}/customer/invite",
          path_of("servicedesk", desk_id, "/customer/invite" STRICT, p),
          person(email, display_name, p), p);
    call->header = EXPERIMENTAL;
}

void scim_sync_jira_revoke_customer(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                    const char *account_id, apr_pool_t *p)
{
    build(call, jira, "PUT customer/user/{}/revoke-portal-only-access",
          path_of("customer/user", account_id, "/revoke-portal-only-access", p), NULL, p);
}

/* --- desks --- */

void scim_sync_jira_desks(scim_sync_call_t *call, const scim_sync_jira_t *jira, int start,
                          apr_pool_t *p)
{
    build(call, jira, "GET servicedesk", page_of("servicedesk", start, p), NULL, p);
}

void scim_sync_jira_desk(scim_sync_call_t *call, const scim_sync_jira_t *jira, const char *desk_id,
                         apr_pool_t *p)
{
    build(call, jira, "GET servicedesk/{}", path_of("servicedesk", desk_id, "", p), NULL, p);
}

void scim_sync_jira_desk_customers(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                   const char *desk_id, const char *query, int start, apr_pool_t *p)
{
    const char *path = page_of(path_of("servicedesk", desk_id, "/customer", p), start, p);

    if (query != NULL) {
        path = apr_pstrcat(p, path, "&query=", scim_sync_url_encode(query, p), NULL);
    }
    build(call, jira, "GET servicedesk/{}/customer", path, NULL, p);
    call->header = EXPERIMENTAL;
}

void scim_sync_jira_add_customers(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                  const char *desk_id, const apr_array_header_t *account_ids,
                                  int first, apr_pool_t *p)
{
    build(call, jira, "POST servicedesk/{}/customer",
          path_of("servicedesk", desk_id, "/customer", p), batch(account_ids, first, p), p);
}

void scim_sync_jira_remove_customers(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                     const char *desk_id, const apr_array_header_t *account_ids,
                                     int first, apr_pool_t *p)
{
    build(call, jira, "DELETE servicedesk/{}/customer",
          path_of("servicedesk", desk_id, "/customer", p), batch(account_ids, first, p), p);
    call->header = EXPERIMENTAL;
}

/* --- organizations --- */

void scim_sync_jira_organizations(scim_sync_call_t *call, const scim_sync_jira_t *jira, int start,
                                  apr_pool_t *p)
{
    build(call, jira, "GET organization", page_of("organization", start, p), NULL, p);
}

void scim_sync_jira_organization(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *organization_id, apr_pool_t *p)
{
    build(call, jira, "GET organization/{}", path_of("organization", organization_id, "", p), NULL,
          p);
}

void scim_sync_jira_create_organization(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                        const char *name, apr_pool_t *p)
{
    build(call, jira, "POST organization", "organization", scim_sync_jira_object("name", name, p),
          p);
}

void scim_sync_jira_organization_members(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                         const char *organization_id, int start, apr_pool_t *p)
{
    const char *path = path_of("organization", organization_id, "/user", p);

    build(call, jira, "GET organization/{}/user", page_of(path, start, p), NULL, p);
}

void scim_sync_jira_add_organization_members(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                             const char *organization_id,
                                             const apr_array_header_t *account_ids, int first,
                                             apr_pool_t *p)
{
    build(call, jira, "POST organization/{}/user",
          path_of("organization", organization_id, "/user", p), batch(account_ids, first, p), p);
}

void scim_sync_jira_remove_organization_members(scim_sync_call_t *call,
                                                const scim_sync_jira_t *jira,
                                                const char *organization_id,
                                                const apr_array_header_t *account_ids, int first,
                                                apr_pool_t *p)
{
    build(call, jira, "DELETE organization/{}/user",
          path_of("organization", organization_id, "/user", p), batch(account_ids, first, p), p);
}

/* --- organizations of desks --- */

void scim_sync_jira_desk_organizations(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                       const char *desk_id, int start, apr_pool_t *p)
{
    const char *path = path_of("servicedesk", desk_id, "/organization", p);

    build(call, jira, "GET servicedesk/{}/organization", page_of(path, start, p), NULL, p);
}

void scim_sync_jira_add_organization(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                     const char *desk_id, const char *organization_id,
                                     apr_pool_t *p)
{
    build(call, jira, "POST servicedesk/{}/organization",
          path_of("servicedesk", desk_id, "/organization", p), organization(organization_id, p), p);
}

void scim_sync_jira_remove_organization(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                        const char *desk_id, const char *organization_id,
                                        apr_pool_t *p)
{
    build(call, jira, "DELETE servicedesk/{}/organization",
          path_of("servicedesk", desk_id, "/organization", p), organization(organization_id, p), p);
}

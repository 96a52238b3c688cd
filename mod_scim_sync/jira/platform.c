/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How each call to the Jira Cloud platform API is made. Parameters and bodies are those of
 * https://developer.atlassian.com/cloud/jira/platform/rest/v3/; Jira ignores a parameter whose name
 * or case is wrong, so that the tests compare them letter by letter.
 */
#include "jira/platform.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "jira/answer.h"
#include "jira/platform_int.h"

#define API "/rest/api/3/"

/* The method and the path without its ids, which are numbers: what limits are for. */
static const char *endpoint_of(const char *method, const char *path, apr_pool_t *p)
{
    char *name = apr_pstrcat(p, method, " ", NULL);

    for (;;) {
        apr_size_t len = strcspn(path, "/?");
        int is_id = len > 0 && strspn(path, "0123456789") == len;

        name = apr_pstrcat(p, name, is_id ? "{}" : apr_pstrmemdup(p, path, len), NULL);
        if (path[len] != '/') {
            return name;
        }
        name = apr_pstrcat(p, name, "/", NULL);
        path += len + 1;
    }
}

void scim_sync_jira_call(scim_sync_call_t *call, const scim_sync_jira_t *jira, const char *endpoint,
                         const char *path, const json_t *body, apr_pool_t *p)
{
    memset(call, 0, sizeof(*call));
    call->method = apr_pstrmemdup(p, endpoint, strcspn(endpoint, " "));
    call->url = apr_pstrcat(p, jira->base_url, path, NULL);
    call->endpoint = endpoint;
    call->user = jira->email;
    call->password = jira->api_token;
    call->body = body != NULL ? scim_sync_json_text(body, NULL, p) : NULL;
}

static void build(scim_sync_call_t *call, const scim_sync_jira_t *jira, const char *method,
                  const char *path, const json_t *body, apr_pool_t *p)
{
    scim_sync_jira_call(call, jira, endpoint_of(method, path, p), apr_pstrcat(p, API, path, NULL),
                        body, p);
}

json_t *scim_sync_jira_object(const char *name, const char *value, apr_pool_t *p)
{
    json_t *body = scim_sync_json_own(json_object(), p);

    scim_sync_json_put(body, name, value);
    return body;
}

void scim_sync_jira_myself(scim_sync_call_t *call, const scim_sync_jira_t *jira, apr_pool_t *p)
{
    build(call, jira, "GET", "myself", NULL, p);
}

void scim_sync_jira_products(scim_sync_call_t *call, const scim_sync_jira_t *jira, apr_pool_t *p)
{
    build(call, jira, "GET", "applicationrole", NULL, p);
}

void scim_sync_jira_admin_groups(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *access, int start, apr_pool_t *p)
{
    const char *path =
        apr_psprintf(p, "group/bulk?accessType=%s&startAt=%d&maxResults=50", access, start);

    build(call, jira, "GET", path, NULL, p);
}

void scim_sync_jira_find_account(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *email, apr_pool_t *p)
{
    const char *path = apr_psprintf(p, "user/search?query=%s&maxResults=%d",
                                    scim_sync_url_encode(email, p), SCIM_SYNC_JIRA_HITS);

    build(call, jira, "GET", path, NULL, p);
}

void scim_sync_jira_create_account(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                   const char *email, const apr_array_header_t *products,
                                   apr_pool_t *p)
{
    json_t *body = scim_sync_jira_object("emailAddress", email, p);

    json_object_set_new(body, "products", scim_sync_json_list(products));
    build(call, jira, "POST", "user", body, p);
}

void scim_sync_jira_account_groups(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                   const char *account_id, apr_pool_t *p)
{
    const char *path =
        apr_pstrcat(p, "user/groups?accountId=", scim_sync_url_encode(account_id, p), NULL);

    build(call, jira, "GET", path, NULL, p);
}

void scim_sync_jira_delete_account(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                   const char *account_id, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "user?accountId=", scim_sync_url_encode(account_id, p), NULL);

    build(call, jira, "DELETE", path, NULL, p);
}

void scim_sync_jira_find_group(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                               const char *name, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "group/bulk?groupName=", scim_sync_url_encode(name, p), NULL);

    build(call, jira, "GET", path, NULL, p);
}

void scim_sync_jira_find_twin(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                              const char *name, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "groups/picker?query=", scim_sync_url_encode(name, p),
                                   "&caseInsensitive=true", NULL);

    build(call, jira, "GET", path, NULL, p);
}

void scim_sync_jira_search_groups(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                  const char *text, int max, apr_pool_t *p)
{
    const char *path = apr_psprintf(p, "groups/picker?query=%s&caseInsensitive=true&maxResults=%d",
                                    scim_sync_url_encode(text, p), max);

    build(call, jira, "GET", path, NULL, p);
}

void scim_sync_jira_create_group(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *name, apr_pool_t *p)
{
    build(call, jira, "POST", "group", scim_sync_jira_object("name", name, p), p);
}

void scim_sync_jira_delete_group(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                 const char *group_id, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "group?groupId=", scim_sync_url_encode(group_id, p), NULL);

    build(call, jira, "DELETE", path, NULL, p);
}

void scim_sync_jira_add_member(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                               const char *group_id, const char *account_id, apr_pool_t *p)
{
    const char *path =
        apr_pstrcat(p, "group/user?groupId=", scim_sync_url_encode(group_id, p), NULL);

    build(call, jira, "POST", path, scim_sync_jira_object("accountId", account_id, p), p);
}

void scim_sync_jira_remove_member(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                                  const char *group_id, const char *account_id, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "group/user?groupId=", scim_sync_url_encode(group_id, p),
                                   "&accountId=", scim_sync_url_encode(account_id, p), NULL);

    build(call, jira, "DELETE", path, NULL, p);
}

/* path?name=id&name=id..., and room on one page for all of them. */
static const char *by_ids(const char *path, const char *name, const apr_array_header_t *ids,
                          apr_pool_t *p)
{
    apr_array_header_t *parts = apr_array_make(p, ids->nelts + 1, sizeof(const char *));

    for (int i = 0; i < ids->nelts; i++) {
        APR_ARRAY_PUSH(parts, const char *) =
            apr_pstrcat(p, i > 0 ? "&" : "?", name, "=",
                        scim_sync_url_encode(APR_ARRAY_IDX(ids, i, const char *), p), NULL);
    }
    return apr_psprintf(p, "%s%s&maxResults=%d", path, apr_array_pstrcat(p, parts, 0), ids->nelts);
}

void scim_sync_jira_groups(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                           const apr_array_header_t *ids, apr_pool_t *p)
{
    build(call, jira, "GET", by_ids("group/bulk", "groupId", ids, p), NULL, p);
}

void scim_sync_jira_accounts(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                             const apr_array_header_t *ids, apr_pool_t *p)
{
    build(call, jira, "GET", by_ids("user/bulk", "accountId", ids, p), NULL, p);
}

void scim_sync_jira_all_accounts(scim_sync_call_t *call, const scim_sync_jira_t *jira, int start,
                                 apr_pool_t *p)
{
    const char *path = apr_psprintf(p, "users/search?startAt=%d&maxResults=%d", start,
                                    SCIM_SYNC_JIRA_ACCOUNTS_AT_ONCE);

    build(call, jira, "GET", path, NULL, p);
}

void scim_sync_jira_members(scim_sync_call_t *call, const scim_sync_jira_t *jira,
                            const char *group_id, int start, apr_pool_t *p)
{
    const char *path =
        apr_psprintf(p,
                     "group/member?groupId=%s&includeInactiveUsers=true&startAt=%d&maxResults=50",
                     scim_sync_url_encode(group_id, p), start);

    build(call, jira, "GET", path, NULL, p);
}

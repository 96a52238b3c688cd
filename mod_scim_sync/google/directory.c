/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How each call to the Directory API is made. Which fields are wanted is said every time: a page is
 * a tenth as long then. A list's own fields must be named, too: without nextPageToken it would end
 * after one page, and nobody would know.
 */
#include "google/directory.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"

#define DIRECTORY "/admin/directory/v1/"

#define USER_FIELDS                                                                                \
    "id,primaryEmail,name(givenName,familyName,fullName,displayName),suspended,suspensionReason,"  \
    "archived,orgUnitPath"
#define GROUP_FIELDS  "id,email,name,directMembersCount"
#define MEMBER_FIELDS "id,email,type,role,status"

static void build(scim_sync_call_t *call, const scim_sync_google_t *google, const char *endpoint,
                  const char *path, apr_pool_t *p)
{
    const char *base = google->base_url != NULL ? google->base_url : SCIM_SYNC_GOOGLE_API;

    memset(call, 0, sizeof *call);
    call->method = apr_pstrmemdup(p, endpoint, strcspn(endpoint, " "));
    call->url = apr_pstrcat(p, base, path, NULL);
    call->endpoint = endpoint;
    call->bearer = google->token;
}

/* "&name=value"; "" when there is no value. */
static const char *parameter(const char *name, const char *value, apr_pool_t *p)
{
    return value != NULL && *value != '\0'
               ? apr_pstrcat(p, "&", name, "=", scim_sync_url_encode(value, p), NULL)
               : "";
}

/* A domain beside a customer would silently narrow the listing to that domain: one of them only. */
static const char *whose(const scim_sync_google_t *google, apr_pool_t *p)
{
    return google->domain != NULL ? parameter("domain", google->domain, p)
                                  : "&customer=my_customer";
}

/* In the quotes of Google's query language. */
static const char *quoted(const char *text, apr_pool_t *p)
{
    char *copy = apr_palloc(p, 2 * strlen(text) + 3);
    char *at = copy;

    *at++ = '\'';
    for (; *text != '\0'; text++) {
        if (*text == '\'' || *text == '\\') {
            *at++ = '\\';
        }
        *at++ = *text;
    }
    *at++ = '\'';
    *at = '\0';
    return copy;
}

/* Clauses beside each other must all be so. */
static const char *query_of(const scim_sync_google_choice_t *choice, apr_pool_t *p)
{
    const char *query = choice->query != NULL ? choice->query : "";
    const char *unit = choice->org_unit != NULL
                           ? apr_pstrcat(p, "orgUnitPath=", quoted(choice->org_unit, p), NULL)
                           : "";

    return apr_pstrcat(p, unit, *unit != '\0' && *query != '\0' ? " " : "", query, NULL);
}

/* The end of every listing's URL. */
static const char *paging(int size, const char *list, const char *fields, const char *page,
                          apr_pool_t *p)
{
    const char *mask = apr_pstrcat(p, "kind,nextPageToken,", list, "(", fields, ")", NULL);

    return apr_psprintf(p, "maxResults=%d&prettyPrint=false%s%s", size,
                        parameter("fields", mask, p), parameter("pageToken", page, p));
}

void scim_sync_google_users(scim_sync_call_t *call, const scim_sync_google_t *google,
                            const scim_sync_google_choice_t *choice, const char *page,
                            apr_pool_t *p)
{
    const char *path =
        apr_pstrcat(p, DIRECTORY "users?",
                    paging(SCIM_SYNC_GOOGLE_USERS_ON_PAGE, "users", USER_FIELDS, page, p),
                    whose(google, p), parameter("query", query_of(choice, p), p), NULL);

    build(call, google, "GET " DIRECTORY "users", path, p);
}

void scim_sync_google_groups(scim_sync_call_t *call, const scim_sync_google_t *google,
                             const scim_sync_google_choice_t *choice, const char *page,
                             apr_pool_t *p)
{
    const char *path =
        apr_pstrcat(p, DIRECTORY "groups?",
                    paging(SCIM_SYNC_GOOGLE_GROUPS_ON_PAGE, "groups", GROUP_FIELDS, page, p),
                    whose(google, p), parameter("query", choice->query, p), NULL);

    build(call, google, "GET " DIRECTORY "groups", path, p);
}

void scim_sync_google_members(scim_sync_call_t *call, const scim_sync_google_t *google,
                              const char *group_id, const char *page, apr_pool_t *p)
{
    const char *path =
        apr_pstrcat(p, DIRECTORY "groups/", scim_sync_url_encode(group_id, p), "/members?",
                    paging(SCIM_SYNC_GOOGLE_MEMBERS_ON_PAGE, "members", MEMBER_FIELDS, page, p),
                    NULL);

    build(call, google, "GET " DIRECTORY "groups/{}/members", path, p);
}

void scim_sync_google_watch(scim_sync_call_t *call, const scim_sync_google_t *google,
                            const char *event, const scim_sync_google_channel_t *channel,
                            apr_pool_t *p)
{
    json_t *body = scim_sync_json_own(json_object(), p);
    json_t *params = json_object();
    const char *path =
        apr_pstrcat(p, DIRECTORY "users/watch?event=", event, whose(google, p), NULL);

    scim_sync_json_put(params, "ttl", apr_itoa(p, channel->ttl));
    scim_sync_json_put(body, "id", channel->id);
    scim_sync_json_put(body, "type", "web_hook");
    scim_sync_json_put(body, "address", channel->address);
    scim_sync_json_put(body, "token", channel->token);
    json_object_set_new(body, "params", params);
    build(call, google, "POST " DIRECTORY "users/watch", path, p);
    call->body = scim_sync_json_text(body, NULL, p);
}

void scim_sync_google_stop(scim_sync_call_t *call, const scim_sync_google_t *google,
                           const scim_sync_google_channel_t *channel, apr_pool_t *p)
{
    static const char path[] = "/admin/directory_v1/channels/stop";
    json_t *body = scim_sync_json_own(json_object(), p);

    scim_sync_json_put(body, "id", channel->id);
    scim_sync_json_put(body, "resourceId", channel->resource_id);
    build(call, google, "POST /admin/directory_v1/channels/stop", path, p);
    call->body = scim_sync_json_text(body, NULL, p);
}

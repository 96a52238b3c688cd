/* SPDX-License-Identifier: Apache-2.0 */
#include "jira/organization.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "jira/answer.h"
#include "jira/platform.h"

#define ID_MAX 64
/* Bytes that are kept of what the API says in its errors. */
#define WORDS_MAX 300

const char *scim_sync_organization_url(const char *site_url, const char *url, apr_pool_t *p)
{
    if (url == NULL) {
        url = strncmp(site_url, "http:", 5) == 0 ? site_url : SCIM_SYNC_JIRA_GATEWAY;
    }
    return apr_pstrdup(p, url);
}

int scim_sync_organization_is_id(const char *text)
{
    apr_size_t i;

    for (i = 0; apr_isalnum(text[i]) || text[i] == '-'; i++) {
    }
    return text[i] == '\0' && i > 0 && i <= ID_MAX;
}

/* ---- calls ---- */

/* endpoint   the path without its ids: what limits are for */
static void build(scim_sync_call_t *call, const scim_sync_organization_t *organization,
                  const char *method, const char *path, const char *endpoint, apr_pool_t *p)
{
    memset(call, 0, sizeof(*call));
    call->method = method;
    call->url = apr_pstrcat(p, organization->base_url, path, NULL);
    call->endpoint = apr_pstrcat(p, method, " ", endpoint, NULL);
    call->bearer = organization->key;
}

void scim_sync_organization_directories(scim_sync_call_t *call,
                                        const scim_sync_organization_t *organization,
                                        const char *account_id, apr_pool_t *p)
{
    const char *query =
        account_id ? apr_pstrcat(p, "?accountId=", scim_sync_url_encode(account_id, p), NULL) : "";
    const char *path =
        apr_pstrcat(p, "/admin/v2/orgs/", organization->id, "/directories", query, NULL);

    build(call, organization, "GET", path, "admin/v2/orgs/{}/directories", p);
}

static const char *account_path(const scim_sync_organization_t *organization, const char *directory,
                                const char *account_id, const char *deed, apr_pool_t *p)
{
    return apr_pstrcat(p, "/admin/v2/orgs/", organization->id, "/directories/",
                       scim_sync_url_encode(directory, p), "/users/",
                       scim_sync_url_encode(account_id, p), deed, NULL);
}

void scim_sync_organization_account(scim_sync_call_t *call,
                                    const scim_sync_organization_t *organization,
                                    const char *directory, const char *account_id, apr_pool_t *p)
{
    build(call, organization, "GET", account_path(organization, directory, account_id, "", p),
          "admin/v2/orgs/{}/directories/{}/users/{}", p);
}

void scim_sync_organization_suspend(scim_sync_call_t *call,
                                    const scim_sync_organization_t *organization,
                                    const char *directory, const char *account_id, apr_pool_t *p)
{
    build(call, organization, "POST",
          account_path(organization, directory, account_id, "/suspend", p),
          "admin/v2/orgs/{}/directories/{}/users/{}/suspend", p);
}

void scim_sync_organization_restore(scim_sync_call_t *call,
                                    const scim_sync_organization_t *organization,
                                    const char *directory, const char *account_id, apr_pool_t *p)
{
    build(call, organization, "POST",
          account_path(organization, directory, account_id, "/restore", p),
          "admin/v2/orgs/{}/directories/{}/users/{}/restore", p);
}

void scim_sync_organization_profile(scim_sync_call_t *call,
                                    const scim_sync_organization_t *organization,
                                    const char *account_id, const char *profile, apr_pool_t *p)
{
    const char *path =
        apr_pstrcat(p, "/users/", scim_sync_url_encode(account_id, p), "/manage/profile", NULL);

    build(call, organization, "PATCH", path, "users/{}/manage/profile", p);
    call->body = profile;
}

/* ---- answers ---- */

/* {"errors": [{"title", "detail"}]} of one API, {"key"} of the other; NULL: neither. */
static const char *words_of(const json_t *json, apr_pool_t *p)
{
    const json_t *error = json_array_get(json_object_get(json, "errors"), 0);
    const char *words = scim_sync_json_str(error, "detail");

    words = words ? words : scim_sync_json_str(error, "title");
    words = words ? words : scim_sync_json_str(json, "key");
    return words ? scim_sync_excerpt(words, WORDS_MAX, p) : NULL;
}

static scim_sync_outcome_t understand(scim_sync_reading_t *reading,
                                      const scim_sync_answer_t *answer, apr_pool_t *p)
{
    scim_sync_outcome_t *outcome = &reading->outcome;
    const char *words;

    scim_sync_answer_read(reading, answer, p);
    if (reading->ok || answer->status == 0) {
        return *outcome;
    }
    words = words_of(reading->json, p);
    words = words ? words : reading->say;
    outcome->detail =
        apr_psprintf(p, "Atlassian's organization API says (%d): %s", answer->status, words);
    if (answer->status == 401) {
        outcome->verdict = SCIM_SYNC_REFUSED;
        outcome->detail = apr_psprintf(p,
                                       "the key of the organization is not accepted (%s): give "
                                       "another one to the site",
                                       words);
    }
    else if (answer->status == 404 && reading->json != NULL) {
        outcome->verdict = SCIM_SYNC_REFUSED;
    }
    return *outcome;
}

scim_sync_outcome_t scim_sync_organization_read_directories(const scim_sync_answer_t *answer,
                                                            const char **directory, apr_pool_t *p)
{
    scim_sync_reading_t reading;
    scim_sync_outcome_t outcome = understand(&reading, answer, p);
    const json_t *data;

    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    data = json_object_get(reading.json, "data");
    *directory = scim_sync_json_str(json_array_get(data, 0), "directoryId");
    if (json_is_array(data) && json_array_size(data) == 0) {
        *directory = "";
    }
    return *directory != NULL ? outcome : scim_sync_answer_garbled(&reading, p);
}

scim_sync_outcome_t scim_sync_organization_read_account(const scim_sync_answer_t *answer,
                                                        int *unmanaged, int *suspended,
                                                        apr_pool_t *p)
{
    scim_sync_reading_t reading;
    scim_sync_outcome_t outcome = understand(&reading, answer, p);
    const char *claim;
    const char *membership;
    const json_t *data;

    if (outcome.verdict != SCIM_SYNC_DONE) {
        return outcome;
    }
    data = json_object_get(reading.json, "data");
    claim = scim_sync_json_str(data, "claimStatus");
    membership = scim_sync_json_str(data, "membershipStatus");
    *unmanaged = claim == NULL || strcmp(claim, "managed") != 0;
    *suspended = membership != NULL && strcmp(membership, "suspended") == 0;
    return json_is_object(data) ? outcome : scim_sync_answer_garbled(&reading, p);
}

scim_sync_outcome_t scim_sync_organization_read_change(const scim_sync_answer_t *answer,
                                                       apr_pool_t *p)
{
    scim_sync_reading_t reading;
    scim_sync_outcome_t outcome = understand(&reading, answer, p);

    return outcome.verdict == SCIM_SYNC_DONE ? scim_sync_answer_bare(&reading, p) : outcome;
}

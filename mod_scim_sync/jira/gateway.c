/* SPDX-License-Identifier: Apache-2.0 */
/*
 * API tokens with scopes. Atlassian's gateway accepts them, under the id of the site's cloud, and
 * no site does: there they are answered 401 with the words for a token that is wrong.
 */
#include "jira/platform.h"

#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "jira/answer.h"

#define CLOUD_ID_MAX 64

const char *scim_sync_jira_api_url(const char *site_url, const char *gateway, const char *cloud_id,
                                   apr_pool_t *p)
{
    if (cloud_id == NULL) {
        return apr_pstrdup(p, site_url);
    }
    if (gateway == NULL) {
        /* http is for loopback: what stands there is no Atlassian, and is its own gateway. */
        gateway = strncmp(site_url, "http:", 5) == 0 ? site_url : SCIM_SYNC_JIRA_GATEWAY;
    }
    return apr_pstrcat(p, gateway, "/ex/jira/", cloud_id, NULL);
}

void scim_sync_jira_tenant_info(scim_sync_call_t *call, const char *site_url, apr_pool_t *p)
{
    memset(call, 0, sizeof(*call));
    call->method = "GET";
    call->url = apr_pstrcat(p, site_url, "/_edge/tenant_info", NULL);
}

int scim_sync_jira_is_cloud_id(const char *text)
{
    apr_size_t i;

    for (i = 0; apr_isalnum(text[i]) || text[i] == '-'; i++) {
    }
    return text[i] == '\0' && i > 0 && i <= CLOUD_ID_MAX;
}

scim_sync_outcome_t scim_sync_jira_read_tenant_info(const scim_sync_answer_t *answer,
                                                    const char **cloud_id, apr_pool_t *p)
{
    scim_sync_reading_t reading;

    scim_sync_answer_read(&reading, answer, p);
    if (!reading.ok) {
        return reading.outcome;
    }
    *cloud_id = scim_sync_json_str(reading.json, "cloudId");
    return *cloud_id != NULL && scim_sync_jira_is_cloud_id(*cloud_id)
               ? reading.outcome
               : scim_sync_answer_garbled(&reading, p);
}

int scim_sync_jira_lacks_scope(const scim_sync_outcome_t *outcome)
{
    return outcome->verdict == SCIM_SYNC_DENIED && outcome->detail != NULL &&
           strstr(outcome->detail, SCIM_SYNC_SCOPE_MISMATCH) != NULL;
}

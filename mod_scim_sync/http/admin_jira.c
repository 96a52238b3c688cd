/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_jira.h"

#include <apr_strings.h>

#include "base/secret.h"

const scim_sync_error_t *scim_sync_admin_jira(scim_sync_admin_t *q, const scim_sync_site_t *site,
                                              scim_sync_jira_t *jira)
{
    const char *context =
        apr_psprintf(q->p, "site/%s/apiToken", scim_sync_site_whole(site->name, q->p));

    jira->name = site->name;
    jira->base_url = scim_sync_jira_api_url(site->base_url, site->gateway, site->cloud_id, q->p);
    jira->email = site->email;
    if (!q->runtime->keys ||
        scim_sync_secret_open(&jira->api_token, q->runtime->keys, site->api_token, context, q->p)) {
        return scim_sync_error(q->p, HTTP_CONFLICT, NULL,
                               "The API token can't be decrypted: ScimSyncKeyFile no longer "
                               "holds its key. Store the token anew.");
    }
    return NULL;
}

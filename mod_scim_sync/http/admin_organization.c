/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_organization.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/secret.h"
#include "http/admin_site_test.h"
#include "jira/organization.h"
#include "jira/platform.h"

#define TEXT_MAX 2048

static const scim_sync_error_t *refuse(scim_sync_admin_t *q, const char *detail)
{
    return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s", detail);
}

static const char *context_of(const scim_sync_admin_t *q)
{
    return apr_psprintf(q->p, "site/%s/orgKey", q->name);
}

/* What is in it is a text each, and nothing else is. */
static int is_well_formed(const json_t *given)
{
    static const char *const fields[] = { "id", "apiKey", "url" };
    apr_size_t known = 0;
    apr_size_t i;

    for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        const json_t *value = json_object_get(given, fields[i]);

        if (value && !json_is_null(value) &&
            (!json_is_string(value) || json_string_length(value) > TEXT_MAX)) {
            return 0;
        }
        known += value != NULL;
    }
    return json_is_object(given) && known == json_object_size(given);
}

static const scim_sync_error_t *seal(scim_sync_admin_t *q, scim_sync_site_t *site, const char *key)
{
    if (!q->runtime->keys) {
        return scim_sync_error(q->p, HTTP_CONFLICT, NULL,
                               "Secrets are stored encrypted: set ScimSyncKeyFile first.");
    }
    return scim_sync_secret_seal(&site->org_key, q->runtime->keys, key, context_of(q), q->p)
               ? scim_sync_error(q->p, HTTP_INTERNAL_SERVER_ERROR, NULL,
                                 "The organization's key could not be encrypted.")
               : NULL;
}

const scim_sync_error_t *scim_sync_admin_organization_read(scim_sync_admin_t *q,
                                                           scim_sync_site_t *site, int *told)
{
    const json_t *given = json_object_get(q->body, "organization");
    const char *url = scim_sync_json_str(given, "url");
    const char *key = scim_sync_json_str(given, "apiKey");
    const char *why;

    *told = given != NULL;
    if (!given || json_is_null(given)) {
        return NULL;
    }
    site->org_id = scim_sync_json_str(given, "id");
    if (!is_well_formed(given) || !site->org_id || !key || !*key) {
        return refuse(q, "organization must be an object with id and apiKey, and url if it is not "
                         "Atlassian's.");
    }
    if (!scim_sync_organization_is_id(site->org_id)) {
        return refuse(q, "organization.id is made of letters, digits and -, 64 at most.");
    }
    if (key[strcspn(key, " \t\r\n")]) {
        return refuse(q, "organization.apiKey holds a blank or a line's end: copy the key alone.");
    }
    if (url && scim_sync_jira_check_url(&site->org_url, url, &why, q->p)) {
        return refuse(q, apr_psprintf(q->p, "organization.url: %s.", why));
    }
    return seal(q, site, key);
}

json_t *scim_sync_admin_organization_json(const scim_sync_site_t *site)
{
    return site->org_id ? json_pack("{s:s, s:b, s:s?}", "id", site->org_id, "hasApiKey",
                                    site->org_key != NULL, "url", site->org_url)
                        : json_null();
}

static scim_sync_outcome_t ask(scim_sync_admin_t *q, const scim_sync_site_t *site)
{
    scim_sync_outcome_t outcome = { .verdict = SCIM_SYNC_REFUSED };
    scim_sync_organization_t organization = { .id = site->org_id };
    const char *directory;
    scim_sync_call_t call;

    organization.base_url = scim_sync_organization_url(site->base_url, site->org_url, q->p);
    if (!q->runtime->keys || scim_sync_secret_open(&organization.key, q->runtime->keys,
                                                   site->org_key, context_of(q), q->p)) {
        outcome.detail = "the key can't be decrypted: ScimSyncKeyFile no longer holds the key that "
                         "it was stored under. Store it anew";
        return outcome;
    }
    scim_sync_organization_directories(&call, &organization, NULL, q->p);
    return scim_sync_organization_read_directories(scim_sync_admin_ask_jira(q, &call), &directory,
                                                   q->p);
}

json_t *scim_sync_admin_organization_test(scim_sync_admin_t *q, const scim_sync_site_t *site)
{
    scim_sync_outcome_t outcome;

    if (!site->org_key) {
        return json_null();
    }
    outcome = ask(q, site);
    return scim_sync_json_own(json_pack("{s:b, s:i, s:s?}", "ok", outcome.verdict == SCIM_SYNC_DONE,
                                        "status", outcome.status, "detail", outcome.detail),
                              q->p);
}

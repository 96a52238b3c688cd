/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_client.h"

#include <string.h>

#include "base/json.h"

#define MAX_DEPTH 8
#define MAX_WAIT  apr_time_from_sec(10)

void scim_sync_google_settings_read(scim_sync_google_settings_t *settings, const char *text,
                                    apr_pool_t *p)
{
    const json_t *endpoints;
    const json_t *service;
    const char *why;
    json_t *json = NULL;

    scim_sync_json_parse(&json, text, strlen(text), MAX_DEPTH, &why, p);
    endpoints = json_object_get(json, "endpoints");
    service = json_object_get(json, "serviceAccount");
    settings->client_id = scim_sync_json_str(json, "clientId");
    settings->domain = scim_sync_json_str(json, "domain");
    settings->administrator = scim_sync_json_str(json, "administrator");
    settings->endpoints.authorize = scim_sync_json_str(endpoints, "authorize");
    settings->endpoints.token = scim_sync_json_str(endpoints, "token");
    settings->endpoints.revoke = scim_sync_json_str(endpoints, "revoke");
    settings->endpoints.issuer = scim_sync_json_str(endpoints, "issuer");
    settings->directory = scim_sync_json_str(endpoints, "directory");
    settings->service_email = scim_sync_json_str(service, "email");
    settings->service_client_id = scim_sync_json_str(service, "clientId");
    settings->service_key_id = scim_sync_json_str(service, "keyId");
}

json_t *scim_sync_google_settings_json(const scim_sync_google_settings_t *settings)
{
    const scim_sync_google_endpoints_t *at = &settings->endpoints;
    json_t *json = json_object();
    json_t *endpoints = json_object();

    scim_sync_json_put(json, "clientId", settings->client_id);
    scim_sync_json_put(json, "domain", settings->domain);
    scim_sync_json_put(json, "administrator", settings->administrator);
    scim_sync_json_put(endpoints, "authorize", at->authorize);
    scim_sync_json_put(endpoints, "token", at->token);
    scim_sync_json_put(endpoints, "revoke", at->revoke);
    scim_sync_json_put(endpoints, "issuer", at->issuer);
    scim_sync_json_put(endpoints, "directory", settings->directory);
    json_object_set_new(json, "endpoints", endpoints);
    if (settings->service_email) {
        json_object_set_new(json, "serviceAccount",
                            json_pack("{s:s, s:s?, s:s?}", "email", settings->service_email,
                                      "clientId", settings->service_client_id, "keyId",
                                      settings->service_key_id));
    }
    return json;
}

apr_status_t scim_sync_google_open(const char **plain, const char **why,
                                   const scim_sync_google_party_t *party, const char *sealed,
                                   const char *what, apr_pool_t *p)
{
    if (party->ring && scim_sync_secret_open(plain, party->ring, sealed,
                                             scim_sync_google_context(party->google->idp, what, p),
                                             p) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    *why = "what is stored of it can't be decrypted: ScimSyncKeyFile no longer holds the key that "
           "it was stored under. Put that key back, or store the secrets anew and connect again";
    return APR_EINVAL;
}

apr_status_t scim_sync_google_seal(const char **sealed, const scim_sync_google_party_t *party,
                                   const char *plain, const char *what, apr_pool_t *p)
{
    *sealed = NULL;
    return plain ? scim_sync_secret_seal(sealed, party->ring, plain,
                                         scim_sync_google_context(party->google->idp, what, p), p)
                 : APR_SUCCESS;
}

apr_status_t scim_sync_google_party(scim_sync_google_party_t *party, const char **why,
                                    const scim_sync_google_idp_t *google,
                                    const scim_sync_keyring_t *ring, apr_pool_t *p)
{
    memset(party, 0, sizeof(*party));
    party->google = google;
    party->ring = ring;
    scim_sync_google_settings_read(&party->settings, google->settings, p);
    party->client.endpoints = party->settings.endpoints;
    party->client.id = party->settings.client_id;
    return google->client_secret
               ? scim_sync_google_open(&party->client.secret, why, party, google->client_secret,
                                       SCIM_SYNC_GOOGLE_CLIENT_SECRET, p)
               : APR_SUCCESS;
}

apr_status_t scim_sync_google_service_call(scim_sync_call_t *call, const char **why,
                                           const scim_sync_google_party_t *party, apr_int64_t now,
                                           apr_pool_t *p)
{
    const scim_sync_google_settings_t *settings = &party->settings;
    scim_sync_google_key_t key;
    const char *assertion;
    const char *text;
    apr_status_t rv;

    if (!party->google->service_key || !settings->administrator) {
        *why = "a service account needs serviceAccountKey, its JSON key, and administrator, the "
               "address of the administrator for whom it acts";
        return APR_EINVAL;
    }
    rv = scim_sync_google_open(&text, why, party, party->google->service_key,
                               SCIM_SYNC_GOOGLE_SERVICE_KEY, p);
    if (rv != APR_SUCCESS ||
        (rv = scim_sync_google_key_read(&key, why, text, strlen(text), p)) != APR_SUCCESS) {
        return rv;
    }
    if (scim_sync_google_key_assert(&assertion, &key, settings->administrator,
                                    SCIM_SYNC_GOOGLE_SCOPES,
                                    scim_sync_google_token_url(&settings->endpoints), now, p)) {
        *why = "OpenSSL does not sign with the key of the service account";
        return APR_EINVAL;
    }
    scim_sync_google_present(call, &settings->endpoints, assertion, p);
    return APR_SUCCESS;
}

const scim_sync_answer_t *scim_sync_google_ask(const scim_sync_transport_settings_t *transport,
                                               const scim_sync_call_t *call, apr_pool_t *p)
{
    static const scim_sync_answer_t none = { .body = "",
                                             .rate = SCIM_SYNC_RATE_UNSAID,
                                             .failure = "no call can be made" };
    scim_sync_transport_settings_t settings = *transport;
    const scim_sync_answer_t *answer;

    settings.timeout = settings.timeout < MAX_WAIT ? settings.timeout : MAX_WAIT;
    scim_sync_transport_call(&answer, &settings, call, p);
    return answer ? answer : &none;
}

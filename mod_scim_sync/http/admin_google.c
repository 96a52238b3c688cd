/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/google: the settings of an IdP of the kind google, and how it is connected.
 */
#include "http/admin_google.h"

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "google/directory.h"
#include "http/admin_version.h"
#include "http/google_callback.h"
#include "jira/platform.h"
#include "sync/google_client.h"

#define TEXT_MAX 2048
#define KEY_MAX  16384

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_google_settings_t settings;
    const char *secret; /* of the client, as told; NULL: not told */
    const char *key;    /* a service account's JSON; NULL: not told, or null */
    int key_told;       /* the body says something of it, */
    int key_changes;    /* and not that there is none where there is none */
    scim_sync_google_idp_t *google;
    scim_sync_admin_version_t version; /* of the settings */
} change_t;

/* ---- answers ---- */

static json_t *endpoints_json(const scim_sync_google_settings_t *settings)
{
    const scim_sync_google_endpoints_t *at = &settings->endpoints;

    return json_pack("{s:s, s:s, s:s, s:s, s:s}", "authorize",
                     at->authorize ? at->authorize : SCIM_SYNC_GOOGLE_AUTHORIZE, "token",
                     scim_sync_google_token_url(at), "revoke",
                     at->revoke ? at->revoke : SCIM_SYNC_GOOGLE_REVOKE, "issuer",
                     at->issuer ? at->issuer : SCIM_SYNC_GOOGLE_ISSUER, "directory",
                     settings->directory ? settings->directory : SCIM_SYNC_GOOGLE_API);
}

static json_t *service_json(const scim_sync_google_settings_t *settings)
{
    return settings->service_email
               ? json_pack("{s:s, s:s?, s:s?}", "email", settings->service_email, "clientId",
                           settings->service_client_id, "keyId", settings->service_key_id)
               : json_null();
}

static json_t *connection_json(const scim_sync_google_idp_t *google, apr_pool_t *p)
{
    json_t *scopes = json_array();
    char *rest = apr_pstrdup(p, google->scopes ? google->scopes : "");
    char *scope;

    while ((scope = apr_strtok(rest, " ", &rest))) {
        json_array_append_new(scopes, json_string(scope));
    }
    return json_pack("{s:s, s:s?, s:s?, s:o, s:s?, s:s?, s:o, s:o}", "state", google->state, "by",
                     google->way, "reason", google->reason, "since",
                     scim_sync_admin_time(google->since, p), "administrator", google->who, "domain",
                     google->domain, "scopes", scopes, "endsAt",
                     scim_sync_admin_time(google->refresh_until, p));
}

static json_t *google_json(scim_sync_admin_t *q, const scim_sync_google_idp_t *google)
{
    scim_sync_google_settings_t settings;
    const char *why;

    scim_sync_google_settings_read(&settings, google->settings, q->p);
    return json_pack("{s:s?, s:b, s:s?, s:s?, s:s?, s:o, s:o, s:[s, s], s:o}", "clientId",
                     settings.client_id, "hasClientSecret", google->client_secret != NULL,
                     "redirectUri", scim_sync_callback_uri(q->r, &why), "domain", settings.domain,
                     "administrator", settings.administrator, "serviceAccount",
                     service_json(&settings), "endpoints", endpoints_json(&settings), "scopes",
                     SCIM_SYNC_GOOGLE_SCOPE_USERS, SCIM_SYNC_GOOGLE_SCOPE_GROUPS, "connection",
                     connection_json(google, q->p));
}

apr_status_t scim_sync_admin_google_load(scim_sync_db_t *db, scim_sync_admin_t *q,
                                         scim_sync_google_idp_t **google, apr_pool_t *p)
{
    scim_sync_idp_t *idp;
    apr_status_t rv = scim_sync_idp_load(db, &idp, q->name, p);

    if (rv == APR_SUCCESS && !idp) {
        return scim_sync_admin_rollback(q, HTTP_NOT_FOUND, "There is no identity provider %s.",
                                        q->name);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_google_load(db, google, q->name, p);
    }
    return rv == APR_SUCCESS && !*google
               ? scim_sync_admin_rollback(q, HTTP_CONFLICT,
                                          "%s comes to us by SCIM. What is pulled from Google is "
                                          "an identity provider made with \"kind\": \"google\".",
                                          q->name)
               : rv;
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    scim_sync_idp_t *idp;
    apr_status_t rv = scim_sync_admin_google_load(db, c->q, &c->google, p);

    if (rv == APR_SUCCESS && (rv = scim_sync_idp_load(db, &idp, c->q->name, p)) == APR_SUCCESS) {
        c->version = (scim_sync_admin_version_t) { idp->created, c->google->version };
    }
    return rv;
}

int scim_sync_admin_google_show(scim_sync_admin_t *q)
{
    change_t c = { .q = q };

    if (scim_sync_admin_read(q, load, &c)) {
        return OK;
    }
    scim_sync_admin_tag(q, c.version);
    return scim_sync_admin_answer(q, HTTP_OK, scim_sync_json_own(google_json(q, c.google), q->p));
}

/* ---- PUT: what is told ---- */

static const scim_sync_error_t *wrong(scim_sync_admin_t *q, const char *what)
{
    return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s", what);
}

/* An address of Google's; NULL is Google's own. */
static const scim_sync_error_t *read_endpoint(scim_sync_admin_t *q, const json_t *endpoints,
                                              const char *name, const char **url)
{
    const json_t *value = json_object_get(endpoints, name);
    const char *why;

    if (!value || json_is_null(value)) {
        return NULL;
    }
    if (!json_is_string(value) || json_string_length(value) > TEXT_MAX ||
        scim_sync_jira_check_url(url, json_string_value(value), &why, q->p)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "endpoints.%s must be a URL that begins with https:// (http:// is "
                               "for this host alone), without user name, ? and #.",
                               name);
    }
    return NULL;
}

static const scim_sync_error_t *read_endpoints(change_t *c)
{
    static const char *const names[] = { "authorize", "token", "revoke", "issuer", "directory" };
    scim_sync_google_settings_t *s = &c->settings;
    const char **const urls[] = { &s->endpoints.authorize, &s->endpoints.token,
                                  &s->endpoints.revoke, &s->endpoints.issuer, &s->directory };
    const json_t *given = json_object_get(c->q->body, "endpoints");
    const scim_sync_error_t *error = NULL;
    apr_size_t known = 0;
    apr_size_t i;

    if (!given || json_is_null(given)) {
        return NULL;
    }
    for (i = 0; !error && i < sizeof(names) / sizeof(*names); i++) {
        known += json_object_get(given, names[i]) != NULL;
        error = read_endpoint(c->q, given, names[i], urls[i]);
    }
    if (!error && (!json_is_object(given) || known != json_object_size(given))) {
        error = wrong(c->q, "endpoints must be an object with authorize, token, revoke, issuer and "
                            "directory, or some of them.");
    }
    return error;
}

/* The JSON file that Google gives: as an object, or as a text. */
static const scim_sync_error_t *read_key(change_t *c)
{
    const json_t *given = json_object_get(c->q->body, "serviceAccountKey");
    scim_sync_google_key_t key;
    const char *why = "it is too long";

    c->key_told = given != NULL;
    if (!given || json_is_null(given)) {
        return NULL;
    }
    c->key = json_is_string(given) ? json_string_value(given)
                                   : scim_sync_json_text(given, NULL, c->q->p);
    if (strlen(c->key) > KEY_MAX ||
        scim_sync_google_key_read(&key, &why, c->key, strlen(c->key), c->q->p)) {
        return scim_sync_error(c->q->p, HTTP_BAD_REQUEST, NULL,
                               "serviceAccountKey must be the JSON file of a service account's "
                               "key: %s.",
                               why);
    }
    c->settings.service_email = key.email;
    c->settings.service_client_id = key.client_id;
    c->settings.service_key_id = key.key_id;
    return NULL;
}

static int is_domain(const char *text)
{
    return strchr(text, '.') && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-")];
}

/* Copied from a page, with what was around it. */
static int has_blank(const char *text)
{
    return !*text || text[strcspn(text, " \t\r\n")];
}

static const scim_sync_error_t *read_settings(change_t *c)
{
    static const char *const fields[] = { "clientId",  "clientSecret",
                                          "domain",    "administrator",
                                          "endpoints", "serviceAccountKey",
                                          NULL };
    scim_sync_google_settings_t *s = &c->settings;
    scim_sync_admin_t *q = c->q;
    const scim_sync_error_t *error;

    if ((error = scim_sync_admin_only(q, fields)) ||
        (error = scim_sync_admin_text(q, "clientId", &s->client_id)) ||
        (error = scim_sync_admin_text(q, "clientSecret", &c->secret)) ||
        (error = scim_sync_admin_text(q, "domain", &s->domain)) ||
        (error = scim_sync_admin_text(q, "administrator", &s->administrator)) ||
        (error = read_endpoints(c)) || (error = read_key(c))) {
        return error;
    }
    if ((s->client_id && has_blank(s->client_id)) || (c->secret && has_blank(c->secret))) {
        return wrong(q, "clientId or clientSecret is empty, or holds a blank or a line's end: copy "
                        "them alone.");
    }
    if (c->secret && !s->client_id) {
        return wrong(q, "clientSecret belongs to a clientId.");
    }
    if (s->domain && !is_domain(s->domain)) {
        return wrong(q, "domain must be the primary domain of the Workspace in small letters, such "
                        "as example.com.");
    }
    if (s->administrator && !scim_sync_is_email(s->administrator)) {
        return wrong(q, "administrator must be the address of an administrator of the Workspace.");
    }
    return NULL;
}

/* ---- PUT: what becomes of it ---- */

static int differ(const char *a, const char *b)
{
    return (a || b) && (!a || !b || strcmp(a, b));
}

/* Google's own addresses are the same whether they were told or left out. */
static int lead_elsewhere(const char *old, const char *new, const char *own)
{
    return strcmp(old ? old : own, new ? new : own) != 0;
}

static int gives_tokens_elsewhere(const scim_sync_google_settings_t *old,
                                  const scim_sync_google_settings_t *new)
{
    return strcmp(scim_sync_google_token_url(&old->endpoints),
                  scim_sync_google_token_url(&new->endpoints)) != 0;
}

/* Whether a secret that is kept would be sent elsewhere, or for somebody else. */
static int is_moved(const scim_sync_google_settings_t *old, const scim_sync_google_settings_t *new)
{
    return differ(old->client_id, new->client_id) || gives_tokens_elsewhere(old, new) ||
           lead_elsewhere(old->endpoints.revoke, new->endpoints.revoke, SCIM_SYNC_GOOGLE_REVOKE) ||
           lead_elsewhere(old->endpoints.issuer, new->endpoints.issuer, SCIM_SYNC_GOOGLE_ISSUER);
}

/* Whether what Google gave is of no use with these settings. */
static int ends_connection(const change_t *c, const scim_sync_google_settings_t *old)
{
    const scim_sync_google_settings_t *new = &c->settings;

    if (strcmp(c->google->state, SCIM_SYNC_GOOGLE_CONNECTED)) {
        return 0;
    }
    if (differ(old->domain, new->domain) && differ(c->google->domain, new->domain) && new->domain) {
        return 1;
    }
    if (!strcmp(c->google->way, SCIM_SYNC_GOOGLE_BROWSER)) {
        return is_moved(old, new);
    }
    return c->key_changes || differ(old->administrator, new->administrator) ||
           gives_tokens_elsewhere(old, new);
}

static apr_status_t seal_secrets(change_t *c, const scim_sync_google_settings_t *old, apr_pool_t *p)
{
    const scim_sync_google_party_t party = { .google = c->google, .ring = c->q->runtime->keys };
    scim_sync_google_idp_t *google = c->google;
    apr_status_t rv = APR_SUCCESS;

    if (c->secret || !c->settings.client_id) {
        rv = scim_sync_google_seal(&google->client_secret, &party, c->secret,
                                   SCIM_SYNC_GOOGLE_CLIENT_SECRET, p);
    }
    else if (is_moved(old, &c->settings) || !google->client_secret) {
        return scim_sync_admin_rollback(c->q, HTTP_BAD_REQUEST,
                                        "clientSecret is needed: with another clientId, or other "
                                        "endpoints, the one that is stored is not used.");
    }
    if (rv == APR_SUCCESS && c->key_changes) {
        rv = scim_sync_google_seal(&google->service_key, &party, c->key,
                                   SCIM_SYNC_GOOGLE_SERVICE_KEY, p);
    }
    return rv;
}

/* What an event shows: flat, and of secrets only that there is another one. */
static const json_t *flat(const scim_sync_google_settings_t *settings, const char *secret,
                          const char *key, apr_pool_t *p)
{
    json_t *json = scim_sync_json_own(json_object(), p);

    scim_sync_json_put(json, "clientId", settings->client_id);
    scim_sync_json_put(json, "domain", settings->domain);
    scim_sync_json_put(json, "administrator", settings->administrator);
    scim_sync_json_put(json, "endpoints.authorize", settings->endpoints.authorize);
    scim_sync_json_put(json, "endpoints.token", settings->endpoints.token);
    scim_sync_json_put(json, "endpoints.revoke", settings->endpoints.revoke);
    scim_sync_json_put(json, "endpoints.issuer", settings->endpoints.issuer);
    scim_sync_json_put(json, "endpoints.directory", settings->directory);
    scim_sync_json_put(json, "serviceAccount", settings->service_email);
    scim_sync_json_put(json, "clientSecret", secret ? "stored anew" : NULL);
    scim_sync_json_put(json, "serviceAccountKey", key ? "stored anew" : NULL);
    return json;
}

static apr_status_t tell(scim_sync_db_t *db, const change_t *c,
                         const scim_sync_google_settings_t *old, int ended, apr_pool_t *p)
{
    const scim_sync_event_t event = {
        .kind = "google.changed",
        .idp = c->q->name,
        .detail = ended ? "it must be connected anew" : NULL,
        .change = scim_sync_event_change(flat(old, NULL, NULL, p),
                                         flat(&c->settings, c->secret, c->key, p), p)
    };

    return scim_sync_admin_tell(db, c->q, event, p);
}

static apr_status_t store(scim_sync_db_t *db, change_t *c, int ends, apr_pool_t *p)
{
    json_t *json = scim_sync_json_own(scim_sync_google_settings_json(&c->settings), p);
    apr_status_t rv;
    int stored;

    c->google->settings = scim_sync_json_text(json, NULL, p);
    rv = scim_sync_google_put(db, c->google, &stored, p);
    if (rv == APR_SUCCESS && stored && ends) {
        rv = scim_sync_google_lose(db, c->q->name, c->google->generation,
                                   "its settings were changed: connect again", &stored, p);
    }
    return rv == APR_SUCCESS && !stored ? scim_sync_admin_too_late(c->q) : rv;
}

static int is_same(const scim_sync_google_settings_t *old, const scim_sync_google_settings_t *new,
                   apr_pool_t *p)
{
    return json_equal(scim_sync_json_own(scim_sync_google_settings_json(old), p),
                      scim_sync_json_own(scim_sync_google_settings_json(new), p));
}

static apr_status_t replace(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    scim_sync_google_settings_t *new = &c->settings;
    scim_sync_google_settings_t old;
    apr_status_t rv = load(db, c, p);
    int ends;

    if (rv != APR_SUCCESS || (rv = scim_sync_admin_expect(c->q, &c->version)) != APR_SUCCESS) {
        return rv;
    }
    scim_sync_google_settings_read(&old, c->google->settings, p);
    c->key_changes = c->key || (c->key_told && c->google->service_key);
    if (!c->key_changes) {
        new->service_email = old.service_email;
        new->service_client_id = old.service_client_id;
        new->service_key_id = old.service_key_id;
    }
    if (!c->secret && !c->key_changes && is_same(&old, new, p)) {
        return APR_SUCCESS;
    }
    ends = ends_connection(c, &old);
    if ((rv = seal_secrets(c, &old, p)) != APR_SUCCESS ||
        (rv = store(db, c, ends, p)) != APR_SUCCESS) {
        return rv;
    }
    return tell(db, c, &old, ends, p);
}

static int put(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;
    change_t c = { .q = q };

    if (!q->runtime->keys) {
        return scim_sync_admin_refuse(q, HTTP_CONFLICT,
                                      "Secrets are stored encrypted: set ScimSyncKeyFile first.");
    }
    if (q->no_body) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST,
                                      "There is no body; {} is what takes all settings away.");
    }
    if ((error = read_settings(&c))) {
        return scim_sync_answer_error(q->r, error);
    }
    return scim_sync_admin_changed(q, replace, &c) ? OK : scim_sync_admin_google_show(q);
}

int scim_sync_admin_google(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);

    if (q->item && !strcmp(q->item, "choice")) {
        return scim_sync_admin_google_choice(q);
    }
    if (q->item && !strcmp(q->item, "connect")) {
        return scim_sync_admin_google_connect(q);
    }
    if (q->item && !strcmp(q->item, "disconnect")) {
        return scim_sync_admin_google_disconnect(q);
    }
    if (q->item && !strcmp(q->item, "schedule")) {
        return scim_sync_admin_google_schedule(q);
    }
    if (q->item && !strcmp(q->item, "test")) {
        return scim_sync_admin_google_test(q);
    }
    if (q->item) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (!strcmp(method, "GET")) {
        return scim_sync_admin_google_show(q);
    }
    return strcmp(method, "PUT") ? scim_sync_answer_method(q->r, "GET, HEAD, PUT") : put(q);
}

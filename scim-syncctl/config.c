/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/config.h"

#include <stdlib.h>
#include <string.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/network.h"
#include "base/text.h"

#define NAME_LEN_MAX 64

static const char *const document_fields[] = { "version", "sites", "idps", NULL };
static const char *const site_fields[] = {
    "apiToken",     "apiTokenExpires", "baseUrl",         "cloudId",   "email", "gatewayUrl",
    "organization", "products",        "protectedGroups", "tokenKind", NULL
};
static const char *const organization_fields[] = { "id", "url", "apiKey", NULL };
static const char *const idp_fields[] = { "allowFrom", "displayName",       "google", "kind",
                                          "mode",      "provider",          "rules",  "sites",
                                          "state",     "requestsPerMinute", NULL };
static const char *const google_fields[] = {
    "administrator",     "choice", "clientId", "clientSecret", "domain", "endpoints", "schedule",
    "serviceAccountKey", NULL
};

/* ---- what may stand in a document ---- */

static const char *check_fields(const json_t *object, const char *path, const char *const *fields,
                                apr_pool_t *p)
{
    const char *name;
    json_t *value;
    int i;

    if (!json_is_object(object)) {
        return apr_psprintf(p, "%s must be an object.", path);
    }
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        for (i = 0; fields[i] && strcmp(fields[i], name); i++) {
        }
        if (!fields[i]) {
            return apr_psprintf(p, "There is no field %.64s in %s.", name, path);
        }
    }
    return NULL;
}

static const char *check_secret(const json_t *object, const char *path, const char *name,
                                apr_pool_t *p)
{
    const json_t *reference = json_object_get(object, name);
    int places = (json_string_length(json_object_get(reference, "env")) > 0) +
                 (json_string_length(json_object_get(reference, "file")) > 0);

    if (!reference || (places == 1 && json_object_size(reference) == 1)) {
        return NULL;
    }
    return apr_psprintf(p,
                        "%s.%s must say where the secret is, not what it is: {\"file\": \"/path\"} "
                        "or {\"env\": \"NAME\"}.",
                        path, name);
}

static const char *check_site(const json_t *site, const char *path, apr_pool_t *p)
{
    const char *organization_path = apr_pstrcat(p, path, ".organization", NULL);
    const json_t *organization = json_object_get(site, "organization");
    const char *why;

    if ((why = check_fields(site, path, site_fields, p)) ||
        (why = check_secret(site, path, "apiToken", p)) || !organization ||
        json_is_null(organization)) {
        return why;
    }
    why = check_fields(organization, organization_path, organization_fields, p);
    return why ? why : check_secret(organization, organization_path, "apiKey", p);
}

static const char *check_idp(const json_t *idp, const char *path, apr_pool_t *p)
{
    const char *google_path = apr_pstrcat(p, path, ".google", NULL);
    const char *rules_path = apr_pstrcat(p, path, ".rules", NULL);
    const json_t *google = json_object_get(idp, "google");
    const json_t *rules = json_object_get(idp, "rules");
    const char *why = check_fields(idp, path, idp_fields, p);

    if (!why && rules && !json_is_object(rules)) {
        why = apr_psprintf(p, "%s must be an object.", rules_path);
    }
    if (why || !google) {
        return why;
    }
    if ((why = check_fields(google, google_path, google_fields, p)) ||
        (why = check_secret(google, google_path, "clientSecret", p))) {
        return why;
    }
    return check_secret(google, google_path, "serviceAccountKey", p);
}

static int is_name(const char *name)
{
    apr_size_t i;

    for (i = 0; apr_islower(name[i]) || apr_isdigit(name[i]) ||
                (i > 0 && (name[i] == '.' || name[i] == '-'));
         i++) {
    }
    return i > 0 && !name[i] && i <= NAME_LEN_MAX;
}

static const char *check_things(const json_t *doc, const char *kind,
                                const char *(*check)(const json_t *, const char *, apr_pool_t *),
                                apr_pool_t *p)
{
    const json_t *things = json_object_get(doc, kind);
    const char *why = NULL;
    const char *name;
    json_t *thing;

    if (things && !json_is_object(things)) {
        return apr_psprintf(p, "%s must be an object, with a member for each by its name.", kind);
    }
    json_object_foreach((json_t *)(uintptr_t)things, name, thing)
    {
        why = is_name(name) ? check(thing, apr_pstrcat(p, kind, ".", name, NULL), p)
                            : apr_psprintf(p,
                                           "%s: %.64s is no name: a-z, 0-9, dot and -, 64 at most, "
                                           "beginning with a letter or digit.",
                                           kind, name);
        if (why) {
            break;
        }
    }
    return why;
}

const char *ctl_config_check(const json_t *doc, apr_pool_t *p)
{
    const char *why = check_fields(doc, "the document", document_fields, p);

    if (why) {
        return why;
    }
    if (scim_sync_json_int(doc, "version", 0) != CTL_CONFIG_VERSION) {
        return "The document must have \"version\": 1, which is what this program knows.";
    }
    why = check_things(doc, "sites", check_site, p);
    return why ? why : check_things(doc, "idps", check_idp, p);
}

/* ---- how two are compared ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A list of texts whose order says nothing, nor how often each is in it. */
static void sort_set(json_t *object, const char *name, apr_pool_t *p)
{
    const json_t *list = json_object_get(object, name);
    apr_array_header_t *texts = apr_array_make(p, 16, sizeof(const char *));
    json_t *sorted;
    json_t *text;
    apr_size_t i;
    int j;

    json_array_foreach(list, i, text)
    {
        if (!json_is_string(text)) {
            return;
        }
        APR_ARRAY_PUSH(texts, const char *) = apr_pstrdup(p, json_string_value(text));
    }
    if (!json_is_array(list)) {
        return;
    }
    qsort(texts->elts, (size_t)texts->nelts, sizeof(const char *), by_text);
    sorted = json_array();
    for (j = 0; j < texts->nelts; j++) {
        const char *each = APR_ARRAY_IDX(texts, j, const char *);

        if (j == 0 || strcmp(each, APR_ARRAY_IDX(texts, j - 1, const char *))) {
            json_array_append_new(sorted, json_string(each));
        }
    }
    json_object_set_new(object, name, sorted);
}

static void spell_networks(json_t *list, apr_pool_t *p)
{
    json_t *text;
    apr_size_t i;

    json_array_foreach(list, i, text)
    {
        if (json_is_string(text)) {
            json_array_set_new(list, i,
                               json_string(scim_sync_network_text(json_string_value(text), p)));
        }
    }
}

static void cut_slash(json_t *object, const char *name, apr_pool_t *p)
{
    const char *url = scim_sync_json_str(object, name);
    apr_size_t len = url ? strlen(url) : 0;

    if (len > 0 && url[len - 1] == '/') {
        while (len > 0 && url[len - 1] == '/') {
            len--;
        }
        json_object_set_new(object, name, json_string(apr_pstrmemdup(p, url, len)));
    }
}

static void set_time(json_t *object, const char *name, apr_pool_t *p)
{
    const char *text = scim_sync_json_str(object, name);
    apr_int64_t ms;

    if (text && scim_sync_time_parse(&ms, text) == APR_SUCCESS) {
        json_object_set_new(object, name, json_string(scim_sync_time_text(ms, p)));
    }
}

/* Google's own addresses are as good as none. */
static void drop_default_endpoints(json_t *google, apr_pool_t *p)
{
    static const char *const own[][2] = {
        { "authorize", "https://accounts.google.com/o/oauth2/v2/auth" },
        { "token", "https://oauth2.googleapis.com/token" },
        { "revoke", "https://oauth2.googleapis.com/revoke" },
        { "issuer", "https://accounts.google.com" },
        { "directory", "https://admin.googleapis.com" },
    };
    json_t *endpoints = json_object_get(google, "endpoints");
    apr_size_t i;

    for (i = 0; i < sizeof(own) / sizeof(*own); i++) {
        const char *url;

        cut_slash(endpoints, own[i][0], p);
        url = scim_sync_json_str(endpoints, own[i][0]);
        if (url && !strcmp(url, own[i][1])) {
            json_object_del(endpoints, own[i][0]);
        }
    }
    if (endpoints && json_object_size(endpoints) == 0) {
        json_object_set_new(google, "endpoints", json_null());
    }
}

void ctl_config_normalise(json_t *doc, apr_pool_t *p)
{
    const char *name;
    json_t *thing;

    json_object_foreach(json_object_get(doc, "sites"), name, thing)
    {
        sort_set(thing, "products", p);
        sort_set(thing, "protectedGroups", p);
        cut_slash(thing, "baseUrl", p);
        cut_slash(thing, "gatewayUrl", p);
        cut_slash(json_object_get(thing, "organization"), "url", p);
        set_time(thing, "apiTokenExpires", p);
    }
    json_object_foreach(json_object_get(doc, "idps"), name, thing)
    {
        sort_set(thing, "sites", p);
        spell_networks(json_object_get(thing, "allowFrom"), p);
        sort_set(thing, "allowFrom", p);
        drop_default_endpoints(json_object_get(thing, "google"), p);
    }
}

json_t *ctl_config_bare(const json_t *thing)
{
    json_t *bare = json_deep_copy(thing);

    json_object_del(bare, "apiToken");
    json_object_del(json_object_get(bare, "organization"), "apiKey");
    json_object_del(json_object_get(bare, "google"), "clientSecret");
    json_object_del(json_object_get(bare, "google"), "serviceAccountKey");
    return bare;
}

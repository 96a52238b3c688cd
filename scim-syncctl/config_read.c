/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of a server, as it is now.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/config.h"

static const char *const site_fields[] = {
    "apiTokenExpires", "baseUrl",  "cloudId",         "email",     "gatewayUrl",
    "organization",    "products", "protectedGroups", "tokenKind", NULL
};
static const char *const idp_fields[] = { "allowFrom", "displayName", "kind",
                                          "mode",      "provider",    "requestsPerMinute",
                                          "sites",     "state",       NULL };
static const char *const google_fields[] = { "administrator", "clientId", "domain", "endpoints",
                                             NULL };
static const char *const choice_fields[] = { "domain",    "users", "groups", "onlyMembersOfGroups",
                                             "everybody", NULL };
static const char *const schedule_fields[] = { "every", "dailyAt", "push", NULL };

/* What an administrator has decided, of all that an answer has. */
static json_t *take(const json_t *answer, const char *const *fields)
{
    json_t *taken = json_object();

    for (; *fields; fields++) {
        json_t *value = json_object_get(answer, *fields);

        if (value) {
            json_object_set_new(taken, *fields, json_deep_copy(value));
        }
    }
    return taken;
}

/* Reads one thing, and notes its version. */
static ctl_exit_t look(ctl_t *ctl, ctl_config_t *config, json_t **body, const char *path,
                       apr_pool_t *p)
{
    const ctl_request_t request = { .method = "GET", .path = path };
    ctl_response_t answer;
    ctl_exit_t status = ctl_call(ctl, &request, &answer, p);

    *body = answer.body;
    if (status == CTL_FINE && answer.etag) {
        json_object_set_new(config->tags, path, json_string(answer.etag));
    }
    return status;
}

static ctl_exit_t read_site(ctl_t *ctl, ctl_config_t *config, const char *name, apr_pool_t *p)
{
    ctl_exit_t status;
    json_t *answer;
    json_t *site;

    status = look(ctl, config, &answer, apr_pstrcat(p, "sites/", name, NULL), p);
    if (status == CTL_FINE) {
        site = take(answer, site_fields);
        json_object_del(json_object_get(site, "organization"), "hasApiKey");
        json_object_set_new(json_object_get(config->doc, "sites"), name, site);
    }
    return status;
}

static ctl_exit_t read_google(ctl_t *ctl, ctl_config_t *config, json_t *idp, json_t *facts,
                              const char *path, apr_pool_t *p)
{
    ctl_exit_t status;
    json_t *settings;
    json_t *choice;
    json_t *schedule;
    json_t *google;

    if ((status = look(ctl, config, &settings, apr_pstrcat(p, path, "/google", NULL), p)) ||
        (status = look(ctl, config, &choice, apr_pstrcat(p, path, "/google/choice", NULL), p)) ||
        (status =
             look(ctl, config, &schedule, apr_pstrcat(p, path, "/google/schedule", NULL), p))) {
        return status;
    }
    google = take(settings, google_fields);
    json_object_set_new(google, "choice", take(choice, choice_fields));
    json_object_set_new(google, "schedule", take(schedule, schedule_fields));
    json_object_set_new(idp, "google", google);
    json_object_set(facts, "hasClientSecret", json_object_get(settings, "hasClientSecret"));
    json_object_set_new(facts, "hasServiceAccountKey",
                        json_boolean(json_is_object(json_object_get(settings, "serviceAccount"))));
    return CTL_FINE;
}

ctl_exit_t ctl_config_read_idp(ctl_t *ctl, ctl_config_t *config, const char *name, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "idps/", name, NULL);
    const char *rules_path = apr_pstrcat(p, path, "/rules", NULL);
    ctl_exit_t status;
    const char *kind;
    json_t *answer;
    json_t *facts;
    json_t *rules;
    json_t *idp;

    if ((status = look(ctl, config, &rules, rules_path, p)) ||
        (status = look(ctl, config, &answer, path, p))) {
        return status;
    }
    /* Both are of one version; if somebody changed it in between, the older one must not pass. */
    json_object_set(config->tags, path, json_object_get(config->tags, rules_path));
    idp = take(answer, idp_fields);
    facts =
        json_pack("{s:I}", "told",
                  scim_sync_json_int(answer, "users", 0) + scim_sync_json_int(answer, "groups", 0));
    json_object_set(idp, "rules", rules);
    json_object_set_new(json_object_get(config->doc, "idps"), name, idp);
    json_object_set_new(config->facts, name, facts);
    kind = scim_sync_json_str(idp, "kind");
    return kind && !strcmp(kind, "google") ? read_google(ctl, config, idp, facts, path, p)
                                           : CTL_FINE;
}

/* Each by its name, since only so it has a version. */
static ctl_exit_t read_each(ctl_t *ctl, ctl_config_t *config, const char *collection,
                            ctl_exit_t (*read_one)(ctl_t *, ctl_config_t *, const char *,
                                                   apr_pool_t *),
                            apr_pool_t *p)
{
    ctl_exit_t status;
    json_t *answer;
    json_t *one;
    apr_size_t i;

    status = ctl_get(ctl, &answer, collection, p);
    json_array_foreach(json_object_get(answer, collection), i, one)
    {
        const char *name = scim_sync_json_str(one, "name");

        if (name && status == CTL_FINE) {
            status = read_one(ctl, config, name, p);
        }
    }
    return status;
}

ctl_exit_t ctl_config_read(ctl_t *ctl, ctl_config_t *config, apr_pool_t *p)
{
    ctl_exit_t status;

    config->doc = scim_sync_json_own(
        json_pack("{s:i, s:{}, s:{}}", "version", CTL_CONFIG_VERSION, "sites", "idps"), p);
    config->tags = scim_sync_json_own(json_object(), p);
    config->facts = scim_sync_json_own(json_object(), p);
    if ((status = read_each(ctl, config, "sites", read_site, p)) == CTL_FINE &&
        (status = read_each(ctl, config, "idps", ctl_config_read_idp, p)) == CTL_FINE) {
        ctl_config_normalise(config->doc, p);
    }
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/make.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/text.h"

static const char *version_of(const ctl_maker_t *m, const char *path)
{
    return scim_sync_json_str(m->now->tags, path);
}

/* A change of what is at a path, of the version that is known; notes the one after it. */
static ctl_exit_t change(ctl_maker_t *m, ctl_response_t *answer, const char *method,
                         const char *path, const char *query, const json_t *body, apr_pool_t *p)
{
    const ctl_request_t request = { .method = method,
                                    .path = apr_pstrcat(p, path, query, NULL),
                                    .body = body,
                                    .if_match = version_of(m, path) };
    ctl_exit_t status = ctl_call(m->ctl, &request, answer, p);

    if (status == CTL_FINE && answer->etag) {
        json_object_set_new(m->now->tags, path, json_string(answer->etag));
    }
    return status;
}

/* A secret goes into the body, and nowhere else. */
static ctl_exit_t put_secret(const ctl_step_t *step, json_t *body, const char *field,
                             const char *path, apr_pool_t *p)
{
    const char *text;
    const char *why;

    if (!ctl_step_sends(step, path)) {
        return CTL_FINE;
    }
    if ((why = ctl_config_secret(&text, ctl_member(step->wanted, path), p))) {
        return ctl_misused("%s: %s: %s.", ctl_step_title(step, p), path, ctl_printable(why, p));
    }
    json_object_set_new(body, field, json_string(text));
    return CTL_FINE;
}

/* Of these members those that change: also to null, but not of what is new. */
static json_t *changed(const ctl_step_t *step, const char *const *fields, apr_pool_t *p)
{
    json_t *body = scim_sync_json_own(json_object(), p);

    for (; *fields; fields++) {
        if (ctl_step_changes(step, *fields)) {
            json_t *value = json_object_get(step->after, *fields);

            json_object_set_new(body, *fields, value ? json_deep_copy(value) : json_null());
        }
    }
    return body;
}

/* ---- sites ---- */

/* The kind of a token and where it counts go together. */
static void put_kind(const ctl_step_t *step, json_t *body)
{
    const char *kind = scim_sync_json_str(step->after, "tokenKind");
    const char *cloud = scim_sync_json_str(step->after, "cloudId");

    if (kind && (ctl_step_changes(step, "tokenKind") || ctl_step_changes(step, "cloudId"))) {
        scim_sync_json_put(body, "tokenKind", kind);
        scim_sync_json_put(body, "cloudId", strcmp(kind, "scoped") ? NULL : cloud);
    }
}

/* It is put as a whole, so with its key. */
static ctl_exit_t put_organization(const ctl_step_t *step, json_t *body, apr_pool_t *p)
{
    json_t *organization = json_object_get(step->after, "organization");
    ctl_exit_t status = CTL_FINE;
    json_t *copy;

    if (ctl_step_sends(step, "organization.apiKey")) {
        copy = json_deep_copy(organization);
        status = put_secret(step, copy, "apiKey", "organization.apiKey", p);
        json_object_set_new(body, "organization", copy);
    }
    else if (ctl_step_changes(step, "organization")) {
        json_object_set_new(body, "organization", json_null());
    }
    return status;
}

static ctl_exit_t make_site(ctl_maker_t *m, const ctl_step_t *step, apr_pool_t *p)
{
    static const char *const fields[] = {
        "apiTokenExpires", "baseUrl", "email", "gatewayUrl", "products", "protectedGroups", NULL
    };
    const char *path = apr_pstrcat(p, "sites/", step->name, NULL);
    json_t *body = changed(step, fields, p);
    json_t *expires = json_object_get(step->after, "apiTokenExpires");
    ctl_response_t answer;
    ctl_exit_t status;

    put_kind(step, body);
    if ((status = put_organization(step, body, p)) != CTL_FINE ||
        (status = put_secret(step, body, "apiToken", "apiToken", p)) != CTL_FINE) {
        return status;
    }
    if (ctl_step_sends(step, "apiToken") && expires) {
        json_object_set(body, "apiTokenExpires", expires);
    }
    if (step->deed == CTL_STEP_MAKE) {
        const ctl_request_t request = {
            .method = "PUT", .path = path, .body = body, .make_only = 1
        };

        return ctl_call(m->ctl, &request, &answer, p);
    }
    return change(m, &answer, "PUT", path,
                  m->wish->same_jira && ctl_step_changes(step, "baseUrl") ? "?sameJira=true" : "",
                  body, p);
}

/* ---- identity providers ---- */

static const char *decisions(const ctl_wish_t *wish, apr_pool_t *p)
{
    if (!wish->access) {
        return "";
    }
    return apr_pstrcat(p, "?access=", wish->access, wish->leavers ? "&leavers=" : "",
                       wish->leavers ? wish->leavers : "", wish->release ? "&guard=release" : "",
                       NULL);
}

/* What stays in spite of --access keep: the API's list in words. */
static void tell_not_kept(const ctl_response_t *answer, apr_pool_t *p)
{
    const json_t *one;
    apr_size_t i;

    json_array_foreach(json_object_get(answer->body, "notKept"), i, one)
    {
        ctl_say("Not kept at %s: %s people in %s, which is the decision of %s alone.",
                ctl_cell(json_object_get(one, "site"), CTL_TEXT, p),
                ctl_cell(json_object_get(one, "members"), CTL_TEXT, p),
                ctl_cell(json_object_get(one, "group"), CTL_TEXT, p),
                ctl_cell(json_object_get(one, "idp"), CTL_TEXT, p));
    }
}

static ctl_exit_t patch_idp(ctl_maker_t *m, const ctl_step_t *step, const char *path, apr_pool_t *p)
{
    static const char *const fields[] = {
        "allowFrom", "displayName", "provider", "requestsPerMinute", "sites", "state", NULL
    };
    const json_t *body = changed(step, fields, p);
    ctl_response_t answer;
    ctl_exit_t status;

    if (json_object_size(body) == 0) {
        return CTL_FINE;
    }
    status = change(m, &answer, "PATCH", path,
                    ctl_step_takes_sites(step) ? decisions(m->wish, p) : "", body, p);
    if (status == CTL_FINE) {
        tell_not_kept(&answer, p);
    }
    return status;
}

/* The rules stand below the IdP, and are of its version. */
static ctl_exit_t put_rules(ctl_maker_t *m, const ctl_step_t *step, const char *path, apr_pool_t *p)
{
    const ctl_request_t request = { .method = "PUT",
                                    .path = apr_pstrcat(p, path, "/rules", NULL),
                                    .body = json_object_get(step->after, "rules"),
                                    .if_match = version_of(m, path) };
    ctl_response_t answer;
    ctl_exit_t status;

    if (!ctl_step_changes(step, "rules")) {
        return CTL_FINE;
    }
    if ((status = ctl_call(m->ctl, &request, &answer, p)) == CTL_FINE && answer.etag) {
        json_object_set_new(m->now->tags, path, json_string(answer.etag));
    }
    return status;
}

/* Google's key is a JSON document by itself; the API takes it as a text. */
static ctl_exit_t put_settings(ctl_maker_t *m, const ctl_step_t *step, const char *path,
                               apr_pool_t *p)
{
    static const char *const fields[] = { "administrator", "clientId", "domain", "endpoints" };
    const json_t *google = json_object_get(step->after, "google");
    json_t *body = scim_sync_json_own(json_object(), p);
    int is_changed = step->secrets->nelts > 0;
    ctl_response_t answer;
    ctl_exit_t status;
    apr_size_t i;

    for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        json_t *value = json_object_get(google, fields[i]);

        is_changed |= ctl_step_changes(step, apr_pstrcat(p, "google.", fields[i], NULL));
        if (value && !json_is_null(value)) {
            json_object_set(body, fields[i], value);
        }
    }
    if (!is_changed) {
        return CTL_FINE;
    }
    if ((status = put_secret(step, body, "clientSecret", "google.clientSecret", p)) ||
        (status = put_secret(step, body, "serviceAccountKey", "google.serviceAccountKey", p))) {
        return status;
    }
    return change(m, &answer, "PUT", path, "", body, p);
}

/* A part of Google's settings, whole; null is left out, as the API wants it. */
static ctl_exit_t put_part(ctl_maker_t *m, const ctl_step_t *step, const char *path,
                           const char *part, apr_pool_t *p)
{
    const json_t *wanted = json_object_get(json_object_get(step->after, "google"), part);
    json_t *body = scim_sync_json_own(json_object(), p);
    ctl_response_t answer;
    const char *name;
    json_t *value;

    if (!ctl_step_changes(step, apr_pstrcat(p, "google.", part, NULL))) {
        return CTL_FINE;
    }
    json_object_foreach((json_t *)(uintptr_t)wanted, name, value)
    {
        if (!json_is_null(value)) {
            json_object_set(body, name, value);
        }
    }
    return change(m, &answer, "PUT", apr_pstrcat(p, path, "/", part, NULL), "", body, p);
}

static ctl_exit_t put_google(ctl_maker_t *m, const ctl_step_t *step, const char *idp, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, idp, "/google", NULL);
    ctl_exit_t status;

    if (!json_is_object(json_object_get(step->after, "google"))) {
        return CTL_FINE;
    }
    if ((status = put_settings(m, step, path, p)) != CTL_FINE ||
        (status = put_part(m, step, path, "choice", p)) != CTL_FINE) {
        return status;
    }
    return put_part(m, step, path, "schedule", p);
}

/* Who is to do less stops first; who is to do more begins when all else is as it should be. */
static ctl_exit_t change_idp(ctl_maker_t *m, const ctl_step_t *step, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, "idps/", step->name, NULL);
    const char *state = scim_sync_json_str(step->after, "state");
    int is_stopped = ctl_step_changes(step, "state") && state && strcmp(state, "live") != 0;
    ctl_exit_t status = is_stopped ? patch_idp(m, step, path, p) : CTL_FINE;

    if (status != CTL_FINE || (status = put_rules(m, step, path, p)) != CTL_FINE ||
        (status = put_google(m, step, path, p)) != CTL_FINE) {
        return status;
    }
    return is_stopped ? CTL_FINE : patch_idp(m, step, path, p);
}

/*
 * What is wanted, with the state said. One that is to be live by rules of its own must not be so
 * without them: it is made paused, also for good if the rules are refused.
 */
static json_t *wanted_of(const ctl_step_t *step, json_t *body, apr_pool_t *p)
{
    json_t *wanted = scim_sync_json_own(json_copy((json_t *)(uintptr_t)step->wanted), p);
    const char *state = scim_sync_json_str(wanted, "state");

    if (ctl_step_changes(step, "rules") && (!state || !strcmp(state, "live"))) {
        scim_sync_json_put(body, "state", "paused");
        scim_sync_json_put(wanted, "state", "live");
    }
    return wanted;
}

/* It is made as it is to be, but for what has a call of its own; that is a change of it. */
static ctl_exit_t make_idp(ctl_maker_t *m, const ctl_step_t *step, apr_pool_t *p)
{
    static const char *const fields[] = { "allowFrom", "displayName", "kind",
                                          "mode",      "provider",    "requestsPerMinute",
                                          "sites",     "state",       NULL };
    const ctl_wish_t no_more = { .access = NULL };
    json_t *body = changed(step, fields, p);
    json_t *wanted = wanted_of(step, body, p);
    json_t *doc = scim_sync_json_own(json_pack("{s:{s:O}}", "idps", step->name, wanted), p);
    const ctl_request_t request = { .method = "POST", .path = "idps", .body = body };
    const apr_array_header_t *rest;
    ctl_response_t answer;
    ctl_exit_t status;

    scim_sync_json_put(body, "name", step->name);
    if ((status = ctl_call(m->ctl, &request, &answer, p)) != CTL_FINE ||
        (status = ctl_config_read_idp(m->ctl, m->now, step->name, p)) != CTL_FINE) {
        return status;
    }
    ctl_config_normalise(m->now->doc, p);
    rest = ctl_steps(m->now, doc, &no_more, p);
    if (rest->nelts > 0) {
        status = change_idp(m, &APR_ARRAY_IDX(rest, 0, ctl_step_t), p);
    }
    if (status != CTL_FINE) {
        ctl_say("%s is there now, and not yet as the file says; its state is %s.",
                ctl_step_title(step, p),
                ctl_cell(json_object_get(answer.body, "state"), CTL_TEXT, p));
    }
    else if (json_is_object(json_object_get(answer.body, "scim"))) {
        ctl_say("%s has a token that nobody has seen. scim-syncctl token rotate %s --overlap 0 "
                "makes one that you can give to it.",
                ctl_step_title(step, p), step->name);
    }
    return status;
}

static ctl_exit_t delete_it(ctl_maker_t *m, const ctl_step_t *step, apr_pool_t *p)
{
    const char *path = apr_pstrcat(p, step->is_site ? "sites/" : "idps/", step->name, NULL);
    ctl_response_t answer;
    ctl_exit_t status =
        change(m, &answer, "DELETE", path, step->is_site ? "" : decisions(m->wish, p), NULL, p);

    if (status == CTL_FINE) {
        tell_not_kept(&answer, p);
    }
    return status;
}

ctl_exit_t ctl_make(ctl_maker_t *maker, const ctl_step_t *step, apr_pool_t *p)
{
    if (step->deed == CTL_STEP_DELETE) {
        return delete_it(maker, step, p);
    }
    if (step->is_site) {
        return make_site(maker, step, p);
    }
    return step->deed == CTL_STEP_MAKE ? make_idp(maker, step, p) : change_idp(maker, step, p);
}

ctl_exit_t ctl_make_try(ctl_maker_t *maker, const ctl_step_t *step, apr_pool_t *p)
{
    const json_t *body;
    ctl_request_t request = { .method = "POST" };
    ctl_response_t answer;

    if (step->is_site || step->deed != CTL_STEP_CHANGE || !ctl_step_changes(step, "rules")) {
        return CTL_FINE;
    }
    body =
        scim_sync_json_own(json_pack("{s:O}", "rules", json_object_get(step->after, "rules")), p);
    request.path = apr_pstrcat(p, "idps/", step->name, "/rules/try", NULL);
    request.body = body;
    return ctl_call(maker->ctl, &request, &answer, p);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idp: identity providers.
 */
#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

#define LIVE   "live"
#define PAUSED "paused"

static const ctl_column_t columns[] = { { "IDP", "name", CTL_TEXT },
                                        { "NAME", "displayName", CTL_TEXT, 30 },
                                        { "PROVIDER", "provider", CTL_TEXT },
                                        { "MODE", "mode", CTL_TEXT },
                                        { "STATE", "state", CTL_TEXT },
                                        { "LAST CONTACT", "lastContactAt", CTL_TIME },
                                        { "USERS", "users", CTL_NUMBER },
                                        { "GROUPS", "groups", CTL_NUMBER },
                                        { "WAITING", "waiting", CTL_NUMBER },
                                        { "FAILED", "failed", CTL_NUMBER },
                                        { "HELD", "held", CTL_NUMBER },
                                        { "SITES", "sites", CTL_TEXT },
                                        CTL_COLUMNS_END };
static const ctl_column_t facts[] = { { "name", "name", CTL_TEXT },
                                      { "called", "displayName", CTL_TEXT },
                                      { "kind", "kind", CTL_TEXT },
                                      { "provider", "provider", CTL_TEXT },
                                      { "mode", "mode", CTL_TEXT },
                                      { "state", "state", CTL_TEXT },
                                      { "sites", "sites", CTL_TEXT },
                                      { "SCIM 2.0 URL", "scim.baseUrl", CTL_TEXT },
                                      { "SCIM 1.1 URL", "scim.baseUrlV1", CTL_TEXT },
                                      { "token, this once", "scim.token", CTL_TEXT },
                                      { "requests per minute", "requestsPerMinute", CTL_TEXT },
                                      { "may come from", "allowFrom", CTL_TEXT },
                                      { "last contact", "lastContactAt", CTL_TIME },
                                      { "users", "users", CTL_TEXT },
                                      { "groups", "groups", CTL_TEXT },
                                      { "tasks waiting", "waiting", CTL_TEXT },
                                      { "tasks failed", "failed", CTL_TEXT },
                                      { "tasks held", "held", CTL_TEXT },
                                      { "changed", "changedAt", CTL_TIME },
                                      CTL_COLUMNS_END };

/* A column that nobody fills says nothing. */
static const ctl_column_t *columns_for(const json_t *idps, apr_pool_t *p)
{
    ctl_column_t *kept = apr_pcalloc(p, sizeof(columns));
    ctl_column_t *at = kept;
    apr_size_t c;

    for (c = 0; c < sizeof(columns) / sizeof(*columns) - 1; c++) {
        const json_t *idp;
        apr_size_t i;
        int is_filled = strcmp(columns[c].path, "displayName") != 0;

        json_array_foreach(idps, i, idp)
        {
            is_filled = is_filled || scim_sync_json_nonempty(idp, columns[c].path);
        }
        if (is_filled) {
            *at++ = columns[c];
        }
    }
    return kept;
}

static ctl_exit_t print_one(ctl_t *ctl, const json_t *idp)
{
    return ctl->json ? ctl_print_json(idp, JSON_INDENT(2), ctl->p)
                     : ctl_print("%s", ctl_facts(facts, idp, ctl->p));
}

static ctl_exit_t list(ctl_t *ctl)
{
    const json_t *idps;
    ctl_exit_t status;
    json_t *answer;

    if ((status = ctl_get(ctl, &answer, "idps", ctl->p)) != CTL_FINE) {
        return status;
    }
    idps = json_object_get(answer, "idps");
    return ctl->json ? ctl_print_json(answer, JSON_INDENT(2), ctl->p)
                     : ctl_print_list(ctl, columns_for(idps, ctl->p), idps, "name");
}

static ctl_exit_t show(ctl_t *ctl)
{
    ctl_exit_t status;
    json_t *idp;

    status = ctl_get(ctl, &idp, ctl_path("idps", ctl->line.operands[0], "", ctl->p), ctl->p);
    return status == CTL_FINE ? print_one(ctl, idp) : status;
}

static json_t *names_of(const char *text, apr_pool_t *p)
{
    char *rest = apr_pstrdup(p, text);
    json_t *names = json_array();
    char *name;

    while ((name = apr_strtok(rest, ", ", &rest))) {
        json_array_append_new(names, json_string(name));
    }
    return names;
}

static ctl_exit_t add(ctl_t *ctl)
{
    static const char *const fields[] = { "provider", "kind", "mode", "state" };
    json_t *body = scim_sync_json_own(json_object(), ctl->p);
    const ctl_request_t request = { .method = "POST", .path = "idps", .body = body };
    const char *sites = ctl_option(&ctl->line, "sites");
    ctl_response_t answer;
    ctl_exit_t status;
    apr_size_t i;

    if (!sites) {
        return ctl_misused("Which Jira sites does it feed? Say --sites NAMES; scim-syncctl site "
                           "list shows them.");
    }
    json_object_set_new(body, "name", json_string(ctl->line.operands[0]));
    json_object_set_new(body, "sites", names_of(sites, ctl->p));
    scim_sync_json_put(body, "displayName", ctl_option(&ctl->line, "display-name"));
    for (i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
        scim_sync_json_put(body, fields[i], ctl_option(&ctl->line, fields[i]));
    }
    status = ctl_call(ctl, &request, &answer, ctl->p);
    return status == CTL_FINE ? print_one(ctl, answer.body) : status;
}

/* From the state that was looked at to another one, unless somebody else changes it meanwhile. */
static ctl_exit_t change(ctl_t *ctl, const ctl_response_t *found, const char *path,
                         const char *state)
{
    const json_t *body = scim_sync_json_own(json_pack("{s:s}", "state", state), ctl->p);
    const ctl_request_t request = {
        .method = "PATCH", .path = path, .body = body, .if_match = found->etag
    };
    ctl_response_t answer;
    ctl_exit_t status = ctl_call(ctl, &request, &answer, ctl->p);

    if (status != CTL_FINE || ctl->json) {
        return status == CTL_FINE ? print_one(ctl, answer.body) : status;
    }
    return ctl_print("%s: %s -> %s\n", ctl_printable(ctl->line.operands[0], ctl->p),
                     ctl_cell(json_object_get(found->body, "state"), CTL_TEXT, ctl->p),
                     ctl_cell(json_object_get(answer.body, "state"), CTL_TEXT, ctl->p));
}

static ctl_exit_t set(ctl_t *ctl, const char *state)
{
    const char *path = ctl_path("idps", ctl->line.operands[0], "", ctl->p);
    const ctl_request_t look = { .method = "GET", .path = path };
    ctl_response_t found;
    ctl_exit_t status = ctl_call(ctl, &look, &found, ctl->p);
    const char *now = scim_sync_json_str(found.body, "state");

    if (status != CTL_FINE || !now) {
        return status == CTL_FINE ? CTL_FAILED : status;
    }
    if (ctl->line.command->verb == CTL_IDP_RESUME && strcmp(now, PAUSED) && strcmp(now, LIVE)) {
        ctl_say("%s is not paused: its state is %s. What it would write to Jira says scim-syncctl "
                "plan %s --all; to let it, say scim-syncctl idp set %s live.",
                ctl_printable(ctl->line.operands[0], ctl->p), ctl_printable(now, ctl->p),
                ctl_printable(ctl->line.operands[0], ctl->p),
                ctl_printable(ctl->line.operands[0], ctl->p));
        return CTL_FAILED;
    }
    if (!strcmp(now, state)) {
        return ctl->json
                   ? print_one(ctl, found.body)
                   : ctl_print("%s: %s already\n", ctl_printable(ctl->line.operands[0], ctl->p),
                               ctl_printable(now, ctl->p));
    }
    return change(ctl, &found, path, state);
}

ctl_exit_t ctl_idp(ctl_t *ctl)
{
    switch (ctl->line.command->verb) {
    case CTL_IDP_LIST:
        return list(ctl);
    case CTL_IDP_SHOW:
        return show(ctl);
    case CTL_IDP_ADD:
        return add(ctl);
    case CTL_IDP_PAUSE:
        return set(ctl, PAUSED);
    case CTL_IDP_RESUME:
        return set(ctl, LIVE);
    default:
        return set(ctl, ctl->line.operands[1]);
    }
}

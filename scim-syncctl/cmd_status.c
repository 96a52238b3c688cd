/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status, whoami: how it stands, and who asks.
 */
#include <string.h>

#include "base/json.h"
#include "scim-syncctl/ctl.h"

static const ctl_column_t summary[] = { { "version", "version", CTL_TEXT },
                                        { "people told of", "told.users", CTL_TEXT },
                                        { "groups told of", "told.groups", CTL_TEXT },
                                        { "tasks waiting", "tasks.waiting", CTL_TEXT },
                                        { "  the oldest since", "tasks.oldestAgeSeconds",
                                          CTL_SPAN },
                                        { "tasks failed", "tasks.failed", CTL_TEXT },
                                        { "tasks held", "tasks.held", CTL_TEXT },
                                        { "tasks discarded", "tasks.discarded", CTL_TEXT },
                                        { "tasks planned", "tasks.planned", CTL_TEXT },
                                        { "provisioner's pid", "provisioner.pid", CTL_TEXT },
                                        CTL_COLUMNS_END };
static const ctl_column_t glance[] = { { "IDP", "name", CTL_TEXT },
                                       { "STATE", "state", CTL_TEXT },
                                       { "LAST CONTACT", "lastContactAt", CTL_TIME },
                                       { "USERS", "users", CTL_NUMBER },
                                       { "GROUPS", "groups", CTL_NUMBER },
                                       { "WAITING", "waiting", CTL_NUMBER },
                                       { "FAILED", "failed", CTL_NUMBER },
                                       { "HELD", "held", CTL_NUMBER },
                                       CTL_COLUMNS_END };
static const ctl_column_t paused[] = { { "SITE", "site", CTL_TEXT },
                                       { "PAUSED UNTIL", "until", CTL_TIME },
                                       { "WHY", "why", CTL_TEXT },
                                       CTL_COLUMNS_END };
static const ctl_column_t reconnect[] = { { "IDP", "idp", CTL_TEXT },
                                          { "TO BE CONNECTED ANEW SINCE", "since", CTL_TIME },
                                          { "WHY", "why", CTL_TEXT },
                                          CTL_COLUMNS_END };
static const ctl_column_t tokens[] = { { "TOKEN OF SITE", "site", CTL_TEXT },
                                       { "OR OF IDP", "idp", CTL_TEXT },
                                       { "STATE", "state", CTL_TEXT },
                                       { "ENDS", "expiresAt", CTL_TIME },
                                       { "ID", "id", CTL_TEXT },
                                       CTL_COLUMNS_END };
static const ctl_column_t guard[] = { { "THE GUARD HOLDS", "held", CTL_NUMBER },
                                      { "IDP", "idp", CTL_TEXT },
                                      { "SITE", "site", CTL_TEXT },
                                      { "WHY", "detail", CTL_TEXT },
                                      CTL_COLUMNS_END };
static const ctl_column_t who[] = { { "user", "user", CTL_TEXT },
                                    { "role", "role", CTL_TEXT },
                                    CTL_COLUMNS_END };

static void print_list(const ctl_column_t *columns, const json_t *rows, apr_pool_t *p)
{
    if (json_array_size(rows) > 0) {
        ctl_print("\n%s", ctl_table(columns, rows, p));
    }
}

/* Those of which somebody should do something. */
static json_t *ending(const json_t *all, apr_pool_t *p)
{
    json_t *list = scim_sync_json_own(json_array(), p);
    json_t *token;
    apr_size_t i;

    json_array_foreach(all, i, token)
    {
        const char *state = scim_sync_json_str(token, "state");

        if (state && !strncmp(state, "expire", 6)) {
            json_array_append(list, token);
        }
    }
    return list;
}

ctl_exit_t ctl_status(ctl_t *ctl)
{
    apr_pool_t *p = ctl->p;
    ctl_exit_t status;
    json_t *whole;
    json_t *idps;
    json_t *held;

    if ((status = ctl_get(ctl, &whole, "status", p)) != CTL_FINE) {
        return status;
    }
    if (ctl->json) {
        return ctl_print_json(whole, JSON_INDENT(2), p);
    }
    if ((status = ctl_get(ctl, &idps, "idps", p)) != CTL_FINE ||
        (status = ctl_get(ctl, &held, "guard", p)) != CTL_FINE) {
        return status;
    }
    status = ctl_print("%s", ctl_facts(summary, whole, p));
    print_list(glance, json_object_get(idps, "idps"), p);
    print_list(guard, json_object_get(held, "guard"), p);
    print_list(paused, json_object_get(whole, "paused"), p);
    print_list(reconnect, json_object_get(whole, "reconnect"), p);
    print_list(tokens, ending(json_object_get(whole, "tokens"), p), p);
    return status;
}

ctl_exit_t ctl_whoami(ctl_t *ctl)
{
    ctl_exit_t status;
    json_t *answer;

    if ((status = ctl_get(ctl, &answer, "whoami", ctl->p)) != CTL_FINE) {
        return status;
    }
    if (ctl->json) {
        return ctl_print_json(answer, JSON_INDENT(2), ctl->p);
    }
    return ctl->quiet
               ? ctl_print("%s\n", ctl_cell(json_object_get(answer, "user"), CTL_TEXT, ctl->p))
               : ctl_print("%s", ctl_facts(who, answer, ctl->p));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: what happened.
 */
#include <limits.h>

#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/event.h"

#define LIMIT_DEFAULT 100

static const char *const filters[] = { "person", "group", "subject", "idp", "site", "kind",
                                       "actor",  "words", "from",    "to",  NULL };

static const ctl_column_t columns[] = {
    { "AT", "at", CTL_TIME },         { "KIND", "kind", CTL_TEXT },
    { "BY", "actor", CTL_TEXT, 32 },  { "IDP", "idp", CTL_TEXT, 24 },
    { "SITE", "site", CTL_TEXT, 24 }, { "NAME", "name", CTL_TEXT, 40 },
    { "DETAIL", "detail", CTL_TEXT }, CTL_COLUMNS_END
};

ctl_exit_t ctl_event_list(ctl_t *ctl)
{
    const char *path = apr_pstrcat(ctl->p, "events", ctl_query(ctl, filters, ctl->p), NULL);
    const char *why;
    long most = ctl_option_number(&ctl->line, "limit", 0, INT_MAX, LIMIT_DEFAULT, &why, ctl->p);
    ctl_exit_t status;
    json_t *events;
    int more;

    if (why) {
        return ctl_misused("%s", why);
    }
    status = ctl_get_list(ctl, &events, &more, path, "events", "before", most, ctl->p);
    if (status != CTL_FINE) {
        return status;
    }
    status = ctl->json
                 ? ctl_print_json(scim_sync_json_own(json_pack("{s:O}", "events", events), ctl->p),
                                  JSON_INDENT(2), ctl->p)
                 : ctl_print("%s", ctl_table(columns, events, ctl->p));
    if (more) {
        ctl_say("There may be more: --limit 0 shows all.");
    }
    return status;
}

const char *ctl_event_line(const json_t *event, apr_pool_t *p)
{
    const char *place = ctl_cell(json_object_get(event, "site"), CTL_TEXT, p);
    const char *idp = ctl_cell(json_object_get(event, "idp"), CTL_TEXT, p);

    return apr_psprintf(p, "%s  %-22s  %s  %s/%s  %s  %s\n",
                        ctl_cell(json_object_get(event, "at"), CTL_TIME, p),
                        ctl_cell(json_object_get(event, "kind"), CTL_TEXT, p),
                        ctl_cell(json_object_get(event, "actor"), CTL_TEXT, p), idp, place,
                        ctl_cell(json_object_get(event, "name"), CTL_TEXT, p),
                        ctl_cell(json_object_get(event, "detail"), CTL_TEXT, p));
}

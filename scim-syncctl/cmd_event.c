/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: what happened.
 */
#include <apr_strings.h>

#include "scim-syncctl/ctl.h"
#include "scim-syncctl/event.h"

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
    return ctl_show_list(ctl, "events", filters, "before", columns);
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task: what may differ between what was told and what Jira holds.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

const char *const ctl_task_filters[] = { "state", "class", "status",  "kind",
                                         "site",  "idp",   "subject", NULL };

static const ctl_column_t columns[] = {
    { "TASK", "id", CTL_NUMBER },         { "STATE", "state", CTL_TEXT },
    { "SITE", "site", CTL_TEXT, 24 },     { "IDP", "idp", CTL_TEXT, 24 },
    { "KIND", "kind", CTL_TEXT },         { "NAME", "name", CTL_TEXT, 40 },
    { "NEXT", "nextAt", CTL_TIME },       { "TRIES", "attempts", CTL_NUMBER },
    { "LAST WORDS", "detail", CTL_TEXT }, CTL_COLUMNS_END
};
static const ctl_column_t facts[] = { { "task", "id", CTL_TEXT },
                                      { "state", "state", CTL_TEXT },
                                      { "site", "site", CTL_TEXT },
                                      { "identity provider", "idp", CTL_TEXT },
                                      { "kind", "kind", CTL_TEXT },
                                      { "name", "name", CTL_TEXT },
                                      { "id", "subject", CTL_TEXT },
                                      { "class of failure", "class", CTL_TEXT },
                                      { "Jira's status", "status", CTL_TEXT },
                                      { "last words", "detail", CTL_TEXT },
                                      { "would take away", "takes", CTL_TEXT },
                                      { "failed tries", "attempts", CTL_TEXT },
                                      { "fails since", "failedSince", CTL_TIME },
                                      { "next try", "nextAt", CTL_TIME },
                                      { "made", "createdAt", CTL_TIME },
                                      { "to be put in", "queue.adds", CTL_TEXT },
                                      { "to be taken out", "queue.removes", CTL_TEXT },
                                      CTL_COLUMNS_END };

static ctl_exit_t show(ctl_t *ctl)
{
    ctl_exit_t status;
    json_t *task;

    status = ctl_get(ctl, &task, ctl_path("tasks", ctl->line.operands[0], "", ctl->p), ctl->p);
    if (status != CTL_FINE) {
        return status;
    }
    return ctl->json ? ctl_print_json(task, JSON_INDENT(2), ctl->p)
                     : ctl_print("%s", ctl_facts(facts, task, ctl->p));
}

static ctl_exit_t print_retried(ctl_t *ctl, const json_t *answer)
{
    return ctl->json ? ctl_print_json(answer, JSON_INDENT(2), ctl->p)
                     : ctl_print("%s due now\n",
                                 ctl_cell(json_object_get(answer, "retried"), CTL_TEXT, ctl->p));
}

static ctl_exit_t retry_those(ctl_t *ctl, const char *query)
{
    const ctl_request_t request = { .method = "POST",
                                    .path = apr_pstrcat(ctl->p, "tasks/retry", query, NULL) };
    ctl_response_t answer;
    ctl_exit_t status = ctl_call(ctl, &request, &answer, ctl->p);

    return status == CTL_FINE ? print_retried(ctl, answer.body) : status;
}

/* Each by itself: one that is gone is done, and stops none of the others. */
static ctl_exit_t retry_each(ctl_t *ctl)
{
    ctl_exit_t worst = CTL_FINE;
    int done = 0;
    int i;

    for (i = 0; i < ctl->line.count && worst <= CTL_FAILED; i++) {
        const ctl_request_t request = {
            .method = "POST", .path = ctl_path("tasks", ctl->line.operands[i], "/retry", ctl->p)
        };
        ctl_response_t answer;
        ctl_exit_t status = ctl_call(ctl, &request, &answer, ctl->p);

        done += status == CTL_FINE;
        worst = status != CTL_FINE ? status : worst;
    }
    print_retried(ctl, scim_sync_json_own(json_pack("{s:i}", "retried", done), ctl->p));
    return worst;
}

static ctl_exit_t retry(ctl_t *ctl)
{
    const char *query = ctl_query(ctl, ctl_task_filters, ctl->p);
    int all = ctl_option(&ctl->line, "all") != NULL;

    if (!ctl->line.count + !*query + !all != 2) {
        return ctl_misused("Which tasks? Say their ids, or what they have in common (--site, "
                           "--idp, --state, ...), or --all: all that failed.");
    }
    return ctl->line.count ? retry_each(ctl) : retry_those(ctl, query);
}

ctl_exit_t ctl_task(ctl_t *ctl)
{
    switch (ctl->line.command->verb) {
    case CTL_TASK_LIST:
        return ctl_show_list(ctl, "tasks", ctl_task_filters, "after", columns);
    case CTL_TASK_SHOW:
        return show(ctl);
    default:
        return retry(ctl);
    }
}

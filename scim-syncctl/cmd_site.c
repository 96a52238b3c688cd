/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site: Jira Cloud sites.
 */
#include "base/json.h"
#include "scim-syncctl/ctl.h"

static const ctl_column_t columns[] = {
    { "SITE", "name", CTL_TEXT },          { "URL", "baseUrl", CTL_TEXT, 50 },
    { "TOKEN OF", "email", CTL_TEXT, 40 }, { "TOKEN ENDS", "apiTokenExpires", CTL_TIME },
    { "PRODUCTS", "products", CTL_TEXT },  CTL_COLUMNS_END
};
static const ctl_column_t facts[] = { { "name", "name", CTL_TEXT },
                                      { "URL", "baseUrl", CTL_TEXT },
                                      { "token of", "email", CTL_TEXT },
                                      { "token's kind", "tokenKind", CTL_TEXT },
                                      { "token ends", "apiTokenExpires", CTL_TIME },
                                      { "  that is in", "expiresIn", CTL_SPAN },
                                      { "cloud id", "cloudId", CTL_TEXT },
                                      { "gateway", "gatewayUrl", CTL_TEXT },
                                      { "organization", "organization.id", CTL_TEXT },
                                      { "products", "products", CTL_TEXT },
                                      { "protected groups", "protectedGroups", CTL_TEXT },
                                      { "customers' side", "customers", CTL_TEXT },
                                      { "changed", "changedAt", CTL_TIME },
                                      CTL_COLUMNS_END };
static const ctl_column_t tested[] = { { "works", "ok", CTL_TEXT },
                                       { "token's kind", "tokenKind", CTL_TEXT },
                                       { "token of", "account.displayName", CTL_TEXT },
                                       { "  address", "account.email", CTL_TEXT },
                                       { "it has not", "missing", CTL_TEXT },
                                       { "Jira's status", "status", CTL_TEXT },
                                       { "Jira's words", "detail", CTL_TEXT },
                                       { "organization works", "organization.ok", CTL_TEXT },
                                       { "  its words", "organization.detail", CTL_TEXT },
                                       CTL_COLUMNS_END };

static ctl_exit_t list(ctl_t *ctl)
{
    ctl_exit_t status;
    json_t *answer;

    if ((status = ctl_get(ctl, &answer, "sites", ctl->p)) != CTL_FINE) {
        return status;
    }
    return ctl->json ? ctl_print_json(answer, JSON_INDENT(2), ctl->p)
                     : ctl_print_list(ctl, columns, json_object_get(answer, "sites"), "name");
}

static ctl_exit_t show(ctl_t *ctl)
{
    ctl_exit_t status;
    json_t *answer;

    status = ctl_get(ctl, &answer, ctl_path("sites", ctl->line.operands[0], "", ctl->p), ctl->p);
    if (status != CTL_FINE) {
        return status;
    }
    return ctl->json ? ctl_print_json(answer, JSON_INDENT(2), ctl->p)
                     : ctl_print("%s", ctl_facts(facts, answer, ctl->p));
}

/* Whatever Jira says is an answer: the exit status tells the one that is good. */
static ctl_exit_t test(ctl_t *ctl)
{
    const ctl_request_t request = { .method = "POST",
                                    .path =
                                        ctl_path("sites", ctl->line.operands[0], "/test", ctl->p) };
    ctl_response_t answer;
    ctl_exit_t status = ctl_call(ctl, &request, &answer, ctl->p);

    if (status != CTL_FINE) {
        return status;
    }
    status = ctl->json ? ctl_print_json(answer.body, JSON_INDENT(2), ctl->p)
                       : ctl_print("%s", ctl_facts(tested, answer.body, ctl->p));
    return json_is_true(json_object_get(answer.body, "ok")) ? status : CTL_FAILED;
}

ctl_exit_t ctl_site(ctl_t *ctl)
{
    switch (ctl->line.command->verb) {
    case CTL_SITE_LIST:
        return list(ctl);
    case CTL_SITE_SHOW:
        return show(ctl);
    default:
        return test(ctl);
    }
}

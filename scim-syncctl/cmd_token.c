/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token: what an identity provider shows when it comes.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

#define OVERLAP_MAX     2592000 /* 30 days */
#define OVERLAP_DEFAULT 86400

static const ctl_column_t columns[] = { { "TOKEN", "id", CTL_TEXT },
                                        { "MADE", "createdAt", CTL_TIME },
                                        { "ENDS", "expiresAt", CTL_TIME },
                                        { "LAST USED", "lastUsedAt", CTL_TIME },
                                        { "REPLACED BY", "replacedBy", CTL_TEXT },
                                        CTL_COLUMNS_END };
static const ctl_column_t ended[] = {
    { "ENDED", "id", CTL_TEXT }, { "AT", "endedAt", CTL_TIME },
    { "HOW", "how", CTL_TEXT },  { "LAST USED", "lastUsedAt", CTL_TIME },
    { "BY", "by", CTL_TEXT },    CTL_COLUMNS_END
};

static ctl_exit_t list(ctl_t *ctl)
{
    ctl_exit_t status;
    json_t *answer;
    const char *over;

    status =
        ctl_get(ctl, &answer, ctl_path("idps", ctl->line.operands[0], "/tokens", ctl->p), ctl->p);
    if (status != CTL_FINE) {
        return status;
    }
    if (ctl->json) {
        return ctl_print_json(answer, JSON_INDENT(2), ctl->p);
    }
    over = ctl_table(ended, json_object_get(answer, "ended"), ctl->p);
    return ctl_print("%s%s%s", ctl_table(columns, json_object_get(answer, "tokens"), ctl->p),
                     *over ? "\n" : "", over);
}

/* The token alone goes to stdout, so that it can go into a file unseen. */
static ctl_exit_t rotate(ctl_t *ctl)
{
    const char *why;
    long overlap =
        ctl_option_number(&ctl->line, "overlap", 0, OVERLAP_MAX, OVERLAP_DEFAULT, &why, ctl->p);
    json_t *body = scim_sync_json_own(json_pack("{s:I}", "overlap", (json_int_t)overlap), ctl->p);
    const ctl_request_t request = { .method = "POST",
                                    .path = ctl_path("idps", ctl->line.operands[0],
                                                     "/tokens/rotate", ctl->p),
                                    .body = body };
    ctl_response_t answer;
    ctl_exit_t status;

    if (why) {
        return ctl_misused("%s", why);
    }
    scim_sync_json_put(body, "expiresAt", ctl_option(&ctl->line, "expires"));
    if ((status = ctl_call(ctl, &request, &answer, ctl->p)) != CTL_FINE) {
        return status;
    }
    if (ctl->json) {
        return ctl_print_json(answer.body, JSON_INDENT(2), ctl->p);
    }
    status = ctl_print("%s\n", ctl_cell(json_object_get(answer.body, "token"), CTL_TEXT, ctl->p));
    ctl_say("This is shown once: give it to the identity provider %s.",
            overlap ? apr_psprintf(ctl->p, "within %s, while the other tokens are good",
                                   ctl_cell(json_object_get(body, "overlap"), CTL_SPAN, ctl->p))
                    : "now: no other token is good any more");
    return status;
}

ctl_exit_t ctl_token(ctl_t *ctl)
{
    return ctl->line.command->verb == CTL_TOKEN_LIST ? list(ctl) : rotate(ctl);
}

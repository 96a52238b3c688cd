/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scim-syncctl: mod_scim_sync from the command line.
 */
#include <fcntl.h>
#include <unistd.h>

#include <apr_general.h>

#include "mod_scim_sync_version.h"

#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

static ctl_exit_t run(ctl_t *ctl)
{
    switch (ctl->line.command->verb) {
    case CTL_STATUS:
        return ctl_status(ctl);
    case CTL_WHOAMI:
        return ctl_whoami(ctl);
    case CTL_SITE_LIST:
    case CTL_SITE_SHOW:
    case CTL_SITE_TEST:
        return ctl_site(ctl);
    case CTL_IDP_LIST:
    case CTL_IDP_SHOW:
    case CTL_IDP_ADD:
    case CTL_IDP_PAUSE:
    case CTL_IDP_RESUME:
    case CTL_IDP_SET:
        return ctl_idp(ctl);
    case CTL_TOKEN_LIST:
    case CTL_TOKEN_ROTATE:
        return ctl_token(ctl);
    case CTL_PLAN:
        return ctl_plan(ctl);
    case CTL_TASK_LIST:
    case CTL_TASK_SHOW:
    case CTL_TASK_RETRY:
        return ctl_task(ctl);
    case CTL_TASK_RELEASE:
    case CTL_TASK_DISCARD:
        return ctl_task_decide(ctl);
    case CTL_GUARD_SHOW:
    case CTL_GUARD_RELEASE:
    case CTL_GUARD_DISCARD:
        return ctl_guard(ctl);
    case CTL_EVENT_LIST:
        return ctl_event_list(ctl);
    case CTL_EVENT_TAIL:
        return ctl_event_tail(ctl);
    case CTL_EXPORT:
        return ctl_export(ctl);
    case CTL_APPLY:
        return ctl_apply(ctl);
    default:
        return CTL_USAGE;
    }
}

static ctl_exit_t start(ctl_t *ctl, int argc, const char *const *argv)
{
    const char *why = ctl_line_read(&ctl->line, argc, argv, ctl->p);

    if (why) {
        return ctl_misused("%s", ctl_printable(why, ctl->p));
    }
    if (ctl->line.command->verb == CTL_VERSION) {
        return ctl_print("scim-syncctl " SCIM_SYNC_VERSION "\n");
    }
    if (ctl->line.command->verb == CTL_HELP || ctl_option(&ctl->line, "help")) {
        return ctl_print("%s", ctl_help(ctl->line.command, ctl->p));
    }
    if ((why = ctl_settings_read(&ctl->settings, &ctl->line, ctl->p)) ||
        (why = ctl_http_open(&ctl->http, &ctl->settings, &ctl->stop, ctl->p))) {
        return ctl_misused("%s", ctl_printable(why, ctl->p));
    }
    ctl->json = ctl_option(&ctl->line, "json") != NULL;
    ctl->quiet = ctl_option(&ctl->line, "quiet") != NULL;
    return run(ctl);
}

/*
 * Streams that are closed would give their numbers to the next files that are opened: what is
 * printed, such as a token, would go into a connection. As this, what is printed fails and says so.
 */
static void claim_streams(void)
{
    int fd;

    for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0) {
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

int main(int argc, const char *const *argv)
{
    /* Static, so that what a signal's handler writes to lives as long as the program. */
    static ctl_t ctl;
    ctl_exit_t status;

    claim_streams();
    if (apr_app_initialize(&argc, &argv, NULL) != APR_SUCCESS) {
        return CTL_FAILED;
    }
    apr_pool_create(&ctl.p, NULL);
    status = start(&ctl, argc, argv);
    apr_pool_destroy(ctl.p);
    apr_terminate();
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls as commands make them: with words about what went wrong, and in pages.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <apr_env.h>
#include <apr_file_info.h>
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

#define PAGE          1000
#define LIMIT_DEFAULT 100
#define PASSWORD_MAX  1024

/* ---- the password ---- */

/* Typed where nobody sees it; NULL when nothing was. */
static const char *ask_password(const char *user, apr_pool_t *p)
{
    char line[PASSWORD_MAX];
    struct termios old;
    struct termios silent;
    char *typed;

    if (tcgetattr(STDIN_FILENO, &old)) {
        return NULL;
    }
    silent = old;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fprintf(stderr, "Password of %s: ", ctl_printable(user, p));
    typed = fgets(line, sizeof(line), stdin);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
    fputc('\n', stderr);
    if (!typed) {
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return *line ? apr_pstrdup(p, line) : NULL;
}

static int may_ask(const ctl_t *ctl)
{
    const ctl_settings_t *s = &ctl->settings;

    return s->user && !s->password && !s->negotiate && !s->cert && isatty(STDIN_FILENO) &&
           isatty(STDERR_FILENO);
}

/* Where there is no netrc that could have the password, a login without one only fails. */
static int has_netrc(const ctl_t *ctl)
{
    apr_finfo_t info;
    char *home;

    return ctl->settings.netrc_file || (apr_env_get(&home, "HOME", ctl->p) == APR_SUCCESS &&
                                        apr_stat(&info, apr_pstrcat(ctl->p, home, "/.netrc", NULL),
                                                 APR_FINFO_TYPE, ctl->p) == APR_SUCCESS);
}

/* Whether there is a password by now. */
static int ask(ctl_t *ctl)
{
    ctl->settings.password = ask_password(ctl->settings.user, ctl->p);
    if (ctl->settings.password) {
        ctl_http_identify(ctl->http, &ctl->settings);
    }
    return ctl->settings.password != NULL;
}

/* ---- what went wrong ---- */

static ctl_exit_t explain_silence(const ctl_t *ctl, const ctl_response_t *answer, apr_pool_t *p)
{
    if (!answer->interrupted && !ctl->hush) {
        ctl_say("%s does not answer: %s.\n"
                "  Is httpd running there, and is that its URL? --cacert names who vouches for it.",
                ctl_printable(ctl->settings.url, p), ctl_printable(answer->fault, p));
    }
    return CTL_UNREACHABLE;
}

static const char *next_step(const ctl_t *ctl, long status)
{
    switch (status) {
    case 401:
        return ctl->settings.user || ctl->settings.negotiate
                   ? "The name or the password is wrong, or httpd wants another way to sign in: "
                     "see --password-file, --netrc-file, --negotiate and --cert."
                   : "Say who you are: --user NAME, with --password-file or a line in ~/.netrc; or "
                     "--cert, or --negotiate.";
    case 403:
        return "scim-syncctl whoami says who you are here; ScimSyncAdministrator says who may.";
    case 404:
        return "What there is show scim-syncctl site list, idp list and task list.";
    case 412:
        return "Somebody has changed it meanwhile. Nothing was changed; look at it, and try again.";
    case 503:
        return "Try again in a moment; httpd's error log says more.";
    default:
        return NULL;
    }
}

static ctl_exit_t exit_of(long status)
{
    switch (status) {
    case 400:
        return CTL_USAGE;
    case 401:
    case 403:
        return CTL_REFUSED;
    case 412:
        return CTL_STALE;
    case 502:
    case 503:
    case 504:
        return CTL_UNREACHABLE;
    default:
        return CTL_FAILED;
    }
}

ctl_exit_t ctl_explain(const ctl_t *ctl, const ctl_response_t *answer, apr_pool_t *p)
{
    const char *detail = scim_sync_json_str(answer->body, "detail");
    const char *next = next_step(ctl, answer->status);

    if (answer->status == 0) {
        return explain_silence(ctl, answer, p);
    }
    if (!detail && !scim_sync_json_str(answer->body, "title")) {
        detail = answer->status >= 300 && answer->status < 400
                     ? "It sends elsewhere, as if for signing in with a browser. Is that the URL "
                       "of the admin handler's location?"
                     : "That is no answer of mod_scim_sync's. Is that the URL of the admin "
                       "handler's location?";
        next =
            answer->status == 404 ? "Its URL ends like https://sync.example.com/scim-sync" : next;
    }
    ctl_say("%ld: %s%s%s", answer->status,
            ctl_printable(detail ? detail : scim_sync_json_str(answer->body, "title"), p),
            next ? "\n  " : "", next ? next : "");
    return exit_of(answer->status);
}

ctl_exit_t ctl_call(ctl_t *ctl, const ctl_request_t *request, ctl_response_t *answer, apr_pool_t *p)
{
    if (may_ask(ctl) && !has_netrc(ctl)) {
        ask(ctl);
    }
    ctl_http_call(ctl->http, request, answer, p);
    if (answer->status == 401 && may_ask(ctl) && ask(ctl)) {
        ctl_http_call(ctl->http, request, answer, p);
    }
    return answer->status >= 200 && answer->status < 300 && (answer->body || answer->status == 204)
               ? CTL_FINE
               : ctl_explain(ctl, answer, p);
}

ctl_exit_t ctl_get(ctl_t *ctl, json_t **body, const char *path, apr_pool_t *p)
{
    const ctl_request_t request = { .method = "GET", .path = path };
    ctl_response_t answer;
    ctl_exit_t status = ctl_call(ctl, &request, &answer, p);

    *body = answer.body;
    return status;
}

/* ---- addresses ---- */

const char *ctl_query(const ctl_t *ctl, const char *const *names, apr_pool_t *p)
{
    const char *query = "";

    for (; *names; names++) {
        const char *value = ctl_option(&ctl->line, *names);

        if (value) {
            /* The API's word for it is short, as a page's address has it. */
            query =
                apr_pstrcat(p, query, *query ? "&" : "?", strcmp(*names, "words") ? *names : "q",
                            "=", scim_sync_url_encode(value, p), NULL);
        }
    }
    return query;
}

const char *ctl_path(const char *collection, const char *name, const char *rest, apr_pool_t *p)
{
    return apr_pstrcat(p, collection, "/", scim_sync_url_encode(name, p), rest, NULL);
}

/* ---- pages ---- */

/* Where the page after this one begins, encoded; NULL when this was the last one. */
static const char *next_of(const json_t *page, const json_t *list, apr_size_t asked, apr_pool_t *p)
{
    const json_t *next = json_object_get(page, "next");
    const json_t *last = json_array_get(list, json_array_size(list) - 1);

    if (!next && json_array_size(list) >= asked) {
        next = json_object_get(last, "id");
    }
    if (json_is_integer(next)) {
        return apr_psprintf(p, "%" APR_INT64_T_FMT, (apr_int64_t)json_integer_value(next));
    }
    return json_is_string(next) ? scim_sync_url_encode(json_string_value(next), p) : NULL;
}

ctl_exit_t ctl_get_list(ctl_t *ctl, json_t **list, int *more, const char *path, const char *name,
                        const char *after, long most, apr_pool_t *p)
{
    const char *next = NULL;
    ctl_exit_t status;
    json_t *page;

    *list = scim_sync_json_own(json_array(), p);
    do {
        long left = most ? most - (long)json_array_size(*list) : PAGE;
        long asked = left < PAGE ? left : PAGE;
        const char *at =
            apr_psprintf(p, "%s%slimit=%ld%s%s%s%s", path, strchr(path, '?') ? "&" : "?", asked,
                         next ? "&" : "", next ? after : "", next ? "=" : "", next ? next : "");

        if ((status = ctl_get(ctl, &page, at, p)) != CTL_FINE) {
            return status;
        }
        json_array_extend(*list, json_object_get(page, name));
        next = next_of(page, json_object_get(page, name), (apr_size_t)asked, p);
    } while (next && (!most || (long)json_array_size(*list) < most));
    *more = next != NULL;
    return CTL_FINE;
}

ctl_exit_t ctl_show_list(ctl_t *ctl, const char *name, const char *const *filters,
                         const char *after, const ctl_column_t *columns)
{
    const char *path = apr_pstrcat(ctl->p, name, ctl_query(ctl, filters, ctl->p), NULL);
    const char *why;
    long most = ctl_option_number(&ctl->line, "limit", 0, INT_MAX, LIMIT_DEFAULT, &why, ctl->p);
    ctl_exit_t status;
    json_t *list;
    int more;

    if (why) {
        return ctl_misused("%s", why);
    }
    status = ctl_get_list(ctl, &list, &more, path, name, after, most, ctl->p);
    if (status != CTL_FINE) {
        return status;
    }
    status = ctl->json ? ctl_print_json(scim_sync_json_own(json_pack("{s:O}", name, list), ctl->p),
                                        JSON_INDENT(2), ctl->p)
                       : ctl_print_list(ctl, columns, list, "id");
    if (more) {
        ctl_say("There may be more: --limit 0 shows all.");
    }
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#define COLUMN_FMT "  %-30s  %s\n"

typedef struct {
    const char *name;
    char letter;       /* '\0': none */
    const char *value; /* as the help names it; NULL: it is a switch */
    const char *help;
} option_t;

/* Of all commands. */
#define GENERAL                                                                                    \
    " url user password-file netrc-file cacert cert key negotiate config timeout json help "       \
    "version "

static const option_t options[] = {
    { "url", '\0', "URL", "where the admin API is: https://sync.example.com/scim-sync" },
    { "user", 'u', "NAME", "who you are" },
    { "password-file", '\0', "FILE", "a file that holds your password and nothing else" },
    { "netrc-file", '\0', "FILE", "in the place of ~/.netrc" },
    { "cacert", '\0', "FILE", "who vouches for the server, in the place of the system's" },
    { "cert", '\0', "FILE", "a client certificate, in PEM" },
    { "key", '\0', "FILE", "its key" },
    { "negotiate", '\0', NULL, "sign in by Kerberos" },
    { "config", '\0', "FILE", "in the place of /etc/scim-syncctl.conf and ~/.config" },
    { "timeout", '\0', "SECONDS", "how long an answer may take (60)" },
    { "json", '\0', NULL, "print what the API answers" },
    { "help", 'h', NULL, "this" },
    { "version", 'V', NULL, "which version this is" },
    { "quiet", 'q', NULL, "names alone, one on a line" },
    { "sites", '\0', "NAMES", "that it feeds, with commas between them" },
    { "display-name", '\0', "TEXT", "what it is called, for people" },
    { "provider", '\0', "NAME", "okta, entra, ...: for people" },
    { "kind", '\0', "KIND",
      "scim or google; of tasks user, group or portal; of the guard deactivations, deletions or "
      "memberships; of events its kind" },
    { "mode", '\0', "MODE", "users or customers" },
    { "state", '\0', "STATE", "live, paused or dryRun; of tasks waiting, failed, held, ..." },
    { "overlap", '\0', "SECONDS", "how long the others stay good (86400); 0: not at all" },
    { "expires", '\0', "TIME", "when the new token ends: 2027-11-22T12:00:00Z" },
    { "all", '\0', NULL, "all, not a single one" },
    { "group", '\0', "NAME", "a group, by its name or id" },
    { "site", '\0', "NAME", "of this Jira site" },
    { "idp", '\0', "NAME", "of this identity provider" },
    { "class", '\0', "CLASS", "of the failure: wait, retry, person, site, guard" },
    { "status", '\0', "NUMBER", "Jira's HTTP status" },
    { "subject", '\0', "ID", "the id of a user or group" },
    { "person", '\0', "PERSON", "user name, e-mail address or id" },
    { "actor", '\0', "ACTOR", "idp:okta, admin:jane, provisioner, reconciler" },
    { "from", '\0', "TIME", "from then on" },
    { "to", '\0', "TIME", "before then" },
    { "words", '\0', "WORDS", "that stand in the name or the detail" },
    { "limit", '\0', "NUMBER", "so many at most (100); 0: all" },
    { "lines", '\0', "NUMBER", "so many of those before (10)" },
    { "interval", '\0', "SECONDS", "how often to look (2)" },
    { "dry-run", 'n', NULL, "show the difference, and change nothing" },
    { "yes", 'y', NULL, "don't ask" },
    { "prune", '\0', NULL, "delete what the file does not have" },
    { "access", '\0', "WHAT", "keep or remove: the access of people whose provider goes" },
    { "leavers", '\0', "WHAT", "keep or remove: the access of those who left already" },
    { "guard", '\0', "WHAT", "release: they lose it, also if they are more than its limits" },
    { "secrets", '\0', NULL, "send the secrets of the file, also where there are some" },
    { "same-jira", '\0', NULL, "another baseUrl is the same Jira at a new address" },
};
#define OPTIONS (int)(sizeof(options) / sizeof(*options))

static const ctl_command_t commands[] = {
    { "status", "", 0, 0, " ", "how it stands: providers, tasks, what needs somebody", CTL_STATUS },
    { "whoami", "", 0, 0, " quiet ", "who you are here, and what you may", CTL_WHOAMI },
    { "site list", "", 0, 0, " quiet ", "Jira sites", CTL_SITE_LIST },
    { "site show", "NAME", 1, 1, " ", "one of them", CTL_SITE_SHOW },
    { "site test", "NAME", 1, 1, " ", "ask Jira whether the token is good", CTL_SITE_TEST },
    { "idp list", "", 0, 0, " quiet ", "identity providers at a glance", CTL_IDP_LIST },
    { "idp show", "NAME", 1, 1, " ", "one of them", CTL_IDP_SHOW },
    { "idp add", "NAME", 1, 1, " sites display-name provider kind mode state ",
      "make one; prints its token, this once", CTL_IDP_ADD },
    { "idp pause", "NAME", 1, 1, " ", "take what it tells, and do nothing in Jira", CTL_IDP_PAUSE },
    { "idp resume", "NAME", 1, 1, " ", "end its pause: live again", CTL_IDP_RESUME },
    { "idp set", "NAME STATE", 2, 2, " ", "live, paused or dryRun", CTL_IDP_SET },
    { "token list", "IDP", 1, 1, " ", "its SCIM tokens, and those that ended", CTL_TOKEN_LIST },
    { "token rotate", "IDP", 1, 1, " overlap expires ",
      "print a new token; the others end after the overlap", CTL_TOKEN_ROTATE },
    { "plan", "IDP [PERSON]", 1, 2, " group all limit ", "what would be done for somebody, and why",
      CTL_PLAN },
    { "task list", "", 0, 0, " state class status kind site idp subject limit quiet ",
      "what waits, has failed, or is held", CTL_TASK_LIST },
    { "task show", "ID", 1, 1, " ", "one of them", CTL_TASK_SHOW },
    { "task retry", "[ID...]", 0, CTL_OPERANDS_MAX,
      " all state class status kind site idp subject ", "do them now", CTL_TASK_RETRY },
    { "task release", "[ID...]", 0, CTL_OPERANDS_MAX,
      " state class status kind site idp subject yes ",
      "let them pass the guard: they lose what it holds", CTL_TASK_RELEASE },
    { "task discard", "[ID...]", 0, CTL_OPERANDS_MAX,
      " state class status kind site idp subject yes ", "leave Jira as it is: they keep it",
      CTL_TASK_DISCARD },
    { "guard show", "[IDP]", 0, 1, " site kind limit ", "what it holds, and who would lose what",
      CTL_GUARD_SHOW },
    { "guard release", "IDP", 1, 1, " site kind yes ", "do what it holds: they lose it",
      CTL_GUARD_RELEASE },
    { "guard discard", "IDP", 1, 1, " site kind yes ", "drop what it holds: they keep it",
      CTL_GUARD_DISCARD },
    { "event list", "", 0, 0, " person group subject idp site kind actor from to words limit ",
      "what happened, newest first", CTL_EVENT_LIST },
    { "event tail", "", 0, 0, " person group subject idp site kind actor words lines interval ",
      "what happens, as it happens, until Ctrl-C", CTL_EVENT_TAIL },
    { "export", "[FILE]", 0, 1, " ", "the configuration, without secrets, as JSON", CTL_EXPORT },
    { "apply", "FILE", 1, 1, " dry-run yes prune access leavers guard secrets same-jira ",
      "make it as the file says; shows the difference first", CTL_APPLY },
};
#define COMMANDS (int)(sizeof(commands) / sizeof(*commands))

static const ctl_command_t help_command = { "help", "", 0, 0, " ", "", CTL_HELP };
static const ctl_command_t version_command = { "version", "", 0, 0, " ", "", CTL_VERSION };

static int find_option(const char *name, apr_size_t len)
{
    int i;

    for (i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].name) == len && !strncmp(options[i].name, name, len)) {
            return i;
        }
    }
    return -1;
}

static int find_letter(char letter)
{
    int i;

    for (i = 0; i < OPTIONS; i++) {
        if (letter && options[i].letter == letter) {
            return i;
        }
    }
    return -1;
}

/* Sets an option from argv[*i], and takes the next argument, too, when its value stands there. */
static const char *take_option(ctl_line_t *line, int *i, int argc, const char *const *argv,
                               apr_pool_t *p)
{
    const char *text = argv[*i];
    int is_long = text[1] == '-';
    const char *name = is_long ? text + 2 : text + 1;
    apr_size_t len = is_long ? strcspn(name, "=") : 1;
    const char *value = name[len] ? name + len + is_long : NULL;
    int found = is_long ? find_option(name, len) : find_letter(*name);

    if (found < 0) {
        return apr_psprintf(p, "There is no option %.64s.", text);
    }
    if (line->values[found]) {
        return apr_psprintf(p, "The option --%s stands there twice.", options[found].name);
    }
    if (!options[found].value) {
        line->values[found] = "";
        return value ? apr_psprintf(p, "The option --%s has no value.", options[found].name) : NULL;
    }
    if (!value && *i + 1 < argc) {
        value = argv[++*i];
    }
    line->values[found] = value;
    return value && *value ? NULL
                           : apr_psprintf(p, "The option --%s needs a value: %s.",
                                          options[found].name, options[found].value);
}

static const ctl_command_t *find_command(const char *first, const char *second, int *taken)
{
    int i;

    for (i = 0; i < COMMANDS; i++) {
        const char *words = commands[i].words;
        apr_size_t len = strcspn(words, " ");

        if (strlen(first) == len && !strncmp(words, first, len) &&
            (!words[len] || (second && !strcmp(words + len + 1, second)))) {
            *taken = words[len] ? 2 : 1;
            return &commands[i];
        }
    }
    return NULL;
}

/* "idp list, idp show, ...": what there is to say behind a first word that has several. */
static const char *siblings(const char *first, apr_pool_t *p)
{
    const char *found = NULL;
    apr_size_t len = strlen(first);
    int i;

    for (i = 0; i < COMMANDS; i++) {
        if (!strncmp(commands[i].words, first, len) && commands[i].words[len] == ' ') {
            found =
                found ? apr_pstrcat(p, found, ", ", commands[i].words, NULL) : commands[i].words;
        }
    }
    return found;
}

static const char *unknown_command(const char *first, const char *second, apr_pool_t *p)
{
    const char *others = siblings(first, p);

    if (others) {
        return apr_psprintf(p,
                            second ? "There is no command %s %.64s; there is %s."
                                   : "%s%.0s what? There is %s.",
                            first, second ? second : "", others);
    }
    return apr_psprintf(p, "There is no command %.64s.", first);
}

static int belongs(const char *list, const char *name, apr_pool_t *p)
{
    return strstr(list, apr_pstrcat(p, " ", name, " ", NULL)) != NULL;
}

/*
 * A name that is empty, as of a variable that is not set, or a dot would lead to another address:
 * tasks//retry to tasks/retry, which is about all of them.
 */
static const char *check_operands(const ctl_line_t *line, apr_pool_t *p)
{
    int i;

    for (i = 0; i < line->count; i++) {
        const char *operand = line->operands[i];

        if (!*operand || !strcmp(operand, ".") || !strcmp(operand, "..")) {
            return apr_psprintf(p, "\"%s\" is no name: scim-syncctl %s %s.", operand,
                                line->command->words, line->command->operands);
        }
    }
    return NULL;
}

/* Whether the command has these options and so many operands. */
static const char *check(const ctl_line_t *line, apr_pool_t *p)
{
    const ctl_command_t *command = line->command;
    int i;

    for (i = 0; i < OPTIONS; i++) {
        if (line->values[i] && !belongs(GENERAL, options[i].name, p) &&
            !belongs(command->options, options[i].name, p)) {
            return apr_psprintf(p, "The command %s has no option --%s.", command->words,
                                options[i].name);
        }
    }
    if (line->count < command->least) {
        return apr_psprintf(p, "Something is missing: scim-syncctl %s %s.", command->words,
                            command->operands);
    }
    if (line->count > command->most) {
        return apr_psprintf(p, "%.64s is too much: scim-syncctl %s%s%s.",
                            line->operands[command->most], command->words,
                            *command->operands ? " " : "", command->operands);
    }
    return check_operands(line, p);
}

/* The words that are no options become the command and its operands. */
static const char *take_command(ctl_line_t *line, apr_pool_t *p)
{
    const char *second = line->count > 1 ? line->operands[1] : NULL;
    int taken = 0;

    if (ctl_option(line, "version")) {
        line->command = &version_command;
        return NULL;
    }
    if (line->count > 0 && strcmp(line->operands[0], "help")) {
        line->command = find_command(line->operands[0], second, &taken);
    }
    if (ctl_option(line, "help") || (line->count > 0 && !strcmp(line->operands[0], "help"))) {
        line->command = line->command ? line->command : &help_command;
        return NULL;
    }
    if (line->count == 0) {
        return "What is to be done? scim-syncctl --help says what there is.";
    }
    if (!line->command) {
        return unknown_command(line->operands[0], second, p);
    }
    line->count -= taken;
    memmove(line->operands, line->operands + taken, (size_t)line->count * sizeof(const char *));
    return check(line, p);
}

const char *ctl_line_read(ctl_line_t *line, int argc, const char *const *argv, apr_pool_t *p)
{
    const char *why = NULL;
    int only_operands = 0;
    int i;

    memset(line, 0, sizeof(*line));
    for (i = 1; i < argc && !why; i++) {
        if (!only_operands && !strcmp(argv[i], "--")) {
            only_operands = 1;
        }
        else if (!only_operands && argv[i][0] == '-' && argv[i][1]) {
            why = take_option(line, &i, argc, argv, p);
        }
        else if (line->count == CTL_OPERANDS_MAX) {
            why = apr_psprintf(p, "More than %d at once are too many.", CTL_OPERANDS_MAX);
        }
        else {
            line->operands[line->count++] = argv[i];
        }
    }
    return why ? why : take_command(line, p);
}

const char *ctl_option(const ctl_line_t *line, const char *name)
{
    int found = find_option(name, strlen(name));

    return found < 0 ? NULL : line->values[found];
}

long ctl_option_number(const ctl_line_t *line, const char *name, long least, long most,
                       long otherwise, const char **why, apr_pool_t *p)
{
    const char *text = ctl_option(line, name);
    char *end;
    long number;

    *why = NULL;
    if (!text) {
        return otherwise;
    }
    errno = 0;
    number = strtol(text, &end, 10);
    if (errno || *end || end == text || number < least || number > most) {
        *why = apr_psprintf(p, "--%s must be a number from %ld to %ld.", name, least, most);
    }
    return number;
}

/* ---- help ---- */

static const char *help_of_options(const char *list, apr_pool_t *p)
{
    const char *text = "";
    int i;

    for (i = 0; i < OPTIONS; i++) {
        const option_t *o = &options[i];
        const char *name;

        if (belongs(list, o->name, p)) {
            name =
                apr_psprintf(p, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
            if (o->letter) {
                name = apr_psprintf(p, "-%c, %s", o->letter, name);
            }
            text = apr_pstrcat(p, text, apr_psprintf(p, COLUMN_FMT, name, o->help), NULL);
        }
    }
    return text;
}

static const char *help_of_all(apr_pool_t *p)
{
    const char *text = "usage: scim-syncctl [OPTION...] COMMAND\n\n"
                       "What mod_scim_sync does, seen and changed from the command line.\n\n";
    int i;

    for (i = 0; i < COMMANDS; i++) {
        const char *line = apr_pstrcat(p, commands[i].words, " ", commands[i].operands, NULL);

        text = apr_pstrcat(p, text, apr_psprintf(p, COLUMN_FMT, line, commands[i].help), NULL);
    }
    return apr_pstrcat(p, text, "\noptions of all commands:\n", help_of_options(GENERAL, p),
                       "\nscim-syncctl COMMAND --help says which options a command has. All of it: "
                       "man scim-syncctl\n",
                       NULL);
}

const char *ctl_help(const ctl_command_t *command, apr_pool_t *p)
{
    const char *own;

    if (!command || command->verb == CTL_HELP) {
        return help_of_all(p);
    }
    own = help_of_options(command->options, p);
    return apr_psprintf(p, "usage: scim-syncctl [OPTION...] %s%s%s\n\n%s\n%s%s", command->words,
                        *command->operands ? " " : "", command->operands, command->help,
                        *own ? "\noptions:\n" : "", own);
}

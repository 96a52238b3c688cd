/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: a command of one or two words, its operands, and options, which may stand
 * anywhere. What commands and options there are is a table, of which the help is made, too.
 */
#ifndef SCIM_SYNCCTL_OPTIONS_H
#define SCIM_SYNCCTL_OPTIONS_H

#include <apr_pools.h>

#define CTL_OPTIONS_MAX  48
#define CTL_OPERANDS_MAX 200

typedef enum {
    CTL_HELP,
    CTL_VERSION,
    CTL_STATUS,
    CTL_WHOAMI,
    CTL_SITE_LIST,
    CTL_SITE_SHOW,
    CTL_SITE_TEST,
    CTL_IDP_LIST,
    CTL_IDP_SHOW,
    CTL_IDP_ADD,
    CTL_IDP_PAUSE,
    CTL_IDP_RESUME,
    CTL_IDP_SET,
    CTL_TOKEN_LIST,
    CTL_TOKEN_ROTATE,
    CTL_PLAN,
    CTL_TASK_LIST,
    CTL_TASK_SHOW,
    CTL_TASK_RETRY,
    CTL_TASK_RELEASE,
    CTL_TASK_DISCARD,
    CTL_GUARD_SHOW,
    CTL_GUARD_RELEASE,
    CTL_GUARD_DISCARD,
    CTL_EVENT_LIST,
    CTL_EVENT_TAIL,
    CTL_EXPORT,
    CTL_APPLY
} ctl_verb_t;

typedef struct {
    const char *words;    /* "idp add" */
    const char *operands; /* as the help names them: "NAME STATE", or "" */
    int least;            /* so many there are at least, */
    int most;             /* and at most */
    const char *options;  /* of its own, " state site ", with a blank at both ends */
    const char *help;
    ctl_verb_t verb;
} ctl_command_t;

typedef struct {
    const ctl_command_t *command;
    const char *operands[CTL_OPERANDS_MAX];
    int count;                           /* of operands */
    const char *values[CTL_OPTIONS_MAX]; /* by the place in the table; "" of a switch that is set */
} ctl_line_t;

/*
 * Takes a command line apart.
 * why   what is wrong with it, in p, as a sentence; NULL when nothing is
 * Texts are those of argv, or copies in p.
 */
const char *ctl_line_read(ctl_line_t *line, int argc, const char *const *argv, apr_pool_t *p);

/* What was given for an option; "" for a switch, NULL when it was not given. */
const char *ctl_option(const ctl_line_t *line, const char *name);

/*
 * The number that was given for an option, otherwise when none was. *why: what is wrong with it, in
 * p, when it is none from least to most.
 */
long ctl_option_number(const ctl_line_t *line, const char *name, long least, long most,
                       long otherwise, const char **why, apr_pool_t *p);

/* What --help prints, in p: of a command, or of all (NULL). */
const char *ctl_help(const ctl_command_t *command, apr_pool_t *p);

#endif

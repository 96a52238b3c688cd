/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command works with: the command line, the server, and what it prints. Answers go to
 * stdout, words about them to stderr.
 */
#ifndef SCIM_SYNCCTL_CTL_H
#define SCIM_SYNCCTL_CTL_H

#include <apr_pools.h>
#include <jansson.h>

#include "scim-syncctl/http.h"
#include "scim-syncctl/options.h"
#include "scim-syncctl/table.h"

/* The program's exit status; scim-syncctl(8) says the same. */
typedef enum {
    CTL_FINE = 0,
    CTL_FAILED = 1,      /* the server said no, or what was tested is not good */
    CTL_USAGE = 2,       /* wrong command line, file or setting, or 400: nothing was changed */
    CTL_DIFFERENT = 3,   /* there is something to change, and it stays: apply; or whoever was asked
                            said no */
    CTL_REFUSED = 4,     /* not who you say, or not allowed: 401, 403 */
    CTL_UNREACHABLE = 5, /* no answer, or the server can't answer now: 502, 503, 504 */
    CTL_STALE = 6        /* somebody else has changed it meanwhile: 412 */
} ctl_exit_t;

typedef struct {
    ctl_line_t line;
    ctl_settings_t settings;
    ctl_http_t *http;
    int json; /* print what the API answers */
    int quiet;
    int hush; /* say nothing of a server that does not answer: it was said before */
    volatile sig_atomic_t stop; /* Ctrl-C was pressed, where a command takes notice */
    apr_pool_t *p;              /* of the program */
} ctl_t;

/* ---- words ---- */

/* A line to stderr, "scim-syncctl: " before it; what comes from outside must be printable. */
void ctl_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same of a command line that is wrong; returns CTL_USAGE. */
ctl_exit_t ctl_misused(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A text to stdout; CTL_FAILED when it can't be written. */
ctl_exit_t ctl_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A table of rows, an array; with --quiet `name` of each row alone, a line each. */
ctl_exit_t ctl_print_list(const ctl_t *ctl, const ctl_column_t *columns, const json_t *rows,
                          const char *name);

/* JSON to stdout, sorted or in its own order, nothing in it that drives a terminal. */
ctl_exit_t ctl_print_json(const json_t *json, size_t flags, apr_pool_t *p);

/*
 * Whether a change may be made that was shown already: --yes, or a y on the terminal.
 * can_ask    0: standard input is needed for something else
 * question   "Change 3 of these?"
 * otherwise  how to make it where nobody can be asked: "say --yes to make these changes"
 */
ctl_exit_t ctl_confirm(const ctl_t *ctl, int can_ask, const char *question, const char *otherwise);

/* ---- calls ---- */

/*
 * Makes a call. When the answer is no success, says why and what to do next, and returns the exit
 * status for that. What is asked for on a terminal is the password, once, when there is none.
 */
ctl_exit_t ctl_call(ctl_t *ctl, const ctl_request_t *request, ctl_response_t *answer,
                    apr_pool_t *p);

/* A GET of "/api/" and this path; *body is never NULL on success. */
ctl_exit_t ctl_get(ctl_t *ctl, json_t **body, const char *path, apr_pool_t *p);

/* Says why an answer is none, and what to do; returns the exit status. */
ctl_exit_t ctl_explain(const ctl_t *ctl, const ctl_response_t *answer, apr_pool_t *p);

/* "?state=failed&site=main" of these options (a list that ends with NULL) that were given, in p. */
const char *ctl_query(const ctl_t *ctl, const char *const *options, apr_pool_t *p);

/* The options that say which tasks are meant, for ctl_query(). */
extern const char *const ctl_task_filters[];

/* A path of parts, "idps/" and a name from the command line, encoded. */
const char *ctl_path(const char *collection, const char *name, const char *rest, apr_pool_t *p);

/*
 * Elements of a list that is read in pages, until there is no more or there are `most` (0: all).
 * path     with its query, if any
 * name     of the list in the answer
 * after    the parameter for the next page; its value is the answer's `next`, or, where an answer
 *          has none, the last element's id
 * *list    owned by p
 * *more    there are more than these
 */
ctl_exit_t ctl_get_list(ctl_t *ctl, json_t **list, int *more, const char *path, const char *name,
                        const char *after, long most, apr_pool_t *p);

/*
 * Prints a list of this name, which is also its path: as many as --limit says, and whether there may
 * be more. With --quiet the id of each alone.
 * filters  options that are parameters of the query, up to NULL
 * after    as of ctl_get_list()
 */
ctl_exit_t ctl_show_list(ctl_t *ctl, const char *name, const char *const *filters,
                         const char *after, const ctl_column_t *columns);

/* ---- commands: each is one of ctl_verb_t ---- */

ctl_exit_t ctl_status(ctl_t *ctl);
ctl_exit_t ctl_whoami(ctl_t *ctl);
ctl_exit_t ctl_site(ctl_t *ctl);
ctl_exit_t ctl_idp(ctl_t *ctl);
ctl_exit_t ctl_token(ctl_t *ctl);
ctl_exit_t ctl_plan(ctl_t *ctl);
ctl_exit_t ctl_task(ctl_t *ctl);
ctl_exit_t ctl_task_decide(ctl_t *ctl);
ctl_exit_t ctl_guard(ctl_t *ctl);
ctl_exit_t ctl_event_list(ctl_t *ctl);
ctl_exit_t ctl_event_tail(ctl_t *ctl);
ctl_exit_t ctl_export(ctl_t *ctl);
ctl_exit_t ctl_apply(ctl_t *ctl);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <apr_strings.h>

#include "scim-syncctl/ctl.h"
#include "scim-syncctl/text.h"

#define ANSWER_MAX 16

static void __attribute__((format(printf, 1, 0))) say(const char *format, va_list args)
{
    fputs("scim-syncctl: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void ctl_say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
}

ctl_exit_t ctl_misused(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(format, args);
    va_end(args);
    return CTL_USAGE;
}

static ctl_exit_t written(int done)
{
    if (done < 0 || fflush(stdout)) {
        ctl_say("The output can't be written.");
        return CTL_FAILED;
    }
    return CTL_FINE;
}

ctl_exit_t ctl_print(const char *format, ...)
{
    va_list args;
    int done;

    va_start(args, format);
    done = vprintf(format, args);
    va_end(args);
    return written(done);
}

ctl_exit_t ctl_print_list(const ctl_t *ctl, const ctl_column_t *columns, const json_t *rows,
                          const char *name)
{
    ctl_exit_t status = CTL_FINE;
    json_t *row;
    apr_size_t i;

    if (!ctl->quiet) {
        return ctl_print("%s", ctl_table(columns, rows, ctl->p));
    }
    for (i = 0; status == CTL_FINE && (row = json_array_get(rows, i)); i++) {
        status = ctl_print("%s\n", ctl_cell(json_object_get(row, name), CTL_TEXT, ctl->p));
    }
    return status;
}

ctl_exit_t ctl_print_json(const json_t *json, size_t flags, apr_pool_t *p)
{
    char *text = json_dumps(json, flags | JSON_ENCODE_ANY);
    int done;

    if (!text) {
        ctl_say("The answer can't be written as JSON.");
        return CTL_FAILED;
    }
    done = printf("%s\n", ctl_printable_json(text, p));
    free(text);
    return written(done);
}

/* What nobody sees can't be answered: both must be a terminal. */
ctl_exit_t ctl_confirm(const ctl_t *ctl, int can_ask, const char *question, const char *otherwise)
{
    char line[ANSWER_MAX];

    if (ctl_option(&ctl->line, "yes")) {
        return CTL_FINE;
    }
    if (!can_ask || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        return ctl_misused("Nobody can be asked here: %s. Nothing was changed.", otherwise);
    }
    fprintf(stderr, "\n%s [y/N] ", question);
    if (fgets(line, sizeof(line), stdin) && (*line == 'y' || *line == 'Y')) {
        return CTL_FINE;
    }
    ctl_say("Nothing was changed.");
    return CTL_DIFFERENT;
}

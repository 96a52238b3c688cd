/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where messages go: to the one sink that is installed, or nowhere.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_MAX 4096

static scim_sync_log_sink_t *the_sink;
static void *the_baton;

void scim_sync_log_set_sink(scim_sync_log_sink_t *sink, void *baton)
{
    the_sink = sink;
    the_baton = baton;
}

void scim_sync_log_at(const char *file, int line, scim_log_level_t level, apr_status_t rv,
                      const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;

    if (the_sink == NULL) {
        return;
    }
    va_start(args, format);
    /* Not apr_vsnprintf: it knows no %zu, which the compiler's check of formats lets through. */
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    the_sink(the_baton, file, line, level, rv, message);
}

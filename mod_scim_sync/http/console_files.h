/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console's files as they are in the module: made of mod_scim_sync/console/ by
 * mod_scim_sync/console/embed.awk when the module is built.
 */
#ifndef SCIM_SYNC_HTTP_CONSOLE_FILES_H
#define SCIM_SYNC_HTTP_CONSOLE_FILES_H

#include <apr.h>

typedef struct {
    const char *path; /* below mod_scim_sync/console/; NULL behind the last one */
    const char *text; /* UTF-8 */
    apr_size_t length;
} scim_sync_console_file_t;

extern const scim_sync_console_file_t scim_sync_console_files[];

#endif

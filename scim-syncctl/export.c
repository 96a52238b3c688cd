/* SPDX-License-Identifier: Apache-2.0 */
/*
 * export: the configuration as a file that can be kept in git.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/config.h"
#include "scim-syncctl/text.h"

#define FORMAT (JSON_INDENT(2) | JSON_SORT_KEYS)

/* The file as it was, for where its secrets are; NULL: there is none that can be read. */
static json_t *read_old(const char *path, apr_pool_t *p)
{
    apr_finfo_t info;
    json_t *old;

    if (apr_stat(&info, path, APR_FINFO_TYPE, p) != APR_SUCCESS || info.filetype != APR_REG) {
        return NULL;
    }
    old = scim_sync_json_own(json_load_file(path, JSON_REJECT_DUPLICATES, NULL), p);
    return old && !ctl_config_check(old, p) ? old : NULL;
}

static apr_status_t write_to(const char *path, apr_int32_t how, const char *text, apr_pool_t *p)
{
    apr_file_t *file;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_WRITE | how, APR_OS_DEFAULT, p);

    if (rv == APR_SUCCESS) {
        rv = apr_file_write_full(file, text, strlen(text), NULL);
        rv = apr_file_close(file) == APR_SUCCESS ? rv : APR_EGENERAL;
    }
    return rv;
}

/* Beside it first, then in its place. */
static apr_status_t replace(const char *path, const char *text, apr_pool_t *p)
{
    const char *beside = apr_psprintf(p, "%s.%d.new", path, (int)getpid());
    apr_status_t rv = write_to(beside, APR_FOPEN_CREATE | APR_FOPEN_EXCL, text, p);

    if (rv == APR_SUCCESS && (rv = apr_file_rename(beside, path, p)) == APR_SUCCESS) {
        return APR_SUCCESS;
    }
    if (!APR_STATUS_IS_EEXIST(rv)) {
        apr_file_remove(beside, p);
    }
    return rv;
}

/* A file whole or not at all; what is none, such as a device or a link, stays what it is. */
static ctl_exit_t write_file(const char *path, const char *text, apr_pool_t *p)
{
    char reason[120];
    apr_finfo_t info;
    apr_status_t rv;

    rv = apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_LINK, p);
    rv = rv == APR_SUCCESS && info.filetype != APR_REG
             ? write_to(path, APR_FOPEN_CREATE | APR_FOPEN_TRUNCATE, text, p)
             : replace(path, text, p);
    if (rv != APR_SUCCESS) {
        ctl_say("%s can't be written: %s.", ctl_printable(path, p),
                apr_strerror(rv, reason, sizeof(reason)));
        return CTL_FAILED;
    }
    return CTL_FINE;
}

ctl_exit_t ctl_export(ctl_t *ctl)
{
    const char *path =
        ctl->line.count > 0 && strcmp(ctl->line.operands[0], "-") ? ctl->line.operands[0] : NULL;
    ctl_config_t config;
    ctl_exit_t status;
    json_t *doc;
    char *text;

    if ((status = ctl_config_read(ctl, &config, ctl->p)) != CTL_FINE) {
        return status;
    }
    doc = scim_sync_json_own(
        ctl_config_for_file(&config, path ? read_old(path, ctl->p) : NULL, ctl->p), ctl->p);
    if (!path) {
        return ctl_print_json(doc, FORMAT, ctl->p);
    }
    text = json_dumps(doc, FORMAT);
    if (!text) {
        ctl_say("The configuration can't be written as JSON.");
        return CTL_FAILED;
    }
    status =
        write_file(path, apr_pstrcat(ctl->p, ctl_printable_json(text, ctl->p), "\n", NULL), ctl->p);
    free(text);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of the whole configuration, before anything is started.
 */
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <unixd.h>

#include "base/log.h"
#include "http/settings.h"
#include "module/directives.h"
#include "module/keys.h"

APLOG_USE_MODULE(scim_sync);

static int refuse(server_rec *s, const char *what)
{
    ap_log_error(APLOG_MARK, APLOG_EMERG, 0, s, SCIM_LOGNO(0301) "%s", what);
    return !OK;
}

/* The last directive of that name outside of virtual hosts: mod_dbd does not tell what it has. */
static const ap_directive_t *find_directive(const ap_directive_t *tree, const char *name)
{
    const ap_directive_t *found = NULL;
    const ap_directive_t *inner;

    for (; tree; tree = tree->next) {
        if (!strcasecmp(tree->directive, name)) {
            found = tree;
        }
        else if (tree->first_child && strcasecmp(tree->directive, "<VirtualHost") &&
                 (inner = find_directive(tree->first_child, name))) {
            found = inner;
        }
    }
    return found;
}

/* Whether httpd's user may write into a folder, as far as its mode tells. */
static int is_writable(const apr_finfo_t *info)
{
    if (info->user == ap_unixd_config.user_id) {
        return (info->protection & APR_FPROT_UWRITE) != 0;
    }
    if (info->group == ap_unixd_config.group_id && (info->protection & APR_FPROT_GWRITE)) {
        return 1;
    }
    return (info->protection & APR_FPROT_WWRITE) != 0;
}

/* SQLite writes files beside the database, so its folder matters, not only the file. */
static const char *check_folder(const char *file, apr_pool_t *p)
{
    const char *slash = strrchr(file, '/');
    const char *folder = slash ? apr_pstrndup(p, file, (apr_size_t)(slash - file)) : ".";
    apr_finfo_t info;
    apr_status_t rv;
    char why[120];

    if (!strncmp(file, "file:", 5)) {
        return NULL;
    }
    rv = apr_stat(&info, folder, APR_FINFO_PROT | APR_FINFO_OWNER | APR_FINFO_TYPE, p);
    if (rv != APR_SUCCESS || info.filetype != APR_DIR) {
        return apr_psprintf(p, "DBDParams %s: %s: %s: make that folder, owned by %s", file, folder,
                            rv ? apr_strerror(rv, why, sizeof(why)) : "no folder",
                            ap_unixd_config.user_name);
    }
    if (geteuid() == 0 && ap_unixd_config.user_name && !is_writable(&info)) {
        return apr_psprintf(p, "DBDParams %s: %s is not writable by %s: run chown %s %s", file,
                            folder, ap_unixd_config.user_name, ap_unixd_config.user_name, folder);
    }
    return NULL;
}

static const char *check_database(apr_pool_t *p)
{
    const ap_directive_t *driver = find_directive(ap_conftree, "DBDriver");
    const ap_directive_t *params = find_directive(ap_conftree, "DBDParams");
    const char *rest;
    const char *name;

    if (!ap_find_linked_module("mod_dbd.c")) {
        return "mod_dbd is not loaded: write LoadModule dbd_module and the path of mod_dbd.so";
    }
    if (!driver || !params) {
        return "DBDriver and DBDParams are missing outside of virtual hosts: write, for one, "
               "DBDriver sqlite3 and DBDParams /var/lib/scim-sync/scim-sync.db";
    }
    rest = driver->args;
    name = ap_getword_conf(p, &rest);
    if (strcmp(name, "sqlite3") && strcmp(name, "pgsql")) {
        return apr_psprintf(p, "DBDriver %s: write sqlite3 or pgsql", name);
    }
    rest = params->args;
    return strcmp(name, "sqlite3") ? NULL : check_folder(ap_getword_conf(p, &rest), p);
}

/* Where our handlers stand: *mounts is 1 when they do at all. NULL, or what is wrong. */
static const char *check_mounts(const ap_directive_t *tree, int *mounts, apr_pool_t *p)
{
    const char *problem = NULL;
    const char *args;
    const char *path;

    for (; tree && !problem; tree = tree->next) {
        if (tree->first_child) {
            problem = check_mounts(tree->first_child, mounts, p);
        }
        if (strcasecmp(tree->directive, "SetHandler") ||
            strncasecmp(tree->args + strspn(tree->args, "\""), "scim-sync", 9)) {
            continue;
        }
        *mounts = 1;
        args = tree->parent ? tree->parent->args : "";
        path = ap_getword_conf(p, &args);
        if (!tree->parent || strcasecmp(tree->parent->directive, "<Location") || path[0] != '/' ||
            strpbrk(path, "*?[~")) {
            problem = apr_psprintf(p,
                                   "SetHandler %s (line %d of %s) does not stand in a <Location> "
                                   "with a plain path: write, for one, <Location \"/scim/v2\">",
                                   tree->args, tree->line_num, tree->filename);
        }
    }
    return problem;
}

int scim_sync_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const scim_sync_server_config_t *config = scim_sync_server_config(s);
    scim_sync_keyring_t *keys;
    int mounts = 0;
    const char *problem = check_mounts(ap_conftree, &mounts, ptemp);

    (void)pconf;
    (void)plog;
    if (!problem && config->on == SCIM_SYNC_UNSET && mounts) {
        problem = "a <Location> has SetHandler scim-sync, and nothing says ScimSync On: write it, "
                  "or ScimSync Off, outside of virtual hosts";
    }
    if (!problem && config->on == 1) {
        problem = check_database(ptemp);
        if (!problem && !config->key_file) {
            problem = "ScimSyncKeyFile is missing, under which Jira's tokens are encrypted: write "
                      "the output "
                      "of openssl rand -base64 32 to a file that only root can read, and its path "
                      "here";
        }
        if (!problem) {
            problem = scim_sync_keys_load(&keys, config->key_file, ptemp);
        }
    }
    return problem ? refuse(s, problem) : OK;
}

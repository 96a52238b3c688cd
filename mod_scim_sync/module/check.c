/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check of the whole configuration, before anything is started.
 */
#include <apr_strings.h>
#include <http_core.h>
#include <http_log.h>
#include <unixd.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "base/log.h"
#include "http/settings.h"
#include "module/directives.h"
#include "module/keys.h"
#include "module/process.h"

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

/* Whether httpd's user may write to it, as far as its mode tells. */
static int is_writable(const apr_finfo_t *info)
{
    if (geteuid() != 0 || !ap_unixd_config.user_name) {
        return 1;
    }
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
    const char *user = ap_unixd_config.user_name ? ap_unixd_config.user_name : "httpd's user";
    const char *folder = apr_pstrndup(p, file, (apr_size_t)(strrchr(file, '/') - file));
    apr_finfo_t info;
    apr_status_t rv;

    rv = apr_stat(&info, *folder ? folder : "/", APR_FINFO_PROT | APR_FINFO_OWNER | APR_FINFO_TYPE,
                  p);
    if (rv != APR_SUCCESS || info.filetype != APR_DIR || !is_writable(&info)) {
        return apr_psprintf(
            p,
            "DBDParams %s: %s is %s: give the database a folder of its own, such as "
            "by install -d -m 700 -o %s /var/lib/scim-sync",
            file, *folder ? folder : "/",
            rv == APR_SUCCESS && info.filetype == APR_DIR
                ? apr_pstrcat(p, "not writable by ", user, NULL)
                : "no folder",
            user);
    }
    rv = apr_stat(&info, file, APR_FINFO_PROT | APR_FINFO_OWNER | APR_FINFO_TYPE, p);
    if (rv == APR_SUCCESS && info.filetype != APR_REG) {
        return apr_psprintf(p, "DBDParams %s: it is no file: write the path of a file in it", file);
    }
    if (rv == APR_SUCCESS && !is_writable(&info)) {
        return apr_psprintf(p, "DBDParams %s: not writable by %s: it must be that user's own file",
                            file, user);
    }
    return NULL;
}

static const char *check_sqlite(const char *file, apr_pool_t *p)
{
    if (!strncmp(file, "file:", 5)) {
        return NULL;
    }
    return file[0] == '/' ? check_folder(file, p)
                          : apr_psprintf(p,
                                         "DBDParams %s: write the whole path of a file, such as "
                                         "/var/lib/scim-sync/scim-sync.db",
                                         file);
}

/* *folder: what is wrong with the place of the file, which is the machine's matter. */
static const char *check_database(const char **folder, apr_pool_t *p)
{
    const ap_directive_t *driver = find_directive(ap_conftree, "DBDriver");
    const ap_directive_t *params = find_directive(ap_conftree, "DBDParams");
    const char *rest;
    const char *name;

    *folder = NULL;
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
    *folder = strcmp(name, "sqlite3") ? NULL : check_sqlite(ap_getword_conf(p, &rest), p);
    return NULL;
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

/* As httpd's user reads it later, at each connection. */
static const char *check_ca_file(const char *file, apr_pool_t *p)
{
    X509_STORE *store = file ? X509_STORE_new() : NULL;
    const char *problem = NULL;

    if (store && !X509_STORE_load_file(store, file)) {
        problem = apr_psprintf(p,
                               "ScimSyncCAFile: %s: no certificates in PEM can be read from it: "
                               "does it exist, and does it begin with -----BEGIN CERTIFICATE-----?",
                               file);
    }
    ERR_clear_error();
    X509_STORE_free(store);
    return problem;
}

int scim_sync_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const scim_sync_server_config_t *config = scim_sync_server_config(s);
    scim_sync_keyring_t *keys;
    const char *machine = NULL; /* wrong with the machine, not with what is written */
    int mounts = 0;
    const char *problem = check_mounts(ap_conftree, &mounts, ptemp);

    (void)pconf;
    (void)plog;
    if (!problem && config->on == SCIM_SYNC_UNSET && mounts) {
        problem = "a <Location> has SetHandler scim-sync, and nothing says ScimSync On: write it, "
                  "or ScimSync Off, outside of virtual hosts";
    }
    if (!problem && config->on == 1) {
        problem = check_database(&machine, ptemp);
        if (!problem && !config->key_file) {
            problem =
                "ScimSyncKeyFile is missing, under which Jira's tokens are encrypted: write the "
                "output of openssl rand -base64 32 to a file that only root can read, and its "
                "path here";
        }
        if (!problem && !machine) {
            machine = scim_sync_keys_load(&keys, config->key_file, ptemp);
        }
        if (!problem && !machine) {
            machine = check_ca_file(config->ca_file, ptemp);
        }
    }
    if (!problem && machine && scim_sync_is_reload(s)) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, SCIM_LOGNO(0305) "%s", machine);
        return OK;
    }
    problem = problem ? problem : machine;
    return problem ? refuse(s, problem) : OK;
}

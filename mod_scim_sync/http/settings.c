/* SPDX-License-Identifier: Apache-2.0 */
#include "http/settings.h"

#include <ap_expr.h>
#include <apr_strings.h>
#include <http_core.h>

static scim_sync_runtime_t *child_runtime;

scim_sync_runtime_t *scim_sync_runtime(void)
{
    return child_runtime;
}

void scim_sync_set_runtime(scim_sync_runtime_t *runtime)
{
    child_runtime = runtime;
}

/* ---- per location ---- */

void *scim_sync_dir_config_create(apr_pool_t *p, char *dir)
{
    scim_sync_dir_config_t *config = apr_pcalloc(p, sizeof(*config));

    (void)dir;
#define UNSET(name, otherwise, least, most) config->name = SCIM_SYNC_UNSET;
    SCIM_SYNC_DIR_NUMBERS(UNSET)
#undef UNSET
    config->is_v1 = SCIM_SYNC_UNSET;
    config->is_recorded = SCIM_SYNC_UNSET;
    return config;
}

void *scim_sync_dir_config_merge(apr_pool_t *p, void *basev, void *addv)
{
    const scim_sync_dir_config_t *base = basev;
    const scim_sync_dir_config_t *add = addv;
    scim_sync_dir_config_t *config = apr_pcalloc(p, sizeof(*config));
    const scim_sync_dir_config_t *roles;

#define MERGE(name, otherwise, least, most)                                                        \
    config->name = add->name == SCIM_SYNC_UNSET ? base->name : add->name;
    SCIM_SYNC_DIR_NUMBERS(MERGE)
#undef MERGE
    config->is_v1 = add->is_v1 == SCIM_SYNC_UNSET ? base->is_v1 : add->is_v1;
    config->is_recorded =
        add->is_recorded == SCIM_SYNC_UNSET ? base->is_recorded : add->is_recorded;
    /* As with Require: who says anything of it inside says all of it. */
    roles = add->administrators || add->readers ? add : base;
    config->administrators = roles->administrators;
    config->readers = roles->readers;
    return config;
}

void scim_sync_dir_settings(scim_sync_dir_config_t *settings, const request_rec *r)
{
    const scim_sync_dir_config_t *config =
        ap_get_module_config(r->per_dir_config, &scim_sync_module);

#define FILL(name, otherwise, least, most)                                                         \
    settings->name = config->name == SCIM_SYNC_UNSET ? otherwise : config->name;
    SCIM_SYNC_DIR_NUMBERS(FILL)
#undef FILL
    settings->is_v1 = config->is_v1 == 1;
    settings->is_recorded = config->is_recorded != 0;
    settings->administrators = config->administrators;
    settings->readers = config->readers;
}

static int is_v1(const ap_conf_vector_t *location)
{
    const scim_sync_dir_config_t *config = ap_get_module_config(location, &scim_sync_module);

    return config && config->is_v1 == 1;
}

int scim_sync_is_v1(const request_rec *r)
{
    return is_v1(r->per_dir_config);
}

/* ---- per server ---- */

void *scim_sync_server_config_create(apr_pool_t *p, server_rec *s)
{
    scim_sync_server_config_t *config = apr_pcalloc(p, sizeof(*config));

    (void)s;
    config->on = SCIM_SYNC_UNSET;
    config->shared_size = SCIM_SYNC_UNSET;
    config->jira_connections = SCIM_SYNC_UNSET;
    config->jira_timeout = SCIM_SYNC_UNSET;
    config->event_days = SCIM_SYNC_UNSET;
    config->reconcile_hours = SCIM_SYNC_UNSET;
    return config;
}

void *scim_sync_server_config_merge(apr_pool_t *p, void *basev, void *addv)
{
    const scim_sync_server_config_t *base = basev;
    const scim_sync_server_config_t *add = addv;
    scim_sync_server_config_t *config = apr_pcalloc(p, sizeof(*config));

#define PICK(name, unset) config->name = add->name == unset ? base->name : add->name
    PICK(on, SCIM_SYNC_UNSET);
    PICK(key_file, NULL);
    PICK(shared_size, SCIM_SYNC_UNSET);
    PICK(jira_connections, SCIM_SYNC_UNSET);
    PICK(jira_timeout, SCIM_SYNC_UNSET);
    PICK(event_days, SCIM_SYNC_UNSET);
    PICK(reconcile_hours, SCIM_SYNC_UNSET);
    PICK(event_log, NULL);
    PICK(ca_file, NULL);
    PICK(base_url, NULL);
#undef PICK
    return config;
}

scim_sync_server_config_t *scim_sync_server_config(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &scim_sync_module);
}

/* ---- mounts ---- */

const char *scim_sync_handler_in(request_rec *r, ap_conf_vector_t *location)
{
    const core_dir_config *section = ap_get_core_module_config(location);
    const char *error = NULL;
    const char *handler = NULL;

    if (section && section->expr_handler) {
        /* httpd takes every SetHandler as an expression; ours is a constant one. */
        handler = ap_expr_str_exec(r, section->expr_handler, &error);
    }
    else if (section) {
        handler = section->handler;
    }
    return handler && !error ? handler : "";
}

static apr_size_t without_slashes(const char *path)
{
    apr_size_t length = strlen(path);

    while (length > 0 && path[length - 1] == '/') {
        length--;
    }
    return length;
}

/* The length of a section's path if it is one for this handler and holds the path, else -1. */
static int matches(request_rec *r, ap_conf_vector_t *location, const char *handler,
                   const char *path)
{
    const core_dir_config *section = ap_get_core_module_config(location);
    apr_size_t length;

    if (!section || section->r || section->d_is_fnmatch || !section->d || section->d[0] != '/' ||
        strcmp(scim_sync_handler_in(r, location), handler)) {
        return -1;
    }
    length = without_slashes(section->d);
    if (path && (strncmp(path, section->d, length) || (path[length] && path[length] != '/'))) {
        return -1;
    }
    return (int)length;
}

static const scim_sync_mount_t *make_mount(request_rec *r, const char *handler, const char *path,
                                           int length)
{
    scim_sync_mount_t *mount = apr_palloc(r->pool, sizeof(*mount));

    mount->handler = handler;
    mount->path = apr_pstrndup(r->pool, path, (apr_size_t)length);
    return mount;
}

const scim_sync_mount_t *scim_sync_mount_of(request_rec *r, const char *handler, const char *path)
{
    const core_server_config *core = ap_get_core_module_config(r->server->module_config);
    const core_dir_config *best = NULL;
    int best_length = 0;
    int best_rank = -1;
    int i;

    for (i = 0; i < core->sec_url->nelts; i++) {
        ap_conf_vector_t *location = APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t *);
        int length = matches(r, location, handler, path);
        int rank = length < 0 || path ? length : !is_v1(location);

        if (rank > best_rank) {
            best = ap_get_core_module_config(location);
            best_length = length;
            best_rank = rank;
        }
    }
    if (!best) {
        return NULL;
    }
    return make_mount(r, handler, best->d, best_length);
}

const scim_sync_mount_t *scim_sync_mount_v1(request_rec *r)
{
    const core_server_config *core = ap_get_core_module_config(r->server->module_config);
    int i;

    for (i = 0; i < core->sec_url->nelts; i++) {
        ap_conf_vector_t *location = APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t *);
        int length = matches(r, location, SCIM_SYNC_HANDLER_SCIM, NULL);

        if (length >= 0 && is_v1(location)) {
            const core_dir_config *section = ap_get_core_module_config(location);

            return make_mount(r, SCIM_SYNC_HANDLER_SCIM, section->d, length);
        }
    }
    return NULL;
}

/* What a location does not say is said around it. */
static int is_recorded(const request_rec *r, const ap_conf_vector_t *location)
{
    const scim_sync_dir_config_t *around =
        ap_get_module_config(r->server->lookup_defaults, &scim_sync_module);
    const scim_sync_dir_config_t *config = ap_get_module_config(location, &scim_sync_module);

    if (config && config->is_recorded != SCIM_SYNC_UNSET) {
        return config->is_recorded;
    }
    return !around || around->is_recorded != 0;
}

apr_array_header_t *scim_sync_unrecorded(request_rec *r)
{
    const core_server_config *core = ap_get_core_module_config(r->server->module_config);
    apr_array_header_t *paths = apr_array_make(r->pool, 2, sizeof(const char *));
    int i;

    for (i = 0; i < core->sec_url->nelts; i++) {
        ap_conf_vector_t *location = APR_ARRAY_IDX(core->sec_url, i, ap_conf_vector_t *);
        const core_dir_config *section = ap_get_core_module_config(location);
        int length = matches(r, location, SCIM_SYNC_HANDLER_SCIM, NULL);

        if (length >= 0 && !is_recorded(r, location)) {
            APR_ARRAY_PUSH(paths, const char *) =
                apr_pstrndup(r->pool, section->d, (apr_size_t)length);
        }
    }
    return paths;
}

const char *scim_sync_url(request_rec *r, const char *path)
{
    const char *base = scim_sync_server_config(r->server)->base_url;

    return base ? apr_pstrcat(r->pool, base, path, NULL) : ap_construct_url(r->pool, path, r);
}

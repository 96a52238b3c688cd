/* SPDX-License-Identifier: Apache-2.0 */
#include "http/role.h"

#include <ap_provider.h>
#include <apr_strings.h>
#include <mod_auth.h>

#include "http/gate.h"
#include "http/settings.h"

/* One requirement, as mod_authz_core keeps a Require. */
typedef struct {
    const char *name; /* of the provider, or of an alias of it */
    const char *args;
    const void *parsed; /* what the provider made of args */
    const authz_provider *provider;
} require_t;

const char *scim_sync_role_name(scim_sync_role_t role)
{
    static const char *const names[] = { "none", "reader", "administrator" };

    return names[role];
}

/* ---- the directives ---- */

/* NULL, or why nobody can be asked. */
static const char *find_provider(require_t *require, const cmd_parms *cmd)
{
    if (!*require->name) {
        return "write what Require takes, such as user jane or group admins";
    }
    if (!strcasecmp(require->name, "not")) {
        return "each line lets somebody in, and none keeps anybody out: without not";
    }
    require->provider =
        ap_lookup_provider(AUTHZ_PROVIDER_GROUP, require->name, AUTHZ_PROVIDER_VERSION);
    return require->provider && require->provider->check_authorization
               ? NULL
               : apr_psprintf(cmd->pool, "no module that is loaded before this line knows %s",
                              require->name);
}

const char *scim_sync_role_require(cmd_parms *cmd, apr_array_header_t **list, const char *args)
{
    require_t require = { .name = ap_getword_conf(cmd->pool, &args), .args = args };
    const char *why = ap_check_cmd_context(cmd, NOT_IN_LIMIT);

    if (why) {
        return why;
    }
    why = find_provider(&require, cmd);
    if (!why && require.provider->parse_require_line) {
        /* An alias (<AuthzProviderAlias>) knows by this which one it is. */
        apr_pool_userdata_setn(require.name, AUTHZ_PROVIDER_NAME_NOTE, apr_pool_cleanup_null,
                               cmd->temp_pool);
        why = require.provider->parse_require_line(cmd, require.args, &require.parsed);
    }
    if (why) {
        return apr_psprintf(cmd->pool, "%s %s: %s", cmd->cmd->name, require.name, why);
    }
    if (!*list) {
        *list = apr_array_make(cmd->pool, 2, sizeof(require_t));
    }
    APR_ARRAY_PUSH(*list, require_t) = require;
    return NULL;
}

/* ---- a request ---- */

/* Granted by the first that is met, as within <RequireAny>. */
static authz_status ask(request_rec *r, const apr_array_header_t *list)
{
    authz_status status = AUTHZ_DENIED;
    int i;

    for (i = 0; list && i < list->nelts && status != AUTHZ_GRANTED; i++) {
        const require_t *require = &APR_ARRAY_IDX(list, i, require_t);

        apr_table_setn(r->notes, AUTHZ_PROVIDER_NAME_NOTE, require->name);
        status = require->provider->check_authorization(r, require->args, require->parsed);
        apr_table_unset(r->notes, AUTHZ_PROVIDER_NAME_NOTE);
        if (status == AUTHZ_GENERAL_ERROR) {
            return status;
        }
    }
    return status;
}

const scim_sync_error_t *scim_sync_role_find(scim_sync_role_t *role, request_rec *r)
{
    const scim_sync_dir_config_t *config =
        ap_get_module_config(r->per_dir_config, &scim_sync_module);
    authz_status status = AUTHZ_GRANTED;

    *role = SCIM_SYNC_ROLE_ADMINISTRATOR;
    if (!config->administrators && !config->readers) {
        return NULL;
    }
    status = ask(r, config->administrators);
    if (status != AUTHZ_GRANTED && status != AUTHZ_GENERAL_ERROR) {
        *role = SCIM_SYNC_ROLE_READER;
        status = ask(r, config->readers);
    }
    if (status == AUTHZ_GRANTED) {
        return NULL;
    }
    *role = SCIM_SYNC_ROLE_NONE;
    return status == AUTHZ_GENERAL_ERROR
               ? scim_sync_error(r->pool, HTTP_INTERNAL_SERVER_ERROR, NULL,
                                 "What %s may do could not be found out; the server's error log "
                                 "says why.",
                                 r->user)
               : scim_sync_gate_forbid(r, apr_psprintf(r->pool,
                                                       "%s is neither an administrator nor a "
                                                       "reader here: ScimSyncAdministrator and "
                                                       "ScimSyncReader say who is.",
                                                       r->user));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "module/directives.h"

#include <apr_strings.h>
#include <apr_uri.h>
#include <http_core.h>

#include "http/role.h"
#include "http/settings.h"

/* Where a number is kept, and its range. */
typedef struct {
    int offset;
    apr_int64_t least;
    apr_int64_t most;
} number_t;

static const char *parse_number(apr_int64_t *number, const cmd_parms *cmd, const char *text)
{
    const number_t *n = cmd->info;
    char *end;

    errno = 0;
    *number = apr_strtoi64(text, &end, 10);
    if (errno || end == text || *end || *number < n->least || *number > n->most) {
        return apr_psprintf(cmd->pool,
                            "%s %s: write a whole number from %" APR_INT64_T_FMT
                            " to %" APR_INT64_T_FMT,
                            cmd->cmd->name, text, n->least, n->most);
    }
    return NULL;
}

static const char *set_dir_number(cmd_parms *cmd, void *config, const char *text)
{
    const number_t *n = cmd->info;

    return parse_number((apr_int64_t *)((char *)config + n->offset), cmd, text);
}

static const char *set_version(cmd_parms *cmd, void *config, const char *text)
{
    scim_sync_dir_config_t *location = config;

    location->is_v1 = !strcmp(text, "1.1");
    return location->is_v1 || !strcmp(text, "2.0")
               ? NULL
               : apr_pstrcat(cmd->pool, "ScimSyncVersion ", text, ": write 1.1 or 2.0", NULL);
}

static const char *set_record(cmd_parms *cmd, void *config, int flag)
{
    scim_sync_dir_config_t *location = config;

    (void)cmd;
    location->is_recorded = flag;
    return NULL;
}

static const char *add_administrator(cmd_parms *cmd, void *config, const char *args)
{
    return scim_sync_role_require(cmd, &((scim_sync_dir_config_t *)config)->administrators, args);
}

static const char *add_reader(cmd_parms *cmd, void *config, const char *args)
{
    return scim_sync_role_require(cmd, &((scim_sync_dir_config_t *)config)->readers, args);
}

static const char *set_server_number(cmd_parms *cmd, void *config, const char *text)
{
    const number_t *n = cmd->info;
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    char *server = (char *)scim_sync_server_config(cmd->server);

    (void)config;
    return error ? error : parse_number((apr_int64_t *)(server + n->offset), cmd, text);
}

static const char *set_on(cmd_parms *cmd, void *config, int flag)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);

    (void)config;
    if (!error) {
        scim_sync_server_config(cmd->server)->on = flag;
    }
    return error;
}

static const char *set_key_file(cmd_parms *cmd, void *config, const char *text)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    const char *path = strncmp(text, "exec:", 5) ? ap_server_root_relative(cmd->pool, text) : text;

    (void)config;
    if (!error && !path) {
        error = apr_pstrcat(cmd->pool, "ScimSyncKeyFile ", text,
                            ": write a path, or exec: and a "
                            "program's path",
                            NULL);
    }
    if (!error) {
        scim_sync_server_config(cmd->server)->key_file = path;
    }
    return error;
}

static const char *set_event_log(cmd_parms *cmd, void *config, const char *text)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    const char *log = *text == '|' ? text : ap_server_root_relative(cmd->pool, text);

    (void)config;
    if (!error && (!log || !strcmp(log + strspn(log, "|$ "), ""))) {
        error = apr_pstrcat(cmd->pool, "ScimSyncEventLog ", text,
                            ": write a file's path, or | and a program with its arguments", NULL);
    }
    if (!error) {
        scim_sync_server_config(cmd->server)->event_log = log;
    }
    return error;
}

static const char *set_ca_file(cmd_parms *cmd, void *config, const char *text)
{
    const char *error = ap_check_cmd_context(cmd, GLOBAL_ONLY);
    const char *path = ap_server_root_relative(cmd->pool, text);

    (void)config;
    if (!error && !path) {
        error = apr_pstrcat(cmd->pool, "ScimSyncCAFile ", text, ": write a file's path", NULL);
    }
    if (!error) {
        scim_sync_server_config(cmd->server)->ca_file = path;
    }
    return error;
}

static const char *set_base_url(cmd_parms *cmd, void *config, const char *text)
{
    apr_size_t length = strlen(text);
    apr_uri_t uri;

    (void)config;
    if (apr_uri_parse(cmd->pool, text, &uri) != APR_SUCCESS || !uri.scheme || !uri.hostname ||
        !*uri.hostname || (strcmp(uri.scheme, "https") && strcmp(uri.scheme, "http")) ||
        uri.query || uri.fragment || uri.user) {
        return apr_pstrcat(cmd->pool, "ScimSyncBaseURL ", text,
                           ": write the URL under which clients reach this host, such as "
                           "https://sync.example.com",
                           NULL);
    }
    while (length > 0 && text[length - 1] == '/') {
        length--;
    }
    scim_sync_server_config(cmd->server)->base_url = apr_pstrndup(cmd->pool, text, length);
    return NULL;
}

/* The range of a number per location comes from the list that made its member. */
#define NUMBER(name, otherwise, least, most)                                                       \
    static number_t name##_number = { APR_OFFSETOF(scim_sync_dir_config_t, name), least, most };
SCIM_SYNC_DIR_NUMBERS(NUMBER)
#undef NUMBER

static number_t shared_size_number = { APR_OFFSETOF(scim_sync_server_config_t, shared_size),
                                       SCIM_SYNC_SHARED_MIN, 1024 * 1024 * 1024 };
static number_t jira_connections_number = {
    APR_OFFSETOF(scim_sync_server_config_t, jira_connections), 1, 100
};
static number_t event_days_number = { APR_OFFSETOF(scim_sync_server_config_t, event_days), 0,
                                      36500 };
static number_t reconcile_hours_number = { APR_OFFSETOF(scim_sync_server_config_t, reconcile_hours),
                                           0, 8760 };
static number_t jira_timeout_number = { APR_OFFSETOF(scim_sync_server_config_t, jira_timeout), 1,
                                        600 };

const command_rec scim_sync_directives[] = {
    AP_INIT_FLAG("ScimSync", set_on, NULL, RSRC_CONF,
                 "On: this server takes SCIM requests and provisions Jira; Off (default)"),
    AP_INIT_TAKE1(
        "ScimSyncKeyFile", set_key_file, NULL, RSRC_CONF,
        "file of keys, one a line, as openssl rand -base64 32 prints them, the current one "
        "first; or exec:/path/to/program that prints one key"),
    AP_INIT_TAKE1("ScimSyncBaseURL", set_base_url, NULL, RSRC_CONF,
                  "URL under which clients reach this virtual host (default: as UseCanonicalName)"),
    AP_INIT_TAKE1("ScimSyncSharedSize", set_server_number, &shared_size_number, RSRC_CONF,
                  "bytes of shared memory for the configuration (default 1048576)"),
    AP_INIT_TAKE1("ScimSyncJiraConnections", set_server_number, &jira_connections_number, RSRC_CONF,
                  "calls to Jira at a time (default 10)"),
    AP_INIT_TAKE1("ScimSyncJiraTimeout", set_server_number, &jira_timeout_number, RSRC_CONF,
                  "seconds that a call to Jira may take (default 30)"),
    AP_INIT_TAKE1(
        "ScimSyncCAFile", set_ca_file, NULL, RSRC_CONF,
        "file of the certificates, in PEM, that vouch for Jira and Google (default: those "
        "that the system trusts)"),
    AP_INIT_TAKE1("ScimSyncReconcileHours", set_server_number, &reconcile_hours_number, RSRC_CONF,
                  "hours after which Jira is read again and compared; 0: never (default 24)"),
    AP_INIT_TAKE1("ScimSyncEventDays", set_server_number, &event_days_number, RSRC_CONF,
                  "days for which events are kept; 0: for ever (default 365)"),
    AP_INIT_TAKE1("ScimSyncEventLog", set_event_log, NULL, RSRC_CONF,
                  "file, or | and a program, that gets a line of JSON for each event"),
    AP_INIT_TAKE1("ScimSyncVersion", set_version, NULL, RSRC_CONF | ACCESS_CONF,
                  "version of SCIM that is spoken here: 1.1 or 2.0 (default)"),
    AP_INIT_FLAG("ScimSyncRecord", set_record, NULL, RSRC_CONF | ACCESS_CONF,
                 "On (default): the last SCIM requests of each identity provider are kept, without "
                 "secrets; Off"),
    AP_INIT_TAKE1("ScimSyncMaxBody", set_dir_number, &max_body_number, RSRC_CONF | ACCESS_CONF,
                  "bytes that a request's body may have (default 16777216)"),
    AP_INIT_TAKE1("ScimSyncMaxDepth", set_dir_number, &max_depth_number, RSRC_CONF | ACCESS_CONF,
                  "nesting that a body's JSON may have (default 32)"),
    AP_INIT_TAKE1("ScimSyncMaxOperations", set_dir_number, &max_operations_number,
                  RSRC_CONF | ACCESS_CONF,
                  "operations that a PATCH or Bulk may have (default 1000)"),
    AP_INIT_TAKE1("ScimSyncMaxValues", set_dir_number, &max_values_number, RSRC_CONF | ACCESS_CONF,
                  "values that an attribute may have, members apart (default 1000)"),
    AP_INIT_TAKE1("ScimSyncMaxFilter", set_dir_number, &max_filter_number, RSRC_CONF | ACCESS_CONF,
                  "bytes that a filter may have (default 8192)"),
    AP_INIT_TAKE1("ScimSyncMaxFilterDepth", set_dir_number, &max_filter_depth_number,
                  RSRC_CONF | ACCESS_CONF, "nesting that a filter may have (default 32)"),
    AP_INIT_TAKE1("ScimSyncMaxFilterLooks", set_dir_number, &max_filter_looks_number,
                  RSRC_CONF | ACCESS_CONF,
                  "comparisons of a filter that look into each resource (default 50)"),
    AP_INIT_TAKE1("ScimSyncPageSize", set_dir_number, &page_size_number, RSRC_CONF | ACCESS_CONF,
                  "resources on a page of a list, at most (default 200)"),
    AP_INIT_TAKE1("ScimSyncCursorTimeout", set_dir_number, &cursor_timeout_number,
                  RSRC_CONF | ACCESS_CONF,
                  "seconds for which the next page can be asked for by cursor (default 3600)"),
    AP_INIT_TAKE1("ScimSyncPatchMembers", set_dir_number, &patch_members_number,
                  RSRC_CONF | ACCESS_CONF,
                  "a PATCH of a group with more members is answered 204 (default 100)"),
    AP_INIT_RAW_ARGS("ScimSyncAdministrator", add_administrator, NULL, ACCESS_CONF,
                     "who may do everything in the admin API, as Require says it: user jane"),
    AP_INIT_RAW_ARGS("ScimSyncReader", add_reader, NULL, ACCESS_CONF,
                     "who may see everything in the admin API and change nothing, likewise"),
    { NULL }
};

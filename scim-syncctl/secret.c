/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a document's secrets are.
 */
#include <string.h>

#include <apr_env.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "base/json.h"
#include "scim-syncctl/config.h"
#include "scim-syncctl/text.h"

#define SECRET_MAX 65536

static const char *read_file(const char **text, const char *path, apr_pool_t *p)
{
    char *buffer = apr_palloc(p, SECRET_MAX + 1);
    apr_size_t len = 0;
    char reason[120];
    apr_file_t *file;
    apr_finfo_t info;
    apr_status_t rv;

    rv = apr_file_open(&file, path, APR_FOPEN_READ, APR_OS_DEFAULT, p);
    if (rv == APR_SUCCESS && (rv = apr_file_info_get(&info, APR_FINFO_PROT, file)) == APR_SUCCESS) {
        rv = apr_file_read_full(file, buffer, SECRET_MAX + 1, &len);
    }
    if (rv != APR_SUCCESS && rv != APR_EOF) {
        return apr_psprintf(p, "the file %s can't be read: %s", path,
                            apr_strerror(rv, reason, sizeof(reason)));
    }
    apr_file_close(file);
    if (info.protection & (APR_FPROT_WREAD | APR_FPROT_WWRITE)) {
        return apr_psprintf(p, "everybody on this host can read the file %s: chmod 600", path);
    }
    if (len > SECRET_MAX) {
        return apr_psprintf(p, "the file %s is too long for a secret", path);
    }
    while (len > 0 && (buffer[len - 1] == '\n' || buffer[len - 1] == '\r')) {
        len--;
    }
    buffer[len] = '\0';
    *text = buffer;
    return len ? NULL : apr_psprintf(p, "the file %s is empty", path);
}

const char *ctl_config_secret(const char **text, const json_t *reference, apr_pool_t *p)
{
    const char *name = scim_sync_json_str(reference, "env");
    char *value;

    if (!name) {
        return read_file(text, scim_sync_json_str(reference, "file"), p);
    }
    if (apr_env_get(&value, name, p) != APR_SUCCESS || !*value) {
        return apr_psprintf(p, "%s is not set in the environment", name);
    }
    *text = value;
    return NULL;
}

const char *ctl_config_secret_place(const json_t *reference, apr_pool_t *p)
{
    const char *name = scim_sync_json_str(reference, "env");

    return ctl_printable(name ? apr_pstrcat(p, "$", name, NULL)
                              : apr_pstrcat(p, "the file ", scim_sync_json_str(reference, "file"),
                                            NULL),
                         p);
}

/* ---- a document for a file ---- */

/* "SCIM_SYNC_MAIN_API_TOKEN" */
static const char *variable(const char *name, const char *what, apr_pool_t *p)
{
    char *text = apr_pstrcat(p, "SCIM_SYNC_", name, "_", what, NULL);
    char *at;

    for (at = text; *at; at++) {
        *at = apr_isalnum(*at) ? (char)apr_toupper(*at) : '_';
    }
    return text;
}

static void put_reference(json_t *object, const char *field, const json_t *old, const char *name,
                          const char *what, apr_pool_t *p)
{
    json_t *reference = json_object_get(old, field);

    json_object_set_new(object, field,
                        reference ? json_deep_copy(reference)
                                  : json_pack("{s:s}", "env", variable(name, what, p)));
}

json_t *ctl_config_for_file(const ctl_config_t *config, const json_t *old, apr_pool_t *p)
{
    json_t *doc = json_deep_copy(config->doc);
    const char *name;
    json_t *thing;

    json_object_foreach(json_object_get(doc, "sites"), name, thing)
    {
        const json_t *before = json_object_get(json_object_get(old, "sites"), name);
        json_t *organization = json_object_get(thing, "organization");

        json_object_del(thing, "apiTokenExpires");
        put_reference(thing, "apiToken", before, name, "API_TOKEN", p);
        if (json_is_object(organization)) {
            put_reference(organization, "apiKey", json_object_get(before, "organization"), name,
                          "ORGANIZATION_KEY", p);
        }
    }
    json_object_foreach(json_object_get(doc, "idps"), name, thing)
    {
        const json_t *facts = json_object_get(config->facts, name);
        const json_t *before =
            json_object_get(json_object_get(json_object_get(old, "idps"), name), "google");
        json_t *google = json_object_get(thing, "google");

        if (json_is_true(json_object_get(facts, "hasClientSecret"))) {
            put_reference(google, "clientSecret", before, name, "CLIENT_SECRET", p);
        }
        if (json_is_true(json_object_get(facts, "hasServiceAccountKey"))) {
            put_reference(google, "serviceAccountKey", before, name, "SERVICE_ACCOUNT_KEY", p);
        }
    }
    return doc;
}

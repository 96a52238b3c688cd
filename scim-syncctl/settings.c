/* SPDX-License-Identifier: Apache-2.0 */
#include "scim-syncctl/settings.h"

#include <stdlib.h>
#include <string.h>

#include <apr_env.h>
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_lib.h>
#include <apr_strings.h>

#include "scim-syncctl/http.h"

#define DEFAULT_PATH    "/scim-sync"
#define LINE_MAX_       4096
#define TIMEOUT_DEFAULT 60
#define TIMEOUT_MAX     3600

/* Cuts blanks at both ends; writes into text. */
static char *trimmed(char *text)
{
    apr_size_t len;

    while (apr_isspace(*text)) {
        text++;
    }
    for (len = strlen(text); len > 0 && apr_isspace(text[len - 1]); len--) {
        text[len - 1] = '\0';
    }
    return text;
}

static const char *set_once(const char **at, const char *value)
{
    *at = *at ? *at : value;
    return NULL;
}

const char *ctl_settings_take(ctl_settings_t *settings, const char **password_file,
                              const char *text, apr_pool_t *p)
{
    const struct {
        const char *name;
        const char **at;
    } names[] = { { "url", &settings->url },       { "user", &settings->user },
                  { "cacert", &settings->cacert }, { "password-file", password_file },
                  { "cert", &settings->cert },     { "netrc-file", &settings->netrc_file },
                  { "key", &settings->key } };
    char *name = trimmed(apr_pstrdup(p, text));
    char *value = strchr(name, '=');
    apr_size_t i;

    if (!*name || *name == '#') {
        return NULL;
    }
    if (!value) {
        return "a line has a name, = and a value";
    }
    *value++ = '\0';
    name = trimmed(name);
    value = trimmed(value);
    if (!strcmp(name, "password")) {
        return "a password stands in a file of its own, which only you can read: password-file";
    }
    if (!strcmp(name, "negotiate") && (!strcmp(value, "on") || !strcmp(value, "off"))) {
        settings->negotiate |= !strcmp(value, "on");
        return NULL;
    }
    for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (!strcmp(name, names[i].name)) {
            return *value ? set_once(names[i].at, value) : "there is no value behind =";
        }
    }
    return apr_psprintf(p, "there is no setting %.64s; negotiate is on or off", name);
}

/* A file that is not there says nothing, unless it was asked for. */
static const char *read_config(ctl_settings_t *settings, const char **password_file,
                               const char *path, int is_needed, apr_pool_t *p)
{
    char line[LINE_MAX_];
    const char *why = NULL;
    apr_file_t *file;
    apr_status_t rv;
    int number = 0;

    rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BUFFERED, APR_OS_DEFAULT, p);
    if (rv != APR_SUCCESS) {
        return APR_STATUS_IS_ENOENT(rv) && !is_needed
                   ? NULL
                   : apr_psprintf(p, "%s can't be read: %s.", path,
                                  apr_strerror(rv, line, sizeof(line)));
    }
    while (!why && apr_file_gets(line, sizeof(line), file) == APR_SUCCESS) {
        number++;
        why = ctl_settings_take(settings, password_file, line, p);
    }
    apr_file_close(file);
    return why ? apr_psprintf(p, "%s, line %d: %s.", path, number, why) : NULL;
}

static const char *environment(const char *name, apr_pool_t *p)
{
    char *value;

    return apr_env_get(&value, name, p) == APR_SUCCESS && *value ? value : NULL;
}

static const char *own_config(apr_pool_t *p)
{
    const char *base = environment("XDG_CONFIG_HOME", p);
    const char *home = environment("HOME", p);

    if (base) {
        return apr_pstrcat(p, base, "/scim-syncctl.conf", NULL);
    }
    return home ? apr_pstrcat(p, home, "/.config/scim-syncctl.conf", NULL) : NULL;
}

/* The user's own before the system's, since what is set stays. */
static const char *read_configs(ctl_settings_t *settings, const char **password_file,
                                const char *given, apr_pool_t *p)
{
    const char *own = own_config(p);
    const char *why = NULL;

    if (given) {
        return read_config(settings, password_file, given, 1, p);
    }
    if (own) {
        why = read_config(settings, password_file, own, 0, p);
    }
    return why ? why : read_config(settings, password_file, CTL_SYSTEM_CONFIG, 0, p);
}

/* The first line of a file that nobody else can read. */
static const char *read_password(ctl_settings_t *settings, const char *path, apr_pool_t *p)
{
    char line[LINE_MAX_];
    apr_file_t *file;
    apr_finfo_t info;
    apr_status_t rv;

    rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BUFFERED, APR_OS_DEFAULT, p);
    if (rv == APR_SUCCESS) {
        rv = apr_file_info_get(&info, APR_FINFO_PROT, file);
    }
    if (rv != APR_SUCCESS) {
        return apr_psprintf(p, "The password file %s can't be read: %s.", path,
                            apr_strerror(rv, line, sizeof(line)));
    }
    if (info.protection & (APR_FPROT_WREAD | APR_FPROT_WWRITE)) {
        return apr_psprintf(p, "Everybody on this host can read the password in %s: chmod 600 %s",
                            path, path);
    }
    rv = apr_file_gets(line, sizeof(line), file);
    apr_file_close(file);
    line[rv == APR_SUCCESS ? strcspn(line, "\r\n") : 0] = '\0';
    settings->password = apr_pstrdup(p, line);
    return *line ? NULL : apr_psprintf(p, "There is no password in %s.", path);
}

const char *ctl_settings_url(const char *text, const char **why, apr_pool_t *p)
{
    const char *path;
    char *url;
    apr_size_t len;

    *why = ctl_http_fault_of_url(text, p);
    if (*why) {
        return NULL;
    }
    url = apr_pstrdup(p, text);
    for (len = strlen(url); len > 0 && url[len - 1] == '/'; len--) {
        url[len - 1] = '\0';
    }
    path = strstr(url, "://");
    return path && strchr(path + 3, '/') ? url : apr_pstrcat(p, url, DEFAULT_PATH, NULL);
}

static const char *first_of(const char *a, const char *b)
{
    return a ? a : b;
}

const char *ctl_settings_read(ctl_settings_t *settings, const ctl_line_t *line, apr_pool_t *p)
{
    const char *password_file =
        first_of(ctl_option(line, "password-file"), environment("SCIM_SYNC_PASSWORD_FILE", p));
    const char *why;

    *settings = (ctl_settings_t) {
        .url = first_of(ctl_option(line, "url"), environment("SCIM_SYNC_URL", p)),
        .user = first_of(ctl_option(line, "user"), environment("SCIM_SYNC_USER", p)),
        .netrc_file = ctl_option(line, "netrc-file"),
        .cacert = ctl_option(line, "cacert"),
        .cert = ctl_option(line, "cert"),
        .key = ctl_option(line, "key"),
        .negotiate = ctl_option(line, "negotiate") != NULL,
    };
    settings->timeout =
        ctl_option_number(line, "timeout", 1, TIMEOUT_MAX, TIMEOUT_DEFAULT, &why, p);
    if (why || (why = read_configs(settings, &password_file, ctl_option(line, "config"), p))) {
        return why;
    }
    if (!settings->url) {
        return "Which server? Say --url https://sync.example.com/scim-sync, or set SCIM_SYNC_URL, "
               "or write \"url = ...\" into " CTL_SYSTEM_CONFIG ".";
    }
    settings->url = ctl_settings_url(settings->url, &why, p);
    if (!why && password_file) {
        why = read_password(settings, password_file, p);
    }
    return why;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "module/keys.h"

#include <errno.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <openssl/crypto.h>

/* A key file has some lines of 44 characters, and comments. */
#define TEXT_MAX 8192

static const char *complain(const char *source, const char *what, apr_status_t rv, apr_pool_t *p)
{
    char why[120];

    return rv ? apr_psprintf(p, "ScimSyncKeyFile: %s: %s (%d: %s)", source, what, rv,
                             apr_strerror(rv, why, sizeof(why)))
              : apr_psprintf(p, "ScimSyncKeyFile: %s: %s", source, what);
}

static const char *read_file(const char *path, char *text, apr_pool_t *p)
{
    apr_file_t *file;
    apr_finfo_t info;
    apr_size_t length;
    apr_status_t rv;

    if (apr_stat(&info, path, APR_FINFO_TYPE, p) == APR_SUCCESS && info.filetype != APR_REG) {
        return complain(path, "it is no regular file", 0, p);
    }
    rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, p);
    if (rv != APR_SUCCESS) {
        return complain(path, "can't be read: write the output of openssl rand -base64 32 to it",
                        rv, p);
    }
    rv = apr_file_info_get(&info, APR_FINFO_PROT, file);
    if (rv == APR_SUCCESS && (info.protection & (APR_FPROT_WREAD | APR_FPROT_WWRITE))) {
        return complain(
            path, "everybody can read or write it: a key file is its owner's alone (mode 600)", 0,
            p);
    }
    rv = apr_file_read_full(file, text, TEXT_MAX, &length);
    apr_file_close(file);
    if (rv != APR_SUCCESS && rv != APR_EOF) {
        return complain(path, "can't be read", rv, p);
    }
    text[length] = '\0';
    return NULL;
}

/* Nothing is started for a look at the configuration only. */
static int is_dry(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG ||
           ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_CONFIG_DUMP;
}

/* That a program is not there can be seen without running it. */
static const char *find_program(char ***argv, const char *source, apr_pool_t *p)
{
    if (apr_tokenize_to_argv(source + 5, argv, p) != APR_SUCCESS || !(*argv)[0]) {
        return complain(source, "write exec: and the path of a program", 0, p);
    }
    if (access((*argv)[0], X_OK)) {
        return complain(source, "there is no such program, or it can't be run", errno, p);
    }
    return NULL;
}

static const char *run_program(char **argv, const char *source, char *text, apr_pool_t *p)
{
    const char *line;

    /* One line is what httpd's own helper reads: one key, which is what a program has at hand. */
    line = ap_get_exec_line(p, argv[0], (const char *const *)argv);
    if (!line) {
        return complain(source, "the program failed, or printed nothing", 0, p);
    }
    apr_cpystrn(text, line, TEXT_MAX);
    OPENSSL_cleanse((void *)(uintptr_t)line, strlen(line));
    return NULL;
}

const char *scim_sync_keys_load(scim_sync_keyring_t **ring, const char *source, apr_pool_t *p)
{
    char text[TEXT_MAX + 1];
    const char *problem;
    const char *why;
    char **argv;

    *ring = NULL;
    if (!strncmp(source, "exec:", 5)) {
        problem = find_program(&argv, source, p);
        if (problem || is_dry()) {
            return problem;
        }
        problem = run_program(argv, source, text, p);
    }
    else {
        problem = read_file(source, text, p);
    }
    if (!problem && scim_sync_keyring_parse(ring, text, &why, p) != APR_SUCCESS) {
        problem = complain(source, why, 0, p);
    }
    OPENSSL_cleanse(text, sizeof(text));
    return problem;
}

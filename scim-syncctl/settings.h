/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the server is and who asks: from options, the environment, and configuration files, in this
 * order. A password never stands on the command line, nor in a configuration file: it has a file of
 * its own, or is netrc's, or is typed.
 */
#ifndef SCIM_SYNCCTL_SETTINGS_H
#define SCIM_SYNCCTL_SETTINGS_H

#include "scim-syncctl/options.h"

#define CTL_SYSTEM_CONFIG "/etc/scim-syncctl.conf"

typedef struct {
    const char *url; /* of the location of the admin handler, without a slash at its end */
    const char *user;
    const char *password; /* read from its file */
    const char *netrc_file;
    const char *cacert;
    const char *cert;
    const char *key;
    int negotiate;
    long timeout; /* seconds */
} ctl_settings_t;

/*
 * Collects them. Texts are in p, or those of the line and the environment.
 * why   what is wrong and what to do, in p; NULL when nothing is
 */
const char *ctl_settings_read(ctl_settings_t *settings, const ctl_line_t *line, apr_pool_t *p);

/*
 * Takes one line of a configuration file into settings, where nothing is set yet: "name = value",
 * "# words" or nothing. What is wrong with it, in p, or NULL. password_file: where it names one.
 */
const char *ctl_settings_take(ctl_settings_t *settings, const char **password_file,
                              const char *text, apr_pool_t *p);

/*
 * An address as it is used, in p: https, or http to this host itself; without a path it gets that of
 * conf.d's example, /scim-sync. NULL and *why, in p, when it can't be used.
 */
const char *ctl_settings_url(const char *text, const char **why, apr_pool_t *p);

#endif

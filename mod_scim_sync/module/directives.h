/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directives, and the check of all of them together.
 */
#ifndef SCIM_SYNC_MODULE_DIRECTIVES_H
#define SCIM_SYNC_MODULE_DIRECTIVES_H

#include <httpd.h>
#include <http_config.h>

extern const command_rec scim_sync_directives[];

/*
 * The check_config hook (at start and at `apachectl configtest`): every problem is one line in the
 * log that says what to write instead.
 */
int scim_sync_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);

#endif

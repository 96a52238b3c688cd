/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of the module in httpd's processes: what the parent makes and a graceful restart
 * keeps, what each child makes of it, and how it ends.
 */
#ifndef SCIM_SYNC_MODULE_PROCESS_H
#define SCIM_SYNC_MODULE_PROCESS_H

#include <httpd.h>

/*
 * Whether httpd runs already and reads its configuration anew: what is wrong with the machine by
 * now (a key that can't be read, a folder that is gone) must not end all that it serves.
 */
int scim_sync_is_reload(const server_rec *s);

/* Hooks. */
int scim_sync_pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp);
int scim_sync_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);
void scim_sync_child_init(apr_pool_t *pchild, server_rec *s);
void scim_sync_child_stopping(apr_pool_t *pchild, int graceful);

#endif

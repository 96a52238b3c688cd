/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SetHandler scim-sync-health: for load balancers and monitors. 200 when this node can take SCIM
 * requests (it is configured and its database answers), else 503. Tells nothing else.
 */
#ifndef SCIM_SYNC_HTTP_HEALTH_H
#define SCIM_SYNC_HTTP_HEALTH_H

#include <httpd.h>

int scim_sync_health_handler(request_rec *r);

#endif

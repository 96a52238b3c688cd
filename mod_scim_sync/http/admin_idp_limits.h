/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requestsPerMinute and allowFrom of an IdP: part of api/idps.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_IDP_LIMITS_H
#define SCIM_SYNC_HTTP_ADMIN_IDP_LIMITS_H

#include "http/admin.h"

/* Both in the body? What is not there is left alone; null takes it away. */
typedef struct {
    int has_rate;
    apr_int64_t per_minute; /* 0: any number */
    int has_networks;
    const char *allow_from; /* JSON array (base/network.h has its form), NULL: anywhere */
} scim_sync_admin_limits_t;

/* 400 names the field, and of a network the one that is none. */
const scim_sync_error_t *scim_sync_admin_read_limits(scim_sync_admin_t *q,
                                                     scim_sync_admin_limits_t *limits);

/* Put what there is into an IdP, unless it is that already, in another order or other spelling. */
void scim_sync_admin_set_limits(scim_sync_idp_t *idp, const scim_sync_admin_limits_t *limits,
                                apr_pool_t *p);

/* Add both to what is shown of an IdP. */
void scim_sync_admin_show_limits(json_t *object, const scim_sync_idp_t *idp);

#endif

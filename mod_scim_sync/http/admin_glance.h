/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is shown of an IdP beside its settings: when it was heard last, and how much there is of it
 * (store/glance.h).
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_GLANCE_H
#define SCIM_SYNC_HTTP_ADMIN_GLANCE_H

#include "http/admin.h"

typedef struct {
    apr_hash_t *idps;           /* name -> scim_sync_glance_t */
    apr_array_header_t *tokens; /* scim_sync_token_t * */
} scim_sync_admin_glance_t;

/* Of one IdP, or (NULL) of all, in p. */
apr_status_t scim_sync_admin_load_glance(scim_sync_db_t *db, scim_sync_admin_glance_t *glance,
                                         const char *idp, apr_pool_t *p);

/* Put it into an IdP's object, which has a name. */
void scim_sync_admin_put_glance(scim_sync_admin_t *q, json_t *idp,
                                const scim_sync_admin_glance_t *glance);

#endif

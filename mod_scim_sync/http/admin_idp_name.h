/* SPDX-License-Identifier: Apache-2.0 */
/*
 * displayName of an IdP: part of api/idps.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_IDP_NAME_H
#define SCIM_SYNC_HTTP_ADMIN_IDP_NAME_H

#include "http/admin.h"

/* What is not in the body is left alone; null takes it away. */
typedef struct {
    int has_display;
    const char *display; /* NULL: as its name */
} scim_sync_admin_name_t;

/* 400 says what it can be. */
const scim_sync_error_t *scim_sync_admin_read_name(scim_sync_admin_t *q,
                                                   scim_sync_admin_name_t *name);

/* Put it into an IdP. */
void scim_sync_admin_set_name(scim_sync_idp_t *idp, const scim_sync_admin_name_t *name);

/* Add it to what is shown of an IdP. */
void scim_sync_admin_show_name(json_t *object, const scim_sync_idp_t *idp);

/* The detail of the event idp.changed, in q->p: the state; and what it is called, if that is new. */
const char *scim_sync_admin_say_change(const scim_sync_admin_t *q, const scim_sync_idp_t *idp,
                                       const char *called_before);

#endif

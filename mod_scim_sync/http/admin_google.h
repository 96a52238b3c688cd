/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of an IdP that is pulled from Google: internal to the files http/admin_google*.c and
 * http/admin_pull*.c.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_GOOGLE_H
#define SCIM_SYNC_HTTP_ADMIN_GOOGLE_H

#include "http/admin.h"
#include "store/google.h"

/* For a unit of work: the connection of q->name; refuses when it is no IdP, or none of Google's. */
apr_status_t scim_sync_admin_google_load(scim_sync_db_t *db, scim_sync_admin_t *q,
                                         scim_sync_google_idp_t **google, apr_pool_t *p);

/* Answer with settings and connection, as they are now. */
int scim_sync_admin_google_show(scim_sync_admin_t *q);

/* Answer .../choice, .../connect, .../disconnect and .../test. */
int scim_sync_admin_google_choice(scim_sync_admin_t *q);
int scim_sync_admin_google_connect(scim_sync_admin_t *q);
int scim_sync_admin_google_disconnect(scim_sync_admin_t *q);
int scim_sync_admin_google_schedule(scim_sync_admin_t *q); /* .../schedule */
int scim_sync_admin_google_test(scim_sync_admin_t *q);

/* Answer idps/{name}/pulls/{run}/changes. */
int scim_sync_admin_pull_changes(scim_sync_admin_t *q, apr_int64_t run);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The choice of an IdP that is pulled from Google (sync/google_choice.h), as text; and how it got
 * on with the runs of the pull. All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_GOOGLE_CHOICE_H
#define SCIM_SYNC_STORE_GOOGLE_CHOICE_H

#include "store/db.h"

typedef struct {
    const char *text;    /* JSON */
    apr_int64_t version; /* from 1 on */
    apr_int64_t idp;     /* when the IdP was made (ms): another one of its name begins anew */
} scim_sync_google_chosen_t;

/* {} of version 0 when there is no such IdP, or it is of another kind. */
apr_status_t scim_sync_google_choice_load(scim_sync_db_t *db, scim_sync_google_chosen_t *chosen,
                                          const char *idp, apr_pool_t *p);

/* Another one in the place of this version. *stored 0: somebody else has changed it since. */
apr_status_t scim_sync_google_choice_put(scim_sync_db_t *db, const char *idp, const char *text,
                                         apr_int64_t version, int *stored, apr_pool_t *p);

/* A run has begun with this version of it. */
apr_status_t scim_sync_google_choice_used(scim_sync_db_t *db, apr_int64_t run, apr_int64_t version,
                                          apr_pool_t *p);

/* *changed is 1 when the last run that was taken over had another version than this one. */
apr_status_t scim_sync_google_choice_changed(scim_sync_db_t *db, const char *idp,
                                             apr_int64_t version, int *changed, apr_pool_t *p);

#endif

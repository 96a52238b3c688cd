/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an IdP says that is new: a resource that was made, has changed or goes, with the tasks that
 * follow from it and the events that tell of it. Whoever writes down what an IdP tells, over SCIM
 * or by a pull, does it by these; so that it is the same news however it came.
 *
 * All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_NEWS_H
#define SCIM_SYNC_STORE_NEWS_H

#include <apr_tables.h>

#include "scim/resource.h"
#include "store/db.h"

typedef struct {
    const char *idp;
    scim_sync_resource_t *r;     /* as it was, and then as it is: set by the caller in between */
    int changed;                 /* the document is another one: set by the caller */
    apr_array_header_t *added;   /* const char *: values of members, likewise; scim_sync_... */
    apr_array_header_t *removed; /* ...member_apply() fills both */

    /* as it was before */
    int was_active;
    const char *old_name;
    const json_t *before; /* what an event shows of it; NULL: it is new */
} scim_sync_news_t;

/* Nothing has happened yet to r, which is as it is stored; NULL: there is none yet. In p. */
void scim_sync_news_begin(scim_sync_news_t *news, const char *idp, scim_sync_resource_t *r,
                          apr_pool_t *p);

/* r was inserted, and its members, if it is a group. */
apr_status_t scim_sync_news_created(scim_sync_db_t *db, const scim_sync_news_t *news,
                                    apr_pool_t *p);

/* The same of many of one type, scim_sync_resource_t *, in few statements. */
apr_status_t scim_sync_news_created_each(scim_sync_db_t *db, const char *idp,
                                         const apr_array_header_t *resources, apr_pool_t *p);

/*
 * Write r, as it is now and in its next version, if its document or its members have changed.
 * detail   of the event, when the document has; or NULL
 * *stored  0: its name belongs to another one; the caller undoes its transaction
 */
apr_status_t scim_sync_news_store(scim_sync_db_t *db, scim_sync_news_t *news, const char *detail,
                                  int *stored, apr_pool_t *p);

/* Delete r. detail: of the event, why it goes, if more is to be said than that; or NULL. */
apr_status_t scim_sync_news_delete(scim_sync_db_t *db, const scim_sync_news_t *news,
                                   const char *detail, apr_pool_t *p);

#endif

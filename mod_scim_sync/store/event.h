/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened: an append-only record of who caused what on whom. Never holds a secret.
 */
#ifndef SCIM_SYNC_STORE_EVENT_H
#define SCIM_SYNC_STORE_EVENT_H

#include <apr_tables.h>

#include "store/db.h"

typedef struct {
    apr_int64_t id; /* set by the database */
    apr_int64_t at; /* ms; set by scim_sync_event_add() */
    const char
        *kind; /* "user.created", "jira.member.added", "task.failed": docs/api.md lists them */
    const char *actor;   /* "idp:okta", "admin:jane", "provisioner" */
    const char *idp;     /* or NULL */
    const char *site;    /* or NULL */
    const char *subject; /* id of a resource, or what the kind is about; or NULL */
    const char *name;    /* of the subject, for people; or NULL */
    const char *detail;  /* a sentence or Jira's words; or NULL */
} scim_sync_event_t;

/* Record one, in the transaction that does what it tells of. */
apr_status_t scim_sync_event_add(scim_sync_db_t *db, const scim_sync_event_t *event, apr_pool_t *p);

/*
 * A page, newest first: scim_sync_event_t * in p.
 * before    only events older than this id; 0 = from the newest
 * subject   only of this subject, or NULL
 */
apr_status_t scim_sync_event_list(scim_sync_db_t *db, apr_array_header_t **events,
                                  apr_int64_t before, const char *subject, int max, apr_pool_t *p);

#endif

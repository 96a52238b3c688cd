/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/events: internal to the files http/admin_events*.c.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_EVENTS_H
#define SCIM_SYNC_HTTP_ADMIN_EVENTS_H

#include "http/admin.h"

typedef struct {
    scim_sync_event_query_t query;
    const char *words; /* or NULL */
    scim_sync_event_page_t page;
} scim_sync_admin_events_t;

/* For a unit of work that reads: the page that is asked for. */
apr_status_t scim_sync_admin_events_load(scim_sync_db_t *db, void *events, apr_pool_t *p);

/*
 * Answer with all events that are asked for, however many there are, as they are read: page by
 * page, of which one is in memory. Between them no connection to the database is held, so
 * that a client that reads slowly holds up nobody; what happens meanwhile moves no page.
 * csv   else JSON
 */
int scim_sync_admin_events_export(scim_sync_admin_t *q, scim_sync_admin_events_t *events, int csv);

#endif

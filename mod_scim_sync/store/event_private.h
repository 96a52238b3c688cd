/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What event.c (adding), event_search.c (looking) and event_refill.c (migrations) share. Nobody
 * else includes this, but for the test that asks the databases for their plans.
 */
#ifndef SCIM_SYNC_STORE_EVENT_PRIVATE_H
#define SCIM_SYNC_STORE_EVENT_PRIVATE_H

#include "store/event.h"
#include "store/sql.h"

#define SCIM_SYNC_EVENT_COLUMNS                                                                    \
    "e.id, e.at, e.kind, e.actor, e.idp, e.site, e.subject, e.name, e.detail, e.change,"           \
    " e.person_key, e.group_key"

/* Rows of these columns: scim_sync_event_t * in p. */
apr_array_header_t *scim_sync_event_rows(const scim_sync_rows_t *rows, apr_pool_t *p);

/*
 * The key under which a name or an address is found: folded, and of a length that PostgreSQL's
 * indexes take. NULL for NULL.
 */
const char *scim_sync_event_key(const char *text, apr_pool_t *p);

/* The columns by which a search goes along an index, each of which has one. */
typedef enum {
    SCIM_SYNC_EVENT_BY_TIME, /* all of them */
    SCIM_SYNC_EVENT_BY_SUBJECT,
    SCIM_SYNC_EVENT_BY_PERSON,
    SCIM_SYNC_EVENT_BY_EMAIL,
    SCIM_SYNC_EVENT_BY_GROUP,
    SCIM_SYNC_EVENT_BY_KIND,
    SCIM_SYNC_EVENT_BY_ACTOR,
    SCIM_SYNC_EVENT_BY_IDP,
    SCIM_SYNC_EVENT_BY_SITE,
    SCIM_SYNC_EVENT_WAYS
} scim_sync_event_way_t;

/* What a walk looks at beside its own key; what is NULL is no condition. */
/* Names under which a group is looked for: its own, and some of those that it has in Jira. */
#define SCIM_SYNC_EVENT_GROUP_KEYS 8

typedef struct {
    scim_sync_event_query_t query; /* its kind is an exact one; person and group are not used */
    const char *kinds;             /* "jira.": what a kind must begin with */
    /* Of the group, beside a person: all set, perhaps to the same, or all NULL. */
    const char *group_keys[SCIM_SYNC_EVENT_GROUP_KEYS];
    apr_int64_t at; /* the page is what is before (at, id) */
    apr_int64_t id;
} scim_sync_event_bounds_t;

/* The statement of one walk: the newest events of that key. */
scim_sync_sql_t *scim_sync_event_walk(scim_sync_event_way_t way, const char *key,
                                      const scim_sync_event_bounds_t *bounds, apr_pool_t *p);

/*
 * Of kind, actor, idp and site of a query the one that the fewest events have, as far as they are
 * counted; else the first of them. SCIM_SYNC_EVENT_BY_TIME: it asks for none.
 * kinds   const char *, exact ones; NULL: any
 */
apr_status_t scim_sync_event_narrowest(scim_sync_db_t *db, scim_sync_event_way_t *way,
                                       const scim_sync_event_bounds_t *bounds,
                                       const apr_array_header_t *kinds, apr_pool_t *p);

/* Fill the keys of events that were recorded before there were any: a migration's. */
apr_status_t scim_sync_event_refill(scim_sync_db_t *db, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened: an append-only record of who caused what on whom. Never holds a secret, and never
 * a whole document.
 *
 * What a kind means stands in docs/api.md. An event is found by what it is about for as long as it
 * is kept, whatever became of that since: by ids, and by the names and addresses of its time.
 */
#ifndef SCIM_SYNC_STORE_EVENT_H
#define SCIM_SYNC_STORE_EVENT_H

#include <apr_tables.h>
#include <jansson.h>

#include "store/db.h"

/* What the subject of an event is, for .about. */
#define SCIM_SYNC_EVENT_PERSON "user"
#define SCIM_SYNC_EVENT_GROUP  "group"
#define SCIM_SYNC_EVENT_PORTAL "portal" /* found as a group is, by its name */

typedef struct {
    apr_int64_t id;      /* set by the database */
    apr_int64_t at;      /* ms; set by scim_sync_event_add() */
    const char *kind;    /* "user.created", "jira.member.added", "task.failed" */
    const char *actor;   /* "idp:okta", "admin:jane", "provisioner" */
    const char *idp;     /* or NULL */
    const char *site;    /* or NULL */
    const char *subject; /* id of a resource, or what the kind is about; or NULL */
    const char *name;    /* of the subject, for people; or NULL */
    const char *detail;  /* a sentence or Jira's words; or NULL */
    const char *change;  /* JSON: what was before and is after (scim_sync_event_change); or NULL */

    const char *about; /* what the subject is; NULL: neither person, group nor portal */

    /* By which it is found, beside these. Only for adding; NULL in what was found. */
    const char *email; /* the person's address */
    const char *group; /* name of the group that a person's membership is of */
} scim_sync_event_t;

/*
 * Record one, in the transaction that does what it tells of. Texts are cut where they are longer
 * than people want to read.
 */
apr_status_t scim_sync_event_add(scim_sync_db_t *db, const scim_sync_event_t *event, apr_pool_t *p);

/* The same of many, scim_sync_event_t *, in this order and in few statements. */
apr_status_t scim_sync_event_add_each(scim_sync_db_t *db, const apr_array_header_t *events,
                                      apr_pool_t *p);

/*
 * What differs between two flat objects: {"userName": {"before": "a", "after": "b"}}, as text in p,
 * for .change; NULL when nothing does. A member that one of them has not is left out on that side.
 * before, after   may be NULL: there was none, there is none
 */
const char *scim_sync_event_change(const json_t *before, const json_t *after, apr_pool_t *p);

/* An event as the API and the log show it. A new reference. */
json_t *scim_sync_event_json(const scim_sync_event_t *event, apr_pool_t *p);

/* ---- looking ---- */

/* What is asked for; each condition that is NULL or 0 is none. */
typedef struct {
    const char *person;  /* id, userName or address */
    const char *group;   /* id or name */
    const char *subject; /* exactly this */
    const char *idp;
    const char *site;
    const char *kind; /* this one; with a dot at its end all that begin so */
    const char *actor;
    apr_int64_t from;   /* ms: not before */
    apr_int64_t to;     /* ms: before that */
    apr_int64_t before; /* id of an event: what is older than it */
    int max;            /* so many at most */
} scim_sync_event_query_t;

/*
 * A page, newest first: scim_sync_event_t * in p. By time, and by id where that is the same; so
 * what happens between two questions never moves what comes behind `before`. Empty when there is no
 * event of that id any more: those behind it are gone, too.
 */
apr_status_t scim_sync_event_search(scim_sync_db_t *db, apr_array_header_t **events,
                                    const scim_sync_event_query_t *query, apr_pool_t *p);

typedef struct {
    apr_array_header_t *events; /* scim_sync_event_t * */
    apr_int64_t next;           /* the `before` of the next page; 0: this is the last one */
} scim_sync_event_page_t;

/*
 * The same, and where to go on: query->max at most.
 * words   each of them must stand in the name or the detail, in any case, also within a longer one;
 *         NULL: none. Then so many events are looked into and no more: a page may hold fewer than
 *         max, or none, and not be the last one.
 */
apr_status_t scim_sync_event_page(scim_sync_db_t *db, scim_sync_event_page_t *page,
                                  const scim_sync_event_query_t *query, const char *words,
                                  apr_pool_t *p);

/* ---- keeping ---- */

/*
 * Delete what is older than age (ms), the oldest first, `most` at most; *deleted of them.
 */
apr_status_t scim_sync_event_prune(scim_sync_db_t *db, apr_int64_t age, int most, int *deleted,
                                   apr_pool_t *p);

/* ---- for the log (sync/event_log.h) ---- */

/*
 * Whether this process's events are to be logged: then each one is noted in event_unlogged by the
 * transaction that records it, until scim_sync_event_logged() strikes it off. To be said before
 * there are threads.
 */
void scim_sync_event_note_unlogged(int wanted);

/* Those that are noted and not struck off, by id: scim_sync_event_t * in p, at most max. */
apr_status_t scim_sync_event_unlogged(scim_sync_db_t *db, apr_array_header_t **events, int max,
                                      apr_pool_t *p);

/* Whether there are any. */
apr_status_t scim_sync_event_any_unlogged(scim_sync_db_t *db, int *any, apr_pool_t *p);

/* Strike these off. ids: apr_int64_t. */
apr_status_t scim_sync_event_logged(scim_sync_db_t *db, const apr_array_header_t *ids,
                                    apr_pool_t *p);

#endif

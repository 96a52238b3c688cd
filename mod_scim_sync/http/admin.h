/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The admin API (docs/api.md), JSON in and out: one request on its way. Internal to the files
 * http/admin_*.c.
 */
#ifndef SCIM_SYNC_HTTP_ADMIN_H
#define SCIM_SYNC_HTTP_ADMIN_H

#include "http/answer.h"
#include "http/request.h"
#include "http/role.h"
#include "store/config.h"
#include "store/event.h"
#include "store/task.h"

typedef struct {
    request_rec *r;
    apr_pool_t *p; /* r->pool */
    scim_sync_runtime_t *runtime;
    scim_sync_dir_config_t settings;
    apr_table_t *query;
    json_t *body;                   /* of POST, PUT and PATCH: an object; {} when there was none */
    int no_body;                    /* there was none */
    const char *name;               /* first segment behind the collection, or NULL */
    const char *part;               /* second */
    const char *item;               /* third */
    const char *rest;               /* fourth */
    const char *actor;              /* "admin:jane" */
    scim_sync_role_t role;          /* of the user */
    const scim_sync_error_t *error; /* set by a unit of work that refuses */
} scim_sync_admin_t;

/* The handler's hook. */
int scim_sync_admin_handler(request_rec *r);

/* The collections. Each answers. */
int scim_sync_admin_sites(scim_sync_admin_t *q);
int scim_sync_admin_reconcile(scim_sync_admin_t *q); /* sites/{name}/reconcile */
int scim_sync_admin_idps(scim_sync_admin_t *q);
int scim_sync_admin_tokens(scim_sync_admin_t *q);
int scim_sync_admin_google(scim_sync_admin_t *q);   /* idps/{name}/google */
int scim_sync_admin_pulls(scim_sync_admin_t *q);    /* idps/{name}/pull, idps/{name}/pulls */
int scim_sync_admin_requests(scim_sync_admin_t *q); /* idps/{name}/requests */
int scim_sync_admin_rules(scim_sync_admin_t *q);
int scim_sync_admin_plan(scim_sync_admin_t *q);
int scim_sync_admin_tasks(scim_sync_admin_t *q);
int scim_sync_admin_reasons(scim_sync_admin_t *q); /* tasks/reasons */
int scim_sync_admin_events(scim_sync_admin_t *q);
int scim_sync_admin_people(scim_sync_admin_t *q);
int scim_sync_admin_groups(scim_sync_admin_t *q);
int scim_sync_admin_members(scim_sync_admin_t *q); /* idps/{name}/groups/{id}/members */
int scim_sync_admin_health(scim_sync_admin_t *q);
int scim_sync_admin_guard(scim_sync_admin_t *q);
int scim_sync_admin_guard_decide(scim_sync_admin_t *q);
int scim_sync_admin_status(scim_sync_admin_t *q);
int scim_sync_admin_whoami(scim_sync_admin_t *q);
int scim_sync_admin_openapi(scim_sync_admin_t *q);

/* Answer 200 (or status) with JSON, or with an error. */
int scim_sync_admin_answer(scim_sync_admin_t *q, int status, const json_t *body);
int scim_sync_admin_refuse(scim_sync_admin_t *q, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A unit of work says no: for `return` in it. */
apr_status_t scim_sync_admin_rollback(scim_sync_admin_t *q, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Run a unit that changes the configuration; on success all children and the provisioner know.
 * Returns 0, or 1 when it has answered what went wrong.
 */
int scim_sync_admin_changed(scim_sync_admin_t *q, scim_sync_unit_t *unit, void *baton);
/* The same for one that reads. */
int scim_sync_admin_read(scim_sync_admin_t *q, scim_sync_unit_t *unit, void *baton);

/*
 * Fields of the body. text is left alone when the field is absent or null. An error names the
 * field and what it should be.
 */
const scim_sync_error_t *scim_sync_admin_text(scim_sync_admin_t *q, const char *field,
                                              const char **text);
/* Refuses what is none of the fields (ended by NULL): a spelling mistake must not pass unseen. */
const scim_sync_error_t *scim_sync_admin_only(scim_sync_admin_t *q, const char *const *fields);

/* A text of the query (http/admin_query.h): NULL when it is absent or empty. */
const char *scim_sync_admin_asked(scim_sync_admin_t *q, const char *name);

/*
 * Record what the administrator did, in the transaction that does it: all of the event but its
 * actor. The second is for one that is about no person or group.
 */
apr_status_t scim_sync_admin_tell(scim_sync_db_t *db, const scim_sync_admin_t *q,
                                  scim_sync_event_t event, apr_pool_t *p);
apr_status_t scim_sync_admin_event(scim_sync_db_t *db, const scim_sync_admin_t *q, const char *kind,
                                   const char *idp, const char *site, const char *detail,
                                   apr_pool_t *p);

/* The same, about a task's user or group. */
apr_status_t scim_sync_admin_tell_task(scim_sync_db_t *db, const scim_sync_admin_t *q,
                                       const char *kind, const scim_sync_task_t *task,
                                       const char *detail, apr_pool_t *p);

/* A task as the API shows it. A new reference. */
json_t *scim_sync_admin_task(const scim_sync_task_t *task, apr_pool_t *p);

/* "discarded by jane on 2026-11-22T16:00:00.000Z": with which a task is (store/task.h), in p. */
const char *scim_sync_admin_discarded(const scim_sync_admin_t *q, apr_pool_t *p);

/* A time as the API writes it, null for 0. A new reference. */
json_t *scim_sync_admin_time(apr_int64_t ms, apr_pool_t *p);

/* limit of the query: 100 when absent, 1 to 1000. */
const scim_sync_error_t *scim_sync_admin_limit(scim_sync_admin_t *q, int *limit);

/* A word of the query that must be one of these (ended by NULL); left alone when it is absent. */
const scim_sync_error_t *scim_sync_admin_word(scim_sync_admin_t *q, const char *name,
                                              const char *const *words, const char **word);
/* Such words: the state of tasks, and the kind of one of the guard's counts. */
const scim_sync_error_t *scim_sync_admin_task_state(scim_sync_admin_t *q, const char **state);
const scim_sync_error_t *scim_sync_admin_guard_kind(scim_sync_admin_t *q, const char *name,
                                                    const char **kind);

/* The SCIM base URL of an IdP, as clients reach it; NULL when no SCIM handler is mounted. */
const char *scim_sync_admin_scim_url(scim_sync_admin_t *q, const char *idp);
/* The same for SCIM 1.1; NULL when it is spoken nowhere. */
const char *scim_sync_admin_scim_url_v1(scim_sync_admin_t *q, const char *idp);

#endif

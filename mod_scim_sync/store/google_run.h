/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of a pull: who asked for one, how far it is, and what became of it. An IdP has at most one
 * that waits or runs, one preview likewise, and one before these that tells what it has read. They
 * run one after the other. By its row any host or process asks, and the one that works on it hears
 * of it.
 *
 * All functions run in the caller's transaction. Times are milliseconds of the database's clock.
 */
#ifndef SCIM_SYNC_STORE_GOOGLE_RUN_H
#define SCIM_SYNC_STORE_GOOGLE_RUN_H

#include <apr_tables.h>

#include "store/db.h"

/* Why there is one. A preview tells nothing: it waits and runs beside what tells something. */
#define SCIM_SYNC_RUN_PREVIEW  "preview"
#define SCIM_SYNC_RUN_DEMAND   "demand"
#define SCIM_SYNC_RUN_SCHEDULE "schedule"
#define SCIM_SYNC_RUN_PUSH     "push"

/* Its states; the last three are ends. */
#define SCIM_SYNC_RUN_WAITING "waiting"
#define SCIM_SYNC_RUN_RUNNING "running" /* who runs it may be dead: then it begins anew */
#define SCIM_SYNC_RUN_TELLING "telling" /* all was read and believed: then it is finished */
#define SCIM_SYNC_RUN_DONE    "done"
#define SCIM_SYNC_RUN_FAILED  "failed"  /* the directory could not be read to its end */
#define SCIM_SYNC_RUN_REFUSED "refused" /* too much seemed to be gone: nothing was believed */

/* Of one IdP so many are kept. */
#define SCIM_SYNC_RUNS_KEPT 500

typedef struct {
    apr_int64_t id;
    const char *idp;
    const char *cause;  /* SCIM_SYNC_RUN_... */
    const char *who;    /* asked for it: "admin:jane"; or NULL */
    int trust;          /* who asked says that what is gone is gone */
    const char *state;  /* SCIM_SYNC_RUN_... */
    const char *doing;  /* where it stands, for people; or NULL */
    const char *detail; /* why it failed or was refused, or why it waits; or NULL */
    apr_int64_t asked;
    apr_int64_t started; /* the last time; 0: not yet */
    apr_int64_t ended;   /* 0: not yet */
    apr_int64_t calls;   /* that were answered, since it was started */
    const char *errors;  /* answers that were none, since it was started: {"backendError": 3}, JSON
                            (sync/pull_note.c); NULL: there were none */
    apr_int64_t tries;   /* how often it was started */
    const char *counts;  /* what was found, JSON; NULL: not known yet */
    int changes;         /* 1: what differed is kept (store/google_change.h) */
} scim_sync_google_run_t;

/*
 * Ask for one. *id is that of the one that waits or runs, *first 0 when it did before: it serves
 * whoever asked since, and is trusted if one of them says so. A preview serves those alone who ask
 * for one.
 */
apr_status_t scim_sync_google_run_ask(scim_sync_db_t *db, const char *idp, const char *cause,
                                      const char *who, int trust, apr_int64_t *id, int *first,
                                      apr_pool_t *p);

/*
 * What has not ended, of all IdPs, by their names: scim_sync_google_run_t * in p. Of one IdP the
 * first is to be worked on, and the others wait for its end.
 */
apr_status_t scim_sync_google_run_open(scim_sync_db_t *db, apr_array_header_t **runs,
                                       apr_pool_t *p);

/* It is started, perhaps anew; one that tells goes on with that. */
apr_status_t scim_sync_google_run_start(scim_sync_db_t *db, apr_int64_t id, apr_pool_t *p);

/*
 * What it has read is believed, and is told from now on: calls, counts and errors are taken.
 */
apr_status_t scim_sync_google_run_believe(scim_sync_db_t *db, const scim_sync_google_run_t *run,
                                          apr_pool_t *p);

/* How far it is: doing, detail, calls and errors are taken. */
apr_status_t scim_sync_google_run_tell(scim_sync_db_t *db, const scim_sync_google_run_t *run,
                                       apr_pool_t *p);

/*
 * It has ended: state, detail, calls, counts and errors are taken. Very old ones are forgotten, but
 * for the newest that was done.
 */
apr_status_t scim_sync_google_run_end(scim_sync_db_t *db, const scim_sync_google_run_t *run,
                                      apr_pool_t *p);

/* A page of an IdP's, newest first. before: the last id of the page before; 0: from the first. */
apr_status_t scim_sync_google_run_list(scim_sync_db_t *db, apr_array_header_t **runs,
                                       const char *idp, apr_int64_t before, int max, apr_pool_t *p);

/* *run is NULL when the IdP has none of that id. */
apr_status_t scim_sync_google_run_load(scim_sync_db_t *db, scim_sync_google_run_t **run,
                                       const char *idp, apr_int64_t id, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was done lately, in steps of five minutes, by all hosts; and which hosts (nodes) there are.
 * Each writes once a minute what it has counted since (sync/minute_keeper.h). A week is kept.
 *
 * All functions run in the caller's transaction. Times are the database's clock.
 */
#ifndef SCIM_SYNC_STORE_HEALTH_H
#define SCIM_SYNC_STORE_HEALTH_H

#include <apr_tables.h>

#include "store/db.h"

#define SCIM_SYNC_HEALTH_STEP_MS APR_INT64_C(300000)
#define SCIM_SYNC_HEALTH_HOURS   168

typedef struct {
    apr_int64_t at;       /* when the step begins (ms) */
    apr_int64_t requests; /* SCIM requests, */
    apr_int64_t refused;  /* of these answered 4xx, */
    apr_int64_t failed;   /* and 5xx; */
    apr_int64_t busy;     /* how long they took together, */
    apr_int64_t longest;  /* and the longest of them (microseconds) */
    apr_int64_t tasks;    /* that were worked on */
    apr_int64_t calls;    /* to Jira, for tasks */
    apr_int64_t limited;  /* calls to Jira, for whatever, that were answered 429 */
} scim_sync_health_t;

/* A host has counted this (all but at) since it wrote last. */
apr_status_t scim_sync_health_add(scim_sync_db_t *db, const char *host,
                                  const scim_sync_health_t *counted, apr_pool_t *p);

/*
 * The steps of the last hours, oldest first: scim_sync_health_t in p. When no host was there, there
 * is no step.
 */
apr_status_t scim_sync_health_series(scim_sync_db_t *db, apr_array_header_t **steps, int hours,
                                     apr_pool_t *p);

/* One httpd: from its start to its end, graceful restarts included. */
typedef struct {
    const char *host;    /* random, as in leases */
    const char *name;    /* of the machine */
    const char *version; /* of the module */
    apr_int64_t begun;   /* when it was seen first, */
    apr_int64_t seen;    /* and last */
    apr_int64_t wrote;   /* how long its last transaction took (microseconds); 0: not known */
} scim_sync_node_t;

/*
 * A node is there (begun and seen are not taken). Forgotten are those that were not seen for a
 * week, and of the same machine for three minutes: that is where it was started anew.
 */
apr_status_t scim_sync_node_seen(scim_sync_db_t *db, const scim_sync_node_t *node, apr_pool_t *p);

/* scim_sync_node_t by name, in p. */
apr_status_t scim_sync_node_list(scim_sync_db_t *db, apr_array_header_t **nodes, apr_pool_t *p);

#endif

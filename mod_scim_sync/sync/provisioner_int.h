/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the provisioner's thread (provisioner.c) and its turns (turn.c). All of it belongs to
 * that thread.
 */
#ifndef SCIM_SYNC_SYNC_PROVISIONER_INT_H
#define SCIM_SYNC_SYNC_PROVISIONER_INT_H

#include "sync/event_keeper.h"
#include "sync/google_watch.h"
#include "sync/job.h"
#include "sync/minute_keeper.h"
#include "sync/puller.h"
#include "sync/recorder.h"

/* A lease lasts so long (ms), and is prolonged at latest when a third of that has gone. */
#define SCIM_SYNC_LEASE_MS 15000
/* A lease that another host holds is asked for so often (ms). */
#define SCIM_SYNC_LEASE_ASK_MS 2000

typedef struct {
    scim_sync_runtime_t *runtime;
    scim_sync_transport_t *transport;
    scim_sync_event_keeper_t *events;
    scim_sync_puller_t *puller;
    scim_sync_watcher_t *watcher;
    scim_sync_minute_keeper_t *minutes;
    scim_sync_recorder_t *recorder;
    const char *owner;   /* of leases: "<host>/<pid>" */
    apr_pool_t *pool;    /* of this reign: from becoming the host's leader to its end */
    apr_hash_t *workers; /* name of the site -> scim_sync_worker_t */
    apr_hash_t *busy;    /* key -> scim_sync_job_t in work */
    scim_sync_rulebook_t *rulebook;
    apr_array_header_t *rounds; /* scim_sync_job_t * whose round is complete */
    apr_time_t rounds_due;      /* when there is a turn for them, by scim_sync_clock() */
    int jobs;                   /* in work */
    int claiming;               /* 0 once told to stop */
    int sites_stale;            /* the list of sites must be read again */
    int sated; /* the last turn found nothing new to claim: what is due is in work */
} scim_sync_reign_t;

/*
 * One turn: one transaction of applying, claiming and planning, then the calls are sent.
 * p   scratch, cleared by the caller
 */
apr_status_t scim_sync_turn(scim_sync_reign_t *reign, apr_pool_t *p);

/*
 * How long (ms) the complete rounds can wait for others to share their turn; 0: no longer. most,
 * when there are none.
 */
apr_int64_t scim_sync_turn_rounds(const scim_sync_reign_t *reign, apr_int64_t most);

/*
 * Look, without writing, whether a turn would find work; *wait is how long (ms) there is none for
 * sure.
 */
apr_status_t scim_sync_turn_look(scim_sync_reign_t *reign, int *work, apr_int64_t *wait,
                                 apr_pool_t *p);

/* Give all leases back. */
void scim_sync_turn_end(scim_sync_reign_t *reign, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Jira site as the provisioner works on it: its lease, its credentials, whether it answers.
 * Belongs to the provisioner's thread.
 *
 * A site begins as PROBING: nothing that it says is believed ("no such user" is also what a token
 * without rights is told) before /myself has answered 200 and the survey is made. A site that stops
 * answering goes back to PROBING after a pause; one that refuses the credentials is DENIED until
 * they are changed.
 */
#ifndef SCIM_SYNC_SYNC_WORKER_H
#define SCIM_SYNC_SYNC_WORKER_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "jira/organization.h"
#include "jira/platform.h"
#include "store/config.h"
#include "store/lease.h"
#include "sync/limits.h"
#include "sync/protection.h"
#include "sync/reconcile.h"
#include "sync/rulebook.h"
#include "sync/runtime.h"
#include "sync/seats.h"
#include "sync/survey.h"

typedef enum {
    SCIM_SYNC_SITE_PROBING,
    SCIM_SYNC_SITE_READY,
    SCIM_SYNC_SITE_DENIED
} scim_sync_worker_state_t;

/* What its jobs' guard has counted a moment ago, and has to say: sync/job_guard.c. */
typedef struct scim_sync_guard_memory_t scim_sync_guard_memory_t;

struct scim_sync_worker_t {
    apr_pool_t *pool;
    scim_sync_jira_t jira;
    int customers; /* it works on the customers' side of its site (store/config.h) */
    scim_sync_organization_t organization; /* key NULL: it can't be asked for anything */
    apr_int64_t version;                   /* of the site's row that jira came from */
    apr_int64_t created;        /* when that was made: a later one is another site of its name */
    scim_sync_shared_t *shared; /* where calls are counted; NULL: it calls nobody */
    const scim_sync_rulebook_t *rulebook; /* open in each turn's transaction */
    scim_sync_limits_t *limits;           /* outlives the worker when its site is changed */
    apr_array_header_t *products;         /* const char *, for new accounts */
    scim_sync_lease_t lease;
    apr_int64_t lease_kept; /* ms: when it was prolonged, or asked for in vain, last */
    scim_sync_worker_state_t state;
    int accepted;                /* /myself has answered 200 since it was PROBING last */
    scim_sync_outcome_t outcome; /* of the last probe; its detail lives in words */
    apr_pool_t *words;           /* cleared whenever outcome changes */
    apr_hash_t *product_groups;  /* groups that grant a product: id -> name */
    apr_pool_t *groups_pool;     /* in which these live; cleared when they are read again */
    apr_int64_t pause_until;     /* ms: no call before */
    int failures;                /* calls without a useful answer, in a row */
    int probing;                 /* calls of the probe in flight */
    int recovered;               /* it answers again: what waits for a retry is due now */
    int denied_told;             /* the event about DENIED is written */
    int jobs;                    /* in work */
    int queued;                  /* its jobs' calls that were not sent yet, */
    int in_flight;               /* and those that were */
    int share;                   /* so many of these at once: each site leaves one to the others */
    int stalled;                 /* calls that wait for an endpoint that Jira has stopped */
    scim_sync_survey_t survey;
    scim_sync_seats_t seats;
    scim_sync_protection_t protection;
    scim_sync_guard_memory_t *guard;  /* NULL: nothing yet */
    scim_sync_reconcile_t *reconcile; /* outlives the worker when its site is changed */
};

/* What a call has met: many failures in a row pause the site, 401 denies it. */
void scim_sync_worker_heard(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome);

/*
 * A worker for a site's row. The token is decrypted; when that fails the worker is DENIED with
 * the reason in outcome. It has no limits yet.
 */
scim_sync_worker_t *scim_sync_worker_make(const scim_sync_runtime_t *runtime,
                                          const scim_sync_site_t *site, const char *owner,
                                          apr_pool_t *parent);

/*
 * What it goes on with: what old has, the worker of the same site before it was changed (its jobs
 * in work go on with the old credentials; it ends with p); NULL, or another site's of that name:
 * its own.
 */
void scim_sync_worker_succeed(scim_sync_worker_t *worker, const scim_sync_worker_t *old,
                              const scim_sync_runtime_t *runtime, apr_pool_t *p);

/*
 * One that calls nobody: it has neither a token nor a lease, and knows what is kept of its site
 * (sync/survey_text.h). For those who want to know what would be done.
 */
scim_sync_worker_t *scim_sync_worker_sketch(const scim_sync_site_t *site, apr_pool_t *parent);

/* The probe found what it needs: the work begins. And: it failed: once more, later. */
void scim_sync_worker_ready(scim_sync_worker_t *worker);
void scim_sync_worker_put_off(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome);

/* Start the probe, or a part of the survey, if one is due and the worker's pause is over. */
void scim_sync_worker_probe(scim_sync_worker_t *worker, scim_sync_transport_t *transport);

/* Whether tasks may be claimed now. */
int scim_sync_worker_is_open(const scim_sync_worker_t *worker, apr_int64_t now);

/* Whether there are calls of its jobs that need nothing but their turn. */
int scim_sync_worker_has_calls(const scim_sync_worker_t *worker);

/*
 * Jobs that it may take in work where there are most at most, and more in the place of stalled
 * ones; none rather than a few, while it has enough to do. Each has its own: one that is slow stops
 * no other.
 */
int scim_sync_worker_room(const scim_sync_worker_t *worker, int most);

#endif

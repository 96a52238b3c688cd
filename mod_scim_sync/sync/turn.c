/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/provisioner_int.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/log.h"
#include "base/text.h"
#include "store/event.h"
#include "store/link.h"

/* Jobs in work per connection: enough that a connection need not wait for a transaction. */
#define JOBS_PER_CONNECTION 3
/*
 * Rounds that are complete wait so long (us) for others, while there are calls that can be sent:
 * what a transaction costs is shared by them.
 */
#define SHARE_TURN apr_time_from_msec(20)

/* What one run of the turn's transaction has prepared; made anew when it is repeated. */
typedef struct {
    scim_sync_reign_t *reign;
    apr_array_header_t *fresh;   /* scim_sync_job_t *: claimed in this run */
    apr_array_header_t *planned; /* scim_sync_job_t *: to be sent */
    apr_array_header_t *settled; /* scim_sync_job_t *: to be forgotten */
    apr_array_header_t *lost;    /* scim_sync_worker_t *: somebody else has the lease */
} turn_t;

static scim_sync_worker_t *worker_at(apr_hash_index_t *i)
{
    void *worker;

    apr_hash_this(i, NULL, NULL, &worker);
    return worker;
}

/* Whether there are calls that need nothing but their turn. */
static int has_calls(const scim_sync_reign_t *reign)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(NULL, reign->workers); i; i = apr_hash_next(i)) {
        if (scim_sync_worker_has_calls(worker_at(i))) {
            return 1;
        }
    }
    return 0;
}

static int room_of(const scim_sync_reign_t *reign, const scim_sync_worker_t *worker)
{
    return scim_sync_worker_room(worker,
                                 reign->runtime->transport.max_connections * JOBS_PER_CONNECTION);
}

/* ---- sites ---- */

static apr_status_t read_sites(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    return scim_sync_site_list(db, baton, p);
}

static void add_worker(scim_sync_reign_t *reign, const scim_sync_site_t *site)
{
    scim_sync_worker_t *old = apr_hash_get(reign->workers, site->name, APR_HASH_KEY_STRING);
    scim_sync_worker_t *worker;

    if (old && old->version == site->version && old->created == site->created) {
        return;
    }
    worker = scim_sync_worker_make(reign->runtime, site, reign->owner, reign->pool);
    worker->rulebook = reign->rulebook;
    scim_sync_worker_succeed(worker, old, reign->runtime, reign->pool);
    apr_hash_set(reign->workers, worker->jira.name, APR_HASH_KEY_STRING, worker);
}

/* A worker whose site is no more: its jobs in work are lost, it ends with this reign. */
static void drop_workers(scim_sync_reign_t *reign, const apr_array_header_t *sites, apr_pool_t *p)
{
    apr_hash_index_t *i;
    int n;

    for (i = apr_hash_first(p, reign->workers); i; i = apr_hash_next(i)) {
        const char *name = worker_at(i)->jira.name;

        for (n = 0; n < sites->nelts; n++) {
            if (!strcmp(APR_ARRAY_IDX(sites, n, scim_sync_site_t *)->name, name)) {
                break;
            }
        }
        if (n == sites->nelts) {
            apr_hash_set(reign->workers, name, APR_HASH_KEY_STRING, NULL);
        }
    }
}

/* A site that does not answer holds what it got until its calls time out: not all of it, then. */
static void share_connections(scim_sync_reign_t *reign, apr_pool_t *p)
{
    int others = (int)apr_hash_count(reign->workers) - 1;
    int share = reign->runtime->transport.max_connections - others;
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, reign->workers); i; i = apr_hash_next(i)) {
        worker_at(i)->share = share > 1 ? share : 1;
    }
}

static apr_status_t refresh_sites(scim_sync_reign_t *reign, apr_pool_t *p)
{
    apr_array_header_t *sites;
    apr_status_t rv;
    int i;

    if (!reign->sites_stale) {
        return APR_SUCCESS;
    }
    if ((rv = scim_sync_read(reign->runtime->writer, read_sites, &sites, p)) == APR_SUCCESS) {
        reign->sites_stale = 0;
        drop_workers(reign, sites, p);
        for (i = 0; i < sites->nelts; i++) {
            add_worker(reign, APR_ARRAY_IDX(sites, i, const scim_sync_site_t *));
        }
        share_connections(reign, p);
    }
    return rv;
}

static apr_status_t keep_lease(scim_sync_db_t *db, turn_t *turn, scim_sync_worker_t *worker,
                               apr_int64_t now, apr_pool_t *p)
{
    apr_status_t rv;
    int ours = 0;

    if (worker->lease.fence) {
        rv = scim_sync_lease_keep(db, &worker->lease, SCIM_SYNC_LEASE_MS, &ours, p);
    }
    else {
        rv = scim_sync_lease_take(db, &worker->lease, turn->reign->runtime->host,
                                  SCIM_SYNC_LEASE_MS, &ours, p);
        if (rv == APR_SUCCESS && ours) {
            rv = scim_sync_limits_restore(db, worker->limits, worker->jira.name, p);
        }
    }
    worker->lease_kept = now;
    if (rv == APR_SUCCESS && !ours && worker->lease.fence) {
        APR_ARRAY_PUSH(turn->lost, scim_sync_worker_t *) = worker;
    }
    return rv;
}

/* Why nothing of the site goes on: in its tasks that wait; and, when it is news, as an event. */
static apr_status_t explain(scim_sync_db_t *db, const scim_sync_worker_t *worker, const char *kind,
                            int status, const char *detail, apr_pool_t *p)
{
    scim_sync_event_t event = {
        .kind = kind,
        .actor = "provisioner",
        .site = worker->jira.name,
        .subject = worker->jira.name,
        .detail = detail,
    };
    apr_status_t rv = kind ? scim_sync_event_add(db, &event, p) : APR_SUCCESS;

    return rv == APR_SUCCESS ? scim_sync_task_explain_site(db, worker->jira.name, status, detail, p)
                             : rv;
}

/* What the worker has to say to people, once; and to tasks that came since. */
static apr_status_t tell(scim_sync_db_t *db, scim_sync_worker_t *worker, apr_pool_t *p)
{
    const char *pause = scim_sync_limits_news(worker->limits, p);
    apr_status_t rv = scim_sync_limits_keep(db, worker->limits, worker->jira.name, 0, p);

    if (rv == APR_SUCCESS && worker->recovered) {
        rv = scim_sync_task_hurry_site(db, worker->jira.name, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_survey_record(db, worker, p);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_reconcile_record(db, worker, p);
    }
    if (rv == APR_SUCCESS && worker->state == SCIM_SYNC_SITE_DENIED) {
        rv = explain(db, worker, worker->denied_told ? NULL : "site.denied", worker->outcome.status,
                     worker->outcome.detail, p);
    }
    if (rv == APR_SUCCESS && pause) {
        rv = explain(db, worker, "site.paused", 429, pause, p);
    }
    return rv;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(scim_sync_worker_t *const *)a)->jira.name,
                  (*(scim_sync_worker_t *const *)b)->jira.name);
}

static apr_array_header_t *by_name(const scim_sync_reign_t *reign, apr_pool_t *p)
{
    apr_array_header_t *workers = apr_array_make(p, 4, sizeof(scim_sync_worker_t *));
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, reign->workers); i; i = apr_hash_next(i)) {
        APR_ARRAY_PUSH(workers, scim_sync_worker_t *) = worker_at(i);
    }
    qsort(workers->elts, (size_t)workers->nelts, sizeof(scim_sync_worker_t *), compare_names);
    return workers;
}

static apr_status_t keep_sites(scim_sync_db_t *db, turn_t *turn, apr_pool_t *p)
{
    apr_array_header_t *workers = by_name(turn->reign, p);
    apr_int64_t now = scim_sync_now();
    apr_status_t rv = APR_SUCCESS;
    int i;

    /* Whoever locks several of these rows locks them in the order of the sites' names. */
    for (i = 0; rv == APR_SUCCESS && i < workers->nelts; i++) {
        scim_sync_worker_t *worker = APR_ARRAY_IDX(workers, i, scim_sync_worker_t *);

        if ((rv = keep_lease(db, turn, worker, now, p)) == APR_SUCCESS && worker->lease.fence) {
            rv = tell(db, worker, p);
        }
    }
    return rv;
}

/* ---- jobs ---- */

/* Its transaction takes a while: calls that were planned in the last turn go on meanwhile. */
static apr_status_t plan(scim_sync_db_t *db, turn_t *turn, scim_sync_job_t *job, apr_pool_t *p)
{
    apr_status_t rv;
    int settled;

    rv = scim_sync_job_plan(db, job, &settled, p);
    if (rv == APR_SUCCESS) {
        APR_ARRAY_PUSH(settled ? turn->settled : turn->planned, scim_sync_job_t *) = job;
        rv = scim_sync_transport_push(turn->reign->transport);
    }
    return rv;
}

/*
 * Its site is worked on elsewhere, or was deleted: what such a job has learnt is not to be taken
 * for what is held by a new site of that name; nor is what was learnt of an IdP's default groups,
 * which are known by its name alone.
 */
static int is_lost(const turn_t *turn, const scim_sync_job_t *job)
{
    const scim_sync_worker_t *now =
        apr_hash_get(turn->reign->workers, job->worker->jira.name, APR_HASH_KEY_STRING);
    int i;

    if (!now || now->created != job->worker->created ||
        (scim_sync_link_idp(job->task.subject) && scim_sync_job_is_orphan(job))) {
        return 1;
    }
    for (i = 0; i < turn->lost->nelts; i++) {
        if (!strcmp(APR_ARRAY_IDX(turn->lost, i, scim_sync_worker_t *)->jira.name,
                    job->worker->jira.name)) {
            return 1;
        }
    }
    return 0;
}

/*
 * A job whose site must not be called now (it asked for a pause, it is down, it denied us) ends
 * here: its task is there, and due. One that met the trouble itself has that written down first. One
 * whose IdP was deleted ends, too: what is left to be done is not as it was.
 */
static int may_go_on(const turn_t *turn, const scim_sync_job_t *job)
{
    return turn->reign->claiming && !scim_sync_job_is_orphan(job) &&
           (job->trouble.verdict != SCIM_SYNC_DONE ||
            scim_sync_worker_is_open(job->worker, scim_sync_now()));
}

static apr_status_t go_on(scim_sync_db_t *db, turn_t *turn, apr_pool_t *p)
{
    apr_array_header_t *rounds = turn->reign->rounds;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < rounds->nelts; i++) {
        scim_sync_job_t *job = APR_ARRAY_IDX(rounds, i, scim_sync_job_t *);

        if (is_lost(turn, job)) {
            APR_ARRAY_PUSH(turn->settled, scim_sync_job_t *) = job;
            continue;
        }
        rv = scim_sync_job_apply(db, job, p);
        if (rv == APR_SUCCESS && may_go_on(turn, job)) {
            rv = plan(db, turn, job, p);
        }
        else if (rv == APR_SUCCESS) {
            APR_ARRAY_PUSH(turn->settled, scim_sync_job_t *) = job;
        }
    }
    return rv;
}

/* Whether a job that shares a key with this one is in work, or was claimed in this very turn. */
static int is_busy(const turn_t *turn, const scim_sync_job_t *job)
{
    int i;

    for (i = 0; i < turn->fresh->nelts; i++) {
        if (scim_sync_job_shares(job, APR_ARRAY_IDX(turn->fresh, i, scim_sync_job_t *))) {
            return 1;
        }
    }
    return scim_sync_job_collides(job, turn->reign->busy);
}

static apr_status_t claim(scim_sync_db_t *db, turn_t *turn, scim_sync_worker_t *worker, int room,
                          apr_pool_t *p)
{
    apr_array_header_t *tasks;
    apr_status_t rv;
    int i;

    /* Those in work are still due in the table: read past them. */
    rv = scim_sync_task_due(db, &tasks, worker->jira.name, room + turn->reign->jobs, p);
    for (i = 0; rv == APR_SUCCESS && room > 0 && i < tasks->nelts; i++) {
        const scim_sync_task_t *task = APR_ARRAY_IDX(tasks, i, scim_sync_task_t *);
        scim_sync_job_t *job;

        rv = scim_sync_job_make(db, &job, worker, task, turn->reign->pool);
        if (rv != APR_SUCCESS || is_busy(turn, job)) {
            apr_pool_destroy(job->pool);
            continue;
        }
        APR_ARRAY_PUSH(turn->fresh, scim_sync_job_t *) = job;
        room--;
        rv = plan(db, turn, job, p);
    }
    return rv;
}

static apr_status_t claim_all(scim_sync_db_t *db, turn_t *turn, apr_pool_t *p)
{
    scim_sync_reign_t *reign = turn->reign;
    apr_int64_t now = scim_sync_now();
    apr_status_t rv = APR_SUCCESS;
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, reign->workers); rv == APR_SUCCESS && i; i = apr_hash_next(i)) {
        scim_sync_worker_t *worker = worker_at(i);
        int room = room_of(reign, worker);

        if (room > 0 && scim_sync_worker_is_open(worker, now)) {
            rv = claim(db, turn, worker, room, p);
        }
    }
    return rv;
}

static apr_status_t transact(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    turn_t *turn = baton;
    apr_status_t rv;
    int i;

    for (i = 0; i < turn->fresh->nelts; i++) {
        apr_pool_destroy(APR_ARRAY_IDX(turn->fresh, i, scim_sync_job_t *)->pool);
    }
    apr_array_clear(turn->fresh);
    apr_array_clear(turn->planned);
    apr_array_clear(turn->settled);
    apr_array_clear(turn->lost);
    /* Rules are put by who holds the leases: these are not older than the tasks they made. */
    if ((rv = keep_sites(db, turn, p)) == APR_SUCCESS &&
        (rv = scim_sync_rulebook_open(db, turn->reign->rulebook, p)) == APR_SUCCESS &&
        (rv = go_on(db, turn, p)) == APR_SUCCESS && turn->reign->claiming) {
        rv = claim_all(db, turn, p);
    }
    return rv;
}

/* ---- after the commit ---- */

/* Its round is complete. */
static void come_round(scim_sync_reign_t *reign, scim_sync_job_t *job)
{
    if (reign->rounds->nelts == 0) {
        reign->rounds_due = scim_sync_clock() + SHARE_TURN;
    }
    APR_ARRAY_PUSH(reign->rounds, scim_sync_job_t *) = job;
}

static void heard(void *baton, scim_sync_job_t *job)
{
    scim_sync_reign_t *reign = baton;

    scim_sync_shared_count(reign->runtime->shared, SCIM_SYNC_COUNT_CALLS);
    if (job->in_flight == 0) {
        come_round(reign, job);
    }
}

static void forget(scim_sync_reign_t *reign, scim_sync_job_t *job)
{
    if (scim_sync_job_vacate(job, reign->busy)) {
        reign->jobs--;
        job->worker->jobs--;
    }
    scim_sync_shared_count(reign->runtime->shared, SCIM_SYNC_COUNT_TASKS);
    apr_pool_destroy(job->pool);
}

static void told(scim_sync_reign_t *reign, apr_pool_t *p)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, reign->workers); i; i = apr_hash_next(i)) {
        scim_sync_worker_t *worker = worker_at(i);

        if (worker->lease.fence) {
            worker->recovered = 0;
            worker->survey.fresh = 0;
            worker->denied_told = worker->state == SCIM_SYNC_SITE_DENIED;
            scim_sync_limits_told(worker->limits);
            scim_sync_job_guard_told(worker);
            scim_sync_reconcile_recorded(worker);
        }
    }
}

static void take_effect(turn_t *turn, apr_pool_t *p)
{
    scim_sync_reign_t *reign = turn->reign;
    int i;

    apr_array_clear(reign->rounds);
    told(reign, p);
    for (i = 0; i < turn->lost->nelts; i++) {
        APR_ARRAY_IDX(turn->lost, i, scim_sync_worker_t *)->lease.fence = 0;
    }
    for (i = 0; i < turn->fresh->nelts; i++) {
        scim_sync_job_t *job = APR_ARRAY_IDX(turn->fresh, i, scim_sync_job_t *);

        scim_sync_job_occupy(job, reign->busy);
        reign->jobs++;
        job->worker->jobs++;
    }
    for (i = 0; i < turn->settled->nelts; i++) {
        forget(reign, APR_ARRAY_IDX(turn->settled, i, scim_sync_job_t *));
    }
    for (i = 0; i < turn->planned->nelts; i++) {
        scim_sync_job_t *job = APR_ARRAY_IDX(turn->planned, i, scim_sync_job_t *);

        scim_sync_job_send(job, reign->transport, heard, reign);
        if (job->errands->nelts == 0) {
            come_round(reign, job);
        }
    }
}

apr_status_t scim_sync_turn(scim_sync_reign_t *reign, apr_pool_t *p)
{
    turn_t turn = { .reign = reign };
    apr_status_t rv;

    turn.fresh = apr_array_make(p, 16, sizeof(scim_sync_job_t *));
    turn.planned = apr_array_make(p, 16, sizeof(scim_sync_job_t *));
    turn.settled = apr_array_make(p, 16, sizeof(scim_sync_job_t *));
    turn.lost = apr_array_make(p, 2, sizeof(scim_sync_worker_t *));
    if ((rv = refresh_sites(reign, p)) == APR_SUCCESS) {
        rv = scim_sync_write(reign->runtime->writer, transact, &turn, p);
    }
    if (rv == APR_SUCCESS) {
        take_effect(&turn, p);
        reign->sated = turn.fresh->nelts == 0;
    }
    return rv;
}

/* ---- looking ---- */

apr_int64_t scim_sync_turn_rounds(const scim_sync_reign_t *reign, apr_int64_t most)
{
    apr_int64_t left = (reign->rounds_due - scim_sync_clock() + 999) / 1000;

    if (reign->rounds->nelts == 0) {
        return most;
    }
    if (!reign->claiming || left <= 0 || !has_calls(reign)) {
        return 0;
    }
    return left < most ? left : most;
}

typedef struct {
    scim_sync_reign_t *reign;
    apr_int64_t wait;
} look_t;

static apr_status_t look(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    look_t *l = baton;
    apr_int64_t now = scim_sync_now();
    apr_status_t rv = APR_SUCCESS;
    apr_hash_index_t *i;
    apr_int64_t next;
    int due;

    for (i = apr_hash_first(p, l->reign->workers); rv == APR_SUCCESS && i; i = apr_hash_next(i)) {
        scim_sync_worker_t *worker = worker_at(i);

        if (scim_sync_worker_is_open(worker, now) && room_of(l->reign, worker) > 0) {
            rv = scim_sync_task_next(db, &next, worker->jira.name, p);
            if (rv == APR_SUCCESS && next >= 0 && next < l->wait) {
                l->wait = next;
            }
        }
        if (rv == APR_SUCCESS && scim_sync_worker_is_open(worker, now)) {
            rv = scim_sync_reconcile_look(db, worker, &due, p);
            l->wait = due ? 0 : l->wait;
        }
    }
    return rv;
}

/* Whether a worker needs a transaction for its own sake; else *wait says when one will. */
static int needs_turn(scim_sync_worker_t *worker, apr_int64_t now, apr_int64_t *wait, apr_pool_t *p)
{
    apr_int64_t pause = scim_sync_limits_pause(worker->limits);
    apr_int64_t due = worker->lease_kept +
                      (worker->lease.fence ? SCIM_SYNC_LEASE_MS / 3 : SCIM_SYNC_LEASE_ASK_MS) - now;

    if (due < *wait) {
        *wait = due > 0 ? due : 0;
    }
    if (worker->pause_until > now && worker->pause_until - now < *wait) {
        *wait = worker->pause_until - now;
    }
    if (pause > 0 && pause < *wait) {
        *wait = pause;
    }
    return due <= 0 || scim_sync_reconcile_wants_turn(worker) ||
           (worker->lease.fence &&
            (worker->recovered || worker->survey.fresh ||
             scim_sync_limits_news(worker->limits, p) ||
             (worker->state == SCIM_SYNC_SITE_DENIED && !worker->denied_told)));
}

apr_status_t scim_sync_turn_look(scim_sync_reign_t *reign, int *work, apr_int64_t *wait,
                                 apr_pool_t *p)
{
    look_t l = { .reign = reign, .wait = *wait };
    apr_int64_t now = scim_sync_now();
    apr_status_t rv = APR_SUCCESS;
    apr_hash_index_t *i;

    *work = 0;
    for (i = apr_hash_first(p, reign->workers); i; i = apr_hash_next(i)) {
        *work |= needs_turn(worker_at(i), now, &l.wait, p);
    }
    /* Tasks in work are due as well, so that with all due ones in work there is nothing to see. */
    if (!*work && !(reign->sated && reign->jobs > 0)) {
        rv = scim_sync_read(reign->runtime->writer, look, &l, p);
        *work = rv == APR_SUCCESS && l.wait <= 0;
    }
    *wait = l.wait;
    return rv;
}

/* ---- the end ---- */

static apr_status_t hand_over(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    scim_sync_reign_t *reign = baton;
    apr_status_t rv = APR_SUCCESS;
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, reign->workers); rv == APR_SUCCESS && i; i = apr_hash_next(i)) {
        scim_sync_worker_t *worker = worker_at(i);

        if (worker->lease.fence) {
            rv = scim_sync_limits_keep(db, worker->limits, worker->jira.name, 1, p);
        }
        if (rv == APR_SUCCESS) {
            rv = scim_sync_lease_drop(db, &worker->lease, p);
        }
    }
    return rv;
}

void scim_sync_turn_end(scim_sync_reign_t *reign, apr_pool_t *p)
{
    if (apr_hash_count(reign->workers) > 0) {
        scim_sync_write(reign->runtime->writer, hand_over, reign, p);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/provisioner.h"
#include "sync/provisioner_int.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <apr_allocator.h>
#include <apr_atomic.h>
#include <apr_signal.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>

#include "base/log.h"
#include "base/text.h"
#include "sync/expiry.h"

#define POLL_MS  2000  /* the net under eventfds: other nodes wake nobody here */
#define ASK_MS   500   /* how often the others ask whether the host's leader has gone */
#define STOP_MS  2000  /* calls in flight may go on for so long after a stop */
#define AGAIN_MS 1000  /* after a reign that failed */
#define SAVE_MS  60000 /* how often the times of last use are written down */

struct scim_sync_provisioner_t {
    scim_sync_runtime_t *runtime;
    apr_thread_t *thread;
    int stop_fd;           /* eventfd: readable once we are told to stop */
    apr_uint32_t stopping; /* atomic */
};

/* What the loop of one reign keeps between its rounds. */
typedef struct {
    apr_int64_t refresh_at;
    apr_int64_t save_at;
    apr_int64_t look_at; /* at tokens that end */
    apr_int64_t edition;
    apr_int64_t deadline; /* 0 = not told to stop */
} timetable_t;

static int is_stopping(scim_sync_provisioner_t *provisioner)
{
    return apr_atomic_read32(&provisioner->stopping) != 0;
}

/* Sleep, but for a stop. */
static void rest(scim_sync_provisioner_t *provisioner, int ms)
{
    struct pollfd fd = { .fd = provisioner->stop_fd, .events = POLLIN };

    poll(&fd, 1, ms);
}

static void probe_all(scim_sync_reign_t *reign, apr_pool_t *p)
{
    apr_hash_index_t *i;
    void *worker;

    for (i = apr_hash_first(p, reign->workers); i; i = apr_hash_next(i)) {
        apr_hash_this(i, NULL, NULL, &worker);
        if (((scim_sync_worker_t *)worker)->lease.fence) {
            scim_sync_worker_probe(worker, reign->transport);
            scim_sync_reconcile_go_on(worker, reign->transport);
        }
    }
}

/* What is to be done by the clock. */
static apr_status_t keep_up(scim_sync_reign_t *reign, timetable_t *times, apr_pool_t *p)
{
    apr_int64_t now = scim_sync_now();
    apr_int64_t edition;
    apr_status_t rv = APR_SUCCESS;

    if (now >= times->refresh_at) {
        times->refresh_at = now + POLL_MS;
        reign->sated = 0;
        rv = scim_sync_runtime_refresh(reign->runtime, p);
    }
    if (rv == APR_SUCCESS && now >= times->save_at) {
        times->save_at = now + SAVE_MS;
        rv = scim_sync_runtime_save_uses(reign->runtime, p);
    }
    edition = scim_sync_shared_edition(reign->runtime->shared);
    if (edition != times->edition) {
        times->edition = edition;
        times->look_at = 0;
        reign->sites_stale = 1;
    }
    if (rv == APR_SUCCESS && now >= times->look_at) {
        rv = scim_sync_expiry_look(reign->runtime, &times->look_at, p);
    }
    return rv;
}

static apr_status_t sleep_well(scim_sync_reign_t *reign, scim_sync_provisioner_t *provisioner,
                               apr_int64_t ms)
{
    const int fds[] = { reign->runtime->wake_fd, provisioner->stop_fd };
    int readable[2] = { 0, 0 };
    uint64_t wakes;
    apr_status_t rv;

    /* Once told to stop its descriptor stays readable and would keep us awake. */
    rv = scim_sync_transport_wait(reign->transport, fds, readable, reign->claiming ? 2 : 1,
                                  apr_time_from_msec(ms));
    if (readable[0]) {
        reign->sated = 0;
        if (read(reign->runtime->wake_fd, &wakes, sizeof(wakes)) < 0) {
            scim_sync_log(SCIM_LOG_DEBUG, APR_SUCCESS,
                          SCIM_LOGNO(0131) "another provisioner was woken, too");
        }
    }
    return rv;
}

/* One pass of the loop; *over when the reign has ended in peace. */
static apr_status_t pass(scim_sync_reign_t *reign, scim_sync_provisioner_t *provisioner,
                         timetable_t *times, int *over, apr_pool_t *p)
{
    apr_int64_t wait = POLL_MS;
    apr_status_t rv;
    int work;

    if (reign->claiming && is_stopping(provisioner)) {
        reign->claiming = 0;
        times->deadline = scim_sync_now() + STOP_MS;
    }
    if (!reign->claiming && reign->rounds->nelts == 0 &&
        (!scim_sync_transport_busy(reign->transport) || scim_sync_now() >= times->deadline)) {
        *over = 1;
        return APR_SUCCESS;
    }
    if (reign->claiming) {
        if ((rv = keep_up(reign, times, p)) != APR_SUCCESS) {
            return rv;
        }
        probe_all(reign, p);
    }
    else {
        wait = times->deadline - scim_sync_now();
        wait = wait > 0 ? wait : 0;
    }
    wait = scim_sync_turn_rounds(reign, wait);
    work = (reign->claiming && reign->sites_stale) || (wait == 0 && reign->rounds->nelts > 0);
    rv = APR_SUCCESS;
    if (!work && reign->claiming) {
        rv = scim_sync_turn_look(reign, &work, &wait, p);
    }
    if (rv == APR_SUCCESS && work) {
        rv = scim_sync_turn(reign, p);
        wait = 0;
    }
    if (rv == APR_SUCCESS && reign->claiming) {
        rv = scim_sync_event_keeper_pass(reign->events, &wait, p);
    }
    if (rv == APR_SUCCESS && reign->claiming) {
        rv = scim_sync_puller_pass(reign->puller, &wait, p);
    }
    if (rv == APR_SUCCESS && reign->claiming) {
        rv = scim_sync_watcher_pass(reign->watcher, &wait, p);
    }
    if (rv == APR_SUCCESS && reign->claiming) {
        rv = scim_sync_minute_keeper_pass(reign->minutes, &wait, p);
    }
    if (rv == APR_SUCCESS && reign->claiming) {
        rv = scim_sync_recorder_pass(reign->recorder, &wait, p);
    }
    return rv == APR_SUCCESS ? sleep_well(reign, provisioner, wait) : rv;
}

static apr_status_t start_call(void *net, const scim_sync_call_t *call, scim_sync_answered_t *done,
                               void *baton, apr_pool_t *p)
{
    return scim_sync_transport_start(net, call, done, baton, p);
}

/* What asks Google for something. */
static void make_pulls(scim_sync_reign_t *reign, apr_pool_t *p)
{
    const scim_sync_pull_means_t means = { .runtime = reign->runtime,
                                           .net = reign->transport,
                                           .start = start_call,
                                           .want = scim_sync_google_token_want,
                                           .now = scim_sync_clock };

    reign->puller = scim_sync_puller_make(&means, reign->owner, p);
    reign->watcher = scim_sync_watcher_make(&means, p);
}

static apr_status_t prepare(scim_sync_reign_t *reign, scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    apr_status_t rv;

    reign->runtime = runtime;
    reign->pool = p;
    reign->owner = apr_psprintf(p, "%s/%ld", runtime->host, (long)getpid());
    reign->workers = apr_hash_make(p);
    reign->busy = apr_hash_make(p);
    reign->rulebook = scim_sync_rulebook_make(p);
    reign->rounds = apr_array_make(p, 16, sizeof(scim_sync_job_t *));
    reign->claiming = 1;
    reign->sites_stale = 1;
    reign->events = scim_sync_event_keeper_make(runtime, reign->owner, p);
    reign->minutes = scim_sync_minute_keeper_make(runtime, p);
    reign->recorder = scim_sync_recorder_make(runtime, p);
    if ((rv = scim_sync_transport_create(&reign->transport, &runtime->transport, p)) ==
        APR_SUCCESS) {
        make_pulls(reign, p);
    }
    return rv;
}

/* Work as the host's leader until told to stop, or until the database fails. */
static apr_status_t rule(scim_sync_provisioner_t *provisioner, apr_pool_t *p)
{
    scim_sync_reign_t reign = { .jobs = 0 };
    timetable_t times = { .save_at = scim_sync_now() + SAVE_MS };
    apr_pool_t *scratch;
    apr_status_t rv;
    int over = 0;

    apr_pool_create(&scratch, p);
    if ((rv = scim_sync_runtime_ready(provisioner->runtime, scratch)) != APR_SUCCESS ||
        (rv = prepare(&reign, provisioner->runtime, p)) != APR_SUCCESS) {
        return rv;
    }
    scim_sync_shared_set_provisioner(provisioner->runtime->shared, getpid());
    scim_sync_log(SCIM_LOG_INFO, APR_SUCCESS, SCIM_LOGNO(0132) "the provisioner works here now");
    while (rv == APR_SUCCESS && !over) {
        apr_pool_clear(scratch);
        rv = pass(&reign, provisioner, &times, &over, scratch);
    }
    /* Calls that are still in flight are found again by comparing. */
    scim_sync_transport_abandon(reign.transport);
    if (rv == APR_SUCCESS) {
        scim_sync_turn_end(&reign, scratch);
        scim_sync_event_keeper_end(reign.events, scratch);
        scim_sync_puller_end(reign.puller, scratch);
        scim_sync_watcher_end(reign.watcher, scratch);
        scim_sync_minute_keeper_end(reign.minutes, scratch);
        scim_sync_recorder_save(provisioner->runtime, scratch);
    }
    scim_sync_shared_set_provisioner(provisioner->runtime->shared, 0);
    return rv;
}

/* The thread's own pool: no other thread allocates from it or from its allocator. */
static apr_pool_t *own_pool(void)
{
    apr_allocator_t *allocator;
    apr_pool_t *p;

    if (apr_allocator_create(&allocator) != APR_SUCCESS) {
        abort();
    }
    apr_allocator_max_free_set(allocator, 1024 * 1024);
    if (apr_pool_create_unmanaged_ex(&p, NULL, allocator) != APR_SUCCESS) {
        abort();
    }
    apr_allocator_owner_set(allocator, p);
    apr_pool_tag(p, "scim_sync_provisioner");
    return p;
}

/*
 * Ends by returning: apr_thread_exit would leave this frame without AddressSanitizer's knowing,
 * which then takes its own clean-up of the thread, on the same piece of stack, for an error.
 */
static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *baton)
{
    scim_sync_provisioner_t *provisioner = baton;
    apr_pool_t *p = own_pool();
    apr_status_t rv;

    (void)thread;
    /* Signals are for the main thread: a handler that ends the child would wait for us, in us. */
    apr_setup_signal_thread();
    while (!is_stopping(provisioner)) {
        if (apr_proc_mutex_trylock(provisioner->runtime->leader) != APR_SUCCESS) {
            rest(provisioner, ASK_MS);
            continue;
        }
        rv = rule(provisioner, p);
        apr_pool_clear(p);
        apr_proc_mutex_unlock(provisioner->runtime->leader);
        if (rv != APR_SUCCESS && !is_stopping(provisioner)) {
            rest(provisioner, AGAIN_MS);
        }
    }
    apr_pool_destroy(p);
    return NULL;
}

apr_status_t scim_sync_provisioner_start(scim_sync_provisioner_t **out,
                                         scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    scim_sync_provisioner_t *provisioner = apr_pcalloc(p, sizeof(*provisioner));

    provisioner->runtime = runtime;
    if ((provisioner->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0) {
        return apr_get_os_error();
    }
    *out = provisioner;
    return apr_thread_create(&provisioner->thread, NULL, run, provisioner, p);
}

void scim_sync_provisioner_stop(scim_sync_provisioner_t *provisioner)
{
    const uint64_t one = 1;

    apr_atomic_set32(&provisioner->stopping, 1);
    if (write(provisioner->stop_fd, &one, sizeof(one)) < 0) {
        scim_sync_log(SCIM_LOG_DEBUG, APR_SUCCESS, SCIM_LOGNO(0133) "told to stop already");
    }
}

void scim_sync_provisioner_join(scim_sync_provisioner_t *provisioner)
{
    apr_status_t rv;

    scim_sync_provisioner_stop(provisioner);
    apr_thread_join(&rv, provisioner->thread);
    close(provisioner->stop_fd);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "store/writer.h"

#include <apr_atomic.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>

#include "base/log.h"

/* Units that share one transaction: enough to hide the flush, few enough to keep turns short. */
#define BATCH_MAX 64
/* Two transactions of PostgreSQL may wait for each other's rows; it ends one, which tries again. */
#define TRIES_MAX 4

enum { UNSEEN, ALONE, SHARED };

typedef struct entry_t entry_t;
struct entry_t {
    scim_sync_unit_t *unit;
    void *baton;
    apr_pool_t *p;
    apr_status_t rv;
    int done;
    entry_t *next;
};

struct scim_sync_writer_t {
    scim_sync_connector_t connector;
    apr_global_mutex_t *turn;
    apr_thread_mutex_t *mutex; /* guards what follows */
    apr_thread_cond_t *changed;
    entry_t *first;
    entry_t *last;
    int leading;
    apr_uint32_t kind; /* ALONE, SHARED, or UNSEEN before the first connection; atomic */
};

apr_status_t scim_sync_writer_create(scim_sync_writer_t **writer,
                                     const scim_sync_connector_t *connector,
                                     apr_global_mutex_t *turn, apr_pool_t *p)
{
    scim_sync_writer_t *w = apr_pcalloc(p, sizeof(*w));
    apr_status_t rv;

    w->connector = *connector;
    w->turn = turn;
    if ((rv = apr_thread_mutex_create(&w->mutex, APR_THREAD_MUTEX_DEFAULT, p)) == APR_SUCCESS) {
        rv = apr_thread_cond_create(&w->changed, p);
    }
    *writer = w;
    return rv;
}

static scim_sync_db_t *open_db(scim_sync_writer_t *w, void **lent, apr_pool_t *p)
{
    return w->connector.open(w->connector.baton, lent, p);
}

static void close_db(scim_sync_writer_t *w, void *lent)
{
    w->connector.close(w->connector.baton, lent);
}

static int is_failure(apr_status_t rv)
{
    return rv != APR_SUCCESS && rv != SCIM_SYNC_ROLLBACK;
}

static void log_failure(const scim_sync_db_t *db, scim_log_level_t level)
{
    scim_sync_log(level, APR_SUCCESS, SCIM_LOGNO(0102) "a transaction failed: %s",
                  scim_sync_db_error(db));
}

/* A unit in a transaction of its own; *again, which says whether it might, when it should be. */
static apr_status_t run_once(scim_sync_writer_t *w, entry_t *e, int *again)
{
    void *lent;
    scim_sync_db_t *db = open_db(w, &lent, e->p);
    int may = *again;
    apr_status_t rv;

    *again = 0;
    if (!db) {
        return APR_EGENERAL;
    }
    if ((rv = scim_sync_db_begin(db, e->p)) == APR_SUCCESS) {
        rv = e->unit(db, e->baton, e->p);
        if (rv == APR_SUCCESS) {
            rv = scim_sync_db_commit(db, e->p);
        }
        else {
            scim_sync_db_rollback(db, e->p);
        }
        *again = may && is_failure(rv);
    }
    if (is_failure(rv)) {
        log_failure(db, *again ? SCIM_LOG_INFO : SCIM_LOG_ERR);
    }
    close_db(w, lent);
    return rv;
}

static apr_status_t run_alone(scim_sync_writer_t *w, entry_t *e)
{
    apr_status_t rv;
    int again;
    int tries = 0;

    do {
        again = ++tries < TRIES_MAX;
        rv = run_once(w, e, &again);
    } while (again);
    return rv;
}

/* The unit of e within the open transaction; whatever it did wrong is undone. */
static void run_within(scim_sync_db_t *db, entry_t *e)
{
    e->rv = scim_sync_db_savepoint(db, e->p);
    if (e->rv == APR_SUCCESS) {
        apr_status_t rv;

        e->rv = e->unit(db, e->baton, e->p);
        rv = scim_sync_db_release(db, e->rv == APR_SUCCESS, e->p);
        e->rv = e->rv == APR_SUCCESS ? rv : e->rv;
        if (is_failure(e->rv)) {
            log_failure(db, SCIM_LOG_ERR);
        }
    }
}

static void fail_all(entry_t *batch, apr_status_t rv)
{
    entry_t *e;

    for (e = batch; e; e = e->next) {
        e->rv = e->rv == SCIM_SYNC_ROLLBACK ? e->rv : rv;
    }
}

static void run_batch(scim_sync_writer_t *w, entry_t *batch)
{
    void *lent;
    scim_sync_db_t *db = open_db(w, &lent, batch->p);
    apr_status_t rv;
    entry_t *e;

    if (!db) {
        fail_all(batch, APR_EGENERAL);
        return;
    }
    if ((rv = apr_global_mutex_lock(w->turn)) != APR_SUCCESS) {
        scim_sync_log(SCIM_LOG_ERR, rv, SCIM_LOGNO(0103) "the lock of the database's writers");
        fail_all(batch, rv);
        close_db(w, lent);
        return;
    }
    if ((rv = scim_sync_db_begin(db, batch->p)) == APR_SUCCESS) {
        for (e = batch; e; e = e->next) {
            run_within(db, e);
        }
        rv = scim_sync_db_commit(db, batch->p);
    }
    apr_global_mutex_unlock(w->turn);
    if (rv != APR_SUCCESS) {
        scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS, SCIM_LOGNO(0104) "a transaction failed: %s",
                      scim_sync_db_error(db));
        fail_all(batch, rv);
    }
    close_db(w, lent);
}

/* Called with the mutex held: the next batch, taken off the queue. */
static entry_t *take_batch(scim_sync_writer_t *w)
{
    entry_t *batch = w->first;
    entry_t *e = batch;
    int n = 1;

    while (n < BATCH_MAX && e->next) {
        e = e->next;
        n++;
    }
    w->first = e->next;
    if (!w->first) {
        w->last = NULL;
    }
    e->next = NULL;
    return batch;
}

/* Called with the mutex held, gives it back held: lead until our own unit has run. */
static void lead(scim_sync_writer_t *w, entry_t *own)
{
    entry_t *batch;
    entry_t *next;

    w->leading = 1;
    while (!own->done) {
        batch = take_batch(w);
        apr_thread_mutex_unlock(w->mutex);
        run_batch(w, batch);
        apr_thread_mutex_lock(w->mutex);
        for (; batch; batch = next) {
            next = batch->next; /* its thread may go on, and its memory away, once done is set */
            batch->done = 1;
        }
        apr_thread_cond_broadcast(w->changed);
    }
    w->leading = 0;
    apr_thread_cond_broadcast(w->changed);
}

static apr_status_t run_shared(scim_sync_writer_t *w, entry_t *e)
{
    apr_thread_mutex_lock(w->mutex);
    if (w->last) {
        w->last->next = e;
    }
    else {
        w->first = e;
    }
    w->last = e;
    while (!e->done && w->leading) {
        apr_thread_cond_wait(w->changed, w->mutex);
    }
    if (!e->done) {
        lead(w, e);
    }
    apr_thread_mutex_unlock(w->mutex);
    return e->rv;
}

/* Which kind of database this is, found out with the first connection. */
static apr_status_t find_kind(scim_sync_writer_t *w, apr_pool_t *p)
{
    void *lent;
    scim_sync_db_t *db = open_db(w, &lent, p);

    if (!db) {
        return APR_EGENERAL;
    }
    apr_atomic_set32(&w->kind, scim_sync_db_one_writer(db) ? SHARED : ALONE);
    close_db(w, lent);
    return APR_SUCCESS;
}

apr_status_t scim_sync_write(scim_sync_writer_t *w, scim_sync_unit_t *unit, void *baton,
                             apr_pool_t *p)
{
    entry_t e = { .unit = unit, .baton = baton, .p = p };
    apr_status_t rv = APR_SUCCESS;

    if (apr_atomic_read32(&w->kind) == UNSEEN) {
        rv = find_kind(w, p);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_atomic_read32(&w->kind) == SHARED ? run_shared(w, &e) : run_alone(w, &e);
    }
    return rv;
}

apr_status_t scim_sync_read(scim_sync_writer_t *w, scim_sync_unit_t *unit, void *baton,
                            apr_pool_t *p)
{
    void *lent;
    scim_sync_db_t *db = open_db(w, &lent, p);
    apr_status_t rv;

    if (!db) {
        return APR_EGENERAL;
    }
    rv = unit(db, baton, p);
    if (is_failure(rv)) {
        scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS, SCIM_LOGNO(0105) "a query failed: %s",
                      scim_sync_db_error(db));
    }
    close_db(w, lent);
    return rv;
}

apr_status_t scim_sync_write_alone(scim_sync_writer_t *w, scim_sync_unit_t *unit, void *baton,
                                   apr_pool_t *p)
{
    apr_status_t rv;

    /* Before the connection is made: SQLite refuses newcomers while its journal is changed. */
    if ((rv = apr_global_mutex_lock(w->turn)) == APR_SUCCESS) {
        rv = scim_sync_read(w, unit, baton, p);
        apr_global_mutex_unlock(w->turn);
    }
    return rv;
}

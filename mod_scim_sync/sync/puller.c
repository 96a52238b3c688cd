/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/puller.h"

#include <string.h>

#include <apr_hash.h>
#include <apr_strings.h>

#include "base/log.h"
#include "store/stage.h"
#include "sync/google_due.h"

/* Runs that were asked for, or are due, are looked for so often. */
#define LOOK apr_time_from_msec(1000)
/* One that is begun so often without coming to an end is ended, since it may be what ends us. */
#define TRIES_MAX 5
/* The same of one that tells, in all: half of a directory is worse than another try. */
#define TRIES_TELLING_MAX 20

typedef struct {
    scim_sync_pull_t *pull;
    scim_sync_lease_t lease;
    apr_pool_t *pool;
} entry_t;

struct scim_sync_puller_t {
    scim_sync_pull_means_t means;
    const char *owner;
    apr_pool_t *pool;
    apr_hash_t *pulls; /* name of the IdP -> entry_t */
    apr_time_t look_at;
};

scim_sync_puller_t *scim_sync_puller_make(const scim_sync_pull_means_t *means, const char *owner,
                                          apr_pool_t *p)
{
    scim_sync_puller_t *puller = apr_pcalloc(p, sizeof(*puller));

    puller->means = *means;
    puller->owner = owner;
    puller->pool = p;
    puller->pulls = apr_hash_make(p);
    return puller;
}

static apr_status_t look(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    return scim_sync_google_run_open(db, baton, p);
}

/* ---- beginning ---- */

typedef struct {
    const scim_sync_puller_t *puller;
    const scim_sync_google_run_t *asked; /* as it was when it was found */
    scim_sync_google_run_t *run;         /* as it is */
    scim_sync_lease_t lease;
    int taken;
} beginning_t;

static int is_told(const scim_sync_google_run_t *run)
{
    return !strcmp(run->state, SCIM_SYNC_RUN_TELLING);
}

static apr_status_t give_up(scim_sync_db_t *db, const scim_sync_google_run_t *run, apr_pool_t *p)
{
    scim_sync_google_run_t end = *run;

    end.state = SCIM_SYNC_RUN_FAILED;
    end.detail =
        apr_psprintf(p, "it was begun %" APR_INT64_T_FMT " times, and never came to an end%s",
                     run->tries, is_told(run) ? "; what it has told by now stays" : "");
    return scim_sync_google_run_end(db, &end, p);
}

/* Whoever had the lease may have come further since the run was found, or to its end. */
static apr_status_t take(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    beginning_t *b = baton;
    const char *idp = b->asked->idp;
    apr_status_t rv = scim_sync_lease_take(db, &b->lease, b->puller->means.runtime->host,
                                           SCIM_SYNC_PULL_LEASE_MS, &b->taken, p);
    int may;

    if (rv != APR_SUCCESS || !b->taken ||
        (rv = scim_sync_google_run_load(db, &b->run, idp, b->asked->id, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!b->run || b->run->ended) {
        b->taken = 0;
        return SCIM_SYNC_ROLLBACK;
    }
    may = b->run->tries < (is_told(b->run) ? TRIES_TELLING_MAX : TRIES_MAX);
    if ((!may || !is_told(b->run)) && (rv = scim_sync_stage_clear(db, idp, p)) != APR_SUCCESS) {
        return rv;
    }
    if (may) {
        return scim_sync_google_run_start(db, b->run->id, p);
    }
    b->taken = 0;
    return give_up(db, b->run, p);
}

static apr_status_t begin(scim_sync_puller_t *puller, const scim_sync_google_run_t *run,
                          apr_pool_t *p)
{
    beginning_t b = { .puller = puller, .asked = run };
    entry_t *entry;
    apr_pool_t *pool;
    apr_status_t rv;

    b.lease.name = apr_pstrcat(p, "google:", run->idp, NULL);
    b.lease.owner = puller->owner;
    rv = scim_sync_write(puller->means.runtime->writer, take, &b, p);
    if (rv != APR_SUCCESS || !b.taken) {
        return rv == SCIM_SYNC_ROLLBACK ? APR_SUCCESS : rv;
    }
    apr_pool_create(&pool, puller->pool);
    entry = apr_pcalloc(pool, sizeof(*entry));
    entry->pool = pool;
    entry->lease = b.lease;
    entry->lease.name = apr_pstrdup(pool, b.lease.name);
    entry->pull = scim_sync_pull_make(&puller->means, b.run, &b.lease, pool);
    apr_hash_set(puller->pulls, apr_pstrdup(pool, run->idp), APR_HASH_KEY_STRING, entry);
    return APR_SUCCESS;
}

static apr_status_t find_runs(scim_sync_puller_t *puller, apr_pool_t *p)
{
    apr_array_header_t *runs;
    const char *before = "";
    apr_status_t rv;
    int i;

    puller->look_at = puller->means.now() + LOOK;
    if ((rv = scim_sync_google_due(puller->means.runtime, p)) == APR_SUCCESS) {
        rv = scim_sync_read(puller->means.runtime->writer, look, &runs, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < runs->nelts; i++) {
        const scim_sync_google_run_t *run = APR_ARRAY_IDX(runs, i, scim_sync_google_run_t *);

        if (strcmp(run->idp, before) &&
            !apr_hash_get(puller->pulls, run->idp, APR_HASH_KEY_STRING)) {
            rv = begin(puller, run, p);
        }
        before = run->idp;
    }
    return rv;
}

/* ---- going on ---- */

static apr_status_t drop(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const entry_t *entry = baton;

    return scim_sync_lease_drop(db, &entry->lease, p);
}

/* The lease ends by itself, should the database not take it back. */
static void end_one(scim_sync_puller_t *puller, const char *idp, entry_t *entry, apr_pool_t *p)
{
    apr_status_t rv = scim_sync_write(puller->means.runtime->writer, drop, entry, p);

    if (rv != APR_SUCCESS) {
        scim_sync_log(SCIM_LOG_DEBUG, rv,
                      SCIM_LOGNO(0192) "the lease of a pull was not given back");
    }
    apr_hash_set(puller->pulls, idp, APR_HASH_KEY_STRING, NULL);
    apr_pool_destroy(entry->pool);
}

apr_status_t scim_sync_puller_pass(scim_sync_puller_t *puller, apr_int64_t *wait, apr_pool_t *p)
{
    apr_time_t now = puller->means.now();
    apr_status_t rv = now >= puller->look_at ? find_runs(puller, p) : APR_SUCCESS;
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, puller->pulls); rv == APR_SUCCESS && i; i = apr_hash_next(i)) {
        const void *idp;
        void *entry;
        int over;

        apr_hash_this(i, &idp, NULL, &entry);
        rv = scim_sync_pull_go_on(((entry_t *)entry)->pull, wait, &over, p);
        if (rv == APR_SUCCESS && over) {
            end_one(puller, idp, entry, p);
        }
    }
    if (puller->look_at > now && apr_time_as_msec(puller->look_at - now) + 1 < *wait) {
        *wait = apr_time_as_msec(puller->look_at - now) + 1;
    }
    return rv;
}

void scim_sync_puller_end(scim_sync_puller_t *puller, apr_pool_t *p)
{
    apr_hash_index_t *i;

    for (i = apr_hash_first(p, puller->pulls); i; i = apr_hash_next(i)) {
        const void *idp;
        void *entry;

        apr_hash_this(i, &idp, NULL, &entry);
        end_one(puller, idp, entry, p);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/worker.h"

#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "base/backoff.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "sync/throttle.h"

/* So many calls in a row without an answer, and the site is left alone for a while. */
#define FAILURES_MAX 5
/* A token that was refused may be accepted again (a permission was given): look now and then. */
#define DENIED_AGAIN 300000
/* Jobs are taken by as many at a time (a fourth of all): they share what a transaction costs. */
#define CLAIM_AT_ONCE 4
/* Jobs are taken in the place of stalled ones, up to so many times as many as there are at most. */
#define STALLED_MOST 5

static apr_uint32_t dice(void)
{
    return (apr_uint32_t)random();
}

/* Keep an outcome beyond the life of the call that it came from. */
static void remember(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    apr_pool_clear(worker->words);
    worker->outcome = *outcome;
    worker->outcome.detail = apr_pstrdup(worker->words, outcome->detail);
}

static void deny(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    if (worker->state != SCIM_SYNC_SITE_DENIED) {
        worker->denied_told = 0;
    }
    worker->state = SCIM_SYNC_SITE_DENIED;
    worker->accepted = 0;
    worker->pause_until = scim_sync_now() + DENIED_AGAIN;
    remember(worker, outcome);
}

static void pause_until(scim_sync_worker_t *worker, apr_int64_t ms)
{
    worker->pause_until = ms > worker->pause_until ? ms : worker->pause_until;
}

/* Say it in the log, at once: nothing of this site goes on. */
static void complain(const scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS, SCIM_LOGNO(0122) "site %s: Jira %s (%d): %s",
                  worker->jira.name, outcome->status ? "does not accept us" : "can't be reached",
                  outcome->status, outcome->detail);
}

void scim_sync_worker_heard(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    apr_int64_t now = scim_sync_now();

    if (outcome->verdict == SCIM_SYNC_DENIED) {
        /* Calls that were in flight beside the first one say nothing new. */
        if (worker->state != SCIM_SYNC_SITE_DENIED) {
            complain(worker, outcome);
        }
        deny(worker, outcome);
    }
    else if (outcome->verdict != SCIM_SYNC_RETRY) {
        worker->failures = 0;
    }
    else if (outcome->status != 429 && worker->state == SCIM_SYNC_SITE_READY &&
             ++worker->failures >= FAILURES_MAX) {
        /* Calls that were in flight beside this one fail as well, and say nothing new. */
        worker->state = SCIM_SYNC_SITE_PROBING;
        worker->accepted = 0;
        worker->failures = 1;
        pause_until(worker, now + scim_sync_backoff(worker->failures, outcome->retry_ms, dice()));
    }
}

static void open_token(scim_sync_worker_t *worker, const scim_sync_runtime_t *runtime,
                       const scim_sync_site_t *site)
{
    const char *context =
        apr_psprintf(worker->pool, "site/%s/apiToken", site->of ? site->of : site->name);
    apr_status_t rv = runtime->keys ? scim_sync_secret_open(&worker->jira.api_token, runtime->keys,
                                                            site->api_token, context, worker->pool)
                                    : APR_NOTFOUND;

    if (rv != APR_SUCCESS) {
        scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS,
                      SCIM_LOGNO(0123) "site %s: its API token can't be decrypted",
                      worker->jira.name);
        deny(worker, &(scim_sync_outcome_t) {
                         .verdict = SCIM_SYNC_DENIED,
                         .detail = "the API token can't be decrypted: ScimSyncKeyFile no longer "
                                   "holds the key that it was stored under. Put the key back, or "
                                   "store the token anew" });
    }
}

/* Without it the site works, and who should be suspended waits for it: the tasks say so. */
static void open_organization(scim_sync_worker_t *worker, const scim_sync_runtime_t *runtime,
                              const scim_sync_site_t *site)
{
    scim_sync_organization_t *organization = &worker->organization;
    const char *context =
        apr_psprintf(worker->pool, "site/%s/orgKey", site->of ? site->of : site->name);

    if (!site->org_key || !runtime->keys) {
        return;
    }
    organization->id = apr_pstrdup(worker->pool, site->org_id);
    organization->base_url =
        scim_sync_organization_url(site->base_url, site->org_url, worker->pool);
    if (scim_sync_secret_open(&organization->key, runtime->keys, site->org_key, context,
                              worker->pool)) {
        organization->key = NULL;
        scim_sync_log(SCIM_LOG_ERR, APR_SUCCESS,
                      SCIM_LOGNO(0125) "site %s: its organization's key can't be decrypted",
                      worker->jira.name);
    }
}

scim_sync_worker_t *scim_sync_worker_sketch(const scim_sync_site_t *site, apr_pool_t *parent)
{
    scim_sync_worker_t *worker;
    apr_pool_t *p;

    apr_pool_create(&p, parent);
    apr_pool_tag(p, "scim_sync_worker");
    worker = apr_pcalloc(p, sizeof(*worker));
    worker->pool = p;
    worker->version = site->version;
    worker->created = site->created;
    worker->jira.name = apr_pstrdup(p, site->name);
    worker->customers = site->of != NULL;
    worker->jira.base_url =
        scim_sync_jira_api_url(site->base_url, site->gateway, site->cloud_id, p);
    worker->jira.email = apr_pstrdup(p, site->email);
    worker->products = scim_sync_json_texts(site->products, p);
    apr_pool_create(&worker->words, p);
    apr_pool_create(&worker->groups_pool, p);
    worker->product_groups = apr_hash_make(worker->groups_pool);
    scim_sync_survey_init(&worker->survey, p);
    scim_sync_seats_init(&worker->seats, p);
    scim_sync_protection_init(&worker->protection, scim_sync_json_texts(site->protected_groups, p),
                              p);
    if (worker->customers) {
        worker->protection.unread = NULL;
    }
    worker->lease.name = apr_psprintf(p, "site:%s", site->name);
    worker->state = SCIM_SYNC_SITE_PROBING;
    return worker;
}

scim_sync_worker_t *scim_sync_worker_make(const scim_sync_runtime_t *runtime,
                                          const scim_sync_site_t *site, const char *owner,
                                          apr_pool_t *parent)
{
    scim_sync_worker_t *worker = scim_sync_worker_sketch(site, parent);

    worker->lease.owner = apr_pstrdup(worker->pool, owner);
    worker->shared = runtime->shared;
    worker->share = runtime->transport.max_connections;
    open_token(worker, runtime, site);
    open_organization(worker, runtime, site);
    return worker;
}

void scim_sync_worker_succeed(scim_sync_worker_t *worker, const scim_sync_worker_t *old,
                              const scim_sync_runtime_t *runtime, apr_pool_t *p)
{
    if (old) {
        worker->lease = old->lease;
        worker->lease.name = apr_pstrdup(worker->pool, old->lease.name);
        worker->lease_kept = old->lease_kept;
    }
    if (old && old->created == worker->created) {
        worker->limits = old->limits;
        worker->reconcile = old->reconcile;
        scim_sync_reconcile_restart(worker->reconcile);
        return;
    }
    worker->limits = scim_sync_limits_make(runtime->transport.max_connections, p);
    worker->reconcile =
        scim_sync_reconcile_make(runtime->reconcile_hours * APR_INT64_C(3600000), p);
}

/* One call of the probe: what it is for, and where its answer lives. */
typedef struct {
    scim_sync_worker_t *worker;
    apr_pool_t *pool;
    scim_sync_throttle_t throttle;
} probe_t;

static probe_t *new_probe(scim_sync_worker_t *worker)
{
    apr_pool_t *p;
    probe_t *probe;

    apr_pool_create(&p, worker->pool);
    probe = apr_pcalloc(p, sizeof(*probe));
    probe->worker = worker;
    probe->pool = p;
    probe->throttle = (scim_sync_throttle_t) { .worker = worker, .probe = 1 };
    worker->probing++;
    return probe;
}

static void end_probe(probe_t *probe)
{
    probe->worker->probing--;
    apr_pool_destroy(probe->pool);
}

void scim_sync_worker_ready(scim_sync_worker_t *worker)
{
    worker->failures = 0;
    worker->recovered = 1;
    worker->state = SCIM_SYNC_SITE_READY;
}

void scim_sync_worker_put_off(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    if (outcome->verdict == SCIM_SYNC_DENIED) {
        complain(worker, outcome);
        deny(worker, outcome);
        return;
    }
    remember(worker, outcome);
    worker->accepted = 0;
    worker->failures++;
    pause_until(worker,
                scim_sync_now() + scim_sync_backoff(worker->failures, outcome->retry_ms, dice()));
}

static void know_owner(scim_sync_worker_t *worker, const char *account_id)
{
    if (!worker->protection.owner || strcmp(worker->protection.owner, account_id)) {
        worker->protection.owner = apr_pstrdup(worker->pool, account_id);
    }
}

static void heard_myself(void *baton, const scim_sync_answer_t *answer)
{
    probe_t *probe = baton;
    scim_sync_worker_t *worker = probe->worker;
    scim_sync_jira_account_t account;
    scim_sync_outcome_t outcome = scim_sync_jira_read_myself(answer, &account, probe->pool);

    if (outcome.verdict == SCIM_SYNC_DONE) {
        worker->accepted = 1;
        worker->state = SCIM_SYNC_SITE_PROBING;
        know_owner(worker, account.account_id);
        remember(worker, &outcome);
        if (worker->customers) {
            worker->survey.fresh = 1;
            scim_sync_worker_ready(worker);
        }
        else {
            scim_sync_survey_begin(&worker->survey);
        }
    }
    else {
        if (outcome.verdict != SCIM_SYNC_DENIED) {
            complain(worker, &outcome);
        }
        scim_sync_worker_put_off(worker, &outcome);
    }
    end_probe(probe);
}

static void ask_myself(scim_sync_worker_t *worker, scim_sync_transport_t *transport)
{
    probe_t *probe = new_probe(worker);
    scim_sync_call_t call;

    scim_sync_jira_myself(&call, &worker->jira, probe->pool);
    scim_sync_throttle(&call, &probe->throttle);
    if (scim_sync_transport_start(transport, &call, heard_myself, probe, probe->pool) !=
        APR_SUCCESS) {
        worker->pause_until = scim_sync_now() + scim_sync_backoff(++worker->failures, 0, dice());
        end_probe(probe);
    }
}

void scim_sync_worker_probe(scim_sync_worker_t *worker, scim_sync_transport_t *transport)
{
    if (worker->probing || !worker->jira.api_token || scim_sync_now() < worker->pause_until) {
        return;
    }
    if (worker->accepted && !worker->customers) {
        scim_sync_survey_go_on(worker, transport);
    }
    else if (!worker->accepted) {
        ask_myself(worker, transport);
    }
}

int scim_sync_worker_is_open(const scim_sync_worker_t *worker, apr_int64_t now)
{
    return worker->state == SCIM_SYNC_SITE_READY && worker->lease.fence &&
           now >= worker->pause_until && !scim_sync_limits_pause(worker->limits);
}

int scim_sync_worker_has_calls(const scim_sync_worker_t *worker)
{
    return worker->queued > worker->stalled;
}

int scim_sync_worker_room(const scim_sync_worker_t *worker, int most)
{
    int in_place = most * STALLED_MOST;
    int room = most - worker->jobs + (worker->stalled < in_place ? worker->stalled : in_place);

    return room * CLAIM_AT_ONCE < most && scim_sync_worker_has_calls(worker) ? 0 : room;
}

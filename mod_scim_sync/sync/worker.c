/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/worker.h"

#include <stdlib.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "sync/backoff.h"

/* So many calls in a row without an answer, and the site is left alone for a while. */
#define FAILURES_MAX 5
/* A token that was refused may be accepted again (a permission was given): look now and then. */
#define DENIED_AGAIN 300000

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

void scim_sync_worker_heard(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    apr_int64_t now = scim_sync_now();

    if (outcome->verdict == SCIM_SYNC_DENIED) {
        deny(worker, outcome);
    }
    else if (outcome->verdict != SCIM_SYNC_RETRY) {
        worker->failures = 0;
    }
    else if (outcome->status == 429) {
        pause_until(worker, now + scim_sync_backoff(1, outcome->retry_ms, dice()));
    }
    else if (worker->state == SCIM_SYNC_SITE_READY && ++worker->failures >= FAILURES_MAX) {
        /* Calls that were in flight beside this one fail as well, and say nothing new. */
        worker->state = SCIM_SYNC_SITE_PROBING;
        worker->accepted = 0;
        worker->failures = 1;
        pause_until(worker, now + scim_sync_backoff(worker->failures, outcome->retry_ms, dice()));
    }
}

static apr_array_header_t *read_products(const char *text, apr_pool_t *p)
{
    json_t *list = scim_sync_json_own(json_loads(text, 0, NULL), p);
    apr_array_header_t *products = apr_array_make(p, 2, sizeof(const char *));
    json_t *product;
    apr_size_t i;

    json_array_foreach(list, i, product)
    {
        APR_ARRAY_PUSH(products, const char *) = apr_pstrdup(p, json_string_value(product));
    }
    return products;
}

static void open_token(scim_sync_worker_t *worker, const scim_sync_runtime_t *runtime,
                       const char *sealed)
{
    const char *context = apr_psprintf(worker->pool, "site/%s/apiToken", worker->jira.name);
    apr_status_t rv = runtime->keys ? scim_sync_secret_open(&worker->jira.api_token, runtime->keys,
                                                            sealed, context, worker->pool)
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

scim_sync_worker_t *scim_sync_worker_make(const scim_sync_runtime_t *runtime,
                                          const scim_sync_site_t *site, const char *owner,
                                          apr_pool_t *parent)
{
    scim_sync_worker_t *worker;
    apr_pool_t *p;

    apr_pool_create(&p, parent);
    apr_pool_tag(p, "scim_sync_worker");
    worker = apr_pcalloc(p, sizeof(*worker));
    worker->pool = p;
    worker->version = site->version;
    worker->jira.name = apr_pstrdup(p, site->name);
    worker->jira.base_url = apr_pstrdup(p, site->base_url);
    worker->jira.email = apr_pstrdup(p, site->email);
    worker->products = read_products(site->products, p);
    apr_pool_create(&worker->words, p);
    apr_pool_create(&worker->groups_pool, p);
    worker->product_groups = apr_hash_make(worker->groups_pool);
    worker->lease.name = apr_psprintf(p, "site:%s", site->name);
    worker->lease.owner = apr_pstrdup(p, owner);
    worker->state = SCIM_SYNC_SITE_PROBING;
    open_token(worker, runtime, site->api_token);
    return worker;
}

/* One call of the probe: what it is for, and where its answer lives. */
typedef struct {
    scim_sync_worker_t *worker;
    apr_pool_t *pool;
} probe_t;

static probe_t *new_probe(scim_sync_worker_t *worker)
{
    apr_pool_t *p;
    probe_t *probe;

    apr_pool_create(&p, worker->pool);
    probe = apr_pcalloc(p, sizeof(*probe));
    probe->worker = worker;
    probe->pool = p;
    worker->probing++;
    return probe;
}

static void end_probe(probe_t *probe)
{
    probe->worker->probing--;
    apr_pool_destroy(probe->pool);
}

static void keep_groups(scim_sync_worker_t *worker, const apr_array_header_t *groups)
{
    int i;

    apr_pool_clear(worker->groups_pool);
    worker->product_groups = apr_hash_make(worker->groups_pool);
    for (i = 0; i < groups->nelts; i++) {
        const char *id = apr_pstrdup(worker->groups_pool, APR_ARRAY_IDX(groups, i, const char *));

        apr_hash_set(worker->product_groups, id, APR_HASH_KEY_STRING, id);
    }
}

/* The probe failed: once more, later. */
static void put_off(scim_sync_worker_t *worker, const scim_sync_outcome_t *outcome)
{
    if (outcome->verdict == SCIM_SYNC_DENIED) {
        deny(worker, outcome);
        return;
    }
    remember(worker, outcome);
    worker->accepted = 0;
    worker->failures++;
    pause_until(worker,
                scim_sync_now() + scim_sync_backoff(worker->failures, outcome->retry_ms, dice()));
}

static void heard_products(void *baton, const scim_sync_answer_t *answer)
{
    probe_t *probe = baton;
    scim_sync_worker_t *worker = probe->worker;
    apr_array_header_t *groups;
    scim_sync_outcome_t outcome = scim_sync_jira_read_product_groups(answer, &groups, probe->pool);

    if (outcome.verdict == SCIM_SYNC_RETRY || outcome.verdict == SCIM_SYNC_DENIED) {
        put_off(worker, &outcome);
        end_probe(probe);
        return;
    }
    if (outcome.verdict == SCIM_SYNC_DONE) {
        keep_groups(worker, groups);
    }
    else {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0121) "site %s: which groups grant products can't be read (%s): "
                                       "accounts that were made here keep these when they leave",
                      worker->jira.name, outcome.detail);
    }
    worker->failures = 0;
    worker->recovered = 1;
    worker->state = SCIM_SYNC_SITE_READY;
    end_probe(probe);
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
        remember(worker, &outcome);
    }
    else {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS, SCIM_LOGNO(0122) "site %s: Jira %s (%d): %s",
                      worker->jira.name, outcome.status ? "does not accept us" : "can't be reached",
                      outcome.status, outcome.detail);
        put_off(worker, &outcome);
    }
    end_probe(probe);
}

static void start(scim_sync_worker_t *worker, scim_sync_transport_t *transport,
                  void (*prepare)(scim_sync_call_t *, const scim_sync_jira_t *, apr_pool_t *),
                  scim_sync_answered_t *heard)
{
    probe_t *probe = new_probe(worker);
    scim_sync_call_t call;

    prepare(&call, &worker->jira, probe->pool);
    if (scim_sync_transport_start(transport, &call, heard, probe, probe->pool) != APR_SUCCESS) {
        worker->pause_until = scim_sync_now() + scim_sync_backoff(++worker->failures, 0, dice());
        end_probe(probe);
    }
}

void scim_sync_worker_probe(scim_sync_worker_t *worker, scim_sync_transport_t *transport)
{
    if (worker->probing || worker->state == SCIM_SYNC_SITE_READY || !worker->jira.api_token ||
        scim_sync_now() < worker->pause_until) {
        return;
    }
    if (worker->accepted) {
        start(worker, transport, scim_sync_jira_product_groups, heard_products);
    }
    else {
        start(worker, transport, scim_sync_jira_myself, heard_myself);
    }
}

int scim_sync_worker_may_send(void *baton)
{
    const scim_sync_worker_t *worker = baton;

    if (worker->state != SCIM_SYNC_SITE_READY) {
        return -1;
    }
    return scim_sync_now() >= worker->pause_until;
}

int scim_sync_worker_is_open(const scim_sync_worker_t *worker, apr_int64_t now)
{
    return worker->state == SCIM_SYNC_SITE_READY && worker->lease.fence &&
           now >= worker->pause_until;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "jira/limiter_int.h"

#include <math.h>
#include <string.h>

#include <apr_strings.h>

#include "base/backoff.h"

/* Endpoints that are told apart, so that nothing grows without end. */
#define ENDPOINTS_MOST 64
/* Calls in flight at the beginning. */
#define WINDOW_FIRST 4
/*
 * What is left of the window after a refusal, a failure, and answers that take longer and longer.
 */
#define AFTER_REFUSAL 0.5
#define AFTER_FAILURE 0.7
#define AFTER_DELAY   0.8
/* Calls of late that explain what is missing in a bucket, and that don't; of what is missing. */
#define ENOUGH  0.7
#define TOO_FEW 0.5
/* A bucket is nearly empty when no more than this is left of it. */
#define NEARLY_EMPTY 0.3
/* How long (us) a limit of all calls is believed after it has shown itself. */
#define SITE_LIMIT_LIFE apr_time_from_sec(600)
/* Waits that are believed, ms. */
#define WAIT_MOST APR_INT64_C(3600000)
/* Answers wait in a queue when they take twice as long as usual, and so much (us) longer. */
#define DELAY apr_time_from_msec(100)

/* Calls a second that are documented for every site, where they are not those of the method. */
static const struct {
    const char *endpoint;
    double limit;
} documented[] = {
    { "GET servicedesk/{}/customer", 5 },
    { "GET user", 150 },
    { "GET project/{}/role/{}", 200 },
};

scim_sync_limiter_t *scim_sync_limiter_make(int most, apr_time_t now, apr_pool_t *p)
{
    scim_sync_limiter_t *limiter = apr_pcalloc(p, sizeof(*limiter));

    limiter->pool = p;
    limiter->most = most;
    limiter->window = most < WINDOW_FIRST ? most : WINDOW_FIRST;
    limiter->site = scim_sync_bucket_make(0, now);
    limiter->endpoints = apr_hash_make(p);
    return limiter;
}

/* ---- endpoints ---- */

static double documented_for(const char *name)
{
    for (apr_size_t i = 0; i < sizeof(documented) / sizeof(*documented); i++) {
        if (!strcmp(documented[i].endpoint, name)) {
            return documented[i].limit;
        }
    }
    return !strncmp(name, "PUT ", 4) || !strncmp(name, "DELETE ", 7) ? 50 : 100;
}

scim_sync_endpoint_t *scim_sync_limiter_endpoint(scim_sync_limiter_t *limiter, const char *name,
                                                 apr_time_t now)
{
    scim_sync_endpoint_t *e;

    /* The searches for users share a limit; of its size nothing is said. */
    if (!strcmp(name, "GET users/search")) {
        name = "GET user/search";
    }
    e = apr_hash_get(limiter->endpoints, name, APR_HASH_KEY_STRING);
    if (!e && apr_hash_count(limiter->endpoints) >= ENDPOINTS_MOST) {
        name = "others";
        e = apr_hash_get(limiter->endpoints, name, APR_HASH_KEY_STRING);
    }
    if (!e) {
        e = apr_pcalloc(limiter->pool, sizeof(*e));
        e->name = apr_pstrdup(limiter->pool, name);
        e->documented = documented_for(name);
        e->bucket = scim_sync_bucket_make(e->documented, now);
        apr_hash_set(limiter->endpoints, e->name, APR_HASH_KEY_STRING, e);
    }
    return e;
}

apr_interval_time_t scim_sync_limiter_pause(const scim_sync_limiter_t *limiter, int *quota,
                                            apr_time_t now)
{
    if (quota) {
        *quota = limiter->quota;
    }
    return limiter->paused > now ? limiter->paused - now : 0;
}

apr_interval_time_t scim_sync_limiter_shut(scim_sync_limiter_t *limiter, const char *endpoint,
                                           apr_time_t now)
{
    const scim_sync_bucket_t *b = &scim_sync_limiter_endpoint(limiter, endpoint, now)->bucket;

    return b->shut > now ? b->shut - now : 0;
}

static apr_interval_time_t longest(apr_interval_time_t a, apr_interval_time_t b)
{
    return a > b ? a : b;
}

apr_interval_time_t scim_sync_limiter_ask(scim_sync_limiter_t *limiter, const char *endpoint,
                                          apr_time_t now)
{
    scim_sync_endpoint_t *e = scim_sync_limiter_endpoint(limiter, endpoint, now);
    apr_interval_time_t wait = scim_sync_limiter_pause(limiter, NULL, now);

    wait = longest(wait, scim_sync_bucket_wait(&e->bucket, now));
    wait = longest(wait, scim_sync_bucket_wait(&limiter->site, now));
    if (wait == 0 && limiter->site.in_flight >= (int)limiter->window) {
        limiter->full = now;
        return SCIM_SYNC_LIMITER_LATER;
    }
    if (wait == 0) {
        scim_sync_bucket_take(&e->bucket, now);
        scim_sync_bucket_take(&limiter->site, now);
    }
    return wait;
}

/* ---- the window ---- */

/* Once for what was sent before: the calls in flight beside this one tell the same. */
static void shrink(scim_sync_limiter_t *limiter, double factor, apr_time_t sent, apr_time_t now)
{
    if (sent >= limiter->shrunk) {
        limiter->window = fmax(1, limiter->window * factor);
        limiter->shrunk = now;
    }
}

/* All is well: one more for a whole window of answers, if there was need for more. */
static void grow(scim_sync_limiter_t *limiter, apr_time_t sent)
{
    if (sent <= limiter->full) {
        limiter->window = fmin(limiter->most, limiter->window + 1 / limiter->window);
    }
}

/* Whether answers of this endpoint take so long that they must be waiting for each other. */
static int is_queueing(scim_sync_endpoint_t *e, apr_interval_time_t took)
{
    double us = (double)took;

    e->lately = e->lately > 0 ? e->lately + (us - e->lately) / 8 : us;
    /* A server that has become slower for good is as usual again after some hundred answers. */
    e->usual = e->usual > 0 && us > e->usual ? e->usual + (us - e->usual) / 500 : us;
    if (e->lately <= 2 * e->usual + (double)DELAY) {
        return 0;
    }
    e->lately = e->usual;
    return 1;
}

/* ---- answers ---- */

static apr_int64_t believed(apr_int64_t ms)
{
    return ms > WAIT_MOST ? WAIT_MOST : ms;
}

/* What Jira asked to wait for, and a little more, so that not all come back at once; us. */
static apr_interval_time_t stretched(apr_int64_t ms, apr_uint32_t random)
{
    apr_int64_t jitter = ms / 10 < 2000 ? ms / 10 : 2000;

    return apr_time_from_msec(believed(ms) + random % (jitter + 1));
}

/* How long to wait after a refusal, us. */
static apr_interval_time_t wait_of(const scim_sync_rate_t *rate, int strikes, apr_uint32_t random)
{
    apr_int64_t asked = rate->retry_after_ms;

    if (asked < 0 || (rate->reason == SCIM_SYNC_REASON_QUOTA && rate->reset_ms > asked)) {
        asked = rate->reset_ms;
    }
    return asked >= 0 ? stretched(asked, random)
                      : apr_time_from_msec(scim_sync_backoff(strikes, 0, random));
}

/* Whether the answer tells of a bucket, and of which size and rate. */
static int tells_limit(const scim_sync_rate_t *rate, double *capacity, double *limit)
{
    *capacity = rate->limit;
    *limit = rate->fill > 0 ? rate->fill : rate->limit;
    return rate->limit > 0 && rate->limit <= SCIM_SYNC_LIMIT_MOST && *limit <= SCIM_SYNC_LIMIT_MOST;
}

/*
 * Whether so many calls that are missing in Jira's bucket were made to the site, and not to the
 * endpoint alone: then it is a bucket for all calls.
 */
static int is_of_site(const scim_sync_limiter_t *limiter, const scim_sync_endpoint_t *e,
                      double missing)
{
    return e->bucket.pressure < TOO_FEW * missing && limiter->site.pressure >= ENOUGH * missing;
}

/* Calls came too fast: for the site, if Jira says by how large a limit, else for the endpoint. */
static void slow_down(scim_sync_limiter_t *limiter, scim_sync_endpoint_t *e,
                      const scim_sync_rate_t *rate, apr_time_t sent, apr_time_t now)
{
    double capacity;
    double limit;
    int told = tells_limit(rate, &capacity, &limit);

    if (told && is_of_site(limiter, e, capacity)) {
        scim_sync_bucket_told(&limiter->site, capacity, limit);
        scim_sync_bucket_strike(&limiter->site, 1, sent, now);
        return;
    }
    told = told && e->bucket.pressure >= TOO_FEW * capacity;
    if (told) {
        scim_sync_bucket_told(&e->bucket, capacity, limit);
    }
    scim_sync_bucket_strike(&e->bucket, told, sent, now);
}

static void pause_all(scim_sync_limiter_t *limiter, apr_interval_time_t wait, int quota,
                      apr_time_t now)
{
    if (now + wait > limiter->paused) {
        limiter->paused = now + wait;
        limiter->quota = quota;
    }
}

static void refused(scim_sync_limiter_t *limiter, scim_sync_endpoint_t *e,
                    const scim_sync_rate_t *rate, apr_time_t sent, apr_uint32_t random,
                    apr_time_t now)
{
    apr_interval_time_t wait;

    shrink(limiter, AFTER_REFUSAL, sent, now);
    if (rate->reason == SCIM_SYNC_REASON_BURST || rate->reason == SCIM_SYNC_REASON_UNSAID) {
        slow_down(limiter, e, rate, sent, now);
    }
    else if (sent >= e->bucket.struck) {
        e->bucket.strikes++;
        e->bucket.struck = now;
    }
    wait = wait_of(rate, e->bucket.strikes, random);
    scim_sync_bucket_shut(&e->bucket, now + wait);
    if (rate->reason == SCIM_SYNC_REASON_QUOTA || rate->reason == SCIM_SYNC_REASON_UNSAID) {
        pause_all(limiter, wait, rate->reason == SCIM_SYNC_REASON_QUOTA, now);
    }
}

/* What an answer that is no refusal says by the way. */
static void learn(scim_sync_limiter_t *limiter, scim_sync_endpoint_t *e,
                  const scim_sync_rate_t *rate, apr_time_t now)
{
    double capacity;
    double limit;

    if (limiter->site.limit > 0 && now - limiter->site.struck > SITE_LIMIT_LIFE) {
        limiter->site.limit = 0;
    }
    if (!tells_limit(rate, &capacity, &limit)) {
        return;
    }
    scim_sync_bucket_told(&e->bucket, capacity, limit);
    if (rate->remaining < 0) {
        return;
    }
    scim_sync_bucket_left(&e->bucket, rate->remaining);
    if (limiter->site.limit <= 0 && rate->remaining <= NEARLY_EMPTY * capacity &&
        is_of_site(limiter, e, capacity - rate->remaining)) {
        scim_sync_bucket_told(&limiter->site, capacity, limit);
        limiter->site.struck = now;
    }
    if (limiter->site.limit == limit) {
        scim_sync_bucket_left(&limiter->site, rate->remaining);
    }
}

void scim_sync_limiter_heard(scim_sync_limiter_t *limiter, const char *endpoint, int status,
                             const scim_sync_rate_t *rate, apr_time_t sent, apr_uint32_t random,
                             apr_time_t now)
{
    scim_sync_endpoint_t *e = scim_sync_limiter_endpoint(limiter, endpoint, now);

    scim_sync_bucket_fill(&e->bucket, now);
    scim_sync_bucket_fill(&limiter->site, now);
    scim_sync_bucket_give_back(&e->bucket);
    scim_sync_bucket_give_back(&limiter->site);
    if (status == 429) {
        refused(limiter, e, rate, sent, random, now);
        return;
    }
    learn(limiter, e, rate, now);
    if (sent >= e->bucket.struck) {
        e->bucket.strikes = 0;
    }
    if (status == 0 || status >= 500) {
        shrink(limiter, AFTER_FAILURE, sent, now);
        if (rate->retry_after_ms >= 0) {
            scim_sync_bucket_shut(&e->bucket, now + stretched(rate->retry_after_ms, random));
        }
    }
    else if (is_queueing(e, now - sent)) {
        shrink(limiter, AFTER_DELAY, sent, now);
    }
    else if (rate->near) {
        shrink(limiter, AFTER_REFUSAL, sent, now);
    }
    else {
        grow(limiter, sent);
    }
}

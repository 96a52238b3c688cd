/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A limiter's state as text. Times are kept as what is left of them, since the clock of another
 * process may be another one; what passed in between is told by the reader.
 */
#include "jira/limiter_int.h"

#include <math.h>
#include <string.h>

#include <jansson.h>

#include "base/json.h"

#define MAX_DEPTH 4
/* Waits in a state that is read: an hour, and what a limiter adds to it. */
#define LEFT_MOST apr_time_from_sec(3700)

static double left_of(apr_time_t until, apr_time_t now)
{
    return until > now ? (double)(until - now) : 0;
}

static json_t *bucket_json(scim_sync_bucket_t *bucket, apr_time_t now)
{
    scim_sync_bucket_fill(bucket, now);
    return json_pack("{s:f, s:f, s:f, s:f, s:f, s:i}", "capacity", bucket->capacity, "limit",
                     bucket->limit, "rate", bucket->rate, "tokens", floor(bucket->tokens), "shut",
                     left_of(bucket->shut, now), "strikes", bucket->strikes);
}

/* Whether a new one would do as well. */
static int is_as_new(scim_sync_endpoint_t *e, apr_time_t now)
{
    scim_sync_bucket_t *b = &e->bucket;

    scim_sync_bucket_fill(b, now);
    return b->limit == e->documented && b->capacity == e->documented && b->rate >= b->limit &&
           b->tokens >= b->capacity && b->shut <= now && b->strikes == 0;
}

const char *scim_sync_limiter_save(scim_sync_limiter_t *limiter, apr_time_t now, apr_pool_t *p)
{
    json_t *endpoints = json_object();
    json_t *state =
        json_pack("{s:i, s:f, s:b, s:o}", "window", (int)limiter->window, "paused",
                  left_of(limiter->paused, now), "quota", limiter->quota, "endpoints", endpoints);

    scim_sync_json_own(state, p);
    for (apr_hash_index_t *i = apr_hash_first(p, limiter->endpoints); i; i = apr_hash_next(i)) {
        void *e;

        apr_hash_this(i, NULL, NULL, &e);
        if (!is_as_new(e, now)) {
            json_object_set_new(endpoints, ((scim_sync_endpoint_t *)e)->name,
                                bucket_json(&((scim_sync_endpoint_t *)e)->bucket, now));
        }
    }
    if (limiter->site.limit > 0) {
        json_object_set_new(state, "site", bucket_json(&limiter->site, now));
    }
    return scim_sync_json_text(state, NULL, p);
}

/* A member that is a number from least to most; what is no such number is as good as most. */
static double number(const json_t *object, const char *name, double least, double most)
{
    const json_t *json = json_object_get(object, name);
    double value = json_number_value(json);

    return json_is_number(json) && value >= least && value <= most ? value : most;
}

static apr_time_t again(const json_t *object, const char *name, apr_interval_time_t age,
                        apr_time_t now)
{
    double left = json_number_value(json_object_get(object, name));

    return left > (double)age && left <= (double)LEFT_MOST ? now + (apr_time_t)left - age : 0;
}

static void load_bucket(scim_sync_bucket_t *bucket, const json_t *json, apr_interval_time_t age,
                        apr_time_t now)
{
    int in_flight = bucket->in_flight;

    *bucket = scim_sync_bucket_make(number(json, "limit", 0.1, SCIM_SYNC_LIMIT_MOST), now - age);
    bucket->capacity = number(json, "capacity", 1, SCIM_SYNC_LIMIT_MOST);
    bucket->rate = number(json, "rate", 0.1, bucket->limit);
    bucket->tokens = number(json, "tokens", -SCIM_SYNC_LIMIT_MOST, bucket->capacity);
    bucket->strikes = (int)number(json, "strikes", 0, 100) % 100;
    bucket->shut = again(json, "shut", age, now);
    bucket->in_flight = in_flight;
    scim_sync_bucket_fill(bucket, now);
}

apr_status_t scim_sync_limiter_load(scim_sync_limiter_t *limiter, const char *state,
                                    apr_interval_time_t age, apr_time_t now, apr_pool_t *p)
{
    const char *why;
    const char *name;
    json_t *json;
    json_t *each;
    apr_status_t rv = scim_sync_json_parse(&json, state, strlen(state), MAX_DEPTH, &why, p);

    if (rv != APR_SUCCESS || !json_is_object(json)) {
        return APR_EINVAL;
    }
    age = age > 0 ? age : 0;
    limiter->window = number(json, "window", 1, limiter->most);
    limiter->paused = again(json, "paused", age, now);
    limiter->quota = json_is_true(json_object_get(json, "quota"));
    json_object_foreach(json_object_get(json, "endpoints"), name, each)
    {
        load_bucket(&scim_sync_limiter_endpoint(limiter, name, now)->bucket, each, age, now);
    }
    if (json_is_object(each = json_object_get(json, "site"))) {
        load_bucket(&limiter->site, each, age, now);
        limiter->site.struck = now - age;
    }
    return APR_SUCCESS;
}

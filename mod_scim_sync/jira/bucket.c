/* SPDX-License-Identifier: Apache-2.0 */
#include "jira/bucket.h"

#include <math.h>

/* Pressure is told in calls of about this long. */
#define MEMORY 1.0
/* What a strike leaves of the rate: a little less where Jira has said its limit, else much less. */
#define AFTER_TOLD   0.95
#define AFTER_UNTOLD 0.7
/* A rate that was cut comes back by so much of the limit a second. */
#define RECOVERY 0.01
/* Calls a second, at the least: what is slower never learns that it may be faster. */
#define SLOWEST 0.1

scim_sync_bucket_t scim_sync_bucket_make(double limit, apr_time_t now)
{
    return (scim_sync_bucket_t) {
        .capacity = limit, .limit = limit, .rate = limit, .tokens = limit, .filled = now
    };
}

void scim_sync_bucket_fill(scim_sync_bucket_t *bucket, apr_time_t now)
{
    double seconds = (double)(now - bucket->filled) / APR_USEC_PER_SEC;
    /* Nothing is added while it is shut: what Jira adds meanwhile is kept for surprises. */
    double open = (double)(now - (bucket->shut > bucket->filled ? bucket->shut : bucket->filled)) /
                  APR_USEC_PER_SEC;

    if (seconds <= 0) {
        return;
    }
    bucket->pressure *= exp(-seconds / MEMORY);
    if (open > 0 && bucket->limit > 0) {
        bucket->tokens = fmin(bucket->capacity, bucket->tokens + open * bucket->rate);
        bucket->rate = fmin(bucket->limit, bucket->rate + open * RECOVERY * bucket->limit);
    }
    bucket->filled = now;
}

apr_interval_time_t scim_sync_bucket_wait(scim_sync_bucket_t *bucket, apr_time_t now)
{
    double needed;

    scim_sync_bucket_fill(bucket, now);
    needed = bucket->limit > 0 ? 1 - bucket->tokens : 0;
    if (needed <= 0) {
        return bucket->shut > now ? bucket->shut - now : 0;
    }
    return (bucket->shut > now ? bucket->shut - now : 0) +
           (apr_interval_time_t)ceil(needed / bucket->rate * APR_USEC_PER_SEC);
}

void scim_sync_bucket_take(scim_sync_bucket_t *bucket, apr_time_t now)
{
    scim_sync_bucket_fill(bucket, now);
    bucket->pressure++;
    bucket->in_flight++;
    if (bucket->limit > 0) {
        bucket->tokens--;
    }
}

void scim_sync_bucket_give_back(scim_sync_bucket_t *bucket)
{
    bucket->in_flight--;
}

void scim_sync_bucket_told(scim_sync_bucket_t *bucket, double capacity, double limit)
{
    if (bucket->limit <= 0) {
        bucket->tokens = capacity;
        bucket->rate = limit;
    }
    else {
        /* What was cut stays cut: it was refused at that. */
        bucket->rate = fmin(limit, bucket->rate * fmax(1, limit / bucket->limit));
        bucket->tokens = fmin(capacity, bucket->tokens);
    }
    bucket->capacity = capacity;
    bucket->limit = limit;
}

void scim_sync_bucket_left(scim_sync_bucket_t *bucket, double remaining)
{
    bucket->tokens = fmin(bucket->tokens, remaining - bucket->in_flight);
}

int scim_sync_bucket_strike(scim_sync_bucket_t *bucket, int told, apr_time_t sent, apr_time_t now)
{
    int news = sent >= bucket->struck;

    scim_sync_bucket_fill(bucket, now);
    bucket->tokens = fmin(bucket->tokens, -bucket->in_flight);
    if (news) {
        bucket->strikes++;
        bucket->struck = now;
        bucket->rate = fmax(SLOWEST, bucket->rate * (told ? AFTER_TOLD : AFTER_UNTOLD));
    }
    return news;
}

void scim_sync_bucket_shut(scim_sync_bucket_t *bucket, apr_time_t until)
{
    bucket->shut = until > bucket->shut ? until : bucket->shut;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token bucket, as Jira limits calls by: it holds so many calls, and gets new ones at a steady
 * rate. It copies one of Jira's, which may be smaller than is documented, is seen with a delay, and
 * serves others, too: so it learns from what Jira says. Pure; times are those of scim_sync_clock().
 */
#ifndef SCIM_SYNC_JIRA_BUCKET_H
#define SCIM_SYNC_JIRA_BUCKET_H

#include <apr_time.h>

typedef struct {
    double capacity; /* calls that it holds when it is full */
    double limit;    /* calls a second that Jira is believed to allow; 0 = no limit is known */
    double rate;     /* calls a second that are added now: less than limit after a 429 */
    double tokens;   /* calls that it holds; under nothing when more were made than it held */
    double pressure; /* calls made of late, each counting less by and by: about a second's worth */
    int in_flight;   /* sent and not answered */
    int strikes;     /* times that Jira refused, one after the other */
    apr_time_t filled; /* when tokens and pressure were true */
    apr_time_t shut;   /* no call before */
    apr_time_t struck; /* the last strike: a call that was sent before it says nothing new */
} scim_sync_bucket_t;

/* A full one. limit 0: any number of calls, until a limit is learnt. */
scim_sync_bucket_t scim_sync_bucket_make(double limit, apr_time_t now);

/* Let time pass. */
void scim_sync_bucket_fill(scim_sync_bucket_t *bucket, apr_time_t now);

/* How long (us) until a call may be sent; 0: now. */
apr_interval_time_t scim_sync_bucket_wait(scim_sync_bucket_t *bucket, apr_time_t now);

/* A call is sent; it was answered. */
void scim_sync_bucket_take(scim_sync_bucket_t *bucket, apr_time_t now);
void scim_sync_bucket_give_back(scim_sync_bucket_t *bucket);

/* Jira says how large its own is: calls that it holds, and calls that are added a second. */
void scim_sync_bucket_told(scim_sync_bucket_t *bucket, double capacity, double limit);

/* Jira says how much is left in its own: never more than that, less what is under way. */
void scim_sync_bucket_left(scim_sync_bucket_t *bucket, double remaining);

/*
 * Jira refused a call that was sent at that time, since this is empty. told: it said by how much it
 * limits; else it is slowed down by more. Returns 1 if that is news, 0 if it was so already.
 */
int scim_sync_bucket_strike(scim_sync_bucket_t *bucket, int told, apr_time_t sent, apr_time_t now);

/* No call before then. */
void scim_sync_bucket_shut(scim_sync_bucket_t *bucket, apr_time_t until);

#endif

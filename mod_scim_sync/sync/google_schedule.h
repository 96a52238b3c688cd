/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a Google directory is pulled: every so often, or daily at a time of the clock, and after
 * Google said that something has changed. Pure, but for the time zone of this server.
 *
 *     {"every": {"minutes": 30}, "dailyAt": null,
 *      "push": {"address": "https://...", "atMostEvery": {"minutes": 5}}}
 *
 * Which pulls are due follows from rows alone (store/google_schedule.h). So a restart changes
 * nothing; after a time in which nobody looked one pull is due, however many were missed.
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_SCHEDULE_H
#define SCIM_SYNC_SYNC_GOOGLE_SCHEDULE_H

#include <jansson.h>

#include "store/google_schedule.h"

/* Milliseconds. */
#define SCIM_SYNC_GOOGLE_MINUTE APR_INT64_C(60000)
#define SCIM_SYNC_GOOGLE_HOUR   (60 * SCIM_SYNC_GOOGLE_MINUTE)
#define SCIM_SYNC_GOOGLE_DAY    (24 * SCIM_SYNC_GOOGLE_HOUR)

typedef struct {
    apr_int64_t every; /* ms from the beginning of one to that of the next; 0: not so */
    int daily_at;      /* minutes after midnight, by this server's clock; -1: not so */
    const char *push;  /* the address to which Google sends; NULL: it sends nothing */
    apr_int64_t least; /* ms: what Google sends makes one pull in so long, at most */
} scim_sync_google_schedule_t;

/* Of an IdP of which nobody has said anything: every hour, once one pull was done. */
void scim_sync_google_schedule_default(scim_sync_google_schedule_t *schedule);

/*
 * Read what was told. NULL, or what is wrong with it, in words for whoever told it.
 * All texts are in p.
 */
const char *scim_sync_google_schedule_read(scim_sync_google_schedule_t *schedule,
                                           const json_t *told, apr_pool_t *p);

/* What is stored; NULL, and what can't be read: the default. */
void scim_sync_google_schedule_parse(scim_sync_google_schedule_t *schedule, const char *text,
                                     apr_pool_t *p);

/* As it is told, shown and stored. A new reference. */
json_t *scim_sync_google_schedule_json(const scim_sync_google_schedule_t *schedule);

/* {"minutes": 5}, {"hours": 6}: hours, if it is a number of them. A new reference. */
json_t *scim_sync_google_schedule_span(apr_int64_t ms);

/*
 * The first instant after `after` at which this server's clock shows so many minutes after
 * midnight (ms). Where it shows them twice, in the night at the end of summer time, the first time
 * is meant; where it leaves them out, in the night at its beginning, it is as much later as is left
 * out.
 */
apr_int64_t scim_sync_google_schedule_daily(apr_int64_t after, int minutes);

/* "+01:00": how far ahead of UTC this server's clock is at that time. In p. */
const char *scim_sync_google_schedule_zone(apr_int64_t at, apr_pool_t *p);

typedef struct {
    apr_int64_t at;    /* ms; in the past: it is due; 0: none */
    const char *cause; /* SCIM_SYNC_RUN_SCHEDULE, SCIM_SYNC_RUN_PUSH; NULL when there is none */
    const char *why;   /* there is none, or it is not simply what was set; in words, or NULL */
} scim_sync_google_next_t;

/*
 * The next pull that nobody has to ask for.
 *
 * One that failed is tried again after 5 minutes, then 10, 20, 40 and from then on 60, or when the
 * schedule says so, whatever is first. One that was refused (too much seemed to be gone) is tried
 * again after 1 hour, 2, 4, ..., 24, in the place of the schedule: each time the whole directory is
 * read, and only somebody who looks at it can say that it is so; but a mistake of Google's may be
 * gone. Whoever connects anew has it pulled at once.
 *
 * For the first pull that is done somebody must have asked, or have set a schedule: it may be that
 * which lets everybody into Jira, and who is to come may not have been chosen yet. What the IdP's
 * state is makes no difference, as it makes none to what others push.
 */
void scim_sync_google_schedule_next(scim_sync_google_next_t *next,
                                    const scim_sync_google_when_t *when, apr_pool_t *p);

#endif

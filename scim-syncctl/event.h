/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events as they are followed.
 */
#ifndef SCIM_SYNCCTL_EVENT_H
#define SCIM_SYNCCTL_EVENT_H

#include <apr_pools.h>
#include <jansson.h>

/*
 * Which events were seen already, of those that may be met again: a set that forgets what is old.
 * An event has its time and its id before its transaction ends, and several end in any order: one
 * that comes late is older than some that were seen. So what is new is not what is newer than the
 * last one: a follower reads again what happened lately, and takes from it what it has not seen.
 */
typedef struct ctl_seen_t ctl_seen_t;

/* span: for so many milliseconds of the events' own times they are known at least. */
ctl_seen_t *ctl_seen_make(apr_int64_t span, apr_pool_t *p);

/* Notes an event; 1 when it was not seen yet. */
int ctl_seen_add(ctl_seen_t *seen, apr_int64_t id, apr_int64_t at);

/* The time of the latest event that was noted; 0: none was. */
apr_int64_t ctl_seen_latest(const ctl_seen_t *seen);

/* One event on one line, in p and printable. */
const char *ctl_event_line(const json_t *event, apr_pool_t *p);

#endif

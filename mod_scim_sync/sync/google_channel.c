/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_channel.h"

#include <string.h>

/* Without makeAdmin, which changes nothing that is told. A suspension is an update. */
static const char *const events[] = { "add", "delete", "update", "undelete" };
#define EVENTS (int)(sizeof(events) / sizeof(*events))

/* Replaced when three quarters of its life are over, so that there is time for what goes wrong. */
#define LIFE_IS_OVER(made, expires) ((made) + ((expires) - (made)) / 4 * 3)
/* But not sooner (ms), whatever Google says of its life. */
#define LEAST_LIFE 60000
/* An answer that has not come by then (ms) never will. */
#define ANSWER_MAX 900000

int scim_sync_google_channel_events(void)
{
    return EVENTS;
}

/* It brings us news of what it is for, and will as long as it lives. */
static int works(const scim_sync_channel_t *channel, const char *address, apr_int64_t since,
                 apr_int64_t now)
{
    return channel->resource_id && address && !strcmp(channel->address, address) &&
           channel->made >= since && channel->expires > now;
}

/* The newest that works, or NULL. */
static const scim_sync_channel_t *best(const apr_array_header_t *channels, const char *event,
                                       const char *address, apr_int64_t since, apr_int64_t now)
{
    int i;

    for (i = channels->nelts - 1; i >= 0; i--) {
        const scim_sync_channel_t *channel = APR_ARRAY_IDX(channels, i, scim_sync_channel_t *);

        if (!strcmp(channel->event, event) && works(channel, address, since, now)) {
            return channel;
        }
    }
    return NULL;
}

int scim_sync_google_channel_works(const apr_array_header_t *channels, const char *address,
                                   apr_int64_t since, apr_int64_t now)
{
    int count = 0;
    int i;

    for (i = 0; i < EVENTS; i++) {
        count += best(channels, events[i], address, since, now) != NULL;
    }
    return count;
}

static apr_int64_t renew_at(const scim_sync_channel_t *channel)
{
    apr_int64_t at = LIFE_IS_OVER(channel->made, channel->expires);

    return at > channel->made + LEAST_LIFE ? at : channel->made + LEAST_LIFE;
}

static void be_there_at(scim_sync_channel_step_t *step, apr_int64_t at)
{
    if (!step->at || at < step->at) {
        step->at = at;
    }
}

/* A channel that is to be made, because there is none or in the place of one that ends. */
static void find_missing(scim_sync_channel_step_t *step, const apr_array_header_t *channels,
                         const char *address, apr_int64_t since, apr_int64_t now)
{
    int i;

    for (i = 0; i < EVENTS && step->act == SCIM_SYNC_CHANNEL_REST; i++) {
        const scim_sync_channel_t *channel = best(channels, events[i], address, since, now);

        if (!channel || renew_at(channel) <= now) {
            step->act = SCIM_SYNC_CHANNEL_OPEN;
            step->event = events[i];
        }
        else {
            be_there_at(step, renew_at(channel));
        }
    }
}

static int has_ended(const scim_sync_channel_t *channel, apr_int64_t now)
{
    return channel->resource_id ? channel->expires <= now : channel->made + ANSWER_MAX <= now;
}

/* One that has ended, or that nobody needs. */
static void find_needless(scim_sync_channel_step_t *step, const apr_array_header_t *channels,
                          const char *address, apr_int64_t since, apr_int64_t now)
{
    int i;

    for (i = 0; i < channels->nelts && step->act == SCIM_SYNC_CHANNEL_REST; i++) {
        const scim_sync_channel_t *channel = APR_ARRAY_IDX(channels, i, scim_sync_channel_t *);

        step->channel = channel;
        if (has_ended(channel, now)) {
            step->act = SCIM_SYNC_CHANNEL_FORGET;
        }
        else if (channel->resource_id && since &&
                 best(channels, channel->event, address, since, now) != channel) {
            step->act = SCIM_SYNC_CHANNEL_STOP;
        }
        else {
            be_there_at(step, channel->resource_id ? channel->expires : channel->made + ANSWER_MAX);
        }
    }
}

void scim_sync_google_channel_next(scim_sync_channel_step_t *step,
                                   const apr_array_header_t *channels, const char *address,
                                   apr_int64_t since, apr_int64_t now)
{
    memset(step, 0, sizeof(*step));
    if (address && since) {
        find_missing(step, channels, address, since, now);
    }
    if (step->act == SCIM_SYNC_CHANNEL_REST) {
        find_needless(step, channels, address, since, now);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be done about an IdP's channels (store/google_channel.h), one thing at a time: Google
 * renews none, so that each is replaced before it ends, and stopped when the next one is there. Pure.
 * https://developers.google.com/workspace/admin/directory/v1/guides/push
 */
#ifndef SCIM_SYNC_SYNC_GOOGLE_CHANNEL_H
#define SCIM_SYNC_SYNC_GOOGLE_CHANNEL_H

#include "store/google_channel.h"

/*
 * How long (s) a channel is asked for. Google's page has no limit; more than six hours were never
 * seen. Its answer says how long it is.
 */
#define SCIM_SYNC_GOOGLE_CHANNEL_TTL 21600

typedef enum {
    SCIM_SYNC_CHANNEL_REST,   /* nothing, before at */
    SCIM_SYNC_CHANNEL_OPEN,   /* make one for event */
    SCIM_SYNC_CHANNEL_STOP,   /* tell Google that channel is not needed any more */
    SCIM_SYNC_CHANNEL_FORGET, /* channel has ended by itself */
} scim_sync_channel_act_t;

typedef struct {
    scim_sync_channel_act_t act;
    const char *event;
    const scim_sync_channel_t *channel;
    apr_int64_t at; /* ms; 0: not before something is set otherwise */
} scim_sync_channel_step_t;

/*
 * What is next.
 * channels   scim_sync_channel_t *, all of the IdP's, oldest first
 * address    to which Google is to send; NULL: nowhere
 * since      when it was connected: what was made before belongs to another connection; 0: it is
 *            not connected, so that nothing can be asked of Google
 */
void scim_sync_google_channel_next(scim_sync_channel_step_t *step,
                                   const apr_array_header_t *channels, const char *address,
                                   apr_int64_t since, apr_int64_t now);

/* How many kinds of changes there are channels for, and how many of these are open now. */
int scim_sync_google_channel_events(void);
int scim_sync_google_channel_works(const apr_array_header_t *channels, const char *address,
                                   apr_int64_t since, apr_int64_t now);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channels: what Google was asked to tell us of, and on which terms; and, of each IdP of the kind
 * google, how that stands (table google_push). A channel is about one kind of change. Its token is
 * only recognised, never sent again, so that its SHA-256 is kept.
 *
 * All functions run in the caller's transaction. Times are milliseconds of the database's clock, but
 * for expires, which is Google's.
 */
#ifndef SCIM_SYNC_STORE_GOOGLE_CHANNEL_H
#define SCIM_SYNC_STORE_GOOGLE_CHANNEL_H

#include <apr_tables.h>

#include "store/db.h"

typedef struct {
    const char *id; /* a UUID */
    const char *idp;
    const char *event;       /* "add", "delete", ... (google/directory.h) */
    const char *address;     /* to which Google sends */
    const char *hash;        /* of its token */
    const char *resource_id; /* Google's; NULL: Google has not answered yet */
    apr_int64_t number;      /* of the last message that counted; 0: none yet */
    apr_int64_t made;
    apr_int64_t expires; /* 0: Google has not answered yet */
} scim_sync_channel_t;

/* How it stands with an IdP's channels. */
typedef struct {
    apr_int64_t since;  /* has failed, or works, from then on; 0: neither yet */
    int failures;       /* one after the other */
    const char *detail; /* of the last of them, or NULL */
    apr_int64_t ask_at; /* nobody asks Google for one, or to stop one, before */
    apr_int64_t hinted; /* when Google said last that something has changed; 0: never */
    apr_int64_t now;
} scim_sync_push_t;

/* In the transaction that makes the IdP. */
apr_status_t scim_sync_push_insert(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/* It is connected, or set, anew: what failed before says nothing any more. */
apr_status_t scim_sync_push_reset(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/* *push is NULL when there is no such IdP of that kind. */
apr_status_t scim_sync_push_load(scim_sync_db_t *db, scim_sync_push_t **push, const char *idp,
                                 apr_pool_t *p);

/* Whoever gets *mine 1 works on the IdP's channels; nobody else does for so long (ms). */
apr_status_t scim_sync_push_claim(scim_sync_db_t *db, const char *idp, apr_int64_t ms, int *mine,
                                  apr_pool_t *p);

/* It was not done, and somebody else may. */
apr_status_t scim_sync_push_give_back(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/*
 * What came of it: the next may be done after so long (ms).
 * failure   in words; NULL: none
 * *first    1: it worked before, or was not tried; without a failure: it did not
 */
apr_status_t scim_sync_push_tell(scim_sync_db_t *db, const char *idp, const char *failure,
                                 apr_int64_t ms, int *first, apr_pool_t *p);

/* Those of an IdP, oldest first: scim_sync_channel_t * in p. */
apr_status_t scim_sync_channel_list(scim_sync_db_t *db, apr_array_header_t **channels,
                                    const char *idp, apr_pool_t *p);

/*
 * Google is about to be asked for one: id, idp, event, address and hash are taken. Before it is:
 * its first message may be here before the answer.
 */
apr_status_t scim_sync_channel_add(scim_sync_db_t *db, const scim_sync_channel_t *channel,
                                   apr_pool_t *p);

/* Google has answered. */
apr_status_t scim_sync_channel_open(scim_sync_db_t *db, const char *id, const char *resource_id,
                                    apr_int64_t expires, apr_pool_t *p);

apr_status_t scim_sync_channel_drop(scim_sync_db_t *db, const char *id, apr_pool_t *p);

/* All of an IdP's. */
apr_status_t scim_sync_channel_drop_all(scim_sync_db_t *db, const char *idp, apr_pool_t *p);

/*
 * A channel by its id; NULL: there is none.
 * *served   1: a pull is to begin anyhow since Google said something, so that another message adds
 *           nothing
 */
apr_status_t scim_sync_channel_find(scim_sync_db_t *db, scim_sync_channel_t **channel, int *served,
                                    const char *id, apr_pool_t *p);

/* A message of that number came. *news 0: it was known, and nothing has changed. */
apr_status_t scim_sync_channel_hear(scim_sync_db_t *db, const scim_sync_channel_t *channel,
                                    apr_int64_t number, int *news, apr_pool_t *p);

#endif

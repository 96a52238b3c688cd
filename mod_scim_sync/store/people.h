/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for users and groups, of all IdPs, by how their names begin; and what is the matter with
 * each. Those that an IdP has deleted are found as long as there is a task of them: who has left
 * may still have access.
 *
 * They come in the order of the keys by which they match, by bytes, so that a page begins behind
 * the last one of the page before, whoever comes and goes meanwhile. What a page costs does not
 * depend on how many there are: it may therefore hold fewer than were asked for, and not be the
 * last one.
 *
 * All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_PEOPLE_H
#define SCIM_SYNC_STORE_PEOPLE_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "scim/cursor.h"
#include "scim/schema.h"
#include "store/db.h"

/* What is the matter: nothing, or the most urgent of its tasks' states (store/task.h). */
#define SCIM_SYNC_PEOPLE_OK "ok"

/* Whether a text is one of these states. */
int scim_sync_people_is_state(const char *state);

typedef struct {
    scim_sync_type_t type;
    const char *prefix;         /* folded (base/text.h); "": all, by name */
    const char *idp;            /* also a deleted one's, SCIM_SYNC_IDP_DELETED; NULL: any */
    const char *state;          /* NULL: any */
    scim_sync_position_t after; /* where the page before ended; key NULL: from the first */
    int max;
} scim_sync_people_query_t;

typedef struct {
    const char *id;
    const char *idp;
    const char *name;    /* userName; displayName of a group; as it was, if it is gone */
    const char *display; /* displayName of a user, as told, or NULL */
    const char *email;   /* the primary one, folded, or NULL */
    int active;
    int gone;           /* the IdP has deleted it */
    const char *state;  /* what is the matter */
    apr_int64_t task;   /* which task says so, 0: none; */
    const char *site;   /* at which site, */
    const char *detail; /* and its last words, or NULL */
    const char *key;    /* by which it was found */
} scim_sync_people_entry_t;

typedef struct {
    apr_array_header_t *entries; /* scim_sync_people_entry_t * */
    scim_sync_position_t next;   /* key NULL: there are no more */
} scim_sync_people_page_t;

/* A page, in p. */
apr_status_t scim_sync_people_find(scim_sync_db_t *db, scim_sync_people_page_t *page,
                                   const scim_sync_people_query_t *query, apr_pool_t *p);

/* Those of these ids that there are: id -> scim_sync_people_entry_t *, added to entries. */
apr_status_t scim_sync_people_load(scim_sync_db_t *db, apr_hash_t *entries, scim_sync_type_t type,
                                   const char *const *ids, int n, apr_pool_t *p);

/* A user or group is about to be deleted: its tasks keep the key by which it is found. */
apr_status_t scim_sync_people_forget(scim_sync_db_t *db, const char *id, apr_pool_t *p);

#endif

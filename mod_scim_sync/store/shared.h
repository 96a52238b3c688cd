/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration in shared memory: what a request needs to authenticate without SQL, the same
 * for all children at once.
 *
 * The segment is made by the parent in the process's own pool, so it outlives a graceful restart; a
 * module of another layout rejects and renews it. It holds an edition and the serialised
 * configuration behind a sequence lock. Each child keeps a parsed copy, the view, and parses
 * anew only when the edition has changed: a request costs one atomic read and one uncontended
 * lock. Beside it live counters and the times at which tokens were last used.
 */
#ifndef SCIM_SYNC_STORE_SHARED_H
#define SCIM_SYNC_STORE_SHARED_H

#include <apr_global_mutex.h>
#include <apr_hash.h>
#include <apr_tables.h>
#include <jansson.h>

typedef struct scim_sync_shared_t scim_sync_shared_t;

/* An IdP and a token as a request sees them: constant as long as the view is held. */
typedef struct {
    const char *name;
    const char *provider;
    const char *mode;
    const char *state;
    apr_int64_t made;               /* when; another one of its name was made at another time */
    apr_int64_t per_minute;         /* 0: any number of requests */
    apr_array_header_t *allow_from; /* apr_ipsubnet_t *: where they may come from; NULL: anywhere */
} scim_sync_view_idp_t;

typedef struct {
    const char *id;
    const char *hash;
    const scim_sync_view_idp_t *idp;
    apr_int64_t expires; /* 0 = never */
    int slot;            /* of its time of last use; -1 = none left */
    apr_int64_t ended;   /* 0: it may be good; else when somebody ended it, */
    const char *how;     /* how (store/token_end.h), */
    const char *who;     /* and who; of one that may be good who replaced it, or NULL */
} scim_sync_view_token_t;

typedef struct {
    apr_hash_t *idps;   /* name -> scim_sync_view_idp_t */
    apr_hash_t *tokens; /* hash -> scim_sync_view_token_t */
} scim_sync_view_t;

/* The smallest size of a segment, with room for some ten IdPs. */
#define SCIM_SYNC_SHARED_MIN (64 * 1024)

/* Whether a segment that was found is one that this module can go on using. */
int scim_sync_shared_is_ours(const void *segment, apr_size_t size);

/* Make a new, empty segment out of zeroed memory. */
void scim_sync_shared_format(void *segment, apr_size_t size);

/*
 * Use a segment in this process. writers: the lock across processes that publishing takes (the
 * writer's turn). p: the process's life in httpd (pchild).
 */
apr_status_t scim_sync_shared_attach(scim_sync_shared_t **shared, void *segment,
                                     apr_global_mutex_t *writers, apr_pool_t *p);

/* One more with each publishing, by which a change is noticed; 0 = nothing is published yet. */
apr_int64_t scim_sync_shared_edition(const scim_sync_shared_t *shared);

/*
 * Whether what is published came from this database (its instance id) and is of this generation or
 * a newer one.
 */
int scim_sync_shared_is_current(const scim_sync_shared_t *shared, const char *instance,
                                apr_int64_t generation);

/* Whether a snapshot would fit, perhaps without the tokens that somebody has ended. */
int scim_sync_shared_fits(const scim_sync_shared_t *shared, const json_t *snapshot, apr_pool_t *p);

/*
 * Publish a snapshot (store/config.h), unless a newer one is there. APR_ENOSPC when the segment is
 * too small for it.
 */
apr_status_t scim_sync_shared_publish(scim_sync_shared_t *shared, const json_t *snapshot,
                                      apr_pool_t *p);

/*
 * The view of what is published, NULL when nothing is published. It stays valid until p is
 * cleared.
 */
const scim_sync_view_t *scim_sync_shared_view(scim_sync_shared_t *shared, apr_pool_t *p);

/* ---- gauges and counters: atomic, from any thread ---- */

typedef enum {
    SCIM_SYNC_COUNT_REQUESTS, /* SCIM requests */
    SCIM_SYNC_COUNT_REFUSED,  /* of these, answered 4xx */
    SCIM_SYNC_COUNT_FAILED,   /* of these, answered 5xx */
    SCIM_SYNC_COUNT_CALLS,    /* calls to Jira */
    SCIM_SYNC_COUNT_TASKS,    /* tasks done */
    SCIM_SYNC_COUNT_LIMITED,  /* calls to Jira that were answered 429 */
    SCIM_SYNC_COUNT_BUSY,     /* how long SCIM requests took together (microseconds) */
    SCIM_SYNC_COUNTERS
} scim_sync_counter_t;

void scim_sync_shared_count(scim_sync_shared_t *shared, scim_sync_counter_t counter);
apr_uint64_t scim_sync_shared_counter(const scim_sync_shared_t *shared,
                                      scim_sync_counter_t counter);

/* A SCIM request took so long (microseconds). */
void scim_sync_shared_took(scim_sync_shared_t *shared, apr_uint64_t took);

/* What was counted since it was noted last, for who writes that down: one thread of the host. */
typedef struct {
    apr_uint64_t counts[SCIM_SYNC_COUNTERS];
    apr_uint64_t longest; /* SCIM request, in microseconds */
} scim_sync_shared_news_t;

void scim_sync_shared_news(const scim_sync_shared_t *shared, scim_sync_shared_news_t *news);
/* That is noted. */
void scim_sync_shared_note(scim_sync_shared_t *shared, const scim_sync_shared_news_t *news);

/* The process whose thread works on this host's sites; 0 = none. */
void scim_sync_shared_set_provisioner(scim_sync_shared_t *shared, apr_int64_t pid);
apr_int64_t scim_sync_shared_provisioner(const scim_sync_shared_t *shared);

/* Not before this time (ms) shall the database be tried again for the first load. */
void scim_sync_shared_set_next_try(scim_sync_shared_t *shared, apr_int64_t ms);
apr_int64_t scim_sync_shared_next_try(const scim_sync_shared_t *shared);

/* When this host's log was last warned of all tokens that end (ms, 0 = never). */
void scim_sync_shared_set_warned(scim_sync_shared_t *shared, apr_int64_t ms);
apr_int64_t scim_sync_shared_warned(const scim_sync_shared_t *shared);

/* A token was used; when it was last (ms, 0 = not since the segment was made). */
void scim_sync_shared_token_used(scim_sync_shared_t *shared, const scim_sync_view_token_t *token,
                                 apr_int64_t now);
apr_int64_t scim_sync_shared_token_last_used(const scim_sync_shared_t *shared, const char *id);

#endif

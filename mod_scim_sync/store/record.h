/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of the last SCIM requests of each IdP, as they came and as they were answered, also
 * those that were refused. Secrets were blacked out before (base/blackout.h).
 *
 * A request puts its record into shared memory (store/traffic.h); the provisioner, or whoever asks,
 * brings it from there into the table request (sync/recorder.h). Of each IdP the last ones of each
 * kind are kept, so that neither a large push nor strangers displace what was refused.
 */
#ifndef SCIM_SYNC_STORE_RECORD_H
#define SCIM_SYNC_STORE_RECORD_H

#include <apr_tables.h>

#include "store/db.h"

typedef enum {
    SCIM_SYNC_RECORD_DONE,    /* answered 2xx or 3xx */
    SCIM_SYNC_RECORD_REFUSED, /* answered otherwise, with a token of ours, good or not */
    SCIM_SYNC_RECORD_TURNED,  /* without such a token, or too soon (429) */
    SCIM_SYNC_RECORD_KINDS
} scim_sync_record_kind_t;

/* So many of each kind are kept, and for so long (ms); and the most bytes of what is kept. */
#define SCIM_SYNC_RECORD_KEPT                                                                      \
    {                                                                                              \
        300, 150, 50                                                                               \
    }
#define SCIM_SYNC_RECORD_MS (APR_INT64_C(30) * 86400000)

#define SCIM_SYNC_RECORD_URI     2048
#define SCIM_SYNC_RECORD_HEADERS 4096
#define SCIM_SYNC_RECORD_WHY     512
#define SCIM_SYNC_RECORD_BODY    16384

/* All texts are UTF-8. */
typedef struct {
    apr_int64_t id; /* in the database; later ones are larger */
    apr_int64_t at; /* when it came */
    const char *idp;
    apr_int64_t idp_made; /* one that was made later is another one; not of those that are read */
    scim_sync_record_kind_t kind;
    const char *method;
    const char *uri;
    const char *address; /* whose it was, as mod_remoteip has it */
    const char *token;   /* the id of the token of ours that it came with; NULL: of none */
    int status;
    const char *why;     /* it was refused; NULL: it was not */
    apr_int64_t took;    /* us until it was answered */
    const char *headers; /* lines "Name: value" */
    const char *body;    /* NULL: it was not read to its end, or there was none */
    apr_int64_t body_length;
    const char *answer; /* NULL: without a body */
    apr_int64_t answer_length;
    const char
        *host; /* the name of the one that answered; NULL: it is forgotten. Of what is read */
} scim_sync_record_t;

/* Which are asked for; each condition that is NULL or 0 is none. */
typedef struct {
    const char *idp;
    apr_int64_t before;  /* the last id of the page before */
    int refused;         /* those alone that were */
    const char *method;  /* in any case */
    const char *path;    /* a part of the path or the query, in any case */
    const char *address; /* how it begins */
    int max;             /* so many at most */
} scim_sync_record_query_t;

/*
 * Write records of one host down, those whose IdPs are still there, and forget what is too many. To do
 * it again, or at once with others, changes nothing.
 * records   const scim_sync_record_t *: their ids, of whatever origin, are unique for this host
 */
apr_status_t scim_sync_record_save(scim_sync_db_t *db, const apr_array_header_t *records,
                                   const char *host, apr_pool_t *p);

/* What is too old goes. */
apr_status_t scim_sync_record_prune(scim_sync_db_t *db, apr_pool_t *p);

/*
 * A page, newest first: scim_sync_record_t * in p, without headers, body, answer and host. Whatever
 * is asked for, no more is looked at than is kept of one IdP.
 */
apr_status_t scim_sync_record_list(scim_sync_db_t *db, apr_array_header_t **records,
                                   const scim_sync_record_query_t *query, apr_pool_t *p);

/* One in full; *record is NULL when the IdP has none of that id. */
apr_status_t scim_sync_record_load(scim_sync_db_t *db, scim_sync_record_t **record, const char *idp,
                                   apr_int64_t id, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Licence seats at a site: how many each product has left, which groups cost one, and what our own
 * calls have taken since Jira said so (GET applicationrole). Jira refuses who is one too many; to
 * know it before keeps that from being tried for everybody who waits.
 *
 * Belongs to the provisioner's thread.
 */
#ifndef SCIM_SYNC_SYNC_SEATS_H
#define SCIM_SYNC_SYNC_SEATS_H

#include <apr_hash.h>
#include <apr_tables.h>

typedef struct {
    const char *key;        /* "jira-software" */
    int unlimited;          /* Jira does not count, or does not say: it is never in the way */
    int seats;              /* paid for */
    int left;               /* of them, when Jira said so last */
    int taken;              /* by our calls since */
    int reserved;           /* for calls of ours that are not answered */
    int full;               /* Jira refused one more since */
    int awaited;            /* somebody found none, and waits */
    apr_int64_t full_until; /* ms: then it is believed again, whatever it says */
    apr_hash_t *groups;     /* ids of those who grant it */
} scim_sync_product_t;

typedef struct {
    apr_array_header_t *products; /* scim_sync_product_t * */
    apr_pool_t *pool;
} scim_sync_seats_t;

/* A seat that a call under way may take; until it is settled, or its pool goes. */
typedef struct scim_sync_reservation_t scim_sync_reservation_t;

void scim_sync_seats_init(scim_sync_seats_t *seats, apr_pool_t *p);

/*
 * Jira said how things stand at the time now (ms); products are scim_sync_jira_product_t, all of
 * them.
 * returns   1 when a product has a seat for which somebody waits
 */
int scim_sync_seats_told(scim_sync_seats_t *seats, const apr_array_header_t *products,
                         apr_int64_t now);

/* NULL: Jira knows no such product. */
scim_sync_product_t *scim_sync_seats_product(const scim_sync_seats_t *seats, const char *key);

int scim_sync_seats_grants(const scim_sync_product_t *product, const char *group_id);
int scim_sync_seats_has_one(const scim_sync_product_t *product);

/* Somebody found no seat: where there is none now, one is awaited. And: whether any is. */
void scim_sync_seats_await(scim_sync_seats_t *seats);
int scim_sync_seats_awaited(const scim_sync_seats_t *seats);

/* Jira refused one more: nobody tries until it has said that there are more than it says now. */
void scim_sync_seats_full(scim_sync_product_t *product, apr_int64_t now);

/* A call that is about to be sent takes one; ended at latest when p is cleared. */
scim_sync_reservation_t *scim_sync_seats_reserve(scim_sync_product_t *product, apr_pool_t *p);

/* The call was answered, or was never sent: did it take the seat? */
void scim_sync_seats_settle(scim_sync_reservation_t *reservation, int taken);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/seats.h"

#include <string.h>

#include <apr_strings.h>

#include "jira/platform.h"

/* So long (ms) a refusal is believed rather than Jira's own count. */
#define FULL_MS 600000

struct scim_sync_reservation_t {
    scim_sync_product_t *product;
    int settled;
};

void scim_sync_seats_init(scim_sync_seats_t *seats, apr_pool_t *p)
{
    seats->products = apr_array_make(p, 4, sizeof(scim_sync_product_t *));
    seats->pool = p;
}

scim_sync_product_t *scim_sync_seats_product(const scim_sync_seats_t *seats, const char *key)
{
    int i;

    for (i = 0; i < seats->products->nelts; i++) {
        scim_sync_product_t *product = APR_ARRAY_IDX(seats->products, i, scim_sync_product_t *);

        if (!strcmp(product->key, key)) {
            return product;
        }
    }
    return NULL;
}

/* Products stay where they are: reservations point to them. */
static scim_sync_product_t *make_product(scim_sync_seats_t *seats, const char *key)
{
    scim_sync_product_t *product = apr_pcalloc(seats->pool, sizeof(*product));
    apr_pool_t *p;

    apr_pool_create(&p, seats->pool);
    product->key = apr_pstrdup(seats->pool, key);
    product->groups = apr_hash_make(p);
    APR_ARRAY_PUSH(seats->products, scim_sync_product_t *) = product;
    return product;
}

static void keep_groups(scim_sync_product_t *product, const apr_array_header_t *groups)
{
    apr_pool_t *p = apr_hash_pool_get(product->groups);
    int i;

    apr_pool_clear(p);
    product->groups = apr_hash_make(p);
    for (i = 0; i < groups->nelts; i++) {
        const char *id = apr_pstrdup(p, APR_ARRAY_IDX(groups, i, scim_sync_jira_group_t).group_id);

        apr_hash_set(product->groups, id, APR_HASH_KEY_STRING, id);
    }
}

static int tell(scim_sync_product_t *product, const scim_sync_jira_product_t *said, apr_int64_t now)
{
    int more;

    /* A refusal outweighs the count that went before it, and a count that says no more than it. */
    if (product->full && (said->left > product->left || now >= product->full_until)) {
        product->full = 0;
    }
    product->unlimited = said->unlimited;
    product->seats = said->seats;
    product->left = said->left;
    product->taken = 0;
    keep_groups(product, said->groups);
    more = product->awaited && scim_sync_seats_has_one(product);
    product->awaited = product->awaited && !more;
    return more;
}

int scim_sync_seats_told(scim_sync_seats_t *seats, const apr_array_header_t *products,
                         apr_int64_t now)
{
    int more = 0;
    int i;

    for (i = 0; i < products->nelts; i++) {
        const scim_sync_jira_product_t *said =
            &APR_ARRAY_IDX(products, i, scim_sync_jira_product_t);
        scim_sync_product_t *product = scim_sync_seats_product(seats, said->key);

        more |= tell(product ? product : make_product(seats, said->key), said, now);
    }
    return more;
}

int scim_sync_seats_grants(const scim_sync_product_t *product, const char *group_id)
{
    return apr_hash_get(product->groups, group_id, APR_HASH_KEY_STRING) != NULL;
}

int scim_sync_seats_has_one(const scim_sync_product_t *product)
{
    return product->unlimited ||
           (!product->full && product->left - product->taken - product->reserved > 0);
}

void scim_sync_seats_await(scim_sync_seats_t *seats)
{
    int i;

    for (i = 0; i < seats->products->nelts; i++) {
        scim_sync_product_t *product = APR_ARRAY_IDX(seats->products, i, scim_sync_product_t *);

        product->awaited |= !scim_sync_seats_has_one(product);
    }
}

int scim_sync_seats_awaited(const scim_sync_seats_t *seats)
{
    int i;

    for (i = 0; i < seats->products->nelts; i++) {
        if (APR_ARRAY_IDX(seats->products, i, const scim_sync_product_t *)->awaited) {
            return 1;
        }
    }
    return 0;
}

void scim_sync_seats_full(scim_sync_product_t *product, apr_int64_t now)
{
    if (!product->full) {
        product->full = 1;
        product->full_until = now + FULL_MS;
    }
}

static apr_status_t end_reservation(void *data)
{
    scim_sync_seats_settle(data, 0);
    return APR_SUCCESS;
}

scim_sync_reservation_t *scim_sync_seats_reserve(scim_sync_product_t *product, apr_pool_t *p)
{
    scim_sync_reservation_t *reservation = apr_pcalloc(p, sizeof(*reservation));

    reservation->product = product;
    product->reserved++;
    apr_pool_cleanup_register(p, reservation, end_reservation, apr_pool_cleanup_null);
    return reservation;
}

void scim_sync_seats_settle(scim_sync_reservation_t *reservation, int taken)
{
    if (!reservation->settled) {
        reservation->settled = 1;
        reservation->product->reserved--;
        reservation->product->taken += taken != 0;
    }
}

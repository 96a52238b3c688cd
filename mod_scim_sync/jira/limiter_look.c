/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a limiter stands, for people: which calls are slower than they should be.
 */
#include "jira/limiter_int.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const scim_sync_limiter_slow_t *)a)->endpoint,
                  ((const scim_sync_limiter_slow_t *)b)->endpoint);
}

static void look_at(apr_array_header_t *slow, scim_sync_endpoint_t *e, apr_time_t now)
{
    scim_sync_bucket_t *b = &e->bucket;

    scim_sync_bucket_fill(b, now);
    if (b->rate < e->documented || b->shut > now) {
        APR_ARRAY_PUSH(slow, scim_sync_limiter_slow_t) =
            (scim_sync_limiter_slow_t) { .endpoint = e->name,
                                         .rate = b->rate,
                                         .documented = e->documented,
                                         .shut = b->shut > now ? b->shut - now : 0 };
    }
}

void scim_sync_limiter_look(scim_sync_limiter_view_t *view, scim_sync_limiter_t *limiter,
                            apr_time_t now, apr_pool_t *p)
{
    apr_hash_index_t *i;

    scim_sync_bucket_fill(&limiter->site, now);
    *view = (scim_sync_limiter_view_t) { .window = (int)limiter->window,
                                         .rate = limiter->site.limit > 0 ? limiter->site.rate : 0,
                                         .slow = apr_array_make(p, 4,
                                                                sizeof(scim_sync_limiter_slow_t)) };
    for (i = apr_hash_first(p, limiter->endpoints); i; i = apr_hash_next(i)) {
        look_at(view->slow, apr_hash_this_val(i), now);
    }
    qsort(view->slow->elts, (size_t)view->slow->nelts, sizeof(scim_sync_limiter_slow_t), by_name);
}

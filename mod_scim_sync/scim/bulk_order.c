/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of a Bulk request's operations: Tarjan's strongly connected components, which come out
 * with what is needed in front. Without recursion, for a chain of references may be as long as the
 * request.
 */
#include "scim/bulk_int.h"

#include <stdlib.h>

/* One operation on the search's way. */
typedef struct {
    int number;  /* when it was found, from 1; 0 = not yet */
    int low;     /* the lowest number that it can reach, as far as it was searched */
    int need;    /* the next of its needs to look at */
    int is_open; /* found, and not in a circle yet */
    int caller;  /* whose need led here, or -1 */
} node_t;

typedef struct {
    const scim_sync_bulk_t *bulk;
    node_t *nodes;
    int found;
    int *open; /* as a stack */
    int open_count;
    int *order; /* what has been put into circles */
    int order_count;
    apr_array_header_t *circles;
} search_t;

static void enter(search_t *search, int at, int caller)
{
    node_t *node = &search->nodes[at];

    node->number = node->low = ++search->found;
    node->caller = caller;
    node->is_open = 1;
    search->open[search->open_count++] = at;
}

static int ascending(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* All that was opened since `first`, and it, reach each other. */
static void close_circle(search_t *search, int first)
{
    int *members = search->order + search->order_count;
    int count = 0;

    do {
        members[count] = search->open[--search->open_count];
        search->nodes[members[count]].is_open = 0;
    } while (members[count++] != first);
    qsort(members, (size_t)count, sizeof(*members), ascending);
    search->order_count += count;
    APR_ARRAY_PUSH(search->circles, scim_sync_bulk_circle_t) =
        (scim_sync_bulk_circle_t) { .members = members, .count = count };
}

/* One step from `at`; returns where to go on, -1 when all that it leads to has been searched. */
static int step(search_t *search, int at)
{
    node_t *node = &search->nodes[at];
    const apr_array_header_t *needs = search->bulk->operations[at].needs;
    node_t *other;

    if (node->need < needs->nelts) {
        int need = APR_ARRAY_IDX(needs, node->need++, int);

        other = &search->nodes[need];
        if (other->number == 0) {
            enter(search, need, at);
            return need;
        }
        if (other->is_open && other->number < node->low) {
            node->low = other->number;
        }
        return at;
    }
    if (node->low == node->number) {
        close_circle(search, at);
    }
    if (node->caller >= 0 && search->nodes[node->caller].low > node->low) {
        search->nodes[node->caller].low = node->low;
    }
    return node->caller;
}

apr_array_header_t *scim_sync_bulk_order(const scim_sync_bulk_t *bulk)
{
    apr_size_t size = (apr_size_t)bulk->count * sizeof(int);
    search_t search = {
        .bulk = bulk,
        .nodes = apr_pcalloc(bulk->p, (apr_size_t)bulk->count * sizeof(node_t)),
        .open = apr_palloc(bulk->p, size),
        .order = apr_palloc(bulk->p, size),
        .circles = apr_array_make(bulk->p, bulk->count, sizeof(scim_sync_bulk_circle_t)),
    };
    int root, at;

    for (root = 0; root < bulk->count; root++) {
        if (search.nodes[root].number == 0) {
            enter(&search, root, -1);
            for (at = root; at >= 0; at = step(&search, at)) {
            }
        }
    }
    return search.circles;
}

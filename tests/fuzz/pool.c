/* SPDX-License-Identifier: Apache-2.0 */
/*
 * APR's pools cut many allocations out of one block, where AddressSanitizer sees no edges. This
 * apr_palloc, which takes the place of the library's also in the library itself, asks malloc for
 * each allocation in the pool of an input, so that a byte too far is found.
 */
#include "fuzz.h"

#include <dlfcn.h>
#include <stdlib.h>

/* An allocation; what was asked for stands behind it, up to the end of malloc's block. */
typedef struct allocation_t allocation_t;
struct allocation_t {
    allocation_t *next;
    void *unused; /* keeps what follows aligned as malloc does */
};

static apr_pool_t *guarded;
static allocation_t *allocations;

void fuzz_guard_pool(apr_pool_t *p)
{
    while (allocations != NULL) {
        allocation_t *next = allocations->next;

        free(allocations);
        allocations = next;
    }
    guarded = p;
}

static void *library_palloc(apr_pool_t *p, apr_size_t size)
{
    static void *(*palloc)(apr_pool_t *, apr_size_t);

    if (palloc == NULL) {
        *(void **)&palloc = dlsym(RTLD_NEXT, "apr_palloc");
    }
    return palloc(p, size);
}

void *apr_palloc(apr_pool_t *p, apr_size_t size)
{
    allocation_t *allocation;

    if (guarded == NULL || p != guarded) {
        return library_palloc(p, size);
    }
    allocation = malloc(sizeof(*allocation) + size);
    if (allocation == NULL) {
        abort();
    }
    allocation->next = allocations;
    allocations = allocation;
    return allocation + 1;
}

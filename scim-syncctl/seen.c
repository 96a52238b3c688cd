/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_hash.h>
#include <apr_strings.h>

#include "scim-syncctl/event.h"

/*
 * Two sets, of which each holds what was noted since a time: when the younger one spans long enough
 * the older one is dropped as a whole.
 */
typedef struct {
    apr_hash_t *ids;
    apr_pool_t *p; /* of its own */
    apr_int64_t since;
} half_t;

struct ctl_seen_t {
    half_t old;
    half_t young;
    apr_int64_t span;
    apr_int64_t latest;
    apr_pool_t *p;
};

static half_t half(apr_int64_t since, apr_pool_t *parent)
{
    half_t made = { .since = since };

    apr_pool_create(&made.p, parent);
    made.ids = apr_hash_make(made.p);
    return made;
}

ctl_seen_t *ctl_seen_make(apr_int64_t span, apr_pool_t *p)
{
    ctl_seen_t *seen = apr_pcalloc(p, sizeof(*seen));

    *seen = (ctl_seen_t) { .old = half(0, p), .young = half(0, p), .span = span, .p = p };
    return seen;
}

int ctl_seen_add(ctl_seen_t *seen, apr_int64_t id, apr_int64_t at)
{
    if (apr_hash_get(seen->old.ids, &id, sizeof(id)) ||
        apr_hash_get(seen->young.ids, &id, sizeof(id))) {
        return 0;
    }
    seen->latest = at > seen->latest ? at : seen->latest;
    if (!seen->young.since) {
        seen->young.since = seen->latest;
    }
    else if (seen->latest - seen->young.since > seen->span) {
        apr_pool_destroy(seen->old.p);
        seen->old = seen->young;
        seen->young = half(seen->latest, seen->p);
    }
    apr_hash_set(seen->young.ids, apr_pmemdup(seen->young.p, &id, sizeof(id)), sizeof(id), seen);
    return 1;
}

apr_int64_t ctl_seen_latest(const ctl_seen_t *seen)
{
    return seen->latest;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/guard_ending.h"

#include <string.h>

#include <apr_hash.h>

#include "store/guard_count.h"
#include "sync/guard.h"

/* What is taken at one site. */
typedef struct {
    scim_sync_db_t *db;
    const scim_sync_rules_guard_t *guard;
    scim_sync_guard_count_t count;
    scim_sync_guard_numbers_t numbers;
    apr_int64_t known; /* so many of those who are asked for are counted among all, too */
} ending_t;

static ending_t ending_at(scim_sync_db_t *db, const scim_sync_idp_t *idp,
                          const scim_sync_rules_t *rules, const char *site)
{
    return (ending_t) { .db = db,
                        .guard = &rules->guard,
                        .count = { .idp = idp->name,
                                   .site = site,
                                   .kind = scim_sync_guard_name(SCIM_SYNC_GUARD_DEACTIVATIONS),
                                   .window = (apr_int64_t)rules->guard.window * 60000 } };
}

/* Of leavers, but for who is counted as taken already: none of them is wanted, nor counted. */
static apr_status_t count_leavers(ending_t *e, const apr_array_header_t *leavers, apr_pool_t *p)
{
    apr_hash_t *taken = apr_hash_make(p);
    apr_array_header_t *subjects;
    apr_status_t rv = scim_sync_guard_taken_from(e->db, &subjects, &e->count, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < subjects->nelts; i++) {
        const char *subject = APR_ARRAY_IDX(subjects, i, const char *);

        apr_hash_set(taken, subject, APR_HASH_KEY_STRING, subject);
    }
    for (i = 0; rv == APR_SUCCESS && i < leavers->nelts; i++) {
        const scim_sync_idp_leaver_t *one = &APR_ARRAY_IDX(leavers, i, scim_sync_idp_leaver_t);

        e->numbers.asked += !strcmp(one->site, e->count.site) &&
                            !apr_hash_get(taken, one->subject, APR_HASH_KEY_STRING);
    }
    return rv;
}

/* Whether it is too much, with what was taken. */
static apr_status_t weigh(ending_t *e, int *trips, apr_pool_t *p)
{
    const scim_sync_rules_limit_t *limit = &e->guard->limits[SCIM_SYNC_GUARD_DEACTIVATIONS];
    apr_status_t rv = scim_sync_guard_taken(e->db, &e->numbers.taken, &e->count, p);

    if (rv == APR_SUCCESS && scim_sync_guard_needs_all(limit, &e->numbers)) {
        rv = scim_sync_guard_all(e->db, &e->numbers.all, &e->count, "User", p);
        e->numbers.all += e->numbers.asked - e->known;
    }
    *trips = rv == APR_SUCCESS && scim_sync_guard_trips(limit, &e->numbers);
    return rv;
}

apr_status_t scim_sync_guard_excess(scim_sync_db_t *db, apr_array_header_t **excess,
                                    const scim_sync_idp_t *idp, const scim_sync_rules_t *rules,
                                    const apr_array_header_t *sites,
                                    const apr_array_header_t *leavers, apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int trips;
    int i;

    *excess = apr_array_make(p, 1, sizeof(scim_sync_guard_excess_t));
    for (i = 0; rv == APR_SUCCESS && rules->guard.enabled && i < sites->nelts; i++) {
        ending_t e = ending_at(db, idp, rules, APR_ARRAY_IDX(sites, i, const char *));

        rv = leavers ? count_leavers(&e, leavers, p)
                     : scim_sync_guard_ending(db, &e.numbers.asked, &e.known, &e.count, p);
        rv = rv == APR_SUCCESS ? weigh(&e, &trips, p) : rv;
        if (rv == APR_SUCCESS && trips) {
            APR_ARRAY_PUSH(*excess, scim_sync_guard_excess_t) = (scim_sync_guard_excess_t) {
                .site = e.count.site,
                .why = scim_sync_guard_why(SCIM_SYNC_GUARD_DEACTIVATIONS, idp->name, e.guard,
                                           &e.numbers, p)
            };
        }
    }
    return rv;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which jobs may run beside each other: those that share no key.
 */
#include "sync/job.h"

#include "base/text.h"

int scim_sync_job_shares(const scim_sync_job_t *job, const scim_sync_job_t *other)
{
    int i;

    for (i = 0; i < job->keys->nelts; i++) {
        if (scim_sync_list_holds(other->keys, APR_ARRAY_IDX(job->keys, i, const char *))) {
            return 1;
        }
    }
    return 0;
}

int scim_sync_job_collides(const scim_sync_job_t *job, apr_hash_t *busy)
{
    int i;

    for (i = 0; i < job->keys->nelts; i++) {
        if (apr_hash_get(busy, APR_ARRAY_IDX(job->keys, i, const char *), APR_HASH_KEY_STRING)) {
            return 1;
        }
    }
    return 0;
}

static void set_keys(const scim_sync_job_t *job, apr_hash_t *busy, const scim_sync_job_t *by)
{
    int i;

    for (i = 0; i < job->keys->nelts; i++) {
        apr_hash_set(busy, APR_ARRAY_IDX(job->keys, i, const char *), APR_HASH_KEY_STRING, by);
    }
}

void scim_sync_job_occupy(scim_sync_job_t *job, apr_hash_t *busy)
{
    set_keys(job, busy, job);
}

int scim_sync_job_vacate(const scim_sync_job_t *job, apr_hash_t *busy)
{
    const char *first = APR_ARRAY_IDX(job->keys, 0, const char *);
    int is_mine = apr_hash_get(busy, first, APR_HASH_KEY_STRING) == job;

    if (is_mine) {
        set_keys(job, busy, NULL);
    }
    return is_mine;
}

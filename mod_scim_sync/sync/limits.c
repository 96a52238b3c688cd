/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/limits.h"

#include <apr_strings.h>

#include "base/log.h"
#include "base/text.h"
#include "store/limits.h"

/* The state is stored at most so often (ms). */
#define KEEP_MS 1000
/* A pause is told of when it is longer than this (us). */
#define LONG_PAUSE apr_time_from_sec(5)

scim_sync_limits_t *scim_sync_limits_make(int most, apr_pool_t *p)
{
    scim_sync_limits_t *limits = apr_pcalloc(p, sizeof(*limits));

    limits->limiter = scim_sync_limiter_make(most, scim_sync_clock(), p);
    return limits;
}

apr_status_t scim_sync_limits_restore(scim_sync_db_t *db, scim_sync_limits_t *limits,
                                      const char *site, apr_pool_t *p)
{
    const char *state;
    apr_int64_t age;
    apr_status_t rv = scim_sync_limits_load(db, &state, &age, site, p);

    if (rv == APR_SUCCESS && state &&
        scim_sync_limiter_load(limits->limiter, state, apr_time_from_msec(age), scim_sync_clock(),
                               p) != APR_SUCCESS) {
        scim_sync_log(SCIM_LOG_WARNING, APR_SUCCESS,
                      SCIM_LOGNO(0129) "site %s: what is stored of its limits makes no sense, they "
                                       "are learnt anew",
                      site);
    }
    return rv;
}

/* Why nothing is sent, NULL when something is. */
static const char *why(const scim_sync_limits_t *limits, apr_time_t now)
{
    int quota;

    if (!scim_sync_limiter_pause(limits->limiter, &quota, now)) {
        return NULL;
    }
    return quota ? "Jira's quota of calls is used up" : "Jira has refused calls (429)";
}

apr_status_t scim_sync_limits_keep(scim_sync_db_t *db, scim_sync_limits_t *limits, const char *site,
                                   int last, apr_pool_t *p)
{
    apr_int64_t now = scim_sync_now();
    apr_time_t clock = scim_sync_clock();

    if (!last && now - limits->kept < KEEP_MS && !scim_sync_limits_news(limits, p)) {
        return APR_SUCCESS;
    }
    limits->kept = now;
    return scim_sync_limits_save(db, site, scim_sync_limiter_save(limits->limiter, clock, p),
                                 scim_sync_limits_pause(limits), why(limits, clock), p);
}

const char *scim_sync_limits_news(scim_sync_limits_t *limits, apr_pool_t *p)
{
    apr_time_t now = scim_sync_clock();
    apr_interval_time_t pause = scim_sync_limiter_pause(limits->limiter, NULL, now);

    if (pause <= LONG_PAUSE || now + pause <= limits->pause_told + LONG_PAUSE) {
        return NULL;
    }
    limits->telling = now + pause;
    return apr_psprintf(p, "%s: nothing is sent before %s", why(limits, now),
                        scim_sync_time_text(scim_sync_now() + scim_sync_limits_pause(limits), p));
}

void scim_sync_limits_told(scim_sync_limits_t *limits)
{
    limits->pause_told = limits->telling;
}

apr_int64_t scim_sync_limits_pause(const scim_sync_limits_t *limits)
{
    apr_interval_time_t left = scim_sync_limiter_pause(limits->limiter, NULL, scim_sync_clock());

    return (left + 999) / 1000;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/planner_pull.h"

#include <string.h>

#include <apr_strings.h>

#include "base/backoff.h"
#include "base/text.h"
#include "sync/guard.h"

/*
 * Times that the same page is asked for again, while Google does not say "slower": about half a
 * minute, as https://developers.google.com/workspace/admin/directory/v1/limits has it.
 */
#define FAILURES_MAX 4
/* The same when it does: about five minutes. */
#define QUOTA_MAX 12
/* Times that a listing is begun anew. */
#define BEGUN_MAX 3
/* Pages without anything new, one after the other: what changes meanwhile may be shown twice. */
#define STALE_MAX 3
/* Pages of one listing. */
#define PAGES_MAX 20000
/* Before a page that was empty is asked for once more, and what was begun is begun anew (ms). */
#define PAUSE 1000
/* Calls a second: the least, and what is added each second. */
#define RATE_LEAST 1.0
#define RATE_GROWS 1.0
/* Google counts the calls of a minute; so long (us) they may be late and be made all the same. */
#define CATCH_UP apr_time_from_msec(250)

static const char *what_of(const scim_sync_pull_listing_t *listing, apr_pool_t *p)
{
    const char *what = "groups";

    switch (listing->kind) {
    case SCIM_SYNC_PULL_USERS:
        what = "users";
        break;
    case SCIM_SYNC_PULL_MEMBERS:
        return apr_pstrcat(p, "the members of the group ", listing->group, NULL);
    case SCIM_SYNC_PULL_GROUPS:
    case SCIM_SYNC_PULL_CHECK:
        break;
    }
    return listing->query ? apr_pstrcat(p, what, " of the query ", listing->query, NULL) : what;
}

void scim_sync_pull_listing_begin(scim_sync_pull_listing_t *listing, scim_sync_pull_kind_t kind,
                                  const char *group)
{
    memset(listing, 0, sizeof(*listing));
    listing->kind = kind;
    listing->part = -1;
    apr_cpystrn(listing->group, group ? group : "", sizeof(listing->group));
}

static scim_sync_pull_step_t fail(const scim_sync_pull_listing_t *listing, const char *why,
                                  apr_pool_t *p)
{
    const char *text = apr_psprintf(p, "%s could not be read: %s", what_of(listing, p),
                                    why ? why : "Google did not say why");

    return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_FAIL, .why = text };
}

static scim_sync_pull_step_t begin_anew(scim_sync_pull_listing_t *listing, const char *why,
                                        apr_pool_t *p)
{
    int begun = listing->begun + 1;

    if (begun > BEGUN_MAX) {
        return fail(listing, why, p);
    }
    listing->begun = begun;
    listing->page[0] = '\0';
    listing->pages = listing->failures = listing->refusals = listing->stale = 0;
    listing->nothing = 0;
    return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_ANEW, .wait_ms = PAUSE, .why = why };
}

static scim_sync_pull_step_t again(scim_sync_pull_listing_t *listing,
                                   const scim_sync_google_result_t *result, int most,
                                   apr_int64_t retry_ms, apr_uint32_t random, apr_pool_t *p)
{
    if (++listing->failures > most) {
        return fail(listing, result->outcome.detail, p);
    }
    return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_AGAIN,
                                     .wait_ms =
                                         scim_sync_backoff(listing->failures, retry_ms, random),
                                     .too_fast = result->matter == SCIM_SYNC_GOOGLE_QUOTA,
                                     .why = result->outcome.detail };
}

/* Google sometimes shows nothing where there is something: only twice is it nothing. */
static scim_sync_pull_step_t take(scim_sync_pull_listing_t *listing,
                                  const scim_sync_google_page_t *page)
{
    listing->failures = listing->refusals = 0;
    if (listing->pages == 0 && page->entries->nelts == 0 && !page->next &&
        listing->nothing++ == 0) {
        return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_AGAIN, .wait_ms = PAUSE };
    }
    return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_TAKE };
}

scim_sync_pull_step_t scim_sync_pull_judge(scim_sync_pull_listing_t *listing,
                                           const scim_sync_google_result_t *result,
                                           const scim_sync_google_page_t *page,
                                           apr_int64_t retry_ms, apr_uint32_t random, apr_pool_t *p)
{
    switch (result->matter) {
    case SCIM_SYNC_GOOGLE_FINE:
        return take(listing, page);
    case SCIM_SYNC_GOOGLE_QUOTA:
        return again(listing, result, QUOTA_MAX, retry_ms, random, p);
    case SCIM_SYNC_GOOGLE_BUSY:
    case SCIM_SYNC_GOOGLE_STRANGE:
        return again(listing, result, FAILURES_MAX, retry_ms, random, p);
    case SCIM_SYNC_GOOGLE_TOKEN:
        if (listing->refusals++ == 0) {
            return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_RENEW };
        }
        return fail(listing, result->outcome.detail, p);
    case SCIM_SYNC_GOOGLE_PAGE_LOST:
        return begin_anew(listing, result->outcome.detail, p);
    case SCIM_SYNC_GOOGLE_GONE:
        if (listing->kind == SCIM_SYNC_PULL_MEMBERS) {
            return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_ABSENT };
        }
        return fail(listing, result->outcome.detail, p);
    case SCIM_SYNC_GOOGLE_CONNECTION:
    case SCIM_SYNC_GOOGLE_PERMISSION:
    case SCIM_SYNC_GOOGLE_REQUEST:
        break;
    }
    return fail(listing, result->outcome.detail, p);
}

scim_sync_pull_step_t scim_sync_pull_turn(scim_sync_pull_listing_t *listing,
                                          const scim_sync_google_page_t *page, int fresh, int *over,
                                          apr_pool_t *p)
{
    *over = page->next == NULL;
    listing->pages++;
    listing->stale = fresh > 0 ? 0 : listing->stale + 1;
    if (*over) {
        return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_TAKE };
    }
    if (listing->stale >= STALE_MAX || listing->pages >= PAGES_MAX) {
        return begin_anew(listing, "its pages go round and do not come to an end", p);
    }
    apr_cpystrn(listing->page, page->next, sizeof(listing->page));
    return (scim_sync_pull_step_t) { .next = SCIM_SYNC_PULL_TAKE };
}

/* ---- how fast ---- */

apr_interval_time_t scim_sync_pull_pace(scim_sync_pull_pace_t *pace, apr_time_t now)
{
    apr_interval_time_t gap;

    if (pace->rate < RATE_LEAST) {
        pace->rate = SCIM_SYNC_PULL_RATE;
    }
    if (now < pace->next) {
        return pace->next - now;
    }
    gap = (apr_interval_time_t)(APR_USEC_PER_SEC / pace->rate);
    /* What was late by no more than this is made up for: many small delays would add up. */
    if (now - pace->next > CATCH_UP) {
        pace->next = now - CATCH_UP;
    }
    pace->next += gap;
    pace->rate += RATE_GROWS / pace->rate;
    if (pace->rate > SCIM_SYNC_PULL_RATE) {
        pace->rate = SCIM_SYNC_PULL_RATE;
    }
    return 0;
}

void scim_sync_pull_slow(scim_sync_pull_pace_t *pace, apr_time_t now)
{
    if (pace->slowed && now - pace->slowed < APR_USEC_PER_SEC) {
        return;
    }
    pace->slowed = now;
    pace->next = now > pace->next ? now : pace->next;
    pace->rate = pace->rate / 2 > RATE_LEAST ? pace->rate / 2 : RATE_LEAST;
}

/* ---- can it be true? ---- */

static const char *doubt_of(const scim_sync_stage_count_t *count, const char *one, const char *many,
                            const char *limit_name, const scim_sync_rules_limit_t *limit,
                            apr_pool_t *p)
{
    const scim_sync_guard_numbers_t numbers = {
        .asked = count->gone, .all = count->gone + count->same + count->changed + count->faulty
    };

    if (!scim_sync_guard_trips(limit, &numbers)) {
        return NULL;
    }
    return apr_psprintf(p,
                        "%" APR_INT64_T_FMT " of %s would be gone, and %s that guard.%s of the"
                        " rules allows",
                        numbers.asked, scim_sync_count_text(numbers.all, one, many, p),
                        scim_sync_count_text(scim_sync_guard_most(limit, &numbers), "is the most",
                                             "are the most", p),
                        limit_name);
}

static int nothing_left(const scim_sync_stage_count_t *count)
{
    return count->gone > 0 && count->fresh + count->changed + count->same + count->faulty == 0;
}

const char *scim_sync_pull_doubt(const scim_sync_stage_counts_t *counts,
                                 const scim_sync_rules_guard_t *guard, apr_pool_t *p)
{
    const scim_sync_stage_count_t *parts[] = { &counts->users, &counts->groups, &counts->members };
    static const char *const names[][2] = { { "user", "users" },
                                            { "group", "groups" },
                                            { "membership", "memberships" } };
    static const scim_sync_guard_kind_t kinds[] = { SCIM_SYNC_GUARD_DEACTIVATIONS,
                                                    SCIM_SYNC_GUARD_DELETIONS,
                                                    SCIM_SYNC_GUARD_MEMBERSHIPS };
    const char *doubt = NULL;
    int i;

    if (nothing_left(&counts->users)) {
        return apr_psprintf(p, "there would be nobody left of %s",
                            scim_sync_count_text(counts->users.gone, "user", "users", p));
    }
    if (nothing_left(&counts->groups)) {
        return apr_psprintf(p, "there would be no group left of %" APR_INT64_T_FMT,
                            counts->groups.gone);
    }
    if (counts->users.faulty > counts->users.fresh + counts->users.changed + counts->users.same) {
        return apr_psprintf(p,
                            "of most users, %" APR_INT64_T_FMT ", Google does not say what must be"
                            " known of them; found.faults has some, and why",
                            counts->users.faulty);
    }
    for (i = 0; !doubt && guard->enabled && i < 3; i++) {
        doubt = doubt_of(parts[i], names[i][0], names[i][1], scim_sync_guard_name(kinds[i]),
                         &guard->limits[kinds[i]], p);
    }
    return doubt;
}

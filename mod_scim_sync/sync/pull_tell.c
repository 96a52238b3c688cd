/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a run has read, and what was believed of it, is told: in short transactions, one each time
 * that the run may go on, so that neither those who write meanwhile nor this thread's work for Jira
 * wait for a large directory. A run that was broken off in between is finished from the same stage,
 * by whoever takes its lease (store/stage.h says what holds until then).
 */
#include "sync/pull_int.h"

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "store/config.h"
#include "store/event.h"
#include "store/stage.h"

/* One of them takes no longer than this and a page. */
#define TURN apr_time_from_msec(250)

typedef struct {
    scim_sync_pull_t *pull;
    scim_sync_stage_place_t place; /* that is reached by this transaction */
    int ours;
    int over;
} telling_t;

static json_int_t number(const json_t *counts, const char *of, const char *name)
{
    return scim_sync_json_int(json_object_get(counts, of), name, 0);
}

/* Entries that were found. */
static apr_int64_t found(const json_t *counts)
{
    static const char *const types[] = { "users", "groups" };
    apr_int64_t sum = 0;
    int i;

    for (i = 0; i < 2; i++) {
        sum += number(counts, types[i], "new") + number(counts, types[i], "changed") +
               number(counts, types[i], "unchanged") + number(counts, types[i], "faulty");
    }
    return sum;
}

/* Who is not in the stage is told of as gone: so before anything is, all must be there. */
static apr_status_t check_stage(scim_sync_db_t *db, const scim_sync_pull_t *pull,
                                const json_t *counts, int *whole, apr_pool_t *p)
{
    const scim_sync_stage_place_t *place = &pull->place;
    apr_int64_t size;
    apr_status_t rv;

    *whole = 1;
    if (place->step > 0 || place->last[0]) {
        return APR_SUCCESS;
    }
    rv = scim_sync_stage_size(db, pull->run.idp, &size, p);
    *whole = rv == APR_SUCCESS && size == found(counts);
    return rv;
}

static const char *summary(const json_t *counts, apr_pool_t *p)
{
#define NUMBER(of, name) (apr_int64_t) number(counts, of, name)
#define F                "%" APR_INT64_T_FMT
    return apr_psprintf(p,
                        "users: " F " new, " F " changed, " F " gone; groups: " F ", " F ", " F
                        "; memberships: " F " new, " F " gone",
                        NUMBER("users", "new"), NUMBER("users", "changed"), NUMBER("users", "gone"),
                        NUMBER("groups", "new"), NUMBER("groups", "changed"),
                        NUMBER("groups", "gone"), NUMBER("members", "new"),
                        NUMBER("members", "gone"));
#undef F
#undef NUMBER
}

static int anything_new(const json_t *counts)
{
    static const char *const types[] = { "users", "groups", "members" };
    static const char *const names[] = { "new", "changed", "gone" };
    int i;

    for (i = 0; i < 9; i++) {
        if (number(counts, types[i / 3], names[i % 3]) > 0) {
            return 1;
        }
    }
    return 0;
}

/* Who is overlooked for long, and nobody knows of it, has access for long. */
static const char *overlooked(const json_t *counts, apr_pool_t *p)
{
    apr_int64_t users = number(counts, "users", "faulty");
    apr_int64_t groups = number(counts, "groups", "faulty");

    return users + groups > 0
               ? apr_psprintf(p,
                              "%s and %s stay as they were told, since nothing can be concluded of"
                              " them: found.faults has some, and why",
                              scim_sync_count_text(users, "user", "users", p),
                              scim_sync_count_text(groups, "group", "groups", p))
               : NULL;
}

static apr_status_t end(scim_sync_db_t *db, scim_sync_pull_t *pull, const json_t *counts,
                        apr_pool_t *p)
{
    apr_status_t rv;

    pull->run.state = SCIM_SYNC_RUN_DONE;
    pull->run.detail = overlooked(counts, p);
    rv = scim_sync_pull_finish(db, pull, p);
    return rv == APR_SUCCESS && anything_new(counts)
               ? scim_sync_pull_event(db, pull, "google.pulled", summary(counts, p), p)
               : rv;
}

static apr_status_t tell_pages(scim_sync_db_t *db, telling_t *t, apr_pool_t *p)
{
    const scim_sync_pull_means_t *means = &t->pull->means;
    apr_time_t until = means->now() + TURN;
    apr_status_t rv;

    do {
        apr_pool_t *page;

        apr_pool_create(&page, p);
        rv = scim_sync_stage_tell(db, t->pull->run.idp, &t->place, &t->over, page);
        apr_pool_destroy(page);
    } while (rv == APR_SUCCESS && !t->over && means->now() < until);
    return rv;
}

/*
 * The leases of sites are held, since tasks of many people are written in another order than a turn
 * writes them.
 */
static apr_status_t tell(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    telling_t *t = baton;
    scim_sync_pull_t *pull = t->pull;
    apr_array_header_t *sites;
    const json_t *counts;
    apr_status_t rv;
    int whole;

    t->place = pull->place;
    t->over = 0;
    if ((rv = scim_sync_pull_hold(db, pull, &t->ours, p)) != APR_SUCCESS || !t->ours) {
        return rv;
    }
    counts = scim_sync_json_own(json_loads(pull->run.counts, 0, NULL), p);
    if ((rv = scim_sync_idp_hold_sites(db, &sites, pull->run.idp, p)) != APR_SUCCESS ||
        (rv = check_stage(db, pull, counts, &whole, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!whole) {
        pull->failure = "what was read was lost before it was told; another run reads it again";
        return APR_SUCCESS;
    }
    rv = tell_pages(db, t, p);
    return rv == APR_SUCCESS && t->over ? end(db, pull, counts, p) : rv;
}

apr_status_t scim_sync_pull_tell(scim_sync_pull_t *pull, apr_pool_t *p)
{
    telling_t t = { .pull = pull };
    apr_status_t rv = scim_sync_write(pull->means.runtime->writer, tell, &t, p);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    pull->place = t.place;
    pull->ended = !t.ours || t.over;
    if (pull->ended) {
        scim_sync_runtime_wake(pull->means.runtime);
    }
    return APR_SUCCESS;
}

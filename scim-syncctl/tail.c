/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event tail: what happens, as it happens.
 */
#include <limits.h>
#include <string.h>
#include <time.h>

#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "scim-syncctl/ctl.h"
#include "scim-syncctl/event.h"

/* Transactions end this late at the most as a rule, and as an exception: see event.h. */
#define LATE_SHORT (APR_INT64_C(10) * 1000)
#define LATE_LONG  (APR_INT64_C(15) * 60 * 1000)
/* One look of so many goes back for the exception. */
#define LONG_EVERY       15
#define LINES_DEFAULT    10
#define LINES_MAX        10000
#define INTERVAL_MAX     3600
#define INTERVAL_DEFAULT 2

static const char *const filters[] = { "person", "group", "subject", "idp", "site",
                                       "kind",   "actor", "words",   NULL };

typedef struct {
    ctl_t *ctl;
    const char *path; /* of all events that are asked for */
    ctl_seen_t *seen;
    int is_lost; /* the server does not answer now, and that was said */
} follower_t;

static ctl_t *the_ctl;

static void stop(int number)
{
    (void)number;
    the_ctl->stop = 1;
}

/* Without SA_RESTART, so that a pause ends, too. */
static void end_by_signal(ctl_t *ctl)
{
    struct sigaction action = { .sa_handler = stop };

    the_ctl = ctl;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static apr_int64_t time_of(const json_t *event)
{
    apr_int64_t ms = 0;
    const char *at = scim_sync_json_str(event, "at");

    return at && scim_sync_time_parse(&ms, at) == APR_SUCCESS ? ms : 0;
}

static ctl_exit_t print_event(const ctl_t *ctl, const json_t *event, apr_pool_t *p)
{
    return ctl->json ? ctl_print_json(event, JSON_COMPACT, p)
                     : ctl_print("%s", ctl_event_line(event, p));
}

/*
 * Notes a list, newest first, and prints what is new of it in the order in which it happened; of
 * the first look only the last `most`.
 */
static ctl_exit_t take(follower_t *f, const json_t *events, long most, apr_pool_t *p)
{
    apr_size_t i = json_array_size(events);
    ctl_exit_t status = CTL_FINE;

    while (i-- > 0 && status == CTL_FINE) {
        const json_t *event = json_array_get(events, i);

        if (ctl_seen_add(f->seen, scim_sync_json_int(event, "id", 0), time_of(event)) &&
            (long)i < most) {
            status = print_event(f->ctl, event, p);
        }
    }
    return status;
}

static const char *path_from(const follower_t *f, apr_int64_t from, apr_pool_t *p)
{
    return apr_psprintf(p, "%s%sfrom=%s", f->path, strchr(f->path, '?') ? "&" : "?",
                        scim_sync_time_text(from > 0 ? from : 0, p));
}

/* All that happened from then on. */
static ctl_exit_t look_from(follower_t *f, json_t **events, apr_int64_t from, apr_pool_t *p)
{
    int more;

    return ctl_get_list(f->ctl, events, &more, path_from(f, from, p), "events", "before", 0, p);
}

/* The last ones are shown, and all that may be met again is noted. */
static ctl_exit_t begin(follower_t *f, long lines, apr_pool_t *p)
{
    ctl_exit_t status;
    json_t *events;
    int more;

    status =
        ctl_get_list(f->ctl, &events, &more, f->path, "events", "before", lines ? lines : 1, p);
    if (status == CTL_FINE && json_array_size(events) > 0) {
        apr_int64_t latest = time_of(json_array_get(events, 0));
        json_t *late;

        if ((status = look_from(f, &late, latest - LATE_LONG, p)) == CTL_FINE) {
            events = json_array_size(late) > json_array_size(events) ? late : events;
        }
    }
    return status == CTL_FINE ? take(f, events, lines, p) : status;
}

static ctl_exit_t look(follower_t *f, int is_long, apr_pool_t *p)
{
    apr_int64_t latest = ctl_seen_latest(f->seen);
    json_t *events;
    ctl_exit_t status = look_from(f, &events, latest - (is_long ? LATE_LONG : LATE_SHORT), p);

    return status == CTL_FINE ? take(f, events, LONG_MAX, p) : status;
}

static void rest(const ctl_t *ctl, long seconds)
{
    const struct timespec span = { .tv_sec = seconds };

    if (!ctl->stop) {
        nanosleep(&span, NULL);
    }
}

/* A server that is started anew is waited for: nothing that happens meanwhile is lost. */
static ctl_exit_t follow(follower_t *f, long interval)
{
    ctl_exit_t status = CTL_FINE;
    apr_pool_t *p;
    int turn;

    apr_pool_create(&p, f->ctl->p);
    for (turn = 1; status == CTL_FINE && !f->ctl->stop; turn++) {
        rest(f->ctl, interval);
        apr_pool_clear(p);
        if (f->ctl->stop) {
            break;
        }
        f->ctl->hush = f->is_lost;
        status = look(f, f->is_lost || turn % LONG_EVERY == 0, p);
        if (status == CTL_UNREACHABLE) {
            f->is_lost = 1;
            status = CTL_FINE;
        }
        else if (f->is_lost) {
            f->is_lost = 0;
            ctl_say("It answers again.");
        }
    }
    return status;
}

ctl_exit_t ctl_event_tail(ctl_t *ctl)
{
    follower_t f = { .ctl = ctl,
                     .path = apr_pstrcat(ctl->p, "events", ctl_query(ctl, filters, ctl->p), NULL),
                     .seen = ctl_seen_make(2 * LATE_LONG, ctl->p) };
    const char *bad_lines;
    const char *bad_interval;
    long lines =
        ctl_option_number(&ctl->line, "lines", 0, LINES_MAX, LINES_DEFAULT, &bad_lines, ctl->p);
    long interval = ctl_option_number(&ctl->line, "interval", 1, INTERVAL_MAX, INTERVAL_DEFAULT,
                                      &bad_interval, ctl->p);
    ctl_exit_t status;

    if (bad_lines || bad_interval) {
        return ctl_misused("%s", bad_lines ? bad_lines : bad_interval);
    }
    end_by_signal(ctl);
    if ((status = begin(&f, lines, ctl->p)) == CTL_FINE) {
        status = follow(&f, interval);
    }
    return ctl->stop ? CTL_FINE : status;
}

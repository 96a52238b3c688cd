/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/google_schedule.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <apr_strings.h>

#include "base/json.h"
#include "jira/platform.h"
#include "store/google.h"
#include "store/google_run.h"

#define LEAST_EVERY (5 * SCIM_SYNC_GOOGLE_MINUTE)
#define MOST_EVERY  (7 * SCIM_SYNC_GOOGLE_DAY)
#define LEAST_PUSH  SCIM_SYNC_GOOGLE_MINUTE
#define MOST_PUSH   SCIM_SYNC_GOOGLE_DAY
#define PUSH        (5 * SCIM_SYNC_GOOGLE_MINUTE)
#define URL_MAX     1024
#define MAX_DEPTH   8

/* Between the end of one and the beginning of the next, also where one takes longer than `every`. */
#define PAUSE SCIM_SYNC_GOOGLE_MINUTE

#define FAILED_FIRST  (5 * SCIM_SYNC_GOOGLE_MINUTE)
#define FAILED_MOST   SCIM_SYNC_GOOGLE_HOUR
#define REFUSED_FIRST SCIM_SYNC_GOOGLE_HOUR
#define REFUSED_MOST  SCIM_SYNC_GOOGLE_DAY

void scim_sync_google_schedule_default(scim_sync_google_schedule_t *schedule)
{
    *schedule = (scim_sync_google_schedule_t) { .every = SCIM_SYNC_GOOGLE_HOUR,
                                                .daily_at = -1,
                                                .least = PUSH };
}

/* ---- what is told ---- */

static int is_there(const json_t *value)
{
    return value && !json_is_null(value);
}

/* 0 when it is no span of time, or none within the bounds. */
static apr_int64_t read_span(const json_t *told, apr_int64_t least, apr_int64_t most)
{
    const json_t *minutes = json_object_get(told, "minutes");
    const json_t *hours = json_object_get(told, "hours");
    const json_t *number = minutes ? minutes : hours;
    apr_int64_t unit = minutes ? SCIM_SYNC_GOOGLE_MINUTE : SCIM_SYNC_GOOGLE_HOUR;
    apr_int64_t count = json_is_integer(number) ? json_integer_value(number) : 0;

    if (json_object_size(told) != 1 || count < 1 || count > most / unit || count * unit < least) {
        return 0;
    }
    return count * unit;
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Minutes after midnight; -1 when it is no "03:30". */
static int read_time(const json_t *told)
{
    const char *text = json_string_value(told);
    int hours;
    int minutes;

    if (!text || strlen(text) != 5 || !is_digit(text[0]) || !is_digit(text[1]) || text[2] != ':' ||
        !is_digit(text[3]) || !is_digit(text[4])) {
        return -1;
    }
    hours = (text[0] - '0') * 10 + text[1] - '0';
    minutes = (text[3] - '0') * 10 + text[4] - '0';
    return hours < 24 && minutes < 60 ? hours * 60 + minutes : -1;
}

/* Whether an object has no other members than these (ended by NULL). */
static int has_only(const json_t *object, const char *const *names)
{
    apr_size_t known = 0;

    for (; *names; names++) {
        known += json_object_get(object, *names) != NULL;
    }
    return json_is_object(object) && json_object_size(object) == known;
}

static const char *read_push(scim_sync_google_schedule_t *schedule, const json_t *told,
                             apr_pool_t *p)
{
    static const char *const names[] = { "address", "atMostEvery", NULL };
    const json_t *address = json_object_get(told, "address");
    const json_t *least = json_object_get(told, "atMostEvery");
    const char *why;

    if (!has_only(told, names) || !json_is_string(address) ||
        json_string_length(address) > URL_MAX ||
        scim_sync_jira_check_url(&schedule->push, json_string_value(address), &why, p)) {
        return "push must be null, or {\"address\": ...}: the URL, as the internet reaches it, of "
               "a location with SetHandler scim-sync-google-push. It begins with https:// (http:// "
               "is for this host alone), without user name, ? and #.";
    }
    if (is_there(least) && !(schedule->least = read_span(least, LEAST_PUSH, MOST_PUSH))) {
        return "push.atMostEvery must be {\"minutes\": ...} or {\"hours\": ...}, a whole number, "
               "from one minute to one day.";
    }
    return NULL;
}

const char *scim_sync_google_schedule_read(scim_sync_google_schedule_t *schedule,
                                           const json_t *told, apr_pool_t *p)
{
    static const char *const names[] = { "every", "dailyAt", "push", NULL };
    const json_t *every = json_object_get(told, "every");
    const json_t *daily = json_object_get(told, "dailyAt");
    const json_t *push = json_object_get(told, "push");

    *schedule = (scim_sync_google_schedule_t) { .daily_at = -1, .least = PUSH };
    if (!has_only(told, names)) {
        return "A schedule has every or dailyAt, and push, and nothing else.";
    }
    if (is_there(every) && is_there(daily)) {
        return "every or dailyAt: one of the two.";
    }
    if (is_there(every) && !(schedule->every = read_span(every, LEAST_EVERY, MOST_EVERY))) {
        return "every must be {\"minutes\": ...} or {\"hours\": ...}, a whole number, from five "
               "minutes to a week.";
    }
    if (is_there(daily) && (schedule->daily_at = read_time(daily)) < 0) {
        return "dailyAt must be a time of day such as \"03:30\", from \"00:00\" to \"23:59\".";
    }
    return is_there(push) ? read_push(schedule, push, p) : NULL;
}

void scim_sync_google_schedule_parse(scim_sync_google_schedule_t *schedule, const char *text,
                                     apr_pool_t *p)
{
    json_t *json;
    const char *why;

    if (!text ||
        scim_sync_json_parse(&json, text, strlen(text), MAX_DEPTH, &why, p) != APR_SUCCESS ||
        scim_sync_google_schedule_read(schedule, json, p)) {
        scim_sync_google_schedule_default(schedule);
    }
}

json_t *scim_sync_google_schedule_span(apr_int64_t ms)
{
    return ms % SCIM_SYNC_GOOGLE_HOUR
               ? json_pack("{s:I}", "minutes", (json_int_t)(ms / SCIM_SYNC_GOOGLE_MINUTE))
               : json_pack("{s:I}", "hours", (json_int_t)(ms / SCIM_SYNC_GOOGLE_HOUR));
}

json_t *scim_sync_google_schedule_json(const scim_sync_google_schedule_t *schedule)
{
    json_t *json = json_object();
    int at = schedule->daily_at;

    json_object_set_new(json, "every",
                        schedule->every ? scim_sync_google_schedule_span(schedule->every)
                                        : json_null());
    json_object_set_new(json, "dailyAt",
                        at < 0 ? json_null() : json_sprintf("%02d:%02d", at / 60, at % 60));
    json_object_set_new(json, "push",
                        schedule->push
                            ? json_pack("{s:s, s:o}", "address", schedule->push, "atMostEvery",
                                        scim_sync_google_schedule_span(schedule->least))
                            : json_null());
    return json;
}

/* ---- the clock on the wall ---- */

/* What the clock shows as this, in summer time or not; *shown 0: it does not. */
static time_t instant(const struct tm *day, int minutes, int is_summer, int *shown)
{
    struct tm wall = { .tm_year = day->tm_year,
                       .tm_mon = day->tm_mon,
                       .tm_mday = day->tm_mday,
                       .tm_hour = minutes / 60,
                       .tm_min = minutes % 60,
                       .tm_isdst = is_summer };
    struct tm back;
    time_t at = mktime(&wall);

    localtime_r(&at, &back);
    *shown = back.tm_hour * 60 + back.tm_min == minutes;
    return at;
}

/* On that day. Asked for both kinds of time, since only one of them, both or none may be right. */
static time_t on_day(const struct tm *day, int minutes)
{
    int is_winters;
    int is_summers;
    time_t winter = instant(day, minutes, 0, &is_winters);
    time_t summer = instant(day, minutes, 1, &is_summers);

    if (is_winters != is_summers) {
        return is_winters ? winter : summer;
    }
    /* Shown twice: the first. Left out: the one behind the gap. */
    return (winter < summer) == (is_winters != 0) ? winter : summer;
}

apr_int64_t scim_sync_google_schedule_daily(apr_int64_t after, int minutes)
{
    time_t from = (time_t)(after / 1000);
    struct tm day;
    time_t at;
    int i;

    localtime_r(&from, &day);
    /* A day further on than needed is noon of that day, which every day has. */
    for (i = 0; (at = on_day(&day, minutes)) * APR_INT64_C(1000) <= after && i < 3; i++) {
        struct tm noon = { .tm_year = day.tm_year,
                           .tm_mon = day.tm_mon,
                           .tm_mday = day.tm_mday + 1,
                           .tm_hour = 12,
                           .tm_isdst = -1 };

        mktime(&noon);
        day = noon;
    }
    return at * APR_INT64_C(1000);
}

const char *scim_sync_google_schedule_zone(apr_int64_t at, apr_pool_t *p)
{
    time_t seconds = (time_t)(at / 1000);
    struct tm wall;
    long minutes;

    localtime_r(&seconds, &wall);
    minutes = wall.tm_gmtoff / 60;
    return apr_psprintf(p, "%c%02ld:%02ld", minutes < 0 ? '-' : '+', labs(minutes) / 60,
                        labs(minutes) % 60);
}

/* ---- the next one ---- */

static apr_int64_t later(apr_int64_t a, apr_int64_t b)
{
    return a > b ? a : b;
}

static int is_last(const scim_sync_google_when_t *when, const char *state)
{
    return when->last && !strcmp(when->last_state, state);
}

/* How long to wait after so many that came to nothing, one after the other. */
static apr_int64_t back_off(int missed, apr_int64_t first, apr_int64_t most)
{
    apr_int64_t wait = first;

    for (; missed > 1 && wait < most; missed--) {
        wait *= 2;
    }
    return wait < most ? wait : most;
}

/* Not before; 0: the last one was done, or is of a connection that was replaced. */
static apr_int64_t not_before(const scim_sync_google_when_t *when)
{
    if (when->since > when->last_asked) {
        return 0;
    }
    if (is_last(when, SCIM_SYNC_RUN_REFUSED)) {
        return when->last_ended + back_off(when->missed, REFUSED_FIRST, REFUSED_MOST);
    }
    return is_last(when, SCIM_SYNC_RUN_FAILED)
               ? when->last_ended + back_off(when->missed, FAILED_FIRST, FAILED_MOST)
               : 0;
}

/* By what was set alone. */
static apr_int64_t by_plan(const scim_sync_google_schedule_t *schedule,
                           const scim_sync_google_when_t *when)
{
    apr_int64_t from = later(when->last_asked, when->scheduled);

    if (schedule->daily_at >= 0) {
        return scim_sync_google_schedule_daily(when->last ? from : later(from, when->since),
                                               schedule->daily_at);
    }
    return when->last ? later(when->last_asked + schedule->every, when->last_ended + PAUSE)
                      : later(when->since, when->scheduled);
}

/* 0: none. */
static apr_int64_t by_schedule(const scim_sync_google_schedule_t *schedule,
                               const scim_sync_google_when_t *when)
{
    apr_int64_t at;

    if (!schedule->every && schedule->daily_at < 0) {
        return 0;
    }
    at = by_plan(schedule, when);
    if (when->last && when->since > when->last_asked) {
        return when->since;
    }
    if (is_last(when, SCIM_SYNC_RUN_REFUSED)) {
        return not_before(when);
    }
    if (is_last(when, SCIM_SYNC_RUN_FAILED) && not_before(when) < at) {
        return not_before(when);
    }
    return at;
}

/* 0: Google has said nothing that no pull has looked at. */
static apr_int64_t by_push(const scim_sync_google_schedule_t *schedule,
                           const scim_sync_google_when_t *when)
{
    if (!schedule->push || !when->hinted || when->hinted <= when->done_started) {
        return 0;
    }
    return later(later(when->hinted, when->last_asked + (when->last ? schedule->least : 0)),
                 not_before(when));
}

/* NULL, or why there can be none now. */
static const char *hindrance(const scim_sync_google_when_t *when, apr_pool_t *p)
{
    if (!strcmp(when->connection, SCIM_SYNC_GOOGLE_RECONNECT)) {
        return apr_pstrcat(p, "it must be connected to Google anew", when->reason ? ": " : NULL,
                           when->reason, NULL);
    }
    if (strcmp(when->connection, SCIM_SYNC_GOOGLE_CONNECTED)) {
        return "it is not connected to Google";
    }
    if (when->last && !when->last_ended) {
        return "one waits or runs now";
    }
    if (!when->schedule && !when->done) {
        return "no pull was done yet, and nobody is surprised by the first one: ask for it, or set "
               "a schedule; from then on it goes on by itself";
    }
    return NULL;
}

static const char *explain(const scim_sync_google_when_t *when)
{
    if (is_last(when, SCIM_SYNC_RUN_REFUSED)) {
        return "the last one was refused: it is tried again ever more rarely, in the place of the "
               "schedule, until one is done";
    }
    return is_last(when, SCIM_SYNC_RUN_FAILED) ? "the last one failed: it is tried again" : NULL;
}

void scim_sync_google_schedule_next(scim_sync_google_next_t *next,
                                    const scim_sync_google_when_t *when, apr_pool_t *p)
{
    scim_sync_google_schedule_t schedule;
    apr_int64_t scheduled;
    apr_int64_t pushed;

    memset(next, 0, sizeof(*next));
    if ((next->why = hindrance(when, p))) {
        return;
    }
    scim_sync_google_schedule_parse(&schedule, when->schedule, p);
    scheduled = by_schedule(&schedule, when);
    pushed = by_push(&schedule, when);
    if (!scheduled && !pushed) {
        next->why = schedule.push ? "there is no schedule: it is pulled when Google says that "
                                    "something has changed, or somebody asks"
                                  : "there is no schedule: it is pulled when somebody asks";
        return;
    }
    next->at = !pushed || (scheduled && scheduled <= pushed) ? scheduled : pushed;
    next->cause = next->at == scheduled ? SCIM_SYNC_RUN_SCHEDULE : SCIM_SYNC_RUN_PUSH;
    next->why = explain(when);
}

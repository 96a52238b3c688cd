/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/google/schedule: when the directory is pulled by itself, when that is next, and
 * how it stands with what Google was asked to tell.
 */
#include "base/json.h"
#include "http/admin_google.h"
#include "http/admin_version.h"
#include "store/google_channel.h"
#include "sync/google_channel.h"
#include "sync/google_schedule.h"

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_google_schedule_t told; /* PUT */
    scim_sync_google_when_t *when;
    scim_sync_push_t *push;
    apr_array_header_t *channels;
    scim_sync_admin_version_t version;
} ask_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    scim_sync_google_idp_t *google;
    apr_array_header_t *whens;
    scim_sync_idp_t *idp;
    apr_status_t rv;

    if ((rv = scim_sync_admin_google_load(db, a->q, &google, p)) != APR_SUCCESS ||
        (rv = scim_sync_idp_load(db, &idp, a->q->name, p)) != APR_SUCCESS ||
        (rv = scim_sync_google_when(db, &whens, a->q->name, p)) != APR_SUCCESS ||
        (rv = scim_sync_push_load(db, &a->push, a->q->name, p)) != APR_SUCCESS) {
        return rv;
    }
    if (whens->nelts == 0 || !a->push) {
        return APR_EGENERAL;
    }
    a->when = APR_ARRAY_IDX(whens, 0, scim_sync_google_when_t *);
    a->version = scim_sync_admin_version_of_text(idp->created, a->when->schedule, p);
    return scim_sync_channel_list(db, &a->channels, a->q->name, p);
}

/* ---- GET ---- */

/* The last instant at which Google certainly tells, as it stands; 0: it does not. */
static apr_int64_t tells_until(const ask_t *a)
{
    apr_int64_t until = 0;
    int i;

    for (i = 0; i < a->channels->nelts; i++) {
        const scim_sync_channel_t *channel = APR_ARRAY_IDX(a->channels, i, scim_sync_channel_t *);

        if (channel->expires && (!until || channel->expires < until)) {
            until = channel->expires;
        }
    }
    return until;
}

static json_t *watch_json(const ask_t *a, const char *address)
{
    int is_connected = !strcmp(a->when->connection, SCIM_SYNC_GOOGLE_CONNECTED);
    int works = is_connected &&
                scim_sync_google_channel_works(a->channels, address, a->when->since,
                                               a->push->now) == scim_sync_google_channel_events();
    const char *state = works ? "watching" : "beginning";
    apr_pool_t *p = a->q->p;

    if (!address) {
        return json_null();
    }
    if (!is_connected) {
        state = "off";
    }
    else if (a->push->failures) {
        state = "failing";
    }
    return json_pack("{s:s, s:o, s:s?, s:o, s:o, s:o}", "state", state, "since",
                     scim_sync_admin_time(a->push->since, p), "detail", a->push->detail, "retryAt",
                     scim_sync_admin_time(a->push->failures ? a->push->ask_at : 0, p), "until",
                     scim_sync_admin_time(works ? tells_until(a) : 0, p), "heardAt",
                     scim_sync_admin_time(a->push->hinted, p));
}

static json_t *schedule_json(const ask_t *a)
{
    apr_pool_t *p = a->q->p;
    scim_sync_google_schedule_t schedule;
    scim_sync_google_next_t next;
    json_t *json;

    scim_sync_google_schedule_parse(&schedule, a->when->schedule, p);
    scim_sync_google_schedule_next(&next, a->when, p);
    json = scim_sync_google_schedule_json(&schedule);
    json_object_set_new(json, "isDefault", json_boolean(!a->when->schedule));
    json_object_set_new(json, "utcOffset",
                        json_string(scim_sync_google_schedule_zone(
                            next.at > a->when->now ? next.at : a->when->now, p)));
    json_object_set_new(json, "next", scim_sync_admin_time(next.at, p));
    json_object_set_new(json, "cause", next.cause ? json_string(next.cause) : json_null());
    json_object_set_new(json, "why", next.why ? json_string(next.why) : json_null());
    json_object_set_new(json, "watch", watch_json(a, schedule.push));
    return json;
}

static int show(ask_t *a)
{
    scim_sync_admin_t *q = a->q;

    if (scim_sync_admin_read(q, load, a)) {
        return OK;
    }
    scim_sync_admin_tag(q, a->version);
    return scim_sync_admin_answer(q, HTTP_OK, scim_sync_json_own(schedule_json(a), q->p));
}

/* ---- PUT ---- */

/* What an event shows: a text for each part. */
static const json_t *flat(const scim_sync_google_schedule_t *schedule, apr_pool_t *p)
{
    json_t *json = scim_sync_json_own(scim_sync_google_schedule_json(schedule), p);
    json_t *texts = scim_sync_json_own(json_object(), p);
    const char *name;
    json_t *value;

    json_object_foreach(json, name, value)
    {
        if (json_is_object(value)) {
            json_object_set_new(texts, name, json_string(scim_sync_json_text(value, NULL, p)));
        }
        else if (json_is_string(value)) {
            json_object_set(texts, name, value);
        }
    }
    return texts;
}

static apr_status_t replace(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    ask_t *a = baton;
    json_t *json = scim_sync_json_own(scim_sync_google_schedule_json(&a->told), p);
    scim_sync_google_schedule_t old;
    apr_int64_t held;
    apr_status_t rv;
    int stored;

    /* Of two at once the second one sees what the first has put. */
    if ((rv = scim_sync_idp_hold(db, a->q->name, &held, p)) != APR_SUCCESS ||
        (rv = load(db, a, p)) != APR_SUCCESS ||
        (rv = scim_sync_admin_expect(a->q, &a->version)) != APR_SUCCESS) {
        return rv;
    }
    scim_sync_google_schedule_parse(&old, a->when->schedule, p);
    if (a->when->schedule &&
        json_equal(json, scim_sync_json_own(scim_sync_google_schedule_json(&old), p))) {
        return APR_SUCCESS;
    }
    if ((rv = scim_sync_google_schedule_put(db, a->q->name, scim_sync_json_text(json, NULL, p),
                                            &stored, p)) != APR_SUCCESS ||
        (rv = scim_sync_push_reset(db, a->q->name, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_admin_tell(db, a->q,
                                (scim_sync_event_t) { .kind = "google.scheduled",
                                                      .idp = a->q->name,
                                                      .change = scim_sync_event_change(
                                                          flat(&old, p), flat(&a->told, p), p) },
                                p);
}

static int put(ask_t *a)
{
    scim_sync_admin_t *q = a->q;
    const char *wrong = q->no_body
                            ? "There is no body; {} is what ends all pulls that nobody asks for."
                            : scim_sync_google_schedule_read(&a->told, q->body, q->p);

    if (wrong) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST, "%s", wrong);
    }
    return scim_sync_admin_changed(q, replace, a) ? OK : show(a);
}

int scim_sync_admin_google_schedule(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);
    ask_t a = { .q = q };

    if (!strcmp(method, "GET")) {
        return show(&a);
    }
    return strcmp(method, "PUT") ? scim_sync_answer_method(q->r, "GET, HEAD, PUT") : put(&a);
}

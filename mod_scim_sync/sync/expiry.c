/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/expiry.h"

#include <apr_strings.h>

#include "base/log.h"
#include "base/text.h"
#include "store/config.h"
#include "store/event.h"
#include "store/google.h"

#define MINUTE APR_INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

/* From when on before the end a token is so urgent, the most urgent first. */
static const struct {
    apr_int64_t before;
    scim_sync_expiry_t urgency;
} stages[] = {
    { 0, SCIM_SYNC_EXPIRY_OVER },
    { 7 * DAY, SCIM_SYNC_EXPIRY_WEEK },
    { 30 * DAY, SCIM_SYNC_EXPIRY_MONTH },
};

scim_sync_expiry_t scim_sync_expiry_of(apr_int64_t expires, apr_int64_t now, apr_int64_t *next)
{
    apr_size_t i;

    for (i = 0; expires && i < sizeof(stages) / sizeof(*stages); i++) {
        apr_int64_t from = expires - stages[i].before;

        if (now >= from) {
            return stages[i].urgency;
        }
        *next = from;
    }
    return SCIM_SYNC_EXPIRY_NONE;
}

const char *scim_sync_expiry_rest(apr_int64_t expires, apr_int64_t now, apr_pool_t *p)
{
    static const struct {
        apr_int64_t ms;
        const char *one;
        const char *many;
    } units[] = { { DAY, "day", "days" },
                  { HOUR, "hour", "hours" },
                  { MINUTE, "minute", "minutes" } };
    apr_int64_t count = 0;
    apr_size_t i;

    for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
        if ((count = (expires - now) / units[i].ms) > 0) {
            break;
        }
    }
    return count > 0 ? scim_sync_count_text(count, units[i].one, units[i].many, p)
                     : "less than a minute";
}

/* What ends soon, or has: the token of a site, or of an IdP, or a connection to Google. */
typedef struct {
    const scim_sync_site_t *site;         /* or NULL */
    const scim_sync_token_t *token;       /* or NULL */
    const scim_sync_google_idp_t *google; /* or NULL */
    apr_int64_t expires;
    scim_sync_expiry_t urgency;
    int warned; /* how urgently it was warned of before */
    int first;  /* this look is the first to see this urgency */
} ending_t;

typedef struct {
    apr_int64_t now;
    apr_int64_t next;
    apr_array_header_t *endings; /* ending_t */
    int news;                    /* some are more urgent than what was warned of */
} look_t;

static void add(look_t *look, ending_t ending)
{
    apr_int64_t next = look->next;

    ending.urgency = scim_sync_expiry_of(ending.expires, look->now, &next);
    look->next = next < look->next ? next : look->next;
    if (ending.urgency != SCIM_SYNC_EXPIRY_NONE) {
        look->news |= (int)ending.urgency > ending.warned;
        APR_ARRAY_PUSH(look->endings, ending_t) = ending;
    }
}

static apr_status_t collect_google(scim_sync_db_t *db, look_t *look, apr_pool_t *p)
{
    apr_array_header_t *ending;
    apr_status_t rv = scim_sync_google_list_ending(db, &ending, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < ending->nelts; i++) {
        const scim_sync_google_idp_t *google = APR_ARRAY_IDX(ending, i, scim_sync_google_idp_t *);

        add(look, (ending_t) { .google = google,
                               .expires = google->refresh_until,
                               .warned = google->warned });
    }
    return rv;
}

static apr_status_t collect(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    look_t *look = baton;
    apr_array_header_t *sites;
    apr_array_header_t *tokens;
    apr_status_t rv;
    int i;

    if ((rv = scim_sync_site_list(db, &sites, p)) != APR_SUCCESS ||
        (rv = scim_sync_token_list(db, &tokens, NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    look->endings = apr_array_make(p, 4, sizeof(ending_t));
    look->news = 0;
    for (i = 0; i < sites->nelts; i++) {
        const scim_sync_site_t *site = APR_ARRAY_IDX(sites, i, scim_sync_site_t *);

        if (!site->of) {
            add(look, (ending_t) { .site = site,
                                   .expires = site->token_expires,
                                   .warned = site->token_warned });
        }
    }
    for (i = 0; i < tokens->nelts; i++) {
        const scim_sync_token_t *token = APR_ARRAY_IDX(tokens, i, scim_sync_token_t *);

        /* Who put another one in its place knows. */
        if (!token->replaced_by) {
            add(look,
                (ending_t) { .token = token, .expires = token->expires, .warned = token->warned });
        }
    }
    return collect_google(db, look, p);
}

/* "ends in 12 days, on 2027-11-22T12:00:00.000Z" */
static const char *when(const ending_t *e, apr_int64_t now, apr_pool_t *p)
{
    const char *date = scim_sync_time_text(e->expires, p);

    return e->urgency == SCIM_SYNC_EXPIRY_OVER
               ? apr_psprintf(p, "ended on %s", date)
               : apr_psprintf(p, "ends in %s, on %s", scim_sync_expiry_rest(e->expires, now, p),
                              date);
}

static apr_status_t tell(scim_sync_db_t *db, const look_t *look, const ending_t *e, apr_pool_t *p)
{
    scim_sync_event_t event = { .actor = "provisioner", .detail = when(e, look->now, p) };

    if (e->site) {
        event.kind = "site.token.expires";
        event.site = event.subject = event.name = e->site->name;
    }
    else if (e->google) {
        event.kind = "google.expires";
        event.idp = e->google->idp;
    }
    else {
        event.kind = "token.expires";
        event.idp = e->token->idp;
        event.subject = e->token->id;
    }
    return scim_sync_event_add(db, &event, p);
}

static apr_status_t note(scim_sync_db_t *db, ending_t *e, apr_pool_t *p)
{
    int urgency = (int)e->urgency;

    if (e->site) {
        return scim_sync_site_warn(db, e->site, urgency, &e->first, p);
    }
    return e->google ? scim_sync_google_warn(db, e->google, urgency, &e->first, p)
                     : scim_sync_token_warn(db, e->token, urgency, &e->first, p);
}

/* Of several hosts that see it at once, the first to write it down tells. */
static apr_status_t mark(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    look_t *look = baton;
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < look->endings->nelts; i++) {
        ending_t *e = &APR_ARRAY_IDX(look->endings, i, ending_t);

        e->first = 0;
        if ((int)e->urgency > e->warned) {
            rv = note(db, e, p);
        }
        if (rv == APR_SUCCESS && e->first) {
            rv = tell(db, look, e, p);
        }
    }
    return rv;
}

static void warn(const ending_t *e, apr_int64_t now, apr_pool_t *p)
{
    scim_log_level_t level = e->urgency == SCIM_SYNC_EXPIRY_MONTH ? SCIM_LOG_WARNING : SCIM_LOG_ERR;

    if (e->site) {
        scim_sync_log(level, APR_SUCCESS,
                      SCIM_LOGNO(0151) "site %s: its API token %s: make a new one, and store it by "
                                       "PUT api/sites/%s",
                      e->site->name, when(e, now, p), e->site->name);
    }
    else if (e->google) {
        scim_sync_log(level, APR_SUCCESS,
                      SCIM_LOGNO(0182) "identity provider %s: its connection to Google %s: make "
                                       "the consent screen Internal, or publish it, and connect "
                                       "again",
                      e->google->idp, when(e, now, p));
    }
    else {
        scim_sync_log(level, APR_SUCCESS,
                      SCIM_LOGNO(0152) "identity provider %s: its SCIM token %s %s: make a new one "
                                       "by POST api/idps/%s/tokens, give it to the provider, and "
                                       "delete this one",
                      e->token->idp, e->token->id, when(e, now, p), e->token->idp);
    }
}

apr_status_t scim_sync_expiry_look(scim_sync_runtime_t *runtime, apr_int64_t *next, apr_pool_t *p)
{
    apr_int64_t now = scim_sync_now();
    int daily = now - scim_sync_shared_warned(runtime->shared) >= DAY;
    look_t look = { .now = now, .next = now + HOUR };
    apr_status_t rv = scim_sync_read(runtime->writer, collect, &look, p);
    int i;

    if (rv == APR_SUCCESS && look.news) {
        rv = scim_sync_write(runtime->writer, mark, &look, p);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; i < look.endings->nelts; i++) {
        const ending_t *e = &APR_ARRAY_IDX(look.endings, i, ending_t);

        /*
         * What has ended is said once: the old one of two tokens may be forgotten there for years.
         */
        if (e->first || (daily && e->urgency != SCIM_SYNC_EXPIRY_OVER)) {
            warn(e, now, p);
        }
    }
    if (daily) {
        scim_sync_shared_set_warned(runtime->shared, now);
    }
    *next = look.next;
    return APR_SUCCESS;
}

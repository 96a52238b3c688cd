/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/google/connect and /disconnect.
 *
 * The browser that is sent to Google must be the one that comes back, so that it is the browser
 * that is to ask here: by GET, which sends it on at once, or by a page of ours with POST.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin_google.h"
#include "http/google_callback.h"
#include "sync/google_connect.h"
#include "sync/google_unwatch.h"

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_google_idp_t *google;
    scim_sync_google_party_t party;
} found_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    found_t *found = baton;

    return scim_sync_admin_google_load(db, found->q, &found->google, p);
}

/* ---- connecting ---- */

/* NULL, or why nobody can be sent to Google. */
static const char *hindrance(found_t *found)
{
    scim_sync_admin_t *q = found->q;
    const char *why = NULL;

    if (!q->runtime->keys) {
        return "Secrets are stored encrypted: set ScimSyncKeyFile first.";
    }
    if (scim_sync_google_party(&found->party, &why, found->google, q->runtime->keys, q->p)) {
        return apr_pstrcat(q->p, "It can't be connected: ", why, ".", NULL);
    }
    if (!found->party.client.id || !found->party.client.secret) {
        return "PUT clientId and clientSecret of the OAuth client first.";
    }
    found->party.client.redirect_uri = scim_sync_callback_uri(q->r, &why);
    return why;
}

/* The URL to go to, with the cookie; NULL: it has answered why not. */
static const char *begin(found_t *found, apr_int64_t *until)
{
    scim_sync_admin_t *q = found->q;
    scim_sync_google_party_t *party = &found->party;
    scim_sync_google_attempt_t attempt;
    const char *cookie;
    const char *why = hindrance(found);

    if (why) {
        scim_sync_admin_refuse(q, HTTP_CONFLICT, "%s", why);
        return NULL;
    }
    scim_sync_google_attempt_make(&attempt, q->name, q->actor, scim_sync_now(), q->p);
    if (scim_sync_google_attempt_seal(&cookie, &attempt, q->runtime->keys, q->p)) {
        scim_sync_admin_refuse(q, HTTP_INTERNAL_SERVER_ERROR, "Nothing could be encrypted.");
        return NULL;
    }
    scim_sync_callback_remember(q->r, party->client.redirect_uri, cookie);
    *until = attempt.until;
    return scim_sync_google_authorize_url(&party->client, &attempt, party->settings.administrator,
                                          party->settings.domain ? party->settings.domain
                                                                 : found->google->domain,
                                          q->p);
}

/* A link of another site must lead nobody into this. */
static int is_cross_site(request_rec *r)
{
    const char *site = apr_table_get(r->headers_in, "Sec-Fetch-Site");

    return site && strcmp(site, "same-origin") && strcmp(site, "none");
}

static int send_to_google(found_t *found)
{
    scim_sync_admin_t *q = found->q;
    apr_int64_t until;
    const char *url;

    if (is_cross_site(q->r)) {
        return scim_sync_admin_refuse(q, HTTP_FORBIDDEN,
                                      "Connecting begins here, and at no other site: enter this "
                                      "address yourself.");
    }
    if (q->r->header_only) {
        return scim_sync_answer_method(q->r, "GET, POST");
    }
    if ((url = begin(found, &until))) {
        apr_table_setn(q->r->err_headers_out, "Location", url);
        apr_table_setn(q->r->err_headers_out, "Referrer-Policy", "no-referrer");
        return scim_sync_answer(q->r, HTTP_SEE_OTHER, NULL, NULL);
    }
    return OK;
}

static int answer_url(found_t *found)
{
    scim_sync_admin_t *q = found->q;
    apr_int64_t until;
    const char *url = begin(found, &until);

    return url ? scim_sync_admin_answer(
                     q, HTTP_OK,
                     scim_sync_json_own(json_pack("{s:s, s:o}", "url", url, "expiresAt",
                                                  scim_sync_admin_time(until, q->p)),
                                        q->p))
               : OK;
}

static int connect_service(scim_sync_admin_t *q)
{
    scim_sync_google_connected_t result;

    scim_sync_google_connect_service(&result, q->runtime, q->name, q->actor, q->p);
    if (result.detail) {
        return scim_sync_admin_refuse(q, HTTP_CONFLICT, "It is not connected: %s.", result.detail);
    }
    return scim_sync_admin_google_show(q);
}

int scim_sync_admin_google_connect(scim_sync_admin_t *q)
{
    static const char *const fields[] = { "by", NULL };
    const char *method = scim_sync_method(q->r);
    const char *by = SCIM_SYNC_GOOGLE_BROWSER;
    const scim_sync_error_t *error;
    found_t found = { .q = q };

    if (strcmp(method, "GET") && strcmp(method, "POST")) {
        return scim_sync_answer_method(q->r, "GET, POST");
    }
    if ((error = scim_sync_admin_only(q, fields)) || (error = scim_sync_admin_text(q, "by", &by))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (strcmp(by, SCIM_SYNC_GOOGLE_BROWSER) && strcmp(by, SCIM_SYNC_GOOGLE_SERVICE)) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST, "by must be browser or serviceAccount.");
    }
    if (scim_sync_admin_read(q, load, &found)) {
        return OK;
    }
    if (!strcmp(by, SCIM_SYNC_GOOGLE_SERVICE)) {
        return connect_service(q);
    }
    return strcmp(method, "GET") ? answer_url(&found) : send_to_google(&found);
}

/* ---- disconnecting ---- */

/* NULL, or what must be known before. */
static const char *warning(const scim_sync_google_idp_t *google, int revoke, apr_pool_t *p)
{
    if (!revoke || !google->refresh_token) {
        return "Nothing is pulled from Google any more; what was told stays as it is. Send "
               "{\"confirm\": true} to go on.";
    }
    return apr_psprintf(p,
                        "Google takes back all that %s granted to any OAuth client of the same "
                        "Google Cloud project: other servers that are connected through that "
                        "project stop, too. Send {\"confirm\": true} to go on, or {\"confirm\": "
                        "true, \"revoke\": false} to have the connection forgotten here alone.",
                        google->who ? google->who : "the administrator");
}

static const scim_sync_error_t *read_flag(scim_sync_admin_t *q, const char *name, int *flag)
{
    const json_t *value = json_object_get(q->body, name);

    if (value && !json_is_boolean(value)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "%s must be true or false.", name);
    }
    *flag = value ? json_is_true(value) : *flag;
    return NULL;
}

int scim_sync_admin_google_disconnect(scim_sync_admin_t *q)
{
    static const char *const fields[] = { "confirm", "revoke", NULL };
    const scim_sync_error_t *error;
    found_t found = { .q = q };
    const char *why;
    int confirm = 0;
    int revoke = 1;

    if (strcmp(scim_sync_method(q->r), "POST")) {
        return scim_sync_answer_method(q->r, "POST");
    }
    if ((error = scim_sync_admin_only(q, fields)) || (error = read_flag(q, "confirm", &confirm)) ||
        (error = read_flag(q, "revoke", &revoke))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load, &found)) {
        return OK;
    }
    if (!strcmp(found.google->state, SCIM_SYNC_GOOGLE_NONE)) {
        return scim_sync_admin_refuse(q, HTTP_CONFLICT, "It is not connected.");
    }
    if (!confirm) {
        return scim_sync_admin_refuse(q, HTTP_CONFLICT, "%s", warning(found.google, revoke, q->p));
    }
    scim_sync_unwatch(scim_sync_unwatch_prepare(q->runtime, q->name, q->p), q->p);
    why = scim_sync_google_end(q->runtime, found.google, revoke, q->actor, q->p);
    if (why) {
        return scim_sync_admin_refuse(q, HTTP_BAD_GATEWAY,
                                      "It is connected still, since Google has not revoked it: %s.",
                                      why);
    }
    return scim_sync_admin_google_show(q);
}

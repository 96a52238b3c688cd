/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps: identity providers.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/admin_glance.h"
#include "http/admin_idp_end.h"
#include "http/admin_idp_limits.h"
#include "http/admin_idp_name.h"
#include "http/admin_idp_sites.h"
#include "http/admin_kept.h"
#include "http/admin_version.h"
#include "store/google.h"
#include "store/guard.h"
#include "sync/google_unwatch.h"

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_idp_t idp;
    scim_sync_admin_name_t name;
    scim_sync_admin_limits_t limits;
    const apr_array_header_t *sites; /* const char *: that it is to feed, as told; or NULL */
    scim_sync_token_t token;
    scim_sync_idp_t *found;
    apr_array_header_t *all;
    json_t *not_kept; /* of ?access=keep; NULL: nothing is asked */
    scim_sync_admin_glance_t glance;
} change_t;

/* Else it has no tokens, and is unknown at the SCIM endpoint. */
static int is_scim(const scim_sync_idp_t *idp)
{
    return !strcmp(idp->kind, SCIM_SYNC_KIND_SCIM);
}

static json_t *idp_json(scim_sync_admin_t *q, const scim_sync_idp_t *idp, const char *token)
{
    json_t *scim =
        is_scim(idp) ? json_pack("{s:s?, s:s?}", "baseUrl", scim_sync_admin_scim_url(q, idp->name),
                                 "baseUrlV1", scim_sync_admin_scim_url_v1(q, idp->name))
                     : json_null();
    json_t *object;

    scim_sync_json_put(scim, "token", token);
    object = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "name", idp->name, "kind",
                       idp->kind, "provider", idp->provider, "mode", idp->mode, "state", idp->state,
                       "sites", scim_sync_json_list(scim_sync_admin_whole_sites(idp->sites, q->p)),
                       "scim", scim, "createdAt", scim_sync_admin_time(idp->created, q->p),
                       "changedAt", scim_sync_admin_time(idp->changed, q->p));
    scim_sync_admin_show_name(object, idp);
    scim_sync_admin_show_limits(object, idp);
    return object;
}

static apr_status_t absent(scim_sync_admin_t *q)
{
    return scim_sync_admin_rollback(q, HTTP_NOT_FOUND, "There is no identity provider %s.",
                                    q->name);
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv = scim_sync_idp_load(db, &c->found, c->q->name, p);

    return rv == APR_SUCCESS && !c->found ? absent(c->q) : rv;
}

static scim_sync_admin_version_t version_of(const scim_sync_idp_t *idp)
{
    return (scim_sync_admin_version_t) { idp->created, idp->version };
}

/* To be changed: of a version that is meant. */
static apr_status_t load_meant(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    apr_status_t rv = load(db, c, p);
    scim_sync_admin_version_t version;

    if (rv == APR_SUCCESS) {
        version = version_of(c->found);
        rv = scim_sync_admin_expect(c->q, &version);
    }
    return rv;
}

/*
 * Nobody has changed it since it was loaded, nor does before the transaction ends. Of the locks of
 * a change this comes behind those of leases.
 */
static apr_status_t hold(scim_sync_db_t *db, const change_t *c, apr_pool_t *p)
{
    apr_int64_t version;
    apr_status_t rv = scim_sync_idp_hold(db, c->q->name, &version, p);

    return rv == APR_SUCCESS && version != c->found->version ? scim_sync_admin_too_late(c->q) : rv;
}

static apr_status_t list(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;

    apr_status_t rv = scim_sync_idp_list(db, &c->all, p);

    return rv == APR_SUCCESS ? scim_sync_admin_load_glance(db, &c->glance, NULL, p) : rv;
}

static int answer_list(scim_sync_admin_t *q)
{
    change_t c = { .q = q };
    json_t *idps;
    int i;

    if (scim_sync_admin_read(q, list, &c)) {
        return OK;
    }
    idps = json_array();
    for (i = 0; i < c.all->nelts; i++) {
        json_t *idp = idp_json(q, APR_ARRAY_IDX(c.all, i, scim_sync_idp_t *), NULL);

        scim_sync_admin_put_glance(q, idp, &c.glance);
        json_array_append_new(idps, idp);
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "idps", idps), q->p));
}

static apr_status_t load_whole(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv = load(db, c, p);

    return rv == APR_SUCCESS ? scim_sync_admin_load_glance(db, &c->glance, c->found->name, p) : rv;
}

static int answer_with(scim_sync_admin_t *q, int status, const char *token, json_t *not_kept)
{
    change_t c = { .q = q };
    json_t *body;

    if (scim_sync_admin_read(q, load_whole, &c)) {
        return OK;
    }
    scim_sync_admin_tag(q, version_of(c.found));
    body = scim_sync_json_own(idp_json(q, c.found, token), q->p);
    scim_sync_admin_put_glance(q, body, &c.glance);
    if (json_array_size(not_kept) > 0) {
        json_object_set(body, "notKept", not_kept);
    }
    return scim_sync_admin_answer(q, status, body);
}

static int answer_one(scim_sync_admin_t *q, int status, const char *token)
{
    return answer_with(q, status, token, NULL);
}

/* ---- POST ---- */

static const scim_sync_error_t *read_state(scim_sync_admin_t *q, const char **state)
{
    const scim_sync_error_t *error = scim_sync_admin_text(q, "state", state);

    if (!error && *state && strcmp(*state, SCIM_SYNC_IDP_LIVE) &&
        strcmp(*state, SCIM_SYNC_IDP_PAUSED) && strcmp(*state, SCIM_SYNC_IDP_DRY_RUN)) {
        error =
            scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "state must be live, paused or dryRun.");
    }
    return error;
}

static const scim_sync_error_t *read_idp(scim_sync_admin_t *q, scim_sync_idp_t *idp)
{
    static const char *const fields[] = { "name",      "displayName", "kind",
                                          "provider",  "mode",        "state",
                                          "site",      "sites",       "requestsPerMinute",
                                          "allowFrom", NULL };
    scim_sync_admin_limits_t limits = { 0 };
    scim_sync_admin_name_t name = { 0 };
    const scim_sync_error_t *error;

    idp->kind = SCIM_SYNC_KIND_SCIM;
    idp->mode = SCIM_SYNC_MODE_USERS;
    idp->state = SCIM_SYNC_IDP_LIVE;
    if ((error = scim_sync_admin_only(q, fields)) ||
        (error = scim_sync_admin_text(q, "name", &idp->name)) ||
        (error = scim_sync_admin_read_name(q, &name)) ||
        (error = scim_sync_admin_text(q, "kind", &idp->kind)) ||
        (error = scim_sync_admin_text(q, "provider", &idp->provider)) ||
        (error = scim_sync_admin_text(q, "mode", &idp->mode)) ||
        (error = read_state(q, &idp->state)) || (error = scim_sync_admin_read_limits(q, &limits)) ||
        (error = scim_sync_admin_read_sites(q, &idp->sites))) {
        return error;
    }
    scim_sync_admin_set_name(idp, &name);
    scim_sync_admin_set_limits(idp, &limits, q->p);
    if (!is_scim(idp) && strcmp(idp->kind, SCIM_SYNC_KIND_GOOGLE)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "kind must be scim or google.");
    }
    if (!idp->provider) {
        idp->provider = is_scim(idp) ? "other" : "google";
    }
    if (!idp->name || !scim_sync_name_is_valid(idp->name) ||
        !scim_sync_name_is_valid(idp->provider)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "name (and provider) are made of a-z, 0-9, dot and -, 64 at "
                               "most, and begin with a letter or digit.");
    }
    if (strcmp(idp->mode, SCIM_SYNC_MODE_USERS) && strcmp(idp->mode, SCIM_SYNC_MODE_CUSTOMERS)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "mode must be users or customers.");
    }
    return idp->sites ? NULL
                      : scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                        "sites must name the Jira sites that this identity "
                                        "provider feeds.");
}

static apr_status_t insert(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv;
    int stored;

    if ((rv = scim_sync_admin_find_sides(db, c->q, &c->idp.sites, c->idp.mode, c->sites, p)) !=
            APR_SUCCESS ||
        (rv = scim_sync_idp_insert(db, &c->idp, &stored, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!stored) {
        return scim_sync_admin_rollback(c->q, HTTP_CONFLICT,
                                        "There is an identity provider %s already.", c->idp.name);
    }
    rv = is_scim(&c->idp) ? scim_sync_token_insert(db, &c->token, p)
                          : scim_sync_google_insert(db, c->idp.name, p);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_admin_event(db, c->q, "idp.created", c->idp.name, NULL,
                                 scim_sync_admin_say_sites(c->sites, p), p);
}

static int post(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;
    const char *token = scim_sync_token_new(q->p);
    change_t c = { .q = q };

    if ((error = read_idp(q, &c.idp))) {
        return scim_sync_answer_error(q->r, error);
    }
    c.sites = c.idp.sites;
    c.token = (scim_sync_token_t) { .id = scim_sync_new_id(q->p),
                                    .idp = c.idp.name,
                                    .hash = scim_sync_sha256(token, q->p) };
    if (scim_sync_admin_changed(q, insert, &c)) {
        return OK;
    }
    q->name = c.idp.name;
    return answer_one(q, HTTP_CREATED, is_scim(&c.idp) ? token : NULL);
}

/* ---- PATCH ---- */

/* What an event shows of it, before and after. */
static const json_t *settings(const scim_sync_idp_t *idp, apr_pool_t *p)
{
    json_t *object = json_pack("{s:s, s:s}", "provider", idp->provider, "state", idp->state);

    scim_sync_json_put(object, "displayName", idp->display_name);
    scim_sync_admin_show_limits(object, idp);
    return scim_sync_json_own(object, p);
}

/* Into a dry run or out of it: all that the IdP waits for is to be planned, or to be done. */
static apr_status_t switch_dry_run(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    const char *before = c->found->state;
    const char *after = c->idp.state ? c->idp.state : before;

    if (!strcmp(before, SCIM_SYNC_IDP_DRY_RUN) == !strcmp(after, SCIM_SYNC_IDP_DRY_RUN)) {
        return APR_SUCCESS;
    }
    return scim_sync_idp_make_due(db, c->found, c->idp.sites, p);
}

static apr_status_t update(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv = load_meant(db, c, p);
    const char *called;
    const char *change;
    const json_t *before;
    int other_sites;

    json_array_clear(c->not_kept);
    if (rv == APR_SUCCESS && c->sites) {
        rv = scim_sync_admin_find_sides(db, c->q, &c->idp.sites, c->found->mode, c->sites, p);
    }
    if (rv != APR_SUCCESS || (rv = switch_dry_run(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    if (c->idp.sites && ((rv = scim_sync_admin_set_sites(db, c->q, c->found, c->idp.sites,
                                                         c->not_kept, p)) != APR_SUCCESS)) {
        return rv;
    }
    if ((rv = hold(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    other_sites = c->idp.sites && !scim_sync_list_same(c->idp.sites, c->found->sites, p);
    before = settings(c->found, p);
    called = c->found->display_name;
    c->found->provider = c->idp.provider ? c->idp.provider : c->found->provider;
    c->found->state = c->idp.state ? c->idp.state : c->found->state;
    scim_sync_admin_set_name(c->found, &c->name);
    scim_sync_admin_set_limits(c->found, &c->limits, p);
    change = scim_sync_event_change(before, settings(c->found, p), p);
    if (!change && !other_sites) {
        return APR_SUCCESS;
    }
    rv = scim_sync_idp_update(db, c->found, p);
    if (rv != APR_SUCCESS || !change) {
        return rv;
    }
    return scim_sync_admin_tell(db, c->q,
                                (scim_sync_event_t) {
                                    .kind = "idp.changed",
                                    .idp = c->found->name,
                                    .detail = scim_sync_admin_say_change(c->q, c->found, called),
                                    .change = change },
                                p);
}

static int patch(scim_sync_admin_t *q)
{
    static const char *const fields[] = { "displayName", "provider",          "state",     "site",
                                          "sites",       "requestsPerMinute", "allowFrom", NULL };
    const scim_sync_error_t *error;
    change_t c = { .q = q, .not_kept = scim_sync_json_own(json_array(), q->p) };

    if ((error = scim_sync_admin_end_query(q)) || (error = scim_sync_admin_only(q, fields)) ||
        (error = scim_sync_admin_text(q, "provider", &c.idp.provider)) ||
        (error = read_state(q, &c.idp.state)) || (error = scim_sync_admin_read_name(q, &c.name)) ||
        (error = scim_sync_admin_read_limits(q, &c.limits)) ||
        (error = scim_sync_admin_read_sites(q, &c.idp.sites))) {
        return scim_sync_answer_error(q->r, error);
    }
    c.sites = c.idp.sites;
    if (c.idp.provider && !scim_sync_name_is_valid(c.idp.provider)) {
        return scim_sync_admin_refuse(q, HTTP_BAD_REQUEST, "provider is a name such as okta.");
    }
    return scim_sync_admin_changed(q, update, &c) ? OK : answer_with(q, HTTP_OK, NULL, c.not_kept);
}

/* ---- DELETE ---- */

/* For each site that it feeds (scim_sync_admin_kept_before()): apr_array_header_t * in p. */
static apr_status_t look_before(scim_sync_db_t *db, const change_t *c, apr_array_header_t *before,
                                apr_pool_t *p)
{
    apr_status_t rv = APR_SUCCESS;
    int i;

    for (i = 0; rv == APR_SUCCESS && i < c->found->sites->nelts; i++) {
        rv = scim_sync_admin_kept_before(db, apr_array_push(before),
                                         APR_ARRAY_IDX(c->found->sites, i, const char *), p);
    }
    return rv;
}

/* What other IdPs' guards held of it they hold no more. */
static apr_status_t end_idp(scim_sync_db_t *db, const change_t *c, int keep, apr_pool_t *p)
{
    apr_array_header_t *sites = apr_array_make(p, 4, sizeof(const char *));
    apr_status_t rv = scim_sync_idp_work_sites(db, sites, c->q->name, p);
    int i;

    if (rv == APR_SUCCESS) {
        rv = scim_sync_idp_delete(db, c->q->name, keep, p);
    }
    for (i = 0; rv == APR_SUCCESS && i < sites->nelts; i++) {
        rv = scim_sync_guard_settle(db, APR_ARRAY_IDX(sites, i, const char *), c->q->actor, p);
    }
    return rv;
}

/* With all its sites; and as it is meant, if that was said, until the transaction ends. */
static apr_status_t hold_all(scim_sync_db_t *db, const change_t *c, apr_pool_t *p)
{
    apr_array_header_t *sites;
    apr_status_t rv = scim_sync_idp_hold_sites(db, &sites, c->q->name, p);

    return rv == APR_SUCCESS && scim_sync_admin_is_conditional(c->q) ? hold(db, c, p) : rv;
}

static apr_status_t remove_idp(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    apr_array_header_t *before = apr_array_make(p, 4, sizeof(apr_array_header_t *));
    change_t *c = baton;
    scim_sync_admin_end_t end;
    const char *said;
    apr_status_t rv;
    int i;

    json_array_clear(c->not_kept);
    if ((rv = load_meant(db, c, p)) != APR_SUCCESS || (rv = hold_all(db, c, p)) != APR_SUCCESS ||
        (rv = scim_sync_admin_read_end(db, c->q, c->found, c->found->sites, &end, p)) !=
            APR_SUCCESS ||
        (rv = scim_sync_admin_do_end(db, c->q, c->found, NULL, &end, &said, p)) != APR_SUCCESS ||
        (rv = look_before(db, c, before, p)) != APR_SUCCESS ||
        (rv = end_idp(db, c, end.keep, p)) != APR_SUCCESS) {
        return rv;
    }
    for (i = 0; rv == APR_SUCCESS && end.keep && i < before->nelts; i++) {
        rv = scim_sync_admin_not_kept(db, APR_ARRAY_IDX(before, i, apr_array_header_t *),
                                      APR_ARRAY_IDX(c->found->sites, i, const char *), c->not_kept,
                                      &said, p);
    }
    return rv == APR_SUCCESS
               ? scim_sync_admin_event(db, c->q, "idp.deleted", c->q->name, NULL, said, p)
               : rv;
}

static int delete (scim_sync_admin_t *q)
{
    const scim_sync_error_t *error = scim_sync_admin_end_query(q);
    change_t c = { .q = q, .not_kept = scim_sync_json_own(json_array(), q->p) };
    const scim_sync_unwatch_t *un;

    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    un = scim_sync_unwatch_prepare(q->runtime, q->name, q->p);
    if (scim_sync_admin_changed(q, remove_idp, &c)) {
        return OK;
    }
    scim_sync_unwatch(un, q->p);
    if (json_array_size(c.not_kept) == 0) {
        return scim_sync_answer(q->r, HTTP_NO_CONTENT, NULL, NULL);
    }
    return scim_sync_admin_answer(
        q, HTTP_OK, scim_sync_json_own(json_pack("{s:O}", "notKept", c.not_kept), q->p));
}

int scim_sync_admin_idps(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);

    if (!q->name) {
        if (!strcmp(method, "GET")) {
            return answer_list(q);
        }
        return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "GET, HEAD, POST") : post(q);
    }
    if (!strcmp(method, "GET")) {
        return answer_one(q, HTTP_OK, NULL);
    }
    if (!strcmp(method, "PATCH")) {
        return patch(q);
    }
    if (!strcmp(method, "DELETE")) {
        return delete (q);
    }
    return scim_sync_answer_method(q->r, "GET, HEAD, PATCH, DELETE");
}

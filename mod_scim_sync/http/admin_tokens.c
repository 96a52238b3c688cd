/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/tokens: bearer tokens of an identity provider. A token is shown once, when it is
 * made; two may be valid at once, so that one can be replaced without a gap, which is what rotate
 * does.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/secret.h"
#include "base/text.h"
#include "http/admin.h"
#include "http/admin_expiry.h"
#include "store/token_end.h"

/* More than this are a mistake, and would fill the shared memory. */
#define TOKENS_MAX 20

/* How long the others are good beside a new one (s), unless it is said. */
#define OVERLAP     86400
#define OVERLAP_MAX (30 * 86400)

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_token_t token;
    apr_int64_t overlap; /* ms */
    apr_array_header_t *all;
    apr_array_header_t *ended;
} change_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    scim_sync_idp_t *idp;
    apr_status_t rv = scim_sync_idp_load(db, &idp, c->q->name, p);

    if (rv == APR_SUCCESS && !idp) {
        return scim_sync_admin_rollback(c->q, HTTP_NOT_FOUND, "There is no identity provider %s.",
                                        c->q->name);
    }
    if (rv == APR_SUCCESS && strcmp(idp->kind, SCIM_SYNC_KIND_SCIM)) {
        return scim_sync_admin_rollback(c->q, HTTP_CONFLICT,
                                        "%s is no identity provider that comes to us by SCIM: it "
                                        "has no tokens.",
                                        c->q->name);
    }
    if (rv == APR_SUCCESS) {
        rv = scim_sync_token_list(db, &c->all, c->q->name, p);
    }
    return rv == APR_SUCCESS ? scim_sync_token_end_list(db, &c->ended, c->q->name, p) : rv;
}

static json_t *token_json(scim_sync_admin_t *q, const scim_sync_token_t *token)
{
    apr_int64_t used = scim_sync_shared_token_last_used(q->runtime->shared, token->id);

    used = used > token->last_used ? used : token->last_used;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s?}", "id", token->id, "createdAt",
                     scim_sync_admin_time(token->created, q->p), "expiresAt",
                     scim_sync_admin_time(token->expires, q->p), "expiresIn",
                     scim_sync_admin_expires_in(token->expires), "lastUsedAt",
                     scim_sync_admin_time(used, q->p), "replacedBy", token->replaced_by);
}

static json_t *ended_json(const scim_sync_token_end_t *token, apr_pool_t *p)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", token->id, "how", token->how, "by",
                     token->who, "createdAt", scim_sync_admin_time(token->created, p), "endedAt",
                     scim_sync_admin_time(token->ended, p), "lastUsedAt",
                     scim_sync_admin_time(token->last_used, p));
}

static int answer_list(scim_sync_admin_t *q)
{
    change_t c = { .q = q };
    json_t *tokens;
    json_t *ended;
    int i;

    if (scim_sync_admin_read(q, load, &c)) {
        return OK;
    }
    tokens = json_array();
    for (i = 0; i < c.all->nelts; i++) {
        json_array_append_new(tokens, token_json(q, APR_ARRAY_IDX(c.all, i, scim_sync_token_t *)));
    }
    ended = json_array();
    for (i = 0; i < c.ended->nelts; i++) {
        json_array_append_new(ended,
                              ended_json(APR_ARRAY_IDX(c.ended, i, scim_sync_token_end_t *), q->p));
    }
    return scim_sync_admin_answer(
        q, HTTP_OK,
        scim_sync_json_own(json_pack("{s:o, s:o}", "tokens", tokens, "ended", ended), q->p));
}

/* Those apart that were replaced and have ended, which a provisioner takes away within a minute. */
static int count_lasting(const apr_array_header_t *all)
{
    apr_int64_t now = scim_sync_now();
    int count = 0;
    int i;

    for (i = 0; i < all->nelts; i++) {
        const scim_sync_token_t *one = APR_ARRAY_IDX(all, i, scim_sync_token_t *);

        count += !one->replaced_by || one->expires > now;
    }
    return count;
}

/* Of those that ended by themselves the one that did so first, or NULL. */
static const scim_sync_token_t *first_expired(const apr_array_header_t *all)
{
    apr_int64_t now = scim_sync_now();
    const scim_sync_token_t *first = NULL;
    int i;

    for (i = 0; i < all->nelts; i++) {
        const scim_sync_token_t *one = APR_ARRAY_IDX(all, i, scim_sync_token_t *);

        if (!one->replaced_by && one->expires && one->expires <= now &&
            (!first || one->expires < first->expires)) {
            first = one;
        }
    }
    return first;
}

/* Those that ended by themselves are among the others as long as there is room. */
static apr_status_t make_room(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    const scim_sync_token_t *expired;
    apr_status_t rv = APR_SUCCESS;
    int deleted;

    while (rv == APR_SUCCESS && count_lasting(c->all) >= TOKENS_MAX &&
           (expired = first_expired(c->all))) {
        if ((rv = scim_sync_token_revoke(db, c->q->name, expired->id, c->q->actor, &deleted, p)) ==
                APR_SUCCESS &&
            (rv = scim_sync_admin_event(db, c->q, "token.deleted", c->q->name, NULL, expired->id,
                                        p)) == APR_SUCCESS) {
            rv = scim_sync_token_list(db, &c->all, c->q->name, p);
        }
    }
    return rv;
}

static apr_status_t insert(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv;
    int count;

    if ((rv = load(db, c, p)) != APR_SUCCESS || (rv = make_room(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    count = count_lasting(c->all);
    if (count >= TOKENS_MAX) {
        return scim_sync_admin_rollback(c->q, HTTP_CONFLICT,
                                        "There are %d tokens already: delete old ones first, or "
                                        "rotate with an overlap of 0, which ends them all.",
                                        count);
    }
    if ((rv = scim_sync_token_insert(db, &c->token, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_admin_event(db, c->q, "token.created", c->q->name, NULL, c->token.id, p);
}

/* The others first: the new one is none of them. */
static apr_status_t rotate(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const change_t *c = baton;
    apr_int64_t until = scim_sync_now() + c->overlap;
    apr_status_t rv;

    if ((rv = scim_sync_token_replace(db, c->q->name, c->q->actor, until, p)) != APR_SUCCESS ||
        (rv = scim_sync_runtime_end_tokens(c->q->runtime, db, c->q->name, p)) != APR_SUCCESS ||
        (rv = insert(db, baton, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_admin_event(db, c->q, "token.rotated", c->q->name, NULL,
                                 apr_psprintf(p, "%s is new; the others end by %s", c->token.id,
                                              scim_sync_time_text(until, p)),
                                 p);
}

static const scim_sync_error_t *read_expiry(scim_sync_admin_t *q, apr_int64_t *expires)
{
    const scim_sync_error_t *error;
    const char *text = NULL;

    if ((error = scim_sync_admin_text(q, "expiresAt", &text)) || !text) {
        return error;
    }
    if (scim_sync_time_parse(expires, text) || *expires <= scim_sync_now()) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "expiresAt must be a time to come, such as 2027-11-22T12:00:00Z.");
    }
    return NULL;
}

static const scim_sync_error_t *read_overlap(scim_sync_admin_t *q, apr_int64_t *overlap)
{
    const json_t *number = json_object_get(q->body, "overlap");
    apr_int64_t seconds = number ? json_integer_value(number) : OVERLAP;

    *overlap = seconds * 1000;
    return (!number || json_is_integer(number)) && seconds >= 0 && seconds <= OVERLAP_MAX
               ? NULL
               : scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                                 "overlap must be a whole number of seconds, from 0 to %d.",
                                 OVERLAP_MAX);
}

/* unit: insert() or rotate() */
static int make(scim_sync_admin_t *q, change_t *c, scim_sync_unit_t *unit)
{
    const char *token = scim_sync_token_new(q->p);

    c->token.id = scim_sync_new_id(q->p);
    c->token.idp = q->name;
    c->token.hash = scim_sync_sha256(token, q->p);
    if (scim_sync_admin_changed(q, unit, c)) {
        return OK;
    }
    return scim_sync_admin_answer(
        q, HTTP_CREATED,
        scim_sync_json_own(json_pack("{s:s, s:s, s:o}", "id", c->token.id, "token", token,
                                     "expiresAt", scim_sync_admin_time(c->token.expires, q->p)),
                           q->p));
}

static int post(scim_sync_admin_t *q)
{
    static const char *const fields[] = { "expiresAt", NULL };
    const scim_sync_error_t *error;
    change_t c = { .q = q };

    if ((error = scim_sync_admin_only(q, fields)) || (error = read_expiry(q, &c.token.expires))) {
        return scim_sync_answer_error(q->r, error);
    }
    return make(q, &c, insert);
}

static int post_rotate(scim_sync_admin_t *q)
{
    static const char *const fields[] = { "expiresAt", "overlap", NULL };
    const scim_sync_error_t *error;
    change_t c = { .q = q };

    if (strcmp(scim_sync_method(q->r), "POST")) {
        return scim_sync_answer_method(q->r, "POST");
    }
    if ((error = scim_sync_admin_only(q, fields)) || (error = read_expiry(q, &c.token.expires)) ||
        (error = read_overlap(q, &c.overlap))) {
        return scim_sync_answer_error(q->r, error);
    }
    return make(q, &c, rotate);
}

static apr_status_t remove_token(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    int deleted;
    apr_status_t rv = scim_sync_token_revoke(db, c->q->name, c->q->item, c->q->actor, &deleted, p);

    if (rv == APR_SUCCESS && !deleted) {
        return scim_sync_admin_rollback(c->q, HTTP_NOT_FOUND, "There is no token %s of %s.",
                                        c->q->item, c->q->name);
    }
    return rv == APR_SUCCESS
               ? scim_sync_admin_event(db, c->q, "token.deleted", c->q->name, NULL, c->q->item, p)
               : rv;
}

int scim_sync_admin_tokens(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);
    change_t c = { .q = q };

    if (strcmp(q->part, "tokens")) {
        return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
    }
    if (q->item && !strcmp(q->item, "rotate")) {
        return post_rotate(q);
    }
    if (q->item) {
        if (strcmp(method, "DELETE")) {
            return scim_sync_answer_method(q->r, "DELETE");
        }
        return scim_sync_admin_changed(q, remove_token, &c)
                   ? OK
                   : scim_sync_answer(q->r, HTTP_NO_CONTENT, NULL, NULL);
    }
    if (!strcmp(method, "GET")) {
        return answer_list(q);
    }
    return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "GET, HEAD, POST") : post(q);
}

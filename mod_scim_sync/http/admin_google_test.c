/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/idps/{name}/google/test: whether what is needed of Google works now, from the access token
 * to the Directory's first page of users and of groups. Each needs another right of the
 * administrator's, and the API must be enabled: nothing of that is known before it is asked for.
 */
#include "base/json.h"
#include "google/directory.h"
#include "http/admin_google.h"
#include "sync/google_token.h"

/* How long an administrator waits for an access token that others may be asking for. */
#define PATIENCE apr_time_from_sec(5)

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_google_idp_t *google;
    scim_sync_google_token_t token;
} test_t;

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    test_t *t = baton;

    return scim_sync_admin_google_load(db, t->q, &t->google, p);
}

/* The first page of users, or of groups. */
static scim_sync_google_result_t ask_once(test_t *t, int groups, int *status)
{
    apr_pool_t *p = t->q->p;
    scim_sync_google_t directory = { .token = t->token.token };
    const scim_sync_google_choice_t everybody = { 0 };
    const scim_sync_answer_t *answer;
    scim_sync_google_page_t page;
    scim_sync_call_t call;

    directory.base_url = t->token.party.settings.directory;
    (groups ? scim_sync_google_groups : scim_sync_google_users)(&call, &directory, &everybody, NULL,
                                                                p);
    answer = scim_sync_google_ask(&t->q->runtime->transport, &call, p);
    *status = answer->status;
    return (groups ? scim_sync_google_read_groups : scim_sync_google_read_users)(answer, NULL,
                                                                                 &page, p);
}

/* A token that the Directory does not take is replaced, once. */
static json_t *ask(test_t *t, int groups)
{
    scim_sync_google_result_t result;
    int status = 0;

    result = ask_once(t, groups, &status);
    if (result.matter == SCIM_SYNC_GOOGLE_TOKEN) {
        scim_sync_google_token_get(&t->token, t->q->runtime, t->q->name, t->token.generation,
                                   PATIENCE, t->q->p);
        if (t->token.step == SCIM_SYNC_GOOGLE_TOKEN_HERE) {
            result = ask_once(t, groups, &status);
        }
        else {
            result.outcome.detail = t->token.detail;
        }
    }
    return json_pack("{s:b, s:i, s:s?}", "ok", result.matter == SCIM_SYNC_GOOGLE_FINE, "status",
                     status, "detail", result.outcome.detail);
}

int scim_sync_admin_google_test(scim_sync_admin_t *q)
{
    static const char *const nothing[] = { NULL };
    const scim_sync_error_t *error;
    test_t t = { .q = q };
    json_t *users = json_null();
    json_t *groups = json_null();
    int is_here;
    int ok;

    if (strcmp(scim_sync_method(q->r), "POST")) {
        return scim_sync_answer_method(q->r, "POST");
    }
    if ((error = scim_sync_admin_only(q, nothing))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load, &t)) {
        return OK;
    }
    scim_sync_google_token_get(&t.token, q->runtime, q->name, 0, PATIENCE, q->p);
    is_here = t.token.step == SCIM_SYNC_GOOGLE_TOKEN_HERE;
    if (is_here) {
        users = ask(&t, 0);
    }
    if (is_here && t.token.step == SCIM_SYNC_GOOGLE_TOKEN_HERE) {
        groups = ask(&t, 1);
    }
    ok = json_is_true(json_object_get(users, "ok")) && json_is_true(json_object_get(groups, "ok"));
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:b, s:s?, s:o, s:o}", "ok", ok,
                                                               "detail",
                                                               is_here ? NULL : t.token.detail,
                                                               "users", users, "groups", groups),
                                                     q->p));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_site_test.h"

#include <string.h>

#include <apr_strings.h>

#include "base/json.h"
#include "http/admin_jira.h"
#include "http/admin_organization.h"
#include "http/admin_sides.h"
#include "jira/servicedesk.h"

/* Of each call: somebody waits for the answer. */
#define TEST_TIMEOUT apr_time_from_sec(10)

/* The site's base URL with a classic token, the gateway with one that has scopes. */
typedef enum { KIND_UNKNOWN, KIND_CLASSIC, KIND_SCOPED } kind_t;

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_site_t *site;
    scim_sync_site_t *customers; /* its customers' side, or NULL */
    scim_sync_jira_t jira;
    kind_t kind;                 /* of the token, as far as it is accepted somewhere */
    const char *cloud_id;        /* as stored, or as the site said now */
    json_t *account;             /* whose it is; or null */
    json_t *missing;             /* scopes and permissions */
    scim_sync_outcome_t outcome; /* DONE, or what went wrong first */
} test_t;

const scim_sync_answer_t *scim_sync_admin_ask_jira(scim_sync_admin_t *q,
                                                   const scim_sync_call_t *call)
{
    scim_sync_transport_settings_t settings = q->runtime->transport;
    const scim_sync_answer_t *answer;

    settings.timeout = settings.timeout < TEST_TIMEOUT ? settings.timeout : TEST_TIMEOUT;
    scim_sync_transport_call(&answer, &settings, call, q->p);
    return answer;
}

static scim_sync_outcome_t learn_cloud_id(scim_sync_admin_t *q, const char **cloud_id,
                                          const char *base_url)
{
    scim_sync_call_t call;

    scim_sync_jira_tenant_info(&call, base_url, q->p);
    return scim_sync_jira_read_tenant_info(scim_sync_admin_ask_jira(q, &call), cloud_id, q->p);
}

const scim_sync_error_t *scim_sync_admin_ask_cloud_id(scim_sync_admin_t *q, const char **cloud_id,
                                                      const char *base_url)
{
    scim_sync_outcome_t outcome = learn_cloud_id(q, cloud_id, base_url);

    return outcome.verdict == SCIM_SYNC_DONE
               ? NULL
               : scim_sync_error(q->p, HTTP_CONFLICT, NULL,
                                 "A token with scopes needs the site's cloud id, and "
                                 "%s/_edge/tenant_info does not tell it (%s): try again, or give "
                                 "cloudId.",
                                 base_url, outcome.detail);
}

static json_t *account_json(const scim_sync_jira_account_t *account)
{
    return json_pack("{s:s, s:s?, s:s?}", "accountId", account->account_id, "displayName",
                     account->display_name, "email", account->email);
}

/* Whether the token is accepted at this base URL, from now on the one that is asked. */
static scim_sync_outcome_t ask_who(test_t *t, const char *base_url)
{
    scim_sync_jira_account_t account;
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;

    t->jira.base_url = base_url;
    scim_sync_jira_myself(&call, &t->jira, t->q->p);
    outcome = scim_sync_jira_read_myself(scim_sync_admin_ask_jira(t->q, &call), &account, t->q->p);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        t->account = scim_sync_json_own(account_json(&account), t->q->p);
    }
    return outcome;
}

/*
 * The site says the same 401 of a token with scopes as of a wrong one: the gateway tells them
 * apart.
 */
static void find_kind(test_t *t)
{
    scim_sync_outcome_t gateway;

    t->outcome = ask_who(t, t->site->base_url);
    if (t->outcome.verdict == SCIM_SYNC_DONE) {
        t->kind = KIND_CLASSIC;
        return;
    }
    if (!t->cloud_id &&
        (t->outcome.verdict != SCIM_SYNC_DENIED ||
         learn_cloud_id(t->q, &t->cloud_id, t->site->base_url).verdict != SCIM_SYNC_DONE)) {
        return;
    }
    gateway = ask_who(t, scim_sync_jira_api_url(t->site->base_url, t->site->gateway, t->cloud_id,
                                                t->q->p));
    if (gateway.verdict == SCIM_SYNC_DONE || scim_sync_jira_lacks_scope(&gateway)) {
        t->kind = KIND_SCOPED;
        t->outcome = gateway;
        return;
    }
    t->outcome.detail = apr_psprintf(t->q->p, "the site: %s; the gateway (%d): %s",
                                     t->outcome.detail, gateway.status, gateway.detail);
}

/* What a call lacked, which needs the scope or the permission; and whether it was the first. */
static void note(test_t *t, const scim_sync_outcome_t *outcome, const char *scope,
                 const char *permission)
{
    if (scim_sync_jira_lacks_scope(outcome)) {
        json_array_append_new(t->missing, json_string(scope));
    }
    else if (outcome->status == HTTP_FORBIDDEN) {
        json_array_append_new(t->missing, json_string(permission));
    }
    if (t->outcome.verdict == SCIM_SYNC_DONE) {
        t->outcome = *outcome;
    }
}

/*
 * Whether we may administer, and whether we see whom to leave alone; and, where there are customers,
 * the service desks.
 */
static void find_missing(test_t *t)
{
    scim_sync_outcome_t outcome;
    apr_array_header_t *list;
    scim_sync_call_t call;
    int last;

    if (t->outcome.verdict == SCIM_SYNC_DONE) {
        scim_sync_jira_admin_groups(&call, &t->jira, "site-admin", 0, t->q->p);
        outcome = scim_sync_jira_read_admin_groups(scim_sync_admin_ask_jira(t->q, &call), &list,
                                                   &last, t->q->p);
        note(t, &outcome, SCIM_SYNC_JIRA_SCOPE_READ, "Browse users and groups");
    }
    else {
        note(t, &t->outcome, SCIM_SYNC_JIRA_SCOPE_READ, "Browse users and groups");
    }
    scim_sync_jira_products(&call, &t->jira, t->q->p);
    outcome = scim_sync_jira_read_products(scim_sync_admin_ask_jira(t->q, &call), &list, t->q->p);
    note(t, &outcome, SCIM_SYNC_JIRA_SCOPE_MANAGE, "Administer Jira");
    if (t->customers) {
        scim_sync_jira_desks(&call, &t->jira, 0, t->q->p);
        outcome =
            scim_sync_jira_read_desks(scim_sync_admin_ask_jira(t->q, &call), &list, &last, t->q->p);
        note(t, &outcome, SCIM_SYNC_JIRA_SCOPE_DESK_READ, "access to Jira Service Management");
    }
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    test_t *t = baton;
    apr_status_t rv = scim_sync_site_load(db, &t->site, t->q->name, p);

    if (rv == APR_SUCCESS && !t->site) {
        return scim_sync_admin_rollback(t->q, HTTP_NOT_FOUND, "There is no site %s.", t->q->name);
    }
    return rv == APR_SUCCESS
               ? scim_sync_site_load(db, &t->customers,
                                     scim_sync_site_side(t->q->name, SCIM_SYNC_MODE_CUSTOMERS, p),
                                     p)
               : rv;
}

/* Unless the site was changed while Jira was asked: then that test was of something else. */
static apr_status_t store_kind(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    test_t *t = baton;
    scim_sync_site_t site = *t->site;
    scim_sync_site_t *now;
    const char *twin;
    apr_status_t rv;
    int created;
    int due;

    site.cloud_id = t->kind == KIND_SCOPED ? t->cloud_id : NULL;
    if ((rv = scim_sync_admin_hold_sides(db, site.name, p)) != APR_SUCCESS ||
        (rv = scim_sync_site_load(db, &now, site.name, p)) != APR_SUCCESS || !now ||
        now->version != site.version ||
        (rv = scim_sync_site_twin(db, &twin, &site, p)) != APR_SUCCESS) {
        return rv;
    }
    if (twin) {
        return scim_sync_admin_rollback(t->q, HTTP_CONFLICT,
                                        "The site %s is this Jira already: let the identity "
                                        "provider feed that one.",
                                        twin);
    }
    if ((rv = scim_sync_site_put(db, &site, &created, p)) != APR_SUCCESS ||
        (rv = scim_sync_admin_retry_sides(db, site.name, &due, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_admin_event(db, t->q, "site.changed", NULL, site.name,
                                 t->kind == KIND_SCOPED ? "the API token has scopes"
                                                        : "the API token is a classic one",
                                 p);
}

static int answer_test(const test_t *t)
{
    static const char *const kinds[] = { NULL, "classic", "scoped" };
    json_t *body =
        json_pack("{s:b, s:s?, s:s?, s:O, s:O, s:i, s:s?, s:O}", "ok",
                  t->outcome.verdict == SCIM_SYNC_DONE, "tokenKind", kinds[t->kind], "cloudId",
                  t->kind == KIND_SCOPED ? t->cloud_id : NULL, "account", t->account, "missing",
                  t->missing, "status", t->outcome.status, "detail", t->outcome.detail,
                  "organization", scim_sync_admin_organization_test(t->q, t->site));

    return scim_sync_admin_answer(t->q, HTTP_OK, scim_sync_json_own(body, t->q->p));
}

int scim_sync_admin_site_test(scim_sync_admin_t *q)
{
    static const char *const nothing[] = { NULL };
    test_t t = { .q = q, .account = json_null() };
    const scim_sync_error_t *error = scim_sync_admin_only(q, nothing);

    if (error) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_read(q, load, &t)) {
        return OK;
    }
    if ((error = scim_sync_admin_jira(q, t.site, &t.jira))) {
        return scim_sync_answer_error(q->r, error);
    }
    t.cloud_id = t.site->cloud_id;
    t.missing = scim_sync_json_own(json_array(), q->p);
    find_kind(&t);
    if (t.kind != KIND_UNKNOWN) {
        find_missing(&t);
        if ((t.kind == KIND_SCOPED) != (t.site->cloud_id != NULL) &&
            scim_sync_admin_changed(q, store_kind, &t)) {
            return OK;
        }
    }
    return answer_test(&t);
}

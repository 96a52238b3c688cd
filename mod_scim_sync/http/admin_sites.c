/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/sites: Jira Cloud sites, and who we are there.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin.h"
#include "jira/platform.h"
#include "store/held.h"
#include "store/lease.h"
#include "store/task.h"
#include "sync/protection.h"

#define TEST_TIMEOUT  apr_time_from_sec(10)
#define PROTECTED_MAX 1000

static const char *const products[] = { "jira-software", "jira-servicedesk", "jira-core",
                                        "jira-product-discovery", NULL };

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_site_t site;
    scim_sync_site_t *found;
    apr_array_header_t *all;
    const char *change; /* what a PUT changes, for its event */
    int created;
} change_t;

static json_t *site_json(const scim_sync_site_t *site, apr_pool_t *p)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:o}", "name", site->name, "baseUrl",
                     site->base_url, "email", site->email, "products",
                     json_loads(site->products, 0, NULL), "protectedGroups",
                     json_loads(site->protected_groups, 0, NULL), "hasApiToken", 1, "createdAt",
                     scim_sync_admin_time(site->created, p), "changedAt",
                     scim_sync_admin_time(site->changed, p));
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv = scim_sync_site_load(db, &c->found, c->q->name, p);

    return rv == APR_SUCCESS && !c->found
               ? scim_sync_admin_rollback(c->q, HTTP_NOT_FOUND, "There is no site %s.", c->q->name)
               : rv;
}

static apr_status_t list(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;

    return scim_sync_site_list(db, &c->all, p);
}

static int answer_list(scim_sync_admin_t *q)
{
    change_t c = { .q = q };
    json_t *sites;
    int i;

    if (scim_sync_admin_read(q, list, &c)) {
        return OK;
    }
    sites = json_array();
    for (i = 0; i < c.all->nelts; i++) {
        json_array_append_new(sites, site_json(APR_ARRAY_IDX(c.all, i, scim_sync_site_t *), q->p));
    }
    return scim_sync_admin_answer(q, HTTP_OK,
                                  scim_sync_json_own(json_pack("{s:o}", "sites", sites), q->p));
}

static int answer_one(scim_sync_admin_t *q, int status)
{
    change_t c = { .q = q };

    if (scim_sync_admin_read(q, load, &c)) {
        return OK;
    }
    return scim_sync_admin_answer(q, status, scim_sync_json_own(site_json(c.found, q->p), q->p));
}

/* ---- PUT ---- */

static int is_product(const char *name)
{
    int i;

    for (i = 0; products[i]; i++) {
        if (name && !strcmp(products[i], name)) {
            return 1;
        }
    }
    return 0;
}

static const scim_sync_error_t *read_products(scim_sync_admin_t *q, const char **text)
{
    const json_t *list_ = json_object_get(q->body, "products");
    apr_size_t i;

    if (!list_ || json_is_null(list_)) {
        return NULL;
    }
    for (i = 0; i < json_array_size(list_); i++) {
        if (!is_product(json_string_value(json_array_get(list_, i)))) {
            break;
        }
    }
    if (!json_is_array(list_) || i < json_array_size(list_)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "products must be a list of jira-software, jira-servicedesk, "
                               "jira-core, jira-product-discovery.");
    }
    *text = scim_sync_json_text(list_, NULL, q->p);
    return NULL;
}

static const scim_sync_error_t *read_protected(scim_sync_admin_t *q, const char **text)
{
    const json_t *list_ = json_object_get(q->body, "protectedGroups");
    apr_size_t i;

    if (!list_ || json_is_null(list_)) {
        return NULL;
    }
    for (i = 0; i < json_array_size(list_); i++) {
        if (!scim_sync_protection_is_pattern(json_string_value(json_array_get(list_, i)))) {
            break;
        }
    }
    if (!json_is_array(list_) || i < json_array_size(list_) || i > PROTECTED_MAX) {
        return scim_sync_error(
            q->p, HTTP_BAD_REQUEST, NULL,
            "protectedGroups must be a list of names of groups, %d at most, of "
            "255 bytes at most, with * at the beginning or the end for anything.",
            PROTECTED_MAX);
    }
    *text = scim_sync_json_text(list_, NULL, q->p);
    return NULL;
}

static const scim_sync_error_t *seal_token(scim_sync_admin_t *q, const char *token,
                                           const char **sealed)
{
    const char *context = apr_psprintf(q->p, "site/%s/apiToken", q->name);

    if (!q->runtime->keys) {
        return scim_sync_error(q->p, HTTP_CONFLICT, NULL,
                               "Secrets are stored encrypted: set ScimSyncKeyFile first.");
    }
    return scim_sync_secret_seal(sealed, q->runtime->keys, token, context, q->p)
               ? scim_sync_error(q->p, HTTP_INTERNAL_SERVER_ERROR, NULL,
                                 "The token could not be encrypted.")
               : NULL;
}

static const scim_sync_error_t *read_site(scim_sync_admin_t *q, scim_sync_site_t *site)
{
    static const char *const fields[] = { "baseUrl",  "email",           "apiToken",
                                          "products", "protectedGroups", NULL };
    const scim_sync_error_t *error;
    const char *url = NULL;
    const char *token = NULL;
    const char *why;

    site->name = q->name;
    if ((error = scim_sync_admin_only(q, fields)) ||
        (error = scim_sync_admin_text(q, "baseUrl", &url)) ||
        (error = scim_sync_admin_text(q, "email", &site->email)) ||
        (error = scim_sync_admin_text(q, "apiToken", &token)) ||
        (error = read_products(q, &site->products)) ||
        (error = read_protected(q, &site->protected_groups))) {
        return error;
    }
    if (!scim_sync_name_is_valid(q->name)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "A site's name is made of a-z, 0-9, dot and -, 64 at most, and "
                               "begins with a letter or digit.");
    }
    if (site->email && (!scim_sync_is_email(site->email) || strchr(site->email, ':'))) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "email must be the e-mail address of the token's owner.");
    }
    if (token && token[strcspn(token, " \t\r\n")]) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "apiToken holds a blank or a line's end: copy the token alone.");
    }
    if (url && scim_sync_jira_check_url(&site->base_url, url, &why, q->p)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "baseUrl: %s.", why);
    }
    return token && *token ? seal_token(q, token, &site->api_token) : NULL;
}

/*
 * Another address may be another Jira, in which the accounts and groups that are recorded here are
 * nobody's or somebody else's.
 */
static apr_status_t check_move(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    const char *same = apr_table_get(c->q->query, "sameJira");
    apr_status_t rv;
    int any;

    if (same && !strcmp(same, "true")) {
        return APR_SUCCESS;
    }
    rv = scim_sync_held_any(db, &any, c->site.name, p);
    return rv == APR_SUCCESS && any
               ? scim_sync_admin_rollback(
                     c->q, HTTP_CONFLICT,
                     "Accounts and groups of another baseUrl are recorded for this site. If it is "
                     "the same Jira under a new address, repeat with ?sameJira=true; if not, make "
                     "another site.")
               : rv;
}

/* Two sites of one Jira would each take the other's memberships for somebody else's. */
static apr_status_t check_twin(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    apr_array_header_t *sites;
    apr_status_t rv = scim_sync_site_list(db, &sites, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && c->site.base_url && i < sites->nelts; i++) {
        const scim_sync_site_t *other = APR_ARRAY_IDX(sites, i, scim_sync_site_t *);

        if (!strcmp(other->base_url, c->site.base_url) && strcmp(other->name, c->site.name)) {
            return scim_sync_admin_rollback(c->q, HTTP_CONFLICT,
                                            "The site %s is this Jira already: let the identity "
                                            "provider feed that one.",
                                            other->name);
        }
    }
    return rv;
}

/* What an event shows of it, before and after: of a token only that there is a new one. */
static const json_t *settings(const scim_sync_site_t *site, int new_token, apr_pool_t *p)
{
    json_t *shown = json_pack("{s:s, s:s, s:o?}", "baseUrl", site->base_url, "email", site->email,
                              "products", json_loads(site->products, 0, NULL));

    scim_sync_json_put(shown, "apiToken", new_token ? "stored anew" : NULL);
    return scim_sync_json_own(shown, p);
}

/* What a body leaves out stays as it was; a new site needs all but the products. */
static apr_status_t complete(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    scim_sync_site_t *site = &c->site;
    scim_sync_site_t *old;
    apr_status_t rv;

    if ((rv = scim_sync_site_load(db, &old, site->name, p)) != APR_SUCCESS ||
        (rv = check_twin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!old && (!site->base_url || !site->email || !site->api_token)) {
        return scim_sync_admin_rollback(c->q, HTTP_BAD_REQUEST,
                                        "A new site needs baseUrl, email and apiToken.");
    }
    if (old && site->base_url && strcmp(site->base_url, old->base_url) &&
        (rv = check_move(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    if (old) {
        site->base_url = site->base_url ? site->base_url : old->base_url;
        site->email = site->email ? site->email : old->email;
        site->products = site->products ? site->products : old->products;
    }
    site->products = site->products ? site->products : "[\"jira-software\"]";
    c->change = scim_sync_event_change(old ? settings(old, 0, p) : NULL,
                                       settings(site, site->api_token != NULL, p), p);
    return APR_SUCCESS;
}

static apr_status_t store(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv;

    if ((rv = scim_sync_lease_hold(db, c->site.name, p)) != APR_SUCCESS ||
        (rv = complete(db, c, p)) != APR_SUCCESS ||
        (rv = scim_sync_site_put(db, &c->site, &c->created, p)) != APR_SUCCESS ||
        (rv = scim_sync_task_retry_site(db, c->site.name, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_admin_tell(db, c->q,
                                (scim_sync_event_t) { .kind = c->created ? "site.created"
                                                                         : "site.changed",
                                                      .site = c->site.name,
                                                      .change = c->change },
                                p);
}

static int put(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;
    change_t c = { .q = q };

    if ((error = read_site(q, &c.site))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (scim_sync_admin_changed(q, store, &c)) {
        return OK;
    }
    return answer_one(q, c.created ? HTTP_CREATED : HTTP_OK);
}

/* ---- DELETE ---- */

static apr_status_t remove_site(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    int deleted;
    int used;
    apr_status_t rv = scim_sync_site_delete(db, c->q->name, &deleted, &used, p);

    if (rv == APR_SUCCESS && used) {
        return scim_sync_admin_rollback(c->q, HTTP_CONFLICT,
                                        "Identity providers feed this site: delete them first.");
    }
    if (rv == APR_SUCCESS && !deleted) {
        return scim_sync_admin_rollback(c->q, HTTP_NOT_FOUND, "There is no site %s.", c->q->name);
    }
    return rv == APR_SUCCESS
               ? scim_sync_admin_event(db, c->q, "site.deleted", NULL, c->q->name, NULL, p)
               : rv;
}

/* ---- test ---- */

static const char *open_token(scim_sync_admin_t *q, const scim_sync_site_t *site)
{
    const char *context = apr_psprintf(q->p, "site/%s/apiToken", site->name);
    const char *token;

    return q->runtime->keys && scim_sync_secret_open(&token, q->runtime->keys, site->api_token,
                                                     context, q->p) == APR_SUCCESS
               ? token
               : NULL;
}

static json_t *account_json(const scim_sync_jira_account_t *account)
{
    return json_pack("{s:s, s:s?, s:s?}", "accountId", account->account_id, "displayName",
                     account->display_name, "email", account->email);
}

/* Three calls: who we are, whether we may administer, and whether we see whom to leave alone. */
static json_t *try_out(scim_sync_admin_t *q, const scim_sync_jira_t *jira)
{
    scim_sync_transport_settings_t settings = q->runtime->transport;
    const scim_sync_answer_t *answer;
    scim_sync_jira_account_t account;
    apr_array_header_t *list_;
    scim_sync_outcome_t outcome;
    scim_sync_call_t call;
    int last;
    json_t *who = json_null();

    /* Somebody waits for the answer. */
    settings.timeout = settings.timeout < TEST_TIMEOUT ? settings.timeout : TEST_TIMEOUT;
    scim_sync_jira_myself(&call, jira, q->p);
    scim_sync_transport_call(&answer, &settings, &call, q->p);
    outcome = scim_sync_jira_read_myself(answer, &account, q->p);
    if (outcome.verdict == SCIM_SYNC_DONE) {
        who = account_json(&account);
        scim_sync_jira_products(&call, jira, q->p);
        scim_sync_transport_call(&answer, &settings, &call, q->p);
        outcome = scim_sync_jira_read_products(answer, &list_, q->p);
    }
    if (outcome.verdict == SCIM_SYNC_DONE) {
        scim_sync_jira_admin_groups(&call, jira, "site-admin", 0, q->p);
        scim_sync_transport_call(&answer, &settings, &call, q->p);
        outcome = scim_sync_jira_read_admin_groups(answer, &list_, &last, q->p);
    }
    return json_pack("{s:b, s:o, s:i, s:s?}", "ok", outcome.verdict == SCIM_SYNC_DONE, "account",
                     who, "status", outcome.status, "detail", outcome.detail);
}

static int test(scim_sync_admin_t *q)
{
    change_t c = { .q = q };
    scim_sync_jira_t jira;

    if (scim_sync_admin_read(q, load, &c)) {
        return OK;
    }
    jira.name = c.found->name;
    jira.base_url = c.found->base_url;
    jira.email = c.found->email;
    if (!(jira.api_token = open_token(q, c.found))) {
        return scim_sync_admin_refuse(q, HTTP_CONFLICT,
                                      "The API token can't be decrypted: ScimSyncKeyFile no longer "
                                      "holds its key. Store the token anew.");
    }
    return scim_sync_admin_answer(q, HTTP_OK, scim_sync_json_own(try_out(q, &jira), q->p));
}

int scim_sync_admin_sites(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);
    change_t c = { .q = q };

    if (!q->name) {
        return strcmp(method, "GET") ? scim_sync_answer_method(q->r, "GET, HEAD") : answer_list(q);
    }
    if (q->part) {
        if (strcmp(q->part, "test") || q->item) {
            return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
        }
        return strcmp(method, "POST") ? scim_sync_answer_method(q->r, "POST") : test(q);
    }
    if (!strcmp(method, "GET")) {
        return answer_one(q, HTTP_OK);
    }
    if (!strcmp(method, "PUT")) {
        return put(q);
    }
    if (!strcmp(method, "DELETE")) {
        return scim_sync_admin_changed(q, remove_site, &c)
                   ? OK
                   : scim_sync_answer(q->r, HTTP_NO_CONTENT, NULL, NULL);
    }
    return scim_sync_answer_method(q->r, "GET, HEAD, PUT, DELETE");
}

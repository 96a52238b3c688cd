/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/sites: Jira Cloud sites, and who we are there.
 */
#include <apr_strings.h>

#include "base/json.h"
#include "base/text.h"
#include "http/admin_expiry.h"
#include "http/admin_organization.h"
#include "http/admin_sides.h"
#include "http/admin_site_test.h"
#include "http/admin_sites.h"
#include "http/admin_version.h"
#include "jira/platform.h"
#include "sync/protection.h"
#include "sync/rules.h"

#define PROTECTED_MAX 1000
/* API tokens live for a year at most; a day more for clocks and zones. */
#define TOKEN_LIFE_MAX (APR_INT64_C(367) * 24 * 3600 * 1000)

typedef struct {
    scim_sync_admin_t *q;
    scim_sync_site_t site;
    const char *kind; /* of the token: "classic", "scoped", or NULL: as it was */
    int gateway_told; /* the body says which gateway, */
    int expiry_told;  /* and when the token ends, */
    int org_told;     /* and the organization */
    scim_sync_site_t *found;
    scim_sync_site_t *customers; /* the customers' side of it, or NULL */
    apr_array_header_t *all;     /* with their sides */
    const char *change;          /* what a PUT changes, for its event */
    int is_same;                 /* it changes nothing */
    int created;
} change_t;

static json_t *site_json(const scim_sync_site_t *site, int customers, apr_pool_t *p)
{
    return json_pack("{s:s, s:b, s:s, s:s, s:o, s:o, s:b, s:s, s:s?, s:s?, s:o, s:o, s:o, s:o, "
                     "s:o}",
                     "name", site->name, "customers", customers, "baseUrl", site->base_url, "email",
                     site->email, "products", json_loads(site->products, 0, NULL),
                     "protectedGroups", json_loads(site->protected_groups, 0, NULL), "hasApiToken",
                     1, "tokenKind", site->cloud_id ? "scoped" : "classic", "cloudId",
                     site->cloud_id, "gatewayUrl", site->gateway, "organization",
                     scim_sync_admin_organization_json(site), "apiTokenExpires",
                     scim_sync_admin_time(site->token_expires, p), "expiresIn",
                     scim_sync_admin_expires_in(site->token_expires), "createdAt",
                     scim_sync_admin_time(site->created, p), "changedAt",
                     scim_sync_admin_time(site->changed, p));
}

static scim_sync_admin_version_t version_of(const scim_sync_site_t *site)
{
    return (scim_sync_admin_version_t) { site->created, site->version };
}

/* old: what is there, or NULL. */
static apr_status_t expect(const change_t *c, const scim_sync_site_t *old)
{
    scim_sync_admin_version_t version;

    if (old) {
        version = version_of(old);
    }
    return scim_sync_admin_expect(c->q, old ? &version : NULL);
}

static apr_status_t load(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv = scim_sync_site_load(db, &c->found, c->q->name, p);

    if (rv == APR_SUCCESS && !c->found) {
        return scim_sync_admin_rollback(c->q, HTTP_NOT_FOUND, "There is no site %s.", c->q->name);
    }
    return rv == APR_SUCCESS
               ? scim_sync_site_load(db, &c->customers,
                                     scim_sync_site_side(c->q->name, SCIM_SYNC_MODE_CUSTOMERS, p),
                                     p)
               : rv;
}

static apr_status_t list(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;

    return scim_sync_site_list(db, &c->all, p);
}

static int has_customers(const apr_array_header_t *all, const char *name)
{
    int i;

    for (i = 0; i < all->nelts; i++) {
        const scim_sync_site_t *side = APR_ARRAY_IDX(all, i, const scim_sync_site_t *);

        if (side->of && !strcmp(side->of, name)) {
            return 1;
        }
    }
    return 0;
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
        const scim_sync_site_t *site = APR_ARRAY_IDX(c.all, i, scim_sync_site_t *);

        if (!site->of) {
            json_array_append_new(sites, site_json(site, has_customers(c.all, site->name), q->p));
        }
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
    scim_sync_admin_tag(q, version_of(c.found));
    return scim_sync_admin_answer(
        q, status, scim_sync_json_own(site_json(c.found, c.customers != NULL, q->p), q->p));
}

/* ---- PUT ---- */

static const scim_sync_error_t *read_products(scim_sync_admin_t *q, const char **text)
{
    const json_t *list_ = json_object_get(q->body, "products");
    apr_size_t i;

    if (!list_ || json_is_null(list_)) {
        return NULL;
    }
    for (i = 0; i < json_array_size(list_); i++) {
        if (!scim_sync_is_product(json_string_value(json_array_get(list_, i)))) {
            break;
        }
    }
    if (!json_is_array(list_) || i < json_array_size(list_)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "products must be a list of " SCIM_SYNC_PRODUCTS ".");
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

/* Which kind of token it is, and where one with scopes is accepted. */
static const scim_sync_error_t *read_kind(change_t *c)
{
    scim_sync_admin_t *q = c->q;
    const scim_sync_error_t *error;
    const char *url = NULL;
    const char *why;

    if ((error = scim_sync_admin_text(q, "tokenKind", &c->kind)) ||
        (error = scim_sync_admin_text(q, "cloudId", &c->site.cloud_id)) ||
        (error = scim_sync_admin_text(q, "gatewayUrl", &url))) {
        return error;
    }
    if (c->kind && strcmp(c->kind, "classic") && strcmp(c->kind, "scoped")) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "tokenKind must be classic or scoped.");
    }
    if (c->site.cloud_id &&
        (!c->kind || strcmp(c->kind, "scoped") || !scim_sync_jira_is_cloud_id(c->site.cloud_id))) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL,
                               "cloudId is made of letters, digits and -, and goes with tokenKind "
                               "scoped.");
    }
    if (url && scim_sync_jira_check_url(&c->site.gateway, url, &why, q->p)) {
        return scim_sync_error(q->p, HTTP_BAD_REQUEST, NULL, "gatewayUrl: %s.", why);
    }
    c->gateway_told = json_object_get(q->body, "gatewayUrl") != NULL;
    return NULL;
}

static const scim_sync_error_t *read_expiry(change_t *c)
{
    apr_int64_t *expires = &c->site.token_expires;
    apr_int64_t now = scim_sync_now();
    const scim_sync_error_t *error;
    const char *text = NULL;

    c->expiry_told = json_object_get(c->q->body, "apiTokenExpires") != NULL;
    if ((error = scim_sync_admin_text(c->q, "apiTokenExpires", &text)) || !text) {
        return error;
    }
    if (scim_sync_time_parse(expires, text) || *expires <= now || *expires > now + TOKEN_LIFE_MAX) {
        return scim_sync_error(c->q->p, HTTP_BAD_REQUEST, NULL,
                               "apiTokenExpires must be a time to come within a year, such as "
                               "2027-11-22T12:00:00Z.");
    }
    return NULL;
}

static const scim_sync_error_t *read_site(change_t *c)
{
    static const char *const fields[] = {
        "baseUrl",         "email",        "apiToken", "products",
        "protectedGroups", "tokenKind",    "cloudId",  "gatewayUrl",
        "apiTokenExpires", "organization", NULL
    };
    scim_sync_admin_t *q = c->q;
    scim_sync_site_t *site = &c->site;
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
        (error = read_protected(q, &site->protected_groups)) || (error = read_kind(c)) ||
        (error = read_expiry(c)) ||
        (error = scim_sync_admin_organization_read(q, site, &c->org_told))) {
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
static apr_status_t check_move(scim_sync_db_t *db, change_t *c, const scim_sync_site_t *old,
                               apr_pool_t *p)
{
    const char *same = apr_table_get(c->q->query, "sameJira");
    int other_cloud =
        old->cloud_id && c->site.cloud_id && strcmp(old->cloud_id, c->site.cloud_id) != 0;
    apr_status_t rv;
    int any;

    if (!other_cloud &&
        (!strcmp(c->site.base_url, old->base_url) || (same && !strcmp(same, "true")))) {
        return APR_SUCCESS;
    }
    rv = scim_sync_admin_any_of_sides(db, &any, c->site.name, p);
    return rv == APR_SUCCESS && any
               ? scim_sync_admin_rollback(
                     c->q, HTTP_CONFLICT,
                     other_cloud ? "Accounts and groups of another cloudId are recorded for this "
                                   "site: make another site."
                                 : "Accounts and groups of another baseUrl are recorded for this "
                                   "site. If it is the same Jira under a new address, repeat with "
                                   "?sameJira=true; if not, make another site.")
               : rv;
}

/* Two sites of one Jira would each take the other's memberships for somebody else's. */
static apr_status_t check_twin(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    const char *twin;
    apr_status_t rv = scim_sync_site_twin(db, &twin, &c->site, p);

    return rv == APR_SUCCESS && twin
               ? scim_sync_admin_rollback(c->q, HTTP_CONFLICT,
                                          "The site %s is this Jira already: let the identity "
                                          "provider feed that one.",
                                          twin)
               : rv;
}

/* JSON arrays as text: the old one, unless the new one says something else than another order. */
static const char *keep_list(const char *new, const char *old, apr_pool_t *p)
{
    return new && !scim_sync_list_same(scim_sync_json_texts(new, p), scim_sync_json_texts(old, p),
                                       p)
               ? new
               : old;
}

/* When an old token ends says nothing of a new one. */
static void keep_old(change_t *c, const scim_sync_site_t *old, apr_pool_t *p)
{
    scim_sync_site_t *site = &c->site;

    site->base_url = site->base_url ? site->base_url : old->base_url;
    site->email = site->email ? site->email : old->email;
    site->products = keep_list(site->products, old->products, p);
    site->protected_groups = keep_list(site->protected_groups, old->protected_groups, p);
    site->gateway = c->gateway_told ? site->gateway : old->gateway;
    if (!c->org_told) {
        site->org_id = old->org_id;
        site->org_key = old->org_key;
        site->org_url = old->org_url;
    }
    if (!c->expiry_told && !site->api_token) {
        site->token_expires = old->token_expires;
    }
    /* A test may have found out the kind since learn_cloud_id() looked. */
    if (!c->kind && !site->cloud_id && !strcmp(site->base_url, old->base_url)) {
        site->cloud_id = old->cloud_id;
    }
}

/* What an event shows of it, before and after: of a secret only that there is a new one. */
static const json_t *settings(const scim_sync_site_t *site, int new_token, int new_key,
                              apr_pool_t *p)
{
    json_t *shown =
        json_pack("{s:s, s:s, s:o?, s:o?, s:s}", "baseUrl", site->base_url, "email", site->email,
                  "products", json_loads(site->products, 0, NULL), "protectedGroups",
                  json_loads(site->protected_groups ? site->protected_groups : "[]", 0, NULL),
                  "tokenKind", site->cloud_id ? "scoped" : "classic");

    scim_sync_json_put(shown, "apiToken", new_token ? "stored anew" : NULL);
    scim_sync_json_put(shown, "apiTokenExpires",
                       site->token_expires ? scim_sync_time_text(site->token_expires, p) : NULL);
    scim_sync_json_put(shown, "cloudId", site->cloud_id);
    scim_sync_json_put(shown, "gatewayUrl", site->gateway);
    scim_sync_json_put(shown, "organization", site->org_id);
    scim_sync_json_put(shown, "organization.apiKey", new_key ? "stored anew" : NULL);
    scim_sync_json_put(shown, "organization.url", site->org_url);
    return scim_sync_json_own(shown, p);
}

static int equal(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

/* Once keep_old() has completed it. A token that is told is another one, since nobody compares it. */
static int is_same(const scim_sync_site_t *site, const scim_sync_site_t *old)
{
    return !site->api_token && equal(site->base_url, old->base_url) &&
           equal(site->email, old->email) && equal(site->products, old->products) &&
           equal(site->protected_groups, old->protected_groups) &&
           equal(site->cloud_id, old->cloud_id) && equal(site->gateway, old->gateway) &&
           site->token_expires == old->token_expires && equal(site->org_id, old->org_id) &&
           equal(site->org_key, old->org_key) && equal(site->org_url, old->org_url);
}

/* What a body leaves out stays as it was; a new site needs all but the products. */
static apr_status_t complete(scim_sync_db_t *db, change_t *c, apr_pool_t *p)
{
    scim_sync_site_t *site = &c->site;
    scim_sync_site_t *old;
    apr_status_t rv;

    if ((rv = scim_sync_site_load(db, &old, site->name, p)) != APR_SUCCESS ||
        (rv = expect(c, old)) != APR_SUCCESS || (rv = check_twin(db, c, p)) != APR_SUCCESS) {
        return rv;
    }
    if (!old && (!site->base_url || !site->email || !site->api_token)) {
        return scim_sync_admin_rollback(c->q, HTTP_BAD_REQUEST,
                                        "A new site needs baseUrl, email and apiToken.");
    }
    if (old) {
        keep_old(c, old, p);
        rv = check_move(db, c, old, p);
    }
    c->is_same = old && is_same(site, old);
    site->products = site->products ? site->products : "[\"jira-software\"]";
    c->change = scim_sync_event_change(
        old ? settings(old, 0, 0, p) : NULL,
        settings(site, site->api_token != NULL, c->org_told && site->org_key != NULL, p), p);
    return rv;
}

static apr_status_t store(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;
    apr_status_t rv;
    int due;

    if ((rv = scim_sync_admin_hold_sides(db, c->site.name, p)) != APR_SUCCESS ||
        (rv = complete(db, c, p)) != APR_SUCCESS ||
        (rv = scim_sync_admin_retry_sides(db, c->site.name, &due, p)) != APR_SUCCESS) {
        return rv;
    }
    if (c->is_same) {
        return due ? scim_sync_admin_event(db, c->q, "task.retried", NULL, c->site.name,
                                           scim_sync_count_text(due, "task", "tasks", p), p)
                   : APR_SUCCESS;
    }
    if ((rv = scim_sync_site_put(db, &c->site, &c->created, p)) != APR_SUCCESS) {
        return rv;
    }
    return scim_sync_admin_tell(db, c->q,
                                (scim_sync_event_t) { .kind = c->created ? "site.created"
                                                                         : "site.changed",
                                                      .site = c->site.name,
                                                      .change = c->change },
                                p);
}

static apr_status_t load_old(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    change_t *c = baton;

    return scim_sync_site_load(db, &c->found, c->site.name, p);
}

/*
 * A token with scopes needs the site's cloud id. It is asked for, outside of the transaction,
 * unless it was told, or is known of this base URL. Returns 1 when it has answered why that is not
 * possible.
 */
static int learn_cloud_id(change_t *c)
{
    scim_sync_admin_t *q = c->q;
    const scim_sync_error_t *error;
    const char *base_url;
    const char *known;

    if (c->site.cloud_id || (c->kind && strcmp(c->kind, "scoped"))) {
        return 0;
    }
    if (scim_sync_admin_read(q, load_old, c)) {
        return 1;
    }
    base_url = c->site.base_url ? c->site.base_url : c->found ? c->found->base_url : NULL;
    known = c->found ? c->found->cloud_id : NULL;
    if (!base_url || (!c->kind && !known)) {
        return 0;
    }
    if (known && !strcmp(base_url, c->found->base_url)) {
        c->site.cloud_id = known;
        return 0;
    }
    error = scim_sync_admin_ask_cloud_id(q, &c->site.cloud_id, base_url);
    return error ? (scim_sync_answer_error(q->r, error), 1) : 0;
}

static int put(scim_sync_admin_t *q)
{
    const scim_sync_error_t *error;
    change_t c = { .q = q };

    if ((error = read_site(&c))) {
        return scim_sync_answer_error(q->r, error);
    }
    if (learn_cloud_id(&c) || scim_sync_admin_changed(q, store, &c)) {
        return OK;
    }
    return answer_one(q, c.created ? HTTP_CREATED : HTTP_OK);
}

/* ---- DELETE ---- */

static apr_status_t remove_site(scim_sync_db_t *db, void *baton, apr_pool_t *p)
{
    const char *idps;
    change_t *c = baton;
    int deleted = 0;
    int used = 0;
    apr_status_t rv = scim_sync_admin_hold_sides(db, c->q->name, p);

    if (rv == APR_SUCCESS) {
        rv = scim_sync_site_load(db, &c->found, c->q->name, p);
    }
    if (rv == APR_SUCCESS && c->found && (rv = expect(c, c->found)) == APR_SUCCESS) {
        rv = scim_sync_site_delete(db, c->q->name, &deleted, &used, p);
    }
    if (rv == APR_SUCCESS && used &&
        (rv = scim_sync_admin_feeders(db, &idps, c->q->name, p)) == APR_SUCCESS) {
        return scim_sync_admin_rollback(c->q, HTTP_CONFLICT,
                                        "Identity providers feed this site: delete them first, or "
                                        "take it from their sites: %s.",
                                        idps);
    }
    if (rv == APR_SUCCESS && !deleted) {
        return scim_sync_admin_rollback(c->q, HTTP_NOT_FOUND, "There is no site %s.", c->q->name);
    }
    return rv == APR_SUCCESS
               ? scim_sync_admin_event(db, c->q, "site.deleted", NULL, c->q->name, NULL, p)
               : rv;
}

static int serve_part(scim_sync_admin_t *q, const char *method)
{
    static const struct {
        const char *part;
        const char *item;
        const char *method;
        const char *allow;
        int (*serve)(scim_sync_admin_t *q);
    } parts[] = { { "test", NULL, "POST", "POST", scim_sync_admin_site_test },
                  { "groups", NULL, "GET", "GET, HEAD", scim_sync_admin_site_groups },
                  { "groups", "preview", "POST", "POST", scim_sync_admin_preview },
                  { "conflicts", NULL, "GET", "GET, HEAD", scim_sync_admin_conflicts } };
    apr_size_t i;

    if (!strcmp(q->part, "reconcile") && !q->item) {
        return scim_sync_admin_reconcile(q);
    }
    for (i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
        if (!strcmp(q->part, parts[i].part) && !q->item == !parts[i].item &&
            (!q->item || !strcmp(q->item, parts[i].item))) {
            return strcmp(method, parts[i].method) ? scim_sync_answer_method(q->r, parts[i].allow)
                                                   : parts[i].serve(q);
        }
    }
    return scim_sync_admin_refuse(q, HTTP_NOT_FOUND, "There is nothing at this address.");
}

int scim_sync_admin_sites(scim_sync_admin_t *q)
{
    const char *method = scim_sync_method(q->r);
    change_t c = { .q = q };

    if (q->name && scim_sync_admin_is_side(q->name) && (!q->part || !strcmp(q->part, "test"))) {
        return scim_sync_admin_refuse_side(q);
    }
    if (q->part) {
        return serve_part(q, method);
    }
    if (!q->name) {
        return strcmp(method, "GET") ? scim_sync_answer_method(q->r, "GET, HEAD") : answer_list(q);
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

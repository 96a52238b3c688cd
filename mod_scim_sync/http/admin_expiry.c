/* SPDX-License-Identifier: Apache-2.0 */
#include "http/admin_expiry.h"

#include "base/json.h"
#include "base/text.h"
#include "http/admin.h"
#include "store/google.h"
#include "sync/expiry.h"

json_t *scim_sync_admin_expires_in(apr_int64_t expires)
{
    apr_int64_t left = expires - scim_sync_now();

    return expires ? json_integer(left > 0 ? (json_int_t)(left / 1000) : 0) : json_null();
}

static const char *state_of(apr_int64_t expires)
{
    apr_int64_t next;

    if (!expires) {
        return "not told";
    }
    switch (scim_sync_expiry_of(expires, scim_sync_now(), &next)) {
    case SCIM_SYNC_EXPIRY_NONE:
        return "valid";
    case SCIM_SYNC_EXPIRY_OVER:
        return "expired";
    default:
        return "expires soon";
    }
}

static json_t *expiry_json(const char *site, const char *idp, const char *id, apr_int64_t expires,
                           apr_pool_t *p)
{
    return json_pack("{s:s?, s:s?, s:s?, s:s, s:o, s:o}", "site", site, "idp", idp, "id", id,
                     "state", state_of(expires), "expiresAt", scim_sync_admin_time(expires, p),
                     "expiresIn", scim_sync_admin_expires_in(expires));
}

static apr_status_t add_google(scim_sync_db_t *db, json_t *list, apr_pool_t *p)
{
    apr_array_header_t *ending;
    apr_status_t rv = scim_sync_google_list_ending(db, &ending, p);
    int i;

    for (i = 0; rv == APR_SUCCESS && i < ending->nelts; i++) {
        const scim_sync_google_idp_t *google = APR_ARRAY_IDX(ending, i, scim_sync_google_idp_t *);

        json_array_append_new(list, expiry_json(NULL, google->idp, NULL, google->refresh_until, p));
    }
    return rv;
}

apr_status_t scim_sync_admin_load_expiries(scim_sync_db_t *db, json_t **list, apr_pool_t *p)
{
    apr_array_header_t *sites;
    apr_array_header_t *tokens;
    apr_status_t rv;
    int i;

    if ((rv = scim_sync_site_list(db, &sites, p)) != APR_SUCCESS ||
        (rv = scim_sync_token_list(db, &tokens, NULL, p)) != APR_SUCCESS) {
        return rv;
    }
    *list = scim_sync_json_own(json_array(), p);
    for (i = 0; i < sites->nelts; i++) {
        const scim_sync_site_t *site = APR_ARRAY_IDX(sites, i, scim_sync_site_t *);

        if (!site->of) {
            json_array_append_new(*list,
                                  expiry_json(site->name, NULL, NULL, site->token_expires, p));
        }
    }
    for (i = 0; i < tokens->nelts; i++) {
        const scim_sync_token_t *token = APR_ARRAY_IDX(tokens, i, scim_sync_token_t *);

        /* Who put another one in its place knows. */
        if (token->expires && !token->replaced_by) {
            json_array_append_new(*list,
                                  expiry_json(NULL, token->idp, token->id, token->expires, p));
        }
    }
    return add_google(db, *list, p);
}

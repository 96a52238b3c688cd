/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the browser is sent to Google, and how tokens are asked for and revoked.
 */
#include "google/oauth.h"

#include <string.h>

#include <apr_strings.h>

#include "base/text.h"

/* Who connects is asked for beside the two scopes: neither of these needs Google's approval. */
#define ASKED "openid email " SCIM_SYNC_GOOGLE_SCOPES

typedef struct {
    const char *name;
    const char *value; /* NULL: it is left out */
} field_t;

/* "name=value&name=value", encoded (RFC 6749 appendix B; a blank may be %20 as well). */
static const char *form_of(const field_t *fields, size_t count, apr_pool_t *p)
{
    const char *form = "";

    for (size_t i = 0; i < count; i++) {
        if (fields[i].value != NULL) {
            form = apr_pstrcat(p, form, *form != '\0' ? "&" : "", fields[i].name, "=",
                               scim_sync_url_encode(fields[i].value, p), NULL);
        }
    }
    return form;
}

static void post(scim_sync_call_t *call, const char *endpoint, const char *url,
                 const field_t *fields, size_t count, apr_pool_t *p)
{
    memset(call, 0, sizeof *call);
    call->method = "POST";
    call->url = url;
    call->endpoint = endpoint;
    call->form = form_of(fields, count, p);
}

const char *scim_sync_google_token_url(const scim_sync_google_endpoints_t *endpoints)
{
    return endpoints->token != NULL ? endpoints->token : SCIM_SYNC_GOOGLE_TOKEN_URL;
}

const char *scim_sync_google_authorize_url(const scim_sync_google_client_t *client,
                                           const scim_sync_google_attempt_t *attempt,
                                           const char *email, const char *domain, apr_pool_t *p)
{
    const field_t fields[] = {
        { "client_id", client->id },
        { "redirect_uri", client->redirect_uri },
        { "response_type", "code" },
        { "scope", ASKED },
        { "access_type", "offline" },
        { "prompt", "consent" },
        { "state", attempt->state },
        { "nonce", attempt->nonce },
        { "code_challenge", scim_sync_sha256_url(attempt->verifier, p) },
        { "code_challenge_method", "S256" },
        { "login_hint", email },
        { "hd", domain },
    };
    const char *url = client->endpoints.authorize;

    return apr_pstrcat(p, url != NULL ? url : SCIM_SYNC_GOOGLE_AUTHORIZE, "?",
                       form_of(fields, sizeof fields / sizeof *fields, p), NULL);
}

void scim_sync_google_exchange(scim_sync_call_t *call, const scim_sync_google_client_t *client,
                               const char *code, const char *verifier, apr_pool_t *p)
{
    const field_t fields[] = {
        { "grant_type", "authorization_code" },
        { "code", code },
        { "code_verifier", verifier },
        { "redirect_uri", client->redirect_uri },
        { "client_id", client->id },
        { "client_secret", client->secret },
    };

    post(call, "POST /token", scim_sync_google_token_url(&client->endpoints), fields,
         sizeof fields / sizeof *fields, p);
}

void scim_sync_google_refresh(scim_sync_call_t *call, const scim_sync_google_client_t *client,
                              const char *refresh_token, apr_pool_t *p)
{
    const field_t fields[] = {
        { "grant_type", "refresh_token" },
        { "refresh_token", refresh_token },
        { "client_id", client->id },
        { "client_secret", client->secret },
    };

    post(call, "POST /token", scim_sync_google_token_url(&client->endpoints), fields,
         sizeof fields / sizeof *fields, p);
}

void scim_sync_google_present(scim_sync_call_t *call, const scim_sync_google_endpoints_t *endpoints,
                              const char *assertion, apr_pool_t *p)
{
    const field_t fields[] = {
        { "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer" },
        { "assertion", assertion },
    };

    post(call, "POST /token", scim_sync_google_token_url(endpoints), fields,
         sizeof fields / sizeof *fields, p);
}

void scim_sync_google_revoke(scim_sync_call_t *call, const scim_sync_google_endpoints_t *endpoints,
                             const char *token, apr_pool_t *p)
{
    const field_t fields[] = { { "token", token } };

    post(call, "POST /revoke",
         endpoints->revoke != NULL ? endpoints->revoke : SCIM_SYNC_GOOGLE_REVOKE, fields, 1, p);
}

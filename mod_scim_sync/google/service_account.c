/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of service accounts, and what they sign.
 */
#include "google/service_account.h"

#include <string.h>

#include <apr_encode.h>
#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/json.h"
#include "base/text.h"

#define MAX_DEPTH     4
#define MAX_FILE      16384
#define LEAST_BITS    2048
#define LIFETIME      3600
#define SIGNATURE_MAX 2048

/* To be freed; NULL: it is none. What OpenSSL notes of that is not left to others of this thread. */
static EVP_PKEY *parse_key(const char *pem)
{
    /* The password of a key that has one: there is no terminal at which OpenSSL should ask. */
    static char nobody[] = "";
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey(bio, NULL, NULL, nobody) : NULL;

    BIO_free(bio);
    ERR_clear_error();
    return key;
}

static int is_strong(EVP_PKEY *key)
{
    return key != NULL && EVP_PKEY_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_bits(key) >= LEAST_BITS;
}

apr_status_t scim_sync_google_key_read(scim_sync_google_key_t *key, const char **why,
                                       const char *text, apr_size_t len, apr_pool_t *p)
{
    const char *type;
    json_t *json;
    EVP_PKEY *parsed;

    if (len > MAX_FILE) {
        *why = "it is too long for the JSON key of a service account";
        return APR_EINVAL;
    }
    if (scim_sync_json_parse(&json, text, len, MAX_DEPTH, why, p) != APR_SUCCESS) {
        return APR_EINVAL;
    }
    type = scim_sync_json_str(json, "type");
    if (type == NULL || strcmp(type, "service_account") != 0) {
        *why = "it is no JSON key of a service account: its \"type\" is another one";
        return APR_EINVAL;
    }
    key->email = scim_sync_json_str(json, "client_email");
    key->client_id = scim_sync_json_nonempty(json, "client_id");
    key->key_id = scim_sync_json_nonempty(json, "private_key_id");
    key->private_key = scim_sync_json_nonempty(json, "private_key");
    if (!scim_sync_is_email(key->email)) {
        *why = "its \"client_email\" is missing, or no address";
        return APR_EINVAL;
    }
    parsed = key->private_key != NULL ? parse_key(key->private_key) : NULL;
    *why =
        is_strong(parsed) ? NULL : "its \"private_key\" is no RSA key in PEM of 2048 bits or more";
    EVP_PKEY_free(parsed);
    return *why == NULL ? APR_SUCCESS : APR_EINVAL;
}

static const char *encoded(const void *bytes, apr_size_t len, apr_pool_t *p)
{
    return apr_pencode_base64_binary(p, bytes, (apr_ssize_t)len, APR_ENCODE_BASE64URL, NULL);
}

static const char *encoded_json(const json_t *json, apr_pool_t *p)
{
    apr_size_t len;
    const char *text = scim_sync_json_text(json, &len, p);

    return encoded(text, len, p);
}

/* RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), encoded; NULL: OpenSSL doesn't. */
static const char *signature_of(const char *text, const char *pem, apr_pool_t *p)
{
    unsigned char bytes[SIGNATURE_MAX];
    size_t len = sizeof bytes;
    EVP_PKEY *key = parse_key(pem);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok = key != NULL && context != NULL &&
             EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
             EVP_DigestSign(context, bytes, &len, (const unsigned char *)text, strlen(text)) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok ? encoded(bytes, len, p) : NULL;
}

apr_status_t scim_sync_google_key_assert(const char **assertion, const scim_sync_google_key_t *key,
                                         const char *administrator, const char *scopes,
                                         const char *token_url, apr_int64_t now, apr_pool_t *p)
{
    json_t *header = scim_sync_json_own(json_object(), p);
    json_t *claims = scim_sync_json_own(json_object(), p);
    const char *text;
    const char *signature;

    scim_sync_json_put(header, "alg", "RS256");
    scim_sync_json_put(header, "typ", "JWT");
    scim_sync_json_put(header, "kid", key->key_id);
    scim_sync_json_put(claims, "iss", key->email);
    scim_sync_json_put(claims, "sub", administrator);
    scim_sync_json_put(claims, "scope", scopes);
    scim_sync_json_put(claims, "aud", token_url);
    json_object_set_new(claims, "iat", json_integer(now / 1000));
    json_object_set_new(claims, "exp", json_integer(now / 1000 + LIFETIME));
    text = apr_pstrcat(p, encoded_json(header, p), ".", encoded_json(claims, p), NULL);
    signature = signature_of(text, key->private_key, p);
    if (signature == NULL) {
        return APR_EGENERAL;
    }
    *assertion = apr_pstrcat(p, text, ".", signature, NULL);
    return APR_SUCCESS;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* google/service_account: key files, and that others can verify what is signed. Keys are made here. */
#include "unit.h"

#include <string.h>

#include <apr_encode.h>
#include <apr_strings.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/json.h"
#include "google/oauth.h"
#include "google/service_account.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define NOW          APR_INT64_C(1795000000999)

static EVP_PKEY *new_key(int type, int bits)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(type, NULL);
    EVP_PKEY *key = NULL;

    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    if (bits > 0) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits), 1);
    }
    assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* password: NULL for none */
static const char *pem_of(EVP_PKEY *key, const char *password, apr_pool_t *p)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes;
    const char *pem;
    long len;

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key,
                                                   password != NULL ? EVP_aes_128_cbc() : NULL,
                                                   password, password != NULL ? 4 : 0, NULL, NULL),
                     1);
    len = BIO_get_mem_data(bio, &bytes);
    pem = apr_pstrmemdup(p, bytes, len);
    BIO_free(bio);
    return pem;
}

static const char *file_of(const char *type, const char *email, const char *pem, apr_pool_t *p)
{
    json_t *json = scim_sync_json_own(json_object(), p);

    scim_sync_json_put(json, "type", type);
    scim_sync_json_put(json, "client_email", email);
    scim_sync_json_put(json, "client_id", "1234567890");
    scim_sync_json_put(json, "private_key_id", "demo-key");
    scim_sync_json_put(json, "private_key", pem);
    scim_sync_json_put(json, "token_uri", "https://evil.example.com/token");
    return scim_sync_json_text(json, NULL, p);
}

static const unsigned char *decoded(const char *text, apr_size_t len, apr_size_t *out,
                                    apr_pool_t *p)
{
    const unsigned char *bytes = apr_pdecode_base64_binary(p, text, len, APR_ENCODE_NONE, out);

    assert_non_null(bytes);
    assert_null(memchr(text, '=', len));
    return bytes;
}

static const char *part(const char *text, apr_size_t len, apr_pool_t *p)
{
    apr_size_t n;
    const unsigned char *bytes = decoded(text, len, &n, p);

    return apr_pstrmemdup(p, (const char *)bytes, n);
}

static void what_is_signed_can_be_verified(void **state)
{
    EVP_PKEY *pair = new_key(EVP_PKEY_RSA, 2048);
    const char *text = file_of("service_account", "sync@demo.iam.gserviceaccount.com",
                               pem_of(pair, NULL, *state), *state);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    scim_sync_google_key_t key;
    const char *why, *jwt, *claims, *signature;
    const unsigned char *bytes;
    apr_size_t len;

    assert_int_equal(scim_sync_google_key_read(&key, &why, text, strlen(text), *state),
                     APR_SUCCESS);
    assert_string_equal(key.client_id, "1234567890");
    assert_int_equal(scim_sync_google_key_assert(&jwt, &key, "admin@example.com", "scope-1 scope-2",
                                                 SCIM_SYNC_GOOGLE_TOKEN_URL, NOW, *state),
                     APR_SUCCESS);
    claims = strchr(jwt, '.') + 1;
    signature = strchr(claims, '.') + 1;
    assert_string_equal(part(jwt, claims - jwt - 1, *state),
                        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"demo-key\"}");
    assert_string_equal(part(claims, signature - claims - 1, *state),
                        "{\"iss\":\"sync@demo.iam.gserviceaccount.com\","
                        "\"sub\":\"admin@example.com\",\"scope\":\"scope-1 scope-2\","
                        "\"aud\":\"https://oauth2.googleapis.com/token\","
                        "\"iat\":1795000000,\"exp\":1795003600}");
    bytes = decoded(signature, strlen(signature), &len, *state);
    assert_int_equal(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, pair), 1);
    assert_int_equal(
        EVP_DigestVerify(context, bytes, len, (const unsigned char *)jwt, signature - jwt - 1), 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(pair);
}

static void refuses(const char *text, const char *words, apr_pool_t *p)
{
    scim_sync_google_key_t key;
    const char *why = NULL;

    assert_int_equal(scim_sync_google_key_read(&key, &why, text, strlen(text), p), APR_EINVAL);
    assert_non_null(strstr(why, words));
    assert_null(strstr(why, "BEGIN"));
}

static void takes_no_other_file(void **state)
{
    static const char email[] = "sync@demo.iam.gserviceaccount.com";
    static const char account[] = "service_account";
    EVP_PKEY *weak = new_key(EVP_PKEY_RSA, 1024);
    EVP_PKEY *other = new_key(EVP_PKEY_ED25519, 0);
    const char *pem = pem_of(weak, NULL, *state);
    char *large = apr_palloc(*state, 20001);

    memset(large, ' ', 20000);
    large[20000] = '\0';
    refuses("", "", *state);
    refuses("{\"type\":", "ends too early", *state);
    refuses(large, "too long", *state);
    refuses("{\"web\":{\"client_id\":\"demo\"}}", "its \"type\"", *state);
    refuses(file_of("authorized_user", email, pem, *state), "its \"type\"", *state);
    refuses(file_of(account, NULL, pem, *state), "client_email", *state);
    refuses(file_of(account, "sync", pem, *state), "client_email", *state);
    refuses(file_of(account, email, NULL, *state), "private_key", *state);
    refuses(file_of(account, email, "demo", *state), "private_key", *state);
    refuses(file_of(account, email, pem, *state), "2048 bits", *state);
    refuses(file_of(account, email, pem_of(other, NULL, *state), *state), "RSA", *state);
    refuses(file_of(account, email, pem_of(weak, "demo", *state), *state), "private_key", *state);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(other);
}

static void a_key_that_is_none_signs_nothing(void **state)
{
    scim_sync_google_key_t key = { "sync@example.com", NULL, NULL, "demo" };
    const char *jwt;

    assert_int_equal(scim_sync_google_key_assert(&jwt, &key, "admin@example.com", "scope",
                                                 SCIM_SYNC_GOOGLE_TOKEN_URL, NOW, *state),
                     APR_EGENERAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(what_is_signed_can_be_verified),
        UNIT_TEST(takes_no_other_file),
        UNIT_TEST(a_key_that_is_none_signs_nothing),
    };

    return cmocka_run_group_tests(tests, unit_apr, unit_apr_gone);
}

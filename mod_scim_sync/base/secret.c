/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keyring, sealing under it, tokens and their hashes: everything that asks OpenSSL.
 */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

#include <apr_encode.h>
#include <apr_escape.h>
#include <apr_general.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/log.h"

#define KEY_LEN      32
#define KEY_TEXT_LEN 44
#define KEY_ID_LEN   8
#define KEYS_MAX     8
#define NONCE_LEN    12
#define TAG_LEN      16
#define PLAIN_MAX    65536
#define SEALED_MAX   (KEY_ID_LEN + 1 + (NONCE_LEN + PLAIN_MAX + TAG_LEN + 2) / 3 * 4)
#define TOKEN_LEN    32

typedef struct {
    char id[KEY_ID_LEN + 1];
    unsigned char bytes[KEY_LEN];
} seal_key_t;

struct scim_sync_keyring_t {
    int count;
    seal_key_t keys[KEYS_MAX];
};

typedef struct {
    void *start;
    apr_size_t len;
} region_t;

static apr_status_t wipe(void *data)
{
    const region_t *region = data;

    OPENSSL_cleanse(region->start, region->len);
    return APR_SUCCESS;
}

/* Zeroed memory in p that is wiped before p gives it back. */
static void *wiped_alloc(apr_size_t len, apr_pool_t *p)
{
    region_t *region = apr_palloc(p, sizeof *region);

    region->start = apr_pcalloc(p, len);
    region->len = len;
    apr_pool_cleanup_register(p, region, wipe, apr_pool_cleanup_null);
    return region->start;
}

void scim_sync_random(void *bytes, apr_size_t len)
{
    if (RAND_bytes(bytes, (int)len) != 1) {
        scim_sync_log(SCIM_LOG_CRIT, APR_EGENERAL,
                      SCIM_LOGNO(0001) "OpenSSL has no random bytes: this process must not go on");
        abort();
    }
}

static void sha256(unsigned char digest[SHA256_DIGEST_LENGTH], const void *data, apr_size_t len)
{
    if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1) {
        scim_sync_log(SCIM_LOG_CRIT, APR_EGENERAL,
                      SCIM_LOGNO(0002) "OpenSSL has no SHA-256: this process must not go on");
        abort();
    }
}

/* Adds the key that stands in the len characters at line; what is wrong with it, or NULL. */
static const char *add_key(scim_sync_keyring_t *ring, const char *line, apr_size_t len)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    seal_key_t *key = &ring->keys[ring->count];
    apr_size_t n = 0;

    if (ring->count == KEYS_MAX) {
        return "more keys than " APR_STRINGIFY(KEYS_MAX) " are not accepted";
    }
    if (len != KEY_TEXT_LEN ||
        apr_decode_base64_binary(NULL, line, (apr_ssize_t)len, APR_ENCODE_NONE, &n) !=
            APR_SUCCESS ||
        n != KEY_LEN) {
        return "a key is 32 bytes in base64, as \"openssl rand -base64 32\" prints them";
    }
    apr_decode_base64_binary(key->bytes, line, (apr_ssize_t)len, APR_ENCODE_NONE, &n);
    sha256(digest, key->bytes, KEY_LEN);
    apr_escape_hex(key->id, digest, KEY_ID_LEN / 2, 0, NULL);
    ring->count++;
    return NULL;
}

static const char *parse_line(scim_sync_keyring_t *ring, const char *line, const char *end)
{
    while (line < end && apr_isspace(*line)) {
        line++;
    }
    while (end > line && apr_isspace(end[-1])) {
        end--;
    }
    return line == end || *line == '#' ? NULL : add_key(ring, line, end - line);
}

apr_status_t scim_sync_keyring_parse(scim_sync_keyring_t **ring, const char *text, const char **why,
                                     apr_pool_t *p)
{
    scim_sync_keyring_t *keys = wiped_alloc(sizeof *keys, p);
    int number = 1;

    *ring = NULL;
    for (;; number++) {
        const char *end = text + strcspn(text, "\n");
        const char *wrong = parse_line(keys, text, end);

        if (wrong != NULL) {
            *why = apr_psprintf(p, "line %d: %s", number, wrong);
            return APR_EINVAL;
        }
        if (*end == '\0') {
            break;
        }
        text = end + 1;
    }
    if (keys->count == 0) {
        *why = "it holds no key; make one with \"openssl rand -base64 32\"";
        return APR_EINVAL;
    }
    *ring = keys;
    return APR_SUCCESS;
}

/* The key with that id of KEY_ID_LEN characters, or NULL. */
static const seal_key_t *find_key(const scim_sync_keyring_t *ring, const char *id)
{
    for (int i = 0; i < ring->count; i++) {
        if (memcmp(ring->keys[i].id, id, KEY_ID_LEN) == 0) {
            return &ring->keys[i];
        }
    }
    return NULL;
}

/* Encrypts len bytes; box receives nonce, ciphertext and tag. */
static int encrypt(unsigned char *box, const seal_key_t *key, const char *plain, int len,
                   const char *context)
{
    unsigned char *body = box + NONCE_LEN;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;
    int ok;

    scim_sync_random(box, NONCE_LEN);
    ok = ctx != NULL && EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes, box) == 1 &&
         EVP_EncryptUpdate(ctx, NULL, &n, (const unsigned char *)context, (int)strlen(context)) ==
             1 &&
         EVP_EncryptUpdate(ctx, body, &n, (const unsigned char *)plain, len) == 1 &&
         EVP_EncryptFinal_ex(ctx, body + len, &n) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, body + len) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

/* The reverse, for a box with len bytes of ciphertext; false when the tag doesn't fit. */
static int decrypt(unsigned char *plain, const seal_key_t *key, unsigned char *box, int len,
                   const char *context)
{
    unsigned char *body = box + NONCE_LEN;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;
    int ok;

    ok = ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->bytes, box) == 1 &&
         EVP_DecryptUpdate(ctx, NULL, &n, (const unsigned char *)context, (int)strlen(context)) ==
             1 &&
         EVP_DecryptUpdate(ctx, plain, &n, body, len) == 1 &&
         EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, body + len) == 1 &&
         EVP_DecryptFinal_ex(ctx, plain + len, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

apr_status_t scim_sync_secret_seal(const char **out, const scim_sync_keyring_t *ring,
                                   const char *plain, const char *context, apr_pool_t *p)
{
    const seal_key_t *key = &ring->keys[0];
    apr_size_t len = strlen(plain);
    apr_size_t box_len = NONCE_LEN + len + TAG_LEN;
    unsigned char *box;

    if (len > PLAIN_MAX) {
        return APR_EINVAL;
    }
    box = apr_palloc(p, box_len);
    if (!encrypt(box, key, plain, (int)len, context)) {
        return APR_EGENERAL;
    }
    *out =
        apr_pstrcat(p, key->id, ":",
                    apr_pencode_base64_binary(p, box, (apr_ssize_t)box_len, APR_ENCODE_NONE, NULL),
                    NULL);
    return APR_SUCCESS;
}

apr_status_t scim_sync_secret_open(const char **plain, const scim_sync_keyring_t *ring,
                                   const char *sealed, const char *context, apr_pool_t *p)
{
    apr_size_t sealed_len = strlen(sealed);
    apr_size_t box_len = 0;
    const seal_key_t *key;
    unsigned char *box;
    unsigned char *text;

    if (sealed_len > SEALED_MAX || strcspn(sealed, ":") != KEY_ID_LEN) {
        return APR_EINVAL;
    }
    key = find_key(ring, sealed);
    if (key == NULL) {
        return APR_NOTFOUND;
    }
    box = apr_palloc(p, sealed_len);
    if (apr_decode_base64_binary(box, sealed + KEY_ID_LEN + 1, APR_ENCODE_STRING, APR_ENCODE_NONE,
                                 &box_len) != APR_SUCCESS ||
        box_len < NONCE_LEN + TAG_LEN) {
        return APR_EINVAL;
    }
    box_len -= NONCE_LEN + TAG_LEN;
    text = wiped_alloc(box_len + 1, p);
    if (!decrypt(text, key, box, (int)box_len, context)) {
        return APR_EINVAL;
    }
    *plain = (const char *)text;
    return APR_SUCCESS;
}

const char *scim_sync_token_new(apr_pool_t *p)
{
    unsigned char bytes[TOKEN_LEN];

    scim_sync_random(bytes, sizeof bytes);
    return apr_pencode_base64_binary(p, bytes, sizeof bytes, APR_ENCODE_BASE64URL, NULL);
}

const char *scim_sync_sha256(const char *text, apr_pool_t *p)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    sha256(digest, text, strlen(text));
    return apr_pescape_hex(p, digest, sizeof digest, 0);
}

const char *scim_sync_sha256_url(const char *text, apr_pool_t *p)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];

    sha256(digest, text, strlen(text));
    return apr_pencode_base64_binary(p, digest, sizeof digest, APR_ENCODE_BASE64URL, NULL);
}

int scim_sync_same_secret(const char *a, const char *b)
{
    apr_size_t len;

    if (a == NULL || b == NULL) {
        return 0;
    }
    len = strlen(a);
    return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}

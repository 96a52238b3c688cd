/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets: what we must send on (encrypted at rest) and what we must only recognise (hashed).
 *
 * A keyring holds the AES-256 keys of ScimSyncKeyFile. The first one encrypts; all of them decrypt,
 * so that a key is rotated by writing the new one above the old one.
 */
#ifndef SCIM_SYNC_BASE_SECRET_H
#define SCIM_SYNC_BASE_SECRET_H

#include <apr_pools.h>

typedef struct scim_sync_keyring_t scim_sync_keyring_t;

/*
 * Read a keyring from the text of a key file: one key per line, 32 bytes in base64 (as
 * `openssl rand -base64 32` prints them); blank lines and lines that begin with # are skipped.
 * why   on failure: the line's number and what it should be; never the line itself
 * The keys live in p and are wiped when p is cleared. APR_EINVAL when there is no key or a bad one.
 */
apr_status_t scim_sync_keyring_parse(scim_sync_keyring_t **ring, const char *text, const char **why,
                                     apr_pool_t *p);

/*
 * Encrypt with AES-256-GCM under the ring's first key, with a random 96-bit nonce.
 * context   bound to the result as additional data ("site/main/apiToken"): a value that is copied
 *           to another row does not decrypt
 * *out is "<key id>:<base64 of nonce, ciphertext, tag>" in p, fit for a text column.
 * APR_EINVAL when plain is longer than 64 KiB, APR_EGENERAL when OpenSSL refuses.
 */
apr_status_t scim_sync_secret_seal(const char **out, const scim_sync_keyring_t *ring,
                                   const char *plain, const char *context, apr_pool_t *p);

/*
 * The reverse. APR_NOTFOUND when the ring holds no key with the id in sealed; APR_EINVAL when the
 * text is damaged or context differs. *plain lives in p and is wiped when p is cleared.
 */
apr_status_t scim_sync_secret_open(const char **plain, const scim_sync_keyring_t *ring,
                                   const char *sealed, const char *context, apr_pool_t *p);

/*
 * Fill bytes with len random bytes. OpenSSL without randomness ends the process (it is logged and
 * aborts): whatever would be made instead could be guessed.
 */
void scim_sync_random(void *bytes, apr_size_t len);

/* A new bearer token: 256 random bits in base64url (43 characters, RFC 6750 b64token), in p. */
const char *scim_sync_token_new(apr_pool_t *p);

/* Lower-case hexadecimal SHA-256 of text (64 characters), in p. */
const char *scim_sync_sha256(const char *text, apr_pool_t *p);

/* The same 32 bytes in base64url (43 characters): what RFC 7636 section 4.2 calls S256. */
const char *scim_sync_sha256_url(const char *text, apr_pool_t *p);

/* Whether two texts are equal, in a time that depends on their lengths alone; NULL never is. */
int scim_sync_same_secret(const char *a, const char *b);

#endif

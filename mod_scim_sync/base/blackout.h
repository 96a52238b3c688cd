/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that strangers send, made fit to be kept and shown: secrets in them are blacked out ("***").
 *
 * Blacked out is
 *  - in JSON what stands under a name that says secret (password, token, apiKey, ...; in any case,
 *    however the name is escaped; pin and otp as words of it alone, so that shipping stays), and
 *    the "value" of an object whose "path", "name", "key", "type" or the like says so (a PATCH of a
 *    password); a text that holds such a name with a value behind it, as JSON within JSON does, or
 *    an address with a password (https://jo:...@host) or such a parameter.
 *    What may hold a secret and can't be read is left out as a whole;
 *  - the secret that came with the request, wherever it stands;
 *  - whatever looks like one of our tokens: 43 characters or more of base64url, in both cases.
 *
 * What is kept is UTF-8 (a "?" for each byte that is not), cut between two characters.
 * Pure; a text without such a name or address costs two looks at each byte that is kept, and one at
 * the others.
 */
#ifndef SCIM_SYNC_BASE_BLACKOUT_H
#define SCIM_SYNC_BASE_BLACKOUT_H

#include <apr_pools.h>

/*
 * What came with a request (NULL: nothing) as it is to be looked for; NULL if it need not be: it is
 * shorter than 8 characters, and no secret, or looks like a token of ours anyway. Borrowed.
 */
const char *scim_sync_blackout_secret(const char *text);

/*
 * A body of length bytes, which need not be JSON. secret: of the above, or NULL. most: bytes that
 * are kept. In p.
 */
const char *scim_sync_blackout_json(const char *text, apr_size_t length, const char *secret,
                                    apr_size_t most, apr_pool_t *p);

/*
 * Whether a text has a name that says secret and something behind it that it may be the name of, or
 * an address with a secret.
 */
int scim_sync_blackout_holds_secret(const char *text);

/*
 * A path and its query: also the values of parameters whose names say secret, or are auth, code,
 * key, sig, X-Goog-Signature or the like.
 */
const char *scim_sync_blackout_uri(const char *uri, const char *secret, apr_size_t most,
                                   apr_pool_t *p);

/* Words without such names, or of our own: what came with the request, and tokens, alone. */
const char *scim_sync_blackout_words(const char *text, const char *secret, apr_size_t most,
                                     apr_pool_t *p);

#endif

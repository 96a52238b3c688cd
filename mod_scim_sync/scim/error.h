/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way to make a SCIM error (RFC 7644 section 3.12). A function that can refuse returns
 * `const scim_sync_error_t *`: NULL means that all went well.
 */
#ifndef SCIM_SYNC_SCIM_ERROR_H
#define SCIM_SYNC_SCIM_ERROR_H

#include <apr_pools.h>
#include <jansson.h>

/* scimType values of RFC 7644 table 9. */
#define SCIM_SYNC_INVALID_FILTER "invalidFilter"
#define SCIM_SYNC_TOO_MANY       "tooMany"
#define SCIM_SYNC_UNIQUENESS     "uniqueness"
#define SCIM_SYNC_MUTABILITY     "mutability"
#define SCIM_SYNC_INVALID_SYNTAX "invalidSyntax"
#define SCIM_SYNC_INVALID_PATH   "invalidPath"
#define SCIM_SYNC_NO_TARGET      "noTarget"
#define SCIM_SYNC_INVALID_VALUE  "invalidValue"
#define SCIM_SYNC_SENSITIVE      "sensitive"

#define SCIM_SYNC_ERROR_URN "urn:ietf:params:scim:api:messages:2.0:Error"

typedef struct {
    int status;         /* HTTP status */
    const char *type;   /* scimType, or NULL where table 9 has none that fits */
    const char *detail; /* a sentence that names the thing and the next step; no secret */
} scim_sync_error_t;

/* An error in pool p; the detail is formatted as by apr_psprintf, and UTF-8 whatever it quotes. */
const scim_sync_error_t *scim_sync_error(apr_pool_t *p, int status, const char *type,
                                         const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Its body; status is a string as the RFC has it. Owned by p. */
json_t *scim_sync_error_json(const scim_sync_error_t *error, apr_pool_t *p);

#endif

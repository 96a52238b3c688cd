/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON values whose life is a pool's. jansson counts references; here every value that is read or
 * made is handed to a pool, whose cleanup drops the reference, so that no other file has to.
 */
#ifndef SCIM_SYNC_BASE_JSON_H
#define SCIM_SYNC_BASE_JSON_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

/*
 * Give a reference to pool p, which drops it when it is cleared.
 * j    a new reference (may be NULL: nothing happens)
 * Returns j, borrowed from now on.
 */
json_t *scim_sync_json_own(json_t *j, apr_pool_t *p);

/*
 * Read one JSON text (RFC 8259: an object or an array) of len bytes.
 * max_depth   deepest nesting of objects and arrays that is accepted; checked before the parser
 *             recurses, so a hostile text can't exhaust the stack
 * why         on failure: what is wrong and where, in words for the sender; never quotes the text
 * Returns APR_SUCCESS, or APR_EINVAL (not JSON, not UTF-8, a NUL, duplicate keys, too deep).
 * *out belongs to p.
 */
apr_status_t scim_sync_json_parse(json_t **out, const char *text, apr_size_t len, int max_depth,
                                  const char **why, apr_pool_t *p);

/*
 * The member of object whose name equals name without regard to ASCII case (RFC 7643 section 2.1:
 * attribute names are case-insensitive). An exact match wins. Borrowed; NULL when absent or when
 * object is no object. key, if not NULL, receives the name as it is spelt in the object.
 */
json_t *scim_sync_json_get_ci(const json_t *object, const char *name, const char **key);

/* A string member, NULL when it is absent, null or no string. Borrowed from object. */
const char *scim_sync_json_str(const json_t *object, const char *name);

/* The same, and NULL also when it is empty. */
const char *scim_sync_json_nonempty(const json_t *object, const char *name);

/* An integer member, or otherwise when it is absent or no integer. */
json_int_t scim_sync_json_int(const json_t *object, const char *name, json_int_t otherwise);

/* Compact text of j, allocated in p, keys in their order; *len (if not NULL) its length. */
const char *scim_sync_json_text(const json_t *j, apr_size_t *len, apr_pool_t *p);

/*
 * The same of what we have counted or measured ourselves: fractions as people write them, 0.412 and
 * not 0.41199999999999998. What was told by others would lose its last digits.
 */
const char *scim_sync_json_measured(const json_t *j, apr_size_t *len, apr_pool_t *p);

/* Set a string member unless value is NULL. */
void scim_sync_json_put(json_t *object, const char *name, const char *value);

/* The texts of an array that is stored as text: const char * in p. */
apr_array_header_t *scim_sync_json_texts(const char *text, apr_pool_t *p);

/* The other way round: a new array of a list of const char *, or of one that ends with NULL. */
json_t *scim_sync_json_list(const apr_array_header_t *texts);
json_t *scim_sync_json_words(const char *const *words);

#endif

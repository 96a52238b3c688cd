/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document in the form that filters and orders look into (column `search` of table resource).
 *
 *     { "username": [ { "value": "ann" } ],
 *       "emails": [ { "value": "ann@example.com", "primary": "true" }, ... ],
 *       "urn:ietf:params:scim:schemas:extension:enterprise:2~2e0:user:manager": [ { ... } ] }
 *
 * One key per attribute, and behind each an array of elements, each an object of sub-attributes: a
 * single value is an array of one, a simple value is the sub-attribute "value". An element with
 * primary true stands first, as it is the one that lists are ordered by (RFC 7644 section 3.4.2.3).
 * Every value is a text that is compared byte by byte: folded (base/text.h) unless the attribute is
 * caseExact, "true" or "false", or a number in a form that sorts as numbers do. Attributes that we
 * don't know are in it, too, and not caseExact (RFC 7643 section 2.2).
 */
#ifndef SCIM_SYNC_SCIM_SEARCH_H
#define SCIM_SYNC_SCIM_SEARCH_H

#include "scim/schema.h"

/* Owned by p. */
json_t *scim_sync_search_make(scim_sync_type_t type, const json_t *doc, apr_pool_t *p);

/*
 * The key of an attribute, in p: the URN of its extension (NULL: core) and its name in lower case.
 * What is neither a letter, a digit nor one of "-_:/" is written as ~ and two hexadecimal digits,
 * and so is a digit at the beginning: SQLite reads a key as a path.
 */
const char *scim_sync_search_key(const char *urn, const char *attr, apr_pool_t *p);

/*
 * What kind of value a sub-attribute holds is part of its key, so that texts are never compared
 * with numbers. Only attributes that we don't know hold anything but texts.
 */
typedef enum {
    SCIM_SYNC_SEARCH_TEXT,
    SCIM_SYNC_SEARCH_NUMBER,
    SCIM_SYNC_SEARCH_OTHER /* an object or an array that is not empty: it is there, no more */
} scim_sync_search_kind_t;

/* The key of a sub-attribute, in p. */
const char *scim_sync_search_sub(const char *sub, scim_sync_search_kind_t kind, apr_pool_t *p);

/* A number (IEEE 754 double) as a text of 16 bytes: the order of texts is that of numbers. In p. */
const char *scim_sync_search_number(double number, apr_pool_t *p);

#endif

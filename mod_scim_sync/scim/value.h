/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical form of a value, and when two values are the same. What clients get wrong in
 * values ("True" for true, one object for an array, a manager as plain text) is put right here
 * and nowhere else.
 */
#ifndef SCIM_SYNC_SCIM_VALUE_H
#define SCIM_SYNC_SCIM_VALUE_H

#include "scim/path.h"

/* Longest text in a document, and the deepest value under a URN that we don't know. */
#define SCIM_SYNC_TEXT_MAX    65536
#define SCIM_SYNC_FOREIGN_MAX 16

/* 1 or 0 for true, "True", "true", 1, "1" and their opposites; -1 for everything else. */
int scim_sync_value_flag(const json_t *value);

/*
 * The canonical form of what was told of name: its sub-attribute if it has one, one element of
 * its array if is_element is set, else the whole attribute (always an array when it is
 * multi-valued). Unknown and readOnly sub-attributes and nulls are left out.
 * out   a new reference, or NULL when the value unassigns the attribute: null, an empty complex
 *       value, "" for a complex attribute
 * Returns 400 invalidValue, naming the attribute.
 */
const scim_sync_error_t *scim_sync_value_read(json_t **out, const scim_sync_name_t *name,
                                              int is_element, const json_t *value, apr_pool_t *p);

/*
 * A copy of a value under a URN that we don't know, for scim_sync_value_merge: nulls stay, but
 * those in arrays; NULL for null. *out is a new reference. Returns 400 invalidValue when a text is
 * too long or the value too deep.
 */
const scim_sync_error_t *scim_sync_value_copy_foreign(json_t **out, const json_t *value,
                                                      const char *where, apr_pool_t *p);

/*
 * What a told value makes of a stored one (or of NULL): objects are merged and a null takes away,
 * in every depth (RFC 7396), as RFC 7644 section 3.5.2 wants it of complex attributes. Returns a
 * new reference.
 */
json_t *scim_sync_value_merge(const json_t *stored, const json_t *told);

/*
 * Whether a document would be accepted as a body: a value that is not too deep by itself may have
 * been put where it is. Returns 400 invalidValue.
 */
const scim_sync_error_t *scim_sync_value_check_depth(const json_t *doc, apr_pool_t *p);

/*
 * Whether stored is what a client means by told: the same text (caseExact honoured), and for
 * complex values the same `value` and, if it was told, `type`; without a `value` all that was told.
 * def   NULL for an attribute that we don't know
 */
int scim_sync_value_same(const scim_sync_attr_t *def, const json_t *told, const json_t *stored,
                         apr_pool_t *p);

/*
 * A text that is equal for two elements of one array that are the same value, whichever of them is
 * primary; of an attribute that we don't know (def NULL), those that are equal. In p.
 */
const char *scim_sync_value_key(const scim_sync_attr_t *def, const json_t *element, apr_pool_t *p);

#endif

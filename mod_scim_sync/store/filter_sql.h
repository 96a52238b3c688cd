/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters (scim/filter.h) answered by the database: a tree becomes a condition over the table
 * resource (alias r), its values bound, never written into the text. What it means:
 *
 *  - A comparison holds when it holds for any element of the attribute; a single value is one
 *    element, an absent attribute has none. `ne` is exactly not(eq), so that it holds for what is
 *    absent and fails when any element is equal. `eq null` is not(pr), `ne null` is pr.
 *  - `pr`: there is an element that is not empty. Empty are "", an object without anything that is
 *    not empty, and an array without elements.
 *  - A value filter holds when one element satisfies all of it; what an attribute without elements
 *    is asked for never holds, also with `not` or `ne` inside the brackets.
 *  - Texts are compared by code points, folded on both sides (base/text.h) unless the attribute is
 *    caseExact. Attributes of extensions that we don't know are not caseExact, and their names are
 *    compared without regard to case. `co`, `sw` and `ew` with "" hold for any text.
 *  - Flags are the texts true and false. `active` of a user to whom it was not told is true.
 *  - meta.created and meta.lastModified are compared as instants, of milliseconds.
 *  - Of an extension that we don't know, a number is compared with a number only (both as IEEE 754
 *    doubles), a text or a flag with an operand that is no number; anything else does not match.
 *    co, sw and ew never match a number. Objects and arrays within an element can be asked for by
 *    pr only. An attribute without sub-attribute is compared by its "value".
 *  - `eq` on emails.value, outside the brackets of a value filter, also finds a user without any
 *    address whose userName is one: for IdPs it is the address of that user.
 *  - members are the members of a group as rows, with type and $ref as answers have them
 *    (store/member.h); $ref is compared with base + endpoint + the value as it was told. groups are
 *    those that a user is in directly.
 *
 * Refused are passwords, the version of a user (it depends on groups that are not looked at),
 * and co, sw and ew on an instant.
 */
#ifndef SCIM_SYNC_STORE_FILTER_SQL_H
#define SCIM_SYNC_STORE_FILTER_SQL_H

#include "scim/filter.h"
#include "store/sql.h"

/*
 * Append the condition to out. It may be NULL instead of false, so that nothing but AND and OR may
 * be put around it.
 * base        the IdP's SCIM base URL, for meta.location and $ref
 * max_looks   how many comparisons may look into documents, members or groups: each is made for
 *             every resource of the IdP that the others leave, so that many of them take minutes
 * Returns 400: invalidFilter that names the position of what can't be searched; tooMany.
 */
const scim_sync_error_t *scim_sync_filter_sql(scim_sync_sql_t *out,
                                              const scim_sync_filter_t *filter,
                                              scim_sync_type_t type, const char *base,
                                              int max_looks, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters (RFC 7644 section 3.4.2.2): text to tree. The whole grammar is parsed here; which trees
 * can be answered is the store's matter (store/filter_sql.h).
 */
#ifndef SCIM_SYNC_SCIM_FILTER_H
#define SCIM_SYNC_SCIM_FILTER_H

#include "scim/path.h"

typedef enum {
    SCIM_SYNC_EQ,
    SCIM_SYNC_NE,
    SCIM_SYNC_CO,
    SCIM_SYNC_SW,
    SCIM_SYNC_EW,
    SCIM_SYNC_GT,
    SCIM_SYNC_GE,
    SCIM_SYNC_LT,
    SCIM_SYNC_LE,
    SCIM_SYNC_PR
} scim_sync_op_t;

typedef enum {
    SCIM_SYNC_FILTER_AND,     /* left, right */
    SCIM_SYNC_FILTER_OR,      /* left, right */
    SCIM_SYNC_FILTER_NOT,     /* left */
    SCIM_SYNC_FILTER_COMPARE, /* name op value (no value for PR) */
    SCIM_SYNC_FILTER_VALUES   /* name[left]: a name in left has the sub-attribute as its attr */
} scim_sync_filter_kind_t;

typedef enum {
    SCIM_SYNC_VALUE_STRING,
    SCIM_SYNC_VALUE_NUMBER,
    SCIM_SYNC_VALUE_BOOLEAN,
    SCIM_SYNC_VALUE_NULL
} scim_sync_value_kind_t;

/*
 * One node. Constant once parsed. "a and b and c" is a balanced tree with the larger half on the
 * left, so that a tree is never deeper than its brackets and the logarithm of its length, and
 * brackets that change nothing leave no trace.
 *
 * The value is what the attribute's definition makes of it: text for 12 behind an attribute that
 * is a text, the boolean for "True" behind one that is a flag, the URN that documents have for one
 * of the old URNs behind `schemas`. A comparison of a sub-attribute behind a value filter, which
 * clients send though the grammar has none (emails[type eq "work"].value eq "x"), is parsed into
 * emails[type eq "work" and value eq "x"]. A comparison of a complex attribute without a
 * sub-attribute (emails eq "x") has sub "value" filled in.
 */
typedef struct scim_sync_filter_t scim_sync_filter_t;
struct scim_sync_filter_t {
    scim_sync_filter_kind_t kind;
    const scim_sync_filter_t *left;
    const scim_sync_filter_t *right;
    scim_sync_name_t name;
    scim_sync_op_t op;
    scim_sync_value_kind_t value_kind;
    const char *value; /* text of the string (unescaped), the number, or "true"/"false" */
    int position;      /* of the node in the text, from 0: for messages */
};

/*
 * Parse a filter, already URL-decoded.
 * max_length, max_depth   bounds (bytes of text; nesting of brackets, not and value filters)
 * Returns 400 invalidFilter with the position of what is wrong. *out lives in p.
 */
const scim_sync_error_t *scim_sync_filter_parse(const scim_sync_filter_t **out,
                                                scim_sync_type_t type, const char *text,
                                                int max_length, int max_depth, apr_pool_t *p);

/*
 * The same for a list of both types (RFC 7644 section 3.4.2.1): an attribute that only the other
 * type has is one without a value here.
 */
const scim_sync_error_t *scim_sync_filter_parse_any(const scim_sync_filter_t **out,
                                                    scim_sync_type_t type, const char *text,
                                                    int max_length, int max_depth, apr_pool_t *p);

/* Whether it is plain that no resource can satisfy the filter, so that none need be looked for. */
int scim_sync_filter_is_empty(const scim_sync_filter_t *filter);

/*
 * Parse the inside of a value filter of a patch path: names are sub-attributes of attr.
 * text, len               what stands between [ and ]
 * max_length, max_depth   bounds, as in scim_sync_filter_parse()
 */
const scim_sync_error_t *scim_sync_filter_parse_values(const scim_sync_filter_t **out,
                                                       const scim_sync_attr_t *attr,
                                                       const char *text, apr_size_t len,
                                                       int max_length, int max_depth,
                                                       apr_pool_t *p);

/*
 * Whether one element of a multi-valued attribute (an object, or a simple value that is compared
 * as "value") satisfies a tree made by scim_sync_filter_parse_values(). caseExact is honoured;
 * "True" equals true (RFC says no, Entra says yes). ne is what eq is not, eq null what pr is not. A
 * value of another kind than the operand matches nothing, and an object or array only pr, as in
 * store/filter_sql.h.
 */
int scim_sync_filter_matches(const scim_sync_filter_t *filter, const json_t *element,
                             apr_pool_t *p);

/* The tree as text with all brackets that are needed, in p: parse(print(f)) is the same tree. */
const char *scim_sync_filter_print(const scim_sync_filter_t *filter, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits: what a request says of single attributes, with the clients' dialects taken out. A POST or
 * PUT is a list of edits to an empty document, a PATCH one to the stored document, so that both
 * understand the same things. Members of a group are no edits (scim/patch.h says why).
 */
#ifndef SCIM_SYNC_SCIM_EDIT_H
#define SCIM_SYNC_SCIM_EDIT_H

#include <apr_tables.h>

#include "scim/filter.h"

typedef enum { SCIM_SYNC_ADD, SCIM_SYNC_REPLACE, SCIM_SYNC_REMOVE } scim_sync_verb_t;

/* What a path of a patch, or a key of a value without path, points at. */
typedef struct {
    scim_sync_name_t name;
    const scim_sync_filter_t *filter; /* between [ and ], NULL without */
} scim_sync_target_t;

typedef struct {
    scim_sync_verb_t verb;
    scim_sync_target_t target;
    const json_t *value; /* canonical; NULL: none was given, or it unassigns */
    int number;          /* of the operation, from 1; 0 in a POST or PUT */
} scim_sync_edit_t;

/* Bounds of the filter in a path. */
typedef struct {
    int length; /* bytes */
    int depth;  /* nesting of its brackets */
} scim_sync_path_limits_t;

typedef struct {
    scim_sync_type_t type;
    scim_sync_path_limits_t limits; /* of keys that are paths */
    int number;                     /* of the operation that is being read; 0 in a POST or PUT */
    int comparisons;                /* in the filters of paths so far */
    apr_array_header_t *edits;      /* scim_sync_edit_t */
    const json_t *members; /* what the last object said of members; borrowed; NULL = nothing */
    apr_pool_t *p;
} scim_sync_edits_t;

/* Read a path (RFC 7644 figure 7). Returns 400 invalidPath or invalidFilter. */
const scim_sync_error_t *scim_sync_target_read(scim_sync_target_t *out, scim_sync_type_t type,
                                               const char *text,
                                               const scim_sync_path_limits_t *limits,
                                               apr_pool_t *p);

/*
 * Count the comparisons of a path's filter: each is made for every element, while nobody else can
 * write. weight is 1 for the elements of an attribute, more where they may be more.
 * Returns 400 tooMany when there are too many in all paths together.
 */
const scim_sync_error_t *scim_sync_edits_count(scim_sync_edits_t *edits,
                                               const scim_sync_filter_t *filter, int weight);

/*
 * Add what verb and value mean for target. A password is dropped. value may be NULL (none given).
 * The caller has refused or skipped what is readOnly.
 * Returns 400 invalidValue, tooMany, or mutability when something required is unassigned.
 */
const scim_sync_error_t *scim_sync_edits_add(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                             const scim_sync_target_t *target, const json_t *value);

/*
 * The same for each key of an object: the body of a POST or PUT, the value of an operation without
 * path. Keys may be paths (Entra: "name.givenName", "urn:...:User:department"). Attributes that we
 * don't know and readOnly ones are skipped; members are put into edits->members.
 */
const scim_sync_error_t *scim_sync_edits_add_object(scim_sync_edits_t *edits, scim_sync_verb_t verb,
                                                    const json_t *object);

/* Whether a client may not write what name names. */
int scim_sync_is_read_only(const scim_sync_name_t *name);

/*
 * Apply one edit to doc, in place; the edit's value is copied. On an error (400 noTarget,
 * invalidValue) doc is half changed: work on a copy.
 * max_values   bound on the elements of one array
 */
const scim_sync_error_t *scim_sync_edit_apply(json_t *doc, const scim_sync_edit_t *edit,
                                              int max_values, apr_pool_t *p);

#endif

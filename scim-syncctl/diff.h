/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two configurations compared, for somebody who has to say yes to what differs.
 */
#ifndef SCIM_SYNCCTL_DIFF_H
#define SCIM_SYNCCTL_DIFF_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <jansson.h>

/* One thing that differs: a value, or an element of a list. */
typedef struct {
    const char *path;     /* "rules.users.filter.include" */
    const json_t *before; /* NULL: there is none; */
    const json_t *after;  /* likewise. Borrowed from what was compared */
    int is_element;       /* of the list at this path */
} ctl_difference_t;

/*
 * What is in the one and not in the other, in the order of the names, as ctl_difference_t in p.
 * Objects are compared member by member, where null is as good as nothing; lists element by
 * element: what was taken out, and what was put in. One that only moved is both.
 * before, after   either may be NULL
 */
apr_array_header_t *ctl_diff(const json_t *before, const json_t *after, apr_pool_t *p);

/*
 * before with what wanted says: a new reference. Objects are merged member by member; all else,
 * lists among it, is as wanted has it. What wanted does not name stays.
 */
json_t *ctl_merge(const json_t *before, const json_t *wanted);

/*
 * A difference in a line or two, in p and printable, such as
 *   ~ state: "dryRun" -> "live"
 *   + sites: "other"
 */
const char *ctl_difference_text(const ctl_difference_t *d, apr_pool_t *p);

#endif

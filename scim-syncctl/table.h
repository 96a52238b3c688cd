/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people read of JSON: tables and facts that line up. A list of columns says which members of
 * an object are shown, and how.
 */
#ifndef SCIM_SYNCCTL_TABLE_H
#define SCIM_SYNCCTL_TABLE_H

#include <apr_pools.h>
#include <jansson.h>

typedef enum {
    CTL_TEXT,
    CTL_NUMBER, /* to the right */
    CTL_TIME,   /* to the second */
    CTL_SPAN    /* seconds, as "3 d 4 h" */
} ctl_form_t;

typedef struct {
    const char *title;
    const char *path; /* of the member: "task.detail" */
    ctl_form_t form;
    int most; /* columns of the terminal that it may take; 0: as many as it needs */
} ctl_column_t;

/* Ends a list of columns. */
#define CTL_COLUMNS_END                                                                            \
    {                                                                                              \
        NULL                                                                                       \
    }

/* A member of a member, by the names between dots; NULL when there is none. Borrowed. */
const json_t *ctl_member(const json_t *object, const char *path);

/*
 * A value as it is shown, in p and printable: "-" for null and for nothing, "yes" and "no", the
 * parts of a list with commas between them, of an object that only counts the counts, and of any
 * other one its JSON.
 */
const char *ctl_cell(const json_t *value, ctl_form_t form, apr_pool_t *p);

/*
 * A table of an array's objects, in p: a line of titles and a line for each; "" when there is none.
 * What stands in the last column is never cut, and has no blanks behind it.
 */
const char *ctl_table(const ctl_column_t *columns, const json_t *rows, apr_pool_t *p);

/* One object, in p: a line for each column, its title before it. What is absent has none. */
const char *ctl_facts(const ctl_column_t *columns, const json_t *object, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts for a terminal. Names come from outside: an IdP can call somebody anything, also what would
 * drive the terminal of whoever reads it, or show one text in the place of another.
 */
#ifndef SCIM_SYNCCTL_TEXT_H
#define SCIM_SYNCCTL_TEXT_H

#include <apr_pools.h>

/*
 * text as it can be printed on one line, in p: every control character (also those of 8 bits, and
 * the end of a line), every invisible one that changes the direction or the place of others, and
 * every byte that is no UTF-8 is written as JSON would escape it: \u001b. NULL stays NULL.
 */
const char *ctl_printable(const char *text, apr_pool_t *p);

/* The same of a JSON text, which stays the same JSON: its lines, which are none of a value's, stay. */
const char *ctl_printable_json(const char *json, apr_pool_t *p);

/* How many columns of a terminal a printable text takes: wide characters two, combining ones none. */
int ctl_width(const char *text);

/* The beginning of a printable text that fits into so many columns, with "..." if there was more. */
const char *ctl_cut(const char *text, int columns, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comma-separated values (RFC 4180) for people's spreadsheets.
 */
#ifndef SCIM_SYNC_BASE_CSV_H
#define SCIM_SYNC_BASE_CSV_H

#include <apr_pools.h>

#define SCIM_SYNC_CSV_END "\r\n"

/*
 * A text as one field, in p: in quotes, so that it may hold anything; nothing at all for NULL. What
 * a spreadsheet would take for a formula, by its first character (= + - @, these in full width, a
 * tab, a line's end), has an apostrophe before it: names come from outside, and a formula can send
 * what stands beside it anywhere. The same behind a semicolon, a tab and a line's end, where a
 * spreadsheet begins a field whose language separates them by these.
 */
const char *scim_sync_csv_field(const char *text, apr_pool_t *p);

#endif

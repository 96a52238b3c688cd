/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a text may hold a secret: names that say so, and addresses with a password or such a
 * parameter. For blackout.c alone. A byte is looked at a few times, however long the text is.
 */
#ifndef SCIM_SYNC_BASE_BLACKOUT_FIND_H
#define SCIM_SYNC_BASE_BLACKOUT_FIND_H

#include <apr.h>

/* Whether a name, of a member of JSON or of a parameter, says secret. */
int scim_sync_blackout_says_secret(const char *name);

/* Whether the name of a parameter of a query does, which in JSON is that of much else. */
int scim_sync_blackout_is_query_name(const char *name, apr_size_t length);

/* Whether a text has an address with a password or such a parameter. */
int scim_sync_blackout_holds_address(const char *text);

/*
 * Whether a body may hold one, before it is read: it has such a name or address, or what may hide
 * one, an escape of a plain letter, another encoding.
 */
int scim_sync_blackout_is_suspicious(const char *text, apr_size_t length);

#endif

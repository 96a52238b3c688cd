/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, and networks of them, as texts.
 */
#ifndef SCIM_SYNC_BASE_NETWORK_H
#define SCIM_SYNC_BASE_NETWORK_H

#include <apr_pools.h>

/*
 * The one way to write a network, in p: 10.0.0.0/8 for 10.1.2.3/8, 2001:db8::7 for
 * 2001:DB8:0::7/128 (RFC 5952). What is none stays as it is.
 */
const char *scim_sync_network_text(const char *text, apr_pool_t *p);

#endif

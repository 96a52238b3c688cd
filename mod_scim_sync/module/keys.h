/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ScimSyncKeyFile: a file of keys, or exec: and a program that prints one key on its first line.
 */
#ifndef SCIM_SYNC_MODULE_KEYS_H
#define SCIM_SYNC_MODULE_KEYS_H

#include "base/secret.h"

/*
 * Read the keys, in the parent and so with its rights: the file can be root's own. A program is not
 * run while httpd only looks at its configuration for the first time, or dumps it (*ring is NULL
 * then). Returns NULL, or a sentence that says what is wrong; never a key.
 */
const char *scim_sync_keys_load(scim_sync_keyring_t **ring, const char *source, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole configuration as one JSON document, which can be kept in git: what an administrator has
 * decided, and nothing that happens. Its members are those of the admin API.
 *
 *   {"version": 1,
 *    "sites": {"main": {"baseUrl": "...", "apiToken": {"file": "/etc/..."}, ...}},
 *    "idps": {"okta": {"sites": ["main"], "rules": {...}, ...},
 *             "workspace": {"kind": "google", "google": {"choice": {...}, "schedule": {...}}}}}
 *
 * A secret never stands in it, but where it is: in a file, or in the environment.
 */
#ifndef SCIM_SYNCCTL_CONFIG_H
#define SCIM_SYNCCTL_CONFIG_H

#include <apr_pools.h>
#include <jansson.h>

#include "scim-syncctl/ctl.h"

#define CTL_CONFIG_VERSION 1

/* What a server holds. */
typedef struct {
    json_t *doc;   /* as above, with apiTokenExpires and without secrets */
    json_t *tags;  /* ETags by address: "idps/okta/google" */
    json_t *facts; /* of an IdP by its name: "told" how many, "hasClientSecret" */
} ctl_config_t;

/* What is wrong with a document, in p, as a sentence; NULL when nothing is. Values are the server's. */
const char *ctl_config_check(const json_t *doc, apr_pool_t *p);

/*
 * Brings a document into the form in which two are compared: sets in order, addresses without a
 * slash at their end, times and networks as the server writes them.
 */
void ctl_config_normalise(json_t *doc, apr_pool_t *p);

/* A site or an IdP without what says where its secrets are: a new reference. */
json_t *ctl_config_bare(const json_t *thing);

/*
 * A document for a file: without when tokens end, since that goes with the secrets, and with where
 * these are: as `old` says, the file's last version (or NULL), or in the environment. A new
 * reference.
 */
json_t *ctl_config_for_file(const ctl_config_t *config, const json_t *old, apr_pool_t *p);

/*
 * A secret that a document refers to, {"env": "NAME"} or {"file": "/path"}.
 * *text   in p; of a file without a line's end at its end
 * Returns what is wrong, in p, or NULL.
 */
const char *ctl_config_secret(const char **text, const json_t *reference, apr_pool_t *p);

/* Where a secret is, in words, in p and printable. */
const char *ctl_config_secret_place(const json_t *reference, apr_pool_t *p);

/* Reads all of a server's; what it has is in p. */
ctl_exit_t ctl_config_read(ctl_t *ctl, ctl_config_t *config, apr_pool_t *p);

/* Reads one IdP anew into config. */
ctl_exit_t ctl_config_read_idp(ctl_t *ctl, ctl_config_t *config, const char *name, apr_pool_t *p);

#endif

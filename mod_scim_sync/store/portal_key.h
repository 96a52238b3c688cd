/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys by which rules name projects (store/portal.h). A link stands for the service desk that
 * had the key when the link was made, whatever Jira calls that today, so that a project which is
 * renamed goes on being filled. When another project takes the key, the rules read as if they meant
 * that one: then the link is ambiguous, and has a text that says so.
 *
 * All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_PORTAL_KEY_H
#define SCIM_SYNC_STORE_PORTAL_KEY_H

#include <apr_tables.h>

#include "store/db.h"

typedef struct {
    const char *name;   /* "project/DEMO", as rules have it */
    const char *portal; /* what that stands for: "desk:4" */
    const char *said;   /* why it is ambiguous, as people were told; NULL: it is not */
} scim_sync_portal_key_t;

/* All of a site that stand for a desk, each once: scim_sync_portal_key_t in p. */
apr_status_t scim_sync_portal_keys(scim_sync_db_t *db, apr_array_header_t **keys, const char *site,
                                   apr_pool_t *p);

/*
 * A key of a portal is ambiguous from now on, for this reason, or (text NULL) no more. *news is 0
 * when that is on record already, or nothing stands for the portal by this name any more.
 */
apr_status_t scim_sync_portal_put_key(scim_sync_db_t *db, int *news, const char *site,
                                      const char *name, const char *portal, const char *text,
                                      apr_pool_t *p);

/* Why the key of a portal is ambiguous, in p; NULL: it is not. */
apr_status_t scim_sync_portal_ambiguous(scim_sync_db_t *db, const char **text, const char *site,
                                        const char *name, const char *portal, apr_pool_t *p);
/* And what a person may do about it. */
#define SCIM_SYNC_PORTAL_AMBIGUOUS_MEND                                                            \
    "write into the rules the key that the project has today which is meant; if it is the one "    \
    "that has taken the key, take the mapping out of the rules first, and put it there again "     \
    "when its people have left the other portal"

#endif

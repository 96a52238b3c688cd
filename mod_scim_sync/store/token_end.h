/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that an administrator has ended: by revoking one, or by putting a new one in the place of
 * the others, which are good for a while beside it. They are remembered by their hashes, so that an
 * IdP that comes with one can be told apart from a stranger, and its administrator told which it
 * is. Those that ended by themselves stay among the tokens (store/config.h).
 *
 * All functions run in the caller's transaction.
 */
#ifndef SCIM_SYNC_STORE_TOKEN_END_H
#define SCIM_SYNC_STORE_TOKEN_END_H

#include "store/config.h"

/* How one ended. */
#define SCIM_SYNC_TOKEN_REVOKED  "revoked"
#define SCIM_SYNC_TOKEN_REPLACED "replaced"

/* So many are remembered of each IdP, the last ones. */
#define SCIM_SYNC_TOKENS_ENDED 20

typedef struct {
    const char *id;
    const char *idp;
    const char *hash;
    const char *how; /* SCIM_SYNC_TOKEN_... */
    const char *who; /* "admin:jane" */
    apr_int64_t created;
    apr_int64_t ended;
    apr_int64_t last_used; /* as far as it was written down; 0: never */
} scim_sync_token_end_t;

/* scim_sync_token_end_t * of an IdP (idp NULL: of all), those that ended last first. */
apr_status_t scim_sync_token_end_list(scim_sync_db_t *db, apr_array_header_t **ended,
                                      const char *idp, apr_pool_t *p);

/* End one now. *revoked 0: the IdP has none of this id. */
apr_status_t scim_sync_token_revoke(scim_sync_db_t *db, const char *idp, const char *id,
                                    const char *who, int *revoked, apr_pool_t *p);

/*
 * A new token in the place of all others: those that are good end at `until` (ms), or when they
 * would have ended, if that is sooner. The new one is not yet there when this is called.
 */
apr_status_t scim_sync_token_replace(scim_sync_db_t *db, const char *idp, const char *who,
                                     apr_int64_t until, apr_pool_t *p);

/*
 * Those that were replaced, and whose time has come, are ended: scim_sync_token_end_t * in p. Those
 * that ended by themselves stay.
 * idp   of this one alone, and all but the last ones, as many as are remembered; NULL: of all, all
 */
apr_status_t scim_sync_token_end_replaced(scim_sync_db_t *db, apr_array_header_t **ended,
                                          const char *idp, apr_pool_t *p);

#endif

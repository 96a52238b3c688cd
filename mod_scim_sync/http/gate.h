/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may come in: identity providers by bearer token (RFC 6750), from shared memory, without SQL.
 */
#ifndef SCIM_SYNC_HTTP_GATE_H
#define SCIM_SYNC_HTTP_GATE_H

#include <httpd.h>

#include "scim/error.h"
#include "store/shared.h"
#include "sync/runtime.h"

/* Who came. All of it lives as long as r->pool. */
typedef struct {
    const scim_sync_view_idp_t *idp;   /* that may come in; NULL: nobody may */
    const scim_sync_view_idp_t *named; /* that the path names, whoever came; NULL: there is none */
    const char *token;                 /* the id of the token of ours that came, good or not */
    const char *why; /* for administrators: why it may not; NULL: it may, or the answer says it */
} scim_sync_visit_t;

/*
 * Check the request's bearer token for the IdP of that name, where it comes from, and how many
 * have come. No token, one that is not known, and one that is not good any more, are the same 401,
 * whether the IdP exists or not; the error log says which it was (strangers at info, tokens of ours
 * that are outdated or misplaced at notice), naming tokens by id. Who has a good token is told of
 * the rest: 403 from another address, 429 with Retry-After.
 */
const scim_sync_error_t *scim_sync_gate_idp(scim_sync_visit_t *visit, scim_sync_runtime_t *runtime,
                                            request_rec *r, const char *name);

/*
 * Check that an administrator may: r->user was set by the site's own authentication, over TLS or
 * from loopback, and what changes something is a same-origin JSON request with the header
 * SCIM-Sync-Client, whose value is the client's own affair.
 */
const scim_sync_error_t *scim_sync_gate_admin(request_rec *r);

/* 403 for a user of the admin API, which the error log has too: an administrator will be asked. */
const scim_sync_error_t *scim_sync_gate_forbid(request_rec *r, const char *why);

#endif

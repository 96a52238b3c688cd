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

/*
 * Check the request's bearer token for the IdP of that name. *idp lives as long as r->pool. Every
 * failure is the same 401, whether the IdP exists or not; the error log says which it was
 * (strangers at info, tokens of ours that are outdated or misplaced at notice), naming tokens by
 * id.
 */
const scim_sync_error_t *scim_sync_gate_idp(const scim_sync_view_idp_t **idp,
                                            scim_sync_runtime_t *runtime, request_rec *r,
                                            const char *name);

/*
 * Check that an administrator may: r->user was set by the site's own authentication, over TLS or
 * from loopback, and what changes something is a same-origin JSON request.
 */
const scim_sync_error_t *scim_sync_gate_admin(request_rec *r);

#endif

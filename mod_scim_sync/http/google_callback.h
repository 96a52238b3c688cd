/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SetHandler scim-sync-oauth-callback: where Google sends the administrator's browser back to.
 *
 * What is in that URL (code, state) is taken out of the request before anything of httpd's sees it;
 * the browser is sent on to the clean URL at once, and shown there what came of it. Who comes here
 * need not be known to httpd: the sealed cookie proves that an administrator began it.
 */
#ifndef SCIM_SYNC_HTTP_GOOGLE_CALLBACK_H
#define SCIM_SYNC_HTTP_GOOGLE_CALLBACK_H

#include <httpd.h>

/* The handler's hook, and the one before. */
int scim_sync_callback_handler(request_rec *r);
int scim_sync_callback_hide(request_rec *r);

/*
 * The redirect URI, in r->pool: ScimSyncBaseURL and the path of our location. NULL, and why not, in
 * words, when the configuration lacks one of them or Google would refuse it.
 */
const char *scim_sync_callback_uri(request_rec *r, const char **why);

/* Give the browser an attempt to connect, sealed, for the way back to that URI. */
void scim_sync_callback_remember(request_rec *r, const char *uri, const char *attempt);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The administrator's console: a web page at the root of the location of SetHandler
 * scim-sync-admin. Whatever is below that location and not in api/ is asked for by a person's
 * browser, and is answered here: files, and errors as pages that can be read.
 *
 * The files of mod_scim_sync/console/ are compiled into the module. An administrator loads one
 * .so, so that page and API are always of the same version, no directory has to be found, opened to
 * www-data or packaged, and a path of the URL never becomes one of the file system.
 *
 * Everything is sent with a Content-Security-Policy that lets the page load from this server alone,
 * run no script but its own files, make no markup from texts (Trusted Types), and be framed by
 * nobody.
 */
#ifndef SCIM_SYNC_HTTP_CONSOLE_H
#define SCIM_SYNC_HTTP_CONSOLE_H

#include <httpd.h>

#include "http/settings.h"

/*
 * Whether a request in the location of SetHandler scim-sync-admin is for a page, and not for the
 * API. httpd's own answers to such a one, 401 above all, stay as the site has them: an ErrorDocument
 * may be its form for signing in.
 */
int scim_sync_console_is_page(request_rec *r);

/*
 * Answer a request for a page, to those to whom the API would answer. With ETag and 304; HEAD as
 * GET. Returns what a handler returns.
 */
int scim_sync_console_serve(request_rec *r, const scim_sync_mount_t *mount);

#endif

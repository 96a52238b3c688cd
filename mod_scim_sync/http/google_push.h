/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SetHandler scim-sync-google-push: where Google says that a user of a directory has changed
 * (sync/google_watch.h). A message is a hint that a pull is due, and nothing of what it says is
 * believed. Anybody on the internet can come here: who does not know a channel and its token is
 * answered 404 without a word, which Google takes for an end, and leaves no line in the log.
 * https://developers.google.com/workspace/admin/directory/v1/guides/push
 */
#ifndef SCIM_SYNC_HTTP_GOOGLE_PUSH_H
#define SCIM_SYNC_HTTP_GOOGLE_PUSH_H

#include <httpd.h>

/* The handler's hook. */
int scim_sync_google_push_handler(request_rec *r);

#endif

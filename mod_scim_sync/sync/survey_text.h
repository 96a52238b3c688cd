/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Jira said of a site, as text that is kept with the site (store/config.h): so that whoever is
 * no provisioner knows, too, what is protected and where there are seats.
 */
#ifndef SCIM_SYNC_SYNC_SURVEY_TEXT_H
#define SCIM_SYNC_SYNC_SURVEY_TEXT_H

#include "sync/worker.h"

/*
 * JSON, in p: {"owner", "unread", "admins": [{"id", "name", "access"}], "products": [{"key",
 * "unlimited", "seats", "left", "groups": [{"id", "name"}]}]}
 */
const char *scim_sync_survey_text(const scim_sync_worker_t *worker, apr_pool_t *p);

/* Let a worker that asks nothing itself know it. NULL, or what can't be read: nothing is known. */
void scim_sync_survey_recall(scim_sync_worker_t *worker, const char *text, apr_pool_t *p);

#endif

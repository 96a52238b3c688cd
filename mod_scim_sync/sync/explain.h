/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would be done for a user or a group, and why; what is wanted and won't be done, and why not.
 * From what is stored alone: Jira is not asked, and nothing is written. What the provisioner has
 * found out for a task of a dry run counts as known.
 *
 * It asks as a job of the provisioner does (sync/job.h), of a worker that calls nobody; docs/api.md
 * says what the JSON means.
 */
#ifndef SCIM_SYNC_SYNC_EXPLAIN_H
#define SCIM_SYNC_SYNC_EXPLAIN_H

#include <jansson.h>

#include "store/config.h"
#include "store/plan.h"

typedef struct scim_sync_explainer_t scim_sync_explainer_t;

/* What is known of the sites that an IdP feeds. For one transaction, in p. */
apr_status_t scim_sync_explainer_make(scim_sync_db_t *db, scim_sync_explainer_t **explainer,
                                      const scim_sync_idp_t *idp, apr_pool_t *p);

/* How many calls and reasons were explained so far: scim_sync_plan_count_t. */
const apr_array_header_t *scim_sync_explainer_counts(const scim_sync_explainer_t *explainer);

/* The seats of each site's products: [{"site", "product", "seats", "left"}]. A new reference. */
json_t *scim_sync_explainer_seats(const scim_sync_explainer_t *explainer);

/*
 * One subject of the IdP, at each site that it feeds; its objects are added to views (a JSON
 * array).
 * brief   the calls and the reasons only
 * *name   what people call it
 */
apr_status_t scim_sync_explain(scim_sync_db_t *db, scim_sync_explainer_t *explainer,
                               const scim_sync_plan_subject_t *subject, int brief, json_t *views,
                               const char **name, apr_pool_t *p);

#endif

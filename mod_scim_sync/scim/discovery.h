/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ServiceProviderConfig, ResourceTypes and Schemas (RFC 7643 sections 5 to 7, RFC 7644 section 4),
 * said truthfully from scim/schema.h and the limits in force.
 */
#ifndef SCIM_SYNC_SCIM_DISCOVERY_H
#define SCIM_SYNC_SCIM_DISCOVERY_H

#include <apr_pools.h>
#include <jansson.h>

typedef struct {
    int max_results;      /* largest page of a list */
    int max_operations;   /* operations of one request */
    apr_int64_t max_body; /* bytes */
    int page;             /* page when a request gives no count; 0: the same as max_results */
    int cursor_timeout;   /* seconds */
} scim_sync_limits_t;

/* Each is owned by p; base is the IdP's SCIM base URL without a slash at its end. */
json_t *scim_sync_discovery_config(const scim_sync_limits_t *limits, const char *base,
                                   apr_pool_t *p);

/* A ListResponse of all, or with id != NULL that one, or NULL when there is none of that name. */
json_t *scim_sync_discovery_resource_types(const char *id, const char *base, apr_pool_t *p);
json_t *scim_sync_discovery_schemas(const char *id, const char *base, apr_pool_t *p);

/*
 * A ListResponse (RFC 7644 section 3.4.2) over resources, an array whose reference is taken.
 * start_index   0: left out, as a page that was asked for by cursor has none
 */
json_t *scim_sync_list_response(json_t *resources, apr_int64_t total, apr_int64_t start_index,
                                apr_pool_t *p);

#endif

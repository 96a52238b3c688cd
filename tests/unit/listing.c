/* SPDX-License-Identifier: Apache-2.0 */
#include "listing.h"

#include <string.h>

#include <apr_strings.h>

#include "unit.h"

static void set_part(scim_sync_part_t *part, scim_sync_type_t type, const char *filter,
                     const char *sort_by, int may_lack, apr_pool_t *p)
{
    const scim_sync_error_t *error = NULL;

    part->type = type;
    if (filter != NULL) {
        error = scim_sync_filter_parse(&part->filter, type, filter, 65536, 32, p);
    }
    if (error == NULL && sort_by != NULL) {
        scim_sync_name_t *name = apr_palloc(p, sizeof(*name));

        error = scim_sync_name_resolve(name, type, sort_by, strlen(sort_by), p);
        part->sort_by = error == NULL ? name : NULL;
        error = may_lack ? NULL : error;
    }
    if (error != NULL) {
        fail_msg("%s: %s", filter != NULL ? filter : sort_by, error->detail);
    }
}

scim_sync_listing_t *listing_make(scim_sync_type_t type, const char *filter, const char *sort_by,
                                  apr_pool_t *p)
{
    scim_sync_listing_t *listing = apr_pcalloc(p, sizeof(*listing));

    listing->max_looks = 10000;
    listing->count_parts = 1;
    listing->start = 1;
    listing->count = 100;
    set_part(&listing->parts[0], type, filter, sort_by, 0, p);
    return listing;
}

scim_sync_listing_t *listing_make_root(const char *sort_by, apr_pool_t *p)
{
    scim_sync_listing_t *listing = listing_make(SCIM_SYNC_USER, NULL, NULL, p);

    listing->count_parts = 2;
    set_part(&listing->parts[0], SCIM_SYNC_USER, NULL, sort_by, 1, p);
    set_part(&listing->parts[1], SCIM_SYNC_GROUP, NULL, sort_by, 1, p);
    return listing;
}

const char *listing_ids(const scim_sync_page_t *page, apr_pool_t *p)
{
    const char *text = "";

    for (int i = 0; i < page->resources->nelts; i++) {
        text = apr_pstrcat(p, text, i > 0 ? " " : "",
                           APR_ARRAY_IDX(page->resources, i, scim_sync_resource_t *)->id, NULL);
    }
    return text;
}

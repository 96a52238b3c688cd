/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filters answered by the database: a tree becomes an SQL condition over the table resource (alias
 * r), its values bound, never written into the text.
 */
#ifndef SCIM_SYNC_STORE_FILTER_SQL_H
#define SCIM_SYNC_STORE_FILTER_SQL_H

#include <apr_tables.h>

#include "scim/filter.h"
#include "store/db.h"

typedef struct scim_sync_condition_t scim_sync_condition_t;
struct scim_sync_condition_t {
    const char *sql;            /* "(r.name_key = %s AND r.active = %lld)" */
    apr_array_header_t *values; /* scim_sync_value_t, in the order of the placeholders */
};

/*
 * Translate. Answered are eq on id, userName, externalId, displayName, emails.value and active,
 * joined by and; anything else is refused with 400 invalidFilter that names the place, never
 * answered with an empty list. *out lives in p.
 */
const scim_sync_error_t *scim_sync_filter_sql(scim_sync_condition_t **out,
                                              const scim_sync_filter_t *filter,
                                              scim_sync_type_t type, apr_pool_t *p);

#endif

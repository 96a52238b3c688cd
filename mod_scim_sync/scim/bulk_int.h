/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files scim/bulk_*.c share.
 */
#ifndef SCIM_SYNC_SCIM_BULK_INT_H
#define SCIM_SYNC_SCIM_BULK_INT_H

#include <apr_hash.h>
#include <apr_tables.h>

#include "scim/bulk.h"

typedef struct {
    const char *method;  /* for the answer: canonical, or as told; NULL when it was no text */
    const char *bulk_id; /* NULL when there is none */
    /* id and data as told: with references. new_id is the promised one. */
    scim_sync_bulk_change_t change;
    apr_array_header_t *needs;        /* int: the POSTs that it refers to, by their index */
    int in_data;                      /* whether a reference stands in the data */
    const scim_sync_error_t *error;   /* wrong by itself; NULL when it isn't */
    scim_sync_bulk_outcome_t outcome; /* status 0: it has not run */
} scim_sync_bulk_operation_t;

struct scim_sync_bulk_t {
    apr_pool_t *p;
    const char *base;
    int fail_on_errors; /* 0: never stop */
    int count;
    scim_sync_bulk_operation_t *operations;
    apr_hash_t *posts; /* bulkId -> scim_sync_bulk_operation_t: the first POST that has it */
};

/* Operations that refer to each other, or one that does not; indexes in their order. */
typedef struct {
    const int *members;
    int count;
} scim_sync_bulk_circle_t;

/*
 * The order to run in: scim_sync_bulk_circle_t, each behind those that its members need. In
 * bulk->p.
 */
apr_array_header_t *scim_sync_bulk_order(const scim_sync_bulk_t *bulk);

/* Whether a text is a reference as a whole. */
int scim_sync_bulk_is_reference(const char *text);

/*
 * Find the references of an operation: fills needs and in_data. Returns 409 when there is no POST
 * of that bulkId.
 */
const scim_sync_error_t *scim_sync_bulk_find_references(scim_sync_bulk_operation_t *operation,
                                                        const scim_sync_bulk_t *bulk);

/*
 * What an operation asks for, with the ids that POSTs got, or were promised while they have not
 * run yet. In p.
 */
void scim_sync_bulk_resolve(scim_sync_bulk_change_t *out,
                            const scim_sync_bulk_operation_t *operation,
                            const scim_sync_bulk_t *bulk, apr_pool_t *p);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bulk (RFC 7644 section 3.7): a request is parsed, its operations are put into an order in which
 * their references can be resolved, and each is handed to the caller, who makes the change. What
 * became of them is the BulkResponse.
 *
 * An operation runs when its turn comes in the request, but a POST runs before the first operation
 * that refers to it by "bulkId:". References are found in every value that is one as a whole, at
 * the end of a $ref, in the path of an operation, and in the paths of a PATCH and keys that are
 * such paths (members[value eq "bulkId:ann"]).
 *
 * POSTs that refer to each other (section 3.7.1) run behind one another, the first ones with the
 * ids that the later ones will get. They stand or fall together: they are one transaction, so that
 * when one fails nothing of the others was ever stored. It keeps its own error, and the others are
 * 409. A user who was there, inactive, and is back has another id than the one that was promised:
 * then each of the circle is told once more, by a PUT within that transaction.
 */
#ifndef SCIM_SYNC_SCIM_BULK_H
#define SCIM_SYNC_SCIM_BULK_H

#include "scim/error.h"
#include "scim/schema.h"

#define SCIM_SYNC_BULK_REQUEST_URN  "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
#define SCIM_SYNC_BULK_RESPONSE_URN "urn:ietf:params:scim:api:messages:2.0:BulkResponse"

typedef struct scim_sync_bulk_t scim_sync_bulk_t;

typedef enum {
    SCIM_SYNC_BULK_POST,
    SCIM_SYNC_BULK_PUT,
    SCIM_SYNC_BULK_PATCH,
    SCIM_SYNC_BULK_DELETE
} scim_sync_bulk_method_t;

/* What one operation asks for, with ids in place of references. */
typedef struct {
    scim_sync_bulk_method_t method;
    scim_sync_type_t type;
    const char *id;      /* of the resource; NULL for POST */
    const char *new_id;  /* POST: the id that a new resource must get; else NULL */
    const char *version; /* that the resource must have, as If-Match; NULL = any */
    const json_t *data;  /* an object; NULL for DELETE */
} scim_sync_bulk_change_t;

/* What became of it. */
typedef struct {
    int status;                     /* HTTP; 503: nothing was stored, nor will be for a while */
    const scim_sync_error_t *error; /* NULL when it was done */
    const char *id;                 /* POST: of the resource, which need not be new */
    const char *version;            /* the resource's now, as its ETag; NULL: it has none */
} scim_sync_bulk_outcome_t;

/* Make one change. p lives as long as the call and the copying of *out. */
typedef void scim_sync_bulk_make_t(scim_sync_bulk_outcome_t *out,
                                   const scim_sync_bulk_change_t *change, void *baton,
                                   apr_pool_t *p);

/*
 * Makes changes, anew each time that it is called. Whether they shall stay.
 */
typedef int scim_sync_bulk_part_t(void *part_baton);

/*
 * Call part so that the changes that it makes are stored together when it returns 1, and none of
 * them when it returns 0. It may be called again once what it made was undone.
 * baton   that of scim_sync_bulk_run()
 * Returns 503 when its changes could not be stored.
 */
typedef const scim_sync_error_t *scim_sync_bulk_together_t(scim_sync_bulk_part_t *part,
                                                           void *part_baton, void *baton);

/*
 * Read a BulkRequest. What is wrong with one operation is that operation's outcome; what makes the
 * whole no BulkRequest is 400.
 * body             must live as long as p
 * base             the IdP's SCIM base URL, without a slash at its end; a path is taken relative to
 *                  it, with its last segments in front, or as an absolute URL
 * max_operations   bound on Operations; more are 413 without a scimType
 */
const scim_sync_error_t *scim_sync_bulk_parse(scim_sync_bulk_t **out, const json_t *body,
                                              const char *base, int max_operations, apr_pool_t *p);

/*
 * Run it, once. After failOnErrors errors no further operation is begun, and what was not begun is
 * left out of the answer. After a 503 none is begun either, and the rest is answered 503, too.
 * Returns the BulkResponse, with the operations in the order of the request, owned by the pool
 * of scim_sync_bulk_parse(); NULL when there was a 503 before anything was done.
 */
json_t *scim_sync_bulk_run(scim_sync_bulk_t *bulk, scim_sync_bulk_make_t *make,
                           scim_sync_bulk_together_t *together, void *baton);

#endif

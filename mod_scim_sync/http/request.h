/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading requests: path, query, body.
 */
#ifndef SCIM_SYNC_HTTP_REQUEST_H
#define SCIM_SYNC_HTTP_REQUEST_H

#include <signal.h>

#include <httpd.h>

#include "http/settings.h"
#include "scim/error.h"

/*
 * With the prefork MPM: until the request's memory has gone, signals that end the child wait. httpd
 * ends a child from within the handler of such a signal, wherever its only thread is, destroys all
 * pools there and waits for the provisioner: a lock held at that moment, malloc's or the database
 * driver's, would never be given back. Does nothing with other MPMs.
 */
void scim_sync_hold_signals(request_rec *r);

/* The signals with which httpd ends a child wait from now on in this thread; *before had the mask. */
void scim_sync_block_ends(sigset_t *before);

/* The method; GET for HEAD, whose answer httpd sends without its body. */
const char *scim_sync_method(const request_rec *r);

/* Segments of the path behind the mount, decoded, empty ones left out; so many at most. */
#define SCIM_SYNC_SEGMENTS 6

typedef struct {
    int count;
    const char *at[SCIM_SYNC_SEGMENTS + 1]; /* NULL behind the last */
} scim_sync_segments_t;

/* 404 when there are more than a path of ours has, or one is not UTF-8. */
const scim_sync_error_t *scim_sync_segments(scim_sync_segments_t *segments, request_rec *r,
                                            const scim_sync_mount_t *mount);

/*
 * 400 when the path as it was sent has an empty segment before its end, "." or "..", encoded or not:
 * httpd takes them away, and tasks/{id}/retry for nobody would be tasks/retry, for everybody.
 */
const scim_sync_error_t *scim_sync_path_as_sent(request_rec *r);

/*
 * The query as a table in r->pool: names in any case, + is a blank. A name that comes twice: the
 * first one counts, and *twice, unless twice is NULL, is one such name, or NULL. 400 when it can't be
 * decoded, or is not UTF-8 then.
 */
const scim_sync_error_t *scim_sync_query(apr_table_t **query, const char **twice, request_rec *r);

/*
 * A whole number of the query, from least to most (APR_INT64_MAX: any), or otherwise when it is
 * absent or empty; 400 with its name when it is none.
 */
const scim_sync_error_t *scim_sync_query_number(apr_int64_t *number, const apr_table_t *query,
                                                const char *name, apr_int64_t least,
                                                apr_int64_t most, apr_int64_t otherwise,
                                                apr_pool_t *p);

/*
 * Read the whole body as JSON, in r->pool, within the location's bounds. 400 when it is empty or
 * no JSON, 413 when it is too large, 415 when it says that it is something else.
 */
const scim_sync_error_t *scim_sync_body(json_t **body, request_rec *r,
                                        const scim_sync_dir_config_t *settings);

#endif

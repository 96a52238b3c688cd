/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tiny HTTP/1.1 server in a thread of its own, for tests of HTTP clients. What it does stands in
 * the path:
 *
 *   /echo         200; the body is the request, head and body, as it came
 *   /hold/N       answered when N requests of this kind are in hand
 *   /hang         never answered
 *   /drop         the connection is closed without an answer
 *   /cut          half an answer, then the connection is closed
 *   /long/N       200 with N bytes
 *   /close        200, and the connection is closed
 *   /gzip         200, "hello" in gzip
 *   /retry/TEXT   429 with Retry-After: TEXT (%20 and %2C are understood)
 *   /status/N     status N with "Location: /echo"
 *
 * Everything else is 404.
 */
#ifndef SCIM_SYNC_TESTS_HTTP_STUB_H
#define SCIM_SYNC_TESTS_HTTP_STUB_H

#include <apr_pools.h>

typedef struct http_stub_t http_stub_t;

/* Listens on a free port of 127.0.0.1 until p is cleared. NULL when that fails. */
http_stub_t *http_stub_start(apr_pool_t *p);

/* The URL of path. */
const char *http_stub_url(const http_stub_t *stub, const char *path, apr_pool_t *p);

/* Connections accepted so far. */
int http_stub_connections(http_stub_t *stub);

/* Requests that came in so far. */
int http_stub_requests(http_stub_t *stub);

/* The most requests that were in hand at once. */
int http_stub_most_held(http_stub_t *stub);

#endif

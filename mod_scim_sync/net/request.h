/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internal to net/: how a call is described to libcurl. The Authorization header is made here
 * rather than by libcurl, since libcurl never wipes what it is given.
 */
#ifndef SCIM_SYNC_NET_REQUEST_H
#define SCIM_SYNC_NET_REQUEST_H

#include <apr_pools.h>
#include <apr_time.h>
#include <curl/curl.h>

typedef struct {
    const char *method;
    const char *url;
    const char *body; /* or NULL */
    const char *user_agent;
    const char *ca_file;        /* as of scim_sync_transport_settings_t */
    struct curl_slist *headers; /* of scim_sync_request_headers(), with others in front of them */
    apr_interval_time_t left;   /* until it is given up */
} scim_sync_request_t;

/* What libcurl takes: whole milliseconds, not fewer than t, not less than none. */
long scim_sync_milliseconds(apr_interval_time_t t);

/* What a call sends. */
typedef enum {
    SCIM_SYNC_BODY_NONE,
    SCIM_SYNC_BODY_JSON,
    SCIM_SYNC_BODY_FORM,
    SCIM_SYNC_BODIES /* how many there are */
} scim_sync_body_t;

/* The headers of every call with such a body; NULL: no memory. To be freed by libcurl. */
struct curl_slist *scim_sync_request_headers(scim_sync_body_t body);

/* The header of RFC 7617, in p; to be wiped by its user. */
char *scim_sync_request_basic(const char *user, const char *password, apr_pool_t *p);

/* The same of RFC 6750. */
char *scim_sync_request_bearer(const char *token, apr_pool_t *p);

/*
 * Set up an easy handle that was reset. What request points to must live as long as the call.
 * Returns 0, or an error of libcurl's.
 */
int scim_sync_request_equip(CURL *easy, const scim_sync_request_t *request);

#endif
